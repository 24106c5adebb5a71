/* The cookie gate: a cookie leaves only if policy/cookies.yaml declares it and, where its class
 * needs it, the visitor agreed. */
#include "inner.h"

bool cookie_read(str header, str name, str *value)
{
	bool found = false;

	while (header.n) {
		str v = str_trim(str_cut(&header, ';')), k = str_cut(&v, '=');

		if (!str_eq(k, name) || !v.p)
			continue;
		if (found)
			return false; /* two of one name: somebody else planted one of them */
		*value = v;
		found = true;
	}
	return found;
}

/* RFC 6265 cookie-octet */
static bool value_good(str v)
{
	for (size_t i = 0; i < v.n; i++) {
		unsigned char c = (unsigned char)v.p[i];

		if (c <= 0x20 || c >= 0x7f || strchr("\",;\\", c))
			return false;
	}
	return v.n <= REQ_COOKIE_BYTES_MAX;
}

enum cookie_gate cookie_write(struct arena *a, const struct policy *p, unsigned agreed, bool tls,
	str name, str value, str *line)
{
	const struct policy_cookie *c = NULL;
	int64_t age;

	for (size_t i = 0; i < p->cookies_n; i++)
		if (str_eq(p->cookies[i].name, name))
			c = &p->cookies[i];
	if (!c || c->planned)
		return COOKIE_UNDECLARED;
	if (!value_good(value))
		return COOKIE_MALFORMED;
	age = value.n ? c->max_age_s : 0;
	if (value.n && c->class != COOKIE_ESSENTIAL && !(agreed & 1u << c->class))
		return COOKIE_NOT_AGREED;
	*line = str_fmt(a, "%s" STR_FMT "=" STR_FMT "; Path=/; HttpOnly; SameSite=Lax%s",
		tls ? "__Host-" : "", STR_ARG(name), STR_ARG(value), tls ? "; Secure" : "");
	if (!value.n)
		*line = str_cat(a, *line, S("; Max-Age=0"));
	else if (age)
		*line = str_fmt(a, STR_FMT "; Max-Age=%lld", STR_ARG(*line), (long long)age);
	return COOKIE_SENT;
}
