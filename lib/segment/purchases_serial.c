/* A state of purchases as bytes, and back.
 *
 * The body is the configuration, then what the values are (type of id, scale, currency), then the
 * customers in order of their ids: id, flags, value, and for one who bought first, last and number
 * of days, the value of the first, and with sets the days as varints; then the returns that wait
 * for their day. Nothing depends on what was seen first. Bytes that come back are not trusted:
 * lengths, order, ranges and sums are checked. */
#include <string.h>

#include "base/envelope.h"
#include "base/sort.h"
#include "base/text.h"
#include "segment/purchases.h"

static const cstn__envelope envelope = {CSTN__ENVELOPE_STATE, "purchases", CSTN__KIND_PURCHASES, 1};

/* --- writing ---------------------------------------------------------------------------------- */

static void put_config(cstn__bytes *out, const cstn_purchases_config *config)
{
	cstn__bytes_put_u32(out, config->flags);
	cstn__bytes_put_u32(out, (uint32_t)config->ordering);
	cstn__bytes_put_u32(out, (uint32_t)config->ids);
	cstn__bytes_put_u32(out, (uint32_t)config->from_days);
	cstn__bytes_put_u32(out, (uint32_t)config->to_days);
	cstn__bytes_put_u32(out, (uint32_t)config->utc_offset_minutes);
	cstn__bytes_put_u32(out, (uint32_t)config->period_days);
	cstn__bytes_put_u32(out, (uint32_t)config->period_origin_days);
	cstn__bytes_put_u64(out, (uint64_t)config->dense_limit);
}

static void put_customer(cstn__bytes *out, const cstn_purchases *state, uint32_t number,
		const size_t *begins)
{
	const cstn__purchase_entry *entry = &state->entries.items[number];

	cstn__id_put(out, &state->ids, number);
	cstn__bytes_put_u8(out, (uint8_t)entry->flags);
	cstn__bytes_put_u64(out, (uint64_t)entry->value);
	if (!(entry->flags & CSTN__BOUGHT))
		return;
	cstn__bytes_put_u32(out, (uint32_t)entry->first);
	cstn__bytes_put_u32(out, (uint32_t)entry->last);
	cstn__bytes_put_u32(out, entry->days);
	cstn__bytes_put_u64(out, (uint64_t)entry->first_value);
	if (cstn__purchases_has_sets(state))
		cstn__bytes_put(out, state->sets.bytes + begins[number],
				begins[number + 1] - begins[number]);
}

typedef struct waiting {
	uint32_t rank, number;
	int32_t day, reserved;
	int64_t value;
} waiting;

static int waiting_order(const void *a, const void *b, void *context)
{
	const waiting *x = a, *y = b;

	(void)context;
	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	return (x->day > y->day) - (x->day < y->day);
}

/* `rank_of` is the place of each customer in the order. */
static cstn_status put_waiting(cstn__bytes *out, const cstn_purchases *state, const uint32_t *order)
{
	size_t n = 0, i, size = cstn__array_size(state->early.items.count + 1, sizeof(waiting));
	size_t ranks_size = cstn__array_size(state->ids.count + 1, sizeof(uint32_t));
	waiting *items = cstn__alloc(&state->allocator, size);
	uint32_t *ranks = cstn__alloc(&state->allocator, ranks_size);

	for (i = 0; ranks && i < state->ids.count; i++)
		ranks[order[i]] = (uint32_t)i;
	for (i = 0; items && ranks && i < state->early.items.count; i++) {
		uint32_t number = state->early.items.items[i].customer;
		const cstn__purchase_entry *entry = &state->entries.items[number];
		int32_t day = state->early.items.items[i].day;

		/* a sum of 0 says nothing: a merge that failed may have made room for it */
		if (!entry->flags || (entry->flags & CSTN__BOUGHT && day >= entry->first) ||
				state->early.items.items[i].value == 0)
			continue;
		items[n++] = (waiting){
				ranks[number], number, day, 0, state->early.items.items[i].value};
	}
	if (items && ranks) {
		cstn__sort(items, n, sizeof(*items), waiting_order, NULL);
		cstn__bytes_put_u64(out, n);
		for (i = 0; i < n; i++) {
			cstn__id_put(out, &state->ids, items[i].number);
			cstn__bytes_put_u32(out, (uint32_t)items[i].day);
			cstn__bytes_put_u64(out, (uint64_t)items[i].value);
		}
	}
	i = items && ranks;
	cstn__free(&state->allocator, items, size);
	cstn__free(&state->allocator, ranks, ranks_size);
	return i ? CSTN_OK : CSTN_E_NOMEM;
}

