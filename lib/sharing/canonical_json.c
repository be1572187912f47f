/* Canonical JSON (RFC 8785, JSON Canonicalization Scheme): one text for one value, so that digests
 * and signatures of terms mean their content.
 *
 * Parsing is Jansson's. Written are: no space, names sorted by their UTF-16 code units, text with
 * the fewest escapes, numbers as ECMAScript's Number::toString() gives them (the shortest digits
 * that read back, of those the nearest; exponents from 1e21 and below 1e-6). Where a value stands
 * in a text is found by counting: the n-th value of a document is the n-th of its tree in order, as
 * Jansson keeps the order of members. Cost: one pass, and a sort of the names of each object. */
#include "sharing/canonical_json.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/sort.h"
#include "base/text.h"
#include "network/json_tree.h"

/* --- writing ---------------------------------------------------------------------------------- */

/* The shortest digits of a positive finite number, without point, and the place of the point: the
 * value is 0.ddd * 10^*point. */
static size_t digits_of(double value, char digits[32], int *point)
{
	char text[32];
	size_t len = cstn__format_double(value, text), n = 0;
	int whole = 0, after = 0, exponent = 0;

	for (size_t i = 0; i < len; i++) {
		if (text[i] == 'e') {
			int64_t read = 0;

			cstn__parse_i64(text + i + 1, len - i - 1, &read);
			exponent = (int)read;
			break;
		}
		if (text[i] == '.') {
			after = 1;
			continue;
		}
		whole += !after;
		digits[n++] = text[i];
	}
	*point = whole + exponent;
	while (n > 0 && digits[n - 1] == '0')
		n--;
	for (len = 0; len < n && digits[len] == '0'; len++)
		(*point)--;
	for (size_t i = len; len > 0 && i < n; i++)
		digits[i - len] = digits[i];
	return n - len;
}

/* ECMAScript, Number::toString(). */
static void put_number(cstn__bytes *out, double value)
{
	char digits[32];
	size_t n;
	int point;

	if (value == 0) {
		cstn__bytes_put_u8(out, '0');
		return;
	}
	if (value < 0) {
		cstn__bytes_put_u8(out, '-');
		value = -value;
	}
	n = digits_of(value, digits, &point);
	if (point > 21 || point < -5) {
		cstn__bytes_put_u8(out, (uint8_t)digits[0]);
		if (n > 1)
			cstn__bytes_put_u8(out, '.');
		cstn__bytes_put(out, digits + 1, n - 1);
		cstn__bytes_put_format(out, "e%+d", point - 1);
		return;
	}
	if (point <= 0)
		cstn__bytes_put_text(out, "0.");
	for (int zero = point; zero < 0; zero++)
		cstn__bytes_put_u8(out, '0');
	for (size_t i = 0; i < n || (int64_t)i < point; i++) {
		if (i > 0 && (int64_t)i == point)
			cstn__bytes_put_u8(out, '.');
		cstn__bytes_put_u8(out, i < n ? (uint8_t)digits[i] : '0');
	}
}

void cstn__canonical_json_put_text(cstn__bytes *out, const char *text, size_t len)
{
	static const char escaped[] = "\b\t\n\f\r\"\\", letters[] = "btnfr\"\\";
	size_t from = 0;

	cstn__bytes_put_u8(out, '"');
	for (size_t i = 0; i < len; i++) {
		uint8_t c = (uint8_t)text[i];
		const char *found = c ? strchr(escaped, c) : NULL;

		if (!found && c >= 0x20)
			continue;
		cstn__bytes_put(out, text + from, i - from);
		if (found)
			cstn__bytes_put_format(out, "\\%c", letters[found - escaped]);
		else
			cstn__bytes_put_format(out, "\\u%04x", c);
		from = i + 1;
	}
	cstn__bytes_put(out, text + from, len - from);
	cstn__bytes_put_u8(out, '"');
}

/* The order of UTF-16 code units is that of UTF-8 bytes, but that what lies above U+FFFF, whose
 * first byte is F0 or more, comes before U+E000..U+FFFF, whose first byte is EE or EF. Names that
 * are compared are valid UTF-8, so the first bytes that differ are either both first bytes or both
 * not.
 */
