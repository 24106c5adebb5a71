/* rows: the tables of an installation as another program sees and changes them, on either engine.
 * A test opens its installation with rows_database(); where KONTOR_PG names a cluster's socket
 * (test/pg/run), each gets a database of its own there, else it lies on SQLite. One text serves
 * both; what is written in it is what both understand. */
#ifndef KONTOR_TEST_ROWS_H
#define KONTOR_TEST_ROWS_H

#include "store/pg/libpq.h"
#include "test/test.h"

#include <sqlite3.h>
#include <unistd.h>

static int rows_made, rows_keys_made; /* databases */

__attribute__((unused)) static const char *rows_cluster(void)
{
	return getenv("KONTOR_PG");
}

static PGconn *rows_connect(const char *database)
{
	const char *keys[] = {"host", "dbname", "user", "options", NULL};
	const char *values[] = {
		rows_cluster(), database, "admin", "-c search_path=base,kontor", NULL};

	libpq_load();
	PGconn *c = pq.PQconnectdbParams(keys, values, 0);

	if (pq.PQstatus(c) != PQ_OK)
		fault(FAULT_OUTSIDE, "%s", pq.PQerrorMessage(c));
	return c;
}

static PGresult *rows_run(PGconn *c, const char *sql)
{
	PGresult *r = pq.PQexec(c, sql);
	int is = pq.PQresultStatus(r);

	if (is != PQ_COMMAND_OK && is != PQ_TUPLES_OK)
		fault(FAULT_BUG, "%s: %.400s", pq.PQresultErrorMessage(r), sql);
	return r;
}

/* What is to be done to a new database before it is used; NULL: nothing. */
static void (*rows_prepare)(const char *name);

/* Of the installation that was made last. */
static str rows_name(void)
{
	return str_fmt(test_arena, "t%d_%d", (int)getpid(), rows_made);
}

/* A number out of the key store of the installation that was made last. */
__attribute__((unused)) static int64_t rows_keys_number(const char *sql)
{
	PGconn *c = rows_connect(str_fmt(test_arena, STR_FMT "_k", STR_ARG(rows_name())).p);
	PGresult *r = rows_run(c, sql);
	int64_t n = strtoll(pq.PQgetvalue(r, 0, 0), NULL, 10);

	pq.PQclear(r);
	pq.PQfinish(c);
	return n;
}

/* The address of an empty database, for store_options.database; NULL: SQLite. */
__attribute__((unused)) static const char *rows_database(void)
{
	if (!rows_cluster())
		return NULL;
	PGconn *c = rows_connect("postgres");

	rows_made++;
	pq.PQclear(rows_run(c, str_fmt(test_arena,
				       "create database " STR_FMT " template template0 encoding "
				       "'UTF8' lc_collate 'C' lc_ctype 'C'",
				       STR_ARG(rows_name()))
				       .p));
	pq.PQfinish(c);
	if (rows_prepare)
		rows_prepare(str_dup(test_arena, rows_name()).p);
	return str_fmt(test_arena, "postgresql://admin@/" STR_FMT "?host=%s", STR_ARG(rows_name()),
		rows_cluster())
		.p;
}

/* What installation_open() and `kontor init` make next lies on this engine, until rows_used(). */
__attribute__((unused)) static void rows_use(void)
{
	const char *database = rows_database();

	if (database)
		MUST(!setenv("KONTOR_DATABASE", database, 1));
}

__attribute__((unused)) static void rows_used(void)
{
	unsetenv("KONTOR_DATABASE"); /* DIR/database says it from here on */
}

/* A second one there, for the keys of the installation that was made last. */
__attribute__((unused)) static const char *rows_keys(void)
{
	PGconn *c = rows_connect("postgres");

	pq.PQclear(rows_run(
		c, str_fmt(test_arena, "create database " STR_FMT "_k", STR_ARG(rows_name())).p));
	pq.PQfinish(c);
	rows_keys_made = rows_made;
	return str_fmt(test_arena, "postgresql://admin@/" STR_FMT "_k?host=%s",
		STR_ARG(rows_name()), rows_cluster())
		.p;
}

/* It goes with its folder. */
__attribute__((unused)) static void rows_drop(void)
{
	if (!rows_cluster())
		return;
	PGconn *c = rows_connect("postgres");

	pq.PQclear(rows_run(c, str_fmt(test_arena, "drop database if exists " STR_FMT " (force)",
				       STR_ARG(rows_name()))
				       .p));
	if (rows_keys_made == rows_made)
		pq.PQclear(rows_run(
			c, str_fmt(test_arena, "drop database if exists " STR_FMT "_k (force)",
				   STR_ARG(rows_name()))
				   .p));
	pq.PQfinish(c);
}

static sqlite3 *rows_file(const char *dir)
{
	sqlite3 *db = NULL;

	MUST(!sqlite3_open_v2(
		str_fmt(test_arena, "%s/data.db", dir).p, &db, SQLITE_OPEN_READWRITE, NULL));
	sqlite3_busy_timeout(db, 5000);
	return db;
}

