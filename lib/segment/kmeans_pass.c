/* One pass of Lloyd's over rows that lie in many places. The centres of a model label the rows of
 * each part; what a part keeps is counts, whole-number sums of packed values, and exact sums of the
 * values themselves and of squared distances. All of it adds up without rounding, so any split and
 * any tree of merges give the same bytes; finishing takes the means.
 *
 * The packed means are those a single machine takes in the same pass, so passes until no centre
 * moves end in the model of cstn_kmeans_fit() from the same centres. Only an empty cluster is
 * another matter: nobody sees all rows, so its centre stays. Cost: the labels, and an exact
 * sum a value. */
#include "segment/kmeans_pass.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "segment/kmeans_asking.h"

#define BLOCK CSTN__FEATURE_BLOCK

static cstn_status take_digest(const cstn_kmeans *model, uint8_t out[32], cstn_error **error)
{
	cstn_buffer *bytes = NULL;
	cstn_status status = cstn_kmeans_serialize(model, &bytes, error);

	if (status == CSTN_OK)
		cstn__sha256(cstn_buffer_data(bytes), cstn_buffer_size(bytes), out);
	cstn_buffer_free(bytes);
	return status;
}

cstn_status cstn__kmeans_pass_of(cstn_kmeans *model, const uint8_t digest[32],
		const cstn_allocator *allocator, cstn_kmeans_pass **out, cstn_error **error)
{
	cstn_kmeans_pass *pass = cstn__alloc_zero(allocator, sizeof(*pass));
	size_t cells = cstn__kmeans_pass_cells(model), i;
	cstn_status status;

	if (!pass) {
		cstn_kmeans_unref(model);
		return cstn__fail_nomem(error);
	}
	pass->allocator = *allocator;
	pass->model = model;
	pass->exact = cstn__alloc(allocator, cstn__array_size(cells, sizeof(*pass->exact)));
	pass->rows = cstn__alloc_zero(allocator, model->k * sizeof(*pass->rows));
	status = cstn__kmeans_sums_init(&pass->sums, model->k, model->d, 0, allocator, error);
	if (status == CSTN_OK && (!pass->exact || !pass->rows))
		status = cstn__fail_nomem(error);
	if (status == CSTN_OK && !digest)
		status = take_digest(model, pass->digest, error);
	if (status != CSTN_OK) {
		cstn_kmeans_pass_free(pass);
		return status;
	}
	if (digest)
		memcpy(pass->digest, digest, sizeof(pass->digest));
	for (i = 0; i < cells; i++)
		cstn__exact_sum_init(&pass->exact[i]);
	*out = pass;
	return CSTN_OK;
}

cstn_status cstn_kmeans_pass_new(cstn_kmeans *model, const cstn_allocator *allocator,
		cstn_kmeans_pass **out, cstn_error **error)
{
	cstn_allocator copy;
	cstn_status status;

	if (!model || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				model ? "out" : "model");
	status = cstn__allocator_read(allocator, &copy, error);
	if (status != CSTN_OK)
		return status;
	return cstn__kmeans_pass_of(cstn_kmeans_ref(model), NULL, &copy, out, error);
}

void cstn_kmeans_pass_free(cstn_kmeans_pass *pass)
{
	cstn_allocator allocator;
	size_t cells;

	if (!pass)
		return;
	allocator = pass->allocator;
	cells = cstn__kmeans_pass_cells(pass->model);
	cstn__free(&allocator, pass->exact, cells * sizeof(*pass->exact));
	cstn__free(&allocator, pass->rows, pass->model->k * sizeof(*pass->rows));
	if (pass->sums.k)
		cstn__kmeans_sums_free(&pass->sums);
	cstn_kmeans_unref(pass->model);
	cstn__free(&allocator, pass, sizeof(*pass));
}

/* --- adding ----------------------------------------------------------------------------------- */

static int64_t all_weight(const cstn_kmeans_pass *pass)
{
	int64_t total = 0;
	size_t j;

	for (j = 0; j < pass->model->k; j++)
		total += pass->sums.weights[j];
	return total;
}

static cstn_status check_room(
		const cstn_kmeans_pass *into, const cstn_kmeans_pass *from, cstn_error **error)
{
	int64_t total;

	if (!cstn__add_i64(all_weight(into), all_weight(from), &total))
		return CSTN_OK;
	return cstn__fail(error, CSTN_E_OVERFLOW, "weights of %lld and %lld overflow int64",
			(long long)all_weight(into), (long long)all_weight(from));
}

static void add(cstn_kmeans_pass *into, const cstn_kmeans_pass *from)
{
	size_t i;

	cstn__kmeans_sums_add(&into->sums, &from->sums);
	for (i = 0; i < cstn__kmeans_pass_cells(into->model); i++)
		cstn__exact_sum_merge(&into->exact[i], &from->exact[i]);
	for (i = 0; i < into->model->k; i++)
		into->rows[i] += from->rows[i];
	into->n += from->n;
	into->left_out += from->left_out;
	into->imputed += from->imputed;
}

