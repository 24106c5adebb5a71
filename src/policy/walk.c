/* Walks and sweeps: ownership and retention as statements of SQLite.
 *
 * A walk begins at the subject and goes to the rows, so that each step uses the index of a column
 * that points back; `cross join` keeps the engine from turning it round. Names come from the
 * policy, whose columns were checked to be the schema's. */
#include "read.h"

struct line { /* tables of a path, from the row (h0) to the last hop (hn) */
	struct arena *a;
	const struct policy_table *t;
	const struct policy_path *path;
	str layout;
};

static const struct policy_table *at(const struct line *l, size_t i)
{
	return i ? l->path->v[i - 1].table : l->t;
}

/* h1.id = h0.order_id; back: h1.company_id = h0.id. On several machines with the place, where both
 * lie in it: else no machine could join them. */
static str join_of(const struct line *l, size_t i)
{
	const struct policy_hop *h = &l->path->v[i];
	size_t names = h->back ? i + 1 : i, named = h->back ? i : i + 1;
	str s = str_fmt(l->a, "h%zu.\"" STR_FMT "\" = h%zu.id", names, STR_ARG(h->column), named);

	if (policy_tells_place(l->layout, at(l, names)->name, h->column) &&
		policy_lies(l->layout, at(l, named)->name, "placed"))
		return str_fmt(
			l->a, STR_FMT " and h%zu.place = h%zu.place", STR_ARG(s), names, named);
	return s;
}

static str joins_of(const struct line *l)
{
	str s = S("");

	for (size_t i = l->path->n; i-- > 0;)
		s = str_fmt(l->a, STR_FMT " and " STR_FMT, STR_ARG(s), STR_ARG(join_of(l, i)));
	return s;
}

static str end_of(const struct line *l)
{
	return str_fmt(l->a, "h%zu.\"" STR_FMT "\"", l->path->n, STR_ARG(l->path->end->name));
}

/* main.r_membership as h1 */
static str table_at(const struct line *l, size_t i)
{
	return str_fmt(l->a, "main.\"r_" STR_FMT "\" as h%zu", STR_ARG(at(l, i)->name), i);
}

/* From the row to the last hop, or back. */
static str tables_of(const struct line *l, bool back)
{
	str s = S("");

	for (size_t i = 0; i <= l->path->n; i++)
		s = str_fmt(l->a, STR_FMT "%s" STR_FMT, STR_ARG(s), i ? " cross join " : "",
			STR_ARG(table_at(l, back ? l->path->n - i : i)));
	return s;
}

static struct line line_of(struct arena *a, const struct policy *p, const struct policy_table *t,
	str text, struct policy_path *path, str layout)
{
	str why;

	MUST(policy_path(a, p, t, text, path, &why)); /* checked when it was read */
	return (struct line){a, t, path, layout};
}

static str when_of(struct arena *a, const struct policy_own *o)
{
	return o->when.n ? str_fmt(a, " and h0.\"" STR_FMT "\" = 1", STR_ARG(o->when)) : S("");
}

static str columns_of(struct arena *a, const struct policy_table *t)
{
	str s = S("h0.id");

	for (size_t i = 0; i < t->columns_n; i++)
		s = str_fmt(
			a, STR_FMT ", h0.\"" STR_FMT "\"", STR_ARG(s), STR_ARG(t->columns[i].name));
	return s;
}

static str find_of(const struct line *l, const struct policy_own *o, bool newest)
{
	struct arena *a = l->a;
	str columns = newest ? S("h0.id") : columns_of(a, l->t);
	const char *next = newest ? "h0.id < ?2" : "h0.id > ?2", *order = newest ? " desc" : "";
	bool placed = policy_lies(l->layout, l->t->name, "placed");
	str first = policy_place_of(a, l->layout, at(l, l->path->n)->name,
		str_fmt(a, "h%zu", l->path->n), l->path->end->name);

	if (!l->path->n)
		return str_fmt(a,
			"select " STR_FMT " from " STR_FMT " where " STR_FMT " = ?1" STR_FMT
			" and %s" STR_FMT " order by h0.id%s limit ?3",
			STR_ARG(columns), STR_ARG(table_at(l, 0)), STR_ARG(end_of(l)),
			STR_ARG(first), next, STR_ARG(when_of(a, o)), order);
	return str_fmt(a,
		"select " STR_FMT " from main.\"r_" STR_FMT
		"\" as h0 where %s in (select %s from " STR_FMT " where " STR_FMT
		" = ?1" STR_FMT STR_FMT ") and %s" STR_FMT " order by h0.id%s limit ?3",
		STR_ARG(columns), STR_ARG(l->t->name), placed ? "(h0.place, h0.id)" : "h0.id",
		placed ? "h0.place, h0.id" : "h0.id", STR_ARG(tables_of(l, true)),
		STR_ARG(end_of(l)), STR_ARG(first), STR_ARG(joins_of(l)), next,
		STR_ARG(when_of(a, o)), order);
}

str policy_owners_sqlite(struct arena *a, const struct policy *p, const struct policy_table *t,
	bool shown, str layout)
{
	str s = S("");

	for (size_t i = 0; i < t->owns_n; i++) {
		const struct policy_own *o = &t->owns[i];
		struct policy_path path;
		struct line l = line_of(a, p, t, o->by, &path, layout);

		if (o->access && !shown)
			continue;
		s = str_fmt(a,
			STR_FMT "%sselect " STR_FMT " from " STR_FMT
				" where h0.id = ?1" STR_FMT STR_FMT STR_FMT " and " STR_FMT
				" is not null",
			STR_ARG(s), s.n ? " union all " : "", STR_ARG(end_of(&l)),
			STR_ARG(tables_of(&l, false)),
			STR_ARG(policy_place_of(a, layout, t->name, S("h0"), S("id"))),
			STR_ARG(joins_of(&l)), STR_ARG(when_of(a, o)), STR_ARG(end_of(&l)));
	}
	return s;
}

