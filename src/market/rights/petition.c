/* Objections, restrictions, errors found, guardians' requests. What somebody asks takes effect at
 * once as far as the law says so: an objection rests the use, a restriction everything but
 * storage. */
#include "market/rights/petition.h"

#include "egress/egress.h"
#include "gen/choice.sql.h"
#include "gen/petition.html.h"

FORM(object_form, struct petition_form,
	{.name = "text",
		.kind = FIELD_LONG,
		.required = true,
		.min = 3,
		.max = PETITION_TEXT_CHARS,
		AT(struct petition_form, text),
		.label = MSG_petition_reason,
		.hint = MSG_petition_reason_hint,
		.data = "petition.matter"});
FORM(restrict_form, struct petition_form,
	{.name = "text",
		.kind = FIELD_LONG,
		.required = true,
		.min = 3,
		.max = PETITION_TEXT_CHARS,
		AT(struct petition_form, text),
		.label = MSG_petition_ground,
		.hint = MSG_petition_ground_hint,
		.data = "petition.matter"});
FORM(report_form, struct petition_form,
	{.name = "field",
		.kind = FIELD_TEXT,
		.max = 80,
		AT(struct petition_form, field),
		.label = MSG_choice_field,
		.data = "petition.matter"},
	{.name = "text",
		.kind = FIELD_LONG,
		.required = true,
		.min = 3,
		.max = PETITION_TEXT_CHARS,
		AT(struct petition_form, text),
		.label = MSG_petition_wrong,
		.hint = MSG_petition_wrong_hint,
		.data = "petition.matter"});
FORM(guardian_form, struct guardian_form,
	{.name = "name",
		.kind = FIELD_TEXT,
		.required = true,
		.min = 2,
		.max = 100,
		AT(struct guardian_form, name),
		.label = MSG_petition_guardian_name,
		.data = "petition.contact",
		.autocomplete = "name"},
	{.name = "email",
		.kind = FIELD_EMAIL,
		.required = true,
		.max = 254,
		AT(struct guardian_form, email),
		.label = MSG_petition_guardian_email,
		.data = "petition.contact",
		.autocomplete = "email"},
	{.name = "relation",
		.kind = FIELD_TEXT,
		.required = true,
		.max = 80,
		AT(struct guardian_form, relation),
		.label = MSG_petition_guardian_relation,
		.data = "petition.contact"},
	{.name = "account",
		.kind = FIELD_EMAIL,
		.required = true,
		.max = 254,
		AT(struct guardian_form, account),
		.label = MSG_petition_guardian_account,
		.data = "petition.contact"},
	{.name = "text",
		.kind = FIELD_LONG,
		.max = PETITION_TEXT_CHARS,
		AT(struct guardian_form, text),
		.label = MSG_petition_guardian_text,
		.data = "petition.matter"},
	{.name = "right",
		.kind = FIELD_BOOL,
		.required = true,
		AT(struct guardian_form, right),
		.label = MSG_petition_guardian_right});

struct text petition_kind_text(int kind)
{
	switch ((enum petition_kind)kind) {
	case PETITION_KIND_OBJECTION: return TEXT(petition_objection);
	case PETITION_KIND_RESTRICTION: return TEXT(petition_restriction);
	case PETITION_KIND_ERROR_REPORT: return TEXT(petition_error_report);
	case PETITION_KIND_GUARDIAN_REMOVAL: return TEXT(petition_guardian);
	}
	return text_none();
}

struct text petition_state_text(int state)
{
	switch ((enum petition_state)state) {
	case PETITION_STATE_OPEN: return TEXT(petition_open);
	case PETITION_STATE_ACCEPTED: return TEXT(petition_accepted);
	case PETITION_STATE_REFUSED: return TEXT(petition_refused);
	case PETITION_STATE_ANNOUNCED: return TEXT(petition_announced);
	case PETITION_STATE_LIFTED: return TEXT(petition_lifted_state);
	}
	return text_none();
}

bool petition_late(instant due)
{
	return due.us < clock_now().us;
}

/* ---- by the person --------------------------------------------------------------------------- */

