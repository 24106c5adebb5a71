/* purposes: the program's own statements beside hand-written SQL that gives the same rows.
 *
 *	purposes DIR
 *
 * Each pair runs on the same file, in turns, over the same ids. By hand: prepared once, bound,
 * stepped (a point read once), every column read and texts copied, reset. CPU time of this thread
 * is counted, so that a busy machine does not count; a ratio is the median of the rounds. */
#include "bench/bench.h"
#include "command/installation.h"
#include "store/lite.h"
#include "web/web.h"

#include "gen/offer.sql.h"
#include "gen/order.sql.h"
#include "gen/product.sql.h"

#include <time.h>

enum { ROUNDS = 15, IDS_MAX = 1000, POINT_CALLS = 20000, LIST_CALLS = 1000 };
#define POINT_TIMES_MAX 1.10
#define LIST_TIMES_MAX 1.30

struct seen { /* what a call returned, to be the same on both sides */
	int64_t rows, sum;
};
struct pair {
	const char *name, *sql;
	bool list;
	const char *ids; /* what ?1 is; ?2 is the viewer's company */
	uint64_t purposes;
	void (*guarded)(struct db *db, int64_t id, struct seen *s);
	bool seller; /* viewer: the company with the most sales, or with the most purchases */
};

/* A party's order without its sealed groups: the smallest read through a gate for two parties,
 * written as queryc writes it. */
static const struct stmt order_party_stmt_made = {.name = "order_party",
	.file = __FILE__,
	.line = __LINE__,
	.purpose = PURPOSE_TRADE,
	.sql = "select o.id, o.number, o.state, o.currency, o.total_minor, o.buyer_id, "
	       "o.seller_id, o.placed_at from \"trade.orders.near\" as o where o.id = ?1",
	.shape = STMT_ONE,
	.verb = 's'};
static struct stmt order_party_stmt;

struct order_party_row {
	struct order_id id;
	str number, currency;
	enum order_state state;
	money total;
	struct company_id buyer_id, seller_id;
	instant placed_at;
};

static void order_party(struct db *db, int64_t id, struct seen *s)
{
	struct query *q = db_start(db, &order_party_stmt);
	struct order_party_row row = {0};

	db_bind_int(q, 1, id);
	if (db_step(q)) {
		row.id.v = db_int(q, 0);
		row.number = db_text(q, 1);
		row.state = (enum order_state)db_int(q, 2);
		row.currency = db_text(q, 3);
		row.total = money_of(db_int(q, 4), row.currency);
		row.buyer_id.v = db_int(q, 5);
		row.seller_id.v = db_int(q, 6);
		row.placed_at.us = db_int(q, 7);
		s->rows++;
		s->sum += row.id.v;
	}
	(void)db_finish(q);
}

static void product(struct db *db, int64_t id, struct seen *s)
{
	struct product_by_id_row row;

	if (product_by_id(db, (struct product_id){id}, &row)) {
		s->rows++;
		s->sum += row.id.v;
	}
}

static void own_product(struct db *db, int64_t id, struct seen *s)
{
	struct product_own_row row;

	if (product_own(db, (struct product_id){id}, &row)) {
		s->rows++;
		s->sum += row.id.v;
	}
}

#define LIST_OF(call) \
	do { \
		__auto_type rows = call; \
		s->rows += (int64_t)rows.n; \
		for (size_t i = 0; i < rows.n; i++) \
			s->sum += rows.v[i].id.v; \
	} while (0)

static void sold(struct db *db, int64_t id, struct seen *s)
{
	LIST_OF(order_sold(db, (struct order_id){id}));
}

static void lines(struct db *db, int64_t id, struct seen *s)
{
	LIST_OF(order_lines(db, (struct order_id){id}));
}

static void own_offers(struct db *db, int64_t id, struct seen *s)
{
	LIST_OF(offer_own(db, (struct offer_id){id}));
}

static void offers(struct db *db, int64_t id, struct seen *s)
{
	LIST_OF(product_offers(db, (struct product_id){id}));
}

