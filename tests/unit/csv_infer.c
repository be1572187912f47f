/* Schemas guessed from a sample: what is certain, what stays text, and why. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "csv_fixture.h"
#include "failing_allocator.h"
#include "suite.h"

static char path_[64];

static void set_text(const char *text, size_t size)
{
	FILE *file;

	snprintf(path_, sizeof(path_), "csv_infer_%ld.csv", (long)getpid());
	file = fopen(path_, "wb");
	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(text, 1, size, file), size);
	ck_assert_int_eq(fclose(file), 0);
}

static void remove_text(void)
{
	remove(path_);
}

/* Guess, compare schema and evidence ("column|type|rows|nulls|reason|example;"), and prove that the
 * whole text is read without a reject under the schema. */
static void expect_guess(const char *text, int64_t sample_rows, const cstn_csv_options *options,
		const char *schema_text, const char *evidence_text)
{
	struct ArrowArrayStream evidence;
	cstn_schema *schema = NULL;
	cstn_buffer *buffer = NULL;
	cstn_error *error = NULL;
	uint64_t rows, batches;
	char *failure, *shown;
	cstn_status status;
	csv_result result;

	set_text(text, strlen(text));
	status = cstn_csv_infer(path_, sample_rows, options, NULL, &schema, &evidence, &error);
	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	ck_assert_int_eq(cstn_schema_format(schema, &buffer, NULL), CSTN_OK);
	ck_assert_str_eq((const char *)cstn_buffer_data(buffer), schema_text);
	shown = csv_show_stream(&evidence, &rows, &batches, &failure);
	ck_assert_ptr_null(failure);
	if (evidence_text != NULL)
		ck_assert_str_eq(shown, evidence_text);
	if (sample_rows == 0) {
		result = csv_read_path(path_, schema_text, options);
		ck_assert_msg(result.status == CSTN_OK, "%s", result.message);
		ck_assert_str_eq(result.rejects, "");
		csv_result_free(&result);
	}
	free(shown);
	cstn_buffer_free(buffer);
	cstn_schema_unref(schema);
	remove_text();
}

START_TEST(numbers_are_integers_decimals_or_doubles)
{
	expect_guess("a,b,c,d,e\n1,1.5,1e3,17850.0,1.00\n-2,2.25,2,,2.00\n", 0, NULL,
			"a int64\nb decimal scale=2\nc double\nd decimal null scale=0\ne decimal "
			"scale=2\n",
			"a|int64|2|0|every value is a whole number|1;"
			"b|decimal scale=2|2|0|at most 2 decimals and 1 digits before them|1.5;"
			"c|double|2|0|some values have an exponent|1e3;"
			"d|decimal scale=0|2|1|every value is a whole number written with a "
			"fraction|17850.0;"
			"e|decimal scale=2|2|0|every value is a whole number written with a "
			"fraction|1.00;");
	expect_guess("a,b\n9223372036854775807,0.1234567890123456789\n", 0, NULL,
			"a int64\nb double\n", NULL);
	expect_guess("a,b\n123456789012345.678,123456789012345678.9\n", 0, NULL,
			"a decimal scale=3\nb double\n", NULL);
}
END_TEST

START_TEST(digits_that_a_number_would_lose_stay_text)
{
	expect_guess("zip,phone,big\n01409,+49123,9223372036854775808\n14409,12,1\n", 0, NULL,
			"zip text\nphone text\nbig text\n",
			"zip|text|2|0|leading zeros would be lost in a number|01409;"
			"phone|text|2|0|a plus sign would be lost in a number|+49123;"
			"big|text|2|0|some numbers do not fit int64|9223372036854775808;");
}
END_TEST

START_TEST(dates_of_one_form_are_dates)
{
	expect_guess("a,b,c,d\n2020-01-31,31.12.2020,02-Jun-06,12/31/2020\n2020-02-29,01.02.2020,"
		     "03-Dec-15,01/02/2020\n",
			0, NULL,
			"a date\nb date form=DD.MM.YYYY\nc date form=DD-Mon-YY\nd date "
			"form=MM/DD/YYYY\n",
			NULL);
	expect_guess("a,b\n\"Jan 31, 2020\",1/31/2020\n\"Feb 01, 2020\",12/1/2020\n", 0, NULL,
			"a date form=\"Mon DD, YYYY\"\nb date form=M/D/YYYY\n", NULL);
}
END_TEST

