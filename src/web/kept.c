/* Pages kept from one request to the next. Only what a client without any cookie is shown, on
 * routes that say so, and only until one of the tables is written that the page was made from: the
 * store says which (store_unchanged), so no handler has to remember. Form tokens and idempotency
 * keys are found in the printed page and made anew for each showing, at their places: they have a
 * fixed length. */
#include "inner.h"

#include <stdlib.h>

enum { HOLES_MAX = 64, WAYS = 8 };

struct hole {
	uint32_t at;
	bool token;
};
struct page {
	str key, body; /* own memory; body.p NULL: free */
	const struct locale *locale;
	bool tls;
	str type;      /* static memory; empty: HTML */
	char etag[32]; /* as the handler made it; empty: none */
	struct store_tables reads;
	uint64_t moment;
	int64_t made_us;
	size_t holes_n;
	struct hole hole[HOLES_MAX];
};
struct kept {
	pthread_mutex_t lock;
	struct page *page[KEPT_PAGES_MAX]; /* in sets of WAYS, by a digest of the target */
	size_t bytes, hand;
};

struct kept *kept_make(void)
{
	struct kept *k = calloc(1, sizeof *k);

	if (!k)
		fault(FAULT_MEMORY, "no memory for kept pages");
	pthread_mutex_init(&k->lock, NULL);
	return k;
}

static void page_free(struct kept *k, size_t at)
{
	struct page *p = k->page[at];

	if (!p)
		return;
	size_t bytes = sizeof *p + p->key.n + p->body.n;

	k->bytes -= bytes;
	explicit_bzero(p, bytes);
	free(p);
	k->page[at] = NULL;
}

void kept_free(struct kept *k)
{
	if (!k)
		return;
	for (size_t i = 0; i < KEPT_PAGES_MAX; i++)
		page_free(k, i);
	pthread_mutex_destroy(&k->lock);
	free(k);
}

void kept_sweep(struct web *w)
{
	struct kept *k = w->kept;
	int64_t now = clock_coarse_us();

	pthread_mutex_lock(&k->lock);
	for (size_t i = 0; i < KEPT_PAGES_MAX; i++) {
		const struct page *p = k->page[i];

		if (p && (now - p->made_us >= KEPT_S * SECOND_US ||
				 !store_unchanged(w->store, &p->reads, p->moment)))
			page_free(k, i);
	}
	pthread_mutex_unlock(&k->lock);
}

bool kept_may(const struct exchange *x)
{
	return x->req.route->keep && x->req.route->method == GET && !x->req.api &&
	       !x->req.fragment && !x->req.viewer.person && !x->req.viewer.session &&
	       !exchange_header(x, S("Cookie")).p && !exchange_header(x, S("Authorization")).p &&
	       !exchange_header(x, S("Sec-GPC")).p;
}

/* Where the set of a target begins. */
static size_t set_of(const struct exchange *x)
{
	uint64_t h = 1469598103934665603u ^ (uintptr_t)x->req.locale;

	for (size_t i = 0; i < x->target.n; i++)
		h = (h ^ (unsigned char)x->target.p[i]) * 1099511628211u;
	return (h ^ h >> 31) % (KEPT_PAGES_MAX / WAYS) * WAYS;
}

static bool same_page(const struct exchange *x, const struct page *p)
{
	return p && p->locale == x->req.locale && p->tls == x->tls && str_eq(p->key, x->target);
}

/* NULL: there is none that still holds. */
static const struct page *find(const struct exchange *x, const struct kept *k, size_t set)
{
	int64_t now = clock_coarse_us();

	for (size_t i = set; i < set + WAYS; i++)
		if (same_page(x, k->page[i]))
			return now - k->page[i]->made_us < KEPT_S * SECOND_US &&
					       store_unchanged(x->web->store, &k->page[i]->reads,
						       k->page[i]->moment)
				       ? k->page[i]
				       : NULL;
	return NULL;
}

