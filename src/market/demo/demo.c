/* Writes the demonstration: batches on the writer, pictures as files. */
#include "market/demo/demo.h"

#include "gen/demo.sql.h"
#include "market/catalogue/catalogue.h"
#include "market/demo/plan.h"
#include "market/member/member.h"
#include "market/rights/rights.h"

#include "web/web.h"

enum {
	PLAN_BYTES_MAX = 256 << 20,
	UNIT_BYTES_MAX = 16 << 20,
	TERMS_DAYS = 0,
	SHEET_EVERY = 100, /* products with a data sheet */
	VIDEO_EVERY = 10,  /* with a video elsewhere */
};
#define TERMS "2026-01"

const struct demo_login demo_logins[] = {
	{"operator", "operator@kontor.example"},
	{"buyer", "buyer@kontor.example"},
	{"supplier", "supplier@kontor.example"},
	{"both", "both@kontor.example"},
	{0},
};

struct filling {
	struct store *store;
	struct demo_plan *p;
	struct arena *unit;
	struct company_id *company;
	struct category_id root[DEMO_ROOTS], *leaf;
	str picture[DRAW_KINDS][DRAW_COLOURS];
	int64_t picture_bytes[DRAW_KINDS][DRAW_COLOURS];
	str hash;
	int64_t changed;
	struct demo_count count;
	void (*tell_progress)(const char *what, int done, int of);
	size_t from, to; /* of this unit */
	bool (*write)(struct db *db, struct filling *f, size_t at);
};

/* ---- the writer ---- */

static void unit_done(struct write_unit *u, enum write_result r)
{
	(void)u;
	(void)r;
}

static void run(
	struct store *s, struct arena *a, bool (*apply)(struct db *db, void *ctx), void *ctx)
{
	struct write_unit u = {.viewer = {.roles = BIT(ROLE_SETUP)},
		.purposes = BIT(PURPOSE_SETUP) | BIT(PURPOSE_CURATION) | BIT(PURPOSE_STOCK),
		.arena = a,
		.apply = apply,
		.done = unit_done,
		.ctx = ctx};
	enum write_result r = store_write_wait(s, &u);

	if (r != WRITE_DONE)
		fault(r == WRITE_FAULTED ? u.fault.kind : FAULT_STORE,
			"the demonstration was not written: %s",
			r == WRITE_REFUSED ? "a row was refused: is the installation new?"
					   : u.fault.what);
}

static bool unit_apply(struct db *db, void *ctx)
{
	struct filling *f = ctx;

	for (size_t i = f->from; i < f->to; i++)
		if (!f->write(db, f, i))
			return false;
	return true;
}

static void batches(struct filling *f, const char *what, size_t n, size_t each,
	bool (*write)(struct db *db, struct filling *f, size_t at))
{
	f->write = write;
	for (f->from = 0; f->from < n; f->from = f->to) {
		f->to = f->from + each < n ? f->from + each : n;
		run(f->store, f->unit, unit_apply, f);
		arena_reset(f->unit);
		if (f->tell_progress)
			f->tell_progress(what, (int)f->to, (int)n);
	}
}

/* ---- pictures ---- */

static bool picture_files_write(struct db *db, struct filling *f, size_t kind)
{
	for (int c = 0; c < DRAW_COLOURS; c++) {
		struct demo_picture two = demo_draw(db->arena, (enum demo_drawing)kind, c);

		f->picture[kind][c] = str_dup(f->p->arena, picture_store(db, two.large, two.small));
		f->picture_bytes[kind][c] = (int64_t)two.large.n;
	}
	return true;
}

/* ---- the tree, attributes ---- */

static bool category_write(struct db *db, struct filling *f, size_t at)
{
	f->count.categories++;
	if (at < DEMO_ROOTS) {
		f->root[at].v = id_make();
		return demo_category_add(db, f->root[at], (struct category_id){0},
			       str_of(demo_roots[at]), str_of(demo_roots[at]), 1, (int64_t)at + 1,
			       str_of(demo_roots_about[at])) == 1;
	}
	const struct demo_leaf *l = &demo_leaves[at - DEMO_ROOTS];

	f->leaf[at - DEMO_ROOTS].v = id_make();
	return demo_category_add(db, f->leaf[at - DEMO_ROOTS], f->root[l->root], str_of(l->name),
		       str_fmt(db->arena, "%s / %s", demo_roots[l->root], l->name), 2,
		       (int64_t)at + 1, str_of(l->about)) == 1;
}

