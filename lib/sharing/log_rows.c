/* Rows of logs in the store of a network.
 *
 * A log has one row with its size and compact range, so that it opens and grows without being read.
 * An entry's row has its bytes and its hash. Of 256 hashes of a level a tile's row is made once,
 * with the hash over them, which is the tile's hash in the level above. A tile that is not full is
 * read hash by hash: out of entries at level 0, out of the tiles below it at others.
 *
 * Invariant: rows of entries and tiles are never changed. */
#include "sharing/log_rows.h"

#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "network/network.h"

#define HASH CSTN_MERKLE_HASH_SIZE
#define TILE CSTN_LOG_TILE_HASHES
#define COLUMN(field) (CSTN__COLUMN_FIRST + (uint32_t)(field))

/* --- reading ---------------------------------------------------------------------------------- */

typedef struct found_row {
	cstn__found_room room;
	cstn__scan *scan;
	cstn__scan_chunk chunk;
	int there;
} found_row;

static void key_of(const cstn__log_place *place, uint32_t noun, cstn__key *out)
{
	memset(out, 0, sizeof(*out));
	out->noun = cstn__noun_get(noun);
	out->parts[0].text = place->party;
	out->parts[0].len = place->party_len;
	out->parts[1].text = place->constellation_len ? place->constellation : "";
	out->parts[1].len = place->constellation_len;
}

static cstn_status find(const cstn__log_place *place, const cstn__key *key, const uint32_t *columns,
		size_t n_columns, found_row *out, cstn_error **error)
{
	const cstn__scan_options options = {
			.columns = columns, .n_columns = n_columns, .as_of_us = INT64_MAX};

	out->scan = NULL;
	return cstn__find_row(place->snapshot, key, &options, &out->room, &out->scan, &out->chunk,
			&out->there, error);
}

static cstn_status fail_corrupt(const cstn__key *key, const char *what, cstn_error **error)
{
	char buffer[CSTN__KEY_TEXT];

	return cstn__fail(error, CSTN_E_CORRUPT, "%s %s", cstn__key_text(key, buffer), what);
}

cstn_status cstn__log_state_read(
		const cstn__log_place *place, cstn__log_state *out, cstn_error **error)
{
	static const uint32_t columns[] = {COLUMN(CSTN__LOG_RECORDED), COLUMN(CSTN__LOG_SIZE),
			COLUMN(CSTN__LOG_RANGE)};
	const uint8_t *range;
	cstn_status status;
	found_row row;
	cstn__key key;
	size_t len;

	memset(out, 0, sizeof(*out));
	out->newest_us = INT64_MIN;
	key_of(place, CSTN__NOUN_LOG, &key);
	status = find(place, &key, columns, 3, &row, error);
	if (status != CSTN_OK || !row.there) {
		cstn__scan_free(row.scan);
		return status;
	}
	out->newest_us = row.chunk.columns[0].numbers[0];
	out->size = (uint64_t)row.chunk.columns[1].numbers[0];
	range = cstn__values_text(&row.chunk.columns[2], 0, &len);
	out->n_range = (size_t)__builtin_popcountll(out->size);
	if (len == out->n_range * HASH)
		memcpy(out->range, range, len);
	else
		status = fail_corrupt(&key, "has a range that is not of its size", error);
	cstn__scan_free(row.scan);
	return status;
}

/* The text of one column, which is to be there and, unless `size` is 0, of that size. */
static cstn_status read_text(const cstn__log_place *place, const cstn__key *key, uint32_t column,
		size_t size, cstn__bytes *to, uint8_t *out, cstn_error **error)
{
	const uint8_t *text;
	cstn_status status;
	found_row row;
	size_t len;

	status = find(place, key, &column, 1, &row, error);
	if (status == CSTN_OK && !row.there)
		status = fail_corrupt(key, "is missing", error);
	if (status == CSTN_OK) {
		text = cstn__values_text(&row.chunk.columns[0], 0, &len);
		if (to)
			cstn__bytes_put(to, text, len);
		else if (len == size)
			memcpy(out, text, len);
		else
			status = fail_corrupt(key, "has hashes of another size", error);
		if (to && to->failed)
			status = cstn__fail_nomem(error);
	}
	cstn__scan_free(row.scan);
	return status;
}

cstn_status cstn__log_entry_read(
		const cstn__log_place *place, uint64_t index, cstn__bytes *out, cstn_error **error)
{
	cstn__key key;

	key_of(place, CSTN__NOUN_LOG_ENTRY, &key);
	key.parts[2].number = (int64_t)index;
	return read_text(place, &key, COLUMN(CSTN__LOG_ENTRY_ENTRY), 0, out, NULL, error);
}

