/* Encoded blocks in memory, for look-ups: a row is read out of them without decoding the others.
 *
 * Each block of a segment has a slot, so that finding one is an index and not a search. A reader
 * adds itself to the slot's count and then looks whether a block is there; whoever drops a block
 * first turns a count of 0 into LEAVING, in one step, so that a reader either was counted before
 * and keeps the block, or sees LEAVING and goes the slow way, under the lock. Blocks leave by the
 * clock rule (Corbato 1968): the oldest that was not used since it was last passed by; one in use
 * never. Cost of a block that is there: two atomic additions. Memory: the given limit, and what is
 * in use beyond it. */
#include "store/block_cache.h"

#include <string.h>

#include "base/error.h"

cstn_status cstn__block_cache_init(cstn__block_cache *cache, uint64_t limit,
		const cstn_allocator *allocator, cstn_error **error)
{
	memset(cache, 0, sizeof(*cache));
	cache->allocator = *allocator;
	cache->limit = limit;
	return pthread_mutex_init(&cache->lock, NULL) ? cstn__fail_nomem(error) : CSTN_OK;
}

static void unlink_block(cstn__block_cache *cache, cstn__cached *cached)
{
	if (cached->newer)
		cached->newer->older = cached->older;
	else
		cache->newest = cached->older;
	if (cached->older)
		cached->older->newer = cached->newer;
	else
		cache->oldest = cached->newer;
	cache->count--;
}

static void link_newest(cstn__block_cache *cache, cstn__cached *cached)
{
	cached->newer = NULL;
	cached->older = cache->newest;
	if (cache->newest)
		cache->newest->newer = cached;
	else
		cache->oldest = cached;
	cache->newest = cached;
	cache->count++;
}

static void free_block(cstn__block_cache *cache, cstn__cached *cached)
{
	cstn__packed_block_free(&cached->block, &cache->allocator);
	cstn__free(&cache->allocator, cached, sizeof(*cached));
}

/* 1 if nobody reads it and it is gone. Under the lock. */
static int drop(cstn__block_cache *cache, cstn__cached *cached)
{
	cstn__cached_slot *slot = cached->slot;
	uint32_t none = 0;

	if (!atomic_compare_exchange_strong_explicit(&slot->refs, &none, CSTN__CACHED_LEAVING,
			    memory_order_acq_rel, memory_order_relaxed))
		return 0;
	atomic_store_explicit(&slot->block, NULL, memory_order_relaxed);
	atomic_fetch_sub_explicit(&slot->refs, CSTN__CACHED_LEAVING, memory_order_release);
	unlink_block(cache, cached);
	cache->bytes -= cached->size;
	free_block(cache, cached);
	return 1;
}

static void make_room(cstn__block_cache *cache)
{
	cstn__cached *at = cache->oldest;

	for (size_t left = 2 * cache->count; at && left && cache->bytes > cache->limit; left--) {
		cstn__cached *newer = at->newer;

		if (atomic_exchange_explicit(&at->slot->used, 0, memory_order_relaxed)) {
			unlink_block(cache, at);
			link_newest(cache, at);
		} else {
			drop(cache, at);
		}
		at = newer ? newer : cache->oldest;
	}
}

void cstn__block_cache_free(cstn__block_cache *cache)
{
	while (cache->oldest && drop(cache, cache->oldest))
		continue;
	pthread_mutex_destroy(&cache->lock);
}

cstn_status cstn__cached_slots_init(cstn__cached_slots *slots, const cstn__segment *segment,
		const cstn_allocator *allocator, cstn_error **error)
{
	slots->n_chunks = cstn__segment_chunks(segment);
	slots->n = (size_t)slots->n_chunks * cstn__segment_columns(segment);
	slots->items = cstn__alloc_zero(
			allocator, cstn__array_size(slots->n, sizeof(*slots->items)));
	return slots->items ? CSTN_OK : cstn__fail_nomem(error);
}

void cstn__cached_slots_free(cstn__cached_slots *slots, cstn__block_cache *cache,
		const cstn_allocator *allocator)
{
	if (!slots->items)
		return;
	pthread_mutex_lock(&cache->lock);
	for (size_t i = 0; i < slots->n; i++) {
		cstn__cached *cached =
				atomic_load_explicit(&slots->items[i].block, memory_order_relaxed);

		if (cached)
			drop(cache, cached);
	}
	pthread_mutex_unlock(&cache->lock);
	cstn__free(allocator, slots->items, slots->n * sizeof(*slots->items));
	slots->items = NULL;
}

