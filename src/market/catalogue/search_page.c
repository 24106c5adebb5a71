/* search_page: the handlers. What matches comes from the index, what is shown from the database. */
#include "market/catalogue/search_page.h"
#include "market/catalogue/search_database.h"

#include "market/catalogue/shop.h"

#include "gen/search.html.h"

#include <math.h>
#include <stdlib.h>

static const struct code sorts[] = {{"relevance", MSG_search_sort_relevance},
	{"price", MSG_search_sort_price}, {"stock", MSG_search_sort_stock},
	{"newest", MSG_search_sort_newest}, {0}};

FORM(search_pick_form, struct search_pick,
	{.name = "v",
		.kind = FIELD_TEXT,
		.data = NOT_PERSONAL,
		.required = true,
		.max = ATTRIBUTE_VALUE_CHARS_MAX + 24,
		AT(struct search_pick, value),
		.label = MSG_search_value});
FORM(search_span_form, struct search_span,
	{.name = "id",
		.kind = FIELD_ID,
		.required = true,
		AT(struct search_span, id),
		.label = MSG_search_value},
	{.name = "min",
		.kind = FIELD_TEXT,
		.data = NOT_PERSONAL,
		.max = 24,
		AT(struct search_span, min),
		.label = MSG_search_least},
	{.name = "max",
		.kind = FIELD_TEXT,
		.data = NOT_PERSONAL,
		.max = 24,
		AT(struct search_span, max),
		.label = MSG_search_most});
FORM(search_form, struct search_asked,
	{.name = "q",
		.kind = FIELD_TEXT,
		.data = NOT_PERSONAL,
		.max = 200,
		AT(struct search_asked, q),
		.label = MSG_look_search},
	{.name = "category",
		.kind = FIELD_ID,
		AT(struct search_asked, category),
		.label = MSG_search_category},
	{.name = "supplier",
		.kind = FIELD_ID,
		AT(struct search_asked, supplier),
		.label = MSG_search_supplier},
	{.name = "quantity",
		.kind = FIELD_INT,
		.min = 1,
		.max = SEARCH_QUANTITY_MAX,
		AT(struct search_asked, quantity),
		.label = MSG_search_quantity},
	{.name = "sort",
		.kind = FIELD_CODE,
		.codes = sorts,
		AT(struct search_asked, sort),
		.label = MSG_search_sort},
	{.name = "stock",
		.kind = FIELD_BOOL,
		AT(struct search_asked, stock),
		.label = MSG_search_in_stock},
	{.name = "price_min",
		.kind = FIELD_TEXT,
		.data = NOT_PERSONAL,
		.max = 20,
		AT(struct search_asked, price_min),
		.label = MSG_search_least},
	{.name = "price_max",
		.kind = FIELD_TEXT,
		.data = NOT_PERSONAL,
		.max = 20,
		AT(struct search_asked, price_max),
		.label = MSG_search_most},
	{.name = "currency",
		.kind = FIELD_TEXT,
		.data = NOT_PERSONAL,
		.min = 3,
		.max = 3,
		AT(struct search_asked, currency),
		.label = MSG_search_currency},
	{.name = "maker",
		.kind = FIELD_ROWS,
		.max = 16,
		.rows = &search_pick_form,
		AT(struct search_asked, maker),
		.label = MSG_search_maker},
	{.name = "f",
		.kind = FIELD_ROWS,
		.max = 32,
		.rows = &search_pick_form,
		AT(struct search_asked, f),
		.label = MSG_search_value},
	{.name = "range",
		.kind = FIELD_ROWS,
		.max = 32,
		.rows = &search_span_form,
		AT(struct search_asked, range),
		.label = MSG_search_value},
	{.name = "page",
		.kind = FIELD_INT,
		.min = 1,
		.max = SEARCH_HITS_MAX / SEARCH_PAGE_HITS,
		AT(struct search_asked, page),
		.label = MSG_look_page});

/* ---- from the form to a query ---- */

/* By its id, and the index that has it: its texts lie there. NULL: none has. */
static const struct search_facet *facet_by(
	const struct search_view *view, int64_t id, const struct search_index **x)
{
	const struct search_facet *f = NULL;

	for (size_t i = 0; i < view->n && !f; i++) {
		*x = view->v[i];
		f = search_index_facet(*x, id);
	}
	return f;
}

