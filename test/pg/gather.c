/* Rows that are gathered (src/store/pg/gather.c) are stored as if each had been sent alone: the
 * same units on both engines leave the same tables and end alike; and fewer statements are sent. */
#include "test/pg/installation.h"

#include "base/out.h"
#include "web/web.h"

#include "gen/import.sql.h"

enum { ROWS = 300, OWN = 900, HIDDEN = 901, PRODUCT = 1000, OFFER = 5000, HERE = 150 };
enum kind { GOOD, CLASH, NO_PARENT, NOT_MINE, READ, OTHER_VIEWER, OLD_FIRST, KINDS };
struct told {
	enum kind kind;
	enum write_result result;
	int fault;
	size_t seen;
	struct store_writes writes; /* what the unit took */
	str products, offers;
};

static const char people[] =
	"insert into r_company (id, slug, name, legal_form, country, sole_trader, state, sells, "
	"buys, "
	"currency, locale, created_at) values (1, 'a', 'A', '', 'DE', 0, 2, 1, 1, 'EUR', 'en', 1), "
	"(2, 'b', 'B', '', 'DE', 0, 2, 1, 1, 'EUR', 'en', 1);"
	"insert into r_category (id, parent_id, name, path, depth, position, about, hidden) values "
	"(3, "
	"null, 'c', 'c', 1, 1, null, 0);"
	"insert into r_product (id, company_id, category_id, part_number, part_key, manufacturer, "
	"title, "
	"description, attributes, published, created_at, changed) values (900, 1, 3, 'p', 'p', "
	"'m', 't', "
	"'', '', 1, 1, 1), (901, 2, 3, 'q', 'q', 'm', 't', '', '', 0, 1, 1)";

static void product(struct db *db, int64_t id)
{
	str words[] = {S("ä\t\"quoted\", {braces} and \\"), S(""), S("日本")};
	str maybe[] = {{0}, S(""), S("4006381333931")};

	import_product_add(db, (struct product_id){id}, (struct category_id){3}, S("P-1"), S("p1"),
		S("Maker"), words[id % 3], str_fmt(db->arena, "%0*d", (int)(id % 3 * 2000), 7),
		S("1\t2"), maybe[id % 3], maybe[(id + 1) % 3], (str){0},
		(struct maybe_int){id % 2, id == 7 ? 0 : INT64_MAX - id}, (instant){12345}, id);
}

static void offer(struct db *db, int64_t id, int64_t product)
{
	str digest = {(const char *)&id, sizeof id};

	import_offer_add(db, (struct offer_id){id}, (struct product_id){product},
		str_fmt(db->arena, "sku %lld", (long long)id), S("EUR"), UNIT_PIECE, S("1:5"), 5, 1,
		1, 0, id, id % 2 ? INCOTERM_EXW : 0, (str){0}, S("DE"), (instant){12345}, id,
		id % 3 ? digest : (str){0});
}

static bool apply(struct db *db, void *ctx)
{
	struct told *t = ctx;
	str sku = str_fmt(db->arena, "sku %d", OFFER + HERE);

	if (t->kind == OLD_FIRST)
		offer(db, OFFER - 1, OWN);
	for (int i = 0; i < ROWS; i++) {
		if (i == HERE && t->kind == CLASH)
			product(db, PRODUCT);
		if (i == HERE && t->kind == OTHER_VIEWER)
			db->viewer.company = 2;
		product(db, PRODUCT + i);
		offer(db, OFFER + i,
			i == HERE && t->kind == NO_PARENT  ? 77777
			: i == HERE && t->kind == NOT_MINE ? HIDDEN
							   : PRODUCT + i);
		if (i == HERE && t->kind == READ)
			t->seen = import_offers(db, &sku, 1).n;
	}
	return true;
}

/* ---- tables as text -------------------------------------------------------------------------- */
static void put(struct out *o, const char *v, const void *blob, size_t n)
{
	if (blob)
		out_fmt(o, "\\x" STR_FMT ";", STR_ARG(hex_of(test_arena, blob, n)));
	else
		out_fmt(o, "%s;", v ? v : "-");
}

static str table_lite(const char *sql)
{
	sqlite3 *db = rows_file(dir);
	sqlite3_stmt *st = NULL;
	struct out o;

	out_init(&o, test_arena, 1 << 16, 64 << 20, NULL);
	MUST(!sqlite3_prepare_v2(db, sql, -1, &st, NULL));
	while (sqlite3_step(st) == SQLITE_ROW)
		for (int i = 0; i < sqlite3_column_count(st); i++) {
			bool bytes = sqlite3_column_type(st, i) == SQLITE_BLOB;

			put(&o, bytes ? NULL : (const char *)sqlite3_column_text(st, i),
				bytes ? sqlite3_column_blob(st, i) : NULL,
				bytes ? (size_t)sqlite3_column_bytes(st, i) : 0);
		}
	sqlite3_finalize(st);
	sqlite3_close(db);
	return out_view(&o);
}

