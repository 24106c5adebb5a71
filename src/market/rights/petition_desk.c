/* The officer's side of requests: a list by the clock, one request with its history, what may be
 * done with it as petition_process says, what came by letter. */
#include "market/rights/petition.h"

#include "egress/egress.h"
#include "gen/agent.sql.h"
#include "gen/petition_desk.html.h"
#include "market/plain.h"

#define ANSWER(type, name) PETITION_LONG(type, name, answer, true, "petition.answer")

FORM(answer_form, struct answer_form, ANSWER(struct answer_form, "text"));
FORM(question_form, struct answer_form, ANSWER(struct answer_form, "question"));
FORM(announce_form, struct answer_form, ANSWER(struct answer_form, "words"));
FORM(refuse_form, struct refuse_form,
	{.name = "refusal",
		.kind = FIELD_ENUM,
		.required = true,
		AT(struct refuse_form, refusal),
		.label = MSG_petition_refusal,
		.choices = "petition_refusal"},
	ANSWER(struct refuse_form, "grounds"));
FORM(extend_form, struct extend_form,
	{.name = "delay",
		.kind = FIELD_ENUM,
		.required = true,
		AT(struct extend_form, delay),
		.label = MSG_petition_delay,
		.choices = "petition_delay"},
	ANSWER(struct extend_form, "because"));
FORM(petition_query_form, struct petition_query,
	{.name = "state",
		.kind = FIELD_ENUM,
		AT(struct petition_query, state),
		.label = MSG_petition_state,
		.choices = "petition_state"},
	{.name = "kind",
		.kind = FIELD_ENUM,
		AT(struct petition_query, kind),
		.label = MSG_petition_kind,
		.choices = "petition_kind"},
	{.name = "due",
		.kind = FIELD_INT,
		AT(struct petition_query, due),
		.label = MSG_petition_due},
	{.name = "after",
		.kind = FIELD_ID,
		AT(struct petition_query, after),
		.label = MSG_petition_due});
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

/* ---- the list ---------------------------------------------------------------------------- */

_Static_assert(sizeof(struct petition_list_row) == sizeof(struct petition_list_kind_row),
	"the two lists have one row");

/* Open requests by how long they have been here; the last are over a month old. */
static void ages(struct req *r, struct petition_list_view *v)
{
	static const int state[] = {PETITION_STATE_OPEN, PETITION_STATE_ASKED};
	static const int64_t days[PETITION_AGES] = {3, 7, 14, 21, 31, INT64_MAX};
	instant now = clock_now();

	for (int i = 0; i < PETITION_AGES; i++)
		v->age[i] = i < PETITION_AGES - 1 ? TEXT(petition_age, days[i])
						  : TEXT(petition_age_more);
	for (size_t k = 0; k < COUNT(state); k++) {
		struct petition_ages_rows a = petition_ages(r->db, (enum petition_state)state[k]);

		for (size_t i = 0; i < a.n; i++) {
			int64_t age = (now.us - a.v[i].made_at.us) / DAY_US;
			int at = 0;

			while (age >= days[at])
				at++;
			v->ages[at]++;
			v->open++;
			v->late += petition_late(a.v[i].due_at);
			v->soon += !petition_late(a.v[i].due_at) &&
				   a.v[i].due_at.us < now.us + PETITION_WARN_DAYS * DAY_US;
		}
	}
}

static int list_get(struct req *r)
{
	struct petition_list_view *v = arena_new(r->arena, struct petition_list_view);
	struct petition_query *q = arena_new(r->arena, struct petition_query);

	if (r->route->form == &petition_query_form && r->form)
		*q = *(const struct petition_query *)r->form;
	if (!q->state)
		q->state = PETITION_STATE_OPEN;
	v->q = q;
	instant due = {q->after ? q->due : 0};

	if (q->kind) {
		struct petition_list_kind_rows k =
			petition_list_kind(r->db, (enum petition_state)q->state,
				(enum petition_kind)q->kind, due, (struct petition_id){q->after});

		v->rows = (struct petition_list_rows){(void *)k.v, k.n, k.cap};
	} else {
		v->rows = petition_list(
			r->db, (enum petition_state)q->state, due, (struct petition_id){q->after});
	}
	ages(r, v);
	petition_list_page(r->out, r, v);
	return 200;
}

