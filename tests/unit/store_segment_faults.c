/* Segments on a disk that fails, and without memory: every failure is told, and nothing is left. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/segment.h"

#include "failing_allocator.h"
#include "segment_check.h"
#include "suite.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

START_TEST(short_reads_and_writes_are_put_together)
{
	memory_disk disk;
	cstn__segment_written written;
	order_rows *orders = order_rows_make(0, 300);

	memory_disk_init(&disk);
	disk.largest = 61;
	segment_write_ok(&disk, "seg", &segment_orders, 300, 300, 0, &written);
	ck_assert_int_eq(segment_read_all(&disk, "seg", &orders->batch, NULL), CSTN_OK);
	order_rows_free(orders);
	memory_disk_free(&disk);
}
END_TEST

static const struct {
	int reason;
	cstn_status write, sync;
} reasons[] = {
		{EIO, CSTN_E_IO, CSTN_E_POISONED},
		{ENOSPC, CSTN_E_FULL, CSTN_E_POISONED},
		{EDQUOT, CSTN_E_FULL, CSTN_E_POISONED},
		{ENOMEM, CSTN_E_NOMEM, CSTN_E_POISONED},
};

START_TEST(every_call_of_the_disk_that_fails_while_writing_is_told)
{
	for (size_t i = 0; i < LENGTH(reasons); i++) {
		cstn_status status = CSTN_E_IO;
		uint64_t n = 1;

		for (; status != CSTN_OK; n++) {
			memory_disk disk;
			cstn__segment_written written;
			failing_allocator memory;
			cstn_error *error = NULL;

			memory_disk_init(&disk);
			disk.largest = 500;
			disk.fail_at = n;
			disk.reason = reasons[i].reason;
			memset(&written, 0x5a, sizeof(written));
			failing_allocator_init(&memory, 0);
			status = segment_write(&disk, "seg", &segment_orders, 40, 17, 0,
					&memory.allocator, &written, &error);
			ck_assert_int_eq(cstn_error_code(error), status);
			cstn_error_free(error);
			ck_assert_uint_eq(failing_allocator_live(&memory), 0);
			ck_assert_uint_eq(disk.open_files, 0);
			if (status != CSTN_OK) {
				ck_assert_uint_eq(written.size, UINT64_C(0x5a5a5a5a5a5a5a5a));
				ck_assert(status == reasons[i].write || status == reasons[i].sync);
				ck_assert_uint_eq(disk.syncs, 0);
			}
			memory_disk_free(&disk);
		}
		ck_assert_uint_gt(n, 5);
	}
}
END_TEST

START_TEST(every_call_of_the_disk_that_fails_while_reading_is_told)
{
	memory_disk disk;
	cstn__segment_written written;
	order_rows *orders = order_rows_make(0, 40);
	cstn_status status = CSTN_E_IO;
	uint64_t n = 1;

	memory_disk_init(&disk);
	segment_write_ok(&disk, "seg", &segment_orders, 40, 17, 0, &written);
	for (; status != CSTN_OK; n++) {
		failing_allocator memory;

		disk.calls = 0;
		disk.fail_at = n;
		disk.reason = EIO;
		failing_allocator_init(&memory, 0);
		status = segment_read_all(&disk, "seg", &orders->batch, &memory.allocator);
		ck_assert(status == CSTN_OK || status == CSTN_E_IO);
		ck_assert_uint_eq(failing_allocator_live(&memory), 0);
		ck_assert_uint_eq(disk.open_files, 0);
	}
	ck_assert_uint_gt(n, 15);
	order_rows_free(orders);
	memory_disk_free(&disk);
}
END_TEST

START_TEST(an_interrupted_call_is_tried_again_but_not_for_ever)
{
	memory_disk disk;
	cstn__segment_written written;
	order_rows *orders = order_rows_make(0, 40);

	memory_disk_init(&disk);
	disk.reason = EINTR;
	disk.fail_at = 1; /* open */
	segment_write_ok(&disk, "first", &segment_orders, 40, 40, 0, &written);
	disk.fail_at = disk.calls + 2; /* write */
	segment_write_ok(&disk, "second", &segment_orders, 40, 40, 0, &written);
	ck_assert_uint_eq(disk.failures, 2);
	disk.fail_at = disk.calls + 3;
	ck_assert_int_eq(segment_read_all(&disk, "second", &orders->batch, NULL), CSTN_OK);
	ck_assert_uint_eq(disk.failures, 3);
	disk.fail_at = disk.calls + 3;
	disk.fail_on = 1;
	ck_assert_int_eq(segment_read_all(&disk, "second", &orders->batch, NULL), CSTN_E_IO);
	disk.calls = 0;
	disk.fail_at = 5;
	ck_assert_int_eq(segment_write(&disk, "third", &segment_orders, 40, 40, 0, NULL, &written,
					 NULL),
			CSTN_E_POISONED); /* an interrupted sync has failed */
	order_rows_free(orders);
	memory_disk_free(&disk);
}
END_TEST

