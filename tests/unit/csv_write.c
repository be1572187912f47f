/* CSV out: round trips byte for byte, quotes only when needed, files complete or not there. */
#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "csv_fixture.h"
#include "failing_allocator.h"
#include "table/export.h"
#include "suite.h"

/* The rows of a CSV text as a stream. */
static void open_stream(const char *text, size_t size, const char *schema_text,
		const cstn_csv_options *options, struct ArrowArrayStream *stream)
{
	cstn_schema *schema = csv_schema(schema_text);
	cstn_csv_reader *reader = NULL;
	cstn_error *error = NULL;
	cstn_status status = cstn_csv_reader_open_bytes(
			(const uint8_t *)text, size, schema, options, NULL, &reader, &error);

	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	ck_assert_int_eq(cstn_csv_reader_export(reader, stream, NULL), CSTN_OK);
	cstn_csv_reader_unref(reader);
	cstn_schema_unref(schema);
}

static cstn_buffer *write_stream(struct ArrowArrayStream *stream, const cstn_csv_options *options)
{
	cstn_buffer *buffer = NULL;
	cstn_error *error = NULL;
	cstn_status status = cstn_csv_write_bytes(stream, options, NULL, &buffer, &error);

	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	ck_assert_ptr_null(stream->release);
	return buffer;
}

/* What is read and written is `expected`; that, read and written again, are the same bytes. */
static void expect_written(const char *text, const char *schema, const cstn_csv_options *options,
		const char *expected)
{
	struct ArrowArrayStream stream;
	cstn_buffer *first, *second;

	open_stream(text, strlen(text), schema, options, &stream);
	first = write_stream(&stream, options);
	ck_assert_str_eq((const char *)cstn_buffer_data(first), expected);
	open_stream((const char *)cstn_buffer_data(first), cstn_buffer_size(first), schema, options,
			&stream);
	second = write_stream(&stream, options);
	ck_assert_uint_eq(cstn_buffer_size(first), cstn_buffer_size(second));
	ck_assert_int_eq(memcmp(cstn_buffer_data(first), cstn_buffer_data(second),
					 cstn_buffer_size(first)),
			0);
	cstn_buffer_free(first);
	cstn_buffer_free(second);
}

START_TEST(every_type_goes_round)
{
	expect_written("a,b,c,d,e,f,g,h,i\n"
		       "-2147483648,9223372036854775807,0.1,text,bytes,1969-12-31,2017-09-13T08:59:"
		       "02Z,-0.05,yes\n"
		       ",,,,,,,,\n"
		       "0,-9223372036854775808,1e300,\"\",\"\",9999-12-31,0000-01-01T00:00:00."
		       "000001Z,92233720368547758.07,0\n",
			"a int32 null\nb int64 null\nc double null\nd text null\ne bytes null\n"
			"f date null\ng timestamp null\nh decimal scale=2 null\ni flag null",
			NULL,
			"a,b,c,d,e,f,g,h,i\n"
			"-2147483648,9223372036854775807,0.1,text,bytes,1969-12-31,2017-09-13T08:"
			"59:02Z,-0.05,true\n"
			",,,,,,,,\n"
			"0,-9223372036854775808,1e+300,\"\",\"\",9999-12-31,0000-01-01T00:00:00."
			"000001Z,92233720368547758.07,false\n");
}
END_TEST

START_TEST(quotes_are_written_only_when_needed)
{
	expect_written("a,b\n\"plain\",\"with "
		       "space\"\n\"a,b\",\"a\"\"b\"\n\"a\nb\",\"a\rb\"\n\"\",\n"
		       "\"'\", x \n",
			"a text null\nb text null", NULL,
			"a,b\nplain,with space\n\"a,b\",\"a\"\"b\"\n\"a\nb\",\"a\rb\"\n\"\",\n', x "
			"\n");
}
END_TEST

START_TEST(header_names_are_quoted_when_needed)
{
	expect_written("\"a,b\",\"\",\"c\"\"d\",\"e\nf\"\n1,2,3,4\n",
			"\"a,b\" text\n\"\" text\n\"c\"\"d\" text\n\"e\nf\" text", NULL,
			"\"a,b\",\"\",\"c\"\"d\",\"e\nf\"\n1,2,3,4\n");
}
END_TEST

