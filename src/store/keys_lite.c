/* keys.db: one random key for each owner (a person, an order ...), wrapped; and the installation's
 * own secrets, each wrapped by the master key. A database of its own, so that dropping a key leaves
 * nothing in the data's log, snapshots or backups. */
#include "keys.h"
#include "lite.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KEYS_FORMAT = 2 };

static sqlite3 *keys_db(const char *path, int flags)
{
	sqlite3 *db = lite_open(path, flags);
	struct fault_point fp;

	if (FAULT_TRY(fp)) {
		if (!(flags & SQLITE_OPEN_READONLY))
			lite_run(db, "pragma journal_mode=wal;");
		lite_run(db, "pragma synchronous=full; pragma secure_delete=on; pragma "
			     "cache_size=-1000; pragma temp_store=memory;");
		FAULT_END(fp);
	} else {
		lite_close(db);
		fault(fp.kind, "%s", fp.what);
	}
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	/* small pieces of its own, which are not wiped when it lets go of them */
	sqlite3_db_config(db, SQLITE_DBCONFIG_LOOKASIDE, NULL, 0, 0);
	return db;
}

static int64_t one_int(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(db, sql, -1, &st, NULL);
	int64_t v = !rc && sqlite3_step(st) == SQLITE_ROW ? sqlite3_column_int64(st, 0) : -1;

	sqlite3_finalize(st);
	if (rc)
		lite_fault(db, rc, "keys.db");
	return v;
}

static void secrets_write(sqlite3 *db, const struct secrets *k, const uint8_t master[KEY_BYTES])
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(db,
		"insert into secret (name, wrapped) values (?1, ?2)"
		" on conflict (name) do update set wrapped = excluded.wrapped",
		-1, &st, NULL);

	for (size_t i = 0; !rc && i < SECRETS; i++) {
		uint8_t wrapped[WRAPPED_BYTES];

		key_secret_wrap(i, k, master, wrapped);
		sqlite3_bind_text(st, 1, key_secret_name(i), -1, SQLITE_STATIC);
		sqlite3_bind_blob(st, 2, wrapped, sizeof wrapped, SQLITE_STATIC);
		rc = sqlite3_step(st) == SQLITE_DONE ? 0 : sqlite3_extended_errcode(db);
		sqlite3_reset(st);
	}
	sqlite3_finalize(st);
	if (rc)
		lite_fault(db, rc, "keys.db");
}

static str blob_of(sqlite3_stmt *st, int col)
{
	const void *p = sqlite3_column_blob(st, col);

	return (str){p, (size_t)sqlite3_column_bytes(st, col)};
}

static bool secrets_read(sqlite3 *db, struct secrets *k, const uint8_t master[KEY_BYTES])
{
	sqlite3_stmt *st = NULL;
	size_t good = 0;
	int rc =
		sqlite3_prepare_v2(db, "select wrapped from secret where name = ?1", -1, &st, NULL);

	if (rc)
		lite_fault(db, rc, "keys.db");
	for (size_t i = 0; i < SECRETS; i++) {
		sqlite3_bind_text(st, 1, key_secret_name(i), -1, SQLITE_STATIC);
		if (sqlite3_step(st) == SQLITE_ROW)
			good += key_secret_unwrap(i, k, master, blob_of(st, 0));
		sqlite3_reset(st);
	}
	sqlite3_finalize(st);
	return good == SECRETS;
}

bool keys_secrets_read(const char *path, const uint8_t master[KEY_BYTES], struct secrets *k)
{
	sqlite3 *db = keys_db(path, SQLITE_OPEN_READWRITE);
	struct fault_point fp;
	volatile bool good = false;

	if (FAULT_TRY(fp)) {
		good = secrets_read(db, k, master);
		FAULT_END(fp);
	} else {
		lite_close(db);
		fault(fp.kind, "%s", fp.what);
	}
	lite_close(db);
	return good;
}

