/* A key store in a cluster of its own: what several servers share. Keys in rounds, a store that is
 * away, who may do what there, the log of erasures, rotation, what is left of dropped keys. */
#include "test/pg/cluster.h"
#include "test/pg/installation.h"

#include "market/member/member.h"
#include "store/backup.h"
#include "store/control.h"
#include "store/keys.h"
#include "store/pg/keys.h"
#include "web/web.h"

#include <sys/stat.h>
#include <sys/wait.h>

enum { MANY = 300, OWNER = 1 << 20 };

static struct cluster keys; /* the cluster of keys, of the test that runs */

static PGconn *keys_connect(const char *user)
{
	const char *names[] = {"host", "dbname", "user", NULL};
	const char *values[] = {keys.dir, "k", user, NULL};

	libpq_load();
	PGconn *c = pq.PQconnectdbParams(names, values, 0);

	if (pq.PQstatus(c) != PQ_OK)
		fault(FAULT_OUTSIDE, "%s", pq.PQerrorMessage(c));
	return c;
}

static void keys_change(const char *sql)
{
	PGconn *c = keys_connect("admin");

	pq.PQclear(rows_run(c, sql));
	pq.PQfinish(c);
}

static int64_t keys_number(const char *sql)
{
	PGconn *c = keys_connect("admin");
	PGresult *r = rows_run(c, sql);
	int64_t n = pq.PQntuples(r) ? strtoll(pq.PQgetvalue(r, 0, 0), NULL, 10) : INT64_MIN;

	pq.PQclear(r);
	pq.PQfinish(c);
	return n;
}

static const char *keys_address(void)
{
	return str_fmt(test_arena, "postgresql://admin@/k?host=%s", keys.dir).p;
}

static struct store *shared(void)
{
	cluster_make(&keys, "/tmp", NULL);
	cluster_start(&keys);
	MUST(!shell("createdb -h %s -U admin k", keys.dir));
	snprintf(dir, sizeof dir, "/tmp/kontor-store-XXXXXX");
	MUST(mkdtemp(dir));
	log_level_set(LOG_ERROR + 1);
	return store_open(&(struct store_options){.dir = dir,
		.policy = policy_of(),
		.database = rows_database(),
		.keys_path = keys_address(),
		.create = true});
}

static void shared_over(struct store *s)
{
	over(s);
	cluster_end(&keys);
}

/* ---- keys ------------------------------------------------------------------------------------ */
struct making {
	int64_t from;
	size_t n;
	bool refuse;
};

static bool make_apply(struct db *db, void *ctx)
{
	struct making *m = ctx;
	uint8_t key[KEY_BYTES];

	for (size_t i = 0; i < m->n; i++)
		keys_need(db->conn, m->from + (int64_t)i, key);
	return !m->refuse;
}

static enum write_result keys_make(struct store *s, int64_t from, size_t n, bool refuse)
{
	struct making m = {from, n, refuse};
	struct write_unit u = {.arena = test_arena, .apply = make_apply, .ctx = &m};

	return store_write_wait(s, &u);
}

static bool read_key(struct store *s, int64_t owner, uint8_t key[KEY_BYTES])
{
	struct db db;
	struct fault_point fp;
	volatile bool is = false;

	store_read_begin(s, &db, test_arena, (struct viewer){0}, 0);
	fp.kind = 0;
	if (FAULT_TRY(fp)) {
		is = keys_get(db.conn, owner, key) != 0;
		FAULT_END(fp);
		fp.kind = 0;
	}
	store_read_end(&db);
	if (fp.kind)
		fault(fp.kind, "%s", fp.what);
	return is;
}

static void learn(struct store *s, int64_t from, size_t n)
{
	int64_t owners[MANY];
	struct db db;

	for (size_t i = 0; i < n; i++)
		owners[i] = from + (int64_t)i;
	store_read_begin(s, &db, test_arena, (struct viewer){0}, 0);
	keys_learn(db.conn, owners, n);
	store_read_end(&db);
}

