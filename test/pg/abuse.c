/* The abuse list of test/policy/abuse.c, as PostgreSQL would be asked it by whoever speaks with the
 * application's role: everything is refused by the engine alone, whatever the program's own fence
 * (queryc) says of it before. Each entry names the kind of refusal (SQLSTATE), so that a spelling
 * mistake is not taken for one. */
#include "plant.h"

#define DENIED "42501"
#define NO_TABLE "42P01"
#define NO_COLUMN "42703"
#define NO_FUNCTION "42883"
struct hostile {
	const char *what, *state, *sql;
};

static const struct hostile reads[] = {
	/* bare tables */
	{"a base table", DENIED, "select number from base.r_orders"},
	{"a base table without its schema", NO_TABLE, "select number from r_orders"},
	{"a base table of another room", DENIED, "select email from base.r_person"},
	{"its rows counted", DENIED, "select count(*) from base.r_orders"},
	{"its existence alone", DENIED, "select 1 from base.r_orders"},
	{"a base table in a subquery", DENIED, "select (select max(id) from base.r_orders)"},
	{"a base table in where", DENIED,
		"select o.id from trade.orders o where exists (select 1 from base.r_person p where "
		"p.id = o.placed_by)"},
	{"a base table in order by", DENIED,
		"select o.id from trade.orders o order by (select r.email from base.r_person r "
		"where r.id = o.id)"},
	{"a base table in a union", DENIED,
		"select o.id from trade.orders o union select id from base.r_person"},
	{"a base table in a CTE", DENIED,
		"with orders as (select id from base.r_orders) select id from orders"},
	{"a base table laterally", DENIED,
		"select o.id from trade.orders o, lateral (select p.email from base.r_person p "
		"where p.id = o.id) x"},
	{"a base table by table", DENIED, "table base.r_orders"},
	{"a base table by inheritance", DENIED, "select id from only base.r_orders"},
	{"a base table sampled", DENIED, "select id from base.r_orders tablesample system (100)"},
	{"a base table's physical rows", DENIED, "select ctid, xmin from base.r_orders"},
	{"a base table explained", DENIED, "explain analyze select id from base.r_orders"},
	{"a cursor over a base table", DENIED,
		"declare c cursor with hold for select id from base.r_orders"},
	{"a base table locked", DENIED, "begin; lock table base.r_orders in access share mode"},
	{"what was restricted", DENIED, "select id from base.r_restricted"},
	{"what the store keeps", DENIED, "select installation from base.r_house"},
	/* columns and purposes */
	{"a column that the purpose does not read", NO_COLUMN,
		"select p.email_blind from trade.person p"},
	{"the columns that a gate asks", NO_COLUMN, "select p.mask from marketing.person p"},
	{"a whole row", DENIED, "select p from signin.\"person.change\" p"},
	{"every column", DENIED, "select * from signin.\"person.change\""},
	{"the bare bytes of what is sealed", DENIED, "select email from signin.\"person.change\""},
	{"what may be inserted read", DENIED, "select id from trade.\"orders.new\""},
	{"a row as json", DENIED, "select row_to_json(o) from trade.orders o"},
	{"a view that the policy does not give", NO_TABLE,
		"select secret from marketing.credential"},
	/* the engine's own */
	{"the catalogue", DENIED, "select relname from pg_catalog.pg_class"},
	{"the catalogue's columns", DENIED, "select attname from pg_catalog.pg_attribute"},
	{"statistics", DENIED, "select most_common_vals from pg_catalog.pg_stats"},
	{"statistics of expressions", DENIED, "select most_common_vals from pg_stats_ext_exprs"},
	{"raw statistics", DENIED, "select stavalues1 from pg_catalog.pg_statistic"},
	{"what others ask", DENIED, "select query from pg_catalog.pg_stat_activity"},
	{"table counters", DENIED, "select n_live_tup from pg_catalog.pg_stat_all_tables"},
	{"roles", DENIED, "select rolname from pg_catalog.pg_roles"},
	{"passwords", DENIED, "select rolpassword from pg_catalog.pg_authid"},
	{"settings", DENIED, "select setting from pg_catalog.pg_settings"},
	{"row policies", DENIED, "select qual from pg_catalog.pg_policies"},
	{"the texts of views", DENIED, "select definition from pg_catalog.pg_views"},
	{"the text of one view", DENIED, "select pg_get_viewdef('trade.orders'::regclass)"},
	{"the schema by its standard name", DENIED,
		"select table_name from information_schema.tables"},
	{"large objects", DENIED, "select data from pg_catalog.pg_largeobject"},
	{"running locks", DENIED, "select pid from pg_catalog.pg_locks"},
	/* full text */
	{"the words of offers", DENIED, "select words from kontor.words"},
	{"every word that was written", DENIED, "select word from kontor.word"},
	{"every part number that was written", DENIED, "select number from kontor.number"},
	{"words by a helper of the functions", DENIED, "select kontor.some('a', 1)"},
	{"words that went", DENIED, "select word from kontor.gone"},
	{"how far they are", DENIED, "select offers from kontor.words_at"},
	{"a text as a query", DENIED, "select 'a & b'::text::tsquery"},
	{"a text as words", DENIED, "select to_tsvector('a b')"},
	{"the extension's functions", DENIED, "select trigram.similarity('a', 'b')"},
	{"a setting by a function of it", DENIED, "select trigram.set_limit(0)"},
	/* files and programs */
	{"a file of the server", DENIED, "select pg_read_file('postgresql.conf')"},
	{"a binary file", DENIED, "select pg_read_binary_file('PG_VERSION')"},
	{"a folder of the server", DENIED, "select pg_ls_dir('.')"},
	{"a file's size", DENIED, "select size from pg_stat_file('PG_VERSION')"},
	{"a file as a large object", DENIED, "select lo_import('/etc/passwd')"},
	/* functions */
	{"the viewer set by a function", DENIED,
		"select set_config('kontor.viewer_company', '2', false)"},
	{"sleep", DENIED, "select pg_sleep(1)"},
	{"a large object made", DENIED, "select lo_create(0)"},
	{"a large object filled", DENIED, "select lo_from_bytea(0, 'x')"},
	{"a lock of one's own", DENIED, "select pg_advisory_lock(1)"},
	{"a notice sent", DENIED, "select pg_notify('x', 'y')"},
	{"another server process ended", DENIED, "select pg_terminate_backend(1)"},
	{"a statement cancelled", DENIED, "select pg_cancel_backend(1)"},
	{"the configuration read anew", DENIED, "select pg_reload_conf()"},
	{"a message into the log of changes", DENIED,
		"select pg_logical_emit_message(true, 'x', 'y')"},
	{"a snapshot given away", DENIED, "select pg_export_snapshot()"},
	{"a transaction's number drawn", DENIED, "select txid_current()"},
	{"a text run as a query", DENIED, "select query_to_xml('select 1', true, true, '')"},
	{"a table as xml", DENIED, "select table_to_xml('trade.orders', true, true, '')"},
	{"a text run by full text", DENIED, "select word from ts_stat('select 1')"},
	{"statistics thrown away", DENIED, "select pg_stat_reset()"},
	{"rows made of nothing", DENIED, "select generate_series(1, 1000000000)"},
	{"memory", DENIED, "select repeat('x', 1000000000)"},
	{"json", DENIED, "select json_build_object('a', o.number) from trade.orders o"},
	{"a random number", DENIED, "select random()"},
	{"the server's version", DENIED, "select version()"},
	{"the server's address", DENIED, "select inet_server_addr()"},
	{"a dump of a role's rights", DENIED,
		"select has_table_privilege('base.r_orders', 'select')"},
	{"an expression that backtracks", DENIED,
		"select o.id from trade.orders o where o.number ~ '(a+)+$'"},
	/* another role */
	{"the owner's role", DENIED, "set role k_abuse_owner"},
	{"a purpose's role", DENIED, "set role k_abuse_for_legal"},
	{"a purpose's role for a transaction", DENIED, "begin; set local role k_abuse_for_rights"},
	{"the administrator's role", DENIED, "set session authorization admin"},
	{"a predefined role", DENIED, "set role pg_read_all_data"},
	{"row policies off", DENIED, "set row_security = off; select id from trade.orders"},
	{"triggers off", DENIED, "set session_replication_role = replica"},
	{"a role given", DENIED, "grant k_abuse_owner to k_abuse_app"},
	{"a right given", DENIED, "grant select on base.r_orders to k_abuse_app"},
	{"a role made", DENIED, "create role x superuser"},
	{"its own role raised", DENIED, "alter role k_abuse_app superuser"},
	/* making, changing, running */
	{"copy of a base table", DENIED, "copy base.r_person to stdout"},
	{"copy of a query over one", DENIED, "copy (select email from base.r_person) to stdout"},
	{"copy into a file", DENIED, "copy (select 1) to '/tmp/kontor-leak'"},
	{"copy into a program", DENIED, "copy (select 1) to program 'cat'"},
	{"copy into a base table", DENIED, "copy base.r_person (id) from stdin"},
	{"copy from a file", DENIED, "copy trade.\"orders.new\" (id) from '/etc/passwd'"},
	{"a block of code", DENIED, "do $$ begin perform 1; end $$"},
	{"a block of another language", DENIED, "do language sql $$ select 1 $$"},
	{"a table", DENIED, "create table trade.x (a bigint)"},
	{"a table of the public schema", DENIED, "create table public.x (a bigint)"},
	{"a temporary table", DENIED, "create temp table orders (a bigint)"},
	{"a view", DENIED, "create view trade.x as select 1 as a"},
	{"a function", DENIED, "create function trade.x() returns int language sql return 1"},
	{"a schema", DENIED, "create schema x"},
	{"an extension", DENIED, "create extension pgcrypto schema kontor"},
	{"a view replaced", DENIED,
		"create or replace view trade.orders as select id from trade.person"},
	{"a view dropped", DENIED, "drop view trade.orders"},
	{"a table dropped", DENIED, "drop table base.r_orders"},
	{"a row policy dropped", DENIED, "drop policy \"trade select\" on base.r_orders"},
	{"row policies disabled", DENIED, "alter table base.r_orders disable row level security"},
	{"a function of who asks replaced", DENIED,
		"create or replace function kontor.viewer_company() returns bigint language sql "
		"return 2"},
	{"a table emptied", DENIED, "truncate base.r_orders"},
	{"an index", DENIED, "create index x on base.r_orders (id)"},
	{"a trigger", DENIED,
		"create trigger x instead of update on trade.orders for each row execute function "
		"kontor.viewer_person()"},
	{"a rule", DENIED, "create rule x as on insert to trade.orders do instead nothing"},
	{"a reindex", DENIED, "reindex table base.r_orders"},
	{"a checkpoint", DENIED, "checkpoint"},
	{"the server's settings", DENIED, "alter system set fsync = off"},
	{"the database's settings", DENIED, "alter database abuse set search_path = base"},
	{"the database dropped", DENIED, "drop database postgres"},
	{"a publication", DENIED, "create publication x for all tables"},
	{"a library loaded", DENIED, "load '/tmp/x.so'"},
};

