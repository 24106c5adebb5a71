/* Searching as a visitor and as a program: words, exact part numbers, a typing error, filters and
 * spans, sorting, pages, why a hit is there, suggestions, and nothing found. What must come out is
 * counted by hand from the rows below. */
#include "market/catalogue/routes.h"
#include "market/catalogue/search_database.h"
#include "test/journey/index.h"

#ifndef SEARCH_IN_DATABASE /* test/pg/search_database.c asks the database the same */
#define SEARCH_IN_DATABASE false
#endif

/* Thirty bolts of 10 to 39 mm: the even ones steel, the odd ones brass; every third out of stock;
 * two suppliers in turn; each dearer than the one before, and half as dear from 100 on. */
enum { BOLTS = 30, FIRST_MM = 10 };
static const char rows[] =
	"insert into r_person (id, state, locale, mask, staff, created_at) values (900, 2, 'en', "
	"0, 0, 1);"
	"insert into r_company (id, slug, name, legal_form, country, sole_trader, state, sells, "
	"buys, currency, locale, created_at, activated_at) values"
	" (1, 'nord', 'Nord GmbH', 'GmbH', 'DE', 0, 2, 1, 1, 'EUR', 'en', 1, 1),"
	" (2, 'sued', 'Sued AG', 'AG', 'DE', 0, 2, 1, 1, 'EUR', 'en', 1, 1);"
	"insert into r_category (id, parent_id, name, path, depth, position, about, hidden) values"
	" (100, null, 'Fasteners', 'Fasteners', 1, 1, null, 0),"
	" (101, 100, 'Bolts', 'Fasteners / Bolts', 2, 1, null, 0);"
	"insert into r_attribute (id, name, kind, unit, position, facet) values"
	" (17, 'Length', 3, 'mm', 1, 1), (18, 'Material', 4, '', 2, 1);"
	"with recursive n (i) as (select 0 union all select i + 1 from n where i < 29)"
	" insert into r_product (id, company_id, category_id, part_number, part_key, manufacturer, "
	"title, description, attributes, published, created_at, changed)"
	" select 5000 + i, 1 + i % 2, 101, 'HB-8-' || (10 + i), 'hb8' || (10 + i), 'Acme', "
	"'Hexagon bolt M8 x ' || (10 + i), 'To ISO 4017', '17\t' || (10 + i) || 'mm\n18\t' || "
	"case i % 2 when 0 then 'steel' else 'brass' end || '\n', 1, 1, 1 + i from n;"
	"with recursive n (i) as (select 0 union all select i + 1 from n where i < 29)"
	" insert into r_offer (id, company_id, product_id, sku, state, currency, unit, tiers, "
	"price_micro, min_quantity, step_quantity, lead_days, on_hand, reserved, created_at, "
	"state_at, changed)"
	" select 7000 + i, 1 + i % 2, 5000 + i, 'S-' || i, 2, 'EUR', 1,"
	" '1:' || (1000000 + 10000 * i) || ' 100:' || (500000 + 5000 * i), 1000000 + 10000 * i, 1, "
	"1, 2, case i % 3 when 0 then 0 else 50 end, 0, 1, 1, 100 + i from n;";

static bool bearer_of(struct db *db, str token, struct viewer *v)
{
	(void)db;
	if (!str_eq(token, S("buyer")))
		return false;
	*v = (struct viewer){
		.person = 900, .company = 1, .roles = BIT(ROLE_PERSON) | BIT(ROLE_BUYER)};
	return true;
}

static const struct route *const tables[] = {catalogue_routes, search_routes, NULL};

static void sql(const char *text)
{
	rows_change(journey.dir, text);
}

static void begin(void)
{
	static const struct web_options options = {.tables = tables, .bearer = bearer_of};

	journey_store();
	sql(rows);
	journey_index();
	search_database_use(SEARCH_IN_DATABASE);
	if (SEARCH_IN_DATABASE)
		search_words_fill(journey.store);
	journey.web = web_make(journey.store, &options);
	as("visitor");
}

static void end(void)
{
	search_close();
	journey_end();
}

#define ID(v) STR_ARG(id_text(journey.arena, (v)))