static cstn_status add_block(cstn_kmeans_pass *pass, const cstn__kmeans_asking *in, uint64_t start,
		int32_t n, double *values)
{
	const cstn_kmeans *model = in->model;
	cstn_status status = cstn__features_read_transformed(
			&in->features, model->transforms, in->simd, start, n, values);
	int32_t i;
	size_t l;

	for (i = 0; i < n && status == CSTN_OK; i++) {
		uint64_t row = start + (uint64_t)i;
		uint16_t label = in->labels[row];
		cstn__exact_sum *exact = pass->exact + label * (model->d + 1);
		const double *centre;
		double weight = (double)cstn__kmeans_weight(&in->rows, row), square = 0.0;

		if (weight == 0.0)
			continue;
		centre = model->centres + label * model->d;
		pass->rows[label]++;
		cstn__kmeans_sums_move(&pass->sums, &in->rows, row, CSTN__LABEL_NONE, label);
		for (l = 0; l < model->d; l++) {
			double value = values[l * BLOCK + (size_t)i];

			square += (value - centre[l]) * (value - centre[l]);
			cstn__exact_sum_add_times(&exact[l], weight, value);
		}
		cstn__exact_sum_add_times(&exact[model->d], weight, square);
	}
	return status;
}

/* What the labelled rows add up to. */
static cstn_status add_rows(
		cstn_kmeans_pass *part, const cstn__kmeans_asking *in, cstn_error **error)
{
	size_t size = in->model->d * BLOCK * sizeof(double);
	double *values = cstn__alloc(&part->allocator, size);
	cstn_status status = values ? CSTN_OK : CSTN_E_NOMEM;
	uint64_t start;

	for (start = 0; start < in->features.n && status == CSTN_OK; start += BLOCK)
		status = add_block(part, in, start,
				in->features.n - start < BLOCK ? (int32_t)(in->features.n - start)
							       : BLOCK,
				values);
	cstn__free(&part->allocator, values, size);
	part->n = in->features.n;
	part->left_out = in->features.n_bad;
	part->imputed = in->features.n_null;
	return status == CSTN_OK ? CSTN_OK : cstn__fail_nomem(error);
}

/* What one call is about. */
typedef struct asked {
	cstn_kmeans_pass *pass;
	const cstn_kmeans_options *options;
} asked;

static cstn_status begin(void *context, cstn__kmeans_asking *in, cstn_error **error)
{
	const asked *call = context;
	cstn_status status = cstn__kmeans_asking_begin(in, call->pass->model, call->options, error);

	in->weight = in->options.weight;
	in->refuses = 1;
	return status;
}

static cstn_status take_rows(void *context, const cstn__kmeans_asking *in, cstn_error **error)
{
	const asked *call = context;
	cstn_kmeans_pass *pass = call->pass, *part = NULL;
	cstn_status status;

	if (in->features.weight_unit != 1.0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"weights of a pass are whole numbers below 2^32");
	status = cstn__kmeans_pass_of(
			cstn_kmeans_ref(pass->model), pass->digest, &pass->allocator, &part, error);
	if (status == CSTN_OK)
		status = add_rows(part, in, error);
	if (status == CSTN_OK)
		status = check_room(pass, part, error);
	if (status == CSTN_OK)
		add(pass, part);
	cstn_kmeans_pass_free(part);
	return status;
}

cstn_status cstn_kmeans_pass_update(cstn_kmeans_pass *pass, struct ArrowArrayStream *rows,
		const cstn_kmeans_options *options, cstn_row_errors **bad_rows, cstn_error **error)
{
	asked call = {pass, options};
	const cstn__kmeans_question question = {rows, pass, pass, "pass",
			pass ? &pass->allocator : NULL, begin, cstn__kmeans_label, take_rows,
			&call};

	return cstn__kmeans_ask(&question, bad_rows, error);
}

static cstn_status check_two(
		const cstn_kmeans_pass *a, const cstn_kmeans_pass *b, cstn_error **error)
{
	if (!a || !b || a == b)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s",
				!a || !b ? "a pass is NULL"
					 : "a pass is merged into itself, or taken out of it");
	if (memcmp(a->digest, b->digest, sizeof(a->digest)) != 0)
		return cstn__fail(error, CSTN_E_MISMATCH, "the two passes are by other models");
	return CSTN_OK;
}

cstn_status cstn_kmeans_pass_merge(
		cstn_kmeans_pass *into, const cstn_kmeans_pass *from, cstn_error **error)
{
	cstn_status status = check_two(into, from, error);

	if (status == CSTN_OK)
		status = check_room(into, from, error);
	if (status == CSTN_OK)
		add(into, from);
	return status;
}

/* --- taking out ------------------------------------------------------------------------------- */

