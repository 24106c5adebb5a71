/* The model: looking things up, mistakes, the hash. */
#include "read.h"
#include "../base/limits.h"

#include <stdio.h>

void policy_error(struct arena *a, struct policy_errors *e, struct place at, const char *fmt, ...)
{
	struct policy_error *x;
	char text[1000];
	str said;
	va_list ap;

	if (e->n >= POLICY_ERRORS_MAX)
		return;
	x = ARENA_PUSH(a, e);
	x->at = at;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	said = str_of(text);
	for (int i = 0; i < 3 && !str_utf8(said); i++)
		said.n--; /* cut within a character */
	x->text = str_dup(a, said);
	if (e->n == POLICY_ERRORS_MAX)
		x->text = S("too many mistakes: the rest is not shown");
}

str policy_errors_text(struct arena *a, const struct policy_errors *e)
{
	str s = S("");

	for (size_t i = 0; i < e->n; i++) {
		const struct policy_error *x = &e->v[i];
		str at = x->at.file ? str_of(x->at.file) : S("policy");

		if (x->at.line)
			at = str_fmt(a, STR_FMT ":%d", STR_ARG(at), x->at.line);
		if (x->at.column)
			at = str_fmt(a, STR_FMT ":%d", STR_ARG(at), x->at.column);
		s = str_fmt(a, STR_FMT STR_FMT ": error: " STR_FMT "\n", STR_ARG(s), STR_ARG(at),
			STR_ARG(x->text));
	}
	return s;
}

bool policy_has(const str *v, size_t n, str s)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(v[i], s))
			return true;
	return false;
}

#define FIND(list, count, wanted) \
	for (size_t i = 0; i < (count); i++) \
		if (str_eq((list)[i].name, (wanted))) \
			return &(list)[i]; \
	return NULL

const struct policy_table *policy_table(const struct policy *p, str name)
{
	FIND(p->tables, p->tables_n, name);
}

const struct policy_column *policy_column(const struct policy_table *t, str name)
{
	if (!t)
		return NULL;
	FIND(t->columns, t->columns_n, name);
}

const struct policy_group *policy_group(const struct policy_table *t, str name)
{
	if (!t)
		return NULL;
	FIND(t->groups, t->groups_n, name);
}

const struct policy_grant *policy_grant(const struct policy_table *t, str purpose)
{
	for (size_t i = 0; t && i < t->grants_n; i++)
		if (str_eq(t->grants[i].purpose, purpose))
			return &t->grants[i];
	return NULL;
}

const struct policy_purpose *policy_purpose(const struct policy *p, str name)
{
	FIND(p->purposes, p->purposes_n, name);
}

const struct policy_role *policy_role(const struct policy *p, str name)
{
	FIND(p->roles, p->roles_n, name);
}

const struct policy_recipient *policy_recipient(const struct policy *p, str name)
{
	FIND(p->recipients, p->recipients_n, name);
}

const struct policy_interest *policy_interest(const struct policy *p, str name)
{
	FIND(p->interests, p->interests_n, name);
}

const struct policy_tag *policy_tag(const struct policy *p, str name)
{
	FIND(p->tags, p->tags_n, name);
}

const struct policy_transfer *policy_transfer(const struct policy *p, str name)
{
	FIND(p->transfers, p->transfers_n, name);
}

bool policy_purpose_used(const struct policy *p, const struct policy_purpose *u)
{
	for (size_t i = 0; i < p->tables_n; i++)
		if (policy_grant(&p->tables[i], u->name))
			return true;
	return false;
}

const struct policy_enum *policy_enum(const struct policy *p, str name)
{
	FIND(p->enums, p->enums_n, name);
}

/* ---- duration ---------------------------------------------------------------------------- */
/* PnYnMnWnDTnHnMnS, each part at most once, in order, at least one (ISO 8601-1, 5.5.2.2). */
int64_t policy_duration_s(str s)
{
	static const struct {
		char unit;
		bool time;
		int64_t seconds;
	} parts[] = {{'Y', false, 31557600}, {'M', false, 2629800}, {'W', false, 604800},
		{'D', false, 86400}, {'H', true, 3600}, {'M', true, 60}, {'S', true, 1}};
	size_t i = 1, part = 0, used = 0;
	int64_t sum = 0;
	bool time = false;

	if (!s.n || s.p[0] != 'P')
		return -1;
	while (i < s.n) {
		int64_t v;
		size_t from = i;

		if (s.p[i] == 'T' && !time) {
			time = true;
			if (++i == s.n)
				return -1;
			continue;
		}
		while (i < s.n && s.p[i] >= '0' && s.p[i] <= '9')
			i++;
		if (i == from || i - from > 5 || i == s.n ||
			!str_int(str_sub(s, from, i - from), &v))
			return -1;
		while (part < COUNT(parts) &&
			(parts[part].unit != s.p[i] || parts[part].time != time))
			part++;
		if (part == COUNT(parts))
			return -1;
		sum += v * parts[part++].seconds;
		used++;
		i++;
	}
	return used ? sum : -1;
}

/* ---- misspelt ------------------------------------------------------------------------------- */
static size_t min3(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;

	return m < c ? m : c;
}

size_t policy_distance(str a, str b)
{
	enum { CHARS_MAX = 100 };
	size_t row[CHARS_MAX + 1];

	if (a.n > CHARS_MAX || b.n > CHARS_MAX)
		return CHARS_MAX;
	for (size_t j = 0; j <= b.n; j++)
		row[j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b.n; j++) {
			size_t up = row[j];
			bool same = str_eq_nocase(str_sub(a, i - 1, 1), str_sub(b, j - 1, 1));

			row[j] = min3(row[j] + 1, row[j - 1] + 1, diagonal + !same);
			diagonal = up;
		}
	}
	return row[b.n];
}

str policy_nearest(str word, const str *v, size_t n)
{
	size_t least = word.n / 3 + 2; /* further off is another word */
	str best = {NULL, 0};

	for (size_t i = 0; i < n; i++) {
		size_t far = policy_distance(word, v[i]);

		if (far < least) {
			least = far;
			best = v[i];
		}
	}
	return best;
}
