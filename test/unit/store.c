/* The store from outside: reads, writes, guards, sealing, keys, replay. */
#include "store/backup.h"
#include "store_fixture.h"

#include <sodium.h>

TEST(opens_fills_reads)
{
	struct store *s = fx_filled();
	struct db db;

	store_read_begin(s, &db, test_arena, fx_viewer, FX_ALL);
	CHECK_INT(301, fx_int(&db, ORDER_GET, 301));
	CHECK_INT(1, fx_int(&db, ORDER_COUNT, 0));
	struct query *q = fx_q(&db, ORDER_LIST);

	REQUIRE(db_step(q));
	CHECK_TEXT("Rot", db_text(q, 1));
	CHECK(!db_step(q));
	(void)db_finish(q);
	q = fx_q(&db, ORDER_GET);
	db_bind_int(q, 1, 301);
	REQUIRE(db_step(q));
	CHECK_TEXT("Consignee Marker One", db_sealed(q, 3, "orders", "consignee"));
	(void)db_finish(q);
	store_read_end(&db);
	fx_end(s);
}

/* ---- writes ---- */
static bool state_apply(struct db *db, void *ctx)
{
	int64_t *v = ctx; /* order, state, rows */
	struct query *q = fx_q(db, ORDER_STATE);

	db_bind_int(q, 1, v[0]);
	db_bind_int(q, 2, v[1]);
	v[2] = db_finish(q);
	return true;
}

TEST(a_write_changes_what_the_gate_shows_and_nothing_else)
{
	struct store *s = fx_filled();
	struct viewer foreign = {.person = 203, .company = 103, .roles = BUYER},
		      nobody = {.roles = BUYER};
	int64_t mine[3] = {301, 2, -1}, again[3] = {301, 2, -1}, other[3] = {301, 1, -1},
		none[3] = {301, 1, -1};

	CHECK_INT(WRITE_DONE, fx_write(s, state_apply, mine));
	CHECK_INT(1, mine[2]);
	CHECK_INT(WRITE_DONE, fx_write(s, state_apply, again));
	CHECK_INT(0, again[2]);
	CHECK_INT(WRITE_DONE, fx_write_as(s, foreign, FX_ALL, state_apply, other));
	CHECK_INT(0, other[2]);
	CHECK_INT(WRITE_DONE, fx_write_as(s, nobody, FX_ALL, state_apply, none));
	CHECK_INT(0, none[2]);
	fx_end(s);
}

struct step {
	int64_t id;
	const char *number;
	int64_t buyer, seller, rows;
	bool keep, broken;
};

static bool step_apply(struct db *db, void *ctx)
{
	struct step *t = ctx;

	t->rows = fx_order_add(db, t->id, t->number, t->buyer, t->seller, "x");
	if (t->broken)
		fault(FAULT_BUG, "on purpose");
	return t->keep;
}

static int64_t orders_seen(struct store *s, int64_t company)
{
	struct db db;

	store_read_begin(s, &db, test_arena,
		(struct viewer){.person = 1, .company = company, .roles = BUYER}, FX_ALL);
	int64_t n = fx_int(&db, ORDER_COUNT, 0);

	store_read_end(&db);
	return n;
}

TEST(units_roll_back_alone)
{
	struct store *s = fx_filled();
	struct step good = {310, "B-10", 101, 102, 0, true, false},
		    refused = {311, "B-11", 101, 102, 0, false, false},
		    broken = {312, "B-12", 101, 102, 0, true, true};

	CHECK_INT(WRITE_DONE, fx_write(s, step_apply, &good));
	CHECK_INT(WRITE_REFUSED, fx_write(s, step_apply, &refused));
	CHECK_INT(WRITE_FAULTED, fx_write(s, step_apply, &broken));
	CHECK_INT(1, refused.rows);
	CHECK_INT(1, broken.rows);
	CHECK_INT(2, orders_seen(s, 101));
	fx_end(s);
}

/* Foreign buyer (the check), unknown seller, a number that is taken: three reasons, one answer. */
TEST(refusals_do_not_tell_why)
{
	struct store *s = fx_filled();
	struct step v[] = {{320, "B-20", 103, 102, -1, true, false},
		{321, "B-21", 101, 999, -1, true, false}, {322, "B-1", 101, 102, -1, true, false},
		{301, "B-23", 101, 102, -1, true, false}};

	for (size_t i = 0; i < COUNT(v); i++) {
		CHECK_INT(WRITE_DONE, fx_write(s, step_apply, &v[i]));
		CHECK_INT(0, v[i].rows);
	}
	CHECK_INT(1, orders_seen(s, 101));
	fx_end(s);
}

