/* A pass as bytes, in the envelope of states: the model that labels is its configuration, in bytes
 * of its own; then counts and, for each cluster, its rows, weight, whole-number sums and exact
 * sums. */
#include <math.h>
#include <string.h>

#include "base/envelope.h"
#include "base/error.h"
#include "segment/kmeans_pass.h"

static const cstn__envelope envelope = {
		CSTN__ENVELOPE_STATE, "k-means pass", CSTN__KIND_KMEANS_STATE, 1};

static void put_wide(cstn__bytes *out, cstn__i128 value)
{
	cstn__bytes_put_u64(out, (uint64_t)value);
	cstn__bytes_put_u64(out, (uint64_t)(value >> 64));
}

cstn_status cstn_kmeans_pass_serialize(
		const cstn_kmeans_pass *pass, cstn_buffer **out, cstn_error **error)
{
	cstn_buffer *model = NULL;
	cstn__bytes bytes;
	size_t config, j, l, d;
	cstn_status status;

	if (!pass || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				pass ? "out" : "pass");
	status = cstn_kmeans_serialize(pass->model, &model, error);
	if (status != CSTN_OK)
		return status;
	d = pass->model->d;
	cstn__bytes_init(&bytes, &pass->allocator);
	cstn__bytes_put_block(&bytes, cstn_buffer_data(model), cstn_buffer_size(model));
	cstn_buffer_free(model);
	config = bytes.size;
	cstn__bytes_put_u64(&bytes, pass->n);
	cstn__bytes_put_u64(&bytes, pass->left_out);
	cstn__bytes_put_u64(&bytes, pass->imputed);
	for (j = 0; j < pass->model->k; j++) {
		cstn__bytes_put_u64(&bytes, (uint64_t)pass->rows[j]);
		cstn__bytes_put_u64(&bytes, (uint64_t)pass->sums.weights[j]);
		for (l = 0; l < d; l++)
			put_wide(&bytes, pass->sums.sums[j * d + l]);
		for (l = 0; l <= d; l++)
			cstn__exact_sum_put(&bytes, &pass->exact[j * (d + 1) + l]);
	}
	return cstn__envelope_close(&envelope, &bytes, config, out, error);
}

/* --- reading ---------------------------------------------------------------------------------- */

static cstn_status damaged(cstn_error **error, const char *what)
{
	return cstn__fail(error, CSTN_E_CORRUPT, "a k-means pass: %s", what);
}

static int read_cluster(cstn__reader *in, cstn_kmeans_pass *pass, size_t j, int64_t *total)
{
	const cstn__i128 one = 1;
	cstn__i128 most;
	size_t d = pass->model->d, l;

	pass->rows[j] = (int64_t)cstn__read_u64(in);
	pass->sums.weights[j] = (int64_t)cstn__read_u64(in);
	if (pass->rows[j] < 0 || pass->sums.weights[j] < pass->rows[j] ||
			(pass->rows[j] == 0 && pass->sums.weights[j] != 0) ||
			cstn__add_i64(*total, pass->sums.weights[j], total))
		return -1;
	most = (one << 31) * pass->sums.weights[j]; /* values reach 128 2^24 */
	for (l = 0; l < d; l++) {
		cstn__u128 low = cstn__read_u64(in), high = cstn__read_u64(in);
		cstn__i128 sum = (cstn__i128)(high << 64 | low);

		if (sum > most || sum < -most)
			return -1;
		pass->sums.sums[j * d + l] = sum;
	}
	for (l = 0; l <= d; l++) {
		cstn__exact_sum *exact = &pass->exact[j * (d + 1) + l];
		double value;

		if (cstn__exact_sum_read(in, exact))
			return -1;
		value = cstn__exact_sum_value(exact);
		if (!isfinite(value) || (l == d && value < 0.0) ||
				(pass->sums.weights[j] == 0 && value != 0.0))
			return -1;
	}
	return 0;
}

static cstn_status read_body(cstn__reader *in, cstn_kmeans_pass *pass, cstn_error **error)
{
	int64_t total = 0, rows = 0;
	size_t j;

	pass->n = cstn__read_u64(in);
	pass->left_out = cstn__read_u64(in);
	pass->imputed = cstn__read_u64(in);
	for (j = 0; j < pass->model->k; j++)
		if (read_cluster(in, pass, j, &total) || cstn__add_i64(rows, pass->rows[j], &rows))
			return damaged(error, "a cluster breaks the rules");
	if (in->failed || in->position != in->size)
		return damaged(error, "its length is not what it says");
	if (pass->left_out > pass->n || pass->n - pass->left_out != (uint64_t)rows)
		return damaged(error, "its counts break the rules");
	return CSTN_OK;
}

cstn_status cstn_kmeans_pass_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_kmeans_pass **out, cstn_error **error)
{
	const uint8_t *bytes;
	cstn_kmeans_pass *pass = NULL;
	cstn_kmeans *model = NULL;
	cstn__opened from;
	size_t length;
	cstn_status status =
			cstn__envelope_unpack(&envelope, data, size, out, allocator, &from, error);

	if (status != CSTN_OK)
		return status;
	bytes = cstn__read_block(&from.body, &length);
	if (!bytes)
		return damaged(error, "its length is not what it says");
	status = cstn__envelope_check(
			&envelope, &from.body, from.digest, from.body.position, error);
	if (status == CSTN_OK)
		status = cstn__kmeans_read(bytes, length, 1, 0, &from.allocator, &model, error);
	if (status == CSTN_OK)
		status = cstn__kmeans_pass_of(model, NULL, &from.allocator, &pass, error);
	if (status == CSTN_OK)
		status = read_body(&from.body, pass, error);
	if (status == CSTN_OK)
		*out = pass;
	else
		cstn_kmeans_pass_free(pass);
	return status;
}
