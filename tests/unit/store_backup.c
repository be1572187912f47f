/* Backup of a store that is in use: what it holds, that writers go on, that it opens. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "failing_allocator.h"
#include "store/store.h"
#include "store_maker.h"
#include "suite.h"

typedef struct backup_fixture {
	cstn__vfs_posix posix;
	posix_folder folder;
	failing_allocator memory;
	cstn__store *store;
	char from[400], to[500];
	int64_t next; /* key of the next row */
} backup_fixture;

static void set_up(backup_fixture *backup, uint64_t checkpoint_rows)
{
	cstn__store_options options = {.checkpoint_rows = checkpoint_rows};
	cstn_error *error = NULL;
	cstn_status status;

	memset(backup, 0, sizeof(*backup));
	failing_allocator_init(&backup->memory, 0);
	cstn__vfs_posix_init(&backup->posix, NULL);
	posix_folder_make(&backup->folder);
	snprintf(backup->from, sizeof(backup->from), "%s/store", backup->folder.path);
	snprintf(backup->to, sizeof(backup->to), "%s-to", backup->from);
	status = cstn__store_open(&backup->posix.vfs, backup->from, &made_schema, &options,
			&backup->memory.allocator, &backup->store, &error);
	ck_assert_msg(status == CSTN_OK, "%s", error ? cstn_error_message(error) : "");
}

static void tear_down(backup_fixture *backup)
{
	ck_assert_int_eq(cstn__store_close(backup->store, NULL), CSTN_OK);
	cstn__store_unref(backup->store);
	ck_assert_uint_eq(failing_allocator_live(&backup->memory), 0);
	posix_folder_remove(&backup->folder);
	cstn__vfs_posix_free(&backup->posix);
}

