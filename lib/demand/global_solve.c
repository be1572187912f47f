/* Sums of squares and products of the global ridge, and its solution.
 *
 * Rows of one series are summed up in doubles in the order of time; that sum is then added to exact
 * accumulators, cell by cell, once a series. So the total is the same for any order of series, any
 * split and any number of threads, at the price of some microseconds a series. Dense columns are
 * multiplied four rows at a time, each cell adding them in order; of the others only what is not 0.
 * The level of a pool needs no second pass: forecasts are linear in the coefficients, so that the
 * sum of the forecasts of a pool comes out of the sum of its features. O(columns^3) to solve. */
#include <math.h>

#include "base/cholesky.h"
#include "demand/global.h"

#define WIDTH CSTN__GLOBAL_WIDTH
#define TARGET CSTN__GLOBAL_DENSE
#define BLOCK 4
#define SQUARES 3
#define MEMORY_SEASONS 13

/* Cells of a lower triangle of n rows. */
static size_t triangle(size_t n)
{
	return n * (n + 1) / 2;
}

/* Where a column stands in the sums: the target lies behind the dense ones. */
static size_t place(size_t column)
{
	return column < TARGET ? column : column + 1;
}

static size_t side(const cstn__global_sums *sums)
{
	return sums->columns + 1;
}

static size_t gram_size(const cstn__global_sums *sums)
{
	return triangle(side(sums)) * sizeof(**sums->gram);
}

static size_t level_size(const cstn__global_sums *sums)
{
	return sums->n_pools * side(sums) * sizeof(*sums->level);
}

static size_t once_size(const cstn__global_sums *sums)
{
	return side(sums) * side(sums) * sizeof(**sums->once);
}

int cstn__global_sums_init(cstn__global_sums *sums, const cstn__global_plan *plan,
		const cstn_allocator *allocator)
{
	size_t i, k;
	int failed;

	memset(sums, 0, sizeof(*sums));
	sums->allocator = *allocator;
	sums->columns = plan->columns;
	sums->n_pools = plan->n_pools;
	sums->level = cstn__alloc(allocator, level_size(sums));
	failed = !sums->level;
	for (k = 0; k < 2; k++) {
		sums->gram[k] = cstn__alloc(allocator, gram_size(sums));
		failed |= !sums->gram[k];
	}
	for (k = 0; k < SQUARES; k++) {
		sums->once[k] = cstn__alloc(allocator, once_size(sums));
		failed |= !sums->once[k];
	}
	if (failed) {
		cstn__global_sums_free(sums);
		return -1;
	}
	for (i = 0; i < 2 * triangle(side(sums)); i++)
		cstn__exact_sum_init(&sums->gram[i & 1][i / 2]);
	for (i = 0; i < sums->n_pools * side(sums); i++)
		cstn__exact_sum_init(&sums->level[i]);
	return 0;
}

void cstn__global_sums_free(cstn__global_sums *sums)
{
	size_t k;

	for (k = 0; k < 2; k++)
		cstn__free(&sums->allocator, sums->gram[k], gram_size(sums));
	for (k = 0; k < SQUARES; k++)
		cstn__free(&sums->allocator, sums->once[k], once_size(sums));
	cstn__free(&sums->allocator, sums->level, level_size(sums));
	memset(sums->gram, 0, sizeof(sums->gram));
	memset(sums->once, 0, sizeof(sums->once));
	sums->level = NULL;
}

/* --- one series ------------------------------------------------------------------------------- */

void cstn__global_sums_begin(cstn__global_sums *sums)
{
	size_t k;

	for (k = 0; k < SQUARES; k++)
		memset(sums->once[k], 0, once_size(sums));
	sums->series++;
}

/* Four rows of dense columns. Each cell adds the rows in order; what lies above the diagonal is
 * never read. */
static void add_dense(double *once, size_t stride, const double *rows)
{
	size_t i, j;

	for (i = 0; i < WIDTH; i++) {
		double a = rows[i], b = rows[WIDTH + i], c = rows[2 * WIDTH + i],
		       d = rows[3 * WIDTH + i];
		double *cell = once + i * stride;

		for (j = 0; j <= (i | 3); j++) {
			double sum = cell[j];

			sum += a * rows[j];
			sum += b * rows[WIDTH + j];
			sum += c * rows[2 * WIDTH + j];
			sum += d * rows[3 * WIDTH + j];
			cell[j] = sum;
		}
	}
}

