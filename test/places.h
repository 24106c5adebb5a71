/* places: do rows lie where schema/citus.sql says? Each row of a placed table in the place of the
 * rows that it names in the columns beside its name there. And do the narrow lists by buyer, which
 * lie with the buyer, say what the orders and requests say, which lie with the seller? */
#ifndef KONTOR_TEST_PLACES_H
#define KONTOR_TEST_PLACES_H

#include "test/rows.h"

/* 'word' of the line; the rest stands in *line. */
__attribute__((unused)) static str places_word(str *line)
{
	(void)str_cut(line, '\'');
	return str_cut(line, '\'');
}

__attribute__((unused)) static int64_t places_column(const char *dir, str table, str column)
{
	return rows_number(dir, str_fmt(test_arena,
					"select count(*) from r_" STR_FMT " where (id & 63) <> "
					"(" STR_FMT " & 63)",
					STR_ARG(table), STR_ARG(column))
					.p);
}

/* A line for each order and request, and none besides. */
__attribute__((unused)) static void places_lists_agree(const char *dir)
{
	static const struct {
		const char *list, *whole, *id, *same;
	} lists[] = {
		{"bought", "orders", "order_id", "and l.number = w.number"},
		{"asked", "quote", "quote_id", ""},
	};

	for (size_t i = 0; i < COUNT(lists); i++) {
		int64_t wrong =
			rows_number(dir, str_fmt(test_arena,
						 "select (select count(*) from r_%s) + (select "
						 "count(*) from r_%s) - 2 * "
						 "(select count(*) from r_%s l join r_%s w on w.id "
						 "= l.%s where l.buyer_id "
						 "= w.buyer_id and l.seller_id = w.seller_id and "
						 "l.state = w.state %s)",
						 lists[i].list, lists[i].whole, lists[i].list,
						 lists[i].whole, lists[i].id, lists[i].same)
						 .p);

		if (wrong)
			TEST_FAIL("%lld of r_%s and r_%s do not say the same", (long long)wrong,
				lists[i].list, lists[i].whole);
	}
}

/* Every table of `filled` has rows, so that something was looked at. */
__attribute__((unused)) static void places_check(const char *dir, const char *const *filled)
{
	FILE *f = fopen("schema/citus.sql", "re");
	char buffer[300];
	int columns = 0;

	MUST(f);
	while (fgets(buffer, sizeof buffer, f)) {
		str line = str_of(buffer), table = places_word(&line), kind = places_word(&line),
		    near = places_word(&line);

		if (!str_eq(kind, S("placed")))
			continue;
		for (str column; near.n; columns++) {
			column = str_cut(&near, ' ');
			int64_t away = places_column(dir, table, column);

			if (away)
				TEST_FAIL("%lld rows of " STR_FMT " do not lie where their " STR_FMT
					  " does",
					(long long)away, STR_ARG(table), STR_ARG(column));
		}
	}
	fclose(f);
	CHECK(columns > 15);
	places_lists_agree(dir);
	for (; *filled; filled++)
		CHECK(rows_number(dir,
			      str_fmt(test_arena, "select count(*) from r_%s", *filled).p) > 0);
}

/* What the program made of this table lies with the company whose it is, beside rows of a test that
 * have small numbers. */
__attribute__((unused)) static void places_with_company(const char *dir, const char *table)
{
	const char *made = str_fmt(test_arena, "from r_%s where id > 1000000", table).p;

	CHECK(rows_number(dir, str_fmt(test_arena, "select count(*) %s", made).p) > 0);
	CHECK_INT(0, rows_number(dir,
			     str_fmt(test_arena,
				     "select count(*) %s and (id & 63) <> (company_id & 63)", made)
				     .p));
}

#endif
