/* Cookies: what a visitor allows is kept, what they refuse is not, and what they withdraw ends. */
#include "world.h"

static char product[64];

static bool page_has(const char *text)
{
	return str_find(journey.body, str_of(text)) != (size_t)-1;
}

/* The last page's Set-Cookie line of this name; {NULL, 0}: none. */
static str set_cookie(const char *name)
{
	str found = {NULL, 0};

	for (size_t i = 0; i < journey.headers_n; i++) {
		str v = journey.headers[i].value, line = v;

		if (str_eq(journey.headers[i].name, S("Set-Cookie")) &&
			str_eq(str_cut(&v, '='), str_of(name)))
			found = line;
	}
	return found;
}

/* How many cookies the last answer set, but for the end of a message that was shown. */
static size_t set_cookies(void)
{
	size_t n = 0;

	for (size_t i = 0; i < journey.headers_n; i++)
		n += str_eq(journey.headers[i].name, S("Set-Cookie")) &&
		     !str_starts(journey.headers[i].value, S("kontor_flash=;"));
	return n;
}

static void begin(void)
{
	demo_begin();
	get("/");
	want(200);
	size_t at = str_find(journey.body, S("/product/"));

	MUST(at != (size_t)-1);
	snprintf(product, sizeof product, "/product/%.13s", journey.body.p + at + 9);
}

TEST(nothing_is_kept_before_an_answer)
{
	begin();
	CHECK(page_has("Cookies on this marketplace"));
	CHECK_INT(0, set_cookies());
	get("%s", product);
	want(200);
	CHECK_INT(0, set_cookies());
	get("/");
	CHECK(!page_has("You looked at"));
	journey_end();
}

TEST(a_no_is_kept_and_obeyed)
{
	begin();
	post("/cookies", "all=no&next=%%2Fsearch%%3Fq%%3Dbolt");
	want(303);
	CHECK_TEXT("/search?q=bolt", header("Location"));
	str line = set_cookie("kontor_choice");

	CHECK(str_find(line, S("Max-Age=15552000")) != (size_t)-1);
	CHECK(str_find(line, S("+")) == (size_t)-1);
	get("%s", product);
	CHECK_INT(0, set_cookies());
	CHECK(!page_has("Cookies on this marketplace"));
	get("/");
	CHECK(!page_has("You looked at"));
	/* The display is kept for the visit; a basket and signing in work. */
	post("/look", "lang=de&theme=dark&density=dense");
	want(303);
	CHECK(set_cookie("kontor_view").n && !set_cookie("kontor_look").n);
	get("/");
	CHECK(page_has("lang=\"de\"") && page_has("data-theme=\"dark\""));
	post("/sign-in", "email=buyer@kontor.example&password=" DEMO_PASSWORD);
	want(303);
	get("/basket");
	want(200);
	journey_end();
}

TEST(a_yes_can_be_withdrawn)
{
	begin();
	post("/cookies", "all=yes");
	want(303);
	CHECK_TEXT("/cookies", header("Location"));
	get("%s", product);
	CHECK(str_find(set_cookie("kontor_seen"), S("Max-Age=2592000")) != (size_t)-1);
	get("/");
	CHECK(page_has("You looked at"));
	post("/look", "lang=en&theme=light&density=roomy");
	CHECK(set_cookie("kontor_look").n);

	get("/cookies");
	want(200);
	post("/cookies", "statistics=on&marketing=on");
	want(303);
	/* It ends on this host, and wherever above it somebody may have set it. */
	size_t ended = 0;

	for (size_t i = 0; i < journey.headers_n; i++) {
		str v = journey.headers[i].value;

		if (!str_eq(journey.headers[i].name, S("Set-Cookie")) ||
			!str_starts(v, S("kontor_seen=; ")))
			continue;
		ended |= str_find(v, S("Domain=kontor.test")) != (size_t)-1 ? 2 : 1;
		CHECK(str_find(v, S("Max-Age=0")) != (size_t)-1);
		CHECK(str_find(v, S("Domain=test")) == (size_t)-1);
	}
	CHECK_INT(3, ended);
	CHECK(set_cookie("kontor_look").n);
	get("/");
	CHECK(!page_has("You looked at"));
	journey_end();
}

TEST(the_browsers_signal_is_a_no_from_the_first_page_on)
{
	begin();
	with("Sec-GPC", "1");
	get("/");
	CHECK(!page_has("Cookies on this marketplace"));
	with("Sec-GPC", "1");
	get("%s", product);
	CHECK_INT(0, set_cookies());
	with("Sec-GPC", "1");
	get("/cookies");
	CHECK(page_has("Your browser asks not to be tracked"));
	get("/.well-known/gpc.json");
	want(200);
	has("{\"gpc\":true,\"lastUpdate\":\"2026-11-26\"}");
	/* What people say themselves goes before what their browser says. */
	post("/cookies", "all=yes");
	with("Sec-GPC", "1");
	get("%s", product);
	CHECK(set_cookie("kontor_seen").n);
	journey_end();
}

TEST(a_choice_leads_nowhere_else)
{
	static const char *const bad[] = {"%2F%2Fevil.example", "https%3A%2F%2Fevil.example",
		"%2Fa%0D%0AX%3A1", "%2F%5Cevil.example"};

	begin();
	for (size_t i = 0; i < COUNT(bad); i++) {
		post("/cookies", "all=no&next=%s", bad[i]);
		CHECK(journey.status == 303 || journey.status == 422);
		CHECK(journey.status == 422 || str_eq(header("Location"), S("/cookies")));
	}
	journey_end();
}

int main(void)
{
	return test_main();
}