static bool secrets(struct store *s, const uint8_t master[KEY_BYTES], struct secrets *k)
{
	return keys_secrets_read(s->keys_path, master, k);
}

static const char tables[] =
	"create table secret (name text primary key, wrapped blob not null) strict;"
	"create table subject_key (made integer primary key autoincrement, owner "
	"integer not null unique,"
	" wrapped blob not null) strict;"
	"create table swept (id integer primary key, made integer not null) strict;"
	"insert into swept values (1, 0);"
	"pragma user_version=2;";

static void make(struct store *s)
{
	file_make_private(s->keys_path);
	sqlite3 *db = keys_db(s->keys_path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);

	lite_run(db, "begin");
	lite_run(db, tables);
	secrets_write(db, &s->secrets, s->master);
	lite_run(db, "commit");
	lite_close(db);
}

static int64_t format_of(const char *path)
{
	sqlite3 *db = keys_db(path, SQLITE_OPEN_READWRITE);
	struct fault_point fp;
	volatile int64_t format = 0;

	if (FAULT_TRY(fp)) {
		format = one_int(db, "pragma user_version");
		FAULT_END(fp);
	} else {
		lite_close(db);
		fault(fp.kind, "%s", fp.what);
	}
	lite_close(db);
	return format;
}

static void there(struct store *s)
{
	struct stat st;

	if (stat(s->keys_path, &st))
		fault(FAULT_STORE, "%s is missing: put back the key store of this installation",
			s->keys_path);
	if (!st.st_size) /* before the engine makes it a database */
		fault(FAULT_STORE,
			"%s is empty: put back the key store of this installation, or restore a "
			"backup: kontor restore --help",
			s->keys_path);
	file_make_private(s->keys_path);
	int64_t format = format_of(s->keys_path);

	if (format != KEYS_FORMAT)
		fault(FAULT_STORE,
			"%s has format %lld, this program reads %d: use the program that wrote it",
			s->keys_path, (long long)format, KEYS_FORMAT);
}

static bool belongs(struct store *s, const uint8_t mark[MARK_BYTES])
{
	sqlite3 *db = keys_db(s->keys_path, SQLITE_OPEN_READWRITE);
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(db,
		"insert into secret (name, wrapped) values ('installation', ?1)"
		" on conflict (name) do nothing",
		-1, &st, NULL);

	sqlite3_bind_blob(st, 1, mark, MARK_BYTES, SQLITE_STATIC);
	if (!rc)
		rc = sqlite3_step(st);
	sqlite3_finalize(st);
	if (rc == SQLITE_DONE)
		rc = sqlite3_prepare_v2(db,
			"select wrapped from secret where name = 'installation'", -1, &st, NULL);
	bool same = !rc && sqlite3_step(st) == SQLITE_ROW &&
		    sqlite3_column_bytes(st, 0) == MARK_BYTES &&
		    !memcmp(sqlite3_column_blob(st, 0), mark, MARK_BYTES);

	if (!rc)
		sqlite3_finalize(st);
	lite_close(db);
	return same;
}

/* On the writer's thread, in a batch of its own: no key waits. */
static void rewrap(struct store *s, const uint8_t master[KEY_BYTES])
{
	sqlite3 *db = s->write_conn->keys.db;

	lite_run(db, "begin immediate");
	secrets_write(db, &s->secrets, master);
	lite_run(db, "commit");
}

static void settled(struct store *s)
{
	(void)s;
}

static void rotated(struct store *s)
{
	lite_run(s->write_conn->keys.db, "pragma wal_checkpoint(truncate)");
}

/* ---- one connection ---- */
static void prepare(sqlite3 *db, const char *sql, sqlite3_stmt **st)
{
	int rc = sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, st, NULL);

	if (rc)
		lite_fault(db, rc, "keys.db");
}

