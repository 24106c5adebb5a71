/* The statements of the program as `queryc --pg` wrote them (KONTOR_PG_LIST), and those whose text
 * differs on several machines (KONTOR_CITUS_LIST). */
#ifndef KONTOR_TEST_PG_LIST_H
#define KONTOR_TEST_PG_LIST_H

#include "listed.h"
#include "pg.h"

__attribute__((unused)) static FILE *list_open(void)
{
	return list_open_of("KONTOR_PG_LIST");
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

/* A row that is to be stored and may not be, by the view or the row policy that ask its check. */
__attribute__((unused)) static bool list_refused(const struct listed *s, const PGresult *r)
{
	const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);

	return s->verb.p[0] == 'i' && state &&
	       (!strcmp(state, "42501") || !strcmp(state, "44000")) &&
	       strstr(PQresultErrorMessage(r), "new row violates ");
}

#endif