/* A number as it is typed: "0.1", "10k", "2 mm"; without a unit it is in the facet's. */
static bool number_of(const struct search_view *view, int64_t facet, str s, double *v)
{
	const struct search_index *x;
	const struct search_facet *f = facet_by(view, facet, &x);

	return quantity_in(s, f ? str_of(x->text + f->unit) : S(""), v);
}

static bool micro_of(str s, str currency, int64_t *micro)
{
	struct price p;

	*micro = -1;
	if (!s.n)
		return true;
	if (!price_parse(s, currency.n ? currency : S("EUR"), &p))
		return false;
	*micro = p.micro;
	return true;
}

static void filter(struct search_filter *v, size_t *n, struct search_filter f)
{
	v[(*n)++] = f;
}

/* False, with form errors, if a field does not say what it should. */
static bool query_of(struct req *r, const struct search_view *view,
	const struct search_asked *asked, struct search_query *q)
{
	struct search_filter *v = arena_array(r->arena, struct search_filter, SEARCH_FILTERS_MAX);
	const struct search_pick *f = asked->f.v, *maker = asked->maker.v;
	const struct search_span *range = asked->range.v;
	size_t n = 0;

	*q = (struct search_query){.text = asked->q,
		.filters = v,
		.quantity = asked->quantity ? asked->quantity : 1,
		.currency = asked->currency,
		.n = SEARCH_PAGE_HITS,
		.facets = true,
		.from = asked->page > 1 ? (size_t)(asked->page - 1) * SEARCH_PAGE_HITS : 0};
	q->sort = str_eq(asked->sort, S("price"))    ? SEARCH_BY_PRICE
		  : str_eq(asked->sort, S("stock"))  ? SEARCH_BY_STOCK
		  : str_eq(asked->sort, S("newest")) ? SEARCH_BY_NEWEST
						     : SEARCH_BY_RELEVANCE;
	if (!micro_of(asked->price_min, asked->currency, &q->price_min))
		form_error(r, "price_min", TEXT(search_bad_number));
	if (!micro_of(asked->price_max, asked->currency, &q->price_max))
		form_error(r, "price_max", TEXT(search_bad_number));
	if (asked->category)
		filter(v, &n,
			(struct search_filter){.facet = SEARCH_CATEGORY, .key = asked->category});
	if (asked->supplier)
		filter(v, &n,
			(struct search_filter){.facet = SEARCH_SUPPLIER, .key = asked->supplier});
	if (asked->stock)
		filter(v, &n, (struct search_filter){.facet = SEARCH_STOCK, .value = S("1")});
	for (size_t i = 0; i < asked->maker.n; i++)
		filter(v, &n,
			(struct search_filter){.facet = SEARCH_MAKER, .value = maker[i].value});
	for (size_t i = 0; i < asked->f.n; i++) {
		str value = f[i].value, id = str_cut(&value, '=');
		int64_t facet;

		if (value.p && str_int(id, &facet) && facet > 0)
			filter(v, &n, (struct search_filter){.facet = facet, .value = value});
		else
			form_error(r, str_fmt(r->arena, "f.%zu.v", i).p, TEXT(search_bad_value));
	}
	for (size_t i = 0; i < asked->range.n; i++) {
		struct search_filter x = {
			.facet = range[i].id, .range = true, .min = -INFINITY, .max = INFINITY};

		if (range[i].min.n && !number_of(view, range[i].id, range[i].min, &x.min))
			form_error(r, str_fmt(r->arena, "range.%zu.min", i).p,
				TEXT(search_bad_number));
		if (range[i].max.n && !number_of(view, range[i].id, range[i].max, &x.max))
			form_error(r, str_fmt(r->arena, "range.%zu.max", i).p,
				TEXT(search_bad_number));
		if (range[i].min.n || range[i].max.n)
			filter(v, &n, x);
	}
	q->filters_n = n;
	const struct form_error *e;

	return form_errors(r, &e) == 0;
}

/* ---- what is shown ---- */

static str say(struct req *r, struct text t)
{
	struct out o;

	out_init(&o, r->arena, 128, 64 << 10, r->locale);
	out_text_plain(&o, t);
	return out_view(&o);
}

