/* quantity: "2.7kΩ" as a number and a unit. SI prefixes (BIPM, SI Brochure, table 7) are taken only
 * before units that carry them in trade, so that "5mm" is 0.005 m but "5pin" stays 5 "pin". */
#include "market/catalogue/catalogue.h"

#include <stdlib.h>

struct unit {
	const char *text, *base;
	double factor;
	bool prefixed; /* takes p, n, u, m, k, M, G */
};
static const struct unit units[] = {
	{"Ω", "Ω", 1, true},
	{"Ω", "Ω", 1, true},
	{"ohm", "Ω", 1, true},
	{"Ohm", "Ω", 1, true},
	{"ohms", "Ω", 1, true},
	{"V", "V", 1, true},
	{"A", "A", 1, true},
	{"W", "W", 1, true},
	{"F", "F", 1, true},
	{"H", "H", 1, true},
	{"Hz", "Hz", 1, true},
	{"s", "s", 1, true},
	{"m", "m", 1, true},
	{"g", "g", 1, true},
	{"J", "J", 1, true},
	{"Pa", "Pa", 1, true},
	{"N", "N", 1, true},
	{"C", "C", 1, true},
	{"lm", "lm", 1, true},
	{"cd", "cd", 1, true},
	{"l", "l", 1, true},
	{"L", "l", 1, true},
	{"bps", "bps", 1, true},
	{"B", "B", 1, true},
	{"cm", "m", 0.01, false},
	{"dm", "m", 0.1, false},
	{"inch", "m", 0.0254, false},
	{"in", "m", 0.0254, false},
	{"t", "g", 1e6, false},
	{"min", "s", 60, false},
	{"h", "s", 3600, false},
	{"bar", "Pa", 1e5, false},
	{"℃", "°C", 1, false},
	{"°C", "°C", 1, false},
	{"%", "%", 1, false},
	{"ppm/℃", "ppm/°C", 1, false},
	{"ppm/°C", "ppm/°C", 1, false},
	{"ppm", "ppm", 1, false},
	{"dB", "dB", 1, false},
	{"dBm", "dBm", 1, false},
	{"°", "°", 1, false},
	{"bit", "bit", 1, false},
	{"Bit", "bit", 1, false},
	{"rpm", "rpm", 1, false},
	{"K", "K", 1, false},
};
static const struct prefix {
	const char *text;
	double factor;
} prefixes[] = {
	{"p", 1e-12},
	{"n", 1e-9},
	{"µ", 1e-6},
	{"μ", 1e-6},
	{"u", 1e-6},
	{"m", 1e-3},
	{"k", 1e3},
	{"K", 1e3},
	{"M", 1e6},
	{"G", 1e9},
	{"T", 1e12},
};

static bool unit_of(str s, double *factor, str *unit)
{
	for (size_t i = 0; i < COUNT(units); i++)
		if (str_eq(s, str_of(units[i].text))) {
			*factor = units[i].factor;
			*unit = str_of(units[i].base);
			return true;
		}
	for (size_t i = 0; i < COUNT(prefixes); i++) {
		str p = str_of(prefixes[i].text);

		if (!str_starts(s, p))
			continue;
		for (size_t k = 0; k < COUNT(units); k++)
			if (units[k].prefixed &&
				str_eq(str_sub(s, p.n, s.n), str_of(units[k].text))) {
				*factor = prefixes[i].factor * units[k].factor;
				*unit = str_of(units[k].base);
				return true;
			}
	}
	return false;
}

/* strtod would take "inf", "nan", hexadecimal and the process's locale: the form is checked
 * first. */
static size_t number_bytes(str s)
{
	size_t i = 0, digits = 0;

	if (i < s.n && (s.p[i] == '-' || s.p[i] == '+'))
		i++;
	for (; i < s.n && ((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] == '.' && digits)); i++)
		digits++;
	if (!digits || digits > 30)
		return 0;
	if (i + 1 < s.n && (s.p[i] == 'e' || s.p[i] == 'E')) {
		size_t k = i + 1;

		if (s.p[k] == '-' || s.p[k] == '+')
			k++;
		if (k < s.n && s.p[k] >= '0' && s.p[k] <= '9') {
			while (k < s.n && s.p[k] >= '0' && s.p[k] <= '9')
				k++;
			i = k;
		}
	}
	return i;
}

bool quantity_parse(str text, double *value, str *unit)
{
	char digits[48];
	double factor = 1;
	str s = str_trim(text), rest;
	size_t n;

	for (;;) {
		if (str_starts(s, S("±")))
			s = str_sub(s, 2, s.n);
		else if (str_starts(s, S("≤")) || str_starts(s, S("≥")))
			s = str_sub(s, 3, s.n);
		else
			break;
	}
	n = number_bytes(s);
	if (!n || n >= sizeof digits)
		return false;
	memcpy(digits, s.p, n);
	digits[n] = 0;
	char *end;
	double v = strtod(digits, &end);

	if (*end || !(v > -1e300 && v < 1e300))
		return false;
	rest = str_trim(str_sub(s, n, s.n));
	if (!rest.n)
		*unit = S("");
	else if (!unit_of(rest, &factor, unit)) {
		/* a unit that is not known is one word without digits */
		if (rest.n > 12)
			return false;
		for (size_t i = 0; i < rest.n; i++)
			if (strchr("0123456789 ~,;@()/+-", rest.p[i]))
				return false;
		*unit = rest;
	}
	*value = v * factor;
	return true;
}

bool quantity_in(str text, str unit, double *value)
{
	double factor = 1;
	str own, base = unit;

	if (!quantity_parse(text, value, &own))
		return false;
	if (!own.n || str_eq(own, unit))
		return true;
	for (size_t i = 0; i < COUNT(prefixes) && !str_eq(own, S("m"));
		i++) /* "10k" of resistance */
		if (str_eq(own, str_of(prefixes[i].text))) {
			*value *= prefixes[i].factor;
			return true;
		}
	if (!unit_of(unit, &factor, &base))
		factor = 1;
	if (!str_eq(own, base))
		return false;
	*value /= factor;
	return true;
}
