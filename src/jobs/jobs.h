/* jobs: what runs by the clock: the outbox, timers of processes, sweeps, index upkeep. */
#ifndef KONTOR_JOBS_H
#define KONTOR_JOBS_H

#include "../store/store.h"

/* Each job is a named principal of the policy (role kind principal) with declared purposes. */
struct job {
	const char *name;
	int role; /* ROLE_x of its principal */
	uint64_t purposes;
	int every_s;
	/* One bounded piece of work; true: there is more, run again soon. Reads and writes
	 * through s. */
	bool (*run)(struct store *s, const struct job *j, struct arena *a);
	void *ctx;
};
struct jobs *jobs_start(
	struct store *s, const struct job *const *list); /* NULL-ended; one thread */
void jobs_stop(struct jobs *j);				 /* after the piece at hand */
void jobs_wake(const char *name); /* soon, not at its time: after new work came in */

#endif
