/* SQLite as an engine: its connections, each with its own guards, and its statements. */
#include "../base/out.h"
#include "lite.h"

#include <sodium.h>
#include <stdlib.h>

struct lite { /* a statement */
	struct prepared prepared;
	sqlite3_stmt *st;
	struct store_conn *conn;
};

static sqlite3_stmt *st_of(struct prepared *p)
{
	return ((struct lite *)p)->st;
}

static struct prepared *lite_new(struct store_conn *c, sqlite3_stmt *st)
{
	struct lite *l = malloc(sizeof *l);

	if (!l) {
		sqlite3_finalize(st);
		fault(FAULT_MEMORY, "no memory for a statement");
	}
	*l = (struct lite){{&engine_lite}, st, c};
	return &l->prepared;
}

/* ---- connections ----------------------------------------------------------------------------- */
void lite_fault(sqlite3 *db, int rc, const char *what)
{
	enum fault_kind kind = FAULT_STORE;
	const char *next = "";

	switch (rc & 0xff) {
	case SQLITE_FULL: next = " (free some space; nothing of this was stored)"; break;
	case SQLITE_IOERR:
		next = " (see whether the disk is full or broken; nothing of this was stored)";
		break;
	case SQLITE_READONLY: next = " (the program must be able to write there)"; break;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		next = " (the file is damaged: stop, keep a copy of it, restore a backup: kontor "
		       "restore --help)";
		break;
	case SQLITE_CANTOPEN:
		next = " (the program must be able to read and write it and the files beside it)";
		break;
	case SQLITE_NOMEM: kind = FAULT_MEMORY; break;
	case SQLITE_INTERRUPT: kind = FAULT_TIME; break;
	case SQLITE_AUTH: kind = FAULT_POLICY; break;
	case SQLITE_CONSTRAINT:
	case SQLITE_MISMATCH:
	case SQLITE_MISUSE:
	case SQLITE_RANGE:
	case SQLITE_TOOBIG:
	case SQLITE_ERROR: kind = FAULT_BUG; break;
	case SQLITE_BUSY:
	case SQLITE_LOCKED: kind = FAULT_RETRY; break;
	default: break;
	}
	fault(kind, "%s: %s%s", what, db ? sqlite3_errmsg(db) : sqlite3_errstr(rc), next);
}

static noreturn void conn_fault(struct store_conn *c, int rc, const char *what)
{
	if ((rc & 0xff) == SQLITE_AUTH && *c->refused)
		fault(FAULT_POLICY, "%s: %s", what, c->refused);
	if ((rc & 0xff) == SQLITE_INTERRUPT) {
		c->deadline_us = 1; /* it is over, also for the clock that is a little behind */
		fault(FAULT_TIME, "%s: took too long", what);
	}
	lite_fault(c->db, rc, what);
}

void lite_run(sqlite3 *db, const char *sql)
{
	char *why = NULL;
	int rc = sqlite3_exec(db, sql, NULL, NULL, &why);

	sqlite3_free(why);
	if (rc)
		lite_fault(db, rc, sqlite3_db_filename(db, "main"));
}

/* The full-text engine keeps statements of its own on the connection: their owner ends them. */
void lite_close(sqlite3 *db)
{
	sqlite3_close_v2(db);
}

static void engine_config(void)
{
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
	/* no pages in one piece: each that the cache lets go is freed, so wiped (base/wipe.c) */
	sqlite3_config(SQLITE_CONFIG_PAGECACHE, NULL, 0, 0);
	sqlite3_initialize();
}

sqlite3 *lite_open(const char *path, int flags)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	sqlite3 *db = NULL;
	int rc;

	pthread_once(&once, engine_config);
	rc = sqlite3_open_v2(path, &db, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
	if (rc) {
		sqlite3_close(db);
		fault(FAULT_STORE, "%s: %s", path, sqlite3_errstr(rc));
	}
	sqlite3_busy_timeout(db, BUSY_MS);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL);
	sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
	sqlite3_limit(db, SQLITE_LIMIT_LENGTH, 64 << 20);
	sqlite3_limit(db, SQLITE_LIMIT_EXPR_DEPTH, 200);
	sqlite3_limit(db, SQLITE_LIMIT_COMPOUND_SELECT, 64);
	sqlite3_limit(db, SQLITE_LIMIT_TRIGGER_DEPTH, 8);
	sqlite3_limit(db, SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 256);
	return db;
}

