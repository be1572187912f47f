/* Tables out: an Arrow stream that hands on what a builder took (table_builder.c).
 *
 * A batch is a window of rows that begins at a multiple of 512, so that every buffer of it, bits
 * included, begins on 64 bytes inside the column's own buffer; only the 32-bit text offsets are
 * made a batch. The builder and each batch are counted: the root and each child of a batch hold one
 * reference, so each may be moved out and released alone, on any thread, in any order.
 *
 * Cost: a batch costs 4 bytes a row and text column, nothing else. */
#include "table/export.h"

#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "table/schema_nodes.h"
#include "table/table_builder.h"

#define WINDOW 512 /* rows whose bits fill 64 bytes */

/* --- schema ----------------------------------------------------------------------------------- */

static cstn_status table_schema(
		cstn__table_builder *table, struct ArrowSchema *out, cstn_error **error)
{
	size_t n = table->columns.count, i;
	cstn__schema_nodes *block;

	block = cstn__schema_nodes_new(&table->allocator, n + 1, cstn__table_unref, table);
	if (!block)
		return cstn__fail_nomem(error);
	atomic_fetch_add_explicit(&table->references, 1, memory_order_relaxed);
	for (i = 0; i < n; i++) {
		struct ArrowSchema *node = &block->nodes[i + 1];

		node->format = table->columns.items[i].format;
		node->name = table->columns.items[i].name;
		node->flags = table->columns.items[i].nullable ? ARROW_FLAG_NULLABLE : 0;
		block->pointers[i] = node;
	}
	block->nodes[0].format = "+s";
	block->nodes[0].name = "";
	block->nodes[0].n_children = (int64_t)n;
	block->nodes[0].children = n > 0 ? block->pointers : NULL;
	*out = block->nodes[0];
	return CSTN_OK;
}

/* --- batches ---------------------------------------------------------------------------------- */

typedef struct batch_block {
	cstn__table_builder *table;
	size_t size;
	atomic_size_t alive;
	const void *no_validity[1];
	uint8_t *room; /* 64 zero bytes, then offsets of text columns */
	struct ArrowArray **pointers;
	const void *(*buffers)[3];
	struct ArrowArray *children;
} batch_block;

static void batch_release(struct ArrowArray *array)
{
	batch_block *block = array->private_data;
	int64_t i;

	for (i = 0; i < array->n_children; i++)
		if (array->children[i]->release)
			array->children[i]->release(array->children[i]);
	array->release = NULL;
	if (atomic_fetch_sub_explicit(&block->alive, 1, memory_order_acq_rel) == 1) {
		cstn__table_builder *table = block->table;

		cstn__free_aligned(&table->allocator, block, block->size, CSTN__TABLE_ALIGNMENT);
		cstn__table_unref(table);
	}
}

static uint64_t text_end(const cstn__table_column *column, int64_t rows)
{
	uint64_t end = 0;

	if (rows > 0)
		memcpy(&end, column->values.data + (rows - 1) * 8, sizeof(end));
	return end;
}

static int is_text(const cstn__table_column *column)
{
	return column->type == CSTN_TYPE_TEXT || column->type == CSTN_TYPE_BYTES;
}

/* Where the batch that begins at row `from` ends: no text column of it over the limit. */
static cstn_status batch_cut(
		const cstn__table_builder *table, int64_t from, int64_t *out, cstn_error **error)
{
	int64_t rows = cstn__table_rows(table), to = rows;
	size_t i;

	if (to - from > table->batch_rows)
		to = from + table->batch_rows;
	for (i = 0; i < table->columns.count; i++) {
		const cstn__table_column *column = &table->columns.items[i];

		if (!is_text(column))
			continue;
		while (text_end(column, to) - text_end(column, from) >
				(uint64_t)table->batch_text) {
			if (to - from <= WINDOW)
				return cstn__fail(error, CSTN_E_LIMIT,
						"column '%s': rows %" PRId64 " to %" PRId64
						" have %" PRIu64 " bytes of text, at most %" PRId64
						" go in a batch",
						column->name, from, to - 1,
						text_end(column, to) - text_end(column, from),
						table->batch_text);
			to = from + (to - from - 1) / 2 / WINDOW * WINDOW;
			if (to == from)
				to += WINDOW;
		}
	}
	*out = to;
	return CSTN_OK;
}

