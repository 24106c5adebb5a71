/* Money, prices, ids, clocks. */
#include <pthread.h>

#include "base/out.h"
#include "test/test.h"

static str plain(money m)
{
	struct out o;

	out_init(&o, test_arena, 32, 64, NULL);
	out_money_plain(&o, m);
	return out_view(&o);
}

TEST(exponents)
{
	CHECK_INT(2, currency_exponent(S("EUR")));
	CHECK_INT(2, currency_exponent(S("AED")));
	CHECK_INT(2, currency_exponent(S("ZWG")));
	CHECK_INT(0, currency_exponent(S("JPY")));
	CHECK_INT(0, currency_exponent(S("XPF")));
	CHECK_INT(3, currency_exponent(S("KWD")));
	CHECK_INT(4, currency_exponent(S("UYW")));
	CHECK_INT(-1, currency_exponent(S("XAU")));
	CHECK_INT(-1, currency_exponent(S("eur")));
	CHECK_INT(-1, currency_exponent(S("EU")));
	CHECK_FAULT(FAULT_BUG, money_of(1, S("ABC")));
}

TEST(parse_refuses)
{
	static const char *const bad[] = {"", "-", ".", "1.", ".5", "1.234", "1,00", "+1", "1e3",
		" 1", "1 ", "1.-5", "--1", "92233720368547758.08", "99999999999999999999", "1.2.3"};
	money m;

	for (size_t i = 0; i < COUNT(bad); i++)
		if (money_parse(str_of(bad[i]), S("EUR"), &m))
			TEST_FAIL("\"%s\" is taken", bad[i]);
	CHECK(!money_parse(S("1.0"), S("JPY"), &m) && !money_parse(S("1"), S("XXX"), &m));
	CHECK(money_parse(S("12"), S("EUR"), &m) && m.minor == 1200);
	CHECK(money_parse(S("-0.5"), S("EUR"), &m) && m.minor == -50);
	CHECK(money_parse(S("1.234"), S("KWD"), &m) && m.minor == 1234);
}

TEST(money_round_trip)
{
	static const char *const codes[] = {"EUR", "JPY", "KWD", "CLF"};

	for (int i = 0; i < 2000; i++) {
		money m = money_of(
			      (int64_t)test_random() >> (test_random() % 63), str_of(codes[i % 4])),
		      back = {0};

		if (m.minor == INT64_MIN)
			continue;
		if (!money_parse(plain(m), str_of(m.currency), &back) || back.minor != m.minor)
			TEST_FAIL("%lld %s prints " STR_FMT, (long long)m.minor, m.currency,
				STR_ARG(plain(m)));
	}
}

/* |rounded x unit - exact| is at most half a unit, and a half goes away from zero. */
TEST(price_rounding)
{
	for (int i = 0; i < 20000; i++) {
		struct price p = {(int64_t)(test_random() % 4000000000) - 2000000000, "EUR"};
		int64_t quantity = (int64_t)(test_random() % 100000), exact = p.micro * quantity;
		int64_t off = price_times(p, quantity).minor * 10000 - exact;

		if (off > 5000 || off < -5000 || (off == 5000 && exact < 0) ||
			(off == -5000 && exact > 0))
			TEST_FAIL("%lld x %lld is %lld off", (long long)p.micro,
				(long long)quantity, (long long)off);
	}
	CHECK_INT(1, price_times((struct price){5000, "EUR"}, 1).minor);
	CHECK_INT(-1, price_times((struct price){-5000, "EUR"}, 1).minor);
	CHECK_INT(0, price_times((struct price){4999, "EUR"}, 1).minor);
	CHECK_INT(21, price_times((struct price){2100, "EUR"}, 100).minor);
	CHECK_INT(3, price_times((struct price){2500000, "JPY"}, 1).minor);
	CHECK_INT(19, money_part(money_of(100, S("EUR")), 190000).minor);
	CHECK_INT(1, money_part(money_of(5, S("EUR")), 100000).minor);
}

