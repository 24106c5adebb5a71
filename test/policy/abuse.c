/* The abuse list: what a hostile or careless statement, handler or file could try against the real
 * store. Every entry names the fence that must hold and why it says no. Two fences judge a
 * statement: its words (src/store/text.c) and the engine's authorizer; here each is asked alone, so
 * that neither hides a hole of the other. */
#include "test/unit/store_fixture.h"

enum { TEXT = 1, ENGINE = 2, BOTH = 3 };
struct hostile {
	const char *what, *sql;
	int purpose;
	char verb;
	const char *writes;
	const char *const *columns;
	int fence;	 /* which of the two must refuse */
	const char *why; /* part of the reason of the first one that does */
};
#define SEL(what, fence, why, sql) \
	{ \
		what, sql, TRADE, 's', NULL, NULL, fence, why \
	}
#define MKT(what, fence, why, sql) \
	{ \
		what, sql, MARKETING, 's', NULL, NULL, fence, why \
	}
#define UPD(what, cols, fence, why, sql) \
	{ \
		what, sql, TRADE, 'u', "r_orders", cols, fence, why \
	}
#define INS(what, cols, fence, why, sql) \
	{ \
		what, sql, TRADE, 'i', "r_orders", cols, fence, why \
	}
#define DEL(what, fence, why, sql) \
	{ \
		what, sql, TRADE, 'd', "r_orders", NULL, fence, why \
	}

