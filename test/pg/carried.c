/* Archives and moves of an installation whose keys lie in a key store that servers share, by the
 * real program: between keys in a folder and keys in a database, both ways; orders go on with the
 * keys that were carried, and who was erased has none in any of them. */
#include "test/erase.h"
#include "test/fault/orders.h"

#include <signal.h>

enum { MOVES_KILLED = 10, KILL_STEP_MS = 150 };

static char *cluster, *file, *master;
static int64_t first_gone, then_gone; /* two people who are erased */

static bool people(struct db *db, void *ctx)
{
	int64_t *ids[] = {&first_gone, &then_gone};

	(void)ctx;
	for (size_t i = 0; i < COUNT(ids); i++) {
		struct person_name name = {.name = S("Somebody")};
		struct person_email email = {
			.email = str_fmt(db->arena, "gone-%zu@kontor.example", i)};

		*ids[i] = id_make();
		if (demo_person_add(db, (struct person_id){*ids[i]}, &name, &email, email.email,
			    NULL, NULL, S("en"), 0, 0, clock_now()) != 1)
			return false;
	}
	return true;
}

static void begin(bool shared)
{
	cluster = strdup(rows_cluster());
	if (!shared)
		unsetenv("KONTOR_PG");
	home_make();
	world_shares_keys = shared;
	world_make_in(program_home);
	world_shares_keys = false;
	unsetenv("KONTOR_DATABASE"); /* the folder says them */
	unsetenv("KONTOR_KEYS");
	struct installation in = installation_open(market, NULL, NULL, false);

	write_all(
		&in, (struct viewer){.roles = BIT_(ROLE_SETUP)}, BIT_(PURPOSE_SETUP), people, NULL);
	installation_close(&in);
	clients_make();
	file = strdup(in_home("monday.kbk"));
	master = strdup(in_home("market/master.key"));
}

static void over(void)
{
	clients_end();
	home_end();
	setenv("KONTOR_PG", cluster, 1);
	free(cluster);
	free(file);
	free(master);
	counts_clear();
	atomic_store(&troubles, 0);
}

static void lies_at(const char *name)
{
	snprintf(market, sizeof market, "%s/%s", program_home, name);
}

static bool there(const char *name)
{
	return !access(str_fmt(test_arena, "%s/%s", market, name).p, F_OK);
}

/* Everybody orders with keys of their company, their address and their order, old and new ones. */
static void orders(void)
{
	REQUIRE(server_start(&server, market, "--behind-proxy"));
	clients_run(0);
	for (int i = 0; i < CLIENTS; i++)
		clients[i].asked = true; /* one more from each */
	clients_run(0);
	CHECK_INT(0, server_end(&server, SIGTERM));
	CHECK_INT(0, troubles);
	books();
	CHECK_INT(0, kontor("chain", "check", market));
}

static void erase(int64_t id)
{
	struct installation in = installation_open(market, NULL, NULL, false);

	erase_of(in.store, id);
	installation_close(&in);
}

static int64_t keys_of(int64_t owner)
{
	if (there("keys.db"))
		return db_number(str_fmt(test_arena, "%s/keys.db", market).p,
			str_fmt(test_arena, "select count(*) from subject_key where owner = %lld",
				(long long)owner)
				.p);
	return rows_keys_number(str_fmt(test_arena,
		"select count(*) from keys.subject_key where owner = %lld", (long long)owner)
					.p);
}

/* Keys and the log lie in the database, or in the folder, and nowhere else. */
static void keys_are_shared(bool shared)
{
	struct stat st;

	CHECK(there("keys") == shared);
	CHECK(there("keys.db") == !shared);
	CHECK(!shared || !there("erased.log"));
	CHECK(!there("keys.db.whole") && !there("moving"));
	CHECK(!stat(str_fmt(test_arena, "%s/%s", market, shared ? "keys" : "keys.db").p, &st) &&
		!(st.st_mode & 077));
}

static void both_are_gone(void)
{
	static const char sql[] = "select count(*) from r_subject where state = 3 and id in (%lld, "
				  "%lld)";
	char text[160];

	snprintf(text, sizeof text, sql, (long long)first_gone, (long long)then_gone);
	CHECK_INT(2, rows_number(market, text));
	CHECK_INT(0, keys_of(first_gone));
	CHECK_INT(0, keys_of(then_gone));
	CHECK_INT(1, keys_of(clients[0].person));
}

/* ---- archives -------------------------------------------------------------------------------- */
static int64_t backup_code;

static void backup_now(void)
{
	backup_code = kontor("backup", market, file);
}

static int restore(const char *name, const char *log, const char *database, const char *keys)
{
	const char *to = strdup(in_home(name)), *k = keys ? "--keys" : NULL;
	int code = database ? kontor("restore", file, to, "--master", master, "--erased", log,
				      "--database", database, k, keys)
			    : kontor("restore", file, to, "--master", master, "--erased", log, k,
				      keys);

	free((char *)(uintptr_t)to);
	return code;
}

/* What was ordered behind the backup is not in it. */
static void restored(const char *name, bool shared)
{
	lies_at(name);
	CHECK(access(in_home(str_fmt(test_arena, "%s.restored", name).p), F_OK) != 0);
	keys_are_shared(shared);
	for (size_t i = 0; i < COUNT(wrongs); i++)
		if (strcmp(wrongs[i].what, "lines left in baskets") != 0)
			CHECK_INT(0, rows_number(market, wrongs[i].sql));
	CHECK_INT(0, kontor("chain", "check", market));
	both_are_gone();
}