/* Statements that change something. */
__attribute__((unused)) static void rows_change(const char *dir, const char *sql)
{
	char *why = NULL;

	if (rows_cluster()) {
		PGconn *c = rows_connect(rows_name().p);

		pq.PQclear(rows_run(c, sql));
		pq.PQfinish(c);
		return;
	}
	sqlite3 *db = rows_file(dir);

	if (sqlite3_exec(db, sql, NULL, NULL, &why))
		fault(FAULT_BUG, "%s: %.400s", why, sql);
	sqlite3_close(db);
}

/* Ends the connections of which this holds ("query like ..."), and says nothing to those of another
 * database: other tests have theirs in the same cluster. */
__attribute__((unused)) static void rows_cut(const char *dir, const char *which)
{
	rows_change(dir,
		str_fmt(test_arena,
			"select pg_terminate_backend(pid) from pg_stat_activity where datname = "
			"current_database() and pid <> pg_backend_pid() and (%s)",
			which)
			.p);
}

/* One row: each value's bytes and how many they are; NULL has none. */
typedef void rows_row(void *ctx, int n, const str *values);
enum { ROWS_COLUMNS_MAX = 64 };

static void rows_of_cluster(PGresult *r, rows_row *each, void *ctx)
{
	str v[ROWS_COLUMNS_MAX];
	int n = pq.PQnfields(r);

	MUST(n <= ROWS_COLUMNS_MAX);
	for (int row = 0; row < pq.PQntuples(r); row++) {
		for (int i = 0; i < n; i++)
			v[i] = (str){pq.PQgetvalue(r, row, i), (size_t)pq.PQgetlength(r, row, i)};
		each(ctx, n, v);
	}
}

static void rows_of_file(sqlite3_stmt *st, rows_row *each, void *ctx)
{
	str v[ROWS_COLUMNS_MAX];
	int n = sqlite3_column_count(st);

	MUST(n <= ROWS_COLUMNS_MAX);
	while (sqlite3_step(st) == SQLITE_ROW) {
		for (int i = 0; i < n; i++) {
			v[i].n = (size_t)sqlite3_column_bytes(st, i);
			v[i].p = sqlite3_column_blob(st, i);
		}
		each(ctx, n, v);
	}
}

struct rows {
	PGconn *cluster;
	sqlite3 *file;
};

__attribute__((unused)) static struct rows rows_begin(const char *dir)
{
	if (rows_cluster())
		return (struct rows){.cluster = rows_connect(rows_name().p)};
	return (struct rows){.file = rows_file(dir)};
}

__attribute__((unused)) static void rows_end(struct rows *r)
{
	if (r->cluster)
		pq.PQfinish(r->cluster);
	sqlite3_close(r->file);
}

/* All rows, as bytes that are equal when the values are. */
__attribute__((unused)) static void rows_each(
	struct rows *in, const char *sql, rows_row *each, void *ctx)
{
	sqlite3_stmt *st = NULL;

	if (in->cluster) {
		PGresult *r = rows_run(in->cluster, sql);

		rows_of_cluster(r, each, ctx);
		pq.PQclear(r);
		return;
	}
	MUST(!sqlite3_prepare_v2(in->file, sql, -1, &st, NULL));
	rows_of_file(st, each, ctx);
	sqlite3_finalize(st);
}

/* The names of the program's tables, in order. */
__attribute__((unused)) static void rows_tables(struct rows *in, rows_row *each, void *ctx)
{
	rows_each(in,
		in->cluster ? "select table_name::text from information_schema.tables where "
			      "table_schema = 'base' order by 1"
			    : "select name from sqlite_master where type = 'table' and name like "
			      "'r\\_%' escape '\\' order by 1",
		each, ctx);
}

/* One number; INT64_MIN: none. A condition counts 0 or 1. */
__attribute__((unused)) static int64_t rows_number(const char *dir, const char *sql)
{
	int64_t n = INT64_MIN;

	if (rows_cluster()) {
		PGconn *c = rows_connect(rows_name().p);
		PGresult *r = rows_run(c, sql);
		const char *v =
			pq.PQntuples(r) && !pq.PQgetisnull(r, 0, 0) ? pq.PQgetvalue(r, 0, 0) : NULL;

		if (v)
			n = *v == 't' ? 1 : *v == 'f' ? 0 : strtoll(v, NULL, 10);
		pq.PQclear(r);
		pq.PQfinish(c);
		return n;
	}
	sqlite3 *db = rows_file(dir);
	sqlite3_stmt *st = NULL;

	if (sqlite3_prepare_v2(db, sql, -1, &st, NULL))
		TEST_FAIL("%s: %s", sql, sqlite3_errmsg(db));
	else if (sqlite3_step(st) == SQLITE_ROW && sqlite3_column_type(st, 0) != SQLITE_NULL)
		n = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	sqlite3_close(db);
	return n;
}

#endif
