/* An open segment: the blocks of its columns, read when they are asked for.
 *
 * A block is read whole, its hash (seeded with store, file and place) is checked each time, and
 * then it is decoded; nothing of the file is kept but dictionaries and pages of the key index. The
 * file never changes, so any number of threads read it; what they share is made once under a lock.
 * Cost of a block: one read, XXH3 over its bytes, and the decoding, together about the time of two
 * copies of the decoded values. */
#include "store/segment.h"

#include <string.h>

#include "base/cpu.h"
#include "base/error.h"
#include "store/block_pack.h"
#include "store/file_io.h"
#include "store/segment_read.h"

cstn_status cstn__segment_corrupt(
		const cstn__segment *segment, cstn_error **error, const char *rule)
{
	return cstn__fail(error, CSTN_E_CORRUPT, "'%s': %s", segment->path, rule);
}

/* --- open --- */

static cstn_status copy_table(
		cstn__segment *segment, const cstn__store_table *table, cstn_error **error)
{
	segment->table = table->id;
	segment->n_declared = table->n_columns;
	segment->n_key = table->n_key;
	segment->declared = cstn__alloc(
			&segment->allocator, table->n_columns * sizeof(*segment->declared));
	segment->key = cstn__alloc(&segment->allocator, table->n_key * sizeof(*segment->key));
	if (!segment->declared || !segment->key)
		return cstn__fail_nomem(error);
	for (size_t i = 0; i < table->n_columns; i++) {
		segment->declared[i].id = table->columns[i].id;
		segment->declared[i].space = table->columns[i].space;
		segment->declared[i].type = table->columns[i].type;
	}
	for (size_t i = 0; i < table->n_key; i++)
		segment->key[i] = table->key[i];
	return CSTN_OK;
}

static cstn_status open_file(
		cstn__segment *segment, const cstn__store_table *table, cstn_error **error)
{
	cstn_status status = copy_table(segment, table, error);

	if (status == CSTN_OK)
		status = cstn__io_open(
				segment->vfs, segment->path, CSTN__VFS_READ, &segment->file, error);
	if (status == CSTN_OK)
		status = cstn__segment_read_frame(segment, table, error);
	for (size_t i = 0; status == CSTN_OK && i < segment->n_declared; i++)
		segment->declared[i].number = (int32_t)cstn__segment_column_number(
				segment, segment->declared[i].id, 0);
	if (status == CSTN_OK && segment->directory)
		status = cstn__segment_keep_pages(segment, error);
	return status;
}

cstn_status cstn__segment_open_derived(cstn__vfs *vfs, const char *path, const uint8_t uuid[16],
		uint64_t file_no, uint64_t size, uint64_t target_file_no,
		const cstn__store_table *table, const cstn_allocator *allocator,
		cstn__segment **out, cstn_error **error)
{
	cstn__segment *segment = cstn__alloc_zero(allocator, sizeof(*segment));
	cstn__bytes holder;
	cstn_status status;

	if (!segment)
		return cstn__fail_nomem(error);
	cstn__bytes_init(&holder, allocator);
	segment->allocator = holder.allocator;
	segment->vfs = vfs;
	memcpy(segment->uuid, uuid, sizeof(segment->uuid));
	segment->file_no = file_no;
	segment->size = size;
	segment->target_file_no = target_file_no;
	segment->path_size = strlen(path) + 1;
	segment->path = cstn__alloc(&segment->allocator, segment->path_size);
	segment->has_lock = segment->path && pthread_mutex_init(&segment->lock, NULL) == 0;
	if (segment->has_lock) {
		memcpy(segment->path, path, segment->path_size);
		status = open_file(segment, table, error);
	} else {
		status = cstn__fail_nomem(error);
	}
	if (status != CSTN_OK) {
		cstn__segment_free(segment);
		return status;
	}
	*out = segment;
	return CSTN_OK;
}

cstn_status cstn__segment_open(cstn__vfs *vfs, const char *path, const uint8_t uuid[16],
		uint64_t file_no, uint64_t size, const cstn__store_table *table,
		const cstn_allocator *allocator, cstn__segment **out, cstn_error **error)
{
	return cstn__segment_open_derived(
			vfs, path, uuid, file_no, size, 0, table, allocator, out, error);
}

