/* Segments: what goes in comes out, and chunks end where the rows say. */
#include <stdlib.h>
#include <string.h>

#include "store/segment.h"

#include "segment_check.h"
#include "suite.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* --- round trips ------------------------------------------------------------------------------ */

static void round_trip(uint64_t n, uint64_t step, int zlib)
{
	memory_disk disk;
	cstn__segment_written written, described;
	cstn__segment *segment;
	order_rows *orders = order_rows_make(0, n);
	cstn_status status;

	memory_disk_init(&disk);
	segment_write_ok(&disk, "seg", &segment_orders, n, step, zlib, &written);
	ck_assert_uint_eq(disk.syncs, 1);
	ck_assert_uint_eq(written.size, disk.files[0].size);
	ck_assert_uint_eq(written.rows, n);
	ck_assert_uint_eq(written.child_rows, orders->batch.child_rows);
	ck_assert_uint_eq(written.min_seq, n ? 1 : 0);
	ck_assert_uint_eq(written.max_seq, n ? (n - 1) / 10 + 1 : 0);
	segment = segment_open_ok(&disk, "seg", &segment_orders);
	cstn__segment_describe(segment, &described);
	ck_assert_uint_eq(described.size, written.size);
	ck_assert_uint_eq(described.max_seq, written.max_seq);
	ck_assert_mem_eq(described.seal, written.seal, 16);
	ck_assert_int_eq(segment_differs(segment, &orders->batch, NULL, &status), 0);
	ck_assert_uint_eq(cstn__segment_chunks(segment), (n + 65535) / 65536);
	segment_verify_ok(segment);
	cstn__segment_free(segment);
	ck_assert_uint_eq(disk.open_files, 0);
	order_rows_free(orders);
	memory_disk_free(&disk);
}

START_TEST(rows_come_back_whatever_their_number)
{
	static const uint64_t sizes[] = {0, 1, 2, 63, 64, 65, 1023, 1024, 1025, 40000};

	for (size_t i = 0; i < LENGTH(sizes); i++) {
		round_trip(sizes[i], sizes[i] + 1, 0);
		round_trip(sizes[i], sizes[i] / 3 + 1, 1);
	}
}
END_TEST

START_TEST(bytes_do_not_depend_on_how_the_rows_were_handed_over)
{
	memory_disk disk;
	cstn__segment_written written;
	struct memory_disk_file *whole, *split;

	memory_disk_init(&disk);
	segment_write_ok(&disk, "whole", &segment_orders, 70000, 70000, 0, &written);
	segment_write_ok(&disk, "split", &segment_orders, 70000, 777, 0, &written);
	whole = memory_disk_find(&disk, "whole");
	split = memory_disk_find(&disk, "split");
	ck_assert_uint_eq(whole->size, split->size);
	ck_assert_int_eq(memcmp(whole->data, split->data, whole->size), 0);
	memory_disk_free(&disk);
}
END_TEST

/* Batches of the own making below have the key, the sequence number and one child column. */
static const cstn__store_column small_columns[] = {
		{16, "id", CSTN_TYPE_INT64, 0, 0, CSTN__SPACE_ROW},
		{17, "text", CSTN_TYPE_TEXT, 0, CSTN__COLUMN_NULLABLE, CSTN__SPACE_ROW},
		{32, "qty", CSTN_TYPE_INT32, 0, 0, CSTN__SPACE_CHILD},
};
static const uint32_t small_key[] = {16};
static const cstn__store_table small_table = {
		9, CSTN__TABLE_KEYED, "small", small_columns, 3, small_key, 1, 16, 1};

