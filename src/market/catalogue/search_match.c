/* search_match: words and filters to sets of documents. */
#include "market/catalogue/search_match.h"
#include "market/catalogue/search_text.h"

#include <math.h>

enum {
	PROBES = 64,
	BEGIN_BYTES_MIN = 3,  /* shorter beginnings find half the catalogue */
	PIECE_DIGITS_MIN = 4, /* "1000" may be a piece of a part number, "100" is a number */
};
const int level_score[LEVELS] = {[LEVEL_KEY] = SCORE_KEY,
	[LEVEL_TITLE] = SCORE_TITLE,
	[LEVEL_WORD] = SCORE_WORD,
	[LEVEL_PIECE] = SCORE_PIECE,
	[LEVEL_BEGINS] = SCORE_BEGINS};

/* ---- words ---- */

static bool all_digits(str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((s.p[i] < '0' || s.p[i] > '9') && s.p[i] != '.')
			return false;
	return true;
}

static bool known(const struct search_index *const *x, size_t n, const struct token *t)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t from, to;

		if (search_index_word(x[i], t->word) != UINT32_MAX)
			return true;
		if (t->begins) {
			search_index_words(x[i], t->word, &from, &to);
			if (from < to)
				return true;
		}
		if (t->number) {
			search_index_keys(x[i], t->word, &from, &to);
			if (from < to)
				return true;
		}
	}
	return false;
}

/* "10ohm", "4.7kohms" as the catalogue writes them. */
static str with_ohm(struct arena *a, str w)
{
	size_t n = str_ends(w, S("ohms")) ? 4 : str_ends(w, S("ohm")) ? 3 : 0;

	if (!n || w.n == n || w.p[0] < '0' || w.p[0] > '9')
		return w;
	return str_cat(a, str_sub(w, 0, w.n - n), S("ω"));
}

static void token_add(struct arena *a, struct tokens *t, str word)
{
	struct token *k;

	for (size_t i = 0; i < t->n; i++)
		if (str_eq(t->v[i].word, word))
			return;
	if (t->n == SEARCH_TOKENS_MAX)
		return;
	k = &t->v[t->n++];
	k->word = with_ohm(a, str_dup(a, word));
	k->begins = word.n >= BEGIN_BYTES_MIN && !all_digits(word);
	k->number = word.n >= (all_digits(word) ? PIECE_DIGITS_MIN : BEGIN_BYTES_MIN) &&
		    !str_has(word, '.');
}

void tokens_read(
	struct arena *a, const struct search_index *const *x, size_t n, str text, struct tokens *t)
{
	struct search_words w;
	str word;
	bool corrected = false;

	*t = (struct tokens){0};
	search_words_start(&w, text, false);
	while (search_words_next(&w, &word)) {
		token_add(a, t, word);
		w.extra_n = 0; /* short forms are the catalogue's business */
	}
	t->key = part_key(a, text);
	if (t->key.n < BEGIN_BYTES_MIN || t->key.n > PART_KEY_BYTES_MAX)
		t->key = (str){NULL, 0};
	for (size_t i = 0; i < t->n; i++) {
		struct token *k = &t->v[i];
		str other;

		if (known(x, n, k))
			continue;
		other = spell(a, x, n, k->word);
		if (other.n) {
			k->word = other;
			corrected = true;
		}
	}
	for (size_t i = 0; corrected && i < t->n; i++)
		t->read_as = i ? str_fmt(a, STR_FMT " " STR_FMT, STR_ARG(t->read_as),
					 STR_ARG(t->v[i].word))
			       : t->v[i].word;
}

/* Documents whose part numbers start with the key; `whole` gets those whose part number it is. */
static struct bits key_bits(
	struct arena *a, const struct search_index *x, str key, bool heads, struct bits *whole)
{
	struct bits b = {0};
	uint32_t from, to;

