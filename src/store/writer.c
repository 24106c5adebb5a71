/* The writer: one thread, one connection. Units that wait together are committed together; each has
 * its own savepoint, so what one does wrong does not touch the others. What fails because somebody
 * else was in the way (a deadlock, a lock that did not come, a conflict) is run again with its
 * batch (decision 269). */
#include "inside.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

struct outcome { /* of one unit of a batch */
	struct write_unit *unit;
	enum write_result result;
	bool over; /* is not run again with its batch: the result stands */
};
struct batch {
	struct outcome v[WRITE_BATCH_MAX];
	size_t n;
	bool alone; /* one patient unit, without a savepoint: the transaction is its own */
	bool lost;  /* the whole transaction is gone */
	bool busy;  /* it never had its turn */
	bool again; /* it is lost on account of others, and nothing of it is stored */
	bool last;  /* it is not run again: what is in the way harms its own unit alone */
	size_t ran; /* units that began */
	char why[240];
};

static void unit_back(struct store_conn *c, bool alone)
{
	struct fault_point fp;

	conn_reset(c);
	c->handle = NULL;
	c->unit_began = INT64_MAX;
	c->deadline_us = 0;
	keys_unit_back(c);
	c->store->writer.unit_drops.n = 0;
	events_unit_back(&c->store->writer);
	if (c->engine->ended(c)) {
		c->rolled = true;
		return;
	}
	if (alone) /* its transaction goes as a whole */
		return;
	if (FAULT_TRY(fp)) {
		house_run(c, HOUSE_BACK);
		house_run(c, HOUSE_RELEASE);
		FAULT_END(fp);
	} else {
		c->rolled = true; /* the engine is in no state to go on */
	}
}

/* Where a replica must have come before this session reads from it. Ids of units are in the order
 * of commits, over all servers: what shows this one shows the unit. */
static void unit_mark(struct store_conn *c, int64_t session)
{
	struct prepared *st = house_start(c, HOUSE_WROTE);

	prepared_bind_int(st, 1, id_make());
	prepared_bind_int(st, 2, session);
	house_later(c, HOUSE_WROTE);
}

static enum write_result unit_run(struct store_conn *c, struct write_unit *u, bool alone)
{
	struct db db = {.arena = u->arena,
		.viewer = u->viewer,
		.purposes = u->purposes & ~c->store->policy->off,
		.write = true,
		.conn = c};
	struct writer *w = &c->store->writer;
	const int64_t ms_max = u->patient ? WRITE_PATIENT_MS_MAX : WRITE_APPLY_MS_MAX;

	events_unit(w);
	if (FAULT_TRY(u->fault)) {
		if (!alone)
			house_run(c, HOUSE_SAVE);
		c->handle = &db;
		c->unit_began = id_last();
		c->slice_us = clock_mono_us() + ERASE_SLICE_MS * 1000;
		c->deadline_us = clock_mono_us() + ms_max * 1000;
		bool keep = u->apply(&db, u->ctx);

		if (keep && c->engine->turn && db.viewer.session)
			unit_mark(c, db.viewer.session);
		if (keep && c->engine->settle)
			c->engine->settle(c);

		if (clock_mono_us() > c->deadline_us)
			fault(FAULT_TIME, "a write took longer than %lld ms", (long long)ms_max);
		c->deadline_us = 0;
		c->handle = NULL;
		c->unit_began = INT64_MAX;
		conn_reset(c);
		if (keep && c->engine->orphaned(c))
			fault(FAULT_BUG, "a write leaves a row without its parent");
		if (keep && !alone)
			house_run(c, HOUSE_RELEASE);
		FAULT_END(u->fault);
		if (!keep) {
			unit_back(c, alone);
			return WRITE_REFUSED;
		}
	} else {
		unit_back(c, alone);
		return WRITE_FAULTED;
	}
	for (size_t i = 0; i < w->unit_drops.n; i++)
		*ARENA_PUSH(w->arena, &w->drops) = w->unit_drops.v[i];
	w->unit_drops.n = 0;
	return WRITE_DONE;
}

/* Ids are not given out twice over a restart, even when the clock went back meanwhile. */
static void id_high_keep(struct store_conn *c, bool exact)
{
	struct writer *w = &c->store->writer;
	int64_t last = id_last(), ahead = exact ? 0 : ((int64_t)ID_AHEAD_S * 1000) << 22;

	if (c->engine->turn || (!exact && last < w->id_high))
		return; /* with several servers each commit says how far it came */
	struct prepared *st = house_start(c, HOUSE_ID_HIGH);

	prepared_bind_int(st, 1, last + ahead);
	house_later(c, HOUSE_ID_HIGH);
	w->id_high = last + ahead;
}

