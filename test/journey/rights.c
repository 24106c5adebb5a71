/* The rights desk: requests with and without an account, by letter, of each kind; clocks,
 * extension, refusal, duplicates, who may see what. */
#include "gen/petition.sql.h"
#include "market/rights/erase.h"
#include "market/rights/petition.h"
#include "test/journey/member.h"
#include "test/journey/world.h"

#define DPO "privacy@kontor.example" /* policy/operator.yaml */
#define ANNA "anna@home.test"

static void begin_market(void)
{
	world_begin();
	officer_enters();
	as("visitor");
}

/* The newest mail to this address says this. */
static bool mailed(const char *to, const char *what)
{
	return str_find(mail_to(to), str_of(what)) != (size_t)-1;
}

static const char *waiting(const char *filter)
{
	as("officer");
	get("/desk/rights%s", filter);
	want(200);
	const char *one = case_on_page();

	if (!one) {
		TEST_FAIL("nothing on the desk with %s", filter);
		return "/nowhere";
	}
	return one;
}

static void desk(const char *one, const char *event, const char *form)
{
	as("officer");
	post(str_fmt(journey.arena, "%s/%s", one, event).p, "%s", form);
}

static void ask(const char *who, const char *kind, const char *mail, const char *more)
{
	as(who);
	post("/rights", "kind=%s&name=Anna+Home&email=%s&country=FR%s", kind, mail, more);
}

/* Asked over the public form, and confirmed by the link in the mail. Returns that link. */
static const char *asked(const char *kind, const char *mail, const char *more)
{
	ask("visitor", kind, mail, more);
	want(303);
	const char *link = link_to_open(mail);

	post(link, "act=confirm");
	want(303);
	return link;
}

TEST(somebody_without_an_account_is_heard)
{
	begin_market();
	get("/");
	has("href=\"/rights\""); /* the contact point, on every page */
	get("/rights");
	want(200);
	has("No account is needed");
	has(DPO);
	ask("visitor", "access", ANNA, "&text=WORDS-of-anna");
	want(303);
	CHECK_TEXT("/rights/sent", header("Location"));
	as("officer");
	get("/desk/rights");
	has("Nothing waits"); /* whose address it is is not shown yet */
	as("visitor");
	const char *link = link_to_open(ANNA);

	get("%s", str_sub(str_of(link), 0, 21).p ? "/rights/0000000000001" : "/");
	want(403); /* a link opens one request, by its signature */
	get("%s", link);
	want(200);
	has("WORDS-of-anna");
	has("Is this your address?");
	post(link, "act=fulfil");
	want(404); /* that is the desk's */
	post(link, "act=tell&text=x");
	want(409);
	post(link, "act=confirm");
	want(303);
	CHECK(mailed(ANNA, "We have your request"));
	CHECK(mailed(ANNA, "/rights")); /* the contact point stands in each mail */
	post(link, "act=confirm");
	want(409);
	const char *one = waiting("");

	get("%s", one);
	has("WORDS-of-anna");
	has(ANNA);
	has("address confirmed");
	has("no account found");

	desk(one, "ask", "question=Which+order+number+do+you+know%3F");
	want(303);
	CHECK(mailed(ANNA, "Which order number"));
	as("visitor");
	get("%s", link);
	has("Which order number");
	post(link, "act=tell&text=");
	want(422);
	post(link, "act=tell&text=IDENTITY-4711");
	want(303);
	get("%s", link);
	lacks("IDENTITY-4711");
	as("officer");
	get("%s", one);
	has("IDENTITY-4711");
	desk(one, "fulfil", "text=ANSWER%3A+we+hold+nothing+else");
	want(303);
	CHECK(mailed(ANNA, "ANSWER: we hold nothing else"));
	as("officer");
	get("%s", one);
	lacks("IDENTITY-4711"); /* its key went with the case */
	as("visitor");
	get("%s", link);
	has("ANSWER: we hold nothing else");
	has("Answered");
	lacks("Dora"); /* who decided is the desk's own */
	journey_end();
}

