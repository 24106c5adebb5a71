/* The basket: read with today's prices, filled, changed, emptied. */
#include "market/order/basket.h"

#include "market/catalogue/catalogue.h"

#include "gen/basket.html.h"

#include <stdlib.h>

/* ---- reading ---- */

static const struct row_field line_fields[] = {
	{"id", ROW_ID, offsetof(struct basket_line, id), false, "basket_line_id", NULL},
	{"offer_id", ROW_ID, offsetof(struct basket_line, offer_id), false, "offer_id", NULL},
	{"quantity", ROW_INT, offsetof(struct basket_line, quantity), false, NULL, NULL},
	{"seller_id", ROW_ID, offsetof(struct basket_line, seller_id), true, "company_id", NULL},
	{"seller_name", ROW_STR, offsetof(struct basket_line, seller_name), true, NULL, NULL},
	{"seller_country", ROW_STR, offsetof(struct basket_line, seller_country), true, NULL, NULL},
	{"product_id", ROW_ID, offsetof(struct basket_line, product_id), true, "product_id", NULL},
	{"sku", ROW_STR, offsetof(struct basket_line, sku), true, NULL, NULL},
	{"currency", ROW_STR, offsetof(struct basket_line, currency), true, NULL, NULL},
	{"unit", ROW_ENUM, offsetof(struct basket_line, unit), true, "unit", NULL},
	{"tiers", ROW_STR, offsetof(struct basket_line, tiers), true, NULL, NULL},
	{"min_quantity", ROW_INT, offsetof(struct basket_line, min_quantity), true, NULL, NULL},
	{"step_quantity", ROW_INT, offsetof(struct basket_line, step_quantity), true, NULL, NULL},
	{"lead_days", ROW_INT, offsetof(struct basket_line, lead_days), true, NULL, NULL},
	{"free", ROW_INT, offsetof(struct basket_line, free), true, NULL, NULL},
	{"title", ROW_STR, offsetof(struct basket_line, title), true, NULL, NULL},
	{"part_number", ROW_STR, offsetof(struct basket_line, part_number), true, NULL, NULL},
};
static const struct row_desc line_desc = {
	"basket_lines", line_fields, COUNT(line_fields), sizeof(struct basket_line)};

static void offer_take(struct basket_line *l, const struct basket_offers_row *o)
{
	l->seller_id = o->company_id;
	l->seller_name = o->seller_name;
	l->seller_country = o->seller_country;
	l->product_id = o->product_id;
	l->sku = o->sku;
	l->currency = o->currency;
	l->tiers = o->tiers;
	l->title = o->title;
	l->part_number = o->part_number;
	l->unit = o->unit;
	l->min_quantity = (struct maybe_int){true, o->min_quantity};
	l->step_quantity = (struct maybe_int){true, o->step_quantity};
	l->lead_days = (struct maybe_int){true, o->lead_days};
	l->free = (struct maybe_int){true, o->free};
}

static int by_id(const void *a, const void *b)
{
	const struct basket_offers_row *x = a, *y = b;

	return (x->id.v > y->id.v) - (x->id.v < y->id.v);
}

static int by_product(const void *a, const void *b)
{
	const struct basket_others_row *x = a, *y = b;

	return (x->id.v > y->id.v) - (x->id.v < y->id.v);
}

/* The words of products that other companies keep. */
static void others_words(struct db *db, struct basket_line *v, size_t n)
{
	struct product_id *ids = arena_array(db->arena, struct product_id, n + 1);
	size_t wanted = 0;

	for (size_t i = 0; i < n; i++)
		if (v[i].product_id.v && !v[i].title.p)
			ids[wanted++] = v[i].product_id;
	if (!wanted)
		return;
	struct basket_others_rows others = basket_others(db, ids, wanted);

	for (size_t i = 0; i < n && others.n; i++) {
		const struct basket_others_row key = {.id = v[i].product_id};
		const struct basket_others_row *p =
			bsearch(&key, others.v, others.n, sizeof key, by_product);

		if (v[i].title.p || !p)
			continue;
		v[i].title = p->title;
		v[i].part_number = p->part_number;
	}
}

