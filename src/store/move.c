/* Moving an installation to another folder, and to the other engine. */
#include "move.h"
#include "keys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_COPY_BYTES = 1 << 20, MOVING_BYTES_MAX = 16 << 10, TOKEN_BYTES = 16 };

struct move {
	const struct move_options *o;
	struct arena *a;
	struct store *from_dir, *to_dir; /* locked */
	struct copy_side *from, *to;
	struct copy_tables tables;
	uint8_t mark[MARK_BYTES];
	str token; /* of this move; empty: none was begun */
	char *buf;
};

static void say(struct move *m, const char *line)
{
	if (m->o->progress.said)
		m->o->progress.said(m->o->progress.ctx, line);
}

static bool there(const char *path)
{
	struct stat st;

	return !lstat(path, &st);
}

/* ---- the two places -------------------------------------------------------------------------- */
static const char *place_of(struct move *m, const char *path)
{
	char *real = realpath(path, NULL);
	const char *kept = real ? str_fmt(m->a, "%s", real).p : NULL;

	free(real);
	return kept;
}

/* The keys of the installation are read, and left as they are. */
static struct store *source_hold(
	struct move *m, const char *dir, const char *keys, const char *master)
{
	struct store *s;

	if (!there(path_join(m->a, dir, "master.key")) && !master)
		fault(FAULT_STORE, "%s is no installation (it has no master.key)", dir);
	if (there(path_join(m->a, dir, MOVING)))
		fault(FAULT_STORE, "%s is itself being filled by kontor move: finish that first",
			dir);
	s = store_hold(&(struct store_options){
		.dir = dir, .keys_path = keys, .master_path = master, .policy = m->o->policy});
	return s;
}

static void secrets_read(struct store *s)
{
	if (!keys_master_read(s->master_path, s->master))
		fault(FAULT_STORE, "%s is missing", s->master_path);
	if (!pg_keys_held(s) && !there(s->keys_path))
		fault(FAULT_STORE, "%s is missing", s->keys_path);
	if (!s->key_engine->secrets(s, s->master, &s->secrets))
		fault(FAULT_STORE,
			"%s does not open %s: start the server once, it finishes a rotation that "
			"was cut off",
			s->master_path, s->keys_path);
}

/* One snapshot of the rows of a place that nobody serves. */
static struct copy_side *rows_of(struct move *m, struct store *s)
{
	const char *database = pg_address_read(s->arena, s->dir);

	if (database)
		return copy_pg_open(m->a, s, database, COPY_ALONE, NULL, NULL);
	if (!there(s->data_path))
		fault(FAULT_STORE, "%s is no installation (it has no data.db)", s->dir);
	return copy_lite_open(m->a, s->data_path, COPY_ALONE, NULL);
}

static void source_open(struct move *m)
{
	const struct move_options *o = m->o;

	m->from_dir = source_hold(m, o->from, o->keys, o->master);
	secrets_read(m->from_dir);
	m->from = rows_of(m, m->from_dir);
	copy_schema_check(m->from, &m->tables, schema_files);
	if (!copy_mark(m->from, &m->tables, m->mark))
		fault(FAULT_STORE, "%s says not whose its rows are: it was never finished",
			o->from);
}

/* ---- the target's folder --------------------------------------------------------------------- */
/* What stands in it while it is not whole: token, source, database, key store. */
static str moving_line(struct move *m, str token)
{
	const char *keys = m->o->to_keys;

	return str_fmt(m->a, STR_FMT "\n%s\n%s\n%s%s", STR_ARG(token), place_of(m, m->o->from),
		m->o->database ? m->o->database : "", keys ? keys : "", keys ? "\n" : "");
}

/* A call that was cut off before all others may have left the beginning of that line. */
static bool empty(const char *dir)
{
	DIR *d = opendir(dir);
	bool none = true;

	if (!d && errno == ENOENT)
		return true;
	if (!d)
		fault(FAULT_STORE, "%s: %s", dir, strerror(errno));
	for (struct dirent *e; none && (e = readdir(d));)
		none = !strcmp(e->d_name, ".") || !strcmp(e->d_name, "..") ||
		       !strcmp(e->d_name, MOVING ".new");
	closedir(d);
	return none;
}

