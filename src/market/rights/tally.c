/* The job that keeps the tally: what each company adds to each cell of the reports. It follows the
 * histories by id and moves its mark in the same transaction, so nothing is counted twice. */
#include "market/rights/aggregate.h"

#include <stdlib.h>

enum { TALLY_LINES = 1000 }; /* of tally_lines */

struct add {
	enum aggregate_report report;
	int64_t period, company, n, amount;
	str line, col;
	struct person_id person; /* from whom it comes: asked again when a report is made */
};
struct adding {
	enum figure_source source;
	int64_t from, to;
	struct add *v;
	size_t n, cap;
};

int64_t quarter_of(instant t)
{
	struct civil c = civil_of(t);

	return (int64_t)c.year * 4 + (c.month - 1) / 3;
}

instant quarter_begin(int64_t period)
{
	return instant_of((struct civil){
		.year = (int)(period / 4), .month = (int)(period % 4) * 3 + 1, .day = 1});
}

str quarter_text(struct arena *a, int64_t period)
{
	return str_fmt(a, "%lld-Q%lld", (long long)(period / 4), (long long)(period % 4) + 1);
}

static str band(int64_t v, const int64_t *steps, size_t n, struct arena *a)
{
	size_t i = 0;

	while (i < n && v >= steps[i])
		i++;
	if (!i)
		return str_fmt(a, "<%lld", (long long)steps[0]);
	return i == n ? str_fmt(a, "%lld+", (long long)steps[n - 1])
		      : str_fmt(a, "%lld-%lld", (long long)steps[i - 1], (long long)steps[i] - 1);
}

static str top_of(str path)
{
	size_t cut = str_find(path, S(" / "));

	return cut == (size_t)-1 ? path : str_sub(path, 0, cut);
}

static void add(struct arena *a, struct adding *x, struct add v)
{
	*ARENA_PUSH(a, x) = v;
}

static int by_product(const void *x, const void *y)
{
	const struct tally_branches_row *v = x, *w = y;

	return (v->id.v > w->id.v) - (v->id.v < w->id.v);
}

/* The branch of the catalogue that each line's product stands in; empty: it is not there. */
static str *branches_of(struct db *db, const struct tally_lines_row *v, size_t n)
{
	struct product_id *ids = arena_array(db->arena, struct product_id, n);
	str *branches = arena_array(db->arena, str, n);

	for (size_t i = 0; i < n; i++)
		ids[i] = v[i].product_id;
	struct tally_branches_rows p = tally_branches(db, ids, n);

	for (size_t i = 0; i < n && p.n; i++) {
		const struct tally_branches_row key = {.id = ids[i]},
						*at = bsearch(
							&key, p.v, p.n, sizeof key, by_product);

		if (at)
			branches[i] = top_of(at->path);
	}
	return branches;
}

/* The first line of an order in a branch counts the order there. */
static bool first_of_branch(const struct tally_lines_row *all, const str *branches, size_t i)
{
	for (size_t k = i; k && all[k - 1].event_id.v == all[i].event_id.v; k--)
		if (str_eq(branches[k - 1], branches[i]))
			return false;
	return true;
}

static void line_add(struct arena *a, struct adding *x, const struct tally_lines_row *all,
	const str *branches, size_t i)
{
	static const int64_t pieces[] = {2, 10, 100, 1000}, price[] = {1, 10, 100, 1000};
	const struct tally_lines_row *v = &all[i];
	int64_t period = quarter_of(v->placed_at);
	str top = branches[i];

	if (first_of_branch(all, branches, i))
		add(a, x,
			(struct add){AGGREGATE_REPORT_ORDERS, period, v->buyer_id.v, 1, 0, top,
				v->country, v->placed_by});
	add(a, x,
		(struct add){AGGREGATE_REPORT_PRICES, period, v->seller_id.v, 1, v->unit.micro, top,
			id_text(a, v->offer_id.v), v->placed_by});
	add(a, x,
		(struct add){AGGREGATE_REPORT_TRAINING, period, v->buyer_id.v, 1, 0,
			str_fmt(a, STR_FMT "|" STR_FMT "|" STR_FMT "|" STR_FMT "|" STR_FMT,
				STR_ARG(top), STR_ARG(v->country),
				STR_ARG(v->industry ? industry_name((int)v->industry) : S("other")),
				STR_ARG(band(v->quantity, pieces, COUNT(pieces), a)),
				STR_ARG(band(v->unit.micro / 1000000, price, COUNT(price), a))),
			S("n"), v->placed_by});
}

