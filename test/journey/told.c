/* A new version of the policy: who is told and who is asked, and what stands still meanwhile. */
#include "versions.h"

#include "market/rights/rights.h"

static int64_t told(const char *email)
{
	return rows(str_fmt(journey.arena,
		"select count(*) from r_policy_notice n where n.person_id = %lld",
		(long long)person_of(email).v)
			    .p);
}

static int64_t mails(const char *email)
{
	return rows(str_fmt(journey.arena,
		"select count(*) from r_outbox where kind = 'policy_changed' and person_id = %lld",
		(long long)person_of(email).v)
			    .p);
}

#define BUYER "buyer@kontor.example"
#define STAFF "operator@kontor.example"
#define LINE "class=\"demo news\""

TEST(other_words_and_less_use_stand_on_the_page_alone)
{
	demo_begin();
	CHECK_INT(1, start_with(NULL));
	job_through(&told_job);
	CHECK_INT(2, start_with("keep: {orders: P8Y}\n"));
	job_through(&told_job);
	CHECK_INT(0, rows("select count(*) from r_policy_notice"));
	CHECK_INT(0, rows("select count(*) from r_outbox where kind = 'policy_changed'"));
	sign_in(BUYER);
	get("/account");
	lacks(LINE);
	get("/account/policy");
	want(200);
	has("Nothing new concerns you");
	get("/privacy");
	has("Version 2");
	journey_end();
}

TEST(those_whom_it_touches_are_told_by_mail_and_above_their_pages)
{
	demo_begin();
	CHECK_INT(1, start_with("keep: {orders: P8Y}\n"));
	CHECK_INT(2, start_with(NULL)); /* kept longer: concerns those who ordered */
	job_through(&told_job);
	CHECK_INT(1, told(BUYER));
	CHECK_INT(1, mails(BUYER));
	CHECK_INT(0, told(STAFF));
	CHECK_INT(0, mails(STAFF));
	job_through(&told_job); /* once */
	CHECK_INT(1, mails(BUYER));
	sign_in(BUYER);
	CHECK(str_eq(header("Location"), S("/"))); /* nothing is asked */
	get("/search");
	has(LINE);
	get("/account/policy");
	want(200);
	has("Kept longer");
	lacks("Questions to you");
	post("/account/policy", "version=2");
	want(303);
	get("/search");
	lacks(LINE);
	sign_in(STAFF);
	get("/account");
	lacks(LINE);
	journey_end();
}

static bool marketed(const char *email)
{
	return rows(str_fmt(journey.arena, "select mask >> %d & 1 from r_person where id = %lld",
		       PURPOSE_MARKETING, (long long)person_of(email).v)
			       .p) == 1;
}

static int64_t events(const char *state)
{
	static const char *const states[] = {
		"", "given", "refused", "withdrawn", "expired", "renewed"};
	int64_t n = 0;

	for (int i = 1; i < (int)COUNT(states); i++)
		if (!strcmp(states[i], state))
			n = rows(str_fmt(journey.arena,
				"select count(*) from r_consent_event where purpose = 'marketing' "
				"and person_id = %lld and state = %d",
				(long long)person_of(BUYER).v, i)
					 .p);
	return n;
}

/* What somebody agreed to comes to mean more: a recipient more. */
static void agreed_then_more(void)
{
	demo_begin();
	CHECK_INT(1, start_with("recipients: {mail_server: {off: yes}}\n"));
	sign_in(BUYER);
	if (!marketed(BUYER))
		decide("/account/privacy", "marketing", true);
	CHECK(marketed(BUYER));
	CHECK_INT(2, start_with(NULL));
	CHECK(!marketed(BUYER));
}

TEST(who_agreed_is_asked_again_and_the_use_waits)
{
	agreed_then_more();
	get("/privacy/v/2/changes");
	has("A new recipient");
	as("again");
	get("/sign-in");
	post("/sign-in", "email=" BUYER "&password=" DEMO_PASSWORD);
	want(303);
	CHECK(str_starts(header("Location"), S("/account/policy?next=")));
	follow();
	want(200);
	has("Questions to you");
	has("Offers and news by mail");
	has("href=\"/\">Later");
	/* everything else goes on */
	get("/orders");
	want(200);
	/* nor does another decision bring it back */
	decide("/account/privacy", "seller_leads", false);
	CHECK(!marketed(BUYER));
	get("/account/privacy");
	has("Waits for your answer");
	/* who did not agree before is not asked */
	as("officer");
	get("/sign-in");
	post("/sign-in", "email=" STAFF "&password=" DEMO_PASSWORD);
	CHECK(!str_starts(header("Location"), S("/account/policy")));
	/* yes */
	as("again");
	int64_t renewed = events("renewed");

	decide("/account/policy", "marketing", true);
	CHECK(str_eq(header("Location"), S("/account/policy")));
	CHECK(marketed(BUYER));
	CHECK_INT(renewed + 1, events("renewed"));
	CHECK_INT(0,
		rows("select count(*) from r_policy_wait w join r_person p on p.id = w.person_id "
		     "where p.mask >> 21 & 1 = 1"));
	get("/account/privacy");
	lacks("Waits for your answer");
	journey_end();
}

