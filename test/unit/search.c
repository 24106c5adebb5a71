/* The search index: words, the file, and answers judged by looking at every document. */
#include "market/catalogue/search_newest.h"
#include "market/catalogue/search_products.h"
#include "test/naive.h"
#include "test/test.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static str words_of(str text, bool catalogue)
{
	struct search_words w;
	str word, all = S("");

	search_words_start(&w, text, catalogue);
	while (search_words_next(&w, &word))
		all = str_fmt(test_arena, STR_FMT "[" STR_FMT "]", STR_ARG(all), STR_ARG(word));
	return all;
}

TEST(words_fold_case_accents_and_widths)
{
	CHECK_TEXT("[grosse][arger][strasse]", words_of(S("Größe, Ärger straße"), false));
	CHECK_TEXT("[abc][гост][ω]", words_of(S("ＡＢＣ ГОСТ Ω"), false));
	CHECK_TEXT("[40c][125c]", words_of(S("-40℃~+125℃"), false));
	CHECK_TEXT("[lqfp][48][7x7]", words_of(S("LQFP-48(7x7)"), false));
}

TEST(words_of_numbers_and_units)
{
	CHECK_TEXT("[3][2.5mm][0.1]", words_of(S("3.0 2.50mm 0.10"), false));
	CHECK_TEXT("[10kω][10k]", words_of(S("10kΩ"), true));
	CHECK_TEXT("[100nf][100n]", words_of(S("100nF"), true));
	CHECK_TEXT("[50v]", words_of(S("50V"), true));
}

TEST(words_of_ideographs_are_pairs)
{
	CHECK_TEXT("[可编][编程]", words_of(S("可编程"), false));
	CHECK_TEXT("[可][可编][编][编程][程]", words_of(S("可编程"), true));
	CHECK_TEXT("[数]", words_of(S("数"), false));
	CHECK_TEXT("[12v][插件]", words_of(S("12V插件"), false));
}

TEST(quantities)
{
	double v;
	str unit;

	CHECK(quantity_parse(S("2.7kΩ"), &v, &unit) && fabs(v - 2700) < 1e-9 &&
		str_eq(unit, S("Ω")));
	CHECK(quantity_parse(S("±5%"), &v, &unit) && fabs(v - 5) < 1e-9 && str_eq(unit, S("%")));
	CHECK(quantity_parse(S("-40℃"), &v, &unit) && fabs(v + 40) < 1e-9 && str_eq(unit, S("°C")));
	CHECK(quantity_parse(S("100nA"), &v, &unit) && fabs(v - 1e-7) < 1e-15 &&
		str_eq(unit, S("A")));
	CHECK(quantity_parse(S("1e-05"), &v, &unit) && fabs(v - 1e-5) < 1e-15 && !unit.n);
	CHECK(!quantity_parse(S("4.5V~5.5V"), &v, &unit));
	CHECK(!quantity_parse(S("inf"), &v, &unit));
	CHECK(!quantity_parse(S("0x10"), &v, &unit));
	CHECK(!quantity_parse(S(""), &v, &unit));
	CHECK(!quantity_parse(S("5mΩ@10V"), &v, &unit));
}

TEST(quantities_in_a_unit)
{
	double v;

	CHECK(quantity_in(S("2.5cm"), S("mm"), &v) && fabs(v - 25) < 1e-9);
	CHECK(quantity_in(S("7"), S("mm"), &v) && fabs(v - 7) < 1e-9);
	CHECK(quantity_in(S("10k"), S("Ω"), &v) && fabs(v - 10000) < 1e-6);
	CHECK(quantity_in(S("10kΩ"), S("Ω"), &v) && fabs(v - 10000) < 1e-6);
	CHECK(quantity_in(S("4 pin"), S("pin"), &v) && fabs(v - 4) < 1e-9);
	CHECK(!quantity_in(S("5V"), S("mm"), &v));
}

