/* Decimals and currencies. */
#include <string.h>

#include "base/decimal.h"
#include "base/error.h"
#include "suite.h"

static cstn_status parse(const char *text, int32_t scale, int64_t *out)
{
	return cstn_decimal_parse(text, strlen(text), scale, '.', 0, out, NULL);
}

static const struct {
	const char *text;
	int32_t scale;
	int64_t value;
} good[] = {
		{"0", 0, 0},
		{"-1234.50", 2, -123450},
		{"-1234.5", 2, -123450},
		{"1234", 2, 123400},
		{"+7", 0, 7},
		{".5", 1, 5},
		{"5.", 1, 50},
		{"1.50000", 1, 15},
		{"1.000", 0, 1},
		{"000000000000000000000000000001.5", 1, 15},
		{"0.000000000000000001", 18, 1},
		{"9.223372036854775807", 18, INT64_MAX},
		{"-9.223372036854775808", 18, INT64_MIN},
		{"9223372036854775807", 0, INT64_MAX},
		{"-9223372036854775808", 0, INT64_MIN},
		{"-9223372036854775808.000", 0, INT64_MIN},
		{"0.00000000000000000000000000", 18, 0},
		{"00000000000000000000000", 18, 0},
		{"-0", 2, 0},
};

START_TEST(decimals_are_read_exactly)
{
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		int64_t value = 77;

		ck_assert_msg(parse(good[i].text, good[i].scale, &value) == CSTN_OK, "'%s'",
				good[i].text);
		ck_assert_msg(value == good[i].value, "'%s': %lld", good[i].text, (long long)value);
	}
}
END_TEST

START_TEST(what_is_no_decimal_is_refused)
{
	static const char *const bad[] = {"", "-", "+", ".", "-.", "1.2.3", "1,5", "1e3", " 1",
			"1 ", "--1", "1-", "0x1", "1.5x", "x1.5", "NaN", "1 000"};
	int64_t value = 77;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(parse(bad[i], 2, &value) == CSTN_E_FORMAT, "'%s'", bad[i]);
	ck_assert_int_eq(value, 77);
}
END_TEST

START_TEST(a_digit_more_than_the_scale_holds_is_refused_never_rounded)
{
	int64_t value = 77;

	ck_assert_int_eq(parse("1.25", 1, &value), CSTN_E_FORMAT);
	ck_assert_int_eq(parse("1.201", 2, &value), CSTN_E_FORMAT);
	ck_assert_int_eq(parse("0.0000000000000000001", 18, &value), CSTN_E_FORMAT);
	ck_assert_int_eq(value, 77);
	ck_assert_int_eq(parse("1.20", 1, &value), CSTN_OK);
	ck_assert_int_eq(value, 12);
}
END_TEST

START_TEST(a_decimal_past_int64_overflows)
{
	static const char *const large[] = {"9223372036854775808", "-9223372036854775809",
			"99999999999999999999", "18446744073709551616", "18446744073709551615",
			"100000000000000000000000000"};
	int64_t value = 77;

	for (size_t i = 0; i < sizeof(large) / sizeof(large[0]); i++)
		ck_assert_msg(parse(large[i], 0, &value) == CSTN_E_OVERFLOW, "'%s'", large[i]);
	ck_assert_int_eq(parse("92233720368547758.08", 2, &value), CSTN_E_OVERFLOW);
	ck_assert_int_eq(parse("92233720368547758.1", 2, &value), CSTN_E_OVERFLOW);
	ck_assert_int_eq(parse("10", 18, &value), CSTN_E_OVERFLOW);
	ck_assert_int_eq(value, 77);
	ck_assert_int_eq(parse("92233720368547758.07", 2, &value), CSTN_OK);
	ck_assert_int_eq(value, INT64_MAX);
	ck_assert_int_eq(parse("9", 18, &value), CSTN_OK);
}
END_TEST

