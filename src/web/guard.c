/* The framing guard: where two readers of the same bytes could see two different requests, there
 * is no request (RFC 9112 sections 3.2, 5.1, 5.2, 6.3). The listener's parser lets these through.
 * */
#include "inner.h"

static bool token_char(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c && strchr("!#$%&'*+-.^_`|~", c));
}

static bool token(str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!token_char((unsigned char)s.p[i]))
			return false;
	return s.n > 0;
}

static bool value_clean(str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

/* reg-name, IPv4 or [IPv6], and a port: enough to be compared and printed. */
static bool host_good(str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			    strchr("-._~[]:", c)))
			return false;
	}
	return s.n > 0 && s.n <= 255;
}

static bool target_good(str t)
{
	if (!t.n || t.p[0] != '/')
		return false;
	for (size_t i = 0; i < t.n; i++) {
		unsigned char c = (unsigned char)t.p[i];

		if (c <= 0x20 || c >= 0x7f || strchr("\"<>\\^`{|}#", c))
			return false;
	}
	return true;
}

static bool length_parse(str s, int64_t *length)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.n > 0 && s.n <= 18 && str_int(s, length);
}

static bool header_good(
	const struct header *h, struct framing_facts *f, int *hosts, int *lengths, int *codings)
{
	if (!token(h->name) || !value_clean(h->value))
		return false;
	if (str_eq_nocase(h->name, S("Host"))) {
		f->host = h->value;
		return ++*hosts == 1 && host_good(h->value);
	}
	if (str_eq_nocase(h->name, S("Content-Length")))
		return ++*lengths == 1 && length_parse(h->value, &f->length);
	if (str_eq_nocase(h->name, S("Transfer-Encoding"))) {
		f->chunked = true;
		return ++*codings == 1 && str_eq_nocase(h->value, S("chunked"));
	}
	return true;
}

enum framing guard_framing(
	str method, str target, const struct header *h, size_t n, struct framing_facts *facts)
{
	int hosts = 0, lengths = 0, codings = 0;

	*facts = (struct framing_facts){.length = -1};
	if (target.n > REQ_URI_BYTES_MAX)
		return FRAMING_URI_LONG;
	if (!token(method) || !target_good(target) || n > REQ_HEADERS_MAX)
		return FRAMING_BAD;
	for (size_t i = 0; i < n; i++)
		if (!header_good(&h[i], facts, &hosts, &lengths, &codings))
			return FRAMING_BAD;
	if (hosts != 1 || (lengths && codings))
		return FRAMING_BAD;
	return FRAMING_GOOD;
}

bool guard_adjacent(const struct header *h, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *end, *between;

		if (!h[i].name.p || !h[i].value.p)
			return false;
		end = h[i].value.p + h[i].value.n;
		between = h[i].name.p + h[i].name.n;
		if (h[i].value.p <= between)
			return false;
		/* the colon became a NUL; blanks and tabs may follow it, nothing else */
		if (*between)
			return false;
		for (const char *p = between + 1; p < h[i].value.p; p++)
			if (*p != ' ' && *p != '\t')
				return false;
		/* CR LF became two NULs; behind the last value stands the empty line's CR LF as
		 * well */
		if (i + 1 < n ? h[i + 1].name.p != end + 2 : (end[0] || end[1] || end[2] || end[3]))
			return false;
	}
	return true;
}
