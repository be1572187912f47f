#ifndef CSTN_STORE_KEY_FILES_H
#define CSTN_STORE_KEY_FILES_H

#include "store/engine.h"
#include "store/key_slots.h"
#include "store/log.h"

/* What the engine does with key slots: key_slots.c gives numbers and reads, key_commit.c is a
 * commit's part, key_recovery.c that of opening and of checkpoints, key_over.c lets go of files
 * that hold nothing. A store in memory has the same files in pages of memory.
 *
 * All but what key_slots.h declares is for whoever has the writer's turn. */
cstn_status cstn__slots_init(cstn__store *store, cstn_error **error);
void cstn__slots_release(cstn__store *store); /* closes the files */
void cstn__slots_drop(cstn__store *store);    /* forgets them as well */
void cstn__slots_free(cstn__store *store);

cstn__slot_file *cstn__slots_find(const cstn__store *store, uint64_t file_no);
uint32_t cstn__slots_a_file(const cstn__store *store);
/* Adds what `file` holds, which is then the store's. Room has been reserved. */
void cstn__slots_add(cstn__store *store, const cstn__slot_file *file);
/* Bytes of a file, under the slots' lock, so that no reader sees half of a slot. Writing makes the
 * file longer as needed, by whole pages. */
cstn_status cstn__slot_file_read(cstn__store *store, const cstn__slot_file *file, uint64_t offset,
		void *out, size_t size, cstn_error **error);
cstn_status cstn__slot_file_write(cstn__store *store, cstn__slot_file *file, uint64_t offset,
		const void *data, size_t size, cstn_error **error);
/* The mark of an erased slot over whatever is there. */
cstn_status cstn__slot_file_erase(
		cstn__store *store, cstn__slot_file *file, uint32_t number, cstn_error **error);
int cstn__slot_file_has_page(const cstn__slot_file *file, uint32_t number); /* in memory */
cstn_status cstn__slot_file_sync(cstn__store *store, cstn__slot_file *file, cstn_error **error);

/* The list of those whose slots are not committed; under the slots' lock. */
void cstn__slots_list(cstn__transaction *transaction);
void cstn__slots_unlist(cstn__transaction *transaction);
/* Its slots are forgotten and wiped, in any case. */
void cstn__transaction_slots_clear(cstn__transaction *transaction);
static inline int cstn__transaction_has_slots(const cstn__transaction *transaction)
{
	return transaction->slots.n_puts || transaction->slots.erased.count;
}

static inline int cstn__transaction_has_work(const cstn__transaction *transaction)
{
	return transaction->changes.count || cstn__transaction_has_slots(transaction);
}

/* --- key_commit.c: of the requests of [from, end) that are well --- */
/* Before the log: every slot that was put, on the disk. */
cstn_status cstn__slots_write(cstn__store *store, const cstn__request *from,
		const cstn__request *end, cstn_error **error);
/* The operations that name a transaction's slots. */
cstn_status cstn__slots_encode(cstn__store *store, const cstn__transaction *transaction,
		cstn__bytes *payload, uint32_t *n_ops, cstn_error **error);
/* After the log: every slot that was erased is zeros, on the disk. A failure poisons. */
cstn_status cstn__slots_zero(cstn__store *store, const cstn__request *from,
		const cstn__request *end, cstn_error **error);
/* They are committed; or, for one that failed after all, they are not. */
void cstn__slots_settle(cstn__store *store, const cstn__request *from, const cstn__request *end);
void cstn__slots_unsettle(cstn__transaction *transaction);

/* --- key_recovery.c --- */
cstn_status cstn__slots_open_file(
		cstn__store *store, const cstn__manifest_entry *entry, cstn_error **error);
/* After the replay: what the log says of slots becomes so on the disk. A read-only handle only
 * keeps in mind what is erased. `clean`: the store was closed. */
cstn_status cstn__slots_recover(cstn__store *store, int clean, cstn_error **error);
/* The new file that store->slots.wanted asks for, synced, in slots.made. */
cstn_status cstn__slots_make_file(cstn__store *store, uint64_t file_no, cstn_error **error);
void cstn__slots_take_made(cstn__store *store); /* or, when the checkpoint failed: */
void cstn__slots_drop_made(cstn__store *store);
void cstn__slots_describe(
		cstn__store *store, const cstn__slot_file *file, cstn__manifest_entry *out);

/* --- key_over.c: of a store at a path --- */
/* Before the manifest is written: which files it is to call over. */
void cstn__slots_find_over(cstn__store *store);
/* After it stands. */
void cstn__slots_let_go(cstn__store *store);

#endif