TEST(every_kind_has_its_case)
{
	static const char *const kinds[][2] = {{"access", ""}, {"portability", ""},
		{"error_report", "&text=wrong"}, {"erasure", ""}, {"restriction", "&text=wrong"},
		{"objection", "&purpose=desk"}, {"withdrawal", "&purpose=marketing"},
		{"complaint", "&text=angry"}, {"question", "&purpose=desk"}};

	begin_market();
	for (size_t i = 0; i < COUNT(kinds); i++) {
		asked(kinds[i][0], ANNA, kinds[i][1]);
		const char *one = waiting(str_fmt(journey.arena, "?kind=%s", kinds[i][0]).p);

		desk(one, "fulfil", "text=Done+as+asked");
		want(303);
		get("/desk/rights?state=open&kind=%s", kinds[i][0]);
		has("Nothing waits");
	}
	ask("visitor", "objection", ANNA, "");
	want(422);
	ask("visitor", "objection", ANNA, "&purpose=trade");
	want(422); /* a contract: nothing to object to */
	ask("visitor", "withdrawal", ANNA, "&purpose=desk");
	want(422);
	ask("visitor", "guardian_removal", ANNA, "");
	want(422);
	ask("visitor", "rubbish", ANNA, "");
	want(422);
	journey_end();
}

TEST(what_says_the_same_is_joined)
{
	begin_market();
	const char *first = asked("access", ANNA, "&text=FIRST");

	ask("visitor", "access", ANNA, "&text=SECOND");
	want(303);
	const char *link = link_to_open(ANNA);

	CHECK(strcmp(first, link) != 0);
	post(link, "act=confirm");
	want(303);
	get("%s", link);
	has("joined to another");
	as("officer");
	get("/desk/rights");
	const char *one = case_on_page();

	get("%s", one);
	has("FIRST");
	has("SECOND");
	get("/desk/rights?state=joined");
	CHECK(case_on_page() != NULL);
	asked("erasure", ANNA, ""); /* another kind is another request */
	founded("a", "Nordwerk", "nordwerk", "ingrid@nordwerk.test");
	get("/account/privacy/ask");
	want(200);
	post("/account/privacy/ask", "kind=portability");
	want(303);
	post("/account/privacy/ask", "kind=portability");
	want(303);
	follow();
	has("joined to another");
	post("/account/privacy/ask", "kind=erasure");
	want(422);
	post("/account/privacy/ask", "kind=objection&purpose=desk");
	want(422); /* takes effect at once on a page of its own */
	journey_end();
}

/* The answer is each one's own, under its own link and key. */
TEST(what_was_joined_gets_the_answer_too)
{
	begin_market();
	founded("a", "Nordwerk", "nordwerk", "ingrid@nordwerk.test");
	const char *first = asked("access", "ingrid@nordwerk.test", "&text=FIRST"),
		   *second = asked("access", "ingrid@nordwerk.test", "&text=SECOND");

	desk(waiting(""), "fulfil", "text=HERE-IT-IS");
	want(303);
	as("visitor");
	get("%s", second);
	has("HERE-IT-IS");
	has("Your data as a file");
	has("Answered");
	get("%s", first);
	has("HERE-IT-IS");
	as("a");
	post("/account/privacy/ask", "kind=portability");
	post("/account/privacy/ask", "kind=portability");
	desk(waiting("?kind=portability"), "refuse", "refusal=excessive&grounds=TWICE");
	want(303);
	as("a");
	get("/account/privacy/requests");
	lacks("joined to another");
	CHECK(str_find(
		      str_sub(journey.body, str_find(journey.body, S("TWICE")) + 5, journey.body.n),
		      S("TWICE")) != (size_t)-1);
	journey_end();
}

/* Taken back by whoever asked first: the others asked too, and are answered in their own time. */
TEST(what_was_joined_to_one_taken_back_stands_for_itself)
{
	begin_market();
	const char *first = asked("erasure", ANNA, "&text=FIRST"),
		   *second = asked("erasure", ANNA, "&text=SECOND"),
		   *third = asked("erasure", ANNA, "&text=THIRD");

	as("visitor");
	post(third, "act=withdraw");
	want(303);
	third = asked("erasure", ANNA, "&text=THIRD");
	post(first, "act=withdraw");
	want(303);
	job_through(&petition_clock);
	get("%s", second);
	has("Stands for itself again");
	lacks("joined to another");
	const char *one = waiting("");

	get("%s", one);
	has("SECOND");
	has("THIRD"); /* goes along with that one now */
	desk(one, "refuse", "refusal=nobody&grounds=NO-SUCH-ACCOUNT");
	want(303);
	as("visitor");
	get("%s", third);
	has("NO-SUCH-ACCOUNT");
	as("officer");
	get("/desk/rights?state=joined");
	has("Nothing waits");
	journey_end();
}

