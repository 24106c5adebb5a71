/* The start page, categories, and what one supplier offers. */
#include "market/catalogue/search_newest.h"
#include "market/catalogue/search_products.h"
#include "market/catalogue/seen.h"

#include "gen/category.html.h"
#include "gen/home.html.h"

#include <stdlib.h>

/* ---- names ---- */

struct text shop_size_text(int64_t n)
{
	return n < 0		   ? text_none()
	       : n > SHOP_SIZE_MAX ? TEXT(shop_size_more, (int64_t)SHOP_SIZE_MAX)
				   : TEXT(shop_size, n);
}

/* By words that stand in many trees of goods; what fits none is a box. */
const char *category_icon(str name)
{
	static const struct {
		const char *word, *icon;
	} icons[] = {{"semicond", "chip"}, {"circuit", "chip"}, {"electro", "chip"},
		{"electri", "cable"}, {"fluid", "drop"}, {"valve", "tube"}, {"resistor", "chip"},
		{"capacitor", "chip"}, {"sensor", "chip"}, {"screw", "bolt"}, {"bolt", "bolt"},
		{"fasten", "bolt"}, {"machine", "gear"}, {"bearing", "gear"}, {"motor", "gear"},
		{"drive", "gear"}, {"cable", "cable"}, {"connector", "cable"}, {"wire", "cable"},
		{"chemical", "drop"}, {"liquid", "drop"}, {"textile", "cloth"}, {"cloth", "cloth"},
		{"food", "food"}, {"tool", "tool"}, {"pipe", "tube"}, {"tube", "tube"},
		{"metal", "sheet"}, {"sheet", "sheet"}, {"light", "light"}, {"led", "light"},
		{"safety", "shield"}, {"protect", "shield"}, {"paper", "paper"}, {"packag", "box"}};
	char low[128];
	str s = str_sub(name, 0, sizeof low);

	for (size_t i = 0; i < s.n; i++)
		low[i] = s.p[i] >= 'A' && s.p[i] <= 'Z' ? (char)(s.p[i] | 0x20) : s.p[i];
	for (size_t i = 0; i < COUNT(icons); i++)
		if (str_find((str){low, s.n}, str_of(icons[i].word)) != (size_t)-1)
			return icons[i].icon;
	return "box";
}

/* ---- the tree ---- */

struct links category_crumbs(struct db *db, struct category_id id, bool whole)
{
	enum { DEPTH_MAX = 8 }; /* as the schema says */
	struct link *v = arena_array(db->arena, struct link, DEPTH_MAX);
	size_t at = DEPTH_MAX;
	struct category_by_id_row c;

	for (bool first = true; at && id.v && category_by_id(db, id, &c);
		id = c.parent_id, first = false)
		if (!first || whole)
			v[--at] = (struct link){.label = AS_TEXT(c.name),
				.url = str_fmt(db->arena, "/category/" STR_FMT,
					STR_ARG(id_text(db->arena, c.id.v)))};
	return (struct links){v + at, DEPTH_MAX - at};
}

int64_t category_count(struct category_id id)
{
	struct search_view view = search_view_take();
	int64_t n = view.n ? search_products_count(&view, id.v) : -1;

	search_view_give(&view);
	return n;
}

static struct category_tile tile_of(struct category_id id, str name, str about)
{
	return (struct category_tile){
		.id = id, .name = name, .about = about, .size = category_count(id)};
}

int shop_preparing(struct req *r)
{
	answer_header(r, "Retry-After", S("60"));
	return problem(r, 503, TEXT(search_preparing));
}

/* ---- what is newest ---- */

/* Of each category of v, 0: of all, newest first; how many of each stands in n. */
static size_t newest_offers(const struct category_id *category, size_t categories, size_t most,
	struct offer_id *v, size_t *n)
{
	struct search_view view = search_view_take();
	size_t sum = 0;

	for (size_t i = 0; i < categories; i++)
		sum += n[i] = search_newest_in(&view, category[i].v, v + sum, most);
	search_view_give(&view);
	return sum;
}

