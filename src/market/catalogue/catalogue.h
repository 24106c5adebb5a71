/* catalogue: what is for sale. Categories, master products, suppliers' offers.
 *
 * What other districts need stands here: prices by quantity and the packed columns of a product.
 * Search has a header of its own (search.h), and so has the import (import.h). */
#ifndef KONTOR_CATALOGUE_H
#define KONTOR_CATALOGUE_H

#include "base/base.h"
#include "market/catalogue/search_text.h"

enum {
	TIERS_MAX = 32, /* price steps of one offer */
	TIERS_TEXT_BYTES_MAX = 1024,
	ATTRIBUTES_MAX = 64, /* of one product */
	ATTRIBUTE_NAME_CHARS_MAX = 80,
	ATTRIBUTE_VALUE_CHARS_MAX = 400,
	PART_NUMBER_CHARS_MAX = 80,
	PART_KEY_BYTES_MAX = 320, /* a part number's, in UTF-8 */
};

/* ---- quantity prices -------------------------------------------------------------------------
 * The column offer.tiers: "1:9500000 10:8351900", quantities growing, prices of one unit in
 * millionths of the currency's major unit. */
struct tier {
	int64_t quantity; /* from this many on */
	int64_t micro;	  /* one unit costs */
};
struct tiers {
	struct tier v[TIERS_MAX];
	size_t n;
};
/* False if the text is not of that form (nothing else is ever stored). */
bool tiers_parse(str text, struct tiers *t);
str tiers_text(struct arena *a, const struct tiers *t);
/* The unit price for this many: that of the highest tier not above the quantity; below the first
 * tier the first tier's. False if there is no tier. */
bool tiers_price(const struct tiers *t, int64_t quantity, int64_t *micro);
/* The same straight from the column. */
bool tiers_price_of(str text, int64_t quantity, int64_t *micro);

/* ---- part numbers ------------------------------------------------------------------------------
 * The column product.part_key: how a part number is looked up. Letters and digits alone, ASCII in
 * lower case: "AD7747ARUZ-REEL" and "ad7747 aruz reel" are the same part. */
str part_key(struct arena *a, str part_number);

/* ---- attributes of a product -------------------------------------------------------------------
 * The column product.attributes: lines "17\t10kΩ\n": the attribute's id, a tab, the value as it is
 * shown (no control characters), in the order in which the supplier gave them. */
struct attribute_value {
	int64_t attribute;
	str value;
};
/* Cuts the next line off *rest; false at the end. */
bool attributes_next(str *rest, struct attribute_value *v);

/* A value read as number and unit: "2.7kΩ" is 2700 "Ω", "±5%" is 5 "%", "-40℃" is -40 "°C".
 * False if it is not one number with at most one unit. The unit is written one way ("Ohm" and
 * "ohms" are
 * "Ω") and points into static memory or the text. */
bool quantity_parse(str text, double *value, str *unit);
/* The same in a given unit: "2.5 cm" in "mm" is 25; a bare number is taken to be in it, and
 * "10k" to be ten thousand of it. False if the
 * text is no number or its unit measures something else. */
bool quantity_in(str text, str unit, double *value);

/* ---- search ----------------------------------------------------------------------------------
 * The newest offers in a category, at most `max`, by the index of search; what is not offered any
 * more may be among them. Returns how many; 0 too while there is no index. */
struct category_id;
struct offer_id;
size_t search_newest(struct arena *a, struct category_id category, struct offer_id *v, size_t max);

/* ---- pictures -----------------------------------------------------------------------------------
 * Keeps both sizes of a picture, JPEG, among the installation's files; their name, for the column
 * picture.file (the large one's digest), lives in the handle's arena. */
struct db;
enum { PICTURE_SMALL_PX = 320 }; /* longest side of the small one */
str picture_store(struct db *db, str large, str small);
/* Decodes a picture where nothing can be reached and keeps both sizes; {NULL, 0}: it is none.
 * Waits: for worker threads. */
str picture_keep(struct db *db, str bytes);
/* The small one's name. */
str picture_small(struct arena *a, str file);
/* Keeps a document's bytes; their name, for the column document.file. */
str document_store(struct db *db, str bytes);

/* ---- CSV ------------------------------------------------------------------------------------- */
/* One field of a CSV, quoted when it must be; what a spreadsheet would take for a formula is
 * preceded by an apostrophe. */
struct out;
void csv_field(struct out *o, str s);

/* ---- files --------------------------------------------------------------------------------------
 * These files were named by rows that go (an erasure): the job `files` takes them away at once
 * where no other row names them, instead of after a day. At most FILES_GONE_MAX wait. */
enum { FILES_GONE_MAX = 256 };
void stored_files_gone(const str *names, size_t n);

#endif
