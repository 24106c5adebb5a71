/* Plans on a database of real size: 1,000,000 orders, half of them of one company, and every other
 * table large enough to hurt when it is read through. Asks queryc how the engine would find the
 * rows of every statement of the program. */
#include <sqlite3.h>
#include <unistd.h>

#include "policy/embedded.h"
#include "store/schema.h"
#include "test/test.h"

enum { ORDERS = 1000000, MANY = 100000, OTHERS = 10000, FEW = 500, GIANT = 7, COLUMNS_MAX = 64 };

static char path[200];
static sqlite3 *db;

static void run(str sql)
{
	char *why = NULL;

	if (sqlite3_exec(db, sql.p, NULL, NULL, &why)) {
		printf("# %s: " STR_FMT "\n", why, STR_ARG(sql));
		fault(FAULT_BUG, "the database cannot be made");
	}
}

/* What there are few of in any marketplace. */
static int64_t rows_of(str table)
{
	static const char *const few[] = {
		"r_category", "r_attribute", "r_import_run", "r_schema_file", "r_house", NULL};

	for (const char *const *p = few; *p; p++)
		if (str_eq(table, str_of(*p)))
			return FEW;
	if (str_eq(table, S("r_orders")))
		return ORDERS;
	if (str_starts(table, S("r_order_")) || str_eq(table, S("r_product")) ||
		str_eq(table, S("r_offer")))
		return MANY;
	return OTHERS;
}

/* A value by the column's name and type: every second row is the giant's. */
static str value_of_column(str name, str type)
{
	if (str_eq(name, S("id")))
		return S("i");
	if (str_eq(name, S("buyer_id")) || str_eq(name, S("company_id")))
		return str_fmt(
			test_arena, "case when i %% 2 then %d else i %% 5000 + 1 end", GIANT);
	if (str_ends(name, S("_id")))
		return S("i * 7 % 20000 + 1");
	if (str_eq(type, S("TEXT")))
		return S("'x' || i");
	if (str_eq(type, S("BLOB")))
		return S("cast('x' || i as blob)");
	return S("i % 10 + 1");
}

static void fill(str table)
{
	str names = S(""), values = S("");
	sqlite3_stmt *st = NULL;

	if (sqlite3_prepare_v2(db, "select name, type from pragma_table_info(?1)", -1, &st, NULL))
		fault(FAULT_BUG, "%s", sqlite3_errmsg(db));
	sqlite3_bind_text(st, 1, table.p, (int)table.n, SQLITE_STATIC);
	for (const char *comma = ""; sqlite3_step(st) == SQLITE_ROW; comma = ", ") {
		str name = str_dup(test_arena, str_of((const char *)sqlite3_column_text(st, 0)));
		str type = str_dup(test_arena, str_of((const char *)sqlite3_column_text(st, 1)));

		names = str_fmt(
			test_arena, STR_FMT "%s" STR_FMT, STR_ARG(names), comma, STR_ARG(name));
		values = str_fmt(test_arena, STR_FMT "%s" STR_FMT, STR_ARG(values), comma,
			STR_ARG(value_of_column(name, str_of(type.p))));
	}
	sqlite3_finalize(st);
	run(str_fmt(test_arena,
		"with recursive n (i) as (select 1 union all select i + 1 from n where i < %lld) "
		"insert or ignore into " STR_FMT " (" STR_FMT ") select " STR_FMT " from n",
		(long long)rows_of(table), STR_ARG(table), STR_ARG(names), STR_ARG(values)));
}

struct texts {
	str *v;
	size_t n, cap;
};

static struct texts ask(const char *sql)
{
	struct texts l = {0};
	sqlite3_stmt *st = NULL;

	if (sqlite3_prepare_v2(db, sql, -1, &st, NULL))
		fault(FAULT_BUG, "%s", sqlite3_errmsg(db));
	while (sqlite3_step(st) == SQLITE_ROW)
		*ARENA_PUSH(test_arena, &l) =
			str_dup(test_arena, str_of((const char *)sqlite3_column_text(st, 0)));
	sqlite3_finalize(st);
	return l;
}

static void each(struct texts l, void (*f)(str))
{
	for (size_t i = 0; i < l.n; i++)
		f(l.v[i]);
}

TEST(a_database_of_real_size)
{
	const char *tmp = getenv("TMPDIR");
	struct texts indexes;

	snprintf(path, sizeof path, "%s/kontor-plans-%d.db", tmp ? tmp : "/tmp", (int)getpid());
	REQUIRE(!sqlite3_open(path, &db));
	run(S("pragma journal_mode = off; pragma synchronous = off; "
	      "pragma ignore_check_constraints = on; pragma foreign_keys = off; "
	      "pragma cache_size = -200000; begin"));
	for (const struct schema_file *f = schema_files; f->name; f++)
		run(f->text);
	/* built behind the rows, which is faster; unique ones decide which rows there are */
	indexes = ask("select sql from sqlite_master where sql like 'create index %'");
	each(ask("select 'drop index ' || name from sqlite_master where sql like 'create index %'"),
		run);
	each(ask("select name from sqlite_master where type = 'table' and name glob 'r_*'"), fill);
	each(indexes, run);
	run(S("commit"));
	CHECK(indexes.n > 20);
	CHECK_INT(1, ask("select 1 from r_orders limit 1 offset 999999").n);
	CHECK_INT(1, ask("select 1 from r_orders where buyer_id = 7 limit 1 offset 499999").n);
	sqlite3_close(db);
}