/* ---- the order of erasure ---------------------------------------------------------------- */
/* Which tables the rows of each are found through, and which its columns point to: a square of all
 * tables each, one row for each table. */
struct order {
	size_t n;
	bool *through, *points, *placed;
};

static void ways_mark(struct order *o, struct arena *a, const struct policy *p, size_t i)
{
	const struct policy_table *t = &p->tables[i], *other;

	for (size_t k = 0; k < t->owns_n; k++) {
		struct policy_path path;

		line_of(a, p, t, t->owns[k].by, &path, S(""));
		for (size_t h = 0; h < path.n; h++)
			o->through[i * o->n + (size_t)(path.v[h].table - p->tables)] = true;
	}
	for (size_t k = 0; k < t->columns_n; k++)
		if (t->columns[k].type.kind == TYPE_ID && !str_eq(t->columns[k].name, S("id")) &&
			(other = policy_id_table(p, t->columns[k].type.name)))
			o->points[i * o->n + (size_t)(other - p->tables)] = true;
}

/* Is there a table not yet placed that must come before t? One whose rows are found through t's is
 * looked for while t's are there. */
static bool must_wait(const struct order *o, size_t t, bool children)
{
	for (size_t i = 0; i < o->n; i++) {
		if (o->placed[i] || i == t)
			continue;
		if (o->through[i * o->n + t])
			return true;
		if (children && o->points[i * o->n + t] && !o->through[t * o->n + i])
			return true;
	}
	return false;
}

static size_t *order_of(struct arena *a, const struct policy *p)
{
	size_t *order = arena_array(a, size_t, p->tables_n + 1);
	struct order o = {p->tables_n, arena_array(a, bool, p->tables_n * p->tables_n + 1),
		arena_array(a, bool, p->tables_n * p->tables_n + 1),
		arena_array(a, bool, p->tables_n + 1)};

	for (size_t i = 0; i < o.n; i++)
		ways_mark(&o, a, p, i);
	for (size_t n = 0; n < o.n; n++) {
		size_t best = o.n;

		/* the strictest rule that somebody meets; a circle of references ends the wait */
		for (int rule = 0; rule < 3 && best == o.n; rule++)
			for (size_t i = 0; i < o.n && best == o.n; i++)
				if (!o.placed[i] && (rule == 2 || !must_wait(&o, i, rule == 0)))
					best = i;
		o.placed[best] = true;
		order[n] = best;
	}
	return order;
}

struct policy_walks policy_walks_sqlite(struct arena *a, const struct policy *p, str layout)
{
	size_t *order = order_of(a, p), n = 0;
	struct policy_walks w = {0};

	for (size_t i = 0; i < p->tables_n; i++)
		n += p->tables[i].owns_n;
	w.v = arena_array(a, struct policy_walk, n + 1);
	for (size_t i = 0; i < p->tables_n; i++) {
		const struct policy_table *t = &p->tables[order[i]];

		for (size_t k = 0; k < t->owns_n; k++) {
			struct policy_path path;
			struct line l = line_of(a, p, t, t->owns[k].by, &path, layout);

			w.v[w.n++] = (struct policy_walk){.table = t,
				.subject = policy_path_subject(p, t, &path),
				.own = &t->owns[k],
				.find = find_of(&l, &t->owns[k], false),
				.newest = find_of(&l, &t->owns[k], true)};
		}
	}
	return w;
}

/* ---- sweeps ------------------------------------------------------------------------------ */
/* Rows whose event lies behind them long enough, found from the event's index. With several rows
 * for one event they come by their ids. */
static str due_of(const struct line *l)
{
	str end = end_of(l);

	return str_fmt(l->a,
		"select h0.id, " STR_FMT " from " STR_FMT " where " STR_FMT " >= ?1 and " STR_FMT
		" <= ?3 and (" STR_FMT " > ?1 or h0.id > ?2)" STR_FMT " order by " STR_FMT
		", h0.id limit ?4",
		STR_ARG(end), STR_ARG(tables_of(l, true)), STR_ARG(end), STR_ARG(end), STR_ARG(end),
		STR_ARG(joins_of(l)), STR_ARG(end));
}

struct policy_sweeps policy_sweeps_sqlite(struct arena *a, const struct policy *p, str layout)
{
	size_t *order = order_of(a, p), n = 0;
	struct policy_sweeps s = {0};

	for (size_t i = 0; i < p->tables_n; i++)
		n += p->tables[i].keeps_n;
	s.v = arena_array(a, struct policy_sweep, n + 1);
	for (size_t i = 0; i < p->tables_n; i++) {
		const struct policy_table *t = &p->tables[order[i]];

		/* chained logs are cut from their start, at a signed head (store/chain.c) */
		for (size_t k = 0; !t->chain.n && k < t->keeps_n; k++) {
			const struct policy_keep *keep = &t->keeps[k];
			struct policy_path path;
			struct line l = line_of(a, p, t, keep->from, &path, layout);

			s.v[s.n++] = (struct policy_sweep){.table = t,
				.keep = keep,
				.duration_s = policy_duration_s(keep->duration),
				.stays = keep->then == KEEP_ANONYMISE || policy_is_subject(t),
				.name = str_fmt(a, STR_FMT " " STR_FMT " " STR_FMT,
					STR_ARG(t->name), STR_ARG(keep->from),
					STR_ARG(keep->duration)),
				.due = due_of(&l)};
		}
	}
	return s;
}
