/* What the database gives up because somebody else is in the way (an administrator, a migration, a
 * job of theirs): deadlocks with a session that locks in the other order, and conflicts that a
 * trigger of theirs raises in a statement or at the commit. Units and batches are run again: stored
 * once, answered once (decision 269). */
#include "test/pg/installation.h"

#include "test/fault/orders.h"

#include "gen/session.sql.h"

enum { BLOCKS_US = 150000, WAIT_TRIES = 500 };

static int64_t number(const char *sql)
{
	return rows_number(dir, sql);
}

/* ---- units: each touches sessions, in its order ---------------------------------------------- */
struct piece {
	int64_t added; /* a session, once */
	int64_t touched[2];
	int64_t sleep_us; /* so that those behind it share a batch */
	bool once;	  /* it may not be run again */
	int runs, answers;
	enum write_result result;
	struct write_unit unit;
};

static int64_t session(struct db *db, int64_t id)
{
	str digest = str_fmt(db->arena, "digest of %lld", (long long)id);

	return session_add(db, (struct session_id){id}, digest, BIT_(ROLE_VISITOR), clock_now(),
		instant_add(clock_now(), DAY_US));
}

static bool piece_apply(struct db *db, void *ctx)
{
	struct piece *p = ctx;

	p->runs++;
	usleep((useconds_t)p->sleep_us);
	for (size_t i = 0; i < COUNT(p->touched); i++)
		if (p->touched[i] &&
			session_touch(db, (struct session_id){p->touched[i]}, clock_now()) != 1)
			return false;
	return !p->added || session(db, p->added) == 1;
}

static void piece_done(struct write_unit *u, enum write_result r)
{
	struct piece *p = u->ctx;

	p->answers++;
	p->result = r;
}

static void piece_unit(struct piece *p)
{
	p->unit = (struct write_unit){.viewer = {.roles = BIT_(ROLE_VISITOR)},
		.purposes = BIT_(PURPOSE_SIGNIN),
		.arena = arena_make(1 << 20),
		.apply = piece_apply,
		.again = p->once ? NULL : write_as_it_is,
		.done = piece_done,
		.ctx = p};
}

static enum write_result piece_write(struct store *s, struct piece *p)
{
	piece_unit(p);
	p->result = store_write_wait(s, &p->unit);
	arena_free(p->unit.arena);
	return p->result;
}

/* All of them in one batch, behind one that takes its time. */
static struct piece first;
static void together(struct store *s, struct piece *v, size_t n)
{
	first = (struct piece){.sleep_us = BLOCKS_US};
	piece_unit(&first);
	store_write(s, &first.unit);
	usleep(BLOCKS_US / 3);
	for (size_t i = 0; i < n; i++) {
		piece_unit(&v[i]);
		store_write(s, &v[i].unit);
	}
}

static void together_end(struct store *s, struct piece *v, size_t n)
{
	struct piece last = {0};

	CHECK_INT(WRITE_DONE, piece_write(s, &last));
	arena_free(first.unit.arena);
	for (size_t i = 0; i < n; i++) {
		CHECK_INT(1, v[i].answers);
		arena_free(v[i].unit.arena);
	}
}

static struct store *with_sessions(void)
{
	struct store *s = fresh(rows_database());
	struct piece one = {.added = 1}, two = {.added = 2};

	CHECK_INT(WRITE_DONE, piece_write(s, &one));
	CHECK_INT(WRITE_DONE, piece_write(s, &two));
	return s;
}

/* ---- the other session ----------------------------------------------------------------------- */
struct other {
	PGconn *c;
	const char *sql;
	pthread_t thread;
};

static void *other_main(void *ctx)
{
	struct other *o = ctx;

	pq.PQclear(rows_run(o->c, o->sql));
	return NULL;
}

static bool waits_for_a_row(const char *who)
{
	const char *sql = str_fmt(test_arena,
		"select count(*) from pg_stat_activity where usename %s and wait_event_type = "
		"'Lock' and wait_event <> 'advisory' and datname = current_database()",
		who)
				  .p;

	for (int i = 0; i < WAIT_TRIES; i++) {
		if (number(sql))
			return true;
		usleep(5000);
	}
	return false;
}

/* Holds what this locks. It waits patiently itself: the other side is the victim. */
static struct other other_holds(const char *this)
{
	struct other o = {.c = rows_connect(rows_name().p)};

