/* The model as facts: every value of it under a path of its own. What the policy says is in them,
 * how and where it is written is not: the hash and every comparison of two policies stand on them.
 * A new member of the model gets its line here. */
#include "read.h"

#include <stdlib.h>

struct facts {
	struct arena *a;
	struct policy_facts f;
};

static void fact(struct facts *x, str path, const char *key, str value)
{
	if (value.n)
		*ARENA_PUSH(x->a, &x->f) = (struct policy_fact){
			str_fmt(x->a, STR_FMT ".%s", STR_ARG(path), key), value};
}

static void fact_int(struct facts *x, str path, const char *key, int64_t v)
{
	fact(x, path, key, str_fmt(x->a, "%lld", (long long)v));
}

static void fact_yes(struct facts *x, str path, const char *key, bool v)
{
	if (v)
		fact(x, path, key, S("yes"));
}

static void fact_date(struct facts *x, str path, const char *key, instant t)
{
	if (instant_is(t))
		fact(x, path, key, str_sub(instant_iso(x->a, t), 0, 10));
}

/* A set: each member is a fact of its own, so that a comparison says which one came. */
static void fact_set(struct facts *x, str path, const char *key, const str *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		fact(x, str_fmt(x->a, STR_FMT ".%s", STR_ARG(path), key), str_dup(x->a, v[i]).p,
			S("yes"));
}

/* A list whose order means something. */
static void fact_list(struct facts *x, str path, const char *key, const str *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		fact(x, path, str_fmt(x->a, "%s.%02zu", key, i + 1).p, v[i]);
}

static str path_of(struct facts *x, const char *kind, str name)
{
	return str_fmt(x->a, "%s." STR_FMT, kind, STR_ARG(name));
}

/* ---- roles, purposes, what is inside ----------------------------------------------------- */
static void actors_add(struct facts *x, const struct policy *p)
{
	for (size_t i = 0; i < p->roles_n; i++) {
		str at = path_of(x, "role", p->roles[i].name);

		fact_int(x, at, "bit", p->roles[i].bit);
		fact_int(x, at, "kind", p->roles[i].kind);
	}
	for (size_t i = 0; i < p->purposes_n; i++) {
		const struct policy_purpose *u = &p->purposes[i];
		str at = path_of(x, "purpose", u->name);

		fact_int(x, at, "bit", u->bit);
		fact(x, at, "title", u->title);
		fact(x, at, "why", u->why);
		fact(x, at, "dpv", u->dpv);
		fact(x, at, "basis", u->basis);
		fact(x, at, "lia", u->lia);
		fact(x, at, "without", u->without);
		fact(x, at, "renew", u->renew);
		fact(x, at, "objection",
			u->objection == OBJECTION_ABSOLUTE   ? S("absolute")
			: u->objection == OBJECTION_ASSESSED ? S("assessed")
							     : S(""));
		fact_yes(x, at, "opens.restricted", u->opens_restricted);
		fact_yes(x, at, "opens.held", u->opens_held);
		fact_set(x, at, "compatible_with", u->compatible_with, u->compatible_with_n);
		fact(x, at, "test", u->compatible_test);
		fact_yes(x, at, "staff", u->staff);
		fact_yes(x, at, "always", u->always);
		fact_yes(x, at, "off", u->off);
		fact_set(x, at, "role", u->role_names, u->role_names_n);
	}
	for (size_t i = 0; i < p->interests_n; i++) {
		const struct policy_interest *v = &p->interests[i];
		str at = path_of(x, "interest", v->name);

		fact(x, at, "title", v->title);
		fact(x, at, "interest", v->interest);
		fact(x, at, "necessity", v->necessity);
		fact(x, at, "balance", v->balance);
		fact_list(x, at, "safeguard", v->safeguards, v->safeguards_n);
		fact(x, at, "whose", v->third_party ? S("third_party") : S("controller"));
		fact_date(x, at, "decided", v->decided);
	}
}

static str type_of(struct facts *x, const struct type *t)
{
	static const char *const kinds[] = {[TYPE_INT] = "int",
		[TYPE_BOOL] = "bool",
		[TYPE_TEXT] = "text",
		[TYPE_BLOB] = "blob",
		[TYPE_TIME] = "time",
		[TYPE_ID] = "id",
		[TYPE_ENUM] = "enum",
		[TYPE_MONEY] = "money",
		[TYPE_PRICE] = "price",
		[TYPE_SEALED] = "sealed",
		[TYPE_BLIND] = "blind"};

	return str_fmt(x->a, "%s " STR_FMT " " STR_FMT, kinds[t->kind], STR_ARG(t->name),
		STR_ARG(t->with));
}

