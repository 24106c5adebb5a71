/* search_spell: the nearest word, and words that begin so. */
#include "market/catalogue/search_match.h"
#include "market/catalogue/search_text.h"

#include <stdlib.h>

enum { CANDIDATES = 64, NUMBERS_LOOKED_AT = 512 };

struct spelling {
	const struct search_index *const *x;
	size_t n;
	bool numbers; /* look among part numbers */
	char best[SEARCH_WORD_BYTES_MAX + 8];
	size_t best_n;
	uint64_t docs;
};

static void try(void *ctx, const char *p, size_t n)
{
	struct spelling *s = ctx;
	str w = {p, n};
	uint64_t docs = 0;

	for (size_t i = 0; i < s->n; i++) {
		const struct search_index *x = s->x[i];
		uint32_t from;

		if (s->numbers) {
			docs += search_index_number(x, w);
		} else if ((from = search_index_word(x, w)) != UINT32_MAX) {
			docs += x->word_lists[2 * (size_t)from + 1].n;
		}
	}
	if (docs > s->docs) {
		s->docs = docs;
		memcpy(s->best, p, n);
		s->best_n = n;
	}
}

void spell_changes(str w, spell_try *each, void *ctx)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	char t[SEARCH_WORD_BYTES_MAX + 8];

	for (size_t i = 0; i < w.n; i++) { /* one less */
		memcpy(t, w.p, i);
		memcpy(t + i, w.p + i + 1, w.n - i - 1);
		each(ctx, t, w.n - 1);
	}
	memcpy(t, w.p, w.n);
	for (size_t i = 0; i + 1 < w.n; i++) { /* two swapped */
		t[i] = w.p[i + 1];
		t[i + 1] = w.p[i];
		each(ctx, t, w.n);
		t[i] = w.p[i];
		t[i + 1] = w.p[i + 1];
	}
	for (size_t i = 0; i < w.n; i++) { /* another */
		for (const char *c = letters; *c; c++) {
			t[i] = *c;
			if (*c != w.p[i])
				each(ctx, t, w.n);
		}
		t[i] = w.p[i];
	}
	for (size_t i = 0; i <= w.n; i++) { /* one more */
		memcpy(t, w.p, i);
		memcpy(t + i + 1, w.p + i, w.n - i);
		for (const char *c = letters; *c; c++) {
			t[i] = *c;
			each(ctx, t, w.n + 1);
		}
	}
}

str spell(struct arena *a, const struct search_index *const *x, size_t n, str word)
{
	struct spelling s = {.x = x, .n = n};
	size_t digits = 0;

	if (word.n < SPELL_BYTES_MIN || word.n > SEARCH_WORD_BYTES_MAX)
		return (str){NULL, 0};
	for (size_t i = 0; i < word.n; i++)
		digits += word.p[i] >= '0' && word.p[i] <= '9';
	if (digits < word.n)
		spell_changes(word, try, &s);
	if (!s.docs && digits && word.n > SPELL_BYTES_MIN) {
		s.numbers = true;
		spell_changes(word, try, &s);
	}
	return s.docs ? str_dup(a, (str){s.best, s.best_n}) : (str){NULL, 0};
}

/* ---- suggestions ---- */

struct candidate {
	str word;
	int64_t n;
};

static void keep(struct candidate *c, size_t *have, str word, int64_t n)
{
	size_t i;

	for (i = 0; i < *have; i++)
		if (str_eq(c[i].word, word)) {
			c[i].n += n;
			return;
		}
	if (*have == CANDIDATES && n <= c[*have - 1].n)
		return;
	i = *have < CANDIDATES ? (*have)++ : *have - 1;
	for (; i && c[i - 1].n < n; i--)
		c[i] = c[i - 1];
	c[i] = (struct candidate){word, n};
}

static bool suggest_number(const struct search_index *x, str key, struct search_suggestion *out)
{
	uint32_t from, to, best = UINT32_MAX;

	search_index_keys(x, key, &from, &to);
	for (uint32_t i = from; i < to && i < from + NUMBERS_LOOKED_AT; i++) {
		uint32_t doc = x->keys[i].doc & ~SEARCH_WHOLE;

		if ((x->keys[i].doc & SEARCH_WHOLE) && doc < best &&
			!(x->dead && x->dead[doc / 64] >> doc % 64 & 1)) {
			best = doc;
			*out = (struct search_suggestion){.kind = SUGGEST_NUMBER,
				.text = str_of(x->key_text + x->keys[i].at),
				.key = x->offers[doc],
				.n = 1};
		}
	}
	return best != UINT32_MAX;
}

