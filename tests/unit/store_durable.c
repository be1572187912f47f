/* The store at a path: what is committed is there again, in the log, in segments, in history. */
#include <stdlib.h>
#include <string.h>

#include "store_fixture.h"
#include "store_folder.h"
#include "suite.h"

static char text[1 << 20];

static cstn__snapshot *snapshot_of(cstn__store *store)
{
	cstn__snapshot *snapshot;

	ck_assert_int_eq(cstn__snapshot_new(store, &snapshot, NULL), CSTN_OK);
	return snapshot;
}

static cstn__store_info info_of(cstn__store *store)
{
	cstn__store_info info;

	ck_assert_int_eq(cstn__store_info_get(store, &info, NULL), CSTN_OK);
	return info;
}

static void check_point(cstn__store *store)
{
	cstn_error *error = NULL;
	cstn_status status = cstn__store_checkpoint(store, &error);

	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
}

START_TEST(a_new_store_has_one_manifest_one_log_and_the_lock)
{
	store_folder folder;
	cstn__store *store;

	store_folder_begin(&folder);
	store = store_folder_open(&folder, NULL);
	ck_assert_int_eq(store_folder_count(&folder, ""), 3);
	ck_assert_int_eq(store_folder_count(&folder, "MANIFEST-"), 1);
	ck_assert_int_eq(store_folder_count(&folder, "log-"), 1);
	ck_assert_int_eq(store_folder_count(&folder, "LOCK"), 1);
	cstn__store_unref(store);
	store_folder_end(&folder);
}
END_TEST

START_TEST(a_commit_is_there_after_an_end_without_close)
{
	store_folder folder;
	cstn__store *store;

	store_folder_begin(&folder);
	store = store_folder_open(&folder, NULL);
	store_upsert(store, "a", 1, 11, 2);
	store_upsert(store, "b", 1, 10, 0);
	store_upsert(store, "a", 2, 12, 1);
	ck_assert_str_eq(store_now(store, text, sizeof(text)), "b=10 a=12+1");
	cstn__store_unref(store);
	store = store_folder_open(&folder, NULL);
	ck_assert_str_eq(store_now(store, text, sizeof(text)), "b=10 a=12+1");
	ck_assert_uint_eq(info_of(store).last_seq, 3);
	store_upsert(store, "c", 3, 13, 0);
	cstn__store_unref(store);
	store = store_folder_open(&folder, NULL);
	ck_assert_str_eq(store_now(store, text, sizeof(text)), "b=10 a=12+1 c=13");
	ck_assert_uint_eq(info_of(store).last_seq, 4);
	cstn__store_unref(store);
	store_folder_end(&folder);
}
END_TEST

START_TEST(a_commit_is_there_after_close)
{
	store_folder folder;
	cstn__store *store;

	store_folder_begin(&folder);
	store = store_folder_open(&folder, NULL);
	store_upsert(store, "a", 1, 11, 2);
	store_event(store, 5, 6, 7);
	store = store_folder_reopen(&folder, store, NULL);
	ck_assert_str_eq(store_now(store, text, sizeof(text)), "a=11+2");
	ck_assert_uint_eq(store_count(store, EVENTS), 1);
	store = store_folder_reopen(&folder, store, NULL);
	ck_assert_str_eq(store_now(store, text, sizeof(text)), "a=11+2");
	ck_assert_int_eq(store_folder_count(&folder, "MANIFEST-"), 1);
	ck_assert_int_eq(store_folder_count(&folder, "log-"), 1);
	cstn__store_unref(store);
	store_folder_end(&folder);
}
END_TEST

