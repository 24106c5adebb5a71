/* Making a key store in a database of its own, and one more server of an installation: as the
 * administrator whom the address names. At work the program logs in as the store's one role. */
#include "keys.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { SQL_ARENA_BYTES = 16 << 20 };

struct admin {
	struct store *s;
	struct arena *a;
	PGconn *c;
	const char *what; /* "the key store", "the database" */
};

/* ---- asking ---------------------------------------------------------------------------------- */
static noreturn void failed(struct admin *u, PGresult *r)
{
	const char *why = r ? pq.PQresultErrorField(r, PQ_MESSAGE) : NULL;
	str said = str_fmt(u->a, "%s", why ? why : pq.PQerrorMessage(u->c)),
	    first = str_cut(&said, '\n');

	pq.PQclear(r);
	fault(FAULT_STORE, "%s: " STR_FMT, u->what, STR_ARG(first));
}

/* NULL: it failed, and `missing` says that a failure is an answer. Bytes come as they are. */
static PGresult *ask(struct admin *u, const char *sql, bool missing)
{
	PGresult *r = pq.PQexecParams(u->c, sql, 0, NULL, NULL, NULL, NULL, PQ_BINARY);
	int is = r ? pq.PQresultStatus(r) : 0;

	if (is == PQ_TUPLES_OK || is == PQ_COMMAND_OK)
		return r;
	if (!missing)
		failed(u, r);
	pq.PQclear(r);
	return NULL;
}

/* Several statements. */
static void run(struct admin *u, str sql)
{
	PGresult *r = pq.PQexec(u->c, sql.p);
	int is = r ? pq.PQresultStatus(r) : 0;

	if (is != PQ_TUPLES_OK && is != PQ_COMMAND_OK)
		failed(u, r);
	pq.PQclear(r);
}

static bool is(struct admin *u, const char *sql)
{
	PGresult *r = ask(u, sql, false);
	bool yes = pq.PQntuples(r) == 1 && *pq.PQgetvalue(r, 0, 0) == 1;

	pq.PQclear(r);
	return yes;
}

static void connect_to(
	struct admin *u, const struct pg_place *at, enum pg_role as, const char *what)
{
	if (u->c)
		pq.PQfinish(u->c);
	u->what = what;
	u->c = pg_connect(at, as);
	if (pq.PQstatus(u->c) != PQ_OK)
		fault(FAULT_STORE, "%s is not reached: %.*s", what,
			(int)strcspn(pq.PQerrorMessage(u->c), "\n"), pq.PQerrorMessage(u->c));
}

static void as_admin(struct store *s, void (*run_it)(struct admin *u, void *ctx), void *ctx)
{
	struct admin u = {.s = s, .a = arena_make(SQL_ARENA_BYTES)};
	struct fault_point fp;

	libpq_load();
	fp.kind = 0;
	if (FAULT_TRY(fp)) {
		run_it(&u, ctx);
		FAULT_END(fp);
		fp.kind = 0;
	}
	if (u.c)
		pq.PQfinish(u.c);
	arena_free(u.a);
	if (fp.kind)
		fault(fp.kind, "%s", fp.what);
}

/* ---- making ---------------------------------------------------------------------------------- */
/* The cluster's number, and the database's in it. */
static str cluster_of(struct admin *u, const struct pg_place *at, const char *what, str *database)
{
	connect_to(u, at, PG_ANY, what);
	PGresult *r = ask(u,
		"select system_identifier::text, pg_catalog.current_database()::text from "
		"pg_catalog.pg_control_system()",
		false);
	str cluster = str_fmt(u->a, "%s", pq.PQgetvalue(r, 0, 0));

	*database = str_fmt(u->a, "%s", pq.PQgetvalue(r, 0, 1));
	pq.PQclear(r);
	return cluster;
}

/* For a move: what is filled with the keys of another store. NULL as ctx: an empty one is made. */
struct filled {
	struct store *from;
	str log;	     /* of erasures, as a file has it */
	const uint8_t *mark; /* of whose store a call that was cut off may have left; else NULL */
};

