/* Values out of CSV fields.
 *
 * A column of a segment at a time, so that the loop knows its type. Digits are read eight bytes at
 * once inside a 64-bit word (SWAR, Lamport 1975): xor with '0' leaves 0..9 in each byte, an
 * addition shows bytes above 9, three multiplications join the digits. ISO 8601 dates of exactly 10
 * and times of exactly 19 characters are read the same way, with the days of each month from a
 * table. A field that the short way does not take (empty, quoted, signed with +, with marks, too
 * long, wrong) goes the long way (csv_field.c), which knows every rule. Invariant: both ways give
 * the same value for every field that the short way takes. Cost: 1 to 4 ns a field. */
#include "table/csv_value.h"

#include <math.h>

#include "base/civil.h"
#include "base/text.h"
#include "table/csv_field.h"
#include "table/csv_index.h"

#define EIGHT(byte) (UINT64_C(0x0101010101010101) * (byte))
#define FIELD_IS_NULL (-1)

void cstn__csv_format_init(cstn__csv_format *format)
{
	int32_t i;

	for (i = 0; i <= CSTN__CSV_YEARS * 12; i++)
		format->month_days[i] = cstn__days_of(CSTN__CSV_YEAR_MIN + i / 12, i % 12 + 1, 1);
}

int cstn__csv_unquote(uint8_t quote, const uint8_t **begin, const uint8_t **end)
{
	if (*end - *begin < 2 || **begin != quote)
		return 0;
	++*begin;
	--*end;
	return 1;
}

size_t cstn__csv_undouble(uint8_t quote, const uint8_t *begin, const uint8_t *end, uint8_t *out)
{
	uint8_t *start = out;

	while (begin < end) {
		const uint8_t *next = memchr(begin, quote, (size_t)(end - begin));
		size_t size = (size_t)((next == NULL ? end : next + 1) - begin);

		memcpy(out, begin, size);
		out += size;
		begin += size + (next != NULL);
	}
	return (size_t)(out - start);
}

static size_t doubled_quotes(uint8_t quote, const uint8_t *begin, const uint8_t *end)
{
	size_t count = 0;

	while ((begin = memchr(begin, quote, (size_t)(end - begin))) != NULL) {
		count++;
		begin += 2;
		if (begin >= end)
			break;
	}
	return count;
}

static int same_undoubled(uint8_t quote, const uint8_t *begin, const uint8_t *end, const char *text,
		size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (begin == end || *begin != (uint8_t)text[i])
			return 0;
		begin += *begin == quote ? 2 : 1;
	}
	return begin == end;
}

static int is_missing(const cstn__schema_column *decl, uint8_t quote, int quoted,
		const uint8_t *begin, const uint8_t *end)
{
	size_t i, len = (size_t)(end - begin);

	for (i = 0; i < decl->n_missing; i++) {
		if (decl->missing_len[i] == len &&
				(len == 0 || memcmp(decl->missing[i], begin, len) == 0))
			return 1;
		if (quoted && decl->missing_len[i] < len &&
				same_undoubled(quote, begin, end, decl->missing[i],
						decl->missing_len[i]))
			return 1;
	}
	return 0;
}

/* Strip the quotes; FIELD_IS_NULL for an empty unquoted field and for a missing text, else 0. */
static int field_open(const cstn__csv_parser *parser, const cstn__csv_column *column,
		const uint8_t **begin, const uint8_t **end)
{
	uint8_t quote = parser->format->quote;
	int quoted = cstn__csv_unquote(quote, begin, end);

	if (*begin == *end && !quoted)
		return FIELD_IS_NULL;
	if (column->decl->n_missing > 0 && is_missing(column->decl, quote, quoted, *begin, *end))
		return FIELD_IS_NULL;
	return 0;
}

