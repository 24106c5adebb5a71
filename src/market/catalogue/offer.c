/* A supplier's offers: the list, the form, what may happen to one, the export. */
#include "market/catalogue/selling.h"

#include "market/catalogue/card.h"
#include "market/catalogue/shop.h"
#include "market/member/member.h"

#include "gen/offer.html.h"

/* ---- what may happen ---- */

#define SELLERS (BIT(ROLE_SALES) | BIT(ROLE_ADMIN))

static const struct transition offer_rows[] = {
	{0, OFFER_HAPPENING_DRAFT, OFFER_STATE_DRAFT, SELLERS},
	{0, OFFER_HAPPENING_PUBLISH, OFFER_STATE_LIVE, SELLERS},
	{OFFER_STATE_DRAFT, OFFER_HAPPENING_PUBLISH, OFFER_STATE_LIVE, SELLERS},
	{OFFER_STATE_LIVE, OFFER_HAPPENING_PAUSE, OFFER_STATE_PAUSED, SELLERS},
	{OFFER_STATE_PAUSED, OFFER_HAPPENING_RESUME, OFFER_STATE_LIVE, SELLERS},
	{OFFER_STATE_DRAFT, OFFER_HAPPENING_FINISH, OFFER_STATE_ENDED, SELLERS},
	{OFFER_STATE_LIVE, OFFER_HAPPENING_FINISH, OFFER_STATE_ENDED, SELLERS},
	{OFFER_STATE_PAUSED, OFFER_HAPPENING_FINISH, OFFER_STATE_ENDED, SELLERS},
	{OFFER_STATE_LIVE, OFFER_HAPPENING_TAKE_DOWN, OFFER_STATE_TAKEN_DOWN, BIT(ROLE_OPERATOR),
		.ask = true},
	{OFFER_STATE_PAUSED, OFFER_HAPPENING_TAKE_DOWN, OFFER_STATE_TAKEN_DOWN, BIT(ROLE_OPERATOR),
		.ask = true},
	{OFFER_STATE_TAKEN_DOWN, OFFER_HAPPENING_RESTORE, OFFER_STATE_PAUSED, BIT(ROLE_OPERATOR)},
};
const struct process offer_process =
	PROCESS("offer", offer_rows, offer_state_name, offer_happening_name);

struct text offer_state_text(int state)
{
	switch ((enum offer_state)state) {
	case OFFER_STATE_DRAFT: return TEXT(offer_state_draft);
	case OFFER_STATE_LIVE: return TEXT(offer_state_live);
	case OFFER_STATE_PAUSED: return TEXT(offer_state_paused);
	case OFFER_STATE_TAKEN_DOWN: return TEXT(offer_state_taken_down);
	case OFFER_STATE_ENDED: return TEXT(offer_state_ended);
	}
	return text_none();
}

int offer_state_tone(int state)
{
	return state == OFFER_STATE_LIVE	 ? TONE_GOOD
	       : state == OFFER_STATE_PAUSED	 ? TONE_WARN
	       : state == OFFER_STATE_TAKEN_DOWN ? TONE_BAD
						 : TONE_NEUTRAL;
}

struct text offer_do_text(int event)
{
	switch ((enum offer_happening)event) {
	case OFFER_HAPPENING_PUBLISH: return TEXT(offer_do_publish);
	case OFFER_HAPPENING_PAUSE: return TEXT(offer_do_pause);
	case OFFER_HAPPENING_RESUME: return TEXT(offer_do_resume);
	case OFFER_HAPPENING_FINISH: return TEXT(offer_do_finish);
	case OFFER_HAPPENING_DRAFT:
	case OFFER_HAPPENING_TAKE_DOWN:
	case OFFER_HAPPENING_RESTORE: return text_none();
	}
	return text_none();
}

/* ---- the list ---- */

struct offers_query {
	int state;
	str sku;
	struct offer_id before;
};
FORM(offers_query_form, struct offers_query,
	{.name = "state",
		.kind = FIELD_ENUM,
		AT(struct offers_query, state),
		.label = MSG_offer_state,
		.choices = "offer_state"},
	{.name = "sku",
		.kind = FIELD_TEXT,
		.data = NOT_PERSONAL,
		.max = OFFER_SKU_CHARS_MAX,
		AT(struct offers_query, sku),
		.label = MSG_offer_sku},
	{.name = "before",
		.kind = FIELD_ID,
		AT(struct offers_query, before),
		.label = MSG_shop_offers});

