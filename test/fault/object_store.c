/* Files in an object store, against a server that speaks S3 (test/s3/server.mjs): what is put is
 * there before a row can name it; the folder is a cache; what is away, too busy or refuses is told
 * and harms nothing; the sweep takes what no row names, and nothing that is not ours. */
#include "test/program.h"
#include "test/rows.h"

#include "command/installation.h"
#include "egress/egress.h"
#include "gen/demo.sql.h"
#include "gen/types.h"
#include "market/catalogue/picture.h"
#include "market/catalogue/stored_file.h"
#include "store/inside.h"

static struct installation in;
static struct object_store *objects;
static char logo[80], stray[80], young[80], files[300];
static pid_t server;
static int server_in = -1, port;
static struct server web;

/* ---- the other side ---- */
static const char *of_home(const char *name)
{
	return str_fmt(test_arena, "%s/s3/%s", program_home, name).p;
}

static void mode(const char *is)
{
	FILE *f = fopen(of_home("mode"), "we");

	MUST(f && fputs(is, f) >= 0 && !fclose(f));
}

static void other_start(void)
{
	char text[16];
	const char *const words[] = {
		"node", "test/s3/server.mjs", of_home(""), text, "KEY:SECRET", NULL};
	int ends[2];

	snprintf(text, sizeof text, "%d", port);
	mode("ok");
	unlink(of_home("ready"));
	MUST(!pipe2(ends, O_CLOEXEC));
	server = fork();
	if (!server) {
		int log = open(of_home("log"), O_WRONLY | O_CREAT | O_APPEND, 0600);

		if (log < 0 || dup2(ends[0], 0) < 0 || dup2(log, 1) < 0 || dup2(log, 2) < 0)
			_exit(126);
		execvp(words[0], (char *const *)(uintptr_t)words);
		_exit(127);
	}
	MUST(server > 0);
	close(ends[0]);
	server_in = ends[1];
	for (int i = 0; i < 3000 && access(of_home("ready"), F_OK); i++)
		usleep(10000);
	MUST(!access(of_home("ready"), F_OK));
}

static void other_stop(void)
{
	close(server_in);
	kill(server, SIGKILL);
	MUST(waitpid(server, NULL, 0) == server);
}

static bool other_has(const char *name)
{
	return !access(
		of_home(str_fmt(test_arena, "data/kontor/kept/%s._S3rver_object", name).p), F_OK);
}

static void at_two_days_ago(const char *path)
{
	struct timespec t[2] = {{.tv_sec = clock_real().us / SECOND_US - 2 * 86400},
		{.tv_sec = clock_real().us / SECOND_US - 2 * 86400}};

	MUST(!utimensat(AT_FDCWD, path, t, 0));
}

static void other_age(const char *name)
{
	at_two_days_ago(of_home(str_fmt(test_arena, "data/kontor/kept/%s._S3rver_object", name).p));
}

static const char *local(const char *name)
{
	return str_fmt(test_arena, "%s/market/files/%s", program_home, name).p;
}

static bool local_has(const char *name)
{
	return !access(local(name), F_OK);
}

/* ---- the installation ---- */
/* It says who keeps its files: without that nothing leaves. */
static void narrow(const char *text)
{
	mkdir(in_home("market"), 0700);
	mkdir(in_home("market/policy"), 0700);
	file_write_synced(in_home("market/policy/narrow.yaml"), str_of(text), 0600);
}

static void put(struct db *db, const char *bytes, char name[80])
{
	str file = picture_store(db, str_of(bytes), str_of("small"));

	snprintf(name, 80, STR_FMT, STR_ARG(file));
}

static bool fill(struct db *db, void *ctx)
{
	(void)ctx;
	put(db, "stray", stray);
	put(db, "young", young);
	put(db, "logo", logo);
	return demo_setting_add(db, (struct setting_id){id_make()}, SETTING_NAME_LOGO, str_of(logo),
		       clock_now()) == 1;
}

