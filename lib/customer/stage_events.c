/* Events of customers out of a stream's columns: one record an event, its customer and reference as
 * codes. Rows that break a rule are told and left out; those after the as-of time, or recorded
 * after the known time, are not there at all. Cost: about 50 ns an event of numbers, one copy of
 * each event id that is text. */
#include "customer/stage_events.h"

#include "base/bitmap.h"
#include "base/error.h"
#include "base/parallel.h"
#include "table/column.h"

#define BLOCK 1024
#define WORDS (BLOCK / 64)
#define AHEAD 24 /* rows that a customer's slot is asked for ahead */
#define WEIGHT_MAX INT64_C(1000000000000)
#define ID_MAX 64

enum {
	COL_CUSTOMER,
	COL_ID,
	COL_KIND,
	COL_VALID,
	COL_RECORDED,
	COL_WEIGHT,
	COL_REFERENCE,
	COL_DUE,
	COLUMNS
};

static const cstn__column_decl decls[COLUMNS] = {
		{"customer", CSTN__ACCEPT_KEY, 0, 1, 0, 0, 0},
		{"event_id", CSTN__ACCEPT_KEY, 0, 1, 0, 0, 0},
		{"kind", CSTN__ACCEPT(CSTN_TYPE_TEXT), 0, 1, 0, 0, 0},
		{"valid", CSTN__ACCEPT_TIME, 0, 1, 0, 0, 0},
		{"recorded", CSTN__ACCEPT_TIME, 0, 0, 1, 0, 0},
		{"weight_milli", CSTN__ACCEPT(CSTN_TYPE_INT64), 0, 0, 1, 0, 0},
		{"reference", CSTN__ACCEPT_KEY, 0, 0, 1, 0, 0},
		{"due", CSTN__ACCEPT_TIME, 0, 0, 1, 0, 0},
};

/* --- codes ------------------------------------------------------------------------------------ */

void cstn__codes_init(cstn__codes *codes, int is_text, const cstn_allocator *allocator)
{
	memset(codes, 0, sizeof(*codes));
	codes->is_text = is_text;
	cstn__i64_map_init(&codes->numbers, allocator, 0);
	cstn__interner_init(&codes->texts, allocator, 0);
}

uint32_t cstn__codes_number(cstn__codes *codes, int64_t number)
{
	uint32_t fresh = (uint32_t)codes->values.count, code;

	if (cstn__array_reserve(&codes->numbers.allocator, &codes->values, 1))
		return UINT32_MAX;
	code = cstn__i64_map_intern(&codes->numbers, number, fresh);
	if (code == fresh)
		codes->values.items[codes->values.count++] = number;
	return code;
}

size_t cstn__codes_count(const cstn__codes *codes)
{
	return codes->is_text ? codes->texts.count : codes->values.count;
}

cstn__stage_id cstn__codes_id(const cstn__codes *codes, uint32_t code)
{
	if (!codes->is_text)
		return (cstn__stage_id){codes->values.items[code], 0, 0};
	return (cstn__stage_id){(int64_t)(intptr_t)codes->texts.items[code].text,
			codes->texts.items[code].len, 0};
}

void cstn__codes_free(cstn__codes *codes)
{
	cstn__array_free(&codes->numbers.allocator, &codes->values);
	cstn__i64_map_free(&codes->numbers);
	cstn__interner_free(&codes->texts);
}

/* --- one block -------------------------------------------------------------------------------- */

typedef struct block {
	cstn__stage_events *events;
	const cstn_stage_policy *policy;
	const cstn_stage_options *options;
	const cstn__batch *batch;
	uint64_t first_row; /* of the batch */
	int64_t start;
	int32_t n;
	uint32_t last_code; /* customer of the row before */
	int32_t last_kind;
	int32_t reserved;
	int64_t last_number;
	const char *last_text;
	size_t last_len;
	uint64_t bad[WORDS];
	uint64_t valid[COLUMNS][WORDS];
	int64_t values[COLUMNS][BLOCK];
} block;

static int is_text(const block *at, int column)
{
	return at->batch->columns[column].type == CSTN_TYPE_TEXT;
}

