/* A database of PostgreSQL with the program's tables and guards, for tests. test/pg/run starts the
 * cluster and says where it is (KONTOR_PG: a folder with the socket). */
#ifndef KONTOR_TEST_PG_H
#define KONTOR_TEST_PG_H

#include <postgresql/libpq-fe.h>

#include "base/out.h"
#include "policy/embedded.h"
#include "policy/policy.h"
#include "store/schema.h"
#include "test/test.h"

static PGconn *pg_admin, *pg_app;
static const struct policy *pg_policy;
static struct arena *pg_arena;
static char pg_roles[40];

static void pg_notice(void *ctx, const char *message)
{
	(void)ctx;
	if (strstr(message, "WARNING"))
		printf("# %s", message);
}

static PGconn *pg_connect(const char *database, const char *user)
{
	const char *dir = getenv("KONTOR_PG");
	const char *keys[] = {"host", "dbname", "user", NULL};
	const char *values[] = {dir, database, user, NULL};

	if (!dir)
		fault(FAULT_OUTSIDE, "KONTOR_PG says no folder: run make test-pg");
	PGconn *c = PQconnectdbParams(keys, values, 0);

	if (PQstatus(c) != CONNECTION_OK)
		fault(FAULT_OUTSIDE, "%s", PQerrorMessage(c));
	PQsetNoticeProcessor(c, pg_notice, NULL);
	return c;
}

/* Runs a text of statements; "" when it went well, else why not. Lives until the next call. */
static const char *pg_try(PGconn *c, const char *sql)
{
	static char why[600];
	PGresult *r = PQexec(c, sql);
	ExecStatusType is = PQresultStatus(r);

	why[0] = 0;
	if (is == PGRES_COPY_OUT || is == PGRES_COPY_IN) /* it was let in: that is what is asked */
		PQreset(c);
	else if (is != PGRES_COMMAND_OK && is != PGRES_TUPLES_OK)
		snprintf(why, sizeof why, "%s", PQresultErrorMessage(r));
	PQclear(r);
	return why;
}

static void pg_run(PGconn *c, const char *sql)
{
	const char *why = pg_try(c, sql);

	if (*why)
		fault(FAULT_OUTSIDE, "%s: %.300s", why, sql);
}

/* The first value of the answer as a number; -1: no row, or NULL. */
__attribute__((unused)) static int64_t pg_int(PGconn *c, const char *sql)
{
	PGresult *r = PQexec(c, sql);
	int64_t v = -1;

	if (PQresultStatus(r) != PGRES_TUPLES_OK)
		TEST_FAIL("%s: %s", PQresultErrorMessage(r), sql);
	else if (PQntuples(r) && !PQgetisnull(r, 0, 0))
		v = strtoll(PQgetvalue(r, 0, 0), NULL, 10);
	PQclear(r);
	return v;
}

static const char *pg_file(const char *path)
{
	FILE *f = fopen(path, "rbe");
	char *p = arena_alloc(pg_arena, 1, 1 << 18);
	size_t n = f ? fread(p, 1, (1 << 18) - 1, f) : 0;

	if (f)
		fclose(f);
	if (!n)
		fault(FAULT_OUTSIDE, "%s cannot be read", path);
	p[n] = 0;
	return p;
}

static void pg_guards(void)
{
	pg_run(pg_admin, "begin");
	pg_run(pg_admin, policy_guards_pg(pg_arena, pg_policy, str_of(pg_roles)).p);
	pg_run(pg_admin, "commit");
}

/* A database called after the test, with everything in it. */
static void pg_install(const char *name)
{
	struct policy_errors e = {0};
	PGconn *c = pg_connect("postgres", "admin");

	pg_arena = arena_make((size_t)1 << 30);
	pg_policy = policy_read(pg_arena, embedded_policy, embedded_policy_n, &e);
	MUST(pg_policy);
	snprintf(pg_roles, sizeof pg_roles, "k_%s", name);
	pg_run(c, str_fmt(pg_arena,
			  "create database %s template template0 encoding 'UTF8' lc_collate "
			  "'C' lc_ctype 'C'",
			  name)
			  .p);
	PQfinish(c);
	pg_admin = pg_connect(name, "admin");
	pg_run(pg_admin,
		policy_house_pg(pg_arena, str_of(pg_file("schema/pg/house.sql")), str_of(pg_roles))
			.p);
	pg_run(pg_admin, "set search_path = base");
	for (const struct schema_file *f = schema_files; f->name; f++)
		pg_run(pg_admin, policy_ddl_pg(pg_arena, f->text).p);
	pg_run(pg_admin, "reset search_path");
	pg_guards();
	pg_run(pg_admin,
		policy_house_pg(pg_arena, str_of(pg_file("schema/pg/rights.sql")), str_of(pg_roles))
			.p);
	pg_run(pg_admin, pg_file("schema/pg/close.sql"));
	pg_run(pg_admin,
		policy_house_pg(pg_arena, str_of(pg_file("schema/pg/words.sql")), str_of(pg_roles))
			.p);
	pg_app = pg_connect(name, str_fmt(pg_arena, "%s_app", pg_roles).p);
}

static void pg_end(void)
{
	PQfinish(pg_app);
	PQfinish(pg_admin);
	arena_free(pg_arena);
}

#endif
