/* access: what is held on somebody, given to them (GDPR Art. 15), and what they gave, in a form
 * that other services read (Art. 20).
 *
 * Both are the store's walk over the policy's ownership (store_subject_walk), so they hold exactly
 * what an erasure would find; what the ownership redacts is about others and is left out. What
 * stands beside each field (purposes, basis, recipients, how long) is the policy that the program
 * obeys at that moment. */
#ifndef KONTOR_RIGHTS_ACCESS_H
#define KONTOR_RIGHTS_ACCESS_H

#include "market/rights/choice.h"

#include "gen/access.sql.h"
#include "gen/choice.sql.h"
#include "gen/disclosed.sql.h"
#include "gen/served.sql.h"

enum {
	ACCESS_ROWS_SHOWN = 3,	    /* of a table on the page of everything */
	ACCESS_ROWS_PAGE = 25,	    /* of a table on a page of its own */
	ACCESS_BYTES_MAX = 3 << 20, /* values of one file; what is more is another part */
	ACCESS_DISCLOSURES_MAX = 5000,
};
#define ACCESS_SCHEMA_PATH "/privacy/portable.schema.json"

struct access_row {
	const struct policy_own *own; /* the edge by which it is theirs */
	int64_t id;
	const struct walk_value *v;
	size_t n;
};
struct access_part { /* rows of one table */
	const struct policy_table *table;
	struct access_row *v;
	size_t n, cap;
	int64_t of; /* how many there are */
};
struct access_data {
	struct access_part *v;
	size_t n, cap;
	int64_t rows; /* that there are */
	int64_t next; /* where the rest begins, counted over all rows; 0: this is the rest */
};
struct access_want {
	int64_t subject;
	str table;     /* this one alone; empty: all */
	int64_t from;  /* leaves so many rows out, at the start */
	int64_t most;  /* rows in all; 0: what ACCESS_BYTES_MAX holds */
	size_t each;   /* rows of a table that are kept; 0: all */
	bool portable; /* what they gave, on consent or contract, alone */
};
/* On a read snapshot, purpose rights. Lives in the handle's arena. */
struct access_data access_read(struct db *db, const struct access_want *w);

/* Is this column what people give about themselves, on consent or contract? */
bool access_provided(const struct policy *p, const struct policy_table *t, str column);
/* Kept, but not handed out: passwords and one-time secrets. */
bool access_withheld(const struct policy_table *t, str column);
/* May this recipient be given the column? */
bool access_receives(
	const struct policy_recipient *r, const struct policy_table *t, const struct walk_value *v);
/* The value for files: an enum's name in the policy, a time as ISO 8601, an id as links have
 * it. `v` is of `row`, whose currency its amounts have. */
str access_value(struct arena *a, const struct policy *p, const struct access_row *row,
	const struct walk_value *v);
/* A file that the answer names and does not hold: where its own people load it. NULL: none. */
str access_elsewhere(struct arena *a, const struct policy_table *t, const struct access_row *row,
	const struct walk_value *v);
str access_column(struct arena *a, const struct walk_value *v); /* "name", "name.name" */
enum access_source { SOURCE_PEOPLE = 1, SOURCE_STAFF = 2, SOURCE_PROGRAM = 4 };
unsigned access_sources(const struct policy *p, const struct policy_table *t);

/* ---- what is printed (access_file.c) ---- */
struct access_head {
	const struct policy *policy;
	struct policy_operator controller;
	const struct access_want *want;
	const struct access_data *data;
	instant at;
};
void access_json(struct req *r, const struct access_head *h);
void access_csv(struct req *r, const struct access_head *h);
void portable_json(struct req *r, const struct access_head *h);
void portable_schema(struct out *o, const struct policy *p);

/* ---- the page ---- */
struct access_view {
	struct access_head head;
	struct disclosed_own_rows given;
	struct choice_events_rows choices;
	struct served_mine_rows notices;
	struct access_mine_rows before;
	bool company;		 /* the company's, not the person's */
	bool may_company;	 /* the viewer administrates one */
	str company_name, query; /* query: of whom, "you" or "company" */
};
/* Words for a column, and where its owner can change it: {NULL, 0}: not by themselves. */
struct text access_label(struct arena *a, const struct walk_value *v);
str access_change(struct req *r, const struct policy_table *t, const struct access_row *row,
	const struct walk_value *v);
struct text access_form_text(int form);
/* A value in the reader's language (access_words.c), none: it has no words. */
struct text access_enum_text(struct arena *a, const struct policy_enum *e, int64_t value);
struct text access_role_text(struct arena *a, str role);
/* Words for a value: an enum's one, a set's several; returns how many, 0: it is none of these. */
enum { ACCESS_TEXTS_MAX = 64 };
size_t access_texts(struct out *o, const struct policy *p, const struct walk_value *v,
	struct text *to, size_t most);
/* What a disclosure was, by its kind: a mail's, a web hook's event, a report, an order. */
struct text access_kind_text(struct arena *a, str kind);
/* On what data left the EEA: an entry of the policy's transfers. */
struct text access_instrument_text(struct out *o, const struct policy *p, str name);
/* "person.name person.phone" or names of tables, as the reader calls them. */
str access_fields_words(struct out *o, const struct policy *p, str fields);

#endif
