/* The store on PostgreSQL: units and batches, what a connection that is lost in a commit leaves, a
 * database that goes away and comes back, one that is older than the last erasure, and who may open
 * what. The program's flows on it: test/journey, with KONTOR_PG (make test-pg). */
#include "test/pg/installation.h"
#include "test/pg/proxy.h"
#include "web/web.h"

#include "gen/outbox.sql.h"
#include "gen/session.sql.h"
#include "gen/stock.sql.h"

static int64_t number(const char *sql)
{
	return rows_number(dir, sql);
}

/* ---- units ----------------------------------------------------------------------------------- */
struct piece {		   /* a session with this number */
	int64_t id, other; /* other: one more, which may be refused */
	int64_t rows, other_rows;
	bool refuse, broken;
	enum write_result result;
	struct write_unit unit;
};
enum { SESSION_BASE = 1000 };

static int64_t session(struct db *db, int64_t id)
{
	char digest[40];
	int n = snprintf(digest, sizeof digest, "digest of %lld", (long long)id);

	return session_add(db, (struct session_id){id}, (str){digest, (size_t)n}, BIT(ROLE_VISITOR),
		clock_now(), instant_add(clock_now(), DAY_US));
}

static bool piece_apply(struct db *db, void *ctx)
{
	struct piece *p = ctx;

	p->rows = session(db, p->id);
	if (p->other)
		p->other_rows = session(db, p->other);
	if (p->broken)
		fault(FAULT_BUG, "on purpose");
	return !p->refuse;
}

static enum write_result piece_write(struct store *s, struct piece *p)
{
	p->unit = (struct write_unit){.viewer = {.roles = BIT(ROLE_VISITOR)},
		.purposes = BIT(PURPOSE_SIGNIN),
		.arena = test_arena,
		.apply = piece_apply,
		.ctx = p};
	return p->result = store_write_wait(s, &p->unit);
}

static int64_t sessions(void)
{
	return number("select count(*) from r_session");
}

TEST(units_are_kept_refused_and_undone_alone)
{
	struct store *s = fresh(rows_database());
	struct piece good = {.id = 1}, refused = {.id = 2, .refuse = true},
		     broken = {.id = 3, .broken = true}, last = {.id = 4};

	CHECK_INT(WRITE_DONE, piece_write(s, &good));
	CHECK_INT(WRITE_REFUSED, piece_write(s, &refused));
	CHECK_INT(WRITE_FAULTED, piece_write(s, &broken));
	CHECK_INT(WRITE_DONE, piece_write(s, &last));
	CHECK_INT(1, refused.rows);
	CHECK_INT(2, sessions());
	over(s);
}

/* A row like another is refused with its statement alone: the unit goes on and is stored. */
TEST(a_clash_is_no_row_and_no_fault)
{
	struct store *s = fresh(rows_database());
	struct piece first = {.id = 1}, both = {.id = 2, .other = 1}, same = {.id = 1, .other = 5};

	CHECK_INT(WRITE_DONE, piece_write(s, &first));
	CHECK_INT(WRITE_DONE, piece_write(s, &both));
	CHECK_INT(1, both.rows);
	CHECK_INT(0, both.other_rows);
	CHECK_INT(WRITE_DONE, piece_write(s, &same));
	CHECK_INT(0, same.rows);
	CHECK_INT(1, same.other_rows);
	CHECK_INT(3, sessions());
	over(s);
}

static void many_done(struct write_unit *u, enum write_result r)
{
	struct piece *p = u->ctx;

	p->result = r;
}

