/* The catalogue as each role meets it: pages, forms, the API, against a real store. */
#include "test/journey/catalogue.h"
#include "test/places.h"

/* ---- buyers ---- */

TEST(visitors_see_the_start_page_and_categories)
{
	begin();
	get("/");
	want(200);
	has("Electronics");
	lacks("Hidden goods");
	has("Chip resistor &lt;10k&gt;");
	lacks("Waiting Ltd");
	get("/category/" STR_FMT, ID(100));
	want(200);
	has("Resistors");
	has("Chip resistor &lt;10k&gt;</a>"); /* on its shelf */
	has("one product");		      /* the unpublished one does not count */
	get("/category/" STR_FMT, ID(101));
	want(200);
	has("RC-0603");
	lacks("SECRET-1");
	has("Sued AG"); /* whose first price is the lowest of those live */
	get("/category/" STR_FMT, ID(999));
	want(404);
	get("/category/nonsense");
	want(404);
	journey_end();
}

TEST(a_product_shows_offers_at_the_quantity_asked_for)
{
	begin();
	get("/product/" STR_FMT, ID(PRODUCT));
	want(200);
	has("Resistance");
	has("10kΩ");
	has("2 offers");
	lacks("S-2");
	lacks("W-1");
	has("action=\"/basket/add\"");
	get("/product/" STR_FMT "?quantity=1000", ID(PRODUCT));
	want(200);
	CHECK(str_find(journey.body, S("Sued AG</a>")) <
		str_find(journey.body, S("Nord GmbH</a>")));
	has("EUR 40.00");
	has("Only 990 in stock");
	get("/product/" STR_FMT "?quantity=5", ID(PRODUCT));
	CHECK(str_find(journey.body, S("Nord GmbH</a>")) <
		str_find(journey.body, S("Sued AG</a>")));
	has("The smallest quantity is 10");
	get("/product/" STR_FMT, ID(OTHER));
	want(404);
	journey_end();
}

/* A first start, or a file of another format. */
TEST(without_an_index_pages_say_what_is_missing)
{
	begin();
	search_close();
	get("/category/" STR_FMT, ID(100));
	want(200);
	has("Resistors");
	has("The catalogue is being prepared");
	lacks("product</p>");
	get("/category/" STR_FMT, ID(101));
	want(200);
	has("This list is not there yet");
	lacks("Nothing stands here yet");
	get("/product/" STR_FMT, ID(PRODUCT));
	want(200);
	has("Nord GmbH</a>"); /* which keeps it */
	lacks("Sued AG</a>");
	has("Offers of further suppliers are not there yet");
	get("/sitemap.xml?part=categories");
	want(200);
	as("sales");
	post_bare("/enter/" NORD "/sales", "%s", "");
	get("/offers/new?part_number=rc-0603");
	want(200);
	has("The catalogue is being prepared");
	lacks("Nobody has described");
	bearer("nord-buyer");
	get("/api/v1/categories/" STR_FMT "/products", ID(101));
	want(503);
	CHECK_TEXT("60", header("Retry-After"));
	get("/api/v1/products/" STR_FMT "/offers", ID(PRODUCT));
	want(503);
	get("/api/v1/products?part_number=rc0603");
	want(503);
	journey_index();
	get("/api/v1/products?part_number=rc0603");
	want(200);
	has("RC-0603");
	journey_end();
}

/* What the index said a moment ago is not what is shown. */
TEST(what_is_hidden_or_dearer_shows_at_once)
{
	begin();
	rows_change(journey.dir, "update r_offer set tiers = '1:98000000', price_micro = 98000000 "
				 "where state = 2");
	get("/category/" STR_FMT, ID(101));
	has("EUR 98.00");
	get("/product/" STR_FMT "?quantity=1000", ID(PRODUCT));
	has("EUR 98.00");
	lacks("EUR 40.00");
	rows_change(journey.dir, "update r_offer set state = 3 where company_id = 1 and state = 2");
	get("/product/" STR_FMT, ID(PRODUCT));
	has("One offer");
	rows_change(journey.dir, "update r_product set published = 0");
	get("/category/" STR_FMT "?before=" STR_FMT, ID(101), ID(9999)); /* not a kept page */
	want(200);
	lacks("RC-0603");
	bearer("nord-buyer");
	get("/api/v1/products?part_number=rc0603");
	want(200);
	lacks("RC-0603");
	journey_end();
}

