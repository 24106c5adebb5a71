/* The pairs that bench/purposes (SQLite) and bench/purposes_pg (PostgreSQL) measure: statements of
 * the program, each beside hand-written SQL that gives the same rows. */
#ifndef KONTOR_BENCH_PAIRS_H
#define KONTOR_BENCH_PAIRS_H

#include "bench/bench.h"
#include "store/store.h"
#include "web/web.h"

#include "gen/offer.sql.h"
#include "gen/order.sql.h"
#include "gen/product.sql.h"

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
	int columns; /* of the hand-written one */
};

/* A party's order without its sealed groups: the smallest read through a gate for two parties,
 * written as queryc writes it. */
static const struct stmt order_party_stmt_made = {.name = "order_party",
	.file = __FILE__,
	.line = __LINE__,
	.purpose = PURPOSE_TRADE,
	.sql = "select o.id, o.number, o.state, o.currency, o.total_minor, o.buyer_id, "
	       "o.seller_id, o.placed_at from \"trade.orders.near\" as o where o.id = ?1",
	.pg = "select o.id, o.number, o.state, o.currency, o.total_minor, o.buyer_id, "
	      "o.seller_id, o.placed_at from trade.\"orders.near\" as o where o.id = $1",
	.pg_types = "i",
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
	LIST_OF(product_offers(
		db, (struct product_id){id}, (struct company_id){db->viewer.company}));
}

#define TRADES (BIT(PURPOSE_TRADE) | BIT(PURPOSE_PUBLIC))
#define SELLS (BIT(PURPOSE_SELLING) | BIT(PURPOSE_PUBLIC))

static const struct pair pairs[] = {
	{"purpose_point_public_product",
		"select p.id, p.company_id, c.name, p.category_id, g.name, p.parent_id, p.variant,"
		" p.part_number, p.manufacturer, p.title, p.description, p.attributes, p.gtin,"
		" p.hs_code, p.origin, p.weight_grams, p.video, p.created_at from r_product p"
		" join r_category g on g.id = p.category_id"
		" left join r_company c on c.id = p.company_id and c.state <> 1"
		" where p.id = ?1 and p.published = 1 and ?2 > p.id - p.id",
		false, "select id from r_product where company_id = ?1 limit 50000",
		BIT(PURPOSE_PUBLIC), product, true, 18},
	{"purpose_point_own_product",
		"select p.id, p.company_id, p.category_id, p.parent_id, p.variant, p.part_number,"
		" p.manufacturer, p.title, p.description, p.attributes, p.gtin, p.hs_code,"
		" p.origin, p.weight_grams, p.video, p.published, p.created_at from r_product p"
		" where p.id = ?1 and p.company_id = ?2",
		false, "select id from r_product where company_id = ?1 limit 50000", SELLS,
		own_product, true, 17},
	{"purpose_point_order_as_buyer",
		"select o.id, o.number, o.state, o.currency, o.total_minor, o.buyer_id,"
		" o.seller_id, o.placed_at from r_orders o"
		" where o.id = ?1 and (o.buyer_id = ?2 or o.seller_id = ?2)",
		false, "select id from r_orders where buyer_id = ?1", TRADES, order_party, false,
		8},
	{"purpose_point_order_as_seller",
		"select o.id, o.number, o.state, o.currency, o.total_minor, o.buyer_id,"
		" o.seller_id, o.placed_at from r_orders o"
		" where o.id = ?1 and (o.buyer_id = ?2 or o.seller_id = ?2)",
		false, "select id from r_orders where seller_id = ?1", TRADES, order_party, true,
		8},
	{"purpose_list_orders_sold",
		"select o.id, o.number, o.state, o.currency, o.total_minor, o.lines, o.placed_at,"
		" o.promised_at, o.paid_at, o.buyer_id, c.name, o.po_number from r_orders o"
		" join r_company c on c.id = o.buyer_id where o.seller_id = ?2 and o.id < ?1"
		" and c.state <> 1 order by o.id desc limit 50",
		true, "select id from r_orders where seller_id = ?1 order by id desc limit 1000",
		TRADES, sold, true, 12},
	{"purpose_list_order_lines",
		"select l.id, l.line_no, l.offer_id, l.sku, l.title, l.unit, l.quantity,"
		" l.confirmed, l.shipped, l.reserved, l.currency, l.unit_micro, l.net_minor,"
		" l.lead_days from r_order_line l where l.order_id = ?1"
		" and (l.buyer_id = ?2 or l.seller_id = ?2) order by l.line_no limit 200",
		true, "select id from r_orders where buyer_id = ?1", TRADES, lines, false, 14},
	{"purpose_list_own_offers",
		"select o.id, o.product_id, s.title, s.part_number, o.sku, o.state, o.reason,"
		" o.currency,"
		" o.unit, o.tiers, o.price_micro, o.min_quantity, o.step_quantity, o.lead_days,"
		" o.on_hand, o.reserved, o.incoterm, o.incoterm_place, o.ships_from,"
		" o.created_at, o.state_at from r_offer o"
		" left join r_product s on s.id = o.product_id and s.company_id = ?2"
		" where o.company_id = ?2 and o.id < ?1 order by o.id desc limit 50",
		true, "select id from r_offer where company_id = ?1 limit 50000", SELLS, own_offers,
		true, 21},
	{"purpose_list_product_offers",
		"select o.id, o.product_id, o.company_id, c.name, c.country, o.sku, o.currency,"
		" o.unit, o.tiers, o.price_micro, o.min_quantity, o.step_quantity, o.lead_days,"
		" o.on_hand - o.reserved, o.incoterm, o.incoterm_place, o.ships_from"
		" from r_offer o join r_company c on c.id = o.company_id"
		" where o.product_id = ?1 and o.company_id = ?2 and o.state = 2 and c.state = 2"
		" order by o.price_micro, o.id limit 100",
		true, "select product_id from r_offer where company_id = ?1 limit 50000",
		BIT(PURPOSE_PUBLIC), offers, true, 17},
};

/* All statements of the program and the one that is made here. */
static const struct stmt *const *pairs_statements(struct arena *a)
{
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
	return all;
}

static struct viewer pair_viewer(int64_t company)
{
	return (struct viewer){.person = 1,
		.company = company,
		.roles = BIT(ROLE_BUYER) | BIT(ROLE_SALES) | BIT(ROLE_ADMIN) | BIT(ROLE_VIEWER) |
			 BIT(ROLE_PERSON)};
}

#endif
