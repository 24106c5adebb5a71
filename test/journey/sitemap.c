/* What search engines are told of (clause A9): the site map is valid, in parts, holds every public
 * page of the catalogue and nothing else; what was taken down is gone from page, search and map. */
#include "versions.h"

#include "market/catalogue/search_live.h"
#include "market/catalogue/sitemap.h"
#include "market/plain.h"

#define BASE "https://market.example"
#define XML "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
#define SPACE "http://www.sitemaps.org/schemas/sitemap/0.9"

enum { MORE_PRODUCTS = 4500, ADDRESSES_MAX = 20000 };

/* Enough products for several parts, sold by a company of the demonstration; one in a hundred is
 * published and sold by nobody. */
static const char more[] =
	"with recursive n (i) as (select 1 union all select i + 1 from n where i < 4500)"
	" insert into r_product (id, company_id, category_id, part_number, part_key, manufacturer, "
	"title, description, attributes, published, created_at, changed)"
	" select 1000 + i, (select o.company_id from r_offer o join r_company c on c.id = "
	"o.company_id where o.state = 2 and c.state = 2 limit 1), (select min(id) from r_category "
	"where hidden = 0), 'MAP-' || i, 'map' || i, 'Acme', 'Mapped ' || i, '', '', 1, 1, i from "
	"n;"
	"insert into r_offer (id, company_id, product_id, sku, state, currency, unit, tiers, "
	"price_micro, min_quantity, step_quantity, lead_days, on_hand, reserved, created_at, "
	"state_at, changed) select 900000 + p.id, p.company_id, p.id, 'MAP-' || p.id, 2, 'EUR', 1, "
	"'1:1000', 1000, 1, 1, 1, 5, 0, 1, 1, p.id from r_product p where p.id between 1001 and "
	"5500 and p.id % 100 <> 0;";

static void open(void)
{
	demo_begin();
	plain_base_set(BASE);
	rows_change(journey.dir, more);
	journey_index(); /* their ids are no new ones: the index does not hear of them */
	(void)start_with(NULL);
	job_through(&sitemap_job);
}

/* ---- reading it, by the letter ---- */

static bool take(str *rest, const char *text)
{
	if (!str_starts(*rest, str_of(text)))
		return false;
	*rest = str_sub(*rest, strlen(text), rest->n);
	return true;
}

/* An address of ours without a sign that XML or a URL would have to escape. */
static str address_read(str *rest)
{
	size_t n = 0;

	if (!take(rest, BASE))
		return (str){NULL, 0};
	while (n < rest->n &&
		(strchr("/-.?=", rest->p[n]) || (rest->p[n] >= '0' && rest->p[n] <= '9') ||
			(rest->p[n] >= 'a' && rest->p[n] <= 'z')))
		n++;
	str found = str_sub(*rest, 0, n);

	*rest = str_sub(*rest, n, rest->n);
	return found;
}

struct list {
	str *v;
	size_t n;
};

/* Every byte must be as the protocol has it; what is between is added to the list. */
static size_t read_xml(const char *root, const char *one, struct list *l)
{
	str rest = journey.body;
	char open_tag[40], close_tag[40];
	size_t before = l->n;

	snprintf(open_tag, sizeof open_tag, "<%s><loc>", one);
	snprintf(close_tag, sizeof close_tag, "</loc></%s>\n", one);
	CHECK(take(&rest, XML) && take(&rest, "<") && take(&rest, root) &&
		take(&rest, " xmlns=\"" SPACE "\">\n"));
	while (take(&rest, open_tag)) {
		str at = address_read(&rest);

		if (!at.n || !take(&rest, close_tag) || l->n == ADDRESSES_MAX)
			break;
		l->v[l->n++] = at;
	}
	CHECK(take(&rest, "</") && take(&rest, root) && take(&rest, ">\n") && !rest.n);
	return l->n - before;
}

static int by_text(const void *x, const void *y)
{
	return str_cmp(*(const str *)x, *(const str *)y);
}

/* Everything that the map names, sorted. */
static struct list whole_map(size_t *parts_n)
{
	struct list parts = {arena_array(journey.arena, str, ADDRESSES_MAX), 0};
	struct list all = {arena_array(journey.arena, str, ADDRESSES_MAX), 0};

