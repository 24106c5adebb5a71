/* Who a session or a key stands for at this moment, and what the frame of a page shows of them. */
#include "gen/company.sql.h"
#include "gen/person.sql.h"
#include "gen/signin.sql.h"
#include "market/member/member.h"
#include "market/member/show.h"

/* A member's roles imply looking; a company's state takes away. */
static uint64_t roles_of(int64_t stored, enum company_state state)
{
	uint64_t roles = (uint64_t)stored & ROLES_MEMBER;

	if (roles)
		roles |= BIT(ROLE_VIEWER);
	if (state == COMPANY_STATE_PENDING)
		roles &= ~(BIT(ROLE_BUYER) | BIT(ROLE_FINANCE));
	else if (state == COMPANY_STATE_SUSPENDED)
		roles &= BIT(ROLE_ADMIN) | BIT(ROLE_VIEWER);
	return roles;
}

bool member_standing(struct db *db, struct viewer *v)
{
	struct signin_standing_row p;
	struct signin_member_row m;

	if (!signin_standing(db, (struct person_id){v->person}, &p) ||
		p.state != PERSON_STATE_ACTIVE)
		return false;
	v->roles = BIT(ROLE_PERSON) | ((uint64_t)p.staff & ROLES_STAFF);
	if (!v->company)
		return true;
	if (signin_member(db, (struct person_id){v->person}, (struct company_id){v->company}, &m) &&
		m.state != COMPANY_STATE_CLOSED)
		v->roles |= roles_of(m.roles, m.state);
	else
		v->company = 0; /* removed, or the company is gone: the person remains */
	return true;
}

/* A key to the desk: its roles, as far as its owner still has them. */
static bool staff_bearer(struct db *db, str digest, struct viewer *v)
{
	struct signin_staff_key_row k;

	if (!signin_staff_key(db, digest, &k) || k.expires_at.us <= clock_now().us)
		return false;
	v->person = k.person_id.v;
	v->company = 0;
	if (!member_standing(db, v))
		return false;
	v->roles &= (uint64_t)k.roles & ROLES_STAFF;
	return v->roles != 0;
}

bool member_bearer(struct db *db, str token, struct viewer *v)
{
	struct signin_bearer_row t;

	if (!str_starts(token, S("kt_")))
		return false;
	str digest = secret_digest(db->arena, token);

	if (!signin_bearer(db, digest, &t))
		return staff_bearer(db, digest, v);
	if (instant_is(t.expires_at) && t.expires_at.us <= clock_now().us)
		return false;
	v->person = t.person_id.v;
	v->company = t.company_id.v;
	if (!member_standing(db, v) || !v->company)
		return false;
	v->roles &= (uint64_t)t.roles | BIT(ROLE_PERSON) | BIT(ROLE_VIEWER);
	return true;
}

static struct link link_to(struct text label, const char *url, bool starts)
{
	return (struct link){.label = label, .url = str_of(url), .starts = starts};
}

static str path_of(str target)
{
	size_t query = str_find(target, S("?"));

	return query == (size_t)-1 ? target : str_sub(target, 0, query);
}

/* Whether a page stands under a link of the menu: itself, what is below it, or what it is below. */
static bool leads_to(str url, str path)
{
	size_t common = sizeof "/account" - 1; /* the first of them, above all others */

	return str_eq(url, path) || (url.n > common && path.n > common &&
					    (str_starts(path, url) || str_starts(url, path)));
}

static struct links menu(struct req *r)
{
	struct link *v = arena_array(r->arena, struct link, 16);
	uint64_t roles = r->viewer.roles;
	size_t n = 0;

	if (roles & ROLES_STAFF)
		v[n++] = link_to(TEXT(member_menu_desk), "/desk", false);
	if (roles & BIT(ROLE_OFFICER))
		v[n++] = link_to(TEXT(member_menu_petitions), "/desk/rights", false);
	if (r->viewer.company) {
		v[n++] = link_to(
			TEXT(member_menu_company), "/account/company", (roles & ROLES_STAFF) != 0);
		v[n++] = link_to(TEXT(member_menu_people),
			roles & BIT(ROLE_ADMIN) ? "/account/people/manage" : "/account/people",
			false);
		v[n++] = link_to(TEXT(member_menu_addresses), "/account/addresses", false);
		v[n++] = link_to(TEXT(quote_menu), "/quotes", false);
	}
	v[n++] = link_to(TEXT(member_menu_you), "/account", r->viewer.company != 0);
	v[n++] = link_to(TEXT(member_menu_privacy), "/account/privacy", false);
	v[n++] = link_to(TEXT(member_menu_sessions), "/account/sessions", false);
	v[n++] = link_to(TEXT(access_title), "/account/data", false);
	v[n++] = link_to(TEXT(disclosed_own), "/account/disclosures", false);
	if (r->viewer.company)
		v[n++] = link_to(TEXT(member_menu_keys), "/account/keys", false);
	v[n++] = link_to(TEXT(member_menu_companies), "/account/companies", true);
	v[n++] = link_to(TEXT(erase_title), "/account/erase", false);
	for (size_t i = 0; i < n; i++)
		v[i].current = leads_to(v[i].url, path_of(req_target(r)));
	return (struct links){v, n};
}

void member_frame(struct req *r, struct shell *s)
{
	struct person_frame_row p;
	struct company_own_row c;

	if (!r->viewer.person || !person_frame(r->db, &p))
		return;
	s->person = p.name.name.p ? p.name.name : S("");
	s->staff = (r->viewer.roles & ROLES_STAFF) != 0;
	s->account = menu(r);
	if (!r->viewer.company || !company_own(r->db, &c))
		return;
	s->company = c.name;
	if (c.state == COMPANY_STATE_PENDING)
		s->notice = TEXT(member_notice_pending, c.name);
	else if (c.state == COMPANY_STATE_SUSPENDED)
		s->notice = TEXT(member_notice_suspended, c.name);
}
