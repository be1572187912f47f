/* Key slots of a store: put, read, erased; at a path and in memory. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "slot_fixture.h"
#include "store/key_slots.h"
#include "store_fixture.h"
#include "store_folder.h"
#include "suite.h"

/* A slot and row "a" in one transaction; the row's number is `status`, or -1: the slot's. */
static uint64_t put_beside_row(cstn__store *store, int64_t status)
{
	cstn__transaction *transaction = slot_begin(store);
	uint64_t slot = slot_put_in(transaction, SLOT_SECRET);
	cstn__store_batch batch;
	store_rows rows;

	store_rows_clear(&rows);
	store_rows_add(&rows, "a", 1, status < 0 ? (int64_t)slot : status, NULL, 0);
	batch = store_rows_batch(&rows);
	ck_assert_int_eq(cstn__transaction_upsert(transaction, ORDERS, &batch, NULL), CSTN_OK);
	slot_commit(transaction);
	return slot;
}

/* How often `text` is among the bytes of the store's files. */
static int found_in_files(const store_folder *folder, const char *text)
{
	char command[800], line[64] = "";
	FILE *pipe;

	snprintf(command, sizeof(command), "cat '%s'/* | grep -c -a -F '%s'", folder->path, text);
	pipe = popen(command, "r");
	ck_assert_ptr_nonnull(pipe);
	ck_assert_ptr_nonnull(fgets(line, sizeof(line), pipe));
	pclose(pipe);
	return atoi(line);
}

static cstn__store *in_memory(void)
{
	cstn__store *store;

	ck_assert_int_eq(cstn__store_open(NULL, NULL, &store_schema, NULL, NULL, &store, NULL),
			CSTN_OK);
	return store;
}

START_TEST(slot_in_memory_holds_its_bytes_until_erased)
{
	cstn__store *store = in_memory();
	uint64_t slot = slot_put(store, SLOT_SECRET), other = slot_put(store, "other");

	ck_assert_str_eq(slot_said(store, slot), SLOT_SECRET);
	slot_erase(store, slot);
	ck_assert_str_eq(slot_said(store, slot), "erased");
	ck_assert_str_eq(slot_said(store, other), "other");
	cstn__store_unref(store);
}
END_TEST

START_TEST(slot_at_a_path_is_there_after_a_reopen)
{
	store_folder folder;
	cstn__store *store;
	uint64_t slot;

	store_folder_begin(&folder);
	store = store_folder_open(&folder, NULL);
	slot = slot_put(store, SLOT_SECRET);
	ck_assert_str_eq(slot_said(store, slot), SLOT_SECRET);
	cstn__store_unref(store); /* dropped: the log is replayed */
	store = store_folder_open(&folder, NULL);
	ck_assert_str_eq(slot_said(store, slot), SLOT_SECRET);
	store = store_folder_reopen(&folder, store, NULL); /* closed: there is no log */
	ck_assert_str_eq(slot_said(store, slot), SLOT_SECRET);
	ck_assert_int_eq(found_in_files(&folder, SLOT_SECRET), 1);
	cstn__store_unref(store);
	store_folder_end(&folder);
}
END_TEST

START_TEST(erased_slot_is_in_no_file_and_stays_erased)
{
	store_folder folder;
	cstn__store *store;
	uint64_t slot;

	store_folder_begin(&folder);
	store = store_folder_open(&folder, NULL);
	slot = slot_put(store, SLOT_SECRET);
	slot_erase(store, slot);
	ck_assert_int_eq(found_in_files(&folder, SLOT_SECRET), 0);
	cstn__store_unref(store);
	store = store_folder_open(&folder, NULL);
	ck_assert_str_eq(slot_said(store, slot), "erased");
	store = store_folder_reopen(&folder, store, NULL);
	ck_assert_str_eq(slot_said(store, slot), "erased");
	ck_assert_int_eq(found_in_files(&folder, SLOT_SECRET), 0);
	cstn__store_unref(store);
	store_folder_end(&folder);
}
END_TEST

START_TEST(slots_are_of_64_bytes_up_to_56_and_of_128_up_to_120)
{
	static const size_t sizes[] = {1, 56, 57, 120};
	static const int files[] = {1, 1, 2, 2};
	char text[121];
	store_folder folder;
	cstn__store *store;

	store_folder_begin(&folder);
	store = store_folder_open(&folder, NULL);
	for (size_t i = 0; i < 4; i++) {
		uint64_t slot;

		memset(text, 'x', sizeof(text));
		text[sizes[i]] = 0;
		slot = slot_put(store, text);
		ck_assert_str_eq(slot_said(store, slot), text);
		ck_assert_int_eq(store_folder_count(&folder, "key-"), files[i]);
	}
	cstn__store_unref(store);
	store_folder_end(&folder);
}
END_TEST

