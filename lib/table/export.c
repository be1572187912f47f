/* Tables out: a builder that takes values and an Arrow stream that hands them on.
 *
 * The builder keeps each column in one growing buffer: fixed width values, packed bits, or text
 * bytes with 64-bit ends; validity bits exist from the first null on. A batch is a window of rows
 * that begins at a multiple of 512, so that every buffer of it, bits included, begins on 64 bytes
 * inside the column's own buffer; only the 32-bit text offsets are made a batch. The builder and
 * each batch are counted: the root and each child of a batch hold one reference, so each may be
 * moved out and released alone, on any thread, in any order.
 *
 * Cost: one copy of a value when it is put, amortised O(1); a batch costs 4 bytes a row and text
 * column, nothing else. */
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "table/export.h"
#include "table/schema_nodes.h"

#define ALIGNMENT 64
#define WINDOW 512 /* rows whose bits fill 64 bytes */
#define BATCH_ROWS (INT64_C(1) << 20)
#define MAX_SCALE 18

typedef struct aligned_buffer {
	uint8_t *data;
	size_t size, capacity; /* capacity is a multiple of ALIGNMENT */
} aligned_buffer;

typedef struct table_column {
	char *name;
	char format[16];
	int32_t type, width; /* bytes a value; 0 for bits; 8 (the end) for text */
	uint8_t nullable;
	int64_t rows, nulls;
	aligned_buffer values, validity, text;
} table_column;

struct cstn__table_builder {
	cstn_allocator allocator;
	atomic_size_t references;
	cstn__arena names;
	CSTN__ARRAY(table_column) columns;
	cstn_status failed;
	int32_t failed_column;
	int64_t batch_rows, batch_text;
};

/* --- building --------------------------------------------------------------------------------- */

static int buffer_room(const cstn_allocator *allocator, aligned_buffer *buffer, size_t extra)
{
	size_t wanted, capacity = buffer->capacity ? buffer->capacity : ALIGNMENT;
	uint8_t *grown;

	if (extra <= buffer->capacity - buffer->size)
		return 0;
	if (extra > SIZE_MAX / 4 - buffer->size)
		return -1;
	wanted = buffer->size + extra;
	while (capacity < wanted)
		capacity *= 2;
	if (buffer->data)
		grown = allocator->realloc(allocator->user, buffer->data, buffer->capacity,
				capacity, ALIGNMENT);
	else
		grown = cstn__alloc_aligned(allocator, capacity, ALIGNMENT);
	if (!grown)
		return -1;
	buffer->data = grown;
	buffer->capacity = capacity;
	return 0;
}

static void buffer_free(const cstn_allocator *allocator, aligned_buffer *buffer)
{
	cstn__free_aligned(allocator, buffer->data, buffer->capacity, ALIGNMENT);
}

cstn_status cstn__table_builder_new(
		const cstn_allocator *allocator, cstn__table_builder **out, cstn_error **error)
{
	cstn_allocator own;
	cstn__table_builder *table;
	cstn_status status;

	status = cstn__allocator_read(allocator, &own, error);
	if (status != CSTN_OK)
		return status;
	table = cstn__alloc_zero(&own, sizeof(*table));
	if (!table)
		return cstn__fail_nomem(error);
	table->allocator = own;
	atomic_init(&table->references, 1);
	cstn__arena_init(&table->names, &own);
	table->batch_rows = BATCH_ROWS;
	table->batch_text = INT32_MAX;
	*out = table;
	return CSTN_OK;
}

static void table_unref(void *owner)
{
	cstn__table_builder *table = owner;
	cstn_allocator allocator;
	size_t i;

	if (!table || atomic_fetch_sub_explicit(&table->references, 1, memory_order_acq_rel) != 1)
		return;
	allocator = table->allocator;
	for (i = 0; i < table->columns.count; i++) {
		buffer_free(&allocator, &table->columns.items[i].values);
		buffer_free(&allocator, &table->columns.items[i].validity);
		buffer_free(&allocator, &table->columns.items[i].text);
	}
	cstn__array_free(&allocator, &table->columns);
	cstn__arena_free(&table->names);
	cstn__free(&allocator, table, sizeof(*table));
}

void cstn__table_builder_free(cstn__table_builder *table)
{
	table_unref(table);
}

