#ifndef CSTN_STORE_TOOL_VERIFY_H
#define CSTN_STORE_TOOL_VERIFY_H

#include <constellation/progress.h>

#include "store/dead_rows.h"
#include "store/key_slots.h"
#include "store/tool.h"

/* The parts of a verification: tool_verify.c (which files, the report), tool_verify_rows.c
 * (segments, dead rows, keys). What is damaged is noted and counted; a status other than CSTN_OK is
 * one of memory, of cancelling, or of reading the folder itself. */
typedef struct cstn__dead_list {
	cstn__dead_row *rows;
	size_t n;
} cstn__dead_list;

typedef struct cstn__verify {
	cstn__tool tool;
	cstn__manifest manifest;
	int json;
	cstn__bytes files, tables; /* of the report */
	uint64_t n_problems;
	cstn_progress *progress;
	cstn__slot_log slots;  /* that the log names */
	cstn__dead_list *dead; /* by entry of the manifest: of a segment that has a map */
} cstn__verify;

/* A line about a file. `problem` NULL: it is sound. */
void cstn__verify_note(cstn__verify *verify, const cstn__manifest_entry *entry, uint64_t rows,
		const char *problem);
/* The same of a failed status: damage is noted and done with, other statuses go on. */
cstn_status cstn__verify_status(cstn__verify *verify, const cstn__manifest_entry *entry,
		cstn_status status, cstn_error **error);
cstn_status cstn__verify_dead_rows(
		cstn__verify *verify, const cstn__manifest_entry *entry, cstn_error **error);
cstn_status cstn__verify_segment(
		cstn__verify *verify, const cstn__manifest_entry *entry, cstn_error **error);
/* `size` of the file; after the log. */
cstn_status cstn__verify_slots(cstn__verify *verify, const cstn__manifest_entry *entry,
		uint64_t size, cstn_error **error);
cstn_status cstn__verify_tables(cstn__verify *verify, cstn_error **error);

#endif
