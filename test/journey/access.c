/* Access and portability through the real surface: what somebody typed anywhere is found in their
 * answer, what others typed is not; every answer is noted; a correction is told to whoever was
 * given what was wrong. */
#include "market/order/order.h"
#include "market/rights/access.h"
#include "market/rights/petition.h"
#include "test/journey/marked.h"
#include "test/journey/member.h"
#include "test/journey/world.h"

#include "gen/demo.sql.h"

#define ID(x) (id_text(journey.arena, (x)).p)

static int64_t buyer, seller, product, other_product, offer;

static bool goods(struct db *db, void *ctx)
{
	struct category_id category = {id_make()};
	instant now = clock_now();

	(void)ctx;
	product = id_make();
	offer = id_make();
	other_product = id_make();
	return demo_category_add(db, category, (struct category_id){0}, S("Bolts"), S("Bolts"), 1,
		       1, (str){0}) == 1 &&
	       demo_product_add(db, (struct product_id){product}, (struct company_id){seller},
		       category, (struct product_id){0}, (str){0}, S("M8-40"), S("m840"), S("Acme"),
		       S("Hex bolt THEIRS-title"), S("Steel"), S(""), S("4006381333931"),
		       S("731815"), S("DE"), 20, now, 1) == 1 &&
	       demo_product_add(db, (struct product_id){other_product}, (struct company_id){seller},
		       category, (struct product_id){0}, (str){0}, S("M8-60"), S("m860"), S("Acme"),
		       S("Longer bolt"), S("Steel"), S(""), S("4006381333948"), S("731815"),
		       S("DE"), 20, now, 1) == 1 &&
	       demo_offer_add(db, (struct offer_id){id_make()}, (struct company_id){seller},
		       (struct product_id){other_product}, S("THEIRS-sku-2"), OFFER_STATE_LIVE,
		       (str){0}, S("EUR"), UNIT_PIECE, S("10:1000000"), 1000000, 10, 10, 3, 100, 0,
		       INCOTERM_EXW, S("Rotterdam"), S("NL"), now, 1) == 1 &&
	       demo_offer_add(db, (struct offer_id){offer}, (struct company_id){seller},
		       (struct product_id){product}, S("THEIRS-sku"), OFFER_STATE_LIVE, (str){0},
		       S("EUR"), UNIT_PIECE, S("10:1000000"), 1000000, 10, 10, 3, 100, 0,
		       INCOTERM_EXW, S("Rotterdam"), S("NL"), now, 1) == 1;
}

static void supplied(void)
{
	struct arena *a = arena_make(1 << 24);
	struct write_unit u = {.viewer = {.roles = BIT(ROLE_SETUP)},
		.purposes = BIT(PURPOSE_SETUP) | BIT(PURPOSE_CURATION),
		.arena = a,
		.apply = goods};

	if (store_write_wait(journey.store, &u) != WRITE_DONE)
		TEST_FAIL("goods: %s", u.fault.what);
	arena_free(a);
}

/* A company with Ingrid, and Bo, who is invited; a supplier with Sven. */
static void people(void)
{
	buyer = founded("ingrid", "Nordwerk", "nordwerk", "ingrid@nordwerk.test");
	post("/account/people/invite", "email=bo%%40nordwerk.test&buyer=true&admin=true");
	const char *link = link_to_open("bo@nordwerk.test");

	as("bo");
	post(link, "name=MINE-name&password=" PASSWORD "&terms=true");
	want(303);
	seller = founded("sven", "Suedwerk", "suedwerk", "sven@suedwerk.test");
	supplied();
}

static void bo_orders(const char *address)
{
	post("/basket/add", "offer=%s&quantity=20", ID(offer));
	want(303);
	post(str_fmt(journey.arena, "/order/place/%s/EUR", ID(seller)).p,
		"address=%s&contact=MINE-contact&phone=%%2B49+555+0199&po_number=MINE-po&note="
		"MINE-note",
		address);
	want(303);
}

