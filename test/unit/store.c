/* The store from outside: reads, writes, guards, sealing, keys, replay. */
#include "store_fixture.h"

TEST(opens_fills_reads)
{
	struct store *s = fx_filled();
	struct db db;

	store_read_begin(s, &db, test_arena, fx_viewer, FX_ALL);
	CHECK_INT(301, fx_int(&db, ORDER_GET, 301));
	CHECK_INT(1, fx_int(&db, ORDER_COUNT, 0));
	struct query *q = fx_q(&db, ORDER_LIST);

	REQUIRE(db_step(q));
	CHECK_TEXT("Rot", db_text(q, 1));
	CHECK(!db_step(q));
	(void)db_finish(q);
	q = fx_q(&db, ORDER_GET);
	db_bind_int(q, 1, 301);
	REQUIRE(db_step(q));
	CHECK_TEXT("Consignee Marker One", db_sealed(q, 3, "orders", "consignee"));
	(void)db_finish(q);
	store_read_end(&db);
	fx_end(s);
}

int main(void)
{
	return test_main();
}
