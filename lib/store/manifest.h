#ifndef CSTN_STORE_MANIFEST_H
#define CSTN_STORE_MANIFEST_H

#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"
#include "store/table.h"
#include "store/vfs.h"

/* The one list of a store's files: written whole, never changed, never appended to. */
#define CSTN__MANIFEST_MAX (16u << 20)
#define CSTN__MANIFEST_ANY UINT64_MAX /* for _read(): whatever number it bears */

/* Of every file of the store. A higher major is refused, as is an unknown `incompat` bit; an
 * unknown `ro_compat` bit allows reading only; unknown `compat` bits are kept. */
#define CSTN__FORMAT_MAJOR 1u
#define CSTN__FORMAT_MINOR 0u
#define CSTN__FORMAT_RO_COMPAT 0u
#define CSTN__FORMAT_INCOMPAT 0u

#define CSTN__MANIFEST_CLEAN 1u
#define CSTN__ENTRY_SEGMENT 1
#define CSTN__ENTRY_LOG 2
#define CSTN__ENTRY_DEAD_ROWS 3
#define CSTN__ENTRY_DERIVED 4
#define CSTN__ENTRY_KEY_SLOTS 5
/* A flag of key slots: all of them are erased and the file is gone. `size` is 0, `rows` what was
 * given out, the first byte of the seal the size of a slot. */
#define CSTN__ENTRY_SLOTS_OVER 1u

typedef struct cstn__manifest_entry {
	uint32_t kind, table, flags;
	uint64_t file_no, size, rows, min_seq, max_seq, target_file_no, child_rows;
	uint8_t seal[16];
} cstn__manifest_entry;

typedef struct cstn__manifest {
	uint8_t uuid[16];
	uint64_t manifest_no, next_file, last_seq;
	uint32_t compat, ro_compat, incompat, flags;
	cstn__manifest_entry *entries; /* read: a block of n_entries */
	size_t n_entries;
	cstn__store_schema schema; /* read: points into `memory` */
	void *memory;
	size_t memory_size;
	cstn_allocator allocator;
} cstn__manifest;

/* Append to `out`. Exactly one log, file numbers distinct and below next_file, targets among the
 * segments, the schema sound: else CSTN_E_INVALID_ARGUMENT or CSTN_E_SCHEMA. CSTN_E_LIMIT above 16
 * MiB. */
cstn_status cstn__manifest_write(
		const cstn__manifest *manifest, cstn__bytes *out, cstn_error **error);
/* Untrusted bytes. CSTN_E_CORRUPT; CSTN_E_NEWER_FORMAT for an unknown incompat bit. `out` is
 * untouched on failure. */
cstn_status cstn__manifest_read(const uint8_t *data, size_t size, uint64_t manifest_no,
		const cstn_allocator *allocator, cstn__manifest *out, cstn_error **error);
void cstn__manifest_free(cstn__manifest *manifest);

/* The schema blob alone (also the body of a SCHEMA op); _read copies into one block, which the
 * caller frees. _check says what is wrong with a schema, as `status`. */
cstn_status cstn__store_schema_check(
		const cstn__store_schema *schema, cstn_status status, cstn_error **error);
cstn_status cstn__schema_blob_write(
		const cstn__store_schema *schema, cstn__bytes *out, cstn_error **error);
cstn_status cstn__schema_blob_read(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn__store_schema *out, void **memory,
		size_t *memory_size, cstn_error **error);

/* File names of section "directory": "log-%016x.cstn". `kind` is an entry kind, 0 the manifest,
 * CSTN__FILE_UNFINISHED "tmp-%016x". */
#define CSTN__FILE_NAME 32
#define CSTN__FILE_UNFINISHED UINT32_MAX
void cstn__file_name(uint32_t kind, uint64_t file_no, char out[CSTN__FILE_NAME]);
/* 1 and kind and number if the name is one of ours, else 0 and both untouched. */
int cstn__file_name_read(const char *name, uint32_t *kind, uint64_t *file_no);

#endif
