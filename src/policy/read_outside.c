/* What leaves the house, and what the law asks beside: recipients, transfers, regions, interests,
 * minors, cookies, tags, mails, the operator. */
#include "growing.h"

/* ---- recipients and transfers ------------------------------------------------------------ */
/* `any` alone: wherever it may be. */
static void countries_any(str **v, size_t *n, bool *anywhere)
{
	*anywhere = *n == 1 && str_eq((*v)[0], S("any"));
	if (*anywhere)
		*n = 0;
}

const char *const policy_category_names[] = {"affiliates", "business_partners", "advertising",
	"analytics", "payment", "credit_risk", "logistics", "customs", "cloud", "customer_service",
	"risk_control", "review", "users", "advisers", "authorities", "insurers", "acquirer",
	"by_consent", NULL};

void read_recipient(struct growing *g, str name, struct place at, const struct node *n)
{
	static const struct key keys[] = {
		{"title", KEY_TEXT, ONE(struct policy_recipient, title), .needed = true},
		{"does", KEY_TEXT, ONE(struct policy_recipient, does), .needed = true},
		{"category", KEY_WORD, ONE(struct policy_recipient, category), .needed = true,
			.min = CATEGORY_AFFILIATES, .words = policy_category_names},
		{"role", KEY_TEXT, ONE(struct policy_recipient, role), .needed = true},
		{"countries", KEY_TEXTS, MANY(struct policy_recipient, countries), .needed = true},
		{"instrument", KEY_TEXTS, MANY(struct policy_recipient, instruments)},
		{"contract", KEY_TEXT, ONE(struct policy_recipient, contract)},
		{"limits", KEY_TEXT, ONE(struct policy_recipient, limits)},
		{"link", KEY_TEXT, ONE(struct policy_recipient, link)},
		{"only_when", KEY_NAME, ONE(struct policy_recipient, only_when)},
		{"purposes", KEY_TEXTS, MANY(struct policy_recipient, purposes), .needed = true},
		{"hosts", KEY_TEXTS, MANY(struct policy_recipient, hosts)},
		{"fields", KEY_TEXTS, MANY(struct policy_recipient, fields), .needed = true},
		{"planned", KEY_BOOL, ONE(struct policy_recipient, planned)},
		{"optional", KEY_BOOL, ONE(struct policy_recipient, optional)},
	};
	struct policy_recipient *v = GROW(g, recipients);

	*v = (struct policy_recipient){.name = name, .at = at};
	map_read(&g->r, n, "a recipient", keys, COUNT(keys), v);
	v->planned |= v->optional;
	countries_any(&v->countries, &v->countries_n, &v->anywhere);
}

void read_transfer(struct growing *g, str name, struct place at, const struct node *n)
{
	static const char *const kinds[] = {"adequacy", "scc", "bcr", "derogation", NULL};
	static const struct key keys[] = {
		{"kind", KEY_WORD, ONE(struct policy_transfer, kind), .needed = true,
			.min = TRANSFER_ADEQUACY, .words = kinds},
		{"module", KEY_INT, ONE(struct policy_transfer, module), .min = 1, .max = 4},
		{"article", KEY_TEXT, ONE(struct policy_transfer, article)},
		{"because", KEY_TEXT, ONE(struct policy_transfer, because)},
		{"importer", KEY_TEXT, ONE(struct policy_transfer, importer)},
		{"countries", KEY_TEXTS, MANY(struct policy_transfer, countries), .needed = true},
		{"from", KEY_DATE, ONE(struct policy_transfer, from)},
		{"until", KEY_DATE, ONE(struct policy_transfer, until)},
		{"document", KEY_TEXT, ONE(struct policy_transfer, document)},
		{"assessment", KEY_TEXT, ONE(struct policy_transfer, assessment)},
		{"link", KEY_TEXT, ONE(struct policy_transfer, link)},
	};
	struct policy_transfer *v = GROW(g, transfers);

	*v = (struct policy_transfer){
		.name = name, .at = at, .from = TIME_NONE, .until = TIME_NONE};
	map_read(&g->r, n, "a transfer", keys, COUNT(keys), v);
	countries_any(&v->countries, &v->countries_n, &v->anywhere);
}

