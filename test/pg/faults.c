/* Faults at every place on PostgreSQL: each call of the client library that speaks with the server,
 * each allocation and each database call of a small journey fails once. What was answered as done
 * is there and nothing else is; the same connection, or another one, goes on (the twin of
 * test/fault/store_faults.c). */
#include "test/pg/installation.h"

#include "web/web.h"

#include "gen/demo.sql.h"
#include "gen/outbox.sql.h"
#include "gen/session.sql.h"

enum site { LIBPQ, ARENA, CALL };
static const char *const site_names[] = {"calls of libpq", "allocations", "database calls"};

/* ---- the client library ---------------------------------------------------------------------- */
static struct libpq real;
static _Thread_local int64_t libpq_nth;

static bool libpq_fails(void)
{
	return libpq_nth > 0 && --libpq_nth == 0;
}

static PGconn *failing_connect(const char *const *keys, const char *const *values, int expand)
{
	const char *const nowhere[] = {"host", NULL}, *const there[] = {"/nowhere", NULL};

	return libpq_fails() ? real.PQconnectdbParams(nowhere, there, 0)
			     : real.PQconnectdbParams(keys, values, expand);
}

static int failing_sync(PGconn *c)
{
	return libpq_fails() ? 0 : real.PQpipelineSync(c);
}

static int failing_input(PGconn *c)
{
	return libpq_fails() ? 0 : real.PQconsumeInput(c);
}

static PGresult *failing_result(PGconn *c)
{
	return libpq_fails() ? NULL : real.PQgetResult(c);
}

static int failing_params(PGconn *c, const char *sql, int n, const unsigned *types,
	const char *const *values, const int *lengths, const int *formats, int format)
{
	return libpq_fails()
		       ? 0
		       : real.PQsendQueryParams(c, sql, n, types, values, lengths, formats, format);
}

static int failing_prepare(
	PGconn *c, const char *name, const char *sql, int n, const unsigned *types)
{
	return libpq_fails() ? 0 : real.PQsendPrepare(c, name, sql, n, types);
}

static int failing_prepared(PGconn *c, const char *name, int n, const char *const *values,
	const int *lengths, const int *formats, int format)
{
	return libpq_fails()
		       ? 0
		       : real.PQsendQueryPrepared(c, name, n, values, lengths, formats, format);
}

static void libpq_wrap(void)
{
	libpq_load();
	real = pq;
	pq.PQconnectdbParams = failing_connect;
	pq.PQpipelineSync = failing_sync;
	pq.PQconsumeInput = failing_input;
	pq.PQgetResult = failing_result;
	pq.PQsendQueryParams = failing_params;
	pq.PQsendPrepare = failing_prepare;
	pq.PQsendQueryPrepared = failing_prepared;
}

static void arm(enum site site, int64_t nth)
{
	libpq_nth = site == LIBPQ ? nth : 0;
	fault_inject(FAULT_SITE_ALLOC, site == ARENA ? nth : 0);
	fault_inject(FAULT_SITE_DB, site == CALL ? nth : 0);
}

/* ---- a journey of writes --------------------------------------------------------------------- */
enum { MESSAGES = 3, ID_BASE = 100000 };
struct journey {
	enum site site;
	int64_t nth, id;
	struct store *store;
};

static bool journey_apply(struct db *db, void *ctx)
{
	struct journey *j = ctx;
	struct person_name name = {.name = S("Jo of the faults")};
	struct person_email email = {
		.email = str_fmt(db->arena, "%lld@kontor.example", (long long)j->id)};
	str digest = str_fmt(db->arena, "digest of %lld", (long long)j->id);
	struct session_by_id_row row;

	arm(j->site, j->nth);
	MUST(demo_person_add(db, (struct person_id){j->id}, &name, &email, email.email, NULL, NULL,
		     S("en"), 0, 0, clock_now()) == 1);
	MUST(session_add(db, (struct session_id){j->id}, digest, BIT(ROLE_VISITOR), clock_now(),
		     instant_add(clock_now(), DAY_US)) == 1);
	for (int i = 0; i < MESSAGES; i++)
		outbox_add(db, (struct outbox_id){j->id * 10 + i}, S("test"), (struct person_id){0},
			(struct company_id){0}, 0, (struct subject_key_id){0}, 0, NULL, NULL,
			clock_now());
	db->viewer.session = j->id;
	(void)!session_by_id(db, (struct session_id){j->id}, &row);
	return true;
}

static bool disarm_apply(struct db *db, void *ctx)
{
	(void)db, (void)ctx;
	arm(LIBPQ, 0);
	return true;
}

static struct write_unit made_unit(bool (*apply)(struct db *, void *), void *ctx)
{
	return (struct write_unit){.viewer = {.roles = BIT(ROLE_VISITOR) | BIT(ROLE_SETUP)},
		.purposes = BIT(PURPOSE_SIGNIN) | BIT(PURPOSE_MAILING) | BIT(PURPOSE_SETUP),
		.arena = arena_make(1 << 20),
		.apply = apply,
		.ctx = ctx};
}

