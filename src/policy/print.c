/* The model as text for people: the matrix, one role's rights, one column's story. */
#include "read.h"

#include <stdio.h>
#include <stdlib.h>

struct text {
	struct arena *a;
	char *v;
	size_t n, cap;
};

static void say(struct text *t, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void say(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	MUST(n >= 0);
	while (t->n + (size_t)n + 1 > t->cap)
		t->v = arena_grow(t->a, t->v, 1, t->n, &t->cap);
	va_start(ap, fmt);
	vsnprintf(t->v + t->n, (size_t)n + 1, fmt, ap);
	va_end(ap);
	t->n += (size_t)n;
}

static void say_list(struct text *t, const str *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		say(t, "%s" STR_FMT, i ? ", " : "", STR_ARG(v[i]));
}

static str view(const struct text *t)
{
	return t->v ? (str){t->v, t->n} : S("");
}

static const struct policy_table **tables_sorted(struct arena *a, const struct policy *p)
{
	const struct policy_table **v =
		arena_array(a, const struct policy_table *, p->tables_n + 1);

	for (size_t i = 0; i < p->tables_n; i++) {
		size_t k = i;

		for (; k > 0 && str_cmp(v[k - 1]->name, p->tables[i].name) > 0; k--)
			v[k] = v[k - 1];
		v[k] = &p->tables[i];
	}
	return v;
}

static void say_roles(struct text *t, const struct policy *p, const struct policy_purpose *u)
{
	bool any = false;

	for (size_t i = 0; i < p->roles_n; i++)
		if (u->roles >> p->roles[i].bit & 1) {
			say(t, "%s" STR_FMT, any ? ", " : "", STR_ARG(p->roles[i].name));
			any = true;
		}
}

static const char *type_text(const struct text *t, const struct policy_column *k)
{
	static const char *const plain[] = {[TYPE_INT] = "int",
		[TYPE_BOOL] = "bool",
		[TYPE_TEXT] = "text",
		[TYPE_BLOB] = "blob",
		[TYPE_TIME] = "time",
		[TYPE_SEALED] = "sealed",
		[TYPE_MONEY] = "money",
		[TYPE_PRICE] = "price",
		[TYPE_BLIND] = "blind"};

	if (k->type.kind == TYPE_ID || k->type.kind == TYPE_ENUM)
		return str_dup(t->a, k->type.name).p;
	if (k->type.with.n)
		return str_fmt(t->a, "%s(" STR_FMT ")", plain[k->type.kind], STR_ARG(k->type.with))
			.p;
	return plain[k->type.kind];
}

/* r, i, u: what a purpose may do with a column */
static str rights(struct arena *a, const struct policy_grant *g, str column)
{
	return str_fmt(a, "%s%s%s", policy_has(g->columns, g->columns_n, column) ? "r" : "",
		policy_has(g->insert, g->insert_n, column) ? "i" : "",
		policy_has(g->update, g->update_n, column) ? "u" : "");
}

/* ---- matrix ------------------------------------------------------------------------------ */
static void matrix_column(
	struct text *t, const struct policy_table *tab, const struct policy_column *k)
{
	const struct policy_group *g = policy_group(tab, k->name);

	say(t, STR_FMT "." STR_FMT " %s%s", STR_ARG(tab->name), STR_ARG(k->name), type_text(t, k),
		k->null ? " null" : "");
	if (k->dpv.n)
		say(t, " %s" STR_FMT " of " STR_FMT,
			k->published ? "published "
			: k->keyed   ? "keyed "
				     : "",
			STR_ARG(k->dpv), STR_ARG(k->subject));
	for (size_t i = 0; g && i < g->n; i++)
		say(t, "%s" STR_FMT " " STR_FMT, i ? ", " : " {", STR_ARG(g->fields[i].name),
			STR_ARG(g->fields[i].dpv));
	if (g)
		say(t, "} of " STR_FMT " key " STR_FMT, STR_ARG(g->subject), STR_ARG(g->key));
	say(t, ":");
	for (size_t i = 0; i < tab->grants_n; i++) {
		str r = rights(t->a, &tab->grants[i], k->name);

		if (r.n)
			say(t, " " STR_FMT "=" STR_FMT, STR_ARG(tab->grants[i].purpose),
				STR_ARG(r));
	}
	say(t, "\n");
}

static void say_rows(struct text *t, const struct policy_grant *g, const char *indent)
{
	if (!g->using_n)
		say(t, "%severy row", indent);
	for (size_t i = 0; i < g->using_n; i++)
		say(t, "%s%s" STR_FMT, i ? "\n" : "", indent, STR_ARG(g->using[i]));
	if (g->consent.n)
		say(t, "\n%sand its subject has agreed to " STR_FMT, indent, STR_ARG(g->consent));
	say(t, "\n");
}

static void matrix_grant(
	struct text *t, const struct policy_table *tab, const struct policy_grant *g)
{
	say(t, STR_FMT " for " STR_FMT "%s%s\n", STR_ARG(tab->name), STR_ARG(g->purpose),
		g->may_delete ? ", may delete" : "", g->lag ? ", may lag" : "");
	say_rows(t, g, "  rows: ");
	if (g->check.n)
		say(t, "  new:  " STR_FMT "\n", STR_ARG(g->check));
}

static void matrix_purpose(struct text *t, const struct policy_purpose *u)
{
	static const char *const objections[] = {
		"", ", objection assessed", ", objection absolute"};

	say(t, "purpose " STR_FMT " " STR_FMT " " STR_FMT "%s%s", STR_ARG(u->name),
		STR_ARG(u->basis), STR_ARG(u->dpv), u->staff ? " staff" : "",
		objections[u->objection]);
	if (u->lia.n)
		say(t, ", lia " STR_FMT, STR_ARG(u->lia));
	if (u->compatible_with_n) {
		say(t, ", compatible with ");
		say_list(t, u->compatible_with, u->compatible_with_n);
	}
	say(t, "%s%s\n", u->opens_restricted ? ", opens restricted" : "",
		u->opens_held ? ", opens held" : "");
}

static void matrix_recipient(struct text *t, const struct policy_recipient *r)
{
	say(t, "recipient " STR_FMT " (" STR_FMT ", %s%s) in ", STR_ARG(r->name), STR_ARG(r->role),
		policy_category_names[r->category - CATEGORY_AFFILIATES],
		r->planned ? ", planned" : "");
	if (r->anywhere)
		say(t, "any country");
	say_list(t, r->countries, r->countries_n);
	if (r->instruments_n) {
		say(t, " on ");
		say_list(t, r->instruments, r->instruments_n);
	}
	say(t, " for ");
	say_list(t, r->purposes, r->purposes_n);
	if (r->only_when.n)
		say(t, ", only when " STR_FMT, STR_ARG(r->only_when));
	say(t, ": ");
	say_list(t, r->fields, r->fields_n);
	say(t, "\n");
}

static void matrix_collection(struct text *t, const struct policy_collection *v)
{
	say(t, "collection " STR_FMT " (" STR_FMT ", from %s): ", STR_ARG(v->name),
		STR_ARG(v->clause), policy_from_names[v->from - FROM_PERSON]);
	say_list(t, v->data, v->data_n);
	if (v->never)
		say(t, ", never stored");
	say(t, "; read for ");
	say_list(t, v->purposes, v->purposes_n);
	if (v->recipients_n)
		say(t, "; to ");
	say_list(t, v->recipients, v->recipients_n);
	if (v->consent.n)
		say(t, "; on consent " STR_FMT, STR_ARG(v->consent));
	if (v->asks.n)
		say(t, "; asks " STR_FMT, STR_ARG(v->asks));
	if (v->needs_n)
		say(t, "; with ");
	say_list(t, v->needs, v->needs_n);
	if (v->only_n)
		say(t, "; only ");
	say_list(t, v->only, v->only_n);
	if (v->most.n)
		say(t, "; at most " STR_FMT, STR_ARG(v->most));
	say(t, "%s\n", v->shared ? "; shared" : "");
}

static void matrix_transfer(struct text *t, const struct policy_transfer *v)
{
	static const char *const kinds[] = {"", "adequacy", "scc", "bcr", "derogation"};

	say(t, "transfer " STR_FMT " %s " STR_FMT " to ", STR_ARG(v->name), kinds[v->kind],
		STR_ARG(v->article));
	if (v->anywhere)
		say(t, "any country");
	say_list(t, v->countries, v->countries_n);
	if (instant_is(v->until))
		say(t, ", until %.10s", instant_iso(t->a, v->until).p);
	say(t, "\n");
}

str policy_matrix(struct arena *a, const struct policy *p)
{
	struct text t = {.a = a};
	const struct policy_table **tables = tables_sorted(a, p);

	for (size_t i = 0; i < p->roles_n; i++) {
		say(&t, "role " STR_FMT ":", STR_ARG(p->roles[i].name));
		for (size_t k = 0; k < p->purposes_n; k++)
			if (p->purposes[k].roles >> p->roles[i].bit & 1)
				say(&t, " " STR_FMT, STR_ARG(p->purposes[k].name));
		say(&t, "\n");
	}
	for (size_t i = 0; i < p->purposes_n; i++)
		matrix_purpose(&t, &p->purposes[i]);
	for (size_t i = 0; i < p->tables_n; i++) {
		say(&t, "\n");
		for (size_t k = 0; k < tables[i]->columns_n; k++)
			matrix_column(&t, tables[i], &tables[i]->columns[k]);
		for (size_t k = 0; k < tables[i]->grants_n; k++)
			matrix_grant(&t, tables[i], &tables[i]->grants[k]);
		if (tables[i]->chain.n)
			say(&t, STR_FMT " chained over " STR_FMT "\n", STR_ARG(tables[i]->name),
				STR_ARG(tables[i]->chain));
		for (size_t k = 0; k < tables[i]->keeps_n; k++)
			say(&t, STR_FMT " kept " STR_FMT " from " STR_FMT ", then %s\n",
				STR_ARG(tables[i]->name), STR_ARG(tables[i]->keeps[k].duration),
				STR_ARG(tables[i]->keeps[k].from),
				tables[i]->keeps[k].then == KEEP_ERASE ? "erased" : "anonymised");
		say(&t, STR_FMT, STR_ARG(policy_own_text(a, tables[i])));
	}
	say(&t, "\n");
	for (size_t i = 0; i < p->recipients_n; i++) {
		matrix_recipient(&t, &p->recipients[i]);
	}
	for (size_t i = 0; i < p->transfers_n; i++)
		matrix_transfer(&t, &p->transfers[i]);
	for (size_t i = 0; i < p->collections_n; i++)
		matrix_collection(&t, &p->collections[i]);
	for (size_t i = 0; i < p->scopes_n; i++) {
		say(&t, "scope " STR_FMT ": ", STR_ARG(p->scopes[i].name));
		say_list(&t, p->scopes[i].paths, p->scopes[i].paths_n);
		say(&t, " for ");
		say_list(&t, p->scopes[i].clients, p->scopes[i].clients_n);
		say(&t, " under " STR_FMT "\n", STR_ARG(p->scopes[i].link));
	}
	for (size_t i = 0; i < p->mails_n; i++) {
		say(&t, "mail " STR_FMT " by " STR_FMT ": ", STR_ARG(p->mails[i].name),
			STR_ARG(p->mails[i].recipient));
		say_list(&t, p->mails[i].fields, p->mails[i].fields_n);
		say(&t, "\n");
	}
	for (size_t i = 0; i < p->cookies_n; i++)
		say(&t, "cookie " STR_FMT " class %d, %lld s\n", STR_ARG(p->cookies[i].name),
			(int)p->cookies[i].class, (long long)p->cookies[i].max_age_s);
	for (size_t i = 0; i < p->tags_n; i++)
		say(&t, "tag " STR_FMT " class %d by " STR_FMT "%s\n", STR_ARG(p->tags[i].name),
			(int)p->tags[i].class, STR_ARG(p->tags[i].serves),
			p->tags[i].optional  ? ", off until switched on"
			: p->tags[i].planned ? ", planned"
					     : "");
	return view(&t);
}

/* ---- words for who and explain ----------------------------------------------------------- */
/* "A6-1-b" as "contract, GDPR Art. 6(1)(b)". */
static str basis_said(struct arena *a, str basis)
{
	static const char *const names[] = {"consent", "contract", "legal obligation",
		"vital interests", "public task", "legitimate interests"};

	if (basis.n != 6 || basis.p[5] < 'a' || basis.p[5] > 'f')
		return S("nothing personal");
	return str_fmt(a, "%s, GDPR Art. 6(1)(%c)", names[basis.p[5] - 'a'], basis.p[5]);
}

/* "P10Y" as "10 years". */
static str duration_said(struct arena *a, str iso)
{
	int64_t n;
	char unit = iso.n ? iso.p[iso.n - 1] : 0;
	const char *word = unit == 'Y' ? "year" : unit == 'M' ? "month" : "day";

	if (iso.n < 3 || iso.p[0] != 'P' || !strchr("YMD", unit) ||
		!str_int(str_sub(iso, 1, iso.n - 2), &n))
		return iso;
	return str_fmt(a, "%lld %s%s", (long long)n, word, n == 1 ? "" : "s");
}

/* ---- who --------------------------------------------------------------------------------- */
static void who_purpose(struct text *t, const struct policy *p, const struct policy_table **tables,
	const struct policy_purpose *u)
{
	say(t, "\n" STR_FMT ": " STR_FMT " (" STR_FMT "%s)\n", STR_ARG(u->name), STR_ARG(u->why),
		STR_ARG(basis_said(t->a, u->basis)), u->staff ? "; each use is recorded" : "");
	for (size_t i = 0; i < p->tables_n; i++) {
		const struct policy_grant *g = policy_grant(tables[i], u->name);

		if (!g)
			continue;
		say(t, "  " STR_FMT "\n", STR_ARG(tables[i]->name));
		if (g->columns_n) {
			say(t, "    reads   ");
			say_list(t, g->columns, g->columns_n);
			say(t, "\n");
		}
		if (g->insert_n) {
			say(t, "    adds    ");
			say_list(t, g->insert, g->insert_n);
			say(t, "\n");
		}
		if (g->check.n)
			say(t, "    only if " STR_FMT "\n", STR_ARG(g->check));
		if (g->update_n) {
			say(t, "    changes ");
			say_list(t, g->update, g->update_n);
			say(t, "\n");
		}
		if (g->may_delete)
			say(t, "    deletes rows\n");
		say_rows(t, g, "    rows    ");
	}
}

str policy_who(struct arena *a, const struct policy *p, str role)
{
	const struct policy_role *r = policy_role(p, role);
	const struct policy_table **tables = tables_sorted(a, p);
	struct text t = {.a = a};

	if (!r)
		return (str){0};
	say(&t, "The role " STR_FMT " acts under these purposes (%s:%d).\n", STR_ARG(role),
		r->at.file, r->at.line);
	for (size_t i = 0; i < p->purposes_n; i++)
		if (p->purposes[i].roles >> r->bit & 1)
			who_purpose(&t, p, tables, &p->purposes[i]);
	return view(&t);
}

/* ---- explain ----------------------------------------------------------------------------- */
static void explain_what(
	struct text *t, const struct policy_table *tab, const struct policy_column *k)
{
	const struct policy_group *g = policy_group(tab, k->name);

	say(t, STR_FMT "." STR_FMT " is %s, in \"" STR_FMT "\" (%s:%d)\n", STR_ARG(tab->name),
		STR_ARG(k->name), type_text(t, k), STR_ARG(tab->about), k->at.file, k->at.line);
	if (g) {
		say(t, "  holds:");
		for (size_t i = 0; i < g->n; i++)
			say(t, "%s " STR_FMT " (" STR_FMT ")", i ? "," : "",
				STR_ARG(g->fields[i].name), STR_ARG(g->fields[i].dpv));
		say(t, "\n  whose data: " STR_FMT "; sealed under the key of " STR_FMT "\n",
			STR_ARG(g->subject), STR_ARG(g->key));
		say(t, "  needed: %s" STR_FMT "\n", g->required.n ? "" : "no, it is optional",
			STR_ARG(g->required));
	} else if (k->dpv.n) {
		say(t, "  personal: " STR_FMT " of " STR_FMT "%s\n", STR_ARG(k->dpv),
			STR_ARG(k->subject),
			k->published ? ", published by its subject"
			: k->keyed   ? ", as a keyed hash"
				     : "");
	} else {
		say(t, "  not personal%s\n",
			k->type.kind == TYPE_BLIND ? " in itself: a keyed index of a sealed field"
						   : "");
	}
}

static void explain_purposes(
	struct text *t, const struct policy *p, const struct policy_table *tab, str column)
{
	bool any = false;

	for (size_t i = 0; i < tab->grants_n; i++) {
		const struct policy_grant *g = &tab->grants[i];
		const struct policy_purpose *u = policy_purpose(p, g->purpose);
		str r = rights(t->a, g, column);

		if (!r.n)
			continue;
		any = true;
		say(t, "\n" STR_FMT ": " STR_FMT " (" STR_FMT "; %s:%d)\n", STR_ARG(u->name),
			STR_ARG(u->why), STR_ARG(basis_said(t->a, u->basis)), g->at.file,
			g->at.line);
		say(t, "  may    %s%s%s\n", str_has(r, 'r') ? " read" : "",
			str_has(r, 'i') ? " add" : "", str_has(r, 'u') ? " change" : "");
		say(t, "  who     ");
		say_roles(t, p, u);
		say(t, "\n");
		say_rows(t, g, "  rows    ");
		if (g->check.n && str_has(r, 'i'))
			say(t, "  adds only if " STR_FMT "\n", STR_ARG(g->check));
	}
	if (!any)
		say(t, "\nNo purpose may read or write it.\n");
}

static void explain_keeps(struct text *t, const struct policy_table *tab)
{
	say(t, "\nHow long\n");
	for (size_t i = 0; i < tab->keeps_n; i++)
		say(t, "  " STR_FMT " from " STR_FMT ", then %s: " STR_FMT " (%s:%d)\n",
			STR_ARG(duration_said(t->a, tab->keeps[i].duration)),
			STR_ARG(tab->keeps[i].from),
			tab->keeps[i].then == KEEP_ERASE ? "erased" : "anonymised",
			STR_ARG(tab->keeps[i].because), tab->keeps[i].at.file,
			tab->keeps[i].at.line);
	if (!tab->keeps_n && tab->part_of.n)
		say(t, "  as long as what its " STR_FMT " leads to: it is a part of that\n",
			STR_ARG(tab->part_of));
	else if (!tab->keeps_n)
		say(t, "  no end: the table holds nothing personal\n");
}

/* "person.email.address" names person.email too. */
static bool field_of(str field, str column)
{
	return str_eq(field, column) ||
	       (str_starts(field, column) && field.n > column.n && field.p[column.n] == '.');
}

static bool is_whole(const struct policy_recipient *r, const char *word)
{
	return r->fields_n == 1 && str_eq(r->fields[0], str_of(word));
}

/* Who is sent nothing by name, and could get it all the same. */
static void explain_cases(struct text *t, const struct policy *p)
{
	for (size_t i = 0; i < p->recipients_n; i++) {
		const struct policy_recipient *r = &p->recipients[i];

		if (is_whole(r, "all") || is_whole(r, "as_ordered"))
			say(t, "  " STR_FMT ", " STR_FMT " (%s; %s:%d)\n", STR_ARG(r->name),
				STR_ARG(r->title),
				is_whole(r, "all") ? "is sent nothing, runs what it lies on"
						   : "if the written order of a case names it",
				r->at.file, r->at.line);
	}
}

static void explain_owners(struct text *t, const struct policy_table *tab)
{
	str own = policy_own_text(t->a, tab);

	say(t, "\nWhose it is, who is shown it, what an erasure does\n");
	for (str rest = own; rest.n;) {
		str line = str_cut(&rest, '\n');

		say(t, "  " STR_FMT "\n", STR_ARG(line));
	}
	if (!own.n)
		say(t, "  nobody's\n");
}

static void explain_outside(struct text *t, const struct policy *p, str column, bool personal)
{
	bool any = false;

	say(t, "\nWho receives it outside\n");
	for (size_t i = 0; i < p->recipients_n; i++)
		for (size_t k = 0; k < p->recipients[i].fields_n; k++)
			if (field_of(p->recipients[i].fields[k], column)) {
				say(t, "  " STR_FMT ", " STR_FMT " (" STR_FMT "; %s:%d)\n",
					STR_ARG(p->recipients[i].name),
					STR_ARG(p->recipients[i].title),
					STR_ARG(p->recipients[i].role), p->recipients[i].at.file,
					p->recipients[i].at.line);
				any = true;
				break;
			}
	for (size_t i = 0; i < p->mails_n; i++)
		for (size_t k = 0; k < p->mails[i].fields_n; k++)
			if (field_of(p->mails[i].fields[k], column)) {
				say(t, "  in the mail " STR_FMT " (%s:%d)\n",
					STR_ARG(p->mails[i].name), p->mails[i].at.file,
					p->mails[i].at.line);
				any = true;
				break;
			}
	if (personal)
		explain_cases(t, p);
	else if (!any)
		say(t, "  nobody\n");
}

str policy_explain(struct arena *a, const struct policy *p, str column)
{
	str rest = column, name = str_cut(&rest, '.');
	const struct policy_table *tab = policy_table(p, name);
	const struct policy_column *k = policy_column(tab, rest);
	struct text t = {.a = a};

	if (!k)
		return (str){0};
	explain_what(&t, tab, k);
	explain_purposes(&t, p, tab, k->name);
	explain_keeps(&t, tab);
	explain_owners(&t, tab);
	explain_outside(&t, p, column, policy_is_personal(k));
	return view(&t);
}
