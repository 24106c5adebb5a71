/* Gates: the small SQL conditions of the policy, read token by token.
 *
 * A gate may compare own columns, constants and viewer functions, and ask `exists` of other
 * purpose views. Everything else is refused here, with its place in the policy, so that no text
 * of a policy file reaches the engine unread. */
#include "read.h"
#include "../base/limits.h"

#include <stdio.h>

enum token_kind { T_END, T_WORD, T_NUMBER, T_TEXT, T_CONSTANT, T_SIGN };
struct token {
	enum token_kind kind;
	str text;
	bool space; /* blanks stand before it */
};
struct gate {
	struct arena *a;
	const struct policy *p;
	const struct policy_table *t;
	struct place at;
	struct policy_errors *e;
	bool failed;
	struct token *v;
	size_t n, cap;
};

static void wrong(struct gate *g, const char *what, str text)
{
	if (g->e && !g->failed)
		policy_error(g->a, g->e, g->at, "%s: `" STR_FMT "`", what, STR_ARG(text));
	g->failed = true;
}

static bool letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

static size_t word_end(str s, size_t i)
{
	while (i < s.n && (letter(s.p[i]) || digit(s.p[i])))
		i++;
	return i;
}

static size_t text_end(struct gate *g, str s, size_t i)
{
	for (i++; i < s.n; i++)
		if (s.p[i] == '\'') {
			if (i + 1 < s.n && s.p[i + 1] == '\'')
				i++;
			else
				return i + 1;
		}
	wrong(g, "a text in a gate has no end", s);
	return s.n;
}

static size_t sign_end(struct gate *g, str s, size_t i)
{
	static const char *const two[] = {"<>", "<=", ">=", "!=", "<<", ">>", "||"};

	for (size_t k = 0; k < COUNT(two); k++)
		if (s.n - i >= 2 && memcmp(s.p + i, two[k], 2) == 0)
			return i + 2;
	if (s.n - i >= 2 && (memcmp(s.p + i, "--", 2) == 0 || memcmp(s.p + i, "/*", 2) == 0))
		wrong(g, "a gate holds no comments", s);
	else if (!strchr("()=<>+-*/%&|,.", s.p[i]) || !s.p[i])
		wrong(g, "this sign has no place in a gate", str_sub(s, i, 1));
	return i + 1;
}

static size_t constant_end(struct gate *g, str s, size_t i)
{
	size_t dot = word_end(s, i + 1);

	if (dot == i + 1 || dot >= s.n || s.p[dot] != '.' || word_end(s, dot + 1) == dot + 1) {
		wrong(g, "a constant is @enum.value, @role.name or @purpose.name",
			str_sub(s, i, dot + 1 - i));
		return s.n;
	}
	return word_end(s, dot + 1);
}

static void tokens_read(struct gate *g, str s)
{
	for (size_t i = 0, end; i < s.n && !g->failed; i = end) {
		struct token t = {.space = false};

		while (i < s.n && (s.p[i] == ' ' || s.p[i] == '\n')) {
			t.space = true;
			i++;
		}
		if (i == s.n)
			break;
		if (letter(s.p[i])) {
			t.kind = T_WORD;
			end = word_end(s, i);
		} else if (digit(s.p[i])) {
			t.kind = T_NUMBER;
			end = word_end(s, i);
		} else if (s.p[i] == '\'') {
			t.kind = T_TEXT;
			end = text_end(g, s, i);
		} else if (s.p[i] == '@') {
			t.kind = T_CONSTANT;
			end = constant_end(g, s, i);
		} else {
			t.kind = T_SIGN;
			end = sign_end(g, s, i);
		}
		t.text = str_sub(s, i, end - i);
		if (g->n > POLICY_GATE_TOKENS_MAX) {
			wrong(g, "a gate of over a thousand words", str_sub(s, 0, 40));
			break;
		}
		*ARENA_PUSH(g->a, g) = t;
	}
}

static const struct token *tok(const struct gate *g, size_t i)
{
	static const struct token end = {.kind = T_END};

	return i < g->n ? &g->v[i] : &end;
}

static bool is(const struct gate *g, size_t i, const char *word)
{
	return tok(g, i)->kind != T_TEXT && str_eq_nocase(tok(g, i)->text, str_of(word));
}

static bool word_in(str w, const char *const *list)
{
	for (; *list; list++)
		if (str_eq_nocase(w, str_of(*list)))
			return true;
	return false;
}

