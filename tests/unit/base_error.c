/* Errors, status names, versioned structs. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

#include "suite.h"

START_TEST(every_status_has_its_name_and_unknown_ones_have_none)
{
	ck_assert_str_eq(cstn_status_name(CSTN_OK), "CSTN_OK");
	ck_assert_str_eq(cstn_status_name(CSTN_DONE), "CSTN_DONE");
	ck_assert_str_eq(cstn_status_name(CSTN_E_INVALID_ARGUMENT), "CSTN_E_INVALID_ARGUMENT");
	ck_assert_str_eq(cstn_status_name(CSTN_E_LIMIT), "CSTN_E_LIMIT");
	ck_assert_str_eq(cstn_status_name(CSTN_E_ERASED), "CSTN_E_ERASED");
	ck_assert_str_eq(cstn_status_name(CSTN_E_ERASED - 1), "unknown status");
	ck_assert_str_eq(cstn_status_name(2), "unknown status");
}
END_TEST

START_TEST(statuses_are_listed_in_the_order_of_the_header)
{
	ck_assert_uint_eq(cstn_status_count(), 46);
	ck_assert_int_eq(cstn_status_at(0), CSTN_OK);
	ck_assert_int_eq(cstn_status_at(1), CSTN_DONE);
	for (int32_t i = 2; i < 46; i++)
		ck_assert_int_eq(cstn_status_at((size_t)i), 1 - i);
	ck_assert_int_eq(cstn_status_at(46), CSTN_E_INVALID_ARGUMENT);
	for (size_t i = 0; i < cstn_status_count(); i++)
		ck_assert_str_ne(cstn_status_name(cstn_status_at(i)), "unknown status");
}
END_TEST

START_TEST(no_error_is_ok_and_empty)
{
	ck_assert_int_eq(cstn_error_code(NULL), CSTN_OK);
	ck_assert_str_eq(cstn_error_message(NULL), "");
	cstn_error_free(NULL);
}
END_TEST

START_TEST(failing_returns_its_status_with_and_without_an_error_object)
{
	cstn_error *error = NULL;

	ck_assert_int_eq(cstn__fail(NULL, CSTN_E_IO, "%d", 1), CSTN_E_IO);
	ck_assert_int_eq(cstn__fail(&error, CSTN_E_SCHEMA, "column '%s' has %d", "qty", 7),
			CSTN_E_SCHEMA);
	ck_assert_int_eq(cstn_error_code(error), CSTN_E_SCHEMA);
	ck_assert_str_eq(cstn_error_message(error), "column 'qty' has 7");
	cstn_error_free(error);
}
END_TEST

START_TEST(messages_stay_on_one_line_whatever_the_arguments_hold)
{
	cstn_error *error = NULL;

	ck_assert_int_eq(cstn__fail(&error, CSTN_E_FORMAT, "'%s'",
					 "a\nb\tc\x01\x7f\xff\xc2\x85 \xe2\x80\xa8 \xc3\xa4"),
			CSTN_E_FORMAT);
	ck_assert_str_eq(cstn_error_message(error),
			"'a\\nb\\tc\\x01\\x7f\\xff\\xc2\\x85 \\xe2\\x80\\xa8 \xc3\xa4'");
	cstn_error_free(error);
}
END_TEST

START_TEST(a_message_longer_than_the_first_buffer_is_whole)
{
	cstn_error *error = NULL;
	char text[2001];

	memset(text, 'x', 2000);
	text[2000] = '\0';
	for (int len = 509; len <= 514; len++) {
		(void)cstn__fail(&error, CSTN_E_FORMAT, "%.*s", len, text);
		ck_assert_uint_eq(strlen(cstn_error_message(error)), (size_t)len);
		cstn_error_free(error);
	}
	(void)cstn__fail(&error, CSTN_E_FORMAT, "%s", text);
	ck_assert_str_eq(cstn_error_message(error), text);
	cstn_error_free(error);
}
END_TEST

START_TEST(a_message_is_cut_at_sixteen_kibibytes)
{
	cstn_error *error = NULL;
	char *text = malloc(40001);

	memset(text, 'x', 40000);
	text[40000] = '\0';
	(void)cstn__fail(&error, CSTN_E_FORMAT, "%.16384s", text);
	ck_assert_uint_eq(strlen(cstn_error_message(error)), 16384);
	cstn_error_free(error);
	(void)cstn__fail(&error, CSTN_E_FORMAT, "%s", text);
	ck_assert_uint_eq(strlen(cstn_error_message(error)), 16384);
	cstn_error_free(error);
	free(text);
}
END_TEST

START_TEST(out_of_memory_needs_no_memory)
{
	cstn_error *error = NULL;

	ck_assert_int_eq(cstn__fail_nomem(NULL), CSTN_E_NOMEM);
	ck_assert_int_eq(cstn__fail_nomem(&error), CSTN_E_NOMEM);
	ck_assert_int_eq(cstn_error_code(error), CSTN_E_NOMEM);
	ck_assert_str_eq(cstn_error_message(error), "out of memory");
	cstn__error_prefix(&error, "column '%s': ", "qty");
	ck_assert_str_eq(cstn_error_message(error), "out of memory");
	cstn_error_free(error);
}
END_TEST

START_TEST(a_prefix_keeps_code_and_message)
{
	cstn_error *error = NULL;

	cstn__error_prefix(NULL, "x");
	cstn__error_prefix(&error, "x");
	ck_assert_ptr_null(error);
	(void)cstn__fail(&error, CSTN_E_FORMAT, "'x' is no number");
	cstn__error_prefix(&error, "column '%s': ", "qty");
	ck_assert_int_eq(cstn_error_code(error), CSTN_E_FORMAT);
	ck_assert_str_eq(cstn_error_message(error), "column 'qty': 'x' is no number");
	cstn_error_free(error);
}
END_TEST

/* --- options --- */

