/* chart: measures; chart.html draws. Geometry is floating point (only pixels come of it), figures
 * stay integers. */
#include <math.h>
#include <stdlib.h>

#include "web/chart.h"
#include "gen/chart.html.h"
#include "gen/lang.h"

static const char *const lines[] = {"run k1", "run k2", "run k3", "run k4", "run k5", "run k6"};
static const char *const areas[] = {
	"area k1", "area k2", "area k3", "area k4", "area k5", "area k6"};
static const char *const dots[] = {"dot k1", "dot k2", "dot k3", "dot k4", "dot k5", "dot k6"};
static const char *const bars[] = {
	"bar-of k1", "bar-of k2", "bar-of k3", "bar-of k4", "bar-of k5", "bar-of k6"};

enum { TOP = 10, BOTTOM = 26, LEFT = 44, RIGHT = 8, TICKS = 4, LABEL_PX = 56, BAR_PX_MAX = 56 };

/* A coordinate with one decimal, never in exponent form and never in the reader's language. */
static str px(struct arena *a, double v)
{
	int64_t t = llround(v * 10);
	uint64_t n = (uint64_t)(t < 0 ? -t : t);

	if (n % 10 == 0)
		return str_fmt(a, "%s%llu", t < 0 ? "-" : "", (unsigned long long)(n / 10));
	return str_fmt(a, "%s%llu.%llu", t < 0 ? "-" : "", (unsigned long long)(n / 10),
		(unsigned long long)(n % 10));
}

static struct out *side(struct out *o, size_t first)
{
	struct out *s = arena_new(o->arena, struct out);

	out_init(s, o->arena, first, 1 << 20, o->locale);
	return s;
}

str chart_value(struct out *o, const struct chart *c, int64_t v)
{
	struct out *s = side(o, 32);

	switch (c->unit) {
	case CHART_MONEY: out_money(s, money_of(v, str_of(c->currency))); break;
	case CHART_PERCENT:
		out_int(s, v / 10);
		out_char(s, o->locale->decimal);
		out_char(s, (char)('0' + llabs(v % 10)));
		out_lit(s, " %");
		break;
	case CHART_COUNT: out_int(s, v); break;
	}
	return out_view(s);
}

/* What one whole unit of the axis is: a major unit of money, a percent, one. */
static double whole(const struct chart *c)
{
	if (c->unit == CHART_PERCENT)
		return 10;
	if (c->unit == CHART_MONEY && currency_exponent(str_of(c->currency)) > 0)
		return pow(10, currency_exponent(str_of(c->currency)));
	return 1;
}

/* Axis figures are short: 250k, 12M; the table has the digits. `most` decides for all alike. */
static str tick_text(struct out *o, const struct chart *c, double v, double most, double step)
{
	struct out *s = side(o, 24);
	double unit = whole(c), scale = most / unit >= 1e7 ? 1e6 : most / unit >= 1e4 ? 1e3 : 1;

	v /= unit * scale;
	step /= unit * scale;
	int decimals = step >= 1 ? 0 : step >= 0.1 ? 1 : 2;
	int64_t fixed = llround(fabs(v) * pow(10, decimals));
	int64_t by = decimals == 2 ? 100 : decimals ? 10 : 1;

	if (v < 0 && fixed)
		out_char(s, '-');
	out_int(s, fixed / by);
	if (decimals) {
		out_char(s, o->locale->decimal);
		out_fmt(s, "%0*lld", decimals, (long long)(fixed % by));
	}
	if (scale > 1 && fixed)
		out_char(s, scale > 1e3 ? 'M' : 'k');
	if (c->unit == CHART_PERCENT)
		out_lit(s, " %");
	return out_view(s);
}

/* The axis: from lo to hi in steps that people count in (1, 2, 5), zero always on it. */
struct scale {
	double lo, hi, step, top, tall;
};

static double nice(double span)
{
	double raw = span / TICKS, ten = pow(10, floor(log10(raw)));
	double f = raw / ten;

	return (f <= 1 ? 1 : f <= 2 ? 2 : f <= 5 ? 5 : 10) * ten;
}

static struct scale scale_of(const struct chart *c, double lo, double hi, int height)
{
	struct scale s = {.top = TOP, .tall = height - TOP - BOTTOM};

	lo = fmin(lo, 0);
	hi = fmax(hi, 0);
	if (hi <= lo)
		hi = whole(c);
	s.step = fmax(nice(hi - lo), 1); /* values are whole: no tick lies between two of them */
	s.lo = floor(lo / s.step) * s.step;
	s.hi = ceil(hi / s.step) * s.step;
	return s;
}

