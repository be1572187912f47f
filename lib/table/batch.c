/* One batch of a bound stream: checked, and given as column views into it.
 *
 * What the C Data interface lets one check is checked before anyone reads: lengths, offsets, the
 * number of buffers and children, that text ends do not run backwards, that indices lie inside
 * their dictionary (unless the import is trusted) and views inside their buffers. Sizes of plain
 * buffers cannot be known; for those the producer's word is taken. Nothing is copied, whatever the
 * batch's size; only columns that were bound are looked at, so the others may have been moved out.
 *
 * Cost: one pass over text ends, views and dictionary indices; nothing for fixed width columns. */
#include <inttypes.h>
#include <string.h>

#include "base/bitmap.h"
#include "base/error.h"
#include "base/parallel.h"
#include "table/bound.h"
#include "table/stream_type.h"

#define BLOCK 1024
#define INLINE_TEXT 12

static cstn_status broken(const cstn__column *column, cstn_error **error, const char *what)
{
	return cstn__fail(error, CSTN_E_STREAM, "column '%s' of the stream %s", column->name, what);
}

static int64_t buffers_of(const cstn__column *column)
{
	switch (column->physical) {
	case CSTN__NULLS:
		return 0;
	case CSTN__TEXT32:
	case CSTN__TEXT64:
	case CSTN__TEXTVIEW:
		return 3;
	default:
		return 2;
	}
}

/* Number of buffers, and which are there. */
static cstn_status check_buffers(
		const cstn__column *column, const struct ArrowArray *array, cstn_error **error)
{
	int64_t n = buffers_of(column), given = array->n_buffers;

	if (column->physical == CSTN__NULLS                  ? given > 1
			: column->physical == CSTN__TEXTVIEW ? given < n
							     : given != n)
		return cstn__fail(error, CSTN_E_STREAM,
				"column '%s' of the stream has %" PRId64 " buffers, %" PRId64
				" expected",
				column->name, given, n);
	if (given < 0 || (given > 0 && !array->buffers))
		return broken(column, error, "has no buffers");
	if (column->physical == CSTN__NULLS || column->length == 0)
		return CSTN_OK;
	if (!array->buffers[1])
		return broken(column, error, "has rows but no buffer of values");
	if (column->physical == CSTN__TEXTVIEW && given > 3 && !array->buffers[given - 1])
		return broken(column, error, "has text buffers but not their sizes");
	return CSTN_OK;
}

#define ENDS_CHECK(type)                                                                     \
	do {                                                                                 \
		const uint8_t *at = column->values;                                          \
		type first, last, previous;                                                  \
		int backwards;                                                               \
		int64_t i;                                                                   \
		at += column->offset * (int64_t)sizeof(type);                                \
		memcpy(&first, at, sizeof(type));                                            \
		previous = first;                                                            \
		backwards = first < 0;                                                       \
		for (i = 1; i <= column->length; i++) {                                      \
			memcpy(&last, at + (size_t)i * sizeof(type), sizeof(type));          \
			backwards |= last < previous;                                        \
			previous = last;                                                     \
		}                                                                            \
		if (backwards)                                                               \
			return broken(column, error, "has text offsets that run backwards"); \
		if (!column->text && previous > first)                                       \
			return broken(column, error, "has text but no buffer of it");        \
	} while (0)

static cstn_status check_ends(const cstn__column *column, cstn_error **error)
{
	if (column->physical == CSTN__TEXT32)
		ENDS_CHECK(int32_t);
	else
		ENDS_CHECK(int64_t);
	return CSTN_OK;
}

static cstn_status check_views(
		const cstn__column *column, const struct ArrowArray *array, cstn_error **error)
{
	const uint8_t *at = column->values, *sizes = array->buffers[array->n_buffers - 1];
	int64_t row;

	at += column->offset * 16;
	for (row = 0; row < column->length; row++) {
		int32_t view[4];
		int64_t size;

		memcpy(view, at + row * 16, sizeof(view));
		if (view[0] >= 0 && view[0] <= INLINE_TEXT)
			continue;
		if (column->validity &&
				!cstn__bit_get(column->validity, (size_t)(column->offset + row)))
			continue;
		if (view[0] < 0 || view[2] < 0 || view[2] >= column->n_view_buffers || view[3] < 0)
			return broken(column, error, "has a text view outside its buffers");
		memcpy(&size, sizes + (size_t)view[2] * 8, sizeof(size));
		if ((int64_t)view[3] + view[0] > size || !column->view_buffers[view[2]])
			return broken(column, error, "has a text view outside its buffers");
	}
	return CSTN_OK;
}

