/* account: what a person sees and changes of their own: who they are, their password and address,
 * where they are signed in, their keys to the API, the companies they act for. */
#ifndef KONTOR_ACCOUNT_H
#define KONTOR_ACCOUNT_H

#include "market/member/member.h"

struct account_form {
	str name, phone, job_title, department, locale;
};
struct password_form {
	str now, password;
};
struct email_form {
	str email, now;
};
struct key_form {
	str label;
	int64_t days;
	bool admin, buyer, sales, finance;
};
extern const struct form account_form, password_form, email_form, key_form;

/* Handlers of the account's pages and of the API's /me and /keys (routes.c). */
int account_get(struct req *r);
int account_apply(struct req *r);
int account_password_get(struct req *r);
int account_password_prepare(struct req *r);
int account_password_apply(struct req *r);
int account_email_get(struct req *r);
int account_email_prepare(struct req *r);
int account_email_apply(struct req *r);
int account_sessions_get(struct req *r);
int account_session_drop(struct req *r);
int account_sessions_drop(struct req *r);
int account_keys_get(struct req *r);
int account_key_apply(struct req *r);
int account_key_drop(struct req *r);
int account_companies_get(struct req *r);
int account_switch(struct req *r);

#endif
