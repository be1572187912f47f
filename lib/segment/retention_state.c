/* The state of retention: what each customer bought on each day, so that any window, cut and cohort
 * may be asked of it later.
 *
 * A row is a fact of (customer, day, order) with its value, and with items two of (customer, day,
 * item), its value and its quantity. Facts of one place are added up; sums of 128 bits make that
 * associative whatever comes. A state says the same for any split of rows and any order of
 * merging; numbers of customers, orders and items depend on what was seen first and never leave.
 *
 * Failure: rows go into an empty state, or into one of their own that is then merged; a merge makes
 * all room before the first fact moves. */
#include <inttypes.h>
#include <string.h>

#include "base/bitmap.h"
#include "base/states.h"
#include "segment/retention.h"

/* --- making and freeing ----------------------------------------------------------------------- */

static int has(const cstn_retention *state, uint32_t flag)
{
	return (state->config.flags & flag) != 0;
}

static void make_empty(cstn_retention *state)
{
	cstn__order_kind_init(&state->kind);
	cstn__ids_init(&state->customers, &state->allocator, 0);
	cstn__ids_init(&state->orders, &state->allocator, 0);
	cstn__ids_init(&state->items, &state->allocator, 0);
}

cstn_status cstn_retention_new(const cstn_retention_config *config, const cstn_allocator *given,
		cstn_retention **out, cstn_error **error)
{
	cstn_retention_config read;
	cstn_allocator allocator;
	cstn_retention *state;
	cstn_status status;

	if (!out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "out is NULL");
	status = cstn__options_read(config, sizeof(read), sizeof(read),
			CSTN_RETENTION_ORDERS | CSTN_RETENTION_ITEMS, "cstn_retention_config",
			&read, error);
	if (status != CSTN_OK)
		return status;
	if (read.utc_offset_minutes < -1440 || read.utc_offset_minutes > 1440 || read.reserved0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"utc_offset_minutes is %d, reserved0 %d; -1440..1440 and 0 "
				"expected",
				read.utc_offset_minutes, read.reserved0);
	status = cstn__handle_new(given, sizeof(*state), &allocator, &state, error);
	if (status != CSTN_OK)
		return status;
	state->allocator = allocator;
	state->config = read;
	make_empty(state);
	*out = state;
	return CSTN_OK;
}

static void free_parts(cstn_retention *state)
{
	cstn__ids_free(&state->customers);
	cstn__ids_free(&state->orders);
	cstn__ids_free(&state->items);
	cstn__array_free(&state->allocator, &state->first_days);
	cstn__facts_free(&state->days, &state->allocator);
	cstn__facts_free(&state->goods, &state->allocator);
}

void cstn__retention_clear(cstn_retention *state)
{
	free_parts(state);
	make_empty(state);
}

void cstn_retention_free(cstn_retention *state)
{
	cstn_allocator allocator;

	if (!state)
		return;
	allocator = state->allocator;
	free_parts(state);
	cstn__free(&allocator, state, sizeof(*state));
}

int cstn__retention_settle(const cstn_retention *given)
{
	cstn_retention *state = (cstn_retention *)(uintptr_t)given;

	return cstn__facts_settle(&state->days, &state->allocator) ||
					       cstn__facts_settle(&state->goods, &state->allocator)
			       ? -1
			       : 0;
}

/* --- rows ------------------------------------------------------------------------------------- */

int cstn__retention_tell(cstn_retention *state, uint32_t customer, int32_t day)
{
	size_t n = state->first_days.count;

	if (customer >= n) {
		if (cstn__array_reserve(&state->allocator, &state->first_days, customer + 1 - n))
			return -1;
		for (; n <= customer; n++)
			state->first_days.items[n] = CSTN__NO_DAY;
		state->first_days.count = n;
	}
	if (day < state->first_days.items[customer])
		state->first_days.items[customer] = day;
	return 0;
}

