/* Rows for every table, the same in both engines: ids of three people and companies, states, masks
 * and NULLs that go round at different speeds, so that every gate holds for some and not for
 * others. Constraints are out of the way. */
#ifndef KONTOR_TEST_PLANT_H
#define KONTOR_TEST_PLANT_H

#include "pg.h"

enum { PLANT_ALL_BITS = 62 };

static str plant_value(const struct policy_column *k, size_t nth, bool pg)
{
	int d = (int)nth % 7 + 1;
	str v;

	if (str_eq(k->name, S("id")))
		return S("k");
	if (str_eq(k->name, S("restricted")))
		return S("0");
	switch (k->type.kind) {
	case TYPE_TEXT:
		v = str_fmt(test_arena,
			"case (k / %d) %% 3 when 0 then 'marketing' when 1 then '' else 't' || k "
			"end",
			d);
		break;
	case TYPE_BLOB:
	case TYPE_SEALED:
	case TYPE_BLIND:
		v = pg ? S("pg_catalog.convert_to('b' || k, 'UTF8')") : S("cast('b' || k as blob)");
		break;
	case TYPE_BOOL: v = str_fmt(test_arena, "(k / %d) %% 2", d); break;
	case TYPE_ID: v = str_fmt(test_arena, "1 + (k / %d) %% 3", d); break;
	case TYPE_INT:
	case TYPE_TIME:
	case TYPE_ENUM:
	case TYPE_MONEY:
	case TYPE_PRICE: v = str_fmt(test_arena, "(k / %d) %% 5", d); break;
	default: fault(FAULT_BUG, "a type without a value");
	}
	if (str_eq(k->name, S("mask")) || str_eq(k->name, S("roles")))
		v = str_fmt(test_arena, "case k %% 2 when 0 then 0 else %lld end",
			(long long)((INT64_C(1) << PLANT_ALL_BITS) - 1));
	if (k->null)
		v = str_fmt(test_arena, "case (k + %d) %% 5 when 0 then null else " STR_FMT " end",
			d, STR_ARG(v));
	return v;
}

/* One statement for each table; those of the set of restricted people stay empty. */
static str plant_sql(const struct policy_table *t, int rows, bool pg)
{
	str names = S(""), values = S("");

	for (size_t i = 0; i < t->columns_n; i++) {
		names = str_fmt(test_arena, STR_FMT "%s" STR_FMT, STR_ARG(names), i ? ", " : "",
			STR_ARG(t->columns[i].name));
		values = str_fmt(test_arena, STR_FMT "%s" STR_FMT, STR_ARG(values), i ? ", " : "",
			STR_ARG(plant_value(&t->columns[i], i, pg)));
	}
	return pg ? str_fmt(test_arena,
			    "insert into base.r_" STR_FMT " (" STR_FMT ") select " STR_FMT
			    " from generate_series(1, %d) as k order by k on conflict do nothing",
			    STR_ARG(t->name), STR_ARG(names), STR_ARG(values), rows)
		  : str_fmt(test_arena,
			    "insert or ignore into r_" STR_FMT " (" STR_FMT
			    ") with recursive g (k) as (select 1 union all select k + 1 from g "
			    "where k < %d) select " STR_FMT " from g",
			    STR_ARG(t->name), STR_ARG(names), rows, STR_ARG(values));
}

__attribute__((unused)) static void plant(int rows)
{
	pg_run(pg_admin,
		"do $$ declare c record; begin for c in select conname, conrelid::regclass as t "
		"from pg_constraint where contype in ('c', 'f') and connamespace = "
		"'base'::regnamespace loop execute format('alter table %s drop constraint %I', "
		"c.t, "
		"c.conname); end loop; end $$");
	for (size_t i = 0; i < pg_policy->tables_n; i++)
		if (!str_eq(pg_policy->tables[i].name, S("restricted")))
			pg_run(pg_admin, plant_sql(&pg_policy->tables[i], rows, true).p);
	pg_run(pg_admin, "analyze");
}

/* Whoever asks, from now on in this session. */
static void plant_viewer(int64_t id, int64_t roles)
{
	pg_run(pg_app,
		str_fmt(test_arena,
			"set kontor.viewer_person = '%lld'; set kontor.viewer_company = "
			"'%lld'; set kontor.viewer_session = '%lld'; set kontor.viewer_roles = "
			"'%lld'",
			(long long)id, (long long)id, (long long)id, (long long)roles)
			.p);
}

#endif
