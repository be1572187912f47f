/* Reads CSV text and shows what came out as one line of text. */
#include "csv_fixture.h"

#include <check.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/hash.h"

typedef struct shown {
	char *text;
	size_t size, capacity;
} shown;

static void show(shown *out, const char *data, size_t size)
{
	if (out->size + size + 1 > out->capacity) {
		out->capacity = (out->size + size + 1) * 2;
		out->text = realloc(out->text, out->capacity);
		if (out->text == NULL)
			abort();
	}
	if (size > 0)
		memcpy(out->text + out->size, data, size);
	out->size += size;
	out->text[out->size] = '\0';
}

static void show_format(shown *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void show_format(shown *out, const char *format, ...)
{
	char buffer[128];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(buffer, sizeof(buffer), format, args);
	va_end(args);
	show(out, buffer, (size_t)n);
}

static void show_text(shown *out, const char *text, size_t size)
{
	size_t i, from = 0;

	for (i = 0; i < size; i++)
		if (text[i] == '\n' || text[i] == '\r') {
			show(out, text + from, i - from);
			show(out, text[i] == '\n' ? "\\n" : "\\r", 2);
			from = i + 1;
		}
	show(out, text + from, size - from);
}

static int bit(const void *bits, int64_t i)
{
	return ((const uint8_t *)bits)[i / 8] >> (i % 8) & 1;
}

/* The host's locale may have another mark; what is compared has a point. */
static void show_double(shown *out, double value)
{
	char buffer[64];
	int n = snprintf(buffer, sizeof(buffer), "%.17g", value);
	char *comma = strchr(buffer, ',');

	if (comma != NULL)
		*comma = '.';
	show(out, buffer, (size_t)n);
}

static void show_value(shown *out, const struct ArrowArray *array, const char *format, int64_t row)
{
	const void *values = array->buffers[1];
	int64_t i = row + array->offset;
	char buffer[64];

	if (array->buffers[0] != NULL && !bit(array->buffers[0], i)) {
		show(out, "~", 1);
		return;
	}
	if (strcmp(format, "b") == 0) {
		show(out, bit(values, i) ? "1" : "0", 1);
	} else if (strcmp(format, "i") == 0 || strcmp(format, "tdD") == 0) {
		show_format(out, "%" PRId32, ((const int32_t *)values)[i]);
	} else if (strcmp(format, "l") == 0) {
		show_format(out, "%" PRId64, ((const int64_t *)values)[i]);
	} else if (strcmp(format, "g") == 0) {
		show_double(out, ((const double *)values)[i]);
	} else if (strcmp(format, "tsu:UTC") == 0) {
		size_t n = cstn_time_format(((const int64_t *)values)[i], buffer, sizeof(buffer));

		show(out, buffer, n);
	} else if (format[0] == 'd') {
		/* 128 bits: the value, and its sign in the high half. */
		int high = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
		int64_t value = ((const int64_t *)values)[2 * i + 1 - high];

		if (((const int64_t *)values)[2 * i + high] != (value < 0 ? -1 : 0))
			ck_abort_msg("a decimal whose high half is not its sign");
		show_format(out, "%" PRId64, value);
	} else {
		const int32_t *offsets = values;

		if (strcmp(format, "u") != 0 && strcmp(format, "z") != 0)
			ck_abort_msg("format %s", format);
		show_text(out, (const char *)array->buffers[2] + offsets[i],
				(size_t)(offsets[i + 1] - offsets[i]));
	}
}

char *csv_show_stream(
		struct ArrowArrayStream *stream, uint64_t *rows, uint64_t *batches, char **failure)
{
	struct ArrowSchema schema;
	struct ArrowArray array;
	shown out = {NULL, 0, 0};
	int64_t i, c;
	int code;

	*rows = *batches = 0;
	*failure = NULL;
	show(&out, "", 0);
	code = stream->get_schema(stream, &schema);
	if (code != 0) {
		*failure = strdup(stream->get_last_error(stream));
		stream->release(stream);
		return out.text;
	}
	while ((code = stream->get_next(stream, &array)) == 0 && array.release != NULL) {
		++*batches;
		if (array.length <= 0)
			ck_abort_msg("an empty batch");
		for (i = 0; i < array.length; i++) {
			for (c = 0; c < array.n_children; c++) {
				if (c > 0)
					show(&out, "|", 1);
				show_value(&out, array.children[c], schema.children[c]->format, i);
			}
			show(&out, ";", 1);
		}
		*rows += (uint64_t)array.length;
		array.release(&array);
	}
	if (code != 0)
		*failure = strdup(stream->get_last_error(stream));
	schema.release(&schema);
	stream->release(stream);
	ck_assert_ptr_null(stream->release);
	return out.text;
}

void csv_result_free(csv_result *result)
{
	free(result->message);
	free(result->rows);
	free(result->rejects);
	memset(result, 0, sizeof(*result));
}

cstn_schema *csv_schema(const char *text)
{
	cstn_schema *schema = NULL;
	cstn_error *error = NULL;

	cstn_status status = cstn_schema_parse(text, strlen(text), NULL, &schema, &error);

	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	return schema;
}

/* Read all rows of a reader, then its rejects, and free it. */
static csv_result drain(cstn_csv_reader *reader)
{
	csv_result result = {CSTN_OK, NULL, NULL, NULL, 0, 0, 0, 0};
	struct ArrowArrayStream stream;
	char *failure = NULL;
	uint64_t unused;

	memset(&stream, 0, sizeof(stream));
	result.status = cstn_csv_reader_export(reader, &stream, NULL);
	if (result.status == CSTN_OK) {
		result.rows = csv_show_stream(&stream, &result.n_rows, &result.n_batches, &failure);
		result.status = failure != NULL ? CSTN_E_STREAM : CSTN_OK;
		ck_assert_uint_eq(cstn_csv_reader_rows(reader), result.n_rows);
	}
	result.message = failure != NULL ? failure : strdup("");
	failure = NULL;
	if (cstn_csv_reader_export_rejects(reader, &stream, NULL) == CSTN_OK) {
		result.rejects = csv_show_stream(&stream, &result.n_rejects, &unused, &failure);
		if (failure != NULL && result.status == CSTN_OK)
			result.status = CSTN_E_STREAM;
		free(failure);
	}
	cstn_csv_reader_unref(reader);
	result.rows = result.rows != NULL ? result.rows : strdup("");
	result.rejects = result.rejects != NULL ? result.rejects : strdup("");
	result.hash = cstn__hash64(
			cstn__hash64(result.n_batches, result.rejects, strlen(result.rejects)),
			result.rows, strlen(result.rows));
	return result;
}

static csv_result refused(cstn_status status, cstn_error *error)
{
	csv_result result = {status, strdup(cstn_error_message(error)), strdup(""), strdup(""), 0,
			0, 0, 0};

	cstn_error_free(error);
	return result;
}

csv_result csv_read_bytes(const void *data, size_t size, const char *schema_text,
		const cstn_csv_options *options, const cstn__csv_tuning *tuning,
		const cstn_allocator *allocator)
{
	cstn_schema *schema = csv_schema(schema_text);
	cstn_csv_reader *reader = NULL;
	cstn__csv_source *source;
	cstn_csv_options checked;
	cstn_allocator memory;
	cstn_error *error = NULL;
	cstn_status status;

	if (tuning == NULL) {
		status = cstn_csv_reader_open_bytes(
				data, size, schema, options, allocator, &reader, &error);
	} else {
		status = cstn__csv_options_check(options, &checked, &error);
		if (status == CSTN_OK)
			status = cstn__allocator_read(allocator, &memory, &error);
		if (status == CSTN_OK)
			status = cstn__csv_source_bytes(
					data, size, &memory, checked.progress, &source, &error);
		if (status == CSTN_OK)
			status = cstn__csv_reader_new(
					source, schema, &checked, &memory, tuning, &reader, &error);
	}
	cstn_schema_unref(schema);
	if (status != CSTN_OK) {
		ck_assert_ptr_null(reader);
		return refused(status, error);
	}
	return drain(reader);
}

csv_result csv_read_text(const char *text, const char *schema, const cstn_csv_options *options)
{
	return csv_read_bytes(text, strlen(text), schema, options, NULL, NULL);
}

csv_result csv_read_path(const char *path, const char *schema_text, const cstn_csv_options *options)
{
	cstn_schema *schema = csv_schema(schema_text);
	cstn_csv_reader *reader = NULL;
	cstn_error *error = NULL;
	cstn_status status;

	status = cstn_csv_reader_open(path, schema, options, NULL, &reader, &error);
	cstn_schema_unref(schema);
	return status == CSTN_OK ? drain(reader) : refused(status, error);
}

uint8_t *csv_gzip(const void *data, size_t size, size_t *out_size)
{
	z_stream stream;
	size_t capacity = size + size / 10 + 256;
	uint8_t *out = malloc(capacity);
	const void *input = data;
	Bytef *next;

	ck_assert_ptr_nonnull(out);
	memset(&stream, 0, sizeof(stream));
	ck_assert_int_eq(
			deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	memcpy(&next, &input, sizeof(next));
	stream.next_in = next;
	stream.avail_in = (uInt)size;
	stream.next_out = out;
	stream.avail_out = (uInt)capacity;
	ck_assert_int_eq(deflate(&stream, Z_FINISH), Z_STREAM_END);
	*out_size = stream.total_out;
	deflateEnd(&stream);
	return out;
}

void csv_expect(const char *text, const char *schema, const cstn_csv_options *options,
		const char *rows, const char *rejects)
{
	csv_result result = csv_read_text(text, schema, options);

	ck_assert_msg(result.status == CSTN_OK, "%s", result.message);
	ck_assert_str_eq(result.rows, rows);
	ck_assert_str_eq(result.rejects, rejects);
	csv_result_free(&result);
}

void csv_expect_rows(const char *text, const char *schema, const char *rows)
{
	csv_expect(text, schema, NULL, rows, "");
}

void csv_expect_refused(const char *text, const char *schema, const cstn_csv_options *options,
		cstn_status status, const char *part)
{
	csv_result result = csv_read_text(text, schema, options);

	ck_assert_int_eq(result.status, status);
	ck_assert_msg(strstr(result.message, part) != NULL, "'%s' is not in '%s'", part,
			result.message);
	csv_result_free(&result);
}
