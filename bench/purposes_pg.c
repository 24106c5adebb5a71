/* purposes_pg: the program's own statements on PostgreSQL, as the application, through views and
 * row policies, beside hand-written SQL on the tables, which no policy is asked of.
 *
 *	purposes_pg DIR [PART OF A NAME]
 *
 * Both go through the same client code on one machine, in turns over the same ids, each over one
 * connection in one transaction. Processor time is counted, of this program and of the database's
 * processes for it together (/proc/PID/schedstat), so that a busy machine counts less. A ratio is
 * the median of the rounds. */
#include "bench/pairs.h"
#include "command/installation.h"
#include "store/pg/pg.h"

#include <stdio.h>
#include <time.h>

enum { ROUNDS = 15, IDS_MAX = 500, POINT_CALLS = 1500, LIST_CALLS = 300 };

struct work {
	struct store *store;
	struct arena *a;
	int64_t buyer, seller, id[IDS_MAX];
	size_t ids;
	char database[32][32]; /* schedstat of its processes for this program */
	size_t processes;
};

static void processes_find(struct work *w)
{
	PGconn *c = pg_connect(w->store->place, PG_ANY);
	PGresult *r = pq.PQexec(c, "select pid from pg_stat_activity where datname = "
				   "current_database() and pid <> pg_backend_pid()");

	w->processes = 0;
	for (int i = 0; i < pq.PQntuples(r) && w->processes < COUNT(w->database); i++)
		snprintf(w->database[w->processes++], sizeof *w->database, "/proc/%.12s/schedstat",
			pq.PQgetvalue(r, i, 0));
	pq.PQclear(r);
	pq.PQfinish(c);
	if (!w->processes)
		fault(FAULT_OUTSIDE, "the database's processes are not found");
}

static double used_us(const struct work *w)
{
	struct timespec t;
	double us;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	us = (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
	for (size_t i = 0; i < w->processes; i++) {
		FILE *f = fopen(w->database[i], "re");
		long long ns = 0;

		if (!f || fscanf(f, "%lld", &ns) != 1)
			fault(FAULT_OUTSIDE, "%s cannot be read", w->database[i]);
		fclose(f);
		us += (double)ns / 1e3;
	}
	return us;
}

/* Over the house's connection of this thread, which is asked no row policy. */
static struct prepared *raw(struct db *db, const char *sql)
{
	db->conn->walking = true;
	struct prepared *p = chain_start(db->conn, sql);

	db->conn->walking = false;
	return p;
}

static void ids_read(struct work *w, struct db *db, const char *sql, int64_t company)
{
	struct prepared *p = raw(db, sql);

	if (prepared_params(p))
		prepared_bind_int(p, 1, company);
	for (w->ids = 0; w->ids < IDS_MAX && chain_step(db->conn, p);)
		w->id[w->ids++] = prepared_int(p, 0);
	prepared_end(p);
	if (!w->ids)
		fault(FAULT_OUTSIDE, "no rows to read: %s", sql);
}

static void by_hand(struct work *w, struct db *db, struct prepared *p, const struct pair *pair,
	int64_t id, int64_t company, struct seen *s)
{
	prepared_bind_int(p, 1, id);
	prepared_bind_int(p, 2, company);
	while (chain_step(db->conn, p)) {
		s->sum += prepared_int(p, 0);
		s->rows++;
		for (int i = 0; i < pair->columns; i++)
			if (prepared_type(p, i) == PREPARED_TEXT)
				(void)str_dup(w->a, prepared_text(p, i));
	}
	prepared_reset(p);
}

static double rounds_of(struct work *w, struct db *db, struct prepared *p, const struct pair *pair,
	int64_t company, struct seen *s)
{
	int calls = pair->list ? LIST_CALLS : POINT_CALLS;
	double from;

	*s = (struct seen){0};
	arena_reset(w->a);
	from = used_us(w);
	for (int i = 0; i < calls; i++) {
		int64_t id = w->id[(size_t)i % w->ids];

		if (p)
			by_hand(w, db, p, pair, id, company, s);
		else
			pair->guarded(db, id, s);
		if (i % 100 == 99)
			arena_reset(w->a);
	}
	return (used_us(w) - from) / calls;
}

static void pair_run(struct work *w, const struct pair *p)
{
	int64_t company = p->seller ? w->seller : w->buyer;
	double hand[ROUNDS], purpose[ROUNDS], times[ROUNDS];
	struct prepared *st = NULL;
	struct seen s, t;

	for (int i = -1; i < ROUNDS; i++) { /* the first warms both */
		int at = i < 0 ? 0 : i;
		struct db db;

		store_read_begin(w->store, &db, w->a, pair_viewer(company), p->purposes);
		if (!st) {
			ids_read(w, &db, p->ids, company);
			st = raw(&db, p->sql);
			(void)rounds_of(w, &db, st, p, company, &s);
			(void)rounds_of(w, &db, NULL, p, company, &t);
			processes_find(w); /* now all connections are there */
		}
		hand[at] = rounds_of(w, &db, st, p, company, &s);
		purpose[at] = rounds_of(w, &db, NULL, p, company, &t);
		times[at] = purpose[at] / hand[at];
		store_read_end(&db);
		if (!s.rows || s.rows != t.rows || s.sum != t.sum)
			fault(FAULT_BUG, "%s: %lld rows by hand, %lld by purpose", p->name,
				(long long)s.rows, (long long)t.rows);
	}
	prepared_end(st);
	double x = median(times, ROUNDS), most = p->list ? LIST_TIMES_MAX : POINT_TIMES_MAX;

	printf("# %s: by hand %.1f us, by purpose %.1f us, %.1f rows a call\n", p->name,
		median(hand, ROUNDS), median(purpose, ROUNDS),
		(double)s.rows / (p->list ? LIST_CALLS : POINT_CALLS));
	bar(p->name, x, "times", p->list ? "<=1.3" : "<=1.10", x <= most);
}

static int64_t most(struct work *w, const char *sql)
{
	struct db db;

	store_read_begin(w->store, &db, w->a, (struct viewer){0}, 0);
	ids_read(w, &db, sql, 0);
	store_read_end(&db);
	return w->id[0];
}

static void run(const char *dir, const char *only)
{
	struct arena *a = arena_make((size_t)256 << 20);
	struct work w = {.a = arena_make((size_t)256 << 20),
		.store = store_open(&(struct store_options){.dir = dir,
			.policy = installation_policy(a),
			.statements = pairs_statements(a)})};

	w.seller = most(&w, "select seller_id from r_orders group by 1 order by count(*) desc");
	w.buyer = most(&w, "select buyer_id from r_orders group by 1 order by count(*) desc");
	for (size_t i = 0; i < COUNT(pairs); i++)
		if (!only || strstr(pairs[i].name, only))
			pair_run(&w, &pairs[i]);
	store_close(w.store);
	arena_free(w.a);
	arena_free(a);
}

int main(int argc, char **argv)
{
	struct fault_point fp;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc < 2) {
		fprintf(stderr, "usage: purposes_pg DIR [PART OF A NAME]\n");
		return 2;
	}
	if (!FAULT_TRY(fp)) {
		fprintf(stderr, "purposes_pg: %s\n", fp.what);
		return 1;
	}
	log_level_set(LOG_ERROR);
	run(argv[1], argv[2]);
	FAULT_END(fp);
	return 0;
}
