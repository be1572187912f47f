/* What verify, dump and salvage say and do of key slots; threads that put, read and erase. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "failing_allocator.h"
#include "slot_fixture.h"
#include "store/key_slots.h"
#include "store_fixture.h"
#include "store_folder.h"
#include "suite.h"

/* Slots 0 to 3 of one file: held and settled, erased and settled, held by the log, and held by the
 * log and settled no more. */
typedef struct made_store {
	store_folder folder;
	uint64_t slots[4];
	char file[600];
} made_store;

static void make(made_store *made)
{
	cstn__store *store;

	store_folder_begin(&made->folder);
	store = store_folder_open(&made->folder, NULL);
	for (int i = 0; i < 2; i++)
		made->slots[i] = slot_put(store, SLOT_SECRET);
	slot_erase(store, made->slots[1]);
	ck_assert_int_eq(cstn__store_checkpoint(store, NULL), CSTN_OK);
	for (int i = 2; i < 4; i++)
		made->slots[i] = slot_put(store, SLOT_SECRET);
	slot_erase(store, made->slots[3]);
	store_upsert(store, "a", 1, 5, 0);
	cstn__store_unref(store);
	store_folder_last(&made->folder, "key-", made->file);
}

static void write_at(const char *file, long offset, const void *data, size_t size)
{
	FILE *stream = fopen(file, "r+b");

	ck_assert_ptr_nonnull(stream);
	ck_assert_int_eq(fseek(stream, offset, SEEK_SET), 0);
	ck_assert_uint_eq(fwrite(data, 1, size, stream), size);
	fclose(stream);
}

static void verify_says(made_store *made, cstn_status wanted, const char *text)
{
	cstn_buffer *report = NULL;
	cstn_status status = cstn__store_verify(
			&made->folder.disk.vfs, made->folder.path, 0, NULL, NULL, &report, NULL);
	const char *found = (const char *)cstn_buffer_data(report);

	ck_assert_int_eq(status, wanted);
	ck_assert_msg(strstr(found, text) != NULL, "'%s' is not in: %s", text, found);
	cstn_buffer_free(report);
}

START_TEST(verify_counts_the_slots_that_hold_bytes)
{
	made_store made;

	make(&made);
	verify_says(&made, CSTN_OK, ".cstn: sound, 2 rows, 8192 bytes\n");
	store_folder_end(&made.folder);
}
END_TEST

START_TEST(verify_names_a_damaged_slot)
{
	made_store made;

	make(&made);
	store_folder_flip(made.file, CSTN__SLOT_HEADER + 2 * 64 + 20);
	store_folder_flip(made.file, CSTN__SLOT_HEADER + 1 * 64 + 20);
	verify_says(&made, CSTN_E_CORRUPT,
			".cstn: 2 key slots are damaged or lost, the first is number 1, ");
	store_folder_end(&made.folder);
}
END_TEST

START_TEST(verify_misses_a_slot_that_the_log_put)
{
	static const uint8_t zeros[64];
	made_store made;

	make(&made);
	write_at(made.file, CSTN__SLOT_HEADER + 2 * 64, zeros, sizeof(zeros));
	verify_says(&made, CSTN_E_CORRUPT,
			".cstn: 1 key slots are damaged or lost, the first is number 2, ");
	store_folder_end(&made.folder);
}
END_TEST

START_TEST(verify_takes_a_half_written_slot_of_no_commit_for_a_crash)
{
	made_store made;

	make(&made);
	write_at(made.file, CSTN__SLOT_HEADER + 4 * 64, "half", 4);
	verify_says(&made, CSTN_OK, ".cstn: sound, 2 rows, 8192 bytes\n");
	store_folder_end(&made.folder);
}
END_TEST

START_TEST(verify_takes_nothing_for_a_crash_when_the_store_was_closed)
{
	made_store made;
	cstn__store *store;

	make(&made);
	store = store_folder_open(&made.folder, NULL);
	ck_assert_int_eq(cstn__store_close(store, NULL), CSTN_OK);
	cstn__store_unref(store);
	verify_says(&made, CSTN_OK, ".cstn: sound, 2 rows, 8192 bytes\n");
	write_at(made.file, CSTN__SLOT_HEADER + 4 * 64, "half", 4);
	verify_says(&made, CSTN_E_CORRUPT,
			".cstn: 1 key slots are damaged or lost, the first is number 4, ");
	store_folder_end(&made.folder);
}
END_TEST

START_TEST(verify_says_when_a_key_file_is_shorter_than_listed)
{
	made_store made;

	make(&made);
	ck_assert_int_eq(truncate(made.file, 8191), 0);
	verify_says(&made, CSTN_E_CORRUPT, "8191 bytes, 8192 in the manifest");
	store_folder_end(&made.folder);
}
END_TEST

