#include "gen/address.sql.h"
#include "gen/colleague.sql.h"
#include "gen/company.sql.h"
#include "gen/invitation.sql.h"
#include "gen/person.sql.h"
#include "gen/token.sql.h"
#include "gen/session.sql.h"
#include "market/member/account.h"
#include "market/member/company.h"
#include "market/member/signin.h"
#include "market/member/signup.h"

#define P(x) BIT(PURPOSE_##x)
#define PERSON BIT(ROLE_PERSON)
#define ADMIN BIT(ROLE_ADMIN)
#define LOOKS BIT(ROLE_VIEWER)
#define WORKS (BIT(ROLE_ADMIN) | BIT(ROLE_BUYER) | BIT(ROLE_SALES) | BIT(ROLE_FINANCE))
#define PAGE(at, roles, uses, handler, ...) \
	{ \
		GET, at, roles, uses, PROOF_NONE, .get = handler __VA_OPT__(, ) __VA_ARGS__ \
	}
#define ACTION(at, roles, uses, handler, ...) \
	{ \
		POST, at, roles, uses, PROOF_TOKEN, .apply = handler __VA_OPT__(, ) __VA_ARGS__ \
	}
#define READ(at, roles, uses, handler, row, text, ...) \
	{ \
		GET, "/api/v1" at, roles, uses, PROOF_BEARER, \
			.get = handler, .answers = &row, .about = text __VA_OPT__(, ) __VA_ARGS__ \
	}
#define WRITE(at, roles, uses, handler, text, ...) \
	{ \
		POST, "/api/v1" at, roles, uses, PROOF_BEARER, \
			.apply = handler, .about = text __VA_OPT__(, ) __VA_ARGS__ \
	}
/* Signing in reads who somebody is and what they may do; trying is counted. */
#define KNOCK (P(SIGNIN) | P(SECURITY))
/* Mails are written into the outbox for this purpose. */
#define MAIL P(MAILING)

