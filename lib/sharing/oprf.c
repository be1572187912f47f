/* The function of RFC 9497 (Davidson, Faz-Hernandez, Sullivan, Wood, 2023) over ristretto255.
 *
 * libsodium has the group but no map of texts to it; that is expand_message_xmd of RFC 9380 with
 * SHA-512, whose 64 bytes the group's own map takes. Integers in front of texts are two bytes, big
 * end first, as the standard says; scalars are little-endian, as the group has them.
 *
 * Cost: some 10 us a text to the group, 60 us a multiplication. */
#include "sharing/oprf.h"

#include <string.h>

#include <sodium/crypto_core_ristretto255.h>
#include <sodium/crypto_hash_sha512.h>
#include <sodium/crypto_scalarmult_ristretto255.h>
#include <sodium/utils.h>

#include "base/alloc.h"

#define HASH 64u
#define BLOCK 128u
#define SUITE "-ristretto255-SHA512"

_Static_assert(CSTN__OPRF_SIZE == crypto_core_ristretto255_BYTES &&
				CSTN__OPRF_SIZE == crypto_core_ristretto255_SCALARBYTES &&
				HASH == crypto_core_ristretto255_HASHBYTES &&
				HASH == crypto_core_ristretto255_NONREDUCEDSCALARBYTES,
		"sizes of libsodium");

static void put_two(uint8_t out[2], size_t value)
{
	out[0] = (uint8_t)(value >> 8);
	out[1] = (uint8_t)value;
}

/* A hash of hashes: b_0 over padding, message and length; b_i over b_0 xor b_(i-1). */
void cstn__expand_message(const cstn__oprf_part *parts, size_t n_parts, const void *tag,
		size_t tag_size, uint8_t *out, size_t size)
{
	static const uint8_t zeros[BLOCK];
	const uint8_t tag_len = (uint8_t)tag_size;
	uint8_t first[HASH], last[HASH], head[3];
	crypto_hash_sha512_state state;

	crypto_hash_sha512_init(&state);
	crypto_hash_sha512_update(&state, zeros, sizeof(zeros));
	for (size_t i = 0; i < n_parts; i++)
		if (parts[i].size)
			crypto_hash_sha512_update(&state, parts[i].data, parts[i].size);
	put_two(head, size);
	head[2] = 0;
	crypto_hash_sha512_update(&state, head, sizeof(head));
	crypto_hash_sha512_update(&state, tag, tag_size);
	crypto_hash_sha512_update(&state, &tag_len, 1);
	crypto_hash_sha512_final(&state, first);
	memset(last, 0, sizeof(last));
	for (uint8_t n = 1; size; n++) {
		size_t here = size < HASH ? size : HASH;

		for (size_t i = 0; i < HASH; i++)
			last[i] ^= first[i];
		crypto_hash_sha512_init(&state);
		crypto_hash_sha512_update(&state, last, sizeof(last));
		crypto_hash_sha512_update(&state, &n, 1);
		crypto_hash_sha512_update(&state, tag, tag_size);
		crypto_hash_sha512_update(&state, &tag_len, 1);
		crypto_hash_sha512_final(&state, last);
		memcpy(out, last, here);
		out += here;
		size -= here;
	}
	cstn__wipe(first, sizeof(first));
	cstn__wipe(last, sizeof(last));
	cstn__wipe(&state, sizeof(state));
}

/* `prefix`, the version, the mode, the suite. Returns the length. */
static size_t domain(const char *prefix, uint32_t mode, uint8_t out[64])
{
	size_t len = strlen(prefix);

	memcpy(out, prefix, len);
	memcpy(out + len, "OPRFV1-", 7);
	out[len + 7] = (uint8_t)mode;
	memcpy(out + len + 8, SUITE, sizeof(SUITE) - 1);
	return len + 8 + sizeof(SUITE) - 1;
}

void cstn__oprf_hash_to_group(uint32_t mode, const void *input, size_t size, uint8_t *element)
{
	const cstn__oprf_part part = {input, size};
	uint8_t tag[64], uniform[HASH];
	size_t tag_size = domain("HashToGroup-", mode, tag);

	cstn__expand_message(&part, 1, tag, tag_size, uniform, sizeof(uniform));
	crypto_core_ristretto255_from_hash(element, uniform);
	cstn__wipe(uniform, sizeof(uniform));
}

static void scalar_of(const cstn__oprf_part *parts, size_t n_parts, const char *prefix,
		uint32_t mode, uint8_t *scalar)
{
	uint8_t tag[64], uniform[HASH];
	size_t tag_size = domain(prefix, mode, tag);

	cstn__expand_message(parts, n_parts, tag, tag_size, uniform, sizeof(uniform));
	crypto_core_ristretto255_scalar_reduce(scalar, uniform);
	cstn__wipe(uniform, sizeof(uniform));
}

void cstn__oprf_hash_to_scalar(const cstn__oprf_part *parts, size_t n_parts, uint8_t *scalar)
{
	scalar_of(parts, n_parts, "HashToScalar-", CSTN__OPRF_VERIFIABLE, scalar);
}

int cstn__oprf_derive(uint32_t mode, const uint8_t *seed, const void *info, size_t info_size,
		uint8_t *key, uint8_t *public_key)
{
	uint8_t len[2];

	put_two(len, info_size);
	for (unsigned counter = 0; counter < 256; counter++) {
		const uint8_t byte = (uint8_t)counter;
		const cstn__oprf_part parts[] = {{seed, CSTN__OPRF_SIZE}, {len, sizeof(len)},
				{info, info_size}, {&byte, 1}};

		scalar_of(parts, 4, "DeriveKeyPair", mode, key);
		if (!sodium_is_zero(key, CSTN__OPRF_SIZE))
			return crypto_scalarmult_ristretto255_base(public_key, key);
	}
	return -1;
}

int cstn__oprf_scalar(const uint8_t *random, uint8_t *scalar)
{
	crypto_core_ristretto255_scalar_reduce(scalar, random);
	return sodium_is_zero(scalar, CSTN__OPRF_SIZE) ? -1 : 0;
}

int cstn__oprf_is_element(const uint8_t *element)
{
	return crypto_core_ristretto255_is_valid_point(element) &&
	       !sodium_is_zero(element, CSTN__OPRF_SIZE);
}

int cstn__oprf_multiply(const uint8_t *scalar, const uint8_t *element, uint8_t *out)
{
	return crypto_scalarmult_ristretto255(out, scalar, element);
}

void cstn__oprf_finish(const void *input, size_t size, const uint8_t *element,
		uint8_t out[CSTN__OPRF_OUTPUT])
{
	crypto_hash_sha512_state state;
	uint8_t len[2];

	crypto_hash_sha512_init(&state);
	put_two(len, size);
	crypto_hash_sha512_update(&state, len, sizeof(len));
	if (size)
		crypto_hash_sha512_update(&state, input, size);
	put_two(len, CSTN__OPRF_SIZE);
	crypto_hash_sha512_update(&state, len, sizeof(len));
	crypto_hash_sha512_update(&state, element, CSTN__OPRF_SIZE);
	crypto_hash_sha512_update(&state, (const uint8_t *)"Finalize", 8);
	crypto_hash_sha512_final(&state, out);
	cstn__wipe(&state, sizeof(state));
}