static void batch_back(struct store_conn *c)
{
	conn_reset(c);
	c->handle = NULL;
	c->unit_began = INT64_MAX;
	c->deadline_us = 0;
	c->engine->rollback(c);
	keys_rollback(c);
	c->store->writer.id_high = 0; /* not known to be stored */
}

/* No unit has begun: a lost connection is made anew, once. False: there is no turn for them, and
 * whoever asked may ask again. */
static bool batch_begin(struct store_conn *c, struct batch *b)
{
	struct fault_point fp;

	for (int tries = 1;; tries++) {
		if (FAULT_TRY(fp)) {
			store_due();
			turn_begin(c);
			FAULT_END(fp);
			return true;
		}
		batch_back(c);
		if (c->engine->turn && tries == 1 && fp.kind == FAULT_STORE)
			continue;
		b->lost = true;
		b->busy = c->engine->turn != NULL;
		snprintf(b->why, sizeof b->why, "%s", fp.what);
		return false;
	}
}

/* What a batch has no time for goes back to the front: other servers want their turns too. */
static void batch_cut(struct store *s, struct batch *b, size_t from)
{
	struct writer *w = &s->writer;

	pthread_mutex_lock(&w->mutex);
	for (size_t i = b->n; i-- > from;) {
		struct write_unit *u = b->v[i].unit;

		u->next = w->head;
		if (!w->head)
			w->tail = &u->next;
		w->head = u;
		w->waiting++;
	}
	b->n = from;
	pthread_mutex_unlock(&w->mutex);
}

void write_as_it_is(void *ctx)
{
	(void)ctx;
}

static bool in_the_way(const struct outcome *o)
{
	return o->result == WRITE_FAULTED && o->unit->fault.kind == FAULT_RETRY && o->unit->again;
}

/* It is not enough that its savepoint lets go of what it held: whoever waits for a row that was
 * changed within another savepoint of it waits for the end of the whole transaction. */
static void unit_try(struct store_conn *c, struct batch *b, size_t i)
{
	struct outcome *o = &b->v[i];

	b->ran = i + 1;
	o->result = unit_run(c, o->unit, b->alone);
	if (c->rolled)
		fault(FAULT_STORE, "the engine ended the transaction: %s", o->unit->fault.what);
	if (in_the_way(o) && !b->last)
		fault(FAULT_RETRY, "%s", o->unit->fault.what);
}

static void units_run(struct store_conn *c, struct batch *b)
{
	int64_t until = clock_mono_us() + TURN_MS_MAX * 1000;

	for (size_t i = 0; i < b->n; i++) {
		if (!b->v[i].over)
			unit_try(c, b, i);
		if (c->engine->turn && clock_mono_us() > until)
			batch_cut(c->store, b, i + 1);
	}
}

static void batch_try(struct store_conn *c, struct batch *b)
{
	struct writer *w = &c->store->writer;
	struct fault_point fp;

	c->rolled = false;
	b->lost = b->again = false;
	b->ran = 0;
	w->drops = w->unit_drops = (struct drops){0};
	w->written = (struct store_tables){0};
	events_begin(w);
	if (!batch_begin(c, b))
		return;
	if (FAULT_TRY(fp)) {
		units_run(c, b);
		if (b->alone && b->v[0].result != WRITE_DONE) {
			batch_back(c);
			FAULT_END(fp);
			return;
		}
		id_high_keep(c, false);
		store_due();
		keys_commit(c);
		if (store_crash_point)
			store_crash_point("keys are committed");
		house_run(c, HOUSE_COMMIT);
		tables_changed(c->store, &w->written, w->turn_id);
		events_committed(c->store);
		FAULT_END(fp);
	} else {
		b->lost = true;
		b->again = fp.kind == FAULT_RETRY;
		snprintf(b->why, sizeof b->why, "%s", fp.what);
		batch_back(c);
		if (w->events_n) /* it may have come all the same */
			events_tell(c->store, NULL, 0);
	}
}

/* Each unit that began becomes what it was before, or is over. False: all are. */
static bool batch_again(struct store_conn *c, struct batch *b)
{
	bool some = b->ran < b->n;

	for (size_t i = 0; i < b->ran; i++) {
		struct outcome *o = &b->v[i];

		if (o->over)
			continue;
		o->over = !o->unit->again;
		some = some || !o->over;
		if (!o->over) {
			atomic_fetch_add(&c->store->writer.again, 1);
			o->unit->again(o->unit->ctx);
		} else if (o->result == WRITE_DONE) {
			o->result = WRITE_LOST;
			o->unit->fault.kind = FAULT_RETRY;
			snprintf(o->unit->fault.what, sizeof o->unit->fault.what, "%s", b->why);
		}
	}
	return some;
}

