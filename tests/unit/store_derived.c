/* Derived columns: the same values with the file, without it, and with a damaged one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "store/derived_file.h"
#include "store_fixture.h"
#include "store_folder.h"
#include "suite.h"

enum { DOUBLE_STATUS = 16, WORD = 17, LINE_SUM = 18 };
static const cstn__store_options small = {.segment_rows = 1};
static const cstn__store_column derived_columns[] = {
		{DOUBLE_STATUS, "double", CSTN_TYPE_INT64, 0, 0, CSTN__SPACE_ROW},
		{WORD, "word", CSTN_TYPE_TEXT, 0, CSTN__COLUMN_NULLABLE | CSTN__COLUMN_DICTIONARY,
				CSTN__SPACE_ROW},
		{LINE_SUM, "line", CSTN_TYPE_INT32, 0, 0, CSTN__SPACE_CHILD}};
static const uint32_t needs[] = {STATUS, QUANTITY};
static const uint32_t wanted[] = {STATUS, QUANTITY};

/* The rule: twice the status, times a factor; "even" or null; the quantity plus the factor. */
typedef struct rule {
	cstn__derived_kind kind;
	int64_t factor;
	int current;   /* what is_current() says */
	int fails;     /* compute() fails */
	int calls;     /* of compute() */
	int64_t least; /* seen by is_current() */
	int64_t greatest;
	int64_t doubles[1024];
	int64_t lines[4096];
	uint64_t valid[16];
	uint32_t offsets[1025];
	uint8_t bytes[4096];
} rule;

static void rule_init(rule *of, uint8_t number)
{
	memset(of, 0, sizeof(*of));
	memset(of->kind.digest, number, sizeof(of->kind.digest));
	of->kind.columns = derived_columns;
	of->kind.n_columns = 3;
	of->factor = number;
	of->current = 1;
}

static cstn_status compute(
		void *context, const cstn__scan_chunk *chunk, cstn__values *out, cstn_error **error)
{
	rule *of = context;
	uint32_t at = 0;

	(void)error;
	of->calls++;
	if (of->fails)
		return CSTN_E_OVERFLOW;
	ck_assert_uint_le(chunk->rows, 1024);
	memset(of->valid, 0, sizeof(of->valid));
	for (uint64_t i = 0; i < chunk->rows; i++) {
		int64_t status = chunk->columns[0].numbers[i];

		of->doubles[i] = status * 2 * of->factor;
		of->offsets[i] = at;
		if (status % 2 == 0) {
			of->valid[i / 64] |= UINT64_C(1) << i % 64;
			memcpy(of->bytes + at, "even", 4);
			at += 4;
		}
	}
	of->offsets[chunk->rows] = at;
	for (uint64_t i = 0; i < chunk->child_rows; i++)
		of->lines[i] = chunk->columns[1].numbers[i] + of->factor;
	out[0] = (cstn__values){.rows = chunk->rows, .numbers = of->doubles};
	out[1] = (cstn__values){.rows = chunk->rows,
			.validity = of->valid,
			.offsets = of->offsets,
			.bytes = of->bytes};
	out[2] = (cstn__values){.rows = chunk->child_rows, .numbers = of->lines};
	return CSTN_OK;
}

static int is_current(void *context, const int64_t *least, const int64_t *greatest)
{
	rule *of = context;

	of->least = least[0];
	of->greatest = greatest[0];
	ck_assert_int_eq(least[1], INT64_MAX);
	ck_assert_int_eq(greatest[1], INT64_MIN);
	return of->current;
}

static cstn_status try_derive(cstn__store *store, rule *of, uint32_t most_digests,
		cstn__derived_counts *counts, cstn_error **error)
{
	const cstn__derivation derivation = {.table = ORDERS,
			.kind = &of->kind,
			.needs = needs,
			.n_needs = 2,
			.is_current = is_current,
			.compute = compute,
			.context = of,
			.most_digests = most_digests};

	return cstn__store_derive(store, &derivation, counts, error);
}

static cstn__derived_counts derive(cstn__store *store, rule *of, uint32_t most_digests)
{
	cstn__derived_counts counts = {9, 9, 9};
	cstn_error *error = NULL;
	cstn_status status = try_derive(store, of, most_digests, &counts, &error);

	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	return counts;
}