void cstn__segment_free(cstn__segment *segment)
{
	cstn_allocator allocator;
	size_t n_blocks;

	if (!segment)
		return;
	allocator = segment->allocator;
	n_blocks = (size_t)segment->n_columns * segment->n_chunks + segment->n_extra;
	if (segment->file)
		segment->vfs->close(segment->vfs, segment->file);
	if (segment->has_lock)
		pthread_mutex_destroy(&segment->lock);
	for (uint32_t i = 0; segment->columns && i < segment->n_columns; i++)
		cstn__block_free(&segment->columns[i].dictionary, &allocator);
	cstn__segment_drop_pages(segment);
	cstn__free(&allocator, segment->chunks, segment->n_chunks * sizeof(*segment->chunks));
	cstn__free(&allocator, segment->columns, segment->n_columns * sizeof(*segment->columns));
	cstn__free(&allocator, segment->blocks, n_blocks * sizeof(*segment->blocks));
	cstn__free(&allocator, segment->declared, segment->n_declared * sizeof(*segment->declared));
	cstn__free(&allocator, segment->key, segment->n_key * sizeof(*segment->key));
	cstn__free(&allocator, segment->path, segment->path_size);
	cstn__free(&allocator, segment, sizeof(*segment));
}

/* --- what it says of itself --- */

uint64_t cstn__segment_rows(const cstn__segment *segment)
{
	return segment->rows;
}

uint64_t cstn__segment_child_rows(const cstn__segment *segment)
{
	return segment->child_rows;
}

uint32_t cstn__segment_chunks(const cstn__segment *segment)
{
	return segment->n_chunks;
}

void cstn__segment_describe(const cstn__segment *segment, cstn__segment_written *out)
{
	out->size = segment->size;
	out->rows = segment->rows;
	out->child_rows = segment->child_rows;
	out->min_seq = segment->min_seq;
	out->max_seq = segment->max_seq;
	memcpy(out->seal, segment->seal, sizeof(out->seal));
}

void cstn__segment_chunk(const cstn__segment *segment, uint32_t chunk, uint64_t *first_row,
		uint32_t *rows, uint32_t *child_rows)
{
	*first_row = segment->chunks[chunk].first_row;
	*rows = segment->chunks[chunk].rows;
	*child_rows = segment->chunks[chunk].child_rows;
}

const uint8_t *cstn__segment_digest(const cstn__segment *segment)
{
	return segment->digest;
}

int cstn__segment_has(const cstn__segment *segment, const cstn__store_column *column)
{
	const cstn__segment_column *found = cstn__segment_find_column(segment, column->id);

	return found && found->type == column->type && found->space == column->space;
}

const cstn__segment_column *cstn__segment_find_column(const cstn__segment *segment, uint32_t id)
{
	for (uint32_t i = 0; i < segment->n_columns; i++)
		if (segment->columns[i].id == id)
			return &segment->columns[i];
	return NULL;
}

static uint32_t rows_in(const cstn__segment *segment, uint32_t chunk, uint32_t space)
{
	return space == CSTN__SPACE_CHILD ? segment->chunks[chunk].child_rows
					  : segment->chunks[chunk].rows;
}

static const cstn__segment_declared *find_declared(const cstn__segment *segment, uint32_t id)
{
	for (size_t i = 0; i < segment->n_declared; i++)
		if (segment->declared[i].id == id)
			return &segment->declared[i];
	return NULL;
}

int cstn__segment_zone(const cstn__segment *segment, uint32_t chunk, uint32_t id, int64_t *min,
		int64_t *max, uint32_t *nulls)
{
	const cstn__segment_column *column = cstn__segment_find_column(segment, id);
	const cstn__segment_declared *declared = find_declared(segment, id);
	const cstn__segment_block *block;

	*min = INT64_MAX;
	*max = INT64_MIN;
	*nulls = rows_in(segment, chunk, declared ? declared->space : CSTN__SPACE_ROW);
	if (!column)
		return 0;
	block = cstn__segment_block_of(segment, column, chunk);
	*nulls = block->info.nulls;
	if (cstn__type_is_text(column->type) || block->info.min > block->info.max)
		return 0;
	*min = block->info.min;
	*max = block->info.max;
	return 1;
}

