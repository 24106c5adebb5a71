/* langc: messages of lang/ to C. Usage: langc OUTDIR lang/en.txt lang/en.order.txt lang/de.txt ...
 *
 * A file LANG.txt or LANG.DISTRICT.txt holds lines `key = text`; # begins a comment line. All files
 * of a language are one table. English comes first and decides which keys there are and which
 * values each takes; every other language must say the same keys with the same values. Keys
 * locale.* say how the language writes numbers and dates; see lang/README.md. */
#include "file.h"

enum { LANGS_MAX = 16, VALUES_MAX = 4, NEST_MAX = 4 };

struct line {
	str key, text;
	const char *file;
	int line;
	unsigned values; /* bit n: {n} is used */
};
struct language {
	str tag;
	struct line *v;
	size_t n, cap;
	str decimal, group, date, rtl, months[12];
	size_t months_n;
	const char *file; /* for what is missing altogether */
};

static struct arena *arena;
static struct language languages[LANGS_MAX];
static size_t languages_n;

static bool key_good(str key)
{
	for (size_t i = 0; i < key.n; i++) {
		char c = key.p[i];
		bool word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';

		if (!word && (c != '.' || i == 0 || i + 1 == key.n || key.p[i - 1] == '.'))
			return false;
	}
	return key.n && key.p[0] >= 'a' && key.p[0] <= 'z';
}

static bool letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool has_markup(str s)
{
	for (size_t i = 0; i + 1 < s.n; i++) {
		char c = s.p[i], d = s.p[i + 1];

		if (c == '<' && (letter(d) || d == '/' || d == '!'))
			return true;
		if (c == '&' && (letter(d) || d == '#')) {
			size_t j = i + 2;

			while (j < s.n && (letter(s.p[j]) || (s.p[j] >= '0' && s.p[j] <= '9')))
				j++;
			if (j < s.n && s.p[j] == ';')
				return true;
		}
	}
	return false;
}

/* Reads a place behind its {, or a choice's text, up to the `ends` that closes it; returns where
 * it stopped, or s.n + 1 after a mistake. */
static size_t check_text(struct line *l, size_t i, int depth)
{
	str s = l->text;

	for (; i < s.n && !(depth && (s.p[i] == '|' || s.p[i] == '}')); i++) {
		if (s.p[i] == '}') {
			error_at(l->file, l->line, "%.*s: } without {", STR_ARG(l->key));
			return s.n + 1;
		}
		if (s.p[i] != '{')
			continue;
		char c = i + 1 < s.n ? s.p[i + 1] : 0;

		if (c < '1' || c > '0' + VALUES_MAX) {
			error_at(l->file, l->line,
				"%.*s: unknown place: {1} to {%d} stand for values",
				STR_ARG(l->key), VALUES_MAX);
			return s.n + 1;
		}
		l->values |= 1u << (c - '0');
		i += 2;
		if (i < s.n && s.p[i] == '|') {
			int choices = 0;

			if (depth) {
				error_at(l->file, l->line, "%.*s: a choice inside a choice",
					STR_ARG(l->key));
				return s.n + 1;
			}
			while (i < s.n && s.p[i] == '|') {
				i = check_text(l, i + 1, depth + 1);
				choices++;
			}
			if (i > s.n)
				return i;
			if (choices != 2) {
				error_at(l->file, l->line, "%.*s: a choice is {%c|one|other}",
					STR_ARG(l->key), c);
				return s.n + 1;
			}
		}
		if (i >= s.n || s.p[i] != '}') {
			error_at(l->file, l->line, "%.*s: { without }", STR_ARG(l->key));
			return s.n + 1;
		}
	}
	return i;
}

static void check_line(struct line *l)
{
	if (!l->text.n)
		error_at(l->file, l->line, "%.*s: no text", STR_ARG(l->key));
	if (!str_utf8(l->text))
		error_at(l->file, l->line, "%.*s: not UTF-8", STR_ARG(l->key));
	if (has_markup(l->text))
		error_at(l->file, l->line, "%.*s: a message holds no markup", STR_ARG(l->key));
	if (check_text(l, 0, 0) > l->text.n)
		return;
	if (l->values &
		(l->values + 2)) /* bits 1.. without a gap become a power of two by adding 2 */
		error_at(l->file, l->line, "%.*s: values are numbered from {1} without a gap",
			STR_ARG(l->key));
}