static void add_listed(double *once, size_t stride, const cstn__global_rows *rows, size_t row)
{
	const uint32_t *column = rows->column + row * rows->listed;
	const double *value = rows->value + row * rows->listed;
	const double *dense = rows->dense + row * WIDTH;
	size_t k, j;

	for (k = 0; k < rows->count[row]; k++) {
		double *cell = once + place(column[k]) * stride, v = value[k];

		for (j = 0; j < WIDTH; j++)
			cell[j] += v * dense[j];
		for (j = 0; j <= k; j++) /* columns of a list ascend */
			cell[place(column[j])] += v * value[j];
	}
}

void cstn__global_sums_rows(cstn__global_sums *sums, const cstn__global_rows *rows, size_t square)
{
	double *once = sums->once[square];
	size_t stride = side(sums), r;

	for (r = 0; r + BLOCK <= rows->n; r += BLOCK)
		add_dense(once, stride, rows->dense + r * WIDTH);
	if (r < rows->n) {
		double left[BLOCK * WIDTH] = {0};

		memcpy(left, rows->dense + r * WIDTH, (rows->n - r) * WIDTH * sizeof(*left));
		add_dense(once, stride, left);
	}
	for (r = 0; r < rows->n; r++)
		add_listed(once, stride, rows, r);
	if (square < 2)
		sums->rows += rows->n;
}

void cstn__global_sums_end(cstn__global_sums *sums)
{
	size_t n = side(sums), i, j, k;

	for (k = 0; k < 2; k++)
		for (i = 0; i < n; i++)
			for (j = 0; j <= i; j++) {
				double sum = sums->once[k][i * n + j] +
					     sums->once[k + 1][i * n + j];

				if (sum != 0) /* NOLINT: nothing to add */
					cstn__exact_sum_add(&sums->gram[k][triangle(i) + j], sum);
			}
}

void cstn__global_sums_level(
		cstn__global_sums *sums, const cstn__global_rows *rows, size_t pool, double scale)
{
	cstn__exact_sum *level = sums->level + pool * side(sums);
	double once[CSTN__GLOBAL_COLUMNS_MOST + 1] = {0};
	size_t r, j;

	for (r = 0; r < rows->n; r++) {
		for (j = 0; j < WIDTH; j++)
			once[j] += rows->dense[r * WIDTH + j] * scale;
		for (j = 0; j < rows->count[r]; j++)
			once[place(rows->column[r * rows->listed + j])] +=
					rows->value[r * rows->listed + j] * scale;
	}
	for (j = 0; j < side(sums); j++)
		if (once[j] != 0) /* NOLINT: nothing to add */
			cstn__exact_sum_add(&level[j], once[j]);
}

void cstn__global_sums_merge(cstn__global_sums *into, const cstn__global_sums *from)
{
	size_t i;

	for (i = 0; i < 2 * triangle(side(into)); i++)
		cstn__exact_sum_merge(&into->gram[i & 1][i / 2], &from->gram[i & 1][i / 2]);
	for (i = 0; i < into->n_pools * side(into); i++)
		cstn__exact_sum_merge(&into->level[i], &from->level[i]);
	into->series += from->series;
	into->rows += from->rows;
}

/* --- all of them ------------------------------------------------------------------------------ */

static int read_gram(const cstn__global_sums *sums, size_t which, double *gram, double *right)
{
	const cstn__exact_sum *exact = sums->gram[which];
	size_t p = sums->columns, i, j;

	for (i = 0; i < p; i++) {
		size_t row = place(i);

		for (j = 0; j <= i; j++)
			gram[i * p + j] = cstn__exact_sum_value(&exact[triangle(row) + place(j)]);
		right[i] = cstn__exact_sum_value(&exact[row > TARGET ? triangle(row) + TARGET
								     : triangle(TARGET) + row]);
		if (!isfinite(gram[i * p + i]) || !isfinite(right[i]))
			return -2;
	}
	return 0;
}

/* One of the two fits; `gram` has columns by columns. */
static int solve(const cstn__global_sums *sums, size_t which, double penalty, double *gram,
		double *coefficients)
{
	double trace = 0;
	size_t p = sums->columns, i;

	if (read_gram(sums, which, gram, coefficients))
		return -2;
	for (i = 0; i < p; i++)
		trace += gram[i * p + i];
	for (i = 0; i < p; i++)
		gram[i * p + i] += penalty * trace / (double)p;
	if (!(trace > 0) || !isfinite(trace) || cstn__cholesky(p, p, gram, gram))
		return -2;
	cstn__cholesky_solve(p, p, gram, coefficients, coefficients);
	for (i = 0; i < p; i++)
		if (!isfinite(coefficients[i]))
			return -2;
	return 0;
}

