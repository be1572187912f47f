/* Numbers and texts of models in JSON, and table columns named after features. */
#include "segment/model_text.h"

#include <math.h>

#include "base/error.h"
#include "base/text.h"

cstn_status cstn__model_get_param(const cstn__model_param *params, size_t n, const char *what,
		const char *name, double *out, cstn_error **error)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(name, params[i].name) == 0) {
			*out = params[i].value;
			return CSTN_OK;
		}
	return cstn__fail(error, CSTN_E_NOT_FOUND, "%s has no '%s'", what, name);
}

void cstn__model_value(cstn__bytes *out, double value)
{
	char buffer[32];
	size_t len = cstn__format_double(value, buffer);

	if (isfinite(value))
		cstn__bytes_put(out, buffer, len);
	else
		cstn__bytes_put_text(out, "null");
}

void cstn__model_number(cstn__bytes *out, const char *name, double value)
{
	cstn__bytes_put_format(out, "\"%s\":", name);
	cstn__model_value(out, value);
}

void cstn__model_text(cstn__bytes *out, const char *text, size_t len)
{
	size_t i;

	cstn__bytes_put_u8(out, '"');
	for (i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c < 0x20)
			cstn__bytes_put_format(out, "\\u%04x", c);
		else if (c == '"' || c == '\\')
			cstn__bytes_put_format(out, "\\%c", c);
		else
			cstn__bytes_put_u8(out, c);
	}
	cstn__bytes_put_u8(out, '"');
}

int cstn__table_add_named(cstn__table_builder *table, const char *name, const char *end,
		int32_t type, int nullable, cstn__bytes *room)
{
	room->size = 0;
	cstn__bytes_put_text(room, name);
	cstn__bytes_put_text(room, end);
	cstn__bytes_put_u8(room, 0);
	return !room->failed &&
	       cstn__table_add_column(table, (const char *)room->data, type, 0, nullable) >= 0;
}
