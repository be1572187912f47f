/* A set of interactions as bytes, and back.
 *
 * In the envelope of base/envelope.h, whose configuration is the u32 0: three u32, the types of
 * events, customers and orders (0: there are none); u64 interactions, by rising id of the event:
 * event, customer, u8 1 and order or u8 0, u8 kind, i64 time, u8 1 and i64 number or u8 0, seven
 * words as u8 length (0: none) and bytes. Ids are an i64, or u8 length and bytes. Bytes that come
 * back are not trusted. O(n log n). */
#include <string.h>

#include "base/envelope.h"
#include "base/error.h"
#include "base/text.h"
#include "customer/event_rows.h"
#include "customer/interaction_set.h"

static const cstn__envelope envelope = {
		CSTN__ENVELOPE_STATE, "set of interactions", CSTN__KIND_INTERACTIONS, 1};

/* --- writing ---------------------------------------------------------------------------------- */

static void put_text(cstn__bytes *out, const char *text, size_t len)
{
	cstn__bytes_put_u8(out, (uint8_t)len);
	cstn__bytes_put(out, text, len);
}

static void put_id(cstn__bytes *out, const cstn__codes *codes, uint32_t code)
{
	cstn__stage_id id = cstn__codes_id(codes, code);

	if (codes->is_text)
		put_text(out, (const char *)(intptr_t)id.number, id.len);
	else
		cstn__bytes_put_u64(out, (uint64_t)id.number);
}

static void put_item(cstn__bytes *out, const cstn_interactions *set, uint32_t event)
{
	const cstn__interaction *item = &set->items.items[event];
	int i;

	put_id(out, &set->ids[CSTN__IDS_EVENT], event);
	put_id(out, &set->ids[CSTN__IDS_CUSTOMER], item->customer);
	cstn__bytes_put_u8(out, item->order != CSTN__NO_ORDER);
	if (item->order != CSTN__NO_ORDER)
		put_id(out, &set->ids[CSTN__IDS_ORDER], item->order);
	cstn__bytes_put_u8(out, item->kind);
	cstn__bytes_put_u64(out, (uint64_t)item->valid_us);
	cstn__bytes_put_u8(out, item->has_number);
	if (item->has_number)
		cstn__bytes_put_u64(out, (uint64_t)item->number);
	for (i = 0; i < CSTN__WORDS; i++) {
		const struct cstn__interned *word;

		if (!item->words[i]) {
			cstn__bytes_put_u8(out, 0);
			continue;
		}
		word = &set->words.items[item->words[i] - 1];
		put_text(out, word->text, word->len);
	}
}

cstn_status cstn_interactions_serialize(
		const cstn_interactions *set, cstn_buffer **out, cstn_error **error)
{
	uint32_t *order;
	cstn__bytes body;
	size_t n, i;

	if (!set || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				set ? "out is NULL" : "set is NULL");
	cstn__bytes_init(&body, &set->allocator);
	cstn__bytes_put_u32(&body, 0);
	for (i = 0; i < CSTN__IDS; i++)
		cstn__bytes_put_u32(&body, (uint32_t)set->types[i]);
	cstn__bytes_put_u64(&body, set->count);
	n = cstn__codes_count(&set->ids[CSTN__IDS_EVENT]);
	order = cstn__codes_order(&set->ids[CSTN__IDS_EVENT], &set->allocator);
	body.failed |= !order;
	for (i = 0; order && i < n; i++)
		if (order[i] < set->items.count && set->items.items[order[i]].kind)
			put_item(&body, set, order[i]);
	cstn__free(&set->allocator, order, (n + 1) * sizeof(*order));
	return cstn__envelope_close(&envelope, &body, 4, out, error);
}

/* --- reading ---------------------------------------------------------------------------------- */

/* A text of 1..64 bytes, or of none where `or_none`. */
static const char *read_text(cstn__reader *from, int or_none, size_t *len)
{
	const uint8_t *text;

	*len = cstn__read_u8(from);
	from->failed |= *len > CSTN__EVENT_TEXT_MAX || (*len == 0 && !or_none);
	if (from->failed || *len == 0)
		return NULL;
	text = cstn__read_bytes(from, *len);
	from->failed |= !text || !cstn__utf8_is_valid(text, *len);
	return (const char *)text;
}

static cstn__stage_id read_id(cstn__reader *from, int is_text)
{
	cstn__stage_id id = {0, 0, 0};
	size_t len = 0;

	if (is_text)
		id.number = (int64_t)(intptr_t)read_text(from, 0, &len);
	else
		id.number = (int64_t)cstn__read_u64(from);
	id.len = (uint32_t)len;
	return id;
}

