#include "market/member/account.h"

#include "gen/account.html.h"
#include "gen/person.sql.h"
#include "gen/session.sql.h"
#include "gen/signin.sql.h"
#include "gen/token.sql.h"
#include "market/member/password.h"

#include "egress/egress.h"

static const struct code languages[] = {
	{"en", MSG_member_lang_en}, {"de", MSG_member_lang_de}, {NULL, 0}};

FORM(account_form, struct account_form,
	{.name = "name",
		.kind = FIELD_TEXT,
		.required = true,
		.min = 2,
		.max = 100,
		AT(struct account_form, name),
		.label = MSG_member_name,
		.data = "person.name",
		.autocomplete = "name"},
	{.name = "phone",
		.kind = FIELD_TEXT,
		.max = 30,
		AT(struct account_form, phone),
		.label = MSG_member_phone,
		.data = "person.phone",
		.autocomplete = "tel"},
	{.name = "job_title",
		.kind = FIELD_TEXT,
		.max = 80,
		AT(struct account_form, job_title),
		.label = MSG_member_job_title,
		.data = "person.work",
		.autocomplete = "organization-title"},
	{.name = "department",
		.kind = FIELD_TEXT,
		.max = 80,
		AT(struct account_form, department),
		.label = MSG_member_department,
		.data = "person.work"},
	{.name = "locale",
		.kind = FIELD_CODE,
		.required = true,
		AT(struct account_form, locale),
		.label = MSG_member_locale,
		.hint = MSG_member_locale_hint,
		.codes = languages});
FORM(password_form, struct password_form,
	{.name = "now",
		.kind = FIELD_PASSWORD,
		.required = true,
		.max = PASSWORD_CHARS_MAX,
		AT(struct password_form, now),
		.label = MSG_member_password_now,
		.data = "credential.secret",
		.autocomplete = "current-password"},
	{.name = "password",
		.kind = FIELD_PASSWORD,
		.required = true,
		.min = PASSWORD_CHARS_MIN,
		.max = PASSWORD_CHARS_MAX,
		AT(struct password_form, password),
		.label = MSG_member_password_new,
		.hint = MSG_member_password_hint,
		.data = "credential.secret",
		.autocomplete = "new-password"});
FORM(email_form, struct email_form,
	{.name = "email",
		.kind = FIELD_EMAIL,
		.required = true,
		.max = 254,
		AT(struct email_form, email),
		.label = MSG_member_email_new,
		.data = "person.new_email",
		.autocomplete = "email"},
	{.name = "now",
		.kind = FIELD_PASSWORD,
		.required = true,
		.max = PASSWORD_CHARS_MAX,
		AT(struct email_form, now),
		.label = MSG_member_password_now,
		.data = "credential.secret",
		.autocomplete = "current-password"});
FORM(key_form, struct key_form,
	{.name = "label",
		.kind = FIELD_TEXT,
		.required = true,
		.max = 60,
		AT(struct key_form, label),
		.label = MSG_member_key_label,
		.hint = MSG_member_key_label_hint,
		.data = "api_token.label"},
	{.name = "days",
		.kind = FIELD_INT,
		.required = true,
		.min = 1,
		.max = 730,
		AT(struct key_form, days),
		.label = MSG_member_key_days,
		.hint = MSG_member_key_days_hint},
	{.name = "buyer",
		.kind = FIELD_BOOL,
		AT(struct key_form, buyer),
		.label = MSG_member_role_buyer},
	{.name = "sales",
		.kind = FIELD_BOOL,
		AT(struct key_form, sales),
		.label = MSG_member_role_sales},
	{.name = "finance",
		.kind = FIELD_BOOL,
		AT(struct key_form, finance),
		.label = MSG_member_role_finance},
	{.name = "admin",
		.kind = FIELD_BOOL,
		AT(struct key_form, admin),
		.label = MSG_member_role_admin});

static struct person_id me(const struct req *r)
{
	return (struct person_id){r->viewer.person};
}

/* ---- who one is ---- */

