/* Imprint, the privacy policy as the program obeys it, language. */
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

static int privacy(struct req *r)
{
	struct desk_settings s;
	struct policy p = *policy;

	p.operator= desk_operator(r->db, &policy->operator, & s);
	plain_privacy(r->out, r, &p);
	return 200;
}

FORM(look_form, struct look,
	{.name = "lang",
		.kind = FIELD_TEXT,
		.data = NOT_PERSONAL,
		.required = true,
		.min = 2,
		.max = 12,
		AT(struct look, lang),
		.label = MSG_frame_language});

static int look_show(struct req *r)
{
	plain_look(r->out, r);
	return 200;
}

static int look_apply(struct req *r)
{
	const struct look *f = r->form;

	for (const struct locale *l = locales; l->tag; l++)
		if (str_eq(f->lang, str_of(l->tag))) {
			answer_cookie(r, "kontor_lang", f->lang);
			return see(r, "/");
		}
	form_error(r, "lang", TEXT(frame_language_unknown));
	return 422;
}

const struct route plain_routes[] = {
	{GET, "/imprint", ANYONE, BIT(PURPOSE_PUBLIC), PROOF_NONE, .get = imprint},
	{GET, "/contact", ANYONE, BIT(PURPOSE_PUBLIC), PROOF_NONE, .get = contact},
	{GET, "/privacy", ANYONE, BIT(PURPOSE_PUBLIC), PROOF_NONE, .get = privacy},
	{GET, "/look", ANYONE, BIT(PURPOSE_PUBLIC), PROOF_NONE, .get = look_show},
	{POST, "/look", ANYONE, BIT(PURPOSE_PUBLIC), PROOF_NONE,
		.because = "chooses a language: no account is touched, nothing is stored but the "
			   "visitor's own cookie",
		.form = &look_form, .get = look_show, .apply = look_apply},
	{0},
};
