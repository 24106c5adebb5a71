#include "market/member/vatid.h"

static bool all_digits(str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.n > 0;
}

static int digit(str s, size_t i)
{
	return s.p[i] - '0';
}

static int weighted(str s, const int *w, size_t n)
{
	int sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += digit(s, i) * w[i];
	return sum;
}

static int64_t number(str s, size_t from, size_t n)
{
	int64_t v = 0;

	for (size_t i = from; i < from + n; i++)
		v = v * 10 + digit(s, i);
	return v;
}

/* Sum of digits with every second one, from the right's neighbour on, doubled and cast out. */
static bool luhn(str s)
{
	int sum = 0;

	for (size_t i = 0; i < s.n; i++) {
		int d = digit(s, s.n - 1 - i) * (i % 2 ? 2 : 1);

		sum += d / 10 + d % 10;
	}
	return sum % 10 == 0;
}

static bool mod_11_10(str s) /* ISO 7064 */
{
	int p = 10;

	for (size_t i = 0; i + 1 < s.n; i++) {
		int x = (p + digit(s, i)) % 10;

		p = (x ? x : 10) * 2 % 11;
	}
	return (p + digit(s, s.n - 1)) % 10 == 1;
}

static bool at(str s) /* U + 8 */
{
	int sum = 4;

	for (size_t i = 1; i < 8; i++) {
		int d = digit(s, i) * (i % 2 ? 1 : 2);

		sum += d / 10 + d % 10;
	}
	return (10 - sum % 10) % 10 == digit(s, 8);
}

static bool be(str s)
{
	return 97 - number(s, 0, 8) % 97 == number(s, 8, 2);
}

static bool ch(str s) /* E + 9 */
{
	int c = (11 - weighted(str_sub(s, 1, 9), (int[]){5, 4, 3, 2, 7, 6, 5, 4}, 8) % 11) % 11;

	return c == digit(s, 9);
}

static bool cz(str s) /* eight digits are companies; nine and ten are people's */
{
	if (s.n != 8)
		return true;
	int c = 11 - weighted(s, (int[]){8, 7, 6, 5, 4, 3, 2}, 7) % 11;
	return (c == 10 ? 0 : c == 11 ? 1 : c) == digit(s, 7);
}

static bool dk(str s)
{
	return weighted(s, (int[]){2, 7, 6, 5, 4, 3, 2, 1}, 8) % 11 == 0;
}

static bool ee(str s)
{
	return (10 - weighted(s, (int[]){3, 7, 1, 3, 7, 1, 3, 7}, 8) % 10) % 10 == digit(s, 8);
}

static bool el(str s)
{
	return weighted(s, (int[]){256, 128, 64, 32, 16, 8, 4, 2}, 8) % 11 % 10 == digit(s, 8);
}

/* Companies: a letter, seven digits, a control digit or letter. People: eight digits and a
 * letter. */
static bool es(str s)
{
	if (all_digits(str_sub(s, 0, 8)))
		return "TRWAGMYFPDXBNJZSQVHLCKE"[number(s, 0, 8) % 23] == s.p[8];
	if (s.p[0] == 'X' || s.p[0] == 'Y' || s.p[0] == 'Z')
		return "TRWAGMYFPDXBNJZSQVHLCKE"[((s.p[0] - 'X') * INT64_C(10000000) +
							 number(s, 1, 7)) %
						 23] == s.p[8];
	if (strchr("KLM", s.p[0]))
		return s.p[8] >= 'A';
	int sum = 0;
	for (size_t i = 1; i < 8; i++) {
		int d = digit(s, i) * (i % 2 ? 2 : 1);

		sum += d / 10 + d % 10;
	}
	int c = (10 - sum % 10) % 10;
	return s.p[8] == '0' + c || s.p[8] == "JABCDEFGHI"[c];
}

static bool fi(str s)
{
	return (11 - weighted(s, (int[]){7, 9, 10, 5, 8, 4, 2}, 7) % 11) % 11 == digit(s, 7);
}

