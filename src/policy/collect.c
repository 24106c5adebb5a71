/* Kinds of data that may be collected on certain terms only (policy/collections.yaml): what is said
 * of them, and that every table which declares such data meets its terms. */
#include "growing.h"

const char *const policy_from_names[] = {
	"person", "counterparty", "public", "partner", "platform", "provider", NULL};

void read_collection(struct growing *g, str name, struct place at, const struct node *n)
{
	static const struct key keys[] = {
		{"clause", KEY_TEXT, ONE(struct policy_collection, clause), .needed = true},
		{"title", KEY_TEXT, ONE(struct policy_collection, title), .needed = true},
		{"about", KEY_TEXT, ONE(struct policy_collection, about), .needed = true},
		{"from", KEY_WORD, ONE(struct policy_collection, from), .needed = true,
			.min = FROM_PERSON, .words = policy_from_names},
		{"data", KEY_TEXTS, MANY(struct policy_collection, data), .needed = true},
		{"purposes", KEY_TEXTS, MANY(struct policy_collection, purposes), .needed = true},
		{"recipients", KEY_TEXTS, MANY(struct policy_collection, recipients)},
		{"never", KEY_BOOL, ONE(struct policy_collection, never)},
		{"shared", KEY_BOOL, ONE(struct policy_collection, shared)},
		{"consent", KEY_NAME, ONE(struct policy_collection, consent)},
		{"asks", KEY_NAME, ONE(struct policy_collection, asks)},
		{"needs", KEY_TEXTS, MANY(struct policy_collection, needs)},
		{"only", KEY_TEXTS, MANY(struct policy_collection, only)},
		{"most", KEY_TEXT, ONE(struct policy_collection, most)},
	};
	struct policy_collection *v = GROW(g, collections);

	*v = (struct policy_collection){.name = name, .at = at, .from = FROM_PERSON};
	map_read(&g->r, n, "a collection", keys, COUNT(keys), v);
}

const struct policy_collection *policy_collection_of(const struct policy *p, str dpv)
{
	for (size_t i = 0; i < p->collections_n && dpv.n; i++)
		if (policy_has(p->collections[i].data, p->collections[i].data_n, dpv))
			return &p->collections[i];
	return NULL;
}

/* ---- the declarations --------------------------------------------------------------------- */
struct collecting {
	struct arena *a;
	const struct policy *p;
	struct policy_errors *e;
	const struct policy_collection *v;
	const struct policy_table *t;
	const struct policy_group *g;
};
#define WRONG(c, at, ...) policy_error((c)->a, (c)->e, (at), __VA_ARGS__)
#define THIRD_PARTY S("third_party")

static void names_check(struct collecting *c, const str *v, size_t n, const char *what,
	bool (*is)(const struct policy *, str))
{
	for (size_t i = 0; i < n; i++)
		if (!is(c->p, v[i]))
			WRONG(c, c->v->at,
				"the collection `" STR_FMT "` names the %s `" STR_FMT
				"`, which is not declared",
				STR_ARG(c->v->name), what, STR_ARG(v[i]));
}

static bool is_purpose(const struct policy *p, str name)
{
	return policy_purpose(p, name);
}

static bool is_recipient(const struct policy *p, str name)
{
	return policy_recipient(p, name);
}

static void declared_check(struct collecting *c, struct dpv *d)
{
	const struct policy_collection *v = c->v;
	const struct policy_purpose *agreed = policy_purpose(c->p, v->consent);

	for (size_t i = 0; i < v->data_n; i++) {
		dpv_check(d, v->data[i], "data", v->at, c->e);
		for (const struct policy_collection *k = c->p->collections; k < v; k++)
			if (policy_has(k->data, k->data_n, v->data[i]))
				WRONG(c, v->at,
					"`" STR_FMT "` belongs to the collections `" STR_FMT
					"` and `" STR_FMT "`: to one alone",
					STR_ARG(v->data[i]), STR_ARG(k->name), STR_ARG(v->name));
	}
	names_check(c, v->purposes, v->purposes_n, "purpose", is_purpose);
	names_check(c, v->recipients, v->recipients_n, "recipient", is_recipient);
	if (v->most.n && policy_duration_s(v->most) < 0)
		WRONG(c, v->at, "`" STR_FMT "` is not an ISO 8601 duration such as P3Y",
			STR_ARG(v->most));
	if (v->consent.n && !str_eq(v->consent, THIRD_PARTY) &&
		(!agreed || !str_eq(agreed->basis, S("A6-1-a"))))
		WRONG(c, v->at,
			"`consent` of the collection `" STR_FMT
			"` is third_party or a purpose on consent (A6-1-a), and not `" STR_FMT "`",
			STR_ARG(v->name), STR_ARG(v->consent));
}

/* ---- what a table owes -------------------------------------------------------------------- */
/* What the law asks reads everything: answers, holds, retention. */
static bool law(const struct policy_purpose *u)
{
	return u && u->always && str_eq(u->basis, S("A6-1-c"));
}

