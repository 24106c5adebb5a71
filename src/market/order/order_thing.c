/* An order as the table's thing: loading it, acting on it, naming its states. */
#include "market/order/order.h"

#include "gen/bought.sql.h"

bool order_load(struct db *db, struct order_id id, struct order_thing *t)
{
	*t = (struct order_thing){.now = clock_now()};
	if (!order_by_id(db, id, &t->o))
		return false;
	t->lines = order_lines(db, id);
	return true;
}

void order_parties(struct db *db, struct order_id id, struct order_parties *p)
{
	*p = (struct order_parties){0};
	if (db_off(db, PURPOSE_DELIVERY) || db_off(db, PURPOSE_PAYMENT))
		return;
	p->known = order_delivery(db, id, &p->to) && order_billing(db, id, &p->bill);
	p->later = !p->known;
}

struct actor order_actor(const struct viewer *v, const struct order_thing *t)
{
	struct actor a = {.roles = v->roles};

	if (v->company && v->company == t->o.buyer_id.v)
		a.sides |= ORDER_SIDE_BUYER;
	if (v->company && v->company == t->o.seller_id.v)
		a.sides |= ORDER_SIDE_SELLER;
	return a;
}

struct process_step order_do(struct db *db, struct order_thing *t, int event, str detail)
{
	struct order_by_id_row *o = &t->o;
	struct process_step s =
		process_ask(&order_process, o->state, event, order_actor(&db->viewer, t), t);

	if (s.answer != PROCESS_YES)
		return s;
	struct order_event_words words = {.text = detail};
	int from = o->state, to = s.row->to;
	instant due = to == from ? o->due_at : process_due(&order_process, to, t->now, NULL);

	if (order_move(db, o->id, from, to, due) != 1 || (s.row->effect && !s.row->effect(db, t))) {
		s.answer = PROCESS_NOT_NOW;
		return s;
	}
	if (to != from)
		bought_move(db, o->buyer_id, o->id, to);
	order_event_add(db, (struct order_event_id){id_make_with(o->id.v)}, o->id, o->buyer_id,
		o->seller_id, event, from, to, (struct company_id){db->viewer.company},
		(struct person_id){db->viewer.person}, detail.n ? &words : NULL, t->now);
	db_event(db, "order", o->id.v, o->buyer_id.v, o->seller_id.v);
	o->state = to;
	return s;
}

struct text order_state_text(int state)
{
	switch ((enum order_state)state) {
	case ORDER_STATE_PLACED: return TEXT(order_state_placed);
	case ORDER_STATE_CHANGED: return TEXT(order_state_changed);
	case ORDER_STATE_CONFIRMED: return TEXT(order_state_confirmed);
	case ORDER_STATE_IN_PRODUCTION: return TEXT(order_state_in_production);
	case ORDER_STATE_READY: return TEXT(order_state_ready);
	case ORDER_STATE_PART_SHIPPED: return TEXT(order_state_part_shipped);
	case ORDER_STATE_SHIPPED: return TEXT(order_state_shipped);
	case ORDER_STATE_DELIVERED: return TEXT(order_state_delivered);
	case ORDER_STATE_ACCEPTED: return TEXT(order_state_accepted);
	case ORDER_STATE_CLOSED: return TEXT(order_state_closed);
	case ORDER_STATE_CANCELLED: return TEXT(order_state_cancelled);
	case ORDER_STATE_REJECTED: return TEXT(order_state_rejected);
	case ORDER_STATE_EXPIRED: return TEXT(order_state_expired);
	}
	fault(FAULT_BUG, "no such order state: %d", state);
}

struct text order_event_text(int event)
{
	switch ((enum order_happening)event) {
	case ORDER_HAPPENING_PLACE: return TEXT(order_did_place);
	case ORDER_HAPPENING_PROPOSE: return TEXT(order_did_propose);
	case ORDER_HAPPENING_AGREE: return TEXT(order_did_agree);
	case ORDER_HAPPENING_CONFIRM: return TEXT(order_did_confirm);
	case ORDER_HAPPENING_START_PRODUCTION: return TEXT(order_did_start_production);
	case ORDER_HAPPENING_MAKE_READY: return TEXT(order_did_make_ready);
	case ORDER_HAPPENING_SHIP_PART: return TEXT(order_did_ship_part);
	case ORDER_HAPPENING_SHIP: return TEXT(order_did_ship);
	case ORDER_HAPPENING_DELIVER: return TEXT(order_did_deliver);
	case ORDER_HAPPENING_ACCEPT: return TEXT(order_did_accept);
	case ORDER_HAPPENING_MARK_PAID: return TEXT(order_did_mark_paid);
	case ORDER_HAPPENING_CLOSE: return TEXT(order_did_close);
	case ORDER_HAPPENING_CANCEL: return TEXT(order_did_cancel);
	case ORDER_HAPPENING_REJECT: return TEXT(order_did_reject);
	case ORDER_HAPPENING_EXPIRE: return TEXT(order_did_expire);
	case ORDER_HAPPENING_REMARK: return TEXT(order_did_remark);
	}
	fault(FAULT_BUG, "no such happening of an order: %d", event);
}

struct text order_due_text(const struct order_thing *t)
{
	int event = 0;

	if (!instant_is(t->o.due_at))
		return text_none();
	process_due(&order_process, t->o.state, t->now, &event);
	switch (event) {
	case ORDER_HAPPENING_EXPIRE: return TEXT(order_due_expire, t->o.due_at);
	case ORDER_HAPPENING_DELIVER: return TEXT(order_due_deliver, t->o.due_at);
	case ORDER_HAPPENING_ACCEPT: return TEXT(order_due_accept, t->o.due_at);
	case ORDER_HAPPENING_CLOSE: return TEXT(order_due_close);
	}
	return text_none();
}

struct text order_vat_text(int scheme, int64_t millionths)
{
	switch ((enum vat_scheme)scheme) {
	case VAT_SCHEME_DOMESTIC: return TEXT(order_vat, millionths / 10000);
	case VAT_SCHEME_REVERSE_CHARGE: return TEXT(order_vat_reverse);
	case VAT_SCHEME_EXPORT: return TEXT(order_vat_export);
	case VAT_SCHEME_OUTSIDE: return TEXT(order_vat_outside);
	}
	fault(FAULT_BUG, "no such VAT scheme: %d", scheme);
}
