/* Orders that exist: lists, the order's page, what may be done with it. */
#include "market/order/orders.h"

#include "egress/egress.h"
#include "web/page.h"

#include "gen/bought.sql.h"
#include "gen/orders.html.h"
#include "gen/stock.sql.h"

/* ---- lists ---- */

struct orders_query {
	int state;
	str number;
	struct order_id before;
};
FORM(orders_query_form, struct orders_query,
	{.name = "state",
		.kind = FIELD_ENUM,
		AT(struct orders_query, state),
		.label = MSG_order_state,
		.choices = "order_state"},
	{.name = "number",
		.kind = FIELD_TEXT,
		.data = NOT_PERSONAL,
		.max = ORDER_NUMBER_CHARS_MAX,
		AT(struct orders_query, number),
		.label = MSG_order_number},
	{.name = "before",
		.kind = FIELD_ID,
		AT(struct orders_query, before),
		.label = MSG_order_number});

/* The lists have the same columns, so the same row: checked when the program is built. */
#define SAME_ROW(x) _Static_assert(sizeof(struct x##_row) == sizeof(struct order_bought_row), #x)
SAME_ROW(order_sold);
SAME_ROW(order_sold_in);
SAME_ROW(order_bought_numbered);
SAME_ROW(order_sold_numbered);

/* The company's own list says which; an id is all that its rows hold. */
#define IDS(x) _Static_assert(sizeof(struct x##_row) == sizeof(struct order_id), #x)
IDS(bought_newest);
IDS(bought_in);
IDS(bought_numbered);

static struct order_bought_rows bought_read(struct db *db, int state, struct order_id before)
{
	if (!state) {
		struct bought_newest_rows l = bought_newest(db, before);

		return order_bought(db, (const void *)l.v, l.n);
	}
	struct bought_in_rows l = bought_in(db, state, before);

	return order_bought(db, (const void *)l.v, l.n);
}

static struct order_bought_numbered_rows numbered_read(struct db *db, str number)
{
	struct bought_numbered_rows l = bought_numbered(db, number);

	return order_bought_numbered(db, (const void *)l.v, l.n);
}

static void list_read(struct req *r, bool sold, struct orders_list *l)
{
	const struct orders_query *q = r->form;
	struct order_id before = q->before.v ? q->before : (struct order_id){INT64_MAX};

	*l = (struct orders_list){.sold = sold, .state = q->state, .number = q->number};
#define TAKE(call) \
	do { \
		__auto_type rows = (call); \
		l->v = (const void *)rows.v; \
		l->n = rows.n; \
	} while (0)
	if (q->number.n && sold)
		TAKE(order_sold_numbered(r->db, q->number));
	else if (q->number.n)
		TAKE(numbered_read(r->db, q->number));
	else if (sold && q->state)
		TAKE(order_sold_in(r->db, q->state, before));
	else if (sold)
		TAKE(order_sold(r->db, before));
	else
		TAKE(bought_read(r->db, q->state, before));
#undef TAKE
	if (l->n == PAGE_ROWS && !q->number.n)
		l->next = l->v[l->n - 1].id;
}

static int list_show(struct req *r, bool sold)
{
	struct orders_list l;

	list_read(r, sold, &l);
	if (r->api)
		return answer_rows(r, &order_bought_desc, l.v, l.n,
			l.next.v ? id_text(r->arena, l.next.v) : (str){0});
	orders_list_page(r->out, r, &l);
	return 200;
}

static int bought_show(struct req *r)
{
	return list_show(r, false);
}

static int sold_show(struct req *r)
{
	return list_show(r, true);
}

/* ---- one order ---- */

static bool view_read(struct req *r, struct orders_view *v)
{
	struct order_id id = {path_id(r, "order")};

	*v = (struct orders_view){0};
	if (!order_load(r->db, id, &v->t))
		return false;
	v->events = order_events(r->db, id);
	v->shipments = order_shipments(r->db, id);
	v->shipped = order_shipment_lines(r->db, id);
	v->who = order_actor(&r->viewer, &v->t);
	v->choices_n = process_choices(
		&order_process, v->t.o.state, v->who, &v->t, v->choices, ORDER_CHOICES_MAX);
	return true;
}

