/* Events of customers out of a stream's columns: one record an event, its customer and reference as
 * codes. Rows that break a rule are told and left out; those after the as-of time, or recorded
 * after the known time, are not there at all. Cost: a look-up of the customer an event, one
 * copy of each event id that is text. */
#include "customer/stage_events.h"

#include "base/error.h"

#define WEIGHT_MAX INT64_C(1000000000000)

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

#define KINDS_SEEN 64

/* --- one row ---------------------------------------------------------------------------------- */

typedef struct reading {
	cstn__stage_events *events;
	const cstn_stage_policy *policy;
	const cstn_stage_options *options;
	/* kinds of texts by where they lie: those of a dictionary come again */
	struct seen_kind {
		const char *text;
		size_t len;
		int32_t kind;
		int32_t reserved;
	} seen[KINDS_SEEN];
	cstn__event_rows rows;
} reading;

static cstn_status load_kind(reading *at, int32_t row, cstn__stage_event *event)
{
	struct seen_kind *seen;
	const char *text = NULL;
	size_t len = 0;

	if (cstn__column_read_text(
			    &at->rows.batch->columns[COL_KIND], at->rows.start + row, &text, &len))
		return CSTN_OK;
	seen = &at->seen[(uintptr_t)text / 8 % KINDS_SEEN];
	if (seen->text != text || seen->len != len)
		*seen = (struct seen_kind){text, len, cstn__interaction_of(text, len), 0};
	if (seen->kind == 0)
		return cstn__events_tell(&at->rows, row, COL_KIND, CSTN_ROW_VALUE, text, len);
	event->kind = (uint8_t)seen->kind;
	return CSTN_OK;
}

static cstn_status load_id(reading *at, int32_t row, cstn__stage_event *event)
{
	const char *text = NULL, *kept;
	size_t len;

	if (!cstn__events_is_text(&at->rows, COL_ID)) {
		event->id = at->rows.values[COL_ID][row];
		return CSTN_OK;
	}
	if (cstn__events_text(&at->rows, row, COL_ID, &text, &len) != CSTN_OK)
		return CSTN_E_NOMEM;
	if (cstn__events_is_bad(&at->rows, row))
		return CSTN_OK;
	kept = cstn__arena_copy(&at->events->id_texts, text, len);
	if (!kept)
		return CSTN_E_NOMEM;
	event->id = (int64_t)(intptr_t)kept;
	event->id_len = (uint8_t)len;
	return CSTN_OK;
}

/* What the kind needs besides. */
static cstn_status load_rest(reading *at, int32_t row, cstn__stage_event *event)
{
	size_t bit = (size_t)row;

	if (CSTN__STAGE_BIT(event->kind) & at->policy->failure_kinds) {
		event->extra = cstn__word_bit_get(at->rows.valid[COL_WEIGHT], bit)
					       ? at->rows.values[COL_WEIGHT][row]
					       : 1000;
		if (event->extra < 0 || event->extra > WEIGHT_MAX)
			return cstn__events_tell(&at->rows, row, COL_WEIGHT,
					event->extra < 0 ? CSTN_ROW_NEGATIVE : CSTN_ROW_RANGE, NULL,
					0);
	}
	if (event->kind == CSTN_INTERACTION_DUE_DAY) {
		if (!cstn__word_bit_get(at->rows.valid[COL_DUE], bit))
			return cstn__events_tell(&at->rows, row, COL_DUE, CSTN_ROW_NULL, NULL, 0);
		event->extra = at->rows.values[COL_DUE][row];
	}
	if (event->kind == CSTN_INTERACTION_TICKET_OPENED ||
			event->kind == CSTN_INTERACTION_TICKET_CLOSED) {
		uint32_t reference = UINT32_MAX;

		if (cstn__events_code(&at->rows, row, COL_REFERENCE, &at->events->references,
				    &reference) != CSTN_OK)
			return CSTN_E_NOMEM;
		if (reference == UINT32_MAX && !cstn__events_is_bad(&at->rows, row))
			return cstn__events_tell(
					&at->rows, row, COL_REFERENCE, CSTN_ROW_NULL, NULL, 0);
		event->extra = reference;
	}
	return CSTN_OK;
}

