/* Data given away by order: to an authority, an acquirer, whom somebody agreed to. Two officers,
 * the scope, the log before the file, the notice that waits. */
#include "world.h"

#include "gen/disclosed.sql.h"
#include "market/member/member.h"

extern const struct job handover_job; /* handover.h draws pages: its struct stat is not ftw.h's */

#define BUYER "buyer@kontor.example"
#define OTHER "officer@law.test"
#define ORDERS "/desk/disclosures/orders"

static void begin(void)
{
	demo_begin();
	CHECK_INT(OPERATOR_MADE,
		operator_make(journey.store, journey.arena, S(OTHER), S("Frieda Law"),
			BIT(ROLE_OFFICER), S("seven grey pallets")));
	enter(OTHER, "seven+grey+pallets");
	enter(BUYER, DEMO_PASSWORD);
	enter("operator@kontor.example", DEMO_PASSWORD);
}

struct order {
	const char *whom, *ground, *email, *company, *tables, *notice, *delay, *valid;
	bool whole, bound, undocumented;
};

static int ask(struct order o)
{
	struct part p[20];
	size_t n = 0;
	str valid = o.valid ? str_of(o.valid) : day_from_now(20);

#define PART(key, text) p[n++] = (struct part){.name = (key), .bytes = str_of(text)}
	PART("whom", o.whom);
	PART("addressee", "Amtsgericht Rostock");
	PART("country", "DE");
	PART("ground", o.ground);
	PART("number", "12 Gs 34/26");
	PART("why", "An investigation of fraud with forged invoices");
	PART("tables", o.tables ? o.tables : "person orders");
	p[n++] = (struct part){.name = "valid", .bytes = valid};
	if (!o.undocumented)
		p[n++] = (struct part){
			"document", "order.pdf", "application/pdf", S("%PDF-1.4 MARKER-document")};
	if (o.email)
		PART("email", o.email);
	if (o.company)
		PART("company", o.company);
	if (o.whole)
		PART("whole", "true");
	if (o.bound)
		PART("bound", "true");
	if (o.notice)
		PART("notice", o.notice);
	if (o.delay)
		PART("delay", o.delay);
#undef PART
	return post_files(ORDERS, p, n);
}

static const char *act(str at, const char *event)
{
	return str_fmt(journey.arena, STR_FMT "/%s", STR_ARG(at), event).p;
}

static int press(str at, const char *event)
{
	return post(act(at, event), "%s", "");
}

/* Asked for by one, looked at and allowed by the other. */
static void allow(str at)
{
	as(OTHER);
	press(at, "look");
	want(303);
	press(at, "approve");
	want(303);
}

/* Made, allowed, handed over, and those told who may be. */
static void hand(str at)
{
	job_through(&handover_job);
	allow(at);
	press(at, "hand");
	want(303);
	job_through(&handover_job);
}

TEST(what_is_no_order_is_refused)
{
	begin();
	get(ORDERS);
	want(200);
	has("No order is on record");
	ask((struct order){"authorities", "law", BUYER, .undocumented = true});
	want(422); /* no written order */
	ask((struct order){"authorities", "law", BUYER, .tables = "person credential"});
	want(422); /* secrets never */
	ask((struct order){"authorities", "law", BUYER, .whole = true});
	want(422); /* one of them */
	ask((struct order){"authorities", "law", .whole = true});
	want(422); /* everybody's goes to an acquirer alone */
	ask((struct order){"authorities", "consent", BUYER});
	want(422);
	ask((struct order){"authorities", "law", BUYER, .valid = "2020-01-01"});
	want(422); /* no longer good */
	journey_end();
}

/* What happens before anything may leave: one alone, unseen, not yet. */
static str asked_and_allowed(void)
{
	ask((struct order){
		"authorities", "law", BUYER, .tables = "person.name person.email orders"});
	want(303);
	str at = location();

	get("%s", at.p);
	has("It is being worked on");
	job_through(&handover_job);
	get("%s", at.p);
	want(200);
	has("to be allowed");
	lacks("\"person\""); /* nothing of it before somebody looks */
	press(at, "approve");
	want(403); /* one officer alone */
	press(at, "hand");
	want(409);
	get("%s/file", at.p);
	want(409);
	as(OTHER);
	press(at, "approve");
	want(409); /* unseen */
	has("Look at what goes");
	press(at, "look");
	want(303);
	get("%s", at.p);
	has("&quot;person&quot;");
	has(BUYER);
	has("orders");
	lacks("&quot;phone");
	lacks("&quot;order_line&quot;");
	press(at, "approve");
	want(303);
	CHECK_INT(0, rows("select count(*) from r_disclosure where purpose = 'handing'"));
	return at;
}