static const struct hostile reads[] = {
	/* bare tables */
	SEL("a base table", BOTH, "out of reach", "select number from r_orders"),
	SEL("a base table of another room", BOTH, "out of reach", "select email from r_person"),
	SEL("a base table with its database", BOTH, "not named",
		"select number from main.r_orders"),
	SEL("a base table in double quotes", BOTH, "out of reach",
		"select number from \"r_orders\""),
	SEL("a base table in single quotes", BOTH, "out of reach", "select number from 'r_orders'"),
	SEL("a base table in brackets", BOTH, "out of reach", "select number from [r_orders]"),
	SEL("a base table in backticks", BOTH, "out of reach", "select number from `r_orders`"),
	SEL("a base table in capitals", BOTH, "out of reach", "select number from R_ORDERS"),
	SEL("its rows counted, no column read", TEXT, "out of reach",
		"select count(*) from r_orders"),
	SEL("its existence alone", TEXT, "out of reach", "select 1 from r_orders"),
	SEL("a base table in a subquery", BOTH, "out of reach",
		"select (select secret from r_orders limit 1)"),
	SEL("a base table in where", BOTH, "out of reach",
		"select o.id from \"trade.orders\" as o where exists (select 1 from r_orders r "
		"where r.secret = 42)"),
	SEL("a base table in order by", BOTH, "out of reach",
		"select o.id from \"trade.orders\" as o order by (select secret from r_orders r "
		"where r.id = o.id) limit 5"),
	SEL("a base table in a window", BOTH, "out of reach",
		"select lag(o.id) over (order by (select r.secret from r_orders r where r.id = "
		"o.id)) from \"trade.orders\" as o"),
	SEL("a base table in a union", BOTH, "out of reach",
		"select o.id from \"trade.orders\" as o union select id from r_person"),
	SEL("a base table in values", BOTH, "out of reach",
		"select * from (values ((select secret from r_orders)))"),
	SEL("a base table joined naturally", BOTH, "out of reach",
		"select secret from \"trade.orders\" natural join r_orders"),
	SEL("the right side of a left join", BOTH, "out of reach",
		"select r.secret from \"trade.orders\" as o left join r_orders r on r.id = o.id"),
	/* forged names */
	SEL("a CTE with the name of a view", BOTH, "out of reach",
		"with \"trade.orders\" as (select secret as id from r_orders) select id from "
		"\"trade.orders\""),
	SEL("a CTE with the name of a base table", TEXT, "out of reach",
		"with r_orders as (select 1 as secret) select secret from r_orders"),
	SEL("a CTE with the name of a guard", BOTH, "guard's name",
		"with \"trade.orders~0123456789abcdef0123456789abcdef\" as (select secret from "
		"r_orders) select secret from"
		" \"trade.orders~0123456789abcdef0123456789abcdef\""),
	SEL("a subquery named like a guard", BOTH, "out of reach",
		"select x.secret from (select secret from r_orders) as \"trade.orders~00\""),
	SEL("an alias like a view", BOTH, "out of reach",
		"select \"trade.orders\".secret from r_orders as \"trade.orders\""),
	SEL("a recursive CTE over a base table", BOTH, "out of reach",
		"with recursive x (i) as (select secret from r_orders union all select i + 1 from "
		"x where i < 50) select i from x"),
	SEL("a nested CTE", BOTH, "out of reach",
		"with a as (with b as (select secret from r_orders) select secret from b) select "
		"secret from a"),
	/* columns and purposes */
	SEL("a column that the purpose does not read", ENGINE, NULL,
		"select o.secret from \"trade.orders\" as o"),
	SEL("the row id behind a view", ENGINE, NULL, "select o.mask from \"trade.orders\" as o"),
	SEL("a view of another purpose", BOTH, "not of purpose",
		"select p.id from \"marketing.person\" as p"),
	SEL("another purpose joined", BOTH, "not of purpose",
		"select o.id from \"trade.orders\" as o join \"legal.person\" as p on p.id = "
		"o.placed_by"),
	SEL("another purpose counted", TEXT, "not of purpose",
		"select count(*) from \"legal.person\" as p"),
	SEL("another purpose in capitals", BOTH, "not of purpose",
		"select p.id from \"LEGAL.PERSON\" as p"),
	SEL("another purpose in brackets", BOTH, "not of purpose",
		"select p.id from [legal.person] as p"),
	SEL("a view that the policy does not give", ENGINE, NULL,
		"select c.country from \"trade.company\" as c"),
	MKT("two purposes in one", BOTH, "not of purpose",
		"select p.id from \"marketing.person\" as p join \"account.person\" as a on a.id = "
		"p.id"),
	MKT("a sealed column without its group's right", ENGINE, NULL,
		"select p.phone from \"marketing.person\" as p"),
	MKT("sealed() called by a statement", ENGINE, "belongs to guards",
		"select sealed(p.id, p.company_id, p.email) from \"marketing.person\" as p"),
	/* the engine's own */
	SEL("the schema", BOTH, "engine's own", "select sql from sqlite_master"),
	SEL("the schema by its other name", BOTH, "engine's own", "select sql from sqlite_schema"),
	SEL("the temporary schema, where the nonce is", BOTH, "engine's own",
		"select sql from sqlite_temp_master"),
	SEL("the temporary schema by its other name", BOTH, "engine's own",
		"select sql from sqlite_temp_schema"),
	SEL("the schema counted", BOTH, "engine's own", "select count(*) from sqlite_master"),
	SEL("statistics", BOTH, "engine's own", "select * from sqlite_stat1"),
	SEL("running statements", BOTH, "engine's own", "select sql from sqlite_stmt"),
	SEL("pages", BOTH, "engine's own", "select * from dbstat"),
	SEL("pages counted", BOTH, "engine's own", "select count(*) from dbstat"),
	SEL("raw pages", ENGINE, NULL, "select data from sqlite_dbpage"),
	SEL("a pragma's table", BOTH, "engine's own", "select name from pragma_table_info('x')"),
	SEL("a pragma's table counted", BOTH, "engine's own",
		"select count(*) from pragma_database_list"),
	SEL("a table of functions", BOTH, "engine's own", "select name from pragma_function_list"),
	/* The engine lets the values of a list through, the words only where queryc writes one. */
	SEL("json as a table", TEXT, "engine's own", "select value from json_each('[1]')"),
	SEL("json's keys", BOTH, "engine's own", "select key from json_each('[1]')"),
	SEL("a list that names a table", BOTH, NULL,
		"select value from json_each((select group_concat(name) from sqlite_schema))"),
	SEL("generated numbers", ENGINE, NULL, "select value from generate_series(1, 10)"),
	{"a pragma", "pragma data_version", TRADE, 's', NULL, NULL, BOTH, "begins with"},
	{"a pragma that writes", "pragma secure_delete = off", TRADE, 's', NULL, NULL, BOTH,
		"begins with"},
	{"explain", "explain select 1", TRADE, 's', NULL, NULL, BOTH, "begins with"},
	{"explain query plan", "explain query plan select o.id from \"trade.orders\" as o", TRADE,
		's', NULL, NULL, BOTH, "begins with"},
	{"another database", "attach 'x.db' as x", TRADE, 's', NULL, NULL, BOTH, "begins with"},
	{"a database less", "detach main", TRADE, 's', NULL, NULL, BOTH, "begins with"},
	{"a copy of everything", "vacuum into '/tmp/leak.db'", TRADE, 's', NULL, NULL, TEXT,
		"begins with"},
	{"vacuum", "vacuum", TRADE, 's', NULL, NULL, BOTH, "begins with"},
	{"a new table", "create table r_x (a integer)", TRADE, 's', NULL, NULL, BOTH,
		"begins with"},
	{"a view over a base table", "create temp view x as select secret from r_orders", TRADE,
		's', NULL, NULL, BOTH, "begins with"},
	{"a trigger", "create temp trigger x after insert on r_orders begin select 1; end", TRADE,
		's', NULL, NULL, BOTH, "begins with"},
	{"a table dropped", "drop table r_orders", TRADE, 's', NULL, NULL, BOTH, "begins with"},
	{"a guard dropped", "drop view \"trade.orders\"", TRADE, 's', NULL, NULL, BOTH,
		"begins with"},
	{"a table altered", "alter table r_orders add column x integer", TRADE, 's', NULL, NULL,
		BOTH, "begins with"},
	{"analyze", "analyze", TRADE, 's', NULL, NULL, BOTH, "begins with"},
	{"reindex", "reindex", TRADE, 's', NULL, NULL, BOTH, "begins with"},
	{"a transaction of its own", "commit", TRADE, 's', NULL, NULL, BOTH, "begins with"},
	{"a rollback", "rollback", TRADE, 's', NULL, NULL, BOTH, "begins with"},
	{"a savepoint", "savepoint x", TRADE, 's', NULL, NULL, BOTH, "begins with"},
	SEL("two statements", ENGINE, "exactly one", "select 1; select 2"),
	SEL("a select that hides a write", BOTH, "begins with", "update r_orders set state = 1"),
	SEL("nothing at all", BOTH, "begins with", "-- only a remark"),
	/* functions */
	SEL("load_extension", ENGINE, "function not allowed", "select load_extension('x')"),
	SEL("a raising abs", ENGINE, "function not allowed",
		"select o.id from \"trade.orders\" as o where abs(case when o.state = 1 then "
		"-9223372036854775807 - 1 else 1 end) > 0"),
	SEL("json", BOTH, "engine's own",
		"select json_object('a', o.number) from \"trade.orders\" as o"),
	SEL("json arrows", ENGINE, "function not allowed",
		"select o.number -> '$' from \"trade.orders\" as o"),
	SEL("zeroblob", ENGINE, "function not allowed", "select zeroblob(1000000000)"),
	SEL("randomblob", ENGINE, "function not allowed", "select randomblob(1000000000)"),
	SEL("printf", ENGINE, "function not allowed", "select printf('%.999999999f', 1.0)"),
	SEL("the engine's version", BOTH, "engine's own", "select sqlite_version()"),
	SEL("compile options", BOTH, "engine's own", "select sqlite_compileoption_get(1)"),
	SEL("full-text internals", ENGINE, "no such function", "select fts5_decode(1, x'00')"),
	SEL("another collation", TEXT, "not allowed",
		"select o.id from \"trade.orders\" as o order by o.number collate nocase"),
	/* full text */
	SEL("a full-text table that is not declared", BOTH, "full-text",
		"select title from fts_offer"),
	SEL("what it keeps", BOTH, "part of a full-text", "select block from fts_offer_data"),
	SEL("its contents", BOTH, "part of a full-text", "select c0 from fts_offer_content"),
	SEL("its configuration", BOTH, "part of a full-text", "select v from fts_offer_config"),
	/* an unknown purpose */
	{"a purpose that is not there", "select 1", 40, 's', NULL, NULL, TEXT, "not in the policy"},
};

