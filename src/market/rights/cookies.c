/* Allowing and refusing kinds of cookies. Nothing is stored here but the visitor's own answer. */
#include "market/rights/cookies.h"

#include "gen/cookies.html.h"

static const struct policy *policy;

void cookies_policy(const struct policy *p)
{
	policy = p;
}

static const struct code all_answers[] = {
	{"yes", MSG_look_cookies_accept}, {"no", MSG_look_cookies_reject}, {0}};

FORM(cookies_form, struct cookies_chosen,
	{.name = "all",
		.kind = FIELD_CODE,
		.data = NOT_PERSONAL,
		.codes = all_answers,
		AT(struct cookies_chosen, all),
		.label = MSG_cookies_title},
	{.name = "statistics",
		.kind = FIELD_BOOL,
		.data = NOT_PERSONAL,
		AT(struct cookies_chosen, statistics),
		.label = MSG_cookies_statistics},
	{.name = "personal",
		.kind = FIELD_BOOL,
		.data = NOT_PERSONAL,
		AT(struct cookies_chosen, personal),
		.label = MSG_cookies_personal},
	{.name = "marketing",
		.kind = FIELD_BOOL,
		.data = NOT_PERSONAL,
		AT(struct cookies_chosen, marketing),
		.label = MSG_cookies_marketing},
	{.name = "next",
		.kind = FIELD_TEXT,
		.data = NOT_PERSONAL,
		.max = REQ_URI_BYTES_MAX,
		AT(struct cookies_chosen, next),
		.label = MSG_cookies_next});

struct text cookies_age(int64_t seconds)
{
	if (!seconds)
		return TEXT(cookies_session);
	if (seconds < 3600)
		return TEXT(cookies_minutes, seconds / 60);
	return TEXT(cookies_days, seconds / 86400);
}

static int cookies_show(struct req *r)
{
	struct cookie_choice c = cookie_choice(r);
	struct cookies_class v[COOKIES_CLASSES] = {
		{COOKIE_ESSENTIAL, NULL, TEXT(cookies_essential), TEXT(cookies_essential_about), 0,
			true},
		{COOKIE_STATISTICS, "statistics", TEXT(cookies_statistics),
			TEXT(cookies_statistics_about), 0, false},
		{COOKIE_PERSONAL, "personal", TEXT(cookies_personal), TEXT(cookies_personal_about),
			0, false},
		{COOKIE_MARKETING, "marketing", TEXT(cookies_marketing),
			TEXT(cookies_marketing_about), 0, false},
	};

	for (size_t i = 0; i < COUNT(v); i++) {
		for (size_t k = 0; k < policy->cookies_n; k++)
			v[i].declared += (int)policy->cookies[k].class == v[i].class;
		v[i].agreed |= c.agreed >> v[i].class & 1;
	}
	cookies_page(r->out, r, policy, &c, v);
	return 200;
}

/* Back to where the visitor was: a path of ours, never another site's, and not a form's address. */
static const char *next_of(struct req *r, str next)
{
	bool ours = next.n > 0 && next.p[0] == '/' && (next.n == 1 || next.p[1] != '/');

	for (size_t i = 0; ours && i < next.n; i++)
		ours = (unsigned char)next.p[i] > 0x20 && next.p[i] != '\\' && next.p[i] != 0x7f;
	return ours ? str_dup(r->arena, next).p : "/cookies";
}

static int cookies_apply(struct req *r)
{
	const struct cookies_chosen *f = r->form;
	unsigned every = 1u << COOKIE_STATISTICS | 1u << COOKIE_PERSONAL | 1u << COOKIE_MARKETING,
		 agreed = (unsigned)f->statistics << COOKIE_STATISTICS |
			  (unsigned)f->personal << COOKIE_PERSONAL |
			  (unsigned)f->marketing << COOKIE_MARKETING;

	if (f->all.n)
		agreed = str_eq(f->all, S("yes")) ? every : 0;
	cookie_choose(r, agreed);
	flash(r, TEXT(cookies_kept));
	return see(r, "%s", next_of(r, f->next));
}

const struct route cookies_routes[] = {
	{GET, "/cookies", ANYONE, BIT(PURPOSE_PUBLIC), PROOF_NONE, .get = cookies_show},
	{POST, "/cookies", ANYONE, BIT(PURPOSE_PUBLIC), PROOF_TOKEN, .form = &cookies_form,
		.get = cookies_show, .apply = cookies_apply},
	{0},
};
