#include "market/member/signin.h"

#include "gen/signin.html.h"
#include "gen/signin.sql.h"
#include "market/member/password.h"
#include "market/order/order.h"
#include "market/rights/rights.h"

#include "egress/egress.h"

FORM(signin_form, struct signin_form,
	{.name = "email",
		.kind = FIELD_EMAIL,
		.required = true,
		.max = 254,
		AT(struct signin_form, email),
		.label = MSG_member_email,
		.data = "person.email",
		.autocomplete = "username"},
	{.name = "password",
		.kind = FIELD_PASSWORD,
		.required = true,
		.max = PASSWORD_CHARS_MAX,
		AT(struct signin_form, password),
		.label = MSG_member_password,
		.data = "credential.secret",
		.autocomplete = "current-password"},
	{.name = "next",
		.kind = FIELD_TEXT,
		.data = NOT_PERSONAL,
		.max = 2000,
		AT(struct signin_form, next),
		.label = MSG_member_next});
FORM(signin_query, struct signin_query,
	{.name = "next",
		.kind = FIELD_TEXT,
		.data = NOT_PERSONAL,
		.max = 2000,
		AT(struct signin_query, next),
		.label = MSG_member_next});
FORM(forgot_form, struct forgot_form,
	{.name = "email",
		.kind = FIELD_EMAIL,
		.required = true,
		.max = 254,
		AT(struct forgot_form, email),
		.label = MSG_member_email,
		.data = "person.email",
		.autocomplete = "username"});
FORM(reset_form, struct reset_form,
	{.name = "password",
		.kind = FIELD_PASSWORD,
		.required = true,
		.min = PASSWORD_CHARS_MIN,
		.max = PASSWORD_CHARS_MAX,
		AT(struct reset_form, password),
		.label = MSG_member_password_new,
		.hint = MSG_member_password_hint,
		.data = "credential.secret",
		.autocomplete = "new-password"});

/* ---- signing in ---- */

/* What prepare found out. The password was checked there, off the writer; what follows from it is
 * decided in apply, where nothing else can come between. */
struct proof_of {
	struct person_id person;
	enum person_state state;
	bool right;
};

int signin_get(struct req *r)
{
	const struct signin_query *q = r->form;

	if (r->viewer.person)
		return see(r, "/");
	signin_page(
		r->out, r, r->route->method == GET && q ? q->next : field_value(r, "next", S("")));
	return 200;
}

int signin_prepare(struct req *r)
{
	const struct signin_form *f = r->form;
	struct proof_of *p = arena_new(r->arena, struct proof_of);
	struct signin_person_row who = {0};
	struct signin_credential_row c = {0};

	r->own = p;
	if (!tries_left(r->db, THROTTLE_KIND_SIGNIN_ACCOUNT, f->email, SIGNIN_TRIES_MAX,
		    SIGNIN_WINDOW_S)) {
		form_error(r, "", TEXT(member_signin_locked, SIGNIN_WINDOW_S / 60));
		return 429;
	}
	if (signin_person(r->db, f->email, &who) && who.state != PERSON_STATE_CLOSED &&
		signin_credential(r->db, who.id, &c))
		*p = (struct proof_of){who.id, who.state, false};
	p->right = password_right(c.secret.hash, f->password) && p->person.v;
	return 0;
}

/* The form again with what was typed, but for the password; the try that was counted stays so. */
static int signin_again(struct req *r, struct text why)
{
	form_error(r, "", why);
	r->counted = true;
	return 422;
}

static str as_query(struct arena *a, str s)
{
	struct out o;

	out_init(&o, a, 256, 8 << 10, locales);
	esc_part_str(&o, s);
	return out_view(&o);
}

static int start(struct req *r, struct person_id person, str next)
{
	struct signin_home_row home;
	struct viewer v = {.person = person.v};

	if (signin_home(r->db, person, &home))
		v.company = home.company_id.v;
	if (!member_standing(r->db, &v))
		return problem(r, 403, TEXT(member_signin_failed));
	session_start(r, v.person, v.company, v.roles);
	if (v.company && session_before(r))
		basket_merge(r->db, session_before(r));
	if (str_eq(next, S("/")) && (v.roles & ROLES_STAFF))
		next = S("/desk");
	else if (str_eq(next, S("/")) && !v.company)
		next = S("/account/companies");
	if (told_asks(r->db, v.person)) /* once: whoever says "later" goes on from there */
		return see(r, "/account/policy?next=" STR_FMT, STR_ARG(as_query(r->arena, next)));
	return see(r, STR_FMT, STR_ARG(next));
}

int signin_apply(struct req *r)
{
	const struct signin_form *f = r->form;
	const struct proof_of *p = r->own;
	str next = next_path(f->next, "/");

	if (!p->right) {
		(void)tries_count(r->db, THROTTLE_KIND_SIGNIN_ACCOUNT, f->email, SIGNIN_TRIES_MAX,
			SIGNIN_WINDOW_S);
		return signin_again(r, TEXT(member_signin_failed));
	}
	tries_forget(r->db, THROTTLE_KIND_SIGNIN_ACCOUNT, f->email);
	if (p->state == PERSON_STATE_UNCONFIRMED) {
		if (tries_count(r->db, THROTTLE_KIND_MAIL_ACCOUNT, f->email, MAIL_TRIES_MAX,
			    MAIL_WINDOW_S))
			link_send(r->db, TOKEN_KIND_CONFIRM, "confirm_address", p->person.v,
				p->person.v, CONFIRM_S);
		return signin_again(r, TEXT(member_signin_unconfirmed));
	}
	return start(r, p->person, next);
}

