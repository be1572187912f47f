/* A file of key slots as text: which slots hold something, and nothing of what they hold. */
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "store/file_io.h"
#include "store/key_slots.h"
#include "store/tool.h"
#include "store/tool_dump.h"

/* Slots of one kind next to each other. */
typedef struct slot_run {
	int found;
	uint32_t first, n, lines;
	uint64_t total[4]; /* by CSTN__SLOT_IS_ */
} slot_run;

static void put_run(cstn__dump *dump, slot_run *run)
{
	static const char *const names[] = {"never filled", "held", "erased", "damaged"};

	if (run->n && run->lines++ < CSTN__DUMP_ROWS)
		cstn__bytes_put_format(&dump->out, "  slots %" PRIu32 " to %" PRIu32 ": %s\n",
				run->first, run->first + run->n - 1, names[run->found]);
	run->n = 0;
}

static void take_slot(cstn__dump *dump, slot_run *run, uint32_t number, int found)
{
	if (found != run->found)
		put_run(dump, run);
	if (run->n++ == 0)
		run->first = number;
	run->found = found;
	run->total[found]++;
}

static cstn_status put_slots(cstn__dump *dump, cstn__vfs_file *file, uint64_t size,
		const cstn__slot_header *header, cstn_error **error)
{
	uint8_t page[CSTN__SLOT_PAGE];
	uint32_t number = 0;
	slot_run run = {0};
	cstn_status status = CSTN_OK;

	for (uint64_t at = CSTN__SLOT_HEADER; status == CSTN_OK && at < size;) {
		size_t here = size - at < sizeof(page) ? (size_t)(size - at) : sizeof(page);

		memset(page, 0, sizeof(page));
		status = cstn__io_read(dump->vfs, file, dump->path, page, here, at, error);
		for (size_t i = 0; status == CSTN_OK && i < here; i += header->slot_size, number++)
			take_slot(dump, &run, number, cstn__slot_check(header, number, page + i));
		at += here;
	}
	put_run(dump, &run);
	cstn__wipe(page, sizeof(page));
	if (run.lines > CSTN__DUMP_ROWS)
		cstn__bytes_put_format(&dump->out, "  and %" PRIu32 " runs of slots more\n",
				run.lines - CSTN__DUMP_ROWS);
	cstn__bytes_put_format(&dump->out,
			"%" PRIu64 " slots held, %" PRIu64 " erased, %" PRIu64
			" never filled, %" PRIu64 " damaged\n",
			run.total[CSTN__SLOT_IS_WHOLE], run.total[CSTN__SLOT_IS_ERASED],
			run.total[CSTN__SLOT_IS_EMPTY], run.total[CSTN__SLOT_IS_BAD]);
	return status;
}

static cstn_status put_file(cstn__dump *dump, cstn__vfs_file *file, cstn_error **error)
{
	uint8_t head[CSTN__SLOT_HEADER];
	cstn__slot_header header;
	uint64_t size = 0;
	cstn_status status =
			cstn__io_read(dump->vfs, file, dump->path, head, sizeof(head), 0, error);
	int reason;

	if (status == CSTN_OK)
		status = cstn__slot_header_read(head, sizeof(head), NULL, 0, &header, error);
	if (status != CSTN_OK)
		return status;
	reason = dump->vfs->size(dump->vfs, file, &size);
	if (reason)
		return cstn__io_fail(error, reason, "size", dump->path);
	cstn__bytes_put_format(&dump->out, "key slots %016" PRIx64 " of store ", header.file_no);
	cstn__put_hex(&dump->out, header.uuid, 16);
	cstn__bytes_put_format(&dump->out,
			"\n%" PRIu32 " bytes a slot; what they hold is not shown\n",
			header.slot_size);
	return put_slots(dump, file, size, &header, error);
}

cstn_status cstn__dump_slots(cstn__dump *dump, cstn_error **error)
{
	cstn__vfs_file *file;
	cstn_status status = cstn__io_open(dump->vfs, dump->path, CSTN__VFS_READ, &file, error);

	if (status != CSTN_OK)
		return status;
	status = put_file(dump, file, error);
	dump->vfs->close(dump->vfs, file);
	return cstn__dump_damage(dump, status, error);
}
