/* kill -9 in the middle of 64 clients who order over HTTP; then the server starts again, each
 * client asks once more for what it had no answer to, with the same key, and the books are checked:
 * every order that was answered is there, none is doubled, stock, timeline, outbox and numbers
 * agree. Some rounds in `make test`; `make crash` runs fifty (CRASH_ROUNDS). */
#include "test/fault/orders.h"

enum { ROUNDS_SHORT = 3 };

static void one_round(void)
{
	REQUIRE(server_start(&server, market, "--behind-proxy"));
	clients_run(0); /* what had no answer, again with its key */
	books();
	clients_run(100 + (int)(test_random() % 900));
}

static void crash(int rounds)
{
	home_make();
	world_make_in(program_home);
	clients_make();
	for (int i = 0; i < rounds && !test_bad; i++) {
		one_round();
		if ((i + 1) % 10 == 0)
			printf("# %d rounds: %lld orders answered, %lld answers lost, %lld of them "
			       "had been carried out\n",
				i + 1, (long long)acked_all, (long long)unknown,
				(long long)replayed);
	}
	if (server_start(&server, market, "--behind-proxy")) {
		clients_run(0);
		CHECK_INT(0, server_end(&server, SIGTERM));
	} else {
		TEST_FAIL("does not start again: %s", program_said);
	}
	books();
	db_whole(data_path);
	db_whole(in_home("market/keys.db"));
	printf("# %d rounds: %lld orders answered, %lld answers lost, %lld of them had been "
	       "carried out\n",
		rounds, (long long)acked_all, (long long)unknown, (long long)replayed);
	CHECK_INT(0, troubles);
	CHECK(unknown > 0 && acked_all > 0);
	clients_end();
	home_end();
}

TEST(no_order_is_lost_or_doubled_by_kill_9)
{
	const char *rounds = getenv("CRASH_ROUNDS");
	int n = rounds ? atoi(rounds) : ROUNDS_SHORT;

	REQUIRE(n > 0);
	crash(n);
}

int main(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
	return test_main();
}
