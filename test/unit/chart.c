/* Charts: whatever the figures are, the picture is well formed and stays inside its frame. */
#include "test/test.h"
#include "web/chart.h"
#include "gen/lang.h"

static struct out page;

static str draw(void (*f)(struct out *, const struct chart *), const int64_t *v, size_t n,
	size_t series, enum chart_unit unit, const char *tag)
{
	struct chart_series s[CHART_SERIES_MAX];
	struct text *labels = arena_array(test_arena, struct text, n + 1);

	for (size_t i = 0; i < n; i++)
		labels[i] = TEXT(look_as_is, S("A & <i>"));
	for (size_t i = 0; i < series; i++)
		s[i] = (struct chart_series){TEXT(look_as_is, S("\"quoted\"")), v};
	out_init(&page, test_arena, 4096, 4 << 20, locale_of(str_of(tag)));
	f(&page, &(struct chart){.title = TEXT(look_as_is, S("Sales")),
			 .labels = labels,
			 .n = n,
			 .series = s,
			 .series_n = series,
			 .unit = unit,
			 .currency = "EUR",
			 .area = true});
	return out_view(&page);
}

static size_t times(str s, const char *what)
{
	size_t n = 0, at;

	while ((at = str_find(s, str_of(what))) != (size_t)-1) {
		n++;
		s = str_sub(s, at + 1, s.n);
	}
	return n;
}

/* No figure went wrong on its way to a coordinate, and all elements are closed. */
static void sound(str s)
{
	static const char *const tags[] = {
		"svg", "figure", "rect", "path", "text", "line", "table", "ul", "title"};

	for (size_t i = 0; i < COUNT(tags); i++)
		CHECK_INT(times(s, str_fmt(test_arena, "<%s>", tags[i]).p) +
				  times(s, str_fmt(test_arena, "<%s ", tags[i]).p),
			times(s, str_fmt(test_arena, "</%s>", tags[i]).p));
	CHECK_INT(0, times(s, "nan") + times(s, "inf") + times(s, "<i>") + times(s, " style="));
}

static void (*const kinds[])(struct out *, const struct chart *) = {
	chart_line, chart_bars, chart_stack, chart_rows, chart_donut};

TEST(any_figures)
{
	static const int64_t equal[] = {7, 7, 7}, zero[] = {0, 0, 0}, negative[] = {-5, -9, -1},
			     mixed[] = {-5, 0, 12}, huge[] = {INT64_MAX, INT64_MIN + 1, 1},
			     one[] = {42};
	static const struct {
		const int64_t *v;
		size_t n;
	} all[] = {
		{NULL, 0}, {one, 1}, {equal, 3}, {zero, 3}, {negative, 3}, {mixed, 3}, {huge, 3}};

	for (size_t k = 0; k < COUNT(kinds); k++)
		for (size_t i = 0; i < COUNT(all); i++)
			for (size_t series = 1; series <= 3; series++)
				for (int unit = CHART_COUNT; unit <= CHART_PERCENT; unit++)
					sound(draw(kinds[k], all[i].v, all[i].n, series,
						(enum chart_unit)unit, "en"));
}

TEST(nothing_says_so)
{
	for (size_t k = 0; k < COUNT(kinds); k++) {
		str s = draw(kinds[k], NULL, 0, 1, CHART_COUNT, "en");
		CHECK_INT(0, times(s, "<svg"));
		CHECK_INT(1, times(s, "No figures"));
	}
}

TEST(axis_counts_in_steps_of_people)
{
	static const int64_t v[] = {0, 137, 480};
	str s = draw(chart_bars, v, 3, 1, CHART_COUNT, "en");

	CHECK_INT(1, times(s, ">200</text>"));
	CHECK_INT(1, times(s, ">400</text>"));
	CHECK_INT(0, times(s, ">137</text>"));
	CHECK_INT(1, times(s, ": 137</title>"));
}

TEST(readers_language)
{
	static const int64_t v[] = {123456789, 5};
	str en = draw(chart_line, v, 2, 1, CHART_MONEY, "en"), de;

	CHECK(times(en, "EUR 1,234,567.89") >= 2);
	de = draw(chart_line, v, 2, 1, CHART_MONEY, "de");
	CHECK(times(de, "1.234.567,89") >= 2);
}

TEST(stays_inside)
{
	static const int64_t v[] = {1, 1000000, -1000000, 3};
	str s = draw(chart_bars, v, 4, 1, CHART_COUNT, "en");

	while (str_find(s, S(" y=\"")) != (size_t)-1) {
		s = str_sub(s, str_find(s, S(" y=\"")) + 4, s.n);
		double y = strtod(s.p, NULL);
		CHECK(y >= 0 && y <= 200);
	}
}

TEST(whole_ring)
{
	static const int64_t v[] = {10, 0, -3};
	str s = draw(chart_donut, v, 3, 1, CHART_COUNT, "en");

	CHECK_INT(1, times(s, "<b>100.0 %</b>"));
	CHECK_INT(2, times(s, "<b>0.0 %</b>"));
}

TEST(many_parts_become_others)
{
	static const int64_t v[] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
	str s = draw(chart_donut, v, 10, 1, CHART_COUNT, "en");

	CHECK_INT(6, times(s, "<path "));
	CHECK_INT(1, times(s, "<b>50.0 %</b>"));
}

TEST(too_many)
{
	int64_t *v = arena_array(test_arena, int64_t, CHART_POINTS_MAX + 1);

	sound(draw(chart_line, v, CHART_POINTS_MAX, 1, CHART_COUNT, "en"));
	CHECK_FAULT(FAULT_BUG, draw(chart_line, v, CHART_POINTS_MAX + 1, 1, CHART_COUNT, "en"));
}

TEST(sparks)
{
	static const int64_t v[] = {3, 3, 3}, w[] = {INT64_MIN + 1, INT64_MAX};

	out_init(&page, test_arena, 4096, 1 << 20, locale_of(S("en")));
	chart_spark(&page, TEXT(look_as_is, S("x")), NULL, 0);
	chart_spark(&page, TEXT(look_as_is, S("x")), v, 1);
	chart_spark(&page, TEXT(look_as_is, S("x")), v, 3);
	chart_spark(&page, TEXT(look_as_is, S("x")), w, 2);
	sound(out_view(&page));
	CHECK_INT(4, times(out_view(&page), "<svg"));
}

int main(void)
{
	return test_main();
}
