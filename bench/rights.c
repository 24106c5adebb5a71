/* rights: what the rights of people cost. Makes an installation of its own and prints bars:
 *
 *	access of the heaviest of 15,000 people, opened whole      under 50 ms
 *	erasure of somebody with 300 records, keys dropped         under 20 ms
 *	10,000 due rows among ROWS (10,000,000)                    in seconds
 *	reads counted by purpose, role and column                  at most 1.05 times
 *
 *	build/rel/bench/rights DIR [ROWS]
 *
 * What is bounded is the clock's time; beside it stands the processor's, which a busy machine does
 * not change. */
#include "bench/bench.h"
#include "market/rights/retention.h"
#include "policy/embedded.h"
#include "store/lite.h"

#include "gen/deliver.sql.h"
#include "gen/demo.sql.h"

#include <time.h>

enum { PEOPLE = 15000, COMPANIES = 300, HEAVIEST = 1000, LEAVERS = 21, RECORDS = 300, DUE = 10000 };
#define SETUP (BIT(PURPOSE_SETUP) | BIT(PURPOSE_CURATION) | BIT(PURPOSE_STOCK))

static struct arena *arena;
static struct store *store;
static int64_t people[PEOPLE], companies[COMPANIES];

static struct store *opened(const char *dir)
{
	struct policy_errors e = {0};
	const struct policy *p = policy_read(arena, embedded_policy, embedded_policy_n, &e);

	MUST(p);
	return store_open(&(struct store_options){.dir = dir, .policy = p, .create = true});
}

static bool person(struct db *db, int i)
{
	struct person_name name = {.name = str_fmt(db->arena, "Person Number %d", i)};
	struct person_email email = {.email = str_fmt(db->arena, "p%d@bench.example", i)};

	people[i] = id_make();
	return demo_person_add(db, (struct person_id){people[i]}, &name, &email, email.email, NULL,
		       NULL, S("en"), 0, 0, clock_now()) == 1;
}

static bool company(struct db *db, int i)
{
	struct company_registration registration = {.number = S("HRB 1")};
	struct company_tax tax = {.vat_id = S("DE1")};
	str slug = str_fmt(db->arena, "company-%d", i);
	instant now = clock_now();

	companies[i] = id_make();
	return demo_company_add(db, (struct company_id){companies[i]}, slug, slug, S("GmbH"),
		       S("DE"), false, COMPANY_STATE_ACTIVE, true, true, INDUSTRY_OTHER,
		       COMPANY_SIZE_UNDER_50, 1990, S("About"), S("https://example.com"),
		       S("Imprint"), S("EUR"), S("en"), &registration, &tax,
		       (struct person_id){people[i]}, now, now, TIME_NONE) == 1;
}

static bool slice(struct db *db, void *ctx)
{
	int from = *(int *)ctx;

	for (int i = from; i < from + 100 && i < PEOPLE; i++)
		if (!person(db, i))
			return false;
	for (int i = from; i < from + 100 && i < COMPANIES; i++)
		if (!company(db, i))
			return false;
	return true;
}

static void unit(
	bool (*apply)(struct db *db, void *ctx), void *ctx, uint64_t role, uint64_t purposes)
{
	struct write_unit u = {.viewer = {.roles = role},
		.purposes = purposes,
		.arena = arena,
		.apply = apply,
		.ctx = ctx};

	if (store_write_wait(store, &u) != WRITE_DONE)
		fault(FAULT_BUG, "%s", u.fault.what);
	arena_reset(arena);
}

static void fill(const char *sql)
{
	sqlite3 *db = lite_open(store->data_path, SQLITE_OPEN_READWRITE);

	lite_run(db, "pragma foreign_keys = off; pragma synchronous = off; begin");
	lite_run(db, sql);
	lite_run(db, "commit");
	lite_close(db);
}

