/* search_index: opening the file, looking things up. */
#include "market/catalogue/search_index.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Four lanes of multiply and rotate over 64-bit words (the construction of xxHash64): finds torn
 * and flipped bytes at memory speed; it is no defence against somebody who writes the file. */
uint64_t search_check(const void *p, size_t n)
{
	static const uint64_t m1 = UINT64_C(0x9e3779b185ebca87), m2 = UINT64_C(0xc2b2ae3d27d4eb4f);
	const unsigned char *s = p;
	uint64_t lane[4] = {m1, m2, n, m1 ^ m2}, w, h = n * m2;

	for (; n >= 32; n -= 32, s += 32)
		for (int i = 0; i < 4; i++) {
			memcpy(&w, s + 8 * i, 8);
			lane[i] = (lane[i] ^ w * m2);
			lane[i] = (lane[i] << 31 | lane[i] >> 33) * m1;
		}
	for (; n; n--, s++)
		h = (h ^ *s) * m1;
	for (int i = 0; i < 4; i++)
		h = ((h ^ lane[i]) << 27 | (h ^ lane[i]) >> 37) * m1 + m2;
	return h ^ h >> 29;
}

static const size_t element[SECTIONS] = {
	[SECTION_POSTS] = 4,
	[SECTION_TEXT] = 1,
	[SECTION_WORDS] = 4,
	[SECTION_WORD_LISTS] = 2 * sizeof(struct search_list),
	[SECTION_KEYS] = sizeof(struct search_key),
	[SECTION_KEY_TEXT] = 1,
	[SECTION_FACETS] = sizeof(struct search_facet),
	[SECTION_VALUES] = sizeof(struct search_value),
	[SECTION_DOC_VALUES_AT] = 4,
	[SECTION_DOC_VALUES] = 4,
	[SECTION_OFFERS] = 8,
	[SECTION_QUALITY] = 2,
	[SECTION_STOCK] = 4,
	[SECTION_PRICE_LOW] = 4,
	[SECTION_PRICE_HIGH] = 4,
	[SECTION_TIERS_AT] = 4,
	[SECTION_TIERS] = sizeof(struct search_tier),
	[SECTION_BY_PRICE] = 4,
	[SECTION_BY_STOCK] = 4,
	[SECTION_BY_OFFER] = 4,
	[SECTION_DOC_PRODUCTS] = 8,
	[SECTION_BY_PRODUCT] = 4,
	[SECTION_PRODUCTS] = sizeof(struct search_product),
	[SECTION_BY_CATEGORY] = 4,
	[SECTION_BY_PART] = 4,
};

static const char *wrong(const struct search_header *h, size_t bytes)
{
	uint64_t d = h->docs;
	const uint64_t n[SECTIONS] = {[SECTION_DOC_VALUES_AT] = d + 1,
		[SECTION_OFFERS] = d,
		[SECTION_QUALITY] = d,
		[SECTION_STOCK] = d,
		[SECTION_PRICE_LOW] = d * SEARCH_BANDS,
		[SECTION_PRICE_HIGH] = d * SEARCH_BANDS,
		[SECTION_TIERS_AT] = d + 1,
		[SECTION_BY_PRICE] = d * SEARCH_BANDS,
		[SECTION_BY_STOCK] = d,
		[SECTION_BY_OFFER] = d,
		[SECTION_DOC_PRODUCTS] = d,
		[SECTION_BY_PRODUCT] = d};

	if (memcmp(h->magic, "kontorsx", 8) != 0 || h->version != SEARCH_VERSION)
		return "of another version";
	if (h->header_check != search_check(h, offsetof(struct search_header, header_check)))
		return "damaged header";
	if (h->bytes != bytes)
		return "cut off";
	for (int i = 0; i < SECTIONS; i++)
		if (h->section[i].at > bytes ||
			h->section[i].n > (bytes - h->section[i].at) / element[i] ||
			h->section[i].at % 8 || (n[i] && h->section[i].n != n[i]))
			return "damaged section table";
	if (h->section[SECTION_WORDS].n != h->section[SECTION_WORD_LISTS].n ||
		h->section[SECTION_PRODUCTS].n != h->section[SECTION_BY_CATEGORY].n ||
		h->section[SECTION_PRODUCTS].n != h->section[SECTION_BY_PART].n)
		return "damaged section table";
	if (h->check != search_check((const char *)h + sizeof *h, bytes - sizeof *h))
		return "damaged content";
	return NULL;
}

void search_index_point(struct search_index *x, const struct search_header *h)
{
	const char *base = (const char *)h;

#define AT(s) (const void *)(base + h->section[s].at)
	x->posts = AT(SECTION_POSTS);
	x->text = AT(SECTION_TEXT);
	x->words = AT(SECTION_WORDS);
	x->word_lists = AT(SECTION_WORD_LISTS);
	x->keys = AT(SECTION_KEYS);
	x->key_text = AT(SECTION_KEY_TEXT);
	x->facets = AT(SECTION_FACETS);
	x->values = AT(SECTION_VALUES);
	x->doc_values_at = AT(SECTION_DOC_VALUES_AT);
	x->doc_values = AT(SECTION_DOC_VALUES);
	x->offers = AT(SECTION_OFFERS);
	x->quality = AT(SECTION_QUALITY);
	x->stock = AT(SECTION_STOCK);
	x->price_low = AT(SECTION_PRICE_LOW);
	x->price_high = AT(SECTION_PRICE_HIGH);
	x->tiers_at = AT(SECTION_TIERS_AT);
	x->tiers = AT(SECTION_TIERS);
	x->by_price = AT(SECTION_BY_PRICE);
	x->by_stock = AT(SECTION_BY_STOCK);
	x->by_offer = AT(SECTION_BY_OFFER);
	x->doc_products = AT(SECTION_DOC_PRODUCTS);
	x->by_product = AT(SECTION_BY_PRODUCT);
	x->products = AT(SECTION_PRODUCTS);
	x->by_category = AT(SECTION_BY_CATEGORY);
	x->by_part = AT(SECTION_BY_PART);
#undef AT
	x->docs = h->docs;
	x->words_n = (uint32_t)h->section[SECTION_WORDS].n;
	x->keys_n = (uint32_t)h->section[SECTION_KEYS].n;
	x->facets_n = (uint32_t)h->section[SECTION_FACETS].n;
	x->values_n = (uint32_t)h->section[SECTION_VALUES].n;
	x->products_n = (uint32_t)h->section[SECTION_PRODUCTS].n;
}

