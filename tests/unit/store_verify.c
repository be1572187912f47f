/* Verify and dump over a sound store and over damaged ones. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "failing_allocator.h"
#include "store/store.h"
#include "store_maker.h"
#include "suite.h"

static cstn_status verify(store_maker *maker, int json, char **text)
{
	cstn_buffer *report = NULL;
	cstn_error *error = NULL;
	cstn_status status = cstn__store_verify(
			maker->vfs, maker->path, json, NULL, NULL, &report, &error);

	ck_assert_int_eq(status != CSTN_OK, error != NULL);
	ck_assert_int_eq(status == CSTN_OK || status == CSTN_E_CORRUPT, report != NULL);
	cstn_error_free(error);
	if (text && report)
		*text = strdup((const char *)cstn_buffer_data(report));
	cstn_buffer_free(report);
	return status;
}

START_TEST(a_sound_store_has_no_problems)
{
	store_maker maker;
	char *text = NULL;

	store_maker_make(&maker);
	ck_assert_int_eq(verify(&maker, 0, &text), CSTN_OK);
	ck_assert_ptr_nonnull(strstr(text, "uuid 30313233343536373839616263646566, manifest 9\n"));
	ck_assert_ptr_nonnull(strstr(text, "seg-0000000000000003.cstn: sound, 3000 rows, "));
	ck_assert_ptr_nonnull(strstr(text, "del-0000000000000006.cstn: sound, 5 rows, "));
	ck_assert_ptr_nonnull(strstr(text, "log-0000000000000007.cstn: sound, "));
	ck_assert_ptr_nonnull(
			strstr(text, "table 7 'orders': 3500 rows in segments, 5 of them dead, "
				     "0 with a key"));
	ck_assert_ptr_nonnull(strstr(text, "\n0 problems\n"));
	free(text);
	store_maker_remove(&maker);
}
END_TEST

START_TEST(a_report_in_json_says_the_same)
{
	store_maker maker;
	char *text = NULL, wanted[700];

	store_maker_make(&maker);
	ck_assert_int_eq(verify(&maker, 1, &text), CSTN_OK);
	snprintf(wanted, sizeof(wanted),
			"{\"store\":\"%s\",\"uuid\":\"30313233343536373839616263646566\","
			"\"manifest\":9,\"files\":[{\"file\":\"MANIFEST-0000000000000009\","
			"\"kind\":\"manifest\",\"rows\":0,\"bytes\":",
			maker.path);
	ck_assert_int_eq(strncmp(text, wanted, strlen(wanted)), 0);
	ck_assert_ptr_nonnull(strstr(text, "\"kind\":\"segment\",\"rows\":3000,"));
	ck_assert_ptr_nonnull(strstr(text,
			"],\"tables\":[{\"id\":7,\"name\":\"orders\",\"rows\":3500,"
			"\"dead_rows\":5,\"repeated_keys\":0},{\"id\":300,\"name\":\"event\","
			"\"rows\":100,\"dead_rows\":0,\"repeated_keys\":0}],\"problems\":0}\n"));
	free(text);
	store_maker_remove(&maker);
}
END_TEST

/* A bit of every file, at places spread over it, one at a time: each is found, but for the seal of
 * the log, with which nothing is lost. */
START_TEST(a_flipped_bit_of_any_file_is_found)
{
	static const struct {
		uint32_t kind;
		uint64_t file_no;
	} files[] = {{0, MADE_MANIFEST}, {1, MADE_SEGMENT_1}, {1, MADE_SEGMENT_2}, {1, MADE_EVENTS},
			{3, MADE_DEAD}, {2, MADE_LOG}};
	store_maker maker;
	char path[768];

	store_maker_make(&maker);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		size_t size, end;

		free(read_file(store_maker_file(&maker, files[i].kind, files[i].file_no, path),
				&size));
		end = files[i].kind == 2 ? size - 40 : size;
		for (size_t at = 0; at < end; at += 1 + end / 61) {
			flip_bit(path, at, (int)(at % 8));
			ck_assert_int_eq(verify(&maker, 0, NULL), CSTN_E_CORRUPT);
			flip_bit(path, at, (int)(at % 8));
		}
	}
	ck_assert_int_eq(verify(&maker, 0, NULL), CSTN_OK);
	store_maker_remove(&maker);
}
END_TEST