static int order_show(struct req *r)
{
	struct orders_view v;

	if (!view_read(r, &v))
		return problem(r, 404, text_none());
	order_parties(r->db, v.t.o.id, &v.parties);
	orders_view_page(r->out, r, &v);
	return 200;
}

/* The order alone: its lines, events and shipments have addresses of their own. */
static int order_alone_show(struct req *r)
{
	struct order_by_id_row o;

	if (!order_by_id(r->db, (struct order_id){path_id(r, "order")}, &o))
		return problem(r, 404, text_none());
	return answer_row(r, &order_by_id_desc, &o);
}

static int order_delivery_show(struct req *r)
{
	struct order_delivery_row v;

	if (!order_delivery(r->db, (struct order_id){path_id(r, "order")}, &v))
		return problem(r, 404, text_none());
	return answer_row(r, &order_delivery_desc, &v);
}

static int order_billing_show(struct req *r)
{
	struct order_billing_row v;

	if (!order_billing(r->db, (struct order_id){path_id(r, "order")}, &v))
		return problem(r, 404, text_none());
	return answer_row(r, &order_billing_desc, &v);
}

/* The order that the path names; 0: none that the viewer's company is a party to. */
static struct order_id party_to(struct req *r)
{
	struct order_by_id_row o;
	bool is = order_by_id(r->db, (struct order_id){path_id(r, "order")}, &o);

	return is ? o.id : (struct order_id){0};
}

static int order_lines_show(struct req *r)
{
	struct order_id order = party_to(r);

	if (!order.v)
		return problem(r, 404, text_none());
	struct order_lines_rows l = order_lines(r->db, order);

	return answer_rows(r, &order_lines_desc, l.v, l.n, (str){0});
}

static int order_events_show(struct req *r)
{
	struct order_id order = party_to(r);

	if (!order.v)
		return problem(r, 404, text_none());
	struct order_events_rows l = order_events(r->db, order);

	return answer_rows(r, &order_events_desc, l.v, l.n, (str){0});
}

static int order_shipments_show(struct req *r)
{
	struct order_id order = party_to(r);

	if (!order.v)
		return problem(r, 404, text_none());
	struct order_shipments_rows l = order_shipments(r->db, order);

	return answer_rows(r, &order_shipments_desc, l.v, l.n, (str){0});
}

static int order_pdf_show(struct req *r)
{
	struct order_parties who;
	struct order_thing t;

	if (!order_load(r->db, (struct order_id){path_id(r, "order")}, &t))
		return problem(r, 404, text_none());
	order_parties(r->db, t.o.id, &who);
	str pdf = order_pdf(r->arena, r->locale, &t, &who);

	answer_download(
		r, str_fmt(r->arena, "order-%.*s.pdf", STR_ARG(t.o.number)), "application/pdf");
	out_bytes(r->out, pdf.p, pdf.n);
	return 200;
}

/* ---- acting ---- */

struct text order_do_text(int event)
{
	switch ((enum order_happening)event) {
	case ORDER_HAPPENING_AGREE: return TEXT(order_do_agree);
	case ORDER_HAPPENING_CONFIRM: return TEXT(order_do_confirm);
	case ORDER_HAPPENING_START_PRODUCTION: return TEXT(order_do_start_production);
	case ORDER_HAPPENING_MAKE_READY: return TEXT(order_do_make_ready);
	case ORDER_HAPPENING_SHIP: return TEXT(order_do_ship);
	case ORDER_HAPPENING_DELIVER: return TEXT(order_do_deliver);
	case ORDER_HAPPENING_ACCEPT: return TEXT(order_do_accept);
	case ORDER_HAPPENING_MARK_PAID: return TEXT(order_do_mark_paid);
	case ORDER_HAPPENING_CANCEL: return TEXT(order_do_cancel);
	case ORDER_HAPPENING_REJECT: return TEXT(order_do_reject);
	case ORDER_HAPPENING_PLACE:
	case ORDER_HAPPENING_PROPOSE:
	case ORDER_HAPPENING_SHIP_PART:
	case ORDER_HAPPENING_CLOSE:
	case ORDER_HAPPENING_EXPIRE:
	case ORDER_HAPPENING_REMARK: return text_none();
	}
	return text_none();
}

