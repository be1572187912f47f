/* Labels and distances of new rows. Labels are those of double arithmetic on packed rows; distances
 * are to the exact centres, in transformed units. The answer is one table. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "segment/kmeans_asking.h"

#define BLOCK CSTN__FEATURE_BLOCK

typedef cstn__kmeans_asking asking;

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

static void put_squares(const asking *in, uint64_t start, int32_t n, const double *squares,
		cstn__table_builder *table, int32_t column)
{
	int32_t i;

	for (i = 0; i < n; i++)
		if (cstn__features_is_bad(&in->features, start + (uint64_t)i))
			cstn__table_put_null(table, column);
		else
			cstn__table_put_f64(table, column, sqrt(squares[i]));
}

/* Distances to all centres, from transformed values kept by column; `own` receives the squares to
 * the centres of the labels. */
static cstn_status put_distances(const asking *in, uint64_t start, int32_t n, double *values,
		double *own, cstn__table_builder *table)
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
			if (in->labels[start + (uint64_t)i] == j)
				own[i] = squares[i];
		put_squares(in, start, n, squares, table, (int32_t)(2 + j));
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

		status = values ? put_distances(in, start, n, values, squares, table)
				: cstn__kmeans_block_squares(&in->features, in->model, in->simd,
						  in->labels, start, n, squares);
		if (status != CSTN_OK)
			return status;
		for (i = 0; i < n; i++)
			if (cstn__features_is_bad(&in->features, start + (uint64_t)i))
				cstn__table_put_null(table, 0);
			else
				cstn__table_put_i64(table, 0, in->labels[start + (uint64_t)i]);
		put_squares(in, start, n, squares, table, 1);
	}
	return status;
}

/* What one call is about. */
typedef struct asked {
	const cstn_kmeans *model;
	const cstn_kmeans_options *options;
	struct ArrowArrayStream *table; /* one of the two */
	double *score;
} asked;

static cstn_status begin(void *context, asking *in, cstn_error **error)
{
	const asked *call = context;
	cstn_status status = cstn__kmeans_asking_begin(in, call->model, call->options, error);

	in->weight = call->score ? in->options.weight : NULL;
	in->refuses = call->score != NULL;
	return status;
}

static cstn_status put_answer(const void *of, cstn__table_builder *table, cstn_error **error)
{
	const asking *in = of;
	const cstn_kmeans *model = in->model;
	int distances = (in->options.flags & CSTN_KMEANS_DISTANCES) != 0;
	size_t size = distances ? model->d * BLOCK * sizeof(double) : 0;
	double *values = distances ? cstn__alloc(&model->allocator, size) : NULL;
	cstn_status status = (distances && !values) || !add_columns(table, model, distances)
					     ? CSTN_E_NOMEM
					     : put_rows(in, values, table);

	cstn__free(&model->allocator, values, size);
	return status == CSTN_OK ? CSTN_OK : cstn__fail_nomem(error);
}

static cstn_status answer(void *context, const asking *in, cstn_error **error)
{
	const asked *call = context;

	return cstn__table_export_of(&in->model->allocator, put_answer, in, call->table, error);
}

cstn_status cstn_kmeans_predict(const cstn_kmeans *model, struct ArrowArrayStream *rows,
		const cstn_kmeans_options *options, struct ArrowArrayStream *out,
		cstn_row_errors **bad_rows, cstn_error **error)
{
	asked call = {model, options, out, NULL};
	const cstn__kmeans_question question = {
			rows, model, out, "model", NULL, begin, cstn__kmeans_label, answer, &call};

	return cstn__kmeans_ask(&question, bad_rows, error);
}

static cstn_status sum_squares(void *context, const asking *in, cstn_error **error)
{
	const asked *call = context;
	cstn__exact_sum sum;
	double squares[BLOCK], weights[BLOCK];
	uint64_t start;

	cstn__exact_sum_init(&sum);
	for (start = 0; start < in->features.n; start += BLOCK) {
		int32_t n = in->features.n - start < BLOCK ? (int32_t)(in->features.n - start)
							   : BLOCK,
			i;
		cstn_status status = cstn__kmeans_block_squares(
				&in->features, in->model, in->simd, in->labels, start, n, squares);

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
	*call->score = 0.0 - cstn__exact_sum_value(&sum);
	return CSTN_OK;
}

cstn_status cstn_kmeans_score(const cstn_kmeans *model, struct ArrowArrayStream *rows,
		const cstn_kmeans_options *options, double *out, cstn_error **error)
{
	asked call = {model, options, NULL, out};
	const cstn__kmeans_question question = {rows, model, out, "model", NULL, begin,
			cstn__kmeans_label, sum_squares, &call};

	return cstn__kmeans_ask(&question, NULL, error);
}
