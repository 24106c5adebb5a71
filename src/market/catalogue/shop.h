/* shop: what buyers see of the catalogue: the start page, categories, products, and a
 * supplier's offers. */
#ifndef KONTOR_SHOP_H
#define KONTOR_SHOP_H

#include "market/catalogue/card.h"
#include "market/catalogue/catalogue.h"
#include "market/member/member.h"
#include "web/web.h"
#include "market/words.h"
#include "web/page.h"

#include "gen/category.sql.h"
#include "gen/home.sql.h"
#include "gen/offer.sql.h"
#include "gen/product.sql.h"

enum {
	SHOP_SIZE_MAX = 1000,	   /* products are counted up to here: more is "1,000+" */
	SHOP_SHELVES_MAX = 60,	   /* subcategories that show their newest products */
	SHOP_DEPARTMENTS_MAX = 24, /* categories of the start page that show what is below */
	SHOP_NEWEST = 12,	   /* offers of the start page */
	SHOP_SHELF = 3,		   /* products of a subcategory on its parent's page */
	SHOP_SHELF_OFFERS = 16,	   /* of so many offers: a product has several */
	SHOP_CHEAPEST = 4,	   /* offers of a product that are read for the cheapest one */
	SHOP_OFFERS_MAX = 100,	   /* of one product, on its page */
	SHOP_QUANTITY_MAX = 1000000000,
};

/* So many products; of -1 nothing is said. */
struct text shop_size_text(int64_t n);

/* ---- products ------------------------------------------------------------------------ */
enum offer_trouble { OFFER_FITS, OFFER_MIN, OFFER_STEP, OFFER_SHORT };
/* An offer at the quantity asked for, or at its smallest. */
struct product_offer {
	const struct product_offers_row *row;
	struct price_tier *tiers;
	size_t tiers_n;
	int64_t quantity;
	struct price unit;
	money total;
	enum offer_trouble trouble;
};
/* Prices an offer; trouble says why the quantity cannot be ordered. quantity 0: none asked. */
void product_offer_price(struct arena *a, struct product_offer *v, int64_t quantity);
/* Those that can be ordered first, then by price for this quantity; currencies are not compared. */
void product_offers_sort(struct product_offer *v, size_t n);
/* Everybody's live offers of a product: those of its keeper from beside it, those of others by the
 * index of search; by price, SHOP_OFFERS_MAX at most. False: there is no index yet, so only the
 * keeper's are there. */
bool product_offers_all(struct db *db, struct product_id product, struct company_id keeper,
	struct product_offers_rows *rows);
/* What a part number may mean: exact, and a second behind what is written. False: there is no index
 * yet. */
bool product_parts(struct db *db, str part_number, struct product_by_part_rows *rows);
/* A list that needs the index, which is not there yet: 503, come back in a minute. */
int shop_preparing(struct req *r);

struct product_attribute_value {
	struct attribute_id attribute_id;
	str name, value, unit;
};
extern const struct row_desc product_attributes_desc;

struct product_view {
	struct product_by_id_row p;
	struct links crumbs;
	struct product_attribute_value *attributes;
	size_t attributes_n;
	struct product_pictures_rows pictures;
	struct product_documents_rows documents;
	struct product_variants_rows variants;
	struct product_offer *offers;
	size_t offers_n;
	bool preparing;	  /* there is no index yet, which knows the offers of others */
	int64_t quantity; /* 0: none was asked for */
	const struct seen *seen;
	struct embed video;
	bool has_video;
};
struct product_query {
	int64_t quantity;
};
extern const struct form product_query_form;
/* The named values of the column `attributes`. */
struct product_attribute_value *product_attributes(struct db *db, str column, size_t *n);

/* ---- categories ---------------------------------------------------------------------- */
struct category_tile {
	struct category_id id;
	str name, about;
	int64_t size;				 /* -1: not known yet */
	struct card_list_row newest[SHOP_SHELF]; /* on its parent's page */
	size_t newest_n;
	struct category_children_rows children; /* on the start page */
};
struct category_product { /* with its cheapest offer, if there is one */
	struct product_id id;
	str title, manufacturer, part_number;
	struct offer_id offer_id;
	str currency;
	enum unit unit;
	struct price price;
	struct maybe_int min_quantity, lead_days, free;
	str seller_name;
	struct picture_id picture_id;
};
extern const struct row_desc category_products_desc;

struct category_view {
	struct category_by_id_row c;
	struct links crumbs;
	int64_t size; /* -1: not known yet */
	struct category_tile *tiles;
	size_t tiles_n;
	struct category_product *products;
	size_t products_n;
	struct product_id next; /* 0: no more */
	bool preparing;		/* there is no index yet, which knows its products */
};
/* The way down to a category: its ancestors, and itself if `whole`. */
struct links category_crumbs(struct db *db, struct category_id id, bool whole);
/* Published products in it and below it; -1: there is no index yet. */
int64_t category_count(struct category_id id);
const char *category_icon(str name); /* a symbol of icon.svg */

struct home_view {
	struct category_tile *tiles;
	size_t tiles_n;
	struct home_offers_rows offers;
	const struct seen *seen;
};
struct seller_view {
	struct offer_seller_row c;
	struct offer_of_company_rows offers;
	struct offer_id next;
};

/* ---- handlers, for routes.c ---------------------------------------------------------- */
extern const struct form category_query_form, product_part_form;
int home_show(struct req *r);
int category_show(struct req *r);
int seller_show(struct req *r);
int categories_api(struct req *r);
int category_api(struct req *r);
int category_children_api(struct req *r);
int category_products_api(struct req *r);
int product_show(struct req *r);
int products_api(struct req *r);
int product_api(struct req *r);
int product_attributes_api(struct req *r);
int product_offers_api(struct req *r);

#endif
