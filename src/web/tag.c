/* The tag gate: what a page loads from others is declared in policy/tags.yaml, switched on by the
 * installation, served by a recipient to whom data may go today, and agreed to by the visitor. What
 * is not given here is not printed, and the page's Content-Security-Policy names the hosts of what
 * was given alone: a tag that somehow stood on the page would load nothing. */
#include "inner.h"

/* Consent mode, version 2: the signals and the class that each follows. security_storage is
 * essential and never denied. */
static const struct {
	const char *signal;
	int class;
} signals[] = {{"ad_storage", COOKIE_MARKETING}, {"ad_user_data", COOKIE_MARKETING},
	{"ad_personalization", COOKIE_MARKETING}, {"analytics_storage", COOKIE_STATISTICS},
	{"functionality_storage", COOKIE_PERSONAL}, {"personalization_storage", COOKIE_PERSONAL}};

/* Stands on each page by itself, when its class is agreed to. */
static bool by_itself(const struct policy_tag *t)
{
	return (t->kind == TAG_SCRIPT || t->kind == TAG_PIXEL) && t->serves.n && t->src.n;
}

enum tag_gate tag_ask(
	const struct policy *p, unsigned agreed, str name, instant now, const struct policy_tag **t)
{
	*t = policy_tag(p, name);
	if (!*t)
		return TAG_UNDECLARED;
	if (!policy_tag_live(p, *t, now))
		return TAG_OFF;
	if (by_itself(*t) && !(agreed & 1u << (*t)->class))
		return TAG_NOT_AGREED;
	return TAG_GIVEN;
}

static void give(struct req *r, const struct policy_tag *t)
{
	struct req_private *own = r->web;

	for (size_t i = 0; i < own->tags_n; i++)
		if (own->tags[i] == t)
			return;
	if (own->tags_n < TAGS_PAGE_MAX)
		own->tags[own->tags_n++] = t;
}

/* Does this page's address also take a form that asks for what is personal? Nobody looks on. */
static bool asks(const struct req *r)
{
	struct exchange *x = r->web->x;
	const struct routed *there = NULL;
	struct params p = {0};
	unsigned allow = 0;

	return routes_match(x->web->routes, x->arena, POST, x->path, &there, &p, &allow) ==
		       MATCH_FOUND &&
	       form_collects(there->route->form);
}

size_t page_tags(struct req *r, bool open, const struct policy_tag *v[TAGS_PAGE_MAX])
{
	const struct policy *p = r->web->x->web->policy;
	unsigned agreed = cookie_choice(r).agreed;
	const struct policy_tag *t;
	size_t n = 0;

	if (!open || !agreed || asks(r))
		return 0;
	for (size_t i = 0; i < p->tags_n && n < TAGS_PAGE_MAX; i++)
		if (by_itself(&p->tags[i]) &&
			tag_ask(p, agreed, p->tags[i].name, clock_real(), &t) == TAG_GIVEN) {
			give(r, t);
			v[n++] = t;
		}
	return n;
}

bool page_signals(const struct req *r, bool open)
{
	const struct policy *p = r->web->x->web->policy;

	for (size_t i = 0; i < p->tags_n && open; i++)
		if (by_itself(&p->tags[i]) && policy_tag_live(p, &p->tags[i], clock_real()))
			return true;
	return false;
}

static str signals_of(struct arena *a, unsigned agreed)
{
	struct out o;

	out_init(&o, a, 128, 512, NULL);
	for (size_t i = 0; i < COUNT(signals); i++)
		if (agreed & 1u << signals[i].class)
			out_fmt(&o, "%s%s", o.n ? " " : "", signals[i].signal);
	return out_view(&o);
}

str page_signals_granted(struct req *r)
{
	return signals_of(r->arena, cookie_choice(r).agreed);
}

str page_signals_all(struct req *r)
{
	return signals_of(r->arena, ~0u);
}

/* ---- the Content-Security-Policy --------------------------------------------------------- */

static void sources(struct out *o, const char *directive, const struct policy_tag *const *v,
	size_t n, unsigned kinds)
{
	out_fmt(o, "; %s", directive);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; kinds >> v[i]->kind & 1 && k < v[i]->hosts_n; k++)
			out_fmt(o, " https://" STR_FMT, STR_ARG(v[i]->hosts[k]));
}

/* Nothing inline, nothing foreign but the hosts of these; whatever else a page could be made to
 * load is refused. */
str tags_policy(struct arena *a, const struct policy_tag *const *v, size_t n)
{
	const unsigned scripts = 1u << TAG_SCRIPT, pixels = 1u << TAG_PIXEL,
		       embeds = 1u << TAG_EMBED;
	unsigned given = 0;
	struct out o;

	if (!n)
		return S(
			"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
			"font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
			"frame-ancestors 'none'");
	for (size_t i = 0; i < n; i++)
		given |= 1u << v[i]->kind;
	out_init(&o, a, 512, 8 << 10, NULL);
	out_lit(&o, "default-src 'none'; style-src 'self'; font-src 'self'");
	sources(&o, "script-src 'self'", v, n, scripts);
	sources(&o, "img-src 'self'", v, n, scripts | pixels);
	sources(&o, "connect-src 'self'", v, n, scripts);
	if (given & embeds)
		sources(&o, "frame-src", v, n, embeds);
	out_lit(&o, "; form-action 'self'; base-uri 'none'; frame-ancestors 'none'");
	return out_view(&o);
}

/* ---- embeds and shared pages ------------------------------------------------------------- */

