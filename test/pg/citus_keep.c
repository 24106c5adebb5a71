/* What is kept, and what goes, where the rows lie on several machines (test/pg/machines.h): what
 * the policy's walks ask, retention, erasure, and a backup that holds all of it. */
#include "test/erase.h"
#include "test/pg/machines.h"
#include "test/places.h"

#include "command/installation.h"
#include "gen/lead.sql.h"
#include "store/walk.h"

enum { ORDERS_SOME = 3 };
#define BIT(x) (UINT64_C(1) << (x))

static char market[300];
static struct installation in;

static const char *const filled[] = {
	"product", "offer", "orders", "order_line", "order_event", "number_series", NULL};

TEST(a_demonstration_is_filled)
{
	snprintf(market, sizeof market, "%s", in_home("market"));
	CHECK_INT(0, kontor("init", market, "--database", rows_database(), "--citus", "--demo"));
}

static int64_t number(const char *sql)
{
	return rows_number(market, sql);
}

/* ---- a backup ---- */

/* Of every table as many rows; restored on one machine. */
static void all_there(const char *restored)
{
	const struct policy *p = installation_policy(test_arena);
	sqlite3 *file = rows_file(restored);

	for (size_t i = 0; i < p->tables_n; i++) {
		const char *sql = str_fmt(
			test_arena, "select count(*) from r_" STR_FMT, STR_ARG(p->tables[i].name))
					  .p;
		sqlite3_stmt *st = NULL;

		MUST(!sqlite3_prepare_v2(file, sql, -1, &st, NULL));
		MUST(sqlite3_step(st) == SQLITE_ROW);
		if (!str_eq(p->tables[i].name, S("server")) &&
			sqlite3_column_int64(st, 0) != number(sql))
			TEST_FAIL("%s: %lld and %lld", sql, (long long)sqlite3_column_int64(st, 0),
				(long long)number(sql));
		sqlite3_finalize(st);
	}
	sqlite3_close(file);
}

TEST(a_backup_holds_the_rows_of_all_machines)
{
	const char *file = in_home("kept"), *restored = in_home("restored");

	CHECK(number("select count(*) from r_orders") > 100);
	CHECK_INT(0, kontor("backup", market, file));
	REQUIRE(!kontor("restore", file, restored, "--master",
		str_fmt(test_arena, "%s/master.key", market).p, "--erased", "none"));
	all_there(restored);
	CHECK_INT(0, kontor("restore", file, in_home("again"), "--master",
			     str_fmt(test_arena, "%s/master.key", market).p, "--erased", "none",
			     "--database", rows_database(), "--citus"));
	all_there(restored);
}

/* What follows is asked of the installation that was moved. */
TEST(it_moves_to_one_machine_and_to_several_again)
{
	const char *one = in_home("one"), *spread = in_home("spread");

	REQUIRE(!kontor("move", market, one));
	const char *database = rows_database();

	CHECK_INT(1, kontor("move", one, spread, "--database", database));
	SAYS("say --citus");
	REQUIRE(!kontor("move", one, spread, "--database", database, "--citus"));
	CHECK_INT(0, kontor("move", one, spread, "--check"));
	snprintf(market, sizeof market, "%s", spread);
	all_there(one);
	places_check(market, filled);
	in = installation_open(market, NULL, NULL, false);
}

/* ---- what walks ask ---- */

struct asked {
	const char *sql;
	struct walk_sql q;
};

static bool ask_apply(struct db *db, void *ctx)
{
	struct prepared *st = walk_start(db->conn, ((struct asked *)ctx)->q);

	for (int i = 1; i <= prepared_params(st); i++)
		prepared_bind_int(st, i, 64); /* nobody has that id */
	while (walk_step(db->conn, st))
		;
	prepared_reset(st);
	return true;
}

static int asked, refused;

static void ask_of(struct walk_sql q)
{
	struct asked x = {.q = q};
	struct write_unit u = {.viewer = {.roles = BIT(ROLE_SWEEPER)},
		.purposes = BIT(PURPOSE_RETENTION),
		.arena = test_arena,
		.apply = ask_apply,
		.ctx = &x};

	if (!q.sql)
		return;
	asked++;
	if (store_write_wait(in.store, &u) == WRITE_DONE)
		return;
	refused++;
	TEST_FAIL("%s: %s", q.sql, u.fault.what);
}

TEST(citus_takes_what_walks_ask)
{
	const struct store_walks *w = in.store->walks;

	for (size_t i = 0; i < w->tables_n; i++) {
		const struct walk_table *t = &w->tables[i];

		ask_of(t->known);
		ask_of(t->owners);
		ask_of(t->shown);
		ask_of(t->restricted);
		ask_of(t->empty);
		ask_of(t->remove);
		for (size_t k = 0; k < t->keys_n; k++) {
			ask_of(t->keys[k].owner);
			ask_of(t->keys[k].used);
		}
		for (size_t k = 0; k < t->parts_n; k++)
			ask_of(t->parts[k].find);
		for (size_t k = 0; k < t->links_n; k++)
			ask_of(t->links[k].find);
	}
	for (size_t i = 0; i < w->edges_n; i++) {
		ask_of(w->edges[i].find);
		ask_of(w->edges[i].newest);
		ask_of(w->edges[i].empty);
	}
	for (size_t i = 0; i < w->sweeps_n; i++)
		ask_of(w->sweeps[i].due);
	printf("# %d statements of the policy's walks\n", asked);
	CHECK(asked > 300);
}

