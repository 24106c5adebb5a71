/* tmplc: templates to C. Usage: tmplc OUTDIR src/market/order/order.html ...
 *
 * Lines that begin with % are C, {{ expr }} is a value, everything else is copied; the language is
 * described in doc/templates.md. The state of the HTML is followed byte by byte (the tokenizer of
 * the HTML standard, 13.2.5, for the part that templates use), so that the writer of each value is
 * chosen by its place, and a place that no escaping makes safe is a mistake. This file reads the
 * C side; html.h follows the HTML. */
#include <ctype.h>

#include "file.h"
#include "html.h"

enum { BLOCKS_MAX = 64 };

struct tmpl {
	struct html_place html;
	str src;
	size_t at;
	bool comment;			     /* inside a C comment that began on an earlier line */
	struct html_place block[BLOCKS_MAX]; /* the place at each open { */
	int block_line[BLOCKS_MAX], blocks;
	struct out head; /* C at file level since the last ; or } */
	struct out lit;	 /* text not written yet */
	struct out *c, *h;
	struct arena *arena;
};

static void flush(struct tmpl *t)
{
	if (!t->lit.n)
		return;
	out_lit(t->c, "\tout_bytes(o, \"");
	out_c_string(t->c, out_view(&t->lit));
	out_fmt(t->c, "\", %zu);\n", t->lit.n);
	out_cut(&t->lit, 0);
}

static bool word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Behind a string or character that begins at i. */
static size_t quoted_end(struct tmpl *t, str s, size_t i)
{
	char quote = s.p[i++];

	for (; i < s.n && s.p[i] != quote; i++)
		if (s.p[i] == '\\')
			i++;
	if (i >= s.n)
		html_die(&t->html, "a string without its end");
	return i + 1;
}

/* t("order.lines" at s[i]: writes TEXT(order_lines and returns what stands behind; 0: not that. */
static size_t message(struct tmpl *t, struct out *o, str s, size_t i)
{
	size_t j = i + 1;

	if (s.p[i] != 't' || (i && (word(s.p[i - 1]) || s.p[i - 1] == '.')))
		return 0;
	while (j < s.n && s.p[j] == ' ')
		j++;
	if (j >= s.n || s.p[j] != '(')
		return 0;
	for (j++; j < s.n && s.p[j] == ' ';)
		j++;
	if (j >= s.n || s.p[j] != '"')
		html_die(&t->html, "t() takes the key of a message in quotes");
	size_t end = quoted_end(t, s, j);

	out_lit(o, "TEXT(");
	for (j++; j < end - 1; j++) {
		if (!word(s.p[j]) && s.p[j] != '.')
			html_die(&t->html, "t(): a key is made of a-z, 0-9, _ and .");
		out_char(o, s.p[j] == '.' ? '_' : s.p[j]);
	}
	return end;
}

/* Behind the comment that begins or goes on at i; 0: there is none. */
static size_t comment_end(bool *inside, str s, size_t i)
{
	if (!*inside && i + 1 < s.n && s.p[i] == '/' && s.p[i + 1] == '/')
		return s.n;
	if (!*inside && (i + 1 >= s.n || s.p[i] != '/' || s.p[i + 1] != '*'))
		return 0;
	size_t from = *inside ? i : i + 2, end = str_find(str_sub(s, from, s.n), S("*/"));

	*inside = end == (size_t)-1;
	return *inside ? s.n : from + end + 2;
}

/* C as it is, but for t(). */
static void put_c(struct tmpl *t, struct out *o, str s)
{
	bool comment = t->comment;

	for (size_t i = 0; i < s.n;) {
		size_t end = comment_end(&comment, s, i);

		if (!end && (s.p[i] == '"' || s.p[i] == '\''))
			end = quoted_end(t, s, i);
		if (!end && (end = message(t, o, s, i)) != 0) {
			i = end;
			continue;
		}
		if (!end)
			end = i + 1;
		out_bytes(o, s.p + i, end - i);
		i = end;
	}
}

/* ---- the C side ---- */

/* The name before the first parenthesis of a function's head; empty for anything else. */
static str function_name(str head)
{
	size_t paren = str_find(head, S("("));

	if (paren == (size_t)-1 || str_find(str_sub(head, 0, paren), S("=")) != (size_t)-1)
		return S("");
	str before = str_trim(str_sub(head, 0, paren));
	size_t from = before.n;

	while (from && word(before.p[from - 1]))
		from--;
	return str_sub(before, from, before.n);
}

