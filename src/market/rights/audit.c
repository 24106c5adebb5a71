/* Looking at a person's data from the desk: the reason first, durable, then the data; and the
 * report that finds who looks too often. */
#include "market/rights/audit.h"

#include "gen/audit.html.h"
#include "market/rights/refused.h"

FORM(audit_find_form, struct audit_find,
	{.name = "email",
		.kind = FIELD_EMAIL,
		.required = true,
		.max = 254,
		AT(struct audit_find, email),
		.label = MSG_audit_email,
		.hint = MSG_audit_email_hint,
		.data = "person.email"});
FORM(audit_reason_form, struct audit_reason,
	{.name = "reason",
		.data = "read_event.content.reason",
		.kind = FIELD_LONG,
		.required = true,
		.min = 10,
		.max = 400,
		AT(struct audit_reason, reason),
		.label = MSG_audit_reason,
		.hint = MSG_audit_reason_hint});
FORM(audit_query_form, struct audit_query,
	{.name = "from",
		.data = NOT_PERSONAL,
		.kind = FIELD_DATE,
		AT(struct audit_query, from),
		.label = MSG_audit_from});

/* ---- looking ---- */

static int people_get(struct req *r)
{
	audit_people_page(r->out, r);
	return 200;
}

/* The address is sent in the body, so that it stands in no log and no history. */
static int people_find(struct req *r)
{
	const struct audit_find *f = r->form;
	struct audit_person_find_row p;

	if (!audit_person_find(r->db, f->email, &p)) {
		form_error(r, "email", TEXT(audit_nobody));
		return 422;
	}
	return see(r, "/desk/people/%s", id_text(r->arena, p.id.v).p);
}

static int person_get(struct req *r)
{
	struct person_id id = {path_id(r, "person")};
	struct audit_person_known_row known;
	struct audit_person_row p = {0};

	if (!id.v || !audit_person_known(r->db, id, &known))
		return 404;
	audit_person_page(r->out, r, &known, audit_person(r->db, id, &p) ? &p : NULL);
	return 200;
}

/* Durable before anything is shown: the page that shows it is asked for after this commit, and the
 * policy opens nothing without this row. */
static int person_look(struct req *r)
{
	const struct audit_reason *f = r->form;
	struct person_id id = {path_id(r, "person")};
	struct audit_person_known_row known;
	struct read_event_id event = {id_make()};
	struct read_event_content c = {.salt = chain_salt(r->arena), .reason = f->reason};

	if (!id.v || !audit_person_known(r->db, id, &known))
		return 404;
	if (audit_look(r->db, event, (struct person_id){r->viewer.person}, id, clock_now(), &c,
		    chain_commitment(r->arena, read_event_content_pack(r->arena, &c))) != 1)
		return problem(r, 403, TEXT(audit_not_you));
	LOG(LOG_INFO, "staff_look", LOG_I("event", event.v), LOG_I("staff", r->viewer.person));
	return see(r, "/desk/people/%s", id_text(r->arena, id.v).p);
}

/* ---- the report ---- */

struct audit_order_line *audit_orders_of(
	struct db *db, instant from, instant until, struct person_id staff, size_t *n)
{
	struct audit_orders_rows rows = audit_orders(db, from, until);
	struct audit_order_line *v = arena_array(db->arena, struct audit_order_line, rows.n + 1);
	struct audit_name_row name;

	*n = 0;
	for (size_t i = 0; i < rows.n; i++) {
		if (staff.v && rows.v[i].staff_id.v != staff.v)
			continue;
		v[*n] = (struct audit_order_line){.row = rows.v[i]};
		if (audit_name(db, rows.v[i].staff_id, &name))
			v[*n].name = name.name.name;
		(*n)++;
	}
	return v;
}

struct audit_licence_line *audit_licences_of(
	struct db *db, instant from, instant until, struct person_id staff, size_t *n)
{
	struct licence_audit_rows rows = licence_audit(db, from, until);
	struct audit_licence_line *v =
		arena_array(db->arena, struct audit_licence_line, rows.n + 1);
	struct audit_name_row name;

