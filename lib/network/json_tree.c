/* JSON in and out, on top of Jansson: limits, exact places in errors, and a writer.
 *
 * The parser is Jansson's; its tree lives in libc's memory, as its allocator can only be set for
 * the whole process and is therefore never touched. What is added: a cap on bytes and nesting, the
 * split of its errors into out of memory, too large a number and bad text, and a writer that keeps
 * the order of names and writes doubles so that they read back to the same bits (Jansson's own
 * writes 17 digits). Cost: one pass each. */
#include "network/json_tree.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

/* The parser recurses once a level, and is stopped by its own limit of 2,048 first. */
static int too_deep(const json_t *value, int32_t left, cstn__json_path *path)
{
	const char *name;
	json_t *member;
	size_t i, len;

	if (!json_is_object(value) && !json_is_array(value))
		return 0;
	if (left == 0)
		return 1;
	if (json_is_array(value)) {
		for (i = 0; i < json_array_size(value); i++) {
			len = cstn__json_path_index(path, i);
			if (too_deep(json_array_get(value, i), left - 1, path))
				return 1;
			cstn__json_path_cut(path, len);
		}
		return 0;
	}
	json_object_foreach((json_t *)(uintptr_t)value, name, member)
	{
		len = cstn__json_path_name(path, name);
		if (too_deep(member, left - 1, path))
			return 1;
		cstn__json_path_cut(path, len);
	}
	return 0;
}

/* The parser calls a text that it has no memory for a wrong one, or says nothing at all. So when it
 * fails it is asked for as much memory as any text of the document can take. */
static int has_memory(const char *json, size_t len)
{
	json_t *probe = json_stringn_nocheck(json, len);

	json_decref(probe);
	return probe != NULL;
}

/* What the parser says, without the token of the document that it stopped at: that may be a value
 * that no message tells. */
static int length_without_token(const char *text)
{
	const char *near = strstr(text, " near '");

	return (int)(near ? near - text : (ptrdiff_t)strlen(text));
}

static cstn_status parse_failed(const json_error_t *what, const char *json, size_t len, int strict,
		cstn_error **error)
{
	cstn_status status = CSTN_E_FORMAT;

	if (what->text[0] == '\0' || !has_memory(json, len))
		return cstn__fail_nomem(error);
	switch (json_error_code(what)) {
	case json_error_out_of_memory:
		return cstn__fail_nomem(error);
	case json_error_numeric_overflow:
		status = strict ? CSTN_E_FORMAT : CSTN_E_OVERFLOW;
		break;
	case json_error_stack_overflow:
		status = strict ? CSTN_E_FORMAT : CSTN_E_LIMIT;
		break;
	default:
		break;
	}
	return cstn__fail(error, status, "JSON, line %d, column %d, byte %d: %.*s", what->line,
			what->column, what->position, length_without_token(what->text), what->text);
}

cstn_status cstn__json_parse(
		const char *json, size_t len, int strict, json_t **out, cstn_error **error)
{
	size_t flags = JSON_REJECT_DUPLICATES | (strict ? JSON_DECODE_ANY | JSON_ALLOW_NUL : 0);
	json_error_t what;
	json_t *tree;

	memset(&what, 0, sizeof(what));
	tree = json_loadb(json, len, flags, &what);
	if (!tree)
		return parse_failed(&what, json, len, strict, error);
	*out = tree;
	return CSTN_OK;
}

cstn_status cstn__json_load(const char *json, size_t len, int64_t max_bytes, int32_t max_depth,
		json_t **out, cstn_error **error)
{
	cstn__json_path path = {"", 0};
	cstn_status status;
	json_t *tree;

	if (len > (uint64_t)max_bytes)
		return cstn__fail(error, CSTN_E_LIMIT,
				"the document has %zu bytes, the limit is %" PRId64, len,
				max_bytes);
	if (len >= 3 && memcmp(json, "\xEF\xBB\xBF", 3) == 0) {
		json += 3;
		len -= 3;
	}
	status = cstn__json_parse(json, len, 0, &tree, error);
	if (status != CSTN_OK)
		return status;
	if (too_deep(tree, max_depth, &path)) {
		json_decref(tree);
		return cstn__fail(error, CSTN_E_LIMIT, "%s: nested deeper than %d levels",
				path.text, max_depth);
	}
	*out = tree;
	return CSTN_OK;
}

/* --- writing ---------------------------------------------------------------------------------- */

void cstn__json_put_text(cstn__bytes *bytes, const char *text, size_t len)
{
	static const char hex[] = "0123456789abcdef";
	size_t i, from = 0;

	cstn__bytes_put_u8(bytes, '"');
	for (i = 0; i < len; i++) {
		uint8_t c = (uint8_t)text[i];
		char escape[6] = {'\\', 'u', '0', '0', 0, 0};
		size_t n = 2;

		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		if (c == '"' || c == '\\')
			escape[1] = (char)c;
		else if (c == '\n')
			escape[1] = 'n';
		else if (c == '\t')
			escape[1] = 't';
		else if (c == '\r')
			escape[1] = 'r';
		else {
			escape[4] = hex[c >> 4];
			escape[5] = hex[c & 15];
			n = 6;
		}
		cstn__bytes_put(bytes, text + from, i - from);
		cstn__bytes_put(bytes, escape, n);
		from = i + 1;
	}
	cstn__bytes_put(bytes, text + from, len - from);
	cstn__bytes_put_u8(bytes, '"');
}

