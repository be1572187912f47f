/* A state of journeys as bytes, and back.
 *
 * In the envelope of base/envelope.h: u32 length of the definition and its text, i64 as-of
 * time (the configuration); u32 segments and their labels by rising bytes (u32 length, text); for
 * no segment and each of these u8 1 if it has counts, then u32 cells that are not 0 as u32 index
 * and i64, sums of waits as two u64, u64 paths by rising key as u64 and three i64; u32 type of
 * customers (0 without events), u64 customers by rising id: the id (i64, or u32 length and text),
 * u64 events in order as i64, u16 segment, u8 step, u8 failed. All of it in an order of its own, so
 * the bytes are a function of what was counted. Bytes that come back are not trusted. O(n log n).
 */
#include <string.h>

#include "base/envelope.h"
#include "base/error.h"
#include "base/text.h"
#include "customer/event_rows.h"
#include "customer/journey_state.h"

#define CELL_MAX (INT64_MAX / 1024) /* sums of a row of them fit */

static const cstn__envelope envelope = {
		CSTN__ENVELOPE_STATE, "state of journeys", CSTN__KIND_JOURNEY, 1};

/* --- writing ---------------------------------------------------------------------------------- */

static void put_i64(cstn__bytes *out, int64_t value)
{
	cstn__bytes_put_u64(out, (uint64_t)value);
}

static void put_text(cstn__bytes *out, const char *text, size_t len)
{
	cstn__bytes_put_u32(out, (uint32_t)len);
	cstn__bytes_put(out, text, len);
}

static const cstn__journey_block *block_of(const cstn__journey_counts *counts, uint32_t segment)
{
	return segment < counts->blocks.count ? counts->blocks.items[segment] : NULL;
}

/* Of the segments in order those that have counts or events, 0 always; their number. */
static size_t used_segments(const cstn_journeys *state, uint32_t *order)
{
	uint64_t used[(CSTN__JOURNEY_SEGMENTS_MAX + 64) / 64] = {0};
	size_t n = 0, i;

	for (i = 0; i < state->events.count; i++)
		cstn__word_bit_set(used, state->events.items[i].segment);
	for (i = 0; i <= state->segments.count; i++)
		if (order[i] == 0 || cstn__word_bit_get(used, order[i]) ||
				block_of(&state->settled, order[i]))
			order[n++] = order[i];
	return n;
}

static void put_block(
		cstn__bytes *out, const cstn__journey_counts *counts, cstn__journey_block *block)
{
	const cstn__journey_shape *shape = &counts->shape;
	uint32_t n = 0;
	size_t i;
	int how;

	cstn__bytes_put_u8(out, block != NULL);
	if (!block)
		return;
	for (i = 0; i < shape->cells; i++)
		n += block->cells[i] != 0;
	cstn__bytes_put_u32(out, n);
	for (i = 0; i < shape->cells; i++)
		if (block->cells[i]) {
			cstn__bytes_put_u32(out, (uint32_t)i);
			put_i64(out, block->cells[i]);
		}
	for (i = 0; i < shape->sums; i++) {
		cstn__bytes_put_u64(out, (uint64_t)block->sums[i]);
		cstn__bytes_put_u64(out, (uint64_t)((cstn__u128)block->sums[i] >> 64));
	}
	cstn__journey_block_sort(block);
	cstn__bytes_put_u64(out, block->paths.count);
	for (i = 0; i < block->paths.count; i++) {
		cstn__bytes_put_u64(out, block->paths.items[i].key);
		for (how = 0; how < CSTN__JOURNEY_ENDS; how++)
			put_i64(out, block->paths.items[i].counts[how]);
	}
}

static void put_event(cstn__bytes *out, const cstn__journey_event *event, const uint16_t *numbers)
{
	put_i64(out, event->valid_us);
	cstn__bytes_put_u16(out, numbers[event->segment]);
	cstn__bytes_put_u8(out, event->step);
	cstn__bytes_put_u8(out, event->failed);
}