int64_t cstn__segment_column_number(const cstn__segment *segment, uint32_t id, uint32_t guess)
{
	const cstn__segment_column *column;

	if (guess < segment->n_columns && segment->columns[guess].id == id)
		return guess;
	column = cstn__segment_find_column(segment, id);
	return column ? column - segment->columns : -1;
}

int64_t cstn__segment_declared_number(const cstn__segment *segment, uint32_t id, uint32_t position)
{
	if (position < segment->n_declared && segment->declared[position].id == id)
		return segment->declared[position].number;
	return cstn__segment_column_number(segment, id, 0);
}

int cstn__segment_chunk_has_values(const cstn__segment *segment, uint32_t chunk, uint32_t number)
{
	const cstn__segment_column *column = &segment->columns[number];

	return cstn__segment_block_of(segment, column, chunk)->info.nulls <
	       rows_in(segment, chunk, column->space);
}

int cstn__segment_is_text(const cstn__segment *segment, uint32_t number)
{
	return cstn__type_is_text(segment->columns[number].type);
}

int cstn__segment_constant(
		const cstn__segment *segment, uint32_t chunk, uint32_t number, int64_t *out)
{
	const cstn__segment_column *column = &segment->columns[number];
	const cstn__block_info *info = &cstn__segment_block_of(segment, column, chunk)->info;

	if (info->encoding != CSTN__ENCODING_CONST || info->nulls)
		return 0;
	if (cstn__type_is_text(column->type)) {
		*out = 0;
		return column->dict_extra == CSTN__NO_EXTRA;
	}
	*out = info->min;
	return info->min == info->max;
}

uint32_t cstn__segment_column_id(const cstn__segment *segment, uint32_t number)
{
	return segment->columns[number].id;
}

uint32_t cstn__segment_block_size(const cstn__segment *segment, uint32_t chunk, uint32_t number)
{
	const cstn__segment_column *column = &segment->columns[number];
	uint32_t size = cstn__segment_block_of(segment, column, chunk)->info.raw_len;

	if (column->id == CSTN__COLUMN_CHILDREN)
		size += (segment->chunks[chunk].rows + 1) * (uint32_t)sizeof(uint32_t);
	return size;
}

uint32_t cstn__segment_columns(const cstn__segment *segment)
{
	return segment->n_columns;
}

/* --- blocks --- */

cstn_status cstn__segment_load(const cstn__segment *segment, const cstn__segment_block *block,
		const cstn_allocator *allocator, uint8_t **out, cstn_error **error)
{
	uint8_t *data = cstn__alloc(allocator, block->info.enc_len);
	uint64_t hash;
	cstn_status status;

	if (!data)
		return cstn__fail_nomem(error);
	status = cstn__io_read(segment->vfs, segment->file, segment->path, data,
			block->info.enc_len, block->offset, error);
	if (status == CSTN_OK && CSTN__RULE(CSTN__RULE_BLOCK_HASH)) {
		hash = cstn__hash64(
				cstn__segment_seed(segment->uuid, segment->file_no, block->offset),
				data, block->info.enc_len);
		if (hash != block->hash) {
			status = cstn__fail(error, CSTN_E_CORRUPT,
					"'%s': the hash of the block at byte %llu does not fit",
					segment->path, (unsigned long long)block->offset);
			cstn__segment_say_block(segment, block, error);
		}
	}
	if (status != CSTN_OK) {
		cstn__free(allocator, data, block->info.enc_len);
		return status;
	}
	*out = data;
	return CSTN_OK;
}

enum { FEW_ROWS = 1024 };

/* Asked once, and only for a block of some size: a virtual machine may take longer for the answer
 * than for a block. */
static int simd_of(cstn__segment *segment, uint64_t rows)
{
	int simd = atomic_load_explicit(&segment->simd, memory_order_relaxed);

	if (!simd && rows < FEW_ROWS)
		return 1;
	if (!simd) {
		simd = cstn__cpu_simd();
		atomic_store_explicit(&segment->simd, simd, memory_order_relaxed);
	}
	return simd;
}

