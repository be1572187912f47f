/* A state of loyalty as bytes, and back.
 *
 * In the envelope of states, kind 18: currency (3 bytes and a zero), u8 type of customers and of
 * items, u16 0; then u64 items and each one's id in order, u64 customers and, in order, each one's
 * id, u8 1 if something was said of who it is, then segment, stage (u32 1 + length, 0: none; bytes;
 * i64 since when) and margin, u64 rows of evidence and each, u64 purchases and each. An id is an
 * i64, or u32 length and bytes. The order makes the bytes a function of the rows. Bytes that come
 * back are not trusted. */
#include <string.h>

#include "base/error.h"
#include "base/states.h"
#include "base/text.h"
#include "customer/loyalty_state.h"
#include "base/envelope.h"

#define CONFIG 8
#define LABEL_MAX (INT32_MAX - 1)

static const cstn__envelope envelope = {
		CSTN__ENVELOPE_STATE, "state of loyalty", CSTN__KIND_LOYALTY, 1};

/* --- writing ---------------------------------------------------------------------------------- */

static void put_i64(cstn__bytes *out, int64_t value)
{
	cstn__bytes_put_u64(out, (uint64_t)value);
}

static void put_id(cstn__bytes *out, const cstn__ids *ids, uint32_t number)
{
	if (ids->type == CSTN_TYPE_TEXT) {
		cstn__bytes_put_u32(out, ids->texts.items[number].len);
		cstn__bytes_put(out, ids->texts.items[number].text, ids->texts.items[number].len);
	} else {
		put_i64(out, cstn__ids_number(ids, number));
	}
}

static void put_label(cstn__bytes *out, const cstn__interner *labels, uint32_t label, int64_t since)
{
	if (!label) {
		cstn__bytes_put_u32(out, 0);
		return;
	}
	cstn__bytes_put_u32(out, labels->items[label - 1].len + 1);
	cstn__bytes_put(out, labels->items[label - 1].text, labels->items[label - 1].len);
	put_i64(out, since);
}

static void put_customer(cstn__bytes *out, const cstn_loyalty *state,
		const cstn__loyalty_index *index, size_t place, const uint32_t *item_place)
{
	uint32_t number = index->order[place];
	const cstn__loyalty_attributes *who = &state->attributes.items[number];
	size_t i;

	put_id(out, &state->customers, number);
	cstn__bytes_put_u8(out, who->rows != 0);
	if (who->rows) {
		put_label(out, &state->labels, who->segment, who->segment_us);
		put_label(out, &state->labels, who->stage, who->stage_us);
		put_i64(out, who->margin);
	}
	cstn__bytes_put_u64(out, index->evidence_at[place + 1] - index->evidence_at[place]);
	for (i = index->evidence_at[place]; i < index->evidence_at[place + 1]; i++) {
		const cstn__loyalty_evidence *row = &state->evidence.items[i];

		cstn__bytes_put_u8(out, row->source);
		cstn__bytes_put_u8(out, row->says);
		put_i64(out, row->valid_us);
		put_i64(out, row->expires_us);
		put_i64(out, row->a);
		put_i64(out, row->b);
	}
	cstn__bytes_put_u64(out, index->purchase_at[place + 1] - index->purchase_at[place]);
	for (i = index->purchase_at[place]; i < index->purchase_at[place + 1]; i++) {
		const cstn__loyalty_purchase *row = &state->purchases.items[i];

		cstn__bytes_put_u32(out, item_place[row->item]);
		put_i64(out, row->valid_us);
		put_i64(out, row->quantity);
		put_i64(out, row->amount);
	}
}

/* Items that some purchase names, in order: `by_rank` their numbers, `place` their places. */
static uint32_t number_items(const cstn_loyalty *state, const cstn__loyalty_index *index,
		uint32_t *place, uint32_t *by_rank)
{
	size_t n = state->items.count, i;
	uint32_t used = 0;

	for (i = 0; i < n; i++)
		place[i] = 0;
	for (i = 0; i < state->purchases.count; i++)
		place[state->purchases.items[i].item] = 1;
	for (i = 0; i < n; i++)
		by_rank[index->item_rank[i]] = (uint32_t)i;
	for (i = 0; i < n; i++)
		if (place[by_rank[i]]) {
			by_rank[used] = by_rank[i];
			place[by_rank[i]] = used++;
		}
	return used;
}

static void put_state(cstn__bytes *out, const cstn_loyalty *state, const cstn__loyalty_index *index,
		uint32_t *place, uint32_t *by_rank)
{
	uint32_t used = number_items(state, index, place, by_rank), k;
	size_t i;

	cstn__bytes_put(out, state->currency, 4);
	cstn__bytes_put_u8(out, (uint8_t)(index->n ? state->customers.type : 0));
	cstn__bytes_put_u8(out, (uint8_t)(used ? state->items.type : 0));
	cstn__bytes_put_u16(out, 0);
	cstn__bytes_put_u64(out, used);
	for (k = 0; k < used; k++)
		put_id(out, &state->items, by_rank[k]);
	cstn__bytes_put_u64(out, index->n);
	for (i = 0; i < index->n; i++)
		put_customer(out, state, index, i, place);
}