TEST(units_that_wait_together_share_a_commit)
{
	enum { N = 200 };
	static struct piece v[N];
	struct store *s = fresh(rows_database());

	for (int i = 0; i < N; i++) {
		v[i] = (struct piece){.id = SESSION_BASE + i, .broken = i % 50 == 49};
		v[i].unit = (struct write_unit){.viewer = {.roles = BIT(ROLE_VISITOR)},
			.purposes = BIT(PURPOSE_SIGNIN),
			.arena = arena_make(1 << 20),
			.apply = piece_apply,
			.done = many_done,
			.ctx = &v[i]};
		store_write(s, &v[i].unit);
	}
	struct piece last = {.id = 1};

	CHECK_INT(WRITE_DONE, piece_write(s, &last));
	for (int i = 0; i < N; i++) {
		CHECK_INT(v[i].broken ? WRITE_FAULTED : WRITE_DONE, v[i].result);
		arena_free(v[i].unit.arena);
	}
	CHECK_INT(N - N / 50 + 1, sessions());
	CHECK(store_writes(s).batches < N / 2);
	over(s);
}

/* ---- writes whose answer is looked at later -------------------------------------------------- */
enum { LATER_MANY = 500, UNITS = 60 };
struct later {
	int64_t id; /* of its session, and of its messages from id * 1000 on */
	enum { GOOD, NO_ROW, NO_PARENT, TWICE, REFUSED, KINDS } kind;
	enum write_result result;
	struct write_unit unit;
};

static void message(struct db *db, int64_t id)
{
	outbox_add(db, (struct outbox_id){id}, S("test"), (struct person_id){0},
		(struct company_id){0}, 0, (struct subject_key_id){0}, 0, NULL, NULL, clock_now());
}

static bool later_apply(struct db *db, void *ctx)
{
	const struct later *l = ctx;

	if (session(db, l->id) != 1)
		return false;
	for (int i = 0; i < (l->id == 1 ? LATER_MANY : 3); i++)
		message(db, l->id * 1000 + i);
	switch (l->kind) {
	case NO_ROW: stock_number_next(db, (struct number_series_id){99}); break;
	case NO_PARENT:
		stock_number_start(
			db, (struct number_series_id){l->id}, (struct company_id){99}, 2026);
		break;
	case TWICE: message(db, l->id * 1000); break;
	case GOOD:
	case REFUSED:
	case KINDS: break;
	}
	message(db, l->id * 1000 + 900);
	return l->kind != REFUSED;
}

static void later_done(struct write_unit *u, enum write_result r)
{
	((struct later *)u->ctx)->result = r;
}

static struct write_unit later_unit(struct later *l)
{
	return (struct write_unit){
		.viewer = {.roles = BIT(ROLE_VISITOR) | BIT(ROLE_SETUP) | BIT(ROLE_BUYER)},
		.purposes = BIT(PURPOSE_SIGNIN) | BIT(PURPOSE_MAILING) | BIT(PURPOSE_STOCK),
		.arena = arena_make(1 << 20),
		.apply = later_apply,
		.done = later_done,
		.ctx = l};
}

/* What one of them does wrong undoes its own unit, also when that was only seen after others had
 * followed, and no unit beside it. */
TEST(writes_that_are_looked_at_later_undo_their_own_unit_alone)
{
	static struct later v[UNITS];
	struct store *s = fresh(rows_database());
	int64_t kept = 0;

	for (int i = 0; i < UNITS; i++) {
		v[i] = (struct later){.id = i + 1, .kind = (i + 5) % KINDS};
		v[i].unit = later_unit(&v[i]);
		kept += v[i].kind == GOOD;
		store_write(s, &v[i].unit);
	}
	struct piece last = {.id = 100000};

	CHECK_INT(WRITE_DONE, piece_write(s, &last));
	for (int i = 0; i < UNITS; i++) {
		CHECK_INT(v[i].kind == GOOD	 ? WRITE_DONE
			  : v[i].kind == REFUSED ? WRITE_REFUSED
						 : WRITE_FAULTED,
			v[i].result);
		arena_free(v[i].unit.arena);
	}
	CHECK_INT(kept + 1, sessions());
	CHECK_INT(kept * 4 + LATER_MANY - 3, number("select count(*) from r_outbox"));
	CHECK_INT(0, number("select count(*) from r_number_series"));
	over(s);
}

