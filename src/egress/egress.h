/* egress: the one door out. Whatever leaves (mail, web hooks, files for a service) is asked here:
 * may this recipient have these fields for this purpose, today? The answer is written to the
 * disclosure log before the bytes go. Messages wait in the outbox, filled in the transaction that
 * caused them; a job delivers them with retry, and gives up into the dead letters on the desk. */
#ifndef KONTOR_EGRESS_H
#define KONTOR_EGRESS_H

#include "../base/out.h"
#include "../store/store.h"
#include "gen/types.h"
#include "gen/lang.h"

/* Puts a mail into the outbox (on the writer). `kind` is a mail of policy/mails.yaml; its text is
 * lang/ keys mail.KIND.subject and mail.KIND.body. `about` is an id that the body may show;
 * `secret` is a one-time token for the link, sealed under the person's key until sent. */
void outbox_mail(struct db *db, const char *kind, int64_t person, int64_t about, str secret);
/* The same to an address that has no account yet (invitation); sealed under the key of `owner`. */
void outbox_mail_to(
	struct db *db, const char *kind, str address, int64_t owner, int64_t about, str secret);

/* To everybody of a company who holds one of these roles; who that is, is found when it is sent. */
void outbox_company(
	struct db *db, const char *kind, int64_t company, uint64_t roles, int64_t about);

/* ---- disclosures ------------------------------------------------------------------------------
 * Whatever leaves passes here first, in the transaction that is durable before the bytes go. The
 * unit of work needs PURPOSE_DISCLOSING. */
struct disclosure {
	str recipient, purpose; /* names of policy/recipients.yaml and purposes.yaml */
	str kind;		/* what it is: a kind of mail, of web hook, of document */
	str fields;		/* "person.name person.email": what goes, exactly */
	str host;		/* that will be connected to; p == NULL: the installation's own */
	str country;		/* ISO code; empty: as the policy says of the recipient */
	int64_t person;		/* whose data, 0: nobody's alone */
	int64_t owner; /* whose key keeps the rest, where there is no person (0: its own) */
	int64_t message, about, consent; /* outbox message, order or case, consent; 0: none */
	str addressee;			 /* who exactly: a company's or an authority's name */
	bool ordered; /* a written order (`about`) names the fields: recipients `as_ordered` */
	str basis;    /* of this case (A6-1-d); empty: the purpose's */
	str detail;   /* what else the log must say, e.g. an order's number */
};
/* Asks the policy and writes the row; returns its id. Faults (FAULT_POLICY), so that the whole unit
 * goes back, when the recipient, purpose, field, host or country is not declared or the transfer
 * has no live instrument. */
int64_t egress_disclose(struct db *db, const struct policy *p, const struct disclosure *d);
const struct policy_recipient *egress_recipient(const struct policy *p, str name); /* or faults */

/* Rectified, erased, restricted: everybody who was given the person's data is told (GDPR Art.
 * 19), by one web hook for each, or by hand where the recipient takes none (the desk lists them);
 * nobody is told twice of what they are still to be told.
 * Returns how many. The unit of work needs PURPOSE_DISCLOSING. */
int egress_tell_recipients(struct db *db, int64_t person, enum hook_event what);
/* Rectified, by somebody who is not signed in (a new address is confirmed by its link): the job
 * finds whom to tell. Purpose signin. */
void egress_tell_later(struct db *db, int64_t person);

/* ---- agents (Data Rights Protocol 1.0, 2.03) ----
 * The agent of a request is told that it changed, where it asked for that: one message, made when
 * it is sent. The unit of work needs PURPOSE_INTAKE. */
void egress_tell_agent(struct db *db, int64_t agent, int64_t petition);
struct egress_status {
	str url, host; /* where the agent wants it; the host that is registered for it */
	str addressee, body;
	int64_t owner; /* whose key keeps the log's words */
};
/* Says how a request stands: NULL, or why nothing is sent for good. */
typedef const char *egress_status_fn(struct store *s, struct arena *a, int64_t agent,
	int64_t petition, struct egress_status *to);
/* Who says so; `inward`: a demonstration, whose agents may lie in a private network, in clear. */
void egress_agents(egress_status_fn *from, bool inward);
/* Is this an address that an agent may be told at, at exactly its host? */
bool egress_agent_address(str url, str host);

/* The host of an address, without port; empty: not an address that anything is posted to. */
str egress_host(str url);
/* The job: sends web hooks that are due, at most `most`; returns how many were tried. */
int egress_hooks(struct store *s, int most);

/* ---- visits for an outside analytics service ----
 * Pages that were shown to visitors who agreed to statistics, some at a time, with the address cut
 * short: 192.0.2.0/24 or 2001:db8:1::/48. Whatever is longer is refused (FAULT_POLICY) before
 * anything is written or sent: this program knows no exception. */
struct relay_view {
	str page;    /* "/product/{product}", or the path of a page that everybody sees alike */
	str device;  /* "Firefox, Linux" */
	str network; /* truncated, or "unknown" */
	instant at;  /* told to the minute */
};
/* The recipient of the tag of this kind that is switched on and live; NULL: there is none. */
const struct policy_recipient *egress_relay_to(const struct policy *p);
/* One message with all of them, one row of the disclosure log before it. NULL, or why it did not
 * leave. */
const char *egress_relay(struct store *s, const struct relay_view *v, size_t n);

struct egress_options {
	/* smtp://127.0.0.1:2525 (STARTTLS where the server offers it), smtps://…; NULL: see
	 * to_files */
	const char *smtp_url;
	const char *smtp_user, *smtp_password; /* never sent without TLS */
	const char *smtp_ca; /* PEM of who signs for it; NULL: the system's list */
	int smtp_total_s;    /* for one mail; 0: SMTP_TOTAL_S */
	/* Without a mail server: as files to dir/mail/, in clear. For demonstrations and tests
	 * alone; otherwise mails wait in the outbox. */
	bool to_files;
	const char *from;     /* sender address */
	const char *base_url; /* https://market.example: for links in mails */
};
/* ---- files in an object store (S3) ----
 * s3://BUCKET[/PREFIX]?endpoint=https://HOST[:PORT][&region=REGION]; the credentials stand in the
 * environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY). The policy's recipient `object_storage`
 * must be on, and its hosts must name HOST. Plain http goes into private networks alone. */
struct object_store;
/* Asks the other side once; faults with what is wrong and what to do. */
struct object_store *object_store_open(const struct policy *p, const char *address);
const struct store_bucket *object_store_bucket(struct object_store *o);
void object_store_close(struct object_store *o); /* NULL is fine */

/* The job: sends what is due, at most `most`; returns how many were tried, 0 when the mail server
 * cannot be reached: then it stops at the first, so that jobs behind it do not wait for each. */
int egress_deliver(struct store *s, const struct egress_options *o, int most);

#endif
