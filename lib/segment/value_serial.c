/* States and models of value models as bytes, and back, in the envelope of base/envelope.h.
 *
 * State: u32 model, u32 configuration flags, u32 time_in, i64 unit (so far the configuration), u64
 * rows left out, for spend what it is in (u64 customers, u8 length and the currency), u64 groups,
 * and the groups in their order: u32 x, u32 weight, f64 tx, f64 T, and f64 extra where the model
 * has one. Model: u32 model, u32 k, i64 unit (so far the configuration), u32 fitted, fingerprint,
 * counts, parameters, and what the fit found.
 *
 * Bytes are not trusted: length, hash, order, ranges and rules of a row are checked, so that what
 * comes back is what this library could have written. O(size). */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/cpu.h"
#include "base/envelope.h"
#include "base/error.h"
#include "base/states.h"
#include "segment/value_handle.h"

#define P CSTN__VALUE_PARAMETERS

static const cstn__envelope state_envelope = {
		CSTN__ENVELOPE_STATE, "value state", CSTN__KIND_VALUE_STATE, 1};
static const cstn__envelope model_envelope = {
		CSTN__ENVELOPE_MODEL, "value model", CSTN__KIND_VALUE, 1};

cstn_status cstn_value_state_serialize(
		cstn_value_state *state, cstn_buffer **out, cstn_error **error)
{
	cstn__bytes bytes;
	cstn_status status;
	size_t i, config;

	if (!state || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				state ? "out" : "state");
	status = cstn__value_table_settle(&state->table, error);
	if (status != CSTN_OK)
		return status;
	cstn__bytes_init(&bytes, &state->allocator);
	cstn__bytes_put_u32(&bytes, (uint32_t)state->kind);
	cstn__bytes_put_u32(&bytes, state->flags);
	cstn__bytes_put_u32(&bytes, (uint32_t)state->time_in);
	cstn__bytes_put_u64(&bytes, (uint64_t)state->unit_us);
	config = bytes.size;
	cstn__bytes_put_u64(&bytes, state->left_out);
	if (state->kind == CSTN__VALUE_SPEND)
		cstn__value_money_put(&state->money, &bytes);
	cstn__bytes_put_u64(&bytes, state->table.count);
	for (i = 0; i < state->table.count; i++) {
		const cstn__value_group *group = cstn__value_group_at(&state->table, i);

		cstn__bytes_put_u32(&bytes, group->x);
		cstn__bytes_put_u32(&bytes, (uint32_t)group->weight);
		cstn__bytes_put_f64(&bytes, group->tx);
		cstn__bytes_put_f64(&bytes, group->age);
		if (cstn__value_has_extra(state->kind))
			cstn__bytes_put_f64(&bytes, cstn__value_extra_at(&state->table, i));
	}
	return cstn__envelope_close(&state_envelope, &bytes, config, out, error);
}

/* A row that a stream could have given. */
static int is_row(int32_t kind, const cstn__value_row *row)
{
	if (!(row->tx >= 0.0) || !(row->age >= 0.0) || !(row->age < 1e300) ||
			!(row->extra - row->extra == 0.0))
		return 0;
	if (kind == CSTN__VALUE_SPEND)
		return row->x > 0.0 && row->extra > 0.0 && row->age == 0.0 && row->tx == 0.0;
	if (kind == CSTN__VALUE_SBG)
		return row->x <= 1.0 && row->tx == 0.0 && row->age >= 1.0 &&
		       row->age == floor(row->age);
	if (row->tx > row->age || (row->x == 0.0) != (row->tx == 0.0))
		return 0;
	return kind != CSTN__VALUE_BGBB ||
	       (row->tx == floor(row->tx) && row->age == floor(row->age) && row->x <= row->tx &&
			       row->age <= 1e6);
}

