/* search: a query over all segments. */
#include "market/catalogue/search_match.h"

#include <time.h>

str search_currency(const struct search_index *const *x, size_t n)
{
	str best = {NULL, 0};
	uint32_t most = 0;

	for (size_t i = 0; i < n; i++) {
		const struct search_facet *f = search_index_facet(x[i], SEARCH_CURRENCY);

		for (uint32_t k = 0; f && k < f->n; k++)
			if (x[i]->values[f->first + k].list.n > most) {
				most = x[i]->values[f->first + k].list.n;
				best = str_of(x[i]->text + x[i]->values[f->first + k].text);
			}
	}
	return best;
}

static void match_all(struct arena *a, struct match *m, size_t n, const struct search_query *q,
	str currency, size_t without)
{
	for (size_t i = 0; i < n; i++)
		match_filters(a, &m[i], q, currency, without);
}

static int64_t total(struct match *m, size_t n, int64_t most)
{
	int64_t sum = 0;

	for (size_t i = 0; i < n; i++) {
		m[i].total = found_count(&m[i].found, most);
		m[i].more = m[i].total >= most;
		sum += m[i].total;
	}
	return sum;
}

/* Prices are looked up document by document: of many only so many are counted. */
static int64_t count_most(const struct search_query *q)
{
	return q->price_min >= 0 || q->price_max >= 0 ? SEARCH_TOTAL_MORE : INT64_MAX;
}

/* All words together find nothing: leaves out the one whose absence finds most. */
static size_t leave_out(struct arena *a, struct match *m, size_t n, const struct search_query *q,
	str currency, size_t tokens)
{
	size_t best = SIZE_MAX;
	int64_t most = 0;

	for (size_t i = 0; i < tokens; i++) {
		match_all(a, m, n, q, currency, i);
		int64_t t = total(m, n, INT64_MAX);

		if (t > most) {
			most = t;
			best = i;
		}
	}
	match_all(a, m, n, q, currency, best);
	return best;
}

/* The documents whose prices are in that currency; NULL: all. */
static const struct bits *comparable(struct arena *a, const struct search_index *x, str currency)
{
	const struct search_facet *f = search_index_facet(x, SEARCH_CURRENCY);
	const struct search_value *v;
	struct bits *b;

	if (!f || (f->n == 1 && str_eq(str_of(x->text + x->values[f->first].text), currency)))
		return NULL;
	v = search_index_value(x, f, 0, currency);
	b = arena_new(a, struct bits);
	if (v)
		bits_add_list(a, b, x, v->list);
	return b;
}

static void take_hits(struct arena *a, struct search_result *r, const struct ranking *k,
	const struct search_query *q, const struct tokens *t)
{
	size_t n = k->n > q->from ? k->n - q->from : 0;

	r->hits = arena_array(a, struct search_hit, n + 1);
	for (size_t i = 0; i < n; i++) {
		const struct ranked *x = &k->v[q->from + i];
		struct search_hit *h = &r->hits[r->hits_n++];

		h->offer = x->m->x->offers[x->doc];
		h->quality = x->m->x->quality[x->doc];
		h->score = x->score;
		why_found(a, x->m, t, x->doc, h);
	}
}

struct search_result search_run(struct arena *a, const struct search_index *const *x, size_t n,
	const struct search_query *given)
{
	struct search_query q = *given;
	struct search_result r = {0};
	struct match *m = arena_array(a, struct match, n + 1);
	struct facets f = {0};
	struct ranking k = {0};
	struct tokens t;
	size_t without = SIZE_MAX;
	int64_t start = clock_mono_us();

	if (q.quantity < 1)
		q.quantity = 1;
	r.currency = q.currency.n ? q.currency : search_currency(x, n);
	if (q.tokens)
		t = *q.tokens;
	else
		tokens_read(a, x, n, q.text, &t);
	r.read_as = t.read_as;
	for (size_t i = 0; i < n; i++)
		match_words(a, x[i], &t, &m[i]);
	match_all(a, m, n, &q, r.currency, SIZE_MAX);
	r.total = total(m, n, count_most(&q));
	if (!r.total && t.n > 1 && !q.tokens) {
		without = leave_out(a, m, n, &q, r.currency, t.n);
		if (without != SIZE_MAX)
			r.left_out = t.v[without].word;
		r.total = total(m, n, count_most(&q));
	}
	r.more = r.total >= count_most(&q);
	if (r.more)
		r.total = SEARCH_TOTAL_MORE;
	k.most = q.from + q.n > SEARCH_HITS_MAX ? SEARCH_HITS_MAX : q.from + q.n;
	k.v = arena_array(a, struct ranked, k.most + 1);
	for (size_t i = 0; i < n; i++) {
		rank_match(&m[i], &q,
			q.sort == SEARCH_BY_PRICE ? comparable(a, x[i], r.currency) : NULL, &k);
		if (q.facets)
			facets_count(a, &m[i], &q, &f);
	}
	rank_finish(&k);
	take_hits(a, &r, &k, &q, &t);
	facets_finish(&f);
	r.facets = f.v;
	r.facets_n = f.n;
	r.took_us = clock_mono_us() - start;
	return r;
}
