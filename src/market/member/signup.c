#include "market/member/signup.h"

#include "gen/signin.html.h"
#include "gen/signin.sql.h"
#include "gen/signup.html.h"
#include "gen/signup.sql.h"
#include "market/member/password.h"
#include "market/rights/rights.h"

#include "egress/egress.h"

#define TEXT_FIELD(field, chars, ...) \
	{ \
		.name = #field, .kind = FIELD_TEXT, .max = (chars), AT(struct signup_form, field), \
		.label = MSG_member_##field, __VA_ARGS__ \
	}
FORM(signup_form, struct signup_form,
	{.name = "company",
		.kind = FIELD_TEXT,
		.required = true,
		.min = 2,
		.max = 120,
		AT(struct signup_form, company),
		.label = MSG_member_company_name,
		.hint = MSG_member_company_name_hint,
		.data = "company.name",
		.autocomplete = "organization"},
	TEXT_FIELD(legal_form, 60, .hint = MSG_member_legal_form_hint, .data = NOT_PERSONAL),
	{.name = "country",
		.kind = FIELD_CODE,
		.required = true,
		AT(struct signup_form, country),
		.label = MSG_member_country,
		.codes = countries,
		.autocomplete = "country"},
	{.name = "sole_trader",
		.kind = FIELD_BOOL,
		AT(struct signup_form, sole_trader),
		.label = MSG_member_sole_trader,
		.hint = MSG_member_sole_trader_hint},
	{.name = "sells",
		.kind = FIELD_BOOL,
		AT(struct signup_form, sells),
		.label = MSG_member_sells},
	{.name = "buys",
		.kind = FIELD_BOOL,
		AT(struct signup_form, buys),
		.label = MSG_member_buys},
	TEXT_FIELD(registration, 60, .hint = MSG_member_registration_hint,
		.data = "company.registration"),
	TEXT_FIELD(vat_id, 30, .hint = MSG_member_vat_id_hint, .data = "company.tax"),
	TEXT_FIELD(street, 120, .required = true, .data = "address.place",
		.autocomplete = "street-address"),
	TEXT_FIELD(postcode, 16, .data = "address.place", .autocomplete = "postal-code"),
	TEXT_FIELD(city, 80, .required = true, .data = "address.place",
		.autocomplete = "address-level2"),
	TEXT_FIELD(name, 100, .required = true, .min = 2, .data = "person.name",
		.autocomplete = "name"),
	{.name = "email",
		.kind = FIELD_EMAIL,
		.required = true,
		.max = 254,
		AT(struct signup_form, email),
		.label = MSG_member_email,
		.hint = MSG_member_email_hint,
		.data = "person.email",
		.autocomplete = "username"},
	TEXT_FIELD(phone, 30, .data = "person.phone", .autocomplete = "tel"),
	TEXT_FIELD(job_title, 80, .data = "person.work", .autocomplete = "organization-title"),
	TEXT_FIELD(department, 80, .data = "person.work"),
	{.name = "password",
		.kind = FIELD_PASSWORD,
		.required = true,
		.min = PASSWORD_CHARS_MIN,
		.max = PASSWORD_CHARS_MAX,
		AT(struct signup_form, password),
		.label = MSG_member_password,
		.hint = MSG_member_password_hint,
		.data = "credential.secret",
		.autocomplete = "new-password"},
	{.name = "business",
		.kind = FIELD_BOOL,
		.required = true,
		AT(struct signup_form, business),
		.label = MSG_member_business},
	{.name = "terms",
		.kind = FIELD_BOOL,
		.required = true,
		AT(struct signup_form, terms),
		.label = MSG_member_terms_accept});
FORM(accept_form, struct accept_form,
	{.name = "name",
		.kind = FIELD_TEXT,
		.max = 100,
		AT(struct accept_form, name),
		.label = MSG_member_name,
		.data = "person.name",
		.autocomplete = "name"},
	{.name = "password",
		.kind = FIELD_PASSWORD,
		.required = true,
		.min = PASSWORD_CHARS_MIN,
		.max = PASSWORD_CHARS_MAX,
		AT(struct accept_form, password),
		.label = MSG_member_password,
		.hint = MSG_member_password_hint,
		.data = "credential.secret",
		.autocomplete = "new-password"},
	{.name = "terms",
		.kind = FIELD_BOOL,
		.required = true,
		AT(struct accept_form, terms),
		.label = MSG_member_terms_adult});

struct signup_made { /* by prepare, for apply */
	str hash, vat_id;
};

int signup_get(struct req *r)
{
	if (r->viewer.person)
		return see(r, "/");
	signup_page(r->out, r);
	return 200;
}

int signup_sent_get(struct req *r)
{
	sent_page(r->out, r, TEXT(member_signup_sent_title), TEXT(member_signup_sent));
	return 200;
}

