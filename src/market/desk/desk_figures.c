/* The job that counts: it follows the histories of orders and companies event by event. */
#include "market/desk/desk.h"

#include "gen/figure.sql.h"

struct counting {
	enum figure_source source;
	struct figure_order_events_rows orders;
	struct figure_company_events_rows companies;
	int64_t from, to;
};

static bool count(struct db *db, enum figure_kind kind, int64_t day, int64_t part, str currency,
	int64_t n, int64_t minor)
{
	return figure_add(db, kind, day, part, currency, n, minor) == 1 ||
	       figure_start(
		       db, (struct figure_id){id_make()}, kind, day, part, currency, n, minor) == 1;
}

static bool count_state(struct db *db, enum figure_kind kind, int from, int to)
{
	if (from == to)
		return true;
	return (!from || count(db, kind, 0, from, S(""), -1, 0)) &&
	       count(db, kind, 0, to, S(""), 1, 0);
}

static bool count_order(struct db *db, const struct figure_order_events_row *e)
{
	int64_t day = e->at.us / DAY_US;
	bool confirmed = e->event == ORDER_HAPPENING_CONFIRM || e->event == ORDER_HAPPENING_AGREE;

	return count_state(db, FIGURE_KIND_ORDERS_STATE, (int)e->from_state, (int)e->to_state) &&
	       (e->event != ORDER_HAPPENING_PLACE ||
		       count(db, FIGURE_KIND_ORDERS_PLACED, day, 0, S(""), 1, 0)) &&
	       (!confirmed || count(db, FIGURE_KIND_ORDERS_CONFIRMED, day, 0,
				      str_of(e->total.currency), 1, e->total.minor));
}

static bool count_company(struct db *db, const struct figure_company_events_row *e)
{
	bool begins = e->event == COMPANY_HAPPENING_SIGN_UP;

	return count_state(db, FIGURE_KIND_COMPANIES_STATE, begins ? 0 : (int)e->from_state,
		       (int)e->to_state) &&
	       (e->event != COMPANY_HAPPENING_APPROVE ||
		       count(db, FIGURE_KIND_COMPANIES_NEW, e->at.us / DAY_US, 0, S(""), 1, 0));
}

static bool counting_apply(struct db *db, void *ctx)
{
	const struct counting *c = ctx;

	if (!c->from && figure_mark_start(db, (struct figure_mark_id){id_make()}, c->source) > 1)
		return false;
	if (figure_mark_move(db, c->source, c->from, c->to) != 1)
		return false;
	for (size_t i = 0; i < c->orders.n; i++)
		if (!count_order(db, &c->orders.v[i]))
			return false;
	for (size_t i = 0; i < c->companies.n; i++)
		if (!count_company(db, &c->companies.v[i]))
			return false;
	return true;
}

static void counting_done(struct write_unit *u, enum write_result r)
{
	(void)u;
	(void)r;
}

/* True: something was counted, there may be more. */
static bool follow(struct store *s, const struct job *j, struct arena *a, enum figure_source source)
{
	struct viewer v = {.roles = BIT(ROLE_COUNTER)};
	struct counting c = {.source = source};
	struct figure_mark_row mark;
	struct db db;

	store_read_begin(s, &db, a, v, j->purposes);
	if (figure_mark(&db, source, &mark))
		c.from = mark.event_id;
	if (source == FIGURE_SOURCE_ORDERS)
		c.orders = figure_order_events(&db, (struct order_event_id){c.from});
	else
		c.companies = figure_company_events(&db, (struct company_event_id){c.from});
	store_read_end(&db);
	if (!c.orders.n && !c.companies.n)
		return false;
	c.to = c.orders.n ? c.orders.v[c.orders.n - 1].id.v : c.companies.v[c.companies.n - 1].id.v;
	struct write_unit u = {.viewer = v,
		.purposes = j->purposes,
		.arena = a,
		.apply = counting_apply,
		.done = counting_done,
		.ctx = &c};
	enum write_result r = store_write_wait(s, &u);

	if (r == WRITE_FAULTED)
		fault(u.fault.kind, "%s", u.fault.what);
	return r == WRITE_DONE;
}

static bool figures_run(struct store *s, const struct job *j, struct arena *a)
{
	bool more = follow(s, j, a, FIGURE_SOURCE_ORDERS);

	return follow(s, j, a, FIGURE_SOURCE_COMPANIES) || more;
}

const struct job desk_figures = {
	.name = "figures",
	.role = ROLE_COUNTER,
	.purposes = BIT(PURPOSE_FIGURES),
	.every_s = 30,
	.run = figures_run,
};
