/* The policy as YAML of fideslang 3, and the words that both directions agree on. Values are
 * quoted, so that nothing in them is markup. */
#include "base/out.h"
#include "command/policy_out.h"

enum { FIDES_BYTES_MAX = 16 << 20 };

/* Without it a resource belongs to an organization that the language makes up. */
#define OF_OPERATOR "    organization_fides_key: operator\n"

/* ---- words of both -------------------------------------------------------------------------- */
struct pair {
	const char *ours, *theirs;
};
/* The first of a category is what an import makes of it. */
static const struct pair categories[] = {{"pd:Name", "user.name"},
	{"pd:EmailAddress", "user.contact.email"}, {"pd:EmailAddressWork", "user.contact.email"},
	{"pd:TelephoneNumber", "user.contact.phone_number"},
	{"pd:PhysicalAddress", "user.contact.address"}, {"pd:Contact", "user.contact"},
	{"kt:Prospect", "user.contact"}, {"kt:JobTitle", "user.job_title"},
	{"kt:Department", "user.workplace"}, {"pd:Professional", "user.workplace"},
	{"pd:WorkEnvironment", "user.workplace"}, {"pd:OfficialID", "user.government_id"},
	{"kt:RegistrationNumber", "user.government_id"},
	{"kt:TaxId", "user.government_id.national_identification_number"},
	{"kt:LicenceDocument", "user.government_id"},
	{"pd:Passport", "user.government_id.passport_number"},
	{"pd:Password", "user.authorization.password"},
	{"pd:Authenticating", "user.authorization.credentials"},
	{"kt:IdentityAnswer", "user.authorization.credentials"},
	{"pd:Username", "user.account.username"}, {"pd:AccountIdentifier", "user.account"},
	{"kt:Text", "user.content.private"}, {"pd:Communication", "user.content.private"},
	{"pd:EmailContent", "user.content.private"}, {"kt:Message", "user.content.private"},
	{"kt:Correspondence", "user.content.private"},
	{"kt:DisputeMaterial", "user.content.private"}, {"pd:Opinion", "user.content.public"},
	{"kt:Comment", "user.content.public"}, {"kt:PartnerReview", "user.content.public"},
	{"pd:Picture", "user.content.self_image"}, {"kt:Author", "user.unique_id"},
	{"pd:Identifying", "user.unique_id"}, {"pd:Identifier", "user.unique_id"},
	{"pd:UID", "user.unique_id"}, {"pd:Transaction", "user.behavior.purchase_history"},
	{"pd:Transactional", "user.behavior.purchase_history"},
	{"pd:Purchase", "user.behavior.purchase_history"},
	{"pd:Interest", "user.behavior.browsing_history"}, {"pd:Interaction", "user.behavior"},
	{"kt:Activity", "user.behavior"}, {"pd:Financial", "user.financial"},
	{"pd:Credit", "user.financial"}, {"kt:PaymentTracking", "user.financial"},
	{"kt:Solvency", "user.financial"}, {"pd:BankAccount", "user.financial.bank_account"},
	{"pd:FinancialAccount", "user.financial.bank_account"},
	{"pd:PaymentCardNumber", "user.financial.credit_card"},
	{"pd:PaymentCard", "user.financial.credit_card"},
	{"kt:CardSecurityCode", "user.financial.credit_card"},
	{"pd:IPAddress", "user.device.ip_address"}, {"pd:DeviceBased", "user.device"},
	{"pd:UserAgent", "user.device"}, {"pd:DeviceSoftware", "user.device"},
	{"pd:DeviceOperatingSystem", "user.device"}, {"pd:Language", "user.demographic.language"},
	{"pd:PrivacyPreference", "user.privacy_preferences"},
	{"kt:ChoiceRecord", "user.privacy_preferences"}, {"pd:Preference", "user.settings"},
	{"pd:Health", "user.health"}, {"pd:HealthRecord", "user.health.record_id"},
	{"pd:SocialMedia", "user.social_activity"}, {"kt:SocialProfile", "user.social_activity"},
	{"kt:PlatformProfile", "user.social_activity"}, {"kt:LiveVideo", "user.social_activity"},
	{"dpv:PersonalData", "user"}};

