/* Two servers on one database, and what runs on one of them at a time: mails to a mail server, a
 * catalogue that is read in; with the one that does it killed on the way. And two that start at
 * once on a database without tables. */
#include "test/fault/orders.h"

#include <poll.h>
#include <sys/stat.h>

static struct server second;

static const struct server *one_of(const struct client *c)
{
	return c->n % 2 ? &second : &server;
}

/* A folder of its own; what both must have in common is the first one's. */
static const char *joined(void)
{
	static const char *const common[] = {
		"keys.db", "master.key", "erased.log", "files", "database", NULL};
	const char *other = in_home("second");

	MUST(!mkdir(other, 0700));
	for (const char *const *p = common; *p; p++)
		MUST(!symlink(str_fmt(test_arena, "%s/%s", market, *p).p,
			str_fmt(test_arena, "%s/%s", other, *p).p));
	return other;
}

/* ---- a mail server --------------------------------------------------------------------------- */
enum { MAILS_MAX = 4000, MAIL_SLOW_US = 3000 };
static struct mails {
	pthread_mutex_t mutex;
	char id[MAILS_MAX][60]; /* Message-ID */
	int n, fd, port;
	atomic_bool stop;
	pthread_t thread;
} mails = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static void mail_keep(const char *line)
{
	pthread_mutex_lock(&mails.mutex);
	if (mails.n < MAILS_MAX)
		snprintf(mails.id[mails.n++], sizeof mails.id[0], "%.*s",
			(int)strcspn(line + 12, "\r\n"), line + 12);
	pthread_mutex_unlock(&mails.mutex);
}

/* One connection to its end. A mail counts when its sender is told that it was taken. */
static void *mail_talk(void *fd)
{
	FILE *f = fdopen((int)(intptr_t)fd, "r+e");
	char line[2000], id[200] = "";
	bool data = false;

	MUST(f);
	fputs("220 sink ESMTP\r\n", f);
	fflush(f);
	while (fgets(line, sizeof line, f)) {
		if (data && strcmp(line, ".\r\n") != 0) {
			if (!strncasecmp(line, "Message-ID: ", 12))
				snprintf(id, sizeof id, "%.199s", line);
			continue;
		}
		fseek(f, 0, SEEK_CUR);
		if (data) {
			mail_keep(id);
			usleep(MAIL_SLOW_US);
			fputs("250 taken\r\n", f);
			data = false;
		} else if (!strncasecmp(line, "DATA", 4)) {
			data = true;
			fputs("354 go on\r\n", f);
		} else {
			fputs(strncasecmp(line, "QUIT", 4) ? "250 sink\r\n" : "221 bye\r\n", f);
		}
		fflush(f);
		fseek(f, 0, SEEK_CUR);
	}
	fclose(f);
	return NULL;
}

static void *mails_main(void *ctx)
{
	(void)ctx;
	while (!atomic_load(&mails.stop)) {
		struct pollfd p = {.fd = mails.fd, .events = POLLIN};
		pthread_t t;

		if (poll(&p, 1, 100) != 1)
			continue;
		int c = accept(mails.fd, NULL, NULL);

		if (c < 0)
			continue;
		MUST(!pthread_create(&t, NULL, mail_talk, (void *)(intptr_t)c));
		pthread_detach(t);
	}
	return NULL;
}

static const char *mails_begin(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t n = sizeof a;

	mails.n = 0;
	atomic_store(&mails.stop, false);
	mails.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	MUST(!bind(mails.fd, (void *)&a, n) && !listen(mails.fd, 16) &&
		!getsockname(mails.fd, (void *)&a, &n));
	mails.port = ntohs(a.sin_port);
	MUST(!pthread_create(&mails.thread, NULL, mails_main, NULL));
	return str_fmt(test_arena, "smtp://127.0.0.1:%d", mails.port).p;
}

static void mails_end(void)
{
	atomic_store(&mails.stop, true);
	pthread_join(mails.thread, NULL);
	close(mails.fd);
	usleep(100000); /* the last connections */
}

