/* CSV grammar: what is a row, a field, a quote, a header. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <constellation/perfect_order.h>

#include "csv_fixture.h"
#include "suite.h"

#define AB "a text null\nb text null"

/* --- rows and line ends --- */

START_TEST(lines_end_with_lf_or_crlf_or_both_mixed)
{
	csv_expect_rows("a,b\n1,2\n3,4\n", AB, "1|2;3|4;");
	csv_expect_rows("a,b\r\n1,2\r\n3,4\r\n", AB, "1|2;3|4;");
	csv_expect_rows("a,b\r\n1,2\n3,4\r\n5,6\n", AB, "1|2;3|4;5|6;");
}
END_TEST

START_TEST(the_last_line_needs_no_line_end)
{
	csv_expect_rows("a,b\n1,2", AB, "1|2;");
	csv_expect_rows("a,b\n1,2\r", AB, "1|2;");
	csv_expect_rows("a,b\n1,\"2\"", AB, "1|2;");
	csv_expect_rows("a,b\n1,\"2\"\r", AB, "1|2;");
	csv_expect_rows("a,b\n1,", AB, "1|~;");
}
END_TEST

START_TEST(a_lone_carriage_return_is_an_ordinary_byte)
{
	csv_expect_rows("a,b\n1\r2,3\n", AB, "1\\r2|3;");
	csv_expect_rows("a,b\n1,2\r3\n", AB, "1|2\\r3;");
	csv_expect_rows("a,b\n\r,\r\n", AB, "\\r|~;");
	csv_expect_rows("a,b\n1,2\r\r\n", AB, "1|2\\r;");
}
END_TEST

START_TEST(header_only_gives_no_rows)
{
	csv_expect_rows("a,b\n", AB, "");
	csv_expect_rows("a,b", AB, "");
	csv_expect_rows("a,b\r\n", AB, "");
	csv_expect_rows("\xef\xbb\xbf"
			"a,b\n",
			AB, "");
}
END_TEST

START_TEST(an_empty_file_has_no_header)
{
	csv_expect_refused(
			"", AB, NULL, CSTN_E_FORMAT, "the file is empty, a header line expected");
	csv_expect_refused("\n\r\n\n", AB, NULL, CSTN_E_FORMAT, "the file is empty");
	csv_expect_refused("\xef\xbb\xbf", AB, NULL, CSTN_E_FORMAT, "the file is empty");
}
END_TEST

START_TEST(an_empty_file_without_header_has_no_rows)
{
	cstn_csv_options options = CSTN_CSV_OPTIONS_INIT;

	options.flags = CSTN_CSV_NO_HEADER;
	csv_expect("", AB, &options, "", "");
	csv_expect("\n", AB, &options, "", "");
	csv_expect("1,2\n3,4", AB, &options, "1|2;3|4;", "");
	csv_expect("\xef\xbb\xbf"
		   "1,2\n",
			AB, &options, "1|2;", "");
}
END_TEST

START_TEST(empty_lines_are_skipped_but_counted)
{
	csv_expect("\n\r\na,b\n\n1,2\n\r\n\n3\n", AB, NULL, "1|2;", "8|~|1 fields, 2 expected|3;");
}
END_TEST

START_TEST(in_a_file_of_one_column_an_empty_line_is_a_null)
{
	csv_expect_rows("a\n1\n\n2\n\r\n", "a text null", "1;~;2;~;");
}
END_TEST

START_TEST(a_byte_order_mark_is_skipped_at_the_beginning_only)
{
	csv_expect_rows("\xef\xbb\xbf"
			"a,b\n1,2\n",
			AB, "1|2;");
	csv_expect_rows("\xef\xbb\xbf\"a\",b\n1,2\n", AB, "1|2;");
	csv_expect_rows("a,b\n\xef\xbb\xbf"
			"1,2\n",
			AB,
			"\xef\xbb\xbf"
			"1|2;");
}
END_TEST

START_TEST(utf16_is_named)
{
	csv_result result = csv_read_bytes("\xff\xfe"
					   "a\0,\0b\0\n\0",
			10, AB, NULL, NULL, NULL);

	ck_assert_int_eq(result.status, CSTN_E_FORMAT);
	ck_assert_ptr_nonnull(strstr(result.message, "UTF-16"));
	csv_result_free(&result);
}
END_TEST