/* A key store that is there already; faults unless it is what the same move left. */
static void left_check(struct admin *u, const struct filled *x)
{
	PGresult *r = x && x->mark ? ask(u,
					     "select wrapped from keys.secret where name = "
					     "'installation'",
					     true)
				   : NULL;
	bool same = r && pq.PQntuples(r) == 1 && pq.PQgetlength(r, 0, 0) == MARK_BYTES &&
		    !memcmp(pq.PQgetvalue(r, 0, 0), x->mark, MARK_BYTES);

	pq.PQclear(r);
	if (same)
		return;
	fault(FAULT_STORE,
		"the database %s holds a key store or an installation already: name an empty one "
		"(one more server of an installation: kontor join --help)",
		pq.PQdb(u->c));
}

/* The keys that are carried do not lie where they are carried to. */
static void other_than(struct admin *u, const struct pg_place *source, str cluster, str database)
{
	str name, number = cluster_of(u, source, "the key store of the source", &name);

	if (str_eq(number, cluster) && str_eq(name, database))
		fault(FAULT_STORE,
			"that is the key store of the source: each installation has one of its "
			"own; name an empty database");
}

static void fit(struct admin *u, void *ctx)
{
	struct filled *x = ctx;
	struct store *s = u->s;
	str data, keys, data_cluster, keys_cluster;

	connect_to(u, &s->keys_at->at, PG_ANY, "the key store");
	if (!is(u, "select pg_catalog.current_setting('server_version_num')::int >= 150000"))
		fault(FAULT_STORE, "the key store's server is older than PostgreSQL 15");
	if (!is(u, "select rolsuper from pg_catalog.pg_roles where rolname = current_user"))
		fault(FAULT_STORE, "making a key store needs a superuser of its cluster: name one "
				   "in the address");
	data_cluster = cluster_of(u, s->place, "the database", &data);
	keys_cluster = cluster_of(u, &s->keys_at->at, "the key store", &keys);
	s->keys_beside = str_eq(data_cluster, keys_cluster);
	if (s->keys_beside && str_eq(data, keys))
		fault(FAULT_STORE, "keys do not lie in the database of the data: name another one, "
				   "best in another cluster");
	if (x && x->from && x->from->keys_at)
		other_than(u, &x->from->keys_at->at, keys_cluster, keys);
	connect_to(u, &s->keys_at->at, PG_ANY, "the key store");
	if (is(u, "select exists (select from pg_catalog.pg_namespace where nspname in ('keys', "
		  "'base'))"))
		left_check(u, x);
}

static str text_of(struct admin *u, const char *name)
{
	const struct schema_file *f = schema_pg_files;

	while (f->name && strcmp(f->name, name) != 0)
		f++;
	MUST(f->name);
	return policy_house_pg(u->a, f->text, str_of(u->s->keys_at->at.roles));
}

/* As a verifier: the password itself is in no log. */
static void password_set(struct admin *u)
{
	const struct pg_place *at = &u->s->keys_at->at;
	const char *name = str_fmt(u->a, "%s_keys", at->roles).p;
	char *verifier =
		pq.PQencryptPasswordConn(u->c, at->password[PG_KEYS], name, "scram-sha-256");

	if (!verifier)
		failed(u, NULL);
	str sql = str_fmt(u->a, "alter role \"%s\" password '%s'", name, verifier);

	pq.PQfreemem(verifier);
	run(u, sql);
}

static void secret_put(struct admin *u, const char *name, const uint8_t wrapped[WRAPPED_BYTES])
{
	run(u, str_fmt(u->a,
		       "insert into keys.secret (name, epoch, wrapped) values ('%s', %d, "
		       "'\\x" STR_FMT "')",
		       name, !strcmp(name, "wrap"), STR_ARG(hex_of(u->a, wrapped, WRAPPED_BYTES))));
}