/* What the last horizon sold against what would have been forecast, drawn to 1 where that is
 * little. */
static double level_of(const cstn__exact_sum *level, size_t columns, const double *coefficients)
{
	double sold = cstn__exact_sum_value(&level[TARGET]), sum = 0, c;
	size_t i;

	for (i = 0; i < columns; i++)
		sum += coefficients[i] * cstn__exact_sum_value(&level[place(i)]);
	if (!(sum > 0) || !isfinite(sum) || !isfinite(sold))
		return 1;
	c = 1 + (sold / sum - 1) * sum / (sum + 100);
	return c < .5 ? .5 : c > 2 ? 2 : c;
}

int cstn__global_solve(
		const cstn__global_sums *sums, double penalty, double *coefficients, double *levels)
{
	size_t p = sums->columns, size = (p + 1) * p * sizeof(double), i;
	double *gram = cstn__alloc(&sums->allocator, size), *before;
	int wrong, is_new;

	if (!gram)
		return -1;
	before = gram + p * p;
	is_new = solve(sums, 1, penalty, gram, before) != 0; /* too young for levels */
	wrong = solve(sums, 0, penalty, gram, coefficients);
	for (i = 0; i < sums->n_pools && !wrong; i++)
		levels[i] = is_new ? 1 : level_of(sums->level + i * side(sums), p, before);
	cstn__free(&sums->allocator, gram, size);
	return wrong;
}

/* --- learning and forecasting ----------------------------------------------------------------- */

/* How many origins the fit stood behind a horizon before. */
static size_t origins_back(const cstn__global_plan *plan)
{
	return (plan->horizon + plan->season - 1) / plan->season;
}

size_t cstn__global_origins(const cstn__global_plan *plan)
{
	return plan->origins + origins_back(plan);
}

/* The square that the rows of an origin are summed up in. */
static size_t square_of(const cstn__global_plan *plan, size_t origin)
{
	return origin < origins_back(plan) ? 0 : origin < plan->origins ? 1 : 2;
}

const double *cstn__global_ratio_of(const cstn__global_plan *plan,
		const cstn__global_series *series, const double *ratios, size_t origin)
{
	return ratios + (origin * plan->n_pools + series->pool) * plan->season;
}

int cstn__global_origin(const cstn__global_plan *plan, const cstn__global_series *series,
		int64_t end, const double *ratios, size_t origin, cstn__global_walk *walk,
		cstn__global_rows *rows)
{
	int64_t at = end - series->first - (int64_t)(plan->horizon + origin * plan->season);

	if (at < 1 || (size_t)at + plan->horizon > series->n)
		return 0;
	cstn__global_walk_to(walk, (size_t)at);
	cstn__global_rows_make(rows, plan, series, walk,
			cstn__global_ratio_of(plan, series, ratios, origin), plan->horizon, 1);
	return rows->n && (size_t)at >= MEMORY_SEASONS * plan->season &&
					       rows->dense[CSTN__GLOBAL_MEAN_13] > 0
			       ? 2
			       : 1;
}

int cstn__global_learn(cstn__global_sums *sums, const cstn__global_plan *plan,
		const cstn__global_series *series, int64_t end, const double *ratios,
		cstn__global_walk *walk, cstn__global_rows *rows)
{
	int has_begun = 0;
	size_t k;

	if (cstn__global_walk_start(walk, series->y, series->n))
		return -1;
	for (k = cstn__global_origins(plan); k-- > 0 && walk->scale > 0;) {
		int made = cstn__global_origin(plan, series, end, ratios, k, walk, rows);

		if (made && !k)
			cstn__global_sums_level(sums, rows, series->pool, walk->scale);
		if (made < 2)
			continue;
		if (!has_begun)
			cstn__global_sums_begin(sums);
		has_begun = 1;
		cstn__global_sums_rows(sums, rows, square_of(plan, k));
	}
	if (has_begun)
		cstn__global_sums_end(sums);
	return 0;
}

void cstn__global_predict(const cstn__global_rows *rows, const double *coefficients, double factor,
		double *out)
{
	size_t r, j;

	for (r = 0; r < rows->n; r++) {
		const double *dense = rows->dense + r * WIDTH;
		double sum = 0;

		for (j = 0; j < CSTN__GLOBAL_DENSE; j++)
			sum += dense[j] * coefficients[j];
		for (j = 0; j < rows->count[r]; j++)
			sum += rows->value[r * rows->listed + j] *
			       coefficients[rows->column[r * rows->listed + j]];
		out[r] = sum > 0 ? sum * factor : 0;
	}
}
