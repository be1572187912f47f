#include <check.h>
#include <string.h>

#include "column_view.h"
#include "native.h"
#include "suite.h"

START_TEST(null_count_0_means_no_nulls_whatever_the_bits_say)
{
	static const int64_t values[2] = {7, 8};
	static const uint8_t none[1] = {0};
	maker_column column = {"x", "l", 2, 0, 0, 2, {none, values}, NULL};
	viewed view;

	view_open(&view, &column, 2, &any_int, NULL);
	ck_assert_int_eq(view.column->has_nulls, 0);
	ck_assert_uint_eq(cstn__column_valid64(view.column, 0), 3);
	view_close(&view);
}
END_TEST

START_TEST(values_in_place_begin_at_the_offset_and_only_when_they_need_nothing)
{
	static const int64_t values[4] = {7, 8, 9, 10};
	static const int32_t narrow[4] = {7, 8, 9, 10};
	maker_column column = {"x", "l", 3, 1, 0, 2, {NULL, values}, NULL};
	cstn__column_decl decl = any_int;
	viewed view;

	view_open(&view, &column, 3, &decl, NULL);
	ck_assert_ptr_eq(cstn__column_in_place_i64(view.column), values + 1);
	ck_assert_ptr_null(cstn__column_in_place_i32(view.column));
	view_close(&view);
	column.format = "i";
	column.buffers[1] = narrow;
	view_open(&view, &column, 3, &decl, NULL);
	ck_assert_ptr_eq(cstn__column_in_place_i32(view.column), narrow + 1);
	ck_assert_ptr_null(cstn__column_in_place_i64(view.column));
	view_close(&view);
	column.format = "l";
	column.buffers[1] = (const char *)values + 1;
	column.length = 2;
	view_open(&view, &column, 2, &decl, NULL);
	ck_assert_ptr_null(cstn__column_in_place_i64(view.column));
	view_close(&view);
	column.buffers[1] = values;
	column.format = "tsn:UTC";
	decl.accept = ACCEPT(TIME);
	view_open(&view, &column, 2, &decl, NULL);
	ck_assert_ptr_null(cstn__column_in_place_i64(view.column));
	view_close(&view);
	column.format = "tsu:UTC";
	view_open(&view, &column, 2, &decl, NULL);
	ck_assert_ptr_eq(cstn__column_in_place_i64(view.column), values + 1);
	view_close(&view);
	column.format = "l"; /* may hold what int32 cannot */
	decl.accept = ACCEPT(INT32);
	view_open(&view, &column, 2, &decl, NULL);
	ck_assert_ptr_null(cstn__column_in_place_i64(view.column));
	view_close(&view);
}
END_TEST

/* --- dictionaries ----------------------------------------------------------------------------- */

static const char dictionary_text[] = "..redgreenred";
static const int32_t dictionary_ends[] = {2, 5, 10, 13, 13};
static const uint8_t dictionary_valid[] = {0x0b}; /* entry 2 is null */

/* Entries from physical 0: red, green, (null) red, "". */
static const maker_column colours = {
		NULL, "u", 4, 0, 1, 3, {dictionary_valid, dictionary_ends, dictionary_text}, NULL};

static const struct {
	const char *format;
	int width;
} index_formats[] = {
		{"c", 1}, {"C", 1}, {"s", 2}, {"S", 2}, {"i", 4}, {"I", 4}, {"l", 8}, {"L", 8}};

START_TEST(a_dictionary_of_text_reads_through_any_integer_index)
{
	static const int64_t wanted[6] = {1, 0, 2, 3, 0, 1};
	static const char *const texts[6] = {"green", "red", NULL, "", NULL, "green"};
	static const uint8_t valid[1] = {0x2f << 1}; /* row 4 is null; offset 1 */
	uint8_t raw[7 * 8 + 1] = {0};
	maker_column column = {
			"x", index_formats[_i].format, 6, 1, -1, 2, {valid, raw + 1}, &colours};
	viewed view;
	int64_t index[6];
	uint64_t bits[1], bad[1] = {0};
	const char *text;
	size_t len;
	int i;

	for (i = 0; i < 6; i++)
		put_native(raw + 1 + (i + 1) * index_formats[_i].width, wanted[i],
				(size_t)index_formats[_i].width);
	view_open(&view, &column, 6, &any_text, NULL);
	for (i = 0; i < 6; i++) {
		ck_assert_int_eq(cstn__column_read_text(view.column, i, &text, &len), !texts[i]);
		if (texts[i])
			ck_assert_msg(len == strlen(texts[i]) && memcmp(text, texts[i], len) == 0,
					"row %d", i);
	}
	ck_assert_uint_eq(cstn__column_valid64(view.column, 0), 0x2b);
	ck_assert_int_eq(cstn__column_read_index(view.column, 0, 6, index, bits), CSTN_OK);
	ck_assert_uint_eq(bits[0], 0x2b);
	ck_assert_int_eq(index[0], 1);
	ck_assert_int_eq(index[3], 3);
	ck_assert_int_eq(index[2], 0);
	ck_assert_int_eq(cstn__column_check_text(view.column, 0, 6, 0, bad, NULL), CSTN_OK);
	ck_assert_uint_eq(bad[0], 0);
	view_close(&view);
}
END_TEST

