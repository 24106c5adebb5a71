/* Offers and news: only to those who agreed, and over with one click from any mail program. */
#include "gen/newsletter.sql.h"
#include "market/rights/rights.h"
#include "test/journey/member.h"
#include "test/journey/world.h"

/* A week later the newsletter's job has had its turns. */
static void round_of_news(void)
{
	struct arena *a = arena_make(16 << 20);

	clock_shift(clock_shifted() + 8 * DAY_US);
	for (int i = 0; i < 5 && newsletter_job.run(journey.store, &newsletter_job, a); i++)
		arena_reset(a);
	arena_free(a);
}

static bool offered(const char *address)
{
	str mail = mail_to(address);

	return mail.p && str_find(mail, S("New offers that fit")) != (size_t)-1;
}

/* Withdrawn between the queue and the letter box: the newest mail is still that of `link`. */
static void withdrawn_meanwhile(const char *link)
{
	press_switch("marketing");
	struct arena *a = arena_make(16 << 20);
	clock_shift(clock_shifted() + 8 * DAY_US);
	for (int i = 0; i < 5 && newsletter_job.run(journey.store, &newsletter_job, a); i++)
		arena_reset(a);
	arena_free(a);
	press_switch("marketing");
	str mail = mail_to("ingrid@nordwerk.test");
	journey.body = mail;
	CHECK_TEXT(link, between("List-Unsubscribe: <http://kontor.test", ">"));
}

TEST(offers_go_to_those_who_agreed_and_end_with_one_click)
{
	world_begin();
	founded("a", "Nordwerk", "nordwerk", "ingrid@nordwerk.test");
	founded("b", "Suedwerk", "suedwerk", "sam@suedwerk.test");
	round_of_news();
	CHECK(!offered("ingrid@nordwerk.test")); /* nobody has agreed yet */
	as("a");
	press_switch("marketing");
	round_of_news();
	CHECK(!offered("sam@suedwerk.test"));
	CHECK(offered("ingrid@nordwerk.test"));
	str mail = mail_to("ingrid@nordwerk.test");
	CHECK(str_find(mail, S("List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n")) !=
		(size_t)-1);
	journey.body = mail;
	str header_link = between("List-Unsubscribe: <http://kontor.test", ">");
	REQUIRE(str_starts(header_link, S("/unsubscribe/")));
	str text = str_sub(mail, str_find(mail, S("\r\n\r\n")), mail.n);
	CHECK(str_find(text, str_cat(journey.arena, S("http://kontor.test"), header_link)) !=
		(size_t)-1); /* for people, too */
	CHECK(str_find(mail, S("<img")) == (size_t)-1);
	const char *link = str_dup(journey.arena, header_link).p;

	get("/news");
	want(200);

	as("filter"); /* opening the link changes nothing */
	get("%s", link);
	want(200);
	has("Stop them");
	get("%s", link);
	has("Stop them");
	const char *forged = str_fmt(
		journey.arena, STR_FMT "AAAA", STR_ARG(str_sub(header_link, 0, header_link.n - 4)))
				     .p;
	get("%s", forged);
	want(403);
	post_bare(forged, "List-Unsubscribe=One-Click");
	want(403);
	get("%s", link);
	has("Stop them");

	as("mail program"); /* no session, no cookie, no token, no redirect */
	post_bare(link, "List-Unsubscribe=One-Click");
	want(200);
	CHECK(!header("Set-Cookie").p);
	CHECK(!header("Location").p);
	has("no more offers and news");
	post_bare(link, "List-Unsubscribe=One-Click"); /* a second time is fine */
	want(200);
	get("%s", link);
	want(200);
	lacks("Stop them");

	as("a"); /* the ledger says how it was withdrawn; what came before keeps its consent */
	get("/account/privacy/history");
	has("withdrawn");
	has("link in a mail");
	has("agreed");
	round_of_news();
	mail = mail_to("ingrid@nordwerk.test");
	journey.body = mail;
	str again = between("List-Unsubscribe: <http://kontor.test", ">");
	CHECK_TEXT(link, again); /* still the mail of the first round: no newer one */

	withdrawn_meanwhile(link);
	clock_shift(0);
	journey_end();
}

TEST(a_person_presses_the_button_on_the_page)
{
	world_begin();
	founded("a", "Nordwerk", "nordwerk", "ingrid@nordwerk.test");
	press_switch("marketing");
	round_of_news();
	journey.body = mail_to("ingrid@nordwerk.test");
	const char *link =
		str_dup(journey.arena, between("List-Unsubscribe: <http://kontor.test", ">")).p;
	as("at home"); /* signed out, in another browser */
	get("%s", link);
	want(200);
	post_bare(link, "page=1");
	want(303);
	follow();
	want(200);
	lacks("Stop them");
	has("no more offers and news");
	clock_shift(0);
	journey_end();
}

/* ---- pictures in mails ---- */

static bool newest_has(const char *text)
{
	str mail = mail_to("ingrid@nordwerk.test");

	return mail.p && str_find(mail, str_of(text)) != (size_t)-1;
}

TEST(a_mail_holds_a_picture_only_for_those_who_agreed)
{
	world_begin();
	founded("a", "Nordwerk", "nordwerk", "ingrid@nordwerk.test");
	as("a");
	press_switch("marketing");
	round_of_news();
	CHECK(offered("ingrid@nordwerk.test"));
	CHECK(!newest_has("/pixel/") && !newest_has("<img") && !newest_has("?mail="));
	CHECK(newest_has("Content-Type: text/plain"));
	press_switch("mail_opens");
	round_of_news();
	CHECK(newest_has("multipart/alternative") &&
		newest_has("<img src=\"http://kontor.test/pixel/"));
	CHECK(newest_has("http://kontor.test/news?mail="));
	/* Nothing in its address is of the person: the same stands in everybody's mail. */
	journey.body = mail_to("ingrid@nordwerk.test");
	str picture = between("<img src=\"http://kontor.test", "\"");

	CHECK_INT(strlen("/pixel/2026-11-26.gif"), picture.n);
	as("mail program");
	get(STR_FMT, STR_ARG(picture));
	want(200);
	CHECK(!header("Set-Cookie").p);
	as("a");
	press_switch("mail_opens");
	round_of_news();
	CHECK(!newest_has("/pixel/") && !newest_has("?mail="));
	clock_shift(0);
	journey_end();
}

int main(void)
{
	return test_main();
}