_Static_assert(sizeof(struct offer_own_row) == sizeof(struct offer_own_in_row),
	"the two lists have one row");
_Static_assert(sizeof(struct offer_own_row) == sizeof(struct offer_own_sku_row), "as has this one");
_Static_assert(
	sizeof(struct offer_own_row) == sizeof(struct offer_by_id_row), "as has the offer alone");

/* The words of products that other companies keep. */
static void others_words(struct db *db, struct offer_own_row *v, size_t n)
{
	struct card_list_rows others = cards_missing(db, &v->product_id, &v->title, n, sizeof *v);

	for (size_t i = 0; i < n && others.n; i++) {
		const struct card_list_row *c = card_of(&others, v[i].product_id);

		if (v[i].title.p || !c)
			continue;
		v[i].title = c->title;
		v[i].part_number = c->part_number;
	}
}

static bool offer_read(struct db *db, struct offer_id id, struct offer_by_id_row *o)
{
	if (!offer_by_id(db, id, o))
		return false;
	others_words(db, (void *)o, 1);
	return true;
}

static struct offer_own_rows page_of(
	struct db *db, const struct offers_query *q, struct offer_id before)
{
	if (q->sku.n) { /* everything that begins so stands from there up to U+10FFFF behind it */
		struct offer_own_sku_rows found = offer_own_sku(
			db, q->sku, str_cat(db->arena, q->sku, S("\xf4\x8f\xbf\xbf")));

		return (struct offer_own_rows){(void *)found.v, found.n, found.cap};
	}
	if (!q->state)
		return offer_own(db, before);
	struct offer_own_in_rows rows = offer_own_in(db, q->state, before);

	return (struct offer_own_rows){(void *)rows.v, rows.n, rows.cap};
}

int offers_show(struct req *r)
{
	const struct offers_query *q = r->form;
	struct offers_list l = {.state = q->state, .sku = q->sku};

	l.rows = page_of(r->db, q, q->before.v ? q->before : (struct offer_id){INT64_MAX});
	if (l.rows.n)
		others_words(r->db, l.rows.v, l.rows.n);
	if (l.rows.n == PAGE_ROWS && !q->sku.n)
		l.next = l.rows.v[PAGE_ROWS - 1].id;
	if (r->api)
		return answer_rows(r, &offer_own_desc, l.rows.v, l.rows.n,
			l.next.v ? id_text(r->arena, l.next.v) : (str){0});
	offer_list_page(r->out, r, &l);
	return 200;
}

/* ---- the form ---- */

static const struct code currencies[] = {{"EUR", 0}, {"USD", 0}, {"GBP", 0}, {"CHF", 0}, {"PLN", 0},
	{"CZK", 0}, {"SEK", 0}, {"NOK", 0}, {"DKK", 0}, {"HUF", 0}, {"RON", 0}, {"BGN", 0},
	{"TRY", 0}, {"UAH", 0}, {"CNY", 0}, {"JPY", 0}, {"INR", 0}, {"AUD", 0}, {"CAD", 0},
	{NULL, 0}};

FORM(offer_tier_form, struct offer_tier,
	{.name = "quantity",
		.kind = FIELD_INT,
		.required = true,
		.min = 1,
		.max = OFFER_QUANTITY_MAX,
		AT(struct offer_tier, quantity),
		.label = MSG_offer_from},
	{.name = "price",
		.kind = FIELD_PRICE,
		.required = true,
		.max = OFFER_MICRO_MAX,
		AT(struct offer_tier, price),
		.label = MSG_offer_price,
		.with = "currency"});

