/* Scores of customers with frozen cuts, and how far a population has moved from the one that was
 * fitted. One pass over the rows. */
#include <inttypes.h>
#include <string.h>

#include "base/bitmap.h"
#include "base/elementary.h"
#include "segment/rfm_model.h"
#include "table/table_fields.h"

/* --- predict ---------------------------------------------------------------------------------- */

typedef struct predict_run {
	const cstn_rfm *model;
	cstn__table_builder *table;
	int32_t id_type, at; /* columns before the scores */
	int wide;            /* scores of two digits */
} predict_run;

static cstn_status predict_begin(void *context, int32_t id_type, cstn_error **error)
{
	static const struct {
		const char *name;
		int32_t type;
	} columns[] = {{"r", CSTN_TYPE_INT32}, {"f", CSTN_TYPE_INT32}, {"m", CSTN_TYPE_INT32},
			{"rfm", CSTN_TYPE_TEXT}, {"segment", CSTN_TYPE_TEXT}};
	predict_run *run = context;
	size_t n = run->model->segments.count ? 5 : 4, i;
	int failed = 0;

	run->id_type = id_type;
	run->at = id_type != 0;
	if (id_type)
		failed |= cstn__table_add_column(run->table, "customer", id_type, 0, 1) < 0;
	for (i = 0; i < n; i++)
		failed |= cstn__table_add_column(
					  run->table, columns[i].name, columns[i].type, 0, 1) < 0;
	return failed ? cstn__fail_nomem(error) : CSTN_OK;
}

static cstn_status put_ids(predict_run *run, cstn__rfm_block *block)
{
	uint64_t valid[16], bad[16] = {0};
	int64_t id[1024];
	const char *text;
	size_t len;
	int32_t i;
	cstn_status status;

	if (run->id_type != CSTN_TYPE_TEXT) {
		status = cstn__column_read_i64(block->ids, block->start, block->n, block->first_row,
				id, valid, bad, block->sink);
		cstn__table_put_many_i64(run->table, 0, id, valid, (size_t)block->n);
		return status;
	}
	status = cstn__column_check_text(
			block->ids, block->start, block->n, block->first_row, bad, block->sink);
	for (i = 0; i < block->n; i++)
		if (cstn__word_bit_get(bad, (size_t)i) ||
				cstn__column_read_text(block->ids, block->start + i, &text, &len))
			cstn__table_put_null(run->table, 0);
		else
			cstn__table_put_text(run->table, 0, text, len);
	return status;
}

static size_t write_number(char *out, int value)
{
	size_t n = 0;

	if (value >= 100)
		out[n++] = (char)('0' + value / 100);
	if (value >= 10)
		out[n++] = (char)('0' + value / 10 % 10);
	out[n++] = (char)('0' + value % 10);
	return n;
}

static void put_scores(predict_run *run, const uint8_t score[3])
{
	char text[16];
	size_t len = 0;
	int d;

	for (d = 0; d < 3; d++) {
		cstn__table_put_i64(run->table, run->at + d, score[d]);
		if (d && run->wide)
			text[len++] = '-';
		len += write_number(text + len, score[d]);
	}
	cstn__table_put_text(run->table, run->at + 3, text, len);
	if (run->model->segments.count) {
		const cstn__rfm_segment *segment =
				&run->model->segments
						 .items[cstn__rfm_segment_of(run->model, score)];

		cstn__table_put_text(run->table, run->at + 4, segment->name, segment->len);
	}
}

static cstn_status predict_take(void *context, cstn__rfm_block *block, cstn_error **error)
{
	predict_run *run = context;
	int32_t i, columns = run->model->segments.count ? 5 : 4, c;
	int d;

	if (run->id_type && put_ids(run, block) != CSTN_OK)
		return cstn__fail_nomem(error);
	for (i = 0; i < block->n; i++) {
		uint8_t score[3];

		if (cstn__word_bit_get(block->bad, (size_t)i)) {
			for (c = 0; c < columns; c++)
				cstn__table_put_null(run->table, run->at + c);
			continue;
		}
		for (d = 0; d < 3; d++)
			score[d] = cstn__rfm_score(run->model, d, block->values[d][i]);
		put_scores(run, score);
	}
	return CSTN_OK;
}

/* Check arguments and move the stream; on failure it is released. */
static cstn_status take_stream(const cstn_rfm *model, struct ArrowArrayStream *customers,
		const struct ArrowArrayStream *out, struct ArrowArrayStream *stream,
		cstn_error **error)
{
	cstn_status status = cstn__stream_take(customers, "customers", stream, error);

	if (status != CSTN_OK)
		return status;
	if (model && out)
		return CSTN_OK;
	stream->release(stream);
	return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL", model ? "out" : "model");
}

/* The result is there also when rows were bad. */
static cstn_status hand_out(cstn__table_builder *table, uint64_t bad, cstn_row_errors *rows,
		struct ArrowArrayStream *out, cstn_row_errors **bad_rows, cstn_error **error)
{
	cstn_status status = cstn__table_export(table, out, error);

	if (status != CSTN_OK || !bad_rows)
		cstn_row_errors_free(rows);
	else
		*bad_rows = rows;
	if (status == CSTN_OK && bad)
		return cstn__fail(error, CSTN_E_ROWS,
				"%" PRIu64 " rows break a rule; see the row errors", bad);
	return status;
}

