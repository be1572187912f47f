/* Labels and costs of new rows: transformed, packed and coded as the model's own rows were, so that
 * the rows of a fit get the labels they have. Costs are by the exact means, in transformed units. A
 * category that no row of the fit had is a mismatch with every mode. Rows are held while the call
 * runs; the answer is one table. */
#include <math.h>
#include <string.h>

#include "base/cpu.h"
#include "base/error.h"
#include "segment/prototypes_model.h"
#include "table/export.h"

#define BLOCK CSTN__FEATURE_BLOCK
#define ROWS CSTN__PACK_ROWS

typedef struct asking {
	const cstn_prototypes *model;
	const cstn_kmeans *numbers;
	cstn_kmeans_options options;
	cstn__features features;
	cstn__kmeans_rows rows;
	uint32_t *steps, *codes;
	cstn__prototypes_run run;
	cstn__kmeans_plan plan;
	int simd;
} asking;

static void asking_free(asking *in)
{
	const cstn_allocator *allocator = &in->model->allocator;

	cstn__prototypes_run_free(&in->run);
	cstn__kmeans_rows_free(&in->rows);
	cstn__category_codes_free(allocator, in->codes, in->features.n, in->features.m);
	cstn__features_free(&in->features);
	cstn__free(allocator, in->steps, in->numbers->d * sizeof(*in->steps));
}

/* Rows read and checked; `sink` receives what is wrong. */
static cstn_status read_rows(asking *in, struct ArrowArrayStream *stream, cstn__row_sink *sink,
		cstn_error **error)
{
	const cstn_kmeans *numbers = in->numbers;
	const cstn__categories *categories = &in->model->categories;
	const cstn_allocator *allocator = &in->model->allocator;
	const cstn__feature_names columns = {(const char *const *)numbers->names,
			(const char *const *)categories->names, numbers->d, categories->m, NULL,
			NULL};
	int simd = cstn__cpu_simd(), impute = (in->model->flags & CSTN_PROTOTYPES_IMPUTE) != 0;
	cstn_status status;
	size_t l;

	in->simd = in->options.simd && in->options.simd < simd ? in->options.simd : simd;
	in->steps = cstn__alloc(allocator, numbers->d * sizeof(*in->steps));
	if (!in->steps)
		return cstn__fail_nomem(error);
	for (l = 0; l < numbers->d; l++)
		in->steps[l] = numbers->transforms[l].steps;
	status = cstn__features_open(&in->features, stream, &columns, impute, in->options.binding,
			allocator, error);
	if (status == CSTN_OK)
		status = cstn__features_check(&in->features, in->steps, in->options.threads,
				in->options.progress, sink, error);
	if (status == CSTN_OK && categories->m)
		status = cstn__categories_find(categories, &in->features, in->options.threads, sink,
				&in->codes, error);
	return status;
}

static cstn_status label_rows(asking *in, cstn_error **error)
{
	const cstn_kmeans *numbers = in->numbers;
	const cstn__categories *categories = &in->model->categories;
	cstn__packing packing = {numbers->power, 0, numbers->means};
	cstn_status status = cstn__kmeans_rows_pack(&in->rows, &in->features, numbers->transforms,
			&packing, in->options.threads, in->simd, error);

	if (status != CSTN_OK)
		return status;
	in->rows.codes = in->codes;
	in->rows.m = categories->m;
	in->rows.bases = categories->bases;
	in->rows.gamma = cstn__prototypes_packed_gamma(in->model->gamma, numbers->power);
	in->plan.rows = &in->rows;
	in->plan.k = numbers->k;
	in->plan.threads = in->options.threads;
	in->plan.simd = in->simd;
	in->plan.progress = in->options.progress;
	status = cstn__prototypes_run_init(&in->run, &in->plan, 1, error);
	if (status != CSTN_OK)
		return status;
	memcpy(in->run.run.centres.at, numbers->packed.at,
			numbers->k * numbers->d * sizeof(double));
	memcpy(in->run.run.centres.modes, numbers->packed.modes,
			numbers->k * categories->m * sizeof(uint32_t));
	return cstn__prototypes_label(&in->run, error);
}

/* What is known of rows [start, start + n). */
typedef struct answers {
	double cost[BLOCK];
	uint32_t differ[BLOCK], unseen[BLOCK];
} answers;

static cstn_status take_answers(const asking *in, uint64_t start, int32_t n, answers *out)
{
	const uint16_t *labels = in->run.run.labels;
	size_t m = in->rows.m, c;
	cstn_status status = cstn__kmeans_block_squares(
			&in->features, in->numbers, in->simd, labels, start, n, out->cost);
	int32_t i;

	for (i = 0; i < n && status == CSTN_OK; i++) {
		uint64_t row = start + (uint64_t)i;

		out->differ[i] = cstn__kmeans_mismatches(
				&in->rows, row, in->numbers->packed.modes + labels[row] * m);
		out->unseen[i] = 0;
		for (c = 0; c < m; c++)
			out->unseen[i] += cstn__kmeans_codes(&in->rows, row)[c * ROWS] ==
					  CSTN__CODE_UNSEEN;
		out->cost[i] += in->model->gamma * (double)out->differ[i];
	}
	return status;
}

