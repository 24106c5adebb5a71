/* The desk's pages and actions. */
#include "market/desk/view.h"

#include "gen/desk.html.h"

FORM(desk_query_form, struct desk_query,
	{.name = "state",
		.kind = FIELD_ENUM,
		AT(struct desk_query, state),
		.label = MSG_desk_state,
		.choices = "company_state"},
	{.name = "before", .kind = FIELD_ID, AT(struct desk_query, before), .label = MSG_desk_more},
	{.name = "company",
		.kind = FIELD_ID,
		AT(struct desk_query, company),
		.label = MSG_desk_company},
	{.name = "sku",
		.kind = FIELD_TEXT,
		.data = NOT_PERSONAL,
		.max = 64,
		AT(struct desk_query, sku),
		.label = MSG_desk_sku},
	{.name = "currency",
		.kind = FIELD_TEXT,
		.data = NOT_PERSONAL,
		.max = 3,
		AT(struct desk_query, currency),
		.label = MSG_desk_currency},
	{.name = "q",
		.kind = FIELD_TEXT,
		.data = NOT_PERSONAL,
		.max = DESK_FIND_CHARS_MAX,
		AT(struct desk_query, q),
		.label = MSG_desk_find});
struct desk_figures_query {
	int kind;
	str currency;
};
FORM(desk_figures_form, struct desk_figures_query,
	{.name = "kind",
		.kind = FIELD_ENUM,
		.required = true,
		AT(struct desk_figures_query, kind),
		.label = MSG_desk_figure_kind,
		.choices = "figure_kind"},
	{.name = "currency",
		.kind = FIELD_TEXT,
		.data = NOT_PERSONAL,
		.max = 3,
		AT(struct desk_figures_query, currency),
		.label = MSG_desk_currency});
FORM(desk_reason_form, struct desk_reason,
	{.name = "reason",
		.kind = FIELD_TEXT,
		.data = NOT_PERSONAL,
		.max = 400,
		AT(struct desk_reason, reason),
		.label = MSG_desk_reason,
		.hint = MSG_desk_reason_hint});

static const struct desk_query *query(const struct req *r)
{
	static const struct desk_query none;

	return r->route->form == &desk_query_form && r->form ? r->form : &none;
}

static int64_t before(const struct req *r)
{
	return query(r)->before ? query(r)->before : INT64_MAX;
}

/* The cursor of the next page: a full one ends in this id. */
static str cursor(struct req *r, size_t n, int64_t last)
{
	return n == DESK_ROWS ? id_text(r->arena, last) : (str){NULL, 0};
}

/* ---- overview ---- */

/* The place of a day among the last twelve months; -1: before them. */
static int month_of(int64_t day, struct civil now)
{
	struct civil c = civil_of((instant){day * DAY_US});
	int at = DESK_MONTHS - 1 - ((now.year - c.year) * 12 + now.month - c.month);

	return at >= 0 && at < DESK_MONTHS ? at : -1;
}

static void by_month(struct req *r, enum figure_kind kind, str currency, int64_t *n, int64_t *minor)
{
	struct civil now = civil_of(clock_now());
	int64_t since =
		instant_of((struct civil){.year = now.year - 1, .month = now.month, .day = 1}).us /
		DAY_US;
	struct desk_days_rows rows = desk_days(r->db, kind, currency, since);

	for (size_t i = 0; i < rows.n; i++) {
		int at = month_of(rows.v[i].day, now);

		if (at >= 0 && n)
			n[at] += rows.v[i].n;
		if (at >= 0 && minor)
			minor[at] += rows.v[i].minor;
	}
}

/* One kind of figures by day, from a year ago on. */
static int figures_api(struct req *r)
{
	const struct desk_figures_query *q = r->form;
	struct civil now = civil_of(clock_now());
	int64_t since =
		instant_of((struct civil){.year = now.year - 1, .month = now.month, .day = now.day})
			.us /
		DAY_US;
	struct desk_days_rows rows = desk_days(
		r->db, (enum figure_kind)q->kind, q->currency.p ? q->currency : S(""), since);

	return answer_rows(r, &desk_days_desc, rows.v, rows.n, (str){NULL, 0});
}

