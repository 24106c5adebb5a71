/* Allowing and refusing kinds of cookies. Nothing is stored here but the visitor's own answer. */
#include "market/rights/cookies.h"

#include "market/rights/rights.h"

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

static const struct code embed_how[] = {
	{"once", MSG_look_embed_once}, {"always", MSG_cookies_always_from}, {0}};

FORM(cookies_embed_form, struct cookies_embed,
	{.name = "address",
		.kind = FIELD_TEXT,
		.data = NOT_PERSONAL,
		.required = true,
		.max = EMBED_ADDRESS_BYTES_MAX,
		AT(struct cookies_embed, address),
		.label = MSG_cookies_name},
	{.name = "how",
		.kind = FIELD_CODE,
		.data = NOT_PERSONAL,
		.required = true,
		.codes = embed_how,
		AT(struct cookies_embed, how),
		.label = MSG_cookies_title},
	{.name = "next",
		.kind = FIELD_TEXT,
		.data = NOT_PERSONAL,
		.max = REQ_URI_BYTES_MAX,
		AT(struct cookies_embed, next),
		.label = MSG_cookies_next});
FORM(cookies_stop_form, struct cookies_stop,
	{.name = "tag",
		.kind = FIELD_TEXT,
		.data = NOT_PERSONAL,
		.required = true,
		.max = 60,
		AT(struct cookies_stop, tag),
		.label = MSG_cookies_name});

struct text cookies_kind(enum policy_tag_kind kind)
{
	switch (kind) {
	case TAG_SCRIPT: return TEXT(cookies_kind_script);
	case TAG_PIXEL: return TEXT(cookies_kind_pixel);
	case TAG_EMBED: return TEXT(cookies_kind_embed);
	case TAG_BUTTON: return TEXT(cookies_kind_button);
	case TAG_STORAGE: return TEXT(cookies_kind_storage);
	case TAG_SDK: return TEXT(cookies_kind_sdk);
	case TAG_RELAY: return TEXT(cookies_kind_relay);
	}
	return text_none();
}

struct text cookies_age(int64_t seconds)
{
	if (!seconds)
		return TEXT(cookies_session);
	if (seconds < 3600)
		return TEXT(cookies_minutes, seconds / 60);
	return TEXT(cookies_days, seconds / 86400);
}

static void count(struct cookies_class *c, int class, bool off)
{
	c->used += class == c->class && !off;
	c->off += class == c->class && off;
}

static int cookies_show(struct req *r)
{
	struct cookie_choice c = cookie_choice(r);
	struct cookies_class v[COOKIES_CLASSES] = {
		{COOKIE_ESSENTIAL, NULL, TEXT(cookies_essential), TEXT(cookies_essential_about), 0,
			0, true},
		{COOKIE_STATISTICS, "statistics", TEXT(cookies_statistics),
			TEXT(cookies_statistics_about), 0, 0, false},
		{COOKIE_PERSONAL, "personal", TEXT(cookies_personal), TEXT(cookies_personal_about),
			0, 0, false},
		{COOKIE_MARKETING, "marketing", TEXT(cookies_marketing),
			TEXT(cookies_marketing_about), 0, 0, false},
	};

	for (size_t i = 0; i < COUNT(v); i++) {
		for (size_t k = 0; k < policy->cookies_n; k++)
			count(&v[i], (int)policy->cookies[k].class, policy->cookies[k].planned);
		for (size_t k = 0; k < policy->tags_n; k++)
			count(&v[i], (int)policy->tags[k].class, policy->tags[k].planned);
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
	bool shown = cookie_choice(r).shows != 0;

	cookie_choose(r, agreed);
	if (shown && !cookie_choice(r).shows)
		embeds_said(r);
	flash(r, TEXT(cookies_kept));
	return see(r, "%s", next_of(r, f->next));
}

/* ---- what other sites show ---- */

/* Only what could be shown is asked for: no cookie for an address that somebody made up. */
static int embed_apply(struct req *r)
{
	const struct cookies_embed *f = r->form;
	struct embed e;

	if (!embed_find(r, f->address, embeds_agreed(r), &e))
		return problem(r, 404, TEXT(cookies_no_embed));
	if (str_eq(f->how, S("always"))) {
		embed_always(r, e.tag, true);
		embeds_said(r);
	} else {
		embed_once(r, &e);
	}
	return see(r, "%s#embed", next_of(r, f->next));
}

static int stop_apply(struct req *r)
{
	const struct policy_tag *t =
		policy_tag(policy, ((const struct cookies_stop *)r->form)->tag);

	if (!t || t->kind != TAG_EMBED)
		return 404;
	embed_always(r, t, false);
	embeds_said(r);
	flash(r, TEXT(cookies_kept));
	return see(r, "/cookies");
}

/* What is always shown stands in the ledger of whoever is signed in. */
#define SAYS (BIT(PURPOSE_PUBLIC) | BIT(PURPOSE_CHOICES) | BIT(PURPOSE_ACCOUNT))

const struct route cookies_routes[] = {
	{GET, "/cookies", ANYONE, BIT(PURPOSE_PUBLIC), PROOF_NONE, .get = cookies_show},
	{POST, "/cookies", ANYONE, SAYS, PROOF_TOKEN, .form = &cookies_form, .get = cookies_show,
		.apply = cookies_apply},
	{POST, "/embed", ANYONE, SAYS, PROOF_TOKEN, .form = &cookies_embed_form,
		.get = cookies_show, .apply = embed_apply},
	{POST, "/embed/stop", ANYONE, SAYS, PROOF_TOKEN, .form = &cookies_stop_form,
		.get = cookies_show, .apply = stop_apply},
	{0},
};
