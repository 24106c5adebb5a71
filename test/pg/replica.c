/* Reads from a standby (streaming replication between two clusters of this test's own): pages that
 * may lag are read there; whoever wrote is shown it, nobody who was erased or restricted is, and
 * what fails there is read again from the primary. */
#include "test/journey/catalogue.h"
#include "test/pg/cluster.h"

#include "gen/category.sql.h"

enum { SOON_MS = 20000, LAG_S_MAX = 5 }; /* as doc/postgresql.md says */

static struct cluster one, other;
static str offers_page, edit_page;

#define TERMS(sku) \
	"sku=" sku "&currency=EUR&unit=piece&tiers.0.quantity=1&tiers.0.price=2.50&min=1&step=1" \
	"&lead=3&on_hand=50"

/* ---- the standby ----------------------------------------------------------------------------- */
/* A number, asked of the standby's own engine. */
static int64_t of_standby(const char *sql)
{
	MUST(!setenv("KONTOR_PG", other.dir, 1));
	int64_t n = rows_number(journey.dir, sql);

	MUST(!setenv("KONTOR_PG", one.dir, 1));
	return n;
}

static const char *address_of(const struct cluster *c)
{
	return str_fmt(journey.arena, "postgresql://admin@/" STR_FMT "?host=%s",
		STR_ARG(rows_name()), c->dir)
		.p;
}

static bool soon(bool (*is)(void))
{
	for (int ms = 0; ms < SOON_MS; ms += 20) {
		if (is())
			return true;
		usleep(20000);
	}
	return false;
}

static bool used(void)
{
	return store_replicas_say(journey.store).v[0].used;
}

static bool unused(void)
{
	return !used();
}

static uint64_t reads(void)
{
	return store_replicas_say(journey.store).v[0].reads;
}

static bool is_paused(void)
{
	return of_standby("select (pg_get_wal_replay_pause_state() = 'paused')::int") == 1;
}

static void pause_replay(void)
{
	of_standby("select 1 from pg_wal_replay_pause()");
	CHECK(soon(is_paused));
}

static void resume_replay(void)
{
	of_standby("select 1 from pg_wal_replay_resume()");
}

/* The page of the supplier's offers, read on the standby or not. */
static bool from_standby(const char *who)
{
	uint64_t before = reads();

	as(who);
	get("%s", offers_page.p);
	return reads() > before;
}

static bool visitor_there(void)
{
	return from_standby("visitor");
}

static bool seller_there(void)
{
	return from_standby("nord");
}

static void world(void)
{
	MUST(!setenv("KONTOR_PG", one.dir, 1));
	begin();
	journey.peer = "127.0.0.1";
	store_replicas(journey.store, address_of(&other));
	offers_page = str_fmt(journey.arena, "/company/" STR_FMT "/offers", ID(1));
	edit_page = str_fmt(journey.arena, "/offers/" STR_FMT "/edit", ID(7000));
	as("nord");
	post_bare("/enter/" NORD "/sales", "%s", "");
	CHECK(soon(used));
}

/* ---- tests ----------------------------------------------------------------------------------- */
TEST(what_may_lag_is_read_from_the_standby)
{
	world();
	CHECK(soon(seller_there));
	want(200);
	has("N-1");
	CHECK(soon(visitor_there));
	want(200);
	has("N-1");
	CHECK(of_standby("select count(*) from pg_stat_activity where usename like '%_app' and "
			 "datname = current_database()") > 0);
	as("nord"); /* one's own offers are not the market's */
	uint64_t before = reads();

	get("/offers");
	want(200);
	get("/product/" STR_FMT, ID(PRODUCT)); /* lags for visitors alone */
	want(200);
	bearer("nord-sales");
	get("/api/v1/companies/" STR_FMT "/offers", ID(1));
	want(200);
	bearer("");
	CHECK_INT((int64_t)before, (int64_t)reads());
	as("other");
	get("/product/" STR_FMT, ID(PRODUCT));
	want(200);
	CHECK(reads() > before);
	get("/metrics");
	has("\nkontor_replica_used{replica=");
	has("\nkontor_replica_lag_seconds{replica=");
	has("\nkontor_reads_total{side=\"primary\"} ");
	CHECK_INT(0, (int64_t)store_replicas_say(journey.store).again);
	journey_end();
}

