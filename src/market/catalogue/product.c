/* A product's page: what it is, and everybody's offers for it side by side. */
#include "market/catalogue/search_products.h"
#include "market/catalogue/seen.h"

#include "gen/product.html.h"
#include "market/rights/rights.h"

#include <stdlib.h>

/* ---- offers at a quantity ---- */

void product_offer_price(struct arena *a, struct product_offer *v, int64_t quantity)
{
	const struct product_offers_row *o = v->row;
	struct tiers t;
	int64_t micro = 0;

	v->quantity = quantity ? quantity : o->min_quantity;
	if (!quantity && v->quantity % o->step_quantity)
		v->quantity += o->step_quantity - v->quantity % o->step_quantity;
	if (!tiers_parse(o->tiers, &t) || !tiers_price(&t, v->quantity, &micro))
		fault(FAULT_BUG, "offer %lld has no price", (long long)o->id.v);
	v->unit = price_of(micro, o->currency);
	v->total = price_times(v->unit, v->quantity);
	v->tiers = arena_array(a, struct price_tier, t.n);
	v->tiers_n = t.n;
	for (size_t i = 0; i < t.n; i++)
		v->tiers[i] =
			(struct price_tier){t.v[i].quantity, price_of(t.v[i].micro, o->currency)};
	v->trouble = v->quantity < o->min_quantity    ? OFFER_MIN
		     : v->quantity % o->step_quantity ? OFFER_STEP
		     : v->quantity > o->free	      ? OFFER_SHORT
						      : OFFER_FITS;
}

static int offer_order(const struct product_offer *x, const struct product_offer *y)
{
	bool bad_x = x->trouble != OFFER_FITS, bad_y = y->trouble != OFFER_FITS;
	int c = str_cmp(x->row->currency, y->row->currency);

	if (bad_x != bad_y)
		return bad_x - bad_y;
	if (c)
		return c;
	return (x->unit.micro > y->unit.micro) - (x->unit.micro < y->unit.micro);
}

/* By insertion: stable, at most 100, and nearly sorted already. */
void product_offers_sort(struct product_offer *v, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct product_offer x = v[i];
		size_t k = i;

		for (; k && offer_order(&v[k - 1], &x) > 0; k--)
			v[k] = v[k - 1];
		v[k] = x;
	}
}

/* ---- attributes ---- */

static const struct row_field attribute_fields[] = {
	{"attribute_id", ROW_ID, offsetof(struct product_attribute_value, attribute_id), false,
		"attribute_id", NULL},
	{"name", ROW_STR, offsetof(struct product_attribute_value, name), false, NULL, NULL},
	{"value", ROW_STR, offsetof(struct product_attribute_value, value), false, NULL, NULL},
	{"unit", ROW_STR, offsetof(struct product_attribute_value, unit), false, NULL, NULL},
};
const struct row_desc product_attributes_desc = {"product_attributes", attribute_fields,
	COUNT(attribute_fields), sizeof(struct product_attribute_value)};

struct product_attribute_value *product_attributes(struct db *db, str column, size_t *n)
{
	struct product_attribute_value *v =
		arena_array(db->arena, struct product_attribute_value, ATTRIBUTES_MAX);
	struct attribute_value x;

	*n = 0;
	while (*n < ATTRIBUTES_MAX && attributes_next(&column, &x)) {
		struct product_attribute_row a;

		if (product_attribute(db, (struct attribute_id){x.attribute}, &a))
			v[(*n)++] = (struct product_attribute_value){a.id, a.name, x.value, a.unit};
	}
	return v;
}

/* ---- the page ---- */

FORM(product_query_form, struct product_query,
	{.name = "quantity",
		.kind = FIELD_INT,
		.min = 1,
		.max = SHOP_QUANTITY_MAX,
		AT(struct product_query, quantity),
		.label = MSG_shop_quantity});

