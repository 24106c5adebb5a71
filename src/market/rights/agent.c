/* The Data Rights Protocol 1.0: agents whom people asked to speak for them. The operator keeps the
 * registry of agents with their keys; each message is signed (web/message.c), says for whom it is
 * and until when, and counts once. What it asks becomes a request like any other; the answer goes
 * to the person, its state to the agent. */
#include "market/rights/agent.h"

#include "egress/egress.h"
#include "market/desk/desk.h"
#include "market/member/member.h"
#include "market/plain.h"

#define CLAIM(field, type_, member) \
	{ \
		.name = (field), .kind = FIELD_TEXT, .max = 200, \
		AT(struct agent_exercise, member), .label = MSG_agent_claim, .data = (type_) \
	}
#define ENVELOPE \
	CLAIM("agent-id", NOT_PERSONAL, agent), CLAIM("business-id", NOT_PERSONAL, business), \
		CLAIM("issued-at", NOT_PERSONAL, issued), \
		CLAIM("expires-at", NOT_PERSONAL, expires), \
		CLAIM("drp.version", NOT_PERSONAL, version)

FORM(agent_setup_form, struct agent_exercise, ENVELOPE);
FORM(agent_exercise_form, struct agent_exercise, ENVELOPE,
	{.name = "exercise",
		.kind = FIELD_TEXT,
		.required = true,
		.max = 40,
		AT(struct agent_exercise, exercise),
		.label = MSG_agent_claim,
		.data = NOT_PERSONAL},
	{.name = "email",
		.kind = FIELD_EMAIL,
		.required = true,
		.max = 254,
		AT(struct agent_exercise, email),
		.label = MSG_petition_their_email,
		.data = "petition.contact"},
	{.name = "email_verified",
		.kind = FIELD_BOOL,
		AT(struct agent_exercise, verified),
		.label = MSG_agent_claim},
	{.name = "status_callback",
		.kind = FIELD_TEXT,
		.max = 400,
		AT(struct agent_exercise, callback),
		.label = MSG_agent_claim,
		.data = "petition.contact"},
	CLAIM("regime", NOT_PERSONAL, regime),
	CLAIM("agent-request-id", "petition.contact", request),
	CLAIM("name", "petition.contact", name), CLAIM("phone_number", "petition.contact", phone),
	CLAIM("power_of_attorney", "petition.contact", power));
FORM(agent_revoke_form, struct agent_revoke,
	{.name = "reason",
		.kind = FIELD_LONG,
		.max = PETITION_TEXT_CHARS,
		AT(struct agent_revoke, reason),
		.label = MSG_agent_claim,
		.data = "petition_event.note"});

/* ---- who --------------------------------------------------------------------------------- */

bool agent_stands(enum agent_state state, instant ends)
{
	return state == AGENT_STATE_ACTIVE && (!instant_is(ends) || ends.us > clock_real().us);
}

static void act_as(struct viewer *v, struct agent_id id)
{
	/* an agent is nobody's session and no person: the database knows it by its own id */
	v->person = v->company = 0;
	v->session = id.v;
	v->roles = BIT(ROLE_AGENT);
}

static bool by_token(struct db *db, str token, struct agent_by_token_row *t)
{
	return str_starts(token, S("kta_")) &&
	       agent_by_token(db, secret_digest(db->arena, token), t) &&
	       t->expires_at.us > clock_real().us && agent_stands(t->state, t->ends_at);
}

bool agent_bearer(struct db *db, str token, struct viewer *v)
{
	struct agent_by_token_row t;

	if (!by_token(db, token, &t))
		return false;
	act_as(v, t.agent_id);
	return true;
}

/* The agent that the path names, where it names one. */
static str in_path(const struct req *r)
{
	return strstr(r->route->path, "{agent}") ? path_str(r, "agent") : (str){NULL, 0};
}

bool agent_signer(struct req *r, str token, uint8_t key[32], struct viewer *v)
{
	struct agent_by_token_row t;
	struct agent_by_name_row a;
	str name = in_path(r);

	if (token.n) {
		if (!by_token(r->db, token, &t))
			return false;
		memcpy(key, t.verify_key.p, AGENT_KEY_BYTES);
		act_as(v, t.agent_id);
		return true;
	}
	/* the first message, which asks for a token, names its sender in the path */
	if (!name.n || !agent_by_name(r->db, name, &a) || !agent_stands(a.state, a.ends_at))
		return false;
	memcpy(key, a.verify_key.p, AGENT_KEY_BYTES);
	act_as(v, a.id);
	return true;
}

str agent_business(struct arena *a, const struct policy *p)
{
	str name = p->operator.name;
	char *v = arena_array(a, char, name.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];

		c = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
		if (c >= 'A' && c <= 'Z')
			v[n++] = c;
		else if (n && v[n - 1] != '_' && i + 1 < name.n)
			v[n++] = '_';
	}
	return (str){v, n};
}

/* ---- what each message must say, in the protocol's order (3.07) -------------------------- */