TEST(tiers)
{
	struct tiers t;
	int64_t p;

	REQUIRE(tiers_parse(S("1:9500000 10:8351900 100:6318800"), &t));
	CHECK_INT(3, t.n);
	CHECK(tiers_price(&t, 9, &p) && p == 9500000);
	CHECK(tiers_price(&t, 10, &p) && p == 8351900);
	CHECK(tiers_price(&t, 1000, &p) && p == 6318800);
	CHECK_TEXT("1:9500000 10:8351900 100:6318800", tiers_text(test_arena, &t));
	CHECK(!tiers_parse(S("10:1 5:1"), &t));
	CHECK(!tiers_parse(S("1:"), &t));
	CHECK(!tiers_parse(S("1:1 "), &t));
	CHECK(!tiers_parse(S("0:1"), &t));
}

/* ---- a catalogue out of a few words ---- */

static uint64_t seed = 1;

static uint32_t draw(uint32_t below)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(seed >> 33) % below;
}

static const str makers[] = {S("Nordmetall"), S("Brescia Viti"), S("Texas Tools"), S("Hong Tu")};
static const str colours[] = {S("red"), S("black"), S("zinc plated"), S("blue"), S("reddish")};
static const struct naive_category leaves[][3] = {
	{{11, S("Hex bolts")}, {1, S("Fasteners")}, {0, S("")}},
	{{12, S("Hex nuts")}, {1, S("Fasteners")}, {0, S("")}},
	{{21, S("Chip resistors")}, {2, S("Resistors")}, {0, S("")}},
	{{3, S("Gloves")}, {0, S("")}}};

struct sample {
	struct naive naive;
	struct search_index x;
	char path[256];
};

static void document(struct search_doc *d, uint32_t i, char number[40], char text[200])
{
	uint32_t leaf = draw(COUNT(leaves));
	struct tiers t = {.n = 1 + draw(4)};

	snprintf(number, 40, "%s%u%s-%u", (const char *[]){"M", "AD", "RC06", "x"}[draw(4)],
		draw(900), (const char *[]){"AB", "K", "-REEL", ""}[draw(4)], draw(50));
	snprintf(text, 200, "1\t%u%sΩ\n2\t%s\n3\t%umm\n", 1 + draw(99), draw(2) ? "k" : "",
		colours[draw(COUNT(colours))].p, 1 + draw(40));
	for (size_t k = 0; k < t.n; k++)
		t.v[k] = (struct tier){k ? t.v[k - 1].quantity + 1 + draw(300) : 1,
			draw(4) ? 1000 * (1 + draw(4000)) : 1000000000 + draw(200)};
	*d = (struct search_doc){.offer = 1000 + i,
		.company = 7 + draw(3),
		.category = leaves[leaf][0].id,
		.company_name = S("Acme"),
		.sku = str_fmt(test_arena, "S%u", i),
		.part_number = str_of(number),
		.gtin = S(""),
		.maker = makers[draw(COUNT(makers))],
		.attributes = str_of(text),
		.currency = draw(8) ? S("EUR") : S("USD"),
		.stock = draw(3) ? draw(100000) : 0,
		.tiers = tiers_text(test_arena, &t),
		.description = draw(2) ? S("for general purpose, hardened steel") : S("")};
	d->title = str_fmt(test_arena, STR_FMT " %s", STR_ARG(d->maker), number);
}

static const struct naive_category *path_of(int64_t id)
{
	for (size_t i = 0; i < COUNT(leaves); i++)
		if (leaves[i][0].id == id)
			return leaves[i];
	return NULL;
}

static void sample_make(struct sample *s, uint32_t docs)
{
	struct arena *a = arena_make((size_t)1 << 30);
	struct search_build *b = search_build_start(a);
	const char *tmp = getenv("TMPDIR"), *why;
	char number[40], text[200];

	*s = (struct sample){.naive.a = test_arena, .naive.unit[3] = S("mm")};
	snprintf(s->path, sizeof s->path, "%s/kontor-search-%d.idx", tmp ? tmp : "/tmp",
		(int)getpid());
	search_build_category(b, 1, 0, S("Fasteners"));
	search_build_category(b, 2, 0, S("Resistors"));
	search_build_category(b, 3, 0, S("Gloves"));
	search_build_category(b, 11, 1, S("Hex bolts"));
	search_build_category(b, 12, 1, S("Hex nuts"));
	search_build_category(b, 21, 2, S("Chip resistors"));
	search_build_attribute(b, 1, S("Resistance"), S(""), SEARCH_KIND_AUTOMATIC, true);
	search_build_attribute(b, 2, S("Colour"), S(""), SEARCH_KIND_AUTOMATIC, true);
	search_build_attribute(b, 3, S("Length"), S("mm"), SEARCH_KIND_AUTOMATIC, true);
	for (uint32_t i = 0; i < docs; i++) {
		struct search_doc d;

		document(&d, i, number, text);
		search_build_add(b, &d);
		naive_add(&s->naive, &d, path_of(d.category));
	}
	search_build_finish(b, s->path, 42);
	arena_free(a);
	MUST(search_index_open(s->path, &s->x, &why));
}

