/* Backup and restore of an installation. */
#include "backup.h"
#include "archive.h"
#include "copy.h"
#include "keys.h"
#include "lite.h"
#include "walk.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Stands in a restored folder until its erasures are repeated: nobody opens it before. */
#define RESTORED "restored"
/* Beside it: the signed heads of the chained logs, as they stood when the backup was begun. */
#define HEADS "chain.heads"

enum { HEADS_BYTES_MAX = 1 << 20 };

struct backup {
	struct store *store;
	const char *file;
	char tmp[4096], keys[4096], erased[4096];
	struct archive_out *out;
	struct archive_head head;
	void (*say)(void *ctx, const char *line);
	void *ctx;
	size_t files;
};

/* The keys' part is under the master key. The data's part is under a secret of the key store: it
 * can be restored after the master was rotated, with newer keys. */
static void keys_mac(const uint8_t master[KEY_BYTES], uint8_t key[KEY_BYTES])
{
	struct digest d = digest_keyed(master, S("kontor backup 1 keys"));

	memcpy(key, d.b, KEY_BYTES);
}

static void data_mac(const struct secrets *k, uint8_t key[KEY_BYTES])
{
	struct digest d = digest_keyed(k->room, S("kontor backup 1 data"));

	memcpy(key, d.b, KEY_BYTES);
}

static void say(struct backup *b, const char *line)
{
	if (b->say)
		b->say(b->ctx, line);
}

static void folder_add(struct backup *b, const char *path, const char *name)
{
	DIR *d = opendir(path);

	if (!d)
		fault(FAULT_STORE, "%s: %s", path, strerror(errno));
	for (struct dirent *e; (e = readdir(d));) {
		char inner[4096], inner_name[512];
		struct stat st;

		if (e->d_name[0] == '.')
			continue;
		int n = snprintf(inner, sizeof inner, "%s/%s", path, e->d_name);
		int k = snprintf(inner_name, sizeof inner_name, "%s/%s", name, e->d_name);

		MUST(n > 0 && (size_t)n < sizeof inner && k > 0 && (size_t)k < sizeof inner_name);
		if (lstat(inner, &st))
			continue; /* removed meanwhile: nothing will need it */
		if (S_ISDIR(st.st_mode))
			folder_add(b, inner, inner_name);
		else if (S_ISREG(st.st_mode)) {
			archive_add(b->out, inner_name, inner);
			b->files++;
		}
	}
	closedir(d);
}

/* Everything is linked and the heads are taken before the snapshot, so that it holds them. */
static void heads_write(struct backup *b)
{
	struct arena *a = arena_make((size_t)64 << 20);
	struct fault_point fp;

	if (FAULT_TRY(fp)) {
		bool chains = policy_table(b->store->policy, S("chain_link"));

		while (chains && store_chain_link(b->store, a))
			arena_reset(a);
		file_write_synced(b->tmp, chains ? store_chain_heads(b->store, a) : S(""), 0600);
		FAULT_END(fp);
	} else {
		arena_free(a);
		fault(fp.kind, "%s", fp.what);
	}
	arena_free(a);
	archive_add(b->out, HEADS, b->tmp);
	unlink(b->tmp);
}

/* One file of SQLite, whichever engine holds the rows: what was written is compared with them, in
 * the same snapshot. */
static void rows_copy(struct backup *b, struct copy_side *from, struct copy_side *to,
	const struct copy_tables *all)
{
	const struct copy_progress p = {.said = b->say, .ctx = b->ctx};
	uint64_t rows = 0;
	bool same = true;

	for (size_t i = 0; i < all->n; i++)
		if (!all->v[i].schema)
			copy_table_rows(from, to, &all->v[i], &p);
	for (size_t i = 0; i < all->n; i++)
		if (!all->v[i].schema)
			same = copy_same(from, to, &all->v[i], &p, &rows) && same;
	if (!same)
		fault(FAULT_STORE, "the copy is not what lies in PostgreSQL");
	to->engine->whole(to);
}

static void log_unlink(const char *tmp, const char *end)
{
	char path[4200];

	snprintf(path, sizeof path, "%s%s", tmp, end);
	unlink(path);
}

