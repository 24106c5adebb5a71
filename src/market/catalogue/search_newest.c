/* search_newest: the newest offers of the index. */
#include "market/catalogue/search_newest.h"

#include "market/catalogue/search_set.h"

/* Above it the walk from the newest offer of all meets enough of the category's soon. */
enum { LOOKED_AT_MAX = 1 << 13 };

struct newest { /* falling */
	struct offer_id *v;
	size_t n, most;
};

/* False: it is older than all that there is room for. */
static bool put(struct newest *w, int64_t offer)
{
	size_t i;

	if (w->n == w->most && offer <= w->v[w->n - 1].v)
		return false;
	i = w->n < w->most ? w->n++ : w->n - 1;
	for (; i && w->v[i - 1].v < offer; i--)
		w->v[i] = w->v[i - 1];
	w->v[i].v = offer;
	return true;
}

static bool dead(const struct search_index *x, uint32_t doc)
{
	return x->dead && x->dead[doc / 64] >> doc % 64 & 1;
}

/* From the newest on. in: a bitmap of those that count; NULL: all do. */
static void walk(const struct search_index *x, const uint64_t *in, struct newest *w)
{
	for (uint32_t i = x->docs; i--;) {
		uint32_t doc = x->by_offer[i];

		if ((!in || in[doc / 64] >> doc % 64 & 1) && !dead(x, doc) &&
			!put(w, x->offers[doc]))
			return;
	}
}

static void look(const struct search_index *x, struct search_list l, struct newest *w)
{
	const uint64_t *in = bits_of_dense(x, l);

	if (l.n == 1) {
		if (!dead(x, l.at))
			put(w, x->offers[l.at]);
	} else if (!search_dense(l.n, x->docs)) {
		for (uint32_t i = 0; i < l.n; i++)
			if (!dead(x, x->posts[l.at + i]))
				put(w, x->offers[x->posts[l.at + i]]);
	} else if (l.n > LOOKED_AT_MAX) {
		walk(x, in, w);
	} else {
		for (uint32_t i = 0; i < (x->docs + 63) / 64; i++)
			for (uint64_t bits = in[i]; bits; bits &= bits - 1) {
				uint32_t doc = i * 64 + (uint32_t)__builtin_ctzll(bits);

				if (!dead(x, doc))
					put(w, x->offers[doc]);
			}
	}
}

size_t search_newest_in(
	const struct search_view *view, int64_t category, struct offer_id *v, size_t most)
{
	struct newest w = {v, 0, most};

	for (size_t i = 0; i < view->n; i++) {
		const struct search_index *x = view->v[i];
		const struct search_facet *f = search_index_facet(x, SEARCH_CATEGORY);
		const struct search_value *c =
			f && category ? search_index_value(x, f, category, S("")) : NULL;

		if (!category)
			walk(x, NULL, &w);
		else if (c && c->list.n)
			look(x, c->list, &w);
	}
	return w.n;
}

size_t search_newest(struct arena *a, struct category_id category, struct offer_id *v, size_t max)
{
	struct search_view view = search_view_take();
	size_t n = search_newest_in(&view, category.v, v, max);

	(void)a;
	search_view_give(&view);
	return n;
}
