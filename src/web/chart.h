/* chart: SVG drawn by the server, in the reader's language and in the theme's colours.
 *
 * Nothing but attributes and classes (kontor.css): the content security policy allows no inline
 * style. Each chart has a title and a description for screen readers and, unless it is a sparkline,
 * its figures as a table in <details>. Any data is drawn: none, one point, all equal, negative, the
 * largest int64. Values are integers; `unit` says how they are printed. chart.c measures,
 * chart.html draws. Memory comes from the arena of `o`. */
#ifndef KONTOR_CHART_H
#define KONTOR_CHART_H

#include "../base/out.h"

enum {
	CHART_POINTS_MAX = 400, /* of one series; more fault (FAULT_BUG) */
	CHART_SERIES_MAX = 6,	/* as many as there are colours; more fault, a donut's become one */
};
enum chart_unit { CHART_COUNT, CHART_MONEY, CHART_PERCENT /* value in tenths of a percent */ };
struct chart_series {
	struct text name;
	const int64_t *v; /* chart.n values */
};
struct chart {
	struct text title;
	const struct text *labels; /* of the n points: days, months, categories */
	size_t n;
	const struct chart_series *series;
	size_t series_n;
	enum chart_unit unit;
	char currency[4];  /* CHART_MONEY: values are minor units */
	int width, height; /* of the view box; 0: 480 x 200 */
	bool area;	   /* line: fill below */
};
void chart_line(struct out *o, const struct chart *c);
void chart_bars(struct out *o, const struct chart *c); /* series side by side */
void chart_stack(
	struct out *o, const struct chart *c); /* on top of each other; negative ones go down */
/* The first series alone: label, bar, value, in the order given. */
void chart_rows(struct out *o, const struct chart *c);
/* The first series as parts of a whole; negative parts count as nothing, what is behind the fifth
 * of more than six as one. */
void chart_donut(struct out *o, const struct chart *c);
/* A word-sized line without axes; `title` says what it shows. */
void chart_spark(struct out *o, struct text title, const int64_t *v, size_t n);

/* ---- what chart.c hands to chart.html: all measured, coordinates as text ----------------------
 * */
struct chart_label {
	str at; /* x or y */
	str text;
};
struct chart_mark { /* a bar, with what the pointer is told */
	str x, y, w, h;
	const char *class;
	str tip;
};
struct chart_path {
	str d;
	const char *class;
	str tip;
};
struct chart_drawn {
	const struct chart *c;
	int width, height, left, right, base; /* base: y of the labels below */
	str zero, about;
	struct chart_label *y, *x;
	struct chart_mark *marks;
	struct chart_path *paths;
	size_t y_n, x_n, marks_n, paths_n;
	str middle; /* donut: the total */
};
str chart_value(struct out *o, const struct chart *c, int64_t v); /* as the reader wants it */

#endif
