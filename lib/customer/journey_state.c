/* The state of journeys: events of any order and split, and counts of customers that are settled.
 *
 * Both parts merge, events by joining, counts by adding; what is exported is the sum of the settled
 * counts and of those of the events, made once after a change. A call that fails leaves the state
 * as it was, but for ids it has heard of, which nothing shows. 16 bytes an event. */
#include "customer/journey_state.h"

#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/sort.h"
#include "customer/event_rows.h"

enum { COL_CUSTOMER, COL_VALID, COL_STEP, COL_FAILED, COL_SEGMENT, COLUMNS };

static const cstn__column_decl decls[COLUMNS] = {
		{"customer", CSTN__ACCEPT_KEY, 0, 1, 0, 0, 0},
		{"valid", CSTN__ACCEPT_TIME, 0, 1, 0, 0, 0},
		{"step", CSTN__ACCEPT(CSTN_TYPE_TEXT), 0, 1, 0, 0, 0},
		{"failed", CSTN__ACCEPT(CSTN_TYPE_FLAG), 0, 0, 1, 0, 0},
		{"segment", CSTN__ACCEPT(CSTN_TYPE_TEXT), 0, 0, 1, 0, 0},
};

cstn_status cstn__journeys_options_read(
		const cstn_journeys_options *given, cstn_journeys_options *out, cstn_error **error)
{
	cstn_status status = cstn__options_read(given, sizeof(*out), sizeof(*out),
			CSTN_IMPORT_TRUSTED, "cstn_journeys_options", out, error);

	if (status != CSTN_OK)
		return status;
	if (out->threads < 0 || out->confidence_ppm < 0 || out->confidence_ppm > 999999)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"threads is %d and confidence_ppm is %d; 0 or more and "
				"0..999,999 expected",
				out->threads, out->confidence_ppm);
	if (out->confidence_ppm == 0)
		out->confidence_ppm = 950000;
	return CSTN_OK;
}

cstn_status cstn_journeys_new(cstn_journey_definition *definition, int64_t as_of_us,
		const cstn_allocator *allocator, cstn_journeys **out, cstn_error **error)
{
	cstn_journeys *state;
	cstn_allocator memory;
	cstn_status status;

	if (!definition || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				definition ? "out is NULL" : "definition is NULL");
	if (as_of_us < -CSTN__STAGE_INSTANT_MAX || as_of_us > CSTN__STAGE_INSTANT_MAX)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"as_of_us is %" PRId64 "; at most 2^62 either way expected",
				as_of_us);
	status = cstn__handle_new(allocator, sizeof(*state), &memory, &state, error);
	if (status != CSTN_OK)
		return status;
	state->allocator = memory;
	state->definition = cstn_journey_definition_ref(definition);
	state->as_of_us = as_of_us;
	cstn__codes_init(&state->customers, 0, &memory);
	cstn__interner_init(&state->segments, &memory, 0);
	cstn__journey_counts_init(&state->settled, definition, &memory);
	cstn__journey_counts_init(&state->all, definition, &memory);
	*out = state;
	return CSTN_OK;
}

void cstn_journeys_free(cstn_journeys *state)
{
	cstn_allocator allocator;

	if (!state)
		return;
	allocator = state->allocator;
	cstn__codes_free(&state->customers);
	cstn__interner_free(&state->segments);
	cstn__array_free(&allocator, &state->events);
	cstn__journey_counts_free(&state->settled);
	cstn__journey_counts_free(&state->all);
	cstn_journey_definition_unref(state->definition);
	cstn__free(&allocator, state, sizeof(*state));
}

cstn_journey_definition *cstn_journeys_definition(const cstn_journeys *state)
{
	return state ? state->definition : NULL;
}

void cstn__journeys_set_type(cstn_journeys *state, int32_t type)
{
	if (state->customer_type == type)
		return;
	cstn__codes_free(&state->customers);
	cstn__codes_init(&state->customers, type == CSTN_TYPE_TEXT, &state->allocator);
	state->customer_type = type;
}

void cstn__journeys_forget(cstn_journeys *state)
{
	cstn__array_free(&state->allocator, &state->events);
	cstn__codes_free(&state->customers);
	cstn__codes_init(&state->customers, 0, &state->allocator);
	state->customer_type = 0;
}

