/* Money in integers. */
#include "base.h"

/* Minor-unit exponents that are not 2, and every code that is current: ISO 4217 list one
 * (maintained by SIX). Codes without a minor unit (metals, tests) are left out: nobody is paid in
 * them. Sorted, for the search. */
static const char codes_0[] = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF";
static const char codes_3[] = "BHD IQD JOD KWD LYD OMR TND";
static const char codes_4[] = "CLF UYW";
static const char codes_2[] =
	"AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD "
	"CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP "
	"GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK "
	"LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO "
	"NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS "
	"SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST "
	"XAD XCD XCG YER ZAR ZMW ZWG";

static bool listed(const char *codes, size_t n, const char *code)
{
	for (size_t lo = 0, hi = (n + 1) / 4; lo < hi;) {
		size_t mid = (lo + hi) / 2;
		int c = memcmp(codes + mid * 4, code, 3);

		if (!c)
			return true;
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return false;
}

int currency_exponent(str currency)
{
	if (currency.n != 3)
		return -1;
	if (listed(codes_2, sizeof codes_2 - 1, currency.p))
		return 2;
	if (listed(codes_0, sizeof codes_0 - 1, currency.p))
		return 0;
	if (listed(codes_3, sizeof codes_3 - 1, currency.p))
		return 3;
	return listed(codes_4, sizeof codes_4 - 1, currency.p) ? 4 : -1;
}

static int64_t power_of_ten(int n)
{
	int64_t v = 1;

	while (n-- > 0)
		v *= 10;
	return v;
}

money money_of(int64_t minor, str currency)
{
	money m = {.minor = minor};

	if (currency_exponent(currency) < 0)
		fault(FAULT_BUG, "unknown currency \"" STR_FMT "\"",
			STR_ARG(str_sub(currency, 0, 8)));
	memcpy(m.currency, currency.p, 3);
	return m;
}

struct price price_of(int64_t micro, str currency)
{
	struct price p = {.micro = micro};

	memcpy(p.currency, money_of(0, currency).currency, sizeof p.currency);
	return p;
}

static void same_currency(money a, money b)
{
	if (memcmp(a.currency, b.currency, sizeof a.currency) != 0)
		fault(FAULT_BUG, "amounts in %s and %s do not mix", a.currency, b.currency);
}

money money_add(money a, money b)
{
	same_currency(a, b);
	if (__builtin_add_overflow(a.minor, b.minor, &a.minor))
		fault(FAULT_BUG, "an amount is too large");
	return a;
}

money money_sub(money a, money b)
{
	same_currency(a, b);
	if (__builtin_sub_overflow(a.minor, b.minor, &a.minor))
		fault(FAULT_BUG, "an amount is too large");
	return a;
}

/* Half away from zero, as invoices are rounded; faults when the result does not fit. */
static int64_t divided(__int128 v, int64_t by)
{
	__int128 half = v < 0 ? -(by / 2) : by / 2;
	__int128 q = (v + half) / by;

	if (q > INT64_MAX || q < INT64_MIN)
		fault(FAULT_BUG, "an amount is too large");
	return (int64_t)q;
}

money price_times(struct price p, int64_t quantity)
{
	money m = money_of(0, str_of(p.currency));
	int e = currency_exponent(str_of(m.currency));

	m.minor = divided((__int128)p.micro * quantity, power_of_ten(6 - e));
	return m;
}

money money_part(money a, int64_t millionths)
{
	a.minor = divided((__int128)a.minor * millionths, 1000000);
	return a;
}

/* Digits, and at most `places` more behind a point; v counts units of 10^-places. */
static bool decimal(str s, int places, int64_t *v)
{
	bool minus = s.n && s.p[0] == '-';
	size_t from = minus, point = from + str_find(str_sub(s, from, s.n), S("."));
	int64_t x = 0;
	int behind = 0;

	if (!str_has(s, '.'))
		point = s.n;
	if (point == from || point + 1 == s.n || s.n > point + 1 + (size_t)places)
		return false;
	for (size_t i = from; i < s.n; i++) {
		char c = s.p[i];

		if (i == point)
			continue;
		if (c < '0' || c > '9' || __builtin_mul_overflow(x, 10, &x) ||
			__builtin_add_overflow(x, c - '0', &x))
			return false;
		behind += i > point;
	}
	if (__builtin_mul_overflow(x, power_of_ten(places - behind), &x))
		return false;
	*v = minus ? -x : x;
	return true;
}

bool money_parse(str s, str currency, money *m)
{
	int e = currency_exponent(currency);
	int64_t minor;

	if (e < 0 || !decimal(s, e, &minor))
		return false;
	*m = money_of(minor, currency);
	return true;
}

bool price_parse(str s, str currency, struct price *p)
{
	int64_t micro;

	if (currency_exponent(currency) < 0 || !decimal(s, 6, &micro))
		return false;
	*p = (struct price){.micro = micro};
	memcpy(p->currency, currency.p, 3);
	return true;
}