static const struct pair uses[] = {{"dpv:ServiceProvision", "essential.service"},
	{"dpv:AccountManagement", "essential.service.operations"},
	{"dpv:IdentityAuthentication", "essential.service.authentication"},
	{"dpv:IdentityVerification", "essential.legal_obligation"},
	{"dpv:FulfilmentOfContractualObligation", "essential.service"},
	{"dpv:DeliveryOfGoods", "essential.service"},
	{"dpv:PaymentManagement", "essential.service.payment_processing"},
	{"dpv:CommunicationManagement", "essential.service.notifications"},
	{"dpv:CustomerCare", "essential.service.operations.support"},
	{"dpv:DisputeManagement", "essential.service.operations.support"},
	{"dpv:ServiceOptimisation", "functional.service.improve"},
	{"dpv:RecordManagement", "operations"},
	{"dpv:LegalCompliance", "essential.legal_obligation"},
	{"dpv:RightsFulfilment", "essential.legal_obligation"},
	{"dpv:FulfilmentOfObligation", "essential.legal_obligation"},
	{"dpv:OrganisationComplianceManagement", "essential.legal_obligation"},
	{"dpv:FraudPreventionAndDetection", "essential.fraud_detection"},
	{"dpv:DirectMarketing", "marketing.communications.email"},
	{"dpv:ServicePersonalisation", "personalize.content"},
	{"dpv:UserInterfacePersonalisation", "personalize.system"},
	{"dpv:PersonalisedAdvertising", "marketing.advertising.third_party.targeted"},
	{"dpv:ServiceUsageAnalytics", "analytics.reporting.system"},
	{"dpv:CommercialResearch", "analytics.reporting"},
	{"dpv:SellInsightsFromData", "third_party_sharing"}, {"dpv:Marketing", "marketing"},
	{"dpv:CommercialPurpose", "operations"}};

static const struct pair bases[] = {{"A6-1-a", "Consent"}, {"A6-1-b", "Contract"},
	{"A6-1-c", "Legal obligations"}, {"A6-1-d", "Vital interests"},
	{"A6-1-e", "Public interest"}, {"A6-1-f", "Legitimate interests"}};

static str theirs(const struct pair *v, size_t n, str ours)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(ours, str_of(v[i].ours)))
			return str_of(v[i].theirs);
	return S("");
}

/* Their words are a tree by dots: the nearest that is known. */
static str ours(const struct pair *v, size_t n, str word)
{
	while (word.n) {
		for (size_t i = 0; i < n; i++)
			if (str_eq(word, str_of(v[i].theirs)))
				return str_of(v[i].ours);
		size_t end = word.n;

		while (end && word.p[end - 1] != '.')
			end--;
		word = str_sub(word, 0, end ? end - 1 : 0);
	}
	return S("");
}

str fides_category(str dpv)
{
	str s = theirs(categories, COUNT(categories), dpv);

	return s.n || !dpv.n ? s : S("user");
}

str fides_category_dpv(str category)
{
	return ours(categories, COUNT(categories), category);
}

str fides_use(str dpv)
{
	str s = theirs(uses, COUNT(uses), dpv);

	return s.n ? s : S("operations");
}

str fides_use_dpv(str use)
{
	return ours(uses, COUNT(uses), use);
}

str fides_basis(str basis)
{
	return theirs(bases, COUNT(bases), basis);
}

str fides_basis_letter(str name)
{
	for (size_t i = 0; i < COUNT(bases); i++)
		if (str_eq_nocase(name, str_of(bases[i].theirs)))
			return str_of(bases[i].ours);
	return S("");
}

/* ---- YAML ----------------------------------------------------------------------------------- */
struct yaml {
	struct out *o;
	const struct policy *p;
};

/* "text": JSON's quoting is YAML's. */
static void quoted(struct yaml *y, str s)
{
	struct json j = json_to(y->o);

	json_str(&j, s.p ? s : S(""));
}

static void line(struct yaml *y, const char *head, str value)
{
	if (!value.n)
		return;
	out_str(y->o, str_of(head));
	out_lit(y->o, ": ");
	quoted(y, value);
	out_char(y->o, '\n');
}

struct words {
	str *v;
	size_t n, cap;
};

static void word_add(struct yaml *y, struct words *w, str s)
{
	for (size_t i = 0; i < w->n; i++)
		if (str_eq(w->v[i], s))
			return;
	if (s.n)
		*ARENA_PUSH(y->o->arena, w) = s;
}

static void list(struct yaml *y, const char *head, const struct words *w)
{
	out_str(y->o, str_of(head));
	out_lit(y->o, ": [");
	for (size_t i = 0; i < w->n; i++) {
		if (i)
			out_lit(y->o, ", ");
		quoted(y, w->v[i]);
	}
	out_lit(y->o, "]\n");
}