TEST(money_faults)
{
	money most = money_of(INT64_MAX, S("EUR")), one = money_of(1, S("EUR"));

	CHECK_FAULT(FAULT_BUG, money_add(most, one));
	CHECK_FAULT(FAULT_BUG, money_sub(money_of(INT64_MIN, S("EUR")), one));
	CHECK_FAULT(FAULT_BUG, money_add(one, money_of(1, S("USD"))));
	CHECK_FAULT(FAULT_BUG, price_times((struct price){INT64_MAX, "EUR"}, INT64_MAX));
	CHECK_INT(INT64_MAX, money_part(most, 1000000).minor);
}

TEST(ids_are_ordered_and_text_keeps_the_order)
{
	int64_t before = id_make();

	for (int i = 0; i < 200000; i++) {
		int64_t id = id_make();

		if (id <= before)
			TEST_FAIL("%lld after %lld", (long long)id, (long long)before);
		before = id;
	}
	for (int i = 0; i < 1000; i++) {
		int64_t x = (int64_t)(test_random() >> 1) | 1,
			y = (int64_t)(test_random() >> 1) | 1, back;
		str tx = id_text(test_arena, x), ty = id_text(test_arena, y);

		CHECK(id_parse(tx, &back) && back == x);
		CHECK((str_cmp(tx, ty) < 0) == (x < y));
	}
}

TEST(ids_say_a_place)
{
	int64_t before = id_make(), one = id_make_with(before), two = id_make_with(one);
	bool met[1 << ID_PLACE_BITS] = {0};
	size_t places = 0;

	CHECK(before < one && one < two);
	CHECK_INT(id_place(before), id_place(one));
	CHECK_INT(id_place(before), id_place(two));
	for (int i = 0; i < 5000; i++) {
		int64_t id = id_make_with(i);

		CHECK_INT(i % 64, id_place(id));
		CHECK(id > two && id <= id_last());
		two = id;
		met[id_place(id_make())] = true;
	}
	for (size_t i = 0; i < COUNT(met); i++)
		places += met[i];
	CHECK_INT(COUNT(met), places); /* of who comes first, all are used */
}

/* What others made is behind what comes, whatever its place and count. */
TEST(ids_come_behind_others)
{
	for (int i = 0; i < 200; i++) {
		int64_t other = id_make() + (test_random() >> 44), next;

		id_behind(other);
		next = id_make_with(i);
		if (next <= other)
			TEST_FAIL("%lld is not behind %lld", (long long)next, (long long)other);
	}
}

TEST(ids_refused)
{
	int64_t id;

	CHECK(!id_parse(S("0000000000000"), &id) && !id_parse(S("8000000000000"), &id) &&
		!id_parse(S("000000000000"), &id) && !id_parse(S("00000000000I1"), &id) &&
		!id_parse(S("000000000000A"), &id) && !id_parse(S("00000000000000"), &id));
	CHECK(!id_parse((str){"00000000000\0001", 13}, &id));
}

TEST(ids_stay_above_the_floor)
{
	int64_t high = id_make() + (INT64_C(5000) << 22);

	id_floor(high);
	CHECK(id_make() > high);
	id_floor(1);
	CHECK(id_make() > high);
}

enum { THREADS = 4, EACH = 20000 };
static int64_t made[THREADS * EACH];

static void *make_ids(void *from)
{
	for (int64_t *p = from; p < (int64_t *)from + EACH; p++)
		*p = id_make();
	return NULL;
}

static int by_value(const void *x, const void *y)
{
	int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;

	return (a > b) - (a < b);
}

