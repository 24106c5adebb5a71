/* kontor move, by the real program: a marketplace that has taken orders goes from SQLite to
 * PostgreSQL and back, and goes on taking them; killed in the middle it goes on, and does not open
 * before it is whole; what is not the same is found; what is refused leaves nothing behind. */
#include "test/fault/orders.h"

#include <signal.h>

enum { MOVES_KILLED = 16, KILL_STEP_MS = 10 };

static char *cluster;

/* Whose rows the test looks at: those of a file, or of the database made last. */
static void rows_on_sqlite(void)
{
	unsetenv("KONTOR_PG");
}

static void rows_on_pg(void)
{
	setenv("KONTOR_PG", cluster, 1);
}

static void begin(void)
{
	cluster = strdup(rows_cluster());
	home_make();
	rows_on_sqlite();
	world_make_in(program_home);
	clients_make();
}

static void over(void)
{
	clients_end();
	rows_on_pg();
	rows_drop();
	home_end();
	free(cluster);
	atomic_store(&acked_all, 0);
	atomic_store(&unknown, 0);
	atomic_store(&replayed, 0);
	atomic_store(&troubles, 0);
}

static void some_orders(void)
{
	int64_t before = atomic_load(&acked_all);

	REQUIRE(server_start(&server, market, "--behind-proxy"));
	clients_run(0);
	for (int i = 0; i < CLIENTS; i++)
		clients[i].asked = true; /* one more from each */
	clients_run(0);
	CHECK_INT(0, server_end(&server, SIGTERM));
	CHECK(atomic_load(&acked_all) > before);
	CHECK_INT(0, troubles);
	books();
}

/* The market is the one that lies there from now on. */
static void moved_to(const char *name)
{
	snprintf(market, sizeof market, "%s/%s", program_home, name);
	snprintf(data_path, sizeof data_path, "%s/data.db", market);
}

static str bytes_of(const char *path)
{
	FILE *f = fopen(path, "rb");
	char *p = arena_alloc(test_arena, 1, 64 << 20);
	size_t n = f ? fread(p, 1, 64 << 20, f) : 0;

	if (f)
		fclose(f);
	return (str){p, n};
}

static bool same_file(const char *a, const char *b, const char *name)
{
	str x = bytes_of(str_fmt(test_arena, "%s/%s", a, name).p);

	return x.n && str_eq(x, bytes_of(str_fmt(test_arena, "%s/%s", b, name).p));
}

/* Nobody but the owner may read what holds keys. */
static bool private(const char *dir, const char *name)
{
	struct stat st;

	return !stat(str_fmt(test_arena, "%s/%s", dir, name).p, &st) && (st.st_mode & 077) == 0;
}

TEST(there_and_back_orders_go_on)
{
	begin();
	some_orders();
	char *lite = strdup(market), *pg = strdup(in_home("on-pg")),
	     *back = strdup(in_home("back"));
	str before = bytes_of(data_path);

	rows_on_pg();
	CHECK_INT(0, kontor("move", lite, pg, "--database", rows_database()));
	SAYS("the same on both sides");
	SAYS("still holds people's data");
	CHECK(str_eq(before, bytes_of(data_path))); /* the source is as it was */
	CHECK(same_file(lite, pg, "master.key"));
	CHECK(private(pg, "master.key") && private(pg, "keys.db") && private(pg, "database"));
	CHECK_INT(0, kontor("move", lite, pg, "--check"));
	moved_to("on-pg");
	some_orders();
	CHECK_INT(0, kontor("chain", "check", pg));
	CHECK_INT(1, kontor("move", lite, pg, "--check"));
	SAYS("the keys differ"); /* of what was ordered since */
	SAYS("r_orders differs");

	CHECK_INT(0, kontor("move", pg, back));
	SAYS("and drop its database");
	CHECK_INT(0, kontor("move", pg, back, "--check"));
	rows_on_sqlite();
	moved_to("back");
	db_whole(data_path);
	some_orders();
	CHECK_INT(0, kontor("chain", "check", back));
	free(lite);
	free(pg);
	free(back);
	over();
}

static bool stands(const char *dir, const char *name)
{
	return !access(str_fmt(test_arena, "%s/%s", dir, name).p, F_OK);
}

/* Each time a little later, until it came to its end, be it that only its last word was cut off. */
static int killed_until_whole(const char *from, const char *to, const char *database)
{
	int kills = 0;

	for (; kills < MOVES_KILLED; kills++) {
		pid_t pid = database ? kontor_started("move", from, to, "--database", database)
				     : kontor_started("move", from, to);

		usleep((useconds_t)((kills + 1) * (kills + 1) * KILL_STEP_MS) * 1000);
		kill(pid, SIGKILL);
		if (kontor_wait(pid) == 0)
			break;
		if (stands(to, "master.key") && !stands(to, "moving"))
			break;
		if (!stands(to, "moving"))
			continue; /* it had not begun */
		CHECK_INT(1, kontor("chain", "check", to));
		SAYS("is being filled");
		CHECK_INT(1, kontor("move", from, to, "--check"));
	}
	return kills;
}

static void killed(bool to_pg)
{
	begin();
	some_orders();
	rows_on_pg();
	const char *database = to_pg ? rows_database() : NULL;
	char *to = strdup(in_home("moved")), *from = strdup(market);

	int kills = killed_until_whole(from, to, database);

	CHECK(kills > 1);
	if (kills == MOVES_KILLED)
		CHECK_INT(0, database ? kontor("move", from, to, "--database", database)
				      : kontor("move", from, to));
	CHECK_INT(0, kontor("move", from, to, "--check"));
	SAYS("the same on both sides");
	CHECK(!stands(to, "moving"));
	if (!to_pg)
		rows_on_sqlite();
	moved_to("moved");
	some_orders();
	free(to);
	free(from);
	over();
}

