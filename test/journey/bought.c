/* The lists by buyer: their pages show what the orders and requests themselves say, in the same
 * order and on the same pages, whoever moved them on. The oracle is the question that one machine
 * with all rows would be asked. One demonstration for all tests, the first of which begins it. */
#include "market/order/order.h"
#include "market/quote/quote.h"
#include "store/schema.h"
#include "test/journey/world.h"
#include "test/places.h"

enum { IDS_MAX = 1000, BUYERS = 3, STEPS = 40, TRIES = 4, PAGE = 50 };

struct ids {
	int64_t v[IDS_MAX];
	size_t n;
};
/* A list, and what the oracle asks instead. */
struct list {
	const char *path, *mark, *table;
	int states;
	str (*state_name)(int state);
};
static const struct list bought = {
	"/orders", "href=\"/order/", "orders", ORDER_STATE_EXPIRED, order_state_name};
static const struct list asked = {
	"/quotes", "href=\"/quote/", "quote", QUOTE_STATE_EXPIRED, quote_state_name};

/* ---- what is shown, what there is ------------------------------------------------------------ */
static void id_take(void *ctx, int n, const str *v)
{
	struct ids *l = ctx;
	int64_t id = 0;

	(void)n;
	MUST(str_int(*v, &id) && l->n < IDS_MAX);
	l->v[l->n++] = id;
}

static struct ids there(const char *sql)
{
	struct ids l = {.n = 0};
	struct rows r = rows_begin(journey.dir);

	rows_each(&r, sql, id_take, &l);
	rows_end(&r);
	return l;
}

static struct ids shown(const char *mark)
{
	struct ids l = {.n = 0};
	str rest = journey.body;

	for (size_t at; (at = str_find(rest, str_of(mark))) != (size_t)-1;) {
		int64_t id = 0;

		rest = str_sub(rest, at + strlen(mark), rest.n);
		MUST(l.n < IDS_MAX && id_parse(str_sub(rest, 0, ID_TEXT_CHARS), &id));
		l.v[l.n++] = id;
	}
	return l;
}

static void same(struct ids want, struct ids is, const char *what)
{
	bool equal = want.n == is.n;

	for (size_t i = 0; equal && i < is.n; i++)
		equal = want.v[i] == is.v[i];
	if (!equal)
		TEST_FAIL("%s: %zu shown, %zu there, or in another order", what, is.n, want.n);
}

/* ---- who ------------------------------------------------------------------------------------- */
static int64_t member_of(int64_t company)
{
	str sql = str_fmt(test_arena,
		"select person_id from r_membership where company_id = %lld order by id limit 1",
		(long long)company);

	return rows_number(journey.dir, sql.p);
}

static void sign_in(int64_t company)
{
	as("one");
	signed_in(member_of(company), company,
		BIT(ROLE_PERSON) | BIT(ROLE_ADMIN) | BIT(ROLE_BUYER) | BIT(ROLE_SALES) |
			BIT(ROLE_FINANCE) | BIT(ROLE_VIEWER));
}

/* ---- all pages of a list --------------------------------------------------------------------- */
static size_t pages_same(const struct list *l, int64_t buyer, int state)
{
	int64_t before = INT64_MAX;
	size_t all = 0;

	for (struct ids want = {.n = PAGE}; want.n == PAGE; all += want.n) {
		str only = state ? str_fmt(journey.arena, "and state = %d", state) : S("");
		str sql = str_fmt(journey.arena,
			"select id from r_%s where buyer_id = %lld " STR_FMT
			" and id < %lld order by id desc limit %d",
			l->table, (long long)buyer, STR_ARG(only), (long long)before, PAGE);
		str where = str_fmt(journey.arena, "%s?%s" STR_FMT "%s" STR_FMT, l->path,
			state ? "state=" : "", STR_ARG(state ? l->state_name(state) : S("")),
			before == INT64_MAX ? "" : "&before=",
			STR_ARG(before == INT64_MAX ? S("") : id_text(journey.arena, before)));

		get(STR_FMT, STR_ARG(where));
		want(200);
		want = there(sql.p);
		same(want, shown(l->mark), where.p);
		CHECK_INT(want.n == PAGE, str_find(journey.body, S("?before=")) != (size_t)-1);
		before = want.n ? want.v[want.n - 1] : before;
	}
	return all;
}

