/* 64 clients order over HTTP, each with the same keys until it has an answer, on PostgreSQL: the
 * program is killed and starts again; a process of the database is killed, so that all of it falls
 * and recovers from its log; every connection is cut. Nothing is lost, nothing is doubled. */
#include "test/fault/orders.h"

#include <signal.h>

enum { KILLS = 2, DISTURBANCES = 3 };

static void server_again(void)
{
	REQUIRE(server_start(&server, market, "--behind-proxy"));
	clients_run(0); /* what had no answer, again with its key */
	books();
}

static void world_begin(void)
{
	home_make();
	world_make_in(program_home);
	clients_make();
}

static void world_end(void)
{
	CHECK_INT(0, server_end(&server, SIGTERM));
	books();
	counts_print();
	CHECK_INT(0, troubles);
	CHECK(acked_all > 0);
	clients_end();
	rows_drop();
	home_end();
	counts_clear();
}

TEST(the_program_is_killed)
{
	world_begin();
	for (int i = 0; i < KILLS && !test_bad; i++) {
		server_again();
		clients_run(500 + (int)(test_random() % 1500));
	}
	server_again();
	world_end();
}

static void connections_cut(void)
{
	rows_cut(market, "true");
}

/* What serves the writer; the cluster takes its end for a crash, and all of it starts again. */
static void database_killed(void)
{
	int64_t pid = rows_number(market, "select pid from pg_stat_activity where usename like "
					  "'%_house' and datname = current_database() limit 1");

	CHECK(pid > 0 && !kill((pid_t)pid, SIGKILL));
}

static void disturbed(void (*happens)(void))
{
	world_begin();
	server_again();
	for (int i = 0; i < DISTURBANCES && !test_bad; i++) {
		clients_disturbed(500 + (int)(test_random() % 1500), happens);
		books();
	}
	world_end();
}

TEST(every_connection_is_cut)
{
	disturbed(connections_cut);
}

TEST(the_database_is_killed)
{
	disturbed(database_killed);
}

int main(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
	return test_main();
}
