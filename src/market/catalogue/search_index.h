/* search_index: the file that search reads, and how it is made.
 *
 * One file, mapped read-only, holds published offers in the order of their quality: document 0 is
 * the best, so walking a list of documents is walking from good to bad. The database is the only
 * truth; the file can be thrown away and is made again. Everything is an array:
 *
 *	list      documents that have something, growing: singles inline, up to docs / 128 as
 * numbers,
 *	          above that as a bitmap
 *	words     the dictionary, sorted by bytes: word -> lists "in the title, maker or category"
 * and
 *	          "anywhere"
 *	keys      part numbers and SKUs as part_key() makes them, and every tail of them that starts
 *	          where letters meet digits, sorted: any part of a part number is a range
 *	facets    (attribute, value) -> list; values of one attribute stand together, sorted by
 * number
 *	          or text, so that a range of values is a range of numbers
 *	columns   offer id, quality, stock, prices by quantity, and orders by price and stock
 *	products  id, category and part number of all that are published, offered or not, and the
 *	          order of the offers by product
 *
 * Numbers are in the machine's byte order; a file of another machine or version is not opened. */
#ifndef KONTOR_SEARCH_INDEX_H
#define KONTOR_SEARCH_INDEX_H

#include "market/catalogue/catalogue.h"

enum {
	SEARCH_VERSION = 4,
	/* Price columns: cheapest and dearest unit price for quantities of 1..9, 10..99, 100..999,
	 * 1,000..9,999 and above. */
	SEARCH_BANDS = 5,
	/* Facets that are not attributes of products; attributes' ids are above 0. */
	SEARCH_CATEGORY = -1,
	SEARCH_SUPPLIER = -2,
	SEARCH_MAKER = -3,
	SEARCH_CURRENCY = -4,
	SEARCH_STOCK = -5, /* one value: in stock */
	SEARCH_CATEGORY_DEPTH_MAX = 8,
	SEARCH_BUILD_BYTES_MAX_MB = 12 << 10, /* memory for making an index */
};

struct search_list {
	uint32_t n;  /* documents */
	uint32_t at; /* n == 1: the document; else where in `posts`, in units of 4 bytes */
};
/* Whether a list of n documents is kept as a bitmap. */
static inline bool search_dense(uint32_t n, uint32_t docs)
{
	return n > 1 && n > docs / 128;
}
struct search_facet {
	int64_t id;
	uint32_t first, n;   /* its values */
	uint32_t name, unit; /* texts */
	uint32_t docs;	     /* how many documents have it */
	uint32_t number;     /* 1: values are numbers of that unit */
	uint32_t shown;	     /* 1: offered as a filter */
	uint32_t zero;
};
struct search_value {
	int64_t key;   /* category or company id, or 0 */
	double number; /* NAN if none */
	uint32_t text;
	uint32_t parent; /* categories: place of the parent among all values + 1; else 0 */
	struct search_list list;
};
struct search_key {
	uint32_t at;  /* text: bytes behind `key_text`, ends with NUL */
	uint32_t doc; /* top bit: the whole key starts here */
};
#define SEARCH_WHOLE UINT32_C(0x80000000)

enum search_section {
	SECTION_POSTS,	       /* uint32_t */
	SECTION_TEXT,	       /* char: words, values, names; NUL-ended */
	SECTION_WORDS,	       /* uint32_t: place in text */
	SECTION_WORD_LISTS,    /* struct search_list [2]: strong, any */
	SECTION_KEYS,	       /* struct search_key */
	SECTION_KEY_TEXT,      /* char */
	SECTION_FACETS,	       /* struct search_facet */
	SECTION_VALUES,	       /* struct search_value */
	SECTION_DOC_VALUES_AT, /* uint32_t [docs + 1] */
	SECTION_DOC_VALUES,    /* uint32_t: a document's values */
	SECTION_OFFERS,	       /* int64_t [docs] */
	SECTION_QUALITY,       /* uint16_t [docs] */
	SECTION_STOCK,	       /* uint32_t [docs]: free, capped */
	SECTION_PRICE_LOW,     /* float [SEARCH_BANDS][docs]: the step below the cheapest price;
				* INFINITY: no price */
	SECTION_PRICE_HIGH,    /* float [SEARCH_BANDS][docs]: the step above the dearest; INFINITY:
				* a price rises with the quantity; -1: no price */
	SECTION_TIERS_AT,      /* uint32_t [docs + 1] */
	SECTION_TIERS,	       /* struct search_tier */
	SECTION_BY_PRICE,      /* uint32_t [SEARCH_BANDS][docs]: documents by lowest price */
	SECTION_BY_STOCK,      /* uint32_t [docs]: most first */
	SECTION_BY_OFFER,      /* uint32_t [docs]: by offer id, oldest first */
	SECTION_DOC_PRODUCTS,  /* int64_t [docs]: what it is an offer of */
	SECTION_BY_PRODUCT,    /* uint32_t [docs]: by that */
	SECTION_PRODUCTS,      /* struct search_product: what is published, oldest first */
	SECTION_BY_CATEGORY,   /* uint32_t [products]: by category, then as they stand */
	SECTION_BY_PART,       /* uint32_t [products]: by part number, then as they stand */
	SECTIONS
};
struct search_product { /* with or without offers */
	int64_t id, category;
	uint32_t part; /* search_part_hash() of its number */
	uint32_t zero;
};
struct search_tier {
	uint32_t quantity;
	uint32_t micro_low, micro_high; /* a 64-bit price in halves: keeps the array dense */
};
static inline int64_t search_tier_micro(const struct search_tier *t)
{
	return (int64_t)((uint64_t)t->micro_high << 32 | t->micro_low);
}
struct search_header {
	char magic[8]; /* "kontorsx" */
	uint32_t version, docs;
	uint64_t bytes, check; /* of the file; of everything behind the header */
	int64_t changed;       /* changes up to here are in it */
	int64_t built_us;
	struct {
		uint64_t at, n; /* bytes from the start, elements */
	} section[SECTIONS];
	uint64_t header_check; /* of everything before this field */
};

