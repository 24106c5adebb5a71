/* Connections: one for each thread that reads, one for the writer. What an engine keeps on them is
 * in lite.c. */
#include "inside.h"

#include <stdlib.h>

static const struct {
	const char *sql;
} house_sql[HOUSE_COUNT] = {
	[HOUSE_BEGIN_READ] = {"begin"},
	[HOUSE_BEGIN_WRITE] = {"begin immediate"},
	[HOUSE_COMMIT] = {"commit"},
	[HOUSE_ROLLBACK] = {"rollback"},
	[HOUSE_SAVE] = {"savepoint unit"},
	[HOUSE_RELEASE] = {"release unit"},
	[HOUSE_BACK] = {"rollback to unit"},
	[HOUSE_ID_HIGH] = {"update r_house set id_high = ?1 where id = 1"},
	[HOUSE_SUBJECT_GET] = {"select state, held from r_subject where id = ?1"},
	[HOUSE_SUBJECT_ADD] =
		{"insert into r_subject (id, state, held, since) values (?1, 1, 0, ?2)"
		 " on conflict (id) do nothing"},
	[HOUSE_SUBJECT_STATE] =
		{"insert into r_subject (id, state, held, since) values (?1, ?2, ?3, ?4)"
		 " on conflict (id) do update set state = excluded.state, held = excluded.held, "
		 "since = excluded.since"},
	[HOUSE_JOURNAL_ADD] = {"insert into r_journal (id, subject_id, at) values (?1, ?2, ?3)"},
	[HOUSE_JOURNAL_CLOSE] = {"update r_journal set closed_at = ?2 where id = ?1"},
	[HOUSE_JOURNAL_PENDING] = {"select j.id, j.subject_id from r_journal j join r_subject s on "
				   "s.id = j.subject_id"
				   " where j.closed_at is null and s.held = 0"},
	[HOUSE_REPLAY_GET] = {"select body, status, location, answer_id from r_replay where mark = "
			      "?1 and at > ?2"},
	[HOUSE_REPLAY_ADD] =
		{"insert into r_replay (id, mark, body, status, location, answer_id, at)"
		 " values (?1, ?2, ?3, ?4, ?5, ?6, ?7) on conflict (mark) do update set id = "
		 "excluded.id, body = excluded.body,"
		 " status = excluded.status, location = excluded.location, answer_id = "
		 "excluded.answer_id, at = excluded.at"},
	[HOUSE_REPLAY_SWEEP] = {"delete from r_replay where id in (select id from r_replay where "
				"id < ?1 order by id limit ?2)"},
	[HOUSE_RESTRICTED_ADD] = {"insert into r_restricted (id) values (?1) on conflict (id) do "
				  "nothing"},
	[HOUSE_RESTRICTED_DROP] = {"delete from r_restricted where id = ?1"},
	[HOUSE_HELD_ADD] = {"insert into r_held (id) values (?1) on conflict (id) do nothing"},
	[HOUSE_HELD_DROP] = {"delete from r_held where id = ?1"},
	[HOUSE_MARK_GET] = {"select event_at, row_id from r_sweep_mark where rule = ?1"},
	[HOUSE_MARK_SET] =
		{"insert into r_sweep_mark (id, rule, event_at, row_id, at) values (?1, ?2, ?3, "
		 "?4, ?5) on conflict (rule) do update set event_at = excluded.event_at, row_id = "
		 "excluded.row_id, at = excluded.at"},
	[HOUSE_KEYS_DROPPED] =
		{"insert into r_turn (id, keys_dropped) values (1, 1) on conflict (id) do update "
		 "set keys_dropped = r_turn.keys_dropped + 1"},
	[HOUSE_WROTE] = {"update r_session set wrote = ?1 where id = ?2"},
	[HOUSE_MARKS_DROP] = {"delete from r_sweep_mark"},
};

void store_due(void)
{
	if (fault_due(FAULT_SITE_DB))
		fault(FAULT_STORE, "injected");
}

static void conn_setup(struct store_conn *c)
{
	struct store *s = c->store;

	c->engine->open(c);
	c->queries = calloc(s->statements_n + 1, sizeof *c->queries);
	c->blind_wipe = calloc(s->blinds_n + 1, sizeof(struct prepared *));
	c->walk_st = calloc(walks_statements(s) + 1, sizeof(struct prepared *));
	if (!c->queries || !c->blind_wipe || !c->walk_st)
		fault(FAULT_MEMORY, "no memory for a connection");
	if (!c->replica) /* nothing that is sealed is read from one */
		keys_open(c);
}

