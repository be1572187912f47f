#ifndef TESTS_PURCHASE_ROWS_H
#define TESTS_PURCHASE_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/rfm.h>

/* Rows of orders for tests, and what came out of a stream as text. */
typedef struct purchase_row {
	int64_t customer; /* -1: null */
	int32_t day;
	int64_t value; /* minor units, two decimals */
	int32_t quantity, cancelled;
} purchase_row;

#define ROWS_TEXT_ID 1u  /* customers are text "c<number>" */
#define ROWS_QUANTITY 2u /* with quantity and cancelled */
#define ROWS_TIME 4u     /* days as times, one hour before midnight UTC */

void rows_stream(const purchase_row *rows, size_t n, uint32_t flags, struct ArrowArrayStream *out);
/* n random rows of some 40 customers, returns and several rows a day among them; by customer and
 * day if `by_time`. To be freed. */
purchase_row *rows_random(uint64_t seed, size_t n, int by_time);
/* Three doubles a row as recency, frequency, monetary; with customers 0, 1, .. if `ids`. */
void rfm_stream(const double (*values)[3], size_t n, int ids, struct ArrowArrayStream *out);
void rows_add(cstn_purchases *state, const purchase_row *rows, size_t n, uint32_t flags);
cstn_purchases *rows_state(const cstn_purchases_config *config, const purchase_row *rows, size_t n,
		uint32_t flags);
/* A stream as text, "a,b;c,d;": numbers shortest, ~ for null. Releases it; to be freed. */
char *rows_show(struct ArrowArrayStream *stream);
char *rows_customers(const cstn_purchases *state, int32_t as_of_days, int64_t unit_us);

#endif
