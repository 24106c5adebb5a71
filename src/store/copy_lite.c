/* A file of SQLite as a side of a copy. */
#include "copy.h"
#include "lite.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { COPY_PAGES = 2000, VALUE_HEAD = 4, MARKS_BYTES = 1024 };

struct lite_side {
	sqlite3 *db;
	sqlite3_stmt *read, *put;
	bool open; /* a transaction that puts */
	char *row; /* the last one read */
	size_t cap;
};

static noreturn void bad(struct lite_side *l, int rc, const char *what)
{
	lite_fault(l->db, rc, what);
}

static sqlite3_stmt *prepared(struct lite_side *l, const struct copy_table *t, char *sql)
{
	sqlite3_stmt *st = NULL;
	int rc = sql ? sqlite3_prepare_v2(l->db, sql, -1, &st, NULL) : SQLITE_NOMEM;

	sqlite3_free(sql);
	if (rc)
		bad(l, rc, t->name);
	return st;
}

/* ---- reading --------------------------------------------------------------------------------- */
static void read_begin(struct copy_side *s, const struct copy_table *t)
{
	struct lite_side *l = s->at;

	sqlite3_finalize(l->read);
	l->read = NULL;
	l->read = prepared(
		l, t, sqlite3_mprintf("select %s from \"%w\" order by id", t->columns, t->name));
	s->reading = t;
}

static void big(char *out, uint64_t v, int bytes)
{
	for (int i = 0; i < bytes; i++)
		out[i] = (char)(v >> (8 * (bytes - 1 - i)));
}

/* The length first, so that there is room for all of the row. */
static size_t value_bytes(sqlite3_stmt *st, int i, enum copy_kind kind)
{
	bool whole = kind == COPY_INT, null = sqlite3_column_type(st, i) == SQLITE_NULL;

	return null ? 0 : whole ? 8 : (size_t)sqlite3_column_bytes(st, i);
}

static void room(struct lite_side *l, size_t n)
{
	if (n <= l->cap)
		return;
	char *p = realloc(l->row, n * 2);

	if (!p)
		fault(FAULT_MEMORY, "no memory for a row");
	l->row = p;
	l->cap = n * 2;
}

static bool read_next(struct copy_side *s, str *row)
{
	struct lite_side *l = s->at;
	const struct copy_table *t = s->reading;
	int rc = sqlite3_step(l->read);
	size_t n = 2;

	if (rc == SQLITE_DONE) {
		sqlite3_finalize(l->read);
		l->read = NULL;
		return false;
	}
	if (rc != SQLITE_ROW)
		bad(l, rc, t->name);
	for (size_t i = 0; i < t->columns_n; i++)
		n += VALUE_HEAD + value_bytes(l->read, (int)i, t->kinds[i]);
	room(l, n);
	char *out = l->row;

	big(out, t->columns_n, 2);
	out += 2;
	for (size_t i = 0; i < t->columns_n; i++) {
		size_t k = value_bytes(l->read, (int)i, t->kinds[i]);
		bool null = sqlite3_column_type(l->read, (int)i) == SQLITE_NULL;

		big(out, null ? UINT32_MAX : k, VALUE_HEAD);
		out += VALUE_HEAD;
		if (!null && t->kinds[i] == COPY_INT)
			big(out, (uint64_t)sqlite3_column_int64(l->read, (int)i), 8);
		else if (k)
			memcpy(out, sqlite3_column_blob(l->read, (int)i), k);
		out += k;
	}
	*row = (str){l->row, n};
	return true;
}

/* ---- writing --------------------------------------------------------------------------------- */
static void begin(struct lite_side *l)
{
	if (!l->open)
		lite_run(l->db, "begin immediate");
	l->open = true;
}

static void put_end(struct copy_side *s)
{
	struct lite_side *l = s->at;

	sqlite3_finalize(l->put);
	l->put = NULL;
	s->writing = NULL;
}

static void put_begin(struct copy_side *s, const struct copy_table *t)
{
	struct lite_side *l = s->at;
	char marks[MARKS_BYTES] = "?";

	put_end(s);
	MUST(t->columns_n * 3 < sizeof marks);
	for (size_t i = 1; i < t->columns_n; i++)
		memcpy(marks + 3 * i - 2, ", ?", 4);
	l->put = prepared(l, t,
		sqlite3_mprintf("insert into \"%w\" (%s) values (%s)", t->name, t->columns, marks));
	s->writing = t;
}

static void put(struct copy_side *s, const struct copy_table *t, str row)
{
	struct lite_side *l = s->at;

	begin(l);
	if (s->writing != t)
		put_begin(s, t);
	row = str_sub(row, 2, row.n - 2);
	for (size_t i = 0; i < t->columns_n; i++) {
		str v = copy_value(&row);
		int at = (int)i + 1;

		if (!v.p)
			sqlite3_bind_null(l->put, at);
		else if (t->kinds[i] == COPY_INT)
			sqlite3_bind_int64(l->put, at, copy_int(v));
		else if (t->kinds[i] == COPY_TEXT)
			sqlite3_bind_text(l->put, at, v.p, (int)v.n, SQLITE_STATIC);
		else
			sqlite3_bind_blob(l->put, at, v.p, (int)v.n, SQLITE_STATIC);
	}
	int rc = sqlite3_step(l->put);

	if (rc != SQLITE_DONE)
		bad(l, rc, t->name);
	sqlite3_reset(l->put);
}

