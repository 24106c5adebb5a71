/* Words of a .sql file. What the two engines would read differently is refused here: back ticks,
 * brackets as quotes, block comments, ?1 and :name, hexadecimal and floating numbers. */
#include "queryc.h"

static bool letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

bool token_is(const struct token *t, const char *s)
{
	return (t->kind == TOKEN_WORD || t->kind == TOKEN_SIGN) && str_eq_nocase(t->s, str_of(s));
}

bool word_in(str w, const char *const *list)
{
	for (; *list; list++)
		if (str_eq_nocase(w, str_of(*list)))
			return true;
	return false;
}

bool name_good(str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!(s.p[i] >= 'a' && s.p[i] <= 'z') && !(i && (digit(s.p[i]) || s.p[i] == '_')))
			return false;
	return s.n > 0 && s.n <= 100;
}

bool c_word(str s)
{
	static const char *const words[] = {"auto", "bool", "break", "case", "char", "const",
		"continue", "default", "do", "double", "else", "enum", "extern", "false", "float",
		"for", "goto", "if", "inline", "instant", "int", "long", "money", "register",
		"restrict", "return", "short", "signed", "sizeof", "static", "str", "struct",
		"switch", "true", "typedef", "typeof", "union", "unsigned", "void", "volatile",
		"while", NULL};

	return word_in(s, words);
}

static char peek(const struct lexer *l, size_t k)
{
	return l->at + k < l->text.n ? l->text.p[l->at + k] : 0;
}

static struct token token(struct lexer *l, enum token_kind kind, size_t n)
{
	struct token t = {.kind = kind, .s = {l->text.p + l->at, n}, .line = l->line};

	for (size_t i = 0; i < n; i++)
		l->line += l->text.p[l->at + i] == '\n';
	l->at += n;
	return t;
}

static struct token bad(struct lexer *l, const char *what, size_t n)
{
	struct token t = token(l, TOKEN_BAD, n ? n : 1);

	t.s = str_of(what);
	return t;
}

static struct token quoted(struct lexer *l, char quote)
{
	size_t n = 1;

	while (l->at + n < l->text.n) {
		if (peek(l, n) != quote) {
			n++;
		} else if (peek(l, n + 1) == quote) {
			n += 2;
		} else {
			struct token t = token(l, quote == '\'' ? TOKEN_TEXT : TOKEN_QUOTED, n + 1);

			if (quote == '"')
				t.s = str_sub(t.s, 1, t.s.n - 2);
			return t;
		}
	}
	return bad(l, "a quote has no end", n);
}

static struct token number(struct lexer *l)
{
	size_t n = 1;

	while (digit(peek(l, n)))
		n++;
	if (letter(peek(l, n)) || (peek(l, n) == '.' && digit(peek(l, n + 1))))
		return bad(l, "numbers are whole and decimal: amounts are minor units", n);
	return token(l, TOKEN_NUMBER, n);
}

static struct token param(struct lexer *l)
{
	size_t n = 1;
	int v = 0;

	while (digit(peek(l, n)) && v < 1000)
		v = v * 10 + peek(l, n++) - '0';
	if (n == 1 || peek(l, 1) == '0' || letter(peek(l, n)) || v > QUERYC_PARAMS_MAX)
		return bad(l, "a parameter is $1, $2, ...", n);
	struct token t = token(l, TOKEN_PARAM, n);

	t.number = v;
	return t;
}

static struct token constant(struct lexer *l)
{
	size_t n = 1, dot = 0;

	while (letter(peek(l, n)) || digit(peek(l, n)) || (peek(l, n) == '.' && !dot)) {
		if (peek(l, n) == '.')
			dot = n;
		n++;
	}
	if (dot < 2 || dot + 1 == n)
		return bad(l, "a constant is @enum.value, @role.name or @purpose.name", n);
	return token(l, TOKEN_CONST, n);
}

static struct token note(struct lexer *l)
{
	size_t n = 2;

	while (l->at + n < l->text.n && peek(l, n) != '\n')
		n++;
	struct token t = token(l, TOKEN_NOTE, n);

	t.s = str_trim(str_sub(t.s, 2, t.s.n));
	return t;
}

static struct token sign(struct lexer *l)
{
	static const char *const two[] = {"<>", "<=", ">=", "!=", "||", "<<", ">>"};
	char c = peek(l, 0);

	for (size_t i = 0; i < COUNT(two); i++)
		if (c == two[i][0] && peek(l, 1) == two[i][1])
			return token(l, TOKEN_SIGN, 2);
	if (c == '/' && peek(l, 1) == '*')
		return bad(l, "comments are lines that begin with --", 2);
	if (c && strchr("(),.;=<>+-*/%&|~", c))
		return token(l, TOKEN_SIGN, 1);
	if (c == '`' || c == '[')
		return bad(l, "names are not quoted like this", 1);
	if (c == '?' || c == ':')
		return bad(l, "a parameter is $1, $2, ...", 1);
	return bad(l, "this character has no place in a statement", 1);
}

static struct token next(struct lexer *l)
{
	char c = peek(l, 0);

	if (l->at >= l->text.n)
		return token(l, TOKEN_END, 0);
	if (c == '-' && peek(l, 1) == '-')
		return note(l);
	if (letter(c)) {
		size_t n = 1;

		while (letter(peek(l, n)) || digit(peek(l, n)))
			n++;
		if ((c == 'x' || c == 'X') && n == 1 && peek(l, 1) == '\'')
			return bad(l, "bytes are given as parameters", 1);
		return token(l, TOKEN_WORD, n);
	}
	if (digit(c))
		return number(l);
	switch (c) {
	case '\'':
	case '"': return quoted(l, c);
	case '$': return param(l);
	case '@': return constant(l);
	default: return sign(l);
	}
}

struct token token_next(struct lexer *l)
{
	bool space = false, newline = false;

	while (l->at < l->text.n && strchr(" \t\r\n", l->text.p[l->at]) && l->text.p[l->at]) {
		space = true;
		newline = newline || l->text.p[l->at] == '\n';
		l->line += l->text.p[l->at] == '\n';
		l->at++;
	}
	struct token t = next(l);

	t.space = space;
	t.newline = newline;
	return t;
}
