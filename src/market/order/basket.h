/* basket: what somebody means to order, grouped as it will be ordered: by supplier and currency. */
#ifndef KONTOR_BASKET_H
#define KONTOR_BASKET_H

#include "market/order/order.h"

#include "gen/basket.sql.h"

enum basket_trouble {
	BASKET_FINE,
	BASKET_GONE,  /* no longer offered */
	BASKET_SHORT, /* less in stock than wanted */
	BASKET_MOQ,   /* fewer than the smallest quantity */
	BASKET_STEP,  /* not a multiple of the step */
	BASKET_OWN,   /* the viewer's own offer */
};
struct basket_line { /* with what is offered now; no seller_id: nothing */
	struct basket_line_id id;
	struct offer_id offer_id;
	int64_t quantity;
	struct company_id seller_id;
	str seller_name, seller_country;
	struct product_id product_id;
	str sku, currency, tiers, title, part_number; /* no title: the product is not to be seen */
	enum unit unit;
	struct maybe_int min_quantity, step_quantity, lead_days, free;
};
struct basket_item {
	const struct basket_line *row;
	struct price unit;
	money net;
	enum basket_trouble trouble;
	int64_t to_next;	/* pieces up to the next price step; 0: none */
	struct price next_unit; /* the price there */
};
struct basket_group {
	struct company_id seller;
	str seller_name, seller_country, currency;
	struct basket_item *v;
	size_t n;
	money net;
	bool trouble; /* of any line */
};
struct basket {
	struct basket_group *v; /* lines that are gone stand in a group without a seller, last */
	size_t n, lines;
};
extern const struct form basket_add_form;

/* An offer that was not put into the basket, as the form is shown again; no offer: none. */
struct basket_refused {
	struct offer_id offer;
	str title;
};
/* The viewer's basket with today's prices and stock. */
struct basket basket_read(struct db *db);
/* One supplier and currency of it; NULL: nothing there. */
const struct basket_group *basket_group(
	const struct basket *b, struct company_id seller, str currency);
struct text basket_trouble_text(const struct basket_item *i);

#endif
