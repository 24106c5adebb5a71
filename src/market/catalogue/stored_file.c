/* Files that no row names any more: pictures that were removed, uploads whose row was refused.
 * Only what was put more than a day ago goes, so that nothing goes that is about to be named. */
#include "market/catalogue/stored_file.h"

#include "gen/stored_file.sql.h"
#include "market/catalogue/catalogue.h"

#include <pthread.h>
#include <stdio.h>

#define PURPOSES BIT(PURPOSE_UPKEEP)

enum { FILES_AT_ONCE = 500, FILE_YOUNG_S = 86400, FILE_NAME_MAX = 88 };

/* What stored_files_gone was told and the job has not looked at yet. */
static struct {
	pthread_mutex_t lock;
	char v[FILES_GONE_MAX][FILE_NAME_MAX];
	size_t n;
} gone = {.lock = PTHREAD_MUTEX_INITIALIZER};

void stored_files_gone(const str *names, size_t n)
{
	pthread_mutex_lock(&gone.lock);
	for (size_t i = 0; i < n && gone.n < FILES_GONE_MAX; i++)
		if (names[i].n < FILE_NAME_MAX)
			snprintf(gone.v[gone.n++], FILE_NAME_MAX, STR_FMT, STR_ARG(names[i]));
	pthread_mutex_unlock(&gone.lock);
	if (n)
		jobs_wake("files");
}

static size_t gone_take(struct arena *a, str *v)
{
	pthread_mutex_lock(&gone.lock);
	size_t n = gone.n;

	for (size_t i = 0; i < n; i++)
		v[i] = str_dup(a, str_of(gone.v[i]));
	gone.n = 0;
	pthread_mutex_unlock(&gone.lock);
	return n;
}

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

static void sweep_run(struct store *s, const struct job *j, struct arena *a, struct sweep *w)
{
	struct write_unit u = {
		.patient = true, /* a transaction of its own: what is seen is stored */
		.viewer = {.roles = BIT(j->role)},
		.purposes = j->purposes,
		.arena = a,
		.apply = drop,
		.ctx = w};

	if (w->n && store_write_wait(s, &u) != WRITE_DONE)
		fault(u.fault.kind, "files are not swept: %s", u.fault.what);
	if (w->dropped)
		LOG(LOG_INFO, "files swept", LOG_I("files", w->dropped));
}

/* With the copies that lie beside them (named). */
static void gone_run(struct store *s, const struct job *j, struct arena *a)
{
	str *v = arena_array(a, str, FILES_GONE_MAX);
	struct sweep w = {.v = arena_array(a, str, (size_t)FILES_GONE_MAX * 3),
		.before = instant_add(clock_real(), SECOND_US)};
	size_t n = gone_take(a, v);

	for (size_t i = 0; i < n; i++) {
		w.v[w.n++] = v[i];
		w.v[w.n++] = str_cat(a, v[i], S("-small"));
		w.v[w.n++] = str_cat(a, v[i], S("-report"));
	}
	sweep_run(s, j, a, &w);
}

static bool run(struct store *s, const struct job *j, struct arena *a)
{
	gone_run(s, j, a);
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
	sweep_run(s, j, a, &w);
	return !end;
}

const struct job stored_file_sweeper = {.name = "files",
	.role = ROLE_SWEEPER,
	.purposes = PURPOSES,
	.every_s = 6 * 3600,
	.run = run};