/* Every value that a scan gives is what the rule makes of the row; how many rows had one. */
static uint64_t check_snapshot(cstn__snapshot *snapshot, const rule *of)
{
	const cstn__scan_options options = {.columns = wanted,
			.n_columns = 2,
			.as_of_us = INT64_MAX,
			.derived = &of->kind};
	cstn__scan_chunk chunk;
	cstn__scan *scan;
	uint64_t found = 0;
	cstn_status status;

	ck_assert_int_eq(cstn__scan_new(snapshot, ORDERS, &options, &scan, NULL), CSTN_OK);
	while ((status = cstn__scan_next(scan, &chunk, NULL)) == CSTN_OK) {
		if (!chunk.derived)
			continue;
		ck_assert_uint_eq(chunk.derived[0].rows, chunk.rows);
		ck_assert_uint_eq(chunk.derived[2].rows, chunk.child_rows);
		for (uint64_t i = 0; i < chunk.rows; i++) {
			int64_t number = chunk.columns[0].numbers[i];
			int even = cstn__values_is_valid(&chunk.derived[1], i);
			size_t len;

			ck_assert_int_eq(chunk.derived[0].numbers[i], number * 2 * of->factor);
			ck_assert_int_eq(even, number % 2 == 0);
			if (even) {
				ck_assert_mem_eq(cstn__values_text(&chunk.derived[1], i, &len),
						"even", 4);
				ck_assert_uint_eq(len, 4);
			}
			found++;
		}
		for (uint64_t i = 0; i < chunk.child_rows; i++)
			ck_assert_int_eq(chunk.derived[2].numbers[i],
					chunk.columns[1].numbers[i] + of->factor);
	}
	ck_assert_int_eq(status, CSTN_DONE);
	cstn__scan_free(scan);
	return found;
}

static uint64_t check(cstn__store *store, const rule *of)
{
	cstn__snapshot *snapshot;
	uint64_t found;

	ck_assert_int_eq(cstn__snapshot_new(store, &snapshot, NULL), CSTN_OK);
	found = check_snapshot(snapshot, of);
	cstn__snapshot_unref(snapshot);
	return found;
}

static cstn__store_info info_of(cstn__store *store)
{
	cstn__store_info info;

	ck_assert_int_eq(cstn__store_info_get(store, &info, NULL), CSTN_OK);
	return info;
}

/* n segments of two orders. */
static cstn__store *open_segments(store_folder *folder, int n)
{
	static const char *const ids[] = {"a", "b", "c", "d", "e", "f", "g", "h"};
	cstn__store *store = store_folder_open(folder, &small);

	for (int i = 0; i < 2 * n; i++) {
		store_upsert(store, ids[i], 10 + i, i, (uint32_t)i % 3);
		if (i % 2)
			ck_assert_int_eq(cstn__store_checkpoint(store, NULL), CSTN_OK);
	}
	return store;
}

#define GOLDEN UINT64_C(1312122296287652199)
static rule first, second;

/* A folder with n segments; begin_derived() has the first rule's values beside them. */
static cstn__store *begin_segments(store_folder *folder, int n)
{
	store_folder_begin(folder);
	rule_init(&first, 1);
	rule_init(&second, 2);
	return open_segments(folder, n);
}

static cstn__store *begin_derived(store_folder *folder, int n)
{
	cstn__store *store = begin_segments(folder, n);

	derive(store, &first, 0);
	return store;
}

static void close_store(cstn__store *store)
{
	ck_assert_int_eq(cstn__store_close(store, NULL), CSTN_OK);
	cstn__store_unref(store);
}

static void end(store_folder *folder, cstn__store *store)
{
	cstn__store_unref(store);
	store_folder_end(folder);
}

static void counts_are(
		cstn__derived_counts counts, uint64_t written, uint64_t kept, uint64_t dropped)
{
	ck_assert_uint_eq(counts.written, written);
	ck_assert_uint_eq(counts.kept, kept);
	ck_assert_uint_eq(counts.dropped, dropped);
}

