/* lint: the house's own rules. Usage: lint FILE ...  (C sources and headers, named from the root)
 *
 * What general checkers cannot know: which room may include which, calls that are banned here, SQL
 * and markup that belong into .sql and .html, and how long a function, a file and a line may be.
 * The rules stand in STYLE.md and doc/design.md. */
#include <ctype.h>

#include "file.h"

enum { FUNCTION_LINES_MAX = 70, FILE_LINES_MAX = 800, LINE_COLUMNS_MAX = 100, TAB_COLUMNS = 8 };

struct source {
	const char *path;
	str room;   /* base, policy, ... of src/ROOM/; command for src/main.c; empty outside src/ */
	str raw;    /* as it is */
	char *code; /* the same bytes, with comments and the insides of strings blanked */
	bool *commented; /* per line, from 1 */
	int lines;
};

static struct arena *arena;

static bool word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* ---- texts in C: blanks them, and looks into strings ---- */

static bool names_sql(str s)
{
	static const char *const starts[] = {"insert into ", "delete from ", "create table ",
		"create view ", "create index ", "create unique index ", "create temp view ",
		"drop table ", "alter table "};
	str low = str_lower(arena, s);

	for (size_t i = 0; i < COUNT(starts); i++)
		if (str_find(low, str_of(starts[i])) != (size_t)-1)
			return true;
	low = str_trim(low);
	if (str_starts(low, S("select ")))
		return str_find(low, S(" from ")) != (size_t)-1 || str_has(low, ',') ||
		       str_has(low, '*');
	return str_starts(low, S("update ")) && str_find(low, S(" set ")) != (size_t)-1;
}

static bool names_markup(str s)
{
	for (size_t i = 0; i + 2 < s.n; i++) {
		size_t j = i + 1 + (s.p[i + 1] == '/');

		if (s.p[i] != '<' || j >= s.n || !isalpha((unsigned char)s.p[j]))
			continue;
		while (j < s.n && isalnum((unsigned char)s.p[j]))
			j++;
		if (j < s.n && (s.p[j] == '>' || s.p[j] == ' ' || s.p[j] == '/'))
			return true;
	}
	return false;
}

static void check_string(const struct source *f, int line, str s)
{
	static const char *const rooms[] = {"market", "web", "egress", "jobs"};

	for (size_t i = 0; i < COUNT(rooms); i++) {
		if (!str_eq(f->room, str_of(rooms[i])))
			continue;
		if (names_sql(s))
			error_at(f->path, line, "SQL in a C string: it belongs into a .sql file");
		if (names_markup(s))
			error_at(f->path, line,
				"markup in a C string: it belongs into a .html file");
	}
}

static void blank(struct source *f, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (f->code[i] != '\n')
			f->code[i] = ' ';
}

/* Behind what begins at i; counts its lines. */
static size_t skip_text(struct source *f, size_t i, int *line)
{
	str s = f->raw;
	size_t j = i + 1;

	if (s.p[i] == '/') {
		bool block = s.p[i + 1] == '*';

		for (f->commented[*line] = true, j++; j < s.n; j++) {
			if (s.p[j] == '\n' && !block)
				break;
			if (s.p[j] == '\n')
				f->commented[++*line] = true;
			if (block && s.p[j] == '/' && s.p[j - 1] == '*' && j > i + 2)
				return blank(f, i, j + 1), j + 1;
		}
		return blank(f, i, j), j;
	}
	for (; j < s.n && s.p[j] != s.p[i] && s.p[j] != '\n'; j++)
		if (s.p[j] == '\\')
			j++;
	if (s.p[i] == '"' && j < s.n)
		check_string(f, *line, str_sub(s, i + 1, j - i - 1));
	blank(f, i + 1, j < s.n ? j : s.n);
	return j < s.n && s.p[j] == s.p[i] ? j + 1 : j;
}

static void strip(struct source *f)
{
	str s = f->raw;
	bool include = false;
	int line = 1;

	for (size_t i = 0; i < s.n;) {
		if (s.p[i] == '\n') {
			line++;
			include = false;
		}
		if (s.p[i] == '#')
			include = str_starts(str_trim(str_sub(s, i + 1, 16)), S("include"));
		bool comment =
			s.p[i] == '/' && i + 1 < s.n && (s.p[i + 1] == '/' || s.p[i + 1] == '*');

		if (comment || (!include && (s.p[i] == '"' || s.p[i] == '\'')))
			i = skip_text(f, i, &line);
		else
			i++;
	}
}

/* ---- arrows between rooms ---- */

struct arrows {
	const char *from, *to; /* space-separated */
};

static bool listed(const char *list, str name)
{
	for (str rest = str_of(list); rest.p;)
		if (str_eq(str_cut(&rest, ' '), name))
			return true;
	return false;
}

