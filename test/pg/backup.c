/* Backups of an installation on PostgreSQL, by the real program: taken while 64 clients order,
 * restored to either engine; a spoilt one is refused; who was erased since is erased again. */
#include "test/erase.h"
#include "test/fault/orders.h"

#include <signal.h>

static char *cluster, *file, *master;

static void begin(void)
{
	cluster = strdup(rows_cluster());
	home_make();
	world_make_in(program_home);
	clients_make();
	unsetenv("KONTOR_DATABASE"); /* the folder says it */
	file = strdup(in_home("monday.kbk"));
	master = strdup(in_home("market/master.key"));
}

static void over(void)
{
	clients_end();
	setenv("KONTOR_PG", cluster, 1);
	rows_drop();
	home_end();
	free(cluster);
	free(file);
	free(master);
	atomic_store(&acked_all, 0);
	atomic_store(&unknown, 0);
	atomic_store(&replayed, 0);
	atomic_store(&troubles, 0);
}

static bool gone(const char *path)
{
	struct stat st;

	return lstat(path, &st) != 0;
}

static void restored_on(const char *name)
{
	snprintf(market, sizeof market, "%s/%s", program_home, name);
	snprintf(data_path, sizeof data_path, "%s/data.db", market);
}

/* No order is half there. */
static void whole(int64_t at_least)
{
	for (size_t i = 0; i < COUNT(wrongs); i++)
		if (strcmp(wrongs[i].what, "lines left in baskets") != 0)
			CHECK_INT(0, rows_number(market, wrongs[i].sql));
	CHECK(rows_number(market, "select count(*) from r_orders") >= at_least);
	CHECK_INT(0, kontor("chain", "check", market));
}

/* Its own log is the newest, as long as nobody was erased. */
static int restore(const char *name, const char *log, const char *database)
{
	char *to = strdup(in_home(name));
	int code = database ? kontor("restore", file, to, "--master", master, "--erased", log,
				      "--database", database)
			    : kontor("restore", file, to, "--master", master, "--erased", log);

	free(to);
	return code;
}

static int64_t backup_code, before_backup;

static void backup_now(void)
{
	before_backup = atomic_load(&acked_all);
	backup_code = kontor("backup", market, file);
}

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
}

TEST(taken_under_orders_it_restores_to_either_engine)
{
	begin();
	orders();
	REQUIRE(server_start(&server, market, "--behind-proxy"));
	clients_disturbed(500, backup_now);
	CHECK_INT(0, backup_code);
	CHECK_INT(0, server_end(&server, SIGTERM));
	CHECK(before_backup >= CLIENTS);
	CHECK(atomic_load(&acked_all) > before_backup); /* it was under way meanwhile */

	char *log = strdup(str_fmt(test_arena, "%s.erased", file).p);

	CHECK_INT(0, restore("on-pg", log, rows_database()));
	SAYS("0 erasures repeated");
	CHECK(gone(in_home("on-pg.restored")));
	restored_on("on-pg");
	CHECK(gone(data_path));
	whole(before_backup);
	rows_drop();

	CHECK_INT(0, restore("on-sqlite", log, NULL));
	unsetenv("KONTOR_PG");
	restored_on("on-sqlite");
	whole(before_backup);
	db_whole(data_path);
	free(log);
	over();
}

TEST(restored_it_goes_on_taking_orders)
{
	begin();
	orders();
	CHECK_INT(0, kontor("backup", market, file)); /* no server runs */
	CHECK_INT(1, kontor("backup", market, file));
	SAYS("exists already");
	char *log = strdup(str_fmt(test_arena, "%s/erased.log", market).p);

	if (access(log, F_OK))
		snprintf(log, strlen(log) + 1, "none");
	CHECK_INT(0, restore("on-pg", log, rows_database()));
	restored_on("on-pg");
	orders();
	free(log);

	/* of SQLite, to PostgreSQL */
	char *lite = strdup(in_home("on-sqlite"));

	CHECK_INT(0, kontor("move", market, lite));
	free(file);
	file = strdup(in_home("tuesday.kbk"));
	CHECK_INT(0, kontor("backup", lite, file));
	CHECK_INT(0, restore("again", "none", rows_database()));
	restored_on("again");
	orders();
	free(lite);
	over();
}

static void byte_flip(const char *path, long at)
{
	FILE *f = fopen(path, "r+b");
	int c;

	MUST(f && !fseek(f, at, SEEK_SET) && (c = fgetc(f)) != EOF && !fseek(f, at, SEEK_SET));
	fputc(c ^ 1, f);
	MUST(!fclose(f));
}

TEST(a_spoilt_one_is_refused_and_leaves_nothing)
{
	begin();
	CHECK_INT(0, kontor("backup", market, file));
	const char *taken = str_fmt(test_arena, "postgresql://admin@/" STR_FMT "?host=%s",
		STR_ARG(rows_name()), cluster)
				    .p;

	CHECK_INT(1, restore("other", "none", taken));
	SAYS("holds an installation already");
	CHECK(gone(in_home("other")) && gone(in_home("other.restored")));
	const char *database = rows_database();

	byte_flip(file, 3000);
	CHECK_INT(1, restore("other", "none", database));
	SAYS("cut off or changed");
	CHECK_INT(1, restore("other", "none", NULL));
	byte_flip(file, 3000);
	byte_flip(str_fmt(test_arena, "%s.keys", file).p, 1000);
	CHECK_INT(1, restore("other", "none", database));
	SAYS("cut off or changed");
	byte_flip(str_fmt(test_arena, "%s.keys", file).p, 1000);
	CHECK(gone(in_home("other")) && gone(in_home("other.restored")));
	CHECK_INT(
		0, rows_number(market, "select count(*) from pg_namespace where nspname = 'base'"));
	CHECK_INT(0, restore("other", "none", database));
	over();
}

static void erase(int64_t id)
{
	struct installation in = installation_open(market, NULL, NULL, false);

	erase_of(in.store, id);
	installation_close(&in);
}

TEST(who_was_erased_since_is_erased_again)
{
	begin();
	int64_t id = clients[0].person;
	char state[100], sealed[120];

	snprintf(state, sizeof state, "select state from r_subject where id = %lld", (long long)id);
	snprintf(sealed, sizeof sealed,
		"select count(*) from r_person where id = %lld and email is not null",
		(long long)id);
	CHECK_INT(1, rows_number(market, sealed));
	CHECK_INT(0, kontor("backup", market, file));
	erase(id);
	char *log = strdup(str_fmt(test_arena, "%s/erased.log", market).p);

	CHECK_INT(0, restore("on-pg", log, rows_database()));
	SAYS("1 erasures repeated");
	CHECK_INT(3, rows_number(market, state));
	CHECK_INT(0, rows_number(market, sealed));
	rows_drop();
	CHECK_INT(0, restore("on-sqlite", log, NULL));
	SAYS("1 erasures repeated");
	unsetenv("KONTOR_PG");
	restored_on("on-sqlite");
	CHECK_INT(3, rows_number(market, state));
	CHECK_INT(0, rows_number(market, sealed));
	free(log);
	over();
}

int main(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
	return test_main();
}
