/* Live events over real sockets: who hears what, and what ends a stream. */
#include "test/journey/live.h"

static struct listening ann, sam, max, more[LIVE_PERSON_MAX];

static void listening(struct listening *l, const char *who)
{
	as(who);
	live_listen(l, journey.web, "/events", "");
	CHECK_INT(200, live_status(l));
	CHECK(live_hears(l, "retry: ", HEARD_MS));
}

/* One world for all: whoever listened in a test has left. */
static void rest(void)
{
	CHECK(live_count(0));
}

/* Ends with these words. */
static bool ends(struct listening *l, const char *text)
{
	bool said = live_hears(l, text, HEARD_MS);

	return said && (l->over || !live_hears(l, "never said", HEARD_MS)) && l->over;
}

TEST(both_parties_hear_and_nobody_else)
{
	live_begin();
	listening(&ann, "ann");
	listening(&sam, "sam");
	listening(&max, "max");
	CHECK(strstr(ann.text, "Content-Type: text/event-stream\r\n"));
	CHECK(strstr(ann.text, "X-Accel-Buffering: no\r\n"));
	CHECK(strstr(ann.text, "Cache-Control: no-store\r\n"));
	live_ordered();
	CHECK(live_hears(&sam, live_event("order"), HEARD_MS));
	CHECK(live_hears(&ann, live_event("order"), HEARD_MS));
	live_forget(&ann);
	live_confirmed();
	CHECK(live_hears(&ann, live_event("order"), HEARD_MS));
	CHECK(!live_hears(&max, "event:", QUIET_MS));
	CHECK(!live_hears(&ann, "Nordwerk", 0));
	live_forget(&max);
	CHECK(live_hears(&max, "\n:\n\n", HEARD_MS)); /* that it is still there */
	live_left(&ann);
	live_left(&sam);
	live_left(&max);
	rest(); /* the next beat finds that they left */
}

static bool undone_apply(struct db *db, void *ctx)
{
	(void)ctx;
	db_event(db, "order", id_make(), live_buyer, live_seller);
	return false;
}

/* What a unit noted that is undone. */
TEST(what_is_not_committed_is_not_told)
{
	struct write_unit u = {.viewer = {.roles = BIT(ROLE_SETUP)},
		.purposes = BIT(PURPOSE_SETUP),
		.apply = undone_apply};

	live_begin();
	live_ordered();
	listening(&ann, "ann");
	u.arena = journey.arena;
	CHECK_INT(WRITE_REFUSED, store_write_wait(journey.store, &u));
	CHECK(!live_hears(&ann, "event:", QUIET_MS));
	live_confirmed();
	CHECK(live_hears(&ann, live_event("order"), HEARD_MS));
	live_left(&ann);
	rest();
}

TEST(a_request_for_quotation_is_told_too)
{
	live_begin();
	listening(&sam, "sam");
	as("ann");
	post(str_fmt(journey.arena, "/quotes/ask/%s", ID(live_offer)).p,
		"quantity=100&currency=EUR&country=DE&needed=" STR_FMT, STR_ARG(day_from_now(60)));
	want(303);
	snprintf(live_order, sizeof live_order, STR_FMT, STR_ARG(location()));
	CHECK(live_hears(&sam, live_event("quote"), HEARD_MS));
	live_left(&sam);
	rest();
}

static const char *place_of(const char *page)
{
	get("%s", page);
	want(200);
	return str_fmt(
		journey.arena, "/events?from=" STR_FMT, STR_ARG(between("data-from=\"", "\"")))
		.p;
}

/* Between a page and its stream, and while a browser was away. */
TEST(what_happened_meanwhile_is_told)
{
	live_begin();
	live_ordered();
	const char *path = place_of(live_order);

	live_listen(&ann, journey.web, path, "");
	CHECK(!live_hears(&ann, "event:", QUIET_MS)); /* its own order came before the page */
	live_left(&ann);
	live_confirmed();
	as("ann");
	live_listen(&ann, journey.web, path, "");
	CHECK(live_hears(&ann, live_event("order"), HEARD_MS));
	live_left(&ann);
	live_listen(&ann, journey.web, path, "Last-Event-ID: 5\r\n"); /* of another server */
	CHECK(live_hears(&ann, "event: again\n", HEARD_MS));
	CHECK(!strstr(ann.text, "event: order"));
	live_left(&ann);
	rest();
}