START_TEST(each_segment_gets_a_file_whose_values_a_scan_gives)
{
	cstn__derived_counts counts;
	store_folder folder;
	cstn__store *store;

	store = begin_segments(&folder, 2);
	store_upsert(store, "e", 20, 6, 1); /* in no segment yet */
	rule_init(&first, 1);
	ck_assert_uint_eq(check(store, &first), 0);
	counts = derive(store, &first, 0);
	counts_are(counts, 2, 0, 0);
	ck_assert_int_eq(store_folder_count(&folder, "drv-"), 2);
	ck_assert_uint_eq(info_of(store).n_derived, 2);
	ck_assert_uint_gt(info_of(store).derived_bytes, 0);
	ck_assert_uint_eq(check(store, &first), 4);
	end(&folder, store);
}
END_TEST

START_TEST(a_store_in_memory_has_none)
{
	cstn__derived_counts counts;
	cstn__store *store;

	ck_assert_int_eq(cstn__store_open(NULL, NULL, &store_schema, NULL, NULL, &store, NULL),
			CSTN_OK);
	store_upsert(store, "a", 1, 1, 1);
	rule_init(&first, 1);
	counts = derive(store, &first, 0);
	ck_assert_uint_eq(counts.written, 0);
	ck_assert_int_eq(first.calls, 0);
	ck_assert_uint_eq(check(store, &first), 0);
	cstn__store_unref(store);
}
END_TEST

START_TEST(files_outlive_the_handle_and_are_read_by_a_read_only_open)
{
	const cstn__store_options reader = {.flags = CSTN__STORE_READ_ONLY};
	store_folder folder;
	cstn__store *store;

	store = begin_segments(&folder, 2);
	rule_init(&first, 3);
	derive(store, &first, 0);
	store = store_folder_reopen(&folder, store, &small);
	ck_assert_uint_eq(check(store, &first), 4);
	close_store(store);
	store = store_folder_open(&folder, &reader);
	ck_assert_uint_eq(check(store, &first), 4);
	ck_assert_int_eq(try_derive(store, &first, 0, NULL, NULL), CSTN_E_READ_ONLY);
	end(&folder, store);
}
END_TEST

START_TEST(another_digest_is_another_file)
{
	store_folder folder;
	cstn__store *store;

	store = begin_derived(&folder, 1);
	ck_assert_uint_eq(check(store, &second), 0);
	derive(store, &second, 0);
	ck_assert_int_eq(store_folder_count(&folder, "drv-"), 2);
	ck_assert_uint_eq(check(store, &first), 2);
	ck_assert_uint_eq(check(store, &second), 2);
	end(&folder, store);
}
END_TEST

START_TEST(a_file_that_is_current_is_not_made_again)
{
	cstn__derived_counts counts;
	store_folder folder;
	cstn__store *store;

	store = begin_derived(&folder, 2);
	first.calls = 0;
	counts = derive(store, &first, 0);
	ck_assert_int_eq(first.calls, 0);
	ck_assert_uint_eq(counts.kept, 2);
	ck_assert_uint_eq(counts.written, 0);
	ck_assert_int_eq(first.least, 4); /* of the second segment */
	ck_assert_int_eq(first.greatest, 6);
	end(&folder, store);
}
END_TEST

START_TEST(a_file_that_is_not_current_is_replaced)
{
	cstn__derived_counts counts;
	store_folder folder;
	cstn__store *store;
	cstn__snapshot *before;

	store = begin_derived(&folder, 1);
	ck_assert_int_eq(cstn__snapshot_new(store, &before, NULL), CSTN_OK);
	ck_assert_uint_eq(check_snapshot(before, &first), 2);
	first.current = 0;
	counts = derive(store, &first, 0);
	ck_assert_uint_eq(counts.written, 1);
	ck_assert_uint_eq(counts.dropped, 1);
	ck_assert_int_eq(store_folder_count(&folder, "drv-"), 1);
	ck_assert_uint_eq(check(store, &first), 2);
	ck_assert_uint_eq(check_snapshot(before, &first), 2); /* has its file open */
	cstn__snapshot_unref(before);
	end(&folder, store);
}
END_TEST

START_TEST(of_more_digests_than_are_kept_the_oldest_goes)
{
	static rule rules[3];
	store_folder folder;
	cstn__store *store;

	store = begin_segments(&folder, 1);
	for (uint8_t i = 0; i < 3; i++) {
		rule_init(&rules[i], (uint8_t)(i + 1));
		derive(store, &rules[i], 2);
	}
	ck_assert_int_eq(store_folder_count(&folder, "drv-"), 2);
	ck_assert_uint_eq(check(store, &rules[0]), 0);
	ck_assert_uint_eq(check(store, &rules[1]), 2);
	ck_assert_uint_eq(check(store, &rules[2]), 2);
	end(&folder, store);
}
END_TEST