static const struct hostile writes[] = {
	UPD("an undeclared column", COLS("note"), ENGINE, "does not declare",
		"update r_orders set state = 1 where id = 1"),
	UPD("an owner moved", COLS("buyer_id"), ENGINE, "no right to update",
		"update r_orders set buyer_id = 103 where id = 1"),
	UPD("a column without right", COLS("secret"), ENGINE, "no right to update",
		"update r_orders set secret = 1 where id = 1"),
	UPD("the key itself", COLS("id"), ENGINE, "no right to update",
		"update r_orders set id = 5 where id = 1"),
	UPD("a hidden column copied into a visible one", COLS("note"), ENGINE,
		"may not read this column", "update r_orders set note = secret where id = 1"),
	UPD("a condition on a hidden column", COLS("note"), ENGINE, "may not read this column",
		"update r_orders set note = 'x' where secret = 42"),
	UPD("another table in a value", COLS("note"), BOTH, "out of reach",
		"update r_orders set note = (select email from r_person limit 1) where id = 1"),
	UPD("the same table again", COLS("note"), BOTH, "more than once",
		"update r_orders set note = (select secret from r_orders limit 1) where id = 1"),
	UPD("update from a base table", COLS("note"), BOTH, "out of reach",
		"update r_orders set note = p.email from r_person p where r_orders.id = 1"),
	UPD("another table than declared", COLS("state"), BOTH, "out of reach",
		"update r_person set mask = 1"),
	UPD("returning", COLS("state"), BOTH, "returning",
		"update r_orders set state = 1 where id = 1 returning secret"),
	UPD("returning nothing of it", COLS("state"), TEXT, "returning",
		"update r_orders set state = 1 where id = 1 returning 1"),
	UPD("or replace", COLS("state"), TEXT, "or ...",
		"update or replace r_orders set state = 1 where id = 1"),
	UPD("or ignore", COLS("state"), TEXT, "or ...",
		"update or ignore r_orders set state = 1 where id = 1"),
	UPD("an index told", COLS("state"), TEXT, "indexed",
		"update r_orders indexed by r_orders_buyer set state = 1 where id = 1"),
	UPD("through a view", COLS("state"), ENGINE, NULL,
		"update \"trade.orders\" set state = 1 where id = 1"),
	UPD("another purpose's view in the gate", COLS("state"), BOTH, "not of purpose",
		"update r_orders set state = 1 where id in (select p.id from \"legal.person\" as "
		"p)"),
	INS("an undeclared column inserted", COLS("id", "number"), TEXT, "not declared",
		"insert into r_orders (id, number, secret) select 1, 'x', 2"),
	INS("a column without right inserted", COLS("id", "closed_at"), ENGINE,
		"no right to insert", "insert into r_orders (id, closed_at) select 1, 2"),
	INS("no columns listed", COLS("id"), TEXT, "must be listed",
		"insert into r_orders select 1, 'x', 101, 102, 1, 1, null, null, null, null"),
	INS("default values", COLS("id"), TEXT, "must be listed",
		"insert into r_orders default values"),
	INS("another table inserted", COLS("id"), BOTH, "does not write to",
		"insert into r_person (id) select 1"),
	INS("on conflict do update", COLS("id", "number"), TEXT, "do update",
		"insert into r_orders (id, number) select 1, 'x' where true on conflict (id) do "
		"update set state = 2"),
	INS("or replace, which deletes", COLS("id", "number"), TEXT, "insert into",
		"insert or replace into r_orders (id, number) select 1, 'x'"),
	INS("replace", COLS("id", "number"), TEXT, "begins with",
		"replace into r_orders (id, number) select 1, 'x'"),
	INS("returning on insert", COLS("id", "number"), TEXT, "returning",
		"insert into r_orders (id, number) select 1, 'x' returning id"),
	INS("a hidden table copied in", COLS("id", "note"), BOTH, "out of reach",
		"insert into r_orders (id, note) select 1, email from r_person"),
	INS("itself copied", COLS("id", "note"), BOTH, "more than once",
		"insert into r_orders (id, note) select id, secret from r_orders"),
	DEL("without the right", ENGINE, "no right to delete", "delete from r_orders where id = 1"),
	DEL("everything", ENGINE, "no right to delete", "delete from r_orders"),
	DEL("returning on delete", TEXT, "returning",
		"delete from r_orders where id = 1 returning id"),
	DEL("another table", BOTH, "out of reach", "delete from r_person"),
	{"the house's journal", "delete from r_journal", TRADE, 'd', "r_journal", NULL, ENGINE,
		"no such right"},
	{"the house's subjects", "update r_subject set state = 1 where id = 201", TRADE, 'u',
		"r_subject", COLS("state"), ENGINE, "no such right"},
	{"the schema", "update sqlite_master set sql = ''", TRADE, 'u', "sqlite_master",
		COLS("sql"), BOTH, "engine's own"},
	{"a full-text part", "delete from fts_offer_data", TRADE, 'd', "fts_offer_data", NULL, BOTH,
		"part of a full-text"},
	{"a full-text table, undeclared", "delete from fts_offer", TRADE, 'd', "fts_offer", NULL,
		BOTH, "full-text"},
	{"a purpose without that right", "update r_person set mask = 7 where id = 201", MARKETING,
		'u', "r_person", COLS("mask"), ENGINE, "no right"},
	{"verb and text differ", "delete from r_orders", TRADE, 'u', "r_orders", COLS("state"),
		BOTH, "begins with"},
	{"a write without a table", "update r_orders set state = 1", TRADE, 'u', NULL, NULL, BOTH,
		"do not fit"},
};

