#ifndef CSTN_STORE_DECODED_H
#define CSTN_STORE_DECODED_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"
#include "store/segment.h"

/* Decoded blocks that look-ups by key have read, least recently used out first. Any thread. */
typedef struct cstn__decoded {
	cstn__block block;
	uint64_t file_no, bytes;
	uint32_t chunk, column, refs;
	struct cstn__decoded *next;          /* in the bucket */
	struct cstn__decoded *newer, *older; /* by use */
} cstn__decoded;
enum { CSTN__DECODED_BUCKETS = 1024 };
typedef struct cstn__decoded_cache {
	cstn_allocator allocator;
	pthread_mutex_t lock;
	uint64_t bytes, limit;
	cstn__decoded *newest, *oldest;
	cstn__decoded *buckets[CSTN__DECODED_BUCKETS];
} cstn__decoded_cache;
cstn_status cstn__decoded_init(cstn__decoded_cache *cache, uint64_t limit,
		const cstn_allocator *allocator, cstn_error **error);
void cstn__decoded_free(cstn__decoded_cache *cache); /* no block is held any more */
/* Held until cstn__decoded_put_back(). */
cstn_status cstn__decoded_get(cstn__decoded_cache *cache, cstn__segment *segment, uint64_t file_no,
		uint32_t chunk, uint32_t column, cstn__decoded **out, cstn_error **error);
void cstn__decoded_put_back(cstn__decoded_cache *cache, cstn__decoded *decoded);
/* Forget the blocks of a segment that is going: its dictionaries go with it. */
void cstn__decoded_forget(cstn__decoded_cache *cache, uint64_t file_no);

#endif
