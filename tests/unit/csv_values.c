/* Values out of CSV fields: numbers, decimals, dates, times, flags, text, nulls. */
#include <check.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "csv_fixture.h"
#include "suite.h"

/* One column x: the value's text, and what must come out, or the name of the rule it breaks. */
struct one {
	const char *text;
	const char *value; /* "!rule": bad, and the reason holds this */
};

static void check_ones(const char *schema, const cstn_csv_options *options, const struct one *cases,
		size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		char text[1200], expected[1200];
		csv_result result;

		snprintf(text, sizeof(text), "x\n%s\n", cases[i].text);
		result = csv_read_text(text, schema, options);
		ck_assert_msg(result.status == CSTN_OK, "%s: %s", cases[i].text, result.message);
		if (cases[i].value[0] != '!') {
			snprintf(expected, sizeof(expected), "%s;", cases[i].value);
			ck_assert_msg(strcmp(result.rows, expected) == 0,
					"'%s' gives '%s', '%s' expected; %s", cases[i].text,
					result.rows, expected, result.rejects);
			ck_assert_str_eq(result.rejects, "");
		} else {
			ck_assert_msg(strcmp(result.rows, "") == 0, "'%s' gives '%s'",
					cases[i].text, result.rows);
			ck_assert_msg(strstr(result.rejects, cases[i].value + 1) != NULL,
					"'%s': '%s' is not in '%s'", cases[i].text,
					cases[i].value + 1, result.rejects);
		}
		csv_result_free(&result);
	}
}
#define CHECK_ONES(schema, options, ...)                                                 \
	do {                                                                             \
		static const struct one cases_[] = {__VA_ARGS__};                        \
		check_ones(schema, options, cases_, sizeof(cases_) / sizeof(cases_[0])); \
	} while (0)

START_TEST(integers_of_every_length_and_sign)
{
	CHECK_ONES("x int64", NULL, {"0", "0"}, {"7", "7"}, {"-7", "-7"}, {"+7", "7"}, {"12", "12"},
			{"123", "123"}, {"1234567", "1234567"}, {"12345678", "12345678"},
			{"123456789", "123456789"}, {"-123456789", "-123456789"},
			{"123456789012345", "123456789012345"},
			{"1234567890123456", "1234567890123456"},
			{"-1234567890123456", "-1234567890123456"},
			{"12345678901234567", "12345678901234567"},
			{"0000000000000000000000005", "5"}, {"-0", "0"}, {"\"42\"", "42"},
			{"9223372036854775807", "9223372036854775807"},
			{"-9223372036854775808", "-9223372036854775808"},
			{"9223372036854775808", "!is outside what its column takes"},
			{"-9223372036854775809", "!is outside what its column takes"},
			{"99999999999999999999999999", "!is outside what its column takes"});
}
END_TEST

START_TEST(int32_keeps_its_range)
{
	CHECK_ONES("x int32", NULL, {"2147483647", "2147483647"}, {"-2147483648", "-2147483648"},
			{"2147483648", "!is outside what its column takes"},
			{"-2147483649", "!is outside what its column takes"},
			{"99999999999999999999", "!is outside what its column takes"});
}
END_TEST

START_TEST(text_that_is_no_integer)
{
	CHECK_ONES("x int64", NULL, {"x", "!is no number"}, {"1x", "!is no number"},
			{"x1", "!is no number"}, {"1 ", "!is no number"}, {" 1", "!is no number"},
			{"-", "!is no number"}, {"+", "!is no number"}, {"--1", "!is no number"},
			{"+-1", "!is no number"}, {"1-", "!is no number"}, {"1e3", "!is no number"},
			{"0x10", "!is no number"}, {"12345678:", "!is no number"},
			{"1234567/", "!is no number"}, {"12345678901234/6", "!is no number"},
			{"12\x80", "!is no number"}, {"\"\"", "!is no number"},
			{"N/A", "!'N/A' is no number"}, {"17850.0", "!fraction"},
			{"1.5", "!fraction"}, {"1.2.3", "!is no number"},
			{"1'000", "!is no number"}, {"NaN", "!is no number"});
}
END_TEST

