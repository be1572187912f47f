/* Checking all of a segment: that the seal is the hash of its bytes, that every block decodes to
 * values that are what the footer says of them, and that the key index is the one its rows give,
 * byte for byte. It reads the file twice and takes 12 bytes of memory a row for the keys. */
#include <string.h>

#include "base/error.h"
#include "store/file_io.h"
#include "store/segment_read.h"

#define PIECE ((size_t)1 << 20)

static cstn_status corrupt_column(const cstn__segment *segment, uint32_t id, uint32_t chunk,
		const char *rule, cstn_error **error)
{
	return cstn__fail(error, CSTN_E_CORRUPT, "'%s', column %u, chunk %u: %s", segment->path, id,
			chunk, rule);
}

/* --- the seal --- */

/* The header comes last: its counts were known last. */
static cstn_status verify_seal(
		const cstn__segment *segment, cstn__hash_stream *stream, cstn_error **error)
{
	uint64_t end = segment->footer_off + segment->footer_len, at = CSTN__SEGMENT_HEADER;
	uint8_t *piece = cstn__alloc(&segment->allocator, PIECE);
	cstn__hash128_value seal;
	cstn_status status = piece ? CSTN_OK : cstn__fail_nomem(error);

	cstn__hash_stream_init(stream);
	while (status == CSTN_OK && at < end) {
		size_t size = end - at < PIECE ? (size_t)(end - at) : PIECE;

		status = cstn__io_read(
				segment->vfs, segment->file, segment->path, piece, size, at, error);
		if (status == CSTN_OK)
			cstn__hash_stream_put(stream, piece, size);
		at += size;
	}
	if (status == CSTN_OK)
		status = cstn__io_read(segment->vfs, segment->file, segment->path, piece,
				CSTN__SEGMENT_HEADER, 0, error);
	if (status == CSTN_OK) {
		cstn__hash_stream_put(stream, piece, CSTN__SEGMENT_HEADER);
		seal = cstn__hash_stream_value(stream);
		if (seal.low != cstn__load64(segment->seal) ||
				seal.high != cstn__load64(segment->seal + 8))
			status = cstn__segment_corrupt(
					segment, error, "the seal is not the hash of the bytes");
	}
	cstn__free(&segment->allocator, piece, PIECE);
	return status;
}

/* --- the values --- */

/* What is said of a column, gathered again. */
typedef struct column_facts {
	int64_t min, max, last;
	uint64_t rows;
	int falls, repeats;
} column_facts;

static void gather(const cstn__values *values, column_facts *facts, int64_t *min, int64_t *max,
		int *falls)
{
	*min = INT64_MAX;
	*max = INT64_MIN;
	*falls = 0;
	for (uint64_t i = 0; i < values->rows; i++) {
		int64_t value = values->numbers[i];

		if (!cstn__values_is_valid(values, i)) {
			*falls = facts->falls = facts->repeats = 1;
			continue;
		}
		*min = value < *min ? value : *min;
		*max = value > *max ? value : *max;
		*falls |= i && value < values->numbers[i - 1];
		if (facts->rows) {
			facts->falls |= value < facts->last;
			facts->repeats |= value <= facts->last;
		}
		facts->last = value;
		facts->rows++;
	}
	facts->min = *min < facts->min ? *min : facts->min;
	facts->max = *max > facts->max ? *max : facts->max;
}

static cstn_status verify_chunk(cstn__segment *segment, const cstn__segment_column *column,
		uint32_t chunk, column_facts *facts, cstn_error **error)
{
	const cstn__block_info *info = &cstn__segment_block_of(segment, column, chunk)->info;
	int64_t min = INT64_MAX, max = INT64_MIN;
	int falls = 1;
	cstn__block block;
	cstn_status status = cstn__segment_read(segment, chunk, column->id, &block, error);

	if (status != CSTN_OK)
		return status;
	if (block.values.numbers)
		gather(&block.values, facts, &min, &max, &falls);
	else
		facts->falls = facts->repeats = 1;
	if (min != info->min || max != info->max)
		status = corrupt_column(segment, column->id, chunk,
				"least and greatest value are others", error);
	else if (((info->flags & CSTN__BLOCK_SORTED) == 0) != falls)
		status = corrupt_column(segment, column->id, chunk,
				"it is sorted and not marked so, or marked and not sorted", error);
	cstn__block_free(&block, &segment->allocator);
	return status;
}

