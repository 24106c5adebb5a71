/* search: the search bars on a real catalogue.
 *
 *	search build FILE INDEX [COPIES]             makes an index from the parts file
 *	search judge FILE INDEX QUERIES              recall@20 against exhaustive ranking
 *	search time FILE INDEX QUERIES NAME [BASE]   in process: p50, p99; BASE: the small one's
 *	search http FILE ADDRESS:PORT QUERIES SECONDS NAME [RATE MS]
 *	                                             paced: 16 connections, RATE (200) queries/s,
 *	                                             p99 below MS (10) */
#include "bench/queries.h"

enum { RATE = 200, P99_MS = 10 };

/* ---- build ---- */

static void build(const char *file, const char *index, int copies)
{
	struct arena *a = arena_make((size_t)20 << 30), *row = arena_make((size_t)64 << 20);
	struct catalogue *c = arena_new(a, struct catalogue);
	struct naive_category path[3];
	struct import_row r;
	struct search_doc d;
	double start = seconds();

	c->a = a;
	c->row = row;
	c->build = search_build_start(a);
	for (int copy = 0; copy < copies; copy++) {
		catalogue_open(c, file);
		while (catalogue_next(c, copy, &r, &d, path))
			search_build_add(c->build, &d);
		import_file_close(c->file);
	}
	search_build_finish(c->build, index, 0);
	printf("# %lld offers indexed in %.1f s, reading included\n", (long long)c->rows,
		seconds() - start);
	arena_free(row);
	arena_free(a);
}

static void open_index(const char *path, struct search_index *x)
{
	const char *why;
	double start = seconds();

	if (!search_index_open(path, x, &why))
		fault(FAULT_OUTSIDE, "%s is %s", path, why);
	printf("# %u offers, %zu MB, opened and verified in %.3f s\n", x->docs, x->bytes >> 20,
		seconds() - start);
}

/* ---- judge ---- */

static struct naive *naive_read(struct arena *a, const char *file)
{
	struct naive *n = arena_new(a, struct naive);
	struct catalogue *c = arena_new(a, struct catalogue);
	struct naive_category path[3];
	struct import_row r;
	struct search_doc d;

	n->a = c->a = a;
	c->row = arena_make((size_t)64 << 20);
	catalogue_open(c, file);
	while (catalogue_next(c, 0, &r, &d, path))
		naive_add(n, &d, path);
	import_file_close(c->file);
	arena_free(c->row);
	return n;
}

static double recall_of(struct naive *n, struct arena *a, const struct search_index *x,
	const struct judged *j, bool *exact)
{
	struct search_result r = search_run(a, &x, 1, &j->q);
	struct tokens t;
	size_t total, without = SIZE_MAX, want, got = 0;

	tokens_read(a, &x, 1, j->q.text, &t);
	for (size_t i = 0; i < t.n; i++)
		if (r.left_out.p && str_eq(t.v[i].word, r.left_out))
			without = i;
	struct naive_hit *h = naive_run(n, a, &t, &j->q, without, &total);

	want = total < 20 ? total : 20;
	for (size_t i = 0; i < want; i++)
		for (size_t k = 0; k < r.hits_n; k++)
			got += r.hits[k].offer == n->docs.v[h[i].doc].offer;
	*exact = (int64_t)total == r.total || (r.more && (int64_t)total >= r.total);
	if (!*exact)
		printf("# %lld found, there are %zu\n", (long long)r.total, total);
	if (j->number.n &&
		(!r.hits_n || !str_eq(n->docs.v[r.hits[0].offer - 1].keys[0], j->number))) {
		bool same = false; /* a SKU or another maker's number may read the same */

		for (int k = 0; r.hits_n && k < 3; k++)
			same |= str_eq(n->docs.v[r.hits[0].offer - 1].keys[k], j->number);
		*exact &= same;
	}
	return want ? (double)got / (double)want : 1;
}