START_TEST(a_dictionary_may_be_sliced_and_be_another_in_each_chunk)
{
	static const int8_t index[2] = {0, 1};
	static const char other_text[] = "bluewhite";
	static const int32_t other_ends[] = {0, 4, 9};
	static const maker_column sliced = {
			NULL, "u", 2, 1, 0, 3, {NULL, dictionary_ends, dictionary_text}, NULL};
	static const maker_column other = {
			NULL, "u", 2, 0, 0, 3, {NULL, other_ends, other_text}, NULL};
	maker_column columns[2] = {{"x", "c", 2, 0, 0, 2, {NULL, index}, &sliced},
			{"x", "c", 2, 0, 0, 2, {NULL, index}, &other}};
	maker_batch batches[2] = {{2, 0, 0, NULL, &columns[0]}, {2, 0, 0, NULL, &columns[1]}};
	maker_stream from = {.fields = columns, .n = 1, .batches = batches, .n_batches = 2};
	static const char *const wanted[4] = {"green", "red", "blue", "white"};
	struct ArrowArrayStream stream;
	cstn__bound *bound;
	int i, row;

	maker_open(&stream, &from);
	bound = bound_to(&stream, &any_text, 1, NULL);
	for (i = 0; i < 2; i++) {
		struct ArrowArray array;
		cstn__batch batch;
		const char *text;
		size_t len;

		ck_assert_int_eq(cstn__stream_next(&stream, &array, NULL), CSTN_OK);
		batch_of(bound, &array, &batch);
		for (row = 0; row < 2; row++) {
			ck_assert_int_eq(
					cstn__column_read_text(&batch.columns[0], row, &text, &len),
					0);
			ck_assert_int_eq(strncmp(text, wanted[2 * i + row], len), 0);
			ck_assert_uint_eq(len, strlen(wanted[2 * i + row]));
		}
		cstn__batch_free(bound, &batch);
		array.release(&array);
	}
	cstn__bound_free(bound);
	stream.release(&stream);
}
END_TEST

START_TEST(a_dictionary_of_numbers_reads_when_that_cast_is_allowed)
{
	static const uint16_t index[4] = {1, 0, 2, 1};
	static const int32_t numbers[3] = {100, -5, 3};
	static const uint8_t valid[1] = {0x3};
	static const maker_column dictionary = {NULL, "i", 3, 0, -1, 2, {valid, numbers}, NULL};
	maker_column column = {"x", "S", 4, 0, 0, 2, {NULL, index}, &dictionary};
	cstn_binding *binding = NULL;
	int64_t out[4];
	uint64_t bits[1], bad[1] = {0};
	viewed view;

	ck_assert_int_eq(cstn_binding_new(NULL, &binding, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_binding_cast(binding, "x", CSTN_CAST_DICTIONARY, NULL), CSTN_OK);
	view_open(&view, &column, 4, &any_int, binding);
	ck_assert_int_eq(
			cstn__column_read_i64(view.column, 0, 4, 0, out, bits, bad, NULL), CSTN_OK);
	ck_assert_uint_eq(bits[0], 0xb);
	ck_assert_uint_eq(bad[0], 0);
	ck_assert_int_eq(out[0], -5);
	ck_assert_int_eq(out[1], 100);
	ck_assert_int_eq(out[2], 0);
	ck_assert_int_eq(out[3], -5);
	view_close(&view);
	cstn_binding_free(binding);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("table_column_dictionary");
	TCase *tests = tcase_create("table_column_dictionary");

	tcase_set_timeout(tests, 120);
	tcase_add_test(tests, null_count_0_means_no_nulls_whatever_the_bits_say);
	tcase_add_test(tests, values_in_place_begin_at_the_offset_and_only_when_they_need_nothing);
	tcase_add_loop_test(tests, a_dictionary_of_text_reads_through_any_integer_index, 0, 8);
	tcase_add_test(tests, a_dictionary_may_be_sliced_and_be_another_in_each_chunk);
	tcase_add_test(tests, a_dictionary_of_numbers_reads_when_that_cast_is_allowed);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
