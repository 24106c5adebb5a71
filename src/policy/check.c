/* What must hold in the model as a whole: every name leads somewhere, personal data has a subject,
 * a purpose and an end. */
#include "read.h"

struct checking {
	struct arena *a;
	struct policy *p;
	struct dpv *dpv;
	struct policy_errors *e;
	const struct policy_table *t; /* the table at hand */
};
#define WRONG(c, at, ...) policy_error((c)->a, (c)->e, (at), __VA_ARGS__)

static bool personal(const struct policy_column *k)
{
	return k->dpv.n || k->type.kind == TYPE_SEALED || k->type.kind == TYPE_BLIND;
}

/* ---- roles, purposes, enums -------------------------------------------------------------- */
static void roles_check(struct checking *c)
{
	const struct policy_role *r = c->p->roles;

	for (size_t i = 0; i < c->p->roles_n; i++)
		for (size_t k = 0; k < i; k++) {
			if (str_eq(r[i].name, r[k].name))
				WRONG(c, r[i].at, "the role `" STR_FMT "` is declared twice",
					STR_ARG(r[i].name));
			if (r[i].bit == r[k].bit)
				WRONG(c, r[i].at,
					"the roles `" STR_FMT "` and `" STR_FMT
					"` have the same bit %d",
					STR_ARG(r[k].name), STR_ARG(r[i].name), r[i].bit);
		}
}

static void basis_check(struct checking *c, const struct policy_purpose *u)
{
	if (str_eq(u->basis, S("none")))
		return;
	if (u->basis.n != 6 || !str_starts(u->basis, S("A6-1-")) || u->basis.p[5] < 'a' ||
		u->basis.p[5] > 'f')
		WRONG(c, u->at,
			"the basis of `" STR_FMT
			"` must be one of A6-1-a to A6-1-f, or none, and is `" STR_FMT "`",
			STR_ARG(u->name), STR_ARG(u->basis));
}

/* What the basis of a purpose asks for beside it. */
static void basis_needs(struct checking *c, const struct policy_purpose *u)
{
	bool interest = str_eq(u->basis, S("A6-1-f")), consent = str_eq(u->basis, S("A6-1-a"));
	bool direct = str_eq(u->dpv, S("dpv:DirectMarketing"));

	if (interest && !u->lia.n)
		WRONG(c, u->at,
			"`" STR_FMT "` rests on a legitimate interest (A6-1-f), so it needs `lia`: "
			"the name of an assessment under `interests`",
			STR_ARG(u->name));
	if (u->lia.n && !policy_interest(c->p, u->lia))
		WRONG(c, u->at,
			"`" STR_FMT "` names the assessment `" STR_FMT
			"`, which is not declared under `interests`",
			STR_ARG(u->name), STR_ARG(u->lia));
	if (u->lia.n && !interest)
		WRONG(c, u->at,
			"`" STR_FMT "` has an assessment of interests, but its basis is " STR_FMT
			": leave `lia` out",
			STR_ARG(u->name), STR_ARG(u->basis));
	if (u->renew.n && (!consent || policy_duration_s(u->renew) <= 0))
		WRONG(c, u->at,
			"`" STR_FMT
			"`: `renew` is how long a consent (A6-1-a) stands, an ISO 8601 duration "
			"such as P2Y",
			STR_ARG(u->name));
	if (consent != (u->without.n != 0))
		WRONG(c, u->at,
			consent ? "`" STR_FMT "` rests on consent (A6-1-a), so it needs `without`: "
				  "what a person goes without who says no"
				: "`" STR_FMT
				  "` does not rest on consent, so nobody can be without it: "
				  "leave `without` out",
			STR_ARG(u->name));
	if ((interest && u->objection == OBJECTION_NO) ||
		(direct && u->objection != OBJECTION_ABSOLUTE))
		WRONG(c, u->at,
			"the right to object to `" STR_FMT "` may not be narrowed: `objection` is "
			"%s here (GDPR Art. 21)",
			STR_ARG(u->name), direct ? "absolute" : "assessed or absolute");
	if (!interest && !consent && !direct && u->objection != OBJECTION_NO)
		WRONG(c, u->at,
			"`" STR_FMT "` rests on " STR_FMT
			", to which nobody can object: leave `objection` out",
			STR_ARG(u->name), STR_ARG(u->basis));
}

