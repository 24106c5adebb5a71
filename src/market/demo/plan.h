/* plan: the demonstration in memory, before it is written. */
#ifndef KONTOR_DEMO_PLAN_H
#define KONTOR_DEMO_PLAN_H

#include "base/base.h"
#include "gen/types.h"

enum {
	DEMO_ROOTS = 8,
	DEMO_PRODUCTS_OF_LEAF = 54,
	DEMO_ORDERS = 960,
	DEMO_LINES_MAX = 6,
	DEMO_EVENTS_MAX = 14,
	DEMO_DAYS = 365,
	DEMO_ATTRIBUTES_MAX = 160,
};
enum demo_drawing {
	DRAW_BOLT,
	DRAW_NUT,
	DRAW_WASHER,
	DRAW_PIN,
	DRAW_BEARING,
	DRAW_GEAR,
	DRAW_BELT,
	DRAW_CABLE,
	DRAW_ENCLOSURE,
	DRAW_BREAKER,
	DRAW_LAMP,
	DRAW_BOARD,
	DRAW_CHIP,
	DRAW_RESISTOR,
	DRAW_CONNECTOR,
	DRAW_VALVE,
	DRAW_PIPE,
	DRAW_CYLINDER,
	DRAW_GAUGE,
	DRAW_CARTON,
	DRAW_ROLL,
	DRAW_PALLET,
	DRAW_GLOVE,
	DRAW_HELMET,
	DRAW_BOOT,
	DRAW_DRILL,
	DRAW_SPANNER,
	DRAW_KINDS
};
enum { DRAW_COLOURS = 3, DRAW_WIDTH = 640, DRAW_HEIGHT = 480 };
/* A clean drawing of one kind in one colour as JPEG in both sizes, in the arena. */
struct demo_picture {
	str large, small;
};
struct demo_picture demo_draw(struct arena *a, enum demo_drawing kind, int colour);

/* ---- what there is to choose from (demo_goods.c, demo_names.c) ------------------------------- */
struct demo_dim {
	const char *attribute, *unit, *values; /* "M6|M8"; a unit is put behind a blank */
};
struct demo_leaf {
	int root;
	const char *name, *title; /* %1 %2 %3: the values */
	const char *code;	  /* part numbers begin with it */
	enum demo_drawing draw;
	const char *hs;
	enum unit unit;
	double euro; /* of the smallest */
	int grams, lead;
	const char *about;
	struct demo_dim dim[3];
};
extern const char *const demo_roots[DEMO_ROOTS], *const demo_roots_about[DEMO_ROOTS];
extern const struct demo_leaf demo_leaves[];
extern const size_t demo_leaves_n;

struct demo_firm {
	const char *name, *form, *country, *postcode, *city, *street, *currency;
	unsigned roots; /* bits: what it sells */
	bool buys;
	enum industry industry;
	int founded;
	enum company_size size;
	enum company_state state;
};
/* People who trade in their own name: what is known of such a company is personal data. */
#define DEMO_SOLE "e.U."
#define DEMO_SOLE_IT "Ditta individuale"
extern const struct demo_firm demo_firms[];
extern const size_t demo_firms_n;
enum {
	DEMO_SUPPLIER = 1,
	DEMO_BOTH = 26,
	DEMO_BUYER = 28
}; /* whose first person has a log-in of its own */
extern const char *const demo_first[], *const demo_last[], *const demo_brands[],
								   *const demo_carriers[];
extern const size_t demo_first_n, demo_last_n, demo_brands_n, demo_carriers_n;
str demo_about(struct arena *a, const struct demo_firm *f, size_t at);

/* ---- the plan ---- */
struct demo_person {
	struct person_id id;
	str name, email, phone, title, department;
	uint64_t roles;
};
struct demo_company {
	const struct demo_firm *firm;
	struct company_id id;
	str slug, vat_id, registration;
	struct demo_person person[4];
	size_t people;
	instant created, activated;
	size_t *offers; /* its live offers in the plan */
	size_t offers_n;
	int64_t numbers[2]; /* orders of last year and of this year */
};
struct demo_product {
	struct product_id id;
	size_t leaf, keeper; /* company */
	str title, part_number, maker, attributes, description, gtin;
	int64_t grams;
	str differs; /* the values that variants differ in, and those that they share */
	str alike;
	size_t parent; /* place in the plan + 1; 0: hangs on none */
	bool has_variants;
	int colour;
	double euro;
};
/* Its data sheet as a PDF; none where the fonts are not installed. */
str demo_sheet(struct arena *a, const struct demo_product *x);
struct demo_offer {
	struct offer_id id;
	size_t product, company;
	str sku, tiers;
	int64_t micro, min, step, stock, reserved;
	int lead;
	enum offer_state state;
	instant created;
};
struct demo_line {
	size_t offer;
	int64_t quantity, confirmed, shipped, reserved,
		part; /* part: of the first of two shipments */
	struct price unit;
	money net;
};
struct demo_event {
	enum order_happening event;
	int from, to;
	instant at;
	bool seller, clock;
};
struct demo_order {
	size_t buyer, seller;
	str number, po;
	enum order_state state;
	instant placed, confirmed, promised, shipped, shipped_part, delivered, paid, closed, due;
	int scheme;
	int64_t vat_millionths;
	money net, freight, vat, total;
	struct demo_line line[DEMO_LINES_MAX];
	size_t lines;
	struct demo_event event[DEMO_EVENTS_MAX];
	size_t events;
};
struct demo_attribute {
	str name, unit;
};
struct demo_plan {
	struct arena *arena;
	uint64_t seed;
	instant now;
	struct demo_company *company;
	size_t companies;
	struct demo_attribute attribute[DEMO_ATTRIBUTES_MAX];
	size_t attributes;
	struct demo_product *product;
	size_t products;
	struct demo_offer *offer;
	size_t offers;
	struct demo_order *order;
	size_t orders;
};
/* The whole of it, counted back from `now`. */
struct demo_plan *demo_plan_make(struct arena *a, instant now);
void demo_plan_orders(struct demo_plan *p);			    /* part of it */
int64_t demo_random(struct demo_plan *p, int64_t from, int64_t to); /* both included */

#endif
