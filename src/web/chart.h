/* chart: SVG drawn by the server, in the reader's language and in the theme's colours.
 *
 * Nothing but attributes and classes (kontor.css): the content security policy allows no inline
 * style. Each chart has a title and a description for screen readers and, unless it is a sparkline,
 * its figures as a table in <details>. Any data is drawn: none, one point, all equal, negative, the
 * largest int64. Values are integers; `unit` says how they are printed. */
#ifndef KONTOR_CHART_H
#define KONTOR_CHART_H

#include "../base/out.h"

enum {
	CHART_POINTS_MAX = 400, /* of one series; more are refused with a fault (FAULT_BUG) */
	CHART_SERIES_MAX = 6,
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
	char currency[4]; /* CHART_MONEY: values are minor units */
	int width, height; /* of the view box; 0: 640 x 220 */
	bool area;         /* line: fill below */
};
struct html chart_line(struct arena *a, const struct locale *l, const struct chart *c);
struct html chart_bars(struct arena *a, const struct locale *l, const struct chart *c);  /* grouped */
struct html chart_stack(struct arena *a, const struct locale *l, const struct chart *c); /* parts below 0 go down */
/* One series: label, bar, value, in the order given. */
struct html chart_rows(struct arena *a, const struct locale *l, const struct chart *c);
/* One series of parts of a whole; negative parts count as nothing; more than six: the rest as one. */
struct html chart_donut(struct arena *a, const struct locale *l, const struct chart *c);
/* A word-sized line without axes; `title` says what it shows. */
struct html chart_spark(struct arena *a, const struct locale *l, struct text title, const int64_t *v, size_t n);

#endif