bool search_index_open(const char *path, struct search_index *x, const char **why)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	void *p;

	*x = (struct search_index){0};
	*why = "cannot be read";
	if (fd < 0)
		return false;
	if (fstat(fd, &st) || st.st_size < (off_t)sizeof(struct search_header)) {
		close(fd);
		*why = "cut off";
		return false;
	}
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (p == MAP_FAILED)
		return false;
	*why = wrong(p, (size_t)st.st_size);
	if (*why) {
		munmap(p, (size_t)st.st_size);
		return false;
	}
	x->head = p;
	x->bytes = (size_t)st.st_size;
	search_index_point(x, p);
	return true;
}

void search_index_close(struct search_index *x)
{
	if (x->head)
		munmap((void *)(uintptr_t)x->head, x->bytes);
	*x = (struct search_index){0};
}

uint32_t search_index_doc(const struct search_index *x, int64_t offer)
{
	uint32_t lo = 0, hi = x->docs;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		int64_t v = x->offers[x->by_offer[mid]];

		if (v == offer)
			return x->by_offer[mid];
		if (v < offer)
			lo = mid + 1;
		else
			hi = mid;
	}
	return UINT32_MAX;
}

const struct search_facet *search_index_facet(const struct search_index *x, int64_t id)
{
	for (uint32_t i = 0; i < x->facets_n; i++)
		if (x->facets[i].id == id)
			return &x->facets[i];
	return NULL;
}

const struct search_value *search_index_value(
	const struct search_index *x, const struct search_facet *f, int64_t key, str text)
{
	const struct search_value *v = x->values + f->first;

	/* values with keys are sorted by key; of a number facet only the numbers are sorted */
	if (key || !f->number) {
		uint32_t lo = 0, hi = f->n;

		while (lo < hi) {
			uint32_t mid = lo + (hi - lo) / 2;
			int c = key ? (v[mid].key > key) - (v[mid].key < key)
				    : str_cmp(str_of(x->text + v[mid].text), text);

			if (!c)
				return v + mid;
			if (c < 0)
				lo = mid + 1;
			else
				hi = mid;
		}
		return NULL;
	}
	for (uint32_t i = 0; i < f->n; i++)
		if (str_eq(str_of(x->text + v[i].text), text))
			return v + i;
	return NULL;
}

/* memcmp order of a NUL-ended text against a sized prefix: 0 when it starts with it. */
static int against(const char *text, str prefix)
{
	int c = strncmp(text, prefix.p, prefix.n);

	return c;
}

static uint32_t first_word(const struct search_index *x, str prefix, bool behind)
{
	uint32_t lo = 0, hi = x->words_n;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		int c = against(x->text + x->words[mid], prefix);

		if (c < 0 || (behind && !c))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

void search_index_words(const struct search_index *x, str prefix, uint32_t *from, uint32_t *to)
{
	*from = first_word(x, prefix, false);
	*to = first_word(x, prefix, true);
}

uint32_t search_index_word(const struct search_index *x, str word)
{
	uint32_t i = first_word(x, word, false);

	/* the word itself sorts before everything it begins */
	return i < x->words_n && strlen(x->text + x->words[i]) == word.n &&
			       !against(x->text + x->words[i], word)
		       ? i
		       : UINT32_MAX;
}

static uint32_t first_key(const struct search_index *x, str prefix, bool behind)
{
	uint32_t lo = 0, hi = x->keys_n;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		int c = against(x->key_text + x->keys[mid].at, prefix);

		if (c < 0 || (behind && !c))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

void search_index_keys(const struct search_index *x, str prefix, uint32_t *from, uint32_t *to)
{
	*from = first_key(x, prefix, false);
	*to = first_key(x, prefix, true);
}

bool search_index_number(const struct search_index *x, str key)
{
	/* what is whole and what is a tail stand mixed among equals, but before all that is
	 * longer */
	for (uint32_t i = first_key(x, key, false); i < x->keys_n; i++) {
		const char *text = x->key_text + x->keys[i].at;

		if (against(text, key) || text[key.n])
			return false;
		if (x->keys[i].doc & SEARCH_WHOLE)
			return true;
	}
	return false;
}

const uint64_t search_band_from[SEARCH_BANDS + 1] = {1, 10, 100, 1000, 10000, UINT64_MAX};

int search_band(int64_t quantity)
{
	int band = 0;

	while (band + 1 < SEARCH_BANDS && (uint64_t)quantity >= search_band_from[band + 1])
		band++;
	return band;
}

int64_t search_index_price(const struct search_index *x, uint32_t doc, int64_t quantity)
{
	const struct search_tier *t = x->tiers + x->tiers_at[doc],
				 *end = x->tiers + x->tiers_at[doc + 1];

	if (t == end)
		return INT64_MAX;
	while (t + 1 < end && t[1].quantity <= quantity)
		t++;
	return search_tier_micro(t);
}
