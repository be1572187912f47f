/* Readers and committers on threads: what a snapshot shows is whole, and never changes. Meant to be
 * run under a thread sanitizer too. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "store_fixture.h"
#include "store_folder.h"
#include "suite.h"

enum { KEYS = 8, ROUNDS = 120, WRITERS = 4, READERS = 2 };

struct scene {
	cstn__store *store;
	atomic_int left; /* writers still at work */
	atomic_int wrong;
	int maintains;
};

/* Each transaction writes all keys with one status: a reader must never see two. */
static void write_all(struct scene *scene, int64_t status)
{
	cstn__transaction *transaction = NULL;
	cstn__store_batch batch;
	store_rows rows;
	char id[8];

	store_rows_clear(&rows);
	for (int k = 0; k < KEYS; k++) {
		snprintf(id, sizeof(id), "k%d", k);
		store_rows_add(&rows, id, status, status, status % 2 ? id : NULL, 2);
	}
	batch = store_rows_batch(&rows);
	if (cstn__transaction_new(scene->store, &transaction, NULL) != CSTN_OK ||
			cstn__transaction_upsert(transaction, ORDERS, &batch, NULL) != CSTN_OK ||
			cstn__transaction_commit(transaction, NULL, NULL) != CSTN_OK)
		atomic_store(&scene->wrong, 1);
	cstn__transaction_free(transaction);
}

static void *writer(void *context)
{
	struct scene *scene = context;

	for (int i = 0; i < ROUNDS; i++) {
		write_all(scene, i);
		if (scene->maintains && i % 40 == 20 &&
				cstn__store_maintain(scene->store, INT64_MIN, UINT64_MAX, NULL,
						NULL) != CSTN_OK)
			atomic_store(&scene->wrong, 2);
	}
	atomic_fetch_sub(&scene->left, 1);
	return NULL;
}

static int check_once(struct scene *scene, uint64_t *last_seq)
{
	static const uint32_t ids[] = {STATUS, NOTE, QUANTITY};
	cstn__scan_options options = {.columns = ids, .n_columns = 3, .as_of_us = INT64_MAX};
	cstn__snapshot *snapshot = NULL;
	cstn__scan *scan = NULL;
	cstn__scan_chunk chunk;
	int64_t status = INT64_MIN;
	uint64_t n = 0;
	int wrong = 0;

	if (cstn__snapshot_new(scene->store, &snapshot, NULL) != CSTN_OK)
		return 3;
	wrong |= cstn__snapshot_seq(snapshot) < *last_seq;
	*last_seq = cstn__snapshot_seq(snapshot);
	if (cstn__scan_new(snapshot, ORDERS, &options, &scan, NULL) != CSTN_OK)
		return 4;
	while (cstn__scan_next(scan, &chunk, NULL) == CSTN_OK)
		for (uint64_t row = 0; row < chunk.rows; row++) {
			int64_t found = chunk.columns[0].numbers[row];

			if (!(chunk.visible[row / 64] >> row % 64 & 1))
				continue;
			wrong |= n++ && found != status;
			wrong |= chunk.columns[2].numbers[chunk.starts[row]] != found;
			wrong |= cstn__values_is_valid(&chunk.columns[1], row) != found % 2;
			status = found;
		}
	cstn__scan_free(scan);
	wrong |= n != (*last_seq ? KEYS : 0);
	if (n)
		wrong |= store_find(snapshot, "k3", INT64_MAX) != status;
	cstn__snapshot_unref(snapshot);
	return wrong ? 5 : 0;
}

static void *reader(void *context)
{
	struct scene *scene = context;
	uint64_t last_seq = 0;

	do {
		int wrong = check_once(scene, &last_seq);

		if (wrong)
			atomic_store(&scene->wrong, wrong);
	} while (atomic_load(&scene->left));
	return NULL;
}

static void play(struct scene *scene)
{
	pthread_t threads[WRITERS + READERS];

	atomic_store(&scene->left, WRITERS);
	for (int i = 0; i < WRITERS + READERS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, i < WRITERS ? writer : reader,
						 scene),
				0);
	for (int i = 0; i < WRITERS + READERS; i++)
		pthread_join(threads[i], NULL);
	ck_assert_int_eq(atomic_load(&scene->wrong), 0);
}

START_TEST(readers_in_memory_see_whole_transactions_only)
{
	struct scene scene = {.maintains = 0};
	cstn__store_info info;

	ck_assert_int_eq(
			cstn__store_open(NULL, NULL, &store_schema, NULL, NULL, &scene.store, NULL),
			CSTN_OK);
	play(&scene);
	ck_assert_int_eq(cstn__store_info_get(scene.store, &info, NULL), CSTN_OK);
	ck_assert_uint_eq(info.last_seq, WRITERS * ROUNDS);
	cstn__store_unref(scene.store);
}
END_TEST

START_TEST(readers_of_a_durable_store_see_whole_transactions_through_checkpoints_and_compaction)
{
	struct scene scene = {.maintains = 1};
	cstn__store_options options = {.commit_level = CSTN__COMMIT_NONE,
			.segment_rows = 1,
			.checkpoint_rows = 200};
	store_folder folder;

	store_folder_begin(&folder);
	scene.store = store_folder_open(&folder, &options);
	play(&scene);
	scene.store = store_folder_reopen(&folder, scene.store, &options);
	ck_assert_uint_eq(store_count(scene.store, ORDERS), KEYS);
	cstn__store_unref(scene.store);
	store_folder_end(&folder);
}
END_TEST

START_TEST(a_leader_that_waits_for_company_commits_all_who_came)
{
	struct scene scene = {.maintains = 0};
	cstn__store_options options = {.commit_level = CSTN__COMMIT_GROUP, .group_us = 100};
	cstn__store_info info;
	store_folder folder;

	store_folder_begin(&folder);
	scene.store = store_folder_open(&folder, &options);
	play(&scene);
	ck_assert_int_eq(cstn__store_info_get(scene.store, &info, NULL), CSTN_OK);
	ck_assert_uint_eq(info.last_seq, WRITERS * ROUNDS);
	cstn__store_unref(scene.store);
	scene.store = store_folder_open(&folder, NULL);
	ck_assert_uint_eq(store_count(scene.store, ORDERS), KEYS);
	cstn__store_unref(scene.store);
	store_folder_end(&folder);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			readers_in_memory_see_whole_transactions_only,
			readers_of_a_durable_store_see_whole_transactions_through_checkpoints_and_compaction,
			a_leader_that_waits_for_company_commits_all_who_came,
	};

	return run_tests("store_snapshot", tests, sizeof(tests) / sizeof(tests[0]));
}
