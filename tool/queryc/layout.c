/* Where each table's rows lie when several database machines share them: schema/citus.sql says it,
 * a line for each table (decision 255). What is said there must fit the tables: each of them is
 * there once, a unique index of a placed table holds a column that tells the place (else no machine
 * could ask it alone), and what lies everywhere names nothing that lies in one place. */
#include "queryc.h"

#include <stdio.h>

static const char *const kinds[] = {
	[LIES_PLACED] = "placed", [LIES_EVERYWHERE] = "everywhere", [LIES_ONE] = "one"};

/* ---- reading --------------------------------------------------------------------------------- */
/* 'word' without its quotes */
static str bare(const struct token *t)
{
	return str_sub(t->s, 1, t->s.n - 2);
}

static void near_read(struct queryc *q, struct lie *l, str columns)
{
	while (columns.n)
		*ARENA_PUSH(q->a, &l->near) = str_cut(&columns, ' ');
}

static void line_take(struct queryc *q, const struct token *name, str kind, str near)
{
	struct lie l = {.table = policy_table(q->policy, bare(name)), .line = name->line};

	for (size_t i = LIES_PLACED; i < COUNT(kinds); i++)
		if (str_eq(kind, str_of(kinds[i])))
			l.kind = (enum lies)i;
	near_read(q, &l, near);
	if (!l.table)
		mistake(q, q->layout_path, l.line, "no table \"" STR_FMT "\" in the policy",
			STR_ARG(bare(name)));
	else if (!l.kind)
		mistake(q, q->layout_path, l.line, "a table lies placed, everywhere or one");
	else if (lie_of(q, l.table))
		mistake(q, q->layout_path, l.line, STR_FMT " is said twice", STR_ARG(bare(name)));
	else
		*ARENA_PUSH(q->a, &q->layout) = l;
}

/* ('name', 'kind', 'columns'): nothing else in the file looks so. */
static void lines_find(struct queryc *q, str text)
{
	struct lexer l = {text, 0, 1};
	struct token last[6] = {0};

	for (struct token t = token_next(&l); t.kind != TOKEN_END; t = token_next(&l)) {
		memmove(last, last + 1, sizeof last - sizeof *last);
		last[5] = t;
		if (t.kind == TOKEN_TEXT && last[3].kind == TOKEN_TEXT &&
			last[1].kind == TOKEN_TEXT && token_is(&last[0], "(") &&
			token_is(&last[2], ",") && token_is(&last[4], ","))
			line_take(q, &last[1], bare(&last[3]), bare(&last[5]));
	}
}

const struct lie *lie_of(const struct queryc *q, const struct policy_table *t)
{
	for (size_t i = 0; i < q->layout.n; i++)
		if (q->layout.v[i].table == t)
			return &q->layout.v[i];
	return NULL;
}

bool lie_tells(const struct lie *l, str column)
{
	return l && l->kind == LIES_PLACED &&
	       (str_eq(column, S("id")) || listed(l->near.v, l->near.n, column));
}

/* ---- does it fit? ---------------------------------------------------------------------------- */
static void near_check(struct queryc *q, const struct lie *l)
{
	for (size_t i = 0; i < l->near.n; i++) {
		const struct policy_column *c = policy_column(l->table, l->near.v[i]);

		if (l->kind != LIES_PLACED || !c || c->type.kind != TYPE_ID)
			mistake(q, q->layout_path, l->line,
				STR_FMT "." STR_FMT " is no id of a placed table",
				STR_ARG(l->table->name), STR_ARG(l->near.v[i]));
	}
}

static void unique_check(struct queryc *q, const struct lie *l)
{
	struct names indexes = engine_uniques(q, l->table->name);

	for (size_t i = 0; i < indexes.n; i++) {
		str columns = indexes.v[i];
		bool tells = false;

		while (columns.n)
			tells = lie_tells(l, str_cut(&columns, ' ')) || tells;
		if (!tells)
			mistake(q, q->layout_path, l->line,
				"unique (" STR_FMT ") of " STR_FMT
				": no column of it tells the place, so each machine would ask it "
				"of its own rows alone",
				STR_ARG(indexes.v[i]), STR_ARG(l->table->name));
	}
}

/* What lies everywhere is written on each machine, which could not look into a place. */
static void everywhere_check(struct queryc *q, const struct lie *l)
{
	struct names to = engine_references(q, l->table->name);

	for (size_t i = 0; i < to.n; i++) {
		const struct policy_table *t = policy_table(q->policy, to.v[i]);
		const struct lie *other = t ? lie_of(q, t) : NULL;

		if (other && other->kind == LIES_PLACED)
			mistake(q, q->layout_path, l->line,
				STR_FMT " lies everywhere and cannot refer to " STR_FMT
					", which is placed",
				STR_ARG(l->table->name), STR_ARG(to.v[i]));
	}
}

void layout_read(struct queryc *q, str text)
{
	lines_find(q, text);
	for (size_t i = 0; i < q->policy->tables_n; i++)
		if (!lie_of(q, &q->policy->tables[i]))
			mistake(q, q->policy->tables[i].at.file, q->policy->tables[i].at.line,
				STR_FMT ": %s does not say where its rows lie",
				STR_ARG(q->policy->tables[i].name), q->layout_path);
	for (size_t i = 0; i < q->layout.n && !q->errors.n; i++) {
		const struct lie *l = &q->layout.v[i];

		near_check(q, l);
		if (l->kind == LIES_PLACED)
			unique_check(q, l);
		else if (l->kind == LIES_EVERYWHERE)
			everywhere_check(q, l);
	}
}
