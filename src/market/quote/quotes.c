/* Requests for quotation: lists, the request's page, asking, answering, and the API of all that. */
#include "market/quote/quotes.h"

#include "egress/egress.h"
#include "market/member/member.h"
#include "web/page.h"

#include "gen/asked.sql.h"
#include "gen/quotes.html.h"

/* ---- lists ---- */

struct quotes_query {
	int state;
	struct quote_id before;
};
FORM(quotes_query_form, struct quotes_query,
	{.name = "state",
		.kind = FIELD_ENUM,
		AT(struct quotes_query, state),
		.label = MSG_quote_state,
		.choices = "quote_state"},
	{.name = "before",
		.kind = FIELD_ID,
		AT(struct quotes_query, before),
		.label = MSG_quote_one});

/* The lists have the same columns, so the same row: checked when the program is built. */
#define SAME_ROW(x) _Static_assert(sizeof(struct x##_row) == sizeof(struct quote_asked_row), #x)
SAME_ROW(quote_received);
SAME_ROW(quote_received_in);

/* The company's own list says which; an id is all that its rows hold. */
_Static_assert(sizeof(struct asked_newest_row) == sizeof(struct quote_id), "ids");
_Static_assert(sizeof(struct asked_in_row) == sizeof(struct quote_id), "ids");

static struct quote_asked_rows asked_read(struct db *db, int state, struct quote_id before)
{
	if (!state) {
		struct asked_newest_rows l = asked_newest(db, before);

		return quote_asked(db, (const void *)l.v, l.n);
	}
	struct asked_in_rows l = asked_in(db, (enum quote_state)state, before);

	return quote_asked(db, (const void *)l.v, l.n);
}

static void list_read(struct req *r, bool received, struct quotes_list *l)
{
	const struct quotes_query *q = r->form;
	struct quote_id before = q->before.v ? q->before : (struct quote_id){INT64_MAX};

	*l = (struct quotes_list){.received = received, .state = q->state};
#define TAKE(call) \
	do { \
		__auto_type rows = (call); \
		l->v = (const void *)rows.v; \
		l->n = rows.n; \
	} while (0)
	if (received && q->state)
		TAKE(quote_received_in(r->db, (enum quote_state)q->state, before));
	else if (received)
		TAKE(quote_received(r->db, before));
	else
		TAKE(asked_read(r->db, q->state, before));
#undef TAKE
	if (l->n == PAGE_ROWS)
		l->next = l->v[l->n - 1].id;
}

static int list_show(struct req *r, bool received)
{
	struct quotes_list l;

	list_read(r, received, &l);
	if (r->api)
		return answer_rows(r, &quote_asked_desc, l.v, l.n,
			l.next.v ? id_text(r->arena, l.next.v) : (str){0});
	quotes_list_page(r->out, r, &l);
	return 200;
}

static int asked_show(struct req *r)
{
	return list_show(r, false);
}

static int received_show(struct req *r)
{
	return list_show(r, true);
}

/* ---- one request ---- */

static bool view_read(struct req *r, struct quotes_view *v)
{
	struct quote_id id = {path_id(r, "quote")};

	*v = (struct quotes_view){0};
	if (!quote_load(r->db, id, &v->t))
		return false;
	v->events = quote_events(r->db, id);
	v->who = quote_actor(&r->viewer, &v->t);
	v->choices_n = process_choices(
		&quote_process, v->t.q.state, v->who, &v->t, v->choices, QUOTE_CHOICES_MAX);
	return true;
}

static int quote_show(struct req *r)
{
	struct quotes_view v;

	if (!view_read(r, &v))
		return problem(r, 404, text_none());
	quotes_view_page(r->out, r, &v);
	return 200;
}

static int quote_alone_show(struct req *r)
{
	struct quote_by_id_row q;

	if (!quote_by_id(r->db, (struct quote_id){path_id(r, "quote")}, &q))
		return problem(r, 404, text_none());
	return answer_row(r, &quote_by_id_desc, &q);
}