int order_state_tone(int state)
{
	switch ((enum order_state)state) {
	case ORDER_STATE_PLACED:
	case ORDER_STATE_CHANGED: return TONE_WARN;
	case ORDER_STATE_CONFIRMED:
	case ORDER_STATE_IN_PRODUCTION:
	case ORDER_STATE_READY:
	case ORDER_STATE_PART_SHIPPED:
	case ORDER_STATE_SHIPPED: return TONE_INFO;
	case ORDER_STATE_DELIVERED:
	case ORDER_STATE_ACCEPTED: return TONE_GOOD;
	case ORDER_STATE_CLOSED:
	case ORDER_STATE_CANCELLED: return TONE_NEUTRAL; /* over: nothing waits for anybody */
	case ORDER_STATE_REJECTED:
	case ORDER_STATE_EXPIRED: return TONE_BAD;
	}
	return TONE_NEUTRAL;
}

/* What the table says against it, as an answer; 0: nothing. */
static int refused(struct req *r, struct process_step s)
{
	switch (s.answer) {
	case PROCESS_YES: return 0;
	case PROCESS_NOT_NOW: return problem(r, 409, TEXT(order_moved_on));
	case PROCESS_NOT_YOU: return problem(r, 403, TEXT(order_readonly));
	case PROCESS_GUARDED: return problem(r, 409, (struct text){.msg = s.why});
	}
	return problem(r, 409, TEXT(order_moved_on));
}

/* The page that asks for what an event needs is shown to whom may do it now, and to nobody else. */
static int refused_page(struct req *r, const struct orders_view *v, int event)
{
	return refused(r, process_ask(&order_process, v->t.o.state, event, v->who, &v->t));
}

/* After order_do: the answer for what it said. */
static int answer(struct req *r, const struct order_thing *t, struct process_step s, int event)
{
	int no = refused(r, s);

	if (no)
		return no;
	str id = id_text(r->arena, t->o.id.v);
	struct order_by_id_row row;

	MUST(order_by_id(r->db, t->o.id, &row));
	return done(r, 200,
		str_fmt(r->arena, "%s/%.*s", r->api ? "/api/v1/orders" : "/order", STR_ARG(id)),
		order_event_text(event), &order_by_id_desc, &row);
}

static void tell(struct req *r, const struct order_thing *t, const char *mail)
{
	bool buyer = r->viewer.company == t->o.buyer_id.v;

	outbox_company(r->db, mail, buyer ? t->o.seller_id.v : t->o.buyer_id.v,
		BIT(buyer ? ROLE_SALES : ROLE_BUYER) | BIT(ROLE_ADMIN), t->o.id.v);
}

FORM(order_act_form, struct order_act,
	{.name = "reason",
		.kind = FIELD_LONG,
		.max = 500,
		AT(struct order_act, reason),
		.label = MSG_order_do_reason,
		.hint = MSG_order_do_reason_hint,
		.data = "order_event.words"});

