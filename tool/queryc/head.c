/* Heads: -- name(param: type, ...) -> one | many | exec | once [, lag], and the words of the
 * statement. */
#include "queryc.h"

/* Names that the generated function needs for itself. */
static const char *const own_words[] = {"db", "found", "q", "row", "rows", NULL};

/* ---- types ----------------------------------------------------------------------------------- */
static bool id_known(const struct policy *p, str name)
{
	return listed(p->ids, p->ids_n, name);
}

bool type_read(struct queryc *q, str text, struct type *type, bool *null)
{
	static const struct {
		const char *name;
		enum type_kind kind;
	} plain[] = {{"int", TYPE_INT}, {"bool", TYPE_BOOL}, {"text", TYPE_TEXT},
		{"blob", TYPE_BLOB}, {"time", TYPE_TIME}, {"money", TYPE_MONEY},
		{"price", TYPE_PRICE}};

	text = str_trim(text);
	*null = str_ends(text, S("?"));
	if (*null)
		text = str_trim(str_sub(text, 0, text.n - 1));
	*type = (struct type){.name = text};
	if (str_ends(text, S(")"))) {
		str rest = str_sub(text, 0, text.n - 1), name = str_trim(str_cut(&rest, '('));

		type->with = str_trim(rest);
		type->kind = str_eq(name, S("price")) ? TYPE_PRICE : TYPE_MONEY;
		return (str_eq(name, S("money")) || str_eq(name, S("price"))) &&
		       name_good(type->with);
	}
	for (size_t i = 0; i < COUNT(plain); i++)
		if (str_eq(text, str_of(plain[i].name))) {
			type->kind = plain[i].kind;
			return true;
		}
	type->kind = id_known(q->policy, text) ? TYPE_ID : TYPE_ENUM;
	return type->kind == TYPE_ID || policy_enum(q->policy, text);
}

/* ---- parameters ------------------------------------------------------------------------------ */
static int param_index(const struct statement *st, str name)
{
	for (size_t i = 0; i < st->params.n; i++)
		if (str_eq(st->params.v[i].name, name))
			return (int)i;
	return -1;
}

/* "table.group" and what stands behind the next dot. */
static void group_read(struct queryc *q, struct statement *st, struct param *p, str name, int line)
{
	str rest = name, table = str_cut(&rest, '.'), group = str_cut(&rest, '.');

	p->field = rest;
	p->table = policy_table(q->policy, table);
	p->group = p->table ? policy_group(p->table, group) : NULL;
	if (!p->group) {
		wrong(q, st, line, "no sealed group \"" STR_FMT "\" in the policy", STR_ARG(name));
		return;
	}
	for (size_t i = 0; p->type.kind == TYPE_BLIND && i < p->group->n; i++)
		if (str_eq(p->group->fields[i].name, p->field))
			return;
	if (p->type.kind == TYPE_BLIND)
		wrong(q, st, line, "no field \"" STR_FMT "\" in the policy", STR_ARG(name));
}

/* blind(table.group.field) or sealed(table.group, row PARAM, key PARAM); the names of the
 * parameters are resolved when all are read. */
static bool special_read(
	struct queryc *q, struct statement *st, struct param *p, str text, int line)
{
	bool sealed = str_starts(text, S("sealed("));

	if (!sealed && !str_starts(text, S("blind(")))
		return false;
	p->type.kind = sealed ? TYPE_SEALED : TYPE_BLIND;
	if (str_ends(text, S("?"))) {
		p->null = true;
		text = str_sub(text, 0, text.n - 1);
	}
	if (!str_ends(text, S(")"))) {
		wrong(q, st, line, "a parameter's type has no end: \"" STR_FMT "\"", STR_ARG(text));
		return true;
	}
	str rest = str_sub(text, sealed ? 7 : 6, text.n - (sealed ? 8 : 7));

	p->type.with = rest; /* looked at again by sealed_resolve */
	group_read(q, st, p, str_trim(str_cut(&rest, ',')), line);
	return true;
}

static int sealed_part(struct queryc *q, struct statement *st, str *rest, str word, int line)
{
	str part = str_trim(str_cut(rest, ','));
	int i = -1;

	if (str_starts(part, word) && part.n > word.n && part.p[word.n] == ' ')
		i = param_index(st, str_trim(str_sub(part, word.n, part.n)));
	if (i < 0 || st->params.v[i].type.kind != TYPE_ID) {
		wrong(q, st, line,
			"a sealed parameter says whose row and key: sealed(table.group, row PARAM, "
			"key PARAM), "
			"both ids among the parameters");
		return 0;
	}
	return i;
}

