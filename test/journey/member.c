/* Signing up, signing in, colleagues, the account: as people do it, and as they should not. */
#include "test/journey/member.h"

TEST(a_company_signs_up_and_its_founder_in)
{
	begin();
	get("/sign-up");
	want(200);
	has("Sign up your company");
	post("/sign-up", SIGNUP, "Nordwerk", "ingrid@nordwerk.test");
	want(303);
	follow();
	has("confirm your address");
	sign_in("ingrid@nordwerk.test");
	want(422);
	has("not confirmed yet");
	const char *link = link_to_open("ingrid@nordwerk.test");
	get("%s", link);
	want(200);
	get("%s", link); /* opening it uses nothing up */
	want(200);
	press(link);
	want(303);
	CHECK_TEXT("/sign-in", header("Location"));
	press(link);
	want(410);
	sign_in("ingrid@nordwerk.test");
	want(303);
	CHECK_TEXT("/", header("Location"));
	get("/account");
	want(200);
	has("Ingrid Lund");
	has("Nordwerk waits to be admitted");
	get("/account/company");
	want(200);
	has("HRB 4711");
	get("/company/nordwerk");
	want(404);
	CHECK_INT(PROCESS_YES, decide_company(company_of("nordwerk"), COMPANY_HAPPENING_APPROVE));
	CHECK_INT(
		PROCESS_NOT_NOW, decide_company(company_of("nordwerk"), COMPANY_HAPPENING_APPROVE));
	CHECK(str_find(mail_to("ingrid@nordwerk.test"), S("Nordwerk is approved")) != (size_t)-1);
	get("/company/nordwerk");
	want(200);
	get("/account/company");
	has("MARKER-reason");
	journey_end();
}

TEST(sign_up_says_the_same_for_a_known_address)
{
	begin();
	founded("a", "Nordwerk", "nordwerk", "ingrid@nordwerk.test");
	as("b");
	post("/sign-up", SIGNUP, "Other", "ingrid@nordwerk.test");
	want(303);
	CHECK_TEXT("/sign-up/sent", header("Location"));
	CHECK(str_find(mail_to("ingrid@nordwerk.test"), S("already have an account")) !=
		(size_t)-1);
	post("/forgot", "email=ingrid%%40nordwerk.test");
	want(303);
	CHECK_TEXT("/forgot/sent", header("Location"));
	post("/forgot", "email=nobody%%40nordwerk.test");
	want(303);
	CHECK_TEXT("/forgot/sent", header("Location"));
	CHECK(!mail_to("nobody@nordwerk.test").p);
	journey_end();
}

TEST(sign_up_tells_what_is_wrong_at_the_field)
{
	begin();
	post("/sign-up", "company=X&country=DE");
	want(422);
	has("aria-invalid=\"true\"");
	post("/sign-up", "company=Nordwerk&country=DE&sells=true&street=A&city=B&vat_id="
			 "DE136695975&name=I+L&email=i%%40n.test&password="
			 "Password123&business=true&terms=true");
	want(422);
	has("one of the digits is mistyped");
	has("one of those that are tried first");
	has("value=\"Nordwerk\"");
	lacks("Password123");
	post("/sign-up", "company=Nordwerk&country=DE&street=A&city=B&name=I+L&email=i%%40n.test&"
			 "password=" PASSWORD "&business=true&terms=true");
	want(422);
	has("buying or selling");
	post("/sign-up", "company=Nordwerk&country=DE&sells=true&street=A&city=B&name=I+L&email=i%%"
			 "40n.test&password=" PASSWORD "&terms=true");
	want(422); /* not as a consumer */
	post("/sign-up", "company=Nordwerk&country=ZZ&sells=true&street=A&city=B&name=%%ff%%fe&"
			 "email=nonsense&password=" PASSWORD "&business=true&terms=true");
	CHECK(journey.status == 400 || journey.status == 422);
	CHECK(!mail_to("i@n.test").p);
	journey_end();
}

