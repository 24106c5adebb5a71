/* aggregate: figures for third parties, in which nobody can be recognised.
 *
 * A few fixed reports, all in aggregate_reports below; no others can be asked for, so that nothing
 * is learnt by asking twice with a small difference. They are made from the tally (what each
 * company adds to each cell in a quarter, followed from the histories by a job), never from orders:
 *
 *   1. what one company adds is cut off (`bound`), so that nobody weighs too much;
 *   2. cells of fewer than ten companies, or that one company dominates, are left out, and with
 *      them those from which they could be worked out (suppress.h);
 *   3. exact noise is added, of a scale that epsilon says, and the result is rounded.
 *
 * Each report costs epsilon (whole millionths) of the recipient's budget for that quarter; when it
 * is spent there are no more. What was made is stored: the same report is never drawn anew. */
#ifndef KONTOR_RIGHTS_AGGREGATE_H
#define KONTOR_RIGHTS_AGGREGATE_H

#include "jobs/jobs.h"
#include "market/process.h"
#include "market/rights/suppress.h"
#include "web/page.h"

#include "gen/aggregate.sql.h"
#include "gen/tally.sql.h"

enum {
	AGGREGATE_BUDGET = 3000000, /* epsilon in millionths: of one recipient, for one quarter */
	AGGREGATE_EPSILON_MIN = 50000,
	AGGREGATE_EPSILON_USUAL = 1000000,
	AGGREGATE_LINES = 60, /* of a table: the largest; what is beyond is in "other" */
	AGGREGATE_COLS = 40,
	AGGREGATE_COMBOS = 5000,      /* lines of the training file */
	AGGREGATE_ROWS_MAX = 1000000, /* of the tally, for one report */
	PRICE_MIN = 80, /* percent of the quarter before: what one company's prices say at most */
	PRICE_MAX = 120,
	AGGREGATE_YEAR_MIN = 2020,
};

struct aggregate_report_def {
	enum aggregate_report report;
	int title, about, line, col; /* enum msg; col 0: there is one column */
	int64_t bound;		     /* how much one company adds at most, to all cells together */
	bool margins;		     /* shown: what a company adds then stands in four cells */
};
extern const struct aggregate_report_def aggregate_reports[4];
const struct aggregate_report_def *aggregate_def(int report);

struct aggregate_form {
	int report;
	str recipient;
	int64_t year, quarter, epsilon;
};
struct aggregate_query {
	int64_t before;
};
extern const struct form aggregate_form, aggregate_query;
struct aggregate_grid {
	struct aggregate_cells_row *v; /* by line and column */
	size_t n;
};
struct aggregate_view {
	struct aggregate_one_row a;
	const struct aggregate_report_def *def;
	struct aggregate_grid grid;
	int64_t spent;
};
extern const struct route aggregate_routes[];
extern const struct process aggregate_process;
extern const struct job tally_job, aggregate_job;

/* Quarters: year * 4 + 0 .. 3. */
int64_t quarter_of(instant t);
instant quarter_begin(int64_t period);
str quarter_text(struct arena *a, int64_t period); /* 2026-Q3 */
struct text aggregate_line_text(const struct aggregate_report_def *d, str line);
struct text aggregate_col_text(const struct aggregate_report_def *d, str col);

/* aggregate_make.c: on a snapshot (purpose aggregates): the report's cells, ready to be kept. */
struct aggregate_made {
	struct aggregate_out {
		str line, col;
		int64_t line_no, col_no, shown;
		bool out;
	} * v;
	size_t n, cap;
	int64_t lines, shown;
};
struct aggregate_made aggregate_make(
	struct db *db, const struct aggregate_report_def *d, int64_t period, int64_t epsilon);

#endif
