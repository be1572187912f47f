/* Scans: chunk by chunk through the segments, oldest first, then the memory table.
 *
 * Only the columns asked for are decoded, and only where a row is left: the zone maps leave out
 * whole chunks, the filters' columns come next, the others last. What a chunk points to is reused
 * for the next. Memory: one chunk of the columns; time: near that of reading them. */
#include "store/scan.h"

#include <string.h>

#include "base/bitmap.h"
#include "base/error.h"

enum { CHUNK_ROWS = 65536, WORDS = CHUNK_ROWS / 64 };

static size_t column_of(cstn__scan *scan, uint32_t id)
{
	uint32_t position = cstn__column_position(scan->table->declared, id);
	cstn__scan_column *column = &scan->columns[scan->n_columns];

	for (size_t i = 0; i < scan->n_columns; i++)
		if (scan->columns[i].id == id)
			return i;
	memset(column, 0, sizeof(*column));
	column->id = id;
	column->position = position;
	if (position != CSTN__NO_COLUMN) {
		const cstn__store_column *declared = &scan->table->declared->columns[position];

		column->is_child = declared->space == CSTN__SPACE_CHILD;
		column->is_text = cstn__column_is_text(declared);
	}
	return scan->n_columns++;
}

static cstn_status check_column(
		const cstn__scan *scan, uint32_t id, int filter, int text, cstn_error **error)
{
	const cstn__store_table *table = scan->table->declared;
	uint32_t position = cstn__column_position(table, id);

	if (id == CSTN__COLUMN_SEQ && !text)
		return CSTN_OK;
	if (position == CSTN__NO_COLUMN)
		return cstn__fail(error, CSTN_E_NOT_FOUND, "table '%s' has no column %u",
				table->name, id);
	if (filter && (table->columns[position].space != CSTN__SPACE_ROW ||
				      cstn__column_is_text(&table->columns[position]) != text))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"table '%s', column '%s': a filter needs %s of the rows",
				table->name, table->columns[position].name,
				text ? "a text" : "numbers");
	return CSTN_OK;
}

static cstn_status check_options(
		const cstn__scan *scan, const cstn__scan_options *options, cstn_error **error)
{
	cstn_status status = CSTN_OK;

	for (size_t i = 0; status == CSTN_OK && i < options->n_columns; i++) {
		status = check_column(scan, options->columns[i], 0, 0, error);
		for (size_t k = 0; status == CSTN_OK && k < i; k++)
			if (options->columns[k] == options->columns[i])
				status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
						"column %u is asked for twice",
						options->columns[i]);
	}
	for (size_t i = 0; status == CSTN_OK && i < options->n_ranges; i++)
		status = check_column(scan, options->ranges[i].column, 1, 0, error);
	for (size_t i = 0; status == CSTN_OK && i < options->n_texts; i++)
		status = check_column(scan, options->texts[i].column, 1, 1, error);
	return status;
}

/* Columns, then filters: time first, then ranges, then texts. */
static cstn_status plan(cstn__scan *scan, const cstn__scan_options *options, cstn_error **error)
{
	size_t n = options->n_columns + options->n_ranges + options->n_texts + 1;
	cstn__scan_filter *filter;

	scan->columns = cstn__arena_alloc(
			&scan->arena, cstn__array_size(n, sizeof(*scan->columns)));
	scan->filters = cstn__arena_alloc(
			&scan->arena, cstn__array_size(n, sizeof(*scan->filters)));
	scan->values = cstn__arena_alloc(&scan->arena, cstn__array_size(n, sizeof(*scan->values)));
	scan->visible = cstn__arena_alloc(&scan->arena, WORDS * sizeof(uint64_t));
	if (!scan->columns || !scan->filters || !scan->values || !scan->visible)
		return cstn__fail_nomem(error);
	for (size_t i = 0; i < options->n_columns; i++)
		column_of(scan, options->columns[i]);
	scan->n_wanted = scan->n_columns;
	scan->n_late = options->n_late;
	filter = scan->filters;
	if (scan->as_of_us != INT64_MAX && scan->table->declared->recorded) {
		filter->column = column_of(scan, scan->table->declared->recorded);
		filter->min = INT64_MIN;
		filter->max = scan->as_of_us;
		filter++->text = NULL;
	}
	for (size_t i = 0; i < options->n_ranges; i++, filter++) {
		filter->column = column_of(scan, options->ranges[i].column);
		filter->min = options->ranges[i].min;
		filter->max = options->ranges[i].max;
		filter->text = NULL;
	}
	for (size_t i = 0; i < options->n_texts; i++, filter++) {
		filter->column = column_of(scan, options->texts[i].column);
		filter->len = options->texts[i].len;
		filter->text = cstn__arena_copy(&scan->arena, options->texts[i].text, filter->len);
		if (!filter->text)
			return cstn__fail_nomem(error);
	}
	scan->n_filters = (size_t)(filter - scan->filters);
	return options->derived ? cstn__scan_plan_derived(scan, options->derived, error) : CSTN_OK;
}

cstn_status cstn__scan_new(cstn__snapshot *snapshot, uint32_t table,
		const cstn__scan_options *options, cstn__scan **out, cstn_error **error)
{
	static const cstn__scan_options all = {.as_of_us = INT64_MAX};
	cstn__store *store = snapshot->store;
	cstn_status status = cstn__snapshot_may_read(store, error);
	cstn__scan *scan;

	if (status != CSTN_OK)
		return status;
	scan = cstn__alloc_zero(&store->allocator, sizeof(*scan));
	if (!scan)
		return cstn__fail_nomem(error);
	scan->size = sizeof(*scan);
	scan->allocator = store->allocator;
	cstn__arena_init(&scan->arena, &store->allocator);
	scan->snapshot = cstn__snapshot_ref(snapshot);
	options = options ? options : &all;
	scan->as_of_us = options->as_of_us;
	scan->blocks = store->allocator;
	status = cstn__store_table_find(store, table, &scan->table, error);
	if (status == CSTN_OK)
		status = check_options(scan, options, error);
	if (status == CSTN_OK)
		status = plan(scan, options, error);
	if (status != CSTN_OK) {
		cstn__scan_free(scan);
		return status;
	}
	*out = scan;
	return CSTN_OK;
}

