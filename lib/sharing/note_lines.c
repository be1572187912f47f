/* Lines of signed objects: written in one way only, and read only as they are written, so that a
 * text and what it says are one.
 *
 * Cost: O(length). */
#include "sharing/note_lines.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <constellation/party_keys.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"
#include "ledger/note_key.h"

static void fail(cstn__lines *lines, const char *at, const char *what, const char *name)
{
	if (lines->status == CSTN_OK)
		lines->status = cstn__fail(lines->error, CSTN_E_FORMAT, "byte %zu: %s '%s'",
				(size_t)(at - lines->begin), what, name);
}

void cstn__lines_open(cstn__lines *lines, const char *text, size_t len, const char *type,
		cstn_error **error)
{
	size_t n = strlen(type);

	lines->begin = lines->at = text;
	lines->end = text + len;
	lines->status = CSTN_OK;
	lines->error = error;
	if (!cstn__note_text_is_valid(text, len))
		fail(lines, text, "UTF-8 without control bytes expected in a", type);
	else if (len <= n || memcmp(text, type, n) != 0 || text[n] != '\n')
		fail(lines, text, "the first line is not", type);
	else
		lines->at = text + n + 1;
}

/* The value of the next line, which must be called `name`. */
static int next(cstn__lines *lines, const char *name, const char **value, size_t *len)
{
	size_t n = strlen(name);
	const char *stop;

	*value = "";
	*len = 0;
	if (lines->status != CSTN_OK)
		return 0;
	stop = lines->at < lines->end ? memchr(lines->at, '\n', (size_t)(lines->end - lines->at))
				      : NULL;
	if (!stop || (size_t)(stop - lines->at) <= n || memcmp(lines->at, name, n) != 0 ||
			lines->at[n] != ' ') {
		fail(lines, lines->at, "expected a line of", name);
		return 0;
	}
	*value = lines->at + n + 1;
	*len = (size_t)(stop - *value);
	lines->at = stop + 1;
	return 1;
}

void cstn__lines_text(cstn__lines *lines, const char *name, size_t least, size_t most,
		const char **out, size_t *len)
{
	if (!next(lines, name, out, len) || (*len >= least && *len <= most))
		return;
	fail(lines, *out, *len < least ? "too few bytes of" : "too many bytes of", name);
	*out = "";
	*len = 0;
}

void cstn__lines_copy(cstn__lines *lines, const char *name, size_t least, size_t most, char *out)
{
	const char *text;
	size_t len;

	cstn__lines_text(lines, name, least, most, &text, &len);
	memcpy(out, text, len);
	out[len] = '\0';
}

void cstn__lines_i64(cstn__lines *lines, const char *name, int64_t *out)
{
	const char *text;
	char again[24];
	size_t len;

	*out = 0;
	if (!next(lines, name, &text, &len))
		return;
	if (cstn__parse_i64(text, len, out) == 0) {
		snprintf(again, sizeof(again), "%" PRId64, *out);
		if (strlen(again) == len && memcmp(again, text, len) == 0)
			return;
	}
	*out = 0;
	fail(lines, text, "a whole number expected as", name);
}

void cstn__lines_hex(cstn__lines *lines, const char *name, uint8_t *out, size_t size)
{
	const char *text;
	size_t len;

	memset(out, 0, size);
	if (!next(lines, name, &text, &len))
		return;
	if (len == 2 * size && cstn__unhex(text, len, out) == 0)
		return;
	memset(out, 0, size);
	fail(lines, text, "lower-case hexadecimal digits expected as", name);
}

void cstn__lines_word(cstn__lines *lines, const char *name, const char *const *words, size_t n,
		int32_t *out)
{
	const char *text;
	size_t len, i;

	*out = 0;
	if (!next(lines, name, &text, &len))
		return;
	for (i = 0; i < n; i++)
		if (strlen(words[i]) == len && memcmp(words[i], text, len) == 0) {
			*out = (int32_t)i;
			return;
		}
	fail(lines, text, "unknown word for", name);
}

cstn_status cstn__lines_end(cstn__lines *lines)
{
	if (lines->status == CSTN_OK && lines->at != lines->end)
		lines->status = cstn__fail(lines->error, CSTN_E_FORMAT,
				"byte %zu: nothing expected behind the last field",
				(size_t)(lines->at - lines->begin));
	return lines->status;
}

void cstn__lines_put_text(cstn__bytes *out, const char *name, const char *text, size_t len)
{
	cstn__bytes_put_text(out, name);
	cstn__bytes_put_text(out, " ");
	cstn__bytes_put(out, text, len);
	cstn__bytes_put_text(out, "\n");
}

void cstn__lines_put_i64(cstn__bytes *out, const char *name, int64_t value)
{
	cstn__bytes_put_format(out, "%s %" PRId64 "\n", name, value);
}

void cstn__lines_put_hex(cstn__bytes *out, const char *name, const uint8_t *data, size_t size)
{
	char digit[3];
	size_t i;

	cstn__bytes_put_text(out, name);
	cstn__bytes_put_text(out, " ");
	for (i = 0; i < size; i++) {
		cstn__hex(data + i, 1, digit);
		cstn__bytes_put_text(out, digit);
	}
	cstn__bytes_put_text(out, "\n");
}

cstn_status cstn__note_text(const char *note, size_t note_len, size_t *len, cstn_error **error)
{
	size_t i;

	for (i = note_len; i >= 2; i--)
		if (note[i - 1] == '\n' && note[i - 2] == '\n') {
			*len = i - 1;
			return CSTN_OK;
		}
	return cstn__fail(error, CSTN_E_FORMAT, "byte %zu: no blank line before signatures",
			note_len);
}

cstn_status cstn__fail_format(cstn_error **error)
{
	cstn_error *given = error ? *error : NULL, *made = NULL;
	cstn_status status = cstn__fail(&made, CSTN_E_FORMAT, "%s", cstn_error_message(given));

	cstn_error_free(given);
	if (error)
		*error = made;
	else
		cstn_error_free(made);
	return status;
}

cstn_status cstn__sign_text(cstn_buffer *text, const char *signer, const cstn_allocator *allocator,
		cstn_buffer **out, cstn_error **error)
{
	cstn_status status = cstn_note_sign((const char *)cstn_buffer_data(text),
			cstn_buffer_size(text), NULL, 0, &signer, 1, allocator, out, error);

	cstn_buffer_free(text);
	return status;
}

int cstn__line_text_is_valid(const char *text, size_t len)
{
	return cstn__note_text_is_valid(text, len) && memchr(text, '\n', len) == NULL;
}

cstn_status cstn__id_check(const char *id, size_t len, const char *what, cstn_error **error)
{
	if (!id)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL", what);
	if (!len || len > CSTN_ID_MOST)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"%s has %zu bytes, 1 to %d expected", what, len, CSTN_ID_MOST);
	if (!cstn__line_text_is_valid(id, len))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"%s is not UTF-8, or has a control byte", what);
	return CSTN_OK;
}

cstn_status cstn__id_check_text(const char *id, const char *what, cstn_error **error)
{
	return cstn__id_check(id, id ? strlen(id) : 0, what, error);
}