TEST(ids_of_threads_are_unique)
{
	pthread_t t[THREADS];
	int twice = 0;

	for (int i = 0; i < THREADS; i++)
		REQUIRE(pthread_create(&t[i], NULL, make_ids, made + i * EACH) == 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	qsort(made, COUNT(made), sizeof *made, by_value);
	for (size_t i = 1; i < COUNT(made); i++)
		twice += made[i] == made[i - 1];
	CHECK_INT(0, twice);
}

TEST(calendar_round_trip)
{
	/* every day of 800 years, against the weekday and the length of months counted by hand */
	struct civil c = {1600, 1, 1, 0, 0, 0, 5}; /* a Saturday */
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int bad = 0;

	for (int i = 0; i < 292194; i++) {
		struct civil d = civil_of(instant_of(c));
		bool leap = c.year % 4 == 0 && (c.year % 100 || c.year % 400 == 0);

		bad += d.year != c.year || d.month != c.month || d.day != c.day ||
		       d.weekday != c.weekday || d.hour != 0;
		c.weekday = (c.weekday + 1) % 7;
		if (++c.day > days[c.month - 1] + (leap && c.month == 2)) {
			c.day = 1;
			c.year += c.month == 12;
			c.month = c.month % 12 + 1;
		}
	}
	CHECK_INT(0, bad);
	CHECK_INT(0, instant_of((struct civil){1970, 1, 1, 0, 0, 0, 0}).us);
}

TEST(months_as_the_law_counts_them)
{
	static const struct {
		const char *from;
		int months;
		const char *to;
	} v[] = {{"2026-01-31T10:00:00Z", 1, "2026-02-28T10:00:00Z"},
		{"2028-01-31T10:00:00Z", 1, "2028-02-29T10:00:00Z"},
		{"2026-01-30T23:59:59Z", 1, "2026-02-28T23:59:59Z"},
		{"2026-01-28T00:00:00Z", 1, "2026-02-28T00:00:00Z"},
		{"2026-11-30T00:00:00Z", 3, "2027-02-28T00:00:00Z"},
		{"2026-12-31T00:00:00Z", 1, "2027-01-31T00:00:00Z"},
		{"2026-03-31T00:00:00Z", 1, "2026-04-30T00:00:00Z"},
		{"2026-05-15T00:00:00Z", 12, "2027-05-15T00:00:00Z"},
		{"2026-03-31T00:00:00Z", -1, "2026-02-28T00:00:00Z"},
		{"2026-01-15T00:00:00Z", -13, "2024-12-15T00:00:00Z"}};
	instant t;

	for (size_t i = 0; i < COUNT(v); i++) {
		REQUIRE(instant_parse(str_of(v[i].from), &t));
		CHECK_TEXT(v[i].to, instant_iso(test_arena, instant_months(t, v[i].months)));
	}
}

TEST(instants_in_text)
{
	static const char *const bad[] = {"", "2026-02-29", "2026-13-01", "2026-00-01", "2026-1-01",
		"2026-01-01T00:00:00", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z",
		"2026-01-01T00:00:00+01:00", "2026-01-01T00:00:00.Z", "2026-01-01 00:00:00Z",
		"0000-01-01", "2026-01-0x"};
	instant t;

	for (size_t i = 0; i < COUNT(bad); i++)
		if (instant_parse(str_of(bad[i]), &t))
			TEST_FAIL("\"%s\" is taken", bad[i]);
	CHECK(instant_parse(S("2024-02-29"), &t));
	CHECK_TEXT("2024-02-29T00:00:00Z", instant_iso(test_arena, t));
	CHECK(instant_parse(S("1970-01-01T00:00:01.25Z"), &t) && t.us == 1250000);
	for (int i = 0; i < 1000; i++) {
		instant x = {(int64_t)(test_random() % 200000000000) * SECOND_US -
				60000000000 * SECOND_US},
			back;

		CHECK(instant_parse(instant_iso(test_arena, x), &back) && back.us == x.us);
	}
}

TEST(the_clock_moves)
{
	clock_shift(10 * DAY_US);
	CHECK(clock_now().us - clock_real().us > 9 * DAY_US);
	CHECK_INT(10 * DAY_US, clock_shifted());
	clock_shift(0);
}

int main(void)
{
	return test_main();
}
