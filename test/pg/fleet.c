/* 64 clients order at two servers on one database; one of them is killed, and its clients go on at
 * the other with the keys that had no answer: every order once, and the books add up. */
#include "test/fault/orders.h"

#include <signal.h>

static struct server second;
static bool alone; /* everybody asks the second */

static const struct server *one_of(const struct client *c)
{
	return alone || c->n % 2 ? &second : &server;
}

/* A folder of its own; what both must have in common is the first one's. */
static const char *joined(void)
{
	static const char *const common[] = {
		"keys.db", "master.key", "erased.log", "files", "database", NULL};
	const char *other = in_home("second");

	MUST(!mkdir(other, 0700));
	for (const char *const *p = common; *p; p++)
		MUST(!symlink(str_fmt(test_arena, "%s/%s", market, *p).p,
			str_fmt(test_arena, "%s/%s", other, *p).p));
	return other;
}

static void first_killed(void)
{
	CHECK_INT(128 + SIGKILL, server_end(&server, SIGKILL));
}

TEST(one_of_two_servers_is_killed)
{
	home_make();
	world_make_in(program_home);
	clients_make();
	REQUIRE(server_start(&server, market, "--behind-proxy"));
	REQUIRE(server_start(&second, joined(), "--behind-proxy"));
	server_of = one_of;
	clients_disturbed(3000, first_killed);
	alone = true;
	clients_run(0);
	CHECK_INT(2, rows_number(market, "select count(distinct id >> 16 & 63) from r_orders"));
	books();
	CHECK_INT(0, server_end(&second, SIGTERM));
	CHECK_INT(0, kontor("chain", "check", market));
	printf("# %lld orders answered, %lld answers lost, %lld of them had been carried out\n",
		(long long)acked_all, (long long)unknown, (long long)replayed);
	CHECK_INT(0, troubles);
	CHECK(acked_all > 0);
	clients_end();
	rows_drop();
	home_end();
}

/* Asked to stop, it says so to whoever asks for its health, and answers everybody else. */
TEST(a_server_drains_before_it_stops)
{
	int status = -1;

	home_make();
	world_make_in(program_home);
	REQUIRE(server_start(&server, market, "--behind-proxy", "--drain", "3"));
	kill(server.pid, SIGTERM);
	usleep(1000000);
	CHECK_INT(503, get_status(&server, "/healthz"));
	CHECK_INT(200, get_status(&server, "/"));
	MUST(waitpid(server.pid, &status, 0) == server.pid);
	CHECK_INT(0, status);
	CHECK_INT(0, rows_number(market, "select count(*) from r_server"));
	clients_end();
	rows_drop();
	home_end();
}

int main(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
	return test_main();
}