/* The lines in their order, with the offers that are there now: their own question, since offers
 * lie with their sellers, and another one for products that other companies keep. */
static struct basket_line *lines_read(struct db *db, size_t *n)
{
	struct basket_lines_rows rows = basket_lines(db);
	struct basket_line *v = arena_array(db->arena, struct basket_line, rows.n + 1);
	struct offer_id *ids = arena_array(db->arena, struct offer_id, rows.n + 1);
	struct basket_offers_rows offers = {0};

	*n = rows.n;
	for (size_t i = 0; i < rows.n; i++)
		ids[i] = rows.v[i].offer_id;
	if (rows.n)
		offers = basket_offers(db, ids, rows.n);
	for (size_t i = 0; i < rows.n; i++) {
		const struct basket_offers_row key = {.id = ids[i]}, *o = NULL;

		v[i] = (struct basket_line){
			.id = rows.v[i].id, .offer_id = ids[i], .quantity = rows.v[i].quantity};
		if (offers.n)
			o = bsearch(&key, offers.v, offers.n, sizeof key, by_id);
		if (o)
			offer_take(&v[i], o);
	}
	others_words(db, v, rows.n);
	return v;
}

static bool same_group(const struct basket_line *a, const struct basket_line *b)
{
	return a->seller_id.v == b->seller_id.v && str_eq(a->currency, b->currency);
}

static void price_item(struct basket_item *i)
{
	const struct basket_line *l = i->row;
	struct tiers t;
	int64_t micro = 0;

	if (!tiers_parse(l->tiers, &t) || !tiers_price(&t, l->quantity, &micro))
		fault(FAULT_BUG, "offer %lld has no price", (long long)l->offer_id.v);
	i->unit = i->next_unit = (struct price){.micro = micro};
	memcpy(i->unit.currency, l->currency.p, 3);
	memcpy(i->next_unit.currency, l->currency.p, 3);
	i->net = price_times(i->unit, l->quantity);
	for (size_t k = 0; k < t.n; k++)
		if (t.v[k].quantity > l->quantity && t.v[k].micro < micro) {
			i->to_next = t.v[k].quantity - l->quantity;
			i->next_unit.micro = t.v[k].micro;
			break;
		}
}

static enum basket_trouble trouble_of(const struct basket_line *l, int64_t viewer_company)
{
	if (!l->seller_id.v)
		return BASKET_GONE;
	if (l->seller_id.v == viewer_company)
		return BASKET_OWN;
	if (l->quantity < l->min_quantity.v)
		return BASKET_MOQ;
	if (l->quantity % l->step_quantity.v)
		return BASKET_STEP;
	return l->quantity > l->free.v ? BASKET_SHORT : BASKET_FINE;
}

static void add_item(struct db *db, struct basket_group *g, const struct basket_line *l)
{
	struct basket_item *i = &g->v[g->n++];

	*i = (struct basket_item){.row = l, .trouble = trouble_of(l, db->viewer.company)};
	g->trouble |= i->trouble != BASKET_FINE;
	if (i->trouble == BASKET_GONE)
		return;
	price_item(i);
	g->net = money_add(g->net, i->net);
}

struct basket basket_read(struct db *db)
{
	size_t n;
	struct basket_line *lines = lines_read(db, &n);
	struct basket b = {.v = arena_array(db->arena, struct basket_group, n + 1), .lines = n};

	for (int gone = false; gone <= true; gone++)
		for (size_t i = 0; i < n; i++) {
			const struct basket_line *l = &lines[i];
			struct basket_group *g = b.v, *end = b.v + b.n;

			if ((l->seller_id.v == 0) != gone)
				continue;
			while (g < end && !same_group(g->v[0].row, l))
				g++;
			if (g == end) {
				*g = (struct basket_group){.seller = l->seller_id,
					.seller_name = l->seller_name,
					.seller_country = l->seller_country,
					.currency = l->currency,
					.v = arena_array(db->arena, struct basket_item, n)};
				if (!gone)
					g->net = money_of(0, l->currency);
				b.n++;
			}
			add_item(db, g, l);
		}
	return b;
}