static void sample_drop(struct sample *s)
{
	search_index_close(&s->x);
	unlink(s->path);
}

/* The engine's answer and the naive one must be the same, hit by hit. */
static void same(struct sample *s, const char *what, struct search_query q)
{
	const struct search_index *x = &s->x;
	struct search_result r;
	struct tokens t;
	size_t total, without = SIZE_MAX;

	q.quantity = q.quantity ? q.quantity : 1;
	q.sort = q.sort ? q.sort : SEARCH_BY_RELEVANCE;
	q.price_min = q.price_min ? q.price_min : -1; /* 0: no bound */
	q.price_max = q.price_max ? q.price_max : -1;
	q.n = 20;
	q.facets = true;
	if (!q.currency.n)
		q.currency = S("EUR");
	r = search_run(test_arena, &x, 1, &q);
	tokens_read(test_arena, &x, 1, q.text, &t);
	for (size_t i = 0; i < t.n; i++)
		if (r.left_out.p && str_eq(t.v[i].word, r.left_out))
			without = i;
	struct naive_hit *h = naive_run(&s->naive, test_arena, &t, &q, without, &total);

	if ((int64_t)total != r.total && !(r.more && (int64_t)total >= SEARCH_TOTAL_MORE))
		TEST_FAIL("%s: %lld found, %zu there are", what, (long long)r.total, total);
	if (r.hits_n != (total < 20 ? total : 20))
		TEST_FAIL("%s: %zu hits", what, r.hits_n);
	for (size_t i = 0; i < r.hits_n; i++) {
		if (r.hits[i].offer != s->naive.docs.v[h[i].doc].offer) {
			TEST_FAIL("%s: hit %zu is %lld (score %u), not %lld (score %u)", what, i,
				(long long)r.hits[i].offer, r.hits[i].score,
				(long long)s->naive.docs.v[h[i].doc].offer, h[i].score);
			break;
		}
		CHECK(r.hits[i].reasons_n > 0);
	}
	for (size_t f = 0; f < r.facets_n; f++)
		for (size_t k = 0; k < r.facets[f].n && !q.filters_n && q.price_max < 0; k++) {
			struct search_filter one = {.facet = r.facets[f].id,
				.key = r.facets[f].v[k].key,
				.value = r.facets[f].v[k].text};
			struct search_query filtered = q;
			size_t n;

			filtered.filters = &one;
			filtered.filters_n = 1;
			naive_run(&s->naive, test_arena, &t, &filtered, without, &n);
			if ((int64_t)n != r.facets[f].v[k].n &&
				!(r.facets[f].v[k].more && n >= SEARCH_COUNT_MORE))
				TEST_FAIL("%s: " STR_FMT " counts %lld, not %zu", what,
					STR_ARG(one.value), (long long)r.facets[f].v[k].n, n);
		}
}
#define SAME(...) same(&s, #__VA_ARGS__, (struct search_query){__VA_ARGS__})
#define FILTERS(...) \
	.filters = (const struct search_filter[]){__VA_ARGS__}, \
	.filters_n = \
		sizeof((const struct search_filter[]){__VA_ARGS__}) / sizeof(struct search_filter)

