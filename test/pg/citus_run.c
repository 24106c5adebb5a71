/* The real program on real Citus (test/pg/machines.h). */
#include "test/pg/listed.h"
#include "test/pg/machines.h"
#include "test/places.h"

#include "command/installation.h"
#include "gen/token.sql.h"
#include "gen/types.h"
#include "market/member/member.h"

enum { SOON_S = 60 };

static struct server server;
static char market[300];

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

/* ---- a journey: found, ordered, confirmed ---- */

struct caller {
	int64_t person, company;
	char head[80]; /* the key to the API that it shows */
	uint64_t roles;
};

static bool key_add(struct db *db, void *ctx)
{
	struct caller *c = ctx;
	struct secret s = secret_make(db->arena);
	struct api_token_label label = {S("journey")};

	snprintf(c->head, sizeof c->head, "Authorization: Bearer " STR_FMT, STR_ARG(s.text));
	return token_add(db, (struct api_token_id){id_make()}, (struct person_id){c->person},
		       (struct company_id){c->company}, s.digest, &label, (int64_t)c->roles,
		       clock_now(), TIME_NONE) == 1;
}

/* A person of the company who may act for it so. */
static void caller_make(struct caller *c, int64_t company, uint64_t roles)
{
	struct installation in = installation_open(market, NULL, NULL, false);
	struct arena *a = arena_make(16 << 20);

	*c = (struct caller){.company = company, .roles = roles};
	c->person = rows_number(market,
		str_fmt(a,
			"select min(person_id) from r_membership where company_id = %lld and roles "
			"& %llu <> 0",
			(long long)company, (unsigned long long)roles)
			.p);
	struct write_unit u = {.viewer = {.person = c->person,
				       .company = company,
				       .roles = roles | UINT64_C(1) << ROLE_PERSON},
		.purposes = UINT64_C(1) << PURPOSE_ACCOUNT,
		.arena = a,
		.apply = key_add,
		.ctx = c};

	MUST(store_write_wait(in.store, &u) == WRITE_DONE);
	arena_free(a);
	installation_close(&in);
}

static struct answer said;

/* One request; body NULL: a GET. What the answer holds stands in `said`. */
static void call(const struct caller *c, long status, const char *path, const char *body)
{
	static int nth;
	char key[60];
	CURL *curl = curl_easy_init();

	snprintf(key, sizeof key, "Idempotency-Key: journey-%d", nth++);
	const char *const heads[] = {
		"Content-Type: application/json", key, "Expect:", c ? c->head : NULL, NULL};

	ask(curl, &said, str_fmt(test_arena, "%s%s", server.base, path).p, body, heads);
	curl_easy_cleanup(curl);
	if (said.status == status)
		return;
	TEST_FAIL("%s: %ld and not %ld: %s", path, said.status, status, said.body ? said.body : "");
	said_read(server.log);
	said_print();
}

static bool holds(const char *part)
{
	return said.body && strstr(said.body, part);
}

/* The index of search follows behind the start. */
static bool page_soon(const char *path, const char *part)
{
	for (int64_t end = clock_mono_us() + SOON_S * SECOND_US; clock_mono_us() < end;) {
		call(NULL, 200, path, NULL);
		if (holds(part))
			return true;
		usleep(200000);
	}
	return false;
}

static const char *id_of(int64_t id)
{
	return id_text(test_arena, id).p;
}

/* The first id in the answer. */
static const char *id_said(void)
{
	const char *p = said.body ? strstr(said.body, "\"id\":\"") : NULL;

	return p ? str_fmt(test_arena, "%.*s", (int)strcspn(p + 6, "\""), p + 6).p : "none";
}

/* What is offered by a company whose rows lie elsewhere than the product, if there is such an
 * offer. */
