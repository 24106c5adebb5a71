/* What the clock does to requests for quotation: it ends those that nobody answered in time. */
#include "market/quote/quote.h"

#include "egress/egress.h"

#include "gen/quote_timer.sql.h"

struct quote_over {
	struct quote_timer_due_row q;
	instant now;
};

/* On the writer: one request, if it still stands where the list saw it. Both parties are told. */
static bool expire(struct db *db, void *ctx)
{
	const struct quote_over *d = ctx;
	const struct quote_timer_due_row *q = &d->q;
	struct process_step s = process_ask(&quote_process, q->state, QUOTE_HAPPENING_EXPIRE,
		(struct actor){.roles = db->viewer.roles}, NULL);

	if (s.answer != PROCESS_YES ||
		quote_timer_move(db, q->id, q->state, (enum quote_state)s.row->to, d->now) != 1 ||
		quote_timer_event(db, (struct quote_event_id){id_make_with(q->id.v)}, q->id,
			q->buyer_id, q->seller_id, QUOTE_HAPPENING_EXPIRE, q->state,
			(enum quote_state)s.row->to, q->currency, d->now) != 1)
		return false;
	db_event(db, "quote", q->id.v, q->buyer_id.v, q->seller_id.v);
	quote_timer_asked(db, q->buyer_id, q->id, (enum quote_state)s.row->to);
	outbox_company(
		db, "quote_expired", q->buyer_id.v, BIT(ROLE_BUYER) | BIT(ROLE_ADMIN), q->id.v);
	outbox_company(
		db, "quote_expired", q->seller_id.v, BIT(ROLE_SALES) | BIT(ROLE_ADMIN), q->id.v);
	return true;
}

static bool run(struct store *s, const struct job *j, struct arena *a)
{
	struct viewer v = {.roles = BIT(j->role)};
	instant now = clock_now();
	struct db db;

	store_read_begin(s, &db, a, v, j->purposes);
	struct quote_timer_due_rows due = quote_timer_due(&db, now);

	store_read_end(&db);
	for (size_t i = 0; i < due.n; i++) {
		struct quote_over d = {due.v[i], now};
		struct write_unit u = {.viewer = v,
			.purposes = j->purposes,
			.arena = a,
			.apply = expire,
			.ctx = &d};

		if (store_write_wait(s, &u) != WRITE_DONE)
			LOG(LOG_WARN, "quote_timer", LOG_I("quote", due.v[i].id.v),
				LOG_S("fault", str_of(u.fault.what)));
	}
	return due.n == 50;
}

const struct job quote_timers = {
	.name = "quote_timers",
	.role = ROLE_TIMERS,
	.purposes = BIT(PURPOSE_UPKEEP) | BIT(PURPOSE_MAILING),
	.every_s = 60,
	.run = run,
};
