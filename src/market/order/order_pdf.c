/* An order as a PDF: A4, in the reader's language, lines over as many pages as they need. */
#include "market/member/member.h"
#include "market/order/order.h"

#include <hpdf.h>

/* Debian's fonts-dejavu-core: Latin, Greek and Cyrillic. */
#define FONT_PLAIN "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"
#define FONT_BOLD "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf"

enum { MARGIN = 48, LINE = 14, FOOT = 70, CELL_BYTES_MAX = 4096 };

struct pdf {
	HPDF_Doc doc;
	HPDF_Page page;
	HPDF_Font plain, bold;
	float y;
	struct arena *arena;
	const struct locale *locale;
};

/* Called by libharu between its own frames: only remembered (HPDF_GetError tells it), never
 * thrown. */
static void remember(HPDF_STATUS error, HPDF_STATUS detail, void *ctx)
{
	(void)error, (void)detail, (void)ctx;
}

static void page_begin(struct pdf *p)
{
	p->page = HPDF_AddPage(p->doc);
	HPDF_Page_SetSize(p->page, HPDF_PAGE_SIZE_A4, HPDF_PAGE_PORTRAIT);
	p->y = HPDF_Page_GetHeight(p->page) - MARGIN;
}

static void down(struct pdf *p, float by)
{
	p->y -= by;
	if (p->y < FOOT)
		page_begin(p);
}

static void put(struct pdf *p, float x, HPDF_Font font, float size, str s)
{
	HPDF_Page_BeginText(p->page);
	HPDF_Page_SetFontAndSize(p->page, font, size);
	HPDF_Page_TextOut(p->page, x, p->y, str_dup(p->arena, s.p ? s : S("")).p);
	HPDF_Page_EndText(p->page);
}

static void put_right(struct pdf *p, float x, HPDF_Font font, float size, str s)
{
	str text = str_dup(p->arena, s.p ? s : S(""));

	HPDF_Page_SetFontAndSize(p->page, font, size);
	put(p, x - HPDF_Page_TextWidth(p->page, text.p), font, size, text);
}

static str say(struct pdf *p, struct text t)
{
	struct out o;

	out_init(&o, p->arena, 128, CELL_BYTES_MAX, p->locale);
	out_text_plain(&o, t);
	return out_view(&o);
}

#define SAY(x) say(p, (struct text){.msg = MSG_look_as_is, .arg = {ARG(x)}})

/* As much of a text as fits into the width, by whole characters. */
static str fit(struct pdf *p, str s, float size, float width)
{
	str text = str_dup(p->arena, s.p ? s : S(""));

	HPDF_Page_SetFontAndSize(p->page, p->plain, size);
	HPDF_UINT n = HPDF_Page_MeasureText(p->page, text.p, width, HPDF_FALSE, NULL);

	return str_dup(p->arena, str_sub(text, 0, n));
}

static void block(struct pdf *p, float x, float top, struct text title, const str *v, size_t n)
{
	p->y = top;
	put(p, x, p->bold, 9, say(p, title));
	for (size_t i = 0; i < n; i++)
		if (v[i].n) {
			p->y -= 12;
			put(p, x, p->plain, 9, fit(p, v[i], 9, 230));
		}
}

static void head(struct pdf *p, const struct order_by_id_row *o)
{
	put(p, MARGIN, p->bold, 16, say(p, TEXT(order_title, o->number)));
	down(p, 22);
	put(p, MARGIN, p->plain, 9, say(p, TEXT(order_placed_at)));
	put(p, MARGIN + 90, p->plain, 9, SAY(o->placed_at));
	if (o->po_number.n) {
		down(p, 12);
		put(p, MARGIN, p->plain, 9, say(p, TEXT(order_po)));
		put(p, MARGIN + 90, p->plain, 9, o->po_number);
	}
	down(p, 26);
	float top = p->y;
	str town = str_fmt(p->arena, STR_FMT " " STR_FMT, STR_ARG(o->consignee.postcode),
		STR_ARG(o->consignee.city));
	str bill_town = str_fmt(p->arena, STR_FMT " " STR_FMT, STR_ARG(o->billing.postcode),
		STR_ARG(o->billing.city));

	block(p, MARGIN, top, TEXT(order_deliver_to),
		(str[]){o->consignee.company, o->consignee.name, o->consignee.street, town,
			say(p, country_name(o->ship_country))},
		5);
	block(p, MARGIN + 260, top, TEXT(order_bill_to),
		(str[]){o->billing.company, o->billing.street, bill_town,
			say(p, country_name(o->billing.country)), o->billing.vat_id},
		5);
	p->y = top - 90;
	put(p, MARGIN, p->bold, 9, say(p, TEXT(order_seller)));
	put(p, MARGIN + 90, p->plain, 9, o->seller_name);
	down(p, 26);
}

