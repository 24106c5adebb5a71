/* Backup, restore, control socket. */
#include "store_fixture.h"
#include "store/archive.h"
#include "store/backup.h"
#include "store/control.h"

#include <sys/socket.h>
#include <sys/un.h>

static char out_dir[200];

static const char *in_out(const char *name)
{
	return str_fmt(test_arena, "%s/%s", out_dir, name).p;
}

static void out_make(void)
{
	snprintf(out_dir, sizeof out_dir, "/tmp/kontor-backup-XXXXXX");
	MUST(mkdtemp(out_dir));
}

/* The master as it is now, apart from the installation. */
static const char *master_saved(void)
{
	const char *to = in_out("master.key");

	file_write_synced(to,
		file_read(test_arena, str_fmt(test_arena, "%s/master.key", fx_dir).p, 100), 0600);
	return to;
}

static void restore(const char *file, const char *erased)
{
	struct restore_options o = {.file = file,
		.master = in_out("master.key"),
		.erased = erased,
		.dir = in_out("restored"),
		.schema = 2};

	store_restore(&o);
	snprintf(fx_dir, sizeof fx_dir, "%s", o.dir);
}

static bool erase_apply(struct db *db, void *ctx)
{
	db_erase_subject(db, *(int64_t *)ctx);
	return true;
}

static atomic_bool over;
static atomic_llong next_id = 10000;

static bool order_apply(struct db *db, void *ctx)
{
	int64_t id = *(int64_t *)ctx;

	return fx_order_add(db, id, str_fmt(db->arena, "B-%lld", (long long)id).p, 101, 102,
		       "Consignee") == 1;
}

static void *busy(void *store)
{
	struct arena *a = arena_make(1 << 20);

	while (!atomic_load(&over)) {
		int64_t id = atomic_fetch_add(&next_id, 1);
		struct write_unit u = {.viewer = fx_viewer,
			.purposes = FX_ALL,
			.arena = a,
			.apply = order_apply,
			.done = fx_nothing,
			.ctx = &id};

		MUST(store_write_wait(store, &u) == WRITE_DONE);
		arena_reset(a);
	}
	arena_free(a);
	return NULL;
}

/* Every order that the restored database has opens: data first, then keys. */
static int64_t all_open(struct store *s)
{
	struct db db;
	int64_t n;

	store_read_begin(s, &db, test_arena, fx_viewer, FX_ALL);
	n = fx_int(&db, ORDER_COUNT, 0);
	for (int64_t id = 10000; id < 10000 + n - 1; id++) {
		struct query *q = fx_q(&db, ORDER_GET);

		db_bind_int(q, 1, id);
		MUST(db_step(q));
		CHECK_TEXT("Consignee", db_sealed(q, 3, "orders", "consignee"));
		(void)db_finish(q);
	}
	store_read_end(&db);
	return n;
}

TEST(a_backup_taken_while_writes_go_on_restores_whole)
{
	struct store *s = fx_filled();
	pthread_t t[2];
	char inner[300];

	out_make();
	snprintf(inner, sizeof inner, "%s/files/ab", fx_dir);
	MUST(!mkdir(inner, 0700));
	file_write_synced(
		str_fmt(test_arena, "%s/picture.png", inner).p, S("not really a picture"), 0600);
	master_saved();
	atomic_store(&over, false);
	for (int i = 0; i < 2; i++)
		pthread_create(&t[i], NULL, busy, s);
	usleep(200000);
	store_backup(s, in_out("b1"), NULL, NULL);
	atomic_store(&over, true);
	for (int i = 0; i < 2; i++)
		pthread_join(t[i], NULL);
	CHECK(access(in_out("b1.part"), F_OK) && access(in_out("b1.copy"), F_OK) &&
		access(in_out("b1.verify"), F_OK));
	CHECK_FAULT(FAULT_STORE,
		store_backup(s, in_out("b1"), NULL, NULL)); /* never replaces another */
	fx_end(s);
	restore(in_out("b1"), NULL);
	s = fx_open();
	CHECK(all_open(s) > 1);
	CHECK_STR(S("Anna.Marker@Blau.example "), fx_email(s, fx_viewer, PERSON_ACCOUNT, 201));
	CHECK_STR(S("not really a picture"),
		file_read(
			test_arena, str_fmt(test_arena, "%s/files/ab/picture.png", fx_dir).p, 100));
	store_close(s);
	CHECK_FAULT(FAULT_STORE, restore(in_out("b1"), NULL)); /* not empty */
	fx_remove(out_dir);
}