/* ---- a lead: kept on the coordinator, asked of an offer that lies elsewhere ---- */

struct lead {
	int64_t seller, product, rows;
};

static bool lead_apply(struct db *db, void *ctx)
{
	struct lead *l = ctx;

	l->rows = lead_add(db, (struct lead_id){id_make()}, (struct company_id){l->seller},
		(struct product_id){l->product}, clock_now());
	return true;
}

TEST(a_lead_is_kept_for_whoever_offers_the_product)
{
	int64_t seller = number("select min(seller_id) from r_orders");
	int64_t buyer = number("select min(company_id) from r_membership where company_id <> "
			       "(select min(seller_id) from r_orders)");
	int64_t person = number(str_fmt(test_arena,
		"select min(m.person_id) from r_membership m where m.company_id = %lld",
		(long long)buyer)
					.p);
	struct lead l = {.seller = seller,
		.product = number(str_fmt(test_arena,
			"select min(product_id) from r_offer where company_id = %lld",
			(long long)seller)
					  .p)};
	struct write_unit u = {.viewer = {.person = person,
				       .company = buyer,
				       .roles = BIT(ROLE_PERSON) | BIT(ROLE_BUYER)},
		.purposes = BIT(PURPOSE_SELLER_LEADS) | BIT(PURPOSE_PUBLIC),
		.arena = test_arena,
		.apply = lead_apply,
		.ctx = &l};

	CHECK_INT(WRITE_DONE, store_write_wait(in.store, &u));
	CHECK_INT(1, l.rows);
	l.seller = buyer; /* who does not offer it */
	CHECK_INT(WRITE_DONE, store_write_wait(in.store, &u));
	CHECK_INT(0, l.rows);
	CHECK_INT(1, number("select count(*) from r_lead"));
}

/* ---- erasure, and what is over ---- */

static int64_t of_subject(const char *sql, int64_t id)
{
	return number(str_fmt(test_arena, sql, (long long)id).p);
}

TEST(who_is_erased_is_gone_from_all_machines)
{
	int64_t person = number("select max(asked_by) from r_quote");
	int64_t company = of_subject(
		"select max(company_id) from r_membership where person_id = %lld", person);
	int64_t orders = number("select count(*) from r_orders");

	REQUIRE(person > 0 && company > 0);
	erase_of(in.store, person);
	CHECK_INT(0, of_subject("select count(*) from r_quote where asked_by = %lld", person));
	CHECK_INT(0, of_subject("select count(*) from r_quote_event where person_id = "
				"%lld",
			     person));
	CHECK_INT(3, of_subject("select state from r_subject where id = %lld", person));
	erase_of(in.store, company);
	CHECK_INT(0, of_subject("select count(*) from r_membership where company_id = "
				"%lld",
			     company));
	CHECK_INT(orders, number("select count(*) from r_orders")); /* law keeps them */
}

struct batch {
	struct sweeping at;
	int64_t orders, emptied; /* what a quote still names is emptied */
	bool more;
};

static bool sweep_apply(struct db *db, void *ctx)
{
	struct batch *b = ctx;
	struct swept n;

	b->more = store_sweep(db, &b->at, &n);
	if (b->more && str_eq(n.table->name, S("orders"))) {
		b->orders += n.erased;
		b->emptied += n.anonymised;
	}
	return true;
}

/* Until some orders are gone: all would take long. */
TEST(what_is_over_goes_from_all_machines)
{
	int64_t orders = number("select count(*) from r_orders");
	struct batch b = {.more = true};

	clock_shift((int64_t)12 * 366 * 86400 * SECOND_US);
	while (b.more && b.orders < ORDERS_SOME) {
		struct write_unit u = {.patient = true,
			.viewer = {.roles = BIT(ROLE_SWEEPER)},
			.purposes = BIT(PURPOSE_RETENTION),
			.arena = test_arena,
			.apply = sweep_apply,
			.ctx = &b};

		if (store_write_wait(in.store, &u) != WRITE_DONE)
			fault(FAULT_BUG, "%s", u.fault.what);
	}
	clock_shift(0);
	CHECK(b.orders > 0);
	CHECK_INT(orders - b.orders, number("select count(*) from r_orders"));
	CHECK_INT(orders - b.orders - b.emptied, number("select count(*) from r_bought"));
	CHECK_INT(0, number("select count(*) from r_order_line l where not exists (select 1 from "
			    "r_orders o where o.id = l.order_id and o.place = l.place)"));
	CHECK_INT(0, number("select count(*) from r_order_event l where not exists (select 1 from "
			    "r_orders o where o.id = l.order_id and o.place = l.place)"));
}

TEST(it_closes)
{
	installation_close(&in);
}

int main(void)
{
	return machines_main();
}
