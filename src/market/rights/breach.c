/* Breaches: the record, the count, the notices. */
#include "market/rights/access.h"
#include "market/rights/breach.h"
#include "market/desk/desk.h"
#include "market/rights/audit.h"
#include "market/rights/disclosed.h"

#include "gen/breach.html.h"

#include <stdlib.h>

FORM(breach_form, struct breach_form,
	{.name = "found",
		.data = NOT_PERSONAL,
		.kind = FIELD_DATE,
		.required = true,
		AT(struct breach_form, found),
		.label = MSG_breach_found,
		.hint = MSG_breach_found_hint},
	{.name = "from",
		.data = NOT_PERSONAL,
		.kind = FIELD_DATE,
		.required = true,
		AT(struct breach_form, from),
		.label = MSG_breach_from},
	{.name = "until",
		.data = NOT_PERSONAL,
		.kind = FIELD_DATE,
		.required = true,
		AT(struct breach_form, until),
		.label = MSG_breach_until},
	{.name = "tables",
		.data = NOT_PERSONAL,
		.kind = FIELD_TEXT,
		.max = 400,
		AT(struct breach_form, tables),
		.label = MSG_breach_tables,
		.hint = MSG_breach_tables_hint},
	{.name = "key",
		.data = NOT_PERSONAL,
		.kind = FIELD_TEXT,
		.max = 13,
		AT(struct breach_form, key),
		.label = MSG_breach_key,
		.hint = MSG_breach_key_hint},
	{.name = "staff",
		.data = "breach.staff_id",
		.kind = FIELD_TEXT,
		.max = 13,
		AT(struct breach_form, staff),
		.label = MSG_breach_staff,
		.hint = MSG_breach_staff_hint},
	{.name = "nature",
		.data = NOT_PERSONAL,
		.kind = FIELD_LONG,
		.required = true,
		.max = 2000,
		AT(struct breach_form, nature),
		.label = MSG_breach_nature,
		.hint = MSG_breach_nature_hint});
FORM(breach_words_form, struct breach_words,
	{.name = "nature",
		.data = NOT_PERSONAL,
		.kind = FIELD_LONG,
		.required = true,
		.max = 2000,
		AT(struct breach_words, nature),
		.label = MSG_breach_nature,
		.hint = MSG_breach_nature_hint},
	{.name = "effects",
		.data = NOT_PERSONAL,
		.kind = FIELD_LONG,
		.max = 2000,
		AT(struct breach_words, effects),
		.label = MSG_breach_effects},
	{.name = "measures",
		.data = NOT_PERSONAL,
		.kind = FIELD_LONG,
		.max = 2000,
		AT(struct breach_words, measures),
		.label = MSG_breach_measures});

/* ---- what is asked ---- */

const char *breach_wrong(const struct policy *p, const struct breach_scope *scope)
{
	str rest = scope->tables;

	if (!instant_is(scope->from) || !instant_is(scope->until) ||
		scope->from.us >= scope->until.us)
		return "the time from must lie before the time until";
	if (!instant_is(scope->found) || scope->found.us > clock_now().us + DAY_US)
		return "it cannot have been found in the future";
	if ((scope->tables.n > 0) + (scope->key != 0) + (scope->staff != 0) != 1)
		return "say one of: tables, a key, a member of the staff";
	while (rest.n)
		if (!policy_table(p, str_trim(str_cut(&rest, ','))))
			return "there is no such table";
	return NULL;
}

struct breach_id breach_begin(struct db *db, const struct breach_scope *scope)
{
	struct breach_id id = {id_make()};

	MUST(breach_add(db, id, scope->found, scope->from, scope->until,
		     scope->tables.p ? scope->tables : S(""),
		     (struct maybe_int){scope->key != 0, scope->key},
		     (struct person_id){scope->staff}, scope->nature) == 1);
	return id;
}

static str with_field(struct arena *a, str list, str table, str name)
{
	return str_fmt(a, STR_FMT "%s" STR_FMT "." STR_FMT, STR_ARG(list), list.n ? " " : "",
		STR_ARG(table), STR_ARG(name));
}

static str table_fields(struct arena *a, const struct policy_table *t, str list, bool sealed)
{
	for (size_t i = 0; i < t->columns_n; i++) {
		const struct policy_column *c = &t->columns[i];

		if (c->type.kind == TYPE_SEALED || (!sealed && c->dpv.n))
			list = with_field(a, list, t->name, c->name);
	}
	return list;
}

str breach_fields(struct arena *a, const struct policy *p, str tables, bool key)
{
	str list = S("");

	while (tables.n) {
		const struct policy_table *t = policy_table(p, str_trim(str_cut(&tables, ',')));

		if (t)
			list = table_fields(a, t, list, false);
	}
	for (size_t i = 0; key && i < p->tables_n; i++)
		list = table_fields(a, &p->tables[i], list, true);
	return list;
}

/* ---- the count ---- */

struct counting {
	struct store *s;
	struct arena *a;
	const struct breach_waiting_row *b;
	struct touched found;
	size_t at;
	int64_t people;
	str fields;
};

