/* index: the index of search over the store as it stands, for pages that list from it. */
#ifndef KONTOR_TEST_INDEX_H
#define KONTOR_TEST_INDEX_H

#include "market/catalogue/search_live.h"
#include "test/journey/journey.h"

JOURNEY_FN void journey_index(void)
{
	struct arena *a = arena_make((size_t)1 << 30); /* cleared for each page */

	search_remake(journey.store, a, NULL, NULL);
	arena_free(a);
}

#endif