	*n = 0;
	for (size_t i = 0; i < rows.n; i++) {
		if (staff.v && rows.v[i].staff_id.v != staff.v)
			continue;
		v[*n] = (struct audit_licence_line){.row = rows.v[i]};
		if (audit_name(db, rows.v[i].staff_id, &name))
			v[*n].name = name.name.name;
		(*n)++;
	}
	return v;
}

static struct audit_refused_line *refused_lines(
	struct db *db, instant from, instant until, size_t *n)
{
	struct refused_who_rows rows = refused_who(db, from, until);
	struct audit_refused_line *v =
		arena_array(db->arena, struct audit_refused_line, rows.n + 1);
	struct refused_agent_row agent;
	struct audit_name_row name;

	for (size_t i = 0; i < rows.n; i++) {
		const struct refused_who_row *w = &rows.v[i];
		int64_t day = 0;

		for (size_t k = 0; k < rows.n; k++)
			if (rows.v[k].person_id.v == w->person_id.v &&
				rows.v[k].agent_id.v == w->agent_id.v && rows.v[k].day == w->day)
				day += rows.v[k].tried;
		v[i] = (struct audit_refused_line){.row = *w,
			.many = day > REFUSED_DAY_MAX && (w->person_id.v || w->agent_id.v)};
		if (w->person_id.v && audit_name(db, w->person_id, &name))
			v[i].name = name.name.name;
		if (w->agent_id.v && refused_agent(db, w->agent_id, &agent))
			v[i].name = agent.name;
	}
	*n = rows.n;
	return v;
}

static bool marked(const struct audit_staff_line *l)
{
	return l->many || l->night;
}

struct audit_report audit_report_make(struct db *db, instant from)
{
	struct audit_report v = {.from = from, .until = instant_add(from, AUDIT_DAYS * DAY_US)};
	struct audit_staff_rows rows = audit_staff(db, v.from, v.until);

	v.staff = arena_array(db->arena, struct audit_staff_line, rows.n + 1);
	v.counts = audit_counts(db, v.from, v.until);
	v.refused = refused_lines(db, v.from, v.until, &v.refused_n);
	for (size_t i = 0; i < v.refused_n; i++)
		v.marked += v.refused[i].many;
	v.orders = audit_orders_of(db, v.from, v.until, (struct person_id){0}, &v.orders_n);
	v.licences = audit_licences_of(db, v.from, v.until, (struct person_id){0}, &v.licences_n);
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < rows.n; i++) {
			struct audit_staff_line l = {.row = rows.v[i]};
			struct audit_name_row name;

			l.many = l.row.people > LOOK_PEOPLE_DAY_MAX;
			l.night = l.row.night > LOOK_PEOPLE_NIGHT_MAX;
			if (marked(&l) != (pass == 0))
				continue;
			if (audit_name(db, l.row.staff_id, &name))
				l.name = name.name.name;
			v.marked += marked(&l);
			v.staff[v.staff_n++] = l;
		}
	return v;
}

static instant day_of(instant t)
{
	return (instant){t.us - t.us % DAY_US};
}

static int audit_get(struct req *r)
{
	const struct audit_query *q = r->form;
	instant from = q && q->from.us > 0
			       ? day_of(q->from)
			       : instant_add(day_of(clock_now()), -(AUDIT_DAYS - 1) * DAY_US);
	struct audit_report v = audit_report_make(r->db, from);

	audit_report_page(r->out, r, &v);
	return 200;
}

static int staff_get(struct req *r)
{
	const struct audit_query *q = r->form;
	struct person_id id = {path_id(r, "person")};
	struct audit_name_row name;
	instant from = q && q->from.us > 0 ? day_of(q->from) : day_of(clock_now());

	if (!id.v || !audit_name(r->db, id, &name))
		return 404;
	instant until = instant_add(from, DAY_US);
	struct audit_events_rows v = audit_events(r->db, id, from, until);
	struct audit_report orders = {.from = from};

	orders.orders = audit_orders_of(r->db, from, until, id, &orders.orders_n);
	orders.licences = audit_licences_of(r->db, from, until, id, &orders.licences_n);
	audit_staff_page(r->out, r, name.name.name, &orders, &v);
	return 200;
}

