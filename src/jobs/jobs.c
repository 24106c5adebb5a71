/* Jobs on one thread, each at its time, one bounded piece after the other; those that take long
 * have a thread of their own. */
#include "jobs.h"

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
	JOB_ARENA_BYTES_MAX = 64 << 20,
	JOB_TROUBLE_S = 60,
	JOB_LONG_US = 1000000,
	LEASE_AGAIN_US = 250000
};

struct jobs;
struct worker {
	struct jobs *of;
	struct arena *arena;
	pthread_t thread;
};
struct slot {
	const struct job *job;
	struct worker *worker;
	int64_t due_us; /* on the clock that never moves */
	struct job_report report;
};
struct jobs {
	struct store *store;
	size_t n, workers;
	struct slot slot[JOBS_MAX];
	struct worker worker[JOBS_MAX + 1];
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stop;
};
static struct jobs *running; /* jobs_wake and jobs_report find it */
static pthread_mutex_t running_lock = PTHREAD_MUTEX_INITIALIZER;

bool job_write(struct store *s, const struct job *j, struct arena *a, bool patient,
	bool (*apply)(struct db *db, void *ctx), void *ctx)
{
	struct write_unit u = {.patient = patient,
		.viewer = {.roles = UINT64_C(1) << j->role},
		.purposes = j->purposes,
		.arena = a,
		.apply = apply,
		.ctx = ctx};
	if (!j->each_server && store_lease_lost(s, j->name))
		fault(FAULT_RETRY, "another server has taken this job over");
	enum write_result r = store_write_wait(s, &u);

	if (r == WRITE_FAULTED)
		fault(u.fault.kind, "%s", u.fault.what);
	return r == WRITE_DONE;
}

/* Runs one piece; how long until it is due again. Fills `trouble` if it failed. */
static int64_t run_one(struct jobs *j, const struct slot *s, char trouble[JOB_TROUBLE_BYTES])
{
	const struct job *job = s->job;
	struct fault_point fp;
	volatile int64_t wait = (int64_t)job->every_s * SECOND_US;

	trouble[0] = 0;
	if (FAULT_TRY(fp)) {
		bool more = job->run(j->store, job, s->worker->arena);

		FAULT_END(fp);
		if (more)
			wait = 0;
	} else {
		store_read_drop(j->store); /* or no job would ever read again */
		LOG(LOG_ERROR, "job_fault", LOG_S("job", str_of(job->name)),
			LOG_S("fault", str_of(fp.what)));
		snprintf(trouble, JOB_TROUBLE_BYTES, "%s", fp.what);
		wait = JOB_TROUBLE_S * SECOND_US;
	}
	arena_reset(s->worker->arena);
	return wait;
}

static struct slot *next_due(struct jobs *j, const struct worker *w)
{
	struct slot *best = NULL;

	for (size_t i = 0; i < j->n; i++)
		if (j->slot[i].worker == w && (!best || j->slot[i].due_us < best->due_us))
			best = &j->slot[i];
	return best;
}

/* Under the lock; it is free while the piece runs. */
static void run_slot(struct jobs *j, struct slot *s)
{
	char trouble[JOB_TROUBLE_BYTES];
	int64_t began = clock_mono_us();

	s->due_us = INT64_MAX; /* a wake meanwhile sets it to 0, and is not lost */
	s->report.running = true;
	s->report.last = clock_real();
	pthread_mutex_unlock(&j->lock);
	int64_t wait = run_one(j, s, trouble), ended = clock_mono_us();

	if (ended - began > JOB_LONG_US) /* what it needed is not needed until the next time */
		malloc_trim(0);
	pthread_mutex_lock(&j->lock);
	s->report.running = false;
	s->report.runs++;
	s->report.took_us = ended - began;
	if (trouble[0]) {
		s->report.failures++;
		s->report.failed_at = clock_real();
		memcpy(s->report.trouble, trouble, sizeof trouble);
	}
	if (s->due_us > ended + wait)
		s->due_us = ended + wait;
}

static void *loop(void *ctx)
{
	struct worker *w = ctx;
	struct jobs *j = w->of;

	pthread_mutex_lock(&j->lock);
	while (!j->stop) {
		struct slot *s = next_due(j, w);

		if (s->due_us > clock_mono_us()) {
			struct timespec until = {
				s->due_us / SECOND_US, s->due_us % SECOND_US * 1000};

			pthread_cond_timedwait(&j->wake, &j->lock, &until);
			continue;
		}
		s->report.elsewhere = !s->job->each_server && !store_lease(j->store, s->job->name);
		if (s->report.elsewhere)
			s->due_us = clock_mono_us() + LEASE_AGAIN_US;
		else
			run_slot(j, s);
	}
	pthread_mutex_unlock(&j->lock);
	return NULL;
}