START_TEST(a_byte_order_mark_in_a_text_is_kept)
{
	cstn_csv_options options = CSTN_CSV_OPTIONS_INIT;

	options.flags = CSTN_CSV_NO_HEADER;
	expect_written("\"\xef\xbb\xbfx\",1\n", "a text\nb text", &options,
			"\"\xef\xbb\xbfx\",1\n");
}
END_TEST

START_TEST(one_column_of_nulls_goes_round)
{
	expect_written("a\nx\n\n\"\"\n\n", "a text null", NULL, "a\nx\n\n\"\"\n\n");
	expect_written("a\n\n\n", "a int64 null", NULL, "a\n\n\n");
}
END_TEST

START_TEST(marks_and_line_ends_by_option)
{
	cstn_csv_options options = CSTN_CSV_OPTIONS_INIT;

	options.delimiter = ';';
	options.quote = '\'';
	options.decimal_mark = ',';
	options.thousands_mark = '.';
	options.flags = CSTN_CSV_CRLF;
	expect_written("a;b;c\n1.234,5;1,5;'it''s'\n", "a decimal scale=2\nb double\nc text",
			&options, "a;b;c\r\n1234,50;1,5;'it''s'\r\n");
	options.delimiter = ',';
	expect_written("a,b,c\n'1,5','1,5',x\n", "a decimal scale=1\nb double\nc text", &options,
			"a,b,c\r\n'1,5','1,5',x\r\n");
}
END_TEST

START_TEST(nothing_to_write_is_a_header)
{
	cstn_csv_options options = CSTN_CSV_OPTIONS_INIT;

	expect_written("a,b\n", "a text\nb text", NULL, "a,b\n");
	options.flags = CSTN_CSV_NO_HEADER;
	expect_written("", "a text\nb text", &options, "");
}
END_TEST

/* A stream with one column that a table builder made. */
static void one_value(struct ArrowArrayStream *stream, int32_t type, int64_t value, double number,
		const char *text)
{
	cstn__table_builder *table = NULL;
	cstn_allocator memory;

	ck_assert_int_eq(cstn__allocator_read(NULL, &memory, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__table_builder_new(&memory, &table, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__table_add_column(table, "x", type, 0, 1), 0);
	if (type == CSTN_TYPE_DOUBLE)
		cstn__table_put_f64(table, 0, number);
	else if (type == CSTN_TYPE_TEXT)
		cstn__table_put_text(table, 0, text, strlen(text));
	else
		cstn__table_put_i64(table, 0, value);
	ck_assert_int_eq(cstn__table_export(table, stream, NULL), CSTN_OK);
}

START_TEST(times_without_an_iso_text_are_refused)
{
	static const struct {
		int32_t type;
		int64_t value;
		const char *text; /* NULL: refused */
	} cases[] = {{CSTN_TYPE_DAYS, 2932896, "x\n9999-12-31\n"}, {CSTN_TYPE_DAYS, 2932897, NULL},
			{CSTN_TYPE_DAYS, -719528, "x\n0000-01-01\n"},
			{CSTN_TYPE_DAYS, -719529, NULL},
			{CSTN_TYPE_TIME, 253402300799999999, "x\n9999-12-31T23:59:59.999999Z\n"},
			{CSTN_TYPE_TIME, 253402300800000000, NULL},
			{CSTN_TYPE_TIME, -62167219200000000, "x\n0000-01-01T00:00:00Z\n"},
			{CSTN_TYPE_TIME, -62167219200000001, NULL}};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ArrowArrayStream stream;
		cstn_buffer *buffer = NULL;
		cstn_error *error = NULL;
		cstn_status status;

		one_value(&stream, cases[i].type, cases[i].value, 0, NULL);
		status = cstn_csv_write_bytes(&stream, NULL, NULL, &buffer, &error);
		if (cases[i].text != NULL) {
			ck_assert_int_eq(status, CSTN_OK);
			ck_assert_str_eq((const char *)cstn_buffer_data(buffer), cases[i].text);
		} else {
			ck_assert_int_eq(status, CSTN_E_ROWS);
			ck_assert_ptr_nonnull(strstr(cstn_error_message(error),
					"row 0, column 'x': the year is outside 0000..9999"));
			ck_assert_ptr_null(buffer);
		}
		cstn_error_free(error);
		cstn_buffer_free(buffer);
	}
}
END_TEST

START_TEST(text_that_is_not_utf8_is_refused)
{
	struct ArrowArrayStream stream;
	cstn_buffer *buffer = NULL;
	cstn_error *error = NULL;

	one_value(&stream, CSTN_TYPE_TEXT, 0, 0, "\xff");
	ck_assert_int_eq(cstn_csv_write_bytes(&stream, NULL, NULL, &buffer, &error), CSTN_E_ROWS);
	ck_assert_ptr_nonnull(strstr(cstn_error_message(error), "row 0, column 'x'"));
	ck_assert_ptr_null(stream.release);
	cstn_error_free(error);
}
END_TEST

START_TEST(doubles_are_written_shortest_and_read_back_to_the_same_bits)
{
	static const double values[] = {0.1, 1.0 / 3, 1e22, 1e23, 5e-324, 1.7976931348623157e308,
			123456789.125, -0.0, 2.2250738585072014e-308, 9007199254740993.0};
	size_t i;

	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		struct ArrowArrayStream stream;
		struct ArrowArray batch;
		cstn_buffer *buffer;

		one_value(&stream, CSTN_TYPE_DOUBLE, 0, values[i], NULL);
		buffer = write_stream(&stream, NULL);
		open_stream((const char *)cstn_buffer_data(buffer), cstn_buffer_size(buffer),
				"x double", NULL, &stream);
		ck_assert_int_eq(stream.get_next(&stream, &batch), 0);
		ck_assert_int_eq(batch.length, 1);
		ck_assert_int_eq(memcmp(batch.children[0]->buffers[1], &values[i], 8), 0);
		batch.release(&batch);
		stream.release(&stream);
		cstn_buffer_free(buffer);
	}
}
END_TEST

