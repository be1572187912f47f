/* A k-means model as bytes in the envelope of base/envelope.h: counts and features with their
 * transforms (the configuration), then clusters. Read back, everything is checked before anything
 * is used: sizes, that numbers are finite where they must be, and the hash. The same model gives
 * the same bytes on every machine. */
#include <math.h>
#include <string.h>

#include "base/envelope.h"
#include "base/error.h"
#include "segment/kmeans_model.h"

#define KNOWN_STEPS                                                           \
	(CSTN_TRANSFORM_LOG1P | CSTN_TRANSFORM_WINSORISE | CSTN_TRANSFORM_Z | \
			CSTN_TRANSFORM_ROBUST_Z)

static const cstn__envelope envelope = {
		CSTN__ENVELOPE_MODEL, "k-means model", CSTN__KIND_KMEANS, 1};

static void put_feature(const cstn_kmeans *model, size_t l, cstn__bytes *out)
{
	const cstn__transform *transform = &model->transforms[l];
	size_t len = strlen(model->names[l]);

	cstn__bytes_put_u32(out, (uint32_t)len);
	cstn__bytes_put(out, model->names[l], len);
	cstn__bytes_put_u32(out, transform->steps);
	cstn__bytes_put_u32(out, transform->constant);
	cstn__bytes_put_f64(out, transform->low);
	cstn__bytes_put_f64(out, transform->high);
	cstn__bytes_put_f64(out, transform->shift);
	cstn__bytes_put_f64(out, transform->scale);
	cstn__bytes_put_f64(out, transform->fill);
	cstn__bytes_put_f64(out, model->means[l]);
}

void cstn__kmeans_put_features(const cstn_kmeans *model, cstn__bytes *out)
{
	size_t l;

	for (l = 0; l < model->d; l++)
		put_feature(model, l, out);
}

cstn_status cstn_kmeans_serialize(const cstn_kmeans *model, cstn_buffer **out, cstn_error **error)
{
	cstn__bytes bytes;
	size_t config, j, l;

	if (!model || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				model ? "out" : "model");
	cstn__bytes_init(&bytes, &model->allocator);
	cstn__bytes_put_u32(&bytes, (uint32_t)model->d);
	cstn__bytes_put_u32(&bytes, (uint32_t)model->k);
	cstn__kmeans_put_features(model, &bytes);
	config = bytes.size;
	cstn__bytes_put_u32(&bytes, (uint32_t)model->power);
	cstn__bytes_put_u32(&bytes, (uint32_t)model->n_iter);
	cstn__bytes_put_u32(&bytes, (uint32_t)model->converged);
	cstn__bytes_put_u32(&bytes, (uint32_t)model->restart);
	cstn__bytes_put_u32(&bytes, 0);
	cstn__bytes_put_u64(&bytes, model->n);
	cstn__bytes_put_u64(&bytes, model->left_out);
	cstn__bytes_put_u64(&bytes, model->imputed);
	cstn__bytes_put_u64(&bytes, model->moved);
	cstn__bytes_put_f64(&bytes, model->weight);
	cstn__bytes_put_f64(&bytes, model->inertia);
	for (j = 0; j < model->k; j++) {
		cstn__bytes_put_u64(&bytes, (uint64_t)model->rows[j]);
		cstn__bytes_put_f64(&bytes, model->weights[j]);
		cstn__bytes_put_f64(&bytes, model->inertias[j]);
		for (l = 0; l < model->d; l++)
			cstn__bytes_put_f64(&bytes, model->centres[j * model->d + l]);
		for (l = 0; l < model->d; l++)
			cstn__bytes_put_f64(&bytes, model->packed.at[j * model->d + l]);
	}
	return cstn__envelope_close(&envelope, &bytes, config, out, error);
}

/* --- reading ---------------------------------------------------------------------------------- */

static int read_feature(cstn__reader *in, cstn_kmeans *model, size_t l)
{
	cstn__transform *transform = &model->transforms[l];
	uint32_t len = cstn__read_u32(in);
	const uint8_t *name = len ? cstn__read_bytes(in, len) : (const uint8_t *)"";

	if (!name || memchr(name, 0, len))
		return -1;
	model->names[l] = cstn__arena_copy(&model->text, name, len);
	if (!model->names[l])
		return -2;
	transform->steps = cstn__read_u32(in);
	transform->constant = cstn__read_u32(in);
	transform->low = cstn__read_f64(in);
	transform->high = cstn__read_f64(in);
	transform->shift = cstn__read_f64(in);
	transform->scale = cstn__read_f64(in);
	transform->fill = cstn__read_f64(in);
	model->means[l] = cstn__read_f64(in);
	if (transform->steps & ~KNOWN_STEPS || transform->constant > 1 ||
			!isfinite(transform->shift) || !(transform->scale > 0.0) ||
			!isfinite(transform->scale) || !isfinite(model->means[l]) ||
			isinf(transform->fill))
		return -1;
	return transform->steps & CSTN_TRANSFORM_WINSORISE && !(transform->low <= transform->high)
			       ? -1
			       : 0;
}