TEST(visitors_page_through_all_that_has_the_word)
{
	begin();
	get("/search?q=bolt");
	want(200);
	has("30 offers");
	has("1 to 20 of 30");
	has("is in its name"); /* each hit says why it is there */
	get("/search?q=bolt&page=2");
	want(200);
	has("21 to 30 of 30");
	get("/search"); /* nothing asked: everything on offer */
	want(200);
	has("30 offers");
	get("/search?q=%%3Cscript%%3E+bolt");
	want(200);
	lacks("<script> bolt");
	end();
}

TEST(a_part_number_is_the_first_hit)
{
	begin();
	static const char *const typed[] = {"HB-8-17", "hb817", "HB%208%2017"};

	for (size_t i = 0; i < COUNT(typed); i++) {
		bearer("buyer");
		get("/api/v1/search?q=%s", typed[i]);
		want(200);
		CHECK_TEXT("HB-8-17", json_str_at("items.0.part_number"));
		CHECK_TEXT("This is its part number", json_str_at("items.0.why"));
	}
	get("/api/v1/search?q=HB-8-1"); /* a part of one: those that begin with it */
	want(200);
	CHECK_INT(10, json_int_at("total"));
	end();
}

TEST(a_typing_error_is_read_as_what_there_is)
{
	begin();
	get("/search?q=hexagn+bolt");
	want(200);
	has("Read as: hexagon bolt");
	has("30 offers");
	get("/search?q=bolt+zzzzqqqq");
	want(200);
	has("Left out: zzzzqqqq");
	has("30 offers");
	end();
}

TEST(filters_cut_before_they_count)
{
	begin();
	get("/search?q=bolt&f.0.v=18%%3Dsteel");
	want(200);
	has("15 offers");
	has("Material: steel"); /* the filter that is set, to be taken off */
	get("/search?q=bolt&f.0.v=18%%3Dsteel&stock=1");
	has("10 offers");
	get("/search?q=bolt&f.0.v=18%%3Dsteel&f.1.v=18%%3Dbrass"); /* one or the other */
	has("30 offers");
	get("/search?q=bolt&supplier=" STR_FMT, ID(2));
	has("15 offers");
	lacks("Left out");
	get("/search?category=" STR_FMT, ID(100)); /* with all that stands below it */
	has("30 offers");
	get("/search?q=bolt&price_min=1.1&price_max=1.2");
	has("11 offers");
	get("/search?q=bolt&f.0.v=nonsense");
	want(400);
	get("/search?q=bolt&price_min=cheap");
	want(400);
	get("/search?category=" STR_FMT, ID(999));
	want(404);
	end();
}

TEST(spans_are_in_the_units_of_the_facet)
{
	begin();
	get("/search?q=bolt&range.0.id=" STR_FMT "&range.0.min=20&range.0.max=24", ID(17));
	want(200);
	has("5 offers");
	get("/search?q=bolt&range.0.id=" STR_FMT "&range.0.min=3cm", ID(17));
	has("10 offers");
	get("/search?q=bolt&range.0.id=" STR_FMT "&range.0.min=&range.0.max=", ID(17));
	has("30 offers"); /* as the form sends what nobody filled in */
	get("/search?q=bolt&range.0.id=" STR_FMT "&range.0.min=long", ID(17));
	want(400);
	end();
}

/* The unit price of a hit in millionths, "1.01" -> 1010000. */
static int64_t price_at(size_t i)
{
	str path = str_fmt(journey.arena, "items.%zu.unit_price.amount", i);
	struct price p;

	MUST(price_parse(json_str_at(path.p), S("EUR"), &p));
	return p.micro;
}

TEST(sorting_by_price_is_for_the_quantity_asked)
{
	begin();
	bearer("buyer");
	get("/api/v1/search?q=bolt&sort=price");
	want(200);
	CHECK_INT(1000000, price_at(0));
	for (size_t i = 1; i < json_count_at("items"); i++)
		CHECK(price_at(i - 1) <= price_at(i));
	get("/api/v1/search?q=bolt&sort=price&quantity=100");
	CHECK_INT(500000, price_at(0));
	get("/api/v1/search?q=bolt&sort=stock");
	CHECK_INT(50, json_int_at("items.0.free"));
	get("/api/v1/search?q=bolt&sort=sideways");
	want(422);
	end();
}

