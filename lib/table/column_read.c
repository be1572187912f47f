/* Block readers: up to 1,024 rows of a bound column as int64 or double, with validity bits.
 *
 * Each step is one loop over the block that a compiler turns into vector code: widen, clear what is
 * null, divide, multiply, shift by a fixed zone, and a test whether any row breaks its rule. Only
 * when one does are the rows looked at singly, so that good data never pays for bad. Text, decimals
 * that change their scale and zones with rules go row by row.
 *
 * Invariant: a row is valid with a value in the declared unit, or invalid and reads 0. Cost:
 * measured below 1 ns a row for integers that need no conversion. */
#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/bitmap.h"
#include "base/checked.h"
#include "base/decimal.h"
#include "base/text.h"
#include "table/column_binding.h"

#define BLOCK 1024
#define EXACT_DOUBLE (INT64_C(1) << 53)

typedef struct reading {
	const cstn__column *column;
	int64_t start;
	int32_t n;
	uint64_t first_row;
	uint64_t *valid, *bad;
	cstn__row_sink *sink;
	cstn_status status;
} reading;

/* --- rows that are left out ------------------------------------------------------------------- */

static void reject(reading *in, int32_t i, int32_t code)
{
	char buffer[CSTN__VALUE_TEXT_SIZE];
	const char *text = NULL;
	size_t len = 0;

	in->valid[i / 64] &= ~(UINT64_C(1) << (i % 64));
	if (in->bad)
		cstn__word_bit_set(in->bad, (size_t)i);
	if (!in->sink || in->status != CSTN_OK)
		return;
	if (code != CSTN_ROW_NULL)
		text = cstn__column_value_text(in->column, in->start + i, buffer, &len);
	in->status = cstn__row_sink_add(in->sink, in->first_row + (uint64_t)(in->start + i),
			in->column->field, in->column->name, code, text, len);
}

/* A value that the binding or a cast turns into null. */
static void make_null(reading *in, int32_t i)
{
	if (cstn__column_is_nullable(in->column))
		in->valid[i / 64] &= ~(UINT64_C(1) << (i % 64));
	else
		reject(in, i, CSTN_ROW_NULL);
}

static int is_valid(const reading *in, int32_t i)
{
	return cstn__word_bit_get(in->valid, (size_t)i);
}

static void begin(reading *in)
{
	int nullable = cstn__column_is_nullable(in->column) || in->column->physical == CSTN__ABSENT;
	int32_t word;

	for (word = 0; word * 64 < in->n; word++) {
		uint64_t rows = cstn__low_bits((size_t)(in->n - word * 64)), null;

		in->valid[word] = rows & cstn__column_valid64(in->column, in->start + word * 64);
		if (nullable)
			continue;
		for (null = rows & ~in->valid[word]; null; null &= null - 1)
			reject(in, word * 64 + __builtin_ctzll(null), CSTN_ROW_NULL);
	}
}

/* Rows that are invalid read as 0. */
static void clear_invalid(const reading *in, int64_t *out)
{
	int32_t word;

	for (word = 0; word * 64 < in->n; word++) {
		uint64_t left = ~in->valid[word] & cstn__low_bits((size_t)(in->n - word * 64));

		for (; left; left &= left - 1)
			out[word * 64 + __builtin_ctzll(left)] = 0;
	}
}

/* --- loads ------------------------------------------------------------------------------------ */

/* The inner loop has a fixed count, so that it becomes vector code at -O2 too. */
#define STEP 64
#define LOAD(type, to)                                                                     \
	for (; i + STEP <= n; i += STEP)                                                   \
		for (k = 0; k < STEP; k++) {                                               \
			type value;                                                        \
			memcpy(&value, at + (size_t)(i + k) * sizeof(type), sizeof(type)); \
			out[i + k] = (to)value;                                            \
		}                                                                          \
	for (; i < n; i++) {                                                               \
		type value;                                                                \
		memcpy(&value, at + (size_t)i * sizeof(type), sizeof(type));               \
		out[i] = (to)value;                                                        \
	}                                                                                  \
	break

