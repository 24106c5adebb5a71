/* The text that the engine runs: views quoted, parameters numbered,
 * constants replaced, and the gate put into every write. */
#include "policy/read.h"
#include "queryc.h"

/* ---- writing --------------------------------------------------------------------------------- */
struct sql_text {
	struct queryc *q;
	struct statement *st;
	struct out o;
	bool pg;		      /* for PostgreSQL: doc/queryc.md has what differs */
	bool rows;		      /* and for many rows at once */
	const struct gate_places *at; /* and for several machines; NULL: for one */
};

static void put(struct sql_text *x, str s)
{
	out_str(&x->o, s);
}

static const struct scope *scope_at(const struct statement *st, size_t i)
{
	for (size_t k = 0; k < st->scopes.n; k++)
		if (st->scopes.v[k].token == i)
			return &st->scopes.v[k];
	return NULL;
}

/* "trade.orders.near"; a schema and its view for PostgreSQL */
static void put_view(struct sql_text *x, const struct scope *s, const char *kind)
{
	out_fmt(&x->o, "\"" STR_FMT "%s" STR_FMT "%s\"", STR_ARG(s->purpose), x->pg ? "\".\"" : ".",
		STR_ARG(s->name), kind);
}

/* trade.orders o -> "trade.orders" as o; returns how many tokens that were. */
static size_t put_scope(struct sql_text *x, const struct scope *s)
{
	const struct statement *st = x->st;
	size_t behind = s->token + (s->purpose.p ? 3 : 1), used = behind - s->token;

	if (!s->name.p) { /* a select in brackets */
		put(x, S("("));
		return 1;
	}
	if (token_is(&st->v[behind], "as"))
		used += 2;
	else if (st->v[behind].kind == TOKEN_WORD && str_eq(st->v[behind].s, s->alias) &&
		 s->alias.p == st->v[behind].s.p)
		used += 1;
	str kind = s->near && s->grant && s->grant->using_n > 1 ? S(POLICY_NEAR) : S("");

	if (s->table && x->at) {
		put(x, policy_placed_pg(x->q->a, x->at, s->purpose, s->name, kind, s->alias));
		return used;
	}
	if (s->table)
		put_view(x, s, kind.p);
	else
		put(x, s->name);
	if (s->table || !str_eq(s->alias, s->name))
		out_fmt(&x->o, " as " STR_FMT, STR_ARG(s->alias));
	return used;
}

static void put_constant(struct sql_text *x, const struct token *t)
{
	struct policy_errors e = {0};
	str v = policy_constants(x->q->a, x->q->policy, t->s,
		(struct place){.file = x->st->file, .line = t->line}, &e);

	if (e.n)
		wrong(x->q, x->st, t->line, STR_FMT, STR_ARG(e.v[0].text));
	put(x, v);
}

/* "n: int!" -> "n" */
static void put_name(struct sql_text *x, const struct token *t)
{
	str rest = t->s, name = str_trim(str_cut(&rest, ':'));

	out_fmt(&x->o, "\"" STR_FMT "\"", STR_ARG(name));
}

/* A sum of PostgreSQL is numeric. */
static const struct item *summed(const struct sql_text *x, size_t from)
{
	const struct statement *st = x->st;

	for (size_t k = 0; k < st->items.n && x->pg; k++)
		if (st->items.v[k].from == from && !st->items.v[k].column)
			for (size_t i = from; i < st->items.v[k].to; i++)
				if (token_is(&st->v[i], "sum"))
					return &st->items.v[k];
	return NULL;
}

/* The name of a function, or who asks; returns how many more tokens that used. */
static size_t put_function(struct sql_text *x, str name)
{
	str asks = policy_viewer_pg(x->q->a, name);

	put(x, asks.n ? asks : policy_function_pg(name));
	return asks.n ? 2 : 0;
}

static void put_param(struct sql_text *x, int number)
{
	out_fmt(&x->o, x->rows ? "given.p%d" : x->pg ? "$%d" : "?%d", number);
}

/* in ($1) of a list; returns how many more tokens that were. */
static size_t put_list(struct sql_text *x, size_t i)
{
	out_fmt(&x->o, x->pg ? "= any($%d)" : "in (select value from json_each(?%d))",
		x->st->v[i + 2].number);
	return 3;
}