/* What Bo types, wherever somebody can: each with a word of its own. */
static void bo_types(void)
{
	as("bo");
	post("/account",
		"name=MINE-name&phone=%%2B49+555+0177&job_title=MINE-title&department=MINE-dept"
		"&locale=en");
	want(303);
	post("/account/email", "email=mine-new%%40nordwerk.test&now=" PASSWORD);
	want(303);
	post("/account/keys", "label=MINE-key&days=30&buyer=true");
	want(303);
	post("/account/privacy/report", "field=person.name&text=MINE-report");
	want(303);
	post("/account/addresses/new",
		"kind=delivery&country=DE&label=MINE-label&company=MINE-co&name=MINE-gate&street="
		"MINE-street&postcode=20457&city=MINE-city&region=MINE-region&phone=%%2B49+555+"
		"0188");
	want(303);
	get("/account/addresses");
	const char *address = strrchr(listed("addresses"), '/') + 1;

	bo_orders(address);
	post(str_fmt(journey.arena, STR_FMT "/do/cancel", STR_ARG(header("Location"))).p,
		"reason=MINE-remark");
	want(303);
	bo_orders(address);
	post("/basket/add", "offer=%s&quantity=30", ID(offer));
	want(303);
}

static const char *const mine[] = {"MINE-name", "+49 555 0177", "MINE-title", "MINE-dept",
	"bo@nordwerk.test", "mine-new@nordwerk.test", "MINE-key", "MINE-report", "MINE-contact",
	"MINE-po", "MINE-note", "MINE-remark", "+49 555 0199"};
static const char *const companys[] = {"MINE-label", "MINE-co", "MINE-gate", "MINE-street",
	"MINE-city", "MINE-region", "+49 555 0188", "Nordwerk", "HRB 4711", "DE136695976"};
/* What others typed: Ingrid's own, and Sven's. */
static const char *const theirs[] = {"Ingrid", "ingrid@nordwerk.test", "THEIRS-remark", "Sven",
	"sven@suedwerk.test", "THEIRS-name", "THEIRS-title-of-sven", "THEIRS-phone"};

static void others_type(void)
{
	as("sven");
	post("/account",
		"name=THEIRS-name&phone=%%2B49+555+0666&job_title=THEIRS-title-of-sven&locale=en");
	want(303);
	get("/sales");
	size_t at = str_find(journey.body, S("/order/"));

	REQUIRE(at != (size_t)-1);
	post(str_fmt(journey.arena, "/order/" STR_FMT "/do/reject",
		     STR_ARG(str_sub(journey.body, at + 7, ID_TEXT_CHARS)))
			.p,
		"reason=THEIRS-remark");
	want(303);
}

static void all_in(const char *const *v, size_t n, bool wanted)
{
	for (size_t i = 0; i < n; i++)
		if ((str_find(journey.body, str_of(v[i])) != (size_t)-1) != wanted)
			TEST_FAIL("%s \"%s\"", wanted ? "lacks" : "holds", v[i]);
}

static size_t answers(void)
{
	get("/account/data");
	str rest = journey.body;
	size_t n = 0;

	for (size_t at; (at = str_find(rest, S(" as JSON</li>"))) != (size_t)-1; n++)
		rest = str_sub(rest, at + 1, rest.n);
	return n;
}

/* A note follows its answer by itself; to look is an answer too, and the page lists a few. */
static bool noted(size_t n)
{
	for (int i = 0; i < 200 && (i < 20 || store_writes(journey.store).waiting); i++)
		usleep(10000);
	return answers() >= n;
}

