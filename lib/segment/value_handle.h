#ifndef CSTN_SEGMENT_VALUE_HANDLE_H
#define CSTN_SEGMENT_VALUE_HANDLE_H

#include <stdatomic.h>

#include <constellation/customer_value.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "base/map.h"
#include "base/row_errors.h"
#include "segment/value_fit.h"
#include "table/column.h"

#define CSTN__VALUE_WEEK_US INT64_C(604800000000)
#define CSTN__VALUE_K_MAX 12

#define CSTN__VALUE_CURRENCY_MOST 16

/* What spend is in: one currency a state. */
typedef struct cstn__value_money {
	int64_t customers; /* whose spend says so, by weight; 0: no currency is known */
	char currency[CSTN__VALUE_CURRENCY_MOST + 1];
} cstn__value_money;
/* Two that may be added, and their sum; CSTN_E_CURRENCY, CSTN_E_OVERFLOW, CSTN_E_NOT_FOUND for
 * customers taken away who are not there. */
cstn_status cstn__value_money_join(
		cstn__value_money *into, const cstn__value_money *from, cstn_error **error);
/* Of a text column that has a currency: CSTN_E_CURRENCY if it is not that of the rows before. */
cstn_status cstn__value_money_see(cstn__value_money *money, const char *text, size_t len,
		uint64_t row, cstn_error **error);
void cstn__value_money_put(const cstn__value_money *money, cstn__bytes *out);
/* -1 if that cannot be. */
int cstn__value_money_read(cstn__reader *in, cstn__value_money *out);

struct cstn_value_state {
	cstn_allocator allocator;
	int32_t kind, time_in;
	uint32_t flags;
	int64_t unit_us;
	uint64_t left_out;       /* bad rows, and rows that a fit does not use */
	cstn__value_money money; /* of gamma-gamma */
	cstn__value_table table;
};

struct cstn_customer_value {
	atomic_size_t references;
	cstn_allocator allocator;
	int64_t unit_us;
	int32_t fitted; /* 0: given parameters, of the fit only `model` counts */
	uint64_t left_out;
	cstn__value_money money;         /* of gamma-gamma */
	cstn__hash128_value fingerprint; /* of the customers, in any order */
	cstn__value_fit fit;
};

/* Sum over customers of XXH3-128 of their rows. */
cstn__hash128_value cstn__value_fingerprint(const cstn__value_table *table);

/* --- reading rows ---
 */

/* What rows are read for. */
#define CSTN__VALUE_READ_FIT 1     /* weight; what the likelihood needs */
#define CSTN__VALUE_READ_PREDICT 2 /* customer is passed on by the caller */
#define CSTN__VALUE_READ_HOLDOUT 3 /* actual, where it is wanted */

#define CSTN__VALUE_BLOCK 1024
#define CSTN__VALUE_CUSTOMER 0 /* column numbers */
#define CSTN__VALUE_COLUMNS 10

typedef struct cstn__value_reader {
	int32_t kind, purpose;
	int want_spend, want_gaps, want_actual;
	double factor; /* column time to units: value * factor / divisor */
	double divisor;
	cstn__bound *bound;
	cstn__row_sink *sink;
	uint64_t first_row;      /* of the batch at hand */
	cstn__value_money money; /* of the rows so far; a caller may begin it */
} cstn__value_reader;

/* Rows side by side: spend, weight and actual only where the reader wants them or is for a fit. */
typedef struct cstn__value_block {
	int32_t n;
	double x[CSTN__VALUE_BLOCK], tx[CSTN__VALUE_BLOCK], age[CSTN__VALUE_BLOCK];
	double extra[CSTN__VALUE_BLOCK];
	double spend[CSTN__VALUE_BLOCK], actual[CSTN__VALUE_BLOCK];
	int64_t weight[CSTN__VALUE_BLOCK];
	uint8_t bad[CSTN__VALUE_BLOCK];    /* a rule is broken */
	uint8_t idle[CSTN__VALUE_BLOCK];   /* good, but no matter for a fit */
	uint8_t priced[CSTN__VALUE_BLOCK]; /* the row says its currency */
} cstn__value_block;
static inline cstn__value_row cstn__value_block_row(const cstn__value_block *block, int32_t i)
{
	return (cstn__value_row){block->x[i], block->tx[i], block->age[i], block->extra[i]};
}

/* Bind a stream; `reader` has kind, purpose and wants set. */
cstn_status cstn__value_reader_open(cstn__value_reader *reader, struct ArrowArrayStream *rows,
		const cstn_binding *binding, int32_t time_in, int64_t unit_us,
		const cstn_allocator *allocator, cstn_error **error);
void cstn__value_reader_close(cstn__value_reader *reader);
/* Rows [start, start + n) of a batch, n <= CSTN__VALUE_BLOCK. Broken rules go to the sink. */
cstn_status cstn__value_reader_block(cstn__value_reader *reader, const cstn__batch *batch,
		int64_t start, int32_t n, cstn__value_block *out, cstn_error **error);

/* Block after block of a batch, from row `start` of it on. */
typedef cstn_status cstn__value_block_work(void *context, const cstn__batch *batch, int64_t start,
		const cstn__value_block *block, cstn_error **error);
cstn_status cstn__value_reader_batch(cstn__value_reader *reader, const struct ArrowArray *array,
		cstn__value_block *block, cstn__value_block_work *work, void *context,
		cstn_error **error);

/* Customers of one stream, each once. */
typedef struct cstn__value_once {
	cstn_allocator allocator;
	cstn__i64_map numbers;
	cstn__interner texts;
	CSTN__ARRAY(uint32_t) rows; /* of the codes of texts */
} cstn__value_once;
void cstn__value_once_init(cstn__value_once *once, const cstn_allocator *allocator);
/* Ids of rows [start, start + n) of a batch, n <= CSTN__VALUE_BLOCK. CSTN_E_DUPLICATE with both
 * rows, CSTN_E_LIMIT, CSTN_E_NOMEM. */
cstn_status cstn__value_once_add(cstn__value_once *once, const cstn__column *column, int64_t start,
		int32_t n, uint64_t first_row, cstn_error **error);
void cstn__value_once_free(cstn__value_once *once);

cstn_status cstn__value_model_new(
		const cstn_allocator *allocator, cstn_customer_value **out, cstn_error **error);
/* The unit and the parameters are such that every call is defined. */
cstn_status cstn__value_check_model(
		const cstn__value_model *model, int64_t unit_us, cstn_error **error);

#endif
