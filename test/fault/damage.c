/* What an operator sees when files are missing, damaged or another's: the real `kontor serve` ends
 * with code 1 and says which file, what is wrong with it and what to do next; it changes nothing,
 * so that the files put back serve again. */
#include "test/program.h"

static char market[300], good[300];

static const char *at(const char *file)
{
	return str_fmt(test_arena, "%s/%s", market, file).p;
}

static void copy(const char *from, const char *to)
{
	const char *const gone[] = {"rm", "-rf", to, NULL};
	const char *const copied[] = {"cp", "-a", from, to, NULL};

	MUST(!run_words(gone, "/dev/null") && !run_words(copied, "/dev/null"));
}

static void begin(void)
{
	home_make();
	snprintf(market, sizeof market, "%s/market", program_home);
	snprintf(good, sizeof good, "%s/good", program_home);
	REQUIRE(!kontor("init", market));
	copy(market, good);
}

/* n bytes of rubbish; at < 0: the file becomes n bytes long. */
static void spoil(const char *file, off_t where, size_t n)
{
	int fd = open(at(file), O_WRONLY | O_CREAT, 0600);

	MUST(fd >= 0);
	for (size_t i = 0; where >= 0 && i < n; i++) {
		char c = (char)test_random();

		MUST(pwrite(fd, &c, 1, where + (off_t)i) == 1);
	}
	MUST(where >= 0 || !ftruncate(fd, (off_t)n));
	close(fd);
}

static void folder_for(const char *file)
{
	unlink(at(file));
	MUST(!mkdir(at(file), 0700));
	MUST(!mkdir(at(str_fmt(test_arena, "%s/inner", file).p), 0700));
}

/* The digest of each of the installation's own files, one after the other. */
static struct digest files_digest(void)
{
	static const char *const names[] = {"data.db", "keys.db", "master.key", NULL};
	struct digest d = {0};

	for (const char *const *p = names; *p; p++) {
		struct stat st;
		int fd = open(at(*p), O_RDONLY);

		if (fd >= 0 && !fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_size > 0) {
			char *bytes = arena_alloc(test_arena, 1, (size_t)st.st_size);

			MUST(read(fd, bytes, (size_t)st.st_size) == st.st_size);
			d = digest_keyed(d.b, (str){bytes, (size_t)st.st_size});
		}
		if (fd >= 0)
			close(fd);
	}
	return d;
}

static void refuses_for(int line, const char *part, const char *next)
{
	struct server s;
	struct digest before = files_digest();

	if (server_start(&s, market)) {
		TEST_FAIL("line %d: it serves", line);
		server_end(&s, SIGKILL);
	} else {
		says(__FILE__, line, "kontor serve: ");
		says(__FILE__, line, part);
		says(__FILE__, line, next);
		if (s.code != 1)
			TEST_FAIL("line %d: it ends with %d", line, s.code);
	}
	struct digest after = files_digest();

	CHECK(!memcmp(before.b, after.b, sizeof before.b));
	copy(good, market);
}
#define REFUSES(part, next) refuses_for(__LINE__, part, next)

static void serves(void)
{
	struct server s;

	REQUIRE(server_start(&s, market));
	CHECK_INT(200, get_status(&s, "/"));
	CHECK_INT(0, server_end(&s, SIGTERM));
}

TEST(a_damaged_database_is_named)
{
	begin();
	spoil("data.db", 0, 100);
	REFUSES("data.db", "restore a backup");
	spoil("data.db", 4096, 40000);
	REFUSES("data.db", "restore a backup");
	spoil("data.db", -1, 50000);
	REFUSES("data.db", "restore a backup");
	spoil("data.db", -1, 0);
	REFUSES("data.db is empty", "restore a backup");
	unlink(at("data.db"));
	REFUSES("is no installation", "kontor init");
	folder_for("data.db");
	REFUSES("data.db: Is a directory", "");
	serves();
	home_end();
}

TEST(a_damaged_key_store_is_named)
{
	begin();
	spoil("keys.db", 0, 100);
	REFUSES("keys.db", "restore a backup");
	spoil("keys.db", -1, 5000);
	REFUSES("keys.db", "restore a backup");
	spoil("keys.db", -1, 0);
	REFUSES("keys.db is empty", "restore a backup");
	unlink(at("keys.db"));
	REFUSES("keys.db is missing", "put back");
	folder_for("keys.db");
	REFUSES("keys.db: Is a directory", "");
	serves();
	home_end();
}