static void spoil(const char *from, const char *to, size_t at, int how)
{
	str b = str_dup(test_arena, file_read(test_arena, from, 1 << 28));

	if (how)
		((char *)b.p)[at] ^= (char)how;
	else
		b.n = at;
	file_write_synced(to, b, 0600);
}

TEST(what_was_changed_or_cut_off_is_refused)
{
	struct store *s = fx_filled();
	struct stat st;

	out_make();
	master_saved();
	store_backup(s, in_out("b"), NULL, NULL);
	CHECK(!stat(in_out("b"), &st));
	fx_end(s);
	for (size_t at = 0; at < (size_t)st.st_size; at += 1 + (size_t)st.st_size / 40) {
		spoil(in_out("b"), in_out("x"), at, 1);
		file_write_synced(
			in_out("x.keys"), file_read(test_arena, in_out("b.keys"), 1 << 28), 0600);
		CHECK_FAULT(FAULT_STORE, restore(in_out("x"), NULL));
		spoil(in_out("b"), in_out("x"), at, 0);
		CHECK_FAULT(FAULT_STORE, restore(in_out("x"), NULL));
	}
	spoil(in_out("b"), in_out("x"), 8, 2); /* format 3: newer */
	CHECK_FAULT(FAULT_STORE, restore(in_out("x"), NULL));
	spoil(in_out("b.keys"), in_out("b.keys"), 100, 4);
	CHECK_FAULT(FAULT_STORE, restore(in_out("b"), NULL));
	CHECK(access(in_out("restored"), F_OK) &&
		access(in_out("restored.restoring"), F_OK)); /* nothing is left */
	fx_remove(out_dir);
}

TEST(another_master_key_or_a_newer_schema_is_refused)
{
	struct store *s = fx_filled();

	out_make();
	master_saved();
	store_backup(s, in_out("b"), NULL, NULL);
	fx_end(s);
	struct restore_options o = {.file = in_out("b"),
		.master = in_out("master.key"),
		.dir = in_out("restored"),
		.schema = 1};

	CHECK_FAULT(FAULT_STORE, store_restore(&o)); /* a program that knows schema 1 only */
	o.schema = 2;
	o.master = in_out("nothing");
	CHECK_FAULT(FAULT_STORE, store_restore(&o));
	file_write_synced(in_out("other.key"),
		S("00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n"), 0600);
	o.master = in_out("other.key");
	CHECK_FAULT(FAULT_STORE, store_restore(&o));
	fx_remove(out_dir);
}

TEST(who_was_erased_after_the_backup_is_erased_again)
{
	struct store *s = fx_filled();
	int64_t subject = 201;

	out_make();
	master_saved();
	store_backup(s, in_out("b"), NULL, NULL);
	CHECK_INT(WRITE_DONE, fx_write(s, erase_apply, &subject));
	str log = file_read(test_arena, str_fmt(test_arena, "%s/erased.log", fx_dir).p, 1 << 20);

	file_write_synced(in_out("erased.log"), log, 0600);
	((char *)log.p)[0] ^= 1;
	file_write_synced(in_out("forged.log"), log, 0600);
	fx_end(s);
	restore(in_out("b"), in_out("erased.log"));
	s = fx_open(); /* repeats them before anybody is let in */
	CHECK_INT(1, store_replayed(s));
	CHECK_FAULT(FAULT_STORE, store_restore_erased(s, in_out("forged.log")));
	CHECK_INT(1, store_restore_erased(s, in_out("erased.log")));
	CHECK(!fx_email(s, fx_viewer, PERSON_ACCOUNT, 201).p);
	CHECK(fx_email(s, (struct viewer){.company = 102, .roles = BUYER}, PERSON_ACCOUNT, 202).p);
	store_close(s);
	fx_remove(out_dir);
}