/* The events that need no more than a yes, or a reason. Confirming and shipping have forms. */
static int act_event(struct req *r)
{
	int event = order_happening_of(path_str(r, "event"));

	switch ((enum order_happening)event) {
	case ORDER_HAPPENING_AGREE:
	case ORDER_HAPPENING_START_PRODUCTION:
	case ORDER_HAPPENING_MAKE_READY:
	case ORDER_HAPPENING_DELIVER:
	case ORDER_HAPPENING_ACCEPT:
	case ORDER_HAPPENING_MARK_PAID:
	case ORDER_HAPPENING_CANCEL:
	case ORDER_HAPPENING_REJECT: return event;
	case ORDER_HAPPENING_CONFIRM:
	case ORDER_HAPPENING_SHIP:
	case ORDER_HAPPENING_PLACE:
	case ORDER_HAPPENING_PROPOSE:
	case ORDER_HAPPENING_SHIP_PART:
	case ORDER_HAPPENING_CLOSE:
	case ORDER_HAPPENING_EXPIRE:
	case ORDER_HAPPENING_REMARK: return 0;
	}
	return 0;
}

static int act_show(struct req *r)
{
	struct orders_view v;
	int event = act_event(r);

	if (!event || !view_read(r, &v))
		return problem(r, 404, text_none());
	int no = refused_page(r, &v, event);

	if (no)
		return no;
	orders_act_page(r->out, r, &v, event);
	return 200;
}

static int act_apply(struct req *r)
{
	const struct order_act *f = r->form;
	struct order_thing t;
	int event = act_event(r);

	if (!event || !order_load(r->db, (struct order_id){path_id(r, "order")}, &t))
		return problem(r, 404, text_none());
	struct process_step s = order_do(r->db, &t, event, f->reason);

	if (s.answer == PROCESS_YES &&
		(event == ORDER_HAPPENING_CANCEL || event == ORDER_HAPPENING_REJECT))
		tell(r, &t, "order_cancelled");
	return answer(r, &t, s, event);
}

/* ---- confirming ---- */

FORM(order_confirm_line_form, struct order_confirm_line,
	{.name = "line",
		.kind = FIELD_ID,
		.required = true,
		AT(struct order_confirm_line, line),
		.label = MSG_order_line},
	{.name = "quantity",
		.kind = FIELD_INT,
		.required = true,
		.min = 0,
		.max = 1000000000,
		AT(struct order_confirm_line, quantity),
		.label = MSG_order_quantity});
FORM(order_confirm_form, struct order_confirm,
	{.name = "lines",
		.kind = FIELD_ROWS,
		.required = true,
		.min = 1,
		.max = ORDER_LINES_MAX,
		AT(struct order_confirm, lines),
		.label = MSG_order_lines,
		.rows = &order_confirm_line_form},
	{.name = "freight",
		.kind = FIELD_PRICE,
		.max = INT64_C(1000000000000),
		AT(struct order_confirm, freight),
		.label = MSG_order_freight,
		.hint = MSG_order_freight_hint,
		.with = "currency"},
	{.name = "currency",
		.kind = FIELD_TEXT,
		.data = NOT_PERSONAL,
		.min = 3,
		.max = 3,
		AT(struct order_confirm, currency),
		.label = MSG_order_currency},
	{.name = "promised",
		.kind = FIELD_DATE,
		.data = NOT_PERSONAL,
		AT(struct order_confirm, promised),
		.label = MSG_order_promise},
	{.name = "remark",
		.kind = FIELD_TEXT,
		.max = 300,
		AT(struct order_confirm, remark),
		.label = MSG_order_do_reason,
		.hint = MSG_order_do_reason_hint,
		.data = "order_event.words"});

static int confirm_show(struct req *r)
{
	struct orders_view v;

	if (!view_read(r, &v))
		return problem(r, 404, text_none());
	int no = refused_page(r, &v, ORDER_HAPPENING_CONFIRM);

	if (no)
		return no;
	orders_confirm_page(r->out, r, &v);
	return 200;
}

static const struct order_confirm_line *line_of(
	const struct form_rows *rows, struct order_line_id id)
{
	const struct order_confirm_line *v = rows->v;

	for (size_t i = 0; i < rows->n; i++)
		if (v[i].line.v == id.v)
			return &v[i];
	return NULL;
}