static void sealed_resolve(struct queryc *q, struct statement *st, int line)
{
	for (size_t i = 0; i < st->params.n; i++) {
		struct param *p = &st->params.v[i];
		str rest = p->type.with;

		if (p->type.kind != TYPE_SEALED)
			continue;
		str_cut(&rest, ',');
		p->row = sealed_part(q, st, &rest, S("row"), line);
		p->key = sealed_part(q, st, &rest, S("key"), line);
		if (rest.p)
			wrong(q, st, line, "nothing stands behind \"key PARAM\"");
	}
}

static void param_read(struct queryc *q, struct statement *st, str text, int line)
{
	str rest = text, name = str_trim(str_cut(&rest, ':'));
	struct param p = {.name = name};

	rest = str_trim(rest);
	if (!name_good(name) || !rest.n) {
		wrong(q, st, line, "a parameter is \"name: type\", this is \"" STR_FMT "\"",
			STR_ARG(text));
		return;
	}
	if (param_index(st, name) >= 0)
		wrong(q, st, line, "two parameters are called \"" STR_FMT "\"", STR_ARG(name));
	if (c_word(name) || word_in(name, own_words))
		wrong(q, st, line, "a parameter cannot be called \"" STR_FMT "\"", STR_ARG(name));
	if (st->params.n >= QUERYC_PARAMS_MAX) {
		wrong(q, st, line, "more than %d parameters", QUERYC_PARAMS_MAX);
		return;
	}
	p.list = str_ends(rest, S("[]"));
	if (p.list)
		rest = str_trim(str_sub(rest, 0, rest.n - 2));
	if (!special_read(q, st, &p, rest, line) &&
		(!type_read(q, rest, &p.type, &p.null) || p.type.with.p))
		wrong(q, st, line, "no such type: \"" STR_FMT "\"", STR_ARG(rest));
	else if (p.list && (p.null || (p.type.kind != TYPE_TEXT && p.type.kind != TYPE_ID)))
		wrong(q, st, line, "a list is of text or of ids: \"" STR_FMT "\"", STR_ARG(text));
	*ARENA_PUSH(q->a, &st->params) = p;
}

/* Commas inside brackets do not separate. */
static void params_read(struct queryc *q, struct statement *st, str list, int line)
{
	size_t from = 0;
	int depth = 0;

	if (!str_trim(list).n)
		return;
	for (size_t i = 0; i <= list.n; i++) {
		if (i < list.n)
			depth += (list.p[i] == '(') - (list.p[i] == ')');
		if (i == list.n || (list.p[i] == ',' && depth == 0)) {
			param_read(q, st, str_trim(str_sub(list, from, i - from)), line);
			from = i + 1;
		}
	}
	sealed_resolve(q, st, line);
}

/* ---- heads ----------------------------------------------------------------------------------- */
static size_t list_end(str s, size_t open)
{
	int depth = 0;

	for (size_t i = open; i < s.n; i++) {
		depth += (s.p[i] == '(') - (s.p[i] == ')');
		if (depth == 0)
			return i;
	}
	return s.n;
}

static bool head_begins(str note)
{
	size_t open = str_find(note, S("("));

	return open != (size_t)-1 && name_good(str_sub(note, 0, open));
}

static void head_read(struct queryc *q, struct statement *st, str head)
{
	size_t open = str_find(head, S("(")), close = list_end(head, open);
	str behind = str_trim(str_sub(head, close + 1, head.n));
	str prefix = str_cat(q->a, st->noun, S("_"));

	st->name = str_sub(head, 0, open);
	if (!str_starts(st->name, prefix))
		wrong(q, st, st->line, "statements of this file are called " STR_FMT "...",
			STR_ARG(prefix));
	if (close < head.n)
		params_read(q, st, str_sub(head, open + 1, close - open - 1), st->line);
	st->lag = str_ends(behind, S(", lag"));
	if (st->lag)
		behind = str_sub(behind, 0, behind.n - 5);
	if (str_eq(behind, S("-> one")))
		st->shape = SHAPE_ONE;
	else if (str_eq(behind, S("-> many")))
		st->shape = SHAPE_MANY;
	else if (str_eq(behind, S("-> exec")))
		st->shape = SHAPE_EXEC;
	else if (str_eq(behind, S("-> once")))
		st->shape = SHAPE_ONCE;
	else
		wrong(q, st, st->line,
			"a head is \"-- name(parameter: type, ...) -> one | many | exec | once\", "
			"and "
			"\", lag\" behind it when the answer may be some seconds old");
}

