/* Operations in a frame: their bytes, what reads back, and what bytes of any kind do. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "failing_allocator.h"
#include "log_fixture.h"
#include "store/manifest.h"
#include "suite.h"

static const uint32_t children[] = {1, 2};
static const uint32_t two_offsets[] = {0, 2, 5};
static const uint64_t second_only[] = {2};
static const int64_t nets[] = {99, -5};
static const int64_t quantities[] = {70000, 70000, 70000};
static const uint32_t upsert_ids[] = {16, 18, 20};
static const cstn__values upsert_columns[] = {
		{.rows = 2, .offsets = two_offsets, .bytes = (const uint8_t *)"A1B22"},
		{.rows = 2, .validity = second_only, .numbers = nets},
		{.rows = 3, .numbers = quantities},
};
static const uint8_t empty_schema[8] = {2};

static cstn__log_op upsert(void)
{
	return (cstn__log_op){CSTN__OP_UPSERT, 7, 2,
			{2, 3, children, upsert_ids, upsert_columns, 3}, NULL, 0, NULL};
}

static cstn__log_op delete_one(void)
{
	return (cstn__log_op){CSTN__OP_DELETE, 7, 2, {1, 0, NULL, upsert_ids, upsert_columns, 1},
			NULL, 0, NULL};
}

static cstn_status write_op(const cstn__log_op *op, cstn__bytes *payload)
{
	cstn_error *error = NULL;
	cstn_status status = cstn__log_op_write(op, payload, &error);

	ck_assert_int_eq(status != CSTN_OK, error != NULL);
	cstn_error_free(error);
	return status;
}

static cstn_status next_op(cstn__log_ops *ops, cstn__log_op *op)
{
	cstn_error *error = NULL;
	cstn_status status = cstn__log_ops_next(ops, op, &error);

	ck_assert_int_eq(status < 0, error != NULL);
	if (error)
		ck_assert_ptr_null(strchr(cstn_error_message(error), '\n'));
	cstn_error_free(error);
	return status;
}

/* The first op of a payload. The caller frees the walk. */
static cstn_status read_first(const uint8_t *payload, size_t len, uint32_t n_ops,
		cstn__log_ops **ops, cstn__log_op *op)
{
	cstn__log_frame frame = {.kind = CSTN__FRAME_TRANSACTION,
			.n_ops = n_ops,
			.payload_len = (uint32_t)len,
			.seq = 10,
			.payload = payload};

	ck_assert_int_eq(cstn__log_ops_new(&frame, NULL, ops, NULL), CSTN_OK);
	return next_op(*ops, op);
}

/* All ops of a payload: the first failure, or DONE. */
static cstn_status read_all(const uint8_t *payload, size_t len, uint32_t n_ops)
{
	uint8_t *copy = malloc(len ? len : 1);
	cstn__log_ops *ops = NULL;
	cstn__log_op op;
	cstn_status status;

	memcpy(copy, payload, len);
	status = read_first(copy, len, n_ops, &ops, &op);
	while (status == CSTN_OK)
		status = next_op(ops, &op);
	cstn__log_ops_free(ops);
	free(copy);
	return status;
}

START_TEST(operations_lie_where_the_format_says)
{
	cstn__log_op op = upsert();
	uint8_t data[LOG_LEN];
	cstn__bytes payload;

	log_golden(data);
	cstn__bytes_init(&payload, NULL);
	ck_assert_int_eq(write_op(&op, &payload), CSTN_OK);
	ck_assert_uint_eq(payload.size, LOG_UPSERT);
	ck_assert_mem_eq(payload.data, data + LOG_FRAME_1 + 40, LOG_UPSERT);
	payload.size = 0;
	op = delete_one();
	op.batch.columns = &(cstn__values){
			.rows = 1, .offsets = two_offsets, .bytes = (const uint8_t *)"A1"};
	ck_assert_int_eq(write_op(&op, &payload), CSTN_OK);
	op = (cstn__log_op){CSTN__OP_SCHEMA, 7, 2, {0}, empty_schema, 8, NULL};
	ck_assert_int_eq(write_op(&op, &payload), CSTN_OK);
	ck_assert_uint_eq(payload.size, LOG_DELETE + LOG_SCHEMA);
	ck_assert_mem_eq(payload.data, data + LOG_FRAME_2 + 40, LOG_DELETE + LOG_SCHEMA);
	cstn__bytes_free(&payload);
}
END_TEST

