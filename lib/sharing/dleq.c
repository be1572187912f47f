/* Proofs that one key evaluated every element of a batch: RFC 9497, 2.2, equality of discrete
 * logarithms after Chaum and Pedersen, 1992, over random sums of the elements.
 *
 * The weights are hashes of the public key and of each pair, so that whoever chose another key for
 * one element would have to guess a hash. A proof is the challenge and the answer, 32 bytes each.
 *
 * Cost: a multiplication an element to prove, two to verify, on several threads; the sums of points
 * are exact, so that their number does not matter. */
#include <string.h>

#include <sodium/crypto_core_ristretto255.h>
#include <sodium/crypto_hash_sha512.h>
#include <sodium/crypto_scalarmult_ristretto255.h>

#include "base/alloc.h"
#include "base/parallel.h"
#include "sharing/oprf.h"

#define SIZE CSTN__OPRF_SIZE
#define MORSEL 512u
#define MORSELS ((CSTN__OPRF_BATCH + MORSEL - 1) / MORSEL)
#define SEED 64u

typedef struct sums {
	const cstn__oprf_batch *batch;
	int both; /* of the evaluated elements too */
	uint8_t seed[SEED];
	uint8_t of_blinded[MORSELS][SIZE], of_evaluated[MORSELS][SIZE];
} sums;

/* Hash of the public key and the name of the step. */
static void make_seed(const uint8_t *public_key, uint8_t out[SEED])
{
	static const uint8_t key_len[2] = {0, SIZE};
	static const uint8_t tag[] = "Seed-OPRFV1-\x01-ristretto255-SHA512";
	static const uint8_t tag_len[2] = {0, sizeof(tag) - 1};
	crypto_hash_sha512_state state;

	crypto_hash_sha512_init(&state);
	crypto_hash_sha512_update(&state, key_len, sizeof(key_len));
	crypto_hash_sha512_update(&state, public_key, SIZE);
	crypto_hash_sha512_update(&state, tag_len, sizeof(tag_len));
	crypto_hash_sha512_update(&state, tag, sizeof(tag) - 1);
	crypto_hash_sha512_final(&state, out);
}

static void weight(const sums *at, size_t i, uint8_t out[SIZE])
{
	static const uint8_t seed_len[2] = {0, SEED}, size[2] = {0, SIZE};
	const uint8_t index[2] = {(uint8_t)(i >> 8), (uint8_t)i};
	const cstn__oprf_part parts[] = {{seed_len, 2}, {at->seed, SEED}, {index, 2}, {size, 2},
			{at->batch->blinded + i * SIZE, SIZE}, {size, 2},
			{at->batch->evaluated + i * SIZE, SIZE}, {"Composite", 9}};

	cstn__oprf_hash_to_scalar(parts, sizeof(parts) / sizeof(parts[0]), out);
}

/* sum += weight x element; a sum of nothing is the identity, 32 zeros. */
static int add(uint8_t sum[SIZE], const uint8_t *scalar, const uint8_t *element)
{
	uint8_t product[SIZE];

	if (crypto_scalarmult_ristretto255(product, scalar, element))
		return -1;
	return crypto_core_ristretto255_add(sum, sum, product);
}

static cstn_status sum_morsel(void *context, size_t morsel, int32_t worker)
{
	sums *at = context;
	size_t from = morsel * MORSEL, until = from + MORSEL;
	uint8_t scalar[SIZE];

	(void)worker;
	if (until > at->batch->n)
		until = at->batch->n;
	for (size_t i = from; i < until; i++) {
		weight(at, i, scalar);
		if (add(at->of_blinded[morsel], scalar, at->batch->blinded + i * SIZE))
			return CSTN_E_PROOF;
		if (at->both && add(at->of_evaluated[morsel], scalar,
						at->batch->evaluated + i * SIZE))
			return CSTN_E_PROOF;
	}
	cstn__progress_add(at->batch->progress, until - from);
	return CSTN_OK;
}

static cstn_status fold(uint8_t parts[][SIZE], size_t n, uint8_t out[SIZE])
{
	memset(out, 0, SIZE);
	for (size_t i = 0; i < n; i++)
		if (crypto_core_ristretto255_add(out, out, parts[i]))
			return CSTN_E_PROOF;
	return CSTN_OK;
}

