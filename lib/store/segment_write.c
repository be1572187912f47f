/* Writing a segment: rows come in batches of any size and go out as chunks of columns
 * (segment_chunk.c). Blocks follow each other chunk by chunk at multiples of 64 bytes; everything
 * is hashed as it passes through a buffer of a MiB. The header, whose counts are known last, is
 * written and hashed last. Nothing here is durable before _finish(), and a file that was not
 * finished has no trailer, so it is nothing. Cost: about 10 ns a value; memory for one chunk, and 8
 * bytes a row for its key. */
#include <string.h>

#include "base/error.h"
#include "store/file_io.h"
#include "store/segment_write.h"

#define FLUSH_BYTES ((size_t)1 << 20)

/* --- the file --- */

uint64_t cstn__writer_align(cstn__segment_writer *writer, size_t alignment)
{
	static const uint8_t zeros[CSTN__SEGMENT_ALIGNMENT];
	uint64_t at = writer->written + writer->out.size;
	size_t padding = (size_t)(-at & (alignment - 1));

	cstn__bytes_put(&writer->out, zeros, padding);
	return at + padding;
}

void cstn__writer_place(
		const cstn__segment_writer *writer, size_t begin, cstn__segment_block *block)
{
	block->offset = writer->written + begin;
	block->hash = cstn__hash64(cstn__segment_seed(writer->uuid, writer->file_no, block->offset),
			writer->out.data + begin, block->info.enc_len);
}

cstn_status cstn__writer_flush(cstn__segment_writer *writer, int all, cstn_error **error)
{
	cstn_status status;

	if (writer->out.failed)
		return cstn__fail_nomem(error);
	if (!writer->out.size || (!all && writer->out.size < FLUSH_BYTES))
		return CSTN_OK;
	status = cstn__io_write(writer->vfs, writer->file, writer->path, writer->out.data,
			writer->out.size, writer->written, error);
	if (status != CSTN_OK)
		return status;
	cstn__hash_stream_put(writer->seal, writer->out.data, writer->out.size);
	writer->written += writer->out.size;
	writer->out.size = 0;
	return CSTN_OK;
}

cstn_status cstn__segment_writer_new(cstn__vfs *vfs, const char *path, const uint8_t uuid[16],
		uint64_t file_no, const cstn__store_table *table, uint32_t schema_version, int zlib,
		const cstn_allocator *allocator, cstn__segment_writer **out, cstn_error **error)
{
	cstn__segment_writer *writer = cstn__alloc_zero(allocator, sizeof(*writer));
	cstn_status status;

	if (!writer)
		return cstn__fail_nomem(error);
	cstn__bytes_init(&writer->out, allocator);
	writer->allocator = writer->out.allocator;
	cstn__bytes_init(&writer->scratch, &writer->allocator);
	writer->vfs = vfs;
	memcpy(writer->uuid, uuid, sizeof(writer->uuid));
	writer->file_no = file_no;
	writer->table = table;
	writer->schema_version = schema_version;
	writer->zlib = zlib;
	writer->threads = 1;
	writer->written = CSTN__SEGMENT_HEADER;
	writer->min_seq = UINT64_MAX;
	writer->path_size = strlen(path) + 1;
	writer->path = cstn__alloc(&writer->allocator, writer->path_size);
	writer->key = cstn__alloc_zero(&writer->allocator, table->n_key * sizeof(*writer->key));
	writer->seal = cstn__alloc_aligned(
			&writer->allocator, sizeof(*writer->seal), _Alignof(cstn__hash_stream));
	status = writer->path && writer->key && writer->seal ? CSTN_OK : cstn__fail_nomem(error);
	if (status == CSTN_OK) {
		memcpy(writer->path, path, writer->path_size);
		cstn__hash_stream_init(writer->seal);
		status = cstn__io_open(vfs, path,
				CSTN__VFS_WRITE | CSTN__VFS_CREATE | CSTN__VFS_EXCLUSIVE,
				&writer->file, error);
	}
	if (status != CSTN_OK) {
		cstn__segment_writer_free(writer);
		return status;
	}
	*out = writer;
	return CSTN_OK;
}