/* The comment lines above a statement: prose, the head (which may go over several lines), and what
 * is said to the compiler (plan:, purpose:). */
static void note_take(struct queryc *q, struct statement *st, str *head, const struct token *t)
{
	if (head->p && !str_has(*head, '>')) {
		*head = str_fmt(q->a, STR_FMT " " STR_FMT, STR_ARG(*head), STR_ARG(t->s));
	} else if (!head->p && head_begins(t->s)) {
		*head = t->s;
		st->line = t->line;
	} else if (str_starts(t->s, S("plan:"))) {
		st->plan = str_trim(str_sub(t->s, 5, t->s.n));
	} else if (str_starts(t->s, S("purpose:"))) {
		st->purpose_said = str_trim(str_sub(t->s, 8, t->s.n));
	} else if (!head->p) {
		st->comment = st->comment.n ? str_fmt(q->a, STR_FMT "\n" STR_FMT,
						      STR_ARG(st->comment), STR_ARG(t->s))
					    : t->s;
	}
}

static void nesting(struct queryc *q, struct statement *st)
{
	int depth = 0;

	for (size_t i = 0; i < st->n; i++) {
		struct token *t = &st->v[i];

		if (token_is(t, ")"))
			depth--;
		t->depth = depth;
		if (token_is(t, "("))
			depth++;
		if (depth < 0) {
			wrong(q, st, t->line, "a bracket is closed that was not opened");
			return;
		}
	}
	if (depth > 0)
		wrong(q, st, st->v[st->n - 1].line, "a bracket is not closed");
}

static bool body_take(struct queryc *q, struct statement *st, const struct token *t)
{
	if (st->n >= QUERYC_TOKENS_MAX)
		return false;
	if (t->kind == TOKEN_BAD)
		wrong(q, st, t->line, STR_FMT, STR_ARG(t->s));
	else
		*ARENA_PUSH(q->a, st) = *t;
	return true;
}

static void statement_done(struct queryc *q, struct source *f, struct statement *st, str head)
{
	if (!head.p) {
		wrong(q, st, st->n ? st->v[0].line : st->line,
			"a statement without a head: -- name(parameter: type, ...) -> one | many | "
			"exec | once");
	} else {
		head_read(q, st, head);
	}
	if (!st->n && !st->bad)
		wrong(q, st, st->line, "a head without a statement");
	*ARENA_PUSH(q->a, st) =
		(struct token){.kind = TOKEN_END, .line = st->n ? st->v[st->n - 1].line : st->line};
	st->n--; /* the end is there, but not counted */
	if (st->n)
		nesting(q, st);
	for (size_t i = 0; i < f->n; i++)
		if (str_eq(f->v[i].name, st->name) && st->name.n)
			wrong(q, st, st->line,
				"two statements are called \"" STR_FMT
				"\": the other is in line %d",
				STR_ARG(st->name), f->v[i].line);
	*ARENA_PUSH(q->a, f) = *st;
}

void source_read(struct queryc *q, struct source *f)
{
	struct lexer l = {f->text, 0, 1};
	struct statement st = {.file = f->path, .noun = f->noun, .line = 1};
	str head = {0};

	if (!str_utf8(f->text)) {
		mistake(q, f->path, 1, "the file is not UTF-8");
		return;
	}
	for (struct token t = token_next(&l); t.kind != TOKEN_END; t = token_next(&l)) {
		if (t.kind == TOKEN_NOTE && !st.n) {
			note_take(q, &st, &head, &t);
		} else if (t.kind == TOKEN_SIGN && str_eq(t.s, S(";"))) {
			statement_done(q, f, &st, head);
			st = (struct statement){.file = f->path, .noun = f->noun, .line = t.line};
			head = (str){0};
		} else if (t.kind != TOKEN_NOTE && !body_take(q, &st, &t)) {
			wrong(q, &st, t.line, "a statement of more than %d words",
				QUERYC_TOKENS_MAX);
			return;
		}
	}
	if (st.n || head.p) {
		wrong(q, &st, l.line, "the last statement does not end with ;");
		statement_done(q, f, &st, head);
	}
}