START_TEST(open_makes_half_written_slots_of_no_commit_whole_again)
{
	static const uint8_t junk[128] = {1, 2, 3};
	made_store made;
	cstn__store *store;
	uint64_t slot;

	make(&made);
	write_at(made.file, CSTN__SLOT_HEADER + 4 * 64, junk, sizeof(junk));
	store = store_folder_open(&made.folder, NULL);
	ck_assert_str_eq(slot_said(store, made.slots[0]), SLOT_SECRET);
	ck_assert_str_eq(slot_said(store, made.slots[2]), SLOT_SECRET);
	slot = slot_put(store, "next");
	ck_assert_uint_eq(slot, made.slots[3] + 1);
	ck_assert_str_eq(slot_said(store, slot), "next");
	ck_assert_int_eq(cstn__store_close(store, NULL), CSTN_OK);
	cstn__store_unref(store);
	verify_says(&made, CSTN_OK, ".cstn: sound, 3 rows, 8192 bytes\n");
	store_folder_end(&made.folder);
}
END_TEST

/* As if the power had gone between the commit and the zeros. */
static void bring_back(made_store *made, uint8_t bytes[64])
{
	cstn__slot_header header = {.slot_size = 64};
	FILE *stream = fopen(made->file, "rb");
	uint8_t head[CSTN__SLOT_HEADER];

	ck_assert_ptr_nonnull(stream);
	ck_assert_uint_eq(fread(head, 1, sizeof(head), stream), sizeof(head));
	fclose(stream);
	ck_assert_int_eq(cstn__slot_header_read(head, sizeof(head), NULL, 0, &header, NULL),
			CSTN_OK);
	cstn__slot_write(&header, 3, SLOT_SECRET, strlen(SLOT_SECRET), bytes);
	write_at(made->file, CSTN__SLOT_HEADER + 3 * 64, bytes, 64);
}

START_TEST(slot_that_the_log_erased_is_refused_though_its_bytes_live)
{
	cstn__store_options read_only = {.flags = CSTN__STORE_READ_ONLY};
	made_store made;
	cstn__store *store;
	uint8_t bytes[64], found[64];
	FILE *stream;

	make(&made);
	bring_back(&made, bytes);
	verify_says(&made, CSTN_OK, ".cstn: sound, 3 rows, 8192 bytes\n");
	store = store_folder_open(&made.folder, &read_only);
	ck_assert_str_eq(slot_said(store, made.slots[3]), "erased");
	cstn__store_unref(store);
	store = store_folder_open(&made.folder, NULL);
	ck_assert_str_eq(slot_said(store, made.slots[3]), "erased");
	cstn__store_unref(store);
	stream = fopen(made.file, "rb");
	ck_assert_int_eq(fseek(stream, CSTN__SLOT_HEADER + 3 * 64, SEEK_SET), 0);
	ck_assert_uint_eq(fread(found, 1, 64, stream), 64);
	fclose(stream);
	for (size_t i = 8; i < 64; i++)
		ck_assert_uint_eq(found[i], 0);
	store_folder_end(&made.folder);
}
END_TEST

START_TEST(salvage_keeps_slots_and_brings_back_none_that_was_erased)
{
	made_store made;
	store_folder to;
	cstn__store *store;
	cstn_buffer *report = NULL;
	uint8_t bytes[64];
	char text[64];

	make(&made);
	bring_back(&made, bytes);
	store_folder_begin(&to);
	ck_assert_int_eq(cstn__store_salvage(&made.folder.disk.vfs, made.folder.path, to.path, NULL,
					 NULL, NULL, &report, NULL),
			CSTN_OK);
	cstn_buffer_free(report);
	store = store_folder_open(&to, NULL);
	ck_assert_str_eq(store_now(store, text, sizeof(text)), "a=5");
	ck_assert_str_eq(slot_said(store, made.slots[0]), SLOT_SECRET);
	ck_assert_str_eq(slot_said(store, made.slots[1]), "erased");
	ck_assert_str_eq(slot_said(store, made.slots[2]), SLOT_SECRET);
	ck_assert_str_eq(slot_said(store, made.slots[3]), "erased");
	ck_assert_uint_gt(slot_put(store, "next"), made.slots[3]);
	cstn__store_unref(store);
	store_folder_end(&to);
	store_folder_end(&made.folder);
}
END_TEST