/* A field without a value: null, or bad when `code` says so or null is not allowed. */
static void field_none(cstn__csv_parser *parser, const cstn__csv_column *column,
		const cstn__csv_segment *segment, uint32_t i, int code, const uint8_t *begin,
		const uint8_t *end, uint8_t *validity)
{
	uint32_t row = segment->row + i;

	if (validity != NULL)
		validity[row / 8] = (uint8_t)(validity[row / 8] & ~(1u << row % 8));
	if (code == FIELD_IS_NULL) {
		if (column->null_ok)
			return;
		code = CSTN_ROW_NULL;
	}
	if (cstn__array_reserve(parser->allocator, &parser->bads, 1) != 0) {
		parser->failed = 1;
		return;
	}
	parser->bads.items[parser->bads.count++] = (cstn__csv_bad){parser->batch, row,
			column->field, code, (uint32_t)(begin - segment->data),
			(uint32_t)(end - segment->data)};
}

/* ---- short ways ---- */

/* Eight digits or fewer, the last one in the top byte. */
static inline uint64_t join_digits(uint64_t t)
{
	t = (t * 10 + (t >> 8)) & UINT64_C(0x00ff00ff00ff00ff);
	t = (t * 100 + (t >> 16)) & UINT64_C(0x0000ffff0000ffff);
	return (t * 10000 + (t >> 32)) & UINT64_C(0xffffffff);
}

static inline uint64_t not_digits(uint64_t t)
{
	return (t | (t + EIGHT(0x76))) & EIGHT(0x80);
}

/* 1 to 16 digits and nothing else: 1, else 0. May read 8 bytes from `text` on. */
static inline int short_digits(const uint8_t *text, size_t len, uint64_t *value)
{
	uint64_t low, high;

	if (len - 1 < 8) {
		low = (cstn__csv_load64(text) ^ EIGHT(0x30)) << (64 - 8 * len);
		if (not_digits(low))
			return 0;
		*value = join_digits(low);
		return 1;
	}
	if (len - 9 >= 8)
		return 0;
	high = (cstn__csv_load64(text) ^ EIGHT(0x30)) << (128 - 8 * len);
	low = cstn__csv_load64(text + len - 8) ^ EIGHT(0x30);
	if (not_digits(high) | not_digits(low))
		return 0;
	*value = join_digits(high) * 100000000 + join_digits(low);
	return 1;
}

static inline int short_i64(const uint8_t *begin, const uint8_t *end, int64_t *value)
{
	uint64_t negative = *begin == '-', digits;

	if (!short_digits(begin + negative, (size_t)(end - begin) - negative, &digits))
		return 0;
	*value = negative ? -(int64_t)digits : (int64_t)digits;
	return 1;
}

static inline int short_i32(const uint8_t *begin, const uint8_t *end, int32_t *value)
{
	int64_t wide;

	if (!short_i64(begin, end, &wide) || wide != (int32_t)wide)
		return 0;
	*value = (int32_t)wide;
	return 1;
}

/* [-]digits[mark digits] with at most 18 digits and at least one on each side of the mark. */
static inline int short_fraction(const uint8_t *begin, const uint8_t *end, uint8_t mark,
		int *negative, uint64_t *digits, uint32_t *decimals)
{
	const uint8_t *point;
	uint64_t whole, fraction, value = 0;
	size_t len;

	*negative = *begin == '-';
	begin += *negative;
	len = (size_t)(end - begin);
	if (len - 1 >= 19)
		return 0;
	for (point = begin; point < end && *point != mark; point++)
		;
	len = (size_t)(point - begin);
	*decimals = 0;
	if (!short_digits(begin, len, &whole))
		return 0;
	if (point == end) {
		*digits = whole;
		return 1;
	}
	point++;
	for (; point < end; point++, ++*decimals) {
		fraction = (uint64_t)*point - '0';
		if (fraction > 9)
			return 0;
		value = value * 10 + fraction;
		whole *= 10;
	}
	*digits = whole + value;
	return *decimals > 0;
}

static const int64_t powers_of_ten[19] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000,
		100000000, 1000000000, 10000000000, 100000000000, 1000000000000, 10000000000000,
		100000000000000, 1000000000000000, 10000000000000000, 100000000000000000,
		1000000000000000000};

