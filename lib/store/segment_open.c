/* Reading the frame of a segment: trailer, header, footer.
 *
 * The trailer says where the footer is, its hash vouches for the footer's bytes, and then every
 * offset, length and count in it is checked against the file, the table and each other, before
 * anything is used: a file that is whole and wrong must not be more than an error either. What is
 * read is small (56 bytes a block of up to 65,536 values), and nothing of it is looked at again. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "store/file_io.h"
#include "store/segment_read.h"

static cstn_status corrupt(const cstn__segment *segment, cstn_error **error, const char *rule)
{
	return cstn__segment_corrupt(segment, error, rule);
}

/* --- trailer and header --- */

/* `hash` gets that of the footer. */
static cstn_status read_trailer(
		cstn__segment *segment, cstn__hash128_value *hash, cstn_error **error)
{
	uint8_t trailer[CSTN__SEGMENT_TRAILER];
	uint64_t file_size;
	cstn_status status;
	int reason = segment->vfs->size(segment->vfs, segment->file, &file_size);

	if (reason)
		return cstn__io_fail(error, reason, "size", segment->path);
	if (file_size != segment->size)
		return corrupt(segment, error, "the file has another size than it had");
	if (segment->size < CSTN__SEGMENT_HEADER + CSTN__SEGMENT_HEAD + CSTN__SEGMENT_TRAILER)
		return corrupt(segment, error, "the file is too short");
	status = cstn__io_read(segment->vfs, segment->file, segment->path, trailer, sizeof(trailer),
			segment->size - sizeof(trailer), error);
	if (status != CSTN_OK)
		return status;
	if (memcmp(trailer + 56, CSTN__SEGMENT_END, 8) != 0)
		return corrupt(segment, error, "the file was not finished: it has no trailer");
	segment->footer_off = cstn__load64(trailer);
	segment->footer_len = cstn__load32(trailer + 8);
	hash->low = cstn__load64(trailer + 16);
	hash->high = cstn__load64(trailer + 24);
	memcpy(segment->seal, trailer + 32, sizeof(segment->seal));
	if (cstn__load32(trailer + 12) || cstn__load64(trailer + 48) != segment->size)
		return corrupt(segment, error, "the trailer breaks its rules");
	if (segment->footer_off < CSTN__SEGMENT_HEADER || segment->footer_off % 8 ||
			segment->footer_len < CSTN__SEGMENT_HEAD ||
			segment->footer_off > segment->size ||
			segment->size - segment->footer_off !=
					(uint64_t)segment->footer_len + CSTN__SEGMENT_TRAILER)
		return corrupt(segment, error, "the footer does not lie before the trailer");
	return CSTN_OK;
}

static cstn_status read_header(cstn__segment *segment, cstn_error **error)
{
	static const uint8_t zeros[32];
	uint8_t header[CSTN__SEGMENT_HEADER];
	uint32_t major;
	cstn_status status = cstn__io_read(segment->vfs, segment->file, segment->path, header,
			sizeof(header), 0, error);

	if (status != CSTN_OK)
		return status;
	if (memcmp(header, CSTN__SEGMENT_MAGIC, 8) != 0)
		return corrupt(segment, error, "the magic is not " CSTN__SEGMENT_MAGIC);
	if (cstn__load64(header + CSTN__SEGMENT_HASHED) !=
			cstn__hash64(0, header, CSTN__SEGMENT_HASHED))
		return corrupt(segment, error, "the hash of the header does not fit");
	major = cstn__load16(header + 8);
	if (major > CSTN__SEGMENT_MAJOR)
		return cstn__fail(error, CSTN_E_NEWER_FORMAT,
				"'%s' is of format %u, this library knows %u", segment->path, major,
				CSTN__SEGMENT_MAJOR);
	if (major != CSTN__SEGMENT_MAJOR || cstn__load32(header + 12) != CSTN__SEGMENT_HEADER ||
			cstn__load16(header + 42))
		return corrupt(segment, error, "the header breaks its rules");
	if (cstn__load64(header + 80) != segment->target_file_no ||
			(!segment->target_file_no &&
					memcmp(header + 88, zeros, sizeof(zeros)) != 0))
		return corrupt(segment, error, "the file is not derived from this segment");
	memcpy(segment->digest, header + 88, sizeof(segment->digest));
	if (memcmp(header + 16, segment->uuid, 16) != 0 ||
			cstn__load64(header + 32) != segment->file_no)
		return corrupt(segment, error, "the file is another store's, or another file");
	if (cstn__load16(header + 40) != segment->table)
		return corrupt(segment, error, "the file is of another table");
	segment->schema_version = cstn__load32(header + 44);
	segment->rows = cstn__load64(header + 48);
	segment->child_rows = cstn__load64(header + 56);
	segment->min_seq = cstn__load64(header + 64);
	segment->max_seq = cstn__load64(header + 72);
	if (segment->rows > CSTN__SEGMENT_ROWS_MAX || segment->min_seq > segment->max_seq)
		return corrupt(segment, error, "the header breaks its rules");
	return CSTN_OK;
}

