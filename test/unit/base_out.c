/* Buffers, places, messages, locales, JSON, the log. */
#include <fcntl.h>
#include <unistd.h>

#include "base/out.h"
#include "gen/lang.h"
#include "test/test.h"

static struct out buffer(const char *tag)
{
	struct out o;

	out_init(&o, test_arena, 0, 1 << 20, locale_of(str_of(tag)));
	return o;
}

#define SAYS(tag, want, call) \
	do { \
		struct out o_ = buffer(tag), *o = &o_; \
		call; \
		CHECK_TEXT(want, out_view(o)); \
	} while (0)

TEST(buffers_have_a_maximum)
{
	struct out o;

	out_init(&o, test_arena, 4, 10, NULL);
	out_lit(&o, "0123456789");
	CHECK_FAULT(FAULT_MEMORY, out_char(&o, 'x'));
	CHECK_TEXT("0123456789", out_view(&o));
	out_cut(&o, 2);
	out_fmt(&o, "%d", 12345678);
	CHECK_TEXT("0112345678", out_view(&o));
	CHECK_FAULT(FAULT_BUG, out_cut(&o, 11));
}

TEST(long_formats)
{
	struct out o = buffer("en");

	out_fmt(&o, "%300d|", 7);
	CHECK_INT(301, o.n);
	CHECK(str_ends(out_view(&o), S("7|")));
}

TEST(places)
{
	SAYS("en", "&lt;b&gt; &amp; &quot;x&quot; &#39;", OUT_TEXT(o, S("<b> & \"x\" '")));
	SAYS("en", "&quot; onclick=", OUT_ATTR(o, "\" onclick="));
	SAYS("en", "a%20b%2F%3F%26%C3%BC", OUT_PATH(o, S("a b/?&\u00fc")));
	SAYS("en", "_", OUT_PATH(o, S("..")));
	SAYS("en", "..", OUT_QUERY(o, S("..")));
	SAYS("en", "1234567", OUT_QUERY(o, 1234567));
	SAYS("en", "1,234,567", OUT_TEXT(o, 1234567));
	SAYS("en", "1234567", OUT_ATTR(o, 1234567L));
	SAYS("en", "2026-03-03T14:05:00Z",
		OUT_ATTR(o, instant_of((struct civil){2026, 3, 3, 14, 5, 0, 0})));
	SAYS("en", "<hr>", OUT_TEXT(o, ((struct html){S("<hr>")})));
}

TEST(urls)
{
	static const char *const good[] = {"/", "/a/b", "#x", "?q=1", "https://example.com/",
		"HTTP://example.com", "mailto:a@example.com"};
	static const char *const bad[] = {"", "//host", "/\\host", "\\\\host", "/\t/host",
		"\n//host", " https://x", "javascript:x", "JaVaScRiPt:x", "data:text/html,x",
		"vbscript:x", "x", "ftp://x", "https:\\x", "\x01javascript:x", "blob:x"};

	for (size_t i = 0; i < COUNT(good); i++)
		SAYS("en", good[i], OUT_URL(o, good[i]));
	for (size_t i = 0; i < COUNT(bad); i++)
		SAYS("en", "#", OUT_URL(o, bad[i]));
	SAYS("en", "/?a&amp;b=&quot;", OUT_URL(o, "/?a&b=\""));
}

TEST(no_place_lets_markup_through)
{
	for (int i = 0; i < 3000; i++) {
		static const char chars[] = "<>\"'&/\\:;= \tjavascript?#%\x01\x7f";
		char b[24];
		size_t n = test_random() % sizeof b;
		struct out o = buffer("en");

		for (size_t k = 0; k < n; k++)
			b[k] = chars[test_random() % (sizeof chars - 1)];
		OUT_ATTR(&o, ((str){b, n}));
		OUT_URL(&o, ((str){b, n}));
		OUT_QUERY(&o, ((str){b, n}));
		OUT_TEXT(&o, ((str){b, n}));
		if (str_has(out_view(&o), '<') || str_has(out_view(&o), '"') ||
			str_has(out_view(&o), '\''))
			TEST_FAIL("%.*s", (int)n, b);
	}
}