cstn_status cstn_loyalty_serialize(cstn_loyalty *state, cstn_buffer **out, cstn_error **error)
{
	cstn__loyalty_index index;
	size_t size;
	uint32_t *place;
	cstn__bytes body;
	cstn_status status;

	if (!state || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				state ? "out" : "state");
	status = cstn__loyalty_index_new(state, &index, error);
	if (status != CSTN_OK)
		return status;
	size = cstn__array_size(state->items.count * 2 + 2, sizeof(*place));
	place = cstn__alloc(&state->allocator, size);
	if (!place) {
		status = cstn__fail_nomem(error);
	} else {
		cstn__bytes_init(&body, &state->allocator);
		put_state(&body, state, &index, place, place + state->items.count + 1);
		status = cstn__envelope_close(&envelope, &body, CONFIG, out, error);
	}
	cstn__free(&state->allocator, place, size);
	cstn__loyalty_index_free(&index);
	return status;
}

/* --- reading ---------------------------------------------------------------------------------- */

static int64_t read_i64(cstn__reader *in)
{
	return (int64_t)cstn__read_u64(in);
}

/* An id after the one before it: its number, which is the next, CSTN__IDS_NONE when out of memory;
 * what is none sets in->failed. */
static uint32_t read_id(cstn__reader *in, cstn__ids *ids)
{
	size_t before = ids->count;
	const char *text;
	uint32_t len, number;

	if (ids->type == CSTN_TYPE_TEXT) {
		const struct cstn__interned *last = before ? &ids->texts.items[before - 1] : NULL;

		len = cstn__read_u32(in);
		text = len >= 1 && len <= CSTN__IDS_TEXT_MOST
				       ? (const char *)cstn__read_bytes(in, len)
				       : NULL;
		if (!text || !cstn__utf8_is_valid((const uint8_t *)text, len)) {
			in->failed = 1;
			return 0;
		}
		if (last) {
			int order = memcmp(last->text, text, last->len < len ? last->len : len);

			in->failed |= order > 0 || (order == 0 && last->len >= len);
		}
		number = in->failed ? 0 : cstn__ids_of_text(ids, text, len);
	} else {
		int64_t id = read_i64(in);

		in->failed |= before && cstn__ids_number(ids, (uint32_t)before - 1) >= id;
		number = in->failed ? 0 : cstn__ids_of_i64(ids, id);
	}
	return number;
}

static int is_instant(int64_t us)
{
	return us >= -CSTN__LOYALTY_INSTANT_MAX && us <= CSTN__LOYALTY_INSTANT_MAX;
}

/* 0, or -1 when out of memory. */
static int read_label(cstn__reader *in, cstn_loyalty *state, uint32_t *label, int64_t *since)
{
	uint32_t len = cstn__read_u32(in);
	const char *text;

	*label = 0;
	*since = 0;
	if (len == 0)
		return 0;
	text = len <= LABEL_MAX ? (const char *)cstn__read_bytes(in, len - 1) : NULL;
	*since = read_i64(in);
	if (!text || in->failed || !cstn__utf8_is_valid((const uint8_t *)text, len - 1) ||
			(*since != INT64_MIN && !is_instant(*since))) {
		in->failed = 1;
		return 0;
	}
	*label = cstn__intern(&state->labels, text, len - 1);
	return (*label)++ == UINT32_MAX ? -1 : 0;
}

/* Whether a row could have been read from a stream. */
static int is_sound(const cstn__loyalty_evidence *row)
{
	if (row->source == CSTN__SAYS_PRICES || row->source >= CSTN__LOYALTY_SOURCES ||
			row->says > CSTN_LOYALTY_YES || !is_instant(row->valid_us) ||
			row->expires_us <= row->valid_us)
		return 0;
	if (row->expires_us != INT64_MAX && !is_instant(row->expires_us))
		return 0;
	if (row->source == CSTN__SAYS_NPS_ANSWER)
		return row->a >= 0 && row->a <= 10;
	return !cstn__loyalty_strength(row->source) ||
	       (row->a >= 0 && row->a <= row->b && row->b >= 1 &&
			       row->b <= CSTN__LOYALTY_OCCASIONS_MAX);
}

static int read_evidence(cstn__reader *in, cstn_loyalty *state, uint32_t customer)
{
	uint64_t n = cstn__read_u64(in), i;

	if (!cstn__reader_can_hold(in, n, 34)) {
		in->failed = 1;
		return 0;
	}
	if (cstn__array_reserve(&state->allocator, &state->evidence, n))
		return -1;
	for (i = 0; i < n && !in->failed; i++) {
		cstn__loyalty_evidence *row = &state->evidence.items[state->evidence.count++];

		memset(row, 0, sizeof(*row));
		row->customer = customer;
		row->source = cstn__read_u8(in);
		row->says = cstn__read_u8(in);
		row->valid_us = read_i64(in);
		row->expires_us = read_i64(in);
		row->a = read_i64(in);
		row->b = read_i64(in);
		in->failed |= !is_sound(row);
	}
	return 0;
}

