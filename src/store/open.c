/* Opening and closing an installation; read snapshots. */
#include "control.h"
#include "keys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static void lock(struct store *s)
{
	char *path = path_join(s->arena, s->dir, "kontor.lock"), text[32] = {0};

	s->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (s->lock_fd < 0)
		fault(FAULT_STORE, "%s: %s", path, strerror(errno));
	if (flock(s->lock_fd, LOCK_EX | LOCK_NB)) {
		ssize_t n = pread(s->lock_fd, text, sizeof text - 1, 0);

		str pid = str_trim((str){text, n > 0 ? (size_t)n : 0});

		fault(FAULT_STORE,
			"%s is in use by process " STR_FMT
			": stop it, or let it do the work (its commands "
			"go over %s/kontor.sock)",
			s->dir, STR_ARG(pid), s->dir);
	}
	int n = snprintf(text, sizeof text, "%d\n", (int)getpid());

	if (ftruncate(s->lock_fd, 0) || pwrite(s->lock_fd, text, (size_t)n, 0) != n)
		fault(FAULT_STORE, "%s: %s", path, strerror(errno));
}

static void folders(struct store *s, bool create)
{
	static const char *const inner[] = {"files", "log", NULL};
	struct stat st;

	if (create && mkdir(s->dir, 0700) && errno != EEXIST)
		fault(FAULT_STORE, "%s: %s", s->dir, strerror(errno));
	if (stat(s->dir, &st) || !S_ISDIR(st.st_mode))
		fault(FAULT_STORE, "%s is no folder: make an installation with: kontor init %s",
			s->dir, s->dir);
	if (access(s->dir, W_OK | X_OK))
		fault(FAULT_STORE, "%s: %s: the program must be able to write there", s->dir,
			strerror(errno));
	if (s->engine == &engine_pg && !stat(s->data_path, &st))
		fault(FAULT_STORE,
			"%s is an installation on SQLite: start it without a database's address",
			s->dir);
	if (s->engine == &engine_lite && !create && stat(s->data_path, &st))
		fault(FAULT_STORE,
			"%s is no installation (it has no data.db): make one with: kontor init %s",
			s->dir, s->dir);
	for (const char *const *p = inner; *p; p++) {
		const char *path = path_join(s->arena, s->dir, *p);

		if (mkdir(path, 0700) && errno != EEXIST)
			fault(FAULT_STORE, "%s: %s", path, strerror(errno));
		if (stat(path, &st) || !S_ISDIR(st.st_mode))
			fault(FAULT_STORE, "%s is no folder: move it away, then start again", path);
	}
}

static void policy_use(struct store *s)
{
	const struct policy *p = s->policy;

	MUST(p->tables_n <= STORE_TABLES_MAX);
	for (size_t i = 0; i < p->purposes_n; i++) {
		unsigned bit = (unsigned)p->purposes[i].bit;

		MUST(bit < PURPOSES_MAX);
		s->purpose[bit] = &p->purposes[i];
		s->restricted_mask |= (uint64_t)p->purposes[i].opens_restricted << bit;
		s->legal_mask |= (uint64_t)p->purposes[i].opens_held << bit;
	}
	for (size_t i = 0; i < p->purposes_n; i++) {
		static const char *const law[] = {"casework", "retention", "legal", "handing"};

		s->walk_own_mask |= (uint64_t)str_eq(p->purposes[i].name, S("rights"))
				    << p->purposes[i].bit;
		for (size_t k = 0; k < COUNT(law); k++)
			s->walk_mask |= (uint64_t)str_eq(p->purposes[i].name, str_of(law[k]))
					<< p->purposes[i].bit;
	}
	struct guards g = policy_guards_sqlite(s->arena, p, S(GUARD_NONCE));

	for (size_t i = 0; i < g.n; i++)
		for (size_t k = 0; k < g.v[i].views_n; k++)
			*ARENA_PUSH(s->arena, &s->guards) = g.v[i].views[k];
	blinds_find(s);
	walks_make(s, S(""));
}

static void reader_gone(void *conn)
{
	struct store_conn *c = conn;
	struct store *s = c->store;

	pthread_mutex_lock(&s->conns_mutex);
	for (struct store_conn **p = &s->conns; *p; p = &(*p)->next)
		if (*p == c) {
			*p = c->next;
			break;
		}
	pthread_mutex_unlock(&s->conns_mutex);
	conn_close(c);
}