static void columns_add(struct facts *x, str table, const struct policy_table *t)
{
	for (size_t i = 0; i < t->columns_n; i++) {
		const struct policy_column *k = &t->columns[i];
		str at =
			str_fmt(x->a, STR_FMT ".column." STR_FMT, STR_ARG(table), STR_ARG(k->name));

		fact(x, at, "type", type_of(x, &k->type));
		fact_yes(x, at, "null", k->null);
		fact_yes(x, at, "published", k->published);
		fact_yes(x, at, "keyed", k->keyed);
		fact(x, at, "dpv", k->dpv);
		fact(x, at, "subject", k->subject);
	}
	for (size_t i = 0; i < t->groups_n; i++) {
		const struct policy_group *g = &t->groups[i];
		str at = str_fmt(x->a, STR_FMT ".group." STR_FMT, STR_ARG(table), STR_ARG(g->name));

		fact(x, at, "subject", g->subject);
		fact(x, at, "key", g->key);
		fact(x, at, "required", g->required);
		fact(x, at, "special", g->special);
		fact(x, at, "consent", g->consent);
		fact(x, at, "record", g->record);
		fact(x, at, "guardian", g->guardian);
		for (size_t k = 0; k < g->n; k++)
			fact(x, at, str_fmt(x->a, "field." STR_FMT, STR_ARG(g->fields[k].name)).p,
				str_fmt(x->a, STR_FMT " %d", STR_ARG(g->fields[k].dpv),
					g->fields[k].number));
	}
}

static void grants_add(struct facts *x, str table, const struct policy_table *t)
{
	for (size_t i = 0; i < t->grants_n; i++) {
		const struct policy_grant *g = &t->grants[i];
		str at = str_fmt(
			x->a, STR_FMT ".grant." STR_FMT, STR_ARG(table), STR_ARG(g->purpose));

		fact_set(x, at, "read", g->columns, g->columns_n);
		fact_set(x, at, "insert", g->insert, g->insert_n);
		fact_set(x, at, "update", g->update, g->update_n);
		fact_yes(x, at, "delete", g->may_delete);
		fact_list(x, at, "using", g->using, g->using_n);
		fact(x, at, "check", g->check);
		fact(x, at, "consent", g->consent);
		fact_yes(x, at, "lag", g->lag);
	}
	for (size_t i = 0; i < t->keeps_n; i++) {
		const struct policy_keep *k = &t->keeps[i];
		str at = str_fmt(x->a, STR_FMT ".keep.%02zu", STR_ARG(table), i + 1);

		fact(x, at, "from", k->from);
		fact(x, at, "for", k->duration);
		fact(x, at, "because", k->because);
		fact(x, at, "then", k->then == KEEP_ERASE ? S("erase") : S("anonymise"));
	}
	fact(x, table, "own", policy_own_text(x->a, t));
	fact(x, table, "chain", t->chain);
	fact_set(x, table, "unchained", t->unchained, t->unchained_n);
}

static void inside_add(struct facts *x, const struct policy *p)
{
	for (size_t i = 0; i < p->enums_n; i++)
		fact_list(x, S("enum"), str_dup(x->a, p->enums[i].name).p, p->enums[i].values,
			p->enums[i].n);
	for (size_t i = 0; i < p->tables_n; i++) {
		const struct policy_table *t = &p->tables[i];
		str at = path_of(x, "table", t->name);

		fact(x, at, "about", t->about);
		fact_yes(x, at, "single_row", t->single_row);
		fact_yes(x, at, "generated", t->generated);
		columns_add(x, at, t);
		grants_add(x, at, t);
	}
}

