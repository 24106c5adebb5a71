/* The site map: an index, and parts that are read from the catalogue when they are asked for, so
 * that what was taken down is gone from them at once. Where a part begins is noted by a job; so a
 * request reads one part at most, whatever the size of the catalogue. */
#include "market/catalogue/sitemap.h"

#include "market/catalogue/search_products.h"
#include "market/catalogue/shop.h"
#include "market/plain.h"

#include "gen/sitemap.html.h"

#include <stdlib.h>

struct sitemap_query {
	str part;
	int64_t products, suppliers;
};
static const struct code parts[] = {{"categories", MSG_shop_products}, {0}};
FORM(sitemap_form, struct sitemap_query,
	{.name = "part",
		.kind = FIELD_CODE,
		.codes = parts,
		AT(struct sitemap_query, part),
		.label = MSG_shop_products},
	{.name = "products",
		.kind = FIELD_ID,
		AT(struct sitemap_query, products),
		.label = MSG_shop_products},
	{.name = "suppliers",
		.kind = FIELD_ID,
		AT(struct sitemap_query, suppliers),
		.label = MSG_shop_products});

/* ---- one part ---- */

static int by_product(const void *x, const void *y)
{
	const struct sitemap_offers_row *v = x, *w = y;

	return (v->product_id.v > w->product_id.v) - (v->product_id.v < w->product_id.v);
}

/* As many as are asked for at once; how many. Each with a few of its offers, of which one must be
 * live still. */
static size_t ask(
	int64_t after, int64_t end, struct product_id *v, struct offer_id *offers, size_t *offers_n)
{
	struct search_view view = search_view_take();
	size_t n = search_products_offered(&view, after, end, v, MAP_ASKED);

	*offers_n = 0;
	for (size_t i = 0; i < n; i++)
		*offers_n += search_offers_of_product(
			&view, v[i].v, offers + *offers_n, MAP_ASKED_OFFERS);
	search_view_give(&view);
	return n;
}

static void products(struct req *r, int64_t first, int64_t end)
{
	struct product_id *ids = arena_array(r->arena, struct product_id, MAP_ASKED);
	struct offer_id *offers =
		arena_array(r->arena, struct offer_id, MAP_ASKED * MAP_ASKED_OFFERS);
	int64_t after = first - 1;
	size_t n, offers_n, all = 0;

	do {
		n = ask(after, end, ids, offers, &offers_n);
		if (!n)
			return;
		struct sitemap_products_rows v = sitemap_products(r->db, ids, n);
		struct sitemap_offers_rows o = sitemap_offers(r->db, offers, offers_n);

		if (o.n)
			qsort(o.v, o.n, sizeof *o.v, by_product);
		for (size_t i = 0; i < v.n && o.n; i++) {
			const struct sitemap_offers_row key = {.product_id = v.v[i].id};

			if (bsearch(&key, o.v, o.n, sizeof key, by_product))
				sitemap_url(r->out, plain_base(), "/product/",
					id_text(r->arena, v.v[i].id.v), "");
		}
		after = ids[n - 1].v;
		all += n;
	} while (n == MAP_ASKED && all < MAP_ADDRESSES_MAX);
}

static void suppliers(struct req *r, int64_t first, int64_t end)
{
	struct company_id after = {first - 1};
	size_t n = 0;

	for (struct sitemap_suppliers_rows v = {0}; n < MAP_ADDRESSES_MAX; n += v.n * 2) {
		v = sitemap_suppliers(r->db, after, (struct company_id){end});
		for (size_t i = 0; i < v.n; i++) {
			sitemap_url(r->out, plain_base(), "/company/", v.v[i].slug, "");
			sitemap_url(r->out, plain_base(), "/company/",
				id_text(r->arena, v.v[i].id.v), "/offers");
		}
		if (v.n < LIST_ROWS_MAX)
			return;
		after = v.v[v.n - 1].id;
	}
}

static void categories(struct req *r)
{
	struct category_id after = {0};
	size_t n = 0;

	sitemap_url(r->out, plain_base(), "/", S(""), "");
	for (struct sitemap_categories_rows v = {0}; n < MAP_ADDRESSES_MAX; n += v.n) {
		v = sitemap_categories(r->db, after);
		for (size_t i = 0; i < v.n; i++)
			sitemap_url(r->out, plain_base(), "/category/",
				id_text(r->arena, v.v[i].id.v), "");
		if (v.n < LIST_ROWS_MAX)
			return;
		after = v.v[v.n - 1].id;
	}
}

