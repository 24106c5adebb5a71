/* search_lay: order and place of everything in an index. */
#include "market/catalogue/search_build.h"

#include <math.h>
#include <stdlib.h>

static void order_documents(struct search_build *b, struct layout *l)
{
	size_t n = b->doc.n;
	struct search_pair *v = arena_array(b->a, struct search_pair, n + 1);
	struct search_pair *other = arena_array(b->a, struct search_pair, n + 1);

	for (size_t i = 0; i < n; i++)
		v[i] = (struct search_pair){(uint64_t)b->doc.v[i].offer, (uint32_t)i, 0};
	search_sort(v, n, other);
	for (size_t i = 0; i < n; i++) /* best first; among equals the oldest offer */
		v[i].key = UINT16_MAX - b->doc.v[v[i].a].quality;
	search_sort(v, n, other);
	l->order = arena_array(b->a, uint32_t, n + 1);
	for (size_t i = 0; i < n; i++)
		l->order[i] = v[i].a;
}

static void order_words(struct search_build *b, struct layout *l)
{
	size_t n = b->words.n, bytes = 0, at = 0;
	struct search_pair *v = arena_array(b->a, struct search_pair, n + 1);
	struct search_pair *other = arena_array(b->a, struct search_pair, n + 1);
	char *text;

	for (size_t i = 0; i < n; i++)
		bytes += b->words.v[i].n + 1;
	text = arena_array(b->a, char, bytes + 1);
	for (size_t i = 0; i < n; i++) {
		v[i] = (struct search_pair){0, (uint32_t)at, (uint32_t)i};
		memcpy(text + at, b->words.v[i].p, b->words.v[i].n);
		at += b->words.v[i].n + 1;
	}
	search_sort_texts(v, n, other, text);
	l->words = arena_array(b->a, uint32_t, n + 1);
	for (size_t i = 0; i < n; i++)
		l->words[i] = v[i].b;
}

/* An attribute is one of numbers if it is declared so, or if nine documents in ten say a number in
 * the same unit. */
static void judge_numbers(struct search_build *b)
{
	struct unit_count {
		str unit;
		uint32_t docs, values;
	} *best = arena_array(b->a, struct unit_count, b->facet.n + 1);

	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < b->value.n; i++) {
			struct build_value *v = &b->value.v[i];
			struct unit_count *u = &best[v->facet];

			if (isnan(v->number))
				continue;
			if (pass ==
				0) { /* majority vote (Boyer and Moore), weighted by documents */
				if (u->unit.p && str_eq(u->unit, v->unit))
					u->values += v->docs;
				else if (!u->unit.p || u->values < v->docs)
					*u = (struct unit_count){v->unit, 0, v->docs};
				else
					u->values -= v->docs;
			} else if (u->unit.p && str_eq(u->unit, v->unit)) {
				u->docs += v->docs;
			}
		}
	for (size_t i = 0; i < b->facet.n; i++) {
		struct build_facet *f = &b->facet.v[i];

		f->number = f->kind == SEARCH_KIND_NUMBER ||
			    (f->kind == SEARCH_KIND_AUTOMATIC && f->values >= (b->some ? 1u : 3u) &&
				    best[i].docs * 10ull >= f->docs * 9ull);
		if (f->number && !f->unit.n && best[i].unit.p)
			f->unit = best[i].unit;
	}
	for (size_t i = 0; i < b->value.n; i++) {
		struct build_value *v = &b->value.v[i];
		const struct build_facet *f = &b->facet.v[v->facet];

		if (!f->number || isnan(v->number) || !quantity_in(v->text, f->unit, &v->number))
			v->number = NAN;
	}
}

static int by_place(const void *x, const void *y, void *ctx)
{
	const struct search_build *b = ctx;
	const struct build_value *p = &b->value.v[*(const uint32_t *)x],
				 *q = &b->value.v[*(const uint32_t *)y];

	if (p->facet != q->facet)
		return p->facet < q->facet ? -1 : 1;
	if (p->key != q->key)
		return p->key < q->key ? -1 : 1;
	if (isnan(p->number) != isnan(q->number))
		return isnan(p->number) ? 1 : -1;
	if (p->number < q->number || p->number > q->number)
		return p->number < q->number ? -1 : 1;
	return str_cmp(p->text, q->text);
}

static void order_values(struct search_build *b, struct layout *l)
{
	uint32_t at = 0;

	judge_numbers(b);
	l->values = arena_array(b->a, uint32_t, b->value.n + 1);
	l->value_at = arena_array(b->a, uint32_t, b->value.n + 1);
	l->facet_first = arena_array(b->a, uint32_t, b->facet.n + 1);
	for (size_t i = 0; i < b->value.n; i++)
		l->values[i] = (uint32_t)i;
	qsort_r(l->values, b->value.n, sizeof *l->values, by_place, b);
	for (size_t i = 0; i < b->value.n; i++)
		l->value_at[l->values[i]] = (uint32_t)i;
	for (size_t f = 0; f < b->facet.n; f++) {
		l->facet_first[f] = at;
		at += b->facet.v[f].values;
	}
}

static void place(struct layout *l, struct search_list *x, uint32_t n)
{
	x->n = n;
	if (n < 2)
		return;
	if (search_dense(n, l->docs)) {
		l->posts_n += l->posts_n & 1; /* bitmaps are read as 64-bit words */
		x->at = (uint32_t)l->posts_n;
		l->posts_n += ((size_t)l->docs + 63) / 64 * 2;
	} else {
		x->at = (uint32_t)l->posts_n;
		l->posts_n += n;
	}
	if (l->posts_n > UINT32_MAX)
		fault(FAULT_MEMORY, "search: lists are too long for one index");
}

/* Neighbours in the dictionary stand together, so that a prefix reads one stretch. */
static void place_lists(struct search_build *b, struct layout *l)
{
	l->any = arena_array(b->a, struct search_list, b->words.n + 1);
	l->strong = arena_array(b->a, struct search_list, b->words.n + 1);
	l->value = arena_array(b->a, struct search_list, b->value.n + 1);
	for (size_t i = 0; i < b->words.n; i++)
		place(l, &l->any[l->words[i]], b->word.v[l->words[i]].any);
	for (size_t i = 0; i < b->words.n; i++)
		place(l, &l->strong[l->words[i]], b->word.v[l->words[i]].strong);
	for (size_t i = 0; i < b->value.n; i++)
		place(l, &l->value[l->values[i]], b->value.v[l->values[i]].docs);
}

static void order_keys(struct search_build *b, struct layout *l)
{
	size_t n = b->keys.n / 2, k = 0;
	struct search_pair *other = arena_array(b->a, struct search_pair, n + 1);

	l->keys = arena_array(b->a, struct search_pair, n + 1);
	l->keys_n = n;
	for (size_t d = 0; d < b->doc.n; d++)
		for (uint32_t i = 0; i < b->doc.v[d].keys_n; i++, k++)
			l->keys[k] = (struct search_pair){0, stream_at(&b->keys, 2 * k),
				(uint32_t)d | stream_at(&b->keys, 2 * k + 1)};
	search_sort_texts(l->keys, n, other, b->key_text ? b->key_text : "");
}

void search_lay(struct search_build *b, struct layout *l)
{
	*l = (struct layout){.docs = (uint32_t)b->doc.n};
	order_documents(b, l);
	order_words(b, l);
	order_values(b, l);
	place_lists(b, l);
	order_keys(b, l);
}
