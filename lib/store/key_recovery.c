/* Key slots when a store is opened, and in checkpoints.
 *
 * A manifest says of a file how many slots were given out, but for those at the end that were given
 * to transactions still open, and up to which of them all is settled: committed, or never to be.
 * What was committed since is named by the log. So recovery knows what a
 * crash may have left half done, and makes it as if it had never begun: beyond what was given out,
 * whatever the log does not name becomes zeros; between settled and given out, what is no whole
 * slot. What is whole or zeros there may only have been so in the page cache, of which a sync that
 * failed left half behind on the disk: it is written once more, and synced before the checkpoint
 * that calls it settled. And whatever the log says is erased becomes zeros once more, before the
 * checkpoint that retires that log, for the same reason. So is the log itself before that. Cost:
 * one page a file, what is in doubt, and the log if it erases. */
#include "store/key_files.h"

#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "store/durable.h"
#include "store/file_io.h"
#include "store/rule.h"

#define REWRITE_BYTES 65536u
#define FILES_MOST (UINT64_C(1) << (63 - CSTN__SLOT_NUMBER_BITS))

static cstn_status check_file(cstn__store *store, cstn__slot_file *file,
		const cstn__manifest_entry *entry, const char *path, cstn_error **error)
{
	cstn__vfs *vfs = store->durable->vfs;
	uint8_t head[CSTN__SLOT_HEADER];
	int reason = vfs->size(vfs, file->file, &file->size);
	cstn_status status;

	if (reason)
		return cstn__io_fail(error, reason, "size", path);
	if (file->size < entry->size)
		return cstn__fail(error, CSTN_E_CORRUPT,
				"'%s' has %" PRIu64 " bytes, %" PRIu64 " expected", path,
				file->size, entry->size);
	status = cstn__io_read(vfs, file->file, path, head, sizeof(head), 0, error);
	if (status == CSTN_OK)
		status = cstn__slot_header_read(head, sizeof(head), store->uuid, entry->file_no,
				&file->header, error);
	if (status == CSTN_E_CORRUPT)
		cstn__error_prefix(error, "'%s': ", path);
	return status;
}

cstn_status cstn__slots_open_file(
		cstn__store *store, const cstn__manifest_entry *entry, cstn_error **error)
{
	cstn__slot_file file = {.next = (uint32_t)entry->child_rows,
			.settled = (uint32_t)entry->rows,
			.doubtful = UINT32_MAX,
			.may_be_over = 1};
	cstn__vfs *vfs = store->durable->vfs;
	uint32_t flags = store->options.flags & CSTN__STORE_READ_ONLY ? CSTN__VFS_READ
								      : CSTN__VFS_WRITE;
	cstn__path path;
	cstn_status status;

	if (cstn__array_reserve(&store->allocator, &store->slots.files, 1))
		return cstn__fail_nomem(error);
	if (entry->flags & CSTN__ENTRY_SLOTS_OVER) {
		file.header.file_no = entry->file_no;
		file.header.slot_size = entry->seal[0];
		file.over = 1;
		cstn__slots_add(store, &file);
		return CSTN_OK;
	}
	cstn__durable_path(store->durable, CSTN__ENTRY_KEY_SLOTS, entry->file_no, &path);
	status = cstn__io_open(vfs, path.text, flags, &file.file, error);
	if (status != CSTN_OK)
		return status;
	status = check_file(store, &file, entry, path.text, error);
	if (status == CSTN_OK)
		cstn__slots_add(store, &file);
	else
		vfs->close(vfs, file.file);
	return status;
}

/* --- recovery --- */

/* What settles a file: slots below `given` were given out as the manifest says. */
typedef struct settling {
	cstn__slot_file *file;
	uint32_t given;
	int clean; /* the store was closed: what was never given out was never written */
	uint8_t page[CSTN__SLOT_PAGE];
	int in_doubt; /* something of the page is written once more */
} settling;

/* One slot that the manifest does not vouch for, `size` bytes of it. */
static void settle_slot(const cstn__store *store, settling *at, uint32_t number, uint8_t *bytes,
		uint64_t size)
{
	cstn__slot_file *file = at->file;
	uint64_t slot = cstn__slot_name(file->header.file_no, number);
	int found = CSTN__SLOT_IS_BAD;

	if (size == file->header.slot_size)
		found = cstn__slot_check(&file->header, number, bytes);
	if (cstn__slot_log_find(&store->slots.log, slot) == CSTN__SLOT_LOG_PUT) {
		if (number >= file->next)
			file->next = number + 1;
		return;
	}
	/* A whole one that was given out may be some older transaction's. */
	if (number >= at->given ? found != CSTN__SLOT_IS_EMPTY : found == CSTN__SLOT_IS_BAD)
		memset(bytes, 0, size);
	else if (number >= at->given && at->clean)
		return;
	at->in_doubt = 1;
}