static cstn_status read_groups(cstn_value_state *state, cstn__reader *in, cstn_error **error)
{
	uint64_t n = cstn__read_u64(in), i;
	int extra = cstn__value_has_extra(state->kind);
	size_t each = extra ? 32 : 24;
	cstn_status status = CSTN_OK;

	if (!cstn__reader_can_hold(in, n, each) || in->size - in->position != n * each)
		return cstn__fail(error, CSTN_E_CORRUPT, "%" PRIu64 " groups do not fill the bytes",
				n);
	for (i = 0; i < n && status == CSTN_OK; i++) {
		cstn__value_row row = {0.0, 0.0, 0.0, 0.0};
		uint32_t weight;

		row.x = cstn__read_u32(in);
		weight = cstn__read_u32(in);
		row.tx = cstn__read_f64(in);
		row.age = cstn__read_f64(in);
		if (extra)
			row.extra = cstn__read_f64(in);
		if (weight == 0 || weight > INT32_MAX || !is_row(state->kind, &row))
			return cstn__fail(error, CSTN_E_CORRUPT, "group %" PRIu64 " breaks a rule",
					i);
		status = cstn__value_table_add(&state->table, &row, (int32_t)weight, error);
	}
	if (status == CSTN_OK)
		status = cstn__value_table_settle(&state->table, error);
	if (status == CSTN_OK && state->table.count != n)
		return cstn__fail(error, CSTN_E_CORRUPT, "a group stands there twice");
	return status;
}

cstn_status cstn_value_state_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_value_state **out, cstn_error **error)
{
	cstn_value_config config = CSTN_VALUE_CONFIG_INIT;
	cstn_value_state *state = NULL;
	cstn__opened from;
	cstn__value_money money = {0, ""};
	uint64_t left_out;
	uint32_t kind;
	cstn_status status;

	status = cstn__envelope_unpack(&state_envelope, data, size, out, allocator, &from, error);
	if (status != CSTN_OK)
		return status;
	kind = cstn__read_u32(&from.body);
	config.flags = cstn__read_u32(&from.body);
	config.time_in = (int32_t)cstn__read_u32(&from.body);
	config.unit_us = (int64_t)cstn__read_u64(&from.body);
	status = cstn__envelope_check(
			&state_envelope, &from.body, from.digest, from.body.position, error);
	if (status != CSTN_OK)
		return status;
	left_out = cstn__read_u64(&from.body);
	if ((kind == CSTN__VALUE_SPEND && cstn__value_money_read(&from.body, &money)) ||
			from.body.failed || kind < CSTN__VALUE_BGNBD || kind > CSTN__VALUE_SPEND ||
			config.unit_us <= 0 || config.flags > CSTN_VALUE_SKIP_BAD ||
			config.time_in < 0 || config.time_in > CSTN_VALUE_TIME_US)
		return cstn__fail(error, CSTN_E_CORRUPT, "the head of the state breaks a rule");
	status = cstn_value_state_new(cstn__value_kind_name((int32_t)kind), &config,
			&from.allocator, &state, error);
	if (status != CSTN_OK)
		return status;
	state->left_out = left_out;
	state->money = money;
	status = read_groups(state, &from.body, error);
	if (status == CSTN_OK)
		*out = state;
	else
		cstn_value_state_free(state);
	return status;
}

/* --- models --- */

/* The doubles of a fit, in the order they stand in a file. */
static size_t fit_doubles(cstn__value_fit *fit, double *values[P * P + 2 * P + 16])
{
	size_t n = 0, i;

	for (i = 0; i < P; i++)
		values[n++] = &fit->model.theta[i];
	values[n++] = &fit->customers;
	values[n++] = &fit->loglik;
	values[n++] = &fit->gradient;
	values[n++] = &fit->condition;
	values[n++] = &fit->loglik_no_dropout;
	values[n++] = &fit->loglik_one_dropout;
	values[n++] = &fit->loglik_one_rate;
	values[n++] = &fit->correlation;
	values[n++] = &fit->correlation_error;
	for (i = 0; i < P; i++)
		values[n++] = &fit->error[i];
	for (i = 0; i < P * P; i++)
		values[n++] = &fit->covariance[i];
	return n;
}

