/* 64 clients order at two servers on one database; one of them is killed, and its clients go on at
 * the other with the keys that had no answer: every order once, and the books add up. */
#include "test/fault/orders.h"

#include <signal.h>

static struct server second;
static bool alone; /* everybody asks the second */

static const struct server *one_of(const struct client *c)
{
	return alone || c->n % 2 ? &second : &server;
}

/* A folder of its own; what both must have in common is the first one's. */
static const char *joined_as(const char *name)
{
	static const char *const common[] = {
		"keys.db", "master.key", "erased.log", "files", "database", NULL};
	const char *other = in_home(name);

	MUST(!mkdir(other, 0700));
	for (const char *const *p = common; *p; p++)
		MUST(!symlink(str_fmt(test_arena, "%s/%s", market, *p).p,
			str_fmt(test_arena, "%s/%s", other, *p).p));
	return other;
}

static const char *joined(void)
{
	return joined_as("second");
}

static void first_killed(void)
{
	CHECK_INT(128 + SIGKILL, server_end(&server, SIGKILL));
}

TEST(one_of_two_servers_is_killed)
{
	home_make();
	world_make_in(program_home);
	clients_make();
	REQUIRE(server_start(&server, market, "--behind-proxy"));
	REQUIRE(server_start(&second, joined(), "--behind-proxy"));
	server_of = one_of;
	clients_disturbed(3000, first_killed);
	alone = true;
	clients_run(0);
	CHECK_INT(2, rows_number(market, "select count(distinct id >> 16 & 63) from r_orders"));
	books();
	CHECK_INT(0, server_end(&second, SIGTERM));
	CHECK_INT(0, kontor("chain", "check", market));
	counts_print();
	CHECK_INT(0, troubles);
	CHECK(acked_all > 0);
	clients_end();
	rows_drop();
	home_end();
	counts_clear();
	server_of = NULL;
}

/* ---- behind a proxy -------------------------------------------------------------------------- */
enum { SERVERS = 4 };
static struct server front; /* nginx */
static struct server more[SERVERS - 2];

/* Before the first two and as many more. */
static void front_start(int n_more)
{
	const char *conf = in_home("nginx.conf");
	FILE *f = fopen(conf, "we");

	front.port = free_port();
	snprintf(front.base, sizeof front.base, "http://127.0.0.1:%d", front.port);
	MUST(f);
	fprintf(f,
		"daemon off; pid %s; error_log %s; %s events { worker_connections 512; }\nhttp {",
		in_home("nginx.pid"), in_home("nginx.log"), getuid() ? "" : "user root;");
	for (const char *const *p = (const char *const[]){"client_body", "proxy", "fastcgi",
		     "uwsgi", "scgi", NULL};
		*p; p++)
		fprintf(f, "%s_temp_path %s;", *p, in_home(*p));
	fprintf(f,
		"access_log off; upstream kontor { server 127.0.0.1:%d max_fails=1 "
		"fail_timeout=1s; "
		"server 127.0.0.1:%d max_fails=1 fail_timeout=1s; ",
		server.port, second.port);
	for (int i = 0; i < n_more; i++)
		fprintf(f, "server 127.0.0.1:%d max_fails=1 fail_timeout=1s; ", more[i].port);
	fprintf(f,
		"keepalive 64; }\nserver { listen 127.0.0.1:%d; location / { proxy_pass "
		"http://kontor; proxy_http_version 1.1; "
		"proxy_set_header Connection \"\"; proxy_set_header Host $host; proxy_set_header "
		"X-Forwarded-For $http_x_forwarded_for; proxy_next_upstream error timeout; } } }\n",
		front.port);
	MUST(!fclose(f));
	front.pid = fork();
	if (!front.pid) {
		execlp("nginx", "nginx", "-c", conf, (char *)NULL);
		_exit(127);
	}
	MUST(front.pid > 0);
	for (int i = 0; i < 200 && get_status(&front, "/healthz") != 200; i++)
		usleep(50000);
	CHECK_INT(200, get_status(&front, "/healthz"));
}

static void front_end(void)
{
	int status;

	kill(front.pid, SIGTERM);
	MUST(waitpid(front.pid, &status, 0) == front.pid);
}

static const struct server *front_of(const struct client *c)
{
	(void)c;
	return &front;
}

/* With the keys in a database of their own. */
static const char *joined_by_command(void)
{
	CHECK_INT(0, kontor("join", in_home("second"), "--master",
			     str_fmt(test_arena, "%s/master.key", market).p));
	MUST(!unsetenv("KONTOR_KEYS")); /* from here on the folders say where */
	return in_home("second");
}

static void first_stopped(void)
{
	CHECK_INT(0, server_end(&server, SIGTERM));
}

