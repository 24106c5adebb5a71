/* schema/citus.sql on PostgreSQL, with functions that refuse what Citus refuses (citus.sql beside
 * this file): the tables can be laid out so, and hold what they held; the guards for several
 * machines stand on them, and every statement is prepared. citus_run.c asks Citus itself. */
#include "list.h"

static void lay(const char *sql)
{
	pg_run(pg_admin, "begin; set local search_path = base");
	pg_run(pg_admin, sql);
	pg_run(pg_admin, "commit");
}

/* Why it is refused; nothing stays of it. */
static const char *refused(const char *sql)
{
	pg_run(pg_admin, "begin; set local search_path = base");
	const char *why = str_dup(test_arena, str_of(pg_try(pg_admin, sql))).p;

	pg_run(pg_admin, "rollback");
	return why;
}

static const char *layout(void)
{
	return pg_file("schema/citus.sql");
}

/* The file with one text in the place of another. */
static const char *changed(const char *from, const char *to)
{
	str all = str_of(layout());
	size_t at = str_find(all, str_of(from));

	MUST(at != (size_t)-1);
	return str_fmt(test_arena, "%.*s%s%s", (int)at, all.p, to, all.p + at + strlen(from)).p;
}

static int64_t keys(const char *where)
{
	return pg_int(pg_admin, str_fmt(test_arena,
					"select count(*) from pg_constraint c where contype = 'f' "
					"and connamespace = 'base'::regnamespace and %s",
					where)
					.p);
}

/* "table.column table.column": foreign keys of one column that lead to other places. */
static str crossing(void)
{
	PGresult *r = PQexec(pg_admin,
		"select string_agg(substr(f.relname, 3) || '.' || a.attname, ' ' order by "
		"f.relname, a.attname) from pg_constraint c join pg_class f on f.oid = c.conrelid "
		"join pg_attribute a on a.attrelid = f.oid and a.attnum = "
		"c.conkey[array_length(c.conkey, 1)] where "
		"c.contype = 'f' and c.connamespace = 'base'::regnamespace");
	str s = str_dup(test_arena, str_of(PQgetvalue(r, 0, 0)));

	PQclear(r);
	return s;
}

TEST(without_citus_it_is_refused)
{
	const char *why = refused(layout());

	CHECK(strstr(why, "this database has no Citus") && strstr(why, "create extension citus"));
	pg_run(pg_admin, pg_file("test/pg/citus.sql"));
}

/* Guards are dropped before tables change, as a start of the program does; what belongs to an
 * extension stays (Citus has schemas of its own). */
TEST(row_policies_that_ask_tables_are_refused)
{
	CHECK(strstr(refused(layout()), "it holds a sub-select"));
	pg_run(pg_admin, "create schema tools; create extension citext schema tools");
	pg_run(pg_admin, pg_file("schema/pg/clear.sql"));
	CHECK_INT(1, pg_int(pg_admin, "select count(*) from pg_namespace where nspname in "
				      "('tools', 'trade')"));
}

TEST(the_functions_refuse_what_citus_refuses)
{
	CHECK(strstr(refused(changed("add primary key (place, id)", "add primary key (id)")),
		"does not include the distribution column"));
	CHECK(strstr(refused(changed(" USING btree (place, ", " USING btree (")),
		"does not include the distribution column"));
	CHECK(strstr(refused(changed("add column place bigint'",
			     "add column place bigint generated always as (id & 63) stored'")),
		"place"));
	CHECK(strstr(refused(changed("'placed' in (lf.lies, lt.lies)", "lt.lies = 'placed'")),
		"refers to a table that is neither distributed nor a reference table"));
	CHECK(strstr(refused(changed("'placed' in (lf.lies, lt.lies)", "lf.lies = 'placed'")),
		"other objects depend on it"));
}

