/* The columns of a result: their names and their types. */
#include "queryc.h"

/* ---- lists ----------------------------------------------------------------------------------- */
/* The kth expression of a select's list; false when there are not so many. */
static bool expression(const struct statement *st, int sel, size_t k, size_t *from, size_t *to)
{
	const struct select *s = &st->sels.v[sel];
	size_t i = s->from, nth = 0;
	int depth = s->from ? st->v[s->from - 1].depth : 0;

	if (!s->from || s->from >= s->to)
		return false;
	*from = i;
	for (; i <= s->to; i++)
		if (i == s->to || (st->v[i].depth == depth && token_is(&st->v[i], ","))) {
			*to = i;
			if (nth++ == k)
				return true;
			*from = i + 1;
		}
	return false;
}

/* "n: int!", "name: sealed(person.name)" */
static void name_said(
	struct queryc *q, struct statement *st, struct item *it, const struct token *t)
{
	str rest = t->s, name = str_trim(str_cut(&rest, ':'));
	bool sure, null = false;

	it->given = it->name = name;
	if (!rest.p)
		return;
	rest = str_trim(rest);
	sure = str_ends(rest, S("!"));
	if (sure)
		rest = str_trim(str_sub(rest, 0, rest.n - 1));
	it->said = true;
	if (str_starts(rest, S("sealed(")) && str_ends(rest, S(")"))) {
		str group = str_sub(rest, 7, rest.n - 8), table = str_cut(&group, '.');

		it->type.kind = TYPE_SEALED;
		it->table = policy_table(q->policy, table);
		it->group = it->table ? policy_group(it->table, group) : NULL;
		if (!it->group)
			wrong(q, st, t->line, "no sealed group \"" STR_FMT "\" in the policy",
				STR_ARG(rest));
	} else if (!type_read(q, rest, &it->type, &null)) {
		wrong(q, st, t->line, "no such type: \"" STR_FMT "\"", STR_ARG(rest));
	} else if ((it->type.kind == TYPE_MONEY || it->type.kind == TYPE_PRICE) &&
		   !it->type.with.p) {
		wrong(q, st, t->line,
			"an amount says which column holds its currency: \"" STR_FMT ": " STR_FMT
			"(currency)\"",
			STR_ARG(name), STR_ARG(rest));
	}
	it->sure = sure;
	it->maybe = null;
}

static void item_read(struct queryc *q, struct statement *st, size_t from, size_t to)
{
	struct item it = {.from = from, .to = to, .currency = -1, .line = st->v[from].line};
	const struct token *last = &st->v[to - 1];

	if (to >= from + 2 && token_is(&st->v[to - 2], "as")) {
		it.to = to - 2;
		name_said(q, st, &it, last);
	} else if (last->kind == TOKEN_WORD &&
		   (to == from + 1 || (to == from + 3 && token_is(&st->v[from + 1], ".")))) {
		it.given = it.name = last->s;
	} else {
		wrong(q, st, it.line, "this column needs a name: as name, or as \"name: type\"");
		return;
	}
	if (!name_good(it.name) || c_word(it.name))
		wrong(q, st, it.line,
			"\"" STR_FMT
			"\" is no name for a column: small letters, digits and _, and no word of C",
			STR_ARG(it.name));
	*ARENA_PUSH(q->a, &st->items) = it;
}

void items_find(struct queryc *q, struct statement *st)
{
	size_t from, to;

	if (st->verb != 's')
		return;
	for (size_t k = 0; expression(st, 0, k, &from, &to); k++) {
		if (to == from) {
			wrong(q, st, st->v[from].line, "a column is missing in the list");
			return;
		}
		item_read(q, st, from, to);
	}
	if (!st->items.n && !st->bad)
		wrong(q, st, st->line, "the statement selects nothing");
}

/* ---- types ----------------------------------------------------------------------------------- */
static void type_of_column(
	struct item *it, const struct policy_table *t, const struct policy_column *c)
{
	if (it->said && it->type.kind != TYPE_SEALED)
		return;
	if (!it->said)
		it->type = c->type;
	if (c->type.kind == TYPE_SEALED) {
		it->table = t;
		it->group = policy_group(t, c->name);
	}
}

static void sealed_said(struct queryc *q, struct statement *st, struct item *it,
	const struct policy_table *t, const struct policy_column *c)
{
	bool is = c && c->type.kind == TYPE_SEALED;

	if (!it->said || (!is && it->type.kind != TYPE_SEALED))
		return;
	if (!is || it->type.kind != TYPE_SEALED || it->table != t ||
		!str_eq(it->group->name, c->name))
		wrong(q, st, it->line,
			"\"" STR_FMT "\" is not what its column holds%s" STR_FMT "%s" STR_FMT,
			STR_ARG(it->given), c ? ": " : "", STR_ARG(c ? t->name : S("")),
			c ? "." : "", STR_ARG(c ? c->name : S("")));
}

