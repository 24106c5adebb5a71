/* Links in mails, keys to the API, and how often somebody may try. */
#include "gen/signin.sql.h"
#include "market/member/member.h"
#include "market/member/show.h"
#include "market/member/password.h"
#include "market/member/vatid.h"

#include "egress/egress.h"

struct secret secret_make(struct arena *a)
{
	uint8_t bytes[32];

	random_bytes(bytes, sizeof bytes);
	str text = str_cat(a, S("kt_"), base64url_of(a, bytes, sizeof bytes));
	return (struct secret){text, secret_digest(a, text)};
}

/* The secret is 256 random bits: an unkeyed digest gives nothing away. */
str secret_digest(struct arena *a, str text)
{
	struct digest d = digest_of(text);

	return str_dup(a, (str){(const char *)d.b, sizeof d.b});
}

static bool within(instant began, int window_s)
{
	return clock_real().us - began.us < window_s * SECOND_US;
}

bool tries_left(struct db *db, int kind, str address, int most, int window_s)
{
	struct signin_tries_row t;

	return !signin_tries(db, (enum throttle_kind)kind, address, &t) ||
	       !within(t.began_at, window_s) || t.tries < most;
}

bool tries_count(struct db *db, int kind, str address, int most, int window_s)
{
	struct signin_tries_row t;
	struct throttle_id id = {id_make()};

	if (!signin_tries(db, (enum throttle_kind)kind, address, &t))
		return signin_tries_add(db, id, (enum throttle_kind)kind, address, clock_real()) ==
		       1;
	if (!within(t.began_at, window_s))
		return signin_tries_set(db, t.id, 1, clock_real()) == 1;
	return signin_tries_set(db, t.id, t.tries + 1, t.began_at) == 1 && t.tries < most;
}

void tries_forget(struct db *db, int kind, str address)
{
	struct signin_tries_row t;

	if (signin_tries(db, (enum throttle_kind)kind, address, &t))
		MUST(signin_tries_set(db, t.id, 0, t.began_at) == 1);
}

void link_send(
	struct db *db, int kind, const char *mail, int64_t person, int64_t about, int valid_s)
{
	struct secret s = secret_make(db->arena);
	struct one_time_token_id id = {id_make()};
	instant now = clock_now();

	(void)!signin_token_drop(db, (enum token_kind)kind, about); /* there need not be one */
	MUST(signin_token_add(db, id, (enum token_kind)kind, about, s.digest, now,
		     instant_add(now, valid_s * SECOND_US)) == 1);
	outbox_mail(db, mail, person, about, s.text);
}

str next_path(str next, const char *otherwise)
{
	if (next.n < 2 || next.p[0] != '/' || next.p[1] == '/' || str_has(next, '\\'))
		return str_of(otherwise);
	for (size_t i = 0; i < next.n; i++)
		if ((unsigned char)next.p[i] <= ' ' || next.p[i] == 127)
			return str_of(otherwise);
	return next;
}

bool password_field(struct req *r, const char *field, str password, const str *own, size_t n)
{
	switch (password_check(r->arena, password, own, n)) {
	case PASSWORD_FINE: return true;
	case PASSWORD_SHORT:
		form_error(r, field, TEXT(member_password_short, PASSWORD_CHARS_MIN));
		break;
	case PASSWORD_LONG:
		form_error(r, field, TEXT(member_password_long, PASSWORD_CHARS_MAX));
		break;
	case PASSWORD_COMMON: form_error(r, field, TEXT(member_password_common)); break;
	case PASSWORD_PATTERN: form_error(r, field, TEXT(member_password_pattern)); break;
	case PASSWORD_OWN: form_error(r, field, TEXT(member_password_own)); break;
	}
	return false;
}

bool vat_field(struct req *r, const char *field, str country, str typed, str *clean)
{
	*clean = (str){0};
	if (!typed.n)
		return true;
	switch (vatid_check(r->arena, country, typed, clean)) {
	case VATID_GOOD:
	case VATID_UNKNOWN: return true;
	case VATID_FORM: form_error(r, field, TEXT(member_vat_form)); break;
	case VATID_DIGITS: form_error(r, field, TEXT(member_vat_digits)); break;
	case VATID_OTHER_COUNTRY: form_error(r, field, TEXT(member_vat_country)); break;
	}
	return false;
}

struct text role_text(int role)
{
	switch (role) {
	case ROLE_ADMIN: return TEXT(member_role_admin);
	case ROLE_BUYER: return TEXT(member_role_buyer);
	case ROLE_SALES: return TEXT(member_role_sales);
	case ROLE_FINANCE: return TEXT(member_role_finance);
	case ROLE_VIEWER: return TEXT(member_role_viewer);
	case ROLE_OPERATOR: return TEXT(member_role_operator);
	case ROLE_OFFICER: return TEXT(member_role_officer);
	default: return text_none();
	}
}