/* --- footer --- */

/* The counts, and that their sizes are exactly the footer's. */
static cstn_status read_counts(cstn__segment *segment, const uint8_t *footer, cstn_error **error)
{
	uint64_t n_blocks, size;

	segment->n_columns = cstn__load32(footer);
	segment->n_chunks = cstn__load32(footer + 4);
	segment->n_extra = cstn__load32(footer + 8);
	segment->names_len = cstn__load32(footer + 12);
	if (cstn__load64(footer + 16) || cstn__load64(footer + 24) ||
			segment->n_columns > CSTN__SEGMENT_COLUMNS_MAX ||
			segment->n_extra > segment->n_columns + 2)
		return corrupt(segment, error, "the footer's head breaks its rules");
	n_blocks = (uint64_t)segment->n_columns * segment->n_chunks + segment->n_extra;
	size = CSTN__SEGMENT_HEAD + (uint64_t)segment->n_chunks * CSTN__SEGMENT_CHUNK +
	       (uint64_t)segment->n_columns * CSTN__SEGMENT_COLUMN +
	       n_blocks * CSTN__SEGMENT_BLOCK + segment->names_len;
	if (((size + 7) & ~UINT64_C(7)) != segment->footer_len)
		return corrupt(segment, error, "the footer's counts are not those of its length");
	return CSTN_OK;
}

static cstn_status read_chunks(cstn__segment *segment, const uint8_t *at, cstn_error **error)
{
	uint64_t rows = 0, child_rows = 0;

	for (uint32_t i = 0; i < segment->n_chunks; i++, at += CSTN__SEGMENT_CHUNK) {
		cstn__segment_chunk_place *chunk = &segment->chunks[i];

		chunk->first_row = cstn__load64(at);
		chunk->rows = cstn__load32(at + 8);
		chunk->child_rows = cstn__load32(at + 12);
		if (chunk->first_row != rows || !chunk->rows || chunk->rows > CSTN__CHUNK_ROWS ||
				chunk->child_rows > CSTN__CHUNK_ROWS)
			return corrupt(segment, error, "a chunk breaks its rules");
		rows += chunk->rows;
		child_rows += chunk->child_rows;
	}
	if (rows != segment->rows || child_rows != segment->child_rows)
		return corrupt(segment, error, "the chunks hold other rows than the header says");
	return CSTN_OK;
}

/* NULL: the table does not have it. */
static const cstn__store_column *find_declared(const cstn__store_table *table, uint32_t id)
{
	static const cstn__store_column children = {
			CSTN__COLUMN_CHILDREN, "", CSTN_TYPE_INT32, 0, 0, CSTN__SPACE_ROW};
	static const cstn__store_column seq = {
			CSTN__COLUMN_SEQ, "", CSTN_TYPE_INT64, 0, 0, CSTN__SPACE_ROW};

	if (id == CSTN__COLUMN_SEQ)
		return &seq;
	if (id == CSTN__COLUMN_CHILDREN)
		return table->has_child ? &children : NULL;
	for (size_t i = 0; i < table->n_columns; i++)
		if (table->columns[i].id == id)
			return &table->columns[i];
	return NULL;
}