struct search_index {
	const struct search_header *head;
	size_t bytes;
	uint32_t docs, words_n, keys_n, facets_n, values_n, products_n;
	const uint32_t *posts, *words, *doc_values_at, *doc_values, *stock, *tiers_at, *by_price,
		*by_stock, *by_offer, *by_product, *by_category, *by_part;
	const char *text, *key_text;
	const struct search_list *word_lists;
	const struct search_key *keys;
	const struct search_facet *facets;
	const struct search_value *values;
	const int64_t *offers, *doc_products;
	const struct search_product *products;
	const uint16_t *quality;
	const float *price_low, *price_high;
	const struct search_tier *tiers;
	/* What newer changes replaced: a bit each; own memory; NULL: nothing. */
	uint64_t *dead, *dead_products;
};
/* Maps a file. False, with the reason in why, if it is not whole, damaged or foreign. */
bool search_index_open(const char *path, struct search_index *x, const char **why);
void search_index_close(struct search_index *x);
/* x looks at what stands behind this head, which stays where it is. */
void search_index_point(struct search_index *x, const struct search_header *h);
/* The document of an offer; UINT32_MAX if it is not there. */
uint32_t search_index_doc(const struct search_index *x, int64_t offer);
const struct search_facet *search_index_facet(const struct search_index *x, int64_t id);
/* The value with that key (categories, suppliers) or text; NULL if the facet has none. */
const struct search_value *search_index_value(
	const struct search_index *x, const struct search_facet *f, int64_t key, str text);
/* Words from `from` on that start with prefix: [from, to). With an empty range from == to. */
void search_index_words(const struct search_index *x, str prefix, uint32_t *from, uint32_t *to);
/* The word itself; UINT32_MAX if it is not in the dictionary. */
uint32_t search_index_word(const struct search_index *x, str word);
void search_index_keys(const struct search_index *x, str prefix, uint32_t *from, uint32_t *to);
/* Whether a whole part number or SKU is that. */
bool search_index_number(const struct search_index *x, str key);
uint64_t search_check(const void *p, size_t n); /* the checksum of the file */
int64_t search_index_price(
	const struct search_index *x, uint32_t doc, int64_t quantity); /* micro units */
int search_band(int64_t quantity);				       /* 1 at least */
extern const uint64_t search_band_from[SEARCH_BANDS + 1]; /* the first quantity of each band */

/* ---- making one ---- */
struct search_doc {
	int64_t offer, product, company, category;
	str company_name, sku, part_number, gtin, maker, title, description, attributes, tiers,
		currency;
	int64_t stock;
	int pictures;
};
struct search_build;
/* All memory comes from `a`; make a new arena for it and free it behind the end. */
struct search_build *search_build_start(struct arena *a);
/* Parents before children; position is their order in print. */
void search_build_category(struct search_build *b, int64_t id, int64_t parent, str name);
void search_build_attribute(
	struct search_build *b, int64_t id, str name, str unit, int kind, bool shown);
/* The offers are some of many: of what an attribute says one number is enough to take it for
 * numbers. */
void search_build_some(struct search_build *b);
/* What this attribute says are numbers, as many or few as there are: an answer is filtered by
 * it. */
void search_build_number(struct search_build *b, int64_t id);
/* kind as in enum attribute_kind of the policy: */
enum { SEARCH_KIND_AUTOMATIC = 1, SEARCH_KIND_TEXT, SEARCH_KIND_NUMBER, SEARCH_KIND_CHOICE };
void search_build_add(struct search_build *b, const struct search_doc *d);
/* A published product, whether or not it is offered; part_key: as part_key() makes it. */
void search_build_product(struct search_build *b, int64_t id, int64_t category, str part_key);
size_t search_build_docs(const struct search_build *b);
/* Writes path.new, flushes it and its folder, renames it to path. Faults (FAULT_OUTSIDE) if the
 * disk does not take it. `changed` is kept in the header. */
void search_build_finish(struct search_build *b, const char *path, int64_t changed);
/* The same without a file, for one answer: in a. */
void search_build_memory(struct search_build *b, struct arena *a, struct search_index *x);
/* How good an offer is before anything is asked: 0..65535. In stock, several price steps, a
 * picture, described; then the amount in stock. */
uint16_t search_quality(const struct search_doc *d);

#endif
