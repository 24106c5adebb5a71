/* Several servers on one database: they write in turns, with ids in the order of their commits;
 * each has a number of its own; what one writes the others hear of; a job runs on one of them. */
#include "test/pg/installation.h"
#include "web/web.h"

#include "gen/session.sql.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

enum { CHILDREN = 4, UNITS = 100, SOON_MS = 8000 };

static int64_t number(const char *sql)
{
	return rows_number(dir, sql);
}

static void folder_end(const char *folder)
{
	nftw(folder, removed, 16, FTW_DEPTH | FTW_PHYS);
}

/* Within SOON_MS. */
static bool soon(bool (*is)(struct store *s), struct store *s)
{
	for (int ms = 0; ms < SOON_MS; ms += 20) {
		if (is(s))
			return true;
		usleep(20000);
	}
	return false;
}

/* ---- units ----------------------------------------------------------------------------------- */
static bool session_apply(struct db *db, void *ctx)
{
	struct session_id id = {id_make()};
	str digest = str_fmt(db->arena, "digest of %lld", (long long)id.v);

	(void)ctx;
	return session_add(db, id, digest, BIT(ROLE_VISITOR), clock_now(),
		       instant_add(clock_now(), DAY_US)) == 1;
}

static enum write_result session_write(struct store *s)
{
	struct write_unit u = {.viewer = {.roles = BIT(ROLE_VISITOR)},
		.purposes = BIT(PURPOSE_SIGNIN),
		.arena = test_arena,
		.apply = session_apply};

	return store_write_wait(s, &u);
}

static atomic_int *entered; /* shared by processes */

/* A process of its own; ahead_s: as if its ids came from a clock so far ahead. */
static pid_t child(const char *folder, int ahead_s, int units, bool wait)
{
	pid_t pid = fork();
	struct fault_point fp;
	volatile bool good = true;

	if (pid)
		return pid;
	if (FAULT_TRY(fp)) {
		struct store *s = again(folder, NULL);

		id_floor(id_at(instant_add(clock_real(), ahead_s * SECOND_US)));
		atomic_fetch_add(entered, 1);
		while (units && atomic_load(entered) < CHILDREN) /* all at once, then */
			usleep(1000);
		for (int i = 0; i < units; i++)
			good &= session_write(s) == WRITE_DONE;
		if (wait)
			for (;;)
				pause();
		store_close(s);
		FAULT_END(fp);
		_exit(good ? 0 : 1);
	}
	fprintf(stderr, "%s\n", fp.what);
	_exit(2);
}

