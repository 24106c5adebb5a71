/* What the equalities of a statement say: which rows are found by an index, how many there can be.
 *
 * Tables that are asked for one row at a time (single_row: yes): who has no gate names the row by a
 * unique index, so that a statement can find somebody out, but not list everybody. */
#include "queryc.h"

/* Is token i an equality that binds a column of s: s.column = value, not of s itself? */
static bool binds(
	struct queryc *q, const struct statement *st, const struct scope *s, size_t i, str *column)
{
	struct found f = column_at(q, st, i);

	if (!f.column || f.scope != s || !token_is(&st->v[i + f.tokens], "="))
		return false;
	if (column_at(q, st, i + f.tokens + 1).scope == s)
		return false;
	*column = f.column->name;
	return true;
}

/* An `or` beside the equalities undoes them. */
static bool alternatives(const struct statement *st, int sel)
{
	for (size_t i = 0; i < st->n; i++)
		if (st->v[i].sel == sel && token_is(&st->v[i], "or"))
			return true;
	return false;
}

/* Does the program alone act under it (jobs, commands)? It has to find what is overdue. */
static bool program_alone(const struct queryc *q, const struct policy_purpose *p)
{
	for (size_t i = 0; i < q->policy->roles_n; i++)
		if ((p->roles >> q->policy->roles[i].bit & 1) &&
			q->policy->roles[i].kind != ROLE_KIND_PRINCIPAL)
			return false;
	return true;
}

/* The columns of s that the text binds by equality. */
static struct names bound_of(struct queryc *q, const struct statement *st, const struct scope *s)
{
	struct names bound = {0};
	str column;

	for (size_t i = 0; i < st->n; i++)
		if (!st->v[i].target && st->v[i].sel == s->sel && binds(q, st, s, i, &column))
			*ARENA_PUSH(q->a, &bound) = column;
	return bound;
}

/* What makes of an equality something that need not hold for a row to be there. */
static bool doubtful(const struct statement *st)
{
	static const char *const words[] = {
		"or", "not", "case", "union", "except", "intersect", "iif", NULL};

	for (size_t i = 0; i < st->n; i++)
		if (st->v[i].kind == TOKEN_WORD && word_in(st->v[i].s, words))
			return true;
	return false;
}

/* By an index that begins with a column that the text compares: what the gates say is then looked
 * at in the rows found. (In a union each branch would choose between that index and its gate's; the
 * sales of a large supplier were gone through to find its purchases at itself.) */
static bool indexed(struct queryc *q, const struct scope *s, const struct names *bound)
{
	for (size_t i = 0; i < bound->n; i++)
		if (engine_begins(q, s->table->name, bound->v[i]))
			return true;
	return false;
}

/* The same of a list: o.id in ($1). */
static bool indexed_list(struct queryc *q, const struct statement *st, const struct scope *s)
{
	for (size_t i = 0; i < st->n; i++) {
		struct found f = column_at(q, st, i);

		if (f.column && f.scope == s && list_at(st, i + f.tokens) &&
			engine_begins(q, s->table->name, f.column->name))
			return true;
	}
	return false;
}

void rules_near(struct queryc *q, struct statement *st)
{
	bool one = st->verb == 's' && !st->ctes.n && st->scopes.n;

	if (doubtful(st))
		return;
	for (size_t k = 0; k < st->scopes.n; k++) {
		struct scope *s = &st->scopes.v[k];

		if (!s->table || !s->grant) {
			one = false;
			continue;
		}
		struct names bound = bound_of(q, st, s);
		bool unique = engine_unique(q, s->table->name, bound.v, bound.n);

		s->near = s != st->target &&
			  (unique || indexed(q, s, &bound) || indexed_list(q, st, s));
		if (s->sel == 0 && !unique)
			one = false;
	}
	st->single = one && st->shape == SHAPE_ONE;
}

void rules_single(struct queryc *q, struct statement *st)
{
	if (program_alone(q, st->purpose))
		return;
	for (size_t k = 0; k < st->scopes.n; k++) {
		const struct scope *s = &st->scopes.v[k];
		if (!s->table || !s->table->single_row || s->grant->using_n ||
			(s == st->target && st->verb != 'u'))
			continue;
		struct names bound = bound_of(q, st, s);

		if (alternatives(st, s->sel) || !engine_unique(q, s->table->name, bound.v, bound.n))
			wrong(q, st, st->v[s->token].line,
				STR_FMT " is asked for one row at a time (%s:%d): compare all "
					"columns of a unique "
					"index with =, without or",
				STR_ARG(s->table->name), s->table->at.file, s->table->at.line);
	}
}