TEST(every_table_is_laid_out)
{
	str before = crossing();
	int64_t all = keys("true"), lost = 0;

	lay(layout());
	CHECK_INT(15, pg_int(pg_admin, "select count(*) from base.pg_dist_partition where kind = "
				       "'distributed' and put_by = 'place'"));
	CHECK_INT(4, pg_int(pg_admin, "select count(*) from base.pg_dist_partition where kind = "
				      "'reference'"));
	CHECK_INT(1, pg_int(pg_admin, "select count(distinct beside) from base.pg_dist_partition "
				      "where beside <> 'none'"));
	str after = crossing();
	struct out o;

	out_init(&o, test_arena, 400, 4000, NULL);
	for (str key; before.n;) {
		key = str_cut(&before, ' ');
		if (str_find(str_fmt(test_arena, " " STR_FMT " ", STR_ARG(after)),
			    str_fmt(test_arena, " " STR_FMT " ", STR_ARG(key))) == (size_t)-1 &&
			!str_ends(after, key)) {
			out_fmt(&o, "%s" STR_FMT, lost ? " " : "", STR_ARG(key));
			lost++;
		}
	}
	printf("# %lld foreign keys, %lld of them with a place, gone: " STR_FMT "\n",
		(long long)keys("true"), (long long)keys("array_length(conkey, 1) = 2"),
		STR_ARG(out_view(&o)));
	CHECK_TEXT(
		"asked.quote_id basket_line.offer_id bought.order_id document.company_id "
		"import_run.company_id lead.product_id "
		"number_series.company_id offer.company_id offer.product_id orders.buyer_id "
		"orders.placed_by orders.seller_id picture.company_id product.category_id "
		"product.company_id quote.asked_by quote.buyer_id quote.product_id quote.seller_id",
		out_view(&o));
	CHECK_INT(12, keys("array_length(conkey, 1) = 2"));
	CHECK_INT(all - lost, keys("true"));
	CHECK_INT(0, pg_int(pg_admin, "select base.shim_left()"));
}

/* Citus puts a bigint by hashint8 into as many equal ranges as there are shards. */
TEST(places_spread_over_shards)
{
	static const char sql[] =
		"select %s from (select floor((hashint8(p)::bigint + 2147483648) / (4294967296 / "
		"%d)), count(*) as n from generate_series(0, 63) as p group by 1) as shard";
	str text = str_of(layout()), say = S("set local citus.shard_count = ");
	int shards = atoi(text.p + str_find(text, say) + say.n);
	int64_t used = pg_int(pg_admin, str_fmt(test_arena, sql, "count(*)", shards).p);
	int64_t most = pg_int(pg_admin, str_fmt(test_arena, sql, "max(n)", shards).p);

	printf("# 64 places lie on %lld of %d shards, at most %lld on one\n", (long long)used,
		shards, (long long)most);
	CHECK(used >= 30 && most <= 5);
}

TEST(again_it_changes_nothing)
{
	int64_t keys_before = keys("true");

	lay(layout());
	CHECK_INT(keys_before, keys("true"));
	CHECK_INT(19, pg_int(pg_admin, "select count(*) from base.pg_dist_partition"));
}

/* What a machine alone has to hold: by the database, whatever the program asks. */
TEST(rows_lie_where_they_belong)
{
	static const char series[] = "insert into base.r_number_series (place, id, company_id, "
				     "kind, year, next) values (%d, %d, %d, 1, 2026, 1)";
	const char *why;

	pg_run(pg_admin, "insert into base.r_company (id, slug, name, legal_form, country, "
			 "sole_trader, state, sells, buys, currency, locale, created_at) values "
			 "(65, 'a', 'A', '', 'DE', 0, 2, 1, 1, 'EUR', 'en', 1), (2, 'b', 'B', '', "
			 "'DE', 0, 2, 1, 1, 'EUR', 'en', 1)");
	pg_run(pg_admin, str_fmt(test_arena, series, 1, 129, 65).p);
	why = pg_try(pg_admin, str_fmt(test_arena, series, 2, 193, 65).p);
	CHECK(strstr(why, "check constraint")); /* the place is not the id's */
	why = pg_try(pg_admin, str_fmt(test_arena, series, 2, 194, 65).p);
	CHECK(strstr(why, "check constraint")); /* the company lies elsewhere */
	why = pg_try(pg_admin, str_fmt(test_arena, series, 1, 193, 65).p);
	CHECK(strstr(why, "r_number_series_key")); /* a company has one series of a kind */
	pg_run(pg_admin, str_fmt(test_arena, series, 2, 66, 2).p);
	why = pg_try(pg_admin,
		"insert into base.r_order_event (place, id, order_id, buyer_id, seller_id, event, "
		"to_state, at) values (1, 257, 321, 2, 65, 1, 1, 1)");
	CHECK(strstr(why, "r_order_event_order_id_fkey")); /* there is no such order */
}

