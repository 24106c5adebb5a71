/* row: what generated code tells about itself, for those who print and parse values without knowing
 * their C types (JSON, forms, the API's description). tool/queryc makes these tables. */
#ifndef KONTOR_ROW_H
#define KONTOR_ROW_H

#include "base.h"

/* An int or bool column that may be NULL. */
struct maybe_int {
	bool is;
	int64_t v;
};

/* One field of a row or of an opened group. What "none" looks like when `null` is set: str p ==
 * NULL, id 0, enum 0, time TIME_NONE, money and price currency[0] == 0; ints and bools are
 * struct maybe_int then, and int64_t and bool otherwise. Blobs have no field: they are not
 * printed. */
struct row_field {
	const char *name;
	enum {
		ROW_STR,
		ROW_INT,
		ROW_BOOL,
		ROW_ID,
		ROW_ENUM,
		ROW_TIME,
		ROW_MONEY,
		ROW_PRICE,
		ROW_GROUP
	} kind;
	size_t offset;
	bool null;
	const char *type;	      /* enum or id name */
	const struct row_desc *group; /* opened sealed group: every field a str that may be none */
};
struct row_desc {
	const char *name;
	const struct row_field *fields;
	size_t n, size;
};

/* A closed list of the policy: value i is stored as i + 1. */
struct enum_desc {
	const char *name;
	const char *const *values;
	size_t n;
};
/* By the name in the policy, "order_state"; NULL: there is none. Generated (gen/types.c). */
const struct enum_desc *enum_desc_of(const char *name);

#endif
