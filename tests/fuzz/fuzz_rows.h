#ifndef FUZZ_ROWS_H
#define FUZZ_ROWS_H

#include <math.h>

#include "fuzz.h"

/* Rows as CSV text: any bytes behind a head that is given. */

/* The next page of a source, up to a form feed or its end. */
static inline fuzz_source fuzz_page(fuzz_source *source)
{
	const uint8_t *end = source->size > 0 ? memchr(source->data, '\f', source->size) : NULL;
	fuzz_source page = {source->data, end ? (size_t)(end - source->data) : source->size};

	source->data += page.size + (end != NULL);
	source->size -= page.size + (end != NULL);
	return page;
}

/* A stream of the rows of a page, which may end with an error. */
static inline void fuzz_rows(struct ArrowArrayStream *out, const char *schema, const char *head,
		fuzz_source page)
{
	const size_t len = strlen(head);
	uint8_t *text = malloc(len + page.size);
	cstn_schema *columns = NULL;
	cstn_csv_reader *reader = NULL;

	MUST(text != NULL);
	memcpy(text, head, len);
	if (page.size > 0)
		memcpy(text + len, page.data, page.size);
	MUST(cstn_schema_parse(schema, strlen(schema), NULL, &columns, NULL) == CSTN_OK);
	MUST(cstn_csv_reader_open_bytes(
			     text, len + page.size, columns, NULL, NULL, &reader, NULL) == CSTN_OK);
	memset(out, 0, sizeof(*out));
	MUST(cstn_csv_reader_export(reader, out, NULL) == CSTN_OK);
	cstn_csv_reader_unref(reader);
	cstn_schema_unref(columns);
	free(text);
}

static inline int fuzz_is_valid(const struct ArrowArray *column, int64_t row)
{
	const uint8_t *valid = column->n_buffers > 0 ? column->buffers[0] : NULL;

	row += column->offset;
	return valid == NULL || (valid[row / 8] >> (row % 8) & 1);
}

#define FUZZ_NAMES 8

/* Numbers of a table, all of which must be finite. */
typedef struct fuzz_numbers {
	const char *names[FUZZ_NAMES]; /* columns that are asked for; none: all are, as the first */
	/* of bits by row: the same for the same numbers in the same order */
	uint64_t sum[FUZZ_NAMES];
	int64_t rows;
} fuzz_numbers;

static inline void fuzz_read_column(
		fuzz_numbers *to, const struct ArrowSchema *schema, const struct ArrowArray *column)
{
	const double *values = column->n_buffers > 1 ? column->buffers[1] : NULL;
	size_t at = 0;
	int64_t i;

	if (strcmp(schema->format, "g") != 0)
		return;
	while (at < FUZZ_NAMES && to->names[0] &&
			(!to->names[at] || strcmp(to->names[at], schema->name) != 0))
		at++;
	for (i = 0; i < column->length; i++) {
		double value = fuzz_is_valid(column, i) ? values[column->offset + i] : -0.5;
		uint64_t bits;

		MUST(isfinite(value));
		memcpy(&bits, &value, sizeof(bits));
		if (at < FUZZ_NAMES)
			to->sum[at] = (to->sum[at] ^ bits) * UINT64_C(0x9e3779b97f4a7c15) + 1;
	}
}

/* Every row of a stream, which must not fail. Releases it. */
static inline void fuzz_read_numbers(fuzz_numbers *to, struct ArrowArrayStream *stream)
{
	struct ArrowSchema schema;
	int64_t i;

	MUST(stream->get_schema(stream, &schema) == 0);
	for (;;) {
		struct ArrowArray array;

		MUST(stream->get_next(stream, &array) == 0);
		if (array.release == NULL)
			break;
		MUST(array.length >= 0 && array.n_children == schema.n_children);
		for (i = 0; i < array.n_children; i++)
			fuzz_read_column(to, schema.children[i], array.children[i]);
		to->rows += array.length;
		array.release(&array);
	}
	schema.release(&schema);
	stream->release(stream);
}

/* What a call that takes rows and gives a table must hold to; the numbers of the table, if it came
 * out. Bad rows come exactly where it says so, or where all were bad. */
static inline void fuzz_check_rows(cstn_status status, const struct ArrowArrayStream *rows,
		struct ArrowArrayStream *out, cstn_row_errors *bad, cstn_error *error,
		fuzz_numbers *numbers)
{
	MUST(rows->release == NULL);
	MUST((bad != NULL) == (status == CSTN_E_ROWS));
	MUST((out->release != NULL) == (status == CSTN_OK || status == CSTN_E_ROWS));
	fuzz_check_error(status, error);
	cstn_row_errors_free(bad);
	if (out->release)
		fuzz_read_numbers(numbers, out);
}

#endif