START_TEST(replacing_one_digest_does_not_push_another_out)
{
	store_folder folder;
	cstn__store *store;

	store = begin_segments(&folder, 1);
	derive(store, &first, 2);
	derive(store, &second, 2);
	second.current = 0;
	derive(store, &second, 2);
	ck_assert_int_eq(store_folder_count(&folder, "drv-"), 2);
	ck_assert_uint_eq(check(store, &first), 2);
	ck_assert_uint_eq(check(store, &second), 2);
	end(&folder, store);
}
END_TEST

START_TEST(files_go_with_their_segment_when_it_is_compacted)
{
	store_folder folder;
	cstn__store *store;

	store = begin_derived(&folder, 4);
	ck_assert_int_eq(store_folder_count(&folder, "drv-"), 4);
	ck_assert_int_eq(cstn__store_maintain(store, INT64_MIN, UINT64_MAX, NULL, NULL), CSTN_OK);
	ck_assert_int_eq(store_folder_count(&folder, "drv-"), 0);
	ck_assert_uint_eq(info_of(store).n_derived, 0);
	ck_assert_uint_eq(check(store, &first), 0);
	derive(store, &first, 0);
	ck_assert_uint_eq(check(store, &first), 8);
	end(&folder, store);
}
END_TEST

START_TEST(a_later_checkpoint_keeps_them)
{
	store_folder folder;
	cstn__store *store;

	store = begin_derived(&folder, 2);
	store_upsert(store, "a", 40, 3, 1); /* the old version is dead, and has its value still */
	ck_assert_int_eq(cstn__store_checkpoint(store, NULL), CSTN_OK);
	ck_assert_int_eq(store_folder_count(&folder, "drv-"), 2);
	ck_assert_uint_eq(check(store, &first), 4);
	end(&folder, store);
}
END_TEST

START_TEST(a_file_that_is_gone_is_as_none)
{
	store_folder folder;
	cstn__store *store;

	store = begin_derived(&folder, 2);
	store_folder_remove_files(&folder, "drv-");
	store = store_folder_reopen(&folder, store, &small);
	ck_assert_uint_eq(check(store, &first), 0);
	ck_assert_uint_eq(info_of(store).n_derived_useless, 2);
	ck_assert_uint_eq(check(store, &first), 0);
	ck_assert_uint_eq(info_of(store).n_derived_useless, 2);
	derive(store, &first, 0);
	ck_assert_uint_eq(info_of(store).n_derived, 2);
	ck_assert_uint_eq(check(store, &first), 4);
	end(&folder, store);
}
END_TEST

/* Each byte of the file in turn has a wrong bit: the values are the right ones, or none. */
START_TEST(damage_anywhere_in_a_file_gives_right_values_or_none)
{
	const cstn__store_options reader = {.flags = CSTN__STORE_READ_ONLY};
	uint64_t none = 0, size = 0;
	store_folder folder;
	cstn__store *store;
	char path[600];

	store = begin_derived(&folder, 1);
	size = info_of(store).derived_bytes;
	close_store(store);
	store_folder_last(&folder, "drv-", path);
	for (uint64_t at = 0; at < size; at++) {
		uint64_t found;

		store_folder_flip(path, (long)at);
		store = store_folder_open(&folder, &reader);
		found = check(store, &first);
		ck_assert_uint_eq(info_of(store).n_derived_useless, found == 0);
		none += found == 0;
		cstn__store_unref(store);
		store_folder_flip(path, (long)at);
	}
	ck_assert_uint_gt(none, size / 2); /* the rest is padding, and the seal */
	store = store_folder_open(&folder, &reader);
	ck_assert_uint_eq(check(store, &first), 2);
	end(&folder, store);
}
END_TEST

