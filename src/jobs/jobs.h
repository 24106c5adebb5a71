/* jobs: what runs by the clock: the outbox, timers of processes, sweeps, index upkeep. */
#ifndef KONTOR_JOBS_H
#define KONTOR_JOBS_H

#include "../store/store.h"

/* Each job is a named principal of the policy (role kind principal) with declared purposes. */
struct job {
	const char *name;
	int role; /* ROLE_x of its principal */
	uint64_t purposes;
	uint64_t spares; /* of them: what it does without when an installation switched it off */
	int every_s;
	/* One bounded piece of work; true: there is more, run again soon. Reads and writes
	 * through s. A fault is counted as a failure, and the job runs again in a minute. */
	bool (*run)(struct store *s, const struct job *j, struct arena *a);
	void *ctx;
	/* A piece may take long: on a thread of its own, so that the others keep their times. */
	bool apart;
	/* On each of several servers: it looks after what a server keeps for itself (memory, its
	 * own folder). Every other job runs on one of them at a time. */
	bool each_server;
};

/* What a job writes: one unit under its principal and purposes. true: it is durable. A fault goes
 * on as the job's, so that it is counted; a busy writer is asked again at the next piece.
 * `patient`: behind everybody else, in a transaction of its own. */
bool job_write(struct store *s, const struct job *j, struct arena *a, bool patient,
	bool (*apply)(struct db *db, void *ctx), void *ctx);

struct jobs *jobs_start(struct store *s, const struct job *const *list); /* NULL-ended */
void jobs_stop(struct jobs *j);	  /* after the pieces at hand */
bool jobs_wake(const char *name); /* soon, not at its time: after new work; false: not here */
/* True once jobs_stop was called: a long piece should come to an end. */
bool jobs_stopping(void);

enum { JOBS_MAX = 32, JOB_TROUBLE_BYTES = 240 };
/* How a job has been doing since this process began. Times are the real clock's. */
struct job_report {
	const char *name;
	int every_s;
	bool running;
	bool elsewhere;	    /* another server runs it just now */
	instant last, next; /* TIME_NONE: never; of the last piece's start */
	int64_t took_us;    /* the last piece */
	int64_t runs, failures;
	instant failed_at;		 /* TIME_NONE: never */
	char trouble[JOB_TROUBLE_BYTES]; /* what the last failure said */
};

/* The jobs that run in this process, in their order; how many (at most JOBS_MAX). */
size_t jobs_report(struct job_report v[JOBS_MAX]);

#endif