static void setting(struct language *g, const struct line *l)
{
	str name = str_sub(l->key, 7, l->key.n), text = l->text;

	if (str_eq(name, S("decimal")) && text.n == 1)
		g->decimal = text;
	else if (str_eq(name, S("group")) && text.n == 1)
		g->group = text;
	else if (str_eq(name, S("date")) && text.n)
		g->date = text;
	else if (str_eq(name, S("rtl")) && (str_eq(text, S("yes")) || str_eq(text, S("no"))))
		g->rtl = text;
	else if (str_eq(name, S("months"))) {
		for (g->months_n = 0; text.p && g->months_n < 12;)
			g->months[g->months_n++] = str_cut(&text, ' ');
		if (text.p || g->months_n != 12)
			error_at(l->file, l->line,
				"locale.months: twelve names with one space between them");
	} else
		error_at(l->file, l->line,
			"unknown setting, or a value that it does not take: %.*s", STR_ARG(l->key));
}

static struct language *language_of(const char *path)
{
	str base = str_of(file_base(path)), tag = str_cut(&base, '.');

	for (size_t i = 0; i < languages_n; i++)
		if (str_eq(languages[i].tag, tag))
			return &languages[i];
	MUST(languages_n < LANGS_MAX);
	languages[languages_n] = (struct language){.tag = tag, .file = path};
	return &languages[languages_n++];
}

static void read_file(const char *path)
{
	struct language *g = language_of(path);
	str rest = file_read(arena, path);

	for (int n = 1; rest.p; n++) {
		str text = str_trim(str_cut(&rest, '\n'));

		if (!text.n || text.p[0] == '#')
			continue;
		struct line l = {.file = path, .line = n};

		l.key = str_trim(str_cut(&text, '='));
		l.text = str_trim(text);
		if (!text.p || !key_good(l.key)) {
			error_at(path, n, "not `key = text` with a key of a-z, 0-9, _ and .");
			continue;
		}
		if (str_starts(l.key, S("locale."))) {
			setting(g, &l);
			continue;
		}
		check_line(&l);
		*ARENA_PUSH(arena, g) = l;
	}
}

static int by_key(const void *x, const void *y)
{
	const struct line *a = x, *b = y;
	int c = str_cmp(a->key, b->key);

	return c ? c : (a > b) - (a < b);
}

/* order.placed and order_placed would be one name in C. */
static str c_name(str key)
{
	str d = str_dup(arena, key);

	for (size_t i = 0; i < d.n; i++)
		if (d.p[i] == '.')
			((char *)d.p)[i] = '_';
	return d;
}

struct name {
	str c;
	const struct line *line;
};

static int by_name(const void *x, const void *y)
{
	const struct name *a = x, *b = y;

	return str_cmp(a->c, b->c);
}

static void check_twins(const struct language *g)
{
	struct name *v = arena_array(arena, struct name, g->n + 1);

	for (size_t i = 0; i < g->n; i++)
		v[i] = (struct name){c_name(g->v[i].key), &g->v[i]};
	qsort(v, g->n, sizeof *v, by_name);
	for (size_t i = 1; i < g->n; i++) {
		const struct line *one = v[i - 1].line, *two = v[i].line;

		if (by_name(&v[i - 1], &v[i]) != 0)
			continue;
		if (one > two) { /* the later one is the mistake */
			one = two;
			two = v[i - 1].line;
		}
		error_at(two->file, two->line, "%.*s stands at %s:%d too", STR_ARG(two->key),
			one->file, one->line);
	}
}

static void check_against(const struct language *en, const struct language *g)
{
	size_t i = 0, j = 0;

	while (i < en->n || j < g->n) {
		int c = i == en->n ? 1 : j == g->n ? -1 : str_cmp(en->v[i].key, g->v[j].key);

		if (c < 0) {
			error_at(en->v[i].file, en->v[i].line,
				"%.*s is missing in language \"%.*s\"", STR_ARG(en->v[i].key),
				STR_ARG(g->tag));
			i++;
		} else if (c > 0) {
			error_at(g->v[j].file, g->v[j].line, "%.*s is missing in language \"%.*s\"",
				STR_ARG(g->v[j].key), STR_ARG(en->tag));
			j++;
		} else {
			if (en->v[i].values != g->v[j].values)
				error_at(g->v[j].file, g->v[j].line,
					"%.*s: other values than at %s:%d", STR_ARG(g->v[j].key),
					en->v[i].file, en->v[i].line);
			i++, j++;
		}
	}
}

static void check_language(struct language *g)
{
	if (!g->decimal.n || !g->group.n || !g->date.n || !g->rtl.n || g->months_n != 12)
		error_at(g->file, 1,
			"language \"%.*s\" lacks one of locale.decimal, .group, .date, .months, "
			".rtl",
			STR_ARG(g->tag));
	check_twins(g);
	if (g->n)
		qsort(g->v, g->n, sizeof *g->v, by_key);
	if (g != languages)
		check_against(languages, g);
}