/* ---- regions, interests, minors ---------------------------------------------------------- */
void read_region(struct growing *g, str name, struct place at, const struct node *n)
{
	static const struct key keys[] = {
		{"title", KEY_TEXT, ONE(struct policy_region, title), .needed = true},
		{"law", KEY_TEXT, ONE(struct policy_region, law), .needed = true},
		{"countries", KEY_TEXTS, MANY(struct policy_region, countries)},
	};
	struct policy_region *v = GROW(g, regions);

	*v = (struct policy_region){.name = name, .at = at};
	map_read(&g->r, n, "a region", keys, COUNT(keys), v);
}

void read_authority(struct growing *g, str name, struct place at, const struct node *n)
{
	static const struct key keys[] = {
		{"title", KEY_TEXT, ONE(struct policy_authority, title), .needed = true},
		{"link", KEY_TEXT, ONE(struct policy_authority, link), .needed = true},
		{"countries", KEY_TEXTS, MANY(struct policy_authority, countries), .needed = true},
	};
	struct policy_authority *v = GROW(g, authorities);

	*v = (struct policy_authority){.name = name, .at = at};
	map_read(&g->r, n, "a supervisory authority", keys, COUNT(keys), v);
}

void read_interest(struct growing *g, str name, struct place at, const struct node *n)
{
	static const char *const whose[] = {"controller", "third_party", NULL};
	struct interest_file {
		struct policy_interest interest;
		int whose;
	} f = {.interest = {.name = name, .at = at}};
	static const struct key keys[] = {
		{"title", KEY_TEXT, ONE(struct interest_file, interest.title), .needed = true},
		{"whose", KEY_WORD, ONE(struct interest_file, whose), .needed = true,
			.words = whose},
		{"interest", KEY_TEXT, ONE(struct interest_file, interest.interest),
			.needed = true},
		{"necessity", KEY_TEXT, ONE(struct interest_file, interest.necessity),
			.needed = true},
		{"balance", KEY_TEXT, ONE(struct interest_file, interest.balance), .needed = true},
		{"safeguards", KEY_TEXTS, MANY(struct interest_file, interest.safeguards),
			.needed = true},
		{"decided", KEY_DATE, ONE(struct interest_file, interest.decided), .needed = true},
	};

	map_read(&g->r, n, "an assessment of interests", keys, COUNT(keys), &f);
	f.interest.third_party = f.whose == 1;
	*GROW(g, interests) = f.interest;
}

void read_scope(struct growing *g, str name, struct place at, const struct node *n)
{
	static const struct key keys[] = {
		{"title", KEY_TEXT, ONE(struct policy_scope, title), .needed = true},
		{"policy", KEY_TEXT, ONE(struct policy_scope, link), .needed = true},
		{"paths", KEY_TEXTS, MANY(struct policy_scope, paths), .needed = true},
		{"clients", KEY_TEXTS, MANY(struct policy_scope, clients), .needed = true},
	};
	struct policy_scope *v = GROW(g, scopes);

	*v = (struct policy_scope){.name = name, .at = at};
	map_read(&g->r, n, "a scope", keys, COUNT(keys), v);
}

void read_minors(struct growing *g, const struct node *n)
{
	static const struct key keys[] = {
		{"age", KEY_INT, ONE(struct policy_minors, age), .needed = true, .min = 13,
			.max = 21},
		{"attested", KEY_BOOL, ONE(struct policy_minors, attested), .needed = true},
		{"guardian", KEY_BOOL, ONE(struct policy_minors, guardian), .needed = true},
		{"about", KEY_TEXT, ONE(struct policy_minors, about), .needed = true},
	};

	if (g->p->minors.at.file) {
		policy_error(g->r.a, g->r.e, n->at, "what holds for minors stands in %s already",
			g->p->minors.at.file);
		return;
	}
	g->p->minors = (struct policy_minors){.at = n->at};
	map_read(&g->r, n, "what holds for minors", keys, COUNT(keys), &g->p->minors);
}

