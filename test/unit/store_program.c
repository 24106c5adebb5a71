/* The program's own policy, schema and statements open, and open quickly. */
#include "policy/embedded.h"
#include "store/inside.h"
#include "test/test.h"

#include <unistd.h>

static struct store *open_program(const char *dir)
{
	struct policy_errors e = {0};
	const struct policy *p = policy_read(test_arena, embedded_policy, embedded_policy_n, &e);

	MUST(p);
	return store_open(&(struct store_options){.dir = dir, .policy = p, .create = true});
}

TEST(the_program_opens)
{
	char dir[] = "/tmp/kontor-program-XXXXXX", line[200];

	MUST(mkdtemp(dir));
	store_close(open_program(dir));
	int64_t from = clock_mono_us();
	struct store *s = open_program(dir);
	int64_t took = clock_mono_us() - from;
	struct db db;

	from = clock_mono_us();
	store_read_begin(s, &db, test_arena, (struct viewer){0}, 0);
	store_read_end(&db);
	printf("# %zu statements: opened in %lld us; a further connection %lld us\n",
		s->statements_n, (long long)took, (long long)(clock_mono_us() - from));
	CHECK(s->statements_n > 0);
	store_close(s);
	snprintf(line, sizeof line, "rm -rf %s", dir);
	CHECK_INT(0, system(line));
}

int main(void)
{
	return test_main();
}
