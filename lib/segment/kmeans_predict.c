/* Labels and distances of new rows: transformed and packed as the model's own rows were, so that
 * labels are again those of double arithmetic on packed rows, and the rows of a fit get the labels
 * they have. Distances are to the exact centres, in transformed units. Rows are held while the call
 * runs; the answer is one table. */
#include <math.h>
#include <string.h>

#include "base/cpu.h"
#include "base/error.h"
#include "base/parallel.h"
#include "segment/kmeans_asking.h"
#include "table/export.h"

#define BLOCK CSTN__FEATURE_BLOCK

typedef cstn__kmeans_asking asking;

void cstn__kmeans_asking_free(cstn__kmeans_asking *in)
{
	cstn__kmeans_run_free(&in->run);
	cstn__kmeans_rows_free(&in->rows);
	cstn__features_free(&in->features);
	cstn__free(&in->model->allocator, in->steps, in->model->d * sizeof(*in->steps));
}

cstn_status cstn__kmeans_label_rows(cstn__kmeans_asking *in, struct ArrowArrayStream *stream,
		const char *weight, cstn__row_sink *sink, cstn_error **error)
{
	const cstn_kmeans *model = in->model;
	cstn__packing packing = {model->power, 0, model->means};
	cstn__feature_names columns = {
			(const char *const *)model->names, NULL, model->d, 0, NULL, NULL};
	int simd = cstn__cpu_simd(), impute = 0;
	cstn_status status;
	size_t l;

	in->simd = in->options.simd && in->options.simd < simd ? in->options.simd : simd;
	in->steps = cstn__alloc(&model->allocator, model->d * sizeof(*in->steps));
	if (!in->steps)
		return cstn__fail_nomem(error);
	for (l = 0; l < model->d; l++) {
		in->steps[l] = model->transforms[l].steps;
		impute |= !isnan(model->transforms[l].fill);
	}
	columns.weight = weight;
	status = cstn__features_open(&in->features, stream, &columns, impute, in->options.binding,
			&model->allocator, error);
	if (status != CSTN_OK)
		return status;
	status = cstn__features_check(&in->features, in->steps, in->options.threads,
			in->options.progress, sink, error);
	if (status == CSTN_OK)
		status = cstn__kmeans_rows_pack(&in->rows, &in->features, model->transforms,
				&packing, in->options.threads, in->simd, error);
	if (status != CSTN_OK)
		return status;
	in->plan.rows = &in->rows;
	in->plan.k = model->k;
	in->plan.threads = in->options.threads;
	in->plan.simd = in->simd;
	in->plan.progress = in->options.progress;
	status = cstn__kmeans_run_init(&in->run, &in->plan, error);
	if (status != CSTN_OK)
		return status;
	memcpy(in->run.centres.at, model->packed.at, model->k * model->d * sizeof(double));
	return cstn__kmeans_label(&in->run, error);
}

static int add_columns(cstn__table_builder *table, const cstn_kmeans *model, int distances)
{
	int ok = cstn__table_add_column(table, "label", CSTN_TYPE_INT32, 0, 1) >= 0 &&
		 cstn__table_add_column(table, "distance", CSTN_TYPE_DOUBLE, 0, 1) >= 0;
	size_t j;

	for (j = 0; j < model->k && distances && ok; j++) {
		char name[32] = "distance_";
		char *at = name + 9;
		size_t place = 1, rest = j;

		while (place * 10 <= j)
			place *= 10;
		for (; place; place /= 10) {
			*at++ = (char)('0' + rest / place);
			rest %= place;
		}
		*at = '\0';
		ok = cstn__table_add_column(table, name, CSTN_TYPE_DOUBLE, 0, 1) >= 0;
	}
	return ok;
}

/* Distances to all centres, from transformed values kept by column. */
static cstn_status put_distances(const asking *in, uint64_t start, int32_t n, double *values,
		cstn__table_builder *table)
{
	const cstn_kmeans *model = in->model;
	double squares[BLOCK];
	cstn_status status = cstn__features_read_transformed(
			&in->features, model->transforms, in->simd, start, n, values);
	size_t j, l;
	int32_t i;

	if (status != CSTN_OK)
		return status;
	for (j = 0; j < model->k; j++) {
		memset(squares, 0, sizeof(squares));
		for (l = 0; l < model->d; l++)
			for (i = 0; i < n; i++) {
				double t = values[l * BLOCK + (size_t)i] -
					   model->centres[j * model->d + l];

				squares[i] += t * t;
			}
		for (i = 0; i < n; i++)
			if (cstn__features_is_bad(&in->features, start + (uint64_t)i))
				cstn__table_put_null(table, (int32_t)(2 + j));
			else
				cstn__table_put_f64(table, (int32_t)(2 + j), sqrt(squares[i]));
	}
	return CSTN_OK;
}

static cstn_status put_rows(const asking *in, double *values, cstn__table_builder *table)
{
	double squares[BLOCK];
	uint64_t start;
	cstn_status status = CSTN_OK;

	for (start = 0; start < in->features.n && status == CSTN_OK; start += BLOCK) {
		int32_t n = in->features.n - start < BLOCK ? (int32_t)(in->features.n - start)
							   : BLOCK,
			i;

		status = cstn__kmeans_block_squares(&in->features, in->model, in->simd,
				in->run.labels, start, n, squares);
		for (i = 0; i < n && status == CSTN_OK; i++) {
			uint64_t row = start + (uint64_t)i;

			if (cstn__features_is_bad(&in->features, row)) {
				cstn__table_put_null(table, 0);
				cstn__table_put_null(table, 1);
			} else {
				cstn__table_put_i64(table, 0, in->run.labels[row]);
				cstn__table_put_f64(table, 1, sqrt(squares[i]));
			}
		}
		if (status == CSTN_OK && values)
			status = put_distances(in, start, n, values, table);
	}
	return status;
}

