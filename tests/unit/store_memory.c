/* The store in memory: rows, keys, history, snapshots, filters. */
#include <stdlib.h>
#include <string.h>

#include "failing_allocator.h"
#include "store_fixture.h"
#include "suite.h"

static char text[65536];

static cstn__store *open_store(void)
{
	cstn__store *store;

	ck_assert_int_eq(cstn__store_open(NULL, NULL, &store_schema, NULL, NULL, &store, NULL),
			CSTN_OK);
	return store;
}

static cstn__snapshot *snapshot_of(cstn__store *store)
{
	cstn__snapshot *snapshot;

	ck_assert_int_eq(cstn__snapshot_new(store, &snapshot, NULL), CSTN_OK);
	return snapshot;
}

START_TEST(a_new_store_is_empty)
{
	cstn__store *store = open_store();

	ck_assert_str_eq(store_now(store, text, sizeof(text)), "");
	ck_assert_uint_eq(store_count(store, EVENTS), 0);
	cstn__store_unref(store);
}
END_TEST

START_TEST(committed_rows_are_seen_with_their_lines)
{
	cstn__store *store = open_store();

	store_upsert(store, "a", 1, 10, 2);
	store_upsert(store, "b", 1, 11, 0);
	ck_assert_str_eq(store_now(store, text, sizeof(text)), "a=10+2 b=11");
	cstn__store_unref(store);
}
END_TEST

