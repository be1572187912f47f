/* Opening a CSV file: options, how it is cut, and the reader as an object and as a stream. Its
 * first row is csv_header.c's. Cost: O(threads) memory but for windows and batches. */
#include "table/csv_reader.h"

#include <inttypes.h>
#include <string.h>

#include "base/cpu.h"
#include "base/error.h"
#include "base/parallel.h"
#include "table/export.h"

#define SOLO_WINDOW ((size_t)256 * 1024)
#define CHUNK ((size_t)512 * 1024)
#define CHUNKS_A_THREAD 8
#define CHUNKS_MAX 128
#define TASK_ROWS 4096
#define DEFAULT_REJECTS 65536
#define DEFAULT_BATCH_ROWS 65536
#define BATCH_ROWS_MAX 1048576

static int is_digit_or_sign(uint8_t c)
{
	return (c >= '0' && c <= '9') || c == '-' || c == '+';
}

static int is_mark(uint8_t c)
{
	return c >= 0x20 && c < 0x7f && !is_digit_or_sign(c) && !(c >= 'a' && c <= 'z') &&
	       !(c >= 'A' && c <= 'Z');
}

cstn_status cstn__csv_options_check(
		const cstn_csv_options *given, cstn_csv_options *out, cstn_error **error)
{
	const uint32_t flags =
			CSTN_CSV_NO_HEADER | CSTN_CSV_STRICT | CSTN_CSV_BAD_NULL | CSTN_CSV_CRLF;
	cstn_csv_options o;
	cstn_status status;

	status = cstn__options_read(
			given, sizeof(o), sizeof(o), flags, "cstn_csv_options", &o, error);
	if (status != CSTN_OK)
		return status;
	if (o.delimiter == 0)
		o.delimiter = ',';
	if (o.quote == 0)
		o.quote = '"';
	if (o.decimal_mark == 0)
		o.decimal_mark = '.';
	if (o.max_rejects == 0)
		o.max_rejects = DEFAULT_REJECTS;
	if (o.batch_rows == 0)
		o.batch_rows = DEFAULT_BATCH_ROWS;
	if (o.threads < 0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"threads is %" PRId32 ", 0 or more expected", o.threads);
	if (o.delimiter == '\n' || o.delimiter == '\r' || o.delimiter > 0x7e || o.quote == '\n' ||
			o.quote == '\r' || o.quote > 0x7e)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"delimiter %d or quote %d is no single ASCII character in a line",
				o.delimiter, o.quote);
	if (o.delimiter == o.quote)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"delimiter and quote are both '%c'", o.quote);
	if (!is_mark(o.decimal_mark) || (o.thousands_mark != 0 && !is_mark(o.thousands_mark)) ||
			o.decimal_mark == o.thousands_mark || o.decimal_mark == o.quote ||
			o.thousands_mark == o.quote)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"decimal_mark %d and thousands_mark %d must be two marks of ASCII, "
				"neither digit, sign, letter nor quote",
				o.decimal_mark, o.thousands_mark);
	if (o.max_rejects < -1)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"max_rejects is %" PRId64 ", -1 or more expected", o.max_rejects);
	if (o.batch_rows < 1 || o.batch_rows > BATCH_ROWS_MAX)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"batch_rows is %" PRId64 ", 1..%d expected", o.batch_rows,
				BATCH_ROWS_MAX);
	*out = o;
	return CSTN_OK;
}

/* ---- the object ---- */

static void set_tuning(cstn_csv_reader *reader, const cstn__csv_tuning *given, int32_t threads)
{
	cstn__csv_tuning *tuning = &reader->tuning;
	uint64_t size = cstn__csv_source_left(reader->source);
	int simd = cstn__cpu_simd();
	size_t morsels = 256;

	if (given != NULL)
		*tuning = *given;
	if (tuning->simd == 0 || tuning->simd > simd)
		tuning->simd = simd;
	if (cstn__csv_source_is_random(reader->source) && given == NULL && size / CHUNK < morsels)
		morsels = (size_t)(size / CHUNK) + 1;
	reader->threads = cstn__threads_resolve(threads, morsels);
	if (tuning->chunk_bytes == 0)
		tuning->chunk_bytes = reader->threads == 1 ? SIZE_MAX / 2 : CHUNK;
	if (tuning->window_bytes == 0 && reader->threads == 1)
		tuning->window_bytes = SOLO_WINDOW;
	else if (tuning->window_bytes == 0)
		tuning->window_bytes =
				CHUNK *
				(reader->threads * CHUNKS_A_THREAD < CHUNKS_MAX
								? (size_t)reader->threads *
										  CHUNKS_A_THREAD
								: CHUNKS_MAX);
	if (tuning->task_rows == 0)
		tuning->task_rows = TASK_ROWS;
	if (tuning->batch_bytes == 0)
		tuning->batch_bytes = UINT64_C(1) << 30;
}

