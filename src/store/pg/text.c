/* The house's statements are written once, as SQLite reads them; this is how PostgreSQL reads them.
 * Names stand bare: the house's role finds them in `base` (schema/pg/house.sql), and the functions
 * that only SQLite has in `kontor` (schema/pg/rights.sql). */
#include "pg.h"

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

/* ?1 is $1; main.r_person is r_person; what stands in quotes stays as it is. */
str pg_text(struct arena *a, const char *sql)
{
	static const char schema[] = "main.";
	char *out = arena_alloc(a, 1, strlen(sql) + 1), *o = out;
	bool quoted = false;

	for (const char *p = sql; *p; p++) {
		quoted ^= *p == '\'';
		if (!quoted && *p == '?' && digit(p[1]))
			*o++ = '$';
		else if (!quoted && !strncmp(p, schema, sizeof schema - 1))
			p += sizeof schema - 2;
		else
			*o++ = *p;
	}
	*o = 0;
	return (str){out, (size_t)(o - out)};
}
