/* search_facet: how many of the found have which value.
 *
 * Few documents: their values are counted one by one, exactly. Many: the first thousands (the best)
 * say which values matter; these are then counted by their lists, exactly up to
 * SEARCH_COUNT_MORE, beyond that "at least". */
#include "market/catalogue/search_match.h"

#include <math.h>
#include <stdlib.h>

enum {
	/* Counted one by one; of a long catalogue this part of it, as long as 16 bits hold it. */
	COUNT_DOCS_MAX = 12288,
	COUNT_DOCS_PART = 64,
	FEW_VALUES = 32, /* their lists are soon gone through */
	SAMPLE_DOCS = 4096,
	COUNT_BATCH = 32,
	CATEGORIES_SHOWN = 48,
};

struct counting {
	struct arena *a;
	const struct match *m;
	const struct search_query *q;
	struct found *b; /* what is counted over */
	bool sampled;
	uint16_t *n; /* by value, from `first` on */
	uint32_t first, values;
};

static void count_doc(struct counting *c, size_t doc)
{
	const struct search_index *x = c->m->x;

	for (uint32_t i = x->doc_values_at[doc]; i < x->doc_values_at[doc + 1]; i++) {
		uint32_t v = x->doc_values[i] - c->first;

		if (v < c->values)
			c->n[v]++;
	}
}

/* Found documents lie far from each other: what the memory has to bring is asked for in front. */
static void count_docs(struct counting *c, const uint32_t *doc, size_t n)
{
	const struct search_index *x = c->m->x;

	for (size_t i = 0; i < n; i++)
		__builtin_prefetch(&x->doc_values_at[doc[i]]);
	for (size_t i = 0; i < n; i++)
		__builtin_prefetch(&x->doc_values[x->doc_values_at[doc[i]]]);
	for (size_t i = 0; i < n; i++)
		count_doc(c, doc[i]);
}

static void count(struct counting *c, uint32_t first, uint32_t values)
{
	const struct search_index *x = c->m->x;
	size_t few = x->docs / COUNT_DOCS_PART, most, seen = 0, n = 0;
	uint32_t batch[COUNT_BATCH];

	few = few > COUNT_DOCS_MAX && values > FEW_VALUES ? few : COUNT_DOCS_MAX;
	few = few < UINT16_MAX ? few : UINT16_MAX;
	c->sampled = found_count(c->b, (int64_t)few + 1) > (int64_t)few;
	most = c->sampled ? SAMPLE_DOCS : few;
	c->first = first;
	c->values = values;
	c->n = arena_array(c->a, uint16_t, (size_t)values + 1);
	for (size_t k = 0; k < blocks_of(x) * BLOCK_WORDS && seen < most; k++)
		for (uint64_t w = found_block(c->b, k / BLOCK_WORDS)[k % BLOCK_WORDS];
			w && seen < most; w &= w - 1, seen++) {
			batch[n++] = (uint32_t)(k * 64 + (size_t)__builtin_ctzll(w));
			if (n == COUNT_BATCH) {
				count_docs(c, batch, n);
				n = 0;
			}
		}
	count_docs(c, batch, n);
}

static bool chosen(
	const struct search_query *q, int64_t facet, const struct search_value *v, str text)
{
	for (size_t i = 0; i < q->filters_n; i++) {
		const struct search_filter *f = &q->filters[i];

		if (f->facet != facet)
			continue;
		if (!v)
			return true;
		if (f->range	 ? v->number >= f->min && v->number <= f->max
			: f->key ? f->key == v->key
				 : str_eq(f->value, text))
			return true;
	}
	return false;
}

static struct search_count *find(
	struct search_facet_counts *r, const struct search_value *v, str text)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->v[i].key == v->key && (v->key || str_eq(r->v[i].text, text)))
			return &r->v[i];
	return NULL;
}

static struct search_facet_counts *result_of(
	struct counting *c, struct facets *out, const struct search_facet *f)
{
	const struct search_index *x = c->m->x;
	struct search_facet_counts *r;

	for (size_t i = 0; i < out->n; i++)
		if (out->v[i].id == f->id)
			return &out->v[i];
	r = ARENA_PUSH(c->a, out);
	*r = (struct search_facet_counts){.id = f->id,
		.name = str_of(x->text + f->name),
		.min = INFINITY,
		.max = -INFINITY,
		.unit = str_of(x->text + f->unit),
		.number = f->number,
		.chosen = chosen(c->q, f->id, NULL, S(""))};
	return r;
}

static void emit(struct counting *c, struct search_facet_counts *r, uint32_t value)
{
	const struct search_index *x = c->m->x;
	const struct search_value *v = &x->values[value];
	int64_t n = c->n[value - c->first];
	str text = str_of(x->text + v->text);
	struct search_count *s = find(r, v, text);

	if (c->sampled && n < SEARCH_COUNT_MORE)
		n = found_count_list(c->b, v->list, SEARCH_COUNT_MORE);
	if (!s) {
		s = ARENA_PUSH(c->a, r);
		*s = (struct search_count){.key = v->key, .text = text, .number = v->number};
	}
	s->n += n;
	s->more |= c->sampled && n >= SEARCH_COUNT_MORE;
	s->chosen = chosen(c->q, r->id, v, text);
}

