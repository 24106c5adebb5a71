/* The worker pool for slow `prepare` steps: Argon2id and pictures must not hold up the listener. */
#include "inner.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct exchange *first, **last;
	size_t waiting;
	bool stop;
	void (*run)(struct exchange *x);
	int threads;
	pthread_t thread[PREPARE_THREADS];
};

/* Behind those who only read: a page asked for while many sign in does not wait its turn. */
static void *work(void *arg)
{
	struct pool *p = arg;

	setpriority(PRIO_PROCESS, (id_t)gettid(), PREPARE_NICE);
	for (;;) {
		pthread_mutex_lock(&p->lock);
		while (!p->first && !p->stop)
			pthread_cond_wait(&p->more, &p->lock);
		struct exchange *x = p->first;

		if (!x) {
			pthread_mutex_unlock(&p->lock);
			return NULL;
		}
		p->first = x->next;
		if (!p->first)
			p->last = &p->first;
		p->waiting--;
		pthread_mutex_unlock(&p->lock);
		p->run(x);
	}
}

struct pool *pool_make(int threads, void (*run)(struct exchange *x))
{
	struct pool *p = calloc(1, sizeof *p);

	if (!p)
		fault(FAULT_MEMORY, "no memory for the worker pool");
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->more, NULL);
	p->last = &p->first;
	p->run = run;
	for (; p->threads < threads && p->threads < PREPARE_THREADS; p->threads++)
		if (pthread_create(&p->thread[p->threads], NULL, work, p))
			fault(FAULT_MEMORY, "no thread for the worker pool");
	return p;
}

bool pool_put(struct pool *p, struct exchange *x)
{
	bool room;

	x->next = NULL;
	pthread_mutex_lock(&p->lock);
	room = p->waiting < PREPARE_QUEUE_MAX && !p->stop;
	if (room) {
		*p->last = x;
		p->last = &x->next;
		p->waiting++;
		pthread_cond_signal(&p->more);
	}
	pthread_mutex_unlock(&p->lock);
	return room;
}

void pool_free(struct pool *p)
{
	if (!p)
		return;
	pthread_mutex_lock(&p->lock);
	p->stop = true;
	pthread_cond_broadcast(&p->more);
	pthread_mutex_unlock(&p->lock);
	for (int i = 0; i < p->threads; i++)
		pthread_join(p->thread[i], NULL);
	pthread_mutex_destroy(&p->lock);
	pthread_cond_destroy(&p->more);
	free(p);
}

size_t pool_waiting(struct pool *p)
{
	size_t n;

	pthread_mutex_lock(&p->lock);
	n = p->waiting;
	pthread_mutex_unlock(&p->lock);
	return n;
}