#define TRADES (BIT(PURPOSE_TRADE) | BIT(PURPOSE_PUBLIC))
#define SELLS (BIT(PURPOSE_SELLING) | BIT(PURPOSE_PUBLIC))

static const struct pair pairs[] = {
	{"purpose_point_public_product",
		"select p.id, p.company_id, c.name, p.category_id, g.name, p.parent_id, p.variant,"
		" p.part_number, p.manufacturer, p.title, p.description, p.attributes, p.gtin,"
		" p.hs_code, p.origin, p.weight_grams, p.created_at from r_product p"
		" join r_category g on g.id = p.category_id"
		" left join r_company c on c.id = p.company_id and c.state <> 1"
		" where p.id = ?1 and p.published = 1 and ?2",
		false, "select id from r_product where company_id = ?1 limit 50000",
		BIT(PURPOSE_PUBLIC), product, true},
	{"purpose_point_own_product",
		"select p.id, p.company_id, p.category_id, p.parent_id, p.variant, p.part_number,"
		" p.manufacturer, p.title, p.description, p.attributes, p.gtin, p.hs_code,"
		" p.origin, p.weight_grams, p.published, p.created_at from r_product p"
		" where p.id = ?1 and p.company_id = ?2",
		false, "select id from r_product where company_id = ?1 limit 50000", SELLS,
		own_product, true},
	{"purpose_point_order_as_buyer",
		"select o.id, o.number, o.state, o.currency, o.total_minor, o.buyer_id,"
		" o.seller_id, o.placed_at from r_orders o"
		" where o.id = ?1 and (o.buyer_id = ?2 or o.seller_id = ?2)",
		false, "select id from r_orders where buyer_id = ?1", TRADES, order_party, false},
	{"purpose_point_order_as_seller",
		"select o.id, o.number, o.state, o.currency, o.total_minor, o.buyer_id,"
		" o.seller_id, o.placed_at from r_orders o"
		" where o.id = ?1 and (o.buyer_id = ?2 or o.seller_id = ?2)",
		false, "select id from r_orders where seller_id = ?1", TRADES, order_party, true},
	{"purpose_list_orders_sold",
		"select o.id, o.number, o.state, o.currency, o.total_minor, o.lines, o.placed_at,"
		" o.promised_at, o.paid_at, o.buyer_id, c.name, o.po_number from r_orders o"
		" join r_company c on c.id = o.buyer_id where o.seller_id = ?2 and o.id < ?1"
		" and c.state <> 1 order by o.id desc limit 50",
		true, "select id from r_orders where seller_id = ?1 order by id desc limit 1000",
		TRADES, sold, true},
	{"purpose_list_order_lines",
		"select l.id, l.line_no, l.offer_id, l.sku, l.title, l.unit, l.quantity,"
		" l.confirmed, l.shipped, l.reserved, l.currency, l.unit_micro, l.net_minor,"
		" l.lead_days from r_order_line l where l.order_id = ?1"
		" and (l.buyer_id = ?2 or l.seller_id = ?2) order by l.line_no limit 200",
		true, "select id from r_orders where buyer_id = ?1", TRADES, lines, false},
	{"purpose_list_own_offers",
		"select o.id, o.product_id, coalesce(s.title, p.title),"
		" coalesce(s.part_number, p.part_number), o.sku, o.state, o.reason, o.currency,"
		" o.unit, o.tiers, o.price_micro, o.min_quantity, o.step_quantity, o.lead_days,"
		" o.on_hand, o.reserved, o.incoterm, o.incoterm_place, o.ships_from,"
		" o.created_at, o.state_at from r_offer o"
		" left join r_product s on s.id = o.product_id and s.company_id = ?2"
		" left join r_product p on p.id = o.product_id and p.published = 1"
		" where o.company_id = ?2 and o.id < ?1 order by o.id desc limit 50",
		true, "select id from r_offer where company_id = ?1 limit 50000", SELLS, own_offers,
		true},
	{"purpose_list_product_offers",
		"select o.id, o.product_id, o.company_id, c.name, c.country, o.sku, o.currency,"
		" o.unit, o.tiers, o.price_micro, o.min_quantity, o.step_quantity, o.lead_days,"
		" o.on_hand - o.reserved, o.incoterm, o.incoterm_place, o.ships_from"
		" from r_offer o join r_company c on c.id = o.company_id"
		" where o.product_id = ?1 and o.state = 2 and c.state = 2 and ?2"
		" order by o.price_micro, o.id limit 100",
		true, "select product_id from r_offer where company_id = ?1 limit 50000",
		BIT(PURPOSE_PUBLIC), offers, true},
};

