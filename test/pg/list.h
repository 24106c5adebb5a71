/* The statements of the program as `queryc --pg` wrote them (KONTOR_PG_LIST), and those whose text
 * differs on several machines (KONTOR_CITUS_LIST). */
#ifndef KONTOR_TEST_PG_LIST_H
#define KONTOR_TEST_PG_LIST_H

#include "pg.h"

struct listed {
	str name, file, line, purpose, verb, params, results, sql;
};

static FILE *list_open_of(const char *variable)
{
	const char *path = getenv(variable);
	FILE *f = path ? fopen(path, "re") : NULL;

	if (!f)
		fault(FAULT_OUTSIDE, "%s names no file: run make test-pg", variable);
	return f;
}

__attribute__((unused)) static FILE *list_open(void)
{
	return list_open_of("KONTOR_PG_LIST");
}

static bool list_read(FILE *f, struct listed *s)
{
	static char line[1 << 16];
	str *const fields[] = {&s->name, &s->file, &s->line, &s->purpose, &s->verb, &s->params,
		&s->results, &s->sql, NULL};

	if (!fgets(line, sizeof line, f))
		return false;
	str rest = str_trim(str_of(line));

	for (size_t i = 0; fields[i]; i++)
		*fields[i] = str_dup(test_arena, str_cut(&rest, '\t'));
	return true;
}

__attribute__((unused)) static size_t list_params(const struct listed *s)
{
	size_t n = s->params.n > 0;

	for (size_t i = 0; i < s->params.n; i++)
		n += s->params.p[i] == ',';
	return n;
}

/* What stands behind the name of a statement: its text for many rows. */
#define LIST_ROWS "/rows"

/* bigint, text, bytea and arrays of them. */
__attribute__((unused)) static Oid list_type(str name)
{
	if (str_ends(name, S("[]"))) {
		str of = str_sub(name, 0, name.n - 2);

		return str_eq(of, S("text")) ? 1009 : str_eq(of, S("bytea")) ? 1001 : 1016;
	}
	return str_eq(name, S("text")) ? 25 : str_eq(name, S("bytea")) ? 17 : 20;
}

#endif
