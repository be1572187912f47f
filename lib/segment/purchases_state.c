/* The state of purchases: 32 bytes a customer, addable in any order.
 *
 * Every field is a sum, a least, a greatest, or belongs to the first day. The value of the first
 * day is the sum of all rows of that day: when an earlier day turns out to be the first, what it
 * sums starts anew with that day's rows. Rows that are no purchase (returns) may come before the
 * purchase of their day is seen; they wait in a side table by (customer, day).
 *
 * With ordering BY_TIME a purchase day before the last known one, or ranges that overlap when
 * states merge, break the promise and are told: then days are counted as they come. With NONE days
 * are kept as sets (purchase_days.c).
 *
 * Failure: what may fail is done first. A merge adds names of customers and then checks all sums
 * before the first changes; a customer without flags is not there. */
#include "segment/purchases.h"

#include <inttypes.h>
#include <string.h>

#include "base/checked.h"
#include "base/civil.h"

#define EARLY_SEED UINT64_C(0xbb67ae8584caa73b)
#define DENSE_LIMIT (INT64_C(1) << 28)
#define DENSE_MOST (INT64_C(1) << 31)
#define MONDAY 4

/* --- early values ----------------------------------------------------------------------------- */

void cstn__early_init(cstn__early_values *early, const cstn_allocator *allocator)
{
	memset(early, 0, sizeof(*early));
	cstn__i64_map_init(&early->map, allocator, EARLY_SEED);
}

void cstn__early_free(cstn__early_values *early, const cstn_allocator *allocator)
{
	cstn__i64_map_free(&early->map);
	cstn__array_free(allocator, &early->items);
}

static int64_t early_key(uint32_t customer, int32_t day)
{
	return (int64_t)((uint64_t)customer << 32 | (uint32_t)day);
}

int cstn__early_add(cstn__early_values *early, const cstn_allocator *allocator, uint32_t customer,
		int32_t day, int64_t value)
{
	uint32_t fresh = (uint32_t)early->items.count, at;

	if (cstn__array_reserve(allocator, &early->items, 1))
		return -1;
	at = cstn__i64_map_intern(&early->map, early_key(customer, day), fresh);
	if (at == UINT32_MAX)
		return -1;
	if (at == fresh) {
		early->items.items[at].customer = customer;
		early->items.items[at].day = day;
		early->items.items[at].value = value;
		early->items.count++;
		return 0;
	}
	return cstn__add_i64(early->items.items[at].value, value, &early->items.items[at].value)
			       ? -2
			       : 0;
}

int64_t cstn__early_of(const cstn__early_values *early, uint32_t customer, int32_t day)
{
	uint32_t at = early->items.count ? cstn__i64_map_find(&early->map, early_key(customer, day))
					 : UINT32_MAX;

	return at == UINT32_MAX ? 0 : early->items.items[at].value;
}

/* --- making and freeing ----------------------------------------------------------------------- */

int cstn__purchases_has_sets(const cstn_purchases *state)
{
	return state->config.ordering == CSTN_ORDERING_NONE &&
	       !(state->config.flags & CSTN_PURCHASES_EACH_ROW);
}

static cstn_status check_config(cstn_purchases_config *config, cstn_error **error)
{
	int64_t origin;

	if (config->ordering < 0 || config->ordering > CSTN_ORDERING_BY_TIME || config->ids < 0 ||
			config->ids > CSTN_IDS_DENSE)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"ordering is %d and ids is %d; 0 or 1 expected", config->ordering,
				config->ids);
	if (!(config->flags & CSTN_PURCHASES_WINDOW))
		config->from_days = config->to_days = 0;
	if (config->from_days > config->to_days)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"from_days %d is after to_days %d", config->from_days,
				config->to_days);
	if (config->period_days < 0 || config->period_days > 36600 ||
			config->utc_offset_minutes < -1440 || config->utc_offset_minutes > 1440 ||
			config->reserved0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"period_days is %d, utc_offset_minutes %d, reserved0 %d; 0..36600, "
				"-1440..1440 and 0 expected",
				config->period_days, config->utc_offset_minutes, config->reserved0);
	if (config->dense_limit < 0 || config->dense_limit > DENSE_MOST)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"dense_limit is %" PRId64 "; 0 to 2^31 expected",
				config->dense_limit);
	if (config->period_days <= 1)
		config->period_days = 1;
	config->period_origin_days =
			config->period_origin_days ? config->period_origin_days : MONDAY;
	/* one origin of all that cut alike, 1 .. period_days */
	origin = (int64_t)config->period_origin_days - 1;
	origin -= cstn__floor_div(origin, config->period_days) * config->period_days;
	config->period_origin_days = (int32_t)origin + 1;
	if (config->ids == CSTN_IDS_DENSE && !config->dense_limit)
		config->dense_limit = DENSE_LIMIT;
	return CSTN_OK;
}

static void make_empty(cstn_purchases *state)
{
	cstn__order_kind_init(&state->kind);
	cstn__ids_init(&state->ids, &state->allocator, state->config.ids == CSTN_IDS_DENSE);
	cstn__early_init(&state->early, &state->allocator);
}

cstn_status cstn_purchases_new(const cstn_purchases_config *config, const cstn_allocator *given,
		cstn_purchases **out, cstn_error **error)
{
	cstn_purchases_config read;
	cstn_allocator allocator;
	cstn_purchases *state;
	cstn_status status;

	if (!out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "out is NULL");
	status = cstn__options_read(config, sizeof(read), sizeof(read),
			CSTN_PURCHASES_WINDOW | CSTN_PURCHASES_EACH_ROW, "cstn_purchases_config",
			&read, error);
	if (status == CSTN_OK)
		status = check_config(&read, error);
	if (status == CSTN_OK)
		status = cstn__handle_new(given, sizeof(*state), &allocator, &state, error);
	if (status != CSTN_OK)
		return status;
	state->allocator = allocator;
	state->config = read;
	make_empty(state);
	*out = state;
	return CSTN_OK;
}

