/* web's small languages, by themselves: every way a body can be cut, every wrong escape. */
#include "test/test.h"
#include "web/inner.h"

static str text(const struct values *v, const char *name)
{
	struct value *x = values_find(v, str_of(name));

	return x ? x->text : (str){NULL, 0};
}

TEST(percent_signs)
{
	static const char *const bad[] = {"%", "%4", "%zz", "a%0", "%00", "%%41", "%4g"};
	str s;

	CHECK(percent_decode(test_arena, S("a%20b+c%C3%A4%2f"), false, &s));
	CHECK_TEXT("a b+cä/", s);
	CHECK(percent_decode(test_arena, S("a+b%2B%41"), true, &s));
	CHECK_TEXT("a b+A", s);
	CHECK(percent_decode(test_arena, (str){NULL, 0}, true, &s));
	for (size_t i = 0; i < COUNT(bad); i++)
		CHECK(!percent_decode(test_arena, str_of(bad[i]), true, &s));
	CHECK(!percent_decode(test_arena, (str){"a\0b", 3}, false, &s));
}

TEST(urlencoded_bodies)
{
	struct values v = {0};

	CHECK_INT(PARSED, values_urlencoded(test_arena, S("a=1&b=&c&&d=x%3Dy=z"), &v));
	CHECK_TEXT("1", text(&v, "a"));
	CHECK_TEXT("", text(&v, "b"));
	CHECK_TEXT("", text(&v, "c"));
	CHECK_TEXT("x=y=z", text(&v, "d"));
	CHECK_INT(4, v.n);
	v = (struct values){0};
	CHECK_INT(PARSED_BAD, values_urlencoded(test_arena, S("a=%"), &v));
	struct out o;

	out_init(&o, test_arena, 1 << 14, 1 << 20, NULL);
	for (int i = 0; i <= REQ_VALUES_MAX; i++)
		out_fmt(&o, "a%d=1&", i);
	v = (struct values){0};
	CHECK_INT(PARSED_TOO_MANY, values_urlencoded(test_arena, out_view(&o), &v));
	out_cut(&o, 0);
	for (int i = 0; i <= REQ_FIELD_NAME_BYTES_MAX; i++)
		out_char(&o, 'n');
	v = (struct values){0};
	CHECK_INT(PARSED_BAD, values_urlencoded(test_arena, out_view(&o), &v));
}

static bool feed(struct values *v, str body, size_t at, size_t step)
{
	struct multipart *m = multipart_make(
		test_arena, S("multipart/form-data; charset=utf-8; boundary=\"XX\""), v);

	if (!m || !multipart_feed(m, body.p, at))
		return false;
	for (size_t i = at; i < body.n; i += step)
		if (!multipart_feed(m, body.p + i, body.n - i < step ? body.n - i : step))
			return false;
	return multipart_end(m);
}

TEST(multipart_however_it_is_cut)
{
	struct values v = {0};
	str good = S("preamble\r\n--XX\r\n"
		     "Content-Disposition: form-data; name=\"a\"\r\n\r\none\r\n--XX \t\r\n"
		     "content-disposition: form-data; name=\"f\"; filename=\"x "
		     "\\\"y\\\".png\"\r\nContent-Type: image/png\r\n\r\n"
		     "\r\n--X\r\n--\r\r\n-\r\n-XX\r\n--XX\r\n"
		     "Content-Disposition: form-data; name=e\r\n\r\n\r\n--XX--\r\nepilogue --XX");

	/* a sender must not choose a boundary that begins a line of its data */
	CHECK(!feed(&v,
		S("--XX\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n--XXy\r\n--XX--"), 0,
		1000));
	for (size_t at = 0; at <= good.n; at++)
		for (size_t step = 1; step <= 64; step += step < 8 ? 1 : 28) {
			v = (struct values){0};
			if (!feed(&v, good, at, step) || v.n != 3 ||
				!str_eq(text(&v, "a"), S("one")) ||
				!str_eq(text(&v, "f"), S("\r\n--X\r\n--\r\r\n-\r\n-XX")) ||
				text(&v, "e").n) {
				TEST_FAIL("cut at %zu, then every %zu", at, step);
				return;
			}
		}
	CHECK_TEXT("x \"y\".png", values_find(&v, S("f"))->file_name);
	CHECK_TEXT("image/png", values_find(&v, S("f"))->claimed);
	CHECK_INT(VALUE_TEXT, values_find(&v, S("a"))->kind);
}