	get("/sitemap.xml");
	want(200);
	CHECK_TEXT("application/xml", header("Content-Type"));
	*parts_n = read_xml("sitemapindex", "sitemap", &parts);
	for (size_t i = 0; i < parts.n; i++) {
		get(STR_FMT, STR_ARG(parts.v[i]));
		want(200);
		CHECK(read_xml("urlset", "url", &all) <= MAP_ADDRESSES_MAX);
	}
	qsort(all.v, all.n, sizeof *all.v, by_text);
	for (size_t i = 1; i < all.n; i++)
		if (str_eq(all.v[i - 1], all.v[i]))
			TEST_FAIL("twice: " STR_FMT, STR_ARG(all.v[i]));
	return all;
}

static bool named(const struct list *l, str at)
{
	return bsearch(&at, l->v, l->n, sizeof at, by_text) != NULL;
}

static int64_t count_of(const struct list *l, const char *head, const char *tail)
{
	int64_t n = 0;

	for (size_t i = 0; i < l->n; i++)
		n += str_starts(l->v[i], str_of(head)) && str_ends(l->v[i], str_of(tail));
	return n;
}

/* ---- what stands in it ---- */

TEST(the_map_is_every_public_page_and_nothing_else)
{
	size_t parts;

	open();
	get("/robots.txt");
	want(200);
	CHECK_TEXT("text/plain; charset=utf-8", header("Content-Type"));
	has("\nSitemap: " BASE "/sitemap.xml\n");
	struct list l = whole_map(&parts);

	CHECK(parts >= 5); /* three of products, one of suppliers, the categories */
	CHECK(named(&l, S("/")));
	CHECK_INT(
		rows("select count(*) from r_product p where p.published = 1 and exists (select 1 "
		     "from r_offer o join r_company c on c.id = o.company_id where o.product_id "
		     "= p.id and o.state = 2 and c.state = 2)"),
		count_of(&l, "/product/", ""));
	CHECK_INT(rows("select count(*) from r_category where hidden = 0"),
		count_of(&l, "/category/", ""));
	CHECK_INT(rows("select count(*) from r_company where state = 2 and sells = 1") * 2,
		count_of(&l, "/company/", ""));
	CHECK_INT(rows("select count(*) from r_company where state = 2 and sells = 1"),
		count_of(&l, "/company/", "/offers"));
	CHECK_INT((int64_t)l.n, 1 + count_of(&l, "/product/", "") + count_of(&l, "/category/", "") +
					count_of(&l, "/company/", ""));
	for (size_t i = 0; i < l.n; i += l.n / 60) { /* each is there, under this very address */
		get(STR_FMT, STR_ARG(l.v[i]));
		want(200);
		has(str_fmt(journey.arena, "<link rel=\"canonical\" href=\"" STR_FMT "\">",
			STR_ARG(l.v[i]))
				.p);
	}
	get("/sitemap.xml?products=0000000000002"); /* no part begins there */
	want(404);
	journey_end();
}

TEST(a_new_part_is_noted_as_the_catalogue_grows)
{
	int64_t before;

	open();
	before = rows("select count(*) from r_map_part");
	job_through(&sitemap_job); /* nothing new: nothing noted */
	CHECK_INT(before, rows("select count(*) from r_map_part"));
	CHECK_INT((rows("select count(*) from r_product") + MAP_PART_PRODUCTS - 1) /
			  MAP_PART_PRODUCTS,
		rows("select count(*) from r_map_part where kind = 1"));
	journey_end();
}

/* ---- what was taken down ---- */

static bool on_the_map(str path)
{
	size_t parts;
	struct list l = whole_map(&parts);

	return named(&l, path);
}

/* Is it among what the search finds for its part number? */
static bool found(const char *part, str path)
{
	job_through(&search_job);
	get("/search?q=%s", part);
	want(200);
	return str_find(journey.body,
		       str_fmt(journey.arena, "href=\"" STR_FMT "?", STR_ARG(path))) != (size_t)-1;
}

static str path_of(const char *kind, int64_t id)
{
	return str_fmt(journey.arena, "/%s/" STR_FMT, kind, STR_ARG(id_text(journey.arena, id)));
}