static bool fr(str s) /* keys with letters have a rule of their own that is not published */
{
	if (!all_digits(str_sub(s, 0, 2)))
		return true;
	return (12 + 3 * (number(s, 2, 9) % 97)) % 97 == number(s, 0, 2);
}

static bool gb(str s)
{
	int64_t sum = weighted(s, (int[]){8, 7, 6, 5, 4, 3, 2}, 7) + number(s, 7, 2);

	return sum % 97 == 0 || (sum + 55) % 97 == 0;
}

static bool hu(str s)
{
	return (10 - weighted(s, (int[]){9, 7, 3, 1, 9, 7, 3}, 7) % 10) % 10 == digit(s, 7);
}

static bool ie(str s)
{
	if (!all_digits(str_sub(s, 0, 7))) /* numbers of before 2013 with a sign in second place */
		return true;
	int sum = weighted(s, (int[]){8, 7, 6, 5, 4, 3, 2}, 7);
	if (s.n == 9)
		sum += 9 * (s.p[8] == 'W' ? 0 : s.p[8] - 'A' + 1);
	return s.p[7] == "WABCDEFGHIJKLMNOPQRSTUV"[sum % 23];
}

static bool lu(str s)
{
	return number(s, 0, 6) % 89 == number(s, 6, 2);
}

static bool mt(str s)
{
	return weighted(s, (int[]){3, 4, 6, 7, 8, 9, 10, 1}, 8) % 37 == 0;
}

/* Companies' own numbers by eleven; sole traders' numbers since 2020 by ninety-seven over all
 * signs,
 * letters counted from A = 10 (NL is 23 21, B is 11). */
static bool nl(str s)
{
	if (weighted(s, (int[]){9, 8, 7, 6, 5, 4, 3, 2}, 8) % 11 == digit(s, 8))
		return true;
	int64_t rest = 2321;
	for (size_t i = 0; i < s.n; i++)
		rest = s.p[i] == 'B' ? (rest * 100 + 11) % 97 : (rest * 10 + digit(s, i)) % 97;
	return rest == 1;
}

static bool no(str s)
{
	return (11 - weighted(s, (int[]){3, 2, 7, 6, 5, 4, 3, 2}, 8) % 11) % 11 == digit(s, 8);
}

static bool pl(str s)
{
	return weighted(s, (int[]){6, 5, 7, 2, 3, 4, 5, 6, 7}, 9) % 11 == digit(s, 9);
}

static bool pt(str s)
{
	int c = 11 - weighted(s, (int[]){9, 8, 7, 6, 5, 4, 3, 2}, 8) % 11;

	return (c > 9 ? 0 : c) == digit(s, 8);
}

static bool ro(str s)
{
	static const int w[] = {7, 5, 3, 2, 1, 7, 5, 3, 2};

	return weighted(s, w + COUNT(w) - (s.n - 1), s.n - 1) * 10 % 11 % 10 == digit(s, s.n - 1);
}

static bool se(str s)
{
	return luhn(str_sub(s, 0, 10));
}

static bool si(str s)
{
	int c = 11 - weighted(s, (int[]){8, 7, 6, 5, 4, 3, 2}, 7) % 11;

	return c != 11 && c % 10 == digit(s, 7);
}

static bool sk(str s)
{
	return number(s, 0, 10) % 11 == 0;
}