/* 0, or -1 when out of memory. */
static int put_customers(cstn__bytes *out, const cstn_journeys *state,
		const cstn__grouping *grouping, const uint16_t *numbers)
{
	cstn__journey_events scratch = {NULL, 0, 0};
	uint64_t n = 0;
	size_t place, i;
	int failed = 0;

	for (place = 0; place < grouping->n; place++)
		n += grouping->starts[place] != grouping->starts[place + 1];
	cstn__bytes_put_u64(out, n);
	for (place = 0; place < grouping->n && !failed; place++) {
		cstn__stage_id id = cstn__codes_id(&state->customers, grouping->codes[place]);

		if (grouping->starts[place] == grouping->starts[place + 1])
			continue;
		failed = cstn__journey_events_of(state, grouping, place, &scratch);
		if (state->customers.is_text)
			put_text(out, (const char *)(intptr_t)id.number, id.len);
		else
			put_i64(out, id.number);
		cstn__bytes_put_u64(out, scratch.count);
		for (i = 0; i < scratch.count; i++)
			put_event(out, &scratch.items[i], numbers);
	}
	cstn__array_free(&state->allocator, &scratch);
	return failed ? -1 : 0;
}

static int put_events(cstn__bytes *out, const cstn_journeys *state, const uint16_t *numbers)
{
	cstn__grouping grouping;
	int failed;

	cstn__bytes_put_u32(out, state->events.count ? (uint32_t)state->customer_type : 0);
	if (!state->events.count)
		return 0;
	memset(&grouping, 0, sizeof(grouping));
	failed = cstn__grouping_make(&grouping, &state->customers, state->events.items,
			state->events.count, sizeof(*state->events.items),
			offsetof(cstn__journey_event, customer), &state->allocator);
	if (!failed)
		failed = put_customers(out, state, &grouping, numbers);
	cstn__grouping_free(&grouping, &state->allocator);
	return failed;
}

/* `sorted` is a copy of the settled counts, whose paths may change places. */
static int put_body(cstn__bytes *out, const cstn_journeys *state,
		const cstn__journey_counts *sorted, uint32_t *order)
{
	uint16_t numbers[CSTN__JOURNEY_SEGMENTS_MAX + 1] = {0};
	size_t n = used_segments(state, order), i;

	cstn__bytes_put_u32(out, (uint32_t)(n - 1));
	for (i = 1; i < n; i++) {
		const struct cstn__interned *label = &state->segments.items[order[i] - 1];

		put_text(out, label->text, label->len);
		numbers[order[i]] = (uint16_t)i;
	}
	for (i = 0; i < n; i++)
		put_block(out, sorted,
				order[i] < sorted->blocks.count ? sorted->blocks.items[order[i]]
								: NULL);
	return put_events(out, state, numbers);
}

cstn_status cstn_journeys_serialize(
		const cstn_journeys *state, cstn_buffer **out, cstn_error **error)
{
	const cstn_journey_definition *definition;
	cstn__journey_counts sorted;
	cstn__bytes body;
	uint32_t *order;
	size_t config;

	if (!state || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				state ? "out is NULL" : "state is NULL");
	definition = state->definition;
	cstn__bytes_init(&body, &state->allocator);
	put_text(&body, definition->text, definition->text_len);
	put_i64(&body, state->as_of_us);
	config = body.size;
	cstn__journey_counts_init(&sorted, definition, &state->allocator);
	order = cstn__journeys_segment_order(state);
	body.failed |= !order ||
		       cstn__journey_counts_add(&sorted, &state->settled, NULL, NULL) != CSTN_OK ||
		       put_body(&body, state, &sorted, order) != 0;
	cstn__free(&state->allocator, order, (state->segments.count + 1) * sizeof(*order));
	cstn__journey_counts_free(&sorted);
	return cstn__envelope_close(&envelope, &body, config, out, error);
}

/* --- reading ---------------------------------------------------------------------------------- */

static int64_t read_i64(cstn__reader *from)
{
	return (int64_t)cstn__read_u64(from);
}