/* How often a statement of this beginning was run since the log was emptied. */
static int said(const char *statement)
{
	FILE *f = popen(
		str_fmt(test_arena, "grep -c -e 'execute s[0-9]*: %s' %s/log", statement, keys.dir)
			.p,
		"r");
	int n = -1;

	MUST(f && fscanf(f, "%d", &n) == 1);
	pclose(f);
	return n;
}

TEST(a_batch_of_new_keys_is_one_round_and_a_list_few)
{
	struct store *s = shared();
	uint8_t key[KEY_BYTES];

	keys_change("alter system set log_statement = 'all'");
	keys_change("select pg_reload_conf()");
	usleep(300000);
	CHECK_INT(WRITE_DONE, keys_make(s, OWNER, MANY, false));
	CHECK_INT(1, said("insert into keys.subject_key"));
	CHECK_INT(0, said("select owner, version"));
	CHECK_INT(1, said("select nextval"));
	CHECK_INT(MANY, keys_number("select count(*) from keys.subject_key"));
	CHECK_INT(MANY, keys_number("select count(distinct version) from keys.subject_key"));
	CHECK_INT(WRITE_DONE, keys_make(s, OWNER, MANY, false)); /* they are there */
	CHECK_INT(1, said("insert into keys.subject_key"));
	learn(s, OWNER, MANY);
	CHECK_INT((MANY + KEYS_LEARN_MAX - 1) / KEYS_LEARN_MAX, said("select owner, version"));
	for (int64_t i = 0; i < MANY; i++)
		CHECK(read_key(s, OWNER + i, key));
	CHECK_INT((MANY + KEYS_LEARN_MAX - 1) / KEYS_LEARN_MAX, said("select owner, version"));
	shared_over(s);
}

TEST(keys_of_undone_units_are_swept_and_others_stay)
{
	struct store *s = shared();

	CHECK_INT(WRITE_DONE, keys_make(s, OWNER, 3, false));
	CHECK_INT(WRITE_REFUSED, keys_make(s, OWNER + 100, 3, true));
	CHECK_INT(WRITE_DONE, keys_make(s, OWNER + 200, 3, false));
	CHECK_INT(9, keys_number("select count(*) from keys.subject_key"));
	store_close(s); /* looks through them */
	CHECK_INT(6, keys_number("select count(*) from keys.subject_key"));
	CHECK_INT(0, keys_number("select count(*) from keys.subject_key where owner between "
				 "1048676 and 1048775"));
	CHECK_INT(9, keys_number("select n from keys.swept"));
	s = again(dir, NULL);
	CHECK_INT(WRITE_REFUSED, keys_make(s, OWNER + 100, 1, true));
	CHECK_INT(WRITE_DONE, keys_make(s, OWNER + 100, 1, false)); /* the same one, this time */
	store_close(s);
	CHECK_INT(7, keys_number("select count(*) from keys.subject_key"));
	shared_over(again(dir, NULL));
}

TEST(a_key_store_that_is_away_is_said_and_found_again)
{
	struct store *s = shared();
	uint8_t key[KEY_BYTES];

	CHECK_INT(WRITE_DONE, keys_make(s, OWNER, 1, false));
	CHECK(read_key(s, OWNER, key)); /* opened keys stay with their connection */
	cluster_stop(&keys, "immediate");
	CHECK(read_key(s, OWNER, key));
	CHECK_FAULT_SAYS(FAULT_STORE, "the key store", read_key(s, OWNER + 1, key));
	CHECK(keys_make(s, OWNER + 2, 1, false) != WRITE_DONE);
	CHECK_INT(0, rows_number(dir, "select count(*) from r_subject where id = 1048578"));
	cluster_start(&keys);
	CHECK(!read_key(s, OWNER + 1, key));
	CHECK_INT(WRITE_DONE, keys_make(s, OWNER + 2, 1, false));
	CHECK(read_key(s, OWNER + 2, key));
	keys_change("select pg_terminate_backend(pid) from pg_stat_activity where usename = "
		    "'k_keys'");
	usleep(200000);
	CHECK(read_key(s, OWNER + 2, key));
	CHECK_INT(WRITE_DONE, keys_make(s, OWNER + 3, 1, false));
	shared_over(s);
}

