/* signin: handlers and forms of signing in and out, and of links in mails. */
#ifndef KONTOR_SIGNIN_H
#define KONTOR_SIGNIN_H

#include "market/member/member.h"

struct signin_form {
	str email, password, next;
};
struct signin_query {
	str next;
};
struct forgot_form {
	str email;
};
struct reset_form {
	str password;
};
extern const struct form signin_form, signin_query, forgot_form, reset_form;

/* Handlers of signing in and out, confirming an address, a forgotten password (routes.c). */
int signin_get(struct req *r);
int signin_prepare(struct req *r);
int signin_apply(struct req *r);
int signout_apply(struct req *r);
int confirm_get(struct req *r);
int confirm_apply(struct req *r);
int forgot_get(struct req *r);
int forgot_sent_get(struct req *r);
int forgot_apply(struct req *r);
int reset_get(struct req *r);
int reset_prepare(struct req *r);
int reset_apply(struct req *r);

#endif
