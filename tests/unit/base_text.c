/* UTF-8, near names, numbers in and out. */
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/stats.h"
#include "base/text.h"
#include "suite.h"

static int is_valid(const char *text)
{
	return cstn__utf8_is_valid((const uint8_t *)text, strlen(text));
}

START_TEST(utf8_of_every_length_is_valid_at_both_ends_of_its_range)
{
	ck_assert(is_valid(""));
	ck_assert(is_valid("\x01\x7f"));
	ck_assert(is_valid("\xc2\x80 \xdf\xbf"));
	ck_assert(is_valid("\xe0\xa0\x80 \xed\x9f\xbf \xee\x80\x80 \xef\xbf\xbf"));
	ck_assert(is_valid("\xf0\x90\x80\x80 \xf4\x8f\xbf\xbf"));
	ck_assert(is_valid("plain text that is longer than eight bytes, then \xc3\xa4"));
}
END_TEST

START_TEST(overlong_forms_surrogates_and_codes_past_the_end_are_not_utf8)
{
	static const char *const bad[] = {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2 ",
			"\xe0\x9f\xbf", "\xed\xa0\x80", "\xed\xbf\xbf", "\xe2\x82", "\xe2\x82 ",
			"\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff",
			"\xf0\x90\x80", "\xf0\x90\x80 ", "12345678\x80", "1234567\xc3"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!is_valid(bad[i]), "text %zu", i);
	ck_assert(cstn__utf8_is_valid((const uint8_t *)"a\0b", 3));
}
END_TEST

START_TEST(a_cut_never_splits_a_character)
{
	const char *text = "ab\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80z"; /* 2 + 2 + 3 + 4 + 1 bytes */
	static const size_t cuts[] = {0, 1, 2, 2, 4, 4, 4, 7, 7, 7, 7, 11, 12, 12};

	for (size_t limit = 0; limit < 14; limit++)
		ck_assert_uint_eq(cstn__utf8_cut(text, 12, limit), cuts[limit]);
	ck_assert_uint_eq(cstn__utf8_cut("\x80\x80\x80\x80\x80\x80", 6, 5), 5);
}
END_TEST

START_TEST(cleaned_text_shows_what_is_no_text)
{
	char out[64];
	size_t size = cstn__text_clean("a\n\r\t\x1b\xff\xc3\xa4", 8, out, sizeof(out));

	ck_assert_uint_eq(size, 17);
	ck_assert_mem_eq(out, "a\\n\\r\\t\\x1b\\xff\xc3\xa4", 17);
	ck_assert_uint_eq(cstn__text_clean("a\n\r\t\x1b\xff\xc3\xa4", 8, NULL, 64), 17);
	ck_assert_uint_eq(cstn__text_clean("\0", 1, out, sizeof(out)), 4);
	ck_assert_mem_eq(out, "\\x00", 4);
}
END_TEST

START_TEST(cleaned_text_is_cut_between_characters_and_escapes)
{
	char out[8];

	ck_assert_uint_eq(cstn__text_clean("abc\xc3\xa4", 5, out, 4), 3);
	ck_assert_uint_eq(cstn__text_clean("abc\xc3\xa4", 5, out, 5), 5);
	ck_assert_uint_eq(cstn__text_clean("abc\x01", 4, out, 6), 3);
	ck_assert_uint_eq(cstn__text_clean("abc\x01", 4, out, 7), 7);
	ck_assert_uint_eq(cstn__text_clean("abc", 3, out, 0), 0);
}
END_TEST

START_TEST(a_near_name_is_found_and_a_far_one_is_not)
{
	static const char *const names[] = {"order_id", "qty_deliverd", "promised", "Qty"};

	ck_assert_int_eq(cstn__text_similar("qty_delivered", names, 4), 1);
	ck_assert_int_eq(cstn__text_similar("promsied", names, 4), 2);
	ck_assert_int_eq(cstn__text_similar("QTY", names, 4), 3);
	ck_assert_int_eq(cstn__text_similar("orderid", names, 4), 0);
	ck_assert_int_eq(cstn__text_similar("carrier", names, 4), -1);
	ck_assert_int_eq(cstn__text_similar("", names, 4), -1);
	ck_assert_int_eq(cstn__text_similar("promised", names, 0), -1);
}
END_TEST

START_TEST(a_third_of_the_letters_may_differ_and_no_more)
{
	static const char *const three[] = {"abc"}, *const six[] = {"abcdef"};

	ck_assert_int_eq(cstn__text_similar("abx", three, 1), 0);
	ck_assert_int_eq(cstn__text_similar("axx", three, 1), -1);
	ck_assert_int_eq(cstn__text_similar("abcdxx", six, 1), 0);
	ck_assert_int_eq(cstn__text_similar("abcxxx", six, 1), -1);
	ck_assert_int_eq(cstn__text_similar("badcef", six, 1), 0); /* two swaps */
}
END_TEST