static bool add(struct req *r, enum petition_kind kind, str purpose, str text, str field)
{
	struct petition_id id = {id_make()};
	struct petition_matter matter = {.text = text, .field = field};
	instant now = clock_now();

	return petition_add(r->db, id, kind, (struct person_id){r->viewer.person}, purpose,
		       (struct subject_key_id){r->viewer.person}, &matter, NULL, now,
		       instant_add(now, PETITION_DAYS * DAY_US)) == 1;
}

static const struct policy_purpose *objectable(const struct req *r)
{
	const struct policy_purpose *u = policy_purpose(db_policy(r->db), path_str(r, "purpose"));

	return u && choice_kind(u) == CHOICE_ASSESSED ? u : NULL;
}

static int object_get(struct req *r)
{
	const struct policy_purpose *u = objectable(r);
	struct purpose_facts f;

	if (!u)
		return 404;
	purpose_facts(r->arena, db_policy(r->db), u, &f);
	petition_object_page(r->out, r, &f);
	return 200;
}

/* GDPR Art. 21(1) and 18(1)(d): until it is weighed, the use rests. */
static int object_apply(struct req *r)
{
	const struct petition_form *f = r->form;
	const struct policy_purpose *u = objectable(r);
	struct choice_one_row now = {0};
	struct choice_country_row c = {0};

	if (!u)
		return 404;
	if (choice_one(r->db, (struct person_id){r->viewer.person}, u->name, &now) &&
		!choice_stands(u, (int)now.state))
		return problem(r, 409, TEXT(petition_objected_already));
	(void)!choice_country(r->db, &c);
	if (!add(r, PETITION_KIND_OBJECTION, u->name, f->text, (str){NULL, 0}))
		return 403;
	choice_make(r->db, &(struct choosing){.person = r->viewer.person,
				   .purpose = u->name,
				   .state = CONSENT_STATE_OBJECTED,
				   .method = CONSENT_METHOD_ACCOUNT,
				   .locale = r->locale,
				   .region = c.country});
	return done(r, 200, S("/account/privacy/requests"), TEXT(petition_object_made), NULL, NULL);
}

static int restrict_get(struct req *r)
{
	petition_restrict_page(r->out, r);
	return 200;
}

static int restrict_apply(struct req *r)
{
	const struct petition_form *f = r->form;

	if (db_subject_now(r->db, r->viewer.person, NULL) != SUBJECT_ACTIVE)
		return problem(r, 409, TEXT(petition_restricted_already));
	if (!add(r, PETITION_KIND_RESTRICTION, (str){NULL, 0}, f->text, (str){NULL, 0}))
		return 403;
	db_subject_state(r->db, r->viewer.person, SUBJECT_RESTRICTED, false);
	choice_mask_refresh(r->db, r->viewer.person, true);
	(void)egress_tell_recipients(r->db, r->viewer.person, HOOK_EVENT_RESTRICTED);
	return done(
		r, 200, S("/account/privacy/requests"), TEXT(petition_restrict_made), NULL, NULL);
}

struct report_query {
	str field;
};
FORM(report_query_form, struct report_query,
	{.name = "field",
		.kind = FIELD_TEXT,
		.data = NOT_PERSONAL,
		.max = 80,
		AT(struct report_query, field),
		.label = MSG_choice_field});

static int report_get(struct req *r)
{
	petition_report_page(r->out, r,
		r->route->form == &report_query_form ? query_str(r, "field")
						     : field_value(r, "field", S("")));
	return 200;
}

static int report_apply(struct req *r)
{
	const struct petition_form *f = r->form;

	if (!add(r, PETITION_KIND_ERROR_REPORT, (str){NULL, 0}, f->text, f->field))
		return 403;
	return done(r, 200, S("/account/privacy/requests"), TEXT(petition_report_made), NULL, NULL);
}

static int mine_get(struct req *r)
{
	struct petition_mine_rows v = petition_mine(r->db);

	petition_mine_page(r->out, r, v.v, v.n);
	return 200;
}

/* ---- by a guardian --------------------------------------------------------------------------- */

static int guardian_get(struct req *r)
{
	petition_guardian_page(r->out, r);
	return 200;
}

