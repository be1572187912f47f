#ifndef CSTN_SHARING_AEAD_H
#define CSTN_SHARING_AEAD_H

#include <stddef.h>
#include <stdint.h>

#define CSTN__AEAD_KEY 32u
#define CSTN__AEAD_NONCE 24u
#define CSTN__AEAD_TAG 16u

/* Bytes of any length that belong together. */
typedef struct cstn__slice {
	const uint8_t *data;
	size_t size;
} cstn__slice;

/* XChaCha20-Poly1305 with lengths that are checked before anything is done. `out` of _seal():
 * text.size + CSTN__AEAD_TAG bytes, the tag last; of _open(): sealed.size - CSTN__AEAD_TAG. 0; -1
 * for a key or nonce of another length, too few bytes, or a tag that is not the right one, `out`
 * then holding nothing. */
int cstn__aead_seal(cstn__slice key, cstn__slice nonce, cstn__slice aad, cstn__slice text,
		uint8_t *out);
int cstn__aead_open(cstn__slice key, cstn__slice nonce, cstn__slice aad, cstn__slice sealed,
		uint8_t *out);

#endif
