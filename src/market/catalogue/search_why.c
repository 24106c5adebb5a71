/* search_why: what each hit has to do with what was typed. */
#include "market/catalogue/search_match.h"
#include "market/catalogue/search_text.h"

static bool says(str text, str word, bool begins)
{
	struct search_words w;
	str x;

	search_words_start(&w, text, true);
	while (search_words_next(&w, &x))
		if (begins ? str_starts(x, word) : str_eq(x, word))
			return true;
	return false;
}

/* The value of the document in which the word stands: of attributes alone, or of category, maker
 * and supplier too. */
static bool value_with(
	const struct search_index *x, uint32_t doc, str word, bool begins, struct search_reason *r)
{
	for (uint32_t i = x->doc_values_at[doc]; i < x->doc_values_at[doc + 1]; i++) {
		uint32_t v = x->doc_values[i];
		str text = str_of(x->text + x->values[v].text);

		if (!says(text, word, begins))
			continue;
		for (uint32_t f = 0; f < x->facets_n; f++)
			if (v - x->facets[f].first < x->facets[f].n) {
				if (x->facets[f].id == SEARCH_STOCK ||
					x->facets[f].id == SEARCH_CURRENCY)
					break;
				r->why = WHY_VALUE;
				r->name = x->facets[f].id > 0 ? str_of(x->text + x->facets[f].name)
							      : S("");
				r->value = text;
				return true;
			}
	}
	return false;
}

void why_found(struct arena *a, const struct match *m, const struct tokens *t, uint32_t doc,
	struct search_hit *h)
{
	h->reasons = arena_array(a, struct search_reason, t->n + 1);
	if (bits_has(&m->whole, doc)) {
		h->reasons[h->reasons_n++] =
			(struct search_reason){.why = WHY_NUMBER, .word = t->key};
		return;
	}
	for (size_t i = 0; i < t->n; i++) {
		struct search_reason *r = &h->reasons[h->reasons_n];
		int l = 0;

		if (i == m->without)
			continue;
		while (l < LEVELS && !bits_has(&m->token[i].level[l], doc))
			l++;
		if (l == LEVELS)
			continue;
		*r = (struct search_reason){.word = t->v[i].word};
		h->reasons_n++;
		if (l == LEVEL_KEY)
			r->why = WHY_NUMBER;
		else if (l == LEVEL_PIECE)
			r->why = WHY_NUMBER_PART;
		else if (!value_with(m->x, doc, r->word, l == LEVEL_BEGINS, r))
			r->why = l == LEVEL_TITLE  ? WHY_TITLE
				 : l == LEVEL_WORD ? WHY_TEXT
						   : WHY_BEGINS;
	}
	if (!h->reasons_n)
		h->reasons[h->reasons_n++] = (struct search_reason){
			.why = bits_has(&m->head, doc) ? WHY_NUMBER_PART : WHY_QUALITY,
			.word = t->key};
}
