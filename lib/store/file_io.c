/* Whole reads and writes. A vfs may give or take a part, or be interrupted; here that is put
 * together again, and what cannot be becomes an error that names file, place and reason. The number
 * of tries without progress is bounded, so that a disk that only interrupts is an error as well. */
#include "store/file_io.h"

#include <errno.h>
#include <string.h>

#include "base/error.h"

#define TRIES 100

cstn_status cstn__io_fail(cstn_error **error, int reason, const char *what, const char *path)
{
	if (reason == ENOMEM)
		return cstn__fail_nomem(error);
	return cstn__fail(error, reason == ENOSPC || reason == EDQUOT ? CSTN_E_FULL : CSTN_E_IO,
			"'%s': %s failed: %s", path, what, strerror(reason));
}

cstn_status cstn__io_open(cstn__vfs *vfs, const char *path, uint32_t flags, cstn__vfs_file **out,
		cstn_error **error)
{
	int reason, tries = 0;

	do {
		reason = vfs->open(vfs, path, flags, out);
	} while (reason == EINTR && ++tries < TRIES);
	return reason ? cstn__io_fail(error, reason, "open", path) : CSTN_OK;
}

cstn_status cstn__io_read(cstn__vfs *vfs, cstn__vfs_file *file, const char *path, void *data,
		size_t size, uint64_t offset, cstn_error **error)
{
	uint8_t *at = data;
	int tries = 0;

	while (size) {
		size_t got = 0;
		int reason = vfs->read(vfs, file, at, size, offset, &got);

		if (reason == EINTR && ++tries < TRIES)
			continue;
		if (reason)
			return cstn__io_fail(error, reason, "read", path);
		if (!got)
			return cstn__fail(error, CSTN_E_CORRUPT,
					"'%s' ends at byte %llu, %zu more expected", path,
					(unsigned long long)offset, size);
		at += got;
		size -= got;
		offset += got;
		tries = 0;
	}
	return CSTN_OK;
}

cstn_status cstn__io_write(cstn__vfs *vfs, cstn__vfs_file *file, const char *path, const void *data,
		size_t size, uint64_t offset, cstn_error **error)
{
	const uint8_t *at = data;
	int tries = 0;

	while (size) {
		size_t put = 0;
		int reason = vfs->write(vfs, file, at, size, offset, &put);

		if ((reason == EINTR || (!reason && !put)) && ++tries < TRIES)
			continue;
		if (reason || !put)
			return cstn__io_fail(error, reason ? reason : EIO, "write", path);
		at += put;
		size -= put;
		offset += put;
		tries = 0;
	}
	return CSTN_OK;
}

cstn_status cstn__io_sync(
		cstn__vfs *vfs, cstn__vfs_file *file, const char *path, cstn_error **error)
{
	int reason = vfs->sync(vfs, file);

	if (reason)
		return cstn__fail(error, CSTN_E_POISONED, "'%s': sync failed: %s", path,
				strerror(reason));
	return CSTN_OK;
}
