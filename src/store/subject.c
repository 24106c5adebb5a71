/* Subjects: their state, their erasure. The data commits first with a pending entry in the journal;
 * then the keys are dropped and their log emptied; then the entry is closed; then the answer. */
#include "keys.h"
#include "walk.h"

#include <stdio.h>

enum { DROPS_LATE_S = 60 }; /* an erasure that is open for so long is nobody's any more */

void (*store_crash_point)(const char *where);

bool subject_get(struct store_conn *c, int64_t subject, enum subject_state *state, bool *held)
{
	struct prepared *st = house_start(c, HOUSE_SUBJECT_GET);

	prepared_bind_int(st, 1, subject);
	bool known = house_step(c, HOUSE_SUBJECT_GET);

	*state = known ? (enum subject_state)prepared_int(st, 0) : SUBJECT_ACTIVE;
	*held = known && prepared_int(st, 1);
	prepared_reset(st);
	return known;
}

/* May the purpose of this statement open what belongs to the subject? Restricted: only purposes by
 * which people use their own account and rights, and law. Erased: nothing; erased and held: law. */
bool subject_opens(struct query *q, int64_t subject)
{
	struct store_conn *c = q->db->conn;
	uint64_t purpose = UINT64_C(1) << q->stmt->purpose;
	enum subject_state state;
	bool held;

	int known;

	if (c->engine->learned && c->engine->learned(c, subject, &known, &held))
		state = (enum subject_state)known;
	else
		subject_get(c, subject, &state, &held);
	switch (state) {
	case SUBJECT_ACTIVE: return true;
	case SUBJECT_RESTRICTED: return purpose & c->store->restricted_mask;
	case SUBJECT_ERASED: return held && (purpose & c->store->legal_mask);
	}
	return false;
}

enum subject_state db_subject_now(struct db *db, int64_t subject, bool *held)
{
	enum subject_state state;
	bool is_held;

	MUST(db->conn && db->conn->handle == db);
	subject_get(db->conn, subject, &state, &is_held);
	if (held)
		*held = is_held;
	return state;
}

bool db_off(const struct db *db, int purpose)
{
	return db_policy(db)->off >> purpose & 1;
}

const struct policy *db_policy(const struct db *db)
{
	MUST(db->conn);
	return db->conn->store->policy;
}

static void flag_set(
	struct store_conn *c, bool on, enum house add, enum house drop, int64_t subject)
{
	struct prepared *st = house_start(c, on ? add : drop);

	prepared_bind_int(st, 1, subject);
	house_run(c, on ? add : drop);
}

/* In the rows that say it themselves too. */
static void restricted_set(struct store_conn *c, int64_t subject, bool on)
{
	const struct store_walks *w = c->store->walks;

	flag_set(c, on, HOUSE_RESTRICTED_ADD, HOUSE_RESTRICTED_DROP, subject);
	for (size_t i = 0; i < w->tables_n; i++) {
		struct prepared *st;

		if (!w->tables[i].restricted.sql)
			continue;
		st = walk_start(c, w->tables[i].restricted);
		prepared_bind_int(st, 1, subject);
		prepared_bind_int(st, 2, on);
		(void)walk_step(c, st);
		prepared_reset(st);
	}
}

static void subject_set(struct store_conn *c, int64_t subject, enum subject_state state, bool held)
{
	struct prepared *st = house_start(c, HOUSE_SUBJECT_STATE);

	c->unit_began = INT64_MAX; /* something is stored of one that may be new */
	prepared_bind_int(st, 1, subject);
	prepared_bind_int(st, 2, (int)state);
	prepared_bind_int(st, 3, held);
	prepared_bind_int(st, 4, clock_now().us);
	house_run(c, HOUSE_SUBJECT_STATE);
	if (!c->store->walks->flags)
		return;
	/* who is erased and held is out of sight like somebody who is restricted */
	restricted_set(
		c, subject, state == SUBJECT_RESTRICTED || (state == SUBJECT_ERASED && held));
	flag_set(c, held, HOUSE_HELD_ADD, HOUSE_HELD_DROP, subject);
}

