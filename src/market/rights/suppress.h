/* suppress: tables of counts that may be given to third parties. */
#ifndef KONTOR_RIGHTS_SUPPRESS_H
#define KONTOR_RIGHTS_SUPPRESS_H

#include "base/base.h"

enum {
	AGGREGATE_K = 10,		  /* a cell is of at least so many companies */
	AGGREGATE_DOMINANCE_PERCENT = 75, /* and the largest has less than this share of it */
	AGGREGATE_ROUND = 5,
	AGGREGATE_LINES_MAX = 128,
};

struct cell {
	int64_t sum, companies, largest; /* largest: of one company */
	bool out;			 /* left out */
	int64_t shown;
};
/* rows x cols cells and their margins: (rows + 1) * (cols + 1) cells, row by row; the last of each
 * row and the last row are the margins, with sums and companies of their own. */
struct crosstab {
	size_t rows, cols;
	struct cell *v;
};
/* Marks what must not be shown: afterwards no cell left out follows from those shown. */
void crosstab_suppress(struct crosstab *t);
/* Adds noise of the scale num/den to each cell shown, and rounds. Scale: what one company can add
 * to all cells together, divided by epsilon. */
void crosstab_noise(struct crosstab *t, uint64_t scale_num, uint64_t scale_den);
int64_t discrete_laplace(uint64_t t, uint64_t s); /* scale t/s */

#endif