TEST(finds_what_a_look_at_every_document_finds)
{
	static struct sample s;

	sample_make(&s, 3000);
	SAME(.text = S(""));
	SAME(.text = S("bolts"));
	SAME(.text = S("hex"));
	SAME(.text = S("hex zinc"));
	SAME(.text = S("red"));
	SAME(.text = S("Texas resistors 10k"));
	SAME(.text = S("hardened steel gloves"));
	SAME(.text = S("RC06"));
	SAME(.text = S("m1"));
	SAME(.text = S("resistros"));
	SAME(.text = S("bolts unheardof"));
	SAME(.text = S("S77"));
	SAME(.text = S("steel"), .sort = SEARCH_BY_PRICE, .quantity = 150);
	SAME(.text = S("hex"), .sort = SEARCH_BY_STOCK);
	SAME(.text = S(""), .sort = SEARCH_BY_NEWEST);
	sample_drop(&s);
}

TEST(filters_like_a_look_at_every_document)
{
	static struct sample s;

	sample_make(&s, 3000);
	SAME(.text = S("hex"), FILTERS({.facet = SEARCH_CATEGORY, .key = 1}));
	SAME(.text = S(""),
		FILTERS({.facet = SEARCH_CATEGORY, .key = 11}, {.facet = 2, .value = S("red")},
			{.facet = 2, .value = S("blue")}));
	SAME(.text = S("steel"), FILTERS({.facet = 1, .range = true, .min = 1000, .max = 20000}));
	SAME(.text = S(""), FILTERS({.facet = 3, .range = true, .min = 4.9, .max = 10.1},
				    {.facet = SEARCH_STOCK, .value = S("1")}));
	SAME(.text = S(""), .price_min = 100000, .price_max = 900000, .quantity = 50);
	SAME(.text = S("bolts"), .price_max = 500000, .quantity = 3, .sort = SEARCH_BY_PRICE);
	SAME(.text = S("bolts"), FILTERS({.facet = SEARCH_SUPPLIER, .key = 8}),
		.price_min = 2000000, .quantity = 250);
	SAME(.text = S("x"), FILTERS({.facet = SEARCH_MAKER, .value = S("Hong Tu")}));
	SAME(.text = S("red"), FILTERS({.facet = 3, .range = true, .min = 2, .max = 31}));
	SAME(.text = S("nothing"), FILTERS({.facet = 99, .value = S("nowhere")}));
	sample_drop(&s);
}

/* Bounds that are somebody's price, at the first quantity of a band and within one; prices that a
 * float does not tell apart; tiers that fall and tiers that rise. */
TEST(a_range_of_prices_holds_exactly)
{
	static struct sample s;
	static const int64_t quantity[] = {1, 7, 10, 55, 100, 101, 1000, 9999, 10000, 77777};

	sample_make(&s, 3000);
	for (int i = 0; i < 300; i++) {
		struct search_query q = {.text = draw(3) ? S("") : S("hex"),
			.quantity = quantity[draw(COUNT(quantity))],
			.sort = draw(2) ? SEARCH_BY_PRICE : SEARCH_BY_RELEVANCE};

		if (draw(3))
			q.price_min = search_index_price(&s.x, draw(3000), q.quantity);
		if (!q.price_min || draw(2))
			q.price_max = q.price_min
					      ? q.price_min + draw(20)
					      : search_index_price(&s.x, draw(3000), q.quantity);
		same(&s, "prices", q);
	}
	sample_drop(&s);
}

TEST(a_part_number_is_the_first_hit)
{
	static struct sample s;
	const struct search_index *x = &s.x;
	size_t wrong = 0;

	sample_make(&s, 2000);
	for (size_t i = 0; i < s.naive.docs.n; i += 7) {
		struct search_query q = {.text = s.naive.docs.v[i].keys[0],
			.sort = SEARCH_BY_RELEVANCE,
			.n = 20,
			.price_min = -1,
			.price_max = -1};
		struct search_result r = search_run(test_arena, &x, 1, &q);
		bool is = false;

		for (size_t k = 0; r.hits_n && k < s.naive.docs.n; k++)
			is |= s.naive.docs.v[k].offer == r.hits[0].offer &&
			      str_eq(s.naive.docs.v[k].keys[0], q.text);
		wrong += !is;
	}
	CHECK_INT(0, wrong);
	sample_drop(&s);
}