/* The start page's, without what is gone or not to be seen. */
static struct home_offers_rows home_newest(struct db *db)
{
	struct offer_id v[SHOP_NEWEST * 2];
	struct home_offers_rows o = {0};
	struct card_list_rows others = {0};
	size_t kept = 0, n = 0;

	if (newest_offers(&(struct category_id){0}, 1, COUNT(v), v, &n))
		o = home_offers(db, v, n);
	if (o.n)
		others = cards_missing(db, &o.v->product_id, &o.v->title, o.n, sizeof *o.v);
	struct home_offers_row *shown = arena_array(db->arena, struct home_offers_row, SHOP_NEWEST);

	for (size_t i = o.n; i-- > 0 && kept < SHOP_NEWEST;) {
		const struct card_list_row *c = card_of(&others, o.v[i].product_id);

		if (!o.v[i].title.p && c) {
			o.v[i].title = c->title;
			o.v[i].manufacturer = c->manufacturer;
			o.v[i].part_number = c->part_number;
			o.v[i].picture_id = c->picture_id;
		}
		if (o.v[i].title.p)
			shown[kept++] = o.v[i];
	}
	return (struct home_offers_rows){shown, kept, SHOP_NEWEST};
}

static int by_offer(const void *a, const void *b)
{
	const struct category_offers_row *x = a, *y = b;

	return (x->id.v > y->id.v) - (x->id.v < y->id.v);
}

static bool stands_there(const struct category_tile *t, struct product_id id)
{
	for (size_t i = 0; i < t->newest_n; i++)
		if (t->newest[i].id.v == id.v)
			return true;
	return false;
}

/* Of all shelves at once: which offers, which products these are of, their cards. */
static void shelves_fill(struct db *db, struct category_tile *t, size_t shelves)
{
	struct category_id in[SHOP_SHELVES_MAX];
	struct offer_id *v =
		arena_array(db->arena, struct offer_id, SHOP_SHELVES_MAX * SHOP_SHELF_OFFERS);
	size_t of[SHOP_SHELVES_MAX];

	for (size_t i = 0; i < shelves; i++)
		in[i] = t[i].id;
	size_t n = newest_offers(in, shelves, SHOP_SHELF_OFFERS, v, of), at = 0, wanted = 0;

	if (!n)
		return;
	struct category_offers_rows offers = category_offers(db, v, n);
	struct product_id *ids = arena_array(db->arena, struct product_id, n);

	for (size_t i = 0; i < shelves; at += of[i++])
		for (size_t k = 0; k < of[i] && t[i].newest_n < SHOP_SHELF; k++) {
			const struct category_offers_row key = {.id = v[at + k]};
			const struct category_offers_row *o =
				offers.n ? bsearch(&key, offers.v, offers.n, sizeof key, by_offer)
					 : NULL;

			if (o && !stands_there(&t[i], o->product_id)) {
				t[i].newest[t[i].newest_n++].id = o->product_id;
				ids[wanted++] = o->product_id;
			}
		}
	struct card_list_rows cards = cards_read(db, ids, wanted);

	for (size_t i = 0; i < shelves; i++) {
		size_t kept = 0;

		for (size_t k = 0; k < t[i].newest_n; k++) {
			const struct card_list_row *c = card_of(&cards, t[i].newest[k].id);

			if (c)
				t[i].newest[kept++] = *c;
		}
		t[i].newest_n = kept;
	}
}

/* ---- the products of one ---- */