/* `n` rows of `children` lines each. */
static cstn_status write_small(memory_disk *disk, uint64_t n, uint32_t children,
		cstn__segment_written *written, cstn_error **error)
{
	int64_t *numbers = calloc((size_t)(n * (children + 2) + 1), 8), *lines = numbers + n;
	uint32_t *counts = calloc((size_t)n + 1, 4);
	cstn__values values[3] = {{n, NULL, numbers, NULL, NULL, NULL},
			{n, NULL, numbers, NULL, NULL, NULL},
			{n * children, NULL, lines, NULL, NULL, NULL}};
	static const uint32_t ids[] = {16, CSTN__COLUMN_SEQ, 32};
	cstn__store_batch batch = {n, n * children, counts, ids, values, 3};
	cstn__segment_writer *writer = NULL;
	cstn_status status;

	ck_assert_ptr_nonnull(numbers);
	ck_assert_ptr_nonnull(counts);
	for (uint64_t i = 0; i < n; i++) {
		counts[i] = children;
		numbers[i] = (int64_t)i;
	}
	for (uint64_t i = 0; i < n * children; i++)
		lines[i] = (int64_t)(i % 1000);
	status = cstn__segment_writer_new(&disk->vfs, "small", segment_uuid, SEGMENT_FILE_NO,
			&small_table, 1, 0, NULL, &writer, error);
	if (status == CSTN_OK)
		status = cstn__segment_writer_put(writer, &batch, error);
	if (status == CSTN_OK)
		status = cstn__segment_writer_finish(writer, written, error);
	cstn__segment_writer_free(writer);
	free(numbers);
	free(counts);
	return status;
}

static void check_chunks(uint64_t n, uint32_t children, uint32_t expected_rows)
{
	memory_disk disk;
	cstn__segment_written written;
	cstn__segment *segment;
	uint64_t first, at = 0;

	memory_disk_init(&disk);
	ck_assert_int_eq(write_small(&disk, n, children, &written, NULL), CSTN_OK);
	segment = segment_open_ok(&disk, "small", &small_table);
	for (uint32_t i = 0; i < cstn__segment_chunks(segment); i++) {
		uint32_t rows, child_rows;

		cstn__segment_chunk(segment, i, &first, &rows, &child_rows);
		ck_assert_uint_eq(first, at);
		ck_assert_uint_eq(rows, n - at < expected_rows ? n - at : expected_rows);
		ck_assert_uint_eq(child_rows, rows * children);
		at += rows;
	}
	ck_assert_uint_eq(at, n);
	segment_verify_ok(segment);
	cstn__segment_free(segment);
	memory_disk_free(&disk);
}

START_TEST(a_chunk_takes_whole_orders_up_to_65536_rows_and_child_rows)
{
	check_chunks(65535, 0, 65536);
	check_chunks(65536, 0, 65536);
	check_chunks(65537, 0, 65536);
	check_chunks(65537, 1, 65536);
	check_chunks(40000, 2, 32768);
	check_chunks(32769, 2, 32768);
	check_chunks(30000, 3, 21845); /* 65,535 lines; the next order does not fit */
	check_chunks(3, 65536, 1);
	check_chunks(3, 32769, 1);
}
END_TEST

START_TEST(an_order_with_more_lines_than_a_chunk_is_refused)
{
	memory_disk disk;
	cstn__segment_written written;
	cstn_error *error = NULL;

	memory_disk_init(&disk);
	ck_assert_int_eq(write_small(&disk, 1, 65537, &written, &error), CSTN_E_LIMIT);
	ck_assert_ptr_nonnull(strstr(cstn_error_message(error), "65537 child rows"));
	cstn_error_free(error);
	memory_disk_free(&disk);
}
END_TEST

/* --- what the writer refuses ------------------------------------------------------------------ */