/* Somebody else holds what a unit needs: it ends after its time, and the others go on. */
TEST(a_unit_that_waits_too_long_is_undone_alone)
{
	struct store *s = fresh(rows_database());
	PGconn *other = rows_connect(rows_name().p);
	struct piece one = {.id = 1}, two = {.id = 2};

	pq.PQclear(rows_run(other, "begin; lock table r_session in exclusive mode"));
	CHECK_INT(WRITE_FAULTED, piece_write(s, &one));
	CHECK_INT(FAULT_TIME, one.unit.fault.kind);
	pq.PQclear(rows_run(other, "rollback"));
	pq.PQfinish(other);
	CHECK_INT(WRITE_DONE, piece_write(s, &two));
	CHECK_INT(1, sessions());
	over(s);
}

/* ---- connections ----------------------------------------------------------------------------- */
static int64_t seen(struct store *s, int64_t id)
{
	struct viewer v = {.roles = BIT(ROLE_VISITOR), .session = id};
	struct db db;
	volatile int64_t n = -1;
	struct fault_point fp;

	store_read_begin(s, &db, test_arena, v, BIT(PURPOSE_SIGNIN));
	if (FAULT_TRY(fp)) {
		struct session_by_id_row row;

		n = session_by_id(&db, (struct session_id){id}, &row);
		FAULT_END(fp);
	}
	store_read_end(&db);
	return n;
}

static void everybody_out(void)
{
	rows_cut(dir, "usename like '%_app' or usename like '%_house'");
}

/* A connection that ended while nobody spoke is made anew before anybody notices. */
TEST(a_database_that_was_away_is_found_again)
{
	struct store *s = fresh(rows_database());
	struct piece one = {.id = 1}, two = {.id = 2}, three = {.id = 3};

	CHECK_INT(WRITE_DONE, piece_write(s, &one));
	CHECK_INT(1, seen(s, 1));
	everybody_out();
	usleep(200000);
	CHECK_INT(1, seen(s, 1));
	CHECK_INT(WRITE_DONE, piece_write(s, &two));
	everybody_out();
	usleep(200000);
	CHECK_INT(WRITE_DONE, piece_write(s, &three));
	CHECK_INT(3, sessions());
	over(s);
}

static void cut_before(const char *where)
{
	if (strstr(where, "commit is sent"))
		proxy_cut(PROXY_NOW);
}

static void cut_behind(const char *where)
{
	if (strstr(where, "commit is sent"))
		proxy_cut(PROXY_ANSWERS);
}

/* The commit does not arrive: the batch is lost, and says so. */
TEST(a_commit_that_did_not_come_is_not_told_as_stored)
{
	struct store *s = fresh(proxy_begin(rows_database()));
	struct piece one = {.id = 1}, two = {.id = 2};

	store_crash_point = cut_before;
	CHECK_INT(WRITE_LOST, piece_write(s, &one));
	store_crash_point = NULL;
	CHECK_INT(0, sessions());
	CHECK_INT(WRITE_DONE, piece_write(s, &two));
	CHECK_INT(1, sessions());
	over(s);
	proxy_end();
}

/* The commit arrives, its answer does not: the batch is stored, and is told as that. */
TEST(a_commit_whose_answer_was_lost_is_told_as_stored)
{
	struct store *s = fresh(proxy_begin(rows_database()));
	struct piece one = {.id = 1}, two = {.id = 2};

	store_crash_point = cut_behind;
	CHECK_INT(WRITE_DONE, piece_write(s, &one));
	store_crash_point = NULL;
	CHECK_INT(1, sessions());
	CHECK_INT(WRITE_DONE, piece_write(s, &two));
	CHECK_INT(2, sessions());
	over(s);
	proxy_end();
}

