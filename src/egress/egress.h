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
/* The job: sends what is due, at most `most`; returns how many were tried, 0 when the mail server
 * cannot be reached: then it stops at the first, so that jobs behind it do not wait for each. */
int egress_deliver(struct store *s, const struct egress_options *o, int most);

#endif
