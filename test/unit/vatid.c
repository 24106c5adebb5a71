/* VAT identification numbers: one right number of each country (public companies' own), and each
 * with any one digit changed. */
#include "market/member/vatid.h"
#include "test/test.h"

static const struct {
	const char *country, *typed, *clean;
} good[] = {
	{"DE", "DE 136 695 976", "DE136695976"},
	{"AT", "atu13585627", "ATU13585627"},
	{"BE", "BE 428.759.497", "BE0428759497"},
	{"DK", "13 58 56 28", "DK13585628"},
	{"FI", "FI 20774740", "FI20774740"},
	{"FR", "FR 40 303 265 045", "FR40303265045"},
	{"IT", "00743110157", "IT00743110157"},
	{"LU", "LU 150 274 42", "LU15027442"},
	{"NL", "NL4495445B01", NULL},
	{"NL", "NL004495445B01", "NL004495445B01"},
	{"PL", "PL 856-734-62-15", "PL8567346215"},
	{"PT", "PT 501 964 843", "PT501964843"},
	{"ES", "ES B-58378431", "ESB58378431"},
	{"ES", "54362315K", "ES54362315K"},
	{"SE", "SE 123456789701", "SE123456789701"},
	{"SI", "SI 5022 3054", "SI50223054"},
	{"HU", "HU-12892312", "HU12892312"},
	{"EE", "EE 100 931 558", "EE100931558"},
	{"GR", "EL 094259216", "EL094259216"},
	{"GR", "GR 094259216", "EL094259216"},
	{"IE", "IE 6433435F", "IE6433435F"},
	{"IE", "IE 6433435OA", "IE6433435OA"},
	{"CZ", "CZ 25123891", "CZ25123891"},
	{"SK", "SK 202 274 96 19", "SK2022749619"},
	{"HR", "HR 33392005961", "HR33392005961"},
	{"RO", "RO 185 472 90", "RO18547290"},
	{"MT", "MT 1167-9112", "MT11679112"},
	{"GB", "GB 980 7806 84", "GB980780684"},
	{"CH", "CHE-100.155.212", "CHE100155212"},
	{"CH", "CHE-100.155.212 MWST", "CHE100155212MWST"},
	{"NO", "NO 995 525 828 MVA", "NO995525828MVA"},
};

TEST(takes_right_numbers)
{
	for (size_t i = 0; i < COUNT(good); i++) {
		str clean;
		enum vatid v = vatid_check(
			test_arena, str_of(good[i].country), str_of(good[i].typed), &clean);

		if (!good[i].clean) {
			CHECK_INT(VATID_FORM, v);
			continue;
		}
		if (v != VATID_GOOD)
			printf("# %s\n", good[i].typed);
		CHECK_INT(VATID_GOOD, v);
		CHECK_TEXT(good[i].clean, clean);
	}
}

TEST(finds_one_wrong_digit)
{
	size_t wrong = 0, all = 0;

	for (size_t i = 0; i < COUNT(good); i++) {
		size_t n = good[i].clean ? strlen(good[i].clean) : 0;
		char typed[32];

		for (size_t k = 2; k < n; k++) {
			str clean;

			snprintf(typed, sizeof typed, "%s", good[i].clean);
			if (typed[k] < '0' || typed[k] > '9')
				continue;
			typed[k] = typed[k] == '9' ? '0' : (char)(typed[k] + 1);
			wrong += vatid_check(test_arena, str_of(good[i].country), str_of(typed),
					 &clean) != VATID_GOOD;
			all++;
		}
	}
	CHECK(all > 200);
	CHECK(wrong * 100 >
		all * 97); /* Dutch and Irish endings are not covered by their check digit */
}

TEST(tells_what_is_wrong)
{
	str clean;

	CHECK_INT(VATID_OTHER_COUNTRY, vatid_check(test_arena, S("DE"), S("ATU13585627"), &clean));
	CHECK_INT(VATID_FORM, vatid_check(test_arena, S("DE"), S("DE12345678"), &clean));
	CHECK_INT(VATID_FORM, vatid_check(test_arena, S("DE"), S("DE1366959766"), &clean));
	CHECK_INT(VATID_FORM, vatid_check(test_arena, S("DE"), S(""), &clean));
	CHECK_INT(VATID_FORM, vatid_check(test_arena, S("DE"), S("D"), &clean));
	CHECK_INT(VATID_FORM, vatid_check(test_arena, S("ES"),
				      S("ES\xff\xfe"
					"3456789"),
				      &clean));
	CHECK_INT(VATID_DIGITS, vatid_check(test_arena, S("DE"), S("DE136695975"), &clean));
	CHECK_INT(VATID_UNKNOWN, vatid_check(test_arena, S("BR"), S("12.345.678/0001-95"), &clean));
	CHECK_TEXT("12345678000195", clean);
}

int main(void)
{
	return test_main();
}
