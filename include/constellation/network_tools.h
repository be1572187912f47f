#ifndef CONSTELLATION_NETWORK_TOOLS_H
#define CONSTELLATION_NETWORK_TOOLS_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/alloc.h>
#include <constellation/export.h>
#include <constellation/network.h>
#include <constellation/progress.h>
#include <constellation/status.h>

/** @file network_tools.h
 *  Looking after a network's folder: check it, copy it, look into its files,
 *  recover what is left of it. The program
 *  `constellation` is these calls with words and options. */

#ifdef __cplusplus
extern "C" {
#endif

#define CSTN_REPORT_JSON 1u /**< the report as JSON, else as text for people */

/** Check every hash, count and index of a folder. Makes no write-class call.
 *  @param path the network's folder @param flags 0 or CSTN_REPORT_JSON
 *  @param allocator NULL is libc @param progress NULL, or counts and cancels
 *  @param report receives the report, also with CSTN_E_CORRUPT; free with cstn_buffer_free()
 *  @return CSTN_OK; CSTN_E_CORRUPT when something is damaged; CSTN_E_NOT_FOUND; CSTN_E_IO;
 *  CSTN_E_NEWER_FORMAT; CSTN_E_CANCELLED; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. Any thread.
 * O(bytes). @since 0.1 */
CSTN_API cstn_status cstn_network_verify(const char *path, uint32_t flags,
		const cstn_allocator *allocator, cstn_progress *progress, cstn_buffer **report,
		cstn_error **error) CSTN_MUST_CHECK;

/** One file of a network's folder as text. Makes no write-class call.
 *  @param file its path @param allocator NULL is libc @param text free with cstn_buffer_free()
 *  @return CSTN_OK; CSTN_E_CORRUPT with what is damaged; CSTN_E_IO, also if it is not there;
 *  CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. Any thread. O(bytes). @since 0.1 */
CSTN_API cstn_status cstn_network_dump(const char *file, const cstn_allocator *allocator,
		cstn_buffer **text, cstn_error **error) CSTN_MUST_CHECK;

#define CSTN_BACKUP_LINK 1u /**< hard links in place of copies, on the same file system */

/** Copy the network as it is to a new folder. Writers are not blocked.
 *  @param network open, for reading or writing
 *  @param to a folder that holds no store yet, made if it is not there
 *  @param flags 0 or CSTN_BACKUP_LINK @param progress NULL, or counts and cancels
 *  @return CSTN_OK; CSTN_E_CONFLICT if `to` holds a store; CSTN_E_IO; CSTN_E_FULL;
 *  CSTN_E_INVALID_ARGUMENT; CSTN_E_CANCELLED; CSTN_E_UNSUPPORTED in memory; CSTN_E_STATE if it was
 * closed; CSTN_E_NOMEM. Any thread. O(bytes), or O(files) with links. @since 0.1 */
CSTN_API cstn_status cstn_network_backup(cstn_network *network, const char *to, uint32_t flags,
		cstn_progress *progress, cstn_error **error) CSTN_MUST_CHECK;

#define CSTN_SALVAGE_DRY_RUN 1u /**< write nothing: the report says what would be recovered */

/** Recover what is readable of a damaged folder into a new one; `from` is never written. It needs
 *  no manifest: tables are known by their ids, and columns by what segments say of themselves.
 *  @param from the damaged folder @param to a folder that holds no store yet, made if it is not
 *  there; with CSTN_SALVAGE_DRY_RUN not looked at, and may be NULL
 *  @param flags 0 or CSTN_SALVAGE_DRY_RUN @param allocator NULL is libc @param progress NULL, or
 * counts and cancels
 *  @param report receives what was recovered and lost, as JSON; free with cstn_buffer_free()
 *  @return CSTN_OK, also where something is lost; CSTN_E_CONFLICT if `to` holds a store;
 *  CSTN_E_NO_MANIFEST if `from` holds none; CSTN_E_NEWER_FORMAT; CSTN_E_INVALID_ARGUMENT;
 * CSTN_E_NOT_FOUND; CSTN_E_IO; CSTN_E_CANCELLED; CSTN_E_NOMEM. Any thread. O(bytes). @since 0.1 */
CSTN_API cstn_status cstn_network_salvage(const char *from, const char *to, uint32_t flags,
		const cstn_allocator *allocator, cstn_progress *progress, cstn_buffer **report,
		cstn_error **error) CSTN_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