START_TEST(an_upsert_kills_the_row_of_its_key_in_a_segment)
{
	store_folder folder;
	cstn__store *store;
	cstn__snapshot *before, *after;

	store_folder_begin(&folder);
	store = store_folder_open(&folder, NULL);
	store_upsert(store, "a", 100, 11, 2);
	store_upsert(store, "b", 100, 10, 1);
	check_point(store);
	ck_assert_uint_eq(info_of(store).n_segments, 1);
	ck_assert_str_eq(store_now(store, text, sizeof(text)), "a=11+2 b=10+1");
	before = snapshot_of(store);
	store_upsert(store, "a", 200, 12, 3);
	store_delete(store, "b", 300);
	after = snapshot_of(store);
	ck_assert_str_eq(store_orders(before, INT64_MAX, text, sizeof(text)), "a=11+2 b=10+1");
	ck_assert_str_eq(store_orders(after, INT64_MAX, text, sizeof(text)), "a=12+3");
	ck_assert_str_eq(store_orders(after, 199, text, sizeof(text)), "a=11+2 b=10+1");
	ck_assert_str_eq(store_orders(after, 299, text, sizeof(text)), "b=10+1 a=12+3");
	ck_assert_int_eq(store_find(before, "a", INT64_MAX), 11);
	ck_assert_int_eq(store_find(after, "a", INT64_MAX), 12);
	ck_assert_int_eq(store_find(after, "a", 150), 11);
	ck_assert_int_eq(store_find(after, "b", INT64_MAX), INT64_MIN);
	ck_assert_int_eq(store_find(after, "b", 299), 10);
	cstn__snapshot_unref(before);
	cstn__snapshot_unref(after);
	for (int i = 0; i < 3; i++) {
		cstn__snapshot *again;

		store = store_folder_reopen(&folder, store, NULL);
		again = snapshot_of(store);
		ck_assert_str_eq(store_orders(again, INT64_MAX, text, sizeof(text)), "a=12+3");
		ck_assert_str_eq(store_orders(again, 199, text, sizeof(text)), "a=11+2 b=10+1");
		ck_assert_int_eq(store_find(again, "b", 299), 10);
		ck_assert_int_eq(store_find(again, "a", 99), INT64_MIN);
		cstn__snapshot_unref(again);
	}
	cstn__store_unref(store);
	store_folder_end(&folder);
}
END_TEST

START_TEST(deaths_in_a_kept_segment_survive_a_crash_and_a_checkpoint)
{
	store_folder folder;
	cstn__store_options options = {.segment_rows = 1};
	cstn__store *store;

	store_folder_begin(&folder);
	store = store_folder_open(&folder, &options);
	store_upsert(store, "a", 1, 11, 1);
	store_upsert(store, "b", 1, 12, 1);
	check_point(store);
	store_upsert(store, "a", 2, 13, 1);
	cstn__store_unref(store);
	store = store_folder_open(&folder, &options);
	ck_assert_uint_eq(info_of(store).n_segments, 2);
	ck_assert_int_eq(store_folder_count(&folder, "del-"), 1);
	ck_assert_str_eq(store_now(store, text, sizeof(text)), "b=12+1 a=13+1");
	store_delete(store, "b", 3);
	check_point(store);
	ck_assert_int_eq(store_folder_count(&folder, "del-"), 1);
	cstn__store_unref(store);
	store = store_folder_open(&folder, &options);
	ck_assert_str_eq(store_now(store, text, sizeof(text)), "a=13+1");
	cstn__store_unref(store);
	store_folder_end(&folder);
}
END_TEST

START_TEST(small_segments_are_folded_into_the_next)
{
	store_folder folder;
	cstn__store *store;

	store_folder_begin(&folder);
	store = store_folder_open(&folder, NULL);
	for (int i = 0; i < 5; i++) {
		store_upsert(store, i % 2 ? "a" : "b", i, i, 1);
		check_point(store);
		ck_assert_uint_eq(info_of(store).n_segments, 1);
	}
	ck_assert_str_eq(store_now(store, text, sizeof(text)), "a=3+1 b=4+1");
	ck_assert_int_eq(store_folder_count(&folder, "seg-"), 1);
	cstn__store_unref(store);
	store_folder_end(&folder);
}
END_TEST

START_TEST(a_checkpoint_with_nothing_new_does_nothing)
{
	store_folder folder;
	cstn__store *store;
	uint64_t manifest_no;

	store_folder_begin(&folder);
	store = store_folder_open(&folder, NULL);
	store_upsert(store, "a", 1, 1, 1);
	check_point(store);
	manifest_no = info_of(store).manifest_no;
	check_point(store);
	ck_assert_uint_eq(info_of(store).manifest_no, manifest_no);
	cstn__store_unref(store);
	store_folder_end(&folder);
}
END_TEST