/* A text of 1..64 bytes; NULL and failed if it is none. */
static const char *read_text(cstn__reader *from, size_t *len)
{
	const uint8_t *text = NULL;

	*len = cstn__read_u32(from);
	if (*len >= 1 && *len <= CSTN__EVENT_TEXT_MAX)
		text = cstn__read_bytes(from, *len);
	if (!text || !cstn__utf8_is_valid(text, *len))
		from->failed = 1;
	return (const char *)text;
}

static cstn_status read_segments(
		cstn_journeys *state, cstn__reader *from, uint32_t *n, cstn_error **error)
{
	const char *before = NULL;
	size_t before_len = 0, len;
	uint32_t i;

	*n = cstn__read_u32(from);
	from->failed |= *n > CSTN__JOURNEY_SEGMENTS_MAX;
	for (i = 0; i < *n && !from->failed; i++) {
		const char *text = read_text(from, &len);

		if (from->failed)
			break;
		if (before && cstn__id_compare(1, (int64_t)(intptr_t)before, (uint32_t)before_len,
					      (int64_t)(intptr_t)text, (uint32_t)len) >= 0)
			from->failed = 1;
		else if (cstn__journeys_segment(state, text, len) != i + 1)
			return cstn__fail_nomem(error);
		before = text;
		before_len = len;
	}
	return CSTN_OK;
}

/* Steps, then zeros; lowest byte 0, or 1 behind six steps. */
static int is_path(uint64_t key, size_t n)
{
	int i, ended = 0;

	for (i = 0; i < CSTN_JOURNEY_PATH_STEPS; i++) {
		size_t code = key >> (56 - 8 * i) & 255;

		if (code > n || (ended && code) || (i == 0 && !code))
			return 0;
		ended |= !code;
	}
	return (key >> 8 & 255) == 0 && (key & 255) <= !ended;
}

static cstn_status read_paths(cstn__reader *from, const cstn__journey_counts *counts,
		cstn__journey_block *block, cstn_error **error)
{
	uint64_t n = cstn__read_u64(from), i, before = 0;
	int64_t sums[CSTN__JOURNEY_ENDS] = {0};
	int how;

	for (i = 0; i < n && !from->failed; i++) {
		uint64_t key = cstn__read_u64(from);
		cstn__journey_path *path;
		int64_t all = 0;

		from->failed |= key <= before || !is_path(key, counts->shape.n);
		if (from->failed)
			break;
		path = cstn__journey_block_path(counts, block, key);
		if (!path)
			return cstn__fail_nomem(error);
		for (how = 0; how < CSTN__JOURNEY_ENDS; how++) {
			path->counts[how] = read_i64(from);
			from->failed |= path->counts[how] < 0 || path->counts[how] > CELL_MAX ||
					cstn__add_i64(sums[how], path->counts[how], &sums[how]);
			all += from->failed ? 0 : path->counts[how];
		}
		from->failed |= all == 0;
		before = key;
	}
	for (how = 0; how < CSTN__JOURNEY_ENDS; how++)
		from->failed |= sums[how] != block->cells[how];
	return CSTN_OK;
}

/* What comes to a step goes on, drops or is open there; journeys that begin are those that end. */
static int is_conserved(const cstn__journey_shape *shape, const cstn__journey_block *block)
{
	size_t n = shape->n, step, end;
	int64_t begun = 0;

	for (step = 0; step < n; step++) {
		begun += *cstn__journey_move(shape, block, n, step);
		if (cstn__journey_entries(shape, block, step) !=
				cstn__journey_left(shape, block, step) +
						*cstn__journey_move(shape, block, step,
								n + CSTN__JOURNEY_DROP) +
						*cstn__journey_move(shape, block, step,
								n + CSTN__JOURNEY_OPEN))
			return 0;
	}
	for (end = 0; end < CSTN__JOURNEY_ENDS; end++) {
		int64_t sum = *cstn__journey_move(shape, block, n, n + end);

		if (sum != 0)
			return 0;
		for (step = 0; step < n; step++)
			sum += *cstn__journey_move(shape, block, step, n + end);
		if (sum != block->cells[end])
			return 0;
		begun -= sum;
	}
	return begun == 0;
}

