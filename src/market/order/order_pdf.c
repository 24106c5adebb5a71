/* An order as a PDF: A4, in the reader's language, lines over as many pages as they need. */
#include "market/member/member.h"
#include "market/order/order.h"
#include "market/paper.h"
#include "market/words.h"

#define SAY(x) PAPER_SAY(p, x)

static void block(struct paper *p, float x, float top, struct text title, const str *v, size_t n)
{
	p->y = top;
	paper_put(p, x, p->bold, 9, paper_say(p, title));
	for (size_t i = 0; i < n; i++)
		if (v[i].n) {
			p->y -= 12;
			paper_put(p, x, p->plain, 9, paper_fit(p, v[i], 9, 230));
		}
}

/* Before there is a contract the supplier sees the country and that the rest is to come. */
static void places(
	struct paper *p, const struct order_by_id_row *o, const struct order_parties *who)
{
	const struct orders_consignee *to = &who->to.consignee;
	const struct orders_billing *bill = &who->bill.billing;
	str town = str_fmt(p->arena, STR_FMT " " STR_FMT, STR_ARG(to->postcode), STR_ARG(to->city));
	str bill_town = str_fmt(
		p->arena, STR_FMT " " STR_FMT, STR_ARG(bill->postcode), STR_ARG(bill->city));
	str later = who->later ? paper_say(p, TEXT(order_places_later)) : S("");
	float top = p->y;

	block(p, PAPER_MARGIN, top, TEXT(order_deliver_to),
		(str[]){to->company, to->name, to->street, town,
			paper_say(p, country_name(o->ship_country)), later},
		6);
	if (who->known)
		block(p, PAPER_MARGIN + 260, top, TEXT(order_bill_to),
			(str[]){bill->company, bill->street, bill_town,
				paper_say(p, country_name(bill->country)), bill->vat_id},
			5);
	p->y = top - 90;
}

static void fact(struct paper *p, struct text label, struct text value)
{
	paper_put(p, PAPER_MARGIN, p->plain, 9, paper_say(p, label));
	paper_put(p, PAPER_MARGIN + 90, p->plain, 9, paper_say(p, value));
	paper_down(p, 12);
}

static void head(struct paper *p, const struct order_by_id_row *o, const struct order_parties *who)
{
	struct out words;

	out_init(&words, p->arena, 64, 1024, p->locale);
	paper_put(p, PAPER_MARGIN, p->bold, 16, paper_say(p, TEXT(order_title, o->number)));
	paper_down(p, 22);
	fact(p, TEXT(order_placed_at), TEXT(look_as_is, o->placed_at));
	fact(p, TEXT(order_state), order_state_text(o->state));
	fact(p, TEXT(order_buyer), TEXT(look_as_is, o->buyer_name));
	fact(p, TEXT(order_seller), TEXT(look_as_is, o->seller_name));
	if (o->po_number.n)
		fact(p, TEXT(order_po), TEXT(look_as_is, o->po_number));
	if (o->incoterm)
		fact(p, TEXT(order_incoterm),
			TEXT(incoterm_at, incoterm_words(&words, (int)o->incoterm),
				o->incoterm_place));
	if (instant_is(o->promised_at))
		fact(p, TEXT(order_promised_at), TEXT(look_as_is, o->promised_at));
	fact(p, TEXT(order_pay_by), TEXT(order_payment, o->payment_days));
	paper_down(p, 14);
	places(p, o, who);
}

static void columns(struct paper *p)
{
	paper_put(p, PAPER_MARGIN, p->bold, 9, paper_say(p, TEXT(order_sku)));
	paper_put(p, PAPER_MARGIN + 100, p->bold, 9, paper_say(p, TEXT(order_product)));
	paper_put_right(p, 370, p->bold, 9, paper_say(p, TEXT(order_quantity)));
	paper_put_right(p, 455, p->bold, 9, paper_say(p, TEXT(order_unit_price)));
	paper_put_right(p, 547, p->bold, 9, paper_say(p, TEXT(order_net)));
	paper_rule(p, 4);
	paper_down(p, PAPER_LINE + 4);
}

enum { TITLE_WIDTH = 165, SMALL_LINE = 10 };

/* A name goes over as many lines as it needs; what was confirmed stands below when it is less. */
static void line(struct paper *p, const struct order_lines_row *l)
{
	size_t n;
	str *title = paper_wrap(p, p->plain, 8, TITLE_WIDTH, l->title, &n);
	bool less = l->confirmed && l->confirmed != l->quantity;
	size_t rows = n > 1u + less ? n : 1u + less;
	float before = p->y;
	struct out words;

	paper_room(p, (float)(SMALL_LINE * rows + PAPER_LINE));
	if (p->y > before)
		columns(p);
	out_init(&words, p->arena, 64, 1024, p->locale);
	str unit = unit_text(&words, (int)l->unit, l->quantity);

	paper_put(p, PAPER_MARGIN, p->plain, 8, paper_fit(p, l->sku, 8, 95));
	paper_put_right(p, 370, p->plain, 8,
		str_fmt(p->arena, STR_FMT " " STR_FMT, STR_ARG(SAY(l->quantity)), STR_ARG(unit)));
	paper_put_right(p, 455, p->plain, 8, SAY(l->unit_price));
	paper_put_right(p, 547, p->plain, 8, SAY(l->net));
	for (size_t i = 0; i < rows; i++) {
		if (i < n)
			paper_put(p, PAPER_MARGIN + 100, p->plain, 8, title[i]);
		if (i == 1 && less)
			paper_put_right(p, 370, p->plain, 8,
				str_fmt(p->arena, STR_FMT " " STR_FMT,
					STR_ARG(paper_say(p, TEXT(order_confirmed))),
					STR_ARG(SAY(l->confirmed))));
		p->y -= SMALL_LINE;
	}
	p->y -= PAPER_LINE - SMALL_LINE;
}

static void amount(struct paper *p, struct text label, money m, HPDF_Font font)
{
	paper_put_right(p, 455, font, 9, paper_say(p, label));
	paper_put_right(p, 547, font, 9, SAY(m));
	paper_down(p, PAPER_LINE);
}

struct sheet {
	const struct order_thing *t;
	const struct order_parties *who;
};

static void draw(struct paper *p, const struct sheet *x)
{
	const struct order_thing *t = x->t;

	head(p, &t->o, x->who);
	columns(p);
	for (size_t i = 0; i < t->lines.n; i++)
		line(p, &t->lines.v[i]);
	paper_down(p, 8);
	amount(p, TEXT(order_net_total), t->o.net, p->plain);
	if (t->o.freight.minor)
		amount(p, TEXT(order_freight), t->o.freight, p->plain);
	amount(p, order_vat_text(t->o.vat_scheme, t->o.vat_millionths), t->o.vat, p->plain);
	amount(p, TEXT(order_gross), t->o.total, p->bold);
}

static void document(struct paper *p, void *ctx)
{
	draw(p, ctx);
}

str order_pdf(struct arena *a, const struct locale *l, const struct order_thing *t,
	const struct order_parties *who)
{
	struct sheet x = {t, who};
	struct out footer;

	out_init(&footer, a, 64, 256, l);
	out_text_plain(&footer, TEXT(order_title, t->o.number));
	return paper_make(a, l, out_view(&footer), document, &x);
}
