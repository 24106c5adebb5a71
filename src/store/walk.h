/* walk: what the files that follow the policy's ownership share (walk.c, erase.c, sweep.c). */
#ifndef KONTOR_STORE_WALK_H
#define KONTOR_STORE_WALK_H

#include "inside.h"

enum {
	WALK_PAGE = 256,
	WALK_COLUMNS_MAX = 64,
	PLACEHOLDER_TRIES = 16,
	WALK_VALUES_MAX = 256,
	WALK_COMPANIES_MAX = 20,
	KEYS_ROW_MAX = 4 /* columns that name a key */
};

/* A statement made from the policy: its place in the cache of each connection. */
struct walk_sql {
	const char *sql; /* NULL: there is none */
	size_t at;
};
struct walk_edge {
	const struct policy_walk *walk;
	struct walk_sql find, newest;
	struct walk_sql empty; /* ?1: the row; ?2 …: placeholders, in the order of `persons` */
	const struct policy_table **persons;
	size_t persons_n;
};
struct walk_table {
	const struct policy_table *table;
	struct walk_sql known, remove, empty, placeholder;
	struct walk_sql owners, shown;	     /* of row ?1; and those whom it is shown */
	struct walk_sql restricted;	     /* of row ?1: ?2, in tables that say it themselves */
	const struct policy_table **persons; /* of `empty`: everything personal in the row */
	size_t persons_n;
	bool own_key; /* a group lies under a key of the row's own */
	/* Columns that name the key of a group, which may be a person's or drawn for the row:
	 * owner: of row ?1; used: does a row lie under key ?1? */
	struct walk_key {
		struct walk_sql owner, used;
	} * keys;
	size_t keys_n;
	struct walk_part {
		size_t table; /* place in `tables` */
		struct walk_sql find;
	} * parts;
	size_t parts_n;
	/* Rows of other tables by which somebody owns this one: they go with it. */
	struct walk_part *links;
	size_t links_n;
};
struct walk_sweep {
	const struct policy_sweep *sweep;
	struct walk_sql due;
};
struct store_walks {
	struct walk_edge *edges;
	struct walk_table *tables; /* in the policy's order */
	struct walk_sweep *sweeps;
	size_t edges_n, tables_n, sweeps_n, sql_n;
	bool flags; /* the policy has the tables of who is restricted and held */
};

/* A statement of the policy's ownership, begun; `walk_step`: true: a row. `walk_clash`: it was
 * refused because other rows point to its own. */
struct prepared *walk_start(struct store_conn *c, struct walk_sql q);
bool walk_step(struct store_conn *c, struct prepared *st);
bool walk_clash(const struct store_conn *c);
size_t walk_table_of(const struct store *s, const struct policy_table *t);

/* Whether the unit at hand has worked long enough; the rest comes in another one. */
bool walk_slice_over(const struct store_conn *c);

/* Deletes the row with its parts and keys; false: other rows still point to it. */
bool row_remove(struct store_conn *c, size_t table, int64_t id);
/* Empties everything personal in it. */
void row_empty(struct store_conn *c, size_t table, int64_t id);
bool row_held(struct store_conn *c, size_t table, int64_t id);

/* As store_subject_erase, for a subject that somebody's time or wish has ended. */
bool subject_erase(struct db *db, int64_t subject, struct erasing *at, struct erased *n);

#endif
