/* What may happen to a company's admission. */
#include "gen/company.sql.h"
#include "market/member/member.h"
#include "market/member/show.h"

#include "egress/egress.h"

#define OPERATOR BIT(ROLE_OPERATOR)
#define ADMIN BIT(ROLE_ADMIN)
#define SWEEPER BIT(ROLE_SWEEPER)

static const struct transition rows[] = {
	{0, COMPANY_HAPPENING_SIGN_UP, COMPANY_STATE_PENDING, BIT(ROLE_VISITOR) | BIT(ROLE_SETUP)},
	{COMPANY_STATE_PENDING, COMPANY_HAPPENING_APPROVE, COMPANY_STATE_ACTIVE,
		OPERATOR | BIT(ROLE_SETUP)},
	{COMPANY_STATE_PENDING, COMPANY_HAPPENING_REJECT, COMPANY_STATE_CLOSED, OPERATOR,
		.ask = true},
	{COMPANY_STATE_PENDING, COMPANY_HAPPENING_EXPIRE, COMPANY_STATE_CLOSED, SWEEPER,
		.after_s = UNCONFIRMED_DAYS * 86400},
	{COMPANY_STATE_ACTIVE, COMPANY_HAPPENING_SUSPEND, COMPANY_STATE_SUSPENDED, OPERATOR,
		.ask = true},
	{COMPANY_STATE_SUSPENDED, COMPANY_HAPPENING_REINSTATE, COMPANY_STATE_ACTIVE, OPERATOR},
	{COMPANY_STATE_SUSPENDED, COMPANY_HAPPENING_CLOSE, COMPANY_STATE_CLOSED, OPERATOR | SWEEPER,
		.ask = true},
	/* A company ends its own membership; it may think better of it until the clock closes it.
	 * */
	{COMPANY_STATE_ACTIVE, COMPANY_HAPPENING_ASK_CLOSE, COMPANY_STATE_ACTIVE, ADMIN,
		.ask = true},
	{COMPANY_STATE_ACTIVE, COMPANY_HAPPENING_KEEP_OPEN, COMPANY_STATE_ACTIVE, ADMIN},
	{COMPANY_STATE_ACTIVE, COMPANY_HAPPENING_CLOSE, COMPANY_STATE_CLOSED, SWEEPER},
};
const struct process company_process =
	PROCESS("company", rows, company_state_name, company_happening_name);

struct process_step company_decide(struct db *db, struct company_id company, int event, str reason)
{
	struct company_admission_row c;
	struct process_step step = {.answer = PROCESS_NOT_NOW};
	instant now = clock_now();

	if (!company_admission(db, company, &c))
		return step;
	step = process_ask(&company_process, (int)c.state, event,
		(struct actor){.roles = db->viewer.roles}, &c);
	if (step.answer != PROCESS_YES)
		return step;
	enum company_state to = (enum company_state)step.row->to;
	instant activated = event == COMPANY_HAPPENING_APPROVE ? now : c.activated_at;
	instant closed = to == COMPANY_STATE_CLOSED ? now : TIME_NONE;
	struct company_event_id id = {id_make()};
	struct company_event_reason why = {.text = reason.n ? reason : (str){0}};
	if (company_admission_set(db, company, c.state, to, activated, closed) != 1 ||
		company_admission_event(db, id, company, (enum company_happening)event, c.state, to,
			(struct person_id){db->viewer.person}, &why, now) != 1)
		return (struct process_step){.answer = PROCESS_NOT_NOW};
	const char *mail = to == COMPANY_STATE_ACTIVE	   ? "company_activated"
			   : to == COMPANY_STATE_SUSPENDED ? "company_suspended"
							   : "company_closed";
	outbox_company(db, mail, company.v, ADMIN, company.v);
	return step;
}

struct text company_state_text(int state)
{
	switch ((enum company_state)state) {
	case COMPANY_STATE_PENDING: return TEXT(member_state_pending);
	case COMPANY_STATE_ACTIVE: return TEXT(member_state_active);
	case COMPANY_STATE_SUSPENDED: return TEXT(member_state_suspended);
	case COMPANY_STATE_CLOSED: return TEXT(member_state_closed);
	}
	return text_none();
}

enum tone company_state_tone(int state)
{
	switch ((enum company_state)state) {
	case COMPANY_STATE_PENDING: return TONE_INFO;
	case COMPANY_STATE_ACTIVE: return TONE_GOOD;
	case COMPANY_STATE_SUSPENDED: return TONE_WARN;
	case COMPANY_STATE_CLOSED: return TONE_BAD;
	}
	return TONE_NEUTRAL;
}

struct text company_event_text(int event)
{
	switch ((enum company_happening)event) {
	case COMPANY_HAPPENING_SIGN_UP: return TEXT(member_event_sign_up);
	case COMPANY_HAPPENING_APPROVE: return TEXT(member_event_approve);
	case COMPANY_HAPPENING_REJECT: return TEXT(member_event_reject);
	case COMPANY_HAPPENING_SUSPEND: return TEXT(member_event_suspend);
	case COMPANY_HAPPENING_REINSTATE: return TEXT(member_event_reinstate);
	case COMPANY_HAPPENING_ASK_CLOSE: return TEXT(member_event_ask_close);
	case COMPANY_HAPPENING_KEEP_OPEN: return TEXT(member_event_keep_open);
	case COMPANY_HAPPENING_CLOSE: return TEXT(member_event_close);
	case COMPANY_HAPPENING_EXPIRE: return TEXT(member_event_expire);
	}
	return text_none();
}
