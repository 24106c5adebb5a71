/* Faults at every place: each allocation and each database call of a small journey fails once, the
 * engine's own allocations too; the disk fills up; the folder is read-only; files are damaged.
 * After each the store goes on, and what was answered as done is there, and nothing else. */
#include "test/unit/store_fixture.h"

#include <signal.h>
#include <sys/resource.h>

/* ---- the engine's memory ---- */
static sqlite3_mem_methods engine_memory;
static _Thread_local int64_t engine_nth;

static bool engine_fails(void)
{
	return engine_nth > 0 && --engine_nth == 0;
}

static void *failing_malloc(int n)
{
	return engine_fails() ? NULL : engine_memory.xMalloc(n);
}

static void *failing_realloc(void *p, int n)
{
	return engine_fails() ? NULL : engine_memory.xRealloc(p, n);
}

__attribute__((constructor(101))) static void engine_memory_wrap(void)
{
	sqlite3_mem_methods m;

	sqlite3_config(SQLITE_CONFIG_GETMALLOC, &engine_memory);
	m = engine_memory;
	m.xMalloc = failing_malloc;
	m.xRealloc = failing_realloc;
	sqlite3_config(SQLITE_CONFIG_MALLOC, &m);
}

enum site { ARENA, CALL, ENGINE };

static void arm(enum site site, int64_t nth)
{
	fault_inject(FAULT_SITE_ALLOC, site == ARENA ? nth : 0);
	fault_inject(FAULT_SITE_DB, site == CALL ? nth : 0);
	engine_nth = site == ENGINE ? nth : 0;
}

struct journey {
	enum site site;
	int64_t nth, id;
	struct store *store;
};

static bool journey_apply(struct db *db, void *ctx)
{
	struct journey *j = ctx;
	char number[32];

	arm(j->site, j->nth);
	snprintf(number, sizeof number, "J-%lld", (long long)j->id);
	MUST(fx_order_add(db, j->id, number, 101, 102, "Consignee") == 1);
	struct query *q = fx_q(db, ORDER_STATE);

	db_bind_int(q, 1, j->id);
	db_bind_int(q, 2, 2);
	MUST(db_finish(q) == 1);
	return true;
}

static bool disarm_apply(struct db *db, void *ctx)
{
	(void)db, (void)ctx;
	arm(ARENA, 0);
	return true;
}

/* State of the order, or INT64_MIN; when it is there, its consignee opens. */
static int64_t order_state(struct store *s, int64_t id, const char *consignee)
{
	struct db db;
	int64_t state = INT64_MIN;

	store_read_begin(s, &db, test_arena, fx_viewer, FX_ALL);
	struct query *q = fx_q(&db, ORDER_GET);

	db_bind_int(q, 1, id);
	if (db_step(q)) {
		state = db_int(q, 2);
		CHECK_TEXT(consignee, db_sealed(q, 3, "orders", "consignee"));
	}
	(void)db_finish(q);
	store_read_end(&db);
	return state;
}

static void sweep_writes(enum site site, int most)
{
	struct store *s = fx_filled();
	int faulted = 0, lost = 0, done = 0;

	for (int n = 1; n < most && done < 3; n++) {
		struct journey j = {site, n, 10000 + n, s};
		struct write_unit u = {.viewer = fx_viewer,
			.purposes = FX_ALL,
			.arena = test_arena,
			.apply = journey_apply,
			.done = fx_nothing,
			.ctx = &j};
		enum write_result r = store_write_wait(s, &u);

		faulted += r == WRITE_FAULTED;
		lost += r == WRITE_LOST;
		done = r == WRITE_DONE ? done + 1 : 0; /* the journey is shorter than n */
		u = (struct write_unit){.viewer = fx_viewer,
			.purposes = FX_ALL,
			.arena = test_arena,
			.apply = disarm_apply,
			.done = fx_nothing};
		for (int i = 0; i < 3 && store_write_wait(s, &u) != WRITE_DONE; i++)
			;
		CHECK_INT(r == WRITE_DONE ? 2 : INT64_MIN, order_state(s, j.id, "Consignee"));
	}
	printf("# %d faulted, %d lost\n", faulted, lost);
	CHECK_INT(3, done);
	CHECK(faulted > 0);
	store_close(s);
	s = fx_open(); /* and opens again: keys without data are swept */
	fx_end(s);
}