/* A span makes sense for attributes that are numbers, as the index sees them. */
static void spans_of_numbers(const struct search_index *x, struct judged *j)
{
	size_t kept = 0;

	for (size_t i = 0; i < j->q.filters_n; i++) {
		const struct search_facet *f = search_index_facet(x, j->filter[i].facet);

		if (!j->filter[i].range || (f && f->number))
			j->filter[kept++] = j->filter[i];
	}
	j->q.filters_n = kept;
}

static void judge(const char *file, const char *index, const char *queries)
{
	struct arena *a = arena_make((size_t)12 << 30), *work = arena_make((size_t)2 << 30);
	struct set *s = arena_new(a, struct set);
	struct search_index x;
	double sum = 0, least = 1;
	size_t inexact = 0, numbers = 0;

	set_read(s, queries);
	set_derive(s, a, file);
	open_index(index, &x);
	struct naive *n = naive_read(a, file);

	for (size_t i = 0; i < s->n; i++) {
		bool exact;
		double r;

		spans_of_numbers(&x, &s->v[i]);

		arena_reset(work);
		r = recall_of(n, work, &x, &s->v[i], &exact);
		sum += r;
		least = r < least ? r : least;
		numbers += s->v[i].number.n != 0;
		if (!exact || r < 0.95)
			printf("# %s %lld %s \"" STR_FMT "\": recall %.2f%s\n", s->v[i].kind,
				(long long)s->v[i].row, s->v[i].options, STR_ARG(s->v[i].q.text), r,
				exact ? "" : ", count or first hit differs");
		inexact += !exact;
	}
	printf("# %zu judged queries, %zu of them part numbers; least recall %.2f\n", s->n, numbers,
		least);
	bar("search_recall_at_20", sum / (double)s->n, "share", ">=0.95",
		s->n >= 200 && sum / (double)s->n >= 0.95);
	bar("search_counts_and_first_hits_wrong", (double)inexact, "queries", "0", !inexact);
	search_index_close(&x);
	arena_free(work);
	arena_free(a);
}

/* ---- time ---- */

static void time_engine(
	const char *file, const char *index, const char *queries, const char *name, double base)
{
	enum { ROUNDS = 5, SLOW_US = 3000 };
	struct arena *a = arena_make((size_t)1 << 30), *work = arena_make((size_t)64 << 20);
	struct set *s = arena_new(a, struct set);
	struct search_index x;
	const struct search_index *xs = &x;
	int64_t *us;
	size_t n = 0;

	set_read(s, queries);
	set_derive(s, a, file);
	open_index(index, &x);
	us = arena_array(a, int64_t, s->n * ROUNDS + 1);
	for (int round = 0; round <= ROUNDS; round++) /* the first warms the page cache */
		for (size_t i = 0; i < s->n; i++) {
			arena_reset(work);
			int64_t took = search_run(work, &xs, 1, &s->v[i].q).took_us;

			if (round)
				us[n++] = took;
			if (round == ROUNDS && took > SLOW_US)
				printf("# %s %s \"" STR_FMT "\": %lld us\n", s->v[i].kind,
					s->v[i].options, STR_ARG(s->v[i].q.text), (long long)took);
		}
	qsort(us, n, sizeof *us, by_us);
	printf("# %s: p50 %.2f ms, p90 %.2f, p99 %.2f, most %.2f\n", name, quantile_ms(us, n, 50),
		quantile_ms(us, n, 90), quantile_ms(us, n, 99), quantile_ms(us, n, 100));
	double p99_us = quantile_ms(us, n, 99) * 1e3;

	printf("p99_us %.0f\n", p99_us);
	if (base > 0)
		bar("search_growth_by_ten_p99", p99_us / base, "times", "<=2", p99_us <= 2 * base);
	search_index_close(&x);
	arena_free(work);
	arena_free(a);
}

/* ---- http ---- */

