#ifndef CSTN_LEDGER_MERKLE_LOG_H
#define CSTN_LEDGER_MERKLE_LOG_H

#include "base/alloc.h"
#include "ledger/merkle.h"

/* The parts of a log, for the files that make it: merkle_log.c (append), log_nodes.c (nodes, from
 * memory or from tiles), log_proof.c (roots and proofs). */

#define CSTN__LOG_MEMORY_STEP 4u /* heights: in memory, nodes of every fourth are kept */
#define CSTN__LOG_TILE_STEP 8u   /* tiles hold those of every eighth */
#define CSTN__LOG_LEVELS (64u / CSTN__LOG_MEMORY_STEP)

typedef struct cstn__node {
	uint8_t byte[CSTN__HASH];
} cstn__node;
typedef CSTN__ARRAY(cstn__node) cstn__nodes;

/* The complete trees that a log of `size` entries is made of: peak[h] counts where bit h of the
 * size is set. */
typedef struct cstn__range {
	uint64_t size;
	cstn__node peak[64];
} cstn__range;

struct cstn_log {
	cstn_allocator allocator;
	struct cstn__log_cache *cache; /* of tiles; NULL: in memory, or nothing is read */
	int hardware;
	int stored; /* 1: by `storage`; 0: the nodes are in `levels` */
	cstn__range range;
	cstn__nodes levels[CSTN__LOG_LEVELS];
	cstn_log_storage storage;
	size_t origin_len;
	char origin[CSTN_NOTE_NAME_MOST + 1];
};

/* Add a leaf. Each node that it completes of a height that is a multiple of `step` goes to the
 * level of its height, where there is room. */
void cstn__range_add(cstn__range *range, int hardware, const cstn__node *leaf, uint32_t step,
		cstn__nodes *levels);
/* The root of it all; of nothing, SHA-256 of nothing. */
void cstn__range_root(const cstn__range *range, int hardware, uint8_t *root);

/* Tiles above the lowest level, which proofs of entries far apart share, with the nodes over them:
 * at most 256 of some 16 KB. Any number of threads. CSTN_E_NOMEM. */
cstn_status cstn__log_cache_new(
		const cstn_allocator *allocator, struct cstn__log_cache **out, cstn_error **error);
void cstn__log_cache_free(const cstn_allocator *allocator, struct cstn__log_cache *cache);

/* Nodes of a log as one call reads them: each tile of a level once, while the next is not asked
 * for. One thread. */
typedef struct cstn__log_reader {
	const cstn_log *log;
	struct cstn__log_tile *tiles[64 / CSTN__LOG_TILE_STEP]; /* NULL: none was read */
} cstn__log_reader;
void cstn__log_reader_init(cstn__log_reader *reader, const cstn_log *log);
void cstn__log_reader_free(cstn__log_reader *reader);
/* Node number `index` of a height, which is complete. */
cstn_status cstn__log_node(cstn__log_reader *reader, uint32_t height, uint64_t index,
		cstn__node *out, cstn_error **error);
/* The range of the log's storage, out of its tiles. */
cstn_status cstn__log_read_range(const cstn_log *log, cstn__range *out, cstn_error **error);

#endif
