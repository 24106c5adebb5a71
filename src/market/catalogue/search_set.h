/* search_set: sets of documents of one segment.
 *
 * A set is the union of bitmaps of the index file, used where they lie, and of one of its own in
 * blocks of BLOCK_DOCS documents. A block that is not there is empty, so that a set of few
 * documents takes little room and little time however long the catalogue is. The order of a set is
 * the order of quality. */
#ifndef KONTOR_SEARCH_SET_H
#define KONTOR_SEARCH_SET_H

#include "market/catalogue/search_index.h"

enum { BLOCK_WORDS = 64, BLOCK_DOCS = 64 * BLOCK_WORDS, SET_FLATS_MAX = 6 };

struct bits {
	const uint64_t *flat[SET_FLATS_MAX]; /* the words of all documents */
	size_t flats;
	uint64_t **block; /* BLOCK_WORDS words each; NULL: none of them */
};
static inline size_t blocks_of(const struct search_index *x)
{
	return ((size_t)x->docs + BLOCK_DOCS - 1) / BLOCK_DOCS;
}
/* How many words block i has: the last one may be shorter. */
static inline size_t block_words(const struct search_index *x, size_t i)
{
	size_t words = ((size_t)x->docs + 63) / 64 - i * BLOCK_WORDS;

	return words < BLOCK_WORDS ? words : BLOCK_WORDS;
}
static inline uint64_t bits_word(const struct bits *b, size_t word)
{
	const uint64_t *w = b->block ? b->block[word / BLOCK_WORDS] : NULL;
	uint64_t have = w ? w[word % BLOCK_WORDS] : 0;

	for (size_t i = 0; i < b->flats; i++)
		have |= b->flat[i][word];
	return have;
}
static inline bool bits_has(const struct bits *b, uint32_t doc)
{
	return bits_word(b, doc / 64) >> doc % 64 & 1;
}
static inline bool bits_none(const struct bits *b)
{
	return !b->flats && !b->block;
}
/* Whether block i may have some. */
static inline bool bits_in_block(const struct bits *b, size_t i)
{
	return b->flats || (b->block && b->block[i]);
}
/* The bitmap of a list that has one: search_dense(). */
static inline const uint64_t *bits_of_dense(const struct search_index *x, struct search_list l)
{
	return (const uint64_t *)(const void *)(x->posts + l.at);
}
/* One document more. What a set grows by comes from `a`. */
void bits_add(struct arena *a, struct bits *b, const struct search_index *x, uint32_t doc);
void bits_add_list(
	struct arena *a, struct bits *b, const struct search_index *x, struct search_list l);
/* into |= what block i of the set has. */
void bits_into(uint64_t *into, size_t words, const struct bits *b, size_t i);
int64_t words_count(const uint64_t *v, size_t words);
int64_t words_count_both(const uint64_t *v, const uint64_t *w, size_t words);

#endif
