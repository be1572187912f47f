/* Writing a segment: rows come in batches of any size and go out as chunks of columns.
 *
 * A chunk takes whole rows while it has at most 65,536 rows, 65,536 child rows, and no column whose
 * text would break the limit of a block; where it ends depends on the rows alone, not on how they
 * were handed over. Blocks follow each other chunk by chunk at multiples of 64 bytes; everything is
 * hashed as it passes through a buffer of a MiB. The header, whose counts are known last, is
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

/* --- chunks --- */

static uint32_t children_of(const cstn__store_batch *batch, uint64_t row)
{
	return batch->children ? batch->children[row] : 0;
}

/* Would the chunk that waits, with `rows` and `children` more planned, take this row too? If so,
 * its text is planned. */
static int plan_row(cstn__segment_writer *writer, const cstn__store_batch *batch, uint64_t row,
		uint64_t child, uint64_t rows, uint64_t children)
{
	uint32_t own = children_of(batch, row);

	if (writer->pending_rows + rows + 1 > CSTN__CHUNK_ROWS ||
			writer->pending_children + children + own > CSTN__CHUNK_ROWS)
		return 0;
	for (int commit = 0; commit < 2; commit++)
		for (size_t i = 0; i < writer->n_columns; i++) {
			cstn__pending_column *column = &writer->columns[i];
			int is_child = column->space == CSTN__SPACE_CHILD;
			uint64_t n = is_child ? own : 1, bytes;
			const cstn__values *values;

			if (!column->text)
				continue;
			values = &batch->columns[column->source];
			bytes = column->planned +
				cstn__pending_text_bytes(values, is_child ? child : row, n);
			if (commit)
				column->planned = bytes;
			else if (!cstn__pending_fits(
						 column->rows + (is_child ? children : rows) + n,
						 bytes))
				return 0;
		}
	return 1;
}

/* How many rows from `row` on the chunk takes, and their children. */
static uint64_t plan(cstn__segment_writer *writer, const cstn__store_batch *batch, uint64_t row,
		uint64_t child, uint64_t *children)
{
	uint64_t rows = 0;
	int text = 0;

	*children = 0;
	for (size_t i = 0; i < writer->n_columns; i++) {
		writer->columns[i].planned = writer->columns[i].bytes.count;
		text |= writer->columns[i].text;
	}
	if (!text && !batch->children) {
		rows = CSTN__CHUNK_ROWS - writer->pending_rows;
		return rows < batch->rows - row ? rows : batch->rows - row;
	}
	while (row + rows < batch->rows &&
			plan_row(writer, batch, row + rows, child + *children, rows, *children)) {
		*children += children_of(batch, row + rows);
		rows++;
	}
	return rows;
}

static cstn_status append_children(cstn__segment_writer *writer, cstn__pending_column *column,
		const cstn__store_batch *batch, uint64_t row, uint64_t n, cstn_error **error)
{
	cstn__values values = {n, NULL, NULL, NULL, NULL, NULL};
	size_t size = (size_t)n * sizeof(int64_t);
	int64_t *counts = cstn__alloc(&writer->allocator, size);
	cstn_status status;

	if (!counts)
		return cstn__fail_nomem(error);
	for (uint64_t i = 0; i < n; i++)
		counts[i] = children_of(batch, row + i);
	values.numbers = counts;
	status = cstn__pending_append(column, &values, 0, n, &writer->allocator, error);
	cstn__free(&writer->allocator, counts, size);
	return status;
}

static cstn_status append_keys(
		cstn__segment_writer *writer, uint64_t row, uint64_t n, cstn_error **error)
{
	const cstn__store_table *table = writer->table;

	if (!table->n_key)
		return CSTN_OK;
	if (cstn__array_reserve(&writer->allocator, &writer->hashes, (size_t)n))
		return cstn__fail_nomem(error);
	for (uint64_t i = row; i < row + n; i++) {
		for (size_t k = 0; k < table->n_key; k++)
			if (!cstn__values_is_valid(&writer->key[k], i))
				return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
						"row %llu of the batch has a null in its key",
						(unsigned long long)i);
		writer->scratch.size = 0;
		cstn__key_put(writer->key, table->n_key, i, &writer->scratch);
		if (writer->scratch.failed)
			return cstn__fail_nomem(error);
		writer->hashes.items[writer->hashes.count++] = cstn__key_hash(
				writer->uuid, writer->scratch.data, writer->scratch.size);
	}
	return CSTN_OK;
}