START_TEST(an_ambiguous_date_stays_text_and_says_so)
{
	expect_guess("a\n03/04/2020\n05/06/2020\n", 0, NULL, "a text\n",
			"a|text|2|0|ambiguous: every value is a date both as DD/MM/YYYY and as "
			"MM/DD/YYYY|03/04/2020;");
	expect_guess("a\n03.04.2020\n", 0, NULL, "a text\n", NULL);
	expect_guess("a\n20200131\n20200201\n", 0, NULL, "a int64\n",
			"a|int64|2|0|every value is a number; each is a date YYYYMMDD too: declare "
			"date "
			"form=YYYYMMDD if that is meant|20200131;");
}
END_TEST

START_TEST(times_with_a_zone_are_timestamps_and_others_stay_text)
{
	expect_guess("a,b\n2020-01-31T10:00:00Z,2020-01-31 10:00:00\n2020-01-31T10:00:00+01:00,"
		     "2020-01-31 10:00:01\n",
			0, NULL, "a timestamp\nb text\n",
			"a|timestamp|2|0|every value is an ISO 8601 time with its "
			"zone|2020-01-31T10:00:00Z;"
			"b|text|2|0|times without a zone: declare timestamp and its zone, such as "
			"zone=utc|2020-01-31 10:00:00;");
}
END_TEST

START_TEST(words_for_yes_and_no_are_flags_but_one_of_them_alone_is_not)
{
	expect_guess("a,b,c\ntrue,no,1\nfalse,no,0\nTRUE,no,1\n", 0, NULL,
			"a flag\nb text\nc int64\n", NULL);
}
END_TEST

START_TEST(columns_that_are_mostly_numbers_show_the_first_that_is_none)
{
	expect_guess("w\n1\n2.5\nSee DN-304\n4\nN/A\n", 0, NULL, "w text\n",
			"w|text|5|0|2 of 5 values are no numbers|See DN-304;");
	expect_guess("w\n1\nx\ny\n", 0, NULL, "w text\n", "w|text|3|0|~|1;");
}
END_TEST

START_TEST(nothing_but_nulls_is_text)
{
	expect_guess("a,b\n,1\n,2\n", 0, NULL, "a text null\nb int64\n",
			"a|text|2|2|there is no value in the sample|~;"
			"b|int64|2|0|every value is a whole number|1;");
	expect_guess("a,b\n", 0, NULL, "a text null\nb text null\n", NULL);
	expect_guess("a,b\n\"\",1\nx,2\n", 0, NULL, "a text\nb int64\n", NULL);
}
END_TEST

START_TEST(what_is_not_utf8_is_bytes)
{
	expect_guess("a,b\n\xff,1\nx,2\n", 0, NULL, "a bytes\nb int64\n", NULL);
}
END_TEST

START_TEST(only_the_sample_is_looked_at)
{
	expect_guess("a\n1\n2\nx\n", 2, NULL, "a int64\n",
			"a|int64|2|0|every value is a whole number|1;");
	expect_guess("a\n1\n2\nx\n", 3, NULL, "a text\n", NULL);
}
END_TEST

START_TEST(a_file_without_header_has_numbered_columns)
{
	cstn_csv_options options = CSTN_CSV_OPTIONS_INIT;

	options.flags = CSTN_CSV_NO_HEADER;
	expect_guess("1,x\n2,y\n", 0, &options, "column_1 int64\ncolumn_2 text\n", NULL);
}
END_TEST

START_TEST(marks_are_those_of_the_options)
{
	cstn_csv_options options = CSTN_CSV_OPTIONS_INIT;

	options.delimiter = ';';
	options.decimal_mark = ',';
	options.thousands_mark = '.';
	expect_guess("a;b;c\n1.234,50;1.234;1.5\n2,25;12;2.5\n", 0, &options,
			"a decimal scale=2\nb int64\nc text\n", NULL);
}
END_TEST

