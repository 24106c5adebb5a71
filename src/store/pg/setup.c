/* Making a database an installation's, and bringing it up to date: as its administrator, under a
 * lock that others wait for, in one transaction. The program at work logs in as the house and as
 * the application alone; the administrator's address is asked when there is something to change. */
#include "../copy.h"
#include "pg.h"

#include <stdio.h>
#include <stdlib.h>

enum { SETUP_LOCK = 0x6b6f6e74 };

struct setup {
	struct store *s;
	struct arena *a;
	const struct schema_file *files;
	PGconn *c;
	bool *has;	   /* which files the database has; NULL: none */
	str guards;	   /* their text */
	str digest;	   /* in hexadecimal, of it and of schema/pg/ */
	const char *token; /* of a move, which brings the house's row itself; NULL: none */
};

/* ---- asking ---------------------------------------------------------------------------------- */
static noreturn void failed(struct setup *u, PGresult *r, const char *what)
{
	const char *state = r ? pq.PQresultErrorField(r, PQ_SQLSTATE) : NULL,
		   *why = r ? pq.PQresultErrorField(r, PQ_MESSAGE) : NULL;
	str said = str_fmt(u->a, "%s", why ? why : pq.PQerrorMessage(u->c)),
	    first = str_cut(&said, '\n');
	bool rights = state && !strcmp(state, "42501");

	pq.PQclear(r);
	fault(FAULT_STORE, "PostgreSQL: %s: " STR_FMT "%s", what, STR_ARG(first),
		rights ? " (the address must name an administrator, a superuser)" : "");
}

static PGresult *ask(struct setup *u, const char *sql, const char *what)
{
	PGresult *r = pq.PQexec(u->c, sql);
	int is = r ? pq.PQresultStatus(r) : 0;

	if (is != PQ_TUPLES_OK && is != PQ_COMMAND_OK)
		failed(u, r, what);
	return r;
}

static void run(struct setup *u, str sql, const char *what)
{
	pq.PQclear(ask(u, sql.p, what));
}

/* A statement ends with its line, but for what stands between two $$. Citus sends some of them on
 * to other machines with the whole text that they came in. */
static void run_each(struct setup *u, str sql, const char *what)
{
	bool quoted = false;
	size_t from = 0;

	for (size_t i = 0; i + 1 < sql.n; i++) {
		quoted ^= sql.p[i] == '$' && sql.p[i + 1] == '$';
		if (quoted || sql.p[i] != ';' || sql.p[i + 1] != '\n')
			continue;
		run(u, str_dup(u->a, str_sub(sql, from, i + 1 - from)), what);
		from = i + 1;
	}
}

/* The first value; NULL: there is none. */
static const char *value(struct setup *u, const char *sql)
{
	PGresult *r = ask(u, sql, sql);
	const char *v = pq.PQntuples(r) && !pq.PQgetisnull(r, 0, 0)
				? str_fmt(u->a, "%s", pq.PQgetvalue(r, 0, 0)).p
				: NULL;

	pq.PQclear(r);
	return v;
}

static bool is(struct setup *u, const char *sql)
{
	const char *v = value(u, sql);

	return v && !strcmp(v, "t");
}

static void connect_as(struct setup *u, enum pg_role as)
{
	if (u->c)
		pq.PQfinish(u->c);
	u->c = pg_connect(u->s->place, as);
	if (pq.PQstatus(u->c) != PQ_OK)
		failed(u, NULL,
			as == PG_ANY ? "the database is not reached"
				     : "the installation's own roles cannot log in");
}

/* ---- what is there -------------------------------------------------------------------------- */
/* The program's file that a row of r_schema_file names; faults when it is not as it was applied. */
static size_t applied_file(struct setup *u, const char *name, const char *digest)
{
	size_t i = 0;

	while (u->files[i].name && schema_number(u->files[i].name) < schema_number(name))
		i++;
	if (!u->files[i].name)
		fault(FAULT_STORE,
			"this database was made by a newer program (it has schema/%s): start that "
			"one",
			name);
	struct digest d = digest_of(u->files[i].text);

	if (strcmp(u->files[i].name, name) != 0 ||
		!str_eq(hex_of(u->a, d.b, sizeof d.b), str_of(digest)))
		fault(FAULT_STORE,
			"schema/%s was edited after it was applied to this database: put the old "
			"text back and write the change as a new file",
			name);
	return i;
}

