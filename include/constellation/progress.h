#ifndef CONSTELLATION_PROGRESS_H
#define CONSTELLATION_PROGRESS_H

#include <stdint.h>

#include <constellation/alloc.h>
#include <constellation/export.h>
#include <constellation/status.h>

/** @file progress.h
 *  Watch a long call from another thread, and stop it. The call polls once a block of 65,536 rows;
 *  a stopped call returns CSTN_E_CANCELLED with its outputs untouched. Everything is O(1) and lock
 *  free; reading NULL gives 0, cancelling it does nothing. */

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cstn_progress cstn_progress;

/** A counter and a flag. @param allocator NULL is libc @param out receives it; free with
 *  cstn_progress_free() after the calls that use it have returned @return CSTN_OK or
 *  CSTN_E_NOMEM. Any thread, O(1). @since 0.1 */
CSTN_API cstn_status cstn_progress_new(const cstn_allocator *allocator, cstn_progress **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Rows (CSV: bytes) done so far. Any thread. @since 0.1 */
CSTN_API uint64_t cstn_progress_done(const cstn_progress *progress);

/** Rows (CSV: bytes) in all; 0 while unknown, as for most streams. Any thread. @since 0.1 */
CSTN_API uint64_t cstn_progress_total(const cstn_progress *progress);

/** Ask the running call to stop. Any thread, also from a signal handler; idempotent. @since 0.1 */
CSTN_API void cstn_progress_cancel(cstn_progress *progress);

/** 1 if cancelled. Any thread. @since 0.1 */
CSTN_API int32_t cstn_progress_is_cancelled(const cstn_progress *progress);

/** Back to zero, for use with the next call; not while a call uses it. When no call is under
 *  way with it. @since 0.1 */
CSTN_API void cstn_progress_reset(cstn_progress *progress);

/** Free; NULL is allowed. When no other call uses it; any thread. @since 0.1 */
CSTN_API void cstn_progress_free(cstn_progress *progress);

#ifdef __cplusplus
}
#endif

#endif
