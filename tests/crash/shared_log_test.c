/* A change and its entry in a log are found together after a crash at any call that writes, and the
 * log is a whole one: its tree is that of its entries. */
#include "../unit/suite.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <constellation/constellation.h>

#include "kept_disks.h"

#define CHANGES 24u

static cstn_record *partner_of(uint32_t number)
{
	cstn_record_builder *builder;
	cstn_record *out;
	char id[16];

	snprintf(id, sizeof(id), "p%u", number);
	ck_assert_int_eq(cstn_record_builder_new("partner", NULL, &builder, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_record_builder_set_text(builder, "partner_id", id, strlen(id), NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_record_builder_set_int(builder, "recorded", 1, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_record_builder_build(builder, &out, NULL), CSTN_OK);
	cstn_record_builder_free(builder);
	return out;
}

static size_t entry_of(uint32_t number, char out[80])
{
	return (size_t)snprintf(out, 80,
			"{\"at_us\":%u,\"number\":%u,\"type\":\"x-crash\",\"version\":1}", number,
			number);
}

/* A partner, an entry in the shared log of acme, and 30 entries in its private log at once. */
static void change(cstn_network *network, uint32_t number)
{
	cstn_record *partner = partner_of(number);
	cstn_transaction *transaction;
	char json[40];
	int len = snprintf(json, sizeof(json), "{\"number\":%u}", number);

	ck_assert_int_eq(cstn_transaction_begin(network, &transaction, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_transaction_put(transaction, partner, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_transaction_log(transaction, "acme", "c1", "x-crash", number, json,
					 (size_t)len, NULL, NULL),
			CSTN_OK);
	for (int i = 0; i < 30; i++)
		ck_assert_int_eq(cstn_transaction_log(transaction, "acme", NULL, "x-many", i, NULL,
						 0, NULL, NULL),
				CSTN_OK);
	ck_assert_int_eq(cstn_transaction_commit(transaction, NULL, NULL), CSTN_OK);
	cstn_transaction_free(transaction);
	cstn_record_unref(partner);
}

static uint64_t partners(cstn_network *network)
{
	cstn_snapshot *snapshot;
	uint64_t n = 0;
	char id[16];

	ck_assert_int_eq(cstn_network_snapshot(network, &snapshot, NULL), CSTN_OK);
	for (;; n++) {
		const char *key = id;
		cstn_record *record = NULL;

		snprintf(id, sizeof(id), "p%u", (unsigned)n);
		if (cstn_snapshot_get(snapshot, "partner", &key, 1, INT64_MAX, &record, NULL) !=
				CSTN_OK)
			break;
		cstn_record_unref(record);
	}
	cstn_snapshot_unref(snapshot);
	return n;
}

/* How many entries a log has, whose tree is theirs. */
static uint64_t whole_log(cstn_network *network, const char *constellation, int numbered)
{
	cstn_shared_log *log;
	cstn_log *again;
	uint8_t is[32], wanted[32];
	uint64_t size, i, end;

	ck_assert_int_eq(cstn_shared_log_open(network, "acme", constellation, NULL, &log, NULL),
			CSTN_OK);
	size = cstn_log_size(cstn_shared_log_tree(log));
	ck_assert_int_eq(cstn_log_new("again", 5, NULL, &again, NULL), CSTN_OK);
	for (i = 0; i < size; i++) {
		cstn_buffer *entry, *proof;
		char text[80];

		ck_assert_int_eq(cstn_shared_log_read(log, i, 1, &end, &entry, NULL), CSTN_OK);
		if (numbered) {
			ck_assert_uint_eq(entry_of((uint32_t)i, text), end);
			ck_assert_mem_eq(cstn_buffer_data(entry), text, end);
		}
		ck_assert_int_eq(cstn_log_append(again, cstn_buffer_data(entry), end, NULL, NULL),
				CSTN_OK);
		cstn_buffer_free(entry);
		if (i % 64 == 0) {
			ck_assert_int_eq(cstn_log_prove_inclusion(cstn_shared_log_tree(log), i,
							 size, &proof, NULL),
					CSTN_OK);
			cstn_buffer_free(proof);
		}
	}
	ck_assert_int_eq(cstn_log_root(cstn_shared_log_tree(log), size, is, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_log_root(again, size, wanted, NULL), CSTN_OK);
	ck_assert_mem_eq(is, wanted, 32);
	cstn_log_free(again);
	cstn_shared_log_free(log);
	return size;
}

static void check_image(sim_disk *image, const void *seen)
{
	const uint32_t acked = *(const uint32_t *)seen;
	sim_vfs *sim = sim_vfs_new(image, 2);
	cstn_network *network = kept_network(sim, CSTN_COMMIT_FULL);
	uint64_t n = partners(network);

	ck_assert_uint_ge(n, acked);
	ck_assert_uint_le(n, acked + 1);
	ck_assert_uint_eq(whole_log(network, "c1", 1), n);
	ck_assert_uint_eq(whole_log(network, NULL, 0), 30 * n);
	/* It grows from there. */
	change(network, (uint32_t)n);
	ck_assert_uint_eq(whole_log(network, "c1", 1), n + 1);
	cstn_network_unref(network);
	sim_vfs_free(sim);
}

START_TEST(change_and_entry_are_found_together_after_a_crash)
{
	static kept_disks all;
	sim_disk *disk = sim_disk_new();
	sim_vfs *sim = sim_vfs_new(disk, 1);
	cstn_network *network = kept_network(sim, CSTN_COMMIT_FULL);
	uint32_t acked = 0;
	uint64_t images;

	kept_begin(&all, sim, &acked, sizeof(acked));
	for (uint32_t i = 0; i < CHANGES; i++) {
		change(network, i);
		acked++;
		if (i % 9 == 8)
			ck_assert_int_eq(cstn_network_checkpoint(network, NULL), CSTN_OK);
	}
	images = kept_check(&all, sim, SIM_LOSSES, check_image);
	ck_assert_uint_gt(images * test_every(), 300);
	cstn_network_unref(network);
	sim_vfs_free(sim);
	sim_disk_unref(disk);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {change_and_entry_are_found_together_after_a_crash};

	return run_tests("logs of a network after a crash", tests, 1);
}