static int overview_get(struct req *r)
{
	struct desk_overview *v = arena_new(r->arena, struct desk_overview);
	struct civil now = civil_of(clock_now());
	struct desk_states_rows states = desk_states(r->db, FIGURE_KIND_ORDERS_STATE);
	str currency = query(r)->currency;

	v->currency = currency_exponent(currency) >= 0 ? currency : S("EUR");
	for (int i = 0; i < DESK_MONTHS; i++)
		v->month[i] = AS_TEXT(str_of(r->locale->months[(now.month + i) % 12]));
	by_month(r, FIGURE_KIND_ORDERS_PLACED, S(""), v->orders, NULL);
	by_month(r, FIGURE_KIND_ORDERS_CONFIRMED, v->currency, NULL, v->turnover);
	by_month(r, FIGURE_KIND_COMPANIES_NEW, S(""), v->companies, NULL);
	for (size_t i = 0; i < states.n && v->states < COUNT(v->state); i++) {
		v->state[v->states] = order_state_text((int)states.v[i].part);
		v->state_n[v->states++] = states.v[i].n;
	}
	states = desk_states(r->db, FIGURE_KIND_COMPANIES_STATE);
	for (size_t i = 0; i < states.n; i++) {
		if (states.v[i].part == COMPANY_STATE_ACTIVE)
			v->active = states.v[i].n;
		if (states.v[i].part == COMPANY_STATE_PENDING)
			v->pending = states.v[i].n;
	}
	v->dead = desk_outbox(r->db, OUTBOX_STATE_DEAD, (struct outbox_id){INT64_MAX}).n;
	desk_overview_page(r->out, r, v);
	return 200;
}

/* ---- companies ---- */

/* Everything that begins with a text stands from the text itself up to this one. */
static str behind_all(struct arena *a, str start)
{
	return str_cat(a, start, S("\xf4\x8f\xbf\xbf"));
}

/* The three lists of companies have the same columns: one page shows them all. */
#define COMPANIES_AS_ONE(rows) \
	v = arena_array(r->arena, struct desk_companies_row, (rows).n + 1); \
	for (size_t i = 0; i < (rows).n; i++) \
		v[i] = (struct desk_companies_row){(rows).v[i].id, (rows).v[i].name, \
			(rows).v[i].legal_form, (rows).v[i].country, (rows).v[i].state, \
			(rows).v[i].sells, (rows).v[i].buys, (rows).v[i].created_at}; \
	n = (rows).n

static int companies_get(struct req *r)
{
	const struct desk_query *q = query(r);
	struct company_id from = {before(r)};
	struct desk_companies_row *v;
	size_t n;

	if (q->q.n) {
		struct desk_companies_named_rows rows =
			desk_companies_named(r->db, q->q, behind_all(r->arena, q->q));

		COMPANIES_AS_ONE(rows);
	} else if (q->state) {
		struct desk_companies_in_rows rows =
			desk_companies_in(r->db, (enum company_state)q->state, from);

		COMPANIES_AS_ONE(rows);
	} else {
		struct desk_companies_rows rows = desk_companies(r->db, from);

		v = rows.v;
		n = rows.n;
	}
	if (r->api)
		return answer_rows(r, &desk_companies_desc, v, n,
			q->q.n ? (str){NULL, 0} : cursor(r, n, n ? v[n - 1].id.v : 0));
	desk_companies_page(r->out, r, v, n, q);
	return 200;
}

static int company_show(struct req *r)
{
	struct desk_company v = {0};
	struct company_id id = {path_id(r, "company")};

	if (!company_admission(r->db, id, &v.c))
		return 404;
	if (r->api)
		return answer_row(r, &company_admission_desc, &v.c);
	v.events = desk_company_events(r->db, id);
	v.licences = licence_desk(r->db, id);
	v.choices_n = process_choices(&company_process, (int)v.c.state,
		(struct actor){.roles = r->viewer.roles}, &v.c, v.choices, DESK_CHOICES_MAX);
	desk_company_page(r->out, r, &v);
	return 200;
}