int signout_apply(struct req *r)
{
	session_end(r);
	flash(r, TEXT(member_signed_out));
	return see(r, "/");
}

/* ---- links in mails ---- */

/* The live link of this kind; what it is about, or 0. */
static int64_t link_about(struct req *r, str token, struct signin_token_row *row)
{
	if (!signin_token(r->db, secret_digest(r->arena, token), row) ||
		row->expires_at.us <= clock_now().us)
		return 0;
	return row->about_id;
}

/* Opening the link changes nothing: mail filters open links too. The button does. */
int confirm_get(struct req *r)
{
	struct signin_token_row t;

	if (!link_about(r, path_str(r, "token"), &t) ||
		(t.kind != TOKEN_KIND_CONFIRM && t.kind != TOKEN_KIND_CHANGE_EMAIL))
		return problem(r, 410, TEXT(member_link_over));
	confirm_page(r->out, r, path_str(r, "token"));
	return 200;
}

static bool change_email(struct req *r, struct person_id person)
{
	struct signin_new_email_row p;

	if (!signin_new_email(r->db, person, &p) || !p.new_email.email.n)
		return false;
	struct person_email email = {p.new_email.email};
	struct signin_person_row other;
	if (signin_person(r->db, email.email, &other))
		return false; /* somebody else has it by now */
	return signin_change_email(r->db, person, &email, email.email) == 1;
}

int confirm_apply(struct req *r)
{
	struct signin_token_row t;
	int64_t about = link_about(r, path_str(r, "token"), &t);
	struct person_id person = {about};

	if (!about || signin_token_use(r->db, t.id) != 1)
		return problem(r, 410, TEXT(member_link_over));
	if (t.kind == TOKEN_KIND_CONFIRM && signin_confirm(r->db, person, clock_now()) == 1) {
		flash(r, TEXT(member_confirmed));
		return see(r, "/sign-in");
	}
	if (t.kind == TOKEN_KIND_CHANGE_EMAIL && change_email(r, person)) {
		egress_tell_later(r->db, about);
		session_end_all(r, about);
		flash(r, TEXT(member_email_changed));
		return see(r, "/sign-in");
	}
	return problem(r, 410, TEXT(member_link_over));
}

/* ---- a forgotten password ---- */

int forgot_get(struct req *r)
{
	forgot_page(r->out, r);
	return 200;
}

int forgot_sent_get(struct req *r)
{
	sent_page(r->out, r, TEXT(member_forgot_sent_title), TEXT(member_forgot_sent));
	return 200;
}

int forgot_apply(struct req *r)
{
	const struct forgot_form *f = r->form;
	struct signin_person_row p;

	/* The answer is the same whether there is such an account or not; the mail tells its
	 * owner. */
	if (tries_count(
		    r->db, THROTTLE_KIND_MAIL_ACCOUNT, f->email, MAIL_TRIES_MAX, MAIL_WINDOW_S) &&
		signin_person(r->db, f->email, &p) && p.state != PERSON_STATE_CLOSED)
		link_send(r->db, TOKEN_KIND_RESET, "reset_password", p.id.v, p.id.v, RESET_S);
	return see(r, "/forgot/sent");
}

int reset_get(struct req *r)
{
	struct signin_token_row t;

	if (!link_about(r, path_str(r, "token"), &t) || t.kind != TOKEN_KIND_RESET)
		return problem(r, 410, TEXT(member_link_over));
	reset_page(r->out, r, path_str(r, "token"));
	return 200;
}

int reset_prepare(struct req *r)
{
	const struct reset_form *f = r->form;
	struct signin_token_row t;

	if (!link_about(r, path_str(r, "token"), &t) || t.kind != TOKEN_KIND_RESET)
		return problem(r, 410, TEXT(member_link_over));
	if (!password_field(r, "password", f->password, NULL, 0))
		return 422;
	str *hash = arena_new(r->arena, str);
	*hash = password_hash(r->arena, f->password);
	r->own = hash;
	return 0;
}

int reset_apply(struct req *r)
{
	struct credential_secret secret = {*(str *)r->own};
	struct signin_token_row t;
	struct signin_credential_row c;
	struct person_id person = {link_about(r, path_str(r, "token"), &t)};
	instant now = clock_now();

	if (!person.v || t.kind != TOKEN_KIND_RESET || signin_token_use(r->db, t.id) != 1)
		return problem(r, 410, TEXT(member_link_over));
	if (!signin_credential(r->db, person, &c) ||
		signin_credential_set(r->db, c.id, person, &secret, now) != 1)
		return problem(r, 410, TEXT(member_link_over));
	(void)!signin_confirm(
		r->db, person, now); /* the link went to the address: that confirms it too */
	session_end_all(r, person.v);
	flash(r, TEXT(member_password_changed));
	return see(r, "/sign-in");
}