static bool keyword(str w)
{
	static const char *const words[] = {"and", "or", "not", "in", "is", "null", "exists",
		"select", "from", "where", "join", "on", "as", "between", "case", "when", "then",
		"else", "end", "true", "false", "distinct", "union", "all", "intersect", "except",
		NULL};

	return word_in(w, words);
}

/* Functions that raise nothing: a raising one would tell of rows that are not shown. */
static bool function(str w)
{
	static const char *const names[] = {"viewer_person", "viewer_company", "viewer_session",
		"viewer_roles", "coalesce", "ifnull", "nullif", "count", "min", "max", "length",
		"lower", "upper", NULL};

	return word_in(w, names);
}

/* ---- constants --------------------------------------------------------------------------- */
static bool constant_value(const struct policy *p, str c, int64_t *v)
{
	str rest = str_sub(c, 1, c.n), set = str_cut(&rest, '.');
	const struct policy_enum *en;

	if (str_eq(set, S("role"))) {
		const struct policy_role *r = policy_role(p, rest);

		*v = r ? INT64_C(1) << r->bit : 0;
		return r;
	}
	if (str_eq(set, S("purpose"))) {
		const struct policy_purpose *u = policy_purpose(p, rest);

		*v = u ? INT64_C(1) << u->bit : 0;
		return u;
	}
	en = policy_enum(p, set);
	for (size_t i = 0; en && i < en->n; i++)
		if (str_eq(en->values[i], rest)) {
			*v = (int64_t)i + 1;
			return true;
		}
	return false;
}

str policy_constants(
	struct arena *a, const struct policy *p, str sql, struct place at, struct policy_errors *e)
{
	str out = S("");
	size_t from = 0;

	for (size_t i = 0; i < sql.n; i++) {
		char c = sql.p[i];
		int64_t v;
		size_t end;

		if (c == '\'' || c == '"') {
			while (++i < sql.n && sql.p[i] != c)
				;
			continue;
		}
		if (c == '-' && i + 1 < sql.n && sql.p[i + 1] == '-') {
			while (i < sql.n && sql.p[i] != '\n')
				i++;
			continue;
		}
		if (c != '@')
			continue;
		end = word_end(sql, i + 1);
		if (end < sql.n && sql.p[end] == '.')
			end = word_end(sql, end + 1);
		if (!constant_value(p, str_sub(sql, i, end - i), &v)) {
			policy_error(a, e, at, "no such constant: `" STR_FMT "`",
				STR_ARG(str_sub(sql, i, end - i)));
			v = 0;
		}
		out = str_fmt(a, STR_FMT STR_FMT "%lld", STR_ARG(out),
			STR_ARG(str_sub(sql, from, i - from)), (long long)v);
		from = end;
		i = end - 1;
	}
	return str_cat(a, out, str_sub(sql, from, sql.n));
}

/* ---- views and their aliases ------------------------------------------------------------- */
struct alias {
	str name;
	struct gate_view view;
};
struct aliases {
	struct alias *v;
	size_t n, cap;
};

/* Is token i the purpose of "from trade.orders"? */
static bool view_at(const struct gate *g, size_t i)
{
	return i > 0 && (is(g, i - 1, "from") || is(g, i - 1, "join")) &&
	       tok(g, i)->kind == T_WORD && is(g, i + 1, ".") && tok(g, i + 2)->kind == T_WORD;
}

static struct gate_view view_of(const struct gate *g, size_t i)
{
	struct gate_view w = {.table = policy_table(g->p, tok(g, i + 2)->text)};

	w.grant = w.table ? policy_grant(w.table, tok(g, i)->text) : NULL;
	return w;
}

/* The alias behind "trade.orders" at i, or the table's own name; *end is the token behind. */
static str alias_at(const struct gate *g, size_t i, size_t *end)
{
	*end = i + 3;
	if (is(g, *end, "as"))
		++*end;
	if (tok(g, *end)->kind == T_WORD && !keyword(tok(g, *end)->text))
		return tok(g, (*end)++)->text;
	*end = i + 3;
	return tok(g, i + 2)->text;
}

static struct aliases aliases_read(struct gate *g)
{
	struct aliases l = {0};

	for (size_t i = 0; i < g->n; i++) {
		size_t end;

		if (view_at(g, i)) {
			struct gate_view w = view_of(g, i);

			if (!w.grant || !w.grant->columns_n)
				wrong(g, "a gate names a view that the policy does not give",
					str_fmt(g->a, STR_FMT "." STR_FMT, STR_ARG(tok(g, i)->text),
						STR_ARG(tok(g, i + 2)->text)));
			else
				*ARENA_PUSH(g->a, &l) = (struct alias){alias_at(g, i, &end), w};
			if (!g->failed && (str_eq(l.v[l.n - 1].name, S("new")) ||
						  str_starts(l.v[l.n - 1].name, S("r_"))))
				wrong(g, "an alias may not look like the row at hand",
					l.v[l.n - 1].name);
		} else if ((is(g, i, "from") || is(g, i, "join")) && !is(g, i + 1, "(") &&
			   !view_at(g, i + 1)) {
			wrong(g, "a gate reads views of the policy only (purpose.table)",
				tok(g, i + 1)->text);
		}
	}
	return l;
}