static atomic_int count_answers, count_done;

static void count(struct write_unit *x, enum write_result r)
{
	(void)x;
	atomic_fetch_add(&count_answers, 1);
	atomic_fetch_add(&count_done, r == WRITE_DONE);
}

TEST(group_commit_keeps_order_and_answers_all)
{
	enum { N = 500 };
	struct store *s = fx_filled();
	static struct write_unit u[N];
	static struct step v[N];

	for (int i = 0; i < N; i++) {
		v[i] = (struct step){1000 + i, str_fmt(test_arena, "N-%d", i).p, 101, 102, 0,
			i % 3 != 0, i % 7 == 0};
		u[i] = (struct write_unit){.viewer = fx_viewer,
			.purposes = FX_ALL,
			.arena = arena_make(1 << 20),
			.apply = step_apply,
			.ctx = &v[i]};
	}
	for (int i = 0; i < N; i++) {
		u[i].done = count;
		store_write(s, &u[i]);
	}
	struct step last = {5000, "last", 101, 102, 0, true, false};

	CHECK_INT(WRITE_DONE, fx_write(s, step_apply, &last));
	CHECK_INT(N, atomic_load(&count_answers));
	int want = 0;

	for (int i = 0; i < N; i++)
		want += v[i].keep && !v[i].broken;
	CHECK_INT(want, atomic_load(&count_done));
	CHECK_INT(want + 2, orders_seen(s, 101));
	for (int i = 0; i < N; i++)
		arena_free(u[i].arena);
	fx_end(s);
}

static bool slow_apply(struct db *db, void *ctx)
{
	(void)ctx;
	fx_int(db, BOMB, 0);
	return true;
}

TEST(a_slow_unit_is_cut_and_its_neighbours_stay)
{
	struct store *s = fx_filled();
	struct step good = {330, "B-30", 101, 102, 0, true, false};
	struct write_unit slow = {.viewer = fx_viewer,
		.purposes = FX_ALL,
		.arena = test_arena,
		.apply = slow_apply,
		.done = fx_nothing};

	CHECK_INT(WRITE_FAULTED, store_write_wait(s, &slow));
	CHECK_INT(FAULT_TIME, slow.fault.kind);
	CHECK_INT(WRITE_DONE, fx_write(s, step_apply, &good));
	CHECK_INT(2, orders_seen(s, 101));
	fx_end(s);
}

/* ---- reads ---- */
TEST(a_read_sees_one_snapshot)
{
	struct store *s = fx_filled();
	struct step more = {340, "B-40", 101, 102, 0, true, false};
	struct db db;

	store_read_begin(s, &db, test_arena, fx_viewer, FX_ALL);
	CHECK_INT(1, fx_int(&db, ORDER_COUNT, 0));
	CHECK_INT(WRITE_DONE, fx_write(s, step_apply, &more));
	CHECK_INT(1, fx_int(&db, ORDER_COUNT, 0));
	store_read_end(&db);
	CHECK_INT(2, orders_seen(s, 101));
	fx_end(s);
}

TEST(a_read_is_cut_after_five_seconds)
{
	struct store *s = fx_filled();
	struct db db;
	int64_t from = clock_mono_us();

	store_read_begin(s, &db, test_arena, fx_viewer, FX_ALL);
	CHECK_FAULT(FAULT_TIME, fx_int(&db, BOMB, 0));
	CHECK(clock_mono_us() - from < (READ_TRANSACTION_S_MAX + 3) * SECOND_US);
	CHECK_FAULT(FAULT_TIME, fx_int(&db, ORDER_COUNT, 0));
	store_read_end(&db);
	CHECK_INT(1, orders_seen(s, 101)); /* the connection goes on */
	fx_end(s);
}

