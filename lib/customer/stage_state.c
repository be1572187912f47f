/* Events that come over time: the state that replays go on from.
 *
 * A history is a pure function of the set of events, whatever order and pieces they came in, so the
 * state keeps the events, in order a customer, and snapshots between them (stage_file.c). What
 * comes is put in place (stage_arrive.c); finishing replays, a customer, only what follows the last
 * snapshot that still holds, and time after the last event. Cost: see the public header. */
#include "customer/stage_state.h"

#include <inttypes.h>
#include <string.h>

#include "base/error.h"

/* --- a state ---------------------------------------------------------------------------------- */

cstn_status cstn__stage_state_make(cstn_stage_policy *policy, int64_t known_us,
		const cstn_allocator *allocator, cstn_stage_state **out, cstn_error **error)
{
	cstn_stage_state *state = cstn__alloc_zero(allocator, sizeof(*state));

	if (!state)
		return cstn__fail_nomem(error);
	state->allocator = *allocator;
	state->policy = cstn_stage_policy_ref(policy);
	state->known_us = known_us;
	state->settled_us = CSTN__STAGE_NOT_SETTLED;
	cstn__codes_init(&state->customers, 0, allocator);
	cstn__codes_init(&state->references, 0, allocator);
	cstn__arena_init(&state->texts, allocator);
	*out = state;
	return CSTN_OK;
}

cstn_status cstn_stage_state_new(cstn_stage_policy *policy, int64_t known_us,
		const cstn_allocator *allocator, cstn_stage_state **out, cstn_error **error)
{
	cstn_allocator memory;
	cstn_status status = cstn__allocator_read(allocator, &memory, error);

	if (status != CSTN_OK)
		return status;
	if (!policy || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				policy ? "out is NULL" : "policy is NULL");
	return cstn__stage_state_make(policy, known_us, &memory, out, error);
}

void cstn_stage_state_free(cstn_stage_state *state)
{
	cstn_allocator allocator;
	size_t i;

	if (!state)
		return;
	allocator = state->allocator;
	for (i = 0; i < state->files.count; i++)
		cstn__stage_file_free(&allocator, &state->files.items[i]);
	cstn__array_free(&allocator, &state->files);
	cstn__codes_free(&state->customers);
	cstn__codes_free(&state->references);
	cstn__arena_free(&state->texts);
	cstn_stage_policy_unref(state->policy);
	cstn__free(&allocator, state, sizeof(*state));
}

uint32_t *cstn__stage_state_order(const cstn_stage_state *state, size_t *n)
{
	size_t codes = cstn__codes_count(&state->customers), i;
	uint32_t *order = cstn__codes_order(&state->customers, &state->allocator);

	for (*n = 0, i = 0; order && i < codes; i++)
		if (order[i] < state->files.count && state->files.items[order[i]].n)
			order[(*n)++] = order[i];
	return order;
}

/* --- update ----------------------------------------------------------------------------------- */

/* Codes of the type of those that come; -1: others are there, of another type. */
static int take_type(cstn__codes *codes, const cstn__codes *given, int is_empty)
{
	cstn_allocator allocator = codes->numbers.allocator;

	if (codes->is_text == given->is_text)
		return 0;
	if (!is_empty && cstn__codes_count(codes))
		return cstn__codes_count(given) ? -1 : 0;
	cstn__codes_free(codes);
	cstn__codes_init(codes, given->is_text, &allocator);
	return 0;
}

static const char *word_of(int is_text)
{
	return is_text ? "text" : "numbers";
}

