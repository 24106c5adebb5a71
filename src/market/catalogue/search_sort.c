/* search_sort: least significant digit first, a byte at a time. */
#include "market/catalogue/search_sort.h"

#include <stdlib.h>

void search_sort(struct search_pair *v, size_t n, struct search_pair *other)
{
	struct search_pair *from = v, *to = other;

	for (int shift = 0; shift < 64; shift += 8) {
		size_t count[257] = {0};

		for (size_t i = 0; i < n; i++)
			count[(from[i].key >> shift & 0xff) + 1]++;
		if (n && count[(from[0].key >> shift & 0xff) + 1] == n)
			continue; /* all alike here */
		for (int i = 1; i < 256; i++)
			count[i] += count[i - 1];
		for (size_t i = 0; i < n; i++)
			to[count[from[i].key >> shift & 0xff]++] = from[i];
		struct search_pair *x = from;

		from = to;
		to = x;
	}
	if (from != v)
		memcpy(v, from, n * sizeof *v);
}

uint64_t search_sort_text_key(const char *text)
{
	uint64_t k = 0;
	int i = 0;

	for (; i < 8 && text[i]; i++)
		k = k << 8 | (unsigned char)text[i];
	return i ? k << 8 * (8 - i) : 0;
}

static int by_tail(const void *x, const void *y, void *base)
{
	const struct search_pair *p = x, *q = y;
	int c = strcmp((const char *)base + p->a, (const char *)base + q->a);

	return c ? c : (p->b > q->b) - (p->b < q->b);
}

void search_sort_texts(struct search_pair *v, size_t n, struct search_pair *other, const char *base)
{
	for (size_t i = 0; i < n; i++)
		v[i].key = search_sort_text_key(base + v[i].a);
	search_sort(v, n, other);
	for (size_t i = 0, k; i < n; i = k) {
		for (k = i + 1; k < n && v[k].key == v[i].key; k++)
			;
		if (k > i + 1 && (v[i].key & 0xff)) /* eight bytes alike, more may follow */
			qsort_r(v + i, k - i, sizeof *v, by_tail, (void *)(uintptr_t)base);
	}
}

uint64_t search_sort_float_key(float f)
{
	uint32_t u;

	memcpy(&u, &f, 4);
	return u & 0x80000000u ? ~u : u | 0x80000000u;
}
