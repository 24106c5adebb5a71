/* The fences of PostgreSQL: they show the same rows as those of SQLite, each of them alone. */
#include "lite.h"

enum { ROWS = 400 };

/* ---- what a view shows, as text ------------------------------------------------------------- */
static bool clear(const struct guard *g, size_t i)
{
	enum type_kind k = policy_column(g->table, g->grant->columns[i])->type.kind;

	return k != TYPE_SEALED && k != TYPE_BLIND && k != TYPE_BLOB;
}

static str shown_sql(const struct guard *g, str view, bool pg)
{
	str columns = S("1"), order = S("1");
	int n = 1;

	for (size_t i = 0; i < g->grant->columns_n; i++)
		if (clear(g, i)) {
			columns = str_fmt(test_arena, STR_FMT ", " STR_FMT, STR_ARG(columns),
				STR_ARG(g->grant->columns[i]));
			order = str_fmt(test_arena, STR_FMT ", %d%s", STR_ARG(order), ++n,
				pg ? " nulls first" : "");
		}
	return str_fmt(test_arena, "select " STR_FMT " from " STR_FMT " order by " STR_FMT,
		STR_ARG(columns), STR_ARG(view), STR_ARG(order));
}

static void value_put(struct out *o, const char *v)
{
	out_fmt(o, "%s,", v ? v : "-");
}

static str shown_pg(const struct guard *g, const char *kind, int *rows)
{
	str view = str_fmt(test_arena, "\"" STR_FMT "\".\"" STR_FMT "%s\"",
		STR_ARG(g->grant->purpose), STR_ARG(g->table->name), kind);
	PGresult *r = PQexec(pg_app, shown_sql(g, view, true).p);
	struct out o;

	out_init(&o, test_arena, 4096, 1 << 24, NULL);
	if (PQresultStatus(r) != PGRES_TUPLES_OK)
		TEST_FAIL(STR_FMT "%s: %s", STR_ARG(g->view), kind, PQresultErrorMessage(r));
	*rows = PQntuples(r);
	for (int i = 0; i < *rows; i++)
		for (int k = 0; k < PQnfields(r); k++)
			value_put(&o, PQgetisnull(r, i, k) ? NULL : PQgetvalue(r, i, k));
	PQclear(r);
	return out_view(&o);
}

static str shown_lite(const struct guard *g)
{
	str view = str_fmt(test_arena, "\"" STR_FMT "\"", STR_ARG(g->view));
	sqlite3_stmt *st = NULL;
	struct out o;

	out_init(&o, test_arena, 4096, 1 << 24, NULL);
	MUST(!sqlite3_prepare_v2(lite, shown_sql(g, view, false).p, -1, &st, NULL));
	while (sqlite3_step(st) == SQLITE_ROW)
		for (int k = 0; k < sqlite3_column_count(st); k++)
			value_put(&o, (const char *)sqlite3_column_text(st, k));
	sqlite3_finalize(st);
	return out_view(&o);
}

/* ---- viewers -------------------------------------------------------------------------------- */
static const struct {
	int64_t id, roles;
} viewers[] = {{0, 0}, {1, 0}, {2, 0}, {1, (INT64_C(1) << 62) - 1}, {0, (INT64_C(1) << 62) - 1}};

static void look(size_t i)
{
	lite_viewer(viewers[i].id, viewers[i].roles);
}

struct told {
	int views, rows;
};

static void one_view(const struct guard *g, size_t viewer, struct told *t)
{
	int n = 0, again = 0;
	str want = shown_lite(g), got = shown_pg(g, "", &n);

	if (!str_eq(want, got))
		TEST_FAIL(
			STR_FMT ", viewer %zu: other rows than SQLite's", STR_ARG(g->view), viewer);
	if (g->grant->using_n > 1 && !str_eq(want, shown_pg(g, POLICY_NEAR, &again)))
		TEST_FAIL(
			STR_FMT ", viewer %zu: its second form differs", STR_ARG(g->view), viewer);
	if ((g->grant->update_n || g->grant->may_delete) &&
		!str_eq(want, shown_pg(g, POLICY_CHANGE, &again)))
		TEST_FAIL(STR_FMT ", viewer %zu: what may be changed differs", STR_ARG(g->view),
			viewer);
	t->views++;
	t->rows += n;
}

static struct told all_views(void)
{
	struct guards g = policy_guards_sqlite(test_arena, pg_policy, S("n"));
	struct told t = {0};

	for (size_t k = 0; k < COUNT(viewers); k++) {
		look(k);
		for (size_t i = 0; i < g.n; i++)
			one_view(&g.v[i], k, &t);
	}
	return t;
}

