/* Erasure, retention and legal holds through the real surface: what is promised, what stands in the
 * way, what is left in every file afterwards. */
#include "market/market.h"
#include "market/rights/disclosed.h"
#include "market/rights/erase.h"
#include "market/rights/hold.h"
#include "market/rights/retention.h"
#include "market/rights/rights.h"
#include "test/journey/marked.h"
#include "test/journey/member.h"

#include "store/lite.h"

static const struct route *const tables[] = {member_routes, erase_routes, hold_routes,
	retention_routes, petition_routes, petition_take_routes, petition_follow_routes,
	petition_desk_routes, NULL};
static struct web_options options;

static void start(void)
{
	options = member_options;
	options.tables = tables;
	journey_begin(&options);
	retention_policy(store_policy(journey.store));
}

static int64_t person_of(const char *email)
{
	struct hold_person_row p = {0};
	struct db db;

	peek(&db, ROLE_OFFICER, BIT(PURPOSE_LEGAL));
	if (!hold_person(&db, str_of(email), &p))
		p.id.v = 0;
	store_read_end(&db);
	return p.id.v;
}

static str wrapped_key(int64_t owner)
{
	sqlite3_stmt *st = NULL;
	sqlite3 *db = lite_open(journey.store->keys_path, SQLITE_OPEN_READONLY);
	str key = {0};

	MUST(!sqlite3_prepare_v2(
		db, "select wrapped from subject_key where owner = ?1", -1, &st, NULL));
	sqlite3_bind_int64(st, 1, owner);
	if (sqlite3_step(st) == SQLITE_ROW)
		key = str_dup(journey.arena,
			(str){sqlite3_column_blob(st, 0), (size_t)sqlite3_column_bytes(st, 0)});
	sqlite3_finalize(st);
	sqlite3_close(db);
	return key;
}

/* Two administrators, so that one may leave. */
static void two(void)
{
	founded("a", "Nordwerk", "nordwerk", "ingrid@nordwerk.test");
	post("/account/people/invite", "email=bo%%40nordwerk.test&admin=true");
	const char *link = link_to_open("bo@nordwerk.test");

	as("bo");
	post(link, "name=Bo+Markerberg&password=" PASSWORD "&terms=true");
	want(303);
	post("/account",
		"name=Bo+Markerberg&phone=%%2B49+555+0177&job_title=Markermeister&locale=en");
	want(303);
}

static void clock_day(int days)
{
	clock_shift(days * DAY_US);
}

static void job(const struct job *j)
{
	struct arena *a = arena_make((size_t)64 << 20);

	while (j->run(journey.store, j, a))
		;
	arena_free(a);
}

TEST(somebody_sees_what_would_happen_asks_and_takes_it_back)
{
	start();
	two();
	get("/account/erase");
	want(200);
	has("What a person&#39;s password is checked against");
	has("Kept, because we must");
	has("proof of the contract");
	post("/account/erase", "now=wrong");
	want(422);
	has("not the password");
	post("/account/erase", "now=" PASSWORD);
	want(303);
	follow();
	has("Your data will be erased on");
	CHECK(str_find(mail_to("bo@nordwerk.test"), S("erased")) != (size_t)-1);
	post("/account/erase", "now=" PASSWORD);
	want(409);
	clock_day(ERASE_GRACE_DAYS - 1);
	job(&erase_job);
	press("/account/erase/cancel");
	want(303);
	follow();
	has("Your account stays as it is");
	clock_day(ERASE_GRACE_DAYS + 1);
	job(&erase_job);
	get("/account");
	want(200);
	has("Bo Markerberg");
	press("/account/erase/cancel");
	want(409);
	clock_shift(0);
	journey_end();
}

TEST(after_the_days_of_grace_nothing_of_them_is_in_any_file)
{
	start();
	two();
	int64_t bo = person_of("bo@nordwerk.test");

	markers[0] = S("Markerberg");
	markers[1] = S("Markermeister");
	markers[2] = S("555 0177");
	markers[3] = wrapped_key(bo);
	REQUIRE(bo && markers[3].n);
	mail_to("bo@nordwerk.test");
	nftw(str_fmt(journey.arena, "%s/mail", journey.dir).p, journey_remove, 16,
		FTW_DEPTH | FTW_PHYS); /* they have been sent */
	CHECK(marked() > 0);	       /* the key is in the key store */
	post("/account/erase", "now=" PASSWORD);
	want(303);
	clock_day(ERASE_GRACE_DAYS + 1);
	job(&erase_job);
	CHECK_INT(0, marked());
	get("/account");
	want(303); /* signed out */
	sign_in("bo@nordwerk.test");
	has("do not belong together");
	CHECK_INT(0, person_of("bo@nordwerk.test"));
	as("a");
	get("/account/people");
	want(200);
	lacks("Markerberg");
	clock_day(0);
	journey_end();
	memset(markers, 0, sizeof markers);
}