/* A line changed, left out or cut off, a log that is older than the backup: all are refused, and
 * nothing of the target is left. */
TEST(an_erasure_log_that_is_not_whole_is_refused)
{
	struct store *s = fx_filled();
	int64_t subjects[] = {201, 202, 203};

	out_make();
	master_saved();
	store_backup(s, in_out("before"), NULL, NULL);
	for (size_t i = 0; i < COUNT(subjects); i++) {
		CHECK_INT(WRITE_DONE, fx_write(s, erase_apply, &subjects[i]));
		if (i == 1)
			store_backup(s, in_out("b"), NULL, NULL);
	}
	str log = file_read(test_arena, str_fmt(test_arena, "%s/erased.log", fx_dir).p, 1 << 20);
	str rest = log, first = str_cut(&rest, '\n'), third = rest, second = str_cut(&third, '\n');
	str other_time = str_dup(test_arena, log), other_subject = str_dup(test_arena, log);

	((char *)other_subject.p)[2]++;
	((char *)other_time.p)[first.n / 2]++;

	CHECK_STR(str_sub(log, 0, file_read(test_arena, in_out("b.erased"), 1 << 20).n),
		file_read(test_arena, in_out("b.erased"), 1 << 20));
	fx_end(s);
	const struct {
		const char *name;
		str bytes;
		const char *says;
	} bad[] = {{"without its first line", rest, "was changed (line 1)"},
		{"cut off", str_sub(log, 0, log.n - 3), "was changed (line 3)"},
		{"another subject", other_subject, "was changed (line 1)"},
		{"another time", other_time, "was changed (line 1)"},
		{"two lines exchanged",
			str_fmt(test_arena, STR_FMT "\n" STR_FMT "\n" STR_FMT, STR_ARG(second),
				STR_ARG(first), STR_ARG(third)),
			"was changed (line 1)"},
		{"a line twice", str_cat(test_arena, log, third), "was changed (line 4)"},
		{"shorter than the backup's", str_sub(log, 0, first.n + 1),
			"is older than this backup"},
		{"empty", S(""), "is older than this backup"}};

	for (size_t i = 0; i < COUNT(bad); i++) {
		file_write_synced(in_out("bad.log"), bad[i].bytes, 0600);
		printf("# %s\n", bad[i].name);
		CHECK_FAULT_SAYS(FAULT_STORE, bad[i].says, restore(in_out("b"), in_out("bad.log")));
		CHECK(access(in_out("restored"), F_OK));
	}
	file_write_synced(in_out("whole.log"), log, 0600);
	restore(in_out("before"), in_out("whole.log"));
	s = fx_open();
	CHECK_INT(3, store_replayed(s));
	CHECK(!fx_email(s, (struct viewer){.company = 102, .roles = BUYER}, PERSON_ACCOUNT, 202).p);
	store_close(s);
	s = fx_open();
	CHECK_INT(0, store_replayed(s)); /* once */
	store_close(s);
	fx_remove(out_dir);
}

/* An old backup, its keys thrown away: with the newest keys and a rotated master it restores,
 * and who was erased meanwhile is not in it. */
TEST(an_old_backup_restores_with_newer_keys)
{
	struct store *s = fx_filled();
	int64_t subject = 201;

	out_make();
	store_backup(s, in_out("old"), NULL, NULL);
	CHECK_INT(WRITE_DONE, fx_write(s, erase_apply, &subject));
	store_keys_rotate(s);
	master_saved();
	store_backup(s, in_out("new"), NULL, NULL);
	fx_end(s);
	struct restore_options o = {.file = in_out("old"),
		.keys = in_out("new.keys"),
		.master = in_out("master.key"),
		.dir = in_out("restored"),
		.schema = 2};

	store_restore(&o);
	snprintf(fx_dir, sizeof fx_dir, "%s", o.dir);
	s = fx_open();
	CHECK(!fx_email(s, fx_viewer, PERSON_ACCOUNT, 201).p);
	CHECK(fx_email(s, (struct viewer){.company = 102, .roles = BUYER}, PERSON_ACCOUNT, 202).p);
	store_close(s);
	o = (struct restore_options){.file = in_out("new"),
		.keys = in_out("old.keys"),
		.master = in_out("master.key"),
		.dir = in_out("again"),
		.schema = 2};
	CHECK_FAULT(FAULT_STORE, store_restore(&o));
	fx_remove(out_dir);
}

