/* The published policy: pages and words. Versions are kept in version.c. */
#include "market/rights/privacy.h"

#include "gen/privacy.html.h"
#include "market/desk/desk.h"
#include "market/member/member.h"

#include <stdio.h>

static const struct policy *policy;

void privacy_policy(const struct policy *p)
{
	policy = p;
}

const struct policy *privacy_model(void)
{
	return policy;
}

const struct privacy_section privacy_sections[] = {
	{"short", {.msg = MSG_privacy_h_short}},
	{"who", {.msg = MSG_privacy_h_who}},
	{"scope", {.msg = MSG_privacy_h_scope}},
	{"data", {.msg = MSG_privacy_h_data}},
	{"use", {.msg = MSG_privacy_h_use}},
	{"flow", {.msg = MSG_privacy_h_flow}},
	{"share", {.msg = MSG_privacy_h_share}},
	{"transfer", {.msg = MSG_privacy_h_transfer}},
	{"keep", {.msg = MSG_privacy_h_keep}},
	{"cookies", {.msg = MSG_privacy_h_cookies}},
	{"rights", {.msg = MSG_privacy_h_rights}},
	{"regions", {.msg = MSG_privacy_h_regions}},
	{"minors", {.msg = MSG_privacy_h_minors}},
	{"security", {.msg = MSG_privacy_h_security}},
	{"changes", {.msg = MSG_privacy_h_changes}},
	{"contact", {.msg = MSG_privacy_h_contact}},
	{"language", {.msg = MSG_privacy_h_language}},
};
const size_t privacy_sections_n = COUNT(privacy_sections);

/* ---- kinds of data ----------------------------------------------------------------------- */
static const struct {
	const char *id;
	enum kind kind;
} dpv_kinds[] = {
	{"pd:Name", KIND_NAME},
	{"pd:Identifying", KIND_NAME},
	{"pd:Picture", KIND_NAME},
	{"pd:EmailAddress", KIND_CONTACT},
	{"pd:EmailAddressWork", KIND_CONTACT},
	{"pd:TelephoneNumber", KIND_CONTACT},
	{"pd:PhysicalAddress", KIND_CONTACT},
	{"pd:Contact", KIND_CONTACT},
	{"kt:JobTitle", KIND_WORK},
	{"kt:Department", KIND_WORK},
	{"pd:Professional", KIND_WORK},
	{"pd:WorkEnvironment", KIND_WORK},
	{"kt:TaxId", KIND_BUSINESS},
	{"kt:RegistrationNumber", KIND_BUSINESS},
	{"pd:OfficialID", KIND_BUSINESS},
	{"pd:Tax", KIND_BUSINESS},
	{"pd:Password", KIND_ACCESS},
	{"pd:Authenticating", KIND_ACCESS},
	{"pd:SecretText", KIND_ACCESS},
	{"pd:Username", KIND_ACCESS},
	{"pd:AccountIdentifier", KIND_ACCESS},
	{"kt:Text", KIND_WORDS},
	{"pd:Communication", KIND_WORDS},
	{"pd:EmailContent", KIND_WORDS},
	{"pd:Opinion", KIND_WORDS},
	{"kt:Author", KIND_AUTHOR},
	{"pd:Identifier", KIND_AUTHOR},
	{"pd:UID", KIND_AUTHOR},
	{"pd:Transaction", KIND_TRADE},
	{"pd:Transactional", KIND_TRADE},
	{"pd:Purchase", KIND_TRADE},
	{"pd:Interest", KIND_TRADE},
	{"pd:Interaction", KIND_TRADE},
	{"pd:Financial", KIND_MONEY},
	{"pd:FinancialAccount", KIND_MONEY},
	{"pd:BankAccount", KIND_MONEY},
	{"pd:PaymentCard", KIND_MONEY},
	{"pd:PaymentCardNumber", KIND_MONEY},
	{"pd:IPAddress", KIND_DEVICE},
	{"pd:UserAgent", KIND_DEVICE},
	{"pd:DeviceBased", KIND_DEVICE},
	{"pd:DeviceSoftware", KIND_DEVICE},
	{"pd:DeviceOperatingSystem", KIND_DEVICE},
	{"pd:Language", KIND_DEVICE},
	{"pd:PrivacyPreference", KIND_CHOICE},
	{"pd:Preference", KIND_CHOICE},
	{"pd:Health", KIND_SPECIAL},
	{"pd:HealthRecord", KIND_SPECIAL},
	{"pd:MedicalHealth", KIND_SPECIAL},
};

