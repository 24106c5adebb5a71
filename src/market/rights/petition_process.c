/* What may happen to a request about data, in one table. What is stored and what follows stands
 * with whoever does it: the desk, whoever asked, the clock. */
#include "market/rights/petition.h"

#include "egress/egress.h"
#include "market/member/member.h"

#define ASKER (BIT(ROLE_VISITOR) | BIT(ROLE_PERSON))
#define DESK BIT(ROLE_OFFICER)
#define CLOCK BIT(ROLE_SWEEPER)
#define ALONG 1 /* side: with the one that it was joined to */
#define DAYS(n) ((int64_t)(n)*86400)
#define S_(x) PETITION_STATE_##x
#define E_(x) PETITION_HAPPENING_##x

/* ---- guards ------------------------------------------------------------------------------ */

/* GDPR Art. 12(3): once, and said within the first month. */
static int may_extend(const void *thing)
{
	const struct petition_thing *t = thing;

	if (instant_is(t->extended_at))
		return MSG_petition_extended_already;
	return clock_now().us >= instant_months(t->made_at, PETITION_MONTHS).us
		       ? MSG_petition_extend_late
		       : MSG_NONE;
}

/* A restriction that an account asked for holds; it ends by being announced, never by a no. */
static bool holds(const struct petition_thing *t)
{
	return t->kind == PETITION_KIND_RESTRICTION && t->person.v;
}

static int may_refuse(const void *thing)
{
	return holds(thing) ? MSG_petition_announce_instead : MSG_NONE;
}

static int may_announce(const void *thing)
{
	const struct petition_thing *t = thing;

	if (t->kind == PETITION_KIND_RESTRICTION && t->state == PETITION_STATE_ACCEPTED &&
		t->about.v) /* by letter, or without signing in: it holds since it was granted */
		return MSG_NONE;
	return holds(t) ? MSG_NONE : MSG_petition_no_restriction;
}

/* What took effect when it was asked for is undone where it is switched, not by taking it back. */
static int may_withdraw(const void *thing)
{
	const struct petition_thing *t = thing;

	return t->person.v && (t->kind == PETITION_KIND_OBJECTION || holds(t))
		       ? MSG_petition_took_effect
		       : MSG_NONE;
}

static const struct transition rows[] = {
	{0, E_(RECEIVE), S_(UNCONFIRMED), BIT(ROLE_VISITOR)},
	{0, E_(RECEIVE), S_(OPEN), BIT(ROLE_PERSON) | BIT(ROLE_AGENT) | DESK},
	{0, E_(JOIN), S_(JOINED), BIT(ROLE_PERSON) | BIT(ROLE_AGENT) | DESK},

	{S_(UNCONFIRMED), E_(CONFIRM), S_(OPEN), ASKER},
	{S_(UNCONFIRMED), E_(JOIN), S_(JOINED), ASKER},
	{S_(UNCONFIRMED), E_(WITHDRAW), S_(WITHDRAWN), ASKER},
	{S_(UNCONFIRMED), E_(LAPSE), S_(LAPSED), CLOCK, .after_s = DAYS(PETITION_CONFIRM_DAYS)},

	{S_(OPEN), E_(ASK), S_(ASKED), DESK, .ask = true},
	{S_(OPEN), E_(EXTEND), S_(OPEN), DESK, .guard = may_extend, .ask = true},
	{S_(OPEN), E_(FULFIL), S_(ACCEPTED), DESK, .ask = true},
	{S_(OPEN), E_(REFUSE), S_(REFUSED), DESK, .guard = may_refuse, .ask = true},
	{S_(OPEN), E_(ANNOUNCE), S_(ANNOUNCED), DESK, .guard = may_announce, .ask = true},
	{S_(OPEN), E_(WITHDRAW), S_(WITHDRAWN), ASKER | BIT(ROLE_AGENT), .guard = may_withdraw,
		.ask = true},
	{S_(OPEN), E_(WARN), S_(OPEN), CLOCK},
	{S_(OPEN), E_(OVERDUE), S_(OPEN), CLOCK},

	{S_(ASKED), E_(TELL), S_(OPEN), ASKER, .ask = true},
	{S_(ASKED), E_(EXTEND), S_(ASKED), DESK, .guard = may_extend, .ask = true},
	{S_(ASKED), E_(REFUSE), S_(REFUSED), DESK, .guard = may_refuse, .ask = true},
	{S_(ASKED), E_(WITHDRAW), S_(WITHDRAWN), ASKER | BIT(ROLE_AGENT), .guard = may_withdraw,
		.ask = true},
	{S_(ASKED), E_(WARN), S_(ASKED), CLOCK},
	{S_(ASKED), E_(OVERDUE), S_(ASKED), CLOCK},

	/* Answered with the one that says the same; the desk has no button for it. */
	{S_(JOINED), E_(EXTEND), S_(JOINED), DESK, ALONG},
	{S_(JOINED), E_(FULFIL), S_(ACCEPTED), DESK, ALONG},
	{S_(JOINED), E_(REFUSE), S_(REFUSED), DESK, ALONG},
	{S_(JOINED), E_(SEPARATE), S_(OPEN), CLOCK},
	{S_(JOINED), E_(WITHDRAW), S_(WITHDRAWN), ASKER | BIT(ROLE_AGENT), .guard = may_withdraw,
		.ask = true},

	{S_(ACCEPTED), E_(ANNOUNCE), S_(ANNOUNCED), DESK, .guard = may_announce, .ask = true},
	{S_(ANNOUNCED), E_(LIFT), S_(LIFTED), CLOCK, .after_s = DAYS(PETITION_LIFT_DAYS)},
};
const struct process petition_process =
	PROCESS("petition", rows, petition_state_name, petition_happening_name);