/* Which of the program's schema files the database has; false: not all of them. */
static bool schema_read(struct setup *u)
{
	PGresult *r = ask(u,
		"select name, pg_catalog.encode(digest, 'hex') from base.r_schema_file order by id",
		"the schema's files");
	size_t n = (size_t)pq.PQntuples(r), all = 0;
	str *rows = arena_array(u->a, str, 2 * n + 1);

	for (size_t i = 0; i < 2 * n; i++)
		rows[i] = str_fmt(u->a, "%s", pq.PQgetvalue(r, (int)(i / 2), (int)(i % 2)));
	pq.PQclear(r);
	while (u->files[all].name)
		all++;
	u->has = arena_array(u->a, bool, all + 1);
	for (size_t i = 0; i < n; i++)
		u->has[applied_file(u, rows[2 * i].p, rows[2 * i + 1].p)] = true;
	return n == all;
}

/* NULL: no guards were made; a move has not come that far, and the administrator may ask. */
static const char *guards_made(struct setup *u)
{
	if (u->token && !is(u, "select pg_catalog.to_regclass('kontor.made') is not null"))
		return NULL;
	return value(u, "select guards from kontor.made");
}

static bool up_to_date(struct setup *u)
{
	bool whole = schema_read(u);
	const char *made = guards_made(u);

	return whole && made && str_eq(str_of(made), u->digest);
}

/* ---- making ---------------------------------------------------------------------------------- */
static str text_of(struct setup *u, const char *name)
{
	const struct schema_file *f = schema_pg_files;

	while (f->name && strcmp(f->name, name) != 0)
		f++;
	MUST(f->name);
	return policy_house_pg(u->a, f->text, str_of(u->s->place->roles));
}

static void schema_apply(struct setup *u)
{
	run(u, S("set local search_path = base"), "schema");
	for (const struct schema_file *f = u->files; f->name; f++) {
		if (u->has && u->has[f - u->files])
			continue;
		struct digest d = digest_of(f->text);

		run(u, policy_ddl_pg(u->a, f->text), f->name);
		run(u,
			str_fmt(u->a,
				"insert into base.r_schema_file (id, name, digest, applied_at) "
				"values (%lld, '%s', '\\x" STR_FMT "', %lld)",
				(long long)schema_number(f->name), f->name,
				STR_ARG(hex_of(u->a, d.b, sizeof d.b)), (long long)clock_real().us),
			f->name);
	}
}

/* As a verifier: the password itself is in no log. */
static void password_set(struct setup *u, const char *role, const char *password)
{
	const char *name = str_fmt(u->a, "%s_%s", u->s->place->roles, role).p;
	char *verifier = pq.PQencryptPasswordConn(u->c, password, name, "scram-sha-256");

	if (!verifier)
		failed(u, NULL, "a role's password");
	str sql = str_fmt(u->a, "alter role \"%s\" password '%s'", name, verifier);

	pq.PQfreemem(verifier);
	run(u, sql, "a role's password");
}

static void house_row(struct setup *u)
{
	uint8_t mark[MARK_BYTES];

	random_bytes(mark, sizeof mark);
	run(u,
		str_fmt(u->a,
			"insert into base.r_house (id, id_high, node, installation) values (1, 0, "
			"%u, '\\x" STR_FMT "') on conflict (id) do nothing",
			u->s->node, STR_ARG(hex_of(u->a, mark, sizeof mark))),
		"the house's row");
}

/* Full text needs an extension that comes with the server, in a package of its own on some
 * systems. */
static bool words_fit(struct setup *u)
{
	return !u->s->citus &&
	       is(u, "select count(*) > 0 from pg_catalog.pg_available_extensions where name = "
		     "'pg_trgm'");
}

static void move_mark(struct setup *u)
{
	run(u, str_fmt(u->a, "comment on schema base is 'kontor move %s'", u->token),
		"a move's mark");
}

/* Everything behind the tables is made anew; dropping what was there takes the views of all
 * purposes along, so nobody reads meanwhile. */
