/* Adding order lines to a state: batches are pulled into windows, cut into morsels of 65,536 by
 * position, and worked on by as many threads as asked for. What comes out is added to the state
 * when the stream has ended well; before that the state does not change. A window is as small as
 * the work allows, so that what a stream makes is read while it is in the cache, and its memory is
 * used again: some morsels a thread, but two million lines where runs go to the tables of their
 * partitions, which are then visited seldom.
 *
 * Workers share only the names of groups. Their counts are sums, their runs go into units by
 * partition of the key, and stretches of sorted lines are joined in row order, so the result does
 * not depend on who did what. */
#include <string.h>

#include "base/error.h"
#include "base/parallel.h"
#include "fulfilment/perfect_order_update.h"

#define WINDOW_ROWS (INT64_C(32) * CSTN__MORSEL_ROWS)
#define WINDOW_BATCHES 1024
#define MORSELS_A_THREAD 4

typedef struct held_batch {
	struct ArrowArray array;
	cstn__batch batch;
	uint64_t first_row;
} held_batch;

typedef struct morsel {
	const held_batch *from;
	int64_t start, n;
	cstn__segment *segments;
	size_t n_segments, capacity;
	cstn__packed_log rising;
} morsel;

typedef struct update_run {
	cstn__plan plan;
	cstn__core delta;
	cstn__worker *workers;
	int32_t n_workers;
	CSTN__ARRAY(held_batch) batches;
	CSTN__ARRAY(morsel) morsels;
	size_t round_from; /* morsels of the round at hand */
	uint64_t rows;
	int ended;
} update_run;

/* --- one morsel
 * -------------------------------------------------------------------------------------- */

static cstn_status work_morsel(void *context, size_t index, int32_t number)
{
	update_run *run = context;
	morsel *piece = &run->morsels.items[run->round_from + index];
	cstn__worker *worker = &run->workers[number];
	cstn_status status = CSTN_OK;
	int64_t done;

	worker->batch = &piece->from->batch;
	worker->first_row = piece->from->first_row;
	worker->new_segment = 1;
	worker->has_run = 0;
	worker->pointed = 0;
	for (done = 0; done < piece->n && status == CSTN_OK; done += worker->n) {
		worker->start = piece->start + done;
		worker->n = (int)(piece->n - done < CSTN__CHUNK ? piece->n - done : CSTN__CHUNK);
		status = cstn__chunk_load(worker);
		if (status == CSTN_OK)
			status = cstn__chunk_judge(worker);
		if (status == CSTN_OK)
			status = cstn__chunk_roll(worker);
	}
	if (status == CSTN_OK)
		status = cstn__worker_end_morsel(worker);
	piece->segments = worker->segments.items;
	piece->n_segments = worker->segments.count;
	piece->capacity = worker->segments.capacity;
	worker->segments.items = NULL;
	worker->segments.count = worker->segments.capacity = 0;
	piece->rising = worker->rising;
	memset(&worker->rising, 0, sizeof(worker->rising));
	cstn__progress_add(run->plan.progress, (uint64_t)piece->n);
	return status;
}

/* --- runs into units
 * ------------------------------------------------------------------------------------ */

static cstn_status work_partition(void *context, size_t index, int32_t number)
{
	update_run *run = context;
	cstn_perfect_order *state = run->plan.state;
	cstn__units *units = &run->delta.units[index];
	int32_t w;
	size_t i;

	(void)number;
	for (w = 0; w < run->n_workers; w++) {
		cstn__run_list *list = &run->workers[w].lists[index];

		for (i = 0; i < list->runs.count; i++) {
			const cstn__run *item = &list->runs.items[i];

			if (cstn__units_add(state, units, item,
					    list->wide.count ? &list->wide.items[i] : NULL,
					    1) == UINT32_MAX)
				return CSTN_E_NOMEM;
		}
		list->runs.count = 0;
		list->wide.count = 0;
		if (cstn__packed_log_reserve(&units->log, &list->packed, &state->allocator))
			return CSTN_E_NOMEM;
		cstn__packed_log_move(&units->log, &list->packed, &state->allocator);
	}
	cstn__packed_log_settle(state, &units->log);
	return CSTN_OK;
}

