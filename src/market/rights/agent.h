/* agent: inside this noun: requests that organisations make for people over the Data Rights
 * Protocol 1.0 (github.com/consumer-reports-innovation-lab/data-rights-protocol). */
#ifndef KONTOR_AGENT_H
#define KONTOR_AGENT_H

#include "market/rights/petition.h"

#include "gen/agent.sql.h"

enum {
	AGENT_KEY_BYTES = 32,	 /* Ed25519 */
	AGENT_MESSAGE_S = 86400, /* a signed message may be good for, at most */
	AGENT_TOKEN_DAYS = 365,
	AGENT_BODY_BYTES = 64 << 10,
	AGENT_STATUS_BYTES = 16 << 10,
};
#define AGENT_VERSION "1.0"

/* What a message says; the names are the protocol's. */
struct agent_exercise {
	str agent, business, issued, expires, version;
	str exercise, regime, request, callback;
	str name, email, phone, power;
	bool verified;
};
struct agent_revoke {
	str reason;
};
struct agent_form {
	str name, title, key, web_url, contact, callback_host;
	instant ends;
};
struct agent_callback_form {
	str name, callback_host;
};
extern const struct form agent_exercise_form, agent_revoke_form, agent_setup_form, agent_form,
	agent_callback_form;

/* May the agent still speak for people? */
bool agent_stands(enum agent_state state, instant ends);
/* The state of a request as JSON (3.03), for who made it. Purpose claimant. */
void agent_status(struct out *o, struct db *db, struct store *s, const struct petition_seen_row *p);

/* The name that this business goes by in messages: [A-Z_]+, from the operator's name. */
str agent_business(struct arena *a, const struct policy *p);

#endif
