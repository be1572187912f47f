#include "../unit/suite.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sim_vfs.h"

/* A process on a new disk with a folder "/f" that is durable. */
static sim_vfs *new_process(void)
{
	sim_disk *disk = sim_disk_new();
	sim_vfs *sim = sim_vfs_new(disk, 1);

	sim_disk_unref(disk);
	ck_assert_int_eq(sim->vfs.make_folder(&sim->vfs, "/f"), 0);
	ck_assert_int_eq(sim->vfs.sync_folder(&sim->vfs, "/"), 0);
	return sim;
}

static cstn__vfs_file *new_file(sim_vfs *sim, const char *path)
{
	cstn__vfs_file *file = NULL;

	ck_assert_int_eq(sim->vfs.open(&sim->vfs, path, CSTN__VFS_WRITE | CSTN__VFS_CREATE, &file),
			0);
	return file;
}

static void put(sim_vfs *sim, cstn__vfs_file *file, const char *text, uint64_t offset)
{
	size_t done = 0;

	ck_assert_int_eq(sim->vfs.write(&sim->vfs, file, text, strlen(text), offset, &done), 0);
	ck_assert_uint_eq(done, strlen(text));
}

static int holds(sim_disk *disk, const char *path, const char *text)
{
	uint64_t size;
	const uint8_t *bytes = sim_disk_bytes(disk, path, &size);

	return bytes && size == strlen(text) && memcmp(bytes, text, size) == 0;
}

START_TEST(what_was_synced_survives_every_crash)
{
	sim_vfs *sim = new_process();
	cstn__vfs_file *file = new_file(sim, "/f/a");

	put(sim, file, "hello", 0);
	ck_assert_int_eq(sim->vfs.sync(&sim->vfs, file), 0);
	ck_assert_int_eq(sim->vfs.sync_folder(&sim->vfs, "/f"), 0);
	for (int loss = 0; loss < SIM_LOSSES; loss++)
		for (uint64_t seed = 0; seed < 50; seed++) {
			sim_disk *image = sim_crash(sim->disk, (sim_loss)loss, seed);

			ck_assert(holds(image, "/f/a", "hello"));
			sim_disk_unref(image);
		}
	ck_assert_int_eq(sim_disk_is_dirty(sim->disk), 0);
	sim->vfs.close(&sim->vfs, file);
	sim_vfs_free(sim);
}
END_TEST

START_TEST(a_file_whose_folder_was_not_synced_may_be_gone_and_may_be_there)
{
	sim_vfs *sim = new_process();
	cstn__vfs_file *file = new_file(sim, "/f/a");
	int gone = 0, there = 0;

	put(sim, file, "hello", 0);
	ck_assert_int_eq(sim->vfs.sync(&sim->vfs, file), 0);
	for (uint64_t seed = 0; seed < 64; seed++) {
		sim_disk *image = sim_crash(sim->disk, SIM_LOSS_RANDOM, seed);

		if (sim_disk_exists(image, "/f/a")) {
			ck_assert(holds(image, "/f/a", "hello"));
			there++;
		} else {
			gone++;
		}
		sim_disk_unref(image);
	}
	ck_assert_int_gt(gone, 0);
	ck_assert_int_gt(there, 0);
	sim->vfs.close(&sim->vfs, file);
	sim_vfs_free(sim);
}
END_TEST

START_TEST(unsynced_writes_are_torn_at_pieces_and_may_grow_over_garbage)
{
	sim_vfs *sim = new_process();
	cstn__vfs_file *file = new_file(sim, "/f/a");
	int whole = 0, torn = 0, absent = 0, garbage = 0;
	char text[4 * SIM_PIECE + 1];

	ck_assert_int_eq(sim->vfs.sync_folder(&sim->vfs, "/f"), 0);
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	put(sim, file, text, 0);
	for (uint64_t seed = 0; seed < 400; seed++) {
		sim_disk *image = sim_crash(sim->disk, SIM_LOSS_RANDOM, seed);
		uint64_t size = 0, good = 0;
		const uint8_t *bytes = sim_disk_bytes(image, "/f/a", &size);

		ck_assert_ptr_nonnull(bytes);
		ck_assert_uint_le(size, 4 * SIM_PIECE);
		for (uint64_t at = 0; at < size; at++) {
			/* Inside a piece all bytes share one fate. */
			if (at % SIM_PIECE)
				ck_assert((bytes[at] == 'x') == (bytes[at - 1] == 'x') ||
						bytes[at / SIM_PIECE * SIM_PIECE] != 'x');
			good += bytes[at] == 'x';
			garbage += bytes[at] != 'x' && bytes[at] != 0;
		}
		whole += good == 4 * SIM_PIECE;
		absent += size == 0;
		torn += good > 0 && good < 4 * SIM_PIECE;
		sim_disk_unref(image);
	}
	ck_assert_int_gt(whole, 0);
	ck_assert_int_gt(torn, 0);
	ck_assert_int_gt(absent, 0);
	ck_assert_int_gt(garbage, 0);
	sim->vfs.close(&sim->vfs, file);
	sim_vfs_free(sim);
}
END_TEST

