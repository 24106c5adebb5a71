/* orders.h: a small marketplace of 64 buyers with keys to the API, who order over HTTP at the real
 * server, each with the same keys until it has an answer; and the books that must add up. */
#ifndef KONTOR_TEST_ORDERS_H
#define KONTOR_TEST_ORDERS_H

#include "test/program.h"
#include "test/rows.h"

#include "command/installation.h"
#include "gen/demo.sql.h"
#include "gen/token.sql.h"
#include "gen/types.h"
#include "market/member/member.h"

#include <pthread.h>
#include <stdatomic.h>

#define BIT_(x) (UINT64_C(1) << (x))

enum { CLIENTS = 64, SELLERS = 4, OFFERS = 8, ON_HAND = 1000000 };

enum step { STEP_BASKET, STEP_ORDER };
static struct client {
	int n;
	int64_t person, company, address;
	char head_token[80], head_from[60];
	/* what it does now: the same after a crash, with the same keys */
	int64_t nth;
	enum step step;
	bool asked; /* the step at hand was sent and had no answer */
	/* what was answered */
	struct acked {
		int64_t order, nth;
	} * acked;
	size_t acked_n, acked_cap;
	CURL *curl;
	struct answer answer;
} clients[CLIENTS];
static int64_t sellers[SELLERS], offers[OFFERS];
static struct server server;
static char market[300], data_path[320];
static atomic_bool stop_after_cycle; /* finish the order at hand, begin no new one */
static atomic_llong unknown, replayed, acked_all, troubles;

/* ---- the world ---- */

static bool company(struct db *db, int64_t *id, int64_t *person, const char *slug, uint64_t roles)
{
	struct person_name name = {.name = str_of(slug)};
	struct person_email email = {.email = str_fmt(db->arena, "%s@kontor.example", slug)};
	struct company_registration registration = {.number = S("HRB 1")};
	struct company_tax tax = {.vat_id = S("DE123456788")};
	instant now = clock_now();

	*id = id_make();
	*person = id_make();
	return demo_person_add(db, (struct person_id){*person}, &name, &email, email.email, NULL,
		       NULL, S("en"), 0, 0, now) == 1 &&
	       demo_company_add(db, (struct company_id){*id}, str_of(slug), str_of(slug), S("GmbH"),
		       S("DE"), false, COMPANY_STATE_ACTIVE, true, true, INDUSTRY_ELECTRONICS,
		       COMPANY_SIZE_UNDER_50, 1990, S("About"), S("https://kontor.example"),
		       S("Imprint"), S("EUR"), S("en"), &registration, &tax,
		       (struct person_id){*person}, now, now, TIME_NONE) == 1 &&
	       demo_membership_add(db, (struct membership_id){id_make()}, (struct company_id){*id},
		       (struct person_id){*person}, (int64_t)roles, now) == 1;
}

static bool buyer(struct db *db, struct client *c)
{
	struct address_place place = {.company = S("Buyer"),
		.name = S("Gate 3"),
		.street = S("Hafenstr. 1"),
		.postcode = S("20457"),
		.city = S("Hamburg")};

	c->address = id_make();
	return company(db, &c->company, &c->person, str_fmt(db->arena, "buyer-%d", c->n).p,
		       BIT_(ROLE_BUYER)) &&
	       demo_address_add(db, (struct address_id){c->address},
		       (struct company_id){c->company}, ADDRESS_KIND_DELIVERY, S("DE"), &place,
		       true, clock_now()) == 1;
}

static bool goods(struct db *db, struct category_id category, int i)
{
	struct product_id product = {id_make()};
	struct company_id seller = {sellers[i % SELLERS]};
	str name = str_fmt(db->arena, "M8-%d", i);
	instant now = clock_now();

	offers[i] = id_make();
	return demo_product_add(db, product, seller, category, (struct product_id){0}, (str){0},
		       name, name, S("Acme"), name, S("Steel"), S(""), (str){0}, S("731815"),
		       S("DE"), 20, now, 1) == 1 &&
	       demo_offer_add(db, (struct offer_id){offers[i]}, seller, product, name,
		       OFFER_STATE_LIVE, (str){0}, S("EUR"), UNIT_PIECE, S("10:1000000 50:900000"),
		       1000000, 10, 10, 3, ON_HAND, 0, INCOTERM_EXW, S("Rotterdam"), S("NL"), now,
		       1) == 1;
}