uint32_t cstn__journeys_segment(cstn_journeys *state, const char *text, size_t len)
{
	uint32_t code = cstn__interner_find(&state->segments, text, len);

	if (code == UINT32_MAX && state->segments.count >= CSTN__JOURNEY_SEGMENTS_MAX)
		return UINT32_MAX - 1;
	if (code == UINT32_MAX)
		code = cstn__intern(&state->segments, text, len);
	return code == UINT32_MAX ? code : code + 1;
}

/* The first n labels alone; where there is no memory for that, those behind them stay, without a
 * meaning. */
static void cut_segments(cstn_journeys *state, size_t n)
{
	cstn__interner kept;
	size_t i;
	int failed = 0;

	if (state->segments.count == n)
		return;
	cstn__interner_init(&kept, &state->allocator, 0);
	for (i = 0; i < n && !failed; i++)
		failed = cstn__intern(&kept, state->segments.items[i].text,
					 state->segments.items[i].len) == UINT32_MAX;
	if (failed) {
		cstn__interner_free(&kept);
		return;
	}
	cstn__interner_free(&state->segments);
	state->segments = kept;
}

static int by_label(const void *a, const void *b, void *context)
{
	const struct cstn__interned *items = ((const cstn__interner *)context)->items, *x, *y;
	uint32_t p = *(const uint32_t *)a, q = *(const uint32_t *)b;

	if (p == q || !p || !q)
		return (p > q) - (p < q);
	x = &items[p - 1];
	y = &items[q - 1];
	return cstn__id_compare(
			1, (int64_t)(intptr_t)x->text, x->len, (int64_t)(intptr_t)y->text, y->len);
}

uint32_t *cstn__journeys_segment_order(const cstn_journeys *state)
{
	size_t n = state->segments.count + 1, i;
	uint32_t *order = cstn__alloc(&state->allocator, n * sizeof(*order));

	for (i = 0; order && i < n; i++)
		order[i] = (uint32_t)i;
	if (order)
		cstn__sort(order, n, sizeof(*order), by_label, (void *)(uintptr_t)&state->segments);
	return order;
}

/* --- update ----------------------------------------------------------------------------------- */

typedef struct reading {
	cstn_journeys *state;
	const char *last_text; /* step of the row before: one of the definition's names */
	size_t last_len;
	uint32_t last_step;
	int32_t reserved;
	cstn__event_rows rows;
} reading;

static cstn_status load_step(reading *at, int32_t row, cstn__journey_event *event)
{
	const cstn__interner *names = &at->state->definition->names;
	const char *text = NULL;
	size_t len = 0;

	if (cstn__column_read_text(
			    &at->rows.batch->columns[COL_STEP], at->rows.start + row, &text, &len))
		return CSTN_OK; /* null: told already */
	if (len == 0 || len != at->last_len || memcmp(text, at->last_text, len) != 0) {
		uint32_t step = len ? cstn__interner_find(names, text, len) : UINT32_MAX;

		if (step == UINT32_MAX)
			return cstn__events_tell(
					&at->rows, row, COL_STEP, CSTN_ROW_VALUE, text, len);
		at->last_step = step;
		at->last_text = names->items[step].text;
		at->last_len = len;
	}
	event->step = (uint8_t)at->last_step;
	return CSTN_OK;
}

/* CSTN_E_LIMIT: too many segments. */
static cstn_status load_segment(reading *at, int32_t row, cstn__journey_event *event)
{
	const char *text = NULL;
	size_t len = 0;
	uint32_t segment;

	if (at->rows.batch->columns[COL_SEGMENT].physical == CSTN__ABSENT)
		return CSTN_OK;
	if (cstn__events_text(&at->rows, row, COL_SEGMENT, &text, &len) != CSTN_OK)
		return CSTN_E_NOMEM;
	if (len == 0)
		return CSTN_OK;
	segment = cstn__journeys_segment(at->state, text, len);
	if (segment >= UINT32_MAX - 1)
		return segment == UINT32_MAX ? CSTN_E_NOMEM : CSTN_E_LIMIT;
	event->segment = (uint16_t)segment;
	return CSTN_OK;
}