static int guardian_sent_get(struct req *r)
{
	petition_sent_page(r->out, r);
	return 200;
}

/* Whether there is such an account is not told: the desk looks, after it has checked who asks. */
static int guardian_apply(struct req *r)
{
	const struct guardian_form *f = r->form;
	struct petition_id id = {id_make()};
	struct subject_key_id owner = {id_make()};
	struct petition_matter matter = {.text = f->text};
	struct petition_contact contact = {
		.name = f->name, .email = f->email, .relation = f->relation, .account = f->account};
	instant now = clock_now();

	if (petition_add(r->db, id, PETITION_KIND_GUARDIAN_REMOVAL, (struct person_id){0},
		    (str){NULL, 0}, owner, &matter, &contact, now,
		    instant_add(now, PETITION_DAYS * DAY_US)) != 1)
		return 403;
	return see(r, "/privacy/guardian/sent");
}

/* ---- restrictions that end ------------------------------------------------------------------- */

static bool lift(struct db *db, void *ctx)
{
	struct petition_lifting_rows v = petition_lifting(db, clock_now());

	for (size_t i = 0; i < v.n; i++) {
		bool held;
		int64_t person = v.v[i].person_id.v;

		(void)!petition_lifted(db, v.v[i].id);
		if (db_subject_now(db, person, &held) != SUBJECT_RESTRICTED)
			continue;
		db_subject_state(db, person, SUBJECT_ACTIVE, held);
		choice_mask_refresh(db, person, false);
		(void)egress_tell_recipients(db, person, HOOK_EVENT_UNRESTRICTED);
	}
	*(bool *)ctx = v.n == 50;
	return true;
}

static bool run(struct store *s, const struct job *j, struct arena *a)
{
	bool more = false;
	struct write_unit u = {.viewer = {.roles = BIT(j->role)},
		.purposes = j->purposes,
		.arena = a,
		.apply = lift,
		.ctx = &more};

	return store_write_wait(s, &u) == WRITE_DONE && more;
}

const struct job petition_lifter = {.name = "restrictions",
	.role = ROLE_SWEEPER,
	.purposes = BIT(PURPOSE_UPKEEP) | BIT(PURPOSE_CHOICES) | BIT(PURPOSE_DISCLOSING),
	.every_s = 600,
	.run = run};

#define PERSON BIT(ROLE_PERSON)
#define CHOICES BIT(PURPOSE_CHOICES)

const struct route petition_routes[] = {
	{GET, "/account/privacy/{purpose}/object", PERSON, CHOICES, PROOF_NONE, .get = object_get},
	{POST, "/account/privacy/{purpose}/object", PERSON, CHOICES | BIT(PURPOSE_ACCOUNT),
		PROOF_TOKEN, .form = &object_form, .get = object_get, .apply = object_apply},
	{GET, "/account/privacy/restrict", PERSON, CHOICES, PROOF_NONE, .get = restrict_get},
	{POST, "/account/privacy/restrict", PERSON, CHOICES | BIT(PURPOSE_DISCLOSING), PROOF_TOKEN,
		.form = &restrict_form, .get = restrict_get, .apply = restrict_apply},
	{GET, "/account/privacy/report", PERSON, CHOICES, PROOF_NONE, .form = &report_query_form,
		.get = report_get},
	{POST, "/account/privacy/report", PERSON, CHOICES, PROOF_TOKEN, .form = &report_form,
		.get = report_get, .apply = report_apply},
	{GET, "/account/privacy/requests", PERSON, CHOICES, PROOF_NONE, .get = mine_get},
	{GET, "/privacy/guardian", ANYONE, BIT(PURPOSE_PUBLIC), PROOF_NONE, .get = guardian_get},
	{POST, "/privacy/guardian", ANYONE, CHOICES, PROOF_TOKEN, .form = &guardian_form,
		.get = guardian_get, .apply = guardian_apply, .rate = RATE_SIGNIN},
	{GET, "/privacy/guardian/sent", ANYONE, BIT(PURPOSE_PUBLIC), PROOF_NONE,
		.get = guardian_sent_get},
	{0},
};
