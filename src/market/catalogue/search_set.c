/* search_set: making sets, and counting them. */
#include "market/catalogue/search_set.h"

static void words_or(uint64_t *into, const uint64_t *more, size_t words)
{
	for (size_t k = 0; k < words; k++)
		into[k] |= more[k];
}

static uint64_t *block_at(struct arena *a, struct bits *b, const struct search_index *x, size_t i)
{
	if (!b->block)
		b->block = arena_array(a, uint64_t *, blocks_of(x) + 1);
	if (!b->block[i])
		b->block[i] = arena_array(a, uint64_t, BLOCK_WORDS);
	return b->block[i];
}

void bits_add(struct arena *a, struct bits *b, const struct search_index *x, uint32_t doc)
{
	block_at(a, b, x, doc / BLOCK_DOCS)[doc / 64 % BLOCK_WORDS] |= UINT64_C(1) << doc % 64;
}

void bits_add_list(
	struct arena *a, struct bits *b, const struct search_index *x, struct search_list l)
{
	if (l.n == 1) { /* no list of its own */
		bits_add(a, b, x, l.at);
	} else if (!search_dense(l.n, x->docs)) {
		for (uint32_t i = 0; i < l.n; i++)
			bits_add(a, b, x, x->posts[l.at + i]);
	} else if (b->flats < SET_FLATS_MAX) {
		b->flat[b->flats++] = bits_of_dense(x, l);
	} else {
		const uint64_t *more = bits_of_dense(x, l);

		for (size_t i = 0; i < blocks_of(x); i++)
			words_or(block_at(a, b, x, i), more + i * BLOCK_WORDS, block_words(x, i));
	}
}

void bits_into(uint64_t *into, size_t words, const struct bits *b, size_t i)
{
	for (size_t k = 0; k < b->flats; k++)
		words_or(into, b->flat[k] + i * BLOCK_WORDS, words);
	if (b->block && b->block[i])
		words_or(into, b->block[i], words);
}

#if defined(__x86_64__) && defined(__GNUC__)
__attribute__((target_clones("popcnt", "default")))
#endif
int64_t
words_count(const uint64_t *v, size_t words)
{
	int64_t n = 0;

	for (size_t i = 0; i < words; i++)
		n += __builtin_popcountll(v[i]);
	return n;
}

#if defined(__x86_64__) && defined(__GNUC__)
__attribute__((target_clones("popcnt", "default")))
#endif
int64_t
words_count_both(const uint64_t *v, const uint64_t *w, size_t words)
{
	int64_t n = 0;

	for (size_t i = 0; i < words; i++)
		n += __builtin_popcountll(v[i] & w[i]);
	return n;
}