/* Every byte at every place of an integer is read like strtoll() would, or refused. */
START_TEST(one_wrong_byte_anywhere_makes_an_integer_bad)
{
	char row[40], rows[64];
	size_t len, at;
	int byte;

	for (len = 1; len <= 18; len++)
		for (at = 0; at < len; at++)
			for (byte = 1; byte < 256; byte++) {
				csv_result result;
				int sign = at == 0 && len > 1 && (byte == '-' || byte == '+');

				if (byte == ',' || byte == '"' || byte == '\n' || byte == '\r' ||
						(byte != '-' && byte != '.' && byte != ':' &&
								byte != '/' && byte != 0xb0 &&
								byte != '5' &&
								(byte * 7 + (int)at) % 23))
					continue;
				memcpy(row, "x\n", 2);
				memset(row + 2, '3', len);
				row[2 + at] = (char)byte;
				strcpy(row + 2 + len, "\n");
				result = csv_read_text(row, "x int64", NULL);
				if (sign || (byte >= '0' && byte <= '9')) {
					snprintf(rows, sizeof(rows), "%lld;",
							strtoll(row + 2, NULL, 10));
					ck_assert_str_eq(result.rows, rows);
				} else {
					ck_assert_str_eq(result.rows, "");
					ck_assert_uint_eq(result.n_rejects, 1);
				}
				csv_result_free(&result);
			}
}
END_TEST

START_TEST(decimals_keep_every_digit)
{
	CHECK_ONES("x decimal scale=2", NULL, {"1.25", "125"}, {"1.2", "120"}, {"1", "100"},
			{"-1.25", "-125"}, {"+1.25", "125"}, {"0.01", "1"}, {"-0.01", "-1"},
			{".5", "50"}, {"5.", "500"}, {"1.250", "125"},
			{"1.25000000000000000000", "125"}, {"\"1.25\"", "125"},
			{"12345678901234.56", "1234567890123456"},
			{"92233720368547758.07", "9223372036854775807"},
			{"-92233720368547758.08", "-9223372036854775808"},
			{"92233720368547758.08", "!is outside what its column takes"},
			{"-92233720368547758.09", "!is outside what its column takes"},
			{"1.255", "!more digits"}, {"1.001", "!more digits"},
			{"1..2", "!is no number"}, {".", "!is no number"}, {"-", "!is no number"},
			{"1,5", "!expected"}, {"1e2", "!is no number"}, {"1.2x", "!is no number"});
	CHECK_ONES("x decimal scale=17", NULL, {"1.23456789012345678", "123456789012345678"},
			{"0.00000000000000001", "1"},
			{"-12.34567890123456789", "-1234567890123456789"},
			{"100", "!is outside what its column takes"});
	CHECK_ONES("x decimal", NULL, {"17850.0", "17850"}, {"17850", "17850"},
			{"12345678901234567", "12345678901234567"}, {"1.5", "!more digits"});
	CHECK_ONES("x decimal scale=18", NULL, {"9.223372036854775807", "9223372036854775807"},
			{"0.123456789012345678", "123456789012345678"});
}
END_TEST

START_TEST(doubles_are_rounded_correctly)
{
	CHECK_ONES("x double", NULL, {"0.1", "0.10000000000000001"}, {"1", "1"}, {"-2.5", "-2.5"},
			{"1e3", "1000"}, {"1.5E-3", "0.0015"}, {"+1.5", "1.5"}, {".5", "0.5"},
			{"5.", "5"}, {"-0", "-0"}, {"9007199254740993", "9007199254740992"},
			{"9007199254740992", "9007199254740992"},
			{"123456789012345678901234567890", "1.2345678901234568e+29"},
			{"0.000001", "9.9999999999999995e-07"},
			{"1.7976931348623157e308", "1.7976931348623157e+308"},
			{"2.2250738585072011e-308", "2.2250738585072009e-308"},
			{"8.41", "8.4100000000000001"}, {"90071992547409.93", "90071992547409.938"},
			{"1e999", "!is outside what its column takes"},
			{"NaN", "!NaN is not allowed"}, {"nan", "!NaN is not allowed"},
			{"inf", "!is no number"}, {"-Infinity", "!is no number"},
			{"1e", "!is no number"}, {"1.2.3", "!is no number"},
			{"0x1p3", "!is no number"});
}
END_TEST

