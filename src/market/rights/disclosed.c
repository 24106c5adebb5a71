/* Accounting of disclosures (GDPR Art. 15(1)(c), 19): the person sees who was given what, when and
 * for what; the desk sees what left, tells recipients by hand, and sets where web hooks go. */
#include "market/rights/disclosed.h"
#include "market/rights/audit.h"
#include "market/rights/privacy.h"

#include "gen/disclosed.html.h"

FORM(disclosed_query_form, struct disclosed_query,
	{.name = "before",
		.kind = FIELD_ID,
		AT(struct disclosed_query, before),
		.label = MSG_disclosed_before});
FORM(disclosed_target_form, struct disclosed_target,
	{.name = "recipient",
		.data = NOT_PERSONAL,
		.kind = FIELD_TEXT,
		.required = true,
		.max = 60,
		AT(struct disclosed_target, recipient),
		.label = MSG_disclosed_recipient},
	{.name = "url",
		.data = NOT_PERSONAL,
		.kind = FIELD_TEXT,
		.required = true,
		.max = 400,
		AT(struct disclosed_target, url),
		.label = MSG_disclosed_url,
		.hint = MSG_disclosed_url_hint},
	{.name = "secret",
		.data = NOT_PERSONAL,
		.kind = FIELD_TEXT,
		.required = true,
		.min = 24,
		.max = 200,
		AT(struct disclosed_target, secret),
		.label = MSG_disclosed_secret,
		.hint = MSG_disclosed_secret_hint},
	{.name = "inward",
		.kind = FIELD_BOOL,
		AT(struct disclosed_target, inward),
		.label = MSG_disclosed_inward,
		.hint = MSG_disclosed_inward_hint});

static const struct policy *policy;

void disclosed_policy(const struct policy *p)
{
	policy = p;
}

const struct policy *disclosed_policy_get(void)
{
	return policy;
}

static const struct policy_recipient *recipient_of(const struct policy *p, str name)
{
	for (size_t i = 0; p && i < p->recipients_n; i++)
		if (str_eq(p->recipients[i].name, name))
			return &p->recipients[i];
	return NULL;
}

str disclosed_recipient(struct out *o, const struct policy *p, str name)
{
	const struct policy_recipient *r = recipient_of(p, name);

	return r ? privacy_say(o, p, "recipient", name, "title", r->title) : name;
}

static struct disclosure_id before(const struct req *r)
{
	const struct disclosed_query *q = r->form;

	return (struct disclosure_id){q && q->before ? q->before : INT64_MAX};
}

/* ---- the person's own ---- */

static int own_get(struct req *r)
{
	enum { PAGE = 50 };
	struct disclosed_own_rows v = disclosed_own(r->db, before(r));

	if (r->api)
		return answer_rows(r, &disclosed_own_desc, v.v, v.n,
			v.n == PAGE ? id_text(r->arena, v.v[v.n - 1].id.v) : (str){0});
	struct disclosed_looks_rows looks = disclosed_looks(r->db);

	disclosed_own_page(r->out, r, &v, &looks, v.n == PAGE);
	return 200;
}

/* ---- the desk ---- */

static int desk_get(struct req *r)
{
	struct hook_id last = {INT64_MAX};
	struct disclosed_log_rows log = disclosed_log(r->db, before(r));
	struct disclosed_hooks_rows dead = disclosed_hooks(r->db, HOOK_STATE_DEAD, last),
				    by_hand = disclosed_hooks(r->db, HOOK_STATE_BY_HAND, last);
	struct disclosed_targets_rows targets = disclosed_targets(r->db);

	disclosed_desk_page(r->out, r, &log, &dead, &by_hand, &targets);
	return 200;
}

static int hook_retry(struct req *r)
{
	if (disclosed_hook_retry(r->db, (struct hook_id){path_id(r, "hook")}, clock_now()) != 1)
		return problem(r, 409, TEXT(desk_not_now));
	return done(r, 200, S("/desk/disclosures"), TEXT(desk_retried), NULL, NULL);
}

static int hook_by_hand(struct req *r)
{
	if (disclosed_hook_done(r->db, (struct hook_id){path_id(r, "hook")}, clock_now()) != 1)
		return problem(r, 409, TEXT(desk_not_now));
	return done(r, 200, S("/desk/disclosures"), TEXT(disclosed_told), NULL, NULL);
}

/* The address must lie at a host that the policy declares for the recipient; a private one needs
 * the operator's word, and then may do without TLS. */
static bool target_check(struct req *r, const struct disclosed_target *f)
{
	const struct policy_recipient *v = recipient_of(policy, f->recipient);
	str host = egress_host(f->url);
	bool tls = str_starts(f->url, S("https://"));

	if (!v) {
		form_error(r, "recipient", TEXT(disclosed_unknown));
		return false;
	}
	if (!host.n || (!tls && !(f->inward && str_starts(f->url, S("http://"))))) {
		form_error(r, "url", TEXT(disclosed_url_wrong));
		return false;
	}
	for (size_t i = 0; i < v->hosts_n; i++)
		if (str_eq(v->hosts[i], host))
			return true;
	form_error(r, "url", TEXT(disclosed_host, host));
	return false;
}

static int target_apply(struct req *r)
{
	const struct disclosed_target *f = r->form;
	struct hook_target_secret secret = {f->secret};
	struct hook_target_id id = {id_make()};
	struct disclosed_target_row old;

	if (!target_check(r, f))
		return 422;
	int64_t n = disclosed_target(r->db, f->recipient, &old)
			    ? disclosed_target_set(
				      r->db, old.id, f->url, f->inward, &secret, clock_now())
			    : disclosed_target_add(r->db, id, f->recipient, f->url, f->inward,
				      &secret, clock_now());

	if (n != 1)
		return problem(r, 409, TEXT(desk_not_now));
	return done(r, 200, S("/desk/disclosures"), TEXT(desk_saved), NULL, NULL);
}

#define STAFF (BIT(ROLE_OPERATOR) | BIT(ROLE_OFFICER))
#define DESK (BIT(PURPOSE_DESK) | BIT(PURPOSE_PUBLIC))
#define PERSON BIT(ROLE_PERSON)

const struct route disclosed_routes[] = {
	{GET, "/account/disclosures", PERSON, BIT(PURPOSE_RIGHTS), PROOF_NONE,
		.form = &disclosed_query_form, .get = own_get},
	{GET, "/api/v1/account/disclosures", PERSON, BIT(PURPOSE_RIGHTS), PROOF_BEARER,
		.form = &disclosed_query_form, .get = own_get, .answers = &disclosed_own_desc,
		.list = true, .about = "Who was given which of your data, when and for what"},
	{GET, "/desk/disclosures", STAFF, DESK, PROOF_NONE, .form = &disclosed_query_form,
		.get = desk_get},
	{POST, "/desk/disclosures/targets", STAFF, DESK, PROOF_TOKEN,
		.form = &disclosed_target_form, .get = desk_get, .apply = target_apply},
	{POST, "/desk/disclosures/{hook}/retry", STAFF, DESK, PROOF_TOKEN, .apply = hook_retry},
	{POST, "/desk/disclosures/{hook}/told", STAFF, DESK, PROOF_TOKEN, .apply = hook_by_hand},
	{0},
};
