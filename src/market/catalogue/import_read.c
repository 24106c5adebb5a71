/* import_read: from the fields of a line to a checked row. */
#include "market/catalogue/import.h"

#include <ctype.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>

enum column {
	COL_SKU,
	COL_PART,
	COL_MAKER,
	COL_CATEGORY,
	COL_SUBCATEGORY,
	COL_TITLE,
	COL_DESCRIPTION,
	COL_CURRENCY,
	COL_TIERS,
	COL_STOCK,
	COL_UNIT,
	COL_MIN,
	COL_STEP,
	COL_LEAD,
	COL_GTIN,
	COL_HS,
	COL_ORIGIN,
	COL_SHIPS,
	COL_WEIGHT,
	COL_INCOTERM,
	COL_PLACE,
	COL_ATTRIBUTES,
	COL_STATE, /* these two are in the export alone: told, not read */
	COL_RESERVED,
	COLUMNS
};
static const struct {
	const char *name;
	bool must;
} columns[COLUMNS] = {
	[COL_SKU] = {"sku", true},
	[COL_PART] = {"part_number", false},
	[COL_MAKER] = {"manufacturer", false},
	[COL_CATEGORY] = {"category", true},
	[COL_SUBCATEGORY] = {"subcategory", false},
	[COL_TITLE] = {"title", false},
	[COL_DESCRIPTION] = {"description", false},
	[COL_CURRENCY] = {"currency", true},
	[COL_TIERS] = {"price_tiers", true},
	[COL_STOCK] = {"stock", false},
	[COL_UNIT] = {"unit", false},
	[COL_MIN] = {"min_quantity", false},
	[COL_STEP] = {"step_quantity", false},
	[COL_LEAD] = {"lead_days", false},
	[COL_GTIN] = {"gtin", false},
	[COL_HS] = {"hs_code", false},
	[COL_ORIGIN] = {"origin", false},
	[COL_SHIPS] = {"ships_from", false},
	[COL_WEIGHT] = {"weight_grams", false},
	[COL_INCOTERM] = {"incoterm", false},
	[COL_PLACE] = {"incoterm_place", false},
	[COL_ATTRIBUTES] = {"attributes", false},
	[COL_STATE] = {"state", false},
	[COL_RESERVED] = {"reserved", false},
};
static const char *const why_names[IMPORT_WHYS] = {"ok", "quote", "long_row", "fields", "utf8",
	"missing", "long", "control", "number", "range", "price", "tiers", "currency", "unit",
	"country", "gtin", "hs_code", "incoterm", "json", "attributes", "twice", "cut_off"};

const char *import_why_name(enum import_why w)
{
	return w < IMPORT_WHYS ? why_names[w] : "unknown";
}

struct import {
	struct csv *csv;
	const struct import_names *names;
	struct digest header;
	size_t fields;
	int at[COLUMNS]; /* place in the line + 1, or 0 */
	struct {
		size_t at;
		str name;
	} extra[IMPORT_EXTRA_COLUMNS_MAX]; /* columns that are attributes */
	size_t extra_n;
	uint64_t *seen; /* SKUs of this file, by hash; 0: free */
	size_t seen_n, seen_slots;
	struct arena *a;
	const str *field; /* of the line at hand */
	struct import_refusal *no;
};

/* A column that is none of ours is an attribute: "package_pins" is "Package pins". */
static str attribute_name(struct arena *a, str header)
{
	str s = str_dup(a, header);
	char *p = (char *)(uintptr_t)s.p;

	for (size_t i = 0; i < s.n; i++)
		if (p[i] == '_')
			p[i] = ' ';
	if (s.n && p[0] >= 'a' && p[0] <= 'z')
		p[0] = (char)(p[0] - 32);
	return s;
}