static size_t offsets_size(int64_t rows)
{
	return (((size_t)rows + 1) * 4 + CSTN__TABLE_ALIGNMENT - 1) / CSTN__TABLE_ALIGNMENT *
	       CSTN__TABLE_ALIGNMENT;
}

static int64_t count_nulls(const cstn__table_column *column, int64_t from, int64_t to)
{
	int64_t valid = 0, i = from;

	if (column->nulls == 0)
		return 0;
	for (; i + 64 <= to; i += 64) {
		uint64_t word;

		memcpy(&word, column->validity.data + i / 8, sizeof(word));
		valid += __builtin_popcountll(word);
	}
	for (; i < to; i++)
		valid += column->validity.data[i / 8] >> (i % 8) & 1;
	return to - from - valid;
}

static void batch_child(batch_block *block, size_t i, int64_t from, int64_t to, int32_t *offsets)
{
	const cstn__table_column *column = &block->table->columns.items[i];
	struct ArrowArray *child = &block->children[i];
	const void **buffers = block->buffers[i];
	uint64_t start;
	int64_t row;

	child->length = to - from;
	child->null_count = count_nulls(column, from, to);
	child->n_buffers = is_text(column) ? 3 : 2;
	child->buffers = buffers;
	child->release = batch_release;
	child->private_data = block;
	buffers[0] = child->null_count > 0 ? column->validity.data + from / 8 : NULL;
	if (!is_text(column)) {
		buffers[1] = column->values.data +
			     (column->width ? from * column->width : from / 8);
		return;
	}
	start = text_end(column, from);
	offsets[0] = 0;
	for (row = from; row < to; row++)
		offsets[row - from + 1] = (int32_t)(text_end(column, row + 1) - start);
	buffers[1] = offsets;
	buffers[2] = column->text.data ? column->text.data + start : block->room;
}

static cstn_status table_batch(cstn__table_builder *table, int64_t from, int64_t to,
		struct ArrowArray *out, cstn_error **error)
{
	size_t n = table->columns.count, texts = 0, head, size, i;
	batch_block *block;
	uint8_t *room;

	for (i = 0; i < n; i++)
		texts += (size_t)is_text(&table->columns.items[i]);
	head = sizeof(*block) +
	       n * (sizeof(struct ArrowArray *) + 3 * sizeof(void *) + sizeof(struct ArrowArray));
	head = (head + CSTN__TABLE_ALIGNMENT - 1) / CSTN__TABLE_ALIGNMENT * CSTN__TABLE_ALIGNMENT;
	size = head + CSTN__TABLE_ALIGNMENT + texts * offsets_size(to - from);
	block = cstn__alloc_aligned(&table->allocator, size, CSTN__TABLE_ALIGNMENT);
	if (!block)
		return cstn__fail_nomem(error);
	memset(block, 0, head + CSTN__TABLE_ALIGNMENT);
	block->table = table;
	atomic_fetch_add_explicit(&table->references, 1, memory_order_relaxed);
	block->size = size;
	atomic_init(&block->alive, n + 1);
	block->pointers = (struct ArrowArray **)(void *)(block + 1);
	block->buffers = (const void *(*)[3])(void *)(block->pointers + n);
	block->children = (struct ArrowArray *)(void *)(block->buffers + n);
	block->room = (uint8_t *)block + head;
	room = block->room + CSTN__TABLE_ALIGNMENT;
	for (i = 0; i < n; i++) {
		int32_t *offsets = (int32_t *)(void *)room;

		if (is_text(&table->columns.items[i])) {
			memset(room + offsets_size(to - from) - CSTN__TABLE_ALIGNMENT, 0,
					CSTN__TABLE_ALIGNMENT);
			room += offsets_size(to - from);
		}
		batch_child(block, i, from, to, offsets);
		block->pointers[i] = &block->children[i];
	}
	memset(out, 0, sizeof(*out));
	out->length = to - from;
	out->n_buffers = 1;
	out->n_children = (int64_t)n;
	out->buffers = block->no_validity;
	out->children = n > 0 ? block->pointers : NULL;
	out->release = batch_release;
	out->private_data = block;
	return CSTN_OK;
}