static void tile_key(const cstn__log_place *place, uint32_t level, uint64_t index, cstn__key *out)
{
	key_of(place, CSTN__NOUN_LOG_TILE, out);
	out->parts[2].number = level;
	out->parts[3].number = (int64_t)index;
}

static cstn_status read_hash(const cstn__log_place *place, uint32_t level, uint64_t number,
		uint8_t *out, cstn_error **error)
{
	uint32_t column = COLUMN(CSTN__LOG_TILE_HASH);
	cstn__key key;

	if (level) {
		tile_key(place, level - 1, number, &key);
	} else {
		key_of(place, CSTN__NOUN_LOG_ENTRY, &key);
		key.parts[2].number = (int64_t)number;
		column = COLUMN(CSTN__LOG_ENTRY_HASH);
	}
	return read_text(place, &key, column, HASH, NULL, out, error);
}

cstn_status cstn__log_tile_read(const cstn__log_place *place, uint32_t level, uint64_t index,
		uint32_t width, uint8_t *out, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	cstn__key key;
	uint32_t i;

	if (width == TILE) {
		tile_key(place, level, index, &key);
		return read_text(place, &key, COLUMN(CSTN__LOG_TILE_HASHES), (size_t)TILE * HASH,
				NULL, out, error);
	}
	for (i = 0; i < width && status == CSTN_OK; i++)
		status = read_hash(place, level, index * TILE + i, out + (size_t)i * HASH, error);
	return status;
}

/* --- writing ---------------------------------------------------------------------------------- */

/* One text for all rows of a column. */
typedef struct same_text {
	uint32_t offsets[2];
	cstn__values one;
	cstn__values column;
} same_text;

static void same_text_init(
		same_text *out, const char *text, size_t len, uint64_t rows, const int64_t *zeros)
{
	memset(out, 0, sizeof(*out));
	out->offsets[1] = (uint32_t)len;
	out->one = (cstn__values){.rows = 1,
			.offsets = out->offsets,
			.bytes = (const uint8_t *)(len ? text : "")};
	out->column = (cstn__values){.rows = rows, .numbers = zeros, .dictionary = &out->one};
}

static cstn__values number_column(uint64_t rows, const int64_t *numbers)
{
	return (cstn__values){.rows = rows, .numbers = numbers};
}

static cstn__values text_column(uint64_t rows, const uint32_t *offsets, const uint8_t *bytes)
{
	return (cstn__values){.rows = rows, .offsets = offsets, .bytes = bytes};
}

/* Columns are fields 0, 1, 2, ... of the noun. */
static cstn_status upsert(const cstn__log_place *place, cstn__transaction *transaction,
		uint32_t noun, uint64_t rows, const int64_t *zeros, cstn__values *columns,
		size_t n_columns, cstn_error **error)
{
	uint32_t ids[8];
	const cstn__store_batch batch = {
			.rows = rows, .ids = ids, .columns = columns, .n_columns = n_columns};
	same_text party, constellation;

	for (size_t i = 0; i < n_columns; i++)
		ids[i] = COLUMN(i);
	same_text_init(&party, place->party, place->party_len, rows, zeros);
	same_text_init(&constellation, place->constellation, place->constellation_len, rows, zeros);
	columns[0] = party.column;
	columns[1] = constellation.column;
	return cstn__transaction_upsert(transaction, noun, &batch, error);
}

static cstn_status put_entries(const cstn__log_place *place, cstn__transaction *transaction,
		const cstn_log_batch *batch, const int64_t *recorded_us, cstn__arena *arena,
		cstn_error **error)
{
	uint64_t n = batch->count;
	uint32_t *ends = cstn__arena_alloc(arena, (n + 1) * sizeof(*ends)),
		 *hash_ends = cstn__arena_alloc(arena, (n + 1) * sizeof(*hash_ends));
	int64_t *numbers = cstn__arena_alloc(arena, n * sizeof(*numbers)),
		*zeros = cstn__arena_alloc(arena, n * sizeof(*zeros));
	cstn__values columns[6];

	if (!ends || !hash_ends || !numbers || !zeros)
		return cstn__fail_nomem(error);
	if (batch->ends[n - 1] > UINT32_MAX || n > UINT32_MAX / HASH)
		return cstn__fail(error, CSTN_E_LIMIT,
				"%" PRIu64 " entries of %" PRIu64
				" bytes in one transaction; at most 2^32 bytes and hashes",
				n, batch->ends[n - 1]);
	ends[0] = hash_ends[0] = 0;
	memset(zeros, 0, n * sizeof(*zeros));
	for (uint64_t i = 0; i < n; i++) {
		ends[i + 1] = (uint32_t)batch->ends[i];
		hash_ends[i + 1] = (uint32_t)((i + 1) * HASH);
		numbers[i] = (int64_t)(batch->first + i);
	}
	columns[CSTN__LOG_ENTRY_NUMBER] = number_column(n, numbers);
	columns[CSTN__LOG_ENTRY_RECORDED] = number_column(n, recorded_us);
	columns[CSTN__LOG_ENTRY_ENTRY] = text_column(n, ends, batch->entries);
	columns[CSTN__LOG_ENTRY_HASH] = text_column(n, hash_ends, batch->levels[0].hashes);
	return upsert(place, transaction, CSTN__NOUN_LOG_ENTRY, n, zeros, columns, 6, error);
}

