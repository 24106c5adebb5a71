/* import_names: categories and attributes by name, and those that a batch of rows makes. */
#ifndef KONTOR_IMPORT_NAMES_H
#define KONTOR_IMPORT_NAMES_H

#include "market/catalogue/import.h"
#include "store/store.h"
#include "gen/types.h"

struct known_name {
	str name;
	int64_t id;
	int depth;
};
struct names_known {
	struct known_name *slot; /* open addressing; by path or name */
	size_t n, slots;
};
struct new_category {
	int64_t id, parent;
	str name, path;
	int depth;
};
struct new_attribute {
	int64_t id;
	str name;
};
struct new_names {
	struct {
		struct new_category *v;
		size_t n, cap;
	} categories;
	struct {
		struct new_attribute *v;
		size_t n, cap;
	} attributes;
};
struct names_all {
	struct names_known categories, attributes;
	int64_t attribute_last;
};
void names_load(struct arena *a, struct names_all *k, struct db *db);
/* The id of a category, made if it is new: noted in `made`, to be stored before the rows. `a`
 * lives as
 * long as what is known, `batch` as long as the batch. */
int64_t names_category(struct arena *a, struct names_all *k, struct new_names *made,
	struct arena *batch, str top, str below);
/* The packed column of a product's attributes. */
str names_attributes(struct arena *a, struct names_all *k, struct new_names *made,
	struct arena *batch, const struct import_attribute *v, size_t n);
/* On the writer. False if somebody else made one of them meanwhile. */
bool names_store(struct db *db, const struct new_names *made);

#endif
