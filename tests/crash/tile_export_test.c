/* Exports of logs: whole ones against the layout written down plainly, and crashes at every call
 * that writes, after which the folder must be the log of its checkpoint. */
#include "../unit/suite.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <sodium/crypto_hash_sha256.h>
#include <sodium/utils.h>

#include "../unit/ledger_fixture.h"
#include "sharing/tile_export.h"
#include "sim_vfs.h"

#define TOP "/export"
#define TILE 256u
#define SEEDS 4u

/* --- the log ---------------------------------------------------------------------------------- */

/* Entry i is i % 70 bytes of value i + 1. */
static size_t entry_of(uint64_t i, uint8_t out[70])
{
	size_t size = (size_t)(i % 70);

	memset(out, (int)(i + 1), 70);
	return size;
}

static cstn_status read_entries(
		void *user, uint64_t first, uint32_t count, cstn__bytes *out, cstn_error **error)
{
	const cstn_status *answer = user;
	uint8_t entry[70];
	uint32_t i;

	(void)error;
	for (i = 0; i < count; i++) {
		size_t size = entry_of(first + i, entry);

		cstn__bytes_put_u8(out, 0);
		cstn__bytes_put_u8(out, (uint8_t)size);
		cstn__bytes_put(out, entry, size);
	}
	return answer ? *answer : CSTN_OK;
}

static const cstn__entry_source source = {NULL, read_entries};

static void grow(cstn_log *log, uint64_t size)
{
	uint8_t entry[70];

	while (cstn_log_size(log) < size) {
		size_t bytes = entry_of(cstn_log_size(log), entry);

		ck_assert_int_eq(cstn_log_append(log, entry, bytes, NULL, NULL), CSTN_OK);
	}
}

/* A checkpoint of all entries. */
static cstn_buffer *checkpoint_of(const cstn_log *log)
{
	const char *signer = ledger_signer();
	cstn_buffer *out;

	ck_assert_int_eq(cstn_log_checkpoint(log, &signer, 1, &out, NULL), CSTN_OK);
	return out;
}

static cstn_status export_to(sim_vfs *sim, const cstn_log *log, cstn_error **error)
{
	cstn_buffer *checkpoint = checkpoint_of(log);
	cstn_status status = cstn__tiles_export(&sim->vfs, log, TOP,
			(const char *)cstn_buffer_data(checkpoint), cstn_buffer_size(checkpoint),
			&source, error);

	cstn_buffer_free(checkpoint);
	return status;
}

/* --- an audit --------------------------------------------------------------------------------- */

typedef struct audit {
	sim_disk *disk;
	char why[200];
} audit;

static int wrong(audit *at, const char *what, const char *name)
{
	snprintf(at->why, sizeof(at->why), "%s: %s", name, what);
	return -1;
}

static const uint8_t *file_of(
		audit *at, const char *level, uint64_t index, uint32_t width, uint64_t *size)
{
	char name[120], number[40];

	if (index < 1000)
		snprintf(number, sizeof(number), "%03" PRIu64, index);
	else
		snprintf(number, sizeof(number), "x%03" PRIu64 "/%03" PRIu64, index / 1000,
				index % 1000);
	snprintf(name, sizeof(name), TOP "/tile/%s/%s", level, number);
	if (width < TILE)
		snprintf(name + strlen(name), sizeof(name) - strlen(name), ".p/%u", width);
	snprintf(at->why, sizeof(at->why), "%s is missing", name);
	return sim_disk_bytes(at->disk, name, size);
}

static uint32_t width_at(uint64_t n, uint64_t index)
{
	return n - index * TILE < TILE ? (uint32_t)(n - index * TILE) : TILE;
}

/* Hashes of the entries, out of their files. */
static int read_leaves(audit *at, uint64_t n, uint8_t (*out)[32])
{
	for (uint64_t tile = 0; tile * TILE < n; tile++) {
		uint32_t width = width_at(n, tile);
		uint64_t size, position = 0;
		const uint8_t *bytes = file_of(at, "entries", tile, width, &size);

		if (!bytes)
			return -1;
		for (uint32_t i = 0; i < width; i++) {
			uint8_t leaf[1 + 70] = {0}, entry[70];
			uint64_t number = tile * TILE + i;
			size_t len = entry_of(number, entry);

			if (position + 2 + len > size || bytes[position] ||
					bytes[position + 1] != len ||
					memcmp(bytes + position + 2, entry, len) != 0)
				return wrong(at, "an entry is not what was logged", "entries");
			memcpy(leaf + 1, bytes + position + 2, len);
			crypto_hash_sha256(out[number], leaf, 1 + len);
			position += 2 + len;
		}
		if (position != size)
			return wrong(at, "bytes behind the entries", "entries");
	}
	return 0;
}

