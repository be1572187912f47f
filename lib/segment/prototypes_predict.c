/* Labels and costs of new rows. Costs are by the exact means, in transformed units. A category that
 * no row of the fit had is a mismatch with every mode. The answer is one table. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "segment/kmeans_asking.h"
#include "segment/prototypes_model.h"

#define BLOCK CSTN__FEATURE_BLOCK
#define ROWS CSTN__PACK_ROWS

typedef cstn__kmeans_asking asking;

/* What one call is about. */
typedef struct asked {
	const cstn_prototypes *model;
	const cstn_prototypes_options *options;
	struct ArrowArrayStream *table; /* one of the two */
	double *score;
	const asking *in; /* the answer's */
} asked;

static cstn_status begin(void *context, asking *in, cstn_error **error)
{
	const asked *call = context;
	const cstn_kmeans *numbers = call->model->numbers;
	cstn_prototypes_options read;

	in->model = numbers;
	in->categories = &call->model->categories;
	in->gamma = cstn__prototypes_packed_gamma(call->model->gamma, numbers->power);
	in->impute = (call->model->flags & CSTN_PROTOTYPES_IMPUTE) != 0;
	in->refuses = call->score != NULL;
	return cstn__prototypes_options_read(call->options, numbers->d, &read, &in->options, error);
}

/* What is known of rows [start, start + n). */
typedef struct answers {
	double cost[BLOCK];
	uint32_t differ[BLOCK], unseen[BLOCK];
} answers;

static cstn_status take_answers(
		const asked *call, const asking *in, uint64_t start, int32_t n, answers *out)
{
	const uint16_t *labels = in->labels;
	size_t m = in->rows.m, c;
	cstn_status status = cstn__kmeans_block_squares(
			&in->features, in->model, in->simd, labels, start, n, out->cost);
	int32_t i;

	for (i = 0; i < n && status == CSTN_OK; i++) {
		uint64_t row = start + (uint64_t)i;

		out->differ[i] = cstn__kmeans_mismatches(
				&in->rows, row, in->model->packed.modes + labels[row] * m);
		out->unseen[i] = 0;
		for (c = 0; c < m; c++)
			out->unseen[i] += cstn__kmeans_codes(&in->rows, row)[c * ROWS] ==
					  CSTN__CODE_UNSEEN;
		out->cost[i] += call->model->gamma * (double)out->differ[i];
	}
	return status;
}

static cstn_status put_rows(const asked *call, const asking *in, cstn__table_builder *table)
{
	uint64_t start;
	cstn_status status = CSTN_OK;
	answers at;

	for (start = 0; start < in->features.n && status == CSTN_OK; start += BLOCK) {
		int32_t n = in->features.n - start < BLOCK ? (int32_t)(in->features.n - start)
							   : BLOCK,
			i, c;

		status = take_answers(call, in, start, n, &at);
		for (i = 0; i < n && status == CSTN_OK; i++) {
			uint64_t row = start + (uint64_t)i;

			if (cstn__features_is_bad(&in->features, row)) {
				for (c = 0; c < 4; c++)
					cstn__table_put_null(table, c);
				continue;
			}
			cstn__table_put_i64(table, 0, in->labels[row]);
			cstn__table_put_f64(table, 1, at.cost[i]);
			cstn__table_put_i64(table, 2, at.differ[i]);
			cstn__table_put_i64(table, 3, at.unseen[i]);
		}
	}
	return status;
}

static cstn_status put_answer(const void *of, cstn__table_builder *table, cstn_error **error)
{
	const asked *call = of;

	if (cstn__table_add_column(table, "label", CSTN_TYPE_INT32, 0, 1) >= 0 &&
			cstn__table_add_column(table, "cost", CSTN_TYPE_DOUBLE, 0, 1) >= 0 &&
			cstn__table_add_column(table, "mismatches", CSTN_TYPE_INT32, 0, 1) >= 0 &&
			cstn__table_add_column(table, "unseen", CSTN_TYPE_INT32, 0, 1) >= 0 &&
			put_rows(call, call->in, table) == CSTN_OK)
		return CSTN_OK;
	return cstn__fail_nomem(error);
}

static cstn_status answer(void *context, const asking *in, cstn_error **error)
{
	asked *call = context;

	call->in = in;
	return cstn__table_export_of(&call->model->allocator, put_answer, call, call->table, error);
}

static cstn_status add_costs(void *context, const asking *in, cstn_error **error)
{
	const asked *call = context;
	cstn__exact_sum sum;
	uint64_t start;
	answers at;

	cstn__exact_sum_init(&sum);
	for (start = 0; start < in->features.n; start += BLOCK) {
		int32_t n = in->features.n - start < BLOCK ? (int32_t)(in->features.n - start)
							   : BLOCK,
			i;

		if (take_answers(call, in, start, n, &at) != CSTN_OK)
			return cstn__fail_nomem(error);
		for (i = 0; i < n; i++)
			if (!cstn__features_is_bad(&in->features, start + (uint64_t)i))
				cstn__exact_sum_add(&sum, at.cost[i]);
	}
	*call->score = 0.0 - cstn__exact_sum_value(&sum);
	return CSTN_OK;
}

cstn_status cstn_prototypes_predict(const cstn_prototypes *model, struct ArrowArrayStream *rows,
		const cstn_prototypes_options *options, struct ArrowArrayStream *out,
		cstn_row_errors **bad_rows, cstn_error **error)
{
	asked call = {model, options, out, NULL, NULL};
	const cstn__kmeans_question question = {rows, model, out, "model", NULL, begin,
			cstn__prototypes_label, answer, &call};

	return cstn__kmeans_ask(&question, bad_rows, error);
}

cstn_status cstn_prototypes_score(const cstn_prototypes *model, struct ArrowArrayStream *rows,
		const cstn_prototypes_options *options, double *out, cstn_error **error)
{
	asked call = {model, options, NULL, out, NULL};
	const cstn__kmeans_question question = {rows, model, out, "model", NULL, begin,
			cstn__prototypes_label, add_costs, &call};

	return cstn__kmeans_ask(&question, NULL, error);
}
