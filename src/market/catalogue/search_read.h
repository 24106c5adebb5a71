/* search_read: rows of the database become documents of an index in the making: names of
 * categories and attributes, and offers that may be found with all that they are found by. In a
 * read under the purposes of the index; of what was found, for one answer, in one that shows
 * what is public. */
#ifndef KONTOR_SEARCH_READ_H
#define KONTOR_SEARCH_READ_H

#include "market/catalogue/search_index.h"

#include "gen/types.h"

#define SEARCH_INDEX_PURPOSES (UINT64_C(1) << PURPOSE_INDEX | UINT64_C(1) << PURPOSE_PUBLIC)

struct search_names_at { /* how far they are read; begins as {0} */
	struct category_id category;
	struct attribute_id attribute;
};
void search_read_names(struct db *db, struct search_build *b, struct search_names_at *at);
/* The next page of all offers behind *at, which moves on; how many. whole: a page that is not full
 * is left for later. */
size_t search_read_page(struct db *db, struct search_build *b, struct offer_id *at, bool whole);
/* Of these, at most LIST_ROWS_MAX, those that may be found. */
void search_read_offers(struct db *db, struct search_build *b, const struct offer_id *v, size_t n);
void search_read_names_found(struct db *db, struct search_build *b);
void search_read_found(struct db *db, struct search_build *b, const struct offer_id *v, size_t n);

#endif
