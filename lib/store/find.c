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

/* The rows of a key in a memory table, newest first. */
typedef struct memory_walk {
	const cstn__table_info *table;
	const cstn__memory *memory;
	uint64_t rows; /* that are seen */
	const cstn__values *key;
	uint64_t key_row;
	uint32_t next; /* row + 1; 0: the end */
	/* The row at hand. */
	const cstn__memory_chunk *chunk;
	uint64_t at;
	uint32_t row; /* in its chunk */
} memory_walk;

static void walk_begin(memory_walk *walk, uint64_t hash)
{
	walk->next = walk->rows ? cstn__key_index_head(&walk->memory->index, hash) : 0;
}

static int walk_next(memory_walk *walk)
{
	cstn__values held[CSTN__MAX_KEY_COLUMNS];

	while (walk->next) {
		walk->at = walk->next - 1;
		walk->next = cstn__key_index_before(&walk->memory->index, walk->next - 1);
		if (walk->at >= walk->rows)
			continue;
		walk->chunk = cstn__memory_chunk_of(walk->memory, walk->at);
		walk->row = (uint32_t)(walk->at - walk->chunk->first_row);
		cstn__memory_key_values(walk->memory, walk->chunk, held);
		if (cstn__keys_equal(held, walk->row, walk->key, walk->key_row, walk->table->n_key))
			return 1;
	}
	return 0;
}

static int64_t walk_recorded(const memory_walk *walk)
{
	cstn__values recorded;

	cstn__memory_values(
			walk->memory, walk->chunk, walk->table->recorded, walk->row + 1, &recorded);
	return recorded.numbers[walk->row];
}

static int find_in_memory(
		memory_walk *walk, uint64_t seq, int64_t as_of_us, uint64_t hash, cstn__place *out)
{
	walk_begin(walk, hash);
	while (walk_next(walk)) {
		int64_t until;

		if (cstn__memory_dead(walk->chunk, walk->row, seq, &until) && until <= as_of_us)
			continue;
		if (as_of_us != INT64_MAX && walk->table->recorded != CSTN__NO_COLUMN &&
				walk_recorded(walk) > as_of_us)
			continue;
		out->part = NULL;
		out->row = walk->at;
		return 1;
	}
	return 0;
}

/* Newest first; what a segment may have is known of CSTN__PROBES of them at once. */
static cstn_status find_in_parts(const cstn__table_info *table, const cstn__version_table *version,
		uint64_t seq, int64_t as_of_us, uint64_t hash, const cstn__values *key,
		uint64_t key_row, cstn__place *out, int *found, cstn_error **error)
{
	cstn__probe probes[CSTN__PROBES];
	cstn_status status = CSTN_OK;

	for (size_t end = version->n_parts, first; status == CSTN_OK && !*found && end;
			end = first) {
		cstn__part **parts;
		uint32_t may;

		first = end < CSTN__PROBES ? 0 : end - CSTN__PROBES;
		parts = version->parts + first;
		for (size_t i = 0; i < end - first; i++)
			probes[i].segment = parts[i]->segment;
		may = cstn__segments_probe(probes, end - first, hash);
		while (may && status == CSTN_OK && !*found) {
			uint32_t i = 31 - (uint32_t)__builtin_clz(may);

			may ^= 1u << i;
			status = cstn__part_find(parts[i], &probes[i], table, seq, as_of_us, hash,
					key, key_row, out, found, error);
		}
	}
	return status;
}