const struct basket_group *basket_group(
	const struct basket *b, struct company_id seller, str currency)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->v[i].seller.v == seller.v && str_eq(b->v[i].currency, currency))
			return &b->v[i];
	return NULL;
}

int64_t basket_count(struct db *db)
{
	struct basket_size_row n;

	return basket_size(db, &n) ? n.n : 0;
}

struct text basket_trouble_text(const struct basket_item *i)
{
	switch (i->trouble) {
	case BASKET_FINE: return text_none();
	case BASKET_GONE: return TEXT(basket_unavailable);
	case BASKET_SHORT: return TEXT(basket_short, i->row->free.v);
	case BASKET_MOQ: return TEXT(basket_moq, i->row->min_quantity.v);
	case BASKET_STEP: return TEXT(basket_step, i->row->step_quantity.v);
	case BASKET_OWN: return TEXT(basket_own);
	}
	return text_none();
}

/* ---- filling ---- */

struct basket_add {
	struct offer_id offer;
	int64_t quantity;
};
FORM(basket_add_form, struct basket_add,
	{.name = "offer",
		.kind = FIELD_ID,
		.required = true,
		AT(struct basket_add, offer),
		.label = MSG_order_product},
	{.name = "quantity",
		.kind = FIELD_INT,
		.required = true,
		.min = 1,
		.max = 1000000000,
		AT(struct basket_add, quantity),
		.label = MSG_basket_quantity});

static bool put(struct db *db, struct offer_id offer, int64_t quantity)
{
	const struct viewer *v = &db->viewer;
	bool member = v->person && v->company;
	struct basket_line_of_row line;

	if (basket_line_of(db, offer, &line))
		return basket_set(db, line.id, quantity + line.quantity, clock_now()) == 1;
	return basket_add(db, (struct basket_line_id){id_make()},
		       (struct session_id){member ? 0 : v->session},
		       (struct person_id){member ? v->person : 0},
		       (struct company_id){member ? v->company : 0}, offer, quantity,
		       clock_now()) == 1;
}

static bool offered(struct db *db, struct offer_id id, struct basket_offer_row *offer,
	struct basket_product_row *product)
{
	return basket_offer(db, id, offer) && basket_product(db, offer->product_id, product);
}

static int basket_add_apply(struct req *r)
{
	const struct basket_add *f = r->form;
	struct basket_offer_row offer;
	struct basket_product_row product;

	if (!offered(r->db, f->offer, &offer, &product))
		return problem(r, 404, TEXT(basket_unavailable));
	if (offer.company_id.v == r->viewer.company)
		return problem(r, 409, TEXT(basket_own));
	if (f->quantity < offer.min_quantity)
		form_error(r, "quantity", TEXT(basket_moq, offer.min_quantity));
	else if (f->quantity % offer.step_quantity)
		form_error(r, "quantity", TEXT(basket_step, offer.step_quantity));
	else if (basket_count(r->db) >= BASKET_LINES_MAX)
		form_error(r, "", TEXT(basket_too_many, (int64_t)BASKET_LINES_MAX));
	else {
		session_keep(r);
		r->db->viewer.session = r->viewer.session;
		if (!put(r->db, f->offer, f->quantity))
			return problem(r, 409, TEXT(basket_unavailable));
		return done(r, 201, S("/basket"), TEXT(basket_added, product.title), NULL, NULL);
	}
	return 422;
}

/* ---- showing and changing ---- */

static int basket_show(struct req *r)
{
	struct basket b = basket_read(r->db);
	struct basket_refused again = {0};
	struct offer_id offer = {0};
	struct basket_offer_row row;
	struct basket_product_row product;

	if (r->route->form == &basket_add_form &&
		id_parse(field_value(r, "offer", S("")), &offer.v) &&
		offered(r->db, offer, &row, &product)) {
		again.offer = offer;
		again.title = product.title;
	}
	basket_page(r->out, r, &b, &again);
	return 200;
}

