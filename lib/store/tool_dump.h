#ifndef CSTN_STORE_TOOL_DUMP_H
#define CSTN_STORE_TOOL_DUMP_H

#include "base/alloc.h"
#include "store/values.h"
#include "store/vfs.h"

/* The parts of a dump: each appends lines to `out`. What cannot be read becomes a last line
 * "damage: ..."; a failure is one of memory or of reading. */
typedef struct cstn__dump {
	cstn__vfs *vfs;
	const char *path;
	cstn_allocator allocator;
	cstn__bytes out;
} cstn__dump;
#define CSTN__DUMP_ROWS 1000u /* of one operation or one list; the rest is counted */

/* "damage: message" for CSTN_E_CORRUPT and CSTN_E_NEWER_FORMAT, which are then done with; other
 * statuses go on. Takes the error over if it is done with. */
cstn_status cstn__dump_damage(cstn__dump *dump, cstn_status status, cstn_error **error);
void cstn__dump_value(cstn__dump *dump, const cstn__values *values, uint64_t row);
cstn_status cstn__dump_segment(cstn__dump *dump, cstn_error **error);
cstn_status cstn__dump_dead_rows(cstn__dump *dump, cstn_error **error);
cstn_status cstn__dump_slots(cstn__dump *dump, cstn_error **error);
cstn_status cstn__dump_log(cstn__dump *dump, cstn_error **error);
cstn_status cstn__dump_manifest(cstn__dump *dump, cstn_error **error);

#endif
