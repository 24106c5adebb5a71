/* A small marketplace for the catalogue's journeys: two suppliers, a buyer, one tree, two products,
 * and a way in as each of them. */
#ifndef KONTOR_TEST_CATALOGUE_H
#define KONTOR_TEST_CATALOGUE_H

#include "market/catalogue/offer.h"
#include "market/catalogue/picture.h"
#include "market/catalogue/routes.h"
#include "test/journey/index.h"

#include <gd.h>

/* ---- a small marketplace: two suppliers, a buyer, one tree, two products ---- */

#define NORD "1"
#define SUED "2"
#define PRODUCT INT64_C(5000)
#define OTHER INT64_C(5001)

static const char rows[] =
	"insert into r_person (id, state, locale, mask, staff, created_at) values (900, 2, 'en', "
	"0, 0, 1);"
	"insert into r_company (id, slug, name, legal_form, country, sole_trader, state, sells, "
	"buys, currency, locale,"
	" created_at, activated_at) values (1, 'nord', 'Nord GmbH', 'GmbH', 'DE', 0, 2, 1, 1, "
	"'EUR', 'en', 1, 1),"
	" (2, 'sued', 'Sued AG', 'AG', 'DE', 0, 2, 1, 1, 'EUR', 'en', 1, 1),"
	" (3, 'wait', 'Waiting Ltd', 'Ltd', 'IE', 0, 1, 1, 1, 'EUR', 'en', 1, null);"
	"insert into r_category (id, parent_id, name, path, depth, position, about, hidden) values"
	" (100, null, 'Electronics', 'Electronics', 1, 1, 'All that conducts', 0),"
	" (101, 100, 'Resistors', 'Electronics / Resistors', 2, 1, null, 0),"
	" (102, null, 'Hidden goods', 'Hidden goods', 1, 2, null, 1);"
	"insert into r_attribute (id, name, kind, unit, position, facet) values (17, 'Resistance', "
	"3, 'Ω', 1, 1);"
	"insert into r_product (id, company_id, category_id, part_number, part_key, manufacturer, "
	"title, description,"
	" attributes, published, created_at, changed) values"
	" (5000, 1, 101, 'RC-0603', 'rc0603', 'Yageo', 'Chip resistor <10k>', 'Thick film', "
	"'17\t10kΩ\n', 1, 1, 1),"
	" (5001, 2, 101, 'SECRET-1', 'secret1', 'Sued', 'Not yet published', '', '', 0, 1, 2);"
	"insert into r_offer (id, company_id, product_id, sku, state, currency, unit, tiers, "
	"price_micro, min_quantity,"
	" step_quantity, lead_days, on_hand, reserved, created_at, state_at, changed) values"
	" (7000, 1, 5000, 'N-1', 2, 'EUR', 1, '1:100000 100:50000', 100000, 1, 1, 2, 1000, 10, 1, "
	"1, 3),"
	" (7001, 2, 5000, 'S-1', 2, 'EUR', 1, '10:90000 1000:40000', 90000, 10, 10, 5, 5000, 0, 1, "
	"1, 4),"
	" (7002, 2, 5000, 'S-2', 3, 'EUR', 1, '1:10000', 10000, 1, 1, 5, 5000, 0, 1, 1, 5),"
	" (7003, 3, 5000, 'W-1', 2, 'EUR', 1, '1:10000', 10000, 1, 1, 5, 5000, 0, 1, 1, 6);";

static int enter(struct req *r)
{
	int64_t company = 0;

	MUST(str_int(path_str(r, "company"), &company));
	session_start(r, 900, company,
		BIT(ROLE_PERSON) | (str_eq(path_str(r, "role"), S("sales")) ? BIT(ROLE_SALES)
									    : BIT(ROLE_BUYER)));
	return see(r, "/");
}

static bool bearer_of(struct db *db, str token, struct viewer *v)
{
	(void)db;
	if (!str_eq(token, S("nord-sales")) && !str_eq(token, S("nord-buyer")))
		return false;
	*v = (struct viewer){.person = 900,
		.company = 1,
		.roles = BIT(ROLE_PERSON) |
			 (str_ends(token, S("sales")) ? BIT(ROLE_SALES) : BIT(ROLE_BUYER))};
	return true;
}

static const struct route enter_routes[] = {
	{POST, "/enter/{company}/{role}", ANYONE, BIT(PURPOSE_SIGNIN), PROOF_NONE,
		.because = "a test", .apply = enter},
	{0}};
static const struct route *const tables[] = {catalogue_routes, enter_routes, NULL};

JOURNEY_FN void begin(void)
{
	static const struct web_options options = {.tables = tables, .bearer = bearer_of};

	journey_store();
	rows_change(journey.dir, rows);
	journey_index();
	journey.web = web_make(journey.store, &options);
	as("visitor");
}

JOURNEY_FN str id(int64_t v)
{
	return id_text(journey.arena, v);
}
#define ID(v) STR_ARG(id(v))

JOURNEY_FN str png_of(int w, int h)
{
	gdImagePtr im = gdImageCreateTrueColor(w, h);
	int n = 0;

	gdImageFilledRectangle(im, 0, 0, w / 2, h, gdTrueColor(200, 30, 30));
	void *p = gdImagePngPtr(im, &n);
	str s = str_dup(journey.arena ? journey.arena : test_arena, (str){p, (size_t)n});

	gdFree(p);
	gdImageDestroy(im);
	return s;
}

#endif