static cstn_status decode(cstn__segment *segment, const cstn__segment_block *block,
		const uint8_t *data, uint64_t rows, uint64_t n_codes,
		const cstn_allocator *allocator, cstn__block *out, cstn_error **error)
{
	cstn_status status = cstn__block_decode_with(simd_of(segment, rows), &block->info, data,
			rows, n_codes, allocator, out, error);

	if (status == CSTN_E_CORRUPT) {
		cstn__error_prefix(error, "'%s', byte %llu: ", segment->path,
				(unsigned long long)block->offset);
		cstn__segment_say_block(segment, block, error);
	}
	return status;
}

static cstn_status load_and_decode(cstn__segment *segment, const cstn__segment_block *block,
		uint64_t rows, uint64_t n_codes, const cstn_allocator *allocator, cstn__block *out,
		cstn_error **error)
{
	uint8_t *data = NULL;
	cstn_status status = cstn__segment_load(segment, block, allocator, &data, error);

	if (status != CSTN_OK)
		return status;
	status = decode(segment, block, data, rows, n_codes, allocator, out, error);
	cstn__free(allocator, data, block->info.enc_len);
	return status;
}

/* The dictionary of a column, which stays. */
static cstn_status load_dictionary(cstn__segment *segment, cstn__segment_column *column,
		const cstn__values **out, cstn_error **error)
{
	const cstn__segment_block *block =
			&segment->blocks[(size_t)segment->n_columns * segment->n_chunks +
					 column->dict_extra];
	cstn_status status = CSTN_OK;

	pthread_mutex_lock(&segment->lock);
	if (!column->dictionary.memory)
		status = load_and_decode(segment, block, block->aux, 0, &segment->allocator,
				&column->dictionary, error);
	pthread_mutex_unlock(&segment->lock);
	if (status == CSTN_OK)
		*out = &column->dictionary.values;
	return status;
}

/* All rows are null: 65,536 zero bits. */
static cstn_status give_absent(const cstn__segment *segment, uint32_t chunk, uint32_t id,
		cstn__block *out, cstn_error **error)
{
	static const uint64_t zeros[CSTN__CHUNK_ROWS / 64];
	const cstn__segment_declared *declared = find_declared(segment, id);

	if (!declared)
		return cstn__fail(error, CSTN_E_NOT_FOUND, "'%s': the table has no column %u",
				segment->path, id);
	memset(out, 0, sizeof(*out));
	out->values.rows = rows_in(segment, chunk, declared->space);
	out->values.validity = zeros;
	return CSTN_OK;
}

int cstn__segment_has_values(const cstn__segment *segment, uint32_t id)
{
	const cstn__segment_column *column = cstn__segment_find_column(segment, id);

	return column && column->nulls < column->rows;
}

/* Plain text of which every text is empty is CONST 0; here it becomes text again. */
static cstn_status empty_texts(const cstn__segment *segment, cstn__block *block, cstn_error **error)
{
	uint64_t rows = block->values.rows;
	uint32_t *offsets = block->memory;

	/* 8 bytes a row hold rows + 1 offsets of 4 bytes, but for no row at all. */
	if (!rows || block->values.numbers[0] ||
			(rows > 1 && memcmp(block->values.numbers, block->values.numbers + 1,
						     (size_t)(rows - 1) * 8) != 0))
		return cstn__segment_corrupt(segment, error, "CONST of a text column is 0");
	memset(offsets, 0, (size_t)(rows + 1) * sizeof(*offsets));
	block->values.numbers = NULL;
	block->values.offsets = offsets;
	block->values.bytes = (const uint8_t *)(offsets + rows);
	return CSTN_OK;
}

/* The counts of child rows lead readers through the child columns. */
static int children_fit(const cstn__values *values, uint64_t child_rows)
{
	uint64_t sum = 0;

	for (uint64_t i = 0; i < values->rows; i++) {
		if (values->numbers[i] < 0 || values->numbers[i] > CSTN__CHUNK_ROWS)
			return 0;
		sum += (uint64_t)values->numbers[i];
	}
	return sum == child_rows;
}

