/* Columns of a release: types by their Arrow formats, batches as views into them.
 *
 * What is not nested can be released as it is, also where no algorithm of the library reads it: a
 * fixed number of bytes is a value. Cost: that of table/batch.c. */
#include "sharing/release_view.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "table/bound.h"

/* The bytes of a value whose meaning is of no account here; 0 for other formats. */
static int32_t opaque_width(const char *format)
{
	static const struct {
		const char *format;
		int32_t width;
	} plain[] = {{"e", 2}, {"tts", 4}, {"ttm", 4}, {"ttu", 8}, {"ttn", 8}, {"tDs", 8},
			{"tDm", 8}, {"tDu", 8}, {"tDn", 8}, {"tiM", 4}, {"tiD", 8}, {"tin", 16}};
	char *end;
	long width;

	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (strcmp(format, plain[i].format) == 0)
			return plain[i].width;
	if (strncmp(format, "w:", 2) != 0)
		return 0;
	width = strtol(format + 2, &end, 10);
	return end == format + 2 || *end || width < 1 || width > INT32_MAX / 64 ? 0
										: (int32_t)width;
}

static cstn_status refuse(const struct ArrowSchema *schema, const cstn__stream_type *is,
		const char *format, cstn_error **error)
{
	return cstn__fail(error, CSTN_E_SCHEMA, "column '%s' is %s (%s); %s",
			schema->name ? schema->name : "", is->name, format, is->way_out);
}

cstn_status cstn__view_type_read(
		const struct ArrowSchema *schema, cstn__view_type *out, cstn_error **error)
{
	const struct ArrowSchema *values = schema->dictionary ? schema->dictionary : schema;
	const char *format = values->format ? values->format : "";
	cstn__view_type type = {.index = 0};

	if (schema->dictionary) {
		cstn__stream_type_read(schema->format, &type.is);
		if (type.is.kind != CSTN__KIND_INTEGER || values->dictionary)
			return cstn__fail(error, CSTN_E_SCHEMA,
					"column '%s' is a dictionary with %s as index; decode it",
					schema->name ? schema->name : "",
					values->dictionary ? "a dictionary" : type.is.name);
		type.index = type.is.physical;
	}
	cstn__stream_type_read(format, &type.is);
	if (type.is.kind == CSTN__KIND_REFUSED) {
		type.width = opaque_width(format);
		if (!type.width)
			return refuse(schema, &type.is, format, error);
	} else if (!cstn__view_type_is_text(&type)) {
		type.width = cstn__physical_width(type.is.physical);
	}
	if (schema->n_children || values->n_children)
		return cstn__fail(error, CSTN_E_SCHEMA,
				"column '%s' has columns of its own; flatten it",
				schema->name ? schema->name : "");
	*out = type;
	return CSTN_OK;
}

void cstn__view_type_name(const cstn__view_type *type, const char *format, cstn__bytes *out)
{
	static const int32_t bits[] = {[CSTN__DEC32] = 32,
			[CSTN__DEC64] = 64,
			[CSTN__DEC128] = 128,
			[CSTN__DEC256] = 256};
	const char *comma;

	switch (type->is.kind) {
	case CSTN__KIND_TEXT:
		cstn__bytes_put_text(out, "utf8");
		break;
	case CSTN__KIND_BYTES:
		cstn__bytes_put_text(out, "binary");
		break;
	case CSTN__KIND_DECIMAL:
		comma = strchr(format, ',');
		cstn__bytes_put(out, format, comma ? (size_t)(comma - format) : strlen(format));
		cstn__bytes_put_format(out, ",%d,%d", type->is.scale, bits[type->is.physical]);
		break;
	default:
		cstn__bytes_put_text(out, format);
		break;
	}
}

cstn_status cstn__view_open(cstn__view *out, const cstn__view_type *type, const char *name,
		const struct ArrowArray *array, int64_t skip, int64_t length, cstn_error **error)
{
	int32_t physical =
			type->is.kind == CSTN__KIND_REFUSED ? (int32_t)CSTN__I8 : type->is.physical;
	cstn_status status;

	memset(out, 0, sizeof(*out));
	out->type = type;
	out->column.name = out->dictionary.name = name;
	out->column.physical = type->index ? type->index : physical;
	status = cstn__column_fill(&out->column, array, skip, length, error);
	if (status != CSTN_OK || !type->index)
		return status;
	if (!array->dictionary)
		return cstn__fail(error, CSTN_E_STREAM,
				"column '%s' of the stream has lost its dictionary", name);
	out->dictionary.physical = physical;
	status = cstn__column_fill(
			&out->dictionary, array->dictionary, 0, array->dictionary->length, error);
	if (status != CSTN_OK)
		return status;
	out->column.dictionary = &out->dictionary;
	out->column.has_nulls |= out->dictionary.has_nulls;
	return cstn__column_check_indices(&out->column, error);
}
