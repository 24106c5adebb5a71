/* What comes from other sites: nothing before it was switched on, agreed to or clicked; what was
 * given is named in the Content-Security-Policy, and nothing else. */
#include "sink.h"
#include "versions.h"

#include "egress/egress.h"
#include "gen/disclosed.sql.h"

extern const struct job relay_job, visits_job; /* their headers draw pages */
void relay_policy(const struct policy *p);

static const char switched_on[] =
	"recipients:\n"
	"  adflow: {on: yes, title: \"Our search engine\", link: \"https://ads.test/privacy\"}\n"
	"  northlight: {on: yes}\n"
	"  projector: {on: yes}\n"
	"  chirrup: {on: yes}\n"
	"tags:\n"
	"  adflow_tag: {on: yes, src: \"https://t.ads.test/tag.js\", hosts: [t.ads.test]}\n"
	"  northlight_pixel: {on: yes}\n"
	"  projector_video: {on: yes}\n"
	"  chirrup_button: {on: yes}\n"
	"cookies: {afl_id: {on: yes}}\n";

static char product[64], own[64];

/* The first "/product/ID" of the page at hand. */
static void product_find(char to[64])
{
	size_t at = str_find(journey.body, S("/product/"));

	MUST(at != (size_t)-1);
	snprintf(to, 64, "%.22s", journey.body.p + at);
}

static void open_with(const char *narrow)
{
	demo_begin();
	(void)start_with(narrow);
	get("/");
	want(200);
	product_find(product);
}

static bool csp_has(const char *text)
{
	return str_find(header("Content-Security-Policy"), str_of(text)) != (size_t)-1;
}

/* Does a page load anything by itself that is not ours? Links may lead anywhere. */
static bool foreign(void)
{
	static const char *const loads[] = {"src=\"http", "src=\"//", "<iframe", "srcset=\"http",
		"rel=\"preconnect\"", "rel=\"dns-prefetch\""};

	for (size_t i = 0; i < COUNT(loads); i++)
		if (str_find(journey.body, str_of(loads[i])) != (size_t)-1)
			return true;
	return csp_has("https://");
}

/* ---- scripts and pixels ---- */

TEST(vendors_are_listed_with_links_and_switched_off)
{
	static const char *const vendors[] = {"Circle Square Social", "Chirrup Messages", "Adflow",
		"Boomerang", "Lantern", "Northlight", "Fjordpost", "Kompass"};

	open_with(NULL);
	get("/cookies");
	want(200);
	for (size_t i = 0; i < COUNT(vendors); i++)
		has(vendors[i]);
	has("https://boomerang.example/privacy");
	has("https://boomerang.example/opt-out");
	has("optout.aboutads.info");
	has("www.youronlinechoices.eu");
	has("switched off here");
	has("Learns: ");
	has("web beacons");
	has("localStorage");
	has("Identifiers of apps");
	has("(third party)");
	has("href=\"/privacy\"");
	post("/cookies", "all=yes");
	get("%s", product);
	want(200);
	CHECK(!foreign());
	lacks("consent.");
	get("/privacy");
	has("Prepared, but not in use");
	has("href=\"/cookies\"");
	has("may join what it learns with its own data");
	has("No joining with other data");
	journey_end();
}

/* Before anybody agreed: what is denied is said, and nothing foreign stands there. */
static void denied(const char *path)
{
	get("%s", path);
	want(200);
	CHECK(!foreign());
	CHECK_TEXT("", between("data-granted=\"", "\""));
	CHECK(str_find(between("data-denied=\"", "\""), S("ad_storage")) == 0);
}

static void given(void)
{
	size_t signal, tag;

	get("%s", product);
	want(200);
	signal = str_find(journey.body, S("/a/consent."));
	tag = str_find(journey.body, S("https://t.ads.test/tag.js"));
	CHECK(signal != (size_t)-1 && tag != (size_t)-1 && signal < tag);
	CHECK_TEXT("ad_storage ad_user_data ad_personalization", between("data-granted=\"", "\""));
	has("https://px.northlight.example/p.gif");
	CHECK(csp_has("script-src 'self' https://t.ads.test;"));
	CHECK(csp_has("img-src 'self' https://t.ads.test https://px.northlight.example;"));
	CHECK(!csp_has("frame-src") && !csp_has("unsafe"));
}

