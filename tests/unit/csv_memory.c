/* The CSV reader when memory runs out, when the host cancels, and when a file shrinks. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "csv_fixture.h"
#include "failing_allocator.h"

static const char text_[] = "id,name,when,value,ok\n"
			    "1,\"a,\"\"b\"\"\",1970-01-01,1.5,true\n"
			    "x,bad,1970-01-01,1.5,true\n"
			    "2,\"line\nbreak\",1970-01-02,,false\n"
			    "short,row\n"
			    "3,plain,1970-01-03,2.25,1\n"
			    "4,quo\"te,1970-01-03,2.25,1\n"
			    "5,\xff,1970-01-03,2.25,1\n"
			    "6,last,1970-01-03,9.25,0\n"
			    "7,\"open";
static const char schema_[] = "id int64\nname text\nwhen date\nvalue decimal null scale=2\nok flag";
static const char rows_[] =
		"1|a,\"b\"|0|150|1;2|line\\nbreak|1|~|0;3|plain|2|225|1;6|last|2|925|0;";

/* Every allocation fails once: of a plain file, in small windows and chunks, of gzip; alone and
 * with two threads. */
START_TEST(every_allocation_that_fails_is_an_error_and_nothing_leaks)
{
	size_t gz_size;
	uint8_t *gz = csv_gzip(text_, sizeof(text_) - 1, &gz_size);
	cstn_csv_options options = CSTN_CSV_OPTIONS_INIT;
	cstn__csv_tuning tuning = {0, 50, 40, 0, 64, 0};
	int use_gz = _i % 2, small = _i / 2 % 2;
	uint64_t n;
	int whole = 0;

	options.threads = 1 + _i / 4;
	options.batch_rows = 3;
	for (n = 1; !whole; n++) {
		failing_allocator memory;
		csv_result result;

		failing_allocator_init(&memory, n);
		result = csv_read_bytes(use_gz ? (const void *)gz : text_,
				use_gz ? gz_size : sizeof(text_) - 1, schema_, &options,
				small ? &tuning : NULL, &memory.allocator);
		whole = memory.failures == 0;
		if (whole) {
			ck_assert_int_eq(result.status, CSTN_OK);
			ck_assert_str_eq(result.rows, rows_);
			ck_assert_uint_eq(result.n_rejects, 5);
		} else if (result.status == CSTN_OK) {
			/* The table of rejects or the export alone failed. */
			ck_assert_str_eq(result.rows, rows_);
			ck_assert_str_eq(result.rejects, "");
		} else {
			ck_assert(result.status == CSTN_E_NOMEM || result.status == CSTN_E_STREAM);
			ck_assert_int_eq(strncmp(rows_, result.rows, strlen(result.rows)), 0);
		}
		ck_assert_uint_eq(failing_allocator_live(&memory), 0);
		csv_result_free(&result);
	}
	ck_assert_uint_gt(n, 20);
	free(gz);
}
END_TEST

