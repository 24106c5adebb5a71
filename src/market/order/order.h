/* order: from a basket to goods received. One order per supplier and currency.
 *
 * The states and what moves between them are one declarative table (order_process.c) that drives
 * the buttons, the API, the tests and the diagram in doc/order.md. Escrow is not here yet: orders
 * are paid by invoice, and the supplier says when it was. */
#ifndef KONTOR_ORDER_H
#define KONTOR_ORDER_H

#include "jobs/jobs.h"
#include "market/process.h"
#include "web/web.h"

/* Which side of an order somebody stands on. */
enum party { PARTY_NONE, PARTY_BUYER, PARTY_SELLER, PARTY_CLOCK };

extern const struct process order_process;
extern const struct route order_routes[];

/* Days that each waiting state may last before the clock moves the order on. */
enum {
	ORDER_CONFIRM_DAYS = 7,   /* placed or changed: then the order expires and stock is free again */
	ORDER_DELIVERY_DAYS = 30, /* shipped: then it counts as delivered */
	ORDER_ACCEPT_DAYS = 14,   /* delivered: then it counts as accepted */
	ORDER_LINES_MAX = 200,
	ORDER_PAYMENT_DAYS = 30,  /* invoice due */
};

/* At sign-in: what the visitor put in the basket becomes the member's (on the writer). */
void basket_merge(struct db *db, int64_t visitor_session);
/* Lines in the viewer's basket. */
int64_t basket_lines_count(struct db *db);

/* The job that moves orders on whose time has come: a principal of its own (role timers). */
extern const struct job order_timers;

#endif