static cstn_status verify_column(
		cstn__segment *segment, const cstn__segment_column *column, cstn_error **error)
{
	column_facts facts = {INT64_MAX, INT64_MIN, 0, 0, 0, 0};
	int sorted = (column->flags & CSTN__FILE_COLUMN_SORTED) != 0;
	int unique = (column->flags & CSTN__FILE_COLUMN_UNIQUE) != 0;
	cstn_status status = CSTN_OK;

	for (uint32_t chunk = 0; chunk < segment->n_chunks && status == CSTN_OK; chunk++)
		status = verify_chunk(segment, column, chunk, &facts, error);
	if (status != CSTN_OK)
		return status;
	if (cstn__type_is_text(column->type) || !column->rows)
		facts.falls = facts.repeats = 1;
	if (sorted == facts.falls || unique == (facts.repeats || facts.falls))
		return corrupt_column(segment, column->id, 0,
				"its mark as sorted or unique does not fit its values", error);
	if (column->id == CSTN__COLUMN_SEQ && segment->rows &&
			(facts.min < 0 || (uint64_t)facts.min != segment->min_seq ||
					(uint64_t)facts.max != segment->max_seq))
		return cstn__segment_corrupt(
				segment, error, "the header's sequence numbers are others");
	return CSTN_OK;
}

/* --- the key index --- */

static void free_blocks(const cstn__segment *segment, cstn__block *blocks, size_t n)
{
	for (size_t i = 0; i < n; i++)
		cstn__block_free(&blocks[i], &segment->allocator);
}

/* The key hashes of a chunk, at hashes[first_row]. */
static cstn_status hash_chunk(cstn__segment *segment, uint32_t chunk, cstn__block *blocks,
		cstn__values *values, uint64_t *hashes, cstn_error **error)
{
	const cstn__segment_chunk_place *place = &segment->chunks[chunk];
	cstn__bytes key;
	cstn_status status = CSTN_OK;

	memset(blocks, 0, segment->n_key * sizeof(*blocks));
	for (size_t i = 0; i < segment->n_key && status == CSTN_OK; i++) {
		status = cstn__segment_read(segment, chunk, segment->key[i], &blocks[i], error);
		values[i] = blocks[i].values;
	}
	cstn__bytes_init(&key, &segment->allocator);
	for (uint32_t row = 0; row < place->rows && status == CSTN_OK; row++) {
		key.size = 0;
		cstn__key_put(values, segment->n_key, row, &key);
		if (key.failed)
			status = cstn__fail_nomem(error);
		else
			hashes[place->first_row + row] =
					cstn__key_hash(segment->uuid, key.data, key.size);
	}
	cstn__bytes_free(&key);
	free_blocks(segment, blocks, segment->n_key);
	return status;
}

/* The pages of a block against the words that they should hold. */
typedef struct page_check {
	cstn__hash_stream hash;
	const uint64_t *hashes; /* NULL: the words are starts */
	const uint32_t *words;  /* starts, or rows in order */
	uint8_t page[CSTN__PAGE_BYTES], expected[CSTN__PAGE_BYTES];
} page_check;

