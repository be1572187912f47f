#ifndef CSTN_LEDGER_NOTE_KEY_H
#define CSTN_LEDGER_NOTE_KEY_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/ledger.h>

#define CSTN__ED25519_SEED 32
#define CSTN__ED25519_PUBLIC 32
#define CSTN__ED25519_SECRET 64 /* seed and public key, as libsodium has it */
#define CSTN__ED25519_SIGNATURE 64
#define CSTN__KEY_ID 4

/* A key that was read; `name` is borrowed from its text. */
typedef struct cstn__note_key {
	const char *name;
	size_t name_len;
	int32_t type; /* CSTN_NOTE_KEY_... */
	uint8_t id[CSTN__KEY_ID];
	uint8_t public_key[CSTN__ED25519_PUBLIC];
	uint8_t secret[CSTN__ED25519_SECRET]; /* of a signer key; wipe it */
} cstn__note_key;

/* CSTN_E_FORMAT or CSTN_E_UNSUPPORTED, with no byte of the key in the message. */
cstn_status cstn__verifier_read(const char *text, cstn__note_key *key, cstn_error **error);
cstn_status cstn__signer_read(const char *text, cstn__note_key *key, cstn_error **error);

/* No space of Unicode, no control byte, no '+', not empty, UTF-8. */
int cstn__note_name_is_valid(const char *name, size_t len);
/* UTF-8 without control bytes but line ends. */
int cstn__note_text_is_valid(const char *text, size_t len);

/* Is it a signature of the message? 0 also for a key or signature of another length. */
int cstn__ed25519_verify(const uint8_t *public_key, size_t key_size, const uint8_t *signature,
		size_t signature_size, const void *message, size_t size);

#endif
