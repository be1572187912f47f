/* One column of one batch: validity, indices, text.
 *
 * A column view is a few pointers into the producer's buffers; nothing is copied. Buffers may lie
 * at any address, so every load goes through memcpy(), which compilers turn into a plain load. Null
 * means null in the index, in the dictionary, or by the binding's word for a text. Cost: O(1) a
 * text, O(1) for 64 validity bits; a dictionary with nulls costs a look-up a row. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/bitmap.h"
#include "base/text.h"
#include "table/column_binding.h"
#include "table/stream_type.h"

typedef struct text_view {
	int32_t len;
	char prefix[4];
	int32_t buffer, offset;
} text_view;
_Static_assert(sizeof(text_view) == 16, "as Arrow lays it out");
#define INLINE_TEXT 12

/* --- validity --------------------------------------------------------------------------------- */

static int row_bit(const cstn__column *column, int64_t row)
{
	return !column->validity || cstn__bit_get(column->validity, (size_t)(column->offset + row));
}

int cstn__column_is_valid(const cstn__column *column, int64_t row)
{
	switch (column->physical) {
	case CSTN__ABSENT:
	case CSTN__NULLS:
		return 0;
	case CSTN__CONSTANT:
		return !column->constant_null;
	default:
		if (!row_bit(column, row))
			return 0;
		return !column->dictionary || !column->dictionary->has_nulls ||
		       cstn__column_is_valid(column->dictionary, cstn__column_index(column, row));
	}
}

uint64_t cstn__column_valid64(const cstn__column *column, int64_t start)
{
	size_t n = column->length - start < 64 ? (size_t)(column->length - start) : 64, i;
	uint64_t word;

	if (column->physical == CSTN__ABSENT || column->physical == CSTN__NULLS ||
			(column->physical == CSTN__CONSTANT && column->constant_null))
		return 0;
	word = column->validity ? cstn__bits_load(column->validity,
						  (size_t)(column->offset + start), n)
				: cstn__low_bits(n);
	if (column->dictionary && column->dictionary->has_nulls)
		for (i = 0; i < n; i++)
			if (word >> i & 1 && !cstn__column_is_valid(column->dictionary,
							     cstn__column_index(column,
									     start + (int64_t)i)))
				word &= ~(UINT64_C(1) << i);
	return word;
}

/* --- dictionary indices ----------------------------------------------------------------------- */

int64_t cstn__column_index(const cstn__column *column, int64_t row)
{
	const uint8_t *at = column->values;
	union {
		int8_t i8;
		uint8_t u8;
		int16_t i16;
		uint16_t u16;
		int32_t i32;
		uint32_t u32;
		int64_t i64;
	} value;

	row += column->offset;
	switch (column->physical) {
	case CSTN__I8:
		memcpy(&value.i8, at + row, 1);
		return value.i8;
	case CSTN__U8:
		return at[row];
	case CSTN__I16:
		memcpy(&value.i16, at + row * 2, 2);
		return value.i16;
	case CSTN__U16:
		memcpy(&value.u16, at + row * 2, 2);
		return value.u16;
	case CSTN__I32:
		memcpy(&value.i32, at + row * 4, 4);
		return value.i32;
	case CSTN__U32:
		memcpy(&value.u32, at + row * 4, 4);
		return value.u32;
	default: /* also uint64: an index above INT64_MAX comes out negative and is refused */
		memcpy(&value.i64, at + row * 8, 8);
		return value.i64;
	}
}

#define INDICES(type)                                                                 \
	for (i = 0; i < n; i++) {                                                     \
		type value;                                                           \
		memcpy(&value, at + (row + i) * (int64_t)sizeof(type), sizeof(type)); \
		out[i] = (int64_t)value;                                              \
	}                                                                             \
	break

void cstn__column_indices(const cstn__column *column, int64_t start, int32_t n, int64_t *out)
{
	const uint8_t *at = column->values;
	int64_t row = column->offset + start;
	int32_t i;

	switch (column->physical) {
	case CSTN__I8:
		INDICES(int8_t);
	case CSTN__U8:
		INDICES(uint8_t);
	case CSTN__I16:
		INDICES(int16_t);
	case CSTN__U16:
		INDICES(uint16_t);
	case CSTN__I32:
		INDICES(int32_t);
	case CSTN__U32:
		INDICES(uint32_t);
	default: /* as above */
		INDICES(int64_t);
	}
}