/* What stands there goes into an address of ours: letters, digits, - and _ alone. */
str star_of(str form, str address)
{
	size_t at = str_find(form, S("*"));
	str head = str_sub(form, 0, at), tail = str_sub(form, at + 1, form.n), what;

	if (at == (size_t)-1 || address.n <= head.n + tail.n ||
		address.n > EMBED_ADDRESS_BYTES_MAX || !str_starts(address, head) ||
		!str_ends(address, tail))
		return (str){NULL, 0};
	what = str_sub(address, head.n, address.n - tail.n);
	for (size_t i = 0; i < what.n; i++) {
		char c = what.p[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
			c != '-' && c != '_')
			return (str){NULL, 0};
	}
	return what;
}

static str star_filled(struct arena *a, str form, str what)
{
	size_t at = str_find(form, S("*"));

	return str_fmt(a, STR_FMT STR_FMT STR_FMT, STR_ARG(str_sub(form, 0, at)), STR_ARG(what),
		STR_ARG(str_sub(form, at + 1, form.n)));
}

/* Its place in policy.tags; -1: none that is switched on. */
static int embed_at(const struct policy *p, str address, str *what)
{
	for (size_t i = 0; i < p->tags_n && i < 64; i++) {
		const struct policy_tag *t = &p->tags[i];

		*what = t->kind == TAG_EMBED ? star_of(t->opens, address) : (str){NULL, 0};
		if (what->n && policy_tag_live(p, t, clock_real()))
			return (int)i;
	}
	return -1;
}

bool embed_known(const struct policy *p, str address)
{
	str what;

	return embed_at(p, address, &what) >= 0;
}

str embed_hosts(struct arena *a, const struct policy *p)
{
	struct out o;

	out_init(&o, a, 128, 4096, NULL);
	for (size_t i = 0; i < p->tags_n && i < 64; i++) {
		const struct policy_tag *t = &p->tags[i];

		if (t->kind == TAG_EMBED && policy_tag_live(p, t, clock_real()))
			out_fmt(&o, "%s" STR_FMT, o.n ? ", " : "",
				STR_ARG(star_filled(a, t->opens, S("\u2026"))));
	}
	return out_view(&o);
}

/* What kontor_once carries: which address, without saying it. */
static str once_mark(struct arena *a, str address)
{
	struct digest d = digest_of(address);

	return hex_of(a, d.b, 8);
}

bool embed_find(struct req *r, str address, bool always, struct embed *e)
{
	struct web *w = r->web->x->web;
	str what, once = cookie_kept(r, "kontor_once");
	int at;

	*e = (struct embed){.address = address};
	if (!address.n)
		return false;
	at = embed_at(w->policy, address, &what);
	if (at < 0) {
		metrics_add(w->metrics, COUNT_TAGS_DROPPED, 1);
		return false;
	}
	e->tag = &w->policy->tags[at];
	e->by = policy_recipient(w->policy, e->tag->serves);
	e->src = star_filled(r->arena, e->tag->src, what);
	e->shown = always && cookie_choice(r).shows >> at & 1;
	if (once.n && str_eq(once, once_mark(r->arena, address))) {
		e->shown = true;
		answer_cookie(r, "kontor_once", S(""));
	}
	if (e->shown)
		give(r, e->tag);
	return true;
}

void embed_once(struct req *r, const struct embed *e)
{
	answer_cookie(r, "kontor_once", once_mark(r->arena, e->address));
}

void embed_always(struct req *r, const struct policy_tag *t, bool yes)
{
	const struct policy *p = r->web->x->web->policy;
	struct req_private *own = r->web;

	(void)cookie_choice(r);
	for (size_t i = 0; i < p->tags_n && i < 64; i++)
		if (p->tags[i].kind == TAG_EMBED && str_eq(p->tags[i].serves, t->serves))
			own->choice.shows =
				(own->choice.shows & ~(UINT64_C(1) << i)) | (uint64_t)yes << i;
	choice_keep(r);
}

void embed_never(struct req *r)
{
	if (!cookie_choice(r).shows)
		return;
	r->web->choice.shows = 0;
	choice_keep(r);
}

static str percent_all(struct arena *a, str s)
{
	static const char hex[] = "0123456789ABCDEF";
	struct out o;

	out_init(&o, a, s.n * 3 + 1, REQ_URI_BYTES_MAX * 3, NULL);
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if ((c | 32) >= 'a' && (c | 32) <= 'z') {
			out_char(&o, (char)c);
		} else if ((c >= '0' && c <= '9') || strchr("-._~", c)) {
			out_char(&o, (char)c);
		} else {
			out_char(&o, '%');
			out_char(&o, hex[c >> 4]);
			out_char(&o, hex[c & 15]);
		}
	}
	return out_view(&o);
}

str recipient_short(const struct policy_recipient *r)
{
	str rest = r->title;

	return str_cut(&rest, ',');
}

size_t shares_of(struct req *r, str path, struct share v[TAGS_PAGE_MAX])
{
	struct exchange *x = r->web->x;
	const struct policy *p = x->web->policy;
	str url = str_fmt(r->arena, "%s://" STR_FMT STR_FMT, x->tls ? "https" : "http",
		STR_ARG(x->facts.host), STR_ARG(path));
	size_t n = 0;

	for (size_t i = 0; i < p->tags_n && n < TAGS_PAGE_MAX; i++) {
		const struct policy_tag *t = &p->tags[i];

		if (t->kind == TAG_BUTTON && policy_tag_live(p, t, clock_real()))
			v[n++] = (struct share){t, policy_recipient(p, t->serves),
				star_filled(r->arena, t->src, percent_all(r->arena, url))};
	}
	return n;
}
