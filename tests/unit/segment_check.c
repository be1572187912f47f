#include "segment_check.h"

#include <check.h>

void segment_write_ok(memory_disk *disk, const char *name, const cstn__store_table *table,
		uint64_t n, uint64_t step, int zlib, cstn__segment_written *out)
{
	cstn_error *error = NULL;
	cstn_status status = segment_write(disk, name, table, n, step, zlib, NULL, out, &error);

	if (status != CSTN_OK)
		ck_abort_msg("%s", cstn_error_message(error));
	ck_assert_uint_eq(disk->open_files, 0);
}

cstn__segment *segment_open_ok(memory_disk *disk, const char *name, const cstn__store_table *table)
{
	cstn__segment *segment = NULL;
	cstn_error *error = NULL;
	cstn_status status = segment_open(disk, name, table, NULL, &segment, &error);

	if (status != CSTN_OK)
		ck_abort_msg("%s", cstn_error_message(error));
	return segment;
}

void segment_verify_ok(cstn__segment *segment)
{
	cstn_error *error = NULL;

	if (cstn__segment_verify(segment, &error) != CSTN_OK)
		ck_abort_msg("%s", cstn_error_message(error));
}

/* Opens, reads and looks up all; 0 if that gave the rows, else a status. Wrong values abort. */
cstn_status segment_read_all(memory_disk *disk, const char *name, const cstn__store_batch *orders,
		const cstn_allocator *allocator)
{
	cstn__segment *segment = NULL;
	cstn_error *error = NULL;
	cstn_status status = segment_open(disk, name, &segment_orders, allocator, &segment, &error);

	if (status != CSTN_OK) {
		ck_assert_ptr_null(segment);
		ck_assert_int_eq(cstn_error_code(error), status);
		cstn_error_free(error);
		return status;
	}
	if (segment_differs(segment, orders, allocator, &status) && status == CSTN_OK)
		ck_abort_msg("damage was read as other values");
	for (uint64_t row = 0; row < orders->rows && status == CSTN_OK; row++) {
		uint32_t rows[4];
		size_t n = 0;

		status = cstn__segment_lookup(
				segment, order_key_hash(orders, row), rows, 4, &n, NULL);
		if (status == CSTN_OK && (n != 1 || rows[0] != row))
			ck_abort_msg("damage was looked up as another row");
	}
	cstn__segment_free(segment);
	return status;
}