cstn_status cstn__column_read_index(
		const cstn__column *column, int64_t start, int32_t n, int64_t *out, uint64_t *valid)
{
	int32_t i, word;

	for (word = 0; word * 64 < n; word++)
		valid[word] = cstn__column_valid64(column, start + word * 64) &
			      cstn__low_bits((size_t)(n - word * 64));
	for (i = 0; i < n; i++)
		out[i] = valid[i / 64] >> (i % 64) & 1 ? cstn__column_index(column, start + i) : 0;
	return CSTN_OK;
}

/* --- text ------------------------------------------------------------------------------------- */

void cstn__column_raw_text(const cstn__column *column, int64_t row, const char **text, size_t *len)
{
	const uint8_t *at = column->values;
	int32_t ends32[2];
	int64_t ends64[2];
	text_view view;

	row += column->offset;
	switch (column->physical) {
	case CSTN__TEXT32:
		memcpy(ends32, at + row * 4, sizeof(ends32));
		*text = (const char *)column->text + ends32[0];
		*len = (size_t)(ends32[1] - ends32[0]);
		break;
	case CSTN__TEXT64:
		memcpy(ends64, at + row * 8, sizeof(ends64));
		*text = (const char *)column->text + ends64[0];
		*len = (size_t)(ends64[1] - ends64[0]);
		break;
	default:
		at += row * 16;
		memcpy(&view, at, sizeof(view));
		*len = (size_t)view.len;
		*text = view.len <= INLINE_TEXT ? (const char *)at + 4
						: (const char *)column->view_buffers[view.buffer] +
								  view.offset;
		break;
	}
	if (!column->text && column->physical != CSTN__TEXTVIEW)
		*text = ""; /* all are empty */
}

static int is_missing(const cstn__schema_column *declared, const char *text, size_t len)
{
	size_t i;

	for (i = 0; declared && i < declared->n_missing; i++)
		if (declared->missing_len[i] == len && memcmp(declared->missing[i], text, len) == 0)
			return 1;
	return 0;
}

/* The binding's word for a text; 1 if it is null. */
static int map_text(const cstn__column_binding *binding, const char **text, size_t *len)
{
	const cstn__binding_entry *map = binding->map;
	const cstn__mapped *to = NULL;
	uint32_t code;

	if (is_missing(binding->declared, *text, *len))
		return 1;
	if (map && map->has_map) {
		code = cstn__interner_find(&map->from, *text, *len);
		if (code != UINT32_MAX)
			to = &map->to.items[code];
	}
	if (!to && map && map->has_other)
		to = &map->other;
	if (!to)
		return 0;
	if (!to->text)
		return 1;
	*text = to->text;
	*len = to->len;
	return 0;
}

int cstn__column_read_text(const cstn__column *column, int64_t row, const char **text, size_t *len)
{
	switch (column->physical) {
	case CSTN__ABSENT:
	case CSTN__NULLS:
		return 1;
	case CSTN__CONSTANT:
		*text = column->constant_text;
		*len = column->constant_len;
		return column->constant_null;
	default:
		break;
	}
	if (!row_bit(column, row))
		return 1;
	if (column->dictionary)
		return cstn__column_read_text(
				column->dictionary, cstn__column_index(column, row), text, len);
	cstn__column_raw_text(column, row, text, len);
	return cstn__column_is_mapped(column) ? map_text(column->binding, text, len) : 0;
}

static int is_ascii(const uint8_t *data, size_t size)
{
	uint64_t found = 0, word;
	size_t i = 0;

	for (; i + sizeof(word) <= size; i += sizeof(word)) {
		memcpy(&word, data + i, sizeof(word));
		found |= word;
	}
	for (; i < size; i++)
		found |= data[i];
	return (found & UINT64_C(0x8080808080808080)) == 0;
}

/* No text begins inside a character. */
#define BEGINS(type)                                                          \
	do {                                                                  \
		const uint8_t *at = column->values;                           \
		type from, to;                                                \
		at += (column->offset + start) * (int64_t)sizeof(type);       \
		memcpy(&from, at, sizeof(from));                              \
		for (i = 1; i <= n; i++, from = to) {                         \
			memcpy(&to, at + (size_t)i * sizeof(to), sizeof(to)); \
			if (to > from && (column->text[from] & 0xc0) == 0x80) \
				return 0;                                     \
		}                                                             \
	} while (0)