/* How many of a line the supplier can deliver; a line that the form does not name: all. */
static int64_t can_deliver(struct req *r, const struct order_lines_row *l)
{
	const struct order_confirm *f = r->form;
	const struct order_confirm_line *c = line_of(&f->lines, l->id);

	if (c && c->quantity > l->quantity) {
		form_error(r, "lines", TEXT(order_confirm_over, l->quantity));
		return 0;
	}
	return c ? c->quantity : l->quantity;
}

/* Stores what can be delivered, gives back the rest; the new net total. */
static bool confirm_lines(struct req *r, struct order_thing *t, money *net, bool *less)
{
	int64_t all = 0;

	*net = money_of(0, t->o.currency);
	for (size_t i = 0; i < t->lines.n; i++) {
		struct order_lines_row *l = &t->lines.v[i];
		int64_t n = can_deliver(r, l);
		money m = price_times(l->unit_price, n);

		*less |= n < l->quantity;
		all += n;
		*net = money_add(*net, m);
		if (n < l->reserved && stock_release(r->db, l->offer_id, l->reserved - n) != 1)
			return false;
		if (order_line_confirm(r->db, l->id, t->o.id, n, n, m.minor) != 1)
			return false;
		l->reserved = n;
	}
	if (!all)
		form_error(r, "lines", TEXT(order_confirm_none));
	return true;
}

static int confirm_apply(struct req *r)
{
	const struct order_confirm *f = r->form;
	const struct form_error *e;
	struct order_thing t;
	bool less = false;
	money net;

	if (!order_load(r->db, (struct order_id){path_id(r, "order")}, &t))
		return problem(r, 404, text_none());
	struct process_step can = process_ask(&order_process, t.o.state, ORDER_HAPPENING_CONFIRM,
		order_actor(&r->viewer, &t), &t);

	if (can.answer != PROCESS_YES)
		return answer(r, &t, can, ORDER_HAPPENING_CONFIRM);
	if (instant_is(f->promised) && f->promised.us + DAY_US < t.now.us)
		form_error(r, "promised", TEXT(order_promise_past));
	if (f->freight && !str_eq(f->currency, t.o.currency))
		form_error(r, "currency", TEXT(order_currency_other, t.o.currency));
	if (!confirm_lines(r, &t, &net, &less))
		return problem(r, 409, TEXT(order_moved_on));
	if (form_errors(r, &e))
		return 422;
	struct price per = {.micro = f->freight};

	memcpy(per.currency, t.o.currency.p, 3);
	money freight = price_times(per, 1),
	      vat = money_part(money_add(net, freight), t.o.vat_millionths);

	if (order_amounts(r->db, t.o.id, net.minor, freight.minor, vat.minor,
		    net.minor + freight.minor + vat.minor) != 1 ||
		order_promise(r->db, t.o.id, f->promised) != 1)
		return problem(r, 409, TEXT(order_moved_on));
	int event = less || freight.minor ? ORDER_HAPPENING_PROPOSE : ORDER_HAPPENING_CONFIRM;
	struct process_step s = order_do(r->db, &t, event, f->remark);

	if (s.answer == PROCESS_YES)
		tell(r, &t, "order_confirmed");
	return answer(r, &t, s, event);
}

/* ---- shipping ---- */

FORM(order_ship_form, struct order_ship,
	{.name = "lines",
		.kind = FIELD_ROWS,
		.required = true,
		.min = 1,
		.max = ORDER_LINES_MAX,
		AT(struct order_ship, lines),
		.label = MSG_order_lines,
		.rows = &order_confirm_line_form},
	{.name = "carrier",
		.kind = FIELD_TEXT,
		.data = NOT_PERSONAL,
		.required = true,
		.max = 80,
		AT(struct order_ship, carrier),
		.label = MSG_order_carrier},
	{.name = "tracking",
		.kind = FIELD_TEXT,
		.data = NOT_PERSONAL,
		.max = 80,
		AT(struct order_ship, tracking),
		.label = MSG_order_tracking});

static int ship_show(struct req *r)
{
	struct orders_view v;

	if (!view_read(r, &v))
		return problem(r, 404, text_none());
	int no = refused_page(r, &v, ORDER_HAPPENING_SHIP);

	if (no)
		return no;
	orders_ship_page(r->out, r, &v);
	return 200;
}