static bool arrow_fits(str from, str to)
{
	static const struct arrows arrows[] = {
		{"base", "base"},
		{"policy", "policy base"},
		{"store", "store policy base"},
		{"web", "web store policy base"},
		{"egress", "egress store policy base"},
		{"jobs", "jobs store policy base"},
		{"market", "market web egress jobs store policy base"},
		{"command", "command market web egress jobs store policy base"},
	};

	for (size_t i = 0; i < COUNT(arrows); i++)
		if (str_eq(from, str_of(arrows[i].from)))
			return listed(arrows[i].to, to);
	return true;
}

/* src/market/order/order.c and ../../base/base.h -> src/base/base.h; a path from src/ gets src/. */
static str resolve(const char *path, str name)
{
	const char *slash = strrchr(path, '/');
	str dir = {path, slash ? (size_t)(slash - path) : 0};

	if (!str_starts(name, S("../")) && str_has(name, '/'))
		return str_fmt(arena, "src/%.*s", STR_ARG(name));
	while (str_starts(name, S("../"))) {
		name = str_sub(name, 3, name.n);
		while (dir.n && dir.p[--dir.n] != '/')
			;
	}
	return str_fmt(arena, "%.*s/%.*s", STR_ARG(dir), STR_ARG(name));
}

static str part(str path, int n)
{
	str p = S("");

	while (n-- >= 0)
		p = str_cut(&path, '/');
	return p;
}

static void check_district(const struct source *f, int line, str to)
{
	str mine = part(str_of(f->path), 2), theirs = part(to, 2), file = part(to, 3);

	bool table = str_ends(mine, S(".c")); /* src/market/routes.c: the list of them all */

	if (!file.n || table || str_eq(mine, theirs)) /* market/x.h is everybody's */
		return;
	if (!str_eq(file, str_fmt(arena, "%.*s.h", STR_ARG(theirs))))
		error_at(f->path, line, "a district shows others one header: market/%.*s/%.*s.h",
			STR_ARG(theirs), STR_ARG(theirs));
}

static void check_system(const struct source *f, int line, str name)
{
	static const struct arrows fenced[] = {
		{"sqlite3.h", "store"}, {"microhttpd.h", "web"}, {"curl/curl.h", "egress"}};

	for (size_t i = 0; i < COUNT(fenced); i++)
		if (str_eq(name, str_of(fenced[i].from)) && !str_eq(f->room, str_of(fenced[i].to)))
			error_at(f->path, line, "%s is for src/%s alone", fenced[i].from,
				fenced[i].to);
}

static void check_include(const struct source *f, int line, str text)
{
	text = str_trim(text);
	if (!f->room.n || !str_starts(text, S("#")))
		return;
	text = str_trim(str_sub(text, 1, text.n));
	if (!str_starts(text, S("include")))
		return;
	text = str_trim(str_sub(text, 7, text.n));
	bool system = str_starts(text, S("<"));
	str rest = str_sub(text, 1, text.n), name = str_cut(&rest, system ? '>' : '"');

	if (system) {
		check_system(f, line, name);
		return;
	}
	if (str_starts(name, S("gen/")))
		return;
	str to = resolve(f->path, name), room = part(to, 1);

	if (!str_starts(to, S("src/")))
		error_at(f->path, line, "src/ includes nothing from outside src/");
	else if (!arrow_fits(f->room, room))
		error_at(f->path, line, "arrows point down: %.*s may not include %.*s",
			STR_ARG(f->room), STR_ARG(room));
	else if (str_eq(f->room, S("market")) && str_eq(room, S("market")))
		check_district(f, line, to);
}

/* ---- calls ---- */

static const char *why_banned(const struct source *f, str name)
{
	static const char *const calls[][2] = {{"strcpy", "use str or memcpy with a length"},
		{"strcat", "use str_cat or struct out"}, {"sprintf", "use str_fmt or snprintf"},
		{"vsprintf", "use vsnprintf"}, {"gets", "use fgets"}, {"strtok", "use str_cut"},
		{"atoi", "use str_int"}, {"atol", "use str_int"}, {"atoll", "use str_int"},
		{"atof", "there is no floating point here"}, {"rand", "use random_bytes"},
		{"random", "use random_bytes"}, {"system", "nothing runs a shell"},
		{"popen", "nothing runs a shell"}, {"gmtime", "use civil_of"},
		{"localtime", "use civil_of"}, {"alloca", "use an arena"}};

	for (size_t i = 0; i < COUNT(calls); i++)
		if (str_eq(name, str_of(calls[i][0])))
			return calls[i][1];
	if (str_eq(f->room, S("market")) &&
		listed("malloc calloc realloc free strdup strndup", name))
		return "use the request's arena";
	return NULL;
}

