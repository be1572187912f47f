/* The operations of a transaction, as bytes of a frame's payload.
 *
 *   24  u8 op, u8 0, u16 table, u32 schema_version, u32 rows, u32 child_rows, u32 n_cols, u32
 *       body_len; then for each column
 *   16  u32 id (0: children per row), u8 encoding, u8 width, u8 flags, u8 space, u32 data_len, u32
 *       nulls; block; padding to 8
 *
 * or, for SCHEMA, the schema blob alone; for _SLOTS the numbers of key slots, one column. An op
 * names keys, never positions: replaying looks nothing up. Reading trusts nothing: memory is
 * bounded by the limits on rows and values, whatever the bytes say. Cost: that of encoding and
 * decoding the blocks. */
#include <inttypes.h>
#include <string.h>

#include "base/cpu.h"
#include "base/error.h"
#include "store/block.h"
#include "store/key_slots.h"
#include "store/little_endian.h"
#include "store/log.h"
#include "store/manifest.h"

#define OP_HEAD 24
#define COLUMN_HEAD 16
#define COLUMNS_MAX 1024

/* --- write --- */

/* What is wrong with an operation on key slots; NULL: nothing, or it is none. */
static const char *slots_problem(const cstn__log_op *op)
{
	const cstn__values *slots = op->batch.columns;

	if (op->op != CSTN__OP_PUT_SLOTS && op->op != CSTN__OP_ERASE_SLOTS)
		return NULL;
	if (op->table != 0 || op->batch.rows == 0 || op->batch.child_rows != 0 ||
			op->batch.children || op->batch.n_columns != 1 ||
			op->batch.ids[0] != CSTN__SLOT_COLUMN || slots->rows != op->batch.rows)
		return "numbers of key slots are one column and no table's";
	if (!slots->numbers || slots->validity)
		return "numbers of key slots are numbers, none null";
	for (uint64_t i = 0; i < slots->rows; i++)
		if (slots->numbers[i] <= 0)
			return "a key slot has a number above 0";
	return NULL;
}

static cstn_status check_op(const cstn__log_op *op, cstn_error **error)
{
	const cstn__store_batch *batch = &op->batch;

	if (op->op < CSTN__OP_APPEND || op->op > CSTN__OP_ERASE_SLOTS || op->table > UINT16_MAX)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"log: op %" PRIu32 " of table %" PRIu32 " is none", op->op,
				op->table);
	if (slots_problem(op))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "log: %s", slots_problem(op));
	if (op->op == CSTN__OP_SCHEMA && (op->blob_len % 8 != 0 || op->blob_len == 0))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"log: a schema of %zu bytes is no blob", op->blob_len);
	if (batch->rows > CSTN__OP_ROWS_MAX || batch->child_rows > CSTN__OP_ROWS_MAX)
		return cstn__fail(error, CSTN_E_LIMIT,
				"%" PRIu64 " rows with %" PRIu64
				" child rows in one operation, at most %" PRIu32
				" of each are allowed",
				batch->rows, batch->child_rows, (uint32_t)CSTN__OP_ROWS_MAX);
	if (batch->n_columns > COLUMNS_MAX)
		return cstn__fail(error, CSTN_E_LIMIT,
				"%zu columns in one operation, at most 1,024 are allowed",
				batch->n_columns);
	return CSTN_OK;
}

/* One column with its padding; its head is filled in when the block is there. */
static cstn_status put_column(uint32_t id, uint32_t space, const cstn__values *values,
		uint64_t rows, cstn__bytes *out, cstn_error **error)
{
	static const uint8_t zeros[COLUMN_HEAD];
	size_t start = out->size;
	cstn__block_info info;
	cstn_status status;
	uint8_t *head;

	cstn__bytes_put(out, zeros, COLUMN_HEAD);
	status = cstn__block_encode(values, 0, rows, CSTN__ENCODINGS_LOG, 0, out, &info, error);
	if (status != CSTN_OK) {
		cstn__error_prefix(error, "column %" PRIu32 ": ", id);
		return status;
	}
	cstn__bytes_put(out, zeros, (8 - (size_t)info.enc_len % 8) % 8);
	if (out->failed)
		return cstn__fail_nomem(error);
	head = out->data + start;
	cstn__store32(head, id);
	head[4] = info.encoding;
	head[5] = info.width;
	head[6] = info.flags & CSTN__BLOCK_VALIDITY;
	head[7] = (uint8_t)space;
	cstn__store32(head + 8, info.enc_len);
	cstn__store32(head + 12, info.nulls);
	return CSTN_OK;
}

