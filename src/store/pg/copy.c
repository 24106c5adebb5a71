/* A database of PostgreSQL as a side of a copy: rows come and go by COPY, in its binary form. */
#include "../copy.h"
#include "pg.h"

#include <stdio.h>
#include <stdlib.h>

enum { COPY_HEAD = 19 };
static const char head[COPY_HEAD] = "PGCOPY\n\377\r\n";

struct pg_side {
	PGconn *c;
	enum copy_mode mode;
	bool reading; /* a COPY that gives */
	bool head;    /* it is still to come */
	char *piece;  /* of libpq */
};

static noreturn void bad(struct copy_side *s, PGresult *r, const char *what)
{
	struct pg_side *p = s->at;
	const char *why = r ? pq.PQresultErrorField(r, PQ_MESSAGE) : NULL;
	str said = str_fmt(s->arena, "%s", why ? why : pq.PQerrorMessage(p->c)),
	    first = str_cut(&said, '\n');

	pq.PQclear(r);
	fault(FAULT_STORE, "PostgreSQL: %s: " STR_FMT, what, STR_ARG(first));
}

static void run(struct copy_side *s, const char *sql, int wanted)
{
	struct pg_side *p = s->at;
	PGresult *r = pq.PQexec(p->c, sql);
	int is = r ? pq.PQresultStatus(r) : -1;

	if (is != wanted && !(wanted == PQ_COMMAND_OK && is == PQ_TUPLES_OK))
		bad(s, r, sql);
	pq.PQclear(r);
}

/* The end of a COPY, whichever way it went. */
static void copy_end(struct copy_side *s, const char *table)
{
	struct pg_side *p = s->at;
	PGresult *r = pq.PQgetResult(p->c);

	if (!r || pq.PQresultStatus(r) != PQ_COMMAND_OK)
		bad(s, r, table);
	pq.PQclear(r);
	while ((r = pq.PQgetResult(p->c)))
		pq.PQclear(r);
}

/* ---- reading --------------------------------------------------------------------------------- */
static void read_begin(struct copy_side *s, const struct copy_table *t)
{
	struct pg_side *p = s->at;
	struct arena *a = arena_make(1 << 20);
	const char *sql = str_fmt(a,
		"copy (select %s from base.\"%s\" order by id) to stdout (format binary)",
		t->columns, t->name)
				  .p;

	MUST(!p->reading);
	run(s, sql, PQ_COPY_OUT);
	arena_free(a);
	p->reading = p->head = true;
	s->reading = t;
}

/* A message holds one row; the head comes with the first of them, the end is a count of -1. */
static bool read_next(struct copy_side *s, str *row)
{
	struct pg_side *p = s->at;

	if (p->piece)
		pq.PQfreemem(p->piece);
	p->piece = NULL;
	int n = pq.PQgetCopyData(p->c, &p->piece, 0);

	if (n == -2)
		bad(s, NULL, s->reading->name);
	if (n < 0) {
		p->reading = false;
		copy_end(s, s->reading->name);
		return false;
	}
	*row = (str){p->piece, (size_t)n};
	if (p->head) {
		MUST(row->n >= COPY_HEAD && !memcmp(row->p, head, COPY_HEAD));
		*row = str_sub(*row, COPY_HEAD, row->n - COPY_HEAD);
		p->head = false;
	}
	if (row->n > 2)
		return true;
	return read_next(s, row); /* the head alone, or the count that ends it */
}

/* ---- writing --------------------------------------------------------------------------------- */
static void bytes(struct copy_side *s, str b)
{
	struct pg_side *p = s->at;

	if (pq.PQputCopyData(p->c, b.p, (int)b.n) != 1)
		bad(s, NULL, s->writing->name);
}

static void put_end(struct copy_side *s)
{
	struct pg_side *p = s->at;

	if (!s->writing)
		return;
	bytes(s, S("\377\377"));
	if (pq.PQputCopyEnd(p->c, NULL) != 1)
		bad(s, NULL, s->writing->name);
	copy_end(s, s->writing->name);
	s->writing = NULL;
}

static void put(struct copy_side *s, const struct copy_table *t, str row)
{
	if (s->writing != t) {
		struct arena *a = arena_make(1 << 20);

		put_end(s);
		run(s,
			str_fmt(a, "copy base.\"%s\" (%s) from stdin (format binary)", t->name,
				t->columns)
				.p,
			PQ_COPY_IN);
		arena_free(a);
		s->writing = t;
		bytes(s, (str){head, COPY_HEAD});
	}
	bytes(s, row);
}

static void clear(struct copy_side *s, const struct copy_table *t)
{
	struct arena *a = arena_make(1 << 20);

	put_end(s);
	run(s, str_fmt(a, "delete from base.\"%s\"", t->name).p, PQ_COMMAND_OK);
	arena_free(a);
}

static void whole(struct copy_side *s)
{
	put_end(s);
	/* Its commit waits for the disk, and so for all that came before. */
	run(s, "set synchronous_commit = on", PQ_COMMAND_OK);
	run(s, "analyze", PQ_COMMAND_OK);
}