static void verify_says(store_folder *folder, int json, const char *there, const char * not )
{
	cstn_buffer *report = NULL;
	const char *text;

	ck_assert_int_eq(cstn__store_verify(&folder->disk.vfs, folder->path, json, NULL, NULL,
					 &report, NULL),
			CSTN_OK);
	text = (const char *)cstn_buffer_data(report);
	ck_assert_ptr_nonnull(strstr(text, there));
	if (not )
		ck_assert_ptr_null(strstr(text, not ));
	cstn_buffer_free(report);
}

START_TEST(verify_remarks_on_damage_and_finds_no_problem)
{
	store_folder folder;
	cstn__store *store;
	char path[600];

	store = begin_derived(&folder, 1);
	close_store(store);
	verify_says(&folder, 0, "drv-", "of no use");
	store_folder_last(&folder, "drv-", path);
	store_folder_flip(path, 130);
	verify_says(&folder, 0, "of no use and made again when it is wanted: ", NULL);
	verify_says(&folder, 0, "0 problems", NULL);
	verify_says(&folder, 1, "\"problem\":null,\"remark\":\"", NULL);
	store_folder_end(&folder);
}
END_TEST

START_TEST(dump_says_which_segment_and_which_rule)
{
	cstn_buffer *text = NULL;
	store_folder folder;
	cstn__store *store;
	char path[600];

	store = begin_segments(&folder, 1);
	rule_init(&first, 0xab);
	derive(store, &first, 0);
	store_folder_last(&folder, "drv-", path);
	ck_assert_int_eq(cstn__store_dump(&folder.disk.vfs, path, NULL, &text, NULL), CSTN_OK);
	ck_assert_ptr_nonnull(
			strstr((const char *)cstn_buffer_data(text), "derived from segment "));
	ck_assert_ptr_nonnull(strstr((const char *)cstn_buffer_data(text), " by rule abababab"));
	ck_assert_ptr_nonnull(strstr((const char *)cstn_buffer_data(text), "column 16 'double'"));
	cstn_buffer_free(text);
	end(&folder, store);
}
END_TEST

START_TEST(a_backup_has_none_and_makes_its_own)
{
	store_folder folder, copy;
	cstn__store *store;

	store_folder_begin(&folder);
	store_folder_begin(&copy);
	store = open_segments(&folder, 2);
	rule_init(&first, 1);
	derive(store, &first, 0);
	ck_assert_int_eq(cstn__store_backup(store, copy.path, 0, NULL, NULL), CSTN_OK);
	cstn__store_unref(store);
	ck_assert_int_eq(store_folder_count(&copy, "drv-"), 0);
	store = store_folder_open(&copy, &small);
	ck_assert_uint_eq(check(store, &first), 0);
	derive(store, &first, 0);
	ck_assert_uint_eq(check(store, &first), 4);
	cstn__store_unref(store);
	store_folder_end(&copy);
	store_folder_end(&folder);
}
END_TEST

START_TEST(a_rule_that_fails_leaves_no_file)
{
	store_folder folder;
	cstn__store *store;

	store = begin_segments(&folder, 2);
	first.fails = 1;
	ck_assert_int_eq(try_derive(store, &first, 0, NULL, NULL), CSTN_E_OVERFLOW);
	ck_assert_int_eq(store_folder_count(&folder, "drv-"), 0);
	first.fails = 0;
	derive(store, &first, 0);
	ck_assert_uint_eq(check(store, &first), 4);
	end(&folder, store);
}
END_TEST

