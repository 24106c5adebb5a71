/* upload: a supplier's whole catalogue by web: sent as a CSV file, read in by a job with the
 * reader of `kontor import`, followed on a page, taken out again as a file that goes back in. */
#ifndef KONTOR_UPLOAD_H
#define KONTOR_UPLOAD_H

#include "jobs/jobs.h"
#include "market/catalogue/offer.h"
#include "web/page.h"

#include "gen/upload.sql.h"

enum {
	UPLOAD_ROWS_MAX = 100000,	    /* of one file */
	UPLOAD_SHOWN_MAX = 100,		    /* refused rows on the page; the file has all */
	UPLOAD_REPORT_BYTES_MAX = 16 << 20, /* of refused rows */
	EXPORT_PAGE_ROWS = 250,		    /* of export_offers */
	EXPORT_PARTS_MAX = 100,		    /* files that the page lists */
	UPLOAD_AGAIN_S = 2,		    /* a page that shows progress asks again */
};
struct upload_query {
	struct import_run_id before;
};
struct upload_form {
	struct upload file;
};
extern const struct form upload_query_form, upload_file_form, upload_refused_form;

struct upload_refused { /* one row of the report */
	int64_t line;
	str column, code, reason;
};
extern const struct row_desc upload_refused_desc;

struct upload_list {
	struct upload_runs_row *v;
	size_t n;
	struct import_run_id next; /* 0: no more */
	str *parts;		   /* addresses of the files to take out */
	size_t parts_n;
	bool sells; /* may send files, not only look */
};
struct upload_view {
	struct upload_run_row run;
	struct upload_refused *refused;
	size_t refused_n;
	bool report;
};
/* A reading's state in words and colour, and whether it waits or goes on. */
struct text import_state_text(int state);
int import_state_tone(int state); /* enum tone */
bool import_under_way(int state);

/* The addresses of all files that hold the company's offers; how many. */
size_t export_parts(struct req *r, str v[EXPORT_PARTS_MAX]);
int offers_csv_show(struct req *r);

/* ---- handlers, for routes.c ---- */
int uploads_show(struct req *r);
int upload_prepare(struct req *r);
int upload_apply(struct req *r);
int upload_show(struct req *r);
int upload_report_show(struct req *r);
int upload_refused_api(struct req *r);

extern const struct job upload_job;

#endif