/* The weighted sums of the batch: M of what was blinded and, with `evaluated`, Z. */
static cstn_status composites(
		const cstn__oprf_batch *batch, uint8_t of_blinded[SIZE], uint8_t of_evaluated[SIZE])
{
	size_t morsels = (batch->n + MORSEL - 1) / MORSEL;
	sums at = {.batch = batch, .both = of_evaluated != NULL};
	cstn_status status;

	make_seed(batch->public_key, at.seed);
	status = cstn__parallel_for(morsels, cstn__threads_resolve(batch->threads, morsels),
			batch->progress, sum_morsel, &at);
	if (status == CSTN_OK)
		status = fold(at.of_blinded, morsels, of_blinded);
	if (status == CSTN_OK && of_evaluated)
		status = fold(at.of_evaluated, morsels, of_evaluated);
	return status;
}

/* B, M, Z and the two commitments of the prover. */
static void challenge(const uint8_t *public_key, const uint8_t points[4][SIZE], uint8_t out[SIZE])
{
	static const uint8_t size[2] = {0, SIZE};
	const cstn__oprf_part parts[] = {{size, 2}, {public_key, SIZE}, {size, 2},
			{points[0], SIZE}, {size, 2}, {points[1], SIZE}, {size, 2},
			{points[2], SIZE}, {size, 2}, {points[3], SIZE}, {"Challenge", 9}};

	cstn__oprf_hash_to_scalar(parts, sizeof(parts) / sizeof(parts[0]), out);
}

cstn_status cstn__oprf_prove(const cstn__oprf_batch *batch, const uint8_t *key,
		const uint8_t *random, uint8_t proof[CSTN__OPRF_PROOF])
{
	uint8_t points[4][SIZE], product[SIZE];
	cstn_status status = composites(batch, points[0], NULL);

	if (status != CSTN_OK)
		return status;
	if (crypto_scalarmult_ristretto255(points[1], key, points[0]) ||
			crypto_scalarmult_ristretto255_base(points[2], random) ||
			crypto_scalarmult_ristretto255(points[3], random, points[0]))
		return CSTN_E_PROOF;
	challenge(batch->public_key, (const uint8_t(*)[SIZE])points, proof);
	crypto_core_ristretto255_scalar_mul(product, proof, key);
	crypto_core_ristretto255_scalar_sub(proof + SIZE, random, product);
	cstn__wipe(product, sizeof(product));
	return CSTN_OK;
}

/* out = s x P + c x Q */
static int combine(const uint8_t *s, const uint8_t *p, const uint8_t *c, const uint8_t *q,
		uint8_t out[SIZE])
{
	uint8_t left[SIZE], right[SIZE];

	if (p ? crypto_scalarmult_ristretto255(left, s, p)
	      : crypto_scalarmult_ristretto255_base(left, s))
		return -1;
	return crypto_scalarmult_ristretto255(right, c, q) ||
	       crypto_core_ristretto255_add(out, left, right);
}

/* Below the order of the group, as every honest proof has it: what is reduced stays as it is. */
static int is_canonical(const uint8_t *scalar)
{
	uint8_t wide[2 * SIZE] = {0}, reduced[SIZE];

	memcpy(wide, scalar, SIZE);
	crypto_core_ristretto255_scalar_reduce(reduced, wide);
	return memcmp(reduced, scalar, SIZE) == 0;
}

cstn_status cstn__oprf_verify(const cstn__oprf_batch *batch, const uint8_t proof[CSTN__OPRF_PROOF])
{
	uint8_t points[4][SIZE], expected[SIZE];
	cstn_status status;

	if (!is_canonical(proof) || !is_canonical(proof + SIZE))
		return CSTN_E_PROOF;
	status = composites(batch, points[0], points[1]);
	if (status != CSTN_OK)
		return status;
	if (combine(proof + SIZE, NULL, proof, batch->public_key, points[2]) ||
			combine(proof + SIZE, points[0], proof, points[1], points[3]))
		return CSTN_E_PROOF;
	challenge(batch->public_key, (const uint8_t(*)[SIZE])points, expected);
	return memcmp(expected, proof, SIZE) == 0 ? CSTN_OK : CSTN_E_PROOF;
}