TEST(no_is_an_answer_too)
{
	agreed_then_more();
	sign_in(BUYER);
	decide("/account/privacy", "marketing", false);
	CHECK(!marketed(BUYER));
	CHECK_INT(1, events("withdrawn"));
	get("/account/privacy");
	lacks("Waits for your answer");
	journey_end();
}

/* Each decision keeps the words and the version that were shown with it. */
TEST(a_consent_stays_bound_to_the_text_it_saw)
{
	str first, second;

	agreed_then_more();
	sign_in(BUYER);
	decide("/account/privacy", "marketing", true);
	get("/account/privacy/history");
	want(200);
	second = between("href=\"/account/privacy/history/", "\"");
	journey.body = str_sub(journey.body,
		str_find(
			journey.body, str_fmt(journey.arena, STR_FMT "/receipt", STR_ARG(second))) +
			20,
		journey.body.n);
	first = between("href=\"/account/privacy/history/", "\"");
	get("/account/privacy/history/" STR_FMT, STR_ARG(second));
	want(200);
	has("/privacy/v/2");
	has("Postfach am Kai");
	get("/account/privacy/history/" STR_FMT, STR_ARG(first));
	want(200);
	has("/privacy/v/1");
	get("/privacy/v/1");
	want(200);
	has("no longer in force");
	get("/account/privacy/history/" STR_FMT "/receipt", STR_ARG(first));
	want(200);
	has("\"privacy_notice\"");
	journey_end();
}

static int64_t notices(int64_t number)
{
	return rows(str_fmt(journey.arena,
		"select count(*) from r_policy_notice where number = %lld", (long long)number)
			    .p);
}

/* Kept longer, and on whom: companies are spoken of through those who act for them. */
TEST(news_of_companies_reach_those_who_act_for_one)
{
	int64_t members;

	demo_begin();
	CHECK_INT(1, start_with("keep: {address: P1D, company: P8Y}\n"));
	CHECK_INT(2, start_with("keep: {company: P8Y}\n"));
	job_through(&told_job);
	members = rows("select count(distinct m.person_id) from r_membership m join r_person p on "
		       "p.id = m.person_id where p.state = 2 and exists (select 1 from r_address a "
		       "where a.company_id = m.company_id)");
	CHECK(members > 1);
	CHECK_INT(members, notices(2));
	CHECK_INT(1, told(BUYER));
	CHECK_INT(0, told(STAFF)); /* acts for none */
	CHECK_INT(3, start_with(NULL));
	job_through(&told_job);
	CHECK_INT(0, told(STAFF));
	CHECK(notices(3) > 1 &&
		notices(3) <= rows("select count(distinct person_id) from r_membership"));
	sign_in(BUYER);
	get("/account/policy");
	want(200);
	has("Kept longer");
	has("<del>8 years</del> <ins>10 years</ins>");
	lacks("P8Y");
	lacks("table.");
	journey.language = "de";
	get("/account/policy");
	has("<del>8 Jahre</del> <ins>10 Jahre</ins>");
	journey_end();
}

TEST(news_of_a_cookie_are_in_words)
{
	demo_begin();
	CHECK_INT(1, start_with("cookies: {kontor_seen: {max_age: P10D}}\n"));
	CHECK_INT(2, start_with(NULL));
	job_through(&told_job);
	sign_in(BUYER);
	get("/account/policy");
	want(200);
	has("A new cookie, or one that does more: the cookie kontor_seen (");
	has("<del>10 days</del> <ins>");
	lacks("864000");
	lacks("cookie.kontor_seen");
	lacks("max_age");
	get("/privacy/v/2/changes");
	want(200);
	has("the cookie kontor_seen (");
	has("<del>10 days</del> <ins>");
	journey_end();
}

int main(void)
{
	return test_main();
}