static void one(struct yaml *y, const char *head, str s)
{
	struct words w = {0};

	word_add(y, &w, s);
	list(y, head, &w);
}

/* ---- datasets: a table each, with what is personal in it ----------------------------------- */
static const char *type_of(const struct policy_column *k)
{
	switch (k->type.kind) {
	case TYPE_INT:
	case TYPE_TIME:
	case TYPE_ID:
	case TYPE_ENUM:
	case TYPE_MONEY:
	case TYPE_PRICE: return "integer";
	case TYPE_BOOL: return "boolean";
	case TYPE_TEXT:
	case TYPE_BLOB:
	case TYPE_SEALED:
	case TYPE_BLIND: break;
	}
	return "string";
}

static void field(struct yaml *y, str name, str dpv, const char *type, bool key)
{
	out_lit(y->o, "          - name: ");
	quoted(y, name);
	out_char(y->o, '\n');
	line(y, "            description", dpv);
	one(y, "            data_categories", fides_category(dpv));
	out_fmt(y->o, "            fides_meta: {data_type: %s%s}\n", type,
		key ? ", primary_key: true" : "");
}

static bool personal(const struct policy_column *k)
{
	return k->dpv.n || k->type.kind == TYPE_SEALED;
}

static bool table_personal(const struct policy_table *t)
{
	for (size_t i = 0; i < t->columns_n; i++)
		if (personal(&t->columns[i]))
			return true;
	return false;
}

static void fields(struct yaml *y, const struct policy_table *t)
{
	for (size_t i = 0; i < t->columns_n; i++) {
		const struct policy_column *k = &t->columns[i];
		const struct policy_group *g = policy_group(t, k->name);

		for (size_t f = 0; g && f < g->n; f++)
			field(y,
				str_eq(g->fields[f].name, S("value"))
					? g->name
					: str_fmt(y->o->arena, STR_FMT "." STR_FMT,
						  STR_ARG(g->name), STR_ARG(g->fields[f].name)),
				g->fields[f].dpv, "string", false);
		if (!g && k->dpv.n)
			field(y, k->name, k->dpv, type_of(k), str_eq(k->name, S("id")));
	}
}

static str keep_of(struct yaml *y, const struct policy_table *t)
{
	return t->keeps_n ? str_fmt(y->o->arena, STR_FMT " after " STR_FMT ": " STR_FMT,
				    STR_ARG(t->keeps[0].duration), STR_ARG(t->keeps[0].from),
				    STR_ARG(t->keeps[0].because))
			  : S("");
}

static void dataset(struct yaml *y, const struct policy_table *t)
{
	out_fmt(y->o, "  - fides_key: " STR_FMT "\n" OF_OPERATOR, STR_ARG(t->name));
	line(y, "    name", t->name);
	line(y, "    description", t->about);
	if (t->keeps_n) {
		out_lit(y->o, "    meta: {retention: ");
		quoted(y, keep_of(y, t));
		out_lit(y->o, "}\n");
	}
	out_fmt(y->o, "    collections:\n      - name: " STR_FMT "\n        fields:\n",
		STR_ARG(t->name));
	fields(y, t);
}

/* ---- systems -------------------------------------------------------------------------------- */
/* Of a column, or of one field of a group. */
static void categories_of(
	struct yaml *y, struct words *w, const struct policy_table *t, str column, str only)
{
	const struct policy_column *k = policy_column(t, column);
	const struct policy_group *g = policy_group(t, column);

	if (k)
		word_add(y, w, fides_category(k->dpv));
	for (size_t i = 0; g && i < g->n; i++)
		if (!only.n || str_eq(g->fields[i].name, only))
			word_add(y, w, fides_category(g->fields[i].dpv));
}

static void use_head(struct yaml *y, const struct policy_purpose *u, const struct words *data)
{
	line(y, "      - name", u->name);
	list(y, "        data_categories", data);
	line(y, "        data_use", fides_use(u->dpv));
	one(y, "        data_subjects", S("customer"));
	one(y, "        features", u->dpv);
	line(y, "        legal_basis_for_processing", fides_basis(u->basis));
}

