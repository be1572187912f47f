/* A state of the global ridge as bytes, in the envelope of states. The configuration, as in a model
 * but without the type of keys, the end, pools and totals: all that parts have to have in common,
 * and what the digest is of. Then counts, what was sold, the keys in their order, and the sums of
 * both fits and of the levels, cell by cell. Ratios are made of the totals again. */
#include "demand/global_serial.h"
#include "demand/global_state.h"

#include <math.h>
#include <string.h>

#include "base/error.h"

static const cstn__envelope envelope = {
		CSTN__ENVELOPE_STATE, "state of a global demand model", CSTN__KIND_GLOBAL_STATE, 1};

void cstn__global_state_put_basis(cstn__bytes *out, const cstn__global_basis *basis)
{
	size_t n = basis->model->plan.n_pools * basis->span, i;

	cstn__global_put_config(out, basis->model);
	cstn__global_put_pools(out, basis->model);
	cstn__bytes_put_u64(out, (uint64_t)basis->end);
	for (i = 0; i < n; i++)
		cstn__bytes_put_f64(out, basis->totals[i]);
}

static int put_keys(const cstn_demand_global_state *state, cstn__bytes *out)
{
	size_t n = state->keys.count, i;
	uint32_t *order = cstn__ids_order(&state->keys);

	if (!order)
		return -1;
	cstn__bytes_put_u32(out, state->n_in ? (uint32_t)state->keys.type : 0);
	cstn__bytes_put_u64(out, state->n_in);
	for (i = 0; i < n; i++)
		if (order[i] < state->is_in.count && state->is_in.items[order[i]])
			cstn__id_put(out, &state->keys, order[i]);
	cstn__ids_list_free(&state->keys, order);
	return 0;
}

/* Sums in the order in which they are written. */
static void sums_of(cstn__global_sums *sums, cstn__exact_sum *of[3], size_t counts[3])
{
	size_t side = sums->columns + 1;

	of[0] = sums->gram[0];
	of[1] = sums->gram[1];
	of[2] = sums->level;
	counts[0] = counts[1] = side * (side + 1) / 2;
	counts[2] = sums->n_pools * side;
}

cstn_status cstn_demand_global_state_serialize(
		const cstn_demand_global_state *state, cstn_buffer **out, cstn_error **error)
{
	cstn__global_sums sums;
	cstn__exact_sum *of[3];
	size_t counts[3], k, i;
	cstn__bytes bytes;

	if (!state || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				state ? "out" : "state");
	cstn__bytes_init(&bytes, &state->allocator);
	cstn__global_state_put_basis(&bytes, &state->basis);
	cstn__bytes_put_u64(&bytes, state->sums.series);
	cstn__bytes_put_u64(&bytes, state->sums.rows);
	cstn__bytes_put_u64(&bytes, state->left_out);
	cstn__exact_sum_put(&bytes, &state->sold);
	if (put_keys(state, &bytes)) {
		cstn__bytes_free(&bytes);
		return cstn__fail_nomem(error);
	}
	sums = state->sums;
	sums_of(&sums, of, counts);
	for (k = 0; k < 3; k++)
		for (i = 0; i < counts[k]; i++)
			cstn__exact_sum_put(&bytes, &of[k][i]);
	return cstn__envelope_close_as(&envelope, &bytes, state->digest, out, error);
}

/* --- reading ---------------------------------------------------------------------------------- */

/* All reading: 0; -1 damaged; -2 out of memory. */

/* Whether what is left can hold totals and sums of a plan, each total 8 bytes and each sum 4. */
static int has_room(const cstn__reader *in, const cstn__global_plan *plan)
{
	size_t left = in->size - in->position, side = plan->columns + 1;
	size_t span = plan->horizon + (cstn__global_origins(plan) + 1) * plan->season;

	return left / plan->n_pools / sizeof(double) >= span &&
	       left / 4 >= side * (side + 1) + plan->n_pools * side;
}