static unsigned kind_of(str dpv)
{
	for (size_t i = 0; i < COUNT(dpv_kinds); i++)
		if (str_eq(dpv, str_of(dpv_kinds[i].id)))
			return 1u << dpv_kinds[i].kind;
	return dpv.n ? 1u << KIND_OTHER : 0;
}

struct text privacy_kind(enum kind k)
{
	static const int names[KIND_COUNT] = {MSG_privacy_kind_name, MSG_privacy_kind_contact,
		MSG_privacy_kind_work, MSG_privacy_kind_business, MSG_privacy_kind_access,
		MSG_privacy_kind_words, MSG_privacy_kind_author, MSG_privacy_kind_trade,
		MSG_privacy_kind_money, MSG_privacy_kind_device, MSG_privacy_kind_choice,
		MSG_privacy_kind_special, MSG_privacy_kind_other};

	return (struct text){.msg = names[k]};
}

unsigned privacy_group_kinds(const struct policy_group *g)
{
	unsigned mask = 0;

	for (size_t i = 0; i < g->n; i++)
		mask |= kind_of(g->fields[i].dpv);
	return mask;
}

static unsigned column_kinds(const struct policy_table *t, str name)
{
	const struct policy_column *k = policy_column(t, name);
	const struct policy_group *g = policy_group(t, name);

	return g ? privacy_group_kinds(g) : k && !k->keyed ? kind_of(k->dpv) : 0;
}

unsigned privacy_table_kinds(const struct policy_table *t)
{
	unsigned mask = 0;

	for (size_t i = 0; i < t->columns_n; i++)
		mask |= column_kinds(t, t->columns[i].name);
	return mask;
}

unsigned privacy_purpose_kinds(const struct policy *p, const struct policy_purpose *u)
{
	unsigned mask = 0;

	for (size_t i = 0; i < p->tables_n; i++) {
		const struct policy_grant *g = policy_grant(&p->tables[i], u->name);

		for (size_t k = 0; g && k < g->columns_n; k++)
			mask |= column_kinds(&p->tables[i], g->columns[k]);
	}
	return mask;
}

unsigned privacy_recipient_kinds(const struct policy *p, const struct policy_recipient *r)
{
	unsigned mask = 0;

	for (size_t i = 0; i < r->fields_n; i++) {
		str rest = r->fields[i], table = str_cut(&rest, '.'), column = str_cut(&rest, '.');
		const struct policy_table *t = policy_table(p, table);
		unsigned kinds = t ? column_kinds(t, column) : 0;

		mask |= kinds ? kinds : t ? 1u << KIND_TRADE : 0; /* a number, an amount */
	}
	return mask;
}

bool privacy_special(const struct policy *p)
{
	for (size_t i = 0; i < p->tables_n; i++)
		for (size_t k = 0; k < p->tables[i].groups_n; k++)
			if (p->tables[i].groups[k].special.n)
				return true;
	return false;
}

bool privacy_transfer_used(const struct policy *p, const struct policy_transfer *t)
{
	for (size_t i = 0; i < p->recipients_n; i++)
		for (size_t k = 0; k < p->recipients[i].instruments_n; k++)
			if (!p->recipients[i].planned &&
				str_eq(p->recipients[i].instruments[k], t->name))
				return true;
	return false;
}

/* ---- words ------------------------------------------------------------------------------- */
str privacy_say(struct out *o, const struct policy *p, const char *kind, str name, const char *key,
	str english)
{
	return policy_text(p, str_sub(str_of(o->locale->tag), 0, 2),
		str_fmt(o->arena, "%s%s" STR_FMT ".%s", kind, name.n ? "." : "", STR_ARG(name),
			key),
		english, NULL);
}

struct text privacy_event(str from)
{
	str last = from;

	for (size_t at; (at = str_find(last, S("."))) != (size_t)-1;)
		last = str_sub(last, at + 1, last.n);
	static const struct {
		const char *name;
		int msg;
	} events[] = {
		{"at", MSG_privacy_event_at},
		{"created_at", MSG_privacy_event_created_at},
		{"closed_at", MSG_privacy_event_closed_at},
		{"ended_at", MSG_privacy_event_ended_at},
		{"accepted_at", MSG_privacy_event_accepted_at},
		{"expires_at", MSG_privacy_event_expires_at},
		{"used_at", MSG_privacy_event_used_at},
		{"sent_at", MSG_privacy_event_sent_at},
	};