/* --- streams ---------------------------------------------------------------------------------- */

typedef struct table_stream {
	cstn_allocator allocator;
	cstn__table_builder *table; /* being handed out, from row `at` on */
	int64_t at;
	cstn__table_builder *(*empty)(void *context, cstn_error **error);
	cstn_status (*next)(void *context, cstn__table_builder *batch, cstn_error **error);
	void (*free_context)(void *context);
	void *context;
	cstn_status ended; /* CSTN_DONE or the error that ended it */
	cstn_error *last_error;
} table_stream;

int cstn__stream_errno(cstn_status status)
{
	switch (status) {
	case CSTN_E_NOMEM:
		return ENOMEM;
	case CSTN_E_LIMIT:
		return EDQUOT;
	case CSTN_E_IO:
		return EIO;
	case CSTN_E_CANCELLED:
		return ECANCELED;
	default:
		return EINVAL;
	}
}

cstn_status cstn__stream_status(int code)
{
	switch (code) {
	case ENOMEM:
		return CSTN_E_NOMEM;
	case EDQUOT:
		return CSTN_E_LIMIT;
	default:
		return CSTN_E_STREAM;
	}
}

static int stream_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out)
{
	table_stream *own = stream->private_data;
	cstn__table_builder *table = own->table;
	cstn_error *error = NULL;
	cstn_status status;

	if (own->empty) {
		table = own->empty(own->context, &error);
		status = table && table->failed == CSTN_OK ? CSTN_OK : cstn_error_code(error);
		if (status == CSTN_OK && (!table || table->failed != CSTN_OK))
			status = cstn__fail_nomem(&error);
	} else {
		status = CSTN_OK;
	}
	if (status == CSTN_OK)
		status = table_schema(table, out, &error);
	if (own->empty)
		cstn__table_unref(table);
	if (status == CSTN_OK)
		return 0;
	cstn_error_free(own->last_error);
	own->last_error = error;
	return cstn__stream_errno(status);
}

/* Make `own->table` hold rows from `own->at` on: CSTN_OK, CSTN_DONE or an error. */
static cstn_status stream_fill(table_stream *own, cstn_error **error)
{
	cstn_status status;

	while (!own->table || own->at >= cstn__table_rows(own->table)) {
		if (!own->next)
			return CSTN_DONE;
		cstn__table_unref(own->table);
		own->at = 0;
		own->table = own->empty(own->context, error);
		if (!own->table)
			return error && *error ? cstn_error_code(*error) : cstn__fail_nomem(error);
		status = own->next(own->context, own->table, error);
		if (status != CSTN_OK)
			return status;
		status = cstn__table_seal(own->table, error);
		if (status != CSTN_OK)
			return status;
	}
	return CSTN_OK;
}

static int stream_next(struct ArrowArrayStream *stream, struct ArrowArray *out)
{
	table_stream *own = stream->private_data;
	cstn_error *error = NULL;
	cstn_status status = own->ended;
	int64_t to = 0;

	if (status == CSTN_OK) {
		status = stream_fill(own, &error);
		if (status == CSTN_OK)
			status = batch_cut(own->table, own->at, &to, &error);
		if (status == CSTN_OK)
			status = table_batch(own->table, own->at, to, out, &error);
		if (status == CSTN_OK) {
			own->at = to;
			return 0;
		}
		own->ended = status;
		cstn_error_free(own->last_error);
		own->last_error = error;
	}
	if (status != CSTN_DONE)
		return cstn__stream_errno(status);
	memset(out, 0, sizeof(*out));
	return 0;
}