/* --- quotes --- */

START_TEST(quotes_hold_delimiters_quotes_and_line_breaks)
{
	csv_expect_rows("a,b\n\"1,2\",\"3\n4\"\n", AB, "1,2|3\\n4;");
	csv_expect_rows("a,b\n\"1\r\n2\",\"3\"\r\n", AB, "1\\r\\n2|3;");
	csv_expect_rows("a,b\n\"say \"\"yes\"\"\",\"\"\"\"\n", AB, "say \"yes\"|\";");
	csv_expect_rows("a,b\n\"\"\"1\"\"\",\"1\"\"2\"\"3\"\n", AB, "\"1\"|1\"2\"3;");
}
END_TEST

START_TEST(empty_is_null_and_quoted_empty_is_empty)
{
	csv_expect_rows("a,b\n,\n\"\",\"\"\n,\"\"\r\n\"\",\r\n", AB, "~|~;|;~|;|~;");
}
END_TEST

START_TEST(spaces_belong_to_the_field)
{
	csv_expect_rows("a,b\n 1 , 2 \n", AB, " 1 | 2 ;");
	csv_expect("a,b\n 1,2\n", "a int64\nb int64", NULL, "", "2|a|' 1' is no number| 1,2;");
}
END_TEST

START_TEST(a_quote_inside_an_unquoted_field_costs_one_row)
{
	csv_expect("a,b\n1,2\n5\" pipe,3\n4,5\n", AB, NULL, "1|2;4|5;",
			"3|~|a quote inside an unquoted field, or text after a closing quote|5\" "
			"pipe,3;");
	csv_expect("a,b\n1,2\n 7,x\"\n4,5\n", AB, NULL, "1|2;4|5;",
			"3|~|a quote inside an unquoted field, or text after a closing quote| "
			"7,x\";");
}
END_TEST

START_TEST(text_after_a_closing_quote_costs_one_row)
{
	csv_expect("a,b\n\"1\"x,2\n4,5\n", AB, NULL, "4|5;",
			"2|~|a quote inside an unquoted field, or text after a closing "
			"quote|\"1\"x,2;");
	csv_expect("a,b\n1,\"2\"\rx\n4,5\n", AB, NULL, "4|5;",
			"2|~|a quote inside an unquoted field, or text after a closing "
			"quote|1,\"2\"\\rx;");
}
END_TEST

START_TEST(a_quote_not_closed_names_the_line_where_it_opens)
{
	csv_expect("a,b\n1,2\n3,\"4\n5,6\n7,8\n", AB, NULL, "1|2;",
			"3|~|the quote that opens on line 3 is not closed|3,\"4\\n5,6\\n7,8;");
	csv_expect("a,b\n\"1\n2\",\"4\n5,6", AB, NULL, "",
			"2|~|the quote that opens on line 3 is not closed|\"1\\n2\",\"4\\n5,6;");
	csv_expect_refused("a,\"b\n1,2\n", AB, NULL, CSTN_E_FORMAT,
			"the quote that opens on line 1 is not closed");
}
END_TEST

START_TEST(another_delimiter_and_another_quote)
{
	cstn_csv_options options = CSTN_CSV_OPTIONS_INIT;

	options.delimiter = ';';
	options.quote = '\'';
	csv_expect("a;b\n'1;''2';\"3,4\"\n", AB, &options, "1;'2|\"3,4\";", "");
	options.delimiter = '\t';
	csv_expect("a\tb\n1 2\t3,4\n", AB, &options, "1 2|3,4;", "");
}
END_TEST

/* --- number of fields --- */

START_TEST(rows_with_too_few_or_too_many_fields_are_left_out)
{
	csv_expect("a,b\n1,2\n3\n4,5,6\n7,8\n", AB, NULL, "1|2;7|8;",
			"3|~|1 fields, 2 expected|3;4|~|3 fields, 2 expected|4,5,6;");
	csv_expect("a,b\r\n1\r\n1,2,\r\n", AB, NULL, "",
			"2|~|1 fields, 2 expected|1;3|~|3 fields, 2 expected|1,2,;");
}
END_TEST

