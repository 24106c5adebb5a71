/* Behind an erasure: the engine writes zeros over what it deletes (secure_delete), but the pages as
 * they were before stay in the write-ahead logs until those are emptied, and in the caches of
 * connections until somebody reads with them again. The writer empties the logs and has every
 * connection let go of its pages (of PostgreSQL: of itself, for its buffers hold what came last)
 * and of the keys that it has opened; memory that is freed is wiped
 * (base/wipe.c). A connection in use does so itself when its read ends. */
#include "keys.h"

#include <sched.h>

void purge_turn(struct store_conn *c)
{
	int is = TURN_FREE;

	while (!atomic_compare_exchange_weak(&c->turn, &is, TURN_READ)) {
		is = TURN_FREE;
		sched_yield(); /* a purge of this one takes no longer than freeing its pages */
	}
}

static void let_go(struct store_conn *c)
{
	c->purged = atomic_load(&c->store->purges);
	keys_forget(c);
	c->engine->let_go(c);
	if (c->keys.engine)
		c->keys.engine->let_go(c);
}

void purge_turn_end(struct store_conn *c)
{
	if (c->purged != atomic_load_explicit(&c->store->purges, memory_order_relaxed))
		let_go(c);
	atomic_store(&c->turn, TURN_FREE);
}

static void all_let_go(struct store_conn *list)
{
	for (struct store_conn *c = list; c; c = c->next) {
		int is = TURN_FREE;

		if (!atomic_compare_exchange_strong(&c->turn, &is, TURN_PURGE))
			continue; /* sees it at its end */
		let_go(c);
		atomic_store(&c->turn, TURN_FREE);
	}
}

void purge_run(struct store *s)
{
	bool empty = s->engine->log_empty(s->write_conn);

	empty &= keys_log_empty(s->write_conn);
	atomic_fetch_add(&s->purges, 1);
	pthread_mutex_lock(&s->conns_mutex);
	all_let_go(s->conns);
	all_let_go(s->spare);
	pthread_mutex_unlock(&s->conns_mutex);
	let_go(s->write_conn);
	s->purge_due = !empty;
}
