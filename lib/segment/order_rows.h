#ifndef CSTN_SEGMENT_ORDER_ROWS_H
#define CSTN_SEGMENT_ORDER_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/progress.h>

#include "base/bitmap.h"
#include "base/error.h"
#include "segment/customers_named.h"

/* Rows of orders as states take them: blocks of at most 1,024 rows, read column by column. The
 * columns are `customer`, `day`, `value`, `quantity`, `cancelled`, `currency`, and where asked for
 * `order`, `item` and `first_purchase_day`. */
#define CSTN__ORDER_BLOCK CSTN__BLOCK_ROWS
#define CSTN__ORDER_WORDS (CSTN__ORDER_BLOCK / 64)
#define CSTN__CURRENCY_MOST 16

typedef struct cstn__order_block {
	int32_t n, has_quantity, has_first_day;
	uint64_t bad[CSTN__ORDER_WORDS];
	uint32_t customer[CSTN__ORDER_BLOCK];
	uint32_t order[CSTN__ORDER_BLOCK], item[CSTN__ORDER_BLOCK]; /* where asked for */
	int64_t day[CSTN__ORDER_BLOCK], value[CSTN__ORDER_BLOCK];
	int64_t quantity[CSTN__ORDER_BLOCK];  /* with has_quantity */
	int64_t first_day[CSTN__ORDER_BLOCK]; /* with has_first_day */
	uint64_t first_valid[CSTN__ORDER_WORDS], flag[CSTN__ORDER_WORDS];
	uint8_t cancelled[CSTN__ORDER_BLOCK];
	int64_t other[CSTN__ORDER_BLOCK];
} cstn__order_block;

/* What the rows of a state are like, learnt from the first. */
typedef struct cstn__order_kind {
	int32_t scale;          /* of values; -1 not known yet */
	int32_t quantity_scale; /* the same */
	char currency[CSTN__CURRENCY_MOST + 1];
} cstn__order_kind;

/* What is read, and for whom. */
typedef struct cstn__order_reader {
	cstn__order_kind *kind;
	cstn__ids *customers;
	cstn__ids *orders, *items; /* NULL: not read */
	int32_t wants_first_day, wants_quantity_scale;
	int64_t limit; /* of dense ids; 0 none */
	int32_t utc_offset_minutes;
	uint32_t flags; /* CSTN_IMPORT_TRUSTED */
	const cstn_binding *binding;
	cstn_progress *progress;
	/* Applies a block; rows whose bit is in `bad` are not there. */
	cstn_status (*apply)(void *context, const cstn__order_block *block, cstn_error **error);
	void *context;
} cstn__order_reader;

void cstn__order_kind_init(cstn__order_kind *kind);
/* Two kinds that may be added; CSTN_E_MISMATCH or CSTN_E_CURRENCY. */
cstn_status cstn__order_kind_check(
		const cstn__order_kind *a, const cstn__order_kind *b, cstn_error **error);
/* `into` learns what it does not know. */
void cstn__order_kind_learn(cstn__order_kind *into, const cstn__order_kind *from);

/* Read all of `lines`, which stays the caller's. `seen` are the ids of a state that the rows will
 * be added to, NULL or customers, orders, items: their types must be the same. *bad_rows receives
 * the rows left out, *left_out how many there are; both only on CSTN_OK. */
cstn_status cstn__order_rows_read(const cstn__order_reader *reader,
		const cstn__order_kind *seen_kind, const cstn__ids *const seen[3],
		struct ArrowArrayStream *lines, cstn_row_errors **bad_rows, uint64_t *left_out,
		cstn_error **error);

#endif