/* ---- cookies, tags, mails, operator ------------------------------------------------------ */
struct cookie_file {
	struct policy_cookie cookie;
	str max_age;
};

static const char *const classes[] = {"essential", "statistics", "personal", "marketing", NULL};

/* In seconds; 0: session, or none is said. */
static int64_t max_age_read(struct growing *g, const struct node *n, str text)
{
	int64_t s = 0;

	if (!text.n || str_eq(text, S("session")))
		return 0;
	s = policy_duration_s(text);
	if (s <= 0)
		policy_error(g->r.a, g->r.e, yaml_get(n, "max_age")->at,
			"`max_age` must be `session` or an ISO 8601 duration such as PT30M or "
			"P13M, "
			"and is `" STR_FMT "`",
			STR_ARG(text));
	return s;
}

void read_cookie(struct growing *g, str name, struct place at, const struct node *n)
{
	static const struct key keys[] = {
		{"why", KEY_TEXT, ONE(struct cookie_file, cookie.why), .needed = true},
		{"party", KEY_TEXT, ONE(struct cookie_file, cookie.party), .needed = true},
		{"class", KEY_WORD, ONE(struct cookie_file, cookie.class), .needed = true,
			.min = COOKIE_ESSENTIAL, .words = classes},
		{"max_age", KEY_TEXT, ONE(struct cookie_file, max_age), .needed = true},
		{"serves", KEY_NAME, ONE(struct cookie_file, cookie.serves)},
		{"link", KEY_TEXT, ONE(struct cookie_file, cookie.link)},
		{"opt_out", KEY_TEXT, ONE(struct cookie_file, cookie.opt_out)},
		{"planned", KEY_BOOL, ONE(struct cookie_file, cookie.planned)},
		{"optional", KEY_BOOL, ONE(struct cookie_file, cookie.optional)},
	};
	struct cookie_file f = {.cookie = {.name = name, .at = at}};

	if (map_read(&g->r, n, "a cookie", keys, COUNT(keys), &f))
		f.cookie.max_age_s = max_age_read(g, n, f.max_age);
	f.cookie.planned |= f.cookie.optional;
	*GROW(g, cookies) = f.cookie;
}

void read_tag(struct growing *g, str name, struct place at, const struct node *n)
{
	static const char *const kinds[] = {
		"script", "pixel", "embed", "button", "storage", "sdk", "relay", NULL};
	struct tag_file {
		struct policy_tag tag;
		str max_age;
	} f = {.tag = {.name = name, .at = at}};
	static const struct key keys[] = {
		{"why", KEY_TEXT, ONE(struct tag_file, tag.why), .needed = true},
		{"kind", KEY_WORD, ONE(struct tag_file, tag.kind), .needed = true,
			.min = TAG_SCRIPT, .words = kinds},
		{"party", KEY_TEXT, ONE(struct tag_file, tag.party), .needed = true},
		{"class", KEY_WORD, ONE(struct tag_file, tag.class), .needed = true,
			.min = COOKIE_ESSENTIAL, .words = classes},
		{"serves", KEY_NAME, ONE(struct tag_file, tag.serves)},
		{"link", KEY_TEXT, ONE(struct tag_file, tag.link)},
		{"opt_out", KEY_TEXT, ONE(struct tag_file, tag.opt_out)},
		{"src", KEY_TEXT, ONE(struct tag_file, tag.src)},
		{"opens", KEY_TEXT, ONE(struct tag_file, tag.opens)},
		{"sends", KEY_TEXT, ONE(struct tag_file, tag.sends)},
		{"max_age", KEY_TEXT, ONE(struct tag_file, max_age)},
		{"hosts", KEY_TEXTS, MANY(struct tag_file, tag.hosts)},
		{"cookies", KEY_TEXTS, MANY(struct tag_file, tag.cookies)},
		{"planned", KEY_BOOL, ONE(struct tag_file, tag.planned)},
		{"optional", KEY_BOOL, ONE(struct tag_file, tag.optional)},
	};

	if (map_read(&g->r, n, "a tag", keys, COUNT(keys), &f))
		f.tag.max_age_s = max_age_read(g, n, f.max_age);
	f.tag.planned |= f.tag.optional;
	*GROW(g, tags) = f.tag;
}

