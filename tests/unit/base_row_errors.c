/* Rows left out: the sink of an import and the object that is handed out. */
#include <stdio.h>
#include <string.h>

#include "base/row_errors.h"
#include "base/stats.h"
#include "failing_allocator.h"
#include "suite.h"

enum { KEPT = 65536 };

static cstn__row_sink *new_sink(void)
{
	cstn__row_sink *sink = NULL;

	ck_assert_int_eq(cstn__row_sink_new(NULL, &sink, NULL), CSTN_OK);
	return sink;
}

static void add(cstn__row_sink *sink, uint64_t row, int32_t field, const char *column, int32_t code,
		const char *text)
{
	/* Not an assertion of Check each time: it runs a million times. */
	if (cstn__row_sink_add(sink, row, field, column, code, text, text ? strlen(text) : 0) !=
			CSTN_OK)
		ck_abort_msg("row %llu is not added", (unsigned long long)row);
}

static cstn_row_errors *finish(cstn__row_sink *sink)
{
	cstn_row_errors *errors = NULL;

	ck_assert_int_eq(cstn__row_sink_finish(sink, &errors, NULL), CSTN_OK);
	return errors;
}

START_TEST(a_sink_without_errors_gives_no_object)
{
	cstn__row_sink *sink = new_sink();

	ck_assert_ptr_null(finish(sink));
	ck_assert_uint_eq(cstn__row_sink_total(sink), 0);
	cstn__row_sink_free(sink);
	cstn__row_sink_free(NULL);
}
END_TEST