START_TEST(the_first_of_equally_near_names_and_the_nearest_of_all_is_taken)
{
	static const char *const names[] = {"lines", "liner", "line"};
	static const char long_name[] =
			"a_name_of_sixty_five_letters_is_longer_than_what_is_compared_at_a";
	static const char *const long_names[] = {long_name, "a_name"};

	ck_assert_int_eq(cstn__text_similar("linex", names, 3), 0);
	ck_assert_int_eq(cstn__text_similar("line", names, 3), 2);
	ck_assert_uint_eq(strlen(long_name), 65);
	ck_assert_int_eq(cstn__text_similar(long_name, long_names, 2), -1);
	ck_assert_int_eq(cstn__text_similar(long_name + 1, long_names, 1), -1);
	ck_assert_int_eq(cstn__text_similar("a_namex", long_names, 2), 1);
}
END_TEST

static int parse_i64(const char *text, int64_t *out)
{
	return cstn__parse_i64(text, strlen(text), out);
}

START_TEST(integers_are_read_to_both_ends_of_int64)
{
	int64_t value = 77;

	ck_assert_int_eq(parse_i64("9223372036854775807", &value), 0);
	ck_assert_int_eq(value, INT64_MAX);
	ck_assert_int_eq(parse_i64("-9223372036854775808", &value), 0);
	ck_assert_int_eq(value, INT64_MIN);
	ck_assert_int_eq(parse_i64("+0", &value), 0);
	ck_assert_int_eq(value, 0);
	ck_assert_int_eq(parse_i64("-0", &value), 0);
	ck_assert_int_eq(value, 0);
	ck_assert_int_eq(parse_i64("0000000000000000000000000000042", &value), 0);
	ck_assert_int_eq(value, 42);
}
END_TEST

START_TEST(integers_past_int64_overflow_and_leave_the_output)
{
	int64_t value = 77;

	ck_assert_int_eq(parse_i64("9223372036854775808", &value), -2);
	ck_assert_int_eq(parse_i64("-9223372036854775809", &value), -2);
	ck_assert_int_eq(parse_i64("99999999999999999999", &value), -2);
	ck_assert_int_eq(value, 77);
}
END_TEST

START_TEST(what_is_no_integer_is_refused)
{
	static const char *const bad[] = {"", "-", "+", " 1", "1 ", "1.0", "1e3", "0x10", "--1",
			"1_000", "99999999999999999999x"};
	int64_t value = 77;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(parse_i64(bad[i], &value) == -1, "'%s'", bad[i]);
	ck_assert_int_eq(value, 77);
}
END_TEST

static int parse_double(const char *text, double *out)
{
	return cstn__parse_double(text, strlen(text), out);
}

/* Hard cases; the hexadecimal value is what an exact reader gives (Python's float()). */
static const struct {
	const char *text;
	double value;
} doubles[] = {
		{"0", 0.0},
		{"1", 1.0},
		{"-1.5", -1.5},
		{".5", 0.5},
		{"5.", 5.0},
		{"+1e3", 1000.0},
		{"1E-3", 0x1.0624dd2f1a9fcp-10},
		{"0.1", 0x1.999999999999ap-4},
		{"123456789012345678", 0x1.b69b4ba630f35p+56},
		{"9007199254740993", 0x1p+53}, /* a tie, to even */
		{"9007199254740993.0000000000000000000000000000000000000001",
				0x1.0000000000001p+53},
		{"9007199254740995", 0x1.0000000000002p+53},
		{"9007199254740994.9999999999999999999999999999999999999999",
				0x1.0000000000001p+53},
		{"1e23", 0x1.52d02c7e14af6p+76},
		{"8.5e22", 0x1.1ffdbf6b2b2ebp+76},
		{"1e22", 0x1.0f0cf064dd592p+73},
		{"1e-19", 0x1.d83c94fb6d2acp-64},
		{"1e19", 0x1.158e460913dp+63},
		{"1.7976931348623157e308", 0x1.fffffffffffffp+1023},
		{"1.7976931348623158e308", 0x1.fffffffffffffp+1023},
		{"2.2250738585072014e-308", 0x1p-1022},
		{"2.2250738585072011e-308", 0x0.fffffffffffffp-1022},
		{"4.9406564584124654e-324", 0x0.0000000000001p-1022},
		{"2.4703282292062328e-324", 0x0.0000000000001p-1022},
		{"2.4703282292062327e-324", 0.0},
		{"1e-400", 0.0},
		{"0e999999999999999999999", 0.0},
		{"0.000000000000000000000000000000000000000000000000000001e54", 1.0},
		{"100000000000000000000000000000000000000000000000000000e-53", 1.0},
		{"6.02214076e23", 0x1.fe185ca57c517p+78},
		{"1e-5000000000000", 0.0},
};

