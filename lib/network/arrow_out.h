#ifndef CSTN_NETWORK_ARROW_OUT_H
#define CSTN_NETWORK_ARROW_OUT_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/alloc.h>
#include <constellation/arrow.h>
#include <constellation/status.h>

#include "store/block.h"
#include "store/values.h"

/* Columns of the store as an Arrow stream: batches are gathered a column at a time, with no call a
 * value. */
typedef struct cstn__out_column {
	const char *name; /* static, or as long as the stream's context */
	int32_t type;     /* CSTN_TYPE_; never DECIMAL */
	int32_t nullable;
	int32_t dictionary; /* text leaves as int32 codes and a dictionary */
	int32_t empty;      /* never a value: Arrow type null, no buffer */
} cstn__out_column;

/* One column of one batch: `values` at rows `take[0..n)`, NULL: the first n; or computed numbers.
 */
typedef struct cstn__out_source {
	const cstn__values *values; /* NULL: `numbers`, never null */
	const int64_t *numbers;
	const uint32_t *take;
	/* Where the 64-bit numbers are the first of a block of the batch's allocator that may go
	 * along with the batch: its memory is then NULL. NULL: they are copied. */
	cstn__block *give;
} cstn__out_source;

typedef struct cstn__out_batch cstn__out_batch;
/* Gather n rows of n_columns columns into `out`. */
cstn_status cstn__out_gather(const cstn__out_column *columns, const cstn__out_source *sources,
		size_t n_columns, size_t n, const cstn_allocator *allocator, struct ArrowArray *out,
		cstn_error **error);

/* A stream over a context: `next` gives a batch, CSTN_DONE at the end, or an error, which ends it.
 * `free_context` is called once, also when this call fails. */
cstn_status cstn__out_stream(const cstn_allocator *allocator, const cstn__out_column *columns,
		size_t n_columns,
		cstn_status (*next)(void *context, struct ArrowArray *out, cstn_error **error),
		void (*free_context)(void *context), void *context, struct ArrowArrayStream *out,
		cstn_error **error);

#endif