static cstn_status put_body(cstn__bytes *out, const cstn_purchases *state, const uint32_t *order,
		const size_t *begins)
{
	size_t i, n = 0;

	for (i = 0; i < state->entries.count; i++)
		n += state->entries.items[i].flags != 0;
	cstn__bytes_put_u8(out, n ? (uint8_t)state->ids.type : 0);
	cstn__bytes_put_u8(out, n && state->kind.scale >= 0 ? (uint8_t)state->kind.scale : 255);
	cstn__bytes_put_u8(out, n ? (uint8_t)strlen(state->kind.currency) : 0);
	cstn__bytes_put(out, state->kind.currency, n ? strlen(state->kind.currency) : 0);
	cstn__bytes_put_u64(out, n);
	for (i = 0; i < state->ids.count; i++)
		if (order[i] < state->entries.count && state->entries.items[order[i]].flags)
			put_customer(out, state, order[i], begins);
	return put_waiting(out, state, order);
}

cstn_status cstn_purchases_serialize(
		const cstn_purchases *given, cstn_buffer **out, cstn_error **error)
{
	/* settling changes nothing of what a state says */
	cstn_purchases *state = (cstn_purchases *)(uintptr_t)given;
	size_t config, size;
	uint32_t *order;
	size_t *begins;
	cstn__bytes body;
	cstn_status status = CSTN_E_NOMEM;

	if (!given || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				given ? "out" : "state");
	if (cstn__purchases_has_sets(state) && cstn__day_sets_settle(state))
		return cstn__fail_nomem(error);
	size = cstn__array_size(state->entries.count + 1, sizeof(*begins));
	order = cstn__ids_order(&state->ids);
	begins = cstn__day_sets_begins(state);
	cstn__bytes_init(&body, &state->allocator);
	put_config(&body, &state->config);
	config = body.size;
	if (order && begins)
		status = put_body(&body, state, order, begins);
	cstn__free(&state->allocator, begins, size);
	cstn__ids_list_free(&state->ids, order);
	if (status != CSTN_OK) {
		cstn__bytes_free(&body);
		return cstn__fail_nomem(error);
	}
	return cstn__envelope_close(&envelope, &body, config, out, error);
}

/* --- reading ---------------------------------------------------------------------------------- */

static cstn_status corrupt(cstn_error **error, const char *what)
{
	return cstn__fail(error, CSTN_E_CORRUPT, "purchases: %s", what);
}

static void read_config(cstn__reader *in, cstn_purchases_config *config)
{
	memset(config, 0, sizeof(*config));
	config->struct_size = sizeof(*config);
	config->flags = cstn__read_u32(in);
	config->ordering = (int32_t)cstn__read_u32(in);
	config->ids = (int32_t)cstn__read_u32(in);
	config->from_days = (int32_t)cstn__read_u32(in);
	config->to_days = (int32_t)cstn__read_u32(in);
	config->utc_offset_minutes = (int32_t)cstn__read_u32(in);
	config->period_days = (int32_t)cstn__read_u32(in);
	config->period_origin_days = (int32_t)cstn__read_u32(in);
	config->dense_limit = (int64_t)cstn__read_u64(in);
}

