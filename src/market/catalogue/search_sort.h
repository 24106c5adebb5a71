/* search_sort: ordering what an index holds, in time that grows with its length alone. */
#ifndef KONTOR_SEARCH_SORT_H
#define KONTOR_SEARCH_SORT_H

#include "base/base.h"

struct search_pair {
	uint64_t key;
	uint32_t a, b;
};
/* By key, growing, keeping the order of equals. other: room for n more. */
void search_sort(struct search_pair *v, size_t n, struct search_pair *other);
/* The first eight bytes of a NUL-ended text as a number that sorts as the text does. */
uint64_t search_sort_text_key(const char *text);
/* By the texts at base + v[i].a: the keys are set here. */
void search_sort_texts(
	struct search_pair *v, size_t n, struct search_pair *other, const char *base);
/* A float as a number that sorts as it does; not for NAN. */
uint64_t search_sort_float_key(float f);

#endif
