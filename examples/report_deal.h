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

/* Who asks the shipper for which fields, how fine, of which time. */
struct asked {
	const char *recipient;
	const char *const *paths;
	size_t n_paths;
	int32_t level; /* CSTN_LEVEL_...; 0: as fine as can be had */
	int64_t from_us, until_us;
};

/** The request for it; what may not leave as fine may leave coarser. @param out unref it */
cstn_status deal_request(const struct deal *deal, const struct asked *asked, cstn_request **out,
		cstn_error **error);

/** The text of a buffer. */
const char *deal_text(const cstn_buffer *buffer);
/** Bytes in hexadecimal digits. @param out 2 * size + 1 bytes */
void deal_hex(const uint8_t *bytes, size_t size, char *out);

#endif
