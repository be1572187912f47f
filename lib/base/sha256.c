/* SHA-256 (FIPS 180-4) in pieces: on the SHA instructions of x86-64 and of ARMv8 where the machine
 * has them, else by libsodium. The block function here is the only primitive that is not
 * libsodium's; both give the same bytes, and a test compares them for all short lengths and random
 * splits.
 *
 * Cost: a pass over the bytes. */
#include "base/sha256.h"

#include <string.h>

#define BLOCK 64u

#if defined(__x86_64__) && defined(__GNUC__)
#include <cpuid.h>
#include <immintrin.h>
#define X86_64 1
#define CPUID_SSSE3 (1u << 9)
#define CPUID_SSE41 (1u << 19)
#define CPUID_SHA (1u << 29)
#elif defined(__aarch64__) && defined(__GNUC__) && defined(__linux__)
#include <arm_neon.h>
#include <sys/auxv.h>
#define ARM_64 1
#ifndef HWCAP_SHA2
#define HWCAP_SHA2 (1ul << 6)
#endif
#ifdef __clang__
#define HAS_SHA __attribute__((target("sha2")))
#else
#define HAS_SHA __attribute__((target("+crypto")))
#endif
#endif

#if defined(X86_64) || defined(ARM_64)

static const uint32_t round_constants[64] = {0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5,
		0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be,
		0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
		0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152,
		0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
		0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e,
		0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624,
		0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3,
		0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
		0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};
static const uint32_t first_words[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f,
		0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

#ifdef X86_64

int cstn__sha256_hardware(void)
{
	unsigned int a, b, c, d;

	if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & CPUID_SSSE3) || !(c & CPUID_SSE41))
		return 0;
	return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & CPUID_SHA);
}

#define HAS_SHA __attribute__((target("sha,sse4.1,ssse3")))

/* The instructions keep the eight words as a b e f and c d g h, and do two rounds each. They wait
 * long for one another, so that two hashes side by side, `lanes`, take little more than one. */
HAS_SHA static inline __attribute__((always_inline)) void hash_lanes(
		uint32_t *const *word, const uint8_t *const *data, size_t blocks, const int lanes)
{
	const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
	__m128i abef[2], cdgh[2];
	size_t block;
	int l;

	for (l = 0; l < lanes; l++) {
		__m128i low = _mm_loadu_si128((const __m128i *)(const void *)word[l]);
		__m128i high = _mm_loadu_si128((const __m128i *)(const void *)(word[l] + 4));

		low = _mm_shuffle_epi32(low, 0xb1);
		high = _mm_shuffle_epi32(high, 0x1b);
		abef[l] = _mm_alignr_epi8(low, high, 8);
		cdgh[l] = _mm_blend_epi16(high, low, 0xf0);
	}
	for (block = 0; block < blocks; block++) {
		__m128i abef_before[2], cdgh_before[2], w[2][4];
		int i;

		for (l = 0; l < lanes; l++) {
			const __m128i *from =
					(const __m128i *)(const void *)(data[l] + BLOCK * block);

			abef_before[l] = abef[l];
			cdgh_before[l] = cdgh[l];
			for (i = 0; i < 4; i++)
				w[l][i] = _mm_shuffle_epi8(_mm_loadu_si128(from + i), big_endian);
		}
#pragma GCC unroll 16
		for (i = 0; i < 16; i++) {
			const __m128i constants = _mm_loadu_si128(
					(const __m128i *)(const void *)(round_constants + 4 * i));

#pragma GCC unroll 2
			for (l = 0; l < lanes; l++) {
				__m128i *now = w[l] + (i & 3), before = w[l][(i + 3) & 3], sum;

				sum = _mm_add_epi32(*now, constants);
				cdgh[l] = _mm_sha256rnds2_epu32(cdgh[l], abef[l], sum);
				abef[l] = _mm_sha256rnds2_epu32(
						abef[l], cdgh[l], _mm_shuffle_epi32(sum, 0x0e));
				if (i < 12)
					*now = _mm_sha256msg2_epu32(
							_mm_add_epi32(_mm_sha256msg1_epu32(*now,
										      w[l]
										       [(i + 1) & 3]),
									_mm_alignr_epi8(before,
											w[l]
											 [(i + 2) & 3],
											4)),
							before);
			}
		}
		for (l = 0; l < lanes; l++) {
			abef[l] = _mm_add_epi32(abef[l], abef_before[l]);
			cdgh[l] = _mm_add_epi32(cdgh[l], cdgh_before[l]);
		}
	}
	for (l = 0; l < lanes; l++) {
		__m128i low = _mm_shuffle_epi32(abef[l], 0x1b);
		__m128i high = _mm_shuffle_epi32(cdgh[l], 0xb1);

		_mm_storeu_si128((__m128i *)(void *)word[l], _mm_blend_epi16(low, high, 0xf0));
		_mm_storeu_si128((__m128i *)(void *)(word[l] + 4), _mm_alignr_epi8(high, low, 8));
	}
}