static str table_pg(const char *sql, int columns)
{
	PGconn *c = rows_connect(rows_name().p);
	PGresult *r = rows_run(c, sql);
	struct out o;

	out_init(&o, test_arena, 1 << 16, 64 << 20, NULL);
	for (int row = 0; row < pq.PQntuples(r); row++)
		for (int i = 0; i < columns; i++)
			put(&o, pq.PQgetisnull(r, row, i) ? NULL : pq.PQgetvalue(r, row, i), NULL,
				0);
	pq.PQclear(r);
	pq.PQfinish(c);
	return out_view(&o);
}

static str table(const char *name, int columns)
{
	const char *sql = str_fmt(test_arena, "select * from r_%s order by id", name).p;

	return rows_cluster() ? table_pg(sql, columns) : table_lite(sql);
}

/* ---- on both engines ------------------------------------------------------------------------- */
static struct told run(enum kind kind)
{
	struct store *s = fresh(rows_database());
	struct told t = {.kind = kind};
	struct write_unit u = {.viewer = {.company = 1, .roles = BIT(ROLE_IMPORTER)},
		.purposes = BIT(PURPOSE_SELLING) | BIT(PURPOSE_PUBLIC),
		.arena = test_arena,
		.apply = apply,
		.ctx = &t};

	rows_change(dir, people);
	struct store_writes before = store_writes(s);

	t.result = store_write_wait(s, &u);
	t.writes = store_writes(s);
	t.writes.sent -= before.sent;
	t.writes.rounds -= before.rounds;
	if (t.result == WRITE_FAULTED) {
		t.fault = u.fault.kind;
		printf("# %s\n", u.fault.what);
	}
	t.products = table("product", 19);
	t.offers = table("offer", 22);
	over(s);
	return t;
}

static struct told run_lite(enum kind kind)
{
	const char *cluster = str_of(rows_cluster()).p;
	struct told t;

	unsetenv("KONTOR_PG");
	t = run(kind);
	setenv("KONTOR_PG", cluster, 1);
	return t;
}

static struct told same(enum kind kind)
{
	struct told pg = run(kind), lite = run_lite(kind);

	CHECK_INT(lite.result, pg.result);
	CHECK_INT(lite.fault, pg.fault);
	CHECK_INT((int64_t)lite.seen, (int64_t)pg.seen);
	CHECK(str_eq(lite.products, pg.products));
	CHECK(str_eq(lite.offers, pg.offers));
	return pg;
}

static int64_t lines(str table)
{
	int64_t n = 0;

	for (size_t at; (at = str_find(table, S("sku "))) != (size_t)-1; n++)
		table = str_sub(table, at + 4, table.n);
	return n;
}

/* Words of the transaction and of who looks beside them. */
enum { FEW = 30 };

TEST(rows_that_are_stored_together_are_the_same_rows)
{
	struct told t = same(GOOD);

	CHECK_INT(WRITE_DONE, t.result);
	CHECK_INT(ROWS, lines(t.offers));
	CHECK(t.writes.sent < FEW);
	CHECK(t.writes.rounds < FEW);
}

/* What is read in between goes behind what was stored before it. */
TEST(a_read_in_between_sees_what_came_before)
{
	struct told t = same(READ);

	CHECK_INT(1, (int64_t)t.seen);
	CHECK_INT(ROWS, lines(t.offers));
	CHECK(t.writes.sent < FEW);
}

/* An offer of an older product comes first: those of new products may not go ahead of them. */
TEST(a_row_does_not_go_ahead_of_what_it_asks_about)
{
	struct told t = same(OLD_FIRST);

	CHECK_INT(WRITE_DONE, t.result);
	CHECK_INT(ROWS + 1, lines(t.offers));
	CHECK(t.writes.sent < FEW);
}

TEST(each_row_is_asked_with_its_own_viewer)
{
	struct told t = same(OTHER_VIEWER);

	CHECK_INT(WRITE_DONE, t.result);
	CHECK(t.writes.sent < FEW);
	CHECK(str_find(t.products, S(";2;3;-;-;P-1;")) != (size_t)-1);
}

TEST(one_row_that_may_not_be_stored_undoes_them_all)
{
	static const enum kind kinds[] = {CLASH, NO_PARENT, NOT_MINE};

	for (size_t i = 0; i < COUNT(kinds); i++) {
		struct told t = same(kinds[i]);

		CHECK_INT(WRITE_FAULTED, t.result);
		CHECK_INT(0, lines(t.offers));
	}
}

int main(void)
{
	return test_main();
}