static const struct row_field product_fields[] = {
	{"id", ROW_ID, offsetof(struct category_product, id), false, "product_id", NULL},
	{"title", ROW_STR, offsetof(struct category_product, title), false, NULL, NULL},
	{"manufacturer", ROW_STR, offsetof(struct category_product, manufacturer), false, NULL,
		NULL},
	{"part_number", ROW_STR, offsetof(struct category_product, part_number), false, NULL, NULL},
	{"offer_id", ROW_ID, offsetof(struct category_product, offer_id), true, "offer_id", NULL},
	{"currency", ROW_STR, offsetof(struct category_product, currency), true, NULL, NULL},
	{"unit", ROW_ENUM, offsetof(struct category_product, unit), true, "unit", NULL},
	{"price", ROW_PRICE, offsetof(struct category_product, price), true, NULL, NULL},
	{"min_quantity", ROW_INT, offsetof(struct category_product, min_quantity), true, NULL,
		NULL},
	{"lead_days", ROW_INT, offsetof(struct category_product, lead_days), true, NULL, NULL},
	{"free", ROW_INT, offsetof(struct category_product, free), true, NULL, NULL},
	{"seller_name", ROW_STR, offsetof(struct category_product, seller_name), true, NULL, NULL},
	{"picture_id", ROW_ID, offsetof(struct category_product, picture_id), true, "picture_id",
		NULL},
};
const struct row_desc category_products_desc = {"category_products", product_fields,
	COUNT(product_fields), sizeof(struct category_product)};

static void price_set(struct category_product *p, const struct category_prices_row *o)
{
	bool dearer = o->price.micro > p->price.micro ||
		      (o->price.micro == p->price.micro && o->id.v > p->offer_id.v);

	if (o->product_id.v != p->id.v || (p->offer_id.v && dearer))
		return;
	p->offer_id = o->id;
	p->currency = o->currency;
	p->unit = o->unit;
	p->price = o->price;
	p->min_quantity = (struct maybe_int){true, o->min_quantity};
	p->lead_days = (struct maybe_int){true, o->lead_days};
	p->free = (struct maybe_int){true, o->free};
	p->seller_name = o->seller_name;
}

/* Which products and which offers, from the index; how they are now, from the database. A page may
 * be shorter than another: the next one begins behind what the index said. */
static void products_read(struct db *db, struct category_view *v, int64_t before)
{
	struct product_id ids[PAGE_ROWS];
	struct offer_id offers[PAGE_ROWS * SHOP_CHEAPEST];
	size_t n = 0, offers_n = 0;
	struct search_view view = search_view_take();

	v->preparing = !view.n;
	n = search_products_in(&view, v->c.id.v, before, ids, PAGE_ROWS);
	for (size_t i = 0; i < n; i++)
		offers_n +=
			search_offers_of_product(&view, ids[i].v, offers + offers_n, SHOP_CHEAPEST);
	search_view_give(&view);
	if (n == PAGE_ROWS)
		v->next = ids[PAGE_ROWS - 1];
	struct card_list_rows cards = cards_read(db, ids, n);
	struct category_prices_rows prices = {0};

	if (offers_n)
		prices = category_prices(db, offers, offers_n);
	v->products = arena_array(db->arena, struct category_product, cards.n + 1);
	for (size_t i = cards.n; i-- > 0;) {
		const struct card_list_row *c = &cards.v[i];
		struct category_product *p = &v->products[v->products_n++];

		*p = (struct category_product){.id = c->id,
			.title = c->title,
			.manufacturer = c->manufacturer,
			.part_number = c->part_number,
			.picture_id = c->picture_id};
		for (size_t k = 0; k < prices.n; k++)
			price_set(p, &prices.v[k]);
	}
}

/* ---- pages ---- */

int home_show(struct req *r)
{
	struct category_top_rows top = category_top(r->db);
	struct home_view v = {.tiles = arena_array(r->arena, struct category_tile, top.n + 1),
		.offers = home_newest(r->db)};

	for (size_t i = 0; i < top.n; i++) {
		struct category_tile *t = &v.tiles[v.tiles_n++];

		*t = (struct category_tile){.id = top.v[i].id, .name = top.v[i].name};
		if (i < SHOP_DEPARTMENTS_MAX)
			t->children = category_children(r->db, t->id);
		if (!t->children.n)
			*t = tile_of(top.v[i].id, top.v[i].name, top.v[i].about);
	}
	struct seen seen = seen_list(r, 0);

	v.seen = &seen;
	home_page(r->out, r, &v);
	return 200;
}

