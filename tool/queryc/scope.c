/* Which selects and tables a statement has, and which table a column belongs to. Names are resolved
 * here by the words alone, so that a refusal can name purpose, column and line of the policy; the
 * engine resolves them again and has the last word. */
#include "queryc.h"

#include <stdio.h>

bool listed(const str *v, size_t n, str s)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(v[i], s))
			return true;
	return false;
}

bool granted(const struct policy_grant *g, str column)
{
	return g && listed(g->columns, g->columns_n, column);
}

size_t bracket_end(const struct statement *st, size_t open)
{
	size_t i = open + 1;

	while (i < st->n && st->v[i].depth != st->v[open].depth)
		i++;
	return i;
}

/* ---- selects --------------------------------------------------------------------------------- */
struct nesting { /* brackets that hold a select, while walking */
	int sel[QUERYC_NEST_MAX];
	size_t end[QUERYC_NEST_MAX];
	size_t n;
};

static int select_new(struct queryc *q, struct statement *st, int parent, size_t start)
{
	int i = (int)st->sels.n;

	*ARENA_PUSH(q->a, &st->sels) =
		(struct select){.parent = parent, .compound = i, .start = start};
	return i;
}

static bool begins_select(const struct token *t)
{
	return token_is(t, "select") || token_is(t, "with") || token_is(t, "values");
}

static const char *const compound_words[] = {"union", "intersect", "except", NULL};
static const char *const aggregates[] = {
	"count", "sum", "min", "max", "avg", "total", "group_concat", NULL};

/* Notes where the list of a select begins and ends, and whether it groups. */
static void select_notice(struct statement *st, size_t i)
{
	const struct token *t = &st->v[i];
	struct select *s = &st->sels.v[t->sel];

	if (token_is(t, "select") && !s->from) {
		s->from = i + 1;
		if (token_is(&st->v[i + 1], "distinct") || token_is(&st->v[i + 1], "all"))
			s->from++;
	} else if (s->from && !s->to && token_is(t, "from") &&
		   !token_is(&st->v[i - 1], "distinct") && t->depth == st->v[s->from - 1].depth) {
		s->to = i;
	} else if (token_is(t, "group")) {
		s->group = true;
	} else if (word_in(t->s, aggregates) && token_is(&st->v[i + 1], "(") &&
		   t->kind == TOKEN_WORD && !token_is(&st->v[bracket_end(st, i + 1) + 1], "over")) {
		s->aggregate = true;
	}
}

static void selects_find(struct queryc *q, struct statement *st)
{
	struct nesting open = {0};
	int at = select_new(q, st, -1, 0);

	for (size_t i = 0; i < st->n; i++) {
		struct token *t = &st->v[i];

		while (open.n && i >= open.end[open.n - 1])
			at = open.sel[--open.n];
		if (token_is(t, "(") && begins_select(&st->v[i + 1])) {
			t->sel = at;
			if (open.n == QUERYC_NEST_MAX) {
				wrong(q, st, t->line, "selects inside selects, more than %d deep",
					QUERYC_NEST_MAX);
				return;
			}
			open.sel[open.n] = at;
			open.end[open.n++] = bracket_end(st, i);
			at = select_new(q, st, at, i + 1);
			continue;
		}
		if (t->kind == TOKEN_WORD && word_in(t->s, compound_words)) {
			int first = st->sels.v[at].compound;

			t->sel = at;
			if (!st->sels.v[at].to)
				st->sels.v[at].to = i;
			at = select_new(q, st, st->sels.v[at].parent, i + 1);
			st->sels.v[at].compound = first;
			continue;
		}
		t->sel = at;
		select_notice(st, i);
	}
	for (size_t i = 0; i < st->sels.n; i++) /* a list without from ends with its select */
		for (size_t k = st->sels.v[i].from;
			st->sels.v[i].from && !st->sels.v[i].to && k <= st->n; k++)
			if (k == st->n || st->v[k].sel != (int)i)
				if (k == st->n ||
					st->v[k].depth < st->v[st->sels.v[i].from - 1].depth)
					st->sels.v[i].to = k;
}

static void ctes_find(struct queryc *q, struct statement *st)
{
	for (size_t i = 0; i + 2 < st->n; i++) {
		size_t as = i + 1;

		if (st->v[i].kind != TOKEN_WORD || !i)
			continue;
		if (token_is(&st->v[as], "("))
			as = bracket_end(st, as) + 1;
		if (as + 1 < st->n && token_is(&st->v[as], "as") && token_is(&st->v[as + 1], "(") &&
			begins_select(&st->v[as + 2]) &&
			(token_is(&st->v[i - 1], "with") || token_is(&st->v[i - 1], "recursive") ||
				token_is(&st->v[i - 1], ",")))
			*ARENA_PUSH(q->a, &st->ctes) = st->v[i].s;
	}
}

/* ---- tables ---------------------------------------------------------------------------------- */
static const char *const behind_table[] = {"where", "join", "left", "right", "full", "inner",
	"cross", "natural", "on", "using", "group", "having", "order", "limit", "offset", "union",
	"intersect", "except", "set", "values", "select", "window", "with", "returning", "indexed",
	"not", "as", "default", NULL};