/* --- dictionaries and types CSV does not hold --- */

static void nothing_released_schema(struct ArrowSchema *schema)
{
	schema->release = NULL;
}

static void nothing_released_array(struct ArrowArray *array)
{
	array->release = NULL;
}

/* A batch of one text column through a dictionary: codes 1, null, 0, 1. */
struct dictionary_batch {
	struct ArrowSchema root_schema, child_schema, dictionary_schema;
	struct ArrowSchema *schema_children[1];
	struct ArrowArray root, child, dictionary;
	struct ArrowArray *children[1];
	const void *root_buffers[1], *child_buffers[2], *dictionary_buffers[3];
};

static const uint8_t dictionary_valid[64] = {0x0d};
static const int8_t dictionary_codes[64] = {1, 0, 0, 1};
static const int32_t dictionary_offsets[16] = {0, 4, 9};
static const char dictionary_text[64] = "earlla,te";

static void make_dictionary(
		struct dictionary_batch *batch, const char *format, struct ArrowArrayStream *stream)
{
	memset(batch, 0, sizeof(*batch));
	batch->dictionary_schema.format = "u";
	batch->dictionary_schema.release = nothing_released_schema;
	batch->child_schema = (struct ArrowSchema){format, "when", NULL, ARROW_FLAG_NULLABLE, 0,
			NULL, &batch->dictionary_schema, nothing_released_schema, NULL};
	batch->schema_children[0] = &batch->child_schema;
	batch->root_schema = (struct ArrowSchema){"+s", "", NULL, 0, 1, batch->schema_children,
			NULL, nothing_released_schema, NULL};
	batch->dictionary_buffers[1] = dictionary_offsets;
	batch->dictionary_buffers[2] = dictionary_text;
	batch->dictionary = (struct ArrowArray){2, 0, 0, 3, 0, batch->dictionary_buffers, NULL,
			NULL, nothing_released_array, NULL};
	batch->child_buffers[0] = dictionary_valid;
	batch->child_buffers[1] = dictionary_codes;
	batch->child = (struct ArrowArray){4, 1, 0, 2, 0, batch->child_buffers, NULL,
			&batch->dictionary, nothing_released_array, NULL};
	batch->children[0] = &batch->child;
	batch->root = (struct ArrowArray){4, 0, 0, 1, 1, batch->root_buffers, batch->children, NULL,
			nothing_released_array, NULL};
	ck_assert_int_eq(cstn_arrow_stream_from_array(&batch->root_schema, &batch->root, stream),
			CSTN_OK);
}