static void assert_text(const cstn__values *values, uint64_t row, const char *wanted)
{
	size_t len;
	const uint8_t *text = cstn__values_text(values, row, &len);

	ck_assert_uint_eq(len, strlen(wanted));
	ck_assert_mem_eq(text, wanted, len);
}

START_TEST(rows_with_child_rows_read_back)
{
	uint8_t data[LOG_LEN];
	cstn__log_ops *ops = NULL;
	cstn__log_op op;

	log_golden(data);
	ck_assert_int_eq(read_first(data + LOG_FRAME_1 + 40, LOG_UPSERT, 1, &ops, &op), CSTN_OK);
	ck_assert_uint_eq(op.op, CSTN__OP_UPSERT);
	ck_assert_uint_eq(op.table, 7);
	ck_assert_uint_eq(op.schema_version, 2);
	ck_assert_uint_eq(op.batch.rows, 2);
	ck_assert_uint_eq(op.batch.child_rows, 3);
	ck_assert_uint_eq(op.batch.children[0], 1);
	ck_assert_uint_eq(op.batch.children[1], 2);
	ck_assert_uint_eq(op.batch.n_columns, 3);
	ck_assert_mem_eq(op.batch.ids, upsert_ids, sizeof(upsert_ids));
	ck_assert_uint_eq(op.spaces[0], CSTN__SPACE_ROW);
	ck_assert_uint_eq(op.spaces[2], CSTN__SPACE_CHILD);
	assert_text(&op.batch.columns[0], 0, "A1");
	assert_text(&op.batch.columns[0], 1, "B22");
	ck_assert_int_eq(cstn__values_is_valid(&op.batch.columns[1], 0), 0);
	ck_assert_int_eq(op.batch.columns[1].numbers[0], 0); /* nothing under a null */
	ck_assert_int_eq(op.batch.columns[1].numbers[1], -5);
	ck_assert_uint_eq(op.batch.columns[2].rows, 3);
	ck_assert_int_eq(op.batch.columns[2].numbers[2], 70000);
	ck_assert_int_eq(next_op(ops, &op), CSTN_DONE);
	ck_assert_int_eq(next_op(ops, &op), CSTN_DONE);
	cstn__log_ops_free(ops);
}
END_TEST

START_TEST(a_delete_and_a_schema_read_back)
{
	uint8_t data[LOG_LEN];
	cstn__log_ops *ops = NULL;
	cstn__log_op op;

	log_golden(data);
	ck_assert_int_eq(read_first(data + LOG_FRAME_2 + 40, LOG_DELETE + LOG_SCHEMA, 2, &ops, &op),
			CSTN_OK);
	ck_assert_uint_eq(op.op, CSTN__OP_DELETE);
	ck_assert_uint_eq(op.batch.rows, 1);
	ck_assert_ptr_null(op.batch.children);
	assert_text(&op.batch.columns[0], 0, "A1");
	ck_assert_int_eq(next_op(ops, &op), CSTN_OK);
	ck_assert_uint_eq(op.op, CSTN__OP_SCHEMA);
	ck_assert_uint_eq(op.blob_len, 8);
	ck_assert_mem_eq(op.blob, empty_schema, 8);
	ck_assert_int_eq(next_op(ops, &op), CSTN_DONE);
	cstn__log_ops_free(ops);
}
END_TEST