static size_t list_same(const struct list *l, int64_t buyer)
{
	size_t all = pages_same(l, buyer, 0), by_state = 0;

	for (int state = 1; state <= l->states; state++)
		by_state += pages_same(l, buyer, state);
	CHECK_INT((int64_t)all, (int64_t)by_state);
	return all;
}

/* Suppliers number their orders alike. */
static void numbers_same(int64_t buyer)
{
	for (int i = 1; i <= 12; i++) {
		int year = civil_of(clock_now()).year - i % 2;
		str number = str_fmt(journey.arena, "%04d-%06d", year, i);

		get("/orders?number=" STR_FMT, STR_ARG(number));
		want(200);
		same(there(str_fmt(journey.arena,
			     "select id from r_orders where buyer_id = %lld and number = "
			     "'" STR_FMT "' order by seller_id limit 50",
			     (long long)buyer, STR_ARG(number))
				     .p),
			shown(bought.mark), number.p);
	}
}

static struct ids buyers(const char *table)
{
	return there(str_fmt(test_arena,
		"select buyer_id from r_%s group by buyer_id order by count(*) desc, buyer_id "
		"limit %d",
		table, BUYERS)
			     .p);
}

static void lists_same(void)
{
	struct ids by_orders = buyers("orders"), by_quotes = buyers("quote");
	size_t orders = 0, quotes = 0;

	places_lists_agree(journey.dir);
	for (size_t i = 0; i < by_orders.n; i++) {
		sign_in(by_orders.v[i]);
		orders += list_same(&bought, by_orders.v[i]);
		numbers_same(by_orders.v[i]);
	}
	for (size_t i = 0; i < by_quotes.n; i++) {
		sign_in(by_quotes.v[i]);
		quotes += list_same(&asked, by_quotes.v[i]);
	}
	printf("# %zu orders and %zu requests were listed\n", orders, quotes);
	CHECK(orders > 2 * PAGE && quotes > 5);
}

/* ---- steps by chance ------------------------------------------------------------------------- */
static int64_t column_of(const char *table, const char *column, int64_t id)
{
	return rows_number(journey.dir, str_fmt(test_arena, "select %s from r_%s where id = %lld",
						column, table, (long long)id)
						.p);
}

static bool random_of(const char *table, int64_t *id)
{
	struct ids open = there(str_fmt(test_arena,
		"select id from r_%s where due_at is not null or state in (3, 4, 5, 6) order by id",
		table)
					.p);

	if (!open.n)
		return false;
	*id = open.v[test_random() % open.n];
	return true;
}

/* The form that asks what can be delivered or is sent: as it stands, or a part. */
static void goods_step(const char *path, const char *step)
{
	get("%s/%s", path, step);
	if (journey.status != 200)
		return;
	str line = str_dup(test_arena, between("name=\"lines.0.line\" value=\"", "\""));

	post(str_fmt(test_arena, "%s/%s", path, step).p,
		"lines.0.line=" STR_FMT "&lines.0.quantity=%d&carrier=Sea", STR_ARG(line),
		1 + (int)(test_random() % 2));
}

static bool order_step(int64_t order)
{
	static const char *const events[] = {"agree", "start_production", "make_ready", "deliver",
		"accept", "mark_paid", "cancel", "reject", "confirm", "confirm", "ship", "ship",
		"clock"};
	const char *event = events[test_random() % COUNT(events)];
	str path = str_fmt(test_arena, "/order/" STR_FMT, STR_ARG(id_text(test_arena, order)));

	if (!strcmp(event, "clock")) {
		rows_change(journey.dir, str_fmt(test_arena,
						 "update r_orders set due_at = placed_at where id "
						 "= %lld and due_at is not null",
						 (long long)order)
						 .p);
		job_through(&order_timers);
		return true;
	}
	sign_in(column_of("orders", test_random() % 2 ? "seller_id" : "buyer_id", order));
	if (!strcmp(event, "confirm") || !strcmp(event, "ship"))
		goods_step(path.p, event);
	else
		post(str_fmt(test_arena, STR_FMT "/do/%s", STR_ARG(path), event).p, "reason=x");
	CHECK(journey.status < 500);
	return journey.status == 303;
}