/* Slots from `settled` on, a page at a time. */
static cstn_status settle_file(
		cstn__store *store, cstn__slot_file *file, int clean, cstn_error **error)
{
	settling at = {.file = file, .given = file->next, .clean = clean};
	uint32_t slot_size = file->header.slot_size;
	uint64_t end = file->size;
	cstn_status status = CSTN_OK;

	for (uint32_t number = file->settled; status == CSTN_OK;) {
		uint64_t offset = cstn__slot_offset(slot_size, number);
		size_t size = sizeof(at.page);

		if (offset >= end || number >= CSTN__SLOT_FILE_SLOTS)
			break;
		if (end - offset < size)
			size = (size_t)(end - offset);
		at.in_doubt = 0;
		status = cstn__slot_file_read(store, file, offset, at.page, size, error);
		for (size_t i = 0; status == CSTN_OK && i < size; number++, i += slot_size)
			settle_slot(store, &at, number, at.page + i,
					size - i < slot_size ? size - i : slot_size);
		if (status == CSTN_OK && at.in_doubt)
			status = cstn__slot_file_write(store, file, offset, at.page, size, error);
	}
	cstn__wipe(at.page, sizeof(at.page));
	file->settled = file->next;
	return status;
}

static int erases(const cstn__slot_log *log)
{
	for (size_t i = 0; i < log->items.count; i++)
		if (log->items.items[i].state == CSTN__SLOT_LOG_ERASED)
			return 1;
	return 0;
}

static cstn_status rewrite(
		cstn__store *store, cstn__vfs_file *file, const char *path, cstn_error **error)
{
	cstn__vfs *vfs = store->durable->vfs;
	uint64_t end = store->durable->log_end;
	uint8_t *data = cstn__alloc(&store->allocator, REWRITE_BYTES);
	cstn_status status = data ? CSTN_OK : cstn__fail_nomem(error);

	for (uint64_t at = 0; status == CSTN_OK && at < end; at += REWRITE_BYTES) {
		size_t here = end - at < REWRITE_BYTES ? (size_t)(end - at) : REWRITE_BYTES;

		status = cstn__io_read(vfs, file, path, data, here, at, error);
		if (status == CSTN_OK)
			status = cstn__io_write(vfs, file, path, data, here, at, error);
	}
	cstn__free(&store->allocator, data, REWRITE_BYTES);
	return status == CSTN_OK ? cstn__durable_sync_data(store, file, path, error) : status;
}

/* The log was read, perhaps from the page cache alone, and after a failed sync no other sync brings
 * it to the disk. Before anything is overwritten because of it, it is written once more, byte for
 * byte, and synced: else the power might take the erasure and leave the zeros. */
static cstn_status make_sure_of_log(cstn__store *store, cstn_error **error)
{
	cstn__durable *durable = store->durable;
	cstn__vfs_file *file = NULL;
	cstn__path path;
	cstn_status status;

	if (!erases(&store->slots.log))
		return CSTN_OK;
	cstn__durable_path(durable, CSTN__ENTRY_LOG, durable->log_header.file_no, &path);
	status = cstn__io_open(durable->vfs, path.text, CSTN__VFS_WRITE, &file, error);
	if (status == CSTN_OK)
		status = rewrite(store, file, path.text, error);
	if (file)
		durable->vfs->close(durable->vfs, file);
	return status;
}

static cstn_status follow_log(cstn__store *store, cstn_error **error)
{
	const cstn__slot_log *log = &store->slots.log;
	cstn_status status = CSTN_OK;

	for (size_t i = 0; status == CSTN_OK && i < log->items.count; i++) {
		uint64_t slot = log->items.items[i].slot;
		cstn__slot_file *file = cstn__slots_find(store, cstn__slot_file_no(slot));
		uint32_t number = cstn__slot_number(slot);

		if (!file || file->over)
			continue;
		if (number >= file->next) /* of a file that is shorter than it was */
			file->next = number + 1;
		if (log->items.items[i].state == CSTN__SLOT_LOG_ERASED)
			status = cstn__slot_file_erase(store, file, number, error);
	}
	return status;
}

cstn_status cstn__slots_recover(cstn__store *store, int clean, cstn_error **error)
{
	cstn__slots *slots = &store->slots;
	cstn_status status = CSTN_OK;

	if (store->options.flags & CSTN__STORE_READ_ONLY) {
		for (size_t i = 0; i < slots->log.items.count; i++) {
			uint64_t slot = slots->log.items.items[i].slot;
			cstn__slot_file *file = cstn__slots_find(store, cstn__slot_file_no(slot));

			if (file && cstn__slot_number(slot) >= file->next)
				file->next = cstn__slot_number(slot) + 1;
		}
		return CSTN_OK;
	}
	status = make_sure_of_log(store, error);
	for (size_t i = 0; status == CSTN_OK && i < slots->files.count; i++)
		if (!slots->files.items[i].over)
			status = settle_file(store, &slots->files.items[i], clean, error);
	if (status == CSTN_OK)
		status = follow_log(store, error);
	for (size_t i = 0; status == CSTN_OK && i < slots->files.count; i++)
		if (CSTN__RULE(CSTN__RULE_ZERO_BEFORE_RETIRE))
			status = cstn__slot_file_sync(store, &slots->files.items[i], error);
	cstn__slot_log_free(&slots->log);
	cstn__slot_log_init(&slots->log, &store->allocator);
	return status;
}

