/* search_build: offers come in, words and values are counted. */
#include "market/catalogue/search_build.h"
#include "market/catalogue/search_products.h"
#include "market/catalogue/search_text.h"

#include <math.h>

enum {
	TAILS_MAX = 8, /* of one part number */
	TAIL_BYTES_MIN = 3,
	KEY_BYTES_MAX = 80,
	FACET_FIRST = 5, /* places of the facets that are no attributes: -id - 1 */
};

void stream_push(struct arena *a, struct stream *s, uint32_t x)
{
	if (s->n == s->blocks * STREAM_BLOCK) {
		if (s->blocks == s->cap)
			s->v = arena_grow(a, s->v, sizeof *s->v, s->blocks, &s->cap);
		s->v[s->blocks++] = arena_array(a, uint32_t, STREAM_BLOCK);
	}
	s->v[s->n >> STREAM_BITS][s->n & (STREAM_BLOCK - 1)] = x;
	s->n++;
}

static uint32_t hash_of(uint32_t space, str s)
{
	uint64_t h = space * UINT64_C(0x9e3779b97f4a7c15) + s.n;

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * UINT64_C(0x100000001b3);
	h *= UINT64_C(0xc2b2ae3d27d4eb4f);
	return (uint32_t)(h >> 32);
}

static void names_grow(struct arena *a, struct names *t)
{
	t->slots = t->slots ? t->slots * 2 : 4096;
	t->slot = arena_array(a, uint32_t, t->slots);
	for (size_t i = 0; i < t->n; i++) {
		size_t at = t->v[i].hash & (t->slots - 1);

		while (t->slot[at])
			at = (at + 1) & (t->slots - 1);
		t->slot[at] = (uint32_t)i + 1;
	}
}

uint32_t names_put(struct arena *a, struct names *t, uint32_t space, str text)
{
	uint32_t h = hash_of(space, text);

	if (t->n * 2 >= t->slots)
		names_grow(a, t);
	size_t at = h & (t->slots - 1);

	for (; t->slot[at]; at = (at + 1) & (t->slots - 1)) {
		struct name *e = &t->v[t->slot[at] - 1];

		if (e->hash == h && e->n == text.n && e->space == space &&
			!memcmp(e->p, text.p, text.n))
			return t->slot[at] - 1;
	}
	struct name *e = ARENA_PUSH(a, t);

	*e = (struct name){str_dup(a, text).p, (uint32_t)text.n, space, h};
	t->slot[at] = (uint32_t)t->n;
	return (uint32_t)t->n - 1;
}

struct search_build *search_build_start(struct arena *a)
{
	static const struct {
		int id;
		str name;
	} own[FACET_FIRST] = {{SEARCH_CATEGORY, S("category")}, {SEARCH_SUPPLIER, S("supplier")},
		{SEARCH_MAKER, S("maker")}, {SEARCH_CURRENCY, S("currency")},
		{SEARCH_STOCK, S("stock")}};
	struct search_build *b = arena_new(a, struct search_build);

	b->a = a;
	for (int i = 0; i < FACET_FIRST; i++)
		*ARENA_PUSH(a, &b->facet) = (struct build_facet){.id = own[i].id,
			.name = own[i].name,
			.kind = SEARCH_KIND_CHOICE,
			.shown = true};
	return b;
}

size_t search_build_docs(const struct search_build *b)
{
	return b->doc.n;
}

/* ---- words ---------------------------------------------------------------------------------- */

static uint32_t word_number(struct search_build *b, str word)
{
	uint32_t w = names_put(b->a, &b->words, 0, word);

	if (w == b->word.n)
		ARENA_PUSH(b->a, &b->word);
	return w;
}

/* Notes that the document at hand has the word; each pair is kept once. */
static void has_word(struct search_build *b, uint32_t w, bool strong)
{
	struct build_word *x = &b->word.v[w];
	uint32_t doc = (uint32_t)b->doc.n; /* already pushed: number + 1 */

	if (strong ? x->strong_seen == doc : x->any_seen == doc)
		return;
	if (x->any_seen != doc)
		x->any++;
	x->any_seen = doc;
	if (strong) {
		x->strong_seen = doc;
		x->strong++;
	}
	stream_push(b->a, &b->doc_words, w << 1 | strong);
}

/* Words that are a piece of the part number are found by it, and would only swell the dictionary.
 * */
static void has_text(struct search_build *b, str text, bool strong, const char *key)
{
	struct search_words w;
	str word;
	char z[SEARCH_WORD_BYTES_MAX + 8];

	if (!text.n)
		return;
	search_words_start(&w, text, true);
	while (search_words_next(&w, &word)) {
		memcpy(z, word.p, word.n);
		z[word.n] = 0;
		if (word.n < 4 || !strstr(key, z))
			has_word(b, word_number(b, word), strong);
	}
}

