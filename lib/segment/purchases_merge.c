/* Adding one state of purchases to another, and forgetting customers.
 *
 * A merge first names all customers and makes room for everything, then works out every sum without
 * storing it, and only then stores: what can fail has failed before the first customer changes.
 * Forgetting copies the others into a new state, so that nothing of the forgotten is left, names
 * included. Cost: O(customers of `from`), and their days with ordering NONE. */
#include <string.h>

#include "base/checked.h"
#include "base/states.h"
#include "segment/purchases.h"

typedef struct merge_run {
	cstn_purchases *into;
	const cstn_purchases *from;
	uint32_t *to; /* numbers of `from` in `into` */
} merge_run;

static int is_early(const cstn__purchase_entry *entry, int32_t day)
{
	return !(entry->flags & CSTN__BOUGHT) || day < entry->first;
}

/* --- one customer ----------------------------------------------------------------------------- */

/* What a state says of a day that is the first of both together. */
static int64_t first_value_at(const cstn_purchases *state, uint32_t customer,
		const cstn__purchase_entry *entry, int32_t first)
{
	if (entry->flags & CSTN__BOUGHT && entry->first == first)
		return entry->first_value;
	return is_early(entry, first) ? cstn__early_of(&state->early, customer, first) : 0;
}

/* 0; -1 the days overlap. */
static int add_days(const cstn_purchases *state, const cstn__purchase_entry *a,
		const cstn__purchase_entry *b, uint32_t *days)
{
	if (state->config.flags & CSTN_PURCHASES_EACH_ROW) {
		*days = a->days + b->days;
		return 0;
	}
	if (cstn__purchases_has_sets(state)) {
		*days = a->days; /* until the sets are merged */
		return 0;
	}
	if (a->last > b->first && b->last > a->first)
		return -1;
	/* both on one and the same day, or touching in one */
	*days = a->days + b->days - (a->last == b->first || b->last == a->first);
	return 0;
}

static cstn_status join(const merge_run *run, uint32_t number, cstn__purchase_entry *out,
		cstn_error **error)
{
	const cstn__purchase_entry *b = &run->from->entries.items[number];
	const cstn__purchase_entry *a = &run->into->entries.items[run->to[number]];
	char room[24];
	size_t len;
	const char *text;

	*out = *a;
	out->flags = a->flags | b->flags;
	if (cstn__add_i64(a->value, b->value, &out->value))
		goto overflow;
	if (!(out->flags & CSTN__BOUGHT))
		return CSTN_OK;
	if (!(a->flags & CSTN__BOUGHT)) {
		out->first = b->first;
		out->last = b->last;
		out->days = cstn__purchases_has_sets(run->into) ? 0 : b->days;
	} else if (b->flags & CSTN__BOUGHT) {
		out->first = a->first < b->first ? a->first : b->first;
		out->last = a->last > b->last ? a->last : b->last;
		if (add_days(run->into, a, b, &out->days)) {
			text = cstn__ids_text(&run->from->ids, number, room, &len);
			return cstn__fail(error, CSTN_E_NOT_CLUSTERED,
					"customer '%.*s' has purchases from day %d to %d in one "
					"state and %d to %d in the other; by time they may touch "
					"in one day only",
					(int)len, text, a->first, a->last, b->first, b->last);
		}
	}
	if (!cstn__add_i64(first_value_at(run->into, run->to[number], a, out->first),
			    first_value_at(run->from, number, b, out->first), &out->first_value))
		return CSTN_OK;
overflow:
	text = cstn__ids_text(&run->from->ids, number, room, &len);
	return cstn__fail(error, CSTN_E_OVERFLOW, "the value of customer '%.*s' leaves int64",
			(int)len, text);
}

/* --- preparing -------------------------------------------------------------------------------- */

static cstn_status check_kin(
		const cstn_purchases *into, const cstn_purchases *from, cstn_error **error)
{
	if (into->ids.type && from->ids.type && into->ids.type != from->ids.type)
		return cstn__fail(error, CSTN_E_MISMATCH,
				"customers are %s in one state and %s in the other",
				cstn_type_name(into->ids.type), cstn_type_name(from->ids.type));
	return cstn__order_kind_check(&into->kind, &from->kind, error);
}