TEST(limits_and_masks)
{
	struct store *s = fx_filled();
	struct db db;
	struct stmt stray = fx_v[ORDER_COUNT];

	store_read_begin(s, &db, test_arena, fx_viewer, P(PUBLIC));
	CHECK_FAULT(
		FAULT_POLICY, fx_int(&db, ORDER_COUNT, 0)); /* a purpose that was not declared */
	CHECK_TEXT("Blau", ({
		struct query *q = fx_q(&db, COMPANY_NAME);
		db_bind_int(q, 1, 101);
		MUST(db_step(q));
		str n = db_text(q, 0);
		(void)db_finish(q);
		n;
	}));
	store_read_end(&db);
	store_read_begin(
		s, &db, test_arena, (struct viewer){.session = 4, .roles = NOBODY}, FX_ALL);
	CHECK_FAULT(
		FAULT_POLICY, fx_int(&db, ORDER_COUNT, 0)); /* a role that may not act under it */
	store_read_end(&db);
	store_read_begin(s, &db, test_arena, fx_viewer, FX_ALL);
	CHECK_FAULT(FAULT_POLICY, db_start(&db, &stray));  /* the same text, not registered */
	CHECK_FAULT(FAULT_POLICY, fx_q(&db, ORDER_STATE)); /* a write on a reader */
	CHECK_FAULT(FAULT_BUG, store_read_begin(s, &(struct db){0}, test_arena, fx_viewer, FX_ALL));
	store_read_end(&db);
	CHECK_FAULT(FAULT_BUG, fx_q(&db, ORDER_COUNT)); /* after its end */
	fx_end(s);
}

TEST(viewer_is_null_when_unset)
{
	struct store *s = fx_filled();
	struct db db;

	store_read_begin(s, &db, test_arena, (struct viewer){.roles = BUYER}, FX_ALL);
	struct query *q = fx_q(&db, WHO);

	REQUIRE(db_step(q));
	CHECK(db_is_null(q, 0) && db_is_null(q, 1) && db_is_null(q, 2));
	CHECK_INT(BUYER, db_int(q, 3));
	(void)db_finish(q);
	CHECK_INT(0, fx_int(&db, ORDER_COUNT, 0));
	store_read_end(&db);
	fx_end(s);
}

/* ---- sealing ---- */
TEST(blind_indexes_find_what_is_written_differently)
{
	struct store *s = fx_filled();
	struct db db;
	uint8_t a[16], b[16];

	store_read_begin(s, &db, test_arena, fx_viewer, FX_ALL);
	struct query *q = fx_q(&db, PERSON_BY_EMAIL);

	db_bind_blind(q, 1, "person", "email.email", S(" anna.MARKER@blau.example"));
	REQUIRE(db_step(q));
	CHECK_INT(201, db_int(q, 0));
	CHECK_TEXT("Anna.Marker@Blau.example ", db_sealed(q, 1, "person", "email"));
	(void)db_finish(q);
	store_read_end(&db);
	blind_of(s, "person", "phone.phone", S("+49 (30) 555-01"), a);
	blind_of(s, "person", "phone.phone", S("0049 3055501"), b);
	CHECK(!memcmp(a, b, 16));
	blind_of(s, "person", "email.email", S("+49 (30) 555-01"), b);
	CHECK(memcmp(a, b, 16) != 0);
	fx_end(s);
}

static bool exec_apply(struct db *db, void *ctx)
{
	return fx_person_add(db, *(int64_t *)ctx, 101, 0, "k@x.example", "1") == 1;
}

/* A sealed record moved by hand to another row, another group, another table; a forged one. */
static void moved(const char *how)
{
	struct store *s = fx_filled();
	sqlite3 *db = lite_open(s->data_path, SQLITE_OPEN_READWRITE);

	lite_run(db, how);
	sqlite3_close(db);
	CHECK_FAULT(FAULT_STORE, fx_email(s, fx_viewer, PERSON_ACCOUNT, 201));
	fx_end(s);
}

TEST(a_moved_record_does_not_open)
{
	moved("update r_person set email = (select email from r_person where id = 202) where id = "
	      "201");
	moved("update r_person set email = (select phone from r_person where id = 201) where id = "
	      "201");
	moved("update r_person set email = (select consignee from r_orders where id = 301) where "
	      "id = 201");
	moved("update r_person set email = zeroblob(60) where id = 201");
}