cstn_status cstn_customer_value_serialize(
		const cstn_customer_value *model, cstn_buffer **out, cstn_error **error)
{
	double *values[P * P + 2 * P + 16];
	cstn__value_fit fit;
	cstn__bytes bytes;
	size_t n, i, config;

	if (!model || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				model ? "out" : "model");
	fit = model->fit;
	cstn__bytes_init(&bytes, &model->allocator);
	cstn__bytes_put_u32(&bytes, (uint32_t)fit.model.kind);
	cstn__bytes_put_u32(&bytes, (uint32_t)fit.model.k);
	cstn__bytes_put_u64(&bytes, (uint64_t)model->unit_us);
	config = bytes.size;
	cstn__bytes_put_u32(&bytes, (uint32_t)model->fitted);
	cstn__bytes_put_u64(&bytes, model->fingerprint.low);
	cstn__bytes_put_u64(&bytes, model->fingerprint.high);
	cstn__bytes_put_u64(&bytes, model->left_out);
	cstn__bytes_put_u64(&bytes, fit.groups);
	cstn__bytes_put_u32(&bytes, fit.flags);
	cstn__bytes_put_u32(&bytes, (uint32_t)fit.starts);
	cstn__bytes_put_u32(&bytes, (uint32_t)fit.iterations);
	cstn__bytes_put_u32(&bytes, (uint32_t)fit.evaluations);
	cstn__bytes_put_u32(&bytes, (uint32_t)fit.recommended);
	n = fit_doubles(&fit, values);
	for (i = 0; i < n; i++)
		cstn__bytes_put_f64(&bytes, *values[i]);
	if (fit.model.kind == CSTN__VALUE_SPEND)
		cstn__value_money_put(&model->money, &bytes);
	return cstn__envelope_close(&model_envelope, &bytes, config, out, error);
}

cstn_status cstn_customer_value_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_customer_value **out, cstn_error **error)
{
	double *values[P * P + 2 * P + 16];
	cstn_customer_value *model;
	cstn__value_fit *fit;
	cstn__opened from;
	int32_t kind;
	cstn_status status;
	size_t n, i;

	status = cstn__envelope_unpack(&model_envelope, data, size, out, allocator, &from, error);
	if (status == CSTN_OK)
		status = cstn__value_model_new(&from.allocator, &model, error);
	if (status != CSTN_OK)
		return status;
	fit = &model->fit;
	kind = (int32_t)cstn__read_u32(&from.body);
	fit->model.k = (int32_t)cstn__read_u32(&from.body);
	model->unit_us = (int64_t)cstn__read_u64(&from.body);
	status = cstn__envelope_check(
			&model_envelope, &from.body, from.digest, from.body.position, error);
	if (status != CSTN_OK) {
		cstn_customer_value_unref(model);
		return status;
	}
	model->fitted = (int32_t)cstn__read_u32(&from.body);
	model->fingerprint.low = cstn__read_u64(&from.body);
	model->fingerprint.high = cstn__read_u64(&from.body);
	model->left_out = cstn__read_u64(&from.body);
	fit->groups = (size_t)cstn__read_u64(&from.body);
	fit->model.kind = kind;
	fit->model.n = cstn__value_n_parameters(kind);
	fit->model.simd = cstn__cpu_simd();
	fit->flags = cstn__read_u32(&from.body);
	fit->starts = (int32_t)cstn__read_u32(&from.body);
	fit->iterations = (int32_t)cstn__read_u32(&from.body);
	fit->evaluations = (int32_t)cstn__read_u32(&from.body);
	fit->recommended = (int32_t)cstn__read_u32(&from.body);
	n = fit_doubles(fit, values);
	for (i = 0; i < n; i++)
		*values[i] = cstn__read_f64(&from.body);
	if ((kind == CSTN__VALUE_SPEND && cstn__value_money_read(&from.body, &model->money)) ||
			from.body.failed || from.body.position != from.body.size ||
			kind < CSTN__VALUE_BGNBD || kind > CSTN__VALUE_SPEND ||
			(uint32_t)model->fitted > 1 || fit->flags > 63 ||
			!cstn__value_kind_name(fit->recommended) ||
			cstn__value_check_model(&fit->model, model->unit_us, NULL) != CSTN_OK) {
		cstn_customer_value_unref(model);
		return cstn__fail(error, CSTN_E_CORRUPT, "the model breaks a rule");
	}
	*out = model;
	return CSTN_OK;
}
