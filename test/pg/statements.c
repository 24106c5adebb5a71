/* Every statement of the program is prepared by PostgreSQL under the application's role, with the
 * types that it declares, gives columns of the types that the program reads, and may be run. */
#include "list.h"
#include "plant.h"

enum { BIGINT = 20, BOOL = 16, INT4 = 23 };

static size_t types_read(str list, Oid *v, size_t max)
{
	size_t n = 0;

	while (list.n && n < max)
		v[n++] = list_type(str_cut(&list, ','));
	return n;
}

static void wrong(const struct listed *s, const char *why)
{
	TEST_FAIL(STR_FMT ":" STR_FMT ": " STR_FMT ": %s", STR_ARG(s->file), STR_ARG(s->line),
		STR_ARG(s->name), why);
}

/* Whole numbers are read from these three: `exists (...)` is a bool, a bare number an int. */
static bool fits(Oid want, Oid got)
{
	return got == want || (want == BIGINT && (got == BOOL || got == INT4));
}

static bool described(const struct listed *s)
{
	PGresult *r = PQdescribePrepared(pg_app, s->name.p);
	Oid want[64];
	size_t n = types_read(s->results, want, COUNT(want));
	bool good = PQresultStatus(r) == PGRES_COMMAND_OK && (size_t)PQnfields(r) == n;

	if (!good)
		wrong(s, "another number of columns");
	for (size_t i = 0; i < n && good; i++)
		if (!fits(want[i], PQftype(r, (int)i))) {
			wrong(s, str_fmt(test_arena, "column %s is of type %u, not %u",
					 PQfname(r, (int)i), PQftype(r, (int)i), want[i])
					 .p);
			good = false;
		}
	PQclear(r);
	return good;
}

/* Rights are asked when a statement runs: with no values at all it finds nothing, and what it
 * inserts may lack what a column needs or what its check asks; anything else that is said is a
 * mistake. */
static bool runs(const struct listed *s, int n)
{
	static const char *const none[64];
	PGresult *r;
	const char *state;
	bool good;

	pg_run(pg_app, "begin");
	r = PQexecPrepared(pg_app, s->name.p, n, none, NULL, NULL, 0);
	state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
	good = !state || strncmp(state, "23", 2) == 0 || list_refused(s, r);
	if (!good)
		wrong(s, PQresultErrorMessage(r));
	PQclear(r);
	pg_run(pg_app, "rollback");
	return good;
}

static bool prepared(const struct listed *s)
{
	Oid types[64];
	size_t n = types_read(s->params, types, COUNT(types));
	PGresult *r = PQprepare(pg_app, s->name.p, s->sql.p, (int)n, types);
	bool good = PQresultStatus(r) == PGRES_COMMAND_OK;

	if (!good)
		wrong(s, PQresultErrorMessage(r));
	PQclear(r);
	return good && described(s) && runs(s, (int)n);
}

TEST(every_statement_is_prepared_and_allowed)
{
	FILE *f = list_open();
	struct listed s;
	int n = 0, good = 0;

	plant_viewer(1, INT64_MAX);
	for (; list_read(f, &s); n++)
		good += prepared(&s);
	fclose(f);
	printf("# %d of %d statements\n", good, n);
	CHECK(n > 500);
}

int main(void)
{
	pg_install("statements");
	int status = test_main();

	pg_end();
	return status;
}
