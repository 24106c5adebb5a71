/* schema: the files of schema/, embedded in the program by the build. */
#ifndef KONTOR_STORE_SCHEMA_H
#define KONTOR_STORE_SCHEMA_H

#include "../base/base.h"

struct schema_file {
	const char *name; /* 0001-house.sql: applied in the order of its number */
	str text;
};
extern const struct schema_file schema_files[]; /* ends with name NULL */
/* Those of schema/pg/, which PostgreSQL has beside them: house.sql before the tables, rights.sql
 * and close.sql behind them and the guards, words.sql last. */
extern const struct schema_file schema_pg_files[];

#endif