static int is_known(const reading *at, int32_t row)
{
	if (at->rows.values[COL_VALID][row] > at->options->as_of_us)
		return 0;
	return !at->options->known_us ||
	       !cstn__word_bit_get(at->rows.valid[COL_RECORDED], (size_t)row) ||
	       at->rows.values[COL_RECORDED][row] <= at->options->known_us;
}

static cstn_status load_row(reading *at, int32_t row)
{
	cstn__stage_events *events = at->events;
	cstn__stage_event event;
	uint32_t customer = UINT32_MAX;
	uint64_t number;

	memset(&event, 0, sizeof(event));
	if (load_kind(at, row, &event) != CSTN_OK || load_rest(at, row, &event) != CSTN_OK ||
			load_id(at, row, &event) != CSTN_OK)
		return CSTN_E_NOMEM;
	if (cstn__events_is_bad(&at->rows, row))
		return CSTN_OK;
	if (!is_known(at, row))
		return CSTN_OK;
	if (cstn__events_customer(&at->rows, row, COL_CUSTOMER, &events->customers, &customer) !=
			CSTN_OK)
		return CSTN_E_NOMEM;
	if (cstn__events_is_bad(&at->rows, row))
		return CSTN_OK;
	if (events->flush && events->customer_of.count &&
			customer < events->customer_of.items[events->customer_of.count - 1])
		return CSTN_E_NOT_CLUSTERED;
	event.valid_us = at->rows.values[COL_VALID][row];
	number = cstn__events_row(&at->rows, row);
	event.row_low = (uint32_t)number;
	event.row_high = (uint16_t)(number >> 32);
	events->items.items[events->items.count++] = event;
	events->customer_of.items[events->customer_of.count++] = customer;
	return CSTN_OK;
}

static cstn_status load_block(void *context, cstn__event_rows *rows, cstn_error **error)
{
	reading *at = context;
	cstn__stage_events *events = at->events;
	cstn_status status = CSTN_OK;
	int32_t i;

	memset(at->seen, 0, sizeof(at->seen)); /* the texts of another batch lie elsewhere */
	if (events->items.count > UINT32_MAX - 2 - CSTN__EVENT_BLOCK)
		return cstn__fail(error, CSTN_E_LIMIT, "more than 2^32 - 2 events");
	if (cstn__array_reserve(&events->allocator, &events->items, rows->n) ||
			cstn__array_reserve(&events->allocator, &events->customer_of, rows->n))
		return cstn__fail_nomem(error);
	for (i = 0; i < rows->n && status == CSTN_OK; i++)
		if (!cstn__events_is_bad(rows, i))
			status = load_row(at, i);
	if (status == CSTN_E_NOT_CLUSTERED)
		return cstn__fail(error, status,
				"row %llu: its customer's events do not stand together",
				(unsigned long long)cstn__events_row(rows, i - 1));
	if (status != CSTN_OK)
		return cstn__fail_nomem(error);
	if (events->flush && events->items.count >= CSTN__STAGE_HELD)
		return events->flush(events->flush_context, error);
	return CSTN_OK;
}

/* --- the stream ------------------------------------------------------------------------------- */

cstn_status cstn__stage_events_read(cstn__stage_events *events, const cstn_stage_policy *policy,
		struct ArrowArrayStream *stream, const cstn_stage_options *options,
		const cstn_allocator *allocator, cstn_error **error)
{
	cstn__bound *bound = NULL;
	reading *at = NULL;
	cstn_status status;

	events->allocator = *allocator;
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
		at->rows.decls = decls;
		at->rows.n_columns = COLUMNS;
		at->rows.times = 1u << COL_VALID | 1u << COL_RECORDED | 1u << COL_DUE;
		at->rows.sink = events->sink;
		at->rows.progress = options->progress;
		status = cstn__event_rows_read(&at->rows, bound, stream, load_block, at, error);
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
	cstn__array_free(&events->allocator, &events->customer_of);
	cstn__row_sink_free(events->sink);
}