static void put_row(cstn_retention *state, const cstn__order_block *block, int32_t i)
{
	int is_purchase = block->has_quantity ? block->quantity[i] > 0 : block->value[i] >= 0;
	cstn__fact fact = {block->customer[i], (int32_t)block->day[i], 0, (uint32_t)is_purchase,
			block->value[i]};

	if (has(state, CSTN_RETENTION_ORDERS))
		fact.sub = block->order[i];
	cstn__facts_put(&state->days, &fact);
	if (!has(state, CSTN_RETENTION_ITEMS))
		return;
	fact.purchases = 0;
	fact.sub = block->item[i] << 1;
	cstn__facts_put(&state->goods, &fact);
	fact.sub |= 1;
	fact.amount = block->quantity[i];
	cstn__facts_put(&state->goods, &fact);
}

static cstn_status apply_block(void *context, const cstn__order_block *block, cstn_error **error)
{
	cstn_retention *state = context;
	size_t n = (size_t)block->n, goods = has(state, CSTN_RETENTION_ITEMS) ? 2 * n : 0;
	int32_t i;

	if (cstn__facts_reserve(&state->days, &state->allocator, n) ||
			cstn__facts_reserve(&state->goods, &state->allocator, goods))
		return cstn__fail_nomem(error);
	for (i = 0; i < block->n; i++) {
		if (cstn__word_bit_get(block->bad, (size_t)i) || block->cancelled[i])
			continue;
		put_row(state, block, i);
		if (block->has_first_day && cstn__word_bit_get(block->first_valid, (size_t)i) &&
				cstn__retention_tell(state, block->customer[i],
						(int32_t)block->first_day[i]))
			return cstn__fail_nomem(error);
	}
	return CSTN_OK;
}

static cstn_status absorb(cstn_retention *into, const cstn_retention *from, cstn_error **error);

static cstn_status update(void *to, struct ArrowArrayStream *lines, const void *given,
		cstn_row_errors **bad_rows, cstn_error **error)
{
	const cstn_retention_options *options = given;
	cstn_retention *state = to;
	const cstn__ids *const seen[3] = {&state->customers, &state->orders, &state->items};
	cstn_retention *target = state;
	cstn__order_reader reader;
	cstn_row_errors *rows = NULL;
	cstn_status status = CSTN_OK;
	uint64_t left_out = 0;

	if (state->days.items.count)
		status = cstn_retention_new(&state->config, &state->allocator, &target, error);
	if (status != CSTN_OK)
		return status;
	memset(&reader, 0, sizeof(reader));
	reader.kind = &target->kind;
	reader.customers = &target->customers;
	reader.orders = has(state, CSTN_RETENTION_ORDERS) ? &target->orders : NULL;
	reader.items = has(state, CSTN_RETENTION_ITEMS) ? &target->items : NULL;
	reader.wants_first_day = 1;
	reader.wants_quantity_scale = has(state, CSTN_RETENTION_ITEMS);
	reader.utc_offset_minutes = state->config.utc_offset_minutes;
	reader.flags = options->flags;
	reader.binding = options->binding;
	reader.progress = options->progress;
	reader.apply = apply_block;
	reader.context = target;
	status = cstn__order_rows_read(&reader, &state->kind, seen, lines, bad_rows ? &rows : NULL,
			&left_out, error);
	if (status == CSTN_OK && cstn__retention_settle(target))
		status = cstn__fail_nomem(error);
	if (status == CSTN_OK && target != state)
		status = absorb(state, target, error);
	if (target == state && (status != CSTN_OK || state->days.items.count == 0))
		cstn__retention_clear(state);
	if (target != state)
		cstn_retention_free(target);
	return cstn__rows_left_out(status, rows, left_out, bad_rows, error);
}

cstn_status cstn_retention_update(cstn_retention *state, struct ArrowArrayStream *lines,
		const cstn_retention_options *options, cstn_row_errors **bad_rows,
		cstn_error **error)
{
	const cstn__update call = {"lines", "state", state, options, "cstn_retention_options",
			CSTN_IMPORT_TRUSTED, update};
	cstn_retention_options read;

	return cstn__update_run(&call, lines, &read, sizeof(read), bad_rows, error);
}

/* --- adding states ---------------------------------------------------------------------------- */