static int by_utf16(const void *a, const void *b, void *context)
{
	const uint8_t *x = *(const uint8_t *const *)a, *y = *(const uint8_t *const *)b;

	(void)context;
	while (*x && *x == *y) {
		x++;
		y++;
	}
	if (*x >= 0xee && *y >= 0xee && (*x >= 0xf0) != (*y >= 0xf0))
		return *x >= 0xf0 ? -1 : 1;
	return (*x > *y) - (*x < *y);
}

typedef struct writer {
	cstn__bytes *out;
	uint32_t flags;
	int depth;
	cstn_error **error;
} writer;

static cstn_status put_value(writer *to, const json_t *value);

static cstn_status put_object(writer *to, const json_t *value)
{
	json_t *object = (json_t *)(uintptr_t)value; /* Jansson iterates over what is not const */
	size_t n = json_object_size(value), i = 0;
	const char **names = cstn__alloc(&to->out->allocator, cstn__array_size(n, sizeof(*names)));
	cstn_status status = CSTN_OK;
	const char *name;
	json_t *member;

	if (!names)
		return cstn__fail_nomem(to->error);
	json_object_foreach(object, name, member) names[i++] = name;
	cstn__sort(names, n, sizeof(*names), by_utf16, NULL);
	cstn__bytes_put_u8(to->out, '{');
	for (i = 0; i < n && status == CSTN_OK; i++) {
		if (i > 0)
			cstn__bytes_put_u8(to->out, ',');
		cstn__canonical_json_put_text(to->out, names[i], strlen(names[i]));
		cstn__bytes_put_u8(to->out, ':');
		status = put_value(to, json_object_get(value, names[i]));
	}
	cstn__bytes_put_u8(to->out, '}');
	cstn__free(&to->out->allocator, names, cstn__array_size(n, sizeof(*names)));
	return status;
}

static cstn_status put_list(writer *to, const json_t *value)
{
	cstn_status status = CSTN_OK;

	cstn__bytes_put_u8(to->out, '[');
	for (size_t i = 0; i < json_array_size(value) && status == CSTN_OK; i++) {
		if (i > 0)
			cstn__bytes_put_u8(to->out, ',');
		status = put_value(to, json_array_get(value, i));
	}
	cstn__bytes_put_u8(to->out, ']');
	return status;
}

static cstn_status put_integer(writer *to, int64_t value)
{
	int whole = value >= -CSTN__CANONICAL_INTEGER_MAX && value <= CSTN__CANONICAL_INTEGER_MAX;

	if (!whole && (to->flags & CSTN__CANONICAL_INTEGERS))
		return cstn__fail(to->error, CSTN_E_FORMAT,
				"%" PRId64 " is beyond 2^53 - 1 in magnitude: write it as text",
				value);
	if (whole)
		cstn__bytes_put_format(to->out, "%" PRId64, value);
	else
		put_number(to->out, (double)value);
	return CSTN_OK;
}

static cstn_status put_value(writer *to, const json_t *value)
{
	cstn_status status = CSTN_OK;

	switch (json_typeof(value)) {
	case JSON_OBJECT:
	case JSON_ARRAY:
		if (to->depth == CSTN__CANONICAL_DEPTH_MAX)
			return cstn__fail(to->error, CSTN_E_LIMIT,
					"JSON nested deeper than %d levels",
					CSTN__CANONICAL_DEPTH_MAX);
		to->depth++;
		status = json_is_object(value) ? put_object(to, value) : put_list(to, value);
		to->depth--;
		break;
	case JSON_STRING:
		cstn__canonical_json_put_text(
				to->out, json_string_value(value), json_string_length(value));
		break;
	case JSON_INTEGER:
		status = put_integer(to, json_integer_value(value));
		break;
	case JSON_REAL:
		if (to->flags & CSTN__CANONICAL_INTEGERS)
			return cstn__fail(to->error, CSTN_E_FORMAT,
					"a fraction or exponent, where only integers may stand");
		put_number(to->out, json_real_value(value));
		break;
	case JSON_TRUE:
		cstn__bytes_put_text(to->out, "true");
		break;
	case JSON_FALSE:
		cstn__bytes_put_text(to->out, "false");
		break;
	case JSON_NULL:
		cstn__bytes_put_text(to->out, "null");
		break;
	}
	return status;
}