static void compatible_check(struct checking *c, const struct policy_purpose *u)
{
	for (size_t i = 0; i < u->compatible_with_n; i++)
		if (!policy_purpose(c->p, u->compatible_with[i]))
			WRONG(c, u->at,
				"`" STR_FMT "` is compatible with `" STR_FMT
				"`, which is not declared",
				STR_ARG(u->name), STR_ARG(u->compatible_with[i]));
	if ((u->compatible_with_n != 0) != (u->compatible_test.n != 0))
		WRONG(c, u->at,
			"`" STR_FMT "` needs both `compatible_with` and `test` (why the further "
			"use is compatible, GDPR Art. 6(4)), or neither",
			STR_ARG(u->name));
}

static void purposes_check(struct checking *c)
{
	struct policy_purpose *u = c->p->purposes;

	for (size_t i = 0; i < c->p->purposes_n; i++) {
		for (size_t k = 0; k < i; k++) {
			if (str_eq(u[i].name, u[k].name))
				WRONG(c, u[i].at, "the purpose `" STR_FMT "` is declared twice",
					STR_ARG(u[i].name));
			if (u[i].bit == u[k].bit)
				WRONG(c, u[i].at,
					"the purposes `" STR_FMT "` and `" STR_FMT
					"` have the same bit %d",
					STR_ARG(u[k].name), STR_ARG(u[i].name), u[i].bit);
		}
		basis_check(c, &u[i]);
		basis_needs(c, &u[i]);
		compatible_check(c, &u[i]);
		dpv_check(c->dpv, u[i].dpv, "purpose", u[i].at, c->e);
		for (size_t k = 0; k < u[i].role_names_n; k++) {
			const struct policy_role *r = policy_role(c->p, u[i].role_names[k]);

			if (r)
				u[i].roles |= UINT64_C(1) << r->bit;
			else
				WRONG(c, u[i].at,
					"the purpose `" STR_FMT "` names the role `" STR_FMT
					"`, which is not declared",
					STR_ARG(u[i].name), STR_ARG(u[i].role_names[k]));
		}
	}
}

static void enums_check(struct checking *c)
{
	const struct policy_enum *v = c->p->enums;

	for (size_t i = 0; i < c->p->enums_n; i++) {
		if (policy_has(c->p->ids, c->p->ids_n, v[i].name))
			WRONG(c, v[i].at, "`" STR_FMT "` is an id and an enum", STR_ARG(v[i].name));
		if (str_eq(v[i].name, S("role")) || str_eq(v[i].name, S("purpose")))
			WRONG(c, v[i].at,
				"an enum may not be named `" STR_FMT "`: @" STR_FMT
				".x means the policy's own",
				STR_ARG(v[i].name), STR_ARG(v[i].name));
		for (size_t k = 0; k < i; k++)
			if (str_eq(v[i].name, v[k].name))
				WRONG(c, v[i].at,
					"the enum `" STR_FMT "` is declared twice (%s:%d)",
					STR_ARG(v[i].name), v[k].at.file, v[k].at.line);
	}
}

/* ---- paths: a column, or "order.placed_by" ----------------------------------------------- */
static const struct policy_table *table_of_id(const struct policy *p, str id_type)
{
	for (size_t i = 0; i < p->tables_n; i++) {
		const struct policy_column *k = policy_column(&p->tables[i], S("id"));

		if (k && k->type.kind == TYPE_ID && str_eq(k->type.name, id_type))
			return &p->tables[i];
	}
	return NULL;
}

/* The column that a path leads to; `order.placed_by` goes through the own column order_id. */
static const struct policy_column *path_column(
	struct checking *c, str path, struct place at, const char *what)
{
	const struct policy_table *t = c->t;
	const struct policy_column *k;
	str rest = path, first = str_cut(&rest, '.');

	if (rest.n) {
		k = policy_column(t, str_fmt(c->a, STR_FMT "_id", STR_ARG(first)));
		t = k && k->type.kind == TYPE_ID ? table_of_id(c->p, k->type.name) : NULL;
		if (!t) {
			WRONG(c, at,
				"%s `" STR_FMT "` leads nowhere: there must be a column " STR_FMT
				"_id with the id of a table",
				what, STR_ARG(path), STR_ARG(first));
			return NULL;
		}
		first = rest;
	}
	k = policy_column(t, first);
	if (!k)
		WRONG(c, at, "%s `" STR_FMT "` is no column of " STR_FMT, what, STR_ARG(path),
			STR_ARG(t->name));
	return k;
}

