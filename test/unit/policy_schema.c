/* The model against real columns: each kind of disagreement, and the project's own schema. */
#include "policy/policy.h"
#include "test/test.h"

#include <dirent.h>
#include <sqlite3.h>

static const char *const yaml =
	"ids: [company_id, thing_id]\n"
	"enums: {thing_state: [a, b]}\n"
	"roles: {buyer: {bit: 2, kind: member}}\n"
	"purposes:\n"
	"  trade: {bit: 1, why: w, dpv: dpv:ServiceProvision, basis: A6-1-b, roles: [buyer]}\n";
static const char *const thing = "table: thing\n"
				 "about: a thing\n"
				 "columns:\n"
				 "  id: thing_id\n"
				 "  state: thing_state\n"
				 "  name: {type: text, null: yes}\n"
				 "  at: time\n"
				 "purposes: {trade: {read: all}}\n";

static const struct policy *model(str types, str table)
{
	struct policy_source files[] = {{"types.yaml", types}, {"thing.yaml", table},
		{"dpv.csv", S("dpv:ServiceProvision,purpose\n")}};
	struct policy_errors e = {0};
	const struct policy *p = policy_read(test_arena, files, COUNT(files), &e);

	if (!p)
		fault(FAULT_BUG, "%s", policy_errors_text(test_arena, &e).p);
	return p;
}

static str said(const struct schema_column *c, size_t n)
{
	struct policy_errors e = {0};

	policy_check_schema(test_arena, model(str_of(yaml), str_of(thing)), c, n, &e);
	return policy_errors_text(test_arena, &e);
}

#define COLUMN(t, c, ty, nn) \
	{ \
		S(t), S(c), S(ty), nn \
	}

TEST(a_schema_that_agrees_says_nothing)
{
	struct schema_column c[] = {COLUMN("r_thing", "id", "INTEGER", true),
		COLUMN("r_thing", "state", "integer", true),
		COLUMN("r_thing", "name", "TEXT", false), COLUMN("r_thing", "at", "INTEGER", true),
		COLUMN("kontor_log", "x", "TEXT", true)};

	CHECK_TEXT("", said(c, COUNT(c)));
}

TEST(each_disagreement_is_said)
{
	struct schema_column c[] = {COLUMN("r_thing", "id", "INTEGER", true),
		COLUMN("r_thing", "state", "TEXT", true), COLUMN("r_thing", "name", "TEXT", true),
		COLUMN("r_thing", "secret", "BLOB", true), COLUMN("r_other", "id", "INTEGER", true),
		COLUMN("r_other", "x", "INTEGER", true)};

	CHECK_TEXT(
		"thing.yaml:5:3: error: r_thing.state is declared to be stored as INTEGER, and is "
		"TEXT\n"
		"thing.yaml:6:3: error: r_thing.name is declared null: yes, and the schema says "
		"not null\n"
		"thing.yaml:7:3: error: the column r_thing.at is not in the schema\n"
		"thing.yaml:1:8: error: the column r_thing.secret of the schema is not declared\n"
		"schema: error: the table r_other is not declared in the policy "
		"(policy/tables/other.yaml)\n",
		said(c, COUNT(c)));
	CHECK_TEXT("thing.yaml:1:8: error: the table r_thing is not in the schema\n", said(c, 0));
}

/* ---- hash ---- */
static bool same_hash(const struct policy *a, const struct policy *b)
{
	return memcmp(a->hash.b, b->hash.b, sizeof a->hash.b) == 0;
}

TEST(the_hash_is_of_the_model_not_of_the_text)
{
	const struct policy *p = model(str_of(yaml), str_of(thing));
	str other = str_cat(test_arena, S("# a comment\n"), str_of(thing));

	CHECK(same_hash(p, model(str_of(yaml), other)));
	other = S("table: thing\nabout: 'a thing'\npurposes:\n  trade:\n    read: [id, state, "
		  "name, at]\ncolumns: {id: thing_id, "
		  "state: {type: thing_state}, name: {null: true, type: text}, at: time}\n");
	CHECK(same_hash(p, model(str_of(yaml), other)));
}