TEST(numbers_by_language)
{
	SAYS("en", "-1,234,567", out_int(o, -1234567));
	SAYS("de", "1.234.567", out_int(o, 1234567));
	SAYS("en", "-9,223,372,036,854,775,808", out_int(o, INT64_MIN));
	SAYS("en", "EUR 1,234.50", out_money(o, money_of(123450, S("EUR"))));
	SAYS("de", "EUR -1.234,50", out_money(o, money_of(-123450, S("EUR"))));
	SAYS("en", "JPY 1,234", out_money(o, money_of(1234, S("JPY"))));
	SAYS("en", "KWD 0.005", out_money(o, money_of(5, S("KWD"))));
	SAYS("en", "EUR 0.0021", out_price(o, (struct price){2100, "EUR"}));
	SAYS("en", "EUR 12.50", out_price(o, (struct price){12500000, "EUR"}));
	SAYS("de", "EUR 1.000,00", out_price(o, (struct price){1000000000, "EUR"}));
	SAYS("en", "", out_money(o, (money){0}));
	SAYS("en", "1234.50", out_money_plain(o, money_of(123450, S("EUR"))));
	SAYS("de", "0.0021", out_price_plain(o, (struct price){2100, "EUR"}));
}

TEST(dates_by_language)
{
	instant t = instant_of((struct civil){2026, 3, 3, 14, 5, 9, 0});
	struct locale east = *locale_of(S("en"));
	struct out there;

	SAYS("en", "3 Mar 2026", out_date(o, t));
	SAYS("de", "3. M\u00e4rz 2026, 14:05", out_moment(o, t));
	SAYS("en", "", out_date(o, TIME_NONE));
	east.offset_s = 10 * 3600;
	out_init(&there, test_arena, 8, 100, &east);
	out_moment(&there, t);
	CHECK_TEXT("4 Mar 2026, 00:05", out_view(&there));
}

TEST(messages)
{
	SAYS("en", "one line", out_text_plain(o, TEXT(basket_lines, 1)));
	SAYS("en", "1,200 lines", out_text_plain(o, TEXT(basket_lines, 1200)));
	SAYS("en", "0 lines", out_text_plain(o, TEXT(basket_lines, 0)));
	SAYS("en", "Added to your basket: &lt;b&gt;", OUT_TEXT(o, TEXT(basket_added, "<b>")));
	SAYS("en", "5 more and the unit price falls to EUR 0.0021",
		OUT_TEXT(o, TEXT(basket_next_tier, 5, ((struct price){2100, "EUR"}))));
	SAYS("en", "Added to your basket: Basket",
		out_text_plain(o, TEXT(basket_added, arg_msg(MSG_basket_title))));
	SAYS("en", "", out_text_plain(o, text_none()));
	/* a value that looks like a place stays what it is */
	SAYS("en", "Added to your basket: {1}", out_text_plain(o, TEXT(basket_added, "{1}")));
	CHECK_INT(MSG_basket_lines, msg_of(S("basket.lines")));
	CHECK_INT(MSG_NONE, msg_of(S("basket.nothing")));
	for (int m = 1; m < MSG_COUNT; m++)
		CHECK_INT(m, msg_of(msg_key(m)));
}

TEST(every_message_in_every_language)
{
	for (const struct locale *l = locales; l->tag; l++)
		for (int m = 1; m < MSG_COUNT; m++) {
			struct out o = buffer(l->tag);

			out_text_plain(&o,
				(struct text){.msg = m,
					.arg = {arg_int(2), arg_int(2), arg_int(2), arg_int(2)}});
			if (!o.n || str_has(out_view(&o), '{') || str_has(out_view(&o), '|'))
				TEST_FAIL("%s " STR_FMT ": " STR_FMT, l->tag, STR_ARG(msg_key(m)),
					STR_ARG(out_view(&o)));
		}
}

