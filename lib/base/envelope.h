#ifndef CSTN_BASE_ENVELOPE_H
#define CSTN_BASE_ENVELOPE_H

#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"

/* What states and models have around their bytes: 8 bytes of magic (`CSTNSTA1` states, `CSTNMDL1`
 * models), u16 kind, u16 version, u32 flags 0, 32 bytes of digest of the configuration, u64 length,
 * the body, XXH3-64 of all before it. Little-endian. The digest is the SHA-256 of the body's first
 * bytes, or one that the configuration has of its own (a policy's). */
#define CSTN__ENVELOPE_STATE "CSTNSTA1"
#define CSTN__ENVELOPE_MODEL "CSTNMDL1"

/* Every kind there is, states and models alike: one number names one thing for good. */
#define CSTN__KIND_PERFECT_ORDER 1
#define CSTN__KIND_VALUE_STATE 16
#define CSTN__KIND_STAGES 17
#define CSTN__KIND_LOYALTY 18
#define CSTN__KIND_JOURNEY 19
#define CSTN__KIND_PURCHASES 20
#define CSTN__KIND_RFM 21
#define CSTN__KIND_RETENTION 22
#define CSTN__KIND_VALUE 23
#define CSTN__KIND_KMEANS 24
#define CSTN__KIND_KMEANS_STATE 25
#define CSTN__KIND_PROTOTYPES 26
#define CSTN__KIND_CELLS 27
#define CSTN__KIND_INTERACTIONS 28
#define CSTN__KIND_CONTRACTS 29
#define CSTN__KIND_STAGE_HISTORY 30
#define CSTN__KIND_STAGE_STATE 31
#define CSTN__KIND_COST 40
#define CSTN__KIND_DEMAND 50
#define CSTN__KIND_GLOBAL 52
#define CSTN__KIND_SIGNAL_MODEL 53
#define CSTN__KIND_VALUE_ADDED 54
#define CSTN__KIND_GLOBAL_STATE 55
#define CSTN__KIND_PRIVACY_BUDGET 60
#define CSTN__KIND_DIFFERENCE_GUARD 61
#define CSTN__KIND_VALUE_LEDGER 62
#define CSTN__KIND_PSI_RUNS 70

typedef struct cstn__envelope {
	const char *magic;
	const char *what; /* for messages: "purchases" */
	uint16_t kind, version;
} cstn__envelope;

/* `body` is freed. `config` is the length of its first part, which is digested. */
cstn_status cstn__envelope_close(const cstn__envelope *envelope, cstn__bytes *body, size_t config,
		cstn_buffer **out, cstn_error **error);
/* The same with the configuration's own digest. */
cstn_status cstn__envelope_close_as(const cstn__envelope *envelope, cstn__bytes *body,
		const uint8_t digest[32], cstn_buffer **out, cstn_error **error);
/* A reader of the body of untrusted bytes; *digest points to the 32 bytes of the configuration's
 * digest, to be checked with cstn__envelope_check() when its length is known. */
cstn_status cstn__envelope_open(const cstn__envelope *envelope, const uint8_t *data, size_t size,
		cstn__reader *body, const uint8_t **digest, cstn_error **error);
/* What a public call that reads bytes back begins with: `data` and `out` are not NULL, the
 * allocator is a copy of the caller's, the envelope is open. */
typedef struct cstn__opened {
	cstn_allocator allocator;
	cstn__reader body;
	const uint8_t *digest;
} cstn__opened;
cstn_status cstn__envelope_unpack(const cstn__envelope *envelope, const uint8_t *data, size_t size,
		const void *out, const cstn_allocator *allocator, cstn__opened *opened,
		cstn_error **error);
cstn_status cstn__envelope_check(const cstn__envelope *envelope, const cstn__reader *body,
		const uint8_t *digest, size_t config, cstn_error **error);

#endif