START_TEST(text_in_a_dictionary_is_written_as_text)
{
	struct dictionary_batch batch;
	struct ArrowArrayStream stream;
	cstn_buffer *buffer;

	make_dictionary(&batch, "c", &stream);
	buffer = write_stream(&stream, NULL);
	ck_assert_str_eq((const char *)cstn_buffer_data(buffer),
			"when\n\"la,te\"\n\nearl\n\"la,te\"\n");
	cstn_buffer_free(buffer);
}
END_TEST

START_TEST(a_type_that_csv_does_not_hold_is_refused_by_name)
{
	struct dictionary_batch batch;
	struct ArrowArrayStream stream;
	cstn_buffer *buffer = NULL;
	cstn_error *error = NULL;

	make_dictionary(&batch, "+l", &stream);
	batch.child_schema.dictionary = NULL;
	ck_assert_int_eq(cstn_csv_write_bytes(&stream, NULL, NULL, &buffer, &error), CSTN_E_SCHEMA);
	ck_assert_ptr_nonnull(strstr(cstn_error_message(error), "column 'when' is list"));
	ck_assert_ptr_null(buffer);
	cstn_error_free(error);
}
END_TEST

/* --- files --- */

static void small_stream(struct ArrowArrayStream *stream)
{
	open_stream("a,b\n1,x\n2,\"y,z\"\n", 16, "a int64\nb text", NULL, stream);
}

/* How many names in this folder begin so. */
static int names_like(const char *prefix)
{
	DIR *folder = opendir(".");
	struct dirent *entry;
	int n = 0;

	ck_assert_ptr_nonnull(folder);
	while ((entry = readdir(folder)) != NULL)
		n += strncmp(entry->d_name, prefix, strlen(prefix)) == 0;
	closedir(folder);
	return n;
}

START_TEST(a_file_is_written_and_nothing_else_is_left)
{
	static const char *const ends[] = {"csv", "csv.gz"};
	size_t i;

	for (i = 0; i < 2; i++) {
		char path[64], prefix[48];
		struct ArrowArrayStream stream;
		uint64_t rows = 0;
		csv_result result;

		snprintf(prefix, sizeof(prefix), "csv_written_%ld_%zu", (long)getpid(), i);
		snprintf(path, sizeof(path), "%s.%s", prefix, ends[i]);
		small_stream(&stream);
		ck_assert_int_eq(cstn_csv_write_file(&stream, path, NULL, NULL, &rows, NULL),
				CSTN_OK);
		ck_assert_uint_eq(rows, 2);
		ck_assert_int_eq(names_like(prefix), 1);
		result = csv_read_path(path, "a int64\nb text", NULL);
		ck_assert_str_eq(result.rows, "1|x;2|y,z;");
		csv_result_free(&result);
		/* Once more, over the first one. */
		small_stream(&stream);
		ck_assert_int_eq(cstn_csv_write_file(&stream, path, NULL, NULL, NULL, NULL),
				CSTN_OK);
		ck_assert_int_eq(names_like(prefix), 1);
		ck_assert_int_eq(remove(path), 0);
	}
}
END_TEST

START_TEST(gzip_is_gzip)
{
	char path[64];
	uint8_t magic[2] = {0, 0};
	struct ArrowArrayStream stream;
	FILE *file;

	snprintf(path, sizeof(path), "csv_gzip_%ld.gz", (long)getpid());
	small_stream(&stream);
	ck_assert_int_eq(cstn_csv_write_file(&stream, path, NULL, NULL, NULL, NULL), CSTN_OK);
	file = fopen(path, "rb");
	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fread(magic, 1, 2, file), 2);
	fclose(file);
	ck_assert_uint_eq(magic[0], 0x1f);
	ck_assert_uint_eq(magic[1], 0x8b);
	remove(path);
}
END_TEST

/* A stream that fails after its first batch. */
static int failing_next(struct ArrowArrayStream *stream, struct ArrowArray *out)
{
	struct ArrowArrayStream *inner = stream->private_data;
	struct ArrowArray batch;

	if (inner->get_next(inner, &batch) == 0 && batch.release != NULL) {
		*out = batch;
		return 0;
	}
	return 5;
}