static double y_of(const struct scale *s, double v)
{
	return s->top + (s->hi - v) / (s->hi - s->lo) * s->tall;
}

static void label_y(struct out *o, struct chart_drawn *d, const struct scale *s)
{
	int n = (int)llround((s->hi - s->lo) / s->step);

	d->y = arena_array(o->arena, struct chart_label, (size_t)n + 1);
	for (int i = 0; i <= n; i++) {
		double v = s->lo + i * s->step;
		d->y[d->y_n++] = (struct chart_label){px(o->arena, y_of(s, v)),
			tick_text(o, d->c, v, fmax(fabs(s->lo), fabs(s->hi)), s->step)};
	}
	d->zero = px(o->arena, y_of(s, 0));
}

static str text_view(struct out *o, struct text t)
{
	struct out *s = side(o, 32);

	out_text_plain(s, t);
	return out_view(s);
}

/* Middle of point i, when each has a slot of its own. */
static double slot(const struct chart_drawn *d, size_t i)
{
	return d->left + (d->right - d->left) * ((double)i + 0.5) / (double)d->c->n;
}

/* As many labels as there is room for, the newest always among them. */
static void label_x(struct out *o, struct chart_drawn *d)
{
	size_t n = d->c->n, room = (size_t)((d->right - d->left) / LABEL_PX);
	size_t every = room ? (n + room - 1) / room : n;

	d->x = arena_array(o->arena, struct chart_label, n);
	for (size_t i = (n - 1) % every; i < n; i += every)
		d->x[d->x_n++] = (struct chart_label){
			px(o->arena, slot(d, i)), text_view(o, d->c->labels[i])};
}

static void ends(const struct chart *c, int64_t *lo, int64_t *hi)
{
	*lo = INT64_MAX;
	*hi = INT64_MIN;
	for (size_t s = 0; s < c->series_n; s++)
		for (size_t i = 0; i < c->n; i++) {
			int64_t v = c->series[s].v[i];
			*lo = v < *lo ? v : *lo;
			*hi = v > *hi ? v : *hi;
		}
}

static struct chart_drawn begin(struct out *o, const struct chart *c)
{
	struct chart_drawn d = {.c = c,
		.width = c->width ? c->width : 480,
		.height = c->height ? c->height : 200,
		.left = LEFT};
	int64_t lo, hi;

	MUST(c->n <= CHART_POINTS_MAX && c->series_n && c->series_n <= CHART_SERIES_MAX);
	d.right = d.width - RIGHT;
	d.base = d.height - 6;
	if (!c->n)
		return d;
	ends(c, &lo, &hi);
	d.about = text_view(o, TEXT(look_chart_about, (int64_t)(c->n * c->series_n),
				       chart_value(o, c, lo), chart_value(o, c, hi)));
	return d;
}

static str tip(struct out *o, const struct chart *c, size_t s, size_t i)
{
	struct out *t = side(o, 64);

	out_text_plain(t, c->labels[i]);
	if (c->series_n > 1) {
		out_lit(t, " · ");
		out_text_plain(t, c->series[s].name);
	}
	out_lit(t, ": ");
	out_str(t, chart_value(o, c, c->series[s].v[i]));
	return out_view(t);
}

/* One point is a dot, as a small ring; more are a line. */
static void run(struct out *o, struct chart_drawn *d, const struct scale *sc, size_t s)
{
	const struct chart *c = d->c;
	struct out *line = side(o, 512), *area = side(o, 512);

	for (size_t i = 0; i < c->n; i++)
		out_fmt(line, "%s" STR_FMT " " STR_FMT, i ? "L" : "M",
			STR_ARG(px(o->arena, slot(d, i))),
			STR_ARG(px(o->arena, y_of(sc, (double)c->series[s].v[i]))));
	if (c->n > 1 && c->area) {
		out_fmt(area, STR_FMT "L" STR_FMT " " STR_FMT "L" STR_FMT " " STR_FMT "z",
			STR_ARG(out_view(line)), STR_ARG(px(o->arena, slot(d, c->n - 1))),
			STR_ARG(d->zero), STR_ARG(px(o->arena, slot(d, 0))), STR_ARG(d->zero));
		d->paths[d->paths_n++] = (struct chart_path){out_view(area), areas[s], {NULL, 0}};
	}
	if (c->n > 1)
		d->paths[d->paths_n++] = (struct chart_path){out_view(line), lines[s], {NULL, 0}};
	for (size_t i = 0; i < c->n && c->n <= 31; i++) {
		struct out *dot = side(o, 64);
		out_fmt(dot, "M" STR_FMT " " STR_FMT "m-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0z",
			STR_ARG(px(o->arena, slot(d, i))),
			STR_ARG(px(o->arena, y_of(sc, (double)c->series[s].v[i]))));
		d->paths[d->paths_n++] =
			(struct chart_path){out_view(dot), dots[s], tip(o, c, s, i)};
	}
}