static str place_text(struct queryc *q, struct place at)
{
	if (!at.file)
		return S("");
	return str_fmt(q->a, " (%s:%d)", at.file, at.line);
}

/* The alias behind token i, if there is one. */
static str alias_behind(const struct statement *st, size_t i, str otherwise)
{
	if (token_is(&st->v[i], "as"))
		i++;
	if (st->v[i].kind == TOKEN_WORD && !word_in(st->v[i].s, behind_table))
		return st->v[i].s;
	return otherwise;
}

static void purpose_take(struct queryc *q, struct statement *st, const struct token *t, str name)
{
	const struct policy_purpose *p = policy_purpose(q->policy, name);

	if (!p) {
		wrong(q, st, t->line, "no purpose \"" STR_FMT "\" in the policy", STR_ARG(name));
	} else if (str_eq(name, S("public"))) {
		st->also_public = true;
	} else if (st->purpose && st->purpose != p) {
		wrong(q, st, t->line,
			"one statement has one purpose: \"" STR_FMT "\" and \"" STR_FMT "\"",
			STR_ARG(st->purpose->name), STR_ARG(name));
	} else {
		st->purpose = p;
	}
}

static void table_take(struct queryc *q, struct statement *st, size_t i, bool outer, bool target)
{
	const struct token *t = &st->v[i], *name = &st->v[i + 2];
	struct scope s = {
		.purpose = t->s, .name = name->s, .sel = t->sel, .outer = outer, .token = i};
	str purpose = s.purpose;

	s.alias = alias_behind(st, i + 3, s.name);
	purpose_take(q, st, t, purpose);
	s.table = policy_table(q->policy, s.name);
	if (s.table)
		s.grant = policy_grant(s.table, purpose);
	if (!s.table && engine_is_fts(q, s.name)) {
		s.fts = st->fts = true;
	} else if (!s.table) {
		wrong(q, st, name->line, "no table \"" STR_FMT "\" in the policy", STR_ARG(s.name));
	} else if (policy_purpose(q->policy, purpose) &&
		   (!s.grant || (!target && !s.grant->columns_n))) {
		struct place at = s.grant ? s.grant->at : s.table->at;

		wrong(q, st, t->line, "purpose \"" STR_FMT "\" may not read " STR_FMT STR_FMT,
			STR_ARG(purpose), STR_ARG(s.name), STR_ARG(place_text(q, at)));
	}
	*ARENA_PUSH(q->a, &st->scopes) = s;
}

static void other_table(struct queryc *q, struct statement *st, size_t i, bool outer)
{
	const struct token *t = &st->v[i];
	struct scope s = {.name = t->s,
		.alias = alias_behind(st, i + 1, t->s),
		.sel = t->sel,
		.outer = outer,
		.token = i};

	if (listed(st->ctes.v, st->ctes.n, t->s)) {
		*ARENA_PUSH(q->a, &st->scopes) = s;
	} else if (engine_is_fts(q, t->s)) {
		s.fts = st->fts = true;
		*ARENA_PUSH(q->a, &st->scopes) = s;
	} else {
		wrong(q, st, t->line, "a table is named with its purpose: purpose." STR_FMT,
			STR_ARG(t->s));
	}
}

/* Token i stands where a table is named: behind from, join, into or update. */
static void table_at(struct queryc *q, struct statement *st, size_t i, bool outer, bool target)
{
	const struct token *t = &st->v[i];

	if (t->kind == TOKEN_WORD && token_is(&st->v[i + 1], ".") &&
		st->v[i + 2].kind == TOKEN_WORD) {
		table_take(q, st, i, outer, target);
	} else if (t->kind == TOKEN_WORD) {
		other_table(q, st, i, outer);
	} else if (token_is(t, "(") && begins_select(&st->v[i + 1])) {
		size_t end = bracket_end(st, i);
		struct scope s = {.alias = alias_behind(st, end + 1, (str){0}),
			.sel = t->sel,
			.outer = outer,
			.token = i};

		if (!s.alias.p)
			wrong(q, st, t->line, "a select in the place of a table needs an alias");
		*ARENA_PUSH(q->a, &st->scopes) = s;
	} else {
		wrong(q, st, t->line, "a table is named with its purpose: purpose.table");
	}
}

/* from a, b: a comma where the next table would stand. */
static void comma_check(struct queryc *q, struct statement *st, size_t from)
{
	static const char *const ends[] = {"where", "group", "having", "order", "limit", "union",
		"intersect", "except", "window", "set", ")", NULL};
	int depth = st->v[from].depth;

	for (size_t i = from + 1; i < st->n && st->v[i].depth >= depth; i++) {
		if (st->v[i].depth > depth)
			continue;
		if (word_in(st->v[i].s, ends))
			return;
		if (token_is(&st->v[i], ","))
			wrong(q, st, st->v[i].line,
				"tables are joined with join ... on, not with a comma");
	}
}