TEST(tags_stand_on_public_pages_of_those_who_agreed)
{
	open_with(switched_on);
	denied(product);
	with("Sec-GPC", "1");
	denied(product);
	post("/cookies", "all=no");
	denied(product);
	post("/cookies", "personal=on&statistics=on");
	get("%s", product);
	CHECK(!foreign());
	CHECK_TEXT(
		"functionality_storage personalization_storage", between("data-granted=\"", "\""));
	post("/cookies", "marketing=on");
	given();
	get("/sign-in"); /* not a public page: a form for a password */
	CHECK(!foreign());
	sign_in("buyer@kontor.example");
	post("/cookies", "all=yes");
	get("/orders");
	want(200);
	CHECK(!foreign());
	lacks("consent.");
	as("visitor");
	with("Sec-GPC", "1"); /* their own answer goes before what the browser says */
	get("%s", product);
	CHECK(foreign());
	post("/cookies", "all=no");
	denied(product);
	journey_end();
}

TEST(what_is_switched_on_later_is_asked_first)
{
	struct journey_browser kept;

	open_with(NULL);
	post("/cookies", "all=yes");
	kept = *journey.now;
	get("/");
	lacks("Cookies on this marketplace");
	(void)start_with(switched_on);
	*journey.now = kept;
	get("/");
	has("Cookies on this marketplace"); /* one class says something new: asked again */
	CHECK(!foreign());
	post("/cookies", "marketing=on");
	get("/");
	CHECK(foreign());
	journey_end();
}

TEST(a_withdrawn_tag_leaves_no_cookie)
{
	size_t ended = 0;

	open_with(switched_on);
	post("/cookies", "all=yes");
	snprintf(journey.now->cookies[6].name, 64, "afl_id"); /* as its script would */
	snprintf(journey.now->cookies[6].value, 64, "x");
	post("/cookies", "all=no");
	for (size_t i = 0; i < journey.headers_n; i++)
		ended += str_eq(journey.headers[i].name, S("Set-Cookie")) &&
			 str_starts(journey.headers[i].value, S("afl_id=;"));
	CHECK(ended >= 2); /* here and on the domain above */
	journey_end();
}

/* ---- embeds ---- */

static const char video[] = "https%3A%2F%2Fprojector.example%2Fwatch%2Fabc-123";

/* The supplier's own product, and the fields of its form as they stand. */
static void own_product(void)
{
	sign_in("supplier@kontor.example");
	get("/offers");
	size_t at = str_find(journey.body, S("/offers/"));

	for (; at != (size_t)-1; at = str_find(journey.body, S("/offers/"))) {
		journey.body = str_sub(journey.body, at + 8, journey.body.n);
		if (str_starts(str_sub(journey.body, 13, 18), S("/edit")))
			break;
	}
	get("/offers/%.13s/edit", journey.body.p);
	want(200);
	product_find(own);
}

static void video_save(const char *address, int status)
{
	char path[80];

	snprintf(path, sizeof path, "/products/%s/edit", own + 9);
	get("%s", path);
	want(200);
	if (str_find(journey.body, S("name=\"video\"")) == (size_t)-1) {
		TEST_FAIL("no field for a video");
		return;
	}
	str category = between("<option value=\"0", "\"");

	post(path,
		"title=Bolt&manufacturer=Acme&part_number=M8-%s&category=0" STR_FMT
		"&published=on&video=%s",
		own + 9, STR_ARG(category), address);
	want(status);
}

static void placeholder(void)
{
	get("%s", own);
	want(200);
	has("This lies at Projector Video Ltd., Dublin");
	has("Show it once");
	has("leaves this site");
	CHECK(!foreign());
}

static void shown(void)
{
	get("%s", own);
	want(200);
	has("<iframe class=\"embed-in\" src=\"https://play.projector.example/embed/abc-123\"");
	CHECK(csp_has("frame-src https://play.projector.example;"));
	CHECK(csp_has("script-src 'self';"));
}

