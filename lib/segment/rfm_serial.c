/* An RFM model as bytes, and back: how it was fitted (flags, bins, rules), then what was found.
 * What comes back is not trusted: cuts rise and are finite, customers add up. */
#include <math.h>
#include <string.h>

#include "base/envelope.h"
#include "segment/rfm_model.h"

static const cstn__envelope envelope = {CSTN__ENVELOPE_MODEL, "RFM model", CSTN__KIND_RFM, 1};

cstn_status cstn_rfm_serialize(const cstn_rfm *model, cstn_buffer **out, cstn_error **error)
{
	cstn__bytes body;
	size_t config, i;
	int32_t k;
	int d;

	if (!model || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				model ? "out" : "model");
	cstn__bytes_init(&body, &model->allocator);
	cstn__bytes_put_u32(&body, model->flags);
	for (d = 0; d < 3; d++)
		cstn__bytes_put_u32(&body, (uint32_t)model->bins[d]);
	cstn__bytes_put_u8(&body, model->rules != NULL);
	cstn__bytes_put_u32(&body, (uint32_t)model->rules_len);
	cstn__bytes_put(&body, model->rules ? model->rules : "", model->rules_len);
	config = body.size;
	cstn__bytes_put_u64(&body, (uint64_t)model->customers);
	cstn__bytes_put_u64(&body, (uint64_t)model->bad_rows);
	cstn__bytes_put_u64(&body, model->fingerprint[0]);
	cstn__bytes_put_u64(&body, model->fingerprint[1]);
	for (d = 0; d < 3; d++) {
		cstn__bytes_put_u32(&body, (uint32_t)model->n_cuts[d]);
		for (k = 0; k < model->n_cuts[d]; k++)
			cstn__bytes_put_f64(&body, model->cuts[d][k]);
		for (k = 0; k <= model->n_cuts[d]; k++)
			cstn__bytes_put_u64(&body, (uint64_t)model->counts[d][k]);
	}
	for (i = 0; i < model->segments.count; i++) {
		cstn__bytes_put_u64(&body, (uint64_t)model->segments.items[i].customers);
		cstn__bytes_put_f64(&body, model->segments.items[i].recency);
		cstn__bytes_put_f64(&body, model->segments.items[i].frequency);
		cstn__bytes_put_f64(&body, model->segments.items[i].monetary);
	}
	cstn__bytes_put_u32(&body, (uint32_t)model->cells.count);
	for (i = 0; i < model->cells.count; i++) {
		cstn__bytes_put_u8(&body, model->cells.items[i].r);
		cstn__bytes_put_u8(&body, model->cells.items[i].f);
		cstn__bytes_put_u64(&body, (uint64_t)model->cells.items[i].customers);
		cstn__bytes_put_f64(&body, model->cells.items[i].monetary);
	}
	return cstn__envelope_close(&envelope, &body, config, out, error);
}

/* --- reading ---------------------------------------------------------------------------------- */

static cstn_status corrupt(cstn_error **error, const char *what)
{
	return cstn__fail(error, CSTN_E_CORRUPT, "RFM model: %s", what);
}

static cstn_status read_config(cstn__reader *in, cstn_rfm *model, cstn_error **error)
{
	uint8_t has_rules;
	uint32_t len;
	const uint8_t *text;
	cstn_error *why = NULL;
	cstn_status status;
	int d;

	model->flags = cstn__read_u32(in);
	for (d = 0; d < 3; d++) {
		model->bins[d] = (int32_t)cstn__read_u32(in);
		if (model->bins[d] < 2 || model->bins[d] > CSTN__RFM_BINS_MOST)
			return corrupt(error, "bins that cannot be");
	}
	has_rules = cstn__read_u8(in);
	len = cstn__read_u32(in);
	text = cstn__read_bytes(in, len);
	if (in->failed || model->flags & ~CSTN__RFM_FIT_FLAGS || has_rules > 1 ||
			(!has_rules && len))
		return corrupt(error, "flags or rules that cannot be");
	if (!has_rules)
		return CSTN_OK;
	status = cstn__rfm_take_rules(model, (const char *)text, len, &why);
	if (status == CSTN_E_FORMAT)
		status = corrupt(error, cstn_error_message(why));
	else if (status != CSTN_OK)
		status = cstn__fail_nomem(error);
	cstn_error_free(why);
	return status;
}

/* Counts that are not negative and add up. */
static int add_count(int64_t n, int64_t *sum)
{
	return n < 0 || __builtin_add_overflow(*sum, n, sum) ? -1 : 0;
}

