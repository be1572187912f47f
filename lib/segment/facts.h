#ifndef CSTN_SEGMENT_FACTS_H
#define CSTN_SEGMENT_FACTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"
#include "base/checked.h"

/* What is known of a customer, a day and what else is told apart (an order, an item): rows that are
 * purchases and a sum, each once. Sums have 128 bits: no rows of 64 bits overflow them. */
typedef struct cstn__fact {
	uint32_t customer;
	int32_t day;
	uint32_t sub;
	uint32_t purchases; /* UINT32_MAX: that many or more */
	cstn__i128 amount;
} cstn__fact;
_Static_assert(sizeof(cstn__fact) == 32, "32 bytes a fact");

typedef struct cstn__facts {
	/* the first `settled` by customer, day and sub, each once; then as they came */
	CSTN__ARRAY(cstn__fact) items;
	size_t settled;
} cstn__facts;

/* Room for so many more. 0 or -1. */
int cstn__facts_reserve(cstn__facts *facts, const cstn_allocator *allocator, size_t more);
/* A fact for which there is room. */
static inline void cstn__facts_put(cstn__facts *facts, const cstn__fact *fact)
{
	facts->items.items[facts->items.count++] = *fact;
}
/* All in order, each once. Says the same after as before. 0, or -1 out of memory. */
int cstn__facts_settle(cstn__facts *facts, const cstn_allocator *allocator);
/* Before 0, the same place 0, after it 1. */
int cstn__fact_order(const cstn__fact *a, const cstn__fact *b);
void cstn__facts_free(cstn__facts *facts, const cstn_allocator *allocator);

#endif
