#ifndef CSTN_SEGMENT_ENVELOPE_H
#define CSTN_SEGMENT_ENVELOPE_H

#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"

/* What states and models have around their bytes: 8 bytes of magic (`CSTNSTA1` states, `CSTNMDL1`
 * models), u16 kind, u16 version, u32 flags 0, SHA-256 of the body's first `config` bytes, u64
 * length, the body, XXH3-64 of all before it. Little-endian. */
#define CSTN__ENVELOPE_STATE "CSTNSTA1"
#define CSTN__ENVELOPE_MODEL "CSTNMDL1"

/* Kinds of this module; 1 are the counts of the perfect order. */
#define CSTN__KIND_PURCHASES 20
#define CSTN__KIND_RFM 21
#define CSTN__KIND_RETENTION 22

typedef struct cstn__envelope {
	const char *magic;
	const char *what; /* for messages: "purchases" */
	uint16_t kind, version;
} cstn__envelope;

/* `body` is freed. `config` is the length of its first part, which is digested. */
cstn_status cstn__envelope_close(const cstn__envelope *envelope, cstn__bytes *body, size_t config,
		cstn_buffer **out, cstn_error **error);
/* A reader of the body of untrusted bytes; *digest points to the 32 bytes of the configuration's
 * digest, to be checked with cstn__envelope_check() when its length is known. */
cstn_status cstn__envelope_open(const cstn__envelope *envelope, const uint8_t *data, size_t size,
		cstn__reader *body, const uint8_t **digest, cstn_error **error);
cstn_status cstn__envelope_check(const cstn__envelope *envelope, const cstn__reader *body,
		const uint8_t *digest, size_t config, cstn_error **error);

#endif
