/* What parties record of their sharing and its entries are found together after a crash at any call
 * that writes: an agreement with its transitions, a receipt with the duty that it fulfils. */
#include "../unit/suite.h"

#include <stdio.h>
#include <string.h>

#include "../unit/network_fixture.h"
#include "../unit/sharing_network.h"
#include "kept_disks.h"

#define CHANGES 6u
#define NOW 200

static void release_id(uint32_t number, uint8_t out[32])
{
	memset(out, 0, 32);
	out[0] = 1;
	out[1] = (uint8_t)number;
}

/* One more transition of the agreement, and the receipt of a deletion, in one transaction. */
static void change(cstn_network *network, const agreement_world *world, cstn_agreement **agreement,
		uint32_t number)
{
	cstn_transaction *transaction = network_begin(network);
	uint8_t release[32];
	char *note;

	release_id(number, release);
	*agreement = agreement_do(world, *agreement,
			agreement_act(CSTN_TRANSITION_RENEW, CSTN_ACTOR_PROVIDER, 0,
					160 + (int64_t)number));
	note = sharing_receipt_note(world, *agreement, release, CSTN_RECEIPT_DELETED, "shop", 190);
	SHARING_OK(cstn_transaction_put_agreement(
			transaction, "maker", *agreement, NULL, NOW, &error));
	SHARING_OK(cstn_transaction_put_receipt(transaction, note, strlen(note), NOW, &error));
	network_commit(transaction);
	free(note);
}

/* How many rows of a table hold a text. */
static size_t rows_with(cstn_network *network, int32_t what, const char *text)
{
	struct ArrowArrayStream stream;
	cstn_snapshot *snapshot;
	size_t count = 0;
	cstn_buffer *csv;

	SHARING_OK(cstn_network_snapshot(network, &snapshot, &error));
	SHARING_OK(cstn_sharing_table(snapshot, what, NOW, &stream, &error));
	csv = network_to_csv(&stream);
	for (const char *at = (const char *)cstn_buffer_data(csv); (at = strstr(at, text)) != NULL;
			at++)
		count++;
	cstn_buffer_free(csv);
	cstn_snapshot_unref(snapshot);
	return count;
}

static size_t transitions(cstn_network *network)
{
	cstn_agreement_store *store;
	cstn_snapshot *snapshot;
	size_t n;

	SHARING_OK(cstn_agreement_store_new(NULL, &store, &error));
	SHARING_OK(cstn_network_snapshot(network, &snapshot, &error));
	SHARING_OK(cstn_agreement_store_load(store, snapshot, &error));
	n = cstn_agreement_transition_count(cstn_agreement_store_at(store, 0));
	cstn_agreement_store_free(store);
	cstn_snapshot_unref(snapshot);
	return n;
}

static void check_image(sim_disk *image, const void *seen)
{
	const uint32_t acked = *(const uint32_t *)seen;
	sim_vfs *sim = sim_vfs_new(image, 2);
	cstn_network *network = kept_network(sim, CSTN_COMMIT_FULL);
	size_t n = transitions(network);

	ck_assert_uint_ge(n, acked);
	ck_assert_uint_le(n, acked + 1);
	ck_assert_uint_eq(sharing_count_entries(network, "maker", "agreement"), 1);
	ck_assert_uint_eq(sharing_count_entries(network, "maker", "transition"), n);
	ck_assert_uint_eq(sharing_count_entries(network, "maker", "receipt"), n);
	ck_assert_uint_eq(sharing_count_entries(network, "maker", "duty"), n);
	ck_assert_uint_eq(rows_with(network, CSTN_SHARING_RECEIPTS, ",deleted,"), n);
	ck_assert_uint_eq(rows_with(network, CSTN_SHARING_DUTIES, ",fulfilled,"), n);
	ck_assert_uint_eq(rows_with(network, CSTN_SHARING_DUTIES, ",pending,"), CHANGES - n);
	ck_assert_int_eq(sharing_reason_now(network, "maker", "shop", NULL, NOW),
			CSTN_DECISION_PERMIT);
	cstn_network_unref(network);
	sim_vfs_free(sim);
}

/* How many images were checked. */
static uint64_t run(sim_disk *disk, kept_disks *all)
{
	sim_vfs *sim = sim_vfs_new(disk, 1);
	cstn_network *network = kept_network(sim, CSTN_COMMIT_FULL);
	agreement_world world;
	cstn_agreement *agreement;
	uint32_t acked = 0;
	uint64_t images;

	agreement_world_open(&world);
	sharing_network_fill(network, &world);
	agreement = sharing_agreement(&world, "maker", "shop", 1, NULL);
	sharing_put_agreement(network, "maker", agreement, 150);
	for (uint32_t i = 0; i < CHANGES; i++) {
		uint8_t release[32];

		release_id(i, release);
		sharing_release_duty(network, agreement, release, "delete", 300);
	}
	kept_begin(all, sim, &acked, sizeof(acked));
	for (uint32_t i = 0; i < CHANGES; i++) {
		change(network, &world, &agreement, i);
		acked++;
		if (i == 2)
			SHARING_OK(cstn_network_checkpoint(network, &error));
	}
	images = kept_check(all, sim, SIM_LOSSES, check_image);
	cstn_agreement_unref(agreement);
	agreement_world_close(&world);
	cstn_network_unref(network);
	sim_vfs_free(sim);
	return images;
}

START_TEST(agreements_receipts_and_their_entries_are_found_together_after_a_crash)
{
	static kept_disks all;
	sim_disk *disk = sim_disk_new();
	uint64_t images = run(disk, &all);

	if (test_every() == 1)
		ck_assert_uint_gt(images, 40);
	sim_disk_unref(disk);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			agreements_receipts_and_their_entries_are_found_together_after_a_crash};

	return run_tests("what parties record, after a crash", tests, 1);
}