static bool own_name(struct req *r, str claimed)
{
	struct agent_by_name_row a;

	return agent_by_name(r->db, claimed, &a) && a.id.v == r->viewer.session;
}

int agent_message_good(struct req *r)
{
	str agent = message_text(r, "agent-id"), business = message_text(r, "business-id"),
	    version = message_text(r, "drp.version");
	instant from, until, now = clock_real();

	if (r->route->method == DELETE) /* 2.04: says its reason alone; the token tells the agent */
		return 0;
	if (!agent.n || !own_name(r, agent) || (in_path(r).n && !str_eq(in_path(r), agent)))
		return problem(r, 403, TEXT(agent_not_you));
	if (!str_eq(business, agent_business(r->arena, db_policy(r->db))))
		return problem(r, 403, TEXT(agent_not_us));
	if (!instant_parse(message_text(r, "issued-at"), &from) ||
		!instant_parse(message_text(r, "expires-at"), &until) || until.us <= from.us ||
		until.us - from.us > AGENT_MESSAGE_S * SECOND_US)
		return problem(r, 400, TEXT(agent_times_wrong));
	if (from.us > now.us)
		return problem(r, 400, TEXT(agent_from_later));
	if (until.us <= now.us)
		return problem(r, 410, TEXT(agent_expired));
	if (!str_eq(version, S(AGENT_VERSION)))
		return problem(r, 400, TEXT(agent_version_wrong));
	return 0;
}

/* A message is one action, once. */
static bool once(struct req *r)
{
	struct digest d = digest_of(message_bytes(r));
	str digest = str_dup(r->arena, (str){(const char *)d.b, sizeof d.b});
	struct agent_message_row there;
	instant until;

	if (agent_message(r->db, digest, &there) ||
		!instant_parse(message_text(r, "expires-at"), &until))
		return false;
	return agent_message_add(r->db, (struct agent_message_id){id_make()}, digest, until) == 1;
}

/* ---- the key of this pair (2.05, 2.06) --------------------------------------------------- */

static int setup_apply(struct req *r)
{
	struct secret secret = secret_make(r->arena);
	str token = str_cat(r->arena, S("kta_"), secret.text);
	instant now = clock_real();
	struct json j;

	if (!once(r))
		return problem(r, 409, TEXT(agent_again));
	if (agent_token_add(r->db, (struct agent_token_id){id_make()},
		    (struct agent_id){r->viewer.session}, secret_digest(r->arena, token), now,
		    instant_add(now, AGENT_TOKEN_DAYS * DAY_US)) != 1)
		return 403;
	j = json_to(r->out);
	json_open(&j);
	json_key(&j, "agent-id");
	json_str(&j, path_str(r, "agent"));
	json_key(&j, "token");
	json_str(&j, token);
	json_close(&j);
	answer_type(r, "application/json");
	return 200;
}

static int information_get(struct req *r)
{
	struct agent_named_row a;

	if (!agent_named(r->db, (struct agent_id){r->viewer.session}, &a) ||
		!str_eq(a.name, path_str(r, "agent")))
		return 403;
	out_lit(r->out, "{}\n");
	answer_type(r, "application/json");
	return 200;
}

/* ---- the state of a request (3.02, 3.03) ------------------------------------------------- */

static int status_print(struct req *r, const struct petition_seen_row *p)
{
	agent_status(r->out, r->db, req_store(r), p);
	answer_type(r, "application/json");
	return 200;
}

/* Another agent's request and none at all are not told apart. */
static bool mine(struct req *r, struct petition_seen_row *p)
{
	return petition_seen(r->db, (struct petition_id){path_id(r, "request")}, p) &&
	       p->agent_id.v == r->viewer.session;
}

static int status_get(struct req *r)
{
	struct petition_seen_row p;

	return mine(r, &p) ? status_print(r, &p) : 403;
}

/* ---- exercise, revoke (2.01, 2.04) ------------------------------------------------------- */

static const struct {
	const char *exercise;
	enum petition_kind kind;
	const char *purpose;
} actions[] = {
	{"access", PETITION_KIND_ACCESS, NULL},
	{"access:categories", PETITION_KIND_ACCESS, NULL},
	{"access:specific", PETITION_KIND_ACCESS, NULL},
	{"deletion", PETITION_KIND_ERASURE, NULL},
	{"sale:opt-out", PETITION_KIND_OBJECTION, "seller_leads"},
};

/* What the agent says of the person and of itself, in the protocol's own words. */
static str matter(struct req *r, const struct agent_exercise *f)
{
	return str_fmt(r->arena,
		"exercise: " STR_FMT "\nregime: " STR_FMT "\nemail_verified: %s"
		"\npower_of_attorney: " STR_FMT,
		STR_ARG(f->exercise), STR_ARG(f->regime), f->verified ? "true" : "false",
		STR_ARG(f->power));
}

/* The agent is told at the host that the operator registered for it, or nowhere. */
static bool may_call(struct req *r, str url)
{
	struct agent_named_row a;

	return agent_named(r->db, (struct agent_id){r->viewer.session}, &a) &&
	       egress_agent_address(url, a.callback_host);
}