/* The code of the next id; UINT32_MAX: out of memory or failed. */
static uint32_t read_code(cstn__reader *from, cstn__codes *codes)
{
	cstn__stage_id id = read_id(from, codes->is_text);

	return from->failed ? UINT32_MAX : cstn__codes_same(codes, id);
}

/* CSTN_E_NOMEM, or CSTN_OK with from->failed. */
static cstn_status read_words(cstn__reader *from, cstn_interactions *set, cstn__interaction *item)
{
	int i;

	for (i = 0; i < CSTN__WORDS && !from->failed; i++) {
		size_t len = 0;
		const char *text = read_text(from, 1, &len);

		if (from->failed || !text)
			continue;
		item->words[i] = cstn__intern(&set->words, text, len) + 1;
		if (item->words[i] == 0)
			return CSTN_E_NOMEM;
	}
	return CSTN_OK;
}

static cstn_status read_item(cstn__reader *from, cstn_interactions *set, cstn__stage_id *before,
		cstn_error **error)
{
	int is_text = set->ids[CSTN__IDS_EVENT].is_text;
	cstn__stage_id id = read_id(from, is_text);
	cstn__interaction item;
	uint32_t event;
	uint8_t has;

	memset(&item, 0, sizeof(item));
	item.order = CSTN__NO_ORDER;
	if (from->failed || (set->count && cstn__id_compare(is_text, before->number, before->len,
							   id.number, id.len) >= 0)) {
		from->failed = 1;
		return CSTN_OK;
	}
	*before = id;
	item.customer = read_code(from, &set->ids[CSTN__IDS_CUSTOMER]);
	has = cstn__read_u8(from);
	if (has)
		item.order = read_code(from, &set->ids[CSTN__IDS_ORDER]);
	from->failed |= has > 1 || (has && !set->types[CSTN__IDS_ORDER]);
	item.kind = cstn__read_u8(from);
	item.valid_us = (int64_t)cstn__read_u64(from);
	item.has_number = cstn__read_u8(from);
	if (item.has_number)
		item.number = (int64_t)cstn__read_u64(from);
	from->failed |= item.has_number > 1 || item.kind == 0 ||
			item.kind >= CSTN_INTERACTION_COUNT ||
			item.valid_us > CSTN__STAGE_INSTANT_MAX ||
			item.valid_us < -CSTN__STAGE_INSTANT_MAX ||
			(item.kind == CSTN_INTERACTION_NPS_ANSWER &&
					(!item.has_number || item.number < 0 || item.number > 10));
	if (read_words(from, set, &item) != CSTN_OK)
		return cstn__fail_nomem(error);
	if (from->failed)
		return CSTN_OK;
	event = cstn__codes_same(&set->ids[CSTN__IDS_EVENT], id);
	if (event == UINT32_MAX || item.customer == UINT32_MAX ||
			(has && item.order == CSTN__NO_ORDER))
		return cstn__fail_nomem(error);
	return cstn__interactions_put(set, event, &item, error);
}

static cstn_status read_body(cstn_interactions *set, cstn__reader *from, cstn_error **error)
{
	cstn__stage_id before = {0, 0, 0};
	cstn_status status = CSTN_OK;
	uint64_t n;
	int i;

	for (i = 0; i < CSTN__IDS; i++) {
		uint32_t type = cstn__read_u32(from);

		from->failed |= type != 0 && type != CSTN_TYPE_INT64 && type != CSTN_TYPE_TEXT;
		if (!from->failed)
			cstn__interactions_set_type(set, i, (int32_t)type);
	}
	n = cstn__read_u64(from);
	from->failed |= n > INT32_MAX;
	while (set->count < n && !from->failed && status == CSTN_OK)
		status = read_item(from, set, &before, error);
	for (i = 0; i < CSTN__IDS; i++)
		from->failed |= (set->types[i] != 0) != (cstn__codes_count(&set->ids[i]) != 0);
	if (status == CSTN_OK && (from->failed || from->position != from->size))
		status = cstn__fail(error, CSTN_E_CORRUPT,
				"the body of a set of interactions breaks its rules at byte %zu",
				from->position);
	return status;
}

cstn_status cstn_interactions_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_interactions **out, cstn_error **error)
{
	cstn_interactions *set = NULL;
	cstn__opened from;
	cstn_status status =
			cstn__envelope_unpack(&envelope, data, size, out, allocator, &from, error);

	if (status == CSTN_OK && cstn__read_u32(&from.body) != 0)
		from.body.failed = 1;
	if (status == CSTN_OK && !from.body.failed)
		status = cstn__envelope_check(&envelope, &from.body, from.digest, 4, error);
	if (status == CSTN_OK)
		status = cstn_interactions_new(&from.allocator, &set, error);
	if (status == CSTN_OK)
		status = read_body(set, &from.body, error);
	if (status == CSTN_OK)
		*out = set;
	else
		cstn_interactions_free(set);
	return status;
}