static struct store_conn *opened(struct store *s, bool writer, unsigned replica)
{
	struct store_conn *c = calloc(1, sizeof *c);
	struct fault_point fp;

	if (!c)
		fault(FAULT_MEMORY, "no memory for a connection");
	c->store = s;
	c->engine = s->engine;
	c->writer = writer;
	c->replica = replica;
	c->number = atomic_fetch_add(&s->readers, 1);
	c->unit_began = INT64_MAX;
	if (FAULT_TRY(fp)) {
		conn_setup(c);
		FAULT_END(fp);
		return c;
	}
	conn_close(c);
	fault(fp.kind, "%s", fp.what);
}

struct store_conn *conn_open(struct store *s, bool writer)
{
	return opened(s, writer, 0);
}

struct store_conn *conn_open_replica(struct store *s, size_t i)
{
	return opened(s, false, (unsigned)i + 1);
}

void conn_close(struct store_conn *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < STORE_REPLICAS_MAX; i++)
		conn_close(c->replicas[i]);
	for (size_t i = 0; c->queries && i < c->store->statements_n; i++)
		prepared_end(c->queries[i].st);
	for (size_t i = 0; i < HOUSE_COUNT; i++)
		prepared_end(c->house_st[i]);
	for (size_t i = 0; c->blind_wipe && i < c->store->blinds_n; i++)
		prepared_end(c->blind_wipe[i]);
	for (size_t i = 0; c->walk_st && i < walks_statements(c->store); i++)
		prepared_end(c->walk_st[i]);
	keys_close(&c->keys);
	c->engine->close(c);
	free(c->queries);
	free(c->blind_wipe);
	free(c->walk_st);
	free(c);
}

void conn_reset(struct store_conn *c)
{
	for (struct query *q = c->active; q; q = q->next) {
		prepared_reset(q->st);
		q->active = false;
		q->db = NULL;
	}
	for (size_t i = 0; i < HOUSE_COUNT; i++)
		if (c->house_st[i])
			prepared_reset(c->house_st[i]);
	for (size_t i = 0; c->walked && i < walks_statements(c->store); i++)
		if (c->walk_st[i])
			prepared_reset(c->walk_st[i]);
	c->walked = false;
	c->active = NULL;
	c->stmt = NULL;
}

/* ---- statements of the house ----------------------------------------------------------------- */
struct prepared *conn_prepare(struct store_conn *c, const char *sql, bool kept)
{
	struct prepared *volatile p = NULL;
	struct fault_point fp;

	c->house = true;
	c->preparing++;
	if (FAULT_TRY(fp)) {
		p = c->engine->prepare(c, sql, kept);
		FAULT_END(fp);
	}
	c->preparing--;
	c->house = false;
	if (!p) {
		c->walking = c->chaining = false; /* what comes next is not theirs */
		fault(fp.kind, "%s", fp.what);
	}
	return p;
}

enum prepared_step conn_step(struct store_conn *c, struct prepared *p)
{
	const struct stmt *before = c->stmt;

	c->house = true;
	c->stmt = NULL;
	enum prepared_step is = prepared_step(p);

	c->house = false;
	c->stmt = before;
	return is;
}

struct prepared *house_start(struct store_conn *c, enum house h)
{
	if (!c->house_st[h])
		c->house_st[h] = conn_prepare(c, house_sql[h].sql, true);
	return c->house_st[h];
}

bool house_step(struct store_conn *c, enum house h)
{
	enum prepared_step is = conn_step(c, c->house_st[h]);

	if (is == PREPARED_ROW)
		return true;
	if (is != PREPARED_DONE)
		prepared_fault(c->house_st[h], house_sql[h].sql);
	prepared_reset(c->house_st[h]);
	return false;
}

void house_run(struct store_conn *c, enum house h)
{
	house_start(c, h);
	while (house_step(c, h))
		;
}

void house_later(struct store_conn *c, enum house h)
{
	struct prepared *st = house_start(c, h);

	if (c->engine->later && c->engine->later(st, false))
		prepared_reset(st);
	else
		house_run(c, h);
}
