/* Attributes: what a user counts orders by and no field foresees.
 *
 * One text field holds them as a flat JSON object of texts. As it repeats from line to line the
 * store keeps each distinct object once, so that an attribute costs a code a line, and a scan reads
 * an object once a distinct text. The grammar is JSON's, cut down: one object, its values texts,
 * its names plain (letters, digits, '_', '-', '.'), each once.
 *
 * Cost: one pass over the object, no memory but that of the text that is asked for. */
#include "network/attributes.h"

#include <string.h>

#include <constellation/status.h>

#include "network/json_tree.h"

static const char prefix[] = "attributes.";

const char *cstn__attribute_of_column(const char *column)
{
	size_t n = sizeof(prefix) - 1;

	return column && strncmp(column, prefix, n) == 0 ? column + n : NULL;
}

const cstn__field *cstn__attributes_field(const cstn__noun *noun)
{
	for (size_t i = 0; i < noun->n_fields; i++)
		if (noun->fields[i].rule == CSTN__RULE_ATTRIBUTES)
			return &noun->fields[i];
	return NULL;
}

static int is_name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-' || c == '.';
}

int cstn__attribute_is_name(const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < len; i++)
		if (!is_name_byte(name[i]))
			return 0;
	return len > 0 && len <= CSTN__ID_MAX;
}

/* --- reading ---------------------------------------------------------------------------------- */

typedef struct reader {
	const char *at, *end;
} reader;

static void skip_space(reader *in)
{
	while (in->at < in->end &&
			(*in->at == ' ' || *in->at == '\t' || *in->at == '\n' || *in->at == '\r'))
		in->at++;
}

static int take(reader *in, char c)
{
	skip_space(in);
	if (in->at == in->end || *in->at != c)
		return 0;
	in->at++;
	return 1;
}

/* Four hexadecimal digits; -1 if they are none. */
static int32_t take_hex(reader *in)
{
	int32_t value = 0;

	if (in->end - in->at < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		char c = *in->at++;

		if (c >= '0' && c <= '9')
			value = value * 16 + (c - '0');
		else if (c >= 'a' && c <= 'f')
			value = value * 16 + (c - 'a' + 10);
		else if (c >= 'A' && c <= 'F')
			value = value * 16 + (c - 'A' + 10);
		else
			return -1;
	}
	return value;
}

static void put_code_point(cstn__bytes *out, uint32_t point)
{
	uint8_t bytes[4];
	size_t n;

	if (point < 0x80) {
		bytes[0] = (uint8_t)point;
		n = 1;
	} else if (point < 0x800) {
		bytes[0] = (uint8_t)(0xc0 | point >> 6);
		bytes[1] = (uint8_t)(0x80 | (point & 0x3f));
		n = 2;
	} else if (point < 0x10000) {
		bytes[0] = (uint8_t)(0xe0 | point >> 12);
		bytes[1] = (uint8_t)(0x80 | (point >> 6 & 0x3f));
		bytes[2] = (uint8_t)(0x80 | (point & 0x3f));
		n = 3;
	} else {
		bytes[0] = (uint8_t)(0xf0 | point >> 18);
		bytes[1] = (uint8_t)(0x80 | (point >> 12 & 0x3f));
		bytes[2] = (uint8_t)(0x80 | (point >> 6 & 0x3f));
		bytes[3] = (uint8_t)(0x80 | (point & 0x3f));
		n = 4;
	}
	cstn__bytes_put(out, bytes, n);
}

/* What follows a backslash. `out` NULL: only checked. */
static int take_escape(reader *in, cstn__bytes *out)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *known;
	int32_t high, low;

	if (in->at == in->end)
		return 0;
	known = *in->at ? strchr(from, *in->at) : NULL;
	if (known) {
		in->at++;
		if (out)
			cstn__bytes_put_u8(out, (uint8_t)to[known - from]);
		return 1;
	}
	if (*in->at++ != 'u')
		return 0;
	high = take_hex(in);
	if (high <= 0 || (high >= 0xdc00 && high < 0xe000))
		return 0;
	if (high >= 0xd800 && high < 0xdc00) {
		if (in->end - in->at < 2 || in->at[0] != '\\' || in->at[1] != 'u')
			return 0;
		in->at += 2;
		low = take_hex(in);
		if (low < 0xdc00 || low >= 0xe000)
			return 0;
		high = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
	}
	if (out)
		put_code_point(out, (uint32_t)high);
	return 1;
}

