/* The words of a statement: the first fence, before the engine's authorizer.
 *
 * The authorizer judges names as the engine resolves them, and the engine does not ask it about
 * everything (a base table of which no column is read; RETURNING; the columns of an INSERT). What
 * the words alone can say is therefore said here: a statement names views of its purpose, and a
 * base table only where it writes to it. */
#include "inside.h"

#include <ctype.h>
#include <strings.h>

enum token_kind { TOKEN_END, TOKEN_WORD, TOKEN_QUOTED, TOKEN_OTHER };
struct token {
	enum token_kind kind;
	str s;	/* without quotes; as written */
	char c; /* TOKEN_OTHER: its character */
};
struct lexer {
	const char *p;
};

static bool word_char(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

static const char *skip_blank(const char *p)
{
	for (;;) {
		if (isspace((unsigned char)*p))
			p++;
		else if (p[0] == '-' && p[1] == '-')
			while (*p && *p != '\n')
				p++;
		else if (p[0] == '/' && p[1] == '*') {
			const char *end = strstr(p + 2, "*/");

			p = end ? end + 2 : p + strlen(p);
		} else
			return p;
	}
}

static struct token next_token(struct lexer *l)
{
	const char *p = l->p = skip_blank(l->p);

	if (!*p)
		return (struct token){TOKEN_END, {p, 0}, 0};
	if (word_char(*p)) {
		while (word_char(*l->p))
			l->p++;
		return (struct token){TOKEN_WORD, {p, (size_t)(l->p - p)}, 0};
	}
	if (strchr("\"'`[", *p)) {
		char end = *p == '[' ? ']' : *p;
		const char *q = p + 1;

		while (*q && (*q != end || (end != ']' && q[1] == end)))
			q += *q == end ? 2 : 1;
		l->p = *q ? q + 1 : q;
		return (struct token){TOKEN_QUOTED, {p + 1, (size_t)(q - p - 1)}, *p};
	}
	l->p++;
	return (struct token){TOKEN_OTHER, {p, 1}, *p};
}

static bool is(struct token t, const char *word)
{
	return t.kind == TOKEN_WORD && str_eq_nocase(t.s, str_of(word));
}

static bool starts(str s, const char *prefix)
{
	str p = str_of(prefix);

	return s.n >= p.n && str_eq_nocase((str){s.p, p.n}, p);
}

static bool in_list(const char *const *list, str s)
{
	for (; list && *list; list++)
		if (str_eq_nocase(s, str_of(*list)))
			return true;
	return false;
}

/* A word that no statement of the program needs and that would leave the fences. */
static str word_refusal(struct arena *a, struct token before, struct token t, struct token after)
{
	static const char *const never[] = {"returning", "replace", "explain", "pragma", "vacuum",
		"attach", "detach", "collate", "indexed", NULL};
	static const char *const schemas[] = {"main", "temp", NULL};
	static const char *const prefixes[] = {"sqlite_", "pragma_", "dbstat", "json_", NULL};

	if (t.kind == TOKEN_WORD && in_list(never, t.s))
		return str_fmt(a, "the word \"" STR_FMT "\" is not allowed", STR_ARG(t.s));
	if (t.kind != TOKEN_OTHER && after.c == '.' && before.c != '.' && in_list(schemas, t.s))
		return str_fmt(a, "the database \"" STR_FMT "\" is not named", STR_ARG(t.s));
	if (is(before, "do") && is(t, "update"))
		return str_fmt(a, "\"on conflict do update\" is not allowed");
	if (is(t, "or") && (is(before, "insert") || is(before, "update")))
		return str_fmt(a, "\"" STR_FMT " or ...\" is not allowed", STR_ARG(before.s));
	for (const char *const *p = prefixes; *p; p++)
		if (t.kind != TOKEN_OTHER && starts(t.s, *p))
			return str_fmt(a, "the engine's own \"" STR_FMT "\" is out of reach",
				STR_ARG(t.s));
	if (t.kind != TOKEN_OTHER && str_has(t.s, '~') && t.c != '\'')
		return str_fmt(a, "\"" STR_FMT "\" looks like a guard's name", STR_ARG(t.s));
	return (str){0};
}

/* The check of an inserted row may ask views of other purposes: those that its text names. */
bool check_names(const struct store *s, const struct stmt *st, str view)
{
	const struct policy_table *t;
	const struct policy_grant *g;

	if (st->verb == 's' || strncasecmp(st->writes, "r_", 2) != 0)
		return false;
	t = policy_table(s->policy, str_of(st->writes + 2));
	g = t ? policy_grant(t, s->purpose[st->purpose]->name) : NULL;
	return g && str_find(g->check, view) != (size_t)-1;
}

/* "trade.orders": of the statement's purpose, or public. */
static str view_refusal(struct arena *a, const struct store *s, const struct stmt *st, str name)
{
	const struct policy_purpose *p = s->purpose[st->purpose];
	str rest = name, purpose = str_cut(&rest, '.');

	if (str_eq_nocase(purpose, p->name))
		return (str){0};
	if (st->also_public && str_eq_nocase(purpose, S("public")))
		return (str){0};
	if (check_names(s, st, name))
		return (str){0};
	return str_fmt(a, "\"" STR_FMT "\" is not of purpose \"" STR_FMT "\"", STR_ARG(name),
		STR_ARG(p->name));
}

static bool fts_name(const struct store *s, str name)
{
	for (size_t i = 0; i < s->fts_n; i++)
		if (str_eq_nocase(name, str_of(s->fts[i])))
			return true;
	return false;
}

static bool fts_part(const struct store *s, str name)
{
	for (size_t i = 0; i < s->fts_n; i++)
		if (name.n > strlen(s->fts[i]) && starts(name, s->fts[i]) &&
			name.p[strlen(s->fts[i])] == '_' && !fts_name(s, name))
			return true;
	return false;
}

/* A base table may be named once, as what is written, and as a qualifier of its columns. */
static str table_refusal(struct arena *a, const struct store *s, const struct stmt *st, str name,
	bool qualifier, int *named)
{
	if (fts_part(s, name))
		return str_fmt(a, "\"" STR_FMT "\" is a part of a full-text table", STR_ARG(name));
	if (fts_name(s, name))
		return st->fts ? (str){0}
			       : str_fmt(a, "\"" STR_FMT "\" is a full-text table", STR_ARG(name));
	if (!starts(name, "r_"))
		return (str){0};
	if (!st->writes || !str_eq_nocase(name, str_of(st->writes)))
		return str_fmt(a, "the base table \"" STR_FMT "\" is out of reach", STR_ARG(name));
	if (!qualifier && ++*named > 1)
		return str_fmt(
			a, "the base table \"" STR_FMT "\" is named more than once", STR_ARG(name));
	return (str){0};
}

/* The columns of "insert into t (a, b)": the engine does not ask about them. */
static str insert_refusal(struct arena *a, const struct stmt *st, struct lexer l)
{
	struct token t;

	next_token(&l); /* insert */
	t = next_token(&l);
	if (!is(t, "into"))
		return str_fmt(a, "\"insert into\" is expected");
	t = next_token(&l);
	if (t.kind == TOKEN_OTHER || t.c == '\'' || !str_eq_nocase(t.s, str_of(st->writes)))
		return str_fmt(a, "it does not write to %s", st->writes);
	t = next_token(&l);
	if (t.c != '(')
		return str_fmt(a, "the inserted columns must be listed");
	for (;;) {
		t = next_token(&l);
		if (t.kind != TOKEN_WORD && t.kind != TOKEN_QUOTED)
			return str_fmt(a, "the inserted columns must be listed");
		if (!in_list(st->columns, t.s))
			return str_fmt(a,
				"column \"" STR_FMT "\" is not declared for this statement",
				STR_ARG(t.s));
		t = next_token(&l);
		if (t.c == ')')
			return (str){0};
		if (t.c != ',')
			return str_fmt(a, "the inserted columns must be listed");
	}
}

static str head_refusal(struct arena *a, const struct stmt *st)
{
	struct lexer l = {st->sql};
	struct token t = next_token(&l);
	bool ok = false;

	switch (st->verb) {
	case 's': ok = is(t, "select") || is(t, "with"); break;
	case 'i': ok = is(t, "insert"); break;
	case 'u': ok = is(t, "update"); break;
	case 'd': ok = is(t, "delete"); break;
	default: break;
	}
	if (!ok)
		return str_fmt(a, "it begins with \"" STR_FMT "\"", STR_ARG(t.s));
	if ((st->verb == 's') != (st->writes == NULL) ||
		(st->verb == 's') == (st->shape >= STMT_EXEC))
		return str_fmt(a, "verb, shape and written table do not fit");
	if (st->verb == 'i')
		return insert_refusal(a, st, (struct lexer){st->sql});
	return (str){0};
}

/* from json_each(?1): a list that the statement is given, and nothing else of json. */
static bool given_list(struct token before, struct token t, struct lexer l)
{
	return is(before, "from") && is(t, "json_each") && next_token(&l).c == '(' &&
	       next_token(&l).c == '?' && next_token(&l).kind == TOKEN_WORD &&
	       next_token(&l).c == ')';
}

str text_refusal(struct arena *a, const struct store *s, const struct stmt *st)
{
	struct lexer l = {st->sql};
	struct token before = {0}, t;
	int named = 0;
	str why;

	if (st->purpose < 0 || st->purpose >= PURPOSES_MAX || !s->purpose[st->purpose])
		return str_fmt(a, "purpose %d is not in the policy", st->purpose);
	why = head_refusal(a, st);
	for (t = next_token(&l); !why.p && t.kind != TOKEN_END; before = t, t = next_token(&l)) {
		struct lexer ahead = l;
		struct token after = next_token(&ahead);

		if (t.kind == TOKEN_WORD && is(t, "replace") && after.c == '(')
			continue; /* the function */
		if (given_list(before, t, l))
			continue;
		why = word_refusal(a, before, t, after);
		if (why.p || t.kind == TOKEN_OTHER)
			continue;
		if (t.kind == TOKEN_QUOTED && t.c != '\'' && str_has(t.s, '.'))
			why = view_refusal(a, s, st, t.s);
		else
			why = table_refusal(a, s, st, t.s, after.c == '.', &named);
	}
	return why;
}
