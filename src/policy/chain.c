/* Chained tables: logs that are only added to, so that a changed, missing or added row is found. */
#include "read.h"

#define WRONG(at, ...) policy_error(a, e, (at), __VA_ARGS__)

const struct policy_group *policy_chain_group(const struct policy_table *t)
{
	for (size_t i = 0; i < t->groups_n; i++)
		for (size_t k = 0; k < t->groups[i].n; k++)
			if (str_eq(t->groups[i].fields[k].name, S("salt")))
				return &t->groups[i];
	return NULL;
}

bool policy_chain_covers(const struct policy_table *t, const struct policy_column *c)
{
	if (str_eq(c->name, t->chain))
		return true;
	return c->type.kind != TYPE_SEALED && c->type.kind != TYPE_BLIND && !c->keyed &&
	       !c->dpv.n && !policy_has(t->unchained, t->unchained_n, c->name);
}

static void column_check(struct arena *a, const struct policy_table *t, struct policy_errors *e)
{
	const struct policy_column *c = policy_column(t, t->chain);

	if (str_eq(t->chain, S("id"))) {
		if (policy_chain_group(t))
			WRONG(t->at,
				"a chain over `id` has no commitment, and " STR_FMT
				" has sealed content with a `salt`",
				STR_ARG(t->name));
		return;
	}
	if (!c || c->type.kind != TYPE_BLOB)
		WRONG(t->at,
			"`chain` names the blob column that holds the commitment, or `id`; "
			"`" STR_FMT "` is none of " STR_FMT,
			STR_ARG(t->chain), STR_ARG(t->name));
	if (!policy_chain_group(t))
		WRONG(t->at,
			"a chained table needs a group with the field `salt`, whose record the "
			"commitment is to; " STR_FMT " has none (or say `chain: id`)",
			STR_ARG(t->name));
}

static void grant_check(struct arena *a, const struct policy_table *t, const struct policy_grant *g,
	struct policy_errors *e)
{
	for (size_t i = 0; i < g->update_n; i++)
		if (!policy_has(t->unchained, t->unchained_n, g->update[i]))
			WRONG(g->at,
				"`" STR_FMT "` may update " STR_FMT "." STR_FMT
				", and rows of a chain never change (`unchained` lists what may)",
				STR_ARG(g->purpose), STR_ARG(t->name), STR_ARG(g->update[i]));
	if (g->may_delete)
		WRONG(g->at,
			"`" STR_FMT "` may delete from " STR_FMT
			", and a chain is cut by the store alone, when its keep is over",
			STR_ARG(g->purpose), STR_ARG(t->name));
	if (g->insert_n && !policy_has(g->insert, g->insert_n, t->chain))
		WRONG(g->at,
			"`" STR_FMT "` inserts into " STR_FMT " without `" STR_FMT
			"`, which the chain stands on",
			STR_ARG(g->purpose), STR_ARG(t->name), STR_ARG(t->chain));
}

void policy_check_chain(struct arena *a, const struct policy_table *t, struct policy_errors *e)
{
	if (!t->chain.n) {
		if (t->unchained_n)
			WRONG(t->at,
				"`unchained` says what may change in a chain, and " STR_FMT
				" has no `chain`",
				STR_ARG(t->name));
		return;
	}
	column_check(a, t, e);
	for (size_t i = 0; i < t->unchained_n; i++)
		if (!policy_column(t, t->unchained[i]))
			WRONG(t->at,
				"`unchained` names " STR_FMT "." STR_FMT ", which is not declared",
				STR_ARG(t->name), STR_ARG(t->unchained[i]));
	for (size_t i = 0; i < t->grants_n; i++)
		grant_check(a, t, &t->grants[i], e);
}