void cstn__segment_writer_free(cstn__segment_writer *writer)
{
	cstn_allocator allocator;

	if (!writer)
		return;
	allocator = writer->allocator;
	if (writer->file)
		writer->vfs->close(writer->vfs, writer->file);
	for (size_t i = 0; i < writer->n_columns; i++)
		cstn__pending_free(&writer->columns[i], &allocator);
	cstn__free(&allocator, writer->columns, writer->n_columns * sizeof(*writer->columns));
	cstn__free(&allocator, writer->path, writer->path_size);
	cstn__free(&allocator, writer->key, writer->table->n_key * sizeof(*writer->key));
	cstn__free_aligned(&allocator, writer->seal, sizeof(*writer->seal),
			_Alignof(cstn__hash_stream));
	cstn__array_free(&allocator, &writer->chunks);
	cstn__array_free(&allocator, &writer->blocks);
	cstn__array_free(&allocator, &writer->hashes);
	cstn__bytes_free(&writer->out);
	cstn__bytes_free(&writer->scratch);
	cstn__free(&allocator, writer, sizeof(*writer));
}

/* --- columns --- */

static size_t position_of(const cstn__store_batch *batch, uint32_t id)
{
	for (size_t i = 0; i < batch->n_columns; i++)
		if (batch->ids[i] == id)
			return i;
	return SIZE_MAX;
}

static void name_column(cstn__segment_writer *writer, size_t at, const cstn__store_column *declared)
{
	cstn__pending_column *column = &writer->columns[at];

	column->id = declared->id;
	column->space = declared->space;
	column->flags = declared->flags;
	column->type = declared->type;
	column->scale = declared->scale;
	column->name = declared->name;
	column->text = cstn__type_is_text(declared->type);
	column->source = SIZE_MAX;
	cstn__interner_init(&column->dictionary, &writer->allocator, cstn__load64(writer->uuid));
	cstn__bytes_init(&column->encoded, &writer->allocator);
}

/* The columns of the file: children, sequence number, then those of the first batch in the order
 * of the table. */
static cstn_status name_columns(
		cstn__segment_writer *writer, const cstn__store_batch *batch, cstn_error **error)
{
	static const cstn__store_column own[] = {
			{CSTN__COLUMN_CHILDREN, "children", CSTN_TYPE_INT32, 0, 0, CSTN__SPACE_ROW},
			{CSTN__COLUMN_SEQ, "sequence", CSTN_TYPE_INT64, 0, 0, CSTN__SPACE_ROW}};
	const cstn__store_table *table = writer->table;
	int has_seq = table->table_class != CSTN__TABLE_DERIVED;
	size_t n = (size_t)has_seq + (table->has_child != 0), at = 0;

	for (size_t i = 0; i < table->n_columns; i++)
		n += position_of(batch, table->columns[i].id) != SIZE_MAX;
	writer->columns = cstn__alloc_zero(&writer->allocator, n * sizeof(*writer->columns));
	if (!writer->columns)
		return cstn__fail_nomem(error);
	writer->n_columns = n;
	if (table->has_child)
		name_column(writer, at++, &own[0]);
	writer->seq = has_seq ? at : SIZE_MAX;
	if (has_seq)
		name_column(writer, at++, &own[1]);
	for (size_t i = 0; i < table->n_columns; i++)
		if (position_of(batch, table->columns[i].id) != SIZE_MAX)
			name_column(writer, at++, &table->columns[i]);
	return CSTN_OK;
}

static cstn_status check_column(const cstn__pending_column *column, const cstn__store_batch *batch,
		cstn_error **error)
{
	const cstn__values *values = &batch->columns[column->source];
	uint64_t rows = column->space == CSTN__SPACE_CHILD ? batch->child_rows : batch->rows;
	int is_text = values->offsets || values->dictionary;

	if (values->rows != rows)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"column '%s' has %llu rows, %llu expected", column->name,
				(unsigned long long)values->rows, (unsigned long long)rows);
	if ((values->numbers || values->offsets) && is_text != column->text)
		return cstn__fail(error, CSTN_E_SCHEMA, "column '%s' is %s, %s was given",
				column->name, column->text ? "text" : "a number",
				is_text ? "text" : "a number");
	return CSTN_OK;
}