struct options {
	uint32_t struct_size, flags;
	int64_t first;
	int64_t later; /* since a later release */
};
#define FIRST_SIZE 16
#define KNOWN_FLAGS 5u

static cstn_status read_options(const void *given, struct options *out, cstn_error **error)
{
	return cstn__options_read(
			given, FIRST_SIZE, sizeof(*out), KNOWN_FLAGS, "options", out, error);
}

START_TEST(no_options_are_all_defaults)
{
	struct options out = {1, 2, 3, 4};

	ck_assert_int_eq(read_options(NULL, &out, NULL), CSTN_OK);
	ck_assert_uint_eq(out.struct_size, sizeof(out));
	ck_assert_uint_eq(out.flags, 0);
	ck_assert_int_eq(out.first, 0);
	ck_assert_int_eq(out.later, 0);
}
END_TEST

START_TEST(options_of_every_size_from_0_to_4097_are_judged)
{
	static const struct options untouched = {77, 77, 77, 77};
	uint64_t words[4104 / 8];
	uint8_t *bytes = (uint8_t *)words;

	for (uint32_t size = 0; size <= 4097; size++) {
		struct options out = untouched;
		int64_t value = 5;
		cstn_status status;

		memset(bytes, 0, sizeof(words));
		memcpy(bytes, &size, 4);
		memcpy(bytes + 8, &value, 8);
		if (size >= 24)
			memcpy(bytes + 16, &value, 8);
		status = read_options(bytes, &out, NULL);
		if (size < FIRST_SIZE || size > 4096) {
			ck_assert_int_eq(status, CSTN_E_STRUCT_SIZE);
			ck_assert_mem_eq(&out, &untouched, sizeof(out));
		} else {
			ck_assert_int_eq(status, CSTN_OK);
			ck_assert_uint_eq(out.struct_size, sizeof(out));
			ck_assert_int_eq(out.first, 5);
			ck_assert_int_eq(out.later, size >= 24 ? 5 : 0);
		}
	}
}
END_TEST

