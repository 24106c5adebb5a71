/* naive: search as it is defined, without an index: every document is looked at, every word
 * compared. The engine's answers are judged by it, in test/unit/search.c on a small
 * catalogue and in
 * bench/search.c on a real one. It shares the cutting of words and the reading of a query with the
 * engine, and nothing else. */
#ifndef KONTOR_TEST_NAIVE_H
#define KONTOR_TEST_NAIVE_H

#include "market/catalogue/search_build.h"
#include "market/catalogue/search_match.h"
#include "market/catalogue/search_text.h"

#include <math.h>
#include <stdlib.h>

#define NAIVE_FN __attribute__((unused)) static

struct naive_doc {
	int64_t offer, stock;
	str keys[3];
	str tiers, currency;
	size_t words_at, values_at;
	uint32_t words_n, values_n;
	uint16_t quality;
};
struct naive_value {
	int64_t facet, key;
	str text;
	double number;
};
struct naive {
	struct arena *a;
	str unit[8]; /* declared for the attribute of that id */
	struct names words, value_names;
	struct {
		struct naive_value *v;
		size_t n, cap;
	} values;
	struct {
		struct naive_doc *v;
		size_t n, cap;
	} docs;
	struct stream doc_words, doc_values; /* word << 1 | strong */
};
struct naive_hit {
	uint32_t doc, score, quality;
	uint64_t order; /* greater is better */
};

NAIVE_FN void naive_words(struct naive *n, str text, bool strong, str key)
{
	struct search_words w;
	str word;

	search_words_start(&w, text, true);
	while (search_words_next(&w, &word))
		if (!key.n || word.n < 4 || str_find(key, word) == (size_t)-1)
			stream_push(n->a, &n->doc_words,
				names_put(n->a, &n->words, 0, word) << 1 | strong);
}

NAIVE_FN void naive_value(
	struct naive *n, int64_t facet, int64_t key, str text, bool searched, bool strong)
{
	str name = key ? str_fmt(n->a, "%lld", (long long)key) : text, unit;
	uint32_t v = names_put(n->a, &n->value_names, (uint32_t)(facet + 16), name);

	if (v == n->values.n) {
		struct naive_value *x = ARENA_PUSH(n->a, &n->values);

		*x = (struct naive_value){facet, key, str_dup(n->a, text), NAN};
		if (facet > 0 && facet < 8 && n->unit[facet].n
				? !quantity_in(x->text, n->unit[facet], &x->number)
				: facet <= 0 || !quantity_parse(x->text, &x->number, &unit))
			x->number = NAN;
	}
	stream_push(n->a, &n->doc_values, v);
	if (searched)
		naive_words(n, text, strong, (str){NULL, 0});
}

/* path: the category and what it stands in, from below; ends with id 0. */
struct naive_category {
	int64_t id;
	str name;
};
NAIVE_FN void naive_add(
	struct naive *n, const struct search_doc *d, const struct naive_category *path)
{
	struct naive_doc *x = ARENA_PUSH(n->a, &n->docs);
	struct attribute_value v;
	str rest = d->attributes;

	*x = (struct naive_doc){.offer = d->offer,
		.stock = d->stock,
		.tiers = str_dup(n->a, d->tiers),
		.currency = str_dup(n->a, d->currency),
		.words_at = n->doc_words.n,
		.values_at = n->doc_values.n,
		.quality = search_quality(d)};
	x->keys[0] = part_key(n->a, d->part_number);
	x->keys[1] = part_key(n->a, d->sku);
	x->keys[2] = part_key(n->a, d->gtin);
	for (int i = 0; i < 3; i++)
		x->keys[i] = str_sub(x->keys[i], 0, 80);
	naive_words(n, d->title, true, x->keys[0]);
	naive_words(n, d->description, false, x->keys[0]);
	while (attributes_next(&rest, &v))
		naive_value(n, v.attribute, 0, v.value, true, false);
	for (; path->id; path++)
		naive_value(n, SEARCH_CATEGORY, path->id, path->name, true, true);
	naive_value(n, SEARCH_SUPPLIER, d->company, d->company_name, true, false);
	if (d->maker.n)
		naive_value(n, SEARCH_MAKER, 0, d->maker, true, true);
	naive_value(n, SEARCH_CURRENCY, 0, d->currency, false, false);
	if (d->stock > 0)
		naive_value(n, SEARCH_STOCK, 0, S("1"), false, false);
	x->words_n = (uint32_t)(n->doc_words.n - x->words_at);
	x->values_n = (uint32_t)(n->doc_values.n - x->values_at);
}

NAIVE_FN bool naive_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* A piece of a part number: it begins where the number begins, or where letters meet digits (the
 * first eight such places, if three bytes are left). */
NAIVE_FN bool naive_piece(str key, str piece)
{
	int made = 0;

	if (str_starts(key, piece))
		return true;
	for (size_t i = 1; i + 3 <= key.n && made < 8; i++)
		if (naive_digit(key.p[i]) != naive_digit(key.p[i - 1]) &&
			((unsigned char)key.p[i] & 0xc0) != 0x80) {
			made++;
			if (str_starts(str_sub(key, i, key.n), piece))
				return true;
		}
	return false;
}