bool subject_held(struct store_conn *c, int64_t subject)
{
	enum subject_state state;
	bool held;

	subject_get(c, subject, &state, &held);
	return held;
}

bool subject_erased(struct store_conn *c, int64_t subject)
{
	enum subject_state state;
	bool held;

	subject_get(c, subject, &state, &held);
	return state == SUBJECT_ERASED;
}

void subject_nobody(struct store_conn *c, int64_t id)
{
	subject_set(c, id, SUBJECT_ERASED, false);
}

/* What opens for whom changes with it: nothing that was kept counts any more. */
static void must_write(const struct db *db)
{
	store_due();
	if (!db->write || !db->conn || db->conn->handle != db)
		fault(FAULT_BUG, "a subject's state is changed outside of a write");
	tables_note_all(&db->conn->store->writer.written);
}

void walk_must_write(const struct db *db)
{
	must_write(db);
}

static void drop_later(struct store_conn *c, int64_t journal, int64_t subject)
{
	struct writer *w = &c->store->writer;

	*ARENA_PUSH(w->arena, &w->unit_drops) = (struct drop){journal, subject};
}

/* Blind indexes tell whether a value is known, so they go with the subject, in its transaction. */
static void blinds_wipe(struct store_conn *c, int64_t subject)
{
	struct store *s = c->store;

	for (size_t i = 0; i < s->blinds_n; i++) {
		c->walking = true;
		if (!c->blind_wipe[i])
			c->blind_wipe[i] = conn_prepare(c, s->blinds[i].sql, true);
		prepared_bind_int(c->blind_wipe[i], 1, subject);
		enum prepared_step is = conn_step(c, c->blind_wipe[i]);

		c->walking = false;
		if (is != PREPARED_DONE)
			prepared_fault(c->blind_wipe[i], s->blinds[i].sql);
		prepared_reset(c->blind_wipe[i]);
	}
}

/* A column that may be null is emptied; one that may not takes a random value. */
void blinds_find(struct store *s)
{
	const struct policy *p = s->policy;

	for (size_t pass = 0, n = 0; pass < 2; pass++, n = 0) {
		for (size_t i = 0; i < p->tables_n; i++)
			for (size_t k = 0; k < p->tables[i].columns_n; k++) {
				const struct policy_table *t = &p->tables[i];
				const struct policy_column *col = &t->columns[k];
				str rest = col->type.with, group = str_cut(&rest, '.');
				const struct policy_group *g = col->type.kind == TYPE_BLIND
								       ? policy_group(t, group)
								       : NULL;

				if (!g)
					continue;
				str key = g->key.n ? g->key : g->subject;

				if (str_has(key, '.'))
					continue;
				if (pass)
					s->blinds[n].sql = str_fmt(s->arena,
						"update \"r_" STR_FMT "\" set \"" STR_FMT "\" = %s"
						" where \"" STR_FMT "\" = ?1",
						STR_ARG(t->name), STR_ARG(col->name),
						col->null ? "null" : "randomblob(16)",
						STR_ARG(str_eq(key, S("self")) ? S("id") : key))
								   .p;
				n++;
			}
		if (!pass)
			s->blinds = arena_array(s->arena, struct blind_column, n + 1);
		s->blinds_n = n;
	}
}

static void journal_add(struct store_conn *c, int64_t subject, bool drop)
{
	struct prepared *st = house_start(c, HOUSE_JOURNAL_ADD);
	int64_t id = id_make();

	prepared_bind_int(st, 1, id);
	prepared_bind_int(st, 2, subject);
	prepared_bind_int(st, 3, clock_now().us);
	house_run(c, HOUSE_JOURNAL_ADD);
	if (drop)
		drop_later(c, id, subject);
}

void key_erase(struct store_conn *c, int64_t owner)
{
	enum subject_state state;
	bool held;

	if (!subject_get(c, owner, &state, &held) || state == SUBJECT_ERASED)
		return;
	subject_set(c, owner, SUBJECT_ERASED, false);
	journal_add(c, owner, true);
}