static void check_calls(const struct source *f, int line, str s)
{
	for (size_t i = 0; i < s.n;) {
		size_t from = i;

		while (i < s.n && word(s.p[i]))
			i++;
		if (i == from) {
			i++;
			continue;
		}
		str name = str_sub(s, from, i - from);
		bool member = from && (s.p[from - 1] == '.' || (from > 1 && s.p[from - 1] == '>' &&
								       s.p[from - 2] == '-'));
		bool call = str_starts(str_trim(str_sub(s, i, s.n)), S("(")) && !member;
		const char *why = call ? why_banned(f, name) : NULL;

		if (why)
			error_at(f->path, line, "%.*s is banned: %s", STR_ARG(name), why);
	}
}

/* ---- lines, functions, headers ---- */

static int columns(str s)
{
	int n = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\t')
			n += TAB_COLUMNS - n % TAB_COLUMNS;
		else
			n += (s.p[i] & 0xc0) != 0x80;
	}
	return n;
}

struct walk {
	int depth, from;   /* blocks; line of the function's { */
	char last;	   /* the last sign that is not a space */
	bool macro, group; /* in a # line that goes on; a comment stands in this run of lines */
	bool statement;	   /* a declaration at file level goes on */
};

static void walk_code(const struct source *f, struct walk *w, int line, str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c == '{') {
			if (!w->depth++)
				w->from = w->last == ')' ? line : 0;
		} else if (c == '}' && w->depth && !--w->depth && w->from) {
			if (line - w->from + 1 > FUNCTION_LINES_MAX)
				error_at(f->path, w->from,
					"a function of %d lines: at most %d fit a screen",
					line - w->from + 1, FUNCTION_LINES_MAX);
			w->from = 0;
		}
		if (!isspace((unsigned char)c))
			w->last = c;
	}
}

/* A prototype in a header needs a comment above it, beside it, or in the run of lines it is in. */
static void check_prototype(const struct source *f, struct walk *w, int line, str s)
{
	bool begins = s.n && !w->statement && !w->depth && word(s.p[0]);

	w->group = w->group || f->commented[line];
	if (!begins)
		return;
	bool call = str_has(s, '(') && !str_starts(s, S("typedef ")) &&
		    !str_starts(s, S("static ")) && !str_starts(s, S("_Static_assert"));

	if (call && !w->group)
		error_at(
			f->path, line, "a public function without a comment above it or its group");
}

static void check_line(struct source *f, struct walk *w, int line, str raw, str code)
{
	bool header = f->room.n && str_ends(str_of(f->path), S(".h"));

	if (columns(raw) > LINE_COLUMNS_MAX)
		error_at(f->path, line, "%d columns: at most %d", columns(raw), LINE_COLUMNS_MAX);
	if (!w->macro)
		check_include(f, line, code);
	if (f->room.n || str_starts(str_of(f->path), S("tool/")))
		check_calls(f, line, code);
	bool directive = w->macro || str_starts(str_trim(code), S("#"));

	w->macro = directive && str_ends(code, S("\\"));
	if (!str_trim(raw).n)
		w->group = false;
	if (directive)
		return;
	if (header)
		check_prototype(f, w, line, code);
	walk_code(f, w, line, code);
	if (str_trim(code).n)
		w->statement = !w->depth && w->last != ';' && w->last != '}';
}

static void check_file(const char *path)
{
	struct source f = {.path = path};
	struct walk w = {0};
	int line = 0;

	f.raw = file_read(arena, path);
	for (size_t i = 0; i < f.raw.n; i++)
		f.lines += f.raw.p[i] == '\n';
	f.code = (char *)str_dup(arena, f.raw).p;
	f.commented = arena_array(arena, bool, (size_t)f.lines + 3);
	f.room = !strcmp(path, "src/main.c")	       ? S("command")
		 : str_starts(str_of(path), S("src/")) ? part(str_of(path), 1)
						       : S("");
	strip(&f);
	if (f.lines > FILE_LINES_MAX)
		error_at(path, FILE_LINES_MAX, "a file of %d lines: at most %d fit a sitting",
			f.lines, FILE_LINES_MAX);
	for (str raw = f.raw, code = {f.code, f.raw.n}; raw.p && ++line <= f.lines;) {
		str r = str_cut(&raw, '\n'), c = str_cut(&code, '\n');

		check_line(&f, &w, line, r, c);
	}
}

int main(int argc, char **argv)
{
	arena = arena_make((size_t)1 << 30);
	for (int i = 1; i < argc; i++) {
		arena_reset(arena);
		check_file(argv[i]);
	}
	return file_errors != 0;
}