NAIVE_FN int naive_level(
	const struct naive *n, const struct naive_doc *d, const struct token *t, const uint8_t *is)
{
	int best = 0;

	for (int i = 0; t->number && i < 3; i++)
		if (d->keys[i].n && str_eq(d->keys[i], t->word))
			return SCORE_KEY;
	if (t->number && ((d->keys[0].n && naive_piece(d->keys[0], t->word)) ||
				 str_starts(d->keys[1], t->word) ||
				 (d->keys[2].n && str_starts(d->keys[2], t->word))))
		best = SCORE_PIECE;
	for (uint32_t i = 0; i < d->words_n; i++) {
		uint32_t w = stream_at(&n->doc_words, d->words_at + i);
		int s = is[w >> 1] == 2		  ? (w & 1 ? SCORE_TITLE : SCORE_WORD)
			: is[w >> 1] && t->begins ? SCORE_BEGINS
						  : 0;

		best = s > best ? s : best;
	}
	return best;
}

NAIVE_FN bool naive_filters(
	const struct naive *n, const struct naive_doc *d, const struct search_query *q)
{
	int64_t p = 0;

	for (size_t i = 0; i < q->filters_n; i++) {
		bool fits = false;

		for (size_t k = 0; k < q->filters_n && !fits; k++) { /* any of the same facet */
			const struct search_filter *f = &q->filters[k];

			for (uint32_t v = 0;
				f->facet == q->filters[i].facet && v < d->values_n && !fits; v++) {
				const struct naive_value *x =
					&n->values.v[stream_at(&n->doc_values, d->values_at + v)];

				if (x->facet == f->facet)
					fits = f->range ? x->number >= f->min - fabs(f->min) *
											  1e-9 &&
								  x->number <=
									  f->max + fabs(f->max) *
											   1e-9
					       : f->key ? x->key == f->key
							: str_eq(x->text, f->value);
			}
		}
		if (!fits)
			return false;
	}
	if (q->price_min < 0 && q->price_max < 0)
		return true;
	return tiers_price_of(d->tiers, q->quantity, &p) && str_eq(d->currency, q->currency) &&
	       p >= q->price_min && (q->price_max < 0 || p <= q->price_max);
}

NAIVE_FN bool naive_like_part(str key)
{
	size_t digits = 0;

	for (size_t i = 0; i < key.n; i++)
		digits += naive_digit(key.p[i]);
	return digits && (digits < key.n || digits >= 6);
}

NAIVE_FN int naive_compare(const void *p, const void *q)
{
	const struct naive_hit *x = p, *y = q;

	if (x->order != y->order)
		return x->order < y->order ? 1 : -1;
	if (x->quality != y->quality)
		return x->quality < y->quality ? 1 : -1;
	return (x->doc > y->doc) - (x->doc < y->doc);
}

/* All hits, best first; *total of them. without: the token that the engine left out,
 * or SIZE_MAX. */
NAIVE_FN struct naive_hit *naive_run(struct naive *n, struct arena *a, const struct tokens *t,
	const struct search_query *q, size_t without, size_t *total)
{
	struct naive_hit *hits = arena_array(a, struct naive_hit, n->docs.n + 1);
	uint8_t **is = arena_array(a, uint8_t *, t->n + 1);
	size_t found = 0;

	for (size_t k = 0; k < t->n; k++) {
		is[k] = arena_array(a, uint8_t, n->words.n + 1);
		for (size_t w = 0; w < n->words.n; w++) {
			str word = {n->words.v[w].p, n->words.v[w].n};

			is[k][w] = str_eq(word, t->v[k].word)	    ? 2
				   : str_starts(word, t->v[k].word) ? 1
								    : 0;
		}
	}
	for (size_t i = 0; i < n->docs.n; i++) {
		const struct naive_doc *d = &n->docs.v[i];
		uint32_t score = 0;
		bool fits = true, is_key = false, head = false;
		int64_t p = 0;

		for (size_t k = 0; k < t->n; k++) {
			int s = k == without ? 1 : naive_level(n, d, &t->v[k], is[k]);

			fits &= s != 0;
			score += k == without ? 0 : (uint32_t)s;
		}
		for (int k = 0; t->key.n && k < 3; k++) {
			is_key |= d->keys[k].n && str_eq(d->keys[k], t->key);
			head |= d->keys[k].n && str_starts(d->keys[k], t->key) &&
				naive_like_part(t->key);
		}
		if ((!fits && !is_key && !head) || !naive_filters(n, d, q))
			continue;
		score += is_key ? SCORE_TEXT_IS_KEY : head ? SCORE_TEXT_IN_KEY : 0;
		if (q->sort == SEARCH_BY_PRICE)
			p = tiers_price_of(d->tiers, q->quantity, &p) &&
					    str_eq(d->currency, q->currency)
				    ? p
				    : INT64_MAX;
		hits[found++] = (struct naive_hit){(uint32_t)i, score, d->quality,
			q->sort == SEARCH_BY_PRICE    ? (uint64_t)(INT64_MAX - p)
			: q->sort == SEARCH_BY_STOCK  ? (uint64_t)d->stock
			: q->sort == SEARCH_BY_NEWEST ? (uint64_t)d->offer
						      : (uint64_t)score << 16 | d->quality};
	}
	qsort(hits, found, sizeof *hits, naive_compare);
	*total = found;
	return hits;
}

#endif