static cstn_status note_seq(cstn__segment_writer *writer, const cstn__store_batch *batch,
		uint64_t row, uint64_t n, cstn_error **error)
{
	const cstn__values *seq;

	if (writer->seq == SIZE_MAX) {
		writer->min_seq = 0;
		return CSTN_OK;
	}
	seq = &batch->columns[writer->columns[writer->seq].source];
	for (uint64_t i = row; i < row + n; i++) {
		uint64_t value;

		if (!seq->numbers || !cstn__values_is_valid(seq, i) || seq->numbers[i] < 0)
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"row %llu of the batch has no sequence number",
					(unsigned long long)i);
		value = (uint64_t)seq->numbers[i];
		writer->min_seq = value < writer->min_seq ? value : writer->min_seq;
		writer->max_seq = value > writer->max_seq ? value : writer->max_seq;
	}
	return CSTN_OK;
}

static cstn_status append(cstn__segment_writer *writer, const cstn__store_batch *batch,
		uint64_t row, uint64_t n, uint64_t child, uint64_t children, cstn_error **error)
{
	cstn_status status = note_seq(writer, batch, row, n, error);

	if (status == CSTN_OK)
		status = append_keys(writer, row, n, error);
	for (size_t i = 0; i < writer->n_columns && status == CSTN_OK; i++) {
		cstn__pending_column *column = &writer->columns[i];
		int is_child = column->space == CSTN__SPACE_CHILD;

		if (column->source == SIZE_MAX)
			status = append_children(writer, column, batch, row, n, error);
		else
			status = cstn__pending_append(column, &batch->columns[column->source],
					is_child ? child : row, is_child ? children : n,
					&writer->allocator, error);
	}
	writer->pending_rows += n;
	writer->pending_children += children;
	return status;
}

static cstn_status flush_chunk(cstn__segment_writer *writer, cstn_error **error)
{
	cstn__written_chunk chunk = {writer->rows, (uint32_t)writer->pending_rows,
			(uint32_t)writer->pending_children};
	cstn_status status = CSTN_OK;

	if (!writer->pending_rows)
		return CSTN_OK;
	if (cstn__array_reserve(&writer->allocator, &writer->chunks, 1) ||
			cstn__array_reserve(&writer->allocator, &writer->blocks, writer->n_columns))
		return cstn__fail_nomem(error);
	for (size_t i = 0; i < writer->n_columns && status == CSTN_OK; i++) {
		status = cstn__pending_encode(writer, &writer->columns[i],
				&writer->blocks.items[writer->blocks.count], error);
		if (status == CSTN_OK) {
			writer->blocks.count++;
			status = cstn__writer_flush(writer, 0, error);
		}
	}
	if (status != CSTN_OK)
		return status;
	writer->chunks.items[writer->chunks.count++] = chunk;
	writer->rows += chunk.rows;
	writer->child_rows += chunk.child_rows;
	writer->pending_rows = writer->pending_children = 0;
	return CSTN_OK;
}

static cstn_status put_rows(
		cstn__segment_writer *writer, const cstn__store_batch *batch, cstn_error **error)
{
	uint64_t row = 0, child = 0;
	cstn_status status = bind(writer, batch, error);

	if (status == CSTN_OK &&
			batch->rows > CSTN__SEGMENT_ROWS_MAX - writer->rows - writer->pending_rows)
		status = cstn__fail(error, CSTN_E_LIMIT, "a segment of over %u rows",
				CSTN__SEGMENT_ROWS_MAX);
	while (status == CSTN_OK && row < batch->rows) {
		uint64_t children, n = plan(writer, batch, row, child, &children);

		if (n) {
			status = append(writer, batch, row, n, child, children, error);
			row += n;
			child += children;
		} else if (writer->pending_rows) {
			status = flush_chunk(writer, error);
		} else {
			status = cstn__fail(error, CSTN_E_LIMIT,
					"row %llu of the batch has %u child rows and its text: at "
					"most %u rows and %u bytes a column are allowed",
					(unsigned long long)row, children_of(batch, row),
					CSTN__CHUNK_ROWS, CSTN__BLOCK_BYTES_MAX);
		}
	}
	return status;
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
		status = flush_chunk(writer, error);
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
		status = flush_chunk(writer, error);
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