/* Columns may have been widened since: all numbers are 64 bits to the store. */
static int same_kind(const cstn__segment_column *column, const cstn__store_column *declared)
{
	int widened = column->type == CSTN_TYPE_INT32 && declared->type == CSTN_TYPE_INT64;

	return (column->type == declared->type || widened) && column->space == declared->space &&
	       (column->type != CSTN_TYPE_DECIMAL || column->scale == declared->scale);
}

static cstn_status read_column(cstn__segment *segment, cstn__segment_column *column,
		const uint8_t *at, const cstn__store_table *table, cstn_error **error)
{
	const cstn__store_column *declared;
	uint32_t name_off = cstn__load32(at + 8), name_len = cstn__load32(at + 12);

	column->id = cstn__load32(at);
	column->type = at[4];
	column->space = at[5];
	column->flags = at[6];
	column->scale = (int8_t)at[7];
	column->dict_extra = cstn__load32(at + 16);
	column->rows = cstn__load64(at + 24);
	column->nulls = cstn__load64(at + 32);
	if (name_off > segment->names_len || name_len > segment->names_len - name_off)
		return corrupt(segment, error, "a column's name is not among the names");
	if (cstn__load32(at + 20) || cstn__load64(at + 40) || column->space > CSTN__SPACE_CHILD ||
			column->flags > 15 || column->nulls > column->rows ||
			column->rows != (column->space == CSTN__SPACE_CHILD ? segment->child_rows
									    : segment->rows))
		return corrupt(segment, error, "a column breaks its rules");
	if (!(column->flags & CSTN__FILE_COLUMN_DICTIONARY) !=
					(column->dict_extra == CSTN__NO_EXTRA) ||
			(column->dict_extra != CSTN__NO_EXTRA &&
					(column->dict_extra >= segment->n_extra ||
							!cstn__type_is_text(column->type))))
		return corrupt(segment, error, "a column's dictionary is not there");
	declared = find_declared(table, column->id);
	if (declared && !same_kind(column, declared))
		return cstn__fail(error, CSTN_E_CORRUPT,
				"'%s': column %u is of type %d, the table says %d", segment->path,
				column->id, column->type, declared->type);
	for (const cstn__segment_column *other = segment->columns; other < column; other++)
		if (other->id == column->id)
			return corrupt(segment, error, "a column comes twice");
	return CSTN_OK;
}

static void read_block(const uint8_t *at, cstn__segment_block *block)
{
	block->offset = cstn__load64(at);
	block->info.enc_len = cstn__load32(at + 8);
	block->info.raw_len = cstn__load32(at + 12);
	block->info.nulls = cstn__load32(at + 16);
	block->info.encoding = at[20];
	block->info.width = at[21];
	block->info.flags = at[22];
	block->info.kind = at[23];
	block->info.min = (int64_t)cstn__load64(at + 24);
	block->info.max = (int64_t)cstn__load64(at + 32);
	block->aux = cstn__load64(at + 40);
	block->hash = cstn__load64(at + 48);
}

static int block_is_in_file(const cstn__segment *segment, const cstn__segment_block *block)
{
	return block->offset >= CSTN__SEGMENT_HEADER &&
	       block->offset % CSTN__SEGMENT_ALIGNMENT == 0 &&
	       block->offset <= segment->footer_off &&
	       block->info.enc_len <= segment->footer_off - block->offset;
}

/* A block of values; what it holds is checked when it is read. */
static int data_block_is_good(const cstn__segment *segment, const cstn__segment_column *column,
		const cstn__segment_block *block, uint64_t rows)
{
	const cstn__block_info *info = &block->info;
	int text = cstn__type_is_text(column->type);
	int bytes = cstn__encoding_is_text(info->encoding);
	int numbers_of_text = info->encoding == CSTN__ENCODING_CONST ||
			      column->dict_extra != CSTN__NO_EXTRA;

	return block_is_in_file(segment, block) && info->kind == CSTN__KIND_DATA &&
	       info->encoding <= CSTN__ENCODING_LAST && info->raw_len <= CSTN__BLOCK_BYTES_MAX &&
	       info->nulls <= rows && !block->aux && (text ? bytes || numbers_of_text : !bytes);
}

