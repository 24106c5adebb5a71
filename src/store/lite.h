/* lite: SQLite, behind the data of an installation (engine_lite) and behind keys.db. */
#ifndef KONTOR_STORE_LITE_H
#define KONTOR_STORE_LITE_H

#include "inside.h"

#include <sqlite3.h>

sqlite3 *lite_open(const char *path, int flags); /* settings alike for every connection; faults */
void lite_run(sqlite3 *db, const char *sql);	 /* several fixed statements; faults */
void lite_close(sqlite3 *db);			 /* NULL is fine */
noreturn void lite_fault(sqlite3 *db, int rc, const char *what);

/* migrate.c: the tables in an empty database, and what the store has to know of them */
void migrate_mirror(struct store *s, sqlite3 *db, const struct schema_file *files);

/* The tables in an empty database without any row but the files' own, within a transaction. */
void migrate_files(sqlite3 *db, const struct schema_file *files);

/* authorize.c */
int authorize(void *conn, int act, const char *a, const char *b, const char *db, const char *ctx);
bool authorize_function(const char *name);
const char *const *authorize_installed(void);
void conn_install(struct store_conn *c); /* functions of rooms */

/* functions.c: what guards call */
void functions_install(struct store_conn *c);

#endif