/* A letter that came before: the other one's clock would be too late for it. */
TEST(what_came_earlier_is_not_joined_to_a_later_clock)
{
	begin_market();
	clock_shift(90 * DAY_US);
	asked("access", ANNA, "&text=LATER");
	as("officer");
	post("/desk/rights/letter", "kind=access&via=letter&received=2026-12-01&name=Anna&email="
				    "anna%%40home.test&country=FR&text=EARLIER");
	want(303);
	follow();
	has("EARLIER");
	lacks("LATER");
	has("Ask who is asking"); /* stands open, with its own clock */
	/* nor to one that was extended: nobody would tell this one of it in its own month */
	asked("erasure", ANNA, "&text=ONE");
	desk(waiting("?kind=erasure"), "extend", "delay=volume&because=Many");
	want(303);
	asked("erasure", ANNA, "&text=TWO");
	as("officer");
	get("/desk/rights?state=joined");
	has("Nothing waits");
	clock_shift(0);
	journey_end();
}

TEST(a_restriction_by_letter_ends_as_it_was_told)
{
	begin_market();
	founded("a", "Nordwerk", "nordwerk", "ingrid@nordwerk.test");
	as("officer");
	post("/desk/rights/letter",
		"kind=restriction&via=letter&received=2026-01-31&name=Ingrid&email="
		"ingrid%%40nordwerk.test&country=FR&text=Restrict+me");
	want(303);
	const char *one = waiting("?kind=restriction");

	desk(one, "fulfil", "text=Your+data+rests");
	want(303);
	as("a");
	get("/account/privacy");
	has("The use of your data is restricted");
	desk(one, "announce", "words=What+was+wrong+is+mended");
	want(303);
	CHECK(mailed("ingrid@nordwerk.test", "ends in seven days"));
	clock_shift(6 * DAY_US);
	job_through(&petition_clock);
	as("a");
	get("/account/privacy");
	has("The use of your data is restricted");
	clock_shift(8 * DAY_US);
	job_through(&petition_clock);
	get("/account/privacy");
	lacks("The use of your data is restricted");
	clock_shift(0);
	journey_end();
}

TEST(the_clock_warns_extends_and_alarms)
{
	begin_market();
	founded("a", "Nordwerk", "nordwerk", "ingrid@nordwerk.test");
	post("/account/privacy/ask", "kind=complaint&text=Why+so+slow");
	want(303);
	const char *one = waiting("");

	clock_shift(20 * DAY_US);
	job_through(&petition_clock);
	CHECK(!mailed(DPO, "is due soon"));
	clock_shift(26 * DAY_US);
	job_through(&petition_clock);
	CHECK(mailed(DPO, "is due soon"));
	get("/desk/rights");
	has("soon due");
	job_through(&petition_clock);
	get("%s", one);
	has("Soon due");

	desk(one, "extend", "delay=complexity&because=");
	want(422); /* not without a reason */
	desk(one, "extend", "delay=complexity&because=Three+systems+must+be+asked");
	want(303);
	CHECK(mailed("ingrid@nordwerk.test", "Three systems must be asked"));
	CHECK(mailed("ingrid@nordwerk.test", "takes longer"));
	desk(one, "extend", "delay=volume&because=Once+more");
	want(409);
	as("a");
	get("/account/privacy/requests");
	has("answer by");
	clock_shift(80 * DAY_US);
	job_through(&petition_clock);
	as("officer");
	get("/desk/rights");
	lacks("overdue</span>");
	clock_shift(95 * DAY_US);
	job_through(&petition_clock);
	CHECK(mailed(DPO, "OVERDUE"));
	get("/desk/rights");
	has("One request is overdue");
	get("%s", one);
	has("Overdue");

	as("a");
	post("/account/privacy/ask", "kind=question&purpose=desk&text=Why");
	want(303);
	one = waiting("?kind=question");
	clock_shift((95 + 32) * DAY_US);
	desk(one, "extend", "delay=volume&because=Too+late+to+say+so");
	want(409); /* the person must hear of it within the first month */
	clock_shift(0);
	journey_end();
}