/* Somebody holds what a batch needs: it is undone after its time, and the next one goes on. */
TEST(a_key_store_that_does_not_answer_ends_a_batch_alone)
{
	struct store *s = shared();
	PGconn *other = keys_connect("admin");

	pq.PQclear(rows_run(other, "begin; lock table keys.subject_key in exclusive mode"));
	CHECK(keys_make(s, OWNER, 1, false) != WRITE_DONE);
	pq.PQclear(rows_run(other, "rollback"));
	pq.PQfinish(other);
	CHECK_INT(0, keys_number("select count(*) from keys.subject_key"));
	CHECK_INT(WRITE_DONE, keys_make(s, OWNER, 1, false));
	shared_over(s);
}

TEST(keys_that_another_server_dropped_are_forgotten)
{
	struct store *s = shared();
	uint8_t key[KEY_BYTES];

	CHECK_INT(WRITE_DONE, keys_make(s, OWNER, 1, false));
	CHECK(read_key(s, OWNER, key));
	keys_change("delete from keys.subject_key");
	CHECK(read_key(s, OWNER, key));
	keys_dropped_elsewhere(s);
	CHECK(!read_key(s, OWNER, key));
	shared_over(s);
}

/* ---- rights ---------------------------------------------------------------------------------- */
TEST(the_role_may_do_its_work_and_nothing_else)
{
	static const char *const refused[] = {"update keys.erased set subject = 1",
		"delete from keys.erased", "truncate keys.erased", "truncate keys.subject_key",
		"drop table keys.secret", "alter table keys.erased add x bigint",
		"create table keys.x (x bigint)", "create table public.x (x bigint)",
		"create temporary table x (x bigint)", "create schema x",
		"update keys.format set format = 2", "delete from keys.swept",
		"insert into keys.swept (one, n) values (1, 1)", "select setval('keys.block', 1)",
		"set role admin", "select pg_read_file('postgresql.conf')",
		"select * from pg_catalog.pg_authid", "select * from pg_catalog.pg_stat_activity",
		"select pg_terminate_backend(1)", "copy keys.secret to '/tmp/kontor-keys'",
		"copy keys.secret to program 'cat'", "select pg_switch_wal()", "checkpoint",
		"do $$ begin end $$", "create function keys.f() returns int language sql return 1",
		"alter role k_keys superuser", "select lo_import('/etc/passwd')",
		"select pg_sleep(10)", "load 'x'", "vacuum (full) keys.subject_key; select 1/0"};
	struct store *s = shared();
	PGconn *c = keys_connect("k_keys");

	pq.PQclear(rows_run(c, "select count(*) from keys.subject_key"));
	for (size_t i = 0; i < COUNT(refused); i++) {
		PGresult *r = pq.PQexec(c, refused[i]);
		int is = pq.PQresultStatus(r);

		if (is == PQ_COMMAND_OK || is == PQ_TUPLES_OK)
			TEST_FAIL("went through: %s", refused[i]);
		pq.PQclear(r);
	}
	CHECK(access("/tmp/kontor-keys", F_OK) != 0);
	pq.PQfinish(c);
	shared_over(s);
}

/* ---- erasure --------------------------------------------------------------------------------- */
static bool erase_apply(struct db *db, void *ctx)
{
	db_erase_subject(db, *(int64_t *)ctx);
	return true;
}

static void erase(struct store *s, int64_t subject)
{
	struct write_unit u = {.arena = test_arena, .apply = erase_apply, .ctx = &subject};

	CHECK_INT(WRITE_DONE, store_write_wait(s, &u));
}

/* One of the first entries is missing in the data, the last is not: servers finish erasures in
 * another order than they begin them. */
