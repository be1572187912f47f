/* One CSV field as a value, by every rule: signs, thousands marks, decimal marks, exponents, forms
 * of time, words of flags. What the short ways of csv_value.c do not take comes here. Cost:
 * O(characters). */
#include "table/csv_field.h"

#include <math.h>

#include "base/text.h"

#define NUMBER_MAX 512 /* characters of a number with marks in it */

/* Take out thousands marks, which must stand between groups of three digits, and make the decimal
 * mark a point. Returns the length, or 0 when the marks are wrong. */
static size_t plain_number(const cstn__csv_format *format, const uint8_t *begin, const uint8_t *end,
		char out[NUMBER_MAX])
{
	size_t n = 0, group = 0;
	int marks = 0, whole = 1;

	if ((size_t)(end - begin) > NUMBER_MAX)
		return 0;
	for (; begin < end; begin++) {
		int digit = *begin >= '0' && *begin <= '9';

		if (whole && format->thousands_mark != 0 && *begin == format->thousands_mark) {
			if (group == 0 || group > 3 || (marks && group != 3))
				return 0;
			marks = 1;
			group = 0;
			continue;
		}
		if (whole && !digit && (n > 0 || (*begin != '-' && *begin != '+'))) {
			if (marks && group != 3)
				return 0;
			whole = 0;
		}
		group += (size_t)digit;
		if (*begin == format->decimal_mark)
			out[n++] = '.';
		else if (*begin == '.')
			return 0;
		else
			out[n++] = (char)*begin;
	}
	return whole && marks && group != 3 ? 0 : n;
}

/* [-+]digits[.digits], .digits or digits. */
static int decimal_form(const char *text, size_t len, size_t *point)
{
	size_t i = len > 0 && (text[0] == '-' || text[0] == '+'), digits = 0;

	*point = len;
	for (; i < len; i++) {
		if (text[i] == '.' && *point == len)
			*point = i;
		else if (text[i] >= '0' && text[i] <= '9')
			digits++;
		else
			return 0;
	}
	return digits > 0;
}

static int integer_form(const char *text, size_t len)
{
	size_t point;

	return decimal_form(text, len, &point) && point == len;
}

int cstn__csv_field_i64(const cstn__csv_format *format, const uint8_t *begin, const uint8_t *end,
		int64_t *value)
{
	char text[NUMBER_MAX];
	size_t len = plain_number(format, begin, end, text), point;
	int result = len == 0 ? -1 : cstn__parse_i64(text, len, value);

	if (result == 0)
		return 0;
	if (result == -2)
		return CSTN_ROW_RANGE;
	return decimal_form(text, len, &point) ? CSTN_ROW_FRACTION : CSTN_ROW_NUMBER;
}

int cstn__csv_field_i32(const cstn__csv_format *format, const uint8_t *begin, const uint8_t *end,
		int32_t *value)
{
	int64_t wide = 0;
	int code = cstn__csv_field_i64(format, begin, end, &wide);

	if (code == 0 && wide != (int32_t)wide)
		return CSTN_ROW_RANGE;
	*value = (int32_t)wide;
	return code;
}

int cstn__csv_field_decimal(const cstn__csv_format *format, const uint8_t *begin,
		const uint8_t *end, int32_t scale, int64_t *value)
{
	char text[NUMBER_MAX];
	size_t len = plain_number(format, begin, end, text), point, i;
	int64_t total = 0;
	int32_t decimals = 0;

	if (!decimal_form(text, len, &point))
		return CSTN_ROW_NUMBER;
	for (i = text[0] == '-' || text[0] == '+'; i < len; i++) {
		if (i == point)
			continue;
		if (i > point && decimals == scale) {
			if (text[i] != '0')
				return CSTN_ROW_SCALE;
			continue;
		}
		decimals += i > point;
		if (__builtin_mul_overflow(total, 10, &total) ||
				__builtin_sub_overflow(total, text[i] - '0', &total))
			return CSTN_ROW_RANGE;
	}
	for (; decimals < scale; decimals++)
		if (__builtin_mul_overflow(total, 10, &total))
			return CSTN_ROW_RANGE;
	if (text[0] != '-' && __builtin_sub_overflow(0, total, &total))
		return CSTN_ROW_RANGE;
	*value = total;
	return 0;
}