/* B3: with nothing filled in that is not needed. A1: what no form declares never arrives. P3: no
 * person without a business. */
TEST(an_account_works_with_what_is_needed_alone)
{
	begin();
	as("lean");
	post("/sign-up",
		"company=Schmal&country=DE&sells=true&buys=true&street=A+1&city=B&"
		"name=Ina+Lean&email=ina%%40schmal.test&password=" PASSWORD
		"&business=true&terms=true&birthday=1990-01-01&religion=MARKER-undeclared");
	want(303);
	press(link_to_open("ina@schmal.test"));
	want(303);
	CHECK_INT(PROCESS_YES, decide_company(company_of("schmal"), COMPANY_HAPPENING_APPROVE));
	sign_in("ina@schmal.test");
	want(303);
	static const char *const pages[] = {"/account", "/account/company", "/account/people",
		"/account/addresses", "/account/sessions", NULL};

	for (const char *const *p = pages; *p; p++) {
		get("%s", *p);
		want(200);
		lacks("MARKER-undeclared");
	}
	get("/company/schmal");
	want(200);
	journey.peer = "127.0.0.1";
	get("/metrics");
	journey.peer = "192.0.2.7";
	has("kontor_fields_dropped_total 2");
	as("nobody");
	post("/sign-up", "country=DE&sells=true&street=A+1&city=B&name=Ina+Lean&"
			 "email=no%%40schmal.test&password=" PASSWORD "&business=true&terms=true");
	want(422);
	CHECK(!mail_to("no@schmal.test").p);
	journey_end();
}

struct found {
	bool company, sealed;
};

static bool look(void *ctx, const struct walk_row *row)
{
	struct found *f = ctx;

	f->company |= str_eq(row->table->name, S("company"));
	for (size_t i = 0; i < row->n; i++)
		f->sealed |= row->v[i].kind == WALK_TEXT && row->v[i].field &&
			     str_eq(row->v[i].s, S("HRB 4711"));
	return true;
}

/* Is the company among what belongs to the person who founded it? */
static struct found found_of(const char *email)
{
	struct operator_by_email_row p = {0};
	struct found f = {0};
	struct db db;

	peek(&db, ROLE_SETUP, BIT(PURPOSE_SETUP));
	CHECK(operator_by_email(&db, str_of(email), &p));
	store_read_end(&db);
	store_read_begin(journey.store, &db, journey.arena,
		(struct viewer){.person = p.id.v, .roles = BIT(ROLE_PERSON)}, BIT(PURPOSE_RIGHTS));
	store_subject_walk(&db, p.id.v, WALK_OPEN, look, &f);
	store_read_end(&db);
	return f;
}

/* P3: what identifies a sole trader's business is data about a person, sealed and in the answer. */
TEST(a_sole_traders_company_is_personal)
{
	begin();
	founded("a", "Nordwerk", "nordwerk", "ingrid@nordwerk.test");
	CHECK(!found_of("ingrid@nordwerk.test").sealed);
	as("b");
	post("/sign-up", SIGNUP "&sole_trader=true", "Einzel", "eva@einzel.test");
	want(303);
	struct found f = found_of("eva@einzel.test");

	CHECK(f.company && f.sealed);
	journey_end();
}

/* G6: the session of a shared computer ends with the browser, or at once, on the server too. */
TEST(a_shared_computer_keeps_nobody_signed_in)
{
	begin();
	founded("a", "Nordwerk", "nordwerk", "ingrid@nordwerk.test");
	CHECK(str_find(header("Set-Cookie"), S("Max-Age")) == (size_t)-1);
	CHECK(str_find(header("Set-Cookie"), S("Expires")) == (size_t)-1);
	as("library");
	get("/sign-in");
	lacks("remember");
	sign_in("ingrid@nordwerk.test");
	want(303);
	struct journey_browser kept = *journey.now;
	press("/sign-out");
	want(303);
	memcpy(journey.now->cookies, kept.cookies, sizeof kept.cookies); /* kept by somebody */
	get("/account");
	want(303);
	/* from home, all of them */
	sign_in("ingrid@nordwerk.test");
	as("a");
	press("/account/sessions/end");
	want(303);
	as("library");
	get("/account");
	want(303);
	journey_end();
}

