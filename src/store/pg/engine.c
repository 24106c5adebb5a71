/* PostgreSQL as an engine. Readers log in as the application, who may use the views alone; the
 * writer as the house, who becomes the application for each statement of the program. */
#include "pg.h"

static void open_conn(struct store_conn *c)
{
	c->pg = pg_new(c->store, c->writer ? PG_HOUSE : PG_APP, !c->writer);
	c->pg->conn = c;
	if (c->replica)
		c->pg->place = pg_replica_place(c->store, c->replica - 1);
	pg_again(c->pg);
}

static void close_conn(struct store_conn *c)
{
	pg_free(c->pg);
}

/* With nothing on its way, what the client library knows is how it stands. */
static bool ended(struct store_conn *c)
{
	return pg_lost(c->pg) || (!c->pg->waiting && pq.PQtransactionStatus(c->pg->c) == PQ_IDLE);
}

static void rollback(struct store_conn *c)
{
	struct pg *g = c->pg;
	struct fault_point fp;

	pg_gather_forget(g);
	if (!g->open)
		return;
	if (FAULT_TRY(fp)) {
		int failed;

		if (g->unseen) /* else one that failed would swallow it */
			pg_round(g, -1, &failed);
		pg_later(g, "rollback");
		pg_send_end(g);
		FAULT_END(fp);
	}
	g->open = false;
	g->role = g->login;
}

/* No constraint of the schema is deferred: each statement's are asked with it. */
static bool orphaned(struct store_conn *c)
{
	(void)c;
	return false;
}

/* What was erased stays in the server's log and in dead rows until its own work is done; it is
 * sealed, and its key is gone. Here it stays in the library's buffers, which hold what came last:
 * they are wiped with the connection (base/wipe.c), and the next one is made when it is needed. */
static void let_go(struct store_conn *c)
{
	struct pg *g = c->pg;

	if (g->open)
		return;
	pg_drop(g);
	if (g->side)
		pg_drop(g->side);
}

static bool log_empty(struct store_conn *c)
{
	(void)c;
	return true;
}

static void settle(struct store_conn *c)
{
	pg_settle(c->pg);
}

static void query(struct store_conn *c, struct query *q, const struct stmt *s)
{
	if (!s->pg)
		fault(FAULT_BUG, "%s:%d: %s is not for PostgreSQL", s->file, s->line, s->name);
	if (c->noting && c->store->stmt_reads)
		*c->noting = c->store->stmt_reads[s->id];
	q->st = pg_statement(c->pg, c->store->citus && s->citus ? s->citus : s->pg, s->pg_types,
		PG_APP, s->verb != 's');
	pg_statement_of(q->st, s);
}

static bool learned(struct store_conn *c, int64_t subject, int *state, bool *held)
{
	return c->pg->reads && pg_state(c->pg, subject, state, held);
}

/* Of a reader: who opens what belongs to a subject, the application may know itself; the rest is
 * asked by the house, over a connection of its own. */
static struct pg *house_of(struct store_conn *c, bool word)
{
	struct pg *g = c->pg;

	if (c->writer || word)
		return g;
	if (c->replica)
		fault(FAULT_BUG, "the house asks nothing of a replica");
	if (!g->side)
		g->side = pg_new(c->store, PG_HOUSE, true);
	return g->side;
}

static struct prepared *prepare(struct store_conn *c, const char *sql, bool kept)
{
	static const char state[] = "select state, held from r_subject where id = ?1";
	bool select = !strncmp(sql, "select ", 7), word = pg_is_word(sql);
	struct prepared *volatile p = NULL;
	struct fault_point fp;

	(void)kept;
	if (!strcmp(sql, state) && !c->replica)
		return pg_statement(c->pg, "select state, held from kontor.subject where id = $1",
			"i", PG_ANY, false);
	struct arena *a = arena_make((size_t)1 << 20);

	if (FAULT_TRY(fp)) {
		p = pg_statement(house_of(c, word), pg_text(a, sql).p, NULL,
			c->writer && !word ? PG_HOUSE : PG_ANY, c->walking && !select);
		FAULT_END(fp);
	}
	arena_free(a);
	if (!p)
		fault(fp.kind, "%s", fp.what);
	return p;
}

void pg_open(struct store *s, const struct schema_file *files, const char *address, bool create)
{
	libpq_load();
	s->place = pg_place_make(s, address);
	pg_setup(s, files, create);
	if (s->citus)
		walks_make(s, pg_layout());
	if (create)
		pg_address_keep(s);
	pg_mirror(s, files);
	s->write_conn = conn_open(s, true);
	pg_prepare_all(s->write_conn);
	pg_server_start(s);
}

const struct engine engine_pg = {
	.open = open_conn,
	.close = close_conn,
	.ended = ended,
	.rollback = rollback,
	.orphaned = orphaned,
	.let_go = let_go,
	.log_empty = log_empty,
	.turn = pg_turn,
	.query = query,
	.prepare = prepare,
	.end = pg_statement_end,
	.bind_null = pg_bind_null,
	.bind_int = pg_bind_int,
	.bind_text = pg_bind_bytes,
	.bind_blob = pg_bind_bytes,
	.texts = pg_texts,
	.ints = pg_ints,
	.step = pg_step,
	.later = pg_step_later,
	.settle = settle,
	.reset = pg_reset,
	.fault = pg_step_fault,
	.changes = pg_changes,
	.params = pg_params,
	.sql = pg_sql,
	.type = pg_type,
	.int_ = pg_int,
	.text = pg_bytes,
	.blob = pg_bytes,
	.sealed = pg_sealed,
	.learned = learned,
};
