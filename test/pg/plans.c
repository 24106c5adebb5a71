/* Row policies cost no plan its indexes: every statement of the program is planned with them and
 * without, on tables of some thousand rows. What a policy asks of a row that was found is added,
 * and the planner may order joins that cost the same otherwise; but no table is read through or
 * sorted that was not before, and none is estimated to cost much more. */
#include "list.h"
#include "plant.h"

#include <math.h>

struct plan {
	int scans, sorts; /* outside of sub-selects, which come with the conditions */
	double cost;
};

/* What stands behind "cost=12.3..", the whole plan's. */
static double cost_of(str line)
{
	size_t at = str_find(line, S(".."));

	return at == (size_t)-1 ? NAN : strtod(line.p + at + 2, NULL);
}

static struct plan plan_read(PGresult *r)
{
	struct plan p = {0};
	size_t hidden = SIZE_MAX; /* deeper than this */

	for (int i = 0; i < PQntuples(r); i++) {
		str line = str_of(PQgetvalue(r, i, 0)), word = str_trim(line);
		size_t depth = (size_t)(word.p - line.p);

		if (!i)
			p.cost = cost_of(line);
		if (depth > hidden)
			continue;
		hidden = str_starts(word, S("SubPlan")) ? depth : SIZE_MAX;
		p.scans += str_find(word, S("Seq Scan on r_")) != (size_t)-1 &&
			   str_find(word, S("r_restricted")) == (size_t)-1;
		p.sorts += str_find(word, S("Sort  (")) != (size_t)-1;
	}
	return p;
}

static struct plan plan_of(const struct listed *s)
{
	str values = S("");
	struct plan p;
	PGresult *r;

	for (size_t i = 0, n = list_params(s); i < n; i++)
		values = str_fmt(test_arena, STR_FMT "%s null", STR_ARG(values), i ? "," : "");
	r = PQexec(pg_app, str_fmt(test_arena, "explain execute \"" STR_FMT "\"%s" STR_FMT "%s",
				   STR_ARG(s->name), values.n ? " (" : "", STR_ARG(values),
				   values.n ? ")" : "")
				   .p);
	if (PQresultStatus(r) != PGRES_TUPLES_OK)
		TEST_FAIL(STR_FMT ": %s", STR_ARG(s->name), PQresultErrorMessage(r));
	p = plan_read(r);
	PQclear(r);
	return p;
}

static void prepare(const struct listed *s)
{
	str types = s->params.n ? str_fmt(test_arena, "(" STR_FMT ")", STR_ARG(s->params)) : S("");

	pg_run(pg_app, str_fmt(test_arena, "prepare \"" STR_FMT "\" " STR_FMT " as " STR_FMT,
			       STR_ARG(s->name), STR_ARG(types), STR_ARG(s->sql))
			       .p);
}

static void row_security(const char *word)
{
	for (size_t i = 0; i < pg_policy->tables_n; i++)
		pg_run(pg_admin,
			str_fmt(test_arena, "alter table base.r_" STR_FMT " %s row level security",
				STR_ARG(pg_policy->tables[i].name), word)
				.p);
}

TEST(row_policies_cost_no_index)
{
	struct {
		struct plan *v;
		size_t n, cap;
	} with = {0};
	FILE *f = list_open();
	struct listed s;
	size_t n = 0;

	plant_viewer(1, 0);
	pg_run(pg_app, "set plan_cache_mode = force_generic_plan");
	while (list_read(f, &s)) {
		prepare(&s);
		*ARENA_PUSH(test_arena, &with) = plan_of(&s);
	}
	rewind(f);
	row_security("disable");
	for (; list_read(f, &s); n++) {
		struct plan p = with.v[n], q = plan_of(&s);

		if (p.scans > q.scans || p.sorts > q.sorts || p.cost > 2 * q.cost + 1000)
			TEST_FAIL(STR_FMT ": %d tables read through, %d sorted, cost %.0f; without "
					  "row policies %d, %d, %.0f",
				STR_ARG(s.name), p.scans, p.sorts, p.cost, q.scans, q.sorts,
				q.cost);
	}
	fclose(f);
	row_security("enable");
	printf("# %zu statements\n", n);
	CHECK(n > 500);
}

int main(void)
{
	test_arena = arena_make((size_t)1 << 30);
	pg_install("plans");
	plant(4000);
	arena_free(test_arena);
	int status = test_main();

	pg_end();
	return status;
}