/* The runs of a round of `morsels` morsels, in row order as far as ids never fall. */
static cstn_status runs_to_units(update_run *run, size_t morsels)
{
	size_t n = 0, i;
	int32_t w;

	for (w = 0; w < run->n_workers; w++) {
		n += run->workers[w].n_runs;
		run->workers[w].n_runs = 0;
		if (cstn__worker_end_runs(&run->workers[w]) != CSTN_OK)
			return CSTN_E_NOMEM;
	}
	if (n && (cstn__core_need_units(&run->delta) || cstn__core_spread(&run->delta)))
		return CSTN_E_NOMEM;
	for (i = 0; i < morsels; i++)
		if (cstn__core_add_rising(
				    &run->delta, &run->morsels.items[run->round_from + i].rising))
			return CSTN_E_NOMEM;
	if (n == 0)
		return CSTN_OK;
	/* few runs are not worth threads */
	return cstn__parallel_for(
			CSTN__PARTITIONS, n < 4096 ? 1 : run->n_workers, NULL, work_partition, run);
}

/* --- one window
 * ------------------------------------------------------------------------------------------ */

static cstn_status join_segments(update_run *run)
{
	cstn_status status = CSTN_OK;
	size_t i, k;

	for (i = 0; i < run->morsels.count; i++) {
		morsel *piece = &run->morsels.items[i];

		for (k = 0; k < piece->n_segments && status == CSTN_OK; k++)
			status = cstn__core_join(run->plan.state, &run->delta, &piece->segments[k]);
		cstn__free(&run->plan.state->allocator, piece->segments,
				piece->capacity * sizeof(*piece->segments));
		piece->segments = NULL;
		piece->n_segments = piece->capacity = 0;
	}
	return status;
}

static void free_window(update_run *run)
{
	const cstn_allocator *allocator = &run->plan.state->allocator;
	size_t i;
	int32_t w, d;

	for (i = 0; i < run->morsels.count; i++) {
		cstn__free(allocator, run->morsels.items[i].segments,
				run->morsels.items[i].capacity * sizeof(cstn__segment));
		cstn__packed_log_free(&run->morsels.items[i].rising, allocator);
	}
	for (i = 0; i < run->batches.count; i++) {
		cstn__batch_free(run->plan.bound, &run->batches.items[i].batch);
		if (run->batches.items[i].array.release)
			run->batches.items[i].array.release(&run->batches.items[i].array);
	}
	run->batches.count = 0;
	run->morsels.count = 0;
	/* tables of the batch's dictionaries are of that batch only */
	for (w = 0; run->workers && w < run->n_workers; w++)
		for (d = 0; d < CSTN__DIMENSIONS_MAX; d++)
			run->workers[w].luts[d].dictionary_of = NULL;
}

static cstn_status work_window(update_run *run, cstn_error **error)
{
	int64_t rows;
	size_t n;
	cstn_status status = CSTN_OK;

	for (run->round_from = 0; run->round_from < run->morsels.count && status == CSTN_OK;
			run->round_from += n) {
		/* runs are kept for a round, so a round is bounded by rows: a batch may have any
		 * length */
		for (n = 0, rows = 0;
				run->round_from + n < run->morsels.count && rows < WINDOW_ROWS; n++)
			rows += run->morsels.items[run->round_from + n].n;
		status = cstn__parallel_for(
				n, run->n_workers, run->plan.progress, work_morsel, run);
		if (status == CSTN_OK)
			status = runs_to_units(run, n);
	}
	if (status == CSTN_OK)
		status = join_segments(run);
	if (status == CSTN_E_CANCELLED)
		return cstn__fail(error, status, "cancelled");
	if (status == CSTN_E_NOMEM)
		return cstn__fail_nomem(error);
	return status;
}

static cstn_status cut_batch(update_run *run, const held_batch *held, cstn_error **error)
{
	int64_t start;

	for (start = 0; start < held->batch.length; start += CSTN__MORSEL_ROWS) {
		morsel piece;

		memset(&piece, 0, sizeof(piece));
		piece.from = held;
		piece.start = start;
		piece.n = held->batch.length - start < CSTN__MORSEL_ROWS
					  ? held->batch.length - start
					  : CSTN__MORSEL_ROWS;
		if (cstn__array_reserve(&run->plan.state->allocator, &run->morsels, 1))
			return cstn__fail_nomem(error);
		run->morsels.items[run->morsels.count++] = piece;
	}
	return CSTN_OK;
}

/* When there is work enough. */
static int64_t window_rows(const update_run *run)
{
	const cstn__plan *plan = &run->plan;

	if (!plan->clustered && !plan->closes && !(plan->lines && plan->key_column < 0))
		return WINDOW_ROWS;
	return run->n_workers == 1 ? CSTN__MORSEL_ROWS / 2
				   : CSTN__MORSEL_ROWS * MORSELS_A_THREAD * run->n_workers;
}

/* Pull batches until there is work enough. The array of batches is reserved at its full size:
 * morsels point into it. */