/* UTF-8 of all text of rows whose bytes lie together: the whole must be UTF-8, and no text may
 * begin inside a character. Null rows count too, so 0 only means: look closer. */
static int run_is_utf8(const cstn__column *column, int64_t start, int64_t n)
{
	const char *first, *last;
	size_t first_len, last_len, size;
	int64_t i;

	if (column->physical == CSTN__TEXTVIEW || n == 0)
		return n == 0;
	cstn__column_raw_text(column, start, &first, &first_len);
	cstn__column_raw_text(column, start + n - 1, &last, &last_len);
	size = (size_t)(last - first) + last_len;
	if (size == 0)
		return 1;
	if (is_ascii((const uint8_t *)first, size))
		return 1;
	if (!cstn__utf8_is_valid((const uint8_t *)first, size))
		return 0;
	if (column->physical == CSTN__TEXT32)
		BEGINS(int32_t);
	else
		BEGINS(int64_t);
	return 1;
}

static int row_is_utf8(const cstn__column *column, int64_t row)
{
	const char *text;
	size_t len;

	if (!cstn__column_is_valid(column, row))
		return 1;
	if (column->dictionary)
		return row_is_utf8(column->dictionary, cstn__column_index(column, row));
	cstn__column_raw_text(column, row, &text, &len);
	return cstn__utf8_is_valid((const uint8_t *)text, len);
}

#define RUN 1024

int cstn__column_text_is_utf8(const cstn__column *column, int64_t start, int64_t n)
{
	int64_t from, row;

	for (from = start; from < start + n; from += RUN) {
		int64_t to = from + RUN < start + n ? from + RUN : start + n;

		if (run_is_utf8(column, from, to - from))
			continue;
		for (row = from; row < to; row++)
			if (!row_is_utf8(column, row))
				return 0;
	}
	return 1;
}

/* Rows [start, start + n), n <= 64, as bits: not UTF-8, and null where null is no value. */
static void check_rows(const cstn__column *column, int64_t start, int32_t n, uint64_t *not_utf8,
		uint64_t *null)
{
	uint64_t valid = cstn__column_valid64(column, start) & cstn__low_bits((size_t)n);
	const char *text;
	size_t len;
	int32_t i;

	*not_utf8 = 0;
	*null = 0;
	if (valid && !column->text_checked &&
			(column->dictionary || !run_is_utf8(column, start, n)))
		for (i = 0; i < n; i++)
			if (valid >> i & 1 && !row_is_utf8(column, start + i))
				*not_utf8 |= UINT64_C(1) << i;
	if (cstn__column_is_nullable(column) || column->physical == CSTN__ABSENT)
		return;
	if (cstn__column_is_mapped(column))
		for (i = 0; i < n; i++)
			if (valid >> i & 1 &&
					cstn__column_read_text(column, start + i, &text, &len) != 0)
				valid &= ~(UINT64_C(1) << i);
	*null = ~valid & cstn__low_bits((size_t)n);
}

static cstn_status report(const cstn__column *column, int64_t start, uint64_t bits,
		uint64_t first_row, int32_t code, cstn__row_sink *sink)
{
	char buffer[CSTN__VALUE_TEXT_SIZE];
	cstn_status status = CSTN_OK;

	for (; bits && sink && status == CSTN_OK; bits &= bits - 1) {
		int64_t row = start + __builtin_ctzll(bits);
		const char *text;
		size_t len = 0;

		text = code == CSTN_ROW_NULL ? NULL
					     : cstn__column_value_text(column, row, buffer, &len);
		status = cstn__row_sink_add(sink, first_row + (uint64_t)row, column->field,
				column->name, code, text, len);
	}
	return status;
}

