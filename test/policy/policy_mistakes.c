/* Policies that must not be read: each file of test/policy/mistake/ is a case.
 *
 *	=== roles.yaml       a file of the policy
 *	...
 *	=== mistakes         what must be said, every line of it
 *
 * The files of good.txt stand in for those that a case does not bring. UPDATE=1 writes what is
 * said into the cases, to be reviewed. */
#include "policy/policy.h"
#include "test/test.h"

#include <dirent.h>

#define FOLDER "test/policy/mistake"
enum { FILES_MAX = 16 };

struct tree {
	struct policy_source v[FILES_MAX];
	size_t n;
	str want; /* p == NULL: no section */
	str head; /* the case up to its mistakes */
};

static str file_read(const char *path)
{
	FILE *f = fopen(path, "rb");
	char *p = arena_alloc(test_arena, 1, 1 << 20);
	size_t n;

	if (!f)
		fault(FAULT_BUG, "%s cannot be opened", path);
	n = fread(p, 1, (1 << 20) - 1, f);
	fclose(f);
	return (str){p, n};
}

static void source_put(struct tree *t, str name, str text)
{
	const char *c = str_dup(test_arena, name).p;
	size_t i = 0;

	while (i < t->n && strcmp(t->v[i].name, c) != 0)
		i++;
	MUST(i < FILES_MAX);
	t->v[i] = (struct policy_source){c, text};
	t->n += i == t->n;
}

static void tree_read(struct tree *t, str all)
{
	str rest = all;

	while (rest.n) {
		str head = str_cut(&rest, '\n'), text = rest;
		size_t end = str_find(rest, S("\n=== "));

		MUST(str_starts(head, S("=== ")));
		if (str_starts(rest, S("=== ")) || !rest.n)
			text.n = 0;
		else if (end != (size_t)-1)
			text.n = end + 1;
		rest = str_sub(rest, text.n, rest.n);
		head = str_sub(head, 4, head.n);
		if (str_eq(head, S("mistakes"))) {
			t->want = text.n ? text : S("");
			t->head = str_sub(all, 0, (size_t)(text.p - all.p));
			return;
		}
		source_put(t, head, text);
	}
}

static void update(const char *path, const struct tree *t, str said)
{
	FILE *f = fopen(path, "wb");

	MUST(f);
	fwrite(t->head.p, 1, t->head.n, f);
	fwrite(said.p, 1, said.n, f);
	fclose(f);
}

static void run_case(const char *path)
{
	struct tree t = {0};
	struct policy_errors e = {0};
	str said;

	tree_read(&t, file_read(FOLDER "/good.txt"));
	t.want = (str){0};
	tree_read(&t, file_read(path));
	MUST(t.want.p);
	CHECK(!policy_read(test_arena, t.v, t.n, &e) == (e.n != 0));
	said = policy_errors_text(test_arena, &e);
	if (getenv("UPDATE"))
		update(path, &t, said);
	else if (!str_eq(said, t.want))
		TEST_FAIL("%s\n# said:\n%s# must say:\n" STR_FMT, path, said.p, STR_ARG(t.want));
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_case(const struct dirent *d)
{
	return str_ends(str_of(d->d_name), S(".txt"));
}

TEST(every_mistake_is_said_where_it_is)
{
	struct dirent **v;
	int n = scandir(FOLDER, &v, is_case, by_name);

	CHECK(n >= 26);
	for (int i = 0; i < n; i++) {
		run_case(str_fmt(test_arena, FOLDER "/%s", v[i]->d_name).p);
		free(v[i]);
	}
	if (n >= 0)
		free(v);
}

int main(void)
{
	return test_main();
}
