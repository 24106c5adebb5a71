/* The texts of schema/ for PostgreSQL. One text serves both engines; what differs is a handful of
 * words (doc/postgresql.md has the table), which are replaced here. */
#include "../base/out.h"
#include "read.h"

enum { DDL_BYTES_MAX = 4 << 20 };

static bool letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool in_word(char c)
{
	return letter(c) || (c >= '0' && c <= '9');
}

/* Behind a comment or a text in quotes that begins at i; i: there is none. */
static size_t skip(str s, size_t i)
{
	char c = s.p[i];

	if (c == '-' && i + 1 < s.n && s.p[i + 1] == '-') {
		while (i < s.n && s.p[i] != '\n')
			i++;
		return i;
	}
	if (c != '\'' && c != '"')
		return i;
	for (i++; i < s.n && s.p[i] != c; i++)
		;
	return i < s.n ? i + 1 : i;
}

/* Types of a STRICT table, and what says that it is one. */
static bool word_put(struct out *o, str w)
{
	static const char *const words[][2] = {
		{"integer", "bigint"}, {"blob", "bytea"}, {"real", "double precision"}};

	if (str_eq_nocase(w, S("strict")))
		return true;
	for (size_t i = 0; i < COUNT(words); i++)
		if (str_eq_nocase(w, str_of(words[i][0]))) {
			out_str(o, str_of(words[i][1]));
			return true;
		}
	return false;
}

/* Behind "without rowid", which no table of PostgreSQL needs to say; i: it does not stand there. */
static size_t without_rowid(str s, size_t i)
{
	static const char words[] = "without rowid";
	size_t end = i + sizeof words - 1;
	bool there = str_eq_nocase(str_sub(s, i, sizeof words - 1), S("without rowid")) &&
		     !(end < s.n && in_word(s.p[end]));

	return there ? end : i;
}

str policy_ddl_pg(struct arena *a, str sql)
{
	struct out o;

	out_init(&o, a, sql.n + sql.n / 4 + 64, DDL_BYTES_MAX, NULL);
	for (size_t i = 0, end; i < sql.n; i = end) {
		end = skip(sql, i);
		if (end == i && letter(sql.p[i])) {
			while (end < sql.n && in_word(sql.p[end]))
				end++;
			if (without_rowid(sql, i) != i) {
				end = without_rowid(sql, i);
				continue;
			}
			if (word_put(&o, str_sub(sql, i, end - i)))
				continue;
		} else if (end == i) {
			end = i + 1;
		}
		out_str(&o, str_sub(sql, i, end - i));
	}
	return out_view(&o);
}

/* It becomes part of names and of texts that make names. */
static bool roles_good(str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!(s.p[i] >= 'a' && s.p[i] <= 'z') &&
			!(i && (s.p[i] == '_' || (s.p[i] >= '0' && s.p[i] <= '9'))))
			return false;
	return s.n > 0 && s.n <= 32;
}

str policy_house_pg(struct arena *a, str sql, str roles)
{
	static const char mark[] = "{roles}";
	struct out o;

	if (!roles_good(roles))
		fault(FAULT_BUG, "\"" STR_FMT "\" is no beginning for names of roles",
			STR_ARG(roles));

	out_init(&o, a, sql.n + 1024, DDL_BYTES_MAX, NULL);
	for (size_t at; (at = str_find(sql, S("{roles}"))) != (size_t)-1;
		sql = str_sub(sql, at + sizeof mark - 1, sql.n)) {
		out_str(&o, str_sub(sql, 0, at));
		out_str(&o, roles);
	}
	out_str(&o, sql);
	return out_view(&o);
}

str policy_viewer_pg(struct arena *a, str name)
{
	if (!str_starts(name, S("viewer_")))
		return (str){0};
	return str_fmt(a, "(select kontor." STR_FMT "())", STR_ARG(name));
}

str policy_function_pg(str name)
{
	return str_eq_nocase(name, S("ifnull")) ? S("coalesce") : name;
}
