/* A year of orders: each walks through its states as far as the time since it was placed allows. */
#include "market/catalogue/catalogue.h"
#include "market/demo/plan.h"
#include "market/order/order.h"

#include <math.h>

enum { HOUR = 3600, WAIT_DAYS = 7, DELIVERY_DAYS = 30, ACCEPT_DAYS = 14, LINE_EURO_MAX = 15000 };

static instant later(struct demo_plan *p, instant t, int64_t from_hours, int64_t to_hours)
{
	return instant_add(
		t, (demo_random(p, from_hours, to_hours) * HOUR + demo_random(p, 0, HOUR - 1)) *
			   SECOND_US);
}

/* It happens if its time has come. */
static bool happens(struct demo_plan *p, struct demo_order *o, enum order_happening event,
	enum order_state to, instant at, bool seller)
{
	if (at.us >= p->now.us)
		return false;
	MUST(o->events < DEMO_EVENTS_MAX);
	o->event[o->events++] = (struct demo_event){
		event, (int)o->state, (int)to, at, seller, event == ORDER_HAPPENING_EXPIRE};
	o->state = to;
	return true;
}

#define E_(x) ORDER_HAPPENING_##x
#define S_(x) ORDER_STATE_##x

static void ends(struct demo_plan *p, struct demo_order *o, enum order_happening event,
	enum order_state to, instant at, bool seller)
{
	if (happens(p, o, event, to, at, seller))
		o->closed = at;
}

/* From placed to confirmed; false: not yet, or never. */
static bool agreed(struct demo_plan *p, struct demo_order *o, instant *t)
{
	int64_t fate = demo_random(p, 0, 99);
	instant at = later(p, *t, 3, 60);

	if (fate < 3)
		return ends(p, o, E_(REJECT), S_(REJECTED), at, true), false;
	if (fate < 7)
		return ends(p, o, E_(CANCEL), S_(CANCELLED), at, false), false;
	if (fate < 9)
		return ends(p, o, E_(EXPIRE), S_(EXPIRED), instant_add(*t, WAIT_DAYS * DAY_US),
			       false),
		       false;
	if (fate < 22) {
		if (!happens(p, o, E_(PROPOSE), S_(CHANGED), at, true))
			return false;
		at = later(p, at, 20, 110);
		if (fate < 12)
			return ends(p, o, E_(CANCEL), S_(CANCELLED), at, false), false;
		*t = at;
		if (!happens(p, o, E_(AGREE), S_(CONFIRMED), at, false))
			return false;
	} else {
		*t = at;
		if (!happens(p, o, E_(CONFIRM), S_(CONFIRMED), at, true))
			return false;
	}
	o->confirmed = *t;
	return true;
}

/* From confirmed to shipped. */
static bool sent(struct demo_plan *p, struct demo_order *o, instant *t)
{
	if (demo_random(p, 0, 99) < 35) {
		*t = later(p, *t, 6, 40);
		if (!happens(p, o, E_(START_PRODUCTION), S_(IN_PRODUCTION), *t, true))
			return false;
	}
	*t = later(p, *t, 20, 110);
	if (!happens(p, o, E_(MAKE_READY), S_(READY), *t, true))
		return false;
	if (demo_random(p, 0, 99) < 24) {
		*t = later(p, *t, 4, 40);
		if (!happens(p, o, E_(SHIP_PART), S_(PART_SHIPPED), *t, true))
			return false;
		o->shipped_part = *t;
		for (size_t i = 0; i < o->lines; i++)
			o->line[i].part = i % 2 ? 0 : o->line[i].quantity;
		if (o->lines == 1 && o->line[0].quantity > 1)
			o->line[0].part = o->line[0].quantity / 2;
		*t = later(p, *t, 40, 220);
	} else {
		*t = later(p, *t, 6, 60);
	}
	if (!happens(p, o, E_(SHIP), S_(SHIPPED), *t, true))
		return false;
	o->shipped = *t;
	return true;
}

