#ifndef CSTN_BASE_PARALLEL_H
#define CSTN_BASE_PARALLEL_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/progress.h>
#include <constellation/status.h>

#define CSTN__MORSEL_ROWS 65536

/* Processors in the affinity mask for 0; else the number given; at most `morsels`, at most 256. */
int32_t cstn__threads_resolve(int32_t threads, size_t morsels);

/* Run body(context, morsel, worker) for each morsel 0..n-1 on up to `threads` threads (the caller's
 * is one; worker 0..threads-1). Each worker takes the next index. Threads are made for the call and
 * joined before it returns; fewer on failure to make one. The first non-zero status by morsel order
 * stops the rest and is returned; a cancelled progress gives CSTN_E_CANCELLED. `progress` may be
 * NULL; the body counts its rows itself with cstn__progress_add(). */
cstn_status cstn__parallel_for(size_t n, int32_t threads, cstn_progress *progress,
		cstn_status (*body)(void *context, size_t morsel, int32_t worker), void *context);
/* The same of a body that says why it failed: *error is that of the first failing morsel. */
cstn_status cstn__parallel_try(size_t n, int32_t threads, cstn_progress *progress,
		cstn_status (*body)(void *context, size_t morsel, cstn_error **error),
		void *context, cstn_error **error);

void cstn__progress_add(cstn_progress *progress, uint64_t done); /* NULL allowed */
void cstn__progress_set_total(cstn_progress *progress, uint64_t total);

#endif