static void load_i64(const cstn__column *column, int64_t start, int32_t n, int64_t *restrict out)
{
	const uint8_t *at = column->values;
	int64_t from = column->offset + start;
	int32_t i = 0, k;

	switch (column->physical) {
	case CSTN__I8:
		at += from;
		LOAD(int8_t, int64_t);
	case CSTN__U8:
		at += from;
		LOAD(uint8_t, int64_t);
	case CSTN__I16:
		at += from * 2;
		LOAD(int16_t, int64_t);
	case CSTN__U16:
		at += from * 2;
		LOAD(uint16_t, int64_t);
	case CSTN__I32:
	case CSTN__DEC32:
		at += from * 4;
		LOAD(int32_t, int64_t);
	case CSTN__U32:
		at += from * 4;
		LOAD(uint32_t, int64_t);
	case CSTN__BIT:
		for (i = 0; i < n; i++)
			out[i] = cstn__bit_get(at, (size_t)(from + i));
		break;
	default:
		memcpy(out, at + from * 8, (size_t)n * 8);
		break;
	}
}

static void load_f64(const cstn__column *column, int64_t start, int32_t n, double *restrict out)
{
	const uint8_t *at = column->values;
	int64_t from = column->offset + start;
	int32_t i = 0, k;

	switch (column->physical) {
	case CSTN__F32:
		at += from * 4;
		LOAD(float, double);
	default:
		memcpy(out, at + from * 8, (size_t)n * 8);
		break;
	}
}

/* --- integers --------------------------------------------------------------------------------- */

/* Whether a value lies outside low..high, low <= 0 <= high. First a test that any machine does in
 * vectors: all within a power of two that fits the range. */
static int any_beyond(const int64_t *values, int32_t n, int64_t low, int64_t high)
{
	uint64_t least = (uint64_t)high < 0 - (uint64_t)low ? (uint64_t)high : 0 - (uint64_t)low;
	int32_t bits = least ? 63 - __builtin_clzll(least) : 0, i = 0, k;
	uint64_t half = least ? UINT64_C(1) << bits : 0, found = 0;

	for (; i + STEP <= n; i += STEP)
		for (k = 0; k < STEP; k++)
			found |= ((uint64_t)values[i + k] + half) >> (bits + 1);
	for (; i < n; i++)
		found |= ((uint64_t)values[i] + half) >> (bits + 1);
	if (found == 0 && least)
		return 0;
	for (i = 0; i < n; i++)
		if (values[i] < low || values[i] > high)
			return 1;
	return 0;
}

/* uint64 above INT64_MAX looks negative. */
static int any_negative(const int64_t *values, int32_t n)
{
	int64_t found = 0;
	int32_t i = 0, k;

	for (; i + STEP <= n; i += STEP)
		for (k = 0; k < STEP; k++)
			found |= values[i + k];
	for (; i < n; i++)
		found |= values[i];
	return found < 0;
}

static void reject_beyond(reading *in, int64_t *out, int64_t low, int64_t high)
{
	int32_t i;

	if (!any_beyond(out, in->n, low, high))
		return;
	for (i = 0; i < in->n; i++)
		if (out[i] < low || out[i] > high) {
			if (is_valid(in, i))
				reject(in, i, CSTN_ROW_RANGE);
			out[i] = 0;
		}
}

#define DIVIDE(divisor)                                      \
	for (i = 0; i < in->n; i++) {                        \
		rest |= out[i] % (divisor);                  \
		out[i] = cstn__floor_div(out[i], (divisor)); \
	}                                                    \
	break

/* A division by a constant is a multiplication; these are the ones that occur. */
static void divide(reading *in, int64_t *out)
{
	const cstn__column *column = in->column;
	int64_t rest = 0, divisor = column->divide, raw;
	int32_t i;

	switch (divisor) {
	case 1000:
		DIVIDE(INT64_C(1000));
	case 86400000:
		DIVIDE(INT64_C(86400000));
	case CSTN_DAY_US:
		DIVIDE(CSTN_DAY_US);
	default:
		DIVIDE(divisor);
	}
	if (rest == 0 || column->truncate)
		return;
	for (i = 0; i < in->n; i++) {
		if (!is_valid(in, i))
			continue;
		load_i64(column, in->start + i, 1, &raw);
		if (raw % divisor != 0) {
			reject(in, i, CSTN_ROW_PRECISION);
			out[i] = 0;
		}
	}
}