/* Ids of one state as numbers of the other: customers, orders, items. */
typedef struct renumbering {
	uint32_t *to[3];
	size_t size[3];
} renumbering;

static void list_ids(cstn_retention *state, cstn__ids *out[3])
{
	out[0] = &state->customers;
	out[1] = &state->orders;
	out[2] = &state->items;
}

static void renumbering_free(renumbering *numbers, const cstn_allocator *allocator)
{
	int k;

	for (k = 0; k < 3; k++)
		cstn__free(allocator, numbers->to[k], numbers->size[k]);
}

/* Numbers are given where they are first asked for. */
static int renumbering_new(
		renumbering *numbers, const cstn_retention *from, const cstn_allocator *allocator)
{
	cstn__ids *ids[3];
	int k;

	memset(numbers, 0, sizeof(*numbers));
	list_ids((cstn_retention *)(uintptr_t)from, ids);
	for (k = 0; k < 3; k++) {
		numbers->size[k] = cstn__array_size(ids[k]->count + 1, sizeof(uint32_t));
		numbers->to[k] = cstn__alloc(allocator, numbers->size[k]);
		if (!numbers->to[k])
			return -1;
		memset(numbers->to[k], 0xff, numbers->size[k]);
	}
	return 0;
}

/* 0 or -1. */
static int renumber(renumbering *numbers, int k, cstn_retention *into, const cstn_retention *from,
		uint32_t *number)
{
	cstn__ids *to[3], *of[3];
	uint32_t *at = &numbers->to[k][*number];

	if (*at == CSTN__IDS_NONE) {
		list_ids(into, to);
		list_ids((cstn_retention *)(uintptr_t)from, of);
		*at = cstn__ids_same(to[k], of[k], *number);
		if (*at == CSTN__IDS_NONE)
			return -1;
	}
	*number = *at;
	return 0;
}

/* A fact of `from` as one of `into`. 0 or -1. */
static int translate(renumbering *numbers, cstn_retention *into, const cstn_retention *from,
		int of_goods, cstn__fact *fact)
{
	uint32_t item = fact->sub >> 1;

	if (renumber(numbers, 0, into, from, &fact->customer))
		return -1;
	if (of_goods) {
		if (renumber(numbers, 2, into, from, &item))
			return -1;
		fact->sub = item << 1 | (fact->sub & 1);
		return 0;
	}
	return has(into, CSTN_RETENTION_ORDERS) ? renumber(numbers, 1, into, from, &fact->sub) : 0;
}

/* What `gone` names stays behind. Into a state with room, so that no fact is lost when ids find
 * none. 0 or -1. */
static int copy_facts(renumbering *numbers, cstn_retention *into, const cstn_retention *from,
		const uint64_t *gone)
{
	cstn__facts *to[2] = {&into->days, &into->goods};
	const cstn__facts *of[2] = {&from->days, &from->goods};
	size_t had[2] = {to[0]->items.count, to[1]->items.count}, i;
	int k;

	for (k = 0; k < 2; k++)
		for (i = 0; i < of[k]->items.count; i++) {
			cstn__fact fact = of[k]->items.items[i];

			if (gone && cstn__word_bit_get(gone, fact.customer))
				continue;
			if (translate(numbers, into, from, k, &fact)) {
				to[0]->items.count = had[0];
				to[1]->items.count = had[1];
				return -1;
			}
			cstn__facts_put(to[k], &fact);
		}
	return 0;
}

/* Days that were told, of customers that have a number; there is room. */
static void copy_told(const renumbering *numbers, cstn_retention *into, const cstn_retention *from)
{
	size_t i;

	for (i = 0; i < from->first_days.count; i++)
		if (from->first_days.items[i] != CSTN__NO_DAY &&
				numbers->to[0][i] != CSTN__IDS_NONE)
			(void)cstn__retention_tell(
					into, numbers->to[0][i], from->first_days.items[i]);
}