static cstn_status read_data_blocks(cstn__segment *segment, const uint8_t *at, cstn_error **error)
{
	cstn__segment_block *block = segment->blocks;

	for (uint32_t i = 0; i < segment->n_columns; i++) {
		const cstn__segment_column *column = &segment->columns[i];
		uint64_t nulls = 0;

		for (uint32_t chunk = 0; chunk < segment->n_chunks; chunk++, block++) {
			read_block(at, block);
			at += CSTN__SEGMENT_BLOCK;
			if (!data_block_is_good(segment, column, block,
					    column->space == CSTN__SPACE_CHILD
							    ? segment->chunks[chunk].child_rows
							    : segment->chunks[chunk].rows))
				return corrupt(segment, error, "a block breaks its rules");
			nulls += block->info.nulls;
		}
		if (nulls != column->nulls)
			return corrupt(segment, error,
					"the blocks of a column have other nulls than it has");
	}
	return CSTN_OK;
}

/* --- extras --- */

static int dictionary_is_good(const cstn__segment *segment, const cstn__segment_block *block)
{
	uint32_t users = 0, index = (uint32_t)(block - segment->blocks) -
				    segment->n_columns * segment->n_chunks;

	for (uint32_t i = 0; i < segment->n_columns; i++)
		users += segment->columns[i].dict_extra == index;
	return users == 1 && cstn__encoding_is_text(block->info.encoding) && !block->info.nulls &&
	       block->info.raw_len <= CSTN__BLOCK_BYTES_MAX && block->aux <= CSTN__BLOCK_ROWS_MAX;
}

static int index_is_good(const cstn__segment_block *block, uint64_t words)
{
	const cstn__block_info *info = &block->info;

	return block->aux == words && info->enc_len == cstn__key_pages(words) * CSTN__PAGE_BYTES &&
	       info->raw_len == info->enc_len && !info->nulls && !info->encoding && !info->width &&
	       !info->flags;
}

static cstn_status read_extras(cstn__segment *segment, const uint8_t *at, cstn_error **error)
{
	cstn__segment_block *block =
			segment->blocks + (size_t)segment->n_columns * segment->n_chunks;
	uint32_t bits = cstn__key_bits(segment->rows), dictionaries = 0, users = 0;
	int indexed = segment->n_key && segment->rows;

	for (uint32_t i = 0; i < segment->n_extra; i++, at += CSTN__SEGMENT_BLOCK, block++) {
		int kind, good;

		read_block(at, block);
		kind = block->info.kind;
		good = block_is_in_file(segment, block);
		if (kind == CSTN__KIND_DICTIONARY) {
			good = good && dictionary_is_good(segment, block);
			dictionaries++;
		} else if (kind == CSTN__KIND_KEY_DIRECTORY && !segment->directory) {
			good = good && index_is_good(block, UINT64_C(1) << bits);
			segment->directory = block;
		} else if (kind == CSTN__KIND_KEY_ENTRIES && !segment->entries) {
			good = good && index_is_good(block, segment->rows);
			segment->entries = block;
		} else {
			good = 0;
		}
		if (!good)
			return corrupt(segment, error,
					"a dictionary or key index breaks its rules");
	}
	for (uint32_t i = 0; i < segment->n_columns; i++)
		users += segment->columns[i].dict_extra != CSTN__NO_EXTRA;
	if (users != dictionaries)
		return corrupt(segment, error, "a column's dictionary is not there");
	if (!segment->directory != !indexed || !segment->entries != !indexed)
		return corrupt(segment, error, "a table with a key has a key index, no other has");
	segment->key_bits = bits;
	return CSTN_OK;
}