static void readers_check(struct collecting *c)
{
	const struct policy_collection *v = c->v;

	for (size_t i = 0; i < c->t->grants_n; i++) {
		const struct policy_grant *g = &c->t->grants[i];
		bool listed = policy_has(v->purposes, v->purposes_n, g->purpose);

		if (!policy_has(g->columns, g->columns_n, c->g->name) ||
			law(policy_purpose(c->p, g->purpose)))
			continue;
		if (!listed)
			WRONG(c, g->at,
				"`" STR_FMT "` reads " STR_FMT "." STR_FMT
				", and data of the collection `" STR_FMT
				"` is for its own purposes alone (%s:%d)",
				STR_ARG(g->purpose), STR_ARG(c->t->name), STR_ARG(c->g->name),
				STR_ARG(v->name), v->at.file, v->at.line);
		else if (v->consent.n && !str_eq(v->consent, THIRD_PARTY) &&
			 !str_eq(g->consent, v->consent))
			WRONG(c, g->at,
				"`" STR_FMT "` reads data of the collection `" STR_FMT
				"`, so it needs `consent: " STR_FMT "`",
				STR_ARG(g->purpose), STR_ARG(v->name), STR_ARG(v->consent));
	}
}

static bool is_id(const struct policy_table *t, str column)
{
	const struct policy_column *k = policy_column(t, column);

	return k && k->type.kind == TYPE_ID;
}

/* Is it opened by such a record alone: does every branch of every gate ask for the column? */
static void gates_check(struct collecting *c, str column)
{
	for (size_t i = 0; i < c->t->grants_n; i++) {
		const struct policy_grant *g = &c->t->grants[i];
		bool asked = g->using_n > 0;

		if (!policy_has(g->columns, g->columns_n, c->g->name) ||
			law(policy_purpose(c->p, g->purpose)))
			continue;
		for (size_t k = 0; k < g->using_n; k++)
			asked &= gate_uses(c->a, c->t, g->using[k], column);
		if (!asked)
			WRONG(c, g->using_at,
				"`" STR_FMT "` reads " STR_FMT "." STR_FMT
				" without asking for the consent behind `" STR_FMT
				"`: each `using` must",
				STR_ARG(g->purpose), STR_ARG(c->t->name), STR_ARG(c->g->name),
				STR_ARG(column));
	}
}

static void third_party_check(struct collecting *c)
{
	const struct policy_group *g = c->g;

	if (!str_eq(g->consent, THIRD_PARTY)) {
		WRONG(c, g->at,
			"the group `" STR_FMT "` holds data of the collection `" STR_FMT
			"`, so it needs `consent: third_party` and `record`: the column that leads "
			"to that person's own consent",
			STR_ARG(g->name), STR_ARG(c->v->name));
		return;
	}
	if (!is_id(c->t, g->record))
		WRONG(c, g->at,
			"`record` of the group `" STR_FMT "` must be an id column of " STR_FMT
			", which leads to the consent",
			STR_ARG(g->name), STR_ARG(c->t->name));
	else
		gates_check(c, g->record);
	if (!c->p->minors.guardian)
		return;
	if (!is_id(c->t, g->guardian))
		WRONG(c, g->at,
			"the group `" STR_FMT "` may be about a minor, so it needs `guardian`: the "
			"id column that leads to a guardian's consent",
			STR_ARG(g->name));
	else
		gates_check(c, g->guardian);
}

static void column_needed(struct collecting *c, const char *why, str name)
{
	const struct policy_column *k = policy_column(c->t, name);

	if (!k || k->null)
		WRONG(c, c->g->at,
			STR_FMT " holds data of the collection `" STR_FMT
				"`, so each row needs the column `" STR_FMT "`%s",
			STR_ARG(c->t->name), STR_ARG(c->v->name), STR_ARG(name), why);
}

static void columns_check(struct collecting *c)
{
	const char *why = " (GDPR Art. 14: it does not come from the person)";

	for (size_t i = 0; i < c->v->needs_n; i++)
		column_needed(c, "", c->v->needs[i]);
	if (c->v->from != FROM_PERSON) {
		column_needed(c, why, S("source"));
		column_needed(c, why, S("source_at"));
		column_needed(c, why, S("tell_by"));
	}
	for (size_t i = 0; i < c->g->n && c->v->only_n; i++)
		if (!policy_has(c->v->only, c->v->only_n, c->g->fields[i].name))
			WRONG(c, c->g->fields[i].at,
				"`" STR_FMT
				"` is not one of the fields that the collection `" STR_FMT
				"` may store (%s:%d)",
				STR_ARG(c->g->fields[i].name), STR_ARG(c->v->name), c->v->at.file,
				c->v->at.line);
}

