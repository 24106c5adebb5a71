/* The commands from outside, as an operator types them: help and exit codes of each, a backup and
 * its restore, beside a running server and without one, what was tampered with, another program's
 * database, a new master key. */
#include "test/program.h"

#include <dirent.h>

static char market[300];

static const char *at(const char *file)
{
	return str_fmt(test_arena, "%s/%s", market, file).p;
}

static void copy(const char *from, const char *to)
{
	const char *const words[] = {"cp", "-a", from, to, NULL};

	MUST(!run_words(words, "/dev/null"));
}

static void begin(void)
{
	home_make();
	snprintf(market, sizeof market, "%s/market", program_home);
	REQUIRE(!kontor("init", market, "--operator-name", "Hub", "--operator-email",
		"hub@kontor.example"));
	SAYS("Keep a copy of the master key");
	REQUIRE(!kontor(
		"operator", "add", market, "--email", "ann@kontor.example", "--name", "Ann"));
	SAYS("Password, shown this once: ");
}

/* ---- calls ---- */

static const char *const commands[] = {"init", "serve", "operator", "import", "policy", "breach",
	"chain", "backup", "restore", "keys", "clock", "bench", NULL};

TEST(each_command_has_help_and_says_what_a_call_lacks)
{
	home_make();
	CHECK_INT(0, kontor("--help"));
	for (const char *const *c = commands; *c; c++)
		SAYS(*c);
	CHECK_INT(2, kontor("nonsense"));
	SAYS("there is no command \"nonsense\"");
	for (const char *const *c = commands; *c; c++) {
		const char *usage = str_fmt(test_arena, "usage: kontor %s", *c).p;

		CHECK_INT(0, kontor(*c, "--help"));
		SAYS(usage);
		CHECK_INT(0, kontor(*c, "-h"));
		CHECK_INT(2, kontor(*c));
		SAYS(usage);
		CHECK_INT(2, kontor(*c, "--nonsense"));
		SAYS("--nonsense");
		SAYS(usage);
		CHECK_INT(0, kontor("help", *c));
		SAYS(usage);
	}
	CHECK_INT(2, kontor("serve"));
	SAYS("DIR is missing");
	CHECK_INT(2, kontor("import", "products", "x"));
	SAYS("FILE.csv[.gz] is missing");
	home_end();
}

TEST(what_a_command_cannot_do_ends_with_1_and_a_reason)
{
	begin();
	CHECK_INT(1, kontor("init", market));
	SAYS("is not empty");
	CHECK_INT(1, kontor("operator", "add", market, "--email", "ann@kontor.example", "--name",
			     "Ann"));
	SAYS("has an account already");
	CHECK_INT(2, kontor("operator", "add", market, "--email", "nowhere", "--name", "A"));
	SAYS("is not an e-mail address");
	CHECK_INT(1, kontor("clock", market, "--shift", "P30D"));
	SAYS("is no demonstration");
	CHECK_INT(2, kontor("clock", market, "--shift", "P-3D"));
	CHECK_INT(0, kontor("policy", "check"));
	SAYS("The policy holds");
	CHECK_INT(1, kontor("policy", "check", market));
	CHECK_INT(1, kontor("policy", "explain", "person.nothing"));
	SAYS("the table person has no column nothing");
	CHECK_INT(2, kontor("serve", market, "--tls-cert", "x"));
	SAYS("go together");
	CHECK_INT(1, kontor("serve", market, "--tls-cert", "/none", "--tls-key", "/none"));
	CHECK_INT(1, kontor("serve", market, "--listen", "nowhere:http"));
	CHECK_INT(1, kontor("serve", market, "--listen", "127.0.0.1:99999"));
	SAYS("127.0.0.1:99999 is not an address to listen on");
	CHECK_INT(2, kontor("serve", market, "--base-url", "nonsense"));
	CHECK_INT(2, kontor("serve", market, "--base-url", "https://x.example/shop"));
	CHECK_INT(2, kontor("serve", market, "--smtp", "mail.example:25"));
	SAYS("--smtp is smtp://HOST:PORT");
	CHECK_INT(2, kontor("serve", market, "--mail-from", "nobody"));
	CHECK_INT(2, kontor("serve", market, "--search", "fast"));
	for (int i = 0; i < 3; i++) {
		static const char *const words[][2] = {
			{"backup", "/tmp/x"}, {"keys", "rotate"}, {"serve", NULL}};

		if (words[i][1] && i == 1)
			CHECK_INT(1, kontor("keys", "rotate", in_home("none")));
		else if (words[i][1])
			CHECK_INT(1, kontor(words[i][0], in_home("none"), in_home("x")));
		else
			CHECK_INT(1, kontor(words[i][0], in_home("none")));
		SAYS("kontor init");
	}
	home_end();
}

/* ---- backup and restore ---- */

static int64_t people(const char *dir)
{
	return db_number(str_fmt(test_arena, "%s/data.db", dir).p, "select count(*) from r_person");
}

