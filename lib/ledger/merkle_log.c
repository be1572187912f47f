/* A log in memory: the hashes of its entries and the tree over them.
 *
 * A node of height h covers 2^h entries. Of the complete ones those of every fourth height are
 * kept, which is a fifteenth more than the leaves; what lies between is made from at most eight of
 * them. Nodes are only ever added, so that the tree of any earlier size is there as well: it is put
 * together from the complete nodes that the bits of its size name.
 *
 * Cost: an append is the entry's hash and about one node's; a proof some 70 hashes for ten million
 * entries. */
#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/sha256.h"
#include "base/text.h"
#include "ledger/signed_checkpoint.h"
#include "ledger/merkle.h"

#define KEPT_EACH 4 /* heights */
#define KEPT_NODES (1u << KEPT_EACH)
#define KEPT_LEVELS (64 / KEPT_EACH)

typedef struct hash {
	uint8_t byte[CSTN__HASH];
} hash;
typedef CSTN__ARRAY(hash) level;

struct cstn_log {
	cstn_allocator allocator;
	int hardware;
	level levels[KEPT_LEVELS];
	size_t origin_len;
	char origin[CSTN_NOTE_NAME_MOST + 1];
};

cstn_status cstn_log_new(const char *origin, size_t origin_len, const cstn_allocator *allocator,
		cstn_log **out, cstn_error **error)
{
	cstn_allocator memory;
	cstn_status status;
	cstn_log *log;

	if (!out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "out is NULL");
	status = cstn__checkpoint_origin(origin, origin_len, error);
	if (status != CSTN_OK)
		return status;
	status = cstn__handle_new(allocator, sizeof(*log), &memory, &log, error);
	if (status != CSTN_OK)
		return status;
	log->allocator = memory;
	log->hardware = cstn__sha256_hardware();
	log->origin_len = origin_len;
	memcpy(log->origin, origin, origin_len);
	*out = log;
	return CSTN_OK;
}

void cstn_log_free(cstn_log *log)
{
	cstn_allocator memory;
	size_t k;

	if (!log)
		return;
	memory = log->allocator;
	for (k = 0; k < KEPT_LEVELS; k++)
		cstn__array_free(&memory, log->levels + k);
	cstn__free(&memory, log, sizeof(*log));
}

uint64_t cstn_log_size(const cstn_log *log)
{
	return log ? log->levels[0].count : 0;
}

/* Node number `index` of a height, which is complete. */
static hash node(const cstn_log *log, int height, uint64_t index)
{
	hash row[KEPT_NODES / 2];
	int over = height % KEPT_EACH, h;
	size_t n = (size_t)1 << over, i;

	memcpy(row, log->levels[height / KEPT_EACH].items + index * n, n * sizeof(*row));
	for (h = 0; h < over; h++)
		for (i = 0, n /= 2; i < n; i++)
			cstn__merkle_node(log->hardware, row[2 * i].byte, row[2 * i + 1].byte,
					row[i].byte);
	return row[0];
}

/* --- append ----------------------------------------------------------------------------------- */

/* Room at each level for what `extra` more entries complete. */
static int reserve(cstn_log *log, size_t extra)
{
	uint64_t size = log->levels[0].count + extra;
	size_t k;

	for (k = 0; k < KEPT_LEVELS && size; k++, size >>= KEPT_EACH) {
		level *l = log->levels + k;

		if (cstn__array_reserve(&log->allocator, l, (size_t)size - l->count))
			return -1;
	}
	return 0;
}

/* Add a leaf, and the nodes that it completes; there is room. */
static void add_leaf(cstn_log *log, const void *entry, size_t size)
{
	size_t k;

	cstn__merkle_leaf(log->hardware, entry, size,
			log->levels[0].items[log->levels[0].count++].byte);
	for (k = 0; k + 1 < KEPT_LEVELS && log->levels[k].count % KEPT_NODES == 0; k++) {
		uint64_t parent = log->levels[k].count / KEPT_NODES - 1;
		int height = (int)k * KEPT_EACH + KEPT_EACH - 1;
		hash left = node(log, height, 2 * parent),
		     right = node(log, height, 2 * parent + 1);

		cstn__merkle_node(log->hardware, left.byte, right.byte,
				log->levels[k + 1].items[log->levels[k + 1].count++].byte);
	}
}

cstn_status cstn_log_append_batch(cstn_log *log, const void *entries, const uint64_t *ends,
		size_t count, uint64_t *first, cstn_error **error)
{
	uint64_t begin = 0, index = cstn_log_size(log);
	size_t i;

	if (!log || (count && (!ends || (!entries && ends[count - 1]))))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "log, entries or ends is NULL");
	for (i = 0; i < count; begin = ends[i++]) {
		if (ends[i] < begin)
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"entry %zu ends at %" PRIu64 ", before %" PRIu64
					" where it begins",
					i, ends[i], begin);
		if (ends[i] - begin > CSTN_LOG_ENTRY_MOST)
			return cstn__fail(error, CSTN_E_LIMIT,
					"entry %zu has %" PRIu64 " bytes; at most %d", i,
					ends[i] - begin, CSTN_LOG_ENTRY_MOST);
	}
	if (reserve(log, count))
		return cstn__fail_nomem(error);
	for (i = 0, begin = 0; i < count; begin = ends[i++])
		add_leaf(log, entries ? (const uint8_t *)entries + begin : NULL,
				(size_t)(ends[i] - begin));
	if (first)
		*first = index;
	return CSTN_OK;
}