static int company_events_api(struct req *r)
{
	struct company_id id = {path_id(r, "company")};
	struct company_admission_row c;
	struct desk_company_events_rows events;

	if (!company_admission(r->db, id, &c))
		return problem(r, 404, text_none());
	events = desk_company_events(r->db, id);
	return answer_rows(r, &desk_company_events_desc, events.v, events.n, (str){NULL, 0});
}

struct text desk_do_text(struct arena *a, int event)
{
	int msg = msg_of(str_fmt(a, "desk.do." STR_FMT, STR_ARG(company_happening_name(event))));

	return msg ? (struct text){.msg = msg} : company_event_text(event);
}

static bool asks_reason(int event)
{
	for (size_t i = 0; i < company_process.n; i++)
		if (company_process.v[i].event == event &&
			company_process.v[i].who & BIT(ROLE_OPERATOR))
			return company_process.v[i].ask;
	return false;
}

static int company_act(struct req *r)
{
	const struct desk_reason *f = r->form;
	struct company_id id = {path_id(r, "company")};
	int event = company_happening_of(path_str(r, "event"));

	if (!event || !id.v)
		return 404;
	if (asks_reason(event) && !f->reason.n) {
		form_error(r, "reason", TEXT(desk_reason_missing));
		return 422;
	}
	struct process_step s = company_decide(r->db, id, event, f->reason);

	if (s.answer != PROCESS_YES)
		return problem(r, s.answer == PROCESS_NOT_YOU ? 403 : 409, TEXT(desk_not_now));
	return done(r, 200,
		str_fmt(r->arena, "/desk/companies/" STR_FMT, STR_ARG(id_text(r->arena, id.v))),
		TEXT(desk_saved), NULL, NULL);
}

/* ---- offers ---- */

/* The three lists have the same columns: one page shows them all. */
#define OFFERS_AS_ONE(rows) \
	for (size_t i = 0; i < (rows).n; i++) \
		v[i] = (struct desk_offer_row){.id = (rows).v[i].id, \
			.sku = (rows).v[i].sku, \
			.state = (rows).v[i].state, \
			.reason = (rows).v[i].reason, \
			.unit_price = (rows).v[i].unit_price, \
			.on_hand = (rows).v[i].on_hand, \
			.reserved = (rows).v[i].reserved, \
			.state_at = (rows).v[i].state_at, \
			.title = (rows).v[i].title, \
			.name = (rows).v[i].name}; \
	n = (rows).n

static int offers_get(struct req *r)
{
	const struct desk_query *q = query(r);
	struct desk_offer_row *v = arena_array(r->arena, struct desk_offer_row, DESK_ROWS);
	struct offer_id from = {before(r)};
	size_t n;

	if (q->sku.n) {
		struct desk_offers_sku_rows rows = desk_offers_sku(r->db, q->sku, from);

		OFFERS_AS_ONE(rows);
	} else if (q->company) {
		struct desk_offers_of_rows rows =
			desk_offers_of(r->db, (struct company_id){q->company}, from);

		OFFERS_AS_ONE(rows);
	} else {
		struct desk_offers_taken_rows rows = desk_offers_taken(r->db);

		OFFERS_AS_ONE(rows);
	}
	if (r->api)
		return answer_rows(r, &desk_offer_desc, v, n,
			q->sku.n || q->company ? cursor(r, n, n ? v[n - 1].id.v : 0)
					       : (str){NULL, 0});
	desk_offers_page(r->out, r, v, n, q);
	return 200;
}

static int offer_show(struct req *r)
{
	struct desk_offer_row v;

	if (!desk_offer(r->db, (struct offer_id){path_id(r, "offer")}, &v))
		return 404;
	if (r->api)
		return answer_row(r, &desk_offer_desc, &v);
	desk_offer_page(r->out, r, &v);
	return 200;
}

