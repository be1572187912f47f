/* The table of grouped customers: rows are appended; when as many came as are settled they are
 * sorted and merged in, so that n rows cost O(n log n) in all (sorting by radix, O(n)) and memory
 * is that of the groups.
 *
 * The order is that of (x, tx, T, extra), compared by value (all are 0 or above, none NaN, zeros
 * are +0), which is total: a settled table is a function of the multiset of rows alone. Groups
 * whose weights cancel are gone. */
#include "segment/value_table.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/sort.h"
#include "base/radix.h"

#define FIRST_ROWS 4096
#define RADIX_ROWS 512
#define X_PLAIN 255

void cstn__value_table_init(cstn__value_table *table, const cstn_allocator *allocator, int extra)
{
	memset(table, 0, sizeof(*table));
	table->allocator = *allocator;
	table->item = sizeof(cstn__value_group) + (extra ? sizeof(double) : 0);
}

void cstn__value_table_free(cstn__value_table *table)
{
	cstn__free(&table->allocator, table->items, table->capacity * table->item);
	table->items = NULL;
	table->settled = table->count = table->capacity = 0;
}

void cstn__value_table_swap(cstn__value_table *a, cstn__value_table *b)
{
	cstn__value_table held = *a;

	*a = *b;
	*b = held;
}

static int compare_double(double a, double b)
{
	return (a > b) - (a < b);
}

static int compare(const void *left, const void *right, void *context)
{
	const cstn__value_group *a = left, *b = right;
	const size_t *item = context;
	double p, q;
	int order;

	if (a->x != b->x)
		return a->x < b->x ? -1 : 1;
	order = compare_double(a->tx, b->tx);
	if (order == 0)
		order = compare_double(a->age, b->age);
	if (order != 0 || *item == sizeof(*a))
		return order;
	memcpy(&p, a + 1, sizeof(p));
	memcpy(&q, b + 1, sizeof(q));
	return compare_double(p, q);
}

/* Eight bytes that rise as rows do: x, then the leading bits of what differs first. x = 0 comes
 * with tx = 0; great x are all alike here. */
static uint64_t key_of(const cstn__value_group *group)
{
	double second = group->x ? group->tx : group->age;
	uint64_t bits;

	if (group->x >= X_PLAIN)
		return (uint64_t)X_PLAIN << 56;
	memcpy(&bits, &second, sizeof(bits));
	return (uint64_t)group->x << 56 | bits >> 7;
}

/* Order n items: by radix on their keys, then by comparing where keys are equal. */
static void order_items(cstn__value_table *table, uint8_t *items, size_t n)
{
	size_t item = table->item, size = cstn__array_size(n, 2 * sizeof(cstn__radix_pair)), i, k;
	cstn__radix_pair *pairs = n < RADIX_ROWS ? NULL : cstn__alloc(&table->allocator, size);
	uint8_t *copy = pairs ? cstn__alloc(&table->allocator, n * item) : NULL;

	if (!copy)
		cstn__sort(items, n, item, compare, &table->item);
	for (i = 0; copy && i < n; i++)
		pairs[i] = (cstn__radix_pair){
				key_of((const cstn__value_group *)(const void *)(items + i * item)),
				i};
	if (copy) {
		cstn__radix_sort_pairs(pairs, pairs + n, n);
		memcpy(copy, items, n * item);
	}
	for (i = 0; copy && i < n; i = k) {
		for (k = i; k < n && pairs[k].key == pairs[i].key; k++)
			memcpy(items + k * item, copy + pairs[k].value * item, item);
		if (k - i > 1)
			cstn__sort(items + i * item, k - i, item, compare, &table->item);
	}
	cstn__free(&table->allocator, copy, n * item);
	cstn__free(&table->allocator, pairs, size);
}

/* Add a group's weight to the last one of `out`, or append it. */
static cstn_status put(cstn__value_table *out, const uint8_t *item, cstn_error **error)
{
	cstn__value_group *last;

	if (out->count) {
		last = (cstn__value_group *)(void *)(out->items + (out->count - 1) * out->item);
		if (compare(last, item, &out->item) == 0) {
			if (__builtin_add_overflow(last->weight,
					    ((const cstn__value_group *)(const void *)item)->weight,
					    &last->weight))
				return cstn__fail(error, CSTN_E_OVERFLOW,
						"more than 2^31 - 1 customers with equal x, tx and "
						"T");
			return CSTN_OK;
		}
		if (last->weight == 0)
			out->count--;
	}
	memcpy(out->items + out->count * out->item, item, out->item);
	out->count++;
	return CSTN_OK;
}

