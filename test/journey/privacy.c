/* The published policy: pages, versions, what a change asks of whom, what an installation took
 * away. Through the router, against a store with the demonstration in it. */
#include "versions.h"

#include "gen/choice.sql.h"
#include "gen/privacy.html.h"

/* ---- what the tests look up -------------------------------------------------------------- */
static bool agrees(struct person_id person, int purpose)
{
	struct person_id after = {0};
	struct privacy_agreed_rows v;
	bool found = false;
	struct db db;

	read_as(&db, (struct viewer){.roles = BIT(ROLE_SETUP)}, SETUP);
	do {
		v = privacy_agreed(&db, INT64_C(1) << purpose, after);
		for (size_t i = 0; i < v.n; i++)
			found |= v.v[i].id.v == person.v;
		if (v.n)
			after = v.v[v.n - 1].id;
	} while (v.n);
	store_read_end(&db);
	return found;
}

struct act {
	struct person_id person;
	int64_t number;
	int purpose;
};

static bool agree_apply(struct db *db, void *ctx)
{
	const struct act *x = ctx;

	return privacy_suspend(db, x->person, INT64_C(1) << x->purpose) == 1;
}

static bool seen_apply(struct db *db, void *ctx)
{
	const struct act *x = ctx;

	return policy_version_seen(db, x->person, x->number) &&
	       choice_wait_end(db, x->person, x->purpose) == 1;
}

static void write_as(
	struct viewer v, uint64_t purposes, bool (*apply)(struct db *, void *), void *x)
{
	struct write_unit u = {.viewer = v,
		.purposes = purposes,
		.arena = journey.arena,
		.apply = apply,
		.ctx = x};

	CHECK(store_write_wait(journey.store, &u) == WRITE_DONE);
}

static struct version_news news_of(struct person_id person)
{
	struct version_news n;
	struct db db;

	read_as(&db, (struct viewer){.person = person.v, .roles = BIT(ROLE_PERSON)},
		BIT(PURPOSE_ACCOUNT) | BIT(PURPOSE_PUBLIC));
	n = policy_version_news(&db, person);
	store_read_end(&db);
	return n;
}

static str page_of_version(int64_t n)
{
	struct privacy_by_number_row v;
	struct db db;
	str page = S("");

	read_as(&db, (struct viewer){.roles = BIT(ROLE_VISITOR)}, BIT(PURPOSE_PUBLIC));
	if (privacy_by_number(&db, n, &v))
		page = str_dup(journey.arena, v.page_en);
	store_read_end(&db);
	return page;
}

/* ---- the page ---------------------------------------------------------------------------- */
TEST(the_policy_is_printed_from_what_the_program_obeys)
{
	const struct policy *p;

	demo_begin();
	CHECK_INT(1, privacy_start(journey.store));
	CHECK_INT(1, privacy_start(journey.store)); /* nothing changed: no new version */
	p = store_policy(journey.store);
	get("/privacy");
	want(200);
	has("Version 1");
	has(hex_of(journey.arena, p->hash.b, 8).p);
	for (size_t i = 0; i < privacy_sections_n; i++) {
		has(str_fmt(journey.arena, "<h2 id=\"%s\">", privacy_sections[i].id).p);
		has(str_fmt(journey.arena, "<a href=\"#%s\">", privacy_sections[i].id).p);
	}
	for (size_t i = 0; i < p->recipients_n; i++)
		has(str_fmt(journey.arena, "id=\"recipient-" STR_FMT "\"",
			STR_ARG(p->recipients[i].name))
				.p);
	for (size_t i = 0; i < p->purposes_n; i++)
		if (policy_purpose_used(p, &p->purposes[i]) &&
			!str_eq(p->purposes[i].basis, S("none")))
			has(str_fmt(journey.arena, "id=\"purpose-" STR_FMT "\"",
				STR_ARG(p->purposes[i].name))
					.p);
	for (size_t i = 0; i < p->cookies_n; i++)
		if (!p->cookies[i].planned)
			has(str_fmt(journey.arena, "<code>" STR_FMT "</code>",
				STR_ARG(p->cookies[i].name))
					.p);
	for (size_t i = 0; i < p->purposes_n; i++)
		if (policy_purpose_used(p, &p->purposes[i]) && p->purposes[i].compatible_test.n)
			has(str_dup(journey.arena, str_sub(p->purposes[i].compatible_test, 0, 50))
					.p);
	has("What may only come on fixed terms");
	has("Security codes of payment cards");
	has("<svg");
	has("Companies of our group");
	has("Review services");
	has(p->operator.dpo_email.p);
	journey.language = "de";
	get("/privacy");
	want(200);
	has("<h2 id=\"rights\">");
	journey.language = "en";
	get("/privacy/transfer/clauses_analytics_us");
	want(200);
	has("Tidewater");
	has("TIA-2026-01");
	get("/privacy/transfer/contract_needs_it");
	want(404);
	get("/privacy/transfer/none");
	want(404);
	get("/privacy/record");
	CHECK(journey.status == 303 || journey.status == 403);
	sign_in("operator@kontor.example");
	get("/privacy/record");
	want(200);
	has("Art. 30(1)");
	has("Zahlwerk Institut AG, Frankfurt am Main");
	has("(Answers for it: itself)");
	has(p->operator.dpo_email.p);
	journey_end();
}