static int restore(const char *file, const char *to)
{
	return kontor("restore", in_home(file), in_home(to), "--master", in_home("master.key"),
		"--erased", "none");
}

static void spoil(const char *file, off_t where)
{
	int fd = open(in_home(file), O_RDWR);
	char c = 0;

	MUST(fd >= 0 && pread(fd, &c, 1, where) == 1);
	c ^= 0x40;
	MUST(pwrite(fd, &c, 1, where) == 1);
	close(fd);
}

/* Nothing of a refused restore is left. */
static void refused(const char *file, const char *part)
{
	CHECK_INT(1, restore(file, "target"));
	SAYS("kontor restore: ");
	SAYS(part);
	CHECK(access(in_home("target"), F_OK) != 0);
}

TEST(a_backup_brings_everything_back)
{
	struct server server;
	struct stat st;

	begin();
	copy(at("master.key"), in_home("master.key"));
	REQUIRE(server_start(&server, market));
	CHECK_INT(0, kontor("backup", market, in_home("online")));
	SAYS("done: the database");
	CHECK_INT(1, kontor("backup", market, in_home("online")));
	SAYS("a backup never replaces another");
	CHECK_INT(0, server_end(&server, SIGTERM));
	CHECK_INT(0, kontor("backup", market, in_home("offline")));
	MUST(!stat(in_home("online"), &st));
	CHECK_INT(0600, st.st_mode & 0777);
	CHECK_INT(0, restore("online", "first"));
	SAYS("restored into ");
	CHECK_INT(people(market), people(in_home("first")));
	CHECK_INT(0, restore("offline", "second"));
	CHECK_INT(1, restore("offline", "second"));
	SAYS("second");
	REQUIRE(server_start(&server, in_home("second")));
	CHECK_INT(200, get_status(&server, "/"));
	CHECK_INT(0, server_end(&server, SIGTERM));
	/* Ann is there with her sealed name, so her address is taken. */
	CHECK_INT(1, kontor("operator", "add", in_home("second"), "--email", "ann@kontor.example",
			     "--name", "Ann"));
	SAYS("has an account already");
	CHECK_INT(2, kontor("restore", in_home("online"), in_home("x")));
	SAYS("--erased LOG|none");
	home_end();
}

TEST(a_backup_that_was_tampered_with_is_refused)
{
	struct stat st;

	begin();
	copy(at("master.key"), in_home("master.key"));
	CHECK_INT(0, kontor("backup", market, in_home("b")));
	MUST(!stat(in_home("b"), &st));
	static const char *const parts[] = {"b", "b.keys", NULL};

	for (const char *const *p = parts; *p; p++) {
		const char *kept = str_fmt(test_arena, "%s.kept", *p).p;

		MUST(!stat(in_home(*p), &st));
		copy(in_home(*p), in_home(kept));
		for (int i = 0; i < 3; i++) {
			off_t where = i == 0 ? 10 : i == 1 ? st.st_size / 2 : st.st_size - 1;

			spoil(*p, where);
			refused("b", *p);
			MUST(!rename(in_home(kept), in_home(*p)));
			copy(in_home(*p), in_home(kept));
		}
		MUST(!truncate(in_home(*p), st.st_size / 2));
		refused("b", "cut off");
		MUST(!truncate(in_home(*p), 0));
		refused("b", "cut off");
		MUST(!unlink(in_home(*p)));
		refused("b", "No such file");
		MUST(!rename(in_home(kept), in_home(*p)));
	}
	/* Keys older than the data lack some; newer ones are those of after an erasure. */
	CHECK_INT(0, kontor("backup", market, in_home("c")));
	copy(in_home("c.keys"), in_home("c.keys.kept"));
	copy(in_home("b.keys"), in_home("c.keys"));
	refused("c", "it lacks keys");
	copy(in_home("c.keys.kept"), in_home("c.keys"));
	copy(in_home("c.keys"), in_home("b.keys"));
	CHECK_INT(0, restore("b", "older"));
	CHECK_INT(0, kontor("init", in_home("other")));
	copy(in_home("other/master.key"), in_home("master.key"));
	refused("c", "master key");
	copy(at("master.key"), in_home("master.key"));
	CHECK_INT(0, restore("c", "target"));
	home_end();
}

TEST(a_database_of_a_newer_program_is_left_alone)
{
	struct server server;

	begin();
	copy(at("master.key"), in_home("master.key"));
	MUST(db_number(at("data.db"),
		     "insert into r_schema_file (id, name, digest, applied_at) values (9999, "
		     "'9999-later.sql', x'00', 0)") == INT64_MIN);
	CHECK(!server_start(&server, market));
	CHECK_INT(1, server.code);
	SAYS("this database was made by a newer program (it has schema/9999-later.sql)");
	CHECK_INT(1, kontor("backup", market, in_home("b")));
	SAYS("newer program");
	MUST(db_number(at("data.db"), "delete from r_schema_file where id = 9999") == INT64_MIN);
	CHECK_INT(0, kontor("backup", market, in_home("b")));
	MUST(db_number(at("data.db"), "update r_schema_file set digest = x'00' where id = 1") ==
		INT64_MIN);
	CHECK(!server_start(&server, market));
	SAYS("was edited after it was applied");
	home_end();
}

