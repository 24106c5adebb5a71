/* Every reader of the base: what it takes prints back to the same value, and no place lets a quote
 * or a < through. */
#include <stdlib.h>

#include "base/out.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check(bool good)
{
	if (!good)
		abort();
}

static void places(struct arena *a, str s)
{
	struct out o;

	out_init(&o, a, 64, (size_t)32 << 20, locale_of(s));
	OUT_TEXT(&o, s);
	OUT_ATTR(&o, s);
	OUT_URL(&o, s);
	OUT_PATH(&o, s);
	check(!str_has(out_view(&o), '<') && !str_has(out_view(&o), '"'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *a = arena_make((size_t)64 << 20);
	str s = str_dup(a, (str){n ? (const char *)data : "", n}), bytes;
	instant t, t2;
	money m, m2;
	struct price p;
	int64_t v, v2;

	if (str_int(s, &v))
		check(str_int(str_fmt(a, "%lld", (long long)v), &v2) && v == v2);
	if (id_parse(s, &v))
		check(str_eq(id_text(a, v), s));
	if (instant_parse(s, &t))
		check(instant_parse(instant_iso(a, t), &t2) && t.us - t2.us >= 0 &&
			t.us - t2.us < SECOND_US);
	if (money_parse(s, S("EUR"), &m)) {
		struct out o;

		out_init(&o, a, 64, 256, NULL);
		out_money_plain(&o, m);
		check(money_parse(out_view(&o), S("EUR"), &m2) && m.minor == m2.minor);
	}
	price_parse(s, S("KWD"), &p);
	if (base64url_parse(a, s, &bytes))
		check(str_eq(base64url_of(a, bytes.p, bytes.n), s));
	if (str_utf8(s))
		check(str_chars(s) <= s.n);
	places(a, s);
	arena_free(a);
	return 0;
}