START_TEST(a_snapshot_pins_the_segments_it_reads)
{
	store_folder folder;
	cstn__store *store;
	cstn__snapshot *snapshot;

	store_folder_begin(&folder);
	store = store_folder_open(&folder, NULL);
	store_upsert(store, "a", 1, 11, 1);
	check_point(store);
	snapshot = snapshot_of(store);
	store_upsert(store, "a", 2, 12, 1);
	check_point(store);
	ck_assert_int_eq(store_folder_count(&folder, "seg-"), 2);
	ck_assert_uint_gt(info_of(store).pinned_bytes, 0);
	ck_assert_str_eq(store_orders(snapshot, INT64_MAX, text, sizeof(text)), "a=11+1");
	cstn__snapshot_unref(snapshot);
	ck_assert_uint_eq(info_of(store).pinned_bytes, 0);
	store_upsert(store, "a", 3, 13, 1);
	check_point(store);
	ck_assert_int_eq(store_folder_count(&folder, "seg-"), 1);
	cstn__store_unref(store);
	store_folder_end(&folder);
}
END_TEST

START_TEST(a_bulk_commit_goes_to_a_segment_and_replaces_rows_everywhere)
{
	store_folder folder;
	cstn__store *store;
	cstn__snapshot *snapshot;
	cstn_error *error = NULL;

	store_folder_begin(&folder);
	store = store_folder_open(&folder, NULL);
	store_upsert(store, "o5", 1, 1, 1); /* in a segment */
	check_point(store);
	store_upsert(store, "o6", 1, 1, 2); /* in memory */
	store_upsert(store, "x", 1, 3, 0);
	snapshot = snapshot_of(store);
	ck_assert_msg(store_try_many(store, 0, 65536, 2, 2, &error) == CSTN_OK, "%s",
			cstn_error_message(error));
	ck_assert_uint_eq(info_of(store).log_bytes, 88);
	ck_assert_uint_eq(store_count(store, ORDERS), 65537);
	ck_assert_uint_eq(info_of(store).n_dead_rows, 2);
	ck_assert_str_eq(
			store_orders(snapshot, INT64_MAX, text, sizeof(text)), "o5=1+1 o6=1+2 x=3");
	cstn__snapshot_unref(snapshot);
	ck_assert_int_eq(store_try_many(store, 10, 65536, 1, 4, NULL), CSTN_OK);
	ck_assert_uint_eq(store_count(store, ORDERS), 65537 + 10);
	store = store_folder_reopen(&folder, store, NULL);
	ck_assert_uint_eq(store_count(store, ORDERS), 65537 + 10);
	snapshot = snapshot_of(store);
	ck_assert_int_eq(store_find(snapshot, "o5", INT64_MAX), 2);
	ck_assert_int_eq(store_find(snapshot, "o10", INT64_MAX), 4);
	ck_assert_int_eq(store_find(snapshot, "o65545", INT64_MAX), 4);
	ck_assert_int_eq(store_find(snapshot, "o65546", INT64_MAX), INT64_MIN);
	ck_assert_int_eq(store_find(snapshot, "x", INT64_MAX), 3);
	cstn__snapshot_unref(snapshot);
	cstn__store_unref(store);
	store_folder_end(&folder);
}
END_TEST

