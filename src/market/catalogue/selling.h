/* selling: what suppliers do in the catalogue: offers, the text of their products, pictures. */
#ifndef KONTOR_SELLING_H
#define KONTOR_SELLING_H

#include "market/catalogue/offer.h"
#include "web/page.h"
#include "web/web.h"

#include "gen/category.sql.h"
#include "gen/document.sql.h"
#include "gen/offer.sql.h"
#include "gen/picture.sql.h"
#include "gen/product.sql.h"

struct offers_list {
	int state; /* 0: all */
	str sku;   /* how the numbers begin that were asked for; empty: all */
	struct offer_own_rows rows;
	struct offer_id next;
};
struct offer_view { /* of the form's page */
	bool fresh;
	struct product_id product;
	str title, part_number;
	struct offer_by_id_row o; /* unless fresh */
	struct tiers tiers;
	size_t rows; /* lines of prices that are shown */
	struct choice *units, *incoterms;
	size_t units_n, incoterms_n;
	struct process_step choices[OFFER_CHOICES_MAX];
	size_t choices_n;
};
struct offer_find { /* the page that looks for a product to offer */
	str part_number;
	struct product_by_part_rows found;
	bool preparing; /* there is no index yet, which finds them */
};

/* ---- a product's text ---------------------------------------------------------------- */
struct product_text {
	struct category_id category;
	str part_number, manufacturer, title, description, attributes, gtin, hs_code, origin, video;
	int64_t weight;
	bool published;
};
extern const struct form product_text_form;

struct product_text_view {
	bool fresh;
	struct product_own_row p;
	str attributes; /* "Resistance: 10kΩ", one a line */
	str videos;	/* where a video may lie, for people; empty: nowhere here */
	struct choice *categories;
	size_t categories_n;
	struct picture_own_rows pictures;
	struct document_own_rows documents;
	struct product_variant_own_rows variants;
};

/* ---- pictures ------------------------------------------------------------------------ */
struct picture_upload {
	struct upload file;
	str alt;
};
struct picture_words {
	str alt;
};
extern const struct form picture_form, picture_text_form;

/* ---- documents and variants ------------------------------------------------------------ */
struct document_upload {
	struct upload file;
	int kind;
	str title;
};
struct document_sent { /* from prepare to apply */
	str file, media_type;
};
struct variant {
	str part_number, name;
};
extern const struct form document_form, variant_form, variant_name_form;
struct text document_kind_text(int kind);

/* ---- handlers, for routes.c ---------------------------------------------------------- */
extern const struct form offers_query_form, offer_find_form;
int offers_show(struct req *r);
int offer_new_show(struct req *r);
int offer_new_apply(struct req *r);
int offer_edit_show(struct req *r);
int offer_edit_apply(struct req *r);
int offer_do_apply(struct req *r);
int offer_api(struct req *r);
int product_new_show(struct req *r);
int product_new_apply(struct req *r);
int product_edit_show(struct req *r);
int product_edit_apply(struct req *r);
int document_show(struct req *r);
int picture_show(struct req *r);
int picture_add_prepare(struct req *r);
int picture_add_apply(struct req *r);
int picture_first_apply(struct req *r);
int picture_remove_apply(struct req *r);
int picture_earlier_apply(struct req *r);
int picture_text_apply(struct req *r);
int pictures_api(struct req *r);
int document_add_prepare(struct req *r);
int document_add_apply(struct req *r);
int document_remove_apply(struct req *r);
int documents_api(struct req *r);
int variant_add_apply(struct req *r);
int variant_name_apply(struct req *r);
int variant_remove_apply(struct req *r);
int variants_api(struct req *r);

#endif
