/* search_products: products of the index, and the offers of each. */
#include "market/catalogue/search_products.h"

static bool marked(const uint64_t *bits, uint32_t i)
{
	return bits && bits[i / 64] >> i % 64 & 1;
}

/* FNV-1a: what it lets through by chance, the row refuses. */
uint32_t search_part_hash(str key)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < key.n; i++)
		h = (h ^ (unsigned char)key.p[i]) * 16777619u;
	return h;
}

bool search_products_there(void)
{
	struct search_view view = search_view_take();
	bool there = view.n > 0;

	search_view_give(&view);
	return there;
}

/* ---- of a category ---- */

/* How many stand before (category, id) in the order of both. */
static uint32_t before_in(const struct search_index *x, int64_t category, int64_t id)
{
	uint32_t lo = 0, hi = x->products_n;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		const struct search_product *p = &x->products[x->by_category[mid]];

		if (p->category < category || (p->category == category && p->id < id))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* Goes down past what is replaced. The next one of the category, or NULL. */
static const struct search_product *next_in(
	const struct search_index *x, int64_t category, uint32_t *at)
{
	for (; *at; --*at) {
		uint32_t i = x->by_category[*at - 1];

		if (x->products[i].category != category)
			return NULL;
		if (!marked(x->dead_products, i))
			return &x->products[i];
	}
	return NULL;
}

size_t search_products_in(const struct search_view *view, int64_t category, int64_t before,
	struct product_id *v, size_t most)
{
	uint32_t at[SEARCH_SEGMENTS_MAX];
	size_t n = 0;

	for (size_t i = 0; i < view->n; i++)
		at[i] = before_in(view->v[i], category, before);
	while (n < most) {
		const struct search_product *best = NULL;
		size_t from = 0;

		for (size_t i = 0; i < view->n; i++) {
			const struct search_product *p = next_in(view->v[i], category, &at[i]);

			if (p && (!best || p->id > best->id)) {
				best = p;
				from = i;
			}
		}
		if (!best)
			break;
		at[from]--;
		v[n++].v = best->id;
	}
	return n;
}

/* ---- how many ---- */

static const struct search_facet *categories_of(const struct search_view *view)
{
	return view->n ? search_index_facet(view->v[view->n - 1], SEARCH_CATEGORY) : NULL;
}

/* Of this category alone, with what is replaced. */
static int64_t standing(const struct search_view *view, int64_t category)
{
	int64_t n = 0;

	for (size_t i = 0; i < view->n; i++)
		n += before_in(view->v[i], category, INT64_MAX) -
		     before_in(view->v[i], category, 0);
	return n;
}

/* To the category and all that it lies below. */
static void add(const struct search_index *x, const struct search_facet *f, int64_t *sum,
	uint32_t i, int64_t n)
{
	for (int depth = 0; n && depth < SEARCH_CATEGORY_DEPTH_MAX; depth++) {
		sum[i] += n;
		uint32_t parent = x->values[f->first + i].parent;

		if (!parent)
			return;
		i = parent - 1 - f->first;
	}
}

int64_t *search_products_sizes(struct arena *a, const struct search_view *view)
{
	const struct search_facet *f = categories_of(view);

	if (!f)
		return arena_array(a, int64_t, 1);
	const struct search_index *x = view->v[view->n - 1], *base = view->v[0];
	int64_t *sum = arena_array(a, int64_t, (size_t)f->n + 1);

	for (uint32_t i = 0; i < f->n; i++)
		add(x, f, sum, i, standing(view, x->values[f->first + i].key));
	for (uint32_t i = 0; base->dead_products && i < base->products_n; i++) {
		const struct search_value *v = NULL;

		if (!base->dead_products[i / 64])
			i |= 63;
		else if (marked(base->dead_products, i))
			v = search_index_value(x, f, base->products[i].category, S(""));
		if (v)
			add(x, f, sum, (uint32_t)(v - x->values) - f->first, -1);
	}
	return sum;
}

int64_t search_products_count(const struct search_view *view, int64_t category)
{
	const struct search_facet *f = categories_of(view);
	const struct search_value *v =
		f && category ? search_index_value(view->v[view->n - 1], f, category, S("")) : NULL;

	return v && view->sizes ? view->sizes[v - view->v[view->n - 1]->values - f->first] : 0;
}

/* ---- by part number ---- */

size_t search_products_part(
	const struct search_view *view, str key, struct product_id *v, size_t most)
{
	uint32_t hash = search_part_hash(key);
	size_t n = 0;

	for (size_t i = 0; i < view->n; i++) {
		const struct search_index *x = view->v[i];
		uint32_t lo = 0, hi = x->products_n;

		while (lo < hi) {
			uint32_t mid = lo + (hi - lo) / 2;

			if (x->products[x->by_part[mid]].part < hash)
				lo = mid + 1;
			else
				hi = mid;
		}
		for (size_t found = 0; lo < x->products_n && found < most; lo++) {
			const struct search_product *p = &x->products[x->by_part[lo]];

			if (p->part != hash)
				break;
			if (!marked(x->dead_products, x->by_part[lo])) {
				v[n++].v = p->id;
				found++;
			}
		}
	}
	return n;
}

/* ---- their offers ---- */

/* How many documents stand before this product's in the order of products. */
static uint32_t before_product(const struct search_index *x, int64_t product)
{
	uint32_t lo = 0, hi = x->docs;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (x->doc_products[x->by_product[mid]] < product)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

size_t search_products_offered(const struct search_view *view, int64_t after, int64_t end,
	struct product_id *v, size_t most)
{
	uint32_t at[SEARCH_SEGMENTS_MAX];
	size_t n = 0;

	for (size_t i = 0; i < view->n; i++)
		at[i] = before_product(view->v[i], after + 1);
	while (n < most) {
		int64_t best = end;

		for (size_t i = 0; i < view->n; i++) {
			const struct search_index *x = view->v[i];

			while (at[i] < x->docs &&
				(marked(x->dead, x->by_product[at[i]]) ||
					x->doc_products[x->by_product[at[i]]] <= after))
				at[i]++;
			if (at[i] < x->docs && x->doc_products[x->by_product[at[i]]] < best)
				best = x->doc_products[x->by_product[at[i]]];
		}
		if (best == end)
			break;
		v[n++].v = after = best;
	}
	return n;
}

struct priced {
	int64_t offer, micro;
};

static bool cheaper(const struct priced *x, const struct priced *y)
{
	return x->micro != y->micro ? x->micro < y->micro : x->offer < y->offer;
}

/* Into the best so far, cheapest first. */
static void keep(struct priced *best, size_t *n, size_t most, struct priced x)
{
	size_t i = *n;

	if (*n < most)
		++*n;
	else if (!most || !cheaper(&x, &best[--i]))
		return;
	for (; i && cheaper(&x, &best[i - 1]); i--)
		best[i] = best[i - 1];
	best[i] = x;
}

size_t search_offers_of_product(
	const struct search_view *view, int64_t product, struct offer_id *v, size_t most)
{
	struct priced best[SEARCH_OFFERS_OF_MAX];
	size_t n = 0;

	MUST(most <= COUNT(best));
	for (size_t i = 0; i < view->n; i++) {
		const struct search_index *x = view->v[i];

		for (uint32_t k = before_product(x, product);
			k < x->docs && x->doc_products[x->by_product[k]] == product; k++) {
			uint32_t doc = x->by_product[k];

			if (!marked(x->dead, doc))
				keep(best, &n, most,
					(struct priced){
						x->offers[doc], search_index_price(x, doc, 1)});
		}
	}
	for (size_t i = 0; i < n; i++)
		v[i].v = best[i].offer;
	return n;
}

void search_products_replace(struct search_index *x, int64_t product)
{
	uint32_t lo = 0, hi = x->products_n;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (x->products[mid].id < product)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo < x->products_n && x->products[lo].id == product)
		x->dead_products[lo / 64] |= UINT64_C(1) << lo % 64;
}