TEST(former_versions_stay_and_are_made_again_byte_for_byte)
{
	struct out o;
	str first;

	demo_begin();
	CHECK_INT(1, privacy_start(journey.store));
	first = page_of_version(1);
	out_init(&o, journey.arena, 1 << 16, PAGE_BYTES_MAX, locale_of(S("en")));
	privacy_body(&o, policy_with(NULL));
	CHECK(str_eq(first, out_view(&o)));
	CHECK_INT(2, start_with("keep: {orders: P8Y}\n"));
	CHECK_INT(2, start_with("keep: {orders: P8Y}\n"));
	CHECK(str_eq(first, page_of_version(1)));
	CHECK(!str_eq(first, page_of_version(2)));
	get("/privacy/v/1");
	want(200);
	has("no longer in force");
	get("/privacy/v/2");
	want(200);
	lacks("no longer in force");
	get("/privacy/v/2/changes");
	want(200);
	has("Less use of data");
	get("/privacy/versions");
	want(200);
	has("/privacy/v/1");
	has("/privacy/v/2/changes");
	get("/privacy/v/3");
	want(404);
	get("/privacy/v/x");
	want(404);
	journey_end();
}

/* ---- the operator --------------------------------------------------------------------------- */
static str answer_of(const char *path)
{
	get("%s", path);
	want(200);
	return str_dup(journey.arena, journey.body);
}

/* What is said on the desk is part of the text: it begins a version, former ones keep theirs. */
TEST(the_operator_as_said_on_the_desk_is_part_of_a_version)
{
	str first, page;

	demo_begin();
	CHECK_INT(1, privacy_start(journey.store));
	first = page_of_version(1);
	page = answer_of("/privacy/v/1/pdf");
	sign_in("operator@kontor.example");
	post("/desk/settings",
		"name=Neuer+Hafen+eG&legal_form=cooperative&address=Kai+7%%0A20457+Hamburg&"
		"email=hafen@kontor.example&dpo_name=Ada+Beispiel&dpo_email=ada@kontor.example&"
		"eu_representative=Port+Trust+SA,+Paris");
	want(303);
	get("/privacy");
	want(200);
	has("Version 2");
	has("How Neuer Hafen eG handles data");
	has("Port Trust SA, Paris");
	has("ada@kontor.example");
	/* who answers for the data is the same in each answer, receipt and protocol */
	get("/account/data");
	has("ada@kontor.example");
	lacks("privacy@kontor.example");
	get("/account/data/file?as=json");
	has("hafen@kontor.example");
	lacks("Musterhafen");
	press_switch("marketing");
	get("/account/privacy/history");
	get("/account/privacy/history/" STR_FMT "/receipt",
		STR_ARG(between("/account/privacy/history/", "\"")));
	want(200);
	has("Neuer Hafen eG");
	get("/.well-known/data-rights.json");
	has("Neuer Hafen eG");
	get("/privacy/v/2/changes");
	want(200);
	has("Another operator");
	CHECK(str_eq(first, page_of_version(1)));
	CHECK(str_eq(page, answer_of("/privacy/v/1/pdf")));
	CHECK_INT(2, privacy_start(journey.store)); /* the same at the next start */
	post("/desk/settings",
		"name=Neuer+Hafen+eG&legal_form=cooperative&address=Kai+7%%0A20457+Hamburg&"
		"email=hafen@kontor.example&dpo_name=Ada+Beispiel&dpo_email=ada@kontor.example&"
		"eu_representative=Port+Trust+SA,+Paris");
	want(303); /* nothing new was said */
	get("/privacy");
	has("Version 2");
	get("/privacy/record");
	want(200);
	has("Port Trust SA, Paris");
	get("/privacy/v/1");
	lacks("Port Trust SA, Paris");
	journey_end();
}

