/* Boosted trees beside the global ridge, on the same rows.
 *
 * Series are looked at twice more: for a sample of at most 100,000 rows that sets the cuts of the
 * bins, and to fill the bytes of all rows. Both take the rows in the order of the keys, each series
 * knowing where its own begin, so that threads write side by side and the order in which series
 * came changes nothing. */
#include <string.h>

#include "base/civil.h"
#include "base/error.h"
#include "base/parallel.h"
#include "demand/global_trees.h"

#define SAMPLE_MOST 100000

/* Columns of demand that are the ridge's own, then those of the target. */
static const uint8_t of_ridge[] = {CSTN__GLOBAL_FAST, CSTN__GLOBAL_FASTER, CSTN__GLOBAL_FASTEST,
		CSTN__GLOBAL_MEAN_1, CSTN__GLOBAL_MEAN_4, CSTN__GLOBAL_MEAN_13, CSTN__GLOBAL_SAME_8,
		CSTN__GLOBAL_SAME_4, CSTN__GLOBAL_SAME_1, CSTN__GLOBAL_BASE,
		CSTN__GLOBAL_MEAN_4_RATIO, CSTN__GLOBAL_LAST, CSTN__GLOBAL_YEAR,
		CSTN__GLOBAL_SHARE};
static const struct {
	const char *name, *of;
	size_t group;
} own_columns[] = {{"pause", "level", CSTN__GLOBAL_LEVEL},
		{"pool_ratio", "season", CSTN__GLOBAL_SEASON},
		{"ahead", "level", CSTN__GLOBAL_LEVEL}, {"position", "season", CSTN__GLOBAL_SEASON},
		{"day", "month", CSTN__GLOBAL_MONTH}, {"month", "month", CSTN__GLOBAL_MONTH},
		{"pool", "pool", CSTN__GLOBAL_POOL}, {"scale", "level", CSTN__GLOBAL_LEVEL}};
#define N_OF_RIDGE (sizeof(of_ridge) / sizeof(of_ridge[0]))
#define N_OWN (sizeof(own_columns) / sizeof(own_columns[0]))

size_t cstn__global_tree_columns(const cstn__global_plan *plan)
{
	size_t n = N_OF_RIDGE + N_OWN, i;

	for (i = 0; i < plan->n_signals; i++)
		n += plan->signals[i] & CSTN_GLOBAL_NEXT ? 2 : 1;
	return n;
}

void cstn__global_tree_name(const cstn_demand_global *model, size_t column,
		const char *const *ridge_names, const char **name, const char **of)
{
	size_t at = N_OF_RIDGE + N_OWN, i;

	*name = *of = "level";
	if (column < N_OF_RIDGE) {
		*name = ridge_names[of_ridge[column]];
		return;
	}
	if (column < at) {
		*name = own_columns[column - N_OF_RIDGE].name;
		*of = own_columns[column - N_OF_RIDGE].of;
		return;
	}
	for (i = 0; i < model->plan.n_signals; i++) {
		int has_next = (model->plan.signals[i] & CSTN_GLOBAL_NEXT) != 0;

		*of = model->signals[i];
		*name = column == at ? "same_period" : "next_period";
		if (column <= at + (size_t)has_next)
			return;
		at += 1 + (size_t)has_next;
	}
}

size_t cstn__global_tree_group(const cstn__global_plan *plan, size_t column)
{
	size_t at = N_OF_RIDGE + N_OWN, i;

	if (column < N_OF_RIDGE)
		return CSTN__GLOBAL_LEVEL;
	if (column < at)
		return own_columns[column - N_OF_RIDGE].group;
	for (i = 0; i + 1 < plan->n_signals; i++) {
		at += plan->signals[i] & CSTN_GLOBAL_NEXT ? 2 : 1;
		if (column < at)
			break;
	}
	return CSTN__GLOBAL_SIGNAL + i;
}

void cstn__global_tree_row(const cstn__global_rows *rows, size_t row, const cstn__global_plan *plan,
		const cstn__global_series *series, const cstn__global_walk *walk,
		const double *ratio, double *out)
{
	const double *dense = rows->dense + row * CSTN__GLOBAL_WIDTH;
	const size_t t = walk->at + rows->ahead[row] - 1;
	const size_t position = cstn__global_position(plan, series, t);
	int32_t year, month = 0, day = 0;
	int missing = 0;
	size_t i;

	for (i = 0; i < N_OF_RIDGE; i++)
		*out++ = dense[of_ridge[i]];
	if (plan->has_days)
		cstn__civil_of((int32_t)(series->first + (int64_t)t), &year, &month, &day);
	*out++ = walk->pause;
	*out++ = ratio[position];
	*out++ = (double)rows->ahead[row];
	*out++ = (double)position;
	*out++ = day;
	*out++ = month;
	*out++ = series->pool < plan->n_pools ? (double)series->pool : -1;
	*out++ = walk->scale;
	for (i = 0; i < plan->n_signals; i++) {
		*out++ = cstn__global_signal_at(series, i, t, walk->at, &missing);
		if (plan->signals[i] & CSTN_GLOBAL_NEXT)
			*out++ = cstn__global_signal_at(series, i, t + 1, walk->at, &missing);
	}
}

