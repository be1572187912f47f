#ifndef TESTS_LOG_FIXTURE_H
#define TESTS_LOG_FIXTURE_H

#include "store/log.h"

/* A log of three frames as bytes put together by hand from the tables of the format: transaction 10
 * (an upsert of two rows with three child rows), transaction 11 (a delete, a schema), a seal that
 * knows that both are on disk. */
#define LOG_UPSERT (24 + (16 + 8) + (16 + 24) + (16 + 16) + (16 + 8))
#define LOG_DELETE (24 + (16 + 16))
#define LOG_SCHEMA (24 + 8)
#define LOG_FRAME_1 88
#define LOG_FRAME_2 (LOG_FRAME_1 + 40 + LOG_UPSERT)
#define LOG_SEAL (LOG_FRAME_2 + 40 + LOG_DELETE + LOG_SCHEMA)
#define LOG_LEN (LOG_SEAL + 40)
#define LOG_FILE_NO 11
#define LOG_SALT UINT64_C(0x1122334455667788)
extern const uint8_t log_uuid[16];

void log_golden(uint8_t data[LOG_LEN]);
void log_put(uint8_t *data, size_t offset, size_t size, uint64_t value);
/* Put the hash of the frame at `offset` right. */
void log_rehash(uint8_t *data, size_t offset);
cstn__log_header log_header(void);

/* A file in memory, for reading: `vfs.vfs` is handed out, `file` opened. Reads give at most `most`
 * bytes; the `fail_at`-th (from 1) fails with `reason`, once or for ever. */
typedef struct log_disk {
	cstn__vfs vfs;
	const uint8_t *data;
	size_t size;
	size_t most;
	int reads, fail_at, for_ever, reason, size_reason;
	uint64_t claimed; /* size that is told; 0: the right one */
} log_disk;
void log_disk_init(log_disk *disk, const uint8_t *data, size_t size);
cstn__vfs_file *log_disk_file(log_disk *disk);

#endif