TEST(every_allocation_of_a_write_fails_once)
{
	sweep_writes(ARENA, 200);
}

TEST(every_database_call_of_a_write_fails_once)
{
	sweep_writes(CALL, 400);
}

TEST(every_allocation_of_the_engine_in_a_write_fails_once)
{
	sweep_writes(ENGINE, 3000);
}

static bool read_once(struct store *s, struct db *db, struct arena *a)
{
	store_read_begin(s, db, a, fx_viewer, FX_ALL);
	struct query *q = fx_q(db, ORDER_GET);

	db_bind_int(q, 1, 301);
	bool ok = db_step(q) && str_eq(db_text(q, 1), S("B-1")) &&
		  str_eq(db_sealed(q, 3, "orders", "consignee"), S("Consignee Marker One"));

	return db_finish(q) == 0 && ok;
}

/* The read gives the whole truth or faults; then the same connection reads again. */
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
	store_read_end(&db);
	if (FAULT_TRY(fp)) {
		CHECK(read_once(j->store, &db, a));
		FAULT_END(fp);
	} else {
		TEST_FAIL("behind place %lld: %s", (long long)j->nth, fp.what);
	}
	store_read_end(&db);
	arena_free(a);
	return NULL;
}

/* Each on a thread of its own: its connection is opened in the journey too. */
static void sweep_reads(enum site site, int most, int step, int least)
{
	struct store *s = fx_filled();
	int64_t faulted = 0;

	for (int n = 1; n < most; n += step) {
		struct journey j = {site, n, 0, s};
		pthread_t t;

		pthread_create(&t, NULL, read_journey, &j);
		pthread_join(t, NULL);
		faulted += j.id;
	}
	printf("# %lld faulted\n", (long long)faulted);
	CHECK(faulted >= least);
	fx_end(s);
}

TEST(every_allocation_of_a_read_fails_once)
{
	sweep_reads(ARENA, 60, 1, 2);
}

TEST(every_database_call_of_a_read_fails_once)
{
	sweep_reads(CALL, 25, 1, 4);
}

TEST(allocations_of_the_engine_in_a_read_fail_once)
{
	sweep_reads(ENGINE, 4000, 23, 4);
}

/* ---- a full disk ---- */
static bool fill_apply(struct db *db, void *ctx)
{
	int64_t *id = ctx;

	for (int i = 0; i < 50; i++) {
		char number[32];

		snprintf(number, sizeof number, "F-%lld", (long long)*id);
		MUST(fx_order_add(db, (*id)++, number, 101, 102, "Consignee") == 1);
	}
	return true;
}

static enum write_result fill(struct store *s, int64_t *id, char what[240])
{
	struct write_unit u = {.viewer = fx_viewer,
		.purposes = FX_ALL,
		.arena = test_arena,
		.apply = fill_apply,
		.done = fx_nothing,
		.ctx = id};
	enum write_result r = store_write_wait(s, &u);

	if (r != WRITE_DONE)
		memcpy(what, u.fault.what, sizeof u.fault.what);
	return r;
}

static int64_t orders(struct store *s)
{
	struct db db;

	store_read_begin(s, &db, test_arena, fx_viewer, FX_ALL);
	int64_t n = fx_int(&db, ORDER_COUNT, 0) - 1;

	store_read_end(&db);
	return n;
}