static void subject_check(struct checking *c, str subject, struct place at)
{
	const struct policy_column *k = path_column(c, subject, at, "the subject");

	if (k && k->type.kind != TYPE_ID)
		WRONG(c, at, "the subject `" STR_FMT "` is not an id", STR_ARG(subject));
}

/* ---- columns and groups ------------------------------------------------------------------ */
static void currency_check(struct checking *c, const struct policy_column *k)
{
	const struct policy_column *cur = policy_column(c->t, k->type.with);

	if (!cur || cur->type.kind != TYPE_TEXT)
		WRONG(c, k->at,
			"the currency column `" STR_FMT "` of " STR_FMT "." STR_FMT " is %s",
			STR_ARG(k->type.with), STR_ARG(c->t->name), STR_ARG(k->name),
			cur ? "not a text" : "not declared");
	if (k->type.kind == TYPE_MONEY ? !str_ends(k->name, S("_minor"))
				       : !str_ends(k->name, S("_micro")))
		WRONG(c, k->at, "the column `" STR_FMT "` must end in %s", STR_ARG(k->name),
			k->type.kind == TYPE_MONEY ? "_minor" : "_micro");
}

static void blind_check(struct checking *c, const struct policy_column *k)
{
	str rest = k->type.with, name = str_cut(&rest, '.');
	const struct policy_group *g = policy_group(c->t, name);

	for (size_t i = 0; g && i < g->n; i++)
		if (str_eq(g->fields[i].name, rest))
			return;
	WRONG(c, k->at,
		"`blind(" STR_FMT ")` names no field of a group of " STR_FMT
		" (blind(group.field))",
		STR_ARG(k->type.with), STR_ARG(c->t->name));
}

static void type_check(struct checking *c, struct policy_column *k)
{
	if (k->type.kind == TYPE_MONEY || k->type.kind == TYPE_PRICE)
		currency_check(c, k);
	if (k->type.kind == TYPE_BLIND)
		blind_check(c, k);
	if (k->type.kind == TYPE_SEALED && !policy_group(c->t, k->name))
		WRONG(c, k->at, "the sealed column `" STR_FMT "` has no group of its name",
			STR_ARG(k->name));
	if (k->type.kind != TYPE_ID)
		return;
	if (policy_enum(c->p, k->type.name))
		k->type.kind = TYPE_ENUM;
	else if (!policy_has(c->p->ids, c->p->ids_n, k->type.name))
		WRONG(c, k->at,
			"`" STR_FMT "` is not a type: int, bool, text, blob, time, money(..), "
			"price(..), sealed, blind(..), an id or an enum",
			STR_ARG(k->type.name));
}

static bool readable(const struct policy_table *t, str column)
{
	for (size_t i = 0; i < t->grants_n; i++)
		if (policy_has(t->grants[i].columns, t->grants[i].columns_n, column))
			return true;
	return false;
}

/* Identifiers of what GDPR Art. 9(1) protects. */
static bool special(str dpv)
{
	static const char *const v[] = {"pd:Health", "pd:HealthRecord", "pd:MedicalHealth",
		"pd:Ethnicity", "pd:Biometric", "pd:FacialPrint", "pd:Retina", "pd:Sexual",
		"dpv:SpecialCategoryPersonalData"};

	for (size_t i = 0; i < COUNT(v); i++)
		if (str_eq(dpv, str_of(v[i])))
			return true;
	return false;
}