/* Find the columns of the batch at hand, and the values of the key. */
static cstn_status bind(
		cstn__segment_writer *writer, const cstn__store_batch *batch, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	uint64_t children = 0;

	if (!writer->columns)
		status = name_columns(writer, batch, error);
	for (size_t i = 0; i < writer->n_columns && status == CSTN_OK; i++) {
		cstn__pending_column *column = &writer->columns[i];

		if (column->id == CSTN__COLUMN_CHILDREN)
			continue;
		column->source = position_of(batch, column->id);
		if (column->source == SIZE_MAX)
			return cstn__fail(error, CSTN_E_SCHEMA,
					"column '%s' is not in every batch of a segment",
					column->name);
		status = check_column(column, batch, error);
	}
	if (status != CSTN_OK)
		return status;
	if (batch->n_columns != writer->n_columns - (writer->table->has_child != 0))
		return cstn__fail(error, CSTN_E_SCHEMA,
				"a batch of %zu columns, %zu are of the segment", batch->n_columns,
				writer->n_columns - (writer->table->has_child != 0));
	for (size_t i = 0; i < writer->table->n_key; i++) {
		size_t at = position_of(batch, writer->table->key[i]);

		if (at == SIZE_MAX || (!batch->columns[at].numbers && !batch->columns[at].offsets))
			return cstn__fail(error, CSTN_E_SCHEMA, "a key column is not in the batch");
		writer->key[i] = batch->columns[at];
	}
	for (uint64_t row = 0; batch->children && row < batch->rows; row++)
		children += batch->children[row];
	if (children != batch->child_rows || (children && !writer->table->has_child))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"%llu child rows, the rows count %llu",
				(unsigned long long)batch->child_rows,
				(unsigned long long)children);
	return CSTN_OK;
}

static cstn_status put_rows(
		cstn__segment_writer *writer, const cstn__store_batch *batch, cstn_error **error)
{
	cstn_status status = bind(writer, batch, error);

	if (status == CSTN_OK &&
			batch->rows > CSTN__SEGMENT_ROWS_MAX - writer->rows - writer->pending_rows)
		status = cstn__fail(error, CSTN_E_LIMIT, "a segment of over %u rows",
				CSTN__SEGMENT_ROWS_MAX);
	return status == CSTN_OK ? cstn__writer_put_rows(writer, batch, error) : status;
}

static cstn_status check_state(const cstn__segment_writer *writer, cstn_error **error)
{
	if (writer->failed)
		return cstn__fail(error, CSTN_E_STATE, "'%s' was finished, or failed before",
				writer->path);
	return CSTN_OK;
}

cstn_status cstn__segment_writer_put(
		cstn__segment_writer *writer, const cstn__store_batch *rows, cstn_error **error)
{
	cstn_status status = check_state(writer, error);

	if (status == CSTN_OK)
		status = put_rows(writer, rows, error);
	if (status != CSTN_OK)
		writer->failed = 1;
	return status;
}

void cstn__segment_writer_threads(cstn__segment_writer *writer, int32_t threads)
{
	writer->threads = threads;
}

void cstn__segment_writer_target(
		cstn__segment_writer *writer, uint64_t target_file_no, const uint8_t digest[32])
{
	writer->target_file_no = target_file_no;
	memcpy(writer->digest, digest, sizeof(writer->digest));
}

cstn_status cstn__segment_writer_cut(cstn__segment_writer *writer, cstn_error **error)
{
	cstn_status status = check_state(writer, error);

	if (status == CSTN_OK)
		status = cstn__writer_end_chunk(writer, error);
	if (status != CSTN_OK)
		writer->failed = 1;
	return status;
}

/* --- the end --- */