static cstn_status tell(
		block *at, int32_t row, int column, int32_t code, const char *text, size_t len)
{
	cstn__word_bit_set(at->bad, (size_t)row);
	return cstn__row_sink_add(at->events->sink,
			at->first_row + (uint64_t)at->start + (uint64_t)row,
			at->batch->columns[column].field, decls[column].name, code, text, len);
}

/* Dates as the midnight they begin with; instants within reach. */
static cstn_status check_times(block *at, int column)
{
	int64_t unit = at->batch->columns[column].type == CSTN_TYPE_DAYS ? CSTN_DAY_US : 1;
	int64_t most = CSTN__STAGE_INSTANT_MAX / unit;
	int32_t i;

	for (i = 0; i < at->n; i++) {
		int64_t *value = &at->values[column][i];

		if (*value >= -most && *value <= most)
			*value *= unit;
		else if (tell(at, i, column, CSTN_ROW_RANGE, NULL, 0) != CSTN_OK)
			return CSTN_E_NOMEM;
	}
	return CSTN_OK;
}

static cstn_status load_columns(block *at)
{
	int c;

	memset(at->bad, 0, sizeof(at->bad));
	for (c = 0; c < COLUMNS; c++) {
		const cstn__column *column = &at->batch->columns[c];
		cstn_status status;

		if (column->physical == CSTN__ABSENT) {
			memset(at->valid[c], 0, sizeof(at->valid[c]));
			continue;
		}
		if (is_text(at, c))
			status = cstn__column_check_text(column, at->start, at->n, at->first_row,
					at->bad, at->events->sink);
		else
			status = cstn__column_read_i64(column, at->start, at->n, at->first_row,
					at->values[c], at->valid[c], at->bad, at->events->sink);
		if (status == CSTN_OK && (c == COL_VALID || c == COL_RECORDED || c == COL_DUE))
			status = check_times(at, c);
		if (status != CSTN_OK)
			return status;
	}
	return CSTN_OK;
}

/* The text of a row of 1..64 bytes; 0: none or told. */
static cstn_status text_of(block *at, int32_t row, int column, const char **text, size_t *len)
{
	*len = 0;
	if (cstn__column_read_text(&at->batch->columns[column], at->start + row, text, len))
		return CSTN_OK; /* null: told already, or allowed */
	if (*len >= 1 && *len <= ID_MAX)
		return CSTN_OK;
	return tell(at, row, column, *len ? CSTN_ROW_LENGTH : CSTN_ROW_VALUE, *text,
			*len < 128 ? *len : 128);
}

static cstn_status load_kind(block *at, int32_t row, cstn__stage_event *event)
{
	const char *text = NULL;
	size_t len = 0;

	if (cstn__column_read_text(&at->batch->columns[COL_KIND], at->start + row, &text, &len))
		return CSTN_OK;
	if (len == 0 || len != at->last_len || memcmp(text, at->last_text, len) != 0) {
		at->last_kind = cstn__interaction_of(text, len);
		at->last_text = cstn_interaction_name(at->last_kind);
		at->last_len = at->last_kind ? len : 0;
	}
	if (at->last_kind == 0)
		return tell(at, row, COL_KIND, CSTN_ROW_VALUE, text, len);
	event->kind = (uint8_t)at->last_kind;
	return CSTN_OK;
}

static cstn_status load_id(block *at, int32_t row, cstn__stage_event *event)
{
	const char *text = NULL, *kept;
	size_t len;

	if (!is_text(at, COL_ID)) {
		event->id = at->values[COL_ID][row];
		return CSTN_OK;
	}
	if (text_of(at, row, COL_ID, &text, &len) != CSTN_OK)
		return CSTN_E_NOMEM;
	if (cstn__word_bit_get(at->bad, (size_t)row))
		return CSTN_OK;
	kept = cstn__arena_copy(&at->events->id_texts, text, len);
	if (!kept)
		return CSTN_E_NOMEM;
	event->id = (int64_t)(intptr_t)kept;
	event->id_len = (uint32_t)len;
	return CSTN_OK;
}