cstn_status cstn__csv_reader_new(cstn__csv_source *source, cstn_schema *schema,
		const cstn_csv_options *options, const cstn_allocator *allocator,
		const cstn__csv_tuning *tuning, cstn_csv_reader **out, cstn_error **error)
{
	cstn_csv_reader *reader = cstn__alloc_zero(allocator, sizeof(*reader));
	cstn_error *failure = NULL;
	cstn_status status;
	int32_t i;

	if (reader == NULL) {
		cstn__csv_source_free(source);
		return cstn__fail_nomem(error);
	}
	atomic_init(&reader->references, 1);
	reader->allocator = *allocator;
	reader->source = source;
	reader->schema = schema != NULL ? cstn_schema_ref(schema) : NULL;
	reader->progress = options->progress;
	reader->flags = options->flags;
	reader->max_rejects = options->max_rejects;
	reader->batch_rows = (uint32_t)options->batch_rows;
	reader->format.delimiter = options->delimiter;
	reader->format.quote = options->quote;
	reader->format.decimal_mark = options->decimal_mark;
	reader->format.thousands_mark = options->thousands_mark;
	cstn__csv_format_init(&reader->format);
	reader->line = 1;
	set_tuning(reader, tuning, options->threads);
	status = cstn__csv_rejects_init(&reader->rejects, allocator, &failure);
	if (status != CSTN_OK)
		goto fail;
	reader->parsers = cstn__alloc_zero(
			allocator, (size_t)reader->threads * sizeof(*reader->parsers));
	if (reader->parsers == NULL) {
		status = cstn__fail_nomem(&failure);
		goto fail;
	}
	for (i = 0; i < reader->threads; i++) {
		reader->parsers[i].allocator = &reader->allocator;
		reader->parsers[i].format = &reader->format;
	}
	status = cstn__csv_bind_columns(reader, &failure);
	if (status != CSTN_OK)
		goto fail;
	*out = reader;
	return CSTN_OK;
fail:
	cstn_csv_reader_unref(reader);
	if (error != NULL)
		*error = failure;
	else
		cstn_error_free(failure);
	return status;
}

void cstn_csv_reader_unref(cstn_csv_reader *reader)
{
	cstn_allocator allocator;
	size_t i;

	if (reader == NULL || atomic_fetch_sub_explicit(
					      &reader->references, 1, memory_order_acq_rel) != 1)
		return;
	allocator = reader->allocator;
	for (i = 0; i < reader->chunks.count; i++)
		cstn__csv_chunk_free(&allocator, reader->chunks.items + i);
	for (i = 0; i < reader->ready.count; i++)
		cstn__csv_batch_free(reader->ready.items[i]);
	cstn__csv_batch_free(reader->partial);
	for (i = 0; reader->parsers != NULL && i < (size_t)reader->threads; i++)
		cstn__array_free(&allocator, &reader->parsers[i].bads);
	cstn__free(&allocator, reader->parsers, (size_t)reader->threads * sizeof(*reader->parsers));
	cstn__array_free(&allocator, &reader->chunks);
	cstn__array_free(&allocator, &reader->ready);
	cstn__array_free(&allocator, &reader->segments);
	cstn__array_free(&allocator, &reader->tasks);
	cstn__array_free(&allocator, &reader->step);
	cstn__array_free(&allocator, &reader->text_sizes);
	cstn__array_free(&allocator, &reader->text_begins);
	cstn__array_free(&allocator, &reader->bads);
	cstn__csv_window_free(&allocator, &reader->windows[0]);
	cstn__csv_window_free(&allocator, &reader->windows[1]);
	cstn__csv_rejects_free(&reader->rejects);
	cstn__free(&allocator, reader->overlong.raw, CSTN__CSV_OVERLONG_RAW);
	cstn_error_free(reader->failure_error);
	cstn__free(&allocator, reader->columns, reader->n_columns * sizeof(*reader->columns));
	cstn__csv_source_free(reader->source);
	cstn_schema_unref(reader->schema);
	cstn__free(&allocator, reader, sizeof(*reader));
}

static cstn_status open_source(cstn__csv_source *source, cstn_schema *schema,
		const cstn_csv_options *options, const cstn_allocator *allocator, const char *path,
		cstn_csv_reader **out, cstn_error **error)
{
	cstn_status status =
			cstn__csv_reader_new(source, schema, options, allocator, NULL, out, error);

	if (status != CSTN_OK && path != NULL)
		cstn__error_prefix(error, "'%s': ", path);
	return status;
}

