/* The same queries asked of the server's own index and of full text inside the database: the same
 * answers, hit by hit and count by count, as long as the database looks at all that it finds. */
#include "market/catalogue/search_database.h"
#include "test/journey/index.h"

#include <math.h>

enum { OFFERS = 450, QUERIES = 600 };

static uint64_t seed;

static uint32_t draw(uint32_t below)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(seed >> 33) % below;
}

#define ONE_OF(v) ((v)[draw(COUNT(v))])

/* ---- a catalogue of a few words -------------------------------------------------------------- */
static const char people[] =
	"insert into r_company (id, slug, name, legal_form, country, sole_trader, state, sells, "
	"buys, currency, locale, created_at, activated_at) values"
	" (1, 'nord', 'Nordlicht GmbH', 'GmbH', 'DE', 0, 2, 1, 1, 'EUR', 'en', 1, 1),"
	" (2, 'sued', 'Südwind AG', 'AG', 'DE', 0, 2, 1, 1, 'EUR', 'en', 1, 1),"
	" (3, 'west', 'Westmann Ltd', '', 'GB', 0, 2, 1, 1, 'USD', 'en', 1, 1);"
	"insert into r_category (id, parent_id, name, path, depth, position, about, hidden) values"
	" (100, null, 'Fasteners', 'Fasteners', 1, 1, null, 0),"
	" (101, 100, 'Hex bolts', 'Fasteners / Hex bolts', 2, 1, null, 0),"
	" (102, 100, 'Hex nuts', 'Fasteners / Hex nuts', 2, 2, null, 0),"
	" (110, null, '電阻 resistors', '電阻 resistors', 1, 2, null, 0);"
	"insert into r_attribute (id, name, kind, unit, position, facet) values"
	" (17, 'Length', 3, 'mm', 1, 1), (18, 'Colour', 4, '', 2, 1),"
	" (19, 'Resistance', 1, '', 3, 1);";
static const char *const makers[] = {"Nordmetall", "Brescia Viti", "Texas Tools", "O''Neil \\ Co"};
static const char *const colours[] = {"red", "black", "zinc plated", "blue", "reddish", "grün"};
static const char *const titles[] = {"Hexagon bolt", "Gloves", "Chip resistor", "薄膜電阻",
	"Flat washer", "Écrou laiton", "Spring-loaded clip"};
static const int categories[] = {100, 101, 102, 110};

static void product_add(struct out *o, int i)
{
	static const char *const heads[] = {"M", "AD", "RC06", "x-"}, *const tails[] = {
									      "AB", "K", ""};
	str number =
		str_fmt(test_arena, "%s%u%s-%u", ONE_OF(heads), draw(900), ONE_OF(tails), draw(50));

	out_fmt(o,
		"insert into r_product (id, company_id, category_id, part_number, part_key, "
		"manufacturer, title, description, attributes, published, created_at, changed) "
		"values (%d, %d, %d, '" STR_FMT "', '" STR_FMT "', '%s', '%s %s', '%s', "
		"'17\t%umm\n18\t%s\n19\t%u%sΩ\n', 1, 1, %d);",
		5000 + i, 1 + i % 3, ONE_OF(categories), STR_ARG(number),
		STR_ARG(part_key(test_arena, number)), ONE_OF(makers), ONE_OF(titles),
		draw(2) ? "steel" : "10.9", draw(2) ? "for general purpose, hardened" : "",
		1 + draw(40), ONE_OF(colours), 1 + draw(99), draw(2) ? "k" : "", 1 + i);
}

/* Every seventh product is offered by another company than the one that keeps it. */
static void offer_add(struct out *o, int i)
{
	int64_t price = draw(4) ? 1000 * (1 + draw(4000)) : 1000000000 + draw(200);
	int steps = (int)draw(3);

	out_fmt(o,
		"insert into r_offer (id, company_id, product_id, sku, state, currency, unit, "
		"tiers, price_micro, min_quantity, step_quantity, lead_days, on_hand, reserved, "
		"created_at, state_at, changed) values (%d, %d, %d, 'S-%d', 2, '%s', 1, '1:%lld",
		7000 + i, 1 + (i + (i % 7 == 0)) % 3, 5000 + i, i, draw(8) ? "EUR" : "USD",
		(long long)price);
	for (int k = 0; k < steps; k++)
		out_fmt(o, " %d:%lld", 20 * (k + 1),
			(long long)(price * (draw(9) ? 9 - k : 11) / 10));
	out_fmt(o, "', %lld, 1, 1, 2, %u, 0, 1, 1, %d);", (long long)price,
		draw(3) ? draw(100000) : 0, 100 + i);
}