static int read_totals(cstn__reader *in, cstn__global_basis *basis)
{
	cstn__global_plan *plan = &basis->model->plan;
	int failed = cstn__global_read_pools(in, basis->model);
	size_t i;

	if (failed)
		return failed;
	basis->end = (int64_t)cstn__read_u64(in);
	plan->columns = cstn__global_columns(plan);
	if (in->failed || plan->columns > CSTN__GLOBAL_COLUMNS_MOST ||
			basis->end > INT64_MAX / 4 + 1 || basis->end < -(INT64_MAX / 4) ||
			!has_room(in, plan))
		return -1;
	if (cstn__global_basis_reserve(basis))
		return -2;
	for (i = 0; i < plan->n_pools * basis->span; i++) {
		basis->totals[i] = cstn__read_f64(in);
		if (in->failed || !isfinite(basis->totals[i]))
			return -1;
	}
	cstn__global_basis_ratios(basis);
	return 0;
}

static int read_keys(cstn__reader *in, cstn_demand_global_state *state)
{
	int32_t type = (int32_t)cstn__read_u32(in);
	uint64_t count = cstn__read_u64(in), i;
	cstn__last_id last = {0, 0, NULL, 0};
	int failed;

	if (in->failed || (count ? !cstn__ids_can_be(type) : type != 0))
		return -1;
	state->keys.type = type;
	for (i = 0; i < count; i++) {
		failed = cstn__id_read_next(in, &state->keys, &last);
		if (failed)
			return failed;
		if (cstn__array_reserve(&state->allocator, &state->is_in, 1))
			return -2;
		state->is_in.items[state->is_in.count++] = 1;
	}
	state->n_in = (size_t)count;
	return 0;
}

static int read_sums(cstn__reader *in, cstn_demand_global_state *state)
{
	cstn__exact_sum *of[3];
	size_t counts[3], k, i;

	sums_of(&state->sums, of, counts);
	for (k = 0; k < 3; k++)
		for (i = 0; i < counts[k]; i++)
			if (cstn__exact_sum_read(in, &of[k][i]))
				return -1;
	return in->position == in->size ? 0 : -1;
}

static int read_state(cstn__reader *in, cstn_demand_global_state *state)
{
	int failed;

	state->sums.series = cstn__read_u64(in);
	state->sums.rows = cstn__read_u64(in);
	state->left_out = cstn__read_u64(in);
	if (cstn__exact_sum_read(in, &state->sold))
		return -1;
	failed = read_keys(in, state);
	if (failed || state->sums.series > state->n_in)
		return failed ? failed : -1;
	return read_sums(in, state);
}

static cstn_status wrong(int failed, cstn_error **error)
{
	return failed == -2 ? cstn__fail_nomem(error)
			    : cstn__fail(error, CSTN_E_CORRUPT,
					      "a state of a global demand model: its content "
					      "breaks the rules");
}

/* The state, or what there is of the basis is freed. */
static cstn_status read_basis(
		cstn__opened *opened, cstn_demand_global_state **out, cstn_error **error)
{
	cstn__global_basis basis = {NULL, 0, 0, NULL, NULL};
	cstn_status status = cstn__global_read_config(
			&opened->body, &opened->allocator, &basis.model, error);
	int failed;

	if (status != CSTN_OK)
		return status;
	failed = basis.model->key_type ? -1 : read_totals(&opened->body, &basis);
	status = failed ? wrong(failed, error)
			: cstn__envelope_check(&envelope, &opened->body, opened->digest,
					  opened->body.position, error);
	if (status == CSTN_OK)
		return cstn__global_state_make(&basis, opened->digest, out, error);
	cstn__global_basis_free(&basis);
	cstn_demand_global_unref(basis.model);
	return status;
}

cstn_status cstn_demand_global_state_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_demand_global_state **out, cstn_error **error)
{
	cstn_demand_global_state *state = NULL;
	cstn__opened opened;
	cstn_status status = cstn__envelope_unpack(
			&envelope, data, size, out, allocator, &opened, error);
	int failed;

	if (status == CSTN_OK)
		status = read_basis(&opened, &state, error);
	if (status != CSTN_OK)
		return status;
	failed = read_state(&opened.body, state);
	if (!failed) {
		*out = state;
		return CSTN_OK;
	}
	cstn_demand_global_state_free(state);
	return wrong(failed, error);
}
