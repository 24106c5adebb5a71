/* What leaves the house: recipients, transfers, cookies, tags, mails, and what their declarations
 * must hold. */
#include "read.h"

/* What a page that was shown tells: counted or passed on, and stored nowhere. */
const char *const policy_visit_fields[] = {
	"visit.page", "visit.device", "visit.network", "visit.language", "visit.at", NULL};

static bool visit_field(str field)
{
	for (size_t i = 0; policy_visit_fields[i]; i++)
		if (str_eq(field, str_of(policy_visit_fields[i])))
			return true;
	return false;
}

/* "person.email" (a column or a sealed group) or "person.email.address" (a field of a group). */
static bool field_find(struct arena *a, const struct policy *p, str field, struct place at,
	struct policy_errors *e, const struct policy_table **t, str *column)
{
	str rest = field, name = str_cut(&rest, '.'), sub;
	const struct policy_group *g;

	*t = policy_table(p, name);
	*column = str_cut(&rest, '.');
	sub = rest;
	g = policy_group(*t, *column);
	if (!*t || !policy_column(*t, *column)) {
		policy_error(a, e, at,
			"`" STR_FMT "` is no column (table.column or table.group.field)",
			STR_ARG(field));
		return false;
	}
	if (!sub.n)
		return true;
	for (size_t i = 0; g && i < g->n; i++)
		if (str_eq(g->fields[i].name, sub))
			return true;
	policy_error(a, e, at, "`" STR_FMT "` is no field of a group (table.group.field)",
		STR_ARG(field));
	return false;
}

static bool reads(const struct policy_table *t, str purpose, str column)
{
	const struct policy_grant *g = policy_grant(t, purpose);

	return g && policy_has(g->columns, g->columns_n, column);
}

static void countries_check(struct arena *a, const str *v, size_t n, struct place at,
	const char *what, str name, struct policy_errors *e)
{
	for (size_t i = 0; i < n; i++)
		if (!policy_country(v[i]))
			policy_error(a, e, at,
				"the %s `" STR_FMT "` names the country `" STR_FMT
				"`, which is no ISO 3166-1 code such as DE",
				what, STR_ARG(name), STR_ARG(v[i]));
}

/* Each country outside the operator's own area needs an instrument that covers it. */
static void instruments_check(struct arena *a, const struct policy *p,
	const struct policy_recipient *r, struct policy_errors *e)
{
	bool everywhere = false;

	for (size_t i = 0; i < r->instruments_n; i++) {
		const struct policy_transfer *t = policy_transfer(p, r->instruments[i]);

		if (!t)
			policy_error(a, e, r->at,
				"the recipient `" STR_FMT "` names the instrument `" STR_FMT
				"`, which is not declared under `transfers`",
				STR_ARG(r->name), STR_ARG(r->instruments[i]));
		everywhere |= t && t->anywhere;
	}
	if (!p->operator.country.n)
		return;
	if (r->anywhere && !everywhere)
		policy_error(a, e, r->at,
			"the recipient `" STR_FMT
			"` may be in any country, so it needs an instrument with countries: any",
			STR_ARG(r->name));
	for (size_t i = 0; i < r->countries_n; i++) {
		bool covered = policy_inside(p, r->countries[i]);

		for (size_t k = 0; k < r->instruments_n; k++)
			covered |= policy_transfer_covers(
				policy_transfer(p, r->instruments[k]), r->countries[i]);
		if (!covered)
			policy_error(a, e, r->at,
				"the recipient `" STR_FMT "` is in " STR_FMT
				", outside the operator's area, and none of its instruments covers "
				"that: name an entry of `transfers`",
				STR_ARG(r->name), STR_ARG(r->countries[i]));
	}
}

static void recipient_fields_check(struct arena *a, const struct policy *p,
	const struct policy_recipient *r, struct policy_errors *e)
{
	for (size_t i = 0; i < r->fields_n; i++) {
		const struct policy_table *t;
		bool read = r->planned;
		str column;

		if (r->fields_n == 1 &&
			(str_eq(r->fields[i], S("all")) || str_eq(r->fields[i], S("as_ordered")) ||
				str_eq(r->fields[i], S("none"))))
			continue; /* egress asks for no such name */
		if (visit_field(r->fields[i])) {
			if (!policy_has(r->purposes, r->purposes_n, S("analytics")))
				policy_error(a, e, r->at,
					"the recipient `" STR_FMT "` gets " STR_FMT
					", so one of its purposes must be `analytics`",
					STR_ARG(r->name), STR_ARG(r->fields[i]));
			continue;
		}
		if (!field_find(a, p, r->fields[i], r->at, e, &t, &column))
			continue;
		for (size_t k = 0; k < r->purposes_n; k++)
			read |= reads(t, r->purposes[k], column);
		if (!read)
			policy_error(a, e, r->at,
				"the recipient `" STR_FMT "` gets " STR_FMT
				", which none of its purposes may read",
				STR_ARG(r->name), STR_ARG(r->fields[i]));
	}
}