static int64_t an_offer(void)
{
	return rows_number(market,
		"select o.id from r_offer o where o.state = 2 and o.currency = 'EUR' and "
		"o.on_hand - o.reserved >= 10 * o.min_quantity and o.company_id in (select c.id "
		"from r_company c where c.state = 2) order by (o.product_id & 63) = (o.company_id "
		"& 63), o.id limit 1");
}

static int64_t of_offer(int64_t offer, const char *what)
{
	return rows_number(market, str_fmt(test_arena, "select %s from r_offer o where o.id = %lld",
					   what, (long long)offer)
					   .p);
}

static void pages_show(int64_t offer)
{
	int64_t product = of_offer(offer, "o.product_id");
	const char *category = id_of(rows_number(
		market, str_fmt(test_arena, "select category_id from r_product where id = %lld",
				(long long)product)
				.p));

	CHECK(page_soon("/", "/product/"));
	CHECK(page_soon(str_fmt(test_arena, "/category/%s", category).p, "/product/"));
	call(NULL, 200, str_fmt(test_arena, "/search?category=%s", category).p, NULL);
	CHECK(holds("/product/"));
	call(NULL, 200, str_fmt(test_arena, "/product/%s", id_of(product)).p, NULL);
	CHECK(holds("/basket/add") && holds(id_of(offer)));
	call(NULL, 200, "/sitemap.xml?part=categories", NULL);
}

TEST(it_is_found_ordered_and_confirmed)
{
	static const char smallest[] =
		"(o.min_quantity + o.step_quantity - 1) / o.step_quantity * o.step_quantity";
	int64_t offer = an_offer(), seller = of_offer(offer, "o.company_id");
	int64_t buyer = rows_number(market,
		str_fmt(test_arena,
			"select min(a.company_id) from r_address a join r_company c on c.id = "
			"a.company_id where c.state = 2 and c.buys = 1 and a.kind = %d and c.id "
			"<> %lld and exists (select 1 from r_membership m where m.company_id = "
			"c.id "
			"and m.roles & %llu <> 0)",
			ADDRESS_KIND_DELIVERY, (long long)seller, 1ull << ROLE_BUYER)
			.p);
	struct caller buys, sells;

	caller_make(&buys, buyer, UINT64_C(1) << ROLE_BUYER);
	caller_make(&sells, seller, UINT64_C(1) << ROLE_SALES);
	REQUIRE(server_start(&server, market));
	pages_show(offer);
	call(&buys, 201, "/api/v1/basket",
		str_fmt(test_arena, "{\"offer\":\"%s\",\"quantity\":%lld}", id_of(offer),
			(long long)of_offer(offer, smallest))
			.p);
	call(&buys, 201, str_fmt(test_arena, "/api/v1/basket/place/%s/EUR", id_of(seller)).p,
		str_fmt(test_arena, "{\"address\":\"%s\",\"contact\":\"Gate\"}",
			id_of(rows_number(market,
				str_fmt(test_arena,
					"select min(id) from r_address where company_id = %lld and "
					"kind = %d",
					(long long)buyer, ADDRESS_KIND_DELIVERY)
					.p)))
			.p);
	const char *order = id_said();

	call(&buys, 200, "/api/v1/orders", NULL);
	CHECK(holds(order));
	call(&sells, 200, str_fmt(test_arena, "/api/v1/orders/%s/lines", order).p, NULL);
	call(&sells, 200, str_fmt(test_arena, "/api/v1/orders/%s/confirm", order).p,
		str_fmt(test_arena,
			"{\"lines\":[{\"line\":\"%s\",\"quantity\":%lld}],\"promised\":\"%s\"}",
			id_said(), (long long)of_offer(offer, smallest), "2099-01-01")
			.p);
	call(&buys, 200, str_fmt(test_arena, "/api/v1/orders/%s", order).p, NULL);
	CHECK(holds("\"confirmed\""));
	CHECK_INT(0, server_end(&server, SIGTERM));
	free(said.body);
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
		else
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
	return machines_main();
}