/* Delivery, acceptance and payment come in the order in which they come. */
static void completed(struct demo_plan *p, struct demo_order *o, instant t)
{
	instant deliver = later(p, t, 30, 150), accept = later(p, deliver, 5, 200);
	instant pay = demo_random(p, 0, 99) < 4 ? TIME_NONE : later(p, t, 96, 900);

	for (int i = 0; i < 3; i++) {
		if (instant_is(pay) && !instant_is(o->paid) &&
			(o->state == S_(ACCEPTED) ||
				pay.us < (o->state == S_(SHIPPED) ? deliver : accept).us)) {
			bool last = o->state == S_(ACCEPTED);

			if (!happens(p, o, E_(MARK_PAID), last ? S_(CLOSED) : o->state, pay, true))
				return;
			o->paid = pay;
			if (last)
				o->closed = pay;
		} else if (o->state == S_(SHIPPED)) {
			if (!happens(p, o, E_(DELIVER), S_(DELIVERED), deliver, false))
				return;
			o->delivered = deliver;
		} else if (o->state == S_(DELIVERED)) {
			if (!happens(p, o, E_(ACCEPT),
				    instant_is(o->paid) ? S_(CLOSED) : S_(ACCEPTED), accept, false))
				return;
			if (instant_is(o->paid))
				o->closed = accept;
		}
	}
}

static void settle_lines(struct demo_plan *p, struct demo_order *o)
{
	bool dead =
		o->state == S_(CANCELLED) || o->state == S_(REJECTED) || o->state == S_(EXPIRED);
	bool agreed_on = instant_is(o->confirmed);

	for (size_t i = 0; i < o->lines; i++) {
		struct demo_line *l = &o->line[i];

		l->confirmed = agreed_on || o->state == S_(CHANGED) ? l->quantity : 0;
		l->shipped = instant_is(o->shipped)	   ? l->quantity
			     : instant_is(o->shipped_part) ? l->part
							   : 0;
		l->reserved = dead ? 0 : l->quantity - l->shipped;
		p->offer[l->offer].reserved += l->reserved;
	}
}

/* As placing an order does it: lines, then tax on lines and freight. */
static void amounts(struct demo_plan *p, struct demo_order *o)
{
	const struct demo_firm *s = p->company[o->seller].firm, *b = p->company[o->buyer].firm;
	struct vat v =
		vat_of(str_of(s->country), str_of(b->country), p->company[o->buyer].vat_id.n > 0);

	o->net = o->freight = money_of(0, str_of(s->currency));
	for (size_t i = 0; i < o->lines; i++)
		o->net = money_add(o->net, o->line[i].net);
	if (o->state == S_(CHANGED) || (instant_is(o->confirmed) && demo_random(p, 0, 4)))
		o->freight.minor = (o->net.minor * 15 / 1000 / 50 + 13) * 50;
	o->scheme = v.scheme;
	o->vat_millionths = v.millionths;
	o->vat = money_part(money_add(o->net, o->freight), v.millionths);
	o->total = money_add(money_add(o->net, o->freight), o->vat);
}

static bool has_line(const struct demo_order *o, size_t offer)
{
	for (size_t i = 0; i < o->lines; i++)
		if (o->line[i].offer == offer)
			return true;
	return false;
}

static void lines(struct demo_plan *p, struct demo_order *o)
{
	const struct demo_company *c = &p->company[o->seller];
	size_t want = (size_t)demo_random(p, 1, DEMO_LINES_MAX);

	for (size_t tries = 0; o->lines < want && tries < 3 * (size_t)DEMO_LINES_MAX; tries++) {
		size_t at = c->offers[demo_random(p, 0, (int64_t)c->offers_n - 1)];
		const struct demo_offer *f = &p->offer[at];
		double euro = p->product[f->product].euro;
		struct tiers t;

		if (has_line(o, at))
			continue;
		MUST(tiers_parse(f->tiers, &t) && t.n == 4);
		int64_t step = t.v[demo_random(p, 0, 3)].quantity,
			quantity = step * demo_random(p, 1, 5), micro;

		if ((double)quantity * euro > LINE_EURO_MAX)
			quantity = t.v[0].quantity * demo_random(p, 1, 4);
		MUST(tiers_price(&t, quantity, &micro));
		struct price unit = price_of(micro, str_of(c->firm->currency));

		o->line[o->lines++] = (struct demo_line){.offer = at,
			.quantity = quantity,
			.unit = unit,
			.net = price_times(unit, quantity)};
	}
}

static void parties(struct demo_plan *p, struct demo_order *o, const size_t *buyers,
	size_t buyers_n, const size_t *sellers, size_t sellers_n)
{
	do {
		int64_t b = demo_random(p, 0, 99), s = demo_random(p, 0, 99);

		o->buyer = b < 11   ? DEMO_BUYER
			   : b < 17 ? DEMO_BOTH
				    : buyers[demo_random(p, 0, (int64_t)buyers_n - 1)];
		o->seller = s < 10   ? DEMO_SUPPLIER
			    : s < 16 ? DEMO_BOTH
				     : sellers[demo_random(p, 0, (int64_t)sellers_n - 1)];
	} while (o->buyer == o->seller || p->company[o->buyer].activated.us > o->placed.us ||
		 p->company[o->seller].activated.us > o->placed.us);
}

