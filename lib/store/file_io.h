#ifndef CSTN_STORE_FILE_IO_H
#define CSTN_STORE_FILE_IO_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/status.h>

#include "store/vfs.h"

/* Whole reads and writes over a vfs, and its reasons as statuses: ENOMEM is CSTN_E_NOMEM, ENOSPC
 * and EDQUOT are CSTN_E_FULL, a failed sync is CSTN_E_POISONED, all others CSTN_E_IO. An
 * interrupted open, read or write is tried again, but not for ever; an interrupted sync has failed.
 */
cstn_status cstn__io_fail(cstn_error **error, int reason, const char *what, const char *path);
cstn_status cstn__io_open(cstn__vfs *vfs, const char *path, uint32_t flags, cstn__vfs_file **out,
		cstn_error **error);
/* Exactly `size` bytes; CSTN_E_CORRUPT when the file ends before. */
cstn_status cstn__io_read(cstn__vfs *vfs, cstn__vfs_file *file, const char *path, void *data,
		size_t size, uint64_t offset, cstn_error **error);
/* All of them; on failure some may have been written. */
cstn_status cstn__io_write(cstn__vfs *vfs, cstn__vfs_file *file, const char *path, const void *data,
		size_t size, uint64_t offset, cstn_error **error);
cstn_status cstn__io_sync(
		cstn__vfs *vfs, cstn__vfs_file *file, const char *path, cstn_error **error);

#endif
