#ifndef CSTN_SHARING_LOG_ROWS_H
#define CSTN_SHARING_LOG_ROWS_H

#include <constellation/ledger.h>

#include "base/alloc.h"
#include "store/store.h"

/* The rows of a log in the store of a network: nouns log, log_entry and log_tile. */

/* Which log, as a snapshot has it. All is borrowed. */
typedef struct cstn__log_place {
	cstn__snapshot *snapshot;
	const char *party;
	size_t party_len;
	const char *constellation; /* length 0: the party's private log */
	size_t constellation_len;
	const cstn_allocator *allocator;
} cstn__log_place;

typedef struct cstn__log_state {
	uint64_t size;
	int64_t newest_us; /* the latest at_us of an entry; INT64_MIN: there is none */
	size_t n_range;
	uint8_t range[64 * CSTN_MERKLE_HASH_SIZE];
} cstn__log_state;

/* A log that is not there is empty. CSTN_E_CORRUPT. One point read. */
cstn_status cstn__log_state_read(
		const cstn__log_place *place, cstn__log_state *out, cstn_error **error);
/* As cstn_log_storage.read_tile: a point read of a whole tile, one a hash of an unfinished one. */
cstn_status cstn__log_tile_read(const cstn__log_place *place, uint32_t level, uint64_t index,
		uint32_t width, uint8_t *out, cstn_error **error);
/* The bytes of an entry, behind what `out` holds. A point read. */
cstn_status cstn__log_entry_read(
		const cstn__log_place *place, uint64_t index, cstn__bytes *out, cstn_error **error);

/* Rows of a batch, and of the log behind it, into a transaction of the store; `recorded_us` of each
 * entry and newest_us are those that are stored. */
cstn_status cstn__log_batch_put(const cstn__log_place *place, cstn__transaction *transaction,
		const cstn_log_batch *batch, const int64_t *recorded_us, int64_t newest_us,
		cstn_error **error);

#endif
