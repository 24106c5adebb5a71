/* Which machines a statement asks, when rows lie in places (layout.c).
 *
 * A placed row's place is in its id and in the ids beside it that lie with it. What the text and
 * the gates compare with `=` ties such ids to each other and to what is known before the question:
 * a parameter, or who asks. When every placed table is tied to one such value, one machine answers;
 * when to each value of one list (`id in ($1)`), the machines of its values; otherwise all of them
 * are asked. The judgement is Citus's router's, made while the program is built, and errs to the
 * side of "all": only equalities that must hold count. */
#include "queryc.h"

#include <stdio.h>

enum { GATES_DEEP_MAX = 6 };

struct node {	    /* something that has a place: a column of a table, a parameter, who asks */
	int rel;    /* table; -1: known before the question */
	str column; /* empty: the row's place itself */
	bool any;   /* one of a parameter's list, which one is not known: equal to no other */
	size_t up;  /* union-find */
};
struct lesson { /* the one lies where the other does, but not the other way round */
	size_t learns, from;
};
struct rel {
	const struct policy_table *table;
};
struct asked {
	struct queryc *q;
	struct {
		struct lesson *v;
		size_t n, cap;
	} lessons;
	struct {
		struct rel *v;
		size_t n, cap;
	} rels;
	struct {
		struct node *v;
		size_t n, cap;
	} nodes;
	int into; /* the row that `values` make; -1: none */
};
struct part { /* a statement, or a gate's condition as one: its scopes as tables of `asked` */
	struct asked *x;
	struct statement *st;
	int rel[QUERYC_NEST_MAX * 2]; /* by scope; -1: no table of the policy */
	bool known_counts;	      /* what it compares with parameters holds of every row */
};

/* ---- ties ------------------------------------------------------------------------------------ */
static size_t top(struct asked *x, size_t i)
{
	while (x->nodes.v[i].up != i)
		i = x->nodes.v[i].up;
	return i;
}

static size_t node(struct asked *x, int rel, str column)
{
	if (rel >= 0 && lie_tells(lie_of(x->q, x->rels.v[rel].table), column))
		column = (str){0};
	for (size_t i = 0; i < x->nodes.n; i++)
		if (x->nodes.v[i].rel == rel && !x->nodes.v[i].any &&
			str_eq(x->nodes.v[i].column, column))
			return i;
	size_t at = x->nodes.n;

	*ARENA_PUSH(x->q->a, &x->nodes) = (struct node){.rel = rel, .column = column, .up = at};
	return at;
}

/* A value of the list that the parameter is: two tables that are compared with the same list need
 * not lie together. */
static size_t node_any(struct asked *x, int param)
{
	size_t at = x->nodes.n;

	*ARENA_PUSH(x->q->a, &x->nodes) = (struct node){
		.rel = -1, .column = str_fmt(x->q->a, "$%d", param), .any = true, .up = at};
	return at;
}

static void tie(struct asked *x, size_t a, size_t b)
{
	x->nodes.v[top(x, a)].up = top(x, b);
}

static int rel_add(struct asked *x, const struct policy_table *t)
{
	*ARENA_PUSH(x->q->a, &x->rels) = (struct rel){t};
	return (int)x->rels.n - 1;
}

/* ---- equalities ------------------------------------------------------------------------------ */
struct side {
	bool is;
	const struct scope *scope; /* of a column */
	str name;
};

static bool arithmetic(const struct token *t)
{
	static const char *const signs[] = {"+", "-", "*", "/", "%", "&", "|", "||", "<<", ">>"};

	for (size_t i = 0; i < COUNT(signs); i++)
		if (token_is(t, signs[i]))
			return true;
	return false;
}

static bool asks_viewer(const struct statement *st, size_t i)
{
	return str_starts(st->v[i].s, S("viewer_")) && token_is(&st->v[i + 1], "(");
}

/* What begins at token i; *end: the token behind it. */
static struct side side_at(struct part *p, size_t i, size_t *end)
{
	const struct statement *st = p->st;
	const struct token *t = &st->v[i];
	struct found f;

