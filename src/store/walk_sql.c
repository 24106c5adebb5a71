/* The statements of walks, erasure and retention: made once, from the policy. */
#include "walk.h"

#include <stdlib.h>

struct making {
	struct store *s;
	struct store_walks *w;
	str layout;
};

/* where id = ?1, and in which place that is */
static str of_row(struct making *m, const struct policy_table *t, str column)
{
	str name = str_fmt(m->s->arena, "\"r_" STR_FMT "\"", STR_ARG(t->name));

	return str_fmt(m->s->arena, "\"" STR_FMT "\" = ?1" STR_FMT, STR_ARG(column),
		STR_ARG(policy_place_of(m->s->arena, m->layout, t->name, name, column)));
}

static struct walk_sql keep(struct making *m, str sql)
{
	if (!sql.n)
		return (struct walk_sql){0};
	return (struct walk_sql){str_dup(m->s->arena, sql).p, m->w->sql_n++};
}

/* A fixed value as a literal. Texts come from the policy; quotes are doubled all the same. */
static str literal(struct making *m, const struct policy_column *k, str v)
{
	const struct policy_enum *e = policy_enum(m->s->policy, k->type.name);
	struct arena *a = m->s->arena;
	bool random = str_ends(v, S("*"));
	str text = S("");

	for (size_t i = 0; k->type.kind == TYPE_ENUM && e && i < e->n; i++)
		if (str_eq(e->values[i], v))
			return str_fmt(a, "%zu", i + 1);
	if (k->type.kind != TYPE_TEXT && k->type.kind != TYPE_BLOB)
		return v;
	for (size_t i = 0; i < v.n - random; i++)
		text = str_fmt(a, STR_FMT "%s%c", STR_ARG(text), v.p[i] == '\'' ? "'" : "", v.p[i]);
	return str_fmt(a, "%s'" STR_FMT "'%s", k->type.kind == TYPE_BLOB ? "x" : "", STR_ARG(text),
		random ? " || lower(hex(randomblob(6)))" : "");
}

/* What an emptied column holds; a person that must stand there is bound. */
static str emptied(struct making *m, const struct policy_table *t, const struct policy_column *k,
	const struct policy_table **persons, size_t *n)
{
	const struct policy_fill *f = policy_fill_of(t, k->name);

	if (f)
		return literal(m, k, f->value);
	if (k->null)
		return S("null");
	MUST(k->type.kind == TYPE_ID); /* the policy was checked for that */
	persons[*n] = policy_id_table(m->s->policy, k->type.name);
	return str_fmt(m->s->arena, "?%zu", ++*n + 1);
}

static bool named(const str *v, size_t n, str name)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(v[i], name))
			return true;
	return false;
}

/* update … set the columns, and with `self` also what the policy says of a row that stands for
 * nobody any more. */
static str empty_sql(struct making *m, const struct policy_table *t, const str *columns, size_t n,
	bool self, const struct policy_table ***persons, size_t *persons_n)
{
	struct arena *a = m->s->arena;
	str set = S("");

	*persons = arena_array(a, const struct policy_table *, t->columns_n + 1);
	*persons_n = 0;
	for (size_t i = 0; i < t->columns_n; i++) {
		const struct policy_column *k = &t->columns[i];

		if (!named(columns, n, k->name) && !(self && policy_fill_of(t, k->name)))
			continue;
		str v = emptied(m, t, k, *persons, persons_n);

		set = str_fmt(a, STR_FMT "%s\"" STR_FMT "\" = " STR_FMT, STR_ARG(set),
			set.n ? ", " : "", STR_ARG(k->name), STR_ARG(v));
	}
	return set.n ? str_fmt(a, "update \"r_" STR_FMT "\" set " STR_FMT " where " STR_FMT,
			       STR_ARG(t->name), STR_ARG(set), STR_ARG(of_row(m, t, S("id"))))
		     : set;
}

/* Everything personal of a row, but whom its parts must still belong to. */
static str whole_sql(struct making *m, struct walk_table *w)
{
	const struct policy_table *t = w->table;
	str *v = arena_array(m->s->arena, str, t->columns_n + 1);
	size_t n = 0;

	for (size_t i = 0; i < t->columns_n; i++) {
		const struct policy_column *k = &t->columns[i];
		bool stays = !k->null && !policy_fill_of(t, k->name) && k->type.kind != TYPE_ID;

		if (policy_is_personal(k) && !str_eq(k->name, S("id")) && !stays)
			v[n++] = k->name;
	}
	return empty_sql(m, t, v, n, policy_is_subject(t), &w->persons, &w->persons_n);
}