static cstn_status check_types(
		const cstn_retention *into, const cstn_retention *from, cstn_error **error)
{
	static const char *const names[] = {"customers", "orders", "items"};
	cstn__ids *a[3], *b[3];
	int k;

	list_ids((cstn_retention *)(uintptr_t)into, a);
	list_ids((cstn_retention *)(uintptr_t)from, b);
	for (k = 0; k < 3; k++)
		if (a[k]->type && b[k]->type && a[k]->type != b[k]->type)
			return cstn__fail(error, CSTN_E_MISMATCH,
					"%s are %s in one state and %s in the other", names[k],
					cstn_type_name(a[k]->type), cstn_type_name(b[k]->type));
	return cstn__order_kind_check(&into->kind, &from->kind, error);
}

/* `into`, which may be empty, with the facts of `from` but for those of customers whose bit is set
 * in `gone`; `from` is settled. Unchanged in what it says on failure. */
static cstn_status add_others(cstn_retention *into, const cstn_retention *from,
		const uint64_t *gone, cstn_error **error)
{
	cstn__ids *to[3], *of[3];
	renumbering numbers;
	size_t told = from->first_days.count;
	int failed, k;

	list_ids(into, to);
	list_ids((cstn_retention *)(uintptr_t)from, of);
	for (k = 0; k < 3; k++)
		if (!to[k]->type)
			to[k]->type = of[k]->type;
	/* so many customers there are at most in the end */
	told = told ? into->customers.count + from->customers.count : 0;
	failed = renumbering_new(&numbers, from, &into->allocator) ||
		 cstn__facts_reserve(&into->days, &into->allocator, from->days.items.count) ||
		 cstn__facts_reserve(&into->goods, &into->allocator, from->goods.items.count) ||
		 cstn__array_reserve(&into->allocator, &into->first_days, told) ||
		 copy_facts(&numbers, into, from, gone);
	if (!failed) {
		copy_told(&numbers, into, from);
		cstn__order_kind_learn(&into->kind, &from->kind);
	}
	renumbering_free(&numbers, &into->allocator);
	if (into->days.items.count == 0)
		cstn__retention_clear(into);
	return failed ? cstn__fail_nomem(error) : CSTN_OK;
}

static cstn_status absorb(cstn_retention *into, const cstn_retention *from, cstn_error **error)
{
	cstn_status status = check_types(into, from, error);

	if (status != CSTN_OK || !from->days.items.count)
		return status;
	if (cstn__retention_settle(from))
		return cstn__fail_nomem(error);
	return add_others(into, from, NULL, error);
}

cstn_status cstn_retention_merge(
		cstn_retention *into, const cstn_retention *from, cstn_error **error)
{
	cstn_status status = cstn__states_check(into, from, "state", error);

	if (status != CSTN_OK)
		return status;
	if (into->config.flags != from->config.flags ||
			into->config.utc_offset_minutes != from->config.utc_offset_minutes)
		return cstn__fail(error, CSTN_E_MISMATCH,
				"the states have different configurations (orders, items or "
				"offset)");
	return absorb(into, from, error);
}

/* --- forgetting ------------------------------------------------------------------------------- */

static cstn_status forget(cstn_retention *state, const uint64_t *gone, cstn_error **error)
{
	cstn_retention *fresh = NULL, old;
	cstn_status status;

	if (cstn__retention_settle(state))
		return cstn__fail_nomem(error);
	status = cstn_retention_new(&state->config, &state->allocator, &fresh, error);
	if (status == CSTN_OK)
		status = add_others(fresh, state, gone, error);
	if (status == CSTN_OK) {
		old = *state;
		*state = *fresh;
		*fresh = old;
	}
	cstn_retention_free(fresh);
	return status;
}

cstn_status cstn_retention_remove(
		cstn_retention *state, struct ArrowArrayStream *customers, cstn_error **error)
{
	uint64_t *gone = NULL;
	size_t count = state ? state->customers.count : 0;
	cstn_status status = cstn__customers_gone(
			state ? &state->customers : NULL, customers, &gone, error);

	if (status != CSTN_OK)
		return status;
	if (state->days.items.count)
		status = forget(state, gone, error);
	cstn__free(&state->allocator, gone, cstn__gone_size(count));
	return status;
}