	*end = i + 1;
	if (t->kind == TOKEN_PARAM)
		return (struct side){true, NULL, str_fmt(p->x->q->a, "$%d", t->number)};
	if (t->kind != TOKEN_WORD)
		return (struct side){0};
	if (asks_viewer(st, i)) {
		*end = i + 3;
		return (struct side){true, NULL, t->s};
	}
	f = column_at(p->x->q, st, i);
	if (!f.column)
		return (struct side){0};
	*end = i + f.tokens;
	return (struct side){true, f.scope, f.column->name};
}

/* Where the left side of the "=" at i begins. */
static size_t left_from(const struct statement *st, size_t i)
{
	if (i >= 3 && (token_is(&st->v[i - 2], ".") || token_is(&st->v[i - 1], ")")))
		return i - 3;
	return i - 1;
}

/* Inside of what need not hold: beside an or, below a not, in a case. */
static bool doubtful(const struct statement *st, size_t at)
{
	const struct token *e = &st->v[at];
	int cases = 0;

	for (size_t i = 0; i < at; i++)
		cases += token_is(&st->v[i], "case") - token_is(&st->v[i], "end");
	for (size_t i = 0; i < st->n; i++) {
		const struct token *t = &st->v[i];
		bool is_not = token_is(t, "not") && !token_is(&st->v[i + 1], "null") &&
			      !token_is(&st->v[i + 1], "exists");

		if (t->sel == e->sel && t->depth <= e->depth && (token_is(t, "or") || is_not))
			return true;
	}
	return cases > 0;
}

/* The table whose left join's condition the token stands in: that says nothing of the others. */
static const struct scope *condition_of(const struct statement *st, size_t at)
{
	const struct scope *last = NULL;

	for (size_t i = 0; i < st->scopes.n; i++)
		if (st->scopes.v[i].sel == st->v[at].sel && st->scopes.v[i].token < at)
			last = &st->scopes.v[i];
	for (size_t i = last ? last->token : at; i < at; i++)
		if (st->v[i].sel == st->v[at].sel && token_is(&st->v[i], "where"))
			return NULL;
	return last && last->outer ? last : NULL;
}

static size_t side_node(struct part *p, struct side s)
{
	return node(p->x, s.scope ? p->rel[s.scope - p->st->scopes.v] : -1, s.name);
}

/* What a table is compared with inside of a select of its own, or in the condition of its left
 * join, says where its rows are looked for; of the rows outside it says nothing. */
static void tie_columns(struct part *p, struct side a, struct side b, size_t at)
{
	const struct scope *joined = condition_of(p->st, at);
	int sel = p->st->v[at].sel;
	bool a_inside = joined ? a.scope == joined : a.scope->sel == sel;
	bool b_inside = joined ? b.scope == joined : b.scope->sel == sel;
	size_t a_node = side_node(p, a), b_node = side_node(p, b);

	if (a_inside && b_inside)
		tie(p->x, a_node, b_node);
	else if (a_inside || b_inside)
		*ARENA_PUSH(p->x->q->a, &p->x->lessons) =
			(struct lesson){a_inside ? a_node : b_node, a_inside ? b_node : a_node};
}

/* Does a comparison with what is known hold of every row of the column's table? */
static bool tells_all(const struct part *p, struct side column, size_t at)
{
	const struct scope *joined = condition_of(p->st, at);

	return p->known_counts && column.scope->sel == p->st->v[at].sel &&
	       (!joined || joined == column.scope);
}

static void equality(struct part *p, size_t at)
{
	const struct statement *st = p->st;
	size_t from = left_from(st, at), left_end, end;
	struct side a = side_at(p, from, &left_end), b = side_at(p, at + 1, &end);

	if (!a.is || !b.is || left_end != at || st->v[from].target || doubtful(st, at) ||
		(from && arithmetic(&st->v[from - 1])) || arithmetic(&st->v[end]))
		return;
	if (a.scope && b.scope)
		tie_columns(p, a, b, at);
	else if ((a.scope || b.scope) && tells_all(p, a.scope ? a : b, at))
		tie(p->x, side_node(p, a), side_node(p, b));
}

/* in ($1), at its `in` */
static void one_of(struct part *p, size_t at)
{
	size_t from = left_from(p->st, at), end;
	struct side a = side_at(p, from, &end);

	if (a.scope && end == at && !doubtful(p->st, at) &&
		!(from && arithmetic(&p->st->v[from - 1])) && tells_all(p, a, at))
		tie(p->x, side_node(p, a), node_any(p->x, p->st->v[at + 2].number));
}

