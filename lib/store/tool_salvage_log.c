/* Salvage of transactions: every hash-valid frame of the log, wherever it lies, whose operations
 * can be read, goes into a new log, under contiguous numbers of its own. What the segments hold
 * already is left out, table by table. */
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "store/file_io.h"
#include "store/tool_salvage.h"

typedef struct log_build {
	cstn__salvage *salvage;
	cstn__log_header header; /* of the new log */
	cstn__bytes bytes;       /* of the new log */
	cstn__bytes payload;     /* of one transaction */
	cstn__log_ops *ops;
	uint64_t file_no;   /* of the log that is read */
	uint64_t last_seen; /* sequence number in the old logs */
	uint64_t last_seq;  /* in the new one */
} log_build;

/* An operation of the schema, on columns that are there. */
static const char *op_problem(const cstn__salvage *salvage, const cstn__log_op *op)
{
	const cstn__store_table *table = cstn__schema_table(&salvage->source.schema, op->table);

	if (!table)
		return "a transaction names a table that is not in the schema";
	for (size_t i = 0; i < op->batch.n_columns; i++) {
		size_t k = 0;

		while (k < table->n_columns && table->columns[k].id != op->batch.ids[i])
			k++;
		if (k == table->n_columns || table->columns[k].space != op->spaces[i])
			return "a transaction names a column that is not in the schema";
	}
	return NULL;
}

/* The operations of a frame into the payload; without `write` they are only read. */
static cstn_status take_ops(log_build *build, uint64_t seq, int write, uint32_t *n_ops,
		uint64_t *n_lost, cstn_error **error)
{
	cstn__salvage *salvage = build->salvage;
	cstn__log_op op;
	cstn_status status;

	while ((status = cstn__log_ops_next(build->ops, &op, error)) == CSTN_OK) {
		const char *problem = NULL;
		cstn__salvaged_table *counts;

		if (op.op == CSTN__OP_SCHEMA || !write) /* the new manifest has the schema */
			continue;
		if (op.op == CSTN__OP_PUT_SLOTS || op.op == CSTN__OP_ERASE_SLOTS) {
			status = cstn__slot_log_take(&salvage->slots, &op, error);
			if (status == CSTN_OK)
				status = cstn__log_op_write(&op, &build->payload, error);
			if (status != CSTN_OK)
				return status;
			++*n_ops;
			continue;
		}
		problem = op_problem(salvage, &op);
		if (problem) {
			cstn__salvage_problem(salvage, CSTN__ENTRY_LOG, build->file_no, problem);
			++*n_lost;
			continue;
		}
		counts = cstn__salvage_table(salvage, op.table);
		if (seq <= counts->max_seq)
			continue;
		status = cstn__log_op_write(&op, &build->payload, error);
		if (status != CSTN_OK)
			return status;
		++*n_ops;
		if (op.op != CSTN__OP_DELETE)
			counts->rows += op.batch.rows;
	}
	return status == CSTN_DONE ? CSTN_OK : status;
}

static cstn_status take_frame(void *context, const cstn__log_frame *frame, cstn_error **error)
{
	log_build *build = context;
	cstn__salvage *salvage = build->salvage;
	uint64_t n_lost = 0;
	uint32_t n_ops = 0;
	cstn_status status = CSTN_OK;

	if (frame->kind != CSTN__FRAME_TRANSACTION || frame->seq <= build->last_seen)
		return CSTN_OK;
	if (cstn_progress_is_cancelled(salvage->progress))
		return cstn__fail(error, CSTN_E_CANCELLED, "salvage was cancelled");
	salvage->transactions_lost += frame->seq - build->last_seen - 1;
	build->last_seen = frame->seq;
	build->payload.size = 0;
	if (build->ops)
		cstn__log_ops_reset(build->ops, frame);
	else
		status = cstn__log_ops_new(frame, salvage->allocator, &build->ops, error);
	if (status != CSTN_OK)
		return status;
	/* All of them are read before the first is taken. */
	status = take_ops(build, frame->seq, 0, &n_ops, &n_lost, error);
	cstn__log_ops_reset(build->ops, frame);
	if (status == CSTN_OK)
		status = take_ops(build, frame->seq, 1, &n_ops, &n_lost, error);
	if (status != CSTN_OK) {
		salvage->transactions_lost++;
		return cstn__salvage_lost(salvage, CSTN__ENTRY_LOG, build->file_no, status, error);
	}
	salvage->transactions_lost += n_lost != 0;
	if (n_ops == 0)
		return CSTN_OK;
	status = cstn__log_frame_write(&build->header, CSTN__FRAME_TRANSACTION, n_ops,
			build->last_seq + 1, CSTN__LOG_HEADER, build->payload.data,
			build->payload.size, &build->bytes, error);
	if (status == CSTN_OK) {
		build->last_seq++;
		salvage->transactions++;
	}
	return status;
}

