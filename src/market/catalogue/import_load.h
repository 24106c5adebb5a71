/* import_load: checked rows into the database, while other people go on working.
 *
 * Rows go to the writer in batches that take at most WRITE_SLICE_MS each; a batch is one unit of
 * work: all of it is stored, with how far the file is read, or nothing. The same file again goes on
 * where it stopped; a row that is as it was changes nothing. */
#ifndef KONTOR_IMPORT_LOAD_H
#define KONTOR_IMPORT_LOAD_H

#include "market/catalogue/import.h"
#include "store/store.h"

struct import_progress {
	int64_t rows, added, changed, same, refused; /* rows = all that were read */
	int64_t bytes, bytes_of;		     /* of the file */
	int64_t us;
	int64_t offers_indexed; /* -1: not there yet */
};
struct import_order {
	const char *file;
	const char *company; /* its name in addresses, or as it is shown */
	int64_t company_id;  /* instead of its name: who sent the file by web */
	const char *report;  /* file for refused rows; NULL: FILE.report.csv */
	bool index;	     /* make the search index at the end (no server follows the changes) */
	void (*say)(void *ctx, const struct import_progress *p); /* now and then, and at the end */
	/* A line for the operator that is no progress: resumed, left out. May be NULL. */
	void (*note)(void *ctx, const char *line);
	void *ctx;
};
/* Imports a file. False, with what is wrong and what to do next in *why, if it could not be done to
 * the end; what was read until then is stored. Refused rows are no failure. */
bool import_load(struct store *s, struct arena *a, const struct import_order *o,
	struct import_progress *p, str *why);

#endif
