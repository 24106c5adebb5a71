/* search_pg: the judged queries on the program's own index, and on full text in PostgreSQL over the
 * same catalogue, in turns, one connection, in one run.
 *
 *	search_pg FILE INDEX QUERIES ADDRESS     ADDRESS: an empty database, postgresql://...
 *
 * The database's side is what its manual recommends for such a page: a stored tsvector with weights
 * and a GIN index, part numbers by B-tree (exact, beginnings) and pg_trgm (pieces), unknown words
 * replaced by the nearest one of the catalogue's dictionary (ts_stat, pg_trgm), filters before
 * anything is cut, ranking of the thousand best only, exact count, the counts of makers, categories
 * and of the values of those thousand. Each query is two statements, planned with its values: one
 * plan for all would have to serve words and no words alike. */
#include "bench/queries.h"
#include "store/pg/libpq.h"

enum { ROUNDS_PG = 3, ROW_BYTES_MAX = 1 << 20, WORDS_MAX = 16 };

static const char tables[] =
	"create extension if not exists pg_trgm;"
	"create table loaded (id bigint, key text, sku text, maker text, leaf bigint, top bigint,"
	" price bigint, stock bigint, number text, title text, about text, vals text[], words "
	"text)";

static const char made[] =
	"set maintenance_work_mem = '1GB';"
	"create table part as select id, key, sku, maker, leaf, top, price, stock, vals,"
	" setweight(to_tsvector('simple', number || ' ' || title || ' ' || maker), 'A') ||"
	" setweight(to_tsvector('simple', words), 'B') ||"
	" setweight(to_tsvector('simple', about), 'D') as doc from loaded;"
	"drop table loaded;"
	"alter table part add primary key (id);"
	"create index part_doc on part using gin (doc);"
	"create index part_key on part (key text_pattern_ops);"
	"create index part_sku on part (sku text_pattern_ops);"
	"create index part_pieces on part using gin (key gin_trgm_ops);"
	"create index part_vals on part using gin (vals);"
	"create index part_leaf on part (leaf);"
	"create index part_top on part (top);"
	"create index part_price on part (price);"
	"create table word as select word, ndoc from"
	" ts_stat('select doc from part') where length(word) >= 3;"
	"create unique index word_word on word (word);"
	"create index word_like on word using gist (word gist_trgm_ops(siglen = 64));"
	"analyze part; analyze word";

/* $1 words; of those that nobody wrote the nearest one that somebody did. */
static const char dictionary[] =
	"select q.w, coalesce(d.word, n.word, q.w) from unnest($1::text[]) with ordinality q(w, i)"
	" left join word d on d.word = q.w"
	" left join lateral (select word from word where d.word is null and length(q.w) >= 4"
	" and not exists (select from part where key like q.w || '%')"
	" order by word <-> q.w limit 1) n on true order by q.i";

/* $1 tsquery, $2 part key, $3 category, $4 maker, $5 in stock, $6 value, $7 and $8 prices. */
static const char page[] =
	"with hit as materialized (select id, key, sku, maker, leaf, top, price, stock, doc, vals"
	" from part where ($1::text = '' or doc @@ to_tsquery('simple', $1) or"
	" ($2::text <> '' and (key like $2 || '%' or sku like $2 || '%' or"
	" (length($2) >= 4 and key like '%' || $2 || '%'))))"
	" and ($3::bigint = 0 or leaf = $3 or top = $3) and ($4::text = '' or maker = $4)"
	" and (not $5::bool or stock > 0) and ($6::text = '' or vals @> array[$6])"
	" and ($7::bigint < 0 or price between $7 and $8::bigint)),"
	" best as materialized (select * from hit order by (key = $2 or sku = $2) desc, stock desc"
	" limit 1000),"
	" first as (select id from best order by (key = $2 or sku = $2) desc,"
	" case when $1 = '' then 0 else ts_rank(doc, to_tsquery('simple', $1)) end desc,"
	" stock desc, id limit 20)"
	" select 0, id::text, 0 from first"
	" union all select 1, '', count(*) from hit"
	" union all (select 2, maker, count(*) from hit group by maker order by 3 desc limit 10)"
	" union all (select 3, leaf::text, count(*) from hit group by leaf order by 3 desc limit "
	"10)"
	" union all (select 4, v, count(*) from best, unnest(vals) v group by v order by 3 desc"
	" limit 60)";