/* ---- the history ------------------------------------------------------------------------- */

void petition_note(struct db *db, const struct petition_thing *t, enum petition_happening what,
	enum petition_state from, enum petition_state to, str text)
{
	struct petition_event_note note = {
		.salt = chain_salt(db->arena), .text = text.p ? text : S("")};

	MUST(petition_event_add(db, (struct petition_event_id){id_make()}, t->id, t->owner, what,
		     from, to, (struct person_id){db->viewer.person}, t->due_at, clock_now(), &note,
		     chain_commitment(db->arena, petition_event_note_pack(db->arena, &note))) == 1);
}

/* ---- mails ------------------------------------------------------------------------------- */

str petition_who_path(struct store *s, struct arena *a, struct petition_id id)
{
	return signed_path(s, a, str_fmt(a, "/rights/" STR_FMT "/who", STR_ARG(id_text(a, id.v))),
		instant_add(clock_real(), PETITION_LINK_DAYS * DAY_US));
}

str petition_path(struct store *s, struct arena *a, struct petition_id id, bool account)
{
	str name = id_text(a, id.v);

	if (account)
		return str_fmt(a, "/account/privacy/requests/" STR_FMT, STR_ARG(name));
	return signed_path(s, a, str_fmt(a, "/rights/" STR_FMT, STR_ARG(name)),
		instant_add(clock_real(), PETITION_LINK_DAYS * DAY_US));
}

void petition_mail(struct db *db, const struct petition_thing *t, const char *kind)
{
	str path = petition_path(t->store, db->arena, t->id, t->person.v != 0);

	if (t->person.v)
		outbox_mail(db, kind, t->person.v, t->id.v, path);
	else if (t->email.n)
		outbox_mail_to(db, kind, t->email, t->owner.v, t->id.v, path);
}

static const char *mail_of(int event)
{
	switch ((enum petition_happening)event) {
	case E_(ASK): return "case_asked";
	case E_(EXTEND): return "case_extended";
	case E_(FULFIL): return "case_answered";
	case E_(REFUSE): return "case_refused";
	case E_(ANNOUNCE): return "restriction_ends";
	case E_(RECEIVE):
	case E_(CONFIRM):
	case E_(JOIN):
	case E_(TELL):
	case E_(WARN):
	case E_(OVERDUE):
	case E_(LIFT):
	case E_(WITHDRAW):
	case E_(LAPSE):
	case E_(SEPARATE): return NULL;
	}
	return NULL;
}