/* ---- one request ------------------------------------------------------------------------- */

static bool find(struct req *r, struct petition_view *v)
{
	struct petition_account_row a;

	memset(v, 0, sizeof *v);
	if (!petition_by_id(r->db, (struct petition_id){path_id(r, "petition")}, &v->p))
		return false;
	struct person_id who = v->p.person_id;
	str address = v->p.contact.account.n ? v->p.contact.account : v->p.contact.email;

	if (!who.v && address.n && petition_account(r->db, address, &a))
		who = a.id;
	if (who.v)
		(void)!petition_person(r->db, who, &v->who);
	return true;
}

static struct petition_thing thing_of(struct req *r, const struct petition_view *v)
{
	struct petition_thing t = PETITION_THING(r, &v->p);

	t.about = v->who.id;
	t.confirmed = instant_is(v->p.confirmed_at) && !v->p.contact.account.n;
	if (v->p.person_id.v)
		t.locale = locale_of(v->who.locale);
	return t;
}

static void say(struct out *o, const struct policy *p, const struct policy_interest *i,
	struct text label, const char *key, str english)
{
	str path = str_fmt(o->arena, "interest." STR_FMT ".%s", STR_ARG(i->name), key);

	out_char(o, '\n');
	out_text_plain(o, label);
	out_lit(o, ": ");
	out_str(o, policy_text(p, str_of(o->locale->tag), path, english, NULL));
}

str petition_reply(struct req *r, str purpose)
{
	const struct policy *p = db_policy(r->db);
	const struct policy_purpose *u = policy_purpose(p, purpose);
	struct purpose_facts f;
	struct out o;

	if (!u)
		return S("");
	purpose_facts(r->arena, p, u, &f);
	out_init(&o, r->arena, 1024, CHOICE_TEXT_BYTES_MAX, r->locale);
	out_text_plain(&o, f.title);
	out_lit(&o, ": ");
	out_text_plain(&o, f.why);
	out_char(&o, '\n');
	out_text_plain(&o, TEXT(petition_basis));
	out_lit(&o, ": ");
	out_text_plain(&o, f.basis);
	out_fmt(&o, " (" STR_FMT ")", STR_ARG(u->basis));
	for (size_t i = 0; i < p->interests_n && u->lia.n; i++)
		if (str_eq(p->interests[i].name, u->lia)) {
			const struct policy_interest *a = &p->interests[i];

			say(&o, p, a, TEXT(petition_interest), "interest", a->interest);
			say(&o, p, a, TEXT(petition_necessity), "necessity", a->necessity);
			say(&o, p, a, TEXT(petition_balance), "balance", a->balance);
		}
	return out_view(&o);
}

static int show_get(struct req *r)
{
	struct petition_view *v = arena_new(r->arena, struct petition_view);
	struct petition_person_row by;
	struct agent_one_row agent;

	if (!find(r, v))
		return 404;
	struct petition_thing t = thing_of(r, v);

	v->events = petition_events(r->db, v->p.id);
	v->by = arena_array(r->arena, str, v->events.n + 1);
	for (size_t i = 0; i < v->events.n; i++)
		if (v->events.v[i].by_id.v && petition_person(r->db, v->events.v[i].by_id, &by))
			v->by[i] = by.name.name;
	v->joined = petition_joined(r->db, v->p.id);
	v->choices_n = process_choices(&petition_process, (int)v->p.state,
		(struct actor){.roles = r->viewer.roles & BIT(ROLE_OFFICER)}, &t, v->choices,
		PETITION_CHOICES_MAX);
	if (v->p.kind == PETITION_KIND_QUESTION)
		v->reply = petition_reply(r, v->p.purpose);
	if (v->p.agent_id.v && agent_one(r->db, v->p.agent_id, &agent))
		v->agent = agent.full_name;
	v->authority = policy_authority_of(db_policy(r->db), v->p.country);
	petition_show_page(r->out, r, v);
	return 200;
}

