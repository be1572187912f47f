/* The store's tools over files of the operating system, as public calls.
 *
 * Arguments are checked here, the work is the store's. A tool needs no open network but for a
 * backup, and holds nothing when it returns. */
#include <constellation/network_tools.h>

#include "base/alloc.h"
#include "base/error.h"
#include "network/network.h"

cstn_status cstn_network_verify(const char *path, uint32_t flags, const cstn_allocator *allocator,
		cstn_progress *progress, cstn_buffer **report, cstn_error **error)
{
	cstn__vfs_posix vfs;
	cstn_allocator memory;
	cstn_status status;

	if (!path || !report || flags & ~CSTN_REPORT_JSON)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				!path     ? "path is NULL"
				: !report ? "report is NULL"
					  : "flags has bits that are not known");
	status = cstn__allocator_read(allocator, &memory, error);
	if (status != CSTN_OK)
		return status;
	cstn__vfs_posix_init(&vfs, &memory);
	status = cstn__store_verify(&vfs.vfs, path, (flags & CSTN_REPORT_JSON) != 0, &memory,
			progress, report, error);
	cstn__vfs_posix_free(&vfs);
	return status;
}

cstn_status cstn_network_dump(const char *file, const cstn_allocator *allocator, cstn_buffer **text,
		cstn_error **error)
{
	cstn__vfs_posix vfs;
	cstn_allocator memory;
	cstn_status status;

	if (!file || !text)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				file ? "text" : "file");
	status = cstn__allocator_read(allocator, &memory, error);
	if (status != CSTN_OK)
		return status;
	cstn__vfs_posix_init(&vfs, &memory);
	status = cstn__store_dump(&vfs.vfs, file, &memory, text, error);
	cstn__vfs_posix_free(&vfs);
	return status;
}

cstn_status cstn_network_salvage(const char *from, const char *to, uint32_t flags,
		const cstn_allocator *allocator, cstn_progress *progress, cstn_buffer **report,
		cstn_error **error)
{
	cstn__store_schema nouns;
	cstn__vfs_posix vfs;
	cstn_allocator memory;
	cstn__arena arena;
	cstn_status status;

	if (flags & ~CSTN_SALVAGE_DRY_RUN)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"flags has bits that are not known");
	if (flags & CSTN_SALVAGE_DRY_RUN)
		to = NULL;
	if (!from || (!to && !flags) || !report)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				!from     ? "from"
				: !report ? "report"
					  : "to");
	status = cstn__allocator_read(allocator, &memory, error);
	if (status != CSTN_OK)
		return status;
	cstn__vfs_posix_init(&vfs, &memory);
	cstn__arena_init(&arena, &memory);
	/* Where no manifest is left, tables are known by their ids: they are the nouns. */
	status = cstn__network_schema(&arena, &nouns, error);
	if (status == CSTN_OK)
		status = cstn__store_salvage(
				&vfs.vfs, from, to, &nouns, &memory, progress, report, error);
	cstn__arena_free(&arena);
	cstn__vfs_posix_free(&vfs);
	return status;
}

cstn_status cstn_network_backup(cstn_network *network, const char *to, uint32_t flags,
		cstn_progress *progress, cstn_error **error)
{
	cstn_status status = cstn__network_check(network, error);

	if (status != CSTN_OK)
		return status;
	if (!to || flags & ~CSTN_BACKUP_LINK)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				to ? "flags has bits that are not known" : "to is NULL");
	return cstn__store_backup(
			network->store, to, (flags & CSTN_BACKUP_LINK) != 0, progress, error);
}