START_TEST(a_missing_or_shorter_file_is_found)
{
	static const uint32_t kinds[] = {1, 2, 3};
	static const uint64_t numbers[] = {MADE_SEGMENT_2, MADE_LOG, MADE_DEAD};
	store_maker maker;
	char path[768], *text;

	store_maker_make(&maker);
	for (int i = 0; i < 3; i++) {
		size_t size;
		uint8_t *data = read_file(
				store_maker_file(&maker, kinds[i], numbers[i], path), &size);

		text = NULL;
		ck_assert_int_eq(unlink(path), 0);
		ck_assert_int_eq(verify(&maker, 1, &text), CSTN_E_CORRUPT);
		ck_assert_ptr_nonnull(strstr(text, "No such file"));
		free(text);
		write_file(path, data, kinds[i] == 2 ? 87 : size - 1);
		ck_assert_int_eq(verify(&maker, 1, NULL), CSTN_E_CORRUPT);
		write_file(path, data, size);
		free(data);
	}
	ck_assert_int_eq(verify(&maker, 1, NULL), CSTN_OK);
	store_maker_remove(&maker);
}
END_TEST

static void rewrite_manifest(store_maker *maker, void (*change)(cstn__manifest *manifest))
{
	cstn__manifest manifest;
	cstn__bytes bytes;
	uint8_t *data;
	char path[768];
	size_t size;

	data = read_file(store_maker_file(maker, 0, MADE_MANIFEST, path), &size);
	ck_assert_int_eq(cstn__manifest_read(data, size, MADE_MANIFEST, NULL, &manifest, NULL),
			CSTN_OK);
	change(&manifest);
	cstn__bytes_init(&bytes, NULL);
	ck_assert_int_eq(cstn__manifest_write(&manifest, &bytes, NULL), CSTN_OK);
	write_file(path, bytes.data, bytes.size);
	cstn__bytes_free(&bytes);
	cstn__manifest_free(&manifest);
	free(data);
}

static void forget_dead_rows(cstn__manifest *manifest)
{
	for (size_t i = 0; i < manifest->n_entries; i++)
		if (manifest->entries[i].kind == CSTN__ENTRY_DEAD_ROWS)
			manifest->entries[i--] = manifest->entries[--manifest->n_entries];
}

START_TEST(two_live_rows_of_one_key_are_found)
{
	store_maker maker;
	char *text = NULL;

	store_maker_make(&maker);
	rewrite_manifest(&maker, forget_dead_rows);
	ck_assert_int_eq(verify(&maker, 1, &text), CSTN_E_CORRUPT);
	ck_assert_ptr_nonnull(strstr(text, "\"dead_rows\":0,\"repeated_keys\":1}"));
	ck_assert_ptr_nonnull(strstr(text, "\"problems\":1}"));
	free(text);
	store_maker_remove(&maker);
}
END_TEST

static void say_clean(cstn__manifest *manifest)
{
	manifest->flags = CSTN__MANIFEST_CLEAN;
}

START_TEST(transactions_after_a_clean_close_are_damage)
{
	store_maker maker;
	char *text = NULL;

	store_maker_make(&maker);
	rewrite_manifest(&maker, say_clean);
	ck_assert_int_eq(verify(&maker, 0, &text), CSTN_E_CORRUPT);
	ck_assert_ptr_nonnull(strstr(text, "the manifest says that none came"));
	free(text);
	store_maker_remove(&maker);
}
END_TEST

static void say_one_more_row(cstn__manifest *manifest)
{
	manifest->entries[0].rows++;
}

START_TEST(a_segment_that_is_not_as_listed_is_found)
{
	store_maker maker;
	char *text = NULL;

	store_maker_make(&maker);
	rewrite_manifest(&maker, say_one_more_row);
	ck_assert_int_eq(verify(&maker, 0, &text), CSTN_E_CORRUPT);
	ck_assert_ptr_nonnull(strstr(text, "not those of the manifest"));
	free(text);
	store_maker_remove(&maker);
}
END_TEST

START_TEST(a_folder_without_a_store_says_so)
{
	store_maker maker;
	char path[768];

	store_maker_make(&maker);
	ck_assert_int_eq(unlink(store_maker_file(&maker, 0, MADE_MANIFEST, path)), 0);
	ck_assert_int_eq(verify(&maker, 0, NULL), CSTN_E_NO_MANIFEST);
	strcat(maker.path, "x");
	ck_assert_int_eq(verify(&maker, 0, NULL), CSTN_E_NOT_FOUND);
	store_maker_remove(&maker);
}
END_TEST