static void declaration(struct yaml *y, const struct policy_purpose *u)
{
	struct words data = {0}, sets = {0}, out = {0};
	str keep = S(""), names = S("");

	for (size_t i = 0; i < y->p->tables_n; i++) {
		const struct policy_table *t = &y->p->tables[i];
		const struct policy_grant *g = policy_grant(t, u->name);
		size_t before = data.n;

		for (size_t c = 0; g && c < g->columns_n; c++)
			categories_of(y, &data, t, g->columns[c], S(""));
		if (g && table_personal(t))
			word_add(y, &sets, t->name);
		if (data.n > before && !keep.n)
			keep = keep_of(y, t);
	}
	for (size_t i = 0; i < y->p->recipients_n; i++)
		for (size_t k = 0; k < y->p->recipients[i].purposes_n; k++)
			if (str_eq(y->p->recipients[i].purposes[k], u->name))
				word_add(y, &out, y->p->recipients[i].title);
	if (!data.n)
		return;
	use_head(y, u, &data);
	list(y, "        dataset_references", &sets);
	line(y, "        impact_assessment_location", u->lia);
	line(y, "        retention_period", keep);
	out_fmt(y->o, "        data_shared_with_third_parties: %s\n", out.n ? "true" : "false");
	for (size_t i = 0; i < out.n; i++)
		names = str_fmt(y->o->arena, STR_FMT "%s" STR_FMT, STR_ARG(names), i ? "; " : "",
			STR_ARG(out.v[i]));
	line(y, "        third_parties", names);
}

static void recipient_data(struct yaml *y, const struct policy_recipient *r, struct words *data)
{
	for (size_t i = 0; i < r->fields_n; i++) {
		str rest = r->fields[i], table = str_cut(&rest, '.'), column = str_cut(&rest, '.');

		categories_of(y, data, policy_table(y->p, table), column, rest);
	}
}

static void recipient(struct yaml *y, const struct policy_recipient *r)
{
	bool processor = str_eq(r->role, S("processor"));
	struct words data = {0}, tags = {0};

	recipient_data(y, r, &data);
	out_fmt(y->o, "  - fides_key: " STR_FMT "\n" OF_OPERATOR "    system_type: Service\n",
		STR_ARG(r->name));
	line(y, "    name", r->title);
	line(y, "    description", r->does);
	line(y, "    privacy_policy", r->link);
	one(y, "    responsibility", processor ? S("Processor") : S("Controller"));
	word_add(y, &tags, str_of(policy_category_names[r->category - CATEGORY_AFFILIATES]));
	for (size_t i = 0; i < r->countries_n; i++)
		word_add(y, &tags, r->countries[i]);
	list(y, "    tags", &tags);
	out_fmt(y->o, "    does_international_transfers: %s\n",
		r->instruments_n ? "true" : "false");
	out_fmt(y->o, "    privacy_declarations:%s\n", data.n ? "" : " []");
	for (size_t i = 0; data.n && i < r->purposes_n; i++)
		use_head(y, policy_purpose(y->p, r->purposes[i]), &data);
}

static void organisation(struct yaml *y)
{
	const struct policy_operator *o = &y->p->operator;

	if (!o->name.n)
		return;
	out_lit(y->o, "organization:\n  - fides_key: operator\n");
	line(y, "    name", o->name);
	out_lit(y->o, "    controller: {name: ");
	quoted(y, o->name);
	out_lit(y->o, ", email: ");
	quoted(y, o->email);
	out_lit(y->o, "}\n    data_protection_officer: {name: ");
	quoted(y, o->dpo_name);
	out_lit(y->o, ", email: ");
	quoted(y, o->dpo_email);
	out_lit(y->o, "}\n");
}

str policy_fides(struct arena *a, const struct policy *p)
{
	struct out o;
	struct yaml y = {.o = &o, .p = p};

	out_init(&o, a, 1 << 16, FIDES_BYTES_MAX, locales);
	out_lit(&o,
		"# fideslang 3, by `kontor policy export --fideslang`. Row gates, owners, forms, "
		"consents, keys and\n# holds have no place in that language and are not here.\n");
	organisation(&y);
	out_lit(&o, "dataset:\n");
	for (size_t i = 0; i < p->tables_n; i++)
		if (table_personal(&p->tables[i]))
			dataset(&y, &p->tables[i]);
	out_lit(&o, "system:\n  - fides_key: marketplace\n" OF_OPERATOR
		    "    system_type: Service\n    name: "
		    "\"marketplace\"\n    privacy_declarations:\n");
	for (size_t i = 0; i < p->purposes_n; i++)
		declaration(&y, &p->purposes[i]);
	for (size_t i = 0; i < p->recipients_n; i++)
		recipient(&y, &p->recipients[i]);
	return out_view(&o);
}
