/* search_write: the file of an index, or the same in memory. A file is filled through a mapping
 * of reserved space, flushed, and only then given its name: a file of that name is whole. */
#include "market/catalogue/search_build.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

struct file {
	struct search_header *head;
	char *base;
	size_t bytes;
	uint32_t *filled_any, *filled_strong, *filled_value; /* how many of each list stand */
};

static size_t text_bytes(const struct search_build *b)
{
	size_t n = 1;

	for (size_t i = 0; i < b->words.n; i++)
		n += b->words.v[i].n + 1;
	for (size_t i = 0; i < b->value.n; i++)
		n += b->value.v[i].text.n + 1;
	for (size_t i = 0; i < b->facet.n; i++)
		n += b->facet.v[i].name.n + b->facet.v[i].unit.n + 2;
	return n;
}

static void plan(struct search_build *b, const struct layout *l, struct search_header *h)
{
	const uint64_t d = l->docs;
	const struct {
		uint64_t n;
		size_t size;
	} want[SECTIONS] = {
		[SECTION_POSTS] = {l->posts_n, 4},
		[SECTION_TEXT] = {text_bytes(b), 1},
		[SECTION_WORDS] = {b->words.n, 4},
		[SECTION_WORD_LISTS] = {b->words.n, 2 * sizeof(struct search_list)},
		[SECTION_KEYS] = {l->keys_n, sizeof(struct search_key)},
		[SECTION_KEY_TEXT] = {b->key_n, 1},
		[SECTION_FACETS] = {b->facet.n, sizeof(struct search_facet)},
		[SECTION_VALUES] = {b->value.n, sizeof(struct search_value)},
		[SECTION_DOC_VALUES_AT] = {d + 1, 4},
		[SECTION_DOC_VALUES] = {b->doc_values.n, 4},
		[SECTION_OFFERS] = {d, 8},
		[SECTION_QUALITY] = {d, 2},
		[SECTION_STOCK] = {d, 4},
		[SECTION_PRICE_LOW] = {d * SEARCH_BANDS, 4},
		[SECTION_PRICE_HIGH] = {d * SEARCH_BANDS, 4},
		[SECTION_TIERS_AT] = {d + 1, 4},
		[SECTION_TIERS] = {b->tiers.n / 3, sizeof(struct search_tier)},
		[SECTION_BY_PRICE] = {d * SEARCH_BANDS, 4},
		[SECTION_BY_STOCK] = {d, 4},
		[SECTION_BY_OFFER] = {d, 4},
		[SECTION_DOC_PRODUCTS] = {d, 8},
		[SECTION_BY_PRODUCT] = {d, 4},
		[SECTION_PRODUCTS] = {b->product.n, sizeof(struct search_product)},
		[SECTION_BY_CATEGORY] = {b->product.n, 4},
		[SECTION_BY_PART] = {b->product.n, 4},
	};
	uint64_t at = sizeof *h;

	memcpy(h->magic, "kontorsx", 8);
	h->version = SEARCH_VERSION;
	h->docs = l->docs;
	for (int i = 0; i < SECTIONS; i++) {
		at = (at + 63) & ~UINT64_C(63);
		h->section[i].at = at;
		h->section[i].n = want[i].n;
		at += want[i].n * want[i].size;
	}
	h->bytes = at;
}

#define SECTION(f, s, type) ((type *)(void *)((f)->base + (f)->head->section[s].at))

static uint32_t put_text(char *text, size_t *at, str s)
{
	size_t here = *at;

	if (s.n)
		memcpy(text + here, s.p, s.n);
	*at += s.n + 1;
	return (uint32_t)here;
}

