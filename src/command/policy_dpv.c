/* The policy as JSON-LD in DPV's terms. Which terms there are is asked of the list that policy
 * files are checked against. */
#include "base/out.h"
#include "command/policy_out.h"
#include "policy/embedded.h"

enum { DPV_BYTES_MAX = 16 << 20 };

/* The rights that people have here, by their articles. */
static const char *const rights[] = {"eu-gdpr:A13", "eu-gdpr:A15", "eu-gdpr:A16", "eu-gdpr:A17",
	"eu-gdpr:A18", "eu-gdpr:A19", "eu-gdpr:A20", "eu-gdpr:A21", "eu-gdpr:A22", "eu-gdpr:A7-3",
	"eu-gdpr:A77", NULL};

struct ld {
	struct arena *a;
	const struct policy *p;
	struct json j;
};

static bool listed(str term)
{
	for (size_t i = 0; i < embedded_policy_n; i++) {
		str rest = embedded_policy[i].text;

		while (str_ends(str_of(embedded_policy[i].name), S(".csv")) && rest.n) {
			str line = str_cut(&rest, '\n');

			if (str_eq(str_cut(&line, ','), term))
				return true;
		}
	}
	return false;
}

static str term(str t)
{
	if (!listed(t))
		fault(FAULT_BUG, "policy/dpv/terms.csv does not list `" STR_FMT "`", STR_ARG(t));
	return t;
}

static void key(struct ld *x, const char *name)
{
	str s = str_of(name);

	if (str_starts(s, S("dpv:")) || str_starts(s, S("eu-gdpr:")))
		(void)term(s);
	json_key(&x->j, name);
}

static void text(struct ld *x, const char *name, str value)
{
	if (!value.n)
		return;
	key(x, name);
	json_str(&x->j, value);
}

static void refer(struct ld *x, str id)
{
	json_open(&x->j);
	json_key(&x->j, "@id");
	json_str(&x->j, id);
	json_close(&x->j);
}

static str named(struct ld *x, const char *kind, str name)
{
	return str_fmt(x->a, "#%s-" STR_FMT, kind, STR_ARG(name));
}

static void begin(struct ld *x, str id, const char *type)
{
	json_open(&x->j);
	json_key(&x->j, "@id");
	json_str(&x->j, id);
	json_key(&x->j, "@type");
	json_str(&x->j, term(str_of(type)));
}

static void countries(struct ld *x, const char *name, const str *v, size_t n, bool anywhere)
{
	key(x, name);
	json_list(&x->j);
	for (size_t i = 0; i < n; i++)
		json_str(&x->j, v[i]);
	if (anywhere)
		json_str(&x->j, S("any"));
	json_end(&x->j);
}

/* ---- who ------------------------------------------------------------------------------------ */
static void controller(struct ld *x)
{
	const struct policy_operator *o = &x->p->operator;

	begin(x, S("#controller"), "dpv:DataController");
	text(x, "dpv:hasName", o->name);
	text(x, "dpv:hasContact", o->email);
	key(x, "dpv:hasAddress");
	json_list(&x->j);
	for (size_t i = 0; i < o->address_n; i++)
		json_str(&x->j, o->address[i]);
	json_end(&x->j);
	countries(x, "dpv:hasCountry", &o->country, 1, false);
	key(x, "dpv:hasDataProtectionOfficer");
	begin(x, S("#officer"), "dpv:DataProtectionOfficer");
	text(x, "dpv:hasName", o->dpo_name);
	text(x, "dpv:hasContact", o->dpo_email);
	json_close(&x->j);
	if (o->eu_representative.n || o->uk_representative.n) {
		key(x, "dpv:hasRepresentative");
		json_list(&x->j);
		if (o->eu_representative.n)
			json_str(&x->j, o->eu_representative);
		if (o->uk_representative.n)
			json_str(&x->j, o->uk_representative);
		json_end(&x->j);
	}
	json_close(&x->j);
}

static void recipient(struct ld *x, const struct policy_recipient *r)
{
	bool processor = str_eq(r->role, S("processor")), joint = str_eq(r->role, S("joint"));

	begin(x, named(x, "recipient", r->name),
		processor ? "dpv:DataProcessor"
		: joint	  ? "dpv:JointDataControllers"
			  : "dpv:ThirdParty");
	text(x, "dpv:hasName", r->title);
	text(x, "dct:description", r->does);
	text(x, "kt:category", str_of(policy_category_names[r->category - CATEGORY_AFFILIATES]));
	text(x, "dpv:hasPolicy", r->link);
	text(x, "kt:contract", r->contract);
	countries(x, "dpv:hasCountry", r->countries, r->countries_n, r->anywhere);
	if (r->instruments_n) {
		key(x, "dpv:hasLegalBasis");
		json_list(&x->j);
		for (size_t i = 0; i < r->instruments_n; i++)
			refer(x, named(x, "transfer", r->instruments[i]));
		json_end(&x->j);
	}
	if (r->planned) {
		json_key(&x->j, "kt:planned");
		json_bool(&x->j, true);
	}
	json_close(&x->j);
}

static const char *article(struct ld *x, const struct policy_transfer *t)
{
	switch (t->kind) {
	case TRANSFER_ADEQUACY: return "eu-gdpr:A45-3";
	case TRANSFER_SCC: return "eu-gdpr:A46-2-c";
	case TRANSFER_BCR: return "eu-gdpr:A46-2-b";
	case TRANSFER_DEROGATION:
	case TRANSFER_INSIDE: break;
	}
	return str_fmt(x->a, "eu-gdpr:" STR_FMT, STR_ARG(t->article)).p;
}