cstn_status cstn_rfm_predict(const cstn_rfm *model, struct ArrowArrayStream *customers,
		const cstn_binding *binding, struct ArrowArrayStream *out,
		cstn_row_errors **bad_rows, cstn_error **error)
{
	predict_run run = {model, NULL, 0, 0, 0};
	cstn__rfm_reading reading = {NULL, binding, 1, predict_begin, predict_take, &run};
	struct ArrowArrayStream stream;
	cstn_row_errors *rows = NULL;
	uint64_t bad = 0;
	cstn_status status = take_stream(model, customers, out, &stream, error);
	int d;

	if (status != CSTN_OK)
		return status;
	for (d = 0; d < 3; d++)
		run.wide |= model->n_cuts[d] + 1 > 9;
	reading.allocator = &model->allocator;
	status = cstn__table_builder_new(&model->allocator, &run.table, error);
	if (status != CSTN_OK) {
		stream.release(&stream);
		return status;
	}
	status = cstn__rfm_read(&reading, &stream, &bad, bad_rows ? &rows : NULL, error);
	if (status != CSTN_OK) {
		cstn__table_builder_free(run.table);
		return status;
	}
	return hand_out(run.table, bad, rows, out, bad_rows, error);
}

/* --- drift ------------------------------------------------------------------------------------ */

typedef struct drift_run {
	const cstn_rfm *model;
	int64_t counts[3][CSTN__RFM_BINS_MOST], customers;
} drift_run;

static cstn_status drift_begin(void *context, int32_t id_type, cstn_error **error)
{
	(void)context;
	(void)id_type;
	(void)error;
	return CSTN_OK;
}

static cstn_status drift_take(void *context, cstn__rfm_block *block, cstn_error **error)
{
	drift_run *run = context;
	int32_t i;
	int d;

	(void)error;
	for (i = 0; i < block->n; i++) {
		if (cstn__word_bit_get(block->bad, (size_t)i))
			continue;
		run->customers++;
		for (d = 0; d < 3; d++)
			run->counts[d][cstn__rfm_score(run->model, d, block->values[d][i]) - 1]++;
	}
	return CSTN_OK;
}

/* Half a customer where there is none: no score is impossible. */
static double share_or_half(int64_t n, int64_t of)
{
	return (n ? (double)n : 0.5) / (double)of;
}

static double stability(const drift_run *run, int d)
{
	double sum = 0.0;
	int32_t s;

	for (s = 0; s <= run->model->n_cuts[d]; s++) {
		double then = share_or_half(run->model->counts[d][s], run->model->customers);
		double now = share_or_half(run->counts[d][s], run->customers);

		sum += (now - then) * cstn__log(now / then);
	}
	return sum;
}

static cstn_status put_drift(drift_run *run, cstn__table_builder *table, cstn_error **error)
{
	const cstn_rfm *model = run->model;
	static const cstn__table_field columns[] = {{"dimension", CSTN_TYPE_TEXT, 0},
			{"score", CSTN_TYPE_INT32, 0}, {"customers_then", CSTN_TYPE_INT64, 0},
			{"customers_now", CSTN_TYPE_INT64, 0}, {"share_then", CSTN_TYPE_DOUBLE, 0},
			{"share_now", CSTN_TYPE_DOUBLE, 0}, {"difference", CSTN_TYPE_DOUBLE, 0},
			{"index", CSTN_TYPE_DOUBLE, 0}};
	int32_t s;
	int d;

	if (run->customers == 0)
		return cstn__fail(error, CSTN_E_EMPTY, "there is no customer to compare");
	if (cstn__table_add_fields(table, CSTN__FIELDS(columns)))
		return cstn__fail_nomem(error);
	for (d = 0; d < 3; d++)
		for (s = 0; s <= model->n_cuts[d]; s++) {
			double then = (double)model->counts[d][s] / (double)model->customers;
			double now = (double)run->counts[d][s] / (double)run->customers;

			cstn__put_word(table, 0, cstn__rfm_dimensions[d]);
			cstn__table_put_i64(table, 1, s + 1);
			cstn__table_put_i64(table, 2, model->counts[d][s]);
			cstn__table_put_i64(table, 3, run->counts[d][s]);
			cstn__table_put_f64(table, 4, then);
			cstn__table_put_f64(table, 5, now);
			cstn__table_put_f64(table, 6, now - then);
			cstn__table_put_f64(table, 7, stability(run, d));
		}
	return CSTN_OK;
}

cstn_status cstn_rfm_drift(const cstn_rfm *model, struct ArrowArrayStream *customers,
		const cstn_binding *binding, struct ArrowArrayStream *out,
		cstn_row_errors **bad_rows, cstn_error **error)
{
	drift_run run;
	cstn__rfm_reading reading = {NULL, binding, 1, drift_begin, drift_take, &run};
	struct ArrowArrayStream stream;
	cstn__table_builder *table = NULL;
	cstn_row_errors *rows = NULL;
	uint64_t bad = 0;
	cstn_status status = take_stream(model, customers, out, &stream, error);

	if (status != CSTN_OK)
		return status;
	memset(&run, 0, sizeof(run));
	run.model = model;
	reading.allocator = &model->allocator;
	status = cstn__rfm_read(&reading, &stream, &bad, bad_rows ? &rows : NULL, error);
	if (status != CSTN_OK)
		return status;
	status = cstn__table_builder_new(&model->allocator, &table, error);
	if (status == CSTN_OK)
		status = put_drift(&run, table, error);
	if (status != CSTN_OK) {
		cstn__table_builder_free(table);
		cstn_row_errors_free(rows);
		return status;
	}
	return hand_out(table, bad, rows, out, bad_rows, error);
}