TEST(multipart_that_is_refused)
{
	static const char encoded[] =
		"--XX\r\nContent-Disposition: form-data; name=\"a\"\r\nContent-Transfer-Encoding: "
		"base64\r\n\r\nx\r\n--XX--";
	static const char twice[] =
		"--XX\r\nContent-Disposition: form-data; name=\"a\"\r\nContent-Disposition: "
		"form-data; name=\"b\"\r\n\r\nx\r\n--XX--";
	static const char *const bad[] = {
		"--XX\r\nContent-Disposition: form-data\r\n\r\nx\r\n--XX--",
		"--XX\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\nx\r\n--XX--",
		"--XX\r\nContent-Type: text/plain\r\n\r\nx\r\n--XX--",
		"--XX\r\nContent-Disposition: form-data; name=\"a\r\n\r\nx\r\n--XX--",
		"--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n b: c\r\n\r\nx\r\n--XX--",
		encoded,
		twice,
		"--XX\r\nContent-Disposition: form-data; name=\"a\"\n\nx\r\n--XX--\r\n\r\n",
		"--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n--XX\r\n",
		"--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx",
		"--XY\r\n",
		"",
		"--XX",
	};

	for (size_t i = 0; i < COUNT(bad); i++) {
		struct values v = {0};

		if (feed(&v, str_of(bad[i]), 0, 7))
			TEST_FAIL("taken: %s", bad[i]);
	}
	struct values v = {0};

	CHECK(!multipart_make(test_arena, S("multipart/form-data"), &v));
	CHECK(!multipart_make(test_arena, S("multipart/form-data; boundary="), &v));
	CHECK(!multipart_make(test_arena, S("multipart/form-data; boundary=\"XX"), &v));
	CHECK(feed(&v, S("--XX--"), 0, 1)); /* nothing sent is a form too */
	CHECK_INT(0, v.n);
}

TEST(what_is_accepted)
{
	CHECK(accepts_gzip(S("gzip")));
	CHECK(accepts_gzip(S("br;q=1.0, GZIP;q=0.001")));
	CHECK(accepts_gzip(S("*")));
	CHECK(!accepts_gzip(S("*, gzip;q=0")));
	CHECK(!accepts_gzip(S("gzip;q=0.000")));
	CHECK(!accepts_gzip(S("")));
	CHECK(!accepts_gzip(S("identity, br")));
	CHECK(etag_matches(S("\"a\", W/\"b\""), S("\"b\"")));
	CHECK(etag_matches(S("*"), S("\"b\"")));
	CHECK(!etag_matches(S(""), S("\"b\"")));
	CHECK(!etag_matches(S("b"), S("\"b\"")));
	CHECK_TEXT("192.0.2.0/24", address_truncate(test_arena, S("192.0.2.77")));
	CHECK_TEXT("2001:db8:1::/48", address_truncate(test_arena, S("2001:db8:1:2:3:4:5:6")));
	CHECK_TEXT("192.0.2.0/24", address_truncate(test_arena, S("::ffff:192.0.2.77")));
	CHECK_TEXT("unknown", address_truncate(test_arena, S("x")));
	CHECK_TEXT("unknown", address_truncate(test_arena, (str){NULL, 0}));
	CHECK_TEXT("Firefox, Linux",
		device_kind(test_arena, S("Mozilla/5.0 (X11; Linux x86_64) Firefox/130.0")));
	CHECK_TEXT("Browser, device", device_kind(test_arena, (str){NULL, 0}));
}

TEST(cookies)
{
	str v;

	CHECK(cookie_read(S("a=1; kontor=xyz; b=2"), S("kontor"), &v));
	CHECK_TEXT("xyz", v);
	CHECK(!cookie_read(S("kontor=1; kontor=2"), S("kontor"), &v));
	CHECK(!cookie_read(S("xkontor=1; Kontor=2; kontor"), S("kontor"), &v));
	CHECK(!cookie_read(S(""), S("kontor"), &v));
	struct policy_cookie declared[] = {
		{.name = S("one"), .class = COOKIE_ESSENTIAL, .max_age_s = 60},
		{.name = S("two"), .class = COOKIE_MARKETING}};
	struct policy p = {.cookies = declared, .cookies_n = 2};
	str line;

	CHECK_INT(COOKIE_SENT, cookie_write(test_arena, &p, 0, false, S("one"), S("x"), &line));
	CHECK_TEXT("one=x; Path=/; HttpOnly; SameSite=Lax; Max-Age=60", line);
	CHECK_INT(COOKIE_SENT, cookie_write(test_arena, &p, 0, true, S("one"), S(""), &line));
	CHECK_TEXT("__Host-one=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0", line);
	CHECK_INT(COOKIE_UNDECLARED,
		cookie_write(test_arena, &p, ~0u, true, S("three"), S("x"), &line));
	CHECK_INT(
		COOKIE_NOT_AGREED, cookie_write(test_arena, &p, 0, true, S("two"), S("x"), &line));
	CHECK_INT(COOKIE_SENT, cookie_write(test_arena, &p, 1u << COOKIE_MARKETING, true, S("two"),
				       S("x"), &line));
	CHECK_INT(
		COOKIE_MALFORMED, cookie_write(test_arena, &p, 0, true, S("one"), S("a;b"), &line));
	CHECK_INT(COOKIE_MALFORMED,
		cookie_write(test_arena, &p, 0, true, S("one"), S("a\r\nX: y"), &line));
}

