/* The real program on real Citus: a coordinator and two other machines, all on this one. Debian
 * has no Citus; where citus.so is not beside PostgreSQL's own modules, this says so and asks
 * nothing. */
#include "test/pg/cluster.h"
#include "test/pg/listed.h"
#include "test/places.h"
#include "test/program.h"

enum { MACHINES = 3 };

static struct cluster machines[MACHINES];
static int ports[MACHINES];
static struct server server;
static char market[300];

static bool citus_is_there(void)
{
	return !shell("ls /usr/lib/postgresql/*/lib/citus.so >/dev/null 2>&1");
}

static void machines_start(void)
{
	for (int i = 0; i < MACHINES; i++) {
		ports[i] = free_port();
		cluster_make(&machines[i], "/tmp", NULL);
		MUST(!shell("cd %s && %s -D %s/data -w -l %s/log -o '-c "
			    "shared_preload_libraries=citus -c listen_addresses=127.0.0.1 -c "
			    "port=%d -c unix_socket_directories=%s -c fsync=off' start >/dev/null",
			machines[i].dir, cluster_program("pg_ctl"), machines[i].dir,
			machines[i].dir, ports[i], machines[i].dir));
	}
	MUST(!setenv("KONTOR_PG", machines[0].dir, 1));
	MUST(!setenv("PGPORT", str_fmt(test_arena, "%d", ports[0]).p, 1));
}

static void machines_stop(void)
{
	for (int i = 0; i < MACHINES; i++)
		cluster_end(&machines[i]);
}

static void on_machine(int i, const char *database, const char *sql)
{
	MUST(!shell("psql -X -q -h 127.0.0.1 -p %d -U admin -d %s -v ON_ERROR_STOP=1 -c \"%s\" "
		    ">/dev/null 2>&1",
		ports[i], database, sql));
}

/* As doc/operate.md says it. */
static void citus_on(const char *name)
{
	for (int i = 1; i < MACHINES; i++)
		on_machine(i, "postgres",
			str_fmt(test_arena,
				"create database %s template template0 encoding 'UTF8' lc_collate "
				"'C' lc_ctype 'C'",
				name)
				.p);
	for (int i = 0; i < MACHINES; i++)
		on_machine(i, name, "create extension citus");
	on_machine(0, name,
		str_fmt(test_arena, "select citus_set_coordinator_host('127.0.0.1', %d)", ports[0])
			.p);
	/* What a test looks for over all rows may join what lies apart. */
	on_machine(0, name,
		str_fmt(test_arena,
			"alter role admin in database %s set citus.enable_repartition_joins = on",
			name)
			.p);
	for (int i = 1; i < MACHINES; i++)
		on_machine(0, name,
			str_fmt(test_arena, "select citus_add_node('127.0.0.1', %d)", ports[i]).p);
}

TEST(without_the_extension_it_is_refused)
{
	const char *dir = in_home("none");

	rows_prepare = NULL;
	CHECK_INT(1, kontor("init", dir, "--database", rows_database(), "--citus"));
	SAYS("has no Citus");
	CHECK(access(dir, F_OK) != 0);
	rows_drop();
	rows_prepare = citus_on;
}

TEST(a_demonstration_is_filled_and_served)
{
	snprintf(market, sizeof market, "%s", in_home("market"));
	CHECK_INT(0, kontor("init", market, "--database", rows_database(), "--citus", "--demo"));
	SAYS("None of them exists");
	REQUIRE(server_start(&server, market));
	CHECK_INT(200, get_status(&server, "/privacy"));
	CHECK_INT(200, get_status(&server, "/sign-in"));
	CHECK_INT(200, get_status(&server, "/company/norrvik-fastteknik"));
	CHECK_INT(200, get_status(&server, "/basket"));
	CHECK_INT(404, get_status(&server, "/product/nothing"));
	CHECK_INT(0, server_end(&server, SIGTERM));
}