static cstn_status put_tile(const cstn__log_place *place, cstn__transaction *transaction,
		uint32_t level, uint64_t index, const uint8_t *hashes, const uint8_t *hash,
		int64_t newest_us, cstn_error **error)
{
	static const uint32_t all[2] = {0, TILE * HASH}, one[2] = {0, HASH};
	static const int64_t zero;
	int64_t level_number = level, number = (int64_t)index;
	cstn__values columns[7];

	columns[CSTN__LOG_TILE_LEVEL] = number_column(1, &level_number);
	columns[CSTN__LOG_TILE_NUMBER] = number_column(1, &number);
	columns[CSTN__LOG_TILE_RECORDED] = number_column(1, &newest_us);
	columns[CSTN__LOG_TILE_HASHES] = text_column(1, all, hashes);
	columns[CSTN__LOG_TILE_HASH] = text_column(1, one, hash);
	return upsert(place, transaction, CSTN__NOUN_LOG_TILE, 1, &zero, columns, 7, error);
}

/* The tiles of a level that the batch fills; what they had before is read. */
static cstn_status put_tiles(const cstn__log_place *place, cstn__transaction *transaction,
		const cstn_log_batch *batch, uint32_t level, int64_t newest_us, cstn_error **error)
{
	const cstn_log_level *here = batch->levels + level, *above = here + 1;
	uint64_t tile = here->first / TILE, end = (here->first + here->count) / TILE;
	uint8_t hashes[TILE * HASH];
	cstn_status status = CSTN_OK;

	for (; tile < end && status == CSTN_OK; tile++) {
		uint64_t begin = tile * TILE, before = 0;

		if (begin < here->first) {
			before = here->first - begin;
			status = cstn__log_tile_read(
					place, level, tile, (uint32_t)before, hashes, error);
			if (status != CSTN_OK)
				break;
		}
		memcpy(hashes + before * HASH, here->hashes + (begin + before - here->first) * HASH,
				(TILE - before) * HASH);
		status = put_tile(place, transaction, level, tile, hashes,
				above->hashes + (tile - above->first) * HASH, newest_us, error);
	}
	return status;
}

static cstn_status put_log(const cstn__log_place *place, cstn__transaction *transaction,
		const cstn_log_batch *batch, int64_t newest_us, cstn_error **error)
{
	uint32_t offsets[2] = {0, (uint32_t)(batch->n_range * HASH)};
	int64_t size = (int64_t)(batch->first + batch->count);
	static const int64_t zero;
	cstn__values columns[5];

	columns[CSTN__LOG_RECORDED] = number_column(1, &newest_us);
	columns[CSTN__LOG_SIZE] = number_column(1, &size);
	columns[CSTN__LOG_RANGE] = text_column(1, offsets, batch->range);
	return upsert(place, transaction, CSTN__NOUN_LOG, 1, &zero, columns, 5, error);
}

cstn_status cstn__log_batch_put(const cstn__log_place *place, cstn__transaction *transaction,
		const cstn_log_batch *batch, const int64_t *recorded_us, int64_t newest_us,
		cstn_error **error)
{
	cstn_status status;
	cstn__arena arena;

	cstn__arena_init(&arena, place->allocator);
	status = put_entries(place, transaction, batch, recorded_us, &arena, error);
	cstn__arena_free(&arena);
	for (uint32_t level = 0; level < batch->n_levels && status == CSTN_OK; level++)
		status = put_tiles(place, transaction, batch, level, newest_us, error);
	return status == CSTN_OK ? put_log(place, transaction, batch, newest_us, error) : status;
}
