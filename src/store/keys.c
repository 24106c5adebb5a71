/* keys.db: one random key for each owner (a person, an order ...), wrapped; and the installation's
 * own secrets, each wrapped by the master key. A database of its own, so that dropping a key leaves
 * nothing in the data's log, snapshots or backups. */
#include "lite.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	WRAP_HEAD = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
	WRAP_TAIL = crypto_aead_xchacha20poly1305_ietf_ABYTES,
	KEYS_FORMAT = 2,
	WRAPPED_BYTES = WRAP_HEAD + KEY_BYTES + WRAP_TAIL,
};

static void wrap(uint8_t out[WRAPPED_BYTES], const uint8_t key[KEY_BYTES],
	const uint8_t with[KEY_BYTES], str name)
{
	random_bytes(out, WRAP_HEAD);
	crypto_aead_xchacha20poly1305_ietf_encrypt(out + WRAP_HEAD, NULL, key, KEY_BYTES,
		(const void *)name.p, name.n, NULL, out, with);
}

static bool unwrap(
	uint8_t key[KEY_BYTES], const void *wrapped, int n, const uint8_t with[KEY_BYTES], str name)
{
	const uint8_t *p = wrapped;

	return p && n == WRAPPED_BYTES &&
	       !crypto_aead_xchacha20poly1305_ietf_decrypt(key, NULL, NULL, p + WRAP_HEAD,
		       KEY_BYTES + WRAP_TAIL, (const void *)name.p, name.n, p, with);
}

static str owner_name(char buf[40], int64_t owner)
{
	int n = snprintf(buf, 40, "key %lld", (long long)owner);

	return (str){buf, (size_t)n};
}

/* ---- the file ---- */
static const struct {
	const char *name;
	size_t at;
} secret_names[] = {
	{"wrap", offsetof(struct secrets, wrap)},
	{"blind", offsetof(struct secrets, blind)},
	{"cookie", offsetof(struct secrets, cookie)},
	{"room", offsetof(struct secrets, room)},
	{"replay", offsetof(struct secrets, replay)},
};

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

	for (size_t i = 0; !rc && i < COUNT(secret_names); i++) {
		uint8_t wrapped[WRAPPED_BYTES];

		wrap(wrapped, (const uint8_t *)k + secret_names[i].at, master,
			str_of(secret_names[i].name));
		sqlite3_bind_text(st, 1, secret_names[i].name, -1, SQLITE_STATIC);
		sqlite3_bind_blob(st, 2, wrapped, sizeof wrapped, SQLITE_STATIC);
		rc = sqlite3_step(st) == SQLITE_DONE ? 0 : sqlite3_extended_errcode(db);
		sqlite3_reset(st);
	}
	sqlite3_finalize(st);
	if (rc)
		lite_fault(db, rc, "keys.db");
}

