/* The growing buffer. What knows languages is in message.c, what knows HTML in place.c. */
#include "out.h"

#include <stdio.h>

void out_init(struct out *o, struct arena *a, size_t first, size_t max, const struct locale *l)
{
	*o = (struct out){.arena = a, .max = max, .locale = l};
	if (first > max)
		first = max;
	o->p = arena_alloc(a, 1, first + 1);
	o->cap = first;
}

/* Old storage stays in the arena, so growth doubles. */
void out_more(struct out *o, size_t n)
{
	size_t cap = o->cap ? o->cap : 1;

	if (n > o->max || o->n > o->max - n)
		fault(FAULT_MEMORY, "output: %zu and %zu bytes are over the maximum of %zu", o->n,
			n, o->max);
	while (cap < o->n + n)
		cap = cap > o->max / 2 ? o->max : cap * 2;
	char *p = arena_alloc(o->arena, 1, cap + 1);

	if (o->n)
		memcpy(p, o->p, o->n);
	o->p = p;
	o->cap = cap;
}

void out_str(struct out *o, str s)
{
	out_bytes(o, s.p, s.n);
}

void out_char(struct out *o, char c)
{
	out_bytes(o, &c, 1);
}

void out_fmt(struct out *o, const char *fmt, ...)
{
	char few[256];
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(few, sizeof few, fmt, ap);
	va_end(ap);
	MUST(n >= 0);
	if ((size_t)n < sizeof few) {
		out_bytes(o, few, (size_t)n);
		return;
	}
	if ((size_t)n > o->cap - o->n)
		out_more(o, (size_t)n);
	va_start(ap, fmt);
	vsnprintf(o->p + o->n, (size_t)n + 1, fmt, ap); /* cap has a byte more for the NUL */
	va_end(ap);
	o->n += (size_t)n;
}

str out_view(const struct out *o)
{
	o->p[o->n] = 0;
	return (str){o->p, o->n};
}

void out_cut(struct out *o, size_t n)
{
	MUST(n <= o->n);
	o->n = n;
}

void out_int_plain(struct out *o, int64_t v)
{
	out_grouped(o, v, 0, 0, 0, 0);
}

/* Digits from the right: `least` of them behind the point at least, `digits` at most. */
void out_grouped(struct out *o, int64_t v, int digits, int least, char decimal, char group)
{
	char b[64];
	size_t at = sizeof b;
	uint64_t u = v < 0 ? -(uint64_t)v : (uint64_t)v;
	bool shown = false;

	for (int i = 0; i < digits; i++, u /= 10) {
		char c = (char)('0' + u % 10);

		shown = shown || c != '0' || i >= digits - least;
		if (shown)
			b[--at] = c;
	}
	if (shown)
		b[--at] = decimal;
	int k = 0;

	do {
		if (group && k && k % 3 == 0)
			b[--at] = group;
		b[--at] = (char)('0' + u % 10);
		u /= 10;
		k++;
	} while (u);
	if (v < 0)
		b[--at] = '-';
	out_bytes(o, b + at, sizeof b - at);
}

static int exponent_of(const char *currency)
{
	int e = currency_exponent(str_of(currency));

	if (e < 0)
		fault(FAULT_BUG, "an amount without a known currency");
	return e;
}

void out_money_plain(struct out *o, money m)
{
	int e = exponent_of(m.currency);

	out_grouped(o, m.minor, e, e, '.', 0);
}

void out_price_plain(struct out *o, struct price p)
{
	out_grouped(o, p.micro, 6, exponent_of(p.currency), '.', 0);
}
