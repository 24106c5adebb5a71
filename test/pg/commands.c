/* The real program on PostgreSQL, from outside: made, filled, served, worked on by commands; what
 * it cannot do there it says, and does not end well. */
#include "test/program.h"
#include "test/rows.h"

static struct server server;
static const char *dir;

static void made(const char *more)
{
	home_make();
	dir = strdup(in_home("market"));
	CHECK_INT(0, kontor("init", dir, "--database", rows_database(), more));
}

static void gone(void)
{
	rows_drop();
	home_end();
	free((char *)(uintptr_t)dir);
}

static int64_t number(const char *sql)
{
	return rows_number(dir, sql);
}

TEST(a_demonstration_is_filled_and_served)
{
	made("--demo");
	SAYS("None of them exists");
	CHECK(number("select count(*) from r_orders") > 10);
	CHECK(access(str_fmt(test_arena, "%s/data.db", dir).p, F_OK) != 0);
	REQUIRE(server_start(&server, dir)); /* DIR/database says where the data are */
	CHECK_INT(200, get_status(&server, "/"));
	for (int i = 0; i < 100 && get_status(&server, "/search?q=nut") == 503; i++)
		usleep(100000); /* its index is made beside the first requests */
	CHECK_INT(200, get_status(&server, "/search?q=nut"));
	CHECK_INT(200, get_status(&server, "/privacy"));
	CHECK_INT(404, get_status(&server, "/product/nothing"));
	CHECK_INT(0, kontor("chain", "check", dir)); /* over the server's socket */
	SAYS("good");
	CHECK_INT(0, kontor("backup", dir, in_home("copy")));
	SAYS("done: the database");
	CHECK_INT(0, server_end(&server, SIGTERM));
	CHECK_INT(0, kontor("chain", "check", dir));
	CHECK_INT(0, kontor("keys", "rotate", dir));
	CHECK_INT(0, kontor("clock", dir, "--shift", "3"));
	SAYS("it is now");
	REQUIRE(server_start(&server, dir));
	CHECK_INT(200, get_status(&server, "/"));
	CHECK_INT(0, server_end(&server, SIGTERM));
	gone();
}

static bool words_are_filled(void)
{
	for (int i = 0; i < 600; i++, usleep(50000))
		if (number("select count(*) from kontor.words_at where filled"))
			return true;
	return false;
}

/* Without an index of its own, as soon as the words are there. */
TEST(search_is_asked_of_the_database)
{
	made("--demo");
	REQUIRE(server_start(&server, dir, "--search", "database"));
	CHECK(words_are_filled());
	CHECK_INT(200, get_status(&server, "/search?q=nut"));
	CHECK_INT(200, get_status(&server, "/search/suggest?q=nu"));
	CHECK(number("select count(*) from kontor.words") ==
		number("select count(*) from base.r_offer o join base.r_company c on c.id = "
		       "o.company_id where o.state = 2 and c.state = 2"));
	CHECK_INT(0, server_end(&server, SIGTERM));
	REQUIRE(server_start(&server, dir, "--search", "index"));
	CHECK_INT(0, number("select count(*) from kontor.words"));
	CHECK_INT(0, server_end(&server, SIGTERM));
	/* as on a cluster without the extension */
	rows_change(dir, "update kontor.made set words = false");
	CHECK(!server_start(&server, dir, "--search", "database"));
	SAYS("pg_trgm");
	gone();
}

static bool logs(const struct server *s, const char *part)
{
	for (int i = 0; i < 300; i++) {
		said_read(s->log);
		if (strstr(program_said, part))
			return true;
		usleep(50000);
	}
	return false;
}

/* Moved by one server while both run, then by the other. */
TEST(a_demonstrations_clock_moves_on_all_servers)
{
	static const char *const common[] = {
		"keys.db", "master.key", "erased.log", "files", "database", NULL};
	struct server second;

	made("--demo");
	char *other = strdup(in_home("second"));

	MUST(!mkdir(other, 0700));
	for (const char *const *p = common; *p; p++)
		MUST(!symlink(str_fmt(test_arena, "%s/%s", dir, *p).p,
			str_fmt(test_arena, "%s/%s", other, *p).p));
	REQUIRE(server_start(&server, dir));
	REQUIRE(server_start(&second, other));
	CHECK_INT(0, kontor("clock", dir, "--shift", "P30D")); /* by the first, over its socket */
	SAYS("it is now");
	CHECK(logs(&second, "\"ahead_s\":2592000"));
	CHECK_INT(0, kontor("clock", other, "--shift", "2"));
	CHECK(logs(&server, "\"ahead_s\":2764800"));
	CHECK_INT(0, server_end(&second, SIGTERM));
	CHECK_INT(0, server_end(&server, SIGTERM));
	free(other);
	gone();
}