static void put_range(struct sql_text *x, size_t from, size_t to)
{
	struct statement *st = x->st;
	const struct item *cast = NULL;
	str tied = {0}; /* goes behind token `behind` */
	size_t behind = 0;

	for (size_t i = from; i < to; i++) {
		const struct token *t = &st->v[i];

		if (tied.n && i == behind) {
			put(x, tied);
			tied = (str){0};
		}
		if (x->at && !tied.n)
			tied = places_tied(x->q, st, i, &behind);
		const struct scope *s = scope_at(st, i);

		if (cast && i == cast->to) {
			put(x, S(")::bigint"));
			cast = NULL;
		}
		if (i > from && (t->space || t->newline))
			put(x, t->newline ? S("\n") : S(" "));
		if (!cast && (cast = summed(x, i)))
			put(x, S("("));
		if (!x->pg)
			*ARENA_PUSH(x->q->a, &st->map) = (struct mark){x->o.n, t->line};
		if (s)
			i += put_scope(x, s) - 1;
		else if (t->kind == TOKEN_PARAM)
			put_param(x, t->number);
		else if (list_at(st, i))
			i += put_list(x, i);
		else if (x->pg && t->kind == TOKEN_WORD && token_is(&st->v[i + 1], "("))
			i += put_function(x, t->s);
		else if (t->kind == TOKEN_CONST)
			put_constant(x, t);
		else if (t->kind == TOKEN_QUOTED)
			put_name(x, t);
		else
			put(x, t->s);
	}
	put(x, tied);
}

/* The table that is written lies on several machines, where it is written itself. */
static bool places_it(const struct sql_text *x)
{
	return x->at && policy_lies(x->at->layout, x->st->target->name, "placed");
}

/* The row is one that the viewer sees under this purpose. Correlated, so that the engine looks
 * up the one row: "id in (select id ...)" makes it list every visible row first
 * (doc/decisions/030). */
static void put_gate(struct sql_text *x)
{
	const struct scope *s = x->st->target;

	if (places_it(x)) {
		put(x, S("\nwhere "));
		if (x->at->place.n)
			out_fmt(&x->o, STR_FMT ".place = " STR_FMT " and ", STR_ARG(s->alias),
				STR_ARG(x->at->place));
		out_fmt(&x->o,
			"exists (select 1 from " STR_FMT " where gate.place = " STR_FMT
			".place and gate.id = " STR_FMT ".id)\n\tand (",
			STR_ARG(policy_placed_pg(
				x->q->a, x->at, s->purpose, s->name, S(""), S("gate"))),
			STR_ARG(s->alias), STR_ARG(s->alias));
		return;
	}
	if (x->pg) { /* what is written is a view, which asks it itself */
		put(x, S("\nwhere ("));
		return;
	}
	out_fmt(&x->o,
		"\nwhere exists (select 1 from \"" STR_FMT "." STR_FMT
		"\" as gate where gate.id = " STR_FMT ".id)\n\tand (",
		STR_ARG(s->purpose), STR_ARG(s->name), STR_ARG(s->alias));
}

/* What is written: the base table; for PostgreSQL the view for changes or for new rows. */
static void put_target(struct sql_text *x, const char *kind)
{
	if (places_it(x))
		out_fmt(&x->o, "base.r_" STR_FMT, STR_ARG(x->st->target->name));
	else if (x->pg)
		put_view(x, x->st->target, kind);
	else
		out_fmt(&x->o, "r_" STR_FMT, STR_ARG(x->st->target->name));
}

static void put_update(struct sql_text *x)
{
	struct statement *st = x->st;
	const struct scope *s = st->target;

	put(x, S("update "));
	put_target(x, POLICY_CHANGE);
	out_fmt(&x->o, " as " STR_FMT " set ", STR_ARG(s->alias));
	put_range(x, st->set_from, st->set_to);
	put_gate(x);
	put_range(x, st->where_from, st->n);
	put(x, S(")"));
}

static void put_delete(struct sql_text *x)
{
	struct statement *st = x->st;
	const struct scope *s = st->target;

	put(x, S("delete from "));
	put_target(x, POLICY_CHANGE);
	out_fmt(&x->o, " as " STR_FMT, STR_ARG(s->alias));
	put_gate(x);
	put_range(x, st->where_from, st->n);
	put(x, S(")"));
}

/* Columns that the check asks about and the statement does not give: they are NULL in the new
 * row. */
static struct names missing_columns(struct queryc *q, const struct statement *st, str check)
{
	const struct policy_table *t = st->target->table;
	struct names missing = {0};