	pq.PQclear(rows_run(
		o.c, str_fmt(test_arena, "set deadlock_timeout = '20s'; begin; %s", this).p));
	return o;
}

/* Once the writer waits for that, asks for what the writer holds. */
static void other_asks(struct other *o, const char *then)
{
	CHECK(waits_for_a_row("like '%\\_house'"));
	o->sql = then;
	MUST(!pthread_create(&o->thread, NULL, other_main, o));
	CHECK(waits_for_a_row("= 'admin'"));
}

static void other_ends(struct other *o)
{
	pthread_join(o->thread, NULL);
	usleep(BLOCKS_US);
	pq.PQclear(rows_run(o->c, "commit"));
	pq.PQfinish(o->c);
}

/* ---- deadlocks ------------------------------------------------------------------------------- */
#define TOUCH(id) "update base.r_session set seen_at = seen_at + 0 where id = " #id

/* One unit holds what the other session needs, and waits for it. */
TEST(a_unit_that_is_a_deadlocks_victim_is_run_again_with_its_batch)
{
	struct store *s = with_sessions();
	struct piece v[] = {{.added = 10}, {.added = 11, .touched = {2, 1}}, {.added = 12}};
	struct other o = other_holds(TOUCH(1));

	together(s, v, COUNT(v));
	other_asks(&o, TOUCH(2));
	other_ends(&o);
	together_end(s, v, COUNT(v));
	for (size_t i = 0; i < COUNT(v); i++)
		CHECK_INT(WRITE_DONE, v[i].result);
	CHECK_INT(2, v[0].runs);
	CHECK_INT(2, v[1].runs);
	CHECK_INT(1, v[2].runs);
	CHECK_INT(5, number("select count(*) from r_session"));
	over(s);
}

/* One unit holds it, another one waits. */
TEST(a_batch_that_is_a_deadlocks_victim_is_run_again_whole)
{
	struct store *s = with_sessions();
	struct piece v[] = {{.added = 10, .touched = {2}}, {.added = 11, .touched = {1}},
		{.added = 12}, {.added = 13, .once = true}};
	struct other o = other_holds(TOUCH(1));

	together(s, v, COUNT(v));
	other_asks(&o, TOUCH(2));
	other_ends(&o);
	together_end(s, v, COUNT(v));
	for (size_t i = 0; i < COUNT(v); i++)
		CHECK_INT(WRITE_DONE, v[i].result);
	CHECK_INT(2, v[0].runs);
	CHECK_INT(2, v[1].runs);
	CHECK_INT(1, v[2].runs);
	CHECK_INT(6, number("select count(*) from r_session"));
	CHECK_INT(2, (int64_t)store_writes(s).again);
	over(s);
}

/* ---- conflicts that a trigger raises --------------------------------------------------------- */
/* The first `most` times that a session of this number is stored; at the commit, or in the
 * statement. A sequence keeps counting when its transaction is undone. */
static void raises(int64_t id, int most, bool at_commit)
{
	rows_change(
		dir, str_fmt(test_arena,
			     "create sequence public.raised; grant usage on sequence "
			     "public.raised to public; grant usage on schema public to public; "
			     "create function public.raises() returns trigger language plpgsql "
			     "security definer as $$ begin if new.id = %lld and "
			     "pg_catalog.nextval('public.raised') operator(pg_catalog.<=) %d "
			     "then raise exception 'on purpose' using errcode = '40001'; end "
			     "if; return null; end $$; create constraint trigger raises after "
			     "insert on base.r_session %s for each row execute function "
			     "public.raises()",
			     (long long)id, most, at_commit ? "deferrable initially deferred" : "")
			     .p);
}

static void raised(int most, bool at_commit)
{
	struct store *s = with_sessions();
	struct piece v[] = {{.added = 10}, {.added = 11}, {.added = 12}};

	raises(11, most, at_commit);
	together(s, v, COUNT(v));
	together_end(s, v, COUNT(v));
	for (size_t i = 0; i < COUNT(v); i++)
		CHECK_INT(WRITE_DONE, v[i].result);
	CHECK_INT(most + 1, v[0].runs);
	CHECK_INT(most + 1, v[1].runs);
	CHECK_INT(at_commit ? most + 1 : 1, v[2].runs);
	CHECK_INT(5, number("select count(*) from r_session"));
	over(s);
}

TEST(a_conflict_in_a_statement_runs_the_batch_again)
{
	raised(WRITE_TRIES_MAX - 1, false);
}

