/* Record batches that the CSV reader fills in place.
 *
 * All fixed buffers of a batch lie in one allocation, 64-byte aligned and padded; text has one more
 * for each column, because it grows. A batch that is exported is one refcounted block behind the
 * root and its children, so that each child can be moved out alone (Arrow C Data interface); the
 * last one released, on whatever thread, frees it with the allocator it came from. Cost: nothing a
 * row, but for rows that are left out: they are squeezed out column by column. */
#include "table/csv_batch.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "table/export.h"

#define ALIGNMENT 64

/* One allocation: this struct, the batch, its columns, children, pointers, then the buffers. */
struct cstn__csv_block {
	cstn_allocator allocator;
	atomic_int references;
	size_t size;
	cstn__csv_batch batch;
	struct ArrowArray *children;
	struct ArrowArray **child_pointers;
	const void **buffers;          /* 3 a column, then the root's */
	const cstn__csv_column *kinds; /* the reader's: only until the export */
};

static size_t align_up(size_t size)
{
	return (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/* Bytes a value; 0 for bits and text. */
static size_t value_width(const cstn__csv_column *column)
{
	switch (column->decl->type) {
	case CSTN_TYPE_FLAG:
	case CSTN_TYPE_TEXT:
	case CSTN_TYPE_BYTES:
		return 0;
	case CSTN_TYPE_INT32:
	case CSTN_TYPE_DAYS:
		return 4;
	case CSTN_TYPE_DECIMAL: /* d:19,s has 128 bits */
		return 16;
	default:
		return 8;
	}
}

static size_t value_bytes(const cstn__csv_column *column, size_t rows)
{
	if (column->text)
		return align_up((rows + 1) * 4);
	if (column->decl->type == CSTN_TYPE_FLAG)
		return align_up((rows + 7) / 8);
	return align_up(rows * value_width(column));
}

cstn_status cstn__csv_batch_new(const cstn_allocator *allocator, const cstn__csv_column *columns,
		uint32_t n_columns, uint32_t capacity, cstn__csv_batch **out)
{
	size_t bitmap = align_up(((size_t)capacity + 7) / 8), size, i;
	size_t head = align_up(sizeof(struct cstn__csv_block));
	size_t per_column = sizeof(cstn__csv_batch_column) + sizeof(struct ArrowArray) +
			    sizeof(struct ArrowArray *) + 3 * sizeof(void *);
	struct cstn__csv_block *block;
	uint8_t *memory;

	size = head + align_up(n_columns * per_column + sizeof(void *));
	for (i = 0; i < n_columns; i++)
		size += value_bytes(columns + i, capacity) + (columns[i].bitmap ? bitmap : 0);
	memory = cstn__alloc_aligned(allocator, size, ALIGNMENT);
	if (memory == NULL)
		return CSTN_E_NOMEM;
	memset(memory, 0, head + align_up(n_columns * per_column + sizeof(void *)));
	block = (struct cstn__csv_block *)(void *)memory;
	block->allocator = *allocator;
	block->size = size;
	block->kinds = columns;
	atomic_init(&block->references, 1);
	memory += head;
	block->batch.columns = (cstn__csv_batch_column *)(void *)memory;
	block->children = (struct ArrowArray *)(void *)(block->batch.columns + n_columns);
	block->child_pointers = (struct ArrowArray **)(void *)(block->children + n_columns);
	block->buffers = (const void **)(void *)(block->child_pointers + n_columns);
	memory += align_up(n_columns * per_column + sizeof(void *));
	for (i = 0; i < n_columns; i++) {
		cstn__csv_batch_column *column = block->batch.columns + i;

		column->values = memory;
		if (columns[i].decl->type == CSTN_TYPE_FLAG)
			memset(memory, 0, value_bytes(columns + i, capacity));
		if (columns[i].text)
			memset(memory, 0, 4);
		memory += value_bytes(columns + i, capacity);
		if (columns[i].bitmap) {
			column->validity = memory;
			memset(memory, 0xff, bitmap);
			memory += bitmap;
		}
	}
	block->batch.block = block;
	block->batch.capacity = capacity;
	block->batch.n_columns = n_columns;
	*out = &block->batch;
	return CSTN_OK;
}

static void block_unref(struct cstn__csv_block *block)
{
	cstn_allocator allocator = block->allocator;
	uint32_t i;

	if (atomic_fetch_sub_explicit(&block->references, 1, memory_order_acq_rel) != 1)
		return;
	for (i = 0; i < block->batch.n_columns; i++)
		cstn__free_aligned(&allocator, block->batch.columns[i].text,
				block->batch.columns[i].text_capacity, ALIGNMENT);
	cstn__array_free(&allocator, &block->batch.drops);
	cstn__free_aligned(&allocator, block, block->size, ALIGNMENT);
}

void cstn__csv_batch_free(cstn__csv_batch *batch)
{
	if (batch != NULL)
		block_unref(batch->block);
}

cstn_status cstn__csv_batch_reserve_text(cstn__csv_batch *batch, uint32_t column, size_t extra)
{
	cstn__csv_batch_column *c = batch->columns + column;
	const cstn_allocator *allocator = &batch->block->allocator;
	size_t wanted = align_up(c->text_used + extra + ALIGNMENT);
	uint8_t *text;

	if (wanted <= c->text_capacity)
		return CSTN_OK;
	/* A batch that is begun will probably be filled like this to its end. */
	if (batch->rows > 0 && wanted < c->text_capacity * 2)
		wanted = c->text_capacity * 2;
	text = cstn__alloc_aligned(allocator, wanted, ALIGNMENT);
	if (text == NULL)
		return CSTN_E_NOMEM;
	if (c->text_used > 0)
		memcpy(text, c->text, c->text_used);
	cstn__free_aligned(allocator, c->text, c->text_capacity, ALIGNMENT);
	c->text = text;
	c->text_capacity = wanted;
	return CSTN_OK;
}

static int bit_at(const uint8_t *bits, uint32_t i)
{
	return bits[i / 8] >> i % 8 & 1;
}

static void bit_put(uint8_t *bits, uint32_t i, int value)
{
	bits[i / 8] = (uint8_t)((bits[i / 8] & ~(1u << i % 8)) | (unsigned)value << i % 8);
}

static void move_bits(uint8_t *bits, uint32_t to, uint32_t from, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		bit_put(bits, to + i, bit_at(bits, from + i));
}

/* Rows [from, from + n) move down to `to`. */
static void move_rows(
		cstn__csv_batch *batch, uint32_t column, uint32_t to, uint32_t from, uint32_t n)
{
	const cstn__csv_column *kind = batch->block->kinds + column;
	cstn__csv_batch_column *c = batch->columns + column;
	int32_t *offsets = c->values;
	size_t width = value_width(kind);
	uint32_t i;

	if (c->validity != NULL)
		move_bits(c->validity, to, from, n);
	if (kind->text) {
		int32_t size = offsets[from + n] - offsets[from],
			shift = offsets[from] - offsets[to];

		if (size > 0 && shift > 0)
			memmove(c->text + offsets[to], c->text + offsets[from], (size_t)size);
		for (i = 0; i < n; i++)
			offsets[to + i + 1] = offsets[from + i + 1] - shift;
	} else if (kind->decl->type == CSTN_TYPE_FLAG) {
		move_bits(c->values, to, from, n);
	} else {
		memmove((uint8_t *)c->values + to * width, (uint8_t *)c->values + from * width,
				n * width);
	}
}

void cstn__csv_batch_compact(cstn__csv_batch *batch)
{
	uint32_t column, kept = 0;
	size_t i;

	if (batch->drops.count == 0)
		return;
	for (column = 0; column < batch->n_columns; column++) {
		kept = batch->drops.items[0];
		for (i = 0; i < batch->drops.count; i++) {
			uint32_t from = batch->drops.items[i] + 1;
			uint32_t to = i + 1 < batch->drops.count ? batch->drops.items[i + 1]
								 : batch->rows;

			move_rows(batch, column, kept, from, to - from);
			kept += to - from;
		}
	}
	batch->rows = kept;
	batch->drops.count = 0;
}

static void child_release(struct ArrowArray *array)
{
	struct cstn__csv_block *block = array->private_data;

	array->release = NULL;
	block_unref(block);
}

static void root_release(struct ArrowArray *array)
{
	struct cstn__csv_block *block = array->private_data;
	int64_t i;

	for (i = 0; i < array->n_children; i++)
		if (array->children[i]->release != NULL)
			array->children[i]->release(array->children[i]);
	array->release = NULL;
	block_unref(block);
}

static int64_t count_nulls(const uint8_t *validity, uint32_t rows)
{
	int64_t valid = 0;
	uint32_t i;

	if (validity == NULL)
		return 0;
	for (i = 0; i + 64 <= rows; i += 64) {
		uint64_t word;

		memcpy(&word, validity + i / 8, 8);
		valid += __builtin_popcountll(word);
	}
	for (; i < rows; i++)
		valid += bit_at(validity, i);
	return (int64_t)rows - valid;
}

/* Padding bits and bytes are given out as zero. */
static void clear_tail(uint8_t *bits, uint32_t rows)
{
	if (rows % 8 != 0)
		bits[rows / 8] = (uint8_t)(bits[rows / 8] & ((1u << rows % 8) - 1));
}

void cstn__csv_batch_export(cstn__csv_batch *batch, struct ArrowArray *out)
{
	struct cstn__csv_block *block = batch->block;
	const void **buffers = block->buffers;
	uint32_t i, n = batch->n_columns;

	for (i = 0; i < n; i++) {
		const cstn__csv_column *kind = block->kinds + i;
		cstn__csv_batch_column *column = batch->columns + i;
		struct ArrowArray *child = block->children + i;

		child->length = batch->rows;
		child->null_count = count_nulls(column->validity, batch->rows);
		child->n_buffers = kind->text ? 3 : 2;
		child->buffers = buffers + 3 * (size_t)i;
		child->buffers[0] = child->null_count > 0 ? column->validity : NULL;
		child->buffers[1] = column->values;
		if (kind->text)
			child->buffers[2] = column->text != NULL ? (const void *)column->text
								 : column->values;
		if (child->null_count > 0)
			clear_tail(column->validity, batch->rows);
		if (kind->decl->type == CSTN_TYPE_FLAG)
			clear_tail(column->values, batch->rows);
		child->release = child_release;
		child->private_data = block;
		block->child_pointers[i] = child;
	}
	memset(out, 0, sizeof(*out));
	out->length = batch->rows;
	out->n_buffers = 1;
	out->buffers = buffers + 3 * (size_t)n;
	out->n_children = n;
	out->children = block->child_pointers;
	out->release = root_release;
	out->private_data = block;
	block->kinds = NULL;
	atomic_fetch_add_explicit(&block->references, (int)n, memory_order_relaxed);
}

/* ---- schema ---- */

struct schema_block {
	cstn_allocator allocator;
	atomic_int references;
	size_t size;
};

static void schema_block_unref(struct schema_block *block)
{
	cstn_allocator allocator = block->allocator;

	if (atomic_fetch_sub_explicit(&block->references, 1, memory_order_acq_rel) == 1)
		cstn__free(&allocator, block, block->size);
}

static void schema_release(struct ArrowSchema *schema)
{
	struct schema_block *block = schema->private_data;
	int64_t i;

	for (i = 0; i < schema->n_children; i++)
		if (schema->children[i]->release != NULL)
			schema->children[i]->release(schema->children[i]);
	schema->release = NULL;
	schema_block_unref(block);
}

cstn_status cstn__csv_schema_export(const cstn_allocator *allocator,
		const cstn__csv_column *columns, uint32_t n_columns, struct ArrowSchema *out)
{
	size_t size = sizeof(struct schema_block) + 16, names = 0;
	struct schema_block *block;
	struct ArrowSchema *children;
	struct ArrowSchema **pointers;
	char *text, buffer[16];
	uint32_t i;

	for (i = 0; i < n_columns; i++)
		names += columns[i].decl->name_len + 1 + 16;
	size += n_columns * (sizeof(struct ArrowSchema) + sizeof(struct ArrowSchema *)) + names;
	block = cstn__alloc_zero(allocator, size);
	if (block == NULL)
		return CSTN_E_NOMEM;
	block->allocator = *allocator;
	block->size = size;
	atomic_init(&block->references, (int)n_columns + 1);
	children = (struct ArrowSchema *)(void *)((uint8_t *)block +
						  (sizeof(*block) + 15) / 16 * 16);
	pointers = (struct ArrowSchema **)(void *)(children + n_columns);
	text = (char *)(pointers + n_columns);
	for (i = 0; i < n_columns; i++) {
		const char *format = cstn__arrow_format(
				columns[i].decl->type, columns[i].decl->scale, buffer);

		children[i].name = memcpy(text, columns[i].decl->name, columns[i].decl->name_len);
		text += columns[i].decl->name_len + 1;
		children[i].format = memcpy(text, format, strlen(format) + 1);
		text += 16;
		children[i].flags = columns[i].bitmap ? ARROW_FLAG_NULLABLE : 0;
		children[i].release = schema_release;
		children[i].private_data = block;
		pointers[i] = children + i;
	}
	memset(out, 0, sizeof(*out));
	out->format = "+s";
	out->name = "";
	out->n_children = n_columns;
	out->children = pointers;
	out->release = schema_release;
	out->private_data = block;
	return CSTN_OK;
}