	for (size_t i = 0; i < t->columns_n; i++) {
		struct lexer l = {check, 0, 1};
		bool asked = false;

		for (struct token x = token_next(&l); x.kind != TOKEN_END && !asked;
			x = token_next(&l))
			asked = x.kind == TOKEN_WORD && str_eq(x.s, t->columns[i].name);
		if (asked && !listed(st->columns.v, st->columns.n, t->columns[i].name))
			*ARENA_PUSH(q->a, &missing) = t->columns[i].name;
	}
	return missing;
}

static void put_names(struct sql_text *x, const char *before, const struct names *l, bool first)
{
	for (size_t i = 0; i < l->n; i++)
		out_fmt(&x->o, "%s%s" STR_FMT, first && !i ? "" : ", ", before, STR_ARG(l->v[i]));
}

/* What a column that is not given holds; PostgreSQL wants to know of which type. */
static void put_null(struct sql_text *x, str column)
{
	const struct policy_column *c = policy_column(x->st->target->table, column);

	put(x, S("null"));
	if (x->pg)
		out_fmt(&x->o, "::%s", type_pg(&c->type));
}

/* A value of the list: a bare null would be a text to PostgreSQL. */
static void put_values(struct sql_text *x, size_t from, size_t to)
{
	const struct statement *st = x->st;
	size_t begin = from, column = 0;

	for (size_t i = from; i <= to; i++) {
		if (i < to && !(st->v[i].depth == 1 && token_is(&st->v[i], ",")))
			continue;
		if (begin > from)
			put(x, S(", "));
		if (i == begin + 1 && token_is(&st->v[begin], "null"))
			put_null(x, st->columns.v[column]);
		else
			put_range(x, begin, i);
		column++;
		begin = i + 1;
	}
}

static void put_given(struct sql_text *x, const struct names *missing)
{
	struct statement *st = x->st;
	bool values = token_is(&st->v[st->set_from - 1], "values");

	out_fmt(&x->o, "with %s (", values ? "new" : "given");
	put_names(x, "", &st->columns, true);
	if (values)
		put_names(x, "", missing, false);
	put(x, values ? S(") as (values ") : S(") as ("));
	for (size_t i = st->set_from; i < st->set_to && values; i++) {
		size_t end = bracket_end(st, i);

		put(x, i > st->set_from ? S(", (") : S("("));
		put_values(x, i + 1, end);
		for (size_t k = 0; k < missing->n; k++) {
			put(x, S(", "));
			put_null(x, missing->v[k]);
		}
		put(x, S(")"));
		i = end + 1;
	}
	if (!values)
		put_range(x, st->set_from, st->set_to);
	put(x, S(")\n"));
	if (values)
		return;
	put(x, S(", new as (select "));
	put_names(x, "given.", &st->columns, true);
	for (size_t k = 0; k < missing->n; k++) {
		put(x, S(", "));
		put_null(x, missing->v[k]);
		out_fmt(&x->o, " as " STR_FMT, STR_ARG(missing->v[k]));
	}
	put(x, S(" from given)\n"));
}

/* Many rows: each parameter is an array, and the values are made of each row of them. */
static void put_given_rows(struct sql_text *x, const struct names *missing)
{
	const struct statement *st = x->st;
	const char *comma = "";

	out_lit(&x->o, "with new (");
	put_names(x, "", &st->columns, true);
	put_names(x, "", missing, false);
	out_lit(&x->o, ") as (select ");
	put_values(x, st->set_from + 1, bracket_end(st, st->set_from));
	for (size_t k = 0; k < missing->n; k++) {
		put(x, S(", "));
		put_null(x, missing->v[k]);
	}
	out_lit(&x->o, " from unnest(");
	for (size_t i = 0; i < st->params.n; i++)
		if (param_stands(st, (int)i + 1)) {
			out_fmt(&x->o, "%s$%zu", comma, i + 1);
			comma = ", ";
		}
	out_lit(&x->o, ") as given (");
	comma = "";
	for (size_t i = 0; i < st->params.n; i++)
		if (param_stands(st, (int)i + 1)) {
			out_fmt(&x->o, "%sp%zu", comma, i + 1);
			comma = ", ";
		}
	out_lit(&x->o, "))\n");
}

/* Without these words Citus would copy a row that it selected, which row policies refuse. */
static const char conflict[] = "\non conflict do nothing";