static void market_begin(void)
{
	struct out o;

	seed = 1;
	journey_store();
	rows_change(journey.dir, people);
	for (int from = 0; from < OFFERS; from += 50) {
		out_init(&o, test_arena, 1 << 16, 8 << 20, NULL);
		for (int i = from; i < from + 50; i++) {
			product_add(&o, i);
			offer_add(&o, i);
		}
		out_char(&o, 0);
		rows_change(journey.dir, out_view(&o).p);
	}
	journey_index();
	search_database_use(true);
	search_words_fill(journey.store);
}

static void market_end(void)
{
	search_database_use(false);
	search_close();
	journey_end();
}

/* ---- queries --------------------------------------------------------------------------------- */
static const char *const words[] = {"hexagon", "bolt", "bolts", "hex", "glove", "chip", "resistor",
	"resistors", "電阻", "薄膜", "washer", "ecrou", "laiton", "spring", "clip", "steel", "10.9",
	"general", "hardened", "red", "zinc", "grun", "nord", "nordlicht", "sudwind", "westmann",
	"texas", "tools", "viti", "neil", "m", "ad", "rc06", "x", "k", "s", "10", "20mm", "5kohm",
	"ab", "unheardof", "zzqq", "eur", "fasteners"};
static const char *const hostile[] = {"'", "\\", "' | '.", "a' & 'b", "(", "!red", "red:*", "%",
	"''''", "$$", "red <-> zinc", "\\'", ":18=red", "#m", "=m", "."};

static void part_put(struct out *o)
{
	static const char *const heads[] = {"M", "AD", "RC06", "x-", "rc", "-"};

	if (draw(2))
		out_fmt(o, "%s%u", ONE_OF(heads), draw(900));
	else
		out_fmt(o, "%s%uK-%u", ONE_OF(heads), draw(900), draw(50));
}

/* A letter less, other, more, or as it is. */
static str mistyped(str s)
{
	char *v = arena_array(test_arena, char, s.n + 2);
	size_t at = s.n ? draw((uint32_t)s.n) : 0, n = s.n;

	memcpy(v, s.p, s.n);
	for (size_t i = 0; i < s.n; i++)
		if (v[i] & 0x80) /* whole characters */
			return s;
	switch (s.n < 2 ? 3 : draw(4)) {
	case 0:
		n--;
		memmove(v + at, v + at + 1, n - at);
		break;
	case 1: v[at] = (char)('a' + draw(26)); break;
	case 2:
		memmove(v + at + 1, v + at, n - at);
		n++;
		v[at] = (char)('a' + draw(26));
		break;
	default: break;
	}
	return (str){v, n};
}

static str text_draw(void)
{
	struct out o;

	out_init(&o, test_arena, 128, 4096, NULL);
	for (uint32_t n = draw(4), i = 0; i <= n; i++) {
		if (i)
			out_char(&o, ' ');
		switch (draw(12)) {
		case 0: out_fmt(&o, "%s", ONE_OF(hostile)); break;
		case 1: part_put(&o); break;
		case 2: out_fmt(&o, "S-%u", draw(OFFERS)); break;
		default: out_fmt(&o, "%s", ONE_OF(words));
		}
	}
	if (!draw(10))
		return S("");
	return draw(4) ? str_dup(test_arena, out_view(&o)) : mistyped(out_view(&o));
}

static struct search_filter filter_draw(void)
{
	static const int64_t suppliers[] = {1, 2, 3, 99};
	static const str of_makers[] = {S("Nordmetall"), S("O'Neil \\ Co"), S("nobody")};
	double min = draw(3) ? draw(40) : -INFINITY;
	double max = draw(3) ? (isinf(min) ? 0 : min) + draw(20) : INFINITY;