const struct route member_routes[] = {
	PAGE("/sign-in", ANYONE, P(SIGNIN), signin_get, .form = &signin_query),
	ACTION("/sign-in", ANYONE, KNOCK | MAIL | P(SESSION) | P(PUBLIC), signin_apply,
		.form = &signin_form, .get = signin_get, .prepare = signin_prepare, .slow = true,
		.rate = RATE_SIGNIN),
	ACTION("/sign-out", PERSON, P(SIGNIN), signout_apply),
	PAGE("/sign-up", ANYONE, P(PUBLIC), signup_get),
	ACTION("/sign-up", ANYONE, KNOCK | MAIL | P(CHOICES), signup_apply, .form = &signup_form,
		.get = signup_get, .prepare = signup_prepare, .slow = true, .rate = RATE_SIGNIN),
	PAGE("/sign-up/sent", ANYONE, P(PUBLIC), signup_sent_get),
	PAGE("/confirm/{token}", ANYONE, P(SIGNIN), confirm_get, .rate = RATE_SIGNIN),
	ACTION("/confirm/{token}", ANYONE, P(SIGNIN), confirm_apply, .rate = RATE_SIGNIN),
	PAGE("/forgot", ANYONE, P(PUBLIC), forgot_get),
	ACTION("/forgot", ANYONE, KNOCK | MAIL, forgot_apply, .form = &forgot_form,
		.get = forgot_get, .rate = RATE_SIGNIN),
	PAGE("/forgot/sent", ANYONE, P(PUBLIC), forgot_sent_get),
	PAGE("/reset/{token}", ANYONE, P(SIGNIN), reset_get, .rate = RATE_SIGNIN),
	ACTION("/reset/{token}", ANYONE, P(SIGNIN), reset_apply, .form = &reset_form,
		.get = reset_get, .prepare = reset_prepare, .slow = true, .rate = RATE_SIGNIN),
	PAGE("/invitation/{token}", ANYONE, P(SIGNIN), accept_get, .rate = RATE_SIGNIN),
	ACTION("/invitation/{token}", ANYONE, KNOCK | P(CHOICES), accept_apply,
		.form = &accept_form, .get = accept_get, .prepare = accept_prepare, .slow = true,
		.rate = RATE_SIGNIN),
	PAGE("/terms", ANYONE, P(PUBLIC), terms_get),
	PAGE("/terms/{version}", ANYONE, P(PUBLIC), terms_version_get),

	PAGE("/account", PERSON, P(ACCOUNT), account_get),
	ACTION("/account", PERSON, P(ACCOUNT) | P(RIGHTS) | P(DISCLOSING), account_apply,
		.form = &account_form, .get = account_get),
	PAGE("/account/password", PERSON, P(ACCOUNT), account_password_get),
	ACTION("/account/password", PERSON, P(ACCOUNT) | P(SIGNIN), account_password_apply,
		.form = &password_form, .get = account_password_get,
		.prepare = account_password_prepare, .slow = true, .rate = RATE_SIGNIN),
	PAGE("/account/email", PERSON, P(ACCOUNT), account_email_get),
	ACTION("/account/email", PERSON, P(ACCOUNT) | P(RIGHTS) | KNOCK | MAIL, account_email_apply,
		.form = &email_form, .get = account_email_get, .prepare = account_email_prepare,
		.slow = true, .rate = RATE_SIGNIN),
	PAGE("/account/sessions", PERSON, P(ACCOUNT), account_sessions_get),
	ACTION("/account/sessions/{session}/end", PERSON, P(ACCOUNT), account_session_drop),
	ACTION("/account/sessions/end", PERSON, P(SIGNIN), account_sessions_drop),
	PAGE("/account/keys", LOOKS, P(ACCOUNT), account_keys_get),
	ACTION("/account/keys", LOOKS, P(ACCOUNT), account_key_apply, .form = &key_form,
		.get = account_keys_get),
	ACTION("/account/keys/{key}/remove", LOOKS, P(ACCOUNT), account_key_drop),
	PAGE("/account/companies", PERSON, P(ACCOUNT) | P(SIGNIN), account_companies_get),
	ACTION("/account/companies/{company}/switch", PERSON, P(ACCOUNT) | P(SIGNIN),
		account_switch),

	PAGE("/account/company", LOOKS, P(ACCOUNT), company_get),
	ACTION("/account/company", ADMIN, P(ACCOUNT) | P(MANAGE) | P(DISCLOSING), company_apply,
		.form = &company_form, .get = company_get, .prepare = company_prepare),
	PAGE("/account/company/close", ADMIN, P(ACCOUNT), company_closing_get),
	ACTION("/account/company/close", ADMIN, P(ACCOUNT) | P(MANAGE), company_ask_close),
	ACTION("/account/company/keep", ADMIN, P(ACCOUNT) | P(MANAGE), company_keep_open),
	PAGE("/account/people", LOOKS, P(ACCOUNT), colleague_get),
	/* Invitations are read for another purpose, which only administrators act under. */
	PAGE("/account/people/manage", ADMIN, P(ACCOUNT) | P(MANAGE), colleague_admin_get),
	PAGE("/account/people/invite", ADMIN, P(PUBLIC), invitation_new_get),
	ACTION("/account/people/invite", ADMIN, P(ACCOUNT) | P(MANAGE) | P(SECURITY) | MAIL,
		invitation_apply, .form = &invite_form, .get = invitation_new_get),
	PAGE("/account/people/{member}", ADMIN, P(ACCOUNT), colleague_one_get),
	ACTION("/account/people/{member}", ADMIN, P(ACCOUNT) | P(MANAGE), colleague_roles_apply,
		.form = &roles_form, .get = colleague_one_get),
	PAGE("/account/people/{member}/remove", ADMIN, P(ACCOUNT), colleague_remove_get),
	ACTION("/account/people/{member}/remove", ADMIN, P(ACCOUNT) | P(MANAGE),
		colleague_remove_apply),
	ACTION("/account/invitations/{invitation}/again", ADMIN, P(MANAGE) | P(SECURITY) | MAIL,
		invitation_again_apply),
	ACTION("/account/invitations/{invitation}/withdraw", ADMIN, P(MANAGE),
		invitation_withdraw_apply),
	PAGE("/account/addresses", LOOKS, P(ACCOUNT), address_get),
	PAGE("/account/addresses/new", WORKS, P(PUBLIC), address_new_get),
	ACTION("/account/addresses/new", WORKS, P(ACCOUNT), address_new_apply,
		.form = &address_form, .get = address_new_get),
	PAGE("/account/addresses/{address}", WORKS, P(ACCOUNT), address_edit_get),
	ACTION("/account/addresses/{address}", WORKS, P(ACCOUNT) | P(DISCLOSING),
		address_edit_apply, .form = &address_form, .get = address_edit_get),
	ACTION("/account/addresses/{address}/remove", WORKS, P(ACCOUNT), address_remove_apply),
	PAGE("/company/{company}", ANYONE, P(PUBLIC) | P(CHOICES), company_public_get),

	READ("/me", LOOKS, P(ACCOUNT), account_get, person_own_desc, "Who the key's person is"),
	WRITE("/me", LOOKS, P(ACCOUNT) | P(RIGHTS) | P(DISCLOSING), account_apply,
		"Change name, telephone, work and language", .form = &account_form),
	READ("/keys", LOOKS, P(ACCOUNT), account_keys_get, token_list_desc, "Keys to the API",
		.list = true),
	WRITE("/keys/{key}/remove", LOOKS, P(ACCOUNT), account_key_drop, "Remove a key"),
	READ("/sessions", LOOKS, P(ACCOUNT), account_sessions_get, session_mine_desc,
		"Where you are signed in", .list = true),
	WRITE("/sessions/{session}/end", LOOKS, P(ACCOUNT), account_session_drop, "Sign out there"),
	READ("/company", LOOKS, P(ACCOUNT), company_get, company_own_desc, "Your own company"),
	WRITE("/company", ADMIN, P(ACCOUNT) | P(MANAGE) | P(DISCLOSING), company_apply,
		"Change your company's profile", .form = &company_form, .prepare = company_prepare,
		.answers = &company_own_desc),
	WRITE("/company/close", ADMIN, P(ACCOUNT) | P(MANAGE), company_ask_close,
		"Ask for the company to be closed"),
	WRITE("/company/keep", ADMIN, P(ACCOUNT) | P(MANAGE), company_keep_open,
		"Take back that it is to be closed"),
	READ("/companies/{company}", LOOKS, P(PUBLIC) | P(CHOICES), company_public_get,
		company_page_desc,
		"What everyone may see of a company, by its id or its name in addresses"),
	READ("/people", LOOKS, P(ACCOUNT), colleague_api_get, colleague_list_desc,
		"People of your company", .list = true),
	WRITE("/people/{member}/roles", ADMIN, P(ACCOUNT) | P(MANAGE), colleague_roles_apply,
		"Set somebody's roles", .form = &roles_form),
	WRITE("/people/{member}/remove", ADMIN, P(ACCOUNT) | P(MANAGE), colleague_remove_apply,
		"Take somebody out of the company"),
	READ("/invitations", ADMIN, P(MANAGE), invitation_get, invitation_list_desc,
		"Open invitations", .list = true),
	WRITE("/invitations", ADMIN, P(ACCOUNT) | P(MANAGE) | P(SECURITY) | MAIL, invitation_apply,
		"Invite a colleague", .form = &invite_form, .answers = &invitation_by_id_desc),
	WRITE("/invitations/{invitation}/withdraw", ADMIN, P(MANAGE), invitation_withdraw_apply,
		"Withdraw an invitation"),
	WRITE("/invitations/{invitation}/again", ADMIN, P(MANAGE) | P(SECURITY) | MAIL,
		invitation_again_apply, "Send an invitation again"),
	READ("/addresses", LOOKS, P(ACCOUNT), address_get, address_list_desc,
		"Your company's address book", .list = true),
	WRITE("/addresses", WORKS, P(ACCOUNT), address_new_apply, "Add an address",
		.form = &address_form, .answers = &address_by_id_desc),
	READ("/addresses/{address}", LOOKS, P(ACCOUNT), address_edit_get, address_by_id_desc,
		"One address"),
	WRITE("/addresses/{address}", WORKS, P(ACCOUNT) | P(DISCLOSING), address_edit_apply,
		"Change an address", .form = &address_form, .answers = &address_by_id_desc),
	WRITE("/addresses/{address}/remove", WORKS, P(ACCOUNT), address_remove_apply,
		"Remove an address"),
	{0},
};
