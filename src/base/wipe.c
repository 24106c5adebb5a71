/* What is freed is wiped, whoever frees it: the libraries that carry a request, a mail or a page of
 * the database give their buffers back as they are, and what was in them would stay readable in the
 * process (a core, swap) long after the person it is about was erased. The program's own free() and
 * realloc() stand before the C library's in every library that it loads (decision 200).
 *
 * Sanitizers bring their own, which keep freed memory aside and mark it: with them, and without
 * glibc, this file is empty. */
#include "base.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer) || \
	__has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define WIPES 0
#else
#define WIPES 1
#endif

#if defined(__GLIBC__) && WIPES
/* The C library's own, under the names by which it exports them. */
void __libc_free(void *p);     /* NOLINT(bugprone-reserved-identifier,cert-dcl37-c) */
void *__libc_malloc(size_t n); /* NOLINT(bugprone-reserved-identifier,cert-dcl37-c) */

enum { IS_MAPPED = 2 }; /* bit of a block's size word: it is a mapping of its own */

/* A large block goes back to the system, which gives nobody what was in it. */
static bool mapped(const void *p)
{
	return ((const size_t *)p)[-1] & IS_MAPPED;
}

void free(void *p)
{
	int before = errno;

	if (!p)
		return;
	if (!mapped(p))
		explicit_bzero(p, malloc_usable_size(p));
	__libc_free(p);
	errno = before;
}

void *realloc(void *p, size_t n)
{
	size_t had = p ? malloc_usable_size(p) : 0;

	if (!p)
		return __libc_malloc(n);
	if (!n) {
		free(p);
		return NULL;
	}
	if (n <= had && n >= had / 2)
		return p;
	void *q = __libc_malloc(n);

	if (!q)
		return NULL;
	memcpy(q, p, n < had ? n : had);
	free(p);
	return q;
}
#endif