/* A text with its quotes. `out` NULL: only checked. */
static int take_text(reader *in, cstn__bytes *out)
{
	if (!take(in, '"'))
		return 0;
	while (in->at < in->end && *in->at != '"') {
		const char *from = in->at;

		while (in->at < in->end && *in->at != '"' && *in->at != '\\' &&
				(uint8_t)*in->at >= 0x20)
			in->at++;
		if (out && in->at > from)
			cstn__bytes_put(out, from, (size_t)(in->at - from));
		if (in->at == in->end || *in->at == '"')
			continue;
		if (*in->at++ != '\\' || !take_escape(in, out))
			return 0;
	}
	return take(in, '"');
}

/* A name with its quotes. */
static int take_name(reader *in, const char **name, size_t *len)
{
	if (!take(in, '"'))
		return 0;
	*name = in->at;
	while (in->at < in->end && is_name_byte(*in->at))
		in->at++;
	*len = (size_t)(in->at - *name);
	if (*len == 0 || *len > CSTN__ID_MAX || in->at == in->end || *in->at != '"')
		return 0;
	in->at++;
	return 1;
}

/* 1 if the object holds the name before `end`. */
static int is_there(const char *object, const char *end, const char *name, size_t len)
{
	reader in = {object, end};
	const char *other;
	size_t other_len;

	if (!take(&in, '{'))
		return 0;
	while (take_name(&in, &other, &other_len) && other != name) {
		if (other_len == len && memcmp(other, name, len) == 0)
			return 1;
		if (!take(&in, ':') || !take_text(&in, NULL) || !take(&in, ','))
			return 0;
	}
	return 0;
}

int32_t cstn__attributes_check(const char *text, size_t len)
{
	reader in = {text, text + len};
	const char *name;
	size_t n, count = 0;

	if (len > CSTN__TEXT_MAX)
		return CSTN_ROW_LENGTH;
	if (!take(&in, '{'))
		return CSTN_ROW_VALUE;
	do {
		if (count++ == CSTN__ATTRIBUTES_MAX || !take_name(&in, &name, &n) ||
				!take(&in, ':') || !take_text(&in, NULL) ||
				is_there(text, in.end, name, n))
			return CSTN_ROW_VALUE;
	} while (take(&in, ','));
	if (!take(&in, '}'))
		return CSTN_ROW_VALUE;
	skip_space(&in);
	return in.at == in.end ? 0 : CSTN_ROW_VALUE;
}

int cstn__attributes_find(const char *object, size_t len, const char *name, cstn__bytes *bytes)
{
	reader in = {object, object + len};
	size_t wanted = strlen(name), n;
	const char *found;

	if (!take(&in, '{'))
		return 0;
	do {
		int is_it;

		if (!take_name(&in, &found, &n) || !take(&in, ':'))
			return 0;
		is_it = n == wanted && memcmp(found, name, n) == 0;
		if (!take_text(&in, is_it ? bytes : NULL))
			return 0;
		if (is_it)
			return 1;
	} while (take(&in, ','));
	return 0;
}

/* --- writing ---------------------------------------------------------------------------------- */

void cstn__attributes_put(cstn__bytes *bytes, const char *name, const char *text, size_t len)
{
	cstn__bytes_put_u8(bytes, bytes->size ? ',' : '{');
	cstn__json_put_text(bytes, name, strlen(name));
	cstn__bytes_put_u8(bytes, ':');
	cstn__json_put_text(bytes, text, len);
}

void cstn__attributes_end(cstn__bytes *bytes)
{
	if (bytes->size)
		cstn__bytes_put_u8(bytes, '}');
}