static void free_parts(cstn_purchases *state)
{
	cstn__ids_free(&state->ids);
	cstn__array_free(&state->allocator, &state->entries);
	cstn__early_free(&state->early, &state->allocator);
	cstn__day_sets_free(&state->sets, &state->allocator);
}

void cstn__purchases_clear(cstn_purchases *state)
{
	free_parts(state);
	make_empty(state);
}

void cstn_purchases_free(cstn_purchases *state)
{
	cstn_allocator allocator;

	if (!state)
		return;
	allocator = state->allocator;
	free_parts(state);
	cstn__free(&allocator, state, sizeof(*state));
}

int cstn__purchases_reserve(cstn_purchases *state)
{
	size_t n = state->ids.count, had = state->entries.count, capacity;

	if (n <= had)
		return 0;
	capacity = state->entries.capacity;
	if (cstn__array_reserve(&state->allocator, &state->entries, n - had))
		return -1;
	memset(&state->entries.items[had], 0, (n - had) * sizeof(*state->entries.items));
	state->entries.count = n;
	if (state->entries.capacity != capacity)
		cstn__is_read_all_over(state->entries.items,
				state->entries.capacity * sizeof(*state->entries.items));
	return 0;
}

/* --- one row ---------------------------------------------------------------------------------- */

static cstn_status overflow(const cstn_purchases *state, uint32_t customer, cstn_error **error)
{
	char room[24];
	size_t len;
	const char *text = cstn__ids_text(&state->ids, customer, room, &len);

	return cstn__fail(error, CSTN_E_OVERFLOW,
			"the value of customer '%.*s' leaves int64 at scale %d", (int)len, text,
			state->kind.scale < 0 ? 0 : state->kind.scale);
}

static cstn_status out_of_order(
		const cstn_purchases *state, uint32_t customer, int32_t day, cstn_error **error)
{
	char room[24];
	size_t len;
	const char *text = cstn__ids_text(&state->ids, customer, room, &len);

	return cstn__fail(error, CSTN_E_NOT_CLUSTERED,
			"customer '%.*s' has a purchase on day %d after one on day %d; rows were "
			"promised by time, else give ordering NONE",
			(int)len, text, day, state->entries.items[customer].last);
}

static cstn_status add_early(cstn_purchases *state, uint32_t customer, const cstn__purchase *row,
		cstn_error **error)
{
	int code = cstn__early_add(
			&state->early, &state->allocator, customer, row->day, row->value);

	if (code == -2)
		return overflow(state, customer, error);
	return code ? cstn__fail_nomem(error) : CSTN_OK;
}

/* A first day that was not known. */
static int begin_first(cstn_purchases *state, uint32_t customer, const cstn__purchase *row)
{
	cstn__purchase_entry *entry = &state->entries.items[customer];

	entry->first = row->day;
	return cstn__add_i64(row->value, cstn__early_of(&state->early, customer, row->day),
			&entry->first_value);
}

/* A purchase on a day before the last one known. */
static cstn_status add_before(cstn_purchases *state, uint32_t customer, const cstn__purchase *row,
		cstn_error **error)
{
	cstn__purchase_entry *entry = &state->entries.items[customer];
	int each = (state->config.flags & CSTN_PURCHASES_EACH_ROW) != 0, failed = 0;

	if (state->config.ordering == CSTN_ORDERING_BY_TIME && !each)
		return out_of_order(state, customer, row->day, error);
	if (row->day < entry->first)
		failed = begin_first(state, customer, row);
	else if (row->day == entry->first)
		failed = cstn__add_i64(entry->first_value, row->value, &entry->first_value);
	if (failed)
		return overflow(state, customer, error);
	if (!each && cstn__day_sets_log(state, customer, row->day))
		return cstn__fail_nomem(error);
	entry->days += (uint32_t)each;
	return CSTN_OK;
}

cstn_status cstn__purchases_add(cstn_purchases *state, uint32_t customer, const cstn__purchase *row,
		cstn_error **error)
{
	cstn__purchase_entry *entry = &state->entries.items[customer];
	int each = (state->config.flags & CSTN_PURCHASES_EACH_ROW) != 0;
	int sets = state->config.ordering == CSTN_ORDERING_NONE && !each, failed = 0, is_new;

	if (cstn__add_i64(entry->value, row->value, &entry->value))
		return overflow(state, customer, error);
	entry->flags |= CSTN__SEEN;
	if (!row->is_purchase) {
		if (!(entry->flags & CSTN__BOUGHT) || row->day < entry->first)
			return add_early(state, customer, row, error);
		if (row->day == entry->first)
			failed = cstn__add_i64(entry->first_value, row->value, &entry->first_value);
		return failed ? overflow(state, customer, error) : CSTN_OK;
	}
	is_new = !(entry->flags & CSTN__BOUGHT) || row->day > entry->last;
	if (!is_new && row->day < entry->last)
		return add_before(state, customer, row, error);
	if (!(entry->flags & CSTN__BOUGHT)) {
		entry->flags |= CSTN__BOUGHT;
		failed = begin_first(state, customer, row);
	} else if (row->day == entry->first) {
		failed = cstn__add_i64(entry->first_value, row->value, &entry->first_value);
	}
	if (failed)
		return overflow(state, customer, error);
	entry->last = row->day;
	if (!sets)
		entry->days += (uint32_t)(is_new || each);
	else if (is_new && cstn__day_sets_log(state, customer, row->day))
		return cstn__fail_nomem(error);
	return CSTN_OK;
}
