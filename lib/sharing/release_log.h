#ifndef CSTN_SHARING_RELEASE_LOG_H
#define CSTN_SHARING_RELEASE_LOG_H

#include <jansson.h>

#include <constellation/decision.h>

/* What releases write into logs: the fields of their entries besides type, version and at_us
 * (log_leaf.h). Names of parties, of fields and of purposes, digests and counts; no value. Each is
 * released with json_decref(). */

/* CSTN__LEAF_RELEASE_OPEN: release, recipient, purpose, decision (digest), grants (agreement, term,
 * paths, levels), reservations (agreement, term, calls, rows unless there is no limit,
 * nano_epsilon), obligations (agreement, term, duty: its index or "retention", action, deadline_us
 * if there is one). */
typedef struct cstn__release_opening {
	const uint8_t *id;       /* 32 bytes */
	const uint8_t *decision; /* its digest */
} cstn__release_opening;
cstn_status cstn__release_leaf_open(const cstn_decision *decision,
		const cstn__release_opening *opening, json_t **out, cstn_error **error);

/* CSTN__LEAF_RELEASE_CLOSE and _CLOSE_UNKNOWN: release, opening; unless it is unknown rows, batches
 * and, if there is one, checksum. */
typedef struct cstn__release_closing {
	const uint8_t *id; /* 32 bytes */
	uint64_t opening;  /* index of the other entry */
	int unknown;
	uint64_t rows, batches;
	const uint8_t *checksum;
	size_t checksum_size; /* 0: none */
} cstn__release_closing;
cstn_status cstn__release_leaf_close(
		const cstn__release_closing *closing, json_t **out, cstn_error **error);

/* CSTN__LEAF_DENIAL: request (digest), constellation, recipient, purpose, reasons (name, fields:
 * how many). `decision` NULL, or without a field that is denied: the reason is `code`. */
cstn_status cstn__release_leaf_denial(cstn_request *request, const cstn_decision *decision,
		int32_t code, json_t **out, cstn_error **error);

#endif