TEST(a_refusal_says_why_and_where_to_complain)
{
	static const char *const codes[] = {"identity", "nobody", "unfounded", "excessive",
		"legal_duty", "legal_claims", "contract", "others_rights", "compelling", "exempt",
		"impossible"};

	begin_market();
	const char *link = asked("erasure", ANNA, "");
	const char *one = waiting("");

	desk(one, "refuse", "grounds=Never");
	want(422);
	desk(one, "refuse", "refusal=legal_duty&grounds=Invoices+stay+ten+years");
	want(303);
	CHECK(mailed(ANNA, "Invoices stay ten years"));
	CHECK(mailed(ANNA, "https://www.cnil.fr")); /* she lives in France */
	as("visitor");
	get("%s", link);
	has("A law makes us keep or use it");
	has("justifications:LegalObligationImpaired");
	has("https://www.cnil.fr");
	post(link, "act=withdraw");
	want(409);
	get("/privacy");
	has("Supervisory authorities by country");
	has("https://www.cnil.fr");
	has("https://ico.org.uk");
	for (size_t i = 0; i < COUNT(codes); i++) { /* each code is a term of the vocabulary */
		str dpv = petition_refusal_dpv(petition_refusal_of(str_of(codes[i])));
		bool found = false;

		CHECK(dpv.n > 0 && text_is(petition_refusal_text((int)i + 1)));
		for (size_t k = 0; k < embedded_policy_n; k++)
			found |= !strcmp(embedded_policy[k].name, "policy/dpv/terms.csv") &&
				 str_find(embedded_policy[k].text,
					 str_fmt(journey.arena, STR_FMT ",justification\n",
						 STR_ARG(dpv))) != (size_t)-1;
		if (!found)
			TEST_FAIL("%s: " STR_FMT " is not in terms.csv", codes[i], STR_ARG(dpv));
	}
	journey_end();
}

TEST(a_question_is_answered_from_the_policy)
{
	begin_market();
	founded("a", "Nordwerk", "nordwerk", "ingrid@nordwerk.test");
	post("/account/privacy/ask", "kind=question&purpose=desk&text=Why+do+you+do+this");
	want(303);
	const char *one = waiting("");

	get("%s", one);
	has("Legal basis: ");
	has("A6-1-f");
	has("How it was weighed: ");
	has("Run the marketplace");
	as("a");
	post("/account/privacy/ask", "kind=question&purpose=trade");
	want(303);
	get("%s", waiting("?kind=question&state=open"));
	journey_end();
}

TEST(an_erasure_asked_for_without_signing_in_is_carried_out)
{
	begin_market();
	founded("a", "Nordwerk", "nordwerk", "ingrid@nordwerk.test");
	asked("erasure", "ingrid@nordwerk.test", "");
	const char *one = waiting("");

	get("%s", one);
	has("Ingrid Lund"); /* the address is an account's */
	desk(one, "fulfil", "text=It+is+done");
	want(303);
	CHECK(mailed("ingrid@nordwerk.test", "It is done"));
	struct arena *a = arena_make(4 << 20);

	while (erase_job.run(journey.store, &erase_job, a))
		;
	arena_free(a);
	as("again");
	sign_in("ingrid@nordwerk.test");
	want(422);
	journey_end();
}

/* The file that the page at hand offers. */
static const char *offered(void)
{
	str at = between("class=\"btn first\" href=\"", "\"");
	struct out o;

	out_init(&o, journey.arena, 64, 1024, NULL);
	for (size_t i = 0; i < at.n; i++) {
		out_char(&o, at.p[i]);
		if (at.p[i] == '&') /* &amp; */
			i += 4;
	}
	return str_dup(journey.arena, out_view(&o)).p;
}

/* The link of an old mail is not a key for good: not after a month, and not for whoever reads the
 * mails of an address that the account has left. */
TEST(an_old_link_gives_nothing)
{
	begin_market();
	founded("a", "Nordwerk", "nordwerk", "ingrid@nordwerk.test");
	const char *link = asked("access", "ingrid@nordwerk.test", "");

	desk(waiting(""), "fulfil", "text=Here+it+is");
	want(303);
	as("visitor");
	get("%s", link);
	const char *file = offered();

	clock_shift(29 * DAY_US);
	get("%s", link);
	has("Your data as a file");
	clock_shift(31 * DAY_US);
	get("%s", link);
	has("Here it is");
	lacks("Your data as a file");
	get("%s", file);
	want(404);
	clock_shift(0);
	get("%s", file);
	want(200);
	as("a");
	post("/account/email", "email=new%%40nordwerk.test&now=" PASSWORD);
	want(303);
	press(link_to_open("new@nordwerk.test"));
	want(303);
	as("visitor");
	get("%s", file);
	want(404);
	journey_end();
}

TEST(an_answer_without_signing_in_gives_the_same_file)
{
	begin_market();
	founded("a", "Nordwerk", "nordwerk", "ingrid@nordwerk.test");
	const char *link = asked("access", "ingrid@nordwerk.test", "");

	desk(waiting(""), "fulfil", "text=Here+it+is");
	want(303);
	as("visitor");
	get("%s", link);
	has("Your data as a file");
	const char *file = offered();

	get("%s", file);
	want(200);
	has("Ingrid Lund");
	has("\"purposes\"");
	get("%s", str_dup(journey.arena, str_sub(str_of(file), 0, strcspn(file, "?"))).p);
	want(403); /* not without its signature */
	const char *other =
		asked("access", ANNA, ""); /* an address of no account: nothing to give */

	desk(waiting(""), "fulfil", "text=We+hold+nothing");
	want(303);
	as("visitor");
	get("%s", other);
	lacks("Your data as a file");
	journey_end();
}