TEST(a_conflict_at_the_commit_runs_the_batch_again)
{
	raised(2, true);
}

/* So often and no more: then it harms its own unit alone, and the next is taken. */
TEST(a_conflict_that_does_not_end_is_given_up)
{
	struct store *s = with_sessions();
	struct piece v[] = {{.added = 10}, {.added = 11}, {.added = 12}};

	raises(11, 1000, false);
	together(s, v, COUNT(v));
	together_end(s, v, COUNT(v));
	CHECK_INT(WRITE_DONE, v[0].result);
	CHECK_INT(WRITE_FAULTED, v[1].result);
	CHECK_INT(FAULT_RETRY, v[1].unit.fault.kind);
	CHECK_INT(WRITE_DONE, v[2].result);
	CHECK_INT(WRITE_TRIES_MAX, v[1].runs);
	CHECK_INT(WRITE_TRIES_MAX, v[0].runs);
	CHECK_INT(4, number("select count(*) from r_session"));
	over(s);
}

/* Whoever cannot be run again is told that nothing of it is stored, and is in nobody's way. */
TEST(what_may_run_once_only_is_lost_and_the_others_go_on)
{
	struct store *s = with_sessions();
	struct piece v[] = {{.added = 10, .once = true}, {.added = 11}, {.added = 12}};

	raises(11, 2, true);
	together(s, v, COUNT(v));
	together_end(s, v, COUNT(v));
	CHECK_INT(WRITE_LOST, v[0].result);
	CHECK_INT(1, v[0].runs);
	CHECK_INT(WRITE_DONE, v[1].result);
	CHECK_INT(WRITE_DONE, v[2].result);
	CHECK_INT(0, number("select count(*) from r_session where id = 10"));
	CHECK_INT(4, number("select count(*) from r_session"));
	over(s);
}

/* ---- the program ----------------------------------------------------------------------------- */
static void orders_begin(void)
{
	home_make();
	world_make_in(program_home);
	clients_make();
	REQUIRE(server_start(&server, market, "--behind-proxy"));
}

static void orders_end(void)
{
	CHECK_INT(0, server_end(&server, SIGTERM));
	books();
	counts_print();
	CHECK_INT(0, troubles);
	clients_end();
	rows_drop();
	home_end();
	counts_clear();
}

/* A supplier's next number is locked by somebody who then wants the goods that the order has. */
TEST(an_order_in_a_deadlock_is_placed_once)
{
	struct client *c = &clients[0];
	pthread_t t;

	orders_begin();
	while (c->nth < SELLERS) /* each has numbers */
		REQUIRE(step(c));
	atomic_store(&stop_after_cycle, true);
	int64_t offer = offers[(c->n + c->nth) % OFFERS];
	int64_t before = number("select count(*) from r_orders");
	struct other o = other_holds("update base.r_number_series set next = next");

	CHECK(step(c));
	CHECK_INT(STEP_ORDER, (int)c->step);
	MUST(!pthread_create(&t, NULL, client_main, c));
	other_asks(&o,
		str_fmt(test_arena, "update base.r_offer set reserved = reserved where id = %lld",
			(long long)offer)
			.p);
	other_ends(&o);
	pthread_join(t, NULL);
	CHECK_INT(STEP_BASKET, (int)c->step);
	CHECK_INT(before + 1, number("select count(*) from r_orders"));
	said_read(server.log);
	SAYS("writes again");
	SAYS("deadlock detected");
	orders_end();
}

static void nothing_happens(void)
{
}

/* Orders of 64 clients, some of which meet conflicts in a statement or at the commit. */
TEST(orders_that_meet_conflicts_are_placed_once)
{
	orders_begin();
	rows_change(market,
		"create sequence public.raised; grant usage on schema public to public; create "
		"function public.raises() returns trigger language plpgsql security definer as $$ "
		"begin if nextval('public.raised') in (20, 60, 110) then raise exception 'on "
		"purpose' using errcode = '40001'; end if; return null; end $$; create constraint "
		"trigger raises after insert on base.r_order_line for each row execute function "
		"public.raises(); create constraint trigger raises_late after insert on "
		"base.r_order_event deferrable initially deferred for each row execute function "
		"public.raises()");
	clients_disturbed(1500, nothing_happens);
	said_read(server.log);
	SAYS("writes again");
	orders_end();
}

int main(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
	return test_main();
}
