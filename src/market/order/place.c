/* Placing an order: prices and stock are looked at again, goods are reserved, both parties told.
 * What is ordered is read in front of the transaction, beside the writer; the transaction takes it
 * only as it was read. */
#include "market/order/place.h"

#include "egress/egress.h"
#include "market/order/vat.h"

#include "gen/bought.sql.h"
#include "gen/place.html.h"
#include "gen/stock.sql.h"

FORM(place_seen_form, struct place_seen,
	{.name = "line",
		.kind = FIELD_ID,
		.required = true,
		AT(struct place_seen, line),
		.label = MSG_order_line},
	{.name = "unit",
		.kind = FIELD_INT,
		.required = true,
		.min = 0,
		.max = INT64_MAX,
		AT(struct place_seen, unit),
		.label = MSG_basket_unit_price});
FORM(place_form, struct place_wish,
	{.name = "address",
		.kind = FIELD_ID,
		.required = true,
		AT(struct place_wish, address),
		.label = MSG_place_address,
		.hint = MSG_place_address_hint},
	{.name = "billing",
		.kind = FIELD_ID,
		AT(struct place_wish, billing),
		.label = MSG_place_billing},
	{.name = "contact",
		.kind = FIELD_TEXT,
		.required = true,
		.max = 120,
		AT(struct place_wish, contact),
		.label = MSG_place_contact,
		.hint = MSG_place_contact_hint,
		.data = "orders.consignee.name",
		.autocomplete = "name"},
	{.name = "phone",
		.kind = FIELD_TEXT,
		.max = 40,
		AT(struct place_wish, phone),
		.label = MSG_place_phone,
		.data = "orders.consignee.phone",
		.autocomplete = "tel"},
	{.name = "po_number",
		.kind = FIELD_TEXT,
		.data = NOT_PERSONAL,
		.max = 60,
		AT(struct place_wish, po_number),
		.label = MSG_place_po,
		.hint = MSG_place_po_hint},
	{.name = "incoterm",
		.kind = FIELD_ENUM,
		AT(struct place_wish, incoterm),
		.label = MSG_place_incoterm,
		.choices = "incoterm"},
	{.name = "incoterm_place",
		.kind = FIELD_TEXT,
		.data = NOT_PERSONAL,
		.max = 80,
		AT(struct place_wish, incoterm_place),
		.label = MSG_place_incoterm_place},
	{.name = "note",
		.kind = FIELD_LONG,
		.max = 2000,
		AT(struct place_wish, note),
		.label = MSG_place_note,
		.hint = MSG_place_note_hint,
		.data = "orders.note.text"},
	{.name = "seen",
		.kind = FIELD_INT,
		.min = 0,
		.max = INT64_MAX,
		AT(struct place_wish, seen),
		.label = MSG_basket_net},
	{.name = "lines",
		.kind = FIELD_ROWS,
		.max = BASKET_LINES_MAX,
		AT(struct place_wish, lines),
		.label = MSG_order_lines,
		.rows = &place_seen_form});

/* A line of exactly the quantity that was quoted and accepted takes the quote's price, once. */
static void take_agreed(struct db *db, struct placing *p)
{
	struct basket_group *g = &p->basket.v[p->group - p->basket.v];
	struct place_agreed_rows q = place_agreed(db, g->seller, g->currency);

	p->quotes = arena_array(db->arena, struct quote_id, g->n);
	for (size_t i = 0; i < q.n; i++)
		for (size_t k = 0; k < g->n; k++) {
			struct basket_item *it = &g->v[k];

			if (p->quotes[k].v || it->row->offer_id.v != q.v[i].offer_id.v ||
				it->row->quantity != q.v[i].quoted.v)
				continue;
			money net = price_times(q.v[i].price, it->row->quantity);

			g->net = money_add(money_sub(g->net, it->net), net);
			it->unit = q.v[i].price;
			it->net = net;
			it->to_next = 0;
			p->quotes[k] = q.v[i].id;
			break;
		}
}

static bool placing_read(struct req *r, struct placing *p)
{
	*p = (struct placing){.basket = basket_read(r->db)};
	if (!place_company(r->db, &p->company))
		return false;
	p->group = basket_group(
		&p->basket, (struct company_id){path_id(r, "seller")}, path_str(r, "currency"));
	if (p->group && p->group->seller.v)
		take_agreed(r->db, p);
	return true;
}

static void placing_vat(struct placing *p, str ship_country, money freight)
{
	struct vat v = vat_of(p->group->seller_country, ship_country, p->company.tax.vat_id.n > 0);

	p->scheme = v.scheme;
	p->vat_millionths = v.millionths;
	p->vat = money_part(money_add(p->group->net, freight), v.millionths);
	p->total = money_add(money_add(p->group->net, freight), p->vat);
}

