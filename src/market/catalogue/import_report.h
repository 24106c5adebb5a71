/* import_report: the rows that were refused, as a CSV file: line, column, code, reason. Made with
 * the
 * first of them. */
#ifndef KONTOR_IMPORT_REPORT_H
#define KONTOR_IMPORT_REPORT_H

#include "base/out.h"
#include "market/catalogue/import.h"

#include <stdio.h>

struct import_report {
	struct arena *arena;
	str path;
	FILE *file;
	bool made, broken;
};
/* Begun with nothing refused; the file is made with the first row; closed at the end. */
void report_start(struct import_report *r, struct arena *a, const char *file, const char *path);
void report_add(struct import_report *r, const struct import_refusal *no);
void report_end(struct import_report *r);
/* The reason as a message (lang/: import.why.NAME). */
int import_why_msg(enum import_why w);

#endif