START_TEST(line_numbers_count_line_breaks_in_quotes)
{
	csv_expect("a,b\n\"1\n\n2\",3\nx\n\"\n\n\",\"\n\"\ny\n", AB, NULL, "1\\n\\n2|3;\\n\\n|\\n;",
			"5|~|1 fields, 2 expected|x;10|~|1 fields, 2 expected|y;");
}
END_TEST

/* --- header and schema --- */

START_TEST(columns_are_found_by_name_in_any_order_and_others_skipped)
{
	csv_expect_rows("x,b,\"a\",y\n0,1,2,9\n", "a text\nb text", "2|1;");
	csv_expect_rows("a b,\"c\"\"d\",\"e,f\"\n1,2,3\n",
			"\"c\"\"d\" text\n\"a b\" int64\n\"e,f\" int32", "2|1|3;");
}
END_TEST

START_TEST(all_absent_columns_are_named_with_similar_names)
{
	csv_expect_refused("order_id,qty_deliverd,price\n",
			"qty_delivered int64\norder_id text\nzone text", NULL, CSTN_E_SCHEMA,
			"column 'qty_delivered' is absent, similar: 'qty_deliverd'; column 'zone' "
			"is absent");
}
END_TEST

START_TEST(a_name_that_comes_twice_is_refused_with_both_positions)
{
	csv_expect_refused("b,a,c,a\n1,2,3,4\n", "a text", NULL, CSTN_E_SCHEMA,
			"column 'a' comes twice, at positions 2 and 4");
	csv_expect_rows("b,a,,\n1,2,3,4\n", "a text", "2;");
}
END_TEST

START_TEST(strict_refuses_columns_that_nobody_asked_for)
{
	cstn_csv_options options = CSTN_CSV_OPTIONS_INIT;

	options.flags = CSTN_CSV_STRICT;
	csv_expect("b,a\n1,2\n", AB, &options, "2|1;", "");
	csv_expect_refused("b,a,c,d\n", AB, &options, CSTN_E_SCHEMA,
			"column 'c' is not in the schema; column 'd' is not in the schema");
}
END_TEST

START_TEST(a_header_that_is_not_utf8_is_refused)
{
	csv_expect_refused(
			"a,b\xff\n", AB, NULL, CSTN_E_FORMAT, "the name of column 2 is not UTF-8");
}
END_TEST

START_TEST(a_file_of_more_than_1024_columns_is_refused)
{
	char *text = malloc(1100 * 8);
	size_t n = 0, i;

	ck_assert_ptr_nonnull(text);
	for (i = 0; i < 1024; i++)
		n += (size_t)sprintf(text + n, "%sc%zu", i > 0 ? "," : "", i);
	csv_expect_rows(text, "c1023 text", "");
	strcpy(text + n, ",last");
	csv_expect_refused(text, "c1 text", NULL, CSTN_E_LIMIT, "the file has 1025 columns");
	free(text);
}
END_TEST

/* --- options --- */

START_TEST(options_that_contradict_are_refused)
{
	cstn_csv_options options = CSTN_CSV_OPTIONS_INIT;

	options.delimiter = '"';
	csv_expect_refused("a,b\n", AB, &options, CSTN_E_INVALID_ARGUMENT, "both");
	options.delimiter = '\n';
	csv_expect_refused("a,b\n", AB, &options, CSTN_E_INVALID_ARGUMENT, "delimiter");
	options.delimiter = 0;
	options.thousands_mark = '.';
	csv_expect_refused("a,b\n", AB, &options, CSTN_E_INVALID_ARGUMENT, "thousands_mark");
	options.thousands_mark = 0;
	options.threads = -1;
	csv_expect_refused("a,b\n", AB, &options, CSTN_E_INVALID_ARGUMENT, "threads");
	options.threads = 0;
	options.batch_rows = 1048577;
	csv_expect_refused("a,b\n", AB, &options, CSTN_E_INVALID_ARGUMENT, "batch_rows");
	options.batch_rows = 1048576;
	csv_expect("a,b\n1,2\n", AB, &options, "1|2;", "");
	options.max_rejects = -2;
	csv_expect_refused("a,b\n", AB, &options, CSTN_E_INVALID_ARGUMENT, "max_rejects");
	options.max_rejects = 0;
	options.flags = 16;
	csv_expect_refused("a,b\n", AB, &options, CSTN_E_INVALID_ARGUMENT, "flags");
}
END_TEST