static cstn_status load_row(reading *at, int32_t row)
{
	cstn_journeys *state = at->state;
	cstn__journey_event event;
	int64_t value;
	cstn_status status;

	memset(&event, 0, sizeof(event));
	status = load_step(at, row, &event);
	if (status == CSTN_OK && !cstn__events_is_bad(&at->rows, row))
		status = load_segment(at, row, &event);
	if (status != CSTN_OK || cstn__events_is_bad(&at->rows, row))
		return status;
	(void)cstn__events_value(&at->rows, row, COL_VALID, &event.valid_us);
	if (event.valid_us > state->as_of_us)
		return CSTN_OK;
	event.failed = cstn__events_value(&at->rows, row, COL_FAILED, &value) && value;
	status = cstn__events_customer(
			&at->rows, row, COL_CUSTOMER, &state->customers, &event.customer);
	if (status == CSTN_OK && !cstn__events_is_bad(&at->rows, row))
		state->events.items[state->events.count++] = event;
	return status;
}

static cstn_status load_block(void *context, cstn__event_rows *rows, cstn_error **error)
{
	reading *at = context;
	cstn_journeys *state = at->state;
	int32_t i;

	if (state->events.count > UINT32_MAX - 2 - CSTN__EVENT_BLOCK)
		return cstn__fail(error, CSTN_E_LIMIT, "more than 2^32 - 2 events");
	if (cstn__array_reserve(&state->allocator, &state->events, rows->n))
		return cstn__fail_nomem(error);
	for (i = 0; i < rows->n; i++) {
		cstn_status status = cstn__events_is_bad(rows, i) ? CSTN_OK : load_row(at, i);

		if (status == CSTN_E_LIMIT)
			return cstn__fail(error, status, "row %" PRIu64 ": more than %d segments",
					cstn__events_row(rows, i), CSTN__JOURNEY_SEGMENTS_MAX);
		if (status != CSTN_OK)
			return cstn__fail_nomem(error);
	}
	return CSTN_OK;
}

static cstn_status check_type(
		const cstn_journeys *state, const cstn__bound *bound, cstn_error **error)
{
	int32_t type = cstn__bound_type(bound, COL_CUSTOMER);

	if (!state->events.count || state->customer_type == type)
		return CSTN_OK;
	return cstn__fail(error, CSTN_E_SCHEMA,
			"column 'customer' is %s; the state's customers are %s",
			cstn_type_name(type), cstn_type_name(state->customer_type));
}

static cstn_status read_stream(reading *at, struct ArrowArrayStream *stream,
		const cstn_journeys_options *options, cstn_row_errors **rows, cstn_error **error)
{
	cstn_journeys *state = at->state;
	cstn__bound *bound = NULL;
	cstn_status status = cstn__bind_rows(stream, decls, COLUMNS, options->binding,
			options->flags, &state->allocator, &bound, &at->rows.sink, error);

	if (status == CSTN_OK)
		status = check_type(state, bound, error);
	if (status == CSTN_OK) {
		if (!state->events.count)
			cstn__journeys_set_type(state, cstn__bound_type(bound, COL_CUSTOMER));
		status = cstn__event_rows_read(&at->rows, bound, stream, load_block, at, error);
	}
	if (status == CSTN_OK && rows)
		status = cstn__row_sink_finish(at->rows.sink, rows, error);
	cstn__bound_free(bound);
	return status;
}

static cstn_status update(cstn_journeys *state, struct ArrowArrayStream *stream,
		const cstn_journeys_options *options, cstn_row_errors **bad_rows,
		cstn_error **error)
{
	reading *at = cstn__alloc_zero(&state->allocator, sizeof(*at));
	cstn_row_errors *rows = NULL;
	size_t before = state->events.count, labels = state->segments.count;
	uint64_t left_out;
	cstn_status status;

	if (!at)
		return cstn__fail_nomem(error);
	at->state = state;
	at->last_text = "";
	at->rows.decls = decls;
	at->rows.n_columns = COLUMNS;
	at->rows.times = 1u << COL_VALID;
	at->rows.progress = options->progress;
	status = read_stream(at, stream, options, bad_rows ? &rows : NULL, error);
	left_out = at->rows.sink ? cstn__row_sink_total(at->rows.sink) : 0;
	cstn__row_sink_free(at->rows.sink);
	cstn__free(&state->allocator, at, sizeof(*at));
	if (status != CSTN_OK) {
		state->events.count = before;
		cut_segments(state, labels);
	}
	if (state->events.count == 0)
		cstn__journeys_forget(state);
	if (status != CSTN_OK)
		return status;
	if (state->events.count != before)
		state->is_counted = 0;
	return cstn__rows_left_out(status, rows, left_out, bad_rows, error);
}