TEST(a_video_loads_after_a_click_alone)
{
	open_with(switched_on);
	own_product();
	video_save("https%3A%2F%2Fevil.example%2Fwatch%2Fabc", 422);
	has("From that address nothing can be shown here");
	video_save("https%3A%2F%2Fprojector.example%2Fwatch%2Fa%22%3E%3Cscript", 422);
	video_save(video, 303);
	as("visitor");
	placeholder();
	post("/cookies", "all=yes"); /* a class is no leave to show what lies elsewhere */
	get("%s", own);
	CHECK(str_find(journey.body, S("<iframe")) == (size_t)-1 && !csp_has("frame-src"));
	as("another");
	placeholder();
	post("/embed", "address=%s&how=once&next=%s", video, own);
	want(303);
	CHECK(str_ends(header("Location"), S("#embed")));
	shown();
	placeholder(); /* once is once */
	post("/embed", "address=%s&how=always&next=%s", video, own);
	shown();
	shown();
	get("/");
	has("Cookies on this marketplace"); /* the classes are still asked */
	get("/cookies");
	has("Ask me again");
	post("/embed/stop", "tag=projector_video");
	placeholder();
	post("/embed", "address=%s&how=always&next=%s", video, own);
	shown();
	post("/cookies", "all=no");
	placeholder();
	post("/embed", "address=https%%3A%%2F%%2Fevil.example%%2Fx&how=once&next=/");
	want(404);
	CHECK(!header("Set-Cookie").p);
	/* Switched off again: it is not shown, and counted. */
	(void)start_with(NULL);
	get("%s", own);
	want(200);
	CHECK(!foreign());
	lacks("Projector");
	journey.peer = "127.0.0.1";
	get("/metrics");
	has("kontor_tags_dropped_total 1");
	journey_end();
}

static int64_t embed_events(int state)
{
	return rows(str_fmt(journey.arena,
		"select count(*) from r_consent_event where purpose = 'embeds' and state = %d and "
		"person_id = %lld",
		state, (long long)person_of("buyer@kontor.example").v)
			    .p);
}

static void always(void)
{
	post("/embed", "address=%s&how=always&next=%s", video, own);
	want(303);
}

/* Who is signed in: the ledger says it too, with the words of the place; withdrawn in the account,
 * every browser of theirs asks again. */
TEST(always_is_in_the_ledger_and_ends_in_the_account)
{
	open_with(switched_on);
	own_product();
	video_save(video, 303);
	as("shared"); /* chosen by a visitor: not yet by whoever signs in there */
	always();
	shown();
	get("/sign-in");
	post("/sign-in", "email=buyer@kontor.example&password=" DEMO_PASSWORD);
	want(303);
	placeholder();
	CHECK_INT(0, embed_events(CONSENT_STATE_GIVEN));
	post("/embed", "address=%s&how=once&next=%s", video, own);
	shown();
	CHECK_INT(0, embed_events(CONSENT_STATE_GIVEN)); /* once is not kept */
	always();
	shown();
	CHECK_INT(1, embed_events(CONSENT_STATE_GIVEN));
	get("/account/privacy/history");
	str event = between("href=\"/account/privacy/history/", "\"");

	get("/account/privacy/history/" STR_FMT, STR_ARG(event));
	want(200);
	has("This lies at Projector Video Ltd., Dublin");
	has("by a button beside what it shows");
	get("/account/privacy/history/" STR_FMT "/receipt", STR_ARG(event));
	want(200);
	has("\"purpose\":\"embeds\"");
	decide("/account/privacy", "embeds", false);
	CHECK_INT(1, embed_events(CONSENT_STATE_WITHDRAWN));
	placeholder();
	always();
	CHECK_INT(1, embed_events(CONSENT_STATE_RENEWED));
	shown();
	post("/embed/stop", "tag=projector_video");
	CHECK_INT(2, embed_events(CONSENT_STATE_WITHDRAWN));
	placeholder();
	always();
	post("/cookies", "all=no"); /* a no to everything */
	CHECK_INT(3, embed_events(CONSENT_STATE_WITHDRAWN));
	placeholder();
	post("/cookies", "all=no");
	CHECK_INT(3, embed_events(CONSENT_STATE_WITHDRAWN));
	journey_end();
}