/* ---- opening --------------------------------------------------------------------------------- */
static void side_close(struct copy_side *s)
{
	struct pg_side *p = s->at;

	if (p->piece)
		pq.PQfreemem(p->piece);
	if (p->c)
		pq.PQfinish(p->c);
	free(p);
}

static const struct copy_engine engine = {.read = read_begin,
	.next = read_next,
	.clear = clear,
	.put = put,
	.round = put_end,
	.whole = whole,
	.close = side_close};

/* Servers that write take the same lock for each turn, and for entering. */
static void alone(struct copy_side *s)
{
	struct pg_side *p = s->at;
	char sql[80];

	snprintf(sql, sizeof sql, "select pg_catalog.pg_try_advisory_lock(%d)", OWNER_LOCK);
	PGresult *r = pq.PQexec(p->c, sql);

	if (!r || pq.PQresultStatus(r) != PQ_TUPLES_OK)
		bad(s, r, "a lock");
	bool mine = *pq.PQgetvalue(r, 0, 0) == 't';

	pq.PQclear(r);
	r = pq.PQexec(p->c, "select count(*) from base.r_server where seen > kontor.clock_us() - "
			    "30000000");
	if (!r || pq.PQresultStatus(r) != PQ_TUPLES_OK)
		bad(s, r, "servers");
	mine &= *pq.PQgetvalue(r, 0, 0) == '0';
	pq.PQclear(r);
	if (!mine)
		fault(FAULT_STORE, "a server works on the database of %s: stop it first", s->what);
}

/* Whether its rows lie on several machines (Citus). */
static bool several(struct copy_side *s)
{
	struct pg_side *p = s->at;
	PGresult *r = pq.PQexec(p->c, "select guards from kontor.made");

	if (!r || pq.PQresultStatus(r) != PQ_TUPLES_OK)
		bad(s, r, "kontor.made");
	bool are = pq.PQntuples(r) && !strncmp(pq.PQgetvalue(r, 0, 0), "citus ", 6);

	pq.PQclear(r);
	return are;
}

/* Each machine has a snapshot of its own, and keeps it as long as it is asked over one connection
 * (schema/pg/citus-house.sql). They show the same turns when all are taken while nobody writes. */
static void snapshots(struct copy_side *s)
{
	char sql[80];

	snprintf(sql, sizeof sql, "select pg_catalog.pg_advisory_lock(%d)", OWNER_LOCK);
	run(s, sql, PQ_COMMAND_OK);
	run(s, "begin isolation level repeatable read read only", PQ_COMMAND_OK);
	run(s, "set local kontor.purpose = 'house'", PQ_COMMAND_OK);
	run(s, "select count(*) from base.r_import_run", PQ_COMMAND_OK);
	snprintf(sql, sizeof sql, "select pg_catalog.pg_advisory_unlock(%d)", OWNER_LOCK);
	run(s, sql, PQ_COMMAND_OK);
}

/* As the house, which sees all rows; for as long as it takes. */
static void reads(struct copy_side *s, struct store *st)
{
	struct pg_side *p = s->at;

	p->c = pg_connect(st->place, PG_HOUSE);
	if (pq.PQstatus(p->c) != PQ_OK)
		bad(s, NULL, "the installation's own role cannot log in");
	run(s,
		"set statement_timeout = 0; set idle_in_transaction_session_timeout = 0; "
		"set lock_timeout = '5s'",
		PQ_COMMAND_OK);
	if (p->mode == COPY_ALONE)
		alone(s);
	if (several(s))
		snapshots(s);
	else
		run(s, "begin isolation level repeatable read read only", PQ_COMMAND_OK);
}

/* Parents and children come in no order, so nobody asks whether the one has the other: every row is
 * compared with its source in the end, where that was asked. A round that is lost with the server
 * is copied again: it waits for no disk, the last one does. */
static void writes(
	struct copy_side *s, struct store *st, const struct schema_file *files, const char *token)
{
	struct pg_side *p = s->at;

	p->c = pg_setup_tables(st, files, token);
	run(s, "commit", PQ_COMMAND_OK);
	run(s, "set synchronous_commit = off; set session_replication_role = replica",
		PQ_COMMAND_OK);
}

struct copy_side *copy_pg_open(struct arena *a, struct store *s, const char *uri,
	enum copy_mode mode, const struct schema_file *files, const char *token)
{
	struct copy_side *side = arena_new(a, struct copy_side);
	struct pg_side *p = calloc(1, sizeof *p);
	struct fault_point fp;

	if (!p)
		fault(FAULT_MEMORY, "no memory for a copy");
	*side = (struct copy_side){.engine = &engine, .arena = a, .at = p, .what = s->dir};
	p->mode = mode;
	if (FAULT_TRY(fp)) {
		libpq_load();
		if (!s->place)
			s->place = pg_place_make(s, uri);
		if (mode == COPY_READ || mode == COPY_ALONE)
			reads(side, s);
		else
			writes(side, s, files, token);
		FAULT_END(fp);
		return side;
	}
	copy_close(side);
	fault(fp.kind, "%s", fp.what);
}
