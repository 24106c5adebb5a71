/* The lists of the program's statements, as queryc writes them: a line for each, its fields between
 * tabs. */
#ifndef KONTOR_TEST_PG_LISTED_H
#define KONTOR_TEST_PG_LISTED_H

#include "test/test.h"

#include <stdio.h>
#include <stdlib.h>

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

#endif
