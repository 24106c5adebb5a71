/* One version of the policy as a PDF, set from its stored text: the same bytes for as long as the
 * version is kept. The text is our own markup, so what it may hold is known: headings, paragraphs,
 * lists, tables, and the picture, which is drawn line by line. */
#include "market/paper.h"
#include "market/rights/privacy.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { CELLS_MAX = 8, CELL_PAD = 6, BULLET = 12, TEXT_SIZE = 9, CELL_SIZE = 7 };
#define WIDTH ((float)(PAPER_RIGHT - PAPER_MARGIN))
#define SVG_SIZE 11.0f /* of its texts, in its own units */

struct setting {
	struct paper *p;
	const struct privacy_pdf *v;
	str rest; /* markup that is still to be set */
	struct out words;
	/* the block at hand */
	HPDF_Font font;
	float size, indent;
	const char *mark; /* before its first line */
	/* the table at hand */
	struct out cell[CELLS_MAX];
	size_t cells, columns;
	bool in_cell, heads;
	int deep; /* of lists */
};

/* ---- words -------------------------------------------------------------------------------- */
static void words_begin(struct setting *s, struct out *o)
{
	out_init(o, s->p->arena, 256, PAGE_BYTES_MAX, s->p->locale);
}

static struct out *at_hand(struct setting *s)
{
	return s->in_cell && s->cells ? &s->cell[s->cells - 1] : &s->words;
}

static void character(struct out *o, str name)
{
	static const struct {
		const char *name, *is;
	} known[] = {{"amp", "&"}, {"lt", "<"}, {"gt", ">"}, {"quot", "\""}, {"#39", "'"},
		{"nbsp", "\u00a0"}};

	for (size_t i = 0; i < COUNT(known); i++)
		if (str_eq(name, str_of(known[i].name)))
			out_str(o, str_of(known[i].is));
}

/* White space runs together, as in a browser. */
static void text_add(struct setting *s, str text)
{
	struct out *o = at_hand(s);

	while (text.n) {
		char c = text.p[0];
		bool blank = c == ' ' || c == '\n' || c == '\t';
		size_t end = c == '&' ? str_find(text, S(";")) : (size_t)-1;

		if (end < 8) {
			character(o, str_sub(text, 1, end - 1));
			text = str_sub(text, end + 1, text.n);
			continue;
		}
		if ((c == ';' || c == ',') && o->n && out_view(o).p[o->n - 1] == ' ')
			o->n--;
		if (!blank)
			out_char(o, c);
		else if (o->n && out_view(o).p[o->n - 1] != ' ' && out_view(o).p[o->n - 1] != '\n')
			out_char(o, ' ');
		text = str_sub(text, 1, text.n);
	}
}

/* ---- blocks ------------------------------------------------------------------------------- */
static void block_end(struct setting *s)
{
	size_t n;
	str *v = paper_wrap(s->p, s->font, s->size, WIDTH - s->indent, out_view(&s->words), &n);

	for (size_t i = 0; i < n; i++) {
		paper_down(s->p, s->size * 1.4f);
		if (!i && s->mark)
			paper_put(s->p, PAPER_MARGIN + s->indent - BULLET, s->p->plain, s->size,
				str_of(s->mark));
		paper_put(s->p, PAPER_MARGIN + s->indent, s->font, s->size, v[i]);
	}
	if (n)
		s->p->y -= s->size * 0.5f;
	words_begin(s, &s->words);
	s->mark = NULL;
	s->font = s->p->plain;
	s->size = TEXT_SIZE;
}

static void heading_begin(struct setting *s, float size)
{
	block_end(s);
	s->p->y -= size * 0.8f;
	paper_room(s->p, size * 4); /* not alone at the foot of a page */
	s->font = s->p->bold;
	s->size = size;
}

/* ---- tables ------------------------------------------------------------------------------- */
static void row_begin(struct setting *s, bool heads)
{
	block_end(s);
	s->cells = 0;
	s->heads = heads;
}

static void cell_begin(struct setting *s)
{
	if (s->cells < CELLS_MAX)
		words_begin(s, &s->cell[s->cells++]);
	s->in_cell = true;
}