static int failing_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out)
{
	struct ArrowArrayStream *inner = stream->private_data;

	return inner->get_schema(inner, out);
}

static const char *failing_error(struct ArrowArrayStream *stream)
{
	(void)stream;
	return "the warehouse burnt down";
}

static void failing_release(struct ArrowArrayStream *stream)
{
	struct ArrowArrayStream *inner = stream->private_data;

	inner->release(inner);
	stream->release = NULL;
}

START_TEST(what_fails_leaves_the_old_file_alone)
{
	char path[64], prefix[48];
	struct ArrowArrayStream inner, stream;
	cstn_error *error = NULL;
	uint64_t rows = 77;
	csv_result result;

	snprintf(prefix, sizeof(prefix), "csv_kept_%ld", (long)getpid());
	snprintf(path, sizeof(path), "%s.csv", prefix);
	small_stream(&stream);
	ck_assert_int_eq(cstn_csv_write_file(&stream, path, NULL, NULL, NULL, NULL), CSTN_OK);
	open_stream("a,b\n9,z\n", 8, "a int64\nb text", NULL, &inner);
	stream = (struct ArrowArrayStream){
			failing_schema, failing_next, failing_error, failing_release, &inner};
	ck_assert_int_eq(cstn_csv_write_file(&stream, path, NULL, NULL, &rows, &error),
			CSTN_E_STREAM);
	ck_assert_ptr_nonnull(strstr(cstn_error_message(error), "the warehouse burnt down"));
	ck_assert_ptr_null(inner.release);
	ck_assert_uint_eq(rows, 77);
	ck_assert_int_eq(names_like(prefix), 1);
	result = csv_read_path(path, "a int64\nb text", NULL);
	ck_assert_str_eq(result.rows, "1|x;2|y,z;");
	csv_result_free(&result);
	cstn_error_free(error);
	remove(path);
}
END_TEST

START_TEST(a_folder_that_is_not_there_is_an_io_error)
{
	struct ArrowArrayStream stream;
	cstn_error *error = NULL;

	small_stream(&stream);
	ck_assert_int_eq(cstn_csv_write_file(
					 &stream, "no/such/folder/x.csv", NULL, NULL, NULL, &error),
			CSTN_E_IO);
	ck_assert_ptr_nonnull(strstr(cstn_error_message(error), "no/such/folder/x.csv"));
	ck_assert_ptr_null(stream.release);
	cstn_error_free(error);
}
END_TEST

