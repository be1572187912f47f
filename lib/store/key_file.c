/* The bytes of a file of key slots.
 *
 *   header 4096  CSTNKEY1, u16 major, u16 minor, u32 4096, uuid, u64 number of the file, u32 size
 * of a slot, u32 0, zeros, H64(0, the 4,088 bytes before) slots        u64 H64(low64(uuid) ^
 * rotl32(number of the file) ^ offset of the slot, the rest of it), bytes
 *
 * A slot that is all zeros was never filled. An erased one is zeros behind the complement of their
 * hash, so that what was erased can be told from what was lost, and no bytes of another place, file
 * or store are taken for either. Hashes of 0 and of all ones are stored as 1. */
#include "store/key_slots.h"

#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "store/little_endian.h"
#include "store/log.h"

#define HASH_AT (CSTN__SLOT_HEADER - 8)
#define MOST_NAMED ((size_t)UINT32_MAX - 1)

static const char magic[8] = {'C', 'S', 'T', 'N', 'K', 'E', 'Y', '1'};

void cstn__slot_header_write(const cstn__slot_header *header, uint8_t out[CSTN__SLOT_HEADER])
{
	memset(out, 0, CSTN__SLOT_HEADER);
	memcpy(out, magic, sizeof(magic));
	cstn__store16(out + 8, CSTN__FORMAT_MAJOR);
	cstn__store16(out + 10, CSTN__FORMAT_MINOR);
	cstn__store32(out + 12, CSTN__SLOT_HEADER);
	memcpy(out + 16, header->uuid, 16);
	cstn__store64(out + 32, header->file_no);
	cstn__store32(out + 40, header->slot_size);
	cstn__store64(out + HASH_AT, cstn__hash64(0, out, HASH_AT));
}

static const char *header_problem(const uint8_t *data)
{
	if (cstn__load16(data + 8) == 0 || cstn__load32(data + 12) != CSTN__SLOT_HEADER)
		return "version or header length differs from the format";
	if (cstn__load32(data + 40) != 64 && cstn__load32(data + 40) != 128)
		return "slots have 64 or 128 bytes";
	for (size_t i = 44; i < HASH_AT; i++)
		if (data[i])
			return "reserved bytes are not zero";
	return NULL;
}

cstn_status cstn__slot_header_read(const uint8_t *data, size_t size, const uint8_t uuid[16],
		uint64_t file_no, cstn__slot_header *out, cstn_error **error)
{
	const char *problem;

	if (size < CSTN__SLOT_HEADER)
		return cstn__fail(
				error, CSTN_E_CORRUPT, "key slots: %zu bytes are no header", size);
	if (memcmp(data, magic, sizeof(magic)) != 0)
		return cstn__fail(error, CSTN_E_CORRUPT,
				"key slots: the file does not begin with CSTNKEY1");
	if (cstn__load64(data + HASH_AT) != cstn__hash64(0, data, HASH_AT))
		return cstn__fail(error, CSTN_E_CORRUPT,
				"key slots: the header does not have the hash it ends with");
	if (cstn__load16(data + 8) > CSTN__FORMAT_MAJOR)
		return cstn__fail(error, CSTN_E_NEWER_FORMAT,
				"key slots: format %u is newer than this library, which reads "
				"format 1",
				cstn__load16(data + 8));
	problem = header_problem(data);
	if (problem)
		return cstn__fail(error, CSTN_E_CORRUPT, "key slots: %s", problem);
	if (uuid && memcmp(data + 16, uuid, 16) != 0)
		return cstn__fail(error, CSTN_E_CORRUPT,
				"key slots: the file belongs to another store");
	if (uuid && cstn__load64(data + 32) != file_no)
		return cstn__fail(error, CSTN_E_CORRUPT,
				"key slots: the file bears number %016" PRIx64
				" under the name of %016" PRIx64,
				cstn__load64(data + 32), file_no);
	memcpy(out->uuid, data + 16, 16);
	out->file_no = cstn__load64(data + 32);
	out->slot_size = cstn__load32(data + 40);
	return CSTN_OK;
}

static uint64_t slot_hash(const cstn__slot_header *file, uint32_t number, const uint8_t *bytes)
{
	uint64_t seed = cstn__load64(file->uuid) ^ (file->file_no << 32 | file->file_no >> 32) ^
			cstn__slot_offset(file->slot_size, number);
	uint64_t hash = cstn__hash64(
			seed, bytes + CSTN__SLOT_HASH, file->slot_size - CSTN__SLOT_HASH);

	return hash == 0 || hash == UINT64_MAX ? 1 : hash;
}

void cstn__slot_write(const cstn__slot_header *file, uint32_t number, const void *data, size_t size,
		uint8_t *out)
{
	memset(out, 0, file->slot_size);
	memcpy(out + CSTN__SLOT_HASH, data, size);
	cstn__store64(out, slot_hash(file, number, out));
}

void cstn__slot_write_erased(const cstn__slot_header *file, uint32_t number, uint8_t *out)
{
	memset(out, 0, file->slot_size);
	cstn__store64(out, ~slot_hash(file, number, out));
}

int cstn__slot_check(const cstn__slot_header *file, uint32_t number, const uint8_t *bytes)
{
	uint64_t held = cstn__load64(bytes), hash = slot_hash(file, number, bytes);
	uint8_t any = 0;

	if (held == hash)
		return CSTN__SLOT_IS_WHOLE;
	for (uint32_t i = CSTN__SLOT_HASH; i < file->slot_size; i++)
		any |= bytes[i];
	if (any || (held != 0 && held != ~hash))
		return CSTN__SLOT_IS_BAD;
	return held ? CSTN__SLOT_IS_ERASED : CSTN__SLOT_IS_EMPTY;
}

/* --- what a log names --- */

void cstn__slot_log_init(cstn__slot_log *log, const cstn_allocator *allocator)
{
	memset(log, 0, sizeof(*log));
	log->allocator = *allocator;
	cstn__i64_map_init(&log->map, allocator, 0);
}

void cstn__slot_log_free(cstn__slot_log *log)
{
	cstn__i64_map_free(&log->map);
	cstn__array_free(&log->allocator, &log->items);
}

cstn_status cstn__slot_log_take(cstn__slot_log *log, const cstn__log_op *op, cstn_error **error)
{
	uint32_t state = op->op == CSTN__OP_PUT_SLOTS ? CSTN__SLOT_LOG_PUT : CSTN__SLOT_LOG_ERASED;
	const cstn__values *slots = &op->batch.columns[0];

	if (log->items.count + slots->rows > MOST_NAMED)
		return cstn__fail_nomem(error);
	if (cstn__array_reserve(&log->allocator, &log->items, slots->rows))
		return cstn__fail_nomem(error);
	for (uint64_t i = 0; i < slots->rows; i++) {
		uint32_t fresh = (uint32_t)log->items.count;
		uint32_t at = cstn__i64_map_intern(&log->map, slots->numbers[i], fresh);

		if (at == UINT32_MAX)
			return cstn__fail_nomem(error);
		if (at == fresh) {
			log->items.items[at].slot = (uint64_t)slots->numbers[i];
			log->items.items[at].state = state;
			log->items.count++;
		} else if (state == CSTN__SLOT_LOG_ERASED) {
			log->items.items[at].state = state;
		}
	}
	return CSTN_OK;
}

uint32_t cstn__slot_log_find(const cstn__slot_log *log, uint64_t slot)
{
	uint32_t at = cstn__i64_map_find(&log->map, (int64_t)slot);

	return at == UINT32_MAX ? 0 : log->items.items[at].state;
}
