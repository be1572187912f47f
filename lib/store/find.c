/* The row of a key: the memory table's index first, then the segments, newest first.
 *
 * Versions of a key are met newest first; the first that is visible in the snapshot and as of the
 * time is the answer. O(1) in memory, and one probe a segment, whose pages are fetched for all
 * segments at once: a probe is nothing but waiting for memory. */
#include "store/engine.h"

#include <string.h>

#include "base/error.h"
#include "store/little_endian.h"
#include "store/scan.h"

enum { FEW_BYTES = 512 };

static int find_in_memory(const cstn__table_info *table, const cstn__memory *memory, uint64_t rows,
		uint64_t seq, int64_t as_of_us, uint64_t hash, const cstn__values *key,
		uint64_t key_row, cstn__place *out)
{
	cstn__values held[CSTN__MAX_KEY_COLUMNS], recorded;
	uint32_t at = rows ? cstn__key_index_head(&memory->index, hash) : 0;

	for (; at; at = cstn__key_index_before(&memory->index, at - 1)) {
		const cstn__memory_chunk *chunk;
		uint32_t row;
		int64_t until;

		if (at > rows)
			continue;
		chunk = cstn__memory_chunk_of(memory, at - 1);
		row = (uint32_t)(at - 1 - chunk->first_row);
		cstn__memory_key_values(memory, chunk, held);
		if (!cstn__keys_equal(held, row, key, key_row, table->n_key))
			continue;
		if (cstn__memory_dead(chunk, row, seq, &until) && until <= as_of_us)
			continue;
		if (as_of_us != INT64_MAX && table->recorded != CSTN__NO_COLUMN) {
			cstn__memory_values(memory, chunk, table->recorded, row + 1, &recorded);
			if (recorded.numbers[row] > as_of_us)
				continue;
		}
		out->part = NULL;
		out->row = at - 1;
		out->seq = (uint64_t)((const int64_t *)cstn__stable_get(&chunk->seqs))[row];
		return 1;
	}
	return 0;
}

cstn_status cstn__key_find(const cstn__table_info *table, const cstn__version_table *version,
		uint64_t memory_rows, uint64_t seq, int64_t as_of_us, uint64_t hash,
		const cstn__values *key, uint64_t key_row, cstn__place *out, int *found,
		cstn_error **error)
{
	cstn_status status = CSTN_OK;

	*found = find_in_memory(table, version->memory, memory_rows, seq, as_of_us, hash, key,
			key_row, out);
	for (int step = 0; step < 2 && !*found && version->n_parts > 1; step++)
		for (size_t p = version->n_parts; p-- > 0;)
			cstn__segment_prefetch(version->parts[p]->segment, hash, step);
	for (size_t p = version->n_parts; !*found && status == CSTN_OK && p-- > 0;)
		status = cstn__part_find(version->parts[p], table, seq, as_of_us, hash, key,
				key_row, out, found, error);
	return status;
}

/* A part of the key as cstn__key_put() writes it, at `at`; the end of it, past FEW_BYTES if it does
 * not fit. */
static size_t put_small(const cstn__values *key, uint8_t *few, size_t at)
{
	const uint8_t *text;
	size_t len;

	if (key->numbers && !key->dictionary) {
		if (at + 8 <= FEW_BYTES)
			cstn__store64(few + at, (uint64_t)key->numbers[0]);
		return at + 8;
	}
	text = cstn__values_text(key, 0, &len);
	if (len > FEW_BYTES || at + 4 + len > FEW_BYTES)
		return FEW_BYTES + 1;
	cstn__store32(few + at, (uint32_t)len);
	if (len)
		memcpy(few + at + 4, text, len);
	return at + 4 + len;
}

static cstn_status hash_of(const cstn__store *store, const cstn__table_info *table,
		const cstn__values *key, uint64_t *out, cstn_error **error)
{
	uint8_t few[FEW_BYTES];
	size_t size = 0;
	cstn__bytes bytes;
	cstn_status status = CSTN_OK;

	for (size_t i = 0; i < table->n_key && size <= sizeof(few); i++)
		size = put_small(&key[i], few, size);
	if (size <= sizeof(few)) {
		*out = cstn__key_hash(store->uuid, few, size);
		return CSTN_OK;
	}
	cstn__bytes_init(&bytes, &store->allocator);
	cstn__key_put(key, table->n_key, 0, &bytes);
	if (bytes.failed)
		status = cstn__fail_nomem(error);
	else
		*out = cstn__key_hash(store->uuid, bytes.data, bytes.size);
	cstn__bytes_free(&bytes);
	return status;
}

