/* The desk's reports for third parties: which there are, what they cost, and handing them over. */
#include "market/rights/aggregate.h"

#include "egress/egress.h"
#include "gen/aggregate.html.h"
#include "market/member/member.h"
#include "market/rights/disclosed.h"

#define OFFICER BIT(ROLE_OFFICER)

/* ---- the reports: all there are ---------------------------------------------------------- */

const struct aggregate_report_def aggregate_reports[4] = {
	{AGGREGATE_REPORT_ORDERS, MSG_aggregate_orders, MSG_aggregate_orders_about,
		MSG_aggregate_category, MSG_aggregate_country, .bound = 10, .margins = true},
	{AGGREGATE_REPORT_REGISTRATIONS, MSG_aggregate_registrations,
		MSG_aggregate_registrations_about, MSG_aggregate_industry, MSG_aggregate_size,
		.bound = 1, .margins = true},
	{AGGREGATE_REPORT_PRICES, MSG_aggregate_prices, MSG_aggregate_prices_about,
		MSG_aggregate_category, 0, .bound = 3},
	{AGGREGATE_REPORT_TRAINING, MSG_aggregate_training, MSG_aggregate_training_about,
		MSG_aggregate_features, 0, .bound = 10},
};

const struct aggregate_report_def *aggregate_def(int report)
{
	for (size_t i = 0; i < COUNT(aggregate_reports); i++)
		if ((int)aggregate_reports[i].report == report)
			return &aggregate_reports[i];
	return NULL;
}

struct text aggregate_line_text(const struct aggregate_report_def *d, str line)
{
	int industry = d->report == AGGREGATE_REPORT_REGISTRATIONS ? industry_of(line) : 0;

	if (!line.n)
		return TEXT(aggregate_all);
	if (str_eq(line, S("…")))
		return TEXT(aggregate_other);
	return industry ? industry_text(industry) : AS_TEXT(line);
}

struct text aggregate_col_text(const struct aggregate_report_def *d, str col)
{
	int size = d->report == AGGREGATE_REPORT_REGISTRATIONS ? company_size_of(col) : 0;

	if (d->report == AGGREGATE_REPORT_PRICES)
		return TEXT(aggregate_index);
	if (d->report == AGGREGATE_REPORT_TRAINING)
		return TEXT(aggregate_count);
	if (!col.n)
		return TEXT(aggregate_all);
	if (str_eq(col, S("…")) || str_eq(col, S("unknown")))
		return TEXT(aggregate_other);
	if (size)
		return company_size_text(size);
	return text_is(country_name(col)) ? country_name(col) : AS_TEXT(col);
}

/* ---- the process ------------------------------------------------------------------------- */

static const struct transition rows[] = {
	{0, AGGREGATE_HAPPENING_ASK, AGGREGATE_STATE_WANTED, OFFICER, .ask = true},
	{AGGREGATE_STATE_WANTED, AGGREGATE_HAPPENING_MAKE, AGGREGATE_STATE_MADE, BIT(ROLE_COUNTER)},
	{AGGREGATE_STATE_MADE, AGGREGATE_HAPPENING_HAND, AGGREGATE_STATE_HANDED, OFFICER},
};
const struct process aggregate_process =
	PROCESS("report", rows, aggregate_state_name, aggregate_happening_name);

FORM(aggregate_form, struct aggregate_form,
	{.name = "report",
		.kind = FIELD_ENUM,
		.required = true,
		AT(struct aggregate_form, report),
		.label = MSG_aggregate_report,
		.choices = "aggregate_report"},
	{.name = "recipient",
		.kind = FIELD_TEXT,
		.required = true,
		.max = 60,
		AT(struct aggregate_form, recipient),
		.label = MSG_aggregate_recipient,
		.data = NOT_PERSONAL},
	{.name = "year",
		.kind = FIELD_INT,
		.required = true,
		.min = AGGREGATE_YEAR_MIN,
		.max = 2200,
		AT(struct aggregate_form, year),
		.label = MSG_aggregate_year},
	{.name = "quarter",
		.kind = FIELD_INT,
		.required = true,
		.min = 1,
		.max = 4,
		AT(struct aggregate_form, quarter),
		.label = MSG_aggregate_quarter},
	{.name = "epsilon",
		.kind = FIELD_INT,
		.required = true,
		.min = AGGREGATE_EPSILON_MIN,
		.max = AGGREGATE_BUDGET,
		AT(struct aggregate_form, epsilon),
		.label = MSG_aggregate_epsilon,
		.hint = MSG_aggregate_epsilon_hint});
FORM(aggregate_query, struct aggregate_query,
	{.name = "before",
		.kind = FIELD_ID,
		AT(struct aggregate_query, before),
		.label = MSG_disclosed_before});

/* ---- asking ------------------------------------------------------------------------------ */

static bool may_receive(const struct policy *p, str name)
{
	const struct policy_recipient *v = policy_recipient(p, name);

	for (size_t i = 0; v && !v->planned && i < v->purposes_n; i++)
		if (str_eq(v->purposes[i], S("aggregates")))
			return true;
	return false;
}

