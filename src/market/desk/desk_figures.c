/* The job that counts: it follows the histories of orders and companies event by event. */
#include "market/desk/desk.h"

#include "gen/figure.sql.h"

/* What events add to one figure: a piece has hundreds of events and few figures. */
struct sum {
	enum figure_kind kind;
	int64_t day, part, n, minor;
	str currency;
};
struct counting {
	enum figure_source source;
	int64_t from, to;
	struct sum *v;
	size_t n, cap;
};

static void count(struct arena *a, struct counting *c, struct sum more)
{
	for (size_t i = 0; i < c->n; i++) {
		struct sum *s = &c->v[i];

		if (s->kind == more.kind && s->day == more.day && s->part == more.part &&
			str_eq(s->currency, more.currency)) {
			s->n += more.n;
			s->minor += more.minor;
			return;
		}
	}
	*ARENA_PUSH(a, c) = more;
}

static void count_state(
	struct arena *a, struct counting *c, enum figure_kind kind, int64_t from, int64_t to)
{
	if (from == to)
		return;
	if (from)
		count(a, c, (struct sum){.kind = kind, .part = from, .n = -1, .currency = S("")});
	count(a, c, (struct sum){.kind = kind, .part = to, .n = 1, .currency = S("")});
}

static void count_order(
	struct arena *a, struct counting *c, const struct figure_order_events_row *e)
{
	int64_t day = e->at.us / DAY_US;

	count_state(a, c, FIGURE_KIND_ORDERS_STATE, (int64_t)e->from_state, (int64_t)e->to_state);
	if (e->event == ORDER_HAPPENING_PLACE)
		count(a, c,
			(struct sum){.kind = FIGURE_KIND_ORDERS_PLACED,
				.day = day,
				.n = 1,
				.currency = S("")});
	if (e->event == ORDER_HAPPENING_CONFIRM || e->event == ORDER_HAPPENING_AGREE)
		count(a, c,
			(struct sum){.kind = FIGURE_KIND_ORDERS_CONFIRMED,
				.day = day,
				.n = 1,
				.minor = e->total.minor,
				.currency = str_of(e->total.currency)});
}

static void count_company(
	struct arena *a, struct counting *c, const struct figure_company_events_row *e)
{
	bool begins = e->event == COMPANY_HAPPENING_SIGN_UP;

	count_state(a, c, FIGURE_KIND_COMPANIES_STATE, begins ? 0 : (int64_t)e->from_state,
		(int64_t)e->to_state);
	if (e->event == COMPANY_HAPPENING_APPROVE)
		count(a, c,
			(struct sum){.kind = FIGURE_KIND_COMPANIES_NEW,
				.day = e->at.us / DAY_US,
				.n = 1,
				.currency = S("")});
}

static bool counting_apply(struct db *db, void *ctx)
{
	const struct counting *c = ctx;

	if (!c->from && figure_mark_start(db, (struct figure_mark_id){id_make()}, c->source) > 1)
		return false;
	if (figure_mark_move(db, c->source, c->from, c->to) != 1)
		return false;
	for (size_t i = 0; i < c->n; i++) {
		const struct sum *s = &c->v[i];

		if (figure_add(db, s->kind, s->day, s->part, s->currency, s->n, s->minor) != 1 &&
			figure_start(db, (struct figure_id){id_make()}, s->kind, s->day, s->part,
				s->currency, s->n, s->minor) != 1)
			return false;
	}
	return true;
}

static void counting_done(struct write_unit *u, enum write_result r)
{
	(void)u;
	(void)r;
}

static void orders_read(struct db *db, struct counting *c)
{
	struct figure_order_events_rows e =
		figure_order_events(db, (struct order_event_id){c->from});

	for (size_t i = 0; i < e.n; i++)
		count_order(db->arena, c, &e.v[i]);
	c->to = e.n ? e.v[e.n - 1].id.v : c->to;
}

static void companies_read(struct db *db, struct counting *c)
{
	struct figure_company_events_rows e =
		figure_company_events(db, (struct company_event_id){c->from});

	for (size_t i = 0; i < e.n; i++)
		count_company(db->arena, c, &e.v[i]);
	c->to = e.n ? e.v[e.n - 1].id.v : c->to;
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
	c.to = c.from;
	if (source == FIGURE_SOURCE_ORDERS)
		orders_read(&db, &c);
	else
		companies_read(&db, &c);
	store_read_end(&db);
	if (c.to == c.from)
		return false;
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
