#include <check.h>
#include <string.h>

#include "column_view.h"
#include "suite.h"

/* --- UTF-8 ------------------------------------------------------------------------------------ */

START_TEST(text_that_is_not_utf8_is_told_row_by_row)
{
	/* row 1 is half a letter and row 2 its other half: together they would be one */
	static const char text[] = "ok\xc3\xa9no\xffyes";
	static const int32_t ends[] = {0, 2, 3, 4, 6, 7, 10};
	maker_column column = {"x", "u", 6, 0, 0, 3, {NULL, ends, text}, NULL};
	uint64_t bad[1] = {0};
	cstn__row_sink *sink = NULL;
	cstn_row_errors *errors = NULL;
	cstn_row_error row;
	viewed view;

	ck_assert_int_eq(cstn__row_sink_new(NULL, &sink, NULL), CSTN_OK);
	view_open(&view, &column, 6, &any_text, NULL);
	ck_assert_int_eq(cstn__column_check_text(view.column, 0, 6, 100, bad, sink), CSTN_OK);
	ck_assert_uint_eq(bad[0], 0x16);
	ck_assert_int_eq(cstn__row_sink_finish(sink, &errors, NULL), CSTN_OK);
	ck_assert_uint_eq(cstn_row_errors_count(errors), 3);
	ck_assert_int_eq(cstn_row_errors_at(errors, 2, &row, NULL), CSTN_OK);
	ck_assert_uint_eq(row.row, 104);
	ck_assert_int_eq(row.code, CSTN_ROW_UTF8);
	view_close(&view);
	cstn_row_errors_free(errors);
	cstn__row_sink_free(sink);
}
END_TEST

static const int64_t bad_rows[] = {0, 1, 63, 64, 1023, 1024, 2047, 4095, 4999};

START_TEST(one_bad_text_among_many_is_found_where_it_is)
{
	static char text[5001 * 2];
	static int32_t ends[5002];
	static uint64_t bad[80];
	maker_column column = {"x", "u", 5000, 1, 0, 3, {NULL, ends, text}, NULL};
	int64_t row = bad_rows[_i];
	viewed view;
	int i;

	for (i = 0; i < 5001; i++) {
		memcpy(text + 2 * i, "\xc3\xa9", 2);
		ends[i + 1] = 2 * (i + 1);
	}
	text[2 * (row + 1)] = (char)0xff;
	memset(bad, 0, sizeof bad); /* the cases may share one process */
	view_open(&view, &column, 5000, &any_text, NULL);
	ck_assert_int_eq(cstn__column_check_text(view.column, 0, 5000, 0, bad, NULL), CSTN_OK);
	for (i = 0; i < 80; i++)
		ck_assert_uint_eq(bad[i], i == row / 64 ? UINT64_C(1) << row % 64 : 0);
	view_close(&view);
}
END_TEST

START_TEST(a_dictionary_entry_that_is_not_utf8_is_bad_in_the_rows_that_use_it)
{
	static const char text[] = "ok\xff";
	static const int32_t ends[] = {0, 2, 3};
	static const maker_column dictionary = {NULL, "u", 2, 0, 0, 3, {NULL, ends, text}, NULL};
	static const uint8_t index[4] = {0, 1, 0, 1};
	maker_column column = {"x", "C", 4, 0, 0, 2, {NULL, index}, &dictionary};
	uint64_t bad[1] = {0};
	viewed view;

	view_open(&view, &column, 4, &any_text, NULL);
	ck_assert_int_eq(cstn__column_check_text(view.column, 0, 4, 0, bad, NULL), CSTN_OK);
	ck_assert_uint_eq(bad[0], 0xa);
	view_close(&view);
}
END_TEST

START_TEST(bytes_need_not_be_utf8)
{
	static const int32_t ends[] = {0, 1};
	maker_column column = {"x", "z", 1, 0, 0, 3, {NULL, ends, "\xff"}, NULL};
	cstn__column_decl decl = {"x", ACCEPT(BYTES), -1, 1, 1, 0, 0};
	uint64_t bad[1] = {0};
	viewed view;

	view_open(&view, &column, 1, &decl, NULL);
	ck_assert_int_eq(cstn__column_check_text(view.column, 0, 1, 0, bad, NULL), CSTN_OK);
	ck_assert_uint_eq(bad[0], 0);
	view_close(&view);
}
END_TEST

/* --- trusted imports -------------------------------------------------------------------------- */

static cstn_binding *trusting(int32_t trusted)
{
	cstn_binding *binding = NULL;

	ck_assert_int_eq(cstn_binding_new(NULL, &binding, NULL), CSTN_OK);
	cstn_binding_trust(binding, trusted);
	return binding;
}

/* With 0 the binding checks as if it said nothing. */
START_TEST(text_that_is_trusted_is_not_checked)
{
	static const char text[] = "ok\xff";
	static const int32_t ends[] = {0, 2, 3};
	static const maker_column dictionary = {NULL, "u", 2, 0, 0, 3, {NULL, ends, text}, NULL};
	static const uint8_t index[2] = {0, 1};
	const maker_column columns[] = {{"x", "u", 2, 0, 0, 3, {NULL, ends, text}, NULL},
			{"x", "C", 2, 0, 0, 2, {NULL, index}, &dictionary}};
	cstn_binding *binding = trusting(_i);
	uint64_t bad[1];
	viewed view;
	size_t c;

	for (c = 0; c < 2; c++) {
		bad[0] = 0;
		view_open(&view, &columns[c], 2, &any_text, binding);
		ck_assert_int_eq(cstn__column_check_text(view.column, 0, 2, 0, bad, NULL), CSTN_OK);
		ck_assert_uint_eq(bad[0], _i ? 0 : 2);
		view_close(&view);
	}
	cstn_binding_free(binding);
}
END_TEST

START_TEST(a_trusted_text_may_still_not_be_null_where_it_must_be_given)
{
	static const int32_t ends[] = {0, 2, 3};
	static const uint8_t first_only[1] = {1};
	maker_column column = {"x", "u", 2, 0, 1, 3, {first_only, ends, "okk"}, NULL};
	cstn__column_decl decl = {"x", ACCEPT(TEXT), -1, 1, 0, 0, 0};
	cstn_binding *binding = trusting(1);
	uint64_t bad[1] = {0};
	viewed view;

	view_open(&view, &column, 2, &decl, binding);
	ck_assert_int_eq(cstn__column_check_text(view.column, 0, 2, 0, bad, NULL), CSTN_OK);
	ck_assert_uint_eq(bad[0], 2);
	view_close(&view);
	cstn_binding_free(binding);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("table_column_text");
	TCase *tests = tcase_create("table_column_text");

	tcase_set_timeout(tests, 120);
	tcase_add_test(tests, text_that_is_not_utf8_is_told_row_by_row);
	tcase_add_loop_test(tests, one_bad_text_among_many_is_found_where_it_is, 0, 9);
	tcase_add_test(tests, a_dictionary_entry_that_is_not_utf8_is_bad_in_the_rows_that_use_it);
	tcase_add_test(tests, bytes_need_not_be_utf8);
	tcase_add_loop_test(tests, text_that_is_trusted_is_not_checked, 0, 2);
	tcase_add_test(tests, a_trusted_text_may_still_not_be_null_where_it_must_be_given);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
