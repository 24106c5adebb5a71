/* Guards: the views of one SQLite connection, made from the policy (doc/policy.md). */
#include "read.h"

/* ---- writing SQL ------------------------------------------------------------------------- */
struct sql {
	struct arena *a;
	char *v;
	size_t n, cap;
};

static void put(struct sql *q, str s)
{
	while (!q->v || q->n + s.n + 1 > q->cap)
		q->v = arena_grow(q->a, q->v, 1, q->n, &q->cap);
	if (s.n)
		memcpy(q->v + q->n, s.p, s.n);
	q->n += s.n;
	q->v[q->n] = 0;
}

/* r_orders.total_minor as total_minor; sealed columns leave with what opens them: row and key. */
static void column_put(struct sql *q, const struct policy_table *t, str name)
{
	const struct policy_column *k = policy_column(t, name);
	const struct policy_group *g = policy_group(t, name);

	if (k->type.kind == TYPE_SEALED)
		put(q, str_fmt(q->a,
			       "sealed(r_" STR_FMT ".id, r_" STR_FMT "." STR_FMT ", r_" STR_FMT
			       "." STR_FMT ")",
			       STR_ARG(t->name), STR_ARG(t->name), STR_ARG(g->key),
			       STR_ARG(t->name), STR_ARG(name)));
	else
		put(q, str_fmt(q->a, "r_" STR_FMT "." STR_FMT, STR_ARG(t->name), STR_ARG(name)));
	put(q, str_fmt(q->a, " as " STR_FMT, STR_ARG(name)));
}

/* A guard that uses nothing but the row id makes SQLite ask for READ of an empty column without a
 * context, which the authorizer must refuse. One ordinary column in a condition that is always true
 * and that the planner does not fold away gives it a context (`x is not null` would be folded). */
static void anchor_put(
	struct sql *q, const struct policy_table *t, const struct policy_grant *g, bool *where)
{
	for (size_t i = 0; i < g->columns_n; i++)
		if (!str_eq(g->columns[i], S("id")))
			return;
	for (size_t i = 0; i < t->columns_n; i++)
		if (!str_eq(t->columns[i].name, S("id"))) {
			put(q, str_fmt(q->a,
				       "%sr_" STR_FMT "." STR_FMT " is r_" STR_FMT "." STR_FMT,
				       *where ? " and " : " where ", STR_ARG(t->name),
				       STR_ARG(t->columns[i].name), STR_ARG(t->name),
				       STR_ARG(t->columns[i].name)));
			*where = true;
			return;
		}
}

static void consent_put(struct sql *q, const struct policy *p, const struct policy_table *t,
	const struct policy_grant *g, bool *where)
{
	if (!g->consent.n)
		return;
	put(q, str_fmt(q->a, "%s(r_" STR_FMT ".mask & %lld) <> 0", *where ? " and " : " where ",
		       STR_ARG(t->name),
		       (long long)(INT64_C(1) << policy_purpose(p, g->consent)->bit)));
	*where = true;
}

/* Rows of restricted subjects (GDPR Art. 18) are not there, but for the purposes that the policy
 * opens to them: storing, their own account and rights, the law. The set is a small table of its
 * own, which the engine probes by its key without reading it. */
static void isolated_put(struct sql *q, const struct policy *p, const struct policy_table *t,
	const struct policy_grant *g, bool *where)
{
	if (!policy_table(p, S("restricted")) || policy_purpose(p, g->purpose)->opens_restricted ||
		!t->subject.n || !policy_column(t, t->subject))
		return;
	if (policy_tells_restricted(t))
		put(q, str_fmt(q->a, "%sr_" STR_FMT ".restricted = 0", *where ? " and " : " where ",
			       STR_ARG(t->name)));
	else
		put(q, str_fmt(q->a,
			       "%s(r_" STR_FMT "." STR_FMT " in main.r_restricted) is not true",
			       *where ? " and " : " where ", STR_ARG(t->name),
			       STR_ARG(t->subject)));
	*where = true;
}

/* One branch of the union: its own gate, and none of the rows that an earlier branch gave.
 * `is not true` excludes by what the earlier gate said, also when it said NULL. */
static void branch_put(struct sql *q, const struct policy *p, const struct policy_table *t,
	const struct policy_grant *g, size_t branch, str nonce)
{
	bool where = false;

	put(q, S("select "));
	for (size_t i = 0; i < g->columns_n; i++) {
		if (i)
			put(q, S(", "));
		column_put(q, t, g->columns[i]);
	}
	put(q, str_fmt(q->a, " from main.r_" STR_FMT, STR_ARG(t->name)));
	if (branch < g->using_n) {
		put(q, str_fmt(q->a, " where (" STR_FMT ")",
			       STR_ARG(gate_sql(q->a, p, t, g->using[branch], GATE_OWN, nonce,
				       g -> using_at, NULL))));
		where = true;
	}
	for (size_t i = 0; i < branch; i++)
		put(q, str_fmt(q->a, " and (" STR_FMT ") is not true",
			       STR_ARG(gate_sql(q->a, p, t, g->using[i], GATE_OWN, nonce,
				       g -> using_at, NULL))));
	consent_put(q, p, t, g, &where);
	isolated_put(q, p, t, g, &where);
	anchor_put(q, t, g, &where);
}

