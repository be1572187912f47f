#ifndef CSTN_BASE_SHA256_H
#define CSTN_BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

#include <sodium/crypto_hash_sha256.h>

#define CSTN__SHA256_SIZE 32

/* A hash of bytes that come in pieces. */
typedef struct cstn__sha256_state {
	int hardware;
	uint32_t word[8];
	uint64_t bytes;
	uint8_t block[64];
	crypto_hash_sha256_state sodium;
} cstn__sha256_state;

/* Has this machine instructions for it? Some microseconds in a virtual machine: ask once a call. */
int cstn__sha256_hardware(void);

/* `hardware`: what cstn__sha256_hardware() said, or 0. The hash is the same. */
void cstn__sha256_init(cstn__sha256_state *state, int hardware);
void cstn__sha256_put(cstn__sha256_state *state, const void *data, size_t size);
void cstn__sha256_end(cstn__sha256_state *state, uint8_t out[CSTN__SHA256_SIZE]);

/* Of n messages of 65 bytes: `first` and the next 64 bytes of `data`, each. `out` receives n
 * hashes, one behind the other; it may be `data`. With instructions two are under way at a time. */
void cstn__sha256_pairs(int hardware, uint8_t first, const uint8_t *data, size_t n, uint8_t *out);

#endif
