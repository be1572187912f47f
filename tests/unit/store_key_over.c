/* Files of key slots of which nothing is left: when they go, and what their slots say then. */
#include <stdlib.h>
#include <string.h>

#include "slot_fixture.h"
#include "store/key_slots.h"
#include "store/manifest.h"
#include "store_fixture.h"
#include "store_folder.h"
#include "suite.h"

static const cstn__store_options two_a_file = {.slots_a_file = 2};

static void checkpoint(cstn__store *store)
{
	ck_assert_int_eq(cstn__store_checkpoint(store, NULL), CSTN_OK);
}

/* Two slots that fill a file, both erased, and the checkpoint after that. */
static cstn__store *make(
		store_folder *folder, const cstn__store_options *options, uint64_t slots[2])
{
	cstn__store *store;

	store_folder_begin(folder);
	store = store_folder_open(folder, options);
	for (int i = 0; i < 2; i++)
		slots[i] = slot_put(store, "a secret");
	for (int i = 0; i < 2; i++)
		slot_erase(store, slots[i]);
	ck_assert_int_eq(store_folder_count(folder, "key-"), 1);
	checkpoint(store);
	return store;
}

START_TEST(file_goes_when_its_last_slot_is_erased_and_its_slots_still_say_so)
{
	store_folder folder;
	uint64_t slots[2];
	cstn__store *store = make(&folder, &two_a_file, slots);

	ck_assert_int_eq(store_folder_count(&folder, "key-"), 0);
	for (int turn = 0; turn < 2; turn++) {
		ck_assert_str_eq(slot_said(store, slots[0]), "erased");
		ck_assert_str_eq(slot_said(store, slots[1]), "erased");
		ck_assert_str_eq(slot_said(store, slots[1] + 1), "CSTN_E_NOT_FOUND");
		store = store_folder_reopen(&folder, store, &two_a_file);
	}
	cstn__store_unref(store);
	store_folder_end(&folder);
}
END_TEST

START_TEST(file_stays_while_one_slot_holds_its_bytes)
{
	store_folder folder;
	cstn__store *store;
	uint64_t slots[3];

	store_folder_begin(&folder);
	store = store_folder_open(&folder, &two_a_file);
	for (int i = 0; i < 3; i++)
		slots[i] = slot_put(store, "a secret");
	slot_erase(store, slots[0]);
	checkpoint(store);
	ck_assert_int_eq(store_folder_count(&folder, "key-"), 2);
	ck_assert_str_eq(slot_said(store, slots[1]), "a secret");
	slot_erase(store, slots[1]);
	checkpoint(store);
	ck_assert_int_eq(store_folder_count(&folder, "key-"), 1);
	ck_assert_str_eq(slot_said(store, slots[2]), "a secret");
	cstn__store_unref(store);
	store_folder_end(&folder);
}
END_TEST

START_TEST(file_that_is_still_filled_stays)
{
	store_folder folder;
	cstn__store *store;
	uint64_t slot;

	store_folder_begin(&folder);
	store = store_folder_open(&folder, &two_a_file);
	slot = slot_put(store, "a secret");
	slot_erase(store, slot);
	checkpoint(store);
	ck_assert_int_eq(store_folder_count(&folder, "key-"), 1);
	ck_assert_uint_eq(slot_put(store, "another"), slot + 1);
	cstn__store_unref(store);
	store_folder_end(&folder);
}
END_TEST

START_TEST(file_stays_while_an_open_transaction_may_write_into_it)
{
	cstn__transaction *transaction;
	store_folder folder;
	cstn__store *store;
	uint64_t slots[2];

	store_folder_begin(&folder);
	store = store_folder_open(&folder, &two_a_file);
	transaction = slot_begin(store);
	slots[0] = slot_put_in(transaction, "a secret");
	slots[1] = slot_put_in(transaction, "another");
	store_upsert(store, "a", 1, 5, 0);
	checkpoint(store);
	ck_assert_int_eq(store_folder_count(&folder, "key-"), 1);
	slot_commit(transaction);
	ck_assert_str_eq(slot_said(store, slots[0]), "a secret");
	ck_assert_str_eq(slot_said(store, slots[1]), "another");
	cstn__store_unref(store);
	store_folder_end(&folder);
}
END_TEST

