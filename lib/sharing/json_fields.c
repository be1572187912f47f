/* Members of canonical JSON objects, by name and with their rules.
 *
 * Texts are read only in the form in which they are written, so that one state has one text and one
 * digest. Cost: O(length). */
#include "sharing/json_fields.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"
#include "sharing/canonical_json.h"
#include "sharing/note_lines.h"

json_t *cstn__json_of_i64(int64_t value)
{
	char text[24];

	if (value >= -CSTN__CANONICAL_INTEGER_MAX && value <= CSTN__CANONICAL_INTEGER_MAX)
		return json_integer(value);
	snprintf(text, sizeof(text), "%" PRId64, value);
	return json_string(text);
}

json_t *cstn__json_of_hex(const uint8_t *data, size_t size)
{
	char text[2 * 64 + 1];

	cstn__hex(data, size, text);
	return json_string(text);
}

cstn_status cstn__json_to_buffer(
		json_t *tree, const cstn_allocator *memory, cstn_buffer **out, cstn_error **error)
{
	cstn_status status;
	cstn__bytes bytes;

	if (!tree)
		return cstn__fail_nomem(error);
	cstn__bytes_init(&bytes, memory);
	status = cstn__canonical_json_write(tree, CSTN__CANONICAL_INTEGERS, &bytes, error);
	json_decref(tree);
	if (status == CSTN_OK)
		return cstn__bytes_to_buffer(&bytes, out, error);
	cstn__bytes_free(&bytes);
	return status;
}

/* --- reading ---------------------------------------------------------------------------------- */

void cstn__fields_fail(cstn__fields *fields, const char *name, const char *rule)
{
	if (fields->status == CSTN_OK)
		fields->status = cstn__fail(
				fields->error, CSTN_E_FORMAT, "field '%s': %s", name, rule);
}

void cstn__fields_open(cstn__fields *fields, const void *text, size_t len, const char *type,
		cstn_error **error)
{
	const char *given;
	size_t at = len;

	fields->root = NULL;
	fields->object = NULL;
	fields->read = 0;
	fields->error = error;
	fields->status = cstn__canonical_json_read(text, len, &fields->root, error);
	if (fields->status == CSTN_OK)
		fields->status = cstn__canonical_json_differs(
				text, len, fields->root, CSTN__CANONICAL_INTEGERS, &at, error);
	if (fields->status == CSTN_OK && at < len)
		fields->status = cstn__fail(error, CSTN_E_FORMAT,
				"byte %zu: this is not canonical JSON (RFC 8785)", at);
	if (fields->status == CSTN_OK && !json_is_object(fields->root))
		fields->status = cstn__fail(error, CSTN_E_FORMAT, "byte 0: an object expected");
	if (fields->status != CSTN_OK)
		return;
	fields->object = fields->root;
	given = cstn__fields_text(fields, "type", &at);
	if (strcmp(given, type) != 0)
		cstn__fields_fail(fields, "type", type);
}

cstn__fields cstn__fields_enter(cstn__fields *fields, const json_t *object)
{
	cstn__fields inner = {NULL, object, 0, fields->status, fields->error};

	if (inner.status == CSTN_OK && !json_is_object(object))
		cstn__fields_fail(&inner, "list", "an object expected");
	return inner;
}

static void check_all_read(cstn__fields *fields)
{
	if (fields->status == CSTN_OK && json_object_size(fields->object) != fields->read)
		fields->status =
				cstn__fail(fields->error, CSTN_E_FORMAT, "%zu fields, %zu expected",
						json_object_size(fields->object), fields->read);
}

void cstn__fields_leave(cstn__fields *fields, cstn__fields *inner)
{
	check_all_read(inner);
	fields->status = inner->status;
}

cstn_status cstn__fields_close(cstn__fields *fields)
{
	check_all_read(fields);
	json_decref(fields->root);
	fields->root = NULL;
	return fields->status;
}

static const json_t *member(cstn__fields *fields, const char *name)
{
	const json_t *value;

	if (fields->status != CSTN_OK)
		return NULL;
	value = json_object_get(fields->object, name);
	if (!value)
		cstn__fields_fail(fields, name, "it is absent");
	fields->read++;
	return value;
}

const char *cstn__fields_text(cstn__fields *fields, const char *name, size_t *len)
{
	const json_t *value = member(fields, name);

	*len = 0;
	if (!value)
		return "";
	if (json_is_string(value)) {
		*len = json_string_length(value);
		if (!memchr(json_string_value(value), 0, *len))
			return json_string_value(value);
	}
	*len = 0;
	cstn__fields_fail(fields, name, "a text expected");
	return "";
}

void cstn__fields_copy(cstn__fields *fields, const char *name, size_t least, size_t most, char *out)
{
	size_t len;
	const char *text = cstn__fields_text(fields, name, &len);

	if (len < least || len > most || !cstn__line_text_is_valid(text, len)) {
		cstn__fields_fail(fields, name, "too short or long, or with a control character");
		len = 0;
	}
	memcpy(out, text, len);
	out[len] = '\0';
}

void cstn__fields_i64(
		cstn__fields *fields, const char *name, int64_t least, int64_t most, int64_t *out)
{
	const json_t *value = member(fields, name);
	int64_t read = 0;
	int good = json_is_integer(value);

	*out = 0;
	if (!value)
		return;
	if (good)
		read = json_integer_value(value);
	if (json_is_string(value)) {
		char again[24];

		good = cstn__parse_i64(json_string_value(value), json_string_length(value),
				       &read) == 0;
		snprintf(again, sizeof(again), "%" PRId64, read);
		good = good && strcmp(again, json_string_value(value)) == 0 &&
		       (read > CSTN__CANONICAL_INTEGER_MAX || read < -CSTN__CANONICAL_INTEGER_MAX);
	}
	if (good && read >= least && read <= most)
		*out = read;
	else
		cstn__fields_fail(fields, name, "a whole number in its range expected");
}

void cstn__fields_hex(cstn__fields *fields, const char *name, uint8_t *out, size_t size)
{
	size_t len;
	const char *text = cstn__fields_text(fields, name, &len);

	if (len == 2 * size && cstn__unhex(text, len, out) == 0)
		return;
	memset(out, 0, size);
	cstn__fields_fail(fields, name, "lower-case hexadecimal digits expected");
}

void cstn__fields_word(cstn__fields *fields, const char *name, const char *const *words, size_t n,
		int32_t *out)
{
	size_t len, i;
	const char *text = cstn__fields_text(fields, name, &len);

	*out = 0;
	for (i = 0; i < n; i++)
		if (strcmp(words[i], text) == 0) {
			*out = (int32_t)i;
			return;
		}
	cstn__fields_fail(fields, name, "an unknown word");
}

const json_t *cstn__fields_list(cstn__fields *fields, const char *name, size_t *n)
{
	const json_t *value = member(fields, name);

	*n = 0;
	if (!value)
		return NULL;
	if (!json_is_array(value)) {
		cstn__fields_fail(fields, name, "a list expected");
		return NULL;
	}
	*n = json_array_size(value);
	return value;
}
