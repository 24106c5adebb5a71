/* How an agent's request stands, in the protocol's words (3.02, 3.03): when it asks, and where it
 * is told of changes. */
#include "market/rights/agent.h"

#include "egress/egress.h"
#include "market/plain.h"

static const char *status_of(enum petition_state s)
{
	switch (s) {
	case PETITION_STATE_OPEN:
	case PETITION_STATE_ASKED: return "in_progress";
	case PETITION_STATE_ACCEPTED:
	case PETITION_STATE_ANNOUNCED:
	case PETITION_STATE_LIFTED: return "fulfilled";
	case PETITION_STATE_REFUSED: return "denied";
	case PETITION_STATE_WITHDRAWN: return "revoked";
	case PETITION_STATE_LAPSED: return "expired";
	case PETITION_STATE_JOINED: return "in_progress";
	case PETITION_STATE_UNCONFIRMED: return "open";
	}
	return "open";
}

static const char *denied_of(enum petition_refusal why)
{
	switch (why) {
	case PETITION_REFUSAL_IDENTITY: return "insuf_verification";
	case PETITION_REFUSAL_NOBODY: return "no_match";
	case PETITION_REFUSAL_EXCESSIVE: return "too_many_requests";
	case PETITION_REFUSAL_LEGAL_DUTY:
	case PETITION_REFUSAL_LEGAL_CLAIMS:
	case PETITION_REFUSAL_CONTRACT:
	case PETITION_REFUSAL_OTHERS_RIGHTS:
	case PETITION_REFUSAL_COMPELLING: return "claim_not_covered";
	case PETITION_REFUSAL_EXEMPT: return "outside_jurisdiction";
	case PETITION_REFUSAL_UNFOUNDED:
	case PETITION_REFUSAL_IMPOSSIBLE: return "other";
	}
	return "other";
}

static void field(struct json *j, const char *key, str value)
{
	if (!value.n)
		return;
	json_key(j, key);
	json_str(j, value);
}

static str words(struct out *to, struct text t)
{
	struct out o;

	out_init(&o, to->arena, 128, AGENT_STATUS_BYTES, to->locale);
	out_text_plain(&o, t);
	return out_view(&o);
}

/* Why it takes longer, what must be shown, why not: from its history, without what was answered. */
static str details(struct out *o, struct db *db, const struct petition_seen_row *p)
{
	struct petition_seen_events_rows e = petition_seen_events(db, p->id);
	str said = {NULL, 0};

	if (p->state == PETITION_STATE_REFUSED)
		return words(o, petition_refusal_text((int)p->refusal));
	for (size_t i = 0; i < e.n; i++)
		if (e.v[i].happening == PETITION_HAPPENING_EXTEND ||
			e.v[i].happening == PETITION_HAPPENING_ASK)
			said = e.v[i].note.text;
	return !said.n && p->state == PETITION_STATE_JOINED ? words(o, TEXT(petition_joined_now))
							    : said;
}

void agent_status(struct out *o, struct db *db, struct store *s, const struct petition_seen_row *p)
{
	struct arena *a = o->arena;
	struct json j = json_to(o);

	json_open(&j);
	field(&j, "request_id", id_text(a, p->id.v));
	field(&j, "received_at", instant_iso(a, p->made_at));
	field(&j, "expected_by", instant_iso(a, p->due_at));
	field(&j, "agent_request_id", p->contact.reference);
	field(&j, "status", str_of(status_of(p->state)));
	if (p->state == PETITION_STATE_ASKED) {
		field(&j, "reason", S("need_user_verification"));
		field(&j, "user_verification_url",
			str_cat(a, plain_base(), petition_who_path(s, a, p->id)));
	}
	if (p->state == PETITION_STATE_REFUSED)
		field(&j, "reason", str_of(denied_of(p->refusal)));
	field(&j, "processing_details", details(o, db, p));
	json_close(&j);
}

/* ---- told when it changed (2.03) ---------------------------------------------------------- */

/* Read as the agent itself, so that it is told what it may ask for and nothing else. */
const char *agent_callback(
	struct store *s, struct arena *a, int64_t agent, int64_t petition, struct egress_status *to)
{
	struct viewer viewer = {.session = agent, .roles = BIT(ROLE_AGENT)};
	struct petition_seen_row p;
	struct agent_named_row g;
	const char *why = NULL;
	struct out o;
	struct db db;

	store_read_begin(s, &db, a, viewer, BIT(PURPOSE_CLAIMANT));
	if (!agent_named(&db, (struct agent_id){agent}, &g) || !agent_stands(g.state, g.ends_at)) {
		why = "the agent makes no requests any more";
	} else if (!petition_seen(&db, (struct petition_id){petition}, &p) ||
		   !p.contact.callback.n) {
		why = "the request is gone";
	} else {
		out_init(&o, a, 1024, AGENT_STATUS_BYTES, &locales[0]);
		agent_status(&o, &db, s, &p);
		*to = (struct egress_status){.url = p.contact.callback,
			.host = g.callback_host,
			.addressee = g.full_name,
			.body = out_view(&o),
			.owner = p.owner_id.v};
	}
	store_read_end(&db);
	return why;
}