START_TEST(a_cancelled_verification_says_so)
{
	cstn_progress *progress = NULL;
	cstn_buffer *report = NULL;
	store_maker maker;

	store_maker_make(&maker);
	ck_assert_int_eq(cstn_progress_new(NULL, &progress, NULL), CSTN_OK);
	ck_assert_int_eq(
			cstn__store_verify(maker.vfs, maker.path, 0, NULL, progress, &report, NULL),
			CSTN_OK);
	ck_assert_uint_gt(cstn_progress_done(progress), 10000);
	cstn_buffer_free(report);
	report = NULL;
	cstn_progress_cancel(progress);
	ck_assert_int_eq(
			cstn__store_verify(maker.vfs, maker.path, 0, NULL, progress, &report, NULL),
			CSTN_E_CANCELLED);
	ck_assert_ptr_null(report);
	cstn_progress_free(progress);
	store_maker_remove(&maker);
}
END_TEST

/* A reader's lock is only a kindness: verifying goes on without memory for its path. */
START_TEST(out_of_memory_while_verifying_leaks_nothing)
{
	store_maker maker;
	uint64_t n = 0, failures, refused = 0;

	store_maker_make(&maker);
	do {
		failing_allocator memory;
		cstn_buffer *report = NULL;
		cstn_status status;

		failing_allocator_init(&memory, ++n);
		status = cstn__store_verify(
				maker.vfs, maker.path, 1, &memory.allocator, NULL, &report, NULL);
		ck_assert(status == CSTN_OK || status == CSTN_E_NOMEM);
		ck_assert_int_eq(status == CSTN_OK, report != NULL);
		cstn_buffer_free(report);
		ck_assert_uint_eq(failing_allocator_live(&memory), 0);
		failures = memory.failures;
		refused += status == CSTN_E_NOMEM;
	} while (failures);
	ck_assert_uint_gt(refused, 50);
	ck_assert_uint_ge(refused + 4, n);
	store_maker_remove(&maker);
}
END_TEST

/* --- dump --- */

static char *dump(store_maker *maker, uint32_t kind, uint64_t file_no)
{
	char path[768], *text;
	cstn_buffer *out = NULL;

	ck_assert_int_eq(cstn__store_dump(maker->vfs, store_maker_file(maker, kind, file_no, path),
					 NULL, &out, NULL),
			CSTN_OK);
	text = strdup((const char *)cstn_buffer_data(out));
	cstn_buffer_free(out);
	return text;
}

static void assert_dump(store_maker *maker, uint32_t kind, uint64_t file_no, const char *wanted)
{
	char *text = dump(maker, kind, file_no);

	ck_assert_msg(strstr(text, wanted) != NULL, "'%s' is not in:\n%s", wanted, text);
	free(text);
}

START_TEST(every_kind_of_file_is_shown_as_text)
{
	store_maker maker;

	store_maker_make(&maker);
	assert_dump(&maker, 0, MADE_MANIFEST,
			"manifest 9 of store 30313233343536373839616263646566\n"
			"next file 0000000000000008, last transaction 40, in use\n");
	assert_dump(&maker, 0, MADE_MANIFEST,
			"table 7 'orders', keyed, with child rows, key 16, recorded 17\n"
			"  column 16 'order_id' text\n  column 17 'recorded_at' timestamp\n"
			"  column 18 'net' decimal scale=2 null\n"
			"  column 20 'sku' text dictionary child\n");
	assert_dump(&maker, 0, MADE_MANIFEST, ", of segment 0000000000000003, seal ");
	assert_dump(&maker, 2, MADE_LOG,
			"    row 0: 16='O0000100' 17=200000 18=-5000\n      child 0: 20='S00-'\n"
			"      child 1: 20='0007'\n    row 1: 16='O0000101'");
	assert_dump(&maker, 2, MADE_LOG,
			"append table 300, schema version 2: 1 rows, 0 child rows");
	assert_dump(&maker, 2, MADE_LOG, "3 frames, the last transaction is 42; 0 bytes of a torn");
	assert_dump(&maker, 1, MADE_SEGMENT_1,
			"table 7, schema version 2, 3000 rows, 6000 child rows, transactions 1 to "
			"20\n");
	assert_dump(&maker, 1, MADE_SEGMENT_1, "chunk 0: 3000 rows from 0, 6000 child rows\n");
	assert_dump(&maker, 1, MADE_SEGMENT_1, "'net' decimal");
	assert_dump(&maker, 1, MADE_SEGMENT_1, "key directory ");
	assert_dump(&maker, 3, MADE_DEAD,
			"of segment 0000000000000003\n5 rows, up to transaction 40\n"
			"  row 10 until 100000 microseconds\n");
	store_maker_remove(&maker);
}
END_TEST