TEST(any_server_erases_again_what_older_data_bring_back)
{
	struct store *s = shared();

	CHECK_INT(WRITE_DONE, keys_make(s, OWNER, 6, false));
	for (int64_t i = 0; i < 5; i++)
		erase(s, OWNER + i);
	CHECK_INT(5, keys_number("select count(*) from keys.erased"));
	CHECK_INT(1, keys_number("select count(*) from keys.subject_key"));
	CHECK(access(str_fmt(test_arena, "%s/erased.log", dir).p, F_OK) != 0);
	store_close(s);
	rows_change(dir, "update r_subject set state = 1 where id in (1048576, 1048578); delete "
			 "from r_journal where subject_id in (1048576, 1048578)");
	s = again(dir, NULL);
	CHECK_INT(2, store_replayed(s));
	CHECK_INT(5, rows_number(dir, "select count(*) from r_subject where state = 3"));
	CHECK_INT(5, keys_number("select count(*) from keys.erased"));
	store_close(s);
	s = again(dir, NULL);
	CHECK_INT(0, store_replayed(s));
	store_close(s);
	rows_change(dir, "delete from r_journal; delete from r_subject where state = 3");
	s = again(dir, NULL);
	CHECK_INT(5, store_replayed(s));
	store_close(s);
	rows_change(dir, "update r_subject set state = 1 where id = 1048577");
	keys_change("update keys.erased set subject = 1 where n = 2");
	CHECK_FAULT_SAYS(
		FAULT_STORE, "the log of erasures in the key store was changed", again(dir, NULL));
	keys_change("update keys.erased set subject = 1048577 where n = 2");
	keys_change("delete from keys.erased where n = 3");
	CHECK_FAULT_SAYS(
		FAULT_STORE, "the log of erasures in the key store was changed", again(dir, NULL));
	keys_change("delete from keys.erased where n > 3");
	shared_over(again(dir, NULL));
}

static void crash(const char *where)
{
	static const char *at;

	at = getenv("KONTOR_CRASH_AT");
	if (at && !strcmp(where, at))
		_exit(0);
}