static void number(struct demo_plan *p, struct demo_order *o)
{
	int year = civil_of(o->placed).year;

	o->number = str_fmt(p->arena, "%04d-%06lld", year,
		(long long)++p->company[o->seller].numbers[year == civil_of(p->now).year]);
	if (demo_random(p, 0, 2))
		o->po = str_fmt(p->arena, "PO-%lld", (long long)demo_random(p, 45000, 99999));
}

static void due(struct demo_order *o)
{
	instant since = o->event[o->events - 1].at;

	if (o->state == S_(PLACED) || o->state == S_(CHANGED))
		o->due = instant_add(since, WAIT_DAYS * DAY_US);
	else if (o->state == S_(SHIPPED))
		o->due = instant_add(o->shipped, DELIVERY_DAYS * DAY_US);
	else if (o->state == S_(DELIVERED))
		o->due = instant_add(o->delivered, ACCEPT_DAYS * DAY_US);
}

/* The newest orders wait for whoever signs in: the supplier finds one to confirm and one to ship,
 * the buyer a change to agree to. */
static const enum order_state waiting[] = {S_(READY), S_(CHANGED), S_(PLACED)};

static void waits(struct demo_plan *p, struct demo_order *o, enum order_state state)
{
	instant at = instant_add(o->placed, 2 * HOUR * SECOND_US);

	if (state == S_(CHANGED))
		MUST(happens(p, o, E_(PROPOSE), S_(CHANGED), at, true));
	if (state != S_(READY))
		return;
	MUST(happens(p, o, E_(CONFIRM), S_(CONFIRMED), at, true));
	o->confirmed = at;
	o->promised = instant_add(at, 7 * DAY_US);
	at = instant_add(at, 2 * HOUR * SECOND_US);
	MUST(happens(p, o, E_(MAKE_READY), S_(READY), at, true));
}

void demo_plan_orders(struct demo_plan *p)
{
	size_t buyers[64], sellers[64], buyers_n = 0, sellers_n = 0;

	for (size_t i = 0; i < p->companies && i < 64; i++) {
		if (p->company[i].firm->state != COMPANY_STATE_ACTIVE)
			continue;
		if (p->company[i].firm->buys)
			buyers[buyers_n++] = i;
		if (p->company[i].offers_n)
			sellers[sellers_n++] = i;
	}
	p->order = arena_array(p->arena, struct demo_order, DEMO_ORDERS);
	for (p->orders = 0; p->orders < DEMO_ORDERS; p->orders++) {
		struct demo_order *o = &p->order[p->orders];
		/* More and more of them: the market grows. By day, in working hours. */
		double u = ((double)p->orders + (double)demo_random(p, 0, 999) / 1000) /
			   DEMO_ORDERS,
		       day = DEMO_DAYS * pow(u, 0.72);
		int64_t full = (int64_t)day;

		*o = (struct demo_order){.confirmed = TIME_NONE,
			.promised = TIME_NONE,
			.shipped = TIME_NONE,
			.shipped_part = TIME_NONE,
			.delivered = TIME_NONE,
			.paid = TIME_NONE,
			.closed = TIME_NONE,
			.due = TIME_NONE};
		o->placed = instant_add(p->now,
			(full - DEMO_DAYS) * DAY_US +
				(int64_t)((6.5 + 11 * (day - (double)full)) * HOUR) * SECOND_US);
		size_t left = DEMO_ORDERS - 1 - p->orders;

		parties(p, o, buyers, buyers_n, sellers, sellers_n);
		if (left < COUNT(waiting)) {
			o->buyer = DEMO_BUYER;
			o->seller = DEMO_SUPPLIER;
		}
		lines(p, o);
		number(p, o);
		instant t = o->placed;

		MUST(happens(p, o, E_(PLACE), S_(PLACED), t, false));
		if (left < COUNT(waiting)) {
			waits(p, o, waiting[COUNT(waiting) - 1 - left]);
		} else if (agreed(p, o, &t)) {
			o->promised = instant_add(t, demo_random(p, 5, 16) * DAY_US);
			if (sent(p, o, &t))
				completed(p, o, t);
		}
		amounts(p, o);
		settle_lines(p, o);
		due(o);
	}
}