static const struct alias *alias_of(const struct aliases *l, str name)
{
	for (size_t i = 0; i < l->n; i++)
		if (str_eq(l->v[i].name, name))
			return &l->v[i];
	return NULL;
}

/* ---- places ------------------------------------------------------------------------------ */
bool policy_lies(str layout, str table, const char *kind)
{
	char line[120]; /* as tool/queryc/layout.c reads it */

	snprintf(line, sizeof line, "('%.*s', '%s', ", (int)table.n, table.p, kind);
	return str_find(layout, str_of(line)) != (size_t)-1;
}

bool policy_tells_place(str layout, str table, str column)
{
	char line[120];

	snprintf(line, sizeof line, "('%.*s', 'placed', '", (int)table.n, table.p);
	size_t at = str_find(layout, str_of(line));

	if (at == (size_t)-1)
		return false;
	str near = str_sub(layout, at + strlen(line), layout.n);

	near = str_cut(&near, '\'');
	while (near.n)
		if (str_eq(str_cut(&near, ' '), column))
			return true;
	return str_eq(column, S("id"));
}

str policy_place_of(struct arena *a, str layout, str table, str alias, str column)
{
	return policy_tells_place(layout, table, column)
		       ? str_fmt(a, " and " STR_FMT ".place = (?1 & 63)", STR_ARG(alias))
		       : S("");
}

str policy_placed_pg(
	struct arena *a, const struct gate_places *at, str purpose, str table, str kind, str alias)
{
	bool placed = policy_lies(at->layout, table, "placed") && at->place.n;
	str view = str_fmt(a, "\"" STR_FMT "\".\"" STR_FMT STR_FMT "\"", STR_ARG(purpose),
		STR_ARG(table),
		STR_ARG(policy_lies(at->layout, table, "everywhere") ? S(POLICY_COPY) : kind));

	if (!placed)
		return str_fmt(a, STR_FMT " as " STR_FMT, STR_ARG(view), STR_ARG(alias));
	return str_fmt(a,
		"(select * from " STR_FMT " as here where here.place = " STR_FMT ") as " STR_FMT,
		STR_ARG(view), STR_ARG(at->place), STR_ARG(alias));
}

/* ---- rewriting --------------------------------------------------------------------------- */
struct writing {
	struct gate *g;
	struct aliases aliases;
	enum gate_row row;
	str nonce;
	const struct gate_places *places;
	str tied; /* the view whose `where` is to say the place */
	str out;
	bool selecting; /* between `select` and `from` */
};

static void put(struct writing *w, bool space, str s)
{
	w->out = str_fmt(w->g->a, STR_FMT "%s" STR_FMT, STR_ARG(w->out),
		space && w->out.n ? " " : "", STR_ARG(s));
}

static bool postgres(const struct writing *w)
{
	return w->row == GATE_PG_OWN || w->row == GATE_PG_NEW || w->row == GATE_PG_ALONE;
}

/* The row at hand as it stands in the condition: what inserts is `new`, else the base table. */
static str row_column(struct writing *w, str column)
{
	bool new = w->row == GATE_NEW || w->row == GATE_PG_NEW;

	if (w->row == GATE_PG_ALONE)
		return column;
	return str_fmt(w->g->a, "%s" STR_FMT "." STR_FMT, new ? "" : "r_",
		STR_ARG(new ? S("new") : w->g->t->name), STR_ARG(column));
}

/* A check that asks for one row by its id reads the gates joined by `or`: a union of them would
 * look for it once for each. end: the token behind the alias. */
static str kind_of(const struct writing *w, size_t i, size_t end, str alias)
{
	const struct gate *g = w->g;
	bool check = w->row == GATE_NEW || w->row == GATE_PG_NEW;
	const struct policy_grant *grant = view_of(g, i).grant;

	return check && grant && grant->using_n > 1 && is(g, end, "where") &&
			       str_eq(tok(g, end + 1)->text, alias) && is(g, end + 2, ".") &&
			       is(g, end + 3, "id") && is(g, end + 4, "=")
		       ? S(POLICY_NEAR)
		       : S("");
}