/* ---- one step ---------------------------------------------------------------------------- */

void petition_forget_identity(struct db *db, const struct petition_thing *t)
{
	if (t->identity.v)
		db_erase_subject(db, t->identity.v);
}

/* The agent that asked for it hears of a change; what the clock notes changes nothing for it. */
static void tell_agent(
	struct db *db, const struct petition_thing *t, int event, enum petition_state to)
{
	struct petition_calls_row c;

	if ((to != t->state || event == E_(EXTEND)) && petition_calls(db, t->id, &c) &&
		c.agent_id.v && c.calls_back.v)
		egress_tell_agent(db, c.agent_id.v, t->id.v);
}

struct process_step petition_move(
	struct db *db, struct petition_thing *t, int event, petition_store *store)
{
	struct process_step step = process_ask(&petition_process, (int)t->state, event,
		(struct actor){.roles = db->viewer.roles, .sides = t->along ? ALONG : 0}, t);
	/* the person reads of it once, however often an agent asks */
	const char *mail = t->along && t->agent.v ? NULL : mail_of(event);

	if (step.answer != PROCESS_YES)
		return step;
	enum petition_state to = (enum petition_state)step.row->to;
	/* what is told to prove who asks is sealed under the key that goes; it is not kept here */
	bool said = event == E_(ASK) || event == E_(EXTEND) || event == E_(WITHDRAW);

	if (!store(db, t, event, to))
		return (struct process_step){.answer = PROCESS_NOT_NOW};
	petition_note(db, t, (enum petition_happening)event, t->state, to,
		said ? t->text : (str){NULL, 0});
	if (mail)
		petition_mail(db, t, mail);
	tell_agent(db, t, event, to);
	t->state = to;
	return step;
}

/* ---- words ------------------------------------------------------------------------------- */

struct text petition_kind_text(int kind)
{
	switch ((enum petition_kind)kind) {
	case PETITION_KIND_OBJECTION: return TEXT(petition_objection);
	case PETITION_KIND_RESTRICTION: return TEXT(petition_restriction);
	case PETITION_KIND_ERROR_REPORT: return TEXT(petition_error_report);
	case PETITION_KIND_GUARDIAN_REMOVAL: return TEXT(petition_guardian);
	case PETITION_KIND_ACCESS: return TEXT(petition_access);
	case PETITION_KIND_PORTABILITY: return TEXT(petition_portability);
	case PETITION_KIND_ERASURE: return TEXT(petition_erasure);
	case PETITION_KIND_WITHDRAWAL: return TEXT(petition_withdrawal);
	case PETITION_KIND_COMPLAINT: return TEXT(petition_complaint);
	case PETITION_KIND_QUESTION: return TEXT(petition_question);
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
	case PETITION_STATE_UNCONFIRMED: return TEXT(petition_unconfirmed);
	case PETITION_STATE_ASKED: return TEXT(petition_asked);
	case PETITION_STATE_WITHDRAWN: return TEXT(petition_withdrawn);
	case PETITION_STATE_JOINED: return TEXT(petition_joined_state);
	case PETITION_STATE_LAPSED: return TEXT(petition_lapsed);
	}
	return text_none();
}

enum tone petition_state_tone(int state)
{
	switch ((enum petition_state)state) {
	case PETITION_STATE_OPEN: return TONE_INFO;
	case PETITION_STATE_ASKED:
	case PETITION_STATE_ANNOUNCED: return TONE_WARN;
	case PETITION_STATE_ACCEPTED: return TONE_GOOD;
	case PETITION_STATE_REFUSED: return TONE_BAD;
	case PETITION_STATE_LIFTED:
	case PETITION_STATE_UNCONFIRMED:
	case PETITION_STATE_WITHDRAWN:
	case PETITION_STATE_JOINED:
	case PETITION_STATE_LAPSED: return TONE_NEUTRAL;
	}
	return TONE_NEUTRAL;
}

