/* Paths of fields: noun.field, noun[].field, noun.*.
 *
 * Noun and field are UTF-8 without control characters, dots, stars and brackets, none empty. The
 * star stands for every field of the noun, those of its lists included. Cost: O(len). */
#include "sharing/field_path.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"

/* Bytes of the noun, "[]" included; 0 if it is no path. */
static size_t noun_of(const char *path, size_t len)
{
	const char *dot = len > 0 && len <= CSTN_PATH_MOST ? memchr(path, '.', len) : NULL;

	return dot ? (size_t)(dot - path) : 0;
}

static int name_is_valid(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		uint8_t c = (uint8_t)text[i];

		if (c < 0x20 || c == 0x7f || c == '.' || c == '*' || c == '[' || c == ']')
			return 0;
	}
	return len > 0 && cstn__utf8_is_valid((const uint8_t *)text, len);
}

static int is_list(const char *path, size_t noun)
{
	return noun > 2 && path[noun - 2] == '[' && path[noun - 1] == ']';
}

int cstn__path_is_star(const char *path, size_t len)
{
	return len > 2 && path[len - 1] == '*' && path[len - 2] == '.';
}

cstn_status cstn_path_check(const char *path, size_t len, cstn_error **error)
{
	size_t noun = path ? noun_of(path, len) : 0;
	int list, star;

	if (!path)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "path is NULL");
	if (len > CSTN_PATH_MOST)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "a path of %zu bytes; at most %d",
				len, CSTN_PATH_MOST);
	list = is_list(path, noun);
	star = cstn__path_is_star(path, len);
	if (noun && name_is_valid(path, noun - (list ? 2 : 0)) && !(list && star) &&
			(star ? noun == len - 2 : name_is_valid(path + noun + 1, len - noun - 1)))
		return CSTN_OK;
	return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
			"path '%.*s' is not of the form noun.field, noun[].field or noun.*",
			(int)len, path);
}

int32_t cstn_path_covers(const char *above, size_t above_len, const char *path, size_t len)
{
	size_t noun;

	if (!above || !path)
		return 0;
	if (above_len == len && memcmp(above, path, len) == 0)
		return 1;
	if (!cstn__path_is_star(above, above_len))
		return 0;
	noun = noun_of(path, len);
	if (is_list(path, noun))
		noun -= 2;
	return noun > 0 && noun == above_len - 2 && memcmp(above, path, noun) == 0;
}

size_t cstn__path_star(const char *path, size_t len, char out[CSTN_PATH_MOST + 2])
{
	size_t noun = noun_of(path, len);

	if (is_list(path, noun))
		noun -= 2;
	memcpy(out, path, noun);
	memcpy(out + noun, ".*", 2);
	return noun + 2;
}