TEST(a_wrong_master_key_is_named)
{
	begin();
	unlink(at("master.key"));
	REFUSES("does not open", "put the master key of this installation there");
	int fd = open(at("master.key"), O_WRONLY | O_TRUNC);

	MUST(fd >= 0);
	for (int i = 0; i < 64; i++)
		MUST(write(fd, &"0123456789abcdef"[test_random() % 16], 1) == 1);
	close(fd);
	REFUSES("does not open", "put the master key of this installation there");
	spoil("master.key", -1, 10);
	REFUSES("is not a master key", "64 hexadecimal digits");
	MUST(!chmod(at("master.key"), 0644));
	REFUSES("can be read by others", "chmod 600");
	serves();
	home_end();
}

TEST(the_key_store_of_another_installation_is_refused)
{
	begin();
	REQUIRE(!kontor("init", in_home("other")));
	const char *const words[] = {
		"cp", in_home("other/keys.db"), in_home("other/master.key"), market, NULL};

	MUST(!run_words(words, "/dev/null"));
	REFUSES("is the key store of another installation", "put back");
	serves();
	home_end();
}

TEST(rubbish_beside_the_database_is_put_aside_or_named)
{
	begin();
	spoil("kontor.lock", 0, 100);
	spoil("data.db-wal", 0, 100000); /* no log of this database: the engine leaves it out */
	int fd = open(at("kontor.sock"), O_WRONLY | O_CREAT, 0600);

	MUST(fd >= 0);
	close(fd);
	serves();
	copy(good, market);
	folder_for("kontor.sock");
	REFUSES("kontor.sock", "remove it");
	folder_for("kontor.lock");
	REFUSES("kontor.lock: Is a directory", "");
	MUST(!rmdir(at("files")));
	fd = open(at("files"), O_WRONLY | O_CREAT, 0600);
	MUST(fd >= 0);
	close(fd);
	REFUSES("files is no folder", "move it away");
	serves();
	home_end();
}

TEST(two_servers_do_not_share_a_folder)
{
	struct server s, second;

	begin();
	REQUIRE(server_start(&s, market));
	CHECK(!server_start(&second, market));
	SAYS("is in use by process");
	SAYS("stop it");
	CHECK_INT(1, kontor("clock", market, "--shift", "1")); /* the server answers */
	SAYS("this is no demonstration");
	CHECK_INT(
		0, kontor("operator", "add", market, "--email", "a@kontor.example", "--name", "A"));
	CHECK_INT(200, get_status(&s, "/"));
	CHECK_INT(0, server_end(&s, SIGTERM));
	/* One that was killed leaves its lock and socket: no hindrance. */
	REQUIRE(server_start(&s, market));
	CHECK_INT(128 + SIGKILL, server_end(&s, SIGKILL));
	serves();
	home_end();
}

/* ---- folders that may not be written ---- */

static void as_nobody(void)
{
	if (!geteuid() && (setgid(65534) || setuid(65534)))
		_exit(125);
}

TEST(a_read_only_folder_is_named)
{
	struct server s;

	begin();
	MUST(!chmod(program_home, 0755));
	if (!geteuid()) {
		const char *const words[] = {"chown", "-R", "65534:65534", market, NULL};

		MUST(!run_words(words, "/dev/null"));
	}
	MUST(!chmod(market, 0500));
	program_before = as_nobody;
	CHECK(!server_start(&s, market));
	SAYS("the program must be able to write there");
	CHECK_INT(1, kontor("init", in_home("market/new")));
	SAYS("Permission denied");
	program_before = NULL;
	MUST(!chmod(market, 0700));
	home_end();
}

TEST(a_folder_of_another_user_is_named)
{
	begin();
	if (geteuid()) {
		printf("# not tried: only root can make files of another user\n");
	} else {
		struct server s;

		MUST(!chmod(program_home, 0755));
		program_before = as_nobody;
		CHECK(!server_start(&s, market));
		SAYS("kontor serve: ");
		SAYS("Permission denied");
		program_before = NULL;
	}
	home_end();
}

static void as_somebody(void)
{
	if (setgid(65533) || setuid(65533))
		_exit(125);
}

/* As systemd runs it: a user of its own. Commands come from root, who looks after it. */
TEST(a_server_of_another_user_does_what_root_asks)
{
	begin();
	if (geteuid()) {
		printf("# not tried: only root can start a server of another user\n");
	} else {
		const char *const words[] = {"chown", "-R", "65534:65534", market, NULL};
		struct server s;

		MUST(!chmod(program_home, 0755) && !run_words(words, "/dev/null"));
		program_before = as_nobody;
		REQUIRE(server_start(&s, market));
		program_before = NULL;
		CHECK_INT(0, kontor("chain", "check", market));
		CHECK_INT(0, kontor("operator", "add", market, "--email", "a@kontor.example",
				     "--name", "A"));
		program_before = as_somebody;
		CHECK_INT(1, kontor("chain", "check", market));
		SAYS("Permission denied");
		program_before = NULL;
		CHECK_INT(0, server_end(&s, SIGTERM));
	}
	home_end();
}

int main(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
	return test_main();
}
