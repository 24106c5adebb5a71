/* What a visitor agreed to: which classes of cookies may be kept. An explicit choice goes first,
 * then what the browser says (Sec-GPC), then nothing at all. It is kept in the essential cookie
 * kontor_choice, which names nobody:
 *
 *	1.20783.s-5f3a.p+09c1.m-77d0
 *
 * form of the value, day since 1970, and for each class that can be refused its letter, + or -, and
 * a digest of what the policy then said about that class. A class that the policy says something
 * else about since is asked again, and not used meanwhile; the others stand. */
#include "inner.h"

#include <stdio.h>

static const str cookie_name = {"kontor_choice", 13};
static const struct {
	int class;
	char letter;
} classes[] = {{COOKIE_STATISTICS, 's'}, {COOKIE_PERSONAL, 'p'}, {COOKIE_MARKETING, 'm'}};

/* Everything that a visitor is told about a class, as four digits. */
static void class_digest(struct arena *a, const struct policy *p, int class, char out[5])
{
	struct out text;

	out_init(&text, a, 256, 1 << 16, NULL);
	for (size_t i = 0; i < p->cookies_n; i++) {
		const struct policy_cookie *c = &p->cookies[i];

		if ((int)c->class == class)
			out_fmt(&text, STR_FMT "\n" STR_FMT "\n" STR_FMT "\n%lld\n",
				STR_ARG(c->name), STR_ARG(c->why), STR_ARG(c->party),
				(long long)c->max_age_s);
	}
	struct digest d = digest_of(out_view(&text));

	snprintf(out, 5, "%02x%02x", d.b[0], d.b[1]);
}

static bool class_declared(const struct policy *p, int class)
{
	for (size_t i = 0; i < p->cookies_n; i++)
		if ((int)p->cookies[i].class == class)
			return true;
	return false;
}

/* W3C GPC: the preference is the value 1. Several header lines, or a list that a proxy made of
 * them, are taken together: a no that was said twice is still a no. */
bool gpc_said(const struct header *h, size_t n)
{
	bool said = false;

	for (size_t i = 0; i < n; i++) {
		str rest = h[i].value;

		if (!str_eq_nocase(h[i].name, S("Sec-GPC")))
			continue;
		do {
			if (!str_eq(str_trim(str_cut(&rest, ',')), S("1")))
				return false;
		} while (rest.p);
		said = true;
	}
	return said;
}

/* One ".s+5f3a" of the value: 1: agreed, 0: refused, -1: not an answer to what is asked today. */
static int class_answer(struct arena *a, const struct policy *p, str part, size_t i)
{
	char now[5];

	class_digest(a, p, classes[i].class, now);
	if (part.n != 6 || part.p[0] != classes[i].letter ||
		!str_eq(str_sub(part, 2, 6), str_of(now)))
		return -1;
	return part.p[1] == '+' ? 1 : part.p[1] == '-' ? 0 : -1;
}

struct cookie_choice choice_parse(
	struct arena *a, const struct policy *p, str value, bool signal, instant now)
{
	struct cookie_choice c = {.signal = signal};
	str rest = value, form = str_cut(&rest, '.');
	int64_t day, today = now.us / DAY_US;

	if (!str_eq(form, S("1")) || !str_int(str_cut(&rest, '.'), &day) || day > today + 1 ||
		day < today - COOKIE_CHOICE_DAYS)
		return c;
	c.made = true;
	for (size_t i = 0; i < COUNT(classes); i++) {
		int answer = class_answer(a, p, str_cut(&rest, '.'), i);

		if (answer == 1)
			c.agreed |= 1u << classes[i].class;
		else if (answer == -1 && class_declared(p, classes[i].class))
			c.made = false;
	}
	return c;
}

str choice_print(struct arena *a, const struct policy *p, unsigned agreed, instant now)
{
	struct out o;

	out_init(&o, a, 64, 256, NULL);
	out_fmt(&o, "1.%lld", (long long)(now.us / DAY_US));
	for (size_t i = 0; i < COUNT(classes); i++) {
		char digest[5];

		class_digest(a, p, classes[i].class, digest);
		out_fmt(&o, ".%c%c%s", classes[i].letter,
			agreed & 1u << classes[i].class ? '+' : '-', digest);
	}
	return out_view(&o);
}

struct cookie_choice cookie_choice(const struct req *r)
{
	struct req_private *own = r->web;
	struct exchange *x = own->x;
	str value = {NULL, 0};

