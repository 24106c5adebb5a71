/* Live events over two servers on one database: a stream at one hears what the other commits. */
#include "test/journey/live.h"

static struct store *second;
static struct web *second_web;
static const char *folder;
static struct listening ann, max;

/* Its folder: what both must have in common is the first one's. */
static void second_begin(void)
{
	static const char *const common[] = {
		"keys.db", "master.key", "erased.log", "files", "database", NULL};

	folder = str_fmt(journey.arena, "%s-second", journey.dir).p;
	MUST(!mkdir(folder, 0700));
	for (const char *const *p = common; *p; p++)
		MUST(!symlink(str_fmt(journey.arena, "%s/%s", journey.dir, *p).p,
			str_fmt(journey.arena, "%s/%s", folder, *p).p));
	second = store_open(&(struct store_options){
		.dir = folder, .policy = store_policy(journey.store), .create = false});
	second_web = web_start(second, &world_options);
	for (int ms = 0; ms < HEARD_MS &&
			 (!store_servers(second).hears || store_servers(journey.store).n < 2);
		ms += 20)
		usleep(20000);
	CHECK(store_servers(second).hears);
}

static void second_end(void)
{
	web_stop(second_web);
	store_close(second);
	nftw(folder, journey_remove, 16, FTW_DEPTH | FTW_PHYS);
}

static void listening(struct listening *l, const char *who)
{
	as(who);
	live_listen(l, second_web, "/events", "");
	CHECK_INT(200, live_status(l));
	CHECK(live_hears(l, "retry: ", HEARD_MS));
}

TEST(a_stream_hears_what_another_server_commits)
{
	live_begin();
	live_ordered();
	second_begin();
	listening(&ann, "ann");
	listening(&max, "max");
	int64_t began = clock_mono_us();

	live_confirmed();
	CHECK(live_hears(&ann, live_event("order"), HEARD_MS));
	printf("# confirmed and heard after %lld ms\n",
		(long long)(clock_mono_us() - began) / 1000);
	CHECK(!live_hears(&max, "event:", QUIET_MS));
	as("ann");
	post("/sign-out", "%s", ""); /* at the first server */
	want(303);
	CHECK(live_hears(&ann, "event: end\n", HEARD_MS));
	live_left(&ann);
	live_left(&max);
	second_end();
	live_over();
}

/* A page of one server, its stream at the other: neither knows the other's places. */
TEST(a_place_of_another_server_begins_with_again)
{
	live_begin();
	live_ordered();
	second_begin();
	as("ann");
	get("%s", live_order);
	live_listen(&ann, second_web,
		str_fmt(journey.arena, "/events?from=" STR_FMT,
			STR_ARG(between("data-from=\"", "\"")))
			.p,
		"");
	CHECK(live_hears(&ann, "event: again\n", HEARD_MS));
	live_left(&ann);
	second_end();
	live_over();
}

static bool many_apply(struct db *db, void *ctx)
{
	(void)ctx;
	for (int i = 0; i < 100; i++)
		db_event(db, "order", id_make(), live_buyer, live_seller);
	return true;
}

/* More than a notification holds; and what was said while a server heard nothing. */
TEST(who_may_have_missed_something_is_told_to_look_again)
{
	struct write_unit u = {.viewer = {.roles = BIT(ROLE_SETUP)},
		.purposes = BIT(PURPOSE_SETUP),
		.apply = many_apply};

	live_begin();
	second_begin();
	listening(&ann, "ann");
	u.arena = journey.arena;
	CHECK_INT(WRITE_DONE, store_write_wait(journey.store, &u));
	CHECK(live_hears(&ann, "event: again\n", HEARD_MS));
	CHECK(!strstr(ann.text, "event: order"));
	live_forget(&ann);
	rows_cut(journey.dir, "query like '%string_agg(l.job%'"); /* those that listen */
	CHECK(live_hears(&ann, "event: again\n", HEARD_MS));
	live_left(&ann);
	second_end();
	live_over();
}

int main(void)
{
	return test_main();
}
