/* What people ask about the use of their data, and what the desk decides. */
#include "gen/choice.sql.h"
#include "gen/petition.sql.h"
#include "market/rights/choice.h"
#include "test/journey/member.h"
#include "test/journey/world.h"

static void officer_here(void)
{
	officer_enters();
	CHECK_TEXT("/desk", header("Location"));
}

static int64_t person_of(const char *email)
{
	struct petition_account_row p = {0};
	struct db db;

	peek(&db, ROLE_OFFICER, BIT(PURPOSE_CASEWORK));
	(void)!petition_account(&db, str_of(email), &p);
	store_read_end(&db);
	return p.id.v;
}

static bool allows(int64_t person, int purpose)
{
	struct db db;

	peek(&db, ROLE_OFFICER, BIT(PURPOSE_CHOICES));
	bool yes = choice_allows(&db, person, purpose);
	store_read_end(&db);
	return yes;
}

static const char *open_petition(void)
{
	get("/desk/rights");
	want(200);
	const char *one = case_on_page();

	if (one)
		return one;
	TEST_FAIL("nothing waits on the desk");
	return "/nowhere";
}

static void decide_petition(const char *one, const char *event, const char *form)
{
	post(str_fmt(journey.arena, "%s/%s", one, event).p, "%s", form);
}

TEST(an_objection_rests_the_use_until_it_is_weighed)
{
	world_begin();
	founded("a", "Nordwerk", "nordwerk", "ingrid@nordwerk.test");
	int64_t ingrid = person_of("ingrid@nordwerk.test");
	CHECK(allows(ingrid, PURPOSE_DESK));
	as("a");
	get("/account/privacy/desk/object");
	want(200);
	has("Running the marketplace");
	post("/account/privacy/desk/object", "text=");
	want(422);
	post("/account/privacy/desk/object", "text=I+am+in+hiding");
	want(303);
	CHECK(!allows(ingrid, PURPOSE_DESK));
	post("/account/privacy/desk/object", "text=Again");
	want(409);
	get("/account/privacy/requests");
	has("I am in hiding");
	has("answer by");
	get("/account/privacy/trade/object"); /* a contract: nothing to object to */
	want(404);
	get("/account/privacy/marketing/object"); /* that one has a switch, and no reasons */
	want(404);

	get("/desk/rights"); /* not for members */
	want(403);
	officer_here();
	const char *one = open_petition();
	get("%s", one);
	want(200);
	has("I am in hiding");
	has("compelling grounds");
	decide_petition(one, "refuse", "refusal=compelling&grounds=");
	want(422);
	decide_petition(one, "refuse", "grounds=Admission+needs+it");
	want(422); /* no refusal without its code */
	CHECK(!allows(ingrid, PURPOSE_DESK));
	decide_petition(one, "refuse", "refusal=compelling&grounds=Admission+needs+it%3A+GROUNDS");
	want(303);
	CHECK(allows(ingrid, PURPOSE_DESK));
	decide_petition(one, "fulfil", "text=Changed+my+mind");
	want(409);
	CHECK(str_find(mail_to("ingrid@nordwerk.test"), S("is refused")) != (size_t)-1);
	CHECK(str_find(mail_to("ingrid@nordwerk.test"), S("https://www.bfdi.bund.de")) !=
		(size_t)-1);
	as("a");
	get("/account/privacy/requests");
	has("GROUNDS");
	get("/account/privacy/history");
	has("objection weighed");

	post("/account/privacy/desk/object", "text=Something+new");
	want(303);
	as("officer");
	decide_petition(open_petition(), "fulfil", "text=You+are+right");
	want(303);
	CHECK(!allows(ingrid, PURPOSE_DESK));
	journey_end();
}

TEST(a_restriction_holds_at_once_and_its_end_is_announced)
{
	world_begin();
	founded("a", "Nordwerk", "nordwerk", "ingrid@nordwerk.test");
	int64_t ingrid = person_of("ingrid@nordwerk.test");
	CHECK(allows(ingrid, PURPOSE_SELLER_LEADS));
	as("a");
	get("/account/privacy/restrict");
	want(200);
	post("/account/privacy/restrict", "text=My+name+is+wrong");
	want(303);
	CHECK(!allows(ingrid, PURPOSE_SELLER_LEADS));
	CHECK(!allows(ingrid, PURPOSE_DESK));
	CHECK(allows(ingrid, PURPOSE_TRADE)); /* nothing to choose there: the store keeps it shut */
	post("/account/privacy/restrict", "text=Again");
	want(409);
	as("again"); /* the person still signs in and uses every right */
	sign_in("ingrid@nordwerk.test");
	CHECK_TEXT("/", header("Location"));
	get("/account/privacy");
	want(200);
	has("The use of your data is restricted");
	has("Ingrid Lund");
	officer_here();
	decide_petition(open_petition(), "refuse", "refusal=unfounded&grounds=No+way");
	want(409); /* it ends by being announced */
	decide_petition(open_petition(), "announce", "words=The+name+is+right%2C+see+the+register");
	want(303);
	CHECK(!allows(ingrid, PURPOSE_SELLER_LEADS)); /* told first */
	CHECK(str_find(mail_to("ingrid@nordwerk.test"), S("seven days")) != (size_t)-1);
	struct arena *a = arena_make(4 << 20);
	petition_clock.run(journey.store, &petition_clock, a);
	CHECK(!allows(ingrid, PURPOSE_SELLER_LEADS));
	clock_shift(8 * DAY_US);
	petition_clock.run(journey.store, &petition_clock, a);
	arena_free(a);
	CHECK(allows(ingrid, PURPOSE_SELLER_LEADS));
	clock_shift(0);
	journey_end();
}

