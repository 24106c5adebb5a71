/* company: the company's own profile and what everyone sees of it; its people, invitations and
 * addresses. */
#ifndef KONTOR_COMPANY_H
#define KONTOR_COMPANY_H

#include "market/member/member.h"

struct company_form {
	str name, legal_form, registration, vat_id, website, about, imprint, video, currency;
	int industry, size;
	int64_t founded;
	bool sells, buys;
};
struct roles_form {
	bool admin, buyer, sales, finance;
};
struct invite_form {
	str email;
	struct roles_form roles;
};
struct address_form {
	int kind;
	str country, label, company, name, street, postcode, city, region, phone;
	bool main;
};
extern const struct form company_form, roles_form, invite_form, address_form;

/* Handlers of the company's own pages and its public one (routes.c). */
int company_get(struct req *r);
int company_prepare(struct req *r);
int company_apply(struct req *r);
int company_public_get(struct req *r);
int company_closing_get(struct req *r);
int company_ask_close(struct req *r);
int company_keep_open(struct req *r);
/* What is stored of the viewer's company was changed: where it is a sole trader's, whoever was
 * given their data is told (GDPR Art. 19). Purposes account and disclosing. */
void company_rectified(struct req *r);

/* Handlers of colleagues and invitations. */
int colleague_get(struct req *r);
int colleague_admin_get(struct req *r);
int colleague_api_get(struct req *r);
int colleague_one_get(struct req *r);
int colleague_roles_apply(struct req *r);
int colleague_remove_get(struct req *r);
int colleague_remove_apply(struct req *r);
int invitation_get(struct req *r);
int invitation_new_get(struct req *r);
int invitation_apply(struct req *r);
int invitation_again_apply(struct req *r);
int invitation_withdraw_apply(struct req *r);

/* Handlers of the address book. */
int address_get(struct req *r);
int address_new_get(struct req *r);
int address_new_apply(struct req *r);
int address_edit_get(struct req *r);
int address_edit_apply(struct req *r);
int address_remove_apply(struct req *r);

#endif
