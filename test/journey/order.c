/* From a basket to goods received: both parties, strangers, wrong roles, stock that runs out. */
#include "market/order/order.h"
#include "test/journey/journey.h"
#include "test/places.h"

#include "gen/demo.sql.h"

#define ID(x) (id_text(journey.arena, (x)).p)
#define SETUP (BIT(PURPOSE_SETUP) | BIT(PURPOSE_CURATION) | BIT(PURPOSE_STOCK))
#define BUYS BIT(ROLE_BUYER)
#define SELLS BIT(ROLE_SALES)

static struct world {
	int64_t buyer, seller, stranger, ann, sam, max; /* companies and their people */
	int64_t address, offer, product;
} w;

static bool company(struct db *db, int64_t *id, int64_t *person, const char *slug,
	const char *country, const char *vat)
{
	struct person_name name = {.name = str_of(slug)};
	struct person_email email = {.email = str_fmt(db->arena, "%s@example.com", slug)};
	struct company_registration registration = {.number = S("HRB 1")};
	struct company_tax tax = {.vat_id = str_of(vat)};
	instant now = clock_now();

	*id = id_make();
	*person = id_make();
	return demo_person_add(db, (struct person_id){*person}, &name, &email, email.email, NULL,
		       NULL, S("en"), 0, 0, now) == 1 &&
	       demo_company_add(db, (struct company_id){*id}, str_of(slug), str_of(slug), S("GmbH"),
		       str_of(country), false, COMPANY_STATE_ACTIVE, true, true,
		       INDUSTRY_ELECTRONICS, COMPANY_SIZE_UNDER_50, 1990, S("About"),
		       S("https://example.com"), S("Imprint"), S("EUR"), S("en"), &registration,
		       &tax, (struct person_id){*person}, now, now, TIME_NONE) == 1 &&
	       demo_membership_add(db, (struct membership_id){id_make()}, (struct company_id){*id},
		       (struct person_id){*person}, (int64_t)(BUYS | SELLS), now) == 1;
}

static bool goods(struct db *db)
{
	struct category_id category = {id_make()};
	struct address_place place = {.company = S("Buyer"),
		.name = S("Gate 3"),
		.street = S("Hafenstr. 1"),
		.postcode = S("20457"),
		.city = S("Hamburg")};
	struct company_id seller = {w.seller};
	instant now = clock_now();

	w.product = id_make_with(w.seller);
	w.offer = id_make_with(w.seller);
	w.address = id_make();
	return demo_category_add(db, category, (struct category_id){0}, S("Bolts"), S("Bolts"), 1,
		       1, (str){0}) == 1 &&
	       demo_product_add(db, (struct product_id){w.product}, seller, category,
		       (struct product_id){0}, (str){0}, S("M8-40"), S("m840"), S("Acme"),
		       S("Hex bolt M8 x 40"), S("Steel, zinc plated"), S(""), S("4006381333931"),
		       S("731815"), S("DE"), 20, now, 1) == 1 &&
	       demo_offer_add(db, (struct offer_id){w.offer}, seller,
		       (struct product_id){w.product}, S("B-840"), OFFER_STATE_LIVE, (str){0},
		       S("EUR"), UNIT_PIECE, S("10:1000000 50:900000"), 1000000, 10, 10, 3, 100, 0,
		       INCOTERM_EXW, S("Rotterdam"), S("NL"), now, 1) == 1 &&
	       demo_address_add(db, (struct address_id){w.address}, (struct company_id){w.buyer},
		       ADDRESS_KIND_DELIVERY, S("DE"), &place, true, now) == 1;
}

static bool fill(struct db *db, void *ctx)
{
	(void)ctx;
	return company(db, &w.buyer, &w.ann, "buyer", "DE", "DE123456789") &&
	       company(db, &w.seller, &w.sam, "seller", "NL", "NL001234567B01") &&
	       company(db, &w.stranger, &w.max, "stranger", "FR", "FR12345678901") && goods(db);
}

static bool bearer_of(struct db *db, str token, struct viewer *v)
{
	bool sells = str_eq(token, S("sam"));

	(void)db;
	*v = (struct viewer){.person = sells ? w.sam : w.ann,
		.company = sells ? w.seller : w.buyer,
		.roles = BIT(ROLE_PERSON) | (sells ? SELLS : BUYS)};
	return sells || str_eq(token, S("ann"));
}