static const struct hostile writes[] = {
	{"a base table", DENIED, "update base.r_orders set state = 1"},
	{"a base table inserted", DENIED, "insert into base.r_orders (id) values (1)"},
	{"a base table deleted", DENIED, "delete from base.r_orders"},
	{"an owner moved", DENIED, "update trade.\"orders.change\" set buyer_id = 3 where id = 1"},
	{"the key itself", DENIED, "update trade.\"orders.change\" set id = 5000 where id = 1"},
	{"a column without right", DENIED, "update trade.\"orders.change\" set number = 'x'"},
	{"through the reading view", DENIED, "update selling.offer set state = 1"},
	{"through a view of branches", "55000", "update trade.orders set state = 1 where id = 1"},
	{"through its second form", DENIED, "update trade.\"orders.near\" set state = 1"},
	{"through the view of inserts", DENIED, "update trade.\"orders.new\" set state = 1"},
	{"a hidden table copied in", DENIED,
		"update trade.\"orders.change\" set state = (select mask from base.r_person limit "
		"1)"},
	{"update from a hidden table", DENIED,
		"update trade.\"orders.change\" o set state = 1 from base.r_person p where p.id = "
		"o.id"},
	{"returning what is hidden", DENIED,
		"update signin.\"person.change\" set state = 1 where id = 1 returning email"},
	{"a condition on what is hidden", DENIED,
		"update signin.\"person.change\" set state = 1 where email is not null"},
	{"an order in another's name", DENIED,
		"insert into trade.\"orders.new\" select 90001, 'x', 2, 3, 2, 1, 'EUR', 0, 0, 0, "
		"0, "
		"1, 0, null, null, null, 0, 'DE', null, null, null, 0, 0"},
	{"inserted through the view of changes", DENIED,
		"insert into trade.\"orders.change\" (id) values (90001)"},
	{"inserted through the reading view", DENIED,
		"insert into selling.offer (id) values (90001)"},
	{"on conflict do update", DENIED,
		"insert into trade.\"orders.new\" (id, number) values (1, 'x') on conflict (id) do "
		"update set number = 'y'"},
	{"a column without right inserted", NO_COLUMN,
		"insert into signin.\"person.new\" (id, closed_at) values (1, 1)"},
	{"deleted without the right", DENIED, "delete from trade.\"orders.change\" where id = 1"},
	{"another table deleted", DENIED, "delete from signin.\"person.change\""},
	{"the journal", DENIED, "delete from base.r_journal"},
	{"the words of an offer", DENIED, "delete from kontor.words"},
	{"a word", DENIED, "insert into kontor.word values ('x')"},
	{"the dictionary swept", DENIED, "select kontor.words_sweep(1)"},
	{"the subjects", DENIED, "update base.r_subject set state = 1"},
	{"who is restricted", DENIED, "delete from base.r_restricted"},
	{"merged", NULL,
		"merge into trade.\"orders.change\" o using trade.orders x on x.id = o.id when "
		"matched then update set state = 1"},
};

