#ifndef CSTN_STORE_BLOCK_CACHE_H
#define CSTN_STORE_BLOCK_CACHE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"
#include "store/packed.h"
#include "store/segment.h"

/* Encoded blocks that look-ups have read, checked when they came in; those not used for a while go
 * first. Any thread. */
typedef struct cstn__cached {
	cstn__packed_block block;
	struct cstn__cached_slot *slot;
	size_t size;
	struct cstn__cached *newer, *older; /* by the time they came in, or were last passed by */
} cstn__cached;

/* A place for each block of a segment. */
typedef struct cstn__cached_slot {
	_Atomic uint32_t refs; /* readers; CSTN__CACHED_LEAVING: its block is being dropped */
	_Atomic uint32_t used; /* since it was last passed by */
	cstn__cached *_Atomic block;
} cstn__cached_slot;
#define CSTN__CACHED_LEAVING 0x80000000u
typedef struct cstn__cached_slots {
	cstn__cached_slot *items;
	size_t n;
	uint32_t n_chunks;
} cstn__cached_slots;

typedef struct cstn__block_cache {
	cstn_allocator allocator;
	pthread_mutex_t lock;
	_Atomic uint64_t bytes; /* changed under the lock */
	uint64_t limit;
	size_t count;
	cstn__cached *newest, *oldest;
} cstn__block_cache;
cstn_status cstn__block_cache_init(cstn__block_cache *cache, uint64_t limit,
		const cstn_allocator *allocator, cstn_error **error);
void cstn__block_cache_free(cstn__block_cache *cache); /* no block is held any more */

/* The slots of a segment, and the end of them with their blocks. */
cstn_status cstn__cached_slots_init(cstn__cached_slots *slots, const cstn__segment *segment,
		const cstn_allocator *allocator, cstn_error **error);
void cstn__cached_slots_free(cstn__cached_slots *slots, cstn__block_cache *cache,
		const cstn_allocator *allocator);

/* Column number `column` of the segment's own. Held until cstn__cached_put_back(). No lock is taken
 * for a block that is there. */
cstn_status cstn__cached_get(cstn__block_cache *cache, cstn__cached_slots *slots,
		cstn__segment *segment, uint32_t chunk, uint32_t column, cstn__cached **out,
		cstn_error **error);
/* The same if it is there and has a value, else NULL. */
cstn__cached *cstn__cached_peek(const cstn__cached_slots *slots, uint32_t chunk, uint32_t column);
/* The block decoded, from `blocks`, for a reader of all rows: out of the cache, or read and kept if
 * there is room without dropping another. */
cstn_status cstn__cached_read(cstn__block_cache *cache, cstn__cached_slots *slots,
		cstn__segment *segment, uint32_t chunk, uint32_t column,
		const cstn_allocator *blocks, cstn__block *out, cstn_error **error);
static inline void cstn__cached_put_back(cstn__cached *cached)
{
	atomic_fetch_sub_explicit(&cached->slot->refs, 1, memory_order_release);
}

#endif