static int offer_changed_to(struct req *r, bool down, str reason)
{
	struct desk_offer_changed_row last = {0};
	struct desk_offer_row v;
	instant now = clock_now();

	if (!desk_offer(r->db, (struct offer_id){path_id(r, "offer")}, &v) ||
		!desk_offer_changed(r->db, &last))
		return 404;
	if (down && (v.state == OFFER_STATE_TAKEN_DOWN || v.state == OFFER_STATE_ENDED))
		return problem(r, 409, TEXT(desk_not_now));
	if ((down ? desk_offer_take_down(r->db, v.id, v.state, reason, now, last.changed + 1)
		  : desk_offer_restore(r->db, v.id, now, last.changed + 1)) != 1)
		return problem(r, 409, TEXT(desk_not_now));
	return done(r, 200,
		str_fmt(r->arena, "/desk/offers/" STR_FMT, STR_ARG(id_text(r->arena, v.id.v))),
		TEXT(desk_saved), NULL, NULL);
}

static int take_down(struct req *r)
{
	const struct desk_reason *f = r->form;

	if (!f->reason.n) {
		form_error(r, "reason", TEXT(desk_reason_missing));
		return 422;
	}
	return offer_changed_to(r, true, f->reason);
}

static int put_back(struct req *r)
{
	return offer_changed_to(r, false, (str){0});
}

/* ---- orders ---- */

_Static_assert(sizeof(struct desk_orders_row) == sizeof(struct desk_orders_numbered_row),
	"the two lists have one row");

static int orders_get(struct req *r)
{
	str q = query(r)->q;
	struct desk_orders_rows rows;

	if (q.n) {
		struct desk_orders_numbered_rows found =
			desk_orders_numbered(r->db, q, behind_all(r->arena, q));

		rows = (struct desk_orders_rows){(void *)found.v, found.n, found.cap};
	} else {
		rows = desk_orders(r->db, (struct order_id){before(r)});
	}
	if (r->api)
		return answer_rows(r, &desk_orders_desc, rows.v, rows.n,
			q.n ? (str){NULL, 0}
			    : cursor(r, rows.n, rows.n ? rows.v[rows.n - 1].id.v : 0));
	desk_orders_page(r->out, r, &rows, q);
	return 200;
}

static int order_show(struct req *r)
{
	struct order_id id = {path_id(r, "order")};
	struct desk_order_row o;

	if (!desk_order(r->db, id, &o))
		return problem(r, 404, text_none());
	if (r->api)
		return answer_row(r, &desk_order_desc, &o);
	struct desk_order_lines_rows lines = desk_order_lines(r->db, id);
	struct desk_order_events_rows events = desk_order_events(r->db, id);

	desk_order_page(r->out, r, &o, &lines, &events);
	return 200;
}

static int order_lines_api(struct req *r)
{
	struct order_id id = {path_id(r, "order")};
	struct desk_order_row o;

	if (!desk_order(r->db, id, &o))
		return problem(r, 404, text_none());
	struct desk_order_lines_rows lines = desk_order_lines(r->db, id);

	return answer_rows(r, &desk_order_lines_desc, lines.v, lines.n, (str){NULL, 0});
}

static int order_events_api(struct req *r)
{
	struct order_id id = {path_id(r, "order")};
	struct desk_order_row o;

	if (!desk_order(r->db, id, &o))
		return problem(r, 404, text_none());
	struct desk_order_events_rows events = desk_order_events(r->db, id);

	return answer_rows(r, &desk_order_events_desc, events.v, events.n, (str){NULL, 0});
}

/* ---- messages ---- */

static int messages_get(struct req *r)
{
	struct desk_outbox_rows dead =
		desk_outbox(r->db, OUTBOX_STATE_DEAD, (struct outbox_id){before(r)});
	if (r->api)
		return answer_rows(r, &desk_outbox_desc, dead.v, dead.n,
			cursor(r, dead.n, dead.n ? dead.v[dead.n - 1].id.v : 0));
	struct desk_outbox_rows waiting =
		desk_outbox(r->db, OUTBOX_STATE_WAITING, (struct outbox_id){INT64_MAX});

	desk_messages_page(r->out, r, &dead, &waiting);
	return 200;
}

static int message_retry(struct req *r)
{
	if (desk_outbox_retry(r->db, (struct outbox_id){path_id(r, "message")}, clock_now()) != 1)
		return problem(r, 409, TEXT(desk_not_now));
	return done(r, 200, S("/desk/messages"), TEXT(desk_retried), NULL, NULL);
}