static cstn_status fill_window(update_run *run, struct ArrowArrayStream *lines, cstn_error **error)
{
	int64_t rows = 0, enough = window_rows(run);
	cstn_status status;

	if (!run->batches.capacity && cstn__array_reserve(&run->plan.state->allocator,
						      &run->batches, WINDOW_BATCHES))
		return cstn__fail_nomem(error);
	while (rows < enough && run->batches.count < WINDOW_BATCHES) {
		held_batch *held = &run->batches.items[run->batches.count];

		memset(held, 0, sizeof(*held));
		status = cstn__stream_next(lines, &held->array, error);
		if (status == CSTN_DONE) {
			run->ended = 1;
			return CSTN_OK;
		}
		if (status != CSTN_OK)
			return status;
		status = cstn__bound_batch(run->plan.bound, &held->array, &held->batch, error);
		if (status != CSTN_OK) {
			held->array.release(&held->array);
			return status;
		}
		held->first_row = run->rows;
		run->rows += (uint64_t)held->batch.length;
		rows += held->batch.length;
		run->batches.count++;
		status = cut_batch(run, held, error);
		if (status != CSTN_OK)
			return status;
	}
	return CSTN_OK;
}

/* --- the whole
 * ---------------------------------------------------------------------------------------------- */

static cstn_status make_workers(update_run *run, cstn_error **error)
{
	const cstn_allocator *allocator = &run->plan.state->allocator;
	int32_t n = cstn__threads_resolve(run->plan.threads, 256), w;

	run->workers = cstn__alloc_zero(
			allocator, cstn__array_size((size_t)n, sizeof(*run->workers)));
	if (!run->workers)
		return cstn__fail_nomem(error);
	run->n_workers = n;
	for (w = 0; w < n; w++)
		if (cstn__worker_init(&run->workers[w], &run->plan) != CSTN_OK)
			return cstn__fail_nomem(error);
	return CSTN_OK;
}

static void free_workers(update_run *run)
{
	int32_t w;

	for (w = 0; w < run->n_workers; w++)
		cstn__worker_free(&run->workers[w]);
	cstn__free(&run->plan.state->allocator, run->workers,
			(size_t)run->n_workers * sizeof(*run->workers));
	run->workers = NULL;
}

/* Sum the workers' counts into the delta. */
static cstn_status gather_counts(update_run *run, cstn__row_sink *sink, cstn_error **error)
{
	cstn__core *delta = &run->delta;
	cstn_status status;
	int32_t w;
	size_t i;

	if (cstn__core_reserve_cells(delta, run->plan.state->registry.cells.count) != CSTN_OK)
		return cstn__fail_nomem(error);
	for (w = 0; w < run->n_workers; w++) {
		cstn__worker *worker = &run->workers[w];

		if (cstn__worker_flush(worker, delta, run->plan.state->registry.cells.count) !=
						CSTN_OK ||
				cstn__row_sink_merge(sink, worker->sink) != CSTN_OK)
			return cstn__fail_nomem(error);
		for (i = 0; i < worker->core.counts.count; i++) {
			status = cstn__counts_add(&delta->counts.items[i],
					&worker->core.counts.items[i], error);
			if (status != CSTN_OK)
				return status;
		}
		status = cstn__counts_add(&delta->total, &worker->core.total, error);
		if (status != CSTN_OK)
			return status;
		for (i = 0; i < worker->core.causes.count; i++) {
			const cstn__cause_tally *tally = &worker->core.causes.items[i];

			if (cstn__core_count_cause(delta, tally->cell, tally->component,
					    tally->owner, tally->cause, tally->units) != CSTN_OK)
				return cstn__fail_nomem(error);
		}
	}
	return CSTN_OK;
}

static cstn_status commit(update_run *run, cstn_error **error)
{
	cstn_perfect_order *state = run->plan.state;
	cstn__registry *registry = &state->registry;
	cstn_status status;
	size_t i;

	status = cstn__core_absorb_lines(state, &run->delta, error);
	if (status != CSTN_OK)
		return status;
	for (i = 0; i < registry->n_dimensions; i++)
		if (run->rows && !registry->dimensions[i].type)
			registry->dimensions[i].type = run->plan.dim_type[i];
	return CSTN_OK;
}