static void refuse_batch(const cstn__store_batch *batch, cstn_status expected, const char *words)
{
	memory_disk disk;
	cstn__segment_writer *writer = NULL;
	cstn__segment_written written;
	cstn_error *error = NULL;

	memory_disk_init(&disk);
	ck_assert_int_eq(cstn__segment_writer_new(&disk.vfs, "seg", segment_uuid, 7, &small_table,
					 1, 0, NULL, &writer, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn__segment_writer_put(writer, batch, &error), expected);
	if (!strstr(cstn_error_message(error), words))
		ck_abort_msg("'%s' is not in '%s'", words, cstn_error_message(error));
	cstn_error_free(error);
	ck_assert_int_eq(cstn__segment_writer_finish(writer, &written, NULL), CSTN_E_STATE);
	cstn__segment_writer_free(writer);
	memory_disk_free(&disk);
}

START_TEST(a_batch_that_breaks_its_rules_is_refused)
{
	static const int64_t numbers[] = {1, 2}, negative[] = {1, -2};
	static const uint32_t offsets[] = {0, 1, 1}, counts[] = {1, 0};
	static const uint64_t one[] = {1};
	static const uint32_t ids[] = {16, CSTN__COLUMN_SEQ, 32, 17};
	cstn__values good[4] = {{2, NULL, numbers, NULL, NULL, NULL},
			{2, NULL, numbers, NULL, NULL, NULL}, {1, NULL, numbers, NULL, NULL, NULL},
			{2, NULL, NULL, offsets, (const uint8_t *)"a", NULL}};
	cstn__values values[4];
	cstn__store_batch batch = {2, 1, counts, ids, values, 4};

#define RESET() memcpy(values, good, sizeof(good))
	RESET();
	batch.child_rows = 2;
	values[2].rows = 2;
	refuse_batch(&batch, CSTN_E_INVALID_ARGUMENT, "2 child rows, the rows count 1");
	batch.child_rows = 1;
	refuse_batch(&batch, CSTN_E_INVALID_ARGUMENT, "column 'qty' has 2 rows, 1 expected");
	RESET();
	values[0].rows = 3;
	refuse_batch(&batch, CSTN_E_INVALID_ARGUMENT, "column 'id' has 3 rows, 2 expected");
	RESET();
	values[3] = good[0];
	refuse_batch(&batch, CSTN_E_SCHEMA, "column 'text' is text, a number was given");
	values[3] = good[3];
	values[0] = good[3];
	refuse_batch(&batch, CSTN_E_SCHEMA, "column 'id' is a number, text was given");
	RESET();
	values[0].validity = one;
	refuse_batch(&batch, CSTN_E_INVALID_ARGUMENT, "row 1 of the batch has a null in its key");
	RESET();
	values[1].validity = one;
	refuse_batch(&batch, CSTN_E_INVALID_ARGUMENT, "no sequence number");
	RESET();
	values[1].numbers = negative;
	refuse_batch(&batch, CSTN_E_INVALID_ARGUMENT, "no sequence number");
	RESET();
	values[0] = (cstn__values){2, NULL, NULL, NULL, NULL, NULL};
	refuse_batch(&batch, CSTN_E_SCHEMA, "a key column is not in the batch");
	RESET();
	batch.n_columns = 1;
	refuse_batch(&batch, CSTN_E_SCHEMA, "'sequence' is not in every batch");
	{
		static const uint32_t strange[] = {16, CSTN__COLUMN_SEQ, 99};

		batch.n_columns = 3;
		batch.ids = strange;
		refuse_batch(&batch, CSTN_E_SCHEMA, "a batch of 3 columns, 2 are of the segment");
	}
#undef RESET
}
END_TEST

START_TEST(batches_of_a_segment_have_the_same_columns)
{
	static const int64_t numbers[] = {1};
	static const uint32_t ids[] = {16, CSTN__COLUMN_SEQ, 17};
	cstn__values values[3] = {{1, NULL, numbers, NULL, NULL, NULL},
			{1, NULL, numbers, NULL, NULL, NULL}, {1, NULL, NULL, NULL, NULL, NULL}};
	cstn__store_batch batch = {1, 0, NULL, ids, values, 3};
	memory_disk disk;
	cstn__segment_writer *writer = NULL;

	memory_disk_init(&disk);
	ck_assert_int_eq(cstn__segment_writer_new(&disk.vfs, "seg", segment_uuid, 7, &small_table,
					 1, 0, NULL, &writer, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn__segment_writer_put(writer, &batch, NULL), CSTN_OK);
	batch.n_columns = 2;
	ck_assert_int_eq(cstn__segment_writer_put(writer, &batch, NULL), CSTN_E_SCHEMA);
	cstn__segment_writer_free(writer);
	memory_disk_free(&disk);
}
END_TEST

START_TEST(a_segment_never_overwrites_a_file)
{
	memory_disk disk;
	cstn__segment_written written;

	memory_disk_init(&disk);
	segment_write_ok(&disk, "seg", &segment_orders, 5, 5, 0, &written);
	ck_assert_int_eq(
			segment_write(&disk, "seg", &segment_orders, 5, 5, 0, NULL, &written, NULL),
			CSTN_E_IO);
	memory_disk_free(&disk);
}
END_TEST

/* --- columns ---------------------------------------------------------------------------------- */

START_TEST(a_column_added_later_is_all_null_in_an_older_segment)
{
	memory_disk disk;
	cstn__segment_written written;
	cstn__segment *segment;
	cstn__block block;
	int64_t min, max;
	uint32_t nulls;

	memory_disk_init(&disk);
	segment_write_ok(&disk, "seg", &segment_orders, 100, 100, 0, &written);
	segment = segment_open_ok(&disk, "seg", &segment_orders_later);
	ck_assert_int_eq(cstn__segment_read(segment, 0, ORDER_LATER, &block, NULL), CSTN_OK);
	ck_assert_ptr_null(block.memory);
	ck_assert_ptr_null(block.values.numbers);
	ck_assert_uint_eq(block.values.rows, 100);
	for (uint64_t i = 0; i < 100; i++)
		ck_assert_int_eq(cstn__values_is_valid(&block.values, i), 0);
	cstn__block_free(&block, NULL);
	ck_assert_int_eq(cstn__segment_read(segment, 0, LINE_LATER, &block, NULL), CSTN_OK);
	ck_assert_uint_eq(block.values.rows, written.child_rows);
	ck_assert_int_eq(cstn__segment_zone(segment, 0, ORDER_LATER, &min, &max, &nulls), 0);
	ck_assert_int_gt(min, max);
	ck_assert_uint_eq(nulls, 100);
	ck_assert_int_eq(cstn__segment_zone(segment, 0, LINE_LATER, &min, &max, &nulls), 0);
	ck_assert_uint_eq(nulls, written.child_rows);
	ck_assert_int_eq(cstn__segment_read(segment, 0, 77, &block, NULL), CSTN_E_NOT_FOUND);
	cstn__segment_free(segment);
	memory_disk_free(&disk);
}
END_TEST

START_TEST(zone_maps_bound_the_values_of_a_chunk)
{
	memory_disk disk;
	cstn__segment_written written;
	cstn__segment *segment;
	order_rows *orders = order_rows_make(0, 70000);
	int64_t min, max, low = INT64_MAX, high = INT64_MIN;
	uint32_t nulls, counted = 0;

	memory_disk_init(&disk);
	segment_write_ok(&disk, "seg", &segment_orders, 70000, 70000, 0, &written);
	segment = segment_open_ok(&disk, "seg", &segment_orders);
	ck_assert_uint_gt(cstn__segment_chunks(segment), 1);
	{
		uint64_t first;
		uint32_t rows, child_rows;
		const cstn__values *due = &orders->batch.columns[3];

		cstn__segment_chunk(segment, 1, &first, &rows, &child_rows);
		for (uint64_t i = first; i < first + rows; i++) {
			if (!cstn__values_is_valid(due, i)) {
				counted++;
				continue;
			}
			low = due->numbers[i] < low ? due->numbers[i] : low;
			high = due->numbers[i] > high ? due->numbers[i] : high;
		}
	}
	ck_assert_int_eq(cstn__segment_zone(segment, 1, ORDER_DUE, &min, &max, &nulls), 1);
	ck_assert_int_eq(min, low);
	ck_assert_int_eq(max, high);
	ck_assert_uint_eq(nulls, counted);
	ck_assert_int_eq(cstn__segment_zone(segment, 1, ORDER_STATUS, &min, &max, &nulls), 0);
	ck_assert_int_gt(min, max);
	ck_assert_uint_eq(nulls, 0);
	cstn__segment_free(segment);
	order_rows_free(orders);
	memory_disk_free(&disk);
}
END_TEST

START_TEST(text_becomes_codes_where_at_most_half_of_a_chunk_is_new)
{
	memory_disk disk;
	cstn__segment_written written;
	cstn__segment *segment;
	cstn__block block;

	memory_disk_init(&disk);
	/* Five statuses: in the order of first sight. Ten rows make at most half of them new. */
	segment_write_ok(&disk, "ten", &segment_orders, 10, 10, 0, &written);
	segment = segment_open_ok(&disk, "ten", &segment_orders);
	ck_assert_int_eq(cstn__segment_read(segment, 0, ORDER_STATUS, &block, NULL), CSTN_OK);
	ck_assert_ptr_nonnull(block.values.dictionary);
	ck_assert_ptr_null(block.values.offsets);
	ck_assert_int_eq(block.values.numbers[0], 0);
	ck_assert_uint_le(block.values.dictionary->rows, 5);
	cstn__block_free(&block, NULL);
	ck_assert_int_eq(cstn__segment_read(segment, 0, ORDER_ID, &block, NULL), CSTN_OK);
	ck_assert_ptr_null(block.values.dictionary);
	cstn__block_free(&block, NULL);
	cstn__segment_free(segment);
	/* One row: its text is new, and plain. */
	segment_write_ok(&disk, "one", &segment_orders, 1, 1, 0, &written);
	segment = segment_open_ok(&disk, "one", &segment_orders);
	ck_assert_int_eq(cstn__segment_read(segment, 0, ORDER_STATUS, &block, NULL), CSTN_OK);
	ck_assert_ptr_null(block.values.dictionary);
	ck_assert_ptr_nonnull(block.values.offsets);
	cstn__block_free(&block, NULL);
	cstn__segment_free(segment);
	memory_disk_free(&disk);
}
END_TEST

enum { REPEATED = 900, ENTRIES = 100 };
static const cstn__store_column repeating_columns[] = {
		{16, "id", CSTN_TYPE_INT64, 0, 0, CSTN__SPACE_ROW},
		{17, "text", CSTN_TYPE_TEXT, 0, CSTN__COLUMN_NULLABLE | CSTN__COLUMN_DICTIONARY,
				CSTN__SPACE_ROW},
};
static const cstn__store_table repeating_table = {
		9, CSTN__TABLE_KEYED, "repeating", repeating_columns, 2, small_key, 1, 16, 0};

/* Rows of which each text is one of ENTRIES, "a" to "j" ten times each, every eleventh null. A
 * dictionary has each text as often as it comes here, and in this order from `first` on. */
struct repeated {
	int64_t ids[REPEATED], seqs[REPEATED], codes[REPEATED];
	uint64_t validity[REPEATED / 64 + 1];
	uint32_t offsets[REPEATED + 1], entry_offsets[ENTRIES + 1];
	uint8_t bytes[REPEATED], entry_bytes[ENTRIES];
};

static cstn_status put_repeated(cstn__segment_writer *writer, uint64_t from, uint64_t n,
		int with_dictionary, uint64_t first)
{
	static const uint32_t ids[] = {16, CSTN__COLUMN_SEQ, 17};
	struct repeated *at = calloc(1, sizeof(*at));
	cstn__values dictionary = {ENTRIES, NULL, NULL, at->entry_offsets, at->entry_bytes, NULL};
	cstn__values values[3] = {{n, NULL, at->ids, NULL, NULL, NULL},
			{n, NULL, at->seqs, NULL, NULL, NULL},
			{n, at->validity, NULL, at->offsets, at->bytes, NULL}};
	cstn__store_batch batch = {n, 0, NULL, ids, values, 3};
	cstn_status status;

	for (uint32_t i = 0; i < ENTRIES; i++) {
		at->entry_offsets[i + 1] = i + 1;
		at->entry_bytes[i] = (uint8_t)('a' + (i + first) % ENTRIES / 10);
	}
	for (uint64_t i = 0; i < n; i++) {
		uint64_t text = (from + i) * 37 % ENTRIES, valid = (from + i) % 11 != 0;

		at->ids[i] = (int64_t)(from + i);
		at->seqs[i] = 1;
		at->validity[i / 64] |= valid << i % 64;
		at->codes[i] = valid ? (int64_t)((text + ENTRIES - first) % ENTRIES) : 0;
		at->bytes[at->offsets[i]] = (uint8_t)('a' + text / 10);
		at->offsets[i + 1] = at->offsets[i] + (uint32_t)valid;
	}
	if (with_dictionary)
		values[2] = (cstn__values){n, at->validity, at->codes, NULL, NULL, &dictionary};
	status = cstn__segment_writer_put(writer, &batch, NULL);
	free(at);
	return status;
}

START_TEST(rows_with_dictionaries_of_their_own_are_written_like_plain_text)
{
	/* Rows of each piece; the order of its dictionary, or -1 for plain text. */
	static const struct {
		uint64_t n;
		int first;
	} pieces[4][6] = {{{900, -1}}, {{900, 0}},
			{{300, 7}, {200, -1}, {100, 93}, {24, 50}, {25, 51}, {251, 0}},
			{{1, 0}, {1, -1}, {400, -1}, {400, 99}, {98, 12}}};
	memory_disk disk;
	struct memory_disk_file *plain;

	memory_disk_init(&disk);
	for (int way = 0; way < 4; way++) {
		char name[] = {'w', (char)('0' + way), 0};
		cstn__segment_writer *writer = NULL;
		cstn__segment_written written;
		struct memory_disk_file *file;
		uint64_t row = 0;

		ck_assert_int_eq(cstn__segment_writer_new(&disk.vfs, name, segment_uuid,
						 SEGMENT_FILE_NO, &repeating_table, 1, 0, NULL,
						 &writer, NULL),
				CSTN_OK);
		for (int i = 0; i < 6; i++) {
			int first = pieces[way][i].first;

			ck_assert_int_eq(put_repeated(writer, row, pieces[way][i].n, first >= 0,
							 first >= 0 ? (uint64_t)first : 0),
					CSTN_OK);
			row += pieces[way][i].n;
		}
		ck_assert_uint_eq(row, REPEATED);
		ck_assert_int_eq(cstn__segment_writer_finish(writer, &written, NULL), CSTN_OK);
		cstn__segment_writer_free(writer);
		file = memory_disk_find(&disk, name);
		plain = memory_disk_find(&disk, "w0");
		ck_assert_uint_eq(file->size, plain->size);
		ck_assert_int_eq(memcmp(file->data, plain->data, plain->size), 0);
	}
	memory_disk_free(&disk);
}
END_TEST

START_TEST(the_children_of_rows_with_a_dictionary_of_the_batch_come_back)
{
	static const uint32_t offsets[] = {0, 1, 3};
	static const int64_t codes[] = {1, 0, 1}, ids_of[] = {3, 2, 1}, seq[] = {1, 1, 1};
	static const uint64_t validity[] = {5};
	static const uint32_t ids[] = {17, CSTN__COLUMN_SEQ, 16};
	cstn__values dictionary = {2, NULL, NULL, offsets, (const uint8_t *)"xyz", NULL};
	cstn__values values[3] = {{3, validity, codes, NULL, NULL, &dictionary},
			{3, NULL, seq, NULL, NULL, NULL}, {3, NULL, ids_of, NULL, NULL, NULL}};
	cstn__store_batch batch = {3, 0, NULL, ids, values, 3};
	memory_disk disk;
	cstn__segment_writer *writer = NULL;
	cstn__segment_written written;
	cstn__segment *segment;
	cstn__block block;
	size_t len;

	memory_disk_init(&disk);
	ck_assert_int_eq(cstn__segment_writer_new(&disk.vfs, "seg", segment_uuid, 7, &small_table,
					 1, 0, NULL, &writer, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn__segment_writer_put(writer, &batch, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__segment_writer_finish(writer, &written, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__segment_writer_finish(writer, &written, NULL), CSTN_E_STATE);
	cstn__segment_writer_free(writer);
	segment = segment_open_ok(&disk, "seg", &small_table);
	ck_assert_int_eq(cstn__segment_read(segment, 0, 17, &block, NULL), CSTN_OK);
	ck_assert_mem_eq(cstn__values_text(&block.values, 0, &len), "yz", 2);
	ck_assert_uint_eq(len, 2);
	ck_assert_int_eq(cstn__values_is_valid(&block.values, 1), 0);
	ck_assert_mem_eq(cstn__values_text(&block.values, 2, &len), "yz", 2);
	cstn__block_free(&block, NULL);
	segment_verify_ok(segment);
	cstn__segment_free(segment);
	memory_disk_free(&disk);
}
END_TEST

START_TEST(text_that_would_break_a_block_begins_a_new_chunk)
{
	enum { ROWS = 5, LEN = 7 << 20 };
	static const uint32_t ids[] = {17, CSTN__COLUMN_SEQ, 16};
	int64_t numbers[ROWS] = {1, 2, 3, 4, 5};
	uint32_t offsets[ROWS + 1] = {0};
	uint8_t *bytes = calloc(ROWS, LEN);
	cstn__values values[3] = {{ROWS, NULL, NULL, offsets, bytes, NULL},
			{ROWS, NULL, numbers, NULL, NULL, NULL},
			{ROWS, NULL, numbers, NULL, NULL, NULL}};
	cstn__store_batch batch = {ROWS, 0, NULL, ids, values, 3};
	memory_disk disk;
	cstn__segment_writer *writer = NULL;
	cstn__segment_written written;
	cstn__segment *segment;

	ck_assert_ptr_nonnull(bytes);
	for (int i = 0; i < ROWS; i++)
		offsets[i + 1] = offsets[i] + LEN;
	memory_disk_init(&disk);
	ck_assert_int_eq(cstn__segment_writer_new(&disk.vfs, "seg", segment_uuid, 7, &small_table,
					 1, 0, NULL, &writer, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn__segment_writer_put(writer, &batch, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__segment_writer_finish(writer, &written, NULL), CSTN_OK);
	cstn__segment_writer_free(writer);
	segment = segment_open_ok(&disk, "seg", &small_table);
	ck_assert_uint_eq(cstn__segment_chunks(segment), 3); /* two rows, two rows, one */
	segment_verify_ok(segment);
	cstn__segment_free(segment);
	memory_disk_free(&disk);
	free(bytes);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {rows_come_back_whatever_their_number,
			bytes_do_not_depend_on_how_the_rows_were_handed_over,
			a_chunk_takes_whole_orders_up_to_65536_rows_and_child_rows,
			an_order_with_more_lines_than_a_chunk_is_refused,
			a_batch_that_breaks_its_rules_is_refused,
			batches_of_a_segment_have_the_same_columns,
			a_segment_never_overwrites_a_file,
			a_column_added_later_is_all_null_in_an_older_segment,
			zone_maps_bound_the_values_of_a_chunk,
			text_becomes_codes_where_at_most_half_of_a_chunk_is_new,
			rows_with_dictionaries_of_their_own_are_written_like_plain_text,
			the_children_of_rows_with_a_dictionary_of_the_batch_come_back,
			text_that_would_break_a_block_begins_a_new_chunk};

	return run_tests("store_segment", tests, LENGTH(tests));
}