START_TEST(a_damaged_file_is_shown_as_far_as_it_goes)
{
	store_maker maker;
	char path[768];

	store_maker_make(&maker);
	flip_bit(store_maker_file(&maker, 2, MADE_LOG, path), 300, 0);
	assert_dump(&maker, 2, MADE_LOG, "log 0000000000000007 of store");
	assert_dump(&maker, 2, MADE_LOG, "\ndamage: log 0000000000000007: damage at byte 88");
	flip_bit(store_maker_file(&maker, 0, MADE_MANIFEST, path), 300, 0);
	assert_dump(&maker, 0, MADE_MANIFEST, "damage: manifest: ");
	flip_bit(store_maker_file(&maker, 3, MADE_DEAD, path), 70, 0);
	assert_dump(&maker, 3, MADE_DEAD, "damage: ");
	flip_bit(store_maker_file(&maker, 1, MADE_EVENTS, path), 60, 0);
	assert_dump(&maker, 1, MADE_EVENTS, "damage: ");
	store_maker_remove(&maker);
}
END_TEST

START_TEST(every_cut_of_a_file_is_shown_or_refused)
{
	static const uint32_t kinds[] = {0, 1, 2, 3};
	static const uint64_t numbers[] = {MADE_MANIFEST, MADE_EVENTS, MADE_LOG, MADE_DEAD};
	store_maker maker;
	char path[768];

	store_maker_make(&maker);
	for (int i = 0; i < 4; i++) {
		size_t size;
		uint8_t *data = read_file(
				store_maker_file(&maker, kinds[i], numbers[i], path), &size);

		for (size_t cut = 0; cut < size; cut += 1 + size / 97) {
			cstn_buffer *text = NULL;
			cstn_status status;

			write_file(path, data, cut);
			status = cstn__store_dump(maker.vfs, path, NULL, &text, NULL);
			ck_assert_int_eq(status, cut < 8 ? CSTN_E_CORRUPT : CSTN_OK);
			cstn_buffer_free(text);
		}
		free(data);
	}
	store_maker_remove(&maker);
}
END_TEST

START_TEST(a_file_that_is_none_of_a_store_is_refused)
{
	cstn_buffer *text = NULL;
	store_maker maker;
	char path[768];

	store_maker_make(&maker);
	write_file(store_maker_file(&maker, 1, 99, path), "constellation", 13);
	ck_assert_int_eq(cstn__store_dump(maker.vfs, path, NULL, &text, NULL), CSTN_E_CORRUPT);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(cstn__store_dump(maker.vfs, path, NULL, &text, NULL), CSTN_E_IO);
	ck_assert_ptr_null(text);
	store_maker_remove(&maker);
}
END_TEST

START_TEST(out_of_memory_while_dumping_leaks_nothing)
{
	static const uint32_t kinds[] = {0, 1, 2, 3};
	static const uint64_t numbers[] = {MADE_MANIFEST, MADE_EVENTS, MADE_LOG, MADE_DEAD};
	store_maker maker;
	char path[768];

	store_maker_make(&maker);
	for (int i = 0; i < 4; i++) {
		cstn_status status = CSTN_E_NOMEM;
		uint64_t n;

		store_maker_file(&maker, kinds[i], numbers[i], path);
		for (n = 1; status == CSTN_E_NOMEM; n++) {
			failing_allocator memory;
			cstn_buffer *text = NULL;

			failing_allocator_init(&memory, n);
			status = cstn__store_dump(maker.vfs, path, &memory.allocator, &text, NULL);
			ck_assert_int_eq(status == CSTN_OK, text != NULL);
			cstn_buffer_free(text);
			ck_assert_uint_eq(failing_allocator_live(&memory), 0);
		}
		ck_assert_int_eq(status, CSTN_OK);
		ck_assert_uint_gt(n, 4);
	}
	store_maker_remove(&maker);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			a_sound_store_has_no_problems,
			a_report_in_json_says_the_same,
			a_flipped_bit_of_any_file_is_found,
			a_missing_or_shorter_file_is_found,
			two_live_rows_of_one_key_are_found,
			transactions_after_a_clean_close_are_damage,
			a_segment_that_is_not_as_listed_is_found,
			a_folder_without_a_store_says_so,
			a_cancelled_verification_says_so,
			out_of_memory_while_verifying_leaks_nothing,
			every_kind_of_file_is_shown_as_text,
			a_damaged_file_is_shown_as_far_as_it_goes,
			every_cut_of_a_file_is_shown_or_refused,
			a_file_that_is_none_of_a_store_is_refused,
			out_of_memory_while_dumping_leaks_nothing,
	};

	return run_tests("store_verify", tests, sizeof(tests) / sizeof(tests[0]));
}