/* Without events anything fits; files of codes that were heard of are forgotten with them. */
static cstn_status take_types(
		cstn_stage_state *state, const cstn__stage_events *events, cstn_error **error)
{
	int is_empty = state->n_events == 0;
	size_t i;

	if (events->items.count == 0 && !is_empty)
		return CSTN_OK;
	if (is_empty) {
		for (i = 0; i < state->files.count; i++)
			cstn__stage_file_free(&state->allocator, &state->files.items[i]);
		state->files.count = 0;
		cstn__codes_free(&state->customers);
		cstn__codes_init(&state->customers, events->customers.is_text, &state->allocator);
		state->id_is_text = events->id_is_text;
	}
	if (state->id_is_text != events->id_is_text)
		return cstn__fail(error, CSTN_E_SCHEMA,
				"column 'event_id' is %s; %s expected, as before",
				word_of(events->id_is_text), word_of(state->id_is_text));
	if (take_type(&state->customers, &events->customers, is_empty))
		return cstn__fail(error, CSTN_E_SCHEMA,
				"column 'customer' is %s; %s expected, as before",
				word_of(events->customers.is_text),
				word_of(state->customers.is_text));
	if (take_type(&state->references, &events->references, is_empty))
		return cstn__fail(error, CSTN_E_SCHEMA,
				"column 'reference' is %s; %s expected, as before",
				word_of(events->references.is_text),
				word_of(state->references.is_text));
	return CSTN_OK;
}

static cstn_status read_update_options(const cstn_stage_options *given, int64_t known_us,
		cstn_stage_options *out, cstn_error **error)
{
	static const cstn_stage_options defaults = CSTN_STAGE_OPTIONS_INIT;
	cstn_status status = cstn__stage_options_read(given ? given : &defaults,
			CSTN_IMPORT_TRUSTED | CSTN_STAGE_GROUPED, out, error);

	out->as_of_us = CSTN__STAGE_INSTANT_MAX;
	out->known_us = known_us;
	return status;
}

static cstn_status add_stream(cstn_stage_state *state, struct ArrowArrayStream *stream,
		const cstn_stage_options *options, cstn_row_errors **bad_rows, cstn_error **error)
{
	cstn_row_errors *rows = NULL;
	cstn__stage_arrivals arrivals;
	cstn__stage_events events;
	uint64_t left_out = 0;
	cstn_status status;

	memset(&events, 0, sizeof(events));
	status = cstn__stage_events_read(
			&events, state->policy, stream, options, &state->allocator, error);
	if (status == CSTN_OK)
		status = take_types(state, &events, error);
	if (status == CSTN_OK)
		status = cstn__stage_arrivals_make(state, &events, events.sink, &arrivals, error);
	if (status == CSTN_OK) {
		left_out = cstn__row_sink_total(events.sink);
		if (bad_rows)
			status = cstn__row_sink_finish(events.sink, &rows, error);
		if (status == CSTN_OK)
			cstn__stage_arrivals_commit(state, &arrivals);
		else
			cstn__stage_arrivals_free(state, &arrivals);
	}
	cstn__stage_events_free(&events);
	return cstn__rows_left_out(status, rows, left_out, bad_rows, error);
}

cstn_status cstn_stage_state_update(cstn_stage_state *state, struct ArrowArrayStream *events,
		const cstn_stage_options *options, cstn_row_errors **bad_rows, cstn_error **error)
{
	struct ArrowArrayStream stream;
	cstn_stage_options read;
	cstn_status status = cstn__stream_take(events, "events", &stream, error);

	if (status != CSTN_OK)
		return status;
	if (!state)
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "state is NULL");
	else
		status = read_update_options(options, state->known_us, &read, error);
	if (status == CSTN_OK)
		status = add_stream(state, &stream, &read, bad_rows, error);
	stream.release(&stream);
	return status;
}

/* --- merge ------------------------------------------------------------------------------------ */

/* The events of a state, as if they came; codes and texts are those of the state. */
static cstn_status lend_events(
		const cstn_stage_state *from, cstn__stage_events *out, cstn_error **error)
{
	size_t i, k;

	memset(out, 0, sizeof(*out));
	out->customers = from->customers;
	out->references = from->references;
	out->id_is_text = from->id_is_text;
	if (cstn__array_reserve(&from->allocator, &out->items, from->n_events) ||
			cstn__array_reserve(&from->allocator, &out->customer_of, from->n_events))
		return cstn__fail_nomem(error);
	for (i = 0; i < from->files.count; i++)
		for (k = 0; k < from->files.items[i].n; k++) {
			cstn__stage_event *event = &out->items.items[out->items.count++];

			*event = from->files.items[i].events[k];
			event->row_low = 0;
			out->customer_of.items[out->customer_of.count++] = (uint32_t)i;
		}
	return CSTN_OK;
}

