/* A report from the tally: cut off, left out, noise, rounded. */
#include "market/rights/aggregate.h"

#include <stdlib.h>

struct row {
	str line, col;
	int64_t company, n, amount;
	size_t l, c; /* places in the table */
};
struct rows {
	struct row *v;
	size_t n, cap;
};
struct names { /* of lines or columns, with how many companies each has */
	struct name {
		str s;
		int64_t n, last;
	} * v;
	size_t n, cap;
};

static int by_company(const void *x, const void *y)
{
	const struct row *a = x, *b = y;

	if (a->company != b->company)
		return a->company < b->company ? -1 : 1;
	int c = str_cmp(a->line, b->line);

	return c ? c : str_cmp(a->col, b->col);
}

/* By company; what several people of one ordered for the same cell is one row. */
static void rows_join(struct rows *r)
{
	size_t kept = 0;

	if (r->n)
		qsort(r->v, r->n, sizeof *r->v, by_company);
	for (size_t i = 0; i < r->n; i++)
		if (kept && !by_company(&r->v[kept - 1], &r->v[i])) {
			r->v[kept - 1].n += r->v[i].n;
			r->v[kept - 1].amount += r->v[i].amount;
		} else {
			r->v[kept++] = r->v[i];
		}
	r->n = kept;
}

static struct rows rows_read(struct db *db, enum aggregate_report report, int64_t period)
{
	struct tally_id after = {0};
	struct tally_rows_rows page;
	struct rows r = {0};

	while (r.n < AGGREGATE_ROWS_MAX && (page = tally_rows(db, report, period, after)).n)
		for (size_t i = 0; i < page.n; i++) {
			const struct tally_rows_row *t = &page.v[i];

			*ARENA_PUSH(db->arena, &r) = (struct row){
				t->line, t->col, t->company_id.v, t->n, t->amount, 0, 0};
			after = t->id;
		}
	rows_join(&r);
	return r;
}

static int by_name(const void *x, const void *y)
{
	return str_cmp(((const struct name *)x)->s, ((const struct name *)y)->s);
}

static int by_size(const void *x, const void *y)
{
	const struct name *a = x, *b = y;

	return a->n != b->n ? (a->n < b->n ? 1 : -1) : by_name(x, y);
}

/* Nobody adds more than `bound` in all: what is beyond it does not count. */
static void rows_bound(struct rows *r, int64_t bound)
{
	int64_t left = 0, company = 0;

	if (r->n)
		qsort(r->v, r->n, sizeof *r->v, by_company);
	for (size_t i = 0; i < r->n; i++) {
		struct row *v = &r->v[i];

		if (!i || v->company != company)
			left = bound;
		company = v->company;
		v->n = v->n < left ? v->n : left;
		left -= v->n;
	}
}

/* Rows come by company. */
static void names_add(struct arena *a, struct names *x, str s, int64_t company)
{
	for (size_t i = 0; i < x->n; i++)
		if (str_eq(x->v[i].s, s)) {
			x->v[i].n += x->v[i].last != company;
			x->v[i].last = company;
			return;
		}
	*ARENA_PUSH(a, x) = (struct name){s, 1, company};
}

/* The `most` largest in the order of their names, none of fewer than AGGREGATE_K companies, of
 * which nothing could be shown; then "other", where the rest goes. */
static void names_cut(struct arena *a, struct names *x, size_t most)
{
	if (x->n)
		qsort(x->v, x->n, sizeof *x->v, by_size);
	size_t all = x->n;

	while (x->n && (x->n > most || x->v[x->n - 1].n < AGGREGATE_K))
		x->n--;
	bool rest = x->n < all;

	if (x->n)
		qsort(x->v, x->n, sizeof *x->v, by_name);
	if (rest)
		*ARENA_PUSH(a, x) = (struct name){S("…"), 0, 0};
}

static size_t place(const struct names *x, str s)
{
	for (size_t i = 0; i < x->n; i++)
		if (str_eq(x->v[i].s, s))
			return i;
	return x->n - 1;
}

static void cell_add(struct cell *c, int64_t sum, int64_t n)
{
	c->sum += sum;
	c->companies++;
	c->largest = n > c->largest ? n : c->largest;
}

/* Rows lie by company: what one company has in a line of the table, and in all, is added up first,
 * so that companies of margins are counted once. */
static void margin_add(struct crosstab *t, const struct row *v, size_t n, bool by_col)
{
	size_t lines = by_col ? t->cols : t->rows;
	int64_t sum[AGGREGATE_LINES_MAX] = {0}, all = 0;

	for (size_t i = 0; i < n; i++) {
		sum[by_col ? v[i].c : v[i].l] += v[i].n;
		all += v[i].n;
	}
	for (size_t i = 0; i < lines; i++) {
		size_t at = by_col ? t->rows * (t->cols + 1) + i : i * (t->cols + 1) + t->cols;

		if (sum[i])
			cell_add(&t->v[at], sum[i], sum[i]);
	}
	if (all && !by_col)
		cell_add(&t->v[t->rows * (t->cols + 1) + t->cols], all, all);
}