static void round_end(struct copy_side *s)
{
	struct lite_side *l = s->at;

	put_end(s);
	if (l->open) {
		lite_run(l->db, "commit");
		l->open = false;
	}
}

static void clear(struct copy_side *s, const struct copy_table *t)
{
	struct lite_side *l = s->at;

	begin(l);
	sqlite3_stmt *st = prepared(l, t, sqlite3_mprintf("delete from \"%w\"", t->name));
	int rc = sqlite3_step(st);

	sqlite3_finalize(st);
	if (rc != SQLITE_DONE)
		bad(l, rc, t->name);
	round_end(s);
}

/* Parents and children came in no order: that each child has its parent is asked in the end. */
static void whole(struct copy_side *s)
{
	struct lite_side *l = s->at;
	sqlite3_stmt *st = NULL;
	char table[100] = "";

	int rc = sqlite3_prepare_v2(l->db, "pragma foreign_key_check", -1, &st, NULL);

	if (rc)
		bad(l, rc, s->what);
	if (sqlite3_step(st) == SQLITE_ROW)
		snprintf(table, sizeof table, "%s", (const char *)sqlite3_column_text(st, 0));
	sqlite3_finalize(st);
	if (*table)
		fault(FAULT_STORE, "%s: a row of %s refers to one that is not there", s->what,
			table);
	lite_run(l->db, "pragma wal_checkpoint(truncate)");
}

/* ---- opening --------------------------------------------------------------------------------- */
static void side_close(struct copy_side *s)
{
	struct lite_side *l = s->at;

	sqlite3_finalize(l->read);
	sqlite3_finalize(l->put);
	lite_close(l->db);
	free(l->row);
	free(l);
}

static const struct copy_engine engine = {.read = read_begin,
	.next = read_next,
	.clear = clear,
	.put = put,
	.round = round_end,
	.whole = whole,
	.close = side_close};

static bool has_tables(sqlite3 *db)
{
	sqlite3_stmt *st = NULL;
	bool has = !sqlite3_prepare_v2(db, "select 1 from r_schema_file", -1, &st, NULL);

	sqlite3_finalize(st);
	return has;
}

static void file_write_begin(struct lite_side *l, const char *path, const struct schema_file *files)
{
	file_make_private(path);
	l->db = lite_open(path, SQLITE_OPEN_READWRITE);
	sqlite3_db_config(l->db, SQLITE_DBCONFIG_ENABLE_FKEY, 0, NULL);
	lite_run(l->db, "pragma journal_mode=wal; pragma synchronous=full; "
			"pragma secure_delete=on; begin immediate");
	if (!has_tables(l->db))
		migrate_files(l->db, files);
	lite_run(l->db, "commit");
}

/* Left as it was found: what stands in its log is not written into it when this ends. */
static void file_read_begin(struct lite_side *l, const char *path)
{
	l->db = lite_open(path, SQLITE_OPEN_READWRITE);
	sqlite3_db_config(l->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	lite_run(l->db, "pragma query_only=on; begin; select count(*) from sqlite_master");
}

struct copy_side *copy_lite_open(
	struct arena *a, const char *path, enum copy_mode mode, const struct schema_file *files)
{
	struct copy_side *s = arena_new(a, struct copy_side);
	struct lite_side *l = calloc(1, sizeof *l);
	struct fault_point fp;

	if (!l)
		fault(FAULT_MEMORY, "no memory for a copy");
	*s = (struct copy_side){.engine = &engine, .arena = a, .at = l, .what = path};
	if (FAULT_TRY(fp)) {
		if (mode == COPY_READ || mode == COPY_ALONE)
			file_read_begin(l, path);
		else
			file_write_begin(l, path, files);
		FAULT_END(fp);
		return s;
	}
	copy_close(s);
	fault(fp.kind, "%s", fp.what);
}

/* ---- files as they are ----------------------------------------------------------------------- */
static void pages_copy(sqlite3 *from, sqlite3 *to, const char *name)
{
	lite_run(from, "pragma query_only=on; begin; select count(*) from sqlite_master;");
	lite_run(to, "pragma synchronous=off;");
	sqlite3_backup *k = sqlite3_backup_init(to, "main", from, "main");
	int rc = SQLITE_NOMEM;

	if (k) {
		do
			rc = sqlite3_backup_step(k, COPY_PAGES);
		while (rc == SQLITE_OK);
		int end = sqlite3_backup_finish(k);

		rc = rc == SQLITE_DONE ? end : rc;
	}
	if (rc)
		lite_fault(to, rc, name);
	lite_run(to, "pragma journal_mode=delete;");
}

void copy_lite_file(const char *from, const char *to)
{
	sqlite3 *volatile a = NULL, *volatile b = NULL;
	struct fault_point fp;

	unlink(to);
	fp.kind = 0;
	if (FAULT_TRY(fp)) {
		a = lite_open(from, SQLITE_OPEN_READWRITE);
		sqlite3_db_config(a, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
		b = lite_open(to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
		pages_copy(a, b, to);
		FAULT_END(fp);
		fp.kind = 0;
	}
	lite_close(b);
	lite_close(a);
	if (!fp.kind)
		return;
	unlink(to);
	fault(fp.kind, "%s", fp.what);
}