TEST(a_record_does_not_open_under_a_later_key)
{
	struct store *s = fx_filled();
	char path[300];

	snprintf(path, sizeof path, "%s", s->keys_path);
	store_close(s);
	sqlite3 *db = lite_open(path, SQLITE_OPEN_READWRITE);

	/* the same bytes, as another version of the owner's key */
	lite_run(db, "update subject_key set made = made + 1000 where owner = 201");
	sqlite3_close(db);
	s = fx_open();
	CHECK_FAULT(FAULT_STORE, fx_email(s, fx_viewer, PERSON_ACCOUNT, 201));
	fx_end(s);
	/* a version that was written over: authenticated */
	moved("update r_person set email = cast(x'02ff00000000000000' || substr(email, 10) as blob)"
	      " where id = 201");
	/* format 1 has another label */
	moved("update r_person set email = cast(x'01' || substr(email, 10) as blob) where id = "
	      "201");
}

enum { NONCE_BYTES = 24, HEAD_2 = 9 };

/* The blob of 201's address as a program before versions sealed it. */
static void seal_as_before(struct store *s)
{
	uint8_t key[KEY_BYTES], plain[400], old[500];
	const char *label_2, *label_1 = "1 person.email row 201 key 201";
	sqlite3 *db = lite_open(s->data_path, SQLITE_OPEN_READWRITE);
	sqlite3_stmt *st = NULL;
	unsigned long long n = 0;
	int64_t version = keys_get(s->write_conn, 201, key);

	label_2 = str_fmt(
		test_arena, "2 person.email row 201 key 201 version %lld", (long long)version)
			  .p;
	MUST(!sqlite3_prepare_v2(db, "select email from r_person where id = 201", -1, &st, NULL) &&
		sqlite3_step(st) == SQLITE_ROW);
	const uint8_t *p = sqlite3_column_blob(st, 0);
	size_t size = (size_t)sqlite3_column_bytes(st, 0);

	CHECK_INT(2, p[0]);
	MUST(!crypto_aead_xchacha20poly1305_ietf_decrypt(plain, &n, NULL, p + HEAD_2 + NONCE_BYTES,
		size - HEAD_2 - NONCE_BYTES, (const void *)label_2, strlen(label_2), p + HEAD_2,
		key));
	sqlite3_finalize(st);
	old[0] = 1;
	random_bytes(old + 1, NONCE_BYTES);
	crypto_aead_xchacha20poly1305_ietf_encrypt(old + 1 + NONCE_BYTES, &n, plain, n,
		(const void *)label_1, strlen(label_1), NULL, old + 1, key);
	MUST(!sqlite3_prepare_v2(
		db, "update r_person set email = ?1 where id = 201", -1, &st, NULL));
	sqlite3_bind_blob(st, 1, old, (int)(1 + NONCE_BYTES + n), SQLITE_STATIC);
	MUST(sqlite3_step(st) == SQLITE_DONE);
	sqlite3_finalize(st);
	sqlite3_close(db);
}

TEST(a_record_without_key_version_still_opens)
{
	struct store *s = fx_filled();

	seal_as_before(s);
	CHECK_STR(S("Anna.Marker@Blau.example "), fx_email(s, fx_viewer, PERSON_ACCOUNT, 201));
	fx_end(s);
}

static bool subject_apply(struct db *db, void *ctx)
{
	int64_t *v = ctx; /* subject, state, held */

	db_subject_state(db, v[0], (enum subject_state)v[1], v[2]);
	return true;
}

TEST(subject_states_open_and_close)
{
	struct store *s = fx_filled();
	str mail = S("Anna.Marker@Blau.example ");
	int64_t restricted[] = {201, SUBJECT_RESTRICTED, 0}, active[] = {201, SUBJECT_ACTIVE, 0},
		held[] = {201, SUBJECT_ACTIVE, 1}, erased[] = {201, SUBJECT_ERASED, 1},
		released[] = {201, SUBJECT_ERASED, 0}, back[] = {201, SUBJECT_ACTIVE, 0};
	struct viewer v = fx_viewer;

	CHECK_INT(WRITE_DONE, fx_write(s, subject_apply, restricted));
	CHECK_STR(mail, fx_email(s, v, PERSON_ACCOUNT, 201));
	CHECK_STR(mail, fx_email(s, v, PERSON_PHONE, 201)); /* signin */
	struct db db;

	store_read_begin(s, &db, test_arena, v, FX_ALL);
	struct query *q = fx_q(&db, PERSON_MARKETING);

	REQUIRE(db_step(q));
	CHECK_INT(201, db_int(q, 0));
	CHECK(!db_sealed(q, 1, "person", "email").p);
	(void)db_finish(q);
	store_read_end(&db);
	CHECK_INT(WRITE_DONE, fx_write(s, subject_apply, active));
	CHECK_INT(WRITE_DONE, fx_write(s, subject_apply, held));
	CHECK_INT(WRITE_DONE, fx_write(s, subject_apply, erased));
	CHECK(!fx_email(s, v, PERSON_ACCOUNT, 201).p);
	CHECK_STR(mail, fx_email(s, v, PERSON_LEGAL, 201));
	CHECK_INT(WRITE_FAULTED, fx_write(s, subject_apply, back));
	CHECK_INT(WRITE_DONE, fx_write(s, subject_apply, released));
	CHECK(!fx_email(s, v, PERSON_LEGAL, 201).p);
	fx_end(s);
}

