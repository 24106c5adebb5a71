/* search_build: the state of an index in the making, shared by its three files: what comes in
 * (search_build.c), how lists are laid out (search_lay.c) and the file (search_write.c). */
#ifndef KONTOR_SEARCH_BUILD_H
#define KONTOR_SEARCH_BUILD_H

#include "market/catalogue/search_index.h"
#include "market/catalogue/search_sort.h"

/* A long array in blocks: grows without copying. */
enum { STREAM_BITS = 18, STREAM_BLOCK = 1 << STREAM_BITS };
struct stream {
	uint32_t **v;
	size_t blocks, cap, n;
};
void stream_push(struct arena *a, struct stream *s, uint32_t x);
static inline uint32_t stream_at(const struct stream *s, size_t i)
{
	return s->v[i >> STREAM_BITS][i & (STREAM_BLOCK - 1)];
}
/* Texts by number; equal text in the same space has one number. */
struct name {
	const char *p;
	uint32_t n, space, hash;
};
struct names {
	struct name *v;
	size_t n, cap;
	uint32_t *slot; /* number + 1, or 0 */
	size_t slots;
};
uint32_t names_put(struct arena *a, struct names *t, uint32_t space, str text);

struct build_word {
	uint32_t any_seen, strong_seen; /* document + 1 that had it last */
	uint32_t any, strong;		/* documents */
};
struct build_value {
	uint32_t facet, seen, docs;
	uint32_t words_at, words_n; /* in value_words */
	int64_t key;
	double number;
	bool strong; /* its words are as good as the title's */
	str text, unit;
};
struct build_facet {
	int64_t id;
	str name, unit;
	int kind;
	bool shown, number;
	uint32_t docs, values, seen;
};
struct build_category {
	int64_t id;
	uint32_t parent; /* place + 1 */
	uint32_t value;
};
struct build_doc {
	int64_t offer, product, stock;
	size_t words_at, values_at, keys_at, tiers_at; /* in the streams */
	uint32_t words_n, values_n, keys_n, tiers_n;
	uint16_t quality;
};
struct search_build {
	struct arena *a;
	bool some;		   /* search_build_some() */
	struct names words, texts; /* texts: values, space = facet */
	struct {
		struct build_word *v;
		size_t n, cap;
	} word;
	struct {
		struct build_value *v;
		size_t n, cap;
	} value; /* by number in texts */
	struct {
		struct build_facet *v;
		size_t n, cap;
	} facet;
	struct {
		struct build_category *v;
		size_t n, cap;
	} category;
	struct {
		struct build_doc *v;
		size_t n, cap;
	} doc;
	struct {
		struct search_product *v;
		size_t n, cap;
	} product;
	struct stream doc_words, doc_values, value_words, keys, tiers;
	char *key_text;
	size_t key_n, key_cap;
};

/* ---- the layout, from search_lay.c for search_write.c ---------------------------------------- */
struct layout {
	uint32_t docs;
	uint32_t *order;    /* order[document] = place in doc.v */
	uint32_t *words;    /* sorted: numbers of words */
	uint32_t *values;   /* sorted by facet, then by key, number or text: numbers of values */
	uint32_t *value_at; /* place of a value in `values` */
	uint32_t *facet_first;
	struct search_list *any, *strong, *value; /* by number of word or value */
	size_t posts_n;
	struct search_pair *keys; /* a: text, b: place in doc.v | SEARCH_WHOLE */
	size_t keys_n;
};
void search_lay(struct search_build *b, struct layout *l);

#endif
