/* The log side of a commit: frames of all transactions of a group, one write, one sync.
 *
 * After a write that failed the old log is never written again: what lies at its end is unknown,
 * and the next commit rotates first. After a failed sync the handle is poisoned. */
#include "store/durable.h"

#include "base/error.h"
#include "store/block.h"
#include "store/file_io.h"
#include "store/key_files.h"
#include "store/rule.h"

#define BULK_ROWS 65536u
#define BULK_BYTES (UINT64_C(63) << 20)

static uint64_t encoded_most(const cstn__store_batch *batch)
{
	uint64_t bytes = 64 + batch->rows * 8;

	for (size_t c = 0; c < batch->n_columns; c++) {
		const cstn__values *values = &batch->columns[c];

		bytes += 64 + values->rows * 8 + (values->rows + 63) / 64 * 8;
		if (values->offsets)
			bytes += values->offsets[values->rows];
	}
	return bytes;
}

/* A column of text is one block in the log, which has a limit; in segments it is many. */
static int is_block(const cstn__values *values)
{
	uint64_t bytes = (values->rows + 1) * 4 + (values->rows + 63) / 64 * 8;

	return !values->offsets || bytes + values->offsets[values->rows] <= CSTN__BLOCK_BYTES_MAX;
}

int cstn__is_bulk(const cstn__transaction *transaction)
{
	uint64_t bytes = 0, most = transaction->store->options.checkpoint_rows;

	/* What is erased must be said by the log. */
	if (transaction->slots.erased.count)
		return 0;
	/* What would be due for a checkpoint by itself need not pass through the log. */
	if (most == 0 || most > BULK_ROWS)
		most = BULK_ROWS;
	for (size_t i = 0; i < transaction->changes.count; i++) {
		const cstn__store_batch *batch = &transaction->changes.items[i].batch;

		bytes += encoded_most(batch);
		if (batch->rows >= most || bytes > BULK_BYTES)
			return 1;
		for (size_t c = 0; c < batch->n_columns; c++)
			if (!is_block(&batch->columns[c]))
				return 1;
	}
	return 0;
}

cstn_status cstn__log_ready(cstn__store *store, cstn_error **error)
{
	const cstn__checkpoint_job job = {.flags = CSTN__CHECKPOINT_FORCE};
	cstn_status status = cstn__store_may_write(store, error);

	if (status == CSTN_OK && store->durable->must_rotate)
		status = cstn__checkpoint_run(store, &job, error);
	return status;
}

static cstn_status encode(cstn__store *store, const cstn__request *request, cstn_error **error)
{
	cstn__durable *durable = store->durable;
	const cstn__transaction *transaction = request->transaction;
	uint32_t n_ops = (uint32_t)transaction->changes.count;
	cstn_status status = CSTN_OK;

	durable->payload.size = 0;
	for (size_t i = 0; status == CSTN_OK && i < transaction->changes.count; i++) {
		const cstn__change *change = &transaction->changes.items[i];
		cstn__log_op op = {.op = change->op,
				.table = change->table->declared->id,
				.schema_version = store->schema.version,
				.batch = change->batch,
				.spaces = change->spaces};

		status = cstn__log_op_write(&op, &durable->payload, error);
	}
	if (status == CSTN_OK && cstn__transaction_has_slots(transaction))
		status = cstn__slots_encode(store, transaction, &durable->payload, &n_ops, error);
	if (status != CSTN_OK)
		return status;
	return cstn__log_frame_write(&durable->log_header, CSTN__FRAME_TRANSACTION, n_ops,
			request->seq, durable->log_durable, durable->payload.data,
			durable->payload.size, &durable->frames, error);
}

/* Append what is in `frames`; the caller syncs. */
static cstn_status append(cstn__store *store, cstn_error **error)
{
	cstn__durable *durable = store->durable;
	cstn__path path;
	cstn_status status;
	uint64_t size;

	cstn__durable_path(durable, CSTN__ENTRY_LOG, durable->log_header.file_no, &path);
	status = cstn__io_write(durable->vfs, durable->log, path.text, durable->frames.data,
			durable->frames.size, durable->log_end, error);
	if (status == CSTN_OK)
		return CSTN_OK;
	if (CSTN__RULE(CSTN__RULE_ROTATE_AFTER_SHORT_WRITE))
		durable->must_rotate = 1;
	else if (!durable->vfs->size(durable->vfs, durable->log, &size) && size > durable->log_end)
		durable->log_end = (size + 7) & ~UINT64_C(7);
	return cstn__durable_note(store, status);
}

cstn_status cstn__log_commit(cstn__store *store, const cstn__request *from,
		const cstn__request *end, cstn_error **error)
{
	cstn__durable *durable = store->durable;
	cstn_status status = CSTN_OK;
	int must_sync = store->options.commit_level != CSTN__COMMIT_NONE;

	durable->frames.size = 0;
	durable->frames.failed = 0;
	durable->payload.failed = 0;
	for (const cstn__request *at = from; status == CSTN_OK && at != end; at = at->next)
		if (at->status == CSTN_OK && cstn__transaction_has_work(at->transaction)) {
			must_sync |= at->transaction->slots.erased.count != 0;
			status = encode(store, at, error);
			durable->log_frames++;
		}
	if (status == CSTN_OK)
		status = append(store, error);
	if (status != CSTN_OK)
		return status;
	if (must_sync) {
		if (CSTN__RULE(CSTN__RULE_SYNC_COMMIT))
			status = cstn__durable_sync_log(store, error);
		if (status != CSTN_OK)
			return status;
		durable->log_durable = durable->log_end + durable->frames.size;
	}
	durable->log_end += durable->frames.size;
	return cstn__durable_note(store, CSTN_OK);
}

/* Two syncs: the seal says how much was on the disk before it, and then is there itself. */
static cstn_status seal(cstn__store *store, cstn_error **error)
{
	cstn__durable *durable = store->durable;
	cstn_status status = CSTN_OK;

	if (durable->log_durable < durable->log_end)
		status = cstn__durable_sync_log(store, error);
	if (status != CSTN_OK)
		return status;
	durable->log_durable = durable->log_end;
	durable->frames.size = 0;
	durable->frames.failed = 0;
	status = cstn__log_frame_write(&durable->log_header, CSTN__FRAME_SEAL, 0, store->last_seq,
			durable->log_durable, NULL, 0, &durable->frames, error);
	if (status == CSTN_OK)
		status = append(store, error);
	if (status == CSTN_OK)
		status = cstn__durable_sync_log(store, error);
	if (status != CSTN_OK)
		return status;
	durable->log_end += durable->frames.size;
	durable->log_durable = durable->log_end;
	return cstn__durable_note(store, CSTN_OK);
}

cstn_status cstn__store_sync(cstn__store *store, cstn_error **error)
{
	cstn_status status = cstn__store_may_write(store, error);

	if (status != CSTN_OK || !store->durable)
		return status;
	cstn__turn_take(store);
	status = cstn__log_ready(store, error);
	if (status == CSTN_OK && store->durable->log_frames)
		status = seal(store, error);
	cstn__turn_give(store);
	return status;
}