static str url_of(struct arena *a, const struct judged *j)
{
	struct out o;

	out_init(&o, a, 256, 1 << 16, NULL);
	out_lit(&o, "/search?q=");
	esc_part_str(&o, j->q.text);
	out_fmt(&o, "&quantity=%lld", (long long)j->q.quantity);
	if (j->q.sort != SEARCH_BY_RELEVANCE)
		out_fmt(&o, "&sort=%s",
			j->q.sort == SEARCH_BY_PRICE   ? "price"
			: j->q.sort == SEARCH_BY_STOCK ? "stock"
						       : "newest");
	if (j->q.price_max >= 0)
		out_fmt(&o, "&price_min=%lld.%06lld&price_max=%lld.%06lld",
			(long long)(j->q.price_min / 1000000),
			(long long)(j->q.price_min % 1000000),
			(long long)(j->q.price_max / 1000000),
			(long long)(j->q.price_max % 1000000));
	for (size_t i = 0; i < j->q.filters_n; i++) {
		if (j->filter[i].facet == SEARCH_STOCK)
			out_lit(&o, "&stock=1");
		if (j->filter[i].facet == SEARCH_MAKER) {
			out_lit(&o, "&maker.0.v=");
			esc_part_str(&o, j->filter[i].value);
		}
		if (j->filter[i].facet > 0 &&
			!j->filter[i].range) { /* ids are those of a first import: in order */
			out_fmt(&o, "&f.0.v=%lld%%3D", (long long)(j->filter[i].facet - 999));
			esc_part_str(&o, j->filter[i].value);
		}
	}
	return out_view(&o);
}

static str query_request(void *ctx, struct arena *a, size_t i)
{
	const struct set *s = ctx;

	return str_fmt(a, "GET " STR_FMT " HTTP/1.1\r\nHost: localhost\r\n\r\n",
		STR_ARG(url_of(a, &s->v[i * 37 % s->n])));
}

static void http(const char *file, const char *address, const char *queries, int secs,
	const char *name, int rate, int most_ms)
{
	struct arena *a = arena_make((size_t)1 << 30);
	struct set *s = arena_new(a, struct set);
	struct paced p = {.to = address_of(address),
		.rate = rate,
		.seconds = secs,
		.request = query_request,
		.ctx = s};

	set_read(s, queries);
	set_derive(s, a, file);
	paced_run(&p, a);
	double p99 = quantile_ms(p.us, p.n, 99);

	printf("# %s: %zu queries in %d s, %zu not answered with 200; seen by the client: p50 "
	       "%.2f ms, p90 %.2f, p99 %.2f, most %.2f\n",
		name, p.n, secs, p.wrong, quantile_ms(p.us, p.n, 50), quantile_ms(p.us, p.n, 90),
		p99, quantile_ms(p.us, p.n, 100));
	bar(name, p99, "ms", str_fmt(a, "<%d", most_ms).p, p99 < most_ms && !p.wrong);
	arena_free(a);
}

int main(int argc, char **argv)
{
	struct fault_point fp;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!FAULT_TRY(fp)) {
		fprintf(stderr, "search: %s\n", fp.what);
		return 1;
	}
	if (argc >= 4 && !strcmp(argv[1], "build"))
		build(argv[2], argv[3], argc > 4 ? atoi(argv[4]) : 1);
	else if (argc == 5 && !strcmp(argv[1], "judge"))
		judge(argv[2], argv[3], argv[4]);
	else if (argc >= 6 && !strcmp(argv[1], "time"))
		time_engine(argv[2], argv[3], argv[4], argv[5], argc > 6 ? atof(argv[6]) : 0);
	else if ((argc == 7 || argc == 9) && !strcmp(argv[1], "http"))
		http(argv[2], argv[3], argv[4], atoi(argv[5]), argv[6],
			argc > 7 ? atoi(argv[7]) : RATE, argc > 7 ? atoi(argv[8]) : P99_MS);
	else
		fault(FAULT_OUTSIDE, "see the top of bench/search.c for how to call it");
	FAULT_END(fp);
	return 0;
}
