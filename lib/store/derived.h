#ifndef CSTN_STORE_DERIVED_H
#define CSTN_STORE_DERIVED_H

#include "store/store.h"

/* Derived columns: what a rule makes of the rows of a segment, kept in a file of its own
 * ("drv-..."), a value for each row of the segment, dead or not, in the same chunks. They follow
 * from the segment and the rule alone, so that they may vanish at any time: a file that is absent,
 * damaged, or of another rule is not looked at, and whoever wants the values makes them again. A
 * store in memory and the rows that are not in a segment yet have none.
 *
 * The rule is known by its digest; the layer above sees to it that one digest means one rule and
 * one set of columns. */
#define CSTN__DERIVED_DIGEST 32

typedef struct cstn__derived_kind {
	uint8_t digest[CSTN__DERIVED_DIGEST];
	const cstn__store_column *columns; /* ids from CSTN__COLUMN_FIRST on, of either space */
	size_t n_columns;
} cstn__derived_kind;

/* How derived files are made. */
typedef struct cstn__derivation {
	uint32_t table;
	const cstn__derived_kind *kind;
	const uint32_t *needs; /* columns of the table that compute() looks at */
	size_t n_needs;
	/* 1 if a file that is there need not be made again: the least and the greatest value of
	 * each column of the kind in all of it (text, nothing but nulls: INT64_MAX and INT64_MIN).
	 * NULL: never again. */
	int (*is_current)(void *context, const int64_t *least, const int64_t *greatest);
	/* A value for each row of the chunk (child row for the columns of that space): out has
	 * n_columns places, filled with what lives until the next call. */
	cstn_status (*compute)(void *context, const cstn__scan_chunk *chunk, cstn__values *out,
			cstn_error **error);
	void *context;
	uint32_t most_digests; /* files kept of a segment, the newest; 0: 4 */
	cstn_progress *progress;
} cstn__derivation;
typedef struct cstn__derived_counts {
	uint64_t written, kept, dropped; /* files */
} cstn__derived_counts;

/* Make the derived files that the segments of a table lack, in one new manifest. Reads beside
 * commits; nothing to do for a store in memory. Rows that are not in a segment yet stay without.
 * CSTN_E_READ_ONLY, CSTN_E_POISONED, CSTN_E_FULL, CSTN_E_IO, CSTN_E_CANCELLED; on failure no file
 * is left. `counts` may be NULL. */
cstn_status cstn__store_derive(cstn__store *store, const cstn__derivation *derivation,
		cstn__derived_counts *counts, cstn_error **error);

#endif