START_TEST(an_exported_batch_outlives_the_reader_and_its_children_each_other)
{
	failing_allocator memory;
	cstn_schema *schema = csv_schema(schema_);
	cstn_csv_reader *reader = NULL;
	struct ArrowArrayStream stream;
	struct ArrowSchema columns, moved_schema;
	struct ArrowArray batch, moved;

	failing_allocator_init(&memory, 0);
	ck_assert_int_eq(cstn_csv_reader_open_bytes((const uint8_t *)text_, sizeof(text_) - 1,
					 schema, NULL, &memory.allocator, &reader, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_csv_reader_export(reader, &stream, NULL), CSTN_OK);
	ck_assert_int_eq(stream.get_schema(&stream, &columns), 0);
	ck_assert_int_eq(stream.get_next(&stream, &batch), 0);
	cstn_csv_reader_unref(reader);
	stream.release(&stream);
	cstn_schema_unref(schema);
	ck_assert_int_eq(batch.length, 4);
	moved = *batch.children[1];
	batch.children[1]->release = NULL;
	batch.release(&batch);
	ck_assert_ptr_null(batch.release);
	ck_assert_int_eq(memcmp(moved.buffers[2], "a,\"b\"line\nbreakplainlast", 24), 0);
	ck_assert_uint_eq((uintptr_t)moved.buffers[1] % 64, 0);
	ck_assert_uint_eq((uintptr_t)moved.buffers[2] % 64, 0);
	ck_assert_uint_gt(failing_allocator_live(&memory), 0);
	moved.release(&moved);
	moved_schema = *columns.children[3];
	columns.children[3]->release = NULL;
	columns.release(&columns);
	ck_assert_str_eq(moved_schema.name, "value");
	ck_assert_str_eq(moved_schema.format, "d:19,2");
	ck_assert_int_eq(moved_schema.flags, ARROW_FLAG_NULLABLE);
	moved_schema.release(&moved_schema);
	ck_assert_uint_eq(failing_allocator_live(&memory), 0);
}
END_TEST

START_TEST(a_cancelled_reader_ends_its_stream)
{
	cstn_progress *progress = NULL;
	cstn_csv_options options = CSTN_CSV_OPTIONS_INIT;
	csv_result result;

	ck_assert_int_eq(cstn_progress_new(NULL, &progress, NULL), CSTN_OK);
	options.progress = progress;
	result = csv_read_bytes(text_, sizeof(text_) - 1, schema_, &options, NULL, NULL);
	ck_assert_int_eq(result.status, CSTN_OK);
	ck_assert_uint_eq(cstn_progress_done(progress), sizeof(text_) - 1);
	ck_assert_uint_eq(cstn_progress_total(progress), sizeof(text_) - 1);
	csv_result_free(&result);
	cstn_progress_reset(progress);
	cstn_progress_cancel(progress);
	result = csv_read_bytes(text_, sizeof(text_) - 1, schema_, &options, NULL, NULL);
	ck_assert_int_eq(result.status, CSTN_E_STREAM);
	ck_assert_ptr_nonnull(strstr(result.message, "cancelled"));
	ck_assert_str_eq(result.rows, "");
	csv_result_free(&result);
	cstn_progress_free(progress);
}
END_TEST

START_TEST(the_stream_of_a_failed_reader_fails_again)
{
	const char gz[] = "\x1f\x8b\x08\0\0\0\0\0\0\3garbage";
	cstn_schema *schema = csv_schema("a text");
	cstn_csv_reader *reader = NULL;
	cstn_csv_options options = CSTN_CSV_OPTIONS_INIT;
	struct ArrowArrayStream stream;
	struct ArrowArray batch;

	ck_assert_int_eq(cstn_csv_reader_open_bytes((const uint8_t *)gz, sizeof(gz) - 1, schema,
					 NULL, NULL, &reader, NULL),
			CSTN_E_FORMAT);
	options.max_rejects = 1;
	ck_assert_int_eq(cstn_csv_reader_open_bytes((const uint8_t *)"a\n1,2\n3,4\n", 10, schema,
					 &options, NULL, &reader, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_csv_reader_export(reader, &stream, NULL), CSTN_OK);
	ck_assert_int_ne(stream.get_next(&stream, &batch), 0);
	ck_assert_ptr_nonnull(strstr(stream.get_last_error(&stream), "more than 1 bad rows"));
	ck_assert_int_ne(stream.get_next(&stream, &batch), 0);
	ck_assert_ptr_nonnull(strstr(stream.get_last_error(&stream), "more than 1 bad rows"));
	stream.release(&stream);
	cstn_csv_reader_unref(reader);
	cstn_schema_unref(schema);
}
END_TEST

/* A file of 4 MiB loses its second half after it was opened: no crash, the rows before, an error.
 */
START_TEST(a_file_that_shrinks_while_it_is_read_gives_an_error)
{
	const long cut = 4 + 16 * 1000 + 5 + (1 << 20), size = 4 + 16 * (1 << 18);
	char path[64], expected[128];
	FILE *file;
	cstn_schema *schema = csv_schema("a int64\nb text");
	cstn_csv_reader *reader = NULL;
	cstn_csv_options options = CSTN_CSV_OPTIONS_INIT;
	struct ArrowArrayStream stream;
	uint64_t rows, batches;
	char *failure = NULL;
	int i;

	snprintf(path, sizeof(path), "csv_shrinks_%ld_%d.csv", (long)getpid(), _i);
	file = fopen(path, "wb");
	ck_assert_ptr_nonnull(file);
	fprintf(file, "a,b\n");
	for (i = 0; i < 1 << 18; i++)
		fprintf(file, "%07d,seven..\n", i);
	ck_assert_int_eq(ftell(file), size);
	ck_assert_int_eq(fclose(file), 0);
	snprintf(expected, sizeof(expected),
			"the file became shorter while it was read: it ends at byte %ld of %ld",
			cut, size);
	options.threads = 1 + _i;
	ck_assert_int_eq(
			cstn_csv_reader_open(path, schema, &options, NULL, &reader, NULL), CSTN_OK);
	ck_assert_int_eq(truncate(path, cut), 0);
	ck_assert_int_eq(cstn_csv_reader_export(reader, &stream, NULL), CSTN_OK);
	free(csv_show_stream(&stream, &rows, &batches, &failure));
	ck_assert_ptr_nonnull(failure);
	ck_assert_ptr_nonnull(strstr(failure, expected));
	ck_assert_uint_eq(rows, (uint64_t)(cut - 4) / 16);
	free(failure);
	cstn_csv_reader_unref(reader);
	cstn_schema_unref(schema);
	remove(path);
}
END_TEST

START_TEST(a_pipe_is_read_like_a_file)
{
	char path[64];
	int ends[2];
	csv_result result;

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq((int)write(ends[1], "a,b\n1,x\n2,y", 11), 11);
	close(ends[1]);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[0]);
	result = csv_read_path(path, "a int64\nb text", NULL);
	ck_assert_msg(result.status == CSTN_OK, "%s", result.message);
	ck_assert_str_eq(result.rows, "1|x;2|y;");
	csv_result_free(&result);
	close(ends[0]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("csv memory");
	TCase *tests = tcase_create("csv memory");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tests, 120);
	tcase_add_loop_test(tests, every_allocation_that_fails_is_an_error_and_nothing_leaks, 0, 8);
	tcase_add_test(tests, an_exported_batch_outlives_the_reader_and_its_children_each_other);
	tcase_add_test(tests, a_cancelled_reader_ends_its_stream);
	tcase_add_test(tests, the_stream_of_a_failed_reader_fails_again);
	tcase_add_loop_test(tests, a_file_that_shrinks_while_it_is_read_gives_an_error, 0, 2);
	tcase_add_test(tests, a_pipe_is_read_like_a_file);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