static const char *column_format(int32_t type, int32_t scale, int32_t *width, char buffer[16])
{
	switch (type) {
	case CSTN_TYPE_FLAG:
		*width = 0;
		return "b";
	case CSTN_TYPE_INT32:
		*width = 4;
		return "i";
	case CSTN_TYPE_DOUBLE:
		*width = 8;
		return "g";
	case CSTN_TYPE_TEXT:
		*width = 8;
		return "u";
	case CSTN_TYPE_BYTES:
		*width = 8;
		return "z";
	case CSTN_TYPE_DAYS:
		*width = 4;
		return "tdD";
	case CSTN_TYPE_TIME:
		*width = 8;
		return "tsu:UTC";
	case CSTN_TYPE_DECIMAL:
		*width = 16;
		snprintf(buffer, 16, "d:19,%d", (int)scale);
		return buffer;
	default:
		*width = 8;
		return "l";
	}
}

int32_t cstn__table_add_column(cstn__table_builder *table, const char *name, int32_t type,
		int32_t scale, int nullable)
{
	table_column column = {0};
	char buffer[16];

	assert(type >= CSTN_TYPE_FLAG && type <= CSTN_TYPE_DECIMAL);
	assert(scale >= 0 && scale <= MAX_SCALE);
	assert(cstn__table_rows(table) == 0);
	column.name = cstn__arena_copy(&table->names, name, strlen(name));
	if (!column.name || cstn__array_reserve(&table->allocator, &table->columns, 1) != 0) {
		table->failed = CSTN_E_NOMEM;
		return -1;
	}
	strcpy(column.format, column_format(type, scale, &column.width, buffer));
	column.type = type;
	column.nullable = nullable != 0;
	table->columns.items[table->columns.count] = column;
	return (int32_t)table->columns.count++;
}

static void put_failed(cstn__table_builder *table, int32_t column, cstn_status status)
{
	if (table->failed == CSTN_OK) {
		table->failed = status;
		table->failed_column = column;
	}
}

static void bit_set(uint8_t *bits, int64_t at, int on)
{
	uint8_t mask = (uint8_t)(1u << (at & 7));

	bits[at >> 3] = (uint8_t)(on ? bits[at >> 3] | mask : bits[at >> 3] & ~mask);
}

/* Room for the bits of `extra` more rows; new bytes are zero. */
static int bits_room(
		const cstn_allocator *allocator, aligned_buffer *bits, int64_t rows, size_t extra)
{
	size_t wanted = ((size_t)rows + extra + 7) / 8;

	if (wanted <= bits->size)
		return 0;
	if (buffer_room(allocator, bits, wanted - bits->size) != 0)
		return -1;
	memset(bits->data + bits->size, 0, wanted - bits->size);
	bits->size = wanted;
	return 0;
}

/* The column with room for `extra` more values, or NULL when the builder has failed. */
static table_column *put_begin(cstn__table_builder *table, int32_t column, size_t extra)
{
	table_column *to;
	int failed;

	if (table->failed != CSTN_OK)
		return NULL;
	assert(column >= 0 && column < (int32_t)table->columns.count);
	to = &table->columns.items[column];
	failed = to->width == 0 ? bits_room(&table->allocator, &to->values, to->rows, extra)
				: buffer_room(&table->allocator, &to->values,
						  cstn__array_size(extra, (size_t)to->width));
	if (!failed && to->validity.data)
		failed = bits_room(&table->allocator, &to->validity, to->rows, extra);
	if (failed) {
		put_failed(table, column, CSTN_E_NOMEM);
		return NULL;
	}
	return to;
}

/* One more row; its value is in place. */
static void put_end(table_column *to)
{
	if (to->validity.data)
		bit_set(to->validity.data, to->rows, 1);
	to->values.size += (size_t)to->width;
	to->rows++;
}

static int put_value(cstn__table_builder *table, int32_t column, table_column *to, int64_t value)
{
	uint8_t *at = to->values.data + to->values.size;
	__extension__ __int128 wide;
	int32_t narrow;

	switch (to->width) {
	case 0:
		bit_set(to->values.data, to->rows, value != 0);
		return 0;
	case 4:
		if (value < INT32_MIN || value > INT32_MAX) {
			put_failed(table, column, CSTN_E_OVERFLOW);
			return -1;
		}
		narrow = (int32_t)value;
		memcpy(at, &narrow, sizeof(narrow));
		return 0;
	case 16:
		wide = value;
		memcpy(at, &wide, sizeof(wide));
		return 0;
	default:
		memcpy(at, &value, sizeof(value));
		return 0;
	}
}

