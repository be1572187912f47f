#ifndef CSTN_NETWORK_SCAN_PLAN_H
#define CSTN_NETWORK_SCAN_PLAN_H

#include "base/map.h"
#include "base/recycle.h"
#include "network/arrow_out.h"
#include "network/network.h"
#include "network/scan_extend.h"

/* A scan of records as rows: what it gives, of whom, and its way through the chunks (scan_rows.c).
 */
#define CSTN__SCAN_COLUMNS (CSTN__FIELDS_MAX + 3 + CSTN__EXTENSION_COLUMNS)
#define CSTN__SCAN_PARTNERS 16

enum cstn__source_kind {
	CSTN__SOURCE_FIELD,
	CSTN__SOURCE_SEQ,
	CSTN__SOURCE_LINES,
	CSTN__SOURCE_INDEX,
	CSTN__SOURCE_NUMBER,
	CSTN__SOURCE_ATTRIBUTE,
	CSTN__SOURCE_EXTENSION,
	CSTN__SOURCE_EMPTY,
	CSTN__SOURCE_KINDS
};

typedef struct cstn__row_source {
	int kind;
	const cstn__field *field; /* of CSTN__SOURCE_FIELD, CSTN__SOURCE_ATTRIBUTE */
	uint32_t at;              /* column of the store's chunk */
	const char *attribute;    /* its name */
	cstn__values derived;     /* of CSTN__SOURCE_ATTRIBUTE, in `chunk_texts` */
	cstn__values texts;       /* ... its dictionary */
} cstn__row_source;

typedef struct cstn__row_scan {
	cstn_allocator allocator;
	cstn__recycler *recycler; /* memory of batches */
	cstn_snapshot *snapshot;  /* referenced */
	cstn__scan *inner;
	const cstn__noun *noun;
	uint32_t flags;
	cstn__row_source sources[CSTN__SCAN_COLUMNS];
	cstn__out_column columns[CSTN__SCAN_COLUMNS];
	size_t n_columns;
	uint32_t ids[CSTN__SCAN_COLUMNS + CSTN__SCAN_PARTNERS +
			1]; /* columns of the store's chunk */
	size_t n_ids;
	cstn__interner wanted; /* ids asked for; none: all */
	uint32_t wanted_at;
	const char *partner;
	size_t partner_len;
	uint32_t partner_at[CSTN__SCAN_PARTNERS];
	size_t n_partners;
	int64_t number; /* records given so far */
	cstn__arena texts, chunk_texts;
	uint32_t *rows, *lines, *parents;
	size_t capacity_rows, capacity_lines;
	cstn__scan_extension extension; /* fill NULL: none */
	uint32_t needs_at[CSTN__FIELDS_MAX];
	cstn__values extra[CSTN__EXTENSION_COLUMNS];
	int asked[CSTN__SOURCE_KINDS]; /* is any column of this kind? */
	int repeats;                   /* is any column of the record repeated for its lines? */
	/* What is taken of the chunk at hand. */
	size_t n_rows;
	int all_rows, all_lines;
	cstn__block computed[CSTN__SOURCE_KINDS]; /* numbers of CSTN__SOURCE_LINES, _INDEX, _NUMBER
						   */
	cstn__block given[CSTN__SCAN_COLUMNS];
} cstn__row_scan;

/* Columns, predicates and the scan of the store, as the options say. */
cstn_status cstn__row_scan_plan(
		cstn__row_scan *at, const cstn_scan_options *options, cstn_error **error);

#endif
