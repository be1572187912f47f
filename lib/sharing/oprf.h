#ifndef CSTN_SHARING_OPRF_H
#define CSTN_SHARING_OPRF_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/progress.h>
#include <constellation/status.h>

/* Oblivious pseudorandom function of RFC 9497, suite ristretto255-SHA512, on libsodium's group.
 * Elements and scalars are 32 bytes, as the group encodes them. Of no public call: whoever may ask
 * this function anything can try guesses. */
#define CSTN__OPRF_SIZE 32u
#define CSTN__OPRF_OUTPUT 64u
#define CSTN__OPRF_PROOF 64u
#define CSTN__OPRF_BATCH 65535u /* elements under one proof */
#define CSTN__OPRF_INPUT_MOST 2048u

#define CSTN__OPRF_BASE 0u       /* mode of tests */
#define CSTN__OPRF_VERIFIABLE 1u /* with a proof that one key evaluated all */

/* RFC 9380, 5.3.1, with SHA-512: `size` bytes, at most 255 x 64, of the parts one behind the other.
 * `tag`: at most 255 bytes. */
typedef struct cstn__oprf_part {
	const void *data;
	size_t size;
} cstn__oprf_part;
void cstn__expand_message(const cstn__oprf_part *parts, size_t n_parts, const void *tag,
		size_t tag_size, uint8_t *out, size_t size);

void cstn__oprf_hash_to_group(uint32_t mode, const void *input, size_t size, uint8_t *element);
/* DeriveKeyPair; `seed` 32 bytes. 0, or -1 if there is none. */
int cstn__oprf_derive(uint32_t mode, const uint8_t *seed, const void *info, size_t info_size,
		uint8_t *key, uint8_t *public_key);
/* Of 64 random bytes: a scalar that is not 0, or -1. */
int cstn__oprf_scalar(const uint8_t *random, uint8_t *scalar);
/* Is it an element that may come from others: canonical and not the identity? */
int cstn__oprf_is_element(const uint8_t *element);
/* element x scalar. 0, or -1 for what gives the identity. */
int cstn__oprf_multiply(const uint8_t *scalar, const uint8_t *element, uint8_t *out);
/* The function's value of an input, from its element under the key: unblinded or evaluated. */
void cstn__oprf_finish(const void *input, size_t size, const uint8_t *element,
		uint8_t out[CSTN__OPRF_OUTPUT]);

/* --- proof that all of a batch were evaluated with one key (dleq.c) --- */
typedef struct cstn__oprf_batch {
	const uint8_t *public_key;
	const uint8_t *blinded, *evaluated; /* n elements each, valid ones */
	size_t n;                           /* 1 to CSTN__OPRF_BATCH */
	int32_t threads;
	cstn_progress *progress;
} cstn__oprf_batch;
/* `random`: a scalar of this proof only. CSTN_E_CANCELLED. */
cstn_status cstn__oprf_prove(const cstn__oprf_batch *batch, const uint8_t *key,
		const uint8_t *random, uint8_t proof[CSTN__OPRF_PROOF]);
/* CSTN_E_PROOF if it does not hold. */
cstn_status cstn__oprf_verify(const cstn__oprf_batch *batch, const uint8_t proof[CSTN__OPRF_PROOF]);

/* Shared by the two files: HashToScalar of parts, each behind its length in two bytes. */
void cstn__oprf_hash_to_scalar(const cstn__oprf_part *parts, size_t n_parts, uint8_t *scalar);

#endif