TEST(behind_a_proxy_no_request_fails_while_one_server_is_stopped)
{
	home_make();
	world_shares_keys = true;
	world_make_in(program_home);
	world_shares_keys = false;
	clients_make();
	const char *other = joined_by_command();

	REQUIRE(server_start(&server, market, "--behind-proxy", "--drain", "2"));
	REQUIRE(server_start(&second, other, "--behind-proxy"));
	front_start(0);
	server_of = front_of;
	clients_disturbed(3000, first_stopped);
	books();
	CHECK_INT(0, unknown);
	CHECK_INT(0, troubles);
	CHECK(acked_all > 0);
	CHECK_INT(2, rows_number(market, "select count(distinct id >> 16 & 63) from r_orders"));
	printf("# %lld orders answered\n", (long long)acked_all);
	front_end();
	CHECK_INT(0, server_end(&second, SIGTERM));
	server_of = NULL;
	clients_end();
	rows_drop();
	home_end();
	counts_clear();
}

/* ---- four of them ---------------------------------------------------------------------------- */
enum { SOON_MS = 5000, JOBS_MS = 150000 };

static bool page_has(const struct server *s, const char *path, const char *part)
{
	CURL *c = curl_easy_init();
	struct answer a = {0};

	ask(c, &a, str_fmt(test_arena, "%s%s", s->base, path).p, NULL, NULL);
	bool is = !a.rc && a.status == 200 && a.body && strstr(a.body, part);

	free(a.body);
	curl_easy_cleanup(c);
	return is;
}

/* The next order of client 0 is for the first offer, at the first server: whoever looks at the
 * second one, which has kept the page, is shown what is left. */
static void kept_page_follows(void)
{
	const char *page = str_fmt(test_arena, "/product/" STR_FMT,
		STR_ARG(id_text(test_arena,
			rows_number(market, str_fmt(test_arena,
						    "select product_id from r_offer where id = "
						    "%lld",
						    (long long)offers[0])
						    .p))))
				   .p;
	bool shown = false;

	CHECK(page_has(&second, page, "1,000,000"));
	CHECK(page_has(&second, page, "1,000,000"));
	CHECK(page_has(&second, "/metrics", "\nkontor_kept_pages_total 1\n"));
	server_of = NULL;
	atomic_store(&stop_after_cycle, true);
	CHECK(step(&clients[0]) && step(&clients[0]) && clients[0].acked_n == 1);
	for (int ms = 0; ms < SOON_MS && !shown; ms += 20) {
		shown = page_has(&second, page, "999,990");
		usleep(20000);
	}
	CHECK(shown);
}

static bool figures_agree(void)
{
	return rows_number(market, "select (select coalesce(sum(n), 0) from r_figure where kind = "
				   "1) = (select count(*) from r_orders)") == 1;
}

TEST(one_of_four_servers_behind_a_proxy_is_killed)
{
	bool agree = false;

	home_make();
	world_make_in(program_home);
	clients_make();
	REQUIRE(server_start(&server, market, "--behind-proxy"));
	REQUIRE(server_start(&second, joined(), "--behind-proxy"));
	for (int i = 0; i < SERVERS - 2; i++)
		REQUIRE(server_start(&more[i], joined_as(str_fmt(test_arena, "more-%d", i).p),
			"--behind-proxy"));
	kept_page_follows();
	front_start(SERVERS - 2);
	server_of = front_of;
	clients_disturbed(3000, first_killed);
	clients_run(0); /* what had no answer, again with its key */
	CHECK_INT(
		SERVERS, rows_number(market, "select count(distinct id >> 16 & 63) from r_orders"));
	books();
	for (int ms = 0; ms < JOBS_MS && !agree; ms += 500) {
		agree = figures_agree();
		usleep(500000);
	}
	CHECK(agree); /* by whoever does that work now */
	counts_print();
	CHECK_INT(0, troubles);
	front_end();
	CHECK_INT(0, server_end(&second, SIGTERM));
	for (int i = 0; i < SERVERS - 2; i++)
		CHECK_INT(0, server_end(&more[i], SIGTERM));
	CHECK_INT(0, kontor("chain", "check", market));
	server_of = NULL;
	clients_end();
	rows_drop();
	home_end();
	counts_clear();
}

/* Asked to stop, it says so to whoever asks for its health, and answers everybody else. */
TEST(a_server_drains_before_it_stops)
{
	int status = -1;

	home_make();
	world_make_in(program_home);
	REQUIRE(server_start(&server, market, "--behind-proxy", "--drain", "3"));
	kill(server.pid, SIGTERM);
	usleep(1000000);
	CHECK_INT(503, get_status(&server, "/healthz"));
	CHECK_INT(200, get_status(&server, "/"));
	MUST(waitpid(server.pid, &status, 0) == server.pid);
	CHECK_INT(0, status);
	CHECK_INT(0, rows_number(market, "select count(*) from r_server"));
	clients_end();
	rows_drop();
	home_end();
}

int main(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
	return test_main();
}