TEST(taken_of_shared_keys_it_restores_to_any_place)
{
	begin(true);
	erase(first_gone);
	REQUIRE(server_start(&server, market, "--behind-proxy"));
	clients_disturbed(500, backup_now);
	CHECK_INT(0, backup_code);
	CHECK_INT(0, server_end(&server, SIGTERM));
	CHECK_INT(1, keys_of(then_gone));
	erase(then_gone);
	CHECK_INT(0, kontor("backup", market, in_home("tuesday.kbk"))); /* no server runs */
	char *log = strdup(in_home("tuesday.kbk.erased"));

	/* the master key of before a rotation opens the archive, and the new one does not */
	free(master);
	master = strdup(in_home("monday.key"));
	CHECK_INT(0, rename(in_home("market/master.key"), master));
	CHECK_INT(1, kontor("backup", market, in_home("none.kbk")));
	CHECK_INT(0, link(master, in_home("market/master.key")));
	CHECK_INT(0, kontor("keys", "rotate", market));
	CHECK_INT(1, kontor("restore", file, in_home("other"), "--master",
			     str_fmt(test_arena, "%s/master.key", market).p, "--erased", log));
	rows_drop();

	CHECK_INT(2, restore("shared", log, NULL, "postgresql://admin@/none"));
	CHECK_INT(1, restore("shared", in_home("monday.kbk.erased"), rows_database(),
			     "postgresql://admin@/Not-a-name"));
	SAYS("must name the database");
	CHECK(access(in_home("shared"), F_OK) && access(in_home("shared.restored"), F_OK));
	rows_drop();

	const char *database = rows_database();

	CHECK_INT(0, restore("shared", log, database, rows_keys()));
	SAYS("2 erasures repeated");
	restored("shared", true);
	CHECK_INT(2, rows_keys_number("select count(*) from keys.erased"));
	CHECK_INT(0, kontor("backup", market, in_home("wednesday.kbk")));
	CHECK_INT(0, server_start(&server, market) ? server_end(&server, SIGTERM) : 1);
	rows_drop();

	CHECK_INT(0, restore("own", log, rows_database(), NULL));
	restored("own", false);
	rows_drop();
	unsetenv("KONTOR_PG");
	CHECK_INT(0, restore("lite", log, NULL, NULL));
	restored("lite", false);
	free(log);
	over();
}

/* ---- moves ----------------------------------------------------------------------------------- */
/* Killed again and again, each time a little later; then to its end. */
static int move_killed(const char *from, const char *to, const char *database, const char *keys)
{
	int status, done = 0;

	for (int i = 1; i <= MOVES_KILLED && !done; i++) {
		pid_t pid =
			kontor_started("move", from, to, "--database", database, "--keys", keys);

		usleep((useconds_t)(i * KILL_STEP_MS) * 1000);
		kill(pid, SIGKILL);
		MUST(waitpid(pid, &status, 0) == pid);
		done = WIFEXITED(status) && !WEXITSTATUS(status);
	}
	printf("# %s\n", done ? "done before it was killed for the last time" : "killed each time");
	return done ? 0 : kontor("move", from, to, "--database", database, "--keys", keys);
}

TEST(moved_between_folders_and_databases_orders_go_on)
{
	begin(false);
	orders();
	erase(first_gone);
	char *lite = strdup(market), *one = strdup(in_home("one")), *two = strdup(in_home("two")),
	     *back = strdup(in_home("back"));

	setenv("KONTOR_PG", cluster, 1);
	const char *database = rows_database(), *keys = rows_keys();

	CHECK_INT(1, kontor("move", lite, one, "--keys", keys));
	SAYS("say --database too");
	CHECK(access(one, F_OK) != 0);
	CHECK_INT(0, move_killed(lite, one, database, keys));
	lies_at("one");
	keys_are_shared(true);
	CHECK_INT(0, keys_of(first_gone));
	CHECK_INT(1, rows_keys_number("select count(*) from keys.erased"));
	CHECK_INT(0, kontor("move", lite, one, "--check"));
	orders();
	CHECK_INT(0, kontor("keys", "rotate", one));
	erase(then_gone);
	both_are_gone();

	const char *another = rows_database();

	CHECK_INT(1, kontor("move", one, two, "--database", another, "--keys", keys));
	SAYS("that is the key store of the source");
	CHECK_INT(1, kontor("move", one, two, "--database", another, "--keys", another));
	SAYS("do not lie in the database of the data");
	CHECK(access(two, F_OK) != 0);
	CHECK_INT(0, kontor("move", one, two, "--database", another, "--keys", rows_keys()));
	lies_at("two");
	keys_are_shared(true);
	CHECK_INT(2, rows_keys_number("select count(*) from keys.erased"));
	CHECK_INT(0, kontor("move", one, two, "--check"));
	both_are_gone();
	orders();

	CHECK_INT(0, kontor("move", two, back));
	CHECK_INT(0, kontor("move", two, back, "--check"));
	unsetenv("KONTOR_PG");
	lies_at("back");
	keys_are_shared(false);
	both_are_gone();
	orders();
	free(lite);
	free(one);
	free(two);
	free(back);
	over();
}

int main(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
	return test_main();
}