HAS_SHA static void hash_blocks(uint32_t *word, const uint8_t *data, size_t blocks)
{
	hash_lanes(&word, &data, blocks, 1);
}

HAS_SHA static void hash_two(uint32_t *const word[2], const uint8_t *const data[2], size_t blocks)
{
	hash_lanes(word, data, blocks, 2);
}

#else

int cstn__sha256_hardware(void)
{
	return (getauxval(AT_HWCAP) & HWCAP_SHA2) != 0;
}

/* The instructions keep the eight words in order, and do four rounds each. */
HAS_SHA static void hash_blocks(uint32_t *word, const uint8_t *data, size_t blocks)
{
	uint32x4_t abcd = vld1q_u32(word), efgh = vld1q_u32(word + 4);

	for (; blocks; blocks--, data += BLOCK) {
		uint32x4_t abcd_before = abcd, efgh_before = efgh, w[4];
		int i;

		for (i = 0; i < 4; i++)
			w[i] = vreinterpretq_u32_u8(vrev32q_u8(vld1q_u8(data + 16 * i)));
#pragma GCC unroll 16
		for (i = 0; i < 16; i++) {
			uint32x4_t *now = w + (i & 3), abcd_now = abcd;
			uint32x4_t sum = vaddq_u32(*now, vld1q_u32(round_constants + 4 * i));

			abcd = vsha256hq_u32(abcd, efgh, sum);
			efgh = vsha256h2q_u32(efgh, abcd_now, sum);
			if (i < 12)
				*now = vsha256su1q_u32(vsha256su0q_u32(*now, w[(i + 1) & 3]),
						w[(i + 2) & 3], w[(i + 3) & 3]);
		}
		abcd = vaddq_u32(abcd, abcd_before);
		efgh = vaddq_u32(efgh, efgh_before);
	}
	vst1q_u32(word, abcd);
	vst1q_u32(word + 4, efgh);
}

static void hash_two(uint32_t *const word[2], const uint8_t *const data[2], size_t blocks)
{
	hash_blocks(word[0], data[0], blocks);
	hash_blocks(word[1], data[1], blocks);
}

#endif

static void hardware_init(cstn__sha256_state *state)
{
	memcpy(state->word, first_words, sizeof(first_words));
	state->bytes = 0;
}

static void hardware_put(cstn__sha256_state *state, const uint8_t *data, size_t size)
{
	size_t used = state->bytes % BLOCK, part;

	state->bytes += size;
	if (used) {
		part = BLOCK - used < size ? BLOCK - used : size;
		memcpy(state->block + used, data, part);
		if (used + part < BLOCK)
			return;
		hash_blocks(state->word, state->block, 1);
		data += part;
		size -= part;
	}
	hash_blocks(state->word, data, size / BLOCK);
	if (size % BLOCK)
		memcpy(state->block, data + size / BLOCK * BLOCK, size % BLOCK);
}

static void put_big_endian(uint8_t *out, uint64_t value, int bytes)
{
	while (bytes--) {
		out[bytes] = (uint8_t)value;
		value >>= 8;
	}
}

