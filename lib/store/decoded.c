/* Decoded blocks for look-ups: a key is compared and a row is read without decoding 65,536 values
 * for each. A hash table under one mutex with a list by use; a block in use is never dropped.
 * Memory: the given limit, and what is in use beyond it. */
#include "store/decoded.h"

#include <string.h>

#include "base/error.h"
#include "base/hash.h"

cstn_status cstn__decoded_init(cstn__decoded_cache *cache, uint64_t limit,
		const cstn_allocator *allocator, cstn_error **error)
{
	memset(cache, 0, sizeof(*cache));
	cache->allocator = *allocator;
	cache->limit = limit;
	return pthread_mutex_init(&cache->lock, NULL) ? cstn__fail_nomem(error) : CSTN_OK;
}

static cstn__decoded **bucket_of(
		cstn__decoded_cache *cache, uint64_t file_no, uint32_t chunk, uint32_t column)
{
	uint64_t hash = cstn__mix64(file_no << 32 ^ (uint64_t)chunk << 12 ^ column);

	return &cache->buckets[hash % CSTN__DECODED_BUCKETS];
}

static void unlink_use(cstn__decoded_cache *cache, cstn__decoded *decoded)
{
	if (decoded->newer)
		decoded->newer->older = decoded->older;
	else
		cache->newest = decoded->older;
	if (decoded->older)
		decoded->older->newer = decoded->newer;
	else
		cache->oldest = decoded->newer;
}

static void link_newest(cstn__decoded_cache *cache, cstn__decoded *decoded)
{
	decoded->newer = NULL;
	decoded->older = cache->newest;
	if (cache->newest)
		cache->newest->newer = decoded;
	else
		cache->oldest = decoded;
	cache->newest = decoded;
}

static void drop(cstn__decoded_cache *cache, cstn__decoded *decoded)
{
	cstn__decoded **at = bucket_of(cache, decoded->file_no, decoded->chunk, decoded->column);

	while (*at != decoded)
		at = &(*at)->next;
	*at = decoded->next;
	unlink_use(cache, decoded);
	cache->bytes -= decoded->bytes;
	cstn__block_free(&decoded->block, &cache->allocator);
	cstn__free(&cache->allocator, decoded, sizeof(*decoded));
}

static void make_room(cstn__decoded_cache *cache)
{
	cstn__decoded *at = cache->oldest;

	while (at && cache->bytes > cache->limit) {
		cstn__decoded *newer = at->newer;

		if (!at->refs)
			drop(cache, at);
		at = newer;
	}
}

void cstn__decoded_free(cstn__decoded_cache *cache)
{
	while (cache->oldest)
		drop(cache, cache->oldest);
	pthread_mutex_destroy(&cache->lock);
}

void cstn__decoded_forget(cstn__decoded_cache *cache, uint64_t file_no)
{
	cstn__decoded *at, *newer;

	pthread_mutex_lock(&cache->lock);
	for (at = cache->oldest; at; at = newer) {
		newer = at->newer;
		if (at->file_no == file_no && !at->refs)
			drop(cache, at);
	}
	pthread_mutex_unlock(&cache->lock);
}

static cstn__decoded *held(
		cstn__decoded_cache *cache, uint64_t file_no, uint32_t chunk, uint32_t column)
{
	cstn__decoded *at = *bucket_of(cache, file_no, chunk, column);

	while (at && (at->file_no != file_no || at->chunk != chunk || at->column != column))
		at = at->next;
	if (!at)
		return NULL;
	at->refs++;
	if (cache->newest != at) {
		unlink_use(cache, at);
		link_newest(cache, at);
	}
	return at;
}

cstn_status cstn__decoded_get(cstn__decoded_cache *cache, cstn__segment *segment, uint64_t file_no,
		uint32_t chunk, uint32_t column, cstn__decoded **out, cstn_error **error)
{
	cstn__decoded *made, *other;
	cstn_status status;

	pthread_mutex_lock(&cache->lock);
	*out = held(cache, file_no, chunk, column);
	pthread_mutex_unlock(&cache->lock);
	if (*out)
		return CSTN_OK;
	made = cstn__alloc_zero(&cache->allocator, sizeof(*made));
	if (!made)
		return cstn__fail_nomem(error);
	status = cstn__segment_read(segment, chunk, column, &made->block, error);
	if (status != CSTN_OK) {
		cstn__free(&cache->allocator, made, sizeof(*made));
		return status;
	}
	made->file_no = file_no;
	made->chunk = chunk;
	made->column = column;
	made->refs = 1;
	made->bytes = made->block.size + sizeof(*made);
	pthread_mutex_lock(&cache->lock);
	other = held(cache, file_no, chunk, column);
	if (!other) {
		cstn__decoded **bucket = bucket_of(cache, file_no, chunk, column);

		made->next = *bucket;
		*bucket = made;
		link_newest(cache, made);
		cache->bytes += made->bytes;
		make_room(cache);
	}
	pthread_mutex_unlock(&cache->lock);
	if (other) {
		cstn__block_free(&made->block, &cache->allocator);
		cstn__free(&cache->allocator, made, sizeof(*made));
		made = other;
	}
	*out = made;
	return CSTN_OK;
}

void cstn__decoded_put_back(cstn__decoded_cache *cache, cstn__decoded *decoded)
{
	if (!decoded)
		return;
	pthread_mutex_lock(&cache->lock);
	decoded->refs--;
	pthread_mutex_unlock(&cache->lock);
}