/* Refused, for this reason. */
static void refuse(const struct hostile *h)
{
	PGresult *r;
	const char *state;

	r = PQexec(pg_app, h->sql);
	state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
	if (!state)
		TEST_FAIL("%s: accepted: %s", h->what, h->sql);
	else if (h->state && strcmp(state, h->state) != 0)
		TEST_FAIL("%s: %s", h->what, PQresultErrorMessage(r));
	PQclear(r);
	PQreset(pg_app);
	plant_viewer(1, INT64_MAX);
}

TEST(hostile_reads)
{
	for (size_t i = 0; i < COUNT(reads); i++)
		refuse(&reads[i]);
	printf("# %zu reads\n", COUNT(reads));
}

TEST(hostile_writes)
{
	for (size_t i = 0; i < COUNT(writes); i++)
		refuse(&writes[i]);
	printf("# %zu writes\n", COUNT(writes));
}

/* What only the database's own catalogue can say: nothing that was made is open to everybody, and
 * the application's role may call nothing with side effects. */
TEST(nothing_is_left_open)
{
	static const char *const none[] = {
		"select count(*) from pg_proc p join pg_namespace n on n.oid = p.pronamespace "
		"where "
		"p.provolatile = 'v' and has_function_privilege('k_abuse_app', p.oid, 'execute')",
		"select count(*) from pg_proc p where p.pronamespace in ('kontor'::regnamespace, "
		"'trigram'::regnamespace) and has_function_privilege('public', p.oid, 'execute')",
		"select count(*) from pg_class c where c.relnamespace in "
		"('pg_catalog'::regnamespace, 'information_schema'::regnamespace, "
		"'base'::regnamespace) and has_table_privilege('k_abuse_app', c.oid, 'select')",
		"select count(*) from pg_attribute a join pg_class c on c.oid = a.attrelid where "
		"c.relnamespace = 'base'::regnamespace and has_column_privilege('k_abuse_app', "
		"c.oid, a.attnum, 'select, insert, update, references')",
		"select count(*) from pg_namespace n where has_schema_privilege('k_abuse_app', "
		"n.oid, "
		"'create')",
		"select count(*) from pg_class c where c.relnamespace = 'base'::regnamespace and "
		"c.relkind = 'r' and not (c.relrowsecurity and c.relforcerowsecurity)",
		/* the house becomes the application, and nobody becomes the house */
		"select count(*) from pg_auth_members m where (pg_get_userbyid(m.member) like "
		"'k\\_abuse\\_%' or pg_get_userbyid(m.roleid) like 'k\\_abuse\\_%') and not "
		"(pg_get_userbyid(m.member) = 'k_abuse_house' and pg_get_userbyid(m.roleid) = "
		"'k_abuse_app' and not m.admin_option)",
		"select count(*) from pg_roles where rolname like 'k\\_abuse\\_%' and (rolsuper or "
		"rolbypassrls and rolname <> 'k_abuse_house' or rolinherit and rolcanlogin or "
		"rolcreaterole or rolcreatedb or rolreplication)",
		"select count(*) from pg_roles where rolname like 'k\\_abuse\\_%' and rolcanlogin "
		"and rolname not in ('k_abuse_app', 'k_abuse_house')",
		/* the house changes rows, and makes nothing */
		"select count(*) from pg_proc p where p.provolatile = 'v' and p.proname not in "
		"('gen_random_uuid', "
		"'pg_advisory_xact_lock', 'pg_try_advisory_lock', 'clock_us', 'look', "
		"'look_words', 'words_sweep', "
		"'randomblob') and "
		"has_function_privilege('k_abuse_house', p.oid, 'execute')",
		"select count(*) from pg_class c where (c.relnamespace in "
		"('pg_catalog'::regnamespace, 'information_schema'::regnamespace) and "
		"has_table_privilege('k_abuse_house', c.oid, 'select')) or "
		"pg_get_userbyid(c.relowner) = 'k_abuse_house' and c.relname <> 'subject'",
		"select count(*) from pg_class c where c.relnamespace = 'base'::regnamespace and "
		"c.relkind = 'r' and has_table_privilege('k_abuse_house', c.oid, 'truncate, "
		"references, trigger')",
		"select count(*) from pg_namespace n where has_schema_privilege('k_abuse_house', "
		"n.oid, 'create')",
		"select has_database_privilege('k_abuse_house', 'abuse', 'create, temporary')::int",
		"select count(*) from pg_class c where c.relnamespace = 'base'::regnamespace and "
		"pg_get_userbyid(c.relowner) = 'k_abuse_app'",
		"select has_database_privilege('k_abuse_app', 'abuse', 'create, temporary')::int",
	};

	for (size_t i = 0; i < COUNT(none); i++)
		if (pg_int(pg_admin, none[i]))
			TEST_FAIL("%lld: %s", (long long)pg_int(pg_admin, none[i]), none[i]);
}