static void batch_run(struct store_conn *c, struct batch *b)
{
	int64_t until = clock_mono_us() + WRITE_AGAIN_S_MAX * SECOND_US;

	for (int tries = 1;; tries++) {
		b->last = tries == WRITE_TRIES_MAX || clock_mono_us() > until;
		batch_try(c, b);
		if (!b->again || b->last || !batch_again(c, b))
			return;
		LOG(LOG_WARN, "writes again", LOG_I("units", b->n), LOG_S("why", str_of(b->why)));
		usleep((WRITE_AGAIN_MS * 1000) << (tries - 1));
	}
}

/* The data is durable from here on: what goes wrong now is finished at the next start. */
static void batch_drops(struct store_conn *c)
{
	struct writer *w = &c->store->writer;
	struct fault_point fp;

	if (!w->drops.n)
		return;
	if (FAULT_TRY(fp)) {
		drops_finish(c, w->drops.v, w->drops.n);
		FAULT_END(fp);
	} else {
		batch_back(c);
		LOG(LOG_ERROR, "an erasure is not finished", LOG_S("why", str_of(fp.what)));
	}
}

static void batch_answer(struct batch *b)
{
	if (b->lost)
		LOG(LOG_ERROR, b->busy ? "writes had no turn" : "writes lost", LOG_I("units", b->n),
			LOG_S("why", str_of(b->why)));
	for (size_t i = 0; i < b->n; i++) {
		struct write_unit *u = b->v[i].unit;
		enum write_result r = b->v[i].result;

		if (b->lost && r != WRITE_FAULTED) {
			u->fault.kind = FAULT_STORE;
			snprintf(u->fault.what, sizeof u->fault.what, "%s", b->why);
			r = b->busy ? WRITE_BUSY : WRITE_LOST;
		} else if (b->lost && i + 1 == b->n)
			r = WRITE_LOST;
		u->done(u, r);
	}
}

static void purge_now(struct store *s)
{
	int64_t now = clock_mono_us();

	if (!s->purge_due || now < s->purge_next_us)
		return;
	s->purge_next_us = now + PURGE_AGAIN_MS * 1000;
	purge_run(s);
}

static void drops_again(struct store *s)
{
	struct fault_point fp;

	if (!atomic_exchange(&s->drops_due, false))
		return;
	if (FAULT_TRY(fp)) {
		erasures_finish(s->write_conn, s->writer.arena);
		FAULT_END(fp);
	} else {
		batch_back(s->write_conn);
		LOG(LOG_ERROR, "an erasure is not finished", LOG_S("why", str_of(fp.what)));
	}
	arena_reset(s->writer.arena);
}

static void between(struct store *s)
{
	purge_now(s);
	drops_again(s);
}

/* With the mutex. A purge that others were in the way of is tried again now and then. */
static void wait_for_work(struct store *s)
{
	struct writer *w = &s->writer;
	struct timespec t;

	if (atomic_exchange(&s->purge_elsewhere, false))
		s->purge_due = true;
	if (!s->purge_due && !atomic_load(&s->drops_due)) {
		pthread_cond_wait(&w->wake, &w->mutex);
		return;
	}
	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_nsec += PURGE_AGAIN_MS * 1000000L;
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	if (pthread_cond_clockwait(&w->wake, &w->mutex, CLOCK_MONOTONIC, &t) != ETIMEDOUT)
		return;
	pthread_mutex_unlock(&w->mutex);
	between(s);
	pthread_mutex_lock(&w->mutex);
}

/* Everybody who waits goes together; patient units one by one, when nobody else waits and after
 * each batch of others, so that neither stops the other. */
static bool batch_take(struct store *s, struct batch *b)
{
	struct writer *w = &s->writer;

	b->n = 0;
	b->lost = b->busy = b->alone = false;
	pthread_mutex_lock(&w->mutex);
	while (!w->head && !w->patient && !w->stopping)
		wait_for_work(s);
	if (w->patient && (!w->head || w->patient_turn)) {
		b->alone = true;
		b->v[b->n++] = (struct outcome){w->patient, WRITE_LOST, false};
		w->patient = w->patient->next;
		w->patient_waiting--;
	} else {
		while (w->head && b->n < w->batch_max) {
			b->v[b->n++] = (struct outcome){w->head, WRITE_LOST, false};
			w->head = w->head->next;
			w->waiting--;
		}
	}
	w->patient_turn = !b->alone;
	if (!w->head)
		w->tail = &w->head;
	if (!w->patient)
		w->patient_tail = &w->patient;
	pthread_mutex_unlock(&w->mutex);
	return b->n;
}