TEST(every_version_is_there_as_a_pdf)
{
	str pdf;

	demo_begin();
	CHECK_INT(1, start_with(NULL));
	pdf = answer_of("/privacy.pdf");
	CHECK(str_starts(pdf, S("%PDF-")) && pdf.n > 50000);
	CHECK(str_eq(pdf, answer_of("/privacy/v/1/pdf")));
	CHECK(str_find(header("Content-Disposition"), S("privacy-1-en.pdf")) != (size_t)-1);
	journey.language = "de";
	CHECK(!str_eq(pdf, answer_of("/privacy.pdf")));
	journey.language = "en";
	CHECK_INT(2, start_with("keep: {orders: P8Y}\n"));
	CHECK(!str_eq(pdf, answer_of("/privacy.pdf")));
	CHECK(str_eq(pdf, answer_of("/privacy/v/1/pdf")));
	get("/privacy/v/3/pdf");
	want(404);
	get("/privacy");
	has("href=\"/privacy.pdf\"");
	get("/privacy/v/1");
	has("href=\"/privacy/v/1/pdf\"");
	journey_end();
}

/* ---- what every route owes ------------------------------------------------------------------- */
static int nothing_get(struct req *r)
{
	(void)r;
	return 200;
}

struct asked {
	str password;
};
FORM(asked_form, struct asked,
	{.name = "password",
		.kind = FIELD_PASSWORD,
		.data = "credential.secret",
		AT(struct asked, password),
		.label = MSG_member_password});

/* P2: a part of the program without a policy of its own, or ours, does not start. */
TEST(every_route_belongs_to_one_policy)
{
	struct policy_errors e = {0};
	const struct policy *p = policy_read(test_arena, embedded_policy, embedded_policy_n, &e);
	static const struct route shop[] = {
		{GET, "/shop", ANYONE, BIT(PURPOSE_PUBLIC), PROOF_NONE, .get = nothing_get}, {0}};
	static const struct route api[] = {
		{GET, "/api/v1/x", ANYONE, BIT(PURPOSE_PUBLIC), PROOF_NONE, .get = nothing_get},
		{0}};
	const struct route *const tables[] = {shop, NULL}, *const apis[] = {api, NULL};

	REQUIRE(p);
	market_check(p, market_routes);
	market_check(p, tables);
	struct policy other = *p;
	struct policy_scope scope = p->scopes[0];
	str path = S("/privacy"), client = S("web");

	other.scopes = &scope;
	other.scopes_n = 1;
	scope.paths = &path;
	CHECK_FAULT(FAULT_POLICY, market_check(&other, tables));
	scope = p->scopes[0];
	scope.clients = &client;
	scope.clients_n = 1;
	market_check(&other, tables);
	CHECK_FAULT(FAULT_POLICY, market_check(&other, apis));
	CHECK_TEXT("/privacy", policy_scope_of(p, S("/anything"), S("web"))->link);
}