START_TEST(slots_that_no_commit_filled_do_not_keep_a_file)
{
	cstn__transaction *transaction;
	store_folder folder;
	cstn__store *store;
	uint64_t slot;

	store_folder_begin(&folder);
	store = store_folder_open(&folder, &two_a_file);
	transaction = slot_begin(store);
	slot = slot_put_in(transaction, "a secret");
	cstn__transaction_free(transaction);
	slot_erase(store, slot_put(store, "another"));
	checkpoint(store);
	ck_assert_int_eq(store_folder_count(&folder, "key-"), 0);
	ck_assert_str_eq(slot_said(store, slot), "erased");
	cstn__store_unref(store);
	store_folder_end(&folder);
}
END_TEST

START_TEST(numbers_of_a_file_that_is_gone_are_not_given_again)
{
	static const cstn__store_options three_a_file = {.slots_a_file = 3};
	store_folder folder;
	uint64_t slots[2], next;
	cstn__store *store = make(&folder, &two_a_file, slots);

	store = store_folder_reopen(&folder, store, &three_a_file);
	next = slot_put(store, "another");
	ck_assert_uint_gt(cstn__slot_file_no(next), cstn__slot_file_no(slots[1]));
	ck_assert_str_eq(slot_said(store, next), "another");
	ck_assert_str_eq(slot_said(store, slots[0]), "erased");
	cstn__store_unref(store);
	store_folder_end(&folder);
}
END_TEST

START_TEST(erasing_a_slot_of_a_file_that_is_gone_is_no_error)
{
	store_folder folder;
	uint64_t slots[2];
	cstn__store *store = make(&folder, &two_a_file, slots);

	slot_erase(store, slots[0]);
	ck_assert_str_eq(slot_said(store, slots[0]), "erased");
	cstn__store_unref(store); /* dropped: the log names the slot */
	store = store_folder_open(&folder, &two_a_file);
	ck_assert_str_eq(slot_said(store, slots[0]), "erased");
	ck_assert_int_eq(store_folder_count(&folder, "key-"), 0);
	cstn__store_unref(store);
	store_folder_end(&folder);
}
END_TEST

START_TEST(erasures_that_only_the_log_knows_let_the_file_go_at_the_next_open)
{
	store_folder folder;
	cstn__store *store;
	uint64_t slots[2];

	store_folder_begin(&folder);
	store = store_folder_open(&folder, &two_a_file);
	for (int i = 0; i < 2; i++)
		slots[i] = slot_put(store, "a secret");
	for (int i = 0; i < 2; i++)
		slot_erase(store, slots[i]);
	cstn__store_unref(store);
	ck_assert_int_eq(store_folder_count(&folder, "key-"), 1);
	store = store_folder_open(&folder, &two_a_file);
	ck_assert_int_eq(store_folder_count(&folder, "key-"), 0);
	ck_assert_str_eq(slot_said(store, slots[1]), "erased");
	cstn__store_unref(store);
	store_folder_end(&folder);
}
END_TEST

START_TEST(file_stays_as_long_as_a_kept_generation_lists_it)
{
	static const cstn__store_options options = {.slots_a_file = 2, .keep_generations = 2};
	store_folder folder;
	uint64_t slots[2];
	cstn__store *store = make(&folder, &options, slots);

	ck_assert_int_eq(store_folder_count(&folder, "key-"), 1);
	ck_assert_str_eq(slot_said(store, slots[0]), "erased");
	store_upsert(store, "a", 1, 5, 0);
	checkpoint(store);
	ck_assert_int_eq(store_folder_count(&folder, "key-"), 0);
	cstn__store_unref(store);
	store_folder_end(&folder);
}
END_TEST

START_TEST(read_only_handle_knows_what_was_erased)
{
	cstn__store_options options = {.flags = CSTN__STORE_READ_ONLY};
	store_folder folder;
	uint64_t slots[2];
	cstn__store *store = make(&folder, &two_a_file, slots);

	cstn__store_unref(store);
	store = store_folder_open(&folder, &options);
	ck_assert_str_eq(slot_said(store, slots[0]), "erased");
	cstn__store_unref(store);
	store_folder_end(&folder);
}
END_TEST

