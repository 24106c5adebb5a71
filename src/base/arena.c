/* Arenas: blocks chained, bump allocation, wiped on reset. */
#include "base.h"

#include <stdio.h>
#include <stdlib.h>

#ifndef __has_feature
#define __has_feature(x) 0 /* gcc: says it with a macro of its own */
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define EACH_ALONE 1 /* every object its own allocation: ASan sees overruns */
#else
#define EACH_ALONE 0
#endif

enum { ALIGN = 16, FIRST_BYTES = 64 << 10 };

struct block {
	struct block *next;
	size_t n, cap;
	_Alignas(ALIGN) unsigned char p[];
};

struct arena {
	struct block *blocks; /* newest first; the oldest one is kept over resets */
	size_t used, max;
};

struct arena *arena_make(size_t bytes_max)
{
	struct arena *a = calloc(1, sizeof *a);

	if (!a)
		fault(FAULT_MEMORY, "no memory for an arena");
	a->max = bytes_max;
	return a;
}

static struct block *block_make(size_t cap)
{
	struct block *b = calloc(1, sizeof *b + cap);

	if (!b)
		fault(FAULT_MEMORY, "no memory for %zu bytes", cap);
	b->cap = cap;
	return b;
}

void *arena_alloc(struct arena *a, size_t size, size_t count)
{
	size_t want;
	struct block *b = a->blocks;

	if (fault_due(FAULT_SITE_ALLOC))
		fault(FAULT_MEMORY, "injected");
	if (__builtin_mul_overflow(size, count, &want) || want > a->max)
		fault(FAULT_MEMORY, "arena: %zu x %zu bytes are over the cap of %zu", size, count,
			a->max);
	if (!EACH_ALONE)
		want = (want + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	if (a->used + want > a->max)
		fault(FAULT_MEMORY, "arena: %zu bytes are over the cap of %zu", a->used + want,
			a->max);
	if (!b || b->n + want > b->cap || EACH_ALONE) {
		size_t cap = want;

		if (!EACH_ALONE && cap < FIRST_BYTES)
			cap = b ? b->cap * 2 : FIRST_BYTES;
		if (!EACH_ALONE && cap > ((size_t)1 << 20) && cap > want)
			cap = want > ((size_t)1 << 20) ? want : (size_t)1 << 20;
		b = block_make(cap);
		b->next = a->blocks;
		a->blocks = b;
	}
	void *p = b->p + b->n;

	b->n += want;
	a->used += want;
	return p;
}

void arena_reset(struct arena *a)
{
	struct block *b = a->blocks;

	while (b && (b->next || EACH_ALONE)) {
		struct block *next = b->next;

		explicit_bzero(b->p, b->n);
		free(b);
		b = next;
	}
	if (b) {
		explicit_bzero(b->p, b->n);
		b->n = 0;
	}
	a->blocks = b;
	a->used = 0;
}

void arena_free(struct arena *a)
{
	if (!a)
		return;
	arena_reset(a);
	free(a->blocks);
	free(a);
}

size_t arena_used(const struct arena *a)
{
	return a->used;
}

void *arena_grow(struct arena *a, void *old, size_t size, size_t n, size_t *cap)
{
	size_t next = *cap ? *cap * 2 : 8;
	void *p = arena_alloc(a, size, next);

	if (n)
		memcpy(p, old, size * n);
	*cap = next;
	return p;
}

str str_dup(struct arena *a, str s)
{
	if (!s.p)
		return s;
	char *p = arena_alloc(a, 1, s.n + 1);

	memcpy(p, s.p, s.n);
	return (str){p, s.n};
}

str str_cat(struct arena *a, str x, str y)
{
	char *p = arena_alloc(a, 1, x.n + y.n + 1);

	if (x.n)
		memcpy(p, x.p, x.n);
	if (y.n)
		memcpy(p + x.n, y.p, y.n);
	return (str){p, x.n + y.n};
}

str str_fmt(struct arena *a, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	MUST(n >= 0);
	char *p = arena_alloc(a, 1, (size_t)n + 1);

	va_start(ap, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return (str){p, (size_t)n};
}

str str_lower(struct arena *a, str s)
{
	str d = str_dup(a, s);
	char *p = (char *)d.p;

	for (size_t i = 0; i < d.n; i++)
		if (p[i] >= 'A' && p[i] <= 'Z')
			p[i] = (char)(p[i] + 32);
	return d;
}
