/* The desk's legal holds: proposed by one, confirmed by another, released. */
#include "market/rights/hold.h"

#include "gen/hold.html.h"
#include "jobs/jobs.h"

#define OFFICER BIT(ROLE_OFFICER)

/* Setting and letting go take two officers each: the statements refuse the same one twice. */
static const struct transition rows[] = {
	{0, LEGAL_HOLD_HAPPENING_PROPOSE, LEGAL_HOLD_STATE_PROPOSED, OFFICER, .ask = true},
	{LEGAL_HOLD_STATE_PROPOSED, LEGAL_HOLD_HAPPENING_CONFIRM, LEGAL_HOLD_STATE_ACTIVE, OFFICER},
	{LEGAL_HOLD_STATE_PROPOSED, LEGAL_HOLD_HAPPENING_WITHDRAW, LEGAL_HOLD_STATE_WITHDRAWN,
		OFFICER},
	{LEGAL_HOLD_STATE_ACTIVE, LEGAL_HOLD_HAPPENING_LIFT, LEGAL_HOLD_STATE_LIFTING, OFFICER},
	{LEGAL_HOLD_STATE_LIFTING, LEGAL_HOLD_HAPPENING_RELEASE, LEGAL_HOLD_STATE_RELEASED,
		OFFICER},
	{LEGAL_HOLD_STATE_LIFTING, LEGAL_HOLD_HAPPENING_KEEP, LEGAL_HOLD_STATE_ACTIVE, OFFICER},
};
const struct process hold_process =
	PROCESS("legal hold", rows, legal_hold_state_name, legal_hold_happening_name);

FORM(hold_form, struct hold_form,
	{.name = "email",
		.kind = FIELD_EMAIL,
		.required = true,
		.max = 254,
		AT(struct hold_form, email),
		.label = MSG_hold_email,
		.hint = MSG_hold_email_hint,
		.data = "person.email"},
	{.name = "reason",
		.kind = FIELD_LONG,
		.required = true,
		.min = 10,
		.max = 1000,
		AT(struct hold_form, reason),
		.label = MSG_hold_reason,
		.hint = MSG_hold_reason_hint,
		.data = "legal_hold.reason"});
FORM(hold_query, struct hold_query,
	{.name = "before",
		.kind = FIELD_ID,
		AT(struct hold_query, before),
		.label = MSG_hold_more});

struct text hold_state_text(enum legal_hold_state s)
{
	switch (s) {
	case LEGAL_HOLD_STATE_PROPOSED: return TEXT(hold_proposed);
	case LEGAL_HOLD_STATE_ACTIVE: return TEXT(hold_active);
	case LEGAL_HOLD_STATE_WITHDRAWN: return TEXT(hold_withdrawn);
	case LEGAL_HOLD_STATE_RELEASED: return TEXT(hold_released);
	case LEGAL_HOLD_STATE_LIFTING: return TEXT(hold_lifting);
	}
	return text_none();
}

enum tone hold_state_tone(enum legal_hold_state s)
{
	switch (s) {
	case LEGAL_HOLD_STATE_PROPOSED: return TONE_WARN;
	case LEGAL_HOLD_STATE_ACTIVE:
	case LEGAL_HOLD_STATE_LIFTING: return TONE_BAD;
	case LEGAL_HOLD_STATE_WITHDRAWN:
	case LEGAL_HOLD_STATE_RELEASED: return TONE_NEUTRAL;
	}
	return TONE_NEUTRAL;
}

static int holds_get(struct req *r)
{
	const struct hold_query *q = r->route->form == &hold_query ? r->form : NULL;
	struct hold_view v = {
		.rows = hold_list(
			r->db, (struct legal_hold_id){q && q->before ? q->before : INT64_MAX})};

	v.names = arena_array(r->arena, struct hold_name_row, v.rows.n + 1);
	for (size_t i = 0; i < v.rows.n; i++)
		(void)!hold_name(r->db, v.rows.v[i].subject_id, &v.names[i]);
	hold_page(r->out, r, &v);
	return 200;
}

static int propose(struct req *r)
{
	const struct hold_form *f = r->form;
	struct hold_person_row p;
	struct legal_hold_reason reason = {f->reason};

	if (!hold_person(r->db, f->email, &p)) {
		form_error(r, "email", TEXT(hold_nobody));
		return 422;
	}
	if (hold_add(r->db, (struct legal_hold_id){id_make()}, p.id, &reason,
		    (struct person_id){r->viewer.person}, clock_now()) != 1)
		return 409;
	return done(r, 201, S("/desk/holds"), TEXT(hold_proposed_now), NULL, NULL);
}

/* Sets or lifts what the store obeys; a second hold on the same person keeps it. */
static void held(struct db *db, struct person_id person, bool on)
{
	bool before;
	enum subject_state s = db_subject_now(db, person.v, &before);

	db_subject_state(db, person.v, s, on || hold_others(db, person).n);
	jobs_wake("erasure");
}

static int64_t happen(struct db *db, struct legal_hold_id id, int event, struct person_id me)
{
	instant now = clock_now();

	switch ((enum legal_hold_happening)event) {
	case LEGAL_HOLD_HAPPENING_PROPOSE: return 0;
	case LEGAL_HOLD_HAPPENING_CONFIRM: return hold_confirm(db, id, me, now);
	case LEGAL_HOLD_HAPPENING_WITHDRAW: return hold_withdraw(db, id, me, now);
	case LEGAL_HOLD_HAPPENING_LIFT: return hold_lift(db, id, me, now);
	case LEGAL_HOLD_HAPPENING_KEEP: return hold_keep(db, id);
	case LEGAL_HOLD_HAPPENING_RELEASE: return hold_release(db, id, me, now);
	}
	return 0;
}

static int act(struct req *r)
{
	int event = legal_hold_happening_of(path_str(r, "event"));
	struct person_id me = {r->viewer.person};
	struct hold_one_row h;

	if (!event || !hold_one(r->db, (struct legal_hold_id){path_id(r, "hold")}, &h))
		return 404;
	if (process_ask(&hold_process, (int)h.state, event,
		    (struct actor){.roles = r->viewer.roles}, NULL)
			.answer != PROCESS_YES)
		return problem(r, 409, TEXT(hold_not_now));
	if ((event == LEGAL_HOLD_HAPPENING_CONFIRM && h.proposed_by.v == me.v) ||
		(event == LEGAL_HOLD_HAPPENING_RELEASE && h.lift_by.v == me.v))
		return problem(r, 403, TEXT(hold_two_persons));
	if (happen(r->db, h.id, event, me) != 1)
		return problem(r, 409, TEXT(hold_not_now));
	if (event == LEGAL_HOLD_HAPPENING_CONFIRM || event == LEGAL_HOLD_HAPPENING_RELEASE)
		held(r->db, h.subject_id, event == LEGAL_HOLD_HAPPENING_CONFIRM);
	return done(r, 200, S("/desk/holds"),
		event == LEGAL_HOLD_HAPPENING_LIFT ? TEXT(hold_lift_asked) : TEXT(hold_saved), NULL,
		NULL);
}

#define LAW (BIT(PURPOSE_LEGAL) | BIT(PURPOSE_PUBLIC))

const struct route hold_routes[] = {
	{GET, "/desk/holds", OFFICER, LAW, PROOF_NONE, .form = &hold_query, .get = holds_get},
	{POST, "/desk/holds", OFFICER, LAW, PROOF_TOKEN, .form = &hold_form, .get = holds_get,
		.apply = propose},
	{POST, "/desk/holds/{hold}/{event}", OFFICER, LAW, PROOF_TOKEN, .apply = act},
	{0},
};
