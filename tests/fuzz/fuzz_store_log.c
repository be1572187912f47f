/* A log's bytes, as they are and with the hashes of header and frames put right so that what lies
 * behind them is read. Every frame lies in the file and after the one before; every value of every
 * operation can be read; each operation is written again and reads back alike. */
#include "fuzz.h"
#include "fuzz_disk.h"

#include "base/error.h"
#include "base/hash.h"
#include "store/little_endian.h"
#include "store/log.h"
#include "store/manifest.h"

#define MEMORY_MAX (8u << 20) /* more than any seed needs */

typedef struct fuzz_log {
	fuzz_disk disk;
	uint64_t end; /* of the last frame seen */
} fuzz_log;

/* Blocks above the bound are refused, so that few bytes cannot ask for much time. */
static void *bounded_alloc(void *user, size_t size, size_t alignment)
{
	(void)user;
	(void)alignment;
	return size > MEMORY_MAX ? NULL : malloc(size);
}

static void *bounded_realloc(
		void *user, void *memory, size_t old_size, size_t new_size, size_t alignment)
{
	(void)user;
	(void)old_size;
	(void)alignment;
	return new_size > MEMORY_MAX ? NULL : realloc(memory, new_size);
}

static void bounded_free(void *user, void *memory, size_t size, size_t alignment)
{
	(void)user;
	(void)size;
	(void)alignment;
	free(memory);
}

static const cstn_allocator bounded = {
		sizeof(cstn_allocator), 0, NULL, bounded_alloc, bounded_realloc, bounded_free};

static uint64_t sum_values(const cstn__log_op *op)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < op->batch.n_columns; i++) {
		const cstn__values *values = &op->batch.columns[i];

		MUST(values->rows == (op->spaces[i] ? op->batch.child_rows : op->batch.rows));
		for (uint64_t row = 0; row < values->rows; row++) {
			size_t len = 0;
			const uint8_t *text;

			if (!cstn__values_is_valid(values, row))
				continue;
			if (values->numbers) {
				sum = sum * 31 + (uint64_t)values->numbers[row];
				continue;
			}
			text = cstn__values_text(values, row, &len);
			sum = sum * 31 + cstn__hash64(0, text, len);
		}
	}
	for (uint64_t row = 0; op->batch.children && row < op->batch.rows; row++)
		sum = sum * 31 + op->batch.children[row];
	return sum;
}

/* Written, an operation reads back to the same values. */
static void write_and_read(const cstn__log_op *op)
{
	cstn__log_frame frame = {.kind = CSTN__FRAME_TRANSACTION, .n_ops = 1, .seq = 1};
	uint64_t sum = sum_values(op);
	cstn__log_ops *ops = NULL;
	cstn__log_op again;
	cstn__bytes payload;

	cstn__bytes_init(&payload, NULL);
	MUST(cstn__log_op_write(op, &payload, NULL) == CSTN_OK);
	frame.payload = payload.data;
	frame.payload_len = (uint32_t)payload.size;
	MUST(cstn__log_ops_new(&frame, NULL, &ops, NULL) == CSTN_OK);
	MUST(cstn__log_ops_next(ops, &again, NULL) == CSTN_OK);
	MUST(sum_values(&again) == sum);
	MUST(again.batch.n_columns == op->batch.n_columns && again.blob_len == op->blob_len);
	MUST(cstn__log_ops_next(ops, &again, NULL) == CSTN_DONE);
	cstn__log_ops_free(ops);
	cstn__bytes_free(&payload);
}

static cstn_status take_frame(void *context, const cstn__log_frame *frame, cstn_error **error)
{
	fuzz_log *log = context;
	cstn__log_ops *ops = NULL;
	cstn_error *own = NULL;
	cstn__log_op op;
	cstn_status status;

	(void)error;
	MUST(frame->offset >= log->end);
	log->end = frame->offset + CSTN__FRAME_HEADER + frame->payload_len;
	MUST(log->end <= log->disk.size);
	MUST(cstn__log_ops_new(frame, &bounded, &ops, NULL) == CSTN_OK);
	while ((status = cstn__log_ops_next(ops, &op, &own)) == CSTN_OK)
		if (op.op != CSTN__OP_SCHEMA || op.blob_len > 0)
			write_and_read(&op);
	fuzz_check_error(status, own);
	cstn__log_ops_free(ops);
	return CSTN_OK;
}

static void replay(const uint8_t *data, size_t size)
{
	fuzz_log seen;
	cstn__log_replayed log;
	cstn_error *error = NULL;
	cstn_status status;
	cstn__log_header header;

	fuzz_disk_init(&seen.disk, data, size);
	seen.end = CSTN__LOG_HEADER;
	status = cstn__log_replay(
			&seen.disk.vfs, NULL, NULL, 0, NULL, take_frame, &seen, &log, &error);
	fuzz_check_error(status, error);
	MUST(log.end <= size || log.end == 0);
	if (cstn__log_header_read(data, size, NULL, 0, &header, NULL) != CSTN_OK)
		return;
	seen.end = CSTN__LOG_HEADER;
	MUST(cstn__log_scan(&seen.disk.vfs, NULL, &header, NULL, take_frame, &seen, NULL) ==
			CSTN_OK);
}

/* Hashes of the header and of each frame whose bounds hold, one after the other. */
static void put_right(uint8_t *data, size_t size)
{
	size_t at = CSTN__LOG_HEADER;

	if (size < CSTN__LOG_HEADER)
		return;
	memcpy(data, "CSTNLOG1", 8);
	cstn__store64(data + 80,
			cstn__hash64(cstn__load64(data + 16) ^ cstn__load64(data + 32), data, 80));
	while (size - at >= CSTN__FRAME_HEADER) {
		uint32_t len = cstn__load32(data + at + 4) & ~7u;

		if (len > size - at - CSTN__FRAME_HEADER)
			len = (uint32_t)(size - at - CSTN__FRAME_HEADER) & ~7u;
		memcpy(data + at, "CSFM", 4);
		cstn__store32(data + at + 4, len);
		cstn__store64(data + at + 8,
				cstn__hash64(cstn__load64(data + 48) ^ cstn__load64(data + 32),
						data + at + 16, 24 + (size_t)len));
		at += CSTN__FRAME_HEADER + len;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	if (copy == NULL)
		return 0;
	replay(data, size);
	if (size > 0)
		memcpy(copy, data, size);
	put_right(copy, size);
	replay(copy, size);
	free(copy);
	return 0;
}