int32_t cstn__column_from_wall(const cstn__column *column, int64_t wall_us, int64_t *out)
{
	const cstn__column_binding *binding = column->binding;

	if (binding && binding->fixed_zone)
		return cstn__subtract_i64(wall_us, binding->fixed_us, out) == 0 ? 0
										: CSTN_ROW_RANGE;
	if (!column->zone)
		return CSTN_ROW_ZONE;
	return cstn_zone_from_wall(column->zone, wall_us, out, NULL) == CSTN_OK ? 0 : CSTN_ROW_ZONE;
}

static void shift_wall(reading *in, int64_t *out)
{
	const cstn__column_binding *binding = in->column->binding;
	int32_t i, code;

	if (binding && binding->fixed_zone && binding->fixed_us == 0)
		return;
	for (i = 0; i < in->n; i++) {
		if (!is_valid(in, i))
			continue;
		code = cstn__column_from_wall(in->column, out[i], &out[i]);
		if (code != 0) {
			reject(in, i, code);
			out[i] = 0;
		}
	}
}

static int is_narrow(const cstn__column *column)
{
	if (column->type != CSTN_TYPE_INT32 && column->type != CSTN_TYPE_DAYS)
		return 0;
	switch (column->physical) {
	case CSTN__I64:
	case CSTN__U64:
	case CSTN__U32:
		return 1;
	default:
		return 0;
	}
}

static void read_integers(reading *in, int64_t *out)
{
	const cstn__column *column = in->column;
	int32_t i;

	load_i64(column, in->start, in->n, out);
	clear_invalid(in, out);
	if (column->physical == CSTN__U64 && any_negative(out, in->n))
		reject_beyond(in, out, 0, INT64_MAX);
	if (column->divide > 1)
		divide(in, out);
	if (column->multiply > 1) {
		reject_beyond(in, out, -(INT64_MAX / column->multiply),
				INT64_MAX / column->multiply);
		for (i = 0; i < in->n; i++)
			out[i] *= column->multiply;
	}
	if (column->wall)
		shift_wall(in, out);
	if (is_narrow(column))
		reject_beyond(in, out, INT32_MIN, INT32_MAX);
}

/* --- doubles as integers ---------------------------------------------------------------------- */

static int32_t whole(double value, int32_t type, int64_t *out)
{
	double limit = type == CSTN_TYPE_INT32 ? 2147483648.0 : 9223372036854775808.0;

	if (isnan(value))
		return CSTN_ROW_NAN;
	if (value < -limit || value >= limit)
		return CSTN_ROW_RANGE;
	if (value != trunc(value))
		return CSTN_ROW_FRACTION;
	*out = (int64_t)value;
	return 0;
}

static void read_whole_doubles(reading *in, int64_t *out)
{
	double values[BLOCK];
	int32_t i, code;

	load_f64(in->column, in->start, in->n, values);
	for (i = 0; i < in->n; i++) {
		out[i] = 0;
		if (!is_valid(in, i))
			continue;
		code = whole(values[i], in->column->type, &out[i]);
		if (code == CSTN_ROW_NAN && in->column->nan_null)
			make_null(in, i);
		else if (code != 0)
			reject(in, i, code);
	}
}

/* --- decimals --------------------------------------------------------------------------------- */

/* 128 bits at the wanted scale that all fit 64: 1. */
static int read_narrow_decimals(const reading *in, const uint8_t *at, int64_t *out)
{
	int64_t rest = 0;
	int32_t i;

	for (i = 0; i < in->n; i++) {
		cstn__i128 value;

		memcpy(&value, at + (size_t)i * sizeof(value), sizeof(value));
		out[i] = (int64_t)value;
		rest |= (int64_t)(value >> 64) ^ (int64_t)value >> 63;
	}
	clear_invalid(in, out);
	return rest == 0;
}