static bool fill(struct db *db, void *ctx)
{
	struct category_id category = {id_make()};
	int64_t person;

	(void)ctx;
	for (int i = 0; i < SELLERS; i++)
		if (!company(db, &sellers[i], &person, str_fmt(db->arena, "seller-%d", i).p,
			    BIT_(ROLE_SALES)))
			return false;
	for (int i = 0; i < CLIENTS; i++)
		if (!buyer(db, &clients[i]))
			return false;
	if (demo_category_add(db, category, (struct category_id){0}, S("Bolts"), S("Bolts"), 1, 1,
		    (str){0}) != 1)
		return false;
	for (int i = 0; i < OFFERS; i++)
		if (!goods(db, category, i))
			return false;
	return true;
}

static bool key_add(struct db *db, void *ctx)
{
	struct client *c = ctx;
	struct secret s = secret_make(db->arena);
	struct api_token_label label = {S("crash")};

	snprintf(c->head_token, sizeof c->head_token, "Authorization: Bearer " STR_FMT,
		STR_ARG(s.text));
	/* Each from an address of its own, as the proxy says: limits go by address. */
	snprintf(c->head_from, sizeof c->head_from, "X-Forwarded-For: 10.20.%d.1", c->n);
	return token_add(db, (struct api_token_id){id_make()}, (struct person_id){c->person},
		       (struct company_id){c->company}, s.digest, &label, BIT_(ROLE_BUYER),
		       clock_now(), TIME_NONE) == 1;
}

static void write_all(struct installation *in, struct viewer v, uint64_t purposes,
	bool (*apply)(struct db *, void *), void *ctx)
{
	struct arena *a = arena_make(16 << 20);
	struct write_unit u = {
		.viewer = v, .purposes = purposes, .arena = a, .apply = apply, .ctx = ctx};

	if (store_write_wait(in->store, &u) != WRITE_DONE)
		fault(FAULT_BUG, "the world cannot be made: %s", u.fault.what);
	arena_free(a);
}

static bool world_shares_keys; /* in a database of their own; not in the folder */
static void world_make_in(const char *folder)
{
	snprintf(market, sizeof market, "%s/market", folder);
	snprintf(data_path, sizeof data_path, "%s/data.db", market);
	installation_database(rows_database()); /* this process, and those that it starts */
	if (world_shares_keys)
		MUST(!setenv("KONTOR_KEYS", rows_keys(), 1));
	struct installation in = installation_open(market, NULL, NULL, true);

	for (int i = 0; i < CLIENTS; i++)
		clients[i].n = i;
	write_all(&in, (struct viewer){.roles = BIT_(ROLE_SETUP)},
		BIT_(PURPOSE_SETUP) | BIT_(PURPOSE_CURATION) | BIT_(PURPOSE_STOCK), fill, NULL);
	for (int i = 0; i < CLIENTS; i++)
		write_all(&in,
			(struct viewer){.person = clients[i].person,
				.company = clients[i].company,
				.roles = BIT_(ROLE_BUYER) | BIT_(ROLE_PERSON)},
			BIT_(PURPOSE_ACCOUNT), key_add, &clients[i]);
	installation_close(&in);
}

/* ---- a client ---- */

/* Of several servers, the one that a client asks; NULL: there is one. */
static const struct server *(*server_of)(const struct client *c);

/* Sends the step at hand. True: an answer that ends it. */
static bool send_step(struct client *c)
{
	char url[200], body[300], key[80];
	int64_t offer = (c->n + c->nth) % OFFERS, quantity = 10 + c->nth % 6 * 10;
	struct arena *a = arena_make(1 << 16);

	const char *base = server_of ? server_of(c)->base : server.base;

	snprintf(key, sizeof key, "Idempotency-Key: %c-%d-%lld", c->step == STEP_BASKET ? 'b' : 'o',
		c->n, (long long)c->nth);
	const char *const heads[] = {"Content-Type: application/json", c->head_token, c->head_from,
		key, "Expect:", NULL};

	switch (c->step) {
	case STEP_BASKET:
		snprintf(url, sizeof url, "%s/api/v1/basket", base);
		snprintf(body, sizeof body, "{\"offer\":\"%s\",\"quantity\":%lld}",
			id_text(a, offers[offer]).p, (long long)quantity);
		break;
	case STEP_ORDER:
		snprintf(url, sizeof url, "%s/api/v1/basket/place/%s/EUR", base,
			id_text(a, sellers[offer % SELLERS]).p);
		snprintf(body, sizeof body,
			"{\"address\":\"%s\",\"contact\":\"Client\",\"po_number\":\"%d-%lld\"}",
			id_text(a, c->address).p, c->n, (long long)c->nth);
		break;
	}
	ask(c->curl, &c->answer, url, body, heads);
	arena_free(a);
	if (c->answer.status == 502) /* of a proxy, whose server went away under the request */
		c->answer.rc = CURLE_RECV_ERROR;
	if (c->answer.rc || c->answer.status == 503 || c->answer.status == 429)
		return false;
	return true;
}

