/* Quantiles as columns beside the means of a stream of forecasts.
 *
 * The levels that pools ask for instead of the levels that were asked for are worked out once a
 * stream; a path then costs one pass upward a mean, see count.c. The median is always there, since
 * it serves absolute errors as the mean serves squared ones, and they differ on counts. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/cpu.h"
#include "base/error.h"
#include "demand/model_forecast.h"

#define MILLION 1e6
#define MEDIAN_PPM 500000
#define LEVELS_MOST 1000

static int32_t ppm_of(double level)
{
	return (int32_t)floor(level * MILLION + 0.5);
}

cstn_status cstn__demand_check_levels(const double *levels, size_t n, cstn_error **error)
{
	size_t i;

	if (n && !levels)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "levels is NULL");
	if (n > LEVELS_MOST)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "n_levels is %zu (0 to %d)", n,
				LEVELS_MOST);
	for (i = 0; i < n; i++) {
		if (!(levels[i] > 0 && levels[i] < 1) || (i && levels[i] <= levels[i - 1]))
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"level %zu is %g; ascending ones inside (0, 1) expected", i,
					levels[i]);
		if (ppm_of(levels[i]) < 1 || ppm_of(levels[i]) >= (int32_t)MILLION ||
				(i && ppm_of(levels[i]) == ppm_of(levels[i - 1])))
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"level %zu is %.9g; different millionths from 1 to "
					"999,999 expected",
					i, levels[i]);
	}
	return CSTN_OK;
}

/* --- levels of a stream ----------------------------------------------------------------------- */

void cstn__demand_quantiles_free(cstn__demand_quantiles_of *of, const cstn_allocator *allocator)
{
	cstn__free(allocator, of->level, of->n * sizeof(*of->level));
	cstn__free(allocator, of->asked,
			of->pools * CSTN__HORIZON_WEEKS * of->n * sizeof(*of->asked));
	memset(of, 0, sizeof(*of));
}

static void merge_median(cstn__demand_quantiles_of *of, const double *levels, size_t n)
{
	size_t i, k = 0;

	of->n = 0;
	for (i = 0; i <= n; i++) {
		if (i < n && ppm_of(levels[i]) == MEDIAN_PPM)
			of->has_median = 1;
		if (k == 0 && (i == n || ppm_of(levels[i]) >= MEDIAN_PPM)) {
			of->median = of->n;
			k = 1;
			if (i == n || ppm_of(levels[i]) > MEDIAN_PPM)
				of->level[of->n++] = 0.5;
		}
		if (i < n)
			of->level[of->n++] = levels[i];
	}
}

cstn_status cstn__demand_quantiles_make(cstn__demand_quantiles_of *of,
		const cstn_demand_model *model, const double *levels, size_t n, cstn_error **error)
{
	int is_asked = (model->config.flags & CSTN_DEMAND_CALIBRATE) != 0;
	size_t all = n + 1, i;

	if (!n)
		return CSTN_OK;
	for (i = 0; i < n; i++)
		all -= ppm_of(levels[i]) == MEDIAN_PPM;
	of->simd = cstn__cpu_simd();
	of->n = all;
	of->pools = is_asked ? model->pools.count : 0;
	of->level = cstn__alloc(&model->allocator, all * sizeof(*of->level));
	if (is_asked)
		of->asked = cstn__alloc(&model->allocator,
				cstn__array_size(of->pools,
						CSTN__HORIZON_WEEKS * all * sizeof(*of->asked)));
	if (!of->level || (is_asked && !of->asked)) {
		cstn__demand_quantiles_free(of, &model->allocator);
		return cstn__fail_nomem(error);
	}
	merge_median(of, levels, n);
	for (i = 0; i < of->pools; i++)
		cstn__demand_pool_levels(&model->pools.items[i], of->level, of->n,
				of->asked + i * CSTN__HORIZON_WEEKS * of->n);
	return CSTN_OK;
}

void cstn__demand_quantiles_put(const cstn__demand_quantiles_of *of, const cstn_demand_model *model,
		const cstn__demand_path *path, const double *mean, double *out, double *within)
{
	double scratch[2 * CSTN_HORIZON_MOST];
	cstn__demand_levels levels = {of->simd, of->level, of->n, NULL, scratch};

	if (of->asked && path->pool)
		levels.asked = of->asked + (size_t)(path->pool - model->pools.items) *
							   CSTN__HORIZON_WEEKS * of->n;
	cstn__demand_quantiles(model, path->series, &levels, mean, path->horizon, out);
	if (of->has_within)
		cstn__demand_within(model, path->series, &levels, mean, path->horizon, out, within);
}

/* --- columns ---------------------------------------------------------------------------------- */

static int is_column(const cstn__demand_quantiles_of *of, size_t i)
{
	return i != of->median || of->has_median;
}

/* A column a level that was asked for. */
static int add_columns(
		const cstn__demand_quantiles_of *of, const char *what, cstn__table_builder *table)
{
	char name[24];
	size_t i;

	for (i = 0; i < of->n; i++) {
		if (!is_column(of, i))
			continue;
		snprintf(name, sizeof(name), "%s_%" PRId32, what, ppm_of(of->level[i]));
		if (cstn__table_add_column(table, name, CSTN_TYPE_DOUBLE, 0, 0) < 0)
			return -1;
	}
	return 0;
}

int cstn__demand_quantiles_columns(const cstn__demand_quantiles_of *of, cstn__table_builder *table)
{
	if (!of->n)
		return 0;
	if (cstn__table_add_column(table, "median", CSTN_TYPE_DOUBLE, 0, 0) < 0 ||
			add_columns(of, "q", table))
		return -1;
	return of->has_within ? add_columns(of, "within", table) : 0;
}

/* Level `at` of rows of levels. */
static void put_column(const cstn__demand_quantiles_of *of, cstn__table_builder *table,
		int32_t column, const double *from, size_t at, double *values, size_t rows)
{
	size_t t;

	for (t = 0; t < rows; t++)
		values[t] = from[t * of->n + at];
	cstn__table_put_many_f64(table, column, values, NULL, rows);
}

int32_t cstn__demand_quantiles_rows(const cstn__demand_quantiles_of *of, cstn__table_builder *table,
		int32_t column, double *quantile, const double *within, size_t rows)
{
	double *values = quantile + rows * of->n;
	int32_t first = column;
	size_t i;

	put_column(of, table, column++, quantile, of->median, values, rows);
	for (i = 0; i < of->n; i++)
		if (is_column(of, i))
			put_column(of, table, column++, quantile, i, values, rows);
	for (i = 0; i < of->n && of->has_within; i++)
		if (is_column(of, i))
			put_column(of, table, column++, within, i, values, rows);
	return column - first;
}

/* --- one path --------------------------------------------------------------------------------- */

void cstn__demand_quantiles_one(const cstn_demand_model *model, const cstn__demand_path *path,
		const double *levels, size_t n, const double *mean, double *out)
{
	double scratch[2 * CSTN_HORIZON_MOST], asked[CSTN__HORIZON_WEEKS * LEVELS_MOST];
	cstn__demand_levels of = {0, levels, n, NULL, scratch};

	if (model->config.flags & CSTN_DEMAND_CALIBRATE && path->pool) {
		cstn__demand_pool_levels(path->pool, levels, n, asked);
		of.asked = asked;
	}
	cstn__demand_quantiles(model, path->series, &of, mean, path->horizon, out);
}
