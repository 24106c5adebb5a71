/* Guards, asked by a real engine as several viewers. The authorizer here is the store's in small:
 * base tables are read inside a guard or not at all. */
#include "policy/policy.h"
#include "test/test.h"

#include <sqlite3.h>

#define NONCE "0123456789abcdef"

static int64_t viewer[4]; /* person, company, session, roles; 0 is NULL but for roles */

static void viewer_value(sqlite3_context *c, int n, sqlite3_value **v)
{
	int64_t x = viewer[(intptr_t)sqlite3_user_data(c)];

	(void)n;
	(void)v;
	if (x || sqlite3_user_data(c) == (void *)3)
		sqlite3_result_int64(c, x);
	else
		sqlite3_result_null(c);
}

/* Stands for the store's: shows what it was given. */
static void sealed(sqlite3_context *c, int n, sqlite3_value **v)
{
	char *s = sqlite3_mprintf("%s/%s/%s", sqlite3_value_text(v[0]), sqlite3_value_text(v[1]),
		sqlite3_value_text(v[2]));

	(void)n;
	sqlite3_result_text(c, s, -1, sqlite3_free);
}

static bool ends(const char *s, const char *end)
{
	return s && str_ends(str_of(s), str_of(end));
}

static int may(
	void *ctx, int action, const char *a, const char *b, const char *db, const char *view)
{
	bool guarded = ends(view, "~" NONCE);

	(void)ctx;
	if (action == SQLITE_SELECT || action == SQLITE_FUNCTION)
		return SQLITE_OK;
	if (action != SQLITE_READ || !a || str_starts(str_of(a), S("sqlite_")))
		return SQLITE_DENY;
	if (str_starts(str_of(a), S("r_")))
		return guarded ? SQLITE_OK : SQLITE_DENY;
	return (db && strcmp(db, "temp") == 0) || (b && !*b) ? SQLITE_OK : SQLITE_DENY;
}

static const char *const shared_yaml =
	"ids: [company_id, person_id, order_id, line_id]\n"
	"enums: {order_state: [placed, confirmed]}\n"
	"roles:\n"
	"  buyer: {bit: 2, kind: member}\n"
	"  finance: {bit: 4, kind: member}\n"
	"purposes:\n"
	"  trade: {bit: 1, why: w, dpv: dpv:ServiceProvision, basis: A6-1-b, roles: [buyer]}\n"
	"  marketing: {bit: 5, why: w, dpv: dpv:DirectMarketing, basis: A6-1-a, without: w, roles: "
	"[buyer]}\n"
	"  desk: {bit: 6, why: w, dpv: dpv:ServiceProvision, basis: A6-1-c, roles: [buyer]}\n";
static const char *const dpv_csv =
	"id,kind\ndpv:ServiceProvision,purpose\ndpv:DirectMarketing,purpose\npd:Name,data\n";
static const char *const orders_yaml =
	"table: orders\n"
	"about: orders\n"
	"columns: {id: order_id, buyer_id: company_id, seller_id: {type: company_id, null: yes}, "
	"state: order_state, secret: int}\n"
	"purposes:\n"
	"  trade:\n"
	"    read: [id, buyer_id, seller_id, state]\n"
	"    using: [\"buyer_id = viewer_company()\", \"seller_id = viewer_company()\", "
	"\"viewer_roles() & @role.finance and state = @order_state.confirmed\"]\n"
	"    insert: [id, buyer_id, seller_id]\n"
	"    update: [id2]\n"
	"  desk: {read: [id]}\n";
static const char *const line_yaml =
	"table: line\n"
	"about: lines\n"
	"columns: {id: line_id, order_id: order_id, quantity: int}\n"
	"purposes:\n"
	"  trade:\n"
	"    read: all\n"
	"    using: [\"exists (select 1 from trade.orders o where o.id = order_id)\"]\n"
	"    insert: all\n";
static const char *const person_yaml =
	"table: person\n"
	"about: people\n"
	"subject: id\n"
	"columns: {id: person_id, name: {type: sealed, null: yes}, mask: int, closed_at: {type: "
	"time, null: yes}}\n"
	"groups: {name: {fields: {name: pd:Name}}}\n"
	"purposes:\n"
	"  marketing: {read: [id, name], consent: marketing}\n"
	"keep: [{from: closed_at, for: P30D, because: b, then: erase}]\n";

static const struct policy *model(void)
{
	str orders = str_of(orders_yaml);
	size_t at = str_find(orders, S("    update: [id2]\n"));
	struct policy_source files[] = {{"shared.yaml", str_of(shared_yaml)},
		{"dpv.csv", str_of(dpv_csv)},
		{"orders.yaml", str_cat(test_arena, str_sub(orders, 0, at),
					str_sub(orders, at + 18, orders.n))},
		{"line.yaml", str_of(line_yaml)}, {"person.yaml", str_of(person_yaml)}};
	struct policy_errors e = {0};
	const struct policy *p = policy_read(test_arena, files, COUNT(files), &e);

	if (!p)
		fault(FAULT_BUG, "%s", policy_errors_text(test_arena, &e).p);
	return p;
}