START_TEST(a_byte_past_what_is_known_must_be_zero)
{
	struct {
		struct options known;
		uint8_t more[8];
	} given;
	struct options out;
	cstn_error *error = NULL;

	memset(&given, 0, sizeof(given));
	given.known.struct_size = sizeof(given);
	ck_assert_int_eq(read_options(&given, &out, NULL), CSTN_OK);
	given.more[7] = 1;
	ck_assert_int_eq(read_options(&given, &out, &error), CSTN_E_STRUCT_TOO_NEW);
	ck_assert_ptr_nonnull(strstr(cstn_error_message(error), "byte 31"));
	cstn_error_free(error);
	given.known.struct_size--;
	ck_assert_int_eq(read_options(&given, &out, NULL), CSTN_OK);
}
END_TEST

START_TEST(every_unknown_flag_is_refused)
{
	for (int bit = 0; bit < 32; bit++) {
		struct options given = {sizeof(given), 1u << bit, 0, 0}, out = {0, 0, 9, 0};
		cstn_status status = read_options(&given, &out, NULL);

		if (KNOWN_FLAGS >> bit & 1) {
			ck_assert_int_eq(status, CSTN_OK);
			ck_assert_uint_eq(out.flags, 1u << bit);
		} else {
			ck_assert_int_eq(status, CSTN_E_INVALID_ARGUMENT);
			ck_assert_int_eq(out.first, 9);
		}
	}
}
END_TEST

START_TEST(outputs_of_every_size_are_filled_up_to_it)
{
	static const uint8_t zeros[4104];
	struct options full = {sizeof(full), 0, 5, 6};
	uint64_t words[4104 / 8];
	uint8_t *bytes = (uint8_t *)words;

	for (uint32_t size = 0; size <= 4097; size++) {
		cstn_status status;
		uint32_t kept;

		memset(bytes, 0xee, sizeof(words));
		memcpy(bytes, &size, 4);
		status = cstn__output_write(&full, FIRST_SIZE, sizeof(full), "result", bytes, NULL);
		memcpy(&kept, bytes, 4);
		ck_assert_uint_eq(kept, size);
		if (size < FIRST_SIZE || size > 4096) {
			ck_assert_int_eq(status, CSTN_E_STRUCT_SIZE);
			ck_assert_uint_eq(bytes[4], 0xee);
			continue;
		}
		ck_assert_int_eq(status, CSTN_OK);
		ck_assert_mem_eq(bytes + 4, (uint8_t *)&full + 4,
				(size < sizeof(full) ? size : sizeof(full)) - 4);
		if (size > sizeof(full))
			ck_assert_mem_eq(bytes + sizeof(full), zeros, size - sizeof(full));
		ck_assert_uint_eq(bytes[size], 0xee);
	}
}
END_TEST

START_TEST(no_place_for_an_output_is_an_invalid_argument)
{
	struct options full = {sizeof(full), 0, 5, 6};

	ck_assert_int_eq(cstn__output_write(&full, FIRST_SIZE, sizeof(full), "result", NULL, NULL),
			CSTN_E_INVALID_ARGUMENT);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("base_error");
	TCase *test_case = tcase_create("error");

	tcase_add_test(test_case, every_status_has_its_name_and_unknown_ones_have_none);
	tcase_add_test(test_case, statuses_are_listed_in_the_order_of_the_header);
	tcase_add_test(test_case, no_error_is_ok_and_empty);
	tcase_add_test(test_case, failing_returns_its_status_with_and_without_an_error_object);
	tcase_add_test(test_case, messages_stay_on_one_line_whatever_the_arguments_hold);
	tcase_add_test(test_case, a_message_longer_than_the_first_buffer_is_whole);
	tcase_add_test(test_case, a_message_is_cut_at_sixteen_kibibytes);
	tcase_add_test(test_case, out_of_memory_needs_no_memory);
	tcase_add_test(test_case, a_prefix_keeps_code_and_message);
	tcase_add_test(test_case, no_options_are_all_defaults);
	tcase_add_test(test_case, options_of_every_size_from_0_to_4097_are_judged);
	tcase_add_test(test_case, a_byte_past_what_is_known_must_be_zero);
	tcase_add_test(test_case, every_unknown_flag_is_refused);
	tcase_add_test(test_case, outputs_of_every_size_are_filled_up_to_it);
	tcase_add_test(test_case, no_place_for_an_output_is_an_invalid_argument);
	suite_add_tcase(suite, test_case);
	return run_suite(suite);
}
