#ifndef CSTN_SHARING_SHARING_CHECKS_H
#define CSTN_SHARING_SHARING_CHECKS_H

#include <constellation/agreement.h>
#include <constellation/party_keys.h>

#include "sharing/sharing_rows.h"

/* What the calls that put something into a network check alike. */

/* A transaction that may change, with its snapshot, and an instant that entries can bear. */
cstn_status cstn__sharing_begin(cstn_transaction *transaction, int64_t now_us, cstn_error **error);

/* CSTN_E_NOT_FOUND unless the network has a record of it. */
cstn_status cstn__sharing_partner_check(
		cstn_transaction *transaction, const char *party, cstn_error **error);
/* The same; *owner (NULL: not wanted) receives the id of its owner, room for 65 bytes. */
cstn_status cstn__sharing_place_check(cstn_transaction *transaction, const char *constellation,
		char *owner, cstn_error **error);

/* The keys of the network's verifiers; free them. */
cstn_status cstn__sharing_keys(
		cstn_transaction *transaction, cstn_party_keys **out, cstn_error **error);

/* The agreement of a digest as the transaction sees it, without its parent, and its row (NULL: not
 * wanted); NULL both if there is none. */
cstn_status cstn__sharing_agreement_at(cstn_transaction *transaction, const uint8_t *digest,
		cstn_record **row, cstn_agreement **out, cstn_error **error);
/* The same; CSTN_E_NOT_FOUND. */
cstn_status cstn__sharing_agreement_find(cstn_transaction *transaction, const uint8_t *digest,
		cstn_agreement **out, cstn_error **error);
/* A term of it, borrowed; CSTN_E_NOT_FOUND. */
cstn_status cstn__sharing_term_find(const cstn_agreement *agreement, const uint8_t *digest,
		const cstn_term_view **out, cstn_error **error);
/* CSTN_E_INVALID_ARGUMENT unless `party` is provider or recipient of it. */
cstn_status cstn__sharing_side_check(
		const cstn_agreement *agreement, const char *party, cstn_error **error);

/* Put a duty's row and its entry in the shared log of `party`; a failure breaks the transaction. */
cstn_status cstn__sharing_duty_log(
		const cstn__sharing_place *place, const cstn__duty_row *row, cstn_error **error);

/* Put how a duty stands, whoever may say so, by agreement, term, release, index, consequence, state
 * and deadline of the row: what the clock began before it is stored, and what follows from a
 * violation begins. CSTN_E_NOT_FOUND; CSTN_E_INVALID_ARGUMENT; CSTN_E_MISSING where a proof is
 * asked for. In duty_put.c. */
cstn_status cstn__sharing_duty_say(const cstn__sharing_place *place,
		const cstn_agreement *agreement, cstn__duty_row *row, cstn_error **error);

#endif