/* ---- what follows ------------------------------------------------------------------------ */

static void choose(struct db *db, const struct petition_thing *t, enum consent_state state)
{
	const struct policy_purpose *u = policy_purpose(db_policy(db), t->purpose);

	if (!t->about.v || !u || choice_kind(u) == CHOICE_NONE)
		return;
	choice_make(db, &(struct choosing){.person = t->about.v,
				.purpose = t->purpose,
				.state = state,
				.method = CONSENT_METHOD_PROGRAM,
				.locale = t->locale,
				.region = t->country});
	if (u->bit == PURPOSE_SELLER_LEADS)
		lead_drop(db, t->about.v);
}

/* Without their sign-in: who asks has shown who they are. */
static void removed(struct db *db, const struct petition_thing *t)
{
	if (t->r)
		session_end_all(t->r, t->about.v);
	(void)erase_person(db, t->about.v);
}

static void fulfilled(struct db *db, const struct petition_thing *t)
{
	switch (t->kind) {
	case PETITION_KIND_OBJECTION: choose(db, t, CONSENT_STATE_ACCEPTED); break;
	case PETITION_KIND_WITHDRAWAL: choose(db, t, CONSENT_STATE_WITHDRAWN); break;
	case PETITION_KIND_GUARDIAN_REMOVAL:
	case PETITION_KIND_ERASURE:
		if (t->about.v)
			removed(db, t);
		break;
	case PETITION_KIND_RESTRICTION:
		if (t->about.v && !t->person.v) { /* by letter or without an account */
			bool held;

			(void)db_subject_now(db, t->about.v, &held);
			db_subject_state(db, t->about.v, SUBJECT_RESTRICTED, held);
			choice_mask_refresh(db, t->about.v, true);
			(void)egress_tell_recipients(db, t->about.v, HOOK_EVENT_RESTRICTED);
		}
		break;
	case PETITION_KIND_ERROR_REPORT: /* those who were given it hear of it, GDPR Art. 19 */
		if (t->about.v)
			(void)egress_tell_recipients(db, t->about.v, HOOK_EVENT_RECTIFIED);
		break;
	case PETITION_KIND_ACCESS:
	case PETITION_KIND_PORTABILITY:
	case PETITION_KIND_COMPLAINT:
	case PETITION_KIND_QUESTION: break;
	}
}

/* GDPR Art. 21(1): the use goes on because of compelling grounds, which the answer records. */
static void refused(struct db *db, const struct petition_thing *t)
{
	if (t->kind == PETITION_KIND_OBJECTION && t->person.v)
		choose(db, t, CONSENT_STATE_OVERRIDDEN);
}

/* Whoever asked with the account's own address, which they confirmed, gets what the account would
 * show them; an agent's and a letter's person does it there. */
static bool gives(const struct petition_thing *t)
{
	return !t->person.v && t->confirmed &&
	       (t->kind == PETITION_KIND_ACCESS || t->kind == PETITION_KIND_PORTABILITY);
}

/* Whose account the answer is about: what it gives, or what is restricted until it is lifted. */
static struct person_id answers(const struct petition_thing *t, int event)
{
	bool restricts = t->kind == PETITION_KIND_RESTRICTION && !t->person.v &&
			 event != PETITION_HAPPENING_REFUSE;

	return restricts || (event == PETITION_HAPPENING_FULFIL && gives(t))
		       ? t->about
		       : (struct person_id){0};
}

