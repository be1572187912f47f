/* Who may have a store open: one writer, many readers, nobody across a fork; and what a store that
 * has lost its manifest says. */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "failing_allocator.h"
#include "store_fixture.h"
#include "store_folder.h"
#include "suite.h"

static char text[65536];
static const cstn__store_options read_only = {.flags = CSTN__STORE_READ_ONLY};

static cstn_status try_open(store_folder *folder, uint32_t flags, cstn__store **out)
{
	cstn__store_options options = {.flags = flags};

	return cstn__store_open(
			&folder->disk.vfs, folder->path, &store_schema, &options, NULL, out, NULL);
}

/* What a child process gets: 0 to 99 its own verdict, 100 when it died. */
static int in_child(int (*body)(void *context), void *context)
{
	int state = 0;
	pid_t child = fork();

	if (child == 0)
		_exit(body(context));
	ck_assert_int_gt(child, 0);
	ck_assert_int_eq(waitpid(child, &state, 0), child);
	return WIFEXITED(state) ? WEXITSTATUS(state) : 100;
}

START_TEST(a_second_writer_in_the_same_process_is_locked_out)
{
	store_folder folder;
	cstn__store *store, *second = NULL;

	store_folder_begin(&folder);
	store = store_folder_open(&folder, NULL);
	ck_assert_int_eq(try_open(&folder, 0, &second), CSTN_E_LOCKED);
	ck_assert_ptr_null(second);
	store_upsert(store, "a", 1, 1, 1);
	ck_assert_int_eq(cstn__store_close(store, NULL), CSTN_OK);
	ck_assert_int_eq(try_open(&folder, 0, &second), CSTN_OK);
	cstn__store_unref(second);
	cstn__store_unref(store);
	store_folder_end(&folder);
}
END_TEST

static int open_in_child(void *context)
{
	cstn__vfs_posix disk;
	cstn__store *store = NULL;
	cstn_status status;

	cstn__vfs_posix_init(&disk, NULL);
	status = cstn__store_open(&disk.vfs, context, &store_schema, NULL, NULL, &store, NULL);
	cstn__store_unref(store);
	return status == CSTN_E_LOCKED ? 1 : status == CSTN_OK ? 0 : 2;
}

START_TEST(a_writer_in_another_process_is_locked_out)
{
	store_folder folder;
	cstn__store *store;

	store_folder_begin(&folder);
	store = store_folder_open(&folder, NULL);
	ck_assert_int_eq(in_child(open_in_child, folder.path), 1);
	cstn__store_unref(store);
	ck_assert_int_eq(in_child(open_in_child, folder.path), 0);
	store_folder_end(&folder);
}
END_TEST

static int use_in_child(void *context)
{
	cstn__snapshot *snapshot = NULL;
	cstn__store_info info;
	int wrong = 0;

	wrong |= store_try_upsert(context, "b", 1, 1, 0, NULL) != CSTN_E_FORKED;
	wrong |= cstn__snapshot_new(context, &snapshot, NULL) != CSTN_E_FORKED;
	wrong |= cstn__store_sync(context, NULL) != CSTN_E_FORKED;
	wrong |= cstn__store_checkpoint(context, NULL) != CSTN_E_FORKED;
	wrong |= cstn__store_info_get(context, &info, NULL) != CSTN_E_FORKED;
	wrong |= cstn__store_close(context, NULL) != CSTN_E_FORKED;
	cstn__store_unref(context);
	return wrong;
}

START_TEST(a_forked_child_gets_forked_from_every_call_and_its_unref_keeps_the_lock)
{
	store_folder folder;
	cstn__store *store, *second = NULL;

	store_folder_begin(&folder);
	/* An emulator may take MADV_WIPEONFORK and do nothing: only getpid() tells there. */
	if (getenv("CSTN_EMULATED"))
		cstn__vfs_posix_free(&folder.disk);
	store = store_folder_open(&folder, NULL);
	store_upsert(store, "a", 1, 2, 1);
	ck_assert_int_eq(in_child(use_in_child, store), 0);
	ck_assert_int_eq(try_open(&folder, 0, &second), CSTN_E_LOCKED);
	store_upsert(store, "b", 1, 4, 1);
	ck_assert_str_eq(store_now(store, text, sizeof(text)), "a=2+1 b=4+1");
	cstn__store_unref(store);
	store_folder_end(&folder);
}
END_TEST

