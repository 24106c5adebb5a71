/* Erasure: in every file, at every moment. The process is killed between the two commits, in both
 * orders; planted markers and wrapped keys are looked for in every byte of the installation. */
#include "store_fixture.h"

#include <signal.h>

static bool file_holds(const char *path, str what)
{
	struct arena *a = arena_make((size_t)1 << 30);
	bool found = str_find(file_read(a, path, (size_t)1 << 29), what) != (size_t)-1;

	arena_free(a);
	return found;
}

/* How many files below dir hold the bytes. */
static int holds(const char *dir, str what)
{
	DIR *d = opendir(dir);
	int n = 0;

	for (struct dirent *e; d && (e = readdir(d));) {
		char path[600];
		struct stat st;

		snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
		if (e->d_name[0] == '.' || lstat(path, &st))
			continue;
		if (S_ISDIR(st.st_mode))
			n += holds(path, what);
		else if (S_ISREG(st.st_mode) && file_holds(path, what)) {
			printf("# found in %s\n", path);
			n++;
		}
	}
	if (d)
		closedir(d);
	return n;
}

static str wrapped_key(struct store *s, int64_t owner)
{
	sqlite3_stmt *st = NULL;
	sqlite3 *db = lite_open(s->keys_path, SQLITE_OPEN_READONLY);
	str key = {0};

	MUST(!sqlite3_prepare_v2(
		db, "select wrapped from subject_key where owner = ?1", -1, &st, NULL));
	sqlite3_bind_int64(st, 1, owner);
	if (sqlite3_step(st) == SQLITE_ROW)
		key = str_dup(test_arena,
			(str){sqlite3_column_blob(st, 0), (size_t)sqlite3_column_bytes(st, 0)});
	sqlite3_finalize(st);
	sqlite3_close(db);
	return key;
}

static int64_t data_int(const char *sql)
{
	char path[300];
	sqlite3_stmt *st = NULL;

	snprintf(path, sizeof path, "%s/data.db", fx_dir);
	sqlite3 *db = lite_open(path, SQLITE_OPEN_READWRITE);

	MUST(!sqlite3_prepare_v2(db, sql, -1, &st, NULL));
	int64_t v = sqlite3_step(st) == SQLITE_ROW ? sqlite3_column_int64(st, 0) : INT64_MIN;

	sqlite3_finalize(st);
	sqlite3_close(db);
	return v;
}

static bool erase_apply(struct db *db, void *ctx)
{
	db_erase_subject(db, *(int64_t *)ctx);
	return true;
}

/* Keys come in any order, so that pages of the key store split and merge. */
static bool many_apply(struct db *db, void *ctx)
{
	(void)ctx;
	for (int i = 0; i < 300; i++)
		if (fx_person_add(db, 1000 + (int64_t)(test_random() % 1000000000), 101, 0,
			    str_fmt(test_arena, "m%llu@x.example",
				    (unsigned long long)test_random())
				    .p,
			    "1") != 1)
			return false;
	return true;
}

TEST(nothing_of_an_erased_subject_is_in_any_file)
{
	struct store *s = fx_filled();
	int64_t subject = 201, order = 301;
	uint8_t blind[16];

	for (int i = 0; i < 10; i++)
		CHECK_INT(WRITE_DONE, fx_write(s, many_apply, NULL));
	CHECK_INT(0, holds(fx_dir, S("Marker"))); /* never in clear */
	CHECK_INT(0, holds(fx_dir, S("marker")));
	CHECK_INT(0, holds(fx_dir, S("555-01")));
	str key = wrapped_key(s, subject), order_key = wrapped_key(s, order),
	    other = wrapped_key(s, 202);

	blind_of(s, "person", "email.email", S("anna.marker@blau.example"), blind);
	REQUIRE(key.n && order_key.n && other.n);
	CHECK(holds(fx_dir, key) > 0);
	CHECK(holds(fx_dir, (str){(char *)blind, 16}) > 0);
	int64_t from = clock_mono_us();

	CHECK_INT(WRITE_DONE, fx_write(s, erase_apply, &subject));
	printf("# erased in %lld us\n", (long long)(clock_mono_us() - from));
	CHECK_INT(WRITE_DONE, fx_write(s, erase_apply, &order));
	CHECK_INT(0, holds(fx_dir, key));
	CHECK_INT(0, holds(fx_dir, order_key));
	CHECK(holds(fx_dir, other) > 0);
	CHECK(!fx_email(s, fx_viewer, PERSON_ACCOUNT, 201).p);
	CHECK_INT(0, data_int("select count(*) from r_person where id = 201 and email_blind is not "
			      "null"));
	CHECK_INT(0, data_int("select count(*) from r_journal where closed_at is null"));
	CHECK_INT(2, data_int("select count(*) from r_journal"));
	store_close(s);
	CHECK_INT(0, holds(fx_dir, key));
	CHECK_INT(
		0, holds(fx_dir, (str){(char *)blind,
					 16})); /* the log is gone too: its page was overwritten */
	fx_remove(fx_dir);
}