#define AS_OFFER(r) \
	((struct product_offers_row){.id = (r)->id, \
		.product_id = (r)->product_id, \
		.company_id = (r)->company_id, \
		.seller_name = (r)->seller_name, \
		.seller_country = (r)->seller_country, \
		.sku = (r)->sku, \
		.currency = (r)->currency, \
		.unit = (r)->unit, \
		.tiers = (r)->tiers, \
		.price = (r)->price, \
		.min_quantity = (r)->min_quantity, \
		.step_quantity = (r)->step_quantity, \
		.lead_days = (r)->lead_days, \
		.free = (r)->free, \
		.incoterm = (r)->incoterm, \
		.incoterm_place = (r)->incoterm_place, \
		.ships_from = (r)->ships_from})

static int by_price(const void *x, const void *y)
{
	const struct product_offers_row *v = x, *w = y;

	if (v->price.micro != w->price.micro)
		return v->price.micro > w->price.micro ? 1 : -1;
	return (v->id.v > w->id.v) - (v->id.v < w->id.v);
}

/* Those of the index that are not the keeper's; how many. */
static size_t others_of(struct product_id product, const struct product_offers_rows *own,
	struct offer_id *v, bool *there)
{
	struct search_view view = search_view_take();
	size_t n = search_offers_of_product(&view, product.v, v, SEARCH_OFFERS_OF_MAX), kept = 0;

	*there = view.n > 0;
	search_view_give(&view);
	for (size_t i = 0; i < n; i++) {
		bool is_own = false;

		for (size_t k = 0; k < own->n && !is_own; k++)
			is_own = own->v[k].id.v == v[i].v;
		if (!is_own)
			v[kept++] = v[i];
	}
	return kept;
}

bool product_offers_all(struct db *db, struct product_id product, struct company_id keeper,
	struct product_offers_rows *rows)
{
	struct offer_id ids[SEARCH_OFFERS_OF_MAX];
	struct product_others_rows others = {0};
	bool there;

	*rows = product_offers(db, product, keeper);
	size_t n = others_of(product, rows, ids, &there), own = rows->n;

	if (n)
		others = product_others(db, ids, n);
	for (size_t i = 0; i < others.n; i++)
		if (others.v[i].product_id.v == product.v &&
			(own < SHOP_OFFERS_MAX || others.v[i].company_id.v != keeper.v))
			*ARENA_PUSH(db->arena, rows) = AS_OFFER(&others.v[i]);
	if (rows->n)
		qsort(rows->v, rows->n, sizeof *rows->v, by_price);
	if (rows->n > SHOP_OFFERS_MAX)
		rows->n = SHOP_OFFERS_MAX;
	return there;
}

static void offers_read(struct req *r, struct product_view *v)
{
	struct product_offers_rows rows;

	v->preparing = !product_offers_all(r->db, v->p.id, v->p.company_id, &rows);
	v->offers = arena_array(r->arena, struct product_offer, rows.n + 1);
	for (size_t i = 0; i < rows.n; i++) {
		v->offers[i].row = &rows.v[i];
		product_offer_price(r->arena, &v->offers[i], v->quantity);
	}
	v->offers_n = rows.n;
	product_offers_sort(v->offers, v->offers_n);
}

/* Those who offer it, each once. */
static void seen_by(struct req *r, const struct product_view *v)
{
	struct company_id *c = arena_array(r->arena, struct company_id, v->offers_n + 1);
	size_t n = 0;

	for (size_t i = 0; i < v->offers_n; i++) {
		size_t k = 0;

		while (k < n && c[k].v != v->offers[i].row->company_id.v)
			k++;
		if (k == n)
			c[n++] = v->offers[i].row->company_id;
	}
	lead_seen(r, v->p.id, c, n);
}

/* All that hang on one product, and that one first: the reader goes from each to each. */
static struct product_variants_rows variants_of(struct req *r, const struct product_by_id_row *p)
{
	struct product_variants_rows rows =
		product_variants(r->db, p->parent_id.v ? p->parent_id : p->id);
	struct product_variants_row *v =
		arena_array(r->arena, struct product_variants_row, rows.n + 1);
	struct product_by_id_row parent = *p;

