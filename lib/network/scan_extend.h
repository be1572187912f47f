#ifndef CSTN_NETWORK_SCAN_EXTEND_H
#define CSTN_NETWORK_SCAN_EXTEND_H

#include <constellation/network.h>

#include "network/arrow_out.h"
#include "network/field.h"
#include "store/derived.h"

/* Columns beside those of a noun: what a module above makes of each record of a scan. */
#define CSTN__EXTENSION_COLUMNS 8
typedef struct cstn__scan_extension {
	const cstn__out_column *columns; /* given after those asked for; static */
	size_t n_columns;                /* at most CSTN__EXTENSION_COLUMNS */
	const uint32_t *needs;           /* columns of the store that fill() may look at; static */
	size_t n_needs;
	const cstn__derived_kind *derived; /* NULL, or what may be kept; in `context` */
	/* Fill out[0..n_columns), by row of the chunk, for the rows listed; rows may be struck from
	 * the list. What was not asked for of `needs` comes with cstn__scan_load_late(); need i is
	 * then column at[i] of the chunk. Valid until the next call. */
	cstn_status (*fill)(void *context, cstn__scan *scan, const cstn__scan_chunk *chunk,
			const uint32_t *at, uint32_t *rows, size_t *n_rows, cstn__values *out,
			cstn_error **error);
	void (*free_context)(void *context);
	void *context;
} cstn__scan_extension;

/* cstn_snapshot_scan() with further columns. The context is freed with the stream, and also when
 * this call fails. */
cstn_status cstn__snapshot_scan_with(cstn_snapshot *snapshot, uint32_t noun,
		const cstn_scan_options *options, const cstn__scan_extension *extension,
		struct ArrowArrayStream *out, cstn_error **error);

#endif
