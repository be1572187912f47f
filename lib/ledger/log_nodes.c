/* Nodes of a log's tree: out of memory, or out of the tiles of its storage.
 *
 * A node of height h covers 2^h entries. Of the complete ones those of every fourth height are kept
 * in memory, which is a fifteenth more than the leaves; tiles of 256 hashes (C2SP tlog-tiles) hold
 * those of every eighth. What lies between is made from at most 8 of them, or once for a whole
 * tile, and the log keeps such tiles above the lowest level: entries all over it share them. Nodes
 * are only ever added, so that the tree of any earlier size is there as well: it is put together
 * from the complete nodes that the bits of its size name, the compact range.
 *
 * Invariant: a tile is read as wide as the log makes it, at most once in a row a level and call.
 * Cost: a node of height h is 2^(h mod 4) - 1 hashes in memory; out of tiles, at most 254 hashes
 * for all nodes over one. */
#include "ledger/merkle_log.h"

#include <inttypes.h>
#include <pthread.h>
#include <string.h>

#include "base/error.h"
#include "base/sha256.h"

#define TILE CSTN_LOG_TILE_HASHES

/* Where in a tile the nodes stand that are so many heights over its hashes: behind those below. */
#define OVER(heights) (2u * TILE - (2u * TILE >> (heights)))

typedef struct cstn__log_tile {
	uint64_t index;
	uint32_t level;
	uint32_t width; /* hashes that it has; 0: nothing was read */
	int is_made;    /* the nodes over them are there, too */
	cstn__node node[2 * TILE];
} cstn__log_tile;

/* --- tiles that are kept ---------------------------------------------------------------------- */

#define SLOTS 256u
#define SLOTS_ABOVE 16u /* of them for levels above the second */

/* A tile has one place, which it shares with others. */
struct cstn__log_cache {
	pthread_mutex_t lock;
	cstn__log_tile *slots[SLOTS]; /* NULL: nothing was kept there */
};

static cstn__log_tile **slot_of(struct cstn__log_cache *cache, uint32_t level, uint64_t index)
{
	return cache->slots + (level == 1 ? index % (SLOTS - SLOTS_ABOVE)
					  : SLOTS - 1 - (index + level) % SLOTS_ABOVE);
}

cstn_status cstn__log_cache_new(
		const cstn_allocator *allocator, struct cstn__log_cache **out, cstn_error **error)
{
	struct cstn__log_cache *cache = cstn__alloc_zero(allocator, sizeof(*cache));

	if (!cache)
		return cstn__fail_nomem(error);
	if (pthread_mutex_init(&cache->lock, NULL)) {
		cstn__free(allocator, cache, sizeof(*cache));
		return cstn__fail_nomem(error);
	}
	*out = cache;
	return CSTN_OK;
}

void cstn__log_cache_free(const cstn_allocator *allocator, struct cstn__log_cache *cache)
{
	size_t i;

	if (!cache)
		return;
	for (i = 0; i < SLOTS; i++)
		cstn__free(allocator, cache->slots[i], sizeof(cstn__log_tile));
	pthread_mutex_destroy(&cache->lock);
	cstn__free(allocator, cache, sizeof(*cache));
}

/* The tile as wide as it is now, if it is kept. */
static int recall(const cstn_log *log, uint32_t level, uint64_t index, uint32_t width,
		cstn__log_tile *out)
{
	const cstn__log_tile *kept;
	int found;

	if (!level)
		return 0;
	pthread_mutex_lock(&log->cache->lock);
	kept = *slot_of(log->cache, level, index);
	found = kept && kept->level == level && kept->index == index && kept->width == width;
	if (found)
		*out = *kept;
	pthread_mutex_unlock(&log->cache->lock);
	return found;
}

static cstn_status keep(const cstn_log *log, const cstn__log_tile *tile, cstn_error **error)
{
	cstn__log_tile **slot = slot_of(log->cache, tile->level, tile->index);
	int is_kept;

	pthread_mutex_lock(&log->cache->lock);
	if (!*slot)
		*slot = cstn__alloc(&log->allocator, sizeof(**slot));
	is_kept = *slot != NULL;
	if (is_kept)
		**slot = *tile;
	pthread_mutex_unlock(&log->cache->lock);
	return is_kept ? CSTN_OK : cstn__fail_nomem(error);
}

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
	if (log->cache && recall(log, level, index, width, tile))
		return CSTN_OK;
	if (!log->storage.read_tile)
		return cstn__fail(error, CSTN_E_UNSUPPORTED,
				"the storage of the log has no read_tile");
	status = log->storage.read_tile(log->storage.user, level, index, width, tile->node[0].byte);
	if (status != CSTN_OK)
		return cstn__fail(error, status,
				"tile %" PRIu64 " of level %u of the log could not be read", index,
				(unsigned int)level);
	tile->level = level;
	tile->index = index;
	tile->width = width;
	tile->is_made = 0;
	return CSTN_OK;
}

/* All nodes over the hashes of a tile. */
static cstn_status make_nodes(const cstn_log *log, cstn__log_tile *tile, cstn_error **error)
{
	uint32_t over;

	for (over = 1; over < CSTN__LOG_TILE_STEP; over++)
		cstn__merkle_row(log->hardware, tile->node[OVER(over - 1)].byte,
				tile->width >> over, tile->node[OVER(over)].byte);
	tile->is_made = 1;
	return tile->level ? keep(log, tile, error) : CSTN_OK;
}

/* The node of a height; what it is over is in one tile. */
static cstn_status tile_node(cstn__log_reader *reader, uint32_t height, uint64_t index,
		cstn__node *out, cstn_error **error)
{
	uint32_t over = height % CSTN__LOG_TILE_STEP, level = height / CSTN__LOG_TILE_STEP;
	uint64_t first = index << over;
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
	if (status != CSTN_OK)
		return status;
	if (over && !(*tile)->is_made)
		status = make_nodes(reader->log, *tile, error);
	if (status == CSTN_OK)
		*out = (*tile)->node[OVER(over) + (first % TILE >> over)];
	return status;
}

/* The node out of what is kept. */
static cstn_status kept_node(cstn__log_reader *reader, uint32_t height, uint64_t index,
		cstn__node *out, cstn_error **error)
{
	const cstn_log *log = reader->log;
	uint32_t over = height % CSTN__LOG_MEMORY_STEP, level = height / CSTN__LOG_MEMORY_STEP;
	size_t n = (size_t)1 << over;
	cstn__node row[1 << (CSTN__LOG_MEMORY_STEP - 1)];

	if (log->stored)
		return tile_node(reader, height, index, out, error);
	memcpy(row, log->levels[level].items + (index << over), n * sizeof(*row));
	for (n /= 2; n; n /= 2)
		cstn__merkle_row(log->hardware, row[0].byte, n, row[0].byte);
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