/* ---- what is outside --------------------------------------------------------------------- */
static void recipients_add(struct facts *x, const struct policy *p)
{
	for (size_t i = 0; i < p->recipients_n; i++) {
		const struct policy_recipient *r = &p->recipients[i];
		str at = path_of(x, "recipient", r->name);

		fact(x, at, "title", r->title);
		fact(x, at, "does", r->does);
		fact(x, at, "role", r->role);
		fact(x, at, "category",
			str_of(policy_category_names[r->category - CATEGORY_AFFILIATES]));
		fact(x, at, "link", r->link);
		fact(x, at, "limits", r->limits);
		fact_yes(x, at, "optional", r->optional);
		fact(x, at, "contract", r->contract);
		fact(x, at, "only_when", r->only_when);
		fact_yes(x, at, "planned", r->planned);
		fact_yes(x, at, "country.any", r->anywhere);
		fact_set(x, at, "country", r->countries, r->countries_n);
		fact_set(x, at, "instrument", r->instruments, r->instruments_n);
		fact_set(x, at, "purpose", r->purposes, r->purposes_n);
		fact_set(x, at, "host", r->hosts, r->hosts_n);
		fact_set(x, at, "field", r->fields, r->fields_n);
	}
	for (size_t i = 0; i < p->transfers_n; i++) {
		static const char *const kinds[] = {
			"inside", "adequacy", "scc", "bcr", "derogation"};
		const struct policy_transfer *t = &p->transfers[i];
		str at = path_of(x, "transfer", t->name);

		fact(x, at, "kind", str_of(kinds[t->kind]));
		if (t->module)
			fact_int(x, at, "module", t->module);
		fact(x, at, "article", t->article);
		fact(x, at, "because", t->because);
		fact(x, at, "importer", t->importer);
		fact(x, at, "document", t->document);
		fact(x, at, "assessment", t->assessment);
		fact(x, at, "link", t->link);
		fact_yes(x, at, "country.any", t->anywhere);
		fact_set(x, at, "country", t->countries, t->countries_n);
		fact_date(x, at, "from", t->from);
		fact_date(x, at, "until", t->until);
	}
}

static void cookies_add(struct facts *x, const struct policy *p)
{
	for (size_t i = 0; i < p->cookies_n; i++) {
		const struct policy_cookie *k = &p->cookies[i];
		str at = path_of(x, "cookie", k->name);

		fact(x, at, "why", k->why);
		fact(x, at, "party", k->party);
		fact_int(x, at, "class", k->class);
		fact(x, at, "serves", k->serves);
		fact(x, at, "link", k->link);
		fact(x, at, "opt_out", k->opt_out);
		fact_yes(x, at, "planned", k->planned);
		fact_yes(x, at, "optional", k->optional);
		fact_int(x, at, "max_age_s", k->max_age_s);
	}
	for (size_t i = 0; i < p->tags_n; i++) {
		const struct policy_tag *k = &p->tags[i];
		str at = path_of(x, "tag", k->name);

		fact(x, at, "why", k->why);
		fact_int(x, at, "kind", k->kind);
		fact(x, at, "party", k->party);
		fact_int(x, at, "class", k->class);
		fact(x, at, "serves", k->serves);
		fact(x, at, "link", k->link);
		fact(x, at, "opt_out", k->opt_out);
		fact_yes(x, at, "planned", k->planned);
		fact_yes(x, at, "optional", k->optional);
		fact(x, at, "src", k->src);
		fact(x, at, "opens", k->opens);
		fact_int(x, at, "max_age_s", k->max_age_s);
		fact(x, at, "sends", k->sends);
		fact_set(x, at, "host", k->hosts, k->hosts_n);
		fact_set(x, at, "cookie", k->cookies, k->cookies_n);
	}
	for (size_t i = 0; i < p->mails_n; i++) {
		const struct policy_mail *m = &p->mails[i];
		str at = path_of(x, "mail", m->name);

		fact(x, at, "purpose", m->purpose);
		fact(x, at, "recipient", m->recipient);
		fact_set(x, at, "field", m->fields, m->fields_n);
	}
}

static void collections_add(struct facts *x, const struct policy *p)
{
	for (size_t i = 0; i < p->collections_n; i++) {
		const struct policy_collection *v = &p->collections[i];
		str at = path_of(x, "collection", v->name);

		fact(x, at, "clause", v->clause);
		fact(x, at, "title", v->title);
		fact(x, at, "about", v->about);
		fact(x, at, "from", str_of(policy_from_names[v->from - FROM_PERSON]));
		fact(x, at, "consent", v->consent);
		fact(x, at, "asks", v->asks);
		fact(x, at, "most", v->most);
		fact_yes(x, at, "never", v->never);
		fact_yes(x, at, "shared", v->shared);
		fact_set(x, at, "data", v->data, v->data_n);
		fact_set(x, at, "purpose", v->purposes, v->purposes_n);
		fact_set(x, at, "recipient", v->recipients, v->recipients_n);
		fact_set(x, at, "need", v->needs, v->needs_n);
		fact_set(x, at, "only", v->only, v->only_n);
	}
}

static void scopes_add(struct facts *x, const struct policy *p)
{
	for (size_t i = 0; i < p->scopes_n; i++) {
		const struct policy_scope *v = &p->scopes[i];
		str at = path_of(x, "scope", v->name);

		fact(x, at, "title", v->title);
		fact(x, at, "policy", v->link);
		fact_list(x, at, "path", v->paths, v->paths_n);
		fact_set(x, at, "client", v->clients, v->clients_n);
	}
}