static void personal_check(struct checking *c, struct policy_column *k)
{
	bool self = k->type.kind == TYPE_ID && str_eq(k->type.name, S("person_id"));

	if ((k->published || k->keyed) && !k->dpv.n)
		WRONG(c, k->at, "`" STR_FMT "` says how it is stored, so it needs a dpv identifier",
			STR_ARG(k->name));
	if (k->keyed && k->type.kind != TYPE_BLOB)
		WRONG(c, k->at, "`" STR_FMT "` is keyed, so its type is blob", STR_ARG(k->name));
	if (!k->dpv.n && k->subject.n)
		WRONG(c, k->at, "`" STR_FMT "` has a subject, so it needs a dpv identifier",
			STR_ARG(k->name));
	if (!personal(k))
		return;
	if (k->dpv.n)
		dpv_check(c->dpv, k->dpv, "data", k->at, c->e);
	if (special(k->dpv))
		WRONG(c, k->at,
			"`" STR_FMT "` is of a special category: seal it in a group that says "
			"`special`",
			STR_ARG(k->name));
	if (k->dpv.n && k->type.kind == TYPE_SEALED)
		WRONG(c, k->at,
			"`" STR_FMT "` is sealed: its fields say what they are, not the column",
			STR_ARG(k->name));
	if (k->dpv.n && (k->type.kind == TYPE_TEXT || k->type.kind == TYPE_BLOB) && !k->published &&
		!k->keyed)
		WRONG(c, k->at,
			"the personal text `" STR_FMT
			"` must be sealed in a group, or say store: published",
			STR_ARG(k->name));
	if (k->dpv.n && k->type.kind != TYPE_SEALED && k->type.kind != TYPE_BLIND) {
		if (!k->subject.n)
			k->subject = self ? k->name : c->t->subject;
		if (!k->subject.n)
			WRONG(c, k->at,
				"the personal column `" STR_FMT
				"` needs a subject: whose data is it?",
				STR_ARG(k->name));
		else if (!k->keyed || !str_eq(k->subject, S("none")))
			subject_check(c, k->subject, k->at);
	}
	if (!readable(c->t, k->name))
		WRONG(c, k->at,
			"no purpose reads the personal column `" STR_FMT "`: what is it kept for?",
			STR_ARG(k->name));
	if (!c->t->keeps_n && !c->t->part_of.n)
		WRONG(c, k->at,
			"`" STR_FMT "` is personal, but " STR_FMT
			" has no keep: how long is it kept?",
			STR_ARG(k->name), STR_ARG(c->t->name));
}

static void columns_check(struct checking *c, struct policy_table *t)
{
	for (size_t i = 0; i < t->columns_n; i++) {
		type_check(c, &t->columns[i]);
		personal_check(c, &t->columns[i]);
	}
}

static void special_check(struct checking *c, const struct policy_group *g)
{
	bool any = false;

	for (size_t i = 0; i < g->n; i++)
		any |= special(g->fields[i].dpv);
	if (any && !g->special.n)
		WRONG(c, g->at,
			"the group `" STR_FMT
			"` holds a special category, so it needs `special`: the ground of GDPR "
			"Art. 9(2), such as A9-2-a",
			STR_ARG(g->name));
	if (g->special.n && (g->special.n != 6 || !str_starts(g->special, S("A9-2-")) ||
				    g->special.p[5] < 'a' || g->special.p[5] > 'j'))
		WRONG(c, g->at,
			"`special` of the group `" STR_FMT
			"` must be one of A9-2-a to A9-2-j, and is `" STR_FMT "`",
			STR_ARG(g->name), STR_ARG(g->special));
}

static void group_check(struct checking *c, struct policy_group *g)
{
	const struct policy_column *k = policy_column(c->t, g->name);

	if (!k || k->type.kind != TYPE_SEALED)
		WRONG(c, g->at, "the group `" STR_FMT "` has no sealed column of its name",
			STR_ARG(g->name));
	for (size_t i = 0; i < g->n; i++)
		dpv_check(c->dpv, g->fields[i].dpv, "data", g->fields[i].at, c->e);
	special_check(c, g);
	if (!g->subject.n) {
		WRONG(c, g->at, "the group `" STR_FMT "` needs a subject: whose data is it?",
			STR_ARG(g->name));
		return;
	}
	subject_check(c, g->subject, g->at);
	if (!g->key.n && str_has(g->subject, '.')) {
		WRONG(c, g->at,
			"the group `" STR_FMT
			"` needs a key of its own: its subject stands in another table",
			STR_ARG(g->name));
		return;
	}
	if (!g->key.n)
		g->key = g->subject;
	k = policy_column(c->t, g->key);
	if (!k || k->type.kind != TYPE_ID)
		WRONG(c, g->at,
			"the key `" STR_FMT "` of the group `" STR_FMT
			"` must be an id column of " STR_FMT,
			STR_ARG(g->key), STR_ARG(g->name), STR_ARG(c->t->name));
	k = policy_column(c->t, S("id"));
	if (!k || k->type.kind != TYPE_ID)
		WRONG(c, g->at, "a table with groups needs an `id` column of an id type");
}

static void keeps_check(struct checking *c, const struct policy_table *t)
{
	for (size_t i = 0; i < t->keeps_n; i++) {
		const struct policy_keep *k = &t->keeps[i];
		const struct policy_column *from = path_column(c, k->from, k->at, "the event");

		if (from && from->type.kind != TYPE_TIME)
			WRONG(c, k->at, "a keep counts from a time, and `" STR_FMT "` is none",
				STR_ARG(k->from));
		if (policy_duration_s(k->duration) < 0)
			WRONG(c, k->at,
				"`" STR_FMT "` is not an ISO 8601 duration such as P10Y or P30D",
				STR_ARG(k->duration));
	}
}