static void rows_write(struct backup *b)
{
	struct arena *a = arena_make((size_t)64 << 20);
	struct copy_side *volatile from = NULL, *volatile to = NULL;
	struct fault_point fp;

	unlink(b->tmp);
	fp.kind = 0;
	if (FAULT_TRY(fp)) {
		struct copy_tables all = copy_tables_of(a, schema_files);

		from = copy_pg_open(a, b->store, NULL, COPY_READ, NULL, NULL);
		to = copy_lite_open(a, b->tmp, COPY_WRITE, schema_files);
		rows_copy(b, from, to, &all);
		FAULT_END(fp);
		fp.kind = 0;
	}
	copy_close(to);
	copy_close(from);
	log_unlink(b->tmp, "-wal");
	log_unlink(b->tmp, "-shm");
	arena_free(a);
	if (fp.kind)
		fault(fp.kind, "%s", fp.what);
}

static str erased_text(struct backup *b, struct arena *a)
{
	char *from = path_join(a, b->store->dir, "erased.log");

	if (b->store->key_engine->shared)
		return pg_erased_text(b->store, a);
	return access(from, F_OK) ? S("") : file_read(a, from, ERASED_LOG_BYTES_MAX);
}

static void erased_copy(struct backup *b, const char *path)
{
	struct arena *a = arena_make((size_t)1 << 30);
	struct fault_point fp;

	if (FAULT_TRY(fp)) {
		file_write_synced(path, erased_text(b, a), 0600);
		FAULT_END(fp);
	} else {
		arena_free(a);
		fault(fp.kind, "%s", fp.what);
	}
	arena_free(a);
}

static void data_write(struct backup *b)
{
	char path[4096];
	struct stat st;
	uint8_t key[KEY_BYTES];

	data_mac(&b->store->secrets, key);
	memcpy(b->head.kind, "data\0\0\0", 8);
	b->out = archive_create(b->file, &b->head, key);
	heads_write(b);
	if (b->store->engine == &engine_lite)
		copy_lite_file(b->store->data_path, b->tmp);
	else
		rows_write(b);
	archive_add(b->out, "data.db", b->tmp);
	unlink(b->tmp);
	snprintf(path, sizeof path, "%s/files", b->store->dir);
	folder_add(b, path, "files");
	snprintf(path, sizeof path, "%s/erased.log", b->store->dir);
	if (b->store->key_engine->shared) {
		erased_copy(b, b->tmp);
		archive_add(b->out, "erased.log", b->tmp);
		unlink(b->tmp);
	} else if (!stat(path, &st)) {
		archive_add(b->out, "erased.log", path);
	}
	archive_end(b->out);
	b->out = NULL;
}

static void keys_write(struct backup *b)
{
	uint8_t key[KEY_BYTES];

	keys_mac(b->store->master, key);
	memcpy(b->head.kind, "keys\0\0\0", 8);
	b->out = archive_create(b->keys, &b->head, key);
	if (b->store->key_engine->shared)
		keys_file_write(b->store, b->tmp);
	else
		copy_lite_file(b->store->keys_path, b->tmp);
	archive_add(b->out, "keys.db", b->tmp);
	unlink(b->tmp);
	archive_end(b->out);
	b->out = NULL;
}

static void tree_remove(const char *path)
{
	DIR *d = opendir(path);

	for (struct dirent *e; d && (e = readdir(d));) {
		char inner[4096];

		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		snprintf(inner, sizeof inner, "%s/%s", path, e->d_name);
		if (unlink(inner))
			tree_remove(inner);
	}
	if (d)
		closedir(d);
	rmdir(path);
}

/* What was written is read again from the disk and compared with its manifest: a backup that nobody
 * can read is found when it is made. */
static void check_again(struct backup *b)
{
	uint8_t key[KEY_BYTES];

	data_mac(&b->store->secrets, key);
	archive_verify(b->file, "data", key);
	keys_mac(b->store->master, key);
	archive_verify(b->keys, "keys", key);
	explicit_bzero(key, sizeof key);
	archive_unpack(b->file, NULL);
	archive_unpack(b->keys, NULL);
}