static struct stmt made(const struct hostile *h)
{
	return (struct stmt){.name = h->what,
		.file = "abuse.c",
		.line = 1,
		.purpose = h->purpose,
		.also_public = true,
		.sql = h->sql,
		.shape = h->verb == 's' ? STMT_MANY : STMT_EXEC,
		.writes = h->writes,
		.columns = h->columns,
		.verb = h->verb};
}

/* As the program's start does it, with this statement as the only registered one. */
static const char *refused_at_start(struct store *s, const struct stmt *st)
{
	static char what[240];
	const struct stmt *list[] = {st, NULL}, *const *before = s->statements;
	size_t n = s->statements_n;
	struct fault_point fp;

	what[0] = 0;
	s->statements = list;
	s->statements_n = 1;
	if (FAULT_TRY(fp)) {
		statements_check(s->write_conn);
		FAULT_END(fp);
	} else {
		snprintf(what, sizeof what, "%s", fp.what);
	}
	s->statements = before;
	s->statements_n = n;
	return what;
}

/* The authorizer alone: true when the engine does not compile it. */
static bool refused_by_engine(struct store *s, const struct stmt *st)
{
	struct query q = {0};
	struct fault_point fp;

	if (st->purpose >= PURPOSES_MAX || !s->purpose[st->purpose])
		return false;
	if (FAULT_TRY(fp)) {
		query_prepare(s->write_conn, &q, st);
		FAULT_END(fp);
		prepared_end(q.st);
		return false;
	}
	return true;
}