static void begin(void)
{
	static const struct route *const tables[] = {
		basket_routes, place_routes, order_routes, NULL};
	static const struct web_options options = {.tables = tables,
		.bearer = bearer_of,
		.signin_path = "/signin",
		.title = "t",
		.version = "1"};
	struct arena *a = arena_make(1 << 24);

	journey_begin(&options);
	struct write_unit u = {
		.viewer = {.roles = BIT(ROLE_SETUP)}, .purposes = SETUP, .arena = a, .apply = fill};

	if (store_write_wait(journey.store, &u) != WRITE_DONE)
		TEST_FAIL("fill: %s", u.fault.what);
	arena_free(a);
	as("ann");
	signed_in(w.ann, w.buyer, BUYS);
	as("sam");
	signed_in(w.sam, w.seller, SELLS);
	as("max");
	signed_in(w.max, w.stranger, BUYS | SELLS);
}

/* Whatever was ordered lies with its seller. */
static void end(void)
{
	static const char *const filled[] = {"product", "offer", NULL};

	places_check(journey.dir, filled);
	journey_end();
}

static char order_path[64];

/* Ann orders this many; the order's path stands in order_path. */
static void order(int quantity)
{
	as("ann");
	post("/basket/add", "offer=%s&quantity=%d", ID(w.offer), quantity);
	want(303);
	post(str_fmt(journey.arena, "/order/place/%s/EUR", ID(w.seller)).p,
		"address=%s&contact=Ann+Buyer&po_number=PO-7", ID(w.address));
	want(303);
	snprintf(order_path, sizeof order_path, STR_FMT, STR_ARG(header("Location")));
}

static const char *at(const char *tail)
{
	return str_fmt(journey.arena, "%s%s", order_path, tail).p;
}

static str line_id(void)
{
	return between("name=\"lines.0.line\" value=\"", "\"");
}

TEST(from_basket_to_paid)
{
	begin();
	order(50);
	get("%s", order_path);
	want(200);
	has("Hex bolt M8 x 40");
	has("45.00");	       /* 50 x 0.90, the second price step */
	has("reverse charge"); /* NL to DE with a VAT number */
	has("PO-7");
	has("if nobody acts");
	str number = between("<h1>Order ", " ");

	get("/orders?number=" STR_FMT, STR_ARG(number));
	has(order_path);
	get("/orders?number=2000-1");
	has("No order fits");
	get("/sales?number=" STR_FMT, STR_ARG(number)); /* they bought it */
	lacks(order_path);
	as("sam");
	get("/sales?number=" STR_FMT, STR_ARG(number));
	want(200);
	has(order_path);
	get("/sales");
	want(200);
	has("Placed");
	get("%s", at("/confirm"));
	want(200);
	post(at("/confirm"), "lines.0.line=%s&lines.0.quantity=50", line_id().p);
	want(303);
	follow();
	has("Confirmed");
	get("%s", at("/ship"));
	str line = line_id();

	post(at("/ship"), "lines.0.line=%s&lines.0.quantity=20&carrier=Sea", line.p);
	want(303);
	follow();
	has("Partly shipped");
	post(at("/ship"), "lines.0.line=%s&lines.0.quantity=40&carrier=Sea", line.p);
	want(422);
	post(at("/ship"), "lines.0.line=%s&lines.0.quantity=30&carrier=Sea&tracking=T1", line.p);
	want(303);
	get("%s", at("/ship"));
	want(409); /* nothing is left to ship, and no form says otherwise */
	get("%s", at("/confirm"));
	want(409);
	get("%s", at("/do/reject"));
	want(409);
	as("ann");
	post(at("/do/deliver"), "%s", "");
	want(303);
	post(at("/do/accept"), "%s", "");
	want(303);
	as("sam");
	post(at("/do/mark_paid"), "%s", "");
	want(303);
	follow();
	has("Closed");
	get("%s", at("/pdf"));
	want(200);
	has("%PDF-1");
	static const char *const filled[] = {"orders", "order_line", "order_event", "shipment",
		"shipment_line", "number_series", NULL};

	places_check(journey.dir, filled);
	end();
}

