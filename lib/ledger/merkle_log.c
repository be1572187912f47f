/* A log: the hashes of its entries and the tree over them, in memory or in the caller's storage.
 *
 * To append, no more is needed than the compact range: the roots of the complete trees that the
 * bits of the size name, at most 64 hashes. An entry's hash joins the smallest of them like a
 * carry. In memory, the nodes that it completes are kept; a storage is given them with the entries,
 * and the log holds the range alone, so that a log of any size opens without being read.
 *
 * Invariant: entries come all or none: the range is changed after the storage has taken them.
 * Cost: an append is the entry's hash and about one node's. */
#include "ledger/merkle_log.h"

#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/sha256.h"
#include "ledger/signed_checkpoint.h"

static cstn_status log_new(const char *origin, size_t origin_len, const cstn_allocator *allocator,
		cstn_log **out, cstn_error **error)
{
	cstn_allocator memory;
	cstn_status status = cstn__checkpoint_origin(origin, origin_len, error);
	cstn_log *log;

	if (status != CSTN_OK)
		return status;
	status = cstn__handle_new(allocator, sizeof(*log), &memory, &log, error);
	if (status != CSTN_OK)
		return status;
	log->allocator = memory;
	log->hardware = cstn__sha256_hardware();
	log->origin_len = origin_len;
	memcpy(log->origin, origin, origin_len);
	*out = log;
	return CSTN_OK;
}

cstn_status cstn_log_new(const char *origin, size_t origin_len, const cstn_allocator *allocator,
		cstn_log **out, cstn_error **error)
{
	if (!out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "out is NULL");
	return log_new(origin, origin_len, allocator, out, error);
}

void cstn_log_free(cstn_log *log)
{
	cstn_allocator memory;
	size_t k;

	if (!log)
		return;
	memory = log->allocator;
	cstn__log_cache_free(&memory, log->cache);
	for (k = 0; k < CSTN__LOG_LEVELS; k++)
		cstn__array_free(&memory, log->levels + k);
	cstn__free(&memory, log, sizeof(*log));
}

uint64_t cstn_log_size(const cstn_log *log)
{
	return log ? log->range.size : 0;
}

/* --- a log in storage ------------------------------------------------------------------------- */

static cstn_status check_storage(const cstn_log_storage *storage, cstn_error **error)
{
	size_t peaks = (size_t)__builtin_popcountll(storage->size);

	if (!storage->range && storage->n_range)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "range is NULL, n_range is %zu",
				storage->n_range);
	if (storage->range && storage->n_range != peaks)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"a range of %zu hashes; a log of %" PRIu64 " entries has %zu",
				storage->n_range, storage->size, peaks);
	if (!storage->range && peaks && !storage->read_tile)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"a log that has entries needs read_tile or its range");
	return CSTN_OK;
}

cstn_status cstn_log_open(const char *origin, size_t origin_len, const cstn_log_storage *storage,
		const cstn_allocator *allocator, cstn_log **out, cstn_error **error)
{
	cstn_log_storage own;
	cstn_status status;
	cstn_log *log;

	if (!storage || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				storage ? "out" : "storage");
	status = cstn__options_read(
			storage, sizeof(own), sizeof(own), 0, "cstn_log_storage", &own, error);
	if (status == CSTN_OK)
		status = check_storage(&own, error);
	if (status == CSTN_OK)
		status = log_new(origin, origin_len, allocator, &log, error);
	if (status != CSTN_OK)
		return status;
	log->stored = 1;
	log->storage = own;
	log->storage.range = NULL;
	log->storage.n_range = 0;
	log->range.size = own.size;
	if (own.read_tile)
		status = cstn__log_cache_new(&log->allocator, &log->cache, error);
	if (status == CSTN_OK && own.range) {
		uint64_t rest = own.size;
		size_t i;

		for (i = own.n_range; i--; rest &= rest - 1)
			memcpy(log->range.peak[__builtin_ctzll(rest)].byte,
					own.range + i * CSTN__HASH, CSTN__HASH);
	} else if (status == CSTN_OK) {
		status = cstn__log_read_range(log, &log->range, error);
	}
	if (status != CSTN_OK) {
		cstn_log_free(log);
		return status;
	}
	*out = log;
	return CSTN_OK;
}

