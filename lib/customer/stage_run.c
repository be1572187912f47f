/* All customers of a history on threads: morsels of them run through the machine, and their moves
 * are joined in order, so the result does not depend on the number of threads. Where a customer's
 * events come from is the caller's affair. O(events), O(moves) memory. */
#include "customer/stage_run.h"

#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/parallel.h"

#define CUSTOMERS_A_MORSEL 2048

typedef struct cstn__stage_morsel {
	cstn__stage_move *moves;
	size_t n_moves, capacity;
	cstn_error *error;
} morsel;

/* --- one customer ----------------------------------------------------------------------------- */

void cstn__stage_name_customer(int is_text, cstn__stage_id id, cstn_error **error)
{
	if (is_text)
		cstn__error_prefix(error, "customer '%.*s': ", (int)id.len,
				(const char *)(intptr_t)id.number);
	else
		cstn__error_prefix(error, "customer %" PRId64 ": ", id.number);
}

static cstn_status run_customer(
		cstn__stage_run *run, cstn__stage_worker *at, size_t place, cstn_error **error)
{
	cstn__stage_machine *machine = &at->machine;
	cstn__stage_customer *customer = &run->history->customers[place];
	const cstn__stage_move *moves = NULL;
	size_t before = machine->moves.count, i;
	cstn_status status = run->customer(run->context, at, place, customer, error);

	if (status == CSTN_E_POLICY)
		cstn__stage_name_customer(run->history->customer_is_text, customer->id, error);
	if (status != CSTN_OK || customer->n_events == 0)
		return status;
	for (i = before; i < machine->moves.count; i++)
		machine->moves.items[i].customer = (uint32_t)place;
	customer->stage = machine->stage;
	customer->since_us = machine->entered_us;
	customer->n_moves = machine->n_moves;
	if (machine->moves.count > before)
		moves = &machine->moves.items[before];
	if (cstn__stage_summary_add(at->summary, customer->first_us, moves,
			    machine->moves.count - before) != CSTN_OK)
		return cstn__fail_nomem(error);
	return CSTN_OK;
}

static cstn_status run_morsel(void *context, size_t index, int32_t number)
{
	cstn__stage_run *run = context;
	cstn__stage_worker *at = &run->workers[number];
	morsel *out = &run->morsels[index];
	size_t place = index * CUSTOMERS_A_MORSEL, end = place + CUSTOMERS_A_MORSEL;
	cstn_status status = CSTN_OK;

	for (; place < end && place < run->n && status == CSTN_OK; place++)
		status = run_customer(run, at, place, &out->error);
	out->moves = at->machine.moves.items;
	out->n_moves = at->machine.moves.count;
	out->capacity = at->machine.moves.capacity;
	memset(&at->machine.moves, 0, sizeof(at->machine.moves));
	return status;
}

/* --- all customers ---------------------------------------------------------------------------- */

static cstn_status make_workers(cstn__stage_run *run, cstn_error **error)
{
	const cstn_allocator *allocator = &run->history->allocator;
	cstn_status status = CSTN_OK;
	int32_t n, i;

	run->n_morsels = (run->n + CUSTOMERS_A_MORSEL - 1) / CUSTOMERS_A_MORSEL;
	n = cstn__threads_resolve(run->options->threads, run->n_morsels ? run->n_morsels : 1);
	run->morsels = cstn__alloc_zero(allocator, (run->n_morsels + 1) * sizeof(*run->morsels));
	run->workers = cstn__alloc_zero(allocator, (size_t)n * sizeof(*run->workers));
	run->n_workers = run->workers ? n : 0;
	if (!run->morsels || !run->workers)
		return cstn__fail_nomem(error);
	for (i = 0; i < n; i++)
		cstn__stage_machine_init(&run->workers[i].machine, run->policy, allocator);
	for (i = 0; i < n && status == CSTN_OK; i++) {
		status = cstn__stage_summary_new(allocator, run->policy, run->options,
				&run->workers[i].summary, error);
		if (status == CSTN_OK)
			status = cstn__row_sink_new(allocator, &run->workers[i].sink, error);
	}
	return status;
}

void cstn__stage_run_free(cstn__stage_run *run)
{
	const cstn_allocator *allocator = &run->history->allocator;
	size_t i;

	for (i = 0; run->morsels && i < run->n_morsels; i++) {
		cstn__free(allocator, run->morsels[i].moves,
				run->morsels[i].capacity * sizeof(*run->morsels[i].moves));
		cstn_error_free(run->morsels[i].error);
	}
	cstn__free(allocator, run->morsels, (run->n_morsels + 1) * sizeof(*run->morsels));
	for (i = 0; run->workers && i < (size_t)run->n_workers; i++) {
		cstn__stage_machine_free(&run->workers[i].machine);
		cstn__array_free(allocator, &run->workers[i].scratch);
		cstn_stage_summary_free(run->workers[i].summary);
		cstn__row_sink_free(run->workers[i].sink);
	}
	cstn__free(allocator, run->workers, (size_t)run->n_workers * sizeof(*run->workers));
}