int account_get(struct req *r)
{
	struct person_own_row p;

	if (!person_own(r->db, &p))
		return 404;
	if (r->api)
		return answer_row(r, &person_own_desc, &p);
	account_page(r->out, r, &p);
	return 200;
}

static bool same(str stored, str typed)
{
	return stored.n == typed.n && (!typed.n || str_eq(stored, typed));
}

int account_apply(struct req *r)
{
	const struct account_form *f = r->form;
	struct person_name name = {f->name};
	struct person_phone phone = {f->phone};
	struct person_work work = {.job_title = f->job_title, .department = f->department};
	struct person_own_row was;

	if (!person_own(r->db, &was) ||
		person_edit(r->db, me(r), &name, &phone, &work, f->locale) != 1)
		return 404;
	/* Whoever was given what was wrong is told that it changed (GDPR Art. 19). */
	if (!same(was.name.name, f->name) || !same(was.phone.phone, f->phone) ||
		!same(was.work.job_title, f->job_title) ||
		!same(was.work.department, f->department))
		(void)egress_tell_recipients(r->db, r->viewer.person, HOOK_EVENT_RECTIFIED);
	return done(r, 200, S("/account"), TEXT(member_saved), NULL, NULL);
}

/* ---- password and address: the present password is asked again ---- */

/* 0: right; else the status to answer with. Tries count as at signing in. */
static int password_again(struct req *r, str typed)
{
	struct signin_credential_row c;

	if (signin_credential(r->db, me(r), &c) && password_right(c.secret.hash, typed))
		return 0;
	form_error(r, "now", TEXT(member_password_wrong));
	return 422;
}

int account_password_get(struct req *r)
{
	password_page(r->out, r);
	return 200;
}

int account_password_prepare(struct req *r)
{
	const struct password_form *f = r->form;
	struct person_own_row p;
	int status = password_again(r, f->now);

	if (status || !person_own(r->db, &p))
		return status ? status : 404;
	str own[] = {p.email.email, p.name.name};
	if (!password_field(r, "password", f->password, own, COUNT(own)))
		return 422;
	str *hash = arena_new(r->arena, str);
	*hash = password_hash(r->arena, f->password);
	r->own = hash;
	return 0;
}

int account_password_apply(struct req *r)
{
	struct credential_secret secret = {*(str *)r->own};
	struct signin_credential_row c;
	struct viewer v = r->viewer;

	if (!signin_credential(r->db, me(r), &c) ||
		signin_credential_set(r->db, c.id, me(r), &secret, clock_now()) != 1)
		return 404;
	/* Whoever else was signed in with the old password is out; here a new session begins. */
	session_end_all(r, v.person);
	session_start(r, v.person, v.company, v.roles);
	return done(r, 200, S("/account"), TEXT(member_password_changed_here), NULL, NULL);
}

int account_email_get(struct req *r)
{
	struct person_own_row p;

	if (!person_own(r->db, &p))
		return 404;
	email_page(r->out, r, p.email.email, p.new_email.email);
	return 200;
}

int account_email_prepare(struct req *r)
{
	const struct email_form *f = r->form;

	return password_again(r, f->now);
}

int account_email_apply(struct req *r)
{
	const struct email_form *f = r->form;
	struct person_new_email email = {f->email};
	struct signin_person_row other;
	struct one_time_token_id id = {id_make()};
	struct secret s = secret_make(r->arena);
	instant now = clock_now();

	if (!tries_count(
		    r->db, THROTTLE_KIND_MAIL_ACCOUNT, f->email, MAIL_TRIES_MAX, MAIL_WINDOW_S))
		return problem(r, 429, TEXT(member_mail_often));
	if (person_new_email(r->db, me(r), &email) != 1)
		return 404;
	(void)!person_token_drop(r->db, r->viewer.person);
	if (person_token_add(r->db, id, r->viewer.person, s.digest, now,
		    instant_add(now, CONFIRM_S * SECOND_US)) != 1)
		return 409;
	/* Whether somebody else has the address is not told here: its owner simply gets no link. */
	if (!signin_person(r->db, f->email, &other))
		outbox_mail(r->db, "confirm_address", r->viewer.person, r->viewer.person, s.text);
	return done(r, 200, S("/account"), TEXT(member_email_sent), NULL, NULL);
}