TEST(everything_typed_is_in_the_answer_and_nothing_of_others)
{
	world_begin();
	people();
	bo_types();
	others_type();
	markers[0] = S("MINE-remark");
	markers[1] = S("MINE-note");
	markers[2] = S("MINE-report");
	markers[3] = S("MINE-street");
	CHECK_INT(0, marked()); /* what people wrote lies sealed */
	memset(markers, 0, sizeof markers);
	as("bo");
	get("/account/data/file?as=json");
	want(200);
	all_in(mine, COUNT(mine), true);
	all_in(theirs, COUNT(theirs), false);
	has("\"purposes\"");
	has("\"basis\":\"A6-1-b\"");
	has("\"complain_at\"");
	has("kept, not handed out"); /* the password's hash */
	get("/account/data/file?as=csv");
	want(200);
	all_in(mine, COUNT(mine) - 1, true); /* a telephone number is quoted behind a sign */
	all_in(theirs, COUNT(theirs), false);
	get("/account/data/file?as=json&of=company");
	want(200);
	all_in(companys, COUNT(companys), true);
	has("MINE-note");	/* the company's own order */
	lacks("THEIRS-remark"); /* what the supplier's people wrote is theirs */
	lacks("sven@suedwerk.test");
	lacks("THEIRS-title-of-sven");
	get("/account/data");
	want(200);
	has("MINE-title");
	has("Report an error");
	has("href=\"/account/email\"");
	lacks("Ingrid");
	get("/account/data?of=company");
	want(200);
	has("Nordwerk");
	get("/account/data?table=orders");
	want(200);
	has("MINE-po");
	get("/account/data?table=no_such_table");
	want(404);
	CHECK(noted(2));
	journey_end();
}

/* ---- what somebody looked at ---- */

/* Everything that the answer says of product views. */
static str views(void)
{
	get("/account/data/file?as=json");
	want(200);
	size_t at = str_find(journey.body, S("\"lead\":["));

	if (at == (size_t)-1)
		return S("");
	str rest = str_sub(journey.body, at, journey.body.n);

	return str_sub(rest, 0, str_find(rest, S("}]")));
}

static bool viewed(int64_t one)
{
	return str_find(views(), str_of(ID(one))) != (size_t)-1;
}

/* ---- in the reader's language ---- */

static str said_in(const char *tag, struct text t)
{
	struct out o;

	out_init(&o, journey.arena, 64, 1024, locale_of(str_of(tag)));
	out_text_plain(&o, t);
	return out_view(&o);
}

static void has_words(str what, str value, struct text t)
{
	str en = said_in("en", t), de = said_in("de", t);

	if (!t.msg || !en.n || !de.n || str_has(en, '_'))
		TEST_FAIL("no words for " STR_FMT "." STR_FMT, STR_ARG(what), STR_ARG(value));
}

/* Every value that a page can come to show: of each enum in a table that belongs to somebody, of
 * roles, of uses that somebody decides about. */
TEST(every_value_has_words)
{
	world_begin();
	const struct policy *p = store_policy(journey.store);
	size_t n = 0;

	for (size_t i = 0; i < p->tables_n; i++) {
		const struct policy_table *t = &p->tables[i];

		for (size_t k = 0; t->owns_n && k < t->columns_n; k++) {
			const struct type *type = &t->columns[k].type;
			const struct policy_enum *e =
				type->kind == TYPE_ENUM ? policy_enum(p, type->name) : NULL;

			for (size_t j = 0; e && j < e->n; j++, n++)
				has_words(e->name, e->values[j],
					access_enum_text(journey.arena, e, (int64_t)j + 1));
		}
	}
	CHECK(n > 250);
	for (size_t i = 0; i < p->roles_n; i++)
		if (p->roles[i].kind != ROLE_KIND_PRINCIPAL)
			has_words(S("role"), p->roles[i].name,
				access_role_text(journey.arena, p->roles[i].name));
	for (size_t i = 0; i < p->purposes_n; i++)
		if (choice_kind(&p->purposes[i]) != CHOICE_NONE)
			has_words(S("purpose"), p->purposes[i].name,
				choice_title_of(journey.arena, p->purposes[i].name));
	for (size_t i = 0; i < p->mails_n; i++)
		has_words(S("mail"), p->mails[i].name,
			access_kind_text(journey.arena, p->mails[i].name));
	for (size_t i = 0; i < p->transfers_n; i++) {
		struct out o;

		out_init(&o, journey.arena, 64, 1024, &locales[0]);
		has_words(S("transfer"), p->transfers[i].name,
			access_instrument_text(&o, p, p->transfers[i].name));
	}
	journey_end();
}