TEST(a_group_opens_only_for_purposes_that_read_it)
{
	struct store *s = fx_filled();
	struct db db;

	store_read_begin(s, &db, test_arena, fx_viewer, FX_ALL);
	struct query *q = fx_q(&db, PERSON_MARKETING);

	REQUIRE(db_step(q));
	CHECK_FAULT(FAULT_POLICY, db_sealed(q, 1, "person", "phone"));
	CHECK_FAULT(FAULT_POLICY, db_sealed(q, 1, "orders", "consignee"));
	CHECK_FAULT(FAULT_POLICY, db_sealed(q, 1, "person", "nothing"));
	(void)db_finish(q);
	store_read_end(&db);
	fx_end(s);
}

TEST(keys_rotate_and_everything_still_opens)
{
	struct store *s = fx_filled();
	uint8_t before[KEY_BYTES], cookie[2][KEY_BYTES], csrf[KEY_BYTES];

	memcpy(before, s->master, KEY_BYTES);
	store_secret(s, "cookie", cookie[0]);
	store_secret(s, "csrf", csrf);
	CHECK(memcmp(cookie[0], csrf, KEY_BYTES) != 0);
	store_keys_rotate(s);
	CHECK(memcmp(before, s->master, KEY_BYTES) != 0);
	store_close(s);
	s = fx_open();
	store_secret(s, "cookie", cookie[1]);
	CHECK(!memcmp(cookie[0], cookie[1], KEY_BYTES));
	CHECK_STR(S("Anna.Marker@Blau.example "), fx_email(s, fx_viewer, PERSON_ACCOUNT, 201));
	fx_end(s);
}

TEST(a_cut_off_rotation_is_settled)
{
	struct store *s = fx_filled();
	char next[400], now[400];

	snprintf(now, sizeof now, "%s/master.key", fx_dir);
	snprintf(next, sizeof next, "%s/master.key.next", fx_dir);
	store_close(s);
	file_write_synced(
		next, file_read(test_arena, now, 100), 0600); /* the secrets are wrapped by .next */
	file_write_synced(
		now, S("0000000000000000000000000000000000000000000000000000000000000000\n"), 0600);
	s = fx_open();
	CHECK_STR(S("Anna.Marker@Blau.example "), fx_email(s, fx_viewer, PERSON_ACCOUNT, 201));
	CHECK(access(next, F_OK));
	store_close(s);
	file_write_synced(next,
		S("1111111111111111111111111111111111111111111111111111111111111111\n"), 0600);
	s = fx_open(); /* cut off before the secrets were wrapped anew */
	CHECK(access(next, F_OK));
	store_close(s);
	CHECK(!chmod(now, 0644));
	CHECK_FAULT(FAULT_STORE, fx_open());
	fx_remove(fx_dir);
}

static int64_t raw_number(const char *file, const char *sql)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *st = NULL;
	char path[260];

	snprintf(path, sizeof path, "%s/%s", fx_dir, file);
	MUST(!sqlite3_open(path, &db) && !sqlite3_prepare_v2(db, sql, -1, &st, NULL));
	int64_t v = sqlite3_step(st) == SQLITE_ROW ? sqlite3_column_int64(st, 0) : 0;

	sqlite3_finalize(st);
	sqlite3_close(db);
	return v;
}