static void row_end(struct setting *s)
{
	HPDF_Font font = s->heads ? s->p->bold : s->p->plain;
	float width, line = CELL_SIZE * 1.35f;
	str *v[CELLS_MAX];
	size_t n[CELLS_MAX], most = 0;

	s->in_cell = false;
	if (!s->cells)
		return;
	width = WIDTH / (float)s->cells;
	for (size_t i = 0; i < s->cells; i++) {
		v[i] = paper_wrap(
			s->p, font, CELL_SIZE, width - CELL_PAD, out_view(&s->cell[i]), &n[i]);
		most = n[i] > most ? n[i] : most;
	}
	paper_room(s->p, line * (float)(most + (s->heads ? 6 : 1)));
	for (size_t k = 0; k < most; k++) {
		s->p->y -= line;
		for (size_t i = 0; i < s->cells; i++)
			if (k < n[i])
				paper_put(s->p, PAPER_MARGIN + width * (float)i, font, CELL_SIZE,
					v[i][k]);
	}
	paper_rule(s->p, 3);
	s->p->y -= 4;
	s->cells = 0;
}

/* ---- the picture -------------------------------------------------------------------------- */
static float number_in(str tag, const char *name)
{
	char key[24];
	int n = snprintf(key, sizeof key, " %s=\"", name);
	size_t at = str_find(tag, (str){key, (size_t)n});
	float sign = 1, whole = 0;

	if (at == (size_t)-1)
		return 0;
	str v = str_sub(tag, at + (size_t)n, tag.n);

	if (v.n && v.p[0] == '-') {
		sign = -1;
		v = str_sub(v, 1, v.n);
	}
	for (size_t i = 0; i < v.n && v.p[i] >= '0' && v.p[i] <= '9'; i++)
		whole = whole * 10 + (float)(v.p[i] - '0');
	return sign * whole;
}

struct drawing {
	struct setting *s;
	float scale, top;
};

static void svg_text(struct drawing *g, str tag, str words)
{
	struct paper *p = g->s->p;
	float size = SVG_SIZE * g->scale, x = PAPER_MARGIN + number_in(tag, "x") * g->scale,
	      y = g->top - number_in(tag, "y") * g->scale;
	double turn = str_find(tag, S("rotate(")) == (size_t)-1 ? 0 : 55 * M_PI / 180;
	struct out o;

	words_begin(g->s, &o);
	struct out before = g->s->words;

	g->s->words = o;
	text_add(g->s, words);
	str said = str_dup(p->arena, out_view(&g->s->words));

	g->s->words = before;
	HPDF_Page_BeginText(p->page);
	HPDF_Page_SetFontAndSize(p->page, p->plain, size);
	HPDF_Page_SetTextMatrix(p->page, (float)cos(turn), (float)sin(turn), -(float)sin(turn),
		(float)cos(turn), x, y);
	HPDF_Page_ShowText(p->page, said.p);
	HPDF_Page_EndText(p->page);
}

static void svg_shape(struct drawing *g, str tag)
{
	struct paper *p = g->s->p;

	if (str_starts(tag, S("line "))) {
		float y = g->top - number_in(tag, "y1") * g->scale;

		HPDF_Page_SetLineWidth(p->page, 0.3f);
		HPDF_Page_MoveTo(p->page, PAPER_MARGIN + number_in(tag, "x1") * g->scale, y);
		HPDF_Page_LineTo(p->page, PAPER_MARGIN + number_in(tag, "x2") * g->scale, y);
		HPDF_Page_Stroke(p->page);
	}
	if (str_starts(tag, S("circle "))) {
		HPDF_Page_Circle(p->page, PAPER_MARGIN + number_in(tag, "cx") * g->scale,
			g->top - number_in(tag, "cy") * g->scale, number_in(tag, "r") * g->scale);
		HPDF_Page_Fill(p->page);
	}
}

/* Taken apart here: it is read from its tag to its end in one go. */
static void svg_set(struct setting *s, str open)
{
	size_t end = str_find(s->rest, S("/svg>")), box = str_find(open, S("viewBox=\"0 0 980 "));
	str body = str_sub(s->rest, 0, end == (size_t)-1 ? s->rest.n : end), high = S("");
	int64_t height = 0;

	s->rest = end == (size_t)-1 ? S("") : str_sub(s->rest, end + 5, s->rest.n);
	if (box != (size_t)-1)
		high = str_sub(open, box + sizeof "viewBox=\"0 0 980 " - 1, open.n);
	if (!str_int(str_cut(&high, '"'), &height) || height <= 0)
		return;
	block_end(s);
	struct drawing g = {.s = s, .scale = WIDTH / 980};
	float most = HPDF_Page_GetHeight(s->p->page) - PAPER_MARGIN - PAPER_FOOT - 10;

	g.scale = (float)height * g.scale > most ? most / (float)height : g.scale;
	paper_room(s->p, (float)height * g.scale);
	g.top = s->p->y;
	while (body.n) {
		(void)str_cut(&body, '<');
		str tag = str_cut(&body, '>'), rest = body, words = str_cut(&rest, '<');

		if (str_starts(tag, S("text ")))
			svg_text(&g, tag, words);
		else
			svg_shape(&g, tag);
	}
	s->p->y = g.top - (float)height * g.scale;
}

