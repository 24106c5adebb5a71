/* move: an installation carried to another folder, and to another engine if wanted. */
#ifndef KONTOR_STORE_MOVE_H
#define KONTOR_STORE_MOVE_H

#include "copy.h"

struct move_options {
	const char *from, *keys, *master; /* keys, master: NULL, in the folder */
	const char *to;			  /* a new folder, or one that a move was cut off in */
	const char *database;		  /* of PostgreSQL, empty; NULL: SQLite */
	bool citus;	     /* and in the end on the machines that it knows (doc/scale.md) */
	const char *to_keys; /* another one, for a key store that servers share; NULL: in `to` */
	const struct policy *policy; /* as `from` narrows it */
	struct copy_progress progress;
};
struct moved {
	size_t tables;
	uint64_t rows;
};

/* Carries everything over: keys, files and logs, then all rows in one snapshot, then compares both
 * sides. The source is only read, and is not served meanwhile. What is cut off goes on when it is
 * called again; until then `to` does not open. Faults with what is wrong; what is refused leaves
 * nothing behind. */
struct moved store_move(const struct move_options *o);
/* Faults when these are not databases that an installation could be moved into; keys: or NULL. */
void store_move_fit(const char *database, const char *keys, bool citus);
/* Compares an installation with one that was made of it and that nobody opened since; false: said
 * with each table that differs. */
bool store_move_check(const struct move_options *o, struct moved *n);

#endif