static void put_words(uint8_t *out, const uint32_t *word)
{
	size_t i;

	for (i = 0; i < 8; i++)
		put_big_endian(out + 4 * i, word[i], 4);
}

/* A bit 1, zeros, and the length in bits in the last eight bytes of a block. */
static void hardware_end(cstn__sha256_state *state, uint8_t *out)
{
	size_t used = state->bytes % BLOCK;
	uint64_t bits = state->bytes * 8;

	state->block[used++] = 0x80;
	if (used > BLOCK - sizeof(bits)) {
		memset(state->block + used, 0, BLOCK - used);
		hash_blocks(state->word, state->block, 1);
		used = 0;
	}
	memset(state->block + used, 0, BLOCK - sizeof(bits) - used);
	put_big_endian(state->block + BLOCK - sizeof(bits), bits, sizeof(bits));
	hash_blocks(state->word, state->block, 1);
	put_words(out, state->word);
}

/* Pairs of messages, as many as there are; how many messages that were. */
static size_t hardware_pairs(uint8_t first, const uint8_t *data, size_t n, uint8_t *out)
{
	uint8_t block[2][2 * BLOCK] = {{0}};
	uint32_t word[2][8];
	size_t i;
	int l;

	for (i = 0; i + 1 < n; i += 2) {
		for (l = 0; l < 2; l++) {
			block[l][0] = first;
			memcpy(block[l] + 1, data + BLOCK * (i + (size_t)l), BLOCK);
			block[l][BLOCK + 1] = 0x80;
			put_big_endian(block[l] + sizeof(block[l]) - 8, 8 * (BLOCK + 1), 8);
			memcpy(word[l], first_words, sizeof(first_words));
		}
		hash_two((uint32_t *const[2]){word[0], word[1]},
				(const uint8_t *const[2]){block[0], block[1]}, 2);
		for (l = 0; l < 2; l++)
			put_words(out + CSTN__SHA256_SIZE * (i + (size_t)l), word[l]);
	}
	return i;
}

#else

int cstn__sha256_hardware(void)
{
	return 0;
}

static void hardware_init(cstn__sha256_state *state)
{
	state->hardware = 0;
}

static void hardware_put(cstn__sha256_state *state, const uint8_t *data, size_t size)
{
	(void)state, (void)data, (void)size;
}

static void hardware_end(cstn__sha256_state *state, uint8_t *out)
{
	(void)state, (void)out;
}

static size_t hardware_pairs(uint8_t first, const uint8_t *data, size_t n, uint8_t *out)
{
	(void)first, (void)data, (void)n, (void)out;
	return 0;
}

#endif

void cstn__sha256_init(cstn__sha256_state *state, int hardware)
{
	state->hardware = hardware;
	if (hardware)
		hardware_init(state);
	if (!state->hardware)
		crypto_hash_sha256_init(&state->sodium);
}

void cstn__sha256_put(cstn__sha256_state *state, const void *data, size_t size)
{
	if (!size)
		return;
	if (state->hardware)
		hardware_put(state, data, size);
	else
		crypto_hash_sha256_update(&state->sodium, data, size);
}

void cstn__sha256_end(cstn__sha256_state *state, uint8_t out[CSTN__SHA256_SIZE])
{
	if (state->hardware)
		hardware_end(state, out);
	else
		crypto_hash_sha256_final(&state->sodium, out);
}

void cstn__sha256_pairs(int hardware, uint8_t first, const uint8_t *data, size_t n, uint8_t *out)
{
	size_t i = hardware ? hardware_pairs(first, data, n, out) : 0;
	cstn__sha256_state state;

	for (; i < n; i++) {
		cstn__sha256_init(&state, hardware);
		cstn__sha256_put(&state, &first, 1);
		cstn__sha256_put(&state, data + BLOCK * i, BLOCK);
		cstn__sha256_end(&state, out + CSTN__SHA256_SIZE * i);
	}
}