static uint32_t schema_applied(struct store *s)
{
	sqlite3 *db = lite_open(s->data_path, SQLITE_OPEN_READONLY);
	sqlite3_stmt *st = NULL;
	uint32_t n = 0;
	int rc = sqlite3_prepare_v2(db, "select max(id) from r_schema_file", -1, &st, NULL);

	if (!rc && sqlite3_step(st) == SQLITE_ROW)
		n = (uint32_t)sqlite3_column_int(st, 0);
	sqlite3_finalize(st);
	lite_close(db);
	return n;
}

static void backup_run(struct backup *b)
{
	char line[200];

	b->head.format = ARCHIVE_FORMAT;
	b->head.schema =
		b->store->engine == &engine_lite ? schema_applied(b->store) : store_schema_number();
	b->head.made_us = clock_real().us;
	random_bytes(b->head.id, sizeof b->head.id);
	say(b, "copying the data");
	data_write(b);
	say(b, "copying the keys");
	keys_write(b);
	/* The third artefact: who was erased so far. It outlives every backup, so it is kept beside
	 * them in clear: numbers and times, no names. */
	erased_copy(b, b->erased);
	say(b, "reading it again");
	check_again(b);
	snprintf(line, sizeof line, "done: the database, %zu files, the keys apart", b->files);
	say(b, line);
}

void store_backup(
	struct store *s, const char *file, void (*say_line)(void *ctx, const char *line), void *ctx)
{
	struct backup b = {.store = s, .file = file, .say = say_line, .ctx = ctx};
	struct fault_point fp;
	int n = snprintf(b.tmp, sizeof b.tmp, "%s.copy", file),
	    k = snprintf(b.keys, sizeof b.keys, "%s.keys", file);

	MUST(n > 0 && (size_t)n < sizeof b.tmp && k > 0 && (size_t)k < sizeof b.keys);
	MUST(snprintf(b.erased, sizeof b.erased, "%s.erased", file) < (int)sizeof b.erased);
	if (!access(file, F_OK) || !access(b.keys, F_OK))
		fault(FAULT_STORE, "%s exists already: a backup never replaces another",
			access(file, F_OK) ? b.keys : file);
	atomic_fetch_add(&s->backups, 1);
	if (FAULT_TRY(fp)) {
		backup_run(&b);
		atomic_fetch_sub(&s->backups, 1);
		FAULT_END(fp);
		return;
	}
	atomic_fetch_sub(&s->backups, 1);
	archive_drop(b.out);
	unlink(b.tmp);
	unlink(b.file);
	unlink(b.keys);
	unlink(b.erased);
	fault(fp.kind, "%s", fp.what);
}

/* ---- restore ---- */
static void empty_target(const char *dir)
{
	DIR *d = opendir(dir);

	if (!d && errno == ENOENT)
		return;
	if (!d)
		fault(FAULT_STORE, "%s: %s", dir, strerror(errno));
	for (struct dirent *e; (e = readdir(d));)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0) {
			closedir(d);
			fault(FAULT_STORE, "%s is not empty: restore into a new folder", dir);
		}
	closedir(d);
}

static void engine_check(const char *dir, const char *name)
{
	char path[4096];
	sqlite3_stmt *st = NULL;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	sqlite3 *db = lite_open(path, SQLITE_OPEN_READWRITE);
	int rc = sqlite3_prepare_v2(db, "pragma integrity_check(1)", -1, &st, NULL);
	bool good = !rc && sqlite3_step(st) == SQLITE_ROW &&
		    !strcmp((const char *)sqlite3_column_text(st, 0), "ok");

	sqlite3_finalize(st);
	lite_close(db);
	if (!good)
		fault(FAULT_STORE, "%s of this backup is damaged", name);
}

/* The keys first: the data's digest needs a secret that lies there. */
static struct archive_head keys_restore(
	const struct restore_options *o, const char *keys, const char *dir, struct secrets *secrets)
{
	uint8_t master[KEY_BYTES], key[KEY_BYTES];
	char path[4096];

	if (!keys_master_read(o->master, master))
		fault(FAULT_STORE,
			"%s: the master key of the installation is needed (--master FILE)",
			o->master);
	keys_mac(master, key);
	struct archive_head h = archive_verify(keys, "keys", key);

	archive_unpack(keys, dir);
	engine_check(dir, "keys.db");
	MUST(snprintf(path, sizeof path, "%s/keys.db", dir) < (int)sizeof path);
	if (!keys_secrets_read(path, master, secrets))
		fault(FAULT_STORE, "%s does not open the secrets of %s", o->master, keys);
	explicit_bzero(master, sizeof master);
	explicit_bzero(key, sizeof key);
	return h;
}