/* What runs is killed when it comes there. */
static void killed_at(const char *where, void (*run)(struct store *s))
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		setenv("KONTOR_CRASH_AT", where, 1);
		store_crash_point = crash;
		run(again(dir, NULL));
		_exit(7); /* it did not come there */
	}
	MUST(waitpid(pid, &status, 0) == pid);
	CHECK_INT(0, WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

static void erase_first(struct store *s)
{
	erase(s, OWNER);
}

TEST(an_erasure_that_was_cut_off_is_finished_by_who_starts_next)
{
	static const char *const points[] = {
		"before keys are dropped", "before the journal is closed"};

	for (size_t i = 0; i < COUNT(points); i++) {
		struct store *s = shared();

		CHECK_INT(WRITE_DONE, keys_make(s, OWNER, 2, false));
		store_close(s);
		killed_at(points[i], erase_first);
		s = again(dir, NULL);
		CHECK_INT(1, keys_number("select count(*) from keys.subject_key"));
		CHECK_INT(1, keys_number("select count(*) from keys.erased"));
		CHECK_INT(0, rows_number(dir, "select count(*) from r_journal where closed_at is "
					      "null"));
		shared_over(s);
	}
}

/* ---- a key store that is away ---------------------------------------------------------------- */
/* The job that carries out erasures asks each minute. */
static void a_minute_later(struct store *s)
{
	struct db db;

	rows_change(dir, "update r_journal set id = id - (61000::bigint << 22) where closed_at is "
			 "null");
	store_read_begin(s, &db, test_arena, (struct viewer){0}, 0);
	db_erasures_go_on(&db);
	store_read_end(&db);
}

static int64_t unfinished(void)
{
	return rows_number(dir, "select count(*) from r_journal where closed_at is null");
}

/* Told as done, for its rows are gone; its key goes as soon as the key store is back. */
TEST(an_erasure_while_the_key_store_is_away_is_finished_when_it_is_back)
{
	struct store *s = shared();
	uint8_t key[KEY_BYTES];

	CHECK_INT(WRITE_DONE, keys_make(s, OWNER, 2, false));
	cluster_stop(&keys, "immediate");
	erase(s, OWNER);
	CHECK_INT(1, unfinished());
	a_minute_later(s);
	usleep(1500000);
	CHECK_INT(1, unfinished());
	cluster_start(&keys);
	CHECK_INT(2, keys_number("select count(*) from keys.subject_key"));
	a_minute_later(s);
	for (int i = 0; i < 100 && unfinished(); i++)
		usleep(50000);
	CHECK_INT(0, unfinished());
	CHECK_INT(1, keys_number("select count(*) from keys.subject_key"));
	CHECK_INT(1, keys_number("select count(*) from keys.erased"));
	CHECK(!read_key(s, OWNER, key));
	CHECK(read_key(s, OWNER + 1, key));
	shared_over(s);
}

/* ---- rotation -------------------------------------------------------------------------------- */
static void rotate(struct store *s)
{
	store_keys_rotate(s);
}

TEST(a_rotation_that_was_cut_off_is_finished_by_who_starts_next)
{
	static const char *const points[] = {
		"the secrets are wrapped anew", "keys are wrapped anew"};
	uint8_t before[KEY_BYTES], key[KEY_BYTES];

	for (size_t i = 0; i < COUNT(points); i++) {
		struct store *s = shared();

		CHECK_INT(WRITE_DONE, keys_make(s, OWNER, MANY, false));
		CHECK(read_key(s, OWNER + 1, before));
		store_close(s);
		killed_at(points[i], rotate);
		s = again(dir, NULL);
		CHECK(read_key(s, OWNER + 1, key));
		CHECK(!memcmp(before, key, KEY_BYTES));
		CHECK_INT(1, keys_number("select count(*) from keys.secret where name = 'wrap'"));
		CHECK_INT(1, keys_number("select count(distinct epoch) from keys.subject_key"));
		CHECK(access(str_fmt(test_arena, "%s/master.key.next", dir).p, F_OK) != 0);
		shared_over(s);
	}
}

/* A server that runs while another rotates: it has the old master key and the old wrap alone. */
TEST(other_servers_work_on_and_start_with_the_new_master_key)
{
	struct store *s = shared();
	struct pg_keys *at = s->keys_at;
	uint8_t master[KEY_BYTES], before[KEY_BYTES], key[KEY_BYTES];
	struct key_wrap wrap = at->wraps[0];

	CHECK_INT(WRITE_DONE, keys_make(s, OWNER, 2, false));
	CHECK(read_key(s, OWNER, before));
	memcpy(master, s->master, KEY_BYTES);
	MUST(!shell("cp -p %s/master.key %s/old.key", dir, dir));
	store_keys_rotate(s);
	memcpy(s->master, master, KEY_BYTES);
	at->wraps[0] = wrap;
	at->wraps_n = 1;
	keys_dropped_elsewhere(s); /* nothing is opened */
	CHECK_INT(WRITE_DONE, keys_make(s, OWNER + 10, 2, false));
	CHECK_INT(1, keys_number("select count(distinct epoch) from keys.subject_key"));
	CHECK(read_key(s, OWNER, key));
	CHECK(!memcmp(before, key, KEY_BYTES));
	CHECK(read_key(s, OWNER + 11, key));
	/* it cannot rotate itself, nor start again with the old one */
	MUST(!shell("mv %s/master.key %s/new.key && cp -p %s/old.key %s/master.key", dir, dir, dir,
		dir));
	CHECK_FAULT_SAYS(FAULT_STORE, "was rotated by another server", store_keys_rotate(s));
	store_close(s);
	CHECK_FAULT_SAYS(FAULT_STORE, "does not open", again(dir, NULL));
	MUST(!shell("mv %s/new.key %s/master.key", dir, dir));
	s = again(dir, NULL);
	CHECK(read_key(s, OWNER, key));
	CHECK(!memcmp(before, key, KEY_BYTES));
	shared_over(s);
}

/* What the cluster has of a dropped key on its disk. */
static bool in_cluster(const uint8_t *bytes, size_t n)
{
	char hex[400] = "";

	for (size_t i = 0; i < n; i++)
		snprintf(hex + 4 * i, 5, "\\x%02x", bytes[i]);
	return !shell("LC_ALL=C grep -rqaP '%s' %s/data", hex, keys.dir);
}

static void wrapped_of(int64_t owner, uint8_t wrapped[WRAPPED_BYTES])
{
	PGconn *c = keys_connect("admin");
	PGresult *r = rows_run(c, str_fmt(test_arena,
					  "select encode(wrapped, 'hex') from keys.subject_key "
					  "where owner = %lld",
					  (long long)owner)
					  .p);

	MUST(pq.PQntuples(r) == 1 &&
		hex_parse(str_of(pq.PQgetvalue(r, 0, 0)), wrapped, WRAPPED_BYTES));
	pq.PQclear(r);
	pq.PQfinish(c);
}

/* All wraps that a master key opens, now or in any row that the cluster had: a copy of it. */
static bool opens(const struct store *s, const uint8_t wrapped[WRAPPED_BYTES])
{
	const struct pg_keys *at = s->keys_at;
	uint8_t key[KEY_BYTES];
	char name[40];
	bool is = false;

	for (size_t i = 0; i < at->wraps_n; i++)
		is |= key_unwrap(key, (str){(const char *)wrapped, WRAPPED_BYTES}, at->wraps[i].key,
			key_owner_name(name, OWNER));
	return is;
}

/* How many of these are on the disk of the cluster; one is enough. */
static bool any_in_cluster(uint8_t (*wrapped)[WRAPPED_BYTES], size_t n)
{
	bool is = false;

	for (size_t i = 0; i < n && !is; i++)
		is = in_cluster(wrapped[i] + WRAP_HEAD, 32);
	return is;
}

/* What vacuum and a checkpoint do not take is found in the files: that is why. */
TEST(what_a_cluster_keeps_of_a_dropped_key_opens_no_more_after_a_rotation)
{
	enum { DROPPED = 20 };
	struct store *s = shared();
	uint8_t wrapped[DROPPED][WRAPPED_BYTES], old_master[KEY_BYTES];
	char old_hex[2 * KEY_BYTES + 1];
	struct secrets k;

	CHECK_INT(WRITE_DONE, keys_make(s, OWNER, DROPPED, false));
	for (int i = 0; i < DROPPED; i++)
		wrapped_of(OWNER + i, wrapped[i]);
	memcpy(old_master, s->master, KEY_BYTES);
	sodium_bin2hex(old_hex, sizeof old_hex, old_master, KEY_BYTES);
	for (int64_t i = 0; i < DROPPED; i++)
		erase(s, OWNER + i);
	CHECK_INT(0, keys_number("select count(*) from keys.subject_key"));
	keys_change("vacuum keys.subject_key");
	keys_change("select pg_switch_wal()");
	keys_change("checkpoint");
	CHECK(any_in_cluster(wrapped, DROPPED));
	CHECK(opens(s, wrapped[0]));
	store_keys_rotate(s);
	CHECK(!opens(s, wrapped[0]));
	CHECK(!pg_keys_secrets(s, old_master, &k));
	CHECK(pg_keys_secrets(s, s->master, &k));
	CHECK(!opens(s, wrapped[0]));
	CHECK(shell("grep -rqi %s %s", old_hex, dir) != 0); /* the old master key is nowhere */
	CHECK(memcmp(old_master, s->master, KEY_BYTES) != 0);
	shared_over(s);
}

/* A copy of the data alone, older than the erasure, with all that is there today. */
TEST(an_older_copy_of_the_data_finds_no_key_and_is_erased_again)
{
	struct store *s = shared();
	struct cluster copy;
	uint8_t key[KEY_BYTES];

	CHECK_INT(WRITE_DONE, keys_make(s, OWNER, 1, false));
	cluster_copy(&copy, rows_cluster(), false);
	erase(s, OWNER);
	store_close(s);

	char *before = strdup(rows_cluster());

	cluster_start(&copy);
	setenv("KONTOR_PG", copy.dir, 1);
	CHECK_INT(1, rows_number(dir, "select state from r_subject where id = 1048576"));
	s = again(dir, str_fmt(test_arena, "postgresql://admin@/" STR_FMT "?host=%s",
			       STR_ARG(rows_name()), copy.dir)
			       .p);
	CHECK_INT(
		SUBJECT_ERASED, rows_number(dir, "select state from r_subject where id = 1048576"));
	CHECK(!read_key(s, OWNER, key));
	store_close(s);
	cluster_end(&copy);
	setenv("KONTOR_PG", before, 1);
	free(before);
	nftw(dir, removed, 16, FTW_DEPTH | FTW_PHYS);
	rows_drop();
	cluster_end(&keys);
}

int main(void)
{
	return test_main();
}