#define OFFER_FIELDS \
	{.name = "sku", \
		.kind = FIELD_TEXT, \
		.data = NOT_PERSONAL, \
		.required = true, \
		.max = OFFER_SKU_CHARS_MAX, \
		AT(struct offer_terms, sku), \
		.label = MSG_offer_sku, \
		.hint = MSG_offer_sku_hint}, \
		{.name = "currency", \
			.kind = FIELD_CODE, \
			.required = true, \
			AT(struct offer_terms, currency), \
			.label = MSG_offer_currency, \
			.codes = currencies}, \
		{.name = "unit", \
			.kind = FIELD_ENUM, \
			.required = true, \
			AT(struct offer_terms, unit), \
			.label = MSG_offer_unit, \
			.choices = "unit"}, \
		{.name = "tiers", \
			.kind = FIELD_ROWS, \
			.required = true, \
			.min = 1, \
			.max = TIERS_MAX, \
			AT(struct offer_terms, tiers), \
			.label = MSG_look_tiers, \
			.rows = &offer_tier_form}, \
		{.name = "min", \
			.kind = FIELD_INT, \
			.required = true, \
			.min = 1, \
			.max = OFFER_QUANTITY_MAX, \
			AT(struct offer_terms, min), \
			.label = MSG_shop_min_quantity}, \
		{.name = "step", \
			.kind = FIELD_INT, \
			.required = true, \
			.min = 1, \
			.max = OFFER_QUANTITY_MAX, \
			AT(struct offer_terms, step), \
			.label = MSG_shop_step}, \
		{.name = "lead", \
			.kind = FIELD_INT, \
			.required = true, \
			.min = 0, \
			.max = OFFER_LEAD_DAYS_MAX, \
			AT(struct offer_terms, lead), \
			.label = MSG_offer_lead}, \
		{.name = "on_hand", \
			.kind = FIELD_INT, \
			.required = true, \
			.min = 0, \
			.max = OFFER_QUANTITY_MAX, \
			AT(struct offer_terms, on_hand), \
			.label = MSG_offer_on_hand, \
			.hint = MSG_offer_on_hand_hint}, \
		{.name = "incoterm", \
			.kind = FIELD_ENUM, \
			AT(struct offer_terms, incoterm), \
			.label = MSG_shop_incoterm, \
			.choices = "incoterm"}, \
		{.name = "place", \
			.kind = FIELD_TEXT, \
			.data = NOT_PERSONAL, \
			.max = 120, \
			AT(struct offer_terms, place), \
			.label = MSG_offer_place}, \
	{ \
		.name = "ships_from", .kind = FIELD_CODE, AT(struct offer_terms, ships_from), \
		.label = MSG_shop_ships_from, .codes = countries \
	}

FORM(offer_new_form, struct offer_terms, OFFER_FIELDS,
	{.name = "product",
		.kind = FIELD_ID,
		.required = true,
		AT(struct offer_terms, product),
		.label = MSG_shop_product},
	{.name = "live",
		.kind = FIELD_BOOL,
		AT(struct offer_terms, live),
		.label = MSG_offer_live});
FORM(offer_edit_form, struct offer_terms, OFFER_FIELDS);

enum offer_mistake offer_terms_check(const struct offer_terms *f, struct tiers *t)
{
	const struct offer_tier *v = f->tiers.v;

	t->n = 0;
	for (size_t i = 0; i < f->tiers.n; i++) {
		if (i && v[i].quantity <= v[i - 1].quantity)
			return OFFER_TIERS_ORDER;
		if (v[i].price <= 0)
			return OFFER_TIERS_PRICE;
		t->v[t->n++] = (struct tier){v[i].quantity, v[i].price};
	}
	if (!t->n || t->v[0].quantity > f->min)
		return OFFER_TIERS_FIRST;
	if (f->min % f->step)
		return OFFER_MIN_STEP;
	return f->incoterm && !f->place.n ? OFFER_PLACE : OFFER_GOOD;
}

/* Marks what is wrong between fields; false: something is. */
static bool terms_good(
	struct req *r, const struct offer_terms *f, struct offer_id self, struct tiers *t)
{
	struct offer_by_sku_row other;