cstn_status cstn_journeys_update(cstn_journeys *state, struct ArrowArrayStream *events,
		const cstn_journeys_options *options, cstn_row_errors **bad_rows,
		cstn_error **error)
{
	struct ArrowArrayStream stream;
	cstn_journeys_options read;
	cstn_status status;

	status = cstn__stream_take(events, "events", &stream, error);
	if (status != CSTN_OK)
		return status;
	status = state ? cstn__journeys_options_read(options, &read, error)
		       : cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "state is NULL");
	if (status == CSTN_OK)
		status = update(state, &stream, &read, bad_rows, error);
	stream.release(&stream);
	return status;
}

/* --- counts ----------------------------------------------------------------------------------- */

cstn_status cstn__journey_all(cstn_journeys *state, const cstn_journeys_options *options,
		const cstn__journey_counts **counts, cstn_error **error)
{
	cstn__journey_counts sum;
	cstn_status status;

	*counts = state->events.count ? &state->all : &state->settled;
	if (state->is_counted || !state->events.count)
		return CSTN_OK;
	cstn__journey_counts_init(&sum, state->definition, &state->allocator);
	status = cstn__journey_counts_add(&sum, &state->settled, NULL, error);
	if (status == CSTN_OK)
		status = cstn__journey_count(state, options, &sum, error);
	if (status != CSTN_OK) {
		cstn__journey_counts_free(&sum);
		return status;
	}
	cstn__journey_counts_free(&state->all);
	state->all = sum;
	state->is_counted = 1;
	return CSTN_OK;
}

cstn_status cstn_journeys_settle(
		cstn_journeys *state, const cstn_journeys_options *options, cstn_error **error)
{
	const cstn__journey_counts *counts;
	cstn_journeys_options read;
	cstn_status status;

	if (!state)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "state is NULL");
	status = cstn__journeys_options_read(options, &read, error);
	if (status == CSTN_OK)
		status = cstn__journey_all(state, &read, &counts, error);
	if (status != CSTN_OK || !state->events.count)
		return status;
	cstn__journey_counts_free(&state->settled);
	state->settled = state->all;
	cstn__journey_counts_init(&state->all, state->definition, &state->allocator);
	state->is_counted = 0;
	cstn__journeys_forget(state);
	return CSTN_OK;
}

/* --- merging ---------------------------------------------------------------------------------- */

static cstn_status check_same(
		const cstn_journeys *into, const cstn_journeys *from, cstn_error **error)
{
	if (memcmp(into->definition->digest, from->definition->digest, CSTN_JOURNEY_DIGEST_SIZE) !=
			0)
		return cstn__fail(error, CSTN_E_MISMATCH,
				"the states of journeys differ in their definition");
	if (into->as_of_us != from->as_of_us)
		return cstn__fail(error, CSTN_E_MISMATCH,
				"the states of journeys are as of %" PRId64 " and %" PRId64,
				into->as_of_us, from->as_of_us);
	if (into->events.count && from->events.count && into->customer_type != from->customer_type)
		return cstn__fail(error, CSTN_E_MISMATCH,
				"customers are %s in one state of journeys and %s in the other",
				cstn_type_name(into->customer_type),
				cstn_type_name(from->customer_type));
	if (from->events.count > UINT32_MAX - 2 - into->events.count)
		return cstn__fail(error, CSTN_E_LIMIT, "more than 2^32 - 2 events");
	return CSTN_OK;
}

/* Segments of `from` as `into` numbers them. */
static cstn_status map_segments(cstn_journeys *into, const cstn_journeys *from, uint32_t *segments,
		cstn_error **error)
{
	size_t n = from->segments.count, i;

	segments[0] = 0;
	for (i = 0; i < n; i++) {
		segments[i + 1] = cstn__journeys_segment(
				into, from->segments.items[i].text, from->segments.items[i].len);
		if (segments[i + 1] == UINT32_MAX)
			return cstn__fail_nomem(error);
		if (segments[i + 1] == UINT32_MAX - 1)
			return cstn__fail(error, CSTN_E_LIMIT, "more than %d segments",
					CSTN__JOURNEY_SEGMENTS_MAX);
	}
	return CSTN_OK;
}

/* Behind the events of `into`, but for those of customers whose bit is set in `gone`, if it is not
 * NULL; the caller cuts them off again on failure. */