static void open_conn(struct store_conn *c)
{
	struct keys *k = &c->keys;

	k->db = keys_db(
		c->store->keys_path, c->writer ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY);
	prepare(k->db, "select wrapped, made from subject_key where owner = ?1", &k->get);
	if (!c->writer)
		return;
	prepare(k->db, "insert or replace into subject_key (owner, wrapped) values (?1, ?2)",
		&k->add);
	prepare(k->db, "delete from subject_key where owner = ?1", &k->drop);
	prepare(k->db, "update swept set made = ?1 where made < ?1", &k->mark);
}

static void close_conn(struct keys *k)
{
	sqlite3_finalize(k->get);
	sqlite3_finalize(k->add);
	sqlite3_finalize(k->drop);
	sqlite3_finalize(k->mark);
	lite_close(k->db);
}

static void get_one(struct store_conn *c, int64_t owner, struct key_found *out)
{
	sqlite3_stmt *st = c->keys.get;
	char name[40];

	sqlite3_bind_int64(st, 1, owner);
	int rc = sqlite3_step(st);
	bool found = rc == SQLITE_ROW,
	     good = found && key_unwrap(out->key, blob_of(st, 0), c->store->secrets.wrap,
				     key_owner_name(name, owner));

	out->version = found ? sqlite3_column_int64(st, 1) : 0;
	sqlite3_reset(st);
	if (!found && rc != SQLITE_DONE)
		lite_fault(c->keys.db, rc, "keys.db");
	if (found && !good)
		fault(FAULT_STORE, "keys.db: the key of an owner is damaged");
}

static void get(struct store_conn *c, const int64_t *owners, size_t n, struct key_found *out)
{
	for (size_t i = 0; i < n; i++)
		get_one(c, owners[i], &out[i]);
}

static int64_t add(struct store_conn *c, int64_t owner, const uint8_t key[KEY_BYTES])
{
	struct keys *k = &c->keys;
	uint8_t wrapped[WRAPPED_BYTES];
	char name[40];

	if (!k->dirty) {
		lite_run(k->db, "begin immediate");
		k->dirty = true;
	}
	key_wrap(wrapped, key, c->store->secrets.wrap, key_owner_name(name, owner));
	sqlite3_bind_int64(k->add, 1, owner);
	sqlite3_bind_blob(k->add, 2, wrapped, sizeof wrapped, SQLITE_STATIC);
	int rc = sqlite3_step(k->add);

	sqlite3_reset(k->add);
	sqlite3_clear_bindings(k->add);
	explicit_bzero(wrapped, sizeof wrapped);
	if (rc != SQLITE_DONE)
		lite_fault(k->db, rc, "keys.db");
	return k->newest = sqlite3_last_insert_rowid(k->db);
}

static void commit(struct store_conn *c)
{
	lite_run(c->keys.db, "commit");
}

static void rollback(struct store_conn *c)
{
	if (!sqlite3_get_autocommit(c->keys.db))
		sqlite3_exec(c->keys.db, "rollback", NULL, NULL, NULL);
}

/* ---- dropping ---- */
static void truncate_log(sqlite3 *db)
{
	int64_t until = clock_mono_us() + (int64_t)BUSY_MS * 1000;

	for (;;) {
		int rc =
			sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);

		if (!rc)
			return;
		if ((rc & 0xff) != SQLITE_BUSY || clock_mono_us() > until)
			lite_fault(db, rc, "keys.db: its log could not be emptied");
		usleep(1000);
	}
}