/* The peaks from the left, which is from the highest; returns how many. */
static size_t range_copy(const cstn__range *range, uint8_t *out)
{
	size_t n = 0;
	int height;

	for (height = 63; height >= 0; height--)
		if (range->size >> height & 1)
			memcpy(out + CSTN__HASH * n++, range->peak[height].byte, CSTN__HASH);
	return n;
}

cstn_status cstn_log_range(const cstn_log *log, cstn_buffer **out, cstn_error **error)
{
	uint8_t hashes[64 * CSTN__HASH];

	if (!log || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "log or out is NULL");
	return cstn__buffer_copy(&log->allocator, hashes,
			range_copy(&log->range, hashes) * CSTN__HASH, out, error);
}

cstn_status cstn_log_sync(const cstn_log *log, cstn_error **error)
{
	cstn_status status;

	if (!log)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "log is NULL");
	if (!log->storage.sync)
		return CSTN_OK;
	status = log->storage.sync(log->storage.user);
	return status == CSTN_OK ? CSTN_OK
				 : cstn__fail(error, status,
						   "the storage of the log could not be synced");
}

/* --- append ----------------------------------------------------------------------------------- */

static cstn_status check_entries(
		const void *entries, const uint64_t *ends, size_t count, cstn_error **error)
{
	uint64_t begin = 0;
	size_t i;

	if (count && (!ends || (!entries && ends[count - 1])))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "entries or ends is NULL");
	for (i = 0; i < count; begin = ends[i++]) {
		if (ends[i] < begin)
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"entry %zu ends at %" PRIu64 ", before %" PRIu64
					" where it begins",
					i, ends[i], begin);
		if (ends[i] - begin > CSTN_LOG_ENTRY_MOST)
			return cstn__fail(error, CSTN_E_LIMIT,
					"entry %zu has %" PRIu64 " bytes; at most %d", i,
					ends[i] - begin, CSTN_LOG_ENTRY_MOST);
	}
	return CSTN_OK;
}

/* Room at each level for the nodes that `count` more entries complete. */
static int reserve(const cstn_log *log, size_t count, uint32_t step, cstn__nodes *levels)
{
	uint64_t before = log->range.size, after = before + count;
	size_t k;

	for (k = 0; k < 64 / step && after; k++, before >>= step, after >>= step)
		if (cstn__array_reserve(&log->allocator, levels + k, (size_t)(after - before)))
			return -1;
	return 0;
}

/* Hash all entries into a range, and the nodes into levels that have room. */
static void add_entries(const cstn_log *log, const uint8_t *entries, const uint64_t *ends,
		size_t count, uint32_t step, cstn__range *range, cstn__nodes *levels)
{
	uint64_t begin = 0;
	size_t i;

	for (i = 0; i < count; begin = ends[i++]) {
		cstn__node leaf;

		cstn__merkle_leaf(log->hardware, entries ? entries + begin : NULL,
				(size_t)(ends[i] - begin), leaf.byte);
		cstn__range_add(range, log->hardware, &leaf, step, levels);
	}
}

