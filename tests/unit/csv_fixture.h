#ifndef TESTS_CSV_FIXTURE_H
#define TESTS_CSV_FIXTURE_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/csv.h>

#include "table/csv_reader.h"

/* What came out of a CSV text, written so that it can be compared in one line. */
typedef struct csv_result {
	cstn_status status; /* of opening, or CSTN_E_STREAM when the stream failed */
	char *message;      /* of the failure, or "" */
	char *rows;         /* "1|2.50|text;" a row; ~ is null; line breaks are \n */
	char *rejects;      /* "line|column|reason|raw;" a reject */
	uint64_t n_rows;
	uint64_t n_rejects;
	uint64_t n_batches;
	uint64_t hash; /* of rows, rejects and batch lengths */
} csv_result;

void csv_result_free(csv_result *result);

cstn_schema *csv_schema(const char *text);

/* Read bytes; any of options, tuning and allocator may be NULL. */
csv_result csv_read_bytes(const void *data, size_t size, const char *schema,
		const cstn_csv_options *options, const cstn__csv_tuning *tuning,
		const cstn_allocator *allocator);
csv_result csv_read_text(const char *text, const char *schema, const cstn_csv_options *options);
csv_result csv_read_path(const char *path, const char *schema, const cstn_csv_options *options);

/* Drain a stream into text as in csv_result.rows; releases it. *failure: NULL, or why it ended. */
char *csv_show_stream(
		struct ArrowArrayStream *stream, uint64_t *rows, uint64_t *batches, char **failure);

/* gzip of some bytes, to be freed. */
uint8_t *csv_gzip(const void *data, size_t size, size_t *out_size);

/* Both must be equal; the message shows what was expected. */
void csv_expect_rows(const char *text, const char *schema, const char *rows);
void csv_expect(const char *text, const char *schema, const cstn_csv_options *options,
		const char *rows, const char *rejects);
/* Opening must fail with this status and a message that holds `part`. */
void csv_expect_refused(const char *text, const char *schema, const cstn_csv_options *options,
		cstn_status status, const char *part);

#endif