static cstn_status run_update(update_run *run, struct ArrowArrayStream *lines,
		cstn_row_errors **bad_rows, uint64_t *left_out, cstn_error **error)
{
	cstn_perfect_order *state = run->plan.state;
	cstn_row_errors *rows = NULL;
	cstn__row_sink *sink = NULL;
	cstn_status status;

	status = make_workers(run, error);
	while (status == CSTN_OK && !run->ended) {
		status = fill_window(run, lines, error);
		if (status == CSTN_OK)
			status = work_window(run, error);
		free_window(run);
	}
	if (status == CSTN_OK)
		status = cstn__row_sink_new(&state->allocator, &sink, error);
	if (status == CSTN_OK)
		status = gather_counts(run, sink, error);
	if (status == CSTN_OK && bad_rows)
		status = cstn__row_sink_finish(sink, &rows, error);
	if (status == CSTN_OK)
		status = commit(run, error);
	*left_out = status == CSTN_OK ? cstn__row_sink_total(sink) : 0;
	cstn__row_sink_free(sink);
	if (status == CSTN_OK && bad_rows)
		*bad_rows = rows;
	else
		cstn_row_errors_free(rows);
	return status;
}

static cstn_status checked_update(cstn_perfect_order *state, struct ArrowArrayStream *lines,
		const cstn_perfect_order_options *options, cstn_row_errors **bad_rows,
		cstn_error **error)
{
	int32_t key_type = state->registry.key_type;
	cstn_status status;
	update_run run;
	uint64_t left_out = 0;

	memset(&run, 0, sizeof(run));
	run.plan.state = state;
	cstn__core_init(&run.delta, &state->allocator);
	status = cstn__plan_make(&run.plan, state, lines, options, error);
	if (status == CSTN_OK) {
		if (run.plan.key_column >= 0)
			state->registry.key_type = run.plan.key_type;
		status = run_update(&run, lines, bad_rows, &left_out, error);
		if (status != CSTN_OK || run.rows == 0)
			state->registry.key_type = key_type;
	}
	free_window(&run);
	free_workers(&run);
	cstn__array_free(&state->allocator, &run.batches);
	cstn__array_free(&state->allocator, &run.morsels);
	cstn__core_free(&run.delta);
	cstn__bound_free(run.plan.bound);
	return cstn__rows_left_out(status, NULL, left_out, NULL, error);
}

static cstn_status update(void *to, struct ArrowArrayStream *lines, const void *given,
		cstn_row_errors **bad_rows, cstn_error **error)
{
	const cstn_perfect_order_options *options = given;
	cstn_perfect_order *state = to;

	if (options->simd < 0 || options->simd > 3 || options->threads < 0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"threads is %d and simd is %d; threads >= 0 and simd 0..3 expected",
				options->threads, options->simd);
	if (!state->data_ready)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"the state was read without the zone rules or calendar that its "
				"policy "
				"needs; it can be merged and finished, but takes no lines");
	return checked_update(state, lines, options, bad_rows, error);
}

cstn_status cstn_perfect_order_update(cstn_perfect_order *state, struct ArrowArrayStream *lines,
		const cstn_perfect_order_options *options, cstn_row_errors **bad_rows,
		cstn_error **error)
{
	const cstn__update call = {"lines", "state", state, options, "cstn_perfect_order_options",
			CSTN_IMPORT_TRUSTED, update};
	cstn_perfect_order_options read;

	return cstn__update_run(&call, lines, &read, sizeof(read), bad_rows, error);
}

cstn_status cstn_perfect_order_rate(struct ArrowArrayStream *lines,
		const cstn_service_policy *policy, int64_t as_of_us, const char *const *by,
		size_t n_by, const cstn_perfect_order_config *config,
		const cstn_perfect_order_options *options, const cstn_allocator *allocator,
		cstn_perfect_order_result **out, cstn_row_errors **bad_rows, cstn_error **error)
{
	cstn_perfect_order *state = NULL;
	cstn_row_errors *rows = NULL;
	struct ArrowArrayStream stream;
	cstn_status status, updated;

	status = cstn__stream_take(lines, "lines", &stream, error);
	if (status != CSTN_OK)
		return status;
	status = out ? cstn_perfect_order_new(
				       policy, as_of_us, by, n_by, config, allocator, &state, error)
		     : cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "out is NULL");
	if (status != CSTN_OK) {
		stream.release(&stream);
		return status;
	}
	updated = cstn_perfect_order_update(state, &stream, options, &rows, error);
	status = updated;
	if (updated == CSTN_OK || updated == CSTN_E_ROWS) {
		status = cstn_perfect_order_finish(state, out, updated == CSTN_OK ? error : NULL);
		if (status == CSTN_OK)
			status = updated;
	}
	if (status == CSTN_E_ROWS && bad_rows)
		*bad_rows = rows;
	else
		cstn_row_errors_free(rows);
	cstn_perfect_order_free(state);
	return status;
}