	switch (draw(7)) {
	case 0: return (struct search_filter){.facet = SEARCH_CATEGORY, .key = ONE_OF(categories)};
	case 1: return (struct search_filter){.facet = SEARCH_SUPPLIER, .key = ONE_OF(suppliers)};
	case 2: return (struct search_filter){.facet = SEARCH_MAKER, .value = ONE_OF(of_makers)};
	case 3: return (struct search_filter){.facet = SEARCH_STOCK, .value = S("1")};
	case 4: return (struct search_filter){.facet = 17, .range = true, .min = min, .max = max};
	case 5:
		return (struct search_filter){
			.facet = 19, .range = true, .min = min * 100, .max = max * 1000};
	default: return (struct search_filter){.facet = 18, .value = str_of(ONE_OF(colours))};
	}
}

static void query_draw(struct search_query *q)
{
	static const int64_t quantities[] = {1, 7, 10, 55, 100, 10000};
	static const enum search_sort sorts[] = {SEARCH_BY_RELEVANCE, SEARCH_BY_RELEVANCE,
		SEARCH_BY_PRICE, SEARCH_BY_STOCK, SEARCH_BY_NEWEST};
	struct search_filter *v = arena_array(test_arena, struct search_filter, 4);

	*q = (struct search_query){.text = text_draw(),
		.filters = v,
		.filters_n = draw(3) ? 0 : 1 + draw(3),
		.quantity = ONE_OF(quantities),
		.price_min = draw(6) ? -1 : 1000 * (int64_t)draw(3000),
		.price_max = draw(6) ? -1 : 1000 * (1 + (int64_t)draw(4000)),
		.currency = draw(4)   ? S("")
			    : draw(2) ? S("EUR")
				      : S("USD"),
		.sort = ONE_OF(sorts),
		.n = 20,
		.from = draw(3) ? 0 : 20,
		.facets = true};
	for (size_t i = 0; i < q->filters_n; i++)
		v[i] = filter_draw();
}

static struct arena *asking; /* of one query */

/* ---- both answers ---------------------------------------------------------------------------- */
static str answer_text(const struct search_result *r)
{
	struct out o;

	out_init(&o, asking, 4096, 1 << 20, NULL);
	out_fmt(&o, "total %lld%s; read as '" STR_FMT "', left out '" STR_FMT "', in " STR_FMT "\n",
		(long long)r->total, r->more ? " or more" : "", STR_ARG(r->read_as),
		STR_ARG(r->left_out), STR_ARG(r->currency));
	for (size_t i = 0; i < r->hits_n; i++) {
		const struct search_hit *h = &r->hits[i];

		out_fmt(&o, "hit %lld score %u", (long long)h->offer, h->score);
		for (size_t k = 0; k < h->reasons_n; k++)
			out_fmt(&o, " %d " STR_FMT " " STR_FMT "=" STR_FMT, (int)h->reasons[k].why,
				STR_ARG(h->reasons[k].word), STR_ARG(h->reasons[k].name),
				STR_ARG(h->reasons[k].value));
		out_char(&o, '\n');
	}
	for (size_t i = 0; i < r->facets_n; i++) {
		const struct search_facet_counts *f = &r->facets[i];

		out_fmt(&o, "facet %lld", (long long)f->id);
		for (size_t k = 0; k < f->n; k++)
			out_fmt(&o, " " STR_FMT "(%lld)=%lld%s", STR_ARG(f->v[k].text),
				(long long)f->v[k].key, (long long)f->v[k].n,
				f->v[k].chosen ? "*" : "");
		out_char(&o, '\n');
	}
	return out_view(&o);
}

static str own_answer(const struct search_query *q)
{
	struct search_view view = search_view_take();
	struct search_result r = search_run(asking, view.v, view.n, q);
	str text = answer_text(&r);

	search_view_give(&view);
	return text;
}