START_TEST(a_prefix_keeps_the_order_of_writes_and_names)
{
	sim_vfs *sim = new_process();
	cstn__vfs_file *a = new_file(sim, "/f/a"), *b;
	int both = 0, first = 0;

	put(sim, a, "one", 0);
	b = new_file(sim, "/f/b");
	put(sim, b, "two", 0);
	for (uint64_t seed = 0; seed < 100; seed++) {
		sim_disk *image = sim_crash(sim->disk, SIM_LOSS_PREFIX, seed);

		if (sim_disk_exists(image, "/f/b")) {
			ck_assert(holds(image, "/f/a", "one"));
			both += holds(image, "/f/b", "two");
		} else {
			first += sim_disk_exists(image, "/f/a");
		}
		sim_disk_unref(image);
	}
	ck_assert_int_gt(both, 0);
	ck_assert_int_gt(first, 0);
	sim->vfs.close(&sim->vfs, a);
	sim->vfs.close(&sim->vfs, b);
	sim_vfs_free(sim);
}
END_TEST

START_TEST(a_rename_may_persist_without_the_names_made_before_it)
{
	sim_vfs *sim = new_process();
	cstn__vfs_file *other = new_file(sim, "/f/log"), *file = new_file(sim, "/f/tmp");
	int alone = 0;

	put(sim, file, "x", 0);
	ck_assert_int_eq(sim->vfs.sync(&sim->vfs, file), 0);
	ck_assert_int_eq(sim->vfs.rename(&sim->vfs, "/f/tmp", "/f/MANIFEST"), 0);
	for (uint64_t seed = 0; seed < 200; seed++) {
		sim_disk *image = sim_crash(sim->disk, SIM_LOSS_RANDOM, seed);

		alone += sim_disk_exists(image, "/f/MANIFEST") && !sim_disk_exists(image, "/f/log");
		sim_disk_unref(image);
	}
	ck_assert_int_gt(alone, 0);
	sim->vfs.close(&sim->vfs, other);
	sim->vfs.close(&sim->vfs, file);
	sim_vfs_free(sim);
}
END_TEST

START_TEST(a_failed_sync_loses_pieces_that_a_second_sync_does_not_bring_back)
{
	int lost = 0;

	for (uint64_t seed = 0; seed < 40; seed++) {
		sim_vfs *sim = new_process();
		cstn__vfs_file *file = new_file(sim, "/f/a");
		sim_disk *image;

		sim->seed = seed;
		ck_assert_int_eq(sim->vfs.sync_folder(&sim->vfs, "/f"), 0);
		sim->faults[0] = (sim_fault){1u << SIM_SYNC_DATA, "a", 1, EIO, 0};
		put(sim, file, "hello", 0);
		ck_assert_int_eq(sim->vfs.sync_data(&sim->vfs, file), EIO);
		ck_assert_int_eq(sim->vfs.sync_data(&sim->vfs, file), 0);
		ck_assert(holds(sim->disk, "/f/a", "hello"));
		image = sim_crash(sim->disk, SIM_LOSS_NONE, 1);
		lost += !holds(image, "/f/a", "hello");
		sim_disk_unref(image);
		sim->vfs.close(&sim->vfs, file);
		sim_vfs_free(sim);
	}
	ck_assert_int_gt(lost, 5);
	ck_assert_int_lt(lost, 40);
}
END_TEST

START_TEST(a_clone_does_not_change_with_its_original)
{
	sim_vfs *sim = new_process();
	cstn__vfs_file *file = new_file(sim, "/f/a");
	sim_disk *clone;

	put(sim, file, "one", 0);
	clone = sim_disk_clone(sim->disk);
	put(sim, file, "two", 0);
	ck_assert_int_eq(sim->vfs.unlink(&sim->vfs, "/f/a"), 0);
	ck_assert(holds(clone, "/f/a", "one"));
	ck_assert(!sim_disk_exists(sim->disk, "/f/a"));
	sim_disk_unref(clone);
	sim->vfs.close(&sim->vfs, file);
	sim_vfs_free(sim);
}
END_TEST