static void function_begin(struct tmpl *t)
{
	str head = str_trim(out_view(&t->head)), name = function_name(head);

	html_begin(&t->html);
	t->html.opener = str_ends(name, S("_open")) || str_ends(name, S("_head"));
	t->html.closer = str_ends(name, S("_close")) || str_ends(name, S("_foot"));
	if (name.n && !str_starts(head, S("static ")))
		out_fmt(t->h, STR_FMT ";\n", STR_ARG(head));
	out_cut(&t->head, 0);
}

static void brace(struct tmpl *t, char c)
{
	if (c == '{') {
		if (t->blocks == BLOCKS_MAX)
			html_die(&t->html, "more than %d blocks inside each other", BLOCKS_MAX);
		if (!t->blocks)
			function_begin(t);
		t->block_line[t->blocks] = t->html.line;
		t->block[t->blocks++] = t->html;
		return;
	}
	if (!t->blocks)
		html_die(&t->html, "unbalanced block: } without {");
	t->blocks--;
	html_block_end(&t->html, &t->block[t->blocks], t->block_line[t->blocks], !t->blocks);
	if (!t->blocks)
		out_cut(&t->head, 0);
}

/* Counts the blocks of one line of C and, at file level, gathers the heads of functions. */
static void follow_c(struct tmpl *t, str s)
{
	for (size_t i = 0; i < s.n;) {
		char c = s.p[i];
		size_t end = comment_end(&t->comment, s, i);

		if (end) {
			i = end;
			continue;
		}
		end = c == '"' || c == '\'' ? quoted_end(t, s, i) : i + 1;
		if (c == '{' || c == '}')
			brace(t, c);
		else if (!t->blocks && c == ';')
			out_cut(&t->head, 0);
		else if (!t->blocks)
			out_bytes(&t->head, s.p + i, end - i);
		i = end;
	}
	if (!t->blocks && t->head.n)
		out_char(&t->head, ' ');
}

static void c_line(struct tmpl *t, str s)
{
	bool directive = str_starts(str_trim(s), S("#"));

	flush(t);
	if (directive && t->blocks)
		html_die(&t->html, "a # line stands outside functions");
	if (directive && str_starts(str_trim(str_sub(str_trim(s), 1, s.n)), S("include"))) {
		out_fmt(t->h, STR_FMT "\n", STR_ARG(str_trim(s)));
		return;
	}
	out_fmt(t->c, "#line %d \"%s\"\n", t->html.line, t->html.file);
	put_c(t, t->c, s);
	out_char(t->c, '\n');
	if (!directive)
		follow_c(t, s);
}

/* ---- values ---- */

/* Where the }} of an expression stands that begins at i, on the same line. */
static size_t value_end(struct tmpl *t, size_t i)
{
	str s = t->src;

	for (int depth = 0; i < s.n && s.p[i] != '\n';) {
		char c = s.p[i];

		if (c == '"' || c == '\'') {
			size_t line = str_find(str_sub(s, i, s.n), S("\n"));

			i += quoted_end(t, str_sub(s, i, line == (size_t)-1 ? s.n : line), 0);
			continue;
		}
		if (c == '}' && !depth && i + 1 < s.n && s.p[i + 1] == '}')
			return i;
		if (c == '{' || c == '(' || c == '[')
			depth++;
		if ((c == '}' || c == ')' || c == ']') && --depth < 0)
			html_die(&t->html, "unbalanced %c in a value", c);
		i++;
	}
	html_die(&t->html, "{{ without }} on its line");
}

static void value(struct tmpl *t)
{
	size_t from = t->at + 2, end = value_end(t, from);
	str expr = str_trim(str_sub(t->src, from, end - from));

	if (!t->blocks)
		html_die(&t->html, "a value stands inside a function");
	if (!expr.n)
		html_die(&t->html, "an empty value");
	if (str_find(expr, S("//")) != (size_t)-1 && !str_has(expr, '"'))
		html_die(&t->html, "no comment inside a value");
	const char *writer = html_value(&t->html);

	flush(t);
	out_fmt(t->c, "#line %d \"%s\"\n\t%s(o, (", t->html.line, t->html.file, writer);
	put_c(t, t->c, expr);
	out_lit(t->c, "));\n");
	t->at = end + 2;
}

/* ---- lines ---- */

static void literal(struct tmpl *t, char c)
{
	if (!t->blocks && !isspace((unsigned char)c))
		html_die(&t->html, "text stands inside a function");
	if (t->blocks) {
		html_feed(&t->html, c, str_sub(t->src, t->at + 1, 32));
		out_char(&t->lit, c);
	}
	t->at++;
}