static bool secrets_read(sqlite3 *db, struct secrets *k, const uint8_t master[KEY_BYTES])
{
	sqlite3_stmt *st = NULL;
	size_t good = 0;
	int rc =
		sqlite3_prepare_v2(db, "select wrapped from secret where name = ?1", -1, &st, NULL);

	if (rc)
		lite_fault(db, rc, "keys.db");
	for (size_t i = 0; i < COUNT(secret_names); i++) {
		sqlite3_bind_text(st, 1, secret_names[i].name, -1, SQLITE_STATIC);
		if (sqlite3_step(st) == SQLITE_ROW)
			good += unwrap((uint8_t *)k + secret_names[i].at,
				sqlite3_column_blob(st, 0), sqlite3_column_bytes(st, 0), master,
				str_of(secret_names[i].name));
		sqlite3_reset(st);
	}
	sqlite3_finalize(st);
	return good == COUNT(secret_names);
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

bool keys_master_read(const char *path, uint8_t master[KEY_BYTES])
{
	struct stat st;

	if (stat(path, &st))
		return false;
	if (st.st_mode & 077)
		fault(FAULT_STORE,
			"%s can be read by others: make it mode 0600 (chmod 600), then start again",
			path);
	FILE *f = fopen(path, "re");
	char text[2 * KEY_BYTES + 1] = {0};
	bool ok = f && fread(text, 1, 2 * KEY_BYTES, f) == 2 * KEY_BYTES &&
		  hex_parse((str){text, 2 * KEY_BYTES}, master, KEY_BYTES);

	if (f)
		fclose(f);
	explicit_bzero(text, sizeof text);
	if (!ok)
		fault(FAULT_STORE, "%s is not a master key (64 hexadecimal digits)", path);
	return true;
}

static void master_write(const char *path, const uint8_t master[KEY_BYTES])
{
	char text[2 * KEY_BYTES + 1];

	sodium_bin2hex(text, sizeof text, master, KEY_BYTES);
	text[2 * KEY_BYTES] = '\n'; /* in place of the NUL */
	file_write_synced(path, (str){text, 2 * KEY_BYTES + 1}, 0600);
	explicit_bzero(text, sizeof text);
}

static void keys_make(struct store *s)
{
	sqlite3 *db;

	if (!keys_master_read(s->master_path, s->master)) {
		random_bytes(s->master, KEY_BYTES);
		master_write(s->master_path, s->master);
	}
	random_bytes(&s->secrets, sizeof s->secrets);
	file_make_private(s->keys_path);
	db = keys_db(s->keys_path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
	lite_run(db, "begin;"
		     "create table secret (name text primary key, wrapped blob not null) strict;"
		     "create table subject_key (made integer primary key autoincrement, owner "
		     "integer not null unique,"
		     " wrapped blob not null) strict;"
		     "create table swept (id integer primary key, made integer not null) strict;"
		     "insert into swept values (1, 0);"
		     "pragma user_version=2;");
	secrets_write(db, &s->secrets, s->master);
	lite_run(db, "commit");
	lite_close(db);
}

/* A rotation that was cut off leaves MASTER.next: the one that opens the secrets is right. */
static void master_settle(struct store *s, sqlite3 *db)
{
	char *next = (char *)str_fmt(s->arena, "%s.next", s->master_path).p;

	if (keys_master_read(s->master_path, s->master) &&
		secrets_read(db, &s->secrets, s->master)) {
		unlink(next);
		return;
	}
	if (keys_master_read(next, s->master) && secrets_read(db, &s->secrets, s->master)) {
		if (rename(next, s->master_path))
			fault(FAULT_STORE, "%s: %s", next, strerror(errno));
		return;
	}
	fault(FAULT_STORE, "%s does not open %s: put the master key of this installation there",
		s->master_path, s->keys_path);
}

void keys_file_open(struct store *s, bool create)
{
	struct stat st;

	MUST(sodium_init() >= 0);
	if (stat(s->keys_path, &st)) {
		if (!create)
			fault(FAULT_STORE,
				"%s is missing: put back the key store of this installation",
				s->keys_path);
		keys_make(s);
		return;
	}
	if (!st.st_size) /* before the engine makes it a database */
		fault(FAULT_STORE,
			"%s is empty: put back the key store of this installation, or restore a "
			"backup: kontor restore --help",
			s->keys_path);
	struct fault_point fp;

	file_make_private(s->keys_path);
	sqlite3 *db = keys_db(s->keys_path, SQLITE_OPEN_READWRITE);

	if (FAULT_TRY(fp)) {
		int64_t format = one_int(db, "pragma user_version");

		if (format != KEYS_FORMAT)
			fault(FAULT_STORE,
				"%s has format %lld, this program reads %d: use the program that "
				"wrote it",
				s->keys_path, (long long)format, KEYS_FORMAT);
		master_settle(s, db);
		FAULT_END(fp);
	} else {
		lite_close(db);
		fault(fp.kind, "%s", fp.what);
	}
	lite_close(db);
}

/* A key store of another installation would open, and its keys be taken for lost: the two files
 * carry the same mark. One that has none yet gets it. */
void keys_belong(struct store *s, const uint8_t mark[MARK_BYTES])
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
	if (!same)
		fault(FAULT_STORE,
			"%s is the key store of another installation: put back the one that "
			"belongs to %s, with its master key",
			s->keys_path, s->data_path);
}

void keys_rotate(struct store *s)
{
	char *next = (char *)str_fmt(s->arena, "%s.next", s->master_path).p;
	uint8_t master[KEY_BYTES];
	sqlite3 *db = s->write_conn->keys.db;

	random_bytes(master, sizeof master);
	master_write(next, master);
	lite_run(db, "begin immediate");
	secrets_write(db, &s->secrets, master);
	lite_run(db, "commit");
	if (rename(next, s->master_path))
		fault(FAULT_STORE, "%s: %s", next, strerror(errno));
	memcpy(s->master, master, KEY_BYTES);
	explicit_bzero(master, sizeof master);
	lite_run(db, "pragma wal_checkpoint(truncate)");
}

void store_secret(struct store *s, const char *name, uint8_t key[32])
{
	if (!strcmp(name, "cookie")) {
		memcpy(key, s->secrets.cookie, KEY_BYTES);
		return;
	}
	struct digest d = digest_keyed(s->secrets.room, str_of(name));

	memcpy(key, d.b, KEY_BYTES);
}

/* ---- one connection's view ---- */
static void prepare(sqlite3 *db, const char *sql, sqlite3_stmt **st)
{
	int rc = sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, st, NULL);

	if (rc)
		lite_fault(db, rc, "keys.db");
}