START_TEST(marks_are_those_given_and_groups_have_three_digits)
{
	static const struct {
		const char *text;
		int status;
		int64_t value;
	} cases[] = {
			{"1.234.567,89", CSTN_OK, 123456789},
			{"-12.345,6", CSTN_OK, -1234560},
			{"1234567,89", CSTN_OK, 123456789},
			{"123.456", CSTN_OK, 12345600},
			{"1.234.56,7", CSTN_E_FORMAT, 0},
			{"1234.567", CSTN_E_FORMAT, 0},
			{".123", CSTN_E_FORMAT, 0},
			{"1..234", CSTN_E_FORMAT, 0},
			{"1.234.", CSTN_E_FORMAT, 0},
			{"1.23", CSTN_E_FORMAT, 0},
			{"1.2345", CSTN_E_FORMAT, 0},
			{"1,234.5", CSTN_E_FORMAT, 0},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t value = 0;

		ck_assert_msg(cstn_decimal_parse(cases[i].text, strlen(cases[i].text), 2, ',', '.',
					      &value, NULL) == cases[i].status,
				"'%s'", cases[i].text);
		ck_assert_int_eq(value, cases[i].value);
	}
}
END_TEST

START_TEST(marks_that_are_digits_signs_or_the_same_are_refused)
{
	int64_t value = 77;

	ck_assert_int_eq(cstn_decimal_parse("1", 1, 0, '.', '.', &value, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(
			cstn_decimal_parse("1", 1, 0, 0, 0, &value, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_decimal_parse("1", 1, 0, '5', 0, &value, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_decimal_parse("1", 1, 0, '-', 0, &value, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_decimal_parse("1", 1, 0, '.', '+', &value, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_decimal_parse("1", 1, 0, '.', 0x80, &value, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(value, 77);
	ck_assert_int_eq(cstn_decimal_parse("1 234", 5, 0, '.', ' ', &value, NULL), CSTN_OK);
	ck_assert_int_eq(value, 1234);
}
END_TEST

START_TEST(scales_lie_in_0_to_18)
{
	int64_t value = 77;

	ck_assert_int_eq(parse("1", -1, &value), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(parse("1", 19, &value), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_decimal_rescale(1, -1, 0, &value, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_decimal_rescale(1, 0, 19, &value, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_decimal_rescale(1, 19, 0, &value, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_decimal_multiply(1, 1, -1, &value, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_decimal_multiply(1, 1, 37, &value, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(value, 77);
}
END_TEST

START_TEST(missing_arguments_are_refused)
{
	int64_t value = 77;
	int32_t scale = 77;

	ck_assert_int_eq(cstn_decimal_parse(NULL, 1, 0, '.', 0, &value, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(
			cstn_decimal_parse("1", 1, 0, '.', 0, NULL, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_decimal_parse(NULL, 0, 0, '.', 0, &value, NULL), CSTN_E_FORMAT);
	ck_assert_int_eq(cstn_decimal_rescale(1, 0, 0, NULL, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_decimal_multiply(1, 1, 0, NULL, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_currency_scale(NULL, &scale, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_currency_scale("EUR", NULL, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(value, 77);
}
END_TEST

START_TEST(an_error_names_the_text)
{
	cstn_error *error = NULL;
	int64_t value;

	ck_assert_int_eq(cstn_decimal_parse("12,5", 4, 2, '.', 0, &value, &error), CSTN_E_FORMAT);
	ck_assert_str_eq(cstn_error_message(error), "'12,5' is no decimal with the mark '.'");
	cstn_error_free(error);
	ck_assert_int_eq(cstn_decimal_parse("1.234", 5, 2, '.', 0, &value, &error), CSTN_E_FORMAT);
	ck_assert_str_eq(cstn_error_message(error), "'1.234' has more than 2 decimals");
	cstn_error_free(error);
}
END_TEST

static const struct {
	int64_t value;
	int32_t scale;
	const char *text;
} written[] = {
		{0, 0, "0"},
		{0, 2, "0.00"},
		{5, 2, "0.05"},
		{-5, 2, "-0.05"},
		{-123450, 2, "-1234.50"},
		{100, 2, "1.00"},
		{99, 2, "0.99"},
		{INT64_MAX, 0, "9223372036854775807"},
		{INT64_MIN, 0, "-9223372036854775808"},
		{INT64_MIN, 18, "-9.223372036854775808"},
		{1, 18, "0.000000000000000001"},
		{10, 1, "1.0"},
		{1, -1, ""},
		{1, 19, ""},
};

START_TEST(decimals_are_written_with_exactly_their_scale)
{
	for (size_t i = 0; i < sizeof(written) / sizeof(written[0]); i++) {
		char text[40] = "zzz";

		ck_assert_uint_eq(cstn_decimal_format(written[i].value, written[i].scale, text,
						  sizeof(text)),
				strlen(written[i].text));
		ck_assert_str_eq(text, written[i].text);
	}
}
END_TEST

START_TEST(a_written_decimal_is_cut_like_snprintf)
{
	char text[8] = "zzzz";

	ck_assert_uint_eq(cstn_decimal_format(123456, 2, NULL, 0), 7);
	ck_assert_uint_eq(cstn_decimal_format(123456, 2, text, 0), 7);
	ck_assert_str_eq(text, "zzzz");
	ck_assert_uint_eq(cstn_decimal_format(123456, 2, text, 7), 7);
	ck_assert_str_eq(text, "1234.5");
	ck_assert_uint_eq(cstn_decimal_format(123456, 2, text, 8), 7);
	ck_assert_str_eq(text, "1234.56");
}
END_TEST

/* Python: Decimal(value).scaleb(-from).quantize(Decimal(1).scaleb(-to), ROUND_HALF_EVEN) */
static const struct {
	int64_t value;
	int32_t from, to;
	int64_t out;
} rescaled[] = {
		{125, 2, 1, 12},
		{135, 2, 1, 14},
		{-125, 2, 1, -12},
		{-135, 2, 1, -14},
		{126, 2, 1, 13},
		{124, 2, 1, 12},
		{-126, 2, 1, -13},
		{5, 1, 0, 0},
		{15, 1, 0, 2},
		{-5, 1, 0, 0},
		{6, 1, 0, 1},
		{50, 2, 0, 0},
		{51, 2, 0, 1},
		{125, 1, 3, 12500},
		{7, 3, 3, 7},
		{9, 0, 18, INT64_C(9000000000000000000)},
		{INT64_MAX, 18, 0, 9},
		{INT64_MIN, 18, 17, INT64_C(-922337203685477581)},
		{INT64_MIN, 0, 0, INT64_MIN},
};

START_TEST(another_scale_is_rounded_half_to_even)
{
	for (size_t i = 0; i < sizeof(rescaled) / sizeof(rescaled[0]); i++) {
		int64_t out = 77;

		ck_assert_int_eq(cstn_decimal_rescale(rescaled[i].value, rescaled[i].from,
						 rescaled[i].to, &out, NULL),
				CSTN_OK);
		ck_assert_msg(out == rescaled[i].out, "%lld from %d to %d: %lld",
				(long long)rescaled[i].value, (int)rescaled[i].from,
				(int)rescaled[i].to, (long long)out);
	}
}
END_TEST

START_TEST(another_scale_that_does_not_fit_overflows)
{
	int64_t out = 77;

	ck_assert_int_eq(cstn_decimal_rescale(10, 0, 18, &out, NULL), CSTN_E_OVERFLOW);
	ck_assert_int_eq(cstn_decimal_rescale(INT64_MAX, 0, 18, &out, NULL), CSTN_E_OVERFLOW);
	ck_assert_int_eq(cstn_decimal_rescale(INT64_MIN, 0, 1, &out, NULL), CSTN_E_OVERFLOW);
	ck_assert_int_eq(out, 77);
}
END_TEST

START_TEST(products_are_exact_until_they_are_rounded_half_to_even)
{
	int64_t out = 77;

	ck_assert_int_eq(cstn_decimal_multiply(1999, 3, 0, &out, NULL), CSTN_OK);
	ck_assert_int_eq(out, 5997);
	ck_assert_int_eq(cstn_decimal_multiply(1999, 2500, 3, &out, NULL), CSTN_OK); /* 4997.5 */
	ck_assert_int_eq(out, 4998);
	ck_assert_int_eq(cstn_decimal_multiply(1997, 2500, 3, &out, NULL), CSTN_OK); /* 4992.5 */
	ck_assert_int_eq(out, 4992);
	ck_assert_int_eq(cstn_decimal_multiply(-1997, 2500, 3, &out, NULL), CSTN_OK);
	ck_assert_int_eq(out, -4992);
	ck_assert_int_eq(cstn_decimal_multiply(INT64_MIN, INT64_MIN, 36, &out, NULL), CSTN_OK);
	ck_assert_int_eq(out, 85); /* 2^126 is 8.507e37 */
	ck_assert_int_eq(cstn_decimal_multiply(INT64_MAX, 1000000, 6, &out, NULL), CSTN_OK);
	ck_assert_int_eq(out, INT64_MAX);
	ck_assert_int_eq(cstn_decimal_multiply(INT64_MIN, 1, 0, &out, NULL), CSTN_OK);
	ck_assert_int_eq(out, INT64_MIN);
}
END_TEST

START_TEST(products_that_do_not_fit_overflow)
{
	int64_t out = 77;

	ck_assert_int_eq(cstn_decimal_multiply(INT64_MIN, -1, 0, &out, NULL), CSTN_E_OVERFLOW);
	ck_assert_int_eq(cstn_decimal_multiply(INT64_MAX, 2, 0, &out, NULL), CSTN_E_OVERFLOW);
	ck_assert_int_eq(cstn_decimal_multiply(INT64_MIN, INT64_MIN, 0, &out, NULL),
			CSTN_E_OVERFLOW);
	ck_assert_int_eq(out, 77);
}
END_TEST

START_TEST(division_rounds_half_to_even_for_odd_and_even_divisors)
{
	ck_assert(cstn__divide_half_even(7, 2) == 4);
	ck_assert(cstn__divide_half_even(5, 2) == 2);
	ck_assert(cstn__divide_half_even(-7, 2) == -4);
	ck_assert(cstn__divide_half_even(-5, 2) == -2);
	ck_assert(cstn__divide_half_even(4, 3) == 1);
	ck_assert(cstn__divide_half_even(5, 3) == 2);
	ck_assert(cstn__divide_half_even(-5, 3) == -2);
	ck_assert(cstn__divide_half_even(0, 3) == 0);
	ck_assert(cstn__wide_power_of_ten(0) == 1);
	ck_assert(cstn__wide_power_of_ten(38) / cstn__wide_power_of_ten(37) == 10);
}
END_TEST

START_TEST(currencies_have_the_decimals_of_iso_4217)
{
	static const struct {
		const char *code;
		int32_t scale;
	} facts[] = {
			{"AED", 2},
			{"EUR", 2},
			{"USD", 2},
			{"BRL", 2},
			{"ZWL", 2},
			{"JPY", 0},
			{"KRW", 0},
			{"XPF", 0},
			{"CLP", 0},
			{"KWD", 3},
			{"TND", 3},
			{"CLF", 4},
			{"UYW", 4},
	};

	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
		int32_t scale = 77;

		ck_assert_int_eq(cstn_currency_scale(facts[i].code, &scale, NULL), CSTN_OK);
		ck_assert_int_eq(scale, facts[i].scale);
	}
}
END_TEST

START_TEST(codes_that_are_no_currency_are_not_found)
{
	/* "UAF" and "EDA" lie across two codes of the table. */
	static const char *const codes[] = {"", "E", "EU", "EURO", "eur", "XXX", "XAU", "QQQ",
			"UAF", "EDA", "EUR ", " EU"};
	int32_t scale = 77;

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		ck_assert_msg(cstn_currency_scale(codes[i], &scale, NULL) == CSTN_E_NOT_FOUND,
				"'%s'", codes[i]);
	ck_assert_int_eq(scale, 77);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			decimals_are_read_exactly,
			what_is_no_decimal_is_refused,
			a_digit_more_than_the_scale_holds_is_refused_never_rounded,
			a_decimal_past_int64_overflows,
			marks_are_those_given_and_groups_have_three_digits,
			marks_that_are_digits_signs_or_the_same_are_refused,
			scales_lie_in_0_to_18,
			missing_arguments_are_refused,
			an_error_names_the_text,
			decimals_are_written_with_exactly_their_scale,
			a_written_decimal_is_cut_like_snprintf,
			another_scale_is_rounded_half_to_even,
			another_scale_that_does_not_fit_overflows,
			products_are_exact_until_they_are_rounded_half_to_even,
			products_that_do_not_fit_overflow,
			division_rounds_half_to_even_for_odd_and_even_divisors,
			currencies_have_the_decimals_of_iso_4217,
			codes_that_are_no_currency_are_not_found,
	};

	return run_tests("base_decimal", tests, sizeof(tests) / sizeof(tests[0]));
}
