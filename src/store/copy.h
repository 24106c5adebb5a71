/* copy: the rows of an installation from one engine to another. Each side gives and takes rows in
 * one canonical form, in the order of their ids, so that a digest over them says the same on both
 * engines. The form is that of PostgreSQL's binary COPY: a count of columns (2 bytes), then for
 * each its length (4 bytes, -1: NULL) and its bytes; whole numbers take 8 bytes; big endian. */
#ifndef KONTOR_STORE_COPY_H
#define KONTOR_STORE_COPY_H

#include "inside.h"

enum copy_kind { COPY_INT, COPY_TEXT, COPY_BLOB };

struct copy_table {
	const char *name;    /* "r_offer" */
	const char *columns; /* their names, with commas between */
	const enum copy_kind *kinds;
	size_t columns_n;
	bool schema; /* r_schema_file: each side made its own rows */
	bool house;  /* r_house: comes last, its row says that the tables are whole */
};
struct copy_tables {
	struct copy_table *v;
	size_t n, cap;
};

struct copy_sum { /* of a table */
	uint64_t rows;
	struct digest digest;
};

/* One place with tables; what it does depends on its engine. All of it faults. */
struct copy_side {
	const struct copy_engine *engine;
	struct arena *arena;
	void *at;	  /* its connection */
	const char *what; /* for messages */
	const struct copy_table *reading, *writing;
};
struct copy_engine {
	void (*read)(struct copy_side *s, const struct copy_table *t); /* begins */
	bool (*next)(struct copy_side *s, str *row); /* good until the next call; false: the end */
	void (*clear)(struct copy_side *s, const struct copy_table *t);
	void (*put)(struct copy_side *s, const struct copy_table *t, str row);
	void (*round)(struct copy_side *s); /* what was put since the last one is kept as one */
	void (*whole)(struct copy_side *s); /* all tables are there */
	void (*close)(struct copy_side *s);
};

struct copy_progress {
	/* `rows` of this table so far; end: that is all of it. */
	void (*rows)(void *ctx, const char *table, uint64_t rows, bool end);
	void (*said)(void *ctx, const char *line);
	void *ctx;
};

/* The tables that these schema files make, by name, the house's row last. */
struct copy_tables copy_tables_of(struct arena *a, const struct schema_file *files);
/* Every row that `to` has not: what a copy that was cut off left stays when it is how the table
 * begins at `from`, and is made anew when it is not. */
void copy_table_rows(struct copy_side *from, struct copy_side *to, const struct copy_table *t,
	const struct copy_progress *p);
struct copy_sum copy_sum_of(struct copy_side *s, const struct copy_table *t);
/* Reads both sides; false, and a line that says what differs. */
bool copy_same(struct copy_side *a, struct copy_side *b, const struct copy_table *t,
	const struct copy_progress *p, uint64_t *rows);

/* ---- sides ---- */
enum copy_mode {
	COPY_READ,  /* one snapshot, from now to the close */
	COPY_ALONE, /* the same, while no server writes: faults when one does */
	COPY_WRITE, /* in rounds */
};
/* A file of SQLite. Written: it is made when it is not there, with these tables and no row. */
struct copy_side *copy_lite_open(
	struct arena *a, const char *path, enum copy_mode mode, const struct schema_file *files);
/* Of a whole database, in one snapshot, logs and all; the copy is a file by itself. Faults, and
 * then there is none. */
void copy_lite_file(const char *from, const char *to);
void copy_close(struct copy_side *s); /* NULL is fine */

/* pg/copy.c */
/* Of the store, where it lies is asked, or becomes known here when it was not. */
struct copy_side *copy_pg_open(struct arena *a, struct store *s, const char *uri,
	enum copy_mode mode, const struct schema_file *files, const char *token);
/* For a move: faults unless this can be filled. resumed: a move with this token began to. */
void pg_fit_move(struct store *s, const char *uri, const char *token, bool resumed);
/* Rows that such a move has copied lie on several machines from here on; again: changes nothing. */
void pg_spread(struct store *s, const struct schema_file *files, const char *token);

/* The mark of the installation that the rows are of; false: there is none yet. */
bool copy_mark(struct copy_side *s, const struct copy_tables *all, uint8_t mark[MARK_BYTES]);
/* Faults unless the side has these schema files, all of them and no other. */
void copy_schema_check(
	struct copy_side *s, const struct copy_tables *all, const struct schema_file *files);

/* Reading a row: the next value; NULL has p == NULL. */
str copy_value(str *row);
int64_t copy_int(str value);

#endif