TEST(spelling_and_suggestions)
{
	static struct sample s;
	const struct search_index *x = &s.x;
	struct search_suggestion out[SEARCH_SUGGESTIONS];

	sample_make(&s, 500);
	CHECK_TEXT("bolts", spell(test_arena, &x, 1, S("botls")));
	CHECK_TEXT("gloves", spell(test_arena, &x, 1, S("glovs")));
	CHECK_TEXT("gloves", spell(test_arena, &x, 1, S("gluves")));
	CHECK(!spell(test_arena, &x, 1, S("completely")).n);
	CHECK(!spell(test_arena, &x, 1, S("1234")).n);
	size_t n = search_suggest(test_arena, &x, 1, S("hex bo"), out);

	REQUIRE(n > 0);
	CHECK_TEXT("hex bolts", out[0].text);
	n = search_suggest(test_arena, &x, 1, S("glo"), out);
	REQUIRE(n > 0);
	CHECK_INT(SUGGEST_CATEGORY, out[0].kind);
	CHECK_INT(0, search_suggest(test_arena, &x, 1, S("  "), out));
	sample_drop(&s);
}

TEST(an_empty_index_answers)
{
	static struct sample s;
	const struct search_index *x = &s.x;
	struct search_query q = {.text = S("bolt"),
		.sort = SEARCH_BY_RELEVANCE,
		.n = 20,
		.facets = true,
		.price_min = -1,
		.price_max = -1};

	sample_make(&s, 0);
	CHECK_INT(0, search_run(test_arena, &x, 1, &q).total);
	q.sort = SEARCH_BY_PRICE;
	q.price_max = 5;
	CHECK_INT(0, search_run(test_arena, &x, 1, &q).total);
	sample_drop(&s);
}

/* More than one block of a set, more than are counted one by one, a total that says "at least". */
TEST(a_long_catalogue_is_searched_as_a_short_one)
{
	static struct sample s;
	const struct search_index *x = &s.x;
	struct search_query dear = {
		.price_min = -1, .price_max = 100000000, .currency = S("EUR"), .n = 20};

	sample_make(&s, 16000);
	SAME(.text = S("nordmetall"));
	SAME(.sort = SEARCH_BY_PRICE, .price_max = 1000000);
	SAME(.text = S("reddish"), .sort = SEARCH_BY_STOCK, .price_max = 2000000);
	SAME(.text = S("rc06"), FILTERS({.facet = SEARCH_CATEGORY, .key = 1}));
	SAME(.sort = SEARCH_BY_NEWEST);
	struct search_result r = search_run(test_arena, &x, 1, &dear);

	CHECK(r.more);
	CHECK_INT(SEARCH_TOTAL_MORE, r.total);
	dear.price_max = 1;
	r = search_run(test_arena, &x, 1, &dear);
	CHECK(!r.more && r.total < SEARCH_TOTAL_MORE);
	sample_drop(&s);
}

TEST(what_a_newer_segment_replaces_is_not_found)
{
	static struct sample s;
	const struct search_index *x = &s.x;
	struct search_query q = {.text = S("bolts"),
		.sort = SEARCH_BY_RELEVANCE,
		.n = 1,
		.price_min = -1,
		.price_max = -1};

	sample_make(&s, 300);
	struct search_result before = search_run(test_arena, &x, 1, &q);

	REQUIRE(before.hits_n == 1);
	uint32_t doc = search_index_doc(&s.x, before.hits[0].offer);

	s.x.dead = arena_array(test_arena, uint64_t, s.x.docs / 64 + 1);
	s.x.dead[doc / 64] |= UINT64_C(1) << doc % 64;
	struct search_result after = search_run(test_arena, &x, 1, &q);

	CHECK_INT(before.total - 1, after.total);
	CHECK(after.hits[0].offer != before.hits[0].offer);
	CHECK_INT(UINT32_MAX, search_index_doc(&s.x, 5));
	sample_drop(&s);
}

/* ---- the newest ------------------------------------------------------------------------------ */
enum { NEWEST_DOCS = 9000, NEWEST_MOST = 16 };