static inline int short_decimal(const uint8_t *begin, const uint8_t *end, uint8_t mark,
		int32_t scale, int64_t *value)
{
	uint64_t digits;
	uint32_t decimals;
	int negative;
	int64_t scaled;

	if (!short_fraction(begin, end, mark, &negative, &digits, &decimals) ||
			decimals > (uint32_t)scale ||
			__builtin_mul_overflow((int64_t)digits,
					powers_of_ten[(uint32_t)scale - decimals], &scaled))
		return 0;
	*value = negative ? -scaled : scaled;
	return 1;
}

/* Exact: an integer below 2^53 over a power of ten that is a double, rounded once (Clinger 1990).
 */
static inline int short_double(
		const uint8_t *begin, const uint8_t *end, uint8_t mark, double *value)
{
	uint64_t digits;
	uint32_t decimals;
	int negative;

	if (!short_fraction(begin, end, mark, &negative, &digits, &decimals) ||
			digits > UINT64_C(1) << 53)
		return 0;
	*value = (double)digits / (double)powers_of_ten[decimals];
	if (negative)
		*value = -*value;
	return 1;
}

/* YYYY-MM-DD. */
static inline int short_days(const uint8_t *text, const int32_t *month_days, int32_t *days)
{
	uint64_t t = cstn__csv_load64(text) ^ UINT64_C(0x2d30302d30303030);
	uint32_t tens = (uint32_t)text[8] - '0', ones = (uint32_t)text[9] - '0', month, year, day;

	if (((t | (t + UINT64_C(0x7f76767f76767676))) & EIGHT(0x80)) | (tens > 9) | (ones > 9))
		return 0;
	t = t * 10 + (t >> 8);
	year = (uint32_t)(t & 0xff) * 100 + (uint32_t)(t >> 16 & 0xff) - CSTN__CSV_YEAR_MIN;
	month = (uint32_t)(t >> 40 & 0xff) - 1;
	day = tens * 10 + ones - 1;
	if (year >= CSTN__CSV_YEARS || month >= 12)
		return 0;
	month += year * 12;
	if (day >= (uint32_t)(month_days[month + 1] - month_days[month]))
		return 0;
	*days = month_days[month] + (int32_t)day;
	return 1;
}

/* YYYY-MM-DDThh:mm:ss or with a space. */
static inline int short_seconds(const uint8_t *text, const int32_t *month_days, int64_t *seconds)
{
	uint64_t t = cstn__csv_load64(text + 11) ^ UINT64_C(0x30303a30303a3030);
	uint32_t hour, minute, second;
	int32_t days;

	if ((t | (t + UINT64_C(0x76767f76767f7676))) & EIGHT(0x80))
		return 0;
	t = t * 10 + (t >> 8);
	hour = (uint32_t)(t & 0xff);
	minute = (uint32_t)(t >> 24 & 0xff);
	second = (uint32_t)(t >> 48 & 0xff);
	if ((text[10] != ' ' && text[10] != 'T') || hour > 23 || minute > 59 || second > 59 ||
			!short_days(text, month_days, &days))
		return 0;
	*seconds = (int64_t)days * 86400 + (int64_t)(hour * 3600 + minute * 60 + second);
	return 1;
}

/* ---- columns ---- */

#define EACH_FIELD(SHORT, LONG, ZERO)                                                            \
	const uint8_t *data = segment->data;                                                     \
	const uint32_t *rows = segment->rows, *positions = segment->positions + column->index;   \
	const uint32_t n = segment->n;                                                           \
	const int last = column->last, missing = column->decl->n_missing > 0;                    \
	uint32_t i;                                                                              \
                                                                                                 \
	for (i = 0; i < n; i++) {                                                                \
		const uint32_t *place = positions + rows[i];                                     \
		const uint8_t *begin = data + (uint32_t)(place[-1] + 1), *end = data + place[0]; \
		int code;                                                                        \
                                                                                                 \
		if (last && end > begin && end[-1] == '\r')                                      \
			end--;                                                                   \
		if (!missing && (SHORT))                                                         \
			continue;                                                                \
		code = field_open(parser, column, &begin, &end);                                 \
		if (code == 0)                                                                   \
			code = (LONG);                                                           \
		if (code == 0)                                                                   \
			continue;                                                                \
		ZERO;                                                                            \
		field_none(parser, column, segment, i, code, begin, end, validity);              \
	}

