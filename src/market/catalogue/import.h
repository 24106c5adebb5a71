/* import: a supplier's catalogue out of a CSV file, row by row. doc/import.md describes the format.
 *
 * import_next reads and checks; it touches no database, so the same reader serves the command, the
 * upload page's preview and the tests. A row is whole and valid, or it is refused with line, column
 * and reason. */
#ifndef KONTOR_IMPORT_H
#define KONTOR_IMPORT_H

#include "market/catalogue/catalogue.h"
#include "market/catalogue/csv.h"

enum {
	IMPORT_SKU_CHARS_MAX = 64,
	IMPORT_TITLE_CHARS_MAX = 200,
	IMPORT_DESCRIPTION_CHARS_MAX = 4000,
	IMPORT_NAME_CHARS_MAX = 120, /* maker, category */
	IMPORT_QUANTITY_MAX = 1000000000,
	IMPORT_LEAD_DAYS_MAX = 3650,
	IMPORT_EXTRA_COLUMNS_MAX = 64,
};
/* Why a row is refused. The texts are lang/ keys import.why.NAME. */
enum import_why {
	IMPORT_OK,
	IMPORT_QUOTE, /* not proper CSV */
	IMPORT_LONG_ROW,
	IMPORT_FIELDS, /* more or fewer fields than the header */
	IMPORT_UTF8,
	IMPORT_MISSING,
	IMPORT_LONG,
	IMPORT_CONTROL, /* control characters in a line of text */
	IMPORT_NUMBER,
	IMPORT_RANGE,
	IMPORT_PRICE,
	IMPORT_TIERS, /* quantities do not grow, too many steps, none */
	IMPORT_CURRENCY,
	IMPORT_UNIT,
	IMPORT_COUNTRY,
	IMPORT_GTIN,
	IMPORT_HS_CODE,
	IMPORT_INCOTERM,
	IMPORT_JSON,
	IMPORT_ATTRIBUTES, /* too many, or a name or value too long */
	IMPORT_TWICE,	   /* the SKU stands in an earlier line */
	IMPORT_CUT_OFF,	   /* the file ends in the middle */
	IMPORT_WHYS
};
const char *import_why_name(enum import_why w);

struct import_attribute {
	str name, value;
};
struct import_row {
	int64_t line;
	str sku, part_number, key, maker, category, subcategory, title, description, currency;
	str gtin, hs_code, origin, ships_from, incoterm_place; /* p == NULL: not given */
	struct tiers tiers;
	int unit, incoterm; /* 0: not given (incoterm); unit 1 = piece */
	int64_t stock, min_quantity, step_quantity, lead_days,
		weight_grams; /* weight -1: not given */
	struct import_attribute *attributes;
	size_t attributes_n;
	size_t left_out;      /* attributes whose value is a list or object */
	struct digest digest; /* of everything in the row and the header */
};
struct import_refusal {
	int64_t line;
	const char *column; /* its name in the header, or "" */
	enum import_why why;
};
enum import_result { IMPORT_ROW = 1, IMPORT_REFUSED, IMPORT_END };

struct import;
struct import_names { /* how units and Incoterms are called, from the policy's enums */
	const str *units, *incoterms;
	size_t units_n, incoterms_n;
};
/* Reads the header. NULL, with what is wrong in *why, if a column that must be is not there. */
struct import *import_open(struct arena *a, ssize_t (*read)(void *ctx, void *p, size_t n),
	void *ctx, const struct import_names *names, str *why);
/* Texts of the row live in `a`. */
enum import_result import_next(
	struct import *i, struct arena *a, struct import_row *row, struct import_refusal *no);

/* A file, plain or gzip, by its first bytes: to hand to import_open. */
struct import_file;
struct import_file *import_file_open(struct arena *a, const char *path, const char **why);
ssize_t import_file_read(void *file, void *p, size_t n);
/* Bytes of the file that were read, of how many: for the progress. */
void import_file_place(const struct import_file *f, int64_t *at, int64_t *of);
void import_file_close(struct import_file *f);

#endif