static str header(const struct language *en)
{
	struct out o;

	out_init(&o, arena, 1 << 16, FILE_BYTES_MAX, NULL);
	out_lit(&o,
		"/* generated from lang/ by langc */\n#ifndef GEN_LANG_H\n#define GEN_LANG_H\n\n"
		"#include \"base/out.h\"\n\nenum msg {\n\tMSG_NONE,\n");
	for (size_t i = 0; i < en->n; i++)
		out_fmt(&o, "\tMSG_%.*s,\n", STR_ARG(c_name(en->v[i].key)));
	out_lit(&o, "\tMSG_COUNT\n};\n\n/* How many values each takes: TEXT() checks it. */\nenum "
		    "msg_values {\n\tMSG_VALUES_NONE,\n");
	for (size_t i = 0; i < en->n; i++)
		out_fmt(&o, "\tMSG_VALUES_%.*s = %d,\n", STR_ARG(c_name(en->v[i].key)),
			__builtin_popcount(en->v[i].values));
	out_lit(&o, "};\n\n"
		    "int msg_of(str key);   /* \"order.placed\" -> MSG_order_placed; MSG_NONE when "
		    "there is none */\n"
		    "str msg_key(int msg);\n\n#endif\n");
	return out_view(&o);
}

static const char code_end[] =
	"str msg_template(const struct locale *l, int msg)\n{\n"
	"\treturn msg > 0 && msg < MSG_COUNT ? tables[l->lang][msg] : (str){\"\", 0};\n}\n\n"
	"str msg_key(int msg)\n{\n\treturn msg > 0 && msg < MSG_COUNT ? keys[msg] : (str){\"\", "
	"0};\n}\n\n"
	"int msg_of(str key)\n{\n\tint lo = 1, hi = MSG_COUNT;\n\n\twhile (lo < hi) {\n"
	"\t\tint mid = (lo + hi) / 2, c = str_cmp(keys[mid], key);\n\n\t\tif (!c)\n\t\t\treturn "
	"mid;\n"
	"\t\tif (c < 0)\n\t\t\tlo = mid + 1;\n\t\telse\n\t\t\thi = mid;\n\t}\n\treturn "
	"MSG_NONE;\n}\n";

static void table(struct out *o, const char *name, str tag, const struct language *g, bool keys)
{
	out_fmt(o, "static const str %s%.*s[] = {\n\t{\"\", 0},\n", name, STR_ARG(tag));
	for (size_t i = 0; i < g->n; i++) {
		str s = keys ? g->v[i].key : g->v[i].text;

		out_lit(o, "\tS(\"");
		out_c_string(o, s);
		out_lit(o, "\"),\n");
	}
	out_lit(o, "};\n");
}

static str code(void)
{
	struct out o;

	out_init(&o, arena, 1 << 16, FILE_BYTES_MAX, NULL);
	out_lit(&o, "/* generated from lang/ by langc */\n#include \"gen/lang.h\"\n\n"
		    "#undef S\n#define S(lit) {lit, sizeof(lit) - 1}\n\n");
	table(&o, "keys", S(""), languages, true);
	for (size_t i = 0; i < languages_n; i++) {
		const struct language *g = &languages[i];

		table(&o, "messages_", g->tag, g, false);
		out_fmt(&o, "static const char *const months_%.*s[] = {", STR_ARG(g->tag));
		for (int m = 0; m < 12; m++)
			out_fmt(&o, "\"%.*s\", ", STR_ARG(g->months[m]));
		out_lit(&o, "};\n");
	}
	out_lit(&o, "static const str *const tables[] = {");
	for (size_t i = 0; i < languages_n; i++)
		out_fmt(&o, "messages_%.*s, ", STR_ARG(languages[i].tag));
	out_lit(&o, "};\n\nconst struct locale locales[] = {\n");
	for (size_t i = 0; i < languages_n; i++) {
		const struct language *g = &languages[i];

		out_fmt(&o,
			"\t{.tag = \"%.*s\", .lang = %zu, .decimal = '\\x%02x', .group = "
			"'\\x%02x', .date = \"%.*s\", "
			".months = months_%.*s, .rtl = %s},\n",
			STR_ARG(g->tag), i, g->decimal.p[0], g->group.p[0], STR_ARG(g->date),
			STR_ARG(g->tag), str_eq(g->rtl, S("yes")) ? "true" : "false");
	}
	out_lit(&o, "\t{.tag = NULL},\n};\n\n");
	out_str(&o, str_of(code_end));
	return out_view(&o);
}

int main(int argc, char **argv)
{
	arena = arena_make((size_t)1 << 30);
	if (argc < 3) {
		fprintf(stderr, "usage: langc OUTDIR lang/en.txt ...\n");
		return 2;
	}
	language_of("en.txt");
	for (int i = 2; i < argc; i++)
		read_file(argv[i]);
	for (size_t i = 0; i < languages_n; i++)
		check_language(&languages[i]);
	if (file_errors)
		return 1;
	file_write(arena, str_fmt(arena, "%s/lang.h", argv[1]).p, header(languages));
	file_write(arena, str_fmt(arena, "%s/lang.c", argv[1]).p, code());
	return 0;
}