START_TEST(decimal_comma_and_thousands_mark)
{
	cstn_csv_options options = CSTN_CSV_OPTIONS_INIT;

	options.delimiter = ';';
	options.decimal_mark = ',';
	options.thousands_mark = '.';
	CHECK_ONES("x decimal scale=2", &options, {"1,25", "125"}, {"1.234,5", "123450"},
			{"1234,5", "123450"}, {"-1.234.567,89", "-123456789"},
			{"12.345", "1234500"}, {"1.23", "!is no number"},
			{"1.2345", "!is no number"}, {".123", "!is no number"},
			{"1234.567", "!is no number"}, {"1.234.56", "!is no number"},
			{"1.234.", "!is no number"}, {"1,234.567", "!is no number"});
	CHECK_ONES("x int64", &options, {"1.234", "1234"}, {"12.345.678", "12345678"},
			{"1234", "1234"}, {"1.23", "!is no number"}, {"1,0", "!fraction"});
	CHECK_ONES("x double", &options, {"1.234,5", "1234.5"}, {"0,5", "0.5"},
			{"1.234,5e1", "12345"}, {"1.5", "!is no number"});
	options.thousands_mark = ' ';
	CHECK_ONES("x int64", &options, {"1 234", "1234"}, {"1.234", "!is no number"});
	options.thousands_mark = 0;
	CHECK_ONES("x decimal scale=1", &options, {"1,5", "15"}, {"1.5", "!is no number"});
}
END_TEST

START_TEST(decimal_comma_in_quotes_under_the_comma_delimiter)
{
	cstn_csv_options options = CSTN_CSV_OPTIONS_INIT;

	options.decimal_mark = ',';
	csv_expect("a,b\n\"1,25\",2\n", "a decimal scale=2\nb double", &options, "125|2;", "");
}
END_TEST

START_TEST(the_locale_is_never_read)
{
	static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "C.UTF-8"};
	size_t i;

	/* A locale of decimal commas where the machine has one. */
	for (i = 0; i < 4; i++)
		if (setlocale(LC_ALL, names[i]) != NULL)
			break;
	printf("read under the locale %s, whose decimal mark is '%s'\n", setlocale(LC_ALL, NULL),
			localeconv()->decimal_point);
	csv_expect_rows("a,b,c\n1.5,2.25,1e-3\n", "a double\nb decimal scale=2\nc double",
			"1.5|225|0.001;");
	setlocale(LC_ALL, "C");
}
END_TEST

START_TEST(iso_dates)
{
	CHECK_ONES("x date", NULL, {"1970-01-01", "0"}, {"1970-01-02", "1"}, {"1969-12-31", "-1"},
			{"2000-02-29", "11016"}, {"2024-02-29", "19782"}, {"1900-02-28", "-25509"},
			{"1900-01-01", "-25567"}, {"1899-12-31", "-25568"}, {"2155-12-31", "67934"},
			{"2156-01-01", "67935"}, {"9999-12-31", "2932896"},
			{"0001-01-01", "-719162"}, {"2017-09-29 00:00:00", "17438"},
			{"2017-09-29T00:00:00Z", "17438"}, {"2017-09-29 00:00:01", "!finer"},
			{"1900-02-29", "!no date"}, {"2023-02-29", "!no date"},
			{"2023-00-10", "!no date"}, {"2023-13-10", "!no date"},
			{"2023-01-00", "!no date"}, {"2023-01-32", "!no date"},
			{"2023-04-31", "!no date"}, {"2023-1-1", "!no date"},
			{"2023/01/01", "!no date"}, {"2023-01-0x", "!no date"},
			{"x023-01-01", "!no date"}, {"2023-01-01x", "!no date"},
			{"20230101", "!no date"},
			{"Pre-PQ Process", "!'Pre-PQ Process' is no date"});
}
END_TEST