/* The status of the first morsel that failed, with its error. */
static cstn_status first_error(cstn__stage_run *run, cstn_status status, cstn_error **error)
{
	size_t i;

	for (i = 0; i < run->n_morsels; i++)
		if (run->morsels[i].error) {
			status = cstn_error_code(run->morsels[i].error);
			if (error) {
				*error = run->morsels[i].error;
				run->morsels[i].error = NULL;
			}
			return status;
		}
	return status == CSTN_E_CANCELLED ? cstn__fail(error, status, "cancelled")
					  : cstn__fail_nomem(error);
}

static int keep_text(cstn__arena *texts, int is_text, cstn__stage_id *id)
{
	const char *kept;

	if (!is_text)
		return 0;
	kept = cstn__arena_copy(texts, (const char *)(intptr_t)id->number, id->len);
	id->number = (int64_t)(intptr_t)kept;
	return kept ? 0 : -1;
}

/* Moves in the order of morsels, with ids of their own. */
static cstn_status join_moves(cstn__stage_run *run, cstn_error **error)
{
	cstn_stage_history *history = run->history;
	size_t i, k, total = 0;
	int failed = 0;

	for (i = 0; i < run->n_morsels; i++)
		total += run->morsels[i].n_moves;
	history->moves = cstn__alloc(
			&history->allocator, cstn__array_size(total + 1, sizeof(*history->moves)));
	if (!history->moves)
		return cstn__fail_nomem(error);
	history->n_moves = total;
	for (total = 0, i = 0; i < run->n_morsels; i++)
		for (k = 0; k < run->morsels[i].n_moves; k++)
			history->moves[total++] = run->morsels[i].moves[k];
	for (i = 0; i < total && !failed; i++) {
		failed |= keep_text(&history->texts, history->id_is_text, &history->moves[i].first);
		failed |= keep_text(&history->texts, history->id_is_text, &history->moves[i].last);
	}
	for (i = 0; i < run->n && !failed; i++)
		failed = keep_text(&history->texts, history->customer_is_text,
				&history->customers[i].id);
	return failed ? cstn__fail_nomem(error) : CSTN_OK;
}

static cstn_status join_counts(cstn__stage_run *run, cstn_error **error)
{
	cstn_stage_summary *sum = run->history->summary;
	cstn_status status = CSTN_OK;
	int32_t i;

	for (i = 0; i < run->n_workers && status == CSTN_OK; i++) {
		cstn__stage_summary_settle(run->workers[i].summary);
		status = cstn_stage_summary_merge(sum, run->workers[i].summary, error);
		if (status == CSTN_OK && run->sink &&
				cstn__row_sink_merge(run->sink, run->workers[i].sink) != CSTN_OK)
			status = cstn__fail_nomem(error);
	}
	return status;
}

cstn_status cstn__stage_run_all(cstn__stage_run *run, cstn_error **error)
{
	cstn_stage_history *history = run->history;
	cstn_status status;

	history->customers = cstn__alloc_zero(&history->allocator,
			cstn__array_size(run->n + 1, sizeof(*history->customers)));
	if (!history->customers)
		return cstn__fail_nomem(error);
	history->n_customers = run->n;
	status = make_workers(run, error);
	if (status != CSTN_OK)
		return status;
	status = cstn__parallel_for(
			run->n_morsels, run->n_workers, run->options->progress, run_morsel, run);
	if (status != CSTN_OK)
		return first_error(run, status, error);
	status = join_moves(run, error);
	return status == CSTN_OK ? join_counts(run, error) : status;
}

/* --- what a replay begins with ---------------------------------------------------------------- */

cstn_status cstn__stage_history_new(cstn_stage_policy *policy, const cstn_stage_options *options,
		const cstn_allocator *allocator, cstn_stage_history **out, cstn_error **error)
{
	cstn_stage_history *history = cstn__alloc_zero(allocator, sizeof(*history));
	cstn_status status;

	if (!history)
		return cstn__fail_nomem(error);
	history->allocator = *allocator;
	history->policy = cstn_stage_policy_ref(policy);
	cstn__arena_init(&history->texts, allocator);
	status = cstn__stage_summary_new(allocator, policy, options, &history->summary, error);
	if (status == CSTN_OK)
		*out = history;
	else
		cstn_stage_history_free(history);
	return status;
}

cstn_status cstn__stage_options_read(const cstn_stage_options *given, uint32_t flags,
		cstn_stage_options *out, cstn_error **error)
{
	cstn_status status = cstn__options_read(
			given, sizeof(*out), sizeof(*out), flags, "cstn_stage_options", out, error);

	if (status != CSTN_OK)
		return status;
	if (!given)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"options is NULL; an as-of time is needed");
	if (out->threads < 0 || out->period_days < 0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"threads is %d and period_days is %d; 0 or more expected",
				out->threads, out->period_days);
	if (out->period_days > CSTN__STAGE_DAYS_MAX)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"period_days is %d; at most %d expected", out->period_days,
				CSTN__STAGE_DAYS_MAX);
	if (out->as_of_us < -CSTN__STAGE_INSTANT_MAX || out->as_of_us > CSTN__STAGE_INSTANT_MAX)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"as_of_us is %" PRId64 "; at most 2^62 either way expected",
				out->as_of_us);
	if (out->period_days == 0)
		out->period_days = 30;
	return CSTN_OK;
}
