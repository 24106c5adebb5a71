/* Writes taken apart: what is written, which columns get what, which rows. */
#include "policy/read.h"
#include "queryc.h"

/* ---- taking writes apart --------------------------------------------------------------------- */
static const struct scope *target_of(struct statement *st)
{
	for (size_t i = 0; i < st->scopes.n; i++)
		if (st->scopes.v[i].token == (st->verb == 'u' ? 1u : 2u))
			return &st->scopes.v[i];
	return NULL;
}

static size_t find_word(const struct statement *st, size_t from, size_t to, const char *word)
{
	while (from < to && !(st->v[from].depth == 0 && token_is(&st->v[from], word)))
		from++;
	return from;
}

static void column_take(struct queryc *q, struct statement *st, size_t i)
{
	struct token *t = &st->v[i];
	const struct policy_table *table = st->target->table;
	const struct policy_grant *g = st->target->grant;
	const struct policy_column *c;

	t->target = true;
	if (listed(st->columns.v, st->columns.n, t->s))
		wrong(q, st, t->line, "column \"" STR_FMT "\" is written twice", STR_ARG(t->s));
	*ARENA_PUSH(q->a, &st->columns) = t->s;
	if (!table)
		return;
	c = policy_column(table, t->s);
	if (!c)
		wrong(q, st, t->line, "no column \"" STR_FMT "\" in " STR_FMT, STR_ARG(t->s),
			STR_ARG(table->name));
	else if (st->verb == 'i' ? !listed(g->insert, g->insert_n, t->s)
				 : !listed(g->update, g->update_n, t->s))
		wrong(q, st, t->line,
			"purpose \"" STR_FMT "\" may not %s " STR_FMT "." STR_FMT " (%s:%d)",
			STR_ARG(g->purpose), st->verb == 'i' ? "insert" : "update",
			STR_ARG(table->name), STR_ARG(t->s), g->at.file, g->at.line);
}

/* The value that stands in tokens [from, to) goes into the column. */
static void value_check(struct queryc *q, struct statement *st, str column, size_t from, size_t to)
{
	const struct policy_table *table = st->target->table;
	const struct policy_column *c = table ? policy_column(table, column) : NULL;
	struct token *t = &st->v[from];

	if (!c)
		return;
	if (to == from + 1 && t->kind == TOKEN_PARAM && (size_t)t->number <= st->params.n) {
		t->target = true;
		param_fits(q, st, t, table, c);
		if (st->params.v[t->number - 1].null && !c->null)
			wrong(q, st, t->line,
				"parameter \"" STR_FMT "\" may be null, " STR_FMT "." STR_FMT
				" may not",
				STR_ARG(st->params.v[t->number - 1].name), STR_ARG(table->name),
				STR_ARG(c->name));
	} else if ((c->type.kind == TYPE_SEALED || c->type.kind == TYPE_BLIND) &&
		   !(to == from + 1 && token_is(t, "null"))) {
		wrong(q, st, t->line,
			STR_FMT "." STR_FMT " is %s: its value is one parameter of that type",
			STR_ARG(table->name), STR_ARG(c->name),
			c->type.kind == TYPE_SEALED ? "sealed" : "a blind index");
	}
}

int column_param(const struct statement *st, str column)
{
	size_t open;

	if (st->verb == 'i') {
		open = st->set_from + 1;
		for (size_t i = 0; i < st->columns.n; i++) {
			size_t end = open;

			while (end < st->set_to &&
				!(st->v[end].depth == 1 && token_is(&st->v[end], ",")) &&
				!(st->v[end].depth == 0 && token_is(&st->v[end], ")")))
				end++;
			if (str_eq(st->columns.v[i], column))
				return end == open + 1 && st->v[open].kind == TOKEN_PARAM
					       ? st->v[open].number - 1
					       : -1;
			open = end + 1;
		}
		return -1;
	}
	for (size_t i = st->where_from; i + 2 < st->n; i++)
		if (st->v[i].depth == 0 && str_eq(st->v[i].s, column) &&
			token_is(&st->v[i + 1], "=") && st->v[i + 2].kind == TOKEN_PARAM)
			return st->v[i + 2].number - 1;
	return -1;
}

/* A record sealed for another row or under another key could never be opened: say so now. */
static void sealed_owner(struct queryc *q, struct statement *st)
{
	for (size_t i = 0; i < st->params.n && st->target->table; i++) {
		const struct param *p = &st->params.v[i];
		int id, key;

		if (p->type.kind != TYPE_SEALED || p->table != st->target->table)
			continue;
		id = column_param(st, S("id"));
		key = column_param(st, p->group->key);
		if (id != p->row)
			wrong(q, st, st->line,
				"\"" STR_FMT "\" is sealed for the row $%d, which is not the "
				"parameter that id %s",
				STR_ARG(p->name), p->row + 1,
				st->verb == 'i' ? "gets" : "is compared with");
		if ((st->verb == 'i' || key >= 0) && key != p->key)
			wrong(q, st, st->line,
				"\"" STR_FMT
				"\" is sealed under the key of $%d, the policy says " STR_FMT
				"." STR_FMT " (%s:%d)",
				STR_ARG(p->name), p->key + 1, STR_ARG(p->table->name),
				STR_ARG(p->group->key), p->group->at.file, p->group->at.line);
	}
}