TEST(a_suppliers_offers_are_public_and_a_pending_companys_are_not)
{
	begin();
	get("/company/" STR_FMT "/offers", ID(2));
	want(200);
	has("S-1");
	lacks("S-2");
	get("/company/" STR_FMT "/offers", ID(3));
	want(404);
	journey_end();
}

/* ---- suppliers ---- */

TEST(only_sales_of_a_company_see_its_offers)
{
	begin();
	get("/offers");
	CHECK(journey.status == 403 || journey.status == 303);
	as("buyer");
	post_bare("/enter/" NORD "/buyer", "%s", "");
	get("/offers");
	want(403);
	as("nord");
	post_bare("/enter/" NORD "/sales", "%s", "");
	get("/offers");
	want(200);
	has("N-1");
	lacks("S-1");
	get("/offers?state=paused");
	want(200);
	lacks("N-1");
	get("/offers?sku=N-");
	has("/edit\">N-1");
	get("/offers?sku=S-1"); /* another's */
	has("No offer begins with S-1");
	get("/offers/" STR_FMT "/edit", ID(7001));
	want(404); /* another's */
	get("/offers/csv");
	want(200);
	has("N-1,RC-0603,Yageo,Electronics,Resistors,Chip resistor <10k>,Thick film,EUR,"
	    "1:0.1;100:0.05,1000,1,1,2,,piece,");
	lacks("S-1");
	journey_end();
}

/* Nord keeps the product, Sued offers it: its words lie elsewhere (doc/scale.md, "Citus"). */
TEST(an_offer_of_anothers_product_has_its_words)
{
	begin();
	get("/company/" STR_FMT "/offers", ID(2));
	has("Chip resistor &lt;10k&gt;");
	has("RC-0603");
	as("sued");
	post_bare("/enter/" SUED "/sales", "%s", "");
	get("/offers");
	has("Chip resistor &lt;10k&gt;");
	get("/offers?state=paused");
	has("RC-0603");
	get("/offers?sku=S-1");
	has("RC-0603");
	get("/offers/" STR_FMT "/edit", ID(7001));
	has("Chip resistor &lt;10k&gt;");
	get("/offers/csv");
	has("S-1,RC-0603,Yageo,Electronics,Resistors,Chip resistor <10k>,Thick film,EUR,");
	rows_change(journey.dir, "update r_product set published = 0 where id = 5000");
	get("/offers");
	has("S-1");
	lacks("Chip resistor");
	get("/company/" STR_FMT "/offers", ID(2));
	lacks("S-1");
	get("/company/" STR_FMT "/offers", ID(1));
	lacks("N-1");
	journey_end();
}

#define TERMS \
	"sku=%s&currency=EUR&unit=piece&tiers.0.quantity=1&tiers.0.price=2.50&tiers.1.quantity=%" \
	"s&tiers.1.price=2.00&min=1&step=1&lead=3&on_hand=%s"

TEST(an_offer_is_made_changed_paused_and_ended)
{
	begin();
	as("nord");
	post_bare("/enter/" NORD "/sales", "%s", "");
	get("/offers/new?part_number=rc+0603");
	want(200);
	has("Chip resistor");
	get("/offers/new?product=" STR_FMT, ID(PRODUCT));
	want(200);
	post("/offers/new", TERMS "&product=" STR_FMT "&live=1", "N-2", "10", "50", ID(PRODUCT));
	want(303);
	follow();
	has("N-2");
	str at = between("/offers/", "/edit\">N-2");

	at = str_sub(at, at.n >= 13 ? at.n - 13 : 0, 13);
	str edit = str_fmt(journey.arena, "/offers/" STR_FMT "/edit", STR_ARG(at));

	post("/offers/new", TERMS "&product=" STR_FMT, "N-2", "10", "50", ID(PRODUCT));
	want(422);
	has("Another of your offers has this number");
	post(edit.p, TERMS, "N-2", "1", "50");
	want(422);
	has("larger quantity");
	post(edit.p, TERMS, "N-3", "20", "7");
	want(303);
	get("/product/" STR_FMT, ID(PRODUCT));
	has("<dd>N-3</dd>");
	post(str_fmt(journey.arena, "/offers/" STR_FMT "/do/pause", STR_ARG(at)).p, "%s", "");
	want(303);
	get("/product/" STR_FMT, ID(PRODUCT));
	lacks("<dd>N-3</dd>");
	post(str_fmt(journey.arena, "/offers/" STR_FMT "/do/pause", STR_ARG(at)).p, "%s", "");
	want(409);
	post(str_fmt(journey.arena, "/offers/" STR_FMT "/do/take_down", STR_ARG(at)).p, "%s", "");
	CHECK(journey.status == 403 || journey.status == 409);
	post(str_fmt(journey.arena, "/offers/" STR_FMT "/do/finish", STR_ARG(at)).p, "%s", "");
	want(303);
	post(edit.p, TERMS, "N-3", "20", "7");
	want(409);
	places_with_company(journey.dir, "offer");
	journey_end();
}