/* A folder inside of the source would be copied into itself. */
static void apart(struct move *m)
{
	const char *from = place_of(m, m->o->from);
	char *above = strdup(m->o->to), *slash = above ? strrchr(above, '/') : NULL;

	MUST(above && from);
	if (slash)
		*slash = 0;
	const char *to = place_of(m, !slash ? "." : *above ? above : "/");

	free(above);
	if (!to)
		fault(FAULT_STORE, "%s: the folder that it is to lie in is not there", m->o->to);
	size_t n = strlen(from);

	if (!strncmp(to, from, n) && (!to[n] || to[n] == '/'))
		fault(FAULT_STORE, "%s lies in %s: name a folder outside of it", m->o->to,
			m->o->from);
}

/* Faults unless the target is new or what an earlier call left; reads that one's token. */
static void target_check(struct move *m)
{
	const struct move_options *o = m->o;
	const char *path = path_join(m->a, o->to, MOVING);
	const char *to = place_of(m, o->to);

	if (to && !strcmp(to, place_of(m, o->from)))
		fault(FAULT_STORE, "%s and %s are the same place", o->from, o->to);
	apart(m);
	if (there(path)) {
		str line = file_read(m->a, path, MOVING_BYTES_MAX), rest = line;

		m->token = str_dup(m->a, str_cut(&rest, '\n'));
		if (!str_eq(line, moving_line(m, m->token)))
			fault(FAULT_STORE,
				"%s is being filled from another place, or with another database: "
				"call it as it was called first, or empty the folder and take a "
				"new database",
				o->to);
	} else if (!empty(o->to)) {
		fault(FAULT_STORE, "%s is not empty: name a new folder", o->to);
	}
	if (o->to_keys && !o->database)
		fault(FAULT_OUTSIDE, "a key store in PostgreSQL goes with data in PostgreSQL: say "
				     "--database too");
	if (!o->database)
		return;
	bool resumed = m->token.n;
	struct store s = {.arena = m->a, .to_spread = o->citus}; /* the places alone are wanted */

	pg_fit_move(&s, o->database, resumed ? m->token.p : "", resumed);
	if (o->to_keys)
		pg_keys_fit_move(&s, m->from_dir, o->to_keys, resumed ? m->mark : NULL);
}

/* ---- files ----------------------------------------------------------------------------------- */
static noreturn void broken(const char *path, int fd, int other)
{
	int e = errno;

	if (fd >= 0)
		close(fd);
	if (other >= 0)
		close(other);
	fault(FAULT_STORE, "%s: %s", path, strerror(e));
}

static void file_copy(struct move *m, const char *from, const char *to)
{
	char tmp[PATH_MAX];
	int in = open(from, O_RDONLY | O_CLOEXEC), out;
	ssize_t n;

	if (in < 0 && errno == ENOENT)
		return; /* a rotation's file that went meanwhile */
	MUST(snprintf(tmp, sizeof tmp, "%s.copy", to) < (int)sizeof tmp);
	out = in < 0 ? -1 : open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (out < 0)
		broken(in < 0 ? from : tmp, in, -1);
	while ((n = read(in, m->buf, FILE_COPY_BYTES)) > 0)
		if (write(out, m->buf, (size_t)n) != n)
			broken(tmp, in, out);
	if (n < 0 || fsync(out) || rename(tmp, to))
		broken(to, in, out);
	close(in);
	close(out);
}

/* What belongs to a place or is made anew there; keys are copied by their engine. */
static bool stays(const char *name)
{
	static const char *const names[] = {"data.db", "data.db-wal", "data.db-shm", "keys.db",
		"keys.db-wal", "keys.db-shm", "keys", "erased.log", "database", "replicas",
		"kontor.lock", "kontor.sock", "log", "master.key", MOVING};

	for (size_t i = 0; i < COUNT(names); i++)
		if (!strcmp(name, names[i]))
			return true;
	return str_starts(str_of(name), S("search.idx"));
}

static bool same_size(const struct stat *st, const char *path)
{
	struct stat other;

	return !lstat(path, &other) && S_ISREG(other.st_mode) && other.st_size == st->st_size;
}