START_TEST(a_reader_beside_the_writer_sees_what_was_committed_when_it_opened)
{
	store_folder folder;
	cstn__store *store, *reader;

	store_folder_begin(&folder);
	store = store_folder_open(&folder, NULL);
	store_upsert(store, "a", 1, 2, 1);
	ck_assert_int_eq(cstn__store_checkpoint(store, NULL), CSTN_OK);
	store_upsert(store, "a", 2, 4, 1);
	reader = store_folder_open(&folder, &read_only);
	store_upsert(store, "c", 2, 6, 1);
	ck_assert_str_eq(store_now(reader, text, sizeof(text)), "a=4+1");
	ck_assert_int_eq(store_try_upsert(reader, "b", 1, 1, 0, NULL), CSTN_E_READ_ONLY);
	ck_assert_int_eq(cstn__store_checkpoint(reader, NULL), CSTN_E_READ_ONLY);
	cstn__store_unref(reader);
	cstn__store_unref(store);
	store_folder_end(&folder);
}
END_TEST

START_TEST(files_that_a_reader_has_open_stay_until_it_is_gone)
{
	store_folder folder;
	cstn__store *store, *reader;

	store_folder_begin(&folder);
	store = store_folder_open(&folder, NULL);
	store_upsert(store, "a", 1, 2, 1);
	ck_assert_int_eq(cstn__store_checkpoint(store, NULL), CSTN_OK);
	reader = store_folder_open(&folder, &read_only);
	store_upsert(store, "a", 2, 4, 1);
	ck_assert_int_eq(cstn__store_checkpoint(store, NULL), CSTN_OK);
	ck_assert_int_eq(store_folder_count(&folder, "seg-"), 2);
	ck_assert_str_eq(store_now(reader, text, sizeof(text)), "a=2+1");
	ck_assert_int_eq(cstn__store_close(reader, NULL), CSTN_OK);
	cstn__store_unref(reader);
	store_upsert(store, "a", 3, 6, 1);
	ck_assert_int_eq(cstn__store_checkpoint(store, NULL), CSTN_OK);
	ck_assert_int_eq(store_folder_count(&folder, "seg-"), 1);
	cstn__store_unref(store);
	store_folder_end(&folder);
}
END_TEST

START_TEST(a_store_that_must_exist_is_not_made_and_one_that_must_be_new_is_not_opened)
{
	store_folder folder;
	cstn__store *store = NULL;

	store_folder_begin(&folder);
	ck_assert_int_eq(try_open(&folder, CSTN__STORE_MUST_EXIST, &store), CSTN_E_NOT_FOUND);
	ck_assert_int_eq(try_open(&folder, CSTN__STORE_READ_ONLY, &store), CSTN_E_NOT_FOUND);
	ck_assert_int_eq(try_open(&folder, CSTN__STORE_MUST_BE_NEW, &store), CSTN_OK);
	cstn__store_unref(store);
	store = NULL;
	ck_assert_int_eq(try_open(&folder, CSTN__STORE_MUST_BE_NEW, &store), CSTN_E_CONFLICT);
	ck_assert_ptr_null(store);
	ck_assert_int_eq(try_open(&folder, CSTN__STORE_MUST_EXIST, &store), CSTN_OK);
	cstn__store_unref(store);
	store_folder_end(&folder);
}
END_TEST

START_TEST(a_store_without_its_manifest_is_not_made_anew)
{
	store_folder folder;
	cstn__store *store;

	store_folder_begin(&folder);
	store = store_folder_open(&folder, NULL);
	store_upsert(store, "a", 1, 2, 1);
	cstn__store_unref(store);
	store_folder_remove_files(&folder, "MANIFEST-");
	ck_assert_int_eq(try_open(&folder, 0, &store), CSTN_E_NO_MANIFEST);
	ck_assert_int_eq(try_open(&folder, CSTN__STORE_READ_ONLY, &store), CSTN_E_NO_MANIFEST);
	ck_assert_int_eq(store_folder_count(&folder, "log-"), 1);
	store_folder_end(&folder);
}
END_TEST

