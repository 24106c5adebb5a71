/* Statements: prepared on the server when they are first run, in the same round trip; their whole
 * answer is fetched at once, in the binary form. */
#include "../keys.h"
#include "statement.h"

#include <stdio.h>
#include <stdlib.h>

enum { ROUND = 64 };

static struct statement *of(struct prepared *p)
{
	return (struct statement *)p;
}

static unsigned type_oid(char letter)
{
	switch (letter) {
	case 't': return OID_TEXT;
	case 'y': return OID_BYTEA;
	case 'I': return OID_INT8S;
	case 'T': return OID_TEXTS;
	case 'Y': return OID_BYTEAS;
	default: return OID_INT8;
	}
}

/* The highest $n. */
static int params_of(const char *sql)
{
	int most = 0;

	for (const char *p = strchr(sql, '$'); p; p = strchr(p + 1, '$')) {
		int n = (int)strtol(p + 1, NULL, 10);

		most = n > most ? n : most;
	}
	return most;
}

struct prepared *pg_statement(
	struct pg *g, const char *sql, const char *types, enum pg_role role, bool guarded)
{
	struct statement *s = calloc(1, sizeof *s);
	int n = params_of(sql);

	if (n > PG_PARAMS_MAX)
		fault(FAULT_BUG, "more than %d parameters: %s", PG_PARAMS_MAX, sql);
	if (s)
		*s = (struct statement){{&engine_pg}, g, strdup(sql), role, guarded, .n = n,
			.ints = calloc((size_t)n + 1, PG_INT_CHARS)};
	if (!s || !s->sql || !s->ints)
		fault(FAULT_MEMORY, "no memory for a statement");
	for (int i = 0; types && types[i] && i < n; i++) {
		s->types[i] = type_oid(types[i]);
		s->anew = s->anew || types[i] == 'I' || types[i] == 'T';
	}
	s->placed = g->store->citus && role != PG_APP && pg_is_placed(sql);
	return &s->prepared;
}

void pg_statement_of(struct prepared *p, const struct stmt *stmt)
{
	struct statement *s = of(p);
	char types[PG_PARAMS_MAX + 1] = {0};

	s->stmt = stmt;
	s->placed = s->pg->store->citus && stmt->citus;
	if (s->placed && stmt->citus_viewer) /* else `& 63` makes a short number of it */
		s->types[s->n - 1] = type_oid('i');
	if (s->placed) /* each row is asked where it lies */
		return;
	if (!stmt->pg_rows || !s->pg->conn->writer)
		return;
	for (int i = 0; stmt->pg_types[i]; i++)
		types[i] = (char)(stmt->pg_types[i] - 'a' + 'A');
	s->rows = of(pg_statement(s->pg, stmt->pg_rows, types, s->role, false));
	s->rows->anew = false;
}

void pg_statement_end(struct prepared *p)
{
	if (of(p)->rows)
		pg_statement_end(&of(p)->rows->prepared);
	pq.PQclear(of(p)->r);
	free(of(p)->sql);
	free(of(p)->ints);
	free(p);
}

/* ---- values ---------------------------------------------------------------------------------- */
static struct statement *place(struct prepared *p, int i)
{
	MUST(i >= 1 && i <= of(p)->n);
	return of(p);
}

void pg_bind_null(struct prepared *p, int i)
{
	place(p, i)->values[i - 1] = NULL;
}

/* As text: then the server may take it for a number of any size, or for a bool. */
void pg_bind_int(struct prepared *p, int i, int64_t v)
{
	struct statement *s = place(p, i);

	snprintf(s->ints[i - 1], PG_INT_CHARS, "%lld", (long long)v);
	s->values[i - 1] = s->ints[i - 1];
	s->formats[i - 1] = PQ_TEXT;
}

void pg_bind_bytes(struct prepared *p, int i, str v)
{
	struct statement *s = place(p, i);

	s->values[i - 1] = v.p;
	s->lengths[i - 1] = (int)v.n;
	s->formats[i - 1] = PQ_BINARY;
}

/* ---- running --------------------------------------------------------------------------------- */
static const char guard_begin[] = "savepoint statement", guard_end[] = "release statement",
		  guard_back[] = "rollback to statement";

static void prepare(struct pg *g, struct statement *s)
{
	if (s->anew) {
		g->waiting += pq.PQsendPrepare(g->c, s->name, s->sql, s->n, s->types);
		return;
	}
	if (s->session == g->session || s->asked == g->round)
		return;
	snprintf(s->name, sizeof s->name, "s%u", ++g->names);
	if (!pq.PQsendPrepare(g->c, s->name, s->sql, s->n, s->types))
		return; /* the connection is gone: so says what comes next */
	g->waiting++;
	s->asked = g->round;
	pg_owe(g, &s->prepared, 0);
}

void pg_prepared(struct prepared *p)
{
	of(p)->session = of(p)->pg->session;
}

static bool starts(const char *sql, const char *with)
{
	return !strncmp(sql, with, strlen(with));
}