	*whole = b;
	search_index_keys(x, key, &from, &to);
	for (uint32_t i = from; i < to; i++) {
		uint32_t doc = x->keys[i].doc & ~SEARCH_WHOLE;

		if (heads && !(x->keys[i].doc & SEARCH_WHOLE))
			continue;
		bits_add(a, &b, x, doc);
		if ((x->keys[i].doc & SEARCH_WHOLE) && !x->key_text[x->keys[i].at + key.n])
			bits_add(a, whole, x, doc);
	}
	return b;
}

static void match_token(struct arena *a, struct match *m, size_t i, const struct token *t)
{
	const struct search_index *x = m->x;
	struct bits *level = m->token[i].level;
	uint32_t word = search_index_word(x, t->word), from, to;

	if (word != UINT32_MAX) {
		bits_add_list(a, &level[LEVEL_TITLE], x, x->word_lists[2 * (size_t)word]);
		bits_add_list(a, &level[LEVEL_WORD], x, x->word_lists[2 * (size_t)word + 1]);
	}
	if (t->begins) {
		search_index_words(x, t->word, &from, &to);
		from += from == word;
		for (uint32_t k = from; k < to; k++)
			bits_add_list(a, &level[LEVEL_BEGINS], x, x->word_lists[2 * (size_t)k + 1]);
	}
	if (t->number)
		level[LEVEL_PIECE] = key_bits(a, x, t->word, false, &level[LEVEL_KEY]);
}

/* "led" starts some part numbers too, but is not meant as one: those mix letters and digits, or are
 * long numbers. */
bool search_like_part(str key)
{
	size_t digits = 0;

	for (size_t i = 0; i < key.n; i++)
		digits += key.p[i] >= '0' && key.p[i] <= '9';
	return digits && (digits < key.n || digits >= 6);
}

void match_words(
	struct arena *a, const struct search_index *x, const struct tokens *t, struct match *m)
{
	m->x = x;
	m->tokens_n = t->n;
	for (size_t i = 0; i < t->n; i++)
		match_token(a, m, i, &t->v[i]);
	if (!t->key.n)
		return;
	m->head = key_bits(a, x, t->key, true, &m->whole);
	if (!search_like_part(t->key))
		m->head = m->whole;
}

uint32_t match_score(const struct match *m, uint32_t doc)
{
	uint32_t score = 0;

	for (size_t i = 0; i < m->tokens_n; i++) {
		if (i == m->without)
			continue;
		for (int l = 0; l < LEVELS; l++)
			if (bits_has(&m->token[i].level[l], doc)) {
				score += (uint32_t)level_score[l];
				break;
			}
	}
	if (bits_has(&m->whole, doc))
		return score + SCORE_TEXT_IS_KEY;
	if (bits_has(&m->head, doc))
		return score + SCORE_TEXT_IN_KEY;
	return score;
}

/* ---- filters ---- */

static struct bits *facet_bits(struct match *m, int64_t facet)
{
	for (size_t i = 0; i < m->filters_n; i++)
		if (m->filter[i].facet == facet)
			return &m->filter[i].b;
	m->filter[m->filters_n] = (struct filter_bits){.facet = facet};
	return &m->filter[m->filters_n++].b;
}

static void filter_range(struct arena *a, struct bits *b, const struct search_index *x,
	const struct search_facet *f, double min, double max)
{
	const struct search_value *v = x->values + f->first;
	uint32_t lo = 0, hi = f->n;

	if (!f->number)
		return;
	min -= fabs(min) * 1e-9; /* 0.1 as typed and 0.1 from "100m" are the same number */
	max += fabs(max) * 1e-9;
	while (lo < hi) { /* numbers stand first, growing; NAN behind them */
		uint32_t mid = lo + (hi - lo) / 2;

		if (v[mid].number < min)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < f->n && v[lo].number <= max; lo++)
		bits_add_list(a, b, x, v[lo].list);
}

/* Eight bytes of 0 or 1 to eight bits, the first one lowest. */
static uint64_t packed(const uint8_t *v)
{
	uint64_t w;

	memcpy(&w, v, sizeof w);
	return w * UINT64_C(0x0102040810204080) >> 56;
}

