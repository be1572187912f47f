/* Names of a store's files: a kind and a number of 16 lower-case hexadecimal digits. Reading is
 * strict, so that each file has exactly one name and a stranger's file is left alone. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "store/manifest.h"

#define DIGITS 16

static const struct file_kind {
	uint32_t kind;
	const char *before, *after;
} file_kinds[] = {
		{0, "MANIFEST-", ""},
		{CSTN__ENTRY_SEGMENT, "seg-", ".cstn"},
		{CSTN__ENTRY_LOG, "log-", ".cstn"},
		{CSTN__ENTRY_DEAD_ROWS, "del-", ".cstn"},
		{CSTN__ENTRY_DERIVED, "drv-", ".cstn"},
		{CSTN__ENTRY_KEY_SLOTS, "key-", ".cstn"},
		{CSTN__FILE_UNFINISHED, "tmp-", ""},
};
#define N_KINDS (sizeof(file_kinds) / sizeof(file_kinds[0]))

void cstn__file_name(uint32_t kind, uint64_t file_no, char out[CSTN__FILE_NAME])
{
	size_t i = 0;

	while (i + 1 < N_KINDS && file_kinds[i].kind != kind)
		i++;
	snprintf(out, CSTN__FILE_NAME, "%s%016" PRIx64 "%s", file_kinds[i].before, file_no,
			file_kinds[i].after);
}

/* 0, or -1 if a character is no digit. */
static int read_digits(const char *text, uint64_t *out)
{
	uint64_t value = 0;

	for (size_t i = 0; i < DIGITS; i++) {
		char c = text[i];

		if (c >= '0' && c <= '9')
			value = value << 4 | (uint64_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			value = value << 4 | (uint64_t)(c - 'a' + 10);
		else
			return -1;
	}
	*out = value;
	return 0;
}

int cstn__file_name_read(const char *name, uint32_t *kind, uint64_t *file_no)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < N_KINDS; i++) {
		size_t before = strlen(file_kinds[i].before);

		if (len != before + DIGITS + strlen(file_kinds[i].after) ||
				memcmp(name, file_kinds[i].before, before) != 0 ||
				strcmp(name + before + DIGITS, file_kinds[i].after) != 0)
			continue;
		if (read_digits(name + before, file_no) != 0)
			return 0;
		*kind = file_kinds[i].kind;
		return 1;
	}
	return 0;
}