static int quote_events_show(struct req *r)
{
	struct quote_by_id_row q;

	if (!quote_by_id(r->db, (struct quote_id){path_id(r, "quote")}, &q))
		return problem(r, 404, text_none());
	struct quote_events_rows l = quote_events(r->db, q.id);

	return answer_rows(r, &quote_events_desc, l.v, l.n, (str){0});
}

/* ---- asking ---- */

struct quotes_ask_query {
	int64_t quantity;
};
FORM(quotes_ask_query_form, struct quotes_ask_query,
	{.name = "quantity",
		.kind = FIELD_INT,
		.min = 1,
		.max = QUOTE_QUANTITY_MAX,
		AT(struct quotes_ask_query, quantity),
		.label = MSG_quote_quantity});
FORM(quote_wish_form, struct quote_wish,
	{.name = "quantity",
		.kind = FIELD_INT,
		.required = true,
		.min = 1,
		.max = QUOTE_QUANTITY_MAX,
		AT(struct quote_wish, quantity),
		.label = MSG_quote_quantity},
	{.name = "wish",
		.kind = FIELD_PRICE,
		.max = INT64_C(1000000000000),
		AT(struct quote_wish, wish),
		.label = MSG_quote_wish,
		.hint = MSG_quote_wish_hint,
		.with = "currency"},
	{.name = "currency",
		.kind = FIELD_TEXT,
		.data = NOT_PERSONAL,
		.min = 3,
		.max = 3,
		AT(struct quote_wish, currency),
		.label = MSG_quote_currency},
	{.name = "country",
		.kind = FIELD_CODE,
		.required = true,
		AT(struct quote_wish, country),
		.label = MSG_quote_country,
		.codes = countries},
	{.name = "needed",
		.kind = FIELD_DATE,
		.data = NOT_PERSONAL,
		AT(struct quote_wish, needed),
		.label = MSG_quote_needed},
	{.name = "words",
		.kind = FIELD_LONG,
		.max = 2000,
		AT(struct quote_wish, words),
		.label = MSG_quote_words,
		.hint = MSG_quote_words_hint,
		.data = "quote.words.text"});

/* What stands in the way of asking at all; 0: nothing. */
static int ask_read(struct req *r, struct quotes_ask *a)
{
	*a = (struct quotes_ask){0};
	if (!quote_own(r->db, &a->own) || a->own.state != COMPANY_STATE_ACTIVE)
		return problem(r, 403, TEXT(quote_not_active));
	if (!quote_offer(r->db, (struct offer_id){path_id(r, "offer")}, &a->offer) ||
		!quote_product(r->db, a->offer.product_id, &a->product))
		return problem(r, 404, TEXT(quote_gone));
	if (a->offer.company_id.v == a->own.id.v)
		return problem(r, 409, TEXT(quote_own_offer));
	return 0;
}

static int ask_show(struct req *r)
{
	struct quotes_ask a;
	int no = ask_read(r, &a);

	if (no)
		return no;
	if (r->route->method == GET)
		a.quantity = ((const struct quotes_ask_query *)r->form)->quantity;
	quotes_ask_page(r->out, r, &a);
	return 200;
}

static bool past(instant day)
{
	return instant_is(day) && quote_end(day).us <= clock_now().us;
}

static bool add(struct req *r, const struct quotes_ask *a, struct quote_id quote)
{
	const struct quote_wish *f = r->form;
	const struct quote_offer_row *o = &a->offer;
	struct person_id person = {r->viewer.person};
	struct quote_words words = {.text = f->words};
	struct maybe_int none = {0}, wish = {f->wish > 0, f->wish};
	instant now = clock_now();

	if (quote_add(r->db, quote, a->own.id, o->company_id, person, o->id, o->product_id, o->sku,
		    a->product.title, o->unit, f->quantity, o->currency, wish, f->country,
		    f->needed, f->words.n ? &words : NULL, now,
		    process_due(&quote_process, QUOTE_STATE_ASKED, now, NULL)) != 1)
		return false;
	asked_add(r->db, (struct asked_id){id_make_with(a->own.id.v)}, quote, a->own.id,
		o->company_id);
	db_event(r->db, "quote", quote.v, a->own.id.v, o->company_id.v);
	return quote_event_add(r->db, (struct quote_event_id){id_make_with(quote.v)}, quote,
		       a->own.id, o->company_id, QUOTE_HAPPENING_ASK, 0, QUOTE_STATE_ASKED,
		       a->own.id, person, o->currency, none, none, none, TIME_NONE, NULL, now) == 1;
}