/* All gates in one: for a statement that finds the row by an index of its own, where a union would
 * look for it once for each gate. */
static void alternatives_put(struct sql *q, const struct policy *p, const struct policy_table *t,
	const struct policy_grant *g, str nonce)
{
	bool where = true;

	put(q, S("select "));
	for (size_t i = 0; i < g->columns_n; i++) {
		if (i)
			put(q, S(", "));
		column_put(q, t, g->columns[i]);
	}
	put(q, str_fmt(q->a, " from main.r_" STR_FMT " where (", STR_ARG(t->name)));
	for (size_t i = 0; i < g->using_n; i++)
		put(q, str_fmt(q->a, "%s(" STR_FMT ")", i ? " or " : "",
			       STR_ARG(gate_sql(q->a, p, t, g->using[i], GATE_OWN, nonce,
				       g -> using_at, NULL))));
	put(q, S(")"));
	consent_put(q, p, t, g, &where);
	isolated_put(q, p, t, g, &where);
	anchor_put(q, t, g, &where);
}

static void view_add(struct arena *a, struct guard *x, str name, str body)
{
	MUST(x->views_n < COUNT(x->views));
	x->views[x->views_n++] =
		(struct guard_view){name, str_fmt(a, "create view \"" STR_FMT "\" as " STR_FMT,
						  STR_ARG(name), STR_ARG(body))};
}

/* The guard view, and the name that statements use for it. */
static void pair_add(struct arena *a, struct guard *x, const char *kind, str nonce, str body)
{
	str name = str_fmt(a, STR_FMT "%s", STR_ARG(x->view), kind);
	str inner = str_fmt(a, STR_FMT "~" STR_FMT, STR_ARG(name), STR_ARG(nonce));

	view_add(a, x, inner, body);
	view_add(a, x, name, str_fmt(a, "select * from \"" STR_FMT "\"", STR_ARG(inner)));
}

static void guard_views(struct arena *a, const struct policy *p, struct guard *x, str nonce)
{
	struct sql q = {.a = a}, near = {.a = a};
	size_t branches = x->grant->using_n ? x->grant->using_n : 1;

	for (size_t i = 0; i < branches; i++) {
		if (i)
			put(&q, S(" union all "));
		branch_put(&q, p, x->table, x->grant, i, nonce);
	}
	pair_add(a, x, "", nonce, (str){q.v, q.n});
	if (branches > 1) {
		alternatives_put(&near, p, x->table, x->grant, nonce);
		pair_add(a, x, POLICY_NEAR, nonce, (str){near.v, near.n});
	}
}

str policy_guard_sql(struct arena *a, const struct guard *g)
{
	struct sql q = {.a = a};

	for (size_t i = 0; i < g->views_n; i++) {
		str rest = g->views[i].sql;

		str_cut(&rest, ' ');
		put(&q, str_fmt(a, "create temp " STR_FMT ";", STR_ARG(rest)));
	}
	return (str){q.v, q.n};
}

/* ---- order: a guard comes behind those that its gates read ------------------------------- */
enum { GATE_VIEWS_MAX = 64 };
struct guarding {
	struct arena *a;
	const struct policy *p;
	str nonce;
	struct {
		struct guard *v;
		size_t n, cap;
	} out;
};

static void guard_add(
	struct guarding *gs, const struct policy_table *t, const struct policy_grant *g)
{
	struct gate_view v[GATE_VIEWS_MAX];
	struct guard *x;

	for (size_t i = 0; i < gs->out.n; i++)
		if (gs->out.v[i].grant == g)
			return;
	for (size_t i = 0; i < g->using_n; i++) {
		size_t n = gate_views(gs->a, gs->p, g->using[i], v, COUNT(v));

		for (size_t k = 0; k < n; k++)
			guard_add(gs, v[k].table, v[k].grant);
	}
	x = ARENA_PUSH(gs->a, &gs->out);
	x->view = str_fmt(gs->a, STR_FMT "." STR_FMT, STR_ARG(g->purpose), STR_ARG(t->name));
	x->table = t;
	x->grant = g;
	guard_views(gs->a, gs->p, x, gs->nonce);
}

struct guards policy_guards_sqlite(struct arena *a, const struct policy *p, str nonce)
{
	struct guarding gs = {.a = a, .p = p, .nonce = nonce};

	for (size_t i = 0; i < p->tables_n; i++)
		for (size_t k = 0; k < p->tables[i].grants_n; k++)
			if (p->tables[i].grants[k].columns_n)
				guard_add(&gs, &p->tables[i], &p->tables[i].grants[k]);
	return (struct guards){gs.out.v, gs.out.n};
}

str policy_check_sqlite(struct arena *a, const struct policy *p, const struct policy_table *t,
	const struct policy_grant *g)
{
	return gate_check(a, p, t, g, GATE_NEW, NULL);
}
