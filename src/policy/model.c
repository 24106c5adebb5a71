/* The model: looking things up, mistakes, the hash. */
#include "read.h"
#include "../base/limits.h"

#include <stdio.h>

void policy_error(struct arena *a, struct policy_errors *e, struct place at, const char *fmt, ...)
{
	struct policy_error *x;
	char text[1000];
	str said;
	va_list ap;

	if (e->n >= POLICY_ERRORS_MAX)
		return;
	x = ARENA_PUSH(a, e);
	x->at = at;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	said = str_of(text);
	for (int i = 0; i < 3 && !str_utf8(said); i++)
		said.n--; /* cut within a character */
	x->text = str_dup(a, said);
	if (e->n == POLICY_ERRORS_MAX)
		x->text = S("too many mistakes: the rest is not shown");
}

str policy_errors_text(struct arena *a, const struct policy_errors *e)
{
	str s = S("");

	for (size_t i = 0; i < e->n; i++) {
		const struct policy_error *x = &e->v[i];
		str at = x->at.file ? str_of(x->at.file) : S("policy");

		if (x->at.line)
			at = str_fmt(a, STR_FMT ":%d", STR_ARG(at), x->at.line);
		if (x->at.column)
			at = str_fmt(a, STR_FMT ":%d", STR_ARG(at), x->at.column);
		s = str_fmt(a, STR_FMT STR_FMT ": error: " STR_FMT "\n", STR_ARG(s), STR_ARG(at),
			STR_ARG(x->text));
	}
	return s;
}

bool policy_has(const str *v, size_t n, str s)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(v[i], s))
			return true;
	return false;
}

#define FIND(list, count, wanted) \
	for (size_t i = 0; i < (count); i++) \
		if (str_eq((list)[i].name, (wanted))) \
			return &(list)[i]; \
	return NULL

const struct policy_table *policy_table(const struct policy *p, str name)
{
	FIND(p->tables, p->tables_n, name);
}

const struct policy_column *policy_column(const struct policy_table *t, str name)
{
	if (!t)
		return NULL;
	FIND(t->columns, t->columns_n, name);
}

const struct policy_group *policy_group(const struct policy_table *t, str name)
{
	if (!t)
		return NULL;
	FIND(t->groups, t->groups_n, name);
}

const struct policy_grant *policy_grant(const struct policy_table *t, str purpose)
{
	for (size_t i = 0; t && i < t->grants_n; i++)
		if (str_eq(t->grants[i].purpose, purpose))
			return &t->grants[i];
	return NULL;
}

const struct policy_purpose *policy_purpose(const struct policy *p, str name)
{
	FIND(p->purposes, p->purposes_n, name);
}

const struct policy_role *policy_role(const struct policy *p, str name)
{
	FIND(p->roles, p->roles_n, name);
}

const struct policy_enum *policy_enum(const struct policy *p, str name)
{
	FIND(p->enums, p->enums_n, name);
}

/* ---- duration ---------------------------------------------------------------------------- */
/* PnYnMnWnDTnHnMnS, each part at most once, in order, at least one (ISO 8601-1, 5.5.2.2). */
int64_t policy_duration_s(str s)
{
	static const struct {
		char unit;
		bool time;
		int64_t seconds;
	} parts[] = {{'Y', false, 31557600}, {'M', false, 2629800}, {'W', false, 604800},
		{'D', false, 86400}, {'H', true, 3600}, {'M', true, 60}, {'S', true, 1}};
	size_t i = 1, part = 0, used = 0;
	int64_t sum = 0;
	bool time = false;

	if (!s.n || s.p[0] != 'P')
		return -1;
	while (i < s.n) {
		int64_t v;
		size_t from = i;

		if (s.p[i] == 'T' && !time) {
			time = true;
			if (++i == s.n)
				return -1;
			continue;
		}
		while (i < s.n && s.p[i] >= '0' && s.p[i] <= '9')
			i++;
		if (i == from || i - from > 5 || i == s.n ||
			!str_int(str_sub(s, from, i - from), &v))
			return -1;
		while (part < COUNT(parts) &&
			(parts[part].unit != s.p[i] || parts[part].time != time))
			part++;
		if (part == COUNT(parts))
			return -1;
		sum += v * parts[part++].seconds;
		used++;
		i++;
	}
	return used ? sum : -1;
}

/* ---- hash -----------------------------------------------------------------------------------
 * Canonical bytes: every value as LENGTH:BYTES, every list as its count first, lists in an order of
 * their own meaning (bits, declaration) or by name. Places, comments and writing leave no trace. */
struct canon {
	struct arena *a;
	str *v;
	size_t n, cap, bytes;
};

static void text_add(struct canon *c, str s)
{
	str x = str_fmt(c->a, "%zu:" STR_FMT ",", s.n, STR_ARG(s));

	*ARENA_PUSH(c->a, c) = x;
	c->bytes += x.n;
}

static void int_add(struct canon *c, int64_t v)
{
	text_add(c, str_fmt(c->a, "%lld", (long long)v));
}

static void texts_add(struct canon *c, const str *v, size_t n)
{
	int_add(c, (int64_t)n);
	for (size_t i = 0; i < n; i++)
		text_add(c, v[i]);
}