cstn_status cstn__snapshot_find(cstn__snapshot *snapshot, uint32_t table, const cstn__values *key,
		const cstn__scan_options *options, cstn__scan **scan, cstn__scan_chunk *chunk,
		cstn_error **error)
{
	const cstn__table_info *info = NULL;
	int64_t as_of_us = options ? options->as_of_us : INT64_MAX;
	cstn_status status = cstn__snapshot_may_read(snapshot->store, error);
	cstn__place place = {0};
	uint64_t hash = 0;
	int found = 0;

	if (status == CSTN_OK)
		status = cstn__store_table_find(snapshot->store, table, &info, error);
	if (status != CSTN_OK)
		return status;
	if (!info->n_key)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "table '%s' has no key",
				info->declared->name);
	status = hash_of(snapshot->store, info, key, &hash, error);
	if (status == CSTN_OK)
		status = cstn__key_find(info, &snapshot->version->tables[info->index],
				snapshot->rows[info->index], snapshot->seq, as_of_us, hash, key, 0,
				&place, &found, error);
	if (status == CSTN_OK && !found)
		return cstn__fail(error, CSTN_E_NOT_FOUND, "table '%s' has no such key",
				info->declared->name);
	if (status != CSTN_OK)
		return status;
	return cstn__row_read(snapshot, info, &place, options, scan, chunk, error);
}

static void last_in_memory(const cstn__table_info *table, const cstn__memory *memory, uint64_t rows,
		uint64_t seq, uint64_t hash, const cstn__values *key, int64_t *last_us)
{
	cstn__values held[CSTN__MAX_KEY_COLUMNS], recorded;
	uint32_t at = rows ? cstn__key_index_head(&memory->index, hash) : 0;

	for (; at; at = cstn__key_index_before(&memory->index, at - 1)) {
		const cstn__memory_chunk *chunk;
		uint32_t row;
		int64_t us;

		if (at > rows)
			continue;
		chunk = cstn__memory_chunk_of(memory, at - 1);
		row = (uint32_t)(at - 1 - chunk->first_row);
		cstn__memory_key_values(memory, chunk, held);
		if (!cstn__keys_equal(held, row, key, 0, table->n_key))
			continue;
		if (!cstn__memory_dead(chunk, row, seq, &us)) {
			cstn__memory_values(memory, chunk, table->recorded, row + 1, &recorded);
			us = recorded.numbers[row];
		}
		*last_us = us > *last_us ? us : *last_us;
	}
}

cstn_status cstn__snapshot_last_time(cstn__snapshot *snapshot, uint32_t table,
		const cstn__values *key, int64_t *last_us, cstn_error **error)
{
	const cstn__version_table *version;
	const cstn__table_info *info = NULL;
	cstn_status status = cstn__snapshot_may_read(snapshot->store, error);
	int64_t last = INT64_MIN;
	uint64_t hash = 0;

	if (status == CSTN_OK)
		status = cstn__store_table_find(snapshot->store, table, &info, error);
	if (status == CSTN_OK && (!info->n_key || info->recorded == CSTN__NO_COLUMN))
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"table '%s' has no key, or records no times", info->declared->name);
	if (status == CSTN_OK)
		status = hash_of(snapshot->store, info, key, &hash, error);
	if (status != CSTN_OK)
		return status;
	version = &snapshot->version->tables[info->index];
	last_in_memory(info, version->memory, snapshot->rows[info->index], snapshot->seq, hash, key,
			&last);
	for (size_t p = 0; p < version->n_parts && status == CSTN_OK; p++)
		status = cstn__part_last_time(
				version->parts[p], info, snapshot->seq, hash, key, &last, error);
	if (status == CSTN_OK)
		*last_us = last;
	return status;
}
