/* Compaction: fewer segments, the same answers, history kept or let go. */
#include <pthread.h>
#include <string.h>

#include <constellation/progress.h>

#include "store_fixture.h"
#include "store_folder.h"
#include "suite.h"

static char text[1 << 16];
static const cstn__store_options small = {.segment_rows = 1};

static cstn__store_info info_of(cstn__store *store)
{
	cstn__store_info info;

	ck_assert_int_eq(cstn__store_info_get(store, &info, NULL), CSTN_OK);
	return info;
}

static void maintain(cstn__store *store, int64_t history_from_us, uint64_t max_bytes)
{
	cstn_error *error = NULL;
	cstn_status status = cstn__store_maintain(store, history_from_us, max_bytes, NULL, &error);

	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
}

/* Four segments of two orders; then order "b" is replaced and "d" deleted. */
static cstn__store *open_four(store_folder *folder)
{
	static const char *const ids[] = {"a", "b", "c", "d", "e", "f", "g", "h"};
	cstn__store *store = store_folder_open(folder, &small);

	for (int i = 0; i < 8; i++) {
		store_upsert(store, ids[i], 10 + i, i, (uint32_t)i % 3);
		if (i % 2)
			ck_assert_int_eq(cstn__store_checkpoint(store, NULL), CSTN_OK);
	}
	ck_assert_uint_eq(info_of(store).n_segments, 4);
	return store;
}

START_TEST(four_segments_of_a_tier_become_one_with_the_same_rows)
{
	store_folder folder;
	cstn__store *store;

	store_folder_begin(&folder);
	store = open_four(&folder);
	maintain(store, INT64_MIN, UINT64_MAX);
	ck_assert_uint_eq(info_of(store).n_segments, 1);
	ck_assert_int_eq(store_folder_count(&folder, "seg-"), 1);
	ck_assert_str_eq(store_now(store, text, sizeof(text)),
			"a=0 b=1+1 c=2+2 d=3 e=4+1 f=5+2 g=6 h=7+1");
	cstn__store_unref(store);
	store = store_folder_open(&folder, &small);
	ck_assert_str_eq(store_now(store, text, sizeof(text)),
			"a=0 b=1+1 c=2+2 d=3 e=4+1 f=5+2 g=6 h=7+1");
	cstn__store_unref(store);
	store_folder_end(&folder);
}
END_TEST

START_TEST(three_segments_of_a_tier_stay)
{
	store_folder folder;
	cstn__store *store;

	store_folder_begin(&folder);
	store = store_folder_open(&folder, &small);
	for (int i = 0; i < 3; i++) {
		store_upsert(store, "a", i, i, 1);
		ck_assert_int_eq(cstn__store_checkpoint(store, NULL), CSTN_OK);
	}
	maintain(store, INT64_MIN, UINT64_MAX);
	ck_assert_uint_eq(info_of(store).n_segments, 3);
	cstn__store_unref(store);
	store_folder_end(&folder);
}
END_TEST

START_TEST(history_is_kept_when_no_horizon_is_given)
{
	store_folder folder;
	cstn__store *store;
	cstn__snapshot *snapshot;

	store_folder_begin(&folder);
	store = open_four(&folder);
	store_upsert(store, "b", 100, 20, 1);
	store_delete(store, "d", 110);
	maintain(store, INT64_MIN, UINT64_MAX);
	ck_assert_int_eq(cstn__snapshot_new(store, &snapshot, NULL), CSTN_OK);
	ck_assert_str_eq(store_orders(snapshot, INT64_MAX, text, sizeof(text)),
			"a=0 c=2+2 e=4+1 f=5+2 g=6 h=7+1 b=20+1");
	ck_assert_str_eq(store_orders(snapshot, 99, text, sizeof(text)),
			"a=0 b=1+1 c=2+2 d=3 e=4+1 f=5+2 g=6 h=7+1");
	ck_assert_int_eq(store_find(snapshot, "d", 109), 3);
	ck_assert_int_eq(store_find(snapshot, "d", 110), INT64_MIN);
	cstn__snapshot_unref(snapshot);
	cstn__store_unref(store);
	store_folder_end(&folder);
}
END_TEST

START_TEST(rows_that_died_before_the_horizon_are_left_out)
{
	store_folder folder;
	cstn__store *store;
	cstn__snapshot *old, *snapshot;

	store_folder_begin(&folder);
	store = open_four(&folder);
	old = NULL;
	ck_assert_int_eq(cstn__snapshot_new(store, &old, NULL), CSTN_OK);
	store_upsert(store, "b", 100, 20, 1);
	store_delete(store, "d", 110);
	maintain(store, 110, UINT64_MAX);
	ck_assert_int_eq(cstn__snapshot_new(store, &snapshot, NULL), CSTN_OK);
	ck_assert_str_eq(store_orders(snapshot, 105, text, sizeof(text)),
			"a=0 c=2+2 d=3 e=4+1 f=5+2 g=6 h=7+1 b=20+1");
	ck_assert_int_eq(store_find(snapshot, "b", 99), INT64_MIN);
	ck_assert_int_eq(store_find(snapshot, "d", 109), 3);
	ck_assert_int_eq(store_find(snapshot, "h", INT64_MAX), 7);
	ck_assert_str_eq(store_orders(old, INT64_MAX, text, sizeof(text)),
			"a=0 b=1+1 c=2+2 d=3 e=4+1 f=5+2 g=6 h=7+1");
	cstn__snapshot_unref(snapshot);
	cstn__snapshot_unref(old);
	store = store_folder_reopen(&folder, store, &small);
	ck_assert_int_eq(cstn__snapshot_new(store, &snapshot, NULL), CSTN_OK);
	ck_assert_str_eq(store_orders(snapshot, INT64_MAX, text, sizeof(text)),
			"a=0 c=2+2 e=4+1 f=5+2 g=6 h=7+1 b=20+1");
	ck_assert_int_eq(store_find(snapshot, "d", 109), 3);
	cstn__snapshot_unref(snapshot);
	cstn__store_unref(store);
	store_folder_end(&folder);
}
END_TEST