START_TEST(no_object_is_empty)
{
	cstn_row_error row;
	char text[8] = "abc";

	ck_assert_uint_eq(cstn_row_errors_count(NULL), 0);
	ck_assert_uint_eq(cstn_row_errors_total(NULL), 0);
	ck_assert_int_eq(cstn_row_errors_at(NULL, 0, &row, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_str_eq(cstn_row_errors_column(NULL, 0), "");
	ck_assert_ptr_null(cstn_row_errors_value(NULL, 0));
	ck_assert_uint_eq(cstn_row_errors_copy_message(NULL, 0, text, sizeof(text)), 0);
	ck_assert_str_eq(text, "");
	cstn_row_errors_free(NULL);
}
END_TEST

START_TEST(errors_come_out_by_row_then_field_then_code)
{
	static const cstn_row_error expected[] = {{3, -1, CSTN_ROW_FIELDS}, {3, 0, CSTN_ROW_NULL},
			{3, 0, CSTN_ROW_NAN}, {3, 2, CSTN_ROW_NULL},
			{UINT64_MAX, 1, CSTN_ROW_NULL}};
	cstn__row_sink *sink = new_sink();
	cstn_row_errors *errors;
	cstn_row_error row;

	add(sink, UINT64_MAX, 1, "qty", CSTN_ROW_NULL, NULL);
	add(sink, 3, 2, "due", CSTN_ROW_NULL, NULL);
	add(sink, 3, 0, "id", CSTN_ROW_NAN, NULL);
	add(sink, 3, 0, "id", CSTN_ROW_NULL, NULL);
	add(sink, 3, -1, NULL, CSTN_ROW_FIELDS, NULL);
	errors = finish(sink);
	cstn__row_sink_free(sink);
	ck_assert_uint_eq(cstn_row_errors_count(errors), 5);
	ck_assert_uint_eq(cstn_row_errors_total(errors), 5);
	for (size_t i = 0; i < 5; i++) {
		ck_assert_int_eq(cstn_row_errors_at(errors, i, &row, NULL), CSTN_OK);
		ck_assert_mem_eq(&row, &expected[i], sizeof(row));
	}
	ck_assert_int_eq(cstn_row_errors_at(errors, 5, &row, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_row_errors_at(errors, 0, NULL, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_str_eq(cstn_row_errors_column(errors, 0), "");
	ck_assert_str_eq(cstn_row_errors_column(errors, 1), "id");
	ck_assert_str_eq(cstn_row_errors_column(errors, 3), "due");
	ck_assert_str_eq(cstn_row_errors_column(errors, 4), "qty");
	ck_assert_str_eq(cstn_row_errors_column(errors, 5), "");
	cstn_row_errors_free(errors);
}
END_TEST

static const char *even_rows(
		const void *context, uint64_t row, char room[CSTN__ROW_NAME_SIZE], size_t *len)
{
	*len = (size_t)snprintf(room, CSTN__ROW_NAME_SIZE, "%s%d", (const char *)context, (int)row);
	return row % 2 ? NULL : room;
}

START_TEST(a_row_is_of_what_the_call_says_it_is)
{
	cstn__row_sink *sink = new_sink(), *other = new_sink();
	cstn_row_errors *errors;
	char text[200];

	cstn__row_sink_name(sink, even_rows, "bolt ");
	add(sink, 2, 1, "qty", CSTN_ROW_NUMBER, "abc");
	add(sink, 3, -1, NULL, CSTN_ROW_FIELDS, NULL);
	cstn__row_sink_name(sink, NULL, NULL);
	add(sink, 4, 1, "qty", CSTN_ROW_NULL, NULL);
	ck_assert_int_eq(
			cstn__row_sink_add_of(other, 1, 1, "qty", CSTN_ROW_NULL, NULL, 0, "nut", 3),
			CSTN_OK);
	ck_assert_int_eq(cstn__row_sink_merge(sink, other), CSTN_OK);
	errors = finish(sink);
	cstn__row_sink_free(sink);
	cstn__row_sink_free(other);
	ck_assert_str_eq(cstn_row_errors_key(errors, 0), "nut");
	ck_assert_str_eq(cstn_row_errors_key(errors, 1), "bolt 2");
	ck_assert_ptr_null(cstn_row_errors_key(errors, 2));
	ck_assert_ptr_null(cstn_row_errors_key(errors, 3));
	ck_assert_ptr_null(cstn_row_errors_key(errors, 4));
	cstn_row_errors_copy_message(errors, 1, text, sizeof(text));
	ck_assert_str_eq(text, "row 2 of 'bolt 2', column 'qty': 'abc' is no number");
	cstn_row_errors_free(errors);
}
END_TEST

START_TEST(a_message_names_row_column_value_and_rule)
{
	cstn__row_sink *sink = new_sink();
	cstn_row_errors *errors;
	char text[200];

	add(sink, 17, 1, "qty", CSTN_ROW_NAN, NULL);
	add(sink, 18, 1, "qty", CSTN_ROW_NUMBER, "abc");
	add(sink, 19, -1, NULL, CSTN_ROW_FIELDS, NULL);
	add(sink, 20, 2, "two\nlines", CSTN_ROW_NULL, NULL);
	errors = finish(sink);
	cstn__row_sink_free(sink);
	ck_assert_uint_eq(cstn_row_errors_copy_message(errors, 0, text, sizeof(text)), 40);
	ck_assert_str_eq(text, "row 17, column 'qty': NaN is not allowed");
	cstn_row_errors_copy_message(errors, 1, text, sizeof(text));
	ck_assert_str_eq(text, "row 18, column 'qty': 'abc' is no number");
	cstn_row_errors_copy_message(errors, 2, text, sizeof(text));
	ck_assert_str_eq(text, "row 19: too few or too many fields");
	cstn_row_errors_copy_message(errors, 3, text, sizeof(text));
	ck_assert_str_eq(text, "row 20, column 'two\\nlines': a value is required");
	ck_assert_str_eq(cstn_row_errors_column(errors, 3), "two\nlines");
	cstn_row_errors_free(errors);
}
END_TEST

START_TEST(a_message_is_cut_like_snprintf)
{
	cstn__row_sink *sink = new_sink();
	cstn_row_errors *errors;
	char text[8] = "zzzzzzz";
	size_t wanted;

	add(sink, 17, 1, "qty", CSTN_ROW_NAN, NULL);
	errors = finish(sink);
	cstn__row_sink_free(sink);
	wanted = cstn_row_errors_copy_message(errors, 0, NULL, 0);
	ck_assert_uint_eq(wanted, strlen("row 17, column 'qty': NaN is not allowed"));
	ck_assert_uint_eq(cstn_row_errors_copy_message(errors, 0, text, 7), wanted);
	ck_assert_str_eq(text, "row 17");
	ck_assert_uint_eq(cstn_row_errors_copy_message(errors, 0, text, 0), wanted);
	ck_assert_str_eq(text, "row 17");
	cstn_row_errors_free(errors);
}
END_TEST

START_TEST(values_are_cleaned_and_cut_at_128_bytes_between_characters)
{
	cstn__row_sink *sink = new_sink();
	cstn_row_errors *errors;
	char text[256];

	memset(text, 'x', sizeof(text));
	ck_assert_int_eq(cstn__row_sink_add(sink, 0, 1, "a", 5, text, 128), CSTN_OK);
	ck_assert_int_eq(cstn__row_sink_add(sink, 1, 1, "a", 5, text, 129), CSTN_OK);
	memcpy(text + 127, "\xc3\xa4", 2);
	ck_assert_int_eq(cstn__row_sink_add(sink, 2, 1, "a", 5, text, 200), CSTN_OK);
	ck_assert_int_eq(cstn__row_sink_add(sink, 3, 1, "a", 5, "\n\xff", 2), CSTN_OK);
	ck_assert_int_eq(cstn__row_sink_add(sink, 4, 1, "a", 5, "", 0), CSTN_OK);
	ck_assert_int_eq(cstn__row_sink_add(sink, 5, 1, "a", 5, NULL, 0), CSTN_OK);
	errors = finish(sink);
	cstn__row_sink_free(sink);
	ck_assert_uint_eq(strlen(cstn_row_errors_value(errors, 0)), 128);
	ck_assert_uint_eq(strlen(cstn_row_errors_value(errors, 1)), 128);
	ck_assert_uint_eq(strlen(cstn_row_errors_value(errors, 2)), 127);
	ck_assert_str_eq(cstn_row_errors_value(errors, 3), "\\n\\xff");
	ck_assert_str_eq(cstn_row_errors_value(errors, 4), "");
	ck_assert_ptr_null(cstn_row_errors_value(errors, 5));
	cstn_row_errors_free(errors);
}
END_TEST

START_TEST(up_to_65536_errors_are_kept_and_all_are_counted)
{
	for (uint64_t n = KEPT - 1; n <= KEPT + 1; n++) {
		cstn__row_sink *sink = new_sink();
		cstn_row_errors *errors;

		for (uint64_t i = 0; i < n; i++)
			add(sink, i, 0, "a", CSTN_ROW_NULL, NULL);
		ck_assert_uint_eq(cstn__row_sink_total(sink), n);
		errors = finish(sink);
		ck_assert_uint_eq(cstn_row_errors_count(errors), n < KEPT ? n : KEPT);
		ck_assert_uint_eq(cstn_row_errors_total(errors), n);
		cstn_row_errors_free(errors);
		cstn__row_sink_free(sink);
	}
}
END_TEST

/* The row and text of error number i of a set of n, in an order that depends on `order`. */
static void add_numbered(cstn__row_sink *sink, uint64_t i, uint64_t n, int order)
{
	uint64_t row = order == 0 ? i : order == 1 ? n - 1 - i : i * 7919 % n;
	char text[32];

	snprintf(text, sizeof(text), "value %u", (unsigned int)row);
	add(sink, row / 2, (int32_t)(row % 2), row % 2 ? "b" : "a", CSTN_ROW_NUMBER, text);
}

START_TEST(the_smallest_are_kept_whatever_the_order_and_the_split)
{
	enum { N = 400009 }; /* prime, so that i * 7919 visits each once */

	for (int order = 0; order < 3; order++)
		for (int parts = 1; parts <= 3; parts += 2) {
			cstn__row_sink *sinks[3];
			cstn_row_errors *errors;

			for (int p = 0; p < parts; p++)
				sinks[p] = new_sink();
			for (uint64_t i = 0; i < N; i++)
				add_numbered(sinks[i % (uint64_t)parts], i, N, order);
			for (int p = 1; p < parts; p++)
				ck_assert_int_eq(cstn__row_sink_merge(sinks[0], sinks[p]), CSTN_OK);
			ck_assert_uint_eq(cstn__row_sink_total(sinks[0]), N);
			errors = finish(sinks[0]);
			for (int p = 0; p < parts; p++)
				cstn__row_sink_free(sinks[p]);
			ck_assert_uint_eq(cstn_row_errors_count(errors), KEPT);
			ck_assert_uint_eq(cstn_row_errors_total(errors), N);
			for (uint64_t i = 0; i < KEPT; i++) {
				cstn_row_error row;
				char text[32];

				snprintf(text, sizeof(text), "value %u", (unsigned int)i);
				if (cstn_row_errors_at(errors, i, &row, NULL) != CSTN_OK ||
						row.row != i / 2 || row.field != (int32_t)(i % 2) ||
						strcmp(cstn_row_errors_value(errors, i), text) !=
								0 ||
						strcmp(cstn_row_errors_column(errors, i),
								i % 2 ? "b" : "a") != 0)
					ck_abort_msg("order %d, %d parts, error %u", order, parts,
							(unsigned int)i);
			}
			cstn_row_errors_free(errors);
		}
}
END_TEST

START_TEST(errors_alike_in_row_field_and_code_are_ordered_by_their_text)
{
	cstn__row_sink *sink = new_sink();
	cstn_row_errors *errors;

	add(sink, 1, 0, "a", CSTN_ROW_NUMBER, "y");
	add(sink, 1, 0, "a", CSTN_ROW_NUMBER, "x");
	add(sink, 1, 0, "a", CSTN_ROW_NUMBER, NULL);
	add(sink, 1, 0, "a", CSTN_ROW_NUMBER, "x");
	errors = finish(sink);
	cstn__row_sink_free(sink);
	ck_assert_uint_eq(cstn_row_errors_count(errors), 4);
	ck_assert_ptr_null(cstn_row_errors_value(errors, 0));
	ck_assert_str_eq(cstn_row_errors_value(errors, 1), "x");
	ck_assert_str_eq(cstn_row_errors_value(errors, 2), "x");
	ck_assert_str_eq(cstn_row_errors_value(errors, 3), "y");
	cstn_row_errors_free(errors);
}
END_TEST

START_TEST(a_sink_takes_only_a_sound_allocator)
{
	failing_allocator memory;
	cstn__row_sink *sink = NULL;
	cstn_row_errors *errors = NULL;

	failing_allocator_init(&memory, 0);
	memory.allocator.free = NULL;
	ck_assert_int_eq(cstn__row_sink_new(&memory.allocator, &sink, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn__row_errors_new(&memory.allocator, &errors, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_ptr_null(sink);
	ck_assert_ptr_null(errors);
}
END_TEST

START_TEST(a_cleared_sink_begins_anew)
{
	cstn__row_sink *sink = new_sink();
	cstn_row_errors *errors;

	for (uint64_t i = 0; i < 3 * KEPT; i++)
		add(sink, i, 0, "a", CSTN_ROW_NUMBER, "x");
	cstn__row_sink_clear(sink);
	ck_assert_uint_eq(cstn__row_sink_total(sink), 0);
	add(sink, 1000000, 0, "other", CSTN_ROW_NULL, NULL);
	errors = finish(sink);
	ck_assert_uint_eq(cstn_row_errors_count(errors), 1);
	ck_assert_str_eq(cstn_row_errors_column(errors, 0), "other");
	cstn_row_errors_free(errors);
	cstn__row_sink_free(sink);
}
END_TEST

START_TEST(an_object_made_first_is_filled_and_filled_again)
{
	cstn__row_sink *sink = new_sink();
	cstn_row_errors *errors = NULL;

	ck_assert_int_eq(cstn__row_errors_new(NULL, &errors, NULL), CSTN_OK);
	ck_assert_uint_eq(cstn_row_errors_count(errors), 0);
	ck_assert_int_eq(cstn__row_errors_fill(errors, sink), CSTN_OK);
	ck_assert_uint_eq(cstn_row_errors_total(errors), 0);
	add(sink, 5, 0, "a", CSTN_ROW_NUMBER, "x");
	ck_assert_int_eq(cstn__row_errors_fill(errors, sink), CSTN_OK);
	ck_assert_uint_eq(cstn_row_errors_count(errors), 1);
	add(sink, 4, 0, "a", CSTN_ROW_NUMBER, "y");
	ck_assert_int_eq(cstn__row_errors_fill(errors, sink), CSTN_OK);
	ck_assert_uint_eq(cstn_row_errors_count(errors), 2);
	ck_assert_str_eq(cstn_row_errors_value(errors, 0), "y");
	cstn__row_sink_free(sink);
	ck_assert_str_eq(cstn_row_errors_value(errors, 1), "x");
	cstn_row_errors_free(errors);
}
END_TEST

START_TEST(every_row_code_has_a_name_and_a_rule)
{
	ck_assert_str_eq(cstn_row_code_name(CSTN_ROW_NULL), "NULL");
	ck_assert_str_eq(cstn_row_code_name(CSTN_ROW_NOT_POSITIVE), "NOT_POSITIVE");
	ck_assert_str_eq(cstn__row_code_rule(CSTN_ROW_NAN), "NaN is not allowed");
	for (int32_t code = CSTN_ROW_NULL; code <= CSTN_ROW_TOO_LATE; code++) {
		ck_assert_str_ne(cstn_row_code_name(code), "unknown");
		ck_assert_str_ne(cstn__row_code_rule(code), "breaks an unknown rule");
	}
	ck_assert_str_eq(cstn_row_code_name(0), "unknown");
	ck_assert_str_eq(cstn_row_code_name(CSTN_ROW_TOO_LATE + 1), "unknown");
	ck_assert_str_eq(cstn__row_code_rule(0), "breaks an unknown rule");
}
END_TEST

static cstn_status use_sinks(const cstn_allocator *allocator, cstn_row_errors **out)
{
	cstn__row_sink *first = NULL, *second = NULL;
	cstn_status status = cstn__row_sink_new(allocator, &first, NULL);

	if (status == CSTN_OK)
		status = cstn__row_sink_new(allocator, &second, NULL);
	for (uint64_t i = 0; status == CSTN_OK && i < 20; i++) {
		status = cstn__row_sink_add(i % 2 ? first : second, i, (int32_t)(i % 10),
				"a column of the table", CSTN_ROW_NUMBER, "not a number", 12);
	}
	if (status == CSTN_OK)
		status = cstn__row_sink_merge(first, second);
	if (status == CSTN_OK)
		status = cstn__row_sink_finish(first, out, NULL);
	cstn__row_sink_free(first);
	cstn__row_sink_free(second);
	return status;
}

START_TEST(out_of_memory_anywhere_leaks_nothing_and_leaves_the_output)
{
	uint64_t n;

	for (n = 1;; n++) {
		failing_allocator memory;
		cstn_row_errors *errors = NULL;
		cstn_status status;

		failing_allocator_init(&memory, n);
		status = use_sinks(&memory.allocator, &errors);
		if (status == CSTN_OK) {
			ck_assert_uint_eq(memory.failures, 0);
			ck_assert_uint_eq(cstn_row_errors_count(errors), 20);
			ck_assert_ptr_eq(cstn__row_errors_allocator(errors)->user, &memory);
			cstn_row_errors_free(errors);
			ck_assert_uint_eq(failing_allocator_live(&memory), 0);
			break;
		}
		ck_assert_int_eq(status, CSTN_E_NOMEM);
		ck_assert_ptr_null(errors);
		ck_assert_uint_eq(failing_allocator_live(&memory), 0);
	}
	ck_assert_uint_gt(n, 40);
}
END_TEST

START_TEST(an_object_that_cannot_be_filled_keeps_what_it_had)
{
	cstn__row_sink *sink = new_sink();
	uint64_t n;

	add(sink, 5, 0, "a", CSTN_ROW_NUMBER, "x");
	for (n = 2;; n++) {
		failing_allocator memory;
		cstn_row_errors *errors = NULL;
		cstn_status status;

		failing_allocator_init(&memory, 0);
		ck_assert_int_eq(cstn__row_errors_new(&memory.allocator, &errors, NULL), CSTN_OK);
		ck_assert_int_eq(cstn__row_errors_fill(errors, sink), CSTN_OK);
		memory.fail_at = failing_allocator_calls(&memory) + n - 1;
		status = cstn__row_errors_fill(errors, sink);
		ck_assert_uint_eq(cstn_row_errors_count(errors), 1);
		ck_assert_str_eq(cstn_row_errors_value(errors, 0), "x");
		cstn_row_errors_free(errors);
		ck_assert_uint_eq(failing_allocator_live(&memory), 0);
		if (status == CSTN_OK)
			break;
		ck_assert_int_eq(status, CSTN_E_NOMEM);
	}
	ck_assert_uint_gt(n, 4);
	cstn__row_sink_free(sink);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			a_sink_without_errors_gives_no_object,
			no_object_is_empty,
			errors_come_out_by_row_then_field_then_code,
			a_row_is_of_what_the_call_says_it_is,
			a_message_names_row_column_value_and_rule,
			a_message_is_cut_like_snprintf,
			values_are_cleaned_and_cut_at_128_bytes_between_characters,
			up_to_65536_errors_are_kept_and_all_are_counted,
			the_smallest_are_kept_whatever_the_order_and_the_split,
			errors_alike_in_row_field_and_code_are_ordered_by_their_text,
			a_sink_takes_only_a_sound_allocator,
			a_cleared_sink_begins_anew,
			an_object_made_first_is_filled_and_filled_again,
			every_row_code_has_a_name_and_a_rule,
			out_of_memory_anywhere_leaks_nothing_and_leaves_the_output,
			an_object_that_cannot_be_filled_keeps_what_it_had,
	};

	return run_tests("base_row_errors", tests, sizeof(tests) / sizeof(tests[0]));
}
