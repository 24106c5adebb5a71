/* What leaves the house: recipients, cookies, mails, and what their declarations must hold. */
#include "read.h"

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

static void recipient_check(struct arena *a, const struct policy *p,
	const struct policy_recipient *r, struct policy_errors *e)
{
	static const char *const roles[] = {"processor", "controller", "joint"};
	bool known = false;

	for (size_t i = 0; i < COUNT(roles); i++)
		known |= str_eq(r->role, str_of(roles[i]));
	if (!known)
		policy_error(a, e, r->at,
			"the role of the recipient `" STR_FMT
			"` must be processor, controller or joint",
			STR_ARG(r->name));
	for (size_t i = 0; i < r->purposes_n; i++)
		if (!policy_purpose(p, r->purposes[i]))
			policy_error(a, e, r->at,
				"the recipient `" STR_FMT "` names the purpose `" STR_FMT
				"`, which is not declared",
				STR_ARG(r->name), STR_ARG(r->purposes[i]));
	for (size_t i = 0; i < r->fields_n; i++) {
		const struct policy_table *t;
		bool read = false;
		str column;

		if (str_eq(r->fields[i], S("all")) && r->fields_n == 1)
			continue; /* is sent nothing: egress asks for no such name */
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
	for (size_t i = 0; i < p->recipients_n; i++)
		recipient_check(a, p, &p->recipients[i], e);
	for (size_t i = 0; i < p->mails_n; i++)
		mail_check(a, p, &p->mails[i], e);
	for (size_t i = 0; i < p->cookies_n; i++)
		if (!str_eq(p->cookies[i].party, S("first")) &&
			!str_eq(p->cookies[i].party, S("third")))
			policy_error(a, e, p->cookies[i].at,
				"the party of the cookie `" STR_FMT "` is first or third",
				STR_ARG(p->cookies[i].name));
}
