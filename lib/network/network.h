#ifndef CSTN_NETWORK_NETWORK_H
#define CSTN_NETWORK_NETWORK_H

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <constellation/network.h>

#include "base/alloc.h"
#include "network/cells.h"
#include "network/noun.h"
#include "store/store.h"

struct cstn_network {
	cstn_allocator allocator;
	atomic_size_t references;
	cstn__vfs_posix vfs;
	cstn__store *store;
	uint32_t flags; /* CSTN_NETWORK_... */
	atomic_int closed;
	/* Commits of checked records go side by side (read); one that was checked against the
	 * network as a whole, an import, goes alone (write). */
	pthread_rwlock_t commits;
	/* Of lib/sharing: what tells the releases of this handle from those of a process that is
	 * gone (0: not drawn yet), and whether the latter were closed. */
	_Atomic uint64_t session;
	atomic_int recovered;
	/* Held while something is made of what was told before and becomes what was told. The
	 * thread that has it does not wait for itself. */
	pthread_mutex_t telling;
	int32_t commit_level; /* CSTN_COMMIT_... */
};

struct cstn_snapshot {
	cstn_allocator allocator;
	atomic_size_t references;
	cstn_network *network; /* referenced */
	cstn__snapshot *inner;
};

/* cstn_network_open() on another file system, which must live as long as the network (NULL: the
 * machine's own), with segments of at least so many rows (0: as the store likes). */
cstn_status cstn__network_open_on(cstn__vfs *vfs, uint64_t segment_rows, const char *path,
		const cstn_network_options *options, const cstn_allocator *allocator,
		cstn_network **out, cstn_error **error);

/* CSTN_E_STATE if it is closed, CSTN_E_INVALID_ARGUMENT for NULL. */
cstn_status cstn__network_check(const cstn_network *network, cstn_error **error);

/* The store's schema as the table of nouns says; in `arena`. */
cstn_status cstn__network_schema(cstn__arena *arena, cstn__store_schema *out, cstn_error **error);

/* The key of a record, by places. Texts are borrowed. */
typedef struct cstn__key {
	const cstn__noun *noun;
	struct {
		const char *text;
		size_t len;
		int64_t number;
	} parts[CSTN__KEY_MAX];
} cstn__key;

/* The same as the store takes it; points into itself, so it is not copied. */
typedef struct cstn__key_values {
	cstn__values values[CSTN__KEY_MAX];
	uint32_t offsets[CSTN__KEY_MAX][2];
	int64_t numbers[CSTN__KEY_MAX];
} cstn__key_values;
void cstn__key_to_values(const cstn__key *key, cstn__key_values *out);

/* The key as bytes, to look it up in a map; room for all keys. */
#define CSTN__KEY_BYTES (CSTN__KEY_MAX * (4u + CSTN__TEXT_MAX))
size_t cstn__key_to_bytes(const cstn__key *key, uint8_t *out);

/* From the caller's texts; parts left out at the end are empty. */
cstn_status cstn__key_read(const cstn__noun *noun, const char *const *texts, size_t n,
		cstn__key *out, cstn_error **error);
/* The key of the record of another noun that an id names: with an owner, where it has one. */
void cstn__key_of_id(const cstn__noun *noun, const char *id, size_t len, const char *owner,
		size_t owner_len, cstn__key *out);
void cstn__key_of_record(const cstn_record *record, cstn__key *out);
/* "order 'O-1'" or "membership 'acme', 'c'", for messages. */
#define CSTN__KEY_TEXT 600
const char *cstn__key_text(const cstn__key *key, char buffer[CSTN__KEY_TEXT]);

/* The row of a key, if there is one; `scan` is then freed by the caller, before `room` goes. */
cstn_status cstn__find_row(cstn__snapshot *snapshot, const cstn__key *key,
		const cstn__scan_options *options, cstn__found_room *room, cstn__scan **scan,
		cstn__scan_chunk *chunk, int *found, cstn_error **error);

/* The same for all columns; `row` is then dropped. */
cstn_status cstn__find_whole_row(cstn__snapshot *snapshot, const cstn__key *key,
		const cstn__scan_options *options, cstn__whole_row *row, int *found,
		cstn_error **error);

/* All fields of a record by its key; NULL if there is none. */
cstn_status cstn__snapshot_record(cstn__snapshot *snapshot, const cstn__key *key, int64_t as_of_us,
		const cstn_allocator *allocator, cstn_record **out, cstn_error **error);
/* Fill a record from one row of a chunk whose columns are all fields in order, then seq. */
cstn_status cstn__record_read(const cstn__noun *noun, const cstn__scan_chunk *chunk, uint64_t row,
		const cstn_allocator *allocator, cstn_record **out, cstn_error **error);
/* The ids of all columns of a noun and CSTN__COLUMN_SEQ: n_fields + 1 of them. */
void cstn__noun_columns(const cstn__noun *noun, uint32_t *out);

/* What two companies are to each other, from what each declares (CSTN_RELATION_...). */
int32_t cstn__relation_effective(int32_t a, int32_t b);
/* Are two companies partners in one constellation and competitors in another? */
cstn_status cstn__relation_is_dual_pair(cstn__snapshot *snapshot, const char *a, const char *b,
		int64_t now_us, const cstn_allocator *allocator, int *out, cstn_error **error);

#define CSTN__FIELDS_MAX 128u

#endif
