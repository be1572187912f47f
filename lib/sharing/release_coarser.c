/* Columns made coarser, in the type they came in.
 *
 * Instants are generalised as microseconds and dates as days, whatever unit they come in; what has
 * no name in the column's type becomes null, as do numbers beyond 64 bits and text that is not
 * UTF-8. A dictionary goes out as plain values, text with 64-bit ends. O(rows). */
#include <string.h>

#include "base/alloc.h"
#include "base/bitmap.h"
#include "base/checked.h"
#include "base/civil.h"
#include "base/decimal.h"
#include "base/error.h"
#include "base/text.h"
#include "sharing/release_copy.h"
#include "sharing/release_plan.h"

#define DAY_MS INT64_C(86400000)

int32_t cstn__release_coarse_type(const cstn__view_type *type)
{
	switch (type->is.kind) {
	case CSTN__KIND_FLAG:
		return CSTN_TYPE_FLAG;
	case CSTN__KIND_INTEGER:
		return CSTN_TYPE_INT64;
	case CSTN__KIND_DOUBLE:
		return CSTN_TYPE_DOUBLE;
	case CSTN__KIND_TEXT:
		return CSTN_TYPE_TEXT;
	case CSTN__KIND_DATE32:
	case CSTN__KIND_DATE64:
		return CSTN_TYPE_DAYS;
	case CSTN__KIND_TIME:
		return CSTN_TYPE_TIME;
	case CSTN__KIND_DECIMAL:
		return CSTN_TYPE_DECIMAL;
	default:
		return CSTN_TYPE_BYTES;
	}
}

/* --- numbers ---------------------------------------------------------------------------------- */

/* A value in the unit of the generaliser: 0, or 1 if it is none. */
static int load_number(const cstn__view_type *type, const uint8_t *at, int64_t *out)
{
	const cstn__column one = {.physical = type->is.physical, .values = at};
	int64_t value, per_second = type->is.per_second;

	if (type->is.kind == CSTN__KIND_DECIMAL)
		return cstn__decimal_narrow(at, type->is.physical, 0, out) != 0;
	value = cstn__column_index(&one, 0);
	switch (type->is.kind) {
	case CSTN__KIND_DATE64:
		*out = cstn__floor_div(value, DAY_MS);
		return 0;
	case CSTN__KIND_TIME:
		if (per_second > 1000000)
			*out = cstn__floor_div(value, per_second / 1000000);
		else
			return cstn__multiply_i64(value, 1000000 / per_second, out) != 0;
		return 0;
	default:
		*out = value;
		return type->is.physical == CSTN__U64 && value < 0;
	}
}

/* Does a number fit a whole number of so many bytes? */
static int fits(int64_t value, int32_t bytes, int is_signed)
{
	int bits = 8 * bytes - is_signed;

	if (bits >= 63)
		return is_signed || value >= 0;
	return value < INT64_C(1) << bits && value >= (is_signed ? -(INT64_C(1) << bits) : 0);
}

static int is_unsigned(int32_t physical)
{
	return physical == CSTN__U8 || physical == CSTN__U16 || physical == CSTN__U32 ||
	       physical == CSTN__U64;
}

/* The lower `width` bytes of a number with its sign, in the machine's order. */
static void store_bytes(int64_t value, int32_t width, uint8_t *out)
{
	cstn__i128 wide = value;

	for (int32_t i = 0; i < width; i++) {
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
		int32_t at = width - 1 - i;
#else
		int32_t at = i;
#endif
		out[at] = i < 16 ? (uint8_t)(wide >> 8 * i) : value < 0 ? 0xff : 0;
	}
}

/* Back to the column's unit: 0, or 1 if it does not fit. */
static int store_number(const cstn__view_type *type, int64_t value, uint8_t *out)
{
	int64_t per_second = type->is.per_second;

	if (type->is.kind == CSTN__KIND_DATE64 && cstn__multiply_i64(value, DAY_MS, &value))
		return 1;
	if (type->is.kind == CSTN__KIND_TIME) {
		if (per_second <= 1000000)
			value = cstn__floor_div(value, 1000000 / per_second);
		else if (cstn__multiply_i64(value, per_second / 1000000, &value))
			return 1;
	}
	if (!fits(value, type->width, !is_unsigned(type->is.physical)))
		return 1;
	store_bytes(value, type->width, out);
	return 0;
}

static int coarse_double(const cstn__release_field *field, const uint8_t *at, uint8_t *out)
{
	double value;
	float narrow;

	if (field->type.width == 8) {
		memcpy(&value, at, sizeof(value));
	} else {
		memcpy(&narrow, at, sizeof(narrow));
		value = (double)narrow;
	}
	if (cstn__generalise_double(&field->how, value, &value))
		return 1;
	narrow = (float)value;
	if (field->type.width == 8)
		memcpy(out, &value, sizeof(value));
	else
		memcpy(out, &narrow, sizeof(narrow));
	return 0;
}