static cstn_status answer(const asking *in, struct ArrowArrayStream *out, cstn_error **error)
{
	const cstn_kmeans *model = in->model;
	int distances = (in->options.flags & CSTN_KMEANS_DISTANCES) != 0;
	size_t size = distances ? model->d * BLOCK * sizeof(double) : 0;
	cstn__table_builder *table = NULL;
	double *values = NULL;
	cstn_status status = cstn__table_builder_new(&model->allocator, &table, error);

	if (status != CSTN_OK)
		return status;
	if (distances)
		values = cstn__alloc(&model->allocator, size);
	status = (distances && !values) || !add_columns(table, model, distances)
				 ? CSTN_E_NOMEM
				 : put_rows(in, values, table);
	cstn__free(&model->allocator, values, size);
	if (status == CSTN_OK)
		return cstn__table_export(table, out, error);
	cstn__table_builder_free(table);
	return cstn__fail_nomem(error);
}

/* Arguments of both calls; the stream is moved. */
static cstn_status begin(asking *in, const cstn_kmeans *model, struct ArrowArrayStream *rows,
		const cstn_kmeans_options *options, const void *out,
		struct ArrowArrayStream *stream, cstn_error **error)
{
	cstn_status status = CSTN_OK;

	memset(in, 0, sizeof(*in));
	status = cstn__stream_take(rows, "rows", stream, error);
	if (status != CSTN_OK)
		return status;
	if (!model || !out)
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				model ? "out" : "model");
	else
		status = cstn__kmeans_options_read(options, model->d, &in->options, error);
	in->model = model;
	if (status != CSTN_OK)
		stream->release(stream);
	return status;
}

cstn_status cstn_kmeans_predict(const cstn_kmeans *model, struct ArrowArrayStream *rows,
		const cstn_kmeans_options *options, struct ArrowArrayStream *out,
		cstn_row_errors **bad_rows, cstn_error **error)
{
	asking in;
	struct ArrowArrayStream stream;
	cstn__row_sink *sink = NULL;
	cstn_row_errors *left = NULL;
	cstn_status status = begin(&in, model, rows, options, out, &stream, error);

	if (status != CSTN_OK)
		return status;
	status = cstn__row_sink_new(&model->allocator, &sink, error);
	if (status == CSTN_OK)
		status = cstn__kmeans_label_rows(&in, &stream, NULL, sink, error);
	if (status == CSTN_OK && bad_rows)
		status = cstn__row_sink_finish(sink, &left, error);
	if (status == CSTN_OK)
		status = answer(&in, out, error);
	cstn__row_sink_free(sink);
	cstn__kmeans_asking_free(&in);
	if (stream.release)
		stream.release(&stream);
	if (status == CSTN_OK && bad_rows)
		*bad_rows = left;
	else
		cstn_row_errors_free(left);
	return status;
}

static cstn_status sum_squares(const asking *in, double *out, cstn_error **error)
{
	cstn__exact_sum sum;
	double squares[BLOCK], weights[BLOCK];
	uint64_t start;

	cstn__exact_sum_init(&sum);
	for (start = 0; start < in->features.n; start += BLOCK) {
		int32_t n = in->features.n - start < BLOCK ? (int32_t)(in->features.n - start)
							   : BLOCK,
			i;
		cstn_status status = cstn__kmeans_block_squares(&in->features, in->model, in->simd,
				in->run.labels, start, n, squares);

		if (status == CSTN_OK && in->features.has_weight)
			status = cstn__features_read(
					&in->features, in->features.d, start, n, 0.0, weights);
		if (status != CSTN_OK)
			return cstn__fail_nomem(error);
		for (i = 0; i < n; i++)
			if (!cstn__features_is_bad(&in->features, start + (uint64_t)i))
				cstn__exact_sum_add_times(&sum,
						in->features.has_weight ? weights[i] : 1.0,
						squares[i]);
	}
	*out = 0.0 - cstn__exact_sum_value(&sum);
	return CSTN_OK;
}

cstn_status cstn_kmeans_score(const cstn_kmeans *model, struct ArrowArrayStream *rows,
		const cstn_kmeans_options *options, double *out, cstn_error **error)
{
	asking in;
	struct ArrowArrayStream stream;
	cstn__row_sink *sink = NULL;
	cstn_status status = begin(&in, model, rows, options, out, &stream, error);

	if (status != CSTN_OK)
		return status;
	status = cstn__row_sink_new(&model->allocator, &sink, error);
	if (status == CSTN_OK)
		status = cstn__kmeans_label_rows(&in, &stream, in.options.weight, sink, error);
	if (status == CSTN_OK && in.features.n_bad && !(in.options.flags & CSTN_KMEANS_SKIP_BAD))
		status = cstn__row_sink_refuse(sink, NULL, error);
	if (status == CSTN_OK)
		status = sum_squares(&in, out, error);
	cstn__row_sink_free(sink);
	cstn__kmeans_asking_free(&in);
	if (stream.release)
		stream.release(&stream);
	return status;
}
