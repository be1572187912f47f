/* Hashes. XXH3 (Collet) for tables and checksums, SHA-256 (FIPS 180-4) of libsodium for digests.
 * xxHash is compiled in here and nowhere else, so that none of its names leaves the library; its
 * result is the same on every machine. */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <sodium/crypto_hash_sha256.h>

#include "base/hash.h"

uint64_t cstn__hash64(uint64_t seed, const void *data, size_t size)
{
	return XXH3_64bits_withSeed(data, size, seed);
}

cstn__hash128_value cstn__hash128(const void *data, size_t size)
{
	XXH128_hash_t hash = XXH3_128bits(data, size);
	cstn__hash128_value value = {hash.low64, hash.high64};

	return value;
}

_Static_assert(sizeof(XXH3_state_t) <= sizeof(cstn__hash_stream), "room for the state");

void cstn__hash_stream_init(cstn__hash_stream *stream)
{
	memset(stream, 0, sizeof(*stream));
	XXH3_128bits_reset((XXH3_state_t *)(void *)stream->state);
}

void cstn__hash_stream_init64(cstn__hash_stream *stream, uint64_t seed)
{
	memset(stream, 0, sizeof(*stream));
	XXH3_64bits_reset_withSeed((XXH3_state_t *)(void *)stream->state, seed);
}

uint64_t cstn__hash_stream_value64(const cstn__hash_stream *stream)
{
	return XXH3_64bits_digest((const XXH3_state_t *)(const void *)stream->state);
}

void cstn__hash_stream_put(cstn__hash_stream *stream, const void *data, size_t size)
{
	XXH3_128bits_update((XXH3_state_t *)(void *)stream->state, data, size);
}

cstn__hash128_value cstn__hash_stream_value(const cstn__hash_stream *stream)
{
	XXH128_hash_t hash = XXH3_128bits_digest((const XXH3_state_t *)(const void *)stream->state);
	cstn__hash128_value value = {hash.low64, hash.high64};

	return value;
}

void cstn__sha256(const void *data, size_t size, uint8_t out[32])
{
	crypto_hash_sha256(out, data, size);
}

void cstn__hex(const uint8_t *data, size_t size, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < size; i++) {
		out[2 * i] = digits[data[i] >> 4];
		out[2 * i + 1] = digits[data[i] & 15];
	}
	out[2 * size] = '\0';
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

int cstn__unhex(const char *text, size_t len, uint8_t *out)
{
	if (len % 2)
		return -1;
	for (size_t i = 0; i < len; i++)
		if (hex_digit(text[i]) < 0)
			return -1;
	for (size_t i = 0; i < len / 2; i++)
		out[i] = (uint8_t)(hex_digit(text[2 * i]) << 4 | hex_digit(text[2 * i + 1]));
	return 0;
}