static void refuse(struct store *s, const struct hostile *h)
{
	struct stmt st = made(h);
	const char *why = refused_at_start(s, &st);
	str words = text_refusal(test_arena, s, &st);
	bool engine = refused_by_engine(s, &st);

	if (!*why)
		TEST_FAIL("%s: accepted: %s", h->what, h->sql);
	else if (h->why && !strstr(why, h->why))
		TEST_FAIL("%s: refused because \"%s\", not \"%s\"", h->what, why, h->why);
	if ((h->fence & TEXT) && !words.p)
		TEST_FAIL("%s: its words are not refused: %s", h->what, h->sql);
	if ((h->fence & ENGINE) && !engine)
		TEST_FAIL("%s: the engine compiles it: %s", h->what, h->sql);
}

TEST(hostile_reads)
{
	struct store *s = fx_filled();

	for (size_t i = 0; i < COUNT(reads); i++)
		refuse(s, &reads[i]);
	printf("# %zu reads\n", COUNT(reads));
	fx_end(s);
}

TEST(hostile_writes)
{
	struct store *s = fx_filled();

	for (size_t i = 0; i < COUNT(writes); i++)
		refuse(s, &writes[i]);
	printf("# %zu writes\n", COUNT(writes));
	fx_end(s);
}

/* A copy by VACUUM INTO asks nothing when it is compiled: the authorizer must still be there when
 * it runs, and so must it for ATTACH. */