struct import *import_open(struct arena *a, ssize_t (*read)(void *, void *, size_t), void *ctx,
	const struct import_names *names, str *why)
{
	struct import *i = arena_new(a, struct import);
	struct csv_row row;

	i->a = a;
	i->names = names;
	i->csv = csv_make(a, read, ctx);
	if (csv_next(i->csv, &row) != CSV_ROW || !str_utf8(row.raw)) {
		*why = S("the file does not start with a line of column names");
		return NULL;
	}
	i->fields = row.n;
	i->header = digest_of(row.raw);
	for (size_t f = 0; f < row.n; f++) {
		str name = str_lower(a, str_trim(row.field[f]));
		int c = 0;

		while (c < COLUMNS && !str_eq(name, str_of(columns[c].name)))
			c++;
		if (c < COLUMNS && i->at[c]) {
			*why = str_fmt(a, "the column %s stands twice", columns[c].name);
			return NULL;
		}
		if (c < COLUMNS)
			i->at[c] = (int)f + 1;
		else if (name.n && i->extra_n < IMPORT_EXTRA_COLUMNS_MAX &&
			 str_chars(name) <= ATTRIBUTE_NAME_CHARS_MAX) {
			i->extra[i->extra_n].at = f;
			i->extra[i->extra_n++].name = attribute_name(a, str_trim(row.field[f]));
		}
	}
	for (int c = 0; c < COLUMNS; c++)
		if (columns[c].must && !i->at[c]) {
			*why = str_fmt(a, "the column %s is missing", columns[c].name);
			return NULL;
		}
	return i;
}

static bool refuse(struct import *i, enum column c, enum import_why why)
{
	i->no->column = c < COLUMNS ? columns[c].name : "";
	i->no->why = why;
	return false;
}

/* What the export writes before "=", "+", "-" and "@", so that no spreadsheet runs it, goes. */
static str field(const struct import *i, enum column c)
{
	str s = i->at[c] ? str_trim(i->field[i->at[c] - 1]) : (str){NULL, 0};

	return s.n > 1 && s.p[0] == '\'' && strchr("=+-@", s.p[1]) ? str_sub(s, 1, s.n) : s;
}

/* One line of text, at most `most` characters; empty if it is not there. */
static bool line_of(
	struct import *i, struct arena *a, enum column c, size_t most, bool lines, str *out)
{
	str s = field(i, c);

	for (size_t k = 0; k < s.n; k++)
		if ((unsigned char)s.p[k] < 32 || s.p[k] == 127) {
			if (!lines || (s.p[k] != '\n' && s.p[k] != '\r' && s.p[k] != '\t'))
				return refuse(i, c, IMPORT_CONTROL);
		}
	if (s.n > most && str_chars(s) > most)
		return refuse(i, c, IMPORT_LONG);
	if (columns[c].must && !s.n)
		return refuse(i, c, IMPORT_MISSING);
	*out = str_dup(a, s.p ? s : S(""));
	return true;
}

static bool optional(struct import *i, struct arena *a, enum column c, size_t most, str *out)
{
	if (!line_of(i, a, c, most, false, out))
		return false;
	if (!out->n)
		*out = (str){NULL, 0};
	return true;
}

static bool int_of(
	struct import *i, enum column c, int64_t min, int64_t max, int64_t none, int64_t *v)
{
	str s = field(i, c);

	if (!s.n) {
		*v = none;
		return true;
	}
	if (!str_int(s, v))
		return refuse(i, c, IMPORT_NUMBER);
	if (*v < min || *v > max)
		return refuse(i, c, IMPORT_RANGE);
	return true;
}

static bool choice(struct import *i, enum column c, const str *names, size_t n, enum import_why why,
	int none, int *v)
{
	str s = field(i, c);

	*v = none;
	if (!s.n)
		return true;
	for (size_t k = 0; k < n; k++)
		if (str_eq_nocase(s, names[k])) {
			*v = (int)k + 1;
			return true;
		}
	return refuse(i, c, why);
}

/* "10", "0.0021", at most six decimals: millionths. */
static bool micro_of(str s, int64_t *micro)
{
	int64_t v = 0;
	size_t i = 0, decimals = 0, digits = 0;

	for (; i < s.n && s.p[i] >= '0' && s.p[i] <= '9' && digits < 10; i++, digits++)
		v = v * 10 + (s.p[i] - '0');
	if (!digits)
		return false;
	if (i < s.n && s.p[i] == '.')
		for (i++; i < s.n && s.p[i] >= '0' && s.p[i] <= '9' && decimals < 6;
			i++, decimals++)
			v = v * 10 + (s.p[i] - '0');
	while (i < s.n && decimals == 6 && s.p[i] == '0')
		i++; /* zeros beyond say nothing */
	if (i != s.n)
		return false;
	for (; decimals < 6; decimals++)
		v *= 10;
	*micro = v;
	return true;
}

