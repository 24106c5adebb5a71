/* Pages kept from one request to the next. Only what a client without any cookie is shown, on
 * routes that say so, and only until one of the tables is written that the page was made from: the
 * store says which (store_unchanged), so no handler has to remember. Form tokens and idempotency
 * keys are found in the printed page and made anew for each showing, at their places: they have a
 * fixed length. */
#include "inner.h"

#include <stdlib.h>

enum { WAYS = 8 };

struct kept_page {
	size_t users;  /* whoever copies it, and the table: the last one frees it */
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
	struct kept_page *page[KEPT_PAGES_MAX]; /* in sets of WAYS, by a digest of the target */
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

/* Under the lock, as all that counts users. */
static void page_leave(struct kept_page *p)
{
	if (--p->users)
		return;
	explicit_bzero(p, sizeof *p + p->key.n + p->body.n);
	free(p);
}

static void page_free(struct kept *k, size_t at)
{
	struct kept_page *p = k->page[at];

	if (!p)
		return;
	k->bytes -= sizeof *p + p->key.n + p->body.n;
	k->page[at] = NULL;
	page_leave(p);
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
		const struct kept_page *p = k->page[i];

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

static bool same_page(const struct exchange *x, const struct kept_page *p)
{
	return p && p->locale == x->req.locale && p->tls == x->tls && str_eq(p->key, x->target);
}

/* NULL: there is none that still holds. */
static struct kept_page *find(const struct exchange *x, const struct kept *k)
{
	size_t set = set_of(x);

	for (size_t i = set; i < set + WAYS; i++) {
		struct kept_page *p = k->page[i];

		if (same_page(x, p))
			return clock_coarse_us() - p->made_us < KEPT_S * SECOND_US &&
					       store_unchanged(x->web->store, &p->reads, p->moment)
				       ? p
				       : NULL;
	}
	return NULL;
}

bool kept_show(struct exchange *x)
{
	struct kept *k = x->web->kept;

	pthread_mutex_lock(&k->lock);
	struct kept_page *p = find(x, k);

	if (p)
		p->users++;
	pthread_mutex_unlock(&k->lock);
	if (!p)
		return false;
	x->kept = p; /* until kept_leave(), whatever comes between */
	char *body = arena_alloc(x->arena, 1, p->body.n + 1);

	memcpy(body, p->body.p, p->body.n);
	holes_fill(x, body, p->hole, p->holes_n);
	x->own.type = p->type;
	x->own.etag = str_dup(x->arena, str_of(p->etag));
	x->own.kept = (str){body, p->body.n};
	metrics_add(x->web->metrics, COUNT_KEPT, 1);
	return true;
}

void kept_leave(struct exchange *x)
{
	if (!x->kept)
		return;
	pthread_mutex_lock(&x->web->kept->lock);
	page_leave(x->kept);
	pthread_mutex_unlock(&x->web->kept->lock);
	x->kept = NULL;
}

/* Where each issued text stands; false: not exactly once, or there are too many. */
static bool holes_find(struct exchange *x, str body, struct kept_page *p)
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
	size_t bytes = sizeof(struct kept_page) + x->target.n + body.n;
	struct kept_page *p;

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
	p->users = 1;
	pthread_mutex_lock(&k->lock);
	k->page[room_make(x, k, bytes)] = p;
	k->bytes += bytes;
	pthread_mutex_unlock(&k->lock);
}