/* One company's rows into the inner cells: those of one cell together, companies counted once. */
static void inner_add(struct crosstab *t, const struct row *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int64_t sum = v[i].n;
		bool first = true;

		for (size_t k = 0; k < n; k++) {
			bool same = v[k].l == v[i].l && v[k].c == v[i].c;

			first &= !(same && k < i);
			sum += same && k > i ? v[k].n : 0;
		}
		if (first && sum)
			cell_add(&t->v[v[i].l * (t->cols + 1) + v[i].c], sum, sum);
	}
}

static struct crosstab table_of(struct arena *a, struct rows *r, size_t lines, size_t cols)
{
	struct crosstab t = {lines, cols, arena_array(a, struct cell, (lines + 1) * (cols + 1))};

	for (size_t i = 0, n; i < r->n; i += n) {
		for (n = 1; i + n < r->n && r->v[i + n].company == r->v[i].company; n++)
			;
		inner_add(&t, r->v + i, n);
		margin_add(&t, r->v + i, n, false);
		margin_add(&t, r->v + i, n, true);
	}
	return t;
}

static void put(struct arena *a, struct aggregate_made *m, str line, str col, size_t l, size_t c,
	const struct cell *cell)
{
	*ARENA_PUSH(a, m) = (struct aggregate_out){.line = line,
		.col = col,
		.line_no = (int64_t)l,
		.col_no = (int64_t)c,
		.shown = cell->shown,
		.out = cell->out};
	m->shown += !cell->out;
}

/* Scale of the noise: what one company adds at most, divided by epsilon. */
static void noise(struct crosstab *t, int64_t most, int64_t epsilon)
{
	uint64_t num = (uint64_t)most * 1000, den = (uint64_t)epsilon / 1000;

	crosstab_noise(t, num, den);
}

static struct aggregate_made table_make(
	struct db *db, const struct aggregate_report_def *d, struct rows *r, int64_t epsilon)
{
	struct aggregate_made m = {0};
	struct names lines = {0}, cols = {0};
	struct arena *a = db->arena;

	rows_bound(r, d->bound);
	for (size_t i = 0; i < r->n; i++) {
		names_add(a, &lines, r->v[i].line, r->v[i].company);
		names_add(a, &cols, r->v[i].col, r->v[i].company);
	}
	if (!lines.n)
		return m;
	names_cut(a, &lines, AGGREGATE_LINES);
	names_cut(a, &cols, AGGREGATE_COLS);
	for (size_t i = 0; i < r->n; i++) {
		r->v[i].l = place(&lines, r->v[i].line);
		r->v[i].c = place(&cols, r->v[i].col);
	}
	struct crosstab t = table_of(a, r, lines.n, cols.n);

	crosstab_suppress(&t);
	noise(&t, d->bound * 4, epsilon); /* the cell, two margins and the whole */
	for (size_t l = 0; l <= lines.n; l++)
		for (size_t c = 0; c <= cols.n; c++)
			put(a, &m, l < lines.n ? lines.v[l].s : S(""),
				c < cols.n ? cols.v[c].s : S(""), l, c, &t.v[l * (cols.n + 1) + c]);
	m.lines = (int64_t)lines.n;
	return m;
}

/* ---- the price index ----------------------------------------------------------------------
 * What the same offers cost against the quarter before, in percent: each supplier says one number
 * for each class of goods, the mean of its offers, within PRICE_MIN and PRICE_MAX. */

static int by_offer(const void *x, const void *y)
{
	const struct row *a = x, *b = y;
	int c = str_cmp(a->col, b->col);

	return c ? c : str_cmp(a->line, b->line);
}

static const struct row *before_of(const struct rows *old, const struct row *v)
{
	return old->n ? bsearch(v, old->v, old->n, sizeof *old->v, by_offer) : NULL;
}

static int64_t relative(const struct row *now, const struct row *old)
{
	int64_t a = now->amount / now->n, b = old->amount / old->n;
	int64_t percent = b <= 0 ? 100 : a > INT64_MAX / 100 ? PRICE_MAX : a * 100 / b;

	return percent < PRICE_MIN ? PRICE_MIN : percent > PRICE_MAX ? PRICE_MAX : percent;
}

/* Rows of the table: a supplier's number in a class, above PRICE_MIN, so that none is negative. */
static struct rows prices_of(struct arena *a, struct rows *now, struct rows *old)
{
	struct rows r = {0};

