/* Columns that batches leave out: null, wherever the rows lie, and nothing in a segment. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/segment.h"
#include "store_fixture.h"
#include "store_folder.h"
#include "suite.h"

/* One order with a line; the columns of `given` beyond the key and the time. */
enum { WITH_STATUS = 1, WITH_NOTE = 2, WITH_ITEM = 4, WITH_QUANTITY = 8, WITH_ALL = 15 };

static void put(cstn__store *store, const char *id, int given, int64_t number)
{
	uint32_t ids[6] = {ORDER_ID, RECORDED}, offsets[2], note_offsets[2], item_offsets[2];
	uint32_t children = 1;
	int64_t recorded = 1;
	cstn__values values[6] = {store_text(id, offsets), {.rows = 1, .numbers = &recorded}};
	cstn__store_batch batch = {1, 1, &children, ids, values, 2};
	cstn__transaction *transaction;

	if (given & WITH_STATUS) {
		ids[batch.n_columns] = STATUS;
		values[batch.n_columns++] = (cstn__values){.rows = 1, .numbers = &number};
	}
	if (given & WITH_NOTE) {
		ids[batch.n_columns] = NOTE;
		values[batch.n_columns++] = store_text("note", note_offsets);
	}
	if (given & WITH_ITEM) {
		ids[batch.n_columns] = ITEM;
		values[batch.n_columns++] = store_text("item", item_offsets);
	}
	if (given & WITH_QUANTITY) {
		ids[batch.n_columns] = QUANTITY;
		values[batch.n_columns++] = (cstn__values){.rows = 1, .numbers = &number};
	}
	ck_assert_int_eq(cstn__transaction_new(store, &transaction, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__transaction_upsert(transaction, ORDERS, &batch, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__transaction_commit(transaction, NULL, NULL), CSTN_OK);
	cstn__transaction_free(transaction);
}

/* The rows in order: status, note, item, quantity, "-" for a null. */
static const char *seen(cstn__store *store, char *out, size_t size)
{
	static const uint32_t ids[] = {STATUS, NOTE, ITEM, QUANTITY};
	cstn__scan_options options = {.columns = ids, .n_columns = 4, .as_of_us = INT64_MAX};
	cstn__snapshot *snapshot;
	cstn__scan_chunk chunk;
	cstn__scan *scan;
	size_t at = 0;

	out[0] = 0;
	ck_assert_int_eq(cstn__snapshot_new(store, &snapshot, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__scan_new(snapshot, ORDERS, &options, &scan, NULL), CSTN_OK);
	while (cstn__scan_next(scan, &chunk, NULL) == CSTN_OK)
		for (uint64_t row = 0; row < chunk.rows; row++)
			for (int c = 0; c < 4; c++) {
				const cstn__values *values = &chunk.columns[c];
				uint64_t i = c < 2 ? row : chunk.starts[row];
				const char *end = c < 3 ? "," : " ";
				size_t len;

				if (!cstn__values_is_valid(values, i))
					at += (size_t)snprintf(out + at, size - at, "-%s", end);
				else if (c == 0 || c == 3)
					at += (size_t)snprintf(out + at, size - at, "%d%s",
							(int)values->numbers[i], end);
				else {
					const uint8_t *text = cstn__values_text(values, i, &len);

					at += (size_t)snprintf(out + at, size - at, "%.*s%s",
							(int)len, (const char *)text, end);
				}
			}
	cstn__scan_free(scan);
	cstn__snapshot_unref(snapshot);
	return out;
}

static void put_mixed(cstn__store *store)
{
	put(store, "a", 0, 1);
	put(store, "b", WITH_ALL, 2);
	put(store, "c", 0, 3);
	put(store, "d", WITH_STATUS | WITH_ITEM, 4);
	put(store, "e", WITH_NOTE | WITH_QUANTITY, 5);
}
#define MIXED "-,-,-,- 2,note,item,2 -,-,-,- 4,-,item,- -,note,-,5 "

START_TEST(values_before_and_after_a_column_was_first_given_are_null)
{
	char text[400];
	cstn__store *store;

	ck_assert_int_eq(cstn__store_open(NULL, NULL, &store_schema, NULL, NULL, &store, NULL),
			CSTN_OK);
	put_mixed(store);
	ck_assert_str_eq(seen(store, text, sizeof(text)), MIXED);
	cstn__store_unref(store);
}
END_TEST

START_TEST(they_are_null_after_a_replay_a_checkpoint_and_a_compaction_too)
{
	char text[800];
	store_folder folder;
	cstn__store *store;

	store_folder_begin(&folder);
	store = store_folder_open(&folder, NULL);
	put_mixed(store);
	cstn__store_unref(store); /* no checkpoint: the log is replayed */
	store = store_folder_open(&folder, NULL);
	ck_assert_str_eq(seen(store, text, sizeof(text)), MIXED);
	store = store_folder_reopen(&folder, store, NULL);
	ck_assert_str_eq(seen(store, text, sizeof(text)), MIXED);
	put(store, "f", 0, 6);
	store = store_folder_reopen(&folder, store, NULL);
	ck_assert_str_eq(seen(store, text, sizeof(text)), MIXED "-,-,-,- ");
	ck_assert_int_eq(cstn__store_maintain(store, INT64_MIN, UINT64_MAX, NULL, NULL), CSTN_OK);
	ck_assert_str_eq(seen(store, text, sizeof(text)), MIXED "-,-,-,- ");
	cstn__store_unref(store);
	store_folder_end(&folder);
}
END_TEST

START_TEST(a_snapshot_from_before_a_column_was_given_sees_nulls)
{
	static const uint32_t id = STATUS;
	cstn__scan_options options = {.columns = &id, .n_columns = 1, .as_of_us = INT64_MAX};
	cstn__snapshot *before;
	cstn__scan_chunk chunk;
	cstn__store *store;
	cstn__scan *scan;

	ck_assert_int_eq(cstn__store_open(NULL, NULL, &store_schema, NULL, NULL, &store, NULL),
			CSTN_OK);
	put(store, "a", 0, 1);
	ck_assert_int_eq(cstn__snapshot_new(store, &before, NULL), CSTN_OK);
	put(store, "b", WITH_ALL, 2);
	ck_assert_int_eq(cstn__scan_new(before, ORDERS, &options, &scan, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__scan_next(scan, &chunk, NULL), CSTN_OK);
	ck_assert_uint_eq(chunk.rows, 1);
	ck_assert_int_eq(cstn__values_is_valid(&chunk.columns[0], 0), 0);
	ck_assert_int_eq(chunk.columns[0].numbers[0], 0);
	cstn__scan_free(scan);
	cstn__snapshot_unref(before);
	cstn__store_unref(store);
}
END_TEST

/* Columns of the newest segment, by its dump. */
static int has_column(store_folder *folder, const char *name)
{
	char path[600], quoted[64];
	cstn_buffer *dump = NULL;
	int found;

	store_folder_last(folder, "seg-", path);
	ck_assert_int_eq(cstn__store_dump(&folder->disk.vfs, path, NULL, &dump, NULL), CSTN_OK);
	snprintf(quoted, sizeof(quoted), " '%s' ", name);
	found = strstr((const char *)cstn_buffer_data(dump), quoted) != NULL;
	cstn_buffer_free(dump);
	return found;
}

START_TEST(a_segment_has_no_column_that_is_null_in_all_rows)
{
	store_folder folder;
	cstn__store *store;

	store_folder_begin(&folder);
	store = store_folder_open(&folder, NULL);
	put(store, "a", WITH_STATUS, 1);
	put(store, "b", WITH_ITEM, 1);
	store = store_folder_reopen(&folder, store, NULL);
	ck_assert(has_column(&folder, "order_id"));
	ck_assert(has_column(&folder, "status"));
	ck_assert(has_column(&folder, "item"));
	ck_assert(!has_column(&folder, "note"));
	ck_assert(!has_column(&folder, "quantity"));
	/* Folded with a row that has one of them, it is there for all. */
	put(store, "c", WITH_NOTE, 1);
	store = store_folder_reopen(&folder, store, NULL);
	ck_assert(has_column(&folder, "note"));
	ck_assert(has_column(&folder, "status"));
	ck_assert(!has_column(&folder, "quantity"));
	cstn__store_unref(store);
	store_folder_end(&folder);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			values_before_and_after_a_column_was_first_given_are_null,
			they_are_null_after_a_replay_a_checkpoint_and_a_compaction_too,
			a_snapshot_from_before_a_column_was_given_sees_nulls,
			a_segment_has_no_column_that_is_null_in_all_rows,
	};

	return run_tests("store_absent", tests, sizeof(tests) / sizeof(tests[0]));
}