/* trade.orders o -> "trade.orders~NONCE" as o, or "trade"."orders" as o; returns the last token
 * used. */
static size_t put_view(struct writing *w, size_t i)
{
	struct gate *g = w->g;
	size_t end;
	str alias = alias_at(g, i, &end);

	if (w->places && w->places->beside) {
		/* on the coordinator, as on one machine */
	} else if (w->places && w->places->of_row &&
		   policy_lies(w->places->layout, tok(g, i + 2)->text, "placed")) {
		w->tied = alias;
	} else if (w->places) {
		put(w, true,
			policy_placed_pg(g->a, w->places, tok(g, i)->text, tok(g, i + 2)->text,
				S(""), alias));
		return end - 1;
	}
	put(w, true,
		str_fmt(g->a, "\"" STR_FMT "%s" STR_FMT STR_FMT "%s" STR_FMT "\" as " STR_FMT,
			STR_ARG(tok(g, i)->text), postgres(w) ? "\".\"" : ".",
			STR_ARG(tok(g, i + 2)->text), STR_ARG(kind_of(w, i, end, alias)),
			w->nonce.n ? "~" : "", STR_ARG(w->nonce), STR_ARG(alias)));
	return end - 1;
}

/* alias.column, new.column */
static size_t put_qualified(struct writing *w, size_t i)
{
	struct gate *g = w->g;
	str name = tok(g, i)->text, column = tok(g, i + 2)->text;
	const struct alias *al = alias_of(&w->aliases, name);
	str both = str_fmt(g->a, STR_FMT "." STR_FMT, STR_ARG(name), STR_ARG(column));

	if (al) {
		if (!policy_has(al->view.grant->columns, al->view.grant->columns_n, column))
			wrong(g, "a gate reads a column that its view does not give", both);
	} else if (!str_eq(name, S("new"))) {
		wrong(g, "a gate names an alias that it does not declare", both);
	} else if (w->row == GATE_OWN) {
		wrong(g, "`new` stands in a check only", both);
	} else if (!policy_column(g->t, column)) {
		wrong(g, "no such column of the table", both);
	}
	put(w, tok(g, i)->space, al ? both : row_column(w, column));
	return i + 2;
}

/* exists (...) of another table counts as said, and so does `not exists`. */
static size_t put_unasked(struct writing *w, size_t i)
{
	struct gate *g = w->g;
	int open = 0;

	put(w, tok(g, i)->space, i && is(g, i - 1, "not") ? S("false") : S("true"));
	for (i++; i < g->n; i++) {
		open += is(g, i, "(") - is(g, i, ")");
		if (!open)
			break;
	}
	return i;
}

/* Does exists (...) at i ask what the row at hand cannot be asked beside? */
static bool unasked(const struct writing *w, size_t i)
{
	const struct gate *g = w->g;
	int open = 0;

	if (!is(g, i, "exists") || !w->places || !w->places->beside)
		return w->row == GATE_PG_ALONE && is(g, i, "exists");
	for (i++; i < g->n; i++) {
		open += is(g, i, "(") - is(g, i, ")");
		if (view_at(g, i) && policy_lies(w->places->layout, tok(g, i + 2)->text, "placed"))
			return true;
		if (!open)
			break;
	}
	return false;
}

/* Returns the last token used. */
static size_t put_word(struct writing *w, size_t i)
{
	struct gate *g = w->g;
	const struct token *t = tok(g, i);
	str asks = postgres(w) ? policy_viewer_pg(g->a, t->text) : (str){0};

	if (w->tied.n && is(g, i, "or"))
		fault(FAULT_BUG, "a gate that says `or` of what lies with its row");
	if (w->tied.n && is(g, i, "where")) {
		put(w, true,
			str_fmt(g->a, "where " STR_FMT ".place = " STR_FMT " and", STR_ARG(w->tied),
				STR_ARG(w->places->place)));
		return i;
	}
	if (unasked(w, i))
		return put_unasked(w, i);
	if (w->row == GATE_PG_ALONE && is(g, i, "select"))
		fault(FAULT_BUG,
			"a gate asks another table in a way that no row policy can leave out");
	if (asks.n && w->row == GATE_PG_ALONE)
		asks = str_fmt(g->a, "kontor." STR_FMT "()", STR_ARG(t->text));
	if (asks.n && is(g, i + 1, "(") && is(g, i + 2, ")")) {
		put(w, t->space, asks);
		return i + 2;
	}
	if (is(g, i + 1, "(") && !keyword(t->text)) {
		if (!function(t->text))
			wrong(g, "this function has no place in a gate", t->text);
		put(w, t->space, postgres(w) ? policy_function_pg(t->text) : t->text);
	} else if (keyword(t->text)) {
		w->selecting = is(g, i, "select") || (w->selecting && !is(g, i, "from"));
		put(w, t->space, t->text);
	} else if (w->selecting) {
		/* `in (select id from trade.orders)` would ask the own id: not what was meant */
		wrong(g, "what a gate selects from a view needs the view's alias", t->text);
	} else if (policy_column(g->t, t->text)) {
		put(w, t->space, row_column(w, t->text));
	} else {
		wrong(g, "no such column of the table", t->text);
	}
	return i;
}