TEST(accept_language)
{
	static const char *const v[][2] = {{"de", "de"}, {"de-AT", "de"}, {"DE", "de"}, {"", "en"},
		{"fr", "en"}, {"fr,de;q=0.8,en;q=0.5", "de"}, {"en;q=0.5, de;q=0.9", "de"},
		{"de;q=0, en;q=0.1", "en"}, {"*;q=0.9,de;q=0.5", "en"},
		{"de;q=nonsense,en;q=0.1", "en"}, {"de;q=1.1, en", "en"},
		{"en;q=0.500,de;q=0.501", "de"}, {",,;;=,", "en"},
		{"de ; q=0.2 , en ; q=0.1", "de"}};

	for (size_t i = 0; i < COUNT(v); i++)
		if (strcmp(locale_of(str_of(v[i][0]))->tag, v[i][1]) != 0)
			TEST_FAIL("\"%s\" gives %s", v[i][0], locale_of(str_of(v[i][0]))->tag);
}

TEST(json)
{
	struct out o = buffer("de");
	struct json j = json_to(&o);

	json_open(&j);
	json_key(&j, "a");
	json_list(&j);
	json_int(&j, 1);
	json_int(&j, (INT64_C(1) << 53) + 1);
	json_list(&j);
	json_end(&j);
	json_str(&j, S("\"\\\n\x01\u00fc"));
	json_str(&j, (str){0});
	json_end(&j);
	json_key(&j, "m");
	json_money(&j, money_of(1250, S("EUR")));
	json_key(&j, "p");
	json_price(&j, (struct price){2100, "EUR"});
	json_key(&j, "t");
	json_time(&j, (instant){0});
	json_key(&j, "none");
	json_time(&j, TIME_NONE);
	json_key(&j, "id");
	json_id(&j, 33);
	json_key(&j, "yes");
	json_bool(&j, true);
	json_close(&j);
	CHECK_TEXT("{\"a\":[1,\"9007199254740993\",[],\"\\\"\\\\\\n\\u0001\u00fc\",null],"
		   "\"m\":{\"amount\":\"12.50\",\"currency\":\"EUR\"},\"p\":{\"amount\":\"0.0021\","
		   "\"currency\":\"EUR\"},"
		   "\"t\":\"1970-01-01T00:00:00Z\",\"none\":null,\"id\":\"0000000000011\",\"yes\":"
		   "true}",
		out_view(&o));
}

TEST(log_lines_are_whole)
{
	char path[] = "/tmp/kontor-log-XXXXXX", text[20000], big[9000];
	int fd = mkstemp(path);
	ssize_t n;

	REQUIRE(fd >= 0);
	unlink(path);
	memset(big, '"', sizeof big);
	log_to_fd(fd);
	LOG(LOG_INFO, "started", LOG_I("port", 8080), LOG_S("what", S("a\"b\n")));
	LOG(LOG_DEBUG, "not_shown");
	LOG(LOG_WARN, "large", LOG_S("left_out", ((str){big, sizeof big})), LOG_I("kept", -1));
	log_to_fd(STDERR_FILENO);
	n = pread(fd, text, sizeof text, 0);
	close(fd);
	REQUIRE(n > 0);
	str rest = {text, (size_t)n};
	str first = str_cut(&rest, '\n'), second = str_cut(&rest, '\n');

	CHECK(str_starts(first, S("{\"t\":\"20")));
	CHECK(str_ends(first, S("\"level\":\"info\",\"event\":\"started\",\"port\":8080,\"what\":"
				"\"a\\\"b\\u000a\"}")));
	CHECK(str_ends(second, S("\"event\":\"large\",\"kept\":-1}")));
	CHECK_INT(0, rest.n);
}

int main(void)
{
	return test_main();
}