cstn_status cstn__value_table_settle(cstn__value_table *table, cstn_error **error)
{
	size_t settled = table->settled, pending = table->count - settled, i = 0, k = 0;
	uint8_t *from = table->items ? table->items + settled * table->item : NULL;
	cstn__value_table out = *table;
	cstn_status status = CSTN_OK;

	if (pending == 0)
		return CSTN_OK;
	order_items(table, from, pending);
	out.items = cstn__alloc(&table->allocator, cstn__array_size(table->capacity, table->item));
	if (!out.items)
		return cstn__fail_nomem(error);
	out.count = 0;
	while ((i < settled || k < pending) && status == CSTN_OK) {
		const uint8_t *a = table->items + i * table->item, *b = from + k * table->item;

		if (k == pending || (i < settled && compare(a, b, &table->item) <= 0)) {
			status = put(&out, a, error);
			i++;
		} else {
			status = put(&out, b, error);
			k++;
		}
	}
	if (out.count && cstn__value_group_at(&out, out.count - 1)->weight == 0)
		out.count--;
	out.settled = out.count;
	if (status != CSTN_OK)
		cstn__value_table_free(&out);
	else {
		cstn__value_table_free(table);
		*table = out;
	}
	return status;
}

/* Room for one more: settle first when that is likely to make some. */
static cstn_status make_room(cstn__value_table *table, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	size_t capacity;
	uint8_t *items;

	if (table->count - table->settled >= FIRST_ROWS &&
			table->count - table->settled >= table->settled)
		status = cstn__value_table_settle(table, error);
	if (status != CSTN_OK || (table->capacity && table->count <= table->capacity / 2))
		return status;
	capacity = table->capacity ? table->capacity * 2 : FIRST_ROWS;
	items = table->items ? cstn__realloc(&table->allocator, table->items,
					       table->capacity * table->item,
					       cstn__array_size(capacity, table->item))
			     : cstn__alloc(&table->allocator,
					       cstn__array_size(capacity, table->item));
	if (!items)
		return cstn__fail_nomem(error);
	table->items = items;
	table->capacity = capacity;
	return CSTN_OK;
}

cstn_status cstn__value_table_add(cstn__value_table *table, const cstn__value_row *row,
		int32_t weight, cstn_error **error)
{
	cstn__value_group group = {row->tx + 0.0, row->age + 0.0, (uint32_t)row->x, weight};
	cstn_status status;
	uint8_t *at;

	if (table->count == table->capacity) {
		status = make_room(table, error);
		if (status != CSTN_OK)
			return status;
	}
	at = table->items + table->count * table->item;
	memcpy(at, &group, sizeof(group));
	if (table->item > sizeof(group))
		memcpy(at + sizeof(group), &row->extra, sizeof(double));
	table->count++;
	return CSTN_OK;
}

cstn_status cstn__value_table_merge(
		cstn__value_table *into, const cstn__value_table *from, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	size_t i;

	for (i = 0; i < from->count && status == CSTN_OK; i++) {
		cstn__value_row row = cstn__value_row_at(from, i);

		status = cstn__value_table_add(
				into, &row, cstn__value_group_at(from, i)->weight, error);
	}
	return status;
}

void cstn__value_totals_of(const cstn__value_table *table, cstn__value_totals *out)
{
	size_t i;

	memset(out, 0, sizeof(*out));
	out->groups = table->count;
	for (i = 0; i < table->count; i++) {
		cstn__value_row row = cstn__value_row_at(table, i);
		double w = cstn__value_group_at(table, i)->weight;

		out->customers += w;
		out->x += w * row.x;
		out->xx += w * row.x * row.x;
		out->age += w * row.age;
		out->once += row.x == 1.0 ? w : 0.0;
		out->repeaters += row.x > 0.0 ? w : 0.0;
		out->spend += w * row.extra;
		out->spend_spend += w * row.extra * row.extra;
		out->x_spend += w * row.x * row.extra;
	}
}