/* "1:9.5;10:8.35"; a single number is the price from one on. */
static bool tiers_of(struct import *i, struct import_row *row)
{
	str rest = field(i, COL_TIERS);
	struct tiers *t = &row->tiers;

	t->n = 0;
	if (!rest.n)
		return refuse(i, COL_TIERS, IMPORT_MISSING);
	if (micro_of(rest, &t->v[0].micro)) {
		t->v[0].quantity = 1;
		t->n = 1;
		return true;
	}
	while (rest.n) {
		str price = str_trim(str_cut(&rest, ';')), quantity;

		if (!price.n)
			continue;
		if (t->n == TIERS_MAX)
			return refuse(i, COL_TIERS, IMPORT_TIERS);
		quantity = str_trim(str_cut(&price, ':'));
		if (!price.p || !str_int(quantity, &t->v[t->n].quantity) ||
			!micro_of(str_trim(price), &t->v[t->n].micro))
			return refuse(i, COL_TIERS, IMPORT_PRICE);
		if (t->v[t->n].quantity < 1 || t->v[t->n].quantity > IMPORT_QUANTITY_MAX ||
			(t->n && t->v[t->n].quantity <= t->v[t->n - 1].quantity))
			return refuse(i, COL_TIERS, IMPORT_TIERS);
		t->n++;
	}
	return t->n ? true : refuse(i, COL_TIERS, IMPORT_TIERS);
}

/* GS1: 8, 12, 13 or 14 digits, the last one is the check digit (weights 3 and 1 from the right). */
static bool gtin_good(str s)
{
	int sum = 0;

	if (s.n != 8 && s.n != 12 && s.n != 13 && s.n != 14)
		return false;
	for (size_t k = 0; k < s.n; k++) {
		if (s.p[k] < '0' || s.p[k] > '9')
			return false;
		sum += (s.p[k] - '0') * ((s.n - k) % 2 ? 1 : 3);
	}
	return sum % 10 == 0;
}

static bool country_good(str s)
{
	return s.n == 2 && s.p[0] >= 'A' && s.p[0] <= 'Z' && s.p[1] >= 'A' && s.p[1] <= 'Z';
}

static bool codes_of(struct import *i, struct arena *a, struct import_row *row)
{
	if (!optional(i, a, COL_GTIN, 14, &row->gtin) ||
		!optional(i, a, COL_HS, 12, &row->hs_code) ||
		!optional(i, a, COL_ORIGIN, 2, &row->origin) ||
		!optional(i, a, COL_SHIPS, 2, &row->ships_from) ||
		!optional(i, a, COL_PLACE, 80, &row->incoterm_place))
		return false;
	if (row->gtin.p && !gtin_good(row->gtin))
		return refuse(i, COL_GTIN, IMPORT_GTIN);
	for (size_t k = 0; k < row->hs_code.n; k++)
		if (row->hs_code.n < 6 || !isdigit((unsigned char)row->hs_code.p[k]))
			return refuse(i, COL_HS, IMPORT_HS_CODE);
	if (row->origin.p && !country_good(row->origin))
		return refuse(i, COL_ORIGIN, IMPORT_COUNTRY);
	if (row->ships_from.p && !country_good(row->ships_from))
		return refuse(i, COL_SHIPS, IMPORT_COUNTRY);
	if (currency_exponent(row->currency) < 0)
		return refuse(i, COL_CURRENCY, IMPORT_CURRENCY);
	return choice(i, COL_UNIT, i->names->units, i->names->units_n, IMPORT_UNIT, 1,
		       &row->unit) &&
	       choice(i, COL_INCOTERM, i->names->incoterms, i->names->incoterms_n, IMPORT_INCOTERM,
		       0, &row->incoterm);
}

/* ---- attributes -------------------------------------------------------------------------------
 * */

/* Line ends and tabs inside a value become blanks; other control characters stay, and are
 * refused. */
static str one_line(struct arena *a, str s)
{
	char *p = NULL;

	for (size_t k = 0; k < s.n; k++)
		if (s.p[k] == '\n' || s.p[k] == '\r' || s.p[k] == '\t') {
			if (!p)
				p = (char *)(uintptr_t)str_dup(a, s).p;
			p[k] = ' ';
		}
	return p ? (str){p, s.n} : s;
}

/* Says nothing: left out rather than shown as "NaN". */
static bool empty_value(str v)
{
	return !v.n || str_eq(v, S("-")) || str_eq_nocase(v, S("nan")) ||
	       str_eq_nocase(v, S("null")) || str_eq_nocase(v, S("n/a"));
}