/* The numbers of child rows, as column 0. */
static cstn_status put_children(
		const cstn__store_batch *batch, cstn__bytes *out, cstn_error **error)
{
	size_t size = cstn__array_size((size_t)batch->rows, sizeof(int64_t));
	int64_t *numbers = cstn__alloc(&out->allocator, size);
	cstn__values values = {.rows = batch->rows, .numbers = numbers};
	cstn_status status;

	if (!numbers)
		return cstn__fail_nomem(error);
	for (uint64_t i = 0; i < batch->rows; i++)
		numbers[i] = batch->children[i];
	status = put_column(
			CSTN__COLUMN_CHILDREN, CSTN__SPACE_ROW, &values, batch->rows, out, error);
	cstn__free(&out->allocator, numbers, size);
	return status;
}

static cstn_status put_columns(const cstn__log_op *op, cstn__bytes *out, cstn_error **error)
{
	const cstn__store_batch *batch = &op->batch;
	cstn_status status = CSTN_OK;
	uint64_t n_values = 0;

	if (batch->children)
		status = put_children(batch, out, error);
	for (size_t i = 0; i < batch->n_columns && status == CSTN_OK; i++) {
		const cstn__values *values = &batch->columns[i];
		uint32_t space = op->spaces                    ? op->spaces[i]
				 : values->rows != batch->rows ? CSTN__SPACE_CHILD
							       : CSTN__SPACE_ROW;
		uint64_t rows = space == CSTN__SPACE_ROW ? batch->rows : batch->child_rows;

		if (values->rows != rows)
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"column %" PRIu32 ": %" PRIu64 " values for %" PRIu64
					" rows",
					batch->ids[i], values->rows, rows);
		n_values += rows;
		if (n_values > CSTN__OP_VALUES_MAX)
			return cstn__fail(error, CSTN_E_LIMIT,
					"%" PRIu64 " values in one operation, at most %" PRIu32
					" are allowed",
					n_values, (uint32_t)CSTN__OP_VALUES_MAX);
		status = put_column(batch->ids[i], space, values, rows, out, error);
	}
	return status;
}

/* The head of an op whose body follows it. */
static void fill_head(const cstn__log_op *op, size_t body_len, uint8_t *head)
{
	const cstn__store_batch *batch = &op->batch;

	head[0] = (uint8_t)op->op;
	cstn__store16(head + 2, (uint16_t)op->table);
	cstn__store32(head + 4, op->schema_version);
	if (op->op != CSTN__OP_SCHEMA) {
		cstn__store32(head + 8, (uint32_t)batch->rows);
		cstn__store32(head + 12, (uint32_t)batch->child_rows);
		cstn__store32(head + 16, (uint32_t)(batch->n_columns + (batch->children != NULL)));
	}
	cstn__store32(head + 20, (uint32_t)body_len);
}

cstn_status cstn__log_op_write(const cstn__log_op *op, cstn__bytes *payload, cstn_error **error)
{
	static const uint8_t zeros[OP_HEAD];
	size_t start = payload->size, body_len;
	cstn_status status = check_op(op, error);

	if (status != CSTN_OK)
		return status;
	cstn__bytes_put(payload, zeros, OP_HEAD);
	if (op->op == CSTN__OP_SCHEMA)
		cstn__bytes_put(payload, op->blob, op->blob_len);
	else
		status = put_columns(op, payload, error);
	body_len = payload->size - start - OP_HEAD;
	if (status == CSTN_OK && payload->failed)
		status = cstn__fail_nomem(error);
	if (status == CSTN_OK && body_len > CSTN__FRAME_MAX)
		status = cstn__fail(error, CSTN_E_LIMIT,
				"an operation of %zu bytes, at most %" PRIu32 " are allowed",
				body_len, (uint32_t)CSTN__FRAME_MAX);
	if (status != CSTN_OK) {
		payload->size = start;
		return status;
	}
	fill_head(op, body_len, payload->data + start);
	return CSTN_OK;
}

/* --- read --- */

