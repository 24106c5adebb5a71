/* Rows that are inserted `-> once` are gathered and go out as one statement for all of them: most
 * of what an insert costs is the start of its execution, not its row (decision 251).
 *
 * Nothing may see the difference: before anything else is sent in the transaction, what is gathered
 * goes first, in the order in which its statements first came. A row may join others of its
 * statement ahead of what came between only when nothing of that is asked about when it is inserted
 * (its parents, its check). */
#include "statement.h"

#include <stdlib.h>

enum { GROUPS_MAX = 16, ROWS_MAX = 500, GATHERED_BYTES_MAX = 4 << 20, GATHER_BYTES_MAX = 64 << 20 };
enum { ARRAY_HEAD_BYTES = 20 };

struct cell {
	str v;	   /* of text and bytes; p == NULL: NULL, of a number too */
	int64_t i; /* of a number */
};
struct group {
	struct statement *s;
	size_t n; /* rows */
	struct {
		struct cell *v; /* row by row */
		size_t n, cap;
	} cells;
};
struct pg_gather {
	struct arena *arena;
	struct viewer who; /* of all rows */
	size_t n, bytes;
	struct group v[GROUPS_MAX];
};

void pg_gather_free(struct pg *g)
{
	if (g->gather)
		arena_free(g->gather->arena);
	free(g->gather);
	g->gather = NULL;
}

void pg_gather_forget(struct pg *g)
{
	if (!g->gather)
		return;
	g->gather->n = g->gather->bytes = 0;
	arena_reset(g->gather->arena);
}

static struct pg_gather *gather_of(struct pg *g)
{
	if (g->gather)
		return g->gather;
	g->gather = calloc(1, sizeof *g->gather);
	if (!g->gather)
		fault(FAULT_MEMORY, "no memory for rows");
	g->gather->arena = arena_make(GATHER_BYTES_MAX);
	return g->gather;
}

/* ---- arrays, in the binary form of the server: highest byte first ---------------------------- */
static char *put(char *p, uint64_t v, int bytes)
{
	for (int i = 0; i < bytes; i++)
		p[i] = (char)(v >> (8 * (bytes - 1 - i)));
	return p + bytes;
}

static bool number(unsigned oid)
{
	return oid == OID_INT8;
}

/* The cells `step` apart, from v on. */
static str array(struct arena *a, unsigned oid, const struct cell *v, size_t n, size_t step)
{
	size_t bytes = ARRAY_HEAD_BYTES + 4 * n;
	bool nulls = false;

	for (size_t i = 0; i < n; i++) {
		const struct cell *c = &v[i * step];

		bytes += !c->v.p ? 0 : number(oid) ? sizeof c->i : c->v.n;
		nulls = nulls || !c->v.p;
	}
	char *out = arena_alloc(a, 1, bytes), *p = out;

	p = put(p, 1, 4); /* dimensions */
	p = put(p, nulls, 4);
	p = put(p, oid, 4);
	p = put(p, n, 4);
	p = put(p, 1, 4); /* the first one's place */
	for (size_t i = 0; i < n; i++) {
		const struct cell *c = &v[i * step];

		p = put(p, !c->v.p ? UINT32_MAX : number(oid) ? sizeof c->i : c->v.n, 4);
		if (c->v.p && number(oid))
			p = put(p, (uint64_t)c->i, sizeof c->i);
		else if (c->v.p && c->v.n)
			p = (char *)memcpy(p, c->v.p, c->v.n) + c->v.n;
	}
	return (str){out, bytes};
}

str pg_texts(struct arena *a, const str *v, size_t n)
{
	struct cell *c = arena_array(a, struct cell, n + 1);

	for (size_t i = 0; i < n; i++)
		c[i].v = v[i].p ? v[i] : S("");
	return array(a, OID_TEXT, c, n, 1);
}

str pg_ints(struct arena *a, const int64_t *v, size_t n)
{
	struct cell *c = arena_array(a, struct cell, n + 1);

	for (size_t i = 0; i < n; i++)
		c[i] = (struct cell){S(""), v[i]};
	return array(a, OID_INT8, c, n, 1);
}

