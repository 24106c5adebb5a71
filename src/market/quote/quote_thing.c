/* A request as the table's thing: loading it, acting on it, naming its states. */
#include "market/quote/quote.h"

#include "web/page.h"

#include "gen/asked.sql.h"

bool quote_load(struct db *db, struct quote_id id, struct quote_thing *t)
{
	*t = (struct quote_thing){.now = clock_now()};
	return quote_by_id(db, id, &t->q);
}

struct actor quote_actor(const struct viewer *v, const struct quote_thing *t)
{
	struct actor a = {.roles = v->roles};

	if (v->company && v->company == t->q.buyer_id.v)
		a.sides |= QUOTE_SIDE_BUYER;
	if (v->company && v->company == t->q.seller_id.v)
		a.sides |= QUOTE_SIDE_SELLER;
	return a;
}

instant quote_end(instant valid_until)
{
	return instant_is(valid_until) ? instant_add(valid_until, DAY_US) : TIME_NONE;
}

static bool written(struct db *db, const struct quote_thing *t, int event, int to,
	const struct quote_terms *terms, str words)
{
	const struct quote_by_id_row *q = &t->q;
	struct quote_event_words sealed = {.text = words};
	struct maybe_int quantity = {0}, price = {0}, lead = {0};

	if (terms) {
		quantity = (struct maybe_int){true, terms->quantity};
		price = (struct maybe_int){true, terms->micro};
		lead = (struct maybe_int){true, terms->lead_days};
	}
	db_event(db, "quote", q->id.v, q->buyer_id.v, q->seller_id.v);
	return quote_event_add(db, (struct quote_event_id){id_make_with(q->id.v)}, q->id,
		       q->buyer_id, q->seller_id, (enum quote_happening)event,
		       (enum quote_state)q->state, (enum quote_state)to,
		       (struct company_id){db->viewer.company},
		       (struct person_id){db->viewer.person}, q->currency, quantity, price, lead,
		       terms ? terms->valid_until : TIME_NONE, words.n ? &sealed : NULL,
		       t->now) == 1;
}

struct process_step quote_do(
	struct db *db, struct quote_thing *t, int event, const struct quote_terms *terms, str words)
{
	struct quote_by_id_row *q = &t->q;
	struct process_step s =
		process_ask(&quote_process, q->state, event, quote_actor(&db->viewer, t), t);

	if (s.answer != PROCESS_YES)
		return s;
	int to = s.row->to;
	bool over = process_final(&quote_process, to);
	instant due = over ? TIME_NONE : terms ? quote_end(terms->valid_until) : q->due_at;

	if ((terms && quote_terms(db, q->id, terms->quantity, terms->micro, terms->lead_days,
			      terms->valid_until, t->now) != 1) ||
		quote_move(db, q->id, (enum quote_state)q->state, (enum quote_state)to, due,
			over ? t->now : TIME_NONE) != 1 ||
		!written(db, t, event, to, terms, words)) {
		s.answer = PROCESS_NOT_NOW;
		return s;
	}
	if (to != (int)q->state)
		asked_move(db, q->buyer_id, q->id, (enum quote_state)to);
	q->state = (enum quote_state)to;
	return s;
}

struct text quote_state_text(int state)
{
	switch ((enum quote_state)state) {
	case QUOTE_STATE_ASKED: return TEXT(quote_state_asked);
	case QUOTE_STATE_QUOTED: return TEXT(quote_state_quoted);
	case QUOTE_STATE_DECLINED: return TEXT(quote_state_declined);
	case QUOTE_STATE_WITHDRAWN: return TEXT(quote_state_withdrawn);
	case QUOTE_STATE_ACCEPTED: return TEXT(quote_state_accepted);
	case QUOTE_STATE_REFUSED: return TEXT(quote_state_refused);
	case QUOTE_STATE_EXPIRED: return TEXT(quote_state_expired);
	}
	fault(FAULT_BUG, "no such state of a request for quotation: %d", state);
}

struct text quote_event_text(int event)
{
	switch ((enum quote_happening)event) {
	case QUOTE_HAPPENING_ASK: return TEXT(quote_did_ask);
	case QUOTE_HAPPENING_QUOTE: return TEXT(quote_did_quote);
	case QUOTE_HAPPENING_DECLINE: return TEXT(quote_did_decline);
	case QUOTE_HAPPENING_WITHDRAW: return TEXT(quote_did_withdraw);
	case QUOTE_HAPPENING_ACCEPT: return TEXT(quote_did_accept);
	case QUOTE_HAPPENING_REFUSE: return TEXT(quote_did_refuse);
	case QUOTE_HAPPENING_EXPIRE: return TEXT(quote_did_expire);
	}
	fault(FAULT_BUG, "no such happening of a request for quotation: %d", event);
}

struct text quote_do_text(int event)
{
	switch ((enum quote_happening)event) {
	case QUOTE_HAPPENING_QUOTE: return TEXT(quote_do_quote);
	case QUOTE_HAPPENING_DECLINE: return TEXT(quote_do_decline);
	case QUOTE_HAPPENING_WITHDRAW: return TEXT(quote_do_withdraw);
	case QUOTE_HAPPENING_ACCEPT: return TEXT(quote_do_accept);
	case QUOTE_HAPPENING_REFUSE: return TEXT(quote_do_refuse);
	case QUOTE_HAPPENING_ASK:
	case QUOTE_HAPPENING_EXPIRE: break;
	}
	return text_none();
}

int quote_state_tone(int state)
{
	switch ((enum quote_state)state) {
	case QUOTE_STATE_ASKED: return TONE_WARN;
	case QUOTE_STATE_QUOTED: return TONE_INFO;
	case QUOTE_STATE_ACCEPTED: return TONE_GOOD;
	case QUOTE_STATE_WITHDRAWN:
	case QUOTE_STATE_REFUSED: return TONE_NEUTRAL;
	case QUOTE_STATE_DECLINED:
	case QUOTE_STATE_EXPIRED: return TONE_BAD;
	}
	return TONE_NEUTRAL;
}
