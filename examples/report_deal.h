/* What the chapter on sharing begins with: three companies, their keys, what two of them agreed on
 * with the third, and a network that knows it. */
#ifndef CSTN_EXAMPLE_REPORT_DEAL_H
#define CSTN_EXAMPLE_REPORT_DEAL_H

#include <constellation/constellation.h>

#define DEAL_DAY INT64_C(86400000000)
#define DEAL_PLACE "deliveries"
#define DEAL_PURPOSE "delivery"

/* The companies; the third sells against the first. */
#define DEAL_SHIPPER 0
#define DEAL_CARRIER 1
#define DEAL_RIVAL 2
#define DEAL_PARTIES 3
extern const char *const deal_parties[DEAL_PARTIES];

/* The fields that are spoken of. */
#define DEAL_FIELDS 5
extern const char *const deal_fields[DEAL_FIELDS];

struct deal {
	int64_t now_us;
	cstn_party_keys *keys;                                     /* of all, public ones */
	cstn_buffer *signers[DEAL_PARTIES], *public[DEAL_PARTIES]; /* they sign agreements */
	cstn_buffer *witness, *witness_public;    /* the carrier signs checkpoints with it */
	cstn_agreement *agreements[DEAL_PARTIES]; /* with the shipper; NULL for itself */
	int messages;                             /* signed to come to both */
	cstn_network *network;
	cstn_rules *rules;
};

/** Keys, negotiations, agreements signed by both, and the network; `now_us` is set.
 *  @param out of zeros, but for now_us; deal_free() it, also after a failure */
cstn_status deal_make(struct deal *out, cstn_error **error);
void deal_free(struct deal *deal);

/** The text of a buffer. */
const char *deal_text(const cstn_buffer *buffer);

#endif
