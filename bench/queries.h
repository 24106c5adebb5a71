/* The judged queries of bench/queries.txt, filled from the rows of whatever catalogue is given:
 * bench/search measures the program's own index with them, bench/search_pg PostgreSQL's beside. */
#ifndef KONTOR_BENCH_QUERIES_H
#define KONTOR_BENCH_QUERIES_H

#include "bench/bench.h"
#include "bench/catalogue.h"

enum { QUERIES_MAX = 1000 };

struct judged {
	char kind[32], options[120];
	int64_t row, offer; /* as the list says; which it became */
	struct search_query q;
	struct search_filter filter[4];
	str number; /* kind number: must be the first hit */
	int64_t facet_text;
};
struct set {
	struct judged v[QUERIES_MAX];
	size_t n;
};

BENCH_FN bool option(const struct judged *j, const char *name, int *value)
{
	const char *p = strstr(j->options, name);

	if (!p || (p != j->options && p[-1] != ' '))
		return false;
	p += strlen(name);
	*value = *p == '=' ? atoi(p + 1) : 1;
	return *p == '=' || *p == ' ' || !*p;
}

BENCH_FN void set_read(struct set *s, const char *path)
{
	FILE *f = fopen(path, "re");
	char line[300];

	if (!f)
		fault(FAULT_OUTSIDE, "%s cannot be read", path);
	while (fgets(line, sizeof line, f) && s->n < QUERIES_MAX) {
		struct judged *j = &s->v[s->n];
		long long row;
		int at = 0;

		if (*line == '#' || sscanf(line, "%31s %lld%n", j->kind, &row, &at) < 2)
			continue;
		j->row = row;
		snprintf(j->options, sizeof j->options, "%s", line + at + (line[at] == ' '));
		j->options[strcspn(j->options, "\n")] = 0;
		s->n++;
	}
	fclose(f);
}

BENCH_FN str nth_word(struct arena *a, str text, int nth, bool longest)
{
	struct search_words w;
	str word, best = {NULL, 0};

	search_words_start(&w, text, false);
	while (search_words_next(&w, &word)) {
		if (longest ? word.n > best.n : nth-- == 0)
			best = str_dup(a, word);
		if (!longest && best.n)
			break;
	}
	return best;
}

BENCH_FN str swapped(struct arena *a, str word)
{
	str s = str_dup(a, word);
	char *p = (char *)(uintptr_t)s.p;

	if (s.n >= 4) {
		char c = p[s.n / 2];

		p[s.n / 2] = p[s.n / 2 - 1];
		p[s.n / 2 - 1] = c;
	}
	return s;
}

BENCH_FN str nth_value(const struct search_doc *d, int nth, int64_t *id)
{
	struct attribute_value v = {0};
	str rest = d->attributes;

	for (int i = 0; attributes_next(&rest, &v) && i < nth; i++)
		;
	*id = v.attribute;
	return v.value;
}

BENCH_FN str text_of(struct arena *a, const struct judged *j, const struct import_row *r,
	const struct search_doc *d)
{
	const char *k = j->kind;
	str leaf = r->subcategory.n ? r->subcategory : r->category;
	int64_t id;
	int n = 0;

	if (!strcmp(k, "number"))
		return r->part_number;
	if (!strcmp(k, "number-typo"))
		return swapped(a, r->part_number);
	if (!strcmp(k, "head"))
		return option(j, "length", &n) ? str_sub(r->part_number, 0, (size_t)n)
					       : r->part_number;
	if (!strcmp(k, "piece")) {
		str key = part_key(a, r->part_number);
		size_t i = 1;

		while (i + 3 < key.n && naive_digit(key.p[i]) == naive_digit(key.p[i - 1]))
			i++;
		return str_sub(key, i, key.n);
	}
	if (!strcmp(k, "sku"))
		return r->sku;
	if (!strcmp(k, "maker-category"))
		return str_fmt(a, STR_FMT " " STR_FMT, STR_ARG(nth_word(a, r->maker, 0, false)),
			STR_ARG(nth_word(a, leaf, 0, true)));
	if (!strcmp(k, "category-value"))
		return str_fmt(a, STR_FMT " " STR_FMT, STR_ARG(nth_word(a, leaf, 0, true)),
			STR_ARG(nth_value(d, option(j, "nth", &n) ? n : 0, &id)));
	if (!strcmp(k, "two-values")) {
		(void)option(j, "nth", &n);
		return str_fmt(a, STR_FMT " " STR_FMT, STR_ARG(nth_value(d, n, &id)),
			STR_ARG(nth_value(d, n + 1, &id)));
	}
	if (!strcmp(k, "description"))
		return str_fmt(a, STR_FMT " " STR_FMT,
			STR_ARG(nth_word(a, r->description, 1, false)),
			STR_ARG(nth_word(a, r->description, 0, true)));
	if (!strcmp(k, "typo"))
		return swapped(a, nth_word(a, leaf, 0, true));
	if (!strcmp(k, "word"))
		return nth_word(a, r->category, 0, true);
	if (!strcmp(k, "category"))
		return S("");
	fault(FAULT_OUTSIDE, "a query of unknown kind %s", k);
}