/* Runs queryc --plans over files; what it said, for the reader, and its exit status. */
static int plans(const char *policy, const char *files, bool show)
{
	str command = str_fmt(
		test_arena, "build/tool/queryc --plans %s %s schema %s 2>&1", path, policy, files);
	FILE *f = popen(command.p, "re");
	char line[2000];

	MUST(f);
	while (fgets(line, sizeof line, f))
		if (show)
			printf("# %s", line);
	return pclose(f);
}

TEST(every_statement_finds_its_rows_by_an_index)
{
	CHECK_INT(0, plans("policy", "$(find src -name '*.sql')", true));
}

/* ---- walks over a subject's rows and retention: made from the policy, not by queryc ---- */
static int64_t rows_in(str table)
{
	sqlite3_stmt *st = NULL;
	int64_t n = 0;

	MUST(!sqlite3_prepare_v2(db,
		str_fmt(test_arena, "select count(*) from \"" STR_FMT "\"", STR_ARG(table)).p, -1,
		&st, NULL));
	if (sqlite3_step(st) == SQLITE_ROW)
		n = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	return n;
}

/* "SCAN h1": h1 is a name of the statement; the table behind it is looked up in the text. */
static bool small_table(str sql, str name)
{
	str mark = str_fmt(test_arena, "\" as " STR_FMT, STR_ARG(name));
	size_t at = str_find(sql, mark), from = at;

	if (at == (size_t)-1)
		return false;
	while (from && sql.p[from - 1] != '"')
		from--;
	return rows_in(str_sub(sql, from, at - from)) <= 1000;
}

static void plan_checked(str sql, bool sorts, str what)
{
	sqlite3_stmt *st = NULL;

	if (!sql.n)
		return;
	if (sqlite3_prepare_v2(db,
		    str_fmt(test_arena, "explain query plan " STR_FMT, STR_ARG(sql)).p, -1, &st,
		    NULL)) {
		TEST_FAIL(STR_FMT ": %s", STR_ARG(sql), sqlite3_errmsg(db));
		return;
	}
	while (sqlite3_step(st) == SQLITE_ROW) {
		str line = str_dup(test_arena, str_of((const char *)sqlite3_column_text(st, 3)));
		str rest = line, first = str_cut(&rest, ' '), name = str_cut(&rest, ' ');
		bool bad = str_eq(first, S("SCAN")) && !str_eq(name, S("CONSTANT")) &&
			   !small_table(sql, name);

		bad |= str_find(line, S("AUTOMATIC")) != (size_t)-1;
		bad |= !sorts && str_find(line, S("TEMP B-TREE")) != (size_t)-1;
		if (bad)
			TEST_FAIL(STR_FMT ": " STR_FMT "\n# " STR_FMT, STR_ARG(what), STR_ARG(line),
				STR_ARG(sql));
	}
	sqlite3_finalize(st);
}

TEST(walks_and_sweeps_find_their_rows_by_an_index)
{
	struct policy_errors e = {0};
	const struct policy *p = policy_read(test_arena, embedded_policy, embedded_policy_n, &e);

	MUST(p);
	REQUIRE(!sqlite3_open(path, &db));
	struct policy_walks w = policy_walks_sqlite(test_arena, p, S(""));
	struct policy_sweeps s = policy_sweeps_sqlite(test_arena, p, S(""));

	CHECK(w.n > 30 && s.n > 15);
	for (size_t i = 0; i < w.n; i++) {
		str what = str_fmt(test_arena, STR_FMT " by " STR_FMT, STR_ARG(w.v[i].table->name),
			STR_ARG(w.v[i].own->by));

		plan_checked(w.v[i].find, true, what); /* one subject's rows alone */
		plan_checked(policy_owners_sqlite(test_arena, p, w.v[i].table, true, S("")), false,
			what);
	}
	for (size_t i = 0; i < s.n; i++)
		plan_checked(s.v[i].due, str_has(s.v[i].keep->from, '.'), s.v[i].name);
	for (size_t i = 0; i < p->tables_n; i++)
		if (p->tables[i].part_of.n)
			plan_checked(
				str_fmt(test_arena,
					"select id from \"r_" STR_FMT "\" where \"" STR_FMT
					"\" = ?1",
					STR_ARG(p->tables[i].name), STR_ARG(p->tables[i].part_of)),
				false, p->tables[i].name);
	sqlite3_close(db);
}

TEST(bad_plans_are_found)
{
	static const char *const bad[] = {"scan", "or", "sort", "excuse"};

	for (size_t i = 0; i < COUNT(bad); i++) {
		str file = str_fmt(test_arena, "test/policy/plans/%s.sql", bad[i]);

		if (!plans("policy", file.p, false))
			TEST_FAIL("%s is taken", file.p);
	}
	CHECK_INT(0, plans("policy", "test/policy/plans/fine.sql", true));
	if (!getenv("KEEP"))
		unlink(path);
}

int main(void)
{
	return test_main();
}
