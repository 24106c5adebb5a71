/* The model against the real columns of a database. */
#include "read.h"

static const char *stored_as(enum type_kind k)
{
	switch (k) {
	case TYPE_TEXT: return "TEXT";
	case TYPE_BLOB:
	case TYPE_SEALED:
	case TYPE_BLIND: return "BLOB";
	case TYPE_INT:
	case TYPE_BOOL:
	case TYPE_TIME:
	case TYPE_ID:
	case TYPE_ENUM:
	case TYPE_MONEY:
	case TYPE_PRICE: return "INTEGER";
	}
	fault(FAULT_BUG, "type kind %d", (int)k);
}

static const struct schema_column *real_column(
	const struct schema_column *c, size_t n, str table, str column, bool *any)
{
	*any = false;
	for (size_t i = 0; i < n; i++) {
		if (!str_starts(c[i].table, S("r_")) ||
			!str_eq(str_sub(c[i].table, 2, c[i].table.n), table))
			continue;
		*any = true;
		if (str_eq(c[i].column, column))
			return &c[i];
	}
	return NULL;
}

static void declared_check(struct arena *a, const struct policy_table *t,
	const struct schema_column *c, size_t n, struct policy_errors *e)
{
	bool any = false;

	for (size_t i = 0; i < t->columns_n; i++) {
		const struct policy_column *k = &t->columns[i];
		const struct schema_column *real = real_column(c, n, t->name, k->name, &any);
		const char *want = stored_as(k->type.kind);

		if (!any) {
			policy_error(a, e, t->at, "the table r_" STR_FMT " is not in the schema",
				STR_ARG(t->name));
			return;
		}
		if (!real) {
			policy_error(a, e, k->at,
				"the column r_" STR_FMT "." STR_FMT " is not in the schema",
				STR_ARG(t->name), STR_ARG(k->name));
			continue;
		}
		if (!str_eq_nocase(real->type, str_of(want)))
			policy_error(a, e, k->at,
				"r_" STR_FMT "." STR_FMT
				" is declared to be stored as %s, and is " STR_FMT,
				STR_ARG(t->name), STR_ARG(k->name), want, STR_ARG(real->type));
		if (real->not_null == k->null)
			policy_error(a, e, k->at,
				"r_" STR_FMT "." STR_FMT " is declared %s, and the schema says %s",
				STR_ARG(t->name), STR_ARG(k->name),
				k->null ? "null: yes" : "without null: yes",
				real->not_null ? "not null" : "null");
	}
}

void policy_check_schema(struct arena *a, const struct policy *p, const struct schema_column *c,
	size_t n, struct policy_errors *e)
{
	for (size_t i = 0; i < p->tables_n; i++)
		declared_check(a, &p->tables[i], c, n, e);
	for (size_t i = 0; i < n; i++) {
		const struct policy_table *t;

		if (!str_starts(c[i].table, S("r_")))
			continue; /* tables of the store itself: it answers for them */
		t = policy_table(p, str_sub(c[i].table, 2, c[i].table.n));
		if (t && !policy_column(t, c[i].column))
			policy_error(a, e, t->at,
				"the column " STR_FMT "." STR_FMT " of the schema is not declared",
				STR_ARG(c[i].table), STR_ARG(c[i].column));
		if (!t && (!i || !str_eq(c[i - 1].table, c[i].table)))
			policy_error(a, e, (struct place){"schema", 0, 0},
				"the table " STR_FMT
				" is not declared in the policy (policy/tables/" STR_FMT ".yaml)",
				STR_ARG(c[i].table), STR_ARG(str_sub(c[i].table, 2, c[i].table.n)));
	}
}
