/* The texts for PostgreSQL that need no PostgreSQL to be looked at; `make test-pg` runs them. */
#include "policy/embedded.h"
#include "policy/policy.h"
#include "store/schema.h"
#include "test/test.h"

TEST(types_of_tables_are_those_of_postgresql)
{
	CHECK_TEXT("create table r_x (\n\tid bigint primary key,\n\ta bytea not null,\n\tb text "
		   "null,\n"
		   "\tc double precision null\n) ;",
		policy_ddl_pg(
			test_arena, S("create table r_x (\n\tid integer primary key,\n\ta blob not "
				      "null,\n\tb text null,\n\tc real null\n) strict;")));
	CHECK_TEXT("create table r_y (a bigint) , ;",
		policy_ddl_pg(
			test_arena, S("create table r_y (a INTEGER) without rowid, strict;")));
}

/* Words in comments, texts and names are not types. */
TEST(what_is_not_a_type_stays)
{
	static const char *const same[] = {"-- an integer, a blob, strict\n",
		"'integer' 'it''s a blob'", "\"blob\"", "integer_of(blob_x, strict1)",
		"without rowids"};

	for (size_t i = 0; i < COUNT(same); i++)
		CHECK_TEXT(same[i], policy_ddl_pg(test_arena, str_of(same[i])));
}

TEST(no_word_of_sqlite_is_left_in_the_schema)
{
	for (const struct schema_file *f = schema_files; f->name; f++) {
		str text = policy_ddl_pg(test_arena, f->text);

		while (text.n) {
			str line = str_cut(&text, '\n');

			if (str_starts(str_trim(line), S("--")))
				continue;
			CHECK(str_find(line, S(" integer")) == (size_t)-1 &&
				str_find(line, S(" blob ")) == (size_t)-1 &&
				str_find(line, S("strict;")) == (size_t)-1);
		}
	}
}

TEST(roles_have_plain_names)
{
	CHECK_TEXT("grant a to \"k_1_app\"",
		policy_house_pg(test_arena, S("grant a to \"{roles}_app\""), S("k_1")));
	CHECK_FAULT(FAULT_BUG, policy_house_pg(test_arena, S("{roles}"), S("k\"; drop")));
	CHECK_FAULT(FAULT_BUG, policy_house_pg(test_arena, S("{roles}"), S("")));
}

/* Every purpose with a grant has its schema and its role, every table its row policies. */
TEST(guards_close_every_table)
{
	struct policy_errors e = {0};
	const struct policy *p = policy_read(test_arena, embedded_policy, embedded_policy_n, &e);

	REQUIRE(p);
	str sql = policy_guards_pg(test_arena, p, S("k"));

	for (size_t i = 0; i < p->tables_n; i++) {
		const struct policy_table *t = &p->tables[i];

		CHECK(str_find(sql,
			      str_fmt(test_arena,
				      "alter table base.r_" STR_FMT
				      " owner to \"k_owner\", enable row level security, force "
				      "row level security;",
				      STR_ARG(t->name))) != (size_t)-1);
		for (size_t k = 0; k < t->grants_n; k++)
			CHECK(str_find(sql, str_fmt(test_arena,
						    "create role \"k_for_" STR_FMT "\" nologin",
						    STR_ARG(t->grants[k].purpose))) != (size_t)-1);
	}
	CHECK(str_find(sql, S("security_barrier")) == (size_t)-1);
	CHECK(str_find(sql, S("new.")) == (size_t)-1); /* the row at hand is the base table's */
}

int main(void)
{
	return test_main();
}
