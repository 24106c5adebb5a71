/* Connections: one for each thread that reads, one for the writer. Each has its own guards. */
#include "inside.h"

#include <sodium.h>
#include <stdlib.h>

static const struct {
	const char *sql;
} house_sql[HOUSE_COUNT] = {
	[HOUSE_BEGIN_READ] = {"begin"},
	[HOUSE_BEGIN_WRITE] = {"begin immediate"},
	[HOUSE_COMMIT] = {"commit"},
	[HOUSE_ROLLBACK] = {"rollback"},
	[HOUSE_SAVE] = {"savepoint unit"},
	[HOUSE_RELEASE] = {"release unit"},
	[HOUSE_BACK] = {"rollback to unit"},
	[HOUSE_ID_HIGH] = {"update r_house set id_high = ?1 where id = 1"},
	[HOUSE_SUBJECT_GET] = {"select state, held from r_subject where id = ?1"},
	[HOUSE_SUBJECT_ADD] =
		{"insert into r_subject (id, state, held, since) values (?1, 1, 0, ?2)"
		 " on conflict (id) do nothing"},
	[HOUSE_SUBJECT_STATE] =
		{"insert into r_subject (id, state, held, since) values (?1, ?2, ?3, ?4)"
		 " on conflict (id) do update set state = excluded.state, held = excluded.held, "
		 "since = excluded.since"},
	[HOUSE_JOURNAL_ADD] = {"insert into r_journal (id, subject_id, at) values (?1, ?2, ?3)"},
	[HOUSE_JOURNAL_CLOSE] = {"update r_journal set closed_at = ?2 where id = ?1"},
	[HOUSE_JOURNAL_PENDING] = {"select j.id, j.subject_id from r_journal j join r_subject s on "
				   "s.id = j.subject_id"
				   " where j.closed_at is null and s.held = 0"},
	[HOUSE_REPLAY_GET] = {"select body, status, location, answer_id from r_replay where mark = "
			      "?1 and at > ?2"},
	[HOUSE_REPLAY_ADD] =
		{"insert into r_replay (id, mark, body, status, location, answer_id, at)"
		 " values (?1, ?2, ?3, ?4, ?5, ?6, ?7) on conflict (mark) do update set id = "
		 "excluded.id, body = excluded.body,"
		 " status = excluded.status, location = excluded.location, answer_id = "
		 "excluded.answer_id, at = excluded.at"},
	[HOUSE_REPLAY_SWEEP] = {"delete from r_replay where id in (select id from r_replay where "
				"id < ?1 order by id limit ?2)"},
	[HOUSE_RESTRICTED_ADD] = {"insert into r_restricted (id) values (?1) on conflict (id) do "
				  "nothing"},
	[HOUSE_RESTRICTED_DROP] = {"delete from r_restricted where id = ?1"},
	[HOUSE_HELD_ADD] = {"insert into r_held (id) values (?1) on conflict (id) do nothing"},
	[HOUSE_HELD_DROP] = {"delete from r_held where id = ?1"},
	[HOUSE_MARK_GET] = {"select event_at, row_id from r_sweep_mark where rule = ?1"},
	[HOUSE_MARK_SET] =
		{"insert into r_sweep_mark (id, rule, event_at, row_id, at) values (?1, ?2, ?3, "
		 "?4, ?5) on conflict (rule) do update set event_at = excluded.event_at, row_id = "
		 "excluded.row_id, at = excluded.at"},
	[HOUSE_MARKS_DROP] = {"delete from r_sweep_mark"},
};

void store_due(void)
{
	if (fault_due(FAULT_SITE_DB))
		fault(FAULT_STORE, "injected");
}

void engine_fault(sqlite3 *db, int rc, const char *what)
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

void conn_fault(struct store_conn *c, int rc, const char *what)
{
	if ((rc & 0xff) == SQLITE_AUTH && *c->refused)
		fault(FAULT_POLICY, "%s: %s", what, c->refused);
	if ((rc & 0xff) == SQLITE_INTERRUPT) {
		c->deadline_us = 1; /* it is over, also for the clock that is a little behind */
		fault(FAULT_TIME, "%s: took too long", what);
	}
	engine_fault(c->db, rc, what);
}

void engine_run(sqlite3 *db, const char *sql)
{
	char *why = NULL;
	int rc = sqlite3_exec(db, sql, NULL, NULL, &why);

	sqlite3_free(why);
	if (rc)
		engine_fault(db, rc, sqlite3_db_filename(db, "main"));
}

/* The full-text engine keeps statements of its own on the connection: their owner ends them. */
void engine_close(sqlite3 *db)
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

sqlite3 *engine_open(const char *path, int flags)
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
	engine_run(c->db, "pragma writable_schema=on; begin");
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
		engine_fault(c->db, rc, "the guards");
	engine_run(c->db, "commit; pragma writable_schema=reset");
}

