/* A state of cost to serve as bytes, and back, in the envelope of base/envelope.h.
 *
 * The body: currency (3 bytes and a zero; the configuration), u32 key type, u64 cells, then each
 * cell in the order of customers and segments: id (int64, or u32 length and bytes), u32 1 + length
 * of the segment's label (0: none) and its bytes, rows, sums. The order makes the bytes a function
 * of what was counted. Bytes that come back are not trusted. */
#include <string.h>

#include "base/envelope.h"
#include "base/error.h"
#include "base/text.h"
#include "segment/cost_state.h"

static const cstn__envelope envelope = {CSTN__ENVELOPE_STATE, "cost to serve", CSTN__KIND_COST, 1};

static void put_cell(cstn__bytes *out, const cstn_cost_to_serve *state, const cstn__cost_cell *cell)
{
	int i;

	if (state->key_type == CSTN_TYPE_TEXT) {
		cstn__bytes_put_u32(out, state->texts.items[cell->customer].len);
		cstn__bytes_put(out, state->texts.items[cell->customer].text,
				state->texts.items[cell->customer].len);
	} else {
		cstn__bytes_put_u64(out, (uint64_t)state->numbers.items[cell->customer]);
	}
	if (cell->segment) {
		const struct cstn__interned *label = &state->segments.items[cell->segment - 1];

		cstn__bytes_put_u32(out, label->len + 1);
		cstn__bytes_put(out, label->text, label->len);
	} else {
		cstn__bytes_put_u32(out, 0);
	}
	cstn__bytes_put_u64(out, (uint64_t)cell->rows);
	for (i = 0; i < CSTN__COST_SUMS; i++)
		cstn__bytes_put_u64(out, (uint64_t)cell->sum[i]);
}

cstn_status cstn_cost_to_serve_serialize(
		const cstn_cost_to_serve *state, cstn_buffer **out, cstn_error **error)
{
	const cstn__cost_cell **cells = NULL;
	cstn__bytes body;
	cstn_status status;
	size_t n, i;

	if (!state || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				state ? "out" : "state");
	status = cstn__cost_sorted(state, 0, &cells, &n, error);
	if (status != CSTN_OK)
		return status;
	cstn__bytes_init(&body, &state->allocator);
	cstn__bytes_put(&body, state->currency, 4);
	cstn__bytes_put_u32(&body, n ? (uint32_t)state->key_type : 0);
	cstn__bytes_put_u64(&body, n);
	for (i = 0; i < n; i++)
		put_cell(&body, state, cells[i]);
	cstn__free(&state->allocator, cells, cstn__array_size(n, sizeof(*cells)));
	return cstn__envelope_close(&envelope, &body, 4, out, error);
}

/* --- reading ---------------------------------------------------------------------------------- */

static cstn_status corrupt(cstn_error **error, const char *what)
{
	return cstn__fail(error, CSTN_E_CORRUPT, "bytes of a cost to serve: %s", what);
}

/* A text of 1..limit bytes. */
static const char *read_text(cstn__reader *in, uint32_t len, uint32_t limit)
{
	const uint8_t *text;

	if (len > limit)
		return NULL;
	text = cstn__read_bytes(in, len);
	return text && cstn__utf8_is_valid(text, len) ? (const char *)text : NULL;
}

static cstn_status read_cell(
		cstn_cost_to_serve *state, cstn__reader *in, uint32_t *at, cstn_error **error)
{
	uint32_t customer, segment = 0, len;
	cstn__cost_cell *cell;
	const char *text;
	size_t before = state->cells.count;
	int i, sound;

	if (state->key_type == CSTN_TYPE_TEXT) {
		len = cstn__read_u32(in);
		text = read_text(in, len, CSTN__COST_KEY_BYTES);
		if (!text || len == 0)
			return corrupt(error, "an id that is none");
		customer = cstn__cost_text(state, text, len);
	} else {
		customer = cstn__cost_number(state, (int64_t)cstn__read_u64(in));
	}
	len = cstn__read_u32(in);
	if (len) {
		text = read_text(in, len - 1, INT32_MAX);
		if (!text)
			return corrupt(error, "a label that is none");
		segment = cstn__cost_segment(state, text, len - 1);
	}
	if (customer == UINT32_MAX || segment == UINT32_MAX)
		return cstn__fail_nomem(error);
	*at = cstn__cost_cell_at(state, customer, segment);
	if (*at == UINT32_MAX)
		return cstn__fail_nomem(error);
	if (state->cells.count == before)
		return corrupt(error, "a customer and segment twice");
	cell = &state->cells.items[*at];
	cell->rows = (int64_t)cstn__read_u64(in);
	sound = cell->rows > 0;
	for (i = 0; i < CSTN__COST_SUMS; i++) {
		cell->sum[i] = (int64_t)cstn__read_u64(in);
		sound &= i >= CSTN_COST_DRIVER_COUNT || cell->sum[i] >= 0;
	}
	if (in->failed)
		return corrupt(error, "they end too early");
	return sound ? CSTN_OK : corrupt(error, "a count below zero");
}

static cstn_status read_cells(cstn_cost_to_serve *state, cstn__reader *in, cstn_error **error)
{
	const cstn__cost_cell **cells = NULL;
	uint64_t n, i;
	uint32_t at = 0;
	size_t sorted;
	cstn_status status = CSTN_OK;

	state->key_type = (int32_t)cstn__read_u32(in);
	n = cstn__read_u64(in);
	if (state->key_type != (n ? CSTN_TYPE_TEXT : 0) &&
			state->key_type != (n ? CSTN_TYPE_INT64 : 0))
		return corrupt(error, "a key type that is none");
	for (i = 0; i < n && status == CSTN_OK; i++) {
		status = read_cell(state, in, &at, error);
		if (status == CSTN_OK && at != i)
			status = corrupt(error, "a customer and segment twice");
	}
	if (status == CSTN_OK && (in->failed || in->position != in->size))
		status = corrupt(error, "the length does not fit what is there");
	if (status == CSTN_OK)
		status = cstn__cost_sorted(state, 0, &cells, &sorted, error);
	if (status != CSTN_OK)
		return status;
	for (i = 0; i < n && status == CSTN_OK; i++)
		if (cells[i] != &state->cells.items[i])
			status = corrupt(error, "customers out of order");
	cstn__free(&state->allocator, cells, cstn__array_size(sorted, sizeof(*cells)));
	return status;
}

cstn_status cstn_cost_to_serve_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_cost_to_serve **out, cstn_error **error)
{
	cstn_cost_to_serve *state = NULL;
	const uint8_t *currency;
	cstn__opened from;
	cstn_status status =
			cstn__envelope_unpack(&envelope, data, size, out, allocator, &from, error);

	if (status != CSTN_OK)
		return status;
	currency = cstn__read_bytes(&from.body, 4);
	if (!currency || currency[3] != '\0')
		return corrupt(error, "the currency is none");
	status = cstn__envelope_check(
			&envelope, &from.body, from.digest, from.body.position, error);
	if (status != CSTN_OK)
		return status;
	status = cstn_cost_to_serve_new((const char *)currency, &from.allocator, &state, error);
	if (status == CSTN_E_NOT_FOUND) {
		if (error)
			cstn_error_free(*error);
		return corrupt(error, "the currency is none");
	}
	if (status == CSTN_OK)
		status = read_cells(state, &from.body, error);
	if (status == CSTN_OK)
		*out = state;
	else
		cstn_cost_to_serve_free(state);
	return status;
}