TEST(the_authorizer_is_there_when_statements_run)
{
	struct store *s = fx_filled();
	struct store_conn *c = s->write_conn;
	sqlite3_stmt *st = NULL;

	if (!sqlite3_prepare_v2(c->db, "vacuum into '/tmp/kontor-leak.db'", -1, &st, NULL))
		CHECK(sqlite3_step(st) != SQLITE_DONE);
	sqlite3_finalize(st);
	CHECK(access("/tmp/kontor-leak.db", F_OK));
	CHECK(sqlite3_exec(c->db, "attach '/tmp/kontor-leak.db' as x", NULL, NULL, NULL) !=
		SQLITE_OK);
	CHECK(sqlite3_exec(c->db, "select count(*) from r_orders", NULL, NULL, NULL) != SQLITE_OK);
	CHECK(sqlite3_exec(c->db, "select 1", NULL, NULL, NULL) !=
		SQLITE_OK); /* not even that: nothing is registered */
	CHECK(sqlite3_exec(c->db, "pragma query_only", NULL, NULL, NULL) != SQLITE_OK);
	CHECK(sqlite3_exec(c->db, "begin", NULL, NULL, NULL) != SQLITE_OK);
	fx_end(s);
}

/* The blob API asks no authorizer: nothing above the store can reach it, because only the store
 * includes the engine's header. */
TEST(nobody_else_includes_the_engine)
{
	FILE *f = popen("grep -rl 'sqlite3\\.h' src | grep -v '^src/store/' | grep -v "
			"'^src/market/search/' | head",
		"r");
	char line[200];

	REQUIRE(f);
	while (fgets(line, sizeof line, f))
		TEST_FAIL("includes sqlite3.h: %s", line);
	pclose(f);
}

/* ---- flows ---- */
static int64_t count_as(struct store *s, struct viewer v, int id, uint64_t purposes)
{
	struct db db;

	store_read_begin(s, &db, test_arena, v, purposes);
	int64_t n = fx_int(&db, id, 301);

	store_read_end(&db);
	return n;
}

TEST(who_asks)
{
	struct store *s = fx_filled();

	CHECK_INT(1, count_as(s, fx_viewer, ORDER_COUNT, FX_ALL));
	CHECK_INT(1, count_as(s, (struct viewer){.company = 102, .roles = BUYER}, ORDER_COUNT,
			     FX_ALL)); /* the other party */
	CHECK_INT(0, count_as(s, (struct viewer){.company = 103, .roles = BUYER}, ORDER_COUNT,
			     FX_ALL)); /* a stranger */
	CHECK_INT(0, count_as(s, (struct viewer){.person = 201, .roles = BUYER}, ORDER_COUNT,
			     FX_ALL)); /* no company: NULL */
	CHECK_INT(0,
		count_as(s, (struct viewer){.company = -101, .roles = BUYER}, ORDER_COUNT, FX_ALL));
	CHECK_INT(INT64_MIN,
		count_as(s, (struct viewer){.company = 103, .roles = BUYER}, ORDER_GET, FX_ALL));
	/* the same cached statement, another viewer behind it */
	CHECK_INT(301, count_as(s, fx_viewer, ORDER_GET, FX_ALL));
	CHECK_INT(INT64_MIN,
		count_as(s, (struct viewer){.company = 103, .roles = BUYER}, ORDER_GET, FX_ALL));
	fx_end(s);
}