static int64_t changed(const char *sql)
{
	PGresult *r = PQexec(pg_app, sql);
	int64_t n = PQresultStatus(r) == PGRES_COMMAND_OK ? strtoll(PQcmdTuples(r), NULL, 10) : -1;

	if (n < 0)
		TEST_FAIL("%s: %s", PQresultErrorMessage(r), sql);
	PQclear(r);
	return n;
}

TEST(a_foreign_row_is_neither_changed_nor_deleted)
{
	int64_t foreign = pg_int(pg_admin, "select min(id) from base.r_orders where buyer_id <> 1 "
					   "and seller_id <> 1"),
		own = pg_int(pg_admin, "select min(id) from base.r_orders where buyer_id = 1"),
		basket = pg_int(pg_admin,
			"select min(id) from base.r_basket_line where session_id <> "
			"1 or session_id is null and person_id <> 1");
	const char *update = "update trade.\"orders.change\" set state = 3 where id = %lld";

	REQUIRE(foreign > 0 && own > 0 && basket > 0);
	plant_viewer(1, 0);
	CHECK_INT(0, changed(str_fmt(test_arena, update, (long long)foreign).p));
	CHECK_INT(0, changed(str_fmt(test_arena, update, -1LL).p)); /* as what is not there */
	CHECK_INT(1, changed(str_fmt(test_arena, update, (long long)own).p));
	CHECK_INT(0, changed(str_fmt(test_arena,
			     "delete from session.\"basket_line.change\" where id = %lld",
			     (long long)basket)
				     .p));
	plant_viewer(0, 0);
	CHECK_INT(0, changed(str_fmt(test_arena, update, (long long)own).p)); /* nobody asks */
}

int main(void)
{
	test_arena = arena_make((size_t)1 << 30);
	pg_install("abuse");
	plant(100);
	plant_viewer(1, INT64_MAX);
	arena_free(test_arena);
	int status = test_main();

	pg_end();
	return status;
}
