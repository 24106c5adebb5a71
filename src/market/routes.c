/* The whole surface: every district's routes, jobs, and what web asks the market for. */
#include "market/market.h"

#include "market/catalogue/routes.h"
#include "market/catalogue/search_database.h"
#include "market/catalogue/search_products.h"
#include "market/catalogue/sitemap.h"
#include "market/catalogue/stored_file.h"
#include "market/catalogue/upload.h"
#include "market/demo/demo.h"
#include "market/desk/desk.h"
#include "market/desk/relay.h"
#include "market/desk/visits.h"
#include "market/display.h"
#include "market/frame.h"
#include "market/live.h"
#include "market/member/member.h"
#include "market/order/order.h"
#include "market/quote/quote.h"
#include "market/plain.h"
#include "market/rights/cookies.h"
#include "market/rights/privacy.h"
#include "market/rights/refused.h"
#include "market/rights/rights.h"
#include "market/rights/erase.h"
#include "market/rights/hold.h"
#include "market/rights/retention.h"
#include "market/rights/audit.h"
#include "market/rights/breach.h"
#include "market/rights/disclosed.h"
#include "market/rights/handover.h"
#include "market/rights/aggregate.h"

const struct route *const market_routes[] = {
	plain_routes,
	privacy_routes,
	display_routes,
	cookies_routes,
	catalogue_routes,
	search_routes,
	member_routes,
	licence_routes,
	basket_routes,
	place_routes,
	order_routes,
	quote_routes,
	live_routes,
	desk_routes,
	choice_routes,
	told_routes,
	lead_routes,
	petition_routes,
	petition_take_routes,
	petition_follow_routes,
	petition_desk_routes,
	agent_routes,
	agent_desk_routes,
	unsubscribe_routes,
	newsletter_routes,
	visits_routes,
	erase_routes,
	access_routes,
	hold_routes,
	retention_routes,
	audit_routes,
	disclosed_routes,
	breach_routes,
	handover_routes,
	aggregate_routes,
	NULL,
};

/* ---- by the clock ---- */

static struct egress_options mail_options;

static bool deliver(struct store *s, const struct job *j, struct arena *a)
{
	enum { AT_ONCE = 20 };

	(void)j, (void)a;
	return egress_hooks(s, AT_ONCE) == AT_ONCE ||
	       egress_deliver(s, &mail_options, AT_ONCE) == AT_ONCE;
}

static const struct job outbox = {
	.name = "outbox",
	.role = ROLE_OUTBOX,
	/* marketing: whether somebody still agrees is asked when the mail leaves */
	.purposes = BIT(PURPOSE_NOTICE) | BIT(PURPOSE_PUBLIC) | BIT(PURPOSE_MARKETING) |
		    BIT(PURPOSE_DISCLOSING) | BIT(PURPOSE_MAIL_OPENS),
	.spares = BIT(PURPOSE_MARKETING) | BIT(PURPOSE_MAIL_OPENS),
	.every_s = 5,
	.run = deliver,
};

/* Logs that are only added to: what was written since is linked, what its time is over is cut. */
static bool chains(struct store *s, const struct job *j, struct arena *a)
{
	(void)j;
	return store_chain_link(s, a) || store_chain_cut(s, a);
}

static const struct job chain_job = {
	.name = "chains",
	.role = ROLE_AUDITOR,
	.purposes = BIT(PURPOSE_AUDIT),
	.every_s = 60,
	.run = chains,
};

const struct job *const market_jobs[] = {&outbox, &chain_job, &audit_job, &breach_job,
	&order_timers, &quote_timers, &member_sweeper, &stored_file_sweeper, &search_job,
	&search_words_job, &sitemap_job, &desk_figures, &visits_job, &relay_job, &choice_expirer,
	&petition_clock, &told_job, &newsletter_job, &upload_job, &erase_job, &retention_job,
	&handover_job, &tally_job, &aggregate_job, &demo_clock_job, NULL};

void market_mail(const struct egress_options *o)
{
	mail_options = *o;
	plain_base_set(o->base_url);
	egress_agents(agent_callback, o->to_files);
}

/* ---- what web asks ---- */

static void fill(struct req *r)
{
	struct shell *s = page_shell(r);

	frame_fill(r, s);
	desk_frame(r, s, plain_operator());
}

static void fill_own(struct req *r)
{
	struct shell *s = page_shell(r);

	frame_own(r, s);
	if (r->viewer.person) {
		member_frame(r, s);
		told_frame(r, s);
	}
}

static void error_page(struct req *r, int status, struct text why)
{
	page_error(r->out, r, status, why);
}

/* Does a form ask for a password, in a part of it too? */
static bool asks_password(const struct form *f)
{
	for (size_t i = 0; f && i < f->fields_n; i++)
		if (f->fields[i].kind == FIELD_PASSWORD || asks_password(f->fields[i].rows))
			return true;
	return false;
}

static bool staff_alone(const struct policy *p, uint64_t who)
{
	for (size_t i = 0; i < p->roles_n; i++)
		if (p->roles[i].kind == ROLE_KIND_OPERATOR)
			who &= ~BIT(p->roles[i].bit);
	return !who;
}

void market_check(const struct policy *p, const struct route *const *tables)
{
	for (; *tables; tables++)
		for (const struct route *r = *tables; r->method; r++) {
			str path = str_of(r->path);
			bool api = str_starts(path, S("/api/"));

			if (!policy_scope_of(p, path, api ? S("api") : S("web")))
				fault(FAULT_POLICY,
					"%s belongs to no privacy policy: name it under `scopes` "
					"in "
					"policy/scopes.yaml",
					r->path);
			if (staff_alone(p, r->who) && asks_password(r->form))
				fault(FAULT_POLICY,
					"%s asks staff for a password: they never ask people for "
					"theirs, and give their own where everybody does",
					r->path);
		}
}

/* Members' keys and agents' tokens differ in how they begin. */
static bool bearer(struct db *db, str token, struct viewer *v)
{
	return member_bearer(db, token, v) || agent_bearer(db, token, v);
}

void market_web(struct web_options *o, const struct policy *p)
{
	market_check(p, market_routes);
	plain_policy(p);
	relay_policy(p);
	cookies_policy(p);
	privacy_policy(p);
	disclosed_policy(p);
	process_check(&order_process);
	process_check(&quote_process);
	process_check(&company_process);
	retention_policy(p);
	petition_policy(p);
	process_check(&erasure_process);
	process_check(&hold_process);
	process_check(&handover_process);
	process_check(&aggregate_process);
	o->ready = o->servers > 1 ? search_products_there : NULL; /* the others answer meanwhile */
	o->frame = fill;
	o->frame_own = fill_own;
	o->shown = visits_shown;
	o->refused = refused_told;
	o->country = visits_country;
	o->frame_purposes = FRAME_PURPOSES | MEMBER_FRAME_PURPOSES;
	o->collected = served_collected;
	o->collected_purposes = SERVED_PURPOSES;
	o->error_page = error_page;
	o->bearer = bearer;
	o->signer = agent_signer;
	o->message = agent_message_good;
	o->member = member_standing;
	o->signin_path = "/sign-in";
	o->title = "Kontor";
	o->version = "1";
}
