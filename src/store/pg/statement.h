/* What statement.c and gather.c share: a statement of the server with its values. */
#ifndef KONTOR_STORE_PG_STATEMENT_H
#define KONTOR_STORE_PG_STATEMENT_H

#include "pg.h"

enum { PG_INT_CHARS = 24, PG_NAME_CHARS = 16 };

struct statement {
	struct prepared prepared;
	struct pg *pg;
	char *sql;
	enum pg_role role;
	bool guarded;
	/* It is given a list: planned each time, since how to find many values depends on how large
	 * the table has become, and an import makes it grow. */
	bool anew;
	unsigned session; /* on which `name` was prepared; 0: nowhere yet */
	unsigned asked;	  /* the round in which it was sent to be prepared */
	char name[PG_NAME_CHARS];
	int n;
	unsigned types[PG_PARAMS_MAX]; /* 0: as the server finds */
	const char *values[PG_PARAMS_MAX];
	int lengths[PG_PARAMS_MAX], formats[PG_PARAMS_MAX];
	char (*ints)[PG_INT_CHARS];
	const struct stmt *stmt; /* of the program; NULL: the house's own */
	bool placed;		 /* it reads or writes what lies on several machines */
	struct statement
		*rows; /* the same for many rows, each value an array; NULL: there is none */
	PGresult *r;   /* from the first step until the reset */
	int row;
};

/* What is to be sent with a statement: its own values, or those that were gathered. */
struct sent {
	const char *const *values;
	const int *lengths, *formats;
};
/* In the open transaction, for this viewer. */
void statement_send(
	struct statement *s, const struct sent *v, const struct viewer *who, bool guarded);

#endif