/* One single, few, some and most: lists of each kind. */
static int64_t newest_category(uint32_t i)
{
	return i == 77 ? 2 : i % 200 == 5 ? 3 : i % 16 == 1 ? 4 : 1;
}

static void newest_make(struct sample *s, uint32_t from, uint32_t docs)
{
	struct arena *a = arena_make((size_t)1 << 28);
	struct search_build *b = search_build_start(a);
	const char *tmp = getenv("TMPDIR"), *why;

	*s = (struct sample){0};
	snprintf(s->path, sizeof s->path, "%s/kontor-newest-%d-%u.idx", tmp ? tmp : "/tmp",
		(int)getpid(), from);
	for (int64_t id = 1; id <= 4; id++)
		search_build_category(b, id, 0, str_fmt(test_arena, "C%lld", (long long)id));
	for (uint32_t i = from; i < from + docs; i++)
		search_build_add(b, &(struct search_doc){.offer = 1000 + i,
					    .company = 7,
					    .category = newest_category(i),
					    .company_name = S("Acme"),
					    .title = S("Bolt"),
					    .currency = S("EUR"),
					    .tiers = S("1:1000"),
					    .stock = draw(100000)});
	search_build_finish(b, s->path, 42);
	arena_free(a);
	MUST(search_index_open(s->path, &s->x, &why));
}

/* What is newest of them by looking at each; without every fifth. */
static size_t newest_naive(int64_t category, uint32_t docs, struct offer_id v[NEWEST_MOST])
{
	size_t n = 0;

	for (uint32_t i = docs; i-- && n < NEWEST_MOST;)
		if (i % 5 && (!category || newest_category(i) == category))
			v[n++].v = 1000 + i;
	return n;
}

TEST(the_newest_of_a_category_are_those_of_all_segments)
{
	static struct sample base, delta;
	struct search_view view = {.v = {&base.x, &delta.x}, .n = 2};

	newest_make(&base, 0, NEWEST_DOCS);
	newest_make(&delta, NEWEST_DOCS, 3);
	base.x.dead = arena_array(test_arena, uint64_t, base.x.docs / 64 + 1);
	delta.x.dead = arena_array(test_arena, uint64_t, 1);
	for (uint32_t i = 0; i < NEWEST_DOCS + 3; i += 5) {
		struct search_index *x = i < NEWEST_DOCS ? &base.x : &delta.x;
		uint32_t doc = search_index_doc(x, 1000 + i);

		x->dead[doc / 64] |= UINT64_C(1) << doc % 64;
	}
	for (int64_t category = 0; category <= 5; category++) {
		struct offer_id want[NEWEST_MOST], got[NEWEST_MOST];
		size_t n = newest_naive(category, NEWEST_DOCS + 3, want);

		CHECK_INT((int64_t)n, (int64_t)search_newest_in(&view, category, got, NEWEST_MOST));
		for (size_t i = 0; i < n; i++)
			CHECK_INT(want[i].v, got[i].v);
	}
	CHECK_INT(0,
		(int64_t)search_newest_in(&(struct search_view){0}, 0, &(struct offer_id){0}, 1));
	sample_drop(&base);
	sample_drop(&delta);
}

/* ---- products -------------------------------------------------------------------------------- */
enum { PRODUCTS_BASE = 700, PRODUCTS_ALL = 760, PRODUCTS_MOST = 50 };

/* Category 1 holds 2 and 3, 3 holds 4. What is divisible by five was written again: it stands in
 * the second segment, one category on, and what is divisible by ten is gone. */
static int64_t product_category(uint32_t i, bool again)
{
	return 1 + (i + again) % 4;
}

static bool product_is(uint32_t i)
{
	return i < PRODUCTS_ALL && i % 10;
}

static int64_t product_where(uint32_t i)
{
	return product_category(i, i % 5 == 0 && i < PRODUCTS_BASE);
}

static str product_number(uint32_t i)
{
	return str_fmt(test_arena, "pn%u", i % 100);
}