static cstn_status read_kind(cstn__reader *in, cstn_purchases *state, cstn_error **error)
{
	uint8_t type = cstn__read_u8(in), scale = cstn__read_u8(in), len = cstn__read_u8(in);
	const uint8_t *currency = cstn__read_bytes(in, len);

	if (in->failed || (type && type != CSTN_TYPE_INT64 && type != CSTN_TYPE_TEXT) ||
			(type == CSTN_TYPE_TEXT && state->config.ids == CSTN_IDS_DENSE) ||
			(scale > 18 && scale != 255) || len > CSTN__CURRENCY_MOST ||
			!cstn__utf8_is_valid(currency, len) || (len && memchr(currency, 0, len)))
		return corrupt(error, "type of id, scale or currency that is none");
	state->ids.type = type;
	state->kind.scale = scale == 255 ? -1 : scale;
	memcpy(state->kind.currency, currency, len);
	return CSTN_OK;
}

static int64_t id_limit(const cstn_purchases *state)
{
	return state->config.ids == CSTN_IDS_DENSE ? state->config.dense_limit : 0;
}

/* 1 right, 0 wrong, -1 out of memory. */
static int read_days(cstn__reader *in, cstn_purchases *state, uint32_t number,
		const cstn__purchase_entry *entry)
{
	uint64_t value;
	int64_t day = 0;
	uint32_t i;

	for (i = 0; i < entry->days; i++) {
		if (cstn__read_varint(in, &value) || value > UINT32_MAX || (i && value == 0))
			return 0;
		day = i ? day + (int64_t)value : cstn__unzigzag(value);
		if (i == 0 && day != entry->first)
			return 0;
		if (day > entry->last)
			return 0;
		if (cstn__day_sets_log(state, number, (int32_t)day))
			return -1;
	}
	return day == entry->last;
}

static int is_right(const cstn_purchases *state, const cstn__purchase_entry *entry)
{
	const cstn_purchases_config *config = &state->config;
	int64_t span = (int64_t)entry->last - entry->first;

	if (entry->flags == 0 || entry->flags > 7 ||
			(entry->flags & CSTN__OUTSIDE &&
					!(config->flags & CSTN_PURCHASES_WINDOW)) ||
			(entry->flags & CSTN__BOUGHT && !(entry->flags & CSTN__SEEN)) ||
			(!(entry->flags & CSTN__SEEN) && entry->value))
		return 0;
	if (!(entry->flags & CSTN__BOUGHT))
		return 1;
	if (entry->days == 0 || span < 0 || (entry->days == 1 && span))
		return 0;
	if (config->flags & CSTN_PURCHASES_EACH_ROW)
		return 1;
	return (int64_t)entry->days <= span + 1;
}

static cstn_status read_customer(
		cstn__reader *in, cstn_purchases *state, cstn__last_id *last, cstn_error **error)
{
	cstn__purchase_entry entry;
	uint32_t number;
	int code;

	if (cstn__id_read(in, &state->ids, id_limit(state), last) != 1)
		return corrupt(error, "customers are not in order, or an id is none");
	memset(&entry, 0, sizeof(entry));
	entry.flags = cstn__read_u8(in);
	entry.value = (int64_t)cstn__read_u64(in);
	if (entry.flags & CSTN__BOUGHT) {
		entry.first = (int32_t)cstn__read_u32(in);
		entry.last = (int32_t)cstn__read_u32(in);
		entry.days = cstn__read_u32(in);
		entry.first_value = (int64_t)cstn__read_u64(in);
	}
	if (in->failed || !is_right(state, &entry))
		return corrupt(error, "a customer whose days and flags cannot be");
	number = cstn__id_intern(&state->ids, last);
	if (number == CSTN__IDS_NONE || cstn__purchases_reserve(state))
		return cstn__fail_nomem(error);
	state->entries.items[number] = entry;
	if (!cstn__purchases_has_sets(state) || !(entry.flags & CSTN__BOUGHT))
		return CSTN_OK;
	state->entries.items[number].days = 0;
	code = read_days(in, state, number, &entry);
	if (code < 0)
		return cstn__fail_nomem(error);
	return code ? CSTN_OK : corrupt(error, "days that are not in order");
}