#define DESK (BIT(PURPOSE_DESK) | BIT(PURPOSE_PUBLIC))
#define LOOK (DESK | BIT(PURPOSE_OVERSIGHT))
#define KYC (DESK | BIT(PURPOSE_KYC))

const struct route desk_routes[] = {
	{GET, "/desk", STAFF, DESK, PROOF_NONE, .form = &desk_query_form, .get = overview_get},
	{GET, "/desk/companies", STAFF, DESK, PROOF_NONE, .form = &desk_query_form,
		.get = companies_get},
	{GET, "/desk/companies/{company}", STAFF, DESK, PROOF_NONE, .get = company_show},
	{POST, "/desk/companies/{company}/{event}", OPERATOR, DESK | BIT(PURPOSE_MAILING),
		PROOF_TOKEN, .form = &desk_reason_form, .get = company_show, .apply = company_act},
	{GET, "/desk/companies/{company}/licences", STAFF, KYC, PROOF_NONE,
		.get = desk_licences_get},
	{POST, "/desk/companies/{company}/licences", STAFF, KYC, PROOF_TOKEN,
		.form = &desk_licence_form, .get = desk_licences_get, .apply = desk_licence_look},
	{GET, "/desk/companies/{company}/licences/{licence}", STAFF, KYC, PROOF_NONE,
		.get = desk_licence_file},
	{GET, "/desk/offers", STAFF, DESK, PROOF_NONE, .form = &desk_query_form, .get = offers_get},
	{GET, "/desk/offers/{offer}", STAFF, DESK, PROOF_NONE, .get = offer_show},
	{POST, "/desk/offers/{offer}/take-down", OPERATOR, DESK, PROOF_TOKEN,
		.form = &desk_reason_form, .get = offer_show, .apply = take_down},
	{POST, "/desk/offers/{offer}/restore", OPERATOR, DESK, PROOF_TOKEN, .apply = put_back},
	{GET, "/desk/orders", STAFF, LOOK, PROOF_NONE, .form = &desk_query_form, .get = orders_get},
	{GET, "/desk/orders/{order}", STAFF, LOOK, PROOF_NONE, .get = order_show},
	{GET, "/desk/messages", STAFF, DESK, PROOF_NONE, .form = &desk_query_form,
		.get = messages_get},
	{POST, "/desk/messages/{message}/retry", OPERATOR, DESK, PROOF_TOKEN,
		.apply = message_retry},
	{GET, "/desk/jobs", STAFF, DESK, PROOF_NONE, .get = desk_jobs_get},
	{POST, "/desk/jobs/{job}/run", OPERATOR, DESK, PROOF_TOKEN, .apply = desk_job_run},
	{GET, "/desk/keys", STAFF, DESK, PROOF_NONE, .get = desk_keys_get},
	{POST, "/desk/keys", STAFF, DESK, PROOF_TOKEN, .form = &desk_key_form, .get = desk_keys_get,
		.apply = desk_key_apply},
	{POST, "/desk/keys/{key}/remove", STAFF, DESK, PROOF_TOKEN, .apply = desk_key_drop},
	{GET, "/desk/settings", STAFF, DESK, PROOF_NONE, .get = desk_settings_get},
	{POST, "/desk/settings", OPERATOR, DESK, PROOF_TOKEN, .form = &desk_setting_form,
		.get = desk_settings_get, .apply = desk_settings_apply},
	{POST, "/desk/settings/logo", OPERATOR, DESK, PROOF_TOKEN, .form = &desk_logo_form,
		.get = desk_settings_get, .prepare = desk_logo_prepare, .slow = true,
		.apply = desk_logo_apply, .body_max = REQ_UPLOAD_BYTES_MAX + 65536},
	{POST, "/desk/settings/logo/remove", OPERATOR, DESK, PROOF_TOKEN,
		.apply = desk_logo_remove},
#define API(at, roles, uses, text, ...) \
	{ \
		GET, "/api/v1/desk" at, roles, uses, PROOF_BEARER, .about = text, __VA_ARGS__ \
	}
#define API_DO(at, uses, text, ...) \
	{ \
		POST, "/api/v1/desk" at, OPERATOR, uses, PROOF_BEARER, .about = text, __VA_ARGS__ \
	}
	API("/figures", STAFF, DESK, "Numbers by day, from a year ago on, of one kind",
		.form = &desk_figures_form, .get = figures_api, .answers = &desk_days_desc,
		.list = true),
	API("/companies", STAFF, DESK, "Companies, newest first, by state or by name",
		.form = &desk_query_form, .get = companies_get, .answers = &desk_companies_desc,
		.list = true),
	API("/companies/{company}", STAFF, DESK, "What a company said of itself",
		.get = company_show, .answers = &company_admission_desc),
	API("/companies/{company}/events", STAFF, DESK, "What was decided about it, oldest first",
		.get = company_events_api, .answers = &desk_company_events_desc, .list = true),
	API("/companies/{company}/licences", STAFF, DESK,
		"The proofs of registration that it sent, without names and files",
		.get = desk_licences_api, .answers = &licence_desk_desc, .list = true),
	API_DO("/companies/{company}/do/{event}", DESK | BIT(PURPOSE_MAILING),
		"approve, reject, suspend, reinstate, close; some ask for a reason",
		.form = &desk_reason_form, .apply = company_act),
	API("/offers", STAFF, DESK, "Offers by SKU, of one company, or those taken down",
		.form = &desk_query_form, .get = offers_get, .answers = &desk_offer_desc,
		.list = true),
	API("/offers/{offer}", STAFF, DESK, "One offer", .get = offer_show,
		.answers = &desk_offer_desc),
	API_DO("/offers/{offer}/take-down", DESK, "Take an offer down, with a reason",
		.form = &desk_reason_form, .apply = take_down),
	API_DO("/offers/{offer}/restore", DESK, "Give an offer back to its supplier, paused",
		.apply = put_back),
	API("/orders", STAFF, LOOK, "Orders without anything personal, newest first, or by number",
		.form = &desk_query_form, .get = orders_get, .answers = &desk_orders_desc,
		.list = true),
	API("/orders/{order}", STAFF, LOOK, "One order: parties, state, amounts", .get = order_show,
		.answers = &desk_order_desc),
	API("/orders/{order}/lines", STAFF, LOOK, "Its lines", .get = order_lines_api,
		.answers = &desk_order_lines_desc, .list = true),
	API("/orders/{order}/events", STAFF, LOOK, "What happened to it, oldest first",
		.get = order_events_api, .answers = &desk_order_events_desc, .list = true),
	API("/messages", STAFF, DESK, "Mails that could not be sent", .form = &desk_query_form,
		.get = messages_get, .answers = &desk_outbox_desc, .list = true),
	API_DO("/messages/{message}/retry", DESK, "Send a mail again", .apply = message_retry),
	API("/jobs", STAFF, DESK, "What runs by the clock, since the server was started",
		.get = desk_jobs_get, .answers = &desk_job_desc, .list = true),
	API_DO("/jobs/{job}/run", DESK, "Run a job now", .apply = desk_job_run),
	API("/settings", STAFF, DESK, "What every page says of the operator",
		.get = desk_settings_get, .answers = &desk_settings_desc),
	API_DO("/settings", DESK, "Say anew who the operator is: what is left out is not said",
		.form = &desk_setting_form, .apply = desk_settings_apply,
		.answers = &desk_settings_desc),
	API_DO("/settings/logo", DESK, "Show this picture (JPEG, PNG, WebP) on every page",
		.form = &desk_logo_form, .prepare = desk_logo_prepare, .slow = true,
		.apply = desk_logo_apply, .body_max = REQ_UPLOAD_BYTES_MAX + 65536),
	API_DO("/settings/logo/remove", DESK, "Show no picture", .apply = desk_logo_remove),
	{GET, "/logo/{tag}", ANYONE, BIT(PURPOSE_PUBLIC), PROOF_NONE, .get = desk_logo_show},
	{0},
};
