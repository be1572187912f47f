/* Rows of a segment become chunks: where one ends, and its columns side by side.
 *
 * A chunk takes whole rows while it has at most 65,536 rows, 65,536 child rows, and no column whose
 * text would break the limit of a block; where it ends depends on the rows alone, not on how they
 * were handed over.
 *
 * A column and its dictionary are nobody else's, so columns are filled and encoded by as many
 * threads as the writer has. With more than one a block is made in memory of its column, which is
 * kept from chunk to chunk, and put into the file in the order of the columns: its offset and with
 * it the hash are known only then. With one it is made where it stays. The bytes are the same.
 * Cost: about 10 ns a value, and 30 us a chunk for a thread. */
#include "base/error.h"
#include "base/parallel.h"
#include "store/segment_write.h"

#define FEW_VALUES 16384u

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

/* Would the chunk that waits take all rows that are left? As rows only add to it, it would take
 * them one by one, too. */
static int takes_all(const cstn__segment_writer *writer, const cstn__store_batch *batch,
		uint64_t row, uint64_t child)
{
	uint64_t rows = batch->rows - row, children = batch->child_rows - child;

	if (rows > CSTN__CHUNK_ROWS - writer->pending_rows ||
			children > CSTN__CHUNK_ROWS - writer->pending_children)
		return 0;
	for (size_t i = 0; i < writer->n_columns; i++) {
		const cstn__pending_column *column = &writer->columns[i];
		int is_child = column->space == CSTN__SPACE_CHILD;
		uint64_t n = is_child ? children : rows;

		if (column->text &&
				!cstn__pending_fits(column->rows + n,
						column->bytes.count +
								cstn__pending_text_bytes(
										&batch->columns[column->source],
										is_child ? child
											 : row,
										n)))
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
	if (takes_all(writer, batch, row, child)) {
		*children = batch->child_rows - child;
		return batch->rows - row;
	}
	for (size_t i = 0; i < writer->n_columns; i++) {
		writer->columns[i].planned = writer->columns[i].bytes.count;
		text |= writer->columns[i].text;
	}
	if (!text && !batch->children)
		return CSTN__CHUNK_ROWS - writer->pending_rows;
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

/* --- columns, side by side --- */

/* Rows on their way into the columns of the chunk that waits. */
typedef struct appending {
	cstn__segment_writer *writer;
	const cstn__store_batch *batch;
	uint64_t row, n, child, children;
} appending;

/* Piece 0: the keys. Piece i + 1: column i. */
static cstn_status append_piece(void *context, size_t piece, cstn_error **error)
{
	const appending *at = context;
	cstn__segment_writer *writer = at->writer;
	cstn__pending_column *column;
	int is_child;

	if (piece == 0)
		return append_keys(writer, at->row, at->n, error);
	column = &writer->columns[piece - 1];
	is_child = column->space == CSTN__SPACE_CHILD;
	if (column->source == SIZE_MAX)
		return append_children(writer, column, at->batch, at->row, at->n, error);
	return cstn__pending_append(column, &at->batch->columns[column->source],
			is_child ? at->child : at->row, is_child ? at->children : at->n,
			&writer->allocator, error);
}

/* Few values are not worth a thread. */
static int32_t threads_for(const cstn__segment_writer *writer, uint64_t rows, uint64_t children)
{
	return (rows + children) * writer->n_columns < FEW_VALUES ? 1 : writer->threads;
}

static cstn_status append(cstn__segment_writer *writer, const cstn__store_batch *batch,
		uint64_t row, uint64_t n, uint64_t child, uint64_t children, cstn_error **error)
{
	appending at = {writer, batch, row, n, child, children};
	cstn_status status = note_seq(writer, batch, row, n, error);

	if (status == CSTN_OK)
		status = cstn__parallel_try(writer->n_columns + 1, threads_for(writer, n, children),
				NULL, append_piece, &at, error);
	writer->pending_rows += n;
	writer->pending_children += children;
	return status;
}

/* One after the other, each where it stays. */
static cstn_status encode_in_turn(cstn__segment_writer *writer, cstn_error **error)
{
	cstn_status status = CSTN_OK;

	for (size_t i = 0; i < writer->n_columns && status == CSTN_OK; i++) {
		cstn__segment_block *block = &writer->blocks.items[writer->blocks.count];
		size_t begin;

		cstn__writer_align(writer, CSTN__SEGMENT_ALIGNMENT);
		begin = writer->out.size;
		status = cstn__pending_encode(
				writer, &writer->columns[i], &writer->out, block, error);
		if (status != CSTN_OK)
			return status;
		cstn__writer_place(writer, begin, block);
		writer->blocks.count++;
		status = cstn__writer_flush(writer, 0, error);
	}
	return status;
}

static cstn_status encode_piece(void *context, size_t i, cstn_error **error)
{
	cstn__segment_writer *writer = context;
	cstn__pending_column *column = &writer->columns[i];

	column->encoded.size = 0;
	return cstn__pending_encode(writer, column, &column->encoded,
			&writer->blocks.items[writer->blocks.count + i], error);
}

/* Each into memory of its own; then they are put where they belong, in order. */
static cstn_status encode_beside(cstn__segment_writer *writer, int32_t threads, cstn_error **error)
{
	cstn_status status = cstn__parallel_try(
			writer->n_columns, threads, NULL, encode_piece, writer, error);

	for (size_t i = 0; i < writer->n_columns && status == CSTN_OK; i++) {
		const cstn__bytes *encoded = &writer->columns[i].encoded;
		size_t begin;

		cstn__writer_align(writer, CSTN__SEGMENT_ALIGNMENT);
		begin = writer->out.size;
		cstn__bytes_put(&writer->out, encoded->data, encoded->size);
		if (writer->out.failed)
			return cstn__fail_nomem(error);
		cstn__writer_place(writer, begin, &writer->blocks.items[writer->blocks.count++]);
		status = cstn__writer_flush(writer, 0, error);
	}
	return status;
}

cstn_status cstn__writer_end_chunk(cstn__segment_writer *writer, cstn_error **error)
{
	cstn__written_chunk chunk = {writer->rows, (uint32_t)writer->pending_rows,
			(uint32_t)writer->pending_children};
	int32_t threads = threads_for(writer, writer->pending_rows, writer->pending_children);
	cstn_status status;

	if (!writer->pending_rows)
		return CSTN_OK;
	if (cstn__array_reserve(&writer->allocator, &writer->chunks, 1) ||
			cstn__array_reserve(&writer->allocator, &writer->blocks, writer->n_columns))
		return cstn__fail_nomem(error);
	status = threads > 1 ? encode_beside(writer, threads, error)
			     : encode_in_turn(writer, error);
	if (status != CSTN_OK)
		return status;
	writer->chunks.items[writer->chunks.count++] = chunk;
	writer->rows += chunk.rows;
	writer->child_rows += chunk.child_rows;
	writer->pending_rows = writer->pending_children = 0;
	return CSTN_OK;
}

cstn_status cstn__writer_put_rows(
		cstn__segment_writer *writer, const cstn__store_batch *batch, cstn_error **error)
{
	uint64_t row = 0, child = 0;
	cstn_status status = CSTN_OK;

	while (status == CSTN_OK && row < batch->rows) {
		uint64_t children, n = plan(writer, batch, row, child, &children);

		if (n) {
			status = append(writer, batch, row, n, child, children, error);
			row += n;
			child += children;
		} else if (writer->pending_rows) {
			status = cstn__writer_end_chunk(writer, error);
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
