#ifndef CSTN_STORE_CHECKPOINT_H
#define CSTN_STORE_CHECKPOINT_H

#include "store/durable.h"

/* What the steps of one checkpoint share. */

/* A map of dead rows that was written, to be noted in its part when all has succeeded. */
typedef struct cstn__checkpoint_dead_file {
	cstn__part *part;
	uint64_t file_no, size, written, max_seq;
} cstn__checkpoint_dead_file;

typedef struct cstn__checkpoint {
	cstn__store *store;
	const cstn__checkpoint_job *job;
	cstn__version *next;
	CSTN__ARRAY(cstn__manifest_entry) entries;
	CSTN__ARRAY(cstn__checkpoint_dead_file) dead_files;
	cstn__file_refs made;
	cstn__generation generation;
	cstn__manifest manifest;
	cstn__vfs_file *log;
	cstn__log_header log_header;
	int tried_rename;
} cstn__checkpoint;
/* A number for a file that is about to be made, noted so that a failure can remove it. */
cstn_status cstn__checkpoint_new_file(
		cstn__checkpoint *work, uint32_t kind, uint64_t *file_no, cstn_error **error);
/* One more line of the manifest. */
cstn_status cstn__checkpoint_put_entry(
		cstn__checkpoint *work, const cstn__manifest_entry *entry, cstn_error **error);

/* --- checkpoint_tables.c --- */
/* Step 1: segments and maps of dead rows, each synced; the next version, and its lines. */
cstn_status cstn__checkpoint_write_tables(cstn__checkpoint *work, cstn_error **error);

#endif
