/* purposes: the program's own statements beside hand-written SQL that gives the same rows.
 *
 *	purposes DIR
 *
 * Each pair runs on the same file, in turns, over the same ids. By hand: prepared once, bound,
 * stepped (a point read once), every column read and texts copied, reset. CPU time of this thread
 * is counted, so that a busy machine does not count; a ratio is the median of the rounds. */
#include "bench/pairs.h"
#include "command/installation.h"
#include "store/lite.h"

#include <time.h>

enum { ROUNDS = 15, IDS_MAX = 1000, POINT_CALLS = 20000, LIST_CALLS = 1000 };
struct work {
	struct store *store;
	sqlite3 *raw;
	struct arena *a;
	int64_t buyer, seller, id[IDS_MAX];
	size_t ids;
};

static sqlite3_stmt *prepare(struct work *w, const char *sql)
{
	sqlite3_stmt *st = NULL;

	if (sqlite3_prepare_v3(w->raw, sql, -1, SQLITE_PREPARE_PERSISTENT, &st, NULL))
		fault(FAULT_BUG, "%s: %s", sql, sqlite3_errmsg(w->raw));
	return st;
}

static int64_t one_id(struct work *w, const char *sql)
{
	sqlite3_stmt *st = prepare(w, sql);
	int64_t id = sqlite3_step(st) == SQLITE_ROW ? sqlite3_column_int64(st, 0) : 0;

	sqlite3_finalize(st);
	return id;
}

/* Spread over what there is, in an order that follows no index. */
static void ids_read(struct work *w, const char *sql, int64_t company)
{
	sqlite3_stmt *st = prepare(w, sql);
	uint64_t seed = 1;
	size_t seen = 0;

	w->ids = 0;
	sqlite3_bind_int64(st, 1, company);
	for (; sqlite3_step(st) == SQLITE_ROW; seen++) {
		size_t at = w->ids;

		seed = seed * 6364136223846793005u + 1442695040888963407u;
		if (w->ids < IDS_MAX)
			w->ids++;
		else
			at = (size_t)(seed >> 33) % (seen + 1);
		if (at < IDS_MAX)
			w->id[at] = sqlite3_column_int64(st, 0);
	}
	sqlite3_finalize(st);
	if (!w->ids)
		fault(FAULT_OUTSIDE, "no rows to read: %s", sql);
	for (size_t i = w->ids - 1; i; i--) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		size_t k = (size_t)(seed >> 33) % (i + 1);
		int64_t x = w->id[i];

		w->id[i] = w->id[k];
		w->id[k] = x;
	}
}

static double cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* What anybody would write: every column into a row, texts copied. */
static void by_hand(struct work *w, sqlite3_stmt *st, const struct pair *p, int64_t id,
	int64_t company, struct seen *s)
{
	union cell {
		int64_t i;
		str s;
	};
	int n = sqlite3_column_count(st);

	sqlite3_bind_int64(st, 1, id);
	sqlite3_bind_int64(st, 2, company);
	while (sqlite3_step(st) == SQLITE_ROW) {
		union cell *row = arena_array(w->a, union cell, (size_t)n);

		for (int i = 0; i < n; i++)
			switch (sqlite3_column_type(st, i)) {
			case SQLITE_TEXT: {
				const void *text = sqlite3_column_text(st, i);

				row[i].s = str_dup(
					w->a, (str){text, (size_t)sqlite3_column_bytes(st, i)});
				break;
			}
			case SQLITE_NULL: break;
			default: row[i].i = sqlite3_column_int64(st, i);
			}
		s->rows++;
		s->sum += row[0].i;
		if (!p->list)
			break;
	}
	sqlite3_reset(st);
}

static double round_raw(
	struct work *w, sqlite3_stmt *st, const struct pair *p, int64_t company, struct seen *s)
{
	int calls = p->list ? LIST_CALLS : POINT_CALLS;

	*s = (struct seen){0};
	arena_reset(w->a);
	double from = cpu_us();