TEST(keys_made_by_a_unit_that_was_rolled_back_are_swept)
{
	struct store *s = fx_filled();
	struct step refused = {350, "B-50", 101, 102, 0, false, false};
	uint8_t key[KEY_BYTES];
	int64_t id = 250;

	CHECK_INT(WRITE_REFUSED, fx_write(s, step_apply, &refused));
	CHECK(keys_get(s->write_conn, 350, key));
	CHECK_INT(WRITE_DONE, fx_write(s, exec_apply, &id));
	store_close(s);
	CHECK_INT(0, raw_number("keys.db", "select count(*) from subject_key where owner = 350"));
	CHECK_INT(1, raw_number("keys.db", "select (select made from swept) = max(made) from "
					   "subject_key"));
	s = fx_open();
	CHECK(!keys_get(s->write_conn, 350, key));
	CHECK(keys_get(s->write_conn, 250, key));
	CHECK(keys_get(s->write_conn, 301, key));
	fx_end(s);
}

/* ---- replay ---- */
struct again {
	const char *key;
	struct digest body;
	enum replay r;
	struct replay_answer a;
};

static bool again_apply(struct db *db, void *ctx)
{
	struct again *x = ctx;

	x->r = db_replay(db, 201, "POST /order", str_of(x->key), x->body, &x->a);
	if (x->r == REPLAY_NEW)
		db_replay_keep(db, 201, "POST /order", str_of(x->key), x->body,
			(struct replay_answer){303, S("/order/1"), 77});
	return true;
}

TEST(the_same_key_gets_the_first_answer_for_a_day)
{
	struct store *s = fx_filled();
	struct again first = {"k1", digest_of(S("body")), 0, {0}}, second = first,
		     other = {"k1", digest_of(S("another")), 0, {0}},
		     third = {"k2", digest_of(S("body")), 0, {0}}, later = first;

	CHECK_INT(WRITE_DONE, fx_write(s, again_apply, &first));
	CHECK_INT(REPLAY_NEW, first.r);
	CHECK_INT(WRITE_DONE, fx_write(s, again_apply, &second));
	CHECK_INT(REPLAY_SAME, second.r);
	CHECK_INT(303, second.a.status);
	CHECK_STR(S("/order/1"), second.a.location);
	CHECK_INT(77, second.a.id);
	CHECK_INT(WRITE_DONE, fx_write(s, again_apply, &other));
	CHECK_INT(REPLAY_OTHER_BODY, other.r);
	CHECK_INT(WRITE_DONE, fx_write(s, again_apply, &third));
	CHECK_INT(REPLAY_NEW, third.r);
	clock_shift((int64_t)(IDEMPOTENCY_S + 1) * SECOND_US);
	CHECK_INT(WRITE_DONE, fx_write(s, again_apply, &later));
	CHECK_INT(REPLAY_NEW, later.r);
	clock_shift(0);
	fx_end(s);
}

TEST(answers_older_than_a_day_go_while_others_come)
{
	struct store *s = fx_filled();
	char key[8];

	for (int i = 0; i < 80; i++) {
		struct again x = {key, digest_of(S("body")), 0, {0}};

		snprintf(key, sizeof key, "k%d", i);
		CHECK_INT(WRITE_DONE, fx_write(s, again_apply, &x));
		CHECK_INT(REPLAY_NEW, x.r);
		if (i == 9) /* made in the first moments of 2024 */
			raw_number("data.db", "update r_replay set id = id % 1000 + 1");
	}
	CHECK_INT(0, raw_number("data.db", "select count(*) from r_replay where id < 10000"));
	CHECK_INT(70, raw_number("data.db", "select count(*) from r_replay"));
	fx_end(s);
}

/* ---- statements that change one row ---- */
static bool once_apply(struct db *db, void *ctx)
{
	const int64_t *order = ctx;

	MUST(fx_company_add(db, 400 + *order, "Neu") == 1);
	struct query *q = fx_q(db, ORDER_ONCE);

	db_bind_int(q, 1, *order);
	db_bind_int(q, 2, 3);
	db_once(q);
	return true;
}

TEST(a_statement_that_must_change_one_row_undoes_its_unit_when_it_does_not)
{
	struct store *s = fx_filled();
	int64_t none = 99, one = 301;

	CHECK_INT(WRITE_FAULTED, fx_write(s, once_apply, &none));
	CHECK_INT(WRITE_DONE, fx_write(s, once_apply, &one));
	CHECK_INT(WRITE_FAULTED, fx_write(s, once_apply, &one)); /* it is in that state already */
	CHECK_INT(0, raw_number("data.db", "select count(*) from r_company where id = 499"));
	CHECK_INT(1, raw_number("data.db", "select count(*) from r_company where id = 701"));
	CHECK_INT(3, raw_number("data.db", "select state from r_orders where id = 301"));
	fx_end(s);
}