struct side {
	int64_t *us;
	size_t n;
	size_t firsts, found; /* of part numbers: first; of queries: with an answer */
};

static PGresult *good(PGconn *c, PGresult *r)
{
	int is = pq.PQresultStatus(r);

	if (is != PQ_COMMAND_OK && is != PQ_TUPLES_OK)
		fault(FAULT_OUTSIDE, "%s", pq.PQerrorMessage(c));
	return r;
}

static void run(PGconn *c, const char *sql)
{
	pq.PQclear(good(c, pq.PQexec(c, sql)));
}

/* ---- the catalogue goes in ---- */

static void cell(struct out *o, str text, bool last)
{
	for (size_t i = 0; i < text.n; i++) {
		char ch = text.p[i];

		if (ch == '\\' || ch == '\t' || ch == '\n' || ch == '\r')
			out_fmt(o, "\\%c",
				ch == '\t'   ? 't'
				: ch == '\n' ? 'n'
				: ch == '\r' ? 'r'
					     : ch);
		else
			out_char(o, ch);
	}
	out_char(o, last ? '\n' : '\t');
}

static void cell_int(struct out *o, int64_t v)
{
	out_fmt(o, "%lld\t", (long long)v);
}

/* {"1001\tvalue", ...}: as the filter names them. */
static str values_of(struct arena *a, str attributes, struct out *words)
{
	struct attribute_value v;
	struct out o;

	out_init(&o, a, 1024, ROW_BYTES_MAX, NULL);
	out_char(&o, '{');
	for (int n = 0; attributes_next(&attributes, &v); n++) {
		out_fmt(&o, "%s\"%lld=", n ? "," : "", (long long)v.attribute);
		for (size_t i = 0; i < v.value.n; i++) {
			if (v.value.p[i] == '"' || v.value.p[i] == '\\')
				out_char(&o, '\\');
			out_char(&o, v.value.p[i]);
		}
		out_char(&o, '"');
		out_str(words, v.value);
		out_char(words, ' ');
	}
	out_char(&o, '}');
	return out_view(&o);
}

static void row_out(struct out *o, struct arena *a, const struct import_row *r,
	const struct search_doc *d, const struct naive_category *path)
{
	struct out words;
	int64_t price = 0;

	out_init(&words, a, 1024, ROW_BYTES_MAX, NULL);
	str vals = values_of(a, d->attributes, &words);

	out_str(&words, path[0].name);
	out_char(&words, ' ');
	out_str(&words, path[1].name);
	tiers_price(&r->tiers, 1, &price);
	cell_int(o, d->offer);
	cell(o, part_key(a, r->part_number), false);
	cell(o, part_key(a, r->sku), false);
	cell(o, r->maker, false);
	cell_int(o, path[0].id);
	cell_int(o, path[1].id);
	cell_int(o, price);
	cell_int(o, r->stock);
	cell(o, r->part_number, false);
	cell(o, r->title, false);
	cell(o, r->description, false);
	cell(o, vals, false);
	cell(o, out_view(&words), true);
}