TEST(a_company_shows_a_video_too)
{
	open_with(switched_on);
	sign_in("supplier@kontor.example");
	get("/account/company");
	want(200);
	str name = between("name=\"name\" type=\"text\" value=\"", "\"");

	(void)name;
	post("/account/company", "name=Nord+Werk&sells=on&buys=on&currency=EUR&video=%s", video);
	want(303);
	get("/account/company");
	str link = between("href=\"/company/", "\"");
	as("visitor");
	get("/company/" STR_FMT, STR_ARG(link));
	want(200);
	has("This lies at Projector");
	CHECK(!foreign());
	journey_end();
}

TEST(shared_links_carry_the_page_alone)
{
	open_with(switched_on);
	sign_in("buyer@kontor.example");
	get("%s?quantity=7", product);
	want(200);
	str link = between("href=\"https://www.chirrup.example/intent?url=", "\"");

	CHECK_TEXT(
		str_fmt(journey.arena, "http%%3A%%2F%%2Fkontor.test%%2Fproduct%%2F%s", product + 9)
			.p,
		link);
	has("rel=\"nofollow noopener noreferrer external\" referrerpolicy=\"no-referrer\"");
	CHECK(str_starts(header("Referrer-Policy"), S("same-origin")));
	journey_end();
}

/* ---- pictures in mails, the relay ---- */

TEST(a_picture_counts_and_sets_nothing)
{
	open_with(NULL);
	get("/pixel/2026-11-26.gif");
	want(200);
	CHECK_TEXT("image/gif", header("Content-Type"));
	CHECK(!header("Set-Cookie").p);
	CHECK_INT(43, journey.body.n);
	get("/pixel/2026-11-26.png");
	want(404);
	get("/pixel/%%3Cscript%%3E.gif");
	want(404);
	journey_end();
}

static int relay_port;

static bool target_apply(struct db *db, void *ctx)
{
	struct hook_target_secret key = {S("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")};
	struct hook_target_id id = {id_make()};

	(void)ctx;
	return disclosed_target_add(db, id, S("analytics_service"),
		       str_fmt(db->arena, "http://127.0.0.1:%d/collect", relay_port), true, &key,
		       clock_now()) == 1;
}

static void target_set(void)
{
	struct write_unit u = {.viewer = {.roles = BIT(ROLE_OFFICER)},
		.purposes = BIT(PURPOSE_DESK),
		.arena = journey.arena,
		.apply = target_apply};

	CHECK_INT(WRITE_DONE, store_write_wait(journey.store, &u));
}

static size_t relayed(void) /* rows of the disclosure log */
{
	struct db db;
	size_t n = 0;

	store_read_begin(journey.store, &db, journey.arena,
		(struct viewer){.roles = BIT(ROLE_OFFICER)}, BIT(PURPOSE_DESK));
	struct disclosed_log_rows v = disclosed_log(&db, (struct disclosure_id){INT64_MAX});

	for (size_t i = 0; i < v.n; i++)
		n += str_eq(v.v[i].recipient, S("analytics_service"));
	store_read_end(&db);
	return n;
}

static bool arrived(const char *text)
{
	return strstr(sink.got, text) != NULL;
}

TEST(the_relay_is_off_by_itself)
{
	open_with(NULL);
	sink_start();
	relay_port = sink.port;
	target_set();
	post("/cookies", "all=yes");
	get("%s", product);
	(void)relay_job.run(journey.store, &relay_job, journey.arena);
	CHECK_INT(0, sink.n);
	CHECK_INT(0, relayed());
	sink_stop();
	journey_end();
}

static const char relay_on[] =
	"recipients:\n"
	"  analytics_service: {on: yes, hosts: [127.0.0.1], title: \"Our counter\"}\n"
	"tags: {tidewater_relay: {on: yes}}\n";