/* ---- sessions ---- */

int account_sessions_get(struct req *r)
{
	struct session_mine_rows s = session_mine(r->db);

	if (r->api)
		return answer_rows(r, &session_mine_desc, s.v, s.n, (str){0});
	sessions_page(r->out, r, s.v, s.n);
	return 200;
}

int account_session_drop(struct req *r)
{
	struct session_id id = {path_id(r, "session")};

	if (!id.v || session_mine_drop(r->db, id) != 1)
		return 404;
	db_event_look(r->db, r->viewer.person);
	return done(r, 200, S("/account/sessions"), TEXT(member_session_ended), NULL, NULL);
}

int account_sessions_drop(struct req *r)
{
	session_end_all(r, r->viewer.person);
	flash(r, TEXT(member_sessions_ended));
	return see(r, "/sign-in");
}

/* ---- keys to the API ---- */

int account_keys_get(struct req *r)
{
	struct token_list_rows t = token_list(r->db);

	if (r->api)
		return answer_rows(r, &token_list_desc, t.v, t.n, (str){0});
	keys_page(r->out, r, t.v, t.n);
	return 200;
}

int account_key_apply(struct req *r)
{
	const struct key_form *f = r->form;
	struct token_list_rows before = token_list(r->db);
	struct secret s = secret_make(r->arena);
	struct api_token_id id = {id_make()};
	struct api_token_label label = {f->label};
	instant now = clock_now();
	uint64_t roles = (f->admin ? BIT(ROLE_ADMIN) : 0) | (f->buyer ? BIT(ROLE_BUYER) : 0) |
			 (f->sales ? BIT(ROLE_SALES) : 0) | (f->finance ? BIT(ROLE_FINANCE) : 0) |
			 BIT(ROLE_VIEWER);

	if (before.n >= API_KEYS_MAX)
		return problem(r, 409, TEXT(member_keys_many, API_KEYS_MAX));
	if (roles & ~r->viewer.roles) {
		form_error(r, f->admin && !(r->viewer.roles & BIT(ROLE_ADMIN)) ? "admin" : "",
			TEXT(member_key_roles));
		return 422;
	}
	if (token_add(r->db, id, me(r), (struct company_id){r->viewer.company}, s.digest, &label,
		    (int64_t)roles, now, instant_add(now, f->days * DAY_US)) != 1)
		return 404;
	/* The one showing of the key: the message is sealed and gone with the next page. */
	return done(r, 201, S("/account/keys"), TEXT(member_key_once, s.text), NULL, NULL);
}

int account_key_drop(struct req *r)
{
	struct api_token_id id = {path_id(r, "key")};

	if (!id.v || token_remove(r->db, id) != 1)
		return 404;
	return done(r, 200, S("/account/keys"), TEXT(member_key_removed), NULL, NULL);
}

/* ---- the companies one acts for ---- */

int account_companies_get(struct req *r)
{
	struct person_companies_rows m = person_companies(r->db);
	struct person_company_row *c = arena_array(r->arena, struct person_company_row, m.n + 1);

	for (size_t i = 0; i < m.n; i++)
		if (!person_company(r->db, m.v[i].company_id, &c[i]))
			fault(FAULT_BUG, "a membership of no company");
	companies_page(r->out, r, m.v, c, m.n);
	return 200;
}

int account_switch(struct req *r)
{
	struct viewer v = {.person = r->viewer.person, .company = path_id(r, "company")};
	struct company_id company = {v.company};

	if (!v.company || !member_standing(r->db, &v) || !v.company)
		return 404;
	(void)!person_home_clear(r->db, me(r));
	if (person_home_set(r->db, me(r), company) != 1)
		return 404;
	session_end(r);
	session_start(r, v.person, v.company, v.roles);
	flash(r, TEXT(member_switched));
	return see(r, "/");
}