START_TEST(dates_of_a_declared_form_only)
{
	CHECK_ONES("x date form=DD.MM.YYYY", NULL, {"31.12.2023", "19722"},
			{"12.31.2023", "!no date"}, {"2023-12-31", "!no date"});
	CHECK_ONES("x date form=MM/DD/YYYY", NULL, {"12/31/2023", "19722"}, {"03/04/2023", "19420"},
			{"31/12/2023", "!no date"});
	CHECK_ONES("x date form=DD/MM/YYYY", NULL, {"03/04/2023", "19450"});
	CHECK_ONES("x date form=YYYYMMDD", NULL, {"20231231", "19722"}, {"2023123", "!no date"});
	CHECK_ONES("x date form=DD-Mon-YY", NULL, {"02-Jun-06", "13301"}, {"2-Jun-06", "!no date"});
	CHECK_ONES("x timestamp form=\"M/D/YYYY hh:mm\" zone=utc", NULL,
			{"9/19/2017 09:45", "2017-09-19T09:45:00Z"});
}
END_TEST

START_TEST(timestamps_without_zone_need_a_declared_one)
{
	CHECK_ONES("x timestamp", NULL, {"2017-09-13T08:59:02Z", "2017-09-13T08:59:02Z"},
			{"2017-09-13T08:59:02+02:00", "2017-09-13T06:59:02Z"},
			{"2017-09-13 08:59:02", "!zone"}, {"2017-09-13", "!zone"});
	CHECK_ONES("x timestamp zone=utc", NULL, {"2017-09-13 08:59:02", "2017-09-13T08:59:02Z"},
			{"2017-09-13T08:59:02", "2017-09-13T08:59:02Z"},
			{"2017-09-13", "2017-09-13T00:00:00Z"},
			{"2017-09-13T08:59:02+02:00", "2017-09-13T06:59:02Z"},
			{"1969-12-31 23:59:59", "1969-12-31T23:59:59Z"},
			{"2017-09-13 08:59:02.5", "2017-09-13T08:59:02.500000Z"},
			{"2017-09-13 08:59:02.123456", "2017-09-13T08:59:02.123456Z"},
			{"2017-09-13 24:00:00", "!no date"}, {"2017-09-13 08:60:00", "!no date"},
			{"2017-09-13 08:59:61", "!no date"}, {"2017-09-13_08:59:02", "!no date"},
			{"2017-02-30 08:59:02", "!no date"}, {"2017-09-13 08:59:0x", "!no date"});
	CHECK_ONES("x timestamp zone=-03:00", NULL, {"2017-09-13 08:59:02", "2017-09-13T11:59:02Z"},
			{"2017-09-13 08:59:02.25", "2017-09-13T11:59:02.250000Z"},
			{"2017-09-13T08:59:02Z", "2017-09-13T08:59:02Z"});
}
END_TEST

START_TEST(flags_are_words_in_any_case)
{
	CHECK_ONES("x flag", NULL, {"0", "0"}, {"1", "1"}, {"true", "1"}, {"TRUE", "1"},
			{"True", "1"}, {"false", "0"}, {"t", "1"}, {"F", "0"}, {"yes", "1"},
			{"NO", "0"}, {"\"1\"", "1"}, {"2", "!allowed values"},
			{"y", "!allowed values"}, {"truee", "!allowed values"},
			{"tru", "!allowed values"}, {"\"\"", "!allowed values"});
}
END_TEST

START_TEST(null_where_a_value_is_required_is_bad)
{
	csv_expect("a,b\n,1\n2,\n", "a int64\nb text", NULL, "",
			"2|a|a value is required|,1;3|b|a value is required|2,;");
}
END_TEST

START_TEST(null_where_it_may_be_missing)
{
	csv_expect_rows("a,b,c,d,e,f,g,h\n,,,,,,,\n1,2,3,4,1,1970-01-02,1970-01-01T00:00:00Z,x\n",
			"a int32 null\nb int64 null\nc double null\nd decimal null scale=1\ne flag "
			"null\n"
			"f date null\ng timestamp null\nh bytes null",
			"~|~|~|~|~|~|~|~;1|2|3|40|1|1|1970-01-01T00:00:00Z|x;");
}
END_TEST

START_TEST(declared_texts_mean_missing)
{
	const char *schema =
			"a int64 null missing=\"N/A\" missing=\"-1\"\nb text null missing=\"N/A\" "
			"missing=\"say \"\"no\"\"\"\nc date null missing=\"\"";

	csv_expect_rows("a,b,c\nN/A,N/A,\n-1,\"N/A\",\"\"\n\"-1\",\"say \"\"no\"\"\",1970-01-02\n"
			"-10,N/A.,1970-01-02\n",
			schema, "~|~|~;~|~|~;~|~|1;-10|N/A.|1;");
	csv_expect("a\nN/A\n", "a int64 missing=\"N/A\"", NULL, "",
			"2|a|'N/A' a value is required|N/A;");
}
END_TEST

