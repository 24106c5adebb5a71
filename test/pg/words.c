/* The words of offers in the database (schema/pg/words.sql), as the store gives them. */
#include "test/pg/installation.h"

#include "web/web.h"

static const char rows[] =
	"insert into r_company (id, slug, name, legal_form, country, sole_trader, state, sells, "
	"buys, currency, locale, created_at) values (1, 'a', 'A', '', 'DE', 0, 2, 1, 1, 'EUR', "
	"'en', 1);"
	"insert into r_category (id, parent_id, name, path, depth, position, about, hidden) values "
	"(3, null, 'c', 'c', 1, 1, null, 0);"
	"insert into r_product (id, company_id, category_id, part_number, part_key, manufacturer, "
	"title, description, attributes, published, created_at, changed) values (9, 1, 3, 'p', "
	"'p', 'm', 't', '', '', 1, 1, 1);"
	"insert into r_offer (id, company_id, product_id, sku, state, currency, unit, tiers, "
	"price_micro, min_quantity, step_quantity, lead_days, on_hand, reserved, created_at, "
	"state_at, changed) select i, 1, 9, 's' || i, 2, 'EUR', 1, '1:1', 1, 1, 1, 2, 5, 0, 1, 1, "
	"i from unnest(array[11, 12, 13]) i;";

static const struct store_words_row three[] = {{11, 5, 300, 7, S("bolt\x1fsteel\x1f#m8")},
	{12, 9, 100, 2,
		S("bolt\x1f"
		  "brass's\x1f\\\x1f.")},
	{13, 7, 200, 9, S("nut\x1fsteel")}};

static struct store *market(void)
{
	struct store *s = fresh(rows_database());

	rows_change(dir, rows);
	return s;
}

static void wrote(struct store *s, bool (*apply)(struct db *, void *), void *ctx)
{
	struct write_unit u = {.viewer = {.roles = BIT(ROLE_INDEXER)},
		.purposes = BIT(PURPOSE_INDEX),
		.arena = test_arena,
		.apply = apply,
		.ctx = ctx};

	CHECK_INT(WRITE_DONE, store_write_wait(s, &u));
}

static bool fill(struct db *db, void *ctx)
{
	(void)ctx;
	db_words_reach(db, (struct store_words_at){1, 13, 9, true});
	db_words_put(db, three, COUNT(three));
	db_words_known(db, (str[]){S("bolt"), S("steel"), S("brass")}, 3);
	db_words_numbers_known(db, (str[]){S("m8"), S("m10")}, 2);
	db_words_known(db, (str[]){S("bolt")}, 1); /* again */
	return true;
}

static bool reach_another_format(struct db *db, void *ctx)
{
	*(struct store_words_at *)ctx = db_words_at(db);
	db_words_reach(db, (struct store_words_at){2, 0, 0, false});
	return true;
}

static bool drop_one(struct db *db, void *ctx)
{
	db_words_drop(db, ctx, 1);
	db_words_put(db, NULL, 0);
	return true;
}

/* Ids that came, as "12 11"; what was refused as "!". */
static str found(struct store *s, const char *query, enum store_words_order by, size_t most)
{
	int64_t v[8];
	volatile size_t n = 0;
	struct fault_point fp;
	struct db db;
	str text = S("");

	store_read_begin(s, &db, test_arena, (struct viewer){.roles = BIT(ROLE_VISITOR)},
		BIT(PURPOSE_PUBLIC));
	if (FAULT_TRY(fp)) {
		n = db_words_find(&db, str_of(query), by, v, most);
		FAULT_END(fp);
		store_read_end(&db);
	} else {
		store_read_drop(s);
		return S("!");
	}
	for (size_t i = 0; i < n; i++)
		text = str_fmt(
			test_arena, STR_FMT "%s%lld", STR_ARG(text), i ? " " : "", (long long)v[i]);
	return text;
}

TEST(words_are_found_in_four_orders_up_to_so_many)
{
	struct store *s = market();

	REQUIRE(store_words(s));
	CHECK_TEXT("", found(s, "'bolt'", WORDS_BY_QUALITY, 8));
	wrote(s, fill, NULL);
	CHECK_TEXT("12 11", found(s, "'bolt'", WORDS_BY_QUALITY, 8));
	CHECK_TEXT("12 13 11", found(s, "'bolt' | 'nut'", WORDS_BY_PRICE, 8));
	CHECK_TEXT("13 11 12", found(s, "'bo':* | 'nut'", WORDS_BY_STOCK, 8));
	CHECK_TEXT("13 12", found(s, "'bolt' | 'nut'", WORDS_BY_NEWEST, 2));
	CHECK_TEXT("11", found(s, "'#m':* & 'steel'", WORDS_BY_QUALITY, 8));
	CHECK_TEXT("12", found(s, "'brass''s' & '\\\\'", WORDS_BY_QUALITY, 8));
	CHECK_TEXT("12", found(s, "'.'", WORDS_BY_QUALITY, 8));
	CHECK_TEXT("!", found(s, "'bolt' &", WORDS_BY_QUALITY, 8)); /* and the next one is asked */
	CHECK_TEXT("!", found(s, "'; drop table kontor.words", WORDS_BY_QUALITY, 8));
	CHECK_TEXT("12 11", found(s, "'bolt'", WORDS_BY_QUALITY, 8));
	over(s);
}

TEST(near_words_are_told_nearest_first_and_counted)
{
	struct store *s = market();
	struct db db;
	str near[3];

	wrote(s, fill, NULL);
	store_read_begin(s, &db, test_arena, (struct viewer){.roles = BIT(ROLE_VISITOR)},
		BIT(PURPOSE_PUBLIC));
	CHECK_INT(WORDS_ALL, db_words_stand(&db, 1));
	CHECK_INT(WORDS_SOME, db_words_stand(&db, 2));
	CHECK_INT(3, (int64_t)db_words_near(&db, S("stel"), near, 3));
	CHECK_TEXT("steel", near[0]);
	CHECK_INT(1, (int64_t)db_words_near(&db, S("bralt"), near, 1));
	CHECK_INT(
		2, (int64_t)db_words_numbers(&db, (str[]){S("m1"), S("m10"), S("m8")}, 3, near, 3));
	CHECK_INT(2, db_words_count(&db, S("'steel'"), 100));
	CHECK_INT(1, db_words_count(&db, S("'steel'"), 1));
	store_read_end(&db);
	over(s);
}

TEST(words_go_with_their_offer_and_with_their_format)
{
	struct store *s = market();
	struct store_words_at at;
	int64_t gone = 13;

	wrote(s, fill, NULL);
	rows_change(dir, "delete from r_offer where id = 11");
	CHECK_TEXT("13", found(s, "'steel'", WORDS_BY_QUALITY, 8));
	wrote(s, drop_one, &gone);
	CHECK_TEXT("", found(s, "'steel'", WORDS_BY_QUALITY, 8));
	CHECK_TEXT("12", found(s, "'bolt'", WORDS_BY_QUALITY, 8));
	wrote(s, reach_another_format, &at);
	CHECK(at.format == 1 && at.offers == 13 && at.products == 9 && at.filled);
	CHECK_TEXT("", found(s, "'bolt'", WORDS_BY_QUALITY, 8));
	CHECK_INT(0, rows_number(dir, "select count(*) from kontor.word"));
	CHECK_INT(0, rows_number(dir, "select count(*) from kontor.number"));
	over(s);
}

int main(void)
{
	return test_main();
}