static bool visitor_sees_it(void)
{
	struct store_replicas x = store_replicas_say(journey.store);

	CHECK(!x.v[0].used || x.v[0].lag_us <= LAG_S_MAX * SECOND_US);
	as("visitor");
	get("%s", offers_page.p);
	return str_find(journey.body, S("N-8")) != (size_t)-1;
}

TEST(whoever_wrote_sees_it_while_the_standby_stands_still)
{
	world();
	CHECK(soon(seller_there));
	pause_replay();
	as("nord");
	get("%s", edit_page.p);
	post(edit_page.p, TERMS("N-8"));
	want(303);
	CHECK(!from_standby("nord"));
	want(200);
	has("N-8");
	bool there = used() && from_standby("visitor") && used();

	CHECK(there); /* or this machine took seconds for it, and nothing was asked */
	if (there)
		lacks("N-8");
	there = used() && !from_standby("visitor") && used();
	CHECK(!there);		      /* what it showed was not kept */
	CHECK(soon(visitor_sees_it)); /* too old by then */
	CHECK(unused());
	CHECK(!from_standby("nord"));
	has("N-8");
	resume_replay();
	CHECK(soon(seller_there));
	has("N-8");
	CHECK(visitor_sees_it());
	journey_end();
}

static bool restrict_it(struct db *db, void *ctx)
{
	const enum subject_state *state = ctx;

	if (*state == SUBJECT_ERASED)
		db_erase_subject(db, 1);
	else
		db_subject_state(db, 1, *state, false);
	return true;
}

static void subject_is(enum subject_state state)
{
	struct write_unit u = {.viewer = {.roles = BIT(ROLE_SETUP)},
		.purposes = BIT(PURPOSE_SETUP),
		.arena = test_arena,
		.apply = restrict_it,
		.ctx = &state};

	CHECK_INT(WRITE_DONE, store_write_wait(journey.store, &u));
}

/* A supplier is its own subject: its name is published, and goes out of sight with it. */
TEST(who_was_restricted_or_erased_is_not_shown_by_a_standby_that_stands_still)
{
	world();
	CHECK(soon(visitor_there));
	pause_replay();
	has("Nord GmbH");
	subject_is(SUBJECT_RESTRICTED);
	CHECK(unused());
	get("%s", offers_page.p);
	want(404);
	resume_replay();
	CHECK(soon(used));
	get("%s", offers_page.p);
	want(404);
	subject_is(SUBJECT_ACTIVE);
	CHECK(soon(visitor_there));
	want(200);
	pause_replay();
	subject_is(SUBJECT_ERASED);
	CHECK(unused());
	CHECK(!visitor_there());
	resume_replay();
	CHECK(soon(used));
	journey_end();
}

/* ---- what fails there ------------------------------------------------------------------------ */
static bool conflict_over(void)
{
	return of_standby(
		       "select count(*) from pg_stat_activity where usename like '%_app' and "
		       "state like 'idle in transaction%' and datname = current_database()") == 0;
}

/* On the standby: rows that its snapshot sees are taken away between two statements. */
static int conflict_show(struct req *r)
{
	struct category_top_rows top = category_top(r->db);

	if (r->db->shows) {
		rows_change(journey.dir, "update base.r_category set about = 'changed' where id "
					 "= 100");
		rows_change(journey.dir, "vacuum base.r_category");
		if (!soon(conflict_over))
			TEST_FAIL("the standby did not mind");
	}
	out_fmt(r->out, "%s %zu", r->db->shows ? "standby" : "primary", top.n);
	top = category_top(r->db);
	out_fmt(r->out, " " STR_FMT, STR_ARG(top.v[0].about));
	answer_type(r, "text/plain; charset=utf-8");
	return 200;
}

