/* search_read: rows of the database become documents. */
#include "market/catalogue/search_read.h"

#include "gen/search.sql.h"

#include <stdlib.h>

/* What is new among them: an import makes some while the index is made. */
#define NAMES(db, b, at, categories, attributes) \
	do { \
		for (bool more_ = true; more_;) { \
			struct categories##_rows c_ = categories(db, (at)->category); \
\
			/* top down: a parent's id is below its children's */ \
			for (size_t i_ = 0; i_ < c_.n; i_++) \
				search_build_category( \
					b, c_.v[i_].id.v, c_.v[i_].parent_id.v, c_.v[i_].name); \
			if (c_.n) \
				(at)->category = c_.v[c_.n - 1].id; \
			more_ = c_.n == LIST_ROWS_MAX; \
		} \
		for (bool more_ = true; more_;) { \
			struct attributes##_rows t_ = attributes(db, (at)->attribute); \
\
			for (size_t i_ = 0; i_ < t_.n; i_++) \
				search_build_attribute(b, t_.v[i_].id.v, t_.v[i_].name, \
					t_.v[i_].unit, (int)t_.v[i_].kind, t_.v[i_].facet); \
			if (t_.n) \
				(at)->attribute = t_.v[t_.n - 1].id; \
			more_ = t_.n == LIST_ROWS_MAX; \
		} \
	} while (0)

void search_read_names(struct db *db, struct search_build *b, struct search_names_at *at)
{
	NAMES(db, b, at, search_categories, search_attributes);
}

void search_read_names_found(struct db *db, struct search_build *b)
{
	struct search_names_at at = {0};

	NAMES(db, b, &at, search_found_categories, search_found_attributes);
}

/* The offer r with the words of w: its own row, or the product that another company keeps. */
#define DOCUMENT(r, w) \
	(&(struct search_doc){.offer = (r)->id.v, \
		.product = (r)->product_id.v, \
		.company = (r)->company_id.v, \
		.category = (w)->category_id.v, \
		.company_name = (r)->company_name, \
		.sku = (r)->sku, \
		.part_number = (w)->part_number, \
		.gtin = (w)->gtin, \
		.maker = (w)->manufacturer, \
		.title = (w)->title, \
		.description = (w)->description, \
		.attributes = (w)->attributes, \
		.tiers = (r)->tiers, \
		.currency = (r)->currency, \
		.stock = (r)->free, \
		.pictures = (int)(w)->pictured})

static int by_product(const void *x, const void *y)
{
	const struct search_other_words_row *v = x, *w = y;

	return (v->id.v > w->id.v) - (v->id.v < w->id.v);
}

static const struct search_other_words_row *words_of(
	const struct search_other_words_rows *w, struct product_id id)
{
	const struct search_other_words_row key = {.id = id};

	return w->n ? bsearch(&key, w->v, w->n, sizeof key, by_product) : NULL;
}

/* The words of products that other companies keep (doc/scale.md, "Citus"). */
#define OTHERS(db, rows, others) \
	do { \
		struct product_id *wanted_ = \
			arena_array((db)->arena, struct product_id, (rows).n + 1); \
		size_t n_ = 0; \
		for (size_t i_ = 0; i_ < (rows).n; i_++) \
			if (!(rows).v[i_].title.p) \
				wanted_[n_++] = (rows).v[i_].product_id; \
		if (n_) \
			*(others) = search_other_words(db, wanted_, n_); \
	} while (0)

#define ADD(b, row, others) \
	do { \
		const struct search_other_words_row *w_ = \
			(row)->title.p ? NULL : words_of(others, (row)->product_id); \
		if (w_) \
			search_build_add(b, DOCUMENT(row, w_)); \
		else if ((row)->title.p) \
			search_build_add(b, DOCUMENT(row, row)); \
	} while (0)

size_t search_read_page(struct db *db, struct search_build *b, struct offer_id *at, bool whole)
{
	struct search_page_rows rows = search_page(db, *at);
	struct search_other_words_rows others = {0};

	if (whole && rows.n < LIST_ROWS_MAX)
		return rows.n;
	OTHERS(db, rows, &others);
	for (size_t i = 0; i < rows.n; i++)
		if (rows.v[i].company_state == COMPANY_STATE_ACTIVE)
			ADD(b, &rows.v[i], &others);
	if (rows.n)
		*at = rows.v[rows.n - 1].id;
	return rows.n;
}

void search_read_offers(struct db *db, struct search_build *b, const struct offer_id *v, size_t n)
{
	struct search_documents_rows rows = search_documents(db, v, n);
	struct search_other_words_rows others = {0};

	OTHERS(db, rows, &others);
	for (size_t i = 0; i < rows.n; i++)
		if (rows.v[i].company_state == COMPANY_STATE_ACTIVE)
			ADD(b, &rows.v[i], &others);
}

void search_read_found(struct db *db, struct search_build *b, const struct offer_id *v, size_t n)
{
	struct search_found_rows rows = search_found(db, v, n);
	struct search_other_words_rows others = {0};

	OTHERS(db, rows, &others);
	for (size_t i = 0; i < rows.n; i++)
		ADD(b, &rows.v[i], &others);
}
