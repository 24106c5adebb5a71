/* csv: comma-separated values (RFC 4180), read as they stream in.
 *
 * Rows end with LF or CRLF; quoted fields may hold commas, line ends and doubled quotes. A row that
 * is not so is reported and reading goes on with the line behind its first one, so that a lost
 * quote costs one row, not the file. A byte order mark at the start is skipped. */
#ifndef KONTOR_CSV_H
#define KONTOR_CSV_H

#include "base/base.h"

#include <sys/types.h>

enum { CSV_ROW_BYTES_MAX = 256 << 10, CSV_FIELDS_MAX = 256 };

enum csv_result {
	CSV_ROW = 1,
	CSV_END,
	CSV_BAD_QUOTE, /* a quote inside a plain field, or bytes behind a closing quote */
	CSV_UNCLOSED,  /* a quoted field without end (within CSV_ROW_BYTES_MAX) */
	CSV_TOO_LONG,
	CSV_TOO_MANY, /* fields */
	CSV_CUT_OFF,  /* the source broke off; what follows is CSV_END */
};
struct csv_row {
	int64_t line; /* of its first byte, from 1 */
	str raw;      /* without the line's end */
	str *field;   /* unescaped; valid until the next call, like raw */
	size_t n;
	size_t bad; /* field at which it went wrong, from 0 */
};
struct csv;
/* read gives up to n bytes, 0 at the end, -1 when the source is broken. Lives in `a`. */
struct csv *csv_make(struct arena *a, ssize_t (*read)(void *ctx, void *p, size_t n), void *ctx);
enum csv_result csv_next(struct csv *c, struct csv_row *row);

#endif