static bool attribute_write(struct db *db, struct filling *f, size_t at)
{
	const struct demo_attribute *x = &f->p->attribute[at];

	return demo_attribute_add(db, (struct attribute_id){(int64_t)at + 1}, x->name,
		       x->unit.n ? ATTRIBUTE_KIND_NUMBER : ATTRIBUTE_KIND_CHOICE, x->unit,
		       (int64_t)at + 1) == 1;
}

/* ---- companies and people ---- */

static bool person_write(struct db *db, struct filling *f, struct demo_person *x, str locale,
	int64_t staff, instant at)
{
	struct person_name name = {.name = x->name};
	struct person_email email = {.email = x->email};
	struct person_phone phone = {.phone = x->phone};
	struct person_work work = {.job_title = x->title, .department = x->department};
	struct credential_secret secret = {.hash = f->hash};

	x->id.v = id_make();
	f->count.people++;
	return demo_person_add(db, x->id, &name, &email, x->email, &phone, &work, locale,
		       (int64_t)choice_mask_new(db_policy(db)), staff, at) == 1 &&
	       demo_credential_add(db, (struct credential_id){id_make()}, x->id, &secret, at) == 1;
}

static bool event_write(struct db *db, const struct demo_company *c, int event, int from, int to,
	const char *reason, instant at)
{
	struct company_event_reason why = {.text = reason ? str_of(reason) : (str){0}};

	return demo_company_event_add(db, (struct company_event_id){id_make()}, c->id,
		       (enum company_happening)event, (enum company_state)from,
		       (enum company_state)to, (struct person_id){0}, reason ? &why : NULL,
		       at) == 1;
}

static bool events_write(struct db *db, struct filling *f, const struct demo_company *c)
{
	instant last = instant_add(f->p->now, -9 * DAY_US);
	int state = (int)c->firm->state;

	if (!event_write(db, c, COMPANY_HAPPENING_SIGN_UP, COMPANY_STATE_PENDING,
		    COMPANY_STATE_PENDING, NULL, c->created))
		return false;
	if (state != COMPANY_STATE_PENDING &&
		!event_write(db, c, COMPANY_HAPPENING_APPROVE, COMPANY_STATE_PENDING,
			COMPANY_STATE_ACTIVE, NULL, c->activated))
		return false;
	if ((state == COMPANY_STATE_SUSPENDED || state == COMPANY_STATE_CLOSED) &&
		!event_write(db, c, COMPANY_HAPPENING_SUSPEND, COMPANY_STATE_ACTIVE,
			COMPANY_STATE_SUSPENDED,
			"Several buyers report parts without traceable origin", last))
		return false;
	return state != COMPANY_STATE_CLOSED ||
	       event_write(db, c, COMPANY_HAPPENING_CLOSE, COMPANY_STATE_SUSPENDED,
		       COMPANY_STATE_CLOSED, "The company has ended its business",
		       instant_add(last, 3 * DAY_US));
}

static bool addresses_write(struct db *db, const struct demo_company *c)
{
	const struct demo_firm *x = c->firm;
	struct address_place place = {.name = c->person[0].name,
		.company = str_of(x->name),
		.phone = c->person[0].phone,
		.street = str_of(x->street),
		.postcode = str_of(x->postcode),
		.city = str_of(x->city),
		.label = S("Headquarters")};

	if (demo_address_add(db, (struct address_id){id_make()}, c->id, ADDRESS_KIND_BILLING,
		    str_of(x->country), &place, true, c->created) != 1)
		return false;
	place.label = S("Goods entrance");
	place.name = c->person[c->people - 1].name;
	return !x->buys ||
	       demo_address_add(db, (struct address_id){id_make()}, c->id, ADDRESS_KIND_DELIVERY,
		       str_of(x->country), &place, true, c->created) == 1;
}