void cstn__table_put_i64(cstn__table_builder *table, int32_t column, int64_t value)
{
	table_column *to = put_begin(table, column, 1);

	if (to && put_value(table, column, to, value) == 0)
		put_end(to);
}

void cstn__table_put_f64(cstn__table_builder *table, int32_t column, double value)
{
	table_column *to = put_begin(table, column, 1);

	if (!to)
		return;
	assert(to->type == CSTN_TYPE_DOUBLE);
	memcpy(to->values.data + to->values.size, &value, sizeof(value));
	put_end(to);
}

void cstn__table_put_text(cstn__table_builder *table, int32_t column, const char *text, size_t len)
{
	table_column *to = put_begin(table, column, 1);
	uint64_t end;

	if (!to)
		return;
	assert(to->type == CSTN_TYPE_TEXT || to->type == CSTN_TYPE_BYTES);
	if (buffer_room(&table->allocator, &to->text, len) != 0) {
		put_failed(table, column, CSTN_E_NOMEM);
		return;
	}
	if (len > 0)
		memcpy(to->text.data + to->text.size, text, len);
	to->text.size += len;
	end = to->text.size;
	memcpy(to->values.data + to->values.size, &end, sizeof(end));
	put_end(to);
}

/* Validity bits of the rows so far and `extra` more; the rows so far are valid. */
static int validity_begin(
		cstn__table_builder *table, int32_t column, table_column *to, size_t extra)
{
	int64_t i;

	if (!to->nullable) {
		put_failed(table, column, CSTN_E_INVALID_ARGUMENT);
		return -1;
	}
	if (to->validity.data)
		return 0;
	if (bits_room(&table->allocator, &to->validity, to->rows, extra) != 0) {
		put_failed(table, column, CSTN_E_NOMEM);
		return -1;
	}
	memset(to->validity.data, 0xff, (size_t)to->rows / 8);
	for (i = to->rows & ~INT64_C(7); i < to->rows; i++)
		bit_set(to->validity.data, i, 1);
	return 0;
}

/* A null in room that is already there. */
static void put_null_end(table_column *to)
{
	uint64_t end = to->text.size;

	if (to->type == CSTN_TYPE_TEXT || to->type == CSTN_TYPE_BYTES)
		memcpy(to->values.data + to->values.size, &end, sizeof(end));
	else if (to->width > 0)
		memset(to->values.data + to->values.size, 0, (size_t)to->width);
	put_end(to);
	bit_set(to->validity.data, to->rows - 1, 0);
	to->nulls++;
}

void cstn__table_put_null(cstn__table_builder *table, int32_t column)
{
	table_column *to = put_begin(table, column, 1);

	if (to && validity_begin(table, column, to, 1) == 0)
		put_null_end(to);
}

static int all_set(const uint64_t *valid, size_t n)
{
	size_t i;

	for (i = 0; valid && i < n / 64; i++)
		if (valid[i] != UINT64_MAX)
			return 0;
	return !valid || n % 64 == 0 || (~valid[n / 64] << (64 - n % 64)) == 0;
}

void cstn__table_put_many_i64(cstn__table_builder *table, int32_t column, const int64_t *values,
		const uint64_t *valid, size_t n)
{
	table_column *to = put_begin(table, column, n);
	size_t i;

	if (!to)
		return;
	if (to->width == 8 && !to->validity.data && all_set(valid, n)) {
		if (n > 0)
			memcpy(to->values.data + to->values.size, values, n * 8);
		to->values.size += n * 8;
		to->rows += (int64_t)n;
		return;
	}
	if (!all_set(valid, n) && validity_begin(table, column, to, n) != 0)
		return;
	for (i = 0; i < n; i++) {
		if (valid && !(valid[i / 64] >> (i % 64) & 1))
			put_null_end(to);
		else if (put_value(table, column, to, values[i]) == 0)
			put_end(to);
		else
			return;
	}
}

void cstn__table_put_many_f64(cstn__table_builder *table, int32_t column, const double *values,
		const uint64_t *valid, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (valid && !(valid[i / 64] >> (i % 64) & 1))
			cstn__table_put_null(table, column);
		else
			cstn__table_put_f64(table, column, values[i]);
}