START_TEST(a_segment_of_which_nothing_is_left_goes_without_a_successor)
{
	store_folder folder;
	cstn__store *store;

	store_folder_begin(&folder);
	store = store_folder_open(&folder, &small);
	store_upsert(store, "a", 1, 1, 3);
	ck_assert_int_eq(cstn__store_checkpoint(store, NULL), CSTN_OK);
	store_delete(store, "a", 2);
	maintain(store, 3, UINT64_MAX);
	ck_assert_uint_eq(info_of(store).n_segments, 0);
	ck_assert_int_eq(store_folder_count(&folder, "seg-"), 0);
	ck_assert_int_eq(store_folder_count(&folder, "del-"), 0);
	store_upsert(store, "a", 4, 5, 1);
	store = store_folder_reopen(&folder, store, &small);
	ck_assert_str_eq(store_now(store, text, sizeof(text)), "a=5+1");
	cstn__store_unref(store);
	store_folder_end(&folder);
}
END_TEST

/* A vfs that deletes an order from another thread when the merge reads its first segment. */
static struct meddler {
	int (*open)(cstn__vfs *vfs, const char *path, uint32_t flags, cstn__vfs_file **out);
	cstn__store *store;
	int armed;
} meddler;

static void *meddle(void *context)
{
	store_delete(context, "c", 500);
	store_upsert(context, "e", 600, 30, 1);
	return NULL;
}

static int meddling_open(cstn__vfs *vfs, const char *path, uint32_t flags, cstn__vfs_file **out)
{
	pthread_t thread;

	if (meddler.armed && strstr(path, "/seg-") && flags & CSTN__VFS_CREATE) {
		meddler.armed = 0;
		ck_assert_int_eq(pthread_create(&thread, NULL, meddle, meddler.store), 0);
		pthread_join(thread, NULL);
	}
	return meddler.open(vfs, path, flags, out);
}

START_TEST(what_dies_while_segments_are_merged_stays_dead)
{
	store_folder folder;
	cstn__store *store;

	store_folder_begin(&folder);
	store = open_four(&folder);
	memset(&meddler, 0, sizeof(meddler));
	meddler.open = folder.disk.vfs.open;
	folder.disk.vfs.open = meddling_open;
	meddler.store = store;
	meddler.armed = 1;
	maintain(store, INT64_MIN, UINT64_MAX);
	ck_assert_int_eq(meddler.armed, 0);
	ck_assert_str_eq(store_now(store, text, sizeof(text)),
			"a=0 b=1+1 d=3 f=5+2 g=6 h=7+1 e=30+1");
	cstn__store_unref(store);
	store = store_folder_open(&folder, &small);
	ck_assert_str_eq(store_now(store, text, sizeof(text)),
			"a=0 b=1+1 d=3 f=5+2 g=6 h=7+1 e=30+1");
	cstn__store_unref(store);
	store_folder_end(&folder);
}
END_TEST

START_TEST(a_cancelled_compaction_leaves_no_file)
{
	store_folder folder;
	cstn__store *store;
	cstn_progress *progress;

	store_folder_begin(&folder);
	store = open_four(&folder);
	ck_assert_int_eq(cstn_progress_new(NULL, &progress, NULL), CSTN_OK);
	cstn_progress_cancel(progress);
	ck_assert_int_eq(cstn__store_maintain(store, INT64_MIN, UINT64_MAX, progress, NULL),
			CSTN_E_CANCELLED);
	ck_assert_int_eq(store_folder_count(&folder, "seg-"), 4);
	cstn_progress_reset(progress);
	ck_assert_int_eq(cstn__store_maintain(store, INT64_MIN, UINT64_MAX, progress, NULL),
			CSTN_OK);
	ck_assert_uint_eq(cstn_progress_done(progress), 8);
	ck_assert_int_eq(store_folder_count(&folder, "seg-"), 1);
	cstn_progress_free(progress);
	cstn__store_unref(store);
	store_folder_end(&folder);
}
END_TEST

START_TEST(no_bytes_to_spend_means_no_merge)
{
	store_folder folder;
	cstn__store *store;

	store_folder_begin(&folder);
	store = open_four(&folder);
	maintain(store, INT64_MIN, 0);
	ck_assert_uint_eq(info_of(store).n_segments, 4);
	maintain(store, INT64_MIN, 1);
	ck_assert_uint_eq(info_of(store).n_segments, 1);
	cstn__store_unref(store);
	store_folder_end(&folder);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			four_segments_of_a_tier_become_one_with_the_same_rows,
			three_segments_of_a_tier_stay,
			history_is_kept_when_no_horizon_is_given,
			rows_that_died_before_the_horizon_are_left_out,
			a_segment_of_which_nothing_is_left_goes_without_a_successor,
			what_dies_while_segments_are_merged_stays_dead,
			a_cancelled_compaction_leaves_no_file,
			no_bytes_to_spend_means_no_merge,
	};

	return run_tests("store_compact", tests, sizeof(tests) / sizeof(tests[0]));
}