static int is_word(const char *text, size_t len, const char *word)
{
	size_t i;

	for (i = 0; i < len; i++) {
		char c = text[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if (word[i] == '\0' || c != word[i])
			return 0;
	}
	return word[len] == '\0';
}

int cstn__csv_field_double(const cstn__csv_format *format, const uint8_t *begin, const uint8_t *end,
		double *value)
{
	char text[NUMBER_MAX];
	size_t len = plain_number(format, begin, end, text), mantissa, point, i;
	double read;

	if (is_word(text, len, "nan"))
		return CSTN_ROW_NAN;
	mantissa = len;
	for (i = 0; i < len && mantissa == len; i++)
		if (text[i] == 'e' || text[i] == 'E')
			mantissa = i;
	if (!decimal_form(text, mantissa, &point) ||
			(mantissa < len && !integer_form(text + mantissa + 1, len - mantissa - 1)))
		return CSTN_ROW_NUMBER;
	if (cstn__parse_double(text, len, &read) != 0 || !isfinite(read))
		return CSTN_ROW_RANGE;
	*value = read;
	return 0;
}

cstn__csv_number_form cstn__csv_number_of(
		const cstn__csv_format *format, const uint8_t *begin, const uint8_t *end)
{
	cstn__csv_number_form form = {CSTN__CSV_NO_NUMBER, 0, 0, 0, 0, 0};
	char text[NUMBER_MAX];
	size_t len = plain_number(format, begin, end, text), point, i = 0;
	double value;

	if (!decimal_form(text, len, &point)) {
		if (cstn__csv_field_double(format, begin, end, &value) == 0)
			form.kind = CSTN__CSV_DOUBLE;
		return form;
	}
	form.plus = text[0] == '+';
	i = text[0] == '+' || text[0] == '-';
	form.whole = (int32_t)(point - i);
	form.leading_zero = form.whole > 1 && text[i] == '0';
	form.decimals = point < len ? (int32_t)(len - point - 1) : 0;
	form.significant = form.decimals;
	while (form.significant > 0 && text[point + (size_t)form.significant] == '0')
		form.significant--;
	if (point == len)
		form.kind = CSTN__CSV_INTEGER;
	else
		form.kind = form.whole > 0 && form.decimals > 0 ? CSTN__CSV_DECIMAL
								: CSTN__CSV_DOUBLE;
	return form;
}

int cstn__csv_field_time(const cstn__csv_column *column, const uint8_t *begin, const uint8_t *end,
		int64_t *us)
{
	int64_t value;
	int result = cstn__time_form_read(
			&column->form, (const char *)begin, (size_t)(end - begin), &value);

	if (result < 0)
		return CSTN_ROW_TIME;
	if (result == CSTN__WALL) {
		if (!column->decl->has_zone)
			return CSTN_ROW_ZONE;
		if (__builtin_sub_overflow(
				    value, (int64_t)column->decl->zone_seconds * 1000000, &value))
			return CSTN_ROW_RANGE;
	}
	*us = value;
	return 0;
}

int cstn__csv_field_days(const cstn__csv_column *column, const uint8_t *begin, const uint8_t *end,
		int32_t *days)
{
	int64_t us;
	int result = cstn__time_form_read(
			&column->form, (const char *)begin, (size_t)(end - begin), &us);

	if (result < 0)
		return CSTN_ROW_TIME;
	if (us % CSTN_DAY_US != 0)
		return CSTN_ROW_PRECISION;
	*days = (int32_t)(us / CSTN_DAY_US);
	return 0;
}

int cstn__csv_field_flag(const uint8_t *begin, const uint8_t *end, int *value)
{
	static const char *const words[8] = {"0", "1", "f", "t", "no", "yes", "false", "true"};
	size_t i;

	for (i = 0; i < 8; i++)
		if (is_word((const char *)begin, (size_t)(end - begin), words[i])) {
			*value = (int)(i & 1);
			return 0;
		}
	return CSTN_ROW_VALUE;
}

int cstn__csv_is_int64(const cstn__csv_format *format, const uint8_t *begin, const uint8_t *end)
{
	int64_t value;

	return cstn__csv_field_i64(format, begin, end, &value) == 0;
}

int cstn__csv_flag_of(const uint8_t *begin, const uint8_t *end)
{
	int value;

	if (end - begin == 1 && (*begin == '0' || *begin == '1'))
		return -1;
	return cstn__csv_field_flag(begin, end, &value) == 0 ? value : -1;
}