/* ---- values ---------------------------------------------------------------------------------- */

static uint32_t value_number(
	struct search_build *b, uint32_t facet, str text, int64_t key, bool strong)
{
	char by_key[32];
	struct search_words w;
	str word, as = text;

	if (key) { /* two companies may have one name */
		memcpy(by_key, &key, sizeof key);
		as = (str){by_key, sizeof key};
	}
	uint32_t n = names_put(b->a, &b->texts, facet, as);

	if (n < b->value.n)
		return n;
	struct build_value *v = ARENA_PUSH(b->a, &b->value);

	*v = (struct build_value){.facet = facet,
		.key = key,
		.number = NAN,
		.strong = strong,
		.text = key ? str_dup(b->a, text) : (str){b->texts.v[n].p, b->texts.v[n].n},
		.words_at = (uint32_t)b->value_words.n};
	if (facet != -SEARCH_STOCK - 1u && facet != -SEARCH_CURRENCY - 1u) {
		search_words_start(&w, text, true);
		while (search_words_next(&w, &word)) {
			stream_push(b->a, &b->value_words, word_number(b, word));
			v->words_n++;
		}
	}
	if (facet >= FACET_FIRST && !quantity_parse(v->text, &v->number, &v->unit))
		v->number = NAN;
	b->facet.v[facet].values++;
	return n;
}

static void has_value(struct search_build *b, uint32_t n)
{
	struct build_value *v = &b->value.v[n];
	struct build_facet *f = &b->facet.v[v->facet];
	uint32_t doc = (uint32_t)b->doc.n;

	if (v->seen == doc)
		return;
	v->seen = doc;
	v->docs++;
	if (f->seen != doc) {
		f->seen = doc;
		f->docs++;
	}
	stream_push(b->a, &b->doc_values, n);
	for (uint32_t i = 0; i < v->words_n; i++)
		has_word(b, stream_at(&b->value_words, v->words_at + i), v->strong);
}

void search_build_category(struct search_build *b, int64_t id, int64_t parent, str name)
{
	struct build_category *c = ARENA_PUSH(b->a, &b->category);

	c->id = id;
	for (size_t i = 0; parent && i + 1 < b->category.n; i++)
		if (b->category.v[i].id == parent)
			c->parent = (uint32_t)i + 1;
	c->value = value_number(b, -SEARCH_CATEGORY - 1, name, id, true);
}

void search_build_attribute(
	struct search_build *b, int64_t id, str name, str unit, int kind, bool shown)
{
	*ARENA_PUSH(b->a, &b->facet) = (struct build_facet){.id = id,
		.name = str_dup(b->a, name),
		.unit = str_dup(b->a, unit),
		.kind = kind,
		.shown = shown};
}

void search_build_some(struct search_build *b)
{
	b->some = true;
}

void search_build_number(struct search_build *b, int64_t id)
{
	for (size_t i = FACET_FIRST; i < b->facet.n; i++)
		if (b->facet.v[i].id == id)
			b->facet.v[i].kind = SEARCH_KIND_NUMBER;
}

/* ---- keys ---- */

static int kind_of(char c)
{
	return c >= '0' && c <= '9' ? 1 : 2;
}

static const char *has_key(struct search_build *b, str number, bool tails)
{
	str key = part_key(b->a, number);
	size_t at = b->key_n;
	int made = 0;

	if (!key.n)
		return "";
	if (key.n > KEY_BYTES_MAX)
		key.n = KEY_BYTES_MAX;
	while (b->key_n + key.n + 1 > b->key_cap)
		b->key_text = arena_grow(b->a, b->key_text, 1, b->key_n, &b->key_cap);
	memcpy(b->key_text + at, key.p, key.n);
	b->key_text[at + key.n] = 0;
	b->key_n += key.n + 1;
	if (at + key.n >= UINT32_MAX)
		fault(FAULT_MEMORY, "search: too many part numbers for one index");
	stream_push(b->a, &b->keys, (uint32_t)at);
	stream_push(b->a, &b->keys, SEARCH_WHOLE);
	b->doc.v[b->doc.n - 1].keys_n++;
	for (size_t i = 1; tails && i + TAIL_BYTES_MIN <= key.n && made < TAILS_MAX; i++)
		if (kind_of(key.p[i]) != kind_of(key.p[i - 1]) &&
			((unsigned char)key.p[i] & 0xc0) != 0x80) {
			stream_push(b->a, &b->keys, (uint32_t)(at + i));
			stream_push(b->a, &b->keys, 0);
			b->doc.v[b->doc.n - 1].keys_n++;
			made++;
		}
	return b->key_text + at;
}

