/* Strings with a length. */
#include "base.h"

bool str_eq(str a, str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

bool str_eq_nocase(str a, str b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (lower(a.p[i]) != lower(b.p[i]))
			return false;
	return true;
}

int str_cmp(str a, str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int c = n ? memcmp(a.p, b.p, n) : 0;

	return c ? c : (a.n > b.n) - (a.n < b.n);
}

bool str_starts(str s, str prefix)
{
	return s.n >= prefix.n && str_eq((str){s.p, prefix.n}, prefix);
}

bool str_ends(str s, str suffix)
{
	return s.n >= suffix.n && str_eq((str){s.p + (s.n - suffix.n), suffix.n}, suffix);
}

static bool space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

str str_trim(str s)
{
	while (s.n && space(s.p[0]))
		s.p++, s.n--;
	while (s.n && space(s.p[s.n - 1]))
		s.n--;
	return s;
}

str str_sub(str s, size_t from, size_t n)
{
	if (from > s.n)
		from = s.n;
	if (n > s.n - from)
		n = s.n - from;
	return (str){s.p ? s.p + from : NULL, n};
}

str str_cut(str *rest, char sep)
{
	const char *at = rest->n ? memchr(rest->p, sep, rest->n) : NULL;
	str head = *rest;

	if (!at) {
		*rest = (str){0};
		return head;
	}
	head.n = (size_t)(at - rest->p);
	*rest = (str){at + 1, rest->n - head.n - 1};
	return head;
}

bool str_has(str s, char c)
{
	return s.n && memchr(s.p, c, s.n);
}

size_t str_find(str s, str what)
{
	const char *at = what.n ? (s.n ? memmem(s.p, s.n, what.p, what.n) : NULL) : s.p;

	return at ? (size_t)(at - s.p) : (size_t)-1;
}

/* Length of the well-formed sequence at the front, 0 if there is none (RFC 3629, section 4). */
static size_t utf8_one(const unsigned char *p, size_t n)
{
	size_t len = p[0] < 0x80   ? 1
		     : p[0] < 0xc2 ? 0
		     : p[0] < 0xe0 ? 2
		     : p[0] < 0xf0 ? 3
		     : p[0] < 0xf5 ? 4
				   : 0;

	if (!len || len > n)
		return 0;
	for (size_t i = 1; i < len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
		(p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return len;
}

bool str_utf8(str s)
{
	for (size_t i = 0, k; i < s.n; i += k) {
		k = utf8_one((const unsigned char *)s.p + i, s.n - i);
		if (!k || !s.p[i])
			return false;
	}
	return true;
}

size_t str_chars(str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += (s.p[i] & 0xc0) != 0x80;
	return n;
}

bool str_int(str s, int64_t *v)
{
	bool minus = s.n && s.p[0] == '-';
	int64_t x = 0;

	if (s.n == (size_t)minus || s.n > 20)
		return false;
	for (size_t i = minus; i < s.n; i++) {
		int d = s.p[i] - '0';

		if (d < 0 || d > 9 || __builtin_mul_overflow(x, 10, &x) ||
			__builtin_sub_overflow(x, d, &x))
			return false;
	}
	if (!minus && __builtin_sub_overflow(0, x, &x))
		return false;
	*v = x;
	return true;
}

bool str_eq_secret(str a, str b)
{
	unsigned char diff = a.n != b.n;

	for (size_t i = 0; i < a.n && i < b.n; i++)
		diff |= (unsigned char)(a.p[i] ^ b.p[i]);
	return !diff;
}
