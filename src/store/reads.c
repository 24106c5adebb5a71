/* Who reads what: which personal columns each statement reads is found when it is checked at the
 * start; each run then costs two additions. The sums are taken away by a job. */
#include "inside.h"

#include <stdlib.h>

struct read_column {
	const struct policy_table *table;
	const struct policy_column *column;
};
struct read_list {
	struct read_column *v;
	size_t n, cap;
};
struct read_cell { /* of one statement and one role */
	atomic_ullong calls, rows;
};
struct reads {
	struct read_list *columns; /* by statement */
	struct read_cell *cells;   /* statements x roles */
	signed char slot[64];	   /* of a role's bit */
	size_t roles;
	struct read_count *late; /* were taken and had no turn to be written */
	size_t late_n;
};

void reads_make(struct store *s)
{
	struct reads *r = arena_new(s->arena, struct reads);

	r->roles = s->policy->roles_n;
	MUST(r->roles < 64);
	for (size_t i = 0; i < r->roles; i++)
		r->slot[s->policy->roles[i].bit] = (signed char)i;
	r->columns = arena_array(s->arena, struct read_list, s->statements_n + 1);
	r->cells = arena_array(s->arena, struct read_cell, s->statements_n * r->roles + 1);
	s->reads = r;
}

static bool personal(const struct policy_column *c)
{
	return c->dpv.n || c->type.kind == TYPE_SEALED || c->type.kind == TYPE_BLIND;
}

/* The authorizer hands over each column that a statement names: "trade.orders", "number". */
void reads_note(struct store_conn *c, const char *view, const char *column)
{
	struct store *s = c->store;
	str rest = str_of(view), purpose = str_cut(&rest, '.'), name = str_cut(&rest, '.');

	(void)purpose; /* "account.person.near" is a view of the same table */
	const struct policy_table *t = policy_table(s->policy, name);
	const struct policy_column *k = t ? policy_column(t, str_of(column)) : NULL;
	struct read_list *l = s->reads ? &s->reads->columns[c->stmt->id] : NULL;

	if (!l || !k || !personal(k))
		return;
	for (size_t i = 0; i < l->n; i++)
		if (l->v[i].column == k)
			return;
	*ARENA_PUSH(s->arena, l) = (struct read_column){t, k};
}

void reads_count(struct query *q)
{
	struct store *s = q->db->conn->store;
	struct reads *r = s->reads;
	uint64_t roles = q->db->viewer.roles & s->purpose[q->stmt->purpose]->roles;

	if (!r || !q->rows || !roles || !r->columns[q->stmt->id].n)
		return;
	struct read_cell *cell =
		&r->cells[q->stmt->id * r->roles + (size_t)r->slot[__builtin_ctzll(roles)]];

	atomic_fetch_add_explicit(&cell->calls, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&cell->rows, (unsigned long long)q->rows, memory_order_relaxed);
}

static struct read_count *count_of(
	struct arena *a, struct read_counts *l, str purpose, str role, const struct read_column *k)
{
	for (size_t i = 0; i < l->n; i++)
		if (str_eq(l->v[i].column, k->column->name) &&
			str_eq(l->v[i].table, k->table->name) && str_eq(l->v[i].purpose, purpose) &&
			str_eq(l->v[i].role, role))
			return &l->v[i];
	struct read_count *c = ARENA_PUSH(a, l);

	*c = (struct read_count){purpose, role, k->table->name, k->column->name, 0, 0};
	return c;
}

struct read_counts store_reads_take(struct store *s, struct arena *a)
{
	struct reads *r = s->reads;
	struct read_counts l = {0};

	for (size_t i = 0; i < r->late_n; i++)
		*ARENA_PUSH(a, &l) = r->late[i];
	r->late_n = 0;
	for (size_t i = 0; i < s->statements_n; i++)
		for (size_t k = 0; k < r->roles; k++) {
			struct read_cell *cell = &r->cells[i * r->roles + k];
			int64_t calls = (int64_t)atomic_exchange(&cell->calls, 0),
				rows = (int64_t)atomic_exchange(&cell->rows, 0);

			for (size_t j = 0; calls && j < r->columns[i].n; j++) {
				struct read_count *c =
					count_of(a, &l, s->purpose[s->statements[i]->purpose]->name,
						s->policy->roles[k].name, &r->columns[i].v[j]);

				c->calls += calls;
				c->rows += rows;
			}
		}
	return l;
}

void store_reads_back(struct store *s, const struct read_counts *l, size_t from)
{
	struct reads *r = s->reads;
	struct read_count *v = realloc(r->late, (l->n - from + 1) * sizeof *v);

	if (!v)
		return; /* they are sums of reads, and there is no memory */
	memcpy(v, l->v + from, (l->n - from) * sizeof *v);
	r->late = v;
	r->late_n = l->n - from;
}

void reads_end(struct store *s)
{
	if (s->reads)
		free(s->reads->late);
}