/* No wait is longer than the gap, no journey than the instants there are. So the sums of any states
 * that merge stay far from the ends of 128 bits. */
static int sums_fit(
		const cstn__journey_shape *shape, int64_t gap_us, const cstn__journey_block *block)
{
	size_t step, i;

	for (step = 0; step <= shape->n; step++) {
		int converted = step == shape->n;
		const int64_t *cells =
				block->cells + (converted ? shape->durations
							  : shape->waits + step * shape->buckets);
		size_t buckets = converted ? CSTN__DURATION_BUCKETS : shape->buckets;
		cstn__i128 longest = converted ? 2 * (cstn__i128)CSTN__STAGE_INSTANT_MAX : gap_us;
		cstn__i128 count = 0;

		for (i = 0; i < buckets; i++)
			count += cells[i];
		if (block->sums[step] < 0 || block->sums[step] > count * longest)
			return 0;
	}
	return 1;
}

static cstn_status read_block(cstn__reader *from, cstn__journey_counts *counts, int64_t gap_us,
		uint32_t segment, cstn_error **error)
{
	uint8_t present = cstn__read_u8(from);
	cstn__journey_block *block;
	uint32_t n, i;
	size_t before = 0, k;

	from->failed |= present > 1;
	if (!present || from->failed)
		return CSTN_OK;
	block = cstn__journey_counts_block(counts, segment);
	if (!block)
		return cstn__fail_nomem(error);
	n = cstn__read_u32(from);
	from->failed |= n == 0;
	for (i = 0; i < n && !from->failed; i++) {
		size_t at = cstn__read_u32(from);
		int64_t value = read_i64(from);

		from->failed |= at >= counts->shape.cells || (i && at <= before) || value <= 0 ||
				value > CELL_MAX;
		if (!from->failed)
			block->cells[at] = value;
		before = at;
	}
	for (k = 0; k < counts->shape.sums; k++) {
		cstn__u128 bits = cstn__read_u64(from);

		bits |= (cstn__u128)cstn__read_u64(from) << 64;
		block->sums[k] = (cstn__i128)bits;
	}
	if (from->failed)
		return CSTN_OK;
	from->failed |= !sums_fit(&counts->shape, gap_us, block) ||
			!is_conserved(&counts->shape, block);
	return read_paths(from, counts, block, error);
}

/* One customer's events behind those that are there. */
static cstn_status read_events(cstn_journeys *state, cstn__reader *from, uint32_t customer,
		uint32_t n_segments, uint64_t *used, cstn_error **error)
{
	uint64_t n = cstn__read_u64(from), i;

	from->failed |= n == 0 || n > (from->size - from->position) / 12 ||
			n > UINT32_MAX - 2 - state->events.count;
	if (from->failed)
		return CSTN_OK;
	if (cstn__array_reserve(&state->allocator, &state->events, n))
		return cstn__fail_nomem(error);
	for (i = 0; i < n && !from->failed; i++) {
		cstn__journey_event *event = &state->events.items[state->events.count];

		event->valid_us = read_i64(from);
		event->customer = customer;
		event->segment = cstn__read_u16(from);
		event->step = cstn__read_u8(from);
		event->failed = cstn__read_u8(from);
		from->failed |= event->valid_us > state->as_of_us ||
				event->valid_us < -CSTN__STAGE_INSTANT_MAX ||
				event->segment > n_segments ||
				event->step >= state->definition->n_steps || event->failed > 1;
		if (from->failed)
			break;
		from->failed |= i &&
				cstn__journey_event_compare(event - 1, event, &state->segments) > 0;
		cstn__word_bit_set(used, event->segment);
		state->events.count++;
	}
	return CSTN_OK;
}

