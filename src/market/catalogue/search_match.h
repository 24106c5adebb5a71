/* search_match: one query on one segment. Sets of documents are bitmaps of the segment's length:
 * and, or and counting run at memory speed, and their order is the order of quality. */
#ifndef KONTOR_SEARCH_MATCH_H
#define KONTOR_SEARCH_MATCH_H

#include "market/catalogue/search.h"

struct bits { /* docs bits in 64-bit words; the rest of the last word is 0 */
	uint64_t *v;
	size_t words;
};
struct bits bits_make(struct arena *a, const struct search_index *x);
size_t bits_count(const uint64_t *v, size_t words);
static inline bool bits_has(const uint64_t *v, uint32_t doc)
{
	return v[doc / 64] >> doc % 64 & 1;
}
void bits_or_list(struct bits b, const struct search_index *x, struct search_list l);
/* A list as a bitmap: the index's own where it has one. NULL: an empty list. */
const uint64_t *list_bits(struct arena *a, const struct search_index *x, struct search_list l);
/* How many documents of the list are in b, counting no further than `most`. */
int64_t bits_count_list(
	struct bits b, const struct search_index *x, struct search_list l, int64_t most);

/* What a word of the query became: the same on all segments. */
struct token {
	str word;
	bool begins; /* beginnings of words count */
	bool number; /* pieces of part numbers count */
};
struct tokens {
	struct token v[SEARCH_TOKENS_MAX];
	size_t n;
	str key; /* the whole text as a part number, or empty */
	str read_as;
};
void tokens_read(
	struct arena *a, const struct search_index *const *x, size_t n, str text, struct tokens *t);

enum level { LEVEL_KEY, LEVEL_TITLE, LEVEL_WORD, LEVEL_PIECE, LEVEL_BEGINS, LEVELS };
enum {
	SCORE_KEY = 40,
	SCORE_TITLE = 12,
	SCORE_WORD = 8,
	SCORE_PIECE = 7,
	SCORE_BEGINS = 4,
	SCORE_TEXT_IS_KEY = 4000, /* the whole text is the part number */
	SCORE_TEXT_IN_KEY = 30,	  /* or the beginning of one */
};
extern const int level_score[LEVELS];

struct filter_bits {   /* one facet's alternatives, or the price */
	int64_t facet; /* 0: price */
	struct bits b;
};
struct match {
	const struct search_index *x;
	struct {
		const uint64_t *level[LEVELS]; /* NULL: nothing there */
		struct bits any;	       /* all of them */
	} token[SEARCH_TOKENS_MAX];
	size_t tokens_n;
	const uint64_t *whole, *head; /* the text is the key, is the beginning of the key */
	struct filter_bits filter[SEARCH_FILTERS_MAX + 2];
	size_t filters_n;
	struct bits text;  /* documents that the words find */
	struct bits found; /* and the filters keep */
	int64_t total;
};
void match_words(
	struct arena *a, const struct search_index *x, const struct tokens *t, struct match *m);
/* Documents that all words but `without` find (SIZE_MAX: all words). */
void match_text(struct arena *a, struct match *m, size_t without);
void match_filters(struct arena *a, struct match *m, const struct search_query *q, str currency);
/* found without the filters of one facet. */
struct bits match_without(struct arena *a, const struct match *m, int64_t facet);
/* The score of the words for one document. */
uint32_t match_score(const struct match *m, uint32_t doc, size_t without);

/* ---- ranking ---- */
struct ranked {
	uint64_t key; /* greater is better, over segments */
	uint32_t doc, score;
	const struct match *m;
};
struct ranking {
	struct ranked *v;
	size_t n, most;
};
/* currency: the documents whose prices can be compared; NULL: all. */
void rank_match(const struct match *m, const struct search_query *q, size_t without,
	const uint64_t *currency, struct ranking *r);
void rank_finish(struct ranking *r); /* best first */

/* ---- facets ---- */
struct facets {
	struct search_facet_counts *v;
	size_t n, cap;
};
/* Adds what this segment has. The biggest segment comes first: it decides what is shown. */
void facets_count(
	struct arena *a, const struct match *m, const struct search_query *q, struct facets *f);
void facets_finish(struct facets *f);

/* ---- why ---- */
void why_found(struct arena *a, const struct match *m, const struct tokens *t, size_t without,
	uint32_t doc, struct search_hit *h);

/* ---- spelling ---- */
/* The commonest word of the dictionaries at one change (letter more, less, other, or two swapped);
 * empty if there is none. */
str spell(struct arena *a, const struct search_index *const *x, size_t n, str word);

#endif