static enum write_result write_now(struct store *s, bool (*apply)(struct db *, void *), void *ctx)
{
	struct write_unit u = made_unit(apply, ctx);
	enum write_result r = store_write_wait(s, &u);

	arena_free(u.arena);
	return r;
}

/* Of all that the journey writes: all, or nothing. */
static void all_or_nothing(const struct journey *j, bool done)
{
	int64_t n = rows_number(
		dir, str_fmt(test_arena,
			     "select (select count(*) from r_person where id = %lld) + (select "
			     "count(*) from r_session where id = %lld) + (select count(*) from "
			     "r_outbox where id / 10 = %lld)",
			     (long long)j->id, (long long)j->id, (long long)j->id)
			     .p);

	if (n != (done ? 2 + MESSAGES : 0))
		TEST_FAIL("place %lld of %s: %s, and %lld rows are there", (long long)j->nth,
			site_names[j->site], done ? "done" : "not done", (long long)n);
}

static void sweep_writes(enum site site, int most, int step)
{
	struct store *s = fresh(rows_database());
	int faulted = 0, lost = 0, done = 0;

	log_level_set(LOG_ERROR + 1);
	for (int n = 1; n < most && done < 3; n += step) {
		struct journey j = {site, n, ID_BASE + n, s};
		enum write_result r = write_now(s, journey_apply, &j);

		faulted += r == WRITE_FAULTED;
		lost += r == WRITE_LOST;
		done = r == WRITE_DONE ? done + 1 : 0; /* the journey is shorter than n */
		for (int i = 0; i < 3 && write_now(s, disarm_apply, NULL) != WRITE_DONE; i++)
			;
		all_or_nothing(&j, r == WRITE_DONE);
	}
	printf("# %s: %d faulted, %d lost\n", site_names[site], faulted, lost);
	CHECK(faulted + lost > 0);
	struct journey last = {site, 0, ID_BASE - 1, s};

	CHECK_INT(WRITE_DONE, write_now(s, journey_apply, &last));
	all_or_nothing(&last, true);
	store_close(s);
	s = again(dir, NULL); /* keys without data are swept */
	CHECK_INT(0, rows_number(dir, "select count(*) from r_outbox m where not exists (select 1 "
				      "from r_session s where s.id = m.id / 10)"));
	over(s);
}

TEST(every_call_of_the_client_library_in_a_write_fails_once)
{
	sweep_writes(LIBPQ, 600, 1);
}

TEST(every_allocation_of_a_write_fails_once)
{
	sweep_writes(ARENA, 300, 1);
}

TEST(every_database_call_of_a_write_fails_once)
{
	sweep_writes(CALL, 300, 1);
}

/* ---- reads ----------------------------------------------------------------------------------- */
static bool read_once(struct store *s, struct db *db, struct arena *a)
{
	struct session_by_id_row row;

	store_read_begin(s, db, a, (struct viewer){.roles = BIT(ROLE_VISITOR), .session = ID_BASE},
		BIT(PURPOSE_SIGNIN));
	return session_by_id(db, (struct session_id){ID_BASE}, &row);
}

/* The read gives the whole truth or faults; then the same thread reads again. */
static void *read_journey(void *p)
{
	struct journey *j = p;
	struct arena *a = arena_make(1 << 20);
	struct db db = {0};
	struct fault_point fp;

	arm(j->site, j->nth);
	if (FAULT_TRY(fp)) {
		if (!read_once(j->store, &db, a))
			TEST_FAIL("place %lld: a wrong answer", (long long)j->nth);
		FAULT_END(fp);
	} else {
		j->id++;
	}
	arm(j->site, 0);
	store_read_drop(j->store);
	if (FAULT_TRY(fp)) {
		CHECK(read_once(j->store, &db, a));
		FAULT_END(fp);
	} else {
		TEST_FAIL("behind place %lld: %s", (long long)j->nth, fp.what);
	}
	store_read_drop(j->store);
	arena_free(a);
	return NULL;
}

/* Each on a thread of its own: its connection is made in the journey too. */
static void sweep_reads(enum site site, int most)
{
	struct store *s = fresh(rows_database());
	struct journey there = {site, 0, ID_BASE, s};
	int64_t faulted = 0;

	log_level_set(LOG_ERROR + 1);
	CHECK_INT(WRITE_DONE, write_now(s, journey_apply, &there));
	for (int n = 1; n < most; n++) {
		struct journey j = {site, n, 0, s};
		pthread_t t;

		pthread_create(&t, NULL, read_journey, &j);
		pthread_join(t, NULL);
		faulted += j.id;
	}
	printf("# %s: %lld faulted\n", site_names[site], (long long)faulted);
	CHECK(faulted > 0);
	over(s);
}

TEST(every_call_of_the_client_library_in_a_read_fails_once)
{
	sweep_reads(LIBPQ, 40);
}

TEST(every_allocation_of_a_read_fails_once)
{
	sweep_reads(ARENA, 20);
}

TEST(every_database_call_of_a_read_fails_once)
{
	sweep_reads(CALL, 12);
}

int main(void)
{
	libpq_wrap();
	return test_main();
}
