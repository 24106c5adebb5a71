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

static void push_scored(const struct match *m, struct ranking *r, uint32_t doc)
{
	uint32_t s = match_score(m, doc);

	push(r, (struct ranked){(uint64_t)s << 16 | m->x->quality[doc], doc, s, m});
}

/* What may score above words at their best places: whole part numbers, beginnings of them. */
static bool numbers_in(const struct match *m, size_t block)
{
	bool any = bits_in_block(&m->whole, block) || bits_in_block(&m->head, block);

	for (size_t i = 0; i < m->tokens_n && !any; i++)
		any = bits_in_block(&m->token[i].level[LEVEL_KEY], block);
	return any;
}

static uint64_t numbers_at(const struct match *m, size_t k)
{
	uint64_t w = bits_word(&m->whole, k) | bits_word(&m->head, k);

	for (size_t i = 0; i < m->tokens_n; i++)
		w |= bits_word(&m->token[i].level[LEVEL_KEY], k);
	return w;
}

/* Documents of a word of 64 in which each token stands at the best place that it has anywhere. */
static uint64_t best_at(const struct match *m, size_t k)
{
	uint64_t w = UINT64_MAX;

	for (size_t i = 0; i < m->tokens_n && w; i++) {
		int l = LEVEL_TITLE;

		if (i == m->without)
			continue;
		while (l < LEVELS && bits_none(&m->token[i].level[l]))
			l++;
		w = l < LEVELS ? w & bits_word(&m->token[i].level[l], k) : 0;
	}
	return w;
}

/* Of the found documents of word k: those that are asked for. */
typedef uint64_t asked(const struct match *m, size_t k);
static uint64_t all_at(const struct match *m, size_t k)
{
	(void)m, (void)k;
	return UINT64_MAX;
}

static uint64_t plain_best_at(const struct match *m, size_t k)
{
	return best_at(m, k) & ~numbers_at(m, k);
}

static uint64_t rest_at(const struct match *m, size_t k)
{
	return ~best_at(m, k) & ~numbers_at(m, k);
}

/* Scores what is found and asked for, the best quality first, `most` at the most; how many. */
static size_t score_each(struct match *m, struct ranking *r, size_t most, asked *at, bool numbers)
{
	size_t n = 0;

	for (size_t i = 0; i < blocks_of(m->x) && n < most; i++) {
		if (numbers && !numbers_in(m, i))
			continue;
		const uint64_t *found = found_block(&m->found, i);

		for (size_t k = 0; k < BLOCK_WORDS && n < most; k++)
			for (uint64_t w = found[k] ? found[k] & at(m, i * BLOCK_WORDS + k) : 0;
				w && n < most; w &= w - 1, n++)
				push_scored(m, r,
					(uint32_t)(i * BLOCK_DOCS + k * 64 +
						   (size_t)__builtin_ctzll(w)));
	}
	return n;
}

static void by_relevance(struct match *m, struct ranking *r, bool exhaustive)
{
	if (exhaustive) {
		score_each(m, r, SIZE_MAX, all_at, false);
		return;
	}
	score_each(m, r, SIZE_MAX, numbers_at, true);
	if (score_each(m, r, r->most, plain_best_at, false) < r->most)
		score_each(m, r, RANK_DOCS_MAX, rest_at, false);
}

#define EACH_FOUND(doc, m) \
	for (size_t k_ = 0; k_ < blocks_of((m)->x) * BLOCK_WORDS; k_++) \
		for (uint64_t w_ = found_block(&(m)->found, k_ / BLOCK_WORDS)[k_ % BLOCK_WORDS]; \
			w_; w_ &= w_ - 1) \
			for (uint32_t doc = (uint32_t)(k_ * 64 + (size_t)__builtin_ctzll(w_)), \
				      o_ = 1; \
				o_; o_ = 0)

/* So many that walking all documents in the order asked for meets enough of them sooner. */
static bool many(const struct match *m, const struct ranking *r)
{
	return m->more || (uint64_t)m->total * (uint64_t)m->total > (uint64_t)m->x->docs * r->most;
}

static uint64_t price_key(const struct match *m, uint32_t doc, const struct search_query *q,
	const struct bits *currency)
{
	if (currency && !bits_has(currency, doc))
		return 0; /* prices in other money cannot be compared: behind all others */
	return (uint64_t)INT64_MAX - (uint64_t)search_index_price(m->x, doc, q->quantity);
}

static void by_price(struct match *m, const struct search_query *q, struct ranking *r,
	const struct bits *currency)
{
	const struct search_index *x = m->x;
	size_t band = (size_t)search_band(q->quantity) * x->docs;

	if (many(m, r)) {
		for (uint32_t i = 0; i < x->docs;
			i++) { /* cheapest first by the lowest price of the band */
			uint32_t doc = x->by_price[band + i];

			if (r->n == r->most && (double)x->price_low[band + doc] >
						       (double)((uint64_t)INT64_MAX - r->v[0].key))
				return;
			if (found_has(&m->found, doc))
				push(r, (struct ranked){price_key(m, doc, q, currency), doc, 0, m});
		}
		return;
	}
	EACH_FOUND(doc, m)
	push(r, (struct ranked){price_key(m, doc, q, currency), doc, 0, m});
}

static void by_column(struct match *m, struct ranking *r, bool newest)
{
	const struct search_index *x = m->x;
	uint32_t n = x->docs;

	if (many(m, r)) {
		for (uint32_t i = 0, got = 0; i < n && got < r->most; i++) {
			uint32_t doc = newest ? x->by_offer[n - 1 - i] : x->by_stock[i];

			if (found_has(&m->found, doc)) {
				push(r, (struct ranked){
						newest ? (uint64_t)x->offers[doc] : x->stock[doc],
						doc, 0, m});
				got++;
			}
		}
		return;
	}
	EACH_FOUND(doc, m)
	push(r, (struct ranked){newest ? (uint64_t)x->offers[doc] : x->stock[doc], doc, 0, m});
}

void rank_match(struct match *m, const struct search_query *q, const struct bits *currency,
	struct ranking *r)
{
	if (!m->total || !r->most)
		return;
	switch (q->sort) {
	case SEARCH_BY_RELEVANCE: by_relevance(m, r, q->exhaustive); break;
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