	for (size_t i = 0; i < COUNT(events); i++)
		if (str_eq(last, str_of(events[i].name)))
			return (struct text){.msg = events[i].msg};
	return TEXT(privacy_event_other, last);
}

struct text privacy_age(int64_t s)
{
	if (!s)
		return TEXT(privacy_cookies_ends);
	if (s % 86400 == 0)
		return TEXT(privacy_days, s / 86400);
	if (s % 3600 == 0)
		return TEXT(privacy_cookies_hours, s / 3600);
	if (s % 60 == 0)
		return TEXT(privacy_cookies_minutes, s / 60);
	return TEXT(privacy_cookies_seconds, s);
}

struct text privacy_category(enum policy_category c)
{
	static const int names[CATEGORY_COUNT_] = {
		[CATEGORY_AFFILIATES] = MSG_privacy_cat_affiliates,
		[CATEGORY_BUSINESS_PARTNERS] = MSG_privacy_cat_business_partners,
		[CATEGORY_ADVERTISING] = MSG_privacy_cat_advertising,
		[CATEGORY_ANALYTICS] = MSG_privacy_cat_analytics,
		[CATEGORY_PAYMENT] = MSG_privacy_cat_payment,
		[CATEGORY_CREDIT_RISK] = MSG_privacy_cat_credit_risk,
		[CATEGORY_LOGISTICS] = MSG_privacy_cat_logistics,
		[CATEGORY_CUSTOMS] = MSG_privacy_cat_customs,
		[CATEGORY_CLOUD] = MSG_privacy_cat_cloud,
		[CATEGORY_CUSTOMER_SERVICE] = MSG_privacy_cat_customer_service,
		[CATEGORY_RISK_CONTROL] = MSG_privacy_cat_risk_control,
		[CATEGORY_REVIEW] = MSG_privacy_cat_review,
		[CATEGORY_USERS] = MSG_privacy_cat_users,
		[CATEGORY_ADVISERS] = MSG_privacy_cat_advisers,
		[CATEGORY_AUTHORITIES] = MSG_privacy_cat_authorities,
		[CATEGORY_INSURERS] = MSG_privacy_cat_insurers,
		[CATEGORY_ACQUIRER] = MSG_privacy_cat_acquirer,
		[CATEGORY_BY_CONSENT] = MSG_privacy_cat_by_consent,
	};

	return (struct text){.msg = names[c]};
}

/* "Name, Contact": one after the other, as plain text. */
static void listed(struct out *line, struct text t)
{
	if (line->n)
		out_lit(line, ", ");
	out_text_plain(line, t);
}

str privacy_kinds_listed(struct out *o, unsigned mask)
{
	struct out line;

	out_init(&line, o->arena, 128, 4 << 10, o->locale);
	for (int k = 0; k < KIND_COUNT; k++)
		if (mask >> k & 1)
			listed(&line, privacy_kind((enum kind)k));
	return out_view(&line);
}

str privacy_countries_listed(struct out *o, const str *v, size_t n)
{
	struct out line;

	out_init(&line, o->arena, 128, 16 << 10, o->locale);
	for (size_t i = 0; i < n; i++)
		listed(&line, privacy_country(v[i]));
	return out_view(&line);
}

struct text privacy_role(str role)
{
	if (str_eq(role, S("processor")))
		return TEXT(privacy_role_processor);
	return str_eq(role, S("joint")) ? TEXT(privacy_role_joint) : TEXT(privacy_role_controller);
}

struct text privacy_use_title(char letter)
{
	switch (letter) {
	case 'a': return TEXT(privacy_use_a);
	case 'b': return TEXT(privacy_use_b);
	case 'c': return TEXT(privacy_use_c);
	case 'd': return TEXT(privacy_use_d);
	case 'e': return TEXT(privacy_use_e);
	default: return TEXT(privacy_use_f);
	}
}

struct text privacy_class(enum policy_cookie_class c)
{
	switch (c) {
	case COOKIE_ESSENTIAL: return TEXT(privacy_class_essential);
	case COOKIE_STATISTICS: return TEXT(privacy_class_statistics);
	case COOKIE_PERSONAL: return TEXT(privacy_class_personal);
	case COOKIE_MARKETING: return TEXT(privacy_class_marketing);
	}
	return text_none();
}

