/* colleague: the people of a company: roles, invitations, leaving. */
#include "gen/colleague.html.h"
#include "gen/colleague.sql.h"
#include "gen/company.sql.h"
#include "gen/invitation.sql.h"
#include "market/member/company.h"

#include "egress/egress.h"

#define ROLES_FIELDS(type, inner) \
	{.name = "admin", \
		.kind = FIELD_BOOL, \
		AT(type, inner admin), \
		.label = MSG_member_role_admin, \
		.hint = MSG_member_role_admin_hint}, \
		{.name = "buyer", \
			.kind = FIELD_BOOL, \
			AT(type, inner buyer), \
			.label = MSG_member_role_buyer, \
			.hint = MSG_member_role_buyer_hint}, \
		{.name = "sales", \
			.kind = FIELD_BOOL, \
			AT(type, inner sales), \
			.label = MSG_member_role_sales, \
			.hint = MSG_member_role_sales_hint}, \
	{ \
		.name = "finance", .kind = FIELD_BOOL, AT(type, inner finance), \
		.label = MSG_member_role_finance, .hint = MSG_member_role_finance_hint \
	}
FORM(roles_form, struct roles_form, ROLES_FIELDS(struct roles_form, ));
FORM(invite_form, struct invite_form,
	{.name = "email",
		.kind = FIELD_EMAIL,
		.required = true,
		.max = 254,
		AT(struct invite_form, email),
		.label = MSG_member_colleague_email,
		.data = "invitation.email",
		.autocomplete = "off"},
	ROLES_FIELDS(struct invite_form, roles.));

/* Who has none of the four looks on. */
static int64_t roles_of(const struct roles_form *f)
{
	return (int64_t)((f->admin ? BIT(ROLE_ADMIN) : 0) | (f->buyer ? BIT(ROLE_BUYER) : 0) |
			 (f->sales ? BIT(ROLE_SALES) : 0) | (f->finance ? BIT(ROLE_FINANCE) : 0) |
			 BIT(ROLE_VIEWER));
}

/* ---- people ---- */

/* Everyone sees who their colleagues are; only administrators see who was invited. */
int colleague_get(struct req *r)
{
	struct colleague_list_rows c = colleague_list(r->db);

	people_page(r->out, r, c.v, c.n, NULL, 0);
	return 200;
}

int colleague_admin_get(struct req *r)
{
	struct colleague_list_rows c = colleague_list(r->db);
	struct invitation_list_rows i = invitation_list(r->db);

	people_page(r->out, r, c.v, c.n, i.v, i.n);
	return 200;
}

int colleague_api_get(struct req *r)
{
	struct colleague_list_rows c = colleague_list(r->db);

	return answer_rows(r, &colleague_list_desc, c.v, c.n, (str){0});
}

static bool one(struct req *r, struct colleague_by_id_row *c)
{
	struct membership_id id = {path_id(r, "member")};

	return id.v && colleague_by_id(r->db, id, c);
}

int colleague_one_get(struct req *r)
{
	struct colleague_by_id_row c;

	if (!one(r, &c))
		return 404;
	colleague_page(r->out, r, &c);
	return 200;
}

/* A company without an administrator could never be administered again. */
static bool last_admin(struct req *r, const struct colleague_by_id_row *c)
{
	struct colleague_admins_but_row others;

	return ((uint64_t)c->roles & BIT(ROLE_ADMIN)) &&
	       colleague_admins_but(r->db, c->id, &others) && others.n == 0;
}

int colleague_roles_apply(struct req *r)
{
	const struct roles_form *f = r->form;
	struct colleague_by_id_row c;

	if (!one(r, &c))
		return 404;
	if (!f->admin && last_admin(r, &c)) {
		form_error(r, "admin", TEXT(member_last_admin));
		return 422;
	}
	if (colleague_set_roles(r->db, c.id, roles_of(f)) != 1)
		return 404;
	return done(r, 200, S("/account/people/manage"), TEXT(member_roles_saved, c.name.name),
		NULL, NULL);
}

int colleague_remove_get(struct req *r)
{
	struct colleague_by_id_row c;

	if (!one(r, &c))
		return 404;
	colleague_remove_page(r->out, r, &c);
	return 200;
}