static bool young_again(struct db *db, void *ctx)
{
	(void)ctx;
	put(db, "young", young);
	return true;
}

static void written(bool (*apply)(struct db *, void *))
{
	struct write_unit u = {.viewer = {.roles = ~UINT64_C(0)},
		.purposes = BIT(PURPOSE_SETUP),
		.arena = test_arena,
		.apply = apply};

	CHECK_INT(WRITE_DONE, store_write_wait(in.store, &u));
}

static void filled(void)
{
	written(fill);
}

static void apart(void)
{
	objects = object_store_open(in.policy, files);
	store_files_in(in.store, object_store_bucket(objects));
}

static void begin(void)
{
	home_make();
	mkdir(of_home(""), 0700);
	port = free_port();
	other_start();
	snprintf(files, sizeof files, "s3://kontor/kept?endpoint=http://127.0.0.1:%d", port);
	setenv("AWS_ACCESS_KEY_ID", "KEY", 1);
	setenv("AWS_SECRET_ACCESS_KEY", "SECRET", 1);
	mkdir(in_home("market"), 0700);
	rows_use();
	in = installation_open(in_home("market"), NULL, NULL, true);
	rows_used();
	installation_close(&in);
	narrow("recipients: {object_storage: {on: yes, hosts: [127.0.0.1]}}\n");
	in = installation_open(in_home("market"), NULL, NULL, false);
}

static void end(void)
{
	installation_close(&in);
	rows_drop();
	object_store_close(objects);
	objects = NULL;
	other_stop();
	home_end();
}

/* What a name holds, as whoever serves it reads it; a fault's kind goes to *kind. */
static str read_back(const char *name, enum fault_kind *kind)
{
	struct fault_point fp;
	str bytes = {NULL, 0};
	struct db db;

	*kind = 0;
	if (FAULT_TRY(fp)) {
		store_read_begin(in.store, &db, test_arena, (struct viewer){.roles = ~UINT64_C(0)},
			BIT(PURPOSE_SETUP));
		bytes = db_file_get(&db, str_of(name), 1 << 20);
		FAULT_END(fp);
	} else {
		*kind = fp.kind;
	}
	store_read_drop(in.store);
	return bytes;
}

static bool reads(const char *name, const char *bytes)
{
	enum fault_kind kind;
	str got = read_back(name, &kind);

	return !kind && str_eq(got, str_of(bytes));
}

static int64_t requests(const char *begins)
{
	struct arena *a = arena_make(64 << 20);
	str rest = access(of_home("requests"), F_OK) ? S("")
						     : file_read(a, of_home("requests"), 32 << 20);
	int64_t n = 0;

	while (rest.n)
		n += str_starts(str_cut(&rest, '\n'), str_of(begins));
	arena_free(a);
	return n;
}

TEST(what_is_put_is_there_and_the_folder_is_a_cache)
{
	begin();
	apart();
	filled();
	CHECK(other_has(logo) && other_has(stray) && other_has(young));
	CHECK(local_has(logo));
	int64_t gets = requests("GET /kontor/kept/");

	CHECK(reads(logo, "logo"));
	CHECK_INT(gets, requests("GET /kontor/kept/")); /* out of the cache */
	MUST(!unlink(local(logo)));
	CHECK(reads(logo, "logo"));
	CHECK_INT(gets + 1, requests("GET /kontor/kept/"));
	CHECK(local_has(logo));
	enum fault_kind kind;

	CHECK(!read_back("0123", &kind).p && !kind);
	end();
}

