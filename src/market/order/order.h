/* order: from a basket to goods received. One order per supplier and currency.
 *
 * The states and what moves between them are one declarative table (order_process.c) that drives
 * the buttons, the API, the tests and the diagram in doc/order.md. Escrow is not here yet: orders
 * are paid by invoice, and the supplier says when it was. */
#ifndef KONTOR_ORDER_H
#define KONTOR_ORDER_H

#include "jobs/jobs.h"
#include "market/order/vat.h"
#include "market/process.h"
#include "web/web.h"

#include "gen/order.sql.h"

enum { ORDER_SIDE_BUYER = 1, ORDER_SIDE_SELLER = 2 };

/* Days that each waiting state may last before the clock moves the order on. */
enum {
	ORDER_CONFIRM_DAYS =
		7, /* placed or changed: then the order expires and stock is free again */
	ORDER_DELIVERY_DAYS = 30, /* shipped: then it counts as delivered */
	ORDER_ACCEPT_DAYS = 14,	  /* delivered: then it counts as accepted */
	ORDER_LINES_MAX = 200,
	ORDER_PAYMENT_DAYS = 30, /* invoice due */
	BASKET_LINES_MAX = 200,
	BASKET_KEEP_DAYS = 90,
};

/* The thing that the table's guards and effects are handed: an order with its lines, as the
 * transaction sees it. */
struct order_thing {
	struct order_by_id_row o;
	struct order_lines_rows lines;
	instant now;
};
/* Where it goes and whom the invoice names. */
struct order_parties {
	struct order_delivery_row to;
	struct order_billing_row bill;
	bool known;
	bool later; /* the viewer's company is the supplier, and there is no contract yet */
};
extern const struct process order_process;
extern const struct route order_routes[], basket_routes[], place_routes[];

/* The order and its lines as far as the viewer is a party to it; false: not found. */
bool order_load(struct db *db, struct order_id id, struct order_thing *t);
/* Purposes delivery and payment. */
void order_parties(struct db *db, struct order_id id, struct order_parties *p);
/* Which side the viewer's company stands on, with the viewer's roles. */
struct actor order_actor(const struct viewer *v, const struct order_thing *t);
/* On the writer: does `event` if the table and its guard allow it: moves the state, sets the due
 * time, runs the effect, writes the history. `detail` may be none; both parties see it. */
struct process_step order_do(struct db *db, struct order_thing *t, int event, str detail);

/* Messages for a state and an event of the history. */
struct text order_state_text(int state);
/* What the clock will do to it and when, if nobody acts; none: it waits for somebody. */
struct text order_due_text(const struct order_thing *t);
struct text order_event_text(int event);
/* "in VAT 19 %": the line of an order's tax. */
struct text order_vat_text(int scheme, int64_t millionths);

/* At sign-in: what the visitor put in the basket becomes the member's (on the writer). */
void basket_merge(struct db *db, int64_t visitor_session);
/* Lines in the viewer's basket. */
int64_t basket_count(struct db *db);

/* The order as a PDF in the reader's language; the bytes live in the arena. */
str order_pdf(struct arena *a, const struct locale *l, const struct order_thing *t,
	const struct order_parties *who);

/* The job that moves orders on whose time has come: a principal of its own (role timers). */
extern const struct job order_timers;

#endif