/* How many pages were shown as printed before, by the server's own count. */
static int64_t kept_pages(void)
{
	int64_t n = -1;

	journey.peer = "127.0.0.1"; /* counters are for this machine alone */
	get("/metrics");
	str rest = str_sub(journey.body,
		str_find(journey.body, S("\nkontor_kept_pages_total ")) + 25, journey.body.n);

	CHECK(str_int(str_cut(&rest, '\n'), &n));
	journey.peer = "192.0.2.7";
	return n;
}

static str form_secret(const char *name)
{
	return str_dup(journey.arena,
		between(str_fmt(journey.arena, "name=\"%s\" value=\"", name).p, "\""));
}

TEST(a_page_is_kept_until_what_it_shows_changes)
{
	begin();
	get("/product/" STR_FMT, ID(PRODUCT));
	str token = form_secret("_token"), key = form_secret("_key"), first = journey.body;

	CHECK_INT(0, kept_pages());
	get("/product/" STR_FMT, ID(PRODUCT));
	CHECK_INT(1, kept_pages());
	get("/product/" STR_FMT, ID(PRODUCT));
	want(200);
	CHECK_INT((int64_t)first.n, (int64_t)journey.body.n);
	CHECK(!str_eq(token, form_secret("_token"))); /* each showing has its own */
	CHECK(!str_eq(key, form_secret("_key")));
	journey.language = "de"; /* another language is another page */
	get("/product/" STR_FMT, ID(PRODUCT));
	has("lang=\"de\"");
	journey.language = NULL;
	CHECK_INT(2, kept_pages());
	as("nord"); /* who is signed in is shown a page of their own */
	post_bare("/enter/" NORD "/sales", "%s", "");
	get("/product/" STR_FMT, ID(PRODUCT));
	CHECK_INT(2, kept_pages());
	str edit = str_fmt(journey.arena, "/offers/" STR_FMT "/edit", ID(7000));

	get("%s", edit.p);
	post(edit.p, TERMS, "N-9", "10", "50");
	want(303);
	as("visitor"); /* the next answer shows it */
	get("/product/" STR_FMT, ID(PRODUCT));
	has("<dd>N-9</dd>");
	CHECK_INT(2, kept_pages());
	get("/product/" STR_FMT, ID(PRODUCT));
	has("<dd>N-9</dd>");
	CHECK_INT(3, kept_pages());
	journey_end();
}

TEST(stock_never_falls_below_what_is_reserved_and_others_offers_are_out_of_reach)
{
	begin();
	as("nord");
	post_bare("/enter/" NORD "/sales", "%s", "");
	post(str_fmt(journey.arena, "/offers/" STR_FMT "/edit", ID(7000)).p, TERMS, "N-1", "10",
		"9");
	want(422);
	has("10 are reserved");
	post(str_fmt(journey.arena, "/offers/" STR_FMT "/edit", ID(7001)).p, TERMS, "X", "10", "9");
	want(404);
	post(str_fmt(journey.arena, "/offers/" STR_FMT "/do/pause", ID(7001)).p, "%s", "");
	want(404);
	post("/offers/new", TERMS "&product=" STR_FMT, "N-9", "10", "50", ID(OTHER));
	want(422); /* another company's unpublished product */
	journey_end();
}

TEST(the_api_says_the_same)
{
	begin();
	bearer("nord-buyer");
	get("/api/v1/categories");
	want(200);
	CHECK_TEXT("Electronics", json_str_at("items.0.name"));
	get("/api/v1/products?part_number=RC0603");
	want(200);
	CHECK_STR(id(PRODUCT), json_str_at("items.0.id"));
	get("/api/v1/products/" STR_FMT "/attributes", ID(PRODUCT));
	want(200);
	CHECK_TEXT("10kΩ", json_str_at("items.0.value"));
	get("/api/v1/products/" STR_FMT "/offers", ID(PRODUCT));
	want(200);
	CHECK_TEXT("S-1", json_str_at("items.0.sku"));
	get("/api/v1/offers");
	want(403);
	bearer("nord-sales");
	get("/api/v1/offers");
	want(200);
	CHECK_TEXT("N-1", json_str_at("items.0.sku"));
	get("/api/v1/offers?sku=N-1");
	CHECK_INT(1, json_count_at("items"));
	get("/api/v1/offers?sku=N-11");
	CHECK_INT(0, json_count_at("items"));
	post("/api/v1/offers",
		"{\"product\": \"" STR_FMT
		"\", \"sku\": \"N-7\", \"currency\": \"EUR\", \"unit\": \"piece\","
		" \"tiers\": [{\"quantity\": 1, \"price\": \"0.0021\"}], \"min\": 1, \"step\": 1, "
		"\"lead\": 0, \"on_hand\": 5}",
		ID(PRODUCT));
	want(201);
	CHECK_TEXT("draft", json_str_at("state"));
	get("/api/v1/offers/" STR_FMT, ID(7001));
	want(404);
	journey_end();
}

