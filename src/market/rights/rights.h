/* rights: what people may ask and decide about their own data.
 *
 * Each noun declares its own in a block of its own here: routes, jobs, and what other districts
 * call. */
#ifndef KONTOR_RIGHTS_H
#define KONTOR_RIGHTS_H

#include "jobs/jobs.h"
#include "web/page.h"

/* ---- choice: consent, refusal, objection, withdrawal (choice.c, doc/choices.md) ---- */
extern const struct route choice_routes[];
extern const struct job choice_expirer; /* a consent that is older than the policy lets it be */

/* What a purpose lets people decide. */
enum choice_kind {
	CHOICE_NONE = 1, /* contract or law: nothing to decide */
	CHOICE_CONSENT,	 /* off until they agree */
	CHOICE_ABSOLUTE, /* on until they object, which holds at once and needs no reason */
	CHOICE_ASSESSED, /* on until they object; rests while that is weighed */
};
enum choice_kind choice_kind(const struct policy_purpose *u);

/* Bits of purposes that stand for somebody who has chosen nothing yet: person.mask of a new row. */
uint64_t choice_mask_new(const struct policy *p);

/* May this person's data be used for this purpose, as they decided? False for a person that the
 * viewer may not ask about. Purpose choices. */
bool choice_allows(struct db *db, int64_t person, int purpose);

/* One decision, on the writer: a row of the ledger with the words shown, the state as it now
 * stands, and the person's mask, in one transaction. Purpose choices; the viewer is the person, an
 * officer or the sweeper, else it faults. Returns the ledger's row. */
struct choosing {
	int64_t person;
	str purpose;
	enum consent_state state;
	enum consent_method method;
	const struct locale *locale; /* of the words shown */
	str region;		     /* country, {NULL, 0}: not known */
	str words;		     /* as shown; {NULL, 0}: those of the purpose */
};
struct consent_event_id choice_make(struct db *db, const struct choosing *c);

/* Consent to a single case (one recipient, once), in words of its own: a row of the ledger, nothing
 * that stands. The same conditions. */
struct consent_event_id choice_case(struct db *db, const struct choosing *c, str words);

/* The mask anew from what stands: after a restriction began or ended (`restricted`). */
void choice_mask_refresh(struct db *db, int64_t person, bool restricted);

/* ---- embeds: videos and posts of others that load without asking (embeds.c) ---- */
/* May what they always want to see be shown? A visitor's cookie says so itself; who is signed in
 * has agreed besides. Purpose choices. */
bool embeds_agreed(struct req *r);
/* On the writer: what this browser now always shows goes into the ledger of whoever is signed in.
 * Purposes choices and account. */
void embeds_said(struct req *r);

/* ---- told: who hears of a new version of the policy (told.c) ---- */
extern const struct route told_routes[];
extern const struct job told_job;
/* The line above every page of somebody who was told of a version and has not seen it. Purpose
 * account. */
void told_frame(struct req *r, struct shell *s);
/* Is there a question that this person has not been shown? Purpose signin. */
bool told_asks(struct db *db, int64_t person);

/* ---- privacy: the published policy (version.c) ---- */
/* What is said of the operator on the desk has changed: begins a version of the policy when the
 * text changes by it, in this transaction. Purposes desk and public. */
void privacy_operator_said(struct db *db);

/* ---- lead: which companies looked at a supplier's products last (lead.c) ---- */
extern const struct route lead_routes[];

/* Notes that the viewer looked at a product, for the suppliers who offer it, if they share that.
 * Never waits, and may be lost. Purpose seller_leads. */
void lead_seen(
	struct req *r, struct product_id product, const struct company_id *sellers, size_t n);
/* Takes away what this person's visits left with suppliers. Purpose choices. */
void lead_drop(struct db *db, int64_t person);

/* ---- served: which notice stood beside a form's fields (served.c) ---- */
#define SERVED_PURPOSES BIT(PURPOSE_CHOICES)
void served_collected(struct req *r); /* web_options.collected */
/* The same for somebody who signs up in this request. Purposes signin and choices. */
void served_signing_up(struct req *r, int64_t person);

/* ---- petition: every request about data, and the desk's answers (doc/rights.md) ---- */
extern const struct route petition_routes[], petition_take_routes[], petition_follow_routes[],
	petition_desk_routes[];
extern const struct job petition_clock;
void petition_policy(const struct policy *p); /* at start: which uses may be asked about */

/* ---- agent: requests over the Data Rights Protocol 1.0 (agent.c) ---- */
extern const struct route agent_routes[], agent_desk_routes[];
struct egress_status;
/* What an agent is told (egress.h): the state of its request. */
const char *agent_callback(struct store *s, struct arena *a, int64_t agent, int64_t petition,
	struct egress_status *to);
/* For web_options: whose token, whose signed message, and what each message must say. */
bool agent_bearer(struct db *db, str token, struct viewer *v);
bool agent_signer(struct req *r, str token, uint8_t key[32], struct viewer *v);
int agent_message_good(struct req *r);

/* ---- erase: everything of somebody goes (erase.c; its own pages: erase.h) ---- */
/* Erases somebody by an officer's decision, who has made sure of whose wish it is: begun in this
 * unit, gone on with by the job. False: they are being erased already. Purposes retention, choices
 * and disclosing. */
bool erase_person(struct db *db, int64_t person);
#define ERASE_PERSON_PURPOSES \
	(BIT(PURPOSE_RETENTION) | BIT(PURPOSE_CHOICES) | BIT(PURPOSE_DISCLOSING))

/* ---- access: everything that is held on somebody, given to them (access.c) ---- */
extern const struct route access_routes[];
/* The same file to whoever the handle's viewer is made to be: for an answer without signing in. */
void access_give(struct req *r, bool portable);
#define ACCESS_PURPOSES \
	(BIT(PURPOSE_RIGHTS) | BIT(PURPOSE_CHOICES) | BIT(PURPOSE_ACCOUNT) | BIT(PURPOSE_PUBLIC))

/* ---- unsubscribe: one click in a mail (unsubscribe.c) ---- */
extern const struct route unsubscribe_routes[];
/* The path that ends marketing mails to this person, for a mail's header and text. */
str unsubscribe_path(struct store *s, struct arena *a, int64_t person);

/* ---- newsletter: offers and news to those who agreed (newsletter.c) ---- */
extern const struct route newsletter_routes[];
extern const struct job newsletter_job;

#endif