TEST(programs_get_facets_and_every_page_once)
{
	bool seen[BOLTS] = {0};

	begin();
	get("/api/v1/search?q=bolt");
	want(401);
	bearer("buyer");
	get("/api/v1/search?q=bolt");
	want(200);
	CHECK_INT(30, json_int_at("total"));
	CHECK_TEXT("2", json_str_at("next"));
	size_t facets = json_count_at("facets");
	bool material = false;

	for (size_t i = 0; i < facets; i++) {
		str at = str_fmt(journey.arena, "facets.%zu.", i);

		if (!str_eq(json_str_at(str_cat(journey.arena, at, S("name")).p), S("Material")))
			continue;
		material = true;
		CHECK_INT(15, json_int_at(str_cat(journey.arena, at, S("values.0.count")).p));
		CHECK_INT(15, json_int_at(str_cat(journey.arena, at, S("values.1.count")).p));
	}
	CHECK(material);
	for (int page = 1; page <= 2; page++) {
		get("/api/v1/search?q=bolt&page=%d", page);
		for (size_t i = 0; i < json_count_at("items"); i++) {
			str number =
				json_str_at(str_fmt(journey.arena, "items.%zu.part_number", i).p);
			int64_t mm;

			REQUIRE(str_starts(number, S("HB-8-")) &&
				str_int(str_sub(number, 5, number.n), &mm));
			CHECK(!seen[mm - FIRST_MM]);
			seen[mm - FIRST_MM] = true;
		}
	}
	for (int i = 0; i < BOLTS; i++)
		CHECK(seen[i]);
	CHECK(json_at("next") && json_is_null(json_at("next")));
	end();
}

TEST(typing_is_answered_with_suggestions)
{
	begin();
	get("/search/suggest?q=HB-8-2");
	want(200);
	CHECK(str_starts(json_str_at("items.0.text"), S("HB-8-2")));
	CHECK_TEXT("Acme", json_str_at("items.0.note"));
	get("/search/suggest?q=bol");
	CHECK(json_count_at("items") > 0);
	get("/search/suggest?q=");
	want(200);
	CHECK_INT(0, (int64_t)json_count_at("items"));
	get("/search/suggest?q=%%FF%%FE");
	CHECK(journey.status < 500);
	end();
}

TEST(nothing_found_says_what_to_do)
{
	begin();
	get("/search?q=zzzzqqqq");
	want(200);
	has("Nothing found");
	has("Try fewer words");
	lacks("Search without filters");
	get("/search?q=bolt&price_min=999");
	has("Nothing found");
	has("Search without filters");
	has("href=\"/search?q=bolt\"");
	end();
}

TEST(what_is_no_longer_offered_is_not_shown)
{
	begin();
	sql("update r_offer set state = 4 where id = 7007;"); /* the index does not know yet */
	get("/search?q=HB-8-17");
	want(200);
	lacks(">Hexagon bolt M8 x 17<");
	end();
}

/* Whoever sells them keeps none of them: their words lie elsewhere (doc/scale.md, "Citus"). */
TEST(offers_of_others_products_are_shown_with_their_words)
{
	begin();
	sql("update r_offer set company_id = 3 - company_id;");
	get("/search?q=HB-8-17");
	has(">Hexagon bolt M8 x 17<");
	has("17mm");
	get("/search/suggest?q=HB-8-17");
	CHECK_TEXT("HB-8-17", json_str_at("items.0.text"));
	CHECK_TEXT("Acme", json_str_at("items.0.note"));
	sql("update r_product set published = 0 where id = 5007;");
	get("/search?q=HB-8-17");
	lacks(">Hexagon bolt M8 x 17<");
	end();
}

/* Its name lies in the index of what changed alone. */
TEST(an_attribute_that_is_new_since_the_index_was_made_is_shown_by_its_name)
{
	begin();
	struct arena *own = arena_make((size_t)64 << 20);

	sql("insert into r_attribute (id, name, kind, unit, position, facet) values (19, "
	    "'Thread', 4, '', 3, 1);"
	    "update r_product set attributes = '19\tM8\n', changed = 1000 where id = 5007;");
	search_follow(journey.store, own);
	arena_free(own);
	if (SEARCH_IN_DATABASE)
		search_words_fill(journey.store);
	get("/search?q=HB-8-17");
	want(200);
	has("Thread M8");
	end();
}

TEST(without_an_index_it_says_to_come_back)
{
	begin();
	search_close();
	get("/search?q=bolt");
	if (SEARCH_IN_DATABASE) { /* which has what it takes */
		want(200);
		has("30 offers");
	} else {
		want(503);
		has("being prepared");
	}
	end();
}

int main(void)
{
	return test_main();
}