/* Numbers that a spreadsheet has been at: 9.999999999999999e-05 is 0.0001. */
static str plain_number(struct arena *a, double v)
{
	return str_fmt(a, fabs(v) >= 1e-4 && fabs(v) < 1e15 ? "%.10g" : "%.6g", v);
}

static bool attribute_add(
	struct import *i, struct arena *a, struct import_row *row, str name, str value, size_t most)
{
	struct import_attribute *x;

	name = str_trim(one_line(a, name));
	value = str_trim(one_line(a, value));
	if (empty_value(value))
		return true;
	for (size_t k = 0; k < row->attributes_n; k++)
		if (str_eq(row->attributes[k].name, name))
			return true; /* the first one counts */
	if (row->attributes_n == most || !name.n || str_chars(name) > ATTRIBUTE_NAME_CHARS_MAX ||
		str_chars(value) > ATTRIBUTE_VALUE_CHARS_MAX)
		return refuse(i, COL_ATTRIBUTES, IMPORT_ATTRIBUTES);
	for (size_t k = 0; k < value.n + name.n; k++) {
		unsigned char c = (unsigned char)(k < value.n ? value.p[k] : name.p[k - value.n]);

		if (c < 32 || c == 127)
			return refuse(i, COL_ATTRIBUTES, IMPORT_CONTROL);
	}
	if (!row->maker.n && str_eq_nocase(name, S("Manufacturer"))) {
		row->maker = str_dup(a, value);
		return true;
	}
	x = &row->attributes[row->attributes_n++];
	*x = (struct import_attribute){str_dup(a, name), str_dup(a, value)};
	return true;
}

static bool json_attribute(
	struct import *i, struct arena *a, struct import_row *row, const char *key, json_t *v)
{
	str value;

	switch (json_typeof(v)) {
	case JSON_STRING: value = (str){json_string_value(v), json_string_length(v)}; break;
	case JSON_INTEGER: value = str_fmt(a, "%lld", (long long)json_integer_value(v)); break;
	case JSON_REAL: value = plain_number(a, json_real_value(v)); break;
	case JSON_TRUE: value = S("yes"); break;
	case JSON_FALSE: value = S("no"); break;
	case JSON_NULL: return true;
	case JSON_OBJECT:
	case JSON_ARRAY:
	default: row->left_out++; return true;
	}
	return attribute_add(i, a, row, str_of(key), value, ATTRIBUTES_MAX);
}

static bool attributes_of(struct import *i, struct arena *a, struct import_row *row)
{
	str s = field(i, COL_ATTRIBUTES);
	json_error_t e;
	json_t *o, *v;
	const char *key;
	bool good = true;

	row->attributes = arena_array(a, struct import_attribute, ATTRIBUTES_MAX);
	for (size_t k = 0; k < i->extra_n; k++)
		if (!attribute_add(
			    i, a, row, i->extra[k].name, i->field[i->extra[k].at], ATTRIBUTES_MAX))
			return false;
	if (!s.n)
		return true;
	o = json_loadb(s.p, s.n, JSON_REJECT_DUPLICATES, &e);
	if (!json_is_object(o)) {
		json_decref(o);
		return refuse(i, COL_ATTRIBUTES, IMPORT_JSON);
	}
	json_object_foreach(o, key, v) if (good) good = json_attribute(i, a, row, key, v);
	json_decref(o);
	return good;
}

/* ---- rows ---- */

static bool seen_before(struct import *i, str sku)
{
	struct digest d = digest_of(sku);
	uint64_t h;
	size_t at;

	memcpy(&h, d.b, sizeof h);
	h |= 1; /* 0 is a free slot */
	if (i->seen_n * 2 >= i->seen_slots) {
		uint64_t *old = i->seen;
		size_t n = i->seen_slots;

		i->seen_slots = n ? n * 2 : 4096;
		i->seen = arena_array(i->a, uint64_t, i->seen_slots);
		for (size_t k = 0; k < n; k++)
			if (old[k]) {
				for (at = old[k] & (i->seen_slots - 1); i->seen[at];
					at = (at + 1) & (i->seen_slots - 1))
					;
				i->seen[at] = old[k];
			}
	}
	for (at = h & (i->seen_slots - 1); i->seen[at]; at = (at + 1) & (i->seen_slots - 1))
		if (i->seen[at] == h)
			return true;
	i->seen[at] = h;
	i->seen_n++;
	return false;
}

