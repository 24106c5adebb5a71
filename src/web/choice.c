/* What a visitor agreed to: which classes of cookies may be kept. An explicit choice goes first,
 * then what the browser says (Sec-GPC), then nothing at all. It is kept in the essential cookie
 * kontor_choice, which names nobody:
 *
 *	2.20783.eea.s-5f3a.p+09c1.m-77d0.x5d0c1f2e
 *
 * form of the value, day since 1970, the region that the visitor was judged to be in, and for each
 * class that can be refused its letter, + or - (? while it was not answered), and a digest of what
 * the policy then said about that class; then, for each recipient whose videos and posts are always
 * to be shown, x and a digest of what the policy said about it. A class that the policy says
 * something else about since is asked again, and not used meanwhile; the others stand. */
#include "inner.h"

#include <stdio.h>

static const str cookie_name = {"kontor_choice", 13};
static const struct {
	int class;
	char letter;
} classes[] = {{COOKIE_STATISTICS, 's'}, {COOKIE_PERSONAL, 'p'}, {COOKIE_MARKETING, 'm'}};

/* What a class lets others load or learn: an embed or a button is asked for by itself. */
static bool tag_of_class(const struct policy_tag *t, int class)
{
	return (int)t->class == class && !t->planned && t->serves.n &&
	       (t->kind == TAG_SCRIPT || t->kind == TAG_PIXEL || t->kind == TAG_RELAY);
}

/* Everything that a visitor is told about a class, as four digits. */
static void class_digest(struct arena *a, const struct policy *p, int class, char out[5])
{
	struct out text;

	out_init(&text, a, 256, 1 << 16, NULL);
	for (size_t i = 0; i < p->cookies_n; i++) {
		const struct policy_cookie *c = &p->cookies[i];

		if ((int)c->class == class && !c->planned)
			out_fmt(&text, STR_FMT "\n" STR_FMT "\n" STR_FMT "\n%lld\n",
				STR_ARG(c->name), STR_ARG(c->why), STR_ARG(c->party),
				(long long)c->max_age_s);
	}
	for (size_t i = 0; i < p->tags_n; i++) {
		const struct policy_tag *t = &p->tags[i];

		if (tag_of_class(t, class))
			out_fmt(&text, STR_FMT "\n" STR_FMT "\n" STR_FMT "\n" STR_FMT "\n%lld\n",
				STR_ARG(t->name), STR_ARG(t->why), STR_ARG(t->serves),
				STR_ARG(t->sends), (long long)t->max_age_s);
	}
	struct digest d = digest_of(out_view(&text));

	snprintf(out, 5, "%02x%02x", d.b[0], d.b[1]);
}

bool cookie_class_asks(const struct policy *p, int class)
{
	for (size_t i = 0; i < p->cookies_n; i++)
		if ((int)p->cookies[i].class == class && !p->cookies[i].planned)
			return true;
	for (size_t i = 0; i < p->tags_n; i++)
		if (tag_of_class(&p->tags[i], class))
			return true;
	return false;
}

/* Everything that a visitor is told about whoever serves an embed, as eight digits. */
static void recipient_digest(
	struct arena *a, const struct policy *p, const struct policy_tag *t, char out[9])
{
	const struct policy_recipient *r = policy_recipient(p, t->serves);
	struct digest d = digest_of(
		r ? str_fmt(a, STR_FMT "\n" STR_FMT "\n" STR_FMT "\n" STR_FMT, STR_ARG(r->name),
			    STR_ARG(r->title), STR_ARG(r->does), STR_ARG(r->link))
		  : t->name);

	snprintf(out, 9, "%02x%02x%02x%02x", d.b[0], d.b[1], d.b[2], d.b[3]);
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

/* One ".x5d0c1f2e": the embeds of this recipient. */
static uint64_t shows_of(struct arena *a, const struct policy *p, str part)
{
	uint64_t shows = 0;
	char now[9];

	for (size_t i = 0; i < p->tags_n && i < 64 && part.n == 9 && part.p[0] == 'x'; i++) {
		if (p->tags[i].kind != TAG_EMBED)
			continue;
		recipient_digest(a, p, &p->tags[i], now);
		if (str_eq(str_sub(part, 1, 9), str_of(now)))
			shows |= UINT64_C(1) << i;
	}
	return shows;
}

struct cookie_choice choice_parse(
	struct arena *a, const struct policy *p, str value, bool signal, instant now)
{
	struct cookie_choice c = {.signal = signal};
	str rest = value, form = str_cut(&rest, '.');
	int64_t day, today = now.us / DAY_US;

	if (!str_eq(form, S("2")) || !str_int(str_cut(&rest, '.'), &day) || day > today + 1 ||
		day < today - COOKIE_CHOICE_DAYS)
		return c;
	c.made = true;
	c.day = day;
	c.region = str_cut(&rest, '.');
	for (size_t i = 0; i < COUNT(classes); i++) {
		int answer = class_answer(a, p, str_cut(&rest, '.'), i);

		if (answer == 1)
			c.agreed |= 1u << classes[i].class;
		else if (answer == -1 && cookie_class_asks(p, classes[i].class))
			c.made = false;
	}
	while (rest.n)
		c.shows |= shows_of(a, p, str_cut(&rest, '.'));
	return c;
}

str choice_print(
	struct arena *a, const struct policy *p, const struct cookie_choice *c, instant now)
{
	struct out o;
	char before[9] = "", by[9];

	out_init(&o, a, 64, REQ_COOKIE_BYTES_MAX, NULL);
	out_fmt(&o, "2.%lld." STR_FMT, (long long)(c->day ? c->day : now.us / DAY_US),
		STR_ARG(c->region.n ? c->region : S("-")));
	for (size_t i = 0; i < COUNT(classes); i++) {
		char digest[5];

		class_digest(a, p, classes[i].class, digest);
		out_fmt(&o, ".%c%c%s", classes[i].letter,
			c->agreed & 1u << classes[i].class ? '+'
			: c->made			   ? '-'
							   : '?',
			digest);
	}
	for (size_t i = 0; i < p->tags_n && i < 64; i++) {
		if (!(c->shows >> i & 1))
			continue;
		recipient_digest(a, p, &p->tags[i], by);
		if (strcmp(before, by) != 0) /* tags of one recipient stand together */
			out_fmt(&o, ".x%s", by);
		memcpy(before, by, sizeof before);
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
		if (cookie_class_asks(p, classes[i].class))
			return true;
	return false;
}

void cookie_choose(struct req *r, unsigned agreed)
{
	struct req_private *own = r->web;
	const struct policy *p = own->x->web->policy;
	unsigned known = 0;

	for (size_t i = 0; i < COUNT(classes); i++)
		if (cookie_class_asks(p, classes[i].class))
			known |= 1u << classes[i].class;
	(void)cookie_choice(r);
	own->choice.agreed = agreed & known;
	own->choice.made = true;
	own->choice.day = 0; /* today */
	if (!own->choice.agreed)
		own->choice.shows = 0; /* a no to everything */
	own->chosen = true;
	choice_keep(r);
}

/* The country that a region follows from is guessed from the truncated address, if at all. */
void choice_keep(struct req *r)
{
	struct req_private *own = r->web;
	struct web *w = own->x->web;
	str country = w->options.country ? w->options.country(own->x->peer_short) : S("");
	const struct policy_region *region = policy_region_of(w->policy, country);

	own->choice.region = region ? region->name : S("");
	answer_cookie(
		r, cookie_name.p, choice_print(r->arena, w->policy, &own->choice, clock_real()));
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