static cstn_status add_events(cstn_journeys *into, const cstn_journeys *from,
		const uint32_t *segments, const uint64_t *gone, cstn_error **error)
{
	size_t n = from->events.count, i;

	if (n == 0)
		return CSTN_OK;
	if (!into->events.count)
		cstn__journeys_set_type(into, from->customer_type);
	if (cstn__array_reserve(&into->allocator, &into->events, n))
		return cstn__fail_nomem(error);
	for (i = 0; i < n; i++) {
		cstn__journey_event event = from->events.items[i];

		if (gone && cstn__word_bit_get(gone, event.customer))
			continue;
		event.customer = cstn__codes_same(
				&into->customers, cstn__codes_id(&from->customers, event.customer));
		event.segment = (uint16_t)segments[event.segment];
		if (event.customer == UINT32_MAX)
			return cstn__fail_nomem(error);
		into->events.items[into->events.count++] = event;
	}
	return CSTN_OK;
}

static cstn_status merge(cstn_journeys *into, const cstn_journeys *from, uint32_t *segments,
		cstn_error **error)
{
	cstn__journey_counts sum;
	size_t before = into->events.count, labels = into->segments.count;
	cstn_status status = map_segments(into, from, segments, error);

	cstn__journey_counts_init(&sum, into->definition, &into->allocator);
	if (status == CSTN_OK)
		status = cstn__journey_counts_add(&sum, &into->settled, NULL, error);
	if (status == CSTN_OK)
		status = cstn__journey_counts_add(&sum, &from->settled, segments, error);
	if (status == CSTN_OK)
		status = add_events(into, from, segments, NULL, error);
	if (status != CSTN_OK) {
		cstn__journey_counts_free(&sum);
		into->events.count = before;
		cut_segments(into, labels);
		return status;
	}
	cstn__journey_counts_free(&into->settled);
	into->settled = sum;
	into->is_counted = 0;
	return CSTN_OK;
}

cstn_status cstn_journeys_merge(cstn_journeys *into, const cstn_journeys *from, cstn_error **error)
{
	cstn_allocator allocator;
	uint32_t *segments;
	size_t size;
	cstn_status status;

	if (!into || !from)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "a state of journeys is NULL");
	status = check_same(into, from, error);
	if (status != CSTN_OK)
		return status;
	allocator = into->allocator;
	size = (from->segments.count + 1) * sizeof(*segments);
	segments = cstn__alloc(&allocator, size);
	status = segments ? merge(into, from, segments, error) : cstn__fail_nomem(error);
	cstn__free(&allocator, segments, size);
	return status;
}

/* --- forgetting ------------------------------------------------------------------------------- */

/* The labels keep their numbers: those that nothing has any more are not written. */
static cstn_status forget(cstn_journeys *state, const uint64_t *gone, cstn_error **error)
{
	cstn_journeys *fresh = NULL, old;
	size_t size = (state->segments.count + 1) * sizeof(uint32_t);
	uint32_t *segments = cstn__alloc(&state->allocator, size);
	cstn_status status;

	status = segments ? cstn_journeys_new(state->definition, state->as_of_us, &state->allocator,
					    &fresh, error)
			  : cstn__fail_nomem(error);
	if (status == CSTN_OK)
		status = map_segments(fresh, state, segments, error);
	if (status == CSTN_OK)
		status = add_events(fresh, state, segments, gone, error);
	if (status == CSTN_OK) {
		if (fresh->events.count == 0)
			cstn__journeys_forget(fresh);
		old = *state;
		*state = *fresh;
		*fresh = old;
	}
	cstn_journeys_free(fresh);
	cstn__free(&state->allocator, segments, size);
	return status;
}

cstn_status cstn_journeys_remove(
		cstn_journeys *state, struct ArrowArrayStream *customers, cstn_error **error)
{
	const cstn__codes *codes = state ? &state->customers : NULL;
	size_t size = state ? cstn__gone_size(cstn__codes_count(codes)) : 0;
	uint64_t *gone = NULL;
	cstn_status status = cstn__codes_gone(codes, state ? state->customer_type : 0,
			state ? &state->allocator : NULL, customers, &gone, error);

	if (status != CSTN_OK)
		return status;
	if (state->settled.blocks.count)
		status = cstn__fail(error, CSTN_E_REBUILD,
				"journeys were settled into counts, which do not say whose they "
				"are: "
				"make the state again from the log");
	else if (state->events.count)
		status = forget(state, gone, error);
	cstn__free(&state->allocator, gone, size);
	return status;
}
