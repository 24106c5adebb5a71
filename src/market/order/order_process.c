/* What may happen to an order, in one table. */
#include "market/order/order.h"

#include "gen/stock.sql.h"

#define BUYERS (BIT(ROLE_BUYER) | BIT(ROLE_ADMIN))
#define SELLERS (BIT(ROLE_SALES) | BIT(ROLE_ADMIN))
#define PAYEES (BIT(ROLE_FINANCE) | SELLERS)
#define CLOCK BIT(ROLE_TIMERS)
#define DAYS(n) ((int64_t)(n)*86400)

static int not_paid(const void *thing)
{
	return instant_is(((const struct order_thing *)thing)->o.paid_at) ? MSG_order_paid
									  : MSG_NONE;
}

static int paid(const void *thing)
{
	return instant_is(((const struct order_thing *)thing)->o.paid_at) ? MSG_NONE
									  : MSG_order_unpaid;
}

static bool confirmed(struct db *db, void *thing)
{
	struct order_thing *t = thing;

	return order_confirmed(db, t->o.id, t->now) == 1;
}

static bool shipped(struct db *db, void *thing)
{
	struct order_thing *t = thing;

	return order_shipped(db, t->o.id, t->now) == 1;
}

static bool delivered(struct db *db, void *thing)
{
	struct order_thing *t = thing;

	return order_delivered(db, t->o.id, t->now) == 1;
}

static bool closed(struct db *db, void *thing)
{
	struct order_thing *t = thing;

	return order_closed(db, t->o.id, t->now) == 1;
}

static bool received_money(struct db *db, void *thing)
{
	struct order_thing *t = thing;

	return order_paid(db, t->o.id, t->now) == 1;
}

static bool received_money_and_closed(struct db *db, void *thing)
{
	return received_money(db, thing) && closed(db, thing);
}

/* What was reserved and not shipped is for others again. */
static bool freed(struct db *db, void *thing)
{
	struct order_thing *t = thing;

	for (size_t i = 0; i < t->lines.n; i++) {
		const struct order_lines_row *l = &t->lines.v[i];

		if (!l->reserved)
			continue;
		if (stock_release(db, l->offer_id, l->reserved) != 1 ||
			order_line_free(db, l->id, t->o.id) != 1)
			return false;
	}
	return closed(db, thing);
}

#define S_(x) ORDER_STATE_##x
#define E_(x) ORDER_HAPPENING_##x