START_TEST(the_same_seed_leaves_the_same_disk)
{
	sim_vfs *sim = new_process();
	cstn__vfs_file *file = new_file(sim, "/f/a");
	int differ = 0;

	for (uint64_t i = 0; i < 20; i++)
		put(sim, file, "some words, more than once", i * 20);
	for (uint64_t seed = 0; seed < 20; seed++) {
		sim_disk *one = sim_crash(sim->disk, SIM_LOSS_RANDOM, seed);
		sim_disk *two = sim_crash(sim->disk, SIM_LOSS_RANDOM, seed);
		sim_disk *other = sim_crash(sim->disk, SIM_LOSS_RANDOM, seed + 1);

		ck_assert_uint_eq(sim_disk_hash(one), sim_disk_hash(two));
		differ += sim_disk_hash(one) != sim_disk_hash(other);
		sim_disk_unref(one);
		sim_disk_unref(two);
		sim_disk_unref(other);
	}
	ck_assert_int_gt(differ, 10);
	sim->vfs.close(&sim->vfs, file);
	sim_vfs_free(sim);
}
END_TEST

START_TEST(locks_bind_to_the_open_file)
{
	sim_vfs *sim = new_process(), *other = sim_vfs_new(sim->disk, 2);
	cstn__vfs_file *mine = new_file(sim, "/f/LOCK"), *theirs, *reading;

	ck_assert_int_eq(other->vfs.open(&other->vfs, "/f/LOCK", CSTN__VFS_WRITE, &theirs), 0);
	ck_assert_int_eq(other->vfs.open(&other->vfs, "/f/LOCK", CSTN__VFS_READ, &reading), 0);
	ck_assert_int_eq(sim->vfs.lock(&sim->vfs, mine, 0, CSTN__VFS_EXCLUDE), 0);
	ck_assert_int_eq(other->vfs.lock(&other->vfs, theirs, 0, CSTN__VFS_EXCLUDE), EAGAIN);
	ck_assert_int_eq(other->vfs.lock(&other->vfs, reading, 0, CSTN__VFS_SHARED), EAGAIN);
	ck_assert_int_eq(other->vfs.lock(&other->vfs, reading, 1, CSTN__VFS_SHARED), 0);
	ck_assert_int_eq(other->vfs.lock(&other->vfs, theirs, 1, CSTN__VFS_SHARED), 0);
	ck_assert_int_eq(sim->vfs.lock(&sim->vfs, mine, 1, CSTN__VFS_EXCLUDE), EAGAIN);
	sim_vfs_kill(sim);
	ck_assert_int_eq(other->vfs.lock(&other->vfs, theirs, 0, CSTN__VFS_EXCLUDE), 0);
	ck_assert_int_eq(sim->vfs.sync(&sim->vfs, mine), EIO);
	sim->vfs.close(&sim->vfs, mine);
	other->vfs.close(&other->vfs, theirs);
	other->vfs.close(&other->vfs, reading);
	sim_vfs_free(other);
	sim_vfs_free(sim);
}
END_TEST

START_TEST(faults_fire_at_the_nth_call_once_or_for_ever)
{
	sim_vfs *sim = new_process();
	cstn__vfs_file *file = new_file(sim, "/f/a");
	size_t done = 9;

	sim->faults[0] = (sim_fault){1u << SIM_WRITE, NULL, 2, ENOSPC, 0};
	put(sim, file, "one", 0);
	ck_assert_int_eq(sim->vfs.write(&sim->vfs, file, "two", 3, 3, &done), ENOSPC);
	ck_assert_uint_eq(done, 9);
	put(sim, file, "two", 3);
	ck_assert_uint_eq(sim->fault_fired[0], 1);
	sim->faults[1] = (sim_fault){1u << SIM_WRITE, NULL, 1, SIM_SHORT, 1};
	ck_assert_int_eq(sim->vfs.write(&sim->vfs, file, "three!", 6, 6, &done), 0);
	ck_assert_uint_eq(done, 3);
	ck_assert_int_eq(sim->vfs.write(&sim->vfs, file, "ee!", 3, 9, &done), ENOSPC);
	ck_assert(holds(sim->disk, "/f/a", "onetwothr"));
	sim->vfs.close(&sim->vfs, file);
	sim_vfs_free(sim);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {what_was_synced_survives_every_crash,
			a_file_whose_folder_was_not_synced_may_be_gone_and_may_be_there,
			unsynced_writes_are_torn_at_pieces_and_may_grow_over_garbage,
			a_prefix_keeps_the_order_of_writes_and_names,
			a_rename_may_persist_without_the_names_made_before_it,
			a_failed_sync_loses_pieces_that_a_second_sync_does_not_bring_back,
			a_clone_does_not_change_with_its_original,
			the_same_seed_leaves_the_same_disk, locks_bind_to_the_open_file,
			faults_fire_at_the_nth_call_once_or_for_ever};

	return run_tests("sim_disk", tests, sizeof(tests) / sizeof(*tests));
}
