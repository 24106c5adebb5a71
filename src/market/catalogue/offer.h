/* offer: the rules of offers and of a product's numbers; selling.h has the pages. */
#ifndef KONTOR_OFFER_H
#define KONTOR_OFFER_H

#include "market/catalogue/catalogue.h"
#include "market/process.h"
#include "web/web.h"

enum {
	OFFER_SKU_CHARS_MAX = 64,
	OFFER_LEAD_DAYS_MAX = 3650,
	OFFER_QUANTITY_MAX = 1000000000,
	OFFER_EXPORT_ROWS = 5000, /* one CSV; the next begins behind its last row */
	OFFER_CHOICES_MAX = 8,
	PRODUCT_PICTURES_MAX = 12,
	PICTURE_ALT_CHARS_MAX = 200,
	PRODUCT_DOCUMENTS_MAX = 12,
	DOCUMENT_TITLE_CHARS_MAX = 120,
};
#define OFFER_MICRO_MAX INT64_C(1000000000000000) /* a unit price of a thousand million */

/* ---- offers -------------------------------------------------------------------------- */
/* draft -> live <-> paused -> ended; the marketplace takes down and restores. */
extern const struct process offer_process;
struct text offer_state_text(int state);
int offer_state_tone(int state); /* enum tone */
struct text offer_do_text(int event);

struct offer_tier {
	int64_t quantity, price;
};
struct offer_terms { /* of the form */
	struct product_id product;
	str sku, currency, ships_from, place;
	int unit, incoterm;
	struct form_rows tiers; /* struct offer_tier */
	int64_t min, step, lead, on_hand;
	bool live;
};
extern const struct form offer_new_form, offer_edit_form;
enum offer_mistake {
	OFFER_GOOD,
	OFFER_TIERS_ORDER, /* quantities must grow */
	OFFER_TIERS_PRICE, /* a price of nothing */
	OFFER_TIERS_FIRST, /* the first price must hold for the smallest quantity */
	OFFER_MIN_STEP,	   /* the smallest quantity is no multiple of the step */
	OFFER_PLACE,	   /* an Incoterm without its place */
};
/* The rules between fields; fills *t when good. */
enum offer_mistake offer_terms_check(const struct offer_terms *f, struct tiers *t);

/* ---- a product's numbers ------------------------------------------------------------- */
bool gtin_good(str s);	  /* 8, 12, 13 or 14 digits with their check digit */
bool hs_code_good(str s); /* 6 to 10 digits */

#endif