START_TEST(salvage_overwrites_what_was_erased_in_its_copy)
{
	made_store made;
	store_folder to;
	cstn_buffer *report = NULL;
	uint8_t bytes[64], found[64];
	char file[600];
	FILE *stream;

	make(&made);
	bring_back(&made, bytes);
	store_folder_begin(&to);
	ck_assert_int_eq(cstn__store_salvage(&made.folder.disk.vfs, made.folder.path, to.path, NULL,
					 NULL, NULL, &report, NULL),
			CSTN_OK);
	cstn_buffer_free(report);
	store_folder_last(&to, "key-", file);
	stream = fopen(file, "rb");
	ck_assert_ptr_nonnull(stream);
	ck_assert_int_eq(fseek(stream, CSTN__SLOT_HEADER + 3 * 64, SEEK_SET), 0);
	ck_assert_uint_eq(fread(found, 1, 64, stream), 64);
	fclose(stream);
	for (size_t i = 8; i < 64; i++)
		ck_assert_uint_eq(found[i], 0);
	store_folder_end(&to);
	store_folder_end(&made.folder);
}
END_TEST

START_TEST(salvage_goes_on_without_a_key_file_that_cannot_be_read)
{
	made_store made;
	store_folder to;
	cstn__store *store;
	cstn_buffer *report = NULL;

	make(&made);
	store_folder_flip(made.file, 20);
	store_folder_begin(&to);
	ck_assert_int_eq(cstn__store_salvage(&made.folder.disk.vfs, made.folder.path, to.path, NULL,
					 NULL, NULL, &report, NULL),
			CSTN_OK);
	ck_assert_ptr_nonnull(strstr((const char *)cstn_buffer_data(report),
			"the header does not have the hash it ends with"));
	cstn_buffer_free(report);
	store = store_folder_open(&to, NULL);
	ck_assert_str_eq(slot_said(store, made.slots[0]), "absent");
	cstn__store_unref(store);
	store_folder_end(&to);
	store_folder_end(&made.folder);
}
END_TEST

START_TEST(dump_shows_which_slots_hold_something_and_not_what)
{
	made_store made;
	cstn_buffer *text = NULL;
	const char *shown;

	make(&made);
	store_folder_flip(made.file, CSTN__SLOT_HEADER + 2 * 64 + 20);
	ck_assert_int_eq(cstn__store_dump(&made.folder.disk.vfs, made.file, NULL, &text, NULL),
			CSTN_OK);
	shown = (const char *)cstn_buffer_data(text);
	ck_assert_ptr_nonnull(
			strstr(shown, "\n64 bytes a slot; what they hold is not shown\n"
				      "  slots 0 to 0: held\n"
				      "  slots 1 to 1: erased\n"
				      "  slots 2 to 2: damaged\n"
				      "  slots 3 to 3: erased\n"
				      "  slots 4 to 63: never filled\n"
				      "1 slots held, 2 erased, 60 never filled, 1 damaged\n"));
	ck_assert_ptr_null(strstr(shown, "secret"));
	cstn_buffer_free(text);
	store_folder_end(&made.folder);
}
END_TEST

START_TEST(dump_of_a_log_names_slots)
{
	made_store made;
	cstn_buffer *text = NULL;
	char file[600], want[64];

	make(&made);
	store_folder_last(&made.folder, "log-", file);
	ck_assert_int_eq(cstn__store_dump(&made.folder.disk.vfs, file, NULL, &text, NULL), CSTN_OK);
	snprintf(want, sizeof(want), "    row 0: 2=%llu\n", (unsigned long long)made.slots[3]);
	ck_assert_ptr_nonnull(strstr((const char *)cstn_buffer_data(text), "  put slots table 0"));
	ck_assert_ptr_nonnull(
			strstr((const char *)cstn_buffer_data(text), "  erase slots table 0"));
	ck_assert_ptr_nonnull(strstr((const char *)cstn_buffer_data(text), want));
	cstn_buffer_free(text);
	store_folder_end(&made.folder);
}
END_TEST

/* --- threads --- */

enum { THREADS = 4, ROUNDS = 60 };
typedef struct worker {
	cstn__store *store;
	int number, wrong;
} worker;

static void *work(void *context)
{
	worker *self = context;
	uint64_t last = 0;
	char text[100];

	for (int i = 0; i < ROUNDS && !self->wrong; i++) {
		cstn__transaction *transaction = NULL;
		uint64_t slot = 0;

		snprintf(text, sizeof(text), "%0*d", i % 2 ? 20 : 90, self->number * 1000 + i);
		self->wrong |= cstn__transaction_new(self->store, &transaction, NULL);
		self->wrong |= cstn__transaction_put_slot(
				transaction, text, strlen(text), &slot, NULL);
		if (last)
			self->wrong |= cstn__transaction_erase_slot(transaction, last, NULL);
		self->wrong |= cstn__transaction_commit(transaction, NULL, NULL);
		cstn__transaction_free(transaction);
		self->wrong |= strcmp(slot_said(self->store, slot), text) != 0;
		if (last)
			self->wrong |= strcmp(slot_said(self->store, last), "erased") != 0;
		last = slot;
	}
	return NULL;
}

