#ifndef CSTN_BASE_ENTROPY_H
#define CSTN_BASE_ENTROPY_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/status.h>

/* A host's source of random bytes; NULL: libsodium's. */
typedef cstn_status cstn__entropy(void *user, uint8_t *out, size_t size);
/* Fill `out`; what the source gives besides CSTN_OK ends the call. */
cstn_status cstn__entropy_fill(
		cstn__entropy *entropy, void *user, void *out, size_t size, cstn_error **error);

#endif
