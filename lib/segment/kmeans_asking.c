/* What calls have in common that ask a model about new rows: the stream is moved, the arguments are
 * looked at, rows are read, checked, transformed and packed as the model's own rows were, and
 * labelled by its packed centres, so that the rows of a fit get the labels they have. Rows are held
 * while the call runs. */
#include "segment/kmeans_asking.h"

#include <string.h>

#include "base/cpu.h"
#include "base/error.h"

typedef cstn__kmeans_asking asking;

cstn_status cstn__kmeans_asking_begin(asking *in, const cstn_kmeans *model,
		const cstn_kmeans_options *options, cstn_error **error)
{
	in->model = model;
	return cstn__kmeans_options_read(options, model->d, &in->options, error);
}

static void asking_free(asking *in)
{
	const cstn_allocator *allocator = &in->model->allocator;

	cstn__free(allocator, in->labels, in->rows.blocks * CSTN__PACK_ROWS * sizeof(*in->labels));
	cstn__kmeans_rows_free(&in->rows);
	cstn__category_codes_free(allocator, in->codes, in->features.n, in->features.m);
	cstn__features_free(&in->features);
	cstn__free(allocator, in->steps, in->model->d * sizeof(*in->steps));
}

/* Rows read and checked; `sink` receives what is wrong. */
static cstn_status read_rows(asking *in, struct ArrowArrayStream *stream, cstn__row_sink *sink,
		cstn_error **error)
{
	const cstn_kmeans *model = in->model;
	const cstn__categories *categories = in->categories;
	size_t m = categories ? categories->m : 0;
	const cstn__feature_names columns = {(const char *const *)model->names,
			m ? (const char *const *)categories->names : NULL, model->d, m, in->weight,
			NULL};
	int simd = cstn__cpu_simd();
	cstn_status status;

	in->simd = in->options.simd && in->options.simd < simd ? in->options.simd : simd;
	in->steps = cstn__alloc(&model->allocator, model->d * sizeof(*in->steps));
	if (!in->steps)
		return cstn__fail_nomem(error);
	in->impute |= cstn__kmeans_steps(model, in->steps);
	status = cstn__features_open(&in->features, stream, &columns, in->impute,
			in->options.binding, &model->allocator, error);
	if (status == CSTN_OK)
		status = cstn__features_check(&in->features, in->steps, in->options.threads,
				in->options.progress, sink, error);
	if (status == CSTN_OK && m)
		status = cstn__categories_find(categories, &in->features, in->options.threads, sink,
				&in->codes, error);
	return status;
}

static cstn_status label_rows(asking *in, cstn__kmeans_labelling *label, cstn_error **error)
{
	const cstn_kmeans *model = in->model;
	cstn__packing packing = {model->power, 0, model->means};
	cstn__kmeans_plan plan = {.rows = &in->rows,
			.k = model->k,
			.threads = in->options.threads,
			.simd = in->simd,
			.progress = in->options.progress};
	cstn__kmeans_run run;
	cstn_status status = cstn__kmeans_rows_pack(&in->rows, &in->features, model->transforms,
			&packing, in->options.threads, in->simd, error);

	if (status != CSTN_OK)
		return status;
	in->rows.codes = in->codes;
	in->rows.m = in->features.m;
	in->rows.bases = in->categories ? in->categories->bases : NULL;
	in->rows.gamma = in->gamma;
	status = cstn__kmeans_run_init(&run, &plan, error);
	if (status != CSTN_OK)
		return status;
	cstn__kmeans_centres_copy(&run.centres, &model->packed);
	status = label(&run, error);
	if (status == CSTN_OK) {
		in->labels = run.labels;
		run.labels = NULL;
	}
	cstn__kmeans_run_free(&run);
	return status;
}

static cstn_status answer(const cstn__kmeans_question *question, asking *in,
		struct ArrowArrayStream *stream, cstn__row_sink *sink, cstn_row_errors **left,
		cstn_error **error)
{
	cstn_status status = read_rows(in, stream, sink, error);

	if (status == CSTN_OK && in->refuses && in->features.n_bad &&
			!(in->options.flags & CSTN_KMEANS_SKIP_BAD))
		status = cstn__row_sink_refuse(sink, left, error);
	else if (status == CSTN_OK && left)
		status = cstn__row_sink_finish(sink, left, error);
	if (status == CSTN_OK)
		status = label_rows(in, question->label, error);
	return status == CSTN_OK ? question->answer(question->context, in, error) : status;
}

cstn_status cstn__kmeans_ask(const cstn__kmeans_question *question, cstn_row_errors **bad_rows,
		cstn_error **error)
{
	asking in;
	struct ArrowArrayStream stream;
	cstn__row_sink *sink = NULL;
	cstn_row_errors *left = NULL;
	cstn_status status = cstn__stream_take(question->rows, "rows", &stream, error);

	if (status != CSTN_OK)
		return status;
	memset(&in, 0, sizeof(in));
	if (!question->model || !question->out)
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				question->model ? "out" : question->name);
	else
		status = question->begin(question->context, &in, error);
	if (status == CSTN_OK)
		status = cstn__row_sink_new(
				question->allocator ? question->allocator : &in.model->allocator,
				&sink, error);
	if (status == CSTN_OK)
		status = answer(question, &in, &stream, sink, bad_rows ? &left : NULL, error);
	cstn__row_sink_free(sink);
	if (in.model)
		asking_free(&in);
	if (stream.release)
		stream.release(&stream);
	cstn__rows_hand_out(status, left, bad_rows);
	return status;
}
