/* A segment whose columns are made by threads: the file, and what goes wrong, are the same. */
#include <stdlib.h>
#include <string.h>

#include "../unit/failing_allocator.h"
#include "../unit/segment_check.h"
#include "../unit/suite.h"

static const int32_t numbers[] = {1, 2, 7, 64};

static cstn_status write_on(memory_disk *disk, const char *name, int32_t threads, uint64_t n,
		uint64_t step, int zlib, const cstn_allocator *allocator, cstn_error **error)
{
	cstn__segment_writer *writer = NULL;
	cstn__segment_written written;
	cstn_status status = cstn__segment_writer_new(&disk->vfs, name, segment_uuid,
			SEGMENT_FILE_NO, &segment_orders, 2, zlib, allocator, &writer, error);

	if (status == CSTN_OK)
		cstn__segment_writer_threads(writer, threads);
	for (uint64_t at = 0; at < n && status == CSTN_OK; at += step) {
		order_rows *rows = order_rows_make(at, n - at < step ? n - at : step);

		status = cstn__segment_writer_put(writer, &rows->batch, error);
		order_rows_free(rows);
	}
	if (status == CSTN_OK)
		status = cstn__segment_writer_finish(writer, &written, error);
	cstn__segment_writer_free(writer);
	return status;
}

static void write_the_same(uint64_t n, uint64_t step, int zlib)
{
	static const char *const names[] = {"one", "two", "seven", "many"};
	memory_disk disk;

	memory_disk_init(&disk);
	for (int i = 0; i < 4; i++) {
		struct memory_disk_file *first, *file;

		ck_assert_int_eq(write_on(&disk, names[i], numbers[i], n, step, zlib, NULL, NULL),
				CSTN_OK);
		first = memory_disk_find(&disk, "one");
		file = memory_disk_find(&disk, names[i]);
		ck_assert_uint_eq(file->size, first->size);
		ck_assert_int_eq(memcmp(file->data, first->data, first->size), 0);
	}
	memory_disk_free(&disk);
}

START_TEST(the_file_has_the_same_bytes_on_any_number_of_threads)
{
	write_the_same(70000, 70000, 0);
	write_the_same(70000, 9001, 0);
	write_the_same(9000, 9000, 1);
}
END_TEST

START_TEST(chunks_too_small_for_threads_have_the_same_bytes)
{
	write_the_same(1, 1, 0);
	write_the_same(900, 77, 0);
}
END_TEST

START_TEST(a_file_made_by_threads_reads_as_what_went_in)
{
	order_rows *orders = order_rows_make(0, 40000);
	memory_disk disk;

	memory_disk_init(&disk);
	ck_assert_int_eq(write_on(&disk, "seg", 3, 40000, 40000, 0, NULL, NULL), CSTN_OK);
	ck_assert_int_eq(segment_read_all(&disk, "seg", &orders->batch, NULL), CSTN_OK);
	memory_disk_free(&disk);
	order_rows_free(orders);
}
END_TEST

START_TEST(out_of_memory_in_a_thread_is_told_and_nothing_is_left)
{
	cstn_status status = CSTN_E_NOMEM;
	uint64_t n = 1;

	for (; status != CSTN_OK; n += 1 + n / 16) {
		failing_allocator memory;
		cstn_error *error = NULL;
		memory_disk disk;

		memory_disk_init(&disk);
		failing_allocator_init(&memory, n);
		status = write_on(&disk, "seg", 3, 4000, 4000, 1, &memory.allocator, &error);
		ck_assert(status == CSTN_OK || status == CSTN_E_NOMEM);
		ck_assert_int_eq(cstn_error_code(error), status);
		cstn_error_free(error);
		ck_assert_uint_eq(failing_allocator_live(&memory), 0);
		ck_assert_uint_eq(disk.open_files, 0);
		memory_disk_free(&disk);
	}
	ck_assert_uint_gt(n, 50);
}
END_TEST

START_TEST(a_null_in_a_key_is_told_with_the_same_words_on_any_number_of_threads)
{
	order_rows *orders = order_rows_make(0, 8000);
	uint64_t *validity = calloc(125, sizeof(*validity));

	ck_assert_ptr_nonnull(validity);
	memset(validity, 0xff, 125 * sizeof(*validity));
	validity[100] = ~(UINT64_C(1) << 7);
	for (size_t c = 0; c < orders->batch.n_columns; c++)
		if (orders->batch.ids[c] == ORDER_ID)
			((cstn__values *)(uintptr_t)&orders->batch.columns[c])->validity = validity;
	for (int i = 0; i < 4; i++) {
		cstn__segment_writer *writer = NULL;
		cstn_error *error = NULL;
		memory_disk disk;

		memory_disk_init(&disk);
		ck_assert_int_eq(cstn__segment_writer_new(&disk.vfs, "seg", segment_uuid,
						 SEGMENT_FILE_NO, &segment_orders, 2, 0, NULL,
						 &writer, NULL),
				CSTN_OK);
		cstn__segment_writer_threads(writer, numbers[i]);
		ck_assert_int_eq(cstn__segment_writer_put(writer, &orders->batch, &error),
				CSTN_E_INVALID_ARGUMENT);
		ck_assert_str_eq(cstn_error_message(error),
				"row 6407 of the batch has a null in its key");
		cstn_error_free(error);
		cstn__segment_writer_free(writer);
		memory_disk_free(&disk);
	}
	free(validity);
	order_rows_free(orders);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {the_file_has_the_same_bytes_on_any_number_of_threads,
			chunks_too_small_for_threads_have_the_same_bytes,
			a_file_made_by_threads_reads_as_what_went_in,
			out_of_memory_in_a_thread_is_told_and_nothing_is_left,
			a_null_in_a_key_is_told_with_the_same_words_on_any_number_of_threads};

	return run_tests("segment_threads", tests, sizeof(tests) / sizeof(tests[0]));
}