static void read_decimals(reading *in, int64_t *out)
{
	static const int32_t widths[] = {4, 8, 16, 32};
	const cstn__column *column = in->column;
	int32_t width = widths[column->physical - CSTN__DEC32], i, code;
	int32_t shift = column->binding ? column->binding->shift : 0;
	int whole_only = column->type != CSTN_TYPE_DECIMAL;
	const uint8_t *at = column->values;

	at += (column->offset + in->start) * width;
	if (column->physical == CSTN__DEC128 && shift == 0 && column->type != CSTN_TYPE_INT32 &&
			read_narrow_decimals(in, at, out))
		return;
	for (i = 0; i < in->n; i++) {
		out[i] = 0;
		if (!is_valid(in, i))
			continue;
		code = cstn__decimal_narrow(
				at + (size_t)i * (size_t)width, column->physical, shift, &out[i]);
		if (code == 0 && column->type == CSTN_TYPE_INT32 &&
				(out[i] < INT32_MIN || out[i] > INT32_MAX))
			code = CSTN_ROW_RANGE;
		if (code != 0) {
			reject(in, i,
					code == CSTN_ROW_SCALE && whole_only ? CSTN_ROW_FRACTION
									     : code);
			out[i] = 0;
		}
	}
}

/* --- text ------------------------------------------------------------------------------------- */

static int32_t parse_scaled(const cstn__column *column, const char *text, size_t len, int64_t *out)
{
	int32_t scale = column->type == CSTN_TYPE_DECIMAL ? column->scale : 0;

	switch (cstn__decimal_read(text, len, scale, '.', 0, out)) {
	case 0:
		return 0;
	case CSTN__DECIMAL_SCALE:
		return column->type == CSTN_TYPE_DECIMAL ? CSTN_ROW_SCALE : CSTN_ROW_FRACTION;
	case CSTN__DECIMAL_OVERFLOW:
		return CSTN_ROW_RANGE;
	default:
		return CSTN_ROW_NUMBER;
	}
}

static int32_t parse_flag(const char *text, size_t len, int64_t *out)
{
	static const char *const words[] = {"0", "1", "f", "t", "false", "true"};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i]) == len && memcmp(words[i], text, len) == 0) {
			*out = (int64_t)(i % 2);
			return 0;
		}
	return CSTN_ROW_VALUE;
}

static int32_t parse_time(const cstn__column *column, const char *text, size_t len, int64_t *out)
{
	cstn__time_form iso;
	const cstn__time_form *form = &iso;
	int64_t us = 0;
	int how;

	if (column->binding)
		form = &column->binding->form;
	else if (cstn__time_form_compile(NULL, &iso) != 0)
		return CSTN_ROW_TIME;
	how = cstn__time_form_read(form, text, len, &us);
	if (how < 0)
		return CSTN_ROW_TIME;
	if (column->type == CSTN_TYPE_DAYS) {
		if (us % CSTN_DAY_US != 0 && !column->truncate)
			return CSTN_ROW_PRECISION;
		*out = cstn__floor_div(us, CSTN_DAY_US);
		return 0;
	}
	if (how == CSTN__WALL)
		return cstn__column_from_wall(column, us, out);
	*out = us;
	return 0;
}

int32_t cstn__column_parse_i64(
		const cstn__column *column, const char *text, size_t len, int64_t *out)
{
	int32_t code;

	switch (column->type) {
	case CSTN_TYPE_FLAG:
		return parse_flag(text, len, out);
	case CSTN_TYPE_DAYS:
	case CSTN_TYPE_TIME:
		return parse_time(column, text, len, out);
	default:
		code = parse_scaled(column, text, len, out);
		if (code == 0 && column->type == CSTN_TYPE_INT32 &&
				(*out < INT32_MIN || *out > INT32_MAX))
			return CSTN_ROW_RANGE;
		return code;
	}
}