int64_t cstn__table_rows(const cstn__table_builder *table)
{
	return table->columns.count > 0 ? table->columns.items[0].rows : 0;
}

void cstn__table_set_limits(cstn__table_builder *table, int64_t rows, int64_t text_bytes)
{
	assert(rows > 0 && rows % WINDOW == 0 && text_bytes <= INT32_MAX);
	table->batch_rows = rows;
	table->batch_text = text_bytes;
}

/* Whether the table can go out; pads its buffers with zeros to 64 bytes. */
static cstn_status table_seal(cstn__table_builder *table, cstn_error **error)
{
	const char *name = table->columns.count > 0
					   ? table->columns.items[table->failed_column].name
					   : "";
	size_t i, k;

	if (table->failed == CSTN_E_NOMEM)
		return cstn__fail_nomem(error);
	if (table->failed == CSTN_E_OVERFLOW)
		return cstn__fail(error, table->failed,
				"column '%s': a value does not fit its 32 bits", name);
	if (table->failed != CSTN_OK)
		return cstn__fail(error, table->failed,
				"column '%s' has a null and is not nullable", name);
	for (i = 0; i < table->columns.count; i++) {
		table_column *column = &table->columns.items[i];
		aligned_buffer *buffers[3] = {&column->values, &column->validity, &column->text};

		if (column->rows != cstn__table_rows(table))
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"column '%s' has %" PRId64 " rows, column '%s' %" PRId64,
					column->name, column->rows, table->columns.items[0].name,
					cstn__table_rows(table));
		for (k = 0; k < 3; k++)
			if (buffers[k]->size % ALIGNMENT)
				memset(buffers[k]->data + buffers[k]->size, 0,
						ALIGNMENT - buffers[k]->size % ALIGNMENT);
	}
	return CSTN_OK;
}

/* --- schema ----------------------------------------------------------------------------------- */

static cstn_status table_schema(
		cstn__table_builder *table, struct ArrowSchema *out, cstn_error **error)
{
	size_t n = table->columns.count, i;
	cstn__schema_nodes *block;

	block = cstn__schema_nodes_new(&table->allocator, n + 1, table_unref, table);
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

		cstn__free_aligned(&table->allocator, block, block->size, ALIGNMENT);
		table_unref(table);
	}
}

static uint64_t text_end(const table_column *column, int64_t rows)
{
	uint64_t end = 0;

	if (rows > 0)
		memcpy(&end, column->values.data + (rows - 1) * 8, sizeof(end));
	return end;
}

static int is_text(const table_column *column)
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
		const table_column *column = &table->columns.items[i];

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
	return (((size_t)rows + 1) * 4 + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static int64_t count_nulls(const table_column *column, int64_t from, int64_t to)
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
	const table_column *column = &block->table->columns.items[i];
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
	head = (head + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	size = head + ALIGNMENT + texts * offsets_size(to - from);
	block = cstn__alloc_aligned(&table->allocator, size, ALIGNMENT);
	if (!block)
		return cstn__fail_nomem(error);
	memset(block, 0, head + ALIGNMENT);
	block->table = table;
	atomic_fetch_add_explicit(&table->references, 1, memory_order_relaxed);
	block->size = size;
	atomic_init(&block->alive, n + 1);
	block->pointers = (struct ArrowArray **)(void *)(block + 1);
	block->buffers = (const void *(*)[3])(void *)(block->pointers + n);
	block->children = (struct ArrowArray *)(void *)(block->buffers + n);
	block->room = (uint8_t *)block + head;
	room = block->room + ALIGNMENT;
	for (i = 0; i < n; i++) {
		int32_t *offsets = (int32_t *)(void *)room;

		if (is_text(&table->columns.items[i])) {
			memset(room + offsets_size(to - from) - ALIGNMENT, 0, ALIGNMENT);
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
		table_unref(table);
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
		table_unref(own->table);
		own->at = 0;
		own->table = own->empty(own->context, error);
		if (!own->table)
			return error && *error ? cstn_error_code(*error) : cstn__fail_nomem(error);
		status = own->next(own->context, own->table, error);
		if (status != CSTN_OK)
			return status;
		status = table_seal(own->table, error);
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

	table_unref(own->table);
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

	status = table_seal(table, error);
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
	table_unref(table);
	return status;
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