/* Of every third nobody offers any; of others i % 4 + 1 offers, dearer and dearer. */
static void product_put(struct search_build *b, uint32_t i, bool again)
{
	search_build_product(b, 100 + i, product_category(i, again), product_number(i));
	for (uint32_t k = 0; i % 3 && k <= i % 4; k++)
		search_build_add(b, &(struct search_doc){.offer = 100000 + i * 10 + k,
					    .product = 100 + i,
					    .company = 7,
					    .category = product_category(i, again),
					    .company_name = S("Acme"),
					    .title = S("Bolt"),
					    .currency = S("EUR"),
					    .tiers = str_fmt(test_arena, "1:%u", 9000 - k * 100),
					    .stock = 5});
}

static void products_make(struct sample *s, bool delta)
{
	static const int64_t parent[] = {0, 0, 1, 1, 3};
	struct arena *a = arena_make((size_t)1 << 28);
	struct search_build *b = search_build_start(a);
	const char *tmp = getenv("TMPDIR"), *why;

	*s = (struct sample){0};
	snprintf(s->path, sizeof s->path, "%s/kontor-products-%d-%d.idx", tmp ? tmp : "/tmp",
		(int)getpid(), delta);
	for (int64_t id = 1; id <= 4; id++)
		search_build_category(
			b, id, parent[id], str_fmt(test_arena, "C%lld", (long long)id));
	for (uint32_t i = 0; i < PRODUCTS_ALL; i++)
		if (delta ? product_is(i) && (i >= PRODUCTS_BASE || i % 5 == 0) : i < PRODUCTS_BASE)
			product_put(b, i, delta && i < PRODUCTS_BASE);
	search_build_finish(b, s->path, 42);
	arena_free(a);
	MUST(search_index_open(s->path, &s->x, &why));
}

static void products_replace(struct search_index *x)
{
	x->dead = arena_array(test_arena, uint64_t, x->docs / 64 + 1);
	x->dead_products = arena_array(test_arena, uint64_t, x->products_n / 64 + 1);
	for (uint32_t i = 0; i < PRODUCTS_BASE; i += 5) {
		search_products_replace(x, 100 + i);
		for (uint32_t k = 0; i % 3 && k <= i % 4; k++) {
			uint32_t doc = search_index_doc(x, 100000 + i * 10 + k);

			x->dead[doc / 64] |= UINT64_C(1) << doc % 64;
		}
	}
}

static void products_in_check(const struct search_view *view, int64_t category, int64_t before)
{
	struct product_id v[PRODUCTS_MOST];
	size_t n = search_products_in(view, category, before, v, PRODUCTS_MOST), want = 0;

	for (uint32_t i = PRODUCTS_ALL; i-- && want < PRODUCTS_MOST;)
		if (product_is(i) && product_where(i) == category && 100 + i < before) {
			if (want >= n || v[want].v != 100 + i)
				TEST_FAIL("category %lld: product %u is not where it stands",
					(long long)category, i);
			want++;
		}
	CHECK_INT((int64_t)want, (int64_t)n);
}

TEST(products_of_a_category_are_those_of_all_segments)
{
	static struct sample base, delta;
	struct search_view view = {.v = {&base.x, &delta.x}, .n = 2};
	int64_t count[6] = {0};

	products_make(&base, false);
	products_make(&delta, true);
	products_replace(&base.x);
	view.sizes = search_products_sizes(test_arena, &view);
	for (uint32_t i = 0; i < PRODUCTS_ALL; i++)
		count[product_is(i) ? product_where(i) : 0]++;
	count[3] += count[4];
	count[1] += count[2] + count[3];
	for (int64_t c = 1; c <= 5; c++) {
		CHECK_INT(count[c], search_products_count(&view, c));
		products_in_check(&view, c, INT64_MAX);
		products_in_check(&view, c, 500);
		products_in_check(&view, c, 101);
	}
	CHECK_INT(0, search_products_count(&(struct search_view){0}, 1));
	sample_drop(&base);
	sample_drop(&delta);
}

