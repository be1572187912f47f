/* The columns of the chunk that a scan is at: pointers into a memory table, or blocks of a segment
 * decoded when they are first asked for. Validity bits of a memory table are copied, as the writer
 * may be adding to their last word. */
#include "store/scan.h"

#include <string.h>

#include "base/error.h"

enum { CHUNK_ROWS = 65536, WORDS = CHUNK_ROWS / 64 };
#define STARTS_SIZE ((CHUNK_ROWS + 1) * sizeof(uint32_t))
#define ZEROS_SIZE ((CHUNK_ROWS + 1) * sizeof(int64_t))

/* Zeros where there is no such column, so that a reader finds what the type says. */
static cstn_status fill_absent(cstn__scan *scan, cstn__scan_column *column, cstn_error **error)
{
	if (column->values.numbers || column->values.offsets)
		return CSTN_OK;
	if (!scan->zeros) {
		scan->zeros = cstn__alloc_zero(&scan->allocator, ZEROS_SIZE);
		if (!scan->zeros)
			return cstn__fail_nomem(error);
	}
	if (column->is_text) {
		column->values.offsets = (const uint32_t *)(const void *)scan->zeros;
		column->values.bytes = (const uint8_t *)scan->zeros;
	} else {
		column->values.numbers = scan->zeros;
	}
	return CSTN_OK;
}

static cstn_status load_memory(cstn__scan *scan, cstn__scan_column *column, cstn_error **error)
{
	const cstn__memory *memory = scan->snapshot->version->tables[scan->table->index].memory;
	uint64_t n = column->is_child ? scan->child_rows : scan->rows;

	if (column->position == CSTN__NO_COLUMN) {
		memset(&column->values, 0, sizeof(column->values));
		column->values.rows = n;
		column->values.numbers = cstn__stable_get(&scan->chunk->seqs);
		return CSTN_OK;
	}
	cstn__memory_values(memory, scan->chunk, column->position, n, &column->values);
	if ((column->values.numbers || column->values.offsets) &&
			!cstn__stable_get(&scan->chunk->columns[column->position].validity))
		return CSTN_OK;
	if (!column->bits) {
		column->bits = cstn__arena_alloc(&scan->arena, WORDS * sizeof(uint64_t));
		if (!column->bits)
			return cstn__fail_nomem(error);
	}
	if (cstn__memory_validity(scan->chunk, column->position, n, column->bits))
		column->values.validity = column->bits;
	return fill_absent(scan, column, error);
}

/* A block decoded for this scan. */
static cstn_status read_block(cstn__scan *scan, uint32_t id, cstn__block *block, cstn_error **error)
{
	cstn__part *part = scan->part;
	int64_t number = cstn__segment_column_number(part->segment, id, 0);

	cstn__block_free(block, &scan->blocks);
	if (number < 0)
		return cstn__segment_read_with(
				part->segment, scan->part_chunk, id, &scan->blocks, block, error);
	return cstn__cached_read(part->cache, &part->slots, part->segment, scan->part_chunk,
			(uint32_t)number, &scan->blocks, block, error);
}

static cstn_status load_part(cstn__scan *scan, cstn__scan_column *column, cstn_error **error)
{
	cstn_status status = read_block(scan, column->id, &column->block, error);

	if (status != CSTN_OK)
		return status;
	column->values = column->block.values;
	return fill_absent(scan, column, error);
}

cstn_status cstn__scan_load(cstn__scan *scan, size_t at, cstn_error **error)
{
	cstn__scan_column *column = &scan->columns[at];
	cstn_status status;

	if (column->loaded)
		return CSTN_OK;
	status = scan->part ? load_part(scan, column, error) : load_memory(scan, column, error);
	column->loaded = status == CSTN_OK;
	return status;
}

static cstn_status load_part_starts(cstn__scan *scan, cstn_error **error)
{
	const int64_t *counts;
	cstn_status status;

	if (!scan->starts_buffer) {
		scan->starts_buffer = cstn__alloc(&scan->allocator, STARTS_SIZE);
		if (!scan->starts_buffer)
			return cstn__fail_nomem(error);
	}
	status = read_block(scan, CSTN__COLUMN_CHILDREN, &scan->starts_block, error);
	if (status != CSTN_OK)
		return status;
	counts = scan->starts_block.values.numbers;
	scan->starts_buffer[0] = 0;
	for (uint32_t i = 0; i < scan->rows; i++)
		scan->starts_buffer[i + 1] = scan->starts_buffer[i] + (uint32_t)counts[i];
	if (scan->starts_buffer[scan->rows] != scan->child_rows)
		return cstn__fail(error, CSTN_E_CORRUPT,
				"table '%s': the rows of a chunk have %u child rows, its footer "
				"says %u",
				scan->table->declared->name, scan->starts_buffer[scan->rows],
				scan->child_rows);
	scan->starts = scan->starts_buffer;
	return CSTN_OK;
}

cstn_status cstn__scan_load_starts(cstn__scan *scan, cstn_error **error)
{
	scan->starts = NULL;
	if (!scan->table->declared->has_child) {
		scan->child_rows = 0;
		return CSTN_OK;
	}
	if (scan->part)
		return load_part_starts(scan, error);
	scan->starts = cstn__stable_get(&scan->chunk->starts);
	scan->child_rows = scan->starts[scan->rows];
	return CSTN_OK;
}

void cstn__scan_use(cstn__scan *scan, const cstn_allocator *blocks)
{
	scan->blocks = *blocks;
}

int cstn__scan_take(cstn__scan *scan, size_t at, cstn__block *out)
{
	cstn__scan_column *column = &scan->columns[at];

	if (!scan->part || !column->loaded || !column->block.memory ||
			column->values.numbers != column->block.memory)
		return 0;
	*out = column->block;
	memset(&column->block, 0, sizeof(column->block));
	return 1;
}

void cstn__scan_drop(cstn__scan *scan)
{
	for (size_t i = 0; i < scan->n_columns; i++)
		scan->columns[i].loaded = 0;
}

void cstn__scan_release(cstn__scan *scan)
{
	cstn__scan_drop(scan);
	for (size_t i = 0; i < scan->n_columns; i++)
		cstn__block_free(&scan->columns[i].block, &scan->blocks);
	cstn__block_free(&scan->starts_block, &scan->blocks);
	cstn__free(&scan->allocator, scan->starts_buffer, STARTS_SIZE);
	cstn__free(&scan->allocator, scan->zeros, ZEROS_SIZE);
}