TEST(nobody_listens_without_a_session)
{
	live_begin();
	as("nobody");
	get("/events");
	want(403);
	CHECK(!header("Location").n);
	as("ann");
	get("/events"); /* without a connection to stay on */
	want(200);
	CHECK_INT(0, live_streams(journey.web->live));
	rest();
}

TEST(a_person_has_so_many_and_the_oldest_ends)
{
	live_begin();
	listening(&sam, "sam");
	for (size_t i = 0; i < COUNT(more); i++)
		listening(&more[i], "ann");
	listening(&ann, "ann");
	CHECK(ends(&more[0], "event: end\n"));
	CHECK(!live_hears(&more[1], "event:", QUIET_MS));
	CHECK(!live_hears(&sam, "event:", 0));
	live_left(&ann);
	live_left(&sam);
	for (size_t i = 0; i < COUNT(more); i++)
		live_left(&more[i]);
	rest();
}

TEST(it_ends_with_the_session)
{
	live_begin();
	live_ordered();
	listening(&ann, "ann");
	listening(&sam, "sam");
	as("ann");
	post("/sign-out", "%s", "");
	want(303);
	CHECK(ends(&ann, "event: end\n"));
	live_left(&ann);
	live_confirmed();
	CHECK(live_hears(&sam, live_event("order"), HEARD_MS)); /* the others go on */
	as("ann");
	live_listen(&ann, journey.web, "/events", "");
	CHECK_INT(403, live_status(&ann));
	live_left(&ann);
	as("sam");
	post("/account/sessions/end", "%s", "");
	want(303);
	CHECK(ends(&sam, "event: end\n"));
	live_left(&sam);
	as("ann");
	sign_in("ann@nordwerk.test");
	as("sam");
	sign_in("sam@suedwerk.test");
	rest();
}

struct restricting {
	int64_t person;
	enum subject_state state;
};

static bool restrict_apply(struct db *db, void *ctx)
{
	const struct restricting *x = ctx;

	db_subject_state(db, x->person, x->state, false);
	return true;
}

TEST(it_ends_when_the_person_is_restricted_or_the_session_is_over)
{
	live_begin();
	as("ann");
	struct restricting x = {viewer_now().person, SUBJECT_RESTRICTED};
	struct arena *a = arena_make(1 << 20);
	struct write_unit u = {.viewer = {.roles = BIT(ROLE_SETUP)},
		.purposes = BIT(PURPOSE_SETUP),
		.arena = a,
		.apply = restrict_apply,
		.ctx = &x};

	listening(&ann, "ann");
	CHECK_INT(WRITE_DONE, store_write_wait(journey.store, &u));
	CHECK(ends(&ann, "event: end\n"));
	live_left(&ann);
	listening(&max, "max");
	as("max");
	change(str_fmt(journey.arena, "update r_session set ends_at = 1 where person_id = %lld",
		(long long)viewer_now().person)
			.p);
	CHECK(ends(&max, "event: end\n")); /* found by the next beat */
	live_left(&max);
	x.state = SUBJECT_ACTIVE;
	CHECK_INT(WRITE_DONE, store_write_wait(journey.store, &u));
	arena_free(a);
	rest();
}

TEST(a_stop_ends_all_of_them_at_once)
{
	live_begin();
	listening(&ann, "ann");
	listening(&sam, "sam");
	int64_t began = clock_mono_us();

	web_stop(journey.web);
	int64_t ms = (clock_mono_us() - began) / 1000;

	printf("# stopped after %lld ms\n", (long long)ms);
	CHECK(ms < 5000);
	live_forget(&sam); /* the first retry of all */
	CHECK(ends(&sam, "retry: "));
	live_left(&ann);
	live_left(&sam);
	journey.web = NULL;
	journey_end();
}

int main(void)
{
	return test_main();
}