TEST(killed_on_the_way_to_postgresql_it_goes_on)
{
	killed(true);
}

TEST(killed_on_the_way_to_sqlite_it_goes_on)
{
	killed(false);
}

/* Stopped where half of it is there: the way a full disk or a lost connection leaves it. */
static void half(const char *from, const char *to, const char *database)
{
	struct stat st;
	pid_t pid = kontor_started("move", from, to, "--database", database);

	for (int i = 0; i < 2000; i++) {
		if (rows_number(market, "select to_regclass('base.r_orders') is not null") == 1 &&
			rows_number(market, "select count(*) from r_person") > 0)
			break;
		usleep(5000);
	}
	kill(pid, SIGKILL);
	CHECK(kontor_wait(pid) != 0);
	CHECK(!stat(str_fmt(test_arena, "%s/moving", to).p, &st));
	/* The server notices when it next speaks to the one that was killed. */
	rows_cut(market, "true");
}

TEST(what_was_changed_on_the_way_or_afterwards_is_found)
{
	static const char spoilt[] = "update r_offer set on_hand = on_hand + 1 where id = (select "
				     "min(id) from r_offer)";

	begin();
	rows_on_pg();
	const char *database = rows_database();
	char *to = strdup(in_home("moved"));

	half(market, to, database);
	rows_change(market, "update r_company set name = 'Somebody' where id = (select min(id) "
			    "from r_company)");
	/* the table that it has in part, or in another way, is made anew */
	CHECK_INT(0, kontor("move", market, to, "--database", database));
	CHECK_INT(0, rows_number(market, "select count(*) from r_company where name = 'Somebody'"));
	rows_change(market, spoilt);
	CHECK_INT(1, kontor("move", market, to, "--check"));
	SAYS("r_offer differs: 8 rows");
	SAYS("with other values");
	rows_change(market, "delete from r_api_token where id = (select min(id) from r_api_token)");
	CHECK_INT(1, kontor("move", market, to, "--check"));
	SAYS("r_api_token differs: 64 rows");
	free(to);
	over();
}

static bool gone(const char *path)
{
	struct stat st;

	return lstat(path, &st) != 0;
}

TEST(what_is_refused_leaves_nothing)
{
	begin();
	rows_on_pg();
	const char *database = rows_database();
	char *to = strdup(in_home("moved")), *other = strdup(in_home("other"));

	rows_on_sqlite();
	REQUIRE(server_start(&server, market, "--behind-proxy"));
	CHECK_INT(1, kontor("move", market, to, "--database", database));
	SAYS("in use by process");
	CHECK_INT(0, server_end(&server, SIGTERM));
	CHECK_INT(1, kontor("move", market, market));
	SAYS("same place");
	CHECK_INT(1, kontor("move", market, str_fmt(test_arena, "%s/inside", market).p));
	SAYS("lies in");
	CHECK_INT(1, kontor("move", program_home, to));
	SAYS("is no installation");
	CHECK_INT(1, kontor("move", market, program_home));
	SAYS("not empty");
	CHECK_INT(1, kontor("move", market, to, "--database", "postgresql://admin@/no-name"));
	SAYS("must name the database");
	CHECK_INT(2, kontor("move", market));
	setenv("KONTOR_DATABASE", database, 1);
	CHECK_INT(2, kontor("move", market, to));
	SAYS("unset KONTOR_DATABASE");
	unsetenv("KONTOR_DATABASE");
	CHECK(gone(to));

	/* another version's tables */
	rows_change(market, "update r_schema_file set digest = x'00' where id = 5");
	CHECK_INT(1, kontor("move", market, to, "--database", database));
	SAYS("another version");
	CHECK(gone(to));
	rows_on_pg();
	CHECK_INT(
		0, rows_number(market, "select count(*) from pg_namespace where nspname = 'base'"));

	/* a database of several machines */
	rows_change(market, "create function pg_catalog.create_distributed_table() returns void "
			    "language sql as ''");
	rows_on_sqlite();
	CHECK_INT(0, kontor("init", in_home("whole")));
	CHECK_INT(1, kontor("move", in_home("whole"), to, "--database", database));
	SAYS("has Citus");
	CHECK(gone(to));
	rows_on_pg();
	rows_change(market, "drop function pg_catalog.create_distributed_table()");

	/* a database that holds another installation */
	CHECK_INT(0, kontor("init", other, "--database", database));
	rows_on_sqlite();
	CHECK_INT(0, kontor("init", to));
	char *third = strdup(in_home("third"));

	CHECK_INT(1, kontor("move", to, third, "--database", database));
	SAYS("holds an installation already");
	CHECK(gone(third));
	free(third);
	free(to);
	free(other);
	over();
}

/* The same folder with another database would mix two moves. */
TEST(a_move_goes_on_only_as_it_began)
{
	begin();
	rows_on_pg();
	const char *database = rows_database();
	char *to = strdup(in_home("moved"));

	half(market, to, database);
	CHECK_INT(1, kontor("move", market, to));
	SAYS("as it was called first");
	CHECK_INT(1, kontor("move", to, in_home("further")));
	SAYS("is itself being filled");
	CHECK_INT(1, kontor("move", market, in_home("further"), "--database", database));
	SAYS("holds an installation already");
	CHECK_INT(0, kontor("move", market, to, "--database", database));
	free(to);
	over();
}

int main(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
	return test_main();
}
