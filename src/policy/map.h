/* map: from a tree of nodes to C structs, driven by tables.
 *
 * A table of keys says what a map may hold. An unknown key is an error that lists the known ones,
 * a missing one that is needed is an error at the map. Values land at offsets of the struct. */
#ifndef KONTOR_POLICY_MAP_H
#define KONTOR_POLICY_MAP_H

#include "yaml.h"

struct reader {
	struct arena *a;
	struct policy_errors *e;
	struct policy *p;
	bool table; /* reading a table file: ids and enums stand there as well */
};

struct key {
	const char *name;
	enum {
		KEY_TEXT = 1, /* str */
		KEY_NAME,     /* str: lower case, digits, underscore; begins with a letter */
		KEY_INT,      /* int: min..max */
		KEY_BOOL,     /* bool: yes, no, true, false */
		KEY_WORD,     /* int: first + place in words */
		KEY_TEXTS,    /* str * at offset, size_t at offset_n: a list of text */
		KEY_DATE,     /* instant: 2026-03-01, midnight UTC */
		KEY_NODE,     /* const struct node *: read by the caller */
	} kind;
	size_t offset, offset_n;
	bool needed;
	int min, max;
	const char *const *words; /* ends with NULL */
};

/* False if n is not a map; otherwise fills `into` as far as it goes. `what` names the map in
 * errors: "a purpose". */
bool map_read(struct reader *r, const struct node *n, const char *what, const struct key *keys,
	size_t keys_n, void *into);
/* A list of plain texts, or one text alone as a list of one. */
str *map_texts(struct reader *r, const struct node *n, size_t *count);
bool map_name(struct reader *r, str name, struct place at); /* reports what is not a name */
bool map_kind(struct reader *r, const struct node *n, enum node_kind kind, const char *what);

#endif
