/* A fit of the global ridge in parts: sums of some series, made with the totals of all.
 *
 * Two passes over the rows, wherever they are. The first adds up what pools sold, which the columns
 * of a series need: products of a series with the season of its pool. The second adds every series,
 * by itself and in double, to exact sums, which may be added to one another in any order (Neal
 * 2015). The keys of the series are kept, so that none counts twice. */
#include "demand/global_state.h"

#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/states.h"

/* --- the object ------------------------------------------------------------------------------- */

static void basis_drop(cstn__global_basis *basis)
{
	cstn__global_basis_free(basis);
	cstn_demand_global_unref(basis->model);
}

cstn_status cstn__global_state_make(const cstn__global_basis *basis, const uint8_t digest[32],
		cstn_demand_global_state **out, cstn_error **error)
{
	const cstn_allocator allocator = basis->model->allocator;
	cstn_demand_global_state *state = cstn__alloc_zero(&allocator, sizeof(*state));
	cstn__global_basis own = *basis;

	if (!state || cstn__global_sums_init(&state->sums, &basis->model->plan, &allocator)) {
		cstn__free(&allocator, state, sizeof(*state));
		basis_drop(&own);
		return cstn__fail_nomem(error);
	}
	state->allocator = allocator;
	state->basis = own;
	memcpy(state->digest, digest, sizeof(state->digest));
	cstn__exact_sum_init(&state->sold);
	cstn__ids_init(&state->keys, &allocator, 0);
	*out = state;
	return CSTN_OK;
}

void cstn_demand_global_state_free(cstn_demand_global_state *state)
{
	cstn_allocator allocator;

	if (!state)
		return;
	allocator = state->allocator;
	cstn__array_free(&allocator, &state->is_in);
	cstn__ids_free(&state->keys);
	cstn__global_sums_free(&state->sums);
	basis_drop(&state->basis);
	cstn__free(&allocator, state, sizeof(*state));
}

/* --- totals ----------------------------------------------------------------------------------- */

/* What the caller gave beside rows and options. */
typedef struct asked {
	const cstn_allocator *allocator;
	cstn_demand_global_state **out;
} asked;

static cstn_status digest_of(const cstn__global_basis *basis, uint8_t out[32], cstn_error **error)
{
	cstn__bytes bytes;
	int failed;

	cstn__bytes_init(&bytes, &basis->model->allocator);
	cstn__global_state_put_basis(&bytes, basis);
	failed = bytes.failed;
	if (!failed)
		cstn__sha256(bytes.data, bytes.size, out);
	cstn__bytes_free(&bytes);
	return failed ? cstn__fail_nomem(error) : CSTN_OK;
}

static cstn_status new_rows(void *context, struct ArrowArrayStream *rows, const void *given,
		cstn_row_errors **bad_rows, cstn_error **error)
{
	const asked *by = context;
	const cstn_demand_global_options *o = given;
	cstn__row_sink *sink = NULL;
	cstn_row_errors *bad = NULL;
	cstn_demand_global_state *state = NULL;
	cstn__global_basis basis = {NULL, 0, 0, NULL, NULL};
	cstn_allocator allocator;
	uint8_t digest[32];
	uint64_t left_out = 0;
	cstn_status status = cstn__global_check_options(o, error);

	if (status == CSTN_OK && o->trees)
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"trees is %d: trees do not grow in parts", o->trees);
	if (status == CSTN_OK)
		status = cstn__allocator_read(by->allocator, &allocator, error);
	if (status == CSTN_OK)
		status = cstn__global_begin(o, &allocator, &basis.model, error);
	if (status != CSTN_OK)
		return status;
	status = cstn__global_totals_read(&basis, rows, o, &sink, error);
	if (status == CSTN_OK) {
		left_out = cstn__row_sink_total(sink);
		status = cstn__row_sink_finish(sink, &bad, error);
		cstn__row_sink_free(sink);
	}
	if (status == CSTN_OK)
		status = digest_of(&basis, digest, error);
	if (status == CSTN_OK)
		status = cstn__global_state_make(&basis, digest, &state, error);
	else
		basis_drop(&basis);
	if (status == CSTN_OK)
		*by->out = state;
	return cstn__rows_left_out(status, bad, left_out, bad_rows, error);
}