TEST(what_for)
{
	struct store *s = fx_filled();

	for (int id = 0; id < FX_COUNT; id++) {
		struct db db;

		if (fx_v[id].verb != 's' || fx_v[id].purpose == PUBLIC)
			continue;
		store_read_begin(s, &db, test_arena, fx_viewer, FX_ALL & ~P(fx_v[id].purpose));
		CHECK_FAULT(FAULT_POLICY, fx_q(&db, id)); /* every other purpose does not help */
		store_read_end(&db);
		store_read_begin(
			s, &db, test_arena, (struct viewer){.person = 201, .company = 101}, FX_ALL);
		CHECK_FAULT(FAULT_POLICY, fx_q(&db, id)); /* no role */
		store_read_end(&db);
	}
	fx_end(s);
}

TEST(consent_and_owners_that_are_null)
{
	struct store *s = fx_filled();
	struct db db;

	store_read_begin(s, &db, test_arena, fx_viewer, FX_ALL);
	struct query *q = fx_q(&db, PERSON_MARKETING);

	REQUIRE(db_step(q));
	CHECK_INT(201, db_int(q, 0));
	REQUIRE(db_step(q));
	CHECK_INT(203, db_int(q, 0)); /* 202 did not agree */
	CHECK(!db_step(q));
	(void)db_finish(q);
	store_read_end(&db);
	fx_end(s);
}

static bool bomb_apply(struct db *db, void *ctx)
{
	(void)ctx;
	struct query *q = fx_q(db, ORDER_COPY);

	while (db_step(q))
		;
	return true;
}

/* Fills so that a join passes LIST_ROWS_MAX. */
static bool companies_apply(struct db *db, void *ctx)
{
	(void)ctx;
	for (int i = 0; i < 60; i++)
		if (fx_company_add(db, 400 + i, "Viele") != 1)
			return false;
	return true;
}

TEST(lists_end_at_their_limit)
{
	struct store *s = fx_filled();
	struct db db;

	CHECK_INT(WRITE_DONE, fx_write(s, companies_apply, NULL));
	store_read_begin(s, &db, test_arena, fx_viewer, FX_ALL);
	CHECK_FAULT(FAULT_BUG, bomb_apply(&db, NULL));
	store_read_end(&db);
	CHECK_INT(1, count_as(s, fx_viewer, ORDER_COUNT, FX_ALL));
	fx_end(s);
}

/* A handle kept over its end, one of another store, a query used after its handle. */
static struct db *kept;

static bool keep_apply(struct db *db, void *ctx)
{
	(void)ctx;
	kept = db;
	struct query *q = fx_q(db, ORDER_COUNT);

	db_step(q);
	return true; /* left running */
}

TEST(handles_end_with_their_unit)
{
	struct store *s = fx_filled();
	struct db copy;

	CHECK_INT(WRITE_DONE, fx_write(s, keep_apply, NULL));
	CHECK_INT(WRITE_DONE, fx_write(s, keep_apply, NULL)); /* the statement was ended for it */
	store_read_begin(s, &copy, test_arena, fx_viewer, FX_ALL);
	struct db second = copy;

	CHECK_FAULT(FAULT_BUG, fx_q(&second, ORDER_COUNT)); /* a copied handle with more rights */
	second.purposes = UINT64_MAX;
	CHECK_FAULT(FAULT_BUG, fx_q(&second, ORDER_COUNT));
	copy.write = true;
	CHECK_FAULT(FAULT_POLICY, fx_q(&copy, ORDER_STATE)); /* a reader that says it writes */
	CHECK_FAULT(FAULT_BUG, db_erase_subject(&second, 201));
	store_read_end(&copy);
	fx_end(s);
}