/* G5: none of ours ever asks somebody for a password. */
TEST(no_page_for_staff_asks_for_a_password)
{
	struct policy_errors e = {0};
	const struct policy *p = policy_read(test_arena, embedded_policy, embedded_policy_n, &e);
	static const struct route desk[] = {
		{POST, "/desk/people/password", BIT(ROLE_OPERATOR), BIT(PURPOSE_DESK), PROOF_TOKEN,
			.form = &asked_form, .apply = nothing_get},
		{0}};
	const struct route *const tables[] = {desk, NULL};
	char text[1 << 16];
	FILE *f = popen("grep -l 'type=\"password\"' src/market/desk/*.html "
			"src/market/rights/hold.html "
			"src/market/rights/breach.html src/market/rights/audit.html",
		"r");

	REQUIRE(p && f);
	text[fread(text, 1, sizeof text - 1, f)] = 0;
	pclose(f);
	CHECK_TEXT("", str_of(text));
	market_check(p, market_routes);
	CHECK_FAULT(FAULT_POLICY, market_check(p, tables));
}

/* ---- languages --------------------------------------------------------------------------- */
TEST(the_german_words_are_of_todays_english)
{
	const struct locale *de = locale_of(S("de"));
	struct arena *a = arena_make(1 << 20);

	if (!privacy_current(de))
		TEST_FAIL("look at lang/de.privacy.txt, then set privacy.translates to %s",
			privacy_mark(a).p);
	CHECK(privacy_current(locale_of(S("en"))));
	arena_free(a);
}

TEST(a_translation_of_other_english_is_not_shown)
{
	struct policy_errors e = {0};
	const struct policy *p = policy_read(test_arena, embedded_policy, embedded_policy_n, &e);
	enum policy_text_how how;

	REQUIRE(p);
	policy_text(p, S("de"), S("purpose.trade.why"), policy_purpose(p, S("trade"))->why, &how);
	CHECK(how == TEXT_TRANSLATED);
	CHECK_TEXT("Quite another text",
		policy_text(p, S("de"), S("purpose.trade.why"), S("Quite another text"), &how));
	CHECK(how == TEXT_STALE);
	policy_text(p, S("fr"), S("purpose.trade.why"), S("x"), &how);
	CHECK(how == TEXT_ENGLISH);
	CHECK(!privacy_untranslated(p, locale_of(S("en"))));
}

/* ---- narrowing --------------------------------------------------------------------------- */
TEST(a_purpose_that_is_off_takes_its_pages_along_and_says_so)
{
	demo_begin();
	CHECK_INT(1, privacy_start(journey.store));
	CHECK_INT(2, start_with("off: [selling]\n"));
	sign_in("supplier@kontor.example");
	get("/offers");
	want(503);
	has("switched off");
	has("Let a supplier keep its own offers");
	get("/account");
	want(200);
	get("/privacy");
	want(200);
	has("Switched off on this marketplace");
	get("/privacy/v/2/changes");
	has("purpose.selling.off");
	has("Less use of data");
	CHECK_INT(3, start_with(NULL));
	sign_in("supplier@kontor.example");
	get("/offers");
	want(200);
	get("/privacy/v/3/changes");
	has("A new purpose");
	journey_end();
}

/* Nobody is asked to agree to what is not done; who agreed before may take it back. */
TEST(a_use_that_is_off_is_asked_of_nobody)
{
	demo_begin();
	CHECK_INT(1, privacy_start(journey.store));
	sign_in("buyer@kontor.example");
	str seen = str_dup(journey.arena, switch_of("/account/privacy", "marketing").seen);

	CHECK_INT(2, start_with("off: [marketing]\n"));
	sign_in("buyer@kontor.example");
	get("/account/privacy");
	want(200);
	has("does not use data for this at present");
	lacks("action=\"/account/privacy/marketing\"");
	post("/account/privacy/marketing", "seen=" STR_FMT "&on=1", STR_ARG(seen));
	want(409);
	journey_end();
}

