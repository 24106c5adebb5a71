/* Isolation: whoever is restricted has no rows for any purpose but storage, their own account and
 * rights, and the law. Every guard of the program is asked, on a database in which every table that
 * is about a person or a company has a row of the subject. */
#include "policy/embedded.h"
#include "policy/policy.h"
#include "store/schema.h"
#include "test/test.h"

#include <sqlite3.h>

enum { SUBJECT = 1 };
static sqlite3 *db;

static void run(str sql)
{
	char *why = NULL;

	if (sqlite3_exec(db, sql.p, NULL, NULL, &why)) {
		printf("# %s: " STR_FMT "\n", why, STR_ARG(sql));
		fault(FAULT_BUG, "the database cannot be made");
	}
}

/* The subject looks at itself with every role: nothing but the restriction stands in the way. */
static void one(sqlite3_context *x, int n, sqlite3_value **v)
{
	(void)n, (void)v;
	sqlite3_result_int64(x, SUBJECT);
}

static void every_bit(sqlite3_context *x, int n, sqlite3_value **v)
{
	(void)n, (void)v;
	sqlite3_result_int64(x, INT64_MAX);
}

static void given(sqlite3_context *x, int n, sqlite3_value **v)
{
	sqlite3_result_value(x, v[n - 1]);
}

static void plant(const struct policy_table *t)
{
	str names = S(""), values = S("");

	for (size_t i = 0; i < t->columns_n; i++) {
		const struct policy_column *k = &t->columns[i];
		const char *v = str_eq(k->name, S("restricted")) ? "0"
				: k->type.kind == TYPE_TEXT	 ? "'x'"
				: k->type.kind == TYPE_SEALED || k->type.kind == TYPE_BLIND ||
						k->type.kind == TYPE_BLOB
					? "x'01'"
				: k->type.kind == TYPE_ENUM || k->type.kind == TYPE_INT ? "2"
											: "1";

		names = str_fmt(test_arena, STR_FMT "%s\"" STR_FMT "\"", STR_ARG(names),
			i ? ", " : "", STR_ARG(k->name));
		values = str_fmt(test_arena, STR_FMT "%s%s", STR_ARG(values), i ? ", " : "", v);
	}
	run(str_fmt(test_arena, "insert into \"r_" STR_FMT "\" (" STR_FMT ") values (" STR_FMT ")",
		STR_ARG(t->name), STR_ARG(names), STR_ARG(values)));
}

static int64_t rows_of(str view)
{
	sqlite3_stmt *st = NULL;
	int64_t n = -1;

	MUST(!sqlite3_prepare_v2(db,
		str_fmt(test_arena, "select count(*) from \"" STR_FMT "\"", STR_ARG(view)).p, -1,
		&st, NULL));
	if (sqlite3_step(st) == SQLITE_ROW)
		n = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	return n;
}

/* Purposes under which a restricted person's rows may still be used, as the policy says it. */
static bool may_stay(str purpose)
{
	static const char *const v[] = {"signin", "session", "account", "manage", "rights",
		"notice", "legal", "casework", "retention", "choices", "upkeep", "mailing",
		"handing", "intake", "claimant"};

	for (size_t i = 0; i < COUNT(v); i++)
		if (str_eq(purpose, str_of(v[i])))
			return true;
	return false;
}

TEST(who_is_restricted_has_no_rows)
{
	struct policy_errors e = {0};
	const struct policy *p = policy_read(test_arena, embedded_policy, embedded_policy_n, &e);
	size_t shown = 0, hidden = 0, stayed = 0;

	MUST(p && !sqlite3_open(":memory:", &db));
	static const char *const ones[] = {"viewer_person", "viewer_company", "viewer_session"};

	for (size_t i = 0; i < COUNT(ones); i++)
		sqlite3_create_function(db, ones[i], 0, SQLITE_UTF8, NULL, one, NULL, NULL);
	sqlite3_create_function(db, "viewer_roles", 0, SQLITE_UTF8, NULL, every_bit, NULL, NULL);
	sqlite3_create_function(db, "sealed", -1, SQLITE_UTF8, NULL, given, NULL, NULL);
	run(S("pragma foreign_keys = off; pragma ignore_check_constraints = on"));
	for (const struct schema_file *f = schema_files; f->name; f++)
		run(f->text);
	for (size_t i = 0; i < p->tables_n; i++)
		if (p->tables[i].subject.n && policy_column(&p->tables[i], p->tables[i].subject))
			plant(&p->tables[i]);
	struct guards g = policy_guards_sqlite(test_arena, p, S("n"));

	for (size_t i = 0; i < g.n; i++)
		run(policy_guard_sql(test_arena, &g.v[i]));
	int64_t *before = arena_array(test_arena, int64_t, g.n);

	for (size_t i = 0; i < g.n; i++)
		before[i] = rows_of(g.v[i].view);
	run(str_fmt(test_arena, "insert into r_restricted (id) values (%d)", SUBJECT));
	for (size_t i = 0; i < p->tables_n; i++) /* as the store does in subject.c */
		if (policy_tells_restricted(&p->tables[i]))
			run(str_fmt(test_arena, "update \"r_" STR_FMT "\" set restricted = 1",
				STR_ARG(p->tables[i].name)));
	for (size_t i = 0; i < g.n; i++) {
		const struct policy_table *t = g.v[i].table;
		int64_t now = rows_of(g.v[i].view);

		if (!t->subject.n || !policy_column(t, t->subject))
			continue;
		shown += before[i] > 0;
		if (may_stay(g.v[i].grant->purpose)) {
			stayed += now > 0;
			/* gates that stand on other views may lose theirs, never gain */
			CHECK(now <= before[i]);
		} else {
			hidden += before[i] > 0;
			if (!now && g.v[i].grant->using_n > 1) /* its second form */
				now = rows_of(str_fmt(
					test_arena, STR_FMT POLICY_NEAR, STR_ARG(g.v[i].view)));
			if (now)
				TEST_FAIL(STR_FMT ": %lld rows of somebody restricted",
					STR_ARG(g.v[i].view), (long long)now);
		}
	}
	printf("# of %zu views with rows, %zu hide them and %zu keep them\n", shown, hidden,
		stayed);
	CHECK(hidden >= 10 && stayed >= 10);
	sqlite3_close(db);
}

int main(void)
{
	return test_main();
}