TEST(rows_lie_where_places_say)
{
	static const char *const filled[] = {
		"product", "offer", "orders", "order_line", "order_event", "number_series", NULL};

	places_check(market, filled);
	CHECK_INT(0, rows_number(market, "select count(*) from r_orders where place <> (id & 63)"));
	CHECK_INT(MACHINES - 1,
		rows_number(market, "select count(distinct nodeport) from citus.citus_tables, "
				    "citus_shards where citus_shards.table_name = "
				    "'base.r_orders'::regclass"));
	CHECK_INT(0, rows_number(market, "select count(*) from (table base.r_company except table "
					 "base.e_company) as away"));
}

/* ---- fences and statements, as the application ---- */
static PGconn *as(const char *user)
{
	const char *keys[] = {"host", "dbname", "user", NULL};
	const char *values[] = {rows_cluster(), rows_name().p,
		str_fmt(test_arena, STR_FMT "_%s", STR_ARG(rows_name()), user).p, NULL};
	PGconn *c = pq.PQconnectdbParams(keys, values, 0);

	MUST(pq.PQstatus(c) == PQ_OK);
	return c;
}

/* "" when it went well, else why not. */
static const char *tried(PGconn *c, const char *sql)
{
	PGresult *r = pq.PQexec(c, sql);
	int is = pq.PQresultStatus(r);
	const char *why = is == PQ_COMMAND_OK || is == PQ_TUPLES_OK
				  ? ""
				  : str_dup(test_arena, str_of(pq.PQresultErrorMessage(r))).p;

	pq.PQclear(r);
	return why;
}

static int64_t counted(PGconn *c, const char *sql)
{
	PGresult *r = rows_run(c, sql);
	int64_t n = strtoll(pq.PQgetvalue(r, 0, 0), NULL, 10);

	pq.PQclear(r);
	return n;
}

/* In a transaction, which the caller ends. */
static void acts(PGconn *c, str purpose, int64_t company)
{
	pq.PQclear(rows_run(c, str_fmt(test_arena,
				       "begin; set local kontor.viewer_company = '%lld'; set local "
				       "kontor.purpose = '" STR_FMT "'",
				       (long long)company, STR_ARG(purpose))
				       .p));
}

static void over(PGconn *c)
{
	pq.PQclear(rows_run(c, "rollback"));
}

/* Straight at the tables, with no view between. */
TEST(row_policies_alone_show_no_foreign_row)
{
	static const char all[] = "select count(*) from base.r_orders",
			  foreign[] = "select count(*) from base.r_orders where buyer_id <> "
				      "kontor.viewer_company() and seller_id <> "
				      "kontor.viewer_company()";
	int64_t seller = rows_number(market, "select min(seller_id) from r_orders");
	PGconn *c = as("app");

	acts(c, S(""), seller);
	CHECK_INT(0, counted(c, all)); /* no purpose */
	over(c);
	acts(c, S("house"), seller); /* which is not the application's */
	CHECK_INT(0, counted(c, all));
	over(c);
	acts(c, S("trade"), seller);
	CHECK(counted(c, all) > 0);
	CHECK_INT(0, counted(c, foreign));
	over(c);
	acts(c, S("trade"), 64);
	CHECK_INT(0, counted(c, all));
	CHECK(strstr(tried(c, "insert into base.r_quote_event (place, id) values (0, 64)"),
		"row-level security"));
	over(c);
	CHECK(strstr(tried(c, "select * from base.r_person"), "permission denied"));
	CHECK(strstr(tried(c, "delete from base.r_orders"), "permission denied"));
	pq.PQfinish(c);
}

/* Values that find nothing, or may not be: what is asked is whether Citus takes the statement. */
static const char *value_of(str type)
{
	return str_eq(type, S("text"))	   ? "'a'"
	       : str_eq(type, S("bytea"))  ? "'\\x00'"
	       : str_eq(type, S("text[]")) ? "'{a,b}'"
	       : str_ends(type, S("[]"))   ? "'{64,65}'"
					   : "'64'";
}