static void rows_of_values(struct queryc *q, struct statement *st)
{
	for (size_t i = st->set_from; i < st->set_to; i++) {
		size_t end = bracket_end(st, i), from = i + 1, column = 0;

		if (!token_is(&st->v[i], "(")) {
			wrong(q, st, st->v[i].line, "values (...) is expected");
			return;
		}
		for (size_t k = from; k <= end; k++)
			if (k == end || (st->v[k].depth == 1 && token_is(&st->v[k], ","))) {
				if (column < st->columns.n && k > from)
					value_check(q, st, st->columns.v[column], from, k);
				column++;
				from = k + 1;
			}
		if (column != st->columns.n)
			wrong(q, st, st->v[i].line, "%zu columns and %zu values", st->columns.n,
				column);
		i = end + 1; /* the comma between two rows */
	}
}

static void insert_find(struct queryc *q, struct statement *st)
{
	size_t open = find_word(st, 0, st->n, "("), close, conflict;

	if (open == st->n || open > 6) {
		wrong(q, st, st->line,
			"an insert lists its columns: insert into purpose.table (a, b)");
		return;
	}
	close = bracket_end(st, open);
	if (st->target->table && !st->target->grant->insert_n) {
		wrong(q, st, st->line,
			"purpose \"" STR_FMT "\" may not insert into " STR_FMT " (%s:%d)",
			STR_ARG(st->target->purpose), STR_ARG(st->target->name),
			st->target->grant->at.file, st->target->grant->at.line);
		return;
	}
	for (size_t i = open + 1; i < close; i += 2)
		if (st->v[i].kind == TOKEN_WORD)
			column_take(q, st, i);
	conflict = close + 1;
	do
		conflict = find_word(st, conflict + (conflict > close + 1), st->n, "on");
	while (conflict < st->n && !token_is(&st->v[conflict + 1], "conflict"));
	st->where_from = conflict;
	st->set_to = conflict;
	st->set_from = close + 1;
	for (size_t i = conflict; i < st->n; i++)
		st->v[i].target = true;
	if (token_is(&st->v[close + 1], "values")) {
		st->set_from++;
		rows_of_values(q, st);
		return;
	}
	if (!token_is(&st->v[close + 1], "select") && !token_is(&st->v[close + 1], "with"))
		wrong(q, st, st->v[close + 1].line, "an insert takes values (...) or a select");
	for (size_t i = 0; i < st->columns.n && st->target->table; i++) {
		const struct policy_column *c = policy_column(st->target->table, st->columns.v[i]);

		if (c && (c->type.kind == TYPE_SEALED || c->type.kind == TYPE_BLIND))
			wrong(q, st, st->v[open].line,
				"what is sealed is bound to its row: it cannot come from a select");
	}
}

static void update_find(struct queryc *q, struct statement *st)
{
	size_t set = find_word(st, 0, st->n, "set"), from = set + 1;

	st->set_from = from;
	st->set_to = find_word(st, from, st->n, "where");
	st->where_from = st->set_to + 1;
	if (set == st->n || st->set_to == st->n) {
		wrong(q, st, st->line,
			"an update is: update purpose.table set column = value where ...");
		return;
	}
	if (find_word(st, from, st->set_to, "from") < st->set_to)
		wrong(q, st, st->line,
			"update ... from differs between engines: use a select in brackets");
	for (size_t i = from; i <= st->set_to; i++) {
		if (i < st->set_to && !(st->v[i].depth == 0 && token_is(&st->v[i], ",")))
			continue;
		if (from + 2 >= i || st->v[from].kind != TOKEN_WORD ||
			!token_is(&st->v[from + 1], "=")) {
			wrong(q, st, st->v[from].line, "set takes column = value, ...");
			return;
		}
		column_take(q, st, from);
		value_check(q, st, st->v[from].s, from + 2, i);
		from = i + 1;
	}
}

void write_find(struct queryc *q, struct statement *st)
{
	if (st->verb == 's')
		return;
	st->target = target_of(st);
	if (!st->target || (st->target->table && !st->target->grant)) {
		if (!st->bad)
			wrong(q, st, st->line, "a write names its table: purpose.table");
		return;
	}
	if (st->verb == 'i') {
		insert_find(q, st);
	} else if (st->verb == 'u') {
		update_find(q, st);
	} else {
		st->where_from = find_word(st, 0, st->n, "where") + 1;
		if (st->where_from > st->n)
			wrong(q, st, st->line, "a delete says which rows: where ...");
		if (st->target->table && !st->target->grant->may_delete)
			wrong(q, st, st->line,
				"purpose \"" STR_FMT "\" may not delete from " STR_FMT " (%s:%d)",
				STR_ARG(st->target->grant->purpose),
				STR_ARG(st->target->table->name), st->target->grant->at.file,
				st->target->grant->at.line);
	}
	if (!st->bad)
		sealed_owner(q, st);
	if (st->verb != 'i' && st->target->table && !st->bad &&
		!granted(st->target->grant, S("id")))
		wrong(q, st, st->line,
			"purpose \"" STR_FMT "\" must be able to read " STR_FMT
			".id to write rows (%s:%d)",
			STR_ARG(st->target->grant->purpose), STR_ARG(st->target->table->name),
			st->target->grant->at.file, st->target->grant->at.line);
}
