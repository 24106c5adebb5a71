/* search: a query over all segments. */
#include "market/catalogue/search_match.h"

#include <time.h>

/* The currency that most offers have. */
static str common_currency(const struct search_index *const *x, size_t n)
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

static int64_t total(const struct match *m, size_t n)
{
	int64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += m[i].total;
	return sum;
}

static void match_all(struct arena *a, struct match *m, size_t n, const struct search_query *q,
	str currency, size_t without)
{
	for (size_t i = 0; i < n; i++) {
		m[i].filters_n = 0;
		match_text(a, &m[i], without);
		match_filters(a, &m[i], q, currency);
	}
}

/* All words together find nothing: leaves out the one whose absence finds most. */
static size_t leave_out(struct arena *a, struct match *m, size_t n, const struct search_query *q,
	str currency, size_t tokens)
{
	size_t best = SIZE_MAX;
	int64_t most = 0;

	for (size_t i = 0; i < tokens; i++) {
		match_all(a, m, n, q, currency, i);
		if (total(m, n) > most) {
			most = total(m, n);
			best = i;
		}
	}
	match_all(a, m, n, q, currency, best);
	return best;
}

static const uint64_t *comparable(struct arena *a, const struct search_index *x, str currency)
{
	const struct search_facet *f = search_index_facet(x, SEARCH_CURRENCY);
	const struct search_value *v;
	const uint64_t *b;

	if (!f || (f->n == 1 && str_eq(str_of(x->text + x->values[f->first].text), currency)))
		return NULL;
	v = search_index_value(x, f, 0, currency);
	b = v ? list_bits(a, x, v->list) : NULL;
	return b ? b : bits_make(a, x).v;
}

static void take_hits(struct arena *a, struct search_result *r, const struct ranking *k,
	const struct search_query *q, const struct tokens *t, size_t without)
{
	size_t n = k->n > q->from ? k->n - q->from : 0;

	r->hits = arena_array(a, struct search_hit, n + 1);
	for (size_t i = 0; i < n; i++) {
		const struct ranked *x = &k->v[q->from + i];
		struct search_hit *h = &r->hits[r->hits_n++];

		h->offer = x->m->x->offers[x->doc];
		h->quality = x->m->x->quality[x->doc];
		h->score = x->score;
		why_found(a, x->m, t, without, x->doc, h);
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
	r.currency = q.currency.n ? q.currency : common_currency(x, n);
	tokens_read(a, x, n, q.text, &t);
	r.read_as = t.read_as;
	for (size_t i = 0; i < n; i++)
		match_words(a, x[i], &t, &m[i]);
	match_all(a, m, n, &q, r.currency, SIZE_MAX);
	if (!total(m, n) && t.n > 1) {
		without = leave_out(a, m, n, &q, r.currency, t.n);
		if (without != SIZE_MAX)
			r.left_out = t.v[without].word;
	}
	r.total = total(m, n);
	k.most = q.from + q.n > SEARCH_HITS_MAX ? SEARCH_HITS_MAX : q.from + q.n;
	k.v = arena_array(a, struct ranked, k.most + 1);
	for (size_t i = 0; i < n; i++) {
		rank_match(&m[i], &q, without,
			q.sort == SEARCH_BY_PRICE ? comparable(a, x[i], r.currency) : NULL, &k);
		if (q.facets)
			facets_count(a, &m[i], &q, &f);
	}
	rank_finish(&k);
	take_hits(a, &r, &k, &q, &t, without);
	facets_finish(&f);
	r.facets = f.v;
	r.facets_n = f.n;
	r.took_us = clock_mono_us() - start;
	return r;
}
