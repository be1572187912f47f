/* Key slots, against the manifest and the log: what is settled holds bytes, is erased or was never
 * filled; what the log says was put is there. A slot that no commit vouches for may be half
 * written, as after a crash, unless the store was closed. Nothing of the bytes is reported. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "store/file_io.h"
#include "store/tool_verify.h"

typedef struct slot_check {
	const cstn__verify *verify;
	const cstn__manifest_entry *entry;
	cstn__slot_header header;
	uint64_t held, bad;
	uint32_t first_bad;
} slot_check;

/* 1 if this may not be: `found` is a CSTN__SLOT_IS_. */
static int is_wrong(const slot_check *check, uint32_t number, int found)
{
	uint32_t logged = cstn__slot_log_find(
			&check->verify->slots, cstn__slot_name(check->header.file_no, number));

	if (logged == CSTN__SLOT_LOG_ERASED) /* the next open sees to it */
		return 0;
	if (logged == CSTN__SLOT_LOG_PUT)
		return found == CSTN__SLOT_IS_BAD || found == CSTN__SLOT_IS_EMPTY;
	if (number < check->entry->rows)
		return found == CSTN__SLOT_IS_BAD;
	if (!(check->verify->manifest.flags & CSTN__MANIFEST_CLEAN))
		return 0;
	return number < check->entry->child_rows ? 0 : found != CSTN__SLOT_IS_EMPTY;
}

static void take_slot(slot_check *check, uint32_t number, int found)
{
	check->held += found == CSTN__SLOT_IS_WHOLE;
	if (!is_wrong(check, number, found))
		return;
	if (check->bad++ == 0)
		check->first_bad = number;
}

static cstn_status read_slots(slot_check *check, cstn__vfs_file *file, const char *path,
		uint64_t size, cstn_error **error)
{
	cstn__vfs *vfs = check->verify->tool.vfs;
	uint32_t slot_size, number = 0;
	uint8_t page[CSTN__SLOT_PAGE];
	cstn_status status = cstn__io_read(vfs, file, path, page, CSTN__SLOT_HEADER, 0, error);

	if (status == CSTN_OK)
		status = cstn__slot_header_read(page, sizeof(page), check->verify->manifest.uuid,
				check->entry->file_no, &check->header, error);
	if (status != CSTN_OK)
		return status;
	slot_size = check->header.slot_size;
	check->held = check->bad = 0;
	for (uint64_t at = CSTN__SLOT_HEADER; status == CSTN_OK && at < size;) {
		size_t here = size - at < sizeof(page) ? (size_t)(size - at) : sizeof(page);

		memset(page, 0, sizeof(page));
		status = cstn__io_read(vfs, file, path, page, here, at, error);
		for (size_t i = 0; status == CSTN_OK && i < here; i += slot_size, number++)
			take_slot(check, number,
					cstn__slot_check(&check->header, number, page + i));
		at += here;
	}
	cstn__wipe(page, sizeof(page));
	return status;
}

/* Slots that the log put and the file does not reach. */
static void check_end(slot_check *check, uint64_t size)
{
	const cstn__slot_log *log = &check->verify->slots;

	for (size_t i = 0; i < log->items.count; i++) {
		uint64_t slot = log->items.items[i].slot;

		if (cstn__slot_file_no(slot) == check->header.file_no &&
				cstn__slot_offset(check->header.slot_size,
						cstn__slot_number(slot)) >= size)
			take_slot(check, cstn__slot_number(slot), CSTN__SLOT_IS_EMPTY);
	}
}

cstn_status cstn__verify_slots(cstn__verify *verify, const cstn__manifest_entry *entry,
		uint64_t size, cstn_error **error)
{
	const char *path = cstn__tool_path(&verify->tool, entry->kind, entry->file_no);
	slot_check check = {.verify = verify, .entry = entry};
	cstn__manifest_entry noted = *entry;
	cstn__vfs_file *file = NULL;
	char problem[128];
	cstn_status status =
			path ? cstn__io_open(verify->tool.vfs, path, CSTN__VFS_READ, &file, error)
			     : cstn__fail_nomem(error);

	/* Once more if something is wrong: a writer may have been in the middle of it. */
	if (status == CSTN_OK)
		status = read_slots(&check, file, path, size, error);
	if (status == CSTN_OK && check.bad)
		status = read_slots(&check, file, path, size, error);
	if (file)
		verify->tool.vfs->close(verify->tool.vfs, file);
	if (status != CSTN_OK)
		return cstn__verify_status(verify, entry, status, error);
	check_end(&check, size);
	noted.size = size;
	snprintf(problem, sizeof(problem),
			"%" PRIu64 " key slots are damaged or lost, the first is number %" PRIu32,
			check.bad, check.first_bad);
	cstn__verify_note(verify, &noted, check.held, check.bad ? problem : NULL);
	return CSTN_OK;
}