/* Takes shipped goods out of stock and writes the shipment's lines; how much is left to ship. */
static bool ship_lines(struct req *r, struct order_thing *t, struct shipment_id shipment,
	int64_t *sent, int64_t *left)
{
	const struct order_ship *f = r->form;

	for (size_t i = 0; i < t->lines.n; i++) {
		struct order_lines_row *l = &t->lines.v[i];
		const struct order_confirm_line *c = line_of(&f->lines, l->id);
		int64_t open = l->confirmed - l->shipped, n = c ? c->quantity : 0;

		if (n > open) {
			form_error(r, "lines", TEXT(order_ship_over, open));
			continue;
		}
		*left += open - n;
		*sent += n;
		if (n && (stock_commit(r->db, l->offer_id, n) != 1 ||
				 order_line_ship(r->db, l->id, t->o.id, n) != 1 ||
				 order_shipment_line_add(r->db,
					 (struct shipment_line_id){id_make_with(t->o.id.v)},
					 shipment, t->o.id, l->id, t->o.buyer_id, t->o.seller_id,
					 n) != 1))
			return false;
	}
	if (!*sent)
		form_error(r, "lines", TEXT(order_ship_none));
	return true;
}

static int ship_apply(struct req *r)
{
	const struct order_ship *f = r->form;
	const struct form_error *e;
	struct shipment_id shipment = {id_make_with(path_id(r, "order"))};
	struct order_thing t;
	int64_t sent = 0, left = 0;

	if (!order_load(r->db, (struct order_id){path_id(r, "order")}, &t))
		return problem(r, 404, text_none());
	struct process_step can = process_ask(
		&order_process, t.o.state, ORDER_HAPPENING_SHIP, order_actor(&r->viewer, &t), &t);

	if (can.answer != PROCESS_YES)
		return answer(r, &t, can, ORDER_HAPPENING_SHIP);
	if (order_shipment_add(r->db, shipment, t.o.id, t.o.buyer_id, t.o.seller_id, f->carrier,
		    f->tracking.n ? f->tracking : (str){0}, t.now) != 1 ||
		!ship_lines(r, &t, shipment, &sent, &left))
		return problem(r, 409, TEXT(order_moved_on));
	if (form_errors(r, &e))
		return 422;
	int event = left ? ORDER_HAPPENING_SHIP_PART : ORDER_HAPPENING_SHIP;
	struct process_step s = order_do(r->db, &t, event, f->tracking);

	if (s.answer == PROCESS_YES)
		tell(r, &t, "order_shipped");
	return answer(r, &t, s, event);
}

#define READS (BIT(PURPOSE_TRADE) | BIT(PURPOSE_PUBLIC))
#define SPARES (BIT(PURPOSE_DELIVERY) | BIT(PURPOSE_PAYMENT))
#define SHOWS (READS | SPARES)
#define ACTS (READS | BIT(PURPOSE_STOCK) | BIT(PURPOSE_MAILING))
#define MEMBERS \
	(BIT(ROLE_ADMIN) | BIT(ROLE_BUYER) | BIT(ROLE_SALES) | BIT(ROLE_FINANCE) | BIT(ROLE_VIEWER))
#define SELLERS (BIT(ROLE_SALES) | BIT(ROLE_ADMIN))
#define ACTORS (MEMBERS & ~BIT(ROLE_VIEWER))

