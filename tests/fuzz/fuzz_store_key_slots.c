/* A file of key slots: as it is; and with the zeros of its header filled in (the input is 48 bytes
 * of header, then slots) and hashes put right, of the header always, of slots where the input asks
 * for it. A slot is one of four things, which writing it again gives back; a dump shows how many
 * there are of each and nothing of what they hold. */
#include "fuzz.h"
#include "fuzz_disk.h"

#include "base/hash.h"
#include "store/key_slots.h"
#include "store/little_endian.h"
#include "store/store.h"

#define HEAD 48u

static void dump(const uint8_t *data, size_t size)
{
	fuzz_disk disk;
	cstn_buffer *text = NULL;
	cstn_error *error = NULL;
	cstn_status status;

	fuzz_disk_init(&disk, data, size);
	status = cstn__store_dump(&disk.vfs, "key", NULL, &text, &error);
	fuzz_check_error(status, error);
	MUST((status == CSTN_OK) == (text != NULL));
	if (text) {
		const uint8_t *shown = cstn_buffer_data(text);

		for (size_t i = 0; i < cstn_buffer_size(text); i++)
			MUST(shown[i] == '\n' || (shown[i] >= 0x20 && shown[i] < 0x7f));
	}
	cstn_buffer_free(text);
}

static void check_slots(const cstn__slot_header *header, uint8_t *slots, size_t size)
{
	uint8_t again[128];
	uint32_t number = 0;

	for (size_t at = 0; size - at >= header->slot_size; at += header->slot_size, number++) {
		uint8_t *slot = slots + at;
		int found;

		if (slot[0] & 1) {
			cstn__slot_write(header, number, slot + 8, header->slot_size - 8, again);
			memcpy(slot, again, 8);
		}
		found = cstn__slot_check(header, number, slot);
		cstn__slot_write(header, number, slot + 8, header->slot_size - 8, again);
		MUST((memcmp(again, slot, header->slot_size) == 0) ==
				(found == CSTN__SLOT_IS_WHOLE));
		cstn__slot_write_erased(header, number, again);
		MUST((memcmp(again, slot, header->slot_size) == 0) ==
				(found == CSTN__SLOT_IS_ERASED));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cstn__slot_header header;
	cstn_error *error = NULL;
	uint8_t *file;
	cstn_status status = cstn__slot_header_read(data, size, NULL, 0, &header, &error);

	fuzz_check_error(status, error);
	if (size < HEAD)
		return 0;
	dump(data, size);
	file = calloc(1, CSTN__SLOT_HEADER + size - HEAD);
	MUST(file != NULL);
	memcpy(file, data, HEAD);
	memcpy(file, "CSTNKEY1", 8);
	cstn__store64(file + 4088, cstn__hash64(0, file, 4088));
	if (size > HEAD)
		memcpy(file + CSTN__SLOT_HEADER, data + HEAD, size - HEAD);
	error = NULL;
	status = cstn__slot_header_read(
			file, CSTN__SLOT_HEADER + size - HEAD, NULL, 0, &header, &error);
	fuzz_check_error(status, error);
	if (status == CSTN_OK)
		check_slots(&header, file + CSTN__SLOT_HEADER, size - HEAD);
	dump(file, CSTN__SLOT_HEADER + size - HEAD);
	free(file);
	return 0;
}