int32_t cstn__column_parse_f64(
		const cstn__column *column, const char *text, size_t len, double *out)
{
	(void)column;
	return cstn__parse_double(text, len, out) == 0 ? 0 : CSTN_ROW_NUMBER;
}

static void read_text_i64(reading *in, int64_t *out)
{
	const char *text;
	size_t len;
	int32_t i, code;

	for (i = 0; i < in->n; i++) {
		out[i] = 0;
		if (!is_valid(in, i))
			continue;
		if (cstn__column_read_text(in->column, in->start + i, &text, &len) != 0) {
			make_null(in, i);
			continue;
		}
		code = cstn__column_parse_i64(in->column, text, len, &out[i]);
		if (code != 0) {
			reject(in, i, code);
			out[i] = 0;
		}
	}
}

/* --- dictionaries ----------------------------------------------------------------------------- */

/* One value at a time, as row `first_row` of the stream; the entry's own rules are the column's. */
static uint64_t entry_row(const reading *in, int32_t i, int64_t entry)
{
	return in->first_row + (uint64_t)(in->start + i) - (uint64_t)entry;
}

static void read_dictionary(reading *in, int64_t *out_i64, double *out_f64)
{
	const cstn__column *dictionary = in->column->dictionary;
	int32_t i;

	for (i = 0; i < in->n; i++) {
		uint64_t valid, bad = 0;
		int64_t entry, number = 0;
		double real = 0;

		if (is_valid(in, i)) {
			entry = cstn__column_index(in->column, in->start + i);
			in->status = out_i64 ? cstn__column_read_i64(dictionary, entry, 1,
							       entry_row(in, i, entry), &number,
							       &valid, &bad, in->sink)
					     : cstn__column_read_f64(dictionary, entry, 1,
							       entry_row(in, i, entry), &real,
							       &valid, &bad, in->sink);
			if (!valid)
				in->valid[i / 64] &= ~(UINT64_C(1) << (i % 64));
			if (bad && in->bad)
				cstn__word_bit_set(in->bad, (size_t)i);
		}
		if (out_i64)
			out_i64[i] = number;
		else
			out_f64[i] = real;
		if (in->status != CSTN_OK)
			return;
	}
}

/* --- entries ---------------------------------------------------------------------------------- */

static int is_decimal(const cstn__column *column)
{
	return column->physical >= CSTN__DEC32 && column->physical <= CSTN__DEC256;
}

/* Decimals that need no rescaling and are narrow read like integers. */
static int is_plain_decimal(const cstn__column *column)
{
	return (column->physical == CSTN__DEC32 || column->physical == CSTN__DEC64) &&
	       column->binding && column->binding->shift == 0 && column->type != CSTN_TYPE_INT32;
}

cstn_status cstn__column_read_i64(const cstn__column *column, int64_t start, int32_t n,
		uint64_t first_row, int64_t *out, uint64_t *valid, uint64_t *bad,
		cstn__row_sink *sink)
{
	reading in = {column, start, n, first_row, valid, bad, sink, CSTN_OK};
	int32_t i;

	assert(n <= BLOCK && (bad || !sink) && column->type != CSTN_TYPE_DOUBLE);
	begin(&in);
	if (column->physical == CSTN__ABSENT || column->physical == CSTN__NULLS)
		memset(out, 0, (size_t)n * sizeof(*out));
	else if (column->physical == CSTN__CONSTANT)
		for (i = 0; i < n; i++)
			out[i] = column->constant_null ? 0 : column->constant_i64;
	else if (column->dictionary)
		read_dictionary(&in, out, NULL);
	else if (cstn__column_is_text(column))
		read_text_i64(&in, out);
	else if (column->physical == CSTN__F32 || column->physical == CSTN__F64)
		read_whole_doubles(&in, out);
	else if (is_decimal(column) && !is_plain_decimal(column))
		read_decimals(&in, out);
	else
		read_integers(&in, out);
	return in.status;
}

