/* The schema and the guards in memory, as SQLite has them, without a row. What an installation on
 * SQLite asks of its statements at the start is asked here: their words, default deny by the
 * authorizer, one statement each; and what each of them reads, which PostgreSQL does not tell. */
#include "../lite.h"
#include "pg.h"

static void look(struct store *s, const struct schema_file *files)
{
	sqlite3 *db = lite_open(
		s->data_path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_URI);
	struct store_conn *volatile c = NULL;
	struct fault_point fp;

	fp.kind = 0;
	if (FAULT_TRY(fp)) {
		migrate_mirror(s, db, files);
		c = conn_open(s, true);
		statements_check(c);
		FAULT_END(fp);
		fp.kind = 0;
	}
	conn_close(c);
	lite_close(db);
	if (fp.kind)
		fault(fp.kind, "%s", fp.what);
}

void pg_mirror(struct store *s, const struct schema_file *files)
{
	char *path = s->data_path;

	s->stmt_reads = arena_array(s->arena, struct store_tables, s->statements_n + 1);
	s->data_path =
		(char *)str_fmt(s->arena, "file:kontor-%p?mode=memory&cache=shared", (void *)s).p;
	s->engine = &engine_lite;
	s->mirror = true;
	look(s, files);
	s->mirror = false;
	s->engine = &engine_pg;
	s->data_path = path;
}
