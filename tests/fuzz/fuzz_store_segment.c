/* A small segment, changed where the input says and hashed again at every place, so that all that
 * lies under the hashes is reached: refused, or read to the end without harm.
 *
 * Input: one byte of flags (1: zlib, 2: no hash is mended but the header's, footer's and
 * trailer's), then changes of four bytes: where (two), how much it is moved by (one), what is put
 * (one). */
#include "fuzz.h"

#include "base/hash.h"
#include "store/little_endian.h"

#include "segment_fixture.h"

#define ROWS 12u

static uint64_t seed_at(uint64_t offset)
{
	return cstn__load64(segment_uuid) ^ (uint64_t)SEGMENT_FILE_NO << 32 ^ offset;
}

/* Hash a block again, as its entry in the footer says; pages of a key index too. */
static void mend_block(struct memory_disk_file *file, uint8_t *entry, uint64_t end)
{
	uint64_t offset = cstn__load64(entry);
	uint32_t len = cstn__load32(entry + 8);

	if (offset > end || len > end - offset)
		return;
	if (entry[23] == 2 || entry[23] == 3)
		for (uint32_t at = 0; at + 4096 <= len; at += 4096)
			cstn__store64(file->data + offset + at,
					cstn__hash64(seed_at(offset + at),
							file->data + offset + at + 8, 4088));
	cstn__store64(entry + 48, cstn__hash64(seed_at(offset), file->data + offset, len));
}

static void mend(struct memory_disk_file *file, int blocks)
{
	uint8_t *trailer = file->data + file->size - 64;
	uint64_t footer_off = cstn__load64(trailer);
	uint32_t footer_len = cstn__load32(trailer + 8);
	cstn__hash128_value hash;

	cstn__store64(file->data + 120, cstn__hash64(0, file->data, 120));
	if (footer_off > file->size - 64 || footer_len > file->size - 64 - footer_off)
		return;
	if (blocks && footer_len > 32) {
		uint64_t at = 32 + 16 * (uint64_t)cstn__load32(file->data + footer_off + 4) +
			      48 * (uint64_t)cstn__load32(file->data + footer_off);

		for (; at + 56 <= footer_len; at += 56)
			mend_block(file, file->data + footer_off + at, footer_off);
	}
	hash = cstn__hash128(file->data + footer_off, footer_len);
	cstn__store64(trailer + 16, hash.low);
	cstn__store64(trailer + 24, hash.high);
}

static void read_all(cstn__segment *segment)
{
	static const uint32_t ids[] = {CSTN__COLUMN_CHILDREN, CSTN__COLUMN_SEQ, ORDER_ID,
			ORDER_STATUS, ORDER_DUE, ORDER_NOTE, ORDER_RECORDED, LINE_QTY, LINE_SKU,
			LINE_PRICE, LINE_TEXT};
	cstn_error *error = NULL;
	cstn_status status;

	for (uint32_t chunk = 0; chunk < cstn__segment_chunks(segment); chunk++)
		for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
			int64_t min, max;
			uint32_t nulls;
			cstn__block block;
			size_t len;

			cstn__segment_zone(segment, chunk, ids[i], &min, &max, &nulls);
			status = cstn__segment_read(segment, chunk, ids[i], &block, &error);
			fuzz_check_error(status, error);
			error = NULL;
			if (status != CSTN_OK)
				continue;
			for (uint64_t row = 0; row < block.values.rows; row++)
				if (cstn__values_is_valid(&block.values, row) &&
						!block.values.numbers)
					MUST(cstn__values_text(&block.values, row, &len));
				else if (cstn__values_is_valid(&block.values, row) &&
						block.values.dictionary)
					MUST(cstn__values_text(&block.values, row, &len));
			cstn__block_free(&block, NULL);
		}
	for (uint64_t hash = 1; hash != 0; hash <<= 4) {
		uint32_t rows[2] = {0, 0};
		size_t n = 0;

		status = cstn__segment_lookup(segment, hash * 0x9e37, rows, 2, &n, &error);
		fuzz_check_error(status, error);
		error = NULL;
		if (status == CSTN_OK && n)
			MUST(rows[0] < cstn__segment_rows(segment));
	}
	status = cstn__segment_verify(segment, &error);
	fuzz_check_error(status, error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_source source = {data, size};
	memory_disk disk;
	cstn__segment_written written;
	cstn__segment *segment = NULL;
	cstn_error *error = NULL;
	struct memory_disk_file *file;
	uint8_t flags = fuzz_u8(&source);
	cstn_status status;

	memory_disk_init(&disk);
	MUST(segment_write(&disk, "seg", &segment_orders, ROWS, ROWS, flags & 1, NULL, &written,
			     NULL) == CSTN_OK);
	file = memory_disk_find(&disk, "seg");
	while (source.size > 0) {
		uint64_t at = fuzz_u8(&source);

		at |= (uint64_t)fuzz_u8(&source) << 8;
		at += fuzz_u8(&source);
		/* Counted from the end, where the footer is. */
		file->data[file->size - 1 - at % file->size] = fuzz_u8(&source);
	}
	mend(file, !(flags & 2));
	status = segment_open(&disk, "seg", &segment_orders, NULL, &segment, &error);
	fuzz_check_error(status, error);
	if (status == CSTN_OK)
		read_all(segment);
	cstn__segment_free(segment);
	memory_disk_free(&disk);
	return 0;
}