static struct text why_text(const struct search_reason *w)
{
	switch (w->why) {
	case WHY_NUMBER: return TEXT(search_why_number);
	case WHY_NUMBER_PART: return TEXT(search_why_number_part, w->word);
	case WHY_TITLE: return TEXT(search_why_title, w->word);
	case WHY_VALUE:
		return w->name.n ? TEXT(search_why_attribute, w->word, w->name, w->value)
				 : TEXT(search_why_value, w->word, w->value);
	case WHY_TEXT: return TEXT(search_why_text, w->word);
	case WHY_BEGINS: return TEXT(search_why_begins, w->word);
	case WHY_QUALITY: return TEXT(search_why_quality);
	}
	return text_none();
}

static str why_of(struct req *r, const struct search_hit *h)
{
	str s = {NULL, 0};

	for (size_t i = 0; i < h->reasons_n; i++) {
		str one = say(r, why_text(&h->reasons[i]));

		s = s.n ? str_fmt(r->arena, STR_FMT "; " STR_FMT, STR_ARG(s), STR_ARG(one)) : one;
	}
	return s;
}

/* Attributes' names come from the index: it has them all at hand. */
static str facts_of(struct req *r, const struct search_view *view, str attributes)
{
	struct attribute_value v;
	struct out o;
	int n = 0;

	out_init(&o, r->arena, 256, 16 << 10, r->locale);
	while (n < SEARCH_FACTS_SHOWN && attributes_next(&attributes, &v)) {
		const struct search_index *x;
		const struct search_facet *f = facet_by(view, v.attribute, &x);

		if (!f || !f->shown || v.value.n > 40)
			continue;
		out_fmt(&o, "%s%s " STR_FMT, n++ ? " · " : "", x->text + f->name, STR_ARG(v.value));
	}
	return out_view(&o);
}

static int by_offer(const void *a, const void *b)
{
	const struct search_offers_row *x = a, *y = b;

	return (x->id.v > y->id.v) - (x->id.v < y->id.v);
}

static int by_product(const void *a, const void *b)
{
	const struct search_others_row *x = a, *y = b;

	return (x->id.v > y->id.v) - (x->id.v < y->id.v);
}

/* The offers as they are now, those left out that are gone or whose product is not to be seen; by
 * id. Few at a time: a page's. */
static struct search_offers_rows offers_now(struct db *db, const struct offer_id *v, size_t n)
{
	struct search_offers_rows o = n ? search_offers(db, v, n) : (struct search_offers_rows){0};
	struct product_id *ids = arena_array(db->arena, struct product_id, o.n + 1);
	struct search_others_rows others = {0};
	size_t wanted = 0, kept = 0;

	for (size_t i = 0; i < o.n; i++)
		if (!o.v[i].title.p)
			ids[wanted++] = o.v[i].product_id;
	if (wanted)
		others = search_others(db, ids, wanted);
	for (size_t i = 0; i < o.n; i++) {
		const struct search_others_row key = {.id = o.v[i].product_id}, *p = NULL;

		if (!o.v[i].title.p && others.n)
			p = bsearch(&key, others.v, others.n, sizeof key, by_product);
		if (p) {
			o.v[i].title = p->title;
			o.v[i].manufacturer = p->manufacturer;
			o.v[i].part_number = p->part_number;
			o.v[i].attributes = p->attributes;
			o.v[i].picture = p->picture;
		}
		if (o.v[i].title.p)
			o.v[kept++] = o.v[i];
	}
	o.n = kept;
	return o;
}

/* NULL: taken off a moment ago. */
static const struct search_offers_row *offer_now(
	const struct search_offers_rows *now, int64_t offer)
{
	const struct search_offers_row key = {.id = {offer}};

	return now->n ? bsearch(&key, now->v, now->n, sizeof key, by_offer) : NULL;
}

static void item_add(struct req *r, const struct search_view *view, const struct search_query *q,
	const struct search_hit *h, const struct search_offers_row *row, struct search_shown *v)
{
	struct search_item *x = &v->items[v->items_n++];
	int64_t micro = 0;

	*x = (struct search_item){.offer_id = row->id,
		.product_id = row->product_id,
		.company_id = row->company_id,
		.part_number = row->part_number,
		.manufacturer = row->manufacturer,
		.title = row->title,
		.supplier = row->company_name,
		.sku = row->sku,
		.free = row->free,
		.min_quantity = row->min_quantity,
		.lead_days = row->lead_days,
		.score = h->score,
		.unit = row->unit,
		.picture = row->picture,
		.quantity = q->quantity > row->min_quantity ? q->quantity : row->min_quantity};
	if (tiers_price_of(row->tiers, x->quantity, &micro))
		x->unit_price = price_of(micro, row->currency);
	x->why = why_of(r, h);
	x->facts = facts_of(r, view, row->attributes);
}

