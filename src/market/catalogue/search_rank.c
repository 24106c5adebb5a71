/* search_rank: the best of what was found, without looking at all of it.
 *
 * Documents are in the order of quality, and among documents whose words fit equally well quality
 * decides. So the first documents in which every word stands at its best place are the answer, if
 * there are enough of them; only what is a part number can be better, and that is few. Otherwise
 * the matches are scored one by one, at most RANK_DOCS_MAX, from the best quality on. */
#include "market/catalogue/search_match.h"

enum { RANK_DOCS_MAX = 65536 };

static bool worse(const struct ranked *p, const struct ranked *q)
{
	return p->key != q->key ? p->key < q->key : p->doc > q->doc;
}

static void sift(struct ranking *r, size_t i)
{
	for (;;) {
		size_t least = i, l = 2 * i + 1;

		if (l < r->n && worse(&r->v[l], &r->v[least]))
			least = l;
		if (l + 1 < r->n && worse(&r->v[l + 1], &r->v[least]))
			least = l + 1;
		if (least == i)
			return;
		struct ranked x = r->v[i];

		r->v[i] = r->v[least];
		r->v[least] = x;
		i = least;
	}
}

/* A heap with the worst on top. */
static void push(struct ranking *r, struct ranked x)
{
	size_t i;

	if (r->n == r->most) {
		if (!r->n || !worse(&r->v[0], &x))
			return;
		r->v[0] = x;
		sift(r, 0);
		return;
	}
	i = r->n++;
	r->v[i] = x;
	while (i && worse(&r->v[i], &r->v[(i - 1) / 2])) {
		struct ranked t = r->v[i];

		r->v[i] = r->v[(i - 1) / 2];
		r->v[(i - 1) / 2] = t;
		i = (i - 1) / 2;
	}
}

static void push_scored(const struct match *m, struct ranking *r, uint32_t doc, size_t without)
{
	uint32_t s = match_score(m, doc, without);

	push(r, (struct ranked){(uint64_t)s << 16 | m->x->quality[doc], doc, s, m});
}

#define EACH_DOC(doc, set, words) \
	for (size_t k_ = 0; k_ < (words); k_++) \
		for (uint64_t w_ = (set); w_; w_ &= w_ - 1) \
			for (uint32_t doc = (uint32_t)(k_ * 64 + (size_t)__builtin_ctzll(w_)), \
				      o_ = 1; \
				o_; o_ = 0)

/* What may score above words at their best places: whole part numbers, beginnings of them. */
static uint64_t numbers_at(const struct match *m, size_t k)
{
	uint64_t w = (m->whole ? m->whole[k] : 0) | (m->head ? m->head[k] : 0);

	for (size_t i = 0; i < m->tokens_n; i++)
		if (m->token[i].level[LEVEL_KEY])
			w |= m->token[i].level[LEVEL_KEY][k];
	return w & m->found.v[k];
}

/* Documents of a word of 64 in which each token stands at the best place that it has anywhere. */
static uint64_t best_at(const struct match *m, size_t k, size_t without)
{
	uint64_t w = m->found.v[k];

	for (size_t i = 0; i < m->tokens_n && w; i++) {
		int l = LEVEL_TITLE;

		if (i == without)
			continue;
		while (l < LEVELS && !m->token[i].level[l])
			l++;
		w &= l < LEVELS ? m->token[i].level[l][k] : 0;
	}
	return w;
}

static void by_relevance(const struct match *m, size_t without, struct ranking *r, bool exhaustive)
{
	size_t words = m->found.words, best = 0, seen = 0;

	if (!exhaustive) {
		EACH_DOC(doc, numbers_at(m, k_), words)
		push_scored(m, r, doc, without);
		for (size_t k = 0; k < words && best < r->most; k++)
			for (uint64_t w = best_at(m, k, without) & ~numbers_at(m, k);
				w && best < r->most; w &= w - 1, best++)
				push_scored(m, r, (uint32_t)(k * 64 + (size_t)__builtin_ctzll(w)),
					without);
		if (best == r->most)
			return;
	}
	for (size_t k = 0; k < words && (exhaustive || seen < RANK_DOCS_MAX); k++) {
		uint64_t w = m->found.v[k];

		if (!exhaustive)
			w &= ~numbers_at(m, k) & ~best_at(m, k, without);
		for (; w; w &= w - 1, seen++)
			push_scored(m, r, (uint32_t)(k * 64 + (size_t)__builtin_ctzll(w)), without);
	}
}

static uint64_t price_key(
	const struct match *m, uint32_t doc, const struct search_query *q, const uint64_t *currency)
{
	if (currency && !bits_has(currency, doc))
		return 0; /* prices in other money cannot be compared: behind all others */
	return (uint64_t)INT64_MAX - (uint64_t)search_index_price(m->x, doc, q->quantity);
}

static void by_price(const struct match *m, const struct search_query *q, struct ranking *r,
	const uint64_t *currency)
{
	const struct search_index *x = m->x;
	size_t band = (size_t)search_band(q->quantity) * x->docs;

	if ((uint64_t)m->total * (uint64_t)m->total > (uint64_t)x->docs * r->most) {
		for (uint32_t i = 0; i < x->docs;
			i++) { /* cheapest first by the lowest price of the band */
			uint32_t doc = x->by_price[band + i];

			if (r->n == r->most && (double)x->price_low[band + doc] >
						       (double)((uint64_t)INT64_MAX - r->v[0].key))
				return;
			if (bits_has(m->found.v, doc))
				push(r, (struct ranked){price_key(m, doc, q, currency), doc, 0, m});
		}
		return;
	}
	EACH_DOC(doc, m->found.v[k_], m->found.words)
	push(r, (struct ranked){price_key(m, doc, q, currency), doc, 0, m});
}

static void by_column(const struct match *m, struct ranking *r, bool newest)
{
	const struct search_index *x = m->x;
	uint32_t n = x->docs;

	if ((uint64_t)m->total * (uint64_t)m->total > (uint64_t)n * r->most) {
		for (uint32_t i = 0, got = 0; i < n && got < r->most; i++) {
			uint32_t doc = newest ? x->by_offer[n - 1 - i] : x->by_stock[i];

			if (bits_has(m->found.v, doc)) {
				push(r, (struct ranked){
						newest ? (uint64_t)x->offers[doc] : x->stock[doc],
						doc, 0, m});
				got++;
			}
		}
		return;
	}
	EACH_DOC(doc, m->found.v[k_], m->found.words)
	push(r, (struct ranked){newest ? (uint64_t)x->offers[doc] : x->stock[doc], doc, 0, m});
}

void rank_match(const struct match *m, const struct search_query *q, size_t without,
	const uint64_t *currency, struct ranking *r)
{
	if (!m->total || !r->most)
		return;
	switch (q->sort) {
	case SEARCH_BY_RELEVANCE: by_relevance(m, without, r, q->exhaustive); break;
	case SEARCH_BY_PRICE: by_price(m, q, r, currency); break;
	case SEARCH_BY_STOCK: by_column(m, r, false); break;
	case SEARCH_BY_NEWEST: by_column(m, r, true); break;
	}
}

void rank_finish(struct ranking *r)
{
	size_t n = r->n;

	while (r->n > 1) { /* heap sort: the worst goes to the end */
		struct ranked x = r->v[0];

		r->v[0] = r->v[--r->n];
		sift(r, 0);
		r->v[r->n] = x;
	}
	r->n = n;
}