/* The code of a customer or reference; UINT32_MAX with CSTN_OK: null or bad. */
static cstn_status load_code(block *at, int32_t row, int column, cstn__codes *codes, uint32_t *code)
{
	const char *text = NULL;
	size_t len;

	*code = UINT32_MAX;
	if (at->batch->columns[column].physical == CSTN__ABSENT)
		return CSTN_OK;
	if (!is_text(at, column)) {
		if (!cstn__word_bit_get(at->valid[column], (size_t)row))
			return CSTN_OK;
		*code = cstn__codes_number(codes, at->values[column][row]);
	} else {
		if (text_of(at, row, column, &text, &len) != CSTN_OK)
			return CSTN_E_NOMEM;
		if (len == 0 || cstn__word_bit_get(at->bad, (size_t)row))
			return CSTN_OK;
		*code = cstn__intern(&codes->texts, text, len);
	}
	return *code == UINT32_MAX ? CSTN_E_NOMEM : CSTN_OK;
}

static cstn_status load_customer(block *at, int32_t row, cstn__stage_event *event)
{
	cstn__codes *codes = &at->events->customers;

	if (!codes->is_text && codes->values.count &&
			at->values[COL_CUSTOMER][row] == at->last_number) {
		event->customer = at->last_code;
		return CSTN_OK;
	}
	if (load_code(at, row, COL_CUSTOMER, codes, &event->customer) != CSTN_OK)
		return CSTN_E_NOMEM;
	if (event->customer == UINT32_MAX)
		return CSTN_OK;
	at->last_number = at->values[COL_CUSTOMER][row];
	at->last_code = event->customer;
	return CSTN_OK;
}

/* What the kind needs besides. */
static cstn_status load_rest(block *at, int32_t row, cstn__stage_event *event)
{
	size_t bit = (size_t)row;

	if (CSTN__STAGE_BIT(event->kind) & at->policy->failure_kinds) {
		event->extra = cstn__word_bit_get(at->valid[COL_WEIGHT], bit)
					       ? at->values[COL_WEIGHT][row]
					       : 1000;
		if (event->extra < 0 || event->extra > WEIGHT_MAX)
			return tell(at, row, COL_WEIGHT,
					event->extra < 0 ? CSTN_ROW_NEGATIVE : CSTN_ROW_RANGE, NULL,
					0);
	}
	if (event->kind == CSTN_INTERACTION_DUE_DAY) {
		if (!cstn__word_bit_get(at->valid[COL_DUE], bit))
			return tell(at, row, COL_DUE, CSTN_ROW_NULL, NULL, 0);
		event->extra = at->values[COL_DUE][row];
	}
	if (event->kind == CSTN_INTERACTION_TICKET_OPENED ||
			event->kind == CSTN_INTERACTION_TICKET_CLOSED) {
		if (load_code(at, row, COL_REFERENCE, &at->events->references, &event->reference) !=
				CSTN_OK)
			return CSTN_E_NOMEM;
		if (event->reference == UINT32_MAX && !cstn__word_bit_get(at->bad, bit))
			return tell(at, row, COL_REFERENCE, CSTN_ROW_NULL, NULL, 0);
	}
	return CSTN_OK;
}

static int is_known(const block *at, int32_t row)
{
	if (at->values[COL_VALID][row] > at->options->as_of_us)
		return 0;
	return !at->options->known_us ||
	       !cstn__word_bit_get(at->valid[COL_RECORDED], (size_t)row) ||
	       at->values[COL_RECORDED][row] <= at->options->known_us;
}

static cstn_status load_row(block *at, int32_t row)
{
	cstn__stage_events *events = at->events;
	cstn__stage_event event;

	memset(&event, 0, sizeof(event));
	if (load_kind(at, row, &event) != CSTN_OK || load_rest(at, row, &event) != CSTN_OK ||
			load_id(at, row, &event) != CSTN_OK)
		return CSTN_E_NOMEM;
	if (cstn__word_bit_get(at->bad, (size_t)row))
		return CSTN_OK;
	if (!is_known(at, row))
		return CSTN_OK;
	if (load_customer(at, row, &event) != CSTN_OK)
		return CSTN_E_NOMEM;
	if (cstn__word_bit_get(at->bad, (size_t)row))
		return CSTN_OK;
	event.valid_us = at->values[COL_VALID][row];
	event.row = at->first_row + (uint64_t)at->start + (uint64_t)row;
	if (events->items.count &&
			event.customer < events->items.items[events->items.count - 1].customer)
		events->in_order = 0;
	events->items.items[events->items.count++] = event;
	return CSTN_OK;
}