static void write_texts(struct search_build *b, const struct layout *l, struct file *f)
{
	char *text = SECTION(f, SECTION_TEXT, char);
	uint32_t *words = SECTION(f, SECTION_WORDS, uint32_t);
	struct search_list *lists = SECTION(f, SECTION_WORD_LISTS, struct search_list);
	struct search_facet *facets = SECTION(f, SECTION_FACETS, struct search_facet);
	struct search_value *values = SECTION(f, SECTION_VALUES, struct search_value);
	size_t at = 1;

	for (size_t i = 0; i < b->words.n; i++) {
		uint32_t w = l->words[i];

		words[i] = put_text(text, &at, (str){b->words.v[w].p, b->words.v[w].n});
		lists[2 * i] = l->strong[w];
		lists[2 * i + 1] = l->any[w];
	}
	for (size_t i = 0; i < b->value.n; i++) {
		const struct build_value *v = &b->value.v[l->values[i]];

		values[i] = (struct search_value){.key = v->key,
			.number = v->number,
			.text = put_text(text, &at, v->text),
			.list = l->value[l->values[i]]};
	}
	for (size_t i = 0; i < b->category.n; i++)
		if (b->category.v[i].parent)
			values[l->value_at[b->category.v[i].value]].parent =
				l->value_at[b->category.v[b->category.v[i].parent - 1].value] + 1;
	for (size_t i = 0; i < b->facet.n; i++) {
		const struct build_facet *x = &b->facet.v[i];

		facets[i] = (struct search_facet){.id = x->id,
			.first = l->facet_first[i],
			.n = x->values,
			.name = put_text(text, &at, x->name),
			.unit = put_text(text, &at, x->unit),
			.docs = x->docs,
			.number = x->number,
			.shown = x->shown};
	}
}

static void append(
	uint32_t *posts, struct search_list *x, uint32_t *filled, uint32_t docs, uint32_t doc)
{
	if (x->n == 1) {
		x->at = doc;
	} else if (search_dense(x->n, docs)) {
		posts[x->at + doc / 32] |=
			1u << doc % 32; /* little end first: the same bits as 64-bit words */
	} else if (!*filled || posts[x->at + *filled - 1] != doc) {
		posts[x->at + (*filled)++] = doc;
	}
}

static void write_lists(struct search_build *b, struct layout *l, struct file *f)
{
	uint32_t *posts = SECTION(f, SECTION_POSTS, uint32_t);
	uint32_t *at = SECTION(f, SECTION_DOC_VALUES_AT, uint32_t);
	uint32_t *values = SECTION(f, SECTION_DOC_VALUES, uint32_t), n = 0;
	uint32_t *any = arena_array(b->a, uint32_t, b->words.n + 1);
	uint32_t *strong = arena_array(b->a, uint32_t, b->words.n + 1);
	uint32_t *value = arena_array(b->a, uint32_t, b->value.n + 1);

	for (uint32_t doc = 0; doc < l->docs; doc++) {
		const struct build_doc *d = &b->doc.v[l->order[doc]];

		for (uint32_t i = 0; i < d->words_n; i++) {
			uint32_t w = stream_at(&b->doc_words, d->words_at + i);

			append(posts, &l->any[w >> 1], &any[w >> 1], l->docs, doc);
			if (w & 1)
				append(posts, &l->strong[w >> 1], &strong[w >> 1], l->docs, doc);
		}
		at[doc] = n;
		for (uint32_t i = 0; i < d->values_n; i++) {
			uint32_t v = stream_at(&b->doc_values, d->values_at + i);

			append(posts, &l->value[v], &value[v], l->docs, doc);
			values[n++] = l->value_at[v];
		}
	}
	at[l->docs] = n;
}

static void write_keys(struct search_build *b, const struct layout *l, struct file *f)
{
	struct search_key *keys = SECTION(f, SECTION_KEYS, struct search_key);
	uint32_t *rank = arena_array(b->a, uint32_t, l->docs + 1);

	for (uint32_t i = 0; i < l->docs; i++)
		rank[l->order[i]] = i;
	for (size_t i = 0; i < l->keys_n; i++)
		keys[i] = (struct search_key){l->keys[i].a,
			rank[l->keys[i].b & ~SEARCH_WHOLE] | (l->keys[i].b & SEARCH_WHOLE)};
	if (b->key_n)
		memcpy(SECTION(f, SECTION_KEY_TEXT, char), b->key_text, b->key_n);
}