cstn_status cstn_demand_global_state_new(struct ArrowArrayStream *totals,
		const cstn_demand_global_options *options, const cstn_allocator *allocator,
		cstn_demand_global_state **out, cstn_row_errors **bad_rows, cstn_error **error)
{
	asked by = {allocator, out};
	const cstn__update call = {"totals", "out", out ? &by : NULL, options,
			"cstn_demand_global_options", CSTN_IMPORT_TRUSTED, new_rows};
	cstn_demand_global_options read;

	return cstn__update_run(&call, totals, &read, sizeof(read), bad_rows, error);
}

/* --- series ----------------------------------------------------------------------------------- */

static int is_in(const cstn_demand_global_state *state, uint32_t number)
{
	return number < state->is_in.count && state->is_in.items[number];
}

/* The number of a key in the state, before it is in. */
static int intern(
		cstn_demand_global_state *state, const cstn__ids *from, uint32_t key, uint32_t *out)
{
	*out = cstn__ids_same(&state->keys, from, key);
	if (*out == CSTN__IDS_NONE)
		return -1;
	while (state->is_in.count <= *out) {
		if (cstn__array_reserve(&state->allocator, &state->is_in, 1))
			return -1;
		state->is_in.items[state->is_in.count++] = 0;
	}
	return 0;
}

/* Keys of an attempt that failed may have another type: they go. */
static void forget_attempts(cstn_demand_global_state *state, int32_t type)
{
	if (state->n_in)
		return;
	cstn__ids_free(&state->keys);
	cstn__ids_init(&state->keys, &state->allocator, 0);
	state->is_in.count = 0;
	state->keys.type = type;
}

static void put_in(cstn_demand_global_state *state, uint32_t number)
{
	state->is_in.items[number] = 1;
	state->n_in++;
}

/* Its last value that has a row: a gap has none, and stands for row 0. */
static size_t last_value(const cstn__series_set *set, const cstn__series *s)
{
	size_t t = s->n - 1;

	while (t > 0 && !set->row[s->start + t])
		t--;
	return s->start + t;
}

/* The pool of a series, or why it is left out. */
static cstn_status admit(const cstn_demand_global_state *state, cstn__global_part *part,
		const cstn__series *s, cstn__row_sink *sink)
{
	const cstn_demand_global *model = state->basis.model;
	const cstn__series_set *set = &part->set;
	uint32_t *pool = &part->pool[s->key];

	if (state->n_in && is_in(state, cstn__ids_find_same(&state->keys, &set->keys, s->key))) {
		*pool = CSTN__IDS_NONE;
		return cstn__series_refuse_value(
				set, s->start, sink, 0, "unique_id", CSTN_ROW_DUPLICATE);
	}
	if (s->first + (int64_t)s->n > state->basis.end) {
		*pool = CSTN__IDS_NONE;
		return cstn__series_refuse_value(
				set, last_value(set, s), sink, 1, "ds", CSTN_ROW_RANGE);
	}
	if (!model->pool)
		return CSTN_OK;
	*pool = cstn__ids_find_same(&model->pools, set->labels, set->label[s->key]);
	if (*pool != CSTN__IDS_NONE)
		return CSTN_OK;
	return cstn__series_refuse_value(set, s->start, sink, (int32_t)(3 + model->plan.n_signals),
			model->pool, CSTN_ROW_REFERENCE);
}

static void add_sold(const cstn_demand_global_state *state, const cstn__series_set *set,
		const cstn__series *s, cstn__exact_sum *sold)
{
	int64_t before = state->basis.end - (int64_t)state->basis.span - s->first;
	size_t i;

	for (i = before > 0 ? (size_t)before : 0; i < s->n; i++)
		cstn__exact_sum_add(sold, set->y[s->start + i]);
}

/* Room for all keys, and then nothing can fail. */
static cstn_status commit(
		cstn_demand_global_state *state, const cstn__global_part *part, cstn_error **error)
{
	const cstn__series_set *set = &part->set;
	uint32_t number;
	size_t i;

	forget_attempts(state, set->keys.type);
	for (i = 0; i < set->series.count; i++) {
		uint32_t key = set->series.items[i].key;

		if (part->pool[key] != CSTN__IDS_NONE && intern(state, &set->keys, key, &number))
			return cstn__fail_nomem(error);
	}
	for (i = 0; i < set->series.count; i++) {
		const cstn__series *s = &set->series.items[i];

		if (part->pool[s->key] == CSTN__IDS_NONE)
			continue;
		put_in(state, cstn__ids_find_same(&state->keys, &set->keys, s->key));
		add_sold(state, set, s, &state->sold);
	}
	cstn__global_sums_merge(&state->sums, &part->learners[0].sums);
	return CSTN_OK;
}