/* ---- grants ------------------------------------------------------------------------------ */
static void names_check(
	struct checking *c, const struct policy_grant *g, const str *v, size_t n, const char *verb)
{
	for (size_t i = 0; i < n; i++) {
		if (!policy_column(c->t, v[i]))
			WRONG(c, g->at,
				"`" STR_FMT "` may %s " STR_FMT "." STR_FMT
				", which is not declared",
				STR_ARG(g->purpose), verb, STR_ARG(c->t->name), STR_ARG(v[i]));
		if (policy_has(v, i, v[i]))
			WRONG(c, g->at,
				"`" STR_FMT "` lists " STR_FMT "." STR_FMT " twice under %s",
				STR_ARG(g->purpose), STR_ARG(c->t->name), STR_ARG(v[i]), verb);
	}
}

static void gates_check(struct checking *c, const struct policy_grant *g)
{
	for (size_t i = 0; i < g->using_n; i++) {
		gate_sql(
			c->a, c->p, c->t, g->using [i], GATE_OWN, (str) { 0 }, g->using_at, c->e);
		for (size_t k = 0; k < g->update_n; k++)
			if (gate_uses(c->a, c->t, g->using[i], g -> update[k]))
				WRONG(c, g->using_at,
					"`" STR_FMT "` may not update `" STR_FMT
					"`: its own gate stands on it",
					STR_ARG(g->purpose), STR_ARG(g->update[k]));
		if (g->insert_n && !g->check.n)
			gate_sql(
				c->a, c->p, c->t, g->using [i], GATE_NEW, (str) { 0 }, g->using_at,
				c->e);
	}
	if (g->check.n)
		gate_sql(c->a, c->p, c->t, g->check, GATE_NEW, (str){0}, g->check_at, c->e);
	if (g->check.n && !g->insert_n)
		WRONG(c, g->check_at,
			"a check is asked of inserted rows, and `" STR_FMT "` inserts none",
			STR_ARG(g->purpose));
	if (g->consent.n) {
		const struct policy_column *mask = policy_column(c->t, S("mask"));

		if (!policy_purpose(c->p, g->consent))
			WRONG(c, g->at,
				"consent for the purpose `" STR_FMT "`, which is not declared",
				STR_ARG(g->consent));
		if (!mask || mask->type.kind != TYPE_INT)
			WRONG(c, g->at, "consent needs a column `mask` of type int in " STR_FMT,
				STR_ARG(c->t->name));
	}
}

/* Some seconds old is right only for what is the same for everybody and in the clear: who asks for
 * what is their own, changes it here, agreed to it or opens it, is given what stands now. */
static void tells_restricted_check(struct checking *c)
{
	const struct policy_column *k = policy_column(c->t, S("restricted"));

	if (k && (k->type.kind != TYPE_BOOL || k->null || !str_eq(c->t->subject, S("id"))))
		WRONG(c, k->at,
			"`restricted` is kept by the store, in tables of subjects: it needs "
			"`subject: id` in " STR_FMT " and is a bool that is never null",
			STR_ARG(c->t->name));
}

static void lag_check(struct checking *c, const struct policy_grant *g)
{
	bool own = g->consent.n;

	for (size_t i = 0; i < g->using_n; i++)
		own |= str_find(g->using[i], S("viewer_")) != (size_t)-1;
	if (own)
		WRONG(c, g->at,
			"`" STR_FMT "` may not read " STR_FMT
			" with a lag: which rows it sees depends on who looks",
			STR_ARG(g->purpose), STR_ARG(c->t->name));
	if (g->insert_n || g->update_n || g->may_delete)
		WRONG(c, g->at,
			"`" STR_FMT "` may not read " STR_FMT
			" with a lag: it writes there, and must see what it wrote",
			STR_ARG(g->purpose), STR_ARG(c->t->name));
	for (size_t i = 0; i < g->columns_n; i++) {
		const struct policy_column *k = policy_column(c->t, g->columns[i]);

		if (k && (k->type.kind == TYPE_SEALED || k->type.kind == TYPE_BLIND))
			WRONG(c, g->at,
				"`" STR_FMT "` may not read " STR_FMT
				" with a lag: whether " STR_FMT " may be opened is asked now",
				STR_ARG(g->purpose), STR_ARG(c->t->name), STR_ARG(k->name));
	}
}