/* Orders like everybody's, few for most and 1,000 for one; each with two lines and two events. */
static void orders(void)
{
	fill(str_fmt(arena,
		"create temp table seat (k integer primary key, id integer);"
		"insert into seat (id) select id from r_person order by id;"
		"with recursive n (i) as (select 1 union all select i + 1 from n where i < 60000)"
		" insert into r_orders select i, 'B-' || i, %lld, %lld, case when i <= %d then "
		"%lld "
		"else (select id from seat where k = (i * 7919) %% %d + 1) end, 10, 'EUR', 100, "
		"0, 0, 100, 1, 0, null, null, null, 30, 'DE', null, null, null, 2, i, i, null, "
		"null, "
		"null, null, null, null from n;"
		"insert into r_bought select id, id, buyer_id, seller_id, number, state from "
		"r_orders;"
		"insert into r_order_line select id * 2 + k, id, buyer_id, seller_id, k + 1, 1, "
		"'s', "
		"'t', 1, 1, 1, 1, 0, 1, 'EUR', 1, 1 from r_orders, (select 0 as k union all select "
		"1);"
		"insert into r_order_event select id * 2 + k, id, buyer_id, seller_id, 1, 1, 2, "
		"buyer_id, "
		"placed_by, id, null from r_orders, (select 0 as k union all select 1);",
		(long long)companies[0], (long long)companies[1], HEAVIEST, (long long)people[7],
		PEOPLE)
			.p);
}

static bool count(void *ctx, const struct walk_row *row)
{
	(void)row;
	++*(int64_t *)ctx;
	return true;
}

/* Processor time of the whole process: what a busy machine does not change. */
static int64_t cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * SECOND_US + t.tv_nsec / 1000;
}

/* The bound in `unit_name`s; `note` and the processor's time stand on a line of their own. */
static void bounded(const char *name, double value, const char *unit_name, double bound,
	double cpu_ms, const char *note)
{
	char text[40];

	printf("# %s: %s; %.2f ms of processor time each\n", name, note, cpu_ms);
	snprintf(text, sizeof text, "<%.0f", bound);
	bar(name, value, unit_name, text, value < bound);
}

static void access_bar(void)
{
	int64_t took[21], rows = 0, cpu = cpu_us();

	for (size_t i = 0; i < COUNT(took); i++) {
		struct db db;
		int64_t from = clock_mono_us();

		rows = 0;
		store_read_begin(store, &db, arena,
			(struct viewer){.person = people[7], .roles = BIT(ROLE_PERSON)},
			BIT(PURPOSE_RIGHTS));
		store_subject_walk(&db, people[7], WALK_OPEN, count, &rows);
		store_read_end(&db);
		took[i] = clock_mono_us() - from;
		arena_reset(arena);
	}
	qsort(took, COUNT(took), sizeof *took, by_us);
	int64_t median = took[COUNT(took) / 2];
	size_t times = COUNT(took);

	bounded("access_heaviest", (double)median / 1e3, "ms", 50,
		(double)(cpu_us() - cpu) / 1e3 / (double)times,
		str_fmt(arena, "%lld rows, median of %zu", (long long)rows, COUNT(took)).p);
}

static struct erased erased;

static bool leave(struct db *db, void *ctx)
{
	struct erasing at = {0};

	erased = (struct erased){0};
	return store_subject_erase(db, *(int64_t *)ctx, &at, &erased);
}

static void erase_bar(void)
{
	int64_t took[LEAVERS];

	for (int i = 0; i < LEAVERS; i++)
		fill(str_fmt(arena,
			"with recursive n (i) as (select 1 union all select i + 1 from n where i < "
			"%d)"
			" insert into r_session select %lld + i, randomblob(32), %lld, null, 1, 1, "
			"1, "
			"9e15, null, 0 from n;"
			"with recursive n (i) as (select 1 union all select i + 1 from n where i < "
			"%d)"
			" insert into r_api_token select %lld + i, %lld, %lld, randomblob(32), "
			"null, 1, "
			"1, null, null from n;",
			RECORDS / 2, (long long)(i + 1) * 1000, (long long)people[100 + i],
			RECORDS / 2, (long long)(i + 1) * 1000, (long long)people[100 + i],
			(long long)companies[0])
				.p);
	int64_t cpu = cpu_us();

	for (int i = 0; i < LEAVERS; i++) {
		int64_t from = clock_mono_us();

		unit(leave, &people[100 + i], BIT(ROLE_SWEEPER), BIT(PURPOSE_RETENTION));
		took[i] = clock_mono_us() - from;
	}
	qsort(took, LEAVERS, sizeof *took, by_us);
	int64_t median = took[LEAVERS / 2];

	bounded("erase_300_records", (double)median / 1e3, "ms", 20,
		(double)(cpu_us() - cpu) / 1e3 / LEAVERS,
		str_fmt(arena, "%lld rows erased, flushed, keys dropped; median of %d",
			(long long)erased.erased, LEAVERS)
			.p);
}