static int read_cluster(cstn__reader *in, cstn_kmeans *model, size_t j)
{
	double *at = model->centres + j * model->d, *packed = model->packed.at + j * model->d;
	int ok;
	size_t l;

	model->rows[j] = (int64_t)cstn__read_u64(in);
	model->weights[j] = cstn__read_f64(in);
	model->inertias[j] = cstn__read_f64(in);
	ok = model->rows[j] >= 0 && model->weights[j] >= 0.0 && model->inertias[j] >= 0.0;
	for (l = 0; l < model->d; l++) {
		at[l] = cstn__read_f64(in);
		ok = ok && isfinite(at[l]);
	}
	for (l = 0; l < model->d; l++) {
		packed[l] = cstn__read_f64(in);
		ok = ok && fabs(packed[l]) <= CSTN__PACK_LIMIT;
	}
	return ok ? 0 : -1;
}

static cstn_status damaged(cstn_error **error, const char *what)
{
	return cstn__fail(error, CSTN_E_CORRUPT, "a k-means model: %s", what);
}

cstn_status cstn__kmeans_read_features(
		cstn__reader *in, cstn_kmeans *model, const char *what, cstn_error **error)
{
	size_t l;

	for (l = 0; l < model->d; l++) {
		int wrong = read_feature(in, model, l);

		if (wrong == -2)
			return cstn__fail_nomem(error);
		if (wrong)
			return cstn__fail(error, CSTN_E_CORRUPT, "a %s: a feature breaks the rules",
					what);
	}
	return CSTN_OK;
}

static cstn_status read_config(
		cstn__reader *in, cstn_kmeans *model, const uint8_t *digest, cstn_error **error)
{
	cstn_status status = cstn__kmeans_read_features(in, model, envelope.what, error);

	if (status != CSTN_OK)
		return status;
	return cstn__envelope_check(&envelope, in, digest, in->position, error);
}

static cstn_status read_body(cstn__reader *in, cstn_kmeans *model, cstn_error **error)
{
	size_t j;

	model->power = (int32_t)cstn__read_u32(in);
	model->n_iter = (int32_t)cstn__read_u32(in);
	model->converged = (int32_t)cstn__read_u32(in);
	model->restart = (int32_t)cstn__read_u32(in);
	if (cstn__read_u32(in) != 0 || model->power < -1100 || model->power > 1000 ||
			model->n_iter < 0 || model->converged < 0 || model->converged > 1 ||
			model->restart < 0)
		return damaged(error, "its header breaks the rules");
	model->n = cstn__read_u64(in);
	model->left_out = cstn__read_u64(in);
	model->imputed = cstn__read_u64(in);
	model->moved = cstn__read_u64(in);
	model->weight = cstn__read_f64(in);
	model->inertia = cstn__read_f64(in);
	if (model->left_out > model->n || !(model->weight > 0.0) || !(model->inertia >= 0.0))
		return damaged(error, "its counts break the rules");
	for (j = 0; j < model->k; j++)
		if (read_cluster(in, model, j))
			return damaged(error, "a cluster breaks the rules");
	if (in->failed || in->position != in->size)
		return damaged(error, "its length is not what it says");
	cstn__kmeans_centres_ready(&model->packed);
	return CSTN_OK;
}

/* Names to begin with; the real ones come from the bytes. */
cstn_status cstn__kmeans_new_empty(size_t d, size_t m, size_t k, const cstn_allocator *allocator,
		cstn_kmeans **out, cstn_error **error)
{
	size_t size = d * sizeof(const char *), l;
	const char **names = cstn__alloc(allocator, size);
	cstn_status status;

	if (!names)
		return cstn__fail_nomem(error);
	for (l = 0; l < d; l++)
		names[l] = "";
	status = cstn__kmeans_model_new(names, d, m, k, allocator, out, error);
	cstn__free(allocator, names, size);
	return status;
}

cstn_status cstn__kmeans_read(const uint8_t *data, size_t size, size_t least, size_t m,
		const cstn_allocator *allocator, cstn_kmeans **out, cstn_error **error)
{
	const uint8_t *digest = NULL;
	cstn_kmeans *model = NULL;
	cstn__reader in;
	uint32_t d, k;
	cstn_status status = cstn__envelope_open(&envelope, data, size, &in, &digest, error);

	if (status != CSTN_OK)
		return status;
	d = cstn__read_u32(&in);
	k = cstn__read_u32(&in);
	/* a cluster takes 24 + 16 d bytes, a feature 60 and its name */
	if (d < least || d > CSTN__FEATURES_MAX || k < 1 || k > UINT16_MAX ||
			(uint64_t)k * (24 + 16 * (uint64_t)d) + 60 * (uint64_t)d > size)
		return damaged(error, "its sizes break the rules");
	status = cstn__kmeans_new_empty(d, m, k, allocator, &model, error);
	if (status == CSTN_OK)
		status = read_config(&in, model, digest, error);
	if (status == CSTN_OK)
		status = read_body(&in, model, error);
	if (status == CSTN_OK)
		*out = model;
	else
		cstn_kmeans_unref(model);
	return status;
}

cstn_status cstn_kmeans_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_kmeans **out, cstn_error **error)
{
	cstn_allocator copy;
	cstn_status status;

	if (!data || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				data ? "out" : "data");
	status = cstn__allocator_read(allocator, &copy, error);
	return status == CSTN_OK ? cstn__kmeans_read(data, size, 1, 0, &copy, out, error) : status;
}