START_TEST(one_walk_reads_many_frames)
{
	uint8_t data[LOG_LEN];
	cstn__log_ops *ops = NULL;
	cstn__log_frame frame = {.n_ops = 1, .payload_len = LOG_UPSERT};
	cstn__log_op op;

	log_golden(data);
	frame.payload = data + LOG_FRAME_1 + 40;
	ck_assert_int_eq(read_first(data + LOG_FRAME_2 + 40, LOG_DELETE + LOG_SCHEMA, 2, &ops, &op),
			CSTN_OK);
	for (int i = 0; i < 3; i++) {
		cstn__log_ops_reset(ops, &frame);
		ck_assert_int_eq(next_op(ops, &op), CSTN_OK);
		ck_assert_uint_eq(op.batch.n_columns, 3);
		assert_text(&op.batch.columns[0], 1, "B22");
	}
	cstn__log_ops_free(ops);
}
END_TEST

START_TEST(text_with_a_dictionary_is_written_as_text)
{
	static const uint32_t offsets[] = {0, 2, 5};
	static const int64_t codes[] = {1, 0, 1};
	cstn__values dictionary = {
			.rows = 2, .offsets = offsets, .bytes = (const uint8_t *)"A1B22"};
	cstn__values column = {.rows = 3, .numbers = codes, .dictionary = &dictionary};
	cstn__log_op op = {
			CSTN__OP_APPEND, 1, 1, {3, 0, NULL, upsert_ids, &column, 1}, NULL, 0, NULL};
	cstn__log_ops *ops = NULL;
	cstn__log_op read;
	cstn__bytes payload;

	cstn__bytes_init(&payload, NULL);
	ck_assert_int_eq(write_op(&op, &payload), CSTN_OK);
	ck_assert_int_eq(read_first(payload.data, payload.size, 1, &ops, &read), CSTN_OK);
	assert_text(&read.batch.columns[0], 0, "B22");
	assert_text(&read.batch.columns[0], 1, "A1");
	cstn__log_ops_free(ops);
	cstn__bytes_free(&payload);
}
END_TEST

START_TEST(a_batch_without_rows_reads_back)
{
	static const uint32_t none[1];
	static const uint32_t zero_offset[] = {0};
	cstn__values column = {.rows = 0, .offsets = zero_offset, .bytes = (const uint8_t *)""};
	cstn__log_op op = {
			CSTN__OP_APPEND, 1, 1, {0, 0, none, upsert_ids, &column, 1}, NULL, 0, NULL};
	cstn__log_ops *ops = NULL;
	cstn__log_op read;
	cstn__bytes payload;

	cstn__bytes_init(&payload, NULL);
	ck_assert_int_eq(write_op(&op, &payload), CSTN_OK);
	ck_assert_int_eq(read_first(payload.data, payload.size, 1, &ops, &read), CSTN_OK);
	ck_assert_uint_eq(read.batch.rows, 0);
	ck_assert_uint_eq(read.batch.n_columns, 1);
	cstn__log_ops_free(ops);
	cstn__bytes_free(&payload);
}
END_TEST

START_TEST(spaces_are_kept_where_rows_and_child_rows_are_equal_in_number)
{
	static const uint32_t one_each[] = {1, 1};
	static const int64_t numbers[] = {5, 6};
	static const uint8_t spaces[] = {CSTN__SPACE_CHILD, CSTN__SPACE_ROW};
	cstn__values columns[2] = {
			{.rows = 2, .numbers = numbers}, {.rows = 2, .numbers = numbers}};
	cstn__log_op op = {CSTN__OP_APPEND, 1, 1, {2, 2, one_each, upsert_ids, columns, 2}, NULL, 0,
			spaces};
	cstn__log_ops *ops = NULL;
	cstn__log_op read;
	cstn__bytes payload;

	cstn__bytes_init(&payload, NULL);
	ck_assert_int_eq(write_op(&op, &payload), CSTN_OK);
	ck_assert_int_eq(read_first(payload.data, payload.size, 1, &ops, &read), CSTN_OK);
	ck_assert_mem_eq(read.spaces, spaces, 2);
	cstn__log_ops_free(ops);
	cstn__bytes_free(&payload);
}
END_TEST

/* Payload bytes are under the frame's hash: behind it, any change is refused or read as what it
 * says, and never more than the payload. */
