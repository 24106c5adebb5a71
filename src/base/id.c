/* Ids: milliseconds and a count in one counter that only grows, the node between them, the place
 * behind. */
#include "base.h"

#include <stdatomic.h>

enum { NODE_BITS = 6, COUNT_BITS = 10, TIME_BITS = 41, BELOW_MS = 22 };
_Static_assert(NODE_BITS + COUNT_BITS + ID_PLACE_BITS == BELOW_MS, "below the milliseconds");
#define EPOCH_2024_MS INT64_C(1704067200000)
#define COUNT_MASK ((INT64_C(1) << COUNT_BITS) - 1)
#define PLACE_MASK ((INT64_C(1) << ID_PLACE_BITS) - 1)

/* Time and count without node and place: when one millisecond's count is used up, the next
 * millisecond begins early. */
static _Atomic int64_t counter;
static unsigned node_number;

static const char digits[] = "0123456789abcdefghjkmnpqrstvwxyz"; /* Crockford: no i, l, o, u */

static int64_t id_of(int64_t count, int64_t place)
{
	return (count >> COUNT_BITS) << BELOW_MS |
	       (int64_t)node_number << (COUNT_BITS + ID_PLACE_BITS) |
	       (count & COUNT_MASK) << ID_PLACE_BITS | (place & PLACE_MASK);
}

void id_node(unsigned node)
{
	MUST(node < 1u << NODE_BITS);
	node_number = node;
}

static int64_t count_next(void)
{
	int64_t ms = clock_real().us / 1000 - EPOCH_2024_MS, now = ms > 0 ? ms << COUNT_BITS : 0;
	int64_t before = counter, next;

	do
		next = now > before ? now : before + 1;
	while (!atomic_compare_exchange_weak(&counter, &before, next));
	MUST(next >> COUNT_BITS < INT64_C(1) << TIME_BITS);
	return next;
}

int64_t id_make(void)
{
	int64_t count = count_next();

	return id_of(count, count ^ count >> COUNT_BITS);
}

int64_t id_make_with(int64_t other)
{
	return id_of(count_next(), other);
}

unsigned id_place(int64_t id)
{
	return (unsigned)(id & PLACE_MASK);
}

void id_floor(int64_t high_water)
{
	MUST(high_water >= 0);
	/* The rest of that millisecond is left out, whichever node made the id. */
	int64_t floor = (high_water >> BELOW_MS) << COUNT_BITS | COUNT_MASK;
	int64_t before = counter;

	while (floor > before && !atomic_compare_exchange_weak(&counter, &before, floor))
		;
}

void id_behind(int64_t other)
{
	int64_t ms = other >> BELOW_MS;
	unsigned node = other >> (COUNT_BITS + ID_PLACE_BITS) & ((1u << NODE_BITS) - 1);
	int64_t before = counter, floor = ms << COUNT_BITS;

	if (node == node_number)
		floor |= other >> ID_PLACE_BITS & COUNT_MASK;
	else if (node > node_number)
		floor |= COUNT_MASK;
	else
		floor--; /* the rest of that millisecond lies behind it already */
	while (floor > before && !atomic_compare_exchange_weak(&counter, &before, floor))
		;
}

int64_t id_last(void)
{
	int64_t count = counter;

	return count ? id_of(count, PLACE_MASK) : 0;
}

int64_t id_at(instant t)
{
	int64_t ms = t.us / 1000 - EPOCH_2024_MS;

	return ms > 0 ? ms << BELOW_MS : 0;
}

void id_print(char to[ID_TEXT_CHARS], int64_t id)
{
	MUST(id >= 0);
	for (int i = 0; i < ID_TEXT_CHARS; i++)
		to[i] = digits[(uint64_t)id >> (5 * (ID_TEXT_CHARS - 1 - i)) & 31];
}

str id_text(struct arena *a, int64_t id)
{
	char *p = arena_alloc(a, 1, ID_TEXT_CHARS + 1);

	id_print(p, id);
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
