#include <check.h>
#include <string.h>

#include "column_view.h"
#include "suite.h"

static const char dictionary_text[] = "..redgreenred";
static const int32_t dictionary_ends[] = {2, 5, 10, 13, 13};
static const uint8_t dictionary_valid[] = {0x0b}; /* entry 2 is null */

/* Entries from physical 0: red, green, (null) red, "". */
static const maker_column colours = {
		NULL, "u", 4, 0, 1, 3, {dictionary_valid, dictionary_ends, dictionary_text}, NULL};

/* --- arrays that break the rules -------------------------------------------------------------- */

static const int64_t some_numbers[4] = {1, 2, 3, 4};
static const uint8_t half_valid[1] = {0x5};
static const int32_t back_ends[4] = {0, 5, 4, 6};
static const int32_t below_ends[4] = {-1, 0, 4, 6};
static const int64_t back_ends64[4] = {0, 5, 4, 6};
static const int32_t good_ends[4] = {0, 1, 4, 6};
static const int32_t view_index[8] = {20, 0, 1, 0};
static const int32_t view_size[8] = {20, 0, 0, 5};
static const int32_t view_negative[8] = {-1, 0, 0, 0};
static const int64_t view_sizes[1] = {24};
static const int8_t bad_index[3] = {0, 4, 0};
static const int8_t negative_index[3] = {0, -1, 0};
static const uint64_t huge_index[1] = {UINT64_MAX};

static const struct {
	maker_column column;
	maker_batch batch;
	const char *message;
} broken[] = {
		{{"x", "l", 3, 0, 0, 2, {NULL, some_numbers}, NULL}, {4, 0, 0, NULL, NULL},
				"column 'x' of the stream has 3 rows, its batch 4"},
		{{"x", "l", 3, 0, 0, 2, {NULL, some_numbers}, NULL}, {2, 2, 0, NULL, NULL},
				"has 3 rows, its batch 4"},
		{{"x", "l", -1, 0, 0, 2, {NULL, some_numbers}, NULL}, {1, 0, 0, NULL, NULL},
				"length or offset that is out of range"},
		{{"x", "l", 1, -1, 0, 2, {NULL, some_numbers}, NULL}, {1, 0, 0, NULL, NULL},
				"length or offset that is out of range"},
		{{"x", "l", 1, INT64_MAX, 0, 2, {NULL, some_numbers}, NULL}, {1, 0, 0, NULL, NULL},
				"length or offset that is out of range"},
		{{"x", "l", 1, 0, 0, 2, {NULL, some_numbers}, NULL}, {-1, 0, 0, NULL, NULL},
				"a batch of the stream has -1 rows"},
		{{"x", "l", 1, 0, 0, 2, {NULL, some_numbers}, NULL}, {1, -1, 0, NULL, NULL},
				"a batch of the stream has 1 rows from -1 on"},
		{{"x", "l", 4, 0, 0, 2, {NULL, some_numbers}, NULL}, {4, 0, -1, half_valid, NULL},
				"row 1 of a batch of the stream is null as a whole"},
		{{"x", "l", 1, 0, 0, 1, {NULL, some_numbers}, NULL}, {1, 0, 0, NULL, NULL},
				"has 1 buffers, 2 expected"},
		{{"x", "l", 1, 0, 0, 3, {NULL, some_numbers}, NULL}, {1, 0, 0, NULL, NULL},
				"has 3 buffers, 2 expected"},
		{{"x", "l", 1, 0, 0, 2, {NULL, NULL}, NULL}, {1, 0, 0, NULL, NULL},
				"has rows but no buffer of values"},
		{{"x", "u", 3, 0, 0, 2, {NULL, good_ends}, NULL}, {3, 0, 0, NULL, NULL},
				"has 2 buffers, 3 expected"},
		{{"x", "u", 3, 0, 0, 3, {NULL, back_ends, "abcdef"}, NULL}, {3, 0, 0, NULL, NULL},
				"has text offsets that run backwards"},
		{{"x", "u", 3, 0, 0, 3, {NULL, below_ends, "abcdef"}, NULL}, {3, 0, 0, NULL, NULL},
				"has text offsets that run backwards"},
		{{"x", "U", 3, 0, 0, 3, {NULL, back_ends64, "abcdef"}, NULL}, {3, 0, 0, NULL, NULL},
				"has text offsets that run backwards"},
		{{"x", "u", 3, 0, 0, 3, {NULL, good_ends, NULL}, NULL}, {3, 0, 0, NULL, NULL},
				"has text but no buffer of it"},
		{{"x", "vu", 1, 0, 0, 2, {NULL, view_size}, NULL}, {1, 0, 0, NULL, NULL},
				"has 2 buffers, 3 expected"},
		{{"x", "vu", 1, 0, 0, 4, {NULL, view_index, dictionary_text, view_sizes}, NULL},
				{1, 0, 0, NULL, NULL}, "has a text view outside its buffers"},
		{{"x", "vu", 1, 0, 0, 4, {NULL, view_size, dictionary_text, view_sizes}, NULL},
				{1, 0, 0, NULL, NULL}, "has a text view outside its buffers"},
		{{"x", "vu", 1, 0, 0, 4, {NULL, view_negative, dictionary_text, view_sizes}, NULL},
				{1, 0, 0, NULL, NULL}, "has a text view outside its buffers"},
		{{"x", "c", 3, 0, 0, 2, {NULL, bad_index}, &colours}, {3, 0, 0, NULL, NULL},
				"has an index outside its dictionary"},
		{{"x", "c", 3, 0, 0, 2, {NULL, negative_index}, &colours}, {3, 0, 0, NULL, NULL},
				"has an index outside its dictionary"},
		{{"x", "L", 1, 0, 0, 2, {NULL, huge_index}, &colours}, {1, 0, 0, NULL, NULL},
				"has an index outside its dictionary"},
};