void cstn__json_put_name(cstn__bytes *bytes, const char *name)
{
	if (!bytes->failed && bytes->size > 0 && bytes->data[bytes->size - 1] != '{')
		cstn__bytes_put_u8(bytes, ',');
	cstn__json_put_text(bytes, name, strlen(name));
	cstn__bytes_put_u8(bytes, ':');
}

void cstn__json_put_member(cstn__bytes *bytes, const char *name, const char *text, size_t len)
{
	cstn__json_put_name(bytes, name);
	cstn__json_put_text(bytes, text, len);
}

static void put_real(cstn__bytes *bytes, double value)
{
	char text[32];
	size_t len = cstn__format_double(value, text);

	cstn__bytes_put(bytes, text, len);
	if (!memchr(text, '.', len) && !memchr(text, 'e', len))
		cstn__bytes_put(bytes, ".0", 2);
}

static void new_line(cstn__bytes *bytes, int level)
{
	if (level < 0)
		return;
	cstn__bytes_put_u8(bytes, '\n');
	while (level-- > 0)
		cstn__bytes_put(bytes, "  ", 2);
}

static void put_object(cstn__bytes *bytes, const json_t *value, int level)
{
	int inner = level < 0 ? -1 : level + 1;
	const char *name, *before = "";
	json_t *member;

	cstn__bytes_put_u8(bytes, '{');
	json_object_foreach((json_t *)(uintptr_t)value, name, member)
	{
		cstn__bytes_put_text(bytes, before);
		before = ",";
		new_line(bytes, inner);
		cstn__json_put_text(bytes, name, strlen(name));
		cstn__bytes_put_text(bytes, level < 0 ? ":" : ": ");
		cstn__json_put(bytes, member, inner);
	}
	if (*before)
		new_line(bytes, level);
	cstn__bytes_put_u8(bytes, '}');
}

static void put_array(cstn__bytes *bytes, const json_t *value, int level)
{
	int inner = level < 0 ? -1 : level + 1;
	size_t i, n = json_array_size(value);

	cstn__bytes_put_u8(bytes, '[');
	for (i = 0; i < n; i++) {
		if (i > 0)
			cstn__bytes_put_u8(bytes, ',');
		new_line(bytes, inner);
		cstn__json_put(bytes, json_array_get(value, i), inner);
	}
	if (n > 0)
		new_line(bytes, level);
	cstn__bytes_put_u8(bytes, ']');
}

void cstn__json_put(cstn__bytes *bytes, const json_t *value, int level)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		put_object(bytes, value, level);
		break;
	case JSON_ARRAY:
		put_array(bytes, value, level);
		break;
	case JSON_STRING:
		cstn__json_put_text(bytes, json_string_value(value), json_string_length(value));
		break;
	case JSON_INTEGER:
		cstn__bytes_put_format(bytes, "%" PRId64, (int64_t)json_integer_value(value));
		break;
	case JSON_REAL:
		put_real(bytes, json_real_value(value));
		break;
	case JSON_TRUE:
		cstn__bytes_put_text(bytes, "true");
		break;
	case JSON_FALSE:
		cstn__bytes_put_text(bytes, "false");
		break;
	case JSON_NULL:
		cstn__bytes_put_text(bytes, "null");
		break;
	}
}

/* --- places ----------------------------------------------------------------------------------- */

static void path_put(cstn__json_path *path, const char *text, size_t len)
{
	size_t room = sizeof(path->text) - 4 - path->len;

	if (path->len >= sizeof(path->text) - 4)
		return;
	if (len > room) {
		len = cstn__utf8_cut(text, len, room);
		memcpy(path->text + path->len, text, len);
		memcpy(path->text + path->len + len, "...", 4);
		path->len = sizeof(path->text) - 1; /* full: what follows is left out */
		return;
	}
	memcpy(path->text + path->len, text, len);
	path->len += len;
	path->text[path->len] = '\0';
}

size_t cstn__json_path_name(cstn__json_path *path, const char *name)
{
	size_t before = path->len;

	path_put(path, "/", 1);
	for (; *name; name++) {
		size_t plain = strcspn(name, "~/");

		path_put(path, name, plain);
		name += plain;
		if (!*name)
			break;
		path_put(path, *name == '~' ? "~0" : "~1", 2);
	}
	return before;
}

size_t cstn__json_path_index(cstn__json_path *path, size_t index)
{
	size_t before = path->len;
	char text[32];

	path_put(path, text, (size_t)snprintf(text, sizeof(text), "/%zu", index));
	return before;
}

void cstn__json_path_cut(cstn__json_path *path, size_t len)
{
	path->len = len;
	if (len < sizeof(path->text) - 1)
		path->text[len] = '\0';
}

const char *cstn__json_text(const json_t *object, const char *name, size_t *len)
{
	const json_t *member = json_object_get(object, name);

	if (!json_is_string(member))
		return NULL;
	if (len)
		*len = json_string_length(member);
	return json_string_value(member);
}