/* --- checkpoints --- */

cstn_status cstn__slots_make_file(cstn__store *store, uint64_t file_no, cstn_error **error)
{
	cstn__durable *durable = store->durable;
	cstn__slot_file *made = &store->slots.made;
	uint8_t bytes[CSTN__SLOT_HEADER + CSTN__SLOT_PAGE] = {0};
	cstn__path path;
	cstn_status status;
	int failed;

	if (file_no >= FILES_MOST)
		return cstn__fail(error, CSTN_E_LIMIT,
				"key slots: file number %" PRIu64 ", below %" PRIu64 " are allowed",
				file_no, FILES_MOST);
	pthread_mutex_lock(&store->slots.lock);
	failed = cstn__array_reserve(&store->allocator, &store->slots.files, 1);
	pthread_mutex_unlock(&store->slots.lock);
	if (failed)
		return cstn__fail_nomem(error);
	memset(made, 0, sizeof(*made));
	memcpy(made->header.uuid, store->uuid, sizeof(store->uuid));
	made->header.file_no = file_no;
	made->header.slot_size = store->slots.wanted;
	made->size = sizeof(bytes);
	made->doubtful = UINT32_MAX;
	cstn__slot_header_write(&made->header, bytes);
	cstn__durable_path(durable, CSTN__ENTRY_KEY_SLOTS, file_no, &path);
	status = cstn__io_open(durable->vfs, path.text,
			CSTN__VFS_WRITE | CSTN__VFS_CREATE | CSTN__VFS_EXCLUSIVE, &made->file,
			error);
	if (status == CSTN_OK)
		status = cstn__io_write(durable->vfs, made->file, path.text, bytes, sizeof(bytes),
				0, error);
	if (status == CSTN_OK)
		status = cstn__durable_sync_file(store, made->file, path.text, error);
	return status;
}

void cstn__slots_take_made(cstn__store *store)
{
	cstn__slots *slots = &store->slots;

	if (!slots->made.file)
		return;
	pthread_mutex_lock(&slots->lock);
	cstn__slots_add(store, &slots->made);
	pthread_mutex_unlock(&slots->lock);
	memset(&slots->made, 0, sizeof(slots->made));
}

void cstn__slots_drop_made(cstn__store *store)
{
	if (store->slots.made.file)
		store->durable->vfs->close(store->durable->vfs, store->slots.made.file);
	memset(&store->slots.made, 0, sizeof(store->slots.made));
}

/* Up to where numbers were given out, less those at the end whose transactions have not ended:
 * recovery takes them for never given, and what they left behind for rubbish. Should they commit,
 * the log names them. */
static uint32_t given_for_good(const cstn__store *store, const cstn__slot_file *file)
{
	uint32_t given = file->next, before;

	do {
		before = given;
		for (const cstn__transaction *at = store->slots.open; at; at = at->slots.next)
			for (size_t i = at->slots.n_puts; i > 0 && given; i--)
				given -= at->slots.puts[i - 1].slot ==
					 cstn__slot_name(file->header.file_no, given - 1);
	} while (given != before);
	return given;
}

void cstn__slots_describe(
		cstn__store *store, const cstn__slot_file *file, cstn__manifest_entry *out)
{
	uint32_t settled;

	memset(out, 0, sizeof(*out));
	pthread_mutex_lock(&store->slots.lock);
	settled = file->next < file->doubtful ? file->next : file->doubtful;
	for (const cstn__transaction *at = store->slots.open; at; at = at->slots.next)
		for (size_t i = 0; i < at->slots.n_puts; i++) {
			uint64_t slot = at->slots.puts[i].slot;

			if (cstn__slot_file_no(slot) == file->header.file_no &&
					cstn__slot_number(slot) < settled)
				settled = cstn__slot_number(slot);
		}
	out->kind = CSTN__ENTRY_KEY_SLOTS;
	out->file_no = file->header.file_no;
	out->size = file->size;
	out->rows = settled;
	out->child_rows = given_for_good(store, file);
	if (file->over || file->leaving) {
		out->flags = CSTN__ENTRY_SLOTS_OVER;
		out->size = 0;
		out->rows = file->next;
		out->seal[0] = (uint8_t)file->header.slot_size;
	}
	pthread_mutex_unlock(&store->slots.lock);
}