static cstn_status read_cuts(cstn__reader *in, cstn_rfm *model, int d, cstn_error **error)
{
	int64_t sum = 0;
	int32_t k;

	model->n_cuts[d] = (int32_t)cstn__read_u32(in);
	if (model->n_cuts[d] < 0 || model->n_cuts[d] >= model->bins[d])
		return corrupt(error, "more cuts than bins");
	for (k = 0; k < model->n_cuts[d]; k++) {
		model->cuts[d][k] = cstn__read_f64(in);
		if (!isfinite(model->cuts[d][k]) ||
				(k && model->cuts[d][k] <= model->cuts[d][k - 1]))
			return corrupt(error, "cuts that do not rise");
	}
	for (k = 0; k <= model->n_cuts[d]; k++) {
		model->counts[d][k] = (int64_t)cstn__read_u64(in);
		if (add_count(model->counts[d][k], &sum))
			return corrupt(error, "a count that cannot be");
	}
	return sum == model->customers ? CSTN_OK : corrupt(error, "customers do not add up");
}

static cstn_status read_segments(cstn__reader *in, cstn_rfm *model, cstn_error **error)
{
	int64_t sum = 0;
	size_t i;

	for (i = 0; i < model->segments.count; i++) {
		cstn__rfm_segment *segment = &model->segments.items[i];

		segment->customers = (int64_t)cstn__read_u64(in);
		segment->recency = cstn__read_f64(in);
		segment->frequency = cstn__read_f64(in);
		segment->monetary = cstn__read_f64(in);
		if (add_count(segment->customers, &sum) || isnan(segment->recency) ||
				isnan(segment->frequency) || isnan(segment->monetary))
			return corrupt(error, "a segment that cannot be");
	}
	return !i || sum == model->customers ? CSTN_OK : corrupt(error, "segments do not add up");
}

static cstn_status read_cells(cstn__reader *in, cstn_rfm *model, cstn_error **error)
{
	uint32_t n = cstn__read_u32(in), i;
	int64_t sum = 0;

	if (n > CSTN__RFM_BINS_MOST * CSTN__RFM_BINS_MOST)
		return corrupt(error, "more pairs of scores than there are");
	if (cstn__array_reserve(&model->allocator, &model->cells, n))
		return cstn__fail_nomem(error);
	for (i = 0; i < n; i++) {
		cstn__rfm_cell *cell = &model->cells.items[i];

		cell->r = cstn__read_u8(in);
		cell->f = cstn__read_u8(in);
		cell->customers = (int64_t)cstn__read_u64(in);
		cell->monetary = cstn__read_f64(in);
		if (cell->r < 1 || cell->r > model->n_cuts[0] + 1 || cell->f < 1 ||
				cell->f > model->n_cuts[1] + 1 || cell->customers < 1 ||
				add_count(cell->customers, &sum) || isnan(cell->monetary) ||
				(i && cell->r * 256 + cell->f <= cell[-1].r * 256 + cell[-1].f))
			return corrupt(error, "a pair of scores that cannot be");
	}
	model->cells.count = n;
	return sum == model->customers ? CSTN_OK : corrupt(error, "pairs of scores do not add up");
}

static cstn_status read_model(
		cstn__reader *in, cstn_rfm *model, const uint8_t *digest, cstn_error **error)
{
	cstn_status status = read_config(in, model, error);
	int d;

	if (status == CSTN_OK)
		status = cstn__envelope_check(&envelope, in, digest, in->position, error);
	if (status != CSTN_OK)
		return status;
	model->customers = (int64_t)cstn__read_u64(in);
	model->bad_rows = (int64_t)cstn__read_u64(in);
	model->fingerprint[0] = cstn__read_u64(in);
	model->fingerprint[1] = cstn__read_u64(in);
	if (model->customers < 1 || model->bad_rows < 0)
		return corrupt(error, "no customers");
	for (d = 0; d < 3 && status == CSTN_OK; d++)
		status = read_cuts(in, model, d, error);
	if (status == CSTN_OK)
		status = read_segments(in, model, error);
	if (status == CSTN_OK)
		status = read_cells(in, model, error);
	if (status == CSTN_OK && (in->failed || in->position != in->size))
		status = corrupt(error, "another length than it says");
	return status;
}

cstn_status cstn_rfm_deserialize(const uint8_t *data, size_t size, const cstn_allocator *allocator,
		cstn_rfm **out, cstn_error **error)
{
	cstn_rfm *model;
	cstn__opened from;
	cstn_status status =
			cstn__envelope_unpack(&envelope, data, size, out, allocator, &from, error);

	if (status != CSTN_OK)
		return status;
	model = cstn__rfm_new(&from.allocator);
	if (!model)
		return cstn__fail_nomem(error);
	status = read_model(&from.body, model, from.digest, error);
	if (status != CSTN_OK) {
		cstn_rfm_unref(model);
		return status;
	}
	*out = model;
	return CSTN_OK;
}