static str path_of(struct req *r, struct quote_id id)
{
	return str_fmt(r->arena, "%s/%.*s", r->api ? "/api/v1/quotes" : "/quote",
		STR_ARG(id_text(r->arena, id.v)));
}

static int ask_apply(struct req *r)
{
	const struct quote_wish *f = r->form;
	const struct form_error *e;
	struct asked_open_row open;
	struct quotes_ask a;
	int no = ask_read(r, &a);

	if (no)
		return no;
	if (f->wish && !str_eq(f->currency, a.offer.currency))
		form_error(r, "wish", TEXT(quote_currency_other, a.offer.currency));
	if (past(f->needed))
		form_error(r, "needed", TEXT(quote_past));
	if (asked_open(r->db, &open) && open.n >= QUOTE_OPEN_MAX)
		form_error(r, "", TEXT(quote_too_many, (int64_t)QUOTE_OPEN_MAX));
	if (form_errors(r, &e))
		return 422;
	struct quote_id quote = {id_make_with(a.offer.company_id.v)};

	if (!add(r, &a, quote))
		return problem(r, 409, TEXT(quote_gone));
	outbox_company(r->db, "quote_asked", a.offer.company_id.v,
		BIT(ROLE_SALES) | BIT(ROLE_ADMIN), quote.v);
	return done(r, 201, path_of(r, quote), TEXT(quote_done, a.offer.seller_name),
		&quote_by_id_desc, NULL);
}

/* ---- acting ---- */

/* What the table says against it, as an answer; 0: nothing. */
static int refused(struct req *r, struct process_step s)
{
	switch (s.answer) {
	case PROCESS_YES: return 0;
	case PROCESS_NOT_NOW: return problem(r, 409, TEXT(quote_moved_on));
	case PROCESS_NOT_YOU: return problem(r, 403, TEXT(quote_readonly));
	case PROCESS_GUARDED: return problem(r, 409, (struct text){.msg = s.why});
	}
	return problem(r, 409, TEXT(quote_moved_on));
}

static int refused_now(struct req *r, const struct quote_thing *t, int event)
{
	return refused(
		r, process_ask(&quote_process, t->q.state, event, quote_actor(&r->viewer, t), t));
}

/* The other party hears of each step. */
static const char *mail_of(int event)
{
	switch ((enum quote_happening)event) {
	case QUOTE_HAPPENING_ASK: return "quote_asked";
	case QUOTE_HAPPENING_QUOTE: return "quote_given";
	case QUOTE_HAPPENING_DECLINE: return "quote_declined";
	case QUOTE_HAPPENING_WITHDRAW: return "quote_withdrawn";
	case QUOTE_HAPPENING_ACCEPT: return "quote_accepted";
	case QUOTE_HAPPENING_REFUSE: return "quote_refused";
	case QUOTE_HAPPENING_EXPIRE: return "quote_expired";
	}
	fault(FAULT_BUG, "no mail says this of a request for quotation: %d", event);
}

/* After quote_do: the other party is told, and the answer for what it said. */
static int answer(struct req *r, const struct quote_thing *t, struct process_step s, int event)
{
	int no = refused(r, s);
	bool buyer = r->viewer.company == t->q.buyer_id.v;
	struct quote_by_id_row row;

	if (no)
		return no;
	outbox_company(r->db, mail_of(event), buyer ? t->q.seller_id.v : t->q.buyer_id.v,
		BIT(buyer ? ROLE_SALES : ROLE_BUYER) | BIT(ROLE_ADMIN), t->q.id.v);
	MUST(quote_by_id(r->db, t->q.id, &row));
	return done(r, 200, path_of(r, t->q.id), quote_event_text(event), &quote_by_id_desc, &row);
}