static str database_answer(const struct search_query *q)
{
	struct search_view view = {0};
	struct db db;

	store_read_begin(journey.store, &db, asking, (struct viewer){.roles = BIT(ROLE_VISITOR)},
		BIT(PURPOSE_PUBLIC));
	struct search_result r = search_database_run(&db, q, &view);
	str text = answer_text(&r);

	store_read_end(&db);
	return text;
}

static void same(const struct search_query *q, int i)
{
	str own = own_answer(q), database = database_answer(q);

	if (str_eq(own, database))
		return;
	TEST_FAIL("query %d, '" STR_FMT "', %zu filters, prices %lld to %lld, sort %d", i,
		STR_ARG(q->text), q->filters_n, (long long)q->price_min, (long long)q->price_max,
		(int)q->sort);
	printf("# own: " STR_FMT "# database: " STR_FMT, STR_ARG(own), STR_ARG(database));
}

TEST(the_database_answers_as_the_index_does)
{
	struct search_query q;

	market_begin();
	asking = arena_make((size_t)1 << 30);
	for (int i = 0; i < QUERIES; i++) {
		query_draw(&q);
		same(&q, i);
		arena_reset(asking);
	}
	arena_free(asking);
	market_end();
}

/* ---- what fails ------------------------------------------------------------------------------ */
/* {NULL, 0}: it faulted. */
static str tried(const struct search_query *q, enum fault_site site, int64_t nth)
{
	struct fault_point fp;
	str text = {NULL, 0};

	fault_inject(site, nth);
	if (FAULT_TRY(fp)) {
		str said = database_answer(q);

		fault_inject(site, 0);
		FAULT_END(fp);
		return said;
	}
	fault_inject(site, 0);
	store_read_drop(journey.store);
	return text;
}

/* Each allocation and each call of the database of a search that is corrected, filtered and left a
 * word out of fails once: the next one is whole. */
TEST(a_search_that_fails_anywhere_is_whole_the_next_time)
{
	const struct search_filter filter = {.facet = SEARCH_STOCK, .value = S("1")};
	const struct search_query q = {.text = S("hexagn bolt zzqqzz"),
		.filters = &filter,
		.filters_n = 1,
		.n = 20,
		.price_min = -1,
		.price_max = -1,
		.facets = true};
	int64_t faults = 0;

	market_begin();
	asking = arena_make((size_t)1 << 30);
	str whole = str_dup(test_arena, own_answer(&q));

	for (int site = 0; site < FAULT_SITE_COUNT; site++)
		for (int64_t nth = 1, step = 1; tried(&q, (enum fault_site)site, nth).p == NULL;
			nth += step) {
			arena_reset(asking);
			if (!str_eq(whole, tried(&q, (enum fault_site)site, 0)))
				TEST_FAIL(
					"behind a fault at %lld of site %d", (long long)nth, site);
			arena_reset(asking);
			step = 1 + nth / 20;
			faults++;
		}
	printf("# %lld faults\n", (long long)faults);
	CHECK(faults > 20);
	arena_free(asking);
	market_end();
}

/* ---- what changes ---------------------------------------------------------------------------- */
static int64_t total_of(const char *text)
{
	const struct search_query q = {
		.text = str_of(text), .n = 20, .price_min = -1, .price_max = -1};
	struct search_view view = {0};
	struct db db;

	store_read_begin(journey.store, &db, test_arena,
		(struct viewer){.roles = BIT(ROLE_VISITOR)}, BIT(PURPOSE_PUBLIC));
	struct search_result r = search_database_run(&db, &q, &view);

	store_read_end(&db);
	return r.left_out.p || r.read_as.p ? 0 : r.total;
}

static int64_t total_after(const char *sql, const char *text)
{
	rows_change(journey.dir, sql);
	search_words_fill(journey.store);
	return total_of(text);
}