/* Tax is that of where it goes: the address that is chosen, or will be if nothing is. */
static str ship_country(struct req *r, struct placing *p)
{
	int64_t chosen = 0;
	str country = p->addresses.n ? p->addresses.v[0].country : p->company.country;

	(void)id_parse(field_value(r, "address", S("")), &chosen);
	for (size_t i = 0; i < p->addresses.n; i++) {
		p->abroad |= !str_eq(p->addresses.v[i].country, p->addresses.v[0].country);
		if (p->addresses.v[i].id.v == chosen)
			country = p->addresses.v[i].country;
	}
	return country;
}

static int place_show(struct req *r)
{
	struct placing p;

	if (!placing_read(r, &p) || !place_person(r->db, &p.person))
		return problem(r, 403, text_none());
	p.addresses = place_addresses(r->db);
	if (!p.group || !p.group->seller.v)
		return problem(r, 404, TEXT(place_empty));
	p.wish = r->form;
	placing_vat(&p, ship_country(r, &p), money_of(0, p.group->currency));
	place_page(r->out, r, &p);
	return 200;
}

/* ---- the order ---- */

/* What is wrong with what is to be ordered, as errors of the form; true: nothing. */
static bool checked(struct req *r, const struct placing *p, const struct place_wish *f)
{
	size_t before, after;
	const struct form_error *e;

	before = form_errors(r, &e);
	for (size_t i = 0; i < p->group->n; i++) {
		const struct basket_item *it = &p->group->v[i];

		if (it->trouble == BASKET_SHORT)
			form_error(r, "", TEXT(place_short, it->row->free.v, it->row->title));
		else if (it->trouble)
			form_error(r, "", basket_trouble_text(it));
	}
	if (f->seen && f->seen != p->group->net.minor)
		form_error(r, "",
			TEXT(place_changed, money_of(f->seen, p->group->currency), p->group->net));
	if (f->incoterm && !f->incoterm_place.n)
		form_error(r, "incoterm_place", TEXT(place_incoterm_needs_place));
	after = form_errors(r, &e);
	return before == after;
}

/* "2026-000042": gap-free for each supplier and year. */
static str next_number(struct db *db, struct company_id seller)
{
	int year = civil_of(clock_now()).year;
	struct stock_number_row n = {.next = 1};

	if (!stock_number(db, seller, year, &n))
		stock_number_start(
			db, (struct number_series_id){id_make_with(seller.v)}, seller, year);
	else
		stock_number_next(db, n.id);
	return str_fmt(db->arena, "%04d-%06lld", year, (long long)n.next);
}

static bool add_line(struct db *db, struct order_id order, const struct placing *p, size_t at)
{
	const struct basket_item *it = &p->group->v[at];
	const struct basket_line *l = it->row;

	order_line_add(db, (struct order_line_id){id_make_with(order.v)}, order, p->company.id,
		p->group->seller, (int64_t)at + 1, l->offer_id, l->sku, l->title, l->unit,
		l->quantity, it->unit.micro, l->currency, it->net.minor, l->lead_days.v);
	if (p->quotes[at].v)
		db_event(db, "quote", p->quotes[at].v, p->company.id.v, p->group->seller.v);
	return basket_take(db, l->id, l->quantity) == 1 &&
	       (!p->quotes[at].v || place_ordered(db, p->quotes[at], order) == 1);
}

/* All of it, at the prices that were read, or nothing. */
static bool reserve(struct db *db, const struct basket_group *g)
{
	for (size_t i = 0; i < g->n; i++) {
		const struct basket_line *l = g->v[i].row;

		if (stock_reserve(db, l->offer_id, l->quantity, l->tiers) == 1)
			continue;
		while (i--)
			MUST(stock_release(db, g->v[i].row->offer_id, g->v[i].row->quantity) == 1);
		return false;
	}
	return true;
}

static struct orders_billing billing_of(const struct placing *p, const struct place_address_row *a)
{
	return (struct orders_billing){.name = a->place.name,
		.company = p->company.name,
		.street = a->place.street,
		.postcode = a->place.postcode,
		.city = a->place.city,
		.region = a->place.region,
		.country = a->country,
		.vat_id = p->company.tax.vat_id};
}