START_TEST(an_array_that_breaks_the_rules_is_an_error_that_names_the_column)
{
	maker_batch batch = broken[_i].batch;
	maker_stream from = {.fields = &broken[_i].column, .n = 1};
	cstn__column_decl decl = {"x", ACCEPT(INT64) | ACCEPT(TEXT), -1, 1, 1, 0, 0};
	struct ArrowArrayStream stream;
	struct ArrowArray array;
	cstn__bound *bound;
	cstn__batch view = {.memory = NULL};
	cstn_error *error = NULL;

	batch.columns = &broken[_i].column;
	maker_open(&stream, &from);
	bound = bound_to(&stream, &decl, 1, NULL);
	maker_root(&array, &batch, 1);
	ck_assert_int_eq(cstn__bound_batch(bound, &array, &view, &error), CSTN_E_STREAM);
	ck_assert_msg(strstr(cstn_error_message(error), broken[_i].message), "'%s' lacks '%s'",
			cstn_error_message(error), broken[_i].message);
	ck_assert_ptr_null(view.memory);
	cstn_error_free(error);
	array.release(&array);
	cstn__bound_free(bound);
	stream.release(&stream);
	ck_assert_int_eq(maker_live(), 0);
}
END_TEST

START_TEST(null_rows_may_point_anywhere)
{
	static const uint8_t none[1] = {0};
	static const int8_t index[3] = {99, -1, 4};
	maker_column dictionary_column = {"x", "c", 3, 0, -1, 2, {none, index}, &colours};
	maker_column view_column = {"x", "vu", 1, 0, -1, 4,
			{none, view_index, dictionary_text, view_sizes}, NULL};
	viewed view;

	view_open(&view, &dictionary_column, 3, &any_text, NULL);
	ck_assert_uint_eq(cstn__column_valid64(view.column, 0), 0);
	view_close(&view);
	view_open(&view, &view_column, 1, &any_text, NULL);
	ck_assert_uint_eq(cstn__column_valid64(view.column, 0), 0);
	view_close(&view);
}
END_TEST

START_TEST(columns_that_nobody_needs_may_be_moved_out_and_needed_ones_not)
{
	static const maker_column columns[2] = {{"x", "l", 4, 0, 0, 2, {NULL, some_numbers}, NULL},
			{"y", "+l", 4, 0, 0, 2, {NULL, some_numbers}, NULL}};
	maker_batch batch = {4, 0, 0, NULL, columns};
	maker_stream from = {.fields = columns, .n = 2, .batches = &batch, .n_batches = 1};
	struct ArrowArrayStream stream;
	struct ArrowArray array;
	cstn__bound *bound;
	cstn__batch view;
	cstn_error *error = NULL;

	maker_open(&stream, &from);
	bound = bound_to(&stream, &any_int, 1, NULL);
	ck_assert_int_eq(cstn__stream_next(&stream, &array, NULL), CSTN_OK);
	array.children[1]->release(array.children[1]);
	batch_of(bound, &array, &view);
	cstn__batch_free(bound, &view);
	array.children[0]->release(array.children[0]);
	ck_assert_int_eq(cstn__bound_batch(bound, &array, &view, &error), CSTN_E_STREAM);
	ck_assert_str_eq(cstn_error_message(error),
			"column 'x' of the stream was moved out or released");
	cstn_error_free(error);
	array.release(&array);
	cstn__bound_free(bound);
	stream.release(&stream);
	ck_assert_int_eq(maker_live(), 0);
}
END_TEST