FORM(quote_act_form, struct quote_act,
	{.name = "words",
		.kind = FIELD_LONG,
		.max = 1000,
		AT(struct quote_act, words),
		.label = MSG_quote_reason,
		.hint = MSG_quote_words_hint,
		.data = "quote_event.words.text"});

/* The events that need no more than words. A quote has a form of its own. */
static int act_event(struct req *r)
{
	int event = quote_happening_of(path_str(r, "event"));

	return event == QUOTE_HAPPENING_DECLINE || event == QUOTE_HAPPENING_WITHDRAW ||
			       event == QUOTE_HAPPENING_ACCEPT || event == QUOTE_HAPPENING_REFUSE
		       ? event
		       : 0;
}

static int act_show(struct req *r)
{
	struct quotes_view v;
	int event = act_event(r), no;

	if (!event || !view_read(r, &v))
		return problem(r, 404, text_none());
	no = refused_now(r, &v.t, event);
	if (no)
		return no;
	quotes_act_page(r->out, r, &v, event);
	return 200;
}

static int act_apply(struct req *r)
{
	const struct quote_act *f = r->form;
	struct quote_thing t;
	int event = act_event(r);

	if (!event || !quote_load(r->db, (struct quote_id){path_id(r, "quote")}, &t))
		return problem(r, 404, text_none());
	return answer(r, &t, quote_do(r->db, &t, event, NULL, f->words), event);
}

/* ---- quoting ---- */

FORM(quote_answer_form, struct quote_answer,
	{.name = "price",
		.kind = FIELD_PRICE,
		.required = true,
		.max = INT64_C(1000000000000),
		AT(struct quote_answer, price),
		.label = MSG_quote_price,
		.with = "currency"},
	{.name = "currency",
		.kind = FIELD_TEXT,
		.data = NOT_PERSONAL,
		.required = true,
		.min = 3,
		.max = 3,
		AT(struct quote_answer, currency),
		.label = MSG_quote_currency},
	{.name = "quantity",
		.kind = FIELD_INT,
		.required = true,
		.min = 1,
		.max = QUOTE_QUANTITY_MAX,
		AT(struct quote_answer, quantity),
		.label = MSG_quote_quantity},
	{.name = "lead",
		.kind = FIELD_INT,
		.required = true,
		.min = 0,
		.max = QUOTE_LEAD_DAYS_MAX,
		AT(struct quote_answer, lead),
		.label = MSG_quote_lead},
	{.name = "valid",
		.kind = FIELD_DATE,
		.required = true,
		.data = NOT_PERSONAL,
		AT(struct quote_answer, valid),
		.label = MSG_quote_valid,
		.hint = MSG_quote_valid_hint},
	{.name = "words",
		.kind = FIELD_LONG,
		.max = 2000,
		AT(struct quote_answer, words),
		.label = MSG_quote_words,
		.hint = MSG_quote_words_hint,
		.data = "quote_event.words.text"});

static int answer_show(struct req *r)
{
	struct quotes_view v;
	int no;

	if (!view_read(r, &v))
		return problem(r, 404, text_none());
	no = refused_now(r, &v.t, QUOTE_HAPPENING_QUOTE);
	if (no)
		return no;
	quotes_answer_page(r->out, r, &v);
	return 200;
}

static int answer_apply(struct req *r)
{
	const struct quote_answer *f = r->form;
	const struct form_error *e;
	struct quote_terms terms = {f->quantity, f->price, f->lead, f->valid};
	struct quote_thing t;

	if (!quote_load(r->db, (struct quote_id){path_id(r, "quote")}, &t))
		return problem(r, 404, text_none());
	int no = refused_now(r, &t, QUOTE_HAPPENING_QUOTE);

	if (no)
		return no;
	if (!str_eq(f->currency, t.q.currency))
		form_error(r, "price", TEXT(quote_currency_other, t.q.currency));
	if (past(f->valid))
		form_error(r, "valid", TEXT(quote_past));
	else if (f->valid.us > t.now.us + QUOTE_VALID_DAYS * DAY_US)
		form_error(r, "valid", TEXT(quote_too_far, (int64_t)QUOTE_VALID_DAYS));
	if (form_errors(r, &e))
		return 422;
	return answer(r, &t, quote_do(r->db, &t, QUOTE_HAPPENING_QUOTE, &terms, f->words),
		QUOTE_HAPPENING_QUOTE);
}

