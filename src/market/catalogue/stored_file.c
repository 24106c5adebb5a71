/* Files that no row names any more: pictures that were removed, uploads whose row was refused.
 * Only what was put more than a day ago goes, so that nothing goes that is about to be named. */
#include "market/catalogue/stored_file.h"

#include "gen/stored_file.sql.h"

#define PURPOSES BIT(PURPOSE_UPKEEP)

enum { FILES_AT_ONCE = 500, FILE_YOUNG_S = 86400 };

struct sweep {
	str *v; /* files that no row seems to name */
	size_t n, dropped;
	instant before;
};

/* A picture's small copy lies beside it, under its name and "-small"; the report of an upload that
 * is being read under the upload's name and "-report". */
static bool named(struct db *db, str file)
{
	struct stored_file_of_picture_row p;
	struct stored_file_of_document_row d;
	struct stored_file_of_setting_row s;
	struct stored_file_of_upload_row u;
	struct stored_file_of_report_row t;

	if (str_ends(file, S("-small")))
		file = str_sub(file, 0, file.n - 6);
	else if (str_ends(file, S("-report")))
		file = str_sub(file, 0, file.n - 7);
	return stored_file_of_picture(db, file, &p) || stored_file_of_document(db, file, &d) ||
	       stored_file_of_setting(db, file, &s) || stored_file_of_upload(db, file, &u) ||
	       stored_file_of_report(db, file, &t);
}

/* On the writer, where no row can come to name it meanwhile. */
static bool drop(struct db *db, void *ctx)
{
	struct sweep *w = ctx;

	for (size_t i = 0; i < w->n; i++)
		w->dropped += !named(db, w->v[i]) && db_file_drop(db, w->v[i], w->before);
	return true;
}

static bool run(struct store *s, const struct job *j, struct arena *a)
{
	str *old = arena_array(a, str, FILES_AT_ONCE);
	struct sweep w = {.v = arena_array(a, str, FILES_AT_ONCE),
		.before = instant_add(clock_real(), -FILE_YOUNG_S * SECOND_US)};
	struct viewer v = {.roles = BIT(j->role)};
	bool end;
	size_t n = store_files_old(s, a, w.before, old, FILES_AT_ONCE, &end);
	struct db db;

	store_read_begin(s, &db, a, v, j->purposes);
	for (size_t i = 0; i < n; i++)
		if (!named(&db, old[i]))
			w.v[w.n++] = old[i];
	store_read_end(&db);
	struct write_unit u = {
		.viewer = v, .purposes = j->purposes, .arena = a, .apply = drop, .ctx = &w};

	if (w.n && store_write_wait(s, &u) != WRITE_DONE)
		fault(u.fault.kind, "files are not swept: %s", u.fault.what);
	if (w.dropped)
		LOG(LOG_INFO, "files swept", LOG_I("files", w.dropped));
	return !end;
}

const struct job stored_file_sweeper = {.name = "files",
	.role = ROLE_SWEEPER,
	.purposes = PURPOSES,
	.every_s = 6 * 3600,
	.run = run};