static void check_nan(reading *in, double *out)
{
	int nan_ok = !in->column->binding || in->column->binding->nan_ok;
	uint64_t found = 0; /* as wide as what it is found in */
	int32_t i;

	for (i = 0; i < in->n; i++)
		found |= (uint64_t)(out[i] != out[i]);
	if (!found || (nan_ok && !in->column->nan_null))
		return;
	for (i = 0; i < in->n; i++) {
		if (!isnan(out[i]))
			continue;
		out[i] = 0;
		if (in->column->nan_null)
			make_null(in, i);
		else
			reject(in, i, CSTN_ROW_NAN);
	}
}

static void read_doubles(reading *in, double *out)
{
	int32_t word;

	load_f64(in->column, in->start, in->n, out);
	for (word = 0; word * 64 < in->n; word++) {
		uint64_t left = ~in->valid[word] & cstn__low_bits((size_t)(in->n - word * 64));

		for (; left; left &= left - 1)
			out[word * 64 + __builtin_ctzll(left)] = 0;
	}
	check_nan(in, out);
}

static void read_text_f64(reading *in, double *out)
{
	const char *text;
	size_t len;
	int32_t i, code;

	for (i = 0; i < in->n; i++) {
		out[i] = 0;
		if (!is_valid(in, i))
			continue;
		if (cstn__column_read_text(in->column, in->start + i, &text, &len) != 0) {
			make_null(in, i);
			continue;
		}
		code = cstn__column_parse_f64(in->column, text, len, &out[i]);
		if (code != 0) {
			reject(in, i, code);
			out[i] = 0;
		}
	}
	check_nan(in, out);
}

/* Integers and scaled integers as doubles: a column of type double must hold them exactly. */
static cstn_status read_numbers_f64(reading *in, double *out)
{
	const cstn__column *column = in->column;
	int64_t values[BLOCK];
	double power = column->type == CSTN_TYPE_DECIMAL ? (double)cstn__power_of_ten(column->scale)
							 : 1.0;
	int32_t i;

	if (column->type == CSTN_TYPE_DOUBLE) {
		begin(in);
		load_i64(column, in->start, in->n, values);
		clear_invalid(in, values);
		if (column->physical == CSTN__U64)
			reject_beyond(in, values, 0, EXACT_DOUBLE);
		else
			reject_beyond(in, values, -EXACT_DOUBLE, EXACT_DOUBLE);
	} else {
		in->status = cstn__column_read_i64(column, in->start, in->n, in->first_row, values,
				in->valid, in->bad, in->sink);
	}
	for (i = 0; i < in->n; i++)
		out[i] = (double)values[i] / power;
	return in->status;
}

cstn_status cstn__column_read_f64(const cstn__column *column, int64_t start, int32_t n,
		uint64_t first_row, double *out, uint64_t *valid, uint64_t *bad,
		cstn__row_sink *sink)
{
	reading in = {column, start, n, first_row, valid, bad, sink, CSTN_OK};
	int32_t i;

	assert(n <= BLOCK && (bad || !sink));
	if (column->type == CSTN_TYPE_DOUBLE && column->physical != CSTN__ABSENT &&
			column->physical != CSTN__NULLS && column->physical != CSTN__CONSTANT &&
			!column->dictionary && !cstn__column_is_text(column) &&
			column->physical != CSTN__F32 && column->physical != CSTN__F64)
		return read_numbers_f64(&in, out);
	if (column->type != CSTN_TYPE_DOUBLE && column->physical != CSTN__ABSENT)
		return read_numbers_f64(&in, out);
	begin(&in);
	if (column->physical == CSTN__ABSENT || column->physical == CSTN__NULLS)
		memset(out, 0, (size_t)n * sizeof(*out));
	else if (column->physical == CSTN__CONSTANT)
		for (i = 0; i < n; i++)
			out[i] = column->constant_null ? 0 : column->constant_f64;
	else if (column->dictionary)
		read_dictionary(&in, NULL, out);
	else if (cstn__column_is_text(column))
		read_text_f64(&in, out);
	else
		read_doubles(&in, out);
	return in.status;
}