static bool decide(struct db *db, struct petition_thing *t, int event, enum petition_state to)
{
	struct petition_answer answer = {.text = t->text};
	instant now = clock_now();

	if (event == PETITION_HAPPENING_ANNOUNCE)
		t->due_at = instant_add(now, PETITION_LIFT_DAYS * DAY_US);
	petition_forget_identity(db, t);
	if (petition_decide(db, t->id, t->state, to, t->owner, &answer,
		    event == PETITION_HAPPENING_REFUSE ? t->refusal : 0, now,
		    (struct person_id){db->viewer.person}, t->due_at, answers(t, event)) != 1)
		return false;
	if (event == PETITION_HAPPENING_FULFIL && !t->along)
		fulfilled(db, t);
	if (event == PETITION_HAPPENING_REFUSE && !t->along)
		refused(db, t);
	return true;
}

static bool store(struct db *db, struct petition_thing *t, int event, enum petition_state to)
{
	if (event == PETITION_HAPPENING_ASK)
		return petition_ask(db, t->id) == 1;
	if (event != PETITION_HAPPENING_EXTEND)
		return decide(db, t, event, to);
	t->due_at = instant_months(t->made_at, PETITION_MONTHS + PETITION_MORE_MONTHS);
	return petition_extend(db, t->id, t->state, t->due_at, clock_now()) == 1;
}

/* What was joined to it gets the same answer, each under its own key and with its own history. */
static void others(struct req *r, const struct petition_thing *first, int event)
{
	struct petition_along_rows v;
	struct petition_id after = {0};

	if (event != PETITION_HAPPENING_EXTEND && event != PETITION_HAPPENING_FULFIL &&
		event != PETITION_HAPPENING_REFUSE)
		return;
	do {
		v = petition_along(r->db, first->id, after);
		for (size_t i = 0; i < v.n; i++) {
			struct petition_view *one = arena_new(r->arena, struct petition_view);

			after = v.v[i].id;
			MUST(petition_by_id(r->db, after, &one->p));
			one->who = (struct petition_person_row){
				.id = first->about, .locale = str_of(first->locale->tag)};
			struct petition_thing t = thing_of(r, one);

			t.along = true;
			t.text = first->text;
			t.refusal = first->refusal;
			MUST(petition_move(r->db, &t, event, store).answer == PROCESS_YES);
		}
	} while (v.n);
}

static int moved(struct req *r, int event, str text, int refusal)
{
	struct petition_view *v = arena_new(r->arena, struct petition_view);

	if (!find(r, v))
		return 404;
	if (v->p.state == PETITION_STATE_JOINED)
		return problem(r, 409, TEXT(petition_answered_along));
	struct petition_thing t = thing_of(r, v);

	t.text = text;
	t.refusal = (enum petition_refusal)refusal;
	struct process_step s = petition_move(r->db, &t, event, store);

	switch (s.answer) {
	case PROCESS_YES: others(r, &t, event); break;
	case PROCESS_NOT_YOU: return 403;
	case PROCESS_GUARDED: return problem(r, 409, (struct text){.msg = s.why});
	case PROCESS_NOT_NOW: return problem(r, 409, TEXT(petition_not_now));
	}
	return done(r, 200,
		str_fmt(r->arena, "/desk/rights/" STR_FMT, STR_ARG(id_text(r->arena, t.id.v))),
		TEXT(petition_saved), NULL, NULL);
}

static int ask_apply(struct req *r)
{
	return moved(r, PETITION_HAPPENING_ASK, ((const struct answer_form *)r->form)->text, 0);
}

static int fulfil_apply(struct req *r)
{
	return moved(r, PETITION_HAPPENING_FULFIL, ((const struct answer_form *)r->form)->text, 0);
}

static int announce_apply(struct req *r)
{
	return moved(
		r, PETITION_HAPPENING_ANNOUNCE, ((const struct answer_form *)r->form)->text, 0);
}

static int refuse_apply(struct req *r)
{
	const struct refuse_form *f = r->form;

	return moved(r, PETITION_HAPPENING_REFUSE, f->text, f->refusal);
}

