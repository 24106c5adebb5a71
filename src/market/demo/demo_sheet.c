/* Data sheets of goods that do not exist. */
#include "market/demo/plan.h"

#include <hpdf.h>
#include <unistd.h>

/* Debian's fonts-dejavu-core, as for orders: names of makers are not all Latin-1. */
#define FONT "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"

enum { SHEET_BYTES_MAX = 1 << 20, SHEET_MARGIN = 56 };

static void remember(HPDF_STATUS error, HPDF_STATUS detail, void *ctx)
{
	(void)error, (void)detail, (void)ctx;
}

static void put(HPDF_Page page, HPDF_Font font, float size, float y, str s, struct arena *a)
{
	HPDF_REAL right = HPDF_Page_GetWidth(page) - SHEET_MARGIN;

	HPDF_Page_BeginText(page);
	HPDF_Page_SetFontAndSize(page, font, size);
	HPDF_Page_SetTextLeading(page, size * 1.5f);
	HPDF_Page_TextRect(page, SHEET_MARGIN, y, right, SHEET_MARGIN, str_dup(a, s).p,
		HPDF_TALIGN_LEFT, NULL);
	HPDF_Page_EndText(page);
}

static void draw(HPDF_Doc doc, const struct demo_product *x, struct arena *a)
{
	HPDF_Font font = HPDF_GetFont(doc, HPDF_LoadTTFontFromFile(doc, FONT, HPDF_TRUE), "UTF-8");
	HPDF_Page page = HPDF_AddPage(doc);

	HPDF_Page_SetSize(page, HPDF_PAGE_SIZE_A4, HPDF_PAGE_PORTRAIT);
	put(page, font, 9, 790, S("DATA SHEET. A demonstration: this product does not exist."), a);
	put(page, font, 18, 750, x->title, a);
	put(page, font, 11, 690,
		str_fmt(a, STR_FMT "   " STR_FMT, STR_ARG(x->maker), STR_ARG(x->part_number)), a);
	put(page, font, 10, 650, x->description, a);
	put(page, font, 10, 560,
		str_fmt(a, "Weight: %lld g. GTIN " STR_FMT ".", (long long)x->grams,
			STR_ARG(x->gtin)),
		a);
}

str demo_sheet(struct arena *a, const struct demo_product *x)
{
	HPDF_Doc doc = access(FONT, R_OK) ? NULL : HPDF_New(remember, NULL);
	str pdf = {NULL, 0};

	if (!doc)
		return pdf;
	HPDF_UseUTFEncodings(doc);
	HPDF_SetCompressionMode(doc, HPDF_COMP_ALL);
	draw(doc, x, a);
	HPDF_SaveToStream(doc);
	HPDF_UINT32 n = HPDF_GetStreamSize(doc);

	if (n > 0 && n <= SHEET_BYTES_MAX && HPDF_GetError(doc) == HPDF_OK) {
		HPDF_BYTE *bytes = arena_alloc(a, 1, n);

		HPDF_ReadFromStream(doc, bytes, &n);
		pdf = (str){(const char *)bytes, n};
	}
	HPDF_Free(doc);
	return pdf;
}
