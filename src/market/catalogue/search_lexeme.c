/* search_lexeme: writing them. */
#include "market/catalogue/search_lexeme.h"

#include "base/out.h"
#include "store/store.h"

#include <math.h>

enum { QUARTERS = 4, BIN_MOST = 72 /* ten to the eighteenth */, TEXT_BYTES_MAX = 1 << 20 };

/* ---- quarters of decades --------------------------------------------------------------------- */
static int bin_of(double v) /* above 0 */
{
	double at = floor(log10(v) * QUARTERS);

	return at < -BIN_MOST ? -BIN_MOST : at > BIN_MOST ? BIN_MOST : (int)at;
}

typedef void bin_put(void *ctx, char sign, int bin);

static void bins_between(double min, double max, char sign, bin_put *put, void *ctx)
{
	int last = bin_of(max);

	for (int i = min > 0 ? bin_of(min) : -BIN_MOST; i <= last; i++)
		put(ctx, sign, i);
}

/* All that numbers of [min, max] lie in. */
static void bins(double min, double max, bin_put *put, void *ctx)
{
	if (max > 0)
		bins_between(min, max, '+', put, ctx);
	if (min <= 0 && max >= 0)
		put(ctx, '0', 0);
	if (min < 0)
		bins_between(-max, -min, '-', put, ctx);
}

/* ---- an offer -------------------------------------------------------------------------------- */
struct putting {
	struct out o;
	char sign;
	int64_t of; /* facet or band */
};

static void lexeme_open(struct out *o)
{
	if (o->n)
		out_char(o, WORDS_BETWEEN);
}

/* Ends with a whole character: what comes from a text that was cut may not. */
static str shortened(str s)
{
	size_t n = s.n < SEARCH_LEXEME_BYTES_MAX ? s.n : SEARCH_LEXEME_BYTES_MAX, at = n;

	while (at && ((unsigned char)s.p[at - 1] & 0xc0) == 0x80)
		at--;
	if (at) {
		unsigned char lead = (unsigned char)s.p[at - 1];
		size_t bytes = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;

		if (at - 1 + bytes > n)
			n = at - 1;
	}
	return str_sub(s, 0, n);
}

static void put_lexeme(struct out *o, const char *sign, str s)
{
	if (!*sign && !shortened(s).n)
		return;
	lexeme_open(o);
	out_fmt(o, "%s", sign);
	out_str(o, shortened(s));
}

static void put_bin(void *ctx, char sign, int bin)
{
	struct putting *p = ctx;

	lexeme_open(&p->o);
	out_fmt(&p->o, "%c%lld%c%d", p->sign, (long long)p->of, sign, bin);
}

static void put_words(struct out *o, const struct search_build *b, const struct build_doc *d)
{
	for (uint32_t i = 0; i < d->words_n; i++) {
		const struct name *w = &b->words.v[stream_at(&b->doc_words, d->words_at + i) >> 1];

		put_lexeme(o, "", (str){w->p, w->n});
	}
}

static void put_keys(struct out *o, const struct search_build *b, const struct build_doc *d)
{
	for (uint32_t i = 0; i < d->keys_n; i++) {
		str key = str_of(b->key_text + stream_at(&b->keys, d->keys_at + 2 * (size_t)i));

		put_lexeme(o, "#", key);
		if (stream_at(&b->keys, d->keys_at + 2 * (size_t)i + 1) == SEARCH_WHOLE)
			put_lexeme(o, "=", key);
	}
}

/* As the facet's filter would read it. */
static bool number_of(const struct build_facet *f, str text, double *v)
{
	str unit;

	return f->id > 0 &&
	       (f->unit.n ? quantity_in(text, f->unit, v) : quantity_parse(text, v, &unit));
}