/* --- rows of a fit ---------------------------------------------------------------------------- */

typedef struct filling {
	const cstn__global_forest *forest;
	size_t columns, stride; /* every `stride`-th row is sampled */
	double *sample;         /* NULL: the bytes are filled */
	const cstn__bins *bins;
	uint8_t *bytes;
	double *target;
} filling;

static void put(const filling *to, size_t number, const double *x, double y)
{
	if (to->sample) {
		if (number % to->stride == 0)
			memcpy(to->sample + number / to->stride * to->columns, x,
					to->columns * sizeof(*x));
		return;
	}
	cstn__bins_row(to->bins, x, to->bytes + number * to->bins->stride);
	to->target[number] = y;
}

/* The rows of one series, as cstn__global_learn() takes them for the fit. */
static cstn_status fill_one(void *context, size_t item, int32_t worker)
{
	const filling *to = context;
	const cstn__global_forest *forest = to->forest;
	const cstn__global_plan *plan = forest->plan;
	const cstn__global_series series = forest->series_of(forest->context, item);
	cstn__global_walk *walk = forest->walk_of(forest->context, worker);
	cstn__global_rows *rows = forest->rows_of(forest->context, worker);
	double x[CSTN__TREE_COLUMNS_MOST];
	size_t number = forest->first[item], k, r;

	if (forest->first[item + 1] == number)
		return CSTN_OK;
	if (cstn__global_walk_start(walk, series.y, series.n))
		return CSTN_E_NOMEM;
	for (k = plan->origins; k-- > 0;) {
		int made = cstn__global_origin(
				plan, &series, forest->end, forest->ratios, k, walk, rows);

		for (r = 0; made == 2 && r < rows->n; r++) {
			cstn__global_tree_row(rows, r, plan, &series, walk,
					cstn__global_ratio_of(plan, &series, forest->ratios, k), x);
			put(to, number++, x,
					rows->dense[r * CSTN__GLOBAL_WIDTH + CSTN__GLOBAL_DENSE]);
		}
	}
	return CSTN_OK;
}

static cstn_status make_bins(
		const cstn__global_forest *forest, size_t n, cstn__bins *bins, cstn_error **error)
{
	const size_t stride = (n + SAMPLE_MOST - 1) / SAMPLE_MOST;
	const size_t sampled = (n + stride - 1) / stride;
	const size_t columns = cstn__global_tree_columns(forest->plan);
	const size_t size = cstn__array_size(sampled * columns, sizeof(double));
	filling to = {forest, columns, stride, cstn__alloc(forest->allocator, size), NULL, NULL,
			NULL};
	cstn_status status = CSTN_E_NOMEM;

	if (to.sample)
		status = cstn__parallel_for(forest->n_series, forest->threads, NULL, fill_one, &to);
	if (status == CSTN_OK && cstn__bins_make(bins, forest->allocator, to.sample, sampled,
						 columns, CSTN__BINS_MOST))
		status = CSTN_E_NOMEM;
	cstn__free(forest->allocator, to.sample, size);
	return status == CSTN_OK ? status : cstn__fail_nomem(error);
}

cstn_status cstn__global_grow(const cstn__global_forest *forest, int32_t rounds, cstn__trees *out,
		cstn_progress *progress, cstn_error **error)
{
	const cstn_allocator *allocator = forest->allocator;
	const size_t n = forest->first[forest->n_series];
	cstn__boost boost = CSTN__BOOST_INIT;
	filling to = {forest, 0, 0, NULL, NULL, NULL, NULL};
	cstn__bins bins;
	cstn_status status;

	if (n >= (size_t)1 << 28)
		return cstn__fail(
				error, CSTN_E_LIMIT, "%zu rows for trees, below 2^28 expected", n);
	status = make_bins(forest, n, &bins, error);
	if (status != CSTN_OK)
		return status;
	to.columns = bins.columns;
	to.bins = &bins;
	to.bytes = cstn__alloc_aligned(allocator, cstn__array_size(n, bins.stride), 64);
	to.target = cstn__alloc(allocator, cstn__array_size(n, sizeof(*to.target)));
	status = !to.bytes || !to.target ? CSTN_E_NOMEM
					 : cstn__parallel_for(forest->n_series, forest->threads,
							   NULL, fill_one, &to);
	boost.rounds = rounds;
	boost.threads = forest->threads;
	if (status != CSTN_OK)
		(void)cstn__fail_nomem(error);
	else
		status = cstn__trees_fit(out, &boost, &bins, to.bytes, to.target, n, allocator,
				progress, error);
	cstn__free_aligned(allocator, to.bytes, n * bins.stride, 64);
	cstn__free(allocator, to.target, n * sizeof(*to.target));
	cstn__bins_free(&bins);
	return status;
}