static int mails_now(void)
{
	pthread_mutex_lock(&mails.mutex);
	int n = mails.n;

	pthread_mutex_unlock(&mails.mutex);
	return n;
}

static int by_id(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Mails that came more than once. */
static int mails_twice(void)
{
	int twice = 0;

	qsort(mails.id, (size_t)mails.n, sizeof mails.id[0], by_id);
	for (int i = 1; i < mails.n; i++)
		twice += !strcmp(mails.id[i], mails.id[i - 1]);
	return twice;
}

static int64_t number(const char *sql)
{
	return rows_number(market, sql);
}

/* Those that wait, as orders leave them: one for the supplier, and from it one for each of theirs
 * who sells. */
static int64_t mails_waiting(void)
{
	return number("select count(*) from r_outbox where state = 1");
}

/* ---- tests ----------------------------------------------------------------------------------- */
static void nothing_happens(void)
{
}

static bool until(int64_t (*is)(void), int64_t want, int s)
{
	for (int i = 0; i < s * 10; i++) {
		if (is() == want)
			return true;
		usleep(100000);
	}
	TEST_FAIL("it is %lld, not %lld", (long long)is(), (long long)want);
	return false;
}

static void begin(const char *smtp)
{
	home_make();
	world_make_in(program_home);
	clients_make();
	REQUIRE(server_start(&server, market, "--behind-proxy", "--smtp", smtp));
	REQUIRE(server_start(&second, joined(), "--behind-proxy", "--smtp", smtp));
	server_of = one_of;
}

static void end(void)
{
	if (server.pid)
		CHECK_INT(0, server_end(&server, SIGTERM));
	CHECK_INT(0, server_end(&second, SIGTERM));
	books();
	CHECK_INT(0, troubles);
	server_of = NULL;
	clients_end();
	rows_drop();
	home_end();
	counts_clear();
}

TEST(a_mail_goes_out_once_with_two_servers)
{
	begin(mails_begin());
	clients_disturbed(1500, nothing_happens);
	until(mails_waiting, 0, 100);
	mails_end();
	printf("# %d mails of %lld orders\n", mails.n, (long long)acked_all);
	CHECK_INT(number("select count(*) from r_orders"), mails.n);
	CHECK_INT(0, mails_twice());
	end();
}

/* One that was on its way then may come twice, with the same number; no other does. */
TEST(mails_go_on_where_a_killed_server_stopped)
{
	begin(mails_begin());
	clients_disturbed(1500, nothing_happens);
	for (int i = 0; i < 200 && mails_now() < 5; i++)
		usleep(50000);
	bool first_has_it = number("select count(*) from r_job_lease l join r_server s on s.id = "
				   "l.server_id where l.job = 'outbox' and s.name like "
				   "'%/market'") == 1;

	if (!first_has_it) { /* the one that sends is killed; the other is what is asked below */
		struct server was = server;

		server = second;
		second = was;
	}
	CHECK_INT(128 + SIGKILL, server_end(&server, SIGKILL));
	int at_kill = mails_now();

	until(mails_waiting, 0, 200);
	mails_end();
	int twice = mails_twice();

	printf("# %d mails, %d of them before the kill, %d twice\n", mails.n, at_kill, twice);
	CHECK(mails.n > at_kill);
	CHECK(twice <= 1);
	CHECK_INT(number("select count(*) from r_orders"), mails.n - twice);
	end();
}

/* ---- a catalogue ----------------------------------------------------------------------------- */
enum { ROWS = 6000 };

static void catalogue_put(void)
{
	struct out o;
	const char *path = str_fmt(test_arena, "%s/files/imp-two-servers", market).p;

	out_init(&o, test_arena, 1 << 20, 16 << 20, NULL);
	out_lit(&o, "sku,part_number,manufacturer,category,subcategory,title,description,currency,"
		    "price_tiers,stock,unit,min_quantity,step_quantity,lead_days,gtin,hs_code,"
		    "origin,weight_grams,incoterm,attributes\r\n");
	for (int i = 0; i < ROWS; i++)
		out_fmt(&o,
			"SKU-%d,PN-%d,Maker,Bolts,,Bolt %d,Good.,EUR,1:0.5,0,piece,1,1,3,,853321,"
			"DE,2,,\r\n",
			i, i, i);
	FILE *f = fopen(path, "we");

	MUST(f && fwrite(out_view(&o).p, 1, out_view(&o).n, f) == out_view(&o).n && !fclose(f));
	struct digest d = digest_of(out_view(&o));

	rows_change(market,
		str_fmt(test_arena,
			"insert into r_import_run (id, company_id, file_name, source, state, "
			"rows_done, added, changed, same, refused, started_at, file, rows_of) "
			"values (%lld, %lld, 'bolts.csv', '\\x" STR_FMT
			"', 4, 0, 0, 0, 0, 0, %lld, 'imp-two-servers', %d)",
			(long long)id_make(), (long long)sellers[0],
			STR_ARG(hex_of(test_arena, d.b, sizeof d.b)), (long long)clock_now().us,
			ROWS)
			.p);
}

static int64_t rows_read(void)
{
	return number("select rows_done from r_import_run order by id limit 1");
}

static int64_t runs_open(void)
{
	return number("select count(*) from r_import_run where file is not null");
}

TEST(an_import_goes_on_on_another_server_with_each_row_once)
{
	begin("smtp://127.0.0.1:9");
	catalogue_put();
	for (int i = 0; i < 3000 && rows_read() < ROWS / 10; i++)
		usleep(10000);
	if (number("select count(*) from r_job_lease l join r_server s on s.id = l.server_id where "
		   "l.job = 'imports' and s.name like '%/market'") != 1) {
		struct server was = server;

		server = second;
		second = was;
	}
	CHECK_INT(128 + SIGKILL, server_end(&server, SIGKILL));
	int64_t at_kill = rows_read();

	CHECK(at_kill > 0 && at_kill < ROWS);
	until(runs_open, 0, 200);
	printf("# %lld of %d rows before the kill\n", (long long)at_kill, (int)ROWS);
	CHECK_INT(1, number("select count(*) from r_import_run"));
	CHECK_INT(2, number("select state from r_import_run"));
	CHECK_INT(ROWS, number("select added from r_import_run"));
	CHECK_INT(ROWS, number("select count(*) from r_offer where sku like 'SKU-%'"));
	CHECK_INT(ROWS, number("select count(distinct sku) from r_offer where sku like 'SKU-%'"));
	end();
}

/* ---- a database without tables --------------------------------------------------------------- */
/* Neither makes anything: only init does. */
TEST(servers_that_start_at_once_on_an_empty_database_make_nothing)
{
	const char *empty;
	pid_t pid[2];
	char *dir[2];

	home_make();
	world_make_in(program_home);
	dir[0] = strdup(market);
	dir[1] = strdup(joined());
	str own = rows_name();

	empty = rows_database();
	for (int i = 0; i < 2; i++)
		pid[i] = kontor_started("serve", dir[i], "--listen",
			str_fmt(test_arena, "127.0.0.1:%d", free_port()).p, "--database", empty);
	for (int i = 0; i < 2; i++) {
		CHECK_INT(1, kontor_wait(pid[i]));
		SAYS("kontor");
		free(dir[i]);
	}
	PGconn *c = rows_connect(rows_name().p);
	PGresult *r = rows_run(c, "select 1 from pg_namespace where nspname in ('base', 'kontor')");

	CHECK_INT(0, pq.PQntuples(r));
	pq.PQclear(r);
	pq.PQfinish(c);
	rows_drop();
	c = rows_connect("postgres");
	pq.PQclear(rows_run(
		c, str_fmt(test_arena, "drop database " STR_FMT " (force)", STR_ARG(own)).p));
	pq.PQfinish(c);
	home_end();
	counts_clear();
}

int main(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
	return test_main();
}