static struct worker *worker_add(struct jobs *j)
{
	struct worker *w = &j->worker[j->workers++];

	*w = (struct worker){.of = j, .arena = arena_make(JOB_ARENA_BYTES_MAX)};
	return w;
}

/* elsewhere: is called too where another server runs it. */
static bool wake(const char *name, bool elsewhere)
{
	bool found = false;

	pthread_mutex_lock(&running_lock);
	struct jobs *j = running;

	if (j) {
		pthread_mutex_lock(&j->lock);
		for (size_t i = 0; i < j->n; i++)
			if (!strcmp(j->slot[i].job->name, name)) {
				j->slot[i].due_us = 0;
				found = true;
				if (elsewhere && j->slot[i].report.elsewhere)
					store_job_call(j->store, name);
			}
		pthread_cond_broadcast(&j->wake);
		pthread_mutex_unlock(&j->lock);
	}
	pthread_mutex_unlock(&running_lock);
	return found;
}

static void called(const char *name)
{
	(void)wake(name, false);
}

struct jobs *jobs_start(struct store *s, const struct job *const *list)
{
	struct jobs *j = calloc(1, sizeof *j);
	struct worker *shared = NULL;
	pthread_condattr_t attr;

	MUST(j);
	j->store = s;
	for (; *list; list++) {
		const struct job *job = *list;

		if (job->purposes & ~job->spares & store_policy(s)->off) {
			LOG(LOG_INFO, "job_off", LOG_S("job", str_of(job->name)));
			continue; /* the installation switched off what it is for */
		}
		MUST(j->n < JOBS_MAX);
		if (!job->apart && !shared)
			shared = worker_add(j);
		j->slot[j->n] = (struct slot){.job = job,
			.worker = job->apart ? worker_add(j) : shared,
			.report = {.name = job->name,
				.every_s = job->every_s,
				.last = TIME_NONE,
				.failed_at = TIME_NONE}};
		j->n++;
	}
	pthread_mutex_init(&j->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&j->wake, &attr);
	pthread_condattr_destroy(&attr);
	pthread_mutex_lock(&running_lock);
	running = j;
	pthread_mutex_unlock(&running_lock);
	store_job_calls(s, called);
	for (size_t i = 0; i < j->workers; i++)
		if (pthread_create(&j->worker[i].thread, NULL, loop, &j->worker[i]))
			fault(FAULT_OUTSIDE, "no thread for the jobs");
	return j;
}

void jobs_stop(struct jobs *j)
{
	store_job_calls(j->store, NULL);
	pthread_mutex_lock(&j->lock);
	j->stop = true;
	pthread_cond_broadcast(&j->wake);
	pthread_mutex_unlock(&j->lock);
	for (size_t i = 0; i < j->workers; i++)
		pthread_join(j->worker[i].thread, NULL);
	pthread_mutex_lock(&running_lock);
	running = NULL;
	pthread_mutex_unlock(&running_lock);
	pthread_cond_destroy(&j->wake);
	pthread_mutex_destroy(&j->lock);
	for (size_t i = 0; i < j->workers; i++)
		arena_free(j->worker[i].arena);
	free(j);
}

bool jobs_wake(const char *name)
{
	return wake(name, true);
}

bool jobs_stopping(void)
{
	bool stop = false;

	pthread_mutex_lock(&running_lock);
	if (running) {
		pthread_mutex_lock(&running->lock);
		stop = running->stop;
		pthread_mutex_unlock(&running->lock);
	}
	pthread_mutex_unlock(&running_lock);
	return stop;
}

size_t jobs_report(struct job_report v[JOBS_MAX])
{
	size_t n = 0;

	pthread_mutex_lock(&running_lock);
	if (running) {
		int64_t mono = clock_mono_us();
		instant now = clock_real();

		pthread_mutex_lock(&running->lock);
		for (; n < running->n; n++) {
			int64_t due = running->slot[n].due_us;

			v[n] = running->slot[n].report;
			v[n].next = due == INT64_MAX ? TIME_NONE
				    : due <= mono    ? now
						     : instant_add(now, due - mono);
		}
		pthread_mutex_unlock(&running->lock);
	}
	pthread_mutex_unlock(&running_lock);
	return n;
}
