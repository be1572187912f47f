/* Salvage of key slots: the files as they are, but for what the transactions found say is erased,
 * which is overwritten in the copy as well: no tool brings back what was told to die. Memory: one
 * file, wiped. */
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "store/file_io.h"
#include "store/tool_salvage.h"

#define MOST (CSTN__SLOT_HEADER + (uint64_t)CSTN__SLOT_FILE_SLOTS * 128)

/* What the old manifest says of it, or else that any slot of the file may be one. */
static void describe(const cstn__salvage *salvage, const cstn__slot_header *header, uint64_t size,
		cstn__manifest_entry *out)
{
	memset(out, 0, sizeof(*out));
	out->kind = CSTN__ENTRY_KEY_SLOTS;
	out->file_no = header->file_no;
	out->size = size;
	out->child_rows = (size - CSTN__SLOT_HEADER) / header->slot_size;
	if (out->child_rows > CSTN__SLOT_FILE_SLOTS)
		out->child_rows = CSTN__SLOT_FILE_SLOTS;
	for (size_t i = 0; salvage->listed && i < salvage->source.n_entries; i++) {
		const cstn__manifest_entry *entry = &salvage->source.entries[i];

		if (entry->kind != out->kind || entry->file_no != out->file_no)
			continue;
		out->child_rows = entry->child_rows;
		out->rows = entry->rows;
	}
}

static void erase(const cstn__salvage *salvage, const cstn__slot_header *header, cstn__bytes *bytes)
{
	for (size_t i = 0; i < salvage->slots.items.count; i++) {
		uint64_t slot = salvage->slots.items.items[i].slot;
		uint64_t offset = cstn__slot_offset(header->slot_size, cstn__slot_number(slot));

		if (salvage->slots.items.items[i].state == CSTN__SLOT_LOG_ERASED &&
				cstn__slot_file_no(slot) == header->file_no &&
				offset + header->slot_size <= bytes->size)
			cstn__slot_write_erased(
					header, cstn__slot_number(slot), bytes->data + offset);
	}
}

cstn_status cstn__salvage_slots(cstn__salvage *salvage, uint64_t file_no, cstn__manifest_entry *out,
		int *taken, cstn_error **error)
{
	const char *path = cstn__tool_path(&salvage->from, CSTN__ENTRY_KEY_SLOTS, file_no);
	cstn__slot_header header;
	cstn__bytes bytes;
	cstn_status status;

	if (!path)
		return cstn__fail_nomem(error);
	cstn__bytes_init(&bytes, salvage->allocator);
	status = cstn__tool_read(salvage->from.vfs, path, MOST, &bytes, error);
	if (status == CSTN_OK)
		status = cstn__slot_header_read(
				bytes.data, bytes.size, salvage->uuid, file_no, &header, error);
	if (status != CSTN_OK) {
		status = cstn__salvage_lost(salvage, CSTN__ENTRY_KEY_SLOTS, file_no, status, error);
	} else {
		describe(salvage, &header, bytes.size, out);
		erase(salvage, &header, &bytes);
		status = cstn__tool_put(&salvage->to, CSTN__ENTRY_KEY_SLOTS, file_no, bytes.data,
				bytes.size, error);
		*taken = status == CSTN_OK;
	}
	if (bytes.data)
		cstn__wipe(bytes.data, bytes.capacity);
	cstn__bytes_free(&bytes);
	return status;
}
