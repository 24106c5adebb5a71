/* Tables of counts that may be given away: which cells are left out, and noise on the rest.
 *
 * Left out first: cells of fewer than AGGREGATE_K companies, and those that one company dominates.
 * Then complementary cells. A table with margins is a set of equations: a cell that is left out can
 * be worked out from them exactly if it is a bridge of the graph whose nodes are lines (rows and
 * columns, the margins among them) and whose edges are the cells left out. So cells are added, the
 * smallest first, until no edge is a bridge; and until no line's left-out cells together are of
 * fewer than AGGREGATE_K companies, for their sum is what the line gives away.
 *
 * Noise: the discrete Laplace distribution by exact sampling with whole numbers alone (Canonne,
 * Kamath, Steinke, "The Discrete Gaussian for Differential Privacy", 2020, algorithms 1 and 2):
 * floating point leaks through its low bits. */
#include "market/rights/suppress.h"

/* ---- exact sampling ---- */

/* 0 .. n-1, evenly. */
static uint64_t below(uint64_t n)
{
	uint64_t v, top = UINT64_MAX - UINT64_MAX % n;

	do
		random_bytes(&v, sizeof v);
	while (v >= top);
	return v % n;
}

/* True with probability exp(-num/den), 0 <= num <= den. */
static bool exp_below_one(uint64_t num, uint64_t den)
{
	uint64_t k = 1;

	while (below(den * k) < num)
		k++;
	return k & 1;
}

/* P(y) is proportional to exp(-|y| * s / t). */
int64_t discrete_laplace(uint64_t t, uint64_t s)
{
	MUST(t && s && t < UINT32_MAX && s < UINT32_MAX);
	for (;;) {
		uint64_t u = below(t), v = 0;

		if (!exp_below_one(u, t))
			continue;
		while (exp_below_one(1, 1))
			v++;
		uint64_t y = (u + t * v) / s;
		bool minus = below(2);

		if (minus && !y)
			continue;
		return minus ? -(int64_t)y : (int64_t)y;
	}
}

/* ---- what is left out ---- */

static struct cell *at(struct crosstab *t, size_t row, size_t col)
{
	return &t->v[row * (t->cols + 1) + col];
}

static bool primary(const struct cell *c)
{
	return c->companies < AGGREGATE_K ||
	       c->largest * 100 >= c->sum * AGGREGATE_DOMINANCE_PERCENT;
}

/* Nodes: rows 0..rows, then columns 0..cols; the last of each is the margin's line. */
struct bridges {
	struct crosstab *t;
	int low[AGGREGATE_LINES_MAX], order[AGGREGATE_LINES_MAX], n;
	size_t row, col; /* a cell that can be worked out */
	bool found;
};

static void visit(struct bridges *b, size_t node, size_t from)
{
	struct crosstab *t = b->t;
	size_t rows = t->rows + 1, others = node < rows ? t->cols + 1 : rows;

	b->order[node] = b->low[node] = ++b->n;
	for (size_t i = 0; i < others && !b->found; i++) {
		size_t next = node < rows ? rows + i : i;
		size_t row = node < rows ? node : i, col = node < rows ? i : node - rows;

		if (next == from || !at(t, row, col)->out)
			continue;
		if (!b->order[next]) {
			visit(b, next, node);
			if (b->low[next] < b->low[node])
				b->low[node] = b->low[next];
			if (!b->found && b->low[next] > b->order[node]) {
				b->found = true;
				b->row = row;
				b->col = col;
			}
		} else if (b->order[next] < b->low[node]) {
			b->low[node] = b->order[next];
		}
	}
}

static bool derivable(struct crosstab *t, size_t *row, size_t *col)
{
	struct bridges b = {.t = t};

	for (size_t i = 0; i < t->rows + t->cols + 2 && !b.found; i++)
		if (!b.order[i])
			visit(&b, i, SIZE_MAX);
	*row = b.row;
	*col = b.col;
	return b.found;
}

/* The smallest cell of a line that is still shown is left out too; inner cells before margins. */
static bool one_more(struct crosstab *t, size_t row, size_t col, bool along_row)
{
	struct cell *best = NULL;
	size_t n = along_row ? t->cols + 1 : t->rows + 1;

	for (size_t i = 0; i < n; i++) {
		struct cell *c = along_row ? at(t, row, i) : at(t, i, col);
		bool margin = i == n - 1;

		if (c->out || (margin && best))
			continue;
		if (!best || c->sum < best->sum)
			best = c;
	}
	if (best)
		best->out = true;
	return best;
}

/* A line whose left-out cells are together of fewer companies than one cell must be. */
static bool thin_line(struct crosstab *t, size_t *row, size_t *col, bool *along_row)
{
	for (size_t line = 0; line < t->rows + t->cols + 2; line++) {
		bool is_row = line <= t->rows;
		size_t n = is_row ? t->cols + 1 : t->rows + 1, out = 0, i;
		int64_t companies = 0;

		for (i = 0; i < n; i++) {
			struct cell *c = is_row ? at(t, line, i) : at(t, i, line - t->rows - 1);

			out += c->out;
			companies += c->out ? c->companies : 0;
		}
		if (out && out < n && companies < AGGREGATE_K) {
			*along_row = is_row;
			*row = is_row ? line : 0;
			*col = is_row ? 0 : line - t->rows - 1;
			return true;
		}
	}
	return false;
}

void crosstab_suppress(struct crosstab *t)
{
	size_t row, col;
	bool along_row;

	MUST(t->rows && t->cols && t->rows + t->cols + 2 <= AGGREGATE_LINES_MAX);
	for (size_t i = 0; i < (t->rows + 1) * (t->cols + 1); i++)
		t->v[i].out = primary(&t->v[i]);
	for (;;) {
		if (thin_line(t, &row, &col, &along_row))
			MUST(one_more(t, row, col, along_row));
		else if (!derivable(t, &row, &col))
			break;
		else if (!one_more(t, row, col, true) && !one_more(t, row, col, false))
			break; /* the whole line is out: nothing of it is shown */
		else
			continue;
	}
}

/* Rounded to AGGREGATE_ROUND, never below 0. */
void crosstab_noise(struct crosstab *t, uint64_t scale_num, uint64_t scale_den)
{
	for (size_t i = 0; i < (t->rows + 1) * (t->cols + 1); i++) {
		int64_t v = t->v[i].sum;

		if (t->v[i].out)
			continue;
		v += discrete_laplace(scale_num, scale_den);
		v = (v + AGGREGATE_ROUND / 2) / AGGREGATE_ROUND * AGGREGATE_ROUND;
		t->v[i].shown = v > 0 ? v : 0;
	}
}
