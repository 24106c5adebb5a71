/* Records of sealed groups: written, read back, and broken in every place. */
#include "base/record.h"
#include "base/limits.h"
#include "test/test.h"

struct address {
	str name, street, city;
};
static const struct row_field fields[] = {
	{"name", ROW_STR, offsetof(struct address, name), true, NULL, NULL},
	{"street", ROW_STR, offsetof(struct address, street), true, NULL, NULL},
	{"city", ROW_STR, offsetof(struct address, city), true, NULL, NULL},
};
static const uint8_t numbers[] = {1, 2, 7};
static const struct row_desc desc = {"address", fields, 3, sizeof(struct address)};

static struct address unpack(str record)
{
	struct address v = {0};

	record_unpack(test_arena, &desc, numbers, record, &v);
	return v;
}

TEST(has_the_documented_form)
{
	struct address v = {.name = S("Ada"), .city = S("")};

	CHECK_STR(((str){"\001\003\000\000\000Ada\007\000\000\000\000", 13}),
		record_pack(test_arena, &desc, numbers, &v));
	CHECK(record_pack(test_arena, &desc, numbers, NULL).p == NULL);
}

TEST(comes_back)
{
	struct address v = {.name = S("Ada"), .city = S("")}, w;

	w = unpack(record_pack(test_arena, &desc, numbers, &v));
	CHECK_STR(v.name, w.name);
	CHECK(w.name.p[w.name.n] == 0);
	CHECK(w.street.p == NULL);
	CHECK(w.city.p && w.city.n == 0);
	w = (struct address){0};
	CHECK_INT(0, record_pack(test_arena, &desc, numbers, &w).n);
	CHECK(record_pack(test_arena, &desc, numbers, &w).p != NULL);
	CHECK(unpack((str){0}).name.p == NULL);
}

TEST(skips_numbers_that_it_does_not_know)
{
	struct address v = unpack((str){"\005\001\000\000\000x\002\001\000\000\000y", 12});

	CHECK_TEXT("y", v.street);
	CHECK(v.name.p == NULL && v.city.p == NULL);
}

TEST(a_record_cut_anywhere_but_between_fields_faults)
{
	struct address v = {.name = S("Ada"), .street = S("Row 1")};
	str record = record_pack(test_arena, &desc, numbers, &v);

	for (size_t n = 1; n < record.n; n++)
		if (n != 8)
			CHECK_FAULT(FAULT_STORE, unpack(str_sub(record, 0, n)));
	CHECK(unpack(str_sub(record, 0, 8)).street.p == NULL);
}

TEST(malformed_records_fault)
{
	CHECK_FAULT(FAULT_STORE, unpack((str){"\000\000\000\000\000", 5}));
	CHECK_FAULT(FAULT_STORE, unpack((str){"\001\377\377\377\377x", 6}));
	CHECK_FAULT(FAULT_STORE, unpack((str){"\001\000\000\000\000\001\000\000\000\000", 10}));
}

TEST(a_field_has_a_limit)
{
	struct address v = {.name = {arena_alloc(test_arena, 1, RECORD_FIELD_BYTES_MAX + 1),
				    RECORD_FIELD_BYTES_MAX + 1}};

	CHECK_FAULT(FAULT_BUG, record_pack(test_arena, &desc, numbers, &v));
}

TEST(closed_lists_have_names_from_one)
{
	static const char *const values[] = {"red", "blue"};
	static const struct enum_desc colours = {"colour", values, 2};

	CHECK_TEXT("red", value_name(&colours, 1));
	CHECK_TEXT("blue", value_name(&colours, 2));
	CHECK_TEXT("", value_name(&colours, 0));
	CHECK_TEXT("", value_name(&colours, 3));
	CHECK_INT(2, value_of(&colours, S("blue")));
	CHECK_INT(0, value_of(&colours, S("Blue")));
	CHECK_INT(0, value_of(&colours, S("")));
}

TEST(a_price_has_a_currency)
{
	CHECK_INT(2100, price_of(2100, S("EUR")).micro);
	CHECK_TEXT("EUR", str_of(price_of(2100, S("EUR")).currency));
	CHECK_FAULT(FAULT_BUG, price_of(1, S("E")));
}

int main(void)
{
	return test_main();
}