TEST(a_supplier_proposes_less_and_the_buyer_agrees)
{
	begin();
	order(50);
	as("sam");
	get("%s", at("/confirm"));
	post(at("/confirm"), "lines.0.line=%s&lines.0.quantity=30&freight=12.50&currency=EUR",
		line_id().p);
	want(303);
	follow();
	has("Change proposed");
	has("12.50");
	post(at("/do/agree"), "%s", "");
	want(403); /* not the supplier's to say */
	as("ann");
	post(at("/do/agree"), "%s", "");
	want(303);
	follow();
	has("Confirmed");
	post(at("/do/cancel"), "reason=late");
	want(409);
	end();
}

TEST(stock_is_never_sold_twice)
{
	begin();
	order(80);
	as("ann");
	post("/basket/add", "offer=%s&quantity=80", ID(w.offer));
	want(303);
	post(str_fmt(journey.arena, "/order/place/%s/EUR", ID(w.seller)).p,
		"address=%s&contact=Ann", ID(w.address));
	want(422);
	has("Only 20 are left");
	post(at("/do/cancel"), "reason=too+much");
	want(303);
	post(str_fmt(journey.arena, "/order/place/%s/EUR", ID(w.seller)).p,
		"address=%s&contact=Ann", ID(w.address));
	want(303); /* what was cancelled is free again */
	end();
}

/* A client that did not hear the answer asks again: the basket is empty by then. */
TEST(the_same_key_is_the_same_order)
{
	begin();
	as("ann");
	post("/basket/add", "offer=%s&quantity=10", ID(w.offer));
	const char *path = str_fmt(journey.arena, "/order/place/%s/EUR", ID(w.seller)).p;

	get("%s", path);
	str token = between("name=\"_token\" value=\"", "\"");
	const char *body = str_fmt(journey.arena,
		"address=%s&contact=Ann&_key=once&_token=" STR_FMT, ID(w.address), STR_ARG(token))
				   .p;

	post_bare(path, "%s", body);
	want(303);
	str first = header("Location");

	post_bare(path, "%s", body);
	want(303);
	CHECK_TEXT(str_dup(journey.arena, first).p, header("Location"));
	post_bare(path, "%s&note=more", body);
	want(422); /* another order under the same key */
	post(path, "address=%s&contact=Ann", ID(w.address));
	want(404); /* nothing is left to order */
	end();
}

TEST(a_changed_price_is_shown_before_it_is_paid)
{
	begin();
	as("ann");
	post("/basket/add", "offer=%s&quantity=10", ID(w.offer));
	get("/order/place/%s/EUR", ID(w.seller));
	str line = between("name=\"lines.0.line\" value=\"", "\"");

	REQUIRE(line.n);
	lacks("You saw");
	post(str_fmt(journey.arena, "/order/place/%s/EUR", ID(w.seller)).p,
		"address=%s&contact=Ann&seen=900&lines.0.line=" STR_FMT "&lines.0.unit=900000",
		ID(w.address), STR_ARG(line));
	want(422);
	has("now EUR 10.00");
	has("You saw EUR 0.90");
	get("/orders");
	has("No orders yet");
	end();
}

TEST(nobody_else_sees_or_moves_an_order)
{
	static const char *const tails[] = {"", "/pdf", "/confirm", "/ship", "/do/cancel"};

	begin();
	order(10);
	as("max");
	for (size_t i = 0; i < COUNT(tails); i++) {
		get("%s", at(tails[i]));
		want(404);
	}
	post(at("/do/cancel"), "reason=x");
	want(404);
	post(at("/confirm"), "lines.0.line=%s&lines.0.quantity=1", ID(w.offer));
	want(404);
	get("/orders");
	has("No orders yet");
	as("visitor");
	get("%s", order_path);
	want(303);
	post_bare(at("/do/cancel"), "reason=x");
	CHECK(journey.status >= 400 || journey.status == 303);
	as("ann");
	get("%s", at("/confirm"));
	want(403); /* a buyer does not confirm */
	post_bare(at("/do/cancel"), "reason=x");
	want(403); /* no token */
	post(at("/do/nonsense"), "reason=x");
	want(404);
	get("%s", order_path);
	has("Placed");
	end();
}