/* What a category asks of those who are in it. */
static void category_check(struct arena *a, const struct policy *p,
	const struct policy_recipient *r, struct policy_errors *e)
{
	bool review = r->category == CATEGORY_REVIEW,
	     own = r->category == CATEGORY_PAYMENT && str_eq(r->role, S("controller"));

	for (size_t i = 0; i < r->purposes_n && (review || r->category == CATEGORY_ADVERTISING);
		i++) {
		const struct policy_purpose *u = policy_purpose(p, r->purposes[i]);

		if (u && !str_eq(u->basis, S("A6-1-a")))
			policy_error(a, e, r->at,
				"the recipient `" STR_FMT
				"` (%s) is given data by those who agreed "
				"alone, and `" STR_FMT "` rests on " STR_FMT ": name a purpose on "
				"consent (A6-1-a)",
				STR_ARG(r->name), policy_category_names[r->category - 1],
				STR_ARG(u->name), STR_ARG(u->basis));
	}
	if (own && !r->link.n)
		policy_error(a, e, r->at,
			"the recipient `" STR_FMT "` answers for payments itself, so it needs "
			"`link`: its own policy",
			STR_ARG(r->name));
	if (r->category != CATEGORY_CREDIT_RISK)
		return;
	if (!r->only_when.n)
		policy_error(a, e, r->at,
			"the recipient `" STR_FMT
			"` judges suppliers, so it needs `only_when`: the "
			"occasion on which it may be asked",
			STR_ARG(r->name));
	for (size_t i = 0; i < r->fields_n; i++)
		if (!str_starts(r->fields[i], S("company.")))
			policy_error(a, e, r->at,
				"the recipient `" STR_FMT
				"` judges suppliers alone: it gets fields "
				"of `company`, not " STR_FMT,
				STR_ARG(r->name), STR_ARG(r->fields[i]));
}

static void recipient_check(struct arena *a, const struct policy *p,
	const struct policy_recipient *r, struct policy_errors *e)
{
	bool processor = str_eq(r->role, S("processor")), joint = str_eq(r->role, S("joint"));

	if (!processor && !joint && !str_eq(r->role, S("controller")))
		policy_error(a, e, r->at,
			"the role of the recipient `" STR_FMT
			"` must be processor, controller or joint",
			STR_ARG(r->name));
	if ((processor || joint) && !r->contract.n)
		policy_error(a, e, r->at,
			"the recipient `" STR_FMT
			"` needs `contract`: what binds it as a %s (GDPR Art. %s)",
			STR_ARG(r->name), processor ? "processor" : "joint controller",
			processor ? "28" : "26");
	if (r->category == CATEGORY_ADVERTISING && !r->link.n)
		policy_error(a, e, r->at,
			"the recipient `" STR_FMT
			"` may join data with its own, so it needs `link`: its own policy",
			STR_ARG(r->name));
	if (r->category == CATEGORY_ANALYTICS && processor && !r->limits.n)
		policy_error(a, e, r->at,
			"the recipient `" STR_FMT "` counts for the operator alone (GDPR Art. 28), "
			"so it needs `limits`: what its "
			"contract forbids, such as joining with other data",
			STR_ARG(r->name));
	for (size_t i = 0; i < r->purposes_n; i++)
		if (!policy_purpose(p, r->purposes[i]))
			policy_error(a, e, r->at,
				"the recipient `" STR_FMT "` names the purpose `" STR_FMT
				"`, which is not declared",
				STR_ARG(r->name), STR_ARG(r->purposes[i]));
	category_check(a, p, r, e);
	countries_check(a, r->countries, r->countries_n, r->at, "recipient", r->name, e);
	instruments_check(a, p, r, e);
	recipient_fields_check(a, p, r, e);
}