static str placeholder_sql(struct making *m, const struct policy_table *t)
{
	struct arena *a = m->s->arena;
	str names = S("id"), values = S("?1");

	if (!t->fills_n || !policy_is_subject(t))
		return (str){0};
	for (size_t i = 0; i < t->columns_n; i++) {
		const struct policy_column *k = &t->columns[i];
		const struct policy_fill *f = policy_fill_of(t, k->name);

		if (str_eq(k->name, S("id")) || (!f && k->null))
			continue;
		names = str_fmt(a, STR_FMT ", \"" STR_FMT "\"", STR_ARG(names), STR_ARG(k->name));
		values = str_fmt(a, STR_FMT ", " STR_FMT, STR_ARG(values),
			STR_ARG(f ? literal(m, k, f->value) : S("0"))); /* a time says nothing */
	}
	return str_fmt(a, "insert into \"r_" STR_FMT "\" (" STR_FMT ") values (" STR_FMT ")",
		STR_ARG(t->name), STR_ARG(names), STR_ARG(values));
}

static struct walk_part part(struct making *m, const struct policy_table *t, str column)
{
	return (struct walk_part){walk_table_of(m->s, t),
		keep(m, str_fmt(m->s->arena, "select id from \"r_" STR_FMT "\" where " STR_FMT,
				STR_ARG(t->name), STR_ARG(of_row(m, t, column))))};
}

static void parts_find(struct making *m, struct walk_table *w)
{
	const struct policy *p = m->s->policy;
	const struct policy_table *t = w->table;

	w->parts = arena_array(m->s->arena, struct walk_part, p->tables_n + 1);
	for (size_t i = 0; i < p->tables_n; i++) {
		const struct policy_table *x = &p->tables[i];
		const struct policy_column *k = policy_column(x, x->part_of);

		if (x->part_of.n && k && policy_id_table(p, k->type.name) == t)
			w->parts[w->parts_n++] = part(m, x, x->part_of);
	}
	w->links = arena_array(m->s->arena, struct walk_part, t->owns_n + 1);
	for (size_t i = 0; i < t->owns_n; i++) {
		struct policy_path path;
		str why;

		if (policy_path(m->s->arena, p, t, t->owns[i].by, &path, &why) && path.n &&
			path.v[0].back)
			w->links[w->links_n++] = part(m, path.v[0].table, path.v[0].column);
	}
}

/* A chained log keeps its rows as they are, and what they say goes with the key of whoever it is
 * about. */
static void keys_find(struct making *m, struct walk_table *w)
{
	const struct policy_table *t = w->table;
	struct arena *a = m->s->arena;

	w->keys = arena_array(a, struct walk_key, t->columns_n + 1);
	for (size_t i = 0; i < t->columns_n && !t->chain.n; i++) {
		const struct policy_column *k = &t->columns[i];

		if (k->type.kind != TYPE_ID || !str_eq(k->type.name, S("subject_key_id")))
			continue;
		w->keys[w->keys_n++] = (struct walk_key){
			keep(m, str_fmt(a,
					"select \"" STR_FMT "\" from \"r_" STR_FMT
					"\" where " STR_FMT " and \"" STR_FMT "\" is not null",
					STR_ARG(k->name), STR_ARG(t->name),
					STR_ARG(of_row(m, t, S("id"))), STR_ARG(k->name))),
			keep(m, str_fmt(a,
					"select 1 from \"r_" STR_FMT "\" where " STR_FMT " limit 1",
					STR_ARG(t->name), STR_ARG(of_row(m, t, k->name))))};
	}
}