static int extend_apply(struct req *r)
{
	const struct extend_form *f = r->form;

	return moved(r, PETITION_HAPPENING_EXTEND,
		str_fmt(r->arena, STR_FMT " [" STR_FMT "]", STR_ARG(f->text),
			STR_ARG(petition_delay_dpv(f->delay))),
		0);
}

/* ---- what comes by letter or telephone --------------------------------------------------- */

static int letter_get(struct req *r)
{
	petition_letter_page(r->out, r);
	return 200;
}

static int letter_apply(struct req *r)
{
	const struct letter_form *f = r->form;
	struct petition_id joined;

	if (f->via != PETITION_VIA_LETTER && f->via != PETITION_VIA_TELEPHONE) {
		form_error(r, "via", TEXT(petition_opt_out_how));
		return 422;
	}
	if (f->received.us > clock_now().us || f->kind == PETITION_KIND_GUARDIAN_REMOVAL) {
		form_error(r, f->kind == PETITION_KIND_GUARDIAN_REMOVAL ? "kind" : "received",
			TEXT(petition_received_wrong));
		return 422;
	}
	struct petition_id id = petition_take(r,
		&(struct petition_new){.kind = (enum petition_kind)f->kind,
			.via = (enum petition_via)f->via,
			.text = f->text,
			.country = f->country,
			.contact = {.name = f->name, .email = f->email},
			.locale = r->locale,
			.received = f->received},
		&joined);

	return done(r, 201,
		str_fmt(r->arena, "/desk/rights/" STR_FMT,
			STR_ARG(id_text(r->arena, joined.v ? joined.v : id.v))),
		joined.v ? TEXT(petition_joined_now) : TEXT(petition_made_now), NULL, NULL);
}

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
	return done(r, 200, S("/desk/rights"), TEXT(petition_opt_out_done), NULL, NULL);
}

#define OFFICER BIT(ROLE_OFFICER)
#define CASE BIT(PURPOSE_CASEWORK)
#define MOVE \
	(CASE | BIT(PURPOSE_INTAKE) | BIT(PURPOSE_CHOICES) | BIT(PURPOSE_MAILING) | \
		BIT(PURPOSE_SIGNIN) | BIT(PURPOSE_PUBLIC) | ERASE_PERSON_PURPOSES)
#define STEP(event, with, do) \
	{ \
		POST, "/desk/rights/{petition}/" event, OFFICER, MOVE, PROOF_TOKEN, \
			.form = &(with), .get = show_get, .apply = (do) \
	}

const struct route petition_desk_routes[] = {
	{GET, "/desk/rights", OFFICER, CASE, PROOF_NONE, .form = &petition_query_form,
		.get = list_get},
	{GET, "/desk/rights/letter", OFFICER, CASE, PROOF_NONE, .get = letter_get},
	{POST, "/desk/rights/letter", OFFICER, CASE | BIT(PURPOSE_INTAKE) | BIT(PURPOSE_MAILING),
		PROOF_TOKEN, .form = &letter_form, .get = letter_get, .apply = letter_apply},
	{GET, "/desk/rights/opt-out", OFFICER, CASE, PROOF_NONE, .get = opt_out_get},
	{POST, "/desk/rights/opt-out", OFFICER, CASE | BIT(PURPOSE_CHOICES) | BIT(PURPOSE_PUBLIC),
		PROOF_TOKEN, .form = &opt_out_form, .get = opt_out_get, .apply = opt_out_apply},
	{GET, "/desk/rights/{petition}", OFFICER, CASE, PROOF_NONE, .get = show_get},
	STEP("ask", question_form, ask_apply),
	STEP("extend", extend_form, extend_apply),
	STEP("fulfil", answer_form, fulfil_apply),
	STEP("refuse", refuse_form, refuse_apply),
	STEP("announce", announce_form, announce_apply),
	{0},
};