START_TEST(doubles_are_rounded_once_half_to_even)
{
	for (size_t i = 0; i < sizeof(doubles) / sizeof(doubles[0]); i++) {
		double value = 77;

		ck_assert_msg(!parse_double(doubles[i].text, &value), "'%s'", doubles[i].text);
		ck_assert_msg(value == doubles[i].value, "'%s': %a, %a expected", doubles[i].text,
				value, doubles[i].value);
	}
}
END_TEST

START_TEST(a_tie_is_told_from_more_than_a_tie_eight_hundred_digits_later)
{
	char text[1200];
	double value;

	/* 2^53 + 1 is a tie; a last digit far behind the point breaks it. */
	memset(text, '0', sizeof(text));
	memcpy(text, "9007199254740993.", 17);
	text[1000] = '1';
	ck_assert_int_eq(cstn__parse_double(text, 1000, &value), 0);
	ck_assert(value == 0x1p+53);
	ck_assert_int_eq(cstn__parse_double(text, 1001, &value), 0);
	ck_assert(value == 0x1.0000000000001p+53);
	memset(text, '1', 900);
	memcpy(text + 900, "e-890", 6);
	ck_assert_int_eq(cstn__parse_double(text, 905, &value), 0);
	ck_assert(value == 1111111111.1111112);
}
END_TEST

START_TEST(signed_zeros_infinities_and_nan_are_read)
{
	double value;

	ck_assert_int_eq(parse_double("-0", &value), 0);
	ck_assert(value == 0.0 && signbit(value));
	ck_assert_int_eq(parse_double("-INF", &value), 0);
	ck_assert(isinf(value) && value < 0);
	ck_assert_int_eq(parse_double("Infinity", &value), 0);
	ck_assert(isinf(value) && value > 0);
	ck_assert_int_eq(parse_double("NaN", &value), 0);
	ck_assert(isnan(value));
}
END_TEST

START_TEST(what_is_no_double_or_too_large_for_one_is_refused)
{
	static const char *const bad[] = {"", "-", ".", "e5", "1e", "1e+", "1e5x", "1.2.3", "1,5",
			" 1", "1 ", "0x1p3", "nanx", "in", "infinit", "--1", "1e309",
			"1.7976931348623159e308", "-1e400", "1e99999999999"};
	double value = 77;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(parse_double(bad[i], &value) == -1, "'%s'", bad[i]);
	ck_assert(value == 77);
}
END_TEST

/* Python's repr() where it has no ".0" to add. */
static const struct {
	double value;
	const char *text;
} shortest[] = {
		{0.0, "0"},
		{-0.0, "-0"},
		{1.0, "1"},
		{-250.0, "-250"},
		{0.1, "0.1"},
		{0.30000000000000004, "0.30000000000000004"},
		{1.0 / 3.0, "0.3333333333333333"},
		{2.0 / 3.0, "0.6666666666666666"},
		{123456.789, "123456.789"},
		{999999999999999.0, "999999999999999"},
		{1e15, "1000000000000000"},
		{1e16, "1e+16"},
		{9007199254740993.0, "9007199254740992"},
		{1e22, "1e+22"},
		{1.5e300, "1.5e+300"},
		{0.00001, "0.00001"},
		{0.000001, "1e-06"},
		{1.25e-7, "1.25e-07"},
		{5e-324, "5e-324"},
		{0x1p-1022, "2.2250738585072014e-308"},
		{0x1.fffffffffffffp+1023, "1.7976931348623157e+308"},
		{0x1p-44, "5.684341886080802e-14"},
		{9.5367431640625e-07, "9.5367431640625e-07"},
		{1.959963984540054, "1.959963984540054"},
		{2e-323, "2e-323"},
};

START_TEST(doubles_are_written_with_the_fewest_digits_that_read_back)
{
	for (size_t i = 0; i < sizeof(shortest) / sizeof(shortest[0]); i++) {
		char text[32];
		size_t len = cstn__format_double(shortest[i].value, text);

		ck_assert_str_eq(text, shortest[i].text);
		ck_assert_uint_eq(len, strlen(text));
	}
}
END_TEST