static void around_add(struct facts *x, const struct policy *p)
{
	const struct policy_operator *o = &p->operator;
	const struct {
		const char *key;
		str value;
	} v[] = {{"name", o->name}, {"legal_form", o->legal_form},
		{"register_entry", o->register_entry}, {"vat_id", o->vat_id},
		{"country", o->country}, {"email", o->email}, {"phone", o->phone},
		{"imprint", o->imprint}, {"dpo_name", o->dpo_name}, {"dpo_email", o->dpo_email},
		{"authority", o->authority}, {"authority_link", o->authority_link},
		{"eu_representative", o->eu_representative},
		{"uk_representative", o->uk_representative}};

	for (size_t i = 0; i < COUNT(v); i++)
		fact(x, S("operator"), v[i].key, v[i].value);
	fact_list(x, S("operator"), "address", o->address, o->address_n);
	for (size_t i = 0; i < p->regions_n; i++) {
		const struct policy_region *r = &p->regions[i];
		str at = path_of(x, "region", r->name);

		fact_int(x, at, "rank", (int64_t)i + 1);
		fact(x, at, "title", r->title);
		fact(x, at, "law", r->law);
		fact_set(x, at, "country", r->countries, r->countries_n);
	}
	for (size_t i = 0; i < p->authorities_n; i++) {
		const struct policy_authority *c = &p->authorities[i];
		str at = path_of(x, "authority", c->name);

		fact(x, at, "title", c->title);
		fact(x, at, "link", c->link);
		fact_set(x, at, "country", c->countries, c->countries_n);
	}
	if (p->minors.age) {
		fact_int(x, S("minors"), "age", p->minors.age);
		fact_yes(x, S("minors"), "attested", p->minors.attested);
		fact_yes(x, S("minors"), "guardian", p->minors.guardian);
		fact(x, S("minors"), "about", p->minors.about);
	}
}

static int by_path(const void *x, const void *y)
{
	return str_cmp(
		((const struct policy_fact *)x)->path, ((const struct policy_fact *)y)->path);
}

struct policy_facts policy_facts(struct arena *a, const struct policy *p)
{
	struct facts x = {.a = a};

	actors_add(&x, p);
	inside_add(&x, p);
	recipients_add(&x, p);
	cookies_add(&x, p);
	collections_add(&x, p);
	scopes_add(&x, p);
	around_add(&x, p);
	if (x.f.n)
		qsort(x.f.v, x.f.n, sizeof *x.f.v, by_path);
	return x.f;
}

/* ---- as text ----------------------------------------------------------------------------- */
static char *escaped(char *to, str s)
{
	for (size_t i = 0; i < s.n; i++) {
		bool special = s.p[i] == '\n' || s.p[i] == '\t' || s.p[i] == '\\';

		if (special)
			*to++ = '\\';
		*to++ = s.p[i] == '\n' ? 'n' : s.p[i] == '\t' ? 't' : s.p[i];
	}
	return to;
}

str policy_facts_text(struct arena *a, const struct policy_facts *f)
{
	size_t most = 1;
	char *v, *to;

	for (size_t i = 0; i < f->n; i++)
		most += 2 * (f->v[i].path.n + f->v[i].value.n) + 2;
	v = to = arena_alloc(a, 1, most);
	for (size_t i = 0; i < f->n; i++) {
		to = escaped(to, f->v[i].path);
		*to++ = '\t';
		to = escaped(to, f->v[i].value);
		*to++ = '\n';
	}
	*to = 0;
	return (str){v, (size_t)(to - v)};
}

static str unescaped(struct arena *a, str s)
{
	char *v = arena_alloc(a, 1, s.n + 1), *to = v;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] != '\\' || i + 1 == s.n)
			*to++ = s.p[i];
		else if (s.p[++i] == 'n')
			*to++ = '\n';
		else
			*to++ = s.p[i] == 't' ? '\t' : s.p[i];
	}
	*to = 0;
	return (str){v, (size_t)(to - v)};
}

bool policy_facts_parse(struct arena *a, str text, struct policy_facts *f)
{
	str before = {0};

	*f = (struct policy_facts){0};
	while (text.n) {
		str line = str_cut(&text, '\n'), path = str_cut(&line, '\t');
		struct policy_fact x = {unescaped(a, path), unescaped(a, line)};

		if (!x.path.n || !x.value.n || (before.n && str_cmp(before, x.path) > 0))
			return false;
		before = x.path;
		*ARENA_PUSH(a, f) = x;
	}
	return f->n != 0;
}

struct digest policy_hash(struct arena *a, const struct policy *p)
{
	struct policy_facts f = policy_facts(a, p);

	return digest_of(policy_facts_text(a, &f));
}