cstn_status cstn__column_check_text(const cstn__column *column, int64_t start, int64_t n,
		uint64_t first_row, uint64_t *bad, cstn__row_sink *sink)
{
	cstn_status status = CSTN_OK;
	int64_t at;
	uint64_t not_utf8, null;
	int nullable = cstn__column_is_nullable(column) || column->physical == CSTN__ABSENT;

	if (column->type != CSTN_TYPE_TEXT && column->type != CSTN_TYPE_BYTES)
		return CSTN_OK;
	if (column->physical == CSTN__CONSTANT || (nullable && column->text_checked))
		return CSTN_OK;
	for (at = 0; at < n && status == CSTN_OK; at += 64) {
		if (at % RUN == 0 && nullable && cstn__column_is_text(column) &&
				!column->dictionary &&
				run_is_utf8(column, start + at, n - at < RUN ? n - at : RUN)) {
			at += RUN - 64;
			continue;
		}
		check_rows(column, start + at, n - at < 64 ? (int32_t)(n - at) : 64, &not_utf8,
				&null);
		if (bad)
			bad[at / 64] |= not_utf8 | null;
		if (not_utf8)
			status = report(column, start + at, not_utf8, first_row, CSTN_ROW_UTF8,
					sink);
		if (null && status == CSTN_OK)
			status = report(column, start + at, null, first_row, CSTN_ROW_NULL, sink);
	}
	return status;
}

/* --- values for messages ---------------------------------------------------------------------- */

const char *cstn__column_value_text(const cstn__column *column, int64_t row,
		char buffer[CSTN__VALUE_TEXT_SIZE], size_t *len)
{
	const uint8_t *at = column->values;
	const char *text = NULL;
	double value;
	float narrow;
	uint64_t word;

	*len = 0;
	if (!cstn__column_is_valid(column, row) || column->physical == CSTN__CONSTANT)
		return NULL;
	if (column->dictionary)
		return cstn__column_value_text(
				column->dictionary, cstn__column_index(column, row), buffer, len);
	if (cstn__column_is_text(column)) {
		cstn__column_raw_text(column, row, &text, len);
		return text;
	}
	at += (column->offset + row) * cstn__physical_width(column->physical);
	switch (column->physical) {
	case CSTN__BIT:
		*len = 1;
		buffer[0] = cstn__bit_get(column->values, (size_t)(column->offset + row)) ? '1'
											  : '0';
		break;
	case CSTN__F32:
		memcpy(&narrow, at, sizeof(narrow));
		*len = cstn__format_double((double)narrow, buffer);
		break;
	case CSTN__F64:
		memcpy(&value, at, sizeof(value));
		*len = cstn__format_double(value, buffer);
		break;
	case CSTN__U64:
		memcpy(&word, at, sizeof(word));
		*len = (size_t)snprintf(buffer, CSTN__VALUE_TEXT_SIZE, "%" PRIu64, word);
		break;
	case CSTN__DEC32:
	case CSTN__DEC64:
	case CSTN__DEC128:
	case CSTN__DEC256:
		*len = cstn__decimal_text(at, column->physical,
				column->scale - (column->binding ? column->binding->shift : 0),
				buffer);
		break;
	default:
		*len = (size_t)snprintf(buffer, CSTN__VALUE_TEXT_SIZE, "%" PRId64,
				cstn__column_index(column, row));
		break;
	}
	return buffer;
}

/* --- in place --------------------------------------------------------------------------------- */

static const void *in_place(
		const cstn__column *column, int32_t plain, int32_t decimal, size_t width)
{
	const cstn__column_binding *binding = column->binding;

	if (column->dictionary || !column->aligned || column->multiply > 1 || column->divide > 1)
		return NULL;
	if (column->wall && !(binding && binding->fixed_zone && binding->fixed_us == 0))
		return NULL;
	if (column->physical != plain &&
			!(column->physical == decimal && binding && binding->shift == 0))
		return NULL;
	if (!column->values)
		return NULL;
	return (const uint8_t *)column->values + (size_t)column->offset * width;
}

const int32_t *cstn__column_in_place_i32(const cstn__column *column)
{
	return in_place(column, CSTN__I32, CSTN__DEC32, 4);
}

const int64_t *cstn__column_in_place_i64(const cstn__column *column)
{
	if (column->type == CSTN_TYPE_INT32 || column->type == CSTN_TYPE_DAYS ||
			column->type == CSTN_TYPE_DOUBLE)
		return NULL;
	return in_place(column, CSTN__I64, CSTN__DEC64, 8);
}