void keys_open(struct store_conn *c)
{
	struct keys *k = &c->keys;

	k->records = 1;
	k->slots = calloc(KEY_CACHE_MAX, sizeof *k->slots);
	if (!k->slots)
		fault(FAULT_MEMORY, "no memory for keys");
	k->db = keys_db(
		c->store->keys_path, c->writer ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY);
	prepare(k->db, "select wrapped, made from subject_key where owner = ?1", &k->get);
	if (!c->writer)
		return;
	prepare(k->db, "insert into subject_key (owner, wrapped) values (?1, ?2)", &k->add);
	prepare(k->db, "delete from subject_key where owner = ?1", &k->drop);
	prepare(k->db, "update swept set made = ?1 where made < ?1", &k->mark);
}

static void cache_clear(struct keys *k)
{
	if (k->clock) /* else nothing was ever put in: its pages need not be touched */
		explicit_bzero(k->slots, KEY_CACHE_MAX * sizeof *k->slots);
}

void keys_close(struct keys *k)
{
	if (k->slots)
		cache_clear(k);
	free(k->slots);
	sqlite3_finalize(k->get);
	sqlite3_finalize(k->add);
	sqlite3_finalize(k->drop);
	sqlite3_finalize(k->mark);
	lite_close(k->db);
}

enum { WAYS = 4 }; /* slots in which an owner may lie */

static struct key_slot *cache_set(struct keys *k, int64_t owner)
{
	uint64_t h = (uint64_t)owner * UINT64_C(0x9e3779b97f4a7c15);

	return k->slots + (h >> 40) % (KEY_CACHE_MAX / WAYS) * WAYS;
}

void keys_forget(struct store_conn *c)
{
	struct keys *k = &c->keys;
	uint64_t epoch = atomic_load(&c->store->key_epoch);

	if (k->epoch == epoch)
		return;
	cache_clear(k); /* somewhere a key was dropped */
	k->epoch = epoch;
}

static struct key_slot *cache_find(struct store_conn *c, int64_t owner)
{
	struct keys *k = &c->keys;

	keys_forget(c);
	struct key_slot *set = cache_set(k, owner);

	for (size_t i = 0; i < WAYS; i++)
		if (set[i].owner == owner) {
			set[i].used = ++k->clock;
			return &set[i];
		}
	return NULL;
}