/* Looking at what goes, fetching it and opening the order: each by whom and when, in the audit. */
static void looks_are_on_record(str at)
{
	str id = str_sub(at, strlen(ORDERS) + 1, at.n);
	str link = str_fmt(journey.arena, "<a href=\"" ORDERS "/" STR_FMT "\">", STR_ARG(id));

	get("/desk/audit");
	want(200);
	has("Frieda Law");
	has(link.p);
	has("Looked at");
	has("The file was fetched");
	has("The order itself was opened");
	int64_t staff = rows("select staff_id from r_handover_event where event = 14");
	const char *mine = str_fmt(
		journey.arena, "/desk/audit/" STR_FMT, STR_ARG(id_text(journey.arena, staff)))
				   .p;

	get("%s", mine);
	want(200);
	has(link.p);
	get("%s?from=2020-01-01", mine);
	lacks(link.p);
	/* the other officer asked, and has looked at nothing */
	staff = rows("select staff_id from r_handover_event where event = 1");
	get("/desk/audit/" STR_FMT, STR_ARG(id_text(journey.arena, staff)));
	lacks(link.p);
}

TEST(an_authority_gets_what_the_order_names_and_nothing_else)
{
	begin();
	str at = asked_and_allowed();

	press(at, "hand");
	want(303);
	CHECK(rows("select count(*) from r_disclosure where purpose = 'handing' and basis = "
		   "'A6-1-c' "
		   "and person_id is not null and country = 'DE' and commitment is not null") >= 1);
	get("%s/file", at.p);
	want(409); /* who fetches it says so first */
	press(at, "fetch");
	want(303);
	get("%s", at.p);
	has("/file?after=");
	get("%s/file", at.p);
	want(200);
	has("\"table\":\"person\"");
	has("\"email.email\":\"" BUYER "\"");
	has("\"table\":\"orders\"");
	lacks("\"phone");
	lacks("order_line");
	lacks("credential");
	get("%s/document", at.p);
	want(409); /* and who opens the order itself, too */
	press(at, "read");
	want(303);
	get("%s", at.p);
	has("Fetch the document");
	has("The order itself was opened");
	get("%s/document", at.p);
	want(200);
	has("MARKER-document");
	looks_are_on_record(at);
	job_through(&handover_job); /* tells them */
	CHECK_INT(1, rows("select count(*) from r_outbox where kind = 'data_given'"));
	as(BUYER);
	get("/account/disclosures");
	want(200);
	has("Courts, police, tax and supervisory authorities");
	has("Amtsgericht Rostock");
	get("/account/disclosures/asked");
	has("12 Gs 34/26");
	/* the copy goes, what was given stays on record */
	clock_shift(31 * DAY_US);
	job_through(&handover_job);
	CHECK_INT(0, rows("select count(*) from r_handover_part where content is not null"));
	clock_shift(0);
	journey_end();
}

static void say(void *ctx, const char *line)
{
	(void)ctx;
	printf("# %s\n", line);
}

TEST(whom_the_order_forbids_to_tell_is_told_on_its_day)
{
	begin();
	str later = day_from_now(60);

	ask((struct order){"authorities", "law", BUYER, .notice = later.p});
	want(422); /* without a reason */
	ask((struct order){"authorities", "law", BUYER, .notice = day_from_now(600).p,
		.delay = "a reason indeed"});
	want(422); /* too far */
	ask((struct order){"authorities", "law", BUYER, .notice = later.p,
		.delay = "Ordered by the court: section 101 of the code of criminal procedure"});
	want(303);
	str at = location();

	hand(at);
	CHECK_INT(0, rows("select count(*) from r_outbox where kind = 'data_given'"));
	CHECK_INT(0, rows("select count(*) from r_handover where person_id is not null"));
	CHECK_INT(0, rows("select count(*) from r_handover_part where person_id is not null"));
	as(BUYER);
	get("/account/disclosures");
	lacks("Amtsgericht Rostock");
	get("/account/disclosures/asked");
	lacks("12 Gs 34/26");
	clock_shift(61 * DAY_US);
	job_through(&handover_job);
	CHECK_INT(1, rows("select count(*) from r_outbox where kind = 'data_given'"));
	enter(BUYER, DEMO_PASSWORD);
	get("/account/disclosures");
	has("Amtsgericht Rostock");
	get("/account/disclosures/asked");
	has("12 Gs 34/26");
	clock_shift(0);
	struct arena *a = arena_make((size_t)64 << 20);

	while (store_chain_link(journey.store, a))
		;
	CHECK(store_chain_check(journey.store, a, say, NULL)); /* naming them breaks no chain */
	arena_free(a);
	journey_end();
}