	if (old->n)
		qsort(old->v, old->n, sizeof *old->v, by_offer);
	if (now->n)
		qsort(now->v, now->n, sizeof *now->v, by_company);
	for (size_t i = 0, n; i < now->n; i += n) {
		int64_t sum = 0, offers = 0;

		for (n = 0; i + n < now->n && now->v[i + n].company == now->v[i].company &&
			    str_eq(now->v[i + n].line, now->v[i].line);
			n++) {
			const struct row *b = before_of(old, &now->v[i + n]);

			sum += b ? relative(&now->v[i + n], b) : 0;
			offers += b != NULL;
		}
		if (offers)
			*ARENA_PUSH(a, &r) = (struct row){.line = now->v[i].line,
				.col = S("index"),
				.company = now->v[i].company,
				.n = sum / offers - PRICE_MIN + 1};
	}
	return r;
}

/* A supplier counts in three classes of goods at most. */
static void classes_bound(struct rows *r, int64_t bound)
{
	size_t kept = 0;
	int64_t n = 0, company = 0;

	for (size_t i = 0; i < r->n; i++) {
		n = i && r->v[i].company == company ? n + 1 : 1;
		company = r->v[i].company;
		if (n <= bound)
			r->v[kept++] = r->v[i];
	}
	r->n = kept;
}

static struct aggregate_made prices_make(struct db *db, const struct aggregate_report_def *d,
	struct rows *now, int64_t period, int64_t epsilon)
{
	struct rows old = rows_read(db, AGGREGATE_REPORT_PRICES, period - 1);
	struct rows r = prices_of(db->arena, now, &old);
	struct aggregate_made m = {0};
	struct names lines = {0};

	classes_bound(&r, d->bound);
	for (size_t i = 0; i < r.n; i++)
		names_add(db->arena, &lines, r.v[i].line, r.v[i].company);
	if (!lines.n)
		return m;
	names_cut(db->arena, &lines, AGGREGATE_LINES);
	for (size_t i = 0; i < r.n; i++)
		r.v[i].l = place(&lines, r.v[i].line);
	struct crosstab sums = table_of(db->arena, &r, lines.n, 1);

	crosstab_suppress(&sums);
	struct crosstab heads = {
		lines.n, 1, arena_array(db->arena, struct cell, (lines.n + 1) * 2)};

	for (size_t i = 0; i < (lines.n + 1) * 2; i++)
		heads.v[i] = (struct cell){.sum = sums.v[i].companies, .out = sums.v[i].out};
	/* half of epsilon for each; margins are not shown, so they cost nothing */
	noise(&sums, d->bound * (PRICE_MAX - PRICE_MIN + 1), epsilon / 2);
	noise(&heads, d->bound, epsilon / 2);
	for (size_t l = 0; l < lines.n; l++) {
		struct cell *c = &sums.v[l * 2];
		int64_t n = heads.v[l * 2].shown;

		if (!c->out)
			c->shown = n > 0 ? PRICE_MIN - 1 + c->shown / n : 100;
		if (c->shown > PRICE_MAX)
			c->shown = PRICE_MAX;
		put(db->arena, &m, lines.v[l].s, S("index"), l, 0, c);
	}
	m.lines = (int64_t)lines.n;
	return m;
}

/* ---- the training file --------------------------------------------------------------------
 * Lines of features alone; a line of fewer than AGGREGATE_K companies is not in it. */

static int by_line(const void *x, const void *y)
{
	const struct row *a = x, *b = y;
	int c = str_cmp(a->line, b->line);

	return c ? c : (a->company > b->company) - (a->company < b->company);
}

static struct aggregate_made training_make(
	struct db *db, const struct aggregate_report_def *d, struct rows *r, int64_t epsilon)
{
	struct aggregate_made m = {0};

	rows_bound(r, d->bound);
	if (r->n)
		qsort(r->v, r->n, sizeof *r->v, by_line);
	for (size_t i = 0, n; i < r->n && m.lines < AGGREGATE_COMBOS; i += n) {
		struct cell c[4] = {0};

		for (n = 0; i + n < r->n && str_eq(r->v[i + n].line, r->v[i].line); n++)
			if (r->v[i + n].n)
				cell_add(&c[0], r->v[i + n].n, r->v[i + n].n);
		c[1] = c[2] = c[3] = c[0];
		struct crosstab t = {1, 1, c};

		crosstab_suppress(&t);
		if (c[0].out)
			continue; /* not even that there is such a line */
		noise(&t, d->bound, epsilon);
		put(db->arena, &m, r->v[i].line, S("n"), (size_t)m.lines++, 0, &c[0]);
	}
	return m;
}

struct aggregate_made aggregate_make(
	struct db *db, const struct aggregate_report_def *d, int64_t period, int64_t epsilon)
{
	struct rows r = rows_read(db, d->report, period);

	switch (d->report) {
	case AGGREGATE_REPORT_ORDERS:
	case AGGREGATE_REPORT_REGISTRATIONS: return table_make(db, d, &r, epsilon);
	case AGGREGATE_REPORT_PRICES: return prices_make(db, d, &r, period, epsilon);
	case AGGREGATE_REPORT_TRAINING: return training_make(db, d, &r, epsilon);
	}
	return (struct aggregate_made){0};
}