/* One old log: its header, then whatever frames there are. */
static cstn_status scan(log_build *build, uint64_t file_no, cstn_error **error)
{
	cstn__salvage *salvage = build->salvage;
	const char *path = cstn__tool_path(&salvage->from, CSTN__ENTRY_LOG, file_no);
	cstn__vfs *vfs = salvage->from.vfs;
	uint8_t data[CSTN__LOG_HEADER];
	cstn__log_header header;
	cstn__vfs_file *file = NULL;
	cstn_status status = path ? cstn__io_open(vfs, path, CSTN__VFS_READ, &file, error)
				  : cstn__fail_nomem(error);

	build->file_no = file_no;
	if (status == CSTN_OK)
		status = cstn__io_read(vfs, file, path, data, sizeof(data), 0, error);
	if (status == CSTN_OK)
		status = cstn__log_header_read(
				data, sizeof(data), salvage->uuid, file_no, &header, error);
	if (status == CSTN_OK && build->last_seen < header.base_seq - 1) {
		if (salvage->listed)
			salvage->transactions_lost += header.base_seq - 1 - build->last_seen;
		build->last_seen = header.base_seq - 1;
	}
	if (status == CSTN_OK)
		status = cstn__log_scan(
				vfs, file, &header, salvage->allocator, take_frame, build, error);
	if (file)
		vfs->close(vfs, file);
	return status == CSTN_OK ? CSTN_OK
				 : cstn__salvage_lost(salvage, CSTN__ENTRY_LOG, file_no, status,
						   error);
}

/* The log of the list, or all there are. */
static cstn_status scan_logs(log_build *build, cstn_error **error)
{
	cstn__salvage *salvage = build->salvage;
	cstn_status status = CSTN_OK;

	if (salvage->listed) {
		build->last_seen = salvage->source.last_seq;
		for (size_t i = 0; i < salvage->source.n_entries && status == CSTN_OK; i++)
			if (salvage->source.entries[i].kind == CSTN__ENTRY_LOG)
				status = scan(build, salvage->source.entries[i].file_no, error);
		return status;
	}
	for (size_t i = 0; i < salvage->names.count && status == CSTN_OK; i++)
		if (salvage->names.items[i].kind == CSTN__ENTRY_LOG)
			status = scan(build, salvage->names.items[i].file_no, error);
	return status;
}

cstn_status cstn__salvage_log(cstn__salvage *salvage, cstn_error **error)
{
	uint8_t head[CSTN__LOG_HEADER];
	log_build build = {.salvage = salvage, .last_seq = salvage->last_seq};
	cstn_status status;
	int reason;

	build.header = (cstn__log_header){.file_no = salvage->next_file++,
			.base_seq = salvage->last_seq + 1,
			.prev_last_seq = salvage->last_seq};
	memcpy(build.header.uuid, salvage->uuid, 16);
	reason = cstn__log_salt(salvage->to.vfs, &build.header);
	if (reason != 0)
		return cstn__io_fail(error, reason, "random", salvage->to.folder);
	cstn__bytes_init(&build.bytes, salvage->allocator);
	cstn__bytes_init(&build.payload, salvage->allocator);
	cstn__log_header_write(&build.header, head);
	cstn__bytes_put(&build.bytes, head, sizeof(head));
	status = build.bytes.failed ? cstn__fail_nomem(error) : scan_logs(&build, error);
	if (status == CSTN_OK)
		status = cstn__tool_put(&salvage->to, CSTN__ENTRY_LOG, build.header.file_no,
				build.bytes.data, build.bytes.size, error);
	salvage->log_file_no = build.header.file_no;
	cstn__log_ops_free(build.ops);
	cstn__bytes_free(&build.payload);
	cstn__bytes_free(&build.bytes);
	return status;
}