/* Root of n hashes, which are overwritten (RFC 6962). */
static void root_of(uint8_t (*hashes)[32], uint64_t n, uint8_t *out)
{
	uint8_t node[65] = {1};

	if (!n)
		crypto_hash_sha256(out, node, 0);
	for (; n > 1; n = (n + 1) / 2)
		for (uint64_t i = 0; i < n; i += 2) {
			memcpy(node + 1, hashes[i], 64);
			if (i + 1 < n)
				crypto_hash_sha256(hashes[i / 2], node, 65);
			else
				memmove(hashes[i / 2], hashes[i], 32);
		}
	if (hashes && out)
		memcpy(out, hashes[0], 32);
}

/* Tiles of a level, and the hashes of the level above in place of its own. */
static int audit_level(audit *at, uint32_t level, uint64_t *n, uint8_t (*hashes)[32])
{
	char of[8];

	snprintf(of, sizeof(of), "%u", level);
	for (uint64_t tile = 0; tile * TILE < *n; tile++) {
		uint32_t width = width_at(*n, tile);
		uint64_t size;
		const uint8_t *bytes = file_of(at, of, tile, width, &size);

		if (!bytes)
			return -1;
		if (size != 32 * width || memcmp(bytes, hashes[tile * TILE], size) != 0)
			return wrong(at, "other hashes than those of the entries", of);
	}
	*n /= TILE;
	for (uint64_t i = 0; i < *n; i++) {
		uint8_t root[32];

		root_of(hashes + i * TILE, TILE, root);
		memcpy(hashes[i], root, 32);
	}
	return 0;
}

/* The folder is the log of its checkpoint: its size; 0 without one; -1 with why. */
static int64_t audit_folder(audit *at)
{
	static uint8_t leaves[70000][32], copy[70000][32];
	uint64_t size, n, whole;
	const uint8_t *text = sim_disk_bytes(at->disk, TOP "/checkpoint", &size);
	char line[64], encoded[64], *end;
	uint8_t root[32];

	if (!text)
		return 0;
	if (size < 60 || size > 1000 || memcmp(text, "tiles.example\n", 14) != 0)
		return wrong(at, "is no checkpoint", "checkpoint");
	snprintf(line, sizeof(line), "%.20s", (const char *)text + 14);
	n = whole = strtoull(line, &end, 10);
	ck_assert_uint_lt(n, 70000);
	if (*end != '\n' || read_leaves(at, n, leaves))
		return *end != '\n' ? wrong(at, "has no size", "checkpoint") : -1;
	memcpy(copy, leaves, 32 * n);
	root_of(copy, n, root);
	sodium_bin2base64(encoded, sizeof(encoded), root, 32, sodium_base64_VARIANT_ORIGINAL);
	if (memcmp(text + 14 + (end - line) + 1, encoded, 44) != 0)
		return wrong(at, "has another root than the entries", "checkpoint");
	for (uint32_t level = 0; n; level++)
		if (audit_level(at, level, &n, leaves))
			return -1;
	return (int64_t)whole;
}

static void expect_size(sim_disk *disk, uint64_t wanted)
{
	audit at = {disk, ""};
	int64_t is = audit_folder(&at);

	ck_assert_msg(is == (int64_t)wanted, "%" PRId64 " entries, %" PRIu64 " wanted: %s", is,
			wanted, at.why);
}

static sim_vfs *new_process(sim_disk *disk)
{
	sim_disk *own = disk ? sim_disk_ref(disk) : sim_disk_new();
	sim_vfs *sim = sim_vfs_new(own, 1);

	sim_disk_unref(own);
	return sim;
}

/* --- whole exports ---------------------------------------------------------------------------- */

static const uint64_t sizes[] = {1, 3, 255, 256, 257, 300, 515};
#define N_SIZES (sizeof(sizes) / sizeof(*sizes))