const struct route order_routes[] = {
	{GET, "/orders", MEMBERS, READS, PROOF_NONE, .form = &orders_query_form,
		.get = bought_show},
	{GET, "/sales", MEMBERS, READS, PROOF_NONE, .form = &orders_query_form, .get = sold_show},
	{GET, "/order/{order}", MEMBERS, SHOWS, PROOF_NONE, .get = order_show, .spares = SPARES},
	{GET, "/order/{order}/pdf", MEMBERS, SHOWS, PROOF_NONE, .get = order_pdf_show,
		.spares = SPARES},
	{GET, "/order/{order}/confirm", SELLERS, READS, PROOF_NONE, .get = confirm_show},
	{POST, "/order/{order}/confirm", SELLERS, ACTS, PROOF_TOKEN, .form = &order_confirm_form,
		.get = confirm_show, .apply = confirm_apply},
	{GET, "/order/{order}/ship", SELLERS, READS, PROOF_NONE, .get = ship_show},
	{POST, "/order/{order}/ship", SELLERS, ACTS, PROOF_TOKEN, .form = &order_ship_form,
		.get = ship_show, .apply = ship_apply},
	{GET, "/order/{order}/do/{event}", ACTORS, READS, PROOF_NONE, .get = act_show},
	{POST, "/order/{order}/do/{event}", ACTORS, ACTS, PROOF_TOKEN, .form = &order_act_form,
		.get = act_show, .apply = act_apply},
	{GET, "/api/v1/orders", MEMBERS, READS, PROOF_BEARER, .form = &orders_query_form,
		.get = bought_show, .answers = &order_bought_desc, .list = true,
		.about = "Orders that your company placed, newest first"},
	{GET, "/api/v1/sales", MEMBERS, READS, PROOF_BEARER, .form = &orders_query_form,
		.get = sold_show, .answers = &order_bought_desc, .list = true,
		.about = "Orders placed at your company, newest first"},
	{GET, "/api/v1/orders/{order}", MEMBERS, READS, PROOF_BEARER, .get = order_alone_show,
		.answers = &order_by_id_desc, .about = "One order that your company is a party to"},
	{GET, "/api/v1/orders/{order}/delivery", MEMBERS, BIT(PURPOSE_DELIVERY), PROOF_BEARER,
		.get = order_delivery_show, .answers = &order_delivery_desc,
		.about = "Where it goes; a supplier sees it once the order is confirmed"},
	{GET, "/api/v1/orders/{order}/billing", MEMBERS, BIT(PURPOSE_PAYMENT), PROOF_BEARER,
		.get = order_billing_show, .answers = &order_billing_desc,
		.about = "Whom the invoice names; a supplier sees it once the order is confirmed"},
	{GET, "/api/v1/orders/{order}/lines", MEMBERS, READS, PROOF_BEARER, .get = order_lines_show,
		.answers = &order_lines_desc, .list = true, .about = "Its lines"},
	{GET, "/api/v1/orders/{order}/events", MEMBERS, READS, PROOF_BEARER,
		.get = order_events_show, .answers = &order_events_desc, .list = true,
		.about = "What happened to it, oldest first"},
	{GET, "/api/v1/orders/{order}/shipments", MEMBERS, READS, PROOF_BEARER,
		.get = order_shipments_show, .answers = &order_shipments_desc, .list = true,
		.about = "What was sent, by whom, under which tracking number"},
	{GET, "/api/v1/orders/{order}/pdf", MEMBERS, SHOWS, PROOF_BEARER, .get = order_pdf_show,
		.spares = SPARES, .about = "The order as a PDF"},
	{POST, "/api/v1/orders/{order}/confirm", SELLERS, ACTS, PROOF_BEARER,
		.form = &order_confirm_form, .apply = confirm_apply, .answers = &order_by_id_desc,
		.about = "Confirm an order, or propose what can be delivered"},
	{POST, "/api/v1/orders/{order}/ship", SELLERS, ACTS, PROOF_BEARER, .form = &order_ship_form,
		.apply = ship_apply, .answers = &order_by_id_desc,
		.about = "Ship all or part of an order"},
	{POST, "/api/v1/orders/{order}/do/{event}", ACTORS, ACTS, PROOF_BEARER,
		.form = &order_act_form, .apply = act_apply, .answers = &order_by_id_desc,
		.about = "agree, start_production, make_ready, deliver, accept, mark_paid, cancel, "
			 "reject"},
	{0},
};
