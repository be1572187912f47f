#ifndef CSTN_STORE_LOG_H
#define CSTN_STORE_LOG_H

#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"
#include "store/table.h"
#include "store/vfs.h"

/* The write-ahead log: header, frames (one a transaction), seals; spec of the bytes in
 * doc/guides/store-format.md. Building is pure; reading is one function used by recovery,
 * checkpoint, verify, dump and salvage alike. */
#define CSTN__LOG_HEADER 88u
#define CSTN__FRAME_HEADER 40u
#define CSTN__FRAME_MAX (64u << 20)

#define CSTN__OP_APPEND 1
#define CSTN__OP_UPSERT 2
#define CSTN__OP_DELETE 3
#define CSTN__OP_SCHEMA 4
#define CSTN__OP_PUT_SLOTS 5   /* slots that this transaction filled, key_slots.h */
#define CSTN__OP_ERASE_SLOTS 6 /* and those it erased */

typedef struct cstn__log_header {
	uint8_t uuid[16];
	uint64_t file_no, base_seq, salt, prev_file_no, prev_len, prev_last_seq;
} cstn__log_header;
/* A random salt for the header, the same number of the same bytes on any machine. 0 or an errno. */
int cstn__log_salt(cstn__vfs *vfs, cstn__log_header *header);
void cstn__log_header_write(const cstn__log_header *header, uint8_t out[CSTN__LOG_HEADER]);
/* Checks magic, version, hash, and uuid and file_no against the expected ones; `uuid` NULL takes
 * any log. */
cstn_status cstn__log_header_read(const uint8_t *data, size_t size, const uint8_t uuid[16],
		uint64_t file_no, cstn__log_header *out, cstn_error **error);

/* One operation of a transaction. SCHEMA holds its blob in `blob`, and nothing else; _SLOTS the
 * numbers of slots, each above 0, as the one column CSTN__SLOT_COLUMN of table 0. */
#define CSTN__OP_ROWS_MAX (1u << 24)   /* and child rows */
#define CSTN__OP_VALUES_MAX (1u << 25) /* of all columns together */
typedef struct cstn__log_op {
	uint32_t op, table, schema_version;
	cstn__store_batch batch;
	const uint8_t *blob;
	size_t blob_len;
	/* Of the columns, CSTN__SPACE_; read: always there. To write, NULL lets the length of a
	 * column decide, rows first. */
	const uint8_t *spaces;
} cstn__log_op;
/* Append an op's bytes to the payload of a frame, which is as before on failure.
 * CSTN_E_INVALID_ARGUMENT if a column has another length than its space; CSTN_E_LIMIT. */
cstn_status cstn__log_op_write(const cstn__log_op *op, cstn__bytes *payload, cstn_error **error);

#define CSTN__FRAME_TRANSACTION 1
#define CSTN__FRAME_SEAL 2
/* Append a frame around a payload (kind 1) or a seal (kind 2, payload empty, `seq` the last one).
 * CSTN_E_LIMIT above 64 MiB of payload. */
cstn_status cstn__log_frame_write(const cstn__log_header *header, uint32_t kind, uint32_t n_ops,
		uint64_t seq, uint64_t durable_len, const uint8_t *payload, size_t payload_len,
		cstn__bytes *out, cstn_error **error);

typedef struct cstn__log_frame {
	uint32_t kind, n_ops, payload_len;
	uint64_t seq, durable_len, offset;
	const uint8_t *payload;
} cstn__log_frame;

/* Replay: `each` is called for every frame in order with whole, hash-checked frames. On return
 * `end` is where valid frames end and `last_seq` the last sequence number (base_seq - 1 if none).
 * A torn tail is CSTN_OK; a hole before acknowledged bytes, an unexpected seq, a bad header or a
 * read error is an error (CSTN_E_CORRUPT, CSTN_E_IO), `end` and `last_seq` set as far as read.
 * An error of `each` ends it as well. `each` may be NULL, `uuid` too: any log. */
typedef struct cstn__log_replayed {
	cstn__log_header header;
	uint64_t end, file_len, last_seq, n_frames;
} cstn__log_replayed;
cstn_status cstn__log_replay(cstn__vfs *vfs, cstn__vfs_file *file, const uint8_t uuid[16],
		uint64_t file_no, const cstn_allocator *allocator,
		cstn_status (*each)(
				void *context, const cstn__log_frame *frame, cstn_error **error),
		void *context, cstn__log_replayed *out, cstn_error **error);

/* Every hash-valid frame there is, wherever it lies after the header, for salvage: what lies
 * between is skipped at 8 bytes a step. Errors are those of reading and of `each`. */
cstn_status cstn__log_scan(cstn__vfs *vfs, cstn__vfs_file *file, const cstn__log_header *header,
		const cstn_allocator *allocator,
		cstn_status (*each)(
				void *context, const cstn__log_frame *frame, cstn_error **error),
		void *context, cstn_error **error);

/* Walk the ops of a frame, decoding columns; untrusted. The op lives until the next call. A column
 * of which all is null has numbers (zeros) and no offsets, whatever its type. */
typedef struct cstn__log_ops cstn__log_ops;
cstn_status cstn__log_ops_new(const cstn__log_frame *frame, const cstn_allocator *allocator,
		cstn__log_ops **out, cstn_error **error);
/* On to another frame, with the memory of the one before. */
void cstn__log_ops_reset(cstn__log_ops *ops, const cstn__log_frame *frame);
cstn_status cstn__log_ops_next(cstn__log_ops *ops, cstn__log_op *op, cstn_error **error); /* DONE */
void cstn__log_ops_free(cstn__log_ops *ops);

#endif