/* Who was given it, by which mail, on what basis: names of the policy are for files. */
TEST(recipients_and_mails_are_named_in_the_readers_language)
{
	world_begin();
	people();
	(void)mail_to("sven@suedwerk.test"); /* what waited has left */
	journey.language = "de";
	for (int i = 0; i < 3; i++) {
		static const char *const pages[] = {
			"/account/data?table=disclosure", "/account/data", "/account/disclosures"};

		get("%s", pages[i]);
		want(200);
		has("Postfach am Kai GmbH, Bremen");
		has("E-Mail-Adresse");
		lacks("mail_server");
		lacks(">person.email");
		lacks("confirm_address");
		lacks("A6-1-");
	}
	has(said_in("de", access_kind_text(journey.arena, S("confirm_address"))).p);
	get("/account/data?table=outbox");
	want(200);
	has(said_in("de", access_kind_text(journey.arena, S("confirm_address"))).p);
	lacks("confirm_address");
	get("/account/data?of=company&table=company");
	has("Deutschland");
	journey.language = NULL;
	get("/account/data/file?as=json");
	has("confirm_address");
	journey_end();
}

TEST(stored_values_are_shown_in_the_readers_language)
{
	world_begin();
	people();
	bo_types();
	get("/account/data?table=orders");
	want(200);
	has(said_in("en", order_state_text(ORDER_STATE_CANCELLED)).p);
	get("/account/data?table=membership");
	has("Buyer");
	journey.language = "de";
	get("/account/data?table=orders");
	want(200);
	has(said_in("de", order_state_text(ORDER_STATE_CANCELLED)).p);
	lacks(">cancelled<");
	lacks("<span lang=\"en\"");
	get("/account/data?table=petition");
	has(said_in("de", petition_kind_text(PETITION_KIND_ERROR_REPORT)).p);
	lacks("error_report");
	get("/account/data?table=person");
	has(said_in("de", choice_title_of(journey.arena, S("seller_leads"))).p);
	lacks("seller_leads");
	journey.language = NULL;
	get("/account/data/file?as=json"); /* for programs: the policy's names */
	has("\"cancelled\"");
	has("error_report");
	journey_end();
}

TEST(products_looked_at_are_in_the_answer)
{
	world_begin();
	people();
	as("ingrid");
	get("/product/%s", ID(other_product));
	want(200);
	as("bo");
	get("/product/%s", ID(product));
	want(200);
	writer_idle();
	CHECK(viewed(product));
	CHECK(!viewed(other_product)); /* a colleague's */
	get("/account/data/file?as=csv");
	CHECK(str_find(journey.body, str_fmt(journey.arena, "product_id,%s", ID(product))) !=
		(size_t)-1);
	get("/account/data?table=lead");
	want(200);
	has(ID(product));
	has(ID(seller));
	as("ingrid");
	CHECK(viewed(other_product));
	CHECK(!viewed(product));
	as("sven"); /* the supplier is shown the company, and in an answer nobody */
	get("/account/data/file?as=json&of=company");
	lacks("\"lead\":[");
	as("bo"); /* who shares no longer has nothing of it left */
	press_switch("seller_leads");
	CHECK(!viewed(product));
	journey_end();
}

TEST(a_seller_gets_offers_and_sales_without_the_buyers_contacts)
{
	world_begin();
	people();
	bo_types();
	as("sven");
	get("/account/data/file?as=json&of=company");
	want(200);
	has("THEIRS-sku");
	has("THEIRS-title"); /* the product */
	has("\"orders\":[{\"shared\":true");
	has("\"left_out\":[\"placed_by\"");
	lacks("MINE-contact");
	lacks("MINE-note");
	lacks("MINE-po");
	lacks("+49 555 0199");
	as("visitor");
	get("/account/data");
	want(303);
	journey_end();
}