static int exercise_apply(struct req *r)
{
	const struct agent_exercise *f = r->form;
	struct petition_seen_row p;
	size_t k = 0;

	while (k < COUNT(actions) && !str_eq(f->exercise, str_of(actions[k].exercise)))
		k++;
	if (k == COUNT(actions)) /* consent (sale:opt-in) is given by the person alone */
		return problem(r, 400, TEXT(agent_not_supported));
	if (f->regime.n && !str_eq(f->regime, S("ccpa")) && !str_eq(f->regime, S("gdpr")) &&
		!str_eq(f->regime, S("voluntary")))
		return problem(r, 400, TEXT(agent_regime_wrong));
	if (f->callback.n && !may_call(r, f->callback))
		return problem(r, 400, TEXT(agent_callback_wrong));
	if (!once(r))
		return problem(r, 409, TEXT(agent_again));
	struct petition_id id = petition_take(r,
		&(struct petition_new){.kind = actions[k].kind,
			.via = PETITION_VIA_AGENT,
			.agent = {r->viewer.session},
			.purpose = actions[k].purpose ? str_of(actions[k].purpose) : (str){NULL, 0},
			.text = matter(r, f),
			.contact = {.name = f->name,
				.email = f->email,
				.phone = f->phone,
				.reference = f->request,
				.callback = f->callback},
			.locale = r->locale,
			.received = TIME_NONE},
		NULL);

	MUST(petition_seen(r->db, id, &p));
	return status_print(r, &p);
}

static int revoke_apply(struct req *r)
{
	const struct agent_revoke *f = r->form;
	struct petition_seen_row p;

	if (!mine(r, &p))
		return 403;
	struct petition_thing t = PETITION_THING(r, &p);

	t.text = f->reason;
	if (petition_move(r->db, &t, PETITION_HAPPENING_WITHDRAW, petition_by_asker).answer !=
		PROCESS_YES)
		return problem(r, 409, TEXT(petition_not_now));
	MUST(petition_seen(r->db, p.id, &p));
	return status_print(r, &p);
}

/* ---- who we are (3.05.2) ----------------------------------------------------------------- */

static void field(struct json *j, const char *key, str value)
{
	json_key(j, key);
	json_str(j, value);
}

static int business_get(struct req *r)
{
	const struct policy *p = db_policy(r->db);
	struct policy_operator said = desk_controller(r->db);
	const struct policy_operator *o = &said;
	struct json j = json_to(r->out);

	json_open(&j);
	field(&j, "id", agent_business(r->arena, p));
	field(&j, "name", o->name);
	field(&j, "drp.version", S(AGENT_VERSION));
	field(&j, "api_base", str_cat(r->arena, plain_base(), S("/")));
	json_key(&j, "supported_actions");
	json_list(&j);
	for (size_t i = 0; i < COUNT(actions); i++)
		json_str(&j, str_of(actions[i].exercise));
	json_end(&j);
	json_key(&j, "supported_verifications");
	json_list(&j);
	json_str(&j, S("email"));
	json_end(&j);
	field(&j, "privacy_policy_url", str_cat(r->arena, plain_base(), S("/privacy")));
	field(&j, "web_url", str_cat(r->arena, plain_base(), S("/")));
	field(&j, "technical_contact", o->email);
	field(&j, "business_contact", o->dpo_email.n ? o->dpo_email : o->email);
	json_close(&j);
	answer_type(r, "application/json");
	return 200;
}

#define AGENT BIT(ROLE_AGENT)
#define SEE BIT(PURPOSE_CLAIMANT)
#define TOOK (BIT(PURPOSE_INTAKE) | SEE)

const struct route agent_routes[] = {
	{GET, "/.well-known/data-rights.json", ANYONE, BIT(PURPOSE_PUBLIC), PROOF_NONE,
		.get = business_get},
	{POST, "/v1/agent/{agent}", AGENT, BIT(PURPOSE_SIGNIN), PROOF_MESSAGE,
		.form = &agent_setup_form, .apply = setup_apply, .body_max = AGENT_BODY_BYTES,
		.rate = RATE_SIGNIN},
	{GET, "/v1/agent/{agent}", AGENT, SEE, PROOF_BEARER, .get = information_get},
	{POST, "/v1/data-rights-request", AGENT, TOOK | BIT(PURPOSE_SIGNIN) | BIT(PURPOSE_MAILING),
		PROOF_MESSAGE, .form = &agent_exercise_form, .apply = exercise_apply,
		.body_max = AGENT_BODY_BYTES},
	{GET, "/v1/data-rights-request/{request}", AGENT, SEE, PROOF_BEARER, .get = status_get},
	{DELETE, "/v1/data-rights-request/{request}", AGENT, TOOK | BIT(PURPOSE_MAILING),
		PROOF_MESSAGE, .form = &agent_revoke_form, .apply = revoke_apply,
		.body_max = AGENT_BODY_BYTES},
	{0},
};