/* Both sides are there: an owner, and somebody who is shown the rest without this. */
static void shared_check(struct collecting *c)
{
	bool blacked = false;
	size_t others = 0;

	for (size_t i = 0; i < c->t->owns_n; i++) {
		const struct policy_own *o = &c->t->owns[i];

		blacked |= policy_has(o->redact, o->redact_n, c->g->name);
		others += !policy_has(o->redact, o->redact_n, c->g->name);
	}
	if (!blacked || !others)
		WRONG(c, c->g->at,
			"data of the collection `" STR_FMT "` belongs to two sides: " STR_FMT
			" needs whose it is under `own`, and the other side with `redact: [" STR_FMT
			"]`",
			STR_ARG(c->v->name), STR_ARG(c->t->name), STR_ARG(c->g->name));
}

static void writes_check(struct collecting *c)
{
	for (size_t i = 0; i < c->t->grants_n; i++) {
		const struct policy_grant *g = &c->t->grants[i];

		if (policy_has(g->insert, g->insert_n, c->g->name) &&
			str_find(g->check, c->v->asks) == (size_t)-1)
			WRONG(c, g->at,
				"`" STR_FMT "` adds data of the collection `" STR_FMT
				"`, so its `check` must ask `" STR_FMT "`",
				STR_ARG(g->purpose), STR_ARG(c->v->name), STR_ARG(c->v->asks));
	}
}

static void keeps_check(struct collecting *c)
{
	int64_t most = policy_duration_s(c->v->most);

	for (size_t i = 0; i < c->t->keeps_n; i++)
		if (policy_duration_s(c->t->keeps[i].duration) > most)
			WRONG(c, c->t->keeps[i].at,
				"data of the collection `" STR_FMT "` is kept for " STR_FMT
				" at most (%s:%d)",
				STR_ARG(c->v->name), STR_ARG(c->v->most), c->v->at.file,
				c->v->at.line);
}

static void outward_check(struct collecting *c)
{
	str field = str_fmt(c->a, STR_FMT "." STR_FMT, STR_ARG(c->t->name), STR_ARG(c->g->name));

	for (size_t i = 0; i < c->p->recipients_n; i++) {
		const struct policy_recipient *r = &c->p->recipients[i];

		for (size_t k = 0; k < r->fields_n; k++)
			if (str_starts(r->fields[k], field) &&
				(r->fields[k].n == field.n || r->fields[k].p[field.n] == '.') &&
				!policy_has(c->v->recipients, c->v->recipients_n, r->name))
				WRONG(c, r->at,
					"the recipient `" STR_FMT "` gets " STR_FMT
					", and the collection `" STR_FMT "` does not name it",
					STR_ARG(r->name), STR_ARG(r->fields[k]),
					STR_ARG(c->v->name));
	}
}

static void group_check(struct collecting *c)
{
	readers_check(c);
	columns_check(c);
	outward_check(c);
	if (str_eq(c->v->consent, THIRD_PARTY))
		third_party_check(c);
	if (c->v->shared)
		shared_check(c);
	if (c->v->asks.n)
		writes_check(c);
	if (c->v->most.n)
		keeps_check(c);
}

/* A group may hold fields of several collections: it owes each its terms, once. */
static void group_each(struct collecting *c)
{
	const struct policy_collection *before = NULL;

	for (size_t i = 0; i < c->g->n; i++) {
		c->v = policy_collection_of(c->p, c->g->fields[i].dpv);
		if (!c->v || c->v == before)
			continue;
		before = c->v;
		if (c->v->never)
			WRONG(c, c->g->fields[i].at,
				"data of the collection `" STR_FMT
				"` is stored nowhere (%s:%d): leave `" STR_FMT "` out",
				STR_ARG(c->v->name), c->v->at.file, c->v->at.line,
				STR_ARG(c->g->fields[i].name));
		else
			group_check(c);
	}
}

static void table_check(struct collecting *c)
{
	for (size_t i = 0; i < c->t->columns_n; i++) {
		const struct policy_column *k = &c->t->columns[i];
		const struct policy_collection *v = policy_collection_of(c->p, k->dpv);

		if (v)
			WRONG(c, k->at,
				"`" STR_FMT "` is data of the collection `" STR_FMT
				"`: seal it in a group",
				STR_ARG(k->name), STR_ARG(v->name));
	}
	for (size_t i = 0; i < c->t->groups_n; i++) {
		c->g = &c->t->groups[i];
		group_each(c);
	}
}

void policy_check_collections(
	struct arena *a, const struct policy *p, struct dpv *d, struct policy_errors *e)
{
	struct collecting c = {.a = a, .p = p, .e = e};

	for (size_t i = 0; i < p->collections_n; i++) {
		c.v = &p->collections[i];
		declared_check(&c, d);
	}
	for (size_t i = 0; i < p->tables_n; i++) {
		c.t = &p->tables[i];
		table_check(&c);
	}
}

bool policy_collection_used(const struct policy *p, const struct policy_collection *v)
{
	for (size_t i = 0; i < p->tables_n; i++)
		for (size_t k = 0; k < p->tables[i].groups_n; k++)
			for (size_t f = 0; f < p->tables[i].groups[k].n; f++)
				if (policy_has(v->data, v->data_n,
					    p->tables[i].groups[k].fields[f].dpv))
					return true;
	return false;
}