static cstn_status put_rows(const asking *in, cstn__table_builder *table)
{
	uint64_t start;
	cstn_status status = CSTN_OK;
	answers at;

	for (start = 0; start < in->features.n && status == CSTN_OK; start += BLOCK) {
		int32_t n = in->features.n - start < BLOCK ? (int32_t)(in->features.n - start)
							   : BLOCK,
			i, c;

		status = take_answers(in, start, n, &at);
		for (i = 0; i < n && status == CSTN_OK; i++) {
			uint64_t row = start + (uint64_t)i;

			if (cstn__features_is_bad(&in->features, row)) {
				for (c = 0; c < 4; c++)
					cstn__table_put_null(table, c);
				continue;
			}
			cstn__table_put_i64(table, 0, in->run.run.labels[row]);
			cstn__table_put_f64(table, 1, at.cost[i]);
			cstn__table_put_i64(table, 2, at.differ[i]);
			cstn__table_put_i64(table, 3, at.unseen[i]);
		}
	}
	return status;
}

static cstn_status answer(const asking *in, struct ArrowArrayStream *out, cstn_error **error)
{
	cstn__table_builder *table = NULL;
	cstn_status status = cstn__table_builder_new(&in->model->allocator, &table, error);

	if (status != CSTN_OK)
		return status;
	if (cstn__table_add_column(table, "label", CSTN_TYPE_INT32, 0, 1) >= 0 &&
			cstn__table_add_column(table, "cost", CSTN_TYPE_DOUBLE, 0, 1) >= 0 &&
			cstn__table_add_column(table, "mismatches", CSTN_TYPE_INT32, 0, 1) >= 0 &&
			cstn__table_add_column(table, "unseen", CSTN_TYPE_INT32, 0, 1) >= 0)
		status = put_rows(in, table);
	else
		status = CSTN_E_NOMEM;
	if (status == CSTN_OK)
		return cstn__table_export(table, out, error);
	cstn__table_builder_free(table);
	return cstn__fail_nomem(error);
}

static cstn_status add_costs(const asking *in, double *out, cstn_error **error)
{
	cstn__exact_sum sum;
	uint64_t start;
	answers at;

	cstn__exact_sum_init(&sum);
	for (start = 0; start < in->features.n; start += BLOCK) {
		int32_t n = in->features.n - start < BLOCK ? (int32_t)(in->features.n - start)
							   : BLOCK,
			i;

		if (take_answers(in, start, n, &at) != CSTN_OK)
			return cstn__fail_nomem(error);
		for (i = 0; i < n; i++)
			if (!cstn__features_is_bad(&in->features, start + (uint64_t)i))
				cstn__exact_sum_add(&sum, at.cost[i]);
	}
	*out = 0.0 - cstn__exact_sum_value(&sum);
	return CSTN_OK;
}

/* Both calls: the answer goes to `table` or `score`. */
static cstn_status ask(asking *in, struct ArrowArrayStream *stream, cstn__row_sink *sink,
		struct ArrowArrayStream *table, double *score, cstn_error **error)
{
	cstn_status status = read_rows(in, stream, sink, error);

	if (status == CSTN_OK && score && in->features.n_bad &&
			!(in->options.flags & CSTN_KMEANS_SKIP_BAD))
		status = cstn__row_sink_refuse(sink, NULL, error);
	if (status == CSTN_OK)
		status = label_rows(in, error);
	if (status == CSTN_OK)
		status = table ? answer(in, table, error) : add_costs(in, score, error);
	return status;
}

static cstn_status begin(asking *in, const cstn_prototypes *model, struct ArrowArrayStream *rows,
		const cstn_prototypes_options *options, const void *out,
		struct ArrowArrayStream *stream, cstn_error **error)
{
	cstn_prototypes_options read;
	cstn_status status = cstn__stream_take(rows, "rows", stream, error);

	memset(in, 0, sizeof(*in));
	if (status != CSTN_OK)
		return status;
	if (!model || !out)
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				model ? "out" : "model");
	else
		status = cstn__prototypes_options_read(
				options, model->numbers->d, &read, &in->options, error);
	if (status != CSTN_OK) {
		stream->release(stream);
		return status;
	}
	in->model = model;
	in->numbers = model->numbers;
	return CSTN_OK;
}

cstn_status cstn_prototypes_predict(const cstn_prototypes *model, struct ArrowArrayStream *rows,
		const cstn_prototypes_options *options, struct ArrowArrayStream *out,
		cstn_row_errors **bad_rows, cstn_error **error)
{
	asking in;
	struct ArrowArrayStream stream, table = {0};
	cstn__row_sink *sink = NULL;
	cstn_row_errors *left = NULL;
	cstn_status status = begin(&in, model, rows, options, out, &stream, error);

	if (status != CSTN_OK)
		return status;
	status = cstn__row_sink_new(&model->allocator, &sink, error);
	if (status == CSTN_OK)
		status = ask(&in, &stream, sink, &table, NULL, error);
	if (status == CSTN_OK && bad_rows) {
		status = cstn__row_sink_finish(sink, &left, error);
		if (status != CSTN_OK)
			table.release(&table);
	}
	cstn__row_sink_free(sink);
	asking_free(&in);
	if (stream.release)
		stream.release(&stream);
	if (status != CSTN_OK)
		return status;
	*out = table;
	if (bad_rows)
		*bad_rows = left;
	return CSTN_OK;
}

cstn_status cstn_prototypes_score(const cstn_prototypes *model, struct ArrowArrayStream *rows,
		const cstn_prototypes_options *options, double *out, cstn_error **error)
{
	asking in;
	struct ArrowArrayStream stream;
	cstn__row_sink *sink = NULL;
	cstn_status status = begin(&in, model, rows, options, out, &stream, error);

	if (status != CSTN_OK)
		return status;
	status = cstn__row_sink_new(&model->allocator, &sink, error);
	if (status == CSTN_OK)
		status = ask(&in, &stream, sink, NULL, out, error);
	cstn__row_sink_free(sink);
	asking_free(&in);
	if (stream.release)
		stream.release(&stream);
	return status;
}
