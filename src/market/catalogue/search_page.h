/* search_page: what is asked at /search and /api/v1/search, and what is shown. */
#ifndef KONTOR_SEARCH_PAGE_H
#define KONTOR_SEARCH_PAGE_H

#include "market/catalogue/search_live.h"
#include "web/page.h"
#include "web/web.h"

#include "gen/search.sql.h"

enum { SEARCH_PAGE_HITS = 20, SEARCH_FACTS_SHOWN = 6, SEARCH_QUANTITY_MAX = 1000000000 };

struct search_pick { /* one of several values of a facet: "17=10kΩ" */
	str value;
};
struct search_span { /* numbers of a facet */
	int64_t id;
	str min, max;
};
struct search_asked {
	str q, currency, price_min, price_max, sort;
	int64_t category, supplier, quantity, page;
	bool stock;
	struct form_rows maker, f; /* struct search_pick */
	struct form_rows range;	   /* struct search_span */
};
extern const struct form search_form, suggest_form;
extern const struct row_desc search_item_desc;

struct search_item { /* one hit, as the database has it now */
	struct offer_id offer_id;
	struct product_id product_id;
	struct company_id company_id;
	str part_number, manufacturer, title, supplier, sku;
	int64_t quantity, free, min_quantity, lead_days, score;
	struct price unit_price; /* at that quantity */
	str why;		 /* in the reader's language */
	str facts;
	struct picture_id picture;
	int unit;
};
struct search_shown {
	const struct search_asked *asked;
	struct search_result found;
	struct search_item *items;
	size_t items_n;
	struct links crumbs; /* down to the category */
	str category;	     /* its name */
	struct chosen *chips;
	size_t chips_n;
	struct pager pager;
	str again; /* the search without filters */
};
/* The address of a search like this one: without one filter, on another page, in another
 * category. */
enum search_part {
	PART_NONE,
	PART_CATEGORY,
	PART_SUPPLIER,
	PART_STOCK,
	PART_PRICE,
	PART_MAKER,
	PART_F,
	PART_RANGE,
	PART_ALL,
	PART_TEXT
};
struct search_change {
	enum search_part leave; /* this filter out */
	size_t nth;		/* of PART_MAKER, PART_F, PART_RANGE */
	int64_t category;	/* instead of the one asked; 0: as it is */
	str text;		/* instead of q; p == NULL: as it is */
};
str search_url(struct arena *a, const struct search_asked *q, struct search_change c);
str search_field_value(struct arena *a, int64_t facet, str value); /* "17=10kΩ" */
/* What a facet's value shows: the category's or company's name, the number with its unit. */
struct text search_facet_title(const struct search_facet_counts *f);

/* Handlers of /search, /search/suggest and their twins in the API (search_routes.c). */
int search_show(struct req *r);
int search_suggest_show(struct req *r);

#endif
