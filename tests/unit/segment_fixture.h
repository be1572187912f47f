#ifndef TESTS_SEGMENT_FIXTURE_H
#define TESTS_SEGMENT_FIXTURE_H

#include <stdint.h>

#include "store/segment.h"

#include "memory_disk.h"

/* Orders with their lines, each a function of its row number alone, so that any stretch of them can
 * be made anywhere. */
enum {
	ORDER_ID = 16, /* text, the key */
	ORDER_STATUS,  /* text that repeats */
	ORDER_DUE,     /* days, null for every seventh */
	ORDER_NOTE,    /* text, mostly null */
	ORDER_RECORDED,
	LINE_QTY = 32,
	LINE_SKU,   /* text that repeats */
	LINE_PRICE, /* null for every third */
	LINE_TEXT,  /* text, all empty */
	ORDER_COLUMNS = 10
};

extern const uint8_t segment_uuid[16];
/* All columns; `later` has one more (ORDER_LATER), which no file here holds. */
extern const cstn__store_table segment_orders, segment_orders_later, segment_events;
#define ORDER_LATER 50
#define LINE_LATER 51

typedef struct order_rows {
	cstn__store_batch batch; /* ORDER_COLUMNS columns, the sequence number first */
	void *memory;
} order_rows;
order_rows *order_rows_make(uint64_t first, uint64_t n);
void order_rows_free(order_rows *rows);

/* Write the orders [0, n) as file 7 in batches of `step` rows. */
cstn_status segment_write(memory_disk *disk, const char *name, const cstn__store_table *table,
		uint64_t n, uint64_t step, int zlib, const cstn_allocator *allocator,
		cstn__segment_written *out, cstn_error **error);
cstn_status segment_open(memory_disk *disk, const char *name, const cstn__store_table *table,
		const cstn_allocator *allocator, cstn__segment **out, cstn_error **error);
#define SEGMENT_FILE_NO 7
/* 0 if every column of every chunk reads as the orders [0, n); else what failed is left in *status
 * (CSTN_OK: a value was wrong). */
int segment_differs(cstn__segment *segment, const cstn__store_batch *orders,
		const cstn_allocator *allocator, cstn_status *status);
/* The hash of an order's key. */
uint64_t order_key_hash(const cstn__store_batch *orders, uint64_t row);

#endif