static void into(const char *email)
{
	as(email);
	get("/account");
	if (journey.status == 303)
		sign_in(email);
}

static void on_the_desk(const char *kind, int64_t id, const char *what)
{
	into("operator@kontor.example");
	post(str_fmt(journey.arena, "/desk" STR_FMT "/%s", STR_ARG(path_of(kind, id)), what).p,
		"reason=A+complaint");
	want(303);
	as("visitor");
}

TEST(what_was_taken_down_is_gone_from_page_search_and_map)
{
	open();
	str path = path_of("product", 1007);

	get(STR_FMT, STR_ARG(path));
	want(200);
	CHECK(found("MAP-7", path));
	CHECK(on_the_map(path));

	/* by the desk: nobody offers it any more */
	on_the_desk("offers", 901007, "take-down");
	CHECK(!found("MAP-7", path));
	CHECK(!on_the_map(path));
	get(STR_FMT, STR_ARG(path));
	lacks("action=\"/basket/add\"");
	on_the_desk("offers", 901007, "restore");

	/* a company that may not trade, with all that it alone sells */
	int64_t company = rows("select company_id from r_product where id = 1008");
	str seller = str_cat(journey.arena, path_of("company", company), S("/offers"));
	str other = path_of("product", 1008);

	CHECK(on_the_map(seller) && on_the_map(other) && found("MAP-8", other));
	on_the_desk("companies", company, "suspend");
	CHECK(!on_the_map(seller) && !on_the_map(other));
	CHECK(!found("MAP-8", other));
	search_close();
	journey_end();
}

TEST(what_a_supplier_unpublishes_is_gone_from_page_search_and_map)
{
	open();
	sign_in("supplier@kontor.example");
	int64_t product = rows(str_fmt(journey.arena,
		"select p.id from r_product p join r_membership m on m.company_id = p.company_id "
		"and m.person_id = %lld join r_offer o on o.product_id = p.id and o.company_id = "
		"p.company_id and o.state = 2 where p.published = 1 and p.id > 10000 limit 1",
		(long long)person_of("supplier@kontor.example").v)
				       .p);
	str path = path_of("product", product), edit = path_of("products", product);

	edit = str_cat(journey.arena, edit, S("/edit"));
	get(STR_FMT, STR_ARG(path));
	want(200);
	get(STR_FMT, STR_ARG(edit));
	want(200);
	has("can see it"); /* the warning: what is published is public */
	str category = between("<option value=\"0", "\"");

	post(edit.p,
		"title=Unseen+bolt&manufacturer=Acme&part_number=UNSEEN-1&category=0" STR_FMT
		"&published=on",
		STR_ARG(category));
	want(303);
	as("visitor");
	CHECK(found("UNSEEN-1", path) && on_the_map(path));
	into("supplier@kontor.example");
	get(STR_FMT, STR_ARG(edit));
	post(edit.p, "title=Unseen+bolt&manufacturer=Acme&part_number=UNSEEN-1&category=0" STR_FMT,
		STR_ARG(category));
	want(303);
	as("visitor");
	CHECK(!found("UNSEEN-1", path) && !on_the_map(path));
	get(STR_FMT, STR_ARG(path));
	want(404);
	search_close();
	journey_end();
}

/* ---- asked for again ---- */

TEST(the_map_is_kept_and_not_sent_twice)
{
	open();
	get("/sitemap.xml");
	str tag = str_dup(journey.arena, header("ETag"));

	CHECK(tag.n > 2);
	with("If-None-Match", tag.p);
	get("/sitemap.xml");
	want(304);
	CHECK(!journey.body.n);
	with("Accept-Encoding", "gzip");
	get("/sitemap.xml?products=%s", id_text(journey.arena, 1001).p);
	want(200);
	CHECK_TEXT("gzip", header("Content-Encoding"));
	get("/sitemap.xml?products=%s", id_text(journey.arena, 1001).p);
	CHECK_TEXT("application/xml", header("Content-Type"));
	journey.peer = "127.0.0.1";
	get("/metrics");
	has("kontor_kept_pages_total 2");
	journey_end();
}

int main(void)
{
	return test_main();
}