static void load(PGconn *c, const char *file)
{
	struct arena *a = arena_make((size_t)1 << 30);
	struct catalogue *in = arena_new(a, struct catalogue);
	struct naive_category path[3];
	struct import_row r;
	struct search_doc d;
	double from = seconds();

	in->a = a;
	in->row = arena_make((size_t)64 << 20);
	run(c, tables);
	pq.PQclear(pq.PQexec(c, "copy loaded from stdin"));
	catalogue_open(in, file);
	while (catalogue_next(in, 0, &r, &d, path)) {
		struct out o;

		out_init(&o, in->row, 4096, ROW_BYTES_MAX, NULL);
		row_out(&o, in->row, &r, &d, path);
		str row = out_view(&o);

		if (pq.PQputCopyData(c, row.p, (int)row.n) != 1)
			fault(FAULT_OUTSIDE, "%s", pq.PQerrorMessage(c));
	}
	import_file_close(in->file);
	pq.PQputCopyEnd(c, NULL);
	pq.PQclear(good(c, pq.PQgetResult(c)));
	while (pq.PQgetResult(c))
		;
	run(c, made);
	printf("# %lld offers in PostgreSQL with their indexes in %.0f s\n", (long long)in->rows,
		seconds() - from);
	arena_free(in->row);
	arena_free(a);
}

/* ---- a query ---- */

static void array_put(struct out *o, str word, int n)
{
	out_str(o, n ? S(",\"") : S("\""));
	out_str(o, word); /* letters and digits */
	out_char(o, '"');
}

/* The words as PostgreSQL's dictionary corrects them, as a query of all of them. */
static str tsquery_of(PGconn *c, struct arena *a, str text)
{
	const char *values[1];
	struct search_words w;
	struct out o, q;
	str word;
	int n = 0;

	out_init(&o, a, 256, 1 << 16, NULL);
	out_init(&q, a, 256, 1 << 16, NULL);
	out_char(&o, '{');
	search_words_start(&w, text, false);
	while (n < WORDS_MAX && search_words_next(&w, &word))
		array_put(&o, word, n++);
	out_char(&o, '}');
	out_char(&o, 0);
	if (!n)
		return S("");
	values[0] = out_view(&o).p;
	PGresult *r = good(c, pq.PQexecParams(c, dictionary, 1, NULL, values, NULL, NULL, 0));

	for (int i = 0; i < pq.PQntuples(r); i++)
		out_fmt(&q, "%s'%s':*", i ? " & " : "", pq.PQgetvalue(r, i, 1));
	pq.PQclear(r);
	return out_view(&q);
}

static const char *int_text(struct arena *a, int64_t v)
{
	return str_fmt(a, "%lld", (long long)v).p;
}

/* Of the filters the one of each kind that these queries use; ranges are left out on both sides. */
static void values_fill(PGconn *c, struct arena *a, const struct judged *j, const char *v[8])
{
	const struct search_query *q = &j->q;

	v[0] = str_fmt(a, STR_FMT, STR_ARG(tsquery_of(c, a, q->text))).p;
	v[1] = str_fmt(a, STR_FMT, STR_ARG(part_key(a, q->text))).p;
	v[2] = "0";
	v[3] = v[5] = "";
	v[4] = "f";
	for (size_t i = 0; i < q->filters_n; i++) {
		const struct search_filter *f = &q->filters[i];

		if (f->facet == SEARCH_CATEGORY)
			v[2] = int_text(a, f->key);
		else if (f->facet == SEARCH_STOCK)
			v[4] = "t";
		else if (f->facet == SEARCH_MAKER)
			v[3] = str_fmt(a, STR_FMT, STR_ARG(f->value)).p;
		else if (!f->range)
			v[5] = str_fmt(a, "%lld=" STR_FMT, (long long)f->facet, STR_ARG(f->value))
				       .p;
	}
	v[6] = int_text(a, q->price_max >= 0 ? q->price_min : -1);
	v[7] = int_text(a, q->price_max);
}

static void ask_database(PGconn *c, struct arena *a, const struct judged *j, struct side *s)
{
	const char *v[8];
	int64_t from = clock_mono_us();

	values_fill(c, a, j, v);
	PGresult *r = good(c, pq.PQexecParams(c, page, 8, NULL, v, NULL, NULL, 0));

	s->us[s->n++] = clock_mono_us() - from;
	bool hit = pq.PQntuples(r) && *pq.PQgetvalue(r, 0, 0) == '0';

	s->found += hit;
	s->firsts += hit && j->number.n && strtoll(pq.PQgetvalue(r, 0, 1), NULL, 10) == j->offer;
	pq.PQclear(r);
}