TEST(only_administrators_see_everything_of_a_company)
{
	world_begin();
	people();
	as("ingrid");
	post("/account/people/invite", "email=cy%%40nordwerk.test&buyer=true");
	const char *link = link_to_open("cy@nordwerk.test");

	as("cy");
	post(link, "name=Cy+Only&password=" PASSWORD "&terms=true");
	want(303);
	get("/account/data?of=company");
	want(403);
	get("/account/data/file?of=company&as=csv");
	want(403);
	get("/account/data");
	want(200);
	has("Cy Only");
	lacks("of=company");
	journey_end();
}

/* ---- portability ---- */

static bool fits(json_t *schema, json_t *v, const char *where);

static bool type_fits(json_t *type, json_t *v)
{
	const char *t = json_string_value(type);
	size_t i;
	json_t *one;

	if (json_is_array(type)) {
		json_array_foreach(type, i, one) if (type_fits(one, v)) return true;
		return false;
	}
	return !t || (!strcmp(t, "string") && json_is_string(v)) ||
	       (!strcmp(t, "integer") && json_is_integer(v)) ||
	       (!strcmp(t, "boolean") && json_is_boolean(v)) ||
	       (!strcmp(t, "null") && json_is_null(v)) ||
	       (!strcmp(t, "array") && json_is_array(v)) ||
	       (!strcmp(t, "object") && json_is_object(v));
}

static bool members_fit(json_t *schema, json_t *v, const char *where)
{
	json_t *properties = json_object_get(schema, "properties"), *one, *name;
	const char *key;
	size_t i;
	bool good = true;

	json_array_foreach(json_object_get(schema, "required"), i,
		name) if (!json_object_get(v, json_string_value(name)))
	{
		printf("# %s lacks %s\n", where, json_string_value(name));
		good = false;
	}
	json_object_foreach(v, key, one)
	{
		json_t *s = json_object_get(properties, key);

		if (s)
			good &= fits(s, one, key);
		else if (json_is_false(json_object_get(schema, "additionalProperties"))) {
			printf("# %s: %s is not in the schema\n", where, key);
			good = false;
		}
	}
	return good;
}

/* As much of JSON Schema as the published one uses; ajv looks at it too (portable.sh). */
static bool fits(json_t *schema, json_t *v, const char *where)
{
	json_t *is = json_object_get(schema, "const"), *list = json_object_get(schema, "enum"),
	       *items = json_object_get(schema, "items"), *one;
	bool good = type_fits(json_object_get(schema, "type"), v), found = !list;
	size_t i;

	if (is)
		good &= json_equal(is, v);
	json_array_foreach(list, i, one) found |= json_equal(one, v);
	if (!good || !found)
		printf("# %s does not fit\n", where);
	if (json_is_array(v) && items)
		json_array_foreach(v, i, one) good &= fits(items, one, where);
	if (json_is_object(v))
		good &= members_fit(schema, v, where);
	return good && found;
}

static void kept_for_ajv(const char *name)
{
	const char *dir = getenv("PORTABLE_OUT");
	FILE *f = dir ? fopen(str_fmt(journey.arena, "%s/%s", dir, name).p, "we") : NULL;

	if (!f)
		return;
	fwrite(journey.body.p, 1, journey.body.n, f);
	fclose(f);
}