/* The id of the order that the answer tells, or 0. */
static int64_t order_of(const struct answer *a)
{
	const char *p = a->body ? strstr(a->body, "\"id\":\"") : NULL;
	int64_t id = 0;

	if (p)
		id_parse((str){p + 6, strcspn(p + 6, "\"")}, &id);
	return id;
}

static void keep(struct client *c, int64_t order)
{
	if (c->acked_n == c->acked_cap) {
		c->acked_cap = c->acked_cap ? c->acked_cap * 2 : 64;
		c->acked = realloc(c->acked, c->acked_cap * sizeof *c->acked);
		MUST(c->acked);
	}
	c->acked[c->acked_n++] = (struct acked){order, c->nth};
	atomic_fetch_add(&acked_all, 1);
}

/* An answer that no client should get is told once in full. */
static void trouble(struct client *c)
{
	if (atomic_fetch_add(&troubles, 1) == 0)
		printf("# client %d step %d: %ld %s\n", c->n, (int)c->step, c->answer.status,
			c->answer.body ? c->answer.body : "");
}

/* One step to its answer; false: the server is gone. */
static bool step(struct client *c)
{
	if (!send_step(c)) {
		if (c->answer.rc) {
			atomic_fetch_add(&unknown, !c->asked);
			c->asked = true;
			return false;
		}
		usleep(20000); /* 503, 429: the same again */
		return true;
	}
	atomic_fetch_add(&replayed, c->asked && c->answer.replayed);
	c->asked = false;
	if (c->answer.status != 201) {
		trouble(c);
		return false;
	}
	if (c->step == STEP_BASKET) {
		c->step = STEP_ORDER;
		return true;
	}
	int64_t order = order_of(&c->answer);

	if (!order && rows_cluster()) { /* stored, and the database went before it was shown */
		c->asked = true;
		return true;
	}
	if (!order)
		trouble(c);
	keep(c, order);
	c->step = STEP_BASKET;
	c->nth++;
	return true;
}

static void *client_main(void *ctx)
{
	struct client *c = ctx;

	while (!(atomic_load(&stop_after_cycle) && c->step == STEP_BASKET && !c->asked))
		if (!step(c))
			break;
	return NULL;
}

/* kill_ms: after so long the server is killed; 0: each client ends the order at hand. */
UNUSED_OK static void clients_run(int kill_ms)
{
	pthread_t t[CLIENTS];

	atomic_store(&stop_after_cycle, !kill_ms);
	for (int i = 0; i < CLIENTS; i++)
		MUST(!pthread_create(&t[i], NULL, client_main, &clients[i]));
	if (kill_ms) {
		usleep((useconds_t)kill_ms * 1000);
		CHECK_INT(128 + SIGKILL, server_end(&server, SIGKILL));
	}
	for (int i = 0; i < CLIENTS; i++)
		pthread_join(t[i], NULL);
}

/* Something happens under them; nobody is killed, so everybody ends the order at hand. */
__attribute__((unused)) static void clients_disturbed(int after_ms, void (*happens)(void))
{
	pthread_t t[CLIENTS];

	atomic_store(&stop_after_cycle, false);
	for (int i = 0; i < CLIENTS; i++)
		MUST(!pthread_create(&t[i], NULL, client_main, &clients[i]));
	usleep((useconds_t)after_ms * 1000);
	happens();
	usleep((useconds_t)after_ms * 1000);
	atomic_store(&stop_after_cycle, true);
	for (int i = 0; i < CLIENTS; i++)
		pthread_join(t[i], NULL);
}

/* ---- the books ---- */

/* Of one client: how many of the orders that were answered are not there as they were asked for. */
static int64_t acked_missing(const struct client *c, struct arena *a)
{
	str list = S("");

	for (size_t k = 0; k < c->acked_n; k++)
		list = str_fmt(a, STR_FMT "%s(%lld, '%d-%lld')", STR_ARG(list), k ? ", " : "",
			(long long)c->acked[k].order, c->n, (long long)c->acked[k].nth);
	if (!list.n)
		return 0;
	return rows_number(market,
		str_fmt(a,
			"select count(*) from (values " STR_FMT
			") as v where not exists (select 1 from r_orders o where o.id = v.column1 "
			"and o.buyer_id = %lld and o.po_number = v.column2)",
			STR_ARG(list), (long long)c->company)
			.p);
}