START_TEST(exported_folder_is_the_log_of_its_checkpoint)
{
	cstn_log *log = ledger_log("tiles.example");
	sim_vfs *sim = new_process(NULL);

	for (size_t i = 0; i < N_SIZES; i++) {
		grow(log, sizes[i]);
		ck_assert_int_eq(export_to(sim, log, NULL), CSTN_OK);
		expect_size(sim->disk, sizes[i]);
	}
	grow(log, 66000);
	ck_assert_int_eq(export_to(sim, log, NULL), CSTN_OK);
	expect_size(sim->disk, 66000);
	ck_assert(sim_disk_exists(sim->disk, TOP "/tile/2/000.p/1"));
	ck_assert_uint_eq(sim_vfs_open_files(sim), 0);
	sim_vfs_free(sim);
	cstn_log_free(log);
}
END_TEST

START_TEST(empty_log_is_exported_too)
{
	cstn_log *log = ledger_log("tiles.example");
	sim_vfs *sim = new_process(NULL);

	ck_assert_int_eq(export_to(sim, log, NULL), CSTN_OK);
	ck_assert(sim_disk_exists(sim->disk, TOP "/checkpoint"));
	ck_assert(!sim_disk_exists(sim->disk, TOP "/tile"));
	grow(log, 2);
	ck_assert_int_eq(export_to(sim, log, NULL), CSTN_OK);
	expect_size(sim->disk, 2);
	sim_vfs_free(sim);
	cstn_log_free(log);
}
END_TEST

START_TEST(second_export_writes_what_was_added_only)
{
	cstn_log *log = ledger_log("tiles.example");
	sim_vfs *sim = new_process(NULL);
	uint64_t before;

	grow(log, 515);
	ck_assert_int_eq(export_to(sim, log, NULL), CSTN_OK);
	before = sim->calls[SIM_CREATE];
	/* Entries 2 x 256 + 3, as many hashes, and two of level 1. */
	ck_assert_uint_eq(before, 3 + 3 + 1 + 1);
	grow(log, 516);
	ck_assert_int_eq(export_to(sim, log, NULL), CSTN_OK);
	ck_assert_uint_eq(sim->calls[SIM_CREATE] - before, 1 + 1 + 1);
	before = sim->calls[SIM_CREATE];
	ck_assert_int_eq(export_to(sim, log, NULL), CSTN_OK);
	ck_assert_uint_eq(sim->calls[SIM_CREATE] - before, 1);
	sim_vfs_free(sim);
	cstn_log_free(log);
}
END_TEST

/* --- crashes ---------------------------------------------------------------------------------- */

typedef struct crashes {
	sim_disk **disks; /* before each call that writes */
	size_t n, capacity;
} crashes;

static void keep_disk(void *context, sim_vfs *sim, const sim_call *call)
{
	crashes *all = context;

	(void)call;
	if (all->n == all->capacity)
		all->disks = test_grow(all->disks, &all->capacity, all->n + 1, sizeof(*all->disks));
	all->disks[all->n++] = sim_disk_clone(sim->disk);
}

static void drop_disks(crashes *all)
{
	for (size_t i = 0; i < all->n; i++)
		sim_disk_unref(all->disks[i]);
	free(all->disks);
	memset(all, 0, sizeof(*all));
}

/* An image is the log of one of two checkpoints, and an export into it succeeds. */
static int check_image(sim_disk *image, const cstn_log *log, uint64_t old, audit *at)
{
	uint64_t size = cstn_log_size(log);
	cstn_error *error = NULL;
	sim_vfs *sim;
	int64_t is;
	int bad = 0;

	at->disk = image;
	is = audit_folder(at);
	if (is < 0)
		return -1;
	if (is != (int64_t)old && is != (int64_t)size)
		return wrong(at, "a size that was never exported", "checkpoint");
	sim = new_process(image);
	if (export_to(sim, log, &error) != CSTN_OK)
		bad = wrong(at, cstn_error_message(error), "exported again");
	cstn_error_free(error);
	if (!bad) {
		/* What that export says is durable is so, whatever came before it. */
		sim_disk *after = sim_crash(image, SIM_LOSS_ALL, 1);

		at->disk = after;
		is = audit_folder(at);
		if (is != (int64_t)size)
			bad = is < 0 ? -1 : wrong(at, "is not the last", "checkpoint");
		sim_disk_unref(after);
	}
	sim_vfs_free(sim);
	return bad;
}

