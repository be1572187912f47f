/* Segments whose bytes changed: whatever happens to the file is an error or changes nothing; and
 * the frame of a file that nothing happened to. */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "store/little_endian.h"
#include "store/segment.h"

#include "segment_check.h"
#include "suite.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

START_TEST(any_flipped_bit_is_an_error_or_changes_nothing)
{
	memory_disk disk;
	cstn__segment_written written;
	order_rows *orders = order_rows_make(0, 12);
	struct memory_disk_file *file;
	uint64_t refused = 0, same = 0;

	memory_disk_init(&disk);
	segment_write_ok(&disk, "seg", &segment_orders, 12, 12, 0, &written);
	file = memory_disk_find(&disk, "seg");
	for (size_t bit = 0; bit < file->size * 8; bit += test_every()) {
		cstn__segment *segment = NULL;
		cstn_status status;

		file->data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		status = segment_read_all(&disk, "seg", &orders->batch, NULL);
		refused += status != CSTN_OK;
		same += status == CSTN_OK;
		if (status != CSTN_OK && status != CSTN_E_CORRUPT && status != CSTN_E_NEWER_FORMAT)
			ck_abort_msg("status %d at bit %zu", status, bit);
		/* Whoever asks for everything hears of every bit: also padding and the seal. */
		if (status == CSTN_OK) {
			segment = segment_open_ok(&disk, "seg", &segment_orders);
			ck_assert_int_eq(cstn__segment_verify(segment, NULL), CSTN_E_CORRUPT);
			cstn__segment_free(segment);
		}
		file->data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	ck_assert_int_eq(segment_read_all(&disk, "seg", &orders->batch, NULL), CSTN_OK);
	ck_assert_uint_gt(refused, same);
	order_rows_free(orders);
	memory_disk_free(&disk);
}
END_TEST

START_TEST(a_file_cut_at_any_length_is_refused)
{
	memory_disk disk;
	cstn__segment_written written;
	cstn__segment *segment = NULL;
	struct memory_disk_file *file;
	size_t size;

	memory_disk_init(&disk);
	segment_write_ok(&disk, "seg", &segment_orders, 12, 12, 0, &written);
	file = memory_disk_find(&disk, "seg");
	size = file->size;
	for (file->size = 0; file->size < size; file->size++) {
		/* As a manifest that was written with it says, and as one that lies with it. */
		ck_assert_int_eq(cstn__segment_open(&disk.vfs, "seg", segment_uuid, SEGMENT_FILE_NO,
						 size, &segment_orders, NULL, &segment, NULL),
				CSTN_E_CORRUPT);
		ck_assert_int_eq(segment_open(&disk, "seg", &segment_orders, NULL, &segment, NULL),
				CSTN_E_CORRUPT);
	}
	ck_assert_ptr_null(segment);
	ck_assert_uint_eq(disk.open_files, 0);
	memory_disk_free(&disk);
}
END_TEST

static uint64_t footer_of(const struct memory_disk_file *file)
{
	return cstn__load64(file->data + file->size - 64);
}

static uint8_t *block_entry(const struct memory_disk_file *file, uint32_t index)
{
	uint8_t *footer = file->data + footer_of(file);

	return footer + 32 + 16 * (size_t)cstn__load32(footer + 4) +
	       48 * (size_t)cstn__load32(footer) + 56 * (size_t)index;
}

/* Hash the footer again, so that only what lies under it can be wrong. */
static void seal_footer(struct memory_disk_file *file)
{
	uint8_t *trailer = file->data + file->size - 64;
	cstn__hash128_value hash =
			cstn__hash128(file->data + footer_of(file), cstn__load32(trailer + 8));

	cstn__store64(trailer + 16, hash.low);
	cstn__store64(trailer + 24, hash.high);
}

START_TEST(a_block_from_another_place_or_file_is_refused)
{
	memory_disk disk;
	cstn__segment_written written;
	order_rows *orders = order_rows_make(0, 12);
	struct memory_disk_file *file, *other;
	uint8_t *first, *second, saved[56];
	cstn__segment *segment = NULL;

	memory_disk_init(&disk);
	segment_write_ok(&disk, "seg", &segment_orders, 12, 12, 0, &written);
	file = memory_disk_find(&disk, "seg");
	/* Misdirected: the block of another column, with the hash that is right for its bytes. */
	first = block_entry(file, 0);
	second = block_entry(file, 1);
	memcpy(saved, first, 56);
	memcpy(file->data + cstn__load64(first), file->data + cstn__load64(second),
			cstn__load32(second + 8));
	memcpy(first + 8, second + 8, 48);
	seal_footer(file);
	segment = segment_open_ok(&disk, "seg", &segment_orders);
	{
		cstn__block block;
		cstn_error *error = NULL;

		ck_assert_int_eq(cstn__segment_read(
						 segment, 0, CSTN__COLUMN_CHILDREN, &block, &error),
				CSTN_E_CORRUPT);
		ck_assert_ptr_nonnull(strstr(cstn_error_message(error), "the hash of the block"));
		cstn_error_free(error);
	}
	cstn__segment_free(segment);
	/* Foreign: the same content as another file of the same store, under this file's name. */
	{
		cstn__segment_writer *writer = NULL;

		ck_assert_int_eq(cstn__segment_writer_new(&disk.vfs, "other", segment_uuid, 8,
						 &segment_orders, 2, 0, NULL, &writer, NULL),
				CSTN_OK);
		ck_assert_int_eq(cstn__segment_writer_put(writer, &orders->batch, NULL), CSTN_OK);
		ck_assert_int_eq(cstn__segment_writer_finish(writer, &written, NULL), CSTN_OK);
		cstn__segment_writer_free(writer);
	}
	ck_assert_int_eq(segment_open(&disk, "other", &segment_orders, NULL, &segment, NULL),
			CSTN_E_CORRUPT);
	/* Stale: a good file whose block is that of the file before it, at the same place. */
	memory_disk_free(&disk);
	memory_disk_init(&disk);
	segment_write_ok(&disk, "seg", &segment_orders, 12, 12, 0, &written);
	{
		cstn__segment_writer *writer = NULL;

		ck_assert_int_eq(cstn__segment_writer_new(&disk.vfs, "other", segment_uuid, 8,
						 &segment_orders, 2, 0, NULL, &writer, NULL),
				CSTN_OK);
		ck_assert_int_eq(cstn__segment_writer_put(writer, &orders->batch, NULL), CSTN_OK);
		ck_assert_int_eq(cstn__segment_writer_finish(writer, &written, NULL), CSTN_OK);
		cstn__segment_writer_free(writer);
	}
	file = memory_disk_find(&disk, "seg");
	other = memory_disk_find(&disk, "other");
	first = block_entry(file, 3);
	second = block_entry(other, 3);
	ck_assert_uint_eq(cstn__load64(first), cstn__load64(second));
	ck_assert_uint_ne(cstn__load64(first + 48), cstn__load64(second + 48));
	memcpy(first, second, 56); /* even with its own hash */
	seal_footer(file);
	segment = segment_open_ok(&disk, "seg", &segment_orders);
	{
		cstn__block block;

		ck_assert_int_eq(cstn__segment_read(segment, 0, ORDER_STATUS, &block, NULL),
				CSTN_E_CORRUPT);
	}
	cstn__segment_free(segment);
	order_rows_free(orders);
	memory_disk_free(&disk);
}
END_TEST

START_TEST(a_segment_of_another_table_store_or_type_is_refused)
{
	memory_disk disk;
	cstn__segment_written written;
	cstn__segment *segment = NULL;
	cstn__store_table table = segment_orders;
	cstn__store_column changed[9];
	uint8_t uuid[16];
	struct memory_disk_file *file;

	memory_disk_init(&disk);
	segment_write_ok(&disk, "seg", &segment_orders, 12, 12, 0, &written);
	file = memory_disk_find(&disk, "seg");
	memcpy(uuid, segment_uuid, 16);
	uuid[15] ^= 1;
	ck_assert_int_eq(cstn__segment_open(&disk.vfs, "seg", uuid, SEGMENT_FILE_NO, file->size,
					 &segment_orders, NULL, &segment, NULL),
			CSTN_E_CORRUPT);
	table.id = 4;
	ck_assert_int_eq(segment_open(&disk, "seg", &table, NULL, &segment, NULL), CSTN_E_CORRUPT);
	ck_assert_int_eq(segment_open(&disk, "seg", &segment_events, NULL, &segment, NULL),
			CSTN_E_CORRUPT); /* a key index, and a table without a key */
	table = segment_orders;
	memcpy(changed, table.columns, sizeof(changed));
	table.columns = changed;
	changed[5].type = CSTN_TYPE_INT64; /* widened */
	ck_assert_int_eq(segment_open(&disk, "seg", &table, NULL, &segment, NULL), CSTN_OK);
	cstn__segment_free(segment);
	segment = NULL;
	changed[5].type = CSTN_TYPE_TEXT;
	ck_assert_int_eq(segment_open(&disk, "seg", &table, NULL, &segment, NULL), CSTN_E_CORRUPT);
	changed[5] = segment_orders.columns[5];
	changed[7].scale = 3;
	ck_assert_int_eq(segment_open(&disk, "seg", &table, NULL, &segment, NULL), CSTN_E_CORRUPT);
	changed[7] = segment_orders.columns[7];
	changed[2].space = CSTN__SPACE_CHILD;
	ck_assert_int_eq(segment_open(&disk, "seg", &table, NULL, &segment, NULL), CSTN_E_CORRUPT);
	ck_assert_int_eq(segment_open(&disk, "none", &segment_orders, NULL, &segment, NULL),
			CSTN_E_IO);
	memory_disk_free(&disk);
}
END_TEST

START_TEST(a_newer_format_is_refused_by_its_number)
{
	memory_disk disk;
	cstn__segment_written written;
	cstn__segment *segment = NULL;
	struct memory_disk_file *file;

	memory_disk_init(&disk);
	segment_write_ok(&disk, "seg", &segment_orders, 12, 12, 0, &written);
	file = memory_disk_find(&disk, "seg");
	file->data[8] = 2;
	cstn__store64(file->data + 120, cstn__hash64(0, file->data, 120));
	ck_assert_int_eq(segment_open(&disk, "seg", &segment_orders, NULL, &segment, NULL),
			CSTN_E_NEWER_FORMAT);
	file->data[8] = 1;
	file->data[10] = 5; /* a minor version may add what can be ignored */
	cstn__store64(file->data + 120, cstn__hash64(0, file->data, 120));
	ck_assert_int_eq(
			segment_open(&disk, "seg", &segment_orders, NULL, &segment, NULL), CSTN_OK);
	cstn__segment_free(segment);
	memory_disk_free(&disk);
}
END_TEST

/* --- the bytes -------------------------------------------------------------------------------- */

START_TEST(the_frame_of_a_file_is_that_of_the_format)
{
	memory_disk disk;
	cstn__segment_written written;
	struct memory_disk_file *file;
	const uint8_t *data, *footer, *trailer, *column;
	cstn__hash128_value hash;

	memory_disk_init(&disk);
	segment_write_ok(&disk, "seg", &segment_orders, 12, 12, 0, &written);
	file = memory_disk_find(&disk, "seg");
	data = file->data;
	ck_assert_mem_eq(data, "CSTNSEG1", 8);
	ck_assert_uint_eq(cstn__load16(data + 8), 1);
	ck_assert_uint_eq(cstn__load16(data + 10), 0);
	ck_assert_uint_eq(cstn__load32(data + 12), 128);
	ck_assert_mem_eq(data + 16, segment_uuid, 16);
	ck_assert_uint_eq(cstn__load64(data + 32), 7);
	ck_assert_uint_eq(cstn__load16(data + 40), 3);
	ck_assert_uint_eq(cstn__load32(data + 44), 2);
	ck_assert_uint_eq(cstn__load64(data + 48), 12);
	ck_assert_uint_eq(cstn__load64(data + 56), 18);
	ck_assert_uint_eq(cstn__load64(data + 64), 1);
	ck_assert_uint_eq(cstn__load64(data + 72), 2);
	ck_assert_uint_eq(cstn__load64(data + 120), cstn__hash64(0, data, 120));
	trailer = data + file->size - 64;
	ck_assert_mem_eq(trailer + 56, "CSTNEND1", 8);
	ck_assert_uint_eq(cstn__load64(trailer + 48), file->size);
	footer = data + cstn__load64(trailer);
	ck_assert_uint_eq(cstn__load64(trailer) + cstn__load32(trailer + 8), file->size - 64);
	hash = cstn__hash128(footer, cstn__load32(trailer + 8));
	ck_assert_uint_eq(cstn__load64(trailer + 16), hash.low);
	ck_assert_uint_eq(cstn__load64(trailer + 24), hash.high);
	ck_assert_uint_eq(cstn__load32(footer), 11);
	ck_assert_uint_eq(cstn__load32(footer + 4), 1);
	ck_assert_uint_eq(cstn__load32(footer + 8), 3); /* a dictionary, two of the keys */
	ck_assert_uint_eq(cstn__load64(footer + 32), 0);
	ck_assert_uint_eq(cstn__load32(footer + 40), 12);
	ck_assert_uint_eq(cstn__load32(footer + 44), 18);
	column = footer + 48 + 48; /* the sequence number */
	ck_assert_uint_eq(cstn__load32(column), 1);
	ck_assert_uint_eq(column[4], CSTN_TYPE_INT64);
	ck_assert_uint_eq(column[6], 4); /* sorted */
	ck_assert_uint_eq(cstn__load64(column + 24), 12);
	column = block_entry(file, 0); /* children: 12 rows of 0, 1, 2, 3 */
	ck_assert_uint_eq(cstn__load64(column), 128);
	ck_assert_uint_eq(cstn__load32(column + 8), 12);
	ck_assert_uint_eq(column[20], CSTN__ENCODING_RAW);
	ck_assert_uint_eq(column[21], 1);
	memory_disk_free(&disk);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {any_flipped_bit_is_an_error_or_changes_nothing,
			a_file_cut_at_any_length_is_refused,
			a_block_from_another_place_or_file_is_refused,
			a_segment_of_another_table_store_or_type_is_refused,
			a_newer_format_is_refused_by_its_number,
			the_frame_of_a_file_is_that_of_the_format};

	return run_tests("store_segment_damage", tests, LENGTH(tests));
}