cstn_status cstn_stage_state_merge(
		cstn_stage_state *into, const cstn_stage_state *from, cstn_error **error)
{
	cstn__stage_arrivals arrivals;
	cstn__stage_events events;
	cstn_status status;

	if (!into || !from)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "a state is NULL");
	if (memcmp(into->policy->digest, from->policy->digest, sizeof(from->policy->digest)) != 0 ||
			into->known_us != from->known_us)
		return cstn__fail(error, CSTN_E_MISMATCH,
				"the states differ in policy or known time");
	if (into == from || from->n_events == 0)
		return CSTN_OK;
	if (into->settled_us != CSTN__STAGE_NOT_SETTLED ||
			from->settled_us != CSTN__STAGE_NOT_SETTLED)
		return cstn__fail(error, CSTN_E_MISMATCH,
				"a state that was settled has let go of events and is not merged");
	status = lend_events(from, &events, error);
	if (status == CSTN_OK)
		status = take_types(into, &events, error);
	if (status == CSTN_OK)
		status = cstn__stage_arrivals_make(into, &events, NULL, &arrivals, error);
	if (status == CSTN_OK)
		cstn__stage_arrivals_commit(into, &arrivals);
	cstn__array_free(&from->allocator, &events.items);
	cstn__array_free(&from->allocator, &events.customer_of);
	return status;
}

/* --- finish ----------------------------------------------------------------------------------- */

typedef struct finishing {
	cstn_stage_state *state;
	const uint32_t *order;
	int64_t as_of_us;
} finishing;

static cstn_status run_file(void *context, cstn__stage_worker *worker, size_t place,
		cstn__stage_customer *out, cstn_error **error)
{
	const finishing *at = context;
	uint32_t code = at->order[place];

	out->id = cstn__codes_id(&at->state->customers, code);
	return cstn__stage_file_run(
			at->state, &at->state->files.items[code], at->as_of_us, worker, out, error);
}

static cstn_status finish_into(cstn_stage_state *state, const cstn_stage_options *options,
		cstn_stage_history *history, cstn_error **error)
{
	size_t codes = cstn__codes_count(&state->customers);
	cstn__stage_run run;
	finishing at;
	uint32_t *order;
	cstn_status status;

	memset(&run, 0, sizeof(run));
	order = cstn__stage_state_order(state, &run.n);
	if (!order)
		return cstn__fail_nomem(error);
	at.state = state;
	at.order = order;
	at.as_of_us = options->as_of_us;
	run.policy = state->policy;
	run.options = options;
	run.history = history;
	run.customer = run_file;
	run.context = &at;
	history->customer_is_text = state->customers.is_text;
	history->id_is_text = state->id_is_text;
	status = cstn__stage_run_all(&run, error);
	cstn__stage_run_free(&run);
	cstn__free(&state->allocator, order, (codes + 1) * sizeof(*order));
	return status;
}

cstn_status cstn_stage_state_finish(cstn_stage_state *state, const cstn_stage_options *options,
		cstn_stage_history **out, cstn_error **error)
{
	cstn_stage_history *history = NULL;
	cstn_stage_options read;
	cstn_status status;

	if (!state || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				state ? "out is NULL" : "state is NULL");
	status = cstn__stage_options_read(
			options, CSTN_IMPORT_TRUSTED | CSTN_STAGE_GROUPED, &read, error);
	if (status != CSTN_OK)
		return status;
	if (read.as_of_us < state->settled_us)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"the as-of time %" PRId64 " us is before %" PRId64
				" us, up to which the state is settled",
				read.as_of_us, state->settled_us);
	read.known_us = state->known_us;
	status = cstn__stage_history_new(state->policy, &read, &state->allocator, &history, error);
	if (status == CSTN_OK)
		status = finish_into(state, &read, history, error);
	if (status == CSTN_OK)
		*out = history;
	else
		cstn_stage_history_free(history);
	return status;
}