struct text petition_happening_text(int happening)
{
	static const int v[] = {[E_(RECEIVE)] = MSG_petition_did_receive,
		[E_(CONFIRM)] = MSG_petition_did_confirm,
		[E_(JOIN)] = MSG_petition_did_join,
		[E_(ASK)] = MSG_petition_did_ask,
		[E_(TELL)] = MSG_petition_did_tell,
		[E_(EXTEND)] = MSG_petition_did_extend,
		[E_(WARN)] = MSG_petition_did_warn,
		[E_(OVERDUE)] = MSG_petition_did_overdue,
		[E_(FULFIL)] = MSG_petition_did_fulfil,
		[E_(REFUSE)] = MSG_petition_did_refuse,
		[E_(ANNOUNCE)] = MSG_petition_did_announce,
		[E_(LIFT)] = MSG_petition_did_lift,
		[E_(WITHDRAW)] = MSG_petition_did_withdraw,
		[E_(LAPSE)] = MSG_petition_did_lapse,
		[E_(SEPARATE)] = MSG_petition_did_separate};

	return happening > 0 && happening < (int)COUNT(v) ? (struct text){.msg = v[happening]}
							  : text_none();
}

struct text petition_via_text(int via)
{
	static const int v[] = {[0] = MSG_petition_via_account,
		[PETITION_VIA_ACCOUNT] = MSG_petition_via_account,
		[PETITION_VIA_WEB] = MSG_petition_via_web,
		[PETITION_VIA_GUARDIAN] = MSG_petition_via_guardian,
		[PETITION_VIA_AGENT] = MSG_petition_via_agent,
		[PETITION_VIA_LETTER] = MSG_petition_via_letter,
		[PETITION_VIA_TELEPHONE] = MSG_petition_via_telephone};

	return via >= 0 && via < (int)COUNT(v) ? (struct text){.msg = v[via]} : text_none();
}

/* ---- why not: each code with its term of the vocabulary (policy/dpv/terms.csv) ---- */

static const struct {
	int text;
	const char *dpv;
} refusals[] = {
	[PETITION_REFUSAL_IDENTITY] = {MSG_petition_no_identity,
		"justifications:IdentityVerificationFailure"},
	[PETITION_REFUSAL_NOBODY] = {MSG_petition_no_nobody, "justifications:FulfilmentImpossible"},
	[PETITION_REFUSAL_UNFOUNDED] = {MSG_petition_no_unfounded,
		"justifications:ProcessUnfounded"},
	[PETITION_REFUSAL_EXCESSIVE] = {MSG_petition_no_excessive,
		"justifications:ProcessExcessive"},
	[PETITION_REFUSAL_LEGAL_DUTY] = {MSG_petition_no_legal_duty,
		"justifications:LegalObligationImpaired"},
	[PETITION_REFUSAL_LEGAL_CLAIMS] = {MSG_petition_no_legal_claims,
		"justifications:LegalClaimImpaired"},
	[PETITION_REFUSAL_CONTRACT] = {MSG_petition_no_contract,
		"justifications:ContractPerformanceNecessity"},
	[PETITION_REFUSAL_OTHERS_RIGHTS] = {MSG_petition_no_others_rights,
		"justifications:ThirdPartyRightsImpaired"},
	[PETITION_REFUSAL_COMPELLING] = {MSG_petition_no_compelling,
		"justifications:LegitimateInterestOverride"},
	[PETITION_REFUSAL_EXEMPT] = {MSG_petition_no_exempt, "justifications:LegallyExempted"},
	[PETITION_REFUSAL_IMPOSSIBLE] = {MSG_petition_no_impossible,
		"justifications:DisproportionateEffortRequired"},
};

struct text petition_refusal_text(int refusal)
{
	return refusal > 0 && refusal < (int)COUNT(refusals)
		       ? (struct text){.msg = refusals[refusal].text}
		       : text_none();
}

str petition_refusal_dpv(int refusal)
{
	return refusal > 0 && refusal < (int)COUNT(refusals) ? str_of(refusals[refusal].dpv)
							     : S("");
}

str petition_delay_dpv(int delay)
{
	return delay == PETITION_DELAY_VOLUME ? S("justifications:HighVolumeOfProcesses")
					      : S("justifications:ComplexityOfProcess");
}

bool petition_late(instant due)
{
	return due.us < clock_now().us;
}