static cstn_status name_customers(merge_run *run, cstn_error **error)
{
	cstn_purchases *into = run->into;
	const cstn_purchases *from = run->from;
	size_t i;

	if (!into->ids.type)
		into->ids.type = from->ids.type;
	for (i = 0; i < from->entries.count; i++) {
		if (!from->entries.items[i].flags)
			continue;
		run->to[i] = cstn__ids_same(&into->ids, &from->ids, (uint32_t)i);
		if (run->to[i] == CSTN__IDS_NONE)
			return cstn__fail_nomem(error);
	}
	return cstn__purchases_reserve(into) ? cstn__fail_nomem(error) : CSTN_OK;
}

/* Early values that stay early: `store` 0 makes room and checks, 1 adds. */
static int add_early_values(const merge_run *run, int store)
{
	const cstn__early_values *early = &run->from->early;
	cstn_purchases *into = run->into;
	size_t i;

	for (i = 0; i < early->items.count; i++) {
		uint32_t number = early->items.items[i].customer, to = run->to[number];
		int32_t day = early->items.items[i].day;
		int64_t value = early->items.items[i].value, sum;
		int code;

		if (!run->from->entries.items[number].flags ||
				!is_early(&run->from->entries.items[number], day) ||
				!is_early(&into->entries.items[to], day))
			continue;
		if (!store && cstn__add_i64(cstn__early_of(&into->early, to, day), value, &sum))
			return -2;
		code = cstn__early_add(&into->early, &into->allocator, to, day, store ? value : 0);
		if (code)
			return code;
	}
	return 0;
}

static int reserve_days(const merge_run *run)
{
	return cstn__purchases_has_sets(run->into) &&
	       cstn__array_reserve(
			       &run->into->allocator, &run->into->sets.log, run->from->sets.days);
}

/* --- storing ---------------------------------------------------------------------------------- */

static void log_days(const merge_run *run)
{
	const cstn_purchases *from = run->from;
	const uint8_t *at = from->sets.bytes;
	cstn__day_sets *sets = &run->into->sets;
	size_t i;

	for (i = 0; i < from->entries.count; i++) {
		uint32_t n = from->entries.items[i].days, k;
		int64_t day = 0;

		for (k = 0; k < n; k++) {
			day = k ? day + (int64_t)cstn__varint_read(&at)
				: cstn__unzigzag(cstn__varint_read(&at));
			sets->log.items[sets->log.count++] =
					(uint64_t)run->to[i] << 32 |
					((uint32_t)(int32_t)day ^ UINT32_C(0x80000000));
		}
	}
}

static void store_all(merge_run *run)
{
	cstn_purchases *into = run->into;
	const cstn_purchases *from = run->from;
	size_t i;

	for (i = 0; i < from->entries.count; i++) {
		cstn__purchase_entry joined;

		if (!from->entries.items[i].flags)
			continue;
		(void)join(run, (uint32_t)i, &joined, NULL); /* was checked */
		into->entries.items[run->to[i]] = joined;
	}
	(void)add_early_values(run, 1);
	if (cstn__purchases_has_sets(into))
		log_days(run);
	cstn__order_kind_learn(&into->kind, &from->kind);
}

cstn_status cstn__purchases_absorb(
		cstn_purchases *into, const cstn_purchases *from, cstn_error **error)
{
	size_t size = cstn__array_size(from->entries.count + 1, sizeof(uint32_t)), i;
	int32_t type = into->ids.type;
	merge_run run = {into, from, NULL};
	cstn__purchase_entry joined;
	cstn_status status = check_kin(into, from, error);
	int code;

	if (status != CSTN_OK)
		return status;
	/* what a state says does not change by this */
	if (cstn__purchases_has_sets(from) &&
			cstn__day_sets_settle((cstn_purchases *)(uintptr_t)from))
		return cstn__fail_nomem(error);
	run.to = cstn__alloc_zero(&into->allocator, size);
	if (!run.to)
		return cstn__fail_nomem(error);
	status = name_customers(&run, error);
	for (i = 0; i < from->entries.count && status == CSTN_OK; i++)
		if (from->entries.items[i].flags)
			status = join(&run, (uint32_t)i, &joined, error);
	if (status == CSTN_OK) {
		code = add_early_values(&run, 0);
		if (code == -2)
			status = cstn__fail(error, CSTN_E_OVERFLOW,
					"the value of returns of a customer leaves int64");
		else if (code || reserve_days(&run))
			status = cstn__fail_nomem(error);
	}
	if (status == CSTN_OK)
		store_all(&run);
	else if (into->ids.count == 0)
		into->ids.type = type;
	cstn__free(&into->allocator, run.to, size);
	return status;
}

