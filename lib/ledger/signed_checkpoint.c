/* Checkpoints (C2SP tlog-checkpoint): the name of a log, how many entries it has, and their root.
 *
 * Reading is strict: what two readers could take for two things is refused. */
#include "ledger/signed_checkpoint.h"

#include <inttypes.h>
#include <string.h>

#include <sodium/utils.h>

#include "base/alloc.h"
#include "base/error.h"
#include "ledger/merkle.h"
#include "ledger/note_key.h"

#define HASH_BASE64 44u
#define GROUP 48u /* bytes that are written as base64 at a time: a multiple of three */

cstn_status cstn__checkpoint_origin(const char *origin, size_t len, cstn_error **error)
{
	if (!origin || !len || len > CSTN_NOTE_NAME_MOST || memchr(origin, '\n', len) ||
			!cstn__note_text_is_valid(origin, len))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"the origin of a log is one line of 1 to %d bytes of UTF-8",
				CSTN_NOTE_NAME_MOST);
	return CSTN_OK;
}

int cstn__base64_read(const char *text, size_t len, uint8_t *out, size_t most, size_t *size)
{
	size_t i;

	for (i = 0; i < len; i++)
		if ((unsigned char)text[i] > 127)
			return -1;
	return sodium_base642bin(out, most, text, len, NULL, size, NULL,
			       sodium_base64_VARIANT_ORIGINAL)
			       ? -1
			       : 0;
}

int cstn__hash_read(const char *text, size_t len, uint8_t *hash)
{
	size_t size;

	return len == HASH_BASE64 && !cstn__base64_read(text, len, hash, CSTN__HASH, &size) &&
					       size == CSTN__HASH
			       ? 0
			       : -1;
}

int cstn__whole_number_read(const char *text, size_t len, uint64_t *value)
{
	uint64_t sum = 0;
	size_t i;

	if (!len || (text[0] == '0' && len > 1))
		return -1;
	for (i = 0; i < len; i++)
		if (text[i] < '0' || text[i] > '9' || __builtin_mul_overflow(sum, 10, &sum) ||
				__builtin_add_overflow(sum, (uint64_t)(text[i] - '0'), &sum))
			return -1;
	*value = sum;
	return 0;
}

void cstn__base64_put(cstn__bytes *out, const uint8_t *data, size_t size)
{
	char text[sodium_base64_ENCODED_LEN(GROUP, sodium_base64_VARIANT_ORIGINAL)];
	size_t part;

	for (; size; data += part, size -= part) {
		part = size < GROUP ? size : GROUP;
		sodium_bin2base64(text, sizeof(text), data, part, sodium_base64_VARIANT_ORIGINAL);
		cstn__bytes_put_text(out, text);
	}
	cstn__bytes_put_text(out, "\n");
}

cstn_status cstn_checkpoint_format(const char *origin, size_t origin_len, uint64_t size,
		const uint8_t *root, const cstn_allocator *allocator, cstn_buffer **out,
		cstn_error **error)
{
	cstn_allocator memory;
	cstn__bytes made;
	cstn_status status;

	if (!root || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "root or out is NULL");
	status = cstn__checkpoint_origin(origin, origin_len, error);
	if (status == CSTN_OK)
		status = cstn__allocator_read(allocator, &memory, error);
	if (status != CSTN_OK)
		return status;
	cstn__bytes_init(&made, &memory);
	cstn__bytes_put(&made, origin, origin_len);
	cstn__bytes_put_format(&made, "\n%" PRIu64 "\n", size);
	cstn__base64_put(&made, root, CSTN__HASH);
	return cstn__bytes_to_buffer(&made, out, error);
}

/* The line at *at, which moves behind its end; 0, or -1 without a line end. */
static int next_line(const char **at, const char *end, const char **line, size_t *len)
{
	const char *stop = *at < end ? memchr(*at, '\n', (size_t)(end - *at)) : NULL;

	if (!stop)
		return -1;
	*line = *at;
	*len = (size_t)(stop - *at);
	*at = stop + 1;
	return 0;
}

static cstn_status fail_line(int line, const char *rule, cstn_error **error)
{
	return cstn__fail(error, CSTN_E_FORMAT, "line %d of a checkpoint: %s", line, rule);
}

static cstn_status check_extension(const cstn_checkpoint *made, cstn_error **error)
{
	const char *at = made->extension, *end = at + made->extension_len, *line;
	size_t len;
	int number = 4;

	for (; at < end; number++)
		if (next_line(&at, end, &line, &len) || !len)
			return fail_line(number,
					"an extension is not empty and ends with a line "
					"end",
					error);
	return CSTN_OK;
}

cstn_status cstn_checkpoint_parse(
		const char *text, size_t text_len, cstn_checkpoint *out, cstn_error **error)
{
	cstn_checkpoint made = CSTN_CHECKPOINT_INIT;
	const char *at = text, *end = text + text_len, *line;
	cstn_status status = CSTN_OK;
	size_t len;

	if (!text || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "text or out is NULL");
	if (!cstn__note_text_is_valid(text, text_len))
		return cstn__fail(error, CSTN_E_FORMAT,
				"a checkpoint is not UTF-8, or has a control byte");
	if (next_line(&at, end, &made.origin, &made.origin_len) || !made.origin_len)
		return fail_line(1, "the origin is empty or has no line end", error);
	if (next_line(&at, end, &line, &len) || cstn__whole_number_read(line, len, &made.size))
		return fail_line(2, "the size is a number below 2^64 without leading zeros", error);
	if (next_line(&at, end, &line, &len) || cstn__hash_read(line, len, made.root))
		return fail_line(3, "the root is base64 of 32 bytes", error);
	if (at < end) {
		made.extension = at;
		made.extension_len = (size_t)(end - at);
		status = check_extension(&made, error);
	}
	if (status != CSTN_OK)
		return status;
	return cstn__output_write(&made, sizeof(made), sizeof(made), "cstn_checkpoint", out, error);
}