	switch (offer_terms_check(f, t)) {
	case OFFER_GOOD: break;
	case OFFER_TIERS_ORDER: form_error(r, "tiers", TEXT(offer_tiers_order)); return false;
	case OFFER_TIERS_PRICE: form_error(r, "tiers", TEXT(offer_tiers_price)); return false;
	case OFFER_TIERS_FIRST: form_error(r, "tiers", TEXT(offer_tiers_first)); return false;
	case OFFER_MIN_STEP: form_error(r, "min", TEXT(offer_min_step)); return false;
	case OFFER_PLACE: form_error(r, "place", TEXT(offer_place_missing)); return false;
	}
	if (offer_by_sku(r->db, f->sku, &other) && other.id.v != self.v) {
		form_error(r, "sku", TEXT(offer_sku_taken));
		return false;
	}
	return true;
}

static str or_none(str s)
{
	return s.n ? s : (str){NULL, 0};
}

/* ---- making one ---- */

static struct choice *enum_choices(
	struct req *r, str (*name)(int), struct text (*label)(struct req *, int), size_t *n)
{
	enum { ENUM_MAX = 64 };
	struct choice *v = arena_array(r->arena, struct choice, ENUM_MAX);

	for (*n = 0; *n < ENUM_MAX && name((int)*n + 1).n; ++*n)
		v[*n] = (struct choice){.value = name((int)*n + 1), .label = label(r, (int)*n + 1)};
	return v;
}

static struct text unit_label(struct req *r, int unit)
{
	return AS_TEXT(unit_text(r->out, unit, 1));
}

static void view_fill(struct req *r, struct offer_view *v)
{
	v->units = enum_choices(r, unit_name, unit_label, &v->units_n);
	v->incoterms = incoterm_choices(r->arena);
	v->incoterms_n = INCOTERM_COUNT;
	v->rows = v->tiers.n + 3;
	for (size_t i = v->rows; i < TIERS_MAX; i++)
		if (field_value(r, name_row(r, "tiers", i, "quantity").p, S("")).n)
			v->rows = i + 1;
	if (v->rows > TIERS_MAX)
		v->rows = TIERS_MAX;
}

static bool product_known(struct req *r, struct product_id id, struct offer_view *v)
{
	struct product_own_row own;
	struct product_to_offer_row p;

	v->product = id;
	if (product_own(r->db, id, &own)) {
		v->title = own.title;
		v->part_number = own.part_number;
	} else if (product_to_offer(r->db, id, &p)) {
		v->title = p.title;
		v->part_number = p.part_number;
	} else {
		return false;
	}
	return true;
}

struct offer_find_query {
	struct product_id product;
	str part_number;
};
FORM(offer_find_form, struct offer_find_query,
	{.name = "product",
		.kind = FIELD_ID,
		AT(struct offer_find_query, product),
		.label = MSG_shop_product},
	{.name = "part_number",
		.kind = FIELD_TEXT,
		.data = NOT_PERSONAL,
		.max = PART_NUMBER_CHARS_MAX,
		AT(struct offer_find_query, part_number),
		.label = MSG_shop_part_number});

/* Asked for with a product: its form. Without: which product is it? As the page that a form with
 * mistakes comes back on, r->form is that form's. */
int offer_new_show(struct req *r)
{
	bool again = r->route->method == POST;
	const struct offer_find_query *q = again ? NULL : r->form;
	const struct offer_terms *f = again ? r->form : NULL;
	struct product_id product = f ? f->product : q ? q->product : (struct product_id){0};
	struct offer_view v = {.fresh = true};

	if (product.v && product_known(r, product, &v)) {
		view_fill(r, &v);
		offer_form_page(r->out, r, &v);
		return 200;
	}
	struct offer_find find = {.part_number = q ? q->part_number : S("")};

	if (find.part_number.n)
		find.preparing = !product_parts(r->db, find.part_number, &find.found);
	offer_find_page(r->out, r, &find);
	return 200;
}

static int answer_offer(struct req *r, int status, struct offer_id id, str path, struct text said)
{
	struct offer_by_id_row row;

	MUST(offer_read(r->db, id, &row));
	if (r->api)
		path = str_fmt(
			r->arena, "/api/v1/offers/" STR_FMT, STR_ARG(id_text(r->arena, id.v)));
	return done(r, status, path, said, &offer_by_id_desc, &row);
}

