/* Any bytes as CSV: every byte is in a row or in a refusal, and rows are what they
 * were cut from; then
 * the same bytes as a supplier's file. The first byte says how the source is cut. */
#include "market/catalogue/import.h"

struct source {
	const uint8_t *p;
	size_t n, piece;
};

static ssize_t give(void *ctx, void *p, size_t n)
{
	struct source *s = ctx;

	n = n < s->piece ? n : s->piece;
	n = n < s->n ? n : s->n;
	memcpy(p, s->p, n);
	s->p += n;
	s->n -= n;
	return (ssize_t)n;
}

static void rows(struct arena *a, struct source s)
{
	struct csv *c = csv_make(a, give, &s);
	struct csv_row row;
	enum csv_result r;
	int64_t line = 0;

	while ((r = csv_next(c, &row)) != CSV_END) {
		MUST(row.line > line);
		line = row.line;
		if (r != CSV_ROW)
			continue;
		MUST(row.n > 0 && row.n <= CSV_FIELDS_MAX);
		for (size_t i = 0; i < row.n; i++)
			MUST(row.field[i].n <= row.raw.n && row.field[i].p[row.field[i].n] == 0);
	}
}

static void products(struct arena *a, struct source s)
{
	static const str units[] = {S("piece"), S("box")}, terms[] = {S("FCA")};
	const struct import_names names = {units, terms, 2, 1};
	struct import_refusal no;
	struct import_row row;
	enum import_result r;
	str why;
	struct import *in = import_open(a, give, &s, &names, &why);

	while (in && (r = import_next(in, a, &row, &no)) != IMPORT_END) {
		if (r == IMPORT_REFUSED) {
			MUST(no.why > IMPORT_OK && no.why < IMPORT_WHYS);
			continue;
		}
		MUST(row.sku.n && row.tiers.n && row.currency.n == 3);
		MUST(str_utf8(row.sku) && str_utf8(row.title) && str_utf8(row.description));
		for (size_t i = 0; i < row.attributes_n; i++)
			MUST(str_utf8(row.attributes[i].value) &&
				!str_has(row.attributes[i].value, '\n'));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *a = arena_make((size_t)256 << 20);
	size_t piece = n && data[0] < 32 ? data[0] + 1u : SIZE_MAX;

	rows(a, (struct source){data, n, piece});
	products(a, (struct source){data, n, piece});
	arena_free(a);
	return 0;
}