/* ---- sending --------------------------------------------------------------------------------- */
/* One row alone is cheaper as it is written. */
static void row_send(struct pg *g, struct group *x)
{
	struct statement *s = x->s;
	const char *values[PG_PARAMS_MAX];
	int lengths[PG_PARAMS_MAX], formats[PG_PARAMS_MAX];

	for (int i = 0; i < s->n; i++) {
		const struct cell *c = &x->cells.v[i];
		char *bytes;

		values[i] = c->v.p;
		lengths[i] = (int)c->v.n;
		formats[i] = PQ_BINARY;
		if (!c->v.p || !number(s->types[i]))
			continue;
		bytes = arena_alloc(g->gather->arena, 1, sizeof c->i);
		put(bytes, (uint64_t)c->i, sizeof c->i);
		values[i] = bytes;
		lengths[i] = sizeof c->i;
	}
	statement_send(s, &(struct sent){values, lengths, formats}, &g->gather->who, false);
}

static void rows_send(struct pg *g, struct group *x)
{
	struct statement *s = x->s;
	const char *values[PG_PARAMS_MAX];
	int lengths[PG_PARAMS_MAX], formats[PG_PARAMS_MAX];

	for (int i = 0; i < s->n; i++) {
		str v = array(g->gather->arena, s->types[i], x->cells.v + i, x->n, (size_t)s->n);

		values[i] = v.p;
		lengths[i] = (int)v.n;
		formats[i] = PQ_BINARY;
	}
	statement_send(s->rows, &(struct sent){values, lengths, formats}, &g->gather->who, false);
}

void pg_gathered(struct pg *g)
{
	struct pg_gather *a = g->gather;
	size_t n = a ? a->n : 0;

	if (!n)
		return;
	a->n = 0; /* what sends asks for what is gathered first */
	for (size_t i = 0; i < n; i++) {
		if (g->owed_n + 2 > PG_OWED_MAX)
			pg_settle(g);
		(a->v[i].n == 1 ? row_send : rows_send)(g, &a->v[i]);
		pg_owe(g, NULL, (int)a->v[i].n);
	}
	a->bytes = 0;
	arena_reset(a->arena);
}

/* ---- gathering ------------------------------------------------------------------------------- */
static bool asks(const struct stmt *s, const char *table)
{
	for (const char *const *t = s->pg_asks; *t; t++)
		if (!strcmp(*t, table))
			return true;
	return false;
}

/* Its own group, when nothing behind that is asked about by a row of it. */
static struct group *group_of(struct pg_gather *a, const struct statement *s)
{
	for (size_t i = a->n; i-- > 0;) {
		if (a->v[i].s == s)
			return a->v[i].n < ROWS_MAX ? &a->v[i] : NULL;
		if (asks(s->stmt, a->v[i].s->stmt->writes))
			return NULL;
	}
	return NULL;
}

static void cells_take(struct pg_gather *a, struct group *x, const struct statement *s)
{
	for (int i = 0; i < s->n; i++) {
		struct cell *c = ARENA_PUSH(a->arena, &x->cells);

		*c = (struct cell){0};
		if (!s->values[i])
			continue;
		if (number(s->types[i])) {
			*c = (struct cell){S(""), strtoll(s->values[i], NULL, 10)};
			continue;
		}
		c->v = str_dup(a->arena, (str){s->values[i], (size_t)s->lengths[i]});
		a->bytes += c->v.n;
	}
	x->n++;
}

void pg_gather_row(struct statement *s, const struct viewer *who)
{
	struct pg_gather *a = gather_of(s->pg);
	struct group *x;

	if (a->n && (memcmp(&a->who, who, sizeof *who) != 0 || a->bytes > GATHERED_BYTES_MAX))
		pg_gathered(s->pg);
	a->who = *who;
	x = group_of(a, s);
	if (!x) {
		if (a->n == GROUPS_MAX || (a->n && a->v[a->n - 1].s == s))
			pg_gathered(s->pg);
		x = &a->v[a->n++];
		*x = (struct group){.s = s};
	}
	cells_take(a, x, s);
}