static bool company_write(struct db *db, struct filling *f, size_t at)
{
	struct demo_company *c = &f->p->company[at];
	const struct demo_firm *x = c->firm;
	str locale = strstr("DE AT CH", x->country) ? S("de") : S("en");
	struct company_registration registration = {
		.number = c->registration, .register_ = str_of(x->city)};
	struct company_tax tax = {.vat_id = c->vat_id};

	for (size_t i = 0; i < c->people; i++)
		if (!person_write(db, f, &c->person[i], locale, 0, c->created))
			return false;
	c->id.v = id_make();
	f->count.companies++;
	if (demo_company_add(db, c->id, c->slug, str_of(x->name), str_of(x->form),
		    str_of(x->country),
		    !strcmp(x->form, DEMO_SOLE) || !strcmp(x->form, DEMO_SOLE_IT), x->state,
		    x->roots != 0, x->buys, x->industry, x->size, x->founded,
		    demo_about(db->arena, x, at),
		    str_fmt(db->arena, "https://" STR_FMT ".example/", STR_ARG(c->slug)),
		    str_fmt(db->arena, "%s %s\n%s\n%s %s", x->name, x->form, x->street, x->postcode,
			    x->city),
		    str_of(x->currency), locale, &registration, c->vat_id.n ? &tax : NULL,
		    c->person[0].id, c->created, c->activated,
		    x->state == COMPANY_STATE_CLOSED ? instant_add(f->p->now, -6 * DAY_US)
						     : TIME_NONE) != 1)
		return false;
	for (size_t i = 0; i < c->people; i++)
		if (demo_membership_add(db, (struct membership_id){id_make()}, c->id,
			    c->person[i].id, (int64_t)c->person[i].roles, c->created) != 1)
			return false;
	return addresses_write(db, c) && events_write(db, f, c) &&
	       demo_terms_add(db, (struct terms_acceptance_id){id_make()}, c->person[0].id, c->id,
		       S(TERMS), c->created) == 1;
}

/* ---- goods ---- */

/* A data sheet for some of them. */
static bool sheet_write(struct db *db, const struct demo_product *x, const struct demo_company *c)
{
	str pdf = demo_sheet(db->arena, x);

	return !pdf.n ||
	       demo_document_add(db, (struct document_id){id_make_with(x->id.v)}, c->id, x->id,
		       S("Data sheet"), document_store(db, pdf), (int64_t)pdf.n, c->created) == 1;
}

static bool product_write(struct db *db, struct filling *f, size_t at)
{
	struct demo_product *x = &f->p->product[at];
	const struct demo_leaf *l = &demo_leaves[x->leaf];
	const struct demo_company *c = &f->p->company[x->keeper];

	x->id.v = id_make_with(c->id.v);
	f->count.products++;
	if (demo_product_add(db, x->id, c->id, f->leaf[x->leaf],
		    x->parent ? f->p->product[x->parent - 1].id : (struct product_id){0},
		    x->parent || x->has_variants ? x->differs : (str){NULL, 0}, x->part_number,
		    part_key(db->arena, x->part_number), x->maker, x->title, x->description,
		    x->attributes, x->gtin, str_of(l->hs), str_of(c->firm->country), x->grams,
		    c->created, ++f->changed) != 1)
		return false;
	f->count.pictures++;
	return (at % SHEET_EVERY || sheet_write(db, x, c)) &&
	       (at % VIDEO_EVERY ||
		       demo_video_set(db, x->id,
			       str_fmt(db->arena, "https://projector.example/watch/kontor-%zu",
				       at)) == 1) &&
	       demo_picture_add(db, (struct picture_id){id_make_with(x->id.v)}, c->id, x->id,
		       f->picture[l->draw][x->colour], DRAW_WIDTH, DRAW_HEIGHT,
		       f->picture_bytes[l->draw][x->colour], x->title, c->created) == 1;
}