void chart_line(struct out *o, const struct chart *c)
{
	struct chart_drawn d = begin(o, c);
	int64_t lo, hi;

	if (c->n) {
		ends(c, &lo, &hi);
		struct scale sc = scale_of(c, (double)lo, (double)hi, d.height);
		label_y(o, &d, &sc);
		label_x(o, &d);
		d.paths = arena_array(o->arena, struct chart_path, c->series_n * (c->n + 2));
		for (size_t s = 0; s < c->series_n; s++)
			run(o, &d, &sc, s);
	}
	chart_draw(o, &d);
}

static void mark(struct out *o, struct chart_drawn *d, double x, double w, double y0, double y1,
	size_t s, size_t i)
{
	double top = fmin(y0, y1), tall = fabs(y1 - y0);

	if (d->c->series[s].v[i] && tall < 1) /* what is there is seen */
		tall = 1;
	d->marks[d->marks_n++] = (struct chart_mark){px(o->arena, x), px(o->arena, top),
		px(o->arena, fmax(w, 0.5)), px(o->arena, tall), bars[s], tip(o, d->c, s, i)};
}

void chart_bars(struct out *o, const struct chart *c)
{
	struct chart_drawn d = begin(o, c);
	int64_t lo, hi;

	if (c->n) {
		ends(c, &lo, &hi);
		struct scale sc = scale_of(c, (double)lo, (double)hi, d.height);
		double wide = fmin(
			(d.right - d.left) / (double)c->n * 0.72, BAR_PX_MAX * (double)c->series_n);
		double one = wide / (double)c->series_n;
		label_y(o, &d, &sc);
		label_x(o, &d);
		d.marks = arena_array(o->arena, struct chart_mark, c->series_n * c->n);
		for (size_t i = 0; i < c->n; i++)
			for (size_t s = 0; s < c->series_n; s++)
				mark(o, &d, slot(&d, i) - wide / 2 + one * (double)s, one * 0.94,
					y_of(&sc, 0), y_of(&sc, (double)c->series[s].v[i]), s, i);
	}
	chart_draw(o, &d);
}

void chart_stack(struct out *o, const struct chart *c)
{
	struct chart_drawn d = begin(o, c);
	double lo = 0, hi = 0;

	for (size_t i = 0; i < c->n; i++) {
		double up = 0, down = 0;
		for (size_t s = 0; s < c->series_n; s++) {
			up += fmax((double)c->series[s].v[i], 0);
			down += fmin((double)c->series[s].v[i], 0);
		}
		hi = fmax(hi, up);
		lo = fmin(lo, down);
	}
	if (c->n) {
		struct scale sc = scale_of(c, lo, hi, d.height);
		double wide = fmin((d.right - d.left) / (double)c->n * 0.66, BAR_PX_MAX);
		label_y(o, &d, &sc);
		label_x(o, &d);
		d.marks = arena_array(o->arena, struct chart_mark, c->series_n * c->n);
		for (size_t i = 0; i < c->n; i++) {
			double up = 0, down = 0;
			for (size_t s = 0; s < c->series_n; s++) {
				double v = (double)c->series[s].v[i], *from = v < 0 ? &down : &up;
				mark(o, &d, slot(&d, i) - wide / 2, wide, y_of(&sc, *from),
					y_of(&sc, *from + v), s, i);
				*from += v;
			}
		}
	}
	chart_draw(o, &d);
}

void chart_rows(struct out *o, const struct chart *c)
{
	struct chart_drawn d = begin(o, c);
	double most = 0;

	for (size_t i = 0; i < c->n; i++)
		most = fmax(most, fabs((double)c->series[0].v[i]));
	d.marks = arena_array(o->arena, struct chart_mark, c->n + 1);
	for (size_t i = 0; i < c->n; i++) {
		int64_t v = c->series[0].v[i];
		d.marks[d.marks_n++] = (struct chart_mark){.x = S("0"),
			.w = px(o->arena, most > 0 ? fabs((double)v) / most * 100 : 0),
			.class = v < 0 ? bars[3] : bars[0],
			.tip = chart_value(o, c, v)};
	}
	chart_draw_rows(o, &d);
}