/* ---- the text of products ---- */

#define TEXT_OF \
	"title=%s&manufacturer=Acme&part_number=%s&category=" STR_FMT "&attributes=%s&gtin=%s"

TEST(a_supplier_describes_a_product_and_changes_its_text)
{
	begin();
	as("nord");
	post_bare("/enter/" NORD "/sales", "%s", "");
	get("/products/new");
	want(200);
	has("Electronics / Resistors");
	post("/products/new", TEXT_OF, "Fuse", "F-1", ID(101), "Resistance:+5%CE%A9",
		"4006381333931");
	want(303);
	follow();
	has("F-1"); /* the form of its first offer */
	post("/products/new", TEXT_OF, "Fuse", "F-2", ID(101), "Colour:+red", "4006381333931");
	want(422);
	has("No property is called Colour");
	post("/products/new", TEXT_OF, "Fuse", "F-2", ID(101), "", "4006381333932");
	want(422);
	has("This is no GTIN");
	str edit = str_fmt(journey.arena, "/products/" STR_FMT "/edit", ID(PRODUCT));

	get("%s", edit.p);
	want(200);
	has("Resistance: 10kΩ");
	post(edit.p, TEXT_OF, "Renamed", "RC-0603", ID(101), "", "");
	want(303);
	as("visitor");
	get("/product/" STR_FMT, ID(PRODUCT));
	want(404); /* the box "everyone can see it" was not ticked */
	as("sued");
	post_bare("/enter/" SUED "/sales", "%s", "");
	get("%s", edit.p);
	want(404);
	post(edit.p, TEXT_OF, "Stolen", "RC-0603", ID(101), "", "");
	want(404);
	places_with_company(journey.dir, "product");
	journey_end();
}

/* ---- pictures ---- */

TEST(a_picture_is_decoded_in_the_child_and_made_anew)
{
	struct picture_made m;

	REQUIRE(picture_make(test_arena, png_of(2000, 1000), &m));
	CHECK_INT(1600, m.width);
	CHECK_INT(800, m.height);
	gdImagePtr small = gdImageCreateFromJpegPtr((int)m.small.n, (void *)(uintptr_t)m.small.p);

	REQUIRE(small);
	CHECK_INT(320, gdImageSX(small));
	CHECK(gdTrueColorGetRed(gdImageGetTrueColorPixel(small, 10, 10)) > 150);
	gdImageDestroy(small);
}

TEST(what_is_no_picture_is_refused)
{
	struct picture_made m;
	str cut = png_of(100, 100);

	CHECK(!picture_make(test_arena, S("hello, this is no picture at all"), &m));
	CHECK(!picture_make(test_arena, str_sub(cut, 0, 40), &m));
	CHECK(!picture_make(test_arena, S(""), &m));
}

TEST(a_turned_photo_stands_upright_and_loses_its_metadata)
{
	static const char exif[] = "\xff\xe1\x00\x2c"
				   "Exif\0\0"
				   "II*\0\x08\0\0\0"
				   "\x01\0"
				   "\x12\x01\x03\0\x01\0\0\0\x06\0\0\0"
				   "\0\0\0\0"
				   "SECRETPLACE\0";
	gdImagePtr im = gdImageCreateTrueColor(200, 100);
	int n = 0;
	char *p = gdImageJpegPtr(im, &n, 90);
	char *all = arena_alloc(test_arena, 1, (size_t)n + sizeof exif);
	size_t e = 2 + 0x2c;
	struct picture_made m;

	memcpy(all, p, 2);
	memcpy(all + 2, exif, e);
	memcpy(all + 2 + e, p + 2, (size_t)n - 2);
	gdFree(p);
	gdImageDestroy(im);
	REQUIRE(picture_make(test_arena, (str){all, (size_t)n + e}, &m));
	CHECK_INT(100, m.width);
	CHECK_INT(200, m.height);
	CHECK(str_find(m.large, S("SECRETPLACE")) == (size_t)-1);
	CHECK(str_find(m.large, S("Exif")) == (size_t)-1);
}

