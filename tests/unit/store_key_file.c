/* The bytes of a file of key slots, which no release and no machine may change. */
#include <string.h>

#include "base/hash.h"
#include "store/key_slots.h"
#include "store/little_endian.h"
#include "store/log.h"
#include "suite.h"

static const cstn__slot_header small = {
		{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}, 0x1122334455, 64};

static void check_hex(const uint8_t *data, size_t size, const char *expected)
{
	char text[512];

	cstn__hex(data, size, text);
	ck_assert_str_eq(text, expected);
}

START_TEST(header_has_these_bytes)
{
	uint8_t data[CSTN__SLOT_HEADER];

	cstn__slot_header_write(&small, data);
	check_hex(data, 48,
			"4353544e4b455931" /* CSTNKEY1 */
			"0100000000100000" /* 1.0, 4096 */
			"0102030405060708090a0b0c0d0e0f10"
			"5544332211000000"
			"4000000000000000");
	check_hex(data + 4088, 8, "6a04c6817a518f41");
	for (size_t i = 48; i < 4088; i++)
		ck_assert_uint_eq(data[i], 0);
}
END_TEST

START_TEST(slot_has_these_bytes)
{
	uint8_t slot[64];

	cstn__slot_write(&small, 3, "wrapped key", 11, slot);
	check_hex(slot, 24,
			"556ff2a2fe1f5062"
			"77726170706564206b65790000000000");
	for (size_t i = 24; i < 64; i++)
		ck_assert_uint_eq(slot[i], 0);
}
END_TEST

START_TEST(erased_slot_has_these_bytes)
{
	uint8_t slot[64];

	cstn__slot_write_erased(&small, 3, slot);
	check_hex(slot, 8, "3678262b16e36549");
	for (size_t i = 8; i < 64; i++)
		ck_assert_uint_eq(slot[i], 0);
}
END_TEST

START_TEST(number_of_a_slot_is_its_file_and_its_place)
{
	uint64_t slot = cstn__slot_name(7, 5);

	ck_assert_uint_eq(slot, 7 * 1048576 + 5);
	ck_assert_uint_eq(cstn__slot_file_no(slot), 7);
	ck_assert_uint_eq(cstn__slot_number(slot), 5);
}
END_TEST

START_TEST(no_slot_crosses_a_sector)
{
	for (uint32_t size = 64; size <= 128; size += 64)
		for (uint32_t number = 0; number < 1000; number++) {
			uint64_t first = cstn__slot_offset(size, number);

			ck_assert_uint_eq(first / 512, (first + size - 1) / 512);
		}
}
END_TEST

START_TEST(header_reads_back)
{
	uint8_t data[CSTN__SLOT_HEADER];
	cstn__slot_header header;

	cstn__slot_header_write(&small, data);
	ck_assert_int_eq(cstn__slot_header_read(data, sizeof(data), small.uuid, small.file_no,
					 &header, NULL),
			CSTN_OK);
	ck_assert_mem_eq(header.uuid, small.uuid, 16);
	ck_assert_uint_eq(header.file_no, small.file_no);
	ck_assert_uint_eq(header.slot_size, 64);
}
END_TEST