START_TEST(out_of_memory_while_writing_leaves_nothing_behind)
{
	for (int zlib = 0; zlib < 2; zlib++) {
		cstn_status status = CSTN_E_NOMEM;
		uint64_t n = 1;

		for (; status != CSTN_OK; n++) {
			memory_disk disk;
			cstn__segment_written written;
			failing_allocator memory;

			memory_disk_init(&disk);
			memset(&written, 0x5a, sizeof(written));
			failing_allocator_init(&memory, n);
			status = segment_write(&disk, "seg", &segment_orders, 100, 40, zlib,
					&memory.allocator, &written, NULL);
			if (status != CSTN_OK) {
				ck_assert_int_eq(status, CSTN_E_NOMEM);
				ck_assert_uint_eq(written.size, UINT64_C(0x5a5a5a5a5a5a5a5a));
			}
			ck_assert_uint_eq(failing_allocator_live(&memory), 0);
			ck_assert_uint_eq(disk.open_files, 0);
			memory_disk_free(&disk);
		}
		ck_assert_uint_gt(n, 50);
	}
}
END_TEST

START_TEST(out_of_memory_while_reading_leaves_nothing_behind)
{
	memory_disk disk;
	cstn__segment_written written;
	order_rows *orders = order_rows_make(0, 40);
	cstn_status status = CSTN_E_NOMEM;
	uint64_t n = 1, refused = 0;

	memory_disk_init(&disk);
	segment_write_ok(&disk, "seg", &segment_orders, 40, 17, 1, &written);
	/* A page of the key index that there is no memory to hold is read each time instead. */
	for (; status != CSTN_OK || refused < 30; n++) {
		failing_allocator memory;

		failing_allocator_init(&memory, n);
		status = segment_read_all(&disk, "seg", &orders->batch, &memory.allocator);
		ck_assert(status == CSTN_OK || status == CSTN_E_NOMEM);
		refused += status != CSTN_OK;
		ck_assert_uint_eq(failing_allocator_live(&memory), 0);
		ck_assert_uint_lt(n, 10000);
	}
	status = CSTN_E_NOMEM;
	for (n = 1; status != CSTN_OK; n++) {
		cstn__segment *segment = NULL;
		failing_allocator memory;

		failing_allocator_init(&memory, 0);
		ck_assert_int_eq(segment_open(&disk, "seg", &segment_orders, &memory.allocator,
						 &segment, NULL),
				CSTN_OK);
		memory.fail_at = memory.calls + n;
		status = cstn__segment_verify(segment, NULL);
		ck_assert(status == CSTN_OK || status == CSTN_E_NOMEM);
		cstn__segment_free(segment);
		ck_assert_uint_eq(failing_allocator_live(&memory), 0);
	}
	ck_assert_uint_gt(n, 20);
	order_rows_free(orders);
	memory_disk_free(&disk);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {short_reads_and_writes_are_put_together,
			every_call_of_the_disk_that_fails_while_writing_is_told,
			every_call_of_the_disk_that_fails_while_reading_is_told,
			an_interrupted_call_is_tried_again_but_not_for_ever,
			out_of_memory_while_writing_leaves_nothing_behind,
			out_of_memory_while_reading_leaves_nothing_behind};

	return run_tests("store_segment_faults", tests, LENGTH(tests));
}
