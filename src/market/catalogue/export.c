/* A supplier's offers as a CSV file that the import reads back: the same columns and words. */
#include "market/catalogue/upload.h"

#include "market/catalogue/shop.h"

#include "gen/export.sql.h"

#include <stdlib.h>

/* What a file may hold: less than an answer may, whatever the texts are like. */
enum { EXPORT_BYTES_MAX = PAGE_BYTES_MAX - (1 << 20), EXPORT_NAMES_MAX = 4096 };

void csv_field(struct out *o, str s)
{
	bool formula = s.n && strchr("=+-@\t\r", s.p[0]), quote = formula;

	for (size_t i = 0; i < s.n && !quote; i++)
		quote = s.p[i] == ',' || s.p[i] == '"' || s.p[i] == '\n' || s.p[i] == '\r';
	if (!quote) {
		out_str(o, s);
		return;
	}
	out_char(o, '"');
	if (formula)
		out_char(o, '\'');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"')
			out_char(o, '"');
		out_char(o, s.p[i]);
	}
	out_char(o, '"');
}

/* Millionths as the import reads them: 9.5, 0.0021. */
static void micro_put(struct out *o, int64_t micro)
{
	int64_t part = micro % 1000000;
	int digits = 6;

	out_fmt(o, "%lld", (long long)(micro / 1000000));
	if (!part)
		return;
	for (; part % 10 == 0; digits--)
		part /= 10;
	out_fmt(o, ".%0*lld", digits, (long long)part);
}

static str tiers_field(struct arena *a, str column)
{
	struct tiers t = {0};
	struct out o;

	out_init(&o, a, 128, 4096, NULL);
	(void)tiers_parse(column, &t);
	for (size_t i = 0; i < t.n; i++) {
		out_fmt(&o, "%s%lld:", i ? ";" : "", (long long)t.v[i].quantity);
		micro_put(&o, t.v[i].micro);
	}
	return out_view(&o);
}

/* Ids of attributes are small and given in order: each is looked up once in a file. */
struct names {
	struct db *db;
	str v[EXPORT_NAMES_MAX];
};

static str attribute_named(struct names *n, int64_t id)
{
	struct product_attribute_row a;
	bool keep = id > 0 && id < EXPORT_NAMES_MAX;

	if (keep && n->v[id].p)
		return n->v[id];
	str name = product_attribute(n->db, (struct attribute_id){id}, &a) ? a.name : S("");

	if (keep)
		n->v[id] = name;
	return name;
}

static str attributes_field(struct names *n, str column)
{
	struct attribute_value x;
	struct out o;

	if (!column.n)
		return S("");
	out_init(&o, n->db->arena, 512, 1 << 20, NULL);
	struct json j = json_to(&o);

	json_open(&j);
	while (attributes_next(&column, &x)) {
		str name = attribute_named(n, x.attribute);

		if (name.n) {
			json_key(&j, str_dup(n->db->arena, name).p);
			json_str(&j, x.value);
		}
	}
	json_close(&j);
	return out_view(&o);
}

static void texts_put(struct out *o, const str *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		csv_field(o, v[i]);
		out_char(o, ',');
	}
}

static void row_put(struct out *o, struct names *names, const struct export_offers_row *v)
{
	size_t cut = str_find(v->category, S(" / "));
	bool below = cut != (size_t)-1;
	const str first[] = {v->sku, v->part_number, v->manufacturer,
		below ? str_sub(v->category, 0, cut) : v->category,
		below ? str_sub(v->category, cut + 3, v->category.n) : S(""), v->title,
		v->description, v->currency, tiers_field(o->arena, v->tiers)};
	const str last[] = {unit_name((int)v->unit), v->gtin, v->hs_code, v->origin, v->ships_from,
		v->incoterm ? incoterm_name((int)v->incoterm) : S(""), v->incoterm_place,
		attributes_field(names, v->attributes), offer_state_name((int)v->state)};
	const int64_t numbers[] = {v->on_hand, v->min_quantity, v->step_quantity, v->lead_days};

	texts_put(o, first, COUNT(first));
	for (size_t i = 0; i < COUNT(numbers); i++)
		out_fmt(o, "%lld,", (long long)numbers[i]);
	if (v->weight_grams.is)
		out_fmt(o, "%lld", (long long)v->weight_grams.v);
	out_char(o, ',');
	texts_put(o, last, COUNT(last));
	out_fmt(o, "%lld\r\n", (long long)v->reserved);
}

