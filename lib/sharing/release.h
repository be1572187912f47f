#ifndef CSTN_SHARING_RELEASE_H
#define CSTN_SHARING_RELEASE_H

#include <constellation/release.h>

#include "network/network.h"
#include "sharing/decision.h"
#include "sharing/release_rows.h"
#include "sharing/sharing_rows.h"

#define CSTN__RELEASE_ID 32

/* What was charged to one term, and when. */
typedef struct cstn__release_charge {
	cstn_decision_reservation reservation;
	const cstn_term_limits *limits; /* of the decision's rules */
	int64_t at_us;
} cstn__release_charge;

struct cstn_release {
	cstn_allocator allocator;
	cstn_network *network; /* referenced */
	cstn_request *request; /* referenced */
	cstn_decision *decision;
	uint8_t decision_digest[CSTN_DECISION_DIGEST_SIZE];
	uint8_t drawn[16]; /* what makes the ids of equal releases differ */
	uint8_t salt[CSTN_CHECKSUM_SALT_SIZE];
	uint8_t id[CSTN__RELEASE_ID];
	cstn__release_plan *plan;
	int32_t form; /* CSTN_LEVEL_..., the coarsest */
	int32_t checksum_kind;
	struct ArrowSchema input_schema;
	struct ArrowArrayStream input; /* release NULL: nothing more comes of it */
	struct ArrowArrayStream cells; /* of forms other than rows; there early if they are known */
	cstn__release_checksum *checksum; /* NULL: there is none */
	CSTN__ARRAY(cstn__release_charge) charges;
	uint64_t opened_index; /* UINT64_MAX: not committed */
	uint64_t reserved;     /* rows; UINT64_MAX: no limit */
	uint64_t rows, batches, held_back;
	int64_t nano_epsilon; /* spent */
	cstn_status ended;    /* CSTN_OK: it goes on; CSTN_DONE, or why it does not */
	char *why;            /* the words of that; NULL: none */
	size_t why_len;
	uint8_t sum[CSTN_CHECKSUM_SIZE_MOST]; /* of what has left, once it is closed */
	size_t sum_size;                      /* 0: there is none */
	int closed;
	uint64_t closed_index;
};

/* Before a release is decided: what crashes left open is closed, once a handle of the network. */
cstn_status cstn__release_recover_once(cstn_network *network, int64_t now_us, cstn_error **error);
/* The checkpoint that the options give is settled, and one of the provider's shared log. */
cstn_status cstn__release_check_settled(const cstn_release *release,
		const cstn_release_options *options, cstn_error **error);

/* Of a release that is planned, in the form NOISED: its cells, if the question was answered before;
 * else they stay NULL. */
cstn_status cstn__release_recall_cells(cstn_release *release, const cstn_release_options *options,
		cstn_transaction *transaction, cstn_error **error);
/* Of a release that is committed: makes the cells, and keeps what was told of the data set. */
cstn_status cstn__release_make_cells(
		cstn_release *release, const cstn_release_options *options, cstn_error **error);
/* Begin the checksum of what leaves. */
cstn_status cstn__release_sum_begin(cstn_release *release, cstn_error **error);

/* Enter the end of a release: what was not used is given back, its row is closed, and
 * RELEASE_CLOSE is in the log. Once; does nothing after. */
cstn_status cstn__release_close(cstn_release *release, cstn_error **error);

/* Of a release that is closed. */
cstn_status cstn__release_receipt_new(
		const cstn_release *release, cstn_release_receipt **out, cstn_error **error);

#endif