static cstn_status load_block(block *at, cstn_error **error)
{
	cstn__stage_events *events = at->events;
	int32_t i;

	if (events->items.count > UINT32_MAX - 2 - BLOCK)
		return cstn__fail(error, CSTN_E_LIMIT, "more than 2^32 - 2 events");
	if (cstn__array_reserve(&events->allocator, &events->items, at->n) ||
			load_columns(at) != CSTN_OK)
		return cstn__fail_nomem(error);
	for (i = 0; i < at->n; i++) {
		if (!events->customers.is_text && i + AHEAD < at->n)
			cstn__i64_map_prefetch(&events->customers.numbers,
					at->values[COL_CUSTOMER][i + AHEAD]);
		if (!cstn__word_bit_get(at->bad, (size_t)i) && load_row(at, i) != CSTN_OK)
			return cstn__fail_nomem(error);
	}
	return CSTN_OK;
}

/* --- the stream ------------------------------------------------------------------------------- */

static cstn_status load_batch(block *at, const cstn__bound *bound, const struct ArrowArray *array,
		cstn_error **error)
{
	cstn__batch batch;
	cstn_status status = cstn__bound_batch(bound, array, &batch, error);

	if (status != CSTN_OK)
		return status;
	at->batch = &batch;
	for (at->start = 0; at->start < batch.length && status == CSTN_OK; at->start += BLOCK) {
		at->n = (int32_t)(batch.length - at->start < BLOCK ? batch.length - at->start
								   : BLOCK);
		status = load_block(at, error);
		cstn__progress_add(at->options->progress, (uint64_t)at->n);
		if (status == CSTN_OK && cstn_progress_is_cancelled(at->options->progress))
			status = cstn__fail(error, CSTN_E_CANCELLED, "cancelled");
	}
	at->first_row += (uint64_t)batch.length;
	cstn__batch_free(bound, &batch);
	return status;
}

static cstn_status read_batches(block *at, const cstn__bound *bound,
		struct ArrowArrayStream *stream, cstn_error **error)
{
	for (;;) {
		struct ArrowArray array;
		cstn_status status = cstn__stream_next(stream, &array, error);

		if (status == CSTN_DONE)
			return CSTN_OK;
		if (status == CSTN_OK) {
			status = load_batch(at, bound, &array, error);
			array.release(&array);
		}
		if (status != CSTN_OK)
			return status;
	}
}

cstn_status cstn__stage_events_read(cstn__stage_events *events, const cstn_stage_policy *policy,
		struct ArrowArrayStream *stream, const cstn_stage_options *options,
		const cstn_allocator *allocator, cstn_error **error)
{
	cstn__bound *bound = NULL;
	block *at = NULL;
	cstn_status status;

	events->allocator = *allocator;
	events->in_order = 1;
	cstn__codes_init(&events->customers, 0, allocator);
	cstn__codes_init(&events->references, 0, allocator);
	cstn__arena_init(&events->id_texts, allocator);
	status = cstn__row_sink_new(allocator, &events->sink, error);
	if (status == CSTN_OK)
		status = cstn__bind_stream(
				stream, decls, COLUMNS, options->binding, allocator, &bound, error);
	if (status != CSTN_OK)
		return status;
	if (options->flags & CSTN_IMPORT_TRUSTED)
		cstn__bound_trust(bound);
	events->customers.is_text = cstn__bound_type(bound, COL_CUSTOMER) == CSTN_TYPE_TEXT;
	events->references.is_text = cstn__bound_type(bound, COL_REFERENCE) == CSTN_TYPE_TEXT;
	events->id_is_text = cstn__bound_type(bound, COL_ID) == CSTN_TYPE_TEXT;
	at = cstn__alloc_zero(allocator, sizeof(*at));
	if (!at) {
		status = cstn__fail_nomem(error);
	} else {
		at->events = events;
		at->policy = policy;
		at->options = options;
		at->last_text = "";
		status = read_batches(at, bound, stream, error);
	}
	cstn__free(allocator, at, sizeof(*at));
	cstn__bound_free(bound);
	return status;
}

void cstn__stage_events_free(cstn__stage_events *events)
{
	cstn__codes_free(&events->customers);
	cstn__codes_free(&events->references);
	cstn__arena_free(&events->id_texts);
	cstn__array_free(&events->allocator, &events->items);
	cstn__row_sink_free(events->sink);
}