TEST(at_once_is_answered_when_the_key_is_gone)
{
	start();
	two();
	markers[0] = S("Markerberg");
	markers[1] = wrapped_key(person_of("bo@nordwerk.test"));
	nftw(str_fmt(journey.arena, "%s/mail", journey.dir).p, journey_remove, 16,
		FTW_DEPTH | FTW_PHYS);
	post("/account/erase", "now=" PASSWORD "&at_once=true");
	want(303);
	CHECK_INT(0, marked());
	follow();
	want(200);
	has("its key is destroyed");
	get("/account");
	want(303);
	journey_end();
	memset(markers, 0, sizeof markers);
}

TEST(the_only_administrator_is_told_what_stands_in_the_way)
{
	start();
	founded("a", "Nordwerk", "nordwerk", "ingrid@nordwerk.test");
	get("/account/erase");
	want(200);
	has("You are the only administrator of Nordwerk");
	post("/account/erase", "now=" PASSWORD);
	want(409);
	has("only administrator");
	journey_end();
}

static void officer(const char *who, const char *email, const char *name)
{
	CHECK_INT(OPERATOR_MADE, operator_make(journey.store, journey.arena, str_of(email),
					 str_of(name), BIT(ROLE_OFFICER), S("seven grey pallets")));
	as(who);
	post("/sign-in", "email=%s&password=seven+grey+pallets", email);
	want(303);
}

static const char *first_hold(const char *event)
{
	size_t at = str_find(journey.body, S("/desk/holds/"));

	if (at == (size_t)-1) {
		TEST_FAIL("no hold on the page");
		return "/nowhere";
	}
	return str_fmt(journey.arena, "/desk/holds/" STR_FMT "/%s",
		STR_ARG(str_sub(journey.body, at + 12, ID_TEXT_CHARS)), event)
		.p;
}

TEST(a_hold_of_two_officers_wins_over_erasure_until_it_is_released)
{
	start();
	two();
	officer("o1", "dora@kontor.test", "Dora Law");
	get("/desk/holds");
	want(200);
	has("Nothing is on hold");
	post("/desk/holds", "email=nobody%%40x.test&reason=A+lawsuit+of+2026");
	want(422);
	post("/desk/holds", "email=bo%%40nordwerk.test&reason=Lawsuit+7+O+12%%2F26");
	want(303);
	follow();
	const char *confirm = first_hold("withdraw");

	confirm = str_fmt(journey.arena, STR_FMT "confirm",
		STR_ARG(str_sub(str_of(confirm), 0, strlen(confirm) - 8)))
			  .p;
	press(confirm);
	want(403); /* not the same officer */
	has("Another officer");
	officer("o2", "emil@kontor.test", "Emil Law");
	press(confirm);
	want(303);
	as("bo");
	get("/account/erase");
	has("Lawsuit 7 O 12/26");
	post("/account/erase", "now=" PASSWORD "&at_once=true");
	want(303);
	int64_t bo = person_of("bo@nordwerk.test");

	CHECK(bo && wrapped_key(bo).n); /* nothing has gone */
	get("/account");
	CHECK(journey.status != 200);
	as("o2");
	get("/desk/holds");
	has("Markerberg"); /* for the law alone */
	const char *release = first_hold("release"), *lift = first_hold("lift"),
		   *keep = first_hold("keep");

	press(release);
	want(409); /* nobody asked for it */
	press(lift);
	want(303);
	follow();
	has("to be released");
	press(release);
	want(403); /* letting go takes two as well */
	job(&erase_job);
	CHECK(wrapped_key(bo).n); /* and holds meanwhile */
	as("o1");
	press(keep);
	want(303);
	press(lift);
	want(303);
	as("o2");
	press(release);
	want(303);
	job(&erase_job);
	CHECK(!wrapped_key(bo).n);
	get("/desk/holds");
	lacks("Markerberg");
	journey_end();
}

/* ---- who was given their data is told ---- */

static size_t told(enum hook_event what)
{
	static const enum hook_state states[] = {
		HOOK_STATE_WAITING, HOOK_STATE_SENT, HOOK_STATE_DEAD, HOOK_STATE_BY_HAND};
	struct db db;
	size_t n = 0;

	for (size_t k = 0; k < COUNT(states); k++) {
		peek(&db, ROLE_OFFICER, BIT(PURPOSE_DESK));
		struct disclosed_hooks_rows v =
			disclosed_hooks(&db, states[k], (struct hook_id){INT64_MAX});

		for (size_t i = 0; i < v.n; i++)
			n += v.v[i].event == what;
		store_read_end(&db);
	}
	return n;
}