/* Takes it from the budget; -1: there is not so much left. */
static int64_t spend(struct db *db, str recipient, int64_t period, int64_t epsilon)
{
	struct aggregate_budget_row b;

	if (aggregate_spend(db, recipient, period, epsilon, AGGREGATE_BUDGET) == 1)
		return 0;
	if (aggregate_budget(db, recipient, period, &b) || epsilon > AGGREGATE_BUDGET)
		return -1;
	MUST(aggregate_budget_new(
		     db, (struct aggregate_budget_id){id_make()}, recipient, period, epsilon) == 1);
	return 0;
}

static int ask_apply(struct req *r)
{
	const struct aggregate_form *f = r->form;
	struct aggregate_id id = {id_make()};
	int64_t period = f->year * 4 + f->quarter - 1;

	if (!may_receive(db_policy(r->db), f->recipient)) {
		form_error(r, "recipient", TEXT(aggregate_no_recipient));
		return 422;
	}
	if (period >= quarter_of(clock_now())) {
		form_error(r, "quarter", TEXT(aggregate_not_over));
		return 422;
	}
	if (spend(r->db, f->recipient, period, f->epsilon)) {
		form_error(r, "epsilon", TEXT(aggregate_spent_all));
		return 409;
	}
	if (aggregate_add(r->db, id, (enum aggregate_report)f->report, period, f->recipient,
		    f->epsilon, (struct person_id){r->viewer.person}, clock_now()) != 1)
		return problem(r, 409, TEXT(desk_not_now));
	jobs_wake("aggregate");
	return done(r, 201, str_cat(r->arena, S("/desk/aggregates/"), id_text(r->arena, id.v)),
		TEXT(aggregate_asked), NULL, NULL);
}

/* ---- pages ------------------------------------------------------------------------------- */

static int list_get(struct req *r)
{
	const struct aggregate_query *q = r->route->form == &aggregate_query ? r->form : NULL;
	struct aggregate_list_rows v = aggregate_list(
		r->db, (struct aggregate_id){q && q->before ? q->before : INT64_MAX});

	aggregate_list_page(r->out, r, &v, db_policy(r->db));
	return 200;
}

static struct aggregate_grid grid_of(struct req *r, struct aggregate_id id)
{
	struct aggregate_grid g = {0};
	struct aggregate_cells_rows page;
	int64_t line = 0;

	g.v = arena_array(r->arena, struct aggregate_cells_row, AGGREGATE_COMBOS);
	while (g.n < AGGREGATE_COMBOS && (page = aggregate_cells(r->db, id, line)).n) {
		size_t n = page.n;

		/* whole lines: the last of a full page may go on in the next */
		while (page.n == LIST_ROWS_MAX && n > 1 &&
			page.v[n - 1].line_no == page.v[page.n - 1].line_no)
			n--;
		for (size_t i = 0; i < n && g.n < AGGREGATE_COMBOS; i++)
			g.v[g.n++] = page.v[i];
		line = g.v[g.n - 1].line_no + 1;
	}
	return g;
}

static bool find(struct req *r, struct aggregate_view *v)
{
	struct aggregate_budget_row b;

	if (!aggregate_one(r->db, (struct aggregate_id){path_id(r, "aggregate")}, &v->a))
		return false;
	v->def = aggregate_def((int)v->a.report);
	if (aggregate_budget(r->db, v->a.recipient, v->a.period, &b))
		v->spent = b.spent;
	return v->def;
}

static int one_get(struct req *r)
{
	struct aggregate_view *v = arena_new(r->arena, struct aggregate_view);

	if (!find(r, v))
		return 404;
	v->grid = grid_of(r, v->a.id);
	aggregate_page(r->out, r, v, db_policy(r->db));
	return 200;
}

/* ---- handing over ------------------------------------------------------------------------ */

static int hand_apply(struct req *r)
{
	struct aggregate_view v = {0};

	if (!find(r, &v))
		return 404;
	if (process_ask(&aggregate_process, (int)v.a.state, AGGREGATE_HAPPENING_HAND,
		    (struct actor){.roles = r->viewer.roles}, NULL)
			.answer != PROCESS_YES)
		return problem(r, 409, TEXT(aggregate_not_now));
	(void)egress_disclose(r->db, db_policy(r->db),
		&(struct disclosure){.recipient = v.a.recipient,
			.purpose = S("aggregates"),
			.kind = S("report"),
			.fields = S("aggregate_cell.shown"),
			.detail = str_fmt(r->arena, STR_FMT " " STR_FMT,
				STR_ARG(aggregate_report_name((int)v.a.report)),
				STR_ARG(quarter_text(r->arena, v.a.period)))});
	if (aggregate_hand(r->db, v.a.id, (struct person_id){r->viewer.person}, clock_now()) != 1)
		return problem(r, 409, TEXT(aggregate_not_now));
	return done(r, 200, str_cat(r->arena, S("/desk/aggregates/"), id_text(r->arena, v.a.id.v)),
		TEXT(aggregate_handed_now), NULL, NULL);
}