/* ---- keys ---- */

static void key_is(str *key)
{
	char text[80] = "";
	int fd = open(at("master.key"), O_RDONLY);

	MUST(fd >= 0 && read(fd, text, 64) == 64);
	close(fd);
	*key = str_dup(test_arena, str_of(text));
}

TEST(a_new_master_key_opens_what_the_old_one_did)
{
	struct server server;
	str first, second, third;

	begin();
	key_is(&first);
	copy(at("master.key"), in_home("master.key"));
	CHECK_INT(0, kontor("backup", market, in_home("before")));
	CHECK_INT(0, kontor("keys", "rotate", market));
	SAYS("a new master key");
	key_is(&second);
	CHECK(!str_eq(first, second));
	REQUIRE(server_start(&server, market));
	CHECK_INT(0, kontor("keys", "rotate", market));
	key_is(&third);
	CHECK(!str_eq(second, third));
	CHECK_INT(200, get_status(&server, "/"));
	CHECK_INT(128 + SIGKILL, server_end(&server, SIGKILL));
	REQUIRE(server_start(&server, market));
	CHECK_INT(0, kontor("operator", "add", market, "--email", "bea@kontor.example", "--name",
			     "Bea", "--officer"));
	SAYS("Password, shown this once: ");
	CHECK_INT(1, kontor("operator", "add", market, "--email", "bea@kontor.example", "--name",
			     "Bea")); /* the server made it */
	SAYS("has an account already");
	CHECK_INT(0, server_end(&server, SIGTERM));
	CHECK_INT(1, kontor("operator", "add", market, "--email", "ann@kontor.example", "--name",
			     "Ann"));
	SAYS("has an account already"); /* the blind index is as it was */
	/* The old key opens the old backup alone. */
	CHECK_INT(0, restore("before", "old"));
	CHECK_INT(0, kontor("backup", market, in_home("after")));
	CHECK_INT(1, restore("after", "new"));
	copy(in_home("master.key"), at("master.key"));
	CHECK(!server_start(&server, market));
	SAYS("does not open");
	CHECK_INT(2, kontor("keys", "turn", market));
	home_end();
}

/* The key store and the master key elsewhere. */
TEST(keys_may_lie_elsewhere)
{
	struct server server;
	const char *keys, *master;

	begin();
	keys = in_home("vault/keys.db");
	master = in_home("vault/master.key");
	MUST(!mkdir(in_home("vault"), 0700));
	CHECK_INT(0, kontor("init", in_home("apart"), "--keys", keys, "--master", master));
	CHECK(access(in_home("apart/keys.db"), F_OK) && access(in_home("apart/master.key"), F_OK));
	CHECK(!access(keys, F_OK) && !access(master, F_OK));
	CHECK(!server_start(&server, in_home("apart")));
	SAYS("keys.db is missing");
	CHECK(!server_start(&server, market, "--keys", keys, "--master", master));
	SAYS("of another installation");
	REQUIRE(server_start(&server, in_home("apart"), "--keys", keys, "--master", master));
	CHECK_INT(0, server_end(&server, SIGTERM));
	CHECK_INT(
		0, kontor("keys", "rotate", in_home("apart"), "--keys", keys, "--master", master));
	CHECK_INT(0, kontor("backup", in_home("apart"), in_home("b"), "--keys", keys, "--master",
			     master));
	copy(master, in_home("master.key"));
	CHECK_INT(0, restore("b", "back"));
	home_end();
}

/* The bench works in small too: every role answers, nothing wrong, and the folder goes away. */
TEST(the_roles_of_gdprbench_are_measured)
{
	home_make();
	(void)kontor("bench", "gdpr", in_home("bench"), "--records", "1000", "--operations", "60",
		"--clients", "4");
	SAYS("# 1000 records, 60 operations of each role, 4 clients");
	SAYS("bar gdpr_processor_wrong 0.000 answers =0 pass");
	SAYS("bar gdpr_customer_wrong 0.000 answers =0 pass");
	SAYS("bar gdpr_controller_wrong 0.000 answers =0 pass");
	SAYS("bar gdpr_regulator_wrong 0.000 answers =0 pass");
	SAYS("bar gdpr_controller_by_row");
	CHECK_INT(1, kontor("bench", "gdpr", in_home("bench")));
	SAYS("is not empty");
	CHECK_INT(2, kontor("bench", "gdpr", "--temp", "--records", "7"));
	CHECK_INT(2, kontor("bench", "nonsense", in_home("bench")));
	home_end();
}

int main(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
	return test_main();
}