static int coarse_number(const cstn__release_field *field, const uint8_t *at, uint8_t *out)
{
	int64_t value;

	if (field->how.kind == CSTN_GENERALISE_ALL)
		return 1;
	if (field->type.is.kind == CSTN__KIND_DOUBLE)
		return coarse_double(field, at, out);
	return load_number(&field->type, at, &value) ||
	       cstn__generalise_number(&field->how, value, &value) ||
	       store_number(&field->type, value, out);
}

/* --- columns ---------------------------------------------------------------------------------- */

typedef struct coarsening {
	const cstn__release_field *field;
	const cstn__view *view;
	const int64_t *rows;
	int64_t n;
	const cstn_allocator *allocator;
} coarsening;

/* The place of a row's value; -1: null. */
static int64_t place_of(const coarsening *in, int64_t i)
{
	int64_t row = cstn__release_row(in->rows, i);

	return cstn__column_is_valid(&in->view->column, row) ? cstn__view_place(in->view, row) : -1;
}

static cstn_status coarsen_numbers(const coarsening *in, struct ArrowArray *out, cstn_error **error)
{
	size_t width = (size_t)in->field->type.width;
	/* flags become null alone: their one other bucket is both */
	const size_t sizes[3] = {cstn__release_bits_size(in->n),
			width ? cstn__array_size((size_t)in->n, width)
			      : cstn__release_bits_size(in->n),
			0};
	uint8_t *data[3];
	cstn_status status = cstn__release_array_new(in->allocator, in->n, sizes, out, data, error);

	if (status != CSTN_OK)
		return status;
	out->n_buffers = 2;
	if (!width)
		memset(data[1], 0, sizes[1]);
	for (int64_t i = 0; i < in->n; i++) {
		int64_t place = place_of(in, i);
		uint8_t *to = data[1] + (size_t)i * width;

		if (place >= 0 && width &&
				!coarse_number(in->field, cstn__view_fixed(in->view, place), to)) {
			cstn__bit_set(data[0], (size_t)i);
			continue;
		}
		memset(to, 0, width);
		out->null_count++;
	}
	return CSTN_OK;
}

/* The text that goes out in place of a row's; NULL: null. */
static const char *coarse_text(const coarsening *in, int64_t i, size_t *len)
{
	int64_t place = place_of(in, i);
	const char *text;

	if (place < 0)
		return NULL;
	cstn__column_raw_text(cstn__view_values(in->view), place, &text, len);
	if (in->field->type.is.kind != CSTN__KIND_TEXT ||
			!cstn__utf8_is_valid((const uint8_t *)text, *len))
		return NULL;
	return cstn__generalise_text(&in->field->how, text, *len, len);
}

static cstn_status coarsen_texts(const coarsening *in, struct ArrowArray *out, cstn_error **error)
{
	size_t size = 0, len = 0;
	int64_t at = 0, i;
	uint8_t *data[3];
	cstn_status status;

	for (i = 0; i < in->n; i++)
		if (coarse_text(in, i, &len))
			size = size > SIZE_MAX - 1 - len ? SIZE_MAX - 1 : size + len;
	const size_t sizes[3] = {cstn__release_bits_size(in->n),
			cstn__array_size((size_t)in->n + 1, sizeof(at)), size + 1};

	status = cstn__release_array_new(in->allocator, in->n, sizes, out, data, error);
	if (status != CSTN_OK)
		return status;
	out->n_buffers = 3;
	data[2][size] = 0;
	memcpy(data[1], &at, sizeof(at));
	for (i = 0; i < in->n; i++) {
		const char *text = coarse_text(in, i, &len);

		if (text) {
			cstn__bit_set(data[0], (size_t)i);
			if (len)
				memcpy(data[2] + at, text, len);
			at += (int64_t)len;
		} else {
			out->null_count++;
		}
		memcpy(data[1] + (size_t)(i + 1) * sizeof(at), &at, sizeof(at));
	}
	return CSTN_OK;
}

cstn_status cstn__release_coarsen(const cstn__release_field *field, const cstn__view *view,
		const int64_t *rows, int64_t n, const cstn_allocator *allocator,
		struct ArrowArray *out, cstn_error **error)
{
	const coarsening in = {field, view, rows, n, allocator};
	const size_t none[3] = {0, 0, 0};
	uint8_t *data[3];
	cstn_status status;

	if (field->type.is.kind == CSTN__KIND_NULL) {
		status = cstn__release_array_new(allocator, n, none, out, data, error);
		if (status == CSTN_OK)
			out->null_count = n;
		return status;
	}
	return cstn__view_type_is_text(&field->type) ? coarsen_texts(&in, out, error)
						     : coarsen_numbers(&in, out, error);
}
