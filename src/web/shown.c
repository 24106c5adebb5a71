/* Tells the market of a page that was shown, with nothing in it that names anybody. */
#include "inner.h"

static str first_language(str accept)
{
	str v = str_trim(str_cut(&accept, ','));

	v = str_trim(str_cut(&v, ';'));
	for (size_t i = 0; i < v.n; i++) {
		unsigned char c = (unsigned char)v.p[i];

		if (!((c | 32) >= 'a' && (c | 32) <= 'z') && !(c >= '0' && c <= '9') && c != '-')
			return (str){"", 0};
	}
	return v.n <= 12 ? v : (str){"", 0};
}

/* The host of the page that led here, in lower case; empty: none, or this marketplace. */
static str foreign_host(struct exchange *x)
{
	str v = exchange_header(x, S("Referer")), own = x->facts.host, scheme = str_cut(&v, ':');

	if ((!str_eq(scheme, S("http")) && !str_eq(scheme, S("https"))) ||
		!str_starts(v, S("//")) || v.n > REQ_HEADER_BYTES_MAX)
		return (str){"", 0};
	v = str_sub(v, 2, v.n);
	str host = str_cut(&v, '/');
	size_t at = str_find(host, S("@"));

	host = str_lower(x->arena, at == (size_t)-1 ? host : str_sub(host, at + 1, host.n));
	for (size_t i = 0; i < host.n; i++)
		if (host.p[i] == '?' || host.p[i] == '#')
			host.n = i;
	if (str_eq_nocase(host, own))
		return (str){"", 0};
	host = str_cut(&host, ':');
	for (size_t i = 0; i < host.n; i++) {
		char c = host.p[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '.' && c != '-')
			return (str){"", 0};
	}
	return host;
}

static void tell(struct exchange *x)
{
	const struct web_options *o = &x->web->options;
	const struct route *r = x->req.route;
	struct cookie_choice c;

	if (!o->shown || !r || r->method != GET || x->status != 200 || x->req.api || x->head ||
		x->req.fragment || x->own.type.n || exchange_header(x, S("Sec-Purpose")).n)
		return;
	c = cookie_choice(&x->req);
	o->shown(&(struct shown){
		.route = str_of(r->path),
		.network = x->peer_short,
		.device = device_kind(x->arena, exchange_header(x, S("User-Agent"))),
		.language = first_language(exchange_header(x, S("Accept-Language"))),
		.referrer = foreign_host(x),
		.path = r->keep ? x->path : str_of(r->path),
		.agreed = c.made && c.agreed >> COOKIE_STATISTICS & 1,
		.counted = c.made ? c.agreed >> COOKIE_STATISTICS & 1 : !c.signal,
		.at = clock_real(),
	});
}

static void tell_refused(struct exchange *x)
{
	const struct route *r = x->routed ? x->routed->route : NULL;
	const struct viewer *v = &x->req.viewer;
	bool theirs = r && !(r->who & BIT(ROLE_VISITOR)) && strchr(r->path, '{');

	if (r && x->web->options.refused && (x->status == 403 || (x->status == 404 && theirs)))
		x->web->options.refused(&(struct refused){.route = str_of(r->path),
			.person = v->person,
			.agent = v->roles & BIT(ROLE_AGENT) ? v->session : 0});
}

/* Counting may fail, the answer does not. */
void shown_tell(struct exchange *x)
{
	struct fault_point fp;

	if (FAULT_TRY(fp)) {
		tell(x);
		tell_refused(x);
		FAULT_END(fp);
	}
}
