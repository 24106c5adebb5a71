/* How the engine would find the rows of every statement, on a database of real size. A plan that
 * reads a large table through, joins two indexes with OR, builds an index for one question or sorts
 * a list by hand is refused, unless the head says why it is right: -- plan: REASON. A reason that
 * is no longer needed is a mistake too. */
#include "queryc.h"

#include <sqlite3.h>
#include <stdio.h>

enum { SMALL_ROWS = 1000 }; /* a table that may be read through */

struct counted {
	str table;
	bool large;
};
struct plans {
	struct queryc *q;
	sqlite3 *db;
	struct {
		struct counted *v;
		size_t n, cap;
	} tables;
	struct names found; /* what is wrong with the plan at hand */
	bool joins_or;	    /* the line before said so: the next one names the table */
};

static bool count(struct plans *p, str table)
{
	str sql = str_fmt(p->q->a, "select 1 from main." STR_FMT " limit 1 offset %d",
		STR_ARG(table), SMALL_ROWS);
	sqlite3_stmt *st = NULL;
	bool large;

	if (sqlite3_prepare_v2(p->db, sql.p, -1, &st, NULL))
		fault(FAULT_OUTSIDE, "%s", sqlite3_errmsg(p->db));
	large = sqlite3_step(st) == SQLITE_ROW;
	sqlite3_finalize(st);
	return large;
}

static bool is_large(struct plans *p, str table)
{
	for (size_t i = 0; i < p->tables.n; i++)
		if (str_eq(p->tables.v[i].table, table))
			return p->tables.v[i].large;
	*ARENA_PUSH(p->q->a, &p->tables) = (struct counted){table, count(p, table)};
	return p->tables.v[p->tables.n - 1].large;
}

/* "main.r_orders USING INDEX x" -> r_orders; the alias of what is written; nothing for a sub-query,
 * whose own lines tell what it reads. */
static str table_of(str line)
{
	str name = str_cut(&line, ' ');

	if (str_starts(name, S("main.")))
		name = str_sub(name, 5, name.n);
	if (str_starts(name, S("r_")))
		return name;
	return (str){0};
}

/* A partial index holds the rows that are asked for and no others: it may be read through. */
static bool partial_index(struct plans *p, str line)
{
	static const char sql[] =
		"select 1 from main.sqlite_master where name = ?1 and sql like '% where %'";
	size_t at = str_find(line, S(" INDEX "));
	sqlite3_stmt *st = NULL;
	bool partial;

	if (at == (size_t)-1)
		return false;
	str rest = str_sub(line, at + 7, line.n), name = str_cut(&rest, ' ');

	if (sqlite3_prepare_v2(p->db, sql, -1, &st, NULL))
		fault(FAULT_OUTSIDE, "%s", sqlite3_errmsg(p->db));
	sqlite3_bind_text(st, 1, name.p, (int)name.n, SQLITE_STATIC);
	partial = sqlite3_step(st) == SQLITE_ROW;
	sqlite3_finalize(st);
	return partial;
}

static void bad_plan(struct plans *p, str line)
{
	if (!listed(p->found.v, p->found.n, line))
		*ARENA_PUSH(p->q->a, &p->found) = line;
}

/* What is written is read under its alias. */
static void scan_judge(struct plans *p, const struct statement *st, str line)
{
	str rest = str_sub(line, 5, line.n), table = table_of(rest), alias = str_cut(&rest, ' ');

	if (!table.p && st->target && st->target->table && str_eq(alias, st->target->alias))
		table = str_cat(p->q->a, S("r_"), st->target->name);
	if (table.p && is_large(p, table) && !partial_index(p, line))
		bad_plan(p, line);
}

static void line_judge(struct plans *p, const struct statement *st, str line)
{
	if (str_starts(line, S("SCAN ")))
		scan_judge(p, st, line);
	else if (str_starts(line, S("MULTI-INDEX OR")))
		p->joins_or = true;
	else if (str_find(line, S("AUTOMATIC")) != (size_t)-1)
		bad_plan(p, line);
	else if (st->shape == SHAPE_MANY && str_starts(line, S("USE TEMP B-TREE")))
		bad_plan(p, line);
	if (p->joins_or && str_starts(line, S("SEARCH "))) {
		str table = table_of(str_sub(line, 7, line.n));

		if (!table.p || is_large(p, table))
			bad_plan(p, str_cat(p->q->a, S("MULTI-INDEX OR, "), line));
		p->joins_or = false;
	}
}

static void statement_plan(struct plans *p, struct statement *st)
{
	str sql = str_cat(p->q->a, S("explain query plan "), st->sql);
	sqlite3_stmt *s = NULL;
	str all = {0};

	p->found.n = 0;
	p->joins_or = false;
	if (sqlite3_prepare_v2(p->db, sql.p, -1, &s, NULL)) {
		wrong(p->q, st, st->line, "on this database: %s", sqlite3_errmsg(p->db));
		return;
	}
	while (sqlite3_step(s) == SQLITE_ROW)
		line_judge(
			p, st, str_dup(p->q->a, str_of((const char *)sqlite3_column_text(s, 3))));
	sqlite3_finalize(s);
	for (size_t i = 0; i < p->found.n; i++)
		all = str_fmt(p->q->a, STR_FMT "%s" STR_FMT, STR_ARG(all), i ? "; " : "",
			STR_ARG(p->found.v[i]));
	if (all.p && !st->plan.p)
		wrong(p->q, st, st->line,
			"the plan of " STR_FMT ": " STR_FMT
			" (an index, or \"-- plan: why\" in the head)",
			STR_ARG(st->name), STR_ARG(all));
	else if (!all.p && st->plan.p)
		wrong(p->q, st, st->line,
			"the plan of " STR_FMT " needs no excuse: \"" STR_FMT "\"",
			STR_ARG(st->name), STR_ARG(st->plan));
}

void plans_check(struct queryc *q, const char *database)
{
	struct plans p = {.q = q};
	struct guards guards = policy_guards_sqlite(q->a, q->policy, S("plans"));

	p.db = engine_connect(database, SQLITE_OPEN_READONLY);
	for (size_t i = 0; i < guards.n; i++)
		if (sqlite3_exec(p.db, policy_guard_sql(q->a, &guards.v[i]).p, NULL, NULL, NULL))
			mistake(q, database, 1, "%s: " STR_FMT, sqlite3_errmsg(p.db),
				STR_ARG(guards.v[i].view));
	for (size_t i = 0; i < q->sources.n; i++)
		for (size_t k = 0; k < q->sources.v[i].n; k++)
			statement_plan(&p, &q->sources.v[i].v[k]);
	sqlite3_close(p.db);
}
