#ifndef CSTN_SEGMENT_VALUE_TABLE_H
#define CSTN_SEGMENT_VALUE_TABLE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <constellation/alloc.h>
#include <constellation/status.h>

#include "segment/value.h"

/* Customers grouped by equal (x, tx, T), and by the extra value where the kind has one: sorted,
 * with weights. The same rows give the same table in any order and by any split. */
typedef struct cstn__value_group {
	double tx, age;
	uint32_t x;
	int32_t weight;
} cstn__value_group;

typedef struct cstn__value_table {
	cstn_allocator allocator;
	size_t item;    /* 24, or 32 with the extra value behind the group */
	uint8_t *items; /* `settled` sorted ones, then what came since */
	size_t settled, count, capacity;
} cstn__value_table;

void cstn__value_table_init(cstn__value_table *table, const cstn_allocator *allocator, int extra);
void cstn__value_table_free(cstn__value_table *table);
/* x up to UINT32_MAX; weight not 0, below 0 takes away. CSTN_E_NOMEM or CSTN_E_OVERFLOW. */
cstn_status cstn__value_table_add(cstn__value_table *table, const cstn__value_row *row,
		int32_t weight, cstn_error **error);
/* Sort and join equal ones. */
cstn_status cstn__value_table_settle(cstn__value_table *table, cstn_error **error);
cstn_status cstn__value_table_merge(
		cstn__value_table *into, const cstn__value_table *from, cstn_error **error);
void cstn__value_table_swap(cstn__value_table *a, cstn__value_table *b);

static inline const cstn__value_group *cstn__value_group_at(
		const cstn__value_table *table, size_t index)
{
	return (const cstn__value_group *)(const void *)(table->items + index * table->item);
}

static inline double cstn__value_extra_at(const cstn__value_table *table, size_t index)
{
	double extra = 0.0;

	if (table->item > sizeof(cstn__value_group))
		memcpy(&extra, table->items + index * table->item + sizeof(cstn__value_group),
				sizeof(extra));
	return extra;
}

static inline cstn__value_row cstn__value_row_at(const cstn__value_table *table, size_t index)
{
	const cstn__value_group *group = cstn__value_group_at(table, index);
	cstn__value_row row = {(double)group->x, group->tx, group->age,
			cstn__value_extra_at(table, index)};

	return row;
}

/* What a table is in sum. */
typedef struct cstn__value_totals {
	double customers, x, xx, age, once, repeaters; /* once: x = 1; repeaters: x > 0 */
	double spend, spend_spend, x_spend;            /* of the extra value */
	size_t groups;
} cstn__value_totals;
/* The table must be settled. */
void cstn__value_totals_of(const cstn__value_table *table, cstn__value_totals *out);

#endif
