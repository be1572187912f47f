/* Recovery's replay: each frame of the log is applied as the commit it was, small ones together.
 * What the frames say is checked like a caller's batch; what does not fit its table is damage.
 * Nobody sees the store before its replay has ended, so that rows of one table may be applied
 * before those of another that came earlier. */
#include "store/durable.h"

#include <string.h>

#include "base/error.h"
#include "store/replay.h"

/* From so many rows and child rows on an operation pays for itself, and is not copied once more to
 * be gathered with others. */
#define ENOUGH_ALONE 256u
/* From so many rows on it is foreseen how many the log will bring. */
#define FORESEE_ROWS 4096u
#define FORESEE_LEAST_BYTES 32u

static const cstn__store_column *column_of(const cstn__store_table *table, uint32_t id)
{
	uint32_t at = cstn__column_position(table, id);

	return at == CSTN__NO_COLUMN ? NULL : &table->columns[at];
}

/* The op's batch without columns of which all is null: such a text comes as numbers. */
static cstn_status take_columns(struct cstn__replay *replay, const cstn__store_table *table,
		const cstn__log_op *op, cstn__store_batch *out, cstn_error **error)
{
	const cstn_allocator *allocator = &replay->store->allocator;

	replay->ids.count = replay->columns.count = 0;
	if (cstn__array_reserve(allocator, &replay->ids, op->batch.n_columns + 1) ||
			cstn__array_reserve(allocator, &replay->columns, op->batch.n_columns + 1))
		return cstn__fail_nomem(error);
	for (size_t c = 0; c < op->batch.n_columns; c++) {
		const cstn__store_column *column = column_of(table, op->batch.ids[c]);

		if (!column || column->space != op->spaces[c])
			return cstn__fail(error, CSTN_E_CORRUPT,
					"a frame names column %u, which table '%s' does not have",
					op->batch.ids[c], table->name);
		if (cstn__column_is_text(column) && !op->batch.columns[c].offsets)
			continue;
		replay->ids.items[replay->ids.count++] = op->batch.ids[c];
		replay->columns.items[replay->columns.count++] = op->batch.columns[c];
	}
	*out = op->batch;
	out->ids = replay->ids.items;
	out->columns = replay->columns.items;
	out->n_columns = replay->columns.count;
	return CSTN_OK;
}

/* What a caller's batch is checked for. */
static cstn_status check_op(struct cstn__replay *replay, const cstn__log_op *op,
		const cstn__table_info *table, cstn__store_batch *batch, cstn_error **error)
{
	cstn_status status = take_columns(replay, table->declared, op, batch, error);

	return status == CSTN_OK ? cstn__change_check(table, op->op, batch, error) : status;
}

/* An operation that is not gathered. */
static cstn_status apply_alone(struct cstn__replay *replay, const cstn__log_op *op,
		const cstn__table_info *table, uint64_t seq, cstn_error **error)
{
	cstn__store *store = replay->store;
	cstn__change change = {.op = op->op, .table = table};
	cstn_status status = take_columns(replay, table->declared, op, &change.batch, error);

	if (status == CSTN_OK && table->n_key) {
		replay->hashes.count = 0;
		if (cstn__array_reserve(&store->allocator, &replay->hashes,
				    (size_t)change.batch.rows + 1))
			return cstn__fail_nomem(error);
		change.hashes = replay->hashes.items;
		status = cstn__change_hash(store, &change, error);
	}
	if (status == CSTN_OK)
		status = cstn__change_reserve(store, &change, error);
	if (status == CSTN_OK)
		cstn__change_apply(store, &change, seq);
	cstn__reserve_cancel(store);
	cstn__change_free(store, &change);
	return status;
}

static cstn_status gather(struct cstn__replay *replay, struct cstn__replay_rows *rows,
		const cstn__log_op *op, const cstn__table_info *table, uint64_t seq,
		cstn_error **error)
{
	const cstn_allocator *allocator = &replay->store->allocator;
	int alone = op->batch.rows + op->batch.child_rows >= ENOUGH_ALONE, taken = 0;
	cstn_status status = CSTN_OK;

	if (!alone)
		status = cstn__replay_rows_put(rows, op, seq, allocator, &taken, error);
	if (status != CSTN_OK || taken)
		return status;
	status = cstn__replay_rows_apply(replay->store, rows, error);
	if (status == CSTN_OK && !alone)
		status = cstn__replay_rows_put(rows, op, seq, allocator, &taken, error);
	return status == CSTN_OK && !taken ? apply_alone(replay, op, table, seq, error) : status;
}

static cstn_status rows_of(struct cstn__replay *replay, const cstn__table_info *table,
		struct cstn__replay_rows **out, cstn_error **error)
{
	const cstn__store *store = replay->store;
	cstn_status status = CSTN_OK;

