/* Key slots after a sync that failed: what is seen of them may only be in the page cache. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../crash/sim_vfs.h"
#include "slot_fixture.h"
#include "store_fixture.h"
#include "suite.h"

#define PATH "/store"
/* Of 128 bytes with its hash: two pieces, of which a disk may hold one. */
#define LARGE_SECRET "a secret of so many bytes that it takes two of the pieces that a disk writes"
enum { SEEDS = 32 };

static cstn__store *open_store(sim_vfs *sim)
{
	cstn__store *store = NULL;

	ck_assert_int_eq(cstn__store_open(&sim->vfs, PATH, &store_schema, NULL, NULL, &store, NULL),
			CSTN_OK);
	return store;
}

static cstn_status verify_after_power_loss(sim_disk *disk, uint64_t seed)
{
	sim_disk *image = sim_crash(disk, SIM_LOSS_ALL, seed);
	sim_vfs *sim = sim_vfs_new(image, seed);
	cstn_buffer *report = NULL;
	cstn_status status = cstn__store_verify(&sim->vfs, PATH, 0, NULL, NULL, &report, NULL);

	cstn_buffer_free(report);
	sim_vfs_free(sim);
	sim_disk_unref(image);
	return status;
}

/* The next sync of a key file fails, and loses half of what it was for. */
static void fail_next_sync(sim_vfs *sim)
{
	sim->faults[0] = (sim_fault){1u << SIM_SYNC_DATA, "key-", 1, EIO, 0};
	sim->fault_seen[0] = 0;
}

/* A slot whose number a manifest knows, in a commit that fails at the slot's sync. */
static void fail_a_slot(sim_vfs *sim)
{
	cstn__store *store = open_store(sim);
	cstn__transaction *transaction;

	slot_put(store, LARGE_SECRET);
	transaction = slot_begin(store);
	slot_put_in(transaction, LARGE_SECRET);
	slot_put(store, LARGE_SECRET); /* after it, and committed before it */
	ck_assert_int_eq(cstn__store_checkpoint(store, NULL), CSTN_OK);
	fail_next_sync(sim);
	ck_assert_int_eq(cstn__transaction_commit(transaction, NULL, NULL), CSTN_E_POISONED);
	cstn__transaction_free(transaction);
	cstn__store_unref(store);
}

START_TEST(slot_whose_sync_failed_is_settled_on_the_disk_by_the_next_open)
{
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		sim_disk *disk = sim_disk_new();
		sim_vfs *sim = sim_vfs_new(disk, seed);
		cstn__store *store;

		fail_a_slot(sim);
		store = open_store(sim);
		ck_assert_int_eq(verify_after_power_loss(disk, seed), CSTN_OK);
		ck_assert_int_eq(cstn__store_close(store, NULL), CSTN_OK);
		cstn__store_unref(store);
		ck_assert_int_eq(verify_after_power_loss(disk, seed), CSTN_OK);
		sim_vfs_free(sim);
		sim_disk_unref(disk);
	}
}
END_TEST

START_TEST(zeros_whose_sync_failed_in_recovery_are_written_by_the_next)
{
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		sim_disk *disk = sim_disk_new();
		sim_vfs *sim = sim_vfs_new(disk, seed);
		cstn__store *store = open_store(sim);
		cstn__transaction *transaction;

		slot_put(store, LARGE_SECRET);
		ck_assert_int_eq(cstn__store_checkpoint(store, NULL), CSTN_OK);
		transaction = slot_begin(store);
		slot_put_in(transaction, LARGE_SECRET); /* beyond what the manifest knows */
		fail_next_sync(sim);
		ck_assert_int_eq(
				cstn__transaction_commit(transaction, NULL, NULL), CSTN_E_POISONED);
		cstn__transaction_free(transaction);
		cstn__store_unref(store);
		fail_next_sync(sim);
		ck_assert_int_ne(cstn__store_open(&sim->vfs, PATH, &store_schema, NULL, NULL,
						 &store, NULL),
				CSTN_OK);
		store = open_store(sim);
		ck_assert_int_eq(cstn__store_close(store, NULL), CSTN_OK);
		cstn__store_unref(store);
		ck_assert_int_eq(verify_after_power_loss(disk, seed), CSTN_OK);
		sim_vfs_free(sim);
		sim_disk_unref(disk);
	}
}
END_TEST

typedef struct search {
	sim_disk *disk;
	int found;
} search;

static void look_for_secret(void *context, const char *name)
{
	search *at = context;
	char path[80];
	uint64_t size = 0;
	const uint8_t *data;

	snprintf(path, sizeof(path), PATH "/%s", name);
	data = sim_disk_bytes(at->disk, path, &size);
	for (uint64_t i = 0; i + 20 <= size; i++)
		at->found += memcmp(data + i, LARGE_SECRET, 20) == 0;
}

START_TEST(slot_of_a_transaction_that_was_open_at_a_checkpoint_and_did_not_commit_is_zeroed)
{
	sim_disk *disk = sim_disk_new();
	sim_vfs *sim = sim_vfs_new(disk, 1);
	cstn__store *store = open_store(sim);
	cstn__transaction *transaction;
	search at = {disk, 0};

	transaction = slot_begin(store);
	slot_put_in(transaction, LARGE_SECRET);
	ck_assert_int_eq(cstn__store_checkpoint(store, NULL), CSTN_OK);
	sim->faults[0] = (sim_fault){1u << SIM_WRITE, "log-", 1, EIO, 1};
	ck_assert_int_ne(cstn__transaction_commit(transaction, NULL, NULL), CSTN_OK);
	sim_disk_list(disk, PATH, look_for_secret, &at);
	ck_assert_int_eq(at.found, 1);
	cstn__store_unref(store); /* as the end of the process */
	cstn__transaction_free(transaction);
	sim->faults[0].nth = 0;
	store = open_store(sim);
	at.found = 0;
	sim_disk_list(disk, PATH, look_for_secret, &at);
	ck_assert_int_eq(at.found, 0);
	cstn__store_unref(store);
	sim_vfs_free(sim);
	sim_disk_unref(disk);
}
END_TEST

START_TEST(store_that_was_closed_opens_without_a_write_to_its_key_file)
{
	sim_disk *disk = sim_disk_new();
	sim_vfs *sim = sim_vfs_new(disk, 1);
	cstn__store *store = open_store(sim);

	slot_put(store, LARGE_SECRET);
	ck_assert_int_eq(cstn__store_close(store, NULL), CSTN_OK);
	cstn__store_unref(store);
	sim->faults[0] = (sim_fault){1u << SIM_WRITE, "key-", 1, EIO, 1};
	store = open_store(sim);
	ck_assert_uint_eq(sim->fault_fired[0], 0);
	cstn__store_unref(store);
	sim_vfs_free(sim);
	sim_disk_unref(disk);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			slot_whose_sync_failed_is_settled_on_the_disk_by_the_next_open,
			zeros_whose_sync_failed_in_recovery_are_written_by_the_next,
			slot_of_a_transaction_that_was_open_at_a_checkpoint_and_did_not_commit_is_zeroed,
			store_that_was_closed_opens_without_a_write_to_its_key_file,
	};

	return run_tests("store_key_recovery", tests, sizeof(tests) / sizeof(tests[0]));
}
