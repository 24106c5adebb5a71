/* Ids: milliseconds and a sequence in one counter that only grows, the node between them. */
#include "base.h"

#include <stdatomic.h>

enum { NODE_BITS = 6, SEQUENCE_BITS = 16, TIME_BITS = 41 };
#define EPOCH_2024_MS INT64_C(1704067200000)
#define SEQUENCE_MASK ((INT64_C(1) << SEQUENCE_BITS) - 1)

/* Time and sequence without the node: when one millisecond's sequence is used up, the next
 * millisecond begins early. */
static _Atomic int64_t counter;
static unsigned node_number;

static const char digits[] = "0123456789abcdefghjkmnpqrstvwxyz"; /* Crockford: no i, l, o, u */

static int64_t id_of(int64_t count)
{
	return (count >> SEQUENCE_BITS) << (NODE_BITS + SEQUENCE_BITS) |
	       (int64_t)node_number << SEQUENCE_BITS | (count & SEQUENCE_MASK);
}

void id_node(unsigned node)
{
	MUST(node < 1u << NODE_BITS);
	node_number = node;
}

int64_t id_make(void)
{
	int64_t ms = clock_real().us / 1000 - EPOCH_2024_MS, now = ms > 0 ? ms << SEQUENCE_BITS : 0;
	int64_t before = counter, next;

	do
		next = now > before ? now : before + 1;
	while (!atomic_compare_exchange_weak(&counter, &before, next));
	MUST(next >> SEQUENCE_BITS < INT64_C(1) << TIME_BITS);
	return id_of(next);
}

void id_floor(int64_t high_water)
{
	MUST(high_water >= 0);
	/* The rest of that millisecond is left out, whichever node made the id. */
	int64_t floor =
		(high_water >> (NODE_BITS + SEQUENCE_BITS)) << SEQUENCE_BITS | SEQUENCE_MASK;
	int64_t before = counter;

	while (floor > before && !atomic_compare_exchange_weak(&counter, &before, floor))
		;
}

void id_behind(int64_t other)
{
	int64_t ms = other >> (NODE_BITS + SEQUENCE_BITS);
	unsigned node = other >> SEQUENCE_BITS & ((1u << NODE_BITS) - 1);
	int64_t before = counter, floor = ms << SEQUENCE_BITS;

	if (node == node_number)
		floor |= other & SEQUENCE_MASK;
	else if (node > node_number)
		floor |= SEQUENCE_MASK;
	else
		floor--; /* the rest of that millisecond lies behind it already */
	while (floor > before && !atomic_compare_exchange_weak(&counter, &before, floor))
		;
}

int64_t id_last(void)
{
	int64_t count = counter;

	return count ? id_of(count) : 0;
}

int64_t id_at(instant t)
{
	int64_t ms = t.us / 1000 - EPOCH_2024_MS;

	return ms > 0 ? ms << (NODE_BITS + SEQUENCE_BITS) : 0;
}

str id_text(struct arena *a, int64_t id)
{
	char *p = arena_alloc(a, 1, ID_TEXT_CHARS + 1);

	MUST(id >= 0);
	for (int i = 0; i < ID_TEXT_CHARS; i++)
		p[i] = digits[(uint64_t)id >> (5 * (ID_TEXT_CHARS - 1 - i)) & 31];
	return (str){p, ID_TEXT_CHARS};
}

bool id_parse(str s, int64_t *id)
{
	uint64_t v = 0;

	if (s.n != ID_TEXT_CHARS || s.p[0] < '0' || s.p[0] > '7')
		return false;
	for (size_t i = 0; i < s.n; i++) {
		const char *at = s.p[i] ? strchr(digits, s.p[i]) : NULL;

		if (!at)
			return false;
		v = v << 5 | (uint64_t)(at - digits);
	}
	*id = (int64_t)v;
	return v != 0;
}
