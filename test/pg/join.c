/* The real program with a shared key store: made, served, joined by one more folder; what does not
 * belong together is refused and leaves nothing. */
#include "test/pg/cluster.h"
#include "test/program.h"
#include "test/rows.h"

static struct server server;
static struct cluster keys;

static const char *at(const char *host, const char *name)
{
	return str_fmt(test_arena, "postgresql://admin@/%s?host=%s", name, host).p;
}

static const char *data(void)
{
	return at(rows_cluster(), rows_name().p);
}

static char one[300], two[300], three[300], master[300]; /* folders, and a file of the first */

static void made(const char *more)
{
	home_make();
	cluster_make(&keys, "/tmp", NULL);
	cluster_start(&keys);
	MUST(!shell("createdb -h %s -U admin k", keys.dir));
	snprintf(one, sizeof one, "%s/one", program_home);
	snprintf(two, sizeof two, "%s/two", program_home);
	snprintf(three, sizeof three, "%s/three", program_home);
	snprintf(master, sizeof master, "%s/one/master.key", program_home);
	(void)rows_database();
	CHECK_INT(0, kontor("init", one, "--database", data(), "--keys", at(keys.dir, "k"), more));
}

static void gone(void)
{
	rows_drop();
	cluster_end(&keys);
	home_end();
}

static bool same_file(const char *a, const char *b)
{
	return !shell("cmp -s %s/%s %s/%s", program_home, a, program_home, b);
}

static bool private(const char *path)
{
	struct stat st;

	return !stat(in_home(path), &st) && !(st.st_mode & 077);
}

TEST(one_more_server_joins_and_serves)
{
	made("--demo");
	CHECK(access(in_home("one/keys.db"), F_OK) != 0);
	CHECK(private("one/keys"));
	REQUIRE(server_start(&server, one)); /* DIR/keys says where the keys are */
	CHECK_INT(200, get_status(&server, "/"));
	CHECK_INT(0, kontor("backup", one, in_home("copy"))); /* over its socket */
	CHECK_INT(0, server_end(&server, SIGTERM));
	CHECK_INT(0, kontor("join", two, "--database", data(), "--keys", at(keys.dir, "k"),
			     "--master", master));
	SAYS("one more server");
	CHECK(same_file("one/keys", "two/keys"));
	CHECK(same_file("one/database", "two/database"));
	CHECK(same_file("one/master.key", "two/master.key"));
	CHECK(private("two/keys") && private("two/database") && private("two/master.key") &&
		private("two"));
	REQUIRE(server_start(&server, two));
	CHECK_INT(200, get_status(&server, "/"));
	CHECK_INT(0, kontor("keys", "rotate", two)); /* over its socket */
	SAYS("Then destroy every copy");
	CHECK_INT(200, get_status(&server, "/"));
	CHECK_INT(0, server_end(&server, SIGTERM));
	CHECK_INT(1, kontor("chain", "check", one)); /* which has the master key of before */
	SAYS("does not open");
	MUST(!shell("cp -p %s/two/master.key %s/one/master.key", program_home, program_home));
	CHECK_INT(0, kontor("chain", "check", one));
	CHECK_INT(0, kontor("keys", "rotate", one)); /* by itself */
	SAYS("Then destroy every copy");
	gone();
}

/* The join of a second folder with these; what it says. */
static void refused(
	const char *database, const char *keys_at, const char *master_at, const char *words)
{
	CHECK_INT(1, kontor("join", two, "--database", database, "--keys", keys_at, "--master",
			     master_at));
	SAYS(words);
	CHECK(access(two, F_OK) != 0);
}

TEST(what_does_not_open_is_refused_and_leaves_nothing)
{
	made(NULL);
	char other[300], open[300];

	snprintf(other, sizeof other, "%s/other.key", program_home);
	snprintf(open, sizeof open, "%s/open.key", program_home);
	MUST(!shell("head -c 32 /dev/urandom | od -An -tx1 -v | tr -d ' \\n' >%s && chmod 600 %s",
		other, other));
	MUST(!shell("cp %s %s && chmod 644 %s", master, open, open));
	refused(data(), at(keys.dir, "k"), other, "does not open that key store");
	refused(data(), at(keys.dir, "k"), open, "can be read by others");
	refused(data(), at(keys.dir, "k"), in_home("none"), "no such file");
	refused(data(), "here", master, "must name the database");
	refused("here", at(keys.dir, "k"), master, "must name the database");
	refused(data(), at("/nowhere", "k"), master, "the key store is not reached");
	refused(data(), at(keys.dir, "postgres"), master, "holds no key store");
	refused(at(keys.dir, "postgres"), at(keys.dir, "k"), master, "holds no installation");
	CHECK_INT(1, kontor("join", one, "--database", data(), "--keys", at(keys.dir, "k"),
			     "--master", master));
	SAYS("is not empty");
	gone();
}

TEST(join_says_what_is_missing)
{
	home_make();
	CHECK_INT(0, kontor("join", "--help"));
	SAYS("--master FILE");
	CHECK_INT(2, kontor("join", "x", "--database", "d", "--master", "m"));
	SAYS("--keys ADDRESS is missing");
	CHECK_INT(2, kontor("join", "x", "--keys", "k", "--master", "m"));
	SAYS("--database ADDRESS is missing");
	CHECK_INT(2, kontor("join", "x", "--keys", "k", "--database", "d"));
	SAYS("--master FILE is missing");
	CHECK_INT(2, kontor("join", "--keys", "k", "--database", "d", "--master", "m"));
	SAYS("DIR is missing");
	home_end();
}

/* Another installation, with keys in the cluster of its data. */
TEST(what_does_not_belong_together_is_refused)
{
	made(NULL);
	char second[100], second_keys[100];

	snprintf(second, sizeof second, "%s_2", rows_name().p);
	snprintf(second_keys, sizeof second_keys, "%s_3", rows_name().p);
	MUST(!shell("createdb -h %s -U admin --template template0 --encoding UTF8 --locale C %s "
		    "&& createdb -h %s -U admin %s",
		rows_cluster(), second, rows_cluster(), second_keys));
	const char *there = strdup(at(rows_cluster(), second));

	CHECK_INT(1, kontor("init", two, "--database", there, "--keys", there));
	SAYS("do not lie in the database of the data");
	CHECK_INT(1, kontor("init", two, "--database", there, "--keys", at(keys.dir, "k")));
	SAYS("holds a key store or an installation already");
	CHECK_INT(1, kontor("init", two, "--keys", at(keys.dir, "k")));
	SAYS("say --database too");
	CHECK(access(two, F_OK) != 0);
	CHECK_INT(0, kontor("init", two, "--database", there, "--keys",
			     at(rows_cluster(), second_keys)));
	SAYS("in the cluster of the data");
	CHECK_INT(1, kontor("join", three, "--database", there, "--keys", at(keys.dir, "k"),
			     "--master", master));
	SAYS("of two installations");
	CHECK(access(three, F_OK) != 0);
	shell("dropdb -h %s -U admin %s; dropdb -h %s -U admin %s", rows_cluster(), second,
		rows_cluster(), second_keys);
	free((char *)(uintptr_t)there);
	gone();
}

int main(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
	return test_main();
}