/* The full-text engine asks the authorizer while it sets a table up: done before it is armed. */
static void fts_touch(struct store_conn *c)
{
	for (size_t i = 0; i < c->store->fts_n; i++) {
		char *sql = sqlite3_mprintf("select 1 from \"%w\" limit 0", c->store->fts[i]);
		int rc = sql ? sqlite3_exec(c->db, sql, NULL, NULL, NULL) : SQLITE_NOMEM;

		sqlite3_free(sql);
		if (rc)
			engine_fault(c->db, rc, c->store->fts[i]);
	}
}

static void conn_setup(struct store_conn *c)
{
	struct store *s = c->store;

	c->db = engine_open(s->data_path, c->writer ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY);
	/* Pages that many commits write again and again reach the file once: with the engine's own
	 * 1,000 pages twice as much was written for the same orders. */
	if (c->writer)
		engine_run(c->db, "pragma journal_mode=wal; pragma journal_size_limit=67108864;"
				  " pragma wal_autocheckpoint=16000;");
	engine_run(c->db,
		"pragma synchronous=full; pragma secure_delete=on; pragma temp_store=memory;"
		" pragma mmap_size=8589934592;");
	engine_run(c->db, c->writer ? "pragma cache_size=-16000;" : "pragma cache_size=-4000;");
	functions_install(c);
	conn_install(c);
	guards_make(c);
	fts_touch(c);
	sqlite3_db_config(c->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_progress_handler(c->db, PROGRESS_OPS, progress, c);
	sqlite3_set_authorizer(c->db, authorize, c);
	c->queries = calloc(s->statements_n + 1, sizeof *c->queries);
	c->blind_wipe = calloc(s->blinds_n + 1, sizeof(sqlite3_stmt *));
	c->walk_st = calloc(walks_statements(s) + 1, sizeof(sqlite3_stmt *));
	if (!c->queries || !c->blind_wipe || !c->walk_st)
		fault(FAULT_MEMORY, "no memory for a connection");
	c->armed = true;
	keys_open(c);
}

struct store_conn *conn_open(struct store *s, bool writer)
{
	struct store_conn *c = calloc(1, sizeof *c);
	struct fault_point fp;

	if (!c)
		fault(FAULT_MEMORY, "no memory for a connection");
	c->store = s;
	c->writer = writer;
	if (FAULT_TRY(fp)) {
		conn_setup(c);
		FAULT_END(fp);
		return c;
	}
	conn_close(c);
	fault(fp.kind, "%s", fp.what);
}

void conn_close(struct store_conn *c)
{
	if (!c)
		return;
	for (size_t i = 0; c->queries && i < c->store->statements_n; i++)
		sqlite3_finalize(c->queries[i].st);
	for (size_t i = 0; i < HOUSE_COUNT; i++)
		sqlite3_finalize(c->house_st[i]);
	for (size_t i = 0; c->blind_wipe && i < c->store->blinds_n; i++)
		sqlite3_finalize(c->blind_wipe[i]);
	for (size_t i = 0; c->walk_st && i < walks_statements(c->store); i++)
		sqlite3_finalize(c->walk_st[i]);
	keys_close(&c->keys);
	engine_close(c->db);
	free(c->queries);
	free(c->blind_wipe);
	free(c->walk_st);
	free(c);
}

void conn_reset(struct store_conn *c)
{
	for (struct query *q = c->active; q; q = q->next) {
		sqlite3_reset(q->st);
		sqlite3_clear_bindings(q->st);
		q->active = false;
		q->db = NULL;
	}
	for (size_t i = 0; i < HOUSE_COUNT; i++)
		if (c->house_st[i])
			sqlite3_reset(c->house_st[i]);
	for (size_t i = 0; c->walked && i < walks_statements(c->store); i++)
		if (c->walk_st[i])
			sqlite3_reset(c->walk_st[i]);
	c->walked = false;
	c->active = NULL;
	c->stmt = NULL;
}

sqlite3_stmt *house_start(struct store_conn *c, enum house h)
{
	if (!c->house_st[h]) {
		c->house = true;
		c->preparing++;
		int rc = sqlite3_prepare_v3(c->db, house_sql[h].sql, -1, SQLITE_PREPARE_PERSISTENT,
			&c->house_st[h], NULL);
		c->preparing--;
		c->house = false;
		if (rc)
			conn_fault(c, rc, house_sql[h].sql);
	}
	return c->house_st[h];
}

bool house_step(struct store_conn *c, enum house h)
{
	const struct stmt *before = c->stmt;

	c->house = true;
	c->stmt = NULL;
	int rc = sqlite3_step(c->house_st[h]);
	c->house = false;
	c->stmt = before;
	if (rc == SQLITE_ROW)
		return true;
	sqlite3_reset(c->house_st[h]);
	sqlite3_clear_bindings(c->house_st[h]);
	if (rc != SQLITE_DONE)
		conn_fault(c, rc, house_sql[h].sql);
	return false;
}

void house_run(struct store_conn *c, enum house h)
{
	house_start(c, h);
	while (house_step(c, h))
		;
}