START_TEST(a_damaged_manifest_segment_or_sealed_log_is_reported)
{
	static const char *const kinds[] = {"MANIFEST-", "seg-", "log-"};
	static const long places[] = {40, -90, 200};

	for (int i = 0; i < 3; i++) {
		store_folder folder;
		cstn__store *store;
		char file[600];

		store_folder_begin(&folder);
		store = store_folder_open(&folder, NULL);
		store_upsert(store, "a", 1, 2, 1);
		ck_assert_int_eq(cstn__store_checkpoint(store, NULL), CSTN_OK);
		store_upsert(store, "a", 2, 4, 1);
		ck_assert_int_eq(cstn__store_sync(store, NULL), CSTN_OK);
		cstn__store_unref(store);
		store_folder_last(&folder, kinds[i], file);
		store_folder_flip(file, places[i]);
		ck_assert_int_eq(try_open(&folder, 0, &store), CSTN_E_CORRUPT);
		ck_assert_int_eq(try_open(&folder, CSTN__STORE_READ_ONLY, &store), CSTN_E_CORRUPT);
		store_folder_end(&folder);
	}
}
END_TEST

static cstn_status one_life(store_folder *folder, const cstn_allocator *allocator)
{
	cstn__store_options options = {.segment_rows = 1};
	cstn__store *store = NULL;
	cstn_status status = cstn__store_open(&folder->disk.vfs, folder->path, &store_schema,
			&options, allocator, &store, NULL);

	if (status == CSTN_OK)
		status = store_try_upsert(store, "a", 1, 2, 2, NULL);
	if (status == CSTN_OK)
		status = cstn__store_checkpoint(store, NULL);
	if (status == CSTN_OK)
		status = store_try_upsert(store, "a", 2, 4, 1, NULL);
	if (status == CSTN_OK)
		status = cstn__store_sync(store, NULL);
	if (status == CSTN_OK)
		status = cstn__store_maintain(store, 2, UINT64_MAX, NULL, NULL);
	if (status == CSTN_OK)
		status = cstn__store_close(store, NULL);
	cstn__store_unref(store);
	return status;
}

START_TEST(running_out_of_memory_at_any_point_leaks_nothing_and_loses_nothing)
{
	cstn_status status = CSTN_E_NOMEM;

	for (uint64_t n = 1; status != CSTN_OK; n++) {
		failing_allocator memory;
		store_folder folder;
		cstn__store *store;

		store_folder_begin(&folder);
		failing_allocator_init(&memory, n);
		status = one_life(&folder, &memory.allocator);
		ck_assert_uint_eq(failing_allocator_live(&memory), 0);
		ck_assert_msg(status == CSTN_OK || status == CSTN_E_NOMEM, "allocation %d: %s",
				(int)n, cstn_status_name(status));
		store = store_folder_open(&folder, NULL);
		store_now(store, text, sizeof(text));
		ck_assert_msg(strcmp(text, "a=4+1") == 0 ||
						(status != CSTN_OK &&
								(!text[0] || strcmp(text, "a=2+"
											  "2") ==
												0)),
				"allocation %d: %s", (int)n, text);
		cstn__store_unref(store);
		store_folder_end(&folder);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			a_second_writer_in_the_same_process_is_locked_out,
			a_writer_in_another_process_is_locked_out,
			a_forked_child_gets_forked_from_every_call_and_its_unref_keeps_the_lock,
			a_reader_beside_the_writer_sees_what_was_committed_when_it_opened,
			files_that_a_reader_has_open_stay_until_it_is_gone,
			a_store_that_must_exist_is_not_made_and_one_that_must_be_new_is_not_opened,
			a_store_without_its_manifest_is_not_made_anew,
			a_damaged_manifest_segment_or_sealed_log_is_reported,
			running_out_of_memory_at_any_point_leaks_nothing_and_loses_nothing,
	};

	return run_tests("store_locks", tests, sizeof(tests) / sizeof(tests[0]));
}