static int ascending(const void *x, const void *y)
{
	int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;

	return (a > b) - (a < b);
}

static void found_unique(struct counting *c)
{
	size_t n = 0;

	if (c->found.n)
		qsort(c->found.v, c->found.n, sizeof *c->found.v, ascending);
	for (size_t i = 0; i < c->found.n; i++)
		if (c->found.v[i] > 0 && (!n || c->found.v[i] != c->found.v[n - 1]))
			c->found.v[n++] = c->found.v[i];
	c->found.n = n;
	c->people = (int64_t)n;
}

#define BREACH BIT(PURPOSE_INCIDENT)

static void seen_by(struct counting *c)
{
	int64_t after = 0;

	for (size_t n = 1; n;) {
		struct db db;

		store_read_begin(
			c->s, &db, c->a, (struct viewer){.roles = BIT(ROLE_AUDITOR)}, BREACH);
		struct breach_seen_rows v = breach_seen(&db, c->b->staff_id, c->b->from_at,
			c->b->until_at, (struct read_event_id){after});

		for (size_t i = 0; i < v.n; i++)
			*ARENA_PUSH(c->a, &c->found) = v.v[i].subject_id.v;
		n = v.n;
		after = n ? v.v[n - 1].id.v : after;
		store_read_end(&db);
	}
}

static void whom(struct counting *c)
{
	const struct policy *p = store_policy(c->s);
	int64_t until = id_at(c->b->until_at);
	str rest = c->b->tables;

	while (rest.n) {
		const struct policy_table *t = policy_table(p, str_trim(str_cut(&rest, ',')));

		if (t)
			store_touched_table(c->s, c->a, t, until, &c->found);
	}
	for (size_t i = 0; c->b->key_id.is && i < p->tables_n; i++)
		store_touched_key(c->s, c->a, &p->tables[i], c->b->key_id.v, until, &c->found);
	if (c->b->staff_id.v)
		seen_by(c);
	found_unique(c);
	c->fields = c->b->staff_id.v ? S("person.name person.email person.phone person.work")
				     : breach_fields(c->a, p, c->b->tables, c->b->key_id.is);
}

static bool slice_apply(struct db *db, void *ctx)
{
	struct counting *c = ctx;

	for (int n = 0; n < BREACH_SLICE && c->at < c->found.n; n++, c->at++)
		(void)!breach_touches(db, (struct breach_person_id){id_make()}, c->b->id,
			(struct person_id){c->found.v[c->at]});
	return c->at < c->found.n || breach_counted(db, c->b->id, c->people, c->fields) == 1;
}

static void count_one(struct counting *c)
{
	enum write_result r = WRITE_DONE;

	whom(c);
	struct arena *one = arena_make((size_t)8 << 20);

	do {
		struct write_unit u = {.patient = true,
			.viewer = {.roles = BIT(ROLE_AUDITOR)},
			.purposes = BREACH,
			.arena = one,
			.apply = slice_apply,
			.ctx = c};
		r = store_write_wait(c->s, &u);
		arena_reset(one);
	} while (r == WRITE_DONE && c->at < c->found.n);
	arena_free(one);
	if (r != WRITE_DONE)
		fault(FAULT_STORE, "whom the breach touches could not be written down");
}

bool breach_count(struct store *s, struct arena *a)
{
	struct db db;

	store_read_begin(s, &db, a, (struct viewer){.roles = BIT(ROLE_AUDITOR)}, BREACH);
	struct breach_waiting_rows v = breach_waiting(&db);

	store_read_end(&db);
	for (size_t i = 0; i < v.n; i++)
		count_one(&(struct counting){.s = s, .a = a, .b = &v.v[i]});
	return v.n > 0;
}

static bool run(struct store *s, const struct job *j, struct arena *a)
{
	(void)j;
	breach_count(s, a);
	return false;
}

const struct job breach_job = {
	.name = "breach",
	.role = ROLE_AUDITOR,
	.purposes = BREACH,
	.every_s = 10,
	.run = run,
};

/* ---- the notice to the authority ---- */

static void line(struct out *o, struct text label, str value)
{
	out_text_plain(o, label);
	out_lit(o, ": ");
	out_str(o, value.n ? value : S("…"));
	out_char(o, '\n');
}

str breach_draft(struct arena *a, const struct locale *l, const struct policy *p,
	const struct policy_operator *own, const struct breach_one_row *b)
{
	str who = own->dpo_name.n ? own->dpo_name : own->name;
	str mail = own->dpo_email.n ? own->dpo_email : own->email;
	struct out o;

	out_init(&o, a, 4096, 64 << 10, l);
	out_text_plain(&o, TEXT(breach_draft_title));
	out_lit(&o, "\n\n");
	line(&o, TEXT(breach_controller), own->name);
	line(&o, TEXT(breach_contact),
		str_fmt(a, STR_FMT " " STR_FMT, STR_ARG(who), STR_ARG(mail)));
	line(&o, TEXT(breach_found), instant_iso(a, b->found_at));
	line(&o, TEXT(breach_window),
		str_fmt(a, STR_FMT " – " STR_FMT, STR_ARG(instant_iso(a, b->from_at)),
			STR_ARG(instant_iso(a, b->until_at))));
	line(&o, TEXT(breach_nature), b->nature);
	line(&o, TEXT(breach_people), str_fmt(a, "%lld", (long long)b->people));
	line(&o, TEXT(breach_data), access_fields_words(&o, p, b->fields));
	line(&o, TEXT(breach_effects), b->effects);
	line(&o, TEXT(breach_measures), b->measures);
	if (clock_now().us > b->found_at.us + BREACH_CLOCK_S * SECOND_US)
		line(&o, TEXT(breach_delay), (str){0});
	return out_view(&o);
}