/* ---- installations --------------------------------------------------------------------------- */
TEST(an_installation_finds_its_database_and_no_other)
{
	const char *database = rows_database();
	struct store *s = fresh(database);
	struct piece one = {.id = 1};
	char other[300] = "/tmp/kontor-store-XXXXXX";

	CHECK_INT(WRITE_DONE, piece_write(s, &one));
	store_close(s);
	s = again(dir, NULL); /* DIR/database says where */
	CHECK_INT(1, seen(s, 1));
	store_close(s);
	MUST(mkdtemp(other));
	CHECK_FAULT_SAYS(FAULT_STORE, "holds an installation already",
		store_open(&(struct store_options){.dir = other,
			.policy = policy_of(),
			.database = database,
			.create = true}));
	nftw(other, removed, 16, FTW_DEPTH | FTW_PHYS);
	over(again(dir, NULL));
}

TEST(what_is_not_ours_is_refused)
{
	struct store *s = fresh(rows_database());

	store_close(s);
	rows_change(dir, "update r_schema_file set digest = '\\x00' where id = 1");
	CHECK_FAULT_SAYS(FAULT_STORE, "was edited after it was applied", again(dir, NULL));
	rows_change(dir, "delete from r_schema_file where id = 1; insert into r_schema_file (id, "
			 "name, digest, applied_at) values (9999, '9999-later.sql', '\\x00', 1)");
	CHECK_FAULT_SAYS(FAULT_STORE, "newer program", again(dir, NULL));
	CHECK_FAULT_SAYS(FAULT_OUTSIDE, "must name the database", again(dir, "postgresql://h/"));
	CHECK_FAULT_SAYS(FAULT_STORE, "cannot log in",
		again(dir, "postgresql://nobody@/nothing?host=/nowhere"));
	nftw(dir, removed, 16, FTW_DEPTH | FTW_PHYS);
	rows_drop();
}

/* Guards that were changed behind the program's back, or by another policy, are made anew. */
TEST(guards_follow_the_policy)
{
	struct store *s = fresh(rows_database());

	store_close(s);
	rows_change(dir, "update kontor.made set guards = 'another'; drop schema trade cascade");
	s = again(dir, NULL);
	CHECK_INT(1, number("select count(*) from pg_namespace where nspname = 'trade'"));
	over(s);
}

/* A file that came later changes a column on which views and policies stand. */
TEST(tables_change_under_their_guards)
{
	static const struct schema_file more = {"9999-about.sql",
		{"alter table r_company drop column about; alter table r_company add column about "
		 "text null;",
			0}};
	struct store *s = fresh(rows_database());
	struct schema_file files[512];
	size_t n = 0;

	store_close(s);
	for (; schema_files[n].name; n++)
		files[n] = schema_files[n];
	files[n] = more;
	files[n].text = str_of(more.text.p);
	files[n + 1] = (struct schema_file){0};
	for (int i = 0; i < 2; i++) { /* and then it is done */
		s = store_open(&(struct store_options){
			.dir = dir, .policy = policy_of(), .schema = files});
		CHECK_INT(1, number("select count(*) from r_schema_file where id = 9999"));
		if (!i)
			store_close(s);
	}
	over(s);
}

/* ---- erasure --------------------------------------------------------------------------------- */
static bool erase_apply(struct db *db, void *ctx)
{
	db_erase_subject(db, *(int64_t *)ctx);
	return true;
}

/* An older copy of the database brings somebody back as they were; the next start erases again. */
TEST(a_database_older_than_an_erasure_is_brought_up_to_it)
{
	struct store *s = fresh(rows_database());
	int64_t subject = 4711;
	struct write_unit u = {.arena = test_arena, .apply = erase_apply, .ctx = &subject};

	CHECK_INT(WRITE_DONE, store_write_wait(s, &u));
	CHECK_INT(1, number("select count(*) from r_journal where closed_at is not null"));
	store_close(s);
	rows_change(dir, "delete from r_subject; delete from r_journal");
	s = again(dir, NULL);
	CHECK_INT(SUBJECT_ERASED, number("select state from r_subject where id = 4711"));
	over(s);
}

int main(void)
{
	return test_main();
}