static size_t suggest_categories(struct arena *a, const struct search_index *x, str word,
	struct search_suggestion *out, size_t most)
{
	const struct search_facet *f = search_index_facet(x, SEARCH_CATEGORY);
	size_t n = 0;

	for (uint32_t i = 0; f && i < f->n; i++) {
		const struct search_value *v = &x->values[f->first + i];
		str name = str_of(x->text + v->text), w;
		struct search_words s;
		bool fits = false;

		if (!v->list.n || (n == most && v->list.n <= (uint64_t)out[n - 1].n))
			continue;
		search_words_start(&s, name, false);
		while (!fits && search_words_next(&s, &w))
			fits = str_starts(w, word);
		if (!fits)
			continue;
		size_t at = n < most ? n++ : n - 1;

		for (; at && out[at - 1].n < (int64_t)v->list.n; at--)
			out[at] = out[at - 1];
		out[at] = (struct search_suggestion){.kind = SUGGEST_CATEGORY,
			.text = str_dup(a, name),
			.key = v->key,
			.n = (int64_t)v->list.n};
	}
	return n;
}

/* Words that go on from `last` and stand together with the words before. */
static size_t suggest_words(struct arena *a, const struct search_index *const *x, size_t n,
	str before, str last, struct candidate *c)
{
	size_t have = 0;

	for (size_t i = 0; i < n; i++) {
		uint32_t from, to;

		search_index_words(x[i], last, &from, &to);
		for (uint32_t w = from; w < to; w++)
			if (have < CANDIDATES ||
				(int64_t)x[i]->word_lists[2 * (size_t)w + 1].n > c[have - 1].n)
				keep(c, &have, str_of(x[i]->text + x[i]->words[w]),
					x[i]->word_lists[2 * (size_t)w + 1].n);
	}
	if (!before.n)
		return have;
	for (size_t k = 0; k < have; k++)
		c[k].n = 0;
	for (size_t i = 0; i < n; i++) {
		const struct search_query q = {.price_min = -1, .price_max = -1};
		struct tokens t;
		struct match m = {0};

		tokens_read(a, &x[i], 1, before, &t);
		match_words(a, x[i], &t, &m);
		match_filters(a, &m, &q, S(""), SIZE_MAX);
		for (size_t k = 0; k < have; k++) {
			uint32_t w = search_index_word(x[i], c[k].word);

			if (w != UINT32_MAX)
				c[k].n += found_count_list(&m.found,
					x[i]->word_lists[2 * (size_t)w + 1], SEARCH_COUNT_MORE);
		}
	}
	return have;
}

static int by_docs(const void *p, const void *q)
{
	const struct candidate *x = p, *y = q;

	return x->n != y->n ? (x->n < y->n ? 1 : -1) : str_cmp(x->word, y->word);
}

size_t search_suggest(struct arena *a, const struct search_index *const *x, size_t n, str text,
	struct search_suggestion out[SEARCH_SUGGESTIONS])
{
	struct candidate c[CANDIDATES];
	struct search_words w;
	str word, last = {NULL, 0}, before = {NULL, 0}, key = part_key(a, text);
	size_t have, made = 0;

	search_words_start(&w, text, false);
	while (search_words_next(&w, &word)) {
		w.extra_n = 0;
		if (last.n)
			before = before.n ? str_fmt(a, STR_FMT " " STR_FMT, STR_ARG(before),
						    STR_ARG(last))
					  : last;
		last = str_dup(a, word);
	}
	if (!last.n || !n)
		return 0;
	if (key.n >= 3 && key.n < PART_KEY_BYTES_MAX)
		for (size_t i = 0; i < n && made < 2; i++)
			made += suggest_number(x[i], key, &out[made]);
	if (!before.n && last.n >= 2)
		made += suggest_categories(a, x[0], last, out + made, 3);
	have = suggest_words(a, x, n, before, last, c);
	qsort(c, have, sizeof *c, by_docs);
	for (size_t i = 0; i < have && made < SEARCH_SUGGESTIONS && c[i].n; i++)
		out[made++] = (struct search_suggestion){.kind = SUGGEST_WORD,
			.n = c[i].n,
			.text = before.n ? str_fmt(a, STR_FMT " " STR_FMT, STR_ARG(before),
						   STR_ARG(c[i].word))
					 : c[i].word};
	return made;
}
