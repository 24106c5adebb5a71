/* search_newest: the newest offers, from the index: lists that would ask all machines of a database
 * (doc/scale.md, "Citus"). What is offered shows a moment later than on the pages that read it from
 * the database; without an index there is none. */
#ifndef KONTOR_SEARCH_NEWEST_H
#define KONTOR_SEARCH_NEWEST_H

#include "market/catalogue/search_live.h"

#include "gen/types.h"

/* Of a category and what is below it (0: of all): at most `most` into v, newest first; how many.
 * The rows may be gone meanwhile. */
size_t search_newest_in(
	const struct search_view *view, int64_t category, struct offer_id *v, size_t most);

#endif
