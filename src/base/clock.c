/* Clocks and calendar. The calendar is the proleptic Gregorian one, years 1 to 9999; days are
 * counted from 1970-03-01-style eras of 400 years (146,097 days), where leap days come last. */
#include "base.h"

#include <stdatomic.h>
#include <time.h>

static _Atomic int64_t shift_us;

static int64_t read_clock(clockid_t id)
{
	struct timespec t;

	if (clock_gettime(id, &t) != 0)
		fault(FAULT_BUG, "the system has no clock");
	return t.tv_sec * SECOND_US + t.tv_nsec / 1000;
}

instant clock_real(void)
{
	return (instant){read_clock(CLOCK_REALTIME)};
}

instant clock_now(void)
{
	return instant_add(clock_real(), shift_us);
}

int64_t clock_mono_us(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

int64_t clock_coarse_us(void)
{
	return read_clock(CLOCK_MONOTONIC_COARSE);
}

void clock_shift(int64_t us)
{
	shift_us = us;
}

int64_t clock_shifted(void)
{
	return shift_us;
}

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static int64_t days_of(int64_t year, int month, int day)
{
	year -= month <= 2;
	int64_t era = floor_div(year, 400), of_era = year - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

struct civil civil_of(instant t)
{
	int64_t s = floor_div(t.us, SECOND_US), days = floor_div(s, 86400), rest = s - days * 86400;
	int64_t z = days + 719468, era = floor_div(z, 146097), of_era = z - era * 146097;
	int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100),
		m = (5 * of_year + 2) / 153;
	int month = (int)(m < 10 ? m + 3 : m - 9);

	return (struct civil){
		.year = (int)(year + era * 400 + (month <= 2)),
		.month = month,
		.day = (int)(of_year - (153 * m + 2) / 5 + 1),
		.hour = (int)(rest / 3600),
		.minute = (int)(rest / 60 % 60),
		.second = (int)(rest % 60),
		.weekday = (int)(((days + 3) % 7 + 7) % 7),
	};
}

instant instant_of(struct civil c)
{
	return (instant){(days_of(c.year, c.month, c.day) * 86400 + c.hour * 3600 + c.minute * 60 +
				 c.second) *
			 SECOND_US};
}

static bool month_has(int year, int month, int day)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return year >= 1 && month >= 1 && month <= 12 && day >= 1 &&
	       day <= days[month - 1] + (leap && month == 2);
}

instant instant_months(instant t, int months)
{
	struct civil c = civil_of(t);
	int64_t part = t.us - instant_of(c).us, at = (int64_t)c.year * 12 + c.month - 1 + months;
	int last = 28;

	c.year = (int)floor_div(at, 12);
	c.month = (int)(at - floor_div(at, 12) * 12) + 1;
	while (last < 31 && month_has(c.year, c.month, last + 1))
		last++;
	c.day = c.day < last ? c.day : last;
	return instant_add(instant_of(c), part);
}

str instant_iso(struct arena *a, instant t)
{
	if (!instant_is(t))
		return S("");
	struct civil c = civil_of(t);

	return str_fmt(a, "%04d-%02d-%02dT%02d:%02d:%02dZ", c.year, c.month, c.day, c.hour,
		c.minute, c.second);
}

/* n digits at the front of *s, then `after` (0: nothing). */
static bool number(str *s, size_t n, char after, int *v)
{
	size_t all = n + (after != 0);

	if (s->n < all || (after && s->p[n] != after))
		return false;
	*v = 0;
	for (size_t i = 0; i < n; i++) {
		if (s->p[i] < '0' || s->p[i] > '9')
			return false;
		*v = *v * 10 + (s->p[i] - '0');
	}
	*s = str_sub(*s, all, s->n);
	return true;
}

/* ".5Z", ".123456Z" or "Z"; finer than a microsecond is cut. */
static bool fraction(str s, int *us)
{
	int unit = 100000;

	*us = 0;
	if (!s.n || s.p[s.n - 1] != 'Z')
		return false;
	s.n--;
	if (!s.n)
		return true;
	if (s.n < 2 || s.p[0] != '.')
		return false;
	for (size_t i = 1; i < s.n; i++, unit /= 10) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		*us += (s.p[i] - '0') * unit;
	}
	return true;
}

bool instant_parse(str s, instant *t)
{
	struct civil c = {0};
	bool bare = s.n == 10;
	int us = 0;

	if (!number(&s, 4, '-', &c.year) || !number(&s, 2, '-', &c.month) ||
		!number(&s, 2, bare ? 0 : 'T', &c.day) || !month_has(c.year, c.month, c.day))
		return false;
	if (!bare && (!number(&s, 2, ':', &c.hour) || !number(&s, 2, ':', &c.minute) ||
			     !number(&s, 2, 0, &c.second) || c.hour > 23 || c.minute > 59 ||
			     c.second > 59 || !fraction(s, &us)))
		return false;
	*t = instant_add(instant_of(c), us);
	return true;
}