struct work {
	struct store *store;
	sqlite3 *raw;
	struct arena *a;
	int64_t buyer, seller, id[IDS_MAX];
	size_t ids;
};

static sqlite3_stmt *prepare(struct work *w, const char *sql)
{
	sqlite3_stmt *st = NULL;

	if (sqlite3_prepare_v3(w->raw, sql, -1, SQLITE_PREPARE_PERSISTENT, &st, NULL))
		fault(FAULT_BUG, "%s: %s", sql, sqlite3_errmsg(w->raw));
	return st;
}

static int64_t one_id(struct work *w, const char *sql)
{
	sqlite3_stmt *st = prepare(w, sql);
	int64_t id = sqlite3_step(st) == SQLITE_ROW ? sqlite3_column_int64(st, 0) : 0;

	sqlite3_finalize(st);
	return id;
}

/* Spread over what there is, in an order that follows no index. */
static void ids_read(struct work *w, const char *sql, int64_t company)
{
	sqlite3_stmt *st = prepare(w, sql);
	uint64_t seed = 1;
	size_t seen = 0;

	w->ids = 0;
	sqlite3_bind_int64(st, 1, company);
	for (; sqlite3_step(st) == SQLITE_ROW; seen++) {
		size_t at = w->ids;

		seed = seed * 6364136223846793005u + 1442695040888963407u;
		if (w->ids < IDS_MAX)
			w->ids++;
		else
			at = (size_t)(seed >> 33) % (seen + 1);
		if (at < IDS_MAX)
			w->id[at] = sqlite3_column_int64(st, 0);
	}
	sqlite3_finalize(st);
	if (!w->ids)
		fault(FAULT_OUTSIDE, "no rows to read: %s", sql);
	for (size_t i = w->ids - 1; i; i--) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		size_t k = (size_t)(seed >> 33) % (i + 1);
		int64_t x = w->id[i];

		w->id[i] = w->id[k];
		w->id[k] = x;
	}
}

static double cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* What anybody would write: every column into a row, texts copied. */
static void by_hand(struct work *w, sqlite3_stmt *st, const struct pair *p, int64_t id,
	int64_t company, struct seen *s)
{
	union cell {
		int64_t i;
		str s;
	};
	int n = sqlite3_column_count(st);

	sqlite3_bind_int64(st, 1, id);
	sqlite3_bind_int64(st, 2, company);
	while (sqlite3_step(st) == SQLITE_ROW) {
		union cell *row = arena_array(w->a, union cell, (size_t)n);

		for (int i = 0; i < n; i++)
			switch (sqlite3_column_type(st, i)) {
			case SQLITE_TEXT: {
				const void *text = sqlite3_column_text(st, i);

				row[i].s = str_dup(
					w->a, (str){text, (size_t)sqlite3_column_bytes(st, i)});
				break;
			}
			case SQLITE_NULL: break;
			default: row[i].i = sqlite3_column_int64(st, i);
			}
		s->rows++;
		s->sum += row[0].i;
		if (!p->list)
			break;
	}
	sqlite3_reset(st);
}

static double round_raw(
	struct work *w, sqlite3_stmt *st, const struct pair *p, int64_t company, struct seen *s)
{
	int calls = p->list ? LIST_CALLS : POINT_CALLS;

	*s = (struct seen){0};
	arena_reset(w->a);
	double from = cpu_us();

	for (int i = 0; i < calls; i++) {
		by_hand(w, st, p, w->id[(size_t)i % w->ids], company, s);
		if (i % 100 == 99)
			arena_reset(w->a);
	}
	return (cpu_us() - from) / calls;
}

