#ifndef CSTN_STORE_TOOL_H
#define CSTN_STORE_TOOL_H

#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"
#include "store/manifest.h"
#include "store/vfs.h"

/* What dump, verify, backup and salvage share: the files of a folder, whole files, JSON. They read
 * a store from outside, by the same readers as the engine, and need none of its state. */
typedef struct cstn__tool {
	cstn__vfs *vfs;
	const char *folder;
	cstn_allocator allocator;
	cstn__bytes path;
} cstn__tool;
/* Both are borrowed. The allocator has been read before. */
void cstn__tool_init(cstn__tool *tool, cstn__vfs *vfs, const char *folder,
		const cstn_allocator *allocator);
void cstn__tool_free(cstn__tool *tool);
/* The path of a file in the folder, valid until the next call; NULL: out of memory. */
const char *cstn__tool_path(cstn__tool *tool, uint32_t kind, uint64_t file_no);
const char *cstn__tool_path_of(cstn__tool *tool, const char *name);

typedef struct cstn__tool_name {
	uint32_t kind; /* CSTN__ENTRY_, 0 a manifest, CSTN__FILE_UNFINISHED */
	uint64_t file_no;
} cstn__tool_name;
typedef CSTN__ARRAY(cstn__tool_name) cstn__tool_names;
/* The store's files in the folder, by kind and number. CSTN_E_NOT_FOUND: no such folder. */
cstn_status cstn__tool_list(cstn__tool *tool, cstn__tool_names *out, cstn_error **error);

/* Append a whole file of at most `limit` bytes to `out`; CSTN_E_LIMIT above. */
cstn_status cstn__tool_read(cstn__vfs *vfs, const char *path, uint64_t limit, cstn__bytes *out,
		cstn_error **error);
cstn_status cstn__tool_size(cstn__vfs *vfs, const char *path, uint64_t *out, cstn_error **error);
/* The manifest `number` of the folder. */
cstn_status cstn__tool_read_manifest(
		cstn__tool *tool, uint64_t number, cstn__manifest *out, cstn_error **error);

/* A new store beside an old one: backup and salvage (tool_write.c). Every file is made new, written
 * and synced; the manifest comes last. What is left after a failure has no manifest.
 *
 * The folder, made if it is not there; CSTN_E_INVALID_ARGUMENT if it holds files of a store. */
cstn_status cstn__tool_make_folder(cstn__tool *to, cstn_error **error);
cstn_status cstn__tool_put(cstn__tool *to, uint32_t kind, uint64_t file_no, const uint8_t *data,
		size_t size, cstn_error **error);
/* The first `size` bytes of a file under the same name. */
cstn_status cstn__tool_copy(cstn__tool *from, cstn__tool *to, uint32_t kind, uint64_t file_no,
		uint64_t size, cstn_error **error);
/* Under another name, then renamed; folder and parent are synced. */
cstn_status cstn__tool_publish(cstn__tool *to, const cstn__manifest *manifest, cstn_error **error);

/* A disk that takes everything and keeps nothing: where a dry run writes to. */
void cstn__vfs_nowhere_init(cstn__vfs *out);

/* Text in quotes with everything escaped that has to be; bytes that are no UTF-8 as U+FFFD. */
void cstn__report_put_text(cstn__bytes *out, const char *text);
void cstn__put_hex(cstn__bytes *out, const uint8_t *data, size_t size);
const char *cstn__file_kind_name(uint32_t kind); /* "segment" */

const cstn__store_table *cstn__schema_table(const cstn__store_schema *schema, uint32_t id);

#endif