static void table_make(struct making *m, struct walk_table *w)
{
	const struct policy_table *t = w->table;
	struct arena *a = m->s->arena;

	w->known = keep(m, str_fmt(a, "select 1 from \"r_" STR_FMT "\" where " STR_FMT,
				   STR_ARG(t->name), STR_ARG(of_row(m, t, S("id")))));
	w->remove = keep(m, str_fmt(a, "delete from \"r_" STR_FMT "\" where " STR_FMT,
				    STR_ARG(t->name), STR_ARG(of_row(m, t, S("id")))));
	w->owners = keep(m, policy_owners_sqlite(a, m->s->policy, t, false, m->layout));
	w->shown = keep(
		m, m->w->flags ? policy_owners_sqlite(a, m->s->policy, t, true, m->layout) : S(""));
	if (policy_tells_restricted(t))
		w->restricted = keep(
			m, str_fmt(a, "update \"r_" STR_FMT "\" set restricted = ?2 where id = ?1",
				   STR_ARG(t->name)));
	w->empty = keep(m, whole_sql(m, w));
	w->placeholder = keep(m, placeholder_sql(m, t));
	for (size_t i = 0; i < t->groups_n; i++)
		w->own_key |= str_eq(t->groups[i].key, S("id")) && !policy_is_subject(t);
	keys_find(m, w);
	parts_find(m, w);
}

/* Before the first connection: where each statement stands in the connections' caches. */
void walks_make(struct store *s, str layout)
{
	struct store_walks *w = arena_new(s->arena, struct store_walks);
	struct making m = {s, w, layout};
	struct policy_walks walks = policy_walks_sqlite(s->arena, s->policy, layout);
	struct policy_sweeps sweeps = policy_sweeps_sqlite(s->arena, s->policy, layout);

	s->walks = w;
	w->flags = policy_table(s->policy, S("held")) && policy_table(s->policy, S("restricted"));
	w->tables_n = s->policy->tables_n;
	w->tables = arena_array(s->arena, struct walk_table, w->tables_n + 1);
	for (size_t i = 0; i < w->tables_n; i++)
		w->tables[i].table = &s->policy->tables[i];
	for (size_t i = 0; i < w->tables_n; i++)
		if (policy_column(w->tables[i].table, S("id")))
			table_make(&m, &w->tables[i]);
	w->edges = arena_array(s->arena, struct walk_edge, walks.n + 1);
	for (w->edges_n = 0; w->edges_n < walks.n; w->edges_n++) {
		struct walk_edge *e = &w->edges[w->edges_n];
		const struct policy_own *o = walks.v[w->edges_n].own;

		e->walk = &walks.v[w->edges_n];
		e->find = keep(&m, e->walk->find);
		e->newest = keep(&m, e->walk->newest);
		e->empty = keep(&m, empty_sql(&m, e->walk->table, o->anonymise, o->anonymise_n,
					    str_eq(o->by, S("id")), &e->persons, &e->persons_n));
	}
	w->sweeps = arena_array(s->arena, struct walk_sweep, sweeps.n + 1);
	for (w->sweeps_n = 0; w->sweeps_n < sweeps.n; w->sweeps_n++)
		w->sweeps[w->sweeps_n] = (struct walk_sweep){
			&sweeps.v[w->sweeps_n], keep(&m, sweeps.v[w->sweeps_n].due)};
}

size_t walks_statements(const struct store *s)
{
	return s->walks->sql_n;
}

size_t walk_table_of(const struct store *s, const struct policy_table *t)
{
	return (size_t)(t - s->policy->tables);
}

struct prepared *walk_start(struct store_conn *c, struct walk_sql q)
{
	MUST(q.sql && c->walk_st);
	c->walked = true;
	if (!c->walk_st[q.at]) {
		c->walking = true;
		c->walk_st[q.at] = conn_prepare(c, q.sql, true);
		c->walking = false;
	}
	prepared_reset(c->walk_st[q.at]);
	return c->walk_st[q.at];
}

bool walk_step(struct store_conn *c, struct prepared *st)
{
	store_due();
	c->walking = true;
	enum prepared_step is = conn_step(c, st);

	c->walking = false;
	c->walk_clash = is == PREPARED_CLASH;
	if (is == PREPARED_ROW)
		return true;
	if (is == PREPARED_FAILED)
		prepared_fault(st, prepared_sql(st));
	prepared_reset(st);
	return false;
}

bool walk_slice_over(const struct store_conn *c)
{
	return clock_mono_us() > c->slice_us;
}

bool walk_clash(const struct store_conn *c)
{
	return c->walk_clash;
}
