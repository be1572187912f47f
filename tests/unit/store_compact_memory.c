/* Compaction of a store in memory: what goes, what stays, and for whom. */
#include <stdio.h>
#include <string.h>

#include "failing_allocator.h"
#include "store_fixture.h"
#include "suite.h"

enum { KEYS = 40 };

static char text[65536];

static cstn__store *open_store(const cstn_allocator *allocator)
{
	cstn__store *store;

	ck_assert_int_eq(cstn__store_open(NULL, NULL, &store_schema, NULL, allocator, &store, NULL),
			CSTN_OK);
	return store;
}

static cstn__store_info info_of(cstn__store *store)
{
	cstn__store_info info;

	ck_assert_int_eq(cstn__store_info_get(store, &info, NULL), CSTN_OK);
	return info;
}

static cstn__snapshot *snapshot_of(cstn__store *store)
{
	cstn__snapshot *snapshot;

	ck_assert_int_eq(cstn__snapshot_new(store, &snapshot, NULL), CSTN_OK);
	return snapshot;
}

static void maintain(cstn__store *store, uint32_t table, int64_t history_from_us)
{
	ck_assert_int_eq(cstn__store_maintain_table(
					 store, table, history_from_us, UINT64_MAX, NULL, NULL),
			CSTN_OK);
}

/* Three orders, of which two died before 200 and one version before 300. */
static cstn__store *open_three(const cstn_allocator *allocator)
{
	cstn__store *store = open_store(allocator);

	store_upsert(store, "a", 100, 1, 2);
	store_upsert(store, "b", 100, 2, 1);
	store_upsert(store, "c", 100, 3, 3);
	store_upsert(store, "a", 150, 4, 1);
	store_upsert(store, "c", 160, 5, 0);
	store_upsert(store, "a", 250, 7, 2);
	store_delete(store, "b", 180);
	return store;
}

START_TEST(rows_that_died_before_the_horizon_go)
{
	cstn__store *store = open_three(NULL);
	cstn__snapshot *snapshot, *old = snapshot_of(store);

	ck_assert_uint_eq(info_of(store).n_dead_rows, 4);
	maintain(store, 0, 200);
	ck_assert_uint_eq(info_of(store).n_dead_rows, 1);
	snapshot = snapshot_of(store);
	ck_assert_str_eq(store_orders(snapshot, INT64_MAX, text, sizeof(text)), "c=5 a=7+2");
	ck_assert_str_eq(store_orders(snapshot, 200, text, sizeof(text)), "a=4+1 c=5");
	ck_assert_str_eq(store_orders(snapshot, 249, text, sizeof(text)), "a=4+1 c=5");
	ck_assert_int_eq(store_find(snapshot, "a", 249), 4);
	ck_assert_int_eq(store_find(snapshot, "a", INT64_MAX), 7);
	ck_assert_int_eq(store_find(snapshot, "b", INT64_MAX), INT64_MIN);
	ck_assert_uint_eq(cstn__snapshot_seq(snapshot), 7);
	ck_assert_str_eq(store_orders(old, 100, text, sizeof(text)), "a=1+2 b=2+1 c=3+3");
	ck_assert_int_eq(store_find(old, "b", 179), 2);
	cstn__snapshot_unref(snapshot);
	cstn__snapshot_unref(old);
	store_upsert(store, "b", 300, 9, 1);
	store_upsert(store, "a", 310, 8, 1);
	ck_assert_str_eq(store_now(store, text, sizeof(text)), "c=5 b=9+1 a=8+1");
	cstn__store_unref(store);
}
END_TEST

START_TEST(all_history_is_kept_without_a_horizon)
{
	cstn__store *store = open_three(NULL);
	cstn__snapshot *snapshot;

	maintain(store, 0, INT64_MIN);
	ck_assert_uint_eq(info_of(store).n_dead_rows, 4);
	snapshot = snapshot_of(store);
	ck_assert_str_eq(store_orders(snapshot, 100, text, sizeof(text)), "a=1+2 b=2+1 c=3+3");
	cstn__snapshot_unref(snapshot);
	cstn__store_unref(store);
}
END_TEST

START_TEST(a_table_that_is_not_named_keeps_its_rows)
{
	cstn__store *store = open_three(NULL);

	maintain(store, EVENTS, 200);
	ck_assert_uint_eq(info_of(store).n_dead_rows, 4);
	maintain(store, ORDERS, 200);
	ck_assert_uint_eq(info_of(store).n_dead_rows, 1);
	cstn__store_unref(store);
}
END_TEST