/* Files of files/ are called by the digest of what they hold: one that is there is the same. */
static void tree_copy(struct move *m, const char *from, const char *to, int depth)
{
	DIR *d = opendir(from);

	if (!d || (mkdir(to, 0700) && errno != EEXIST)) {
		int e = errno;

		if (d)
			closedir(d);
		fault(FAULT_STORE, "%s: %s", d ? to : from, strerror(e));
	}
	bool named = depth == 1 && str_ends(str_of(from), S("/files"));

	for (struct dirent *e; (e = readdir(d));) {
		char inner[PATH_MAX], outer[PATH_MAX];
		struct stat st;

		MUST(snprintf(inner, sizeof inner, "%s/%s", from, e->d_name) < PATH_MAX &&
			snprintf(outer, sizeof outer, "%s/%s", to, e->d_name) < PATH_MAX);
		if (e->d_name[0] == '.' || (!depth && stays(e->d_name)) || lstat(inner, &st))
			continue;
		if (S_ISDIR(st.st_mode))
			tree_copy(m, inner, outer, depth + 1);
		else if (S_ISREG(st.st_mode) && !(named && same_size(&st, outer)))
			file_copy(m, inner, outer);
	}
	closedir(d);
	dir_sync(to);
}

static void keys_file_copy(struct move *m)
{
	const char *to = path_join(m->a, m->o->to, "keys.db"),
		   *tmp = path_join(m->a, m->o->to, "keys.db.whole");

	unlink(tmp);
	if (m->from_dir->key_engine->shared)
		keys_file_write(m->from_dir, tmp);
	else
		copy_lite_file(m->from_dir->keys_path, tmp);
	file_make_private(tmp);
	file_copy(m, tmp, to); /* flushed, and renamed into its place */
	unlink(tmp);
}

/* The log of erasures of the source, as a file has it. */
static str log_of(struct move *m)
{
	const char *path = path_join(m->a, m->o->from, "erased.log");

	if (m->from_dir->key_engine->shared)
		return pg_erased_text(m->from_dir, m->a);
	return there(path) ? file_read(m->a, path, ERASED_LOG_BYTES_MAX) : (str){0};
}

/* Keys and who was erased, whichever way the two places keep them. */
static void keys_copy(struct move *m)
{
	const struct move_options *o = m->o;
	str log = log_of(m);

	file_copy(m, m->from_dir->master_path, path_join(m->a, o->to, "master.key"));
	if (o->to_keys) {
		pg_keys_make_of(m->to_dir, m->from_dir, o->to_keys, log);
		return;
	}
	keys_file_copy(m);
	if (log.p)
		file_write_synced(path_join(m->a, o->to, "erased.log"), log, 0600);
}

static bool keys_same(struct move *m)
{
	struct digest from = keys_whole_digest(m->from_dir), to = keys_whole_digest(m->to_dir);
	bool same = !memcmp(&from, &to, sizeof from);

	if (!same)
		say(m, "the keys differ");
	return same;
}

/* ---- moving ---------------------------------------------------------------------------------- */
static void target_open(struct move *m)
{
	const struct move_options *o = m->o;

	if (mkdir(o->to, 0700) && errno != EEXIST)
		fault(FAULT_STORE, "%s: %s", o->to, strerror(errno));
	if (!m->token.n) {
		uint8_t id[TOKEN_BYTES];

		random_bytes(id, sizeof id);
		m->token = hex_of(m->a, id, sizeof id);
		file_write_synced(path_join(m->a, o->to, MOVING), moving_line(m, m->token), 0600);
	}
	m->to_dir = store_hold(&(struct store_options){.dir = o->to, .policy = o->policy});
	m->to_dir->to_spread = o->citus;
	say(m, "copying keys and files");
	keys_copy(m);
	tree_copy(m, o->from, o->to, 0);
	secrets_read(m->to_dir);
	if (!keys_same(m))
		fault(FAULT_STORE, "the keys of the two sides differ: %s is not to be used", o->to);
	say(m, "making the tables");
	if (!o->database) {
		m->to = copy_lite_open(m->a, m->to_dir->data_path, COPY_WRITE, schema_files);
		return;
	}
	m->to = copy_pg_open(m->a, m->to_dir, o->database, COPY_WRITE, schema_files, m->token.p);
	pg_address_keep(m->to_dir);
}