TEST(the_hash_sees_each_change)
{
	static const char *const changes[][2] = {{"a thing", "a thin"},
		{"name: {type: text, null: yes}", "name: {type: text, null: no}"},
		{"at: time", "at: int"}, {"read: all", "read: [id]"},
		{"read: all", "read: all, using: [\"id = 1\"]"},
		{"read: all", "read: all, delete: yes"}, {"read: all", "read: all, insert: all"}};
	const struct policy *p = model(str_of(yaml), str_of(thing));

	for (size_t i = 0; i < COUNT(changes); i++) {
		str t = str_of(thing), from = str_of(changes[i][0]);
		size_t at = str_find(t, from);
		str changed = str_fmt(
			test_arena, "%.*s%s%s", (int)at, t.p, changes[i][1], t.p + at + from.n);

		MUST(at != (size_t)-1);
		if (same_hash(p, model(str_of(yaml), changed)))
			TEST_FAIL("the hash does not see: %s", changes[i][1]);
	}
	CHECK(!same_hash(p, model(str_cat(test_arena, str_of(yaml),
					  S("  desk: {bit: 3, why: w, dpv: dpv:ServiceProvision, "
					    "basis: none, roles: [buyer]}\n")),
				    str_of(thing))));
}

/* ---- the project's own policy and schema ---- */
static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_sql(const struct dirent *d)
{
	return *d->d_name == '0' && str_ends(str_of(d->d_name), S(".sql"));
}

static sqlite3 *own_schema(void)
{
	struct dirent **v;
	int n = scandir("schema", &v, is_sql, by_name);
	sqlite3 *db;
	char *why = NULL;

	MUST(n > 0 && sqlite3_open(":memory:", &db) == SQLITE_OK);
	for (int i = 0; i < n; i++) {
		FILE *f = fopen(str_fmt(test_arena, "schema/%s", v[i]->d_name).p, "rb");
		char *p = arena_alloc(test_arena, 1, 1 << 20);

		MUST(f && fread(p, 1, (1 << 20) - 1, f) > 0);
		fclose(f);
		if (sqlite3_exec(db, p, NULL, NULL, &why) != SQLITE_OK)
			TEST_FAIL("schema/%s: %s", v[i]->d_name, why);
		free(v[i]);
	}
	free(v);
	return db;
}

static void nothing(sqlite3_context *c, int n, sqlite3_value **v)
{
	(void)n;
	(void)v;
	sqlite3_result_null(c);
}

/* Each guard is made and can be asked: its gates compile against the real columns. */
static void guards_compile(sqlite3 *db, const struct policy *p)
{
	static const char *const viewers[] = {
		"viewer_person", "viewer_company", "viewer_session", "viewer_roles"};
	struct guards g = policy_guards_sqlite(test_arena, p, S("n"));

	for (size_t i = 0; i < COUNT(viewers); i++)
		sqlite3_create_function(db, viewers[i], 0, SQLITE_UTF8, NULL, nothing, NULL, NULL);
	sqlite3_create_function(db, "sealed", 3, SQLITE_UTF8, NULL, nothing, NULL, NULL);
	CHECK(g.n > 100);
	for (size_t i = 0; i < g.n; i++) {
		str ask = str_fmt(
			test_arena, "select * from \"" STR_FMT "\" limit 1", STR_ARG(g.v[i].view));

		if (sqlite3_exec(db, policy_guard_sql(test_arena, &g.v[i]).p, NULL, NULL, NULL) !=
				SQLITE_OK ||
			sqlite3_exec(db, ask.p, NULL, NULL, NULL) != SQLITE_OK)
			TEST_FAIL("%s: %s", g.v[i].view.p, sqlite3_errmsg(db));
	}
}

TEST(own_policy_and_schema_agree)
{
	struct policy_errors e = {0};
	const struct policy *p = policy_read_dir(test_arena, "policy", &e);
	struct {
		struct schema_column *v;
		size_t n, cap;
	} c = {0};
	sqlite3 *db = own_schema();
	sqlite3_stmt *s;

	CHECK_TEXT("", policy_errors_text(test_arena, &e));
	REQUIRE(p);
	REQUIRE(sqlite3_prepare_v2(db,
			"select t.name, c.name, c.type, c.\"notnull\" or c.pk from sqlite_master t "
			"join pragma_table_info(t.name) c "
			"where t.type = 'table' and t.name like 'r\\_%' escape '\\' order by "
			"t.name, c.cid",
			-1, &s, NULL) == SQLITE_OK);
	while (sqlite3_step(s) == SQLITE_ROW)
		*ARENA_PUSH(test_arena, &c) = (struct schema_column){
			str_dup(test_arena, str_of((const char *)sqlite3_column_text(s, 0))),
			str_dup(test_arena, str_of((const char *)sqlite3_column_text(s, 1))),
			str_dup(test_arena, str_of((const char *)sqlite3_column_text(s, 2))),
			sqlite3_column_int(s, 3) != 0};
	sqlite3_finalize(s);
	policy_check_schema(test_arena, p, c.v, c.n, &e);
	CHECK_TEXT("", policy_errors_text(test_arena, &e));
	guards_compile(db, p);
	sqlite3_close(db);
}

int main(void)
{
	return test_main();
}