TEST(an_operator_and_a_catalogue_are_added)
{
	made(NULL);
	CHECK_INT(0, kontor("operator", "add", dir, "--email", "o@kontor.example", "--name", "O"));
	CHECK_INT(1, number("select count(*) from r_person where staff <> 0"));
	CHECK_INT(1, kontor("operator", "add", dir, "--email", "o@kontor.example", "--name", "O"));
	SAYS("has an account already");
	gone();
}

/* A database that does not do is refused before anything is made, so that the next try finds the
 * folder as it was. */
TEST(what_does_not_fit_is_refused_and_leaves_nothing)
{
	made(NULL);
	const char *other = in_home("other"),
		   *taken = str_fmt(test_arena, "postgresql://admin@/" STR_FMT "?host=%s",
			   STR_ARG(rows_name()), rows_cluster())
				    .p;
	char *folder = strdup(other);

	CHECK_INT(1, kontor("init", folder, "--database", taken));
	SAYS("holds an installation already");
	CHECK_INT(1, kontor("init", folder, "--database", "postgresql://admin@/Kontor-1"));
	SAYS("must name the database");
	CHECK_INT(1,
		kontor("init", folder, "--database",
			str_fmt(test_arena, "postgresql://admin@/none?host=%s", rows_cluster()).p));
	SAYS("not reached");
	CHECK_INT(
		1, kontor("init", folder, "--database",
			   str_fmt(test_arena, "postgresql://" STR_FMT "_app@/" STR_FMT "?host=%s",
				   STR_ARG(rows_name()), STR_ARG(rows_name()), rows_cluster())
				   .p));
	CHECK(access(folder, F_OK) != 0);
	CHECK_INT(0, kontor("init", folder)); /* on SQLite */
	CHECK_INT(1, kontor("serve", folder, "--database", taken));
	SAYS("is an installation on SQLite");
	setenv("KONTOR_DATABASE", taken, 1);
	CHECK_INT(1, kontor("bench", "gdpr", "--temp"));
	SAYS("unset KONTOR_DATABASE");
	unsetenv("KONTOR_DATABASE");
	free(folder);
	gone();
}

/* As kontor_start, with what it says in a file of its own. */
static pid_t init_started(const char *folder, const char *database, const char *said)
{
	fflush(stdout);
	pid_t pid = fork();

	if (!pid) {
		int out = open(said, O_WRONLY | O_CREAT | O_TRUNC, 0600);

		if (out < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
			_exit(126);
		execl(program_path(), program_path(), "init", folder, "--database", database,
			(char *)NULL);
		_exit(127);
	}
	MUST(pid > 0);
	return pid;
}

/* One makes it; the other is told, and leaves no folder that looks like an installation. */
TEST(two_are_made_at_once_in_one_database)
{
	const char *folder[2], *said[2], *database;
	pid_t pid[2];
	int code[2];

	home_make();
	database = rows_database();
	for (int i = 0; i < 2; i++) {
		folder[i] = str_fmt(test_arena, "%s/market-%d", program_home, i).p;
		said[i] = str_fmt(test_arena, "%s/said-%d", program_home, i).p;
		pid[i] = init_started(folder[i], database, said[i]);
	}
	for (int i = 0; i < 2; i++) {
		int status;

		MUST(waitpid(pid[i], &status, 0) == pid[i] && WIFEXITED(status));
		code[i] = WEXITSTATUS(status);
	}
	int made = code[0] ? 1 : 0;

	CHECK_INT(0, code[made]);
	CHECK_INT(1, code[!made]);
	said_read(said[!made]);
	SAYS("holds an installation already");
	CHECK(access(folder[!made], F_OK) != 0);
	CHECK_INT(1, number("select count(*) from r_house"));
	REQUIRE(server_start(&server, folder[made]));
	CHECK_INT(200, get_status(&server, "/"));
	CHECK_INT(0, server_end(&server, SIGTERM));
	rows_drop();
	home_end();
}

int main(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
	return test_main();
}