TEST(whoever_takes_over_is_bound_first)
{
	begin();
	enter("both@kontor.example", DEMO_PASSWORD);
	post("/account/privacy/restrict", "text=I+contest+that+my+data+is+right");
	want(303);
	as("operator@kontor.example");
	ask((struct order){"acquirer", "undertaking", .whole = true});
	want(422);
	has("Without a written undertaking");
	ask((struct order){"acquirer", "claims", .whole = true, .bound = true});
	want(422); /* another ground does not do */
	ask((struct order){"acquirer", "undertaking", .whole = true, .bound = true,
		.tables = "person.name person.email company orders"});
	want(303);
	str at = location();

	hand(at);
	job_through(&handover_job);
	int64_t people = rows("select count(*) from r_person where state = 2");

	CHECK(people > 50);
	CHECK_INT(people - 1, /* who is restricted is not handed on with the business */
		rows("select count(distinct person_id) from r_disclosure where purpose = 'handing' "
		     "and recipient = 'acquirer' and basis = 'A6-1-f'"));
	press(at, "fetch");
	get("%s/file", at.p);
	want(200);
	has("\"table\":\"company\"");
	has(BUYER);
	lacks("both@kontor.example");
	as(BUYER);
	get("/account/disclosures");
	has("Whoever takes over the marketplace");
	journey_end();
}

TEST(anybody_else_only_with_consent)
{
	begin();
	ask((struct order){"by_consent", "law", BUYER});
	want(422);
	ask((struct order){"by_consent", "consent", .company = "nordwerk"});
	want(422); /* somebody agrees for themselves */
	ask((struct order){"by_consent", "consent", BUYER, .tables = "person.name"});
	want(303);
	str at = location(), own;

	job_through(&handover_job);
	allow(at);
	press(at, "hand");
	want(409);
	has("has not agreed");
	own = str_fmt(journey.arena, "/account/disclosures/asked" STR_FMT,
		STR_ARG(str_sub(at, strlen(ORDERS), at.n)));
	post(act(own, "agree"), "%s", "");
	want(404); /* not the officer's to say */
	as(BUYER);
	get("/account/disclosures/asked");
	want(200);
	has("Amtsgericht Rostock");
	has("I agree");
	post(act(own, "agree"), "%s", "");
	want(303);
	get("/account/disclosures/asked");
	has("You agreed");
	as(OTHER);
	press(at, "hand");
	want(303);
	CHECK_INT(
		1, rows("select count(*) from r_disclosure d join r_consent_event e on e.id = "
			"d.consent_id where d.recipient = 'by_consent' and d.basis = 'A6-1-a' and "
			"e.person_id = d.person_id"));
	/* and who takes it back in time is obeyed */
	ask((struct order){"by_consent", "consent", BUYER, .tables = "person.name"});
	want(303);
	at = location();
	job_through(&handover_job);
	own = str_fmt(journey.arena, "/account/disclosures/asked" STR_FMT,
		STR_ARG(str_sub(at, strlen(ORDERS), at.n)));
	as(BUYER);
	post(act(own, "agree"), "%s", "");
	want(303);
	post(act(own, "refuse"), "%s", "");
	want(303);
	as("operator@kontor.example");
	press(at, "look");
	want(409);
	job_through(&handover_job);
	CHECK_INT(1, rows("select count(*) from r_handover_part"));
	journey_end();
}

TEST(what_nobody_goes_on_with_expires)
{
	begin();
	ask((struct order){"authorities", "law", BUYER});
	want(303);
	str at = location();

	job_through(&handover_job);
	CHECK(rows("select count(*) from r_handover_part") > 0);
	clock_shift(15 * DAY_US);
	job_through(&handover_job);
	enter("operator@kontor.example", DEMO_PASSWORD);
	get("%s", at.p);
	has("expired");
	CHECK_INT(0, rows("select count(*) from r_handover_part"));
	clock_shift(0);
	enter("operator@kontor.example", DEMO_PASSWORD);
	ask((struct order){"authorities", "law", BUYER, .valid = day_from_now(1).p});
	want(303);
	at = location();
	job_through(&handover_job);
	allow(at);
	clock_shift(3 * DAY_US); /* the order's own day */
	enter(OTHER, "seven+grey+pallets");
	press(at, "hand");
	want(409);
	has("no longer good");
	clock_shift(0);
	journey_end();
}

TEST(nobody_else_sees_orders)
{
	begin();
	ask((struct order){"authorities", "law", BUYER});
	want(303);
	str at = location();

	as(BUYER);
	get(ORDERS);
	want(403);
	get("%s", at.p);
	want(403);
	press(at, "approve");
	want(403);
	as("visitor");
	get(ORDERS);
	want(303); /* to sign in */
	/* the operator without the officer's role */
	CHECK_INT(
		OPERATOR_MADE, operator_make(journey.store, journey.arena, S("ops@kontor.test"),
				       S("Otto Ops"), BIT(ROLE_OPERATOR), S("seven grey pallets")));
	enter("ops@kontor.test", "seven+grey+pallets");
	get(ORDERS);
	want(403);
	journey_end();
}

int main(void)
{
	return test_main();
}
