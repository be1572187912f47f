/* A model against what customers did after it was made: sums, means by x, and whether those it
 * calls alive came back. Rows are kept (24 bytes a row) because deciles need all of them; ties in
 * P(alive) go by row, so the tables depend on the rows alone. O(n log n). */
#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "base/elementary.h"
#include "base/error.h"
#include "base/sort.h"
#include "segment/value_track.h"

#define BINS 8
#define DECILES 10

typedef struct outcome {
	double alive, expected;
	uint32_t actual, x;
	size_t row;
} outcome;

typedef struct holdout_run {
	const cstn_customer_value *model;
	cstn__value_reader *reader;
	double t;
	int tracks, reserved;
	CSTN__ARRAY(outcome) rows;
	CSTN__ARRAY(cstn__value_tracked) tracked; /* instead, for tracking */
	cstn__value_block block;
} holdout_run;

static void judge(holdout_run *run, int32_t from, int32_t n)
{
	const cstn__value_model *model = &run->model->fit.model;
	cstn__value_chunk chunk;
	cstn__value_terms terms;
	int32_t i;

	chunk.n = n;
	for (i = 0; i < n; i++) {
		chunk.x[i] = run->block.x[from + i];
		chunk.tx[i] = run->block.tx[from + i];
		chunk.age[i] = run->block.age[from + i];
		chunk.extra[i] = run->block.extra[from + i];
	}
	cstn__value_terms_of(model, &chunk, -1, &terms);
	for (i = 0; i < n; i++) {
		cstn__value_row row = cstn__value_block_row(&run->block, from + i);
		outcome *at;

		if (run->tracks) {
			run->tracked.items[run->tracked.count++] =
					(cstn__value_tracked){row, terms.log_alive[i]};
			continue;
		}
		at = &run->rows.items[run->rows.count];
		at->alive = model->kind == CSTN__VALUE_BGBB ? cstn__value_bgbb_next(model, &row)
							    : cstn__exp(terms.log_alive[i]);
		at->expected = cstn__value_future_of(model, &row, terms.log_alive[i], run->t, NULL);
		at->actual = (uint32_t)run->block.actual[from + i];
		at->x = (uint32_t)row.x;
		at->row = run->rows.count++;
	}
}

static cstn_status judge_block(void *context, const cstn__batch *batch, int64_t start,
		const cstn__value_block *block, cstn_error **error)
{
	holdout_run *run = context;
	int32_t n = block->n, i;

	(void)batch;
	(void)start;
	if (run->tracks ? cstn__array_reserve(&run->model->allocator, &run->tracked, (size_t)n)
			: cstn__array_reserve(&run->model->allocator, &run->rows, (size_t)n))
		return cstn__fail_nomem(error);
	if (cstn__row_sink_total(run->reader->sink))
		return CSTN_OK;
	for (i = 0; i < n; i += CSTN__VALUE_CHUNK)
		judge(run, i, n - i < CSTN__VALUE_CHUNK ? n - i : CSTN__VALUE_CHUNK);
	return CSTN_OK;
}

static cstn_status read_rows(holdout_run *run, struct ArrowArrayStream *rows, cstn_error **error)
{
	cstn__value_reader *reader = run->reader;
	struct ArrowArray array;
	cstn_status status;

	while ((status = cstn__stream_next(rows, &array, error)) == CSTN_OK) {
		status = cstn__value_reader_batch(
				reader, &array, &run->block, judge_block, run, error);
		array.release(&array);
		if (status != CSTN_OK)
			return status;
	}
	if (status != CSTN_DONE)
		return status;
	if (cstn__row_sink_total(reader->sink))
		return cstn__row_sink_refuse(reader->sink, NULL, error);
	if (run->rows.count + run->tracked.count == 0)
		return cstn__fail(error, CSTN_E_EMPTY, "there are no customers to compare");
	return CSTN_OK;
}

/* --- tables --- */

static void summary(const holdout_run *run, cstn__table_builder *table)
{
	double actual = 0.0, expected = 0.0, off = 0.0, alive = 0.0, bought = 0.0;
	double n = (double)run->rows.count;
	size_t i;

	for (i = 0; i < run->rows.count; i++) {
		const outcome *at = &run->rows.items[i];

		actual += at->actual;
		expected += at->expected;
		off += fabs(at->actual - at->expected);
		alive += at->alive;
		bought += at->actual > 0;
	}
	cstn__table_put_i64(table, 0, (int64_t)run->rows.count);
	cstn__table_put_f64(table, 1, actual);
	cstn__table_put_f64(table, 2, expected);
	if (actual > 0.0)
		cstn__table_put_f64(table, 3, expected / actual);
	else
		cstn__table_put_null(table, 3);
	cstn__table_put_f64(table, 4, off / n);
	cstn__table_put_f64(table, 5, alive);
	cstn__table_put_f64(table, 6, bought);
}

static void bins(const holdout_run *run, cstn__table_builder *table)
{
	double actual[BINS] = {0.0}, expected[BINS] = {0.0};
	int64_t n[BINS] = {0};
	size_t i, b;

	for (i = 0; i < run->rows.count; i++) {
		const outcome *at = &run->rows.items[i];

		b = at->x < BINS - 1 ? at->x : BINS - 1;
		n[b]++;
		actual[b] += at->actual;
		expected[b] += at->expected;
	}
	for (b = 0; b < BINS; b++) {
		cstn__table_put_i64(table, 0, (int64_t)b);
		cstn__table_put_i64(table, 1, n[b]);
		if (n[b] == 0) {
			cstn__table_put_null(table, 2);
			cstn__table_put_null(table, 3);
			continue;
		}
		cstn__table_put_f64(table, 2, actual[b] / (double)n[b]);
		cstn__table_put_f64(table, 3, expected[b] / (double)n[b]);
	}
}