/* Whether cluster j of what is left may be: a part of other rows than were added mostly is not. */
static int can_be(const cstn_kmeans_pass *left, size_t j)
{
	const cstn__i128 one = 1;
	size_t d = left->model->d, l;
	cstn__i128 most;

	if (left->rows[j] < 0 || left->sums.weights[j] < left->rows[j] ||
			(left->rows[j] == 0 && left->sums.weights[j] != 0))
		return 0;
	most = (one << 31) * left->sums.weights[j]; /* values reach 128 2^24 */
	for (l = 0; l < d; l++)
		if (left->sums.sums[j * d + l] > most || left->sums.sums[j * d + l] < -most)
			return 0;
	for (l = 0; l <= d; l++) {
		double sum = cstn__exact_sum_value(&left->exact[j * (d + 1) + l]);

		if ((l == d && sum < 0.0) || (left->rows[j] == 0 && sum != 0.0))
			return 0;
	}
	return 1;
}

static cstn_status subtract(
		cstn_kmeans_pass *left, const cstn_kmeans_pass *part, cstn_error **error)
{
	size_t k = left->model->k, d = left->model->d, i;
	int fits = part->n <= left->n && part->left_out <= left->left_out &&
		   part->imputed <= left->imputed;

	for (i = 0; i < k * d; i++)
		left->sums.sums[i] -= part->sums.sums[i];
	for (i = 0; i < cstn__kmeans_pass_cells(left->model); i++)
		cstn__exact_sum_subtract(&left->exact[i], &part->exact[i]);
	for (i = 0; i < k; i++) {
		left->rows[i] -= part->rows[i];
		left->sums.weights[i] -= part->sums.weights[i];
		fits &= can_be(left, i);
	}
	left->n -= part->n;
	left->left_out -= part->left_out;
	left->imputed -= part->imputed;
	if (fits)
		return CSTN_OK;
	return cstn__fail(error, CSTN_E_STATE,
			"the rows to take out of a k-means pass are not all in it");
}

cstn_status cstn_kmeans_pass_remove(
		cstn_kmeans_pass *pass, const cstn_kmeans_pass *part, cstn_error **error)
{
	cstn_kmeans_pass *left = NULL, old;
	cstn_status status = check_two(pass, part, error);

	if (status == CSTN_OK)
		status = cstn__kmeans_pass_of(cstn_kmeans_ref(pass->model), pass->digest,
				&pass->allocator, &left, error);
	if (status != CSTN_OK)
		return status;
	add(left, pass);
	status = subtract(left, part, error);
	if (status == CSTN_OK) {
		old = *pass;
		*pass = *left;
		*left = old;
	}
	cstn_kmeans_pass_free(left);
	return status;
}

/* --- the next model --------------------------------------------------------------------------- */

static void move_centres(const cstn_kmeans_pass *pass, cstn_kmeans *model)
{
	size_t d = model->d, j, l;
	cstn__exact_sum inertia;
	int moved = 0;

	cstn__exact_sum_init(&inertia);
	for (j = 0; j < model->k; j++) {
		const cstn__exact_sum *exact = pass->exact + j * (d + 1);
		double *at = model->packed.at + j * d, weight = (double)pass->sums.weights[j];

		model->rows[j] = pass->rows[j];
		model->weights[j] = weight;
		model->inertias[j] = cstn__exact_sum_value(&exact[d]);
		cstn__exact_sum_merge(&inertia, &exact[d]);
		if (!(weight > 0.0))
			continue;
		cstn__kmeans_take_mean(&pass->sums, j, at);
		for (l = 0; l < d; l++) {
			model->centres[j * d + l] = cstn__exact_sum_value(&exact[l]) / weight;
			moved |= at[l] != pass->model->packed.at[j * d + l];
		}
	}
	model->inertia = cstn__exact_sum_value(&inertia);
	model->weight = (double)all_weight(pass);
	model->n = pass->n;
	model->left_out = pass->left_out;
	model->imputed = pass->imputed;
	model->n_iter = pass->model->n_iter + 1;
	model->converged = !moved;
	cstn__kmeans_centres_ready(&model->packed);
}

cstn_status cstn_kmeans_pass_finish(
		const cstn_kmeans_pass *pass, cstn_kmeans **out, cstn_error **error)
{
	cstn_kmeans *model = NULL;
	cstn_buffer *bytes = NULL;
	cstn_status status;

	if (!pass || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				pass ? "out" : "pass");
	if (all_weight(pass) == 0)
		return cstn__fail(error, CSTN_E_EMPTY, "the pass has no rows");
	status = cstn_kmeans_serialize(pass->model, &bytes, error);
	if (status == CSTN_OK)
		status = cstn__kmeans_read(cstn_buffer_data(bytes), cstn_buffer_size(bytes), 1, 0,
				&pass->allocator, &model, error);
	cstn_buffer_free(bytes);
	if (status != CSTN_OK)
		return status;
	move_centres(pass, model);
	*out = model;
	return CSTN_OK;
}