static uint64_t check_crashes(
		crashes *all, const cstn_log *log, uint64_t old, audit *at, uint64_t *images)
{
	uint64_t bad = 0;

	for (size_t i = 0; i < all->n; i++) {
		for (uint64_t k = 0; k < 3 + SEEDS; k++) {
			sim_loss loss = k < 3 ? (sim_loss)k : SIM_LOSS_RANDOM;
			sim_disk *image = sim_crash(all->disks[i], loss, i * 100 + k);

			bad += check_image(image, log, old, at) != 0;
			sim_disk_unref(image);
			++*images;
		}
		/* The process ends, the machine goes on. */
		bad += check_image(all->disks[i], log, old, at) != 0;
		++*images;
	}
	return bad;
}

/* Exports of growing sizes, each crashed at every call; how many images were wrong. */
static uint64_t crash_exports(void (*mutate)(sim_vfs *sim), audit *at, uint64_t *images)
{
	cstn_log *log = ledger_log("tiles.example");
	sim_vfs *sim = new_process(NULL);
	uint64_t old = 0, bad = 0;
	crashes all = {NULL, 0, 0};

	*images = 0;
	if (mutate)
		mutate(sim);
	sim->context = &all;
	for (size_t i = 0; i < N_SIZES; i++) {
		grow(log, sizes[i]);
		sim->before = keep_disk;
		ck_assert_int_eq(export_to(sim, log, NULL), CSTN_OK);
		sim->before = NULL;
		keep_disk(&all, sim, NULL);
		bad += check_crashes(&all, log, old, at, images);
		drop_disks(&all);
		old = sizes[i];
	}
	sim_vfs_free(sim);
	cstn_log_free(log);
	return bad;
}

START_TEST(after_a_crash_the_folder_is_the_log_of_its_last_checkpoint)
{
	audit at = {NULL, ""};
	uint64_t images, bad = crash_exports(NULL, &at, &images);

	ck_assert_msg(bad == 0, "%" PRIu64 " of %" PRIu64 " images: %s", bad, images, at.why);
	ck_assert_uint_gt(images, 1000);
}
END_TEST

static int sync_nothing(cstn__vfs *vfs, cstn__vfs_file *file)
{
	(void)vfs;
	(void)file;
	return 0;
}

static int sync_no_folder(cstn__vfs *vfs, const char *path)
{
	(void)vfs;
	(void)path;
	return 0;
}

static void without_sync(sim_vfs *sim)
{
	sim->vfs.sync = sync_nothing;
}

static void without_folder_sync(sim_vfs *sim)
{
	sim->vfs.sync_folder = sync_no_folder;
}

START_TEST(missing_syncs_are_noticed)
{
	audit at = {NULL, ""};
	uint64_t images;

	ck_assert_uint_gt(crash_exports(without_sync, &at, &images), 0);
	ck_assert_uint_gt(crash_exports(without_folder_sync, &at, &images), 0);
}
END_TEST

START_TEST(calls_that_fail_end_the_export_and_harm_nothing)
{
	static const uint32_t kinds = 1u << SIM_CREATE | 1u << SIM_WRITE | 1u << SIM_SYNC |
				      1u << SIM_SYNC_FOLDER | 1u << SIM_MAKE_FOLDER |
				      1u << SIM_RENAME | 1u << SIM_OPEN | 1u << SIM_READ |
				      1u << SIM_SIZE;
	cstn_log *log = ledger_log("tiles.example");
	sim_vfs *first = new_process(NULL);
	uint64_t failed = 0;

	grow(log, 3);
	ck_assert_int_eq(export_to(first, log, NULL), CSTN_OK);
	grow(log, 258);
	for (uint64_t nth = 1;; nth++) {
		sim_disk *disk = sim_disk_clone(first->disk);
		sim_vfs *sim = new_process(disk);
		audit at = {disk, ""};
		cstn_status status;
		int64_t is;

		sim->faults[0] = (sim_fault){kinds, NULL, nth, nth % 2 ? EIO : ENOSPC, 0};
		status = export_to(sim, log, NULL);
		is = audit_folder(&at);
		ck_assert_msg(is == 3 || is == 258, "%s", at.why);
		ck_assert_uint_eq(sim_vfs_open_files(sim), 0);
		sim_vfs_free(sim);
		sim_disk_unref(disk);
		if (status == CSTN_OK)
			break;
		ck_assert(status == CSTN_E_IO || status == CSTN_E_FULL ||
				status == CSTN_E_POISONED);
		failed++;
	}
	ck_assert_uint_gt(failed, 20);
	sim_vfs_free(first);
	cstn_log_free(log);
}
END_TEST