/* ---- an offer ---- */

uint16_t search_quality(const struct search_doc *d)
{
	int log = 0;
	size_t lines = 0, steps = 0;

	for (int64_t s = d->stock; s > 1 && log < 31; s >>= 1)
		log++;
	for (size_t i = 0; i < d->attributes.n; i++)
		lines += d->attributes.p[i] == '\n';
	for (size_t i = 0; i < d->tiers.n; i++)
		steps += d->tiers.p[i] == ':';
	return (uint16_t)((d->stock > 0 ? 32768 : 0) + (d->pictures ? 8192 : 0) +
			  (steps > 1 ? 4096 : 0) + (d->description.n ? 2048 : 0) +
			  (lines >= 3 ? 2048 : 0) + log * 400);
}

static void has_tiers(struct search_build *b, str text)
{
	struct tiers t;

	if (!tiers_parse(text, &t))
		return;
	for (size_t i = 0; i < t.n; i++) {
		int64_t q = t.v[i].quantity;

		stream_push(b->a, &b->tiers, q > UINT32_MAX ? UINT32_MAX : (uint32_t)q);
		stream_push(b->a, &b->tiers, (uint32_t)((uint64_t)t.v[i].micro & UINT32_MAX));
		stream_push(b->a, &b->tiers, (uint32_t)((uint64_t)t.v[i].micro >> 32));
	}
	b->doc.v[b->doc.n - 1].tiers_n = (uint32_t)t.n;
}

static void has_attributes(struct search_build *b, str text)
{
	struct attribute_value v;

	while (attributes_next(&text, &v))
		for (size_t i = FACET_FIRST; i < b->facet.n; i++) {
			/* ids are given in order, so the place is mostly right at once */
			size_t at = (size_t)v.attribute + FACET_FIRST - 1;

			if (at < b->facet.n && b->facet.v[at].id == v.attribute)
				i = at;
			if (b->facet.v[i].id == v.attribute) {
				has_value(b, value_number(b, (uint32_t)i, v.value, 0, false));
				break;
			}
		}
}

void search_build_add(struct search_build *b, const struct search_doc *d)
{
	struct build_doc *x = ARENA_PUSH(b->a, &b->doc);
	size_t mark = b->doc.n - 1;
	const char *key;

	if (b->doc.n >= UINT32_MAX / SEARCH_BANDS)
		fault(FAULT_MEMORY, "search: too many offers for one index");
	*x = (struct build_doc){.offer = d->offer,
		.product = d->product,
		.stock = d->stock,
		.words_at = b->doc_words.n,
		.values_at = b->doc_values.n,
		.keys_at = b->keys.n,
		.tiers_at = b->tiers.n,
		.quality = search_quality(d)};
	key = has_key(b, d->part_number, true);
	size_t key_at = *key ? (size_t)(key - b->key_text) : SIZE_MAX;

	has_key(b, d->sku, false);
	has_key(b, d->gtin, false);
	key = key_at == SIZE_MAX ? "" : b->key_text + key_at; /* it may have moved */
	has_text(b, d->title, true, key);
	has_text(b, d->description, false, key);
	has_attributes(b, d->attributes);
	for (size_t i = 0; i < b->category.n; i++)
		if (b->category.v[i].id == d->category) {
			for (uint32_t c = (uint32_t)i + 1, n = 0;
				c && n < SEARCH_CATEGORY_DEPTH_MAX; n++) {
				has_value(b, b->category.v[c - 1].value);
				c = b->category.v[c - 1].parent;
			}
			break;
		}
	has_value(b, value_number(b, -SEARCH_SUPPLIER - 1, d->company_name, d->company, false));
	if (d->maker.n)
		has_value(b, value_number(b, -SEARCH_MAKER - 1, d->maker, 0, true));
	has_value(b, value_number(b, -SEARCH_CURRENCY - 1, d->currency, 0, false));
	if (d->stock > 0)
		has_value(b, value_number(b, -SEARCH_STOCK - 1, S("1"), 0, false));
	has_tiers(b, d->tiers);
	x = &b->doc.v[mark];
	x->words_n = (uint32_t)(b->doc_words.n - x->words_at);
	x->values_n = (uint32_t)(b->doc_values.n - x->values_at);
}

void search_build_product(struct search_build *b, int64_t id, int64_t category, str part_key)
{
	if (b->product.n >= UINT32_MAX - 1)
		fault(FAULT_MEMORY, "search: too many products for one index");
	*ARENA_PUSH(b->a, &b->product) = (struct search_product){
		.id = id, .category = category, .part = search_part_hash(part_key)};
}
