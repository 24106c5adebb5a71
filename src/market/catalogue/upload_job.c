/* The job that reads in what suppliers sent. */
#include "market/catalogue/upload.h"

#include "market/catalogue/import_load.h"

enum {
	UPLOAD_EVERY_S = 2,
	UPLOAD_ARENA_BYTES_MAX = 256 << 20,
};

struct end {
	struct import_run_id run;
	enum import_state state;
	str report, trouble;
};

static bool end_apply(struct db *db, void *ctx)
{
	const struct end *e = ctx;

	return upload_end(db, e->run, e->state, e->report, e->trouble, clock_now()) == 1;
}

static void end(
	struct store *s, const struct job *j, struct arena *a, int64_t company, struct end *e)
{
	struct write_unit u = {.viewer = {.company = company, .roles = BIT(j->role)},
		.purposes = j->purposes,
		.arena = a,
		.apply = end_apply,
		.ctx = e};

	if (store_write_wait(s, &u) != WRITE_DONE)
		fault(FAULT_STORE, "the end of an import was not noted: %s", u.fault.what);
}

static void look(struct store *s, const struct job *j, struct arena *a, struct db *db)
{
	store_read_begin(s, db, a, (struct viewer){.roles = BIT(j->role)}, j->purposes);
}

/* The refused rows, under the digest of what they say; none: nothing was refused. */
static str report_keep(struct store *s, const struct job *j, struct arena *a, str draft)
{
	struct db db;
	str name = {NULL, 0};

	look(s, j, a, &db);
	str bytes = db_file_get(&db, draft, UPLOAD_REPORT_BYTES_MAX);

	if (bytes.p) {
		struct digest d = digest_of(bytes);

		name = str_cat(a, S("imp-"), hex_of(a, d.b, sizeof d.b));
		db_file_put(&db, name, bytes);
		db_file_discard(&db, draft);
	}
	store_read_end(&db);
	return name;
}

/* One file from beginning to end; what it says goes to the row that the supplier looks at. */
static void read_in(struct store *s, const struct job *j, struct arena *a,
	const struct upload_next_row *next, const char *file, const char *report)
{
	struct import_order o = {.file = file, .company_id = next->company_id.v, .report = report};
	struct end e = {.run = next->id, .state = IMPORT_STATE_DONE};
	struct import_progress p;
	struct arena *work = arena_make(UPLOAD_ARENA_BYTES_MAX);
	struct fault_point fp;

	if (FAULT_TRY(fp)) {
		if (!import_load(s, work, &o, &p, &e.trouble)) {
			e.state = IMPORT_STATE_STOPPED;
			e.trouble = str_dup(a, e.trouble);
		}
		FAULT_END(fp);
	} else {
		e.state = IMPORT_STATE_STOPPED;
		e.trouble = str_fmt(a, "%s", fp.what);
	}
	arena_free(work);
	e.report = report_keep(s, j, a, str_cat(a, next->file, S("-report")));
	end(s, j, a, next->company_id.v, &e);
}

static bool upload_run_job(struct store *s, const struct job *j, struct arena *a)
{
	struct upload_next_row next;
	struct db db;
	bool found;

	const char *file = NULL, *report = NULL;

	look(s, j, a, &db);
	found = upload_next(&db, &next);
	if (found) {
		str draft = str_cat(a, next.file, S("-report"));

		file = db_file_path(&db, next.file);
		report = db_file_path(&db, draft);
		db_file_discard(&db, draft); /* of a reading that was broken off */
	}
	store_read_end(&db);
	if (!found)
		return false;
	if (next.state == IMPORT_STATE_DONE) { /* stopped between the last row and its end */
		struct end e = {.run = next.id, .state = IMPORT_STATE_DONE};

		end(s, j, a, next.company_id.v, &e);
	} else {
		read_in(s, j, a, &next, file, report);
	}
	return true;
}

const struct job upload_job = {.name = "imports",
	.role = ROLE_IMPORTER,
	.purposes = BIT(PURPOSE_PUBLIC) | BIT(PURPOSE_SELLING) | BIT(PURPOSE_INDEX) |
		    BIT(PURPOSE_CURATION),
	.every_s = UPLOAD_EVERY_S,
	.run = upload_run_job,
	.apart = true};