static cstn_status give_storage(const cstn_log *log, const cstn__range *range,
		const cstn__nodes *levels, const uint8_t *entries, const uint64_t *ends,
		size_t count, cstn_error **error)
{
	uint8_t peaks[64 * CSTN__HASH];
	cstn_log_level given[64 / CSTN__LOG_TILE_STEP];
	cstn_log_batch batch = {.struct_size = sizeof(batch),
			.first = log->range.size,
			.count = count,
			.entries = entries,
			.ends = ends,
			.levels = given,
			.range = peaks};
	cstn_status status;
	uint32_t k;

	batch.n_range = range_copy(range, peaks);
	for (k = 0; k < 64 / CSTN__LOG_TILE_STEP && levels[k].count; k++) {
		given[k].first = log->range.size >> (k * CSTN__LOG_TILE_STEP);
		given[k].count = levels[k].count;
		given[k].hashes = levels[k].items[0].byte;
	}
	batch.n_levels = k;
	status = log->storage.append(log->storage.user, &batch);
	return status == CSTN_OK ? CSTN_OK
				 : cstn__fail(error, status,
						   "the storage of the log did not take %zu "
						   "entries",
						   count);
}

static cstn_status append_stored(cstn_log *log, const uint8_t *entries, const uint64_t *ends,
		size_t count, cstn_error **error)
{
	cstn__nodes levels[64 / CSTN__LOG_TILE_STEP];
	cstn__range range = log->range;
	cstn_status status;
	size_t k;

	if (!log->storage.append)
		return cstn__fail(error, CSTN_E_READ_ONLY, "the storage of the log has no append");
	if (!count)
		return CSTN_OK;
	memset(levels, 0, sizeof(levels));
	if (reserve(log, count, CSTN__LOG_TILE_STEP, levels)) {
		status = cstn__fail_nomem(error);
	} else {
		add_entries(log, entries, ends, count, CSTN__LOG_TILE_STEP, &range, levels);
		status = give_storage(log, &range, levels, entries, ends, count, error);
	}
	if (status == CSTN_OK)
		log->range = range;
	for (k = 0; k < 64 / CSTN__LOG_TILE_STEP; k++)
		cstn__array_free(&log->allocator, levels + k);
	return status;
}

cstn_status cstn_log_append_batch(cstn_log *log, const void *entries, const uint64_t *ends,
		size_t count, uint64_t *first, cstn_error **error)
{
	uint64_t index = cstn_log_size(log);
	cstn_status status;

	if (!log)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "log is NULL");
	status = check_entries(entries, ends, count, error);
	if (status != CSTN_OK)
		return status;
	if (log->stored) {
		status = append_stored(log, entries, ends, count, error);
		if (status != CSTN_OK)
			return status;
	} else {
		if (reserve(log, count, CSTN__LOG_MEMORY_STEP, log->levels))
			return cstn__fail_nomem(error);
		add_entries(log, entries, ends, count, CSTN__LOG_MEMORY_STEP, &log->range,
				log->levels);
	}
	if (first)
		*first = index;
	return CSTN_OK;
}

cstn_status cstn_log_append(cstn_log *log, const void *entry, size_t entry_size, uint64_t *index,
		cstn_error **error)
{
	uint64_t end = entry_size;

	return cstn_log_append_batch(log, entry, &end, 1, index, error);
}

/* --- checkpoint ------------------------------------------------------------------------------- */

cstn_status cstn_log_checkpoint(const cstn_log *log, const char *const *signers, size_t n_signers,
		cstn_buffer **out, cstn_error **error)
{
	uint8_t root[CSTN__HASH];
	cstn_buffer *text;
	cstn_status status;

	if (!log || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "log or out is NULL");
	/* What was signed and then lost would look like a log that forked. */
	status = cstn_log_sync(log, error);
	if (status != CSTN_OK)
		return status;
	cstn__range_root(&log->range, log->hardware, root);
	status = cstn_checkpoint_format(log->origin, log->origin_len, cstn_log_size(log), root,
			&log->allocator, &text, error);
	if (status != CSTN_OK)
		return status;
	status = cstn_note_sign((const char *)cstn_buffer_data(text), cstn_buffer_size(text), NULL,
			0, signers, n_signers, &log->allocator, out, error);
	cstn_buffer_free(text);
	return status;
}