static int same_config(const cstn_purchases_config *a, const cstn_purchases_config *b)
{
	return a->flags == b->flags && a->ordering == b->ordering && a->ids == b->ids &&
	       a->from_days == b->from_days && a->to_days == b->to_days &&
	       a->utc_offset_minutes == b->utc_offset_minutes && a->period_days == b->period_days &&
	       a->period_origin_days == b->period_origin_days && a->dense_limit == b->dense_limit;
}

cstn_status cstn_purchases_merge(
		cstn_purchases *into, const cstn_purchases *from, cstn_error **error)
{
	cstn_status status = cstn__states_check(into, from, "state", error);

	if (status != CSTN_OK)
		return status;
	if (!same_config(&into->config, &from->config))
		return cstn__fail(error, CSTN_E_MISMATCH,
				"the states have different configurations (ordering, ids, window, "
				"offset or period)");
	return cstn__purchases_absorb(into, from, error);
}

/* --- forgetting ------------------------------------------------------------------------------- */

static int copy_customer(cstn_purchases *to, const cstn_purchases *from, uint32_t number,
		const uint8_t **days)
{
	const cstn__purchase_entry *entry = &from->entries.items[number];
	uint32_t same = cstn__ids_same(&to->ids, &from->ids, number), k;
	int64_t day = 0;

	if (same == CSTN__IDS_NONE || cstn__purchases_reserve(to))
		return -1;
	to->entries.items[same] = *entry;
	if (!cstn__purchases_has_sets(from))
		return 0;
	to->entries.items[same].days = 0;
	for (k = 0; k < entry->days; k++) {
		day = k ? day + (int64_t)cstn__varint_read(days)
			: cstn__unzigzag(cstn__varint_read(days));
		if (cstn__day_sets_log(to, same, (int32_t)day))
			return -1;
	}
	return 0;
}

/* The state without customers whose bit is set. 0 or -1. */
static int copy_others(cstn_purchases *to, const cstn_purchases *from, const uint64_t *gone)
{
	const uint8_t *days = from->sets.bytes;
	size_t i;
	uint32_t k;

	to->ids.type = from->ids.type;
	to->kind = from->kind;
	for (i = 0; i < from->entries.count; i++) {
		if (gone[i / 64] >> (i % 64) & 1) {
			for (k = 0; cstn__purchases_has_sets(from) &&
					k < from->entries.items[i].days;
					k++)
				(void)cstn__varint_read(&days);
		} else if (from->entries.items[i].flags &&
				copy_customer(to, from, (uint32_t)i, &days)) {
			return -1;
		}
	}
	for (i = 0; i < from->early.items.count; i++) {
		uint32_t number = from->early.items.items[i].customer;

		if (gone[number / 64] >> (number % 64) & 1)
			continue;
		if (cstn__early_add(&to->early, &to->allocator,
				    cstn__ids_find_same(&to->ids, &from->ids, number),
				    from->early.items.items[i].day,
				    from->early.items.items[i].value))
			return -1;
	}
	return 0;
}

static cstn_status forget(cstn_purchases *state, const uint64_t *gone, cstn_error **error)
{
	cstn_purchases *fresh = NULL, old;
	cstn_status status;

	if (cstn__purchases_has_sets(state) && cstn__day_sets_settle(state))
		return cstn__fail_nomem(error);
	status = cstn_purchases_new(&state->config, &state->allocator, &fresh, error);
	if (status == CSTN_OK) {
		fresh->ids.dense = state->ids.dense;
		if (copy_others(fresh, state, gone))
			status = cstn__fail_nomem(error);
	}
	if (status == CSTN_OK) {
		if (fresh->ids.count == 0)
			cstn__purchases_clear(fresh);
		old = *state;
		*state = *fresh;
		*fresh = old;
	}
	cstn_purchases_free(fresh);
	return status;
}

cstn_status cstn_purchases_remove(
		cstn_purchases *state, struct ArrowArrayStream *customers, cstn_error **error)
{
	uint64_t *gone = NULL;
	size_t count = state ? state->ids.count : 0;
	cstn_status status =
			cstn__customers_gone(state ? &state->ids : NULL, customers, &gone, error);

	if (status != CSTN_OK)
		return status;
	if (state->ids.type)
		status = forget(state, gone, error);
	cstn__free(&state->allocator, gone, cstn__gone_size(count));
	return status;
}