/* One row that says its own place, of which the row policy asks all that there is to ask. */
static bool plain_row(const struct sql_text *x, str check)
{
	const struct statement *st = x->st;

	for (size_t i = st->set_from; i < st->set_to; i++)
		if (token_is(&st->v[i], "select") || str_starts(st->v[i].s, S("viewer_")))
			return false;
	return places_it(x) && str_find(check, S("exists")) == (size_t)-1 &&
	       token_is(&st->v[st->set_from - 1], "values") &&
	       bracket_end(st, st->set_from) + 1 == st->set_to && column_param(st, S("id")) >= 0;
}

/* Rows whose check the view and the row policy ask: what they refuse is answered as not stored, as
 * if the statement had asked. A third time would cost as much again, and where rows are gathered
 * it would be planned for few of them, by reading all that are there. */
static bool asked_behind(const struct sql_text *x)
{
	return x->pg && !x->at && token_is(&x->st->v[x->st->set_from - 1], "values");
}

static void put_plain_row(struct sql_text *x)
{
	struct statement *st = x->st;

	out_fmt(&x->o, "values ($%d & 63, ", column_param(st, S("id")) + 1);
	put_values(x, st->set_from + 1, bracket_end(st, st->set_from));
	out_fmt(&x->o, ")%s", conflict);
}

/* Where that lies which a new row is asked about: `o.id = new.order_id` in the check. The row
 * itself may lie elsewhere. */
static struct gate_places asked_at(const struct sql_text *x, const struct gate_places *at)
{
	const struct policy_grant *g = x->st->target->grant;
	struct gate_places places = *at;
	struct lexer l = {g->check, 0, 1};
	struct token last[5] = {{0}};

	for (struct token t = token_next(&l); t.kind != TOKEN_END; t = token_next(&l)) {
		memmove(last, last + 1, sizeof last - sizeof *last);
		last[4] = t;
		int param = token_is(&last[0], "id") && token_is(&last[1], "=") &&
					    token_is(&last[2], "new") && token_is(&last[3], ".")
				    ? column_param(x->st, t.s)
				    : -1;

		if (param < 0)
			continue;
		places.place = str_fmt(x->q->a, "($%d & 63)", param + 1);
		break;
	}
	return places;
}

static void put_insert(struct sql_text *x)
{
	struct statement *st = x->st;
	const struct scope *s = st->target;
	struct gate_places asked = x->at ? asked_at(x, x->at) : (struct gate_places){0};
	bool placed = places_it(x);
	str check = x->pg ? policy_check_pg(x->q->a, x->q->policy, s->table, s->grant,
				    x->at ? &asked : NULL)
			  : policy_check_sqlite(x->q->a, x->q->policy, s->table, s->grant);
	bool behind = asked_behind(x);
	struct names missing =
		check.n && !behind ? missing_columns(x->q, st, check) : (struct names){0};

	put(x, S("insert into "));
	put_target(x, POLICY_NEW);
	put(x, placed ? S(" (place, ") : S(" ("));
	put_names(x, "", &st->columns, true);
	put(x, S(")\n"));
	if (plain_row(x, check)) {
		put_plain_row(x);
		return;
	}
	if (behind && !x->rows) {
		put_range(x, st->set_from - 1, st->n);
		return;
	}
	(x->rows ? put_given_rows : put_given)(x, &missing);
	put(x, placed ? S("select new.id & 63, ") : S("select "));
	put_names(x, "new.", &st->columns, true);
	put(x, S(" from new\nwhere "));
	put(x, check.n && !behind ? check : S("true"));
	if (str_find(check, S("\"public.")) != (size_t)-1)
		st->also_public = true;
	if (placed) {
		put(x, str_of(conflict));
	} else if (st->where_from < st->n) {
		put(x, S("\n"));
		put_range(x, st->where_from, st->n);
	}
}

static str engine_text(
	struct queryc *q, struct statement *st, bool pg, bool rows, const struct gate_places *at)
{
	struct sql_text x = {q, st, {0}, pg, rows, at};

	out_init(&x.o, q->a, 512, QUERYC_FILE_BYTES_MAX, NULL);
	if (st->verb == 's' || !st->target->table)
		put_range(&x, 0, st->n);
	else if (st->verb == 'i')
		put_insert(&x);
	else if (st->verb == 'u')
		put_update(&x);
	else
		put_delete(&x);
	return str_dup(q->a, out_view(&x.o));
}

