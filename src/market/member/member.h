/* member: companies, the people in them, and how they prove who they are.
 *
 * A company signs up with a person; the operator admits it; its administrators invite colleagues.
 * One account may buy and sell; one person may act for several companies. */
#ifndef KONTOR_MEMBER_H
#define KONTOR_MEMBER_H

#include "jobs/jobs.h"
#include "market/member/country.h"
#include "market/member/password.h"
#include "market/member/show.h"
#include "market/member/vatid.h"
#include "market/process.h"
#include "web/web.h"

extern const struct route member_routes[], licence_routes[];
extern const struct job
	member_sweeper; /* ends what is over: invitations, stale sign-ups, closing companies */
extern const struct process company_process;

enum {
	SIGNIN_TRIES_MAX = 10, /* wrong passwords for one address in a window */
	SIGNIN_WINDOW_S = 15 * 60,
	MAIL_TRIES_MAX = 3, /* mails of one kind to one address in a window */
	MAIL_WINDOW_S = 3600,
	CONFIRM_S = 86400, /* how long links are good */
	RESET_S = 3600,
	INVITE_S = 7 * 86400,
	UNCONFIRMED_DAYS = 30,	 /* a sign-up that nobody confirmed */
	COMPANY_CLOSE_DAYS = 14, /* from asking to be closed to being closed */
	COMPANY_PEOPLE_MAX = 500,
	COMPANY_INVITATIONS_MAX = 100,
	COMPANY_ADDRESSES_MAX = 100,
	API_KEYS_MAX = 20,
};
#define TERMS_VERSION "2026-01"
#define ROLES_MEMBER \
	(BIT(ROLE_ADMIN) | BIT(ROLE_BUYER) | BIT(ROLE_SALES) | BIT(ROLE_FINANCE) | BIT(ROLE_VIEWER))
#define ROLES_STAFF (BIT(ROLE_OPERATOR) | BIT(ROLE_OFFICER))

/* ---- for web_options ------------------------------------------------------------------------- */
bool member_bearer(struct db *db, str token, struct viewer *v);
/* What the viewer may do now: roles as they stand, less what the company's state takes away (a
 * company that waits for admission does not buy; a suspended one only looks and keeps its
 * account). */
bool member_standing(struct db *db, struct viewer *v);
/* Fills the viewer's part of a page's frame: name, company, menu of the account, notice. */
struct shell; /* web/page.h */
void member_frame(struct req *r, struct shell *s);
#define MEMBER_FRAME_PURPOSES BIT(PURPOSE_ACCOUNT)

/* ---- admission: for the desk ---- */
/* Carries out one event of company_process on the writer (purposes desk and mailing). `reason` is
 * kept sealed under the company's key; empty for none. */
struct process_step company_decide(struct db *db, struct company_id company, int event, str reason);

/* ---- for kontor operator add ---- */
enum operator_made {
	OPERATOR_MADE = 1,
	OPERATOR_THERE,	  /* somebody has this address already */
	OPERATOR_REFUSED, /* the policy does not allow it */
};
/* A member of the operator's staff (roles: ROLES_STAFF), confirmed at once. Faults when the store
 * cannot be written. */
enum operator_made operator_make(
	struct store *s, struct arena *a, str email, str name, uint64_t roles, str password);

/* ---- shared in this room ---- */
/* A secret for a link or a key: 32 random bytes as text, and the digest that is kept of it. */
struct secret {
	str text;
	str digest;
};
struct secret secret_make(struct arena *a);
str secret_digest(struct arena *a, str text);
/* Counts one more try at `address`; false: too many in this window. On the writer, purpose
 * security. */
bool tries_count(struct db *db, int kind, str address, int most, int window_s);
bool tries_left(struct db *db, int kind, str address, int most, int window_s); /* looks only */
void tries_forget(struct db *db, int kind, str address);
/* Replaces the live link of this kind and puts its mail into the outbox (purposes signin,
 * mailing). */
void link_send(
	struct db *db, int kind, const char *mail, int64_t person, int64_t about, int valid_s);
/* A path of our own to go on to, or `otherwise`: never another site. */
str next_path(str next, const char *otherwise);
/* Marks what is wrong with a new password; false: something is. */
bool password_field(struct req *r, const char *field, str password, const str *own, size_t n);
/* The VAT number as it is stored; false: marked as wrong. Empty is fine. */
bool vat_field(struct req *r, const char *field, str country, str typed, str *clean);

/* ---- proofs of registration (licence.c) ---- */

/* A value of licence_kind as the reader is told it. */
struct text licence_kind_text(int kind);
/* Did this installation switch the purpose kyc off? Then nothing is asked for. */
bool licence_off(struct db *db);
/* Answers with the file, as a download; false: there is none for this viewer. Purpose kyc. */
bool licence_answer(struct req *r, struct licence_id id, struct company_id company);

#endif
