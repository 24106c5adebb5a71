/* Texts of the model in other languages. Each says of which English text it is a translation, so
 * that it is known when that one has changed since. */
#include "read.h"

str policy_text_mark(struct arena *a, str english)
{
	struct digest d = digest_of(english);

	return hex_of(a, d.b, POLICY_TEXT_DIGITS / 2);
}

static bool mark_is(str mark, str english)
{
	static const char hex[] = "0123456789abcdef";
	struct digest d = digest_of(english);

	for (size_t i = 0; i < POLICY_TEXT_DIGITS && i < mark.n; i++)
		if (mark.p[i] != hex[i % 2 ? d.b[i / 2] & 15 : d.b[i / 2] >> 4])
			return false;
	return mark.n == POLICY_TEXT_DIGITS;
}

str policy_text(
	const struct policy *p, str language, str path, str english, enum policy_text_how *how)
{
	enum policy_text_how unused = TEXT_ENGLISH;

	how = how ? how : &unused;
	*how = TEXT_ENGLISH;
	for (size_t i = 0; i < p->texts_n; i++) {
		const struct policy_text *t = &p->texts[i];

		if (!str_eq(t->path, path) || !str_eq(t->language, language))
			continue;
		*how = mark_is(t->of, english) ? TEXT_TRANSLATED : TEXT_STALE;
		return *how == TEXT_TRANSLATED ? t->is : english;
	}
	return english;
}
