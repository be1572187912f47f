#ifndef CSTN_SEGMENT_CUSTOMER_IDS_H
#define CSTN_SEGMENT_CUSTOMER_IDS_H

#include "table/ids.h"

/* The customers that a stream (column `customer`; moved from, also on failure) names, of a type, or
 * 0: of any; no allocator is a state that is NULL. `named` is to be freed on CSTN_OK only. */
cstn_status cstn__customers_named(int32_t type, const cstn_allocator *allocator,
		struct ArrowArrayStream *customers, cstn__customer_ids *named, cstn_error **error);
/* Bits of those numbers of `of` that a stream names; NULL is a state that is NULL. Freed with
 * cstn__gone_size(of->count) bytes. */
cstn_status cstn__customers_gone(const cstn__customer_ids *of, struct ArrowArrayStream *customers,
		uint64_t **gone, cstn_error **error);
static inline size_t cstn__gone_size(size_t count)
{
	return (count / 64 + 1) * sizeof(uint64_t);
}

/* Ids as bytes, in their order. */
typedef struct cstn__last_id {
	int has;
	int64_t number;
	const uint8_t *text;
	size_t len;
} cstn__last_id;
void cstn__id_put(cstn__bytes *out, const cstn__customer_ids *ids, uint32_t number);
/* -1: not an id of that type, below `limit` if that is not 0, or before the last; 0 the same as the
 * last, 1 after it. */
int cstn__id_read(cstn__reader *in, const cstn__customer_ids *ids, int64_t limit,
		cstn__last_id *last);
/* The number of an id that was read; CSTN__IDS_NONE when out of memory. */
uint32_t cstn__id_intern(cstn__customer_ids *ids, const cstn__last_id *id);
/* A varint as it is written, no byte longer. 0 or -1. */
int cstn__read_varint(cstn__reader *in, uint64_t *out);

#endif