/* The cheapest and dearest unit price within each band of quantities, one step of a float out. */
static void bands(
	const struct search_tier *t, uint32_t n, float low[SEARCH_BANDS], float high[SEARCH_BANDS])
{
	bool rises = false;

	for (uint32_t i = 1; i < n; i++)
		rises |= search_tier_micro(&t[i]) > search_tier_micro(&t[i - 1]);
	for (int k = 0; k < SEARCH_BANDS; k++) {
		low[k] = INFINITY;
		high[k] = n ? 0 : -1;
		for (uint32_t i = 0; i < n; i++) {
			uint64_t next = i + 1 < n ? t[i + 1].quantity : UINT64_MAX;
			float p = (float)search_tier_micro(&t[i]);

			/* the first tier's price holds below it too */
			if ((i && t[i].quantity >= search_band_from[k + 1]) ||
				next <= search_band_from[k])
				continue;
			low[k] = fminf(low[k], nextafterf(p, 0));
			high[k] = rises ? INFINITY : fmaxf(high[k], nextafterf(p, INFINITY));
		}
	}
}

static void write_columns(struct search_build *b, const struct layout *l, struct file *f)
{
	int64_t *offers = SECTION(f, SECTION_OFFERS, int64_t);
	int64_t *products = SECTION(f, SECTION_DOC_PRODUCTS, int64_t);
	uint16_t *quality = SECTION(f, SECTION_QUALITY, uint16_t);
	uint32_t *stock = SECTION(f, SECTION_STOCK, uint32_t), n = 0;
	float *low = SECTION(f, SECTION_PRICE_LOW, float),
	      *high = SECTION(f, SECTION_PRICE_HIGH, float);
	uint32_t *at = SECTION(f, SECTION_TIERS_AT, uint32_t);
	struct search_tier *tiers = SECTION(f, SECTION_TIERS, struct search_tier);

	for (uint32_t doc = 0; doc < l->docs; doc++) {
		const struct build_doc *d = &b->doc.v[l->order[doc]];
		float lo[SEARCH_BANDS], hi[SEARCH_BANDS];

		offers[doc] = d->offer;
		products[doc] = d->product;
		quality[doc] = d->quality;
		stock[doc] = d->stock < 0	     ? 0
			     : d->stock > UINT32_MAX ? UINT32_MAX
						     : (uint32_t)d->stock;
		at[doc] = n;
		for (uint32_t i = 0; i < d->tiers_n; i++)
			tiers[n++] = (struct search_tier){stream_at(&b->tiers, d->tiers_at + 3 * i),
				stream_at(&b->tiers, d->tiers_at + 3 * i + 1),
				stream_at(&b->tiers, d->tiers_at + 3 * i + 2)};
		bands(tiers + at[doc], d->tiers_n, lo, hi);
		for (int k = 0; k < SEARCH_BANDS; k++) {
			low[(size_t)k * l->docs + doc] = lo[k];
			high[(size_t)k * l->docs + doc] = hi[k];
		}
	}
	at[l->docs] = n;
}

static void write_orders(struct search_build *b, const struct layout *l, struct file *f)
{
	size_t n = l->docs;
	struct search_pair *v = arena_array(b->a, struct search_pair, n + 1);
	struct search_pair *other = arena_array(b->a, struct search_pair, n + 1);
	uint32_t *by_price = SECTION(f, SECTION_BY_PRICE, uint32_t);
	uint32_t *by_stock = SECTION(f, SECTION_BY_STOCK, uint32_t),
		 *by_offer = SECTION(f, SECTION_BY_OFFER, uint32_t),
		 *by_product = SECTION(f, SECTION_BY_PRODUCT, uint32_t);

	for (int k = 0; k < SEARCH_BANDS; k++) {
		for (uint32_t i = 0; i < n; i++)
			v[i] = (struct search_pair){
				search_sort_float_key(
					SECTION(f, SECTION_PRICE_LOW, float)[(size_t)k * n + i]),
				i, 0};
		search_sort(v, n, other);
		for (uint32_t i = 0; i < n; i++)
			by_price[(size_t)k * n + i] = v[i].a;
	}
	for (uint32_t i = 0; i < n; i++)
		v[i] = (struct search_pair){
			UINT32_MAX - SECTION(f, SECTION_STOCK, uint32_t)[i], i, 0};
	search_sort(v, n, other);
	for (uint32_t i = 0; i < n; i++)
		by_stock[i] = v[i].a;
	for (uint32_t i = 0; i < n; i++)
		v[i] = (struct search_pair){(uint64_t)SECTION(f, SECTION_OFFERS, int64_t)[i], i, 0};
	search_sort(v, n, other);
	for (uint32_t i = 0; i < n; i++)
		by_offer[i] = v[i].a;
	for (uint32_t i = 0; i < n; i++)
		v[i] = (struct search_pair){
			(uint64_t)SECTION(f, SECTION_DOC_PRODUCTS, int64_t)[i], i, 0};
	search_sort(v, n, other);
	for (uint32_t i = 0; i < n; i++)
		by_product[i] = v[i].a;
}