cstn_status cstn__column_fill(cstn__column *column, const struct ArrowArray *array, int64_t skip,
		int64_t length, cstn_error **error)
{
	int64_t end, last;
	cstn_status status;

	if (!array || !array->release)
		return broken(column, error, "was moved out or released");
	if (array->length < 0 || array->offset < 0 || __builtin_add_overflow(skip, length, &end) ||
			__builtin_add_overflow(array->offset, end, &last) || last > INT64_MAX / 64)
		return broken(column, error, "has a length or offset that is out of range");
	if (array->length < end)
		return cstn__fail(error, CSTN_E_STREAM,
				"column '%s' of the stream has %" PRId64
				" rows, its batch %" PRId64,
				column->name, array->length, end);
	column->length = length;
	column->offset = array->offset + skip;
	status = check_buffers(column, array, error);
	if (status != CSTN_OK)
		return status;
	if (column->physical == CSTN__NULLS || length == 0) {
		column->has_nulls = column->physical == CSTN__NULLS;
		return CSTN_OK;
	}
	column->validity = array->null_count != 0 ? array->buffers[0] : NULL;
	column->has_nulls = column->validity != NULL;
	column->values = array->buffers[1];
	column->aligned = cstn__physical_width(column->physical) > 0 &&
			  (uintptr_t)column->values % (size_t)cstn__physical_width(
								      column->physical) ==
					  0;
	if (column->physical == CSTN__TEXTVIEW) {
		column->view_buffers = array->buffers + 2;
		column->n_view_buffers = array->n_buffers - 3;
		return check_views(column, array, error);
	}
	if (cstn__column_is_text(column)) {
		column->text = array->buffers[2];
		return check_ends(column, error);
	}
	return CSTN_OK;
}

cstn_status cstn__column_check_indices(const cstn__column *column, cstn_error **error)
{
	int64_t indices[BLOCK], start, size = column->dictionary->length;
	uint64_t valid[BLOCK / 64];
	int32_t i, n;

	for (start = 0; start < column->length; start += n) {
		int outside = 0;

		n = column->length - start < BLOCK ? (int32_t)(column->length - start) : BLOCK;
		for (i = 0; i < n; i += 64)
			valid[i / 64] = column->validity
							? cstn__bits_load(column->validity,
									  (size_t)(column->offset +
											  start +
											  i),
									  n - i < 64 ? (size_t)(n - i)
										     : 64)
							: UINT64_MAX;
		cstn__column_indices(column, start, n, indices);
		for (i = 0; i < n; i++)
			outside |= (int)(valid[i / 64] >> (i % 64) & 1) &
				   (indices[i] < 0 || indices[i] >= size);
		if (outside)
			return broken(column, error, "has an index outside its dictionary");
	}
	return CSTN_OK;
}

static cstn_status fill_dictionary(const cstn__bound_slot *slot, int trusted,
		const struct ArrowArray *array, cstn__column *column, cstn__column *dictionary,
		cstn_error **error)
{
	cstn_status status;

	*dictionary = slot->dictionary;
	if (!array->dictionary)
		return broken(column, error, "has lost its dictionary");
	status = cstn__column_fill(
			dictionary, array->dictionary, 0, array->dictionary->length, error);
	if (status != CSTN_OK)
		return status;
	column->dictionary = dictionary;
	if (!trusted)
		status = cstn__column_check_indices(column, error);
	if (status != CSTN_OK)
		return status;
	column->has_nulls |= dictionary->has_nulls;
	if (!dictionary->text_checked)
		dictionary->text_checked =
				cstn__column_is_text(dictionary) &&
				cstn__column_text_is_utf8(dictionary, 0, dictionary->length);
	column->text_checked = dictionary->text_checked;
	return CSTN_OK;
}

cstn_status cstn__batch_check(
		int64_t n_children, const struct ArrowArray *array, cstn_error **error)
{
	int64_t at;

	if (array->length < 0 || array->offset < 0 ||
			array->length > INT64_MAX / 64 - array->offset)
		return cstn__fail(error, CSTN_E_STREAM,
				"a batch of the stream has %" PRId64 " rows from %" PRId64 " on",
				array->length, array->offset);
	if (array->n_children != n_children)
		return cstn__fail(error, CSTN_E_STREAM,
				"a batch of the stream has %" PRId64
				" columns, its schema %" PRId64,
				array->n_children, n_children);
	if (array->n_buffers != 1 || !array->buffers)
		return cstn__fail(error, CSTN_E_STREAM,
				"a batch of the stream has %" PRId64
				" buffers of its own, 1 expected",
				array->n_buffers);
	if (!array->buffers[0] || array->null_count == 0)
		return CSTN_OK;
	for (at = 0; at < array->length; at += 64) {
		size_t n = array->length - at < 64 ? (size_t)(array->length - at) : 64;
		uint64_t word = cstn__bits_load(array->buffers[0], (size_t)(array->offset + at), n);

		if (word != cstn__low_bits(n))
			return cstn__fail(error, CSTN_E_STREAM,
					"row %" PRId64
					" of a batch of the stream is null as a whole",
					at + __builtin_ctzll(~word));
	}
	return CSTN_OK;
}