static void orders_add(struct db *db, struct adding *x)
{
	struct order_event_id after = {x->from};
	struct tally_events_rows e = tally_events(db, after);
	struct tally_lines_rows l;

	if (!e.n)
		return;
	x->to = e.v[e.n - 1].id.v;
	l = tally_lines(db, after, e.v[e.n - 1].id, ORDER_HAPPENING_PLACE);
	if (l.n == TALLY_LINES) { /* the last order may go on: the next piece counts it */
		while (l.n && l.v[l.n - 1].event_id.v == l.v[TALLY_LINES - 1].event_id.v)
			l.n--;
		MUST(l.n);
		x->to = l.v[l.n - 1].event_id.v;
	}
	if (!l.n)
		return;
	const str *branches = branches_of(db, l.v, l.n);

	for (size_t i = 0; i < l.n; i++)
		if (branches[i].n)
			line_add(db->arena, x, l.v, branches, i);
}

static void company_add(struct db *db, struct adding *x, const struct tally_companies_row *e)
{
	if (e->event == COMPANY_HAPPENING_SIGN_UP)
		add(db->arena, x,
			(struct add){AGGREGATE_REPORT_REGISTRATIONS, quarter_of(e->at),
				e->company.v, 1, 0,
				e->industry ? industry_name((int)e->industry) : S("other"),
				e->size ? company_size_name((int)e->size) : S("unknown"),
				e->created_by});
}

static bool apply(struct db *db, void *ctx)
{
	struct adding *x = ctx;

	if (!x->from && tally_mark_start(db, (struct figure_mark_id){id_make()}, x->source) > 1)
		return false;
	if (tally_mark_move(db, x->source, x->from, x->to) != 1)
		return false;
	for (size_t i = 0; i < x->n; i++) {
		const struct add *v = &x->v[i];
		struct company_id company = {v->company};

		if (tally_more(db, v->report, v->period, v->line, v->col, company, v->n, v->amount,
			    v->person) != 1 &&
			tally_new(db, (struct tally_id){id_make()}, v->report, v->period, v->line,
				v->col, company, v->n, v->amount, quarter_begin(v->period),
				v->person) != 1)
			return false;
	}
	return true;
}

/* True: something was counted, there may be more. */
static bool follow(struct store *s, const struct job *j, struct arena *a, enum figure_source source)
{
	struct viewer viewer = {.roles = BIT(j->role)};
	struct adding x = {.source = source};
	struct tally_mark_row mark;
	struct db db;

	store_read_begin(s, &db, a, viewer, j->purposes);
	if (tally_mark(&db, source, &mark))
		x.from = x.to = mark.event_id;
	if (source == FIGURE_SOURCE_TALLY_ORDERS) {
		orders_add(&db, &x);
	} else {
		struct tally_companies_rows e =
			tally_companies(&db, (struct company_event_id){x.from});

		for (size_t i = 0; i < e.n; i++)
			company_add(&db, &x, &e.v[i]);
		x.to = e.n ? e.v[e.n - 1].id.v : x.to;
	}
	store_read_end(&db);
	if (x.to == x.from)
		return false;
	return job_write(s, j, a, true, apply, &x);
}

static bool run(struct store *s, const struct job *j, struct arena *a)
{
	bool more = follow(s, j, a, FIGURE_SOURCE_TALLY_ORDERS);

	return follow(s, j, a, FIGURE_SOURCE_TALLY_COMPANIES) || more;
}

const struct job tally_job = {
	.name = "tally",
	.role = ROLE_COUNTER,
	.purposes = BIT(PURPOSE_AGGREGATES) | BIT(PURPOSE_PUBLIC),
	.every_s = 60,
	.run = run,
};