static int by_alive(const void *left, const void *right, void *context)
{
	const outcome *a = left, *b = right;

	(void)context;
	if (a->alive != b->alive)
		return a->alive < b->alive ? -1 : 1;
	return (a->row > b->row) - (a->row < b->row);
}

static void deciles(holdout_run *run, cstn__table_builder *table)
{
	size_t n = run->rows.count, d, i;

	cstn__sort(run->rows.items, n, sizeof(outcome), by_alive, NULL);
	for (d = 0; d < DECILES; d++) {
		size_t from = n * d / DECILES, to = n * (d + 1) / DECILES;
		double alive = 0.0, bought = 0.0, count = (double)(to - from);

		for (i = from; i < to; i++) {
			alive += run->rows.items[i].alive;
			bought += run->rows.items[i].actual > 0;
		}
		cstn__table_put_i64(table, 0, (int64_t)d + 1);
		cstn__table_put_i64(table, 1, (int64_t)(to - from));
		if (from == to) {
			cstn__table_put_null(table, 2);
			cstn__table_put_null(table, 3);
			continue;
		}
		cstn__table_put_f64(table, 2, alive / count);
		cstn__table_put_f64(table, 3, bought / count);
	}
}

static cstn_status export_table(
		holdout_run *run, int32_t which, struct ArrowArrayStream *out, cstn_error **error)
{
	static const char *const names[3][8] = {
			{"customers", "actual", "expected", "ratio", "mae", "alive_expected",
					"alive_actual", NULL},
			{"x", "customers", "actual_mean", "expected_mean", NULL},
			{"decile", "customers", "p_alive", "bought", NULL}};
	cstn__table_builder *table;
	cstn_status status = cstn__table_builder_new(&run->model->allocator, &table, error);
	int32_t whole = which == CSTN_HOLDOUT_SUMMARY ? 1 : 2, c, failed = 0;

	if (status != CSTN_OK)
		return status;
	for (c = 0; names[which - 1][c]; c++)
		failed |= cstn__table_add_column(table, names[which - 1][c],
					  c < whole ? CSTN_TYPE_INT64 : CSTN_TYPE_DOUBLE, 0,
					  c >= whole) < 0;
	if (failed) {
		cstn__table_builder_free(table);
		return cstn__fail_nomem(error);
	}
	if (which == CSTN_HOLDOUT_SUMMARY)
		summary(run, table);
	else if (which == CSTN_HOLDOUT_BINS)
		bins(run, table);
	else
		deciles(run, table);
	return cstn__table_export(table, out, error);
}

static cstn_status check(const cstn_customer_value *model, double t, int32_t table,
		const struct ArrowArrayStream *out, cstn_error **error)
{
	if (!model || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				model ? "out" : "model");
	if (model->fit.model.kind == CSTN__VALUE_SBG || model->fit.model.kind == CSTN__VALUE_SPEND)
		return cstn__fail(error, CSTN_E_UNSUPPORTED, "%s has no holdout of purchases",
				cstn_customer_value_name(model));
	if (!(t >= 0.0) || !(t < 1e12))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"the holdout is %g long; 0 or more expected", t);
	if (table < CSTN_HOLDOUT_SUMMARY || table > CSTN_HOLDOUT_TRACKING)
		return cstn__fail(
				error, CSTN_E_INVALID_ARGUMENT, "table %d; 1 to 4 expected", table);
	return CSTN_OK;
}

static cstn_status compare(const cstn_customer_value *model,
		const cstn_value_predict_options *options, struct ArrowArrayStream *rows, double t,
		int32_t table, struct ArrowArrayStream *out, cstn_error **error)
{
	cstn__value_reader reader;
	holdout_run *run = cstn__alloc_zero(&model->allocator, sizeof(*run));
	cstn_status status;

	if (!run)
		return cstn__fail_nomem(error);
	memset(&reader, 0, sizeof(reader));
	reader.kind = model->fit.model.kind;
	reader.purpose = CSTN__VALUE_READ_HOLDOUT;
	run->model = model;
	run->reader = &reader;
	run->t = t;
	run->tracks = table == CSTN_HOLDOUT_TRACKING;
	reader.want_actual = !run->tracks;
	status = cstn__value_reader_open(&reader, rows, options->binding, options->time_in,
			model->unit_us, &model->allocator, error);
	if (status == CSTN_OK) {
		status = read_rows(run, rows, error);
		cstn__value_reader_close(&reader);
	}
	if (status == CSTN_OK && run->tracks)
		status = cstn__value_track(model, options, run->tracked.items, run->tracked.count,
				t, out, error);
	else if (status == CSTN_OK)
		status = export_table(run, table, out, error);
	cstn__array_free(&model->allocator, &run->tracked);
	cstn__array_free(&model->allocator, &run->rows);
	cstn__free(&model->allocator, run, sizeof(*run));
	return status;
}

cstn_status cstn_customer_value_holdout(const cstn_customer_value *model,
		struct ArrowArrayStream *rows, double t, const cstn_value_predict_options *given,
		int32_t table, struct ArrowArrayStream *out, cstn_error **error)
{
	cstn_value_predict_options options;
	struct ArrowArrayStream stream;
	cstn_status status;

	status = cstn__stream_take(rows, "rows", &stream, error);
	if (status != CSTN_OK)
		return status;
	status = check(model, t, table, out, error);
	if (status == CSTN_OK)
		status = cstn__value_read_options(model, given, &options, error);
	if (status == CSTN_OK)
		status = compare(model, &options, &stream, t, table, out, error);
	stream.release(&stream);
	return status;
}