static void emit_values(struct counting *c, struct facets *out, const struct search_facet *f)
{
	struct search_facet_counts *r = result_of(c, out, f);
	uint32_t best[SEARCH_VALUES_SHOWN], n = 0;

	for (uint32_t v = f->first; v < f->first + f->n; v++) {
		uint32_t have = c->n[v - c->first], i;

		if (!have)
			continue;
		if (f->number && !isnan(c->m->x->values[v].number)) {
			r->min = fmin(r->min, c->m->x->values[v].number);
			r->max = fmax(r->max, c->m->x->values[v].number);
		}
		if (r->chosen && chosen(c->q, f->id, &c->m->x->values[v],
					 str_of(c->m->x->text + c->m->x->values[v].text)))
			continue; /* below, in any case */
		if (n == SEARCH_VALUES_SHOWN && have <= c->n[best[n - 1] - c->first])
			continue;
		i = n < SEARCH_VALUES_SHOWN ? n++ : n - 1;
		for (; i && c->n[best[i - 1] - c->first] < have; i--)
			best[i] = best[i - 1];
		best[i] = v;
	}
	for (size_t i = 0; i < c->q->filters_n; i++) {
		const struct search_filter *q = &c->q->filters[i];
		const struct search_value *v;

		if (q->facet != f->id || q->range)
			continue;
		v = search_index_value(c->m->x, f, q->key, q->value);
		if (v && !find(r, v, q->value))
			emit(c, r, (uint32_t)(v - c->m->x->values));
	}
	for (uint32_t i = 0; i < n; i++)
		emit(c, r, best[i]);
}

/* The tree, one step down from the category at hand. */
static void emit_categories(struct counting *c, struct facets *out, const struct search_facet *f)
{
	const struct search_index *x = c->m->x;
	struct search_facet_counts *r = result_of(c, out, f);
	uint32_t parent = 0;

	for (size_t i = 0; i < c->q->filters_n; i++)
		if (c->q->filters[i].facet == SEARCH_CATEGORY) {
			const struct search_value *v =
				search_index_value(x, f, c->q->filters[i].key, S(""));

			parent = v ? (uint32_t)(v - x->values) + 1 : UINT32_MAX;
		}
	for (uint32_t v = f->first; v < f->first + f->n; v++)
		if (x->values[v].parent == parent && (c->sampled || c->n[v - c->first]))
			emit(c, r, v);
}

struct cover {
	uint32_t facet, docs;
};

static int by_cover(const void *p, const void *q)
{
	const struct cover *x = p, *y = q;

	return x->docs != y->docs ? (x->docs < y->docs ? 1 : -1)
				  : (x->facet > y->facet) - (x->facet < y->facet);
}

/* Attributes that most of the found have and that divide them. */
static void emit_attributes(struct counting *c, struct facets *out)
{
	const struct search_index *x = c->m->x;
	struct cover *cover = arena_array(c->a, struct cover, x->facets_n + 1);
	size_t n = 0;

	for (uint32_t i = 0; i < x->facets_n; i++) {
		const struct search_facet *f = &x->facets[i];
		uint32_t docs = 0, most = 0, different = 0;

		if (f->id <= 0 || !f->shown || chosen(c->q, f->id, NULL, S("")))
			continue;
		for (uint32_t v = f->first - c->first; v < f->first - c->first + f->n; v++) {
			docs += c->n[v];
			different += c->n[v] != 0;
			most = c->n[v] > most ? c->n[v] : most;
		}
		/* nothing to choose, or as many values as offers */
		if (different < 2 || (!f->number && different > 16 && different * 2 > docs))
			continue;
		cover[n++] = (struct cover){i, docs};
	}
	qsort(cover, n, sizeof *cover, by_cover);
	for (size_t i = 0; i < n && i < SEARCH_FACETS_SHOWN; i++)
		emit_values(c, out, &x->facets[cover[i].facet]);
}

void facets_count(
	struct arena *a, struct match *m, const struct search_query *q, struct facets *out)
{
	const struct search_index *x = m->x;
	struct counting c = {.a = a, .m = m, .q = q, .b = &m->found}, alone = c;
	struct found others;

	count(&c, 0, x->values_n);
	for (uint32_t i = 0; i < x->facets_n; i++) {
		const struct search_facet *f = &x->facets[i];

		if (f->id == SEARCH_CATEGORY) {
			emit_categories(&c, out, f);
		} else if (chosen(q, f->id, NULL,
				   S(""))) { /* its other values: as if it were not chosen */
			others = found_make(a, m, f->id);
			alone.b = &others;
			count(&alone, f->first, f->n);
			emit_values(&alone, out, f);
		} else if (f->id < 0) {
			emit_values(&c, out, f);
		}
	}
	emit_attributes(&c, out);
}

static int by_count(const void *p, const void *q)
{
	const struct search_count *x = p, *y = q;

	if (x->chosen != y->chosen)
		return x->chosen ? -1 : 1;
	if (x->n != y->n)
		return x->n < y->n ? 1 : -1;
	return str_cmp(x->text, y->text);
}

static int by_number(const void *p, const void *q)
{
	const struct search_count *x = p, *y = q;

	if (isnan(x->number) != isnan(y->number))
		return isnan(x->number) ? 1 : -1;
	return (x->number > y->number) - (x->number < y->number);
}

void facets_finish(struct facets *f)
{
	size_t kept = 0;

	for (size_t i = 0; i < f->n; i++) {
		struct search_facet_counts *r = &f->v[i];
		size_t most = r->id == SEARCH_CATEGORY ? CATEGORIES_SHOWN : SEARCH_VALUES_SHOWN,
		       have = 0;

		for (size_t k = 0; k < r->n; k++)
			if (r->v[k].n || r->v[k].chosen)
				r->v[have++] = r->v[k];
		r->n = have;
		if (!r->n)
			continue;
		qsort(r->v, r->n, sizeof *r->v, by_count);
		if (r->n > most)
			r->n = most;
		if (r->number)
			qsort(r->v, r->n, sizeof *r->v, by_number);
		if (r->n)
			f->v[kept++] = *r;
	}
	f->n = kept;
}
