/* Inside egress: what its files share. */
#ifndef KONTOR_EGRESS_INSIDE_H
#define KONTOR_EGRESS_INSIDE_H

#include "egress.h"

#include "gen/deliver.sql.h"

enum {
	MAIL_BYTES_MAX = 64 << 10,
	HEADER_PLAIN_CHARS_MAX = 200, /* longer ones are encoded, which folds them */
	LINE_BYTES_MAX = 900,	      /* of a mail's text, in clear */
	SMTP_CONNECT_S = 10,
	SMTP_TOTAL_S = 30,
	POST_CONNECT_S = 10,
	POST_TOTAL_S = 20,
	POST_ANSWER_BYTES_MAX = 64 << 10,
	EGRESS_ARENA_BYTES_MAX = 8 << 20,
};

/* A mail ready to leave. All are plain text; none holds a control character. */
struct mail {
	struct outbox_id id;
	str kind, to_address, to_name, subject, body;
	struct person_id person;
	int64_t owner;	 /* under whose key the stored message lies */
	str unsubscribe; /* address that ends such mails by one click (RFC 8058); empty: none */
	bool marketing;	 /* may go only to those who agree */
	const struct locale *locale;
	str pixel; /* address of a picture that counts openings; empty: plain text alone */
	bool dead; /* can never be sent: nobody to send it to */
	const char *why;
};
/* Makes the text in the reader's language from what is stored now. `counted`: they agreed that
 * openings and visits are counted. */
struct mail mail_make(struct db *db, const struct egress_options *o,
	const struct deliver_due_row *m, bool counted);
bool mail_is_marketing(str kind);
/* The same words as HTML, with the picture. */
str mail_html(struct arena *a, const struct locale *l, const struct mail *m);

/* May this kind of mail go to this server? Faults (FAULT_POLICY) with what is not declared: the
 * mail, its recipient, that the recipient serves its purpose and gets its personal fields, the
 * server's name where the policy fixes one. What it may carry goes to *fields, joined by blanks. */
const struct policy_mail *mail_allowed(const struct policy *p, const struct egress_options *o,
	str kind, str *fields, struct arena *a);

struct sending {
	const char *trouble; /* NULL: it is sent. Program text, never the server's words */
	bool refused;	     /* for good (5xx): the same again would be refused again */
	bool down; /* nobody is reached, or signed in: other mails would not leave either */
};
/* Hands the mail to the server, or writes it to dir/mail/. */
struct sending mail_send(
	struct store *s, const struct egress_options *o, const struct mail *m, struct arena *a);

/* ---- post.c: web hooks ---- */
struct post {
	str url, body;
	bool inward; /* may go to a private network, and without TLS there */
	struct {
		const char *name;
		str value;
	} header[4];
};
const char *post_send(struct arena *a, const struct post *p); /* NULL, or why not */
/* Where a recipient takes web hooks; false: nowhere. key is empty when there is no secret. */
struct hook_where {
	str url, host, key;
	bool inward;
};
bool hook_where(struct store *s, struct arena *a, str recipient, struct hook_where *w);
/* Signs and posts; what leaves was written down before. NULL, or why not. */
const char *hook_post(struct arena *a, const struct hook_where *w, int64_t message, str body);
struct sockaddr;
bool post_private(const struct sockaddr *a);
void egress_start_curl(void);

#endif
