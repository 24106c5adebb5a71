/* Schema files: numbered, applied once each in their order, never edited behind that. */
#include "lite.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int64_t schema_number(const char *name)
{
	str rest = str_of(name);
	int64_t n;

	if (!str_int(str_cut(&rest, '-'), &n) || n <= 0 || !rest.p)
		fault(FAULT_BUG, "schema/%s: its name must begin with a number and \"-\"", name);
	return n;
}

static bool has_table(sqlite3 *db, const char *name)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(db,
		"select 1 from sqlite_master where type = 'table' and name = ?1", -1, &st, NULL);

	if (rc)
		lite_fault(db, rc, "data.db");
	sqlite3_bind_text(st, 1, name, -1, SQLITE_STATIC);
	rc = sqlite3_step(st);
	sqlite3_finalize(st);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		lite_fault(db, rc, "data.db");
	return rc == SQLITE_ROW;
}

/* 0: not applied; 1: applied as it is; faults when it was another text. */
static bool applied(sqlite3 *db, const struct schema_file *f, struct digest d)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(
		db, "select digest from r_schema_file where id = ?1", -1, &st, NULL);

	if (rc)
		lite_fault(db, rc, "data.db");
	sqlite3_bind_int64(st, 1, schema_number(f->name));
	rc = sqlite3_step(st);
	bool is = rc == SQLITE_ROW, same = is && sqlite3_column_bytes(st, 0) == (int)sizeof d.b &&
					   !memcmp(sqlite3_column_blob(st, 0), d.b, sizeof d.b);

	sqlite3_finalize(st);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		lite_fault(db, rc, "data.db");
	if (is && !same)
		fault(FAULT_STORE,
			"schema/%s was edited after it was applied to this database: put the old "
			"text back and"
			" write the change as a new file",
			f->name);
	return is;
}

static void record(sqlite3 *db, const struct schema_file *f, struct digest d)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(db,
		"insert into r_schema_file (id, name, digest, applied_at) values (?1, ?2, ?3, ?4)",
		-1, &st, NULL);

	if (rc)
		lite_fault(db, rc, "data.db");
	sqlite3_bind_int64(st, 1, schema_number(f->name));
	sqlite3_bind_text(st, 2, f->name, -1, SQLITE_STATIC);
	sqlite3_bind_blob(st, 3, d.b, sizeof d.b, SQLITE_STATIC);
	sqlite3_bind_int64(st, 4, clock_real().us);
	rc = sqlite3_step(st);
	sqlite3_finalize(st);
	if (rc != SQLITE_DONE)
		lite_fault(db, rc, f->name);
}

static void newer_refused(sqlite3 *db, const struct schema_file *files)
{
	int64_t last = 0;
	sqlite3_stmt *st = NULL;

	for (const struct schema_file *f = files; f->name; f++)
		last = schema_number(f->name) > last ? schema_number(f->name) : last;
	int rc = sqlite3_prepare_v2(db,
		"select name from r_schema_file where id > ?1 order by id desc limit 1", -1, &st,
		NULL);

	if (rc)
		lite_fault(db, rc, "data.db");
	sqlite3_bind_int64(st, 1, last);
	if (sqlite3_step(st) == SQLITE_ROW) {
		char name[128];

		snprintf(name, sizeof name, "%s", (const char *)sqlite3_column_text(st, 0));
		sqlite3_finalize(st);
		fault(FAULT_STORE,
			"this database was made by a newer program (it has schema/%s): start that "
			"one",
			name);
	}
	sqlite3_finalize(st);
}

static void house_row(struct store *s, sqlite3 *db)
{
	sqlite3_stmt *st = NULL;
	uint8_t mark[MARK_BYTES];
	int rc = sqlite3_prepare_v2(db,
		"insert into r_house (id, id_high, node, installation) values (1, 0, ?1, ?2)"
		" on conflict (id) do nothing",
		-1, &st, NULL);

	if (rc)
		lite_fault(db, rc, "data.db");
	random_bytes(mark, sizeof mark);
	sqlite3_bind_int64(st, 1, s->node);
	sqlite3_bind_blob(st, 2, mark, sizeof mark, SQLITE_STATIC);
	rc = sqlite3_step(st);
	sqlite3_finalize(st);
	if (rc != SQLITE_DONE)
		lite_fault(db, rc, "data.db");
	rc = sqlite3_prepare_v2(
		db, "select id_high, node, installation from r_house where id = 1", -1, &st, NULL);
	if (rc)
		lite_fault(db, rc, "data.db");
	if (sqlite3_step(st) == SQLITE_ROW) {
		id_node(s->node ? s->node : (unsigned)sqlite3_column_int64(st, 1));
		id_floor(sqlite3_column_int64(st, 0));
		if (sqlite3_column_bytes(st, 2) == MARK_BYTES)
			memcpy(mark, sqlite3_column_blob(st, 2), MARK_BYTES);
	}
	sqlite3_finalize(st);
	keys_belong(s, mark);
}

static void fts_find(struct store *s, sqlite3 *db)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(db,
		"select name from sqlite_master where type = 'table' and name like 'fts\\_%' "
		"escape '\\'"
		" and sql like 'create virtual table%'",
		-1, &st, NULL);

	if (rc)
		lite_fault(db, rc, "data.db");
	while (sqlite3_step(st) == SQLITE_ROW) {
		if (s->fts_n == FTS_TABLES_MAX)
			fault(FAULT_BUG, "more than %d full-text tables", FTS_TABLES_MAX);
		s->fts[s->fts_n++] =
			str_fmt(s->arena, "%s", (const char *)sqlite3_column_text(st, 0)).p;
	}
	sqlite3_finalize(st);
}