static bool offer_write(struct db *db, struct filling *f, size_t at)
{
	/* Not category by category: what is newest shall be of all kinds. 1237 is a prime. */
	struct demo_offer *o = &f->p->offer[f->p->offers % 1237 ? at * 1237 % f->p->offers : at];
	const struct demo_company *c = &f->p->company[o->company];

	o->id.v = id_make_with(c->id.v);
	f->count.offers++;
	return demo_offer_add(db, o->id, c->id, f->p->product[o->product].id, o->sku, o->state,
		       o->state == OFFER_STATE_TAKEN_DOWN ? S("The picture shows another product")
							  : (str){0},
		       str_of(c->firm->currency), demo_leaves[f->p->product[o->product].leaf].unit,
		       o->tiers, o->micro, o->min, o->step, o->lead, o->stock + o->reserved,
		       o->reserved, INCOTERM_FCA, str_of(c->firm->city), str_of(c->firm->country),
		       o->created, ++f->changed) == 1;
}

/* ---- orders ---- */

static bool shipment_write(struct db *db, struct filling *f, const struct demo_order *o,
	struct order_id order, const struct order_line_id *line, bool part)
{
	struct shipment_id shipment = {id_make_with(order.v)};
	struct company_id buyer = f->p->company[o->buyer].id, seller = f->p->company[o->seller].id;
	instant at = part ? o->shipped_part : o->shipped;

	if (!instant_is(at))
		return true;
	if (demo_shipment_add(db, shipment, order, buyer, seller,
		    str_of(demo_carriers[(size_t)order.v % demo_carriers_n]),
		    str_fmt(db->arena, "KD%010lld", (long long)(at.us / SECOND_US % 10000000000)),
		    at) != 1)
		return false;
	for (size_t i = 0; i < o->lines; i++) {
		int64_t quantity = part ? o->line[i].part : o->line[i].quantity - o->line[i].part;

		if (quantity &&
			demo_shipment_line_add(db, (struct shipment_line_id){id_make_with(order.v)},
				shipment, order, line[i], buyer, seller, quantity) != 1)
			return false;
	}
	return true;
}

static bool lines_write(struct db *db, struct filling *f, const struct demo_order *o,
	struct order_id order, struct order_line_id *line)
{
	for (size_t i = 0; i < o->lines; i++) {
		const struct demo_line *l = &o->line[i];
		const struct demo_offer *x = &f->p->offer[l->offer];
		const struct demo_product *g = &f->p->product[x->product];

		line[i].v = id_make_with(order.v);
		f->count.lines++;
		if (demo_line_add(db, line[i], order, f->p->company[o->buyer].id,
			    f->p->company[o->seller].id, (int64_t)i + 1, x->id, x->sku, g->title,
			    demo_leaves[g->leaf].unit, l->quantity, l->confirmed, l->shipped,
			    l->reserved, l->unit.micro, str_of(l->unit.currency), l->net.minor,
			    x->lead) != 1)
			return false;
	}
	return true;
}

static bool history_write(
	struct db *db, struct filling *f, const struct demo_order *o, struct order_id order)
{
	const struct demo_company *b = &f->p->company[o->buyer], *s = &f->p->company[o->seller];

	for (size_t i = 0; i < o->events; i++) {
		const struct demo_event *e = &o->event[i];
		const struct demo_company *who = e->seller ? s : b;

		if (demo_event_add(db, (struct order_event_id){id_make_with(order.v)}, order, b->id,
			    s->id, e->event, (enum order_state)e->from, (enum order_state)e->to,
			    e->clock ? (struct company_id){0} : who->id,
			    e->clock ? (struct person_id){0} : who->person[0].id, e->at) != 1)
			return false;
	}
	return true;
}

static bool order_write(struct db *db, struct filling *f, size_t at)
{
	const struct demo_order *o = &f->p->order[at];
	const struct demo_company *b = &f->p->company[o->buyer], *s = &f->p->company[o->seller];
	const struct demo_firm *x = b->firm;
	struct order_line_id line[DEMO_LINES_MAX] = {0};
	struct order_id order = {id_make_with(s->id.v)};
	struct orders_consignee to = {.name = b->person[b->people - 1].name,
		.company = str_of(x->name),
		.phone = b->person[0].phone,
		.street = str_of(x->street),
		.postcode = str_of(x->postcode),
		.city = str_of(x->city)};
	struct orders_billing bill = {.name = b->person[0].name,
		.company = str_of(x->name),
		.street = str_of(x->street),
		.postcode = str_of(x->postcode),
		.city = str_of(x->city),
		.country = str_of(x->country),
		.vat_id = b->vat_id};

	f->count.orders++;
	return demo_order_add(db, order, o->number, b->id, s->id, b->person[0].id, o->state,
		       str_of(s->firm->currency), o->net.minor, o->freight.minor, o->vat.minor,
		       o->total.minor, (enum vat_scheme)o->scheme, o->vat_millionths, o->po, 30,
		       str_of(x->country), &to, &bill, (int64_t)o->lines, o->placed, o->confirmed,
		       o->promised, o->shipped, o->delivered, o->paid, o->closed, o->due) == 1 &&
	       demo_bought_add(db, (struct bought_id){id_make_with(b->id.v)}, order, b->id, s->id,
		       o->number, o->state) == 1 &&
	       lines_write(db, f, o, order, line) && history_write(db, f, o, order) &&
	       shipment_write(db, f, o, order, line, true) &&
	       shipment_write(db, f, o, order, line, false);
}