TEST(both_engines_show_the_same_rows)
{
	struct told t = all_views();

	printf("# %d views, %d rows\n", t.views, t.rows);
	CHECK(t.rows > 10000);
}

TEST(of_restricted_people_too)
{
	lite_run(S("insert into r_restricted (id) values (1), (3)"));
	pg_run(pg_admin, "insert into base.r_restricted (id) values (1), (3)");
	lite_run(S("update r_company set restricted = 1 where id in (1, 3)"));
	pg_run(pg_admin, "update base.r_company set restricted = 1 where id in (1, 3)");
	struct told t = all_views();

	printf("# %d rows\n", t.rows);
	lite_run(S("delete from r_restricted"));
	pg_run(pg_admin, "delete from base.r_restricted");
	lite_run(S("update r_company set restricted = 0"));
	pg_run(pg_admin, "update base.r_company set restricted = 0");
}

/* ---- each fence alone ----------------------------------------------------------------------- */
/* The view without its condition, as somebody would leave it who made a mistake. */
static void strip(const struct guard *g, const char *kind)
{
	str columns = S("");

	for (size_t i = 0; i < g->grant->columns_n; i++) {
		bool sealed =
			policy_column(g->table, g->grant->columns[i])->type.kind == TYPE_SEALED;

		if (sealed && !strcmp(kind, POLICY_CHANGE))
			continue;
		columns = str_fmt(test_arena, STR_FMT "%s" STR_FMT, STR_ARG(columns),
			columns.n ? ", " : "", STR_ARG(g->grant->columns[i]));
	}
	pg_run(pg_admin, str_fmt(test_arena,
				 "create or replace view \"" STR_FMT "\".\"" STR_FMT
				 "%s\" as select " STR_FMT " from base.r_" STR_FMT,
				 STR_ARG(g->grant->purpose), STR_ARG(g->table->name), kind,
				 STR_ARG(columns), STR_ARG(g->table->name))
				 .p);
}

/* The row policies of `public` ask for restricted people alone (doc/decisions/231). */
static bool published(const struct guard *g)
{
	return str_eq(g->grant->purpose, S("public"));
}

TEST(row_policies_hold_when_a_view_forgets_its_condition)
{
	struct guards g = policy_guards_sqlite(test_arena, pg_policy, S("n"));

	for (size_t i = 0; i < g.n; i++) {
		if (published(&g.v[i]))
			continue;
		strip(&g.v[i], "");
		if (g.v[i].grant->using_n > 1)
			strip(&g.v[i], POLICY_NEAR);
	}
	CHECK_INT(
		1, pg_int(pg_admin, "select count(*) from pg_views where schemaname = 'trade' and "
				    "viewname = 'orders' and definition not ilike '%where%'"));
	struct told t = all_views();

	printf("# %d rows\n", t.rows);
	CHECK(t.rows > 10000);
	pg_guards();
}

static void row_security(const char *word)
{
	for (size_t i = 0; i < pg_policy->tables_n; i++)
		pg_run(pg_admin,
			str_fmt(test_arena, "alter table base.r_" STR_FMT " %s row level security",
				STR_ARG(pg_policy->tables[i].name), word)
				.p);
}

TEST(views_hold_when_row_policies_are_off)
{
	row_security("disable");
	all_views();
	row_security("enable");
}

/* A value that divides by nothing in a row that is not shown would tell of that row: the policies
 * are asked before any condition that may raise an error. */
TEST(an_error_tells_nothing_of_hidden_rows)
{
	static const char sql[] =
		"select o.id from trade.\"orders.near\" o where 1 / o.net_minor is not null";

	plant_viewer(1, 0);
	pg_run(pg_admin,
		"update base.r_orders set net_minor = case when buyer_id = 1 or seller_id = "
		"1 then 1 else 0 end");
	pg_run(pg_app, "set enable_indexscan = off; set enable_bitmapscan = off");
	/* what costs less is asked first, unless it may raise an error */
	pg_run(pg_admin, "alter function pg_catalog.int48div(int, bigint) cost 0.1");
	CHECK_TEXT("", str_of(pg_try(pg_app, sql)));
	row_security("disable");
	CHECK(*pg_try(pg_app, sql)); /* without them it does tell */
	row_security("enable");
}

int main(void)
{
	test_arena = arena_make((size_t)1 << 30); /* planting needs it before the tests do */
	pg_install("fence");
	plant(ROWS);
	lite_open(ROWS);
	arena_free(test_arena);
	int status = test_main();

	sqlite3_close(lite);
	pg_end();
	return status;
}
