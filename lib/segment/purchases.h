#ifndef CSTN_SEGMENT_PURCHASES_H
#define CSTN_SEGMENT_PURCHASES_H

#include <constellation/rfm.h>

#include "base/error.h"
#include "segment/customers_named.h"
#include "segment/order_rows.h"

/* Flags of a customer; one with none of them is not in the state. */
#define CSTN__BOUGHT 1u  /* has a purchase day */
#define CSTN__SEEN 2u    /* has rows in the window */
#define CSTN__OUTSIDE 4u /* has rows outside it */

typedef struct cstn__purchase_entry {
	int32_t first, last; /* purchase days, if there is one */
	uint32_t days;       /* with sets of days: those in the set */
	uint32_t flags;
	int64_t value, first_value;
} cstn__purchase_entry;
_Static_assert(sizeof(cstn__purchase_entry) == 32, "32 bytes a customer");

/* Distinct purchase days of every customer: those of customer 0, 1, .. one after the other, the
 * first as it is, the others as distances, in varints; entry.days says how many. What came since is
 * in the log, customer << 32 | day. */
typedef struct cstn__day_sets {
	CSTN__ARRAY(uint64_t) log;
	uint8_t *bytes;
	size_t size, capacity;
	size_t days;
} cstn__day_sets;

/* Values of rows without a purchase on days before the first purchase, by customer and day: they
 * belong to the first purchase day if that turns out to be theirs. Those of later days are stale.
 */
typedef struct cstn__early_values {
	cstn__i64_map map;
	CSTN__ARRAY(struct cstn__early_value {
		uint32_t customer;
		int32_t day;
		int64_t value;
	})
	items;
} cstn__early_values;

struct cstn_purchases {
	cstn_allocator allocator;
	cstn_purchases_config config; /* as normalised: period and origin set */
	cstn__order_kind kind;
	cstn__ids ids;
	CSTN__ARRAY(cstn__purchase_entry) entries; /* `count` are zero or in use */
	cstn__early_values early;
	cstn__day_sets sets;
};

/* A row that is in: what it does to its customer. */
typedef struct cstn__purchase {
	int64_t value;
	int32_t day;
	int32_t is_purchase;
} cstn__purchase;

/* Entries up to ids.count, zero where new. 0 or -1. */
int cstn__purchases_reserve(cstn_purchases *state);
/* Back to empty; memory is given back. */
void cstn__purchases_clear(cstn_purchases *state);
int cstn__purchases_has_sets(const cstn_purchases *state);
/* Apply a row. CSTN_OK; CSTN_E_OVERFLOW; CSTN_E_NOT_CLUSTERED; CSTN_E_NOMEM. */
cstn_status cstn__purchases_add(cstn_purchases *state, uint32_t customer, const cstn__purchase *row,
		cstn_error **error);
/* Add `from`, whose ids may be kept otherwise; `into` is unchanged on failure. */
cstn_status cstn__purchases_absorb(
		cstn_purchases *into, const cstn_purchases *from, cstn_error **error);

/* Values of early rows. */
void cstn__early_init(cstn__early_values *early, const cstn_allocator *allocator);
void cstn__early_free(cstn__early_values *early, const cstn_allocator *allocator);
int cstn__early_add(cstn__early_values *early, const cstn_allocator *allocator, uint32_t customer,
		int32_t day, int64_t value); /* 0; -1 out of memory; -2 overflow */
int64_t cstn__early_of(const cstn__early_values *early, uint32_t customer, int32_t day);

/* Sets of days. 0 or -1. */
int cstn__day_sets_log(cstn_purchases *state, uint32_t customer, int32_t day);
/* All of the log into the sets, entry.days right. */
int cstn__day_sets_settle(cstn_purchases *state);
void cstn__day_sets_free(cstn__day_sets *sets, const cstn_allocator *allocator);
/* Where the days of each customer begin in settled sets, and the end: entries.count + 1 places, to
 * be freed. NULL: out of memory. */
size_t *cstn__day_sets_begins(const cstn_purchases *state);
uint64_t cstn__varint_read(const uint8_t **at);
size_t cstn__varint_write(uint64_t value, uint8_t *out); /* at most 10 bytes */
static inline uint64_t cstn__zigzag(int32_t day)
{
	return ((uint64_t)(uint32_t)day << 1 & UINT64_C(0xffffffff)) ^ (day < 0 ? UINT32_MAX : 0u);
}
static inline int32_t cstn__unzigzag(uint64_t value)
{
	uint32_t half = (uint32_t)(value >> 1);

	return (int32_t)(value & 1 ? ~half : half);
}

#endif