START_TEST(few_dead_rows_are_not_worth_a_copy)
{
	cstn__store *store = open_store(NULL);

	store_upsert(store, "a", 100, 1, 1);
	store_upsert(store, "b", 100, 2, 1);
	store_upsert(store, "c", 100, 3, 1);
	store_upsert(store, "a", 110, 4, 1);
	maintain(store, 0, 200); /* one row of four */
	ck_assert_uint_eq(info_of(store).n_dead_rows, 1);
	store_upsert(store, "b", 120, 5, 1);
	store_upsert(store, "c", 120, 6, 1);
	maintain(store, 0, 200); /* three of six */
	ck_assert_uint_eq(info_of(store).n_dead_rows, 0);
	ck_assert_str_eq(store_now(store, text, sizeof(text)), "a=4+1 b=5+1 c=6+1");
	cstn__store_unref(store);
}
END_TEST

START_TEST(a_store_that_is_maintained_does_not_grow_for_ever)
{
	failing_allocator memory;
	cstn__store *store;
	uint64_t most = 0;
	int64_t at = 0;

	failing_allocator_init(&memory, 0);
	store = open_store(&memory.allocator);
	for (int round = 0; round < 60; round++) {
		for (int i = 0; i < 5 * KEYS; i++) {
			char id[16];

			snprintf(id, sizeof(id), "k%d", i % KEYS);
			store_upsert(store, id, ++at, i, 3);
		}
		maintain(store, 0, at);
		if (round == 2)
			most = failing_allocator_live_bytes(&memory);
	}
	ck_assert_uint_le(info_of(store).n_dead_rows, KEYS);
	ck_assert_uint_le(failing_allocator_live_bytes(&memory), most);
	ck_assert_uint_eq(store_count(store, ORDERS), KEYS);
	cstn__store_unref(store);
	ck_assert_uint_eq(failing_allocator_live(&memory), 0);
}
END_TEST

START_TEST(a_cancelled_compaction_leaves_the_table)
{
	cstn__store *store = open_three(NULL);
	cstn_progress *progress;

	ck_assert_int_eq(cstn_progress_new(NULL, &progress, NULL), CSTN_OK);
	cstn_progress_cancel(progress);
	ck_assert_int_eq(cstn__store_maintain(store, 200, UINT64_MAX, progress, NULL),
			CSTN_E_CANCELLED);
	ck_assert_uint_eq(info_of(store).n_dead_rows, 4);
	ck_assert_str_eq(store_now(store, text, sizeof(text)), "c=5 a=7+2");
	cstn_progress_free(progress);
	cstn__store_unref(store);
}
END_TEST

START_TEST(out_of_memory_leaves_the_table)
{
	cstn_status status = CSTN_E_NOMEM;
	uint64_t refused = 0;

	for (uint64_t n = 1; status == CSTN_E_NOMEM; n++) {
		failing_allocator memory;
		cstn__store *store;

		failing_allocator_init(&memory, 0);
		store = open_three(&memory.allocator);
		memory.fail_at = failing_allocator_calls(&memory) + n;
		status = cstn__store_maintain(store, 200, UINT64_MAX, NULL, NULL);
		memory.fail_at = 0;
		ck_assert(status == CSTN_OK || status == CSTN_E_NOMEM);
		ck_assert_uint_eq(info_of(store).n_dead_rows, status == CSTN_OK ? 1 : 4);
		ck_assert_str_eq(store_now(store, text, sizeof(text)), "c=5 a=7+2");
		store_upsert(store, "d", 400, 11, 1);
		ck_assert_str_eq(store_now(store, text, sizeof(text)), "c=5 a=7+2 d=11+1");
		cstn__store_unref(store);
		ck_assert_uint_eq(failing_allocator_live(&memory), 0);
		refused += status == CSTN_E_NOMEM;
	}
	ck_assert_uint_gt(refused, 10);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			rows_that_died_before_the_horizon_go,
			all_history_is_kept_without_a_horizon,
			a_table_that_is_not_named_keeps_its_rows,
			few_dead_rows_are_not_worth_a_copy,
			a_store_that_is_maintained_does_not_grow_for_ever,
			a_cancelled_compaction_leaves_the_table,
			out_of_memory_leaves_the_table,
	};

	return run_tests("store_compact_memory", tests, sizeof(tests) / sizeof(tests[0]));
}