START_TEST(names_that_need_quotes_are_quoted)
{
	expect_guess("\"a b\",\"c\"\"d\"\n1,2\n", 0, NULL, "\"a b\" int64\n\"c\"\"d\" int64\n",
			NULL);
}
END_TEST

START_TEST(faults_are_told)
{
	cstn_schema *schema = NULL;
	cstn_error *error = NULL;

	ck_assert_int_eq(cstn_csv_infer("no/such.csv", 0, NULL, NULL, &schema, NULL, &error),
			CSTN_E_IO);
	cstn_error_free(error);
	error = NULL;
	ck_assert_int_eq(cstn_csv_infer(NULL, 0, NULL, NULL, &schema, NULL, NULL),
			CSTN_E_INVALID_ARGUMENT);
	set_text("a,b,a\n1,2,3\n", 12);
	ck_assert_int_eq(cstn_csv_infer(path_, -1, NULL, NULL, &schema, NULL, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(
			cstn_csv_infer(path_, 0, NULL, NULL, &schema, NULL, &error), CSTN_E_SCHEMA);
	ck_assert_ptr_nonnull(strstr(
			cstn_error_message(error), "column 'a' comes twice, at positions 1 and 3"));
	cstn_error_free(error);
	set_text("", 0);
	ck_assert_int_eq(cstn_csv_infer(path_, 0, NULL, NULL, &schema, NULL, NULL), CSTN_E_FORMAT);
	ck_assert_ptr_null(schema);
	remove_text();
}
END_TEST

START_TEST(every_allocation_that_fails_is_an_error_and_nothing_leaks)
{
	static const char text[] = "a,b,c\n1,x,2020-01-01\n2,y,\n";
	uint64_t n;
	int whole = 0;

	set_text(text, sizeof(text) - 1);
	for (n = 1; !whole; n++) {
		failing_allocator memory;
		cstn_schema *schema = NULL;
		struct ArrowArrayStream evidence;
		cstn_status status;

		memset(&evidence, 0, sizeof(evidence));
		failing_allocator_init(&memory, n);
		status = cstn_csv_infer(
				path_, 0, NULL, &memory.allocator, &schema, &evidence, NULL);
		whole = memory.failures == 0;
		ck_assert_int_eq(status, whole ? CSTN_OK : CSTN_E_NOMEM);
		ck_assert_int_eq(schema != NULL, whole);
		ck_assert_int_eq(evidence.release != NULL, whole);
		if (whole)
			evidence.release(&evidence);
		cstn_schema_unref(schema);
		ck_assert_uint_eq(failing_allocator_live(&memory), 0);
	}
	ck_assert_uint_gt(n, 20);
	remove_text();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("csv infer");
	TCase *tests = tcase_create("csv infer");

	tcase_set_timeout(tests, 120);
	tcase_add_test(tests, numbers_are_integers_decimals_or_doubles);
	tcase_add_test(tests, digits_that_a_number_would_lose_stay_text);
	tcase_add_test(tests, dates_of_one_form_are_dates);
	tcase_add_test(tests, an_ambiguous_date_stays_text_and_says_so);
	tcase_add_test(tests, times_with_a_zone_are_timestamps_and_others_stay_text);
	tcase_add_test(tests, words_for_yes_and_no_are_flags_but_one_of_them_alone_is_not);
	tcase_add_test(tests, columns_that_are_mostly_numbers_show_the_first_that_is_none);
	tcase_add_test(tests, nothing_but_nulls_is_text);
	tcase_add_test(tests, what_is_not_utf8_is_bytes);
	tcase_add_test(tests, only_the_sample_is_looked_at);
	tcase_add_test(tests, a_file_without_header_has_numbered_columns);
	tcase_add_test(tests, marks_are_those_of_the_options);
	tcase_add_test(tests, names_that_need_quotes_are_quoted);
	tcase_add_test(tests, faults_are_told);
	tcase_add_test(tests, every_allocation_that_fails_is_an_error_and_nothing_leaks);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