static void ask_index(
	const struct search_index *x, struct arena *a, const struct judged *j, struct side *s)
{
	int64_t from = clock_mono_us();
	struct search_result r = search_run(a, &x, 1, &j->q);

	s->us[s->n++] = clock_mono_us() - from;
	s->found += r.hits_n != 0;
	s->firsts += r.hits_n && j->number.n && r.hits[0].offer == j->offer;
}

static void side_print(const char *name, struct side *s, size_t numbers)
{
	qsort(s->us, s->n, sizeof *s->us, by_us);
	printf("# %s: p50 %.2f ms, p90 %.2f, p99 %.2f, most %.2f; an answer to %zu queries, %zu of "
	       "%zu part numbers first\n",
		name, quantile_ms(s->us, s->n, 50), quantile_ms(s->us, s->n, 90),
		quantile_ms(s->us, s->n, 99), quantile_ms(s->us, s->n, 100), s->found / ROUNDS_PG,
		s->firsts / ROUNDS_PG, numbers);
}

static void measure(PGconn *c, const struct search_index *x, const struct set *s)
{
	struct arena *a = arena_make((size_t)1 << 30), *work = arena_make((size_t)64 << 20);
	struct side own = {.us = arena_array(a, int64_t, s->n * ROUNDS_PG)};
	struct side peer = {.us = arena_array(a, int64_t, s->n * ROUNDS_PG)};
	size_t numbers = 0;

	for (int round = -1; round < ROUNDS_PG; round++) {
		if (!round) /* the first warmed both */
			own.n = own.found = own.firsts = peer.n = peer.found = peer.firsts = 0;
		for (size_t i = 0; i < s->n; i++) {
			arena_reset(work);
			ask_index(x, work, &s->v[i], &own);
			ask_database(c, work, &s->v[i], &peer);
			numbers += round < 0 && s->v[i].number.n;
		}
		if (round < 0)
			printf("# %zu queries asked once of each\n", s->n);
	}
	side_print("the program's index", &own, numbers);
	side_print("PostgreSQL", &peer, numbers);
	bar("search_beside_postgresql_p50",
		quantile_ms(own.us, own.n, 50) / quantile_ms(peer.us, peer.n, 50), "times", "<=1",
		own.us[own.n / 2] <= peer.us[peer.n / 2]);
	bar("search_beside_postgresql_p99",
		quantile_ms(own.us, own.n, 99) / quantile_ms(peer.us, peer.n, 99), "times", "<=1",
		quantile_ms(own.us, own.n, 99) <= quantile_ms(peer.us, peer.n, 99));
	arena_free(work);
	arena_free(a);
}

int main(int argc, char **argv)
{
	struct arena *a = arena_make((size_t)1 << 30);
	struct set *s = arena_new(a, struct set);
	struct search_index x;
	struct fault_point fp;
	const char *why;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!FAULT_TRY(fp)) {
		fprintf(stderr, "search_pg: %s\n", fp.what);
		return 1;
	}
	if (argc != 5)
		fault(FAULT_OUTSIDE, "usage: search_pg FILE INDEX QUERIES ADDRESS");
	libpq_load();
	const char *keys[] = {"dbname", NULL}, *values[] = {argv[4], NULL};
	PGconn *c = pq.PQconnectdbParams(keys, values, 1);

	if (pq.PQstatus(c) != PQ_OK)
		fault(FAULT_OUTSIDE, "%s", pq.PQerrorMessage(c));
	set_read(s, argv[3]);
	set_derive(s, a, argv[1]);
	if (!search_index_open(argv[2], &x, &why))
		fault(FAULT_OUTSIDE, "%s is %s", argv[2], why);
	load(c, argv[1]);
	run(c, "set jit = off");
	measure(c, &x, s);
	pq.PQfinish(c);
	search_index_close(&x);
	FAULT_END(fp);
	return 0;
}