static void put_values(struct putting *p, const struct search_build *b, const struct build_doc *d)
{
	for (uint32_t i = 0; i < d->values_n; i++) {
		const struct build_value *v =
			&b->value.v[stream_at(&b->doc_values, d->values_at + i)];
		const struct build_facet *f = &b->facet.v[v->facet];
		double number;

		lexeme_open(&p->o);
		if (v->key) {
			out_fmt(&p->o, ":%lld=%lld", (long long)f->id, (long long)v->key);
			continue;
		}
		out_fmt(&p->o, ":%lld=", (long long)f->id);
		out_str(&p->o, shortened(v->text));
		p->sign = '~';
		p->of = f->id;
		if (number_of(f, v->text, &number))
			bins(number, number, put_bin, p);
	}
}

/* A band where the price rises may have any: its sign alone. */
static void put_prices(struct putting *p, const struct search_index *x, uint32_t doc)
{
	p->sign = '$';
	for (int band = 0; band < SEARCH_BANDS; band++) {
		double low = (double)x->price_low[(size_t)band * x->docs + doc];
		double high = (double)x->price_high[(size_t)band * x->docs + doc];

		p->of = band;
		if (isinf(high) || isinf(low)) {
			lexeme_open(&p->o);
			out_fmt(&p->o, "$%d", band);
		} else if (high >= 0) {
			bins(low, high, put_bin, p);
		}
	}
}

str search_lexemes(
	struct arena *a, const struct search_build *b, const struct search_index *x, size_t doc)
{
	const struct build_doc *d = &b->doc.v[doc];
	struct putting p = {0};

	out_init(&p.o, a, 2048, TEXT_BYTES_MAX, NULL);
	put_lexeme(&p.o, ".", S(""));
	put_words(&p.o, b, d);
	put_keys(&p.o, b, d);
	put_values(&p, b, d);
	put_prices(&p, x, search_index_doc(x, d->offer));
	return out_view(&p.o);
}

size_t search_lexemes_words(struct arena *a, const struct search_build *b, str **words)
{
	size_t n = 0;

	*words = arena_array(a, str, b->words.n + 1);
	for (size_t i = 0; i < b->words.n; i++) {
		str word = shortened((str){b->words.v[i].p, b->words.v[i].n});

		if (word.n)
			(*words)[n++] = word;
	}
	return n;
}

size_t search_lexemes_numbers(struct arena *a, const struct search_build *b, str **numbers)
{
	size_t n = 0;

	*numbers = arena_array(a, str, b->keys.n / 2 + 1);
	for (size_t i = 0; i + 1 < b->keys.n; i += 2)
		if (stream_at(&b->keys, i + 1) == SEARCH_WHOLE)
			(*numbers)[n++] = shortened(str_of(b->key_text + stream_at(&b->keys, i)));
	return n;
}

/* ---- a query --------------------------------------------------------------------------------- */
struct asking {
	struct out o;
	char sign;
	int64_t of;
	bool first; /* nothing stands in the bracket yet */
};

static void ask_quoted(struct out *o, const char *sign, str s, bool begins)
{
	s = shortened(s);
	out_fmt(o, "'%s", sign);
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\'' || s.p[i] == '\\')
			out_char(o, s.p[i]);
		out_char(o, s.p[i]);
	}
	out_fmt(o, begins ? "':*" : "'");
}

static void ask_or(struct asking *k)
{
	if (!k->first)
		out_char(&k->o, '|');
	k->first = false;
}

static void ask_token(struct out *o, const struct token *t)
{
	out_char(o, '(');
	ask_quoted(o, "", t->word, t->begins);
	if (t->number) {
		out_char(o, '|');
		ask_quoted(o, "#", t->word, true);
	}
	out_char(o, ')');
}

static bool ask_tokens(struct out *o, const struct tokens *t, size_t without)
{
	bool any = false;

	for (size_t i = 0; i < t->n; i++) {
		if (i == without)
			continue;
		if (any)
			out_char(o, '&');
		ask_token(o, &t->v[i]);
		any = true;
	}
	return any;
}

static void ask_bin(void *ctx, char sign, int bin)
{
	struct asking *k = ctx;

	ask_or(k);
	out_fmt(&k->o, "'%c%lld%c%d'", k->sign, (long long)k->of, sign, bin);
}

