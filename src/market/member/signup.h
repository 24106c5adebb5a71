/* signup: a business and the person who brings it; a colleague who follows an invitation. */
#ifndef KONTOR_SIGNUP_H
#define KONTOR_SIGNUP_H

#include "market/member/member.h"
#include "market/member/signin.h"

struct signup_form {
	str company, legal_form, country, registration, vat_id, street, postcode, city;
	str name, email, phone, job_title, department, password;
	bool sole_trader, sells, buys, business, terms;
};
struct accept_form {
	str name, password;
	bool terms;
};
extern const struct form signup_form, accept_form;

/* Handlers of signing up and of accepting an invitation (routes.c). */
int signup_get(struct req *r);
int signup_sent_get(struct req *r);
int signup_prepare(struct req *r);
int signup_apply(struct req *r);
int accept_get(struct req *r);
int accept_prepare(struct req *r);
int accept_apply(struct req *r);
int terms_get(struct req *r);
int terms_version_get(struct req *r);

#endif