TEST(an_error_is_reported_at_its_field)
{
	world_begin();
	founded("a", "Nordwerk", "nordwerk", "ingrid@nordwerk.test");
	get("/account/privacy");
	has("/account/privacy/report?field=company.registration");
	get("/account/privacy/report?field=company.registration");
	want(200);
	has("value=\"company.registration\"");
	post("/account/privacy/report", "field=company.registration&text=It+is+HRB+4712");
	want(303);
	officer_here();
	const char *one = open_petition();
	get("%s", one);
	has("company.registration");
	has("It is HRB 4712");
	decide_petition(one, "fulfil", "text=Corrected");
	want(303);
	journey_end();
}

TEST(a_guardian_has_a_minors_account_removed_without_its_sign_in)
{
	world_begin();
	founded("kid", "Nordwerk", "nordwerk", "ingrid@nordwerk.test");
	int64_t kid = person_of("ingrid@nordwerk.test");
	as("parent");
	get("/privacy/guardian");
	want(200);
	post("/privacy/guardian", "account=nobody%%40nordwerk.test&name=Petra+Lund&email=petra%%40"
				  "home.test&relation=mother&right=1");
	want(303); /* the same answer, whether there is such an account or not */
	CHECK_TEXT("/privacy/guardian/sent", header("Location"));
	post("/privacy/guardian", "account=ingrid%%40nordwerk.test&name=Petra+Lund&email=petra%%40"
				  "home.test&relation=mother");
	want(422);
	post(link_to_open("petra@home.test"), "act=confirm");
	want(303);
	officer_here();
	decide_petition(open_petition(), "refuse", "refusal=nobody&grounds=No+such+account");
	want(303);
	as("parent");
	post("/privacy/guardian", "account=ingrid%%40nordwerk.test&name=Petra+Lund&email=petra%%40"
				  "home.test&relation=mother&right=1");
	want(303);
	follow();
	want(200);
	as("officer");
	get("/desk/rights");
	has("Nothing waits"); /* nobody asks in another's name */
	as("parent");
	post(link_to_open("petra@home.test"), "act=confirm");
	want(303);
	as("officer");
	const char *one = open_petition();
	get("%s", one);
	has("Petra Lund");
	has("how you checked");
	has("Ingrid Lund");
	decide_petition(one, "fulfil", "text=Passport+seen+on+video+by+DP");
	want(303);
	CHECK(str_find(mail_to("petra@home.test"), S("is answered")) != (size_t)-1);
	CHECK_INT(0, person_of("ingrid@nordwerk.test"));
	CHECK(!allows(kid, PURPOSE_SELLER_LEADS));
	as("kid");
	get("/account");
	want(303); /* signed out */
	sign_in("ingrid@nordwerk.test");
	want(422);
	has("do not belong together");
	journey_end();
}

TEST(marketing_is_refused_by_letter_or_telephone)
{
	world_begin();
	founded("a", "Nordwerk", "nordwerk", "ingrid@nordwerk.test");
	int64_t ingrid = person_of("ingrid@nordwerk.test");
	officer_here();
	get("/desk/rights/opt-out");
	want(200);
	post("/desk/rights/opt-out", "email=nobody%%40nordwerk.test&method=telephone");
	want(422);
	post("/desk/rights/opt-out", "email=ingrid%%40nordwerk.test&method=account");
	want(422);
	post("/desk/rights/opt-out", "email=ingrid%%40nordwerk.test&method=telephone");
	want(303);
	CHECK(!allows(ingrid, PURPOSE_MARKETING));
	CHECK(!allows(ingrid, PURPOSE_SELLER_LEADS));
	as("a");
	get("/account/privacy/history");
	has("by telephone");
	has("objected");
	journey_end();
}

TEST(nobody_signs_up_who_is_not_of_age_or_no_business)
{
	world_begin();
	get("/sign-up");
	has("at least 18");
	lacks("birth");
	post("/sign-up", "company=Nordwerk&country=DE&sells=true&street=A&city=B&name=I+L&email=i%%"
			 "40n.test&password=" PASSWORD "&terms=true");
	want(422);
	CHECK_INT(0, person_of("i@n.test"));
	post("/sign-up", "country=DE&sells=true&street=A&city=B&name=I+L&email=i%%40n.test&"
			 "password=" PASSWORD "&business=true&terms=true");
	want(422); /* without a company */
	CHECK_INT(0, person_of("i@n.test"));
	journey_end();
}

int main(void)
{
	return test_main();
}