static void make(struct admin *u, void *ctx)
{
	struct filled *x = ctx;
	struct store *s = u->s;
	struct pg_keys *k = s->keys_at;
	uint8_t login[KEY_BYTES], wrapped[WRAPPED_BYTES];

	random_bytes(login, sizeof login);
	sodium_bin2hex(
		k->at.password[PG_KEYS], sizeof k->at.password[PG_KEYS], login, sizeof login);
	connect_to(u, &k->at, PG_ANY, "the key store");
	run(u, S("begin"));
	if (x) /* what a call that was cut off left */
		run(u, S("drop schema if exists keys cascade"));
	run(u, text_of(u, "keys.sql"));
	run(u, text_of(u, "close.sql"));
	run(u, text_of(u, "keys-rights.sql"));
	password_set(u);
	for (size_t i = 0; i < SECRETS; i++) {
		key_secret_wrap(i, &s->secrets, s->master, wrapped);
		secret_put(u, key_secret_name(i), wrapped);
	}
	key_wrap(wrapped, login, s->master, S("login"));
	explicit_bzero(login, sizeof login);
	secret_put(u, "login", wrapped);
	if (x)
		pg_keys_fill(u->c, s, x->from, x->log);
	pg_keys_keep(s);
	run(u, S("commit"));
}

void pg_keys_make(struct store *s)
{
	as_admin(s, make, NULL);
	if (!pg_keys_secrets(s, s->master, &s->secrets)) /* what it wraps new keys by */
		fault(FAULT_BUG, "the key store was made and does not open");
}

void pg_keys_fit_move(struct store *s, struct store *from, const char *address, const uint8_t *mark)
{
	struct filled x = {.from = from, .mark = mark};

	libpq_load();
	pg_keys_place(s, address);
	as_admin(s, fit, &x);
}

void pg_keys_make_of(struct store *s, struct store *from, const char *address, str log)
{
	struct filled x = {.from = from, .log = log};

	pg_keys_place(s, address);
	s->key_engine = &keys_pg;
	s->keys_path = path_join(s->arena, s->dir, "keys");
	memcpy(s->master, from->master, KEY_BYTES);
	s->secrets = from->secrets;
	as_admin(s, make, &x);
	if (!pg_keys_secrets(s, s->master, &s->secrets))
		fault(FAULT_BUG, "the key store was made and does not open");
}

bool pg_keys_held(struct store *s)
{
	char password[2 * KEY_BYTES + 1];
	const char *address = pg_keys_address(s->arena, s->dir, password);

	if (!address)
		return false;
	libpq_load();
	pg_keys_place(s, address);
	memcpy(s->keys_at->at.password[PG_KEYS], password, sizeof password);
	explicit_bzero(password, sizeof password);
	s->key_engine = &keys_pg;
	s->keys_path = path_join(s->arena, s->dir, "keys");
	return true;
}

void pg_keys_use(struct store *s, const char *address, bool create)
{
	libpq_load();
	pg_keys_place(s, address);
	if (s->engine != &engine_pg)
		fault(FAULT_OUTSIDE, "a key store in PostgreSQL goes with data in PostgreSQL: say "
				     "--database too");
	if (create) {
		as_admin(s, fit, NULL);
		return;
	}
	if (!pg_keys_address(s->arena, s->dir, s->keys_at->at.password[PG_KEYS]))
		fault(FAULT_OUTSIDE,
			"%s is no server of that key store: make it one with: kontor join --help",
			s->dir);
}

/* ---- one more server ------------------------------------------------------------------------- */
struct joining {
	const struct store_join *j;
	uint8_t mark[MARK_BYTES];
	bool marked;
};

static str value(PGresult *r, int row, int col)
{
	return (str){pq.PQgetvalue(r, row, col), (size_t)pq.PQgetlength(r, row, col)};
}

/* The newest of each comes first. */
static void secrets_take(struct admin *u, struct joining *x, PGresult *r)
{
	struct store *s = u->s;
	uint8_t login[KEY_BYTES];
	bool has[SECRETS + 1] = {0};
	size_t good = 0;

	for (int row = 0; row < pq.PQntuples(r); row++) {
		str name = value(r, row, 0), wrapped = value(r, row, 1);
		size_t i = 0;

		while (i < SECRETS && !str_eq(name, str_of(key_secret_name(i))))
			i++;
		if (str_eq(name, S("installation")) && wrapped.n == MARK_BYTES) {
			memcpy(x->mark, wrapped.p, MARK_BYTES);
			x->marked = true;
		}
		if (has[i] || (i == SECRETS && !str_eq(name, S("login"))))
			continue;
		has[i] = i < SECRETS ? key_secret_unwrap(i, &s->secrets, s->master, wrapped)
				     : key_unwrap(login, wrapped, s->master, name);
		good += has[i];
	}
	if (good != SECRETS + 1 || !x->marked)
		fault(FAULT_STORE,
			"%s does not open that key store: give the master key of the "
			"installation's "
			"other servers",
			x->j->master);
	sodium_bin2hex(s->keys_at->at.password[PG_KEYS], sizeof s->keys_at->at.password[PG_KEYS],
		login, sizeof login);
	explicit_bzero(login, sizeof login);
}