TEST(unknown_and_known_accounts_are_answered_alike)
{
	begin();
	founded("a", "Nordwerk", "nordwerk", "ingrid@nordwerk.test");
	as("b");
	post("/sign-in",
		"email=ingrid%%40nordwerk.test&password=wrong+wrong+wrong&next=%%2Forders");
	want(422);
	has("do not belong together");
	has("value=\"ingrid@nordwerk.test\""); /* what was typed is kept */
	has("value=\"/orders\"");
	lacks("wrong wrong wrong");
	post("/sign-in", "email=nobody%%40nordwerk.test&password=wrong+wrong+wrong");
	want(422);
	has("do not belong together");
	for (int i = 0; i < SIGNIN_TRIES_MAX; i++)
		post("/sign-in", "email=nobody%%40nordwerk.test&password=wrong+wrong+wrong");
	want(429); /* the tries before were counted, though each was refused */
	has("Too many tries");
	as("c");
	journey.peer = "198.51.100.9"; /* web counts per network; here it is about the account */
	for (int i = 0; i < SIGNIN_TRIES_MAX; i++)
		post("/sign-in", "email=ingrid%%40nordwerk.test&password=wrong+wrong+wrong");
	sign_in("ingrid@nordwerk.test"); /* even the right one, for a while */
	want(429);
	has("Too many tries");
	journey_end();
}

TEST(goes_on_only_within_the_house)
{
	begin();
	founded("a", "Nordwerk", "nordwerk", "ingrid@nordwerk.test");
	static const char *const bad[] = {
		"%2F%2Fevil.test", "https%3A%2F%2Fevil.test", "%2F%5Cevil.test", "evil"};

	for (size_t i = 0; i < COUNT(bad); i++) {
		as(bad[i]);
		post("/sign-in", "email=ingrid%%40nordwerk.test&password=" PASSWORD "&next=%s",
			bad[i]);
		want(303);
		CHECK_TEXT("/", header("Location"));
	}
	as("fine");
	post("/sign-in",
		"email=ingrid%%40nordwerk.test&password=" PASSWORD "&next=%%2Faccount%%2Fcompany");
	CHECK_TEXT("/account/company", header("Location"));
	journey_end();
}

TEST(a_forgotten_password_is_set_anew)
{
	begin();
	founded("a", "Nordwerk", "nordwerk", "ingrid@nordwerk.test");
	as("b");
	post("/forgot", "email=ingrid%%40nordwerk.test");
	const char *link = link_to_open("ingrid@nordwerk.test");
	CHECK(!strncmp(link, "/reset/", 7));
	get("%s", link);
	want(200);
	post(link, "password=short");
	want(422);
	post(link, "password=four+green+lorries");
	want(303);
	post(link, "password=four+green+lorries");
	want(410);
	as("a");
	get("/account"); /* the old session is over */
	want(303);
	as("b");
	sign_in("ingrid@nordwerk.test");
	want(422);
	post("/sign-in", "email=ingrid%%40nordwerk.test&password=four+green+lorries");
	CHECK_TEXT("/", header("Location"));
	get("/reset/kt_nonsense");
	want(410);
	journey_end();
}