/* Whether what was read is like what the state has. */
static cstn_status check_types(const cstn_demand_global_state *state, const cstn__series_set *set,
		cstn_error **error)
{
	const cstn_demand_global *model = state->basis.model;

	if (state->n_in && state->keys.type != set->keys.type)
		return cstn__fail(error, CSTN_E_SCHEMA, "column 'unique_id' is %s, %s in the state",
				cstn_type_name(set->keys.type), cstn_type_name(state->keys.type));
	if (model->pool && set->labels->type != model->pools.type)
		return cstn__fail(error, CSTN_E_SCHEMA, "column '%.64s' is %s, %s in the totals",
				model->pool, cstn_type_name(set->labels->type),
				cstn_type_name(model->pools.type));
	return cstn__global_check(set, error);
}

static cstn_status learn(cstn_demand_global_state *state, cstn__global_part *part,
		const cstn_demand_global_update_options *o, cstn__row_sink *sink,
		cstn_error **error)
{
	cstn_status status = check_types(state, &part->set, error);
	size_t i;

	if (status != CSTN_OK)
		return status;
	if (cstn__global_part_pools(part))
		return cstn__fail_nomem(error);
	for (i = 0; i < part->set.series.count; i++)
		if (admit(state, part, &part->set.series.items[i], sink) != CSTN_OK)
			return cstn__fail_nomem(error);
	return cstn__global_part_learn(part, o->threads, o->progress, error);
}

static cstn_status update_rows(void *context, struct ArrowArrayStream *rows, const void *given,
		cstn_row_errors **bad_rows, cstn_error **error)
{
	cstn_demand_global_state *state = context;
	const cstn_demand_global *model = state->basis.model;
	const cstn_demand_global_update_options *o = given;
	const cstn__global_reading reading = {o->flags, model->periods.period, o->binding,
			o->progress, &model->periods, 1};
	cstn__row_sink *sink = NULL;
	cstn_row_errors *bad = NULL;
	uint64_t left_out = 0;
	cstn__global_part part;
	cstn_status status;

	if (o->threads < 0 || o->reserved0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"threads is %d (0 or more), reserved0 is %d (0)", o->threads,
				o->reserved0);
	memset(&part, 0, sizeof(part));
	part.basis = &state->basis;
	status = cstn__global_read(&part.set, model, &reading, rows, &sink, error);
	if (status != CSTN_OK)
		return status;
	status = learn(state, &part, o, sink, error);
	left_out = cstn__row_sink_total(sink);
	if (status == CSTN_OK)
		status = cstn__row_sink_finish(sink, &bad, error);
	cstn__row_sink_free(sink);
	if (status == CSTN_OK)
		status = commit(state, &part, error);
	if (status == CSTN_OK)
		state->left_out += left_out;
	cstn__global_part_free(&part);
	return cstn__rows_left_out(status, bad, left_out, bad_rows, error);
}

cstn_status cstn_demand_global_state_update(cstn_demand_global_state *state,
		struct ArrowArrayStream *rows, const cstn_demand_global_update_options *options,
		cstn_row_errors **bad_rows, cstn_error **error)
{
	const cstn__update call = {"rows", "state", state, options,
			"cstn_demand_global_update_options", CSTN_IMPORT_TRUSTED, update_rows};
	cstn_demand_global_update_options read;

	return cstn__update_run(&call, rows, &read, sizeof(read), bad_rows, error);
}

/* --- states together -------------------------------------------------------------------------- */

static cstn_status check_kin(const cstn_demand_global_state *into,
		const cstn_demand_global_state *from, cstn_error **error)
{
	size_t i;

	if (memcmp(into->digest, from->digest, sizeof(into->digest)) != 0)
		return cstn__fail(error, CSTN_E_MISMATCH,
				"the states have different options or totals");
	if (into->n_in && from->n_in && into->keys.type != from->keys.type)
		return cstn__fail(error, CSTN_E_MISMATCH,
				"'unique_id' is %s in one state, %s in "
				"the other",
				cstn_type_name(into->keys.type), cstn_type_name(from->keys.type));
	for (i = 0; into->n_in && i < from->is_in.count; i++) {
		if (from->is_in.items[i] && is_in(into, cstn__ids_find_same(&into->keys,
									&from->keys, (uint32_t)i)))
			return cstn__series_in_both(&from->keys, (uint32_t)i, "states", error);
	}
	return CSTN_OK;
}