START_TEST(what_is_no_number_has_a_text_too)
{
	char text[32];

	ck_assert_uint_eq(cstn__format_double((double)NAN, text), 3);
	ck_assert_str_eq(text, "nan");
	ck_assert_uint_eq(cstn__format_double(-(double)INFINITY, text), 4);
	ck_assert_str_eq(text, "-inf");
	ck_assert_uint_eq(cstn__format_double((double)INFINITY, text), 3);
	ck_assert_str_eq(text, "inf");
}
END_TEST

START_TEST(every_double_reads_back_to_its_bits)
{
	for (uint64_t i = 0; i < 50000; i += test_every()) {
		uint64_t bits = cstn__random_u64(11, i);
		double value, read;
		char text[32];
		size_t len;

		memcpy(&value, &bits, sizeof(value));
		if (isnan(value))
			continue;
		len = cstn__format_double(value, text);
		if (cstn__parse_double(text, len, &read) || memcmp(&read, &value, sizeof(value)))
			ck_abort_msg("%a is written %s", value, text);
		if (len > 24)
			ck_abort_msg("%s is longer than 24 bytes", text);
	}
}
END_TEST

START_TEST(powers_of_two_read_back_although_their_neighbours_lie_unevenly)
{
	for (int exponent = -1074; exponent < 1024; exponent++) {
		double value = ldexp(1.0, exponent), read;
		char text[32];
		size_t len = cstn__format_double(value, text);

		if (cstn__parse_double(text, len, &read) || read != value)
			ck_abort_msg("2^%d is written %s", exponent, text);
	}
}
END_TEST

/* A locale made for the test, since few machines have one with a comma. */
static void use_locale(const char *source)
{
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	const char *order =
			"--big-endian"; /* its own tool may run on a machine of the other order */
#else
	const char *order = "--little-endian";
#endif
	char folder[] = "/tmp/cstn_locale_XXXXXX", command[256];

	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(command, sizeof(command), "localedef %s -i %s -f UTF-8 --no-archive %s/test.UTF-8",
			order, source, folder);
	ck_assert_msg(system(command) == 0, "'%s' failed; Debian package locales", command);
	ck_assert_int_eq(setenv("LOCPATH", folder, 1), 0);
	ck_assert_ptr_nonnull(setlocale(LC_ALL, "test.UTF-8"));
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	ck_assert_int_eq(system(command), 0);
}

START_TEST(a_locale_with_a_decimal_comma_changes_nothing)
{
	char text[32];
	double value;

	use_locale("de_DE");
	snprintf(text, sizeof(text), "%.1f", 0.5);
	ck_assert_str_eq(text, "0,5");
	cstn__format_double(0.1, text);
	ck_assert_str_eq(text, "0.1");
	cstn__format_double(1.25e-7, text);
	ck_assert_str_eq(text, "1.25e-07");
	ck_assert_int_eq(parse_double("0.1000000000000000000000000000001", &value), 0);
	ck_assert(value == 0.1);
	ck_assert_int_eq(parse_double("0,1", &value), -1);
}
END_TEST

START_TEST(a_turkish_locale_changes_nothing)
{
	static const char *const names[] = {"LIMIT"};
	double value;

	use_locale("tr_TR");
	ck_assert_int_eq(cstn__text_similar("limit", names, 1), 0);
	ck_assert_int_eq(parse_double("INFINITY", &value), 0);
	ck_assert(isinf(value));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			utf8_of_every_length_is_valid_at_both_ends_of_its_range,
			overlong_forms_surrogates_and_codes_past_the_end_are_not_utf8,
			a_cut_never_splits_a_character,
			cleaned_text_shows_what_is_no_text,
			cleaned_text_is_cut_between_characters_and_escapes,
			a_near_name_is_found_and_a_far_one_is_not,
			a_third_of_the_letters_may_differ_and_no_more,
			the_first_of_equally_near_names_and_the_nearest_of_all_is_taken,
			integers_are_read_to_both_ends_of_int64,
			integers_past_int64_overflow_and_leave_the_output,
			what_is_no_integer_is_refused,
			doubles_are_rounded_once_half_to_even,
			a_tie_is_told_from_more_than_a_tie_eight_hundred_digits_later,
			signed_zeros_infinities_and_nan_are_read,
			what_is_no_double_or_too_large_for_one_is_refused,
			doubles_are_written_with_the_fewest_digits_that_read_back,
			what_is_no_number_has_a_text_too,
			every_double_reads_back_to_its_bits,
			powers_of_two_read_back_although_their_neighbours_lie_unevenly,
			a_locale_with_a_decimal_comma_changes_nothing,
			a_turkish_locale_changes_nothing,
	};

	return run_tests("base_text", tests, sizeof(tests) / sizeof(tests[0]));
}
