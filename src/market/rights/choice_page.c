/* The preference centre: every use of the viewer's data, switches where there is a choice, what was
 * decided so far with the words that were shown. */
#include "market/rights/choice.h"

#include "gen/choice.html.h"
#include "gen/choice.sql.h"
#include "gen/company.sql.h"
#include "gen/person.sql.h"

FORM(choice_form, struct choice_form,
	{.name = "seen",
		.kind = FIELD_TEXT,
		.data = NOT_PERSONAL,
		.required = true,
		.min = 64,
		.max = 64,
		AT(struct choice_form, seen),
		.label = MSG_choice_words},
	{.name = "on", .kind = FIELD_BOOL, AT(struct choice_form, on), .label = MSG_choice_on},
	{.name = "asked",
		.kind = FIELD_BOOL,
		AT(struct choice_form, asked),
		.label = MSG_choice_waits});

struct choice_query {
	int64_t before;
};
FORM(choice_query_form, struct choice_query,
	{.name = "before",
		.kind = FIELD_ID,
		AT(struct choice_query, before),
		.label = MSG_choice_when});

struct text choice_state_text(int state)
{
	switch ((enum consent_state)state) {
	case CONSENT_STATE_GIVEN: return TEXT(choice_given);
	case CONSENT_STATE_REFUSED: return TEXT(choice_refused);
	case CONSENT_STATE_WITHDRAWN: return TEXT(choice_withdrawn);
	case CONSENT_STATE_EXPIRED: return TEXT(choice_expired);
	case CONSENT_STATE_RENEWED: return TEXT(choice_renewed);
	case CONSENT_STATE_OBJECTED: return TEXT(choice_objected);
	case CONSENT_STATE_RESUMED: return TEXT(choice_resumed);
	case CONSENT_STATE_ACCEPTED: return TEXT(choice_accepted);
	case CONSENT_STATE_OVERRIDDEN: return TEXT(choice_overridden);
	}
	return text_none();
}

struct text choice_method_text(int method)
{
	switch ((enum consent_method)method) {
	case CONSENT_METHOD_ACCOUNT: return TEXT(choice_by_account);
	case CONSENT_METHOD_SIGN_UP: return TEXT(choice_by_sign_up);
	case CONSENT_METHOD_MAIL_LINK: return TEXT(choice_by_mail_link);
	case CONSENT_METHOD_LETTER: return TEXT(choice_by_letter);
	case CONSENT_METHOD_TELEPHONE: return TEXT(choice_by_telephone);
	case CONSENT_METHOD_GUARDIAN: return TEXT(choice_by_guardian);
	case CONSENT_METHOD_PROGRAM: return TEXT(choice_by_program);
	case CONSENT_METHOD_PAGE: return TEXT(choice_by_page);
	}
	return text_none();
}

static struct person_id me(const struct req *r)
{
	return (struct person_id){r->viewer.person};
}

static str seen_of(struct req *r, const struct purpose_facts *f)
{
	struct digest d = digest_of(purpose_words(r->arena, r->locale, f));

	return hex_of(r->arena, d.b, sizeof d.b);
}

/* ---- the centre ---- */

static void field_add(struct choice_centre *v, int label, const char *field, str value, str change)
{
	MUST(v->fields_n < COUNT(v->fields));
	v->fields[v->fields_n++] = (struct choice_field){
		.label = {.msg = label}, .field = field, .value = value, .change = change};
}

/* The purposes that may read "person.name", by their titles. */
static struct text used_for(struct req *r, const char *field)
{
	const struct policy *p = db_policy(r->db);
	str rest = str_of(field), table = str_cut(&rest, '.');
	const struct policy_table *t = policy_table(p, table);
	struct out o;

	out_init(&o, r->arena, 256, CHOICE_TEXT_BYTES_MAX, r->locale);
	for (size_t i = 0; t && i < t->grants_n; i++)
		for (size_t k = 0; k < t->grants[i].columns_n; k++)
			if (str_eq(t->grants[i].columns[k], rest)) {
				if (o.n)
					out_lit(&o, ", ");
				out_text_plain(&o, choice_title_of(r->arena, t->grants[i].purpose));
			}
	return AS_TEXT(out_view(&o));
}

static void fields_read(struct req *r, struct choice_centre *v)
{
	struct person_own_row p;
	const str account = S("/account"), company = S("/account/company");
	struct company_own_row c;

	if (!person_own(r->db, &p))
		return;
	field_add(v, MSG_member_name, "person.name", p.name.name, account);
	field_add(v, MSG_member_email, "person.email", p.email.email, S("/account/email"));
	field_add(v, MSG_member_phone, "person.phone", p.phone.phone, account);
	field_add(v, MSG_member_job_title, "person.work", p.work.job_title, account);
	field_add(v, MSG_member_department, "person.work", p.work.department, account);
	if (r->viewer.company && company_own(r->db, &c)) {
		bool admin = r->viewer.roles & BIT(ROLE_ADMIN);

		field_add(v, MSG_member_company_name, "company.name", c.name,
			admin ? company : (str){NULL, 0});
		field_add(v, MSG_member_registration, "company.registration", c.registration.number,
			admin ? company : (str){NULL, 0});
		field_add(v, MSG_member_vat_id, "company.tax", c.tax.vat_id,
			admin ? company : (str){NULL, 0});
	}
	for (size_t i = 0; i < v->fields_n; i++)
		v->fields[i].used = used_for(r, v->fields[i].field);
}