static void acked_there(void)
{
	struct arena *a = arena_make((size_t)256 << 20);
	int64_t missing = 0;

	for (int i = 0; i < CLIENTS; i++) {
		missing += acked_missing(&clients[i], a);
		arena_reset(a);
	}
	arena_free(a);
	CHECK_INT(0, missing);
}

/* Each of these counts what must not be. */
static const struct wrong {
	const char *what, *sql;
} wrongs[] = {
	{"orders of one key", "select count(*) - count(distinct po_number) from r_orders"},
	{"orders whose lines are not those that they count",
		"select count(*) from r_orders o where o.lines <> 1 or (select count(*) from "
		"r_order_line l where l.order_id = o.id) <> o.lines"},
	{"orders whose net is not the sum of their lines",
		"select count(*) from r_orders o where o.net_minor <> (select sum(l.net_minor) "
		"from "
		"r_order_line l where l.order_id = o.id)"},
	{"lines of no order", "select count(*) from r_order_line l where not exists (select 1 from "
			      "r_orders o where o.id = l.order_id)"},
	{"orders without exactly one entry in the timeline",
		"select count(*) from r_orders o where (select count(*) from r_order_event e where "
		"e.order_id = o.id and e.to_state = o.state and e.buyer_id = o.buyer_id) <> 1"},
	{"orders that the buyer's list does not say",
		"select count(*) from r_orders o where (select count(*) from r_bought b where "
		"b.order_id = o.id and b.buyer_id = o.buyer_id and b.seller_id = o.seller_id and "
		"b.number = o.number and b.state = o.state) <> 1"},
	{"lines of the buyer's list without an order",
		"select count(*) from r_bought b where not exists (select 1 from r_orders o where "
		"o.id = b.order_id)"},
	{"orders without exactly one message to the supplier",
		"select count(*) from r_orders o where (select count(*) from r_outbox m where "
		"m.about_id = o.id and m.company_id = o.seller_id and m.roles <> 0 and m.kind = "
		"'order_placed') <> 1"},
	{"messages about no order",
		"select count(*) from r_outbox m where m.kind = 'order_placed' and not exists "
		"(select 1 from r_orders o where o.id = m.about_id)"},
	{"offers whose reserved stock is not what was ordered",
		"select count(*) from r_offer f where f.reserved <> (select "
		"coalesce(sum(l.quantity), 0) from r_order_line l where l.offer_id = f.id)"},
	{"lines whose reserve is not their quantity",
		"select count(*) from r_order_line where reserved <> quantity"},
	{"gaps in the numbers of a supplier",
		"select count(*) from r_number_series n where n.next - 1 <> (select count(distinct "
		"o.number) from r_orders o where o.seller_id = n.company_id) or n.next - 1 <> "
		"(select count(*) from r_orders o where o.seller_id = n.company_id)"},
	{"lines left in baskets", "select count(*) from r_basket_line"},
	{"orders whose consignee is not sealed",
		"select count(*) from r_orders where consignee is null"},
};

static void books(void)
{
	acked_there();
	for (size_t i = 0; i < COUNT(wrongs); i++) {
		int64_t n = rows_number(market, wrongs[i].sql);

		if (n != 0)
			TEST_FAIL("%lld %s", (long long)n, wrongs[i].what);
	}
	/* Every key had its answer by now: as many orders as answers, none besides. */
	CHECK_INT(atomic_load(&acked_all), rows_number(market, "select count(*) from r_orders"));
	CHECK_INT((int64_t)OFFERS * ON_HAND,
		rows_number(market, "select sum(on_hand - reserved) from r_offer") +
			rows_number(market, "select coalesce(sum(quantity), 0) from r_order_line"));
}

static void clients_make(void)
{
	for (int i = 0; i < CLIENTS; i++)
		MUST((clients[i].curl = curl_easy_init()));
}

/* Before another world. */
UNUSED_OK static void counts_clear(void)
{
	atomic_store(&acked_all, 0);
	atomic_store(&unknown, 0);
	atomic_store(&replayed, 0);
}

UNUSED_OK static void counts_print(void)
{
	printf("# %lld orders answered, %lld answers lost, %lld of them had been carried out\n",
		(long long)acked_all, (long long)unknown, (long long)replayed);
}

static void clients_end(void)
{
	for (int i = 0; i < CLIENTS; i++) {
		curl_easy_cleanup(clients[i].curl);
		free(clients[i].answer.body);
		free(clients[i].acked);
	}
	memset(clients, 0, sizeof clients); /* the next world begins with nobody */
}

#endif