/* form: 9 a digit, A a letter, X either, other signs stand for themselves; several by |. */
static const struct rule {
	const char *country, *letters, *form;
	bool (*right)(str s);
} rules[] = {
	{"AT", "AT", "U99999999", at},
	{"BE", "BE", "9999999999", be},
	{"BG", "BG", "999999999|9999999999", NULL},
	{"CH", "CH", "E999999999|E999999999MWST|E999999999TVA|E999999999IVA", ch},
	{"CY", "CY", "99999999A", NULL},
	{"CZ", "CZ", "99999999|999999999|9999999999", cz},
	{"DE", "DE", "999999999", mod_11_10},
	{"DK", "DK", "99999999", dk},
	{"EE", "EE", "999999999", ee},
	{"ES", "ES", "X9999999X", es},
	{"FI", "FI", "99999999", fi},
	{"FR", "FR", "XX999999999", fr},
	{"GB", "GB", "999999999|999999999999", gb},
	{"GR", "EL", "999999999", el},
	{"HR", "HR", "99999999999", mod_11_10},
	{"HU", "HU", "99999999", hu},
	{"IE", "IE", "9X99999A|9999999AA", ie},
	{"IT", "IT", "99999999999", luhn},
	{"LT", "LT", "999999999|999999999999", NULL},
	{"LU", "LU", "99999999", lu},
	{"LV", "LV", "99999999999", NULL},
	{"MT", "MT", "99999999", mt},
	{"NL", "NL", "999999999B99", nl},
	{"NO", "NO", "999999999|999999999MVA", no},
	{"PL", "PL", "9999999999", pl},
	{"PT", "PT", "999999999", pt},
	{"RO", "RO", "99|999|9999|99999|999999|9999999|99999999|999999999|9999999999", ro},
	{"SE", "SE", "999999999901", se},
	{"SI", "SI", "99999999", si},
	{"SK", "SK", "9999999999", sk},
};

static bool fits(str s, str form)
{
	if (s.n != form.n)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		bool d = s.p[i] >= '0' && s.p[i] <= '9', l = s.p[i] >= 'A' && s.p[i] <= 'Z';

		if (form.p[i] == '9'	   ? !d
			: form.p[i] == 'X' ? !d && !l
			: form.p[i] == 'A' ? !l
					   : s.p[i] != form.p[i])
			return false;
	}
	return true;
}

/* The Swiss and Norwegian endings hold an A that stands for itself. */
static bool any_form(str s, str forms)
{
	while (forms.n) {
		str form = str_cut(&forms, '|');

		if (str_ends(form, S("TVA")) || str_ends(form, S("IVA")) ||
			str_ends(form, S("MVA"))) {
			if (s.n == form.n && str_ends(s, str_sub(form, form.n - 3, 3)) &&
				fits(str_sub(s, 0, s.n - 3), str_sub(form, 0, form.n - 3)))
				return true;
		} else if (fits(s, form)) {
			return true;
		}
	}
	return false;
}

static const struct rule *rule_of(str country)
{
	for (size_t i = 0; i < COUNT(rules); i++)
		if (str_eq(country, str_of(rules[i].country)))
			return &rules[i];
	return NULL;
}

static bool other_country(str s, const struct rule *mine)
{
	for (size_t i = 0; i < COUNT(rules); i++)
		if (&rules[i] != mine && str_starts(s, str_of(rules[i].letters)) &&
			any_form(str_sub(s, 2, s.n - 2), str_of(rules[i].form)))
			return true;
	return false;
}

enum vatid vatid_check(struct arena *a, str country, str typed, str *clean)
{
	char *v = arena_array(a, char, typed.n + 3);
	const struct rule *rule = rule_of(country);
	size_t n = 0;

	for (size_t i = 0; i < typed.n; i++) {
		char c = typed.p[i];

		if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		if (c != ' ' && c != '.' && c != '-' && c != '/')
			v[n++] = c;
	}
	*clean = (str){v, n};
	if (!rule)
		return VATID_UNKNOWN;
	str rest = *clean, letters = str_of(rule->letters);
	if (str_starts(rest, letters) || (str_eq(country, S("GR")) && str_starts(rest, S("GR"))))
		rest = str_sub(rest, 2, rest.n - 2);
	else if (other_country(rest, rule))
		return VATID_OTHER_COUNTRY;
	if (str_eq(country, S("BE")) &&
		rest.n == 9) /* written before 2008, without its leading nought */
		rest = str_cat(a, S("0"), rest);
	if (!any_form(rest, str_of(rule->form)))
		return VATID_FORM;
	*clean = str_cat(a, letters, rest);
	return !rule->right || rule->right(rest) ? VATID_GOOD : VATID_DIGITS;
}
