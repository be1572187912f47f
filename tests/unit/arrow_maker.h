#ifndef TESTS_ARROW_MAKER_H
#define TESTS_ARROW_MAKER_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/arrow.h>

/* Arrow streams made by hand, for tests. Buffers belong to the test; the structs count themselves:
 * maker_live() is the number of schemas, arrays and streams made and not released, and a second
 * release of the same struct aborts. */

typedef struct maker_column {
	const char *name, *format;
	int64_t length, offset, null_count;
	int64_t n_buffers;
	const void *buffers[6];
	const struct maker_column *dictionary;
} maker_column;

typedef struct maker_batch {
	int64_t length, offset, null_count;
	const void *validity;
	const maker_column *columns; /* n of the stream */
} maker_batch;

typedef struct maker_stream {
	const maker_column *fields; /* names and formats of the schema */
	size_t n;
	const maker_batch *batches;
	size_t n_batches;
	size_t fail_at; /* fail instead of giving batch number fail_at, 1-based; 0 never */
	int fail_code;
	const char *fail_message; /* NULL: get_last_error gives NULL */
	int fail_schema;          /* get_schema fails with fail_code */
	const char *root_format;  /* NULL: "+s" */
} maker_stream;

/* `from` must outlive the stream. */
void maker_open(struct ArrowArrayStream *out, const maker_stream *from);
/* One column of the description as an array or a schema of its own. */
void maker_array(struct ArrowArray *out, const maker_column *from);
void maker_root(struct ArrowArray *out, const maker_batch *from, size_t n);
void maker_schema(struct ArrowSchema *out, const maker_stream *from);
int64_t maker_live(void);

#endif