static const struct route conflict_routes[] = {
	{GET, "/conflict", ANYONE, BIT(PURPOSE_PUBLIC), PROOF_NONE, .get = conflict_show,
		.lag = LAG_ALL},
	{0}};

TEST(a_read_that_the_standby_cancels_is_read_again_from_the_primary)
{
	static const struct route *const more[] = {
		catalogue_routes, enter_routes, conflict_routes, NULL};
	static const struct web_options options = {.tables = more};

	cluster_stop(&other, "fast");
	MUST(!shell("echo 'max_standby_streaming_delay = 0' >>%s/data/postgresql.conf", other.dir));
	cluster_start(&other);
	world();
	web_free(journey.web);
	journey.web = web_make(journey.store, &options);
	CHECK(soon(visitor_there));
	get("/conflict");
	want(200);
	CHECK(str_eq(journey.body, S("primary 1 changed")));
	CHECK_INT(1, (int64_t)store_replicas_say(journey.store).again);
	CHECK(soon(visitor_there));
	journey_end();
}

static void refused(const char *address, const char *part)
{
	struct fault_point fp;

	if (FAULT_TRY(fp)) {
		store_replicas(journey.store, address);
		FAULT_END(fp);
		TEST_FAIL("%s was taken", address);
		return;
	}
	if (!strstr(fp.what, part))
		TEST_FAIL("%s: %s", address, fp.what);
}

/* On a cluster of its own, under the same name and with the same roles. */
TEST(what_holds_another_installation_is_refused)
{
	struct cluster third;
	struct policy_errors e = {0};
	char folder[] = "/tmp/kontor-another-XXXXXX";

	cluster_make(&third, "/tmp", NULL);
	cluster_start(&third);
	MUST(mkdtemp(folder) && !setenv("KONTOR_PG", third.dir, 1));
	store_close(store_open(&(struct store_options){.dir = folder,
		.policy = policy_read(test_arena, embedded_policy, embedded_policy_n, &e),
		.database = rows_database(),
		.create = true}));
	rows_made--; /* the next is called alike */
	MUST(!setenv("KONTOR_PG", one.dir, 1));
	begin();
	refused(address_of(&third), "holds another installation");
	journey_end();
	cluster_end(&third);
	MUST(!shell("rm -rf %s", folder));
}

/* Last: it is no standby any more. */
TEST(a_standby_that_is_promoted_is_not_read_from)
{
	world();
	CHECK(soon(visitor_there));
	cluster_promote(&other);
	CHECK(!visitor_there());
	want(200);
	CHECK(soon(unused));
	CHECK(!visitor_there());
	want(200);
	journey_end();
}

TEST(what_is_no_standby_of_this_database_is_refused)
{
	static const char *const wrong[][2] = {
		{"postgresql://admin@/other?host=/tmp", "under the same name"},
		{"dbname=kontor", "postgresql://HOST/NAME"},
		{"postgresql://a,b/%s", "several machines"},
	};

	for (size_t i = 0; i <= COUNT(wrong); i++) {
		MUST(!setenv("KONTOR_PG", one.dir, 1));
		begin();
		if (i == COUNT(wrong))
			refused(address_of(&one), "takes writes");
		else
			refused(str_fmt(journey.arena, wrong[i][0], rows_name().p).p, wrong[i][1]);
		journey_end();
	}
}

int main(void)
{
	int failed;

	log_level_set(LOG_ERROR);
	test_arena = arena_make(1 << 20);
	cluster_make(&one, "/tmp", NULL);
	cluster_start(&one);
	cluster_copy(&other, one.dir, true);
	cluster_start(&other);
	arena_free(test_arena);
	failed = test_main();
	test_arena = arena_make(1 << 20);
	cluster_end(&other);
	cluster_end(&one);
	arena_free(test_arena);
	return failed;
}