/* ---- the job: sums of the hour, looks that are over, old sums ---- */

struct audit_work {
	struct read_counts counts;
	size_t at;
	instant hour, now;
	bool more;
};
enum { AUDIT_SLICE = 200 };

static bool counts_apply(struct db *db, void *ctx)
{
	struct audit_work *w = ctx;

	for (size_t n = 0; w->at < w->counts.n && n < AUDIT_SLICE; n++, w->at++) {
		const struct read_count *c = &w->counts.v[w->at];

		if (audit_count_more(db, w->hour, c->purpose, c->role, c->table, c->column,
			    c->calls, c->rows) != 1)
			MUST(audit_count_new(db, (struct read_count_id){id_make()}, w->hour,
				     c->purpose, c->role, c->table, c->column, c->calls,
				     c->rows) == 1);
	}
	return true;
}

static bool tidy_apply(struct db *db, void *ctx)
{
	struct audit_work *w = ctx;
	struct audit_stale_rows stale =
		audit_stale(db, instant_add(w->now, -(int64_t)LOOK_OPEN_S * SECOND_US));
	struct audit_count_old_rows old =
		audit_count_old(db, instant_add(w->now, -AUDIT_KEEP_DAYS * DAY_US));

	struct licence_stale_rows files =
		licence_stale(db, instant_add(w->now, -(int64_t)LOOK_OPEN_S * SECOND_US));

	for (size_t i = 0; i < stale.n; i++)
		(void)!audit_close(db, stale.v[i].id);
	for (size_t i = 0; i < files.n; i++)
		(void)!licence_close(db, files.v[i].id);
	for (size_t i = 0; i < old.n; i++)
		(void)!audit_count_drop(db, old.v[i].id);
	w->more = stale.n == 500 || files.n == 500 || old.n == 500;
	return stale.n || files.n || old.n;
}

static bool audit_run(struct store *s, const struct job *j, struct arena *a)
{
	struct audit_work w = {.counts = store_reads_take(s, a), .now = clock_now()};

	w.hour = (instant){w.now.us - w.now.us % (3600 * SECOND_US)};
	while (w.at < w.counts.n) {
		size_t from = w.at;

		if (!job_write(s, j, a, true, counts_apply, &w)) {
			store_reads_back(s, &w.counts, from);
			break;
		}
	}
	refused_write(s, j, a);
	job_write(s, j, a, true, tidy_apply, &w);
	return w.more;
}

const struct job audit_job = {
	.name = "audit",
	.role = ROLE_AUDITOR,
	.purposes = BIT(PURPOSE_AUDIT),
	.every_s = 30,
	.each_server = true,
	.run = audit_run,
};

#define STAFF (BIT(ROLE_OPERATOR) | BIT(ROLE_OFFICER))
#define OFFICER BIT(ROLE_OFFICER)
#define DESK (BIT(PURPOSE_DESK) | BIT(PURPOSE_PUBLIC))

const struct route audit_routes[] = {
	{GET, "/desk/people", STAFF, DESK, PROOF_NONE, .get = people_get},
	{POST, "/desk/people", STAFF, DESK, PROOF_TOKEN, .form = &audit_find_form,
		.get = people_get, .apply = people_find},
	{GET, "/desk/people/{person}", STAFF, DESK | BIT(PURPOSE_SUPPORT), PROOF_NONE,
		.get = person_get},
	{POST, "/desk/people/{person}", STAFF, DESK | BIT(PURPOSE_SUPPORT), PROOF_TOKEN,
		.form = &audit_reason_form, .get = person_get, .apply = person_look},
	{GET, "/desk/audit", OFFICER, DESK | BIT(PURPOSE_AUDIT), PROOF_NONE,
		.form = &audit_query_form, .get = audit_get},
	{GET, "/desk/audit/{person}", OFFICER, DESK | BIT(PURPOSE_AUDIT), PROOF_NONE,
		.form = &audit_query_form, .get = staff_get},
	{0},
};