START_TEST(every_flipped_bit_of_a_payload_is_refused_or_harmless)
{
	uint8_t data[LOG_LEN];
	size_t refused = 0, lens[] = {LOG_UPSERT, LOG_DELETE + LOG_SCHEMA};
	uint8_t *payloads[2];

	log_golden(data);
	payloads[0] = data + LOG_FRAME_1 + 40;
	payloads[1] = data + LOG_FRAME_2 + 40;
	for (size_t i = 0; i < 2; i++) {
		for (size_t bit = 0; bit < lens[i] * 8; bit++) {
			cstn_status status;

			payloads[i][bit / 8] ^= (uint8_t)(1u << bit % 8);
			status = read_all(payloads[i], lens[i], (uint32_t)i + 1);
			ck_assert(status == CSTN_DONE || status == CSTN_E_CORRUPT);
			refused += status != CSTN_DONE;
			payloads[i][bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
	}
	ck_assert_uint_gt(refused, 500);
}
END_TEST

START_TEST(every_cut_of_a_payload_is_corrupt)
{
	uint8_t data[LOG_LEN];

	log_golden(data);
	for (size_t len = 0; len < LOG_UPSERT; len++)
		ck_assert_int_eq(read_all(data + LOG_FRAME_1 + 40, len, 1), CSTN_E_CORRUPT);
	ck_assert_int_eq(read_all(data + LOG_FRAME_1 + 40, LOG_UPSERT, 1), CSTN_DONE);
	ck_assert_int_eq(read_all(data + LOG_FRAME_1 + 40, LOG_UPSERT, 2), CSTN_E_CORRUPT);
	ck_assert_int_eq(read_all(data + LOG_FRAME_1 + 40, LOG_UPSERT, 0), CSTN_E_CORRUPT);
}
END_TEST

START_TEST(operations_that_make_no_sense_are_corrupt)
{
	for (int i = 0; i < 14; i++) {
		uint8_t data[LOG_LEN], *at = data + LOG_FRAME_1 + 40, *schema;

		log_golden(data);
		schema = data + LOG_FRAME_2 + 40 + LOG_DELETE;
		switch (i) {
		case 0:
			at[0] = 0;
			break;
		case 1:
			at[0] = 5;
			break;
		case 2:
			at[1] = 1;
			break;
		case 3:
			log_put(at, 8, 4, CSTN__OP_ROWS_MAX + 1);
			break;
		case 4:
			log_put(at, 12, 4, CSTN__OP_ROWS_MAX + 1);
			break;
		case 5:
			log_put(at, 16, 4, 3);
			break; /* a column fewer than there are */
		case 6:
			log_put(at, 16, 4, 2000);
			break; /* more than a table has */
		case 7:
			at[24 + 16] = 2;
			break; /* children do not sum to 3 */
		case 8:
			at[24 + 16] = 0xff;
			break; /* less than none */
		case 9:
			log_put(at, 24, 4, 15);
			break; /* child rows of no row */
		case 10:
			log_put(at, 24 + 24, 4, 0);
			break; /* children twice */
		case 11:
			log_put(at, 24 + 24 + 40, 4, 16);
			break; /* a column twice */
		case 12:
			at[24 + 16 + 7] = 1;
			break; /* padding */
		default:
			log_put(schema, 8, 4, 1);
			break;
		}
		if (i < 13)
			ck_assert_int_eq(read_all(at, LOG_UPSERT, 1), CSTN_E_CORRUPT);
		else
			ck_assert_int_eq(read_all(schema, LOG_SCHEMA, 1), CSTN_E_CORRUPT);
	}
}
END_TEST

START_TEST(encodings_and_flags_that_no_log_has_are_corrupt)
{
	static const uint8_t encodings[] = {3, 4, 6, 7, 255}, flags[] = {1, 3, 4, 8, 128};
	uint8_t data[LOG_LEN], *column;

	log_golden(data);
	column = data + LOG_FRAME_1 + 40 + LOG_UPSERT - 24;
	for (size_t i = 0; i < sizeof(encodings); i++) {
		column[4] = encodings[i];
		ck_assert_int_eq(read_all(data + LOG_FRAME_1 + 40, LOG_UPSERT, 1), CSTN_E_CORRUPT);
	}
	column[4] = 0;
	for (size_t i = 0; i < sizeof(flags); i++) {
		column[6] = flags[i];
		ck_assert_int_eq(read_all(data + LOG_FRAME_1 + 40, LOG_UPSERT, 1), CSTN_E_CORRUPT);
	}
	column[6] = 0;
	column[7] = 2;
	ck_assert_int_eq(read_all(data + LOG_FRAME_1 + 40, LOG_UPSERT, 1), CSTN_E_CORRUPT);
}
END_TEST

START_TEST(fields_of_a_log_have_plain_widths)
{
	for (uint32_t width = 1; width <= 56; width++) {
		uint8_t payload[24 + 16 + 16] = {CSTN__OP_APPEND};
		int plain = width <= 32 && (width & (width - 1)) == 0;

		log_put(payload, 8, 4, 1);  /* rows */
		log_put(payload, 16, 4, 1); /* columns */
		log_put(payload, 20, 4, 16 + 16);
		log_put(payload, 24, 4, 16); /* its id */
		payload[24 + 4] = 2;         /* FOR */
		payload[24 + 5] = (uint8_t)width;
		log_put(payload, 24 + 8, 4, 16); /* base, one word of fields */
		ck_assert_int_eq(read_all(payload, sizeof(payload), 1),
				plain ? CSTN_DONE : CSTN_E_CORRUPT);
	}
}
END_TEST

/* Bytes that say "2^24 times the same" 1,024 times are refused before 128 GiB are asked for. */
START_TEST(a_payload_cannot_ask_for_more_memory_than_an_operation_may_have)
{
	uint8_t *payload = calloc(1, 24 + 1024 * 24);
	failing_allocator memory;
	cstn__log_frame frame = {
			.n_ops = 1, .payload_len = 24 + 1024 * 24, .payload = payload, .seq = 1};
	cstn__log_ops *ops = NULL;
	cstn__log_op op;

	payload[0] = CSTN__OP_APPEND;
	log_put(payload, 8, 4, CSTN__OP_ROWS_MAX);
	log_put(payload, 16, 4, 1024);
	log_put(payload, 20, 4, 1024 * 24);
	for (size_t i = 0; i < 1024; i++) {
		log_put(payload, 24 + i * 24, 4, 16 + i);
		log_put(payload, 24 + i * 24 + 8, 4, 8);
	}
	failing_allocator_init(&memory, 0);
	ck_assert_int_eq(cstn__log_ops_new(&frame, &memory.allocator, &ops, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__log_ops_next(ops, &op, NULL), CSTN_E_CORRUPT);
	cstn__log_ops_free(ops);
	ck_assert_uint_lt(failing_allocator_peak_bytes(&memory), UINT64_C(420) << 20);
	ck_assert_uint_eq(failing_allocator_live(&memory), 0);
	free(payload);
}
END_TEST

START_TEST(what_cannot_be_written_is_refused_and_leaves_the_payload)
{
	static const int64_t numbers[3] = {0};
	cstn__values column = {.rows = 2, .numbers = numbers};
	cstn__bytes payload;

	cstn__bytes_init(&payload, NULL);
	cstn__bytes_put_u64(&payload, 1);
	for (int i = 0; i < 7; i++) {
		cstn__log_op op = upsert();
		cstn_status wanted = CSTN_E_INVALID_ARGUMENT;

		switch (i) {
		case 0:
			op.op = 0;
			break;
		case 1:
			op.op = 5;
			break;
		case 2:
			op.table = 65536;
			break;
		case 3: /* three values for two rows of no child */
			op.batch.columns = &column;
			op.batch.n_columns = 1;
			op.batch.rows = 3;
			op.batch.child_rows = 0;
			op.batch.children = NULL;
			break;
		case 4:
			op.op = CSTN__OP_SCHEMA;
			op.blob = empty_schema;
			op.blob_len = 7;
			break;
		case 5:
			op.batch.rows = CSTN__OP_ROWS_MAX + 1;
			wanted = CSTN_E_LIMIT;
			break;
		default:
			op.batch.n_columns = 1025;
			wanted = CSTN_E_LIMIT;
			break;
		}
		ck_assert_int_eq(write_op(&op, &payload), wanted);
		ck_assert_uint_eq(payload.size, 8);
	}
	cstn__bytes_free(&payload);
}
END_TEST

START_TEST(out_of_memory_while_writing_leaves_the_payload)
{
	cstn_status status = CSTN_E_NOMEM;
	cstn__log_op op = upsert();
	uint64_t n;

	for (n = 1; status == CSTN_E_NOMEM; n++) {
		failing_allocator memory;
		cstn__bytes payload;

		failing_allocator_init(&memory, n);
		cstn__bytes_init(&payload, &memory.allocator);
		status = write_op(&op, &payload);
		ck_assert_uint_eq(payload.size, status == CSTN_OK ? LOG_UPSERT : 0);
		cstn__bytes_free(&payload);
		ck_assert_uint_eq(failing_allocator_live(&memory), 0);
	}
	ck_assert_int_eq(status, CSTN_OK);
	ck_assert_uint_gt(n, 3);
}
END_TEST

/* How many allocations fail in turn before an operation is read. */
static uint64_t read_without_memory(const uint8_t *payload, size_t len)
{
	cstn_status status = CSTN_E_NOMEM;
	uint64_t n;

	for (n = 0; status == CSTN_E_NOMEM; n++) {
		cstn__log_frame frame = {
				.n_ops = 1, .payload_len = (uint32_t)len, .payload = payload};
		cstn__log_op op, before;
		cstn__log_ops *ops = NULL;
		failing_allocator memory;

		failing_allocator_init(&memory, n + 1);
		memset(&op, 0x5a, sizeof(op));
		before = op;
		status = cstn__log_ops_new(&frame, &memory.allocator, &ops, NULL);
		if (status == CSTN_OK)
			status = cstn__log_ops_next(ops, &op, NULL);
		if (status != CSTN_OK)
			ck_assert_mem_eq(&op, &before, sizeof(op));
		cstn__log_ops_free(ops);
		ck_assert_uint_eq(failing_allocator_live(&memory), 0);
	}
	ck_assert_int_eq(status, CSTN_OK);
	return n - 1;
}

START_TEST(out_of_memory_while_reading_leaves_the_operation_untouched)
{
	uint8_t data[LOG_LEN];

	log_golden(data);
	/* The walk, the columns, and scratch memory for few values. */
	ck_assert_uint_eq(read_without_memory(data + LOG_FRAME_1 + 40, LOG_UPSERT), 3);
}
END_TEST

START_TEST(out_of_memory_while_reading_many_values_leaves_the_operation_untouched)
{
	enum { ROWS = 9000 };
	static int64_t numbers[ROWS];
	static uint32_t lines[ROWS];
	cstn__values columns[2] = {{.rows = ROWS, .numbers = numbers}};
	const uint32_t ids[] = {16, 17};
	cstn__log_op op = {CSTN__OP_UPSERT, 7, 2, {ROWS, 0, lines, ids, columns, 2}, NULL, 0, NULL};
	cstn__bytes payload;

	for (int i = 0; i < ROWS; i++)
		numbers[i] = (int64_t)i * i * i * i;
	for (int i = 0; i < ROWS; i++) /* an even sum of numbers, so that they are not one */
		lines[i] = i % 2 ? 2 : 0;
	columns[1] = columns[0];
	op.batch.child_rows = ROWS;
	cstn__bytes_init(&payload, NULL);
	ck_assert_int_eq(write_op(&op, &payload), CSTN_OK);
	/* The walk, the columns, scratch memory, then numbers of child rows, twice, and each
	 * column. */
	ck_assert_uint_eq(read_without_memory(payload.data, payload.size), 7);
	cstn__bytes_free(&payload);
}
END_TEST

/* An operation on key slots, written and read; CSTN_OK, or what refused it. */
static cstn_status write_slots(uint32_t kind, const int64_t *numbers, size_t n, uint32_t table,
		uint32_t column, cstn__log_ops **ops, cstn__log_op *read, cstn__bytes *payload)
{
	const cstn__values values = {.rows = n, .numbers = numbers};
	const cstn__log_op op = {.op = kind,
			.table = table,
			.batch = {.rows = n, .ids = &column, .columns = &values, .n_columns = 1}};
	cstn__log_frame frame = {.kind = CSTN__FRAME_TRANSACTION, .n_ops = 1, .seq = 1};
	cstn_status status = cstn__log_op_write(&op, payload, NULL);

	if (status != CSTN_OK)
		return status;
	frame.payload = payload->data;
	frame.payload_len = (uint32_t)payload->size;
	ck_assert_int_eq(cstn__log_ops_new(&frame, NULL, ops, NULL), CSTN_OK);
	return cstn__log_ops_next(*ops, read, NULL);
}

START_TEST(numbers_of_key_slots_read_back)
{
	static const int64_t numbers[] = {3, INT64_MAX, 1};

	for (uint32_t kind = CSTN__OP_PUT_SLOTS; kind <= CSTN__OP_ERASE_SLOTS; kind++) {
		cstn__log_ops *ops = NULL;
		cstn__log_op read;
		cstn__bytes payload;

		cstn__bytes_init(&payload, NULL);
		ck_assert_int_eq(write_slots(kind, numbers, 3, 0, 2, &ops, &read, &payload),
				CSTN_OK);
		ck_assert_uint_eq(read.op, kind);
		ck_assert_uint_eq(read.batch.rows, 3);
		for (size_t i = 0; i < 3; i++)
			ck_assert_int_eq(read.batch.columns[0].numbers[i], numbers[i]);
		cstn__log_ops_free(ops);
		cstn__bytes_free(&payload);
	}
}
END_TEST

START_TEST(operation_on_key_slots_is_one_column_of_numbers_above_0)
{
	static const int64_t good[] = {1, 2}, zero[] = {1, 0}, below[] = {-1, 2};
	const struct {
		const int64_t *numbers;
		size_t n;
		uint32_t table, column;
	} cases[] = {{zero, 2, 0, 2}, {below, 2, 0, 2}, {good, 0, 0, 2}, {good, 2, 1, 2},
			{good, 2, 0, 16}};
	cstn__log_op read;
	cstn__bytes payload;

	cstn__bytes_init(&payload, NULL);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_int_eq(write_slots(CSTN__OP_ERASE_SLOTS, cases[i].numbers, cases[i].n,
						 cases[i].table, cases[i].column, NULL, &read,
						 &payload),
				CSTN_E_INVALID_ARGUMENT);
	ck_assert_uint_eq(payload.size, 0);
	cstn__bytes_free(&payload);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			operations_lie_where_the_format_says,
			rows_with_child_rows_read_back,
			a_delete_and_a_schema_read_back,
			one_walk_reads_many_frames,
			text_with_a_dictionary_is_written_as_text,
			a_batch_without_rows_reads_back,
			spaces_are_kept_where_rows_and_child_rows_are_equal_in_number,
			every_flipped_bit_of_a_payload_is_refused_or_harmless,
			every_cut_of_a_payload_is_corrupt,
			operations_that_make_no_sense_are_corrupt,
			encodings_and_flags_that_no_log_has_are_corrupt,
			fields_of_a_log_have_plain_widths,
			a_payload_cannot_ask_for_more_memory_than_an_operation_may_have,
			what_cannot_be_written_is_refused_and_leaves_the_payload,
			out_of_memory_while_writing_leaves_the_payload,
			out_of_memory_while_reading_leaves_the_operation_untouched,
			out_of_memory_while_reading_many_values_leaves_the_operation_untouched,
			numbers_of_key_slots_read_back,
			operation_on_key_slots_is_one_column_of_numbers_above_0,
	};

	return run_tests("store_log_ops", tests, sizeof(tests) / sizeof(tests[0]));
}