static void file_run(const char *path)
{
	pg_run(pg_admin, policy_house_pg(pg_arena, str_of(pg_file(path)), str_of(pg_roles)).p);
}

/* The guards for several machines, made as `kontor init --citus` makes them. */
TEST(guards_stand_on_these_tables)
{
	pg_run(pg_admin, "begin");
	file_run("schema/pg/citus-house.sql");
	pg_run(pg_admin,
		policy_guards_citus(pg_arena, pg_policy, str_of(pg_roles), str_of(layout())).p);
	file_run("schema/pg/rights.sql");
	pg_run(pg_admin, "commit");
	pg_run(pg_app, "set kontor.viewer_company = '65'");
	CHECK_INT(2, pg_int(pg_app, "select count(*) from stock.number_series"));  /* its owner's */
	CHECK_INT(0, pg_int(pg_app, "select count(*) from base.r_number_series")); /* no purpose */
	pg_run(pg_app, "set kontor.purpose = 'stock'");
	CHECK_INT(2, pg_int(pg_app, "select count(*) from base.r_number_series"));
	CHECK_INT(0, pg_int(pg_app, "select count(*) from trade.orders"));
	pg_run(pg_app, "set kontor.purpose = 'house'"); /* which is not the application's */
	CHECK_INT(0, pg_int(pg_app, "select count(*) from base.r_number_series"));
	pg_run(pg_app, "reset kontor.purpose");
	CHECK_INT(0, pg_int(pg_admin, "select count(*) from pg_policies p where p.tablename in "
				      "(select substr(logicalrelid::text, 6) from "
				      "base.pg_dist_partition) and coalesce(qual, '') || "
				      "coalesce(with_check, '') like '%SELECT%'"));
}

TEST(hostile_texts_are_refused)
{
	static const char *const texts[] = {"select * from base.r_person",
		"select * from base.r_session", "delete from base.r_orders",
		"update base.e_company set state = 1",
		"insert into base.e_restricted (id) values (1)", "delete from base.e_company",
		"truncate base.r_orders", "alter table base.r_orders disable row level security",
		"set role k_citus_house", "create policy p on base.r_orders using (true)", NULL};

	pg_run(pg_app, "set kontor.purpose = 'trade'");
	for (const char *const *t = texts; *t; t++) {
		const char *why = pg_try(pg_app, *t);

		if (!strstr(why, "permission denied") && !strstr(why, "must be owner"))
			TEST_FAIL("%s: %s", *t, *why ? why : "let in");
	}
}

TEST(every_text_is_prepared)
{
	FILE *f = list_open_of("KONTOR_CITUS_LIST");
	struct listed s;
	int n = 0;

	for (; list_read(f, &s); n++) {
		Oid types[64] = {0};
		int params = 0;

		for (str list = s.params; list.n; params++)
			types[params] = list_type(str_cut(&list, ','));
		PGresult *r = PQprepare(pg_app, s.name.p, s.sql.p, params, types);

		if (PQresultStatus(r) != PGRES_COMMAND_OK)
			TEST_FAIL(STR_FMT ":" STR_FMT ": " STR_FMT ": %s", STR_ARG(s.file),
				STR_ARG(s.line), STR_ARG(s.name), PQresultErrorMessage(r));
		PQclear(r);
	}
	fclose(f);
	printf("# %d statements that name a placed table\n", n);
	CHECK(n > 150);
}

int main(void)
{
	pg_install("citus");
	int status = test_main();

	pg_end();
	return status;
}
