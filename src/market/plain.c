/* Imprint; words for durations and legal bases. */
#include "market/plain.h"

#include "market/desk/desk.h"

#include "gen/plain.html.h"

static const struct policy *policy;

void plain_policy(const struct policy *p)
{
	policy = p;
}

const struct policy_operator *plain_operator(void)
{
	return &policy->operator;
}

static const char *_Atomic base;

void plain_base_set(const char *url)
{
	base = url;
}

str plain_base(void)
{
	const char *url = base;

	return str_of(url ? url : "");
}

str plain_own_name(struct arena *a, const struct locale *l)
{
	struct out o;

	out_init(&o, a, 32, 256, l);
	out_text_plain(&o, TEXT(frame_language_own));
	return out_view(&o);
}

struct text plain_duration(str iso)
{
	int64_t n;

	if (iso.n < 3 || iso.p[0] != 'P' || !str_int(str_sub(iso, 1, iso.n - 2), &n))
		return AS_TEXT(iso);
	switch (iso.p[iso.n - 1]) {
	case 'Y': return TEXT(privacy_years, n);
	case 'M': return TEXT(privacy_months, n);
	case 'D': return TEXT(privacy_days, n);
	default: return AS_TEXT(iso);
	}
}

/* GDPR Art. 6(1) (a) to (f). */
struct text plain_basis(str basis)
{
	switch (basis.n == 6 ? basis.p[5] : 0) {
	case 'a': return TEXT(privacy_basis_consent);
	case 'b': return TEXT(privacy_basis_contract);
	case 'c': return TEXT(privacy_basis_law);
	case 'd': return TEXT(privacy_basis_vital);
	case 'e': return TEXT(privacy_basis_public);
	case 'f': return TEXT(privacy_basis_interest);
	default: return TEXT(privacy_basis_none);
	}
}

static int imprint(struct req *r)
{
	struct desk_settings s;
	struct policy_operator p = desk_operator(r->db, &policy->operator, & s);

	plain_imprint(r->out, r, &p);
	return 200;
}

static int contact(struct req *r)
{
	return see(r, "/imprint#contact");
}

const struct route plain_routes[] = {
	{GET, "/imprint", ANYONE, BIT(PURPOSE_PUBLIC), PROOF_NONE, .get = imprint, .lag = LAG_ALL},
	{GET, "/contact", ANYONE, BIT(PURPOSE_PUBLIC), PROOF_NONE, .get = contact, .lag = LAG_ALL},
	{0},
};