/* A ring segment from a to b, as parts of the circle. A whole circle is two halves: an arc whose
 * ends meet is not drawn. */
static str ring(struct out *o, double from, double to)
{
	const double r = 54, in = 36;
	struct out *p = side(o, 160);
	bool all = to - from > 0.9999;

	if (all) {
		out_fmt(p, "M60 6a54 54 0 1 1 0 108a54 54 0 1 1 0-108zM60 24a36 36 0 1 0 0 72a36 "
			   "36 0 1 0 0-72z");
		return out_view(p);
	}
	double a = from * 2 * M_PI, b = to * 2 * M_PI;
	const double at[] = {60 + r * sin(a), 60 - r * cos(a), 60 + r * sin(b), 60 - r * cos(b),
		60 + in * sin(b), 60 - in * cos(b), 60 + in * sin(a), 60 - in * cos(a)};
	str n[8];
	for (size_t i = 0; i < COUNT(at); i++)
		n[i] = px(o->arena, at[i]);
	int big = to - from > 0.5;
	out_fmt(p,
		"M" STR_FMT " " STR_FMT "A54 54 0 %d 1 " STR_FMT " " STR_FMT "L" STR_FMT " " STR_FMT
		"A36 36 0 %d 0 " STR_FMT " " STR_FMT "z",
		STR_ARG(n[0]), STR_ARG(n[1]), big, STR_ARG(n[2]), STR_ARG(n[3]), STR_ARG(n[4]),
		STR_ARG(n[5]), big, STR_ARG(n[6]), STR_ARG(n[7]));
	return out_view(p);
}

void chart_donut(struct out *o, const struct chart *c)
{
	struct chart_drawn d = begin(o, c);
	const int64_t *v = c->series[0].v;
	size_t parts = c->n > CHART_SERIES_MAX ? CHART_SERIES_MAX : c->n;
	double total = 0, at = 0;

	for (size_t i = 0; i < c->n; i++)
		total += fmax((double)v[i], 0);
	d.paths = arena_array(o->arena, struct chart_path, CHART_SERIES_MAX);
	d.x = arena_array(o->arena, struct chart_label, CHART_SERIES_MAX);
	for (size_t i = 0; i < parts && total > 0; i++) {
		bool rest = i + 1 == parts && parts < c->n;
		double part = 0;
		for (size_t k = i; k < (rest ? c->n : i + 1); k++)
			part += fmax((double)v[k], 0);
		struct out *share = side(o, 16);
		int64_t tenths = llround(part / total * 1000);
		out_int(share, tenths / 10);
		out_char(share, o->locale->decimal);
		out_fmt(share, "%d %%", (int)(tenths % 10));
		str name = text_view(o, rest ? TEXT(look_chart_rest) : c->labels[i]);
		d.x[d.x_n++] = (struct chart_label){out_view(share), name};
		d.paths[d.paths_n++] = (struct chart_path){ring(o, at / total, (at + part) / total),
			bars[i], text_view(o, TEXT(look_chart_one, name, out_view(share)))};
		at += part;
	}
	if (total > 0)
		d.middle = tick_text(o, c, total, total, fmax(nice(total), whole(c)));
	chart_draw_donut(o, &d);
}

void chart_spark(struct out *o, struct text title, const int64_t *v, size_t n)
{
	struct chart_drawn d = {0};
	double lo = 0, hi = 0;

	MUST(n <= CHART_POINTS_MAX);
	for (size_t i = 0; i < n; i++) {
		lo = i ? fmin(lo, (double)v[i]) : (double)v[i];
		hi = i ? fmax(hi, (double)v[i]) : (double)v[i];
	}
	struct out *p = side(o, 256), *area = side(o, 256);
	for (size_t i = 0; i < n; i++) {
		double y = hi > lo ? 2 + (hi - (double)v[i]) / (hi - lo) * 24 : 14;
		double x = n > 1 ? 96.0 * (double)i / (double)(n - 1) : 48;
		out_fmt(p, "%s" STR_FMT " " STR_FMT, i ? "L" : "M", STR_ARG(px(o->arena, x)),
			STR_ARG(px(o->arena, y)));
	}
	out_fmt(area, STR_FMT "V28H0z", STR_ARG(out_view(p)));
	d.paths = arena_array(o->arena, struct chart_path, 2);
	if (n > 1) {
		d.paths[d.paths_n++] = (struct chart_path){out_view(area), areas[0], {NULL, 0}};
		d.paths[d.paths_n++] = (struct chart_path){out_view(p), lines[0], {NULL, 0}};
	}
	chart_draw_spark(o, title, &d);
}