/* Of 64 documents: those whose cheapest and dearest price of the band may be in the range, and
 * those whose surely are. Without branches, for the machine's widest registers: it runs over the
 * whole catalogue when nothing else was asked. */
#if defined(__x86_64__) && defined(__GNUC__)
__attribute__((target_clones("avx2", "default")))
#endif
static void
price_flags(
	const float *low, const float *high, float min, float max, uint64_t *maybe, uint64_t *sure)
{
	uint8_t m[64], s[64];

	for (int i = 0; i < 64; i++)
		m[i] = ((low[i] <= max) & (high[i] >= min)) | (high[i] == INFINITY);
	for (int i = 0; i < 64; i++)
		s[i] = (low[i] > min) & (high[i] < max);
	*maybe = *sure = 0;
	for (int i = 0; i < 8; i++) {
		*maybe |= packed(m + 8 * i) << 8 * i;
		*sure |= packed(s + 8 * i) << 8 * i;
	}
}

/* What lies between is looked up; the memory is asked for it in front. */
static uint64_t price_looked_up(
	const struct search_index *x, size_t first, const struct search_query *q, uint64_t among)
{
	uint64_t in = 0;

	for (uint64_t w = among; w; w &= w - 1)
		__builtin_prefetch(&x->tiers[x->tiers_at[first + (size_t)__builtin_ctzll(w)]]);
	for (uint64_t w = among; w; w &= w - 1) {
		int64_t p = search_index_price(
			x, (uint32_t)(first + (size_t)__builtin_ctzll(w)), q->quantity);

		if (p >= q->price_min && (q->price_max < 0 || p <= q->price_max))
			in |= w & -w;
	}
	return in;
}

/* Takes from block i what is not in the range of prices. Where prices fall the dearest one of a
 * band is that of its first quantity, which is most often asked for: then no price lies between. */
static void price_into(const struct search_index *x, size_t i, const struct search_query *q,
	size_t words, uint64_t *w)
{
	const int band = search_band(q->quantity);
	const bool first_of_band = (uint64_t)q->quantity == search_band_from[band];
	const size_t at = (size_t)band * x->docs + i * BLOCK_DOCS;
	const float *highs = x->price_high + at, *lows = first_of_band ? highs : x->price_low + at;
	float min = q->price_min < 0 ? 0 : (float)q->price_min;
	float max = q->price_max < 0 ? INFINITY : (float)q->price_max;

	if (first_of_band) { /* the column is one step above the price */
		min = nextafterf(min, INFINITY);
		max = nextafterf(max, INFINITY);
	}
	for (size_t k = 0; k < words; k++) {
		size_t n = x->docs - (i * BLOCK_DOCS + k * 64);
		const float *low = lows + k * 64, *high = highs + k * 64;
		float last_low[64] = {0}, last_high[64] = {0};
		uint64_t maybe, sure;

		if (!w[k])
			continue;
		if (n < 64) {
			low = memcpy(last_low, low, n * sizeof *low);
			high = memcpy(last_high, high, n * sizeof *high);
		}
		price_flags(low, high, min, max, &maybe, &sure);
		maybe &= w[k];
		sure &= maybe;
		w[k] = sure | price_looked_up(x, i * BLOCK_DOCS + k * 64, q, maybe & ~sure);
	}
}

void match_filters(struct arena *a, struct match *m, const struct search_query *q, str currency,
	size_t without)
{
	m->without = without;
	m->filters_n = 0;
	for (size_t i = 0; i < q->filters_n; i++) {
		const struct search_filter *f = &q->filters[i];
		struct bits *b = facet_bits(m, f->facet);
		const struct search_facet *x = search_index_facet(m->x, f->facet);
		const struct search_value *v;

		if (!x)
			continue;
		if (f->range) {
			filter_range(a, b, m->x, x, f->min, f->max);
		} else {
			v = search_index_value(m->x, x, f->key, f->value);
			if (v)
				bits_add_list(a, b, m->x, v->list);
		}
	}
	m->price = q->price_min >= 0 || q->price_max >= 0 ? q : NULL;
	if (m->price) {
		const struct search_facet *x = search_index_facet(m->x, SEARCH_CURRENCY);
		const struct search_value *v = x ? search_index_value(m->x, x, 0, currency) : NULL;
		struct bits *b = facet_bits(m, SEARCH_CURRENCY);

		if (v)
			bits_add_list(a, b, m->x, v->list);
	}
	m->found = found_make(a, m, FOUND_BY_ALL);
}