static cstn_status put_header(cstn__segment_writer *writer, cstn_error **error)
{
	cstn__bytes *out = &writer->scratch;

	out->size = 0;
	cstn__bytes_put(out, CSTN__SEGMENT_MAGIC, 8);
	cstn__bytes_put_u16(out, CSTN__SEGMENT_MAJOR);
	cstn__bytes_put_u16(out, CSTN__SEGMENT_MINOR);
	cstn__bytes_put_u32(out, CSTN__SEGMENT_HEADER);
	cstn__bytes_put(out, writer->uuid, 16);
	cstn__bytes_put_u64(out, writer->file_no);
	cstn__bytes_put_u16(out, (uint16_t)writer->table->id);
	cstn__bytes_put_u16(out, 0);
	cstn__bytes_put_u32(out, writer->schema_version);
	cstn__bytes_put_u64(out, writer->rows);
	cstn__bytes_put_u64(out, writer->child_rows);
	cstn__bytes_put_u64(out, writer->rows ? writer->min_seq : 0);
	cstn__bytes_put_u64(out, writer->max_seq);
	cstn__bytes_put_u64(out, writer->target_file_no);
	cstn__bytes_put(out, writer->digest, sizeof(writer->digest));
	if (out->failed)
		return cstn__fail_nomem(error);
	cstn__bytes_put_u64(out, cstn__hash64(0, out->data, CSTN__SEGMENT_HASHED));
	if (out->failed)
		return cstn__fail_nomem(error);
	cstn__hash_stream_put(writer->seal, out->data, out->size);
	return cstn__io_write(
			writer->vfs, writer->file, writer->path, out->data, out->size, 0, error);
}

static cstn_status put_trailer(cstn__segment_writer *writer, uint64_t footer_off,
		uint32_t footer_len, cstn__hash128_value footer, uint8_t seal[16],
		cstn_error **error)
{
	cstn__hash128_value hash = cstn__hash_stream_value(writer->seal);
	cstn__bytes *out = &writer->out;

	cstn__store64(seal, hash.low);
	cstn__store64(seal + 8, hash.high);
	cstn__bytes_put_u64(out, footer_off);
	cstn__bytes_put_u32(out, footer_len);
	cstn__bytes_put_u32(out, 0);
	cstn__bytes_put_u64(out, footer.low);
	cstn__bytes_put_u64(out, footer.high);
	cstn__bytes_put(out, seal, 16);
	cstn__bytes_put_u64(out, footer_off + footer_len + CSTN__SEGMENT_TRAILER);
	cstn__bytes_put(out, CSTN__SEGMENT_END, 8);
	return cstn__writer_flush(writer, 1, error);
}

static cstn_status finish(cstn__segment_writer *writer, uint32_t *dict_extra, uint8_t seal[16],
		cstn_error **error)
{
	uint64_t footer_off;
	uint32_t footer_len;
	cstn__hash128_value footer;
	cstn_status status = cstn__writer_put_extras(writer, dict_extra, error);

	if (status == CSTN_OK)
		status = cstn__writer_put_footer(
				writer, dict_extra, &footer_off, &footer_len, &footer, error);
	if (status == CSTN_OK)
		status = cstn__writer_flush(writer, 1, error);
	if (status == CSTN_OK)
		status = put_header(writer, error);
	if (status == CSTN_OK)
		status = put_trailer(writer, footer_off, footer_len, footer, seal, error);
	if (status == CSTN_OK && CSTN__RULE(CSTN__RULE_SYNC_SEGMENT))
		status = cstn__io_sync(writer->vfs, writer->file, writer->path, error);
	return status;
}

cstn_status cstn__segment_writer_finish(
		cstn__segment_writer *writer, cstn__segment_written *out, cstn_error **error)
{
	static const cstn__store_batch nothing;
	uint32_t *dict_extra = NULL;
	uint8_t seal[16];
	cstn_status status = check_state(writer, error);

	if (status != CSTN_OK)
		return status;
	if (!writer->columns)
		status = name_columns(writer, &nothing, error);
	if (status == CSTN_OK)
		status = cstn__writer_end_chunk(writer, error);
	if (status == CSTN_OK) {
		dict_extra = cstn__alloc(
				&writer->allocator, writer->n_columns * sizeof(*dict_extra));
		status = dict_extra ? finish(writer, dict_extra, seal, error)
				    : cstn__fail_nomem(error);
	}
	cstn__free(&writer->allocator, dict_extra, writer->n_columns * sizeof(*dict_extra));
	writer->failed = 1;
	if (status != CSTN_OK)
		return status;
	out->size = writer->written;
	out->rows = writer->rows;
	out->child_rows = writer->child_rows;
	out->min_seq = writer->rows ? writer->min_seq : 0;
	out->max_seq = writer->max_seq;
	memcpy(out->seal, seal, sizeof(seal));
	return CSTN_OK;
}