static bool gpc(const char *one, const char *two)
{
	const struct header h[] = {{S("Host"), S("x")}, {S("Sec-GPC"), str_of(one)},
		{S("sec-gpc"), str_of(two ? two : "")}};

	return gpc_said(h, two ? 3 : 2);
}

TEST(the_signal_is_the_value_one)
{
	CHECK(gpc("1", NULL) && gpc(" 1 ", NULL) && gpc("1", "1") && gpc("1, 1", NULL));
	CHECK(!gpc("0", NULL) && !gpc("", NULL) && !gpc("true", NULL) && !gpc("11", NULL));
	CHECK(!gpc("1", "0") && !gpc("1,0", NULL) && !gpc("1;a", NULL) && !gpc("?1", NULL));
	CHECK(!gpc_said(NULL, 0));
}

TEST(choices_hold_for_what_was_asked)
{
	struct policy_cookie declared[] = {
		{.name = S("one"), .why = S("a"), .class = COOKIE_ESSENTIAL},
		{.name = S("two"), .why = S("b"), .class = COOKIE_PERSONAL},
		{.name = S("three"), .why = S("c"), .class = COOKIE_MARKETING}};
	struct policy p = {.cookies = declared, .cookies_n = 3};
	instant now = {1800000000 * SECOND_US}, later = instant_add(now, 181 * DAY_US);
	str value = choice_print(test_arena, &p,
		&(struct cookie_choice){
			.agreed = 1u << COOKIE_PERSONAL, .made = true, .region = S("eea")},
		now);
	struct cookie_choice c = choice_parse(test_arena, &p, value, false, now);

	CHECK(c.made && c.agreed == 1u << COOKIE_PERSONAL);
	CHECK_TEXT("eea", c.region);
	CHECK(!choice_parse(test_arena, &p, value, false, later).made);
	CHECK(!choice_parse(test_arena, &p, S(""), true, now).made);
	CHECK(!choice_parse(test_arena, &p, S("2.20833.eea.s+0000.p+0000.m+0000"), false, now)
			.agreed);
	CHECK(!choice_parse(test_arena, &p, S("1.20833.s+0000.p+0000.m+0000"), false, now).made);
	CHECK(!choice_parse(test_arena, &p, S("2.20833"), false, now).made);
	/* The policy says something else about one class: that one is asked again, alone. */
	declared[2].why = S("something else");
	c = choice_parse(test_arena, &p, value, false, now);
	CHECK(!c.made && c.agreed == 1u << COOKIE_PERSONAL);
	declared[1].max_age_s = 99;
	CHECK(!choice_parse(test_arena, &p, value, false, now).agreed);
	/* An essential one is nobody's choice. */
	declared[2].why = S("c");
	declared[1].max_age_s = 0;
	declared[0].why = S("other");
	CHECK(choice_parse(test_arena, &p, value, false, now).made);
}

TEST(displays)
{
	struct display d = display_parse(S("de.dark.roomy"));

	CHECK_TEXT("de", d.lang);
	CHECK(!strcmp(d.theme, "dark") && !strcmp(d.density, "roomy"));
	d = display_parse(S("-.-.-"));
	CHECK(!d.lang.n && !d.theme && !d.density);
	d = display_parse(S("de.<b>.x"));
	CHECK(!d.theme && !d.density);
}

TEST(rates)
{
	struct rate_table *t = rate_make(1);
	int64_t now = 1000 * SECOND_US;
	int good = 0, wait;

	for (int i = 0; i < 100; i++)
		good += rate_take(t, RATE_SIGNIN, S("192.0.2.0/24"), now) == 0;
	CHECK_INT(20, good);
	wait = rate_take(t, RATE_SIGNIN, S("192.0.2.0/24"), now);
	CHECK(wait >= 1 && wait <= 11);
	CHECK_INT(0, rate_take(t, RATE_SIGNIN, S("192.0.2.0/24"), now + wait * SECOND_US));
	CHECK_INT(0, rate_take(t, RATE_READ, S("192.0.2.0/24"), now));
	/* many others cannot push a limited one out of its bucket at once, and the table stays
	 * its size */
	for (int i = 0; i < 100000; i++)
		rate_take(t, RATE_READ, str_fmt(test_arena, "p%d", i), now + i);
	rate_free(t);
}

TEST(uploads_are_what_their_bytes_say)
{
	CHECK_TEXT("image/jpeg", upload_sniff(S("\xff\xd8\xff\xe0 JFIF")));
	CHECK_TEXT("image/png", upload_sniff(S("\x89PNG\r\n\x1a\n")));
	CHECK_TEXT("image/webp", upload_sniff(S("RIFF....WEBPVP8 ")));
	CHECK_TEXT("application/pdf", upload_sniff(S("%PDF-1.7")));
	CHECK_TEXT("text/plain", upload_sniff(S("sku,price\n")));
	CHECK_TEXT("application/octet-stream", upload_sniff(S("\xff\xfe")));
}

int main(void)
{
	return test_main();
}