static int read_purchases(cstn__reader *in, cstn_loyalty *state, uint32_t customer)
{
	uint64_t n = cstn__read_u64(in), i;

	if (!cstn__reader_can_hold(in, n, 28)) {
		in->failed = 1;
		return 0;
	}
	if (cstn__array_reserve(&state->allocator, &state->purchases, n))
		return -1;
	for (i = 0; i < n && !in->failed; i++) {
		cstn__loyalty_purchase *row = &state->purchases.items[state->purchases.count++];

		row->customer = customer;
		row->item = cstn__read_u32(in);
		row->valid_us = read_i64(in);
		row->quantity = read_i64(in);
		row->amount = read_i64(in);
		in->failed |= row->item >= state->items.count || !is_instant(row->valid_us);
	}
	return 0;
}

static int read_customer(cstn__reader *in, cstn_loyalty *state)
{
	uint32_t number = read_id(in, &state->customers);
	cstn__loyalty_attributes *who;
	uint8_t said;

	if (number == CSTN__IDS_NONE)
		return -1;
	if (in->failed)
		return 0;
	if (cstn__loyalty_make_room(state, (size_t)number + 1))
		return -1;
	said = cstn__read_u8(in);
	in->failed |= said > 1;
	who = &state->attributes.items[number];
	who->rows = said;
	if (said == 1) {
		if (read_label(in, state, &who->segment, &who->segment_us) ||
				read_label(in, state, &who->stage, &who->stage_us))
			return -1;
		who->margin = read_i64(in);
	}
	if (in->failed)
		return 0;
	if (read_evidence(in, state, number))
		return -1;
	return in->failed ? 0 : read_purchases(in, state, number);
}

static int is_key_type(int32_t type, uint64_t n)
{
	return n ? cstn__ids_can_be(type) : type == 0;
}

static cstn_status read_body(cstn__reader *in, cstn_loyalty *state, cstn_error **error)
{
	int failed = 0;
	uint64_t n, i;

	in->position = 4;
	state->customers.type = cstn__read_u8(in);
	state->items.type = cstn__read_u8(in);
	in->failed |= cstn__read_u16(in) != 0;
	n = cstn__read_u64(in);
	in->failed |= !is_key_type(state->items.type, n);
	for (i = 0; i < n && !failed && !in->failed; i++)
		failed = read_id(in, &state->items) == CSTN__IDS_NONE;
	n = cstn__read_u64(in);
	in->failed |= !is_key_type(state->customers.type, n);
	for (i = 0; i < n && !failed && !in->failed; i++)
		failed = read_customer(in, state);
	if (failed)
		return cstn__fail_nomem(error);
	if (in->failed || in->position != in->size)
		return cstn__fail(error, CSTN_E_CORRUPT,
				"the body of a state of loyalty breaks its rules at byte %zu",
				in->position);
	return CSTN_OK;
}

/* Sound rows may still be in an order that the state would not write. */
static cstn_status check_order(
		cstn_loyalty *state, const uint8_t *data, size_t size, cstn_error **error)
{
	cstn_buffer *again = NULL;
	cstn_status status = cstn_loyalty_serialize(state, &again, error);

	if (status == CSTN_OK && (cstn_buffer_size(again) != size ||
						 memcmp(cstn_buffer_data(again), data, size) != 0))
		status = cstn__fail(error, CSTN_E_CORRUPT,
				"a state of loyalty whose rows are not in order");
	cstn_buffer_free(again);
	return status;
}

cstn_status cstn_loyalty_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_loyalty **out, cstn_error **error)
{
	cstn_loyalty *state = NULL;
	char currency[4];
	cstn__opened from;
	cstn_status status =
			cstn__envelope_unpack(&envelope, data, size, out, allocator, &from, error);

	if (status == CSTN_OK && from.body.size < CONFIG)
		status = cstn__fail(error, CSTN_E_CORRUPT, "a state of loyalty without a head");
	if (status == CSTN_OK)
		status = cstn__envelope_check(&envelope, &from.body, from.digest, CONFIG, error);
	if (status != CSTN_OK)
		return status;
	memcpy(currency, from.body.data, 4);
	if (currency[3])
		return cstn__fail(error, CSTN_E_CORRUPT,
				"the currency of a state of loyalty is "
				"none");
	status = cstn_loyalty_new(currency[0] ? currency : NULL, &from.allocator, &state, error);
	if (status == CSTN_E_NOT_FOUND) {
		if (error)
			cstn_error_free(*error);
		return cstn__fail(error, CSTN_E_CORRUPT,
				"the currency of a state of loyalty is "
				"none");
	}
	if (status == CSTN_OK)
		status = read_body(&from.body, state, error);
	if (status == CSTN_OK)
		status = check_order(state, data, size, error);
	if (status == CSTN_OK)
		*out = state;
	else
		cstn_loyalty_free(state);
	return status;
}