/* What an equality of two ids says of places: "a.place = b.place". */
str places_tied(struct queryc *q, struct statement *st, size_t at, size_t *end)
{
	struct asked x = {.q = q};
	struct part p = {.x = &x, .st = st};
	size_t from = at ? left_from(st, at) : 0, left_end;

	if (!at || !token_is(&st->v[at], "=") || doubtful(st, at))
		return (str){0};
	struct side a = side_at(&p, from, &left_end), b = side_at(&p, at + 1, end);

	if (!a.scope || !b.scope || a.scope == b.scope || left_end != at || st->v[from].target ||
		(from && arithmetic(&st->v[from - 1])) || arithmetic(&st->v[*end]) ||
		!lie_tells(lie_of(q, a.scope->table), a.name) ||
		!lie_tells(lie_of(q, b.scope->table), b.name))
		return (str){0};
	return str_fmt(q->a, " and " STR_FMT ".place = " STR_FMT ".place", STR_ARG(a.scope->alias),
		STR_ARG(b.scope->alias));
}

/* ---- gates ----------------------------------------------------------------------------------- */
static void part_add(struct asked *x, struct statement *st, int root, bool known, int deep);

/* The condition as a statement of its own: the row is `own` in it, as it is `new` in a check. */
static void gate_add(
	struct asked *x, const struct scope *s, str text, const char *row, int rel, int deep)
{
	struct queryc *q = x->q;
	struct source f = {.path = q->layout_path, .base = "gate.sql", .noun = S("gate")};
	size_t mistakes = q->errors.n;

	f.text = str_fmt(q->a,
		"-- gate_of() -> many\nselect 1 from " STR_FMT "." STR_FMT " %s where (" STR_FMT
		") limit 1;\n",
		STR_ARG(s->purpose), STR_ARG(s->name), row, STR_ARG(text));
	source_read(q, &f);
	if (f.n == 1)
		scopes_find(q, &f.v[0]);
	q->errors.n = mistakes; /* the policy has been checked; a check's table need not be read */
	MUST(f.n == 1 && f.v[0].scopes.n);
	part_add(x, &f.v[0], rel, s->grant->using_n == 1 || *row == 'n', deep + 1);
}

static void gates_add(struct part *p, size_t scope, int deep)
{
	const struct scope *s = &p->st->scopes.v[scope];
	const struct policy_grant *g = s->grant;

	if (!g || deep > GATES_DEEP_MAX)
		return;
	if (s == p->st->target && p->st->verb == 'i') {
		if (g->check.n)
			gate_add(p->x, s, g->check, "new", p->rel[scope], deep);
		return;
	}
	for (size_t i = 0; i < g->using_n; i++)
		gate_add(p->x, s, g->using[i], "own", p->rel[scope], deep);
}

/* ---- a statement ----------------------------------------------------------------------------- */
/* The values of a new row that are parameters; false: it is made by a select. */
static bool new_row(struct part *p, size_t scope)
{
	const struct statement *st = p->st;

	if (!token_is(&st->v[st->set_from - 1], "values"))
		return false;
	for (size_t i = 0; i < st->columns.n; i++) {
		int n = column_param(st, st->columns.v[i]);

		if (n >= 0)
			tie(p->x, node(p->x, p->rel[scope], st->columns.v[i]),
				node(p->x, -1, str_fmt(p->x->q->a, "$%d", n + 1)));
	}
	return true;
}

static void part_add(struct asked *x, struct statement *st, int root, bool known, int deep)
{
	struct part p = {.x = x, .st = st, .known_counts = known};

	MUST(st->scopes.n < COUNT(p.rel));
	for (size_t i = 0; i < st->scopes.n; i++) {
		const struct policy_table *t = st->scopes.v[i].table;

		p.rel[i] = !t ? -1 : i == 0 && root >= 0 ? root : rel_add(x, t);
	}
	for (size_t i = 1; i + 1 < st->n; i++)
		if (token_is(&st->v[i], "="))
			equality(&p, i);
		else if (list_at(st, i))
			one_of(&p, i);
	for (size_t i = 0; i < st->scopes.n; i++) {
		if (p.rel[i] < 0 || (i == 0 && root >= 0))
			continue;
		if (&st->scopes.v[i] == st->target && st->verb == 'i')
			x->into = new_row(&p, i) ? p.rel[i] : -1;
		gates_add(&p, i, deep);
	}
}