static int ids_compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* Each of them. A log whose keys were carried to a key store that servers share names nobody twice,
 * so it need not begin as one of before does. */
static bool names_all(struct erased_ids newest, struct erased_ids old)
{
	bool all = true;

	if (newest.n)
		qsort(newest.v, newest.n, sizeof *newest.v, ids_compare);
	for (size_t i = 0; all && i < old.n; i++)
		all = newest.n &&
		      bsearch(&old.v[i], newest.v, newest.n, sizeof *newest.v, ids_compare);
	return all;
}

/* The newest copy of the erasure log takes the place of the backup's own, and must name all whom
 * that names: a copy that is older than the backup would bring people back. */
static void log_restore(
	const struct restore_options *o, const char *dir, const struct secrets *secrets)
{
	struct arena *a = arena_make((size_t)1 << 30);
	char *own = path_join(a, dir, "erased.log");
	struct fault_point fp;

	if (FAULT_TRY(fp)) {
		str newest = o->erased ? file_read(a, o->erased, ERASED_LOG_BYTES_MAX) : S(""),
		    old = access(own, F_OK) ? S("") : file_read(a, own, ERASED_LOG_BYTES_MAX);

		struct erased_ids own_ids = erased_read(a, secrets->replay, old);

		if (o->erased && !names_all(erased_read(a, secrets->replay, newest), own_ids))
			fault(FAULT_STORE,
				"%s is older than this backup: the newest copy of the erasure log "
				"is needed",
				o->erased);
		if (o->erased)
			file_write_synced(own, newest, 0600);
		file_write_synced(path_join(a, dir, RESTORED), S(""), 0600);
		FAULT_END(fp);
	} else {
		arena_free(a);
		fault(fp.kind, "%s", fp.what);
	}
	arena_free(a);
}

static void data_restore(const struct restore_options *o, const char *keys, const char *dir)
{
	struct secrets secrets;
	uint8_t key[KEY_BYTES];
	struct archive_head k = keys_restore(o, keys, dir, &secrets);

	data_mac(&secrets, key);
	struct archive_head d = archive_verify(o->file, "data", key);

	explicit_bzero(key, sizeof key);
	if (k.made_us < d.made_us)
		fault(FAULT_STORE, "%s is older than %s: it lacks keys", keys, o->file);
	if (d.schema > o->schema)
		fault(FAULT_STORE,
			"%s was written by a newer program (schema %04u, this one knows %04u): use "
			"that one",
			o->file, d.schema, o->schema);
	archive_unpack(o->file, dir);
	engine_check(dir, "data.db");
	log_restore(o, dir, &secrets);
	explicit_bzero(&secrets, sizeof secrets);
}

static void restore_into(const struct restore_options *o, const char *keys, const char *dir)
{
	struct arena *a = arena_make((size_t)1 << 20);
	struct fault_point fp;

	if (FAULT_TRY(fp)) {
		if (mkdir(dir, 0700))
			fault(FAULT_STORE, "%s: %s", dir, strerror(errno));
		data_restore(o, keys, dir);
		file_write_synced(
			path_join(a, dir, "master.key"), file_read(a, o->master, 4096), 0600);
		dir_sync(dir);
		rmdir(o->dir);
		if (rename(dir, o->dir))
			fault(FAULT_STORE, "%s: %s", o->dir, strerror(errno));
		FAULT_END(fp);
	} else {
		arena_free(a);
		tree_remove(dir);
		fault(fp.kind, "%s", fp.what);
	}
	arena_free(a);
}