cstn_status cstn__key_find(const cstn__table_info *table, const cstn__version_table *version,
		uint64_t memory_rows, uint64_t seq, int64_t as_of_us, uint64_t hash,
		const cstn__values *key, uint64_t key_row, cstn__place *out, int *found,
		cstn_error **error)
{
	memory_walk walk = {table, version->memory, memory_rows, key, key_row, 0, NULL, 0, 0};

	*found = find_in_memory(&walk, seq, as_of_us, hash, out);
	return *found ? CSTN_OK
		      : find_in_parts(table, version, seq, as_of_us, hash, key, key_row, out, found,
					error);
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

/* Where the row is; CSTN_E_NOT_FOUND. What is wanted of it is held, if it lies in a part: the
 * columns of the options, or, for a `whole` row without child rows, all that have a value. */
static cstn_status find_place(cstn__snapshot *snapshot, uint32_t table, const cstn__values *key,
		const cstn__scan_options *options, int whole, cstn__hold *hold, cstn__place *out,
		cstn_error **error)
{
	static const uint32_t none[1];
	const cstn__table_info *info = NULL;
	cstn_status status = cstn__snapshot_may_read(snapshot->store, error);
	uint64_t hash = 0;
	int found = 0;

	if (status == CSTN_OK)
		status = cstn__store_table_find(snapshot->store, table, &info, error);
	if (status != CSTN_OK)
		return status;
	if (!info->n_key)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "table '%s' has no key",
				info->declared->name);
	hold->table = info;
	hold->columns = whole && !info->declared->has_child ? NULL
			: options                           ? options->columns
							    : none;
	hold->n = options ? options->n_columns : 0;
	if (hold->n > CSTN__HOLD_MAX)
		hold->n = CSTN__HOLD_MAX;
	hold->n_held = 0;
	out->hold = hold;
	status = hash_of(snapshot->store, info, key, &hash, error);
	if (status == CSTN_OK)
		status = cstn__key_find(info, &snapshot->version->tables[info->index],
				snapshot->rows[info->index], snapshot->seq,
				options ? options->as_of_us : INT64_MAX, hash, key, 0, out, &found,
				error);
	if (status == CSTN_OK && !found)
		return cstn__fail(error, CSTN_E_NOT_FOUND, "table '%s' has no such key",
				info->declared->name);
	return status;
}

cstn_status cstn__snapshot_find_in(cstn__snapshot *snapshot, uint32_t table,
		const cstn__values *key, const cstn__scan_options *options, cstn__found_room *room,
		cstn__scan **scan, cstn__scan_chunk *chunk, cstn_error **error)
{
	cstn__place place = {0};
	cstn__hold hold;
	cstn_status status;

	status = find_place(snapshot, table, key, options, 0, &hold, &place, error);
	if (status != CSTN_OK)
		return status;
	status = cstn__row_read(
			snapshot, hold.table, &place, key, options, room, scan, chunk, error);
	cstn__hold_drop(&hold);
	return status;
}

cstn_status cstn__snapshot_whole_row(cstn__snapshot *snapshot, uint32_t table,
		const cstn__values *key, const cstn__scan_options *options, cstn__whole_row *row,
		cstn_error **error)
{
	cstn__place place = {0};
	cstn__hold hold;
	cstn_status status = find_place(snapshot, table, key, options, 1, &hold, &place, error);

	if (status != CSTN_OK)
		return status;
	row->scan = NULL;
	row->n = 0;
	if (place.part && !hold.columns && place.part->n_valued <= CSTN__WHOLE_ROW_VALUES)
		return cstn__whole_row_take(&place, row, error);
	if (!hold.columns)
		cstn__hold_drop(&hold); /* they are other ones than those of the options */
	status = cstn__row_read(snapshot, hold.table, &place, key, options, &row->room, &row->scan,
			&row->chunk, error);
	cstn__hold_drop(&hold);
	return status;
}

cstn_status cstn__snapshot_find(cstn__snapshot *snapshot, uint32_t table, const cstn__values *key,
		const cstn__scan_options *options, cstn__scan **scan, cstn__scan_chunk *chunk,
		cstn_error **error)
{
	return cstn__snapshot_find_in(snapshot, table, key, options, NULL, scan, chunk, error);
}

static int64_t last_in_memory(memory_walk *walk, uint64_t seq, uint64_t hash)
{
	int64_t last_us = INT64_MIN, us;

	walk_begin(walk, hash);
	while (walk_next(walk)) {
		if (!cstn__memory_dead(walk->chunk, walk->row, seq, &us))
			us = walk_recorded(walk);
		last_us = us > last_us ? us : last_us;
	}
	return last_us;
}

cstn_status cstn__snapshot_last_time(cstn__snapshot *snapshot, uint32_t table,
		const cstn__values *key, int64_t *last_us, cstn_error **error)
{
	const cstn__version_table *version;
	const cstn__table_info *info = NULL;
	cstn_status status = cstn__snapshot_may_read(snapshot->store, error);
	memory_walk walk = {0};
	int64_t last;
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
	walk.table = info;
	walk.memory = version->memory;
	walk.rows = snapshot->rows[info->index];
	walk.key = key;
	last = last_in_memory(&walk, snapshot->seq, hash);
	for (size_t p = 0; p < version->n_parts && status == CSTN_OK; p++)
		status = cstn__part_last_time(
				version->parts[p], info, snapshot->seq, hash, key, &last, error);
	if (status == CSTN_OK)
		*last_us = last;
	return status;
}