TEST(pictures_are_sent_ordered_shown_and_removed)
{
	begin();
	str to = str_fmt(journey.arena, "/products/" STR_FMT "/pictures", ID(PRODUCT));
	struct part parts[] = {{"alt", NULL, NULL, S("A resistor")},
		{"file", "a.png", "image/png", png_of(400, 300)}};

	as("sued");
	post_bare("/enter/" SUED "/sales", "%s", "");
	post_files(to.p, parts, 2);
	want(404); /* another company keeps the text */
	as("nord");
	post_bare("/enter/" NORD "/sales", "%s", "");
	post_files(to.p, parts, 2);
	want(303);
	parts[1].bytes = png_of(30, 30);
	post_files(to.p, parts, 2);
	want(303);
	follow();
	has("400 × 300 pixels");
	parts[1].bytes = S("\x89PNG\r\n\x1a\n but nothing else");
	post_files(to.p, parts, 2);
	want(422);
	as("visitor");
	get("/product/" STR_FMT, ID(PRODUCT));
	has("alt=\"A resistor\"");
	str picture = between("src=\"/picture/", "/large\"");

	REQUIRE(picture.n == 13);
	get("/picture/" STR_FMT "/large", STR_ARG(picture));
	want(200);
	CHECK_TEXT("image/jpeg", header("Content-Type"));
	CHECK(str_starts(journey.body, S("\xff\xd8\xff")));
	get("/picture/" STR_FMT "/huge", STR_ARG(picture));
	want(404);
	as("nord");
	post(str_fmt(journey.arena, STR_FMT "/" STR_FMT "/remove", STR_ARG(to), STR_ARG(picture)).p,
		"%s", "");
	want(303);
	get("/picture/" STR_FMT "/large", STR_ARG(picture));
	want(404);
	journey_end();
}

/* ---- rules ---- */

TEST(gtins_have_a_check_digit)
{
	CHECK(gtin_good(S("4006381333931")));
	CHECK(gtin_good(S("96385074")));
	CHECK(!gtin_good(S("4006381333930")));
	CHECK(!gtin_good(S("400638133393")));
	CHECK(!gtin_good(S("40063813339a1")));
	CHECK(hs_code_good(S("853321")) && !hs_code_good(S("85332")) &&
		!hs_code_good(S("85 3321")));
}

TEST(terms_must_agree_with_each_other)
{
	struct offer_tier v[] = {{10, 500}, {100, 400}};
	struct offer_terms f = {.tiers = {v, 2}, .min = 10, .step = 5};
	struct tiers t;

	CHECK_INT(OFFER_GOOD, offer_terms_check(&f, &t));
	CHECK_INT(2, t.n);
	f.min = 5;
	CHECK_INT(OFFER_TIERS_FIRST, offer_terms_check(&f, &t));
	f.min = 12;
	CHECK_INT(OFFER_MIN_STEP, offer_terms_check(&f, &t));
	f.min = 10;
	f.incoterm = 1;
	CHECK_INT(OFFER_PLACE, offer_terms_check(&f, &t));
	v[1].quantity = 10;
	CHECK_INT(OFFER_TIERS_ORDER, offer_terms_check(&f, &t));
	v[0].price = 0;
	v[1].quantity = 11;
	CHECK_INT(OFFER_TIERS_PRICE, offer_terms_check(&f, &t));
}

TEST(csv_fields_are_quoted_and_are_no_formulas)
{
	struct out o;

	out_init(&o, test_arena, 64, 4096, &locales[0]);
	csv_field(&o, S("plain"));
	out_char(&o, '|');
	csv_field(&o, S("a \"b\", c"));
	out_char(&o, '|');
	csv_field(&o, S("=1+1"));
	CHECK_TEXT("plain|\"a \"\"b\"\", c\"|\"'=1+1\"", ((str){o.p, o.n}));
}

TEST(the_process_of_an_offer_is_sound)
{
	process_check(&offer_process);
	CHECK(process_final(&offer_process, OFFER_STATE_ENDED));
	CHECK(!process_final(&offer_process, OFFER_STATE_TAKEN_DOWN));
}

/* Pictures start this program anew. */
int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "picture"))
		return picture_worker();
	return test_main();
}