cstn_status cstn_csv_reader_open(const char *path, cstn_schema *schema,
		const cstn_csv_options *options, const cstn_allocator *allocator,
		cstn_csv_reader **out, cstn_error **error)
{
	cstn_csv_options read;
	cstn_allocator memory;
	cstn__csv_source *source;
	cstn_status status;

	if (path == NULL || schema == NULL || out == NULL)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "path, schema or out is NULL");
	status = cstn__csv_options_check(options, &read, error);
	if (status == CSTN_OK)
		status = cstn__allocator_read(allocator, &memory, error);
	if (status == CSTN_OK)
		status = cstn__csv_source_file(path, &memory, read.progress, &source, error);
	if (status != CSTN_OK)
		return status;
	return open_source(source, schema, &read, &memory, path, out, error);
}

cstn_status cstn_csv_reader_open_bytes(const uint8_t *data, size_t size, cstn_schema *schema,
		const cstn_csv_options *options, const cstn_allocator *allocator,
		cstn_csv_reader **out, cstn_error **error)
{
	cstn_csv_options read;
	cstn_allocator memory;
	cstn__csv_source *source;
	cstn_status status;

	if ((data == NULL && size > 0) || schema == NULL || out == NULL)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "data, schema or out is NULL");
	status = cstn__csv_options_check(options, &read, error);
	if (status == CSTN_OK)
		status = cstn__allocator_read(allocator, &memory, error);
	if (status == CSTN_OK)
		status = cstn__csv_source_bytes(data, size, &memory, read.progress, &source, error);
	if (status != CSTN_OK)
		return status;
	return open_source(source, schema, &read, &memory, NULL, out, error);
}

cstn_status cstn_csv_reader_rejects(
		const cstn_csv_reader *reader, cstn_row_errors **out, cstn_error **error)
{
	if (reader == NULL || out == NULL)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "reader or out is NULL");
	return cstn__row_sink_finish(reader->rejects.sink, out, error);
}

cstn_status cstn_csv_reader_export_rejects(
		const cstn_csv_reader *reader, struct ArrowArrayStream *out, cstn_error **error)
{
	if (reader == NULL || out == NULL)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "reader or out is NULL");
	return cstn__csv_rejects_export(&reader->rejects, out, error);
}

uint64_t cstn_csv_reader_rows(const cstn_csv_reader *reader)
{
	return reader == NULL ? 0 : reader->rows;
}

/* ---- the stream ---- */

struct stream {
	cstn_allocator allocator;
	cstn_csv_reader *reader;
	cstn_error *error;
};

static int stream_get_schema(struct ArrowArrayStream *self, struct ArrowSchema *out)
{
	struct stream *stream = self->private_data;

	cstn_error_free(stream->error);
	stream->error = NULL;
	if (cstn__csv_schema_export(&stream->allocator, stream->reader->columns,
			    stream->reader->n_columns, out) == CSTN_OK)
		return 0;
	return cstn__stream_errno(cstn__fail_nomem(&stream->error));
}

static int stream_get_next(struct ArrowArrayStream *self, struct ArrowArray *out)
{
	struct stream *stream = self->private_data;
	cstn__csv_batch *batch;
	cstn_status status;

	cstn_error_free(stream->error);
	stream->error = NULL;
	status = cstn__csv_reader_next(stream->reader, &batch, &stream->error);
	if (status == CSTN_OK) {
		cstn__csv_batch_export(batch, out);
		return 0;
	}
	if (status == CSTN_DONE) {
		memset(out, 0, sizeof(*out));
		return 0;
	}
	return cstn__stream_errno(status);
}

static const char *stream_get_last_error(struct ArrowArrayStream *self)
{
	struct stream *stream = self->private_data;

	return stream->error != NULL ? cstn_error_message(stream->error) : NULL;
}

static void stream_release(struct ArrowArrayStream *self)
{
	struct stream *stream = self->private_data;
	cstn_allocator allocator = stream->allocator;

	cstn_error_free(stream->error);
	cstn_csv_reader_unref(stream->reader);
	cstn__free(&allocator, stream, sizeof(*stream));
	memset(self, 0, sizeof(*self));
}

cstn_status cstn_csv_reader_export(
		cstn_csv_reader *reader, struct ArrowArrayStream *out, cstn_error **error)
{
	struct stream *stream;

	if (reader == NULL || out == NULL)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "reader or out is NULL");
	if (reader->exported)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"the reader's rows were exported before; open the file again");
	stream = cstn__alloc_zero(&reader->allocator, sizeof(*stream));
	if (stream == NULL)
		return cstn__fail_nomem(error);
	stream->allocator = reader->allocator;
	stream->reader = reader;
	atomic_fetch_add_explicit(&reader->references, 1, memory_order_relaxed);
	reader->exported = 1;
	out->get_schema = stream_get_schema;
	out->get_next = stream_get_next;
	out->get_last_error = stream_get_last_error;
	out->release = stream_release;
	out->private_data = stream;
	return CSTN_OK;
}
