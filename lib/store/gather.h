#ifndef CSTN_STORE_GATHER_H
#define CSTN_STORE_GATHER_H

#include "base/alloc.h"
#include "store/segment.h"

/* A batch without some of its rows, in `arena`; arguments as below. */
cstn_status cstn__batch_without(const cstn__store_batch *batch, const cstn__store_table *table,
		const uint32_t *dropped, size_t n_dropped, uint64_t first, cstn__arena *arena,
		cstn__store_batch *out, cstn_error **error);
/* Write a batch without some of its rows and their child rows. `dropped` are rising row numbers, of
 * which `first` is that of the batch's row 0. */
cstn_status cstn__put_without(cstn__segment_writer *writer, const cstn__store_batch *batch,
		const cstn__store_table *table, const uint32_t *dropped, size_t n_dropped,
		uint64_t first, const cstn_allocator *allocator, cstn_error **error);

#endif