struct basket_change_line {
	struct basket_line_id line;
	int64_t quantity;
};
struct basket_change {
	struct form_rows lines;
};
FORM(basket_change_line_form, struct basket_change_line,
	{.name = "line",
		.kind = FIELD_ID,
		.required = true,
		AT(struct basket_change_line, line),
		.label = MSG_order_line},
	{.name = "quantity",
		.kind = FIELD_INT,
		.required = true,
		.min = 0,
		.max = 1000000000,
		AT(struct basket_change_line, quantity),
		.label = MSG_basket_quantity});
FORM(basket_change_form, struct basket_change,
	{.name = "lines",
		.kind = FIELD_ROWS,
		.required = true,
		.min = 1,
		.max = BASKET_LINES_MAX,
		AT(struct basket_change, lines),
		.label = MSG_order_lines,
		.rows = &basket_change_line_form});

static int basket_change_apply(struct req *r)
{
	const struct basket_change *f = r->form;
	const struct basket_change_line *v = f->lines.v;

	for (size_t i = 0; i < f->lines.n; i++) {
		int64_t n = v[i].quantity ? basket_set(r->db, v[i].line, v[i].quantity, clock_now())
					  : basket_remove(r->db, v[i].line);

		if (n != 1)
			return problem(r, 404, text_none());
	}
	return done(r, 200, S("/basket"), TEXT(basket_updated), NULL, NULL);
}

static int basket_remove_apply(struct req *r)
{
	if (basket_remove(r->db, (struct basket_line_id){path_id(r, "line")}) != 1)
		return problem(r, 404, text_none());
	return done(r, 200, S("/basket"), TEXT(basket_removed), NULL, NULL);
}

static int basket_api(struct req *r)
{
	size_t n;
	const struct basket_line *v = lines_read(r->db, &n);

	return answer_rows(r, &line_desc, v, n, (str){0});
}

/* ---- from visitor to member ---- */

void basket_merge(struct db *db, int64_t visitor_session)
{
	struct viewer member = db->viewer;

	db->viewer = (struct viewer){
		.session = visitor_session, .roles = BIT(ROLE_VISITOR), .request = member.request};
	size_t n;
	const struct basket_line *v = lines_read(db, &n);

	for (size_t i = 0; i < n; i++)
		MUST(basket_remove(db, v[i].id) == 1);
	db->viewer = member;
	for (size_t i = 0; i < n; i++)
		if (v[i].seller_id.v && !put(db, v[i].offer_id, v[i].quantity))
			LOG(LOG_WARN, "basket_merge", LOG_I("offer", v[i].offer_id.v));
}

#define LOOKS (BIT(PURPOSE_SESSION) | BIT(PURPOSE_PUBLIC))
#define SHOPPERS \
	(BIT(ROLE_VISITOR) | BIT(ROLE_BUYER) | BIT(ROLE_ADMIN) | BIT(ROLE_SALES) | \
		BIT(ROLE_FINANCE) | BIT(ROLE_VIEWER))

const struct route basket_routes[] = {
	{GET, "/basket", SHOPPERS, LOOKS, PROOF_NONE, .get = basket_show},
	{POST, "/basket/add", SHOPPERS, LOOKS, PROOF_TOKEN, .form = &basket_add_form,
		.get = basket_show, .apply = basket_add_apply},
	{POST, "/basket/change", SHOPPERS, LOOKS, PROOF_TOKEN, .form = &basket_change_form,
		.get = basket_show, .apply = basket_change_apply},
	{POST, "/basket/{line}/remove", SHOPPERS, LOOKS, PROOF_TOKEN, .apply = basket_remove_apply},
	{GET, "/api/v1/basket", SHOPPERS & ~BIT(ROLE_VISITOR), LOOKS, PROOF_BEARER,
		.get = basket_api, .answers = &line_desc, .list = true,
		.about = "What your account means to order"},
	{POST, "/api/v1/basket", SHOPPERS & ~BIT(ROLE_VISITOR), LOOKS, PROOF_BEARER,
		.form = &basket_add_form, .apply = basket_add_apply,
		.about = "Put an offer into the basket"},
	{POST, "/api/v1/basket/change", SHOPPERS & ~BIT(ROLE_VISITOR), LOOKS, PROOF_BEARER,
		.form = &basket_change_form, .apply = basket_change_apply,
		.about = "Change quantities; 0 removes the line"},
	{0},
};