START_TEST(null_arguments_are_refused)
{
	cstn_schema *schema = csv_schema(AB);
	cstn_csv_reader *reader = NULL;
	const uint8_t data[] = "a,b\n";

	ck_assert_int_eq(cstn_csv_reader_open(NULL, schema, NULL, NULL, &reader, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_csv_reader_open_bytes(NULL, 1, schema, NULL, NULL, &reader, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_csv_reader_open_bytes(data, 4, NULL, NULL, NULL, &reader, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_csv_reader_open_bytes(data, 4, schema, NULL, NULL, NULL, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_ptr_null(reader);
	ck_assert_uint_eq(cstn_csv_reader_rows(NULL), 0);
	cstn_csv_reader_unref(NULL);
	cstn_schema_unref(schema);
}
END_TEST

START_TEST(rows_are_exported_once)
{
	cstn_schema *schema = csv_schema(AB);
	cstn_csv_reader *reader = NULL;
	struct ArrowArrayStream first, second;
	const uint8_t data[] = "a,b\n";

	memset(&second, 0, sizeof(second));
	ck_assert_int_eq(cstn_csv_reader_open_bytes(data, 4, schema, NULL, NULL, &reader, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_csv_reader_export(reader, &first, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_csv_reader_export(reader, &second, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_ptr_null(second.release);
	cstn_csv_reader_unref(reader);
	first.release(&first); /* the stream kept the reader */
	cstn_schema_unref(schema);
}
END_TEST

START_TEST(a_file_that_is_not_there_is_an_io_error)
{
	csv_result result = csv_read_path("no/such/file.csv", AB, NULL);

	ck_assert_int_eq(result.status, CSTN_E_IO);
	ck_assert_ptr_nonnull(strstr(result.message, "no/such/file.csv"));
	csv_result_free(&result);
	result = csv_read_path("/", AB, NULL);
	ck_assert_int_eq(result.status, CSTN_E_IO);
	ck_assert_ptr_nonnull(strstr(result.message, "directory"));
	csv_result_free(&result);
}
END_TEST

START_TEST(batches_have_exactly_the_rows_asked_for)
{
	cstn_csv_options options = CSTN_CSV_OPTIONS_INIT;
	csv_result result;

	options.batch_rows = 2;
	result = csv_read_text("a,b\n1,2\n3,4\n5,6\n7,8\n9,0\n", AB, &options);
	ck_assert_str_eq(result.rows, "1|2;3|4;5|6;7|8;9|0;");
	ck_assert_uint_eq(result.n_batches, 3);
	csv_result_free(&result);
}
END_TEST

/* --- rejects --- */

START_TEST(max_rejects_stops_after_the_rows_before_it)
{
	cstn_csv_options options = CSTN_CSV_OPTIONS_INIT;
	csv_result result;

	options.max_rejects = 2;
	result = csv_read_text("a,b\n1,2\nx\n3,4\ny\n5,6\n", AB, &options);
	ck_assert_int_eq(result.status, CSTN_OK);
	ck_assert_str_eq(result.rows, "1|2;3|4;5|6;");
	csv_result_free(&result);
	result = csv_read_text("a,b\n1,2\nx\n3,4\ny\n5,6\nz\n7,8\n", AB, &options);
	ck_assert_int_eq(result.status, CSTN_E_STREAM);
	ck_assert_str_eq(result.rows, "1|2;3|4;5|6;");
	ck_assert_uint_eq(result.n_rejects, 3);
	ck_assert_ptr_nonnull(
			strstr(result.message, "more than 2 bad rows, the last one on line 7"));
	csv_result_free(&result);
}
END_TEST

static struct ArrowArrayStream stream_with_many_rejects(cstn_schema *schema)
{
	static const char text[] = "order_id,promised,delivered\nx,,\ny,,\n";
	cstn_csv_options options = CSTN_CSV_OPTIONS_INIT;
	cstn_csv_reader *reader = NULL;
	struct ArrowArrayStream stream;

	options.max_rejects = 1;
	ck_assert_int_eq(cstn_csv_reader_open_bytes((const uint8_t *)text, sizeof(text) - 1, schema,
					 &options, NULL, &reader, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_csv_reader_export(reader, &stream, NULL), CSTN_OK);
	cstn_csv_reader_unref(reader);
	return stream;
}

static void expect_limit(cstn_status status, cstn_error **error)
{
	ck_assert_int_eq(status, CSTN_E_LIMIT);
	ck_assert_ptr_nonnull(strstr(cstn_error_message(*error), "more than 1 bad row"));
	cstn_error_free(*error);
	*error = NULL;
}

/* Straight, through a second stream, and out again. */
START_TEST(more_rejects_than_allowed_are_the_limit_for_whoever_reads)
{
	cstn_schema *schema = csv_schema("order_id int64\npromised date\ndelivered date\n");
	struct ArrowArrayStream stream = stream_with_many_rejects(schema), bound;
	cstn_perfect_order_result *result = NULL;
	cstn_service_policy *policy = NULL;
	cstn_buffer *written = NULL;
	cstn_error *error = NULL;

	ck_assert_int_eq(cstn_service_policy_new("components=T", NULL, &policy, NULL), CSTN_OK);
	expect_limit(cstn_perfect_order_rate(&stream, policy, 0, NULL, 0, NULL, NULL, NULL, &result,
				     NULL, &error),
			&error);
	stream = stream_with_many_rejects(schema);
	ck_assert_int_eq(
			cstn_stream_bind(&stream, schema, NULL, NULL, &bound, NULL, NULL), CSTN_OK);
	expect_limit(cstn_perfect_order_rate(&bound, policy, 0, NULL, 0, NULL, NULL, NULL, &result,
				     NULL, &error),
			&error);
	stream = stream_with_many_rejects(schema);
	expect_limit(cstn_csv_write_bytes(&stream, NULL, NULL, &written, &error), &error);
	ck_assert_ptr_null(result);
	cstn_service_policy_unref(policy);
	cstn_schema_unref(schema);
}
END_TEST

START_TEST(max_rejects_counts_rows_and_not_values)
{
	cstn_csv_options options = CSTN_CSV_OPTIONS_INIT;

	options.max_rejects = 1;
	csv_expect("a,b\n1,2\nx,y\n3,4\n", "a int64\nb int64", &options, "1|2;3|4;",
			"3|a|'x' is no number|x,y;3|b|'y' is no number|x,y;");
}
END_TEST

START_TEST(bad_values_become_null_on_request)
{
	cstn_csv_options options = CSTN_CSV_OPTIONS_INIT;

	options.flags = CSTN_CSV_BAD_NULL;
	csv_expect("a,b\n1,2\nx,4\n5,\n6\n", "a int64\nb int64", &options, "1|2;~|4;5|~;",
			"3|a|'x' is no number|x,4;4|b|a value is required|5,;5|~|1 fields, 2 "
			"expected|6;");
	options.max_rejects = 1;
	{
		csv_result result = csv_read_text(
				"a,b\n1,2\nx,4\n5,6\n7,y\n8,9\n", "a int64\nb int64", &options);

		ck_assert_int_eq(result.status, CSTN_E_STREAM);
		ck_assert_str_eq(result.rows, "1|2;~|4;5|6;");
		csv_result_free(&result);
	}
}
END_TEST

START_TEST(row_errors_name_line_column_and_value)
{
	cstn_schema *schema = csv_schema("a int64\nb int64");
	const char text[] = "a,b\n1,2\n\n3,N/A\n4\n";
	cstn_csv_reader *reader = NULL;
	struct ArrowArrayStream stream;
	cstn_row_errors *errors = NULL;
	cstn_row_error entry;
	uint64_t rows, batches;
	char *failure;

	ck_assert_int_eq(cstn_csv_reader_open_bytes((const uint8_t *)text, sizeof(text) - 1, schema,
					 NULL, NULL, &reader, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_csv_reader_export(reader, &stream, NULL), CSTN_OK);
	free(csv_show_stream(&stream, &rows, &batches, &failure));
	ck_assert_int_eq(cstn_csv_reader_rejects(reader, &errors, NULL), CSTN_OK);
	ck_assert_uint_eq(cstn_row_errors_count(errors), 2);
	ck_assert_int_eq(cstn_row_errors_at(errors, 0, &entry, NULL), CSTN_OK);
	ck_assert_uint_eq(entry.row, 4);
	ck_assert_int_eq(entry.field, 1);
	ck_assert_int_eq(entry.code, CSTN_ROW_NUMBER);
	ck_assert_str_eq(cstn_row_errors_column(errors, 0), "b");
	ck_assert_str_eq(cstn_row_errors_value(errors, 0), "N/A");
	ck_assert_int_eq(cstn_row_errors_at(errors, 1, &entry, NULL), CSTN_OK);
	ck_assert_uint_eq(entry.row, 5);
	ck_assert_int_eq(entry.field, -1);
	ck_assert_int_eq(entry.code, CSTN_ROW_FIELDS);
	ck_assert_str_eq(cstn_row_errors_column(errors, 1), "");
	cstn_row_errors_free(errors);
	cstn_csv_reader_unref(reader);
	cstn_schema_unref(schema);
}
END_TEST

START_TEST(raw_rows_that_are_not_utf8_are_shown_with_replacement_characters)
{
	csv_expect("a,b\n\xff"
		   "1\xc3\xa9\xe2\x82,2,3\n",
			AB, NULL, "",
			"2|~|3 fields, 2 expected|\xef\xbf\xbd"
			"1\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd,2,3;");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("csv grammar");
	TCase *tests = tcase_create("csv grammar");

	tcase_add_test(tests, lines_end_with_lf_or_crlf_or_both_mixed);
	tcase_add_test(tests, the_last_line_needs_no_line_end);
	tcase_add_test(tests, a_lone_carriage_return_is_an_ordinary_byte);
	tcase_add_test(tests, header_only_gives_no_rows);
	tcase_add_test(tests, an_empty_file_has_no_header);
	tcase_add_test(tests, an_empty_file_without_header_has_no_rows);
	tcase_add_test(tests, empty_lines_are_skipped_but_counted);
	tcase_add_test(tests, in_a_file_of_one_column_an_empty_line_is_a_null);
	tcase_add_test(tests, a_byte_order_mark_is_skipped_at_the_beginning_only);
	tcase_add_test(tests, utf16_is_named);
	tcase_add_test(tests, quotes_hold_delimiters_quotes_and_line_breaks);
	tcase_add_test(tests, empty_is_null_and_quoted_empty_is_empty);
	tcase_add_test(tests, spaces_belong_to_the_field);
	tcase_add_test(tests, a_quote_inside_an_unquoted_field_costs_one_row);
	tcase_add_test(tests, text_after_a_closing_quote_costs_one_row);
	tcase_add_test(tests, a_quote_not_closed_names_the_line_where_it_opens);
	tcase_add_test(tests, another_delimiter_and_another_quote);
	tcase_add_test(tests, rows_with_too_few_or_too_many_fields_are_left_out);
	tcase_add_test(tests, line_numbers_count_line_breaks_in_quotes);
	tcase_add_test(tests, columns_are_found_by_name_in_any_order_and_others_skipped);
	tcase_add_test(tests, all_absent_columns_are_named_with_similar_names);
	tcase_add_test(tests, a_name_that_comes_twice_is_refused_with_both_positions);
	tcase_add_test(tests, strict_refuses_columns_that_nobody_asked_for);
	tcase_add_test(tests, a_header_that_is_not_utf8_is_refused);
	tcase_add_test(tests, a_file_of_more_than_1024_columns_is_refused);
	tcase_add_test(tests, options_that_contradict_are_refused);
	tcase_add_test(tests, null_arguments_are_refused);
	tcase_add_test(tests, rows_are_exported_once);
	tcase_add_test(tests, a_file_that_is_not_there_is_an_io_error);
	tcase_add_test(tests, batches_have_exactly_the_rows_asked_for);
	tcase_add_test(tests, max_rejects_stops_after_the_rows_before_it);
	tcase_add_test(tests, max_rejects_counts_rows_and_not_values);
	tcase_add_test(tests, more_rejects_than_allowed_are_the_limit_for_whoever_reads);
	tcase_add_test(tests, bad_values_become_null_on_request);
	tcase_add_test(tests, row_errors_name_line_column_and_value);
	tcase_add_test(tests, raw_rows_that_are_not_utf8_are_shown_with_replacement_characters);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