/* Three orders with notes of `bytes` together, in one transaction. */
static void put_notes(cstn__store *store, uint32_t bytes)
{
	uint32_t offsets[4] = {0, bytes / 3, bytes / 3 * 2, bytes};
	cstn__transaction *transaction = NULL;
	uint8_t *notes = malloc(bytes);
	cstn_error *error = NULL;
	cstn__store_batch batch;
	store_rows rows;

	ck_assert_ptr_nonnull(notes);
	memset(notes, 'n', bytes);
	store_rows_clear(&rows);
	store_rows_add(&rows, "a", 1, 1, "", 1);
	store_rows_add(&rows, "b", 1, 2, "", 1);
	store_rows_add(&rows, "c", 1, 3, "", 1);
	batch = store_rows_batch(&rows);
	ck_assert_uint_eq(rows.column_ids[3], NOTE);
	rows.values[3].offsets = offsets;
	rows.values[3].bytes = notes;
	ck_assert_int_eq(cstn__transaction_new(store, &transaction, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__transaction_upsert(transaction, ORDERS, &batch, NULL), CSTN_OK);
	ck_assert_msg(cstn__transaction_commit(transaction, NULL, &error) == CSTN_OK, "%s",
			cstn_error_message(error));
	cstn__transaction_free(transaction);
	free(notes);
}

START_TEST(a_column_of_text_too_large_for_one_block_of_the_log_goes_to_a_segment)
{
	const uint32_t most = (16u << 20) - 4 * 4 - 8; /* less offsets and validity */

	for (uint32_t more = 0; more < 2; more++) {
		store_folder folder;
		cstn__store *store;

		store_folder_begin(&folder);
		store = store_folder_open(&folder, NULL);
		put_notes(store, most + more);
		ck_assert_int_eq(info_of(store).log_bytes == 88, (int)more);
		store = store_folder_reopen(&folder, store, NULL);
		ck_assert_uint_eq(store_count(store, ORDERS), 3);
		cstn__store_unref(store);
		store_folder_end(&folder);
	}
}
END_TEST

START_TEST(a_full_memory_table_is_checkpointed_by_the_committing_caller)
{
	store_folder folder;
	cstn__store_options options = {.checkpoint_rows = 10};
	cstn__store *store;

	store_folder_begin(&folder);
	store = store_folder_open(&folder, &options);
	for (int i = 0; i < 9; i++)
		store_event(store, i, i, i);
	ck_assert_uint_eq(info_of(store).n_segments, 0);
	store_event(store, 9, 9, 9);
	ck_assert_uint_eq(info_of(store).n_segments, 1);
	options.flags = CSTN__STORE_DEFER_CHECKPOINT;
	store = store_folder_reopen(&folder, store, &options);
	for (int i = 0; i < 20; i++)
		store_event(store, i, i, i);
	ck_assert_uint_eq(info_of(store).n_segments, 1);
	ck_assert_uint_eq(store_count(store, EVENTS), 30);
	cstn__store_unref(store);
	store_folder_end(&folder);
}
END_TEST

START_TEST(a_column_that_is_added_is_null_in_old_rows)
{
	store_folder folder;
	cstn__store *store;
	cstn__snapshot *snapshot;
	const uint32_t ids[] = {EXTRA, STATUS};
	cstn__scan_options options = {.columns = ids, .n_columns = 2, .as_of_us = INT64_MAX};
	cstn__scan_chunk chunk;
	cstn__scan *scan;

	store_folder_begin(&folder);
	store = store_folder_open(&folder, NULL);
	store_upsert(store, "a", 1, 11, 1);
	ck_assert_int_eq(cstn__store_close(store, NULL), CSTN_OK);
	cstn__store_unref(store);
	ck_assert_int_eq(cstn__store_open(&folder.disk.vfs, folder.path, &store_schema_wider, NULL,
					 NULL, &store, NULL),
			CSTN_OK);
	snapshot = snapshot_of(store);
	ck_assert_int_eq(cstn__scan_new(snapshot, ORDERS, &options, &scan, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__scan_next(scan, &chunk, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__values_is_valid(&chunk.columns[0], 0), 0);
	ck_assert_int_eq(chunk.columns[0].numbers[0], 0);
	ck_assert_int_eq(chunk.columns[1].numbers[0], 11);
	cstn__scan_free(scan);
	cstn__snapshot_unref(snapshot);
	/* The narrower schema still opens it: what is stored has more and is kept. */
	store = store_folder_reopen(&folder, store, NULL);
	ck_assert_str_eq(store_now(store, text, sizeof(text)), "a=11+1");
	cstn__store_unref(store);
	store_folder_end(&folder);
}
END_TEST

START_TEST(a_schema_that_contradicts_the_stored_one_is_refused)
{
	store_folder folder;
	cstn__store *store;
	cstn__store_column columns[3];
	cstn__store_table table = store_schema.tables[1];
	cstn__store_schema schema = {2, &table, 1};

	memcpy(columns, table.columns, sizeof(columns));
	table.columns = columns;
	store_folder_begin(&folder);
	store = store_folder_open(&folder, NULL);
	cstn__store_unref(store);
	columns[2].type = CSTN_TYPE_DOUBLE;
	ck_assert_int_eq(cstn__store_open(&folder.disk.vfs, folder.path, &schema, NULL, NULL,
					 &store, NULL),
			CSTN_E_SCHEMA);
	columns[2].type = CSTN_TYPE_INT64;
	table.table_class = CSTN__TABLE_KEYED;
	ck_assert_int_eq(cstn__store_open(&folder.disk.vfs, folder.path, &schema, NULL, NULL,
					 &store, NULL),
			CSTN_E_SCHEMA);
	table.table_class = CSTN__TABLE_APPEND;
	ck_assert_int_eq(cstn__store_open(&folder.disk.vfs, folder.path, &schema, NULL, NULL,
					 &store, NULL),
			CSTN_OK);
	cstn__store_unref(store);
	store_folder_end(&folder);
}
END_TEST

START_TEST(rows_committed_without_sync_are_there_after_a_close)
{
	store_folder folder;
	cstn__store_options options = {.commit_level = CSTN__COMMIT_NONE};
	cstn__store *store;

	store_folder_begin(&folder);
	store = store_folder_open(&folder, &options);
	store_upsert(store, "a", 1, 11, 1);
	ck_assert_int_eq(cstn__store_sync(store, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__store_sync(store, NULL), CSTN_OK);
	store_upsert(store, "b", 1, 12, 1);
	cstn__store_unref(store);
	store = store_folder_open(&folder, &options);
	ck_assert_str_eq(store_now(store, text, sizeof(text)), "a=11+1 b=12+1");
	store = store_folder_reopen(&folder, store, &options);
	ck_assert_str_eq(store_now(store, text, sizeof(text)), "a=11+1 b=12+1");
	cstn__store_unref(store);
	store_folder_end(&folder);
}
END_TEST

START_TEST(filters_hold_in_segments_too)
{
	store_folder folder;
	cstn__store *store;
	cstn__snapshot *snapshot;
	cstn__scan_range range = {RECORDED, 1000, 1009};
	cstn__scan_text equal = {ORDER_ID, "o1005", 5};
	cstn__scan_options options = {.ranges = &range, .n_ranges = 1, .as_of_us = INT64_MAX};
	cstn__scan_chunk chunk;
	cstn__scan *scan;

	store_folder_begin(&folder);
	store = store_folder_open(&folder, NULL);
	ck_assert_int_eq(store_try_many(store, 0, 70000, 1, 2, NULL), CSTN_OK);
	snapshot = snapshot_of(store);
	for (int i = 0; i < 2; i++) {
		uint64_t n = 0;

		ck_assert_int_eq(cstn__scan_new(snapshot, ORDERS, &options, &scan, NULL), CSTN_OK);
		while (cstn__scan_next(scan, &chunk, NULL) == CSTN_OK)
			n += chunk.n_visible;
		ck_assert_uint_eq(n, i ? 1 : 10);
		cstn__scan_free(scan);
		options.texts = &equal;
		options.n_texts = 1;
	}
	cstn__snapshot_unref(snapshot);
	cstn__store_unref(store);
	store_folder_end(&folder);
}
END_TEST

START_TEST(older_generations_are_kept_when_asked)
{
	store_folder folder;
	cstn__store_options options = {.keep_generations = 3};
	cstn__store *store;

	store_folder_begin(&folder);
	store = store_folder_open(&folder, &options);
	for (int i = 0; i < 5; i++) {
		store_upsert(store, "a", i, i, 1);
		check_point(store);
	}
	ck_assert_int_eq(store_folder_count(&folder, "MANIFEST-"), 3);
	ck_assert_int_eq(store_folder_count(&folder, "log-"), 3);
	store = store_folder_reopen(&folder, store, &options);
	ck_assert_int_eq(store_folder_count(&folder, "MANIFEST-"), 3);
	store = store_folder_reopen(&folder, store, NULL);
	ck_assert_int_eq(store_folder_count(&folder, "MANIFEST-"), 1);
	ck_assert_str_eq(store_now(store, text, sizeof(text)), "a=4+1");
	cstn__store_unref(store);
	store_folder_end(&folder);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			a_new_store_has_one_manifest_one_log_and_the_lock,
			a_commit_is_there_after_an_end_without_close,
			a_commit_is_there_after_close,
			an_upsert_kills_the_row_of_its_key_in_a_segment,
			deaths_in_a_kept_segment_survive_a_crash_and_a_checkpoint,
			small_segments_are_folded_into_the_next,
			a_checkpoint_with_nothing_new_does_nothing,
			a_snapshot_pins_the_segments_it_reads,
			a_bulk_commit_goes_to_a_segment_and_replaces_rows_everywhere,
			a_column_of_text_too_large_for_one_block_of_the_log_goes_to_a_segment,
			a_full_memory_table_is_checkpointed_by_the_committing_caller,
			a_column_that_is_added_is_null_in_old_rows,
			a_schema_that_contradicts_the_stored_one_is_refused,
			rows_committed_without_sync_are_there_after_a_close,
			filters_hold_in_segments_too,
			older_generations_are_kept_when_asked,
	};

	return run_tests("store_durable", tests, sizeof(tests) / sizeof(tests[0]));
}