static struct digest row_digest(const struct import *i, str raw)
{
	return digest_keyed(i->header.b, raw);
}

static bool texts_of(struct import *i, struct arena *a, struct import_row *row)
{
	if (!line_of(i, a, COL_SKU, IMPORT_SKU_CHARS_MAX, false, &row->sku) ||
		!line_of(i, a, COL_PART, PART_NUMBER_CHARS_MAX, false, &row->part_number) ||
		!line_of(i, a, COL_MAKER, IMPORT_NAME_CHARS_MAX, false, &row->maker) ||
		!line_of(i, a, COL_CATEGORY, IMPORT_NAME_CHARS_MAX, false, &row->category) ||
		!line_of(i, a, COL_SUBCATEGORY, IMPORT_NAME_CHARS_MAX, false, &row->subcategory) ||
		!line_of(i, a, COL_TITLE, IMPORT_TITLE_CHARS_MAX, false, &row->title) ||
		!line_of(i, a, COL_DESCRIPTION, IMPORT_DESCRIPTION_CHARS_MAX, true,
			&row->description) ||
		!line_of(i, a, COL_CURRENCY, 3, false, &row->currency))
		return false;
	return true;
}

static bool numbers_of(struct import *i, struct import_row *row)
{
	return tiers_of(i, row) && int_of(i, COL_STOCK, 0, IMPORT_QUANTITY_MAX, 0, &row->stock) &&
	       int_of(i, COL_MIN, 1, IMPORT_QUANTITY_MAX, row->tiers.v[0].quantity,
		       &row->min_quantity) &&
	       int_of(i, COL_STEP, 1, IMPORT_QUANTITY_MAX, 1, &row->step_quantity) &&
	       int_of(i, COL_LEAD, 0, IMPORT_LEAD_DAYS_MAX, 0, &row->lead_days) &&
	       int_of(i, COL_WEIGHT, 0, IMPORT_QUANTITY_MAX, -1, &row->weight_grams);
}

static bool row_of(
	struct import *i, struct arena *a, const struct csv_row *line, struct import_row *row)
{
	i->field = line->field;
	if (line->n != i->fields)
		return refuse(i, COLUMNS, IMPORT_FIELDS);
	if (!str_utf8(line->raw)) {
		for (int c = 0; c < COLUMNS; c++)
			if (i->at[c] && !str_utf8(line->field[i->at[c] - 1]))
				return refuse(i, (enum column)c, IMPORT_UTF8);
		return refuse(i, COLUMNS, IMPORT_UTF8);
	}
	if (!texts_of(i, a, row) || !numbers_of(i, row) || !codes_of(i, a, row) ||
		!attributes_of(i, a, row))
		return false;
	if (!row->part_number.n)
		row->part_number = row->sku;
	row->key = part_key(a, row->part_number);
	if (!row->title.n)
		row->title = row->maker.n ? str_fmt(a, STR_FMT " " STR_FMT, STR_ARG(row->maker),
						    STR_ARG(row->part_number))
					  : row->part_number;
	row->digest = row_digest(i, line->raw);
	if (seen_before(i, row->sku))
		return refuse(i, COL_SKU, IMPORT_TWICE);
	return true;
}

static enum import_why csv_why(enum csv_result r)
{
	switch (r) {
	case CSV_BAD_QUOTE:
	case CSV_UNCLOSED: return IMPORT_QUOTE;
	case CSV_TOO_LONG: return IMPORT_LONG_ROW;
	case CSV_TOO_MANY: return IMPORT_FIELDS;
	case CSV_CUT_OFF: return IMPORT_CUT_OFF;
	case CSV_ROW:
	case CSV_END: break;
	}
	return IMPORT_OK;
}

enum import_result import_next(
	struct import *i, struct arena *a, struct import_row *row, struct import_refusal *no)
{
	struct csv_row line;
	enum csv_result r = csv_next(i->csv, &line);

	*row = (struct import_row){.line = line.line};
	*no = (struct import_refusal){.line = line.line, .column = ""};
	i->no = no;
	if (r == CSV_END)
		return IMPORT_END;
	if (r != CSV_ROW) {
		no->why = csv_why(r);
		return IMPORT_REFUSED;
	}
	return row_of(i, a, &line, row) ? IMPORT_ROW : IMPORT_REFUSED;
}