	if (!replay->rows) {
		replay->rows = cstn__alloc_zero(
				&store->allocator, (store->n_tables + 1) * sizeof(*replay->rows));
		if (!replay->rows)
			return cstn__fail_nomem(error);
	}
	if (!replay->rows[table->index])
		status = cstn__replay_rows_new(
				table, &store->allocator, &replay->rows[table->index], error);
	*out = replay->rows[table->index];
	return status;
}

/* When the key index has to grow: to as many rows as the log is likely to bring, judged by what it
 * has brought so far, instead of once a doubling. */
static cstn_status foresee(struct cstn__replay *replay, const cstn__table_info *table,
		const cstn__log_op *op, uint64_t offset, cstn_error **error)
{
	cstn__memory *memory = replay->store->version->tables[table->index].memory;
	uint64_t left = replay->log->file_len - offset, more;

	if (!table->n_key || memory->rows < FORESEE_ROWS ||
			memory->index.rows + op->batch.rows <= memory->index.chain_capacity)
		return CSTN_OK;
	more = (uint64_t)((double)left / (double)offset * (double)memory->rows);
	if (more > left / FORESEE_LEAST_BYTES)
		more = left / FORESEE_LEAST_BYTES;
	return cstn__key_index_reserve(
			&memory->index, more, &memory->retired, &memory->allocator, error);
}

static cstn_status apply_op(struct cstn__replay *replay, const cstn__log_op *op,
		const cstn__log_frame *frame, cstn_error **error)
{
	const cstn__table_info *table = NULL;
	struct cstn__replay_rows *rows = NULL;
	cstn__store_batch batch;
	cstn_status status = cstn__store_table_find(replay->store, op->table, &table, error);

	if (status == CSTN_OK)
		status = rows_of(replay, table, &rows, error);
	if (status == CSTN_OK && !cstn__replay_rows_known(rows, op)) {
		status = check_op(replay, op, table, &batch, error);
		if (status == CSTN_OK)
			status = cstn__replay_rows_learn(
					rows, op, &replay->store->allocator, error);
	}
	if (status == CSTN_OK)
		status = foresee(replay, table, op, frame->offset, error);
	return status == CSTN_OK ? gather(replay, rows, op, table, frame->seq, error) : status;
}

cstn_status cstn__replay_frame(void *context, const cstn__log_frame *frame, cstn_error **error)
{
	struct cstn__replay *replay = context;
	cstn_status status = CSTN_OK;

	replay->n_frames++;
	if (frame->kind != CSTN__FRAME_TRANSACTION)
		return CSTN_OK;
	if (replay->ops)
		cstn__log_ops_reset(replay->ops, frame);
	else
		status = cstn__log_ops_new(frame, &replay->store->allocator, &replay->ops, error);
	while (status == CSTN_OK) {
		cstn__log_op op;

		status = cstn__log_ops_next(replay->ops, &op, error);
		if (status != CSTN_OK)
			break;
		if (op.op == CSTN__OP_PUT_SLOTS || op.op == CSTN__OP_ERASE_SLOTS)
			status = cstn__slot_log_take(&replay->store->slots.log, &op, error);
		else if (op.op != CSTN__OP_SCHEMA)
			status = apply_op(replay, &op, frame, error);
	}
	if (status == CSTN_DONE)
		return CSTN_OK;
	/* A hash that holds over what no commit writes. */
	if (status == CSTN_E_SCHEMA || status == CSTN_E_INVALID_ARGUMENT ||
			status == CSTN_E_NOT_FOUND || status == CSTN_E_LIMIT) {
		cstn_error *why = NULL;

		if (error) {
			why = *error;
			*error = NULL;
		}
		status = cstn__fail(error, CSTN_E_CORRUPT, "transaction %llu of the log: %s",
				(unsigned long long)frame->seq, cstn_error_message(why));
		cstn_error_free(why);
	}
	return status;
}

cstn_status cstn__replay_end(struct cstn__replay *replay, cstn_error **error)
{
	cstn_status status = CSTN_OK;

	for (size_t t = 0; replay->rows && t < replay->store->n_tables && status == CSTN_OK; t++)
		if (replay->rows[t])
			status = cstn__replay_rows_apply(replay->store, replay->rows[t], error);
	return status;
}

void cstn__replay_free(struct cstn__replay *replay)
{
	const cstn_allocator *allocator = &replay->store->allocator;

	for (size_t t = 0; replay->rows && t < replay->store->n_tables; t++)
		cstn__replay_rows_free(replay->rows[t], allocator);
	cstn__free(allocator, replay->rows, (replay->store->n_tables + 1) * sizeof(*replay->rows));
	cstn__log_ops_free(replay->ops);
	cstn__array_free(allocator, &replay->ids);
	cstn__array_free(allocator, &replay->columns);
	cstn__array_free(allocator, &replay->hashes);
}