TEST(a_colleague_is_invited_and_the_last_admin_stays)
{
	begin();
	founded("a", "Nordwerk", "nordwerk", "ingrid@nordwerk.test");
	post("/account/people/invite", "email=bo%%40nordwerk.test&buyer=true");
	want(303);
	follow();
	has("bo@nordwerk.test");
	post("/account/people/invite", "email=bo%%40nordwerk.test&buyer=true");
	want(422);
	const char *link = link_to_open("bo@nordwerk.test");
	as("bo");
	get("%s", link);
	want(200);
	has("Nordwerk");
	post(link, "name=Bo+Berg&password=" PASSWORD "&terms=true");
	want(303);
	get("/account/people");
	want(200);
	has("Bo Berg");
	get("/account/people/manage"); /* for administrators */
	want(403);
	post("/account/people/invite", "email=x%%40nordwerk.test");
	want(403);
	post("/account/company", "name=Hijack&sells=true&currency=EUR");
	want(403);
	as("again");
	get("%s", link);
	want(410);
	as("a");
	get("/account/people/manage");
	post(listed("people"), "buyer=true");
	want(422); /* the first is the founder */
	has("Somebody must administer");
	journey_end();
}

TEST(roles_hold_at_once_and_who_is_removed_is_out)
{
	begin();
	founded("a", "Nordwerk", "nordwerk", "ingrid@nordwerk.test");
	post("/account/people/invite", "email=bo%%40nordwerk.test&admin=true");
	const char *link = link_to_open("bo@nordwerk.test");
	as("bo");
	post(link, "name=Bo+Berg&password=" PASSWORD "&terms=true");
	get("/account/people/manage");
	want(200);
	str rest = journey.body, last = {NULL, 0};
	for (size_t at; (at = str_find(rest, S("href=\"/account/people/"))) != (size_t)-1;) {
		rest = str_sub(rest, at + 22, rest.n);
		if (!str_starts(rest, S("manage")) && !str_starts(rest, S("invite")))
			last = str_sub(rest, 0, ID_TEXT_CHARS);
	}
	const char *bo = str_fmt(journey.arena, "/account/people/" STR_FMT, STR_ARG(last)).p;
	as("a");
	post(bo, "buyer=true");
	want(303);
	as("bo");
	get("/account/people/manage");
	want(403);
	as("a");
	press(str_fmt(journey.arena, "%s/remove", bo).p);
	want(303);
	as("bo");
	get("/account/people");
	CHECK(journey.status == 403 || journey.status == 303);
	get("/account/companies");
	want(200);
	has("You belong to no company");
	journey_end();
}

TEST(companies_do_not_see_each_other)
{
	begin();
	founded("a", "Nordwerk", "nordwerk", "ingrid@nordwerk.test");
	post("/account/addresses/new",
		"kind=delivery&company=Nordwerk&street=Kai+1&city=Hamburg&country=DE&label=Gate");
	want(303);
	get("/account/addresses");
	has("Kai 1");
	const char *path = listed("addresses");
	get("%s", path);
	want(200);
	get("/account/people/manage");
	const char *colleague = listed("people");
	founded("b", "Suedwerk", "suedwerk", "sam@suedwerk.test");
	get("%s", path);
	want(404);
	post(path, "kind=delivery&company=X&street=X&city=X&country=DE");
	want(404);
	press(str_fmt(journey.arena, "%s/remove", path).p);
	want(404);
	get("%s", colleague);
	want(404);
	post(colleague, "buyer=true");
	want(404);
	press(str_fmt(journey.arena, "%s/remove", colleague).p);
	want(404);
	as("a");
	get("%s", path);
	has("Hafenstr. 7");
	journey_end();
}