static bool outer_before(const struct statement *st, size_t join)
{
	size_t i = join;

	if (i && token_is(&st->v[i - 1], "outer"))
		i--;
	return i && (token_is(&st->v[i - 1], "left") || token_is(&st->v[i - 1], "full"));
}

/* Behind a right or full join everything named before may be missing too. */
static void left_side_outer(struct statement *st, size_t join)
{
	size_t i = join;

	if (i && token_is(&st->v[i - 1], "outer"))
		i--;
	if (!i || !(token_is(&st->v[i - 1], "right") || token_is(&st->v[i - 1], "full")))
		return;
	for (size_t k = 0; k < st->scopes.n; k++)
		if (st->scopes.v[k].sel == st->v[join].sel)
			st->scopes.v[k].outer = true;
	st->outer_join = true;
}

static void aliases_check(struct queryc *q, struct statement *st)
{
	for (size_t i = 0; i < st->scopes.n; i++)
		for (size_t k = i + 1; k < st->scopes.n; k++)
			if (st->scopes.v[i].sel == st->scopes.v[k].sel &&
				str_eq_nocase(st->scopes.v[i].alias, st->scopes.v[k].alias))
				wrong(q, st, st->v[st->scopes.v[k].token].line,
					"two tables are called \"" STR_FMT "\"",
					STR_ARG(st->scopes.v[k].alias));
}

static void purpose_settle(struct queryc *q, struct statement *st)
{
	const struct policy_purpose *said = NULL;

	if (st->purpose_said.p) {
		said = policy_purpose(q->policy, st->purpose_said);
		if (!said)
			wrong(q, st, st->line, "no purpose \"" STR_FMT "\" in the policy",
				STR_ARG(st->purpose_said));
		else if (st->purpose && st->purpose != said)
			wrong(q, st, st->line,
				"one statement has one purpose: \"" STR_FMT "\" and \"" STR_FMT
				"\"",
				STR_ARG(st->purpose->name), STR_ARG(said->name));
		st->purpose = said ? said : st->purpose;
	}
	if (!st->purpose && st->also_public)
		st->purpose = policy_purpose(q->policy, S("public"));
	if (!st->purpose && !st->bad)
		wrong(q, st, st->line,
			"no table says a purpose: name one in the head, \"-- purpose: NAME\"");
	if (st->purpose && str_eq(st->purpose->name, S("public")))
		st->also_public = true;
}

void scopes_find(struct queryc *q, struct statement *st)
{
	selects_find(q, st);
	ctes_find(q, st);
	for (size_t i = 0; i + 1 < st->n && st->sels.n; i++) {
		const struct token *t = &st->v[i];
		bool join = token_is(t, "join");

		if ((token_is(t, "from") && !(i && token_is(&st->v[i - 1], "distinct") &&
						    !token_is(&st->v[i - 2], "select"))) ||
			join) {
			bool outer = join && outer_before(st, i);

			if (join)
				left_side_outer(st, i);
			st->outer_join = st->outer_join || outer;
			table_at(q, st, i + 1, outer, i == 1 && st->verb == 'd');
			if (!join)
				comma_check(q, st, i);
		} else if ((i == 0 && token_is(t, "update")) || (i == 1 && token_is(t, "into"))) {
			table_at(q, st, i + 1, false, true);
		}
	}
	aliases_check(q, st);
	purpose_settle(q, st);
}

/* ---- columns --------------------------------------------------------------------------------- */
static const struct scope *scope_named(const struct statement *st, int sel, str alias)
{
	for (; sel >= 0; sel = st->sels.v[sel].parent)
		for (size_t i = 0; i < st->scopes.n; i++)
			if (st->scopes.v[i].sel == sel &&
				str_eq_nocase(st->scopes.v[i].alias, alias))
				return &st->scopes.v[i];
	return NULL;
}

/* A bare name: the innermost select with a table that has it; several tables of one select: the
 * engine says that it is ambiguous. */
static struct found bare_column(const struct statement *st, int sel, str name)
{
	for (; sel >= 0; sel = st->sels.v[sel].parent)
		for (size_t i = 0; i < st->scopes.n; i++) {
			const struct scope *s = &st->scopes.v[i];
			const struct policy_column *c =
				s->sel == sel && s->table ? policy_column(s->table, name) : NULL;

			if (c)
				return (struct found){s, c, 1};
		}
	return (struct found){0};
}

struct found column_at(struct queryc *q, const struct statement *st, size_t i)
{
	const struct token *t = &st->v[i];
	struct found f = {0};

	(void)q;
	if (t->kind != TOKEN_WORD || (i && token_is(&st->v[i - 1], ".")) ||
		token_is(&st->v[i + 1], "("))
		return f;
	if (i && token_is(&st->v[i - 1], "as"))
		return f;
	if (!token_is(&st->v[i + 1], "."))
		return bare_column(st, t->sel, t->s);
	f.scope = scope_named(st, t->sel, t->s);
	if (!f.scope || !f.scope->table || st->v[i + 2].kind != TOKEN_WORD)
		return (struct found){0};
	f.column = policy_column(f.scope->table, st->v[i + 2].s);
	f.tokens = 3;
	return f.column ? f : (struct found){f.scope, NULL, 3};
}
