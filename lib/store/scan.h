#ifndef CSTN_STORE_SCAN_H
#define CSTN_STORE_SCAN_H

#include "store/derived_file.h"
#include "store/engine.h"

/* A column that a scan decodes: one of those asked for, or one that a filter needs. */
typedef struct cstn__scan_column {
	uint32_t id, position; /* CSTN__NO_COLUMN: sequence numbers */
	int is_child, is_text;
	int loaded; /* for the chunk at hand */
	cstn__block block;
	cstn__values values;
	uint64_t *bits; /* of validity; 1,024 words, made when needed */
} cstn__scan_column;
typedef struct cstn__scan_filter {
	size_t column; /* of the scan */
	int64_t min, max;
	const char *text; /* NULL: a range */
	size_t len;
} cstn__scan_filter;

struct cstn__scan {
	/* Of its memory, of which it is the beginning; 0: it is one row in the caller's memory, and
	 * holds nothing but what is in `arena`. */
	size_t size;
	cstn__snapshot *snapshot;
	cstn_allocator allocator, blocks;
	const cstn__table_info *table;
	int64_t as_of_us;
	cstn__arena arena;
	cstn__scan_column *columns; /* those asked for, then those of filters only */
	size_t n_columns, n_wanted, n_late;
	cstn__scan_filter *filters;
	size_t n_filters;
	cstn__values *values; /* handed out */
	size_t part_at;       /* n_parts: the memory table */
	uint32_t chunk_at;
	/* The chunk at hand. */
	cstn__part *part; /* NULL: in memory */
	uint32_t part_chunk;
	uint64_t first_row; /* of the chunk, in the segment */
	cstn__memory_chunk *chunk;
	uint32_t rows, child_rows;
	const uint32_t *starts;
	cstn__block starts_block;
	uint64_t *visible; /* 1,024 words */
	uint32_t *starts_buffer;
	int64_t *zeros; /* for columns that are not there */
	/* Derived columns, when they were asked for (scan_derived.c). */
	const cstn__derived_kind *kind;
	cstn__part *derived_part; /* whose file `derived` is; NULL: none was looked for */
	cstn__derived *derived;   /* referenced */
	cstn__block *derived_blocks;
	cstn__values *derived_values;
};

/* scan_load.c: the values of a column of the chunk at hand. */
cstn_status cstn__scan_load(cstn__scan *scan, size_t column, cstn_error **error);
cstn_status cstn__scan_load_starts(cstn__scan *scan, cstn_error **error);
void cstn__scan_drop(cstn__scan *scan); /* the chunk at hand is done with */
void cstn__scan_release(cstn__scan *scan);
/* scan_filter.c: bits of `visible` that do not fit are cleared; returns how many are left. */
uint64_t cstn__scan_filter_chunk(cstn__scan *scan, const cstn__scan_filter *filter);
/* Clear the bits of rows that are dead in the snapshot and as of the time. */
void cstn__scan_clear_dead(cstn__scan *scan);
/* scan_derived.c: the derived columns of the chunk at hand, or NULL. */
cstn_status cstn__scan_plan_derived(
		cstn__scan *scan, const cstn__derived_kind *kind, cstn_error **error);
cstn_status cstn__scan_load_derived(cstn__scan *scan, const cstn__values **out, cstn_error **error);
void cstn__scan_release_derived(cstn__scan *scan);
/* All rows of one chunk of a segment, dead or not, with all columns. */
cstn_status cstn__scan_whole_chunk(cstn__scan *scan, cstn__part *part, uint32_t chunk,
		cstn__scan_chunk *out, cstn_error **error);

#endif