/* The house's row comes behind all others, and behind their comparison. */
static struct moved rows_move(struct move *m)
{
	const struct copy_progress *p = &m->o->progress;
	struct moved n = {0};
	bool same = true;

	say(m, "copying the rows");
	for (size_t i = 0; i < m->tables.n; i++)
		if (!m->tables.v[i].schema && !m->tables.v[i].house)
			copy_table_rows(m->from, m->to, &m->tables.v[i], p);
	say(m, "comparing both sides");
	for (size_t i = 0; i < m->tables.n; i++) {
		const struct copy_table *t = &m->tables.v[i];

		if (t->house && same)
			copy_table_rows(m->from, m->to, t, p);
		if (!t->schema)
			same = copy_same(m->from, m->to, t, p, &n.rows) && same;
		n.tables += !t->schema;
	}
	if (!same)
		fault(FAULT_STORE, "the two sides differ: %s is not to be used", m->o->to);
	m->to->engine->whole(m->to);
	if (m->o->citus) {
		say(m, "spreading the rows over the machines");
		pg_spread(m->to_dir, schema_files, m->token.p);
	}
	return n;
}

static void finish(struct move *m)
{
	const char *path = path_join(m->a, m->o->to, MOVING);

	copy_close(m->to);
	if (unlink(path))
		fault(FAULT_STORE, "%s: %s", path, strerror(errno));
	dir_sync(m->o->to);
}

static void ends(struct move *m, const struct fault_point *fp)
{
	copy_close(m->to);
	copy_close(m->from);
	store_close(m->to_dir);
	store_close(m->from_dir);
	arena_free(m->a);
	if (fp->kind)
		fault(fp->kind, "%s", fp->what);
}

static void begin(struct move *m, const struct move_options *o)
{
	*m = (struct move){.o = o, .a = arena_make((size_t)64 << 20)};
}

struct moved store_move(const struct move_options *o)
{
	struct move m;
	struct moved n = {0};
	struct fault_point fp;

	begin(&m, o);
	fp.kind = 0;
	if (FAULT_TRY(fp)) {
		m.buf = arena_alloc(m.a, 1, FILE_COPY_BYTES);
		m.tables = copy_tables_of(m.a, schema_files);
		source_open(&m);
		target_check(&m);
		target_open(&m);
		n = rows_move(&m);
		finish(&m);
		FAULT_END(fp);
		fp.kind = 0;
	}
	ends(&m, &fp);
	return n;
}

void store_move_fit(const char *database, const char *keys, bool citus)
{
	struct store s = {.arena = arena_make(1 << 20), .to_spread = citus};
	struct fault_point fp;

	fp.kind = 0;
	if (FAULT_TRY(fp)) {
		pg_fit_move(&s, database, "", false);
		if (keys)
			pg_keys_fit_move(&s, NULL, keys, NULL);
		FAULT_END(fp);
		fp.kind = 0;
	}
	arena_free(s.arena);
	if (fp.kind)
		fault(fp.kind, "%s", fp.what);
}

static bool all_same(struct move *m, struct moved *n)
{
	bool same;

	m->to_dir = source_hold(m, m->o->to, NULL, NULL);
	secrets_read(m->to_dir);
	same = keys_same(m);
	m->to = rows_of(m, m->to_dir);
	copy_schema_check(m->to, &m->tables, schema_files);
	for (size_t i = 0; i < m->tables.n; i++) {
		if (m->tables.v[i].schema)
			continue;
		same = copy_same(m->from, m->to, &m->tables.v[i], &m->o->progress, &n->rows) &&
		       same;
		n->tables++;
	}
	return same;
}

bool store_move_check(const struct move_options *o, struct moved *n)
{
	struct move m;
	struct fault_point fp;
	volatile bool same = false;

	begin(&m, o);
	fp.kind = 0;
	if (FAULT_TRY(fp)) {
		m.tables = copy_tables_of(m.a, schema_files);
		source_open(&m);
		same = all_same(&m, n);
		FAULT_END(fp);
		fp.kind = 0;
	}
	ends(&m, &fp);
	return same;
}
