/* What the commands share: messages, times, files. */
#include "program.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN_ROWS 20

int say_failure(cstn_status status, cstn_error *error)
{
	fprintf(stderr, "constellation: %s (%s)\n", cstn_error_message(error),
			cstn_status_name(status));
	cstn_error_free(error);
	return EXIT_FAILED;
}

uint64_t say_rows(const char *title, cstn_row_errors *rows)
{
	uint64_t total = cstn_row_errors_total(rows);
	size_t i, n = cstn_row_errors_count(rows);
	char message[512];

	if (total > 0)
		fprintf(stderr, "%s\n", title);
	for (i = 0; i < n && i < SHOWN_ROWS; i++) {
		cstn_row_errors_copy_message(rows, i, message, sizeof(message));
		fprintf(stderr, "  %s\n", message);
	}
	if (total > i)
		fprintf(stderr, "  ... and %" PRIu64 " more\n", total - i);
	cstn_row_errors_free(rows);
	return total;
}

void print_buffer(cstn_buffer *buffer)
{
	size_t size = cstn_buffer_size(buffer);
	const char *bytes = (const char *)cstn_buffer_data(buffer);

	fwrite(bytes, 1, size, stdout);
	if (size > 0 && bytes[size - 1] != '\n')
		putchar('\n');
	cstn_buffer_free(buffer);
}

int read_time(const char *text, int64_t *out_us)
{
	cstn_error *error = NULL;
	cstn_status status = cstn_time_parse(text, strlen(text), NULL, 0, out_us, &error);

	if (status == CSTN_OK)
		return 0;
	say_failure(status, error);
	return -1;
}

int read_count(const char *text, uint64_t *out)
{
	char *end;
	unsigned long long value;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end != '\0' || errno != 0) {
		fprintf(stderr, "constellation: '%s' is no whole number\n", text);
		return -1;
	}
	*out = value;
	return 0;
}

static char *read_all(FILE *file, size_t *len)
{
	size_t size = 0, capacity = 65536;
	char *bytes = malloc(capacity), *grown;

	while (bytes) {
		size += fread(bytes + size, 1, capacity - size, file);
		if (size < capacity)
			break;
		capacity *= 2;
		grown = realloc(bytes, capacity);
		if (!grown)
			free(bytes);
		bytes = grown;
	}
	if (bytes && ferror(file)) {
		free(bytes);
		bytes = NULL;
	}
	*len = size;
	return bytes;
}

char *read_file(const char *path, size_t *len)
{
	FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
	char *bytes = NULL;

	errno = file ? 0 : errno;
	if (file)
		bytes = read_all(file, len);
	if (!bytes)
		fprintf(stderr, "constellation: %s: %s\n", path,
				errno ? strerror(errno) : "cannot be read");
	if (file && file != stdin)
		fclose(file);
	return bytes;
}
