/* The newest offers of a category, by the index of search: no machine is asked for them. */
#include "market/catalogue/catalogue.h"
#include "market/catalogue/search_live.h"

#include "gen/types.h"

size_t search_newest(struct arena *a, struct category_id category, struct offer_id *v, size_t max)
{
	const struct search_filter in = {.facet = SEARCH_CATEGORY, .key = category.v};
	const struct search_query q = {.filters = &in,
		.filters_n = 1,
		.price_min = -1,
		.price_max = -1,
		.sort = SEARCH_BY_NEWEST,
		.n = max};
	struct search_view view = search_view_take();
	struct search_result found = {0};

	if (view.n)
		found = search_run(a, view.v, view.n, &q);
	search_view_give(&view);
	for (size_t i = 0; i < found.hits_n; i++)
		v[i] = (struct offer_id){found.hits[i].offer};
	return found.hits_n;
}