static void references_find(struct store *s, sqlite3 *db)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(db,
		"select m.name, f.\"from\" from sqlite_master m join "
		"pragma_foreign_key_list(m.name) f"
		" where m.type = 'table'",
		-1, &st, NULL);

	if (rc)
		lite_fault(db, rc, "data.db");
	while (sqlite3_step(st) == SQLITE_ROW) {
		struct reference *r = ARENA_PUSH(s->arena, &s->refs);

		r->table = str_fmt(s->arena, "%s", (const char *)sqlite3_column_text(st, 0)).p;
		r->column = str_fmt(s->arena, "%s", (const char *)sqlite3_column_text(st, 1)).p;
	}
	sqlite3_finalize(st);
}

/* What the engine really has is compared with what the policy declares. */
static void policy_compare(struct store *s, sqlite3 *db)
{
	struct {
		struct schema_column *v;
		size_t n, cap;
	} cols = {0};
	struct policy_errors e = {0};
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(db,
		"select m.name, c.name, c.type, c.\"notnull\" or c.pk from sqlite_master m"
		" join pragma_table_info(m.name) c where m.type = 'table' and m.name like 'r\\_%' "
		"escape '\\'",
		-1, &st, NULL);

	if (rc)
		lite_fault(db, rc, "data.db");
	while (sqlite3_step(st) == SQLITE_ROW) {
		struct schema_column *c = ARENA_PUSH(s->arena, &cols);

		c->table = str_fmt(s->arena, "%s", (const char *)sqlite3_column_text(st, 0));
		c->column = str_fmt(s->arena, "%s", (const char *)sqlite3_column_text(st, 1));
		c->type = str_fmt(s->arena, "%s", (const char *)sqlite3_column_text(st, 2));
		c->not_null = sqlite3_column_int(st, 3);
	}
	sqlite3_finalize(st);
	policy_check_schema(s->arena, s->policy, cols.v, cols.n, &e);
	if (e.n)
		fault(FAULT_POLICY, "%s:%d: " STR_FMT " (%zu such mistakes)",
			e.v[0].at.file ? e.v[0].at.file : "policy", e.v[0].at.line,
			STR_ARG(e.v[0].text), e.n);
}

/* What the store has to know of the tables that are there. */
static void schema_learn(struct store *s, sqlite3 *db)
{
	fts_find(s, db);
	references_find(s, db);
	policy_compare(s, db);
}

static noreturn void unfinished(struct store *s)
{
	fault(FAULT_STORE,
		"%s is empty or was never finished: restore a backup (kontor restore --help); if "
		"this installation was never used, remove %s and make it anew: kontor init %s",
		s->data_path, s->dir, s->dir);
}

static void migrate_all(struct store *s, sqlite3 *db, const struct schema_file *files, bool create)
{
	int64_t before = 0;

	if (has_table(db, "r_schema_file"))
		newer_refused(db, files);
	else if (!create)
		unfinished(s);
	for (const struct schema_file *f = files; f->name; f++) {
		struct digest d = digest_of(f->text);

		if (schema_number(f->name) <= before)
			fault(FAULT_BUG, "schema/%s: the files are not in order", f->name);
		before = schema_number(f->name);
		if (has_table(db, "r_schema_file") && applied(db, f, d))
			continue;
		lite_run(db, "begin immediate");
		char *why = NULL;
		int rc = sqlite3_exec(db, str_dup(s->arena, f->text).p, NULL, NULL, &why);

		sqlite3_free(why);
		if (rc)
			lite_fault(db, rc, f->name);
		record(db, f, d);
		lite_run(db, "commit");
	}
	house_row(s, db);
	schema_learn(s, db);
}

void migrate_mirror(struct store *s, sqlite3 *db, const struct schema_file *files)
{
	for (const struct schema_file *f = files; f->name; f++)
		lite_run(db, str_dup(s->arena, f->text).p);
	schema_learn(s, db);
}

void migrate_files(sqlite3 *db, const struct schema_file *files)
{
	for (const struct schema_file *f = files; f->name; f++) {
		char *why = NULL, *sql = strndup(f->text.p, f->text.n);
		int rc = sql ? sqlite3_exec(db, sql, NULL, NULL, &why) : SQLITE_NOMEM;

		free(sql);
		sqlite3_free(why);
		if (rc)
			lite_fault(db, rc, f->name);
		record(db, f, digest_of(f->text));
	}
}

void migrate(struct store *s, const struct schema_file *files, bool create)
{
	struct fault_point fp;
	struct stat st;

	if (!create && !stat(s->data_path, &st) && !st.st_size)
		unfinished(s); /* before the engine makes it a database */
	file_make_private(s->data_path);
	sqlite3 *db = lite_open(s->data_path, SQLITE_OPEN_READWRITE);

	if (FAULT_TRY(fp)) {
		lite_run(db, "pragma journal_mode=wal; pragma synchronous=full; pragma "
			     "secure_delete=on;");
		migrate_all(s, db, files, create);
		FAULT_END(fp);
	} else {
		lite_close(db);
		fault(fp.kind, "%s", fp.what);
	}
	lite_close(db);
}