/* ---- transfers, regions ------------------------------------------------------------------ */
static void transfer_check(
	struct arena *a, const struct policy_transfer *t, struct policy_errors *e)
{
	static const char *const kinds[] = {[TRANSFER_INSIDE] = "",
		[TRANSFER_ADEQUACY] = "an adequacy decision",
		[TRANSFER_SCC] = "standard clauses",
		[TRANSFER_BCR] = "binding rules",
		[TRANSFER_DEROGATION] = "a derogation"};
	bool scc = t->kind == TRANSFER_SCC, derogation = t->kind == TRANSFER_DEROGATION;
	const struct {
		const char *key;
		bool needed, there;
	} v[] = {
		{"module", scc, t->module != 0},
		{"importer", scc, t->importer.n != 0},
		{"assessment", scc, t->assessment.n != 0},
		{"from", !derogation && t->kind, instant_is(t->from)},
		{"until", !derogation && t->kind, instant_is(t->until)},
		{"document", !derogation && t->kind, t->document.n != 0},
		{"article", derogation, t->article.n != 0},
		{"because", derogation, t->because.n != 0},
	};

	countries_check(a, t->countries, t->countries_n, t->at, "transfer", t->name, e);
	for (size_t i = 0; i < COUNT(v); i++)
		if (v[i].needed && !v[i].there)
			policy_error(a, e, t->at, "the transfer `" STR_FMT "` (%s) needs `%s`",
				STR_ARG(t->name), kinds[t->kind], v[i].key);
	if (t->module && !scc)
		policy_error(a, e, t->at,
			"the transfer `" STR_FMT "`: only standard clauses have a `module`",
			STR_ARG(t->name));
	if (t->kind == TRANSFER_ADEQUACY && t->anywhere)
		policy_error(a, e, t->at,
			"the transfer `" STR_FMT "`: an adequacy decision is for named countries",
			STR_ARG(t->name));
	if (derogation && t->article.n &&
		(!str_starts(t->article, S("A49-1-")) || t->article.n != 7))
		policy_error(a, e, t->at,
			"the transfer `" STR_FMT
			"`: `article` must be one of A49-1-a to A49-1-g, and is `" STR_FMT "`",
			STR_ARG(t->name), STR_ARG(t->article));
	if (instant_is(t->from) && instant_is(t->until) && t->until.us <= t->from.us)
		policy_error(a, e, t->at, "the transfer `" STR_FMT "` ends before it begins",
			STR_ARG(t->name));
}

static void regions_check(struct arena *a, const struct policy *p, struct policy_errors *e)
{
	size_t others = 0;

	for (size_t i = 0; i < p->regions_n; i++) {
		const struct policy_region *r = &p->regions[i];

		countries_check(a, r->countries, r->countries_n, r->at, "region", r->name, e);
		others += !r->countries_n;
		for (size_t k = 0; k < i; k++)
			for (size_t j = 0; j < r->countries_n; j++)
				if (policy_has(p->regions[k].countries, p->regions[k].countries_n,
					    r->countries[j]))
					policy_error(a, e, r->at,
						"the country `" STR_FMT
						"` is in the regions `" STR_FMT "` and `" STR_FMT
						"`",
						STR_ARG(r->countries[j]),
						STR_ARG(p->regions[k].name), STR_ARG(r->name));
	}
	if (p->regions_n && (others != 1 || !p->regions[0].countries_n))
		policy_error(a, e, p->regions[0].at,
			"of the regions exactly one is without countries (all others), and the "
			"first, the strictest, has some");
	if (p->operator.country.n && !policy_country(p->operator.country))
		policy_error(a, e, p->operator.at,
			"the operator's country `" STR_FMT "` is no ISO 3166-1 code such as DE",
			STR_ARG(p->operator.country));
}

static void authorities_check(struct arena *a, const struct policy *p, struct policy_errors *e)
{
	for (size_t i = 0; i < p->authorities_n; i++) {
		const struct policy_authority *v = &p->authorities[i];

		countries_check(a, v->countries, v->countries_n, v->at, "authority", v->name, e);
		if (!str_starts(v->link, S("https://")))
			policy_error(a, e, v->at,
				"the authority `" STR_FMT
				"` needs a `link` that begins with https://",
				STR_ARG(v->name));
		for (size_t k = 0; k < i; k++)
			for (size_t j = 0; j < v->countries_n; j++)
				if (policy_has(p->authorities[k].countries,
					    p->authorities[k].countries_n, v->countries[j]))
					policy_error(a, e, v->at,
						"the country `" STR_FMT
						"` has the authorities `" STR_FMT "` and `" STR_FMT
						"`",
						STR_ARG(v->countries[j]),
						STR_ARG(p->authorities[k].name), STR_ARG(v->name));
	}
}

