/* What the policy allows, as reviewed: test/policy/matrix.golden. Whoever changes the policy runs
 * `make matrix`, reads the difference as the change of rights that it is, and commits it. */
#include "policy/policy.h"
#include "test/test.h"

#define GOLDEN "test/policy/matrix.golden"

static str matrix(void)
{
	struct policy_errors e = {0};
	const struct policy *p = policy_read_dir(test_arena, "policy", &e);

	if (!p)
		fault(FAULT_BUG, "%s", policy_errors_text(test_arena, &e).p);
	return policy_matrix(test_arena, p);
}

static str golden(void)
{
	FILE *f = fopen(GOLDEN, "rb");
	char *p = arena_alloc(test_arena, 1, 1 << 20);
	size_t n;

	if (!f)
		return S("");
	n = fread(p, 1, (1 << 20) - 1, f);
	fclose(f);
	return (str){p, n};
}

/* Up to ten lines of one text that the other has not. */
static void lines_only_in(str text, str other, const char *what)
{
	int shown = 0;

	while (text.n && shown < 10) {
		str line = str_cut(&text, '\n');

		if (str_find(other, str_cat(test_arena, line, S("\n"))) != (size_t)-1)
			continue;
		printf("# %s: " STR_FMT "\n", what, STR_ARG(line));
		shown++;
	}
}

TEST(the_policy_allows_what_was_reviewed)
{
	str is = matrix(), want = golden();

	if (getenv("UPDATE")) {
		FILE *f = fopen(GOLDEN, "wb");

		REQUIRE(f);
		fwrite(is.p, 1, is.n, f);
		fclose(f);
		return;
	}
	if (str_eq(is, want))
		return;
	TEST_FAIL("the policy allows other things than %s: run `make matrix` and review its "
		  "difference",
		GOLDEN);
	lines_only_in(want, is, "was reviewed");
	lines_only_in(is, want, "is allowed now");
}

TEST(one_role_and_one_column_can_be_explained)
{
	struct policy_errors e = {0};
	const struct policy *p = policy_read_dir(test_arena, "policy", &e);
	str s;

	REQUIRE(p);
	s = policy_explain(test_arena, p, S("person.email"));
	CHECK(str_find(s, S("email (pd:EmailAddress)")) != (size_t)-1);
	CHECK(str_find(s, S("in the mail confirm_address")) != (size_t)-1);
	CHECK(str_find(s, S("mail_server")) != (size_t)-1);
	CHECK(!policy_explain(test_arena, p, S("person.shoe_size")).p);
	CHECK(!policy_explain(test_arena, p, S("")).p);
	s = policy_who(test_arena, p, S("outbox"));
	CHECK(str_find(s, S("\nnotice: ")) != (size_t)-1);
	CHECK(str_find(s, S("\ntrade: ")) == (size_t)-1);
	CHECK(!policy_who(test_arena, p, S("nobody")).p);
}

int main(void)
{
	return test_main();
}