/* In a child: no file may grow over a limit, as on a full disk. */
static int full_disk(void)
{
	struct store *s = fx_filled();
	struct rlimit before, limit;
	int64_t id = 20000;
	int lost = 0, done = 0, after = 0;
	char what[240] = "";

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	limit = before;
	limit.rlim_cur = 400 << 10;
	setrlimit(RLIMIT_FSIZE, &limit);
	for (int i = 0; i < 40; i++) {
		bool ok = fill(s, &id, what) == WRITE_DONE;

		lost += !ok;
		done += ok;
	}
	setrlimit(RLIMIT_FSIZE, &before);
	for (int i = 0; i < 3; i++)
		after += fill(s, &id, what) == WRITE_DONE;
	int64_t stored = orders(s);

	store_close(s);
	s = fx_open();
	bool same = orders(s) == stored && order_state(s, 301, "Consignee Marker One") == 1;

	fx_end(s);
	printf("# full disk: %d done, %d lost, %d behind it; says: %s\n", done, lost, after, what);
	return same && stored == (int64_t)(done + after) * 50 && lost > 0 && done > 0 && after == 3
		       ? 0
		       : 1;
}

static void child(int (*run)(void))
{
	fflush(stdout);
	pid_t pid = fork();
	int status = -1;

	if (!pid) {
		struct fault_point fp;
		volatile int code = 2;

		if (FAULT_TRY(fp)) {
			code = run();
			FAULT_END(fp);
		} else {
			printf("# %s\n", fp.what);
		}
		fflush(stdout);
		_exit(code);
	}
	MUST(waitpid(pid, &status, 0) == pid);
	CHECK_INT(0, status);
}

TEST(a_full_disk_loses_nothing_that_was_answered)
{
	child(full_disk);
}

/* ---- damage ---- */
static const char *opens(struct store_options *o)
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

static int read_only(void)
{
	fx_dir_make();
	struct store_options o = fx_options(); /* reads its files while it still may */

	store_close(store_open(&o));
	MUST(!chmod(fx_dir, 0500));
	if (!geteuid() && (chown(fx_dir, 65534, 65534) || setgid(65534) || setuid(65534)))
		return 1;
	printf("# says: %s\n", opens(&o));
	return strstr(opens(&o), "must be able to write") ? 0 : 1;
}

TEST(a_read_only_folder_is_named)
{
	child(read_only);
}

static void damage(const char *file, size_t at, size_t n)
{
	char path[300];

	snprintf(path, sizeof path, "%s/%s", fx_dir, file);
	int fd = open(path, O_WRONLY);

	MUST(fd >= 0);
	for (size_t i = 0; i < n; i++) {
		char c = (char)test_random();

		MUST(pwrite(fd, &c, 1, (off_t)(at + i)) == 1);
	}
	close(fd);
}

static void damage_says(const char *file, size_t n, const char *part)
{
	struct store_options o;

	store_close(fx_filled());
	o = fx_options();
	damage(file, 0, n);
	const char *what = opens(&o);

	printf("# says: %s\n", what);
	CHECK(strstr(what, part));
	fx_remove(fx_dir);
}

TEST(a_damaged_file_is_named)
{
	damage_says("data.db", 100, "damaged");
	damage_says("keys.db", 100, "damaged");
	damage_says("master.key", 10, "master");
}

/* Random damage anywhere: a clear fault or an answer, never a crash. */
static void damaged_somewhere(void)
{
	char path[300];
	struct stat st;
	struct fault_point fp;
	struct store *volatile s = NULL;

	store_close(fx_filled());
	snprintf(path, sizeof path, "%s/data.db", fx_dir);
	MUST(!stat(path, &st));
	for (int k = 0; k < 4; k++)
		damage("data.db", 100 + test_random() % ((size_t)st.st_size - 200), 64);
	if (FAULT_TRY(fp)) {
		s = fx_open();
		fx_email(s, fx_viewer, PERSON_ACCOUNT, 201);
		orders(s);
		FAULT_END(fp);
	}
	store_close(s);
	fx_remove(fx_dir);
}

TEST(random_damage_never_crashes)
{
	for (int i = 0; i < 40; i++)
		damaged_somewhere();
}

int main(void)
{
	return test_main();
}