int signup_prepare(struct req *r)
{
	const struct signup_form *f = r->form;
	struct signup_made *made = arena_new(r->arena, struct signup_made);
	str own[] = {f->email, f->name, f->company};
	bool fine = vat_field(r, "vat_id", f->country, f->vat_id, &made->vat_id);

	if (!f->sells && !f->buys) {
		form_error(r, "sells", TEXT(member_sells_or_buys));
		fine = false;
	}
	if (!password_field(r, "password", f->password, own, COUNT(own)) || !fine)
		return 422;
	made->hash = password_hash(r->arena, f->password);
	r->own = made;
	return 0;
}

/* The company's name as it stands in addresses: a-z, 0-9 and dashes, made unique. */
static str slug_of(struct db *db, str name, struct company_id id)
{
	char *v = arena_array(db->arena, char, 64);
	size_t n = 0;
	struct signup_slug_taken_row taken;

	for (size_t i = 0; i < name.n && n < 48; i++) {
		char c = name.p[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			v[n++] = c;
		else if (n && v[n - 1] != '-')
			v[n++] = '-';
	}
	while (n && v[n - 1] == '-')
		n--;
	str slug =
		n >= 3 ? (str){v, n} : str_cat(db->arena, S("company-"), id_text(db->arena, id.v));
	if (n >= 3 && signup_slug_taken(db, slug, &taken))
		slug = str_fmt(db->arena, STR_FMT "-" STR_FMT, STR_ARG(slug),
			STR_ARG(str_sub(id_text(db->arena, id.v), 6, 7)));
	return slug;
}

static bool add_company(
	struct req *r, const struct signup_form *f, struct person_id person, struct company_id id)
{
	const struct signup_made *made = r->own;
	struct company_registration registration = {.number = f->registration};
	struct company_tax tax = {.vat_id = made->vat_id};
	struct address_place place = {.company = f->company,
		.street = f->street,
		.postcode = f->postcode,
		.city = f->city};
	struct company_event_id event = {id_make()};
	struct membership_id member = {id_make()};
	struct address_id address = {id_make()};
	struct terms_acceptance_id terms = {id_make()};
	int64_t roles = (int64_t)(ROLES_MEMBER & ~BIT(ROLE_VIEWER));
	instant now = clock_now();

	return signup_company(r->db, id, slug_of(r->db, f->company, id), f->company,
		       f->legal_form.p ? f->legal_form : S(""), f->country, f->sole_trader,
		       f->sells, f->buys, country_currency(f->country), str_of(r->locale->tag),
		       &registration, &tax, person, now) == 1 &&
	       signup_event(r->db, event, id, person, now) == 1 &&
	       signup_membership(r->db, member, id, person, roles, true, now) == 1 &&
	       signup_address(r->db, address, id, f->country, &place, now) == 1 &&
	       signup_terms(r->db, terms, person, id, S(TERMS_VERSION), now) == 1;
}

int signup_apply(struct req *r)
{
	const struct signup_form *f = r->form;
	const struct signup_made *made = r->own;
	struct signin_person_row there;
	struct person_id person = {id_make()};
	struct company_id company = {id_make()};
	struct credential_id credential = {id_make()};
	struct person_name name = {f->name};
	struct person_email email = {f->email};
	struct person_phone phone = {f->phone};
	struct person_work work = {.job_title = f->job_title, .department = f->department};
	struct credential_secret secret = {made->hash};
	instant now = clock_now();

	/* The page says the same in both cases: only the mail knows whether there was an account.
	 * */
	if (signin_person(r->db, f->email, &there)) {
		if (there.state != PERSON_STATE_CLOSED &&
			tries_count(r->db, THROTTLE_KIND_MAIL_ACCOUNT, f->email, MAIL_TRIES_MAX,
				MAIL_WINDOW_S))
			outbox_mail(r->db, "account_exists", there.id.v, 0, (str){0});
		return see(r, "/sign-up/sent");
	}
	if (signup_person(r->db, person, &name, &email, f->email, &phone, &work,
		    str_of(r->locale->tag), (int64_t)choice_mask_new(db_policy(r->db)), now) != 1 ||
		signin_credential_add(r->db, credential, person, &secret, now) != 1 ||
		!add_company(r, f, person, company))
		return problem(r, 409, TEXT(member_signup_failed));
	served_signing_up(r, person.v);
	(void)tries_count(
		r->db, THROTTLE_KIND_MAIL_ACCOUNT, f->email, MAIL_TRIES_MAX, MAIL_WINDOW_S);
	link_send(r->db, TOKEN_KIND_CONFIRM, "confirm_address", person.v, person.v, CONFIRM_S);
	return see(r, "/sign-up/sent");
}

/* ---- invitations ---- */

/* The invitation behind a link that still stands. */
static bool invited(
	struct req *r, str token, struct signin_token_row *t, struct signup_invitation_row *i)
{
	instant now = clock_now();

	return signin_token(r->db, secret_digest(r->arena, token), t) &&
	       t->kind == TOKEN_KIND_INVITE && t->expires_at.us > now.us &&
	       signup_invitation(r->db, (struct invitation_id){t->about_id}, i) &&
	       i->state == INVITATION_STATE_OPEN && i->expires_at.us > now.us && i->email.email.n &&
	       i->company_state != COMPANY_STATE_CLOSED;
}

int accept_get(struct req *r)
{
	str token = path_str(r, "token");
	struct signin_token_row t;
	struct signup_invitation_row i;
	struct signin_person_row p;

	if (!invited(r, token, &t, &i))
		return problem(r, 410, TEXT(member_link_over));
	accept_page(r->out, r, token, i.company_name, i.email.email,
		signin_person(r->db, i.email.email, &p));
	return 200;
}

struct accepting {
	str hash;
	struct person_id person; /* who has an account already */
};

int accept_prepare(struct req *r)
{
	const struct accept_form *f = r->form;
	struct accepting *a = arena_new(r->arena, struct accepting);
	struct signin_token_row t;
	struct signup_invitation_row i;
	struct signin_person_row p;
	struct signin_credential_row c;

	r->own = a;
	if (!invited(r, path_str(r, "token"), &t, &i))
		return problem(r, 410, TEXT(member_link_over));
	if (signin_person(r->db, i.email.email,
		    &p)) { /* proves by the password that the account is theirs */
		if (!tries_left(r->db, THROTTLE_KIND_SIGNIN_ACCOUNT, i.email.email,
			    SIGNIN_TRIES_MAX, SIGNIN_WINDOW_S))
			return problem(r, 429, TEXT(member_signin_locked, SIGNIN_WINDOW_S / 60));
		if (p.state != PERSON_STATE_ACTIVE || !signin_credential(r->db, p.id, &c) ||
			!password_right(c.secret.hash, f->password)) {
			form_error(r, "password", TEXT(member_password_wrong));
			return 422;
		}
		a->person = p.id;
		return 0;
	}
	str own[] = {i.email.email, f->name, i.company_name};
	bool fine = f->name.n >= 2;
	if (!fine)
		form_error(r, "name", TEXT(member_name_missing));
	if (!password_field(r, "password", f->password, own, COUNT(own)) || !fine)
		return 422;
	a->hash = password_hash(r->arena, f->password);
	return 0;
}

static struct person_id add_invited(struct req *r, str address, str hash)
{
	const struct accept_form *f = r->form;
	struct person_id person = {id_make()};
	struct credential_id credential = {id_make()};
	struct person_name name = {f->name};
	struct person_email email = {address};
	struct credential_secret secret = {hash};
	instant now = clock_now();

	if (signup_invited(r->db, person, &name, &email, address, str_of(r->locale->tag),
		    (int64_t)choice_mask_new(db_policy(r->db)), now) != 1 ||
		signin_credential_add(r->db, credential, person, &secret, now) != 1)
		return (struct person_id){0};
	return person;
}

int accept_apply(struct req *r)
{
	const struct accepting *a = r->own;
	struct signin_token_row t;
	struct signup_invitation_row i;
	struct signin_home_row home;
	struct membership_id member = {id_make()};
	struct terms_acceptance_id terms = {id_make()};
	instant now = clock_now();

	if (!invited(r, path_str(r, "token"), &t, &i) || signin_token_use(r->db, t.id) != 1)
		return problem(r, 410, TEXT(member_link_over));
	struct person_id person = a->person.v ? a->person : add_invited(r, i.email.email, a->hash);
	if (!person.v || signup_invitation_accept(r->db, i.id, person) != 1)
		return problem(r, 410, TEXT(member_link_over));
	bool first = !signin_home(r->db, person, &home);
	if (signup_membership(r->db, member, i.company_id, person, i.roles, first, now) != 1)
		return problem(r, 409, TEXT(member_already_in));
	if (signup_terms(r->db, terms, person, i.company_id, S(TERMS_VERSION), now) != 1)
		return problem(r, 409, TEXT(member_signup_failed));
	if (!a->person.v)
		served_signing_up(r, person.v);
	struct viewer v = {.person = person.v, .company = i.company_id.v};
	MUST(member_standing(r->db, &v));
	session_start(r, v.person, v.company, v.roles);
	flash(r, TEXT(member_joined, i.company_name));
	return see(r, "/");
}

/* ---- terms of use ---- */

int terms_get(struct req *r)
{
	terms_page(r->out, r, S(TERMS_VERSION));
	return 200;
}

int terms_version_get(struct req *r)
{
	str version = path_str(r, "version");

	if (!str_eq(version, S(TERMS_VERSION)))
		return 404;
	terms_page(r->out, r, version);
	return 200;
}