void cstn__scan_free(cstn__scan *scan)
{
	cstn_allocator allocator;

	if (!scan)
		return;
	if (!scan->size) { /* a row in memory of the caller's */
		cstn__arena_free(&scan->arena);
		return;
	}
	cstn__scan_release(scan);
	cstn__scan_release_derived(scan);
	allocator = scan->allocator;
	cstn__arena_free(&scan->arena);
	cstn__snapshot_unref(scan->snapshot);
	cstn__free(&allocator, scan, scan->size);
}

/* 0 when the zone map says that no row of a segment's chunk fits. */
static int may_fit(const cstn__scan *scan)
{
	for (size_t f = 0; f < scan->n_filters; f++) {
		const cstn__scan_filter *filter = &scan->filters[f];
		int64_t min, max;
		uint32_t nulls;

		if (filter->text)
			continue;
		if (filter->min > filter->max)
			return 0;
		if (!cstn__segment_zone(scan->part->segment, scan->part_chunk,
				    scan->columns[filter->column].id, &min, &max, &nulls))
			return 0; /* all null, or not there */
		if (min > filter->max || max < filter->min)
			return 0;
	}
	return 1;
}

/* 1 and the next chunk at hand, or 0 at the end. */
static int next_chunk(cstn__scan *scan)
{
	uint32_t index = scan->table->index;
	const cstn__version_table *table = &scan->snapshot->version->tables[index];

	while (scan->part_at < table->n_parts) {
		scan->part = table->parts[scan->part_at];
		scan->part_chunk = scan->chunk_at++;
		if (scan->part_chunk >= cstn__segment_chunks(scan->part->segment)) {
			scan->part_at++;
			scan->chunk_at = 0;
			continue;
		}
		if (!may_fit(scan))
			continue;
		cstn__segment_chunk(scan->part->segment, scan->part_chunk, &scan->first_row,
				&scan->rows, &scan->child_rows);
		return 1;
	}
	scan->part = NULL;
	scan->rows = cstn__memory_chunk_rows(
			table->memory, scan->chunk_at++, scan->snapshot->rows[index], &scan->chunk);
	return scan->rows != 0;
}

/* Fill `visible`; how many are left. Columns of filters are loaded. */
static cstn_status filter(cstn__scan *scan, uint64_t *left, cstn_error **error)
{
	cstn_status status;

	for (uint32_t i = 0; i < scan->rows; i += 64)
		scan->visible[i / 64] = cstn__low_bits(scan->rows - i < 64 ? scan->rows - i : 64);
	cstn__scan_clear_dead(scan);
	*left = 0;
	for (uint32_t i = 0; i < scan->rows; i += 64)
		*left += (uint64_t)__builtin_popcountll(scan->visible[i / 64]);
	for (size_t f = 0; *left && f < scan->n_filters; f++) {
		status = cstn__scan_load(scan, scan->filters[f].column, error);
		if (status != CSTN_OK)
			return status;
		*left = cstn__scan_filter_chunk(scan, &scan->filters[f]);
	}
	return CSTN_OK;
}

static cstn_status load_some(cstn__scan *scan, size_t from, size_t to, cstn_error **error)
{
	cstn_status status = CSTN_OK;

	for (size_t i = from; status == CSTN_OK && i < to; i++) {
		status = cstn__scan_load(scan, i, error);
		scan->values[i] = scan->columns[i].values;
	}
	return status;
}

static cstn_status load_wanted(cstn__scan *scan, cstn_error **error)
{
	for (size_t i = scan->n_wanted - scan->n_late; i < scan->n_wanted; i++)
		memset(&scan->values[i], 0, sizeof(scan->values[i]));
	return load_some(scan, 0, scan->n_wanted - scan->n_late, error);
}

cstn_status cstn__scan_load_late(cstn__scan *scan, cstn_error **error)
{
	return load_some(scan, scan->n_wanted - scan->n_late, scan->n_wanted, error);
}

cstn_status cstn__scan_next(cstn__scan *scan, cstn__scan_chunk *chunk, cstn_error **error)
{
	cstn_status status = cstn__snapshot_may_read(scan->snapshot->store, error);
	uint64_t left;

	if (status != CSTN_OK)
		return status;
	for (;;) {
		cstn__scan_drop(scan);
		if (!next_chunk(scan))
			return CSTN_DONE;
		status = filter(scan, &left, error);
		if (status != CSTN_OK)
			return status;
		if (left)
			break;
	}
	status = cstn__scan_load_starts(scan, error);
	if (status == CSTN_OK)
		status = load_wanted(scan, error);
	chunk->derived = NULL;
	if (status == CSTN_OK && scan->kind)
		status = cstn__scan_load_derived(scan, &chunk->derived, error);
	if (status != CSTN_OK)
		return status;
	chunk->rows = scan->rows;
	chunk->child_rows = scan->child_rows;
	chunk->visible = scan->visible;
	chunk->n_visible = left;
	chunk->starts = scan->starts;
	chunk->columns = scan->values;
	return CSTN_OK;
}