/* ---- pages ---- */

static struct breach_id this(const struct req *r)
{
	return (struct breach_id){path_id(r, "breach")};
}

static int list_get(struct req *r)
{
	struct breach_list_rows v = breach_list(r->db, (struct breach_id){INT64_MAX});

	breach_list_page(r->out, r, &v);
	return 200;
}

static int new_apply(struct req *r)
{
	const struct breach_form *f = r->form;
	struct breach_scope scope = {.found = f->found,
		.from = f->from,
		.until = instant_add(f->until, DAY_US),
		.tables = f->tables,
		.nature = f->nature};

	if ((f->key.n && !id_parse(f->key, &scope.key)) ||
		(f->staff.n && !id_parse(f->staff, &scope.staff))) {
		form_error(r, f->key.n ? "key" : "staff", TEXT(breach_id_wrong));
		return 422;
	}
	if (breach_wrong(disclosed_policy_get(), &scope)) {
		form_error(r, "tables", TEXT(breach_scope_wrong));
		return 422;
	}
	struct breach_id id = breach_begin(r->db, &scope);

	jobs_wake("breach");
	return done(r, 201,
		str_fmt(r->arena, "/desk/breaches/" STR_FMT, STR_ARG(id_text(r->arena, id.v))),
		TEXT(breach_begun), NULL, NULL);
}

static int breach_get(struct req *r)
{
	struct breach_one_row b;

	if (!breach_one(r->db, this(r), &b))
		return 404;
	struct policy_operator own = desk_controller(r->db);

	breach_page(r->out, r, &b, breach_draft(r->arena, r->locale, db_policy(r->db), &own, &b));
	return 200;
}

static int changed(struct req *r, bool is, struct text what)
{
	if (!is)
		return problem(r, 409, TEXT(desk_not_now));
	return done(r, 200,
		str_fmt(r->arena, "/desk/breaches/" STR_FMT, STR_ARG(id_text(r->arena, this(r).v))),
		what, NULL, NULL);
}

static int words_apply(struct req *r)
{
	const struct breach_words *f = r->form;
	str none = S("");

	return changed(r,
		breach_words(r->db, this(r), f->nature, f->effects.p ? f->effects : none,
			f->measures.p ? f->measures : none) == 1,
		TEXT(desk_saved));
}

static int authority_apply(struct req *r)
{
	return changed(r, breach_authority(r->db, this(r), clock_now()) == 1, TEXT(breach_told));
}

/* A batch at a time; who was told is not told twice. What is said must be there first. */
static int people_apply(struct req *r)
{
	struct breach_one_row b;
	instant now = clock_now();

	if (!breach_one(r->db, this(r), &b) || b.state == BREACH_STATE_COUNTING)
		return problem(r, 409, TEXT(desk_not_now));
	if (!b.nature.n || !b.effects.n || !b.measures.n)
		return problem(r, 409, TEXT(breach_words_first));
	struct breach_untold_rows v = breach_untold(r->db, b.id);

	for (size_t i = 0; i < v.n; i++) {
		outbox_mail(r->db, "breach_notice", v.v[i].person_id.v, b.id.v, (str){0});
		MUST(breach_told(r->db, v.v[i].id, now) == 1);
	}
	if (v.n < BREACH_SLICE)
		(void)!breach_done(r->db, b.id, now);
	return changed(r, true, TEXT(breach_people_told, (int64_t)v.n));
}

#define OFFICER BIT(ROLE_OFFICER)
#define DESK (BIT(PURPOSE_DESK) | BIT(PURPOSE_PUBLIC) | BREACH)

const struct route breach_routes[] = {
	{GET, "/desk/breaches", OFFICER, DESK, PROOF_NONE, .get = list_get},
	{POST, "/desk/breaches", OFFICER, DESK, PROOF_TOKEN, .form = &breach_form, .get = list_get,
		.apply = new_apply},
	{GET, "/desk/breaches/{breach}", OFFICER, DESK, PROOF_NONE, .get = breach_get},
	{POST, "/desk/breaches/{breach}", OFFICER, DESK, PROOF_TOKEN, .form = &breach_words_form,
		.get = breach_get, .apply = words_apply},
	{POST, "/desk/breaches/{breach}/authority", OFFICER, DESK, PROOF_TOKEN,
		.apply = authority_apply},
	{POST, "/desk/breaches/{breach}/people", OFFICER, DESK | BIT(PURPOSE_MAILING), PROOF_TOKEN,
		.apply = people_apply},
	{0},
};
