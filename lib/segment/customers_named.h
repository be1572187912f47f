#ifndef CSTN_SEGMENT_CUSTOMERS_NAMED_H
#define CSTN_SEGMENT_CUSTOMERS_NAMED_H

#include "table/ids.h"

/* The customers that a stream (column `customer`; moved from, also on failure) names, of a type, or
 * 0: of any; no allocator is a state that is NULL. `named` is to be freed on CSTN_OK only. */
cstn_status cstn__customers_named(int32_t type, const cstn_allocator *allocator,
		struct ArrowArrayStream *customers, cstn__ids *named, cstn_error **error);
/* Bits of those numbers of `of` that a stream names; NULL is a state that is NULL. Freed with
 * cstn__gone_size(of->count) bytes. */
cstn_status cstn__customers_gone(const cstn__ids *of, struct ArrowArrayStream *customers,
		uint64_t **gone, cstn_error **error);
static inline size_t cstn__gone_size(size_t count)
{
	return (count / 64 + 1) * sizeof(uint64_t);
}

#endif
