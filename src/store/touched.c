/* Whose data lies in a table, or under a key: for the record of a breach, and for news of the
 * policy. Ids of people or companies alone are handed out; nothing is opened. */
#include "inside.h"

#include <stdio.h>

enum { TOUCHED_BATCH = 2000 };

/* "order.placed_by": through order_id to the table whose id that is. NULL: there is none. */
static const struct policy_table *parent_of(
	const struct policy *p, const struct policy_table *t, str way)
{
	char name[120];
	int n = snprintf(name, sizeof name, STR_FMT "_id", STR_ARG(way));
	const struct policy_column *via = policy_column(t, (str){name, (size_t)n});

	for (size_t i = 0; via && i < p->tables_n; i++) {
		const struct policy_column *id = policy_column(&p->tables[i], S("id"));

		if (id && id->type.kind == TYPE_ID && str_eq(id->type.name, via->type.name))
			return &p->tables[i];
	}
	return NULL;
}

/* The statement that lists one subject column of a table; {NULL, 0} when it is not of this kind,
 * "person_id" or "company_id". */
static str query_of(struct arena *a, const struct policy *p, const struct policy_table *t,
	str subject, str key, const char *kind)
{
	str rest = subject, way = str_cut(&rest, '.');
	const struct policy_table *u = rest.p ? parent_of(p, t, way) : t;
	const struct policy_column *c = u ? policy_column(u, rest.p ? rest : way) : NULL;
	str join = S(""), where = S("");

	if (!c || c->type.kind != TYPE_ID || !str_eq(c->type.name, str_of(kind)))
		return (str){0};
	if (u != t)
		join = str_fmt(a, " join \"r_" STR_FMT "\" u on u.id = t.\"" STR_FMT "_id\"",
			STR_ARG(u->name), STR_ARG(way));
	if (key.n)
		where = str_fmt(a, " and t.\"" STR_FMT "\" = ?3", STR_ARG(key));
	return str_fmt(a,
		"select t.id, %s.\"" STR_FMT "\" from \"r_" STR_FMT "\" t" STR_FMT
		" where t.id > ?1 and t.id <= ?2" STR_FMT " order by t.id limit %d",
		u == t ? "t" : "u", STR_ARG(c->name), STR_ARG(t->name), STR_ARG(join),
		STR_ARG(where), TOUCHED_BATCH);
}

struct walking {
	struct store *s;
	struct arena *a;
	struct touched *found;
	int64_t until, key;
	const char *kind; /* of subject: "person_id" or "company_id" */
};

static bool one_batch(struct walking *w, const char *sql, int64_t *from)
{
	struct db db;
	int n = 0;

	store_read_begin(w->s, &db, w->a, (struct viewer){0}, 0);
	db.conn->walking = true;
	struct prepared *st = chain_start(db.conn, sql);

	prepared_bind_int(st, 1, *from);
	prepared_bind_int(st, 2, w->until);
	if (prepared_params(st) > 2)
		prepared_bind_int(st, 3, w->key);
	while (chain_step(db.conn, st)) {
		n++;
		*from = prepared_int(st, 0);
		if (!prepared_null(st, 1))
			*ARENA_PUSH(w->a, w->found) = prepared_int(st, 1);
	}
	prepared_end(st);
	db.conn->walking = false;
	store_read_end(&db);
	return n == TOUCHED_BATCH;
}

static void subject_walk(struct walking *w, const struct policy_table *t, str subject, str key)
{
	str sql = query_of(w->a, w->s->policy, t, subject, key, w->kind);
	int64_t from = -1;

	while (sql.p && one_batch(w, sql.p, &from))
		;
}

static void table_walk(struct walking *w, const struct policy_table *t)
{
	for (size_t i = 0; i < t->groups_n; i++)
		subject_walk(w, t, t->groups[i].subject, (str){0});
	for (size_t i = 0; i < t->columns_n; i++)
		if (t->columns[i].dpv.n && !str_eq(t->columns[i].subject, S("none")))
			subject_walk(w, t, t->columns[i].subject, (str){0});
}

void store_touched_table(struct store *s, struct arena *a, const struct policy_table *t,
	int64_t until_id, struct touched *found)
{
	table_walk(&(struct walking){s, a, found, until_id, 0, "person_id"}, t);
}

void store_touched_companies(
	struct store *s, struct arena *a, const struct policy_table *t, struct touched *found)
{
	table_walk(&(struct walking){s, a, found, INT64_MAX, 0, "company_id"}, t);
}

void store_touched_key(struct store *s, struct arena *a, const struct policy_table *t, int64_t key,
	int64_t until_id, struct touched *found)
{
	struct walking w = {s, a, found, until_id, key, "person_id"};

	for (size_t i = 0; i < t->groups_n; i++) {
		const struct policy_group *g = &t->groups[i];
		str column = g->key.n ? g->key : g->subject;

		if (!str_has(column, '.'))
			subject_walk(&w, t, g->subject, column);
	}
}
