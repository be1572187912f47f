#ifndef CSTN_SHARING_NEGOTIATION_H
#define CSTN_SHARING_NEGOTIATION_H

#include <stdatomic.h>

#include <jansson.h>

#include <constellation/negotiation.h>

#include "base/alloc.h"

/* A message that was taken: its id and the digest of its text. */
typedef struct cstn__taken {
	uint8_t id[CSTN_MESSAGE_ID_SIZE];
	uint8_t digest[32];
} cstn__taken;

/* One block of memory; never changed after it was made. */
struct cstn_negotiation {
	cstn_allocator memory;
	atomic_size_t references;
	uint32_t flags;
	int32_t state;
	char id[CSTN_ID_MOST + 1], provider[CSTN_ID_MOST + 1], recipient[CSTN_ID_MOST + 1],
			constellation[CSTN_ID_MOST + 1];
	uint8_t digest[CSTN_TERMS_DIGEST_SIZE];
	int64_t expires_us, last_us;
	uint64_t refused;
	size_t n, rounds; /* messages, and requests and offers among them */
	cstn__taken taken[];
};

/* A copy with room for `more` messages, not yet counted; references 1. NULL without memory. */
cstn_negotiation *cstn__negotiation_copy(const cstn_negotiation *from, size_t more);
/* A new one, zeros but for memory and references. NULL without memory. */
cstn_negotiation *cstn__negotiation_alloc(const cstn_allocator *memory, size_t n);

/* The message in the library's own layout, checked but for its negotiation. */
cstn_status cstn__message_read(const cstn_negotiation_message *given, cstn_negotiation_message *out,
		cstn_error **error);
/* Its text; sets bytes->failed without memory. */
void cstn__message_put(cstn__bytes *bytes, const cstn_negotiation_message *message);

/* SHA-256 of the text. */
cstn_status cstn__message_digest(const cstn_negotiation *n, const cstn_negotiation_message *message,
		uint8_t out[32], cstn_error **error);

/* What an entry of a log says of a message besides its type, version and instant; NULL without
 * memory. `message` is one of cstn__message_read(). */
json_t *cstn__negotiation_fields(const cstn_negotiation *n, const cstn_negotiation_message *message,
		const uint8_t digest[32], cstn_status outcome);

extern const char *const cstn__negotiation_states[8];
extern const char *const cstn__message_types[7]; /* from CSTN_MESSAGE_REQUEST */
extern const char *const cstn__actors[2];        /* from CSTN_ACTOR_RECIPIENT */

#endif
