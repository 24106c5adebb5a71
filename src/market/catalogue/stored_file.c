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
	str *apart; /* in a bucket, which is not asked while everybody's writes wait */
	size_t apart_n;
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

/* Names are digests, with a word before or behind them: what else lies in a bucket is not ours. */
static bool ours(str file)
{
	if (str_starts(file, S("doc-")) || str_starts(file, S("imp-")))
		file = str_sub(file, 4, file.n);
	for (size_t i = 0; i < 2 * sizeof(struct digest); i++)
		if (i >= file.n || !strchr("0123456789abcdef", file.p[i]))
			return false;
	str end = str_sub(file, 2 * sizeof(struct digest), file.n);

	return !end.n || str_eq(end, S("-small")) || str_eq(end, S("-report"));
}

/* On the writer, where no row can come to name it meanwhile. */
static bool drop(struct db *db, void *ctx)
{
	struct sweep *w = ctx;

	for (size_t i = 0; i < w->n; i++)
		if (named(db, w->v[i]))
			continue;
		else if (w->apart)
			w->apart[w->apart_n++] = w->v[i];
		else
			w->dropped += db_file_drop(db, w->v[i], w->before);
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

	if (store_files_apart(s))
		w->apart = arena_array(a, str, w->n + 1);
	if (w->n && store_write_wait(s, &u) != WRITE_DONE)
		fault(u.fault.kind, "files are not swept: %s", u.fault.what);
	for (size_t i = 0; i < w->apart_n; i++)
		w->dropped += store_file_drop(s, a, w->apart[i], w->before);
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

/* Which of these no row names; the others go to *kept, if that is asked for. */
static void unnamed(struct store *s, const struct job *j, struct arena *a, struct sweep *w,
	const str *old, size_t n, struct sweep *kept)
{
	struct viewer v = {.roles = BIT(j->role)};
	struct db db;

	store_read_begin(s, &db, a, v, j->purposes);
	for (size_t i = 0; i < n; i++)
		if (!named(&db, old[i]) && (kept || !store_files_apart(s) || ours(old[i])))
			w->v[w->n++] = old[i];
		else if (kept)
			kept->v[kept->n++] = old[i];
	store_read_end(&db);
}

/* The folder before a bucket: what nobody asked for lately leaves it. */
static void cache_run(
	struct store *s, const struct job *j, struct arena *a, const str *old, size_t n)
{
	struct sweep unasked = {.v = arena_array(a, str, n + 1)},
		     kept = {.v = arena_array(a, str, n + 1)};

	unnamed(s, j, a, &unasked, old, n, &kept);
	for (size_t i = 0; i < kept.n; i++)
		store_file_away(s, a, kept.v[i], true);
	for (size_t i = 0; i < unasked.n; i++)
		store_file_away(s, a, unasked.v[i], false);
}

static bool run(struct store *s, const struct job *j, struct arena *a)
{
	gone_run(s, j, a);
	str *old = arena_array(a, str, FILES_AT_ONCE);
	struct sweep w = {.v = arena_array(a, str, FILES_AT_ONCE),
		.before = instant_add(clock_real(), -FILE_YOUNG_S * SECOND_US)};
	bool end, bucket_end = true;
	size_t n = store_files_old(s, a, w.before, old, FILES_AT_ONCE, &end);

	if (store_files_apart(s)) {
		cache_run(s, j, a, old, n);
		n = store_bucket_old(s, a, w.before, old, FILES_AT_ONCE, &bucket_end);
	}
	unnamed(s, j, a, &w, old, n, NULL);
	sweep_run(s, j, a, &w);
	return !end || !bucket_end;
}

const struct job stored_file_sweeper = {.name = "files",
	.role = ROLE_SWEEPER,
	.purposes = PURPOSES,
	.every_s = 6 * 3600,
	.each_server = true,
	.run = run};
