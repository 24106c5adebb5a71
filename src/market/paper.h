/* paper: PDF pages, A4, in the reader's language: text put at places, and text that flows. */
#ifndef KONTOR_PAPER_H
#define KONTOR_PAPER_H

#include "base/out.h"

#include <hpdf.h>

enum {
	PAPER_MARGIN = 48,
	PAPER_LINE = 14,
	PAPER_FOOT = 70,
	PAPER_RIGHT = 547, /* A4 less the margin */
};

struct paper {
	HPDF_Doc doc;
	HPDF_Page page;
	HPDF_Font plain, bold;
	float y; /* of the next line, from the foot */
	struct arena *arena;
	const struct locale *locale;
	int pages;
	str footer; /* a line at the foot of each page; empty: none */
};

/* Draws a document and returns its bytes; they are the same whenever the same is drawn. Faults when
 * the fonts are missing or memory is. Sizes are in points. */
str paper_make(struct arena *a, const struct locale *l, str footer,
	void (*draw)(struct paper *p, void *ctx), void *ctx);
void paper_down(struct paper *p, float by); /* on a new page, when this one is full */
/* At least so much room below, else a new page. */
void paper_room(struct paper *p, float height);
void paper_put(struct paper *p, float x, HPDF_Font font, float size, str s);
void paper_put_right(struct paper *p, float x, HPDF_Font font, float size, str s);
/* As much of a text as fits into the width, by whole characters. */
str paper_fit(struct paper *p, str s, float size, float width);
/* The lines of a text in this width, broken between words and at line feeds; *n of them. */
str *paper_wrap(struct paper *p, HPDF_Font font, float size, float width, str s, size_t *n);
void paper_rule(struct paper *p, float below); /* a line over the whole width */
str paper_say(struct paper *p, struct text t);
#define PAPER_SAY(p, x) paper_say(p, (struct text){.msg = MSG_look_as_is, .arg = {ARG(x)}})

#endif
