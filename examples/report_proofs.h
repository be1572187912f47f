/* What can be proved of a sharing, and what is left of it when a customer is erased. */
#ifndef CSTN_EXAMPLE_REPORT_PROOFS_H
#define CSTN_EXAMPLE_REPORT_PROOFS_H

#include "report_deal.h"

/* An entry of the shipper's log with the proof that it is there; zeros: none. */
struct proof {
	cstn_buffer *entry, *text;
	char *paper; /* the checkpoint with its signatures; free() */
};

/** Prove an entry of the shipper's shared log, under a checkpoint that the carrier has witnessed.
 *  @param out proof_free() it */
cstn_status proof_make(
		const struct deal *deal, uint64_t index, struct proof *out, cstn_error **error);
/** Does it hold for somebody who has nothing but the public keys? @return as cstn_proof_verify() */
cstn_status proof_holds(const struct deal *deal, const struct proof *proof, cstn_error **error);
void proof_free(struct proof *proof);

/* What the vault says of the customer, before and after. */
struct erasure {
	cstn_vault *vault;
	cstn_buffer *proof; /* of the entry ERASED in the shipper's private log */
	uint8_t commitment[CSTN_VAULT_COMMITMENT_SIZE]; /* to the value of the shipment */
	uint64_t index;                                 /* of its entry in the shared log */
	const char *person, *shipment, *amount;         /* borrowed */
};

/** Put a customer into the shipper's vault and commit to the value of a shipment in its log. */
cstn_status erasure_begin(const struct deal *deal, struct erasure *erasure, cstn_error **error);
/** Read the customer. @return CSTN_OK, CSTN_E_ERASED, ... */
cstn_status erasure_read(const struct erasure *erasure, cstn_error **error);
/** Open the commitment with its salt. @return CSTN_OK, CSTN_E_ERASED, ... */
cstn_status erasure_open(const struct erasure *erasure, cstn_error **error);
/** Erase. */
cstn_status erasure_do(const struct deal *deal, struct erasure *erasure, cstn_error **error);
/** Does the proof of the erasure hold? */
cstn_status erasure_proved(
		const struct deal *deal, const struct erasure *erasure, cstn_error **error);
void erasure_free(struct erasure *erasure);

#endif