int colleague_remove_apply(struct req *r)
{
	struct colleague_by_id_row c;

	if (!one(r, &c))
		return 404;
	if (last_admin(r, &c))
		return problem(r, 409, TEXT(member_last_admin));
	(void)!colleague_tokens_remove(r->db, c.person_id);
	if (colleague_remove(r->db, c.id) != 1)
		return 404;
	return done(r, 200,
		c.person_id.v == r->viewer.person ? S("/account/companies")
						  : S("/account/people/manage"),
		TEXT(member_removed, c.name.name), NULL, NULL);
}

/* ---- invitations ---- */

int invitation_get(struct req *r)
{
	struct invitation_list_rows i = invitation_list(r->db);

	return answer_rows(r, &invitation_list_desc, i.v, i.n, (str){0});
}

int invitation_new_get(struct req *r)
{
	invite_page(r->out, r);
	return 200;
}

static bool link_again(struct req *r, struct invitation_id id, str email)
{
	struct secret s = secret_make(r->arena);
	struct one_time_token_id token = {id_make()};
	instant now = clock_now(), until = instant_add(now, INVITE_S * SECOND_US);

	(void)!invitation_token_drop(r->db, id.v);
	if (invitation_token_add(r->db, token, id.v, s.digest, now, until) != 1)
		return false;
	outbox_mail_to(r->db, "invite", email, r->viewer.company, id.v, s.text);
	return true;
}

int invitation_apply(struct req *r)
{
	const struct invite_form *f = r->form;
	struct invitation_id id = {id_make()};
	struct invitation_email email = {f->email};
	struct invitation_by_id_row row;
	struct colleague_list_rows c = colleague_list(r->db);
	struct invitation_list_rows open = invitation_list(r->db);
	instant now = clock_now(), until = instant_add(now, INVITE_S * SECOND_US);

	for (size_t i = 0; i < c.n; i++)
		if (str_eq_nocase(c.v[i].email.email, f->email)) {
			form_error(r, "email", TEXT(member_already_here));
			return 422;
		}
	if (c.n >= COMPANY_PEOPLE_MAX || open.n >= COMPANY_INVITATIONS_MAX)
		return problem(r, 409, TEXT(member_people_many));
	if (!tries_count(
		    r->db, THROTTLE_KIND_MAIL_ACCOUNT, f->email, MAIL_TRIES_MAX, MAIL_WINDOW_S))
		return problem(r, 429, TEXT(member_mail_often));
	if (invitation_add(r->db, id, (struct company_id){r->viewer.company},
		    (struct person_id){r->viewer.person}, roles_of(&f->roles), &email, f->email,
		    now, until) != 1) {
		form_error(r, "email", TEXT(member_already_invited));
		return 422;
	}
	if (!link_again(r, id, f->email) || !invitation_by_id(r->db, id, &row))
		return 409;
	return done(r, 201, S("/account/people/manage"), TEXT(member_invited, f->email),
		&invitation_by_id_desc, &row);
}

int invitation_again_apply(struct req *r)
{
	struct invitation_id id = {path_id(r, "invitation")};
	struct invitation_by_id_row i;
	instant until = instant_add(clock_now(), INVITE_S * SECOND_US);

	if (!id.v || !invitation_by_id(r->db, id, &i))
		return 404;
	if (!tries_count(r->db, THROTTLE_KIND_MAIL_ACCOUNT, i.email.email, MAIL_TRIES_MAX,
		    MAIL_WINDOW_S))
		return problem(r, 429, TEXT(member_mail_often));
	if (invitation_renew(r->db, id, until) != 1 || !link_again(r, id, i.email.email))
		return problem(r, 409, TEXT(member_invitation_over));
	return done(r, 200, S("/account/people/manage"), TEXT(member_invited, i.email.email), NULL,
		NULL);
}

int invitation_withdraw_apply(struct req *r)
{
	struct invitation_id id = {path_id(r, "invitation")};
	struct invitation_by_id_row i;

	if (!id.v || !invitation_by_id(r->db, id, &i))
		return 404;
	(void)!invitation_token_drop(r->db, id.v);
	if (invitation_withdraw(r->db, id) != 1)
		return problem(r, 409, TEXT(member_invitation_over));
	return done(r, 200, S("/account/people/manage"), TEXT(member_withdrawn, i.email.email),
		NULL, NULL);
}