START_TEST(slot_of_no_or_too_many_bytes_is_refused)
{
	cstn__store *store = in_memory();
	cstn__transaction *transaction = slot_begin(store);
	char bytes[121] = "x";
	cstn_error *error = NULL;
	uint64_t slot = 77;

	ck_assert_int_eq(cstn__transaction_put_slot(transaction, bytes, 0, &slot, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn__transaction_put_slot(transaction, bytes, 121, &slot, &error),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_str_eq(cstn_error_message(error), "a key slot takes 1 to 120 bytes, not 121");
	ck_assert_uint_eq(slot, 77);
	cstn_error_free(error);
	cstn__transaction_free(transaction);
	cstn__store_unref(store);
}
END_TEST

START_TEST(transaction_that_is_dropped_leaves_no_bytes)
{
	store_folder folder;
	cstn__store *store;
	cstn__transaction *transaction;
	uint64_t slot;

	store_folder_begin(&folder);
	store = store_folder_open(&folder, NULL);
	transaction = slot_begin(store);
	slot = slot_put_in(transaction, SLOT_SECRET);
	cstn__transaction_free(transaction);
	ck_assert_str_eq(slot_said(store, slot), "CSTN_E_NOT_FOUND");
	ck_assert_int_eq(found_in_files(&folder, SLOT_SECRET), 0);
	ck_assert_uint_ne(slot_put(store, "next"), slot);
	cstn__store_unref(store);
	store_folder_end(&folder);
}
END_TEST

START_TEST(number_that_was_never_given_is_not_found)
{
	cstn__store *store = in_memory();
	uint64_t slot = slot_put(store, "k");
	cstn__transaction *transaction = slot_begin(store);

	ck_assert_str_eq(slot_said(store, slot + 1), "CSTN_E_NOT_FOUND");
	ck_assert_str_eq(slot_said(store, 0), "CSTN_E_NOT_FOUND");
	ck_assert_int_eq(cstn__transaction_erase_slot(transaction, slot + 1, NULL),
			CSTN_E_NOT_FOUND);
	ck_assert_int_eq(cstn__transaction_erase_slot(transaction, slot, NULL), CSTN_OK);
	cstn__transaction_free(transaction);
	ck_assert_str_eq(slot_said(store, slot), "k");
	cstn__store_unref(store);
}
END_TEST

START_TEST(slot_of_an_open_transaction_is_busy)
{
	cstn__store *store = in_memory();
	cstn__transaction *first = slot_begin(store), *second = slot_begin(store);
	uint64_t slot = slot_put_in(first, "k");
	cstn_error *error = NULL;
	char want[128];

	ck_assert_int_eq(cstn__transaction_erase_slot(second, slot, &error), CSTN_E_BUSY);
	snprintf(want, sizeof(want),
			"key slot %llu is in an open transaction, which may still write it",
			(unsigned long long)slot);
	ck_assert_str_eq(cstn_error_message(error), want);
	cstn_error_free(error);
	slot_commit(first);
	ck_assert_int_eq(cstn__transaction_erase_slot(second, slot, NULL), CSTN_OK);
	slot_commit(second);
	ck_assert_str_eq(slot_said(store, slot), "erased");
	cstn__store_unref(store);
}
END_TEST

START_TEST(erasing_twice_is_no_error)
{
	store_folder folder;
	cstn__store *store;
	uint64_t slot;

	store_folder_begin(&folder);
	store = store_folder_open(&folder, NULL);
	slot = slot_put(store, SLOT_SECRET);
	slot_erase(store, slot);
	slot_erase(store, slot);
	ck_assert_str_eq(slot_said(store, slot), "erased");
	cstn__store_unref(store);
	store_folder_end(&folder);
}
END_TEST

START_TEST(rows_of_the_same_transaction_are_there_with_the_slot)
{
	store_folder folder;
	cstn__store *store;
	uint64_t slot;
	char text[64];

	store_folder_begin(&folder);
	store = store_folder_open(&folder, NULL);
	slot = put_beside_row(store, -1);
	cstn__store_unref(store);
	store = store_folder_open(&folder, NULL);
	snprintf(text, sizeof(text), "a=%llu", (unsigned long long)slot);
	ck_assert_str_eq(store_now(store, (char[256]){0}, 256), text);
	ck_assert_str_eq(slot_said(store, slot), SLOT_SECRET);
	cstn__store_unref(store);
	store_folder_end(&folder);
}
END_TEST

START_TEST(bulk_keeps_its_slots)
{
	cstn__store_options options = {.checkpoint_rows = 1};
	store_folder folder;
	cstn__store *store;
	uint64_t slot;

	store_folder_begin(&folder);
	store = store_folder_open(&folder, &options);
	slot = put_beside_row(store, 5);
	cstn__store_unref(store);
	store = store_folder_open(&folder, &options);
	ck_assert_str_eq(slot_said(store, slot), SLOT_SECRET);
	cstn__store_unref(store);
	store_folder_end(&folder);
}
END_TEST

START_TEST(full_file_is_followed_by_another)
{
	cstn__store_options options = {.slots_a_file = 3};
	store_folder folder;
	cstn__store *store;
	uint64_t slots[8];
	char text[16];

	store_folder_begin(&folder);
	store = store_folder_open(&folder, &options);
	for (int i = 0; i < 8; i++) {
		snprintf(text, sizeof(text), "key %d", i);
		slots[i] = slot_put(store, text);
	}
	ck_assert_int_eq(store_folder_count(&folder, "key-"), 3);
	store = store_folder_reopen(&folder, store, &options);
	for (int i = 0; i < 8; i++) {
		snprintf(text, sizeof(text), "key %d", i);
		ck_assert_str_eq(slot_said(store, slots[i]), text);
	}
	cstn__store_unref(store);
	store_folder_end(&folder);
}
END_TEST

START_TEST(hundreds_of_slots_of_one_transaction_are_there)
{
	enum { N = 500 };
	store_folder folder;
	cstn__store *store;
	cstn__transaction *transaction;
	uint64_t slots[N];
	char text[80];

	store_folder_begin(&folder);
	store = store_folder_open(&folder, NULL);
	transaction = slot_begin(store);
	for (int i = 0; i < N; i++) {
		snprintf(text, sizeof(text), "%0*d", i % 3 ? 9 : 70, i);
		slots[i] = slot_put_in(transaction, text);
	}
	slot_commit(transaction);
	cstn__store_unref(store);
	store = store_folder_open(&folder, NULL);
	for (int i = 0; i < N; i++) {
		snprintf(text, sizeof(text), "%0*d", i % 3 ? 9 : 70, i);
		ck_assert_str_eq(slot_said(store, slots[i]), text);
	}
	cstn__store_unref(store);
	store_folder_end(&folder);
}
END_TEST

START_TEST(slot_put_before_a_checkpoint_may_be_committed_after_it)
{
	store_folder folder;
	cstn__store *store;
	cstn__transaction *transaction;
	uint64_t slot, later;

	store_folder_begin(&folder);
	store = store_folder_open(&folder, NULL);
	transaction = slot_begin(store);
	slot = slot_put_in(transaction, SLOT_SECRET);
	later = slot_put(store, "later");
	ck_assert_int_eq(cstn__store_checkpoint(store, NULL), CSTN_OK);
	slot_commit(transaction);
	cstn__store_unref(store);
	store = store_folder_open(&folder, NULL);
	ck_assert_str_eq(slot_said(store, slot), SLOT_SECRET);
	ck_assert_str_eq(slot_said(store, later), "later");
	cstn__store_unref(store);
	store_folder_end(&folder);
}
END_TEST

START_TEST(read_only_handle_refuses_what_its_log_says_erased)
{
	cstn__store_options read_only = {.flags = CSTN__STORE_READ_ONLY};
	store_folder folder;
	cstn__store *store, *reader;
	uint64_t slot, kept;

	store_folder_begin(&folder);
	store = store_folder_open(&folder, NULL);
	slot = slot_put(store, SLOT_SECRET);
	kept = slot_put(store, "kept");
	reader = store_folder_open(&folder, &read_only);
	ck_assert_str_eq(slot_said(reader, slot), SLOT_SECRET);
	slot_erase(store, slot);
	ck_assert_str_eq(slot_said(reader, slot), "erased"); /* the zeros are there already */
	cstn__store_unref(reader);
	cstn__store_unref(store);
	reader = store_folder_open(&folder, &read_only);
	ck_assert_str_eq(slot_said(reader, slot), "erased");
	ck_assert_str_eq(slot_said(reader, kept), "kept");
	cstn__store_unref(reader);
	store_folder_end(&folder);
}
END_TEST

START_TEST(damaged_slot_is_refused_and_the_others_are_read)
{
	store_folder folder;
	cstn__store *store;
	uint64_t slot, other;
	char file[600];

	store_folder_begin(&folder);
	store = store_folder_open(&folder, NULL);
	slot = slot_put(store, SLOT_SECRET);
	other = slot_put(store, "other");
	store_folder_last(&folder, "key-", file);
	store_folder_flip(file, CSTN__SLOT_HEADER + 20);
	ck_assert_str_eq(slot_said(store, slot), "CSTN_E_CORRUPT");
	ck_assert_str_eq(slot_said(store, other), "other");
	store = store_folder_reopen(&folder, store, NULL);
	ck_assert_str_eq(slot_said(store, slot), "CSTN_E_CORRUPT");
	ck_assert_str_eq(slot_said(store, other), "other");
	cstn__store_unref(store);
	store_folder_end(&folder);
}
END_TEST

START_TEST(damaged_slot_can_be_erased)
{
	store_folder folder;
	cstn__store *store;
	uint64_t slot;
	char file[600];

	store_folder_begin(&folder);
	store = store_folder_open(&folder, NULL);
	slot = slot_put(store, SLOT_SECRET);
	store_folder_last(&folder, "key-", file);
	store_folder_flip(file, CSTN__SLOT_HEADER + 20);
	slot_erase(store, slot);
	ck_assert_str_eq(slot_said(store, slot), "erased");
	cstn__store_unref(store);
	store_folder_end(&folder);
}
END_TEST

START_TEST(slot_that_a_cut_took_is_not_called_erased)
{
	cstn__store_options read_only = {.flags = CSTN__STORE_READ_ONLY};
	store_folder folder;
	cstn__store *store;
	uint64_t slot;
	char file[600];

	store_folder_begin(&folder);
	store = store_folder_open(&folder, NULL);
	for (int i = 0; i < 64; i++)
		slot_put(store, "before");
	slot = slot_put(store, SLOT_SECRET); /* the first of the second page */
	cstn__store_unref(store);
	store_folder_last(&folder, "key-", file);
	ck_assert_int_eq(truncate(file, 8192), 0);
	store = store_folder_open(&folder, &read_only);
	ck_assert_str_eq(slot_said(store, slot), "CSTN_E_NOT_FOUND");
	cstn__store_unref(store);
	store = store_folder_open(&folder, NULL);
	ck_assert_str_eq(slot_said(store, slot), "CSTN_E_NOT_FOUND");
	ck_assert_str_eq(slot_said(store, slot - 1), "before");
	cstn__store_unref(store);
	store_folder_end(&folder);
}
END_TEST

START_TEST(store_without_its_key_file_does_not_open)
{
	store_folder folder;
	cstn__store *store;
	cstn_status status;

	store_folder_begin(&folder);
	store = store_folder_open(&folder, NULL);
	slot_put(store, SLOT_SECRET);
	cstn__store_unref(store);
	store_folder_remove_files(&folder, "key-");
	status = cstn__store_open(
			&folder.disk.vfs, folder.path, &store_schema, NULL, NULL, &store, NULL);
	ck_assert_int_eq(status, CSTN_E_IO);
	store_folder_end(&folder);
}
END_TEST

START_TEST(backup_has_the_rows_and_no_slots)
{
	store_folder folder, copy;
	cstn__store *store;
	uint64_t slot;
	char text[64];

	store_folder_begin(&folder);
	store_folder_begin(&copy);
	store = store_folder_open(&folder, NULL);
	slot = slot_put(store, SLOT_SECRET);
	store_upsert(store, "a", 1, 5, 0);
	ck_assert_int_eq(cstn__store_backup(store, copy.path, 0, NULL, NULL), CSTN_OK);
	ck_assert_int_eq(store_folder_count(&copy, "key-"), 0);
	ck_assert_int_eq(found_in_files(&copy, SLOT_SECRET), 0);
	cstn__store_unref(store);
	store = store_folder_open(&copy, NULL);
	ck_assert_str_eq(store_now(store, text, sizeof(text)), "a=5");
	ck_assert_str_eq(slot_said(store, slot), "absent");
	slot_erase(store, slot);
	ck_assert_uint_ne(slot_put(store, "new"), slot);
	ck_assert_str_eq(slot_said(store, slot), "absent");
	cstn__store_unref(store);
	store_folder_end(&copy);
	store_folder_end(&folder);
}
END_TEST

START_TEST(closed_store_reads_no_slot)
{
	cstn__store *store = in_memory();
	uint64_t slot = slot_put(store, "k");

	ck_assert_int_eq(cstn__store_close(store, NULL), CSTN_OK);
	ck_assert_str_eq(slot_said(store, slot), "CSTN_E_STATE");
	cstn__store_unref(store);
}
END_TEST

START_TEST(forked_child_reads_no_slot)
{
	store_folder folder;
	cstn__store *store;
	uint64_t slot;
	int state = 0;
	pid_t child;

	/* An emulator may take MADV_WIPEONFORK and do nothing. */
	if (getenv("CSTN_EMULATED"))
		return;
	store_folder_begin(&folder);
	store = store_folder_open(&folder, NULL);
	slot = slot_put(store, SLOT_SECRET);
	child = fork();
	if (child == 0) {
		int wrong = strcmp(slot_said(store, slot), "CSTN_E_FORKED") != 0;

		cstn__store_unref(store);
		_exit(wrong);
	}
	ck_assert_int_eq(waitpid(child, &state, 0), child);
	ck_assert(WIFEXITED(state) && WEXITSTATUS(state) == 0);
	ck_assert_str_eq(slot_said(store, slot), SLOT_SECRET);
	cstn__store_unref(store);
	store_folder_end(&folder);
}
END_TEST

START_TEST(read_only_handle_puts_and_erases_nothing)
{
	cstn__store_options read_only = {.flags = CSTN__STORE_READ_ONLY};
	store_folder folder;
	cstn__store *store;
	cstn__transaction *transaction;

	store_folder_begin(&folder);
	store = store_folder_open(&folder, NULL);
	slot_put(store, SLOT_SECRET);
	store = (cstn__store_unref(store), store_folder_open(&folder, &read_only));
	ck_assert_int_eq(cstn__transaction_new(store, &transaction, NULL), CSTN_E_READ_ONLY);
	cstn__store_unref(store);
	store_folder_end(&folder);
}
END_TEST

START_TEST(info_counts_the_bytes_of_key_files)
{
	store_folder folder;
	cstn__store *store;
	cstn__store_info info;

	store_folder_begin(&folder);
	store = store_folder_open(&folder, NULL);
	ck_assert_int_eq(cstn__store_info_get(store, &info, NULL), CSTN_OK);
	ck_assert_uint_eq(info.key_bytes, 0);
	slot_put(store, SLOT_SECRET);
	ck_assert_int_eq(cstn__store_info_get(store, &info, NULL), CSTN_OK);
	ck_assert_uint_eq(info.key_bytes, 8192);
	cstn__store_unref(store);
	store_folder_end(&folder);
}
END_TEST

START_TEST(file_has_at_most_a_million_slots)
{
	cstn__store_options options = {.slots_a_file = CSTN__SLOT_FILE_SLOTS + 1};
	cstn__store *store;

	ck_assert_int_eq(cstn__store_open(NULL, NULL, &store_schema, &options, NULL, &store, NULL),
			CSTN_E_INVALID_ARGUMENT);
	options.slots_a_file--;
	ck_assert_int_eq(cstn__store_open(NULL, NULL, &store_schema, &options, NULL, &store, NULL),
			CSTN_OK);
	cstn__store_unref(store);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {slot_in_memory_holds_its_bytes_until_erased,
			slot_at_a_path_is_there_after_a_reopen,
			erased_slot_is_in_no_file_and_stays_erased,
			slots_are_of_64_bytes_up_to_56_and_of_128_up_to_120,
			slot_of_no_or_too_many_bytes_is_refused,
			transaction_that_is_dropped_leaves_no_bytes,
			number_that_was_never_given_is_not_found,
			slot_of_an_open_transaction_is_busy, erasing_twice_is_no_error,
			rows_of_the_same_transaction_are_there_with_the_slot, bulk_keeps_its_slots,
			full_file_is_followed_by_another,
			hundreds_of_slots_of_one_transaction_are_there,
			slot_put_before_a_checkpoint_may_be_committed_after_it,
			read_only_handle_refuses_what_its_log_says_erased,
			damaged_slot_is_refused_and_the_others_are_read, damaged_slot_can_be_erased,
			slot_that_a_cut_took_is_not_called_erased,
			store_without_its_key_file_does_not_open, backup_has_the_rows_and_no_slots,
			closed_store_reads_no_slot, forked_child_reads_no_slot,
			read_only_handle_puts_and_erases_nothing,
			info_counts_the_bytes_of_key_files, file_has_at_most_a_million_slots};

	return run_tests("store_key_slots", tests, sizeof(tests) / sizeof(tests[0]));
}