/* ---- what is left ---- */

struct found found_make(struct arena *a, const struct match *m, int64_t but)
{
	return (struct found){a, m, but, arena_array(a, uint64_t *, blocks_of(m->x) + 1)};
}

static bool text_into(const struct match *m, size_t i, size_t words, uint64_t *w)
{
	bool first = true;

	for (size_t t = 0; t < m->tokens_n; t++) {
		uint64_t any[BLOCK_WORDS] = {0};

		if (t == m->without)
			continue;
		for (int l = LEVEL_WORD; l < LEVELS; l++)
			bits_into(any, words, &m->token[t].level[l], i);
		for (size_t k = 0; k < words; k++)
			w[k] = first ? any[k] : w[k] & any[k];
		first = false;
	}
	if (!m->tokens_n) {
		memset(w, 0xff, words * sizeof *w);
		if (m->x->docs % 64 && i + 1 == blocks_of(m->x))
			w[words - 1] = (UINT64_C(1) << m->x->docs % 64) - 1;
	}
	bits_into(w, words, &m->head, i);
	for (size_t k = 0; m->x->dead && k < words; k++)
		w[k] &= ~m->x->dead[i * BLOCK_WORDS + k];
	for (size_t k = 0; k < words; k++)
		if (w[k])
			return true;
	return false;
}

static bool filters_into(const struct found *f, size_t i, size_t words, uint64_t *w)
{
	const struct match *m = f->m;
	uint64_t left = 0;

	for (size_t k = 0; k < m->filters_n; k++) {
		uint64_t any[BLOCK_WORDS] = {0};

		if (m->filter[k].facet == f->but)
			continue;
		if (!bits_in_block(&m->filter[k].b, i))
			return false;
		bits_into(any, words, &m->filter[k].b, i);
		for (size_t n = 0; n < words; n++)
			w[n] &= any[n];
	}
	if (m->price)
		price_into(m->x, i, m->price, words, w);
	for (size_t k = 0; k < words; k++)
		left |= w[k];
	return left != 0;
}

const uint64_t *found_work_out(struct found *f, size_t i)
{
	static uint64_t nothing[BLOCK_WORDS];
	size_t words = block_words(f->m->x, i);
	uint64_t w[BLOCK_WORDS] = {0};

	f->block[i] = nothing;
	if (text_into(f->m, i, words, w) && filters_into(f, i, words, w)) {
		f->block[i] = arena_alloc(f->a, sizeof *w, BLOCK_WORDS);
		memcpy(f->block[i], w, sizeof w);
	}
	return f->block[i];
}

int64_t found_count(struct found *f, int64_t most)
{
	int64_t n = 0;

	for (size_t i = 0; i < blocks_of(f->m->x) && n < most; i++)
		n += words_count(found_block(f, i), BLOCK_WORDS);
	return n;
}

int64_t found_count_list(struct found *f, struct search_list l, int64_t most)
{
	const struct search_index *x = f->m->x;
	int64_t n = 0;

	if (l.n == 1)
		return found_has(f, l.at);
	if (search_dense(l.n, x->docs)) {
		const uint64_t *have = bits_of_dense(x, l);

		for (size_t i = 0; i < blocks_of(x) && n < most; i++)
			n += words_count_both(
				found_block(f, i), have + i * BLOCK_WORDS, block_words(x, i));
		return n;
	}
	for (uint32_t from = 0; from < l.n && n < most; from += PROBES) {
		const uint32_t *doc = x->posts + l.at + from;
		uint32_t many = l.n - from < PROBES ? l.n - from : PROBES;

		for (uint32_t i = 0; i < many; i++)
			n += found_has(f, doc[i]);
	}
	return n;
}