static struct key_slot *cache_put(
	struct store_conn *c, int64_t owner, int64_t version, const uint8_t key[KEY_BYTES])
{
	struct key_slot *set = cache_set(&c->keys, owner), *s = set;

	for (size_t i = 1; i < WAYS; i++)
		if (set[i].used < s->used)
			s = &set[i];
	s->owner = owner;
	s->version = version;
	memcpy(s->key, key, KEY_BYTES);
	s->used = ++c->keys.clock;
	s->recorded = 0;
	return s;
}

static struct key_slot *key_load(struct store_conn *c, int64_t owner)
{
	struct key_slot *s = cache_find(c, owner);
	struct keys *k = &c->keys;
	uint8_t key[KEY_BYTES];
	char name[40];

	if (s)
		return s;
	store_due();
	sqlite3_bind_int64(k->get, 1, owner);
	int rc = sqlite3_step(k->get);
	bool found = rc == SQLITE_ROW;
	bool good = found &&
		    unwrap(key, sqlite3_column_blob(k->get, 0), sqlite3_column_bytes(k->get, 0),
			    c->store->secrets.wrap, owner_name(name, owner));
	int64_t version = found ? sqlite3_column_int64(k->get, 1) : 0;

	sqlite3_reset(k->get);
	if (!found && rc != SQLITE_DONE)
		lite_fault(k->db, rc, "keys.db");
	if (found && !good)
		fault(FAULT_STORE, "keys.db: the key of an owner is damaged");
	if (!found)
		return NULL;
	s = cache_put(c, owner, version, key);
	explicit_bzero(key, sizeof key);
	return s;
}

int64_t keys_get(struct store_conn *c, int64_t owner, uint8_t key[KEY_BYTES])
{
	struct key_slot *s = key_load(c, owner);

	if (s)
		memcpy(key, s->key, KEY_BYTES);
	return s ? s->version : 0;
}

static struct key_slot *key_make(struct store_conn *c, int64_t owner)
{
	struct keys *k = &c->keys;
	uint8_t key[KEY_BYTES], wrapped[WRAPPED_BYTES];
	char name[40];

	if (!k->dirty) {
		lite_run(k->db, "begin immediate");
		k->dirty = true;
	}
	random_bytes(key, sizeof key);
	wrap(wrapped, key, c->store->secrets.wrap, owner_name(name, owner));
	sqlite3_bind_int64(k->add, 1, owner);
	sqlite3_bind_blob(k->add, 2, wrapped, sizeof wrapped, SQLITE_STATIC);
	int rc = sqlite3_step(k->add);

	sqlite3_reset(k->add);
	sqlite3_clear_bindings(k->add);
	explicit_bzero(wrapped, sizeof wrapped);
	if (rc != SQLITE_DONE)
		lite_fault(k->db, rc, "keys.db");
	k->newest = sqlite3_last_insert_rowid(k->db);
	struct key_slot *s = cache_put(c, owner, k->newest, key);

	explicit_bzero(key, sizeof key);
	return s;
}

/* The owner is recorded in the data, in the unit's transaction: what lies in keys.db without a
 * record is an orphan of a unit that was rolled back. */
int64_t keys_need(struct store_conn *c, int64_t owner, uint8_t key[KEY_BYTES])
{
	struct key_slot *s;

	MUST(c->writer && owner > 0);
	s = key_load(c, owner);
	if (!s || s->recorded != c->keys.records) {
		struct prepared *st = house_start(c, HOUSE_SUBJECT_GET);

		prepared_bind_int(st, 1, owner);
		bool known = house_step(c, HOUSE_SUBJECT_GET);
		bool erased = known && prepared_int(st, 0) == SUBJECT_ERASED;

		prepared_reset(st);
		if (erased)
			fault(FAULT_POLICY, "the subject is erased: nothing new is kept of it");
		if (!known) {
			st = house_start(c, HOUSE_SUBJECT_ADD);
			prepared_bind_int(st, 1, owner);
			prepared_bind_int(st, 2, clock_now().us);
			house_run(c, HOUSE_SUBJECT_ADD);
		}
	}
	if (!s)
		s = key_make(c, owner);
	s->recorded = c->keys.records;
	memcpy(key, s->key, KEY_BYTES);
	return s->version;
}