static void items_read(struct req *r, const struct search_view *view, const struct search_query *q,
	struct search_shown *v)
{
	struct offer_id *ids = arena_array(r->arena, struct offer_id, v->found.hits_n + 1);

	for (size_t i = 0; i < v->found.hits_n; i++)
		ids[i] = (struct offer_id){v->found.hits[i].offer};
	struct search_offers_rows now = offers_now(r->db, ids, v->found.hits_n);

	v->items = arena_array(r->arena, struct search_item, v->found.hits_n + 1);
	for (size_t i = 0; i < v->found.hits_n; i++) {
		const struct search_offers_row *row = offer_now(&now, v->found.hits[i].offer);

		if (row)
			item_add(r, view, q, &v->found.hits[i], row, v);
	}
}

static void chip(struct search_shown *v, struct text label, str url)
{
	v->chips[v->chips_n++] = (struct chosen){label, url};
}

static str facet_name(const struct search_view *view, int64_t id)
{
	const struct search_index *x;
	const struct search_facet *f = facet_by(view, id, &x);

	return f ? str_of(x->text + f->name) : S("");
}

static void chips_of(struct req *r, const struct search_view *view, struct search_shown *v)
{
	const struct search_asked *q = v->asked;
	const struct search_pick *f = q->f.v, *maker = q->maker.v;
	const struct search_span *range = q->range.v;
	struct search_company_row company;
	struct arena *a = r->arena;

	v->chips = arena_array(a, struct chosen, SEARCH_FILTERS_MAX);
	if (q->category)
		chip(v, AS_TEXT(v->category),
			search_url(a, q, (struct search_change){PART_CATEGORY, 0, 0, {0}}));
	if (q->supplier && search_company(r->db, (struct company_id){q->supplier}, &company))
		chip(v, AS_TEXT(company.name),
			search_url(a, q, (struct search_change){PART_SUPPLIER, 0, 0, {0}}));
	if (q->stock)
		chip(v, TEXT(search_in_stock),
			search_url(a, q, (struct search_change){PART_STOCK, 0, 0, {0}}));
	if (q->price_min.n || q->price_max.n)
		chip(v, TEXT(search_chip_price, q->price_min, q->price_max),
			search_url(a, q, (struct search_change){PART_PRICE, 0, 0, {0}}));
	for (size_t i = 0; i < q->maker.n; i++)
		chip(v, AS_TEXT(maker[i].value),
			search_url(a, q, (struct search_change){PART_MAKER, i, 0, {0}}));
	for (size_t i = 0; i < q->f.n; i++) {
		str value = f[i].value, id = str_cut(&value, '=');
		int64_t facet = 0;

		if (str_int(id, &facet))
			chip(v, TEXT(search_chip, facet_name(view, facet), value),
				search_url(a, q, (struct search_change){PART_F, i, 0, {0}}));
	}
	for (size_t i = 0; i < q->range.n; i++)
		chip(v,
			TEXT(search_chip_range, facet_name(view, range[i].id), range[i].min,
				range[i].max),
			search_url(a, q, (struct search_change){PART_RANGE, i, 0, {0}}));
	v->again = search_url(a, q, (struct search_change){PART_ALL, 0, 0, {0}});
}

static void pager_of(struct req *r, struct search_shown *v)
{
	const struct search_asked *q = v->asked;
	str here = search_url(r->arena, q, (struct search_change){PART_NONE, 0, 0, {0}});
	int64_t most = v->found.total < SEARCH_HITS_MAX ? v->found.total : SEARCH_HITS_MAX;
	struct pager *p = &v->pager;

	p->page = q->page ? q->page : 1;
	p->pages = (most + SEARCH_PAGE_HITS - 1) / SEARCH_PAGE_HITS;
	p->more = v->found.total > most;
	p->base =
		str_fmt(r->arena, STR_FMT "%cpage=", STR_ARG(here), str_has(here, '?') ? '&' : '?');
	if (p->page > 1)
		p->prev =
			str_fmt(r->arena, STR_FMT "%lld", STR_ARG(p->base), (long long)p->page - 1);
	if (p->page < p->pages)
		p->next =
			str_fmt(r->arena, STR_FMT "%lld", STR_ARG(p->base), (long long)p->page + 1);
}

