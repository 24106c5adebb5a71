/* Passwords: what is refused, what is taken, that a hash finds its password and no other. */
#include <sodium.h>
#include <time.h>

#include "market/member/password.h"
#include "test/test.h"

static enum password_fault check(const char *p)
{
	str own[] = {S("ingrid.lund@nordmetall.example"), S("Ingrid Lund"), S("Nordmetall GmbH")};

	return password_check(test_arena, str_of(p), own, COUNT(own));
}

TEST(refuses_what_is_guessed_first)
{
	static const char *const common[] = {"Password123", "P@ssw0rd2024!", "welcome2026!!",
		"Sommer2025!", "passwort1234", "letmein12345", "iloveyou!!!!", "passwordpassword",
		"AdminAdmin1", "!!!dragon!!!2"};
	static const char *const pattern[] = {"aaaaaaaaaaaa", "abcabcabcabc", "1234567890",
		"0987654321", "qwertyuiop", "1q2w3e4r5t6y", "abcdefghijkl", "asdfghjkl;1a",
		"121212121212"};

	for (size_t i = 0; i < COUNT(common); i++)
		if (check(common[i]) != PASSWORD_COMMON)
			TEST_FAIL("%s is %d", common[i], check(common[i]));
	for (size_t i = 0; i < COUNT(pattern); i++)
		if (check(pattern[i]) != PASSWORD_PATTERN)
			TEST_FAIL("%s is %d", pattern[i], check(pattern[i]));
	CHECK_INT(PASSWORD_OWN, check("ingrid.lund77"));
	CHECK_INT(PASSWORD_OWN, check("Nordmetall25!"));
	CHECK_INT(PASSWORD_SHORT, check("short"));
	CHECK_INT(PASSWORD_SHORT, check("äöüäöüäöü"));
	CHECK_INT(PASSWORD_SHORT, check(""));
}

TEST(takes_what_is_not)
{
	static const char *const fine[] = {"harbour crane at dawn", "nine blue forklifts",
		"tK8#vq!2LmZs", "ひみつのことばはとてもながい", "my password is a secret poem",
		"correct zebra battery lamp", "Kaffeemühle im Regen"};

	for (size_t i = 0; i < COUNT(fine); i++)
		if (check(fine[i]) != PASSWORD_FINE)
			TEST_FAIL("%s is %d", fine[i], check(fine[i]));
}

TEST(keeps_no_password)
{
	REQUIRE(sodium_init() >= 0);
	str hash = password_hash(test_arena, S("harbour crane at dawn"));
	CHECK(str_starts(hash, S("$argon2id$v=19$m=65536,t=3,p=1$")));
	CHECK(password_right(hash, S("harbour crane at dawn")));
	CHECK(!password_right(hash, S("harbour crane at dusk")));
	CHECK(!password_right(hash, S("")));
	CHECK(!password_right((str){0}, S("harbour crane at dawn")));
	CHECK(!password_right(S("not a hash"), S("harbour crane at dawn")));
}

/* Of this thread, so that a busy machine counts for nobody. */
static int64_t worked_us(void)
{
	struct timespec t;

	MUST(!clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t));
	return t.tv_sec * SECOND_US + t.tv_nsec / 1000;
}

TEST(takes_as_long_for_nobody)
{
	str hash = password_hash(test_arena, S("harbour crane at dawn"));
	int64_t somebody = 0, nobody = 0;

	for (int i = 0; i < 3; i++) {
		int64_t t0 = worked_us();
		CHECK(!password_right(hash, S("another one")));
		int64_t t1 = worked_us();
		CHECK(!password_right((str){0}, S("another one")));
		int64_t t2 = worked_us();
		somebody += t1 - t0;
		nobody += t2 - t1;
	}
	CHECK(nobody * 2 > somebody);
	CHECK(somebody * 2 > nobody);
}

int main(void)
{
	return test_main();
}
