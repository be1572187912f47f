#ifndef CSTN_BASE_RECYCLE_H
#define CSTN_BASE_RECYCLE_H

#include "base/alloc.h"

/* An allocator that keeps a few large blocks which were given back and hands them out again. For a
 * stream of batches of one shape: without it every batch is new memory to the system, and its page
 * faults cost more than the values. Any thread. */
typedef struct cstn__recycler cstn__recycler;
/* `allocator` is where blocks come from. */
cstn_status cstn__recycler_new(
		const cstn_allocator *allocator, cstn__recycler **out, cstn_error **error);
/* Valid until the recycler is closed and its last block is back. */
const cstn_allocator *cstn__recycler_allocator(const cstn__recycler *recycler);
/* Frees what is kept. Blocks that are still out may come back later. */
void cstn__recycler_close(cstn__recycler *recycler);

#endif