TEST(a_letter_gets_the_same_clock)
{
	begin_market();
	as("officer");
	get("/desk/rights/letter");
	want(200);
	post("/desk/rights/letter", "kind=access&via=letter&received=2026-01-31&name=Anna&email="
				    "anna%%40home.test&country=AT&text=By+letter");
	want(303);
	follow();
	want(200);
	has("28 Feb 2026"); /* one month from the last of January */
	has("Österreichische Datenschutzbehörde");
	has("overdue");
	CHECK(mailed(ANNA, "We have your request"));
	post("/desk/rights/letter", "kind=access&via=account&received=2026-01-31&name=Anna&email="
				    "anna%%40home.test&text=By+letter");
	want(422);
	post("/desk/rights/letter", "kind=access&via=letter&received=2999-01-31&name=Anna&email="
				    "anna%%40home.test&text=By+letter");
	want(422);
	journey_end();
}

TEST(nobody_else_sees_or_moves_a_request)
{
	begin_market();
	founded("a", "Nordwerk", "nordwerk", "ingrid@nordwerk.test");
	post("/account/privacy/ask", "kind=access&text=MINE");
	want(303);
	const char *mine = str_dup(journey.arena, header("Location")).p;

	get("%s", mine);
	want(200);
	has("MINE");
	founded("b", "Sudwerk", "sudwerk", "bea@sudwerk.test");
	get("%s", mine);
	want(404);
	post(mine, "act=withdraw");
	want(404);
	get("/desk/rights");
	want(403);
	const char *one = waiting("");

	as("b");
	get("%s", one);
	want(403);
	post(str_fmt(journey.arena, "%s/fulfil", one).p, "text=Let+me");
	want(403);
	(void)operator_of();
	as("ops"); /* staff, but not the officer */
	post("/sign-in", "email=" OPERATOR "&password=seven+grey+pallets");
	want(303);
	get("/desk/rights");
	want(403);
	as("a");
	post(mine, "act=fulfil");
	want(404);
	post(mine, "act=withdraw&text=Changed+my+mind");
	want(303);
	get("%s", mine);
	has("taken back");
	desk(one, "fulfil", "text=Too+late");
	want(409);
	as("a");
	post("/account/privacy/restrict", "text=My+name+is+wrong");
	want(303);
	get("/account/privacy/requests");
	post(listed("privacy/requests"), "act=withdraw");
	want(409); /* it took effect at once: it ends by being announced */
	journey_end();
}

TEST(what_nobody_confirms_lapses)
{
	begin_market();
	ask("visitor", "access", ANNA, "");
	want(303);
	const char *link = link_to_open(ANNA);

	clock_shift(29 * DAY_US);
	job_through(&petition_clock);
	get("%s", link);
	has("Is this your address?");
	clock_shift(31 * DAY_US);
	job_through(&petition_clock);
	get("%s", link);
	has("never confirmed");
	post(link, "act=confirm");
	want(409);
	CHECK(!mailed(DPO, "OVERDUE"));
	clock_shift(0);
	journey_end();
}

TEST(a_region_is_kept_with_each_choice)
{
	begin_market();
	const struct policy *p = store_policy(journey.store);

	founded("a", "Nordwerk", "nordwerk", "ingrid@nordwerk.test");
	post("/account/privacy/desk/object", "text=I+am+in+hiding");
	want(303);
	get("/account/privacy/history");
	want(200);
	get("%s/receipt", listed("privacy/history"));
	want(200);
	has("\"jurisdiction\":\"DE\"");
	has(str_dup(journey.arena, p->operator.name).p); /* the controller by name */
	CHECK_TEXT("eea", policy_region_of(p, S("DE"))->name);
	CHECK_TEXT("uk", policy_region_of(p, S("GB"))->name);
	CHECK_TEXT("eea", policy_region_of(p, S("ZZ"))->name); /* not known: the strictest */
	CHECK_TEXT("https://www.bfdi.bund.de", policy_authority_of(p, S("US"))->link);
	journey_end();
}

TEST(the_table_holds_together)
{
	process_check(&petition_process);
}

int main(void)
{
	return test_main();
}
