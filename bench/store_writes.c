/* Durable units of work a second with 64 threads that wait for their answer; and the cost of
 * purposes against hand-written SQL. SECONDS_EACH=n */
#include "test/unit/store_fixture.h"

enum { THREADS = 64 };
static struct store *store;
static atomic_bool over;
static bool with_key;
struct client {
	pthread_t thread;
	int64_t base, n;
	int64_t worst_us;
};

static bool add(struct db *db, void *ctx)
{
	int64_t id = *(int64_t *)ctx;
	char number[32];

	snprintf(number, sizeof number, "N%lld", (long long)id);
	if (with_key)
		return fx_order_add(db, id, number, 101, 102, "Consignee of a bench") == 1;
	struct query *q = fx_q(db, ORDER_ADD);

	db_bind_int(q, 1, id);
	db_bind_text(q, 2, str_of(number));
	db_bind_int(q, 3, 101);
	db_bind_int(q, 4, 102);
	db_bind_null(q, 5);
	return db_finish(q) == 1;
}

static void *client_main(void *p)
{
	struct client *c = p;
	struct arena *a = arena_make(1 << 20);

	while (!atomic_load(&over)) {
		int64_t id = c->base + c->n, from = clock_mono_us();
		struct write_unit u = {.viewer = fx_viewer,
			.purposes = FX_ALL,
			.arena = a,
			.apply = add,
			.done = fx_nothing,
			.ctx = &id};

		MUST(store_write_wait(store, &u) == WRITE_DONE);
		int64_t took = clock_mono_us() - from;

		c->worst_us = took > c->worst_us ? took : c->worst_us;
		c->n++;
		arena_reset(a);
	}
	arena_free(a);
	return NULL;
}

static void writes(int round, int seconds)
{
	static struct client c[THREADS];
	int64_t n = 0, worst = 0, from = clock_mono_us();

	atomic_store(&over, false);
	for (int i = 0; i < THREADS; i++) {
		c[i] = (struct client){.base = (int64_t)(round * THREADS + i + 1) * 10000000};
		pthread_create(&c[i].thread, NULL, client_main, &c[i]);
	}
	sleep((unsigned)seconds);
	atomic_store(&over, true);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(c[i].thread, NULL);
		n += c[i].n;
		worst = c[i].worst_us > worst ? c[i].worst_us : worst;
	}
	double s = (double)(clock_mono_us() - from) / 1e6;

	printf("%s: %.0f durable units/s, slowest %.1f ms\n",
		with_key ? "order with a key of its own" : "order without sealed data",
		(double)n / s, (double)worst / 1e3);
}

static double timed(bool raw, int64_t rounds)
{
	sqlite3_stmt *st = NULL;
	sqlite3 *db = engine_open(store->data_path, SQLITE_OPEN_READONLY);
	struct db h;
	struct arena *a = arena_make((size_t)64 << 20);
	int64_t from;

	engine_run(db, "pragma mmap_size=8589934592; begin");
	MUST(!sqlite3_prepare_v3(db,
		"select o.id, o.number, o.state, o.consignee from r_orders as o where o.id = ?1"
		" and (o.buyer_id = ?2 or o.seller_id = ?2)",
		-1, SQLITE_PREPARE_PERSISTENT, &st, NULL));
	store_read_begin(store, &h, a, fx_viewer, FX_ALL);
	from = clock_mono_us();
	for (int64_t i = 0; i < rounds; i++) {

		int64_t id = 10000000 + i % 100; /* of the first client */

		if (raw) {
			sqlite3_bind_int64(st, 1, id);
			sqlite3_bind_int64(st, 2, 101);
			MUST(sqlite3_step(st) == SQLITE_ROW);
			str_dup(a, (str){(const char *)sqlite3_column_text(st, 1),
					   (size_t)sqlite3_column_bytes(st, 1)});
			sqlite3_reset(st);
		} else {
			struct query *q = fx_q(&h, ORDER_GET);

			db_bind_int(q, 1, id);
			MUST(db_step(q));
			db_text(q, 1);
			(void)db_finish(q);
		}
	}
	double us = (double)(clock_mono_us() - from) / (double)rounds;

	store_read_end(&h);
	sqlite3_finalize(st);
	sqlite3_close(db);
	arena_free(a);
	return us;
}

TEST(bench)
{
	const char *each = getenv("SECONDS_EACH");
	int seconds = each ? atoi(each) : 3;

	store = fx_filled();
	for (int round = 0; round < 4; round++) {
		with_key = round & 1;
		writes(round, seconds);
	}
	for (int round = 0; round < 3; round++) {
		double raw = timed(true, 200000), guarded = timed(false, 200000);

		printf("point read: by hand %.2f us, through the store %.2f us, ratio %.2f\n", raw,
			guarded, guarded / raw);
	}
	fx_end(store);
}

int main(void)
{
	return test_main();
}
