/* Jobs on one thread of their own: each at its time, one bounded piece after the other. */
#include "jobs.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum { JOBS_MAX = 32, JOB_ARENA_BYTES_MAX = 64 << 20, JOB_TROUBLE_S = 60 };

struct jobs {
	struct store *store;
	const struct job *const *list;
	size_t n;
	int64_t due_us[JOBS_MAX]; /* on the clock that never moves */
	struct arena *arena;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stop;
};
static struct jobs *running; /* jobs_wake finds it */
static pthread_mutex_t running_lock = PTHREAD_MUTEX_INITIALIZER;

/* Runs one piece; when it is due again. */
static int64_t run_one(struct jobs *j, const struct job *job)
{
	struct fault_point fp;
	volatile int64_t wait = (int64_t)job->every_s * SECOND_US;

	if (FAULT_TRY(fp)) {
		bool more = job->run(j->store, job, j->arena);

		FAULT_END(fp);
		if (more)
			wait = 0;
	} else {
		LOG(LOG_ERROR, "job_fault", LOG_S("job", str_of(job->name)),
			LOG_S("fault", str_of(fp.what)));
		wait = JOB_TROUBLE_S * SECOND_US;
	}
	arena_reset(j->arena);
	return clock_mono_us() + wait;
}

static size_t next_due(const struct jobs *j)
{
	size_t best = 0;

	for (size_t i = 1; i < j->n; i++)
		if (j->due_us[i] < j->due_us[best])
			best = i;
	return best;
}

static void *loop(void *ctx)
{
	struct jobs *j = ctx;

	pthread_mutex_lock(&j->lock);
	while (!j->stop) {
		size_t i = next_due(j);
		int64_t due = j->due_us[i];

		if (due > clock_mono_us()) {
			struct timespec until = {due / SECOND_US, due % SECOND_US * 1000};

			pthread_cond_timedwait(&j->wake, &j->lock, &until);
			continue;
		}
		pthread_mutex_unlock(&j->lock);
		int64_t again = run_one(j, j->list[i]);

		pthread_mutex_lock(&j->lock);
		j->due_us[i] = again;
	}
	pthread_mutex_unlock(&j->lock);
	return NULL;
}

struct jobs *jobs_start(struct store *s, const struct job *const *list)
{
	struct jobs *j = calloc(1, sizeof *j);
	pthread_condattr_t attr;

	MUST(j);
	j->store = s;
	j->list = list;
	while (list[j->n])
		MUST(++j->n < JOBS_MAX);
	j->arena = arena_make(JOB_ARENA_BYTES_MAX);
	pthread_mutex_init(&j->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&j->wake, &attr);
	pthread_condattr_destroy(&attr);
	if (j->n && pthread_create(&j->thread, NULL, loop, j))
		fault(FAULT_OUTSIDE, "no thread for the jobs");
	pthread_mutex_lock(&running_lock);
	running = j;
	pthread_mutex_unlock(&running_lock);
	return j;
}

void jobs_stop(struct jobs *j)
{
	pthread_mutex_lock(&running_lock);
	running = NULL;
	pthread_mutex_unlock(&running_lock);
	pthread_mutex_lock(&j->lock);
	j->stop = true;
	pthread_cond_signal(&j->wake);
	pthread_mutex_unlock(&j->lock);
	if (j->n)
		pthread_join(j->thread, NULL);
	pthread_cond_destroy(&j->wake);
	pthread_mutex_destroy(&j->lock);
	arena_free(j->arena);
	free(j);
}

void jobs_wake(const char *name)
{
	pthread_mutex_lock(&running_lock);
	struct jobs *j = running;

	if (j) {
		pthread_mutex_lock(&j->lock);
		for (size_t i = 0; i < j->n; i++)
			if (!strcmp(j->list[i]->name, name))
				j->due_us[i] = 0;
		pthread_cond_signal(&j->wake);
		pthread_mutex_unlock(&j->lock);
	}
	pthread_mutex_unlock(&running_lock);
}
