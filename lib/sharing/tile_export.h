#ifndef CSTN_SHARING_TILE_EXPORT_H
#define CSTN_SHARING_TILE_EXPORT_H

#include <constellation/shared_log.h>

#include "base/alloc.h"
#include "store/vfs.h"

/* Where the entries come from: `count` of them from `first` on, each as two bytes of its length,
 * the higher first, and its bytes, behind what `out` holds. */
typedef struct cstn__entry_source {
	void *user;
	cstn_status (*read)(void *user, uint64_t first, uint32_t count, cstn__bytes *out,
			cstn_error **error);
} cstn__entry_source;

/* cstn_log_export_tiles() on any file system. */
cstn_status cstn__tiles_export(cstn__vfs *vfs, const cstn_log *log, const char *path,
		const char *checkpoint, size_t checkpoint_len, const cstn__entry_source *source,
		cstn_error **error);

#endif