static void write_products(struct search_build *b, struct file *f)
{
	size_t n = b->product.n;
	struct search_pair *v = arena_array(b->a, struct search_pair, n + 1);
	struct search_pair *other = arena_array(b->a, struct search_pair, n + 1);
	struct search_product *p = SECTION(f, SECTION_PRODUCTS, struct search_product);
	uint32_t *by_category = SECTION(f, SECTION_BY_CATEGORY, uint32_t),
		 *by_part = SECTION(f, SECTION_BY_PART, uint32_t);

	for (uint32_t i = 0; i < n; i++)
		v[i] = (struct search_pair){(uint64_t)b->product.v[i].id, i, 0};
	search_sort(v, n, other);
	for (uint32_t i = 0; i < n; i++)
		p[i] = b->product.v[v[i].a];
	for (uint32_t i = 0; i < n; i++)
		v[i] = (struct search_pair){(uint64_t)p[i].category, i, 0};
	search_sort(v, n, other);
	for (uint32_t i = 0; i < n; i++)
		by_category[i] = v[i].a;
	for (uint32_t i = 0; i < n; i++)
		v[i] = (struct search_pair){p[i].part, i, 0};
	search_sort(v, n, other);
	for (uint32_t i = 0; i < n; i++)
		by_part[i] = v[i].a;
}

static void keep_file(const char *path, const char *temporary, int fd)
{
	const char *slash = strrchr(path, '/');
	char dir[4096] = ".";
	int folder;

	if (slash)
		snprintf(dir, sizeof dir, "%.*s", (int)(slash - path), path);
	if (fsync(fd) || rename(temporary, path))
		fault(FAULT_OUTSIDE, "search: cannot keep %s: %s", path, strerror(errno));
	folder = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder >= 0) {
		(void)fsync(folder);
		close(folder);
	}
}

static void write_all(
	struct search_build *b, struct layout *l, struct file *f, const struct search_header *h)
{
	f->head = (struct search_header *)(void *)f->base;
	f->bytes = (size_t)h->bytes;
	*f->head = *h;
	write_lists(b, l, f);
	write_texts(b, l, f);
	write_keys(b, l, f);
	write_columns(b, l, f);
	write_orders(b, l, f);
	write_products(b, f);
}

void search_build_memory(struct search_build *b, struct arena *a, struct search_index *x)
{
	struct layout l;
	struct search_header h = {.built_us = clock_real().us};
	struct file f = {0};

	search_lay(b, &l);
	plan(b, &l, &h);
	f.base = arena_array(a, char, (size_t)h.bytes);
	write_all(b, &l, &f, &h);
	search_index_point(x, f.head);
}

void search_build_finish(struct search_build *b, const char *path, int64_t changed)
{
	struct layout l;
	struct search_header h = {.changed = changed, .built_us = clock_real().us};
	struct file f = {0};
	str temporary = str_fmt(b->a, "%s.new", path);
	int fd, e;

	search_lay(b, &l);
	plan(b, &l, &h);
	fd = open(temporary.p, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		fault(FAULT_OUTSIDE, "search: cannot write %s: %s", temporary.p, strerror(errno));
	/* space first: a full disk is an answer here, and a dead process when a mapping meets it */
	e = posix_fallocate(fd, 0, (off_t)h.bytes);
	f.base = e ? MAP_FAILED
		   : mmap(NULL, (size_t)h.bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (f.base == MAP_FAILED) {
		close(fd);
		unlink(temporary.p);
		fault(FAULT_OUTSIDE, "search: no room for %llu bytes at %s: %s",
			(unsigned long long)h.bytes, temporary.p, strerror(e ? e : errno));
	}
	write_all(b, &l, &f, &h);
	f.head->check = search_check(f.base + sizeof h, f.bytes - sizeof h);
	f.head->header_check = search_check(f.head, offsetof(struct search_header, header_check));
	munmap(f.base, f.bytes);
	keep_file(path, temporary.p, fd);
	close(fd);
}