int offer_new_apply(struct req *r)
{
	const struct offer_terms *f = r->form;
	struct offer_id id = {id_make_with(r->viewer.company)};
	struct offer_view v = {0};
	struct tiers t;

	if (!product_known(r, f->product, &v))
		form_error(r, "product", TEXT(shop_no_product));
	if (!terms_good(r, f, (struct offer_id){0}, &t) || !v.title.p)
		return 422;
	struct process_step s = process_ask(&offer_process, 0,
		f->live ? OFFER_HAPPENING_PUBLISH : OFFER_HAPPENING_DRAFT,
		(struct actor){r->viewer.roles, 0}, NULL);

	if (s.answer != PROCESS_YES)
		return problem(r, 403, text_none());
	if (offer_add(r->db, id, (struct company_id){r->viewer.company}, f->product, f->sku,
		    s.row->to, f->currency, f->unit, tiers_text(r->arena, &t), t.v[0].micro, f->min,
		    f->step, f->lead, f->on_hand, f->incoterm, or_none(f->place),
		    or_none(f->ships_from), clock_now(), id_make()) != 1)
		return problem(r, 409, text_none());
	return answer_offer(r, 201, id, S("/offers"), TEXT(offer_added, v.title));
}

/* ---- changing one ---- */

int offer_edit_show(struct req *r)
{
	struct offer_view v = {0};

	if (!offer_read(r->db, (struct offer_id){path_id(r, "offer")}, &v.o))
		return problem(r, 404, text_none());
	v.product = v.o.product_id;
	v.title = v.o.title;
	v.part_number = v.o.part_number;
	if (!tiers_parse(v.o.tiers, &v.tiers))
		fault(FAULT_BUG, "offer %lld has no price", (long long)v.o.id.v);
	v.choices_n = process_choices(&offer_process, (int)v.o.state,
		(struct actor){r->viewer.roles, 0}, NULL, v.choices, OFFER_CHOICES_MAX);
	view_fill(r, &v);
	offer_form_page(r->out, r, &v);
	return 200;
}

int offer_edit_apply(struct req *r)
{
	const struct offer_terms *f = r->form;
	struct offer_id id = {path_id(r, "offer")};
	struct offer_by_id_row o;
	struct tiers t;

	if (!offer_by_id(r->db, id, &o))
		return problem(r, 404, text_none());
	if (o.state == OFFER_STATE_ENDED)
		return problem(r, 409, TEXT(offer_is_ended));
	if (!terms_good(r, f, id, &t))
		return 422;
	if (f->on_hand < o.reserved) {
		form_error(r, "on_hand", TEXT(offer_reserved_more, o.reserved));
		return 422;
	}
	if (offer_edit(r->db, id, f->sku, f->currency, f->unit, tiers_text(r->arena, &t),
		    t.v[0].micro, f->min, f->step, f->lead, f->on_hand, f->incoterm,
		    or_none(f->place), or_none(f->ships_from), id_make()) != 1)
		return problem(r, 409, text_none());
	return answer_offer(r, 200, id, S("/offers"), TEXT(offer_saved, f->sku));
}

int offer_do_apply(struct req *r)
{
	struct offer_id id = {path_id(r, "offer")};
	int event = offer_happening_of(path_str(r, "event"));
	struct offer_by_id_row o;

	if (!event || !offer_by_id(r->db, id, &o))
		return problem(r, 404, text_none());
	struct process_step s = process_ask(
		&offer_process, (int)o.state, event, (struct actor){r->viewer.roles, 0}, &o);

	switch (s.answer) {
	case PROCESS_YES: break;
	case PROCESS_NOT_YOU: return problem(r, 403, text_none());
	case PROCESS_NOT_NOW: return problem(r, 409, TEXT(offer_not_now));
	case PROCESS_GUARDED: return problem(r, 409, (struct text){.msg = s.why});
	}
	if (offer_move(r->db, id, o.state, s.row->to, clock_now(), id_make()) != 1)
		return problem(r, 409, TEXT(offer_not_now));
	return answer_offer(r, 200, id, S("/offers"), TEXT(offer_moved, o.sku));
}

int offer_api(struct req *r)
{
	struct offer_by_id_row o;

	if (!offer_read(r->db, (struct offer_id){path_id(r, "offer")}, &o))
		return problem(r, 404, text_none());
	return answer_row(r, &offer_by_id_desc, &o);
}