TEST(too_busy_is_asked_again_and_away_is_told)
{
	enum fault_kind kind;

	begin();
	apart();
	mode("503 2");
	filled();
	CHECK_INT(6 + 2, requests("PUT"));
	CHECK(other_has(stray) && other_has(logo));
	MUST(!unlink(local(logo)));
	mode("503 100");
	CHECK(!read_back(logo, &kind).p && kind == FAULT_STORE);
	CHECK(reads(stray, "stray")); /* the cache has it */
	other_stop();
	CHECK(!read_back(logo, &kind).p && kind == FAULT_STORE);

	struct write_unit u = {.viewer = {.roles = ~UINT64_C(0)},
		.purposes = BIT(PURPOSE_SETUP),
		.arena = test_arena,
		.apply = fill};

	CHECK_INT(WRITE_FAULTED, store_write_wait(in.store, &u)); /* no row without its file */
	other_start();
	CHECK(reads(logo, "logo"));
	end();
}

static bool refuses(const char *address, const char *says)
{
	struct fault_point fp;

	if (FAULT_TRY(fp)) {
		object_store_close(object_store_open(in.policy, address));
		FAULT_END(fp);
		return false;
	}
	if (!strstr(fp.what, says))
		printf("# %s: %s\n", address, fp.what);
	return strstr(fp.what, says) != NULL;
}

TEST(what_does_not_fit_is_refused_at_the_start)
{
	begin();
	CHECK(refuses("http://127.0.0.1/kontor", "must begin with s3://"));
	CHECK(refuses("s3://kontor", "endpoint"));
	CHECK(refuses("s3://Kontor?endpoint=https://127.0.0.1", "small letters"));
	CHECK(refuses("s3://kontor/a%2e?endpoint=https://127.0.0.1", "other characters"));
	CHECK(refuses(
		"s3://kontor?endpoint=https://elsewhere.example", "not declared at the host"));
	CHECK(refuses(str_fmt(test_arena, "s3://none?endpoint=http://127.0.0.1:%d", port).p,
		"is there such a bucket"));
	setenv("AWS_SECRET_ACCESS_KEY", "WRONG", 1);
	CHECK(refuses(files, "do AWS_ACCESS_KEY_ID"));
	unsetenv("AWS_SECRET_ACCESS_KEY");
	CHECK(refuses(files, "not set"));
	setenv("AWS_SECRET_ACCESS_KEY", "SECRET", 1);
	other_stop();
	CHECK(refuses(files, "not reached"));
	other_start();
	installation_close(&in);
	narrow("recipients: {}\n");
	in = installation_open(in_home("market"), NULL, NULL, false);
	CHECK(refuses(files, "is off"));
	end();
}

static void sweep(void)
{
	while (stored_file_sweeper.run(in.store, &stored_file_sweeper, test_arena))
		;
}

TEST(the_sweep_takes_what_no_row_names)
{
	begin();
	apart();
	filled();
	struct store_bucket b = *object_store_bucket(objects);

	b.put(b.ctx, test_arena, S("somebody-elses"), S("theirs"));
	const char *old[] = {logo, stray, "somebody-elses"};

	for (size_t i = 0; i < COUNT(old); i++)
		other_age(old[i]);
	sweep();
	CHECK(other_has(logo) && other_has(young) && other_has("somebody-elses"));
	CHECK(!other_has(stray) && !local_has(stray));
	CHECK(other_has(str_fmt(test_arena, "%s-small", stray).p)); /* that one is young */
	/* Somebody put it again behind the list. */
	CHECK(!b.drop(b.ctx, test_arena, str_of(young),
		instant_add(clock_real(), -INT64_C(86400) * SECOND_US)));
	CHECK(other_has(young));
	other_age(young);
	written(young_again); /* in the bucket too */
	sweep();
	CHECK(other_has(young));
	CHECK(reads(logo, "logo"));
	end();
}

