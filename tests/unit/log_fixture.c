#include "log_fixture.h"

#include <string.h>

#include "base/hash.h"

const uint8_t log_uuid[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

void log_put(uint8_t *data, size_t offset, size_t size, uint64_t value)
{
	for (size_t i = 0; i < size; i++)
		data[offset + i] = (uint8_t)(value >> 8 * i);
}

static uint64_t get(const uint8_t *data, size_t offset, size_t size)
{
	uint64_t value = 0;

	for (size_t i = 0; i < size; i++)
		value |= (uint64_t)data[offset + i] << 8 * i;
	return value;
}

void log_rehash(uint8_t *data, size_t offset)
{
	size_t len = (size_t)get(data, offset + 4, 4);

	log_put(data, offset + 8, 8,
			cstn__hash64(LOG_SALT ^ LOG_FILE_NO, data + offset + 16, 24 + len));
}

cstn__log_header log_header(void)
{
	cstn__log_header header = {.file_no = LOG_FILE_NO,
			.base_seq = 10,
			.salt = LOG_SALT,
			.prev_file_no = 9,
			.prev_len = 500,
			.prev_last_seq = 9};

	memcpy(header.uuid, log_uuid, 16);
	return header;
}

static void put_header(uint8_t *data)
{
	memcpy(data, "CSTNLOG1", 8);
	log_put(data, 8, 2, 1);
	log_put(data, 10, 2, 0);
	log_put(data, 12, 4, 88);
	memcpy(data + 16, log_uuid, 16);
	log_put(data, 32, 8, LOG_FILE_NO);
	log_put(data, 40, 8, 10);
	log_put(data, 48, 8, LOG_SALT);
	log_put(data, 56, 8, 9);
	log_put(data, 64, 8, 500);
	log_put(data, 72, 8, 9);
	log_put(data, 80, 8, cstn__hash64(UINT64_C(0x0807060504030201) ^ LOG_FILE_NO, data, 80));
}

static void put_frame(uint8_t *data, size_t offset, size_t len, uint8_t kind, uint32_t n_ops,
		uint64_t seq, uint64_t durable_len)
{
	memcpy(data + offset, "CSFM", 4);
	log_put(data, offset + 4, 4, len);
	data[offset + 16] = kind;
	log_put(data, offset + 20, 4, n_ops);
	log_put(data, offset + 24, 8, seq);
	log_put(data, offset + 32, 8, durable_len);
	log_rehash(data, offset);
}

static uint8_t *put_op(uint8_t *at, uint8_t op, uint32_t rows, uint32_t child_rows, uint32_t n_cols,
		uint32_t body_len)
{
	at[0] = op;
	log_put(at, 2, 2, 7);
	log_put(at, 4, 4, 2);
	log_put(at, 8, 4, rows);
	log_put(at, 12, 4, child_rows);
	log_put(at, 16, 4, n_cols);
	log_put(at, 20, 4, body_len);
	return at + 24;
}

static uint8_t *put_column(uint8_t *at, uint32_t id, uint8_t encoding, uint8_t width, uint8_t flags,
		uint8_t space, uint32_t data_len, uint32_t nulls)
{
	log_put(at, 0, 4, id);
	at[4] = encoding;
	at[5] = width;
	at[6] = flags;
	at[7] = space;
	log_put(at, 8, 4, data_len);
	log_put(at, 12, 4, nulls);
	return at + 16;
}

/* Rows: "A1" with 1 child row and a null, "B22" with 2 and -5; each child row has 70000. */
static void put_upsert(uint8_t *at)
{
	at = put_op(at, 2, 2, 3, 4, LOG_UPSERT - 24);
	at = put_column(at, 0, 1, 1, 0, 0, 2, 0); /* RAW of 1 byte */
	at[0] = 1;
	at[1] = 2;
	at = put_column(at + 8, 16, 5, 0, 0, 0, 17, 0); /* BYTES */
	log_put(at, 4, 4, 2);
	log_put(at, 8, 4, 5);
	memcpy(at + 12, "A1B22", 5);
	at = put_column(at + 24, 18, 1, 1, 2, 0, 10, 1); /* validity, RAW of 1 byte */
	at[0] = 2;
	at[9] = 0xfb;
	at = put_column(at + 16, 20, 0, 0, 0, 1, 8, 0); /* CONST */
	log_put(at, 0, 8, 70000);
}

/* The row "A1" goes; the schema is one without tables. */
static void put_delete_and_schema(uint8_t *at)
{
	at = put_op(at, 3, 1, 0, 1, LOG_DELETE - 24);
	at = put_column(at, 16, 5, 0, 0, 0, 10, 0);
	log_put(at, 4, 4, 2);
	memcpy(at + 8, "A1", 2);
	at = put_op(at + 16, 4, 0, 0, 0, 8);
	log_put(at, 0, 4, 2);
}

void log_golden(uint8_t data[LOG_LEN])
{
	memset(data, 0, LOG_LEN);
	put_header(data);
	put_upsert(data + LOG_FRAME_1 + 40);
	put_frame(data, LOG_FRAME_1, LOG_UPSERT, 1, 1, 10, 88);
	put_delete_and_schema(data + LOG_FRAME_2 + 40);
	put_frame(data, LOG_FRAME_2, LOG_DELETE + LOG_SCHEMA, 1, 2, 11, 88);
	put_frame(data, LOG_SEAL, 0, 2, 0, 11, LOG_SEAL);
}

static int disk_read(cstn__vfs *vfs, cstn__vfs_file *file, void *data, size_t size, uint64_t offset,
		size_t *got)
{
	log_disk *disk = (log_disk *)vfs;

	(void)file;
	if (++disk->reads == disk->fail_at ||
			(disk->for_ever && disk->fail_at && disk->reads > disk->fail_at))
		return disk->reason;
	*got = offset >= disk->size ? 0 : disk->size - (size_t)offset;
	if (*got > size)
		*got = size;
	if (*got > disk->most)
		*got = disk->most;
	memcpy(data, disk->data + offset, *got);
	return 0;
}

static int disk_size(cstn__vfs *vfs, cstn__vfs_file *file, uint64_t *out)
{
	log_disk *disk = (log_disk *)vfs;

	(void)file;
	*out = disk->claimed ? disk->claimed : disk->size;
	return disk->size_reason;
}

void log_disk_init(log_disk *disk, const uint8_t *data, size_t size)
{
	memset(disk, 0, sizeof(*disk));
	disk->vfs.read = disk_read;
	disk->vfs.size = disk_size;
	disk->data = data;
	disk->size = size;
	disk->most = SIZE_MAX;
}

cstn__vfs_file *log_disk_file(log_disk *disk)
{
	return (cstn__vfs_file *)(void *)disk; /* never looked into */
}
