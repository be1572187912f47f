#ifndef CSTN_SHARING_RELEASE_VIEW_H
#define CSTN_SHARING_RELEASE_VIEW_H

#include <string.h>

#include "table/column_binding.h"
#include "table/stream_type.h"

/* Columns of a release as they lie in memory: nothing is converted, and types that no algorithm
 * reads are whole values of some bytes. */

/* The type of a column of a stream. */
typedef struct cstn__view_type {
	cstn__stream_type is; /* of the values; CSTN__KIND_REFUSED: bytes without a meaning */
	int32_t width;        /* bytes a value; 0: flags, text, nulls */
	int32_t index;        /* enum cstn__physical of a dictionary's indices; 0: it has none */
} cstn__view_type;

/* CSTN_E_SCHEMA, telling the column by its name, for what is nested. */
cstn_status cstn__view_type_read(
		const struct ArrowSchema *schema, cstn__view_type *out, cstn_error **error);
/* The name of the type for which layout does not count: "utf8" of all text, "binary" of bytes of
 * any length, decimals with their bits, else the Arrow format. `format` is of the values. */
void cstn__view_type_name(const cstn__view_type *type, const char *format, cstn__bytes *out);

static inline int cstn__view_type_is_text(const cstn__view_type *type)
{
	return type->is.kind == CSTN__KIND_TEXT || type->is.kind == CSTN__KIND_BYTES;
}

/* A column of a batch; points into itself, so it stays where it is. */
typedef struct cstn__view {
	cstn__column column, dictionary;
	const cstn__view_type *type;
} cstn__view;

/* Checked as table/batch.c does it: CSTN_E_STREAM. `skip` is the batch's offset. */
cstn_status cstn__view_open(cstn__view *out, const cstn__view_type *type, const char *name,
		const struct ArrowArray *array, int64_t skip, int64_t length, cstn_error **error);

/* Where the values are, and which of them is that of a row. */
static inline const cstn__column *cstn__view_values(const cstn__view *view)
{
	return view->column.dictionary ? &view->dictionary : &view->column;
}
static inline int64_t cstn__view_place(const cstn__view *view, int64_t row)
{
	return view->column.dictionary ? cstn__column_index(&view->column, row) : row;
}
/* The same of rows [row, row + n), n <= CSTN__VIEW_BLOCK; of nulls in the indices anything. */
#define CSTN__VIEW_BLOCK 64
static inline void cstn__view_places(const cstn__view *view, int64_t row, size_t n, int64_t *out)
{
	if (view->column.dictionary)
		cstn__column_indices(&view->column, row, (int32_t)n, out);
	else
		for (size_t i = 0; i < n; i++)
			out[i] = row + (int64_t)i;
}
/* Text at a place, in the hot loops. */
static inline const char *cstn__view_text(const cstn__column *values, int64_t place, size_t *len)
{
	const char *text;
	int32_t ends[2];

	if (values->physical == CSTN__TEXT32) {
		memcpy(ends, (const uint8_t *)values->values + (values->offset + place) * 4,
				sizeof(ends));
		*len = (size_t)(ends[1] - ends[0]);
		return (const char *)values->text + ends[0];
	}
	cstn__column_raw_text(values, place, &text, len);
	return text;
}
/* A value of `width` bytes, at a place. */
static inline const uint8_t *cstn__view_fixed(const cstn__view *view, int64_t place)
{
	const cstn__column *values = cstn__view_values(view);

	return (const uint8_t *)values->values + (values->offset + place) * view->type->width;
}

#endif
