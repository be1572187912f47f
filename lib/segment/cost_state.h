#ifndef CSTN_SEGMENT_COST_STATE_H
#define CSTN_SEGMENT_COST_STATE_H

#include <constellation/cost_to_serve.h>

#include "base/alloc.h"
#include "base/map.h"

/* What is counted: the drivers, then two sums of money. */
#define CSTN__COST_REVENUE CSTN_COST_DRIVER_COUNT
#define CSTN__COST_MARGIN (CSTN_COST_DRIVER_COUNT + 1)
#define CSTN__COST_SUMS (CSTN_COST_DRIVER_COUNT + 2)
#define CSTN__COST_KEY_BYTES 64

/* A customer in a segment. A cell without rows is as good as none. */
typedef struct cstn__cost_cell {
	uint32_t customer; /* number of the customer's id */
	uint32_t segment;  /* 0: none; else 1 + number of the label */
	int64_t rows;
	int64_t sum[CSTN__COST_SUMS];
} cstn__cost_cell;

struct cstn_cost_to_serve {
	cstn_allocator allocator;
	char currency[4];
	int32_t key_type; /* CSTN_TYPE_INT64 or _TEXT; 0: no customer seen */
	cstn__interner texts;
	cstn__i64_map number_of;
	CSTN__ARRAY(int64_t) numbers;
	cstn__interner segments;
	cstn__i64_map cell_of; /* segment << 32 | customer -> cell */
	CSTN__ARRAY(cstn__cost_cell) cells;
};

/* Each returns UINT32_MAX when out of memory. */
uint32_t cstn__cost_number(cstn_cost_to_serve *state, int64_t id);
uint32_t cstn__cost_text(cstn_cost_to_serve *state, const char *id, size_t len);
uint32_t cstn__cost_segment(cstn_cost_to_serve *state, const char *label, size_t len);
uint32_t cstn__cost_cell_at(cstn_cost_to_serve *state, uint32_t customer, uint32_t segment);

/* into += sign * from, all or nothing; `sign` 1 or -1. */
cstn_status cstn__cost_add(cstn_cost_to_serve *into, const cstn_cost_to_serve *from, int sign,
		cstn_error **error);
cstn_status cstn__cost_empty_like(
		const cstn_cost_to_serve *like, cstn_cost_to_serve **out, cstn_error **error);

/* The cells that have rows, by customer and then segment, or by segment and then customer;
 * customers by number or bytes, segments by bytes, none last. Free `count` pointers. */
cstn_status cstn__cost_sorted(const cstn_cost_to_serve *state, int by_segment,
		const cstn__cost_cell ***out, size_t *count, cstn_error **error);

#endif
