/* PDF pages with libharu. */
#include "market/paper.h"

/* Debian's fonts-dejavu-core: Latin, Greek and Cyrillic. */
#define FONT_PLAIN "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"
#define FONT_BOLD "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf"

enum { CELL_BYTES_MAX = 4096, FOOTER_SIZE = 7, FOOTER_Y = 36 };

/* Called by libharu between its own frames: only remembered (HPDF_GetError tells it), never
 * thrown. */
static void remember(HPDF_STATUS error, HPDF_STATUS detail, void *ctx)
{
	(void)error, (void)detail, (void)ctx;
}

static void page_begin(struct paper *p)
{
	p->page = HPDF_AddPage(p->doc);
	HPDF_Page_SetSize(p->page, HPDF_PAGE_SIZE_A4, HPDF_PAGE_PORTRAIT);
	p->pages++;
	if (p->footer.n) {
		p->y = FOOTER_Y;
		paper_put(p, PAPER_MARGIN, p->plain, FOOTER_SIZE, p->footer);
		paper_put_right(
			p, PAPER_RIGHT, p->plain, FOOTER_SIZE, str_fmt(p->arena, "%d", p->pages));
	}
	p->y = HPDF_Page_GetHeight(p->page) - PAPER_MARGIN;
}

void paper_room(struct paper *p, float height)
{
	if (p->y - height < PAPER_FOOT)
		page_begin(p);
}

void paper_down(struct paper *p, float by)
{
	p->y -= by;
	if (p->y < PAPER_FOOT)
		page_begin(p);
}

static str terminated(struct paper *p, str s)
{
	return str_dup(p->arena, s.p ? s : S(""));
}

void paper_put(struct paper *p, float x, HPDF_Font font, float size, str s)
{
	HPDF_Page_BeginText(p->page);
	HPDF_Page_SetFontAndSize(p->page, font, size);
	HPDF_Page_TextOut(p->page, x, p->y, terminated(p, s).p);
	HPDF_Page_EndText(p->page);
}

void paper_put_right(struct paper *p, float x, HPDF_Font font, float size, str s)
{
	HPDF_Page_SetFontAndSize(p->page, font, size);
	paper_put(p, x - HPDF_Page_TextWidth(p->page, terminated(p, s).p), font, size, s);
}

str paper_fit(struct paper *p, str s, float size, float width)
{
	str text = terminated(p, s);

	HPDF_Page_SetFontAndSize(p->page, p->plain, size);
	HPDF_UINT n = HPDF_Page_MeasureText(p->page, text.p, width, HPDF_FALSE, NULL);

	return str_dup(p->arena, str_sub(text, 0, n));
}

str *paper_wrap(struct paper *p, HPDF_Font font, float size, float width, str s, size_t *n)
{
	struct {
		str *v;
		size_t n, cap;
	} lines = {0};
	str all = str_trim(s), rest = {0};

	HPDF_Page_SetFontAndSize(p->page, font, size);
	while (all.n || rest.n) {
		if (!rest.n)
			rest = str_trim(str_cut(&all, '\n'));
		str text = terminated(p, rest);
		HPDF_UINT fits = HPDF_Page_MeasureText(p->page, text.p, width, HPDF_TRUE, NULL);

		if (!fits) /* a word longer than the line */
			fits = HPDF_Page_MeasureText(p->page, text.p, width, HPDF_FALSE, NULL);
		if (!fits) {
			rest = S("");
			continue;
		}
		*ARENA_PUSH(p->arena, &lines) = str_trim(str_sub(text, 0, fits));
		rest = str_trim(str_sub(text, fits, text.n));
	}
	*n = lines.n;
	return lines.v;
}

void paper_rule(struct paper *p, float below)
{
	HPDF_Page_SetLineWidth(p->page, 0.5f);
	HPDF_Page_MoveTo(p->page, PAPER_MARGIN, p->y - below);
	HPDF_Page_LineTo(p->page, PAPER_RIGHT, p->y - below);
	HPDF_Page_Stroke(p->page);
}

str paper_say(struct paper *p, struct text t)
{
	struct out o;

	out_init(&o, p->arena, 128, CELL_BYTES_MAX, p->locale);
	out_text_plain(&o, t);
	return out_view(&o);
}

static bool save(struct paper *p, str *bytes)
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

str paper_make(struct arena *a, const struct locale *l, str footer,
	void (*draw)(struct paper *p, void *ctx), void *ctx)
{
	struct paper p = {
		.doc = HPDF_New(remember, NULL), .arena = a, .locale = l, .footer = footer};
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
		page_begin(&p);
		draw(&p, ctx);
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
