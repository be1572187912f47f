/* A state of contracts as bytes, and back: the form, then begin, end and count of each span in
 * their order. Bytes that come back are not trusted. */
#include "segment/contracts.h"
#include "base/envelope.h"

#define SPAN_BYTES 24

static const cstn__envelope envelope = {CSTN__ENVELOPE_STATE, "contracts", CSTN__KIND_CONTRACTS, 1};

cstn_status cstn_contracts_serialize(
		const cstn_contracts *state, cstn_buffer **out, cstn_error **error)
{
	cstn__bytes body;
	size_t i;

	if (!state || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				state ? "out" : "state");
	cstn__bytes_init(&body, &state->allocator);
	cstn__bytes_put_u32(&body, (uint32_t)state->form);
	for (i = 0; i < state->spans.count; i++) {
		cstn__bytes_put_u64(&body, (uint64_t)state->spans.items[i].begin);
		cstn__bytes_put_u64(&body, (uint64_t)state->spans.items[i].end);
		cstn__bytes_put_u64(&body, (uint64_t)state->spans.items[i].n);
	}
	return cstn__envelope_close(&envelope, &body, 0, out, error);
}

static cstn_status corrupt(cstn_error **error, const char *what)
{
	return cstn__fail(error, CSTN_E_CORRUPT, "contracts: %s", what);
}

static int is_day(int64_t day)
{
	return day >= INT32_MIN && day <= INT32_MAX;
}

static int is_right(int32_t form, const cstn__span *span)
{
	/* so many, that no sum leaves int64 */
	if (span->n <= 0 || span->n > INT64_MAX >> 24)
		return 0;
	if (form == CSTN__FORM_TIMES)
		return span->begin >= 0 && (span->end == 0 || span->end == 1);
	return form == CSTN__FORM_DAYS && is_day(span->begin) && span->end >= span->begin &&
	       (span->end == CSTN__RUNS || is_day(span->end));
}

static cstn_status read_spans(cstn_contracts *state, cstn__reader *in, cstn_error **error)
{
	size_t n = (in->size - in->position) / SPAN_BYTES, i;
	cstn__span *items;

	if ((in->size - in->position) % SPAN_BYTES || !n != !state->form)
		return corrupt(error, "they have a length that cannot be");
	if (cstn__array_reserve(&state->allocator, &state->spans, n))
		return cstn__fail_nomem(error);
	items = state->spans.items;
	for (i = 0; i < n; i++) {
		items[i].begin = (int64_t)cstn__read_u64(in);
		items[i].end = (int64_t)cstn__read_u64(in);
		items[i].n = (int64_t)cstn__read_u64(in);
		if (!is_right(state->form, &items[i]))
			return corrupt(error, "a contract that cannot be");
		if (i && cstn__span_order(&items[i - 1], &items[i]) >= 0)
			return corrupt(error, "contracts are not in order");
	}
	state->spans.count = n;
	return CSTN_OK;
}

cstn_status cstn_contracts_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_contracts **out, cstn_error **error)
{
	cstn_contracts *state = NULL;
	cstn__opened from;
	cstn_status status =
			cstn__envelope_unpack(&envelope, data, size, out, allocator, &from, error);

	if (status == CSTN_OK)
		status = cstn__envelope_check(&envelope, &from.body, from.digest, 0, error);
	if (status == CSTN_OK)
		status = cstn_contracts_new(&from.allocator, &state, error);
	if (status != CSTN_OK)
		return status;
	state->form = (int32_t)cstn__read_u32(&from.body);
	status = from.body.failed ? corrupt(error, "they end early")
				  : read_spans(state, &from.body, error);
	if (status == CSTN_OK)
		*out = state;
	else
		cstn_contracts_free(state);
	return status;
}
