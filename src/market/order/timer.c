/* What the clock does to orders: time-outs of the table, and baskets that nobody came back to. */
#include "market/order/order.h"

#include "gen/stock.sql.h"
#include "gen/timer.sql.h"

struct one_due {
	struct timer_due_row o;
	instant now;
};

/* What was reserved and not shipped is for others again. */
static bool free_lines(struct db *db, struct order_id order)
{
	struct timer_lines_rows lines = timer_lines(db, order);

	for (size_t i = 0; i < lines.n; i++)
		if (lines.v[i].reserved &&
			(stock_release(db, lines.v[i].offer_id, lines.v[i].reserved) != 1 ||
				timer_free(db, lines.v[i].id) != 1))
			return false;
	return true;
}

static bool effect(struct db *db, const struct timer_due_row *o, int to, instant now)
{
	if (to == ORDER_STATE_EXPIRED && !free_lines(db, o->id))
		return false;
	if (to == ORDER_STATE_DELIVERED)
		return timer_delivered(db, o->id, now) == 1;
	if (process_final(&order_process, to))
		return timer_closed(db, o->id, now) == 1;
	return true;
}

/* On the writer: one order, if it still stands where the list saw it. */
static bool move_on(struct db *db, void *ctx)
{
	struct one_due *d = ctx;
	struct order_thing t = {.o = {.state = d->o.state, .paid_at = d->o.paid_at}, .now = d->now};
	int event = 0;

	process_due(&order_process, d->o.state, d->now, &event);
	if (!event)
		return false;
	struct process_step s = process_ask(
		&order_process, d->o.state, event, (struct actor){.roles = db->viewer.roles}, &t);
	instant next = TIME_NONE;

	if (s.answer == PROCESS_GUARDED) /* waits for somebody: no longer due */
		return timer_move(db, d->o.id, d->o.state, d->o.state, next) == 1;
	if (s.answer != PROCESS_YES)
		return false;
	next = process_due(&order_process, s.row->to, d->now, NULL);
	if (timer_move(db, d->o.id, d->o.state, s.row->to, next) != 1)
		return false;
	timer_bought(db, d->o.buyer_id, d->o.id, s.row->to);
	db_event(db, "order", d->o.id.v, d->o.buyer_id.v, d->o.seller_id.v);
	return effect(db, &d->o, s.row->to, d->now) &&
	       timer_event(db, (struct order_event_id){id_make_with(d->o.id.v)}, d->o.id,
		       d->o.buyer_id, d->o.seller_id, event, d->o.state, s.row->to, d->now) == 1;
}

static bool remove_baskets(struct db *db, void *ctx)
{
	const struct timer_baskets_rows *old = ctx;

	for (size_t i = 0; i < old->n; i++)
		if (timer_basket_remove(db, old->v[i].id) != 1)
			return false;
	return true;
}

static bool run(struct store *s, const struct job *j, struct arena *a)
{
	struct viewer v = {.roles = BIT(j->role)};
	instant now = clock_now();
	struct db db;

	store_read_begin(s, &db, a, v, j->purposes);
	struct timer_due_rows due = timer_due(&db, now);
	struct timer_baskets_rows old =
		timer_baskets(&db, instant_add(now, -BASKET_KEEP_DAYS * DAY_US));

	store_read_end(&db);
	for (size_t i = 0; i < due.n; i++) {
		struct one_due d = {due.v[i], now};
		struct write_unit u = {.viewer = v,
			.purposes = j->purposes,
			.arena = a,
			.apply = move_on,
			.ctx = &d};

		if (store_write_wait(s, &u) != WRITE_DONE)
			LOG(LOG_WARN, "order_timer", LOG_I("order", due.v[i].id.v),
				LOG_S("fault", str_of(u.fault.what)));
	}
	if (old.n) {
		struct write_unit u = {.viewer = v,
			.purposes = j->purposes,
			.arena = a,
			.apply = remove_baskets,
			.ctx = &old};

		store_write_wait(s, &u);
	}
	return due.n == 50 || old.n == 200;
}

const struct job order_timers = {
	.name = "order_timers",
	.role = ROLE_TIMERS,
	.purposes = BIT(PURPOSE_UPKEEP) | BIT(PURPOSE_STOCK),
	.every_s = 60,
	.run = run,
};