static cstn_status finish_block(cstn__segment *segment, const cstn__segment_column *column,
		uint32_t chunk, const cstn__values *dictionary, cstn__block *block,
		cstn_error **error)
{
	int numbers = block->values.numbers != NULL;

	if (column->id == CSTN__COLUMN_CHILDREN &&
			!children_fit(&block->values, segment->chunks[chunk].child_rows))
		return cstn__segment_corrupt(
				segment, error, "the rows count other child rows than there are");
	if (!numbers || !cstn__type_is_text(column->type))
		return CSTN_OK;
	if (!dictionary)
		return empty_texts(segment, block, error);
	if (!dictionary->rows && cstn__segment_block_of(segment, column, chunk)->info.nulls !=
						 block->values.rows)
		return cstn__segment_corrupt(segment, error, "a code is not in the dictionary");
	block->values.dictionary = dictionary;
	return CSTN_OK;
}

/* The dictionary of a block of codes; NULL for any other. */
static cstn_status dictionary_of(cstn__segment *segment, const cstn__segment_column *column,
		const cstn__segment_block *block, const cstn__values **out, cstn_error **error)
{
	*out = NULL;
	if (column->dict_extra == CSTN__NO_EXTRA || cstn__encoding_is_text(block->info.encoding))
		return CSTN_OK;
	return load_dictionary(segment, &segment->columns[column - segment->columns], out, error);
}

cstn_status cstn__segment_read_with(cstn__segment *segment, uint32_t chunk, uint32_t id,
		const cstn_allocator *allocator, cstn__block *out, cstn_error **error)
{
	const cstn__segment_column *column = cstn__segment_find_column(segment, id);
	const cstn__segment_block *block;
	const cstn__values *dictionary;
	cstn__block read = {0};
	cstn_status status;

	if (!column)
		return give_absent(segment, chunk, id, out, error);
	block = cstn__segment_block_of(segment, column, chunk);
	status = dictionary_of(segment, column, block, &dictionary, error);
	if (status == CSTN_OK)
		status = load_and_decode(segment, block, rows_in(segment, chunk, column->space),
				dictionary ? dictionary->rows : 0, allocator, &read, error);
	if (status == CSTN_OK)
		status = finish_block(segment, column, chunk, dictionary, &read, error);
	if (status != CSTN_OK) {
		cstn__block_free(&read, allocator);
		return status;
	}
	*out = read;
	return CSTN_OK;
}

/* The sums of the counts of child rows. */
static cstn_status sum_children(const cstn__values *counts, const cstn_allocator *allocator,
		cstn__packed_block *out, cstn_error **error)
{
	size_t rows = (size_t)counts->rows;

	out->starts_size = (rows + 1) * sizeof(*out->starts);
	out->starts = cstn__alloc(allocator, out->starts_size);
	if (!out->starts)
		return cstn__fail_nomem(error);
	out->starts[0] = 0;
	for (size_t i = 0; i < rows; i++)
		out->starts[i + 1] = out->starts[i] + (uint32_t)counts->numbers[i];
	return CSTN_OK;
}

/* The bytes that were read, inflated; `data` is freed then. */
static cstn_status inflate(const cstn__segment_block *block, const cstn_allocator *allocator,
		uint8_t **data, cstn_error **error)
{
	uint8_t *raw;
	cstn_status status;

	if (!(block->info.flags & CSTN__BLOCK_ZLIB))
		return CSTN_OK;
	raw = cstn__alloc(allocator, block->info.raw_len);
	if (!raw)
		return cstn__fail_nomem(error);
	status = cstn__block_inflate(
			*data, block->info.enc_len, allocator, raw, block->info.raw_len, error);
	if (status != CSTN_OK) {
		cstn__free(allocator, raw, block->info.raw_len);
		return status;
	}
	cstn__free(allocator, *data, block->info.enc_len);
	*data = raw;
	return CSTN_OK;
}