/* Is there a part that begins here, and where does the next one? */
static bool part_find(struct db *db, enum map_kind kind, int64_t first, int64_t *end)
{
	struct sitemap_parts_rows v = sitemap_parts(db, kind, first - 1);

	*end = v.n > 1 ? v.v[1].first : INT64_MAX;
	return v.n && v.v[0].first == first;
}

/* 200, 404, or 503 while there is no index of search. */
static int part_show(struct req *r, const struct sitemap_query *q)
{
	int64_t end = 0;

	if (q->products ? !part_find(r->db, MAP_KIND_PRODUCTS, q->products, &end)
			: q->suppliers && !part_find(r->db, MAP_KIND_SUPPLIERS, q->suppliers, &end))
		return problem(r, 404, text_none());
	if (q->products && !search_products_there())
		return shop_preparing(r);
	sitemap_urls_head(r->out);
	if (q->products)
		products(r, q->products, end);
	else if (q->suppliers)
		suppliers(r, q->suppliers, end);
	else
		categories(r);
	sitemap_urls_foot(r->out);
	return 200;
}

/* ---- the index ---- */

static void parts_list(struct req *r, enum map_kind kind, const char *name)
{
	int64_t after = 0;
	size_t n = 0;

	for (struct sitemap_parts_rows v = {0}; n < MAP_ADDRESSES_MAX; n += v.n) {
		v = sitemap_parts(r->db, kind, after);
		for (size_t i = 0; i < v.n; i++)
			sitemap_part(r->out, plain_base(), name, id_text(r->arena, v.v[i].first));
		if (v.n < LIST_ROWS_MAX)
			return;
		after = v.v[v.n - 1].first;
	}
}

int sitemap_show(struct req *r)
{
	const struct sitemap_query *q = r->form;

	if (q->part.n || q->products || q->suppliers) {
		int status = part_show(r, q);

		if (status != 200)
			return status;
	} else {
		sitemap_index_head(r->out);
		sitemap_part(r->out, plain_base(), "part", S("categories"));
		parts_list(r, MAP_KIND_PRODUCTS, "products");
		parts_list(r, MAP_KIND_SUPPLIERS, "suppliers");
		sitemap_index_foot(r->out);
	}
	answer_type(r, "application/xml");
	answer_etag(r, out_view(r->out));
	return 200;
}

/* What is of no use to a search engine; pages that are nobody else's business ask for a sign-in. */
int robots_show(struct req *r)
{
	static const char *const closed[] = {
		"/api/", "/basket", "/order/", "/account", "/desk", "/search", NULL};

	out_lit(r->out, "User-agent: *\n");
	for (const char *const *p = closed; *p; p++)
		out_fmt(r->out, "Disallow: %s\n", *p);
	out_fmt(r->out, "Sitemap: " STR_FMT "/sitemap.xml\n", STR_ARG(plain_base()));
	answer_type(r, "text/plain; charset=utf-8");
	answer_etag(r, out_view(r->out));
	return 200;
}

/* ---- where the parts begin ---- */

/* The first of the part behind the last one; 0: there are not so many yet. */
static int64_t next_of(struct db *db, enum map_kind kind)
{
	struct sitemap_last_rows last = sitemap_last(db, kind);
	int64_t from = last.n ? last.v[0].first : 0;

	if (kind == MAP_KIND_PRODUCTS) {
		struct sitemap_product_after_rows v = sitemap_product_after(
			db, (struct product_id){from}, from ? MAP_PART_PRODUCTS - 1 : 0);

		return v.n ? v.v[0].id.v : 0;
	}
	struct sitemap_company_after_rows v = sitemap_company_after(
		db, (struct company_id){from}, from ? MAP_PART_SUPPLIERS - 1 : 0);

	return v.n ? v.v[0].id.v : 0;
}

struct noting {
	enum map_kind kind;
	bool more;
};

static bool note(struct db *db, void *ctx)
{
	struct noting *x = ctx;

	for (int i = 0; i < MAP_AT_ONCE; i++) {
		int64_t first = next_of(db, x->kind);

		if (!first)
			return true;
		if (sitemap_part_add(
			    db, (struct map_part_id){id_make()}, x->kind, first, clock_now()) != 1)
			return false;
	}
	x->more = true;
	return true;
}

static bool run(struct store *s, const struct job *j, struct arena *a)
{
	bool more = false;

	for (enum map_kind k = MAP_KIND_PRODUCTS; k <= MAP_KIND_SUPPLIERS; k++) {
		struct noting x = {.kind = k};

		more |= job_write(s, j, a, true, note, &x) && x.more;
	}
	return more;
}

const struct job sitemap_job = {.name = "sitemap",
	.role = ROLE_INDEXER,
	.purposes = BIT(PURPOSE_INDEX),
	.every_s = 600,
	.run = run};
