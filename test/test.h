/* test.h: TAP for C tests (prove reads it). One test program is one .c file:
 *
 *	#include "test/test.h"
 *	TEST(rounds_half_up) { CHECK_INT(2, f(1)); }
 *	int main(void) { return test_main(); }
 *
 * Each TEST registers itself and is one TAP line; a failed CHECK prints where and what, marks the
 * test, and goes on; a REQUIRE also ends it. A fault that leaves a test fails it. `test_arena` is
 * emptied before each test. TEST_ONLY=part-of-name runs some. */
#ifndef KONTOR_TEST_H
#define KONTOR_TEST_H

#include <stdio.h>
#include <stdlib.h>

#include "base/base.h"

struct test_case {
	const char *name;
	void (*run)(void);
	struct test_case *next;
};
static struct test_case *test_first, **test_end = &test_first;
static struct arena *test_arena;
static int test_bad;

#define TEST(id) \
	static void id(void); \
	static struct test_case test_case_##id = {#id, id, NULL}; \
	__attribute__((constructor)) static void test_add_##id(void) \
	{ \
		*test_end = &test_case_##id; \
		test_end = &test_case_##id.next; \
	} \
	static void id(void)

#define TEST_FAIL(...) \
	(test_bad++, printf("# %s:%d: ", __FILE__, __LINE__), printf(__VA_ARGS__), \
		(void)printf("\n"))
#define CHECK(cond) ((cond) ? (void)0 : TEST_FAIL("%s", #cond))
#define REQUIRE(cond) \
	do { \
		if (!(cond)) { \
			TEST_FAIL("%s", #cond); \
			return; \
		} \
	} while (0)
#define CHECK_INT(want, got) test_int(__FILE__, __LINE__, #got, (int64_t)(want), (int64_t)(got))
#define CHECK_STR(want, got) test_str(__FILE__, __LINE__, #got, (want), (got))
#define CHECK_TEXT(want, got) CHECK_STR(str_of(want), got)
/* The statement must fault, with this kind, and say this. */
#define CHECK_FAULT_SAYS(want_kind, says, ...) \
	do { \
		struct fault_point test_fp; \
		if (FAULT_TRY(test_fp)) { \
			__VA_ARGS__; \
			FAULT_END(test_fp); \
			TEST_FAIL("no fault: %s", #__VA_ARGS__); \
		} else if (test_fp.kind != (want_kind) || !strstr(test_fp.what, (says))) { \
			TEST_FAIL("fault %s (%s), not %s (%s)", fault_name(test_fp.kind), \
				test_fp.what, #want_kind, (says)); \
		} \
	} while (0)
/* The statement must fault, with this kind. */
#define CHECK_FAULT(want_kind, ...) CHECK_FAULT_SAYS(want_kind, "", __VA_ARGS__)

__attribute__((unused)) static void test_int(
	const char *file, int line, const char *what, int64_t want, int64_t got)
{
	if (want == got)
		return;
	test_bad++;
	printf("# %s:%d: %s is %lld, not %lld\n", file, line, what, (long long)got,
		(long long)want);
}

__attribute__((unused)) static void test_str(
	const char *file, int line, const char *what, str want, str got)
{
	if (str_eq(want, got) && !want.p == !got.p)
		return;
	test_bad++;
	printf("# %s:%d: %s\n#  is  \"" STR_FMT "\"\n#  not \"" STR_FMT "\"\n", file, line, what,
		STR_ARG(got), STR_ARG(want));
}

/* A random number for property tests: the same in each run, unless TEST_SEED says otherwise. */
__attribute__((unused)) static uint64_t test_random(void)
{
	static uint64_t x;
	const char *seed = x ? NULL : getenv("TEST_SEED");

	if (!x)
		x = seed ? strtoull(seed, NULL, 10) | 1 : 88172645463325252;
	x ^= x << 13; /* xorshift64, Marsaglia 2003 */
	x ^= x >> 7;
	return x ^= x << 17;
}

static int test_main(void)
{
	const char *only = getenv("TEST_ONLY");
	static int n, failed; /* static: a fault jumps back here */

	setvbuf(stdout, NULL, _IOLBF, 0);
	test_arena = arena_make((size_t)1 << 30);
	for (struct test_case *t = test_first; t; t = t->next) {
		struct fault_point fp;

		if (only && !strstr(t->name, only))
			continue;
		test_bad = 0;
		arena_reset(test_arena);
		if (FAULT_TRY(fp)) {
			t->run();
			FAULT_END(fp);
		} else {
			TEST_FAIL("fault %s: %s", fault_name(fp.kind), fp.what);
		}
		printf("%s %d - %s\n", test_bad ? "not ok" : "ok", ++n, t->name);
		failed += test_bad != 0;
	}
	printf("1..%d\n", n);
	arena_free(test_arena);
	return failed != 0;
}

#endif
