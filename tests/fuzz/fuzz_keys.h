#ifndef FUZZ_KEYS_H
#define FUZZ_KEYS_H

#include "fuzz.h"

/* Keys of the seeds of notes, checkpoints and proofs, as make_seeds.py makes them: named
 * fuzz.example, from 32 bytes of the value of their type. */
typedef struct fuzz_keys {
	char signer[256], verifier[256];
} fuzz_keys;

static inline void fuzz_make_keys(int32_t type, fuzz_keys *out)
{
	static const char name[] = "fuzz.example";
	cstn_buffer *signer, *verifier;
	uint8_t seed[32];

	memset(seed, type, sizeof(seed));
	MUST(cstn_note_key_new(name, sizeof(name) - 1, type, seed, NULL, &signer, &verifier,
			     NULL) == CSTN_OK);
	snprintf(out->signer, sizeof(out->signer), "%s", (const char *)cstn_buffer_data(signer));
	snprintf(out->verifier, sizeof(out->verifier), "%s",
			(const char *)cstn_buffer_data(verifier));
	cstn_buffer_free(signer);
	cstn_buffer_free(verifier);
}

#endif
