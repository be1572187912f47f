/* Roots and proofs of a log (RFC 6962, RFC 9162), put together from complete nodes.
 *
 * Cost: some 70 hashes for ten million entries in memory; out of storage a tile each level, three
 * for ten million entries, and at most 255 hashes a tile. */
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "ledger/merkle_log.h"

/* The tree over `n` entries from `start` on, which is a multiple of a power of two that is at least
 * n: its complete nodes from the smallest, at the end, to the largest. n > 0. */
static cstn_status root_of(cstn__log_reader *reader, uint64_t start, uint64_t n, cstn__node *root,
		cstn_error **error)
{
	uint32_t height = (uint32_t)__builtin_ctzll(n);
	cstn__node left;
	cstn_status status = cstn__log_node(reader, height, (start + n - 1) >> height, root, error);

	for (n &= n - 1; n && status == CSTN_OK; n &= n - 1) {
		height = (uint32_t)__builtin_ctzll(n);
		status = cstn__log_node(reader, height, (start + n - 1) >> height, &left, error);
		if (status == CSTN_OK)
			cstn__merkle_node(reader->log->hardware, left.byte, root->byte, root->byte);
	}
	return status;
}

cstn_status cstn_log_root(const cstn_log *log, uint64_t size, uint8_t *root, cstn_error **error)
{
	static const cstn__range empty;
	cstn__log_reader reader;
	cstn_status status;
	cstn__node node;

	if (!log || !root)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "log or root is NULL");
	if (size > cstn_log_size(log))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"size %" PRIu64 ", the log has %" PRIu64 " entries", size,
				cstn_log_size(log));
	if (size == 0 || size == cstn_log_size(log)) {
		cstn__range_root(size ? &log->range : &empty, log->hardware, root);
		return CSTN_OK;
	}
	cstn__log_reader_init(&reader, log);
	status = root_of(&reader, 0, size, &node, error);
	cstn__log_reader_free(&reader);
	if (status == CSTN_OK)
		memcpy(root, node.byte, CSTN__HASH);
	return status;
}

/* A proof is found from the root down and sent from the leaf up. `start` and `n` are the tree that
 * is left. */
typedef struct path {
	cstn__log_reader reader;
	uint64_t start, n;
	size_t count;
	cstn__node hash[CSTN__PROOF_MOST];
} path;

static void path_begin(path *p, const cstn_log *log, uint64_t size)
{
	cstn__log_reader_init(&p->reader, log);
	p->start = 0;
	p->n = size;
	p->count = 0;
}

/* Go to the side that entry `towards` is on, and take the root of the other. */
static cstn_status path_down(path *p, uint64_t towards, cstn_error **error)
{
	/* The largest power of two below n > 1. */
	uint64_t left = UINT64_C(1) << (63 - __builtin_clzll(p->n - 1));
	cstn__node *other = p->hash + p->count++;
	cstn_status status;

	if (towards - p->start < left) {
		status = root_of(&p->reader, p->start + left, p->n - left, other, error);
		p->n = left;
	} else {
		status = root_of(&p->reader, p->start, left, other, error);
		p->start += left;
		p->n -= left;
	}
	return status;
}

static cstn_status path_end(path *p, cstn_status status, cstn_buffer **out, cstn_error **error)
{
	size_t i;

	for (i = 0; i < p->count / 2; i++) {
		cstn__node other = p->hash[i];

		p->hash[i] = p->hash[p->count - 1 - i];
		p->hash[p->count - 1 - i] = other;
	}
	if (status == CSTN_OK)
		status = cstn__buffer_copy(&p->reader.log->allocator, p->hash,
				p->count * sizeof(*p->hash), out, error);
	cstn__log_reader_free(&p->reader);
	return status;
}

cstn_status cstn_log_prove_inclusion(const cstn_log *log, uint64_t index, uint64_t size,
		cstn_buffer **out, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	path p;

	if (!log || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "log or out is NULL");
	if (index >= size || size > cstn_log_size(log))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"index %" PRIu64 " of size %" PRIu64 ", the log has %" PRIu64
				" entries",
				index, size, cstn_log_size(log));
	path_begin(&p, log, size);
	while (p.n > 1 && status == CSTN_OK)
		status = path_down(&p, index, error);
	return path_end(&p, status, out, error);
}

cstn_status cstn_log_prove_consistency(const cstn_log *log, uint64_t size1, uint64_t size2,
		cstn_buffer **out, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	path p;

	if (!log || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "log or out is NULL");
	if (size1 == 0 || size1 > size2 || size2 > cstn_log_size(log))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"sizes %" PRIu64 " and %" PRIu64 ", the log has %" PRIu64
				" entries; 1 <= size1 <= size2",
				size1, size2, cstn_log_size(log));
	path_begin(&p, log, size2);
	while (p.start + p.n > size1 && status == CSTN_OK)
		status = path_down(&p, size1 - 1, error);
	/* The root of the first tree is known to whom the proof is for. */
	if (p.start && status == CSTN_OK)
		status = root_of(&p.reader, p.start, p.n, p.hash + p.count++, error);
	return path_end(&p, status, out, error);
}