START_TEST(what_is_not_committed_is_not_seen)
{
	cstn__store *store = open_store();
	cstn__transaction *transaction;
	cstn__store_batch batch;
	store_rows rows;

	store_rows_clear(&rows);
	store_rows_add(&rows, "a", 1, 10, NULL, 1);
	batch = store_rows_batch(&rows);
	ck_assert_int_eq(cstn__transaction_new(store, &transaction, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__transaction_upsert(transaction, ORDERS, &batch, NULL), CSTN_OK);
	ck_assert_uint_eq(cstn__transaction_rows(transaction), 1);
	ck_assert_str_eq(store_now(store, text, sizeof(text)), "");
	cstn__transaction_free(transaction);
	ck_assert_str_eq(store_now(store, text, sizeof(text)), "");
	cstn__store_unref(store);
}
END_TEST

START_TEST(an_upsert_replaces_the_row_of_its_key)
{
	cstn__store *store = open_store();

	store_upsert(store, "a", 1, 10, 2);
	store_upsert(store, "b", 1, 20, 1);
	store_upsert(store, "a", 2, 30, 0);
	ck_assert_str_eq(store_now(store, text, sizeof(text)), "b=20+1 a=30");
	cstn__store_unref(store);
}
END_TEST

START_TEST(the_last_version_in_one_transaction_wins)
{
	cstn__store *store = open_store();
	cstn__transaction *transaction;
	cstn__store_batch batch;
	store_rows rows;

	store_rows_clear(&rows);
	store_rows_add(&rows, "a", 1, 10, NULL, 1);
	store_rows_add(&rows, "b", 1, 20, NULL, 0);
	store_rows_add(&rows, "a", 2, 12, NULL, 3);
	batch = store_rows_batch(&rows);
	ck_assert_int_eq(cstn__transaction_new(store, &transaction, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__transaction_upsert(transaction, ORDERS, &batch, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__transaction_commit(transaction, NULL, NULL), CSTN_OK);
	ck_assert_str_eq(store_now(store, text, sizeof(text)), "b=20 a=12+3");
	ck_assert_uint_eq(cstn__transaction_rows(transaction), 0);
	cstn__transaction_free(transaction);
	cstn__store_unref(store);
}
END_TEST

START_TEST(a_deleted_key_is_gone_and_may_come_back)
{
	cstn__store *store = open_store();

	store_upsert(store, "a", 1, 10, 1);
	store_delete(store, "a", 2);
	ck_assert_str_eq(store_now(store, text, sizeof(text)), "");
	store_delete(store, "a", 3);
	store_upsert(store, "a", 4, 12, 0);
	ck_assert_str_eq(store_now(store, text, sizeof(text)), "a=12");
	cstn__store_unref(store);
}
END_TEST

START_TEST(deleting_a_key_that_is_not_there_is_no_error)
{
	cstn__store *store = open_store();

	store_delete(store, "nobody", 1);
	ck_assert_str_eq(store_now(store, text, sizeof(text)), "");
	cstn__store_unref(store);
}
END_TEST

START_TEST(a_read_as_of_a_time_sees_what_was_recorded_then)
{
	cstn__store *store = open_store();
	cstn__snapshot *snapshot;

	store_upsert(store, "a", 100, 10, 1);
	store_upsert(store, "a", 200, 12, 2);
	store_delete(store, "a", 300);
	snapshot = snapshot_of(store);
	ck_assert_str_eq(store_orders(snapshot, 99, text, sizeof(text)), "");
	ck_assert_str_eq(store_orders(snapshot, 100, text, sizeof(text)), "a=10+1");
	ck_assert_str_eq(store_orders(snapshot, 199, text, sizeof(text)), "a=10+1");
	ck_assert_str_eq(store_orders(snapshot, 200, text, sizeof(text)), "a=12+2");
	ck_assert_str_eq(store_orders(snapshot, 299, text, sizeof(text)), "a=12+2");
	ck_assert_str_eq(store_orders(snapshot, 300, text, sizeof(text)), "");
	ck_assert_int_eq(store_find(snapshot, "a", 99), INT64_MIN);
	ck_assert_int_eq(store_find(snapshot, "a", 199), 10);
	ck_assert_int_eq(store_find(snapshot, "a", 299), 12);
	ck_assert_int_eq(store_find(snapshot, "a", INT64_MAX), INT64_MIN);
	cstn__snapshot_unref(snapshot);
	cstn__store_unref(store);
}
END_TEST

START_TEST(a_snapshot_does_not_change)
{
	cstn__store *store = open_store();
	cstn__snapshot *before, *after;

	store_upsert(store, "a", 1, 10, 1);
	before = snapshot_of(store);
	store_upsert(store, "a", 2, 12, 2);
	store_upsert(store, "b", 2, 14, 0);
	after = snapshot_of(store);
	store_delete(store, "b", 3);
	ck_assert_str_eq(store_orders(before, INT64_MAX, text, sizeof(text)), "a=10+1");
	ck_assert_str_eq(store_orders(after, INT64_MAX, text, sizeof(text)), "a=12+2 b=14");
	ck_assert_str_eq(store_now(store, text, sizeof(text)), "a=12+2");
	ck_assert_int_eq(store_find(before, "a", INT64_MAX), 10);
	ck_assert_int_eq(store_find(before, "b", INT64_MAX), INT64_MIN);
	ck_assert_int_eq(store_find(after, "b", INT64_MAX), 14);
	ck_assert_uint_eq(cstn__snapshot_seq(before) + 2, cstn__snapshot_seq(after));
	cstn__snapshot_unref(before);
	cstn__snapshot_unref(after);
	cstn__store_unref(store);
}
END_TEST

START_TEST(a_snapshot_outlives_the_handle)
{
	cstn__store *store = open_store();
	cstn__snapshot *snapshot;

	store_upsert(store, "a", 1, 10, 1);
	snapshot = snapshot_of(store);
	cstn__store_unref(store);
	ck_assert_str_eq(store_orders(snapshot, INT64_MAX, text, sizeof(text)), "a=10+1");
	cstn__snapshot_unref(snapshot);
}
END_TEST

START_TEST(keys_of_an_append_only_table_may_repeat)
{
	cstn__store *store = open_store();

	store_event(store, 1, 10, 5);
	store_event(store, 1, 10, 6);
	ck_assert_uint_eq(store_count(store, EVENTS), 2);
	cstn__store_unref(store);
}
END_TEST

START_TEST(an_append_only_table_refuses_upserts_and_deletes)
{
	cstn__store *store = open_store();
	const uint32_t ids[2] = {EVENT_ID, EVENT_RECORDED};
	int64_t one = 1;
	cstn__values values[2] = {{.rows = 1, .numbers = &one}, {.rows = 1, .numbers = &one}};
	cstn__store_batch batch = {1, 0, NULL, ids, values, 2};
	cstn__transaction *transaction;
	cstn_error *error = NULL;

	ck_assert_int_eq(cstn__transaction_new(store, &transaction, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__transaction_upsert(transaction, EVENTS, &batch, &error),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_str_eq(cstn_error_message(error),
			"table 'events' is append-only: rows are neither replaced nor deleted");
	cstn_error_free(error);
	ck_assert_int_eq(cstn__transaction_delete(transaction, EVENTS, &batch, NULL),
			CSTN_E_INVALID_ARGUMENT);
	cstn__transaction_free(transaction);
	cstn__store_unref(store);
}
END_TEST

static cstn_status add(cstn__store *store, const cstn__store_batch *batch, uint32_t table)
{
	cstn__transaction *transaction;
	cstn_status status;

	ck_assert_int_eq(cstn__transaction_new(store, &transaction, NULL), CSTN_OK);
	status = cstn__transaction_upsert(transaction, table, batch, NULL);
	cstn__transaction_free(transaction);
	return status;
}

START_TEST(a_batch_that_does_not_fit_its_table_is_refused)
{
	cstn__store *store = open_store();
	cstn__store_batch batch;
	uint64_t none = 0;
	store_rows rows;

	store_rows_clear(&rows);
	store_rows_add(&rows, "a", 1, 10, NULL, 2);
	batch = store_rows_batch(&rows);
	ck_assert_int_eq(add(store, &batch, 7), CSTN_E_NOT_FOUND);
	ck_assert_int_eq(add(store, &batch, ORDERS), CSTN_OK);
	rows.column_ids[2] = 99;
	ck_assert_int_eq(add(store, &batch, ORDERS), CSTN_E_SCHEMA);
	rows.column_ids[2] = RECORDED;
	ck_assert_int_eq(add(store, &batch, ORDERS), CSTN_E_SCHEMA);
	batch = store_rows_batch(&rows);
	batch.n_columns = 1;
	ck_assert_int_eq(add(store, &batch, ORDERS), CSTN_E_SCHEMA);
	batch = store_rows_batch(&rows);
	rows.values[0].validity = &none;
	ck_assert_int_eq(add(store, &batch, ORDERS), CSTN_E_INVALID_ARGUMENT);
	batch = store_rows_batch(&rows);
	rows.values[5].rows = 1;
	ck_assert_int_eq(add(store, &batch, ORDERS), CSTN_E_INVALID_ARGUMENT);
	batch = store_rows_batch(&rows);
	rows.children[0] = 1;
	ck_assert_int_eq(add(store, &batch, ORDERS), CSTN_E_INVALID_ARGUMENT);
	rows.children[0] = 65537;
	ck_assert_int_eq(add(store, &batch, ORDERS), CSTN_E_LIMIT);
	cstn__store_unref(store);
}
END_TEST

static cstn_status commit_if(cstn__store *store, const char *id, uint64_t seq)
{
	cstn__transaction *transaction;
	cstn__store_batch batch;
	cstn_status status;
	uint32_t offsets[2];
	cstn__values key = store_text(id, offsets);
	store_rows rows;

	store_rows_clear(&rows);
	store_rows_add(&rows, id, 9, 90, NULL, 0);
	batch = store_rows_batch(&rows);
	ck_assert_int_eq(cstn__transaction_new(store, &transaction, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__transaction_upsert(transaction, ORDERS, &batch, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__transaction_require(transaction, ORDERS, &key, seq, NULL), CSTN_OK);
	status = cstn__transaction_commit(transaction, NULL, NULL);
	ck_assert_uint_eq(cstn__transaction_rows(transaction), status == CSTN_OK ? 0 : 1);
	cstn__transaction_free(transaction);
	return status;
}

START_TEST(a_commit_whose_requirement_fails_is_a_conflict_and_changes_nothing)
{
	cstn__store *store = open_store();
	uint64_t first = store_upsert(store, "a", 1, 10, 0), second;

	second = store_upsert(store, "a", 2, 12, 0);
	ck_assert_int_eq(commit_if(store, "a", first), CSTN_E_CONFLICT);
	ck_assert_int_eq(commit_if(store, "a", 0), CSTN_E_CONFLICT);
	ck_assert_int_eq(commit_if(store, "b", first), CSTN_E_CONFLICT);
	ck_assert_str_eq(store_now(store, text, sizeof(text)), "a=12");
	ck_assert_int_eq(commit_if(store, "a", second), CSTN_OK);
	ck_assert_int_eq(commit_if(store, "b", 0), CSTN_OK);
	ck_assert_str_eq(store_now(store, text, sizeof(text)), "a=90 b=90");
	cstn__store_unref(store);
}
END_TEST

START_TEST(rows_past_a_chunk_lie_in_the_next_one)
{
	cstn__store *store = open_store();
	cstn__snapshot *snapshot;
	cstn__scan_chunk chunk;
	cstn__scan *scan;

	ck_assert_int_eq(store_try_many(store, 0, 65536, 0, 2, NULL), CSTN_OK);
	ck_assert_int_eq(store_try_many(store, 65536, 1, 3, 2, NULL), CSTN_OK);
	ck_assert_uint_eq(store_count(store, ORDERS), 65537);
	snapshot = snapshot_of(store);
	ck_assert_int_eq(cstn__scan_new(snapshot, ORDERS, NULL, &scan, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__scan_next(scan, &chunk, NULL), CSTN_OK);
	ck_assert_uint_eq(chunk.rows, 65536);
	ck_assert_int_eq(cstn__scan_next(scan, &chunk, NULL), CSTN_OK);
	ck_assert_uint_eq(chunk.rows, 1);
	ck_assert_uint_eq(chunk.child_rows, 3);
	ck_assert_int_eq(cstn__scan_next(scan, &chunk, NULL), CSTN_DONE);
	cstn__scan_free(scan);
	ck_assert_int_eq(store_find(snapshot, "o65536", INT64_MAX), 2);
	ck_assert_int_eq(store_find(snapshot, "o0", INT64_MAX), 2);
	ck_assert_int_eq(store_find(snapshot, "o65537", INT64_MAX), INT64_MIN);
	cstn__snapshot_unref(snapshot);
	cstn__store_unref(store);
}
END_TEST

START_TEST(an_order_never_straddles_two_chunks)
{
	cstn__store *store = open_store();
	cstn__snapshot *snapshot;
	cstn__scan_chunk chunk;
	cstn__scan *scan;

	/* 3 x 21,845 lines fit 65,536; the fourth order does not. */
	ck_assert_int_eq(store_try_many(store, 0, 4, 21845, 2, NULL), CSTN_OK);
	snapshot = snapshot_of(store);
	ck_assert_int_eq(cstn__scan_new(snapshot, ORDERS, NULL, &scan, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__scan_next(scan, &chunk, NULL), CSTN_OK);
	ck_assert_uint_eq(chunk.rows, 3);
	ck_assert_uint_eq(chunk.child_rows, 65535);
	ck_assert_int_eq(cstn__scan_next(scan, &chunk, NULL), CSTN_OK);
	ck_assert_uint_eq(chunk.rows, 1);
	cstn__scan_free(scan);
	cstn__snapshot_unref(snapshot);
	cstn__store_unref(store);
}
END_TEST

static uint64_t count_where(
		cstn__snapshot *snapshot, uint32_t column, int64_t min, int64_t max, const char *id)
{
	cstn__scan_range range = {column, min, max};
	cstn__scan_text equal = {ORDER_ID, id, id ? strlen(id) : 0};
	cstn__scan_options options = {.ranges = &range,
			.n_ranges = column ? 1 : 0,
			.texts = &equal,
			.n_texts = id ? 1 : 0,
			.as_of_us = INT64_MAX};
	cstn__scan_chunk chunk;
	cstn__scan *scan;
	uint64_t n = 0;

	ck_assert_int_eq(cstn__scan_new(snapshot, ORDERS, &options, &scan, NULL), CSTN_OK);
	while (cstn__scan_next(scan, &chunk, NULL) == CSTN_OK)
		n += chunk.n_visible;
	cstn__scan_free(scan);
	return n;
}

START_TEST(a_scan_shows_only_rows_in_all_ranges_and_texts)
{
	cstn__store *store = open_store();
	cstn__snapshot *snapshot;
	uint64_t last;

	ck_assert_int_eq(store_try_many(store, 0, 100, 1, 2, NULL), CSTN_OK);
	last = store_upsert(store, "x", 50, 7, 1);
	snapshot = snapshot_of(store);
	ck_assert_uint_eq(count_where(snapshot, RECORDED, 10, 19, NULL), 10);
	ck_assert_uint_eq(count_where(snapshot, RECORDED, 50, 50, NULL), 2);
	ck_assert_uint_eq(count_where(snapshot, RECORDED, 50, 50, "x"), 1);
	ck_assert_uint_eq(count_where(snapshot, RECORDED, 51, 50, NULL), 0);
	ck_assert_uint_eq(count_where(snapshot, RECORDED, INT64_MIN, INT64_MAX, NULL), 101);
	ck_assert_uint_eq(
			count_where(snapshot, CSTN__COLUMN_SEQ, (int64_t)last, INT64_MAX, NULL), 1);
	ck_assert_uint_eq(count_where(snapshot, 0, 0, 0, "o99"), 1);
	ck_assert_uint_eq(count_where(snapshot, 0, 0, 0, "o100"), 0);
	cstn__snapshot_unref(snapshot);
	cstn__store_unref(store);
}
END_TEST

START_TEST(nulls_fit_no_range)
{
	cstn__store *store = open_store();
	const uint32_t ids[2] = {ORDER_ID, RECORDED};
	uint32_t offsets[2];
	int64_t one = 1;
	cstn__values values[2] = {store_text("a", offsets), {.rows = 1, .numbers = &one}};
	cstn__store_batch batch = {1, 0, NULL, ids, values, 2};
	cstn__transaction *transaction;
	cstn__snapshot *snapshot;

	ck_assert_int_eq(cstn__transaction_new(store, &transaction, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__transaction_append(transaction, ORDERS, &batch, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__transaction_commit(transaction, NULL, NULL), CSTN_OK);
	cstn__transaction_free(transaction);
	snapshot = snapshot_of(store);
	ck_assert_uint_eq(count_where(snapshot, STATUS, INT64_MIN, INT64_MAX, NULL), 0);
	ck_assert_uint_eq(count_where(snapshot, RECORDED, INT64_MIN, INT64_MAX, NULL), 1);
	cstn__snapshot_unref(snapshot);
	cstn__store_unref(store);
}
END_TEST

START_TEST(text_that_comes_with_a_dictionary_is_written_out)
{
	cstn__store *store = open_store();
	const uint32_t ids[3] = {ORDER_ID, RECORDED, NOTE};
	const uint32_t offsets[3] = {0, 1, 3}, notes[3] = {0, 1, 1};
	int64_t times[3] = {1, 1, 1}, codes[3] = {1, 0, 1};
	cstn__values words = {.rows = 2, .offsets = offsets, .bytes = (const uint8_t *)"abc"};
	uint64_t valid = 1;
	cstn__values values[3] = {{.rows = 2, .numbers = codes, .dictionary = &words},
			{.rows = 2, .numbers = times},
			{.rows = 2,
					.validity = &valid,
					.offsets = notes,
					.bytes = (const uint8_t *)"n"}};
	cstn__store_batch batch = {2, 0, NULL, ids, values, 3};
	cstn__transaction *transaction;
	cstn__snapshot *snapshot;

	ck_assert_int_eq(cstn__transaction_new(store, &transaction, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__transaction_append(transaction, ORDERS, &batch, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__transaction_commit(transaction, NULL, NULL), CSTN_OK);
	cstn__transaction_free(transaction);
	snapshot = snapshot_of(store);
	ck_assert_uint_eq(count_where(snapshot, 0, 0, 0, "bc"), 1);
	ck_assert_uint_eq(count_where(snapshot, 0, 0, 0, "a"), 1);
	cstn__snapshot_unref(snapshot);
	cstn__store_unref(store);
}
END_TEST

START_TEST(a_closed_store_takes_nothing_but_unref)
{
	cstn__store *store = open_store();
	cstn__snapshot *snapshot = NULL;

	ck_assert_int_eq(cstn__store_close(store, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__snapshot_new(store, &snapshot, NULL), CSTN_E_STATE);
	ck_assert_int_eq(store_try_upsert(store, "a", 1, 1, 0, NULL), CSTN_E_STATE);
	ck_assert_int_eq(cstn__store_close(store, NULL), CSTN_E_STATE);
	cstn__store_unref(store);
}
END_TEST

START_TEST(snapshots_of_a_closed_store_stay_readable)
{
	cstn__store *store = open_store();
	cstn__snapshot *snapshot;
	char seen[64];

	store_upsert(store, "a", 1, 1, 0);
	snapshot = snapshot_of(store);
	ck_assert_int_eq(cstn__store_close(store, NULL), CSTN_OK);
	cstn__store_unref(store);
	ck_assert_str_eq(store_orders(snapshot, INT64_MAX, seen, sizeof(seen)), "a=1");
	ck_assert_int_eq(store_find(snapshot, "a", INT64_MAX), 1);
	cstn__snapshot_unref(snapshot);
}
END_TEST

static cstn_status one_life(const cstn_allocator *allocator)
{
	cstn__store *store = NULL;
	cstn__snapshot *snapshot = NULL;
	cstn__scan *scan = NULL;
	cstn__scan_chunk chunk;
	const uint32_t ids[] = {ORDER_ID, NOTE, ITEM};
	cstn__scan_options options = {.columns = ids, .n_columns = 3, .as_of_us = 5};
	uint32_t offsets[2];
	cstn__values key = store_text("a", offsets);
	cstn_status status;

	status = cstn__store_open(NULL, NULL, &store_schema, NULL, allocator, &store, NULL);
	if (status != CSTN_OK)
		return status;
	for (int i = 0; status == CSTN_OK && i < 40; i++)
		status = store_try_upsert(store, i % 3 ? "a" : "bb", i, i, 2, NULL);
	if (status == CSTN_OK)
		status = cstn__snapshot_new(store, &snapshot, NULL);
	if (status == CSTN_OK)
		status = cstn__scan_new(snapshot, ORDERS, &options, &scan, NULL);
	if (status == CSTN_OK)
		status = cstn__scan_next(scan, &chunk, NULL);
	cstn__scan_free(scan);
	scan = NULL;
	if (status == CSTN_OK)
		status = cstn__snapshot_find(snapshot, ORDERS, &key, &options, &scan, &chunk, NULL);
	cstn__scan_free(scan);
	cstn__snapshot_unref(snapshot);
	cstn__store_unref(store);
	return status;
}

START_TEST(running_out_of_memory_at_any_point_leaks_nothing)
{
	for (uint64_t n = 1;; n++) {
		failing_allocator memory;
		cstn_status status;

		failing_allocator_init(&memory, n);
		status = one_life(&memory.allocator);
		ck_assert_uint_eq(failing_allocator_live(&memory), 0);
		if (status == CSTN_OK)
			break;
		ck_assert_int_eq(status, CSTN_E_NOMEM);
	}
}
END_TEST

START_TEST(a_commit_that_finds_no_memory_changes_nothing_and_the_next_one_works)
{
	for (uint64_t n = 1;; n++) {
		failing_allocator memory;
		cstn__store *store;
		cstn_status status;

		failing_allocator_init(&memory, 0);
		ck_assert_int_eq(cstn__store_open(NULL, NULL, &store_schema, NULL,
						 &memory.allocator, &store, NULL),
				CSTN_OK);
		store_upsert(store, "a", 1, 10, 30);
		memory.fail_at = memory.calls + n;
		status = store_try_upsert(store, "a", 2, 11, 40, NULL);
		memory.fail_at = 0;
		ck_assert_str_eq(store_now(store, text, sizeof(text)),
				status == CSTN_OK ? "a=11+40" : "a=10+30");
		store_upsert(store, "b", 3, 12, 5);
		ck_assert_str_eq(store_now(store, text, sizeof(text)),
				status == CSTN_OK ? "a=11+40 b=12+5" : "a=10+30 b=12+5");
		cstn__store_unref(store);
		ck_assert_uint_eq(failing_allocator_live(&memory), 0);
		if (status == CSTN_OK)
			break;
		ck_assert_int_eq(status, CSTN_E_NOMEM);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			a_new_store_is_empty,
			committed_rows_are_seen_with_their_lines,
			what_is_not_committed_is_not_seen,
			an_upsert_replaces_the_row_of_its_key,
			the_last_version_in_one_transaction_wins,
			a_deleted_key_is_gone_and_may_come_back,
			deleting_a_key_that_is_not_there_is_no_error,
			a_read_as_of_a_time_sees_what_was_recorded_then,
			a_snapshot_does_not_change,
			a_snapshot_outlives_the_handle,
			keys_of_an_append_only_table_may_repeat,
			an_append_only_table_refuses_upserts_and_deletes,
			a_batch_that_does_not_fit_its_table_is_refused,
			a_commit_whose_requirement_fails_is_a_conflict_and_changes_nothing,
			rows_past_a_chunk_lie_in_the_next_one,
			an_order_never_straddles_two_chunks,
			a_scan_shows_only_rows_in_all_ranges_and_texts,
			nulls_fit_no_range,
			text_that_comes_with_a_dictionary_is_written_out,
			a_closed_store_takes_nothing_but_unref,
			snapshots_of_a_closed_store_stay_readable,
			running_out_of_memory_at_any_point_leaks_nothing,
			a_commit_that_finds_no_memory_changes_nothing_and_the_next_one_works,
	};

	return run_tests("store_memory", tests, sizeof(tests) / sizeof(tests[0]));
}