static void *writer_main(void *store)
{
	struct store *s = store;
	struct writer *w = &s->writer;
	static _Thread_local struct batch b;

	while (batch_take(s, &b)) {
		batch_run(s->write_conn, &b);
		if (!b.lost)
			batch_drops(s->write_conn);
		atomic_fetch_add(&w->batches, 1);
		atomic_fetch_add(b.lost ? &w->lost : &w->units, b.n);
		batch_answer(&b);
		if (!b.lost)
			turn_keys_mark(s->write_conn, KEYS_MARK_EACH);
		arena_reset(w->arena);
		between(s);
	}
	return NULL;
}

void store_write(struct store *s, struct write_unit *u)
{
	struct writer *w = &s->writer;

	u->next = NULL;
	pthread_mutex_lock(&w->mutex);
	bool taken =
		!w->stopping && (u->patient ? w->patient_waiting : w->waiting) < WRITE_QUEUE_MAX;

	if (taken) {
		struct write_unit ***tail = u->patient ? &w->patient_tail : &w->tail;

		**tail = u;
		*tail = &u->next;
		++*(u->patient ? &w->patient_waiting : &w->waiting);
		pthread_cond_signal(&w->wake);
	}
	pthread_mutex_unlock(&w->mutex);
	if (!taken)
		u->done(u, WRITE_BUSY);
}

struct waiter {
	pthread_mutex_t mutex;
	pthread_cond_t over;
	enum write_result result; /* 0: not yet */
	void (*done)(struct write_unit *u, enum write_result result);
	bool (*apply)(struct db *db, void *ctx);
	void *ctx;
};

static bool waiter_apply(struct db *db, void *ctx)
{
	struct waiter *x = ctx;

	return x->apply(db, x->ctx);
}

static void waiter_done(struct write_unit *u, enum write_result result)
{
	struct waiter *x = u->ctx;

	pthread_mutex_lock(&x->mutex);
	x->result = result;
	pthread_cond_signal(&x->over);
	pthread_mutex_unlock(&x->mutex);
}

enum write_result store_write_wait(struct store *s, struct write_unit *u)
{
	struct waiter x = {
		PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, u->done, u->apply, u->ctx};

	MUST(!pthread_equal(pthread_self(), s->writer.thread));
	u->apply = waiter_apply;
	u->done = waiter_done;
	u->ctx = &x;
	store_write(s, u);
	pthread_mutex_lock(&x.mutex);
	while (!x.result)
		pthread_cond_wait(&x.over, &x.mutex);
	pthread_mutex_unlock(&x.mutex);
	u->apply = x.apply;
	u->done = x.done;
	u->ctx = x.ctx;
	return x.result;
}

struct store_writes store_writes(struct store *s)
{
	struct writer *w = &s->writer;
	struct store_writes n = {.batches = atomic_load(&w->batches),
		.units = atomic_load(&w->units),
		.lost = atomic_load(&w->lost),
		.again = atomic_load(&w->again),
		.sent = atomic_load(&w->sent),
		.rounds = atomic_load(&w->rounds)};

	pthread_mutex_lock(&w->mutex);
	n.waiting = w->waiting;
	pthread_mutex_unlock(&w->mutex);
	return n;
}

bool store_write_pressed(const struct store *s)
{
	struct writer *w = (struct writer *)&s->writer;

	pthread_mutex_lock(&w->mutex);
	bool pressed = w->waiting > 0;

	pthread_mutex_unlock(&w->mutex);
	return pressed;
}

void writer_start(struct store *s)
{
	struct writer *w = &s->writer;

	w->tail = &w->head;
	w->patient_tail = &w->patient;
	w->batch_max = WRITE_BATCH_MAX;
	w->arena = arena_make((size_t)64 << 20);
	pthread_mutex_init(&w->mutex, NULL);
	pthread_cond_init(&w->wake, NULL);
	if (pthread_create(&w->thread, NULL, writer_main, s))
		fault(FAULT_STORE, "the writer's thread could not be started");
	w->running = true;
}

void writer_stop(struct store *s)
{
	struct writer *w = &s->writer;
	struct fault_point fp;

	if (!w->running)
		return;
	pthread_mutex_lock(&w->mutex);
	w->stopping = true;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->mutex);
	pthread_join(w->thread, NULL);
	w->running = false;
	if (FAULT_TRY(fp)) {
		id_high_keep(s->write_conn, true);
		turn_keys_mark(s->write_conn, 1);
		FAULT_END(fp);
	} else {
		batch_back(s->write_conn);
	}
}

void writer_wake(struct store *s)
{
	pthread_mutex_lock(&s->writer.mutex);
	pthread_cond_signal(&s->writer.wake);
	pthread_mutex_unlock(&s->writer.mutex);
}

void writer_end(struct store *s)
{
	struct writer *w = &s->writer;

	if (!w->arena)
		return; /* it never began */
	pthread_mutex_destroy(&w->mutex);
	pthread_cond_destroy(&w->wake);
	arena_free(w->arena);
	w->arena = NULL;
}
