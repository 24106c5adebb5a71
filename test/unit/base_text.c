/* Strings, UTF-8, numbers in text, hex, base64, digests. */
#include "test/test.h"

TEST(cut_and_trim)
{
	str rest = S("a,,b"), none = S("");

	CHECK_TEXT("a", str_cut(&rest, ','));
	CHECK_TEXT("", str_cut(&rest, ','));
	CHECK_TEXT("b", str_cut(&rest, ','));
	CHECK(!rest.p);
	str_cut(&none, ',');
	CHECK(!none.p);
	CHECK_TEXT("x y", str_trim(S(" \t\nx y\r\v ")));
	CHECK_INT(2, str_find(S("abcd"), S("cd")));
	CHECK_INT((size_t)-1, str_find(S("abcd"), S("dc")));
	CHECK(str_eq_nocase(S("AbC"), S("aBc")) && !str_eq_nocase(S("a"), S("ab")));
	CHECK(str_cmp(S("a"), S("ab")) < 0 && str_cmp(S("b"), S("ab")) > 0 &&
		str_cmp(S("b"), S("b")) == 0);
}

TEST(integers)
{
	int64_t v = 7;

	CHECK(str_int(S("-9223372036854775808"), &v) && v == INT64_MIN);
	CHECK(str_int(S("9223372036854775807"), &v) && v == INT64_MAX);
	CHECK(!str_int(S("9223372036854775808"), &v) && !str_int(S("-9223372036854775809"), &v));
	CHECK(!str_int(S(""), &v) && !str_int(S("-"), &v) && !str_int(S("+1"), &v) &&
		!str_int(S("1 "), &v) && !str_int(S("0x1"), &v));
	CHECK_INT(INT64_MAX, v);
	for (int i = 0; i < 1000; i++) {
		int64_t x = (int64_t)test_random() >> (test_random() % 63), back = 0;

		CHECK(str_int(str_fmt(test_arena, "%lld", (long long)x), &back) && back == x);
	}
}

/* The other way round: what is well-formed is exactly what encoding makes. */
static size_t encode(uint32_t c, char out[4])
{
	if (c < 0x80)
		return out[0] = (char)c, 1;
	if (c < 0x800)
		return out[0] = (char)(0xc0 | c >> 6), out[1] = (char)(0x80 | (c & 63)), 2;
	if (c < 0x10000)
		return out[0] = (char)(0xe0 | c >> 12), out[1] = (char)(0x80 | (c >> 6 & 63)),
		       out[2] = (char)(0x80 | (c & 63)), 3;
	return out[0] = (char)(0xf0 | c >> 18), out[1] = (char)(0x80 | (c >> 12 & 63)),
	       out[2] = (char)(0x80 | (c >> 6 & 63)), out[3] = (char)(0x80 | (c & 63)), 4;
}

TEST(utf8_every_code_point)
{
	char b[4];
	int bad = 0;

	for (uint32_t c = 0; c <= 0x110010; c++) {
		size_t n = encode(c, b);
		bool good = c != 0 && c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);

		bad += str_utf8((str){b, n}) != good || (good && str_chars((str){b, n}) != 1);
		for (size_t cut = 1; cut < n; cut++)
			bad += str_utf8((str){b, cut});
	}
	CHECK_INT(0, bad);
	CHECK(!str_utf8(S("\xc0\x80")) && !str_utf8(S("\xe0\x80\x80")) &&
		!str_utf8(S("\xf0\x80\x80\x80")) && !str_utf8(S("\x80")));
	CHECK(str_utf8(S("")) && str_utf8(S("Gr\u00f6\u00dfe")));
}

TEST(secrets_compare)
{
	CHECK(str_eq_secret(S("abc"), S("abc")) && !str_eq_secret(S("abc"), S("abd")) &&
		!str_eq_secret(S("abc"), S("ab")));
}

TEST(hex_and_base64_round_trips)
{
	for (size_t n = 0; n < 70; n++) {
		uint8_t b[70], back[70];
		str bytes;

		random_bytes(b, n);
		CHECK(hex_parse(hex_of(test_arena, b, n), back, n) && memcmp(b, back, n) == 0);
		CHECK(base64url_parse(test_arena, base64url_of(test_arena, b, n), &bytes) &&
			str_eq(bytes, (str){(char *)b, n}));
	}
	uint8_t b[2];
	str bytes;

	CHECK(!hex_parse(S("0g00"), b, 2) && !hex_parse(S("000"), b, 2) &&
		!hex_parse(S("000000"), b, 2));
	CHECK(!base64url_parse(test_arena, S("aGV\225bG8"), &bytes));
	CHECK(!base64url_parse(test_arena, S("a"), &bytes) &&
		!base64url_parse(test_arena, S("ab=="), &bytes) &&
		!base64url_parse(test_arena, S("a+/b"), &bytes));
}

TEST(digests)
{
	/* BLAKE2b-256 of "abc", as RFC 7693's reference implementation prints it */
	struct digest d = digest_of(S("abc"));
	uint8_t key[32] = {1}, other[32] = {2};

	CHECK_TEXT("bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319",
		hex_of(test_arena, d.b, 32));
	struct digest k = digest_keyed(key, S("abc")), o = digest_keyed(other, S("abc"));

	CHECK(memcmp(k.b, o.b, 32) != 0 && memcmp(k.b, d.b, 32) != 0);
}

TEST(arena_limits)
{
	struct arena *a = arena_make(1 << 20);

	CHECK_FAULT(FAULT_MEMORY, arena_alloc(a, 1, (1 << 20) + 1));
	CHECK_FAULT(FAULT_MEMORY, arena_alloc(a, SIZE_MAX / 2, 3));
	for (int i = 0; i < 100; i++) {
		char *p = arena_alloc(a, 1, 1 + test_random() % 5000);

		CHECK(((uintptr_t)p & 15) == 0 && *p == 0);
		memset(p, 'x', 1);
	}
	arena_reset(a);
	CHECK_INT(0, arena_used(a));
	CHECK_INT(0, *(char *)arena_alloc(a, 1, 4000));
	fault_inject(FAULT_SITE_ALLOC, 2);
	arena_alloc(a, 1, 1);
	CHECK_FAULT(FAULT_MEMORY, arena_alloc(a, 1, 1));
	arena_alloc(a, 1, 1);
	arena_free(a);
}

int main(void)
{
	return test_main();
}
