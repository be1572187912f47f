/* Values of Arrow columns as text. */
#include "rows.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static int bit(const void *bits, int64_t i)
{
	return ((const uint8_t *)bits)[i / 8] >> (i % 8) & 1;
}

static void own_text(cell *out, enum cell_kind kind, size_t len)
{
	out->kind = kind;
	out->text = out->own;
	out->len = len;
}

static void read_days(cell *out, int32_t days)
{
	int32_t year, month, day;

	cstn_civil_from_days(days, &year, &month, &day);
	own_text(out, CELL_TEXT,
			(size_t)snprintf(out->own, sizeof(out->own), "%04d-%02d-%02d", year, month,
					day));
}

void read_cell(const struct ArrowSchema *schema, const struct ArrowArray *array, int64_t row,
		cell *out)
{
	const char *format = schema->format;
	int64_t at = array->offset + row;
	const void *values = array->n_buffers > 1 ? array->buffers[1] : NULL;

	out->kind = CELL_NULL;
	if (format[0] == 'n' || (array->buffers[0] && !bit(array->buffers[0], at)))
		return;
	if (strcmp(format, "u") == 0 || strcmp(format, "z") == 0) {
		const int32_t *ends = values;

		out->kind = CELL_TEXT;
		out->text = (const char *)array->buffers[2] + ends[at];
		out->len = (size_t)(ends[at + 1] - ends[at]);
	} else if (strcmp(format, "l") == 0) {
		own_text(out, CELL_NUMBER,
				(size_t)snprintf(out->own, sizeof(out->own), "%" PRId64,
						((const int64_t *)values)[at]));
	} else if (strcmp(format, "i") == 0) {
		own_text(out, CELL_NUMBER,
				(size_t)snprintf(out->own, sizeof(out->own), "%" PRId32,
						((const int32_t *)values)[at]));
	} else if (strcmp(format, "g") == 0) {
		own_text(out, CELL_NUMBER,
				(size_t)snprintf(out->own, sizeof(out->own), "%.15g",
						((const double *)values)[at]));
	} else if (strcmp(format, "b") == 0) {
		own_text(out, CELL_FLAG,
				(size_t)snprintf(out->own, sizeof(out->own), "%s",
						bit(values, at) ? "true" : "false"));
	} else if (strcmp(format, "tdD") == 0) {
		read_days(out, ((const int32_t *)values)[at]);
	} else if (strncmp(format, "tsu", 3) == 0) {
		own_text(out, CELL_TEXT,
				cstn_time_format(((const int64_t *)values)[at], out->own,
						sizeof(out->own)));
	} else if (strncmp(format, "d:", 2) == 0) {
		const char *comma = strchr(format, ',');
		int64_t value;

		memcpy(&value, (const char *)values + 16 * at, sizeof(value));
		own_text(out, CELL_NUMBER,
				cstn_decimal_format(value, comma ? atoi(comma + 1) : 0, out->own,
						sizeof(out->own)));
	} else {
		own_text(out, CELL_TEXT,
				(size_t)snprintf(out->own, sizeof(out->own), "(%.20s)", format));
	}
}

int is_number(const struct ArrowSchema *schema)
{
	const char *format = schema->format;

	return strcmp(format, "l") == 0 || strcmp(format, "i") == 0 || strcmp(format, "g") == 0 ||
	       strncmp(format, "d:", 2) == 0;
}

void put_json_text(FILE *out, const char *text, size_t len)
{
	size_t i;

	fputc('"', out);
	for (i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c < 0x20)
			fprintf(out, "\\u%04x", c);
		else
			fputc(c, out);
	}
	fputc('"', out);
}