static bool series_write(struct db *db, struct filling *f, size_t at)
{
	const struct demo_company *c = &f->p->company[at];
	int year = civil_of(f->p->now).year;

	for (int i = 0; i < 2; i++)
		if (c->numbers[i] &&
			demo_series_add(db, (struct number_series_id){id_make_with(c->id.v)}, c->id,
				year - 1 + i, c->numbers[i] + 1) != 1)
			return false;
	return true;
}

/* ---- requests for quotation ---- */

/* The states that the demonstration shows, and what led there; the last ones wait for somebody. */
static const struct {
	enum quote_state state;
	enum quote_happening last;
	bool quoted, seller; /* the supplier did the last step */
} asked[] = {
	{QUOTE_STATE_EXPIRED, QUOTE_HAPPENING_EXPIRE, true, false},
	{QUOTE_STATE_WITHDRAWN, QUOTE_HAPPENING_WITHDRAW, false, false},
	{QUOTE_STATE_DECLINED, QUOTE_HAPPENING_DECLINE, false, true},
	{QUOTE_STATE_REFUSED, QUOTE_HAPPENING_REFUSE, true, false},
	{QUOTE_STATE_ACCEPTED, QUOTE_HAPPENING_ACCEPT, true, false},
	{QUOTE_STATE_QUOTED, QUOTE_HAPPENING_QUOTE, true, true},
	{QUOTE_STATE_ASKED, QUOTE_HAPPENING_ASK, false, false},
};
enum { QUOTES = 14, QUOTES_OVER = 10, QUOTE_TIMES = 20, QUOTE_HOLDS_DAYS = 30 };

