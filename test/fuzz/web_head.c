/* Heads: "METHOD target" on the first line, "name: value" on the others, cut by LF alone, so that
 * the guard sees what a lenient parser would hand it. What it lets through has one reading. */
#include <stdlib.h>

#include "web/inner.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check(bool good)
{
	if (!good)
		abort();
}

static int page(struct req *r)
{
	(void)r;
	return 200;
}

static const struct route table[] = {
	{GET, "/", ANYONE, 1, PROOF_NONE, .get = page},
	{GET, "/order/{order}", ANYONE, 1, PROOF_NONE, .get = page},
	{GET, "/order/{order}.pdf", ANYONE, 1, PROOF_NONE, .get = page},
	{GET, "/order/new", ANYONE, 1, PROOF_NONE, .get = page},
	{POST, "/order/{order}/line/{line}", ANYONE, 1, PROOF_TOKEN, .apply = page},
	{0},
};
static const struct route *const tables[] = {table, NULL};

static void path(struct arena *a, str target)
{
	const struct routed *found;
	struct params p = {0};
	unsigned allow;
	str rest = target, only = str_cut(&rest, '?');
	struct values v = {0};
	enum match m = routes_match(routes_make(a, tables, NULL), a, GET, only, &found, &p, &allow);

	for (size_t i = 0; m == MATCH_FOUND && i < p.n; i++)
		check(p.value[i].n && str_utf8(p.value[i]) && !str_eq(p.value[i], S("..")));
	values_urlencoded(a, rest, &v);
}

static void values(struct arena *a, str s)
{
	str params, v;
	str type = media_type(s, &params);

	check(type.n <= s.n);
	media_param(a, params, S("boundary"), &v);
	accepts_gzip(s);
	etag_matches(s, S("\"x\""));
	cookie_read(s, S("kontor"), &v);
	address_truncate(a, s);
	check(device_kind(a, s).n < 40);
	locale_of(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct header h[REQ_HEADERS_MAX + 1];
	struct framing_facts f;
	struct arena *a;
	size_t hosts = 0, lengths = 0, codings = 0, k = 0;
	str rest, first, method;

	if (n > 1 << 15)
		return 0;
	a = arena_make((size_t)64 << 20);
	rest = str_dup(a, (str){n ? (const char *)data : "", n});
	first = str_cut(&rest, '\n');
	method = str_cut(&first, ' ');
	while (rest.n && k < COUNT(h)) {
		str value = str_cut(&rest, '\n'), name = str_cut(&value, ':');

		h[k++] = (struct header){name, value.p ? value : S("")};
		values(a, h[k - 1].value);
	}
	if (guard_framing(method, first, h, k, &f) == FRAMING_GOOD) {
		for (size_t i = 0; i < k; i++) {
			hosts += str_eq_nocase(h[i].name, S("host"));
			lengths += str_eq_nocase(h[i].name, S("content-length"));
			codings += str_eq_nocase(h[i].name, S("transfer-encoding"));
			check(!memchr(h[i].value.p, 0, h[i].value.n) && !str_has(h[i].value, '\r'));
		}
		check(hosts == 1 && lengths <= 1 && codings <= 1 && !(lengths && codings));
		check((f.length >= 0) == (lengths == 1) && f.chunked == (codings == 1));
		path(a, first);
	}
	arena_free(a);
	return 0;
}