void db_erase_subject(struct db *db, int64_t subject)
{
	struct store_conn *c = db->conn;
	enum subject_state state;
	bool held;

	must_write(db);
	MUST(subject > 0);
	subject_get(c, subject, &state, &held);
	if (state == SUBJECT_ERASED)
		return;
	subject_set(c, subject, SUBJECT_ERASED, held);
	db_event_look(db, subject);
	if (!held) /* a held subject may still be looked for by law */
		blinds_wipe(c, subject);
	journal_add(c, subject, !held);
}

/* Lifting the hold of somebody who was erased meanwhile lets the erasure go on. */
void db_subject_state(struct db *db, int64_t subject, enum subject_state state, bool held)
{
	struct store_conn *c = db->conn;
	enum subject_state before;
	bool was_held;

	must_write(db);
	MUST(subject > 0 && (state == SUBJECT_ACTIVE || state == SUBJECT_RESTRICTED ||
				    state == SUBJECT_ERASED));
	subject_get(c, subject, &before, &was_held);
	if (before == SUBJECT_ERASED && state != SUBJECT_ERASED)
		fault(FAULT_POLICY, "an erased subject stays erased");
	if (before != SUBJECT_ERASED && state == SUBJECT_ERASED) {
		subject_set(c, subject, before, held);
		db_erase_subject(db, subject);
		return;
	}
	subject_set(c, subject, state, held);
	db_event_look(db, subject);
	if (was_held && !held && c->store->walks->flags) /* what was passed over is due again */
		house_run(c, HOUSE_MARKS_DROP);
	if (state == SUBJECT_ERASED && was_held && !held) {
		blinds_wipe(c, subject);
		journal_add(c, subject, true);
	}
}

static void journal_close(struct store_conn *c, const struct drop *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct prepared *st = house_start(c, HOUSE_JOURNAL_CLOSE);

		prepared_bind_int(st, 1, v[i].journal);
		prepared_bind_int(st, 2, clock_now().us);
		house_run(c, HOUSE_JOURNAL_CLOSE);
	}
	turn_keys_dropped(c);
	house_run(c, HOUSE_COMMIT);
}

/* In a turn, which it ends. */
static void drops_run(struct store_conn *c, const struct drop *v, size_t n)
{
	if (store_crash_point)
		store_crash_point("before keys are dropped");
	c->keys.engine->erased_add(c, v, n);
	erased_mails(c->store, v, n);
	keys_drop(c, v, n);
	c->store->purge_due = true;
	if (store_crash_point)
		store_crash_point("before the journal is closed");
	journal_close(c, v, n);
}

void drops_finish(struct store_conn *c, const struct drop *v, size_t n)
{
	turn_begin(c);
	drops_run(c, v, n);
}

/* Younger ones are being carried out, here or on another server. */
void db_erasures_go_on(struct db *db)
{
	const int64_t young = (int64_t)DROPS_LATE_S * 1000 << ID_TIME_SHIFT;
	struct prepared *st = house_start(db->conn, HOUSE_JOURNAL_PENDING);
	bool due = false;

	while (house_step(db->conn, HOUSE_JOURNAL_PENDING))
		due |= prepared_int(st, 0) < id_make() - young;
	if (!due)
		return;
	atomic_store(&db->conn->store->drops_due, true);
	writer_wake(db->conn->store);
}

void erasures_finish(struct store_conn *c, struct arena *a)
{
	struct drops pending = {0};
	turn_begin(c); /* else another server could be at the same ones */
	struct prepared *st = house_start(c, HOUSE_JOURNAL_PENDING);

	while (house_step(c, HOUSE_JOURNAL_PENDING))
		*ARENA_PUSH(a, &pending) = (struct drop){prepared_int(st, 0), prepared_int(st, 1)};
	if (pending.n) {
		LOG(LOG_INFO, "erasures finished", LOG_I("entries", pending.n));
		drops_run(c, pending.v, pending.n);
	} else {
		c->engine->rollback(c);
	}
}