TEST(past_recipients_are_told_of_restriction_and_erasure)
{
	start();
	two();
	as("bo");
	post("/account/email", "email=bo2%%40nordwerk.test&now=" PASSWORD);
	want(303);
	CHECK(mail_to("bo2@nordwerk.test").p != NULL); /* the mail server was given the address */
	post("/account/privacy/restrict", "text=I+think+it+is+wrong");
	want(303);
	CHECK_INT(1, told(HOOK_EVENT_RESTRICTED));
	CHECK_INT(0, told(HOOK_EVENT_ERASED));
	post("/account/erase", "now=" PASSWORD "&at_once=true");
	want(303);
	CHECK_INT(1, told(HOOK_EVENT_ERASED)); /* one for each recipient, once */
	job(&erase_job);
	CHECK_INT(1, told(HOOK_EVENT_ERASED));
	journey_end();
}

/* An officer's erasure, for a guardian, is the same one: the walk, not a list made by hand. */
TEST(a_guardians_request_erases_by_the_same_walk)
{
	start();
	two();
	int64_t bo = person_of("bo@nordwerk.test");

	markers[0] = S("Markerberg");
	markers[1] = S("MARKER-objection");
	markers[2] = wrapped_key(bo);
	as("bo");
	post("/account/privacy/report", "field=person.name&text=MARKER-objection");
	want(303);
	as("mother");
	post("/privacy/guardian", "account=bo%%40nordwerk.test&name=Eva+Vor&email=eva%%40x.test"
				  "&relation=mother&text=He+is+fifteen&right=true");
	want(303);
	post(link_to_open("eva@x.test"), "act=confirm");
	want(303);
	officer("o1", "dora@kontor.test", "Dora Law");
	get("/desk/rights?kind=guardian_removal");
	want(200);
	size_t at = str_find(journey.body, S(">Guardian&#39;s request</a>"));

	REQUIRE(at != (size_t)-1);
	str id = str_sub(journey.body, at - ID_TEXT_CHARS - 1, ID_TEXT_CHARS);

	post(str_fmt(journey.arena, "/desk/rights/" STR_FMT "/fulfil", STR_ARG(id)).p,
		"text=She+showed+her+passport");
	want(303);
	CHECK_INT(0, person_of("bo@nordwerk.test"));
	mail_to("bo@nordwerk.test");
	nftw(str_fmt(journey.arena, "%s/mail", journey.dir).p, journey_remove, 16,
		FTW_DEPTH | FTW_PHYS);
	CHECK_INT(0, marked());
	as("bo");
	get("/account");
	CHECK(journey.status != 200);
	journey_end();
	memset(markers, 0, sizeof markers);
}

/* ---- a sole trader ---- */

TEST(a_sole_traders_words_go_with_them_and_the_law_keeps_the_name)
{
	start();
	founded("a", "Nordwerk", "nordwerk", "ingrid@nordwerk.test");
	rows_change(journey.dir, "update r_company set sole_trader = 1;");
	post("/account/company",
		"name=Nordwerk&sells=true&buys=true&currency=EUR&about=MARKER-about&imprint=MARKER-"
		"imprint&website=https%%3A%%2F%%2Fmarker.test&vat_id=DE136695976");
	want(303);
	get("/company/nordwerk");
	has("MARKER-about");
	get("/account/erase");
	has("You are the only administrator"); /* the business is closed first */
	post("/account/company/close", "%s", "");
	want(303);
	clock_day(COMPANY_CLOSE_DAYS + 1);
	job(&member_sweeper);
	sign_in("ingrid@nordwerk.test");
	want(303);
	post("/account/erase", "now=" PASSWORD "&at_once=true");
	want(303);
	job(&erase_job); /* what was over the limit of one unit */
	get("/company/nordwerk");
	want(404);
	CHECK_INT(
		1, rows_number(journey.dir, /* orders name it: law keeps that */
			   "select about is null and imprint is null and website is null and "
			   "slug <> 'nordwerk' and name = 'Nordwerk' and registration is not null "
			   "from r_company"));
	CHECK_INT(0, rows_number(journey.dir, "select (select count(*) from r_api_token) + (select "
					      "count(*) from r_membership)"));
	clock_day(0);
	journey_end();
}

TEST(what_is_over_goes_and_the_desk_says_why)
{
	start();
	two();
	officer("o1", "dora@kontor.test", "Dora Law");
	get("/desk/retention");
	want(200);
	has("Nothing was due yet");
	as("bo");
	get("/account");
	want(200);
	clock_day(40); /* sessions, links, invitations are over */
	struct arena *a = arena_make((size_t)64 << 20);

	retention_run(journey.store, a);
	get("/account");
	want(303);
	sign_in("bo@nordwerk.test");
	follow();
	get("/account");
	has("Bo Markerberg"); /* whose account it is, is not over */
	officer("o3", "frieda@kontor.test", "Frieda Law");
	get("/desk/retention");
	has("a session that nobody can use any more");
	size_t n = str_find(journey.body, S("<tbody>"));

	CHECK(n != (size_t)-1);
	size_t units = retention_run(journey.store, a); /* once more finds nothing */

	CHECK(units > 0);
	clock_shift(0);
	arena_free(a);
	journey_end();
}

int main(void)
{
	return test_main();
}