static bool parent_apply(struct db *db, void *ctx)
{
	int64_t *v = ctx;

	v[1] = fx_order_add(db, 390, "B-90", 101, v[0], "x");
	return true;
}

TEST(foreign_parents_and_taken_numbers_answer_alike)
{
	struct store *s = fx_filled();
	int64_t absent[2] = {999, -1}, there[2] = {103, -1};

	CHECK_INT(WRITE_DONE, fx_write(s, parent_apply, absent));
	CHECK_INT(0, absent[1]);
	CHECK_INT(WRITE_DONE, fx_write(s, parent_apply, there)); /* a company that everyone sees */
	CHECK_INT(1, there[1]);
	CHECK_INT(WRITE_DONE,
		fx_write(s, parent_apply, there)); /* the same again: id and number are taken */
	CHECK_INT(0, there[1]);
	fx_end(s);
}

static bool email_apply(struct db *db, void *ctx)
{
	int64_t *v = ctx;
	struct query *q = fx_q(db, PERSON_EMAIL);

	db_bind_int(q, 1, v[0]);
	db_bind_sealed(q, 2, "person", "email", v[0], v[0], S("new@x.example"));
	v[1] = db_finish(q);
	q = fx_q(db, PERSON_DELETE);
	db_bind_int(q, 1, v[0]);
	v[2] = db_finish(q);
	return true;
}

TEST(a_foreign_row_is_neither_changed_nor_deleted)
{
	struct store *s = fx_filled();
	int64_t foreign[3] = {202, -1, -1}, absent[3] = {9999, -1, -1};

	CHECK_INT(WRITE_DONE, fx_write(s, email_apply, foreign));
	CHECK_INT(0, foreign[1]);
	CHECK_INT(0, foreign[2]);
	CHECK_INT(WRITE_DONE,
		fx_write(s, email_apply, absent)); /* the same answer as for what is not there */
	CHECK_INT(0, absent[1]);
	CHECK_INT(0, absent[2]);
	CHECK_STR(S("rolf.marker@rot.example"),
		fx_email(s, (struct viewer){.company = 102, .roles = BUYER}, PERSON_ACCOUNT, 202));
	fx_end(s);
}

/* A guard's nonce is new for every connection: one that leaked opens no other. */
TEST(nonces_are_fresh)
{
	struct store *s = fx_filled();

	count_as(s, fx_viewer, ORDER_COUNT, FX_ALL);
	REQUIRE(s->conns);
	CHECK(strcmp(s->conns->nonce, s->write_conn->nonce) != 0);
	CHECK_INT(NONCE_CHARS + 1, strlen(s->conns->nonce));
	fx_end(s);
}

/* A file with a trigger that would copy what it sees: the schema is not trusted with side effects
 * of the program's writes, because the authorizer knows no such context. */
TEST(a_planted_trigger_does_not_run)
{
	struct store *s = fx_filled();
	store_close(s);
	char path[300];

	snprintf(path, sizeof path, "%s/data.db", fx_dir);
	sqlite3 *db = lite_open(path, SQLITE_OPEN_READWRITE);

	lite_run(db, "create table leak (x blob); create trigger t after update on r_person "
		     "begin insert into leak values (new.phone); end");
	sqlite3_close(db);
	CHECK_FAULT(FAULT_POLICY, fx_open());
	fx_remove(fx_dir);
}

TEST(a_view_in_the_file_does_not_shadow_a_purpose)
{
	struct store *s = fx_filled();

	store_close(s);
	char path[300];

	snprintf(path, sizeof path, "%s/data.db", fx_dir);
	sqlite3 *db = lite_open(path, SQLITE_OPEN_READWRITE);

	lite_run(db, "create view \"trade.orders\" as select id, secret as number, 101 as "
		     "buyer_id, state, consignee, seller_id from r_orders");
	sqlite3_close(db);
	s = fx_open();
	CHECK_INT(0, count_as(s, (struct viewer){.company = 103, .roles = BUYER}, ORDER_COUNT,
			     FX_ALL)); /* the guard's, not the file's */
	fx_end(s);
}

int main(void)
{
	return test_main();
}