START_TEST(text_must_be_utf8_and_bytes_need_not)
{
	csv_expect_rows("a,b\nC\xc3\xb4te,\xe2\x82\xac\n", "a text\nb text",
			"C\xc3\xb4te|\xe2\x82\xac;");
	csv_expect("a,b\n\xc3,\xa9\nx,\xed\xa0\x80\ny,z\n", "a text\nb text", NULL, "y|z;",
			"2|a|is not UTF-8|\xef\xbf\xbd,\xef\xbf\xbd;2|b|is not "
			"UTF-8|\xef\xbf\xbd,\xef\xbf\xbd;"
			"3|b|is not UTF-8|x,\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd;");
	csv_expect_rows("a\n\xc3\n", "a bytes", "\xc3;");
}
END_TEST

START_TEST(bad_rows_leave_the_others_in_place_in_every_type)
{
	csv_expect("a,b,c,d,e,f\n1,one,true,1.5,1970-01-02,\nx,bad,true,2.5,1970-01-03,q\n"
		   "3,three,false,3.5,1970-01-04,r\n4,four,maybe,4.5,1970-01-05,s\n"
		   "5,\"fi\"\"ve\",true,5.5,1970-01-06,\n6,six,true,x,x,\n7,seven,false,7.5,1970-"
		   "01-08,u\n",
			"a int64\nb text\nc flag\nd double\ne date\nf text null", NULL,
			"1|one|1|1.5|1|~;3|three|0|3.5|3|r;5|fi\"ve|1|5.5|5|~;7|seven|0|7.5|7|u;",
			"3|a|'x' is no number|x,bad,true,2.5,1970-01-03,q;"
			"5|c|'maybe' is not one of the allowed "
			"values|4,four,maybe,4.5,1970-01-05,s;"
			"7|d|'x' is no number|6,six,true,x,x,;"
			"7|e|'x' is no date or time of the declared form|6,six,true,x,x,;");
}
END_TEST

START_TEST(fields_over_one_mebibyte_are_bad)
{
	size_t limit = 1 << 20, n;
	char *text = malloc(limit + 64);
	csv_result result;

	ck_assert_ptr_nonnull(text);
	memcpy(text, "a,b\nx,", 6);
	memset(text + 6, 'y', limit);
	strcpy(text + 6 + limit, "\n1,2\n");
	n = strlen(text);
	result = csv_read_bytes(text, n, "a text\nb text", NULL, NULL, NULL);
	ck_assert_uint_eq(result.n_rows, 2);
	csv_result_free(&result);
	memset(text + 6, 'y', limit + 1);
	strcpy(text + 6 + limit + 1, "\n1,2\n");
	result = csv_read_bytes(text, n + 1, "a text\nb text", NULL, NULL, NULL);
	ck_assert_str_eq(result.rows, "1|2;");
	ck_assert_uint_eq(result.n_rejects, 1);
	ck_assert_ptr_nonnull(strstr(result.rejects, "2|~|field 2 is longer than 1 MiB|x,yyy"));
	csv_result_free(&result);
	free(text);
}
END_TEST

/* Rows of 20 fields of almost 1 MiB: too long to be held, but the next row is read. */
START_TEST(rows_over_sixteen_mebibytes_are_bad_and_read_past)
{
	const size_t field = 900000, fields = 20, size = fields * (field + 1) + 4096;
	char *text = malloc(size), header[256] = "", *at = text;
	size_t i, quoted;
	csv_result result;

	ck_assert_ptr_nonnull(text);
	for (i = 0; i < fields; i++)
		sprintf(header + strlen(header), "%sc%zu", i > 0 ? "," : "", i);
	for (quoted = 0; quoted < 2; quoted++) {
		at = text + sprintf(text, "%s\n", header);
		for (i = 0; i < fields; i++) {
			memset(at, i % 7 == 6 && quoted ? '\n' : 'z', field);
			if (quoted)
				at[0] = at[field - 1] = '"';
			at += field;
			*at++ = i + 1 < fields ? ',' : '\n';
		}
		at += sprintf(at, "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20\nshort\n");
		result = csv_read_bytes(
				text, (size_t)(at - text), "c0 text\nc19 text", NULL, NULL, NULL);
		ck_assert_msg(result.status == CSTN_OK, "%s", result.message);
		ck_assert_str_eq(result.rows, "1|20;");
		ck_assert_uint_eq(result.n_rejects, 2);
		ck_assert_ptr_nonnull(strstr(result.rejects, "2|~|the row is longer than 16 MiB|"));
		ck_assert_ptr_nonnull(strstr(
				result.rejects, quoted ? ";1800000|~|1 fields, 20 expected|short;"
						       : ";4|~|1 fields, 20 expected|short;"));
		csv_result_free(&result);
	}
	free(text);
}
END_TEST

