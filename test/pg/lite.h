/* The same rows in SQLite, with its own guards, to compare with. */
#ifndef KONTOR_TEST_PG_LITE_H
#define KONTOR_TEST_PG_LITE_H

#include "plant.h"

#include <sqlite3.h>

static sqlite3 *lite;
static int64_t lite_id, lite_bits;
static void who(sqlite3_context *x, int n, sqlite3_value **v)
{
	const int64_t *id = sqlite3_user_data(x);

	(void)n, (void)v;
	if (*id)
		sqlite3_result_int64(x, *id);
	else
		sqlite3_result_null(x);
}

/* Row and key in front of the bytes, the highest byte first, as PostgreSQL's views give them. */
static void sealed(sqlite3_context *x, int n, sqlite3_value **v)
{
	unsigned char all[400];
	size_t bytes = (size_t)sqlite3_value_bytes(v[2]);

	(void)n;
	if (sqlite3_value_type(v[2]) == SQLITE_NULL || sqlite3_value_type(v[1]) == SQLITE_NULL)
		return;
	MUST(bytes + 16 <= sizeof all);
	for (int i = 0; i < 16; i++)
		all[i] = (unsigned char)((uint64_t)sqlite3_value_int64(v[i / 8]) >>
					 (56 - i % 8 * 8));
	memcpy(all + 16, sqlite3_value_blob(v[2]), bytes);
	sqlite3_result_blob(x, all, (int)bytes + 16, SQLITE_TRANSIENT);
}

static void lite_run(str sql)
{
	if (sqlite3_exec(lite, sql.p, NULL, NULL, NULL))
		fault(FAULT_BUG, "%s: %.200s", sqlite3_errmsg(lite), sql.p);
}

static void lite_open(int rows)
{
	static const char *const ids[] = {"viewer_person", "viewer_company", "viewer_session"};
	struct guards g = policy_guards_sqlite(pg_arena, pg_policy, S("n"));

	MUST(!sqlite3_open(":memory:", &lite));
	for (size_t i = 0; i < COUNT(ids); i++)
		sqlite3_create_function(lite, ids[i], 0, SQLITE_UTF8, &lite_id, who, NULL, NULL);
	sqlite3_create_function(lite, "viewer_roles", 0, SQLITE_UTF8, &lite_bits, who, NULL, NULL);
	sqlite3_create_function(lite, "sealed", 3, SQLITE_UTF8, NULL, sealed, NULL, NULL);
	lite_run(S("pragma foreign_keys = off; pragma ignore_check_constraints = on"));
	for (const struct schema_file *f = schema_files; f->name; f++)
		lite_run(f->text);
	for (size_t i = 0; i < pg_policy->tables_n; i++)
		if (!str_eq(pg_policy->tables[i].name, S("restricted")))
			lite_run(plant_sql(&pg_policy->tables[i], rows, false));
	for (size_t i = 0; i < g.n; i++)
		lite_run(policy_guard_sql(pg_arena, &g.v[i]));
}

/* Whoever asks, on both engines. */
static void lite_viewer(int64_t id, int64_t roles)
{
	lite_id = id;
	lite_bits = roles;
	plant_viewer(id, roles);
}

#endif