static void field_put(struct out *o, str s)
{
	out_char(o, '"');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"')
			out_char(o, '"');
		out_char(o, s.p[i]);
	}
	out_char(o, '"');
}

/* A line a cell; the training file has a column for each feature and one for the number. */
static void csv_put(struct out *o, const struct aggregate_view *v)
{
	bool training = v->def->report == AGGREGATE_REPORT_TRAINING;

	out_str(o, training ? S("category,country,industry,pieces,price,orders\r\n")
			    : S("line,column,value\r\n"));
	for (size_t i = 0; i < v->grid.n; i++) {
		const struct aggregate_cells_row *c = &v->grid.v[i];
		str rest = c->line;

		if (!training) {
			field_put(o, c->line.n ? c->line : S("*"));
			out_char(o, ',');
			field_put(o, c->col.n ? c->col : S("*"));
			out_char(o, ',');
		}
		while (training && rest.n) {
			field_put(o, str_cut(&rest, '|'));
			out_char(o, ',');
		}
		if (c->shown.is)
			out_fmt(o, "%lld", (long long)c->shown.v);
		out_lit(o, "\r\n");
	}
}

static int file_get(struct req *r)
{
	struct aggregate_view *v = arena_new(r->arena, struct aggregate_view);

	if (!find(r, v))
		return 404;
	if (v->a.state != AGGREGATE_STATE_HANDED)
		return problem(r, 409, TEXT(aggregate_hand_first));
	v->grid = grid_of(r, v->a.id);
	answer_download(r,
		str_fmt(r->arena, STR_FMT "-" STR_FMT ".csv",
			STR_ARG(aggregate_report_name((int)v->a.report)),
			STR_ARG(quarter_text(r->arena, v->a.period))),
		"text/csv; charset=utf-8");
	csv_put(r->out, v);
	return 200;
}

/* ---- by the clock ------------------------------------------------------------------------ */

struct keeping {
	struct aggregate_id id;
	struct aggregate_made made;
};

static bool keep(struct db *db, void *ctx)
{
	struct keeping *k = ctx;

	for (size_t i = 0; i < k->made.n; i++) {
		const struct aggregate_out *o = &k->made.v[i];

		if (aggregate_cell_add(db, (struct aggregate_cell_id){id_make()}, k->id, o->line_no,
			    o->col_no, o->line, o->col, (struct maybe_int){!o->out, o->shown}) != 1)
			return false;
	}
	return aggregate_made(db, k->id, k->made.lines, k->made.shown, clock_now()) == 1;
}

static bool run(struct store *s, const struct job *j, struct arena *a)
{
	struct viewer viewer = {.roles = BIT(j->role)};
	struct db db;

	store_read_begin(s, &db, a, viewer, j->purposes);
	struct aggregate_wanted_rows v = aggregate_wanted(&db);

	store_read_end(&db);
	for (size_t i = 0; i < v.n; i++) {
		struct keeping k = {.id = v.v[i].id};

		store_read_begin(s, &db, a, viewer, j->purposes);
		k.made = aggregate_make(
			&db, aggregate_def((int)v.v[i].report), v.v[i].period, v.v[i].epsilon);
		store_read_end(&db);
		struct write_unit u = {.patient = true,
			.viewer = viewer,
			.purposes = j->purposes,
			.arena = a,
			.apply = keep,
			.ctx = &k};

		if (store_write_wait(s, &u) == WRITE_FAULTED)
			fault(u.fault.kind, "%s", u.fault.what);
	}
	return v.n == 10;
}

const struct job aggregate_job = {
	.name = "aggregate",
	.role = ROLE_COUNTER,
	.purposes = BIT(PURPOSE_AGGREGATES) | BIT(PURPOSE_PUBLIC),
	.every_s = 60,
	.apart = true,
	.run = run,
};

#define DESK (BIT(PURPOSE_AGGREGATES) | BIT(PURPOSE_PUBLIC))

const struct route aggregate_routes[] = {
	{GET, "/desk/aggregates", OFFICER, DESK, PROOF_NONE, .form = &aggregate_query,
		.get = list_get},
	{POST, "/desk/aggregates", OFFICER, DESK, PROOF_TOKEN, .form = &aggregate_form,
		.get = list_get, .apply = ask_apply},
	{GET, "/desk/aggregates/{aggregate}", OFFICER, DESK, PROOF_NONE, .get = one_get},
	{GET, "/desk/aggregates/{aggregate}/file", OFFICER, DESK, PROOF_NONE, .get = file_get},
	{POST, "/desk/aggregates/{aggregate}/hand", OFFICER, DESK | BIT(PURPOSE_DISCLOSING),
		PROOF_TOKEN, .apply = hand_apply},
	{0},
};