/* The statement with such values, prepared in the open transaction. */
static const char *executes(PGconn *c, const struct listed *s, const char **why)
{
	str values = S("");

	for (str list = s->params; list.n;)
		values = str_fmt(test_arena, STR_FMT "%s%s", STR_ARG(values), values.n ? ", " : "",
			value_of(str_cut(&list, ',')));
	*why = tried(c, str_fmt(test_arena, "prepare \"" STR_FMT "\" %s" STR_FMT "%s as " STR_FMT,
				STR_ARG(s->name), s->params.n ? "(" : "", STR_ARG(s->params),
				s->params.n ? ")" : "", STR_ARG(s->sql))
				.p);
	return str_fmt(test_arena, "execute \"" STR_FMT "\"%s" STR_FMT "%s", STR_ARG(s->name),
		values.n ? "(" : "", STR_ARG(values), values.n ? ")" : "")
		.p;
}

/* What Citus does not take, each for the same reason: an offer lies elsewhere than its product
 * (doc/scale.md). The list can only shrink. */
static bool is_known(str name)
{
	static const char *const names[] = {"category_products", "home_offers", "search_page",
		"search_document", "search_hit", "sitemap_products", NULL};

	for (const char *const *n = names; *n; n++)
		if (str_eq(name, str_of(*n)))
			return true;
	return false;
}

TEST(citus_takes_the_statements)
{
	FILE *f = list_open_of("KONTOR_CITUS_LIST");
	PGconn *c = as("house");
	struct listed s;
	int n = 0, good = 0;

	for (; list_read(f, &s); n++) {
		const char *why;

		acts(c, s.purpose, 64);
		const char *execute = executes(c, &s, &why);

		if (!*why)
			why = tried(c, execute);
		over(c);
		if (!*why || strstr(why, "violates"))
			good++;
		else if (!is_known(s.name))
			TEST_FAIL(STR_FMT ":" STR_FMT ": " STR_FMT ": %s", STR_ARG(s.file),
				STR_ARG(s.line), STR_ARG(s.name), why);
	}
	fclose(f);
	printf("# %d of %d statements that name a placed table\n", good, n);
	CHECK(n > 150);
	pq.PQfinish(c);
}

/* Those that say a place are answered by one machine: one task. */
static bool one_task(PGconn *c, const struct listed *s)
{
	const char *why;
	int tasks = 0, ones = 0;

	acts(c, s->purpose, 64);
	const char *execute = executes(c, s, &why);
	PGresult *r = rows_run(c, str_fmt(test_arena, "explain (costs off) %s", execute).p);

	for (int i = 0; i < pq.PQntuples(r); i++) {
		const char *count = strstr(pq.PQgetvalue(r, i, 0), "Task Count: ");

		tasks += count != NULL;
		ones += count && !strcmp(count, "Task Count: 1");
	}
	pq.PQclear(r);
	over(c);
	return tasks == 1 && ones == 1;
}

TEST(one_machine_is_asked)
{
	FILE *f = list_open_of("KONTOR_CITUS_LIST");
	PGconn *c = as("app");
	struct listed s;
	int asked = 0;

	while (list_read(f, &s)) {
		if (*s.verb.p != 's' || str_find(s.sql, S("here.place = ($")) == (size_t)-1)
			continue;
		if (!one_task(c, &s))
			TEST_FAIL(STR_FMT " asks more than one machine", STR_ARG(s.name));
		asked++;
	}
	fclose(f);
	printf("# %d reads ask one machine\n", asked);
	CHECK(asked > 40);
	pq.PQfinish(c);
}

int main(void)
{
	if (!citus_is_there()) {
		puts("1..1\nok 1 # SKIP Citus is not installed");
		return 0;
	}
	test_arena = arena_make((size_t)1 << 28);
	machines_start();
	home_make();
	rows_prepare = citus_on;
	int status = test_main();

	test_arena = arena_make((size_t)1 << 24);
	home_end();
	machines_stop();
	arena_free(test_arena);
	return status;
}
