/* The desk, on a demonstration: figures, admission, offers, orders, settings; and who may not. */
#include "journey.h"

#include "jobs/jobs.h"
#include "market/catalogue/picture.h"
#include "market/demo/demo.h"
#include "market/market.h"

#include <gd.h>

extern const struct job desk_figures; /* desk.h draws pages: its struct stat is not that of ftw.h */

static void sign_in(const char *email)
{
	as(email);
	get("/sign-in");
	if (journey.status == 303) /* is in already */
		return;
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

/* One demonstration for all that follows. */
static void begin(void)
{
	static struct web_options o;

	if (journey.store) {
		as("visitor");
		return;
	}
	o.tables = market_routes;
	journey_store();
	demo_fill(journey.store, NULL);
	while (desk_figures.run(journey.store, &desk_figures, journey.arena))
		;
	market_web(&o, store_policy(journey.store));
	journey.web = web_make(journey.store, &o);
	as("visitor");
}

static str png(void)
{
	gdImagePtr p = gdImageCreateTrueColor(40, 40);
	int n;
	void *bytes;

	gdImageFilledRectangle(p, 5, 5, 30, 30, gdTrueColor(200, 30, 30));
	bytes = gdImagePngPtr(p, &n);
	str s = str_dup(journey.arena, (str){bytes, (size_t)n});

	gdFree(bytes);
	gdImageDestroy(p);
	return s;
}

TEST(what_the_operator_says_stands_on_every_page)
{
	begin();
	get("/imprint");
	has("Erika Mustermann");
	sign_in("operator@kontor.example");
	post("/desk/settings",
		"name=Hafenmarkt&legal_form=AG&register_entry=HRB+7&vat_id=&address=Kai+1%%0A1010+"
		"Wien&"
		"email=hallo@hafenmarkt.example&phone=%%2B43+1+999&imprint=Vorstand:+Ada+Lovelace&"
		"dpo_name=Grace+Hopper&dpo_email=dpo@hafenmarkt.example");
	want(303);
	as("visitor");
	get("/imprint");
	want(200);
	has("Hafenmarkt");
	has("Ada Lovelace");
	has("Kai 1<br>");
	has("HRB 7");
	has("Grace Hopper");
	lacks("Mustermann");
	lacks("Musterhafen");
	get("/privacy"); /* its text stays as published; what is around it says today's */
	has("Hafenmarkt");
	has("Grace Hopper");
	has("dpo@hafenmarkt.example");
	get("/terms");
	has("Run by Hafenmarkt");
	has("hallo@hafenmarkt.example");
	has("+43 1 999");

	/* its picture */
	as("operator@kontor.example");
	post_files("/desk/settings/logo",
		(struct part[]){{"file", "logo.png", "image/png", S("no picture")}}, 1);
	want(422);
	post_files("/desk/settings/logo", (struct part[]){{"file", "logo.png", "image/png", png()}},
		1);
	want(303);
	as("visitor");
	get("/basket");
	str logo = between("<img src=\"/logo/", "\"");

	REQUIRE(logo.n == 16);
	get("/logo/" STR_FMT, STR_ARG(logo));
	want(200);
	CHECK_TEXT("image/jpeg", header("Content-Type"));
	CHECK(str_starts(journey.body, S("\xff\xd8\xff")));
	get("/logo/0123456789abcdef");
	want(404);
	post("/desk/settings/logo/remove", "x=");
	CHECK(journey.status != 200);
	as("operator@kontor.example");
	post("/desk/settings/logo/remove", "x=");
	want(303);
	get("/basket");
	lacks("/logo/");
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
	has(">Admit</button>");
	has(">Refuse</button>");
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
}

TEST(orders_and_companies_are_found_by_how_they_begin)
{
	begin();
	sign_in("operator@kontor.example");
	get("/desk/orders");
	str order = link_behind("/desk/orders/");

	REQUIRE(order.n);
	get("%s", order.p);
	str number = between("<h1>Order ", "</h1>");

	REQUIRE(number.n > 4);
	get("/desk/orders?q=" STR_FMT, STR_ARG(number));
	want(200);
	has(str_fmt(journey.arena, ">" STR_FMT "</a>", STR_ARG(number)).p);
	get("/desk/orders?q=" STR_FMT, STR_ARG(str_sub(number, 0, number.n - 3)));
	has("There are more");
	get("/desk/orders?q=NOT-A-NUMBER");
	want(200);
	has("Type how the number begins");

	get("/desk/companies?q=bALTI");
	want(200);
	has("Baltivara Plast");
	lacks("Nordmetall");
	get("/desk/companies?q=Zzzz");
	want(200);
	has("Type how the name begins");
}

/* A text of the JSON at hand that outlives it. */
static str kept_at(const char *path)
{
	return str_dup(journey.arena, json_str_at(path));
}

/* A key of this person's, shown once on the page that follows. */
static str key_made(const char *rights)
{
	post("/desk/keys", "label=register&days=30%s", rights);
	want(303);
	follow();
	str rest = between("kt_", "<");

	return str_cat(journey.arena, S("kt_"), str_cut(&rest, ' '));
}

TEST(programs_run_the_desk_by_a_key)
{
	begin();
	sign_in("operator@kontor.example");
	post("/desk/keys", "label=register&days=30");
	want(422);
	has("Choose at least one");
	str key = key_made("&operator=true"), looks = key_made("&officer=true");
	str row = between("/desk/keys/", "/remove");

	REQUIRE(row.n);
	as("program");
	get("/api/v1/desk/companies");
	want(401);
	bearer(key.p);
	get("/api/v1/desk/companies?state=pending");
	want(200);
	CHECK_TEXT("pending", json_str_at("items.0.state"));
	str company = kept_at("items.0.id");

	get("/api/v1/desk/companies/" STR_FMT, STR_ARG(company));
	want(200);
	CHECK_STR(company, json_str_at("id"));
	const char *reject = str_fmt(
		journey.arena, "/api/v1/desk/companies/" STR_FMT "/do/reject", STR_ARG(company))
				     .p;

	post(reject, "{}");
	want(422);
	CHECK_TEXT("reason", json_str_at("errors.0.field"));
	post(reject, "{\"reason\": \"No register entry\"}");
	want(200);
	post(reject, "{\"reason\": \"No register entry\"}");
	want(409);
	get("/api/v1/desk/companies/" STR_FMT "/events", STR_ARG(company));
	CHECK_INT(2, json_count_at("items"));
	CHECK_TEXT("No register entry", json_str_at("items.1.reason.text"));

	get("/api/v1/desk/messages");
	want(200);
	get("/api/v1/desk/jobs");
	want(200);
	post("/api/v1/desk/settings", "{\"name\": \"Kai 7\", \"email\": \"kai@kontor.example\"}");
	want(200);
	CHECK_TEXT("Kai 7", json_str_at("name"));
	get("/api/v1/me"); /* a key to the desk opens no company's account */
	want(403);

	bearer(looks.p);
	get("/api/v1/desk/companies");
	want(200);
	post("/api/v1/desk/settings", "{\"name\": \"Kai 8\"}");
	want(403);

	as("operator@kontor.example");
	post(str_fmt(journey.arena, "/desk/keys/" STR_FMT "/remove", STR_ARG(row)).p, "x=");
	want(303);
	as("program");
	get("/api/v1/desk/companies");
	want(401); /* `looks` was the newest */
	bearer(key.p);
	get("/api/v1/desk/companies");
	want(200);
	bearer(NULL);
}

TEST(programs_see_offers_orders_and_figures)
{
	begin();
	sign_in("operator@kontor.example");
	str key = key_made("&operator=true");

	as("another program");
	bearer(key.p);
	get("/api/v1/desk/offers");
	want(200);
	str offer = kept_at("items.0.id");

	CHECK_TEXT("taken_down", json_str_at("items.0.state"));
	post(str_fmt(journey.arena, "/api/v1/desk/offers/" STR_FMT "/restore", STR_ARG(offer)).p,
		"{}");
	want(200);
	get("/api/v1/desk/offers/" STR_FMT, STR_ARG(offer));
	CHECK_TEXT("paused", json_str_at("state"));
	post(str_fmt(journey.arena, "/api/v1/desk/offers/" STR_FMT "/take-down", STR_ARG(offer)).p,
		"{\"reason\": \"Forged mark\"}");
	want(200);

	get("/api/v1/desk/orders");
	want(200);
	CHECK_INT(50, json_count_at("items"));
	str order = kept_at("items.0.id"), number = kept_at("items.0.number"),
	    next = kept_at("next");

	get("/api/v1/desk/orders?before=" STR_FMT, STR_ARG(next));
	CHECK(json_count_at("items") == 50 && !str_eq(json_str_at("items.0.id"), order));
	get("/api/v1/desk/orders?q=" STR_FMT, STR_ARG(number));
	CHECK_STR(number, json_str_at("items.0.number"));
	get("/api/v1/desk/orders/" STR_FMT "/lines", STR_ARG(order));
	CHECK(json_count_at("items") > 0);
	get("/api/v1/desk/orders/" STR_FMT "/events", STR_ARG(order));
	CHECK_TEXT("place", json_str_at("items.0.event"));
	get("/api/v1/desk/orders/0000000000001/events");
	want(404);

	get("/api/v1/desk/figures?kind=orders_placed");
	want(200);
	CHECK(json_count_at("items") > 100);
	get("/api/v1/desk/figures?kind=nonesuch");
	want(422);
	bearer(NULL);
}

static bool fine(struct store *s, const struct job *j, struct arena *a)
{
	(void)s, (void)j, (void)a;
	return false;
}

static bool broken(struct store *s, const struct job *j, struct arena *a)
{
	(void)s, (void)j, (void)a;
	fault(FAULT_OUTSIDE, "the mail server <is> away");
}

TEST(jobs_are_listed_with_what_went_wrong)
{
	static const struct job good = {.name = "outbox", .every_s = 3600, .run = fine},
				bad = {.name = "search", .every_s = 3600, .run = broken},
				apart = {.name = "imports",
					.every_s = 3600,
					.run = fine,
					.apart = true};
	static const struct job *const list[] = {&good, &bad, &apart, NULL};
	struct job_report v[JOBS_MAX];

	begin();
	sign_in("operator@kontor.example");
	get("/desk/jobs");
	want(200);
	has("No job runs in this process");
	post("/desk/jobs/outbox/run", "x=");
	want(404);
	struct jobs *jobs = jobs_start(journey.store, list);

	for (int i = 0; i < 500 && (jobs_report(v) != 3 || !v[0].runs || !v[1].runs || !v[2].runs);
		i++)
		usleep(10000);
	journey.language = "de";
	get("/desk/jobs");

	lacks(".0 ms");
	journey.language = NULL;
	get("/desk/jobs");
	want(200);
	has("Send mails that wait");
	has("the mail server &lt;is&gt; away");
	CHECK(v[1].failures == 1 && v[0].failures == 0 && v[2].runs == 1);
	post("/desk/jobs/outbox/run", "x=");
	want(303);
	for (int i = 0; i < 500 && jobs_report(v) && v[0].runs < 2; i++)
		usleep(10000);
	CHECK(v[0].runs == 2);
	post("/desk/jobs/nothing/run", "x=");
	want(404);
	sign_in("buyer@kontor.example");
	post("/desk/jobs/outbox/run", "x=");
	want(403);
	jobs_stop(jobs);
	CHECK(jobs_report(v) == 0);
	journey_end();
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "picture"))
		return picture_worker();
	return test_main();
}