/* Events `next`, `next` + 1, ... in one transaction. */
static void add_events(backup_fixture *backup, uint64_t rows)
{
	static const uint32_t ids[] = {16, 17};
	int64_t *what = calloc(rows, 8), *recorded = calloc(rows, 8);
	cstn__values columns[2] = {
			{.rows = rows, .numbers = what}, {.rows = rows, .numbers = recorded}};
	cstn__store_batch batch = {rows, 0, NULL, ids, columns, 2};
	cstn__transaction *transaction = NULL;
	uint64_t seq;

	for (uint64_t i = 0; i < rows; i++) {
		what[i] = backup->next;
		recorded[i] = backup->next++;
	}
	ck_assert_int_eq(cstn__transaction_new(backup->store, &transaction, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__transaction_append(transaction, 300, &batch, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__transaction_commit(transaction, &seq, NULL), CSTN_OK);
	cstn__transaction_free(transaction);
	free(what);
	free(recorded);
}

/* The events of a store at a path, which are 0, 1, 2, ...; verified before and after opening it. */
static int64_t check_copy(backup_fixture *backup, const char *path)
{
	static const uint32_t columns[] = {16};
	cstn__scan_options options = {.columns = columns, .n_columns = 1, .as_of_us = INT64_MAX};
	cstn__store_options store_options = {.flags = CSTN__STORE_MUST_EXIST};
	cstn__snapshot *snapshot = NULL;
	cstn__store *store = NULL;
	cstn_buffer *report = NULL;
	cstn__scan *scan = NULL;
	cstn__scan_chunk chunk;
	int64_t next = 0;
	cstn_status status =
			cstn__store_verify(&backup->posix.vfs, path, 0, NULL, NULL, &report, NULL);

	ck_assert_msg(status == CSTN_OK, "%s", (const char *)cstn_buffer_data(report));
	cstn_buffer_free(report);
	ck_assert_int_eq(cstn__store_open(&backup->posix.vfs, path, &made_schema, &store_options,
					 NULL, &store, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn__snapshot_new(store, &snapshot, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__scan_new(snapshot, 300, &options, &scan, NULL), CSTN_OK);
	while ((status = cstn__scan_next(scan, &chunk, NULL)) == CSTN_OK)
		for (uint64_t row = 0; row < chunk.rows; row++)
			ck_assert_int_eq(chunk.columns[0].numbers[row], next++);
	ck_assert_int_eq(status, CSTN_DONE);
	cstn__scan_free(scan);
	cstn__snapshot_unref(snapshot);
	ck_assert_int_eq(cstn__store_close(store, NULL), CSTN_OK);
	cstn__store_unref(store);
	return next;
}

START_TEST(a_backup_holds_what_was_committed_before_it)
{
	for (int link = 0; link < 2; link++) {
		backup_fixture backup;

		set_up(&backup, 0);
		add_events(&backup, 5000);
		ck_assert_int_eq(cstn__store_checkpoint(backup.store, NULL), CSTN_OK);
		add_events(&backup, 7);
		ck_assert_int_eq(cstn__store_backup(backup.store, backup.to, link, NULL, NULL),
				CSTN_OK);
		add_events(&backup, 11);
		ck_assert_int_eq(check_copy(&backup, backup.to), 5007);
		tear_down(&backup);
	}
}
END_TEST

START_TEST(a_backup_with_links_shares_segments_and_nothing_else)
{
	char a[768], b[768];
	backup_fixture backup;
	store_maker from, to;
	struct stat first, second;

	set_up(&backup, 0);
	add_events(&backup, 5000);
	ck_assert_int_eq(cstn__store_checkpoint(backup.store, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__store_backup(backup.store, backup.to, 1, NULL, NULL), CSTN_OK);
	snprintf(from.path, sizeof(from.path), "%s", backup.from);
	snprintf(to.path, sizeof(to.path), "%s", backup.to);
	for (uint64_t file_no = 1; file_no < 20; file_no++) {
		if (stat(store_maker_file(&from, CSTN__ENTRY_SEGMENT, file_no, a), &first) == 0 &&
				stat(store_maker_file(&to, CSTN__ENTRY_SEGMENT, file_no, b),
						&second) == 0)
			ck_assert_uint_eq(first.st_ino, second.st_ino);
		if (stat(store_maker_file(&from, CSTN__ENTRY_LOG, file_no, a), &first) == 0 &&
				stat(store_maker_file(&to, CSTN__ENTRY_LOG, file_no, b), &second) ==
						0)
			ck_assert_uint_ne(first.st_ino, second.st_ino);
	}
	ck_assert_int_eq(check_copy(&backup, backup.to), 5000);
	tear_down(&backup);
}
END_TEST

typedef struct writer_thread {
	backup_fixture *backup;
	_Atomic int stop;
} writer_thread;

static void *write_on(void *context)
{
	writer_thread *writer = context;

	while (!atomic_load(&writer->stop))
		add_events(writer->backup, 50);
	return NULL;
}

/* Checkpoints come every 200 rows, and take files away that a backup may be copying. */
START_TEST(writers_go_on_and_every_backup_is_a_whole_prefix)
{
	backup_fixture backup;
	writer_thread writer = {&backup, 0};
	pthread_t thread;
	int64_t last = 0;

	set_up(&backup, 200);
	add_events(&backup, 100);
	ck_assert_int_eq(pthread_create(&thread, NULL, write_on, &writer), 0);
	for (int i = 0; i < 12; i++) {
		char to[700];
		int64_t rows;
		cstn_error *error = NULL;
		cstn_status status;

		snprintf(to, sizeof(to), "%s-%d", backup.to, i);
		status = cstn__store_backup(backup.store, to, i % 2, NULL, &error);
		ck_assert_msg(status == CSTN_OK, "%s", error ? cstn_error_message(error) : "");
		rows = check_copy(&backup, to);
		ck_assert_int_eq(rows % 50, 0);
		ck_assert_int_ge(rows, last);
		last = rows;
	}
	atomic_store(&writer.stop, 1);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	tear_down(&backup);
}
END_TEST

START_TEST(a_backup_does_not_go_where_a_store_is)
{
	backup_fixture backup;

	set_up(&backup, 0);
	add_events(&backup, 10);
	ck_assert_int_eq(cstn__store_backup(backup.store, backup.from, 0, NULL, NULL),
			CSTN_E_CONFLICT);
	ck_assert_int_eq(cstn__store_backup(backup.store, backup.to, 0, NULL, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__store_backup(backup.store, backup.to, 0, NULL, NULL),
			CSTN_E_CONFLICT);
	ck_assert_int_eq(check_copy(&backup, backup.to), 10);
	tear_down(&backup);
}
END_TEST

START_TEST(a_store_in_memory_has_no_backup)
{
	cstn__store *store = NULL;

	ck_assert_int_eq(cstn__store_open(NULL, NULL, &made_schema, NULL, NULL, &store, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn__store_backup(store, "nowhere", 0, NULL, NULL), CSTN_E_UNSUPPORTED);
	cstn__store_unref(store);
}
END_TEST

START_TEST(a_cancelled_backup_is_no_store)
{
	cstn_progress *progress = NULL;
	cstn_buffer *report = NULL;
	backup_fixture backup;

	set_up(&backup, 0);
	add_events(&backup, 10);
	ck_assert_int_eq(cstn_progress_new(NULL, &progress, NULL), CSTN_OK);
	cstn_progress_cancel(progress);
	ck_assert_int_eq(cstn__store_backup(backup.store, backup.to, 0, progress, NULL),
			CSTN_E_CANCELLED);
	cstn_progress_free(progress);
	ck_assert_int_eq(cstn__store_verify(&backup.posix.vfs, backup.to, 0, NULL, NULL, &report,
					 NULL),
			CSTN_E_NO_MANIFEST);
	add_events(&backup, 1);
	tear_down(&backup);
}
END_TEST

START_TEST(out_of_memory_during_a_backup_harms_nothing)
{
	backup_fixture backup;
	uint64_t n = 0, failures;

	set_up(&backup, 0);
	add_events(&backup, 1000);
	ck_assert_int_eq(cstn__store_checkpoint(backup.store, NULL), CSTN_OK);
	add_events(&backup, 3);
	do {
		char to[700];
		cstn_status status;

		snprintf(to, sizeof(to), "%s-%d", backup.to, (int)++n);
		backup.memory.failures = 0;
		backup.memory.fail_at = backup.memory.calls + n;
		status = cstn__store_backup(backup.store, to, 0, NULL, NULL);
		failures = backup.memory.failures;
		backup.memory.fail_at = 0;
		ck_assert_int_eq(status, failures ? CSTN_E_NOMEM : CSTN_OK);
		if (status == CSTN_OK)
			ck_assert_int_eq(check_copy(&backup, to), 1003);
	} while (failures);
	ck_assert_uint_gt(n, 10);
	add_events(&backup, 1);
	tear_down(&backup);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			a_backup_holds_what_was_committed_before_it,
			a_backup_with_links_shares_segments_and_nothing_else,
			writers_go_on_and_every_backup_is_a_whole_prefix,
			a_backup_does_not_go_where_a_store_is,
			a_store_in_memory_has_no_backup,
			a_cancelled_backup_is_no_store,
			out_of_memory_during_a_backup_harms_nothing,
	};

	return run_tests("store_backup", tests, sizeof(tests) / sizeof(tests[0]));
}