/* ---- full text ---- */
static bool offer_apply(struct db *db, void *ctx)
{
	(void)ctx;
	for (int i = 1; i < 200; i++) {
		struct query *q = fx_q(db, OFFER_ADD);

		db_bind_int(q, 1, i);
		db_bind_text(q, 2, i == 7 ? S("steel bolt") : S("copper pipe"));
		if (db_finish(q) != 1)
			return false;
	}
	return true;
}

TEST(full_text_is_written_and_searched_under_the_authorizer)
{
	struct store *s = fx_filled();
	struct db db;

	CHECK_INT(WRITE_DONE, fx_write(s, offer_apply, NULL));
	store_read_begin(s, &db, test_arena, fx_viewer, FX_ALL);
	struct query *q = fx_q(&db, OFFER_FIND);

	db_bind_text(q, 1, S("bol*"));
	REQUIRE(db_step(q));
	CHECK_INT(7, db_int(q, 0));
	CHECK(!db_step(q));
	(void)db_finish(q);
	store_read_end(&db);
	fx_end(s);
}

/* ---- opening ---- */
static const char *open_what(struct store_options *o)
{
	static char what[240];
	struct fault_point fp;

	what[0] = 0;
	if (FAULT_TRY(fp)) {
		store_close(store_open(o));
		FAULT_END(fp);
	} else {
		snprintf(what, sizeof what, "%s", fp.what);
	}
	return what;
}
#define CHECK_SAYS(part, what) \
	(strstr((what), (part)) ? (void)0 : TEST_FAIL("\"%s\" does not say \"%s\"", (what), (part)))

TEST(one_process_owns_an_installation)
{
	struct store *s = fx_filled();
	struct store_options o = fx_options();
	char pid[40];

	snprintf(pid, sizeof pid, "process %d", (int)getpid());
	CHECK_SAYS(pid, open_what(&o));
	fx_end(s);
}

TEST(newer_and_edited_schemas_are_refused)
{
	struct store *s = fx_filled();
	struct store_options o = fx_options();
	struct schema_file
		edited[] = {o.schema[0], o.schema[1], {0}},
		older[] = {o.schema[0], {0}},
		more[] = {o.schema[0], o.schema[1],
			{"0003-more.sql",
				S("create table r_more (id integer primary key) strict;")},
			{0}},
		bad[] = {o.schema[0], o.schema[1], {"0003-bad.sql", S("create table x (; ")}, {0}};

	store_close(s);
	edited[1].text = str_cat(test_arena, edited[1].text, S(" "));
	o.schema = edited;
	CHECK_SAYS("0002-fixture.sql was edited", open_what(&o));
	o.schema = older;
	CHECK_SAYS("newer program (it has schema/0002-fixture.sql)", open_what(&o));
	o.schema = bad;
	CHECK_SAYS("0003-bad.sql", open_what(&o));
	o.schema = more; /* a table that the policy does not know */
	CHECK_SAYS("more", open_what(&o));
	fx_remove(fx_dir);
}

TEST(ids_do_not_come_again)
{
	struct store *s = fx_filled();
	struct step good = {360, "B-60", 101, 102, 0, true, false};
	int64_t made = id_make();

	CHECK_INT(WRITE_DONE, fx_write(s, step_apply, &good));
	int64_t kept = s->writer.id_high;

	CHECK(kept >= made);
	store_close(s);
	s = fx_open();
	CHECK(id_make() > made);
	fx_end(s);
}

TEST(files_are_private)
{
	static const char *const names[] = {
		"data.db", "data.db-wal", "keys.db", "keys.db-wal", "master.key", "kontor.lock"};
	struct store *s = fx_filled();
	struct stat st;

	for (size_t i = 0; i < COUNT(names); i++) {
		CHECK(!stat(str_fmt(test_arena, "%s/%s", fx_dir, names[i]).p, &st));
		CHECK_INT(0600, st.st_mode & 0777);
	}
	fx_end(s);
}

TEST(a_folder_that_is_none_is_named)
{
	struct store_options o = fx_options();

	o.create = false;
	o.dir = "/nonexistent/kontor";
	CHECK_SAYS("kontor init", open_what(&o));
	o.create = true;
	CHECK_SAYS("/nonexistent/kontor", open_what(&o));
}

int main(void)
{
	return test_main();
}