/* Long statements are cut: a read after READ_TRANSACTION_S_MAX, a unit's after WRITE_APPLY_MS_MAX.
 * Cutting a running write ends the whole transaction, so that one has a longer patience. */
static int progress(void *conn)
{
	const struct store_conn *c = conn;
	int64_t patience = 0;

	if (!c->deadline_us)
		return 0;
	if (c->stmt && c->stmt->verb != 's')
		patience = (int64_t)(WRITE_INTERRUPT_FACTOR - 1) * WRITE_APPLY_MS_MAX * 1000;
	return clock_mono_us() > c->deadline_us + patience;
}

/* Written into the connection's own schema in one piece and read once: `create view` for each would
 * read what was made before, again and again (30 ms for the whole policy instead of 6). */
static void guards_make(struct store_conn *c)
{
	const struct store *s = c->store;
	uint8_t nonce[NONCE_CHARS / 2];
	sqlite3_stmt *add = NULL;
	int rc;

	random_bytes(nonce, sizeof nonce);
	c->nonce[0] = '~';
	sodium_bin2hex(c->nonce + 1, sizeof c->nonce - 1, nonce, sizeof nonce);
	lite_run(c->db, "pragma writable_schema=on; begin");
	rc = sqlite3_prepare_v2(c->db,
		"insert into sqlite_temp_schema (type, name, tbl_name, rootpage, sql) values ("
		"'view', replace(?1, ?3, ?4), replace(?1, ?3, ?4), 0, replace(?2, ?3, ?4))",
		-1, &add, NULL);
	for (size_t i = 0; i < s->guards.n && (!rc || rc == SQLITE_DONE); i++) {
		str name = s->guards.v[i].name, sql = s->guards.v[i].sql;

		sqlite3_bind_text(add, 1, name.p, (int)name.n, SQLITE_STATIC);
		sqlite3_bind_text(add, 2, sql.p, (int)sql.n, SQLITE_STATIC);
		sqlite3_bind_text(add, 3, "~" GUARD_NONCE, -1, SQLITE_STATIC);
		sqlite3_bind_text(add, 4, c->nonce, -1, SQLITE_STATIC);
		rc = sqlite3_step(add);
		sqlite3_reset(add);
	}
	sqlite3_finalize(add);
	if (rc && rc != SQLITE_DONE)
		lite_fault(c->db, rc, "the guards");
	lite_run(c->db, "commit; pragma writable_schema=reset");
}

/* The full-text engine asks the authorizer while it sets a table up: done before it is armed. */
static void fts_touch(struct store_conn *c)
{
	for (size_t i = 0; i < c->store->fts_n; i++) {
		char *sql = sqlite3_mprintf("select 1 from \"%w\" limit 0", c->store->fts[i]);
		int rc = sql ? sqlite3_exec(c->db, sql, NULL, NULL, NULL) : SQLITE_NOMEM;

		sqlite3_free(sql);
		if (rc)
			lite_fault(c->db, rc, c->store->fts[i]);
	}
}