static void item_type(struct queryc *q, struct statement *st, struct item *it, int i)
{
	struct found f = column_at(q, st, it->from);
	const struct policy_table *t = NULL;
	const struct policy_column *c = NULL;
	const struct select *s = &st->sels.v[0];
	str table, column;

	it->null = true;
	if (f.column && f.tokens == it->to - it->from) {
		t = f.scope->table;
		c = f.column;
		it->scope = f.scope;
		it->null = c->null || f.scope->outer;
		if (s->aggregate && !s->group)
			wrong(q, st, it->line,
				"\"" STR_FMT
				"\" stands beside an aggregate without group by: of which row?",
				STR_ARG(it->given));
	} else if (engine_origin(q, i, &table, &column)) {
		t = policy_table(q->policy, table);
		c = t ? policy_column(t, column) : NULL;
		it->null = !c || c->null || st->outer_join;
	}
	it->column = c;
	sealed_said(q, st, it, t, c);
	if (c)
		type_of_column(it, t, c);
	else if (!it->said)
		wrong(q, st, it->line, "an expression says its type: as \"" STR_FMT ": int\"",
			STR_ARG(it->given));
	if (it->sure)
		it->null = false;
	if (it->maybe)
		it->null = true;
}

/* A union gives NULL where one of its selects does, and every select gives the same type. */
static void compound_type(struct queryc *q, struct statement *st, struct item *it, size_t k)
{
	for (size_t s = 1; s < st->sels.n; s++) {
		size_t from, to;
		struct found f;

		if (st->sels.v[s].compound != 0 || !expression(st, (int)s, k, &from, &to))
			continue;
		if (to > from + 2 && token_is(&st->v[to - 2], "as"))
			to -= 2;
		f = column_at(q, st, from);
		if (token_is(&st->v[from], "null"))
			it->null = true;
		if (!f.column || f.tokens != to - from)
			continue;
		it->null = it->null || ((f.column->null || f.scope->outer) && !it->sure);
		if (!it->said && (f.column->type.kind != it->type.kind ||
					 !str_eq(f.column->type.name, it->type.name)))
			wrong(q, st, st->v[from].line,
				"\"" STR_FMT "\" has another type here than in the first select",
				STR_ARG(it->given));
	}
}

/* ---- amounts --------------------------------------------------------------------------------- */
static bool amount(const struct item *it)
{
	return it->type.kind == TYPE_MONEY || it->type.kind == TYPE_PRICE;
}

static void currency_find(struct queryc *q, struct statement *st, struct item *it)
{
	str with = it->type.with;

	for (size_t i = 0; i < st->items.n && it->scope && !it->said; i++) {
		const struct item *c = &st->items.v[i];

		if (c->scope == it->scope && c->column && str_eq(c->column->name, with))
			it->currency = (int)i;
	}
	for (size_t i = 0; i < st->items.n && it->currency < 0; i++)
		if (str_eq(st->items.v[i].given, with))
			it->currency = (int)i;
	if (it->currency < 0)
		wrong(q, st, it->line,
			"an amount needs its currency in the same row: select \"" STR_FMT "\" too",
			STR_ARG(with));
	else if (st->items.v[it->currency].type.kind != TYPE_TEXT)
		wrong(q, st, it->line, "\"" STR_FMT "\" is no currency", STR_ARG(with));
}

/* total_minor -> money total, unit_micro -> struct price unit */
static void amount_name(struct item *it)
{
	str end = it->type.kind == TYPE_MONEY ? S("_minor") : S("_micro");

	if (amount(it) && str_ends(it->name, end) && it->name.n > end.n)
		it->name = str_sub(it->name, 0, it->name.n - end.n);
}

void result_find(struct queryc *q, struct statement *st)
{
	if (st->verb != 's')
		return;
	if ((size_t)engine_columns(q) != st->items.n) {
		wrong(q, st, st->line, "the engine sees %d columns, the text has %zu",
			engine_columns(q), st->items.n);
		return;
	}
	for (size_t i = 0; i < st->items.n; i++) {
		item_type(q, st, &st->items.v[i], (int)i);
		compound_type(q, st, &st->items.v[i], i);
		amount_name(&st->items.v[i]);
	}
	for (size_t i = 0; i < st->items.n && !st->bad; i++)
		if (amount(&st->items.v[i]))
			currency_find(q, st, &st->items.v[i]);
	for (size_t i = 0; i < st->items.n; i++)
		for (size_t k = 0; k < i; k++)
			if (str_eq(st->items.v[i].name, st->items.v[k].name))
				wrong(q, st, st->items.v[i].line,
					"two columns are called \"" STR_FMT
					"\" in the row: give one another name with as",
					STR_ARG(st->items.v[i].name));
}
