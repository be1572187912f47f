#ifndef CSTN_LEDGER_SIGNED_CHECKPOINT_H
#define CSTN_LEDGER_SIGNED_CHECKPOINT_H

#include <constellation/ledger.h>

/* CSTN_E_INVALID_ARGUMENT unless it is one line of UTF-8 that has a length. */
cstn_status cstn__checkpoint_origin(const char *origin, size_t len, cstn_error **error);

/* Base64 with padding, and nothing but its letters: libsodium 1.0.18 takes some bytes above 127 for
 * letters. At most `most` bytes into `out`, *size of them; 0 or -1. */
int cstn__base64_read(const char *text, size_t len, uint8_t *out, size_t most, size_t *size);
/* Base64 of 32 bytes, exactly 44 letters; 0 or -1. */
int cstn__hash_read(const char *text, size_t len, uint8_t *hash);
/* A decimal number without leading zeros; 0 or -1. */
int cstn__whole_number_read(const char *text, size_t len, uint64_t *value);
/* Append the base64 of `size` bytes and a line end. */
struct cstn__bytes;
void cstn__base64_put(struct cstn__bytes *out, const uint8_t *data, size_t size);

#endif