struct text privacy_footing(struct out *o, const struct policy_transfer *t)
{
	str article = t->article; /* A49-1-b: 49(1)(b) */

	switch (t->kind) {
	case TRANSFER_ADEQUACY: return TEXT(privacy_transfer_adequacy);
	case TRANSFER_SCC: return TEXT(privacy_transfer_scc, (int64_t)t->module);
	case TRANSFER_BCR: return TEXT(privacy_transfer_bcr);
	case TRANSFER_DEROGATION:
		return TEXT(privacy_transfer_derogation,
			str_fmt(o->arena, "49(1)(%c)", article.n == 7 ? article.p[6] : '?'));
	case TRANSFER_INSIDE: break;
	}
	return text_none();
}

struct text privacy_change_kind(int kind)
{
	static const int names[CHANGE_KIND_COUNT_] = {0, MSG_privacy_changed_1,
		MSG_privacy_changed_2, MSG_privacy_changed_3, MSG_privacy_changed_4,
		MSG_privacy_changed_5, MSG_privacy_changed_6, MSG_privacy_changed_7,
		MSG_privacy_changed_8, MSG_privacy_changed_9, MSG_privacy_changed_10,
		MSG_privacy_changed_11, MSG_privacy_changed_12, MSG_privacy_changed_13,
		MSG_privacy_changed_14};

	return (struct text){.msg = kind > 0 && kind < CHANGE_KIND_COUNT_ ? names[kind] : MSG_NONE};
}

struct text privacy_change_class(int class)
{
	switch (class) {
	case CLASS_CONSENT: return TEXT(privacy_change_consent);
	case CLASS_NOTICE: return TEXT(privacy_change_notice);
	default: return TEXT(privacy_change_editorial);
	}
}

struct text privacy_country(str code)
{
	struct text name = country_name(code);

	return text_is(name) ? name : AS_TEXT(code);
}

bool privacy_untranslated(const struct policy *p, const struct locale *l)
{
	enum policy_text_how how;

	if (l->lang == 0)
		return false;
	for (size_t i = 0; i < p->purposes_n; i++) {
		char path[100];
		int n = snprintf(
			path, sizeof path, "purpose." STR_FMT ".why", STR_ARG(p->purposes[i].name));

		policy_text(p, str_sub(str_of(l->tag), 0, 2), (str){path, (size_t)n},
			p->purposes[i].why, &how);
		if (how != TEXT_TRANSLATED)
			return true;
	}
	return false;
}

bool privacy_says_country(struct arena *a, const struct policy_operator *p)
{
	for (const struct locale *l = locales; l->tag && p->address_n; l++) {
		struct out o;

		out_init(&o, a, 64, 1 << 10, l);
		out_text_plain(&o, privacy_country(p->country));
		if (str_eq(out_view(&o), p->address[p->address_n - 1]))
			return true;
	}
	return false;
}

/* ---- pages ------------------------------------------------------------------------------- */
/* The policy with its operator as the desk says it today: for the record and copies. */
static struct policy today(struct req *r)
{
	struct desk_settings s;
	struct policy p = *policy;

	p.operator= desk_operator(r->db, &policy->operator, & s);
	return p;
}

str privacy_pdf_path(struct arena *a, const struct privacy_shown *v)
{
	return v->newest ? S("/privacy.pdf")
			 : str_fmt(a, "/privacy/v/%lld/pdf", (long long)v->number);
}

static str short_hash(struct req *r, str hash)
{
	return hex_of(r->arena, hash.p, hash.n < 8 ? hash.n : 8);
}

static bool german(const struct req *r)
{
	return str_starts(str_of(r->locale->tag), S("de"));
}

/* As stored; a program that has recorded no version (a test, a tool) prints what it would. */
static void newest_find(struct req *r, struct privacy_shown *x)
{
	struct privacy_newest_row v = {0};
	struct out o;

	*x = (struct privacy_shown){.newest = true};
	if (privacy_newest(r->db, &v)) {
		x->number = v.number;
		x->since = v.effective_at;
		x->hash = short_hash(r, v.hash);
		x->body.s = german(r) ? v.page_de : v.page_en;
		return;
	}
	struct policy now = today(r);

	out_init(&o, r->arena, 1 << 16, PAGE_BYTES_MAX, r->locale);
	privacy_body(&o, &now);
	x->body.s = out_view(&o);
	x->hash = hex_of(r->arena, policy->hash.b, 8);
}

