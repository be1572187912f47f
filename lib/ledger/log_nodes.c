/* Nodes of a log's tree: out of memory, or out of the tiles of its storage.
 *
 * A node of height h covers 2^h entries. Of the complete ones those of every fourth height are kept
 * in memory, which is a fifteenth more than the leaves; tiles of 256 hashes (C2SP tlog-tiles) hold
 * those of every eighth. What lies between is made from at most 8, or 128, of them. Nodes are only
 * ever added, so that the tree of any earlier size is there as well: it is put together from the
 * complete nodes that the bits of its size name, the compact range.
 *
 * Invariant: a tile is read as wide as the log makes it, at most once in a row a level and call.
 * Cost: a node of height h is 2^(h mod 8) - 1 hashes out of a tile, 2^(h mod 4) - 1 in memory. */
#include "ledger/merkle_log.h"

#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/sha256.h"

#define TILE CSTN_LOG_TILE_HASHES

typedef struct cstn__log_tile {
	uint64_t index;
	uint32_t width; /* hashes that it has; 0: nothing was read */
	cstn__node hash[TILE];
} cstn__log_tile;

/* --- the compact range ------------------------------------------------------------------------ */

void cstn__range_add(cstn__range *range, int hardware, const cstn__node *leaf, uint32_t step,
		cstn__nodes *levels)
{
	cstn__node node = *leaf;
	uint32_t height = 0;

	for (;; height++) {
		if (height % step == 0) {
			cstn__nodes *level = levels + height / step;

			level->items[level->count++] = node;
		}
		if (!(range->size >> height & 1))
			break;
		cstn__merkle_node(hardware, range->peak[height].byte, node.byte, node.byte);
	}
	range->peak[height] = node;
	range->size++;
}

void cstn__range_root(const cstn__range *range, int hardware, uint8_t *root)
{
	uint64_t rest = range->size;

	if (!rest) {
		cstn__sha256_state nothing;

		cstn__sha256_init(&nothing, hardware);
		cstn__sha256_end(&nothing, root);
		return;
	}
	memcpy(root, range->peak[__builtin_ctzll(rest)].byte, CSTN__HASH);
	for (rest &= rest - 1; rest; rest &= rest - 1)
		cstn__merkle_node(hardware, range->peak[__builtin_ctzll(rest)].byte, root, root);
}

/* --- nodes ------------------------------------------------------------------------------------ */

void cstn__log_reader_init(cstn__log_reader *reader, const cstn_log *log)
{
	memset(reader, 0, sizeof(*reader));
	reader->log = log;
}

void cstn__log_reader_free(cstn__log_reader *reader)
{
	size_t i;

	for (i = 0; i < 64 / CSTN__LOG_TILE_STEP; i++)
		cstn__free(&reader->log->allocator, reader->tiles[i], sizeof(cstn__log_tile));
}

static cstn_status read_tile(const cstn_log *log, uint32_t level, uint64_t index,
		cstn__log_tile *tile, cstn_error **error)
{
	uint64_t at_level = log->range.size >> (level * CSTN__LOG_TILE_STEP),
		 here = at_level - index * TILE;
	uint32_t width = here < TILE ? (uint32_t)here : TILE;
	cstn_status status;

	tile->width = 0;
	if (!log->storage.read_tile)
		return cstn__fail(error, CSTN_E_UNSUPPORTED,
				"the storage of the log has no read_tile");
	status = log->storage.read_tile(log->storage.user, level, index, width, tile->hash[0].byte);
	if (status != CSTN_OK)
		return cstn__fail(error, status,
				"tile %" PRIu64 " of level %u of the log could not be read", index,
				(unsigned int)level);
	tile->index = index;
	tile->width = width;
	return CSTN_OK;
}

/* The first of the hashes from number `first` of a level on; all asked for are in one tile. */
static cstn_status tile_hashes(cstn__log_reader *reader, uint32_t level, uint64_t first,
		const cstn__node **out, cstn_error **error)
{
	cstn__log_tile **tile = reader->tiles + level;
	cstn_status status = CSTN_OK;

	if (!*tile) {
		*tile = cstn__alloc(&reader->log->allocator, sizeof(**tile));
		if (!*tile)
			return cstn__fail_nomem(error);
		(*tile)->width = 0;
	}
	if (!(*tile)->width || (*tile)->index != first / TILE)
		status = read_tile(reader->log, level, first / TILE, *tile, error);
	*out = (*tile)->hash + first % TILE;
	return status;
}

/* The node out of what is kept. */
static cstn_status kept_node(cstn__log_reader *reader, uint32_t height, uint64_t index,
		cstn__node *out, cstn_error **error)
{
	const cstn_log *log = reader->log;
	uint32_t step = log->stored ? CSTN__LOG_TILE_STEP : CSTN__LOG_MEMORY_STEP,
		 over = height % step, level = height / step;
	size_t n = (size_t)1 << over, i;
	cstn__node row[TILE / 2];
	const cstn__node *kept = NULL;
	cstn_status status;

	if (log->stored) {
		status = tile_hashes(reader, level, index << over, &kept, error);
		if (status != CSTN_OK)
			return status;
	} else {
		kept = log->levels[level].items + (index << over);
	}
	memcpy(row, kept, n * sizeof(*row));
	for (n /= 2; n; n /= 2)
		for (i = 0; i < n; i++)
			cstn__merkle_node(log->hardware, row[2 * i].byte, row[2 * i + 1].byte,
					row[i].byte);
	*out = row[0];
	return CSTN_OK;
}

cstn_status cstn__log_node(cstn__log_reader *reader, uint32_t height, uint64_t index,
		cstn__node *out, cstn_error **error)
{
	const cstn__range *range = &reader->log->range;

	/* At the end of the log nothing has to be read: that is its compact range. */
	if ((range->size >> height & 1) && index == (range->size >> height) - 1) {
		*out = range->peak[height];
		return CSTN_OK;
	}
	return kept_node(reader, height, index, out, error);
}

cstn_status cstn__log_read_range(const cstn_log *log, cstn__range *out, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	cstn__log_reader reader;
	uint32_t height;

	cstn__log_reader_init(&reader, log);
	for (height = 0; height < 64 && status == CSTN_OK; height++)
		if (out->size >> height & 1)
			status = kept_node(&reader, height, (out->size >> height) - 1,
					&out->peak[height], error);
	cstn__log_reader_free(&reader);
	return status;
}