/* A copy of its own, with the holes where tokens and keys stood. */
static bool copy(struct exchange *x, struct hole hole[HOLES_MAX], size_t *holes_n)
{
	struct kept *k = x->web->kept;
	size_t set = set_of(x);

	/* memory is taken outside of the lock: there may be none */
	pthread_mutex_lock(&k->lock);
	const struct page *p = find(x, k, set);
	size_t n = p ? p->body.n : 0;

	pthread_mutex_unlock(&k->lock);
	if (!n)
		return false;
	char *body = arena_alloc(x->arena, 1, n + 1);

	pthread_mutex_lock(&k->lock);
	p = find(x, k, set);
	bool same = p && p->body.n == n;

	if (same) {
		memcpy(body, p->body.p, n);
		memcpy(hole, p->hole, p->holes_n * sizeof *hole);
		*holes_n = p->holes_n;
		x->own.type = p->type;
		x->own.etag = str_dup(x->arena, str_of(p->etag));
	}
	pthread_mutex_unlock(&k->lock);
	x->own.kept = (str){same ? body : NULL, same ? n : 0};
	return same;
}

bool kept_show(struct exchange *x)
{
	struct hole hole[HOLES_MAX];
	size_t n = 0;

	if (!copy(x, hole, &n))
		return false;
	char *body = (char *)(uintptr_t)x->own.kept.p;

	for (size_t i = 0; i < n; i++) {
		str text = hole[i].token ? csrf_token(&x->req) : form_key(&x->req);

		memcpy(body + hole[i].at, text.p, text.n);
	}
	metrics_add(x->web->metrics, COUNT_KEPT, 1);
	return true;
}

/* Where each issued text stands; false: not exactly once, or there are too many. */
static bool holes_find(struct exchange *x, str body, struct page *p)
{
	const struct issued_list *l = &x->own.issued;

	if (l->n > HOLES_MAX)
		return false;
	for (size_t i = 0; i < l->n; i++) {
		str text = l->v[i].text;
		size_t at = str_find(body, text);

		if (at == (size_t)-1 ||
			str_find(str_sub(body, at + text.n, body.n), text) != (size_t)-1)
			return false;
		p->hole[p->holes_n++] = (struct hole){(uint32_t)at, l->v[i].token};
	}
	return true;
}

/* Room for a page: in its set (its older self, else a free place, else the oldest), and in all. */
static size_t room_make(struct exchange *x, struct kept *k, size_t bytes)
{
	size_t set = set_of(x), at = set;

	for (size_t i = set; i < set + WAYS; i++) {
		if (same_page(x, k->page[i])) {
			at = i;
			break;
		}
		if (k->page[at] && (!k->page[i] || k->page[i]->made_us < k->page[at]->made_us))
			at = i;
	}
	page_free(k, at);
	for (size_t i = 0; i < KEPT_PAGES_MAX && k->bytes + bytes > KEPT_BYTES_MAX; i++)
		page_free(k, k->hand++ % KEPT_PAGES_MAX);
	return at;
}

void kept_put(struct exchange *x, uint64_t moment)
{
	struct kept *k = x->web->kept;
	struct req_private *own = &x->own;
	str body = out_view(x->req.out);
	size_t bytes = sizeof(struct page) + x->target.n + body.n;
	struct page *p;

	if (!body.n || own->set_n || own->cookies_n || own->flash_set || own->location.n ||
		own->session != SESSION_SAME || own->etag.n >= sizeof p->etag ||
		bytes > KEPT_BYTES_MAX / 64)
		return;
	p = calloc(1, bytes);
	if (!p)
		return;
	if (!holes_find(x, body, p)) {
		free(p);
		return;
	}
	char *text = (char *)(p + 1);

	memcpy(text, x->target.p, x->target.n);
	memcpy(text + x->target.n, body.p, body.n);
	p->key = (str){text, x->target.n};
	p->body = (str){text + x->target.n, body.n};
	p->type = own->type;
	memcpy(p->etag, own->etag.p ? own->etag.p : "", own->etag.n);
	p->locale = x->req.locale;
	p->tls = x->tls;
	p->reads = x->db.reads;
	p->moment = moment;
	p->made_us = clock_coarse_us();
	pthread_mutex_lock(&k->lock);
	k->page[room_make(x, k, bytes)] = p;
	k->bytes += bytes;
	pthread_mutex_unlock(&k->lock);
}