cstn_status cstn__canonical_json_write(
		const json_t *value, uint32_t flags, cstn__bytes *out, cstn_error **error)
{
	writer to = {out, flags, 0, error};
	cstn_status status;

	assert(value && !(flags & ~CSTN__CANONICAL_INTEGERS));
	status = put_value(&to, value);
	if (status == CSTN_OK && out->failed)
		return cstn__fail_nomem(error);
	return status;
}

/* --- reading ---------------------------------------------------------------------------------- */

/* The byte behind a text that begins at `i`; in what is no JSON, at most `len`. */
static size_t text_end(const char *text, size_t len, size_t i)
{
	for (i++; i < len && text[i] != '"'; i++)
		i += text[i] == '\\';
	return i < len ? i + 1 : len;
}

size_t cstn__canonical_json_deeper(const char *text, size_t len, int levels)
{
	int depth = 0;

	for (size_t i = 0; i < len;) {
		if (text[i] == '"') {
			i = text_end(text, len, i);
			continue;
		}
		if ((text[i] == '{' || text[i] == '[') && ++depth > levels)
			return i;
		depth -= text[i] == '}' || text[i] == ']';
		i++;
	}
	return len;
}

cstn_status cstn__canonical_json_read(
		const char *text, size_t len, json_t **out, cstn_error **error)
{
	/* before the parser recurses */
	size_t deep = cstn__canonical_json_deeper(text, len, CSTN__CANONICAL_DEPTH_MAX);

	if (deep < len)
		return cstn__fail(error, CSTN_E_FORMAT,
				"JSON, byte %zu: nested deeper than %d levels", deep,
				CSTN__CANONICAL_DEPTH_MAX);
	return cstn__json_parse(text, len, 1, out, error);
}

/* --- places ----------------------------------------------------------------------------------- */

/* Counts the values before the wanted one, in order, the value itself left out; 1: found. */
static int count_before(const json_t *value, const json_t *holder, const char *name, size_t index,
		size_t *count)
{
	const char *key;
	json_t *item;
	size_t i;

	(*count)++;
	if (json_is_array(value)) {
		for (i = 0; i < json_array_size(value); i++) {
			if (value == holder && !name && i == index)
				return 1;
			if (count_before(json_array_get(value, i), holder, name, index, count))
				return 1;
		}
	}
	json_object_foreach((json_t *)(uintptr_t)value, key, item)
	{
		if (value == holder && name && strcmp(key, name) == 0)
			return 1;
		if (count_before(item, holder, name, index, count))
			return 1;
	}
	return 0;
}

/* Where the n-th value of a valid text begins. A text before a colon is a name, not a value. */
static size_t nth_value(const char *text, size_t len, size_t n)
{
	size_t i = 0;

	while (i < len) {
		size_t begin = i, end;

		if (strchr(" \t\n\r,:}]", text[i])) {
			i++;
			continue;
		}
		if (text[i] == '"') {
			i = text_end(text, len, i);
			for (end = i; end < len && strchr(" \t\n\r", text[end]);)
				end++;
			if (end < len && text[end] == ':')
				continue;
		} else if (text[i] == '{' || text[i] == '[') {
			i++;
		} else {
			while (i < len && !strchr(" \t\n\r,:}]", text[i]))
				i++;
		}
		if (n-- == 0)
			return begin;
	}
	return len;
}

size_t cstn__canonical_json_offset(const char *text, size_t len, const json_t *root,
		const json_t *holder, const char *name, size_t index)
{
	size_t count = 0;

	if (holder && !count_before(root, holder, name, index, &count))
		return len;
	return nth_value(text, len, count);
}

cstn_status cstn__canonical_json_differs(const char *text, size_t len, const json_t *root,
		uint32_t flags, size_t *at, cstn_error **error)
{
	cstn__bytes canonical;
	cstn_status status;
	size_t i = 0;

	cstn__bytes_init(&canonical, NULL);
	status = cstn__canonical_json_write(root, flags, &canonical, error);
	if (status == CSTN_OK) {
		while (i < len && i < canonical.size && (uint8_t)text[i] == canonical.data[i])
			i++;
		*at = i;
	}
	cstn__bytes_free(&canonical);
	return status;
}