/* Every key in turn: pages that were split and merged must not keep old copies. */
TEST(dropped_keys_leave_no_copies)
{
	struct store *s = fx_filled();
	struct {
		int64_t *v;
		size_t n, cap;
	} owners = {0};
	sqlite3_stmt *st = NULL;

	for (int i = 0; i < 7; i++)
		CHECK_INT(WRITE_DONE, fx_write(s, many_apply, NULL));
	sqlite3 *db = lite_open(s->keys_path, SQLITE_OPEN_READONLY);

	MUST(!sqlite3_prepare_v2(
		db, "select owner from subject_key order by random()", -1, &st, NULL));
	while (sqlite3_step(st) == SQLITE_ROW)
		*ARENA_PUSH(test_arena, &owners) = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	sqlite3_close(db);
	str *keys = arena_array(test_arena, str, owners.n);

	for (size_t i = 0; i < owners.n; i++)
		keys[i] = wrapped_key(s, owners.v[i]);
	for (size_t i = 0; i < 60; i++)
		CHECK_INT(WRITE_DONE, fx_write(s, erase_apply, &owners.v[i]));
	str file = file_read(test_arena, s->keys_path, (size_t)1 << 28);

	for (size_t i = 0; i < owners.n; i++)
		CHECK_INT(i >= 60, str_find(file, (str){keys[i].p + 24, 16}) != (size_t)-1);
	fx_end(s);
}

/* ---- killed ---- */
static const char *die_at;

static void die(const char *where)
{
	if (!strcmp(where, die_at))
		raise(SIGKILL);
}

static bool person_apply(struct db *db, void *ctx)
{
	(void)ctx;
	return fx_person_add(db, 260, 101, 0, "new@x.example", "9") == 1;
}

/* A child opens the installation, does it, and dies where it is told. */
static void killed(const char *where, bool (*apply)(struct db *db, void *ctx), int64_t subject)
{
	pid_t child = fork();
	int status;

	if (!child) {
		die_at = where;
		struct store *s = fx_open();

		store_crash_point = die;
		fx_write(s, apply, &subject);
		_exit(0);
	}
	MUST(waitpid(child, &status, 0) == child);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

TEST(killed_before_the_keys_are_dropped)
{
	struct store *s = fx_filled();
	str key = wrapped_key(s, 201);

	store_close(s);
	killed("before keys are dropped", erase_apply, 201);
	CHECK_INT(1, data_int("select count(*) from r_journal where closed_at is null"));
	CHECK(holds(fx_dir, key) > 0);
	s = fx_open();
	CHECK_INT(0, data_int("select count(*) from r_journal where closed_at is null"));
	CHECK_INT(0, holds(fx_dir, key));
	CHECK(!fx_email(s, fx_viewer, PERSON_ACCOUNT, 201).p);
	fx_end(s);
}

TEST(killed_before_the_journal_is_closed)
{
	struct store *s = fx_filled();
	str key = wrapped_key(s, 201);

	store_close(s);
	killed("before the journal is closed", erase_apply, 201);
	CHECK_INT(1, data_int("select count(*) from r_journal where closed_at is null"));
	CHECK_INT(0, holds(fx_dir, key));
	s = fx_open();
	CHECK_INT(0, data_int("select count(*) from r_journal where closed_at is null"));
	CHECK(!fx_email(s, fx_viewer, PERSON_ACCOUNT, 201).p);
	fx_end(s);
}

TEST(killed_between_the_new_key_and_its_data)
{
	struct store *s = fx_filled();
	uint8_t key[KEY_BYTES];

	store_close(s);
	killed("keys are committed", person_apply, 0);
	CHECK_INT(0, data_int("select count(*) from r_person where id = 260"));
	s = fx_open();
	CHECK(!keys_get(s->write_conn, 260, key)); /* an orphan, swept */
	CHECK_INT(WRITE_DONE, fx_write(s, person_apply, NULL));
	store_close(s);
	s = fx_open();
	CHECK_STR(S("new@x.example"), fx_email(s, fx_viewer, PERSON_ACCOUNT, 260));
	fx_end(s);
}

TEST(an_erased_subject_takes_nothing_new)
{
	struct store *s = fx_filled();
	int64_t subject = 260;

	CHECK_INT(
		WRITE_DONE, fx_write(s, erase_apply, &subject)); /* of whom nothing is known yet */
	CHECK_INT(WRITE_FAULTED, fx_write(s, person_apply, NULL));
	fx_end(s);
}

/* Of an owner that is new in the unit nobody is asked, unless something was stored of one. */
static bool new_and_erased_apply(struct db *db, void *ctx)
{
	const bool *erased = ctx;
	int64_t id = id_make();

	if (*erased)
		db_subject_state(db, id, SUBJECT_ERASED, false);
	return fx_person_add(db, id, 101, 0, "new@x.example", "+49 30 1") == 1;
}

TEST(who_is_new_and_erased_in_one_unit_takes_nothing_either)
{
	struct store *s = fx_filled();
	bool erased = true, not_erased = false;

	CHECK_INT(WRITE_FAULTED, fx_write(s, new_and_erased_apply, &erased));
	CHECK_INT(WRITE_DONE, fx_write(s, new_and_erased_apply, &not_erased));
	fx_end(s);
}

/* Readers that hold the key in their cache lose it with the erasure. */
TEST(other_connections_forget_the_key)
{
	struct store *s = fx_filled();
	int64_t subject = 201;
	uint8_t key[KEY_BYTES];

	CHECK(fx_email(s, fx_viewer, PERSON_ACCOUNT, 201).p);
	CHECK(keys_get(s->conns, 201, key));
	CHECK_INT(WRITE_DONE, fx_write(s, erase_apply, &subject));
	CHECK(!keys_get(s->conns, 201, key));
	fx_end(s);
}

int main(void)
{
	return test_main();
}
