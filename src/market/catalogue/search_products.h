/* search_products: products, and which offers are of which, from the index: lists that would ask
 * all machines of a database (doc/scale.md, "Citus"). What they give are ids. The rows may have
 * changed meanwhile or be gone, so whoever shows them reads them. */
#ifndef KONTOR_SEARCH_PRODUCTS_H
#define KONTOR_SEARCH_PRODUCTS_H

#include "market/catalogue/search_live.h"

#include "gen/types.h"

enum { SEARCH_OFFERS_OF_MAX = 200 }; /* of one product at once */

/* Whether there is an index to ask. */
bool search_products_there(void);
/* Of one category and not of those below it: newest first, those before `before`, at most `most`
 * into v; how many. */
size_t search_products_in(const struct search_view *view, int64_t category, int64_t before,
	struct product_id *v, size_t most);
/* How many there are in it and below it. */
int64_t search_products_count(const struct search_view *view, int64_t category);
/* Those whose part_key() may be that one: at most `most` of each segment, oldest first, so v has
 * room for twice as many. The row says whether it is. */
size_t search_products_part(
	const struct search_view *view, str key, struct product_id *v, size_t most);
/* Products in (after, end) that have a live offer, growing. */
size_t search_products_offered(const struct search_view *view, int64_t after, int64_t end,
	struct product_id *v, size_t most);
/* Live offers of a product, the cheapest first; most: at most SEARCH_OFFERS_OF_MAX. */
size_t search_offers_of_product(
	const struct search_view *view, int64_t product, struct offer_id *v, size_t most);

/* What search_products_count() reads: products in and below each category of the newest segment.
 * Lives in a. */
int64_t *search_products_sizes(struct arena *a, const struct search_view *view);
/* Marks a product as replaced by a newer segment; x->dead_products must be there. */
void search_products_replace(struct search_index *x, int64_t product);
uint32_t search_part_hash(str key);

#endif