static cstn_status unpack(cstn__segment *segment, uint32_t chunk,
		const cstn__segment_column *column, const cstn__block_info *info,
		const uint8_t *data, const cstn_allocator *blocks, cstn__block *out,
		cstn_error **error)
{
	const cstn__segment_block *block = cstn__segment_block_of(segment, column, chunk);
	cstn__segment_block as = *block;
	const cstn__values *dictionary;
	cstn__block whole = {0};
	cstn_status status = dictionary_of(segment, column, block, &dictionary, error);

	as.info = *info;
	if (status == CSTN_OK)
		status = decode(segment, &as, data, rows_in(segment, chunk, column->space),
				dictionary ? dictionary->rows : 0, blocks, &whole, error);
	if (status == CSTN_OK)
		status = finish_block(segment, column, chunk, dictionary, &whole, error);
	if (status != CSTN_OK) {
		cstn__block_free(&whole, blocks);
		return status;
	}
	*out = whole;
	return CSTN_OK;
}

cstn_status cstn__segment_unpack(cstn__segment *segment, uint32_t chunk, uint32_t number,
		const cstn__packed_block *packed, const cstn_allocator *blocks, cstn__block *out,
		cstn_error **error)
{
	const cstn__segment_column *column = &segment->columns[number];
	cstn__block_info info = cstn__segment_block_of(segment, column, chunk)->info;

	info.flags = (uint8_t)(info.flags & ~CSTN__BLOCK_ZLIB);
	info.enc_len = info.raw_len;
	return unpack(segment, chunk, column, &info, packed->memory, blocks, out, error);
}

/* `data` becomes part of `out`, or is freed. */
static cstn_status pack(cstn__segment *segment, uint32_t chunk, const cstn__segment_column *column,
		const cstn__block *whole, uint8_t *data, const cstn_allocator *allocator,
		cstn__packed_block *out, cstn_error **error)
{
	const cstn__segment_block *block = cstn__segment_block_of(segment, column, chunk);
	cstn__packed_block made = {.size = block->info.enc_len, .memory = data};
	cstn_status status = CSTN_OK;

	if (column->id == CSTN__COLUMN_CHILDREN)
		status = sum_children(&whole->values, allocator, &made, error);
	if (status == CSTN_OK)
		status = inflate(block, allocator, &data, error);
	made.memory = data;
	if (status != CSTN_OK) {
		cstn__packed_block_free(&made, allocator);
		return status;
	}
	made.size = block->info.raw_len;
	made.dictionary = whole->values.dictionary;
	made.text = cstn__type_is_text(column->type);
	cstn__packed_init(&block->info, data, rows_in(segment, chunk, column->space), &made.packed);
	*out = made;
	return CSTN_OK;
}

/* It is decoded once as a whole, which checks everything that a reader of one row relies on. */
cstn_status cstn__segment_read_packed(cstn__segment *segment, uint32_t chunk, uint32_t number,
		const cstn_allocator *allocator, cstn__packed_block *out,
		const cstn_allocator *blocks, cstn__block *whole, cstn_error **error)
{
	const cstn__segment_column *column = &segment->columns[number];
	const cstn__segment_block *block = cstn__segment_block_of(segment, column, chunk);
	cstn__block decoded = {0};
	uint8_t *data;
	cstn_status status = cstn__segment_load(segment, block, allocator, &data, error);

	if (status != CSTN_OK)
		return status;
	status = unpack(segment, chunk, column, &block->info, data, blocks, &decoded, error);
	if (status == CSTN_OK)
		status = pack(segment, chunk, column, &decoded, data, allocator, out, error);
	else
		cstn__free(allocator, data, block->info.enc_len);
	if (status == CSTN_OK && whole)
		*whole = decoded;
	else
		cstn__block_free(&decoded, blocks);
	return status;
}

void cstn__packed_block_free(cstn__packed_block *block, const cstn_allocator *allocator)
{
	cstn__free(allocator, block->memory, block->size);
	cstn__free(allocator, block->starts, block->starts_size);
	memset(block, 0, sizeof(*block));
}

cstn_status cstn__segment_read(cstn__segment *segment, uint32_t chunk, uint32_t id,
		cstn__block *out, cstn_error **error)
{
	return cstn__segment_read_with(segment, chunk, id, &segment->allocator, out, error);
}