	for (int i = 0; i < calls; i++) {
		by_hand(w, st, p, w->id[(size_t)i % w->ids], company, s);
		if (i % 100 == 99)
			arena_reset(w->a);
	}
	return (cpu_us() - from) / calls;
}

static double round_guarded(struct work *w, struct db *db, const struct pair *p, struct seen *s)
{
	int calls = p->list ? LIST_CALLS : POINT_CALLS;

	*s = (struct seen){0};
	arena_reset(w->a);
	double from = cpu_us();

	for (int i = 0; i < calls; i++) {
		p->guarded(db, w->id[(size_t)i % w->ids], s);
		if (i % 100 == 99)
			arena_reset(w->a);
	}
	return (cpu_us() - from) / calls;
}

static double pair_run(struct work *w, const struct pair *p)
{
	int64_t company = p->seller ? w->seller : w->buyer;
	double raw[ROUNDS] = {0}, guarded[ROUNDS] = {0}, times[ROUNDS] = {0};
	sqlite3_stmt *st = prepare(w, p->sql);
	struct seen s, t;
	struct db db;

	ids_read(w, p->ids, company);
	for (int i = -1; i < ROUNDS; i++) { /* the first warms both */
		int at = i < 0 ? 0 : i;

		store_read_begin(w->store, &db, w->a, pair_viewer(company), p->purposes);
		lite_run(w->raw, "begin");
		raw[at] = round_raw(w, st, p, company, &s);
		guarded[at] = round_guarded(w, &db, p, &t);
		times[at] = guarded[at] / raw[at];
		lite_run(w->raw, "commit");
		store_read_end(&db);
		if (!s.rows || s.rows != t.rows || s.sum != t.sum)
			fault(FAULT_BUG, "%s: %lld rows by hand, %lld by purpose", p->name,
				(long long)s.rows, (long long)t.rows);
	}
	sqlite3_finalize(st);
	double x = median(times, ROUNDS), most = p->list ? LIST_TIMES_MAX : POINT_TIMES_MAX;

	printf("# %s: by hand %.2f us, by purpose %.2f us, %.1f rows a call; rounds %.2f to %.2f\n",
		p->name, median(raw, ROUNDS), median(guarded, ROUNDS),
		(double)s.rows / (p->list ? LIST_CALLS : POINT_CALLS), times[0], times[ROUNDS - 1]);
	bar(p->name, x, "times", p->list ? "<=1.3" : "<=1.10", x <= most);
	return x;
}

static void run(const char *dir, const char *only)
{
	struct arena *a = arena_make((size_t)256 << 20);
	struct work w = {.a = arena_make((size_t)256 << 20),
		.store = store_open(&(struct store_options){.dir = dir,
			.policy = installation_policy(a),
			.statements = pairs_statements(a)})};

	w.raw = lite_open(w.store->data_path, SQLITE_OPEN_READONLY);
	lite_run(w.raw, "pragma mmap_size=8589934592; pragma cache_size=-8000");
	w.seller = one_id(&w, "select company_id from r_offer group by 1 order by count(*) desc");
	w.buyer = one_id(&w, "select buyer_id from r_orders group by 1 order by count(*) desc");
	for (size_t i = 0; i < COUNT(pairs); i++)
		if (!only || strstr(pairs[i].name, only))
			(void)pair_run(&w, &pairs[i]);
	lite_close(w.raw);
	store_close(w.store);
	arena_free(w.a);
	arena_free(a);
}

int main(int argc, char **argv)
{
	struct fault_point fp;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc < 2) {
		fprintf(stderr, "usage: purposes DIR [PART OF A NAME]\n");
		return 2;
	}
	if (!FAULT_TRY(fp)) {
		fprintf(stderr, "purposes: %s\n", fp.what);
		return 1;
	}
	log_level_set(LOG_ERROR);
	run(argv[1], argv[2]);
	FAULT_END(fp);
	return 0;
}
