/* The officer's side of petitions: a clock, a decision with its reasons, and what follows from
 * it. */
#include "market/rights/petition.h"

#include "egress/egress.h"
#include "gen/petition.html.h"

FORM(decision_form, struct decision_form,
	{.name = "yes",
		.kind = FIELD_BOOL,
		AT(struct decision_form, yes),
		.label = MSG_petition_yes},
	{.name = "text",
		.kind = FIELD_LONG,
		.required = true,
		.min = 3,
		.max = PETITION_TEXT_CHARS,
		AT(struct decision_form, text),
		.label = MSG_petition_answer,
		.hint = MSG_petition_answer_hint,
		.data = "petition.answer"});
FORM(opt_out_form, struct opt_out_form,
	{.name = "email",
		.kind = FIELD_EMAIL,
		.required = true,
		.max = 254,
		AT(struct opt_out_form, email),
		.label = MSG_petition_opt_out_email,
		.data = "person.email"},
	{.name = "method",
		.kind = FIELD_ENUM,
		.required = true,
		AT(struct opt_out_form, method),
		.label = MSG_choice_how,
		.choices = "consent_method"});

static int list_get(struct req *r)
{
	struct petition_waiting_rows open = petition_waiting(r->db, PETITION_STATE_OPEN);

	petition_list_page(r->out, r, open.v, open.n);
	return 200;
}

static bool find(struct req *r, struct petition_view *v)
{
	struct petition_account_row a;

	memset(v, 0, sizeof *v);
	if (!petition_by_id(r->db, (struct petition_id){path_id(r, "petition")}, &v->p))
		return false;
	struct person_id who = v->p.person_id;

	v->account = v->p.contact.account;
	if (!who.v && v->account.n && petition_account(r->db, v->account, &a))
		who = a.id;
	if (who.v)
		(void)!petition_person(r->db, who, &v->who);
	return true;
}

static int show_get(struct req *r)
{
	struct petition_view *v = arena_new(r->arena, struct petition_view);

	if (!find(r, v))
		return 404;
	petition_show_page(r->out, r, v);
	return 200;
}

static void objection_decided(struct req *r, const struct petition_view *v, bool yes)
{
	choice_make(r->db, &(struct choosing){.person = v->p.person_id.v,
				   .purpose = v->p.purpose,
				   .state = yes ? CONSENT_STATE_ACCEPTED : CONSENT_STATE_OVERRIDDEN,
				   .method = CONSENT_METHOD_PROGRAM,
				   .locale = locale_of(v->who.locale)});
}

/* The account goes without its owner's sign-in: a minor's guardian has shown who they are. */
static void removed(struct req *r, const struct petition_view *v)
{
	int64_t person = v->who.id.v;

	session_end_all(r, person);
	(void)erase_person(r->db, person);
}

/* What follows from a decision; the state that the petition ends in. */
static enum petition_state carry_out(struct req *r, const struct petition_view *v, bool yes)
{
	switch (v->p.kind) {
	case PETITION_KIND_OBJECTION: objection_decided(r, v, yes); break;
	case PETITION_KIND_RESTRICTION:
		/* Yes keeps it as long as its ground lasts; no ends it, after it was announced
		 * (GDPR Art. 18(3)). */
		if (!yes)
			return PETITION_STATE_ANNOUNCED;
		break;
	case PETITION_KIND_GUARDIAN_REMOVAL:
		if (yes && v->who.id.v)
			removed(r, v);
		break;
	case PETITION_KIND_ERROR_REPORT: break;
	}
	return yes ? PETITION_STATE_ACCEPTED : PETITION_STATE_REFUSED;
}

static int decide_apply(struct req *r)
{
	const struct decision_form *f = r->form;
	struct petition_view *v = arena_new(r->arena, struct petition_view);
	instant now = clock_now();

	if (!find(r, v))
		return 404;
	if (v->p.state != PETITION_STATE_OPEN)
		return problem(r, 409, TEXT(petition_decided_already));
	struct petition_answer answer = {.text = f->text};
	enum petition_state state = carry_out(r, v, f->yes);
	instant due = state == PETITION_STATE_ANNOUNCED
			      ? instant_add(now, PETITION_LIFT_DAYS * DAY_US)
			      : v->p.due_at;

	if (petition_decide(r->db, v->p.id, state, v->p.owner_id, &answer, now,
		    (struct person_id){r->viewer.person}, due) != 1)
		return 409;
	if (v->p.person_id.v)
		outbox_mail(r->db,
			state == PETITION_STATE_ANNOUNCED ? "restriction_ends"
							  : "petition_answered",
			v->p.person_id.v, 0, (str){NULL, 0});
	else
		outbox_mail_to(r->db, "guardian_answered", v->p.contact.email, v->p.owner_id.v, 0,
			(str){NULL, 0});
	return done(r, 200, S("/desk/petitions"), TEXT(petition_saved), NULL, NULL);
}

/* ---- what comes by letter or telephone ------------------------------------------------------- */

static int opt_out_get(struct req *r)
{
	petition_opt_out_page(r->out, r);
	return 200;
}

static int opt_out_apply(struct req *r)
{
	static const char *const direct[] = {"marketing", "seller_leads"};
	const struct opt_out_form *f = r->form;
	struct petition_account_row a;

	if (f->method != CONSENT_METHOD_LETTER && f->method != CONSENT_METHOD_TELEPHONE) {
		form_error(r, "method", TEXT(petition_opt_out_how));
		return 422;
	}
	if (!petition_account(r->db, f->email, &a)) {
		form_error(r, "email", TEXT(petition_opt_out_nobody));
		return 422;
	}
	for (size_t i = 0; i < COUNT(direct); i++)
		choice_make(r->db, &(struct choosing){.person = a.id.v,
					   .purpose = str_of(direct[i]),
					   .state = CONSENT_STATE_OBJECTED,
					   .method = (enum consent_method)f->method,
					   .locale = locale_of(a.locale)});
	lead_drop(r->db, a.id.v);
	return done(r, 200, S("/desk/petitions"), TEXT(petition_opt_out_done), NULL, NULL);
}

#define OFFICER BIT(ROLE_OFFICER)
#define CASE BIT(PURPOSE_CASEWORK)

const struct route petition_desk_routes[] = {
	{GET, "/desk/petitions", OFFICER, CASE, PROOF_NONE, .get = list_get},
	{GET, "/desk/petitions/opt-out", OFFICER, CASE, PROOF_NONE, .get = opt_out_get},
	{POST, "/desk/petitions/opt-out", OFFICER, CASE | BIT(PURPOSE_CHOICES), PROOF_TOKEN,
		.form = &opt_out_form, .get = opt_out_get, .apply = opt_out_apply},
	{GET, "/desk/petitions/{petition}", OFFICER, CASE, PROOF_NONE, .get = show_get},
	{POST, "/desk/petitions/{petition}", OFFICER,
		CASE | BIT(PURPOSE_MAILING) | BIT(PURPOSE_SIGNIN) | ERASE_PERSON_PURPOSES,
		PROOF_TOKEN, .form = &decision_form, .get = show_get, .apply = decide_apply},
	{0},
};