cstn_status cstn_log_append(cstn_log *log, const void *entry, size_t entry_size, uint64_t *index,
		cstn_error **error)
{
	uint64_t end = entry_size;

	return cstn_log_append_batch(log, entry, &end, 1, index, error);
}

/* --- roots and proofs ------------------------------------------------------------------------- */

/* The tree over `n` entries from `start` on, which is a multiple of a power of two that is at least
 * n: its complete nodes from the smallest, at the end, to the largest. n > 0. */
static hash root_of(const cstn_log *log, uint64_t start, uint64_t n)
{
	int height = __builtin_ctzll(n);
	hash root, left;

	root = node(log, height, (start + n - 1) >> height);
	for (n &= n - 1; n; n &= n - 1) {
		height = __builtin_ctzll(n);
		left = node(log, height, (start + n - 1) >> height);
		cstn__merkle_node(log->hardware, left.byte, root.byte, root.byte);
	}
	return root;
}

static void root_at(const cstn_log *log, uint64_t size, uint8_t *root)
{
	hash h;

	if (size) {
		h = root_of(log, 0, size);
		memcpy(root, h.byte, CSTN__HASH);
	} else {
		cstn__sha256_state nothing;

		cstn__sha256_init(&nothing, log->hardware);
		cstn__sha256_end(&nothing, root);
	}
}

cstn_status cstn_log_root(const cstn_log *log, uint64_t size, uint8_t *root, cstn_error **error)
{
	if (!log || !root)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "log or root is NULL");
	if (size > cstn_log_size(log))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"size %" PRIu64 ", the log has %" PRIu64 " entries", size,
				cstn_log_size(log));
	root_at(log, size, root);
	return CSTN_OK;
}

cstn_status cstn_log_checkpoint(const cstn_log *log, const char *const *signers, size_t n_signers,
		cstn_buffer **out, cstn_error **error)
{
	uint8_t root[CSTN__HASH];
	cstn_buffer *text;
	cstn_status status;

	if (!log || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "log or out is NULL");
	root_at(log, cstn_log_size(log), root);
	status = cstn_checkpoint_format(log->origin, log->origin_len, cstn_log_size(log), root,
			&log->allocator, &text, error);
	if (status != CSTN_OK)
		return status;
	status = cstn_note_sign((const char *)cstn_buffer_data(text), cstn_buffer_size(text), NULL,
			0, signers, n_signers, &log->allocator, out, error);
	cstn_buffer_free(text);
	return status;
}

/* Proofs are found from the root down and sent from the leaf up. */
typedef struct path {
	hash hash[CSTN__PROOF_MOST];
	size_t n;
} path;

static cstn_status path_out(const cstn_log *log, path *p, cstn_buffer **out, cstn_error **error)
{
	size_t i;

	for (i = 0; i < p->n / 2; i++) {
		hash other = p->hash[i];

		p->hash[i] = p->hash[p->n - 1 - i];
		p->hash[p->n - 1 - i] = other;
	}
	return cstn__buffer_copy(&log->allocator, p->hash, p->n * sizeof(*p->hash), out, error);
}

/* The left side of a tree of n > 1 entries: the largest power of two below n. */
static uint64_t left_side(uint64_t n)
{
	return UINT64_C(1) << (63 - __builtin_clzll(n - 1));
}

cstn_status cstn_log_prove_inclusion(const cstn_log *log, uint64_t index, uint64_t size,
		cstn_buffer **out, cstn_error **error)
{
	uint64_t start = 0, n = size;
	path p;

	if (!log || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "log or out is NULL");
	if (index >= size || size > cstn_log_size(log))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"index %" PRIu64 " of size %" PRIu64 ", the log has %" PRIu64
				" entries",
				index, size, cstn_log_size(log));
	for (p.n = 0; n > 1; p.n++) {
		uint64_t left = left_side(n);

		if (index - start < left) {
			p.hash[p.n] = root_of(log, start + left, n - left);
			n = left;
		} else {
			p.hash[p.n] = root_of(log, start, left);
			start += left;
			n -= left;
		}
	}
	return path_out(log, &p, out, error);
}

cstn_status cstn_log_prove_consistency(const cstn_log *log, uint64_t size1, uint64_t size2,
		cstn_buffer **out, cstn_error **error)
{
	uint64_t start = 0, n = size2;
	path p;

	if (!log || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "log or out is NULL");
	if (size1 == 0 || size1 > size2 || size2 > cstn_log_size(log))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"sizes %" PRIu64 " and %" PRIu64 ", the log has %" PRIu64
				" entries",
				size1, size2, cstn_log_size(log));
	for (p.n = 0; start + n > size1; p.n++) {
		uint64_t left = left_side(n);

		if (size1 - start <= left) {
			p.hash[p.n] = root_of(log, start + left, n - left);
			n = left;
		} else {
			p.hash[p.n] = root_of(log, start, left);
			start += left;
			n -= left;
		}
	}
	/* The root of the first tree is known to whom the proof is for. */
	if (start)
		p.hash[p.n++] = root_of(log, start, n);
	return path_out(log, &p, out, error);
}