void keys_unit_back(struct store_conn *c)
{
	c->keys.records++;
	c->keys.orphans |= c->keys.newest > c->keys.marked;
}

void keys_commit(struct store_conn *c)
{
	if (!c->keys.dirty)
		return;
	lite_run(c->keys.db, "commit");
	c->keys.dirty = false;
}

void keys_rollback(struct store_conn *c)
{
	keys_unit_back(c);
	if (!c->keys.dirty)
		return;
	cache_clear(&c->keys);
	if (!sqlite3_get_autocommit(c->keys.db))
		sqlite3_exec(c->keys.db, "rollback", NULL, NULL, NULL);
	c->keys.dirty = false;
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

bool keys_log_empty(struct store_conn *c)
{
	return !sqlite3_wal_checkpoint_v2(c->keys.db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
}

/* Overwrites before it deletes, and empties the log: the wrapped keys are in no file then. */
void keys_drop(struct store_conn *c, const struct drop *v, size_t n)
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
	atomic_fetch_add(&c->store->key_epoch, 1);
	truncate_log(k->db);
}

static void orphans_find(
	struct store_conn *c, sqlite3_stmt *all, struct arena *a, struct drops *orphans)
{
	struct prepared *known = house_start(c, HOUSE_SUBJECT_GET);

	while (sqlite3_step(all) == SQLITE_ROW) {
		int64_t owner = sqlite3_column_int64(all, 0);

		prepared_bind_int(known, 1, owner);
		if (!house_step(c, HOUSE_SUBJECT_GET))
			*ARENA_PUSH(a, orphans) = (struct drop){0, owner};
		prepared_reset(known);
	}
}

static void swept_set(struct store_conn *c, int64_t until)
{
	struct keys *k = &c->keys;

	sqlite3_bind_int64(k->mark, 1, until);
	int rc = sqlite3_step(k->mark);

	sqlite3_reset(k->mark);
	if (rc != SQLITE_DONE)
		lite_fault(k->db, rc, "keys.db");
	k->marked = until;
	k->orphans = false;
}

/* Keys that no record in the data knows: their unit never committed. Keys are numbered in the order
 * of their making, so that only those are looked at that were made since the last time. */
void keys_sweep(struct store_conn *c)
{
	struct arena *a = arena_make((size_t)256 << 20);
	struct drops orphans = {0};
	sqlite3_stmt *all = NULL;
	struct fault_point fp;

	int64_t until = one_int(c->keys.db, "select coalesce(max(made), 0) from subject_key");

	prepare(c->keys.db,
		"select owner from subject_key where made > (select made from swept where id = 1)",
		&all);
	if (FAULT_TRY(fp)) {
		orphans_find(c, all, a, &orphans);
		sqlite3_reset(all);
		if (orphans.n)
			keys_drop(c, orphans.v, orphans.n);
		swept_set(c, until);
		FAULT_END(fp);
		fp.kind = 0;
	}
	sqlite3_finalize(all);
	arena_free(a);
	if (fp.kind)
		fault(fp.kind, "%s", fp.what);
}

/* Without it a start would look at every key that was made since the start before. */
void keys_mark(struct store_conn *c, int64_t each)
{
	struct keys *k = &c->keys;
	struct fault_point fp;

	if (k->newest - k->marked < each)
		return;
	if (FAULT_TRY(fp)) {
		if (k->orphans)
			keys_sweep(c);
		else
			swept_set(c, k->newest);
		FAULT_END(fp);
	} else {
		k->marked = k->newest; /* not at once again; the next start looks at them */
		k->orphans = true;
		LOG(LOG_WARN, "keys were not looked through", LOG_S("why", str_of(fp.what)));
	}
}