static void columns(struct pdf *p)
{
	put(p, MARGIN, p->bold, 9, say(p, TEXT(order_sku)));
	put(p, MARGIN + 100, p->bold, 9, say(p, TEXT(order_product)));
	put_right(p, 370, p->bold, 9, say(p, TEXT(order_quantity)));
	put_right(p, 455, p->bold, 9, say(p, TEXT(order_unit_price)));
	put_right(p, 547, p->bold, 9, say(p, TEXT(order_net)));
	HPDF_Page_SetLineWidth(p->page, 0.5f);
	HPDF_Page_MoveTo(p->page, MARGIN, p->y - 4);
	HPDF_Page_LineTo(p->page, 547, p->y - 4);
	HPDF_Page_Stroke(p->page);
	down(p, LINE + 4);
}

static void line(struct pdf *p, const struct order_lines_row *l)
{
	put(p, MARGIN, p->plain, 8, fit(p, l->sku, 8, 95));
	put(p, MARGIN + 100, p->plain, 8, fit(p, l->title, 8, 180));
	put_right(p, 370, p->plain, 8, SAY(l->quantity));
	put_right(p, 455, p->plain, 8, SAY(l->unit_price));
	put_right(p, 547, p->plain, 8, SAY(l->net));
	float before = p->y;

	down(p, LINE);
	if (p->y > before)
		columns(p);
}

static void amount(struct pdf *p, struct text label, money m, HPDF_Font font)
{
	put_right(p, 455, font, 9, say(p, label));
	put_right(p, 547, font, 9, SAY(m));
	down(p, LINE);
}

static void draw(struct pdf *p, const struct order_thing *t)
{
	page_begin(p);
	head(p, &t->o);
	columns(p);
	for (size_t i = 0; i < t->lines.n; i++)
		line(p, &t->lines.v[i]);
	down(p, 8);
	amount(p, TEXT(order_net_total), t->o.net, p->plain);
	if (t->o.freight.minor)
		amount(p, TEXT(order_freight), t->o.freight, p->plain);
	amount(p, order_vat_text(t->o.vat_scheme, t->o.vat_millionths), t->o.vat, p->plain);
	amount(p, TEXT(order_gross), t->o.total, p->bold);
	down(p, 8);
	put(p, MARGIN, p->plain, 9, say(p, TEXT(order_payment, t->o.payment_days)));
}

static bool save(struct pdf *p, str *bytes)
{
	if (HPDF_GetError(p->doc) != HPDF_OK || HPDF_SaveToStream(p->doc) != HPDF_OK)
		return false;
	HPDF_UINT32 n = HPDF_GetStreamSize(p->doc);
	char *to = arena_alloc(p->arena, 1, (size_t)n + 1);

	if (HPDF_ReadFromStream(p->doc, (HPDF_BYTE *)to, &n) != HPDF_OK && n == 0)
		return false;
	*bytes = (str){to, n};
	return true;
}

str order_pdf(struct arena *a, const struct locale *l, const struct order_thing *t)
{
	struct pdf p = {.doc = HPDF_New(remember, NULL), .arena = a, .locale = l};
	struct fault_point fp;
	str bytes = {0};
	const char *volatile why = NULL;

	if (!p.doc)
		fault(FAULT_MEMORY, "no memory for a PDF");
	HPDF_SetCompressionMode(p.doc, HPDF_COMP_ALL);
	HPDF_UseUTFEncodings(p.doc);
	const char *plain = HPDF_LoadTTFontFromFile(p.doc, FONT_PLAIN, HPDF_TRUE);
	const char *bold = HPDF_LoadTTFontFromFile(p.doc, FONT_BOLD, HPDF_TRUE);

	p.plain = HPDF_GetFont(p.doc, plain, "UTF-8");
	p.bold = HPDF_GetFont(p.doc, bold, "UTF-8");
	if (!p.plain || !p.bold)
		why = "the fonts of fonts-dejavu-core cannot be read";
	else if (FAULT_TRY(fp)) { /* the document is not the arena's: freed on every way out */
		draw(&p, t);
		if (!save(&p, &bytes))
			why = "the PDF cannot be made";
		FAULT_END(fp);
	} else {
		HPDF_Free(p.doc);
		fault(fp.kind, "%s", fp.what);
	}
	HPDF_Free(p.doc);
	if (why)
		fault(FAULT_OUTSIDE, "%s", why);
	return bytes;
}