static sqlite3 *database(const struct policy *p)
{
	static const char *const functions[] = {
		"viewer_person", "viewer_company", "viewer_session", "viewer_roles"};
	struct guards g = policy_guards_sqlite(test_arena, p, S(NONCE));
	sqlite3 *db;
	char *why = NULL;

	MUST(sqlite3_open(":memory:", &db) == SQLITE_OK);
	for (intptr_t i = 0; i < 4; i++)
		sqlite3_create_function(
			db, functions[i], 0, SQLITE_UTF8, (void *)i, viewer_value, NULL, NULL);
	sqlite3_create_function(db, "sealed", 3, SQLITE_UTF8, NULL, sealed, NULL, NULL);
	MUST(sqlite3_exec(db,
		     "create table r_orders (id integer primary key, buyer_id integer not null, "
		     "seller_id integer, state integer not null, secret integer not null) strict;"
		     "create table r_line (id integer primary key, order_id integer not null, "
		     "quantity integer not null) strict;"
		     "create table r_person (id integer primary key, name blob, mask integer not "
		     "null, closed_at integer) strict;"
		     "insert into r_orders values (1, 10, 20, 1, 7), (2, 10, null, 1, 7), (3, 20, "
		     "10, 2, 7), (4, 30, 20, 1, 7), (5, 10, 10, 1, 7);"
		     "insert into r_line values (1, 1, 1), (2, 4, 1), (3, 3, 1);"
		     "insert into r_person values (1, x'61', 0, null), (2, x'62', 32, null), (3, "
		     "x'63', 34, null), (4, x'64', 2, null);",
		     NULL, NULL, NULL) == SQLITE_OK);
	for (size_t i = 0; i < g.n; i++)
		if (sqlite3_exec(db, policy_guard_sql(test_arena, &g.v[i]).p, NULL, NULL, &why) !=
			SQLITE_OK)
			fault(FAULT_BUG, "%s: %s", g.v[i].view.p, why);
	sqlite3_set_authorizer(db, may, NULL);
	return db;
}

/* The first column of all rows, "1 2 5"; or the engine's error. */
static str ask(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *s;
	str out = S("");

	if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) != SQLITE_OK)
		return str_dup(test_arena, str_of(sqlite3_errmsg(db)));
	while (sqlite3_step(s) == SQLITE_ROW)
		out = str_fmt(test_arena, STR_FMT "%s%s", STR_ARG(out), out.n ? " " : "",
			(const char *)sqlite3_column_text(s, 0));
	sqlite3_finalize(s);
	return out;
}

static void as(int64_t person, int64_t company, int64_t roles)
{
	viewer[0] = person;
	viewer[1] = company;
	viewer[3] = roles;
}

TEST(each_viewer_sees_own_rows_once)
{
	sqlite3 *db = database(model());

	as(1, 10, 4);
	CHECK_TEXT("1 2 3 5", ask(db, "select id from \"trade.orders\" order by id"));
	as(1, 20, 4);
	CHECK_TEXT("1 3 4", ask(db, "select id from \"trade.orders\" order by id"));
	as(1, 30, 4);
	CHECK_TEXT("4", ask(db, "select id from \"trade.orders\" order by id"));
	sqlite3_close(db);
}

TEST(nobody_sees_no_row)
{
	sqlite3 *db = database(model());

	as(0, 0, 0);
	CHECK_TEXT("", ask(db, "select id from \"trade.orders\""));
	CHECK_TEXT("0", ask(db, "select count(*) from \"trade.line\""));
	sqlite3_close(db);
}

/* Row 2 has no seller: the second gate is NULL there, and the third must not lose or double it. */
TEST(branches_are_disjoint_under_null)
{
	sqlite3 *db = database(model());

	as(1, 0, 1 << 4);
	CHECK_TEXT("3", ask(db, "select id from \"trade.orders\" order by id"));
	as(1, 10, 1 << 4);
	CHECK_TEXT("1 2 3 5", ask(db, "select id from \"trade.orders\" order by id"));
	CHECK_TEXT("4", ask(db, "select count(*) from \"trade.orders\""));
	sqlite3_close(db);
}

TEST(gates_stand_on_other_views)
{
	sqlite3 *db = database(model());

	as(1, 10, 4);
	CHECK_TEXT("1 3", ask(db, "select id from \"trade.line\" order by id"));
	as(1, 30, 4);
	CHECK_TEXT("2", ask(db, "select id from \"trade.line\" order by id"));
	sqlite3_close(db);
}

