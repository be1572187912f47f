/* Copies of columns that hold what is told and nothing else, and the question whether a column may
 * go without a copy.
 *
 * An Arrow array shows more than its rows: values under nulls, rows before its offset and behind
 * its end, text between its texts, dictionary entries that no row has, bits behind the last one. A
 * column that has none of these may be handed over by reference; others are copied row by row into
 * one block. Cost: a pass over validity, indices and lengths to look; a pass over values to copy.
 */
#include "sharing/release_copy.h"

#include <string.h>

#include "base/alloc.h"
#include "base/bitmap.h"
#include "base/error.h"

#define ALIGNMENT 64

/* --- arrays in a block ------------------------------------------------------------------------ */

typedef struct block {
	cstn_allocator allocator;
	size_t size;
	const void *buffers[3];
	struct ArrowArray dictionary;
} block;

static void block_release(struct ArrowArray *array)
{
	block *own = array->private_data;
	cstn_allocator allocator = own->allocator;

	if (own->dictionary.release)
		own->dictionary.release(&own->dictionary);
	array->release = NULL;
	cstn__free_aligned(&allocator, own, own->size, ALIGNMENT);
}

static size_t rounded(size_t size)
{
	return size > SIZE_MAX - ALIGNMENT ? SIZE_MAX
					   : (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static size_t sum(size_t a, size_t b)
{
	return a > SIZE_MAX - b ? SIZE_MAX : a + b;
}

cstn_status cstn__release_array_new(const cstn_allocator *allocator, int64_t length,
		const size_t sizes[3], struct ArrowArray *out, uint8_t *data[3], cstn_error **error)
{
	size_t head = rounded(sizeof(block)), size = head, at = head, i;
	block *own;

	for (i = 0; i < 3; i++)
		size = sum(size, rounded(sizes[i]));
	own = cstn__alloc_aligned(allocator, size, ALIGNMENT);
	memset(out, 0, sizeof(*out));
	if (!own)
		return cstn__fail_nomem(error);
	memset(own, 0, head);
	own->allocator = *allocator;
	own->size = size;
	out->length = length;
	for (i = 0; i < 3; i++) {
		data[i] = (uint8_t *)own + at;
		if (sizes[i]) {
			memset(data[i] + sizes[i], 0, rounded(sizes[i]) - sizes[i]);
			own->buffers[i] = data[i];
		}
		at += rounded(sizes[i]);
	}
	if (sizes[0])
		memset(data[0], 0, sizes[0]);
	out->buffers = own->buffers;
	out->release = block_release;
	out->private_data = own;
	return CSTN_OK;
}

struct ArrowArray *cstn__release_array_dictionary(struct ArrowArray *array)
{
	return &((block *)array->private_data)->dictionary;
}

/* --- validity --------------------------------------------------------------------------------- */

static int64_t validity_of_all(const cstn__view *view, int64_t n, uint8_t *out)
{
	int64_t valid = 0, at;

	for (at = 0; at < n; at += 64) {
		size_t bits = n - at < 64 ? (size_t)(n - at) : 64;
		uint64_t word = cstn__column_valid64(&view->column, at) & cstn__low_bits(bits);

		valid += __builtin_popcountll(word);
		for (size_t byte = 0; out && byte * 8 < bits; byte++)
			out[(size_t)at / 8 + byte] = (uint8_t)(word >> 8 * byte);
	}
	return n - valid;
}

int64_t cstn__release_validity(const cstn__view *view, const int64_t *rows, int64_t n, uint8_t *out)
{
	int64_t nulls = 0, i;

	if (view->type->is.kind == CSTN__KIND_NULL)
		return n;
	if (!rows && view->column.has_nulls)
		return validity_of_all(view, n, out);
	for (i = 0; i < n; i++) {
		int valid = !view->column.has_nulls ||
			    cstn__column_is_valid(&view->column, rows[i]);

		nulls += !valid;
		if (valid && out)
			cstn__bit_set(out, (size_t)i);
		else if (!out && !view->column.has_nulls)
			break;
	}
	return nulls;
}

static int is_there(const cstn__view *view, int64_t row)
{
	return !view->column.has_nulls || cstn__column_is_valid(&view->column, row);
}

/* --- values ----------------------------------------------------------------------------------- */

/* Some rows of a column without a dictionary; of nulls there are `nulls`. */
typedef struct copying {
	const cstn__view *view;
	const int64_t *rows;
	int64_t n, nulls;
	const cstn_allocator *allocator;
} copying;

static size_t bits_size(const copying *in)
{
	return in->nulls ? cstn__release_bits_size(in->n) : 0;
}

/* What all copies begin with. */
static cstn_status begin(const copying *in, size_t values, size_t text, struct ArrowArray *out,
		uint8_t *data[3], cstn_error **error)
{
	const size_t sizes[3] = {bits_size(in), values, text};
	cstn_status status = cstn__release_array_new(in->allocator, in->n, sizes, out, data, error);

	if (status != CSTN_OK)
		return status;
	out->null_count = in->nulls;
	if (in->nulls)
		(void)cstn__release_validity(in->view, in->rows, in->n, data[0]);
	return CSTN_OK;
}

static int copied_is_valid(const copying *in, uint8_t *const data[3], int64_t i)
{
	return !in->nulls || cstn__bit_get(data[0], (size_t)i);
}

static void gather(const copying *in, uint8_t *const data[3], size_t width)
{
	const uint8_t *from = cstn__view_fixed(in->view, 0);
	uint8_t *to = data[1];

	for (int64_t i = 0; i < in->n; i++, to += width) {
		const uint8_t *value = from + (size_t)in->rows[i] * width;

		if (!copied_is_valid(in, data, i))
			memset(to, 0, width);
		else
			memcpy(to, value, width);
	}
}

/* All rows in one piece, then zeros under the nulls. */
static void copy_all(const copying *in, uint8_t *const data[3], size_t width)
{
	memcpy(data[1], cstn__view_fixed(in->view, 0), (size_t)in->n * width);
	for (int64_t row = 0; in->nulls && row < in->n; row += 64) {
		size_t n = in->n - row < 64 ? (size_t)(in->n - row) : 64;
		uint64_t null = ~cstn__bits_load(data[0], (size_t)row, n) & cstn__low_bits(n);

		for (; null; null &= null - 1)
			memset(data[1] + ((size_t)row + (size_t)__builtin_ctzll(null)) * width, 0,
					width);
	}
}

static cstn_status copy_fixed(const copying *in, struct ArrowArray *out, cstn_error **error)
{
	size_t width = (size_t)in->view->type->width;
	uint8_t *data[3];
	cstn_status status = begin(in, cstn__array_size((size_t)in->n, width), 0, out, data, error);

	if (status != CSTN_OK)
		return status;
	out->n_buffers = 2;
	if (in->n == 0)
		return CSTN_OK;
	if (!in->rows)
		copy_all(in, data, width);
	/* the widths of most columns, known to the compiler */
	else if (width == 8)
		gather(in, data, 8);
	else if (width == 4)
		gather(in, data, 4);
	else
		gather(in, data, width);
	return CSTN_OK;
}

static cstn_status copy_flags(const copying *in, struct ArrowArray *out, cstn_error **error)
{
	const cstn__column *values = &in->view->column;
	size_t size = cstn__release_bits_size(in->n);
	uint8_t *data[3];
	cstn_status status = begin(in, size, 0, out, data, error);

	if (status != CSTN_OK)
		return status;
	out->n_buffers = 2;
	memset(data[1], 0, size);
	for (int64_t i = 0; i < in->n; i++) {
		size_t at = (size_t)(values->offset + cstn__release_row(in->rows, i));

		if (copied_is_valid(in, data, i) && cstn__bit_get(values->values, at))
			cstn__bit_set(data[1], (size_t)i);
	}
	return CSTN_OK;
}

static size_t text_bytes(const copying *in)
{
	size_t bytes = 0, len;

	for (int64_t i = 0; i < in->n; i++) {
		int64_t row = cstn__release_row(in->rows, i);

		if (in->nulls && !is_there(in->view, row))
			continue;
		(void)cstn__view_text(&in->view->column, row, &len);
		bytes = sum(bytes, len);
	}
	return bytes;
}

static cstn_status copy_text(const copying *in, struct ArrowArray *out, cstn_error **error)
{
	int narrow = in->view->column.physical == CSTN__TEXT32;
	size_t width = narrow ? 4 : 8, size = text_bytes(in), len;
	uint8_t *data[3];
	int64_t at = 0;
	const char *text;
	/* there is a byte where there is no text: not all readers take a buffer that is NULL */
	cstn_status status = begin(in, cstn__array_size((size_t)in->n + 1, width), sum(size, 1),
			out, data, error);

	if (status != CSTN_OK)
		return status;
	out->n_buffers = 3;
	memset(data[1], 0, width);
	data[2][size] = 0;
	for (int64_t i = 0; i < in->n; i++) {
		if (copied_is_valid(in, data, i)) {
			text = cstn__view_text(
					&in->view->column, cstn__release_row(in->rows, i), &len);
			if (len)
				memcpy(data[2] + at, text, len);
			at += (int64_t)len;
		}
		if (narrow)
			((int32_t *)(void *)data[1])[i + 1] = (int32_t)at;
		else
			((int64_t *)(void *)data[1])[i + 1] = at;
	}
	return CSTN_OK;
}

static cstn_status copy_nulls(const copying *in, struct ArrowArray *out, cstn_error **error)
{
	const size_t none[3] = {0, 0, 0};
	uint8_t *data[3];
	cstn_status status = cstn__release_array_new(in->allocator, in->n, none, out, data, error);

	if (status == CSTN_OK)
		out->null_count = in->n;
	return status;
}

static cstn_status copy_values(const copying *in, struct ArrowArray *out, cstn_error **error)
{
	const cstn__view_type *type = in->view->type;

	if (type->is.kind == CSTN__KIND_NULL)
		return copy_nulls(in, out, error);
	if (cstn__view_type_is_text(type))
		return copy_text(in, out, error);
	return type->width ? copy_fixed(in, out, error) : copy_flags(in, out, error);
}

/* --- dictionaries ----------------------------------------------------------------------------- */

/* Of each entry its new number plus 1, 0 for those that no row has; and the entries that are left.
 */
typedef struct entries {
	int64_t *number, *kept;
	size_t size;
	int64_t n;
} entries;

static void mark_all(const cstn__view *view, int64_t n, int64_t *number)
{
	int64_t places[CSTN__VIEW_BLOCK];

	for (int64_t row = 0; row < n; row += CSTN__VIEW_BLOCK) {
		size_t some = n - row < CSTN__VIEW_BLOCK ? (size_t)(n - row) : CSTN__VIEW_BLOCK;

		cstn__view_places(view, row, some, places);
		for (size_t i = 0; i < some; i++)
			number[places[i]] = 1;
	}
}

static void mark(const cstn__view *view, const int64_t *rows, int64_t n, int64_t *number)
{
	if (!rows && !view->column.has_nulls) {
		mark_all(view, n, number);
		return;
	}
	for (int64_t i = 0; i < n; i++) {
		int64_t row = cstn__release_row(rows, i);

		if (is_there(view, row))
			number[cstn__column_index(&view->column, row)] = 1;
	}
}

static int find_entries(const cstn__view *view, const int64_t *rows, int64_t n,
		const cstn_allocator *allocator, entries *out)
{
	int64_t most = view->dictionary.length;

	out->size = cstn__array_size((size_t)most, 2 * sizeof(int64_t));
	out->number = cstn__alloc_zero(allocator, out->size);
	if (!out->number)
		return -1;
	out->kept = out->number + most;
	out->n = 0;
	mark(view, rows, n, out->number);
	for (int64_t i = 0; i < most; i++)
		if (out->number[i]) {
			out->kept[out->n++] = i;
			out->number[i] = out->n;
		}
	return 0;
}

static void put_index(uint8_t *to, int32_t width, int64_t value)
{
	int8_t i8 = (int8_t)value;
	int16_t i16 = (int16_t)value;
	int32_t i32 = (int32_t)value;

	switch (width) {
	case 1:
		memcpy(to, &i8, 1);
		break;
	case 2:
		memcpy(to, &i16, 2);
		break;
	case 4:
		memcpy(to, &i32, 4);
		break;
	default:
		memcpy(to, &value, 8);
		break;
	}
}

/* The values of a dictionary as a column of their own. */
static void values_view(const cstn__view *view, cstn__view_type *type, cstn__view *out)
{
	*type = *view->type;
	type->index = 0;
	memset(out, 0, sizeof(*out));
	out->column = view->dictionary;
	out->type = type;
}

static cstn_status copy_indices(
		const copying *in, const entries *of, struct ArrowArray *out, cstn_error **error)
{
	int32_t width = cstn__physical_width(in->view->type->index);
	uint8_t *data[3];
	cstn_status status = begin(
			in, cstn__array_size((size_t)in->n, (size_t)width), 0, out, data, error);

	if (status != CSTN_OK)
		return status;
	out->n_buffers = 2;
	for (int64_t i = 0; i < in->n; i++) {
		int64_t row = cstn__release_row(in->rows, i), number = 0;

		if (copied_is_valid(in, data, i))
			number = of->number[cstn__column_index(&in->view->column, row)] - 1;
		put_index(data[1] + (size_t)i * (size_t)width, width, number);
	}
	return CSTN_OK;
}

static cstn_status copy_dictionary(const copying *in, struct ArrowArray *out, cstn_error **error)
{
	cstn__view_type type;
	cstn__view values;
	copying inner = {&values, NULL, 0, 0, in->allocator};
	entries of;
	cstn_status status;

	if (find_entries(in->view, in->rows, in->n, in->allocator, &of) != 0)
		return cstn__fail_nomem(error);
	status = copy_indices(in, &of, out, error);
	if (status == CSTN_OK) {
		values_view(in->view, &type, &values);
		inner.rows = of.kept;
		inner.n = of.n;
		status = copy_values(&inner, cstn__release_array_dictionary(out), error);
		if (status == CSTN_OK)
			out->dictionary = cstn__release_array_dictionary(out);
		else
			out->release(out);
	}
	cstn__free(in->allocator, of.number, of.size);
	return status;
}

cstn_status cstn__release_copy(const cstn__view *view, const int64_t *rows, int64_t n,
		const cstn_allocator *allocator, struct ArrowArray *out, cstn_error **error)
{
	const copying in = {view, rows, n, cstn__release_validity(view, rows, n, NULL), allocator};

	return view->column.dictionary ? copy_dictionary(&in, out, error)
				       : copy_values(&in, out, error);
}

/* --- by reference ----------------------------------------------------------------------------- */

/* No offset, no rows behind the end, no values under nulls, nothing below it that its type does not
 * have. */
static int array_is_clean(const cstn__column *column, const struct ArrowArray *array)
{
	const uint8_t *bits = array->n_buffers ? array->buffers[0] : NULL;

	return column->offset == 0 && array->length == column->length && array->n_children == 0 &&
	       !array->children &&
	       (!bits || cstn__bits_count(bits, 0, (size_t)column->length) ==
					       (size_t)column->length);
}

static int values_are_clean(const cstn__column *values, const cstn__view_type *type)
{
	int64_t first = 0;

	if (type->is.kind == CSTN__KIND_NULL || values->physical == CSTN__TEXTVIEW ||
			values->length == 0)
		return 0;
	if (values->physical == CSTN__TEXT32) {
		int32_t narrow;

		memcpy(&narrow, values->values, sizeof(narrow));
		first = narrow;
	} else if (values->physical == CSTN__TEXT64) {
		memcpy(&first, values->values, sizeof(first));
	} else if (type->width == 0 && values->length % 8 != 0) {
		const uint8_t *bits = values->values;

		return bits[values->length / 8] >> (values->length % 8) == 0;
	}
	return first == 0;
}

int cstn__release_is_clean(const cstn__view *view, const struct ArrowArray *array,
		const cstn_allocator *allocator)
{
	entries of;
	int all;

	if (!array_is_clean(&view->column, array))
		return 0;
	if (!view->column.dictionary)
		return !array->dictionary && values_are_clean(&view->column, view->type);
	if (!array_is_clean(&view->dictionary, array->dictionary) ||
			array->dictionary->dictionary ||
			!values_are_clean(&view->dictionary, view->type) ||
			view->column.length == 0)
		return 0;
	if (find_entries(view, NULL, view->column.length, allocator, &of) != 0)
		return -1;
	all = of.n == view->dictionary.length;
	cstn__free(allocator, of.number, of.size);
	return all;
}