void read_mail(struct growing *g, str name, struct place at, const struct node *n)
{
	static const struct key keys[] = {
		{"purpose", KEY_NAME, ONE(struct policy_mail, purpose), .needed = true},
		{"recipient", KEY_NAME, ONE(struct policy_mail, recipient), .needed = true},
		{"fields", KEY_TEXTS, MANY(struct policy_mail, fields), .needed = true},
	};
	struct policy_mail *v = GROW(g, mails);

	*v = (struct policy_mail){.name = name, .at = at};
	map_read(&g->r, n, "a mail", keys, COUNT(keys), v);
}

void read_operator(struct growing *g, const struct node *n)
{
	static const struct key keys[] = {
		{"name", KEY_TEXT, ONE(struct policy_operator, name), .needed = true},
		{"legal_form", KEY_TEXT, ONE(struct policy_operator, legal_form), .needed = true},
		{"register_entry", KEY_TEXT, ONE(struct policy_operator, register_entry)},
		{"vat_id", KEY_TEXT, ONE(struct policy_operator, vat_id)},
		{"address", KEY_TEXTS, MANY(struct policy_operator, address), .needed = true},
		{"country", KEY_TEXT, ONE(struct policy_operator, country), .needed = true},
		{"email", KEY_TEXT, ONE(struct policy_operator, email), .needed = true},
		{"phone", KEY_TEXT, ONE(struct policy_operator, phone)},
		{"imprint", KEY_TEXT, ONE(struct policy_operator, imprint), .needed = true},
		{"dpo_name", KEY_TEXT, ONE(struct policy_operator, dpo_name), .needed = true},
		{"dpo_email", KEY_TEXT, ONE(struct policy_operator, dpo_email), .needed = true},
		{"eu_representative", KEY_TEXT, ONE(struct policy_operator, eu_representative)},
		{"uk_representative", KEY_TEXT, ONE(struct policy_operator, uk_representative)},
		{"authority", KEY_TEXT, ONE(struct policy_operator, authority), .needed = true},
		{"authority_link", KEY_TEXT, ONE(struct policy_operator, authority_link)},
	};

	if (g->p->operator.at.file) {
		policy_error(g->r.a, g->r.e, n->at, "the operator stands in %s already",
			g->p->operator.at.file);
		return;
	}
	g->p->operator=(struct policy_operator){.at = n->at};
	map_read(&g->r, n, "the operator", keys, COUNT(keys), &g->p->operator);
}

/* ---- translations ------------------------------------------------------------------------ */
void read_translations(struct growing *g, str name, struct place at, const struct node *n)
{
	static const struct key keys[] = {
		{"of", KEY_TEXT, ONE(struct policy_text, of), .needed = true},
		{"is", KEY_TEXT, ONE(struct policy_text, is), .needed = true},
	};

	if (name.n != 2)
		policy_error(g->r.a, g->r.e, at, "`" STR_FMT "` is no language such as de",
			STR_ARG(name));
	if (!map_kind(&g->r, n, NODE_MAP, "the translations of a language"))
		return;
	for (size_t i = 0; i < n->n; i++) {
		struct policy_text t = {
			.language = name, .path = n->keys[i].name, .at = n->keys[i].at};

		if (map_read(&g->r, n->items[i], "a translation", keys, COUNT(keys), &t))
			*GROW(g, texts) = t;
	}
}