static void sweep_bar(int64_t rows)
{
	int64_t now = clock_now().us;
	char path[4200];

	fill(str_fmt(arena,
		"with recursive n (i) as (select 1 union all select i + 1 from n where i < %lld)"
		" insert into r_throttle select i, 1, cast(printf('%%016d', i) as blob), 1, case "
		"when "
		"i <= %d then 1 else %lld end from n;",
		(long long)rows, DUE, (long long)now)
			.p);
	int64_t from = clock_mono_us(), cpu = cpu_us();
	size_t units = retention_run(store, arena);

	bounded("retention_10000_due", (double)(clock_mono_us() - from) / 1e6, "s", 10,
		(double)(cpu_us() - cpu) / 1e3,
		str_fmt(arena, "among %lld rows, %zu units of the writer", (long long)rows, units)
			.p);
	from = clock_mono_us();
	cpu = cpu_us();
	retention_run(store, arena);
	snprintf(path, sizeof path, "nothing due among %lld rows", (long long)rows);
	bounded("retention_nothing_due", (double)(clock_mono_us() - from) / 1e6, "s", 1,
		(double)(cpu_us() - cpu) / 1e3, path);
}

/* ---- what it costs to count reads ---- */

enum { READ_CALLS = 20000, READ_ROUNDS = 15 };

static double read_us(struct reads *counted)
{
	struct deliver_person_row row;
	struct db db;

	store->reads = counted;
	int64_t from = cpu_us();

	for (int i = 0; i < READ_CALLS; i++) {
		store_read_begin(store, &db, arena, (struct viewer){.roles = BIT(ROLE_OUTBOX)},
			BIT(PURPOSE_NOTICE));
		(void)!deliver_person(&db, (struct person_id){people[i % 500 + 500]}, &row);
		store_read_end(&db);
		if (i % 500 == 0)
			arena_reset(arena);
	}
	return (double)(cpu_us() - from) / READ_CALLS;
}

/* The smallest read there is, one person opened, is where two additions weigh most. */
static void counting_bar(void)
{
	struct reads *kept = store->reads;
	double with[READ_ROUNDS], without[READ_ROUNDS], times[READ_ROUNDS];

	read_us(kept);
	for (int i = 0; i < READ_ROUNDS; i++) {
		without[i] = read_us(NULL);
		with[i] = read_us(kept);
		times[i] = with[i] / without[i];
	}
	printf("# reads of one person: %.2f us counted, %.2f us not\n", median(with, READ_ROUNDS),
		median(without, READ_ROUNDS));
	double value = median(times, READ_ROUNDS);

	bar("read_audit", value, "times", "<=1.05", value <= 1.05);
	arena_reset(arena);
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		fprintf(stderr, "usage: rights DIR [ROWS]\n");
		return 2;
	}
	log_level_set(LOG_ERROR);
	arena = arena_make((size_t)1 << 30);
	struct arena *keep = arena;

	arena = arena_make((size_t)1 << 30);
	store = opened(argv[1]);
	struct arena *policy_arena = arena;

	arena = keep;
	for (int i = 0; i < PEOPLE; i += 100)
		unit(slice, &i, BIT(ROLE_SETUP), SETUP);
	orders();
	access_bar();
	counting_bar();
	erase_bar();
	sweep_bar(argc > 2 ? atoll(argv[2]) : 10000000);
	store_close(store);
	arena_free(keep);
	arena_free(policy_arena);
	return 0;
}