static void make(struct setup *u)
{
	run(u, text_of(u, "house.sql"), "schema/pg/house.sql");
	if (u->s->citus || u->s->to_spread)
		run(u, text_of(u, "citus-house.sql"), "schema/pg/citus-house.sql");
	run(u, text_of(u, "clear.sql"), "schema/pg/clear.sql");
	schema_apply(u);
	if (u->s->to_spread && !u->s->citus) { /* pg_spread() makes the rest */
		move_mark(u);
		return;
	}
	if (u->s->citus)
		run(u, text_of(u, "citus.sql"), "schema/citus.sql");
	(u->s->citus ? run_each : run)(u, u->guards, "the guards");
	(u->s->citus ? run_each : run)(u, text_of(u, "rights.sql"), "schema/pg/rights.sql");
	run(u, text_of(u, "close.sql"), "schema/pg/close.sql");
	if (u->s->citus)
		run(u, text_of(u, "citus-rights.sql"), "schema/pg/citus-rights.sql");
	bool words = words_fit(u);

	if (words)
		run(u, text_of(u, "words.sql"), "schema/pg/words.sql");
	run(u,
		str_fmt(u->a,
			"insert into kontor.made (one, guards, words) values (1, '" STR_FMT
			"', %s) on conflict (one) do update set guards = excluded.guards, "
			"words = excluded.words",
			STR_ARG(u->digest), words ? "true" : "false"),
		"the guards' digest");
	password_set(u, "house", u->s->place->password[PG_HOUSE]);
	password_set(u, "app", u->s->place->password[PG_APP]);
	if (u->token)
		move_mark(u);
	else
		house_row(u);
}

static void fit_for_it(struct setup *u)
{
	if (!is(u, "select pg_catalog.current_setting('server_version_num')::int >= 150000"))
		fault(FAULT_STORE, "the server is older than PostgreSQL 15");
	if (!is(u, "select pg_catalog.pg_encoding_to_char(encoding) = 'UTF8' and datcollate in "
		   "('C', 'POSIX') and datctype in ('C', 'POSIX') from pg_catalog.pg_database "
		   "where "
		   "datname = pg_catalog.current_database()"))
		fault(FAULT_STORE,
			"the database %s must have encoding UTF8 and collation C: createdb "
			"--template template0 --encoding UTF8 --locale C %s",
			pq.PQdb(u->c), pq.PQdb(u->c));
	if (!is(u, "select rolsuper from pg_catalog.pg_roles where rolname = current_user"))
		fault(FAULT_STORE, "making or changing an installation's tables needs a superuser "
				   "of the cluster: name one in the address");
}

/* The other machines are there, and this one is among those that Citus knows: it has copies too. */
static void fit_for_citus(struct setup *u)
{
	if (!is(u, "select pg_catalog.to_regclass('pg_catalog.pg_dist_node') is not null"))
		fault(FAULT_STORE,
			"the database %s has no Citus: install it on every machine, add "
			"citus to shared_preload_libraries, and run in each machine's "
			"database: create extension citus",
			pq.PQdb(u->c));
	if (!is(u, "select count(*) > 0 from pg_catalog.pg_dist_node where groupid = 0"))
		fault(FAULT_STORE, "Citus does not know this machine yet: run select "
				   "citus_set_coordinator_host('HOST'), and select "
				   "citus_add_node('HOST', PORT) for each other one");
}

str pg_layout(void)
{
	const struct schema_file *f = schema_pg_files;

	while (strcmp(f->name, "citus.sql") != 0)
		f++;
	return f->text;
}

/* The layout names tables bare; a text names them r_orders. */
bool pg_is_placed(const char *sql)
{
	str layout = pg_layout();

	for (const char *p = strstr(sql, "r_"); p; p = strstr(p + 2, "r_")) {
		size_t n = strspn(p + 2, "abcdefghijklmnopqrstuvwxyz_");

		if (p != sql && strchr(" .\",(", p[-1]) &&
			policy_lies(layout, (str){p + 2, n}, "placed"))
			return true;
	}
	return false;
}

static bool is_installed(struct setup *u)
{
	return is(u, "select pg_catalog.to_regclass('base.r_schema_file') is not null");
}

static void is_empty(struct setup *u)
{
	if (is_installed(u))
		fault(FAULT_STORE,
			"the database %s holds an installation already: name an empty one",
			pq.PQdb(u->c));
}

