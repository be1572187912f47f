#ifndef CSTN_FULFILMENT_ORDER_VERDICT_ROW_H
#define CSTN_FULFILMENT_ORDER_VERDICT_ROW_H

#include "fulfilment/verdict.h"
#include "store/store.h"

/* The verdict of an order as it lies in a chunk of the store. */
enum {
	CSTN__ORDER_PENDING = 16,  /* below it: counted, with this pattern */
	CSTN__ORDER_EXCLUDED = 17, /* from here on: excluded, plus CSTN_REASON_ */
	CSTN__ORDER_CODES = 17 + CSTN_REASON_COUNT
};
typedef struct cstn__order_fact {
	uint8_t code;
	uint8_t provisional;
	uint8_t settled;      /* the same at every later as-of time */
	uint8_t failed;       /* number of the component that failed first; 4: none did */
	uint8_t owner;        /* CSTN_OWNER_ of that failure */
	const uint8_t *cause; /* of it; in the chunk */
	size_t cause_len;
} cstn__order_fact;

/* The columns that it takes, in the order in which `at` has their places. */
extern const uint32_t cstn__order_needs[];
extern const size_t cstn__order_n_needs;
#define CSTN__ORDER_NEEDS_MAX 64

/* Judge the order in row `row` of a chunk; column at[i] of it is need i. A line that breaks a rule
 * makes the order bad input, as in cstn_perfect_order_update(). */
void cstn__order_fact_judge(const cstn__judge *judge, const cstn__scan_chunk *chunk,
		const uint32_t *at, uint64_t row, cstn__order_fact *out);

#endif