/* Values that are decoded before it is asked what the processor can do, which costs as much. */
#define MANY_VALUES 131072
/* The columns of the current op lie in one block of memory, which the next op uses again; so do
 * their values, up to `scratch`, which grows to what the largest op so far took. Most ops of a log
 * are of one shape, and what was found out about the columns of the one before is not looked for
 * again. */
#define SCRATCH_LEAST 4096
#define SCRATCH_MOST (1u << 20)
struct cstn__log_ops {
	cstn_allocator allocator;
	cstn__reader reader;
	uint64_t seq;
	uint32_t n_ops, done;
	int simd; /* 0: not asked for yet */
	uint64_t values;
	size_t n_decoded, capacity;
	size_t n_known; /* columns of the op before that lie in `ids`, none twice */
	int like_before;
	cstn__block *decoded;
	cstn__values *columns;
	uint32_t *ids;
	uint8_t *spaces;
	uint32_t *children;
	size_t children_size; /* 0: in `scratch` */
	size_t scratch_size, scratch_wanted;
	uint8_t *scratch;
};
#define COLUMN_SIZE (sizeof(cstn__block) + sizeof(cstn__values) + sizeof(uint32_t) + 1)

/* The numbers of an op's head. */
typedef struct op_head {
	uint32_t n_columns, body_len;
	uint64_t n_values;
} op_head;

static cstn_status corrupt(const cstn__log_ops *ops, cstn_error **error, const char *rule)
{
	return cstn__fail(error, CSTN_E_CORRUPT,
			"log: transaction %" PRIu64 ", operation %" PRIu32 ": %s", ops->seq,
			ops->done, rule);
}

static void free_op(cstn__log_ops *ops)
{
	for (size_t i = 0; i < ops->n_decoded; i++)
		cstn__block_free(&ops->decoded[i], &ops->allocator);
	ops->n_decoded = 0;
	if (ops->children_size)
		cstn__free(&ops->allocator, ops->children, ops->children_size);
	ops->children_size = 0;
	ops->children = NULL;
}

/* Some of the scratch memory; NULL: it is used up. */
static void *take_scratch(cstn__log_ops *ops, size_t size)
{
	size_t at = ops->scratch_wanted;

	size = (size + 15) & ~(size_t)15;
	if (at > SCRATCH_MOST || size > SCRATCH_MOST) {
		ops->scratch_wanted = SCRATCH_MOST + 1;
		return NULL;
	}
	ops->scratch_wanted += size;
	return ops->scratch_wanted <= ops->scratch_size ? ops->scratch + at : NULL;
}

/* Before an op: as much scratch memory as the one before wanted, if that is reasonable. */
static cstn_status grow_scratch(cstn__log_ops *ops, cstn_error **error)
{
	size_t wanted = ops->scratch_wanted, size = SCRATCH_LEAST;

	ops->scratch_wanted = 0;
	if (wanted > SCRATCH_MOST)
		wanted = SCRATCH_MOST;
	if (ops->scratch && wanted <= ops->scratch_size)
		return CSTN_OK;
	while (size < wanted)
		size *= 2;
	cstn__free(&ops->allocator, ops->scratch, ops->scratch_size);
	ops->scratch_size = 0;
	ops->scratch = cstn__alloc(&ops->allocator, size);
	if (!ops->scratch)
		return cstn__fail_nomem(error);
	ops->scratch_size = size;
	return CSTN_OK;
}

static cstn_status make_room(cstn__log_ops *ops, size_t n, cstn_error **error)
{
	uint8_t *memory;

	if (n <= ops->capacity)
		return CSTN_OK;
	memory = cstn__alloc(&ops->allocator, n * COLUMN_SIZE);
	if (!memory)
		return cstn__fail_nomem(error);
	cstn__free(&ops->allocator, ops->decoded, ops->capacity * COLUMN_SIZE);
	ops->capacity = n;
	ops->n_known = 0;
	ops->decoded = (cstn__block *)(void *)memory;
	ops->columns = (cstn__values *)(void *)(ops->decoded + n);
	ops->ids = (uint32_t *)(void *)(ops->columns + n);
	ops->spaces = (uint8_t *)(ops->ids + n);
	return CSTN_OK;
}