TEST(what_was_given_is_taken_along_as_the_published_schema_says)
{
	json_error_t e;

	world_begin();
	people();
	bo_types();
	as("visitor");
	get(ACCESS_SCHEMA_PATH);
	want(200);
	CHECK_TEXT("application/schema+json", header("Content-Type"));
	kept_for_ajv("schema.json");
	json_t *schema = json_loadb(journey.body.p, journey.body.n, 0, &e);

	REQUIRE(schema);
	as("bo");
	get("/account/data/portable?as=json");
	want(200);
	kept_for_ajv("portable.json");
	json_t *data = json_loadb(journey.body.p, journey.body.n, 0, &e);

	REQUIRE(data);
	CHECK(fits(schema, data, "portable"));
	all_in(mine, 4, true);
	has("MINE-note");
	has("MINE-key");
	all_in(theirs, COUNT(theirs), false);
	lacks("password");	    /* no secrets */
	lacks("\"consent_event\""); /* nothing kept because of the law */
	lacks("\"disclosure\"");
	lacks("\"session\""); /* nothing that the program made */
	json_object_set_new(json_object_get(data, "tables"), "nonsense", json_array());
	CHECK(!fits(schema, data, "spoilt"));
	json_decref(data);
	get("/account/data/portable?as=csv");
	want(200);
	has("person,");
	has("MINE-title");
	lacks("\ndisclosure,");
	json_decref(schema);
	journey_end();
}

/* ---- correcting ---- */

static size_t rectified_hooks(void)
{
	struct db db;
	size_t n = 0;

	for (int state = HOOK_STATE_WAITING; state <= HOOK_STATE_BY_HAND; state++) {
		peek(&db, ROLE_OFFICER, BIT(PURPOSE_DESK));
		struct disclosed_hooks_rows v =
			disclosed_hooks(&db, (enum hook_state)state, (struct hook_id){INT64_MAX});

		for (size_t i = 0; i < v.n; i++)
			n += v.v[i].event == HOOK_EVENT_RECTIFIED && v.v[i].recipient.n;
		store_read_end(&db);
	}
	return n;
}

TEST(a_correction_is_seen_everywhere_and_told_to_past_recipients)
{
	world_begin();
	people();
	bo_types();
	CHECK_INT(0, rectified_hooks());	      /* nobody was given anything yet */
	CHECK(mail_to("bo@nordwerk.test").p != NULL); /* now the mail server was */
	for (int i = 0; i < 2; i++) {
		post("/account",
			"name=MENDED-name&phone=%%2B49+555+017%d&job_title=MINE-title&department="
			"MINE-dept&locale=en",
			i);
		want(303);
		CHECK_INT(1, rectified_hooks()); /* once is enough while it is still to be told */
	}
	get("/account");
	has("MENDED-name");
	get("/account/data");
	has("MENDED-name");
	get("/account/data/file?as=json");
	has("MENDED-name");
	lacks("\"name\":\"MINE-name\"");
	as("ingrid");
	get("/account/people");
	has("MENDED-name");
	lacks("MINE-name");
	journey_end();
}

TEST(a_new_address_is_told_when_it_is_confirmed)
{
	world_begin();
	people();
	CHECK(mail_to("bo@nordwerk.test").p != NULL);
	as("bo");
	post("/account/email", "email=bo2%%40nordwerk.test&now=" PASSWORD);
	want(303);
	const char *link = link_to_open("bo2@nordwerk.test");

	CHECK_INT(0, rectified_hooks());
	as("somebody"); /* the link is opened elsewhere: nobody is signed in */
	press(link);
	want(303);
	egress_hooks(journey.store, 10);
	CHECK_INT(1, rectified_hooks());
	journey_end();
}

TEST(an_error_is_reported_beside_the_field)
{
	world_begin();
	people();
	bo_types();
	as("bo");
	get("/account/data?table=orders");
	want(200);
	str place = between("/account/privacy/report?field=", "\"");

	CHECK(str_starts(place, S("orders.")));
	get("/account/privacy/report?field=%s", place.p);
	want(200);
	has("value=\"orders.");
	post("/account/privacy/report", "field=orders.number&text=MINE-second-report");
	want(303);
	follow();
	has("MINE-second-report");
	journey_end();
}

int main(void)
{
	return test_main();
}