static int ended(pid_t pid)
{
	int status;

	MUST(waitpid(pid, &status, 0) == pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* A transaction's number is drawn in its turn: who goes by ids sees commits in their order. */
static const char out_of_order[] =
	"select count(*) from (select xmin::text::bigint as x, lag(xmin::text::bigint) over (order "
	"by id) as before from r_session) as t where x < before";

TEST(several_servers_write_in_turns)
{
	const char *folder[CHILDREN];
	pid_t pid[CHILDREN];

	store_close(fresh(rows_database()));
	atomic_store(entered, 0);
	for (int i = 0; i < CHILDREN; i++)
		folder[i] = i ? joined(i) : dir;
	for (int i = 0; i < CHILDREN; i++)
		pid[i] = child(folder[i], i * 300, UNITS, false);
	for (int i = 0; i < CHILDREN; i++)
		CHECK_INT(0, ended(pid[i]));
	CHECK_INT(CHILDREN * UNITS, number("select count(*) from r_session"));
	CHECK_INT(CHILDREN, number("select count(distinct id >> 16 & 63) from r_session"));
	CHECK_INT(0, number(out_of_order));
	CHECK_INT(1, number("select (select max(id) from r_session) <= id_high from r_house"));
	CHECK_INT(0, number("select count(*) from r_server"));
	for (int i = 1; i < CHILDREN; i++)
		folder_end(folder[i]);
	over(again(dir, NULL));
}

TEST(a_turn_that_does_not_come_is_given_back)
{
	struct store *s = fresh(rows_database());
	PGconn *other = rows_connect(rows_name().p);

	pq.PQclear(rows_run(other, "select pg_advisory_lock(x'6b6f6e75'::int)"));
	CHECK_INT(WRITE_BUSY, session_write(s));
	CHECK_INT(0, number("select count(*) from r_session"));
	pq.PQfinish(other);
	CHECK_INT(WRITE_DONE, session_write(s));
	over(s);
}

/* ---- who is there ---------------------------------------------------------------------------- */
static bool two(struct store *s)
{
	return store_servers(s).n == 2;
}

static bool one(struct store *s)
{
	return store_servers(s).n == 1;
}

TEST(each_server_has_a_number_of_its_own)
{
	struct store *s = fresh(rows_database());
	const char *other = joined(1);
	struct store *second = again(other, NULL);

	CHECK(store_servers(s).node != store_servers(second).node);
	CHECK(soon(two, s));
	CHECK_FAULT_SAYS(FAULT_STORE, "in use by process", again(other, NULL));
	store_close(second);
	CHECK(soon(one, s));
	pid_t pid = child(other, 0, 0, true);

	while (number("select count(*) from r_server") < 2)
		usleep(10000);
	kill(pid, SIGKILL);
	CHECK_INT(128 + SIGKILL, ended(pid));
	CHECK_INT(2, number("select count(*) from r_server"));
	second = again(other, NULL); /* its folder's lock was free: whoever had it is gone */
	CHECK_INT(2, number("select count(*) from r_server"));
	store_close(second);
	folder_end(other);
	over(s);
}

TEST(no_more_servers_than_ids_have_room_for)
{
	struct store *s = fresh(rows_database());
	const char *other = joined(1);

	rows_change(dir,
		"insert into r_server (id, node, name, lock, since, seen) select n, n, '', "
		"'', kontor.clock_us(), kontor.clock_us() from generate_series(1, 63) n");
	CHECK_FAULT_SAYS(FAULT_STORE, "no room for more", again(other, NULL));
	rows_change(dir, "update r_server set seen = seen - 60000000 where node = 40");
	struct store *second = again(other, NULL);

	CHECK_INT(40, store_servers(second).node);
	store_close(second);
	folder_end(other);
	over(s);
}

/* Others gave it up: what waits is given back, and it goes on as a new one. */
TEST(a_server_that_was_not_seen_enters_anew)
{
	struct store *s = fresh(rows_database());

	CHECK_INT(WRITE_DONE, session_write(s));
	rows_change(dir, "delete from r_server");
	CHECK_INT(WRITE_BUSY, session_write(s));
	CHECK_INT(WRITE_DONE, session_write(s));
	CHECK_INT(1, number("select count(*) from r_server"));
	over(s);
}

TEST(a_database_made_ready_for_others_is_not_written)
{
	struct store *s = fresh(rows_database());

	rows_change(dir, "update kontor.made set guards = 'of another policy'");
	CHECK_INT(WRITE_BUSY, session_write(s));
	CHECK_INT(0, number("select count(*) from r_session"));
	store_close(s);
	over(again(dir, NULL));
}

static void clock_moved(const char *by)
{
	rows_change(dir,
		str_fmt(test_arena,
			"create or replace function kontor.clock_us() returns bigint language sql "
			"volatile security definer return (extract(epoch from "
			"pg_catalog.clock_timestamp()) * 1000000)::bigint + %s",
			by)
			.p);
}

static bool skewed(struct store *s)
{
	return store_servers(s).skew_us > 2 * SECOND_US;
}

TEST(clocks_that_differ_are_said_and_stop_a_start)
{
	struct store *s = fresh(rows_database());

	CHECK(!skewed(s));
	clock_moved("3000000");
	CHECK(soon(skewed, s));
	store_close(s);
	clock_moved("60000000");
	CHECK_FAULT_SAYS(FAULT_STORE, "clock differs from the database's", again(dir, NULL));
	clock_moved("0");
	over(again(dir, NULL));
}

/* ---- hearing --------------------------------------------------------------------------------- */
static struct store_tables of_sessions;
static uint64_t moment;

static bool hears(struct store *s)
{
	return store_servers(s).hears;
}

static bool changed(struct store *s)
{
	return !store_unchanged(s, &of_sessions, moment);
}

static struct store_tables table_of(struct store *s, const char *base)
{
	struct store_tables t = {0};

	tables_note(&t, table_index(s, base));
	return t;
}

TEST(what_one_writes_the_others_hear_of)
{
	struct store *s = fresh(rows_database());
	const char *other = joined(1);
	struct store *second = again(other, NULL);

	CHECK(soon(hears, second) && soon(hears, s));
	of_sessions = table_of(s, "r_session");
	struct store_tables persons = table_of(s, "r_person");

	moment = store_moment(second);
	CHECK(!changed(second));
	CHECK_INT(WRITE_DONE, session_write(s));
	CHECK(soon(changed, second));
	CHECK(store_unchanged(second, &persons, moment));
	moment = store_moment(second);
	CHECK(!changed(second));
	rows_cut(dir, "query like '%kontor.clock_us%'");
	CHECK(soon(changed, second)); /* it may have been told something that it did not hear */
	CHECK(soon(hears, second));
	CHECK(changed(second));
	store_close(second);
	folder_end(other);
	over(s);
}

static uint64_t epoch;

static bool forgot(struct store *s)
{
	return atomic_load(&s->key_epoch) > epoch;
}

static bool erase_apply(struct db *db, void *ctx)
{
	const int64_t *subject = ctx;
	uint8_t key[KEY_BYTES];

	if (!subject[1])
		keys_need(db->conn, subject[0], key);
	else
		db_erase_subject(db, subject[0]);
	return true;
}

static enum write_result subject_write(struct store *s, int64_t id, bool erase)
{
	int64_t what[2] = {id, erase};
	struct write_unit u = {.arena = test_arena, .apply = erase_apply, .ctx = what};

	return store_write_wait(s, &u);
}

/* Neither an opened key nor what was known of its owner outlives an erasure on another server. */
TEST(who_is_erased_on_one_is_erased_on_all)
{
	struct store *s = fresh(rows_database());
	const char *other = joined(1);
	struct store *second = again(other, NULL);

	CHECK(soon(hears, second));
	CHECK_INT(WRITE_DONE, subject_write(second, 77, false));
	CHECK_INT(WRITE_DONE, subject_write(second, 77, false)); /* its key is opened there */
	epoch = atomic_load(&second->key_epoch);
	CHECK_INT(WRITE_DONE, subject_write(s, 77, true));
	CHECK_INT(WRITE_FAULTED, subject_write(second, 77, false));
	CHECK(soon(forgot, second));
	store_close(second);
	folder_end(other);
	over(s);
}

/* ---- jobs ------------------------------------------------------------------------------------ */
static bool leased(struct store *s)
{
	return store_lease(s, "outbox");
}

static bool elsewhere(struct store *s)
{
	char name[STORE_SERVER_CHARS];

	return store_job_elsewhere(s, "outbox", name) && strstr(name, dir);
}

TEST(a_job_runs_on_one_server)
{
	struct store *s = fresh(rows_database());
	const char *other = joined(1);
	struct store *second = again(other, NULL);

	CHECK(soon(leased, s));
	CHECK(!leased(second));
	usleep(200000);
	CHECK(!leased(second));
	CHECK(soon(elsewhere, second) && !elsewhere(s));
	CHECK_INT(1, number("select count(*) from r_job_lease"));
	store_close(s);
	CHECK(soon(leased, second)); /* it was told */
	s = again(dir, NULL);
	CHECK(!leased(s));
	rows_change(dir, str_fmt(test_arena,
				 "update r_server set seen = seen - 60000000, lock = '' "
				 "where node = %u",
				 store_servers(second).node)
				 .p);
	store_close(second);
	folder_end(other);
	over(s);
}

/* Work for a job that runs elsewhere. */
static atomic_int calls;

static void called(const char *job)
{
	atomic_fetch_add(&calls, !strcmp(job, "outbox"));
}

static bool was_called(struct store *s)
{
	(void)s;
	return atomic_load(&calls) == 1;
}

TEST(a_job_is_called_where_it_runs)
{
	struct store *s = fresh(rows_database());
	const char *other = joined(1);
	struct store *second = again(other, NULL);

	CHECK(soon(leased, s));
	CHECK(!leased(second));
	CHECK(soon(hears, s) && soon(hears, second));
	store_job_calls(s, called);
	store_job_call(second, "outbox");
	CHECK(soon(was_called, s));
	CHECK(!store_lease_lost(s, "outbox") && store_lease_lost(second, "outbox"));
	store_close(second);
	folder_end(other);
	over(s);
}

static bool taken(struct store *s)
{
	rows_change(dir, "update r_server set seen = 0 where name = 'gone'");
	return leased(s);
}

/* Killed: its row grows old, and another takes over. */
TEST(jobs_of_a_server_that_is_gone_go_on_elsewhere)
{
	struct store *s = fresh(rows_database());

	rows_change(dir, "insert into r_server (id, node, name, lock, since, seen) values (5, 50, "
			 "'gone', '', kontor.clock_us(), kontor.clock_us()); insert into "
			 "r_job_lease (id, job, server_id, since) values (1, 'outbox', 5, 1)");
	CHECK(!leased(s));
	usleep(500000);
	CHECK(!leased(s));
	CHECK(soon(taken, s));
	CHECK_INT(0, number("select count(*) from r_server where name = 'gone'"));
	over(s);
}

/* ---- starts ---------------------------------------------------------------------------------- */
static const struct schema_file *schema_with(const char *name, const char *text)
{
	size_t n = 0;

	while (schema_files[n].name)
		n++;
	struct schema_file *all = arena_array(test_arena, struct schema_file, n + 2);

	memcpy(all, schema_files, n * sizeof *all);
	all[n] = (struct schema_file){name, str_of(text)};
	return all;
}

static pid_t start(const char *folder, const struct schema_file *files)
{
	pid_t pid = fork();

	struct fault_point fp;

	if (pid)
		return pid;
	if (FAULT_TRY(fp)) {
		store_close(store_open(&(struct store_options){
			.dir = folder, .policy = policy_of(), .schema = files}));
		FAULT_END(fp);
		_exit(0);
	}
	fprintf(stderr, "%s\n", fp.what);
	_exit(2);
}

/* One brings the tables up to date, the others wait for it and find it done. */
TEST(servers_that_start_together_change_the_tables_once)
{
	const char *folder[CHILDREN];
	const struct schema_file *files = schema_with(
		"9999-more.sql", "create index r_session_more on r_session (seen_at, id);");
	pid_t pid[CHILDREN];

	store_close(fresh(rows_database()));
	for (int i = 0; i < CHILDREN; i++)
		folder[i] = i ? joined(i) : dir;
	for (int i = 0; i < CHILDREN; i++)
		pid[i] = start(folder[i], files);
	for (int i = 0; i < CHILDREN; i++)
		CHECK_INT(0, ended(pid[i]));
	CHECK_INT(1, number("select count(*) from r_schema_file where id = 9999"));
	CHECK_FAULT_SAYS(FAULT_STORE, "made by a newer program", again(dir, NULL));
	for (int i = 1; i < CHILDREN; i++)
		folder_end(folder[i]);
	folder_end(dir);
	rows_drop();
}

int main(void)
{
	entered = mmap(
		NULL, sizeof *entered, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	MUST(entered != MAP_FAILED);
	return test_main();
}