static void ask_filter(struct asking *k, const struct search_filter *f)
{
	k->sign = '~';
	k->of = f->facet;
	if (f->range) { /* a hair wider, as filters are */
		bins(f->min - fabs(f->min) * 1e-9, f->max + fabs(f->max) * 1e-9, ask_bin, k);
		return;
	}
	ask_or(k);
	out_fmt(&k->o, "':%lld=", (long long)f->facet);
	if (f->key) {
		out_fmt(&k->o, "%lld'", (long long)f->key);
		return;
	}
	struct out rest;

	out_init(&rest, k->o.arena, 128, TEXT_BYTES_MAX, NULL);
	ask_quoted(&rest, "", f->value, false);
	out_str(&k->o, str_sub(out_view(&rest), 1, out_view(&rest).n));
}

/* The facet of filter i was asked with an earlier one. */
static bool asked(const struct search_query *q, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (q->filters[k].facet == q->filters[i].facet)
			return true;
	return false;
}

static void ask_filters(struct asking *k, const struct search_query *q, int64_t but)
{
	for (size_t i = 0; i < q->filters_n; i++) {
		if (q->filters[i].facet == but || asked(q, i))
			continue;
		out_str(&k->o, S("&("));
		k->first = true;
		for (size_t n = i; n < q->filters_n; n++)
			if (q->filters[n].facet == q->filters[i].facet)
				ask_filter(k, &q->filters[n]);
		if (k->first) /* from more to less: nothing */
			ask_quoted(&k->o, "", S("!"), false);
		out_char(&k->o, ')');
	}
}

static void ask_prices(struct asking *k, const struct search_query *q)
{
	if (q->price_min < 0 && q->price_max < 0)
		return;
	k->sign = '$';
	k->of = search_band(q->quantity < 1 ? 1 : q->quantity);
	k->first = false;
	out_fmt(&k->o, "&('$%lld'", (long long)k->of);
	bins(q->price_min < 0 ? 0 : (double)q->price_min,
		q->price_max < 0 ? INFINITY : (double)q->price_max, ask_bin, k);
	out_char(&k->o, ')');
	if (q->currency.n) {
		out_char(&k->o, '&');
		ask_quoted(
			&k->o, str_fmt(k->o.arena, ":%d=", SEARCH_CURRENCY).p, q->currency, false);
	}
}

static struct asking ask_start(struct arena *a)
{
	struct asking k = {0};

	out_init(&k.o, a, 1024, TEXT_BYTES_MAX, NULL);
	return k;
}

str search_lexeme_query(struct arena *a, const struct tokens *t, size_t without,
	const struct search_query *q, int64_t but)
{
	struct asking k = ask_start(a);

	out_char(&k.o, '(');
	if (!ask_tokens(&k.o, t, without))
		out_str(&k.o, S("'.'"));
	if (t->key.n) {
		out_char(&k.o, '|');
		ask_quoted(&k.o, "=", t->key, search_like_part(t->key));
	}
	out_char(&k.o, ')');
	ask_filters(&k, q, but);
	ask_prices(&k, q);
	return out_view(&k.o);
}

str search_lexeme_word(struct arena *a, const struct token *t)
{
	struct asking k = ask_start(a);

	ask_token(&k.o, t);
	return out_view(&k.o);
}

static str ask_one(struct arena *a, const char *sign, str s)
{
	struct asking k = ask_start(a);

	ask_quoted(&k.o, sign, s, false);
	return out_view(&k.o);
}

str search_lexeme_exact(struct arena *a, str word)
{
	return ask_one(a, "", word);
}

str search_lexeme_number(struct arena *a, str number)
{
	return ask_one(a, "=", number);
}

str search_lexeme_begins(struct arena *a, const struct tokens *before, str last, str key)
{
	struct asking k = ask_start(a);

	out_char(&k.o, '(');
	if (ask_tokens(&k.o, before, SIZE_MAX))
		out_char(&k.o, '&');
	ask_quoted(&k.o, "", last, true);
	out_char(&k.o, ')');
	if (key.n) {
		out_char(&k.o, '|');
		ask_quoted(&k.o, "=", key, true);
	}
	return out_view(&k.o);
}