bool pg_is_word(const char *sql)
{
	return starts(sql, "begin") || starts(sql, "savepoint") || starts(sql, "release") ||
	       starts(sql, "rollback") || starts(sql, "commit");
}

/* In the snapshot itself: it reaches as far as it must, and is a standby's. */
static void shows(struct pg *g)
{
	char sql[80];

	snprintf(sql, sizeof sql, "select kontor.standby(%lld)", (long long)g->shows);
	pg_later(g, sql);
	pg_owe(g, NULL, true);
}

/* What these do is known without an answer. */
static void word(struct pg *g, const char *sql)
{
	bool begin = starts(sql, "begin");
	int failed;

	if (starts(sql, "rollback"))
		pg_gather_forget(g);
	else
		pg_gathered(g);
	if (starts(sql, "rollback") && g->unseen) /* else one that failed would swallow it */
		pg_round(g, -1, &failed);
	if (begin)
		pg_again(g);
	pg_later(g, !begin     ? sql
		    : g->reads ? "begin isolation level repeatable read read only"
			       : "begin");
	if (begin) {
		g->open = true;
		g->role = g->login;
		g->told = (struct viewer){0};
		g->acts = (str){0};
		pg_states_forget(g);
		g->told_all = false;
		if (g->shows)
			shows(g);
	} else if (starts(sql, "release")) {
		pg_tell_anew(g);
	} else if (starts(sql, "rollback to")) {
		g->told_all = true;
		g->acts = (str){0};
		g->role = PG_ANY; /* whatever it was at the savepoint */
		pg_as(g, PG_HOUSE);
	}
}

void statement_send(
	struct statement *s, const struct sent *v, const struct viewer *who, bool guarded)
{
	struct pg *g = s->pg;

	if (!g->open)
		pg_again(g);
	if (!g->c)
		pg_fault(g, g->login == PG_KEYS ? "the key store" : "PostgreSQL");
	pg_as(g, s->role);
	if (s->role == PG_APP)
		pg_tell(g, who);
	if (s->placed)
		pg_act(g, s->stmt ? g->store->purpose[s->stmt->purpose]->name : S("house"));
	if (guarded)
		pg_later(g, guard_begin);
	prepare(g, s);
	if (!pq.PQsendQueryPrepared(
		    g->c, s->name, s->n, v->values, v->lengths, v->formats, PQ_BINARY))
		pg_fault(g, s->sql);
	g->waiting++;
	pg_count(g, &g->store->writer.sent);
	if (guarded)
		pg_later(g, guard_end);
}

static const struct viewer *who_looks(const struct pg *g)
{
	static const struct viewer nobody;

	return g->conn && g->conn->handle ? &g->conn->handle->viewer : &nobody;
}

/* Behind what was gathered: it came before. */
static void send(struct statement *s, bool guarded)
{
	if (s->placed && s->stmt && s->stmt->citus_viewer)
		pg_bind_int(&s->prepared, s->n, who_looks(s->pg)->company);
	pg_gathered(s->pg);
	if (s->pg->owed_n + 2 > PG_OWED_MAX)
		pg_settle(s->pg);
	statement_send(
		s, &(struct sent){s->values, s->lengths, s->formats}, who_looks(s->pg), guarded);
}

/* Another row like it, no parent, or a check of the view or the policy behind it: one answer. */
static bool clash(const struct pg *g)
{
	return pg_is(g, "23505") || pg_is(g, "23503") || pg_is(g, "44000") || pg_refused(g);
}

static enum prepared_step run(struct statement *s)
{
	struct pg *g = s->pg;
	const bool guarded = s->guarded && g->open;
	const bool alone = s->placed && !g->open; /* what is told holds within a transaction */
	int wanted, failed;

	if (alone) {
		pg_again(g);
		pg_later(g, "begin");
		g->acts = (str){0};
	}
	send(s, guarded);
	wanted = g->waiting - 1 - guarded;
	if (alone)
		pg_later(g, "commit");
	s->r = pg_round(g, wanted, &failed);
	if (s->r)
		return PREPARED_DONE;
	if (alone) /* its transaction is not over */
		pg_drop(g);
	if (failed == wanted && guarded) {
		char state[sizeof g->state];

		memcpy(state, g->state, sizeof state);
		pg_later(g, guard_back);
		pg_later(g, guard_end);
		memcpy(g->state, state, sizeof state);
	}
	return clash(g) && failed == wanted ? PREPARED_CLASH : PREPARED_FAILED;
}

bool pg_step_later(struct prepared *p, bool one)
{
	struct statement *s = of(p);
	struct pg *g = s->pg;

	if (g->reads || !g->open || s->r)
		return false;
	if (one && s->rows) {
		pg_gather_row(s, who_looks(g));
		return true;
	}
	send(s, false);
	pg_owe(g, NULL, one);
	return true;
}

enum prepared_step pg_step(struct prepared *p)
{
	struct statement *s = of(p);