static void keys_check(struct admin *u, struct joining *x)
{
	connect_to(u, &u->s->keys_at->at, PG_ANY, "the key store");
	PGresult *r =
		ask(u, "select name, wrapped from keys.secret order by name, epoch desc", true);
	struct fault_point fp;

	if (!r)
		fault(FAULT_STORE,
			"the database %s holds no key store that its user may read: give the "
			"address that the installation was made with",
			pq.PQdb(u->c));
	fp.kind = 0;
	if (FAULT_TRY(fp)) {
		secrets_take(u, x, r);
		FAULT_END(fp);
		fp.kind = 0;
	}
	pq.PQclear(r);
	if (fp.kind)
		fault(fp.kind, "%s", fp.what);
	connect_to(u, &u->s->keys_at->at, PG_KEYS, "the key store (as its own role)");
}

static void data_check(struct admin *u, struct joining *x)
{
	connect_to(u, u->s->place, PG_ANY, "the database");
	PGresult *r = ask(u, "select installation from base.r_house where id = 1", true);

	if (!r)
		fault(FAULT_STORE, "the database %s holds no installation that its user may read",
			pq.PQdb(u->c));
	bool same = pq.PQntuples(r) == 1 &&
		    str_eq(value(r, 0, 0), (str){(const char *)x->mark, MARK_BYTES});

	pq.PQclear(r);
	if (!same)
		fault(FAULT_STORE,
			"the key store and the database are of two installations: give the two "
			"addresses of one");
	connect_to(u, u->s->place, PG_HOUSE, "the database (as its own role)");
}

static void folder_make(struct store *s, const char *master)
{
	static const char *const inner[] = {"", "files", "log"};

	for (size_t i = 0; i < COUNT(inner); i++) {
		const char *path = *inner[i] ? path_join(s->arena, s->dir, inner[i]) : s->dir;

		if (mkdir(path, 0700) && errno != EEXIST)
			fault(FAULT_STORE, "%s: %s", path, strerror(errno));
	}
	str key = file_read(s->arena, master, 4096);

	file_write_synced(path_join(s->arena, s->dir, "master.key"), key, 0600);
	pg_keys_keep(s);
	pg_address_keep(s);
	dir_sync(s->dir);
}

static void join(struct admin *u, void *ctx)
{
	struct joining *x = ctx;
	struct store *s = u->s;

	if (!keys_master_read(x->j->master, s->master))
		fault(FAULT_STORE, "%s: there is no such file", x->j->master);
	pg_keys_place(s, x->j->keys);
	(void)pg_place_name(s, x->j->database); /* both are addresses before either is asked */
	keys_check(u, x);
	s->place = pg_place_make(s, x->j->database);
	data_check(u, x);
	folder_make(s, x->j->master);
}

void store_join(const struct store_join *j)
{
	struct store *s = calloc(1, sizeof *s);
	struct joining x = {.j = j};
	struct fault_point fp;

	if (!s)
		fault(FAULT_MEMORY, "no memory for the store");
	MUST(sodium_init() >= 0);
	fp.kind = 0;
	if (FAULT_TRY(fp)) {
		s->arena = arena_make((size_t)16 << 20);
		s->dir = (char *)str_fmt(s->arena, "%s", j->dir).p;
		as_admin(s, join, &x);
		FAULT_END(fp);
		fp.kind = 0;
	}
	explicit_bzero(&s->secrets, sizeof s->secrets);
	explicit_bzero(s->master, sizeof s->master);
	arena_free(s->arena);
	free(s);
	if (fp.kind)
		fault(fp.kind, "%s", fp.what);
}