static cstn_status read_customers(cstn_journeys *state, cstn__reader *from, uint32_t n_segments,
		uint64_t *used, cstn_error **error)
{
	int32_t type = (int32_t)cstn__read_u32(from);
	cstn__stage_id before = {0, 0, 0}, id;
	cstn_status status = CSTN_OK;
	uint64_t n, i;

	if (type == 0)
		return CSTN_OK;
	n = cstn__read_u64(from);
	from->failed |= (type != CSTN_TYPE_INT64 && type != CSTN_TYPE_TEXT) || n == 0;
	if (!from->failed)
		cstn__journeys_set_type(state, type);
	for (i = 0; i < n && !from->failed && status == CSTN_OK; i++) {
		size_t len = 0;
		uint32_t customer;

		memset(&id, 0, sizeof(id));
		if (type == CSTN_TYPE_TEXT)
			id.number = (int64_t)(intptr_t)read_text(from, &len);
		else
			id.number = read_i64(from);
		id.len = (uint32_t)len;
		if (from->failed || (i && cstn__id_compare(type == CSTN_TYPE_TEXT, before.number,
							  before.len, id.number, id.len) >= 0)) {
			from->failed = 1;
			break;
		}
		before = id;
		customer = cstn__codes_same(&state->customers, id);
		if (customer == UINT32_MAX)
			return cstn__fail_nomem(error);
		status = read_events(state, from, customer, n_segments, used, error);
	}
	return status;
}

static cstn_status read_body(cstn_journeys *state, cstn__reader *from, cstn_error **error)
{
	uint64_t used[(CSTN__JOURNEY_SEGMENTS_MAX + 64) / 64] = {0};
	uint32_t n = 0, i;
	cstn_status status = read_segments(state, from, &n, error);

	for (i = 0; i <= n && status == CSTN_OK && !from->failed; i++) {
		status = read_block(from, &state->settled, state->definition->gap_us, i, error);
		if (block_of(&state->settled, i))
			cstn__word_bit_set(used, i);
	}
	if (status == CSTN_OK && !from->failed)
		status = read_customers(state, from, n, used, error);
	for (i = 1; i <= n && !from->failed; i++)
		from->failed |= !cstn__word_bit_get(used, i);
	if (status == CSTN_OK && (from->failed || from->position != from->size))
		status = cstn__fail(error, CSTN_E_CORRUPT,
				"the body of a state of journeys breaks its rules at byte %zu",
				from->position);
	return status;
}

/* A state with the definition and the time of the body's first part. */
static cstn_status read_config(cstn__reader *from, const uint8_t *digest,
		const cstn_allocator *allocator, cstn_journeys **out, cstn_error **error)
{
	cstn_journey_definition *definition = NULL;
	size_t len = cstn__read_u32(from);
	const uint8_t *text = cstn__read_bytes(from, len);
	int64_t as_of_us = read_i64(from);
	cstn_status status;

	if (from->failed)
		return cstn__fail(error, CSTN_E_CORRUPT, "a state of journeys without definition");
	status = cstn__envelope_check(&envelope, from, digest, from->position, error);
	if (status != CSTN_OK)
		return status;
	status = cstn_journey_definition_parse(
			(const char *)text, len, allocator, &definition, error);
	if (status == CSTN_OK)
		status = cstn_journeys_new(definition, as_of_us, allocator, out, error);
	cstn_journey_definition_unref(definition);
	if (status == CSTN_OK || status == CSTN_E_NOMEM)
		return status;
	if (error)
		cstn_error_free(*error);
	return cstn__fail(error, CSTN_E_CORRUPT,
			"a state of journeys whose definition or as-of time is none");
}

cstn_status cstn_journeys_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_journeys **out, cstn_error **error)
{
	cstn_journeys *state = NULL;
	cstn__opened from;
	cstn_status status =
			cstn__envelope_unpack(&envelope, data, size, out, allocator, &from, error);

	if (status == CSTN_OK)
		status = read_config(&from.body, from.digest, &from.allocator, &state, error);
	if (status == CSTN_OK)
		status = read_body(state, &from.body, error);
	if (status == CSTN_OK)
		*out = state;
	else
		cstn_journeys_free(state);
	return status;
}
