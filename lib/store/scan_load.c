/* The columns of the chunk that a scan is at: pointers into a memory table, or blocks of a segment
 * decoded when they are first asked for. Validity bits of a memory table are copied, as the writer
 * may be adding to their last word. */
#include "store/scan.h"

#include <string.h>

#include "base/error.h"

enum { CHUNK_ROWS = 65536, WORDS = CHUNK_ROWS / 64 };

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
	if (!cstn__stable_get(&scan->chunk->columns[column->position].validity))
		return CSTN_OK;
	if (!column->bits) {
		column->bits = cstn__arena_alloc(&scan->arena, WORDS * sizeof(uint64_t));
		if (!column->bits)
			return cstn__fail_nomem(error);
	}
	if (cstn__memory_validity(scan->chunk, column->position, n, column->bits))
		column->values.validity = column->bits;
	return CSTN_OK;
}

cstn_status cstn__scan_load(cstn__scan *scan, size_t at, cstn_error **error)
{
	cstn__scan_column *column = &scan->columns[at];
	cstn_status status;

	if (column->loaded)
		return CSTN_OK;
	status = load_memory(scan, column, error);
	column->loaded = status == CSTN_OK;
	return status;
}

cstn_status cstn__scan_load_starts(cstn__scan *scan, cstn_error **error)
{
	(void)error;
	scan->starts = NULL;
	scan->child_rows = 0;
	if (!scan->table->declared->has_child)
		return CSTN_OK;
	scan->starts = cstn__stable_get(&scan->chunk->starts);
	scan->child_rows = scan->starts[scan->rows];
	return CSTN_OK;
}

void cstn__scan_drop(cstn__scan *scan)
{
	for (size_t i = 0; i < scan->n_columns; i++) {
		cstn__block_free(&scan->columns[i].block, &scan->allocator);
		scan->columns[i].loaded = 0;
	}
}