/* Which columns a segment must have. */
static cstn_status check_columns(
		const cstn__segment *segment, const cstn__store_table *table, cstn_error **error)
{
	int derived = table->table_class == CSTN__TABLE_DERIVED;
	int has_seq = cstn__segment_find_column(segment, CSTN__COLUMN_SEQ) != NULL;
	int has_child = cstn__segment_find_column(segment, CSTN__COLUMN_CHILDREN) != NULL;
	int good = derived ? !has_seq : has_seq && has_child == (table->has_child != 0);

	for (uint32_t i = 0; i < segment->n_columns; i++)
		if (segment->columns[i].id < CSTN__COLUMN_FIRST && segment->columns[i].nulls)
			good = 0;
	for (size_t i = 0; i < segment->n_key && segment->rows; i++) {
		const cstn__segment_column *column =
				cstn__segment_find_column(segment, segment->key[i]);

		if (!column || column->nulls || column->space != CSTN__SPACE_ROW)
			good = 0;
	}
	return good ? CSTN_OK : corrupt(segment, error, "a column that every row has is not there");
}

static cstn_status parse_footer(cstn__segment *segment, const cstn__store_table *table,
		const uint8_t *footer, cstn_error **error)
{
	const uint8_t *at = footer + CSTN__SEGMENT_HEAD;
	size_t n_data = (size_t)segment->n_columns * segment->n_chunks;
	cstn_status status = read_chunks(segment, at, error);

	at += (size_t)segment->n_chunks * CSTN__SEGMENT_CHUNK;
	for (uint32_t i = 0; i < segment->n_columns && status == CSTN_OK; i++)
		status = read_column(segment, &segment->columns[i],
				at + (size_t)i * CSTN__SEGMENT_COLUMN, table, error);
	if (status != CSTN_OK)
		return status;
	at += (size_t)segment->n_columns * CSTN__SEGMENT_COLUMN;
	status = read_data_blocks(segment, at, error);
	if (status == CSTN_OK)
		status = read_extras(segment, at + n_data * CSTN__SEGMENT_BLOCK, error);
	if (status == CSTN_OK)
		status = check_columns(segment, table, error);
	return status;
}

static cstn_status read_footer(cstn__segment *segment, const cstn__store_table *table,
		const uint8_t *footer, cstn_error **error)
{
	size_t n_blocks;
	cstn_status status = read_counts(segment, footer, error);

	if (status != CSTN_OK)
		return status;
	n_blocks = (size_t)segment->n_columns * segment->n_chunks + segment->n_extra;
	segment->chunks = cstn__alloc_zero(
			&segment->allocator, segment->n_chunks * sizeof(*segment->chunks));
	segment->columns = cstn__alloc_zero(
			&segment->allocator, segment->n_columns * sizeof(*segment->columns));
	segment->blocks =
			cstn__alloc_zero(&segment->allocator, n_blocks * sizeof(*segment->blocks));
	if (!segment->chunks || !segment->columns || !segment->blocks)
		return cstn__fail_nomem(error);
	return parse_footer(segment, table, footer, error);
}

cstn_status cstn__segment_read_frame(
		cstn__segment *segment, const cstn__store_table *table, cstn_error **error)
{
	cstn__hash128_value expected = {0, 0}, hash;
	uint8_t *footer;
	cstn_status status = read_trailer(segment, &expected, error);

	if (status != CSTN_OK)
		return status;
	(void)snprintf(segment->table_name, sizeof(segment->table_name), "%.63s",
			table->name ? table->name : "");
	footer = cstn__alloc(&segment->allocator, segment->footer_len);
	if (!footer)
		return cstn__fail_nomem(error);
	status = cstn__io_read(segment->vfs, segment->file, segment->path, footer,
			segment->footer_len, segment->footer_off, error);
	if (status == CSTN_OK) {
		hash = cstn__hash128(footer, segment->footer_len);
		if (hash.low != expected.low || hash.high != expected.high)
			status = corrupt(segment, error, "the hash of the footer does not fit");
	}
	if (status == CSTN_OK)
		status = read_header(segment, error);
	if (status == CSTN_OK)
		status = read_footer(segment, table, footer, error);
	cstn__free(&segment->allocator, footer, segment->footer_len);
	return status;
}
