/* Tracking: what a model expects of all customers in each period after the cut, against what they
 * did.
 *
 * What is expected up to the end of a period is an exact sum over customers, so it does not depend
 * on their order; threads take periods. A period is the difference of two such sums. Cost: 20 ns a
 * customer and period for BG and MBG. */
#include "segment/value_track.h"

#include <inttypes.h>
#include <math.h>

#include "base/elementary.h"
#include "base/error.h"
#include "base/parallel.h"
#include "base/stats.h"
#include "segment/value_cells.h"

#define PERIODS_MOST 100000
#define SLOTS 2048

typedef struct tracking {
	const cstn_customer_value *model;
	const cstn__value_tracked *rows;
	size_t n;
	double period;
	double *totals; /* up to the end of each period */
} tracking;

static cstn_status one_period(void *context, size_t index, int32_t worker)
{
	const tracking *run = context;
	const cstn__value_model *model = &run->model->fit.model;
	double t = run->period * (double)(index + 1);
	cstn__value_cells *cells = NULL;
	cstn__exact_sum sum;
	size_t i;

	(void)worker;
	cstn__exact_sum_init(&sum);
	if (model->kind == CSTN__VALUE_BGNBD || model->kind == CSTN__VALUE_MBGNBD) {
		cells = cstn__value_cells_new(&run->model->allocator, model, 1, SLOTS);
		if (!cells)
			return CSTN_E_NOMEM;
	}
	for (i = 0; i < run->n; i++) {
		const cstn__value_tracked *at = &run->rows[i];

		cstn__exact_sum_add(&sum,
				cells ? cstn__exp(at->log_alive) * cstn__value_cells_h(cells,
										   &at->row, t, 0)
				      : cstn__value_future_of(
							model, &at->row, at->log_alive, t, NULL));
	}
	cstn__value_cells_free(cells);
	run->totals[index] = cstn__exact_sum_value(&sum);
	return CSTN_OK;
}

static cstn_status put_table(const tracking *run, const cstn_value_predict_options *options,
		size_t periods, struct ArrowArrayStream *out, cstn_error **error)
{
	static const char *const names[] = {
			"period", "expected", "expected_total", "actual", "actual_total"};
	cstn__table_builder *table = NULL;
	cstn_status status = cstn__table_builder_new(&run->model->allocator, &table, error);
	int64_t actual = 0;
	int32_t c, failed = 0;
	size_t i;

	if (status != CSTN_OK)
		return status;
	for (c = 0; c < 5; c++)
		failed |= cstn__table_add_column(table, names[c],
					  c == 1 || c == 2 ? CSTN_TYPE_DOUBLE : CSTN_TYPE_INT64, 0,
					  c > 2) < 0;
	if (failed)
		status = cstn__fail_nomem(error);
	for (i = 0; i < periods && status == CSTN_OK; i++) {
		cstn__table_put_i64(table, 0, (int64_t)i + 1);
		cstn__table_put_f64(table, 1, run->totals[i] - (i ? run->totals[i - 1] : 0.0));
		cstn__table_put_f64(table, 2, run->totals[i]);
		if (i >= options->n_actual) {
			cstn__table_put_null(table, 3);
			cstn__table_put_null(table, 4);
		} else if (__builtin_add_overflow(actual, options->actual[i], &actual)) {
			status = cstn__fail(error, CSTN_E_OVERFLOW,
					"actual purchases up to period %zu overflow int64", i + 1);
		} else {
			cstn__table_put_i64(table, 3, options->actual[i]);
			cstn__table_put_i64(table, 4, actual);
		}
	}
	if (status == CSTN_OK)
		return cstn__table_export(table, out, error);
	cstn__table_builder_free(table);
	return status;
}

static cstn_status check(
		const cstn_value_predict_options *options, double whole, cstn_error **error)
{
	size_t i;

	if (!(whole >= 1.0) || !(whole <= PERIODS_MOST))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"the holdout has %.0f periods of %g; 1 to %d expected", whole,
				options->period, PERIODS_MOST);
	if ((options->n_actual && !options->actual) || (double)options->n_actual > whole)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"actual has %zu periods, the holdout %.0f", options->n_actual,
				whole);
	for (i = 0; i < options->n_actual; i++)
		if (options->actual[i] < 0)
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"actual is %" PRId64 " in period %zu; 0 or more expected",
					options->actual[i], i + 1);
	return CSTN_OK;
}

cstn_status cstn__value_track(const cstn_customer_value *model,
		const cstn_value_predict_options *options, const cstn__value_tracked *rows,
		size_t n, double t, struct ArrowArrayStream *out, cstn_error **error)
{
	tracking run = {model, rows, n, options->period, NULL};
	/* 0.1 and its like do not divide: what is whole but for rounding is whole */
	double whole = floor(t / options->period * (1.0 + 1e-12));
	cstn_status status = check(options, whole, error);
	size_t periods, size;

	if (status != CSTN_OK)
		return status;
	periods = (size_t)whole;
	size = cstn__array_size(periods, sizeof(*run.totals));
	run.totals = cstn__alloc(&model->allocator, size);
	if (!run.totals)
		return cstn__fail_nomem(error);
	if (cstn__parallel_for(periods, cstn__threads_resolve(options->threads, periods), NULL,
			    one_period, &run) != CSTN_OK)
		status = cstn__fail_nomem(error);
	if (status == CSTN_OK)
		status = put_table(&run, options, periods, out, error);
	cstn__free(&model->allocator, run.totals, size);
	return status;
}