BENCH_FN void filters_of(struct arena *a, struct judged *j, const struct import_row *r,
	const struct search_doc *d, const struct naive_category *path)
{
	struct search_query *q = &j->q;
	int n = 0;
	int64_t p = 0;

	q->filters = j->filter;
	if (option(j, "in-category", &n) || !strcmp(j->kind, "category"))
		j->filter[q->filters_n++] =
			(struct search_filter){.facet = SEARCH_CATEGORY, .key = path[0].id};
	if (option(j, "stock", &n))
		j->filter[q->filters_n++] =
			(struct search_filter){.facet = SEARCH_STOCK, .value = S("1")};
	if (option(j, "maker", &n) && r->maker.n)
		j->filter[q->filters_n++] = (struct search_filter){
			.facet = SEARCH_MAKER, .value = str_dup(a, r->maker)};
	if (option(j, "value", &n)) {
		struct search_filter f = {0};

		f.value = str_dup(a, nth_value(d, n, &f.facet));
		if (f.facet)
			j->filter[q->filters_n++] = f;
	} else if (option(j, "range", &n)) {
		struct search_filter f = {.range = true};
		str unit, text = nth_value(d, n, &f.facet);

		if (f.facet && quantity_parse(text, &f.min, &unit)) {
			f.max = f.min * 1.2;
			f.min *= 0.8;
			if (f.min < f.max)
				j->filter[q->filters_n++] = f;
		}
	}
	q->quantity = option(j, "quantity", &n) ? n : 1;
	if (option(j, "price", &n) && tiers_price(&r->tiers, q->quantity, &p)) {
		q->price_min = p / 2;
		q->price_max = p * 2;
	}
}

/* Turns the kinds into queries by the rows that they name. */
BENCH_FN void set_derive(struct set *s, struct arena *a, const char *file)
{
	struct catalogue *c = arena_new(a, struct catalogue);
	struct naive_category path[3];
	struct import_row r;
	struct search_doc d;
	int64_t rows = 0;

	c->a = a;
	c->row = arena_make((size_t)64 << 20);
	for (int pass = 0; pass < 2; pass++) {
		c->rows = 0;
		catalogue_open(c, file);
		while (catalogue_next(c, 0, &r, &d, path))
			for (size_t i = 0; pass && i < s->n; i++) {
				struct judged *j = &s->v[i];

				if (j->row % rows + 1 != c->rows)
					continue;
				j->offer = d.offer;
				j->q = (struct search_query){
					.sort = strstr(j->options, "sort=price")   ? SEARCH_BY_PRICE
						: strstr(j->options, "sort=stock") ? SEARCH_BY_STOCK
						: strstr(j->options, "sort=newest")
							? SEARCH_BY_NEWEST
							: SEARCH_BY_RELEVANCE,
					.n = 20,
					.facets = true,
					.price_min = -1,
					.price_max = -1,
					.currency = str_dup(a, r.currency)};
				j->q.text = str_sub(str_dup(a, text_of(a, j, &r, &d)), 0, 200);
				if (!str_utf8(j->q.text))
					j->q.text = str_dup(a, r.part_number);
				if (!strcmp(j->kind, "number"))
					j->number = part_key(a, r.part_number);
				filters_of(a, j, &r, &d, path);
			}
		import_file_close(c->file);
		rows = c->rows;
	}
	arena_free(c->row);
}

#endif