/* ---- markup ------------------------------------------------------------------------------- */
static bool tag_is(str tag, const char *name)
{
	size_t n = strlen(name);

	return str_starts(tag, str_of(name)) && (tag.n == n || tag.p[n] == ' ');
}

static void list_tag(struct setting *s, str tag)
{
	if (tag_is(tag, "ul") || tag_is(tag, "dl")) {
		block_end(s);
		s->deep++;
	} else if (tag_is(tag, "/ul") || tag_is(tag, "/dl")) {
		block_end(s);
		s->deep -= s->deep > 0;
	} else if (tag_is(tag, "li") || tag_is(tag, "dd")) {
		block_end(s);
		s->indent = (float)(BULLET * (s->deep + 1));
		s->mark = tag_is(tag, "li") ? "•" : NULL;
		return;
	} else if (tag_is(tag, "dt")) {
		block_end(s);
		paper_room(s->p, TEXT_SIZE * 4);
		s->font = s->p->bold;
	} else {
		return;
	}
	s->indent = (float)(BULLET * (s->deep > 1 ? s->deep - 1 : 0));
}

static void table_tag(struct setting *s, str tag)
{
	if (tag_is(tag, "tr"))
		row_begin(s, false);
	else if (tag_is(tag, "/tr"))
		row_end(s);
	else if (tag_is(tag, "td") || tag_is(tag, "th"))
		cell_begin(s);
	if (tag_is(tag, "th"))
		s->heads = true;
}

static void tag_set(struct setting *s, str tag)
{
	if (tag_is(tag, "svg"))
		svg_set(s, tag);
	else if (tag_is(tag, "h2"))
		heading_begin(s, 13);
	else if (tag_is(tag, "h3"))
		heading_begin(s, 10.5f);
	else if (tag_is(tag, "caption")) { /* the heading above says it */
		(void)str_cut(&s->rest, '<');
		(void)str_cut(&s->rest, '>');
	} else if (tag_is(tag, "br"))
		out_char(at_hand(s), '\n');
	else if (tag_is(tag, "p") && !s->in_cell) {
		block_end(s);
		s->indent = s->deep ? s->indent : 0;
	} else if ((tag_is(tag, "/p") || tag_is(tag, "/h2") || tag_is(tag, "/h3") ||
			   tag_is(tag, "/li") || tag_is(tag, "/dd") || tag_is(tag, "/dt") ||
			   tag_is(tag, "summary") || tag_is(tag, "/summary")) &&
		   !s->in_cell)
		block_end(s);
	else {
		list_tag(s, tag);
		table_tag(s, tag);
	}
}

static void title(struct setting *s)
{
	const struct privacy_pdf *v = s->v;
	struct paper *p = s->p;

	paper_put(p, PAPER_MARGIN, p->bold, 18, paper_say(p, TEXT(privacy_title)));
	paper_down(p, 18);
	paper_put(p, PAPER_MARGIN, p->plain, 8,
		v->number ? str_fmt(p->arena,
				    STR_FMT " · " STR_FMT " " STR_FMT " · " STR_FMT " " STR_FMT,
				    STR_ARG(paper_say(p, TEXT(privacy_version, v->number))),
				    STR_ARG(paper_say(p, TEXT(privacy_since))),
				    STR_ARG(PAPER_SAY(p, v->since)),
				    STR_ARG(paper_say(p, TEXT(privacy_hash))), STR_ARG(v->hash))
			  : paper_say(p, TEXT(privacy_draft)));
	paper_down(p, 8);
}

static void draw(struct paper *p, void *ctx)
{
	struct setting s = {.p = p, .v = ctx, .font = p->plain, .size = TEXT_SIZE};

	s.rest = s.v->body;
	words_begin(&s, &s.words);
	title(&s);
	while (s.rest.n) {
		text_add(&s, str_cut(&s.rest, '<'));
		if (s.rest.n)
			tag_set(&s, str_cut(&s.rest, '>'));
	}
	block_end(&s);
}

str privacy_pdf(struct arena *a, const struct locale *l, const struct privacy_pdf *v)
{
	struct privacy_pdf shown = *v;

	return paper_make(a, l, v->hash, draw, &shown);
}