cstn_status cstn_demand_global_state_merge(cstn_demand_global_state *into,
		const cstn_demand_global_state *from, cstn_error **error)
{
	cstn_status status;
	uint32_t number;
	size_t i;

	status = cstn__states_check(into, from, "state", error);
	if (status == CSTN_OK)
		status = check_kin(into, from, error);
	if (status != CSTN_OK)
		return status;
	if (from->n_in)
		forget_attempts(into, from->keys.type);
	for (i = 0; i < from->is_in.count; i++)
		if (from->is_in.items[i] && intern(into, &from->keys, (uint32_t)i, &number))
			return cstn__fail_nomem(error);
	for (i = 0; i < from->is_in.count; i++)
		if (from->is_in.items[i])
			put_in(into, cstn__ids_find_same(&into->keys, &from->keys, (uint32_t)i));
	cstn__global_sums_merge(&into->sums, &from->sums);
	cstn__exact_sum_merge(&into->sold, &from->sold);
	into->left_out += from->left_out;
	return CSTN_OK;
}

/* --- the model -------------------------------------------------------------------------------- */

/* A model of the basis, with room for what is learned. */
static cstn_status copy_model(
		const cstn_demand_global *from, cstn_demand_global **out, cstn_error **error)
{
	const cstn__global_plan *plan = &from->plan;
	cstn_global_signal signals[CSTN_GLOBAL_SIGNALS_MOST];
	cstn_demand_global *model = NULL;
	cstn_status status;
	int failed = 0;
	size_t i;

	for (i = 0; i < plan->n_signals; i++)
		signals[i] = (cstn_global_signal){from->signals[i], from->flags[i], 0};
	status = cstn__demand_global_new(
			signals, plan->n_signals, from->pool, &from->allocator, &model, error);
	if (status != CSTN_OK)
		return status;
	model->plan = *plan;
	model->plan.signals = model->flags;
	model->gap = from->gap;
	model->periods = from->periods;
	model->penalty = from->penalty;
	model->pools.type = from->pools.type;
	for (i = 0; i < from->pools.count && !failed; i++)
		failed = cstn__ids_same(&model->pools, &from->pools, (uint32_t)i) == CSTN__IDS_NONE;
	if (failed || cstn__demand_global_reserve(model)) {
		cstn_demand_global_unref(model);
		return cstn__fail_nomem(error);
	}
	memcpy(model->ratios, from->ratios, plan->n_pools * plan->season * sizeof(*model->ratios));
	*out = model;
	return CSTN_OK;
}

cstn_status cstn_demand_global_state_finish(
		const cstn_demand_global_state *state, cstn_demand_global **out, cstn_error **error)
{
	cstn_demand_global *model = NULL;
	cstn_status status;

	if (!state || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				state ? "out" : "state");
	if (!state->n_in)
		return cstn__fail(error, CSTN_E_EMPTY, "no series to learn from");
	status = copy_model(state->basis.model, &model, error);
	if (status != CSTN_OK)
		return status;
	model->key_type = state->keys.type;
	model->left_out = state->left_out;
	status = cstn__global_conclude(model, &state->sums, error);
	if (status == CSTN_OK)
		*out = model;
	else
		cstn_demand_global_unref(model);
	return status;
}

/* --- numbers ---------------------------------------------------------------------------------- */

static double total_of(const cstn__global_basis *basis)
{
	size_t n = basis->model->plan.n_pools * basis->span, i;
	cstn__exact_sum sum;

	cstn__exact_sum_init(&sum);
	for (i = 0; i < n; i++)
		cstn__exact_sum_add(&sum, basis->totals[i]);
	return cstn__exact_sum_value(&sum);
}

static cstn_status find_param(const cstn_demand_global_state *state, const char *name, double *out,
		cstn_error **error)
{
	const cstn__global_plan *plan = &state->basis.model->plan;
	const cstn__global_param params[] = {{"keys", (double)state->n_in},
			{"series", (double)state->sums.series}, {"rows", (double)state->sums.rows},
			{"left_out", (double)state->left_out}, {"pools", (double)plan->n_pools},
			{"columns", (double)plan->columns},
			{"sold", cstn__exact_sum_value(&state->sold)},
			{"total", total_of(&state->basis)}};

	return cstn__global_find_param(params, sizeof(params) / sizeof(params[0]),
			"a state of a global model", name, out, error);
}

cstn_status cstn_demand_global_state_get_param(const cstn_demand_global_state *state,
		const char *name, double *out, cstn_error **error)
{
	if (!state || !name || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				!state  ? "state"
				: !name ? "name"
					: "out");
	return find_param(state, name, out, error);
}