/* --- what is refused -------------------------------------------------------------------------- */

static cstn_status try_checkpoint(
		sim_vfs *sim, const cstn_log *log, const cstn_log *signed_by, const char *text)
{
	cstn_buffer *checkpoint = signed_by ? checkpoint_of(signed_by) : NULL;
	const char *data = text ? text : (const char *)cstn_buffer_data(checkpoint);
	cstn_status status =
			cstn__tiles_export(&sim->vfs, log, TOP, data, strlen(data), &source, NULL);

	cstn_buffer_free(checkpoint);
	return status;
}

START_TEST(checkpoints_that_do_not_fit_are_refused)
{
	cstn_log *log = ledger_log("tiles.example"), *larger = ledger_log("tiles.example"),
		 *forked = ledger_log("tiles.example"), *other = ledger_log("other.example");
	sim_vfs *sim = new_process(NULL);
	cstn_status answer = CSTN_E_NOT_FOUND;
	const cstn__entry_source failing = {&answer, read_entries};
	cstn_buffer *checkpoint;

	grow(log, 10);
	grow(larger, 11);
	grow(other, 10);
	ck_assert_int_eq(cstn_log_append(forked, "forged", 6, NULL, NULL), CSTN_OK);
	grow(forked, 10);
	ck_assert_int_eq(try_checkpoint(sim, log, NULL, "no note"), CSTN_E_FORMAT);
	ck_assert_int_eq(try_checkpoint(sim, log, larger, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(try_checkpoint(sim, log, other, NULL), CSTN_E_MISMATCH);
	ck_assert_int_eq(try_checkpoint(sim, log, forked, NULL), CSTN_E_PROOF);
	ck_assert(!sim_disk_exists(sim->disk, TOP));
	/* Entries that are not the log's. */
	ck_assert_int_eq(try_checkpoint(sim, forked, forked, NULL), CSTN_E_CORRUPT);
	ck_assert(!sim_disk_exists(sim->disk, TOP "/checkpoint"));
	ck_assert_int_eq(try_checkpoint(sim, larger, larger, NULL), CSTN_OK);
	ck_assert_int_eq(try_checkpoint(sim, larger, log, NULL), CSTN_E_STALE);
	grow(forked, 12);
	ck_assert_int_eq(try_checkpoint(sim, forked, forked, NULL), CSTN_E_SPLIT_VIEW);
	expect_size(sim->disk, 11);
	grow(larger, 13);
	checkpoint = checkpoint_of(larger);
	ck_assert_int_eq(cstn__tiles_export(&sim->vfs, larger, TOP,
					 (const char *)cstn_buffer_data(checkpoint),
					 cstn_buffer_size(checkpoint), &failing, NULL),
			CSTN_E_NOT_FOUND);
	cstn_buffer_free(checkpoint);
	expect_size(sim->disk, 11);
	sim_disk_put(sim->disk, TOP "/checkpoint", "damaged", 7);
	ck_assert_int_eq(try_checkpoint(sim, larger, larger, NULL), CSTN_E_FORMAT);
	sim_vfs_free(sim);
	cstn_log_free(log);
	cstn_log_free(larger);
	cstn_log_free(forked);
	cstn_log_free(other);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {exported_folder_is_the_log_of_its_checkpoint,
			empty_log_is_exported_too, second_export_writes_what_was_added_only,
			after_a_crash_the_folder_is_the_log_of_its_last_checkpoint,
			missing_syncs_are_noticed, calls_that_fail_end_the_export_and_harm_nothing,
			checkpoints_that_do_not_fit_are_refused};

	return run_tests("exports of logs", tests, sizeof(tests) / sizeof(tests[0]));
}