#define READS (BIT(PURPOSE_TRADE) | BIT(PURPOSE_PUBLIC))
#define ACTS (READS | BIT(PURPOSE_MAILING))
#define BUYERS (BIT(ROLE_BUYER) | BIT(ROLE_ADMIN))
#define SELLERS (BIT(ROLE_SALES) | BIT(ROLE_ADMIN))
#define ACTORS (BUYERS | SELLERS)
#define MEMBERS (ACTORS | BIT(ROLE_FINANCE) | BIT(ROLE_VIEWER))

const struct route quote_routes[] = {
	{GET, "/quotes", MEMBERS, READS, PROOF_NONE, .form = &quotes_query_form, .get = asked_show},
	{GET, "/quotes/received", MEMBERS, READS, PROOF_NONE, .form = &quotes_query_form,
		.get = received_show},
	{GET, "/quotes/ask/{offer}", BUYERS, READS, PROOF_NONE, .form = &quotes_ask_query_form,
		.get = ask_show},
	{POST, "/quotes/ask/{offer}", BUYERS, ACTS, PROOF_TOKEN, .form = &quote_wish_form,
		.get = ask_show, .apply = ask_apply},
	{GET, "/quote/{quote}", MEMBERS, READS, PROOF_NONE, .get = quote_show},
	{GET, "/quote/{quote}/answer", SELLERS, READS, PROOF_NONE, .get = answer_show},
	{POST, "/quote/{quote}/answer", SELLERS, ACTS, PROOF_TOKEN, .form = &quote_answer_form,
		.get = answer_show, .apply = answer_apply},
	{GET, "/quote/{quote}/do/{event}", ACTORS, READS, PROOF_NONE, .get = act_show},
	{POST, "/quote/{quote}/do/{event}", ACTORS, ACTS, PROOF_TOKEN, .form = &quote_act_form,
		.get = act_show, .apply = act_apply},
	{GET, "/api/v1/quotes", MEMBERS, READS, PROOF_BEARER, .form = &quotes_query_form,
		.get = asked_show, .answers = &quote_asked_desc, .list = true,
		.about = "Requests for quotation of your company, newest first"},
	{GET, "/api/v1/quotes/received", MEMBERS, READS, PROOF_BEARER, .form = &quotes_query_form,
		.get = received_show, .answers = &quote_asked_desc, .list = true,
		.about = "Requests for quotation to your company, newest first"},
	{GET, "/api/v1/quotes/{quote}", MEMBERS, READS, PROOF_BEARER, .get = quote_alone_show,
		.answers = &quote_by_id_desc,
		.about = "One request that your company is a party to, with the last quote"},
	{GET, "/api/v1/quotes/{quote}/events", MEMBERS, READS, PROOF_BEARER,
		.get = quote_events_show, .answers = &quote_events_desc, .list = true,
		.about = "What happened to it, with each quote, oldest first"},
	{POST, "/api/v1/quotes/ask/offer/{offer}", BUYERS, ACTS, PROOF_BEARER,
		.form = &quote_wish_form, .apply = ask_apply, .answers = &quote_by_id_desc,
		.about = "Ask the supplier of an offer for a quote"},
	{POST, "/api/v1/quotes/{quote}/quote", SELLERS, ACTS, PROOF_BEARER,
		.form = &quote_answer_form, .apply = answer_apply, .answers = &quote_by_id_desc,
		.about = "Quote, or quote anew until it is accepted"},
	{POST, "/api/v1/quotes/{quote}/do/{event}", ACTORS, ACTS, PROOF_BEARER,
		.form = &quote_act_form, .apply = act_apply, .answers = &quote_by_id_desc,
		.about = "decline, withdraw, accept, refuse"},
	{0},
};