/* The tables and guards, and the writer's connection, on which every statement was compiled. */
static void data_open(
	struct store *s, const struct store_options *o, const char *database, bool fresh)
{
	const struct schema_file *files = o->schema ? o->schema : schema_files;

	if (s->engine == &engine_lite) {
		migrate(s, files, fresh);
		s->write_conn = conn_open(s, true);
		statements_check(s->write_conn);
		return;
	}
	pg_open(s, files, database, fresh);
}

/* A file, unless an address is given, or DIR/keys names one. */
static void keys_where(struct store *s, const struct store_options *o)
{
	char password[2 * KEY_BYTES + 1];
	const char *address = o->keys_path && pg_address(o->keys_path) ? o->keys_path : NULL;

	if (!o->keys_path)
		address = pg_keys_address(s->arena, o->dir, password);
	s->key_engine = address ? &keys_pg : &keys_lite;
	s->keys_path = path_join(s->arena, o->dir, address ? "keys" : "keys.db");
	if (o->keys_path && !address)
		s->keys_path = (char *)str_fmt(s->arena, "%s", o->keys_path).p;
	if (address)
		pg_keys_use(s, address, o->create);
	explicit_bzero(password, sizeof password);
}

static void open_all(struct store *s, const struct store_options *o)
{
	const char *database = o->database ? o->database : pg_address_read(s->arena, o->dir);
	struct stat st;
	bool fresh;

	if (!access(path_join(s->arena, o->dir, MOVING), F_OK))
		fault(FAULT_STORE,
			"%s is being filled by kontor move, and is not whole yet: run that again, "
			"it goes on where it stopped",
			o->dir);
	s->engine = database ? &engine_pg : &engine_lite;
	s->citus = o->create && o->citus;
	if (database && o->create)
		pg_fit(s, database);
	keys_where(s, o);
	folders(s, o->create);
	lock(s);
	fresh = o->create && stat(database ? s->keys_path : s->data_path, &st) != 0;
	policy_use(s);
	keys_place_open(s, fresh && stat(s->keys_path, &st) != 0);
	data_open(s, o, database, fresh);
	erasures_finish(s->write_conn, s->arena);
	turn_keys_sweep(s->write_conn);
	writer_start(s);
	pg_server_listen(s);
	erased_replay(s);
}

static void places_take(struct store *s, const struct store_options *o)
{
	s->arena = arena_make((size_t)64 << 20);
	s->dir = (char *)str_fmt(s->arena, "%s", o->dir).p;
	s->data_path = path_join(s->arena, o->dir, "data.db");
	s->key_engine = &keys_lite;
	s->keys_path = o->keys_path ? (char *)str_fmt(s->arena, "%s", o->keys_path).p
				    : path_join(s->arena, o->dir, "keys.db");
	s->master_path = o->master_path ? (char *)str_fmt(s->arena, "%s", o->master_path).p
					: path_join(s->arena, o->dir, "master.key");
	s->policy = o->policy;
	s->node = o->node;
	s->statements = o->statements ? o->statements : statements;
	while (s->statements[s->statements_n])
		s->statements_n++;
}

static struct store *opened(const struct store_options *o, bool half)
{
	struct store *s = calloc(1, sizeof *s);
	struct fault_point fp;

	if (!s)
		fault(FAULT_MEMORY, "no memory for the store");
	s->lock_fd = s->data_fd = -1;
	pthread_mutex_init(&s->conns_mutex, NULL);
	pthread_mutex_init(&s->changed_mutex, NULL);
	pthread_mutex_init(&s->events_mutex, NULL);
	MUST(!pthread_key_create(&s->reader_key, reader_gone));
	if (FAULT_TRY(fp)) {
		places_take(s, o);
		if (half)
			lock(s);
		else
			open_all(s, o);
		FAULT_END(fp);
		return s;
	}
	store_close(s);
	fault(fp.kind, "%s", fp.what);
}

struct store *store_open(const struct store_options *o)
{
	return opened(o, false);
}

struct store *store_hold(const struct store_options *o)
{
	return opened(o, true);
}