static const struct transition rows[] = {
	{0, E_(PLACE), S_(PLACED), BUYERS, ORDER_SIDE_BUYER},

	{S_(PLACED), E_(CONFIRM), S_(CONFIRMED), SELLERS, ORDER_SIDE_SELLER, .effect = confirmed},
	{S_(PLACED), E_(PROPOSE), S_(CHANGED), SELLERS, ORDER_SIDE_SELLER},
	{S_(PLACED), E_(REJECT), S_(REJECTED), SELLERS, ORDER_SIDE_SELLER, .effect = freed,
		.ask = true},
	{S_(PLACED), E_(CANCEL), S_(CANCELLED), BUYERS, ORDER_SIDE_BUYER, .effect = freed,
		.ask = true},
	{S_(PLACED), E_(EXPIRE), S_(EXPIRED), CLOCK, .after_s = DAYS(ORDER_CONFIRM_DAYS)},

	{S_(CHANGED), E_(AGREE), S_(CONFIRMED), BUYERS, ORDER_SIDE_BUYER, .effect = confirmed},
	{S_(CHANGED), E_(CANCEL), S_(CANCELLED), BUYERS, ORDER_SIDE_BUYER, .effect = freed,
		.ask = true},
	{S_(CHANGED), E_(REJECT), S_(REJECTED), SELLERS, ORDER_SIDE_SELLER, .effect = freed,
		.ask = true},
	{S_(CHANGED), E_(EXPIRE), S_(EXPIRED), CLOCK, .after_s = DAYS(ORDER_CONFIRM_DAYS)},

	{S_(CONFIRMED), E_(START_PRODUCTION), S_(IN_PRODUCTION), SELLERS, ORDER_SIDE_SELLER},
	{S_(CONFIRMED), E_(MAKE_READY), S_(READY), SELLERS, ORDER_SIDE_SELLER},
	{S_(CONFIRMED), E_(SHIP_PART), S_(PART_SHIPPED), SELLERS, ORDER_SIDE_SELLER,
		.effect = shipped},
	{S_(CONFIRMED), E_(SHIP), S_(SHIPPED), SELLERS, ORDER_SIDE_SELLER, .effect = shipped},
	{S_(CONFIRMED), E_(MARK_PAID), S_(CONFIRMED), PAYEES, ORDER_SIDE_SELLER, .guard = not_paid,
		.effect = received_money},

	{S_(IN_PRODUCTION), E_(MAKE_READY), S_(READY), SELLERS, ORDER_SIDE_SELLER},
	{S_(IN_PRODUCTION), E_(SHIP_PART), S_(PART_SHIPPED), SELLERS, ORDER_SIDE_SELLER,
		.effect = shipped},
	{S_(IN_PRODUCTION), E_(SHIP), S_(SHIPPED), SELLERS, ORDER_SIDE_SELLER, .effect = shipped},
	{S_(IN_PRODUCTION), E_(MARK_PAID), S_(IN_PRODUCTION), PAYEES, ORDER_SIDE_SELLER,
		.guard = not_paid, .effect = received_money},

	{S_(READY), E_(SHIP_PART), S_(PART_SHIPPED), SELLERS, ORDER_SIDE_SELLER, .effect = shipped},
	{S_(READY), E_(SHIP), S_(SHIPPED), SELLERS, ORDER_SIDE_SELLER, .effect = shipped},
	{S_(READY), E_(MARK_PAID), S_(READY), PAYEES, ORDER_SIDE_SELLER, .guard = not_paid,
		.effect = received_money},

	{S_(PART_SHIPPED), E_(SHIP_PART), S_(PART_SHIPPED), SELLERS, ORDER_SIDE_SELLER,
		.effect = shipped},
	{S_(PART_SHIPPED), E_(SHIP), S_(SHIPPED), SELLERS, ORDER_SIDE_SELLER, .effect = shipped},
	{S_(PART_SHIPPED), E_(MARK_PAID), S_(PART_SHIPPED), PAYEES, ORDER_SIDE_SELLER,
		.guard = not_paid, .effect = received_money},

	{S_(SHIPPED), E_(DELIVER), S_(DELIVERED), BUYERS, ORDER_SIDE_BUYER, .effect = delivered},
	{S_(SHIPPED), E_(DELIVER), S_(DELIVERED), CLOCK, .after_s = DAYS(ORDER_DELIVERY_DAYS)},
	{S_(SHIPPED), E_(MARK_PAID), S_(SHIPPED), PAYEES, ORDER_SIDE_SELLER, .guard = not_paid,
		.effect = received_money},

	{S_(DELIVERED), E_(ACCEPT), S_(CLOSED), BUYERS, ORDER_SIDE_BUYER, .guard = paid,
		.effect = closed},
	{S_(DELIVERED), E_(ACCEPT), S_(ACCEPTED), BUYERS, ORDER_SIDE_BUYER, .guard = not_paid},
	{S_(DELIVERED), E_(ACCEPT), S_(ACCEPTED), CLOCK, .after_s = DAYS(ORDER_ACCEPT_DAYS)},
	{S_(DELIVERED), E_(MARK_PAID), S_(DELIVERED), PAYEES, ORDER_SIDE_SELLER, .guard = not_paid,
		.effect = received_money},

	{S_(ACCEPTED), E_(MARK_PAID), S_(CLOSED), PAYEES, ORDER_SIDE_SELLER, .guard = not_paid,
		.effect = received_money_and_closed},
	{S_(ACCEPTED), E_(CLOSE), S_(CLOSED), CLOCK, .guard = paid, .after_s = 1},
};

const struct process order_process = PROCESS("order", rows, order_state_name, order_happening_name);
