/* Wherever the text is cut, whichever kernels run, however many threads there are: the same rows.
 */
#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cpu.h"
#include "csv_fixture.h"
#include "suite.h"

#define SIZE 4096
#define SCHEMA "id int64\nname text null\nwhen date\nvalue decimal null scale=2"

/* A small generator: the tests need variety, not randomness. */
static uint32_t next_number(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

static size_t put(char *text, const char *part)
{
	size_t len = strlen(part);

	memcpy(text, part, len);
	return len;
}

/* About 4 KiB of rows with quoted line breaks, delimiters and quotes; `dirty` adds rows that break
 * every rule of the grammar. Ends with a line feed. */
static size_t make_text(char *text, uint32_t seed, int dirty)
{
	static const char *const names[] = {"plain", "", "\"\"", "\"a,b\"", "\"line\nbreak\"",
			"\"crlf\r\nbreak\"", "\"say \"\"yes\"\"\"", "\"\"\"\"", "\"\n\"",
			"\"\"\"\n\"\"\"", "a longer name without any quotes in it at all, no",
			"\"a longer name, with\n\nquotes, commas and \"\"line\"\" breaks in it\"",
			"C\xc3\xb4te", "\"\xe2\x82\xac\""};
	static const char *const faults[] = {"5\" pipe", "\"x\"y", "a,b", "\"x\" ", "x\"y\"",
			"\xff", "\"a\"b\"c\"", "z\"\"", "\"q\"\rq"};
	char *at = text + put(text, "id,name,when,value\n");
	uint32_t i;

	for (i = 0; at < text + SIZE - 200; i++) {
		uint32_t pick = next_number(&seed);

		if (dirty && pick % 11 == 3) {
			at += sprintf(at, "%u,%s,1970-01-01,1.5\n", i, faults[pick / 64 % 9]);
			continue;
		}
		if (dirty && pick % 13 == 5) {
			at += put(at, pick % 2 ? "\n" : "x,y,1970-01-01,2\r\n");
			continue;
		}
		at += sprintf(at, "%u,%s,19%02u-0%u-%02u,%s%s", i,
				strchr(names[pick % 14], ',') && names[pick % 14][0] != '"'
						? "name"
						: names[pick % 14],
				70 + pick % 30, 1 + pick / 16 % 9, 1 + pick / 256 % 28,
				pick / 32 % 3 == 0   ? ""
				: pick / 32 % 3 == 1 ? "12.25"
						     : "\"-3\"",
				pick / 1024 % 4 ? "\n" : "\r\n");
	}
	while (at < text + SIZE - 30)
		at += sprintf(at, "%u,pad,1970-01-01,\n", i++);
	return (size_t)(at - text);
}

/* Show where two texts begin to differ. */
static void same_text(const char *expected, const char *text, const char *what, size_t at)
{
	size_t i = 0, from;

	while (expected[i] != '\0' && expected[i] == text[i])
		i++;
	from = i > 60 ? i - 60 : 0;
	ck_assert_msg(expected[i] == text[i], "%s %zu: ...%.120s, expected ...%.120s", what, at,
			text + from, expected + from);
}

static void same(const csv_result *expected, const csv_result *result, const char *what, size_t at)
{
	same_text(expected->rejects, result->rejects, what, at);
	same_text(expected->rows, result->rows, what, at);
	ck_assert_msg(result->status == expected->status, "%s %zu: %s", what, at, result->message);
	ck_assert_msg(result->n_batches == expected->n_batches, "%s %zu: batches", what, at);
}

/* The rows as one thread reads them byte by byte without SIMD, in one piece. */
static csv_result reference(const char *text, size_t size, const cstn_csv_options *options)
{
	cstn__csv_tuning tuning = {1, 1 << 20, 1 << 20, 0, 0, 0};
	cstn_csv_options alone = *options;

	alone.threads = 1;
	return csv_read_bytes(text, size, SCHEMA, &alone, &tuning, NULL);
}

static cstn_csv_options small_batches(int32_t threads)
{
	cstn_csv_options options = CSTN_CSV_OPTIONS_INIT;

	options.threads = threads;
	options.batch_rows = 17;
	return options;
}

/* The generator's rows are the answer known from outside: count them without the reader. */
START_TEST(the_reference_itself_counts_the_rows_that_were_written)
{
	static char text[SIZE + 256];
	size_t size = make_text(text, 1, 0);
	cstn_csv_options options = small_batches(1);
	csv_result result = reference(text, size, &options);
	size_t i, rows = 0;
	int inside = 0;

	for (i = 0; i < size; i++) {
		inside ^= text[i] == '"';
		rows += text[i] == '\n' && !inside;
	}
	ck_assert_uint_eq(result.n_rows, rows - 1);
	ck_assert_uint_eq(result.n_rejects, 0);
	ck_assert_uint_gt(result.n_rows, 80);
	csv_result_free(&result);
}
END_TEST

START_TEST(every_cut_between_two_chunks_gives_the_same_rows)
{
	static char text[SIZE + 256];
	size_t size = make_text(text, 2 + (uint32_t)_i / 2, _i % 2), cut;
	cstn_csv_options options = small_batches(1);
	csv_result expected = reference(text, size, &options);

	for (cut = 1; cut < size; cut += test_every()) {
		cstn__csv_tuning tuning = {0, 1 << 20, 1 << 20, cut, 64, 0};
		csv_result result = csv_read_bytes(text, size, SCHEMA, &options, &tuning, NULL);

		same(&expected, &result, "cut", cut);
		csv_result_free(&result);
	}
	csv_result_free(&expected);
}
END_TEST

START_TEST(every_size_of_chunk_gives_the_same_rows)
{
	static char text[SIZE + 256];
	size_t size = make_text(text, 20 + (uint32_t)_i / 2, _i % 2), step;
	cstn_csv_options options = small_batches(1);
	csv_result expected = reference(text, size, &options);

	for (step = 1; step < 600; step += test_every() * (step < 140 ? 1 : 37)) {
		cstn__csv_tuning tuning = {0, 1 << 20, step, 0, 64, 0};
		csv_result result = csv_read_bytes(text, size, SCHEMA, &options, &tuning, NULL);

		same(&expected, &result, "chunks of", step);
		csv_result_free(&result);
	}
	csv_result_free(&expected);
}
END_TEST

START_TEST(every_size_of_window_gives_the_same_rows)
{
	static char text[SIZE + 256];
	size_t size = make_text(text, 40 + (uint32_t)_i / 2, _i % 2), window;
	cstn_csv_options options = small_batches(2);
	csv_result expected = reference(text, size, &options);

	for (window = 1; window < size; window += test_every() * (window < 150 ? 1 : 61)) {
		options.threads = window % 50 == 7 ? 2 : 1;
		cstn__csv_tuning tuning = {0, window, 64, 0, 64, 0};
		csv_result result = csv_read_bytes(text, size, SCHEMA, &options, &tuning, NULL);
		size_t gz_size;
		uint8_t *gz = csv_gzip(text, size, &gz_size);
		csv_result inflated = csv_read_bytes(gz, gz_size, SCHEMA, &options, &tuning, NULL);

		same(&expected, &result, "window", window);
		same(&expected, &inflated, "gzip window", window);
		csv_result_free(&result);
		csv_result_free(&inflated);
		free(gz);
	}
	csv_result_free(&expected);
}
END_TEST

START_TEST(every_instruction_set_gives_the_same_rows)
{
	static char text[SIZE + 256];
	size_t size = make_text(text, 60 + (uint32_t)_i / 2, _i % 2);
	cstn_csv_options options = small_batches(1);
	csv_result expected = reference(text, size, &options);
	int simd;

	ck_assert_int_ge(cstn__cpu_simd(), 1);
	for (simd = 1; simd <= cstn__cpu_simd(); simd++) {
		cstn__csv_tuning tuning = {simd, 0, 0, 0, 0, 0};
		csv_result result = csv_read_bytes(text, size, SCHEMA, &options, &tuning, NULL);

		same(&expected, &result, "simd", (size_t)simd);
		csv_result_free(&result);
		tuning.chunk_bytes = 100;
		result = csv_read_bytes(text, size, SCHEMA, &options, &tuning, NULL);
		same(&expected, &result, "simd in chunks", (size_t)simd);
		csv_result_free(&result);
	}
	csv_result_free(&expected);
}
END_TEST

/* Many copies of a text, so that threads have windows, chunks and batches to share. */
static char *make_large(size_t copies, int dirty, size_t *out_size)
{
	static char part[SIZE + 256];
	size_t size = make_text(part, 90, dirty), header = strlen("id,name,when,value\n"), i;
	char *large = malloc(size * copies + 64), *at = large;

	ck_assert_ptr_nonnull(large);
	at += put(at, "id,name,when,value\n");
	for (i = 0; i < copies; i++) {
		memcpy(at, part + header, size - header);
		at += size - header;
	}
	*out_size = (size_t)(at - large);
	return large;
}

START_TEST(any_number_of_threads_gives_the_same_rows_and_batches)
{
	static const int32_t threads[] = {1, 2, 3, 8, 0};
	size_t size, gz_size, i;
	char *text = make_large(200, _i % 2, &size);
	uint8_t *gz = csv_gzip(text, size, &gz_size);
	cstn_csv_options options = CSTN_CSV_OPTIONS_INIT;
	csv_result expected;

	options.max_rejects = -1;
	options.batch_rows = 1000;
	expected = reference(text, size, &options);
	for (i = 0; i < 5; i++) {
		cstn__csv_tuning tuning = {0, 300000, 20000, 0, 192, 0};
		csv_result result;

		options.threads = threads[i];
		result = csv_read_bytes(text, size, SCHEMA, &options, NULL, NULL);
		ck_assert_uint_eq(result.hash, expected.hash);
		csv_result_free(&result);
		result = csv_read_bytes(text, size, SCHEMA, &options, &tuning, NULL);
		ck_assert_uint_eq(result.hash, expected.hash);
		csv_result_free(&result);
		result = csv_read_bytes(gz, gz_size, SCHEMA, &options, &tuning, NULL);
		ck_assert_uint_eq(result.hash, expected.hash);
		csv_result_free(&result);
	}
	csv_result_free(&expected);
	free(text);
	free(gz);
}
END_TEST

START_TEST(max_rejects_stops_at_the_same_row_whatever_the_cut)
{
	static char text[SIZE + 256];
	size_t size = make_text(text, 7, 1), step;
	int64_t limit;

	for (limit = 1; limit < 12; limit++) {
		cstn_csv_options options = small_batches(2);
		csv_result expected;

		options.max_rejects = limit;
		expected = reference(text, size, &options);
		ck_assert_int_eq(expected.status, CSTN_E_STREAM);
		for (step = 1; step < 3000; step = step * 3 / 2 + 1) {
			cstn__csv_tuning tuning = {0, 1 << 20, step, 0, 64, 0};
			csv_result result =
					csv_read_bytes(text, size, SCHEMA, &options, &tuning, NULL);

			same(&expected, &result, "limit in chunks of", step);
			csv_result_free(&result);
			tuning.window_bytes = step;
			tuning.chunk_bytes = 64;
			result = csv_read_bytes(text, size, SCHEMA, &options, &tuning, NULL);
			same(&expected, &result, "limit in windows of", step);
			csv_result_free(&result);
		}
		csv_result_free(&expected);
	}
}
END_TEST

/* Rows of the text that end before `size`, by a plain automaton: an answer from outside. */
static uint64_t whole_rows(const char *text, size_t size)
{
	uint64_t rows = 0;
	size_t i;
	int inside = 0;

	for (i = 0; i < size; i++) {
		inside ^= text[i] == '"';
		rows += text[i] == '\n' && !inside;
	}
	return rows;
}

START_TEST(text_cut_at_every_byte_gives_the_rows_before_it)
{
	static char text[SIZE + 256];
	size_t size = make_text(text, 3, 0), cut;
	csv_result whole = csv_read_bytes(text, size, SCHEMA, NULL, NULL, NULL);

	for (cut = 20; cut < size; cut += test_every()) {
		csv_result result = csv_read_bytes(text, cut, SCHEMA, NULL, NULL, NULL);
		uint64_t rows = whole_rows(text, cut) - 1;

		ck_assert_msg(result.status == CSTN_OK, "%s", result.message);
		/* The row that is cut is another row, or a reject, or there is none. */
		ck_assert_uint_ge(result.n_rows, rows);
		ck_assert_uint_le(result.n_rows + result.n_rejects, rows + 3);
		if (result.n_rows == rows)
			ck_assert_int_eq(strncmp(whole.rows, result.rows, strlen(result.rows)), 0);
		csv_result_free(&result);
	}
	csv_result_free(&whole);
}
END_TEST

/* What zlib can inflate of the first `size` bytes. */
static size_t inflatable(const uint8_t *gz, size_t size, char *out, size_t capacity)
{
	cstn__csv_source *source;
	cstn_allocator memory;
	size_t got = 0;

	ck_assert_int_eq(cstn__allocator_read(NULL, &memory, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__csv_source_bytes(gz, size, &memory, NULL, &source, NULL), CSTN_OK);
	if (cstn__csv_source_read(source, (uint8_t *)out, capacity, &got, NULL) == CSTN_OK)
		ck_assert_msg(size < 2, "%zu bytes of gzip are no fault", size);
	cstn__csv_source_free(source);
	return got;
}

START_TEST(gzip_cut_at_every_byte_gives_the_rows_before_it_then_an_error)
{
	static char text[SIZE + 256], out[SIZE + 256];
	size_t size = make_text(text, 4, 0), gz_size, cut;
	uint8_t *gz = csv_gzip(text, size, &gz_size);
	int32_t threads;

	for (cut = 2; cut < gz_size; cut += test_every())
		for (threads = 1; threads <= 1 + (int32_t)(cut % 8 == 0); threads++) {
			cstn_csv_options options = small_batches(threads);
			cstn__csv_tuning tuning = {0, 512, 100, 0, 64, 0};
			csv_result result =
					csv_read_bytes(gz, cut, SCHEMA, &options, &tuning, NULL);
			size_t got = inflatable(gz, cut, out, sizeof(out));
			uint64_t rows = whole_rows(out, got);
			char place[64];

			snprintf(place, sizeof(place), "it ends at byte %zu", cut);
			ck_assert_int_eq(memcmp(out, text, got), 0);
			ck_assert_int_ne(result.status, CSTN_OK);
			ck_assert_uint_eq(result.n_rows, rows > 0 ? rows - 1 : 0);
			ck_assert_uint_eq(result.n_rejects, 0);
			ck_assert_msg(strstr(result.message, place) != NULL, "'%s' in '%s'", place,
					result.message);
			csv_result_free(&result);
		}
	free(gz);
}
END_TEST

START_TEST(gzip_with_any_byte_changed_never_crashes)
{
	static char text[SIZE + 256];
	size_t size = make_text(text, 5, 0), gz_size, at;
	uint8_t *gz = csv_gzip(text, size, &gz_size);
	csv_result whole = csv_read_bytes(text, size, SCHEMA, NULL, NULL, NULL);
	size_t errors = 0, tried = 0;

	for (at = 10; at < gz_size; at += test_every()) {
		csv_result result;

		gz[at] ^= 0x55;
		result = csv_read_bytes(gz, gz_size, SCHEMA, NULL, NULL, NULL);
		tried++;
		errors += result.status != CSTN_OK;
		csv_result_free(&result);
		gz[at] ^= 0x55;
	}
	/* The sum of the last eight bytes covers every byte after the header. */
	ck_assert_uint_eq(errors, tried);
	csv_result_free(&whole);
	free(gz);
}
END_TEST

START_TEST(gzip_members_follow_each_other)
{
	size_t size[3], i, n = 0;
	uint8_t *part[3], all[512];
	const char *texts[3] = {"a,b\n1,2\n3,\"x", "\ny\"\n", "4,5\n"};
	csv_result result;

	for (i = 0; i < 3; i++) {
		part[i] = csv_gzip(texts[i], strlen(texts[i]), &size[i]);
		memcpy(all + n, part[i], size[i]);
		n += size[i];
		free(part[i]);
	}
	result = csv_read_bytes(all, n, "a int64\nb text", NULL, NULL, NULL);
	ck_assert_msg(result.status == CSTN_OK, "%s", result.message);
	ck_assert_str_eq(result.rows, "1|2;3|x\\ny;4|5;");
	csv_result_free(&result);
	memset(all + n, 0, 7); /* padding */
	result = csv_read_bytes(all, n + 7, "a int64\nb text", NULL, NULL, NULL);
	ck_assert_int_eq(result.status, CSTN_OK);
	ck_assert_uint_eq(result.n_rows, 3);
	csv_result_free(&result);
	all[n] = 'x';
	result = csv_read_bytes(all, n + 1, "a int64\nb text", NULL, NULL, NULL);
	ck_assert_int_eq(result.status, CSTN_E_STREAM);
	ck_assert_uint_eq(result.n_rows, 3);
	ck_assert_ptr_nonnull(strstr(result.message, "no gzip member begin"));
	csv_result_free(&result);
}
END_TEST

START_TEST(any_bytes_give_rows_rejects_or_an_error)
{
	static const char alphabet[] = "a,\"\n\r1-.\xc3\xa9\xff";
	uint32_t seed = 77, rounds = 3000 / (uint32_t)test_every(), round;

	for (round = 0; round < rounds; round++) {
		char text[300];
		size_t size = 4 + next_number(&seed) % 200, i;
		cstn_csv_options options = small_batches(round % 10 == 0 ? 3 : 1);
		csv_result expected, result;
		cstn__csv_tuning tuning = {0, 1 + next_number(&seed) % 90,
				1 + next_number(&seed) % 70, next_number(&seed) % 70, 64, 0};

		memcpy(text, "a,b\n", 4);
		for (i = 4; i < size; i++)
			text[i] = alphabet[next_number(&seed) % 11];
		options.flags = round % 2 ? CSTN_CSV_BAD_NULL : 0;
		{
			cstn__csv_tuning plain = {1, 1 << 20, 1 << 20, 0, 0, 0};
			cstn_csv_options alone = options;

			alone.threads = 1;
			expected = csv_read_bytes(
					text, size, "a int64\nb text null", &alone, &plain, NULL);
		}
		result = csv_read_bytes(
				text, size, "a int64\nb text null", &options, &tuning, NULL);
		same(&expected, &result, "round", round);
		csv_result_free(&result);
		csv_result_free(&expected);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("csv cuts");
	TCase *tests = tcase_create("csv cuts");

	tcase_set_timeout(tests, 280);
	tcase_add_test(tests, the_reference_itself_counts_the_rows_that_were_written);
	tcase_add_loop_test(tests, every_cut_between_two_chunks_gives_the_same_rows, 0, 4);
	tcase_add_loop_test(tests, every_size_of_chunk_gives_the_same_rows, 0, 4);
	tcase_add_loop_test(tests, every_size_of_window_gives_the_same_rows, 0, 4);
	tcase_add_loop_test(tests, every_instruction_set_gives_the_same_rows, 0, 20);
	tcase_add_loop_test(tests, any_number_of_threads_gives_the_same_rows_and_batches, 0, 2);
	tcase_add_test(tests, max_rejects_stops_at_the_same_row_whatever_the_cut);
	tcase_add_test(tests, text_cut_at_every_byte_gives_the_rows_before_it);
	tcase_add_test(tests, gzip_cut_at_every_byte_gives_the_rows_before_it_then_an_error);
	tcase_add_test(tests, gzip_with_any_byte_changed_never_crashes);
	tcase_add_test(tests, gzip_members_follow_each_other);
	tcase_add_test(tests, any_bytes_give_rows_rejects_or_an_error);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