START_TEST(bad_arguments_release_the_stream)
{
	cstn_csv_options options = CSTN_CSV_OPTIONS_INIT;
	struct ArrowArrayStream stream;
	cstn_buffer *buffer = NULL;

	small_stream(&stream);
	ck_assert_int_eq(cstn_csv_write_file(&stream, NULL, NULL, NULL, NULL, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_ptr_null(stream.release);
	small_stream(&stream);
	ck_assert_int_eq(cstn_csv_write_bytes(&stream, NULL, NULL, NULL, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_ptr_null(stream.release);
	options.delimiter = '"';
	small_stream(&stream);
	ck_assert_int_eq(cstn_csv_write_bytes(&stream, &options, NULL, &buffer, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_ptr_null(stream.release);
	ck_assert_int_eq(cstn_csv_write_bytes(NULL, NULL, NULL, &buffer, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_ptr_null(buffer);
}
END_TEST

START_TEST(a_cancelled_writer_leaves_nothing)
{
	cstn_csv_options options = CSTN_CSV_OPTIONS_INIT;
	struct ArrowArrayStream stream;
	char path[64];

	ck_assert_int_eq(cstn_progress_new(NULL, &options.progress, NULL), CSTN_OK);
	cstn_progress_cancel(options.progress);
	snprintf(path, sizeof(path), "csv_cancelled_%ld", (long)getpid());
	small_stream(&stream);
	ck_assert_int_eq(cstn_csv_write_file(&stream, path, &options, NULL, NULL, NULL),
			CSTN_E_CANCELLED);
	ck_assert_int_eq(names_like(path), 0);
	cstn_progress_free(options.progress);
}
END_TEST

START_TEST(every_allocation_that_fails_leaves_nothing_behind)
{
	char path[64];
	uint64_t n;
	int whole = 0;

	snprintf(path, sizeof(path), "csv_memory_%ld.gz", (long)getpid());
	for (n = 1; !whole; n++) {
		failing_allocator memory;
		struct ArrowArrayStream stream;
		cstn_status status;
		uint64_t rows = 77;

		small_stream(&stream);
		failing_allocator_init(&memory, n);
		status = cstn_csv_write_file(&stream, path, NULL, &memory.allocator, &rows, NULL);
		whole = memory.failures == 0;
		ck_assert_int_eq(status, whole ? CSTN_OK : CSTN_E_NOMEM);
		ck_assert_uint_eq(rows, whole ? 2 : 77);
		ck_assert_ptr_null(stream.release);
		ck_assert_int_eq(names_like(path), whole);
		ck_assert_uint_eq(failing_allocator_live(&memory), 0);
	}
	ck_assert_uint_gt(n, 8);
	remove(path);
}
END_TEST

START_TEST(rejects_are_written_mended_and_read_again)
{
	static const char text[] = "a,b\n1,x\nbad,\"y \"\"quoted\"\"\nline\"\n3,z\n";
	cstn_schema *schema = csv_schema("a int64\nb text");
	cstn_csv_reader *reader = NULL;
	struct ArrowArrayStream stream;
	uint64_t rows, batches;
	char *failure;
	cstn_buffer *buffer;
	csv_result result;

	ck_assert_int_eq(cstn_csv_reader_open_bytes((const uint8_t *)text, sizeof(text) - 1, schema,
					 NULL, NULL, &reader, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_csv_reader_export(reader, &stream, NULL), CSTN_OK);
	free(csv_show_stream(&stream, &rows, &batches, &failure));
	ck_assert_int_eq(cstn_csv_reader_export_rejects(reader, &stream, NULL), CSTN_OK);
	buffer = write_stream(&stream, NULL);
	ck_assert_str_eq((const char *)cstn_buffer_data(buffer),
			"line,column,reason,raw\n"
			"3,a,'bad' is no number,\"bad,\"\"y \"\"\"\"quoted\"\"\"\"\nline\"\"\"\n");
	result = csv_read_bytes(cstn_buffer_data(buffer), cstn_buffer_size(buffer), "raw text",
			NULL, NULL, NULL);
	ck_assert_str_eq(result.rows, "bad,\"y \"\"quoted\"\"\\nline\";");
	csv_result_free(&result);
	cstn_buffer_free(buffer);
	cstn_csv_reader_unref(reader);
	cstn_schema_unref(schema);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("csv write");
	TCase *tests = tcase_create("csv write");

	tcase_set_timeout(tests, 120);
	tcase_add_test(tests, every_type_goes_round);
	tcase_add_test(tests, quotes_are_written_only_when_needed);
	tcase_add_test(tests, header_names_are_quoted_when_needed);
	tcase_add_test(tests, a_byte_order_mark_in_a_text_is_kept);
	tcase_add_test(tests, one_column_of_nulls_goes_round);
	tcase_add_test(tests, marks_and_line_ends_by_option);
	tcase_add_test(tests, nothing_to_write_is_a_header);
	tcase_add_test(tests, times_without_an_iso_text_are_refused);
	tcase_add_test(tests, text_that_is_not_utf8_is_refused);
	tcase_add_test(tests, doubles_are_written_shortest_and_read_back_to_the_same_bits);
	tcase_add_test(tests, text_in_a_dictionary_is_written_as_text);
	tcase_add_test(tests, a_type_that_csv_does_not_hold_is_refused_by_name);
	tcase_add_test(tests, a_file_is_written_and_nothing_else_is_left);
	tcase_add_test(tests, gzip_is_gzip);
	tcase_add_test(tests, what_fails_leaves_the_old_file_alone);
	tcase_add_test(tests, a_folder_that_is_not_there_is_an_io_error);
	tcase_add_test(tests, bad_arguments_release_the_stream);
	tcase_add_test(tests, a_cancelled_writer_leaves_nothing);
	tcase_add_test(tests, every_allocation_that_fails_leaves_nothing_behind);
	tcase_add_test(tests, rejects_are_written_mended_and_read_again);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