static double round_guarded(struct work *w, struct db *db, const struct pair *p, struct seen *s)
{
	int calls = p->list ? LIST_CALLS : POINT_CALLS;

	*s = (struct seen){0};
	arena_reset(w->a);
	double from = cpu_us();

	for (int i = 0; i < calls; i++) {
		p->guarded(db, w->id[(size_t)i % w->ids], s);
		if (i % 100 == 99)
			arena_reset(w->a);
	}
	return (cpu_us() - from) / calls;
}

static double pair_run(struct work *w, const struct pair *p)
{
	int64_t company = p->seller ? w->seller : w->buyer;
	double raw[ROUNDS] = {0}, guarded[ROUNDS] = {0}, times[ROUNDS] = {0};
	sqlite3_stmt *st = prepare(w, p->sql);
	struct seen s, t;
	struct db db;

	ids_read(w, p->ids, company);
	for (int i = -1; i < ROUNDS; i++) { /* the first warms both */
		int at = i < 0 ? 0 : i;

		store_read_begin(w->store, &db, w->a,
			(struct viewer){.person = 1,
				.company = company,
				.roles = BIT(ROLE_BUYER) | BIT(ROLE_SALES) | BIT(ROLE_ADMIN) |
					 BIT(ROLE_VIEWER) | BIT(ROLE_PERSON)},
			p->purposes);
		lite_run(w->raw, "begin");
		raw[at] = round_raw(w, st, p, company, &s);
		guarded[at] = round_guarded(w, &db, p, &t);
		times[at] = guarded[at] / raw[at];
		lite_run(w->raw, "commit");
		store_read_end(&db);
		if (!s.rows || s.rows != t.rows || s.sum != t.sum)
			fault(FAULT_BUG, "%s: %lld rows by hand, %lld by purpose", p->name,
				(long long)s.rows, (long long)t.rows);
	}
	sqlite3_finalize(st);
	double x = median(times, ROUNDS), most = p->list ? LIST_TIMES_MAX : POINT_TIMES_MAX;

	printf("# %s: by hand %.2f us, by purpose %.2f us, %.1f rows a call; rounds %.2f to %.2f\n",
		p->name, median(raw, ROUNDS), median(guarded, ROUNDS),
		(double)s.rows / (p->list ? LIST_CALLS : POINT_CALLS), times[0], times[ROUNDS - 1]);
	bar(p->name, x, "times", p->list ? "<=1.3" : "<=1.10", x <= most);
	return x;
}

static void run(const char *dir, const char *only)
{
	struct arena *a = arena_make((size_t)256 << 20);
	size_t n = 0;
	const struct stmt **all;

	while (statements[n])
		n++;
	all = arena_array(a, const struct stmt *, n + 2);
	for (size_t i = 0; i < n; i++)
		all[i] = statements[i];
	order_party_stmt = order_party_stmt_made;
	order_party_stmt.id = n;
	all[n] = &order_party_stmt;

	struct work w = {.a = arena_make((size_t)256 << 20),
		.store = store_open(&(struct store_options){
			.dir = dir, .policy = installation_policy(a), .statements = all})};

	w.raw = lite_open(w.store->data_path, SQLITE_OPEN_READONLY);
	lite_run(w.raw, "pragma mmap_size=8589934592; pragma cache_size=-8000");
	w.seller = one_id(&w, "select company_id from r_offer group by 1 order by count(*) desc");
	w.buyer = one_id(&w, "select buyer_id from r_orders group by 1 order by count(*) desc");
	for (size_t i = 0; i < COUNT(pairs); i++)
		if (!only || strstr(pairs[i].name, only))
			(void)pair_run(&w, &pairs[i]);
	lite_close(w.raw);
	store_close(w.store);
	arena_free(w.a);
	arena_free(a);
}

int main(int argc, char **argv)
{
	struct fault_point fp;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc < 2) {
		fprintf(stderr, "usage: purposes DIR [PART OF A NAME]\n");
		return 2;
	}
	if (!FAULT_TRY(fp)) {
		fprintf(stderr, "purposes: %s\n", fp.what);
		return 1;
	}
	log_level_set(LOG_ERROR);
	run(argv[1], argv[2]);
	FAULT_END(fp);
	return 0;
}