static void transfer(struct ld *x, const struct policy_transfer *t)
{
	begin(x, named(x, "transfer", t->name), article(x, t));
	text(x, "dct:title", t->document);
	text(x, "dct:description", t->because);
	text(x, "dpv:hasDataImporter", t->importer);
	if (instant_is(t->from))
		text(x, "kt:from", str_sub(instant_iso(x->a, t->from), 0, 10));
	if (instant_is(t->until))
		text(x, "kt:until", str_sub(instant_iso(x->a, t->until), 0, 10));
	countries(x, "dpv:hasCountry", t->countries, t->countries_n, t->anywhere);
	json_close(&x->j);
}

/* ---- what for ------------------------------------------------------------------------------- */
struct kinds {
	str *v;
	size_t n, cap;
};

static void kind_add(struct ld *x, struct kinds *k, str dpv)
{
	for (size_t i = 0; i < k->n; i++)
		if (str_eq(k->v[i], dpv))
			return;
	if (dpv.n)
		*ARENA_PUSH(x->a, k) = dpv;
}

static void column_kinds(struct ld *x, struct kinds *k, const struct policy_table *t, str name)
{
	const struct policy_column *c = policy_column(t, name);
	const struct policy_group *g = policy_group(t, name);

	if (c)
		kind_add(x, k, c->dpv);
	for (size_t i = 0; g && i < g->n; i++)
		kind_add(x, k, g->fields[i].dpv);
}

static void data(struct ld *x, const struct policy_purpose *u)
{
	struct kinds k = {0};

	for (size_t i = 0; i < x->p->tables_n; i++) {
		const struct policy_grant *g = policy_grant(&x->p->tables[i], u->name);

		for (size_t c = 0; g && c < g->columns_n; c++)
			column_kinds(x, &k, &x->p->tables[i], g->columns[c]);
	}
	key(x, "dpv:hasPersonalData");
	json_list(&x->j);
	for (size_t i = 0; i < k.n; i++)
		json_str(&x->j, term(k.v[i]));
	json_end(&x->j);
}

static void retention(struct ld *x, const struct policy_purpose *u)
{
	key(x, "dpv:hasStorageCondition");
	json_list(&x->j);
	for (size_t i = 0; i < x->p->tables_n; i++) {
		const struct policy_table *t = &x->p->tables[i];

		for (size_t k = 0; policy_grant(t, u->name) && k < t->keeps_n; k++) {
			json_open(&x->j);
			json_key(&x->j, "@type");
			json_str(&x->j, term(S("dpv:StorageDuration")));
			text(x, "dct:subject", t->name);
			text(x, "dpv:hasDuration", t->keeps[k].duration);
			text(x, "kt:after", t->keeps[k].from);
			text(x, "dct:description", t->keeps[k].because);
			json_close(&x->j);
		}
	}
	json_end(&x->j);
}

static bool serves(const struct policy_recipient *r, str purpose)
{
	for (size_t i = 0; i < r->purposes_n; i++)
		if (str_eq(r->purposes[i], purpose))
			return true;
	return false;
}

static void process(struct ld *x, const struct policy_purpose *u)
{
	begin(x, named(x, "purpose", u->name), "dpv:Process");
	text(x, "dct:title", u->title);
	text(x, "dct:description", u->why);
	text(x, "dpv:hasPurpose", term(u->dpv));
	if (!str_eq(u->basis, S("none")))
		text(x, "dpv:hasLegalBasis",
			term(str_fmt(x->a, "eu-gdpr:" STR_FMT, STR_ARG(u->basis))));
	key(x, "dpv:hasDataController");
	refer(x, S("#controller"));
	data(x, u);
	key(x, "dpv:hasRecipient");
	json_list(&x->j);
	for (size_t i = 0; i < x->p->recipients_n; i++)
		if (serves(&x->p->recipients[i], u->name))
			refer(x, named(x, "recipient", x->p->recipients[i].name));
	json_end(&x->j);
	retention(x, u);
	json_close(&x->j);
}

static void context(struct ld *x)
{
	static const char *const names[][2] = {{"dpv", "https://w3id.org/dpv#"},
		{"pd", "https://w3id.org/dpv/pd#"},
		{"eu-gdpr", "https://w3id.org/dpv/legal/eu/gdpr#"},
		{"dct", "http://purl.org/dc/terms/"}, {"kt", "urn:kontor:policy#"}};

	json_key(&x->j, "@context");
	json_open(&x->j);
	for (size_t i = 0; i < COUNT(names); i++) {
		json_key(&x->j, names[i][0]);
		json_str(&x->j, str_of(names[i][1]));
	}
	json_close(&x->j);
}

str policy_dpv(struct arena *a, const struct policy *p)
{
	struct out o;

	out_init(&o, a, 1 << 16, DPV_BYTES_MAX, locales);
	struct ld x = {.a = a, .p = p, .j = json_to(&o)};

	json_open(&x.j);
	context(&x);
	json_key(&x.j, "@graph");
	json_list(&x.j);
	controller(&x);
	for (size_t i = 0; i < p->purposes_n; i++)
		process(&x, &p->purposes[i]);
	for (size_t i = 0; i < p->recipients_n; i++)
		recipient(&x, &p->recipients[i]);
	for (size_t i = 0; i < p->transfers_n; i++)
		transfer(&x, &p->transfers[i]);
	begin(&x, S("#notice"), "dpv:PrivacyNotice");
	text(&x, "dct:identifier", hex_of(a, p->hash.b, sizeof p->hash.b));
	key(&x, "dpv:hasRight");
	json_list(&x.j);
	for (size_t i = 0; rights[i]; i++)
		json_str(&x.j, term(str_of(rights[i])));
	json_end(&x.j);
	json_close(&x.j);
	json_end(&x.j);
	json_close(&x.j);
	out_char(&o, '\n');
	return out_view(&o);
}