void cstn__log_ops_reset(cstn__log_ops *ops, const cstn__log_frame *frame)
{
	free_op(ops);
	ops->reader = (cstn__reader){frame->payload, frame->payload_len, 0, 0};
	ops->seq = frame->seq;
	ops->n_ops = frame->n_ops;
	ops->done = 0;
}

cstn_status cstn__log_ops_new(const cstn__log_frame *frame, const cstn_allocator *allocator,
		cstn__log_ops **out, cstn_error **error)
{
	cstn_allocator read;
	cstn__log_ops *ops;
	cstn_status status = cstn__allocator_read(allocator, &read, error);

	if (status != CSTN_OK)
		return status;
	ops = cstn__alloc_zero(&read, sizeof(*ops));
	if (!ops)
		return cstn__fail_nomem(error);
	ops->allocator = read;
	cstn__log_ops_reset(ops, frame);
	*out = ops;
	return CSTN_OK;
}

void cstn__log_ops_free(cstn__log_ops *ops)
{
	cstn_allocator allocator;

	if (!ops)
		return;
	free_op(ops);
	allocator = ops->allocator;
	cstn__free(&allocator, ops->decoded, ops->capacity * COLUMN_SIZE);
	cstn__free(&allocator, ops->scratch, ops->scratch_size);
	cstn__free(&allocator, ops, sizeof(*ops));
}

static cstn_status take_head(
		cstn__log_ops *ops, cstn__log_op *op, op_head *head, cstn_error **error)
{
	cstn__reader *reader = &ops->reader;
	const uint8_t *at = cstn__read_bytes(reader, OP_HEAD);

	if (!at)
		return corrupt(ops, error, "the payload ends within its head");
	op->op = at[0];
	op->table = cstn__load16(at + 2);
	op->schema_version = cstn__load32(at + 4);
	op->batch.rows = cstn__load32(at + 8);
	op->batch.child_rows = cstn__load32(at + 12);
	head->n_columns = cstn__load32(at + 16);
	head->body_len = cstn__load32(at + 20);
	if (op->op < CSTN__OP_APPEND || op->op > CSTN__OP_ERASE_SLOTS || at[1] != 0)
		return corrupt(ops, error, "there is no such operation");
	if (head->body_len % 8 != 0 || head->body_len > reader->size - reader->position)
		return corrupt(ops, error, "it is longer than the payload");
	if (op->batch.rows > CSTN__OP_ROWS_MAX || op->batch.child_rows > CSTN__OP_ROWS_MAX)
		return corrupt(ops, error, "it has more rows than an operation may have");
	/* One more for the children. */
	if (head->n_columns > COLUMNS_MAX + 1 || head->n_columns > head->body_len / COLUMN_HEAD)
		return corrupt(ops, error, "it has more columns than a table may have");
	if (op->op == CSTN__OP_SCHEMA && (op->batch.rows || op->batch.child_rows ||
							 head->n_columns || !head->body_len))
		return corrupt(ops, error, "a schema has a blob and no rows");
	return CSTN_OK;
}

/* The numbers of child rows, moved from a decoded block. */
static cstn_status take_children(cstn__log_ops *ops, const cstn__values *values, cstn__log_op *op,
		cstn_error **error)
{
	uint64_t sum = 0;

	if (!values->numbers || values->validity)
		return corrupt(ops, error, "numbers of child rows are numbers, none null");
	ops->children = take_scratch(ops, (size_t)values->rows * sizeof(*ops->children));
	if (!ops->children) {
		ops->children_size = (size_t)values->rows * sizeof(*ops->children);
		ops->children = cstn__alloc(&ops->allocator, ops->children_size);
	}
	if (!ops->children)
		return cstn__fail_nomem(error);
	for (uint64_t i = 0; i < values->rows; i++) {
		if (values->numbers[i] < 0 || values->numbers[i] > CSTN__OP_ROWS_MAX)
			return corrupt(ops, error, "a row has more child rows than there may be");
		ops->children[i] = (uint32_t)values->numbers[i];
		sum += ops->children[i];
	}
	if (sum != op->batch.child_rows)
		return corrupt(ops, error, "the numbers of child rows do not sum to theirs");
	op->batch.children = ops->children;
	return CSTN_OK;
}

