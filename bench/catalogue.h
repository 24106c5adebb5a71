/* catalogue: the parts file as documents, without a database: for judging and growing the index.
 * Part n of copy k is a different part of the same kind. */
#ifndef KONTOR_BENCH_CATALOGUE_H
#define KONTOR_BENCH_CATALOGUE_H

#include "base/out.h"
#include "market/catalogue/import.h"
#include "test/naive.h"

#include <stdio.h>
#include <stdlib.h>

enum { CATALOGUE_NAMES = 1 << 14 };
struct catalogue {
	struct arena *a, *row; /* lasting; of the row at hand */
	struct import *in;
	struct import_file *file;
	struct search_build *build; /* or NULL */
	struct naive *naive;	    /* or NULL */
	struct {
		str name[CATALOGUE_NAMES];
		int64_t id[CATALOGUE_NAMES], parent[CATALOGUE_NAMES];
		str leaf[CATALOGUE_NAMES];
	} category, attribute;
	int64_t categories, attributes, rows;
};

static inline size_t catalogue_slot(const str *names, str s)
{
	uint64_t h = 1469598103934665603u;

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * 1099511628211u;
	size_t at = (h ^ h >> 29) & (CATALOGUE_NAMES - 1);

	while (names[at].p && !str_eq(names[at], s))
		at = (at + 1) & (CATALOGUE_NAMES - 1);
	return at;
}

static inline size_t catalogue_category(struct catalogue *c, str path, str leaf, int64_t parent)
{
	size_t at = catalogue_slot(c->category.name, path);

	if (!c->category.name[at].p) {
		MUST(c->categories < CATALOGUE_NAMES / 2);
		c->category.name[at] = str_dup(c->a, path);
		c->category.leaf[at] = str_dup(c->a, leaf);
		c->category.id[at] = ++c->categories;
		c->category.parent[at] = parent;
		if (c->build)
			search_build_category(c->build, c->categories, parent, leaf);
	}
	return at;
}

static inline str catalogue_attributes(struct catalogue *c, const struct import_row *r)
{
	struct out o;

	out_init(&o, c->row, 1024, 1 << 20, NULL);
	for (size_t i = 0; i < r->attributes_n; i++) {
		size_t at = catalogue_slot(c->attribute.name, r->attributes[i].name);

		if (!c->attribute.name[at].p) {
			MUST(c->attributes < CATALOGUE_NAMES / 2);
			c->attribute.name[at] = str_dup(c->a, r->attributes[i].name);
			c->attribute.id[at] = 1000 + c->attributes++;
			if (c->build)
				search_build_attribute(c->build, c->attribute.id[at],
					r->attributes[i].name, S(""), SEARCH_KIND_AUTOMATIC, true);
		}
		out_fmt(&o, "%lld\t" STR_FMT "\n", (long long)c->attribute.id[at],
			STR_ARG(r->attributes[i].value));
	}
	return out_view(&o);
}

static inline void catalogue_open(struct catalogue *c, const char *path)
{
	static const str units[] = {S("piece")};
	static const struct import_names names = {units, units, 1, 1};
	const char *why;
	str wrong;

	c->file = import_file_open(c->a, path, &why);
	if (!c->file)
		fault(FAULT_OUTSIDE, "%s: %s", path, why);
	c->in = import_open(c->a, import_file_read, c->file, &names, &wrong);
	if (!c->in)
		fault(FAULT_OUTSIDE, "%s: " STR_FMT, path, STR_ARG(wrong));
}

/* The next part as a document of copy `copy`; false at the end. Lives until the next call. */
static inline bool catalogue_next(struct catalogue *c, int copy, struct import_row *r,
	struct search_doc *d, struct naive_category path[3])
{
	struct import_refusal no;
	enum import_result got;

	arena_reset(c->row);
	do
		got = import_next(c->in, c->row, r, &no);
	while (got == IMPORT_REFUSED);
	if (got == IMPORT_END)
		return false;
	size_t top = catalogue_category(c, r->category, r->category, 0), leaf = top;

	path[0] = path[1] = path[2] = (struct naive_category){0};
	if (r->subcategory.n)
		leaf = catalogue_category(c,
			str_fmt(c->row, STR_FMT " / " STR_FMT, STR_ARG(r->category),
				STR_ARG(r->subcategory)),
			r->subcategory, c->category.id[top]);
	path[0] = (struct naive_category){c->category.id[leaf], c->category.leaf[leaf]};
	if (leaf != top)
		path[1] = (struct naive_category){c->category.id[top], c->category.leaf[top]};
	*d = (struct search_doc){.offer = ++c->rows,
		.company = 1 + copy,
		.category = path[0].id,
		.company_name =
			copy ? str_fmt(c->row, "Parts Trading %d", copy) : S("Parts Trading"),
		.sku = r->sku,
		.part_number = r->part_number,
		.gtin = S(""),
		.maker = r->maker,
		.title = r->title,
		.description = r->description,
		.attributes = catalogue_attributes(c, r),
		.tiers = tiers_text(c->row, &r->tiers),
		.currency = r->currency,
		.stock = copy ? r->stock * (copy + 3) / 4 : r->stock};
	if (copy) {
		d->sku = str_fmt(c->row, "%c" STR_FMT, 'A' + copy, STR_ARG(r->sku));
		d->part_number =
			str_fmt(c->row, STR_FMT "%c%d", STR_ARG(r->part_number), 'A' + copy, copy);
	}
	return true;
}

#endif