void rewrite(struct queryc *q, struct statement *st)
{
	st->sql = engine_text(q, st, false, false, NULL);
}

str rewrite_pg(struct queryc *q, struct statement *st)
{
	return engine_text(q, st, true, false, NULL);
}

static bool lies_placed(const struct queryc *q, str table)
{
	return policy_lies(q->layout_text, table, "placed");
}

/* Is a placed table read or written, or asked about a new row? */
static bool names_placed(struct queryc *q, const struct statement *st)
{
	struct gate_view v[QUERYC_NEST_MAX];
	str check = st->verb == 'i' && st->target->grant ? st->target->grant->check : (str){0};
	size_t n = check.n ? gate_views(q->a, q->policy, check, v, COUNT(v)) : 0;

	for (size_t i = 0; i < st->scopes.n; i++)
		if (st->scopes.v[i].table && lies_placed(q, st->scopes.v[i].name))
			return true;
	while (n > 0)
		if (lies_placed(q, v[--n].table->name))
			return true;
	return false;
}

/* The place is that of a parameter, or of who asks, whom a plan does not know. */
str rewrite_citus(struct queryc *q, struct statement *st, bool *viewer)
{
	struct gate_places at = {.layout = q->layout_text};

	*viewer = false;
	if (!names_placed(q, st))
		return (str){0};
	str value = places_value(q, st);

	*viewer = str_eq(value, S("viewer_company"));
	if (*viewer)
		value = str_fmt(q->a, "$%zu", st->params.n + 1);
	if (value.n)
		at.place = str_fmt(q->a, "(" STR_FMT " & 63)", STR_ARG(value));
	return engine_text(q, st, true, false, &at);
}

/* ---- many rows ------------------------------------------------------------------------------- */
static void asks_note(struct queryc *q, struct names *asks, str table)
{
	if (!listed(asks->v, asks->n, table))
		*ARENA_PUSH(q->a, asks) = table;
}

/* What a new row is asked can only become true when other rows are added, and no row of the same
 * table answers it: then rows may be asked together, and ahead of rows of tables that are not asked
 * (doc/decisions/251). Notes which tables are. */
static bool asks_grow(struct queryc *q, const struct policy_table *target, str text, int depth,
	struct names *asks)
{
	struct gate_view v[QUERYC_NEST_MAX];
	struct lexer l = {text, 0, 1};
	struct token before[2] = {{0}, {0}};
	size_t n = gate_views(q->a, q->policy, text, v, COUNT(v));

	for (struct token t = token_next(&l); t.kind != TOKEN_END; t = token_next(&l)) {
		struct lexer ahead = l;
		struct token next = token_next(&ahead);

		if (token_is(&t, "not") && !token_is(&next, "null"))
			return false;
		if (token_is(&t, "select") &&
			!(token_is(&before[0], "exists") && token_is(&before[1], "(")))
			return false;
		before[0] = before[1];
		before[1] = t;
	}
	if (depth == 0 || n == COUNT(v))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (v[i].table == target)
			return false;
		asks_note(q, asks, v[i].table->name);
		for (size_t k = 0; k < v[i].grant->using_n; k++)
			if (!asks_grow(q, target, v[i].grant->using[k], depth - 1, asks))
				return false;
	}
	return true;
}

str rewrite_pg_rows(struct queryc *q, struct statement *st, struct names *asks)
{
	const struct policy_grant *g = st->target ? st->target->grant : NULL;

	*asks = (struct names){0};
	if (st->verb != 'i' || st->shape != SHAPE_ONCE || !g || st->where_from < st->n ||
		!token_is(&st->v[st->set_from - 1], "values") ||
		bracket_end(st, st->set_from) + 1 != st->set_to)
		return (str){0};
	for (size_t i = st->set_from; i < st->set_to; i++)
		if (token_is(&st->v[i], "select"))
			return (str){0};
	for (size_t i = 0; i < (g->check.n ? 1 : g->using_n); i++)
		if (!asks_grow(q, st->target->table, g->check.n ? g->check : g->using[i],
			    QUERYC_NEST_MAX, asks))
			return (str){0};
	struct names parents = engine_references(q, st->target->name);

	for (size_t i = 0; i < parents.n; i++)
		asks_note(q, asks, parents.v[i]);
	return engine_text(q, st, true, true, NULL);
}