static void let_them_work(cstn__store *store)
{
	pthread_t threads[THREADS];
	worker workers[THREADS];

	for (int i = 0; i < THREADS; i++) {
		workers[i] = (worker){store, i + 1, 0};
		ck_assert_int_eq(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(workers[i].wrong, 0);
}

START_TEST(threads_put_read_and_erase_at_a_path)
{
	cstn__store_options options = {.slots_a_file = 50, .checkpoint_bytes = 20000};
	store_folder folder;
	cstn__store *store;

	store_folder_begin(&folder);
	store = store_folder_open(&folder, &options);
	let_them_work(store);
	cstn__store_unref(store);
	store = store_folder_open(&folder, &options);
	ck_assert_int_eq(cstn__store_close(store, NULL), CSTN_OK);
	cstn__store_unref(store);
	store_folder_end(&folder);
}
END_TEST

START_TEST(threads_put_read_and_erase_in_memory)
{
	cstn__store_options options = {.slots_a_file = 50};
	cstn__store *store;

	ck_assert_int_eq(cstn__store_open(NULL, NULL, &store_schema, &options, NULL, &store, NULL),
			CSTN_OK);
	let_them_work(store);
	cstn__store_unref(store);
}
END_TEST

/* --- memory --- */

static cstn_status use_all(store_folder *folder, const cstn_allocator *allocator)
{
	cstn__vfs *vfs = folder ? &folder->disk.vfs : NULL;
	cstn__transaction *transaction = NULL;
	cstn__store *store = NULL;
	uint64_t slot = 0, other = 0;
	uint32_t state;
	char text[16];
	cstn_status status = cstn__store_open(vfs, folder ? folder->path : NULL, &store_schema,
			NULL, allocator, &store, NULL);

	if (status == CSTN_OK)
		status = cstn__transaction_new(store, &transaction, NULL);
	for (int i = 0; i < 6 && status == CSTN_OK; i++)
		status = cstn__transaction_put_slot(
				transaction, "key", 3, i ? &other : &slot, NULL);
	if (status == CSTN_OK)
		status = cstn__transaction_commit(transaction, NULL, NULL);
	if (status == CSTN_OK)
		status = cstn__transaction_erase_slot(transaction, slot, NULL);
	if (status == CSTN_OK)
		status = cstn__transaction_commit(transaction, NULL, NULL);
	if (status == CSTN_OK)
		status = cstn__store_read_slot(store, other, text, sizeof(text), &state, NULL);
	if (status == CSTN_OK)
		ck_assert_uint_eq(state, CSTN__SLOT_HELD);
	cstn__transaction_free(transaction);
	cstn__store_unref(store);
	return status;
}

static void fail_every_allocation(store_folder *folder)
{
	cstn_status status = CSTN_E_NOMEM;

	for (uint64_t n = 1; status == CSTN_E_NOMEM; n++) {
		failing_allocator memory;

		failing_allocator_init(&memory, n);
		status = use_all(folder, &memory.allocator);
		ck_assert_uint_eq(failing_allocator_live(&memory), 0);
		ck_assert(status == CSTN_OK || status == CSTN_E_NOMEM);
	}
	ck_assert_int_eq(status, CSTN_OK);
}

START_TEST(out_of_memory_loses_and_leaks_nothing_in_memory)
{
	fail_every_allocation(NULL);
}
END_TEST

START_TEST(out_of_memory_loses_and_leaks_nothing_at_a_path)
{
	store_folder folder;

	store_folder_begin(&folder);
	fail_every_allocation(&folder);
	store_folder_end(&folder);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {verify_counts_the_slots_that_hold_bytes,
			verify_names_a_damaged_slot, verify_misses_a_slot_that_the_log_put,
			verify_takes_a_half_written_slot_of_no_commit_for_a_crash,
			verify_takes_nothing_for_a_crash_when_the_store_was_closed,
			verify_says_when_a_key_file_is_shorter_than_listed,
			open_makes_half_written_slots_of_no_commit_whole_again,
			slot_that_the_log_erased_is_refused_though_its_bytes_live,
			salvage_keeps_slots_and_brings_back_none_that_was_erased,
			salvage_overwrites_what_was_erased_in_its_copy,
			salvage_goes_on_without_a_key_file_that_cannot_be_read,
			dump_shows_which_slots_hold_something_and_not_what,
			dump_of_a_log_names_slots, threads_put_read_and_erase_at_a_path,
			threads_put_read_and_erase_in_memory,
			out_of_memory_loses_and_leaks_nothing_in_memory,
			out_of_memory_loses_and_leaks_nothing_at_a_path};

	return run_tests("store_key_tools", tests, sizeof(tests) / sizeof(tests[0]));
}