static cstn_status verify_pages(const cstn__segment *segment, const cstn__segment_block *block,
		page_check *check, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	uint64_t at = 0;

	cstn__hash_stream_init64(&check->hash,
			cstn__segment_seed(segment->uuid, segment->file_no, block->offset));
	for (uint32_t done = 0; done < block->info.enc_len && status == CSTN_OK;
			done += CSTN__PAGE_BYTES) {
		uint64_t offset = block->offset + done;

		memset(check->expected, 0, sizeof(check->expected));
		for (uint32_t i = 0; i < CSTN__PAGE_WORDS && at < block->aux; i++, at++) {
			uint32_t word = check->words[at];

			cstn__store64(check->expected + 8 + (size_t)i * 8,
					check->hashes ? cstn__key_word(check->hashes[word], word)
						      : word);
		}
		cstn__store64(check->expected,
				cstn__hash64(cstn__segment_seed(segment->uuid, segment->file_no,
							     offset),
						check->expected + 8, CSTN__PAGE_BYTES - 8));
		status = cstn__io_read(segment->vfs, segment->file, segment->path, check->page,
				CSTN__PAGE_BYTES, offset, error);
		if (status == CSTN_OK && memcmp(check->page, check->expected, CSTN__PAGE_BYTES))
			status = cstn__segment_corrupt(
					segment, error, "the key index is not the one of the rows");
		cstn__hash_stream_put(&check->hash, check->page, CSTN__PAGE_BYTES);
	}
	if (status == CSTN_OK && cstn__hash_stream_value64(&check->hash) != block->hash)
		status = cstn__segment_corrupt(
				segment, error, "the hash of the key index does not fit");
	return status;
}

static cstn_status verify_index(cstn__segment *segment, uint64_t *hashes, uint32_t *starts,
		uint32_t *order, page_check *check, cstn_error **error)
{
	size_t size = segment->n_key * (sizeof(cstn__block) + sizeof(cstn__values));
	cstn__block *blocks = cstn__alloc(&segment->allocator, size);
	cstn_status status = blocks ? CSTN_OK : cstn__fail_nomem(error);

	for (uint32_t chunk = 0; chunk < segment->n_chunks && status == CSTN_OK; chunk++)
		status = hash_chunk(segment, chunk, blocks,
				(cstn__values *)(void *)(blocks + segment->n_key), hashes, error);
	cstn__free(&segment->allocator, blocks, size);
	if (status != CSTN_OK)
		return status;
	cstn__key_order(hashes, (uint32_t)segment->rows, segment->key_bits, starts, order);
	check->hashes = NULL;
	check->words = starts;
	status = verify_pages(segment, segment->directory, check, error);
	check->hashes = hashes;
	check->words = order;
	if (status == CSTN_OK)
		status = verify_pages(segment, segment->entries, check, error);
	return status;
}

static cstn_status verify_keys(cstn__segment *segment, page_check *check, cstn_error **error)
{
	size_t rows = (size_t)segment->rows;
	size_t n_starts = ((size_t)1 << segment->key_bits) + 1;
	uint64_t *hashes = cstn__alloc(&segment->allocator, rows * sizeof(*hashes));
	uint32_t *starts = cstn__alloc(&segment->allocator, n_starts * sizeof(*starts));
	uint32_t *order = cstn__alloc(&segment->allocator, rows * sizeof(*order));
	cstn_status status = hashes && starts && order ? verify_index(segment, hashes, starts,
									 order, check, error)
						       : cstn__fail_nomem(error);

	cstn__free(&segment->allocator, hashes, rows * sizeof(*hashes));
	cstn__free(&segment->allocator, starts, n_starts * sizeof(*starts));
	cstn__free(&segment->allocator, order, rows * sizeof(*order));
	return status;
}

cstn_status cstn__segment_verify(cstn__segment *segment, cstn_error **error)
{
	page_check *check = cstn__alloc_aligned(
			&segment->allocator, sizeof(*check), _Alignof(cstn__hash_stream));
	cstn_status status = check ? CSTN_OK : cstn__fail_nomem(error);

	/* The seal last: a damaged block is named by its column and rows first. */
	for (uint32_t i = 0; i < segment->n_columns && status == CSTN_OK; i++)
		status = verify_column(segment, &segment->columns[i], error);
	if (status == CSTN_OK && segment->directory)
		status = verify_keys(segment, check, error);
	if (status == CSTN_OK)
		status = verify_seal(segment, &check->hash, error);
	cstn__free_aligned(&segment->allocator, check, sizeof(*check), _Alignof(cstn__hash_stream));
	return status;
}