static void table_add(struct canon *c, const struct policy_table *t)
{
	text_add(c, t->name);
	text_add(c, t->about);
	int_add(c, t->single_row);
	int_add(c, (int64_t)t->columns_n);
	for (size_t i = 0; i < t->columns_n; i++) {
		const struct policy_column *k = &t->columns[i];

		text_add(c, k->name);
		int_add(c, k->type.kind);
		text_add(c, k->type.name);
		text_add(c, k->type.with);
		int_add(c, k->null);
		int_add(c, k->published);
		int_add(c, k->keyed);
		text_add(c, k->dpv);
		text_add(c, k->subject);
	}
	int_add(c, (int64_t)t->groups_n);
	for (size_t i = 0; i < t->groups_n; i++) {
		const struct policy_group *g = &t->groups[i];

		text_add(c, g->name);
		text_add(c, g->subject);
		text_add(c, g->key);
		text_add(c, g->required);
		int_add(c, (int64_t)g->n);
		for (size_t k = 0; k < g->n; k++) {
			text_add(c, g->fields[k].name);
			text_add(c, g->fields[k].dpv);
		}
	}
	int_add(c, (int64_t)t->grants_n);
	for (size_t i = 0; i < t->grants_n; i++) {
		const struct policy_grant *g = &t->grants[i];

		text_add(c, g->purpose);
		texts_add(c, g->columns, g->columns_n);
		texts_add(c, g->insert, g->insert_n);
		texts_add(c, g->update, g->update_n);
		int_add(c, g->may_delete);
		texts_add(c, g->using, g->using_n);
		text_add(c, g->check);
		text_add(c, g->consent);
	}
	int_add(c, (int64_t)t->keeps_n);
	for (size_t i = 0; i < t->keeps_n; i++) {
		text_add(c, t->keeps[i].from);
		text_add(c, t->keeps[i].duration);
		text_add(c, t->keeps[i].because);
		int_add(c, t->keeps[i].then);
	}
	text_add(c, policy_own_text(c->a, t));
}

static void outside_add(struct canon *c, const struct policy *p)
{
	int_add(c, (int64_t)p->recipients_n);
	for (size_t i = 0; i < p->recipients_n; i++) {
		const struct policy_recipient *r = &p->recipients[i];

		texts_add(c,
			(str[]){r->name, r->title, r->role, r->country, r->instrument, r->link}, 6);
		texts_add(c, r->purposes, r->purposes_n);
		texts_add(c, r->hosts, r->hosts_n);
		texts_add(c, r->fields, r->fields_n);
	}
	int_add(c, (int64_t)p->cookies_n);
	for (size_t i = 0; i < p->cookies_n; i++) {
		texts_add(
			c, (str[]){p->cookies[i].name, p->cookies[i].why, p->cookies[i].party}, 3);
		int_add(c, p->cookies[i].class);
		int_add(c, p->cookies[i].max_age_s);
	}
	int_add(c, (int64_t)p->mails_n);
	for (size_t i = 0; i < p->mails_n; i++) {
		texts_add(c, (str[]){p->mails[i].name, p->mails[i].purpose, p->mails[i].recipient},
			3);
		texts_add(c, p->mails[i].fields, p->mails[i].fields_n);
	}
	const struct policy_operator *o = &p->operator;

	texts_add(c,
		(str[]){o->name, o->legal_form, o->register_entry, o->vat_id, o->country, o->email,
			o->phone, o->imprint, o->dpo_name, o->dpo_email, o->authority,
			o->authority_link},
		12);
	texts_add(c, o->address, o->address_n);
}

static void actors_add(struct canon *c, const struct policy *p)
{
	for (int bit = 0; bit < 63; bit++) {
		for (size_t i = 0; i < p->purposes_n; i++)
			if (p->purposes[i].bit == bit) {
				const struct policy_purpose *u = &p->purposes[i];

				texts_add(c, (str[]){u->name, u->why, u->dpv, u->basis}, 4);
				int_add(c, u->staff);
				int_add(c, (int64_t)u->roles);
			}
		for (size_t i = 0; i < p->roles_n; i++)
			if (p->roles[i].bit == bit) {
				text_add(c, p->roles[i].name);
				int_add(c, p->roles[i].kind);
			}
		int_add(c, bit);
	}
}

/* The place in the order of names, by counting the smaller ones: lists here are short. */
static size_t enum_rank(const struct policy *p, size_t k)
{
	size_t n = 0;

	for (size_t i = 0; i < p->enums_n; i++)
		n += str_cmp(p->enums[i].name, p->enums[k].name) < 0;
	return n;
}

static size_t table_rank(const struct policy *p, size_t k)
{
	size_t n = 0;

	for (size_t i = 0; i < p->tables_n; i++)
		n += str_cmp(p->tables[i].name, p->tables[k].name) < 0;
	return n;
}

struct digest policy_hash(struct arena *a, const struct policy *p)
{
	struct canon c = {.a = a};
	char *all, *to;

	text_add(&c, S("kontor policy 1"));
	actors_add(&c, p);
	for (size_t rank = 0; rank < p->enums_n; rank++)
		for (size_t i = 0; i < p->enums_n; i++)
			if (enum_rank(p, i) == rank) {
				text_add(&c, p->enums[i].name);
				texts_add(&c, p->enums[i].values, p->enums[i].n);
			}
	for (size_t rank = 0; rank < p->tables_n; rank++)
		for (size_t i = 0; i < p->tables_n; i++)
			if (table_rank(p, i) == rank)
				table_add(&c, &p->tables[i]);
	outside_add(&c, p);
	all = to = arena_alloc(a, 1, c.bytes + 1);
	for (size_t i = 0; i < c.n; i++)
		to = mempcpy(to, c.v[i].p, c.v[i].n);
	return digest_of((str){all, c.bytes});
}
