#ifndef CSTN_STORE_KEY_SLOTS_H
#define CSTN_STORE_KEY_SLOTS_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"
#include "base/map.h"
#include "store/manifest.h"
#include "store/store.h"
#include "store/vfs.h"

/* Key slots: a few bytes each (a wrapped key, a salt, a search row) that can be made to die, in a
 * store that otherwise forgets nothing. They lie in files of their own, outside log, segments and
 * backups, and are the only thing that is overwritten in place.
 *
 * A slot is named by a number that fits an int64 column: rows hold the number, never the bytes. A
 * number is given once and never again, so that a row of any age opens its own slot or none.
 *
 * What holds: the bytes are on the disk before the commit whose rows name them; an erasure is
 * committed, then the bytes are zeros on the disk, then it is acknowledged; no log that says
 * "erased" is retired before those zeros are synced, and recovery writes them again. */
#define CSTN__SLOT_BYTES_MAX 120u /* up to 56 take a slot of 64 bytes, more one of 128 */

#define CSTN__SLOT_HELD 0u
#define CSTN__SLOT_ERASED 1u
#define CSTN__SLOT_ABSENT 2u /* its file is not there: this store was restored from a backup */

/* --- for the layer above ---
 *
 * Bytes for a new slot, copied (wiped when the transaction ends) and kept by the commit. The number
 * may go into rows of the same transaction at once. CSTN_E_INVALID_ARGUMENT unless size is 1 to
 * 120. Once in 65,536 slots of a size this makes a file, and so a checkpoint; then it may fail as
 * that does. */
cstn_status cstn__transaction_put_slot(cstn__transaction *transaction, const void *data,
		size_t size, uint64_t *slot, cstn_error **error);
/* The commit erases the slot, at level FULL whatever the store's: when it returns CSTN_OK, the
 * bytes are gone from memory and disk. Erasing again, or what is absent, is no error.
 * CSTN_E_NOT_FOUND for a number that was never given; CSTN_E_BUSY while another open transaction
 * holds the bytes, which may still write them. A failure while the zeros are written poisons the
 * handle: the erasure is committed then, and the next open carries it out. */
cstn_status cstn__transaction_erase_slot(
		cstn__transaction *transaction, uint64_t slot, cstn_error **error);
/* The first `size` bytes of a slot, for any thread; no copy of them is kept. `out` is written with
 * CSTN__SLOT_HELD only. Bytes after those that were put are 0. An erased slot is refused as soon as
 * its erasure is committed, also where the bytes still lie on the disk. CSTN_E_NOT_FOUND: nothing
 * was ever written there, as its transaction did not come to be; CSTN_E_CORRUPT: this slot is
 * damaged, others may be whole. */
cstn_status cstn__store_read_slot(cstn__store *store, uint64_t slot, void *out, size_t size,
		uint32_t *state, cstn_error **error);

/* --- the file (key_file.c) ---
 *
 * Header of 4,096 bytes, then slots; a file is a whole number of 4,096 bytes. A slot is an H64 of
 * its bytes, seeded with store, file and place, and the bytes; an erased one is zeros behind the
 * complement of their H64; one that was never filled is zeros. No slot crosses a sector of 512
 * bytes. */
#define CSTN__SLOT_HEADER 4096u
#define CSTN__SLOT_PAGE 4096u
#define CSTN__SLOT_HASH 8u
#define CSTN__SLOT_NUMBER_BITS 20u
#define CSTN__SLOT_FILE_SLOTS (1u << CSTN__SLOT_NUMBER_BITS) /* most in a file */
#define CSTN__SLOT_COLUMN 2u /* of the numbers in a log's operations on slots */

static inline uint64_t cstn__slot_name(uint64_t file_no, uint32_t number)
{
	return file_no << CSTN__SLOT_NUMBER_BITS | number;
}
static inline uint64_t cstn__slot_file_no(uint64_t slot)
{
	return slot >> CSTN__SLOT_NUMBER_BITS;
}
static inline uint32_t cstn__slot_number(uint64_t slot)
{
	return (uint32_t)slot & (CSTN__SLOT_FILE_SLOTS - 1);
}
static inline uint64_t cstn__slot_offset(uint32_t slot_size, uint32_t number)
{
	return CSTN__SLOT_HEADER + (uint64_t)number * slot_size;
}

typedef struct cstn__slot_header {
	uint8_t uuid[16];
	uint64_t file_no;
	uint32_t slot_size;
} cstn__slot_header;
void cstn__slot_header_write(const cstn__slot_header *header, uint8_t out[CSTN__SLOT_HEADER]);
/* `uuid` NULL: of any store and number. CSTN_E_CORRUPT, CSTN_E_NEWER_FORMAT. */
cstn_status cstn__slot_header_read(const uint8_t *data, size_t size, const uint8_t uuid[16],
		uint64_t file_no, cstn__slot_header *out, cstn_error **error);
/* `out`: slot_size bytes. */
void cstn__slot_write(const cstn__slot_header *file, uint32_t number, const void *data, size_t size,
		uint8_t *out);
void cstn__slot_write_erased(const cstn__slot_header *file, uint32_t number, uint8_t *out);
#define CSTN__SLOT_IS_EMPTY 0 /* never filled */
#define CSTN__SLOT_IS_WHOLE 1
#define CSTN__SLOT_IS_ERASED 2
#define CSTN__SLOT_IS_BAD 3
int cstn__slot_check(const cstn__slot_header *file, uint32_t number, const uint8_t *bytes);

/* Which slots a log names: for recovery, verify and salvage. What is erased stays so, whatever else
 * the log says of it. */
#define CSTN__SLOT_LOG_PUT 1u
#define CSTN__SLOT_LOG_ERASED 2u
typedef struct cstn__slot_log {
	cstn_allocator allocator;
	cstn__i64_map map; /* slot to its place among the items */
	CSTN__ARRAY(struct cstn__slot_logged {
		uint64_t slot;
		uint32_t state; /* CSTN__SLOT_LOG_ */
	})
	items;
} cstn__slot_log;
struct cstn__log_op;
void cstn__slot_log_init(cstn__slot_log *log, const cstn_allocator *allocator);
void cstn__slot_log_free(cstn__slot_log *log);
/* Takes an operation CSTN__OP_PUT_SLOTS or _ERASE_SLOTS. */
cstn_status cstn__slot_log_take(
		cstn__slot_log *log, const struct cstn__log_op *op, cstn_error **error);
/* 0: the log does not name it; else CSTN__SLOT_LOG_. */
uint32_t cstn__slot_log_find(const cstn__slot_log *log, uint64_t slot);

#endif