static void put_constant(struct writing *w, const struct token *t)
{
	int64_t v = 0;

	if (!constant_value(w->g->p, t->text, &v))
		wrong(w->g, "no such constant", t->text);
	put(w, t->space, str_fmt(w->g->a, "%lld", (long long)v));
}

static void parentheses_check(struct gate *g, str text)
{
	int open = 0;

	for (size_t i = 0; i < g->n && open >= 0; i++)
		open += is(g, i, "(") - is(g, i, ")");
	if (open)
		wrong(g, "the brackets of a gate do not match", text);
}

static struct gate gate_read(struct arena *a, const struct policy *p, const struct policy_table *t,
	str text, struct place at, struct policy_errors *e)
{
	struct gate g = {.a = a, .p = p, .t = t, .at = at, .e = e};

	tokens_read(&g, text);
	if (!g.n)
		wrong(&g, "an empty gate", text);
	parentheses_check(&g, text);
	return g;
}

static str gate_write(
	struct gate read, enum gate_row row, str nonce, const struct gate_places *places)
{
	struct gate g = read;
	struct writing w = {.g = &g, .row = row, .nonce = nonce, .places = places, .out = S("")};

	w.aliases = aliases_read(&g);
	for (size_t i = 0; i < g.n && !g.failed; i++) {
		if (view_at(&g, i))
			i = put_view(&w, i);
		else if (tok(&g, i)->kind == T_WORD && is(&g, i + 1, ".") &&
			 tok(&g, i + 2)->kind == T_WORD)
			i = put_qualified(&w, i);
		else if (tok(&g, i)->kind == T_WORD)
			i = put_word(&w, i);
		else if (tok(&g, i)->kind == T_CONSTANT)
			put_constant(&w, tok(&g, i));
		else
			put(&w, tok(&g, i)->space, tok(&g, i)->text);
	}
	return w.out;
}

str gate_sql(struct arena *a, const struct policy *p, const struct policy_table *t, str text,
	enum gate_row row, str nonce, struct place at, struct policy_errors *e)
{
	return gate_write(gate_read(a, p, t, text, at, e), row, nonce, NULL);
}

str gate_sql_pg(struct arena *a, const struct policy *p, const struct policy_table *t, str text,
	enum gate_row row, const struct gate_places *places)
{
	struct gate g = gate_read(a, p, t, text, (struct place){0}, NULL);

	return gate_write(g, row, (str){0}, places);
}

str gate_check(struct arena *a, const struct policy *p, const struct policy_table *t,
	const struct policy_grant *g, enum gate_row row, const struct gate_places *places)
{
	str s = {0};

	if (g->check.n)
		return gate_sql_pg(a, p, t, g->check, row, places);
	for (size_t i = 0; i < g->using_n; i++)
		s = str_fmt(a, STR_FMT "%s(" STR_FMT ")", STR_ARG(s), i ? " or " : "",
			STR_ARG(gate_sql_pg(a, p, t, g->using[i], row, places)));
	return s;
}

bool gate_uses(struct arena *a, const struct policy_table *t, str text, str column)
{
	struct gate g = gate_read(a, NULL, t, text, (struct place){0}, NULL);

	for (size_t i = 0; i < g.n; i++)
		if (tok(&g, i)->kind == T_WORD && str_eq(tok(&g, i)->text, column) &&
			!is(&g, i + 1, "(") && !is(&g, i + 1, ".") &&
			(!(i && is(&g, i - 1, ".")) || (i > 1 && is(&g, i - 2, "new"))))
			return true;
	return false;
}

size_t gate_views(
	struct arena *a, const struct policy *p, str text, struct gate_view *v, size_t max)
{
	struct gate g = gate_read(a, p, NULL, text, (struct place){0}, NULL);
	size_t n = 0;

	for (size_t i = 0; i < g.n && n < max; i++)
		if (view_at(&g, i) && view_of(&g, i).grant)
			v[n++] = view_of(&g, i);
	return n;
}