/* ---- the judgement --------------------------------------------------------------------------- */
/* The value that tells the place before the question, before one of a list; NULL: none. */
static const struct node *value_of(struct asked *x, size_t place)
{
	const struct node *of_list = NULL;

	for (size_t i = 0; i < x->nodes.n; i++) {
		const struct node *n = &x->nodes.v[i];

		if (n->rel >= 0 || top(x, i) != top(x, place))
			continue;
		if (!n->any)
			return n;
		of_list = n;
	}
	return of_list;
}

static bool known(struct asked *x, size_t place)
{
	return value_of(x, place);
}

static void learn(struct asked *x)
{
	bool more = true;

	while (more) {
		more = false;
		for (size_t i = 0; i < x->lessons.n; i++) {
			const struct lesson *l = &x->lessons.v[i];

			if (known(x, l->learns) || !known(x, l->from))
				continue;
			tie(x, l->learns, l->from);
			more = true;
		}
	}
}

/* The values that tell the places, each once, commas between; empty: of some table none does. */
static str values_of(struct asked *x, bool *lists)
{
	struct names v = {0};
	struct out o;

	out_init(&o, x->q->a, 64, 1 << 12, NULL);
	for (size_t i = 0; i < x->rels.n; i++) {
		if (lie_of(x->q, x->rels.v[i].table)->kind != LIES_PLACED)
			continue;
		const struct node *value = value_of(x, node(x, (int)i, S("id")));

		if (!value)
			return (str){0};
		*lists |= value->any;
		if (listed(v.v, v.n, value->column))
			continue;
		out_fmt(&o, "%s" STR_FMT, v.n ? "," : "", STR_ARG(value->column));
		*ARENA_PUSH(x->q->a, &v) = value->column;
	}
	return out_view(&o);
}

/* The first placed table whose place is not that of the others; NULL: they lie together. */
static const struct policy_table *apart(struct asked *x)
{
	size_t first = SIZE_MAX;

	for (size_t i = 0; i < x->rels.n; i++) {
		if (lie_of(x->q, x->rels.v[i].table)->kind != LIES_PLACED)
			continue;
		size_t at = node(x, (int)i, S("id"));

		if (first == SIZE_MAX)
			first = at;
		if (!known(x, at) || top(x, at) != top(x, first))
			return x->rels.v[i].table;
	}
	return NULL;
}

/* "one", "some" (those of a list, or of a new row and of what its check asks), "all": places;
 * "none": a copy beside the coordinator or what lies there alone; with what lies there alone behind
 * a "+". *what: the values that tell the places; of "all" the first table whose place is not that
 * of the others. */
static const char *judge(struct asked *x, str *what)
{
	bool alone = false, placed = false, lists = false;

	learn(x);
	for (size_t i = 0; i < x->rels.n; i++) {
		enum lies kind = lie_of(x->q, x->rels.v[i].table)->kind;

		alone = alone || kind == LIES_ONE;
		placed = placed || kind == LIES_PLACED;
	}
	if (!placed)
		return "none";
	const struct policy_table *other = apart(x);

	*what = values_of(x, &lists);
	if (other && (x->into < 0 || !what->n)) {
		*what = other->name;
		return "all";
	}
	if (other || lists)
		return alone ? "some+" : "some";
	return alone ? "one+" : "one";
}

str places_value(struct queryc *q, struct statement *st)
{
	struct asked x = {.q = q};
	str what = {0};

	part_add(&x, st, -1, true, 0);
	return *judge(&x, &what) == 'o' ? what : (str){0};
}

void list_places(struct queryc *q)
{
	for (size_t i = 0; i < q->sources.n; i++)
		for (size_t k = 0; k < q->sources.v[i].n; k++) {
			struct statement *st = &q->sources.v[i].v[k];
			struct asked x = {.q = q, .into = -1};
			str what = {0};

			part_add(&x, st, -1, true, 0);
			const char *places = judge(&x, &what);

			printf("%s\t" STR_FMT "\t" STR_FMT "\t%s:%d\n", places, STR_ARG(st->name),
				STR_ARG(what), st->file, st->line);
		}
}