START_TEST(a_quote_not_closed_before_more_than_a_row_may_hold)
{
	const size_t size = (size_t)40 << 20;
	char *text = malloc(size);
	csv_result result;
	size_t i;

	ck_assert_ptr_nonnull(text);
	memset(text, 'x', size);
	for (i = 100; i < size; i += 100)
		text[i] = '\n';
	memcpy(text, "a,b\n1,2\n\n3,\"", 12);
	result = csv_read_bytes(text, size, "a text\nb text", NULL, NULL, NULL);
	ck_assert_str_eq(result.rows, "1|2;");
	ck_assert_uint_eq(result.n_rejects, 1);
	ck_assert_ptr_nonnull(strstr(
			result.rejects, "4|~|the quote that opens on line 4 is not closed|3,\"xx"));
	csv_result_free(&result);
	free(text);
}
END_TEST

START_TEST(a_batch_ends_before_its_text_would_not_fit)
{
	cstn__csv_tuning tuning = {0};
	const char text[] = "a,b\n1,aaaaaaaa\n2,bbbbbbbb\n3,c\n4,d\n5,"
			    "eeeeeeeeeeeeeeeeeeeeeeeeee\n6,f\n";
	csv_result result;

	tuning.batch_bytes = 22;
	result = csv_read_bytes(text, sizeof(text) - 1, "a int64\nb text", NULL, &tuning, NULL);
	ck_assert_str_eq(result.rows,
			"1|aaaaaaaa;2|bbbbbbbb;3|c;4|d;5|eeeeeeeeeeeeeeeeeeeeeeeeee;6|f;");
	ck_assert_uint_eq(result.n_batches, 4);
	csv_result_free(&result);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("csv values");
	TCase *tests = tcase_create("csv values");

	tcase_set_timeout(tests, 120);
	tcase_add_test(tests, integers_of_every_length_and_sign);
	tcase_add_test(tests, int32_keeps_its_range);
	tcase_add_test(tests, text_that_is_no_integer);
	tcase_add_test(tests, one_wrong_byte_anywhere_makes_an_integer_bad);
	tcase_add_test(tests, decimals_keep_every_digit);
	tcase_add_test(tests, doubles_are_rounded_correctly);
	tcase_add_test(tests, decimal_comma_and_thousands_mark);
	tcase_add_test(tests, decimal_comma_in_quotes_under_the_comma_delimiter);
	tcase_add_test(tests, the_locale_is_never_read);
	tcase_add_test(tests, iso_dates);
	tcase_add_test(tests, dates_of_a_declared_form_only);
	tcase_add_test(tests, timestamps_without_zone_need_a_declared_one);
	tcase_add_test(tests, flags_are_words_in_any_case);
	tcase_add_test(tests, null_where_a_value_is_required_is_bad);
	tcase_add_test(tests, null_where_it_may_be_missing);
	tcase_add_test(tests, declared_texts_mean_missing);
	tcase_add_test(tests, text_must_be_utf8_and_bytes_need_not);
	tcase_add_test(tests, bad_rows_leave_the_others_in_place_in_every_type);
	tcase_add_test(tests, fields_over_one_mebibyte_are_bad);
	tcase_add_test(tests, rows_over_sixteen_mebibytes_are_bad_and_read_past);
	tcase_add_test(tests, a_quote_not_closed_before_more_than_a_row_may_hold);
	tcase_add_test(tests, a_batch_ends_before_its_text_would_not_fit);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