static bool number_of(struct req *r, int64_t *n)
{
	return str_int(path_str(r, "number"), n) && *n > 0;
}

static bool version_find(struct req *r, struct privacy_shown *x)
{
	struct privacy_newest_row newest;
	struct privacy_by_number_row v;
	int64_t n;

	if (!number_of(r, &n) || !privacy_by_number(r->db, n, &v) ||
		!privacy_newest(r->db, &newest))
		return false;
	*x = (struct privacy_shown){.number = v.number,
		.since = v.effective_at,
		.hash = short_hash(r, v.hash),
		.newest = v.number == newest.number,
		.body.s = german(r) ? v.page_de : v.page_en};
	return true;
}

static int privacy_get(struct req *r)
{
	struct privacy_shown x;

	newest_find(r, &x);
	privacy_page(r->out, r, policy, &x);
	return 200;
}

static int version_get(struct req *r)
{
	struct privacy_shown x;

	if (!version_find(r, &x))
		return 404;
	privacy_page(r->out, r, policy, &x);
	return 200;
}

static int pdf_answer(struct req *r, const struct privacy_shown *v)
{
	str pdf = privacy_pdf(r->arena, r->locale,
		&(struct privacy_pdf){.number = v->number,
			.since = v->since,
			.hash = v->hash,
			.body = v->body.s});

	answer_download(r,
		str_fmt(r->arena, "privacy-%lld-" STR_FMT ".pdf", (long long)v->number,
			STR_ARG(str_sub(str_of(r->locale->tag), 0, 2))),
		"application/pdf");
	out_bytes(r->out, pdf.p, pdf.n);
	return 200;
}

static int privacy_pdf_get(struct req *r)
{
	struct privacy_shown x;

	newest_find(r, &x);
	return pdf_answer(r, &x);
}

static int version_pdf_get(struct req *r)
{
	struct privacy_shown x;

	return version_find(r, &x) ? pdf_answer(r, &x) : 404;
}

static int versions_get(struct req *r)
{
	struct privacy_list_rows v = privacy_list(r->db);

	privacy_versions(r->out, r, &v);
	return 200;
}

static int changes_get(struct req *r)
{
	struct privacy_by_number_row row;
	struct privacy_of_version_rows v;
	int64_t n;

	if (!number_of(r, &n) || !privacy_by_number(r->db, n, &row))
		return 404;
	v = privacy_of_version(r->db, n);
	privacy_changes_page(r->out, r, n, &v);
	return 200;
}

static int copy_get(struct req *r)
{
	const struct policy_transfer *t = policy_transfer(policy, path_str(r, "transfer"));

	if (!t || t->kind == TRANSFER_DEROGATION)
		return 404;
	struct policy now = today(r);

	privacy_copy(r->out, r, &now, t);
	return 200;
}

static int record_get(struct req *r)
{
	struct policy now = today(r);

	privacy_record(r->out, r, &now);
	return 200;
}

#define STAFF (BIT(ROLE_OPERATOR) | BIT(ROLE_OFFICER))
#define PUBLIC BIT(PURPOSE_PUBLIC)
const struct route privacy_routes[] = {
	{GET, "/privacy", ANYONE, PUBLIC, PROOF_NONE, .get = privacy_get, .lag = LAG_ALL},
	{GET, "/privacy.pdf", ANYONE, PUBLIC, PROOF_NONE, .get = privacy_pdf_get, .lag = LAG_ALL},
	{GET, "/privacy/v/{number}/pdf", ANYONE, PUBLIC, PROOF_NONE, .get = version_pdf_get,
		.lag = LAG_ALL},
	{GET, "/privacy/versions", ANYONE, PUBLIC, PROOF_NONE, .get = versions_get, .lag = LAG_ALL},
	{GET, "/privacy/v/{number}", ANYONE, PUBLIC, PROOF_NONE, .get = version_get,
		.lag = LAG_ALL},
	{GET, "/privacy/v/{number}/changes", ANYONE, PUBLIC, PROOF_NONE, .get = changes_get,
		.lag = LAG_ALL},
	{GET, "/privacy/transfer/{transfer}", ANYONE, PUBLIC, PROOF_NONE, .get = copy_get},
	{GET, "/privacy/record", STAFF, PUBLIC | BIT(PURPOSE_DESK), PROOF_NONE, .get = record_get},
	{0},
};