START_TEST(a_batch_with_another_number_of_columns_than_the_schema_is_refused)
{
	static const maker_column columns[2] = {{"x", "l", 4, 0, 0, 2, {NULL, some_numbers}, NULL},
			{"y", "l", 4, 0, 0, 2, {NULL, some_numbers}, NULL}};
	maker_batch batch = {4, 0, 0, NULL, columns};
	maker_stream from = {.fields = columns, .n = 1};
	struct ArrowArrayStream stream;
	struct ArrowArray array;
	cstn__bound *bound;
	cstn__batch view;
	cstn_error *error = NULL;

	maker_open(&stream, &from);
	bound = bound_to(&stream, &any_int, 1, NULL);
	maker_root(&array, &batch, 2);
	ck_assert_int_eq(cstn__bound_batch(bound, &array, &view, &error), CSTN_E_STREAM);
	ck_assert_str_eq(cstn_error_message(error),
			"a batch of the stream has 2 columns, its schema 1");
	cstn_error_free(error);
	array.release(&array);
	cstn__bound_free(bound);
	stream.release(&stream);
}
END_TEST

/* The text under such an index is never read here: only that nothing looks for it. */
START_TEST(an_index_outside_its_dictionary_is_not_looked_for_when_trusted)
{
	const maker_column column = {"x", "c", 3, 0, 0, 2, {NULL, bad_index}, &colours};
	maker_batch batch = {3, 0, 0, NULL, &column};
	maker_stream from = {.fields = &column, .n = 1, .batches = &batch, .n_batches = 1};
	cstn_status wanted = _i ? CSTN_OK : CSTN_E_STREAM;
	struct ArrowArrayStream stream;
	struct ArrowArray array;
	cstn_binding *binding = NULL;
	cstn__bound *bound;
	cstn__batch view;

	ck_assert_int_eq(cstn_binding_new(NULL, &binding, NULL), CSTN_OK);
	cstn_binding_trust(binding, _i);
	maker_open(&stream, &from);
	bound = bound_to(&stream, &any_text, 1, binding);
	ck_assert_int_eq(cstn__stream_next(&stream, &array, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__bound_batch(bound, &array, &view, NULL), wanted);
	if (wanted == CSTN_OK)
		cstn__batch_free(bound, &view);
	array.release(&array);
	cstn__bound_free(bound);
	stream.release(&stream);
	cstn_binding_free(binding);
	ck_assert_int_eq(maker_live(), 0);
}
END_TEST

/* The other rules hold whatever the caller says. */
START_TEST(a_trusted_array_that_breaks_another_rule_is_refused)
{
	const maker_column column = {"x", "u", 3, 0, 0, 3, {NULL, back_ends, "abcdef"}, NULL};
	maker_batch batch = {3, 0, 0, NULL, &column};
	maker_stream from = {.fields = &column, .n = 1, .batches = &batch, .n_batches = 1};
	struct ArrowArrayStream stream;
	struct ArrowArray array;
	cstn_binding *binding = NULL;
	cstn__bound *bound;
	cstn__batch view;

	ck_assert_int_eq(cstn_binding_new(NULL, &binding, NULL), CSTN_OK);
	cstn_binding_trust(binding, 1);
	maker_open(&stream, &from);
	bound = bound_to(&stream, &any_text, 1, binding);
	ck_assert_int_eq(cstn__stream_next(&stream, &array, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__bound_batch(bound, &array, &view, NULL), CSTN_E_STREAM);
	array.release(&array);
	cstn__bound_free(bound);
	stream.release(&stream);
	cstn_binding_free(binding);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("table_column_broken");
	TCase *tests = tcase_create("table_column_broken");

	tcase_set_timeout(tests, 120);
	tcase_add_loop_test(tests, an_array_that_breaks_the_rules_is_an_error_that_names_the_column,
			0, sizeof(broken) / sizeof(broken[0]));
	tcase_add_test(tests, null_rows_may_point_anywhere);
	tcase_add_test(tests, columns_that_nobody_needs_may_be_moved_out_and_needed_ones_not);
	tcase_add_test(tests, a_batch_with_another_number_of_columns_than_the_schema_is_refused);
	tcase_add_loop_test(tests, an_index_outside_its_dictionary_is_not_looked_for_when_trusted,
			0, 2);
	tcase_add_test(tests, a_trusted_array_that_breaks_another_rule_is_refused);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