void store_restore(const struct restore_options *o)
{
	char keys[4096], dir[4096];
	int n = snprintf(
		keys, sizeof keys, "%s%s", o->keys ? o->keys : o->file, o->keys ? "" : ".keys");
	int k = snprintf(dir, sizeof dir, "%s.restoring", o->dir);

	MUST(n > 0 && (size_t)n < sizeof keys && k > 0 && (size_t)k < sizeof dir);
	empty_target(o->dir);
	tree_remove(dir);
	restore_into(o, keys, dir);
}

/* ---- erasures again ---- */
struct again {
	int64_t id;
	struct erasing at;
	struct erased n;
	bool over;
};

static bool again_apply(struct db *db, void *ctx)
{
	struct again *g = ctx;

	g->over = subject_erase(db, g->id, &g->at, &g->n);
	return true;
}

/* Keys first, then the rows: what the backup brought back goes as it went the first time. */
static size_t erased_again(struct store *s, struct arena *a, struct erased_ids all)
{
	for (size_t i = 0; i < all.n; i++) {
		struct again g = {.id = all.v[i]};

		while (!g.over) {
			struct write_unit u = {.arena = a, .apply = again_apply, .ctx = &g};

			if (store_write_wait(s, &u) != WRITE_DONE)
				fault(FAULT_STORE, "erasures could not be repeated: %s",
					u.fault.what);
		}
	}
	return all.n;
}

void store_restored_drop(const char *dir)
{
	tree_remove(dir);
}

size_t store_restore_erased(struct store *s, const char *erased)
{
	struct arena *a = arena_make((size_t)1 << 30);
	struct fault_point fp;
	volatile size_t n = 0;

	if (FAULT_TRY(fp)) {
		n = erased_again(s, a,
			erased_read(
				a, s->secrets.replay, file_read(a, erased, ERASED_LOG_BYTES_MAX)));
		FAULT_END(fp);
	} else {
		arena_free(a);
		fault(fp.kind, "%s", fp.what);
	}
	arena_free(a);
	return n;
}

/* What was restored must be at least as long as what was signed when the backup was begun, and no
 * other: a log that somebody shortened or exchanged inside of an archive does not open. */
static void heads_check(struct store *s)
{
	struct arena *a = arena_make((size_t)64 << 20);
	char *path = path_join(a, s->dir, HEADS);
	struct fault_point fp;

	if (FAULT_TRY(fp)) {
		str rest = access(path, F_OK) ? S("") : file_read(a, path, HEADS_BYTES_MAX);

		while (rest.n) {
			str line = str_trim(str_cut(&rest, '\n'));

			if (line.n && !store_chain_holds(s, a, line))
				fault(FAULT_STORE,
					"a log in this backup is not what was signed when it was "
					"made: " STR_FMT,
					STR_ARG(line));
		}
		unlink(path);
		FAULT_END(fp);
	} else {
		arena_free(a);
		fault(fp.kind, "%s", fp.what);
	}
	arena_free(a);
}

static void late_again(struct store *s)
{
	struct arena *a = arena_make((size_t)1 << 30);
	struct erased_ids late = {0};
	struct fault_point fp;

	fp.kind = 0;
	if (FAULT_TRY(fp)) {
		s->key_engine->erased_late(s->write_conn, a, &late);
		s->replayed = erased_again(s, a, late);
		FAULT_END(fp);
		fp.kind = 0;
	}
	arena_free(a);
	if (fp.kind)
		fault(fp.kind, "%s", fp.what);
}

void erased_replay(struct store *s)
{
	char mark[4096], log[4096];

	MUST(snprintf(mark, sizeof mark, "%s/" RESTORED, s->dir) < (int)sizeof mark &&
		snprintf(log, sizeof log, "%s/erased.log", s->dir) < (int)sizeof log);
	if (access(mark, F_OK)) {
		late_again(s);
		return;
	}
	heads_check(s);
	if (!access(log, F_OK))
		s->replayed = store_restore_erased(s, log);
	if (unlink(mark))
		fault(FAULT_STORE, "%s: %s", mark, strerror(errno));
	dir_sync(s->dir);
}

size_t store_replayed(const struct store *s)
{
	return s->replayed;
}

uint32_t store_schema_number(void)
{
	int64_t n = 0;

	for (const struct schema_file *f = schema_files; f->name; f++)
		n = schema_number(f->name) > n ? schema_number(f->name) : n;
	return (uint32_t)n;
}