START_TEST(header_with_any_bit_flipped_is_refused)
{
	uint8_t data[CSTN__SLOT_HEADER];
	cstn__slot_header header;

	cstn__slot_header_write(&small, data);
	for (size_t bit = 0; bit < sizeof(data) * 8; bit++) {
		data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		ck_assert_int_eq(cstn__slot_header_read(data, sizeof(data), small.uuid,
						 small.file_no, &header, NULL),
				CSTN_E_CORRUPT);
		data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
}
END_TEST

/* With a hash that holds, so that the rule itself is reached. */
static cstn_status read_changed(size_t at, uint8_t value, cstn_error **error)
{
	uint8_t data[CSTN__SLOT_HEADER];
	cstn__slot_header header;

	cstn__slot_header_write(&small, data);
	data[at] = value;
	cstn__store64(data + 4088, cstn__hash64(0, data, 4088));
	return cstn__slot_header_read(
			data, sizeof(data), small.uuid, small.file_no, &header, error);
}

START_TEST(header_that_breaks_a_rule_says_which)
{
	static const struct {
		size_t at;
		uint8_t value;
		cstn_status status;
		const char *message;
	} cases[] = {{8, 2, CSTN_E_NEWER_FORMAT,
				     "key slots: format 2 is newer than this library, which reads "
				     "format 1"},
			{8, 0, CSTN_E_CORRUPT,
					"key slots: version or header length differs from the "
					"format"},
			{13, 1, CSTN_E_CORRUPT,
					"key slots: version or header length differs from the "
					"format"},
			{16, 9, CSTN_E_CORRUPT, "key slots: the file belongs to another store"},
			{32, 0x56, CSTN_E_CORRUPT,
					"key slots: the file bears number 0000001122334456 under "
					"the name of 0000001122334455"},
			{40, 32, CSTN_E_CORRUPT, "key slots: slots have 64 or 128 bytes"},
			{44, 1, CSTN_E_CORRUPT, "key slots: reserved bytes are not zero"},
			{4087, 1, CSTN_E_CORRUPT, "key slots: reserved bytes are not zero"}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cstn_error *error = NULL;

		ck_assert_int_eq(
				read_changed(cases[i].at, cases[i].value, &error), cases[i].status);
		ck_assert_str_eq(cstn_error_message(error), cases[i].message);
		cstn_error_free(error);
	}
}
END_TEST

START_TEST(header_cut_short_is_refused)
{
	uint8_t data[CSTN__SLOT_HEADER];
	cstn__slot_header header;

	cstn__slot_header_write(&small, data);
	ck_assert_int_eq(cstn__slot_header_read(data, sizeof(data) - 1, small.uuid, small.file_no,
					 &header, NULL),
			CSTN_E_CORRUPT);
}
END_TEST

START_TEST(slot_is_whole_only_in_its_own_place_file_and_store)
{
	cstn__slot_header other = small;
	uint8_t slot[64];

	cstn__slot_write(&small, 3, "k", 1, slot);
	ck_assert_int_eq(cstn__slot_check(&small, 3, slot), CSTN__SLOT_IS_WHOLE);
	ck_assert_int_eq(cstn__slot_check(&small, 4, slot), CSTN__SLOT_IS_BAD);
	other.file_no++;
	ck_assert_int_eq(cstn__slot_check(&other, 3, slot), CSTN__SLOT_IS_BAD);
	other = small;
	other.uuid[0] ^= 1;
	ck_assert_int_eq(cstn__slot_check(&other, 3, slot), CSTN__SLOT_IS_BAD);
}
END_TEST

START_TEST(slot_with_any_bit_flipped_is_bad)
{
	uint8_t slot[64];

	cstn__slot_write(&small, 3, "wrapped key", 11, slot);
	for (size_t bit = 0; bit < sizeof(slot) * 8; bit++) {
		slot[bit / 8] ^= (uint8_t)(1u << bit % 8);
		ck_assert_int_eq(cstn__slot_check(&small, 3, slot), CSTN__SLOT_IS_BAD);
		slot[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
}
END_TEST

START_TEST(erased_slot_with_any_bit_flipped_is_bad)
{
	uint8_t slot[64];

	cstn__slot_write_erased(&small, 3, slot);
	ck_assert_int_eq(cstn__slot_check(&small, 3, slot), CSTN__SLOT_IS_ERASED);
	ck_assert_int_eq(cstn__slot_check(&small, 4, slot), CSTN__SLOT_IS_BAD);
	for (size_t bit = 0; bit < sizeof(slot) * 8; bit++) {
		slot[bit / 8] ^= (uint8_t)(1u << bit % 8);
		ck_assert_int_eq(cstn__slot_check(&small, 3, slot), CSTN__SLOT_IS_BAD);
		slot[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
}
END_TEST

START_TEST(zeros_hold_nothing_and_bytes_of_zero_do)
{
	static const uint8_t zeros[64];
	uint8_t slot[64];

	ck_assert_int_eq(cstn__slot_check(&small, 3, zeros), CSTN__SLOT_IS_EMPTY);
	cstn__slot_write(&small, 3, zeros, 56, slot);
	ck_assert_int_eq(cstn__slot_check(&small, 3, slot), CSTN__SLOT_IS_WHOLE);
}
END_TEST

static cstn_status take(cstn__slot_log *log, uint32_t kind, int64_t slot)
{
	const cstn__values values = {.rows = 1, .numbers = &slot};
	const cstn__log_op op = {.op = kind, .batch = {.rows = 1, .columns = &values}};

	return cstn__slot_log_take(log, &op, NULL);
}

START_TEST(what_a_log_says_erased_stays_erased)
{
	cstn_allocator libc;
	cstn__slot_log log;

	ck_assert_int_eq(cstn__allocator_read(NULL, &libc, NULL), CSTN_OK);
	cstn__slot_log_init(&log, &libc);
	ck_assert_uint_eq(cstn__slot_log_find(&log, 5), 0);
	ck_assert_int_eq(take(&log, CSTN__OP_PUT_SLOTS, 5), CSTN_OK);
	ck_assert_uint_eq(cstn__slot_log_find(&log, 5), CSTN__SLOT_LOG_PUT);
	ck_assert_int_eq(take(&log, CSTN__OP_ERASE_SLOTS, 5), CSTN_OK);
	ck_assert_int_eq(take(&log, CSTN__OP_PUT_SLOTS, 5), CSTN_OK);
	ck_assert_uint_eq(cstn__slot_log_find(&log, 5), CSTN__SLOT_LOG_ERASED);
	ck_assert_uint_eq(cstn__slot_log_find(&log, 6), 0);
	cstn__slot_log_free(&log);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {header_has_these_bytes, slot_has_these_bytes,
			erased_slot_has_these_bytes, erased_slot_with_any_bit_flipped_is_bad,
			number_of_a_slot_is_its_file_and_its_place, no_slot_crosses_a_sector,
			header_reads_back, header_with_any_bit_flipped_is_refused,
			header_that_breaks_a_rule_says_which, header_cut_short_is_refused,
			slot_is_whole_only_in_its_own_place_file_and_store,
			slot_with_any_bit_flipped_is_bad, zeros_hold_nothing_and_bytes_of_zero_do,
			what_a_log_says_erased_stays_erased};

	return run_tests("store_key_file", tests, sizeof(tests) / sizeof(tests[0]));
}