static bool log_empty(struct store_conn *c)
{
	return !sqlite3_wal_checkpoint_v2(c->keys.db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
}

/* Overwrites before it deletes, and empties the log: the wrapped keys are in no file then. */
static void drop(struct store_conn *c, const struct drop *v, size_t n)
{
	struct keys *k = &c->keys;

	lite_run(k->db, "begin immediate");
	for (size_t i = 0; i < n; i++) {
		sqlite3_bind_int64(k->drop, 1, v[i].subject);
		int rc = sqlite3_step(k->drop);

		sqlite3_reset(k->drop);
		if (rc != SQLITE_DONE) {
			sqlite3_exec(k->db, "rollback", NULL, NULL, NULL);
			lite_fault(k->db, rc, "keys.db");
		}
	}
	lite_run(k->db, "commit");
	truncate_log(k->db);
}

/* Keys are numbered in the order of their making. */
static void fresh(struct store_conn *c, struct arena *a, struct key_owners *out)
{
	sqlite3_stmt *st = NULL;
	int rc;

	out->until = one_int(c->keys.db, "select coalesce(max(made), 0) from subject_key");
	prepare(c->keys.db,
		"select owner from subject_key where made > (select made from swept where id = 1)",
		&st);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW)
		*ARENA_PUSH(a, out) = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	if (rc != SQLITE_DONE)
		lite_fault(c->keys.db, rc, "keys.db");
}

static void unknown(
	struct store_conn *c, struct arena *a, const struct key_owners *all, struct drops *orphans)
{
	struct prepared *known = house_start(c, HOUSE_SUBJECT_GET);

	for (size_t i = 0; i < all->n; i++) {
		prepared_bind_int(known, 1, all->v[i]);
		if (!house_step(c, HOUSE_SUBJECT_GET))
			*ARENA_PUSH(a, orphans) = (struct drop){0, all->v[i]};
		prepared_reset(known);
	}
}

static void mark(struct store_conn *c, int64_t until)
{
	struct keys *k = &c->keys;

	sqlite3_bind_int64(k->mark, 1, until);
	int rc = sqlite3_step(k->mark);

	sqlite3_reset(k->mark);
	if (rc != SQLITE_DONE)
		lite_fault(k->db, rc, "keys.db");
	k->marked = until;
}

/* ---- as a whole ---- */
static void mark_read(sqlite3 *db, struct keys_whole *k)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(
		db, "select wrapped from secret where name = 'installation'", -1, &st, NULL);

	k->marked =
		!rc && sqlite3_step(st) == SQLITE_ROW && sqlite3_column_bytes(st, 0) == MARK_BYTES;
	if (k->marked)
		memcpy(k->mark, sqlite3_column_blob(st, 0), MARK_BYTES);
	sqlite3_finalize(st);
	if (rc)
		lite_fault(db, rc, "keys.db");
}

static void keys_tell(struct store *s, sqlite3_stmt *st, const struct keys_sink *to)
{
	uint8_t key[KEY_BYTES];
	char name[40];
	int rc;

	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		int64_t owner = sqlite3_column_int64(st, 0);

		if (!key_unwrap(key, blob_of(st, 2), s->secrets.wrap, key_owner_name(name, owner)))
			fault(FAULT_STORE, "keys.db: the key of an owner is damaged");
		to->key(to->ctx, owner, sqlite3_column_int64(st, 1), key);
	}
	explicit_bzero(key, sizeof key);
	if (rc != SQLITE_DONE)
		lite_fault(sqlite3_db_handle(st), rc, "keys.db");
}

static void whole(struct store *s, const struct keys_sink *to)
{
	sqlite3 *db = keys_db(s->keys_path, SQLITE_OPEN_READWRITE);
	sqlite3_stmt *volatile st = NULL;
	struct keys_whole k = {.secrets = s->secrets};
	struct fault_point fp;

	fp.kind = 0;
	if (FAULT_TRY(fp)) {
		sqlite3_stmt *all;

		lite_run(db, "begin");
		mark_read(db, &k);
		k.next =
			one_int(db, "select coalesce((select seq from sqlite_sequence where name = "
				    "'subject_key'), 0) + 1");
		to->begin(to->ctx, &k);
		prepare(db, "select owner, made, wrapped from subject_key order by owner", &all);
		st = all;
		keys_tell(s, all, to);
		FAULT_END(fp);
		fp.kind = 0;
	}
	explicit_bzero(&k, sizeof k);
	sqlite3_finalize(st);
	lite_close(db);
	if (fp.kind)
		fault(fp.kind, "%s", fp.what);
}

