#include "release_look.h"

#include <check.h>
#include <string.h>

#include "base/bitmap.h"

static int64_t number_at(const void *values, const char *format, int64_t row)
{
	int width = release_width(format);
	const uint8_t *at = (const uint8_t *)values + row * width;
	int64_t out = 0;
	int wide = strchr("csil", format[0]) != NULL; /* signed */

	for (int i = 0; i < width; i++)
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
		out |= (int64_t)((uint64_t)at[width - 1 - i] << 8 * i);
#else
		out |= (int64_t)((uint64_t)at[i] << 8 * i);
#endif
	if (wide && width < 8 && out >> (8 * width - 1) & 1)
		out -= INT64_C(1) << 8 * width;
	return out;
}

static int is_null(const struct ArrowArray *array, int64_t row)
{
	return array->n_buffers && array->null_count && array->buffers[0] &&
	       !cstn__bit_get(array->buffers[0], (size_t)row);
}

/* Where the text of a row is. */
static const uint8_t *text_at(
		const struct ArrowArray *array, const char *format, int64_t row, int64_t *len)
{
	const char *ends = strchr("UZ", format[0]) ? "l" : "i";
	int64_t from = number_at(array->buffers[1], ends, row);

	ck_assert_int_ne(format[0], 'v');
	*len = number_at(array->buffers[1], ends, row + 1) - from;
	ck_assert_int_ge(*len, 0);
	return (const uint8_t *)array->buffers[2] + from;
}

release_cell release_look(
		const struct ArrowSchema *schema, const struct ArrowArray *array, int64_t row)
{
	const char *format = schema->format;
	int width = release_width(format);
	release_cell out = {0};
	const uint8_t *text;
	int64_t len;

	row += array->offset;
	if (width == -1 || is_null(array, row))
		return out;
	if (schema->dictionary)
		return release_look(schema->dictionary, array->dictionary,
				number_at(array->buffers[1], format, row));
	out.valid = 1;
	if (width == -2) {
		text = text_at(array, format, row, &len);
		ck_assert_int_le(len, RELEASE_CELL);
		memcpy(out.bytes, text, (size_t)len);
		out.len = (uint8_t)len;
		return out;
	}
	out.len = (uint8_t)(width ? width : 1);
	if (width)
		memcpy(out.bytes, (const uint8_t *)array->buffers[1] + row * width, (size_t)width);
	else
		out.bytes[0] = (uint8_t)cstn__bit_get(array->buffers[1], (size_t)row);
	return out;
}

static void no_word(const void *data, int64_t size, const void *word, size_t len, const char *name)
{
	const uint8_t *at = data;

	for (int64_t i = 0; i + (int64_t)len <= size; i++)
		ck_assert_msg(memcmp(at + i, word, len) != 0,
				"column '%s' lets see what is no value of it", name);
}

static void check_words(const struct ArrowSchema *schema, const struct ArrowArray *array,
		const void *word, size_t size, const char *name)
{
	int width = release_width(schema->format);
	int64_t n = array->length, len = 0;

	ck_assert_int_eq(array->offset, 0);
	if (width == -1 || n == 0)
		return;
	if (array->buffers[0])
		no_word(array->buffers[0], (n + 7) / 8, word, size, name);
	if (width != -2) {
		no_word(array->buffers[1], width ? n * width : (n + 7) / 8, word, size, name);
	} else {
		const uint8_t *last = text_at(array, schema->format, n - 1, &len);

		no_word(array->buffers[1], (n + 1) * (strchr("UZ", schema->format[0]) ? 8 : 4),
				word, size, name);
		no_word(array->buffers[2], last + len - (const uint8_t *)array->buffers[2], word,
				size, name);
	}
	if (schema->dictionary)
		check_words(schema->dictionary, array->dictionary, word, size, name);
}

void release_check_without(const struct ArrowSchema *schema, const struct ArrowArray *batch,
		const void *word, size_t size)
{
	for (int64_t i = 0; i < batch->n_children; i++)
		check_words(schema->children[i], batch->children[i], word, size,
				schema->children[i]->name);
}

/* --- nothing but values ----------------------------------------------------------------------- */

static void check_row(const struct ArrowSchema *schema, const struct ArrowArray *array, int64_t row)
{
	int width = release_width(schema->format);
	const uint8_t *values = array->buffers[1];
	int64_t len;

	if (!is_null(array, row))
		return;
	if (width == -2) {
		(void)text_at(array, schema->format, row, &len);
		ck_assert_int_eq(len, 0);
	} else if (width == 0) {
		ck_assert(!cstn__bit_get(values, (size_t)row));
	}
	for (int i = 0; i < width; i++)
		ck_assert_uint_eq(values[row * width + i], 0);
}

static void check_bits(const uint8_t *bits, int64_t n)
{
	if (n % 8)
		ck_assert_uint_eq(bits[n / 8] >> (n % 8), 0);
}

static void check_entries(const struct ArrowSchema *schema, const struct ArrowArray *array)
{
	uint8_t used[RELEASE_ROWS] = {0};

	ck_assert_int_le(array->dictionary->length, RELEASE_ROWS);
	for (int64_t i = 0; i < array->length; i++)
		if (!is_null(array, i))
			used[number_at(array->buffers[1], schema->format, i)] = 1;
	for (int64_t i = 0; i < array->dictionary->length; i++)
		ck_assert_msg(used[i], "entry %d of column '%s' is of no row", (int)i,
				schema->name);
}

static void check_array(const struct ArrowSchema *schema, const struct ArrowArray *array)
{
	int width = release_width(schema->format);
	int64_t n = array->length, nulls = 0, len;

	ck_assert_int_eq(array->offset, 0);
	ck_assert_int_eq(array->n_children, 0);
	ck_assert(!schema->dictionary == !array->dictionary);
	if (width == -1) {
		ck_assert_int_eq(array->n_buffers, 0);
		return;
	}
	ck_assert_int_eq(array->n_buffers, width == -2 ? 3 : 2);
	for (int64_t i = 0; i < n; i++) {
		check_row(schema, array, i);
		nulls += is_null(array, i);
	}
	ck_assert_int_eq(array->null_count, nulls);
	if (array->buffers[0] && array->null_count)
		check_bits(array->buffers[0], n);
	if (width == 0)
		check_bits(array->buffers[1], n);
	if (width == -2 && n)
		ck_assert_ptr_eq(text_at(array, schema->format, 0, &len), array->buffers[2]);
	if (schema->dictionary) {
		check_array(schema->dictionary, array->dictionary);
		check_entries(schema, array);
	}
}

void release_check_bare(const struct ArrowSchema *schema, const struct ArrowArray *batch)
{
	ck_assert_int_eq(batch->offset, 0);
	ck_assert_int_eq(batch->n_children, schema->n_children);
	ck_assert_ptr_null(batch->buffers[0]);
	for (int64_t i = 0; i < batch->n_children; i++) {
		ck_assert_int_eq(batch->children[i]->length, batch->length);
		check_array(schema->children[i], batch->children[i]);
	}
	release_check_without(schema, batch, RELEASE_PLANTED, 4);
}