	if (!rows.n || (p->parent_id.v && !product_by_id(r->db, p->parent_id, &parent)))
		return rows;
	v[0] = (struct product_variants_row){
		parent.id, parent.title, parent.variant, parent.part_number};
	memcpy(v + 1, rows.v, rows.n * sizeof *v);
	return (struct product_variants_rows){v, rows.n + 1, rows.n + 1};
}

int product_show(struct req *r)
{
	const struct product_query *q = r->form;
	struct product_view v = {.quantity = q ? q->quantity : 0};

	if (!product_by_id(r->db, (struct product_id){path_id(r, "product")}, &v.p))
		return problem(r, 404, TEXT(shop_no_product));
	v.crumbs = category_crumbs(r->db, v.p.category_id, true);
	v.attributes = product_attributes(r->db, v.p.attributes, &v.attributes_n);
	v.pictures = product_pictures(r->db, v.p.id);
	v.documents = product_documents(r->db, v.p.id);
	v.variants = variants_of(r, &v.p);
	offers_read(r, &v);
	v.has_video = embed_find(r, v.p.video, embeds_agreed(r), &v.video);
	struct seen before = seen_list(r, v.p.id.v);

	v.seen = &before;
	seen_note(r, v.p.id.v);
	product_page(r->out, r, &v);
	seen_by(r, &v);
	return 200;
}

/* ---- the API ---- */

int product_api(struct req *r)
{
	struct product_by_id_row p;

	if (!product_by_id(r->db, (struct product_id){path_id(r, "product")}, &p))
		return problem(r, 404, text_none());
	return answer_row(r, &product_by_id_desc, &p);
}

int product_attributes_api(struct req *r)
{
	struct product_by_id_row p;
	size_t n;

	if (!product_by_id(r->db, (struct product_id){path_id(r, "product")}, &p))
		return problem(r, 404, text_none());
	struct product_attribute_value *v = product_attributes(r->db, p.attributes, &n);

	return answer_rows(r, &product_attributes_desc, v, n, (str){0});
}

int product_offers_api(struct req *r)
{
	struct product_by_id_row p;
	struct product_offers_rows v = {0};

	if (product_by_id(r->db, (struct product_id){path_id(r, "product")}, &p) &&
		!product_offers_all(r->db, p.id, p.company_id, &v))
		return shop_preparing(r);
	return answer_rows(r, &product_offers_desc, v.v, v.n, (str){0});
}

struct part_query {
	str part_number;
};
FORM(product_part_form, struct part_query,
	{.name = "part_number",
		.kind = FIELD_TEXT,
		.data = NOT_PERSONAL,
		.required = true,
		.max = PART_NUMBER_CHARS_MAX,
		AT(struct part_query, part_number),
		.label = MSG_shop_part_number});

bool product_parts(struct db *db, str part_number, struct product_by_part_rows *rows)
{
	enum { ALIKE_MAX = 50, FOUND_MAX = 20 };
	struct product_id ids[ALIKE_MAX * 2];
	str key = part_key(db->arena, part_number);
	struct search_view view = search_view_take();
	size_t n = search_products_part(&view, key, ids, ALIKE_MAX);
	bool there = view.n > 0;

	search_view_give(&view);
	*rows = n ? product_by_part(db, ids, n) : (struct product_by_part_rows){0};
	n = 0;
	for (size_t i = 0; i < rows->n && n < FOUND_MAX; i++)
		if (str_eq(part_key(db->arena, rows->v[i].part_number), key))
			rows->v[n++] = rows->v[i];
	rows->n = n;
	return there;
}

int products_api(struct req *r)
{
	const struct part_query *q = r->form;
	struct product_by_part_rows v;

	if (!product_parts(r->db, q->part_number, &v))
		return shop_preparing(r);
	return answer_rows(r, &product_by_part_desc, v.v, v.n, (str){0});
}