/* What the other party sees of name and place, on the page and by the API. */
static void places(const char *token, bool seen)
{
	static const char *const words[] = {"Ann Buyer", "Hafenstr. 1", "20457", "Hamburg"};
	str api = str_cat(journey.arena, S("/api/v1/orders/"), str_of(order_path + 7));

	get("%s", order_path);
	want(200);
	has("Germany");
	for (size_t i = 0; i < COUNT(words); i++)
		if (seen)
			has(words[i]);
		else
			lacks(words[i]);
	if (seen)
		lacks("once the order is confirmed");
	else
		has("once the order is confirmed");
	get("%s", at("/pdf"));
	want(200);
	bearer(token);
	get(STR_FMT, STR_ARG(api));
	want(200);
	lacks("Ann Buyer");
	lacks("Hafenstr");
	get(STR_FMT "/delivery", STR_ARG(api));
	want(seen ? 200 : 404);
	if (seen)
		CHECK_TEXT("Ann Buyer", json_str_at("consignee.name"));
	get(STR_FMT "/billing", STR_ARG(api));
	want(seen ? 200 : 404);
	bearer(NULL);
}

/* Clause C1: name and place of delivery go to the other party once there is a contract. */
TEST(a_supplier_learns_name_and_place_with_the_contract)
{
	begin();
	order(50);
	as("ann");
	places("ann", true);
	as("sam");
	places("sam", false);
	get("%s", at("/confirm"));
	lacks("Ann Buyer");
	str line = line_id();

	post(at("/confirm"), "lines.0.line=" STR_FMT "&lines.0.quantity=50&currency=EUR",
		STR_ARG(line));
	want(303);
	places("sam", true);
	order(20);
	as("sam");
	post(at("/do/reject"), "reason=x");
	want(303);
	places("sam", false); /* there never was a contract */
	as("max");
	get("%s", order_path);
	want(404);
	end();
}

/* Its words lie with whoever keeps them (doc/scale.md, "Citus"). */
TEST(an_offer_of_anothers_product_is_ordered_by_its_words)
{
	begin();
	rows_change(journey.dir,
		str_fmt(journey.arena, "update r_product set company_id = %lld where id = %lld",
			(long long)w.stranger, (long long)w.product)
			.p);
	as("ann");
	post("/basket/add", "offer=%s&quantity=50", ID(w.offer));
	follow();
	has("Hex bolt");
	bearer("ann");
	get("/api/v1/basket");
	CHECK_TEXT("Hex bolt", str_sub(json_str_at("items.0.title"), 0, 8));
	order(50);
	get("%s", order_path);
	has("Hex bolt");
	rows_change(journey.dir, "update r_product set published = 0");
	post("/basket/add", "offer=%s&quantity=50", ID(w.offer));
	want(404);
	journey_end(); /* where the product lies is not checked: it was made for another company */
}

TEST(baskets_refuse_what_cannot_be_ordered)
{
	begin();
	as("ann");
	post("/basket/add", "offer=%s&quantity=5", ID(w.offer));
	want(422);
	post("/basket/add", "offer=%s&quantity=15", ID(w.offer));
	want(422);
	post("/basket/add", "offer=%s&quantity=-10", ID(w.offer));
	want(422);
	post("/basket/add", "offer=%s&quantity=10", ID(w.product));
	want(404);
	post("/basket/add", "offer=zzz&quantity=many");
	want(422);
	as("sam");
	post("/basket/add", "offer=%s&quantity=10", ID(w.offer));
	want(409); /* its own */
	as("visitor");
	post("/basket/add", "offer=%s&quantity=10", ID(w.offer));
	want(303);
	follow();
	has("Hex bolt");
	as("ann");
	get("/basket");
	lacks("Hex bolt");
	end();
}

TEST(the_table_holds_together)
{
	process_check(&order_process);
	CHECK(process_final(&order_process, ORDER_STATE_CLOSED));
	CHECK(!process_final(&order_process, ORDER_STATE_ACCEPTED));
}

int main(void)
{
	return test_main();
}