START_TEST(late_columns_come_when_they_are_asked_for)
{
	const cstn__scan_options options = {
			.columns = wanted, .n_columns = 2, .n_late = 1, .as_of_us = INT64_MAX};
	cstn__snapshot *snapshot;
	cstn__scan_chunk chunk;
	store_folder folder;
	cstn__store *store;
	cstn__scan *scan;

	store = begin_segments(&folder, 1);
	ck_assert_int_eq(cstn__snapshot_new(store, &snapshot, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__scan_new(snapshot, ORDERS, &options, &scan, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__scan_next(scan, &chunk, NULL), CSTN_OK);
	ck_assert_int_eq(chunk.columns[0].numbers[1], 1);
	ck_assert_ptr_null(chunk.columns[1].numbers);
	ck_assert_int_eq(cstn__scan_load_late(scan, NULL), CSTN_OK);
	ck_assert_int_eq(chunk.columns[1].numbers[0], 1);
	cstn__scan_free(scan);
	cstn__snapshot_unref(snapshot);
	end(&folder, store);
}
END_TEST

/* Of one store, file and rule the bytes are always the same. */
START_TEST(the_bytes_of_a_file_follow_from_its_content)
{
	static const uint8_t uuid[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
	static const uint32_t ids[] = {DOUBLE_STATUS, WORD, LINE_SUM};
	static const int64_t numbers[] = {4, 0, 6}, lines[] = {7, 8, 9};
	static const uint32_t offsets[] = {0, 4, 4, 8}, children[] = {2, 0, 1};
	static const uint64_t valid[] = {5};
	const cstn__values values[] = {{.rows = 3, .numbers = numbers},
			{.rows = 3,
					.validity = valid,
					.offsets = offsets,
					.bytes = (const uint8_t *)"eveneven"},
			{.rows = 3, .numbers = lines}};
	const cstn__store_batch batch = {3, 3, children, ids, values, 3};
	cstn__segment_writer *writer;
	cstn__segment_written written;
	cstn__store_table table;
	cstn__segment *segment;
	store_folder folder;
	uint8_t bytes[4096];
	char path[400];
	size_t size;
	FILE *file;

	store_folder_begin(&folder);
	rule_init(&first, 0x5a);
	table = cstn__derived_table(&first.kind, ORDERS);
	snprintf(path, sizeof(path), "%s/derived", folder.top);
	ck_assert_int_eq(cstn__segment_writer_new(&folder.disk.vfs, path, uuid, 9, &table, 1, 0,
					 NULL, &writer, NULL),
			CSTN_OK);
	cstn__segment_writer_target(writer, 5, first.kind.digest);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(cstn__segment_writer_put(writer, &batch, NULL), CSTN_OK);
		ck_assert_int_eq(cstn__segment_writer_cut(writer, NULL), CSTN_OK);
	}
	ck_assert_int_eq(cstn__segment_writer_finish(writer, &written, NULL), CSTN_OK);
	cstn__segment_writer_free(writer);
	file = fopen(path, "rb");
	ck_assert_ptr_nonnull(file);
	size = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	ck_assert_uint_eq(size, written.size);
	ck_assert_mem_eq(bytes, "CSTNSEG1", 8);
	ck_assert_mem_eq(bytes + 80, "\5\0\0\0\0\0\0\0\x5a\x5a", 10);
	ck_assert_uint_eq(cstn__hash64(0, bytes, size), GOLDEN);
	ck_assert_int_eq(cstn__segment_open_derived(&folder.disk.vfs, path, uuid, 9, size, 5,
					 &table, NULL, &segment, NULL),
			CSTN_OK);
	ck_assert_uint_eq(cstn__segment_chunks(segment), 2);
	cstn__segment_free(segment);
	/* Of another segment, or no derived file at all. */
	ck_assert_int_eq(cstn__segment_open_derived(&folder.disk.vfs, path, uuid, 9, size, 6,
					 &table, NULL, &segment, NULL),
			CSTN_E_CORRUPT);
	ck_assert_int_eq(cstn__segment_open(&folder.disk.vfs, path, uuid, 9, size, &table, NULL,
					 &segment, NULL),
			CSTN_E_CORRUPT);
	remove(path);
	store_folder_end(&folder);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			each_segment_gets_a_file_whose_values_a_scan_gives,
			a_store_in_memory_has_none,
			files_outlive_the_handle_and_are_read_by_a_read_only_open,
			another_digest_is_another_file,
			a_file_that_is_current_is_not_made_again,
			a_file_that_is_not_current_is_replaced,
			of_more_digests_than_are_kept_the_oldest_goes,
			replacing_one_digest_does_not_push_another_out,
			files_go_with_their_segment_when_it_is_compacted,
			a_later_checkpoint_keeps_them,
			a_file_that_is_gone_is_as_none,
			damage_anywhere_in_a_file_gives_right_values_or_none,
			verify_remarks_on_damage_and_finds_no_problem,
			dump_says_which_segment_and_which_rule,
			a_backup_has_none_and_makes_its_own,
			a_rule_that_fails_leaves_no_file,
			the_bytes_of_a_file_follow_from_its_content,
			late_columns_come_when_they_are_asked_for,
	};

	return run_tests("store_derived", tests, sizeof(tests) / sizeof(tests[0]));
}
