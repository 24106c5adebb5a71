/* read: what the parts of this room share among themselves. */
#ifndef KONTOR_POLICY_READ_H
#define KONTOR_POLICY_READ_H

#include "map.h"

/* ---- DPV: which identifiers there are (dpv.c) -----------------------------------------------
 * Lists are CSV files `id,kind` (W3C DPV) and `id,kind,parent` (our own kt: terms). Kinds: purpose,
 * data, basis. */
struct dpv;
struct dpv *dpv_make(struct arena *a);
void dpv_read(struct dpv *d, const struct policy_source *file, struct policy_errors *e);
void dpv_done(struct dpv *d, struct policy_errors *e); /* all lists are read: parents */
/* Reports an identifier that is not in the lists, or is of another kind. */
void dpv_check(struct dpv *d, str id, const char *kind, struct place at, struct policy_errors *e);

/* ---- checks between files (check.c, outside.c) ---------------------------------------------- */
void policy_check(struct arena *a, struct policy *p, struct dpv *d, struct policy_errors *e);
void policy_check_outside(struct arena *a, const struct policy *p, struct policy_errors *e);
void policy_check_collections(
	struct arena *a, const struct policy *p, struct dpv *d, struct policy_errors *e);
bool policy_country(str s); /* an ISO 3166-1 alpha-2 code? (transfer.c) */
bool policy_inside(const struct policy *p, str country);
bool policy_transfer_covers(const struct policy_transfer *t, str country);
/* Ownership (own.c): the keys of a table file, and what must hold of them. */
struct own_file {
	const struct node *own, *access, *placeholder;
};
void owns_read(struct reader *r, const struct own_file *f, struct policy_table *t);
void policy_check_own(struct arena *a, struct policy *p, struct policy_errors *e);
str policy_own_text(
	struct arena *a, const struct policy_table *t); /* for the matrix and the hash */
void policy_check_chain(struct arena *a, const struct policy_table *t, struct policy_errors *e);
struct digest policy_hash(struct arena *a, const struct policy *p);

/* ---- gates (gate.c): conditions of the policy as SQL ------------------------------------- */
enum gate_row {
	GATE_OWN, /* bare columns are the base table's: r_orders.buyer_id */
	GATE_NEW, /* bare columns are the new row's: new.buyer_id */
	/* The same for PostgreSQL, where views are "trade"."orders"; and in a check, whose row is
	 * the base table's when a view or a policy asks, new.x is r_orders.x with GATE_PG_OWN. */
	GATE_PG_OWN,
	GATE_PG_NEW,
	/* What the row alone says, in a row policy of a machine that has nothing else: other tables
	 * are not asked, so more rows pass. Of a new row as well. */
	GATE_PG_ALONE,
};
/* A condition that a machine with a share of the rows answers (Citus): placed views are read in one
 * place, and what lies everywhere is the copy there. */
struct gate_places {
	str layout;  /* schema/citus.sql */
	str place;   /* an expression; empty: it is not known */
	bool of_row; /* of the row at hand, whose place what its gate reads shares */
	bool beside; /* of a row of the coordinator: views as on one machine, and what is placed
		      * counts as said, since no check of a view can ask other machines */
};
/* `text` with columns qualified, constants replaced and other views named: with a nonce as guards
 * ("trade.orders~NONCE"), without as statements name them. Mistakes are reported when e is given;
 * without e the text was checked before. */
str gate_sql(struct arena *a, const struct policy *p, const struct policy_table *t, str text,
	enum gate_row row, str nonce, struct place at, struct policy_errors *e);
/* The same of a policy that was checked; places: NULL: of one machine. */
str gate_sql_pg(struct arena *a, const struct policy *p, const struct policy_table *t, str text,
	enum gate_row row, const struct gate_places *places);
/* What guards on several machines have beside those of one (guards_citus.c): roles that all of them
 * know, before; rights and row policies of what lies on them, behind. */
struct citus_guards {
	str before, behind;
};
struct citus_guards citus_guards(struct arena *a, const struct policy *p, str roles, str layout);
/* What an inserted row is asked: the grant's check, or else one of its gates (see
 * policy_check_sqlite); row: GATE_NEW or GATE_PG_NEW. */
str gate_check(struct arena *a, const struct policy *p, const struct policy_table *t,
	const struct policy_grant *g, enum gate_row row, const struct gate_places *places);
/* Does it ask this column of the row, bare or of `new`? */
bool gate_uses(struct arena *a, const struct policy_table *t, str text, str column);
/* The views that a condition names, as (table, grant); for cycles. Returns how many. */
struct gate_view {
	const struct policy_table *table;
	const struct policy_grant *grant;
};
size_t gate_views(
	struct arena *a, const struct policy *p, str text, struct gate_view *v, size_t max);

/* Is s one of the n texts of v? */
bool policy_has(const str *v, size_t n, str s);

#endif