static bool add_order(struct req *r, const struct placing *p, struct order_id order, str number)
{
	const struct place_wish *f = r->form;
	const struct place_address_row *to = &p->to;
	struct orders_consignee consignee = {.name = f->contact,
		.company = p->company.name,
		.phone = f->phone,
		.street = to->place.street,
		.postcode = to->place.postcode,
		.city = to->place.city,
		.region = to->place.region};
	struct orders_billing billing = billing_of(p, &p->bill);
	struct orders_note note = {.text = f->note};
	instant now = clock_now();
	instant due = process_due(&order_process, ORDER_STATE_PLACED, now, NULL);

	order_add(r->db, order, number, p->company.id, p->group->seller,
		(struct person_id){r->viewer.person}, p->group->currency, p->group->net.minor, 0,
		p->vat.minor, p->total.minor, p->scheme, p->vat_millionths,
		f->po_number.n ? f->po_number : (str){0}, f->incoterm,
		f->incoterm_place.n ? f->incoterm_place : (str){0}, ORDER_PAYMENT_DAYS, to->country,
		&consignee, &billing, f->note.n ? &note : NULL, (int64_t)p->group->n, now, due);
	bought_add(r->db, (struct bought_id){id_make_with(p->company.id.v)}, order, p->company.id,
		p->group->seller, number, ORDER_STATE_PLACED);
	for (size_t i = 0; i < p->group->n; i++)
		if (!add_line(r->db, order, p, i))
			return false;
	order_event_add(r->db, (struct order_event_id){id_make_with(order.v)}, order, p->company.id,
		p->group->seller, ORDER_HAPPENING_PLACE, 0, ORDER_STATE_PLACED, p->company.id,
		(struct person_id){r->viewer.person}, NULL, now);
	db_event(r->db, "order", order.v, p->company.id.v, p->group->seller.v);
	return true;
}

/* What is wrong, as the form's errors or a problem; 0: nothing. */
static int placing_checked(struct req *r, struct placing *p)
{
	const struct place_wish *f = r->form;
	const struct form_error *e;

	if (!placing_read(r, p))
		return problem(r, 403, text_none());
	if (p->company.state != COMPANY_STATE_ACTIVE)
		return problem(r, 403, TEXT(place_not_active));
	if (!p->group || !p->group->seller.v)
		return problem(r, 404, TEXT(place_empty));
	if (!place_address(r->db, f->address, &p->to))
		form_error(r, "address", TEXT(place_address_none));
	else if (!f->billing.v)
		p->bill = p->to;
	else if (!place_address(r->db, f->billing, &p->bill))
		form_error(r, "billing", TEXT(place_address_none));
	if (!checked(r, p, f) || form_errors(r, &e))
		return 422;
	placing_vat(p, p->to.country, money_of(0, p->group->currency));
	return 0;
}

static int place_prepare(struct req *r)
{
	struct placing *p = arena_new(r->arena, struct placing);

	r->own = p;
	return placing_checked(r, p);
}

/* Somebody was quicker: what has changed since it was read, as the form's errors. */
static int place_changed(struct req *r, const struct placing *before)
{
	struct place_wish seen = *(const struct place_wish *)r->form;
	struct placing now;

	if (!placing_read(r, &now) || !now.group || !now.group->seller.v)
		return problem(r, 404, TEXT(place_empty));
	seen.seen = before->group->net.minor;
	if (!checked(r, &now, &seen))
		return 422;
	return problem(r, 409, TEXT(place_changed, before->group->net, now.group->net));
}

static int place_apply(struct req *r)
{
	struct placing *p = r->own;
	struct order_id order = {id_make_with(p->group->seller.v)};

	if (!reserve(r->db, p->group))
		return place_changed(r, p);
	str number = next_number(r->db, p->group->seller);

	if (!add_order(r, p, order, number))
		return problem(r, 409, TEXT(place_changed, p->group->net, p->group->net));
	outbox_company(r->db, "order_placed", p->group->seller.v, BIT(ROLE_SALES) | BIT(ROLE_ADMIN),
		order.v);
	str path = str_fmt(r->arena, "%s/%.*s", r->api ? "/api/v1/orders" : "/order",
		STR_ARG(id_text(r->arena, order.v)));

	return done(r, 201, path,
		TEXT(place_done, number, p->group->seller_name, (int64_t)ORDER_CONFIRM_DAYS),
		&order_by_id_desc, NULL);
}

#define PLACES \
	(BIT(PURPOSE_TRADE) | BIT(PURPOSE_STOCK) | BIT(PURPOSE_MAILING) | BIT(PURPOSE_SESSION) | \
		BIT(PURPOSE_PUBLIC))
#define BUYERS (BIT(ROLE_BUYER) | BIT(ROLE_ADMIN))

const struct route place_routes[] = {
	{GET, "/order/place/{seller}/{currency}", BUYERS, PLACES, PROOF_NONE, .get = place_show},
	{POST, "/order/place/{seller}/{currency}", BUYERS, PLACES, PROOF_TOKEN, .form = &place_form,
		.get = place_show, .prepare = place_prepare, .apply = place_apply},
	{POST, "/api/v1/basket/place/{seller}/{currency}", BUYERS, PLACES, PROOF_BEARER,
		.form = &place_form, .prepare = place_prepare, .apply = place_apply,
		.answers = &order_by_id_desc,
		.about = "Order all that the basket holds from one supplier in one currency"},
	{0},
};