TEST(consent_is_asked_of_each_row)
{
	sqlite3 *db = database(model());

	as(1, 10, 4);
	CHECK_TEXT("2 3", ask(db, "select id from \"marketing.person\" order by id"));
	CHECK_TEXT("2/2/b 3/3/c", ask(db, "select name from \"marketing.person\" order by id"));
	sqlite3_close(db);
}

TEST(columns_that_are_not_given_are_not_there)
{
	sqlite3 *db = database(model());

	as(1, 10, 4);
	CHECK_TEXT("no such column: secret", ask(db, "select secret from \"trade.orders\""));
	CHECK_TEXT("no such column: mask", ask(db, "select mask from \"marketing.person\""));
	CHECK_TEXT(
		"access to r_orders.secret is prohibited", ask(db, "select secret from r_orders"));
	CHECK_TEXT("access to r_orders.secret is prohibited",
		ask(db, "with \"trade.orders~"
			"x\" as (select secret from r_orders) select * from \"trade.orders~"
			"x\""));
	sqlite3_close(db);
}

/* A guard of nothing but the row id: SQLite then asks READ of an empty column without a context. */
TEST(a_guard_of_the_id_alone_can_be_read)
{
	sqlite3 *db = database(model());

	as(1, 10, 4);
	CHECK_TEXT("1 2 3 4 5", ask(db, "select id from \"desk.orders\" order by id"));
	CHECK_TEXT("5", ask(db, "select count(*) from \"desk.orders\""));
	CHECK_TEXT("1", ask(db, "select 1 from \"desk.orders\" where id = 3"));
	sqlite3_close(db);
}

/* The plan of a two-party list: one search for each branch, no scan. */
TEST(a_branch_uses_its_own_index)
{
	const struct policy *p = model();
	sqlite3 *db = database(p);
	sqlite3_stmt *s;
	int searches = 0, scans = 0;

	sqlite3_set_authorizer(db, NULL, NULL);
	sqlite3_exec(db,
		"create index b on r_orders (buyer_id); create index s on r_orders (seller_id)",
		NULL, NULL, NULL);
	REQUIRE(sqlite3_prepare_v2(db, "explain query plan select id, state from \"trade.orders\"",
			-1, &s, NULL) == SQLITE_OK);
	while (sqlite3_step(s) == SQLITE_ROW) {
		str line = str_of((const char *)sqlite3_column_text(s, 3));

		searches += str_find(line, S("SEARCH main.r_orders USING INDEX")) != (size_t)-1;
		scans += str_find(line, S("SCAN main.r_orders")) != (size_t)-1;
	}
	sqlite3_finalize(s);
	CHECK_INT(2, searches);
	CHECK_INT(1, scans); /* the third gate names no company: it is a scan by what it says */
	sqlite3_close(db);
}

TEST(an_inserted_row_is_asked_the_gate_without_a_check)
{
	const struct policy *p = model();
	const struct policy_table *t = policy_table(p, S("line")),
				  *o = policy_table(p, S("orders"));

	CHECK_TEXT("(exists (select 1 from \"trade.orders.near\" as o where o.id = new.order_id))",
		policy_check_sqlite(test_arena, p, t, policy_grant(t, S("trade"))));
	CHECK_TEXT("(new.buyer_id = viewer_company()) or (new.seller_id = viewer_company()) or "
		   "(viewer_roles() & 16 and new.state = 2)",
		policy_check_sqlite(test_arena, p, o, policy_grant(o, S("trade"))));
	CHECK(!policy_check_sqlite(test_arena, p, o, policy_grant(o, S("desk"))).p);
}

TEST(a_check_compiles_over_a_new_row)
{
	const struct policy *p = model();
	const struct policy_table *t = policy_table(p, S("line"));
	sqlite3 *db = database(p);
	str check = policy_check_sqlite(test_arena, p, t, policy_grant(t, S("trade")));
	str sql = str_fmt(test_arena,
		"select new.order_id from (select 1 as order_id union all select 4) as new where "
		"%s",
		check.p);

	as(1, 10, 4);
	CHECK_TEXT("1", ask(db, sql.p));
	as(1, 30, 4);
	CHECK_TEXT("4", ask(db, sql.p));
	sqlite3_close(db);
}

TEST(constants_become_numbers)
{
	const struct policy *p = model();
	struct policy_errors e = {0};
	struct place at = {"x.sql", 3, 0};

	CHECK_TEXT("a = 2 and '@role.x' <> b & 16 -- @no\n+32",
		policy_constants(test_arena, p,
			S("a = @order_state.confirmed and '@role.x' <> b & @role.finance -- "
			  "@no\n+@purpose.marketing"),
			at, &e));
	CHECK_INT(0, e.n);
	policy_constants(test_arena, p, S("@order_state.lost"), at, &e);
	CHECK_TEXT("x.sql:3: error: no such constant: `@order_state.lost`\n",
		policy_errors_text(test_arena, &e));
}

int main(void)
{
	return test_main();
}
