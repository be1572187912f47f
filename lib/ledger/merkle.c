/* Hashes and proofs of Merkle trees (RFC 6962, RFC 9162), from nothing but their bytes.
 *
 * A leaf is hashed behind a byte 0, a node behind a byte 1, so that none can stand for the other.
 * Verifying walks from the leaf to the root and keeps one hash, or two for consistency: the index
 * and the last index of the tree say on which side the next hash of the proof stands. A proof that
 * is too short or too long is refused.
 *
 * Cost: a hash of two blocks a level. */
#include "ledger/merkle.h"

#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/sha256.h"

void cstn__merkle_leaf(int hardware, const void *entry, size_t size, uint8_t *out)
{
	static const uint8_t is_leaf = 0;
	cstn__sha256_state state;

	cstn__sha256_init(&state, hardware);
	cstn__sha256_put(&state, &is_leaf, 1);
	cstn__sha256_put(&state, entry, size);
	cstn__sha256_end(&state, out);
}

void cstn__merkle_row(int hardware, const uint8_t *below, size_t n, uint8_t *out)
{
	cstn__sha256_pairs(hardware, 1, below, n, out);
}

void cstn__merkle_node(int hardware, const uint8_t *left, const uint8_t *right, uint8_t *out)
{
	static const uint8_t is_node = 1;
	cstn__sha256_state state;

	cstn__sha256_init(&state, hardware);
	cstn__sha256_put(&state, &is_node, 1);
	cstn__sha256_put(&state, left, CSTN__HASH);
	cstn__sha256_put(&state, right, CSTN__HASH);
	cstn__sha256_end(&state, out);
}

cstn_status cstn_merkle_hash_entry(
		const void *entry, size_t entry_size, uint8_t *hash, cstn_error **error)
{
	if (!hash || (!entry && entry_size))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "entry or hash is NULL");
	if (entry_size > CSTN_LOG_ENTRY_MOST)
		return cstn__fail(error, CSTN_E_LIMIT, "an entry of %zu bytes; at most %d",
				entry_size, CSTN_LOG_ENTRY_MOST);
	cstn__merkle_leaf(0, entry, entry_size, hash);
	return CSTN_OK;
}

cstn_status cstn_merkle_hash_children(
		const uint8_t *left, const uint8_t *right, uint8_t *hash, cstn_error **error)
{
	if (!left || !right || !hash)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "left, right or hash is NULL");
	cstn__merkle_node(0, left, right, hash);
	return CSTN_OK;
}

static cstn_status fail_length(size_t n_proof, const char *than, cstn_error **error)
{
	return cstn__fail(error, CSTN_E_PROOF,
			"the proof has %zu hashes, %s than its sizes ask for", n_proof, than);
}

/* The place of a hash at its level, and the last place there. */
typedef struct place {
	uint64_t at, last;
} place;

static void climb(place *p)
{
	p->at >>= 1;
	p->last >>= 1;
}

/* Does the next hash of a proof stand on the left? Climbs over levels at which `at` has no sibling,
 * and to the next one. */
static int sibling_is_left(place *p)
{
	int left = (p->at & 1) || p->at == p->last;

	if (left)
		while (!(p->at & 1) && p->at)
			climb(p);
	climb(p);
	return left;
}

cstn_status cstn_merkle_verify_inclusion(uint64_t index, uint64_t size, const uint8_t *leaf,
		const uint8_t *proof, size_t n_proof, const uint8_t *root, cstn_error **error)
{
	uint8_t hash[CSTN__HASH];
	place p = {index, size - 1};
	size_t i;

	if (!leaf || !root || (!proof && n_proof))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "leaf, proof or root is NULL");
	if (index >= size)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"index %" PRIu64 " is not below the size %" PRIu64, index, size);
	memcpy(hash, leaf, CSTN__HASH);
	for (i = 0; i < n_proof; i++) {
		const uint8_t *next = proof + i * CSTN__HASH;

		if (!p.last)
			return fail_length(n_proof, "more", error);
		if (sibling_is_left(&p))
			cstn__merkle_node(0, next, hash, hash);
		else
			cstn__merkle_node(0, hash, next, hash);
	}
	if (p.last)
		return fail_length(n_proof, "fewer", error);
	if (memcmp(hash, root, CSTN__HASH) != 0)
		return cstn__fail(error, CSTN_E_PROOF,
				"the proof of entry %" PRIu64 " does not lead to the root", index);
	return CSTN_OK;
}

static cstn_status check_sizes(uint64_t size1, uint64_t size2, const uint8_t *root1,
		const uint8_t *root2, const uint8_t *proof, size_t n_proof, cstn_error **error)
{
	if (!root1 || !root2 || (!proof && n_proof))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "a root or the proof is NULL");
	if (size1 == 0 || size1 > size2)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"sizes %" PRIu64 " and %" PRIu64 "; 1 <= size1 <= size2", size1,
				size2);
	if (size1 == size2 && n_proof)
		return fail_length(n_proof, "more", error);
	if (size1 == size2 && memcmp(root1, root2, CSTN__HASH) != 0)
		return cstn__fail(error, CSTN_E_PROOF, "equal sizes, other roots");
	if (size1 < size2 && !n_proof)
		return fail_length(n_proof, "fewer", error);
	return CSTN_OK;
}

cstn_status cstn_merkle_verify_consistency(uint64_t size1, uint64_t size2, const uint8_t *root1,
		const uint8_t *root2, const uint8_t *proof, size_t n_proof, cstn_error **error)
{
	cstn_status status = check_sizes(size1, size2, root1, root2, proof, n_proof, error);
	uint8_t before[CSTN__HASH], now[CSTN__HASH];
	place p = {size1 - 1, size2 - 1};
	size_t i = 0;

	if (status != CSTN_OK || size1 == size2)
		return status;
	/* A first tree of a power of two is a node of the second: its root is not sent. */
	memcpy(before, (size1 & (size1 - 1)) ? proof + CSTN__HASH * i++ : root1, CSTN__HASH);
	memcpy(now, before, CSTN__HASH);
	while (p.at & 1)
		climb(&p);
	for (; i < n_proof; i++) {
		const uint8_t *next = proof + i * CSTN__HASH;

		if (!p.last)
			return fail_length(n_proof, "more", error);
		if (sibling_is_left(&p)) {
			cstn__merkle_node(0, next, before, before);
			cstn__merkle_node(0, next, now, now);
		} else {
			cstn__merkle_node(0, now, next, now);
		}
	}
	if (p.last)
		return fail_length(n_proof, "fewer", error);
	if (memcmp(before, root1, CSTN__HASH) != 0)
		return cstn__fail(error, CSTN_E_PROOF,
				"the proof does not lead to the root of %" PRIu64 " entries",
				size1);
	if (memcmp(now, root2, CSTN__HASH) != 0)
		return cstn__fail(error, CSTN_E_PROOF,
				"the proof does not lead to the root of %" PRIu64 " entries",
				size2);
	return CSTN_OK;
}