/* Outside the EEA (the UK) an operator that serves people there names somebody there, Art. 27. */
static void representatives_check(struct arena *a, const struct policy *p, struct policy_errors *e)
{
	const struct {
		const char *region, *key;
		str name;
	} v[] = {{"eea", "eu_representative", p->operator.eu_representative },
		{"uk", "uk_representative", p->operator.uk_representative } };

	for (size_t i = 0; i < COUNT(v) && p->operator.country.n; i++)
		for (size_t k = 0; k < p->regions_n; k++)
			if (str_eq(p->regions[k].name, str_of(v[i].region)) && !v[i].name.n &&
				!policy_has(p->regions[k].countries, p->regions[k].countries_n,
					p->operator.country))
				policy_error(a, e, p->operator.at,
					"the operator is outside " STR_FMT
					", so it needs `%s`: who speaks for it there",
					STR_ARG(p->regions[k].title), v[i].key);
}

/* ---- scopes ---------------------------------------------------------------------------------- */
static void scope_check(struct arena *a, const struct policy *p, const struct policy_scope *v,
	struct policy_errors *e)
{
	for (size_t i = 0; i < v->clients_n; i++)
		if (!str_eq(v->clients[i], S("web")) && !str_eq(v->clients[i], S("api")))
			policy_error(a, e, v->at,
				"the clients of the scope `" STR_FMT
				"` are web and api, not `" STR_FMT "`",
				STR_ARG(v->name), STR_ARG(v->clients[i]));
	for (size_t i = 0; i < v->paths_n; i++) {
		if (!str_starts(v->paths[i], S("/")))
			policy_error(a, e, v->at,
				"the path `" STR_FMT "` of the scope `" STR_FMT
				"` must begin with /",
				STR_ARG(v->paths[i]), STR_ARG(v->name));
		for (const struct policy_scope *k = p->scopes; k < v; k++)
			for (size_t c = 0; c < v->clients_n; c++)
				if (policy_has(k->paths, k->paths_n, v->paths[i]) &&
					policy_has(k->clients, k->clients_n, v->clients[c]))
					policy_error(a, e, v->at,
						"`" STR_FMT "` belongs to the policies of `" STR_FMT
						"` and `" STR_FMT "` for " STR_FMT ": to one alone",
						STR_ARG(v->paths[i]), STR_ARG(k->name),
						STR_ARG(v->name), STR_ARG(v->clients[c]));
	}
}

const struct policy_scope *policy_scope_of(const struct policy *p, str path, str client)
{
	const struct policy_scope *best = NULL;
	size_t most = 0;

	for (size_t i = 0; i < p->scopes_n; i++) {
		const struct policy_scope *v = &p->scopes[i];

		for (size_t k = 0; k < v->paths_n; k++)
			if (policy_has(v->clients, v->clients_n, client) &&
				str_starts(path, v->paths[k]) && v->paths[k].n > most) {
				best = v;
				most = v->paths[k].n;
			}
	}
	return best;
}

/* ---- cookies, tags, mails ---------------------------------------------------------------- */
struct served { /* what cookies and tags have in common */
	const char *what;
	str name, party, serves, link, opt_out;
	enum policy_cookie_class class;
	bool planned;
	struct place at;
};

static void link_check(
	struct arena *a, const struct served *s, const char *key, str link, struct policy_errors *e)
{
	if (link.n && !str_starts(link, S("https://")))
		policy_error(a, e, s->at,
			"the %s `" STR_FMT "`: `%s` must be an address that begins with https://",
			s->what, STR_ARG(s->name), key);
}

static void served_check(
	struct arena *a, const struct policy *p, const struct served *s, struct policy_errors *e)
{
	const struct policy_recipient *r = policy_recipient(p, s->serves);
	bool third = str_eq(s->party, S("third"));

