/* search: finding offers.
 *
 * A query is words and filters. Every word must be found (as a word, as the beginning of one, or
 * as a piece of a part number); a word that nothing has is read as the nearest one in the
 * catalogue, and if all words together find nothing, the one that stands in the way is left out:
 * the result says so. Filters of one facet are alternatives, those of several facets all hold, and
 * all apply before anything is cut. Counts are exact, or `more` says that there are at least that
 * many. doc/search.md tells how it works. */
#ifndef KONTOR_SEARCH_H
#define KONTOR_SEARCH_H

#include "market/catalogue/search_index.h"

enum {
	SEARCH_TEXT_BYTES_MAX = 400,
	SEARCH_TOKENS_MAX = 12,
	SEARCH_FILTERS_MAX = 64,
	SEARCH_HITS_MAX = 1000,	  /* how deep pages go */
	SEARCH_COUNT_MORE = 1000, /* from here on a facet's count may say "at least" */
	SEARCH_TOTAL_MORE = 10000,
	SEARCH_FACETS_SHOWN = 12,
	SEARCH_VALUES_SHOWN = 12,
	SEARCH_SUGGESTIONS = 10,
};
enum search_sort { SEARCH_BY_RELEVANCE = 1, SEARCH_BY_PRICE, SEARCH_BY_STOCK, SEARCH_BY_NEWEST };

struct search_filter {
	int64_t facet; /* SEARCH_CATEGORY …, or an attribute's id */
	int64_t key;   /* category or company */
	str value;     /* or a value as it is shown */
	bool range;    /* or numbers from min to max, both within, in the facet's unit */
	double min, max;
};
struct tokens; /* search_match.h */
struct search_query {
	str text;
	const struct tokens *tokens; /* its words, read already, all of which are meant; or NULL */
	const struct search_filter *filters;
	size_t filters_n;
	int64_t quantity;	      /* prices are meant at this many; 0: 1 */
	int64_t price_min, price_max; /* unit price in millionths; -1: no bound */
	str currency; /* of these prices and of sorting by price; empty: the commonest */
	enum search_sort sort;
	size_t from, n; /* hits [from, from + n) */
	bool facets;
	bool exhaustive; /* rank every match: for judging, never for people */
};

enum search_why {
	WHY_NUMBER = 1,	 /* is its part number, SKU or GTIN */
	WHY_NUMBER_PART, /* is a piece of its part number */
	WHY_TITLE,	 /* title, maker or category */
	WHY_VALUE,	 /* a value: name and value are set */
	WHY_TEXT,	 /* description */
	WHY_BEGINS,	 /* the beginning of a word */
	WHY_QUALITY,	 /* no word was given: the best come first */
};
struct search_reason {
	enum search_why why;
	str word;	 /* as it was looked for */
	str name, value; /* WHY_VALUE: which attribute ("" for category, supplier, maker) */
};
struct search_hit {
	int64_t offer;
	uint32_t score; /* of the text; grows with how well it fits */
	uint16_t quality;
	struct search_reason *reasons;
	size_t reasons_n;
};
struct search_count {
	int64_t key, n;
	str text;
	double number;
	bool more;   /* at least n */
	bool chosen; /* the query filters by it */
};
/* What is said of one of which there are at least so many. */
static inline int64_t search_count_said(const struct search_count *c)
{
	return c->more && c->n > SEARCH_COUNT_MORE ? SEARCH_COUNT_MORE : c->n;
}
struct search_facet_counts {
	int64_t id;
	str name, unit;
	bool number, chosen;
	double min, max; /* of the numbers that are shown */
	struct search_count *v;
	size_t n, cap;
};
struct search_result {
	struct search_hit *hits;
	size_t hits_n;
	int64_t total;
	bool more; /* at least SEARCH_TOTAL_MORE, which total is then: with a price asked for */
	struct search_facet_counts *facets;
	size_t facets_n;
	str read_as;  /* the text with spelling put right, or {NULL, 0} */
	str left_out; /* the word that was left out, or {NULL, 0} */
	str currency;
	int64_t took_us;
};
/* The currency that most offers have; {NULL, 0}: there are none. */
str search_currency(const struct search_index *const *x, size_t n);
/* Searches segments (newer ones first hide what they replace by `dead`). Everything in the result
 * lives in `a`. The query has been checked: lengths and counts within the limits above. */
struct search_result search_run(struct arena *a, const struct search_index *const *x, size_t n,
	const struct search_query *q);

struct search_suggestion {
	enum { SUGGEST_WORD = 1, SUGGEST_NUMBER, SUGGEST_CATEGORY } kind;
	str text;    /* the whole text to search for */
	int64_t key; /* category */
	int64_t n;   /* offers, at least */
};
size_t search_suggest(struct arena *a, const struct search_index *const *x, size_t n, str text,
	struct search_suggestion out[SEARCH_SUGGESTIONS]);

#endif