static void text_take(struct export_offers_row *to, const struct export_others_row *p)
{
	to->category = p->category;
	to->part_number = p->part_number;
	to->manufacturer = p->manufacturer;
	to->title = p->title;
	to->description = p->description;
	to->attributes = p->attributes;
	to->gtin = p->gtin;
	to->hs_code = p->hs_code;
	to->origin = p->origin;
	to->weight_grams = p->weight_grams;
}

static int by_product(const void *a, const void *b)
{
	const struct export_others_row *x = a, *y = b;

	return (x->id.v > y->id.v) - (x->id.v < y->id.v);
}

/* One piece of the file, with the text of products that other companies keep. */
static struct export_offers_rows piece_read(struct db *db, struct offer_id before)
{
	struct export_offers_rows rows = export_offers(db, before);
	struct product_id *ids = arena_array(db->arena, struct product_id, rows.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < rows.n; i++)
		if (!rows.v[i].title.p)
			ids[n++] = rows.v[i].product_id;
	if (!n)
		return rows;
	struct export_others_rows others = export_others(db, ids, n);

	for (size_t i = 0; i < rows.n && others.n; i++) {
		const struct export_others_row key = {.id = rows.v[i].product_id};
		const struct export_others_row *p =
			bsearch(&key, others.v, others.n, sizeof key, by_product);

		if (!rows.v[i].title.p && p)
			text_take(&rows.v[i], p);
	}
	return rows;
}

int offers_csv_show(struct req *r)
{
	const struct upload_query *q = r->form;
	struct offer_id before =
		q->before.v ? (struct offer_id){q->before.v} : (struct offer_id){INT64_MAX};
	struct names *names = arena_new(r->arena, struct names);
	size_t n = 0;

	names->db = r->db;
	answer_download(r, S("offers.csv"), "text/csv; charset=utf-8");
	out_lit(r->out,
		"sku,part_number,manufacturer,category,subcategory,title,description,"
		"currency,price_tiers,stock,min_quantity,step_quantity,lead_days,weight_grams,"
		"unit,gtin,hs_code,origin,ships_from,incoterm,incoterm_place,attributes,state,"
		"reserved\r\n");
	while (n < OFFER_EXPORT_ROWS) {
		struct export_offers_rows rows = piece_read(r->db, before);

		for (size_t i = 0; i < rows.n; i++, n++) {
			row_put(r->out, names, &rows.v[i]);
			before = rows.v[i].id;
			if (r->out->n > EXPORT_BYTES_MAX)
				return problem(r, 422, TEXT(upload_export_large));
		}
		if (rows.n < EXPORT_PAGE_ROWS)
			return 200;
	}
	answer_header(r, "Link",
		str_fmt(r->arena, "%c%s?before=" STR_FMT "%c; rel=\"next\"", '<',
			r->api ? "/api/v1/offers/csv" : "/offers/csv",
			STR_ARG(id_text(r->arena, before.v)), '>'));
	return 200;
}

size_t export_parts(struct req *r, str v[EXPORT_PARTS_MAX])
{
	struct offer_id before = {INT64_MAX};
	struct export_mark_row mark;
	size_t n = 1;

	v[0] = S("/offers/csv");
	while (n < EXPORT_PARTS_MAX && export_mark(r->db, before, &mark)) {
		before = mark.id;
		v[n++] = str_fmt(r->arena, "/offers/csv?before=" STR_FMT,
			STR_ARG(id_text(r->arena, mark.id.v)));
	}
	return n;
}