	if (!third && !str_eq(s->party, S("first")))
		policy_error(a, e, s->at, "the party of the %s `" STR_FMT "` is first or third",
			s->what, STR_ARG(s->name));
	if (s->serves.n && !r)
		policy_error(a, e, s->at,
			"the %s `" STR_FMT "` is served by `" STR_FMT
			"`, which is no declared recipient",
			s->what, STR_ARG(s->name), STR_ARG(s->serves));
	if (third && (!s->serves.n || !s->link.n))
		policy_error(a, e, s->at,
			"the %s `" STR_FMT "` comes from a third party, so it needs `serves` (a "
			"recipient) and `link` (that one's policy)",
			s->what, STR_ARG(s->name));
	if (third && !s->opt_out.n)
		policy_error(a, e, s->at,
			"the %s `" STR_FMT "` comes from a third party, so it needs `opt_out`: "
			"where to say no to it there",
			s->what, STR_ARG(s->name));
	link_check(a, s, "link", s->link, e);
	link_check(a, s, "opt_out", s->opt_out, e);
	if (third && s->class == COOKIE_ESSENTIAL)
		policy_error(a, e, s->at,
			"the %s `" STR_FMT
			"` comes from a third party, so it cannot be essential: nobody could "
			"refuse it",
			s->what, STR_ARG(s->name));
	if (r && r->planned && !s->planned)
		policy_error(a, e, s->at,
			"the %s `" STR_FMT "` is served by `" STR_FMT
			"`, which is only planned: say planned: yes here too",
			s->what, STR_ARG(s->name), STR_ARG(r->name));
}

/* A name that may stand in a Content-Security-Policy as it is. */
static bool host_good(str h)
{
	bool dot = false;

	for (size_t i = 0; i < h.n; i++) {
		char c = h.p[i];

		dot |= c == '.' && i && i + 1 < h.n;
		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '.' && c != '-')
			return false;
	}
	return dot;
}

/* An address of plain characters at one of the tag's hosts, with so many stars. */
static void address_check(struct arena *a, const struct policy_tag *t, const char *key, str address,
	size_t stars, bool listed, struct policy_errors *e)
{
	str rest = str_sub(address, 8, address.n), host = str_cut(&rest, '/');
	bool good = str_starts(address, S("https://")) && host_good(host);

	for (size_t i = 0; i < address.n; i++) {
		good &= address.p[i] > 0x20 && address.p[i] < 0x7f &&
			!strchr("\"'<>;,\\", address.p[i]);
		stars -= address.p[i] == '*';
	}
	if (!good || stars)
		policy_error(a, e, t->at,
			"the tag `" STR_FMT "`: `%s` must be an https:// address%s",
			STR_ARG(t->name), key,
			t->kind == TAG_EMBED || t->kind == TAG_BUTTON
				? " with one * for what is shown"
				: "");
	else if (listed && !policy_has(t->hosts, t->hosts_n, host))
		policy_error(a, e, t->at,
			"the tag `" STR_FMT "` loads from `" STR_FMT
			"`, which is not among its `hosts`",
			STR_ARG(t->name), STR_ARG(host));
}

/* What stands on pages says what it loads from where, and what it tells there. */
static void loads_check(struct arena *a, const struct policy_tag *t, struct policy_errors *e)
{
	bool loads = t->kind == TAG_SCRIPT || t->kind == TAG_PIXEL || t->kind == TAG_EMBED ||
		     t->kind == TAG_BUTTON;
	size_t stars = t->kind == TAG_EMBED || t->kind == TAG_BUTTON;

	for (size_t i = 0; i < t->hosts_n; i++)
		if (!host_good(t->hosts[i]))
			policy_error(a, e, t->at,
				"the tag `" STR_FMT "`: `" STR_FMT
				"` is no host such as tag.example (lower case, no port)",
				STR_ARG(t->name), STR_ARG(t->hosts[i]));
	if (!str_eq(t->party, S("third")))
		return;
	if (!t->sends.n || (loads && (!t->src.n || !t->hosts_n)) ||
		(t->kind == TAG_EMBED && !t->opens.n)) {
		policy_error(a, e, t->at, "the tag `" STR_FMT "` needs `sends` (what it tells)%s%s",
			STR_ARG(t->name), loads ? ", `src` and `hosts` (what it loads)" : "",
			t->kind == TAG_EMBED ? ", `opens` (the address as people know it)" : "");
		return;
	}
	if (loads)
		address_check(a, t, "src", t->src, stars, true, e);
	if (t->opens.n)
		address_check(a, t, "opens", t->opens, 1, false, e);
}