struct before_query {
	int64_t before;
};
FORM(category_query_form, struct before_query,
	{.name = "before",
		.kind = FIELD_ID,
		AT(struct before_query, before),
		.label = MSG_shop_products});

static int64_t before_of(const struct req *r)
{
	const struct before_query *q = r->form;

	return q && q->before ? q->before : INT64_MAX;
}

static bool category_view_read(struct req *r, struct category_view *v)
{
	struct category_id id = {path_id(r, "category")};

	*v = (struct category_view){0};
	if (!category_by_id(r->db, id, &v->c))
		return false;
	v->crumbs = category_crumbs(r->db, id, false);
	products_read(r->db, v, before_of(r));
	return true;
}

int category_show(struct req *r)
{
	struct category_view v;

	if (!category_view_read(r, &v))
		return problem(r, 404, text_none());
	struct category_children_rows kids = category_children(r->db, v.c.id);

	v.size = category_count(v.c.id);
	v.tiles = arena_array(r->arena, struct category_tile, kids.n + 1);
	for (size_t i = 0; i < kids.n; i++) {
		struct category_tile *t = &v.tiles[v.tiles_n++];

		*t = tile_of(kids.v[i].id, kids.v[i].name, kids.v[i].about);
	}
	if (!v.products_n)
		shelves_fill(r->db, v.tiles,
			v.tiles_n < SHOP_SHELVES_MAX ? v.tiles_n : SHOP_SHELVES_MAX);
	category_page(r->out, r, &v);
	return 200;
}

/* The words of products that other companies keep; without offers whose product is not to be seen.
 */
static void others_words(struct db *db, struct offer_of_company_rows *o)
{
	struct offer_of_company_row *v = o->v;
	struct card_list_rows others = {0};
	size_t kept = 0;

	if (o->n)
		others = cards_missing(db, &v->product_id, &v->title, o->n, sizeof *v);
	for (size_t i = 0; i < o->n; i++) {
		const struct card_list_row *c = card_of(&others, v[i].product_id);

		if (!v[i].title.p && c) {
			v[i].title = c->title;
			v[i].manufacturer = c->manufacturer;
			v[i].part_number = c->part_number;
		}
		if (v[i].title.p)
			v[kept++] = v[i];
	}
	o->n = kept;
}

int seller_show(struct req *r)
{
	struct company_id id = {path_id(r, "company")};
	struct seller_view v = {0};

	if (!offer_seller(r->db, id, &v.c))
		return problem(r, 404, text_none());
	v.offers = offer_of_company(r->db, id, (struct offer_id){before_of(r)});
	if (v.offers.n == PAGE_ROWS)
		v.next = v.offers.v[PAGE_ROWS - 1].id;
	others_words(r->db, &v.offers);
	if (r->api)
		return answer_rows(r, &offer_of_company_desc, v.offers.v, v.offers.n,
			v.next.v ? id_text(r->arena, v.next.v) : (str){0});
	category_seller_page(r->out, r, &v);
	return 200;
}

/* ---- the API ---- */

int categories_api(struct req *r)
{
	struct category_top_rows v = category_top(r->db);

	return answer_rows(r, &category_top_desc, v.v, v.n, (str){0});
}

int category_api(struct req *r)
{
	struct category_by_id_row c;

	if (!category_by_id(r->db, (struct category_id){path_id(r, "category")}, &c))
		return problem(r, 404, text_none());
	return answer_row(r, &category_by_id_desc, &c);
}

int category_children_api(struct req *r)
{
	struct category_children_rows v =
		category_children(r->db, (struct category_id){path_id(r, "category")});

	return answer_rows(r, &category_children_desc, v.v, v.n, (str){0});
}

int category_products_api(struct req *r)
{
	struct category_view v;

	if (!category_view_read(r, &v))
		return problem(r, 404, text_none());
	if (v.preparing)
		return shop_preparing(r);
	return answer_rows(r, &category_products_desc, v.products, v.products_n,
		v.next.v ? id_text(r->arena, v.next.v) : (str){0});
}
