#ifndef CSTN_BASE_HASH_H
#define CSTN_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* XXH3 is inlined in hash.c alone, so that nothing of it is exported. */
uint64_t cstn__hash64(uint64_t seed, const void *data, size_t size);
typedef struct cstn__hash128_value {
	uint64_t low, high;
} cstn__hash128_value;
cstn__hash128_value cstn__hash128(const void *data, size_t size);
/* The same of bytes that come in pieces: _init and _value for cstn__hash128(), _init64 and _value64
 * for cstn__hash64(). */
typedef struct cstn__hash_stream {
	_Alignas(64) uint8_t state[640];
} cstn__hash_stream;
void cstn__hash_stream_init(cstn__hash_stream *stream);
void cstn__hash_stream_init64(cstn__hash_stream *stream, uint64_t seed);
void cstn__hash_stream_put(cstn__hash_stream *stream, const void *data, size_t size);
cstn__hash128_value cstn__hash_stream_value(const cstn__hash_stream *stream);
uint64_t cstn__hash_stream_value64(const cstn__hash_stream *stream);
void cstn__sha256(const void *data, size_t size, uint8_t out[32]); /* libsodium */
void cstn__hex(const uint8_t *data, size_t size, char *out);       /* 2*size digits and a NUL */
int cstn__unhex(const char *text, size_t len, uint8_t *out);       /* lower-case only; 0 or -1 */

static inline uint64_t cstn__mix64(uint64_t x)
{
	x ^= x >> 32;
	x *= UINT64_C(0xd6e8feb86659fd93);
	x ^= x >> 32;
	x *= UINT64_C(0xd6e8feb86659fd93);
	x ^= x >> 32;
	return x;
}

#endif