static void quote_step(int64_t quote)
{
	static const char *const events[] = {"decline", "withdraw", "accept", "refuse", "clock"};
	const char *event = events[test_random() % COUNT(events)];

	if (!strcmp(event, "clock")) {
		rows_change(journey.dir,
			str_fmt(test_arena, "update r_quote set due_at = asked_at where id = %lld",
				(long long)quote)
				.p);
		job_through(&quote_timers);
		return;
	}
	sign_in(column_of("quote", test_random() % 2 ? "seller_id" : "buyer_id", quote));
	post(str_fmt(test_arena, "/quote/" STR_FMT "/do/%s", STR_ARG(id_text(test_arena, quote)),
		     event)
			.p,
		"words=x");
	CHECK(journey.status < 500);
}

TEST(the_demonstration_is_listed_as_it_stands)
{
	demo_begin();
	lists_same();
}

/* The file that made the lists, from where it fills them to where it makes their indexes. */
static str filling(void)
{
	for (const struct schema_file *f = schema_files; f->name; f++) {
		size_t from = str_find(f->text, S("insert into r_bought")),
		       to = str_find(f->text, S("create unique index r_bought_buyer"));

		if (from != (size_t)-1)
			return str_dup(test_arena, str_sub(f->text, from, to - from));
	}
	fault(FAULT_BUG, "no file of the schema fills the lists");
}

TEST(what_was_there_before_the_lists_is_in_them)
{
	rows_change(journey.dir, "delete from r_bought");
	rows_change(journey.dir, "delete from r_asked");
	rows_change(journey.dir, filling().p);
	static const char *const filled[] = {"bought", "asked", NULL};

	places_check(journey.dir, filled); /* in the buyer's place */
	lists_same();
}

/* What is new where a company buys: found by the index of search. */
TEST(news_are_of_what_a_company_buys)
{
	sign_in(buyers("orders").v[0]);
	get("/news");
	want(200);
	struct ids news = shown("scope=\"row\"><a href=\"/product/");
	int64_t category = 0, of_it = 0, bought_of = 0;

	CHECK(news.n > 5);
	for (size_t i = 0; i < news.n; i++) {
		int64_t is = column_of("product", "category_id", news.v[i]);

		of_it = is == category ? of_it + 1 : 1;
		category = is;
		CHECK(of_it <= 5);
		bought_of += rows_number(journey.dir,
				     str_fmt(test_arena,
					     "select count(*) from r_order_line l join r_offer f "
					     "on f.id = l.offer_id join "
					     "r_product p on p.id = f.product_id where "
					     "p.category_id = %lld and "
					     "l.buyer_id = %lld",
					     (long long)is, (long long)buyers("orders").v[0])
					     .p) > 0;
	}
	CHECK(bought_of > 0);
}

/* Their own orders under way, wherever those lie; nobody else's. */
TEST(orders_under_way_stand_in_the_way_of_an_erasure)
{
	str placed = str_fmt(test_arena, "from r_orders where state not in (%d, %d, %d, %d)",
		ORDER_STATE_CLOSED, ORDER_STATE_CANCELLED, ORDER_STATE_REJECTED,
		ORDER_STATE_EXPIRED);
	int64_t company = rows_number(
		journey.dir, str_fmt(test_arena,
				     "select buyer_id " STR_FMT
				     " group by 1 having count(*) > 1 order by count(*), 1 limit 1",
				     STR_ARG(placed))
				     .p);

	sign_in(company);
	get("/account/erase");
	want(200);
	struct ids is = shown("href=\"/order/");

	CHECK(is.n > 0 && is.n <= 20);
	same(there(str_fmt(test_arena,
		     "select id " STR_FMT " and placed_by = %lld order by id limit 20",
		     STR_ARG(placed), (long long)member_of(company))
			     .p),
		is, "orders in the way");
}

TEST(whatever_happens_the_lists_follow)
{
	int64_t events = rows_number(journey.dir, "select count(*) from r_order_event"), id;

	for (int i = 0; i < STEPS; i++) {
		if (i % 8 ? random_of("orders", &id) : false)
			for (int k = 0; k < TRIES && !order_step(id); k++)
				;
		else if (random_of("quote", &id))
			quote_step(id);
		places_lists_agree(journey.dir);
	}
	int64_t moved = rows_number(journey.dir, "select count(*) from r_order_event") - events;

	printf("# %lld steps of orders were taken\n", (long long)moved);
	CHECK(moved >= STEPS / 4);
	lists_same();
	journey_end();
}

int main(void)
{
	return test_main();
}
