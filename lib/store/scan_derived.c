/* Derived columns beside the chunk that a scan is at. They are looked for once a segment; where
 * there are none, or they are of no use, the chunk comes without, and its reader makes the values
 * itself. */
#include "store/scan.h"

#include <string.h>

#include "base/error.h"

cstn_status cstn__scan_plan_derived(
		cstn__scan *scan, const cstn__derived_kind *kind, cstn_error **error)
{
	size_t n = kind->n_columns;

	scan->derived_blocks = cstn__arena_alloc(
			&scan->arena, cstn__array_size(n, sizeof(*scan->derived_blocks)));
	scan->derived_values = cstn__arena_alloc(
			&scan->arena, cstn__array_size(n, sizeof(*scan->derived_values)));
	if (!scan->derived_blocks || !scan->derived_values)
		return cstn__fail_nomem(error);
	memset(scan->derived_blocks, 0, n * sizeof(*scan->derived_blocks));
	scan->kind = kind;
	return CSTN_OK;
}

cstn_status cstn__scan_load_derived(cstn__scan *scan, const cstn__values **out, cstn_error **error)
{
	cstn__store *store = scan->snapshot->store;
	cstn_status status = CSTN_OK;
	int found = 0;

	if (!scan->part)
		return CSTN_OK;
	if (scan->derived_part != scan->part) {
		cstn__derived_unref(scan->derived);
		scan->derived = NULL;
		scan->derived_part = NULL;
		status = cstn__derived_find(store, scan->snapshot->version, scan->part, scan->kind,
				&scan->derived, error);
		if (status != CSTN_OK)
			return status;
		scan->derived_part = scan->part;
	}
	if (scan->derived)
		status = cstn__derived_read(store, scan->derived, scan->kind, scan->part_chunk,
				scan->derived_blocks, &found, error);
	if (status != CSTN_OK || !found)
		return status;
	for (size_t i = 0; i < scan->kind->n_columns; i++)
		scan->derived_values[i] = scan->derived_blocks[i].values;
	*out = scan->derived_values;
	return CSTN_OK;
}

void cstn__scan_release_derived(cstn__scan *scan)
{
	for (size_t i = 0; scan->kind && i < scan->kind->n_columns; i++)
		cstn__block_free(&scan->derived_blocks[i], &scan->allocator);
	cstn__derived_unref(scan->derived);
	scan->derived = NULL;
}

cstn_status cstn__scan_whole_chunk(cstn__scan *scan, cstn__part *part, uint32_t chunk,
		cstn__scan_chunk *out, cstn_error **error)
{
	cstn_status status;

	cstn__scan_drop(scan);
	scan->part = part;
	scan->part_chunk = chunk;
	cstn__segment_chunk(part->segment, chunk, &scan->first_row, &scan->rows, &scan->child_rows);
	for (uint32_t i = 0; i < scan->rows; i += 64)
		scan->visible[i / 64] = scan->rows - i < 64 ? (UINT64_C(1) << (scan->rows - i)) - 1
							    : ~UINT64_C(0);
	status = cstn__scan_load_starts(scan, error);
	for (size_t i = 0; status == CSTN_OK && i < scan->n_wanted; i++) {
		status = cstn__scan_load(scan, i, error);
		scan->values[i] = scan->columns[i].values;
	}
	if (status != CSTN_OK)
		return status;
	memset(out, 0, sizeof(*out));
	out->rows = out->n_visible = scan->rows;
	out->child_rows = scan->child_rows;
	out->visible = scan->visible;
	out->starts = scan->starts;
	out->columns = scan->values;
	return CSTN_OK;
}