	if (!s->r) {
		if (starts(s->sql, "commit"))
			return pg_commit(s->pg) ? PREPARED_DONE : PREPARED_FAILED;
		if (pg_is_word(s->sql)) {
			word(s->pg, s->sql);
			return PREPARED_DONE;
		}
		enum prepared_step is = run(s);

		if (is != PREPARED_DONE)
			return is;
		s->row = -1;
	}
	return ++s->row < pq.PQntuples(s->r) ? PREPARED_ROW : PREPARED_DONE;
}

/* In rounds, since the server's answers wait in a buffer meanwhile. */
void pg_prepare_all(struct store_conn *c)
{
	struct store *s = c->store;
	struct pg *g = c->pg;
	size_t from = 0;
	int failed;

	word(g, "begin");
	for (size_t i = 0; i < s->statements_n; i++) {
		struct statement *st;

		query_prepare(c, &c->queries[i], s->statements[i]);
		st = of(c->queries[i].st);
		if (i == from)
			pg_as(g, PG_APP);
		int before = g->waiting - (int)(i - from);

		prepare(g, st);
		if (g->waiting < ROUND && i + 1 < s->statements_n)
			continue;
		PGresult *r = pg_round(g, 0, &failed);

		if (!r) {
			const struct stmt *at =
				s->statements[from +
					      (size_t)(failed > before ? failed - before : 0)];

			fault(FAULT_BUG, "%s:%d: %s: %s", at->file, at->line, at->name, g->why);
		}
		pq.PQclear(r);
		from = i + 1;
	}
	word(g, "rollback");
	pg_send_end(g);
	g->open = false;
	g->role = g->login;
}

void pg_reset(struct prepared *p)
{
	struct statement *s = of(p);

	pq.PQclear(s->r);
	s->r = NULL;
	for (int i = 0; i < s->n; i++)
		s->values[i] = NULL;
}

noreturn void pg_step_fault(struct prepared *p, const char *what)
{
	pg_fault(of(p)->pg, what);
}

int64_t pg_changes(struct prepared *p)
{
	return of(p)->r ? strtoll(pq.PQcmdTuples(of(p)->r), NULL, 10) : 0;
}

int pg_params(struct prepared *p)
{
	return of(p)->n;
}

const char *pg_sql(struct prepared *p)
{
	return of(p)->sql;
}

/* ---- the row --------------------------------------------------------------------------------- */
enum prepared_type pg_type(struct prepared *p, int col)
{
	struct statement *s = of(p);

	if (pq.PQgetisnull(s->r, s->row, col))
		return PREPARED_NULL;
	switch (pq.PQftype(s->r, col)) {
	case OID_INT8:
	case OID_INT4:
	case OID_INT2:
	case OID_BOOL: return PREPARED_INT;
	case OID_BYTEA: return PREPARED_BLOB;
	default: return PREPARED_TEXT;
	}
}

/* The highest byte first, with its sign. */
static int64_t int_of(const char *p, size_t n)
{
	int64_t v = n && (p[0] & 0x80) ? -1 : 0;

	for (size_t i = 0; i < n; i++)
		v = (int64_t)((uint64_t)v << 8 | (uint8_t)p[i]);
	return v;
}

/* A whole number of any size, or a bool; NULL is 0. */
int64_t pg_int(struct prepared *p, int col)
{
	str v = pg_bytes(p, col);

	return v.n <= sizeof(int64_t) ? int_of(v.p, v.n) : 0;
}

str pg_bytes(struct prepared *p, int col)
{
	struct statement *s = of(p);

	if (pq.PQgetisnull(s->r, s->row, col))
		return (str){0};
	return (str){pq.PQgetvalue(s->r, s->row, col), (size_t)pq.PQgetlength(s->r, s->row, col)};
}

/* Whose the sealed values of a column are, in all rows of the answer. */
static void owners_learn(struct statement *s, int col)
{
	int64_t owners[LIST_ROWS_MAX];
	size_t n = 0;

	for (int row = 0; row < pq.PQntuples(s->r) && n < COUNT(owners); row++)
		if (pq.PQgetlength(s->r, row, col) > 2 * (int)sizeof(int64_t))
			owners[n++] = int_of(pq.PQgetvalue(s->r, row, col) + 8, 8);
	pg_states_learn(s->pg, owners, n);
	if (s->pg->store->key_engine->shared) /* else asking costs nothing */
		keys_learn(s->pg->conn, owners, n);
}

/* As the views give it (policy/guards_pg.c). */
str pg_sealed(struct prepared *p, int col, int64_t *row, int64_t *key)
{
	struct statement *s = of(p);
	str v = pg_bytes(p, col);
	int state;
	bool held;

	if (v.n <= 2 * sizeof(int64_t))
		fault(FAULT_BUG, "column %d is not a sealed one: %s", col, of(p)->sql);
	*row = int_of(v.p, 8);
	*key = int_of(v.p + 8, 8);
	if (s->pg->reads && !pg_state(s->pg, *key, &state, &held))
		owners_learn(s, col);
	return str_sub(v, 16, v.n - 16);
}