static void grant_check(struct checking *c, const struct policy_grant *g)
{
	const struct policy_purpose *u = policy_purpose(c->p, g->purpose);

	if (!u) {
		WRONG(c, g->at, "the purpose `" STR_FMT "` is not declared in purposes.yaml",
			STR_ARG(g->purpose));
		return;
	}
	if (!g->columns_n && !g->insert_n && !g->update_n && !g->may_delete)
		WRONG(c, g->at, "`" STR_FMT "` may do nothing with " STR_FMT ": leave it out",
			STR_ARG(g->purpose), STR_ARG(c->t->name));
	names_check(c, g, g->columns, g->columns_n, "read");
	names_check(c, g, g->insert, g->insert_n, "insert");
	names_check(c, g, g->update, g->update_n, "update");
	if (policy_has(g->update, g->update_n, S("id")))
		WRONG(c, g->at, "`" STR_FMT "` may not update the id of a row",
			STR_ARG(g->purpose));
	if (policy_tells_restricted(c->t) && policy_has(g->update, g->update_n, S("restricted")))
		WRONG(c, g->at, "`" STR_FMT "` may not update `restricted`: the store does",
			STR_ARG(g->purpose));
	if ((g->update_n || g->may_delete) && !policy_has(g->columns, g->columns_n, S("id")))
		WRONG(c, g->at,
			"`" STR_FMT "` updates or deletes rows of " STR_FMT
			", so it must read `id`",
			STR_ARG(g->purpose), STR_ARG(c->t->name));
	gates_check(c, g);
	if (g->lag)
		lag_check(c, g);
	for (size_t i = 0; i < g->columns_n && str_eq(u->basis, S("none")); i++) {
		const struct policy_column *k = policy_column(c->t, g->columns[i]);

		if (k && personal(k))
			WRONG(c, g->at,
				"`" STR_FMT "` has no legal basis (basis: none), so it may not "
				"read the personal " STR_FMT "." STR_FMT,
				STR_ARG(g->purpose), STR_ARG(c->t->name), STR_ARG(k->name));
	}
}

/* ---- cycles between guards: a view that stands on itself cannot be made ------------------ */
enum { PATH_MAX_VIEWS = 64 };

static bool reaches(struct checking *c, const struct policy_grant *from,
	const struct policy_grant *to, int depth)
{
	struct gate_view v[PATH_MAX_VIEWS];

	if (depth > PATH_MAX_VIEWS)
		return false;
	for (size_t i = 0; i < from->using_n; i++) {
		size_t n = gate_views(c->a, c->p, from->using[i], v, COUNT(v));

		for (size_t k = 0; k < n; k++)
			if (v[k].grant == to ||
				(v[k].grant != from && reaches(c, v[k].grant, to, depth + 1)))
				return true;
	}
	return false;
}

static void table_check(struct checking *c, struct policy_table *t)
{
	c->t = t;
	for (const struct policy_table *k = c->p->tables; k < t; k++)
		if (str_eq(k->name, t->name))
			WRONG(c, t->at, "the table `" STR_FMT "` is declared twice (%s:%d)",
				STR_ARG(t->name), k->at.file, k->at.line);
	columns_check(c, t);
	for (size_t i = 0; i < t->groups_n; i++)
		group_check(c, &t->groups[i]);
	keeps_check(c, t);
	tells_restricted_check(c);
	policy_check_chain(c->a, t, c->e);
	for (size_t i = 0; i < t->grants_n; i++) {
		grant_check(c, &t->grants[i]);
		if (reaches(c, &t->grants[i], &t->grants[i], 0))
			WRONG(c, t->grants[i].using_at,
				"the gate of " STR_FMT "." STR_FMT " stands on itself",
				STR_ARG(t->grants[i].purpose), STR_ARG(t->name));
	}
}

void policy_check(struct arena *a, struct policy *p, struct dpv *d, struct policy_errors *e)
{
	struct checking c = {.a = a, .p = p, .dpv = d, .e = e};
	size_t before = e->n;

	dpv_done(d, e);
	roles_check(&c);
	purposes_check(&c);
	enums_check(&c);
	for (size_t i = 0; i < p->tables_n; i++)
		table_check(&c, &p->tables[i]);
	if (e->n == before) /* it follows what was checked so far, and would say it again */
		policy_check_own(a, p, e);
	policy_check_outside(a, p, e);
	policy_check_collections(a, p, d, e);
}