void store_close(struct store *s)
{
	if (!s)
		return;
	control_stop(s);
	warm_stop(s);
	pg_replicas_stop(s);
	pg_fit_end(s);
	writer_stop(s);
	pg_server_stop(s);
	writer_end(s);
	file_walk_end(s);
	pthread_key_delete(s->reader_key);
	for (struct store_conn *c = s->conns, *next; c; c = next) {
		next = c->next;
		conn_close(c);
	}
	conn_close(s->write_conn);
	reads_end(s);
	if (s->data_fd >= 0)
		close(s->data_fd);
	if (s->lock_fd >= 0)
		close(s->lock_fd);
	explicit_bzero(&s->secrets, sizeof s->secrets);
	explicit_bzero(s->master, sizeof s->master);
	pthread_mutex_destroy(&s->conns_mutex);
	pthread_mutex_destroy(&s->changed_mutex);
	pthread_mutex_destroy(&s->events_mutex);
	arena_free(s->arena);
	free(s);
}

bool store_keys_beside(const struct store *s)
{
	return s->keys_beside;
}

bool store_keys_shared(const struct store *s)
{
	return s->key_engine->shared;
}

bool store_address(const char *text)
{
	return pg_address(text);
}

const char *store_dir(const struct store *s)
{
	return s->dir;
}

const struct policy *store_policy(const struct store *s)
{
	return s->policy;
}

static struct store_conn *reader(struct store *s)
{
	struct store_conn *c = pthread_getspecific(s->reader_key);

	if (c)
		return c;
	c = warm_take(s);
	if (!c)
		c = conn_open(s, false);
	pthread_mutex_lock(&s->conns_mutex);
	c->next = s->conns;
	s->conns = c;
	pthread_mutex_unlock(&s->conns_mutex);
	pthread_setspecific(s->reader_key, c);
	return c;
}

static void snapshot_open(struct store_conn *c)
{
	struct fault_point fp;

	purge_turn(c);
	if (FAULT_TRY(fp)) {
		house_run(c, HOUSE_BEGIN_READ);
		FAULT_END(fp);
	} else {
		purge_turn_end(c);
		fault(fp.kind, "%s", fp.what);
	}
}

/* The connection of this thread's open read; NULL: it has none. */
static struct store_conn *reading(struct store_conn *c)
{
	if (!c || c->handle)
		return c;
	for (size_t i = 0; i < STORE_REPLICAS_MAX; i++)
		if (c->replicas[i] && c->replicas[i]->handle)
			return c->replicas[i];
	return NULL;
}

static void read_begin(struct store *s, struct store_conn *c, struct db *db)
{
	db->purposes &= ~s->policy->off;
	snapshot_open(c);
	db->conn = c;
	c->handle = db;
	c->deadline_us = clock_mono_us() + READ_TRANSACTION_S_MAX * SECOND_US;
	if (s->replicas)
		pg_replica_read(s, c->replica ? c->replica - 1 : STORE_REPLICAS_MAX);
}

void store_read_begin(
	struct store *s, struct db *db, struct arena *a, struct viewer v, uint64_t purposes)
{
	store_due();
	struct store_conn *c = reader(s);

	if (reading(c))
		fault(FAULT_BUG, "this thread has a read open already");
	*db = (struct db){.arena = a, .viewer = v, .purposes = purposes};
	read_begin(s, c, db);
}

bool store_read_replica(struct store *s, struct db *db, struct arena *a, struct viewer v,
	uint64_t purposes, int64_t wrote)
{
	int64_t shows;

	if (!s->replicas)
		return false;
	store_due();
	struct store_conn *c = reader(s);
	size_t i = pg_replica_choose(s, c->number, wrote, &shows);

	if (reading(c))
		fault(FAULT_BUG, "this thread has a read open already");
	if (i == STORE_REPLICAS_MAX)
		return false;
	*db = (struct db){.arena = a, .viewer = v, .purposes = purposes, .shows = shows};
	if (!c->replicas[i])
		c->replicas[i] = conn_open_replica(s, i);
	pg_read_shows(c->replicas[i], shows);
	read_begin(s, c->replicas[i], db);
	return true;
}

void store_read_end(struct db *db)
{
	struct store_conn *c = db->conn;

	if (!c || c->handle != db)
		return; /* never begun, or ended already */
	conn_reset(c);
	c->handle = NULL;
	c->deadline_us = 0;
	db->conn = NULL;
	c->engine->rollback(c);
	purge_turn_end(c);
}

void store_read_drop(struct store *s)
{
	struct store_conn *c = reading(pthread_getspecific(s->reader_key));
	struct db db = {.conn = c};

	if (!c)
		return;
	c->handle = &db;
	store_read_end(&db);
}