TEST(the_relay_sends_short_addresses_of_those_who_agreed)
{
	open_with(relay_on);
	sink_start();
	relay_port = sink.port;
	target_set();
	journey.peer = "203.0.113.77";
	as("silent"); /* said nothing: not told */
	get("%s", product);
	with("Sec-GPC", "1");
	get("%s", product);
	(void)relay_job.run(journey.store, &relay_job, journey.arena);
	CHECK_INT(0, sink.n);
	as("four");
	post("/cookies", "statistics=on");
	get("%s", product);
	journey.peer = "2001:db8:1:2:3:4:5:6";
	get("/imprint");
	(void)relay_job.run(journey.store, &relay_job, journey.arena);
	CHECK_INT(1, sink.n);
	CHECK_INT(1, relayed());
	CHECK(arrived("\"network\":\"203.0.113.0/24\"") && arrived("\"2001:db8:1::/48\""));
	CHECK(!arrived("203.0.113.77") && !arrived(":2:3:") && !arrived("kontor_"));
	CHECK(arrived(product) && arrived("Firefox, Linux") && !arrived("Mozilla"));
	(void)relay_job.run(journey.store, &relay_job, journey.arena);
	CHECK_INT(1, sink.n); /* once */
	post("/cookies", "all=no");
	get("%s", product);
	(void)relay_job.run(journey.store, &relay_job, journey.arena);
	CHECK_INT(1, sink.n);
	sink_stop();
	journey_end();
}

/* The row of whoever counts visits names its country and links what the transfer rests on. */
TEST(a_counter_abroad_links_its_safeguard)
{
	open_with(relay_on);
	get("/privacy");
	want(200);
	str row = between("<tr id=\"recipient-analytics_service\">", "</tr>"),
	    footing = between("<tr id=\"transfer-clauses_analytics_us\">", "</tr>");

	CHECK(str_find(row, S("United States")) != (size_t)-1);
	CHECK(str_find(row, S("which pages were shown")) != (size_t)-1);
	CHECK(str_find(row, S("href=\"#transfer-clauses_analytics_us\"")) != (size_t)-1);
	CHECK(str_find(row, S("<b>Yes</b>")) != (size_t)-1);
	CHECK(str_find(footing, S("Standard contractual clauses, module 2")) != (size_t)-1);
	CHECK(str_find(footing, S("United States")) != (size_t)-1);
	CHECK(str_find(footing, S("href=\"/privacy/transfer/clauses_analytics_us\"")) !=
		(size_t)-1);
	get("/privacy/transfer/clauses_analytics_us");
	want(200);
	has("Standard contractual clauses, module 2");
	journey_end();
}

static bool refused(const char *network)
{
	struct fault_point fp;
	struct relay_view v = {S("/"), S("Firefox, Linux"), str_of(network), clock_real()};

	if (FAULT_TRY(fp)) {
		(void)egress_relay(journey.store, &v, 1);
		FAULT_END(fp);
		return false;
	}
	return fp.kind == FAULT_POLICY;
}

TEST(a_whole_address_never_leaves)
{
	static const char *const whole[] = {"203.0.113.77", "203.0.113.77/32", "203.0.113.7/24",
		"203.0.113.0/32", "2001:db8:1:2::/64", "2001:db8:1:2:3:4:5:6", "::ffff:203.0.113.7",
		"2001:db8:1:2::/48", "x.0/24", "203.0.113.0/24 203.0.113.77.0/24"};

	open_with(relay_on);
	sink_start();
	relay_port = sink.port;
	target_set();
	for (size_t i = 0; i < COUNT(whole); i++)
		if (!refused(whole[i]))
			TEST_FAIL("%s was not refused", whole[i]);
	CHECK_INT(0, sink.n);
	CHECK_INT(0, relayed());
	CHECK(!refused("203.0.113.0/24") && !refused("2001:db8:1::/48") && !refused("unknown"));
	CHECK_INT(3, relayed());
	sink_stop();
	journey_end();
}

int main(void)
{
	return test_main();
}