/* The head of a column and its bytes, checked but for the block. */
static cstn_status take_column_head(cstn__log_ops *ops, const cstn__log_op *op, uint32_t *id,
		uint32_t *space, cstn__block_info *info, const uint8_t **data, cstn_error **error)
{
	static const char too_long[] = "a column is longer than its bytes, or padded wrongly";
	cstn__reader *reader = &ops->reader;
	const uint8_t *head = cstn__read_bytes(reader, COLUMN_HEAD), *padding;
	uint8_t filled = 0;
	size_t n;

	memset(info, 0, sizeof(*info));
	if (!head)
		return corrupt(ops, error, too_long);
	*id = cstn__load32(head);
	info->encoding = head[4];
	info->width = head[5];
	info->flags = head[6];
	*space = head[7];
	info->enc_len = info->raw_len = cstn__load32(head + 8);
	info->nulls = cstn__load32(head + 12);
	*data = cstn__read_bytes(reader, info->enc_len);
	n = (8 - (size_t)info->enc_len % 8) % 8;
	padding = cstn__read_bytes(reader, n);
	for (size_t i = 0; padding && i < n; i++)
		filled |= padding[i];
	if (reader->failed || filled)
		return corrupt(ops, error, too_long);
	if (info->encoding > CSTN__ENCODING_BYTES || !(CSTN__ENCODINGS_LOG >> info->encoding & 1) ||
			info->flags & ~CSTN__BLOCK_VALIDITY || *space > CSTN__SPACE_CHILD ||
			(info->encoding == CSTN__ENCODING_FOR &&
					!cstn__is_plain_width(info->width)))
		return corrupt(ops, error,
				"a column has an encoding, a width or a flag that no log has");
	ops->like_before &=
			op->batch.n_columns < ops->n_known && ops->ids[op->batch.n_columns] == *id;
	for (size_t i = 0; !ops->like_before && i < op->batch.n_columns; i++)
		if (ops->ids[i] == *id)
			return corrupt(ops, error, "a column stands twice");
	if (*id == CSTN__COLUMN_CHILDREN && (ops->children || *space != CSTN__SPACE_ROW))
		return corrupt(ops, error, "there is one number of child rows a row");
	if (op->batch.n_columns == COLUMNS_MAX && *id != CSTN__COLUMN_CHILDREN)
		return corrupt(ops, error, "it has more columns than a table may have");
	return CSTN_OK;
}

/* One value that is not null, as most are in frames of one row; 0: it is something else, to be
 * looked at as any block is. `memory` is scratch. */
static int decode_one(const cstn__block_info *info, const uint8_t *data, uint8_t *memory,
		cstn__values *out)
{
	int64_t *number = (int64_t *)(void *)memory;
	uint32_t *offsets = (uint32_t *)(void *)memory;
	uint32_t shift = 64 - 8u * info->width;
	uint64_t raw = 0;

	if (info->flags || info->nulls || info->enc_len > CSTN__BLOCK_BYTES_MAX)
		return 0;
	memset(out, 0, sizeof(*out));
	out->rows = 1;
	if (info->encoding == CSTN__ENCODING_BYTES) {
		if (info->width || info->enc_len < 8 || cstn__load32(data) ||
				cstn__load32(data + 4) != info->enc_len - 8)
			return 0;
		offsets[0] = 0;
		offsets[1] = info->enc_len - 8;
		out->offsets = offsets;
		out->bytes = data + 8;
		return 1;
	}
	out->numbers = number;
	if (info->encoding == CSTN__ENCODING_CONST && !info->width && info->enc_len == 8) {
		*number = (int64_t)cstn__load64(data);
		return 1;
	}
	if (info->encoding != CSTN__ENCODING_RAW || info->enc_len != info->width)
		return 0;
	switch (info->width) {
	case 1:
		raw = data[0];
		break;
	case 2:
		raw = cstn__load16(data);
		break;
	case 4:
		raw = cstn__load32(data);
		break;
	case 8:
		raw = cstn__load64(data);
		break;
	default:
		return 0;
	}
	*number = (int64_t)(raw << shift) >> shift;
	return 1;
}