/* ---- JSON ---- */

static const struct row_field item_fields[] = {
	{"offer_id", ROW_ID, offsetof(struct search_item, offer_id), false, "offer_id", NULL},
	{"product_id", ROW_ID, offsetof(struct search_item, product_id), false, "product_id", NULL},
	{"company_id", ROW_ID, offsetof(struct search_item, company_id), false, "company_id", NULL},
	{"part_number", ROW_STR, offsetof(struct search_item, part_number), false, NULL, NULL},
	{"manufacturer", ROW_STR, offsetof(struct search_item, manufacturer), false, NULL, NULL},
	{"title", ROW_STR, offsetof(struct search_item, title), false, NULL, NULL},
	{"supplier", ROW_STR, offsetof(struct search_item, supplier), false, NULL, NULL},
	{"sku", ROW_STR, offsetof(struct search_item, sku), false, NULL, NULL},
	{"quantity", ROW_INT, offsetof(struct search_item, quantity), false, NULL, NULL},
	{"unit_price", ROW_PRICE, offsetof(struct search_item, unit_price), false, NULL, NULL},
	{"free", ROW_INT, offsetof(struct search_item, free), false, NULL, NULL},
	{"min_quantity", ROW_INT, offsetof(struct search_item, min_quantity), false, NULL, NULL},
	{"lead_days", ROW_INT, offsetof(struct search_item, lead_days), false, NULL, NULL},
	{"score", ROW_INT, offsetof(struct search_item, score), false, NULL, NULL},
	{"why", ROW_STR, offsetof(struct search_item, why), false, NULL, NULL},
};
const struct row_desc search_item_desc = {
	"search_item", item_fields, COUNT(item_fields), sizeof(struct search_item)};

static void json_facet(struct json *j, const struct search_facet_counts *f)
{
	json_open(j);
	json_key(j, "name");
	json_str(j, f->name);
	if (f->id > 0) {
		json_key(j, "id");
		json_id(j, f->id);
	}
	json_key(j, "unit");
	json_str(j, f->unit.n ? f->unit : (str){NULL, 0});
	json_key(j, "values");
	json_list(j);
	for (size_t i = 0; i < f->n; i++) {
		const struct search_count *c = &f->v[i];

		json_open(j);
		json_key(j, "value");
		json_str(j, c->text);
		if (c->key) {
			json_key(j, "id");
			json_id(j, c->key);
		}
		json_key(j, "count");
		json_int(j, search_count_said(c));
		json_key(j, "at_least");
		json_bool(j, c->more);
		json_key(j, "chosen");
		json_bool(j, c->chosen);
		json_close(j);
	}
	json_end(j);
	json_close(j);
}

static int answer_json(struct req *r, const struct search_shown *v)
{
	struct json j = json_to(r->out);

	json_open(&j);
	json_key(&j, "items");
	json_list(&j);
	for (size_t i = 0; i < v->items_n; i++)
		json_row(&j, &search_item_desc, &v->items[i]);
	json_end(&j);
	json_key(&j, "total");
	json_int(&j, v->found.total);
	json_key(&j, "more");
	json_bool(&j, v->found.more);
	json_key(&j, "read_as");
	json_str(&j, v->found.read_as);
	json_key(&j, "left_out");
	json_str(&j, v->found.left_out);
	json_key(&j, "facets");
	json_list(&j);
	for (size_t i = 0; i < v->found.facets_n; i++)
		json_facet(&j, &v->found.facets[i]);
	json_end(&j);
	json_key(&j, "took_us");
	json_int(&j, v->found.took_us);
	json_key(&j, "next");
	json_str(&j, v->pager.next.p ? str_fmt(r->arena, "%lld", (long long)v->pager.page + 1)
				     : (str){NULL, 0});
	json_close(&j);
	answer_type(r, "application/json");
	return 200;
}

/* ---- handlers ---- */