static void open_conn(struct store_conn *c)
{
	struct store *s = c->store;

	c->db = lite_open(s->data_path, (c->writer ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY) |
						(s->mirror ? SQLITE_OPEN_URI : 0));
	/* Pages that many commits write again and again reach the file once: with the engine's own
	 * 1,000 pages twice as much was written for the same orders. */
	if (c->writer)
		lite_run(c->db, "pragma journal_mode=wal; pragma journal_size_limit=67108864;"
				" pragma wal_autocheckpoint=16000;");
	lite_run(c->db,
		"pragma synchronous=full; pragma secure_delete=on; pragma temp_store=memory;"
		" pragma mmap_size=8589934592;");
	lite_run(c->db, c->writer ? "pragma cache_size=-16000;" : "pragma cache_size=-2000;");
	functions_install(c);
	conn_install(c);
	guards_make(c);
	fts_touch(c);
	lite_run(c->db, "select value from json_each('[]')"); /* made when first used: the same */
	sqlite3_db_config(c->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_progress_handler(c->db, PROGRESS_OPS, progress, c);
	sqlite3_set_authorizer(c->db, authorize, c);
	c->armed = true;
}

static void close_conn(struct store_conn *c)
{
	lite_close(c->db);
}

static bool ended(struct store_conn *c)
{
	return sqlite3_get_autocommit(c->db);
}

static void rollback(struct store_conn *c)
{
	c->house = true;
	if (!ended(c))
		sqlite3_exec(c->db, "rollback", NULL, NULL, NULL);
	c->house = false;
}

static bool orphaned(struct store_conn *c)
{
	int now = 0, high = 0;

	sqlite3_db_status(c->db, SQLITE_DBSTATUS_DEFERRED_FKS, &now, &high, 0);
	return now != 0;
}

static void let_go(struct store_conn *c)
{
	sqlite3_db_release_memory(c->db);
}

static bool log_empty(struct store_conn *c)
{
	sqlite3_busy_timeout(c->db, PURGE_WAIT_MS);
	int rc = sqlite3_wal_checkpoint_v2(c->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);

	sqlite3_busy_timeout(c->db, BUSY_MS);
	if (rc && (rc & 0xff) != SQLITE_BUSY && (rc & 0xff) != SQLITE_LOCKED)
		LOG(LOG_WARN, "a log is not emptied", LOG_S("why", str_of(sqlite3_errstr(rc))));
	return !rc;
}

/* ---- statements ------------------------------------------------------------------------------ */
static noreturn void not_allowed(const struct stmt *s, sqlite3_stmt *st, const char *why)
{
	sqlite3_finalize(st);
	fault(FAULT_POLICY, "%s:%d: %s: %s", s->file, s->line, s->name, why);
}

static void query(struct store_conn *c, struct query *q, const struct stmt *s)
{
	const char *tail = NULL;
	sqlite3_stmt *st = NULL;

	*c->refused = 0;
	int rc = sqlite3_prepare_v3(c->db, s->sql, -1, SQLITE_PREPARE_PERSISTENT, &st, &tail);

	if (rc && *c->refused)
		not_allowed(s, NULL, c->refused);
	if (rc)
		fault(FAULT_BUG, "%s:%d: %s: %s", s->file, s->line, s->name, sqlite3_errmsg(c->db));
	while (tail && (*tail == ';' || *tail == '\n' || *tail == ' ' || *tail == '\t'))
		tail++;
	if (!st || sqlite3_stmt_isexplain(st) || (tail && *tail))
		not_allowed(s, st, "not exactly one statement");
	if ((s->verb == 's') != !!sqlite3_stmt_readonly(st))
		not_allowed(s, st, s->verb == 's' ? "it writes" : "it does not write");
	q->st = lite_new(c, st);
}

static struct prepared *prepare(struct store_conn *c, const char *sql, bool kept)
{
	sqlite3_stmt *st = NULL;
	int rc =
		sqlite3_prepare_v3(c->db, sql, -1, kept ? SQLITE_PREPARE_PERSISTENT : 0, &st, NULL);

	if (rc)
		conn_fault(c, rc, sql);
	return lite_new(c, st);
}

static void end(struct prepared *p)
{
	sqlite3_finalize(st_of(p));
	free(p);
}

static void bound(struct prepared *p, int rc)
{
	if (rc)
		conn_fault(((struct lite *)p)->conn, rc, sqlite3_sql(st_of(p)));
}

static void bind_null(struct prepared *p, int i)
{
	bound(p, sqlite3_bind_null(st_of(p), i));
}

static void bind_int(struct prepared *p, int i, int64_t v)
{
	bound(p, sqlite3_bind_int64(st_of(p), i, v));
}

static void bind_text(struct prepared *p, int i, str v)
{
	bound(p, v.p ? sqlite3_bind_text64(st_of(p), i, v.p, v.n, SQLITE_STATIC, SQLITE_UTF8)
		     : sqlite3_bind_null(st_of(p), i));
}

static void bind_blob(struct prepared *p, int i, str v)
{
	bound(p, v.p ? sqlite3_bind_blob64(st_of(p), i, v.p, v.n, SQLITE_STATIC)
		     : sqlite3_bind_null(st_of(p), i));
}

/* As json_each reads it. */
static str texts(struct arena *a, const str *v, size_t n)
{
	struct out o;

	out_init(&o, a, 1024, LIST_BYTES_MAX, NULL);
	struct json j = json_to(&o);

	json_list(&j);
	for (size_t i = 0; i < n; i++)
		json_str(&j, v[i].p ? v[i] : S(""));
	json_end(&j);
	return out_view(&o);
}

static str ints(struct arena *a, const int64_t *v, size_t n)
{
	struct out o;

	out_init(&o, a, 1024, LIST_BYTES_MAX, NULL);
	struct json j = json_to(&o);

	json_list(&j);
	for (size_t i = 0; i < n; i++)
		json_int(&j, v[i]);
	json_end(&j);
	return out_view(&o);
}

static enum prepared_step step(struct prepared *p)
{
	struct lite *l = (struct lite *)p;
	int rc;

	*l->conn->refused = 0;
	rc = sqlite3_step(l->st);
	switch (rc) {
	case SQLITE_ROW: return PREPARED_ROW;
	case SQLITE_DONE: return PREPARED_DONE;
	case SQLITE_CONSTRAINT_UNIQUE:
	case SQLITE_CONSTRAINT_PRIMARYKEY:
	case SQLITE_CONSTRAINT_FOREIGNKEY:
	case SQLITE_CONSTRAINT_ROWID: return PREPARED_CLASH;
	default: return PREPARED_FAILED;
	}
}

static void reset(struct prepared *p)
{
	sqlite3_reset(st_of(p));
	sqlite3_clear_bindings(st_of(p));
}

static noreturn void step_fault(struct prepared *p, const char *what)
{
	struct store_conn *c = ((struct lite *)p)->conn;

	conn_fault(c, sqlite3_extended_errcode(c->db), what);
}

static int64_t changes(struct prepared *p)
{
	return sqlite3_changes64(((struct lite *)p)->conn->db);
}

static int params(struct prepared *p)
{
	return sqlite3_bind_parameter_count(st_of(p));
}

static const char *sql_of(struct prepared *p)
{
	return sqlite3_sql(st_of(p));
}

static enum prepared_type type(struct prepared *p, int col)
{
	switch (sqlite3_column_type(st_of(p), col)) {
	case SQLITE_NULL: return PREPARED_NULL;
	case SQLITE_INTEGER: return PREPARED_INT;
	case SQLITE_TEXT: return PREPARED_TEXT;
	default: return PREPARED_BLOB;
	}
}

static int64_t column_int(struct prepared *p, int col)
{
	return sqlite3_column_int64(st_of(p), col);
}

/* No bytes: NULL, an empty blob, or no memory to bring a value into its form. */
static str nothing(struct prepared *p, int col)
{
	if (sqlite3_column_type(st_of(p), col) == SQLITE_NULL)
		return (str){0};
	if (sqlite3_column_bytes(st_of(p), col))
		fault(FAULT_MEMORY, "no memory for a value");
	return S("");
}

static str column_text(struct prepared *p, int col)
{
	const void *v = sqlite3_column_text(st_of(p), col);

	return v ? (str){v, (size_t)sqlite3_column_bytes(st_of(p), col)} : nothing(p, col);
}

static str column_blob(struct prepared *p, int col)
{
	const void *v = sqlite3_column_blob(st_of(p), col);

	return v ? (str){v, (size_t)sqlite3_column_bytes(st_of(p), col)} : nothing(p, col);
}

/* As sealed() of functions.c packs it. */
static str sealed(struct prepared *p, int col, int64_t *row, int64_t *key)
{
	str v = column_blob(p, col);
	int64_t head[2];

	if (v.n <= sizeof head)
		fault(FAULT_BUG, "column %d is not a sealed one: %s", col, sql_of(p));
	memcpy(head, v.p, sizeof head);
	*row = head[0];
	*key = head[1];
	return (str){v.p + sizeof head, v.n - sizeof head};
}

const struct engine engine_lite = {
	.open = open_conn,
	.close = close_conn,
	.ended = ended,
	.rollback = rollback,
	.orphaned = orphaned,
	.let_go = let_go,
	.log_empty = log_empty,
	.query = query,
	.prepare = prepare,
	.end = end,
	.bind_null = bind_null,
	.bind_int = bind_int,
	.bind_text = bind_text,
	.bind_blob = bind_blob,
	.texts = texts,
	.ints = ints,
	.step = step,
	.reset = reset,
	.fault = step_fault,
	.changes = changes,
	.params = params,
	.sql = sql_of,
	.type = type,
	.int_ = column_int,
	.text = column_text,
	.blob = column_blob,
	.sealed = sealed,
};
