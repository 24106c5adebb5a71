/* Objections, restrictions, errors found, in the account. What somebody asks takes effect at once
 * as far as the law says so: an objection rests the use, a restriction everything but storage. */
#include "market/rights/petition.h"

#include "egress/egress.h"
#include "gen/choice.sql.h"
#include "gen/petition.html.h"

FORM(object_form, struct petition_form,
	PETITION_TEXT(struct petition_form, reason, true, "petition.matter"));
FORM(restrict_form, struct petition_form,
	PETITION_TEXT(struct petition_form, ground, true, "petition.matter"));
FORM(report_form, struct petition_form,
	{.name = "field",
		.kind = FIELD_TEXT,
		.max = 80,
		AT(struct petition_form, field),
		.label = MSG_choice_field,
		.data = "petition.matter"},
	PETITION_TEXT(struct petition_form, wrong, true, "petition.matter"));

/* ---- by the person ----------------------------------------------------------------------- */

str petition_country(struct req *r)
{
	struct choice_country_row c = {0};

	(void)!choice_country(r->db, &c);
	return c.country;
}

static void add(struct req *r, enum petition_kind kind, str purpose, str text, str field)
{
	petition_take(r,
		&(struct petition_new){.kind = kind,
			.via = PETITION_VIA_ACCOUNT,
			.person = r->viewer.person,
			.purpose = purpose,
			.text = text,
			.field = field,
			.country = petition_country(r),
			.locale = r->locale,
			.received = TIME_NONE},
		NULL);
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

	if (!u)
		return 404;
	if (choice_one(r->db, (struct person_id){r->viewer.person}, u->name, &now) &&
		!choice_stands(u, (int)now.state))
		return problem(r, 409, TEXT(petition_objected_already));
	add(r, PETITION_KIND_OBJECTION, u->name, f->text, (str){NULL, 0});
	choice_make(r->db, &(struct choosing){.person = r->viewer.person,
				   .purpose = u->name,
				   .state = CONSENT_STATE_OBJECTED,
				   .method = CONSENT_METHOD_ACCOUNT,
				   .locale = r->locale,
				   .region = petition_country(r)});
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
	add(r, PETITION_KIND_RESTRICTION, (str){NULL, 0}, f->text, (str){NULL, 0});
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

	add(r, PETITION_KIND_ERROR_REPORT, (str){NULL, 0}, f->text, f->field);
	return done(r, 200, S("/account/privacy/requests"), TEXT(petition_report_made), NULL, NULL);
}

#define PERSON BIT(ROLE_PERSON)
#define CHOICES BIT(PURPOSE_CHOICES)
#define TAKE \
	(CHOICES | BIT(PURPOSE_ACCOUNT) | BIT(PURPOSE_INTAKE) | BIT(PURPOSE_MAILING) | \
		BIT(PURPOSE_DISCLOSING) | BIT(PURPOSE_PUBLIC))

const struct route petition_routes[] = {
	{GET, "/account/privacy/{purpose}/object", PERSON, CHOICES, PROOF_NONE, .get = object_get},
	{POST, "/account/privacy/{purpose}/object", PERSON, TAKE, PROOF_TOKEN, .form = &object_form,
		.get = object_get, .apply = object_apply},
	{GET, "/account/privacy/restrict", PERSON, CHOICES, PROOF_NONE, .get = restrict_get},
	{POST, "/account/privacy/restrict", PERSON, TAKE, PROOF_TOKEN, .form = &restrict_form,
		.get = restrict_get, .apply = restrict_apply},
	{GET, "/account/privacy/report", PERSON, CHOICES, PROOF_NONE, .form = &report_query_form,
		.get = report_get},
	{POST, "/account/privacy/report", PERSON, TAKE, PROOF_TOKEN, .form = &report_form,
		.get = report_get, .apply = report_apply},
	{0},
};