/* Decode a column's block into scratch memory, or into some of its own. */
static cstn_status decode(cstn__log_ops *ops, const cstn__block_info *info, const uint8_t *data,
		uint64_t rows, cstn__values *out, cstn_error **error)
{
	size_t size = rows == 1 ? sizeof(int64_t) : cstn__block_decoded_size(info, data, rows);
	uint8_t *memory = take_scratch(ops, size);
	cstn__block *block;
	cstn_status status;

	if (rows == 1 && memory && decode_one(info, data, memory, out))
		return CSTN_OK;
	if (rows == 1)
		memory = take_scratch(ops, cstn__block_decoded_size(info, data, rows));
	ops->values += rows;
	if (!ops->simd && ops->values > MANY_VALUES)
		ops->simd = cstn__cpu_simd();
	if (memory)
		return cstn__block_decode_into(ops->simd, info, data, rows, 0, &ops->allocator,
				memory, out, error);
	block = &ops->decoded[ops->n_decoded];
	status = cstn__block_decode_with(
			ops->simd, info, data, rows, 0, &ops->allocator, block, error);
	if (status != CSTN_OK)
		return status;
	ops->n_decoded++;
	*out = block->values;
	return CSTN_OK;
}

static cstn_status take_column(
		cstn__log_ops *ops, cstn__log_op *op, op_head *head, cstn_error **error)
{
	cstn__block_info info;
	cstn__values values;
	uint32_t id = 0, space = 0;
	const uint8_t *data = NULL;
	uint64_t rows;
	cstn_status status = take_column_head(ops, op, &id, &space, &info, &data, error);

	if (status != CSTN_OK)
		return status;
	rows = space == CSTN__SPACE_ROW ? op->batch.rows : op->batch.child_rows;
	head->n_values += rows;
	if (head->n_values > CSTN__OP_VALUES_MAX + CSTN__OP_ROWS_MAX)
		return corrupt(ops, error, "it has more values than an operation may have");
	status = decode(ops, &info, data, rows, &values, error);
	if (status != CSTN_OK) {
		cstn__error_prefix(error, "log: transaction %" PRIu64 ", column %" PRIu32 ": ",
				ops->seq, id);
		return status;
	}
	if (id == CSTN__COLUMN_CHILDREN)
		return take_children(ops, &values, op, error);
	ops->ids[op->batch.n_columns] = id;
	ops->spaces[op->batch.n_columns] = (uint8_t)space;
	ops->columns[op->batch.n_columns++] = values;
	return CSTN_OK;
}

static cstn_status take_op(cstn__log_ops *ops, cstn__log_op *op, cstn_error **error)
{
	op_head head = {0};
	cstn_status status = take_head(ops, op, &head, error);
	size_t end;

	if (status != CSTN_OK)
		return status;
	end = ops->reader.position + head.body_len;
	if (op->op == CSTN__OP_SCHEMA) {
		op->blob = cstn__read_bytes(&ops->reader, head.body_len);
		op->blob_len = head.body_len;
		return CSTN_OK;
	}
	status = make_room(ops, head.n_columns, error);
	if (status == CSTN_OK)
		status = grow_scratch(ops, error);
	if (status != CSTN_OK)
		return status;
	ops->like_before = 1;
	op->batch.ids = ops->ids;
	op->batch.columns = ops->columns;
	op->spaces = ops->spaces;
	for (uint32_t i = 0; i < head.n_columns && status == CSTN_OK; i++)
		status = take_column(ops, op, &head, error);
	ops->n_known = status == CSTN_OK ? op->batch.n_columns : 0;
	if (status != CSTN_OK)
		return status;
	if (ops->reader.position != end)
		return corrupt(ops, error, "its columns do not have the length it says");
	if (op->batch.child_rows != 0 && !op->batch.children)
		return corrupt(ops, error, "it has child rows that belong to no row");
	return slots_problem(op) ? corrupt(ops, error, slots_problem(op)) : CSTN_OK;
}

cstn_status cstn__log_ops_next(cstn__log_ops *ops, cstn__log_op *op, cstn_error **error)
{
	cstn__log_op read;
	cstn_status status;

	free_op(ops);
	if (ops->done == ops->n_ops) {
		if (ops->reader.position != ops->reader.size)
			return corrupt(ops, error, "bytes follow the last one");
		return CSTN_DONE;
	}
	memset(&read, 0, sizeof(read));
	status = take_op(ops, &read, error);
	if (status != CSTN_OK)
		return status;
	ops->done++;
	*op = read;
	return CSTN_OK;
}
