/* What is left out of a table cannot be worked out from what is shown; the noise is distributed
 * as it should be. */
#include "market/rights/suppress.h"
#include "test/test.h"

#include <math.h>

enum { SIDE = 6, CELLS = (SIDE + 1) * (SIDE + 1) };
#define PRIME INT64_C(1000003)

static int64_t power(int64_t b, int64_t e)
{
	int64_t r = 1;

	for (b %= PRIME; e; e >>= 1, b = b * b % PRIME)
		if (e & 1)
			r = r * b % PRIME;
	return r;
}

/* The equations of the table over what is unknown, brought to reduced form (over a prime field):
 * an unknown is determined exactly when some row has it alone. Another way than the program's. */
static size_t determined(const struct crosstab *t)
{
	static int64_t m[2 * SIDE + 2][CELLS];
	size_t rows = t->rows + 1, cols = t->cols + 1, unknown = 0, at[CELLS] = {0}, rank = 0,
	       n = 0;

	memset(m, 0, sizeof m);
	for (size_t i = 0; i < rows * cols; i++)
		at[i] = t->v[i].out ? unknown++ : SIZE_MAX;
	for (size_t i = 0; i < rows; i++)
		for (size_t k = 0; k < cols; k++)
			if (at[i * cols + k] != SIZE_MAX) {
				m[i][at[i * cols + k]] = k + 1 == cols ? PRIME - 1 : 1;
				m[rows + k][at[i * cols + k]] = i + 1 == rows ? PRIME - 1 : 1;
			}
	for (size_t c = 0; c < unknown && rank < rows + cols; c++) {
		size_t p = rank;

		while (p < rows + cols && !m[p][c])
			p++;
		if (p == rows + cols)
			continue;
		for (size_t k = 0; k < unknown; k++) {
			int64_t x = m[p][k];

			m[p][k] = m[rank][k];
			m[rank][k] = x;
		}
		int64_t inverse = power(m[rank][c], PRIME - 2);

		for (size_t k = 0; k < unknown; k++)
			m[rank][k] = m[rank][k] * inverse % PRIME;
		for (size_t i = 0; i < rows + cols; i++)
			for (size_t k = 0, f = (size_t)m[i][c]; i != rank && f && k < unknown; k++)
				m[i][k] = ((m[i][k] - (int64_t)f * m[rank][k]) % PRIME + PRIME) %
					  PRIME;
		rank++;
	}
	for (size_t i = 0; i < rank; i++) {
		size_t some = 0;

		for (size_t k = 0; k < unknown; k++)
			some += m[i][k] != 0;
		n += some == 1;
	}
	return n;
}

static struct crosstab draw(struct cell v[CELLS], int64_t most)
{
	struct crosstab t = {1 + test_random() % SIDE, 1 + test_random() % SIDE, v};
	size_t cols = t.cols + 1;

	memset(v, 0, CELLS * sizeof *v);
	for (size_t i = 0; i < t.rows; i++)
		for (size_t k = 0; k < t.cols; k++) {
			struct cell *c = &v[i * cols + k];

			c->companies = (int64_t)(test_random() % (uint64_t)most);
			c->sum = c->companies * (1 + (int64_t)(test_random() % 9));
			c->largest =
				c->companies ? 1 + c->sum / (1 + (int64_t)(test_random() % 9)) : 0;
			c->largest = c->largest > c->sum ? c->sum : c->largest;
			struct cell *line[] = {&v[i * cols + t.cols], &v[t.rows * cols + k],
				&v[t.rows * cols + t.cols]};

			for (size_t j = 0; j < 3; j++) {
				line[j]->sum += c->sum;
				line[j]->companies += c->companies;
				if (c->largest > line[j]->largest)
					line[j]->largest = c->largest;
			}
		}
	return t;
}

TEST(what_is_left_out_does_not_follow)
{
	struct cell v[CELLS];
	size_t shown = 0, out = 0;

	for (int i = 0; i < 2000; i++) {
		struct crosstab t = draw(v, i % 3 ? 40 : 15);
		size_t cells = (t.rows + 1) * (t.cols + 1);

		crosstab_suppress(&t);
		if (determined(&t))
			TEST_FAIL("%zux%zu: %zu cells follow", t.rows, t.cols, determined(&t));
		for (size_t k = 0; k < cells; k++) {
			shown += !v[k].out;
			out += v[k].out;
			if (!v[k].out &&
				(v[k].companies < AGGREGATE_K || v[k].largest * 4 >= v[k].sum * 3))
				TEST_FAIL("a cell of %lld companies is shown",
					(long long)v[k].companies);
		}
	}
	printf("# %zu cells shown, %zu left out\n", shown, out);
	CHECK(shown > 5000);
}

/* The test's own oracle must find what is wrong: one cell left out in a whole table follows. */
TEST(the_oracle_sees)
{
	struct cell v[CELLS];
	struct crosstab t = draw(v, 40);

	for (size_t i = 0; i < CELLS; i++)
		v[i].out = false;
	v[0].out = true;
	CHECK_INT(1, (int64_t)determined(&t));
}

TEST(the_noise_is_laplace)
{
	enum { N = 60000, W = 12 };
	static const uint64_t scale[][2] = {{1, 1}, {5, 1}, {3, 2}};

	for (size_t s = 0; s < COUNT(scale); s++) {
		double q = exp(-(double)scale[s][1] / (double)scale[s][0]), chi = 0, sum = 0,
		       mean = 0;
		int64_t n[2 * W + 1] = {0};

		for (int i = 0; i < N; i++) {
			int64_t y = discrete_laplace(scale[s][0], scale[s][1]);

			mean += (double)y;
			sum += (double)(y * y);
			if (y >= -W && y <= W)
				n[y + W]++;
		}
		for (int y = -W; y <= W; y++) {
			double want = N * (1 - q) / (1 + q) * pow(q, abs(y));

			if (want > 30)
				chi += ((double)n[y + W] - want) * ((double)n[y + W] - want) / want;
		}
		double variance = 2 * q / ((1 - q) * (1 - q));

		printf("# scale %llu/%llu: chi2 %.1f, variance %.3f of %.3f\n",
			(unsigned long long)scale[s][0], (unsigned long long)scale[s][1], chi,
			sum / N, variance);
		CHECK(chi < 70); /* 24 degrees of freedom: p < 0.00001 */
		CHECK(fabs(sum / N - variance) < variance * 0.08);
		CHECK(fabs(mean / N) < 5 * sqrt(variance / N));
	}
}

TEST(what_is_shown_is_rounded)
{
	struct cell v[CELLS];
	struct crosstab t = draw(v, 200);

	crosstab_suppress(&t);
	crosstab_noise(&t, 5, 1);
	for (size_t i = 0; i < (t.rows + 1) * (t.cols + 1); i++)
		CHECK(v[i].out || (v[i].shown >= 0 && v[i].shown % AGGREGATE_ROUND == 0));
}

int main(void)
{
	return test_main();
}