	if (!own->choice_known) {
		if (!exchange_cookie(x, cookie_name, &value))
			value = (str){"", 0};
		own->choice = choice_parse(x->arena, x->web->policy, value,
			gpc_said(x->headers, x->headers_n), clock_real());
		own->choice_known = true;
	}
	return own->choice;
}

bool cookie_choice_due(const struct req *r)
{
	const struct policy *p = r->web->x->web->policy;
	struct cookie_choice c = cookie_choice(r);

	if (c.made || c.signal)
		return false;
	for (size_t i = 0; i < COUNT(classes); i++)
		if (class_declared(p, classes[i].class))
			return true;
	return false;
}

void cookie_choose(struct req *r, unsigned agreed)
{
	struct req_private *own = r->web;
	const struct policy *p = own->x->web->policy;
	unsigned known = 0;

	for (size_t i = 0; i < COUNT(classes); i++)
		if (class_declared(p, classes[i].class))
			known |= 1u << classes[i].class;
	own->choice = (struct cookie_choice){
		.agreed = agreed & known, .made = true, .signal = cookie_choice(r).signal};
	own->chosen = true;
	answer_cookie(r, cookie_name.p, choice_print(r->arena, p, agreed & known, clock_real()));
}

static const struct policy_cookie *cookie_declared(const struct policy *p, str name)
{
	for (size_t i = 0; i < p->cookies_n; i++)
		if (str_eq(p->cookies[i].name, name))
			return &p->cookies[i];
	return NULL;
}

str cookie_kept(const struct req *r, const char *name)
{
	const struct policy_cookie *c = cookie_declared(r->web->x->web->policy, str_of(name));
	str value;

	if (!c)
		fault(FAULT_BUG, "the cookie %s is read and not declared", name);
	if ((c->class != COOKIE_ESSENTIAL && !(cookie_choice(r).agreed & 1u << c->class)) ||
		!exchange_cookie(r->web->x, str_of(name), &value))
		return (str){NULL, 0};
	return value;
}

/* A cookie ends where it was set: on this host, or on a domain above it, which a browser does not
 * tell. So it is ended on all of them; a browser ignores what is not its business. */
static void expire(struct exchange *x, str name)
{
	const char *secure = x->tls || str_starts(name, S("__")) ? "; Secure" : "";
	str host = x->facts.host, domain;

	answer_add(x, S("Set-Cookie"),
		str_fmt(x->arena, STR_FMT "=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax%s",
			STR_ARG(name), secure));
	if (str_starts(name, S("__Host-")) || !host.n || host.p[0] == '[')
		return;
	domain = str_cut(&host, ':');
	if (domain.p[domain.n - 1] >= '0' && domain.p[domain.n - 1] <= '9')
		return; /* an address has no domain above it */
	while (str_find(domain, S(".")) != (size_t)-1) {
		answer_add(x, S("Set-Cookie"),
			str_fmt(x->arena, STR_FMT "=; Path=/; Domain=" STR_FMT "; Max-Age=0%s",
				STR_ARG(name), STR_ARG(domain), secure));
		str_cut(&domain, '.');
	}
}

/* Does `name`, as the browser tells it, belong to this declaration? A declared name that ends in *
 * stands for all that begin so. */
static bool cookie_is(const struct policy_cookie *c, str name)
{
	if (str_starts(name, S("__Host-")))
		name = str_sub(name, 7, name.n);
	if (c->name.n && c->name.p[c->name.n - 1] == '*')
		return str_starts(name, str_sub(c->name, 0, c->name.n - 1));
	return str_eq(c->name, name);
}

void choice_expire(struct exchange *x)
{
	const struct policy *p = x->web->policy;
	str header = exchange_header(x, S("Cookie"));
	int n = 0;

	if (!x->own.chosen || header.n > REQ_HEADER_BYTES_MAX)
		return;
	while (header.n && n < COOKIES_SET_MAX) {
		str v = str_trim(str_cut(&header, ';')), name = str_cut(&v, '=');

		for (size_t i = 0; i < p->cookies_n; i++) {
			const struct policy_cookie *c = &p->cookies[i];

			if (c->class != COOKIE_ESSENTIAL &&
				!(x->own.choice.agreed & 1u << c->class) && cookie_is(c, name)) {
				expire(x, name);
				n++;
				break;
			}
		}
	}
}
