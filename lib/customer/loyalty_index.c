/* The rows of a state in order: by the ids of customers, evidence by source and time, purchases by
 * the ids of items and time, those of one item and instant joined.
 *
 * A counting sort by customer, then a small sort within each: O(rows), but for customers with very
 * many rows. The state is put in order once after each change. */
#include <limits.h>

#include "base/checked.h"
#include "base/error.h"
#include "base/sort.h"
#include "customer/loyalty_state.h"

void cstn__loyalty_index_free(cstn__loyalty_index *index)
{
	cstn__free(&index->allocator, index->order, index->capacity * sizeof(*index->order));
	cstn__free(&index->allocator, index->item_rank,
			index->item_capacity * sizeof(*index->item_rank));
	cstn__free(&index->allocator, index->evidence_at, (index->n + 1) * sizeof(size_t));
	cstn__free(&index->allocator, index->purchase_at, (index->n + 1) * sizeof(size_t));
	memset(index, 0, sizeof(*index));
}

static int compare_i64(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int order_evidence(const void *left, const void *right, void *context)
{
	const cstn__loyalty_evidence *a = left, *b = right;
	int order = (int)a->source - (int)b->source;

	(void)context;
	order = order ? order : compare_i64(a->valid_us, b->valid_us);
	order = order ? order : compare_i64(a->expires_us, b->expires_us);
	order = order ? order : compare_i64(a->a, b->a);
	order = order ? order : compare_i64(a->b, b->b);
	return order ? order : (int)a->says - (int)b->says;
}

static int order_purchases(const void *left, const void *right, void *context)
{
	const cstn__loyalty_purchase *a = left, *b = right;
	const uint32_t *rank = context;
	int order = (rank[a->item] > rank[b->item]) - (rank[a->item] < rank[b->item]);

	return order ? order : compare_i64(a->valid_us, b->valid_us);
}

/* --- grouping --------------------------------------------------------------------------------- */

static uint32_t customer_of(const void *row, size_t offset)
{
	uint32_t customer;

	memcpy(&customer, (const char *)row + offset, sizeof(customer));
	return customer;
}

/* Starts of the groups of rows; rows moved to `grouped` unless NULL. `starts` has n + 2 places. */
static void group(const char *rows, size_t count, size_t size, size_t offset, const uint32_t *place,
		size_t n, char *grouped, size_t *starts)
{
	size_t i, sum = 0;

	memset(starts, 0, (n + 1) * sizeof(*starts));
	for (i = 0; i < count; i++)
		starts[place[customer_of(rows + i * size, offset)]]++;
	for (i = 0; i <= n; i++) {
		size_t here = starts[i];

		starts[i] = sum;
		sum += here;
	}
	if (!grouped)
		return;
	for (i = 0; i < count; i++) {
		const char *row = rows + i * size;
		size_t *at = &starts[place[customer_of(row, offset)]];

		memcpy(grouped + (*at)++ * size, row, size);
	}
	/* each start moved to its end, which is the next one's start */
	memmove(starts + 1, starts, n * sizeof(*starts));
	starts[0] = 0;
}

static cstn_status sort_evidence(cstn_loyalty *state, const cstn__loyalty_index *index,
		const uint32_t *place, cstn_error **error)
{
	size_t n = state->evidence.count, size = sizeof(*state->evidence.items), i;
	char *grouped;

	if (state->settled || n == 0) {
		group((const char *)state->evidence.items, n, size,
				offsetof(cstn__loyalty_evidence, customer), place, index->n, NULL,
				index->evidence_at);
		return CSTN_OK;
	}
	grouped = cstn__alloc(&state->allocator, cstn__array_size(n, size));
	if (!grouped)
		return cstn__fail_nomem(error);
	group((const char *)state->evidence.items, n, size,
			offsetof(cstn__loyalty_evidence, customer), place, index->n, grouped,
			index->evidence_at);
	memcpy(state->evidence.items, grouped, n * size);
	cstn__free(&state->allocator, grouped, n * size);
	for (i = 0; i < index->n; i++)
		cstn__sort(state->evidence.items + index->evidence_at[i],
				index->evidence_at[i + 1] - index->evidence_at[i], size,
				order_evidence, NULL);
	return CSTN_OK;
}

/* Join the purchases of one item and instant; with `write` 0 only see whether sums fit: 0, or 1 +
 * the customer's number. */
static uint64_t join(cstn_loyalty *state, int write)
{
	cstn__loyalty_purchase *rows = state->purchases.items, sum;
	size_t n = state->purchases.count, kept = 0, i = 0;

	while (i < n) {
		for (sum = rows[i++]; i < n && rows[i].customer == sum.customer &&
				      rows[i].item == sum.item && rows[i].valid_us == sum.valid_us;
				i++)
			if (cstn__add_i64(sum.quantity, rows[i].quantity, &sum.quantity) ||
					cstn__add_i64(sum.amount, rows[i].amount, &sum.amount))
				return (uint64_t)sum.customer + 1;
		if (write)
			rows[kept++] = sum;
	}
	if (write)
		state->purchases.count = kept;
	return 0;
}

static cstn_status sort_purchases(cstn_loyalty *state, const cstn__loyalty_index *index,
		const uint32_t *place, cstn_error **error)
{
	size_t n = state->purchases.count, size = sizeof(*state->purchases.items), i, len;
	const char *id;
	char *grouped, room[24];
	uint64_t bad;

	if (!state->settled && n) {
		grouped = cstn__alloc(&state->allocator, cstn__array_size(n, size));
		if (!grouped)
			return cstn__fail_nomem(error);
		group((const char *)state->purchases.items, n, size,
				offsetof(cstn__loyalty_purchase, customer), place, index->n,
				grouped, index->purchase_at);
		memcpy(state->purchases.items, grouped, n * size);
		cstn__free(&state->allocator, grouped, n * size);
		for (i = 0; i < index->n; i++)
			cstn__sort(state->purchases.items + index->purchase_at[i],
					index->purchase_at[i + 1] - index->purchase_at[i], size,
					order_purchases, index->item_rank);
		bad = join(state, 0);
		if (bad) {
			id = cstn__ids_text(&state->customers, (uint32_t)(bad - 1), room, &len);
			return cstn__fail(error, CSTN_E_OVERFLOW,
					"customer '%.*s': quantities or amounts of one item and "
					"instant overflow int64",
					(int)len, id);
		}
		(void)join(state, 1);
	}
	group((const char *)state->purchases.items, state->purchases.count, size,
			offsetof(cstn__loyalty_purchase, customer), place, index->n, NULL,
			index->purchase_at);
	return CSTN_OK;
}

/* --- customers -------------------------------------------------------------------------------- */

/* Keep of the order those with rows, and give each its place. */
static void keep_known(const cstn_loyalty *state, cstn__loyalty_index *index, uint32_t *place)
{
	size_t i;

	memset(place, 0, (state->customers.count + 1) * sizeof(*place));
	for (i = 0; i < state->evidence.count; i++)
		place[state->evidence.items[i].customer] = 1;
	for (i = 0; i < state->purchases.count; i++)
		place[state->purchases.items[i].customer] = 1;
	for (i = 0; i < state->attributes.count; i++)
		place[i] |= state->attributes.items[i].rows;
	index->n = 0;
	for (i = 0; i < state->customers.count; i++)
		if (place[index->order[i]])
			index->order[index->n++] = index->order[i];
	for (i = 0; i < index->n; i++)
		place[index->order[i]] = (uint32_t)i;
}

static cstn_status rank_items(
		const cstn_loyalty *state, cstn__loyalty_index *index, cstn_error **error)
{
	index->item_rank = cstn__ids_ranks(&state->items);
	index->item_capacity = state->items.count ? state->items.count : 1;
	return index->item_rank ? CSTN_OK : cstn__fail_nomem(error);
}

static cstn_status fill(cstn_loyalty *state, cstn__loyalty_index *index, uint32_t *place,
		cstn_error **error)
{
	cstn_status status;

	keep_known(state, index, place);
	index->evidence_at = cstn__alloc(&state->allocator, (index->n + 1) * sizeof(size_t));
	index->purchase_at = cstn__alloc(&state->allocator, (index->n + 1) * sizeof(size_t));
	if (!index->evidence_at || !index->purchase_at)
		return cstn__fail_nomem(error);
	status = rank_items(state, index, error);
	if (status == CSTN_OK)
		status = sort_evidence(state, index, place, error);
	if (status == CSTN_OK)
		status = sort_purchases(state, index, place, error);
	return status;
}

cstn_status cstn__loyalty_index_new(
		cstn_loyalty *state, cstn__loyalty_index *out, cstn_error **error)
{
	size_t n = state->customers.count;
	cstn__loyalty_index index;
	uint32_t *place;
	cstn_status status;

	memset(&index, 0, sizeof(index));
	index.allocator = state->allocator;
	index.order = cstn__ids_order(&state->customers);
	index.capacity = n ? n : 1;
	place = cstn__alloc(&state->allocator, (n + 1) * sizeof(*place));
	if (index.order && place && cstn__loyalty_make_room(state, n) == 0)
		status = fill(state, &index, place, error);
	else
		status = cstn__fail_nomem(error);
	cstn__free(&state->allocator, place, (n + 1) * sizeof(*place));
	if (status != CSTN_OK) {
		cstn__loyalty_index_free(&index);
		return status;
	}
	state->settled = 1;
	*out = index;
	return CSTN_OK;
}
