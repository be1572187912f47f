#ifndef CSTN_STORE_TOOL_SALVAGE_H
#define CSTN_STORE_TOOL_SALVAGE_H

#include <constellation/progress.h>

#include "store/dead_rows.h"
#include "store/key_slots.h"
#include "store/log.h"
#include "store/tool.h"

/* The parts of a salvage: tool_salvage.c (which files, manifest, report), tool_salvage_rows.c
 * (segments and dead rows), tool_salvage_keys.c (deaths that have to be found again),
 * tool_salvage_log.c (transactions), tool_salvage_schema.c (a schema without a manifest). What
 * cannot be read is noted and counted; a status other than CSTN_OK is one of memory, of cancelling,
 * or of writing the new store. */
typedef struct cstn__salvaged_table {
	uint64_t rows, rows_lost, values_lost, dead_lost;
	uint64_t max_seq; /* of its segments: what the log adds is later */
	int find_deaths;  /* maps of dead rows were lost, or it is not known which they are */
} cstn__salvaged_table;

typedef struct cstn__salvaged_segment {
	cstn__manifest_entry entry; /* of the new store */
	cstn__dead_row *dead;       /* rising, a block of n_dead */
	size_t n_dead;
} cstn__salvaged_segment;

typedef struct cstn__salvage {
	cstn__tool from, to;
	cstn__vfs nowhere; /* of `to` in a dry run */
	int dry;
	const cstn_allocator *allocator;
	cstn__tool_names names; /* of `from` */
	cstn__manifest source;  /* schema; and the list of files if `listed` */
	cstn__arena arena;      /* of a schema that no manifest says */
	const char *schema_from;
	int has_source, listed;
	uint8_t uuid[16];
	uint64_t next_file, last_seq;
	CSTN__ARRAY(cstn__manifest_entry) wanted; /* segments of `from`, oldest first */
	CSTN__ARRAY(cstn__salvaged_segment) segments;
	cstn__salvaged_table *tables; /* by table of the schema */
	uint64_t transactions, transactions_lost, log_file_no;
	cstn__slot_log slots;        /* that the transactions name */
	cstn__bytes problems, files; /* JSON texts */
	cstn_progress *progress;
} cstn__salvage;

void cstn__salvage_problem(
		cstn__salvage *salvage, uint32_t kind, uint64_t file_no, const char *message);
/* The same of a failed status: noted and done with, but for those that end a salvage. */
cstn_status cstn__salvage_lost(cstn__salvage *salvage, uint32_t kind, uint64_t file_no,
		cstn_status status, cstn_error **error);
/* What an error said is done with. */
void cstn__salvage_forget(cstn_error **error);
/* A segment's header as an entry; its hash holds. */
cstn_status cstn__salvage_header(cstn__salvage *salvage, uint64_t file_no,
		cstn__manifest_entry *out, uint8_t uuid[16], cstn_error **error);
/* The schema of salvage->source, made up of what is known (NULL: nothing) and what the files say.
 * CSTN_E_NO_MANIFEST: there is none to be had. */
cstn_status cstn__salvage_find_schema(
		cstn__salvage *salvage, const cstn__store_schema *known, cstn_error **error);
/* NULL: not in the schema. */
cstn__salvaged_table *cstn__salvage_table(const cstn__salvage *salvage, uint32_t id);

/* 1 if the segment's trailer and footer hold. */
int cstn__salvage_opens(cstn__salvage *salvage, const cstn__manifest_entry *wanted);
cstn_status cstn__salvage_segment(
		cstn__salvage *salvage, const cstn__manifest_entry *wanted, cstn_error **error);
cstn_status cstn__salvage_deaths(cstn__salvage *salvage, cstn_error **error);
cstn_status cstn__salvage_log(cstn__salvage *salvage, cstn_error **error);
/* The file of key slots `file_no`, copied with what the transactions erased overwritten; 0 in
 * *taken when it cannot be read. After the log. */
cstn_status cstn__salvage_slots(cstn__salvage *salvage, uint64_t file_no, cstn__manifest_entry *out,
		int *taken, cstn_error **error);

#endif