START_TEST(verify_finds_nothing_missing_and_dump_says_that_it_is_gone)
{
	store_folder folder;
	uint64_t slots[2];
	cstn_buffer *report = NULL;
	char file[600];
	cstn__store *store = make(&folder, &two_a_file, slots);

	cstn__store_unref(store);
	ck_assert_int_eq(cstn__store_verify(&folder.disk.vfs, folder.path, 0, NULL, NULL, &report,
					 NULL),
			CSTN_OK);
	cstn_buffer_free(report);
	store_folder_last(&folder, "MANIFEST-", file);
	ck_assert_int_eq(cstn__store_dump(&folder.disk.vfs, file, NULL, &report, NULL), CSTN_OK);
	ck_assert_ptr_nonnull(strstr(
			(const char *)cstn_buffer_data(report), "all erased, the file is gone"));
	cstn_buffer_free(report);
	store_folder_end(&folder);
}
END_TEST

START_TEST(salvage_brings_back_the_rows_and_that_the_slots_are_erased)
{
	store_folder folder, to;
	uint64_t slots[2];
	cstn_buffer *report = NULL;
	cstn__store *store = make(&folder, &two_a_file, slots);

	cstn__store_unref(store);
	store_folder_begin(&to);
	ck_assert_int_eq(cstn__store_salvage(&folder.disk.vfs, folder.path, to.path, NULL, NULL,
					 NULL, &report, NULL),
			CSTN_OK);
	cstn_buffer_free(report);
	store = store_folder_open(&to, &two_a_file);
	ck_assert_str_eq(slot_said(store, slots[0]), "erased");
	ck_assert_uint_gt(slot_put(store, "next"), slots[1]);
	cstn__store_unref(store);
	store_folder_end(&to);
	store_folder_end(&folder);
}
END_TEST

/* One manifest entry of key slots with this flag, size, settled and given out. */
static cstn_status write_entry(uint32_t flags, uint64_t size, uint64_t rows, uint8_t slot_size)
{
	cstn__manifest_entry entries[] = {{.kind = CSTN__ENTRY_LOG, .file_no = 1},
			{.kind = CSTN__ENTRY_KEY_SLOTS,
					.file_no = 2,
					.flags = flags,
					.size = size,
					.rows = rows,
					.child_rows = 2,
					.seal = {slot_size}}};
	const cstn__manifest manifest = {.manifest_no = 1,
			.next_file = 3,
			.entries = entries,
			.n_entries = 2,
			.schema = store_schema};
	cstn__bytes bytes;
	cstn_status status;

	cstn__bytes_init(&bytes, NULL);
	status = cstn__manifest_write(&manifest, &bytes, NULL);
	cstn__bytes_free(&bytes);
	return status;
}

START_TEST(manifest_takes_no_file_that_is_over_and_not_settled)
{
	ck_assert_int_eq(write_entry(CSTN__ENTRY_SLOTS_OVER, 0, 2, 64), CSTN_OK);
	ck_assert_int_eq(write_entry(CSTN__ENTRY_SLOTS_OVER, 0, 2, 128), CSTN_OK);
	ck_assert_int_eq(write_entry(CSTN__ENTRY_SLOTS_OVER, 0, 2, 65), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(write_entry(CSTN__ENTRY_SLOTS_OVER, 0, 1, 64), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(write_entry(CSTN__ENTRY_SLOTS_OVER, 8192, 2, 64), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(
			write_entry(CSTN__ENTRY_SLOTS_OVER | 2, 0, 2, 64), CSTN_E_INVALID_ARGUMENT);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			file_goes_when_its_last_slot_is_erased_and_its_slots_still_say_so,
			file_stays_while_one_slot_holds_its_bytes, file_that_is_still_filled_stays,
			file_stays_while_an_open_transaction_may_write_into_it,
			slots_that_no_commit_filled_do_not_keep_a_file,
			numbers_of_a_file_that_is_gone_are_not_given_again,
			erasing_a_slot_of_a_file_that_is_gone_is_no_error,
			erasures_that_only_the_log_knows_let_the_file_go_at_the_next_open,
			file_stays_as_long_as_a_kept_generation_lists_it,
			read_only_handle_knows_what_was_erased,
			verify_finds_nothing_missing_and_dump_says_that_it_is_gone,
			salvage_brings_back_the_rows_and_that_the_slots_are_erased,
			manifest_takes_no_file_that_is_over_and_not_settled};

	return run_tests("store_key_over", tests, sizeof(tests) / sizeof(tests[0]));
}
