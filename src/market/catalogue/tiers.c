/* tiers: the packed column of quantity prices. */
#include "market/catalogue/catalogue.h"

#include <stdio.h>

/* Digits up to a stop; false if there are none or too many. Written out because a page of offers
 * reads hundreds of them. */
static bool number(const char **p, const char *end, int64_t *v)
{
	const char *s = *p;
	uint64_t n = 0;

	while (s < end && *s >= '0' && *s <= '9' && s - *p < 18)
		n = n * 10 + (uint64_t)(*s++ - '0');
	if (s == *p || (s < end && *s >= '0' && *s <= '9'))
		return false;
	*p = s;
	*v = (int64_t)n;
	return true;
}

bool tiers_parse(str text, struct tiers *t)
{
	const char *p = text.p, *end = text.p + text.n;

	t->n = 0;
	while (p < end) {
		struct tier *v = &t->v[t->n];

		if (t->n == TIERS_MAX || !number(&p, end, &v->quantity) || p == end ||
			*p++ != ':' || !number(&p, end, &v->micro))
			return false;
		if (v->quantity < 1 || (t->n && v->quantity <= v[-1].quantity))
			return false;
		t->n++;
		if (p < end && (*p++ != ' ' || p == end))
			return false;
	}
	return true;
}

str tiers_text(struct arena *a, const struct tiers *t)
{
	char buf[TIERS_MAX * 42], *p = buf;

	buf[0] = 0;
	for (size_t i = 0; i < t->n; i++)
		p += snprintf(p, (size_t)(buf + sizeof buf - p), "%s%lld:%lld", i ? " " : "",
			(long long)t->v[i].quantity, (long long)t->v[i].micro);
	return str_dup(a, (str){buf, (size_t)(p - buf)});
}

bool tiers_price(const struct tiers *t, int64_t quantity, int64_t *micro)
{
	if (!t->n)
		return false;
	*micro = t->v[0].micro;
	for (size_t i = 1; i < t->n && t->v[i].quantity <= quantity; i++)
		*micro = t->v[i].micro;
	return true;
}

bool tiers_price_of(str text, int64_t quantity, int64_t *micro)
{
	struct tiers t;

	return tiers_parse(text, &t) && tiers_price(&t, quantity, micro);
}
