/* orders: the pages of an order that exists. */
#ifndef KONTOR_ORDERS_H
#define KONTOR_ORDERS_H

#include "market/order/order.h"

/* The list of one side, one page of it. */
struct orders_list {
	bool sold;
	int state;  /* 0: all */
	str number; /* the one that was asked for; empty: none */
	const struct order_bought_row *v;
	size_t n;
	struct order_id next; /* 0: no more */
};
enum { ORDER_CHOICES_MAX = 16, ORDER_NUMBER_CHARS_MAX = 40 };
/* One order with all that its page shows. */
struct orders_view {
	struct order_thing t;
	struct order_parties parties; /* of the order's own page */
	struct order_events_rows events;
	struct order_shipments_rows shipments;
	struct order_shipment_lines_rows shipped;
	struct actor who;
	struct process_step choices[ORDER_CHOICES_MAX];
	size_t choices_n;
};

struct order_confirm_line {
	struct order_line_id line;
	int64_t quantity;
};
struct order_confirm {
	struct form_rows lines;
	int64_t freight; /* millionths of `currency`, the order's own */
	str currency;
	instant promised;
	str remark;
};
struct order_ship {
	struct form_rows lines; /* struct order_confirm_line */
	str carrier, tracking;
};
struct order_act {
	str reason;
};
extern const struct form order_confirm_form, order_ship_form, order_act_form;

enum tone;
int order_state_tone(int state);      /* enum tone */
struct text order_do_text(int event); /* on the button */

#endif