/* A form sends the row of each facet of numbers, mostly empty: those say nothing. */
static size_t spans_given(struct search_span *v, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (v[i].min.n || v[i].max.n)
			v[kept++] = v[i];
	return kept;
}

/* No index was taken: the database is asked. */
static struct search_result find(
	struct req *r, struct search_view *view, const struct search_query *q)
{
	return view->n && view->snapshot ? search_run(r->arena, view->v, view->n, q)
					 : search_database_run(r->db, q, view);
}

static int show(struct req *r, struct search_view *view)
{
	struct search_asked asked = *(const struct search_asked *)r->form;
	struct search_shown v = {.asked = &asked};
	struct search_category_row c;
	struct search_query q;

	asked.range.n = spans_given(asked.range.v, asked.range.n);
	if (!view->n && asked.range.n)
		*view = search_database_view(r->db, asked.q);
	if (!query_of(r, view, v.asked, &q))
		return problem(r, 400, TEXT(search_bad_number));
	if (v.asked->category) {
		if (!search_category(r->db, (struct category_id){v.asked->category}, &c))
			return problem(r, 404, text_none());
		v.category = c.name;
		v.crumbs = category_crumbs(r->db, c.id, true);
	}
	v.found = find(r, view, &q);
	items_read(r, view, &q, &v);
	pager_of(r, &v);
	if (r->api)
		return answer_json(r, &v);
	chips_of(r, view, &v);
	search_results_page(r->out, r, &v);
	return 200;
}

/* The index stays mapped while its texts are printed, whatever happens. */
static int with_view(struct req *r, int (*show_it)(struct req *, struct search_view *))
{
	bool database = search_database_there(r->db);
	struct search_view view = database ? (struct search_view){0} : search_view_take();
	struct fault_point fp;
	volatile int status = 500;

	if (!view.n && !database)
		return problem(r, 503, TEXT(search_preparing));
	if (FAULT_TRY(fp)) {
		status = show_it(r, &view);
		FAULT_END(fp);
		search_view_give(&view);
		return status;
	}
	search_view_give(&view);
	fault(fp.kind, "%s", fp.what);
}

int search_show(struct req *r)
{
	return with_view(r, show);
}

struct suggest_asked {
	str q;
};
FORM(suggest_form, struct suggest_asked,
	{.name = "q",
		.kind = FIELD_TEXT,
		.data = NOT_PERSONAL,
		.max = 200,
		AT(struct suggest_asked, q),
		.label = MSG_look_search});

static int suggest(struct req *r, struct search_view *view)
{
	const struct suggest_asked *asked = r->form;
	struct search_suggestion s[SEARCH_SUGGESTIONS];
	size_t n = view->n ? search_suggest(r->arena, view->v, view->n, asked->q, s)
			   : search_database_suggest(r->db, asked->q, s);
	struct offer_id ids[SEARCH_SUGGESTIONS];
	size_t ids_n = 0;
	struct json j = json_to(r->out);

	for (size_t i = 0; i < n; i++)
		if (s[i].kind == SUGGEST_NUMBER)
			ids[ids_n++] = (struct offer_id){s[i].key};
	struct search_offers_rows now = offers_now(r->db, ids, ids_n);

	json_open(&j);
	json_key(&j, "items");
	json_list(&j);
	for (size_t i = 0; i < n; i++) {
		str text = s[i].text, note = S(""), url = {NULL, 0};

		if (s[i].kind == SUGGEST_NUMBER) {
			const struct search_offers_row *o = offer_now(&now, s[i].key);

			if (!o)
				continue;
			text = o->part_number;
			note = o->manufacturer;
		} else if (s[i].kind == SUGGEST_CATEGORY) {
			note = say(r, TEXT(search_category));
			url = str_fmt(r->arena, "/search?category=" STR_FMT,
				STR_ARG(id_text(r->arena, s[i].key)));
		}
		json_open(&j);
		json_key(&j, "text");
		json_str(&j, text);
		json_key(&j, "note");
		json_str(&j, note);
		json_key(&j, "url");
		json_str(&j, url);
		json_close(&j);
	}
	json_end(&j);
	json_close(&j);
	answer_type(r, "application/json");
	return 200;
}

int search_suggest_show(struct req *r)
{
	return with_view(r, suggest);
}