static const char *stream_last_error(struct ArrowArrayStream *stream)
{
	table_stream *own = stream->private_data;

	return own->last_error ? cstn_error_message(own->last_error) : NULL;
}

static void stream_release(struct ArrowArrayStream *stream)
{
	table_stream *own = stream->private_data;
	cstn_allocator allocator = own->allocator;

	cstn__table_unref(own->table);
	if (own->free_context)
		own->free_context(own->context);
	cstn_error_free(own->last_error);
	cstn__free(&allocator, own, sizeof(*own));
	stream->release = NULL;
}

static table_stream *stream_new(const cstn_allocator *allocator, struct ArrowArrayStream *filled)
{
	table_stream *own = cstn__alloc_zero(allocator, sizeof(*own));

	if (!own)
		return NULL;
	own->allocator = *allocator;
	filled->get_schema = stream_schema;
	filled->get_next = stream_next;
	filled->get_last_error = stream_last_error;
	filled->release = stream_release;
	filled->private_data = own;
	return own;
}

cstn_status cstn__table_export(
		cstn__table_builder *table, struct ArrowArrayStream *out, cstn_error **error)
{
	struct ArrowArrayStream filled;
	table_stream *own;
	cstn_status status;

	status = cstn__table_seal(table, error);
	if (status != CSTN_OK)
		goto fail;
	own = stream_new(&table->allocator, &filled);
	if (!own) {
		status = cstn__fail_nomem(error);
		goto fail;
	}
	own->table = table;
	*out = filled;
	return CSTN_OK;
fail:
	cstn__table_unref(table);
	return status;
}

cstn_status cstn__table_export_of(const cstn_allocator *allocator, cstn__table_put *put,
		const void *of, struct ArrowArrayStream *out, cstn_error **error)
{
	cstn__table_builder *table = NULL;
	cstn_status status = cstn__table_builder_new(allocator, &table, error);

	if (status == CSTN_OK)
		status = put(of, table, error);
	if (status == CSTN_OK)
		return cstn__table_export(table, out, error);
	cstn__table_builder_free(table);
	return status;
}

cstn__table_builder *cstn__table_declared(const cstn_allocator *allocator,
		int (*declare)(const void *of, cstn__table_builder *table), const void *of,
		cstn_error **error)
{
	cstn__table_builder *table = NULL;

	if (cstn__table_builder_new(allocator, &table, error) != CSTN_OK)
		return NULL;
	if (declare(of, table) == 0)
		return table;
	cstn__table_builder_free(table);
	(void)cstn__fail_nomem(error);
	return NULL;
}

cstn_status cstn__stream_export(const cstn_allocator *allocator,
		cstn__table_builder *(*empty)(void *context, cstn_error **error),
		cstn_status (*next)(void *context, cstn__table_builder *batch, cstn_error **error),
		void (*free_context)(void *context), void *context, struct ArrowArrayStream *out,
		cstn_error **error)
{
	struct ArrowArrayStream filled;
	cstn_allocator own_allocator;
	table_stream *own = NULL;
	cstn_status status;

	status = cstn__allocator_read(allocator, &own_allocator, error);
	if (status == CSTN_OK) {
		own = stream_new(&own_allocator, &filled);
		if (!own)
			status = cstn__fail_nomem(error);
	}
	if (status != CSTN_OK) {
		if (free_context)
			free_context(context);
		return status;
	}
	own->empty = empty;
	own->next = next;
	own->free_context = free_context;
	own->context = context;
	*out = filled;
	return CSTN_OK;
}