static cstn__cached *held(cstn__cached_slot *slot)
{
	uint32_t before = atomic_fetch_add_explicit(&slot->refs, 1, memory_order_acquire);
	cstn__cached *cached = NULL;

	if (!(before & CSTN__CACHED_LEAVING))
		cached = atomic_load_explicit(&slot->block, memory_order_acquire);
	if (!cached) {
		atomic_fetch_sub_explicit(&slot->refs, 1, memory_order_release);
		return NULL;
	}
	if (!atomic_load_explicit(&slot->used, memory_order_relaxed))
		atomic_store_explicit(&slot->used, 1, memory_order_relaxed);
	return cached;
}

static cstn_status make_block(cstn__block_cache *cache, cstn__cached_slot *slot,
		cstn__segment *segment, uint32_t chunk, uint32_t column,
		const cstn_allocator *blocks, cstn__block *whole, cstn__cached **out,
		cstn_error **error)
{
	cstn__cached *made = cstn__alloc_zero(&cache->allocator, sizeof(*made));
	cstn_status status;

	if (!made)
		return cstn__fail_nomem(error);
	status = cstn__segment_read_packed(segment, chunk, column, &cache->allocator, &made->block,
			blocks, whole, error);
	if (status != CSTN_OK) {
		cstn__free(&cache->allocator, made, sizeof(*made));
		return status;
	}
	made->slot = slot;
	made->size = sizeof(*made) + made->block.size + made->block.starts_size;
	*out = made;
	return CSTN_OK;
}

/* The block into its slot, held, unless another thread was first; gives the one that is there. */
static cstn__cached *put_in(cstn__block_cache *cache, cstn__cached_slot *slot, cstn__cached *made)
{
	cstn__cached *other;

	pthread_mutex_lock(&cache->lock);
	other = held(slot); /* nobody drops one: that takes the lock */
	if (!other) {
		atomic_fetch_add_explicit(&slot->refs, 1, memory_order_relaxed);
		atomic_store_explicit(&slot->used, 1, memory_order_relaxed);
		atomic_store_explicit(&slot->block, made, memory_order_release);
		link_newest(cache, made);
		cache->bytes += made->size;
		make_room(cache);
	}
	pthread_mutex_unlock(&cache->lock);
	if (!other)
		return made;
	free_block(cache, made);
	return other;
}

static cstn__cached_slot *slot_of(const cstn__cached_slots *slots, uint32_t chunk, uint32_t column)
{
	return &slots->items[(size_t)column * slots->n_chunks + chunk];
}

cstn__cached *cstn__cached_peek(const cstn__cached_slots *slots, uint32_t chunk, uint32_t column)
{
	cstn__cached_slot *slot = slot_of(slots, chunk, column);
	cstn__cached *cached;

	if (!atomic_load_explicit(&slot->block, memory_order_relaxed))
		return NULL;
	cached = held(slot);
	if (cached && cached->block.packed.nulls == cached->block.packed.rows) {
		cstn__cached_put_back(cached);
		cached = NULL;
	}
	return cached;
}

cstn_status cstn__cached_get(cstn__block_cache *cache, cstn__cached_slots *slots,
		cstn__segment *segment, uint32_t chunk, uint32_t column, cstn__cached **out,
		cstn_error **error)
{
	cstn__cached_slot *slot = slot_of(slots, chunk, column);
	cstn__cached *made = NULL;
	cstn_status status;

	*out = held(slot);
	if (*out)
		return CSTN_OK;
	status = make_block(
			cache, slot, segment, chunk, column, &cache->allocator, NULL, &made, error);
	if (status == CSTN_OK)
		*out = put_in(cache, slot, made);
	return status;
}

cstn_status cstn__cached_read(cstn__block_cache *cache, cstn__cached_slots *slots,
		cstn__segment *segment, uint32_t chunk, uint32_t column,
		const cstn_allocator *blocks, cstn__block *out, cstn_error **error)
{
	cstn__cached_slot *slot = slot_of(slots, chunk, column);
	cstn__cached *cached = held(slot);
	cstn_status status;

	if (cached) {
		status = cstn__segment_unpack(
				segment, chunk, column, &cached->block, blocks, out, error);
		cstn__cached_put_back(cached);
		return status;
	}
	if (cache->bytes + sizeof(*cached) + cstn__segment_block_size(segment, chunk, column) >
			cache->limit)
		return cstn__segment_read_with(segment, chunk,
				cstn__segment_column_id(segment, column), blocks, out, error);
	status = make_block(cache, slot, segment, chunk, column, blocks, out, &cached, error);
	if (status == CSTN_OK)
		cstn__cached_put_back(put_in(cache, slot, cached));
	return status;
}