/* One at a time: who comes second finds it done. */
static void change(struct setup *u, bool create)
{
	if (u->s->fitting) {
		u->c = u->s->fitting;
		u->s->fitting = NULL;
	} else {
		connect_as(u, PG_ANY);
	}
	fit_for_it(u);
	if (u->s->citus)
		fit_for_citus(u);
	run(u, S("begin"), "begin");
	run(u, str_fmt(u->a, "select pg_catalog.pg_advisory_xact_lock(%d)", SETUP_LOCK), "a lock");
	if (create)
		is_empty(u);
	else if (!is_installed(u))
		fault(FAULT_STORE,
			"the database %s holds no installation: make one with: kontor "
			"init DIR --database ADDRESS",
			pq.PQdb(u->c));
	if (create || !up_to_date(u))
		make(u);
	run(u, S("commit"), "commit");
}

/* ---- what the program has to know ------------------------------------------------------------ */
static void house_read(struct setup *u)
{
	struct store *s = u->s;
	uint8_t mark[MARK_BYTES];
	PGresult *r = ask(u,
		"select id_high, pg_catalog.encode(installation, 'hex') from base.r_house "
		"where id = 1",
		"the house's row");

	bool there = pq.PQntuples(r) == 1 &&
		     hex_parse(str_of(pq.PQgetvalue(r, 0, 1)), mark, sizeof mark);

	if (there) /* the node: server.c */
		id_floor(strtoll(pq.PQgetvalue(r, 0, 0), NULL, 10));
	pq.PQclear(r);
	if (!there)
		fault(FAULT_STORE, "the database says not whose it is (r_house)");
	keys_belong(s, mark);
	memcpy(s->installation, mark, sizeof mark);
	s->words = is(u, "select words from kontor.made");
}

/* In front of the digest in kontor.made. */
static const char citus_mark[] = "citus ";

/* Whether this installation lies on several machines. */
static void citus_read(struct setup *u)
{
	const char *made = guards_made(u);

	u->s->citus = made && !strncmp(made, citus_mark, sizeof citus_mark - 1);
}

static void guards_make(struct setup *u)
{
	struct store *s = u->s;

	str roles = str_of(s->place->roles), rest = text_of(u, "words.sql");

	u->guards = policy_guards_pg(u->a, s->policy, roles);
	if (s->citus) {
		u->guards = policy_guards_citus(u->a, s->policy, roles, text_of(u, "citus.sql"));
		rest = str_fmt(u->a, STR_FMT STR_FMT STR_FMT, STR_ARG(text_of(u, "citus.sql")),
			STR_ARG(text_of(u, "citus-house.sql")),
			STR_ARG(text_of(u, "citus-rights.sql")));
	}
	struct digest d =
		digest_of(str_fmt(u->a, STR_FMT STR_FMT STR_FMT STR_FMT STR_FMT, STR_ARG(u->guards),
			STR_ARG(text_of(u, "house.sql")), STR_ARG(text_of(u, "rights.sql")),
			STR_ARG(text_of(u, "close.sql")), STR_ARG(rest)));

	u->digest = str_fmt(u->a, "%s" STR_FMT, s->citus ? citus_mark : "",
		STR_ARG(hex_of(u->a, d.b, sizeof d.b)));
	if (!u->token)
		s->place->guards = str_dup(s->arena, u->digest).p;
}

static void set_up(struct setup *u, bool create)
{
	if (create) {
		guards_make(u);
		change(u, true);
	}
	connect_as(u, PG_HOUSE);
	if (!create) {
		citus_read(u);
		guards_make(u);
	}
	if (!up_to_date(u)) {
		change(u, false);
		connect_as(u, PG_HOUSE);
	}
	house_read(u);
}

static void ends(struct setup *u, const struct fault_point *fp)
{
	if (u->c)
		pq.PQfinish(u->c);
	arena_free(u->a);
	if (fp->kind)
		fault(fp->kind, "%s", fp->what);
}

/* Two who make an installation in one database at once: who comes second waits, and finds out
 * before it has made anything. */
static void alone(struct setup *u)
{
	run(u, S("set lock_timeout = '60s'"), "a limit");
	run(u, str_fmt(u->a, "select pg_catalog.pg_advisory_lock(%d)", SETUP_LOCK),
		"another program makes an installation there just now");
}

void pg_fit_end(struct store *s)
{
	if (s->fitting)
		pq.PQfinish(s->fitting);
	s->fitting = NULL;
}

