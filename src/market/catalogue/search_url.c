/* search_url: addresses of searches. Every filter is a link away, with and without script. */
#include "market/catalogue/search_page.h"

#include <stdio.h>

static void put(struct out *o, bool *first, const char *name, str value)
{
	if (!value.n)
		return;
	out_char(o, *first ? '?' : '&');
	out_fmt(o, "%s=", name);
	esc_part_str(o, value);
	*first = false;
}

static void put_id(struct out *o, bool *first, const char *name, int64_t id)
{
	if (id)
		put(o, first, name, id_text(o->arena, id));
}

static void put_int(struct out *o, bool *first, const char *name, int64_t v)
{
	if (v)
		put(o, first, name, str_fmt(o->arena, "%lld", (long long)v));
}

static void put_picks(struct out *o, bool *first, const char *name, const struct form_rows *rows,
	bool skip, size_t nth)
{
	const struct search_pick *v = rows->v;
	char field[24];

	for (size_t i = 0, n = 0; i < rows->n; i++)
		if (!skip || i != nth) {
			snprintf(field, sizeof field, "%s.%zu.v", name, n++);
			put(o, first, field, v[i].value);
		}
}

static void put_spans(
	struct out *o, bool *first, const struct form_rows *rows, bool skip, size_t nth)
{
	const struct search_span *v = rows->v;
	char field[24];

	for (size_t i = 0, n = 0; i < rows->n; i++) {
		if (skip && i == nth)
			continue;
		snprintf(field, sizeof field, "range.%zu.id", n);
		put_id(o, first, field, v[i].id);
		snprintf(field, sizeof field, "range.%zu.min", n);
		put(o, first, field, v[i].min);
		snprintf(field, sizeof field, "range.%zu.max", n++);
		put(o, first, field, v[i].max);
	}
}

str search_url(struct arena *a, const struct search_asked *q, struct search_change c)
{
	struct out o;
	bool first = true;

	out_init(&o, a, 256, 64 << 10, &locales[0]);
	out_lit(&o, "/search");
	if (c.leave != PART_TEXT)
		put(&o, &first, "q", c.text.p ? c.text : q->q);
	put_int(&o, &first, "quantity", q->quantity);
	put(&o, &first, "sort", q->sort);
	if (c.leave == PART_ALL)
		return out_view(&o);
	if (c.category || c.leave != PART_CATEGORY)
		put_id(&o, &first, "category", c.category ? c.category : q->category);
	if (c.leave != PART_SUPPLIER)
		put_id(&o, &first, "supplier", q->supplier);
	if (c.leave != PART_STOCK && q->stock)
		put(&o, &first, "stock", S("1"));
	if (c.leave != PART_PRICE) {
		put(&o, &first, "price_min", q->price_min);
		put(&o, &first, "price_max", q->price_max);
	}
	put(&o, &first, "currency", q->currency);
	put_picks(&o, &first, "maker", &q->maker, c.leave == PART_MAKER, c.nth);
	put_picks(&o, &first, "f", &q->f, c.leave == PART_F, c.nth);
	put_spans(&o, &first, &q->range, c.leave == PART_RANGE, c.nth);
	return out_view(&o);
}

str search_field_value(struct arena *a, int64_t facet, str value)
{
	return str_fmt(a, "%lld=" STR_FMT, (long long)facet, STR_ARG(value));
}