TEST(words_follow_offers_and_products)
{
	market_begin();
	CHECK_INT(0, total_of("unicorn"));
	CHECK_INT(
		1, total_after("update r_product set title = 'A unicorn', changed = 9001 where id "
			       "= 5010",
			   "unicorn"));
	CHECK_INT(
		1, total_after("update r_offer set sku = 'narwhal', changed = 9002 where id = 7010",
			   "narwhal"));
	CHECK_INT(1, total_of("unicorn"));
	CHECK_INT(0, total_after("update r_offer set state = 4, changed = 9003 where id = 7010",
			     "unicorn"));
	CHECK_INT(1, total_after("update r_offer set state = 2, changed = 9004 where id = 7010",
			     "unicorn"));
	rows_change(journey.dir, "delete from r_offer where id = 7010");
	CHECK_INT(0, total_of("unicorn"));
	CHECK_INT(OFFERS - 1, rows_number(journey.dir, "select count(*) from kontor.words"));
	market_end();
}

static bool is_known(const char *word)
{
	return rows_number(journey.dir, str_fmt(test_arena,
						"select (select count(*) from kontor.word where "
						"word = '%s') + (select "
						"count(*) from kontor.number where number = '%s')",
						word, word)
						.p) > 0;
}

/* A sole trader's name is in the words of what they offer: it goes with the last of it. */
TEST(words_that_no_offer_has_any_more_are_forgotten)
{
	market_begin();
	CHECK(is_known("westmann") && is_known("steel") && is_known("s10"));
	CHECK_INT(
		1, total_after("update r_product set title = 'A unicorn', changed = 9001 where id "
			       "= 5010",
			   "unicorn"));
	CHECK(is_known("unicorn"));
	CHECK_INT(
		0, total_after("update r_product set title = 'A horse', changed = 9002 where id = "
			       "5010",
			   "unicorn"));
	CHECK(!is_known("unicorn") && is_known("horse") && is_known("s10"));
	rows_change(journey.dir, "delete from r_offer where id = 7010");
	CHECK_INT(
		0, total_after("update r_offer set state = 4, changed = 9003 + id where company_id "
			       "= 3",
			   "westmann"));
	CHECK(!is_known("westmann") && !is_known("s10") && !is_known("horse"));
	CHECK(is_known("steel") && is_known("nordlicht"));
	CHECK_INT(0, rows_number(journey.dir, "select count(*) from kontor.gone"));
	CHECK_INT(0, total_after("delete from r_offer", "steel"));
	CHECK_INT(0, rows_number(journey.dir, "select (select count(*) from kontor.word) + (select "
					      "count(*) from kontor.number)"));
	market_end();
}

/* A server that does not ask for them keeps what another one asked for, until one says no more. */
TEST(words_are_kept_until_nobody_wants_them)
{
	struct arena *a = arena_make((size_t)256 << 20);

	market_begin();
	search_database_use(false);
	search_close();
	rows_change(journey.dir,
		"update r_offer set state = 4, changed = 9003 + id where company_id "
		"= 3");
	while (search_words_job.run(journey.store, &search_words_job, a))
		arena_reset(a);
	CHECK(!is_known("westmann"));
	search_words_forget(journey.store);
	CHECK(!search_words_job.run(journey.store, &search_words_job, a));
	CHECK_INT(0, rows_number(journey.dir,
			     "select (select count(*) from kontor.words) + (select count(*) from "
			     "kontor.word) + (select count(*) from kontor.number)"));
	market_end();
	arena_free(a);
}

/* Another server wrote since, as this one learns when it writes; or a program that writes
 * otherwise did: all is made again. */
TEST(who_comes_second_goes_on_where_the_other_is)
{
	struct arena *a = arena_make((size_t)256 << 20);

	market_begin();
	rows_change(journey.dir,
		"update kontor.words_at set offers = 120; delete from kontor.words "
		"where offer > 7300");
	rows_change(journey.dir, "update r_offer set changed = 9001 where id = 7001");
	while (search_words_job.run(journey.store, &search_words_job, a))
		arena_reset(a);
	CHECK_INT(OFFERS, rows_number(journey.dir, "select count(*) from kontor.words"));
	rows_change(journey.dir, "update kontor.words_at set format = 0; update kontor.words set "
				 "words = ''");
	search_words_fill(journey.store);
	CHECK(total_of("hexagon") > 0);
	market_end();
	arena_free(a);
}

int main(void)
{
	return test_main();
}