TEST(keys_open_the_api_within_their_roles)
{
	begin();
	founded("a", "Nordwerk", "nordwerk", "ingrid@nordwerk.test");
	post("/account/keys", "label=Stock+system&days=30&buyer=true");
	want(303);
	follow();
	str key = between("kt_", "<");
	REQUIRE(key.n >= 43);
	const char *secret = str_fmt(journey.arena, "kt_" STR_FMT, STR_ARG(str_sub(key, 0, 43))).p;
	get("/account/keys");
	lacks(secret); /* shown once */
	has("Stock system");
	as("program");
	bearer(secret);
	get("/api/v1/me");
	want(200);
	CHECK_TEXT("Ingrid Lund", json_str_at("name.name"));
	get("/api/v1/company");
	want(200);
	CHECK_TEXT("Nordwerk", json_str_at("name"));
	CHECK_TEXT("active", json_str_at("state"));
	post("/api/v1/addresses", "{\"kind\": \"delivery\", \"company\": \"N\", \"street\": \"Kai "
				  "2\", \"city\": \"H\", \"country\": \"DE\"}");
	want(201);
	get("/api/v1/addresses");
	want(200);
	CHECK_INT(2, json_count_at("items"));
	post("/api/v1/company", "{\"name\": \"Hijack\", \"sells\": true, \"currency\": \"EUR\"}");
	want(403); /* the key has no administrator's role */
	post("/api/v1/addresses", "{\"kind\": \"delivery\"");
	want(400);
	post("/api/v1/addresses", "{\"kind\": 7}");
	CHECK(journey.status == 400 || journey.status == 422);
	bearer("kt_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
	get("/api/v1/me");
	want(401);
	bearer("");
	get("/api/v1/me");
	want(401);
	journey_end();
}

TEST(the_account_is_seen_and_changed)
{
	begin();
	founded("a", "Nordwerk", "nordwerk", "ingrid@nordwerk.test");
	get("/account");
	has("Purchasing");
	post("/account", "name=Ingrid+Berg&locale=de");
	want(303);
	get("/account");
	has("Ingrid Berg");
	post("/account", "name=&locale=xx");
	want(422);
	post("/account/password", "now=wrong&password=four+green+lorries");
	want(422);
	post("/account/password", "now=" PASSWORD "&password=four+green+lorries");
	want(303);
	get("/account");
	want(200);
	post("/account/email", "email=new%%40nordwerk.test&now=four+green+lorries");
	want(303);
	const char *link = link_to_open("new@nordwerk.test");
	get("/account");
	has("new@nordwerk.test");
	press(link);
	want(303);
	post("/sign-in", "email=new%%40nordwerk.test&password=four+green+lorries");
	CHECK_TEXT("/", header("Location"));
	get("/account/sessions");
	want(200);
	press("/account/sessions/end");
	want(303);
	get("/account");
	want(303);
	post("/sign-in", "email=new%%40nordwerk.test&password=four+green+lorries");
	press("/sign-out");
	want(303);
	get("/account");
	want(303);
	journey_end();
}

TEST(a_suspended_company_only_looks_and_a_closing_one_may_think_again)
{
	begin();
	int64_t id = founded("a", "Nordwerk", "nordwerk", "ingrid@nordwerk.test");
	press("/account/company/close");
	want(303);
	press("/account/company/close");
	want(409);
	press("/account/company/keep");
	want(303);
	CHECK_INT(PROCESS_YES, decide_company(id, COMPANY_HAPPENING_SUSPEND));
	get("/account/company");
	want(200);
	has("is suspended");
	get("/company/nordwerk");
	want(404);
	press("/account/company/close");
	want(409);
	CHECK_INT(PROCESS_YES, decide_company(id, COMPANY_HAPPENING_REINSTATE));
	press("/account/company/close");
	want(303);
	clock_shift((COMPANY_CLOSE_DAYS + 1) * DAY_US);
	struct arena *a = arena_make(8 << 20);
	(void)member_sweeper.run(journey.store, &member_sweeper, a);
	arena_free(a);
	sign_in("ingrid@nordwerk.test");
	get("/company/nordwerk");
	want(404);
	get("/account/companies");
	want(200);
	has("Closed");
	clock_shift(-(COMPANY_CLOSE_DAYS + 1) * DAY_US);
	journey_end();
}

TEST(the_operator_signs_in_at_the_same_door)
{
	begin();
	(void)operator_of();
	as("ops");
	post("/sign-in", "email=ops%%40kontor.test&password=seven+grey+pallets");
	want(303);
	CHECK_TEXT("/desk", header("Location"));
	get("/account");
	want(200);
	has("Otto Ops");
	get("/account/company");
	want(403);
	journey_end();
}

int main(void)
{
	return test_main();
}