static void parse_i64(cstn__csv_parser *parser, const cstn__csv_column *column,
		const cstn__csv_segment *segment, int64_t *out, uint8_t *validity)
{
	const cstn__csv_format *format = parser->format;

	EACH_FIELD(short_i64(begin, end, out + i), cstn__csv_field_i64(format, begin, end, out + i),
			out[i] = 0)
}

static void parse_i32(cstn__csv_parser *parser, const cstn__csv_column *column,
		const cstn__csv_segment *segment, int32_t *out, uint8_t *validity)
{
	const cstn__csv_format *format = parser->format;

	EACH_FIELD(short_i32(begin, end, out + i), cstn__csv_field_i32(format, begin, end, out + i),
			out[i] = 0)
}

/* A decimal as Arrow's 128-bit integer, which fits int64. */
typedef struct wide_decimal {
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	int64_t sign, value;
#else
	int64_t value, sign;
#endif
} wide_decimal;

static inline int widen(wide_decimal *decimal, int64_t value)
{
	decimal->value = value;
	decimal->sign = value < 0 ? -1 : 0;
	return 1;
}

static void parse_decimal(cstn__csv_parser *parser, const cstn__csv_column *column,
		const cstn__csv_segment *segment, wide_decimal *out, uint8_t *validity)
{
	int64_t value = 0;
	const cstn__csv_format *format = parser->format;
	const uint8_t mark = format->decimal_mark;
	const int32_t scale = column->decl->scale;

	EACH_FIELD(short_decimal(begin, end, mark, scale, &value) && widen(out + i, value),
			(code = cstn__csv_field_decimal(format, begin, end, scale, &value),
					widen(out + i, value), code),
			widen(out + i, 0))
}

static void parse_double(cstn__csv_parser *parser, const cstn__csv_column *column,
		const cstn__csv_segment *segment, double *out, uint8_t *validity)
{
	const cstn__csv_format *format = parser->format;
	const uint8_t mark = format->decimal_mark;

	EACH_FIELD(short_double(begin, end, mark, out + i),
			cstn__csv_field_double(format, begin, end, out + i), out[i] = 0)
}

static void parse_days(cstn__csv_parser *parser, const cstn__csv_column *column,
		const cstn__csv_segment *segment, int32_t *out, uint8_t *validity)
{
	const int32_t *month_days = parser->format->month_days;
	const int iso = column->form.iso;

	EACH_FIELD(iso && end - begin == 10 && short_days(begin, month_days, out + i),
			cstn__csv_field_days(column, begin, end, out + i), out[i] = 0)
}

static inline int short_time(const uint8_t *begin, const uint8_t *end, const int32_t *month_days,
		int64_t zone_us, int64_t *us)
{
	int64_t seconds;

	if (end - begin != 19 || !short_seconds(begin, month_days, &seconds))
		return 0;
	*us = seconds * 1000000 - zone_us;
	return 1;
}

static void parse_time(cstn__csv_parser *parser, const cstn__csv_column *column,
		const cstn__csv_segment *segment, int64_t *out, uint8_t *validity)
{
	const cstn__schema_column *decl = column->decl;
	const int32_t *month_days = parser->format->month_days;
	const int quick = column->form.iso && decl->has_zone;
	const int64_t zone_us = (int64_t)decl->zone_seconds * 1000000;

	EACH_FIELD(quick && short_time(begin, end, month_days, zone_us, out + i),
			cstn__csv_field_time(column, begin, end, out + i), out[i] = 0)
}

static void parse_flag(cstn__csv_parser *parser, const cstn__csv_column *column,
		const cstn__csv_segment *segment, uint8_t *out, uint8_t *validity)
{
	int value = 0;
	const uint32_t first = segment->row;

	EACH_FIELD(0,
			(code = cstn__csv_field_flag(begin, end, &value),
					out[(first + i) / 8] = (uint8_t)(out[(first + i) / 8] |
									 value << (first + i) % 8),
					code),
			value = 0)
}