bool choice_row_read(struct req *r, const struct policy_purpose *u, struct choice_row *c)
{
	struct choice_one_row now = {0};
	struct choice_waits_rows waits = choice_waits(r->db, me(r));

	*c = (struct choice_row){.kind = choice_kind(u)};
	purpose_facts(r->arena, db_policy(r->db), u, &c->facts);
	if (!c->facts.used || (!c->facts.data_n && c->kind != CHOICE_CONSENT))
		return false;
	if (choice_one(r->db, me(r), u->name, &now)) {
		c->state = (int)now.state;
		c->at = now.at;
	}
	for (size_t i = 0; i < waits.n; i++)
		c->waits |= waits.v[i].purpose == u->bit;
	c->on = choice_stands(u, c->state) && !c->waits;
	c->off = db_off(r->db, u->bit);
	c->seen = seen_of(r, &c->facts);
	return true;
}

static int centre_get(struct req *r)
{
	const struct policy *p = db_policy(r->db);
	struct choice_centre *v = arena_new(r->arena, struct choice_centre);

	v->v = arena_array(r->arena, struct choice_row, p->purposes_n + 1);
	for (size_t i = 0; i < p->purposes_n; i++) {
		v->n += choice_row_read(r, &p->purposes[i], &v->v[v->n]);
		v->lapsed |= v->n && v->v[v->n - 1].state == CONSENT_STATE_EXPIRED;
	}
	v->restricted = db_subject_now(r->db, r->viewer.person, NULL) == SUBJECT_RESTRICTED;
	fields_read(r, v);
	choice_page(r->out, r, v);
	return 200;
}

/* ---- the switch ---- */

static int switch_apply(struct req *r)
{
	const struct choice_form *f = r->form;
	const struct policy_purpose *u = policy_purpose(db_policy(r->db), path_str(r, "purpose"));
	struct choice_country_row where = {0};
	struct choice_row c;

	if (!u || !choice_row_read(r, u, &c) ||
		(c.kind != CHOICE_CONSENT && c.kind != CHOICE_ABSOLUTE))
		return 404;
	if (f->on && c.off)
		return problem(r, 409, TEXT(choice_unused));
	if (!str_eq(f->seen, c.seen)) /* agreed to is only what was read */
		return problem(r, 409, TEXT(choice_changed));
	(void)!choice_country(r->db, &where);
	if (choice_stands(u, c.state) != f->on || !c.state || c.waits)
		(void)choice_make(r->db, &(struct choosing){.person = r->viewer.person,
						 .purpose = u->name,
						 .state = choice_switched(c.kind, f->on, c.state),
						 .method = CONSENT_METHOD_ACCOUNT,
						 .locale = r->locale,
						 .region = where.country});
	if (!f->on && u->bit == PURPOSE_SELLER_LEADS)
		lead_drop(r->db, r->viewer.person);
	if (!f->on && u->bit == PURPOSE_EMBEDS)
		embed_never(r);
	return done(r, 200, f->asked ? S("/account/policy") : S("/account/privacy"),
		f->on ? TEXT(choice_switched_on, arg_msg(c.facts.title.msg))
		      : TEXT(choice_switched_off, arg_msg(c.facts.title.msg)),
		NULL, NULL);
}

/* ---- what was decided ---- */

static int history_get(struct req *r)
{
	const struct choice_query *q = r->form;
	struct choice_events_rows v = choice_events(
		r->db, me(r), (struct consent_event_id){q && q->before ? q->before : INT64_MAX});

	choice_history_page(r->out, r, v.v, v.n);
	return 200;
}

static bool event_find(struct req *r, struct choice_event_row *e)
{
	return choice_event(r->db, (struct consent_event_id){path_id(r, "event")}, e) &&
	       e->person_id.v == r->viewer.person;
}

static int event_get(struct req *r)
{
	struct choice_event_row e;
	struct choice_notice_by_id_row w;
	struct choice_version_at_row version = {0};

	if (!event_find(r, &e) || !choice_notice_by_id(r->db, e.notice_id, &w))
		return 404;
	(void)!choice_version_at(r->db, e.at, &version);
	choice_event_page(r->out, r, &e, &w, version.number);
	return 200;
}

/* The record as it was written then, byte for byte: its commitment is in the ledger's chain. */
static int receipt_get(struct req *r)
{
	struct choice_event_row e;

	if (!event_find(r, &e) || !e.record.content.n)
		return 404;
	answer_download(r,
		str_fmt(r->arena, "consent-" STR_FMT ".json", STR_ARG(id_text(r->arena, e.id.v))),
		"application/json");
	out_str(r->out, e.record.content);
	return 200;
}

#define PERSON BIT(ROLE_PERSON)
#define CHOICES BIT(PURPOSE_CHOICES)
#define ACCOUNT BIT(PURPOSE_ACCOUNT)

const struct route choice_routes[] = {
	{GET, "/account/privacy", PERSON, CHOICES | ACCOUNT, PROOF_NONE, .get = centre_get},
	{POST, "/account/privacy/{purpose}", PERSON, CHOICES | ACCOUNT | BIT(PURPOSE_PUBLIC),
		PROOF_TOKEN, .form = &choice_form, .get = centre_get, .apply = switch_apply},
	{GET, "/account/privacy/history", PERSON, CHOICES, PROOF_NONE, .form = &choice_query_form,
		.get = history_get},
	{GET, "/account/privacy/history/{event}", PERSON, CHOICES | BIT(PURPOSE_PUBLIC), PROOF_NONE,
		.get = event_get},
	{GET, "/account/privacy/history/{event}/receipt", PERSON, CHOICES, PROOF_NONE,
		.get = receipt_get},
	{0},
};