cstn_status cstn__bound_batch(const cstn__bound *bound, const struct ArrowArray *array,
		cstn__batch *out, cstn_error **error)
{
	cstn__column *columns;
	cstn_status status;
	size_t i;

	status = cstn__batch_check(bound->n_children, array, error);
	if (status != CSTN_OK)
		return status;
	columns = cstn__alloc_zero(&bound->allocator, bound->n * 2 * sizeof(*columns));
	if (!columns)
		return cstn__fail_nomem(error);
	for (i = 0; i < bound->n && status == CSTN_OK; i++) {
		const cstn__bound_slot *slot = &bound->slots[i];
		const struct ArrowArray *child;

		columns[i] = slot->column;
		columns[i].length = array->length;
		if (slot->child < 0 || slot->column.physical == CSTN__ABSENT) {
			columns[i].has_nulls = slot->column.physical == CSTN__ABSENT ||
					       slot->column.constant_null;
			continue;
		}
		child = array->children ? array->children[slot->child] : NULL;
		status = cstn__column_fill(&columns[i], child, array->offset, array->length, error);
		if (status == CSTN_OK && slot->has_dictionary)
			status = fill_dictionary(slot, bound->trusted, child, &columns[i],
					&columns[bound->n + i], error);
	}
	if (status != CSTN_OK) {
		cstn__free(&bound->allocator, columns, bound->n * 2 * sizeof(*columns));
		return status;
	}
	out->length = array->length;
	out->columns = columns;
	out->memory = columns;
	return CSTN_OK;
}

void cstn__batch_free(const cstn__bound *bound, cstn__batch *batch)
{
	cstn__free(&bound->allocator, batch->memory, bound->n * 2 * sizeof(cstn__column));
	batch->memory = NULL;
	batch->columns = NULL;
}

cstn_status cstn__stream_next(
		struct ArrowArrayStream *stream, struct ArrowArray *out, cstn_error **error)
{
	struct ArrowArray array = {0};
	int code = stream->get_next(stream, &array);

	if (code != 0) {
		if (array.release)
			array.release(&array);
		return cstn__stream_fail(stream, code, "next batch", error);
	}
	if (!array.release)
		return CSTN_DONE;
	*out = array;
	return CSTN_OK;
}

static cstn_status each_block(const cstn__batch *batch, cstn__block_fn each, void *context,
		cstn_progress *progress, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	int64_t start;

	for (start = 0; status == CSTN_OK && start < batch->length; start += CSTN__BLOCK_ROWS) {
		int64_t left = batch->length - start;
		int32_t n = (int32_t)(left < CSTN__BLOCK_ROWS ? left : CSTN__BLOCK_ROWS);

		if (progress && cstn_progress_is_cancelled(progress))
			return cstn__fail(error, CSTN_E_CANCELLED, "cancelled");
		status = each(context, batch, start, n, error);
		cstn__progress_add(progress, (uint64_t)n);
	}
	return status;
}

void cstn__bound_name_rows(cstn__bound *bound, size_t column, cstn__row_sink *sink)
{
	bound->named_by = column;
	bound->named = sink;
}

/* The value of the naming column in a row of the batch. */
typedef struct named_batch {
	const cstn__batch *batch;
	size_t by;
} named_batch;

static const char *name_of(
		const void *context, uint64_t row, char room[CSTN__ROW_NAME_SIZE], size_t *len)
{
	const named_batch *of = context;
	const cstn__batch *batch = of->batch;

	if (row < batch->first_row || row - batch->first_row >= (uint64_t)batch->length)
		return NULL;
	return cstn__column_value_text(
			&batch->columns[of->by], (int64_t)(row - batch->first_row), room, len);
}

cstn_status cstn__bound_each(const cstn__bound *bound, struct ArrowArrayStream *stream,
		cstn__block_fn each, void *context, cstn_progress *progress, cstn_error **error)
{
	struct ArrowArray array;
	cstn__batch batch;
	const named_batch of = {&batch, bound->named_by};
	uint64_t rows = 0;
	cstn_status status;

	while ((status = cstn__stream_next(stream, &array, error)) == CSTN_OK) {
		status = cstn__bound_batch(bound, &array, &batch, error);
		if (status == CSTN_OK) {
			batch.first_row = rows;
			rows += (uint64_t)batch.length;
			if (bound->named)
				cstn__row_sink_name(bound->named, name_of, &of);
			status = each_block(&batch, each, context, progress, error);
			if (bound->named)
				cstn__row_sink_name(bound->named, NULL, NULL);
			cstn__batch_free(bound, &batch);
		}
		array.release(&array);
		if (status != CSTN_OK)
			return status;
	}
	return status == CSTN_DONE ? CSTN_OK : status;
}