/* Indentation and empty lines are for the reader of the template, except where HTML keeps space. */
static void text_line(struct tmpl *t, size_t line_end)
{
	while (t->at < line_end) {
		if (t->src.p[t->at] == '{' && t->at + 1 < line_end && t->src.p[t->at + 1] == '{')
			value(t);
		else
			literal(t, t->src.p[t->at]);
	}
	if (t->at < t->src.n)
		literal(t, '\n');
}

static void one_line(struct tmpl *t)
{
	str rest = str_sub(t->src, t->at, t->src.n);
	size_t n = str_find(rest, S("\n")), end = t->at + (n == (size_t)-1 ? rest.n : n),
	       from = t->at;
	bool kept = html_keeps_space(&t->html);

	while (from < end && (t->src.p[from] == ' ' || t->src.p[from] == '\t'))
		from++;
	if (from < end && t->src.p[from] == '%' && !(from + 1 < end && t->src.p[from + 1] == '%')) {
		if (t->html.st == HTML_NAME)
			html_die(&t->html, "C inside the name of a tag");
		c_line(t, str_sub(t->src, from + 1, end - from - 1));
		t->at = end + 1;
	} else if (from == end && !kept) {
		t->at = end + 1;
	} else {
		if (t->comment)
			html_die(&t->html, "text inside a comment of C");
		if (from < end && t->src.p[from] == '%')
			from++; /* %% is a percent sign */
		else if (kept)
			from = t->at;
		t->at = from;
		text_line(t, end);
	}
	t->html.line++;
}

static str c_guard(struct arena *a, const char *base)
{
	str s = str_fmt(a, "GEN_%s_H", base);

	for (size_t i = 0; i < s.n; i++)
		((char *)s.p)[i] = word(s.p[i]) ? (char)toupper((unsigned char)s.p[i]) : '_';
	return s;
}

static void compile(struct arena *a, const char *path, str src, struct out *c, struct out *h)
{
	struct tmpl *t = arena_new(a, struct tmpl);
	str guard = c_guard(a, file_base(path));

	t->html.file = path;
	t->html.line = 1;
	t->src = src;
	t->arena = a;
	t->c = c;
	t->h = h;
	out_init(&t->lit, a, 1 << 10, FILE_BYTES_MAX, NULL);
	out_init(&t->head, a, 1 << 10, FILE_BYTES_MAX, NULL);
	if (!str_utf8(src))
		html_die(&t->html, "not UTF-8");
	out_fmt(h,
		"/* generated from %s by tmplc */\n#ifndef " STR_FMT "\n#define " STR_FMT
		"\n\n#include \"base/out.h\"\n",
		path, STR_ARG(guard), STR_ARG(guard));
	out_fmt(c,
		"/* generated from %s by tmplc */\n#include \"gen/lang.h\"\n#include "
		"\"gen/types.h\"\n#include \"gen/%s.h\"\n",
		path, file_base(path));
	while (t->at < src.n)
		one_line(t);
	flush(t);
	if (t->blocks)
		html_die(&t->html, "unbalanced block: the { of line %d is not closed",
			t->block_line[t->blocks - 1]);
	if (t->comment)
		html_die(&t->html, "a comment without its end");
	out_lit(h, "\n#endif\n");
}

#ifndef TMPLC_NO_MAIN
int main(int argc, char **argv)
{
	struct arena *a = arena_make((size_t)1 << 30);
	int status = 0;

	if (argc < 3) {
		fprintf(stderr, "usage: tmplc OUTDIR page.html ...\n");
		return 2;
	}
	for (int i = 2; i < argc; i++) {
		struct out c, h;
		struct fault_point fp;

		out_init(&c, a, 1 << 16, FILE_BYTES_MAX, NULL);
		out_init(&h, a, 1 << 12, FILE_BYTES_MAX, NULL);
		if (FAULT_TRY(fp)) {
			compile(a, argv[i], file_read(a, argv[i]), &c, &h);
			FAULT_END(fp);
			file_write(a, str_fmt(a, "%s/%s.c", argv[1], file_base(argv[i])).p,
				out_view(&c));
			file_write(a, str_fmt(a, "%s/%s.h", argv[1], file_base(argv[i])).p,
				out_view(&h));
		} else {
			fprintf(stderr, "%s\n", fp.what);
			status = 1;
		}
		arena_reset(a);
	}
	return status;
}
#endif