void cstn__csv_parse_column(cstn__csv_parser *parser, const cstn__csv_column *column,
		const cstn__csv_segment *segment, void *values, uint8_t *validity)
{
	uint32_t row = segment->row;

	switch (column->decl->type) {
	case CSTN_TYPE_FLAG:
		parse_flag(parser, column, segment, values, validity);
		break;
	case CSTN_TYPE_INT32:
		parse_i32(parser, column, segment, (int32_t *)values + row, validity);
		break;
	case CSTN_TYPE_INT64:
		parse_i64(parser, column, segment, (int64_t *)values + row, validity);
		break;
	case CSTN_TYPE_DOUBLE:
		parse_double(parser, column, segment, (double *)values + row, validity);
		break;
	case CSTN_TYPE_DAYS:
		parse_days(parser, column, segment, (int32_t *)values + row, validity);
		break;
	case CSTN_TYPE_TIME:
		parse_time(parser, column, segment, (int64_t *)values + row, validity);
		break;
	default:
		parse_decimal(parser, column, segment, (wide_decimal *)values + row, validity);
		break;
	}
}

/* ---- text ---- */

static inline int is_ascii(const uint8_t *text, size_t len)
{
	uint64_t high = 0;
	size_t i;

	for (i = 0; i + 8 <= len; i += 8)
		high |= cstn__csv_load64(text + i);
	for (; i < len; i++)
		high |= text[i];
	return (high & EIGHT(0x80)) == 0;
}

uint64_t cstn__csv_measure_text(cstn__csv_parser *parser, const cstn__csv_column *column,
		const cstn__csv_segment *segment, int32_t *lengths, uint8_t *validity)
{
	const uint8_t *data = segment->data, quote = parser->format->quote;
	const uint32_t *positions = segment->positions + column->index;
	const int plain = segment->ascii || column->decl->type == CSTN_TYPE_BYTES;
	const int missing = column->decl->n_missing > 0;
	uint64_t total = 0;
	uint32_t i;

	lengths += segment->row;
	for (i = 0; i < segment->n; i++) {
		const uint32_t *place = positions + segment->rows[i];
		const uint8_t *begin = data + (uint32_t)(place[-1] + 1), *end = data + place[0];
		size_t len;
		int code = 0;

		if (column->last && end > begin && end[-1] == '\r')
			end--;
		len = (size_t)(end - begin);
		if (len == 0 || *begin == quote || missing) {
			code = field_open(parser, column, &begin, &end);
			len = (size_t)(end - begin);
			if (code == 0 && len > 0 && begin[-1] == quote)
				len -= doubled_quotes(quote, begin, end);
		}
		if (code == 0 && !plain && !is_ascii(begin, (size_t)(end - begin)) &&
				!cstn__utf8_is_valid(begin, (size_t)(end - begin)))
			code = CSTN_ROW_UTF8;
		if (code != 0) {
			field_none(parser, column, segment, i, code, begin, end, validity);
			len = 0;
		}
		lengths[i] = (int32_t)len;
		total += len;
	}
	return total;
}

int32_t cstn__csv_copy_text(const cstn__csv_format *format, const cstn__csv_column *column,
		const cstn__csv_segment *segment, int32_t *lengths, int32_t offset, uint8_t *text,
		int32_t limit)
{
	const uint8_t *data = segment->data, quote = format->quote;
	const uint32_t *positions = segment->positions + column->index;
	uint32_t i;

	lengths += segment->row;
	for (i = 0; i < segment->n; i++) {
		const uint32_t *place = positions + segment->rows[i];
		const uint8_t *begin = data + (uint32_t)(place[-1] + 1);
		int32_t len = lengths[i];
		int quoted = *begin == quote;

		begin += quoted;
		if (len <= 32 && limit - offset >= 32 && !quoted) {
			memcpy(text + offset, begin, 32);
		} else if (len > 0) {
			const uint8_t *end = data + place[0] -
					     (column->last && data[place[0] - 1] == '\r') - quoted;

			if (quoted && end - begin != len)
				cstn__csv_undouble(quote, begin, end, text + offset);
			else
				memcpy(text + offset, begin, (size_t)len);
		}
		offset += len;
		lengths[i] = offset;
	}
	return offset;
}
