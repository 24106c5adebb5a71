/* world: the whole market as it is served, with or without its demonstration, and what tests of it
 * share: who comes in, jobs, the tables' own numbers, the switches of the preference centre. */
#ifndef KONTOR_TEST_WORLD_H
#define KONTOR_TEST_WORLD_H

#include "test/journey/index.h"

#include "jobs/jobs.h"
#include "market/demo/demo.h"
#include "market/market.h"

static struct web_options world_options;

/* The server over the store as it stands. */
JOURNEY_FN void world_serve(void)
{
	world_options = (struct web_options){.tables = market_routes};
	market_web(&world_options, store_policy(journey.store));
	journey.web = web_make(journey.store, &world_options);
	as("visitor");
}

/* Nobody is there yet. */
JOURNEY_FN void world_begin(void)
{
	journey_store();
	world_serve();
	journey.peer = "127.0.0.1";
}

JOURNEY_FN void demo_begin(void)
{
	journey_store();
	demo_fill(journey.store, NULL);
	journey_index();
	world_serve();
}

/* In a browser of their own, called by the address. */
JOURNEY_FN void enter(const char *email, const char *password)
{
	as(email);
	get("/sign-in");
	post("/sign-in", "email=%s&password=%s", email, password);
	want(303);
}

/* Whatever a job has to do now. */
JOURNEY_FN void job_through(const struct job *j)
{
	struct arena *a = arena_make((size_t)64 << 20);

	while (j->run(journey.store, j, a))
		arena_reset(a);
	arena_free(a);
}

JOURNEY_FN bool world_nothing(struct db *db, void *ctx)
{
	(void)db, (void)ctx;
	return true;
}

/* The writer has done all that was queued before. */
JOURNEY_FN void writer_idle(void)
{
	struct arena *a = arena_make(1 << 20);
	struct write_unit u = {.viewer = {.roles = BIT(ROLE_VISITOR)},
		.purposes = BIT(PURPOSE_PUBLIC),
		.arena = a,
		.apply = world_nothing};

	CHECK_INT(WRITE_DONE, store_write_wait(journey.store, &u));
	arena_free(a);
}

/* Where the last answer sends to. */
JOURNEY_FN str location(void)
{
	str to = header("Location");

	return to.n ? str_dup(journey.arena, to) : S("/nowhere");
}

JOURNEY_FN str day_from_now(int64_t days)
{
	return str_sub(instant_iso(journey.arena, instant_add(clock_now(), days * DAY_US)), 0, 10);
}

/* Who this browser stands for. */
JOURNEY_FN struct viewer viewer_now(void)
{
	struct exchange *x = journey_exchange("GET", S("/"), NULL, 0);

	(void)exchange_head(x);
	x->req.viewer.roles = BIT(ROLE_VISITOR);
	exchange_read(x, BIT(PURPOSE_SIGNIN));
	session_load(x);
	exchange_read_end(x);
	struct viewer v = x->req.viewer;
	x->status = 0;
	exchange_end(x);
	return v;
}

/* ---- the tables, as another reader sees them ---------------------------------------------- */

/* One number; INT64_MIN: none. */
JOURNEY_FN int64_t rows(const char *sql)
{
	return rows_number(journey.dir, sql);
}

JOURNEY_FN void change(const char *sql)
{
	rows_change(journey.dir, sql);
}

/* ---- choices ----------------------------------------------------------------------------- */

/* What the form of a purpose says: `seen` of the words beside it, `on` of its button. */
struct world_switch {
	str seen, on;
};
JOURNEY_FN struct world_switch switch_of(const char *page, const char *purpose)
{
	get("%s", page);
	want(200);
	size_t at = str_find(
		journey.body, str_fmt(journey.arena, "action=\"/account/privacy/%s\"", purpose));

	if (at == (size_t)-1) {
		TEST_FAIL("%s does not ask about %s", page, purpose);
		return (struct world_switch){S(""), S("")};
	}
	journey.body = str_sub(journey.body, at, journey.body.n);
	return (struct world_switch){
		between("name=\"seen\" value=\"", "\""), between("name=\"on\" value=\"", "\"")};
}

/* Presses the switch of a purpose as the preference centre shows it. */
JOURNEY_FN void press_switch(const char *purpose)
{
	struct world_switch s = switch_of("/account/privacy", purpose);

	post(str_fmt(journey.arena, "/account/privacy/%s", purpose).p,
		"seen=" STR_FMT "&on=" STR_FMT, STR_ARG(s.seen), STR_ARG(s.on));
	want(303);
}

/* ---- the rights desk --------------------------------------------------------------------- */

/* The first request on the page at hand, "/desk/rights/ID"; NULL: none. */
JOURNEY_FN const char *case_on_page(void)
{
	str rest = journey.body;
	int64_t id;

	for (size_t at; (at = str_find(rest, S("href=\"/desk/rights/"))) != (size_t)-1;) {
		rest = str_sub(rest, at + 19, rest.n);
		if (id_parse(str_sub(rest, 0, ID_TEXT_CHARS), &id))
			return str_fmt(journey.arena, "/desk/rights/" STR_FMT,
				STR_ARG(str_sub(rest, 0, ID_TEXT_CHARS)))
				.p;
	}
	return NULL;
}

#endif