static bool quote_write(struct db *db, struct filling *f, size_t at)
{
	static const char *const words[] = {"We need these every month from spring on.",
		"Can you print our part number on the boxes?"};
	bool over = at < QUOTES_OVER;
	size_t k = over ? at % (COUNT(asked) - 2) : COUNT(asked) - 2 + at % 2;
	bool quoted = asked[k].quoted;
	const struct demo_company *b = &f->p->company[at % 3 ? DEMO_BUYER : DEMO_BOTH],
				  *s = &f->p->company[DEMO_SUPPLIER];
	const struct demo_offer *x = &f->p->offer[s->offers[at % s->offers_n]];
	const struct demo_product *g = &f->p->product[x->product];
	struct quote_words text = {.text = str_of(words[at % COUNT(words)])};
	int64_t n = x->min * QUOTE_TIMES;
	struct maybe_int none = {0}, quantity = {quoted, n}, price = {quoted, x->micro / 10 * 9},
			 lead = {quoted, x->lead + 2}, wish = {at % 2 == 0, x->micro / 20 * 17};
	instant today = {f->p->now.us - f->p->now.us % DAY_US},
		began = instant_add(
			today, -(over ? 60 - (int64_t)at : QUOTES + 1 - (int64_t)at) * DAY_US +
				       (int64_t)(9 * 60 + at * 7) * 60 * SECOND_US),
		answered = instant_add(began, DAY_US / 6), ended = instant_add(began, DAY_US),
		valid = TIME_NONE;
	if (quoted)
		valid.us = began.us - began.us % DAY_US + QUOTE_HOLDS_DAYS * DAY_US;
	instant due =
		over ? TIME_NONE : instant_add(quoted ? valid : began, (quoted ? 1 : 30) * DAY_US);
	struct quote_id id = {id_make_with(s->id.v)};
	str currency = str_of(s->firm->currency);

	if (asked[k].state == QUOTE_STATE_EXPIRED)
		ended = instant_add(valid, DAY_US);
	f->count.quotes++;
	if (demo_quote_add(db, id, b->id, s->id, b->person[0].id, x->id, g->id, x->sku, g->title,
		    demo_leaves[g->leaf].unit, asked[k].state, n, currency, wish,
		    str_of(b->firm->country), &text, quantity, price, lead, valid, began,
		    quoted ? answered : TIME_NONE, over ? ended : TIME_NONE, due) != 1 ||
		demo_asked_add(db, (struct asked_id){id_make_with(b->id.v)}, id, b->id, s->id,
			asked[k].state) != 1 ||
		demo_quote_event_add(db, (struct quote_event_id){id_make_with(id.v)}, id, b->id,
			s->id, QUOTE_HAPPENING_ASK, 0, QUOTE_STATE_ASKED, b->id, b->person[0].id,
			currency, none, none, none, TIME_NONE, began) != 1)
		return false;
	if (quoted &&
		demo_quote_event_add(db, (struct quote_event_id){id_make_with(id.v)}, id, b->id,
			s->id, QUOTE_HAPPENING_QUOTE, QUOTE_STATE_ASKED, QUOTE_STATE_QUOTED, s->id,
			s->person[0].id, currency, quantity, price, lead, valid, answered) != 1)
		return false;
	if (!over)
		return true;
	bool clock = asked[k].state == QUOTE_STATE_EXPIRED;
	const struct demo_company *who = asked[k].seller ? s : b;

	return demo_quote_event_add(db, (struct quote_event_id){id_make_with(id.v)}, id, b->id,
		       s->id, asked[k].last, quoted ? QUOTE_STATE_QUOTED : QUOTE_STATE_ASKED,
		       asked[k].state, clock ? (struct company_id){0} : who->id,
		       clock ? (struct person_id){0} : who->person[0].id, currency, none, none,
		       none, TIME_NONE, ended) == 1;
}

static bool operator_write(struct db *db, struct filling *f, size_t at)
{
	struct demo_person x = {.name = S("Theodora Hafenmeister"),
		.email = str_of(demo_logins[0].email),
		.phone = S("+999 000 10000"),
		.title = S("Market manager"),
		.department = S("Operations")};

	(void)at;
	return person_write(
		db, f, &x, S("en"), (int64_t)(BIT(ROLE_OPERATOR) | BIT(ROLE_OFFICER)), f->p->now);
}

struct demo_count demo_fill(
	struct store *s, void (*tell_progress)(const char *what, int done, int of))
{
	struct filling *f;
	struct arena *a = arena_make(PLAN_BYTES_MAX);

	f = arena_new(a, struct filling);
	*f = (struct filling){.store = s,
		.p = demo_plan_make(a, clock_now()),
		.unit = arena_make(UNIT_BYTES_MAX),
		.tell_progress = tell_progress};
	f->leaf = arena_array(a, struct category_id, demo_leaves_n);
	/* One hash for all: Argon2id is slow on purpose, and everybody knows this password. */
	f->hash = password_hash(a, S(DEMO_PASSWORD));
	batches(f, "pictures", DRAW_KINDS, 1, picture_files_write);
	batches(f, "categories", DEMO_ROOTS + demo_leaves_n, 100, category_write);
	batches(f, "attributes", f->p->attributes, 200, attribute_write);
	batches(f, "companies", f->p->companies, 3, company_write);
	batches(f, "operator", 1, 1, operator_write);
	batches(f, "products", f->p->products, 40, product_write);
	batches(f, "offers", f->p->offers, 50, offer_write);
	batches(f, "orders", f->p->orders, 8, order_write);
	batches(f, "requests for quotation", QUOTES, 7, quote_write);
	batches(f, "numbers", f->p->companies, 100, series_write);
	demo_setting_write(s, SETTING_NAME_DEMONSTRATION, S("yes"));
	store_grown(s);
	struct demo_count n = f->count;

	arena_free(f->unit);
	arena_free(a);
	return n;
}
