#ifndef CONSTELLATION_ORDER_VERDICT_H
#define CONSTELLATION_ORDER_VERDICT_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/alloc.h>
#include <constellation/arrow.h>
#include <constellation/network.h>
#include <constellation/perfect_order.h>
#include <constellation/progress.h>
#include <constellation/service_policy.h>
#include <constellation/status.h>

/** @file order_verdict.h
 *  Orders of a network with their verdict: which of them failed, on what first, and through whom.
 *
 *      cstn_network_keep_order_verdicts -> cstn_snapshot_scan_order_verdicts
 *
 *  The verdict of an order is that of cstn_perfect_order_judge_order(), and so the one that the
 *  rate at level order counts. It may be kept beside the columns of the network, by policy; what is
 *  kept is used where it holds and judged anew where it does not, with the same answer, so that
 *  keeping verdicts is about time alone. */

#ifdef __cplusplus
extern "C" {
#endif

#define CSTN_ORDER_PERFECT 1u  /**< counted, nothing failed */
#define CSTN_ORDER_FAILED 2u   /**< counted, with a pattern */
#define CSTN_ORDER_PENDING 4u  /**< not due yet */
#define CSTN_ORDER_EXCLUDED 8u /**< left out, with a reason */

/** Which orders, and what of them. */
typedef struct cstn_order_verdict_options {
	uint32_t struct_size;
	uint32_t flags;    /**< 0 */
	uint32_t verdicts; /**< CSTN_ORDER_... wanted; 0: all */
	/** CSTN_COMPONENT_ bits: only orders that failed any of them; 0: whatever they failed */
	uint32_t components;
	const cstn_policy_data *policy_data; /**< NULL, or what the policy needs */
	/** NULL, or fields and orders as for a scan of noun `order`. The as-of time is that of the
	 *  call; with CSTN_SCAN_LINES each line repeats the verdict of its order */
	const cstn_scan_options *scan;
} cstn_order_verdict_options;
/* clang-format off */
#define CSTN_ORDER_VERDICT_OPTIONS_INIT { sizeof(cstn_order_verdict_options), 0, 0, 0, NULL, NULL }
/* clang-format on */

/** Orders with their verdicts as columns: the fields asked for, then `verdict` (perfect, failed,
 *  pending, excluded), `pattern` ("TF", "perfect"; null unless counted), `reason` (null unless
 *  excluded), `provisional` (flag), and of the failure that came first, by time, then line, then T
 *  before F, D, C: `first_failed` ("T"), `cause`, `owner` (null if nothing failed or it is not
 *  known).
 *  @param policy   referenced; its level does not matter
 *  @param as_of_us what was recorded by then is looked at, and what was known by then counts
 *  @param options  NULL, or start from CSTN_ORDER_VERDICT_OPTIONS_INIT; copied
 *  @param out      receives a stream as from cstn_snapshot_scan(); keeps the snapshot alive
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT: an unknown bit, zone rules or calendar missing, a
 *  `scan` with an as-of time of its own; CSTN_E_NOT_FOUND for an unknown field; CSTN_E_NOMEM; while
 *  it is read also CSTN_E_CORRUPT and CSTN_E_IO, never because of kept verdicts
 *  Memory: a batch. Time: that of the scan, and O(lines) of the orders whose verdict is not kept.
 *  Any thread. @since 0.1 */
CSTN_API cstn_status cstn_snapshot_scan_order_verdicts(cstn_snapshot *snapshot,
		const cstn_service_policy *policy, int64_t as_of_us,
		const cstn_order_verdict_options *options, struct ArrowArrayStream *out,
		cstn_error **error) CSTN_MUST_CHECK;

/** How verdicts are kept. */
typedef struct cstn_keep_verdicts_options {
	uint32_t struct_size;
	uint32_t flags; /**< 0 */
	/** Policies for which verdicts are kept of one file of orders, the newest; 0: 4 */
	uint32_t most_policies;
	uint32_t reserved0;                  /**< 0 */
	const cstn_policy_data *policy_data; /**< NULL, or what the policy needs */
	cstn_progress *progress;             /**< NULL, or counts orders and cancels */
} cstn_keep_verdicts_options;
/* clang-format off */
#define CSTN_KEEP_VERDICTS_OPTIONS_INIT { sizeof(cstn_keep_verdicts_options), 0, 0, 0, NULL, NULL }
/* clang-format on */

/** What cstn_network_keep_order_verdicts() did, in files of orders. Filled up to the caller's
 *  struct_size. */
typedef struct cstn_keep_verdicts_counts {
	uint32_t struct_size;
	uint32_t reserved0;
	uint64_t written; /**< verdicts judged and kept */
	uint64_t kept;    /**< were there, and still hold */
	uint64_t dropped; /**< replaced, of too many policies, or of no use */
} cstn_keep_verdicts_counts;
/* clang-format off */
#define CSTN_KEEP_VERDICTS_COUNTS_INIT { sizeof(cstn_keep_verdicts_counts), 0, 0, 0, 0 }
/* clang-format on */

/** Judge the orders that lie in columns (see cstn_network_checkpoint()) under a policy and keep the
 *  verdicts, about 3 bytes an order. Verdicts that no later as-of time can change serve every later
 *  scan under the policy; the others, of orders that are open or inside the claim window, serve
 *  scans as of the same time. A later call judges again where orders were not settled.
 *  cstn_network_maintain() drops the verdicts of the files that it merges. In memory there is
 *  nothing to keep, and nothing is done.
 *  @param network  open for writing
 *  @param policy   any but one of zone=ship_to, whose zone rules the policy's digest does not tell
 *  @param as_of_us what was known by then counts
 *  @param options  NULL, or start from CSTN_KEEP_VERDICTS_OPTIONS_INIT
 *  @param counts   NULL, or start from CSTN_KEEP_VERDICTS_COUNTS_INIT
 *  @return CSTN_OK; CSTN_E_UNSUPPORTED for zone=ship_to; CSTN_E_INVALID_ARGUMENT; CSTN_E_READ_ONLY;
 *  CSTN_E_STATE; CSTN_E_POISONED; CSTN_E_FULL; CSTN_E_IO; CSTN_E_CORRUPT when orders are damaged;
 *  CSTN_E_CANCELLED; CSTN_E_NOMEM. On failure nothing new is kept
 *  Memory: 65,536 orders. Time: O(lines), and a checkpoint. Any thread; commits and
 * readers go on, cstn_network_maintain() waits. @since 0.1 */
CSTN_API cstn_status cstn_network_keep_order_verdicts(cstn_network *network,
		const cstn_service_policy *policy, int64_t as_of_us,
		const cstn_keep_verdicts_options *options, cstn_keep_verdicts_counts *counts,
		cstn_error **error) CSTN_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