/* ---- the control socket ---- */
static int asked(char *reply, size_t cap, int argc, const char *const *argv)
{
	FILE *f = fmemopen(reply, cap, "w");
	int code = control_ask(fx_dir, argc, argv, f);

	fclose(f);
	return code;
}

static int do_fault(struct store *s, int argc, char **argv, struct control_reply *r)
{
	(void)s, (void)argc, (void)argv, (void)r;
	fault(FAULT_BUG, "went wrong on purpose");
}

TEST(a_running_server_takes_commands)
{
	char reply[4096] = {0}, path[300];
	struct stat st;

	out_make();
	struct store *s = fx_filled();

	CHECK_INT(-1, asked(reply, sizeof reply, 1, (const char *[]){"status"}));
	control_command("fault", do_fault);
	control_start(s);
	snprintf(path, sizeof path, "%s/kontor.sock", fx_dir);
	CHECK(!stat(path, &st));
	CHECK_INT(0600, st.st_mode & 0777);
	CHECK_INT(0, asked(reply, sizeof reply, 1, (const char *[]){"status"}));
	CHECK(strstr(reply, "writes waiting 0"));
	CHECK_INT(2, asked(reply, sizeof reply, 1, (const char *[]){"nonsense"}));
	CHECK_INT(1, asked(reply, sizeof reply, 1, (const char *[]){"fault"}));
	CHECK(strstr(reply, "went wrong on purpose"));
	CHECK_INT(0, asked(reply, sizeof reply, 2, (const char *[]){"keys", "rotate"}));
	CHECK_INT(2, asked(reply, sizeof reply, 2, (const char *[]){"backup", "relative"}));
	CHECK_INT(0, asked(reply, sizeof reply, 2, (const char *[]){"backup", in_out("b")}));
	CHECK(!access(in_out("b"), F_OK) && !access(in_out("b.keys"), F_OK));
	CHECK_STR(S("Anna.Marker@Blau.example "), fx_email(s, fx_viewer, PERSON_ACCOUNT, 201));
	store_close(s);
	CHECK(access(path, F_OK));
	CHECK_INT(-1, asked(reply, sizeof reply, 1, (const char *[]){"status"}));
	fx_remove(fx_dir);
	fx_remove(out_dir);
}

TEST(rubbish_on_the_socket_harms_nobody)
{
	static const struct {
		const char *p;
		size_t n;
	} junk[] = {{"", 0}, {"\x01", 1}, {"\xff\xff\xff\xff", 4}, {"\x00\x00\x00\x00", 4},
		{"\x05\x00\x00\x00"
		 "abcde",
			9},
		{"\x05\x00\x00\x00"
		 "ab",
			6},
		{"\x03\x00\x00\x00\x00\x00\x00", 7}};
	struct store *s = fx_filled();
	char reply[4096] = {0};
	struct sockaddr_un a = {.sun_family = AF_UNIX};

	control_start(s);
	MUST(snprintf(a.sun_path, sizeof a.sun_path, "%.90s/kontor.sock", fx_dir) <
		(int)sizeof a.sun_path);
	for (size_t i = 0; i < COUNT(junk); i++) {
		int fd = socket(AF_UNIX, SOCK_STREAM, 0);

		CHECK(!connect(fd, (struct sockaddr *)&a, sizeof a));
		CHECK_INT((int64_t)junk[i].n, send(fd, junk[i].p, junk[i].n, 0));
		close(fd);
	}
	CHECK_INT(0, asked(reply, sizeof reply, 1, (const char *[]){"status"}));
	fx_end(s);
}

int main(void)
{
	return test_main();
}