static cstn_status read_waiting(cstn__reader *in, cstn_purchases *state, cstn_error **error)
{
	uint64_t n = cstn__read_u64(in), i;
	cstn__last_id last = {0, 0, NULL, 0};
	int32_t day = 0, last_day = 0;

	for (i = 0; i < n && !in->failed; i++, last_day = day) {
		int order = cstn__id_read(in, &state->ids, id_limit(state), &last), code;
		const cstn__purchase_entry *entry;
		int64_t value;
		uint32_t number;

		day = (int32_t)cstn__read_u32(in);
		value = (int64_t)cstn__read_u64(in);
		if (in->failed || order < 0 || (order == 0 && day <= last_day))
			return corrupt(error, "returns are not in order");
		number = state->ids.type == CSTN_TYPE_TEXT
					 ? cstn__ids_find_text(&state->ids, (const char *)last.text,
							   last.len)
					 : cstn__ids_find_i64(&state->ids, last.number);
		entry = number < state->entries.count ? &state->entries.items[number] : NULL;
		if (!entry || !(entry->flags & CSTN__SEEN) || value == 0 ||
				(entry->flags & CSTN__BOUGHT && day >= entry->first))
			return corrupt(error, "returns that wait for no day");
		code = cstn__early_add(&state->early, &state->allocator, number, day, value);
		if (code)
			return cstn__fail_nomem(error);
	}
	return in->failed ? corrupt(error, "they end early") : CSTN_OK;
}

static cstn_status read_body(cstn__reader *in, cstn_purchases *state, cstn_error **error)
{
	cstn__last_id last = {0, 0, NULL, 0};
	cstn_status status = read_kind(in, state, error);
	uint64_t n = cstn__read_u64(in), i;

	if (status == CSTN_OK && n && !state->ids.type)
		status = corrupt(error, "customers without a type of id");
	for (i = 0; i < n && status == CSTN_OK; i++)
		status = read_customer(in, state, &last, error);
	if (status == CSTN_OK)
		status = read_waiting(in, state, error);
	if (status == CSTN_OK && in->position != in->size)
		status = corrupt(error, "bytes after their end");
	return status;
}

cstn_status cstn_purchases_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_purchases **out, cstn_error **error)
{
	cstn_purchases *state = NULL;
	cstn_purchases_config config;
	cstn__opened from;
	cstn_status status =
			cstn__envelope_unpack(&envelope, data, size, out, allocator, &from, error);

	if (status != CSTN_OK)
		return status;
	read_config(&from.body, &config);
	if (from.body.failed)
		return corrupt(error, "they end early");
	status = cstn__envelope_check(
			&envelope, &from.body, from.digest, from.body.position, error);
	if (status == CSTN_OK && (config.ids != CSTN_IDS_DENSE) != !config.dense_limit)
		status = corrupt(error, "a limit of ids that are not dense");
	if (status == CSTN_OK) {
		status = cstn_purchases_new(&config, &from.allocator, &state, error);
		if (status == CSTN_E_INVALID_ARGUMENT || status == CSTN_E_STRUCT_TOO_NEW) {
			if (error) {
				cstn_error_free(*error);
				*error = NULL;
			}
			status = corrupt(error, "a configuration that cannot be");
		}
	}
	if (status == CSTN_OK) {
		/* untrusted bytes name no index: one great id must not cost all below it */
		state->ids.dense = 0;
		status = read_body(&from.body, state, error);
	}
	if (status != CSTN_OK) {
		cstn_purchases_free(state);
		return status;
	}
	*out = state;
	return CSTN_OK;
}