TEST(products_by_number_and_their_offers)
{
	static struct sample base, delta;
	struct search_view view = {.v = {&base.x, &delta.x}, .n = 2};
	struct product_id v[PRODUCTS_ALL];
	struct offer_id o[3];
	size_t n, want = 0;

	products_make(&base, false);
	products_make(&delta, true);
	products_replace(&base.x);
	CHECK_INT(8, (int64_t)search_products_part(&view, S("pn33"), v, 50));
	CHECK_INT(4, (int64_t)search_products_part(&view, S("pn33"), v, 4) - 1); /* and 733 */
	CHECK_INT(7, (int64_t)search_products_part(&view, S("pn75"), v, 50));
	CHECK_INT(0, (int64_t)search_products_part(&view, S("pn70"), v, 50));
	CHECK_INT(0, (int64_t)search_products_part(&view, S("pn"), v, 50));
	n = search_products_offered(&view, 200, 800, v, PRODUCTS_ALL);
	for (uint32_t i = 101; i < 700; i++)
		if (product_is(i) && i % 3 && (want >= n || v[want++].v != 100 + i))
			TEST_FAIL("product %u is not where it stands", i);
	CHECK_INT((int64_t)want, (int64_t)n);
	CHECK_INT(5, (int64_t)search_products_offered(&view, 200, 800, v, 5));
	CHECK_INT(3, (int64_t)search_offers_of_product(&view, 107, o, 3)); /* of four */
	CHECK_INT(100073, o[0].v);
	CHECK_INT(100072, o[1].v);
	CHECK_INT(100071, o[2].v);
	CHECK_INT(0, (int64_t)search_offers_of_product(&view, 110, o, 3));
	CHECK_INT(2, (int64_t)search_offers_of_product(&view, 125, o, 3)); /* written again */
	CHECK_INT(0, (int64_t)search_offers_of_product(&(struct search_view){0}, 107, o, 3));
	sample_drop(&base);
	sample_drop(&delta);
}

/* What changed were products alone. */
TEST(a_segment_without_offers_is_searched)
{
	static struct sample s;
	struct arena *a = arena_make((size_t)1 << 28);
	struct search_build *b = search_build_start(a);
	const char *tmp = getenv("TMPDIR"), *why;

	snprintf(s.path, sizeof s.path, "%s/kontor-bare-%d.idx", tmp ? tmp : "/tmp", (int)getpid());
	search_build_category(b, 1, 0, S("C1"));
	search_build_product(b, 101, 1, S("pn1"));
	search_build_finish(b, s.path, 42);
	arena_free(a);
	MUST(search_index_open(s.path, &s.x, &why));
	for (enum search_sort sort = SEARCH_BY_RELEVANCE; sort <= SEARCH_BY_NEWEST; sort++) {
		const struct search_index *x = &s.x;
		struct search_result r = search_run(test_arena, &x, 1,
			&(struct search_query){.text = sort == SEARCH_BY_PRICE ? S("") : S("bolt"),
				.price_min = -1,
				.price_max = -1,
				.sort = sort,
				.n = 20,
				.facets = true});

		CHECK_INT(0, r.total);
	}
	sample_drop(&s);
}

TEST(a_damaged_file_is_not_opened)
{
	static struct sample s;
	struct search_index x;
	const char *why;
	struct stat st;
	int fd;

	sample_make(&s, 200);
	fd = open(s.path, O_RDWR);
	REQUIRE(fd >= 0 && !fstat(fd, &st));
	for (off_t at = 0; at < st.st_size; at += 1 + st.st_size / 211) {
		char c, other;

		REQUIRE(pread(fd, &c, 1, at) == 1);
		other = (char)(c ^ 0x20);
		REQUIRE(pwrite(fd, &other, 1, at) == 1);
		if (search_index_open(s.path, &x, &why)) {
			TEST_FAIL("a flipped bit at %lld is not seen", (long long)at);
			search_index_close(&x);
		}
		REQUIRE(pwrite(fd, &c, 1, at) == 1);
	}
	CHECK(search_index_open(s.path, &x, &why));
	search_index_close(&x);
	for (off_t n = 0; n < st.st_size; n += 1 + st.st_size / 17) {
		REQUIRE(ftruncate(fd, n) == 0);
		CHECK(!search_index_open(s.path, &x, &why));
	}
	close(fd);
	sample_drop(&s);
	CHECK(!search_index_open("/nonexistent/search.idx", &x, &why));
}

int main(void)
{
	return test_main();
}
