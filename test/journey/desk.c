/* The desk, on a demonstration: figures, admission, offers, orders, settings; and who may not. */
#include "journey.h"

#include "market/demo/demo.h"
#include "market/market.h"

extern const struct job desk_figures; /* desk.h draws pages: its struct stat is not that of ftw.h */

static void sign_in(const char *email)
{
	as(email);
	get("/sign-in");
	want(200);
	post("/sign-in", "email=%s&password=" DEMO_PASSWORD, email);
	want(303);
}

/* The first address behind `before` in the last page. */
static str link_behind(const char *before)
{
	size_t at = str_find(journey.body, str_of(before));

	if (at == (size_t)-1)
		return (str){0};
	str rest = str_sub(journey.body, at, journey.body.n - at);

	return str_dup(journey.arena, str_cut(&rest, '"'));
}

static void begin(void)
{
	struct web_options o = {.tables = market_routes};

	journey_store();
	demo_fill(journey.store, NULL);
	while (desk_figures.run(journey.store, &desk_figures, journey.arena))
		;
	market_web(&o, store_policy(journey.store));
	journey.web = web_make(journey.store, &o);
	as("visitor");
}

TEST(the_operator_runs_the_desk)
{
	begin();
	get("/desk");
	CHECK(journey.status != 200);
	sign_in("buyer@kontor.example");
	get("/desk");
	want(403);

	sign_in("operator@kontor.example");
	get("/desk");
	want(200);
	has("Orders placed, by month");
	has("demonstration");

	get("/desk/companies?state=pending");
	want(200);
	has("Baltivara Plast");
	str company = link_behind("/desk/companies/");

	REQUIRE(company.n);
	get("%s", company.p);
	want(200);
	post(str_fmt(journey.arena, "%s/reject", company.p).p, "reason=");
	want(422);
	post(str_fmt(journey.arena, "%s/approve", company.p).p, "reason=");
	want(303);
	get("%s", company.p);
	has("Admitted");
	post(str_fmt(journey.arena, "%s/approve", company.p).p, "reason=");
	want(409);

	get("/desk/offers");
	want(200);
	str offer = link_behind("/desk/offers/");

	REQUIRE(offer.n);
	post(str_fmt(journey.arena, "%s/restore", offer.p).p, "x=");
	want(303);
	post(str_fmt(journey.arena, "%s/restore", offer.p).p, "x=");
	want(409);
	post(str_fmt(journey.arena, "%s/take-down", offer.p).p, "reason=");
	want(422);
	post(str_fmt(journey.arena, "%s/take-down", offer.p).p, "reason=Wrong+picture");
	want(303);
	get("%s", offer.p);
	has("Wrong picture");

	get("/desk/orders");
	want(200);
	str order = link_behind("/desk/orders/");

	REQUIRE(order.n);
	get("%s", order.p);
	want(200);
	has("sells to");
	get("/desk/messages");
	want(200);

	post("/desk/settings",
		"name=Port+of+Call&email=desk@kontor.example&phone=&address=&imprint=");
	want(303);
	get("/");
	has("Port of Call");
	journey_end();
}

int main(void)
{
	return test_main();
}
