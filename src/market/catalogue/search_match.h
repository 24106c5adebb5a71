/* search_match: one query on one segment: which documents its words and filters leave. */
#ifndef KONTOR_SEARCH_MATCH_H
#define KONTOR_SEARCH_MATCH_H

#include "market/catalogue/search.h"
#include "market/catalogue/search_set.h"

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

bool search_like_part(str key); /* the beginning of a part number, rather than a word */

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

struct match;
/* What words and filters leave, worked out a block at a time when somebody asks for it: of many
 * documents the first ones are often enough. */
struct found {
	struct arena *a;
	const struct match *m;
	int64_t but;	  /* this facet's filters are not asked (FOUND_BY_ALL: all are) */
	uint64_t **block; /* NULL: not worked out yet */
};
#define FOUND_BY_ALL INT64_MIN
struct found found_make(struct arena *a, const struct match *m, int64_t but);
const uint64_t *found_work_out(struct found *f, size_t i);
static inline const uint64_t *found_block(struct found *f, size_t i) /* never NULL */
{
	return f->block[i] ? f->block[i] : found_work_out(f, i);
}
static inline bool found_has(struct found *f, uint32_t doc)
{
	const uint64_t *w = found_block(f, doc / BLOCK_DOCS);

	return w[doc / 64 % BLOCK_WORDS] >> doc % 64 & 1;
}
/* How many there are, looking no further than where there are `most`. */
int64_t found_count(struct found *f, int64_t most);
/* How many of the list are among them, no further than `most`. */
int64_t found_count_list(struct found *f, struct search_list l, int64_t most);

struct filter_bits {
	int64_t facet;
	struct bits b; /* its alternatives */
};
struct match {
	const struct search_index *x;
	struct {
		struct bits level[LEVELS];
	} token[SEARCH_TOKENS_MAX];
	size_t tokens_n;
	size_t without;		 /* the word that is left out; SIZE_MAX: none */
	struct bits whole, head; /* the text is the key, is the beginning of the key */
	struct filter_bits filter[SEARCH_FILTERS_MAX + 2];
	size_t filters_n;
	const struct search_query *price; /* whose price range holds too, NULL: none does */
	struct found found;
	int64_t total;
	bool more; /* at least */
};
void match_words(
	struct arena *a, const struct search_index *x, const struct tokens *t, struct match *m);
/* Without the word `without`, SIZE_MAX: with all words. Sets found, not yet total. The query must
 * live as long as the match. */
void match_filters(struct arena *a, struct match *m, const struct search_query *q, str currency,
	size_t without);
/* The score of the words for one document. */
uint32_t match_score(const struct match *m, uint32_t doc);

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
void rank_match(struct match *m, const struct search_query *q, const struct bits *currency,
	struct ranking *r);
void rank_finish(struct ranking *r); /* best first */

/* ---- facets ---- */
struct facets {
	struct search_facet_counts *v;
	size_t n, cap;
};
/* Adds what this segment has. The biggest segment comes first: it decides what is shown. */
void facets_count(struct arena *a, struct match *m, const struct search_query *q, struct facets *f);
void facets_finish(struct facets *f);

/* ---- why ---- */
void why_found(struct arena *a, const struct match *m, const struct tokens *t, uint32_t doc,
	struct search_hit *h);

/* ---- spelling ---- */
/* Calls for all texts at one change of letters or digits (Damerau's four kinds), in the order in
 * which one is preferred to another. */
enum { SPELL_BYTES_MIN = 4 };
typedef void spell_try(void *ctx, const char *p, size_t n);
void spell_changes(str word, spell_try *each, void *ctx);
/* The commonest word of the dictionaries at one change (letter more, less, other, or two swapped);
 * empty if there is none. */
str spell(struct arena *a, const struct search_index *const *x, size_t n, str word);

#endif
