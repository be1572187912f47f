/* What leaves in the chapter on sharing: rows for the carrier, cells for the rival. */
#ifndef CSTN_EXAMPLE_REPORT_RELEASE_H
#define CSTN_EXAMPLE_REPORT_RELEASE_H

#include "report_deal.h"
#include "report_shipments.h"

/* What a recipient has: what came, and what the receipt says of it. */
struct released {
	struct table rows;
	cstn_release_receipt_info told;       /* without its texts, which are the receipt's */
	uint8_t sum[CSTN_CHECKSUM_SIZE_MOST]; /* of the rows, as the recipient computes it */
	size_t sum_size;
};

/** All fields, as fine as they may leave, of shipments since the first whole month: for the
 *  carrier. @param out released_free() it */
cstn_status release_rows(const struct deal *deal, const struct shipments *shipments,
		struct released *out, cstn_error **error);
/** Values by month, of old shipments: for the rival. */
cstn_status release_cells(const struct deal *deal, const struct shipments *shipments,
		struct released *out, cstn_error **error);
/** Values of new shipments: what a recipient is told who does not get them. @return CSTN_OK if it
 *  is denied; `said` receives the words */
cstn_status release_denied(const struct deal *deal, const struct shipments *shipments,
		const char *recipient, char said[100]);

/** Compute the checksum of what came; the rows are gone after. */
cstn_status released_sum(struct released *released, cstn_error **error);
/** Is it the one of the receipt, and of the log? @param closed the entry at told.closed_index
 *  @return CSTN_OK or CSTN_E_MISMATCH */
cstn_status released_verify(const struct released *released, const cstn_buffer *closed);
/** The carrier signs that it has deleted what it got, and the shipper keeps the receipt. */
cstn_status released_delete(
		const struct deal *deal, const struct released *released, cstn_error **error);
/** Is nothing of a release owed any more? @return CSTN_OK or CSTN_E_MISMATCH */
cstn_status released_settled(const struct deal *deal, const struct released *released);
void released_free(struct released *released);

#endif