/* ---- change ------------------------------------------------------------------------------ */
TEST(a_use_that_means_more_waits_for_those_who_agreed)
{
	struct person_id buyer, other;
	struct version_news n;
	struct act x = {.purpose = PURPOSE_MARKETING};
	struct viewer setup = {.roles = BIT(ROLE_SETUP)};

	demo_begin();
	buyer = person_of("buyer@kontor.example");
	other = person_of("supplier@kontor.example");
	CHECK_INT(1, start_with("off: [marketing]\n"));
	CHECK_INT(0, news_of(buyer).n);
	x.person = buyer;
	write_as(setup, SETUP, agree_apply, &x);
	CHECK(agrees(buyer, PURPOSE_MARKETING) && !agrees(other, PURPOSE_MARKETING));
	CHECK_INT(2, start_with(NULL));
	CHECK(!agrees(buyer, PURPOSE_MARKETING)); /* stopped until the person answers */
	n = news_of(buyer);
	CHECK(n.n >= 1 && n.class == CLASS_CONSENT && n.version == 2);
	CHECK(n.waits >> PURPOSE_MARKETING & 1);
	x.number = 2;
	write_as((struct viewer){.person = buyer.v, .roles = BIT(ROLE_PERSON)},
		BIT(PURPOSE_ACCOUNT) | BIT(PURPOSE_CHOICES) | BIT(PURPOSE_PUBLIC), seen_apply, &x);
	n = news_of(buyer);
	CHECK_INT(0, n.n);
	CHECK(!n.waits);
	CHECK(news_of(other).n >= 1); /* who has not answered is still asked */
	journey_end();
}

/* Clause P4: words that the terms of use define mean the same here; which version of them somebody
 * accepted is stored with the account. */
TEST(the_terms_are_linked_and_the_accepted_version_stands_with_the_account)
{
	demo_begin();
	get("/privacy");
	want(200);
	has("Words that our terms of use define");
	CHECK(str_find(journey.body, S("<a href=\"/terms\">Read the terms of use</a>")) !=
		(size_t)-1);
	get("/sign-up");
	has("href=\"/terms\"");
	post("/sign-up",
		"company=Schmal&country=DE&sells=true&buys=true&street=A+1&city=B&name=Ina+Lean&"
		"email=ina%%40schmal.test&password=nine+blue+forklifts&business=true");
	want(422); /* not without them */
	post("/sign-up",
		"company=Schmal&country=DE&sells=true&buys=true&street=A+1&city=B&name=Ina+Lean&"
		"email=ina%%40schmal.test&password=nine+blue+forklifts&business=true&terms=true");
	want(303);
	get("/terms");
	want(200);
	str version = str_dup(journey.arena, between("<p>Version ", ". Earlier"));

	REQUIRE(version.n);
	CHECK_INT(1, rows(str_fmt(journey.arena,
			     "select count(*) from r_terms_acceptance t join r_company c on c.id = "
			     "t.company_id where c.slug = 'schmal' and t.version = '" STR_FMT
			     "' and t.person_id = c.created_by and t.accepted_at > 0",
			     STR_ARG(version))
				     .p));
	get("/terms/" STR_FMT, STR_ARG(version)); /* that very version can be read */
	want(200);
	has(version.p);
	journey_end();
}

/* A purpose that is switched off takes its own pages along and nothing else: products are shown
 * without telling suppliers who looked, orders without their places, and mails go on. */
TEST(what_is_switched_off_takes_nothing_else_along)
{
	demo_begin();
	(void)start_with("off: [seller_leads, marketing, delivery, payment]\n");
	get("/");
	str product = str_fmt(
		journey.arena, "/product/" STR_FMT, STR_ARG(between("href=\"/product/", "\"")));

	int64_t leads = rows("select count(*) from r_lead");

	sign_in("buyer@kontor.example");
	get(STR_FMT, STR_ARG(product));
	want(200);
	get("/orders");
	str order =
		str_fmt(journey.arena, "/order/" STR_FMT, STR_ARG(between("href=\"/order/", "\"")));

	get(STR_FMT, STR_ARG(order));
	want(200);
	lacks("once the order is confirmed");
	get(STR_FMT "/pdf", STR_ARG(order));
	want(200);
	CHECK_INT(leads, rows("select count(*) from r_lead"));
	for (const struct job *const *j = market_jobs; *j; j++)
		if (!strcmp((*j)->name, "outbox"))
			CHECK(!((*j)->purposes & ~(*j)->spares & store_policy(journey.store)->off));
	sign_in("supplier@kontor.example");
	get("/selling/leads"); /* its own page says so */
	want(503);
	journey_end();
}

int main(void)
{
	return test_main();
}