void pg_fit(struct store *s, const char *address)
{
	struct setup u = {.s = s, .a = arena_make((size_t)1 << 20)};
	struct fault_point fp;

	fp.kind = 0;
	if (FAULT_TRY(fp)) {
		libpq_load();
		s->place = pg_place_name(s, address);
		connect_as(&u, PG_ANY);
		fit_for_it(&u);
		if (s->citus)
			fit_for_citus(&u);
		alone(&u);
		is_empty(&u);
		s->fitting = u.c; /* it holds the lock until the installation is made */
		u.c = NULL;
		FAULT_END(fp);
		fp.kind = 0;
	}
	ends(&u, &fp);
}

/* ---- for a move ------------------------------------------------------------------------------ */
/* What is there was made by a move with this token, which was cut off. */
static bool is_begun(struct setup *u)
{
	const char *said =
		value(u, "select pg_catalog.obj_description(pg_catalog.to_regnamespace('base'), "
			 "'pg_namespace')");

	return said && str_eq(str_of(said), str_fmt(u->a, "kontor move %s", u->token));
}

static void fit_move(struct setup *u, bool resumed)
{
	connect_as(u, PG_ANY);
	fit_for_it(u);
	if (u->s->to_spread)
		fit_for_citus(u);
	else if (is(u, "select pg_catalog.to_regproc('pg_catalog.create_distributed_table') is "
		       "not null"))
		fault(FAULT_STORE,
			"the database %s has Citus: say --citus to spread the rows over its "
			"machines, or name a database without it",
			pq.PQdb(u->c));
	if (!resumed || !is_begun(u))
		is_empty(u);
}

void pg_fit_move(struct store *s, const char *uri, const char *token, bool resumed)
{
	struct setup u = {.s = s, .a = arena_make((size_t)1 << 20), .token = token};
	struct fault_point fp;

	fp.kind = 0;
	if (FAULT_TRY(fp)) {
		libpq_load();
		s->place = pg_place_name(s, uri);
		fit_move(&u, resumed);
		FAULT_END(fp);
		fp.kind = 0;
	}
	ends(&u, &fp);
}

PGconn *pg_setup_tables(struct store *s, const struct schema_file *files, const char *token)
{
	struct setup u = {
		.s = s, .a = arena_make((size_t)256 << 20), .files = files, .token = token};
	struct fault_point fp;
	PGconn *volatile c = NULL;

	fp.kind = 0;
	if (FAULT_TRY(fp)) {
		fit_move(&u, true);
		if (is_begun(&u))
			citus_read(&u); /* cut off behind pg_spread() */
		guards_make(&u);
		run(&u, S("begin"), "begin");
		run(&u, str_fmt(u.a, "select pg_catalog.pg_advisory_xact_lock(%d)", SETUP_LOCK),
			"a lock");
		if (!is_begun(&u) || !up_to_date(&u))
			make(&u);
		c = u.c;
		u.c = NULL;
		FAULT_END(fp);
		fp.kind = 0;
	}
	ends(&u, &fp);
	return c;
}

void pg_spread(struct store *s, const struct schema_file *files, const char *token)
{
	struct setup u = {
		.s = s, .a = arena_make((size_t)256 << 20), .files = files, .token = token};
	struct fault_point fp;

	fp.kind = 0;
	s->citus = true;
	if (FAULT_TRY(fp)) {
		guards_make(&u);
		change(&u, false);
		FAULT_END(fp);
		fp.kind = 0;
	}
	ends(&u, &fp);
}

void pg_setup(struct store *s, const struct schema_file *files, bool create)
{
	struct setup u = {.s = s, .a = arena_make((size_t)256 << 20), .files = files};
	struct fault_point fp;

	fp.kind = 0;
	if (FAULT_TRY(fp)) {
		set_up(&u, create);
		FAULT_END(fp);
		fp.kind = 0;
	}
	ends(&u, &fp);
}

/* Best effort: what is not looked at now, the server looks at later. */
void pg_look_with(struct store *s, const char *sql)
{
	struct pg *volatile g = NULL;
	struct fault_point fp;
	int failed;

	if (FAULT_TRY(fp)) {
		g = pg_new(s, PG_HOUSE, false);
		pg_again(g);
		pg_later(g, sql);
		PGresult *r = pg_round(g, 0, &failed);

		if (!r)
			pg_fault(g, "the tables were not looked at");
		pq.PQclear(r);
		FAULT_END(fp);
	} else {
		LOG(LOG_WARN, "tables that have grown", LOG_S("why", str_of(fp.what)));
	}
	pg_free(g);
}

void pg_look(struct store *s)
{
	pg_look_with(s, "select kontor.look()");
}