static void tag_check(struct arena *a, const struct policy *p, const struct policy_tag *t,
	struct policy_errors *e)
{
	loads_check(a, t, e);
	for (size_t i = 0; i < t->cookies_n; i++) {
		bool known = false;

		for (size_t k = 0; k < p->cookies_n; k++)
			known |= str_eq(p->cookies[k].name, t->cookies[i]);
		if (!known)
			policy_error(a, e, t->at,
				"the tag `" STR_FMT "` sets the cookie `" STR_FMT
				"`, which is not declared under `cookies`",
				STR_ARG(t->name), STR_ARG(t->cookies[i]));
	}
}

static void mail_check(struct arena *a, const struct policy *p, const struct policy_mail *m,
	struct policy_errors *e)
{
	bool known = false;

	for (size_t i = 0; i < p->recipients_n; i++)
		if (str_eq(p->recipients[i].name, m->recipient)) {
			known = true;
			if (!policy_has(p->recipients[i].purposes, p->recipients[i].purposes_n,
				    m->purpose))
				policy_error(a, e, m->at,
					"the mail `" STR_FMT "` goes out for `" STR_FMT
					"`, and its recipient `" STR_FMT "` does not serve it",
					STR_ARG(m->name), STR_ARG(m->purpose),
					STR_ARG(m->recipient));
		}
	if (!known)
		policy_error(a, e, m->at,
			"the mail `" STR_FMT "` names the recipient `" STR_FMT
			"`, which is not declared",
			STR_ARG(m->name), STR_ARG(m->recipient));
	if (!policy_purpose(p, m->purpose)) {
		policy_error(a, e, m->at,
			"the mail `" STR_FMT "` names the purpose `" STR_FMT
			"`, which is not declared",
			STR_ARG(m->name), STR_ARG(m->purpose));
		return;
	}
	for (size_t i = 0; i < m->fields_n; i++) {
		const struct policy_table *t;
		str column;

		if (field_find(a, p, m->fields[i], m->at, e, &t, &column) &&
			!reads(t, m->purpose, column))
			policy_error(a, e, m->at,
				"the mail `" STR_FMT "` carries " STR_FMT ", which `" STR_FMT
				"` may not read (%s:%d)",
				STR_ARG(m->name), STR_ARG(m->fields[i]), STR_ARG(m->purpose),
				t->at.file, t->at.line);
	}
}

#define TWICE(list, n, what) \
	for (size_t i = 0; i < (n); i++) \
		for (size_t k = 0; k < i; k++) \
			if (str_eq((list)[i].name, (list)[k].name)) \
	policy_error(a, e, (list)[i].at, "the %s `" STR_FMT "` is declared twice", what, \
		STR_ARG((list)[i].name))

void policy_check_outside(struct arena *a, const struct policy *p, struct policy_errors *e)
{
	TWICE(p->recipients, p->recipients_n, "recipient");
	TWICE(p->cookies, p->cookies_n, "cookie");
	TWICE(p->mails, p->mails_n, "mail");
	TWICE(p->transfers, p->transfers_n, "transfer");
	TWICE(p->interests, p->interests_n, "assessment");
	TWICE(p->regions, p->regions_n, "region");
	TWICE(p->authorities, p->authorities_n, "authority");
	TWICE(p->tags, p->tags_n, "tag");
	for (size_t i = 0; i < p->recipients_n; i++)
		recipient_check(a, p, &p->recipients[i], e);
	for (size_t i = 0; i < p->mails_n; i++)
		mail_check(a, p, &p->mails[i], e);
	for (size_t i = 0; i < p->transfers_n; i++)
		transfer_check(a, &p->transfers[i], e);
	TWICE(p->scopes, p->scopes_n, "scope");
	for (size_t i = 0; i < p->scopes_n; i++)
		scope_check(a, p, &p->scopes[i], e);
	regions_check(a, p, e);
	representatives_check(a, p, e);
	authorities_check(a, p, e);
	for (size_t i = 0; i < p->cookies_n; i++) {
		const struct policy_cookie *k = &p->cookies[i];

		served_check(a, p,
			&(struct served){"cookie", k->name, k->party, k->serves, k->link,
				k->opt_out, k->class, k->planned, k->at},
			e);
	}
	for (size_t i = 0; i < p->tags_n; i++) {
		const struct policy_tag *k = &p->tags[i];

		served_check(a, p,
			&(struct served){"tag", k->name, k->party, k->serves, k->link, k->opt_out,
				k->class, k->planned, k->at},
			e);
		tag_check(a, p, k, e);
	}
}