/* More than one list holds: it goes on behind the last name, and begins anew in the end. */
TEST(long_lists_are_read_in_pieces)
{
	begin();
	apart();
	struct store_bucket b = *object_store_bucket(objects);
	instant later = instant_add(clock_real(), 10 * SECOND_US);
	int seen = 0, rounds = 0;
	bool last = false;
	str v[3];

	for (int i = 0; i < 7; i++)
		b.put(b.ctx, test_arena, str_fmt(test_arena, "file-%d", i), S("x"));
	while (!last && rounds++ < 9) {
		size_t n = store_bucket_old(in.store, test_arena, later, v, 3, &last);

		for (size_t i = 0; i < n; i++, seen++)
			CHECK_STR(str_fmt(test_arena, "file-%d", seen), v[i]);
	}
	CHECK_INT(7, seen);
	CHECK_INT(3, rounds);
	CHECK_INT(3, store_bucket_old(in.store, test_arena, later, v, 3, &last));
	end();
}

/* An installation that began with a folder: files go to the bucket when they leave the cache. */
TEST(files_of_the_folder_move_to_the_bucket)
{
	begin();
	filled();
	apart();
	CHECK(!other_has(logo));
	CHECK(reads(logo, "logo"));
	at_two_days_ago(local(logo));
	at_two_days_ago(local(stray));
	mode("503 100");
	struct fault_point fp;

	if (FAULT_TRY(fp)) {
		sweep();
		FAULT_END(fp);
		CHECK(false);
	}
	CHECK(local_has(logo)); /* not before it is there */
	mode("ok");
	sweep();
	CHECK(other_has(logo) && !local_has(logo));
	CHECK(!other_has(stray) && !local_has(stray));
	CHECK(local_has(young));
	CHECK(reads(logo, "logo"));
	end();
}

/* Killed when the file was put and the row was not stored yet. */
TEST(killed_between_the_file_and_its_row)
{
	begin();
	installation_close(&in);
	fflush(stdout);
	pid_t pid = fork();

	if (!pid) {
		in = installation_open(in_home("market"), NULL, NULL, false);
		apart();
		struct db db;

		store_read_begin(in.store, &db, test_arena, (struct viewer){.roles = ~UINT64_C(0)},
			BIT(PURPOSE_SETUP));
		put(&db, "stray", stray);
		raise(SIGKILL);
	}
	int status;

	MUST(waitpid(pid, &status, 0) == pid);
	CHECK(WIFSIGNALED(status));
	in = installation_open(in_home("market"), NULL, NULL, false);
	apart();
	struct digest d = digest_of(S("stray"));

	snprintf(stray, sizeof stray, STR_FMT, STR_ARG(hex_of(test_arena, d.b, sizeof d.b)));
	CHECK(other_has(stray));
	sweep();
	CHECK(other_has(stray)); /* it may be about to be named */
	other_age(stray);
	sweep();
	CHECK(!other_has(stray));
	end();
}

static long logo_status(void)
{
	return get_status(&web, str_fmt(test_arena, "/logo/%.16s", logo).p);
}

TEST(the_real_server_serves_out_of_it)
{
	begin();
	apart();
	filled();
	installation_close(&in);
	MUST(!unlink(local(str_fmt(test_arena, "%s-small", logo).p)));
	REQUIRE(server_start(&web, in_home("market"), "--files", files));
	mode("503 100");
	CHECK_INT(503, logo_status());
	mode("ok");
	CHECK_INT(200, logo_status());
	other_stop();
	CHECK_INT(200, logo_status()); /* out of the cache */
	CHECK_INT(0, server_end(&web, SIGTERM));
	CHECK_INT(1, kontor("serve", in_home("market"), "--files", files));
	SAYS("not reached");
	other_start();
	in = installation_open(in_home("market"), NULL, NULL, false);
	end();
}

int main(void)
{
	if (system("bash -c '. test/npm.sh; npm_ready test/s3 s3rver' >/dev/null") ||
		system("[ -d test/s3/node_modules/s3rver ]")) {
		printf("1..0 # SKIP npm or its registry is out of reach: s3rver cannot be had\n");
		return 0;
	}
	signal(SIGPIPE, SIG_IGN);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	log_level_set(LOG_ERROR);
	return test_main();
}