struct filling {
	struct store *from;
	sqlite3 *db;
	sqlite3_stmt *add;
	uint8_t wrap[KEY_BYTES];
};

static void fill_key(struct filling *f, int64_t owner, int64_t version, str wrapped)
{
	sqlite3_bind_int64(f->add, 1, version);
	sqlite3_bind_int64(f->add, 2, owner);
	sqlite3_bind_blob(f->add, 3, wrapped.p, (int)wrapped.n, SQLITE_STATIC);
	int rc = sqlite3_step(f->add);

	sqlite3_reset(f->add);
	sqlite3_clear_bindings(f->add);
	if (rc != SQLITE_DONE)
		lite_fault(f->db, rc, "a copy of the keys");
}

/* The highest version that was given is given to nobody, so that it is not given again. */
static void fill_begin(void *ctx, const struct keys_whole *k)
{
	struct filling *f = ctx;
	sqlite3_stmt *st;

	memcpy(f->wrap, k->secrets.wrap, KEY_BYTES);
	secrets_write(f->db, &k->secrets, f->from->master);
	if (k->marked) {
		prepare(f->db, "insert into secret (name, wrapped) values ('installation', ?1)",
			&st);
		sqlite3_bind_blob(st, 1, k->mark, MARK_BYTES, SQLITE_STATIC);
		int rc = sqlite3_step(st);

		sqlite3_finalize(st);
		if (rc != SQLITE_DONE)
			lite_fault(f->db, rc, "a copy of the keys");
	}
	prepare(f->db, "insert into subject_key (made, owner, wrapped) values (?1, ?2, ?3)",
		&f->add);
	if (k->next <= 1)
		return;
	fill_key(f, -1, k->next - 1, S("none"));
	lite_run(f->db, "delete from subject_key");
}

static void fill_one(void *ctx, int64_t owner, int64_t version, const uint8_t key[KEY_BYTES])
{
	struct filling *f = ctx;
	uint8_t wrapped[WRAPPED_BYTES];
	char name[40];

	key_wrap(wrapped, key, f->wrap, key_owner_name(name, owner));
	fill_key(f, owner, version, (str){(const char *)wrapped, sizeof wrapped});
}

void keys_file_write(struct store *from, const char *path)
{
	struct filling f = {.from = from};
	const struct keys_sink to = {fill_begin, fill_one, &f};
	struct fault_point fp;

	file_make_private(path);
	f.db = keys_db(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
	fp.kind = 0;
	if (FAULT_TRY(fp)) {
		lite_run(f.db, "begin");
		lite_run(f.db, tables);
		from->key_engine->whole(from, &to);
		lite_run(f.db, "commit");
		FAULT_END(fp);
		fp.kind = 0;
	}
	sqlite3_finalize(f.add);
	lite_close(f.db);
	explicit_bzero(&f, sizeof f);
	if (fp.kind)
		fault(fp.kind, "%s", fp.what);
}

static void let_go(struct store_conn *c)
{
	sqlite3_db_release_memory(c->keys.db);
}

const struct key_engine keys_lite = {
	.make = make,
	.there = there,
	.secrets = secrets,
	.settled = settled,
	.belongs = belongs,
	.rewrap = rewrap,
	.rotated = rotated,
	.whole = whole,
	.open = open_conn,
	.close = close_conn,
	.get = get,
	.add = add,
	.commit = commit,
	.rollback = rollback,
	.drop = drop,
	.log_empty = log_empty,
	.let_go = let_go,
	.fresh = fresh,
	.unknown = unknown,
	.mark = mark,
	.erased_add = erased_file_add,
	.erased_late = erased_file_late,
};
